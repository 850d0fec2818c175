"""The training step of `_recurrent.py` in JAX: a loop over the steps by `lax.scan`, compiled."""

from __future__ import annotations

from typing import Any

import numpy as np
from cases import Case

from workloads import _jax


def training(kind: str, data: tuple[np.ndarray, np.ndarray], state: dict[str, np.ndarray], rate: float) -> Case:
    """A layer begun from PyTorch's parameters."""
    return _jax.training(LOSSES[kind], rate, state, {}, data)


def scanned(cell: Any, first: Any, p: Any, buffers: Any, x: Any, target: Any) -> tuple[Any, Any]:
    """The squared error of the states that a cell gives, one after the other."""
    import jax.numpy as jnp
    from jax import lax

    _, states = lax.scan(cell, first, x)
    return jnp.square(states - target).mean(), buffers


def zeros(x: Any, p: Any) -> Any:
    """The state before the first step."""
    import jax.numpy as jnp

    return jnp.zeros((x.shape[1], p["weight_hh_l0"].shape[0]))


def rnn(p: Any, buffers: Any, x: Any, target: Any) -> tuple[Any, Any]:
    """Input and state meet their weights in one product."""
    import jax.numpy as jnp

    weight, bias = jnp.concatenate([p["weight_ih_l0"], p["weight_hh_l0"]]), p["bias_ih_l0"] + p["bias_hh_l0"]

    def cell(h: Any, now: Any) -> tuple[Any, Any]:
        h = jnp.tanh(jnp.concatenate([now, h], 1) @ weight + bias)
        return h, h

    return scanned(cell, zeros(x, p), p, buffers, x, target)


def lstm(p: Any, buffers: Any, x: Any, target: Any) -> tuple[Any, Any]:
    """Likewise."""
    import jax
    import jax.numpy as jnp

    weight, bias = jnp.concatenate([p["weight_ih_l0"], p["weight_hh_l0"]]), p["bias_ih_l0"] + p["bias_hh_l0"]

    def cell(before: Any, now: Any) -> tuple[Any, Any]:
        h, c = before
        i, f, g, o = jnp.split(jnp.concatenate([now, h], 1) @ weight + bias, 4, 1)
        c = jax.nn.sigmoid(f) * c + jax.nn.sigmoid(i) * jnp.tanh(g)
        h = jax.nn.sigmoid(o) * jnp.tanh(c)
        return (h, c), h

    return scanned(cell, (zeros(x, p), zeros(x, p)), p, buffers, x, target)


def gru(p: Any, buffers: Any, x: Any, target: Any) -> tuple[Any, Any]:
    """The inputs' products are made before the loop: the last gate adds them after its own."""
    import jax
    import jax.numpy as jnp

    weight, bias = p["weight_hh_l0"], p["bias_hh_l0"]

    def cell(h: Any, now: Any) -> tuple[Any, Any]:
        (r, z, n), (hr, hz, hn) = jnp.split(now, 3, 1), jnp.split(h @ weight + bias, 3, 1)
        r, z = jax.nn.sigmoid(r + hr), jax.nn.sigmoid(z + hz)
        n = jnp.tanh(n + r * hn)
        h = (1 - z) * n + z * h
        return h, h

    return scanned(cell, zeros(x, p), p, buffers, x @ p["weight_ih_l0"] + p["bias_ih_l0"], target)


LOSSES = {"RNN": rnn, "LSTM": lstm, "GRU": gru}
