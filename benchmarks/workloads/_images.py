"""One training step of a network on images (cross entropy, Adam), once per library, and the memory it takes."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np
from cases import Case

from workloads import _images_jax, _torch_compile
from workloads._mlp import LEARNING_RATE, training

Layers = Callable[[Any], list[Any]]  # of the `nn` of either library


def batch(shape: tuple[int, ...], classes: int) -> tuple[np.ndarray, np.ndarray]:
    """Images (batch, channels, height, width), as contiguous as both libraries give them, and labels."""
    rng = np.random.default_rng(1)
    return rng.standard_normal(shape, dtype=np.float32), rng.integers(classes, size=shape[0])


def values(shapes: dict[str, tuple[int, ...]]) -> dict[str, np.ndarray]:
    """The same initial values for both: weights uniform by their fan-in, the rest as normalization layers begin."""
    rng, state = np.random.default_rng(2), {}
    for name, shape in shapes.items():
        if len(shape) > 1:
            bound = np.prod(shape[1:]) ** -0.5
            state[name] = rng.uniform(-bound, bound, shape).astype(np.float32)
        elif name.endswith(("weight", "running_var")):
            state[name] = np.ones(shape, np.float32)
        else:
            state[name] = np.zeros(shape, np.int64 if name.endswith("num_batches_tracked") else np.float32)
    return state


def glassgrad(layers: Layers, shape: tuple[int, ...]) -> Case:
    """glassgrad as its guide writes it."""
    import autograd as ag
    import nn

    x, labels = batch(shape, 10)
    model = nn.Sequential(*layers(nn))
    model.load_state_dict(values({name: array.shape for name, array in model.state_dict().items()}))
    optimizer = nn.optim.Adam(model.parameters(), lr=LEARNING_RATE)
    return training(model, optimizer, nn.functional.cross_entropy, ag.tensor(x), ag.tensor(labels))


def pytorch(layers: Layers, shape: tuple[int, ...], is_channels_last: bool, **adam: bool) -> Case:
    """PyTorch eager, in the given order of memory and with the given settings of Adam."""
    import torch

    x, labels = batch(shape, 10)
    model = torch.nn.Sequential(*layers(torch.nn))
    state = values({name: tuple(tensor.shape) for name, tensor in model.state_dict().items()})
    model.load_state_dict({name: torch.from_numpy(value) for name, value in state.items()})
    order = torch.channels_last if is_channels_last else torch.contiguous_format
    model, images = model.to(memory_format=order), torch.from_numpy(x).to(memory_format=order)
    optimizer = torch.optim.Adam(model.parameters(), lr=LEARNING_RATE, **adam)
    return training(model, optimizer, torch.nn.functional.cross_entropy, images, torch.from_numpy(labels))


def compiled(layers: Layers, shape: tuple[int, ...]) -> Case:
    """PyTorch with the network and its loss in `torch.compile`, forward and backward."""
    import torch

    shapes = {name: tuple(tensor.shape) for name, tensor in torch.nn.Sequential(*layers(torch.nn)).state_dict().items()}
    return _torch_compile.training(layers, values(shapes), *batch(shape, 10), LEARNING_RATE)


def in_jax(loss_of: Callable[..., Any], shapes: dict[str, tuple[int, ...]], shape: tuple[int, ...]) -> Case:
    """JAX, the whole step in one compiled function; `shapes` are those of the state, under PyTorch's names."""
    return _images_jax.training(loss_of, values(shapes), *batch(shape, 10))


def cases(layers: Layers, shape: tuple[int, ...]) -> dict[str, Callable[[], Case]]:
    """Contestants with such layers; PyTorch with its fastest Adam in both orders of memory, as it comes, compiled."""
    return {
        "glassgrad": lambda: glassgrad(layers, shape),
        "torch": lambda: pytorch(layers, shape, is_channels_last=False, fused=True),
        "torch, channels last": lambda: pytorch(layers, shape, is_channels_last=True, fused=True),
        "torch, default Adam": lambda: pytorch(layers, shape, is_channels_last=False),
        "torch, compile": lambda: compiled(layers, shape),
    }
