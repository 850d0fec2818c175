"""Layers that change the shape."""

from __future__ import annotations

import math
from collections.abc import Iterator
from typing import Any

import numpy as np

import autograd as ag
from nn.kernels.checks import place
from nn.module import Example, Module

__all__ = ["Flatten"]


class Flatten(Module):
    """Join the axes from ``start_dim`` to ``end_dim``, both included, into one: (batch, ...) -> (batch, features).

    Parameters
    ----------
    start_dim, end_dim: axes; negative ones count from the last.

    Raises ShapeError, when called, for an input without these axes.

    >>> import autograd as ag, nn
    >>> nn.Flatten()(ag.zeros(32, 1, 8, 8)).shape
    (32, 64)
    """

    def __init__(self, start_dim: int = 1, end_dim: int = -1) -> None:
        self.start_dim = start_dim
        self.end_dim = end_dim

    def forward(self, x: Any) -> Any:
        """(batch, ...) -> (batch, features)."""
        shape = x.shape
        first, last = (dim + len(shape) if dim < 0 else dim for dim in (self.start_dim, self.end_dim))
        if not 0 <= first <= last < len(shape):
            raise ag.errors.ShapeError(
                f"{place('flatten')}: an input of shape {shape} has no axes from {self.start_dim} to {self.end_dim}. "
                "Want (batch, ...); add a batch axis to a single sample, x[None]."
            )
        return x.reshape((*shape[:first], math.prod(shape[first : last + 1]), *shape[last + 1 :]))

    @staticmethod
    def examples(rng: np.random.Generator) -> Iterator[Example]:
        """Images to rows, and two axes in the middle."""
        yield Example(Flatten(), (rng.normal(size=(2, 3, 2, 2)),))
        yield Example(Flatten(1, 2), (rng.normal(size=(2, 3, 2, 2)),))

    def extra_repr(self) -> str:
        """The axes."""
        return f"start_dim={self.start_dim}, end_dim={self.end_dim}"
