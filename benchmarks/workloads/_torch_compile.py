"""Training steps in PyTorch, the network and its loss compiled by `torch.compile`."""

from __future__ import annotations

from collections.abc import Callable
from functools import cache
from typing import Any

import numpy as np
from cases import Case

from workloads._compiled import by_torch

Layers = Callable[[Any], list[Any]]  # of `torch.nn`; the same function for all cases of a process


class Whole:
    """A compiled loss as the training loop wants it: a model that does nothing, and a loss that does it all."""

    def __init__(self, layers: Layers) -> None:
        import torch

        model = torch.nn.Sequential(*layers(torch.nn))
        self.load_state_dict, self.named_parameters = model.load_state_dict, model.named_parameters
        self.parameters = model.parameters
        self.loss_of = by_torch(lambda x, labels: torch.nn.functional.cross_entropy(model(x), labels))

    @staticmethod
    @cache
    def of(layers: Layers) -> Whole:
        """Compiled once in a process: cases begin it anew with other values."""
        return Whole(layers)

    def __call__(self, x: Any) -> Any:
        return x


def training(layers: Layers, state: dict[str, np.ndarray], x: np.ndarray, labels: np.ndarray, rate: float) -> Case:
    """The training loop's body, with the fastest Adam."""
    import torch

    from workloads._mlp import training as body

    model = Whole.of(layers)
    model.load_state_dict({name: torch.from_numpy(value.copy()) for name, value in state.items()})
    optimizer = torch.optim.Adam(model.parameters(), lr=rate, fused=True)
    return body(model, optimizer, model.loss_of, torch.from_numpy(x), torch.from_numpy(labels))
