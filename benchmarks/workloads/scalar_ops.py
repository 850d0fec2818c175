"""200 operations on scalars in the style of Python numbers, forward and backward."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from cases import Case, Checksums

BLOCKS = 25  # of eight operations, those that micrograd has


def chain(a: Any, b: Any) -> Any:
    """x <- 2 y / (y**2 + 1) with y = relu(x * b + a) - b, over and over."""
    x = a
    for _ in range(BLOCKS):
        y = (x * b + a).relu() - b
        x = 2.0 * y / (y**2 + 1.0)
    return x


def scalars(leaf: Callable[[float], Any], reset: float | None, read: Callable[[Any], float]) -> Case:
    """The workload on the scalars that `leaf` makes; `reset` clears a gradient, `read` gives a number."""
    a, b = leaf(0.46), leaf(0.45)  # neither values nor gradients explode or vanish

    def step() -> Any:
        a.grad = b.grad = reset
        result = chain(a, b)
        result.backward()
        return result

    def check() -> Checksums:
        result = step()
        return {"result": read(result), "gradient of a": read(a.grad), "gradient of b": read(b.grad)}

    return Case(step, check)


def glassgrad() -> Case:
    """0-d tensors of glassgrad."""
    import autograd as ag

    return scalars(lambda value: ag.tensor(value, requires_grad=True), None, lambda tensor: tensor.item())


def micrograd() -> Case:
    """micrograd's values: Python floats, so twice as precise as the others."""
    from micrograd.engine import Value

    return scalars(Value, 0.0, lambda number: float(getattr(number, "data", number)))


def pytorch() -> Case:
    """0-d tensors of PyTorch, eager."""
    import torch

    return scalars(lambda value: torch.tensor(value, requires_grad=True), None, lambda tensor: tensor.item())


CASES = {"glassgrad": glassgrad, "micrograd": micrograd, "torch": pytorch}
