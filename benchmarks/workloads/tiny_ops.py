"""200 operations on 4x4 float32 arrays, forward and backward."""

from __future__ import annotations

from collections.abc import Callable
from functools import cache
from typing import Any

import numpy as np
from cases import Case, Checksums

BLOCKS = 40  # of five operations


def inputs() -> tuple[np.ndarray, np.ndarray]:
    """Two 4x4 arrays, in ranges in which the chain's values and gradients neither explode nor vanish."""
    rng = np.random.default_rng(0)
    return rng.uniform(-1, 1, (4, 4)).astype(np.float32), rng.uniform(8, 12, (4, 4)).astype(np.float32)


def method(x: Any) -> Any:
    """The hyperbolic tangent, where tensors have it."""
    return x.tanh()


def chain(a: Any, b: Any, tanh: Callable[[Any], Any] = method) -> Any:
    """x <- x - tanh(x * a + a) / b, over and over: every x is used twice, `a` twice and `b` once a block."""
    x = a
    for _ in range(BLOCKS):
        x = x - tanh(x * a + a) / b
    return x.sum()


def tensors(a: Any, b: Any) -> Case:
    """The workload on tensors of either library."""

    def step() -> Any:
        a.grad = b.grad = None
        loss = chain(a, b)
        loss.backward()
        return loss

    def check() -> Checksums:
        return {"loss": step().item(), "gradient of a": a.grad.numpy(), "gradient of b": b.grad.numpy()}

    return Case(step, check)


def glassgrad() -> Case:
    """Tensors of glassgrad."""
    import autograd as ag

    a, b = inputs()
    return tensors(ag.tensor(a, requires_grad=True), ag.tensor(b, requires_grad=True))


def pytorch() -> Case:
    """Tensors of PyTorch, eager."""
    import torch

    a, b = inputs()
    return tensors(torch.tensor(a, requires_grad=True), torch.tensor(b, requires_grad=True))


def functional(gradients_of: Callable[[], tuple[Any, tuple[Any, Any]]]) -> Case:
    """The workload, given what computes the loss and both gradients."""

    def check() -> Checksums:
        loss, (to_a, to_b) = gradients_of()
        return {"loss": float(loss), "gradient of a": np.asarray(to_a), "gradient of b": np.asarray(to_b)}

    return Case(gradients_of, check)


@cache
def jax_function(is_compiled: bool) -> Callable[..., Any]:
    """Value and gradients in JAX: compiled once in a process."""
    import jax
    import jax.numpy as jnp

    def loss_of(a: Any, b: Any) -> Any:
        return chain(a, b, jnp.tanh)

    both = jax.value_and_grad(loss_of, (0, 1))
    return jax.jit(both) if is_compiled else both


def jax(is_compiled: bool) -> Case:
    """Arrays of JAX, op by op or as one compiled function."""
    import jax as library

    both, (a, b) = jax_function(is_compiled), (library.numpy.array(x) for x in inputs())
    return functional(lambda: library.block_until_ready(both(a, b)))


def hips() -> Case:
    """HIPS autograd."""
    import autograd.numpy as anp

    from autograd import value_and_grad

    both, (a, b) = value_and_grad(lambda a, b: chain(a, b, anp.tanh), (0, 1)), inputs()
    return functional(lambda: both(a, b))


def mygrad() -> Case:
    """Tensors of MyGrad, without its guard of memory."""
    import mygrad as mg

    mg.turn_memory_guarding_off()
    a, b = (mg.tensor(x) for x in inputs())

    def gradients_of() -> tuple[Any, tuple[Any, Any]]:
        loss = chain(a, b, mg.tanh)
        loss.backward()
        return loss.data, (a.grad, b.grad)

    return functional(gradients_of)


@cache
def tinygrad_function() -> Callable[..., Any]:
    """Value and gradients in tinygrad: recorded and compiled once in a process."""
    from tinygrad import TinyJit

    @TinyJit
    def both(a: Any, b: Any) -> tuple[Any, ...]:
        loss = chain(a, b)
        gradients = loss.gradient(a, b)
        return loss.realize(*gradients), *gradients

    return both


def tinygrad() -> Case:
    """Tensors of tinygrad, by TinyJit."""
    from tinygrad import Tensor

    both, (a, b) = tinygrad_function(), (Tensor(x).realize() for x in inputs())

    def step() -> float:
        return float(both(a, b)[0].item())

    def check() -> Checksums:
        loss, to_a, to_b = both(a, b)
        return {"loss": loss.item(), "gradient of a": to_a.numpy(), "gradient of b": to_b.numpy()}

    return Case(step, check)


def by_hand() -> Case:
    """Bare NumPy, the derivative worked out by hand: the floor."""
    a, b = inputs()

    def step() -> tuple[np.ndarray, np.ndarray, np.ndarray]:
        x, kept = a, []
        for _ in range(BLOCKS):
            t = np.tanh(x * a + a)
            q = t / b
            kept.append((x, t, q))
            x = x - q
        loss = x.sum()
        g, ga, gb = np.ones_like(a), np.zeros_like(a), np.zeros_like(b)
        for before, t, q in reversed(kept):
            g_q = g / b
            gb += g_q * q
            g_sum = (t * t - 1) * g_q  # of x * a + a
            ga += g_sum * before
            ga += g_sum
            g += g_sum * a
        return loss, ga + g, gb

    def check() -> Checksums:
        loss, ga, gb = step()
        return {"loss": loss, "gradient of a": ga, "gradient of b": gb}

    return Case(step, check)


CASES = {
    "glassgrad": glassgrad,
    "torch": pytorch,
    "jax": lambda: jax(is_compiled=True),
    "jax, not compiled": lambda: jax(is_compiled=False),
    "hips": hips,
    "mygrad": mygrad,
    "tinygrad": tinygrad,
    "numpy": by_hand,
}
