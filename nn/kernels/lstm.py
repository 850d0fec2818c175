"""A long short-term memory over whole sequences (Hochreiter and Schmidhuber, 1997; Gers et al., 2000)."""

from __future__ import annotations

import math
from itertools import islice
from typing import Any

import numpy as np

import autograd as ag
from nn.kernels.recurrent import (
    Behind,
    Products,
    Shape,
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

ORDER = (0, 1, 3, 2)  # weights have the gates input, forget, cell, output; here the three sigmoids stand together


def lstm_by_definition(
    x: Any,
    h0: Any,
    c0: Any,
    w_ih: Any,
    w_hh: Any,
    b_ih: Any = None,
    b_hh: Any = None,
    w_hr: Any = None,
    sizes: Any = None,
    is_reversed: bool = False,
) -> Any:
    """The equations of the cell, step after step."""

    def step(x: Any, h: Any, c: Any) -> tuple[Any, Any]:
        i, f, g, o = np.split(affine(x, w_ih, b_ih) + affine(h, w_hh, b_hh), 4, axis=1)
        c = ag.sigmoid(f) * c + ag.sigmoid(i) * np.tanh(g)
        h = ag.sigmoid(o) * np.tanh(c)
        return (h if w_hr is None else h @ w_hr.T), c

    return walked(step, x, (h0, c0), sizes, is_reversed)


def _samples(rng: np.random.Generator) -> tuple[Any, ...]:
    if rng.random() < 0.3:
        return tuple(sampled(rng, 4, 2, projected=int(rng.integers(1, 4))))
    *first, sizes, is_reversed = sampled(rng, 4, 2)
    return (*first, None, sizes, is_reversed)


def _multiply_adds(x_shape: Shape, w_ih_shape: Shape, w_hh_shape: Shape, w_hr_shape: Shape = (0,)) -> int:
    """Each row also meets the weights of the projection, if there is one."""
    return multiply_adds(x_shape, w_ih_shape, w_hh_shape) + x_shape[0] * math.prod(w_hr_shape)


@ag.primitive(view=False, reference=lstm_by_definition, samples=_samples, multiply_adds=_multiply_adds)
def lstm(
    x: Any,
    h0: Any,
    c0: Any,
    w_ih: Any,
    w_hh: Any,
    b_ih: Any = None,
    b_hh: Any = None,
    w_hr: Any = None,
    sizes: Any = None,
    is_reversed: bool = False,
) -> Any:
    """LSTM: rows (rows, in), states (batch, out), (batch, hidden) -> rows (rows, out), last states of the same shapes.

    Parameters
    ----------
    x: the elements of all sequences, step after step (see `nn.kernels.walks`).
    h0, c0: the initial states.
    w_ih, w_hh, b_ih, b_hh: (4 hidden, in), (4 hidden, out), (4 hidden) twice; gates input, forget, cell, output.
    w_hr: (out, hidden), a projection of the result, or None, where out is hidden.
    sizes: how many sequences go on at each step, falling; all at every step if None.
    is_reversed: whether the walk goes from each sequence's last element to its first.

    >>> import numpy as np
    >>> zeros = np.zeros((1, 1))
    >>> out, h, c = lstm(np.ones((2, 1)), zeros, zeros, np.full((4, 1), 9.0), np.zeros((4, 1)))
    >>> c.round(2)
    array([[2.]])
    """
    steps = walk(len(x), len(h0), sizes, is_reversed)
    hidden = c0.shape[1]
    scale = np.array([0.5, 0.5, 0.5, 1.0], x.dtype)
    gates = np.empty((4, len(x), hidden), x.dtype)
    input_gates(x, w_ih, (b_ih, b_hh), ORDER, scale, out=gates)
    weight = columns(w_hh, ORDER, scale)
    states, cells = steps.memory(h0), steps.memory(c0)
    hiddens = states if w_hr is None else np.empty_like(cells)
    buffer, half = np.empty((4, len(h0), hidden), x.dtype), np.array(0.5, x.dtype)
    along = zip(
        *map(steps.each, (gates, gates[:3], *gates, cells[steps.own], hiddens[steps.own], states[steps.own])),
        steps.each_before(cells),
        steps.each_before(states),
        strict=False,
    )
    with side_by_side(weight, len(h0), 0):
        for z, sigmoids, i, f, o, g, c, hidden_new, h, c_before, h_before in along:
            products = np.matmul(h_before, weight, out=buffer[:, : len(h)])
            z += products
            np.tanh(z, out=z)
            sigmoids *= half
            sigmoids += half
            np.multiply(f, c_before, out=c)
            spare = products[0]
            c += np.multiply(i, g, out=spare)
            np.multiply(o, np.tanh(c, out=spare), out=hidden_new)
            if w_hr is not None:
                np.matmul(hidden_new, w_hr.T, out=h)
    return (states[steps.own], states[steps.last], cells[steps.last]), (gates, states, cells, hiddens)


@lstm.joint_vjp("x", "h0", "c0", "w_ih", "w_hh", "b_ih", "b_hh", "w_hr", sizes=None, is_reversed=None)
def _lstm(
    g: Any,
    x: Any,
    h0: Any,
    c0: Any,
    w_ih: Any,
    w_hh: Any,
    w_hr: Any,
    sizes: Any,
    is_reversed: bool,
    saved: Any,
    wanted: tuple[bool, ...],
) -> Any:
    gates, states, cells, hiddens = saved
    steps = walk(len(x), len(h0), sizes, is_reversed)
    d = scratch("gates", gates.shape, x.dtype)
    of_cells = scratch("cells", (len(x), c0.shape[1]), x.dtype)
    prepared(_prepare, d, of_cells, gates, cells[steps.own], cells[steps.before])
    of_inputs = Products(d, x, w_ih, ORDER, (wanted[0], wanted[3], wanted[5] or wanted[6]))
    of_states = Products(d, states[steps.before], w_hh, ORDER, (False, wanted[4], False))
    of_results = None if w_hr is None else np.empty((len(x), h0.shape[1]), x.dtype)
    by_gate = of_states.by_gate[list(ORDER)]
    products = np.empty((4, *h0.shape), x.dtype)
    h, c = Carried(g[1], h0), Carried(g[2], c0)
    along = zip(
        *(steps.each(table, back=True) for table in (d, d[:2], d[2], d[3], of_cells, gates[1], of_results, g[0])),
        strict=False,
    )
    with side_by_side(w_hh, len(h0), len(x)) as hand_over:
        behind = Behind(hand_over, of_states, of_inputs)
        for part, count in stretches(steps.steps[::-1], w_hh, hand_over):
            for of_gates, of_i_f, of_o, of_g, of_c, f, of_result, of_out in islice(along, count):
                size = len(f)
                dh = h.at(size) if of_out is None else h.at(size) + of_out
                if of_result is not None:
                    of_result[...] = dh
                    dh = dh @ w_hr
                dc = dh * of_c
                dc += c.at(size)
                of_i_f *= dc
                of_o *= dh
                of_g *= dc
                dc *= f
                c.now = dc
                h.now = np.add.reduce(np.matmul(of_gates, by_gate, out=products[:, :size]))
            behind(part)
    behind.finish()
    return (
        of_inputs.to_table,
        h.finished(),
        c.finished(),
        of_inputs.to_weight,
        of_states.to_weight,
        of_inputs.to_bias,
        of_inputs.to_bias,
        None if of_results is None or not wanted[7] else of_results.T @ hiddens[steps.own],
    )


def _prepare(d: np.ndarray, of_cells: np.ndarray, gates: np.ndarray, cells: np.ndarray, before: np.ndarray) -> None:
    """Fill in by what the gradients of c (for o: of h) are multiplied to give the gates', and that of h to give c's."""
    i, _, o, g = gates
    d_i, d_f, d_o, d_g = d
    sigmoids = d[:3]
    np.subtract(1.0, gates[:3], out=sigmoids)
    sigmoids *= gates[:3]
    d_i *= g
    d_f *= before
    tanh_c = np.tanh(cells, out=of_cells)
    d_o *= tanh_c
    np.multiply(tanh_c, tanh_c, out=d_g)
    np.subtract(1.0, d_g, out=d_g)
    np.multiply(d_g, o, out=of_cells)
    np.multiply(g, g, out=d_g)
    np.subtract(1.0, d_g, out=d_g)
    d_g *= i
