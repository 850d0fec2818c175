"""Dropout."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import numpy as np

import autograd as ag
from nn import functional as F
from nn.module import Example, Module

__all__ = ["Dropout"]


class Dropout(Module):
    """In training, zero each element with probability ``p`` and divide the others by ``1 - p``: (...) -> (...).

    The mean of every element stays the same, so that nothing is done in use (``model.eval()``). Srivastava et
    al., 2014.

    Parameters
    ----------
    p: from 0 to 1.
    rng: generator of the draws; the default one, each time, if None.

    Raises ArgumentError for another p.

    >>> import autograd as ag, nn, numpy as np
    >>> drop = nn.Dropout(0.5, rng=np.random.default_rng(0))
    >>> drop(ag.ones(4))
    Tensor([2., 2., 2., 0.], dtype=float32)
    >>> drop.eval()(ag.ones(4))
    Tensor([1., 1., 1., 1.], dtype=float32)
    """

    def __init__(self, p: float = 0.5, *, rng: np.random.Generator | None = None) -> None:
        if not 0.0 <= p <= 1.0:
            raise ag.errors.ArgumentError(f"Dropout(p={p}): want a probability, 0 to 1.")
        self.p = p
        self.rng = rng

    def forward(self, x: Any) -> Any:
        """(...) -> (...)."""
        return F.dropout(x, self.p, self.training, self.rng)

    @staticmethod
    def examples(rng: np.random.Generator) -> Iterator[Example]:
        """Dropping nothing, something, and all."""
        for p in (0.0, 0.3, 1.0):
            yield Example(Dropout(p), (rng.normal(size=(4, 3)),))

    def extra_repr(self) -> str:
        """The probability."""
        return f"p={self.p}"
