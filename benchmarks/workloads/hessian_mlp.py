"""The Hessian of a network's loss in all of its 200 parameters (9-14-4, tanh, cross entropy, batch 32)."""

from __future__ import annotations

from collections.abc import Callable
from functools import cache
from itertools import accumulate, pairwise
from typing import Any

import numpy as np
from cases import Case, Checksums

SHAPES = ((9, 14), (14,), (14, 4), (4,))
BATCH = 32


def batch() -> tuple[np.ndarray, np.ndarray]:
    """Inputs and labels."""
    rng = np.random.default_rng(1)
    return rng.standard_normal((BATCH, SHAPES[0][0]), np.float32), rng.integers(SHAPES[-1][0], size=BATCH)


def weights() -> np.ndarray:
    """All parameters, one after the other."""
    rng = np.random.default_rng(2)
    return rng.uniform(-0.5, 0.5, sum(int(np.prod(shape)) for shape in SHAPES)).astype(np.float32)


def logits(theta: Any, x: Any, tanh: Callable[[Any], Any]) -> Any:
    """What the network makes of `x`, in any library's arrays."""
    ends = accumulate((int(np.prod(shape)) for shape in SHAPES), initial=0)
    pieces = [theta[start:end] for start, end in pairwise(ends)]
    w1, b1, w2, b2 = (piece.reshape(shape) for piece, shape in zip(pieces, SHAPES, strict=True))
    return tanh(x @ w1 + b1) @ w2 + b2


def case(step: Callable[[], Any]) -> Case:
    """The workload, given what computes the Hessian."""

    def check() -> Checksums:
        return {"hessian": np.asarray(step())}

    return Case(step, check)


def glassgrad() -> Case:
    """`ag.hessian`."""
    import autograd as ag
    import nn

    x, labels = (ag.tensor(array) for array in batch())
    hessian, theta = ag.hessian(lambda p: nn.functional.cross_entropy(logits(p, x, ag.tanh), labels)), weights()
    return case(lambda: hessian(theta))


def pytorch(is_vectorized: bool) -> Case:
    """`torch.func.hessian`, all rows at once by vmap; or `torch.autograd.functional.hessian`, row by row."""
    import torch

    x, labels = (torch.from_numpy(array) for array in batch())
    theta = torch.from_numpy(weights())

    def loss_of(p: Any) -> Any:
        return torch.nn.functional.cross_entropy(logits(p, x, torch.tanh), labels)

    if is_vectorized:
        hessian = torch.func.hessian(loss_of)
        return case(lambda: hessian(theta))
    return case(lambda: torch.autograd.functional.hessian(loss_of, theta))


@cache
def jax_function() -> Callable[..., Any]:
    """`jax.hessian`, compiled once in a process."""
    import jax as library

    from workloads import _jax

    def loss_of(p: Any, x: Any, labels: Any) -> Any:
        return _jax.cross_entropy(logits(p, x, library.numpy.tanh), labels)

    return library.jit(library.hessian(loss_of))


def jax() -> Case:
    """JAX, all rows at once in one compiled function."""
    import jax as library

    hessian, given = jax_function(), [library.numpy.array(array) for array in (weights(), *batch())]
    return case(lambda: hessian(*given).block_until_ready())


def hips() -> Case:
    """HIPS autograd, row by row."""
    import autograd.numpy as anp

    from autograd import hessian

    x, labels = batch()
    one_hot, theta = np.eye(SHAPES[-1][0], dtype=np.float32)[labels], weights()

    def loss_of(p: Any) -> Any:
        z = logits(p, x, anp.tanh)
        return anp.mean(anp.log(anp.sum(anp.exp(z), axis=1)) - anp.sum(z * one_hot, axis=1))

    rows = hessian(loss_of)
    return case(lambda: rows(theta))


CASES = {
    "glassgrad": glassgrad,
    "torch, vectorized": lambda: pytorch(is_vectorized=True),
    "torch, row by row": lambda: pytorch(is_vectorized=False),
    "jax": jax,
    "hips": hips,
}
