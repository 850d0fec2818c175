"""The Hessian of the Rosenbrock function of 20 variables, float64: a derivative of a derivative, as 20 rows."""

from __future__ import annotations

from collections.abc import Callable
from functools import cache
from typing import Any

import numpy as np
from cases import Case, Checksums

X = np.linspace(-1.2, 1.0, 20)


def rosenbrock(x: Any) -> Any:
    """100 times the squared distance from the valley, and how far along it: any library's arrays."""
    return (100.0 * (x[1:] - x[:-1] ** 2) ** 2 + (1.0 - x[:-1]) ** 2).sum()


def case(step: Callable[[], Any]) -> Case:
    """The workload, given what computes the Hessian."""

    def check() -> Checksums:
        return {"hessian": np.asarray(step())}

    return Case(step, check)


def glassgrad() -> Case:
    """`ag.hessian`: one recorded backward pass, then a plain one for each row."""
    import autograd as ag

    hessian = ag.hessian(rosenbrock)
    return case(lambda: hessian(X))


def torch_vectorized() -> Case:
    """`torch.func.hessian`, all rows at once by vmap."""
    import torch

    hessian, x = torch.func.hessian(rosenbrock), torch.tensor(X)
    return case(lambda: hessian(x))


def torch_by_rows() -> Case:
    """`torch.autograd.functional.hessian`, row by row."""
    import torch

    x = torch.tensor(X)
    return case(lambda: torch.autograd.functional.hessian(rosenbrock, x))


@cache
def jax_function() -> Callable[[Any], Any]:
    """`jax.hessian`, compiled once in a process."""
    import jax as library

    return library.jit(library.hessian(rosenbrock))


def jax() -> Case:
    """JAX, all rows at once in one compiled function, in double precision, which it has to be told to use."""
    import jax as library

    hessian = jax_function()
    with library.enable_x64(True):
        x = library.numpy.array(X)

    def step() -> Any:
        with library.enable_x64(True):
            return hessian(x).block_until_ready()

    return case(step)


def hips() -> Case:
    """HIPS autograd, row by row."""
    from autograd import hessian

    rows = hessian(rosenbrock)
    return case(lambda: rows(X))


def by_hand() -> Case:
    """The second derivatives worked out on paper."""

    def step() -> np.ndarray:
        before, after = X[:-1], X[1:]
        diagonal = np.zeros_like(X)
        diagonal[:-1] += 1200.0 * before**2 - 400.0 * after + 2.0
        diagonal[1:] += 200.0
        beside = -400.0 * before
        return np.diag(diagonal) + np.diag(beside, 1) + np.diag(beside, -1)

    return case(step)


CASES = {
    "glassgrad": glassgrad,
    "torch, vectorized": torch_vectorized,
    "torch, row by row": torch_by_rows,
    "jax": jax,
    "hips": hips,
    "numpy": by_hand,
}
