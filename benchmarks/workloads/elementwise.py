"""`(tanh(a) * sigmoid(a) + exp(-a * a)).sum()` of a million float32: forward and backward."""

from __future__ import annotations

from collections.abc import Callable
from functools import cache
from typing import Any

import numpy as np
from cases import Case, Checksums

from workloads import _blas
from workloads._compiled import by_torch
from workloads._side_by_side import THREADS, in_pieces

SHAPE = (1000, 1000)
BLOCK = 65_536  # numbers at a time in bare NumPy, 256 kB: the best of 2**15 to 2**19; on two threads 2**17


def array() -> np.ndarray:
    """The values."""
    return np.random.default_rng(0).standard_normal(SHAPE, dtype=np.float32)


def chain(a: Any) -> Any:
    """The sum, of tensors of glassgrad or PyTorch."""
    return (a.tanh() * a.sigmoid() + (-a * a).exp()).sum()


def case(a: Any, chain: Callable[[Any], Any]) -> Case:
    """The work, which reads the same in glassgrad and PyTorch."""

    def step() -> Any:
        a.grad = None
        total = chain(a)
        total.backward()
        return total

    def check() -> Checksums:
        return {"sum": step().item(), "gradient": a.grad.numpy()}

    return Case(step, check)


def glassgrad() -> Case:
    """Tensors of glassgrad."""
    import autograd as ag

    return case(ag.tensor(array(), requires_grad=True), chain)


def pytorch(is_compiled: bool) -> Case:
    """Tensors of PyTorch, eager or compiled."""
    import torch

    return case(torch.from_numpy(array()).requires_grad_(), by_torch(chain) if is_compiled else chain)


@cache
def jax_pass() -> Callable[[Any], Any]:
    """The sum and its gradient in JAX, as one compiled function."""
    import jax
    import jax.numpy as jnp

    def total(a: Any) -> Any:
        return (jnp.tanh(a) * jax.nn.sigmoid(a) + jnp.exp(-a * a)).sum()

    return jax.jit(jax.value_and_grad(total))


def jax() -> Case:
    """JAX, forward and backward in one compiled function."""
    import jax

    a, both = jax.numpy.array(array()), jax_pass()

    def step() -> Any:
        return jax.block_until_ready(both(a))

    return Case(step, lambda: dict(zip(("sum", "gradient"), map(np.asarray, step()), strict=True)))


def by_hand(threads: int, size: int) -> Case:
    """Bare NumPy, value and derivative block by block: the gradient of a sum is known before it is."""
    _blas.hold()
    a = array().reshape(-1)
    gradient = np.empty_like(a)

    def work(first: int, last: int) -> float:
        tanh, sigmoid, bell, scratch = np.empty((4, size), np.float32)
        total = 0.0
        for start in range(first, last, size):
            block = slice(start, min(start + size, last))
            x, g = a[block], gradient[block]
            t, s, e, d = (array[: len(x)] for array in (tanh, sigmoid, bell, scratch))
            np.tanh(x, out=t)
            np.multiply(x, 0.5, out=s)
            np.tanh(s, out=s)
            s *= 0.5
            s += 0.5
            np.multiply(x, x, out=e)
            np.negative(e, out=e)
            np.exp(e, out=e)
            total += float(np.dot(t, s)) + float(e.sum())
            np.multiply(t, t, out=g)  # (1 - t**2) s + t s (1 - s) - 2 x e = s (1 - t**2 + t - t s) - 2 x e
            np.multiply(t, s, out=d)
            d += g
            t -= d
            t += 1
            np.multiply(t, s, out=g)
            e *= x
            e *= 2
            g -= e
        return total

    def step() -> float:
        return sum(in_pieces(work, a.size, threads))

    return Case(step, lambda: {"sum": step(), "gradient": gradient})


CASES = {
    "glassgrad": glassgrad,
    "torch": lambda: pytorch(is_compiled=False),
    "torch, compile": lambda: pytorch(is_compiled=True),
    "jax": jax,
    "numpy": lambda: by_hand(1, BLOCK),
    "numpy, threads": lambda: by_hand(THREADS, 2 * BLOCK),
}
