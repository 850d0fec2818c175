"""Networks on images in JAX, channels last: the order that XLA's convolutions on a CPU are written for.

2x2 max pooling is the maximum over two axes of length two: XLA's windowed maximum has a gradient that takes ten times
as long there.
"""

from __future__ import annotations

from typing import Any

import numpy as np
from cases import Case

from workloads import _jax
from workloads._mlp import LEARNING_RATE

EPSILON, MOMENTUM = 1e-5, 0.1  # of batch normalization


def training(loss_of: _jax.Loss, state: dict[str, np.ndarray], x: np.ndarray, labels: np.ndarray) -> Case:
    """The training loop's body, from PyTorch's state and images (batch, channels, height, width)."""
    buffers = {name: value for name, value in state.items() if "running" in name}
    parameters = {name: value for name, value in state.items() if name.endswith(("weight", "bias"))}
    images = np.ascontiguousarray(x.transpose(0, 2, 3, 1))
    return _jax.training(loss_of, LEARNING_RATE, parameters, buffers, (images, labels))


def conv(x: Any, weight: Any, padding: str = "SAME") -> Any:
    """A convolution of stride one."""
    from jax import lax

    return lax.conv_general_dilated(x, weight, (1, 1), padding, dimension_numbers=("NHWC", "HWIO", "NHWC"))


def pool(x: Any) -> Any:
    """2x2 max pooling."""
    batch, height, width, channels = x.shape
    return x.reshape(batch, height // 2, 2, width // 2, 2, channels).max((2, 4))


def batch_norm(x: Any, name: str, parameters: Any, buffers: Any) -> tuple[Any, Any]:
    """Batch normalization in training, and the buffers with its new running statistics."""
    import jax.numpy as jnp
    from jax import lax

    mean = x.mean((0, 1, 2))
    variance = jnp.square(x).mean((0, 1, 2)) - jnp.square(mean)  # one pass over memory
    count = x.size / x.shape[-1]
    fresh = {f"{name}.running_mean": mean, f"{name}.running_var": variance * (count / (count - 1))}
    kept = {key: (1 - MOMENTUM) * buffers[key] + MOMENTUM * lax.stop_gradient(new) for key, new in fresh.items()}
    scale = parameters[f"{name}.weight"] * lax.rsqrt(variance + EPSILON)
    return (x - mean) * scale + parameters[f"{name}.bias"], {**buffers, **kept}


def flat(x: Any) -> Any:
    """(batch, channels * height * width): what a linear layer of PyTorch's order of weights expects."""
    return x.transpose(0, 3, 1, 2).reshape(len(x), -1)


def linear(x: Any, name: str, parameters: Any) -> Any:
    """A linear layer."""
    return x @ parameters[f"{name}.weight"] + parameters[f"{name}.bias"]
