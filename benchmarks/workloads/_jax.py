"""Training steps in JAX: loss, gradient and Adam as one compiled function, which reuses the arrays it is given."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from functools import cache
from typing import Any

import numpy as np
from cases import Case

from workloads._adam_by_hand import BETA1, BETA2, EPSILON, checked

Arrays = Mapping[str, np.ndarray]
Loss = Callable[..., Any]  # of parameters and buffers (dicts by name) and data; returns the loss and the new buffers


def adam(parameters: Any, gradients: Any, state: Any, rate: float) -> tuple[Any, Any]:
    """Parameters after a step of Adam, and its new state: two running means and the number of steps."""
    import jax
    import jax.numpy as jnp

    m, v, steps = state
    steps = steps + 1
    correction = jnp.sqrt(1 - BETA2**steps)
    now, epsilon = rate * correction / (1 - BETA1**steps), EPSILON * correction
    m = jax.tree.map(lambda m, g: BETA1 * m + (1 - BETA1) * g, m, gradients)
    v = jax.tree.map(lambda v, g: BETA2 * v + (1 - BETA2) * g * g, v, gradients)
    parameters = jax.tree.map(lambda p, m, v: p - now * m / (jnp.sqrt(v) + epsilon), parameters, m, v)
    return parameters, (m, v, steps)


def fresh(parameters: Any) -> Any:
    """The state of Adam as it begins."""
    import jax
    import jax.numpy as jnp

    return *(jax.tree.map(jnp.zeros_like, parameters) for _ in range(2)), jnp.float32(0)


@cache
def compiled(loss_of: Loss, rate: float) -> tuple[Callable[..., Any], Callable[..., Any]]:
    """The training step and the gradients alone: compiled once in a process, however often its case is built."""
    import jax

    def step(parameters: Any, buffers: Any, state: Any, *data: Any) -> tuple[Any, ...]:
        (loss, buffers), gradients = jax.value_and_grad(loss_of, has_aux=True)(parameters, buffers, *data)
        return *adam(parameters, gradients, state, rate), buffers, loss

    return jax.jit(step, donate_argnums=(0, 1, 2)), jax.jit(jax.grad(loss_of, has_aux=True))


def training(loss_of: Loss, rate: float, parameters: Arrays, buffers: Arrays, data: tuple[np.ndarray, ...]) -> Case:
    """The training loop's body. Parameters come as PyTorch has them, and are turned into JAX's own order.

    `loss_of` has to be the same function for all cases of a process, or each would be compiled anew.
    """
    import jax
    import jax.numpy as jnp

    step_of, gradients_of = compiled(loss_of, rate)
    inputs = tuple(jnp.array(array) for array in data)
    theta = {name: jnp.array(to_jax(array)) for name, array in parameters.items()}
    kept = {name: jnp.array(array) for name, array in buffers.items()}
    state = fresh(theta)

    def step() -> Any:
        nonlocal theta, state, kept
        theta, state, kept, loss = step_of(theta, kept, state, *inputs)
        return loss.block_until_ready()

    def first_gradients() -> dict[str, np.ndarray]:
        begin = {name: jnp.array(to_jax(array)) for name, array in parameters.items()}
        gradients, _ = gradients_of(begin, {name: jnp.array(array) for name, array in buffers.items()}, *inputs)
        return {name: from_jax(np.asarray(gradient)) for name, gradient in jax.device_get(gradients).items()}

    return checked(step, first_gradients)


def to_jax(array: np.ndarray) -> np.ndarray:
    """(out, in) -> (in, out); (out, in, height, width) -> (height, width, in, out); others as they are."""
    return np.ascontiguousarray(array.transpose(2, 3, 1, 0) if array.ndim == 4 else array.T)


def from_jax(array: np.ndarray) -> np.ndarray:
    """The way back."""
    return array.transpose(3, 2, 0, 1) if array.ndim == 4 else array.T


def cross_entropy(logits: Any, labels: Any) -> Any:
    """The mean over the batch."""
    import jax
    import jax.numpy as jnp

    return -jnp.take_along_axis(jax.nn.log_softmax(logits), labels[:, None], 1).mean()
