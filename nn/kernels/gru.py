"""Gated recurrent units over whole sequences (Cho et al., 2014), with the reset gate behind the product as in cuDNN."""

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

ORDER = (0, 1, 2)  # reset, update, new
BACKWARD = (2, 0, 1)  # how gradients of the inputs' products stand: new, reset, update


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


@ag.primitive(view=False, reference=gru_by_definition, samples=lambda rng: tuple(sampled(rng, 3)))
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
    x: the elements of all sequences, step after step (see `nn.kernels.recurrent`).
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
    gates = input_gates(x, w_ih, (b_ih, of_sigmoids), ORDER, scale)
    weight = columns(w_hh, ORDER, scale)
    states, hiddens = steps.memory(h0), np.empty((len(x), hidden), x.dtype)
    buffer = np.empty((3, *h0.shape), x.dtype)
    with held_for(weight, len(h0)):
        for rows, own, before in steps.steps:
            old, new = states[before], states[own]
            products = np.matmul(old, weight, out=buffer[:, : len(new)])
            sigmoids = gates[:2, rows]
            sigmoids += products[:2]
            np.tanh(sigmoids, out=sigmoids)
            sigmoids *= 0.5
            sigmoids += 0.5
            r, z, n = gates[:, rows]
            of_hidden = products[2] if of_new is None else np.add(products[2], of_new, out=products[2])
            hiddens[rows] = of_hidden
            of_hidden *= r
            n += of_hidden
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
    h = Carried(g[1], h0)
    by_gate = w_hh.reshape(3, h0.shape[1], h0.shape[1])
    buffer, spares = np.empty((3, *h0.shape), x.dtype), np.empty((2, *h0.shape), x.dtype)
    with held_for(by_gate, len(h0)):
        for rows, own, before in reversed(steps.steps):
            size = own.stop - own.start
            dh = h.at(size) if g[0] is None else h.at(size) + g[0][rows]
            d_n, d_r, d_z, d_hidden = d[:, rows]
            r, z, n = gates[:, rows]
            slope, slopes = spares[0, :size], buffer[:2, :size]
            np.subtract(1.0, gates[:2, rows], out=slopes)  # (1 - r), (1 - z)
            np.multiply(n, n, out=slope)
            np.subtract(1.0, slope, out=slope)
            np.multiply(dh, slopes[1], out=d_n)
            d_n *= slope
            np.subtract(states[before], n, out=d_z)
            np.multiply(d_n, r, out=d_hidden)
            np.multiply(d_hidden, hiddens[rows], out=d_r)
            d_z *= dh
            d_z *= z
            both = d[1:3, rows]
            both *= slopes
            dh = np.multiply(dh, z, out=spares[1, :size])
            h.now = dh + np.add.reduce(np.matmul(d[1:, rows], by_gate, out=buffer[:, :size]))
    return (
        to_inputs(d[:3], w_ih, BACKWARD) if wanted[0] else None,
        h.finished(),
        to_weight(d[:3], x, BACKWARD) if wanted[2] else None,
        to_weight(d[1:], states[steps.before], ORDER) if wanted[3] else None,
        to_bias(d[:3], BACKWARD) if wanted[4] else None,
        to_bias(d[1:], ORDER) if wanted[5] else None,
    )
