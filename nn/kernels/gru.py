"""Gated recurrent units over whole sequences (Cho et al., 2014), with the reset gate behind the product as in cuDNN."""

from __future__ import annotations

from itertools import islice
from typing import Any

import numpy as np

import autograd as ag
from nn.kernels.recurrent import (
    Behind,
    Products,
    columns,
    input_gates,
    multiply_adds,
    prepared,
    sampled,
    side_by_side,
    stretches,
)
from nn.kernels.scratch import scratch
from nn.kernels.walks import Carried, affine, walk, walked

ORDER = (0, 1, 2)  # reset, update, new


def gru_by_definition(
    x: Any,
    h0: Any,
    w_ih: Any,
    w_hh: Any,
    b_ih: Any = None,
    b_hh: Any = None,
    sizes: Any = None,
    is_reversed: bool = False,
) -> Any:
    """The equations of the cell, step after step."""

    def step(x: Any, h: Any) -> tuple[Any]:
        of_input, of_state = affine(x, w_ih, b_ih), affine(h, w_hh, b_hh)
        (x_r, x_z, x_n), (h_r, h_z, h_n) = np.split(of_input, 3, axis=1), np.split(of_state, 3, axis=1)
        r, z = ag.sigmoid(x_r + h_r), ag.sigmoid(x_z + h_z)
        return ((1 - z) * np.tanh(x_n + r * h_n) + z * h,)

    return walked(step, x, (h0,), sizes, is_reversed)


@ag.primitive(
    view=False, reference=gru_by_definition, samples=lambda rng: tuple(sampled(rng, 3)), multiply_adds=multiply_adds
)
def gru(
    x: Any,
    h0: Any,
    w_ih: Any,
    w_hh: Any,
    b_ih: Any = None,
    b_hh: Any = None,
    sizes: Any = None,
    is_reversed: bool = False,
) -> Any:
    """GRU: rows (rows, in), states (batch, hidden) -> rows (rows, hidden), last states (batch, hidden).

    Parameters
    ----------
    x: the elements of all sequences, step after step (see `nn.kernels.walks`).
    h0: the initial states.
    w_ih, w_hh, b_ih, b_hh: (3 hidden, in), (3 hidden, hidden), (3 hidden) twice; gates reset, update, new.
    sizes: how many sequences go on at each step, falling; all at every step if None.
    is_reversed: whether the walk goes from each sequence's last element to its first.

    >>> import numpy as np
    >>> out, h = gru(np.ones((2, 1)), np.zeros((1, 1)), np.array([[0.0], [-9.0], [9.0]]), np.zeros((3, 1)))
    >>> h.round(2)
    array([[1.]])
    """
    steps = walk(len(x), len(h0), sizes, is_reversed)
    hidden = h0.shape[1]
    scale = np.array([0.5, 0.5, 1.0], x.dtype)
    of_sigmoids, of_new = (None, None) if b_hh is None else (b_hh.copy(), b_hh[2 * hidden :])
    if of_sigmoids is not None:
        of_sigmoids[2 * hidden :] = 0  # the reset gate multiplies this part
    gates = np.empty((3, len(x), hidden), x.dtype)
    input_gates(x, w_ih, (b_ih, of_sigmoids), ORDER, scale, out=gates)
    weight = columns(w_hh, ORDER, scale)
    states, hiddens = steps.memory(h0), np.empty((len(x), hidden), x.dtype)
    buffer, half = np.empty((3, *h0.shape), x.dtype), np.array(0.5, x.dtype)
    along = zip(
        *(steps.each(table) for table in (gates[:2], *gates, hiddens, states[steps.own])),
        steps.each_before(states),
        strict=False,
    )
    with side_by_side(weight, len(h0), 0):
        for sigmoids, r, z, n, of_hidden, new, old in along:
            products = np.matmul(old, weight, out=buffer[:, : len(new)])
            sigmoids += products[:2]
            np.tanh(sigmoids, out=sigmoids)
            sigmoids *= half
            sigmoids += half
            if of_new is None:
                of_hidden[...] = products[2]
            else:
                np.add(products[2], of_new, out=of_hidden)
            n += np.multiply(of_hidden, r, out=products[2])
            np.tanh(n, out=n)
            np.subtract(old, n, out=new)
            new *= z
            new += n
    return (states[steps.own], states[steps.last]), (gates, states, hiddens)


@gru.joint_vjp("x", "h0", "w_ih", "w_hh", "b_ih", "b_hh", sizes=None, is_reversed=None)
def _gru(
    g: Any,
    x: Any,
    h0: Any,
    w_ih: Any,
    w_hh: Any,
    sizes: Any,
    is_reversed: bool,
    saved: Any,
    wanted: tuple[bool, ...],
) -> Any:
    gates, states, hiddens = saved
    steps = walk(len(x), len(h0), sizes, is_reversed)
    d = scratch("gates", (4, *hiddens.shape), x.dtype)  # of new, reset, update, and of the hidden part of new
    prepared(_prepare, d, gates, hiddens, states[steps.before])
    of_inputs = Products(d[:3], x, w_ih, (2, 0, 1), (wanted[0], wanted[2], wanted[4]))
    of_states = Products(d[1:], states[steps.before], w_hh, ORDER, (False, wanted[3], wanted[5]))
    products = np.empty((3, *h0.shape), x.dtype)
    h = Carried(g[1], h0)
    along = zip(*(steps.each(table, back=True) for table in (*d, d[1:], *gates[:2], g[0])), strict=False)
    with side_by_side(w_hh, len(h0), len(x)) as hand_over:
        behind = Behind(hand_over, of_states, of_inputs)
        for part, count in stretches(steps.steps[::-1], w_hh, hand_over):
            for new, reset, update, hidden, of_products, r, z, of_out in islice(along, count):
                size = len(new)
                dh = h.at(size) if of_out is None else h.at(size) + of_out
                new *= dh
                update *= dh
                reset *= new
                np.multiply(new, r, out=hidden)
                h.now = np.add.reduce(np.matmul(of_products, of_states.by_gate, out=products[:, :size]))
                h.now += dh * z
            behind(part)
    behind.finish()
    return (
        of_inputs.to_table,
        h.finished(),
        of_inputs.to_weight,
        of_states.to_weight,
        of_inputs.to_bias,
        of_states.to_bias,
    )


def _prepare(d: np.ndarray, gates: np.ndarray, hiddens: np.ndarray, before: np.ndarray) -> None:
    """Fill in, for all steps at once, by what the gradients of h (reset: of new) are multiplied to give the gates'."""
    r, z, n = gates
    new, reset, update, spare = d
    np.subtract(1.0, gates[:2], out=d[1:3])
    np.multiply(n, n, out=spare)
    np.subtract(1.0, spare, out=spare)
    np.multiply(spare, update, out=new)
    reset *= r
    reset *= hiddens
    update *= z
    update *= np.subtract(before, n, out=spare)
