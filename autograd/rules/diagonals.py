"""Diagonals and triangles of matrices: taken out, put in, added up."""

from __future__ import annotations

import math
from typing import Any

import numpy as np

from autograd.broadcasting import sum_to
from autograd.composites import composite
from autograd.errors import ShapeError, describe
from autograd.primitives import primitive
from autograd.registry import ops
from autograd.rules.shape import Shape, check_ndim, draw

# --- triangles ------------------------------------------------------------------------------------------


def _triangle_samples(rng: np.random.Generator) -> tuple[Any, ...]:
    return draw(rng, least=1), int(rng.integers(-3, 4))


@primitive(numpy=np.tril, samples=_triangle_samples)
def tril(x: Any, k: int = 0) -> Any:
    """The lower triangle of matrices, zeros above the ``k``-th diagonal: (..., m, n) -> (..., m, n).

    A vector counts as a square matrix of equal rows, as in NumPy.

    >>> import autograd as ag
    >>> ag.tril(ag.ones(2, 2))
    Tensor([[1., 0.],
            [1., 1.]], dtype=float32)
    """
    check_ndim("tril", x, 1)
    return np.tril(x, k)


tril.vjp(x=lambda g, x_shape, k: sum_to(np.tril(g, k), x_shape))


@primitive(numpy=np.triu, samples=_triangle_samples)
def triu(x: Any, k: int = 0) -> Any:
    """The upper triangle of matrices, zeros below the ``k``-th diagonal: (..., m, n) -> (..., m, n).

    A vector counts as a square matrix of equal rows, as in NumPy.

    >>> import autograd as ag
    >>> ag.triu(ag.ones(2, 2), k=1)
    Tensor([[0., 1.],
            [0., 0.]], dtype=float32)
    """
    check_ndim("triu", x, 1)
    return np.triu(x, k)


triu.vjp(x=lambda g, x_shape, k: sum_to(np.triu(g, k), x_shape))


# --- diagonals ------------------------------------------------------------------------------------------


def _places(count: int, offset: int) -> tuple[np.ndarray, np.ndarray]:
    """Rows and columns of the first ``count`` elements of a diagonal."""
    steps = np.arange(count)
    return steps + max(-offset, 0), steps + max(offset, 0)


def _diagonal_samples(rng: np.random.Generator) -> tuple[Any, ...]:
    x = draw(rng, least=2)
    axes = rng.permutation(x.ndim)[:2] - x.ndim * rng.integers(0, 2, 2)
    return x, int(rng.integers(-3, 4)), int(axes[0]), int(axes[1])


@primitive(numpy=np.diagonal, view=True, samples=_diagonal_samples)
def diagonal(x: Any, offset: int = 0, axis1: int = 0, axis2: int = 1) -> Any:
    """Diagonals of the matrices that two axes make, along the last axis of the result: (n, m, ...) -> (..., length).

    ``offset`` counts diagonals, to the right of the main one where it is positive, below it where negative.

    >>> import autograd as ag
    >>> ag.diagonal(ag.tensor([[1.0, 2.0], [3.0, 4.0]]))
    Tensor([1., 4.], dtype=float32)
    """
    return np.diagonal(x, offset, axis1, axis2)


def _diagonal_back(g: Any, x_shape: Shape, offset: int, axis1: int, axis2: int) -> Any:
    matrix = x_shape[axis1], x_shape[axis2]
    full: Any = ops.functions["add_at"](g, (..., *_places(g.shape[-1], offset)), (*g.shape[:-1], *matrix))
    return np.moveaxis(full, (-2, -1), (axis1, axis2))


diagonal.vjp(x=_diagonal_back)


@composite(numpy=np.trace, samples=_diagonal_samples)
def trace(x: Any, offset: int = 0, axis1: int = 0, axis2: int = 1, dtype: Any = None) -> Any:
    """The sum of a `diagonal`: (n, n) -> ().

    >>> import autograd as ag
    >>> ag.trace(ag.tensor([[1.0, 2.0], [3.0, 4.0]]))
    Tensor(5., dtype=float32)
    """
    return np.sum(np.diagonal(x, offset, axis1, axis2), axis=-1, dtype=dtype)


def _linalg_diagonal(x: Any, *, offset: int = 0) -> Any:
    """``numpy.linalg.diagonal``: of the last two axes."""
    return diagonal(x, offset, -2, -1)


def _linalg_trace(x: Any, *, offset: int = 0, dtype: Any = None) -> Any:
    """``numpy.linalg.trace``: of the last two axes."""
    return trace(x, offset, -2, -1, dtype)


ops.by_numpy[np.linalg.diagonal] = _linalg_diagonal
ops.by_numpy[np.linalg.trace] = _linalg_trace


@composite(numpy=np.diagflat, samples=_triangle_samples)
def diagflat(x: Any, k: int = 0) -> Any:
    """A matrix with the elements of x on its ``k``-th diagonal, and zeros elsewhere: (...) -> (n + |k|, n + |k|).

    >>> import autograd as ag
    >>> ag.diagflat(ag.tensor([[1.0, 2.0]]))
    Tensor([[1., 0.],
            [0., 2.]], dtype=float32)
    """
    count = math.prod(np.shape(x))
    side = count + abs(k)
    return ops.functions["add_at"](np.ravel(x), _places(count, k), (side, side))


def _diag_samples(rng: np.random.Generator) -> tuple[Any, ...]:
    return draw(rng, least=1, most=2), int(rng.integers(-3, 4))


@composite(numpy=np.diag, samples=_diag_samples)
def diag(x: Any, k: int = 0) -> Any:
    """The ``k``-th diagonal of a matrix, (m, n) -> (p,), or the matrix that has a vector there, (n,) -> (n, n).

    >>> import autograd as ag
    >>> ag.diag(ag.tensor([1.0, 2.0]))
    Tensor([[1., 0.],
            [0., 2.]], dtype=float32)
    """
    if np.ndim(x) not in (1, 2):
        raise ShapeError(f"diag: x is {describe(x)}; want a vector or a matrix. Of more axes, use diagonal.")
    return np.diagonal(x, k) if np.ndim(x) == 2 else diagflat(x, k)
