"""2x2 max pooling of (64, 32, 32, 32), forward and backward."""

from __future__ import annotations

from functools import cache
from typing import Any

import numpy as np
from cases import Case, Checksums

SHAPE = (64, 32, 32, 32)


def arrays() -> tuple[np.ndarray, np.ndarray]:
    """Images and the gradient of what comes of them."""
    rng = np.random.default_rng(0)
    return rng.standard_normal(SHAPE, dtype=np.float32), rng.standard_normal((64, 32, 16, 16), dtype=np.float32)


def case(pool: Any, x: Any, g: Any) -> Case:
    """The work, which reads the same in both libraries."""

    def step() -> Any:
        x.grad = None
        out = pool(x, 2)
        out.backward(g)
        return out

    def check() -> Checksums:
        return {"result": step().detach().numpy(), "gradient": x.grad.numpy()}

    return Case(step, check)


def glassgrad(is_channels_last: bool) -> Case:
    import autograd as ag
    import nn

    x, g = (as_channels_last(a) if is_channels_last else a for a in arrays())
    return case(nn.functional.max_pool2d, ag.tensor(x, requires_grad=True), ag.tensor(g))


def pytorch(is_channels_last: bool) -> Case:
    import torch

    order = torch.channels_last if is_channels_last else torch.contiguous_format
    x, g = (torch.from_numpy(a).contiguous(memory_format=order) for a in arrays())
    return case(torch.nn.functional.max_pool2d, x.requires_grad_(), g)


@cache
def jax_function(is_windowed: bool) -> Any:
    """Pooling and its gradient in JAX, channels last: compiled once in a process."""
    import jax as library
    import jax.numpy as jnp
    from jax import lax

    def maxima(x: Any) -> Any:
        rows = jnp.maximum(x[:, ::2], x[:, 1::2])
        return jnp.maximum(rows[:, :, ::2], rows[:, :, 1::2])

    def windowed(x: Any) -> Any:
        return lax.reduce_window(x, -jnp.inf, lax.max, (1, 2, 2, 1), (1, 2, 2, 1), "VALID")

    def both(x: Any, g: Any) -> tuple[Any, Any]:
        out, back = library.vjp(windowed if is_windowed else maxima, x)
        return out, back(g)[0]

    return library.jit(both)


def jax(is_windowed: bool) -> Case:
    """JAX, by maxima of rows and of columns, which is its fastest way, or by XLA's own windows."""
    import jax as library

    both = jax_function(is_windowed)
    x, g = (library.numpy.array(a.transpose(0, 2, 3, 1)) for a in arrays())

    def step() -> Any:
        return library.block_until_ready(both(x, g))

    def check() -> Checksums:
        out, gradient = (np.asarray(a).transpose(0, 3, 1, 2) for a in step())
        return {"result": out, "gradient": gradient}

    return Case(step, check)


def as_channels_last(x: np.ndarray) -> np.ndarray:
    """The same values with the channels last in memory, as convolutions give them."""
    return np.moveaxis(np.ascontiguousarray(np.moveaxis(x, 1, -1)), -1, 1)


CASES = {
    "glassgrad": lambda: glassgrad(is_channels_last=False),
    "glassgrad, channels last": lambda: glassgrad(is_channels_last=True),
    "torch": lambda: pytorch(is_channels_last=False),
    "torch, channels last": lambda: pytorch(is_channels_last=True),
    "jax": lambda: jax(is_windowed=False),
    "jax, reduce_window": lambda: jax(is_windowed=True),
}
