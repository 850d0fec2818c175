"""The simple recurrent network over whole sequences (Elman, 1990)."""

from __future__ import annotations

from itertools import islice
from typing import Any

import numpy as np

import autograd as ag
from nn.kernels.constants import ones
from nn.kernels.recurrent import Behind, Products, input_gates, multiply_adds, sampled, side_by_side, stretches
from nn.kernels.scratch import scratch
from nn.kernels.walks import Carried, affine, walk, walked


def rnn_by_definition(
    x: Any,
    h0: Any,
    w_ih: Any,
    w_hh: Any,
    b_ih: Any = None,
    b_hh: Any = None,
    sizes: Any = None,
    is_reversed: bool = False,
    nonlinearity: str = "tanh",
) -> Any:
    """The equation of the cell, step after step."""

    def step(x: Any, h: Any) -> tuple[Any]:
        total = affine(x, w_ih, b_ih) + affine(h, w_hh, b_hh)
        return (np.tanh(total) if nonlinearity == "tanh" else ag.relu(total),)

    return walked(step, x, (h0,), sizes, is_reversed)


def _samples(rng: np.random.Generator) -> tuple[Any, ...]:
    return (*sampled(rng, 1), str(rng.choice(["tanh", "relu"])))


@ag.primitive(view=False, reference=rnn_by_definition, samples=_samples, multiply_adds=multiply_adds)
def rnn(
    x: Any,
    h0: Any,
    w_ih: Any,
    w_hh: Any,
    b_ih: Any = None,
    b_hh: Any = None,
    sizes: Any = None,
    is_reversed: bool = False,
    nonlinearity: str = "tanh",
) -> Any:
    """Recurrent network: rows (rows, in), states (batch, hidden) -> rows (rows, hidden), last states (batch, hidden).

    Parameters
    ----------
    x: the elements of all sequences, step after step (see `nn.kernels.walks`).
    h0: the initial states.
    w_ih, w_hh, b_ih, b_hh: (hidden, in), (hidden, hidden), (hidden) twice.
    sizes: how many sequences go on at each step, falling; all at every step if None.
    is_reversed: whether the walk goes from each sequence's last element to its first.
    nonlinearity: "tanh" or "relu".

    >>> import numpy as np
    >>> ones = np.ones((1, 1))
    >>> rnn(np.array([[1.0], [2.0]]), ones, ones, ones, nonlinearity="relu")[0]
    array([[2.],
           [4.]])
    """
    steps = walk(len(x), len(h0), sizes, is_reversed)
    states = steps.memory(h0)
    input_gates(x, w_ih, (b_ih, b_hh), (0,), ones(1, x.dtype), out=states[None, steps.own])
    weight = np.ascontiguousarray(w_hh.T)
    buffer = np.empty_like(h0, order="C")
    along = zip(steps.each(states[steps.own]), steps.each_before(states), strict=True)
    with side_by_side(weight, len(h0), 0):
        for h, before in along:
            h += np.matmul(before, weight, out=buffer[: len(h)])
            if nonlinearity == "tanh":
                np.tanh(h, out=h)
            else:
                np.maximum(h, 0, out=h)
    return (states[steps.own], states[steps.last]), states


@rnn.joint_vjp("x", "h0", "w_ih", "w_hh", "b_ih", "b_hh", sizes=None, is_reversed=None, nonlinearity=None)
def _rnn(
    g: Any,
    x: Any,
    h0: Any,
    w_ih: Any,
    w_hh: Any,
    sizes: Any,
    is_reversed: bool,
    nonlinearity: str,
    saved: Any,
    wanted: tuple[bool, ...],
) -> Any:
    states = saved
    steps = walk(len(x), len(h0), sizes, is_reversed)
    out = states[steps.own]
    d = scratch("gates", out.shape, x.dtype)
    if nonlinearity == "tanh":
        np.subtract(1.0, np.multiply(out, out, out=d), out=d)
    else:
        np.greater(out, 0, out=d)
    of_inputs = Products(d[None], x, w_ih, (0,), (wanted[0], wanted[2], wanted[4] or wanted[5]))
    of_states = Products(d[None], states[steps.before], w_hh, (0,), (False, wanted[3], False))
    products = np.empty_like(h0, order="C")
    h = Carried(g[1], h0)
    along = zip(*(steps.each(table, back=True) for table in (d, g[0])), strict=False)
    with side_by_side(w_hh, len(h0), len(x)) as hand_over:
        behind = Behind(hand_over, of_states, of_inputs)
        for part, count in stretches(steps.steps[::-1], w_hh, hand_over):
            for step, of_out in islice(along, count):
                size = len(step)
                step *= h.at(size) if of_out is None else h.at(size) + of_out
                h.now = np.matmul(step, w_hh, out=products[:size])
            behind(part)
    behind.finish()
    return (
        of_inputs.to_table,
        h.finished(),
        of_inputs.to_weight,
        of_states.to_weight,
        of_inputs.to_bias,
        of_inputs.to_bias,
    )
