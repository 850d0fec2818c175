"""A long short-term memory over whole sequences (Hochreiter and Schmidhuber, 1997; Gers et al., 2000)."""

from __future__ import annotations

from typing import Any

import numpy as np

import autograd as ag
from nn.kernels.recurrent import (
    Carried,
    affine,
    columns,
    held_for,
    input_gates,
    sampled,
    to_bias,
    to_inputs,
    to_weight,
    walk,
    walked,
)
from nn.kernels.scratch import scratch

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


@ag.primitive(view=False, reference=lstm_by_definition, samples=_samples)
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
    x: the elements of all sequences, step after step (see `nn.kernels.recurrent`).
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
    gates = input_gates(x, w_ih, (b_ih, b_hh), ORDER, scale)
    weight = columns(w_hh, ORDER, scale)
    projection = None if w_hr is None else w_hr.T
    states, cells = steps.memory(h0), steps.memory(c0)
    hiddens = states if projection is None else np.empty_like(cells)
    buffer = np.empty((4, len(h0), hidden), x.dtype)
    with held_for(weight, len(h0)):
        for rows, own, before in steps.steps:
            z, c = gates[:, rows], cells[own]
            products = buffer[:, : len(c)]
            z += np.matmul(states[before], weight, out=products)
            np.tanh(z, out=z)
            sigmoids = z[:3]
            sigmoids *= 0.5
            sigmoids += 0.5
            i, f, o, g = z
            spare = products[0]
            np.multiply(f, cells[before], out=c)
            c += np.multiply(i, g, out=spare)
            np.multiply(o, np.tanh(c, out=spare), out=hiddens[own])
            if projection is not None:
                np.matmul(hiddens[own], projection, out=states[own])
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
    h, c = Carried(g[1], h0), Carried(g[2], c0)
    to_hidden = None if w_hr is None else np.empty((len(x), h0.shape[1]), x.dtype)
    by_gate = w_hh.reshape(4, -1, w_hh.shape[1])[list(ORDER)]
    products = np.empty((4, *h0.shape), x.dtype)
    slopes, (tanh_c, slope, spare) = np.empty((2, 3, *c0.shape), x.dtype)
    with held_for(by_gate, len(h0)):
        for rows, own, before in reversed(steps.steps):
            size = own.stop - own.start
            dh, dc = h.at(size), c.at(size)
            if g[0] is not None:
                dh = dh + g[0][rows]
            if to_hidden is not None:
                to_hidden[rows] = dh
                dh = dh @ w_hr
            d_i, d_f, d_o, d_g = step = d[:, rows]
            i, f, o, cell = gates[:, rows]
            a, b, t = slope[:size], spare[:size], np.tanh(cells[own], out=tanh_c[:size])
            np.multiply(dh, t, out=d_o)
            np.multiply(t, t, out=a)  # dc + dh * o * (1 - tanh(c) ** 2)
            np.subtract(1.0, a, out=a)
            a *= o
            a *= dh
            a += dc
            np.multiply(a, cell, out=d_i)
            np.multiply(a, cells[before], out=d_f)
            np.multiply(a, i, out=d_g)
            np.multiply(cell, cell, out=b)
            np.subtract(1.0, b, out=b)
            d_g *= b
            sigmoids, of_sigmoids = gates[:3, rows], step[:3]
            of_sigmoids *= sigmoids
            of_sigmoids *= np.subtract(1.0, sigmoids, out=slopes[:, :size])
            c.now = a * f
            h.now = np.add.reduce(np.matmul(step, by_gate, out=products[:, :size]))
    bias = to_bias(d, ORDER) if wanted[5] or wanted[6] else None
    return (
        to_inputs(d, w_ih, ORDER) if wanted[0] else None,
        h.finished(),
        c.finished(),
        to_weight(d, x, ORDER) if wanted[3] else None,
        to_weight(d, states[steps.before], ORDER) if wanted[4] else None,
        bias,
        bias,
        None if to_hidden is None or not wanted[7] else to_hidden.T @ hiddens[steps.own],
    )
