"""200 operations on scalars in the style of Python numbers, forward and backward."""

from __future__ import annotations

from collections.abc import Callable
from functools import cache
from typing import Any

import numpy as np
from cases import Case, Checksums

BLOCKS = 25  # of eight operations, those that micrograd has
VALUES = 0.46, 0.45  # neither values nor gradients explode or vanish


def method(x: Any) -> Any:
    """The rectifier, where numbers have it."""
    return x.relu()


def chain(a: Any, b: Any, relu: Callable[[Any], Any] = method) -> Any:
    """x <- 2 y / (y**2 + 1) with y = relu(x * b + a) - b, over and over."""
    x = a
    for _ in range(BLOCKS):
        y = relu(x * b + a) - b
        x = 2.0 * y / (y**2 + 1.0)
    return x


def scalars(leaf: Callable[[float], Any], reset: float | None, read: Callable[[Any], float]) -> Case:
    """The workload on the scalars that `leaf` makes; `reset` clears a gradient, `read` gives a number."""
    a, b = (leaf(value) for value in VALUES)

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


def functional(gradients_of: Callable[[], tuple[Any, tuple[Any, Any]]]) -> Case:
    """The workload, given what computes the result and both gradients."""

    def check() -> Checksums:
        result, (to_a, to_b) = gradients_of()
        return {"result": float(result), "gradient of a": float(to_a), "gradient of b": float(to_b)}

    return Case(gradients_of, check)


@cache
def jax_function(is_compiled: bool) -> Callable[..., Any]:
    """Value and gradients in JAX: compiled once in a process."""
    import jax
    import jax.numpy as jnp

    def result_of(a: Any, b: Any) -> Any:
        return chain(a, b, lambda x: jnp.maximum(x, 0.0))

    both = jax.value_and_grad(result_of, (0, 1))
    return jax.jit(both) if is_compiled else both


def jax(is_compiled: bool) -> Case:
    """0-d arrays of JAX, operation by operation or as one compiled function."""
    import jax as library

    both, (a, b) = jax_function(is_compiled), (library.numpy.float32(value) for value in VALUES)
    return functional(lambda: library.block_until_ready(both(a, b)))


def hips() -> Case:
    """HIPS autograd on Python floats, so twice as precise as the others."""
    import autograd.numpy as anp

    from autograd import value_and_grad

    both = value_and_grad(lambda a, b: chain(a, b, lambda x: anp.maximum(x, 0.0)), (0, 1))
    return functional(lambda: both(*VALUES))


def mygrad() -> Case:
    """0-d tensors of MyGrad, without its guard of memory."""
    import mygrad as mg

    mg.turn_memory_guarding_off()
    a, b = (mg.tensor(value, dtype=np.float32) for value in VALUES)

    def gradients_of() -> tuple[Any, tuple[Any, Any]]:
        result = chain(a, b, lambda x: mg.maximum(x, 0.0))
        result.backward()
        return result.data, (a.grad, b.grad)

    return functional(gradients_of)


CASES = {
    "glassgrad": glassgrad,
    "micrograd": micrograd,
    "torch": pytorch,
    "jax": lambda: jax(is_compiled=True),
    "jax, not compiled": lambda: jax(is_compiled=False),
    "hips": hips,
    "mygrad": mygrad,
}
