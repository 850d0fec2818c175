"""Activations: elementwise functions as modules."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import numpy as np

import autograd as ag
from nn.module import Example, Module

__all__ = ["ReLU", "Sigmoid", "Tanh"]


class ReLU(Module):
    """Rectifier, ``max(x, 0)``: (...) -> (...).

    >>> import autograd as ag, nn
    >>> nn.ReLU()(ag.tensor([-1.0, 2.0]))
    Tensor([0., 2.], dtype=float32)
    """

    def forward(self, x: Any) -> Any:
        """(...) -> (...)."""
        return ag.relu(x)

    @staticmethod
    def examples(rng: np.random.Generator) -> Iterator[Example]:
        """A batch of three features."""
        yield Example(ReLU(), (rng.normal(size=(4, 3)),))


class Tanh(Module):
    """Hyperbolic tangent: (...) -> (...), between -1 and 1.

    >>> import autograd as ag, nn
    >>> nn.Tanh()(ag.tensor([0.0]))
    Tensor([0.], dtype=float32)
    """

    def forward(self, x: Any) -> Any:
        """(...) -> (...)."""
        return ag.tanh(x)

    @staticmethod
    def examples(rng: np.random.Generator) -> Iterator[Example]:
        """A batch of three features."""
        yield Example(Tanh(), (rng.normal(size=(4, 3)),))


class Sigmoid(Module):
    """Logistic function, ``1 / (1 + exp(-x))``: (...) -> (...), between 0 and 1.

    >>> import autograd as ag, nn
    >>> nn.Sigmoid()(ag.tensor([0.0]))
    Tensor([0.5], dtype=float32)
    """

    def forward(self, x: Any) -> Any:
        """(...) -> (...)."""
        return ag.sigmoid(x)

    @staticmethod
    def examples(rng: np.random.Generator) -> Iterator[Example]:
        """A batch of three features."""
        yield Example(Sigmoid(), (rng.normal(size=(4, 3)),))
