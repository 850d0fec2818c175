"""One training step of a recurrent layer (50 steps, batch 32, 32 -> 128; squared error, Adam), once per library."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np
from cases import Case

from workloads._mlp import LEARNING_RATE, training

STEPS, BATCH, INPUT, HIDDEN = 50, 32, 32, 128


def batch() -> tuple[np.ndarray, np.ndarray]:
    """Inputs (time, batch, features), in the order of memory that both libraries like best, and results to learn."""
    rng = np.random.default_rng(1)
    x = rng.standard_normal((STEPS, BATCH, INPUT), dtype=np.float32)
    return x, rng.uniform(-1, 1, (STEPS, BATCH, HIDDEN)).astype(np.float32)


def values(shapes: dict[str, tuple[int, ...]]) -> dict[str, np.ndarray]:
    """The same initial values for both, uniform as in PyTorch."""
    rng, bound = np.random.default_rng(2), HIDDEN**-0.5
    return {name: rng.uniform(-bound, bound, shape).astype(np.float32) for name, shape in shapes.items()}


class Parts:
    """A layer whose states are dropped, as a model for the training loop."""

    def __init__(self, layer: Any) -> None:
        self.layer = layer
        self.named_parameters = layer.named_parameters

    def __call__(self, x: Any) -> Any:
        return self.layer(x)[0]


def glassgrad(kind: str) -> Case:
    """glassgrad as its guide writes it."""
    import autograd as ag
    import nn

    x, target = batch()
    layer = getattr(nn, kind)(INPUT, HIDDEN)
    layer.load_state_dict(values({name: array.shape for name, array in layer.state_dict().items()}))
    optimizer = nn.optim.Adam(layer.parameters(), lr=LEARNING_RATE)
    return training(Parts(layer), optimizer, nn.functional.mse_loss, ag.tensor(x), ag.tensor(target))


def pytorch(kind: str, **adam: bool) -> Case:
    """PyTorch eager, with the given settings of Adam."""
    import torch

    x, target = batch()
    layer = getattr(torch.nn, kind)(INPUT, HIDDEN)
    state = values({name: tuple(tensor.shape) for name, tensor in layer.state_dict().items()})
    layer.load_state_dict({name: torch.from_numpy(value) for name, value in state.items()})
    optimizer = torch.optim.Adam(layer.parameters(), lr=LEARNING_RATE, **adam)
    loss = torch.nn.functional.mse_loss
    return training(Parts(layer), optimizer, loss, torch.from_numpy(x), torch.from_numpy(target))


def shapes(kind: str) -> dict[str, tuple[int, ...]]:
    """Those of the parameters, under PyTorch's names and in its order."""
    rows = {"RNN": 1, "LSTM": 4, "GRU": 3}[kind] * HIDDEN
    return {"weight_ih_l0": (rows, INPUT), "weight_hh_l0": (rows, HIDDEN), "bias_ih_l0": (rows,), "bias_hh_l0": (rows,)}


def cases(kind: str) -> dict[str, Callable[[], Case]]:
    """A contestant per library; PyTorch with its fastest Adam, and as it comes."""
    from workloads import _recurrent_by_hand, _recurrent_jax

    def beside(training: Callable[..., Case]) -> Callable[[], Case]:
        return lambda: training(kind, batch(), values(shapes(kind)), LEARNING_RATE)

    return {
        "glassgrad": lambda: glassgrad(kind),
        "torch": lambda: pytorch(kind, fused=True),
        "torch, default Adam": lambda: pytorch(kind),
        "jax": beside(_recurrent_jax.training),
        "numpy": beside(_recurrent_by_hand.by_hand),
    }
