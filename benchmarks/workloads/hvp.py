"""A Hessian-vector product of an MLP 64-128-10 (tanh, cross entropy, batch 32): a derivative of a derivative."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from functools import cache
from typing import Any

import numpy as np
from cases import Case, Checksums

SIZES, BATCH = (64, 128, 10), 32


def batch() -> tuple[np.ndarray, np.ndarray]:
    """Inputs and labels."""
    rng = np.random.default_rng(1)
    return rng.standard_normal((BATCH, SIZES[0]), dtype=np.float32), rng.integers(SIZES[-1], size=BATCH)


def weights_and_vector() -> tuple[list[np.ndarray], list[np.ndarray]]:
    """Weights (in, out) and biases of both layers, and what the Hessian is multiplied by, of the same shapes."""
    rng = np.random.default_rng(2)
    shapes = (SIZES[:2], SIZES[1:2], SIZES[1:], SIZES[2:])
    weights = [rng.uniform(-1, 1, shape).astype(np.float32) * np.float32(0.1) for shape in shapes]
    return weights, [rng.standard_normal(shape, dtype=np.float32) for shape in shapes]


def case(step: Callable[[], Sequence[Any]]) -> Case:
    """The workload, given what computes the products."""

    def check() -> Checksums:
        return {f"product for argument {i}": np.asarray(product) for i, product in enumerate(step())}

    return Case(step, check)


def scores(x: Any, w1: Any, b1: Any, w2: Any, b2: Any, tanh: Callable[[Any], Any]) -> Any:
    """The network: (batch, 64) -> (batch, 10)."""
    return tanh(x @ w1 + b1) @ w2 + b2


def glassgrad_transform() -> Case:
    """`ag.hvp`."""
    import autograd as ag
    import nn

    x, labels = map(ag.tensor, batch())
    weights, vector = (tuple(map(ag.tensor, arrays)) for arrays in weights_and_vector())

    def loss(*weights: Any) -> Any:
        return nn.functional.cross_entropy(scores(x, *weights, np.tanh), labels)

    return case(lambda: ag.hvp(loss, weights, vector))


def glassgrad() -> Case:
    """The gradient of the gradient's product with the vector, by `ag.gradients`."""
    import autograd as ag
    import nn

    x, labels = map(ag.tensor, batch())
    arrays, directions = weights_and_vector()
    weights = [ag.tensor(array, requires_grad=True) for array in arrays]
    vector = [ag.tensor(array) for array in directions]

    def step() -> Sequence[Any]:
        loss = nn.functional.cross_entropy(scores(x, *weights, np.tanh), labels)
        gradients = ag.gradients(loss, weights, create_graph=True)
        return ag.gradients(gradients, weights, vector)

    return case(step)


def pytorch() -> Case:
    """The gradient of the gradient's product with the vector, by `torch.autograd.grad`."""
    import torch

    x, labels = map(torch.from_numpy, batch())
    arrays, directions = weights_and_vector()
    weights = [torch.from_numpy(array).requires_grad_() for array in arrays]
    vector = list(map(torch.from_numpy, directions))

    def step() -> Sequence[Any]:
        loss = torch.nn.functional.cross_entropy(scores(x, *weights, torch.tanh), labels)
        gradients = torch.autograd.grad(loss, weights, create_graph=True)
        return torch.autograd.grad(gradients, weights, vector)

    return case(step)


def pytorch_functional() -> Case:
    """`torch.func`: the derivative of the gradient along the vector, forward over reverse."""
    import torch

    x, labels = map(torch.from_numpy, batch())
    weights, vector = (tuple(map(torch.from_numpy, arrays)) for arrays in weights_and_vector())

    def loss(*weights: Any) -> Any:
        return torch.nn.functional.cross_entropy(scores(x, *weights, torch.tanh), labels)

    gradient = torch.func.grad(loss, tuple(range(len(weights))))
    return case(lambda: torch.func.jvp(gradient, weights, vector)[1])


@cache
def jax_product(is_compiled: bool) -> Callable[..., Any]:
    """The derivative of the gradient along the vector in JAX, forward over reverse: as its own guide does it."""
    import jax
    import jax.numpy as jnp

    def product(weights: Any, vector: Any, x: Any, labels: Any) -> Any:
        def loss(*weights: Any) -> Any:
            picked = jnp.take_along_axis(jax.nn.log_softmax(scores(x, *weights, jnp.tanh)), labels[:, None], 1)
            return -picked.mean()

        return jax.jvp(jax.grad(loss, tuple(range(len(weights)))), weights, vector)[1]

    return jax.jit(product) if is_compiled else product


def jax(is_compiled: bool) -> Case:
    """JAX, compiled or operation by operation."""
    import jax

    inputs = jax.tree.map(jax.numpy.array, (*map(tuple, weights_and_vector()), *batch()))
    product = jax_product(is_compiled)
    return case(lambda: jax.block_until_ready(product(*inputs)))


def hips() -> Case:
    """HIPS autograd, the gradient of the gradient's product with the vector."""
    import autograd.numpy as anp
    from autograd.scipy.special import logsumexp

    from autograd import make_hvp

    x, labels = batch()
    one_hot = np.eye(SIZES[-1], dtype=np.float32)[labels]
    weights, vector = map(tuple, weights_and_vector())

    def loss(weights: Any) -> Any:
        out = scores(x, *weights, anp.tanh)
        return (logsumexp(out, axis=1) - anp.sum(out * one_hot, axis=1)).mean()

    return case(lambda: make_hvp(loss)(weights)[0](vector))


CASES = {
    "glassgrad": glassgrad,
    "glassgrad, ag.hvp": glassgrad_transform,
    "torch": pytorch,
    "torch, func": pytorch_functional,
    "jax": lambda: jax(is_compiled=True),
    "jax, eager": lambda: jax(is_compiled=False),
    "hips": hips,
}
