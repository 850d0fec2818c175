"""Distance and similarity of vectors as modules."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import numpy as np

from nn import functional as F
from nn.module import Example, Module

__all__ = ["CosineSimilarity", "PairwiseDistance"]


class CosineSimilarity(Module):
    """Cosine of the angle between the vectors along ``dim``: (..., length, ...), (..., length, ...) -> (..., ...).

    ``sum(x1 * x2) / (|x1| * |x2|)`` of each pair.

    Parameters
    ----------
    dim: an axis of the shape that the inputs broadcast to.
    eps: shorter vectors count as this long.

    Raises ShapeError and DtypeError, when called, for inputs that do not fit each other.

    >>> import autograd as ag, nn
    >>> nn.CosineSimilarity()(ag.tensor([[3.0, 0.0]]), ag.tensor([[0.0, 2.0]]))
    Tensor([0.], dtype=float32)
    """

    def __init__(self, dim: int = 1, eps: float = 1e-8) -> None:
        self.dim = dim
        self.eps = eps

    def forward(self, x1: Any, x2: Any) -> Any:
        """(..., length, ...), (..., length, ...) -> (..., ...)."""
        return F.cosine_similarity(x1, x2, self.dim, self.eps)

    @staticmethod
    def examples(rng: np.random.Generator) -> Iterator[Example]:
        """Rows, and columns of shapes that broadcast."""
        yield Example(CosineSimilarity(), (rng.normal(size=(4, 3)), rng.normal(size=(4, 3))))
        yield Example(CosineSimilarity(dim=-2), (rng.normal(size=(2, 3, 2)), rng.normal(size=(3, 1))))

    def extra_repr(self) -> str:
        """The axis, and eps where it is not the default."""
        return f"dim={self.dim}" + (f", eps={self.eps}" if self.eps != 1e-8 else "")


class PairwiseDistance(Module):
    """Length of ``x1 - x2 + eps`` along the last axis, in the norm of order p: (..., length), (..., length) -> (...).

    Parameters
    ----------
    p: the order of the norm; inf for the largest difference.
    eps: added to each difference, which keeps the distance of equal vectors, and so its gradient, from 0.
    keepdim: whether the last axis stays, with length 1.

    Raises ShapeError and DtypeError, when called, for inputs that do not fit each other.

    >>> import autograd as ag, nn
    >>> nn.PairwiseDistance(eps=0.0)(ag.tensor([[3.0, 4.0]]), ag.zeros(1, 2))
    Tensor([5.], dtype=float32)
    """

    def __init__(self, p: float = 2.0, eps: float = 1e-6, keepdim: bool = False) -> None:
        self.p = p
        self.eps = eps
        self.keepdim = keepdim

    def forward(self, x1: Any, x2: Any) -> Any:
        """(..., length), (..., length) -> (...)."""
        return F.pairwise_distance(x1, x2, self.p, self.eps, self.keepdim)

    @staticmethod
    def examples(rng: np.random.Generator) -> Iterator[Example]:
        """Lengths of the second order, and of another."""
        yield Example(PairwiseDistance(), (rng.normal(size=(4, 3)), rng.normal(size=(4, 3))))
        yield Example(PairwiseDistance(p=3.0, keepdim=True), (rng.normal(size=(2, 3, 2)), rng.normal(size=(3, 2))))

    def extra_repr(self) -> str:
        """The order of the norm, and what is not the default."""
        parts = [f"p={self.p}"]
        parts += [f"eps={self.eps}"] if self.eps != 1e-6 else []
        parts += ["keepdim=True"] if self.keepdim else []
        return ", ".join(parts)
