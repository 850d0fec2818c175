"""Norms of vectors and matrices."""

from __future__ import annotations

import math
from typing import Any

import numpy as np

from autograd.composites import composite
from autograd.errors import ArgumentError, ShapeError, describe
from autograd.primitives import primitive
from autograd.rules.linalg import regular
from autograd.rules.reduction import Axes, expand
from autograd.spec import Real, draw_shape

Order = float | str | None

_vector_norm: Any = np.linalg.vector_norm
_norm: Any = np.linalg.norm  # of all elements it is the same, at half the cost

_SIZES = Real(0.3, 3.0, distinct=True)


def _draw(rng: np.random.Generator, shape: tuple[int, ...]) -> Any:
    """Numbers of either sign, no two of one size and none near 0, where norms have kinks."""
    return _SIZES.sample(rng, shape) * rng.choice([-1.0, 1.0], shape)


# --- vectors --------------------------------------------------------------------------------------------


def _vector_norm_samples(rng: np.random.Generator) -> tuple[Any, ...]:
    x = _draw(rng, draw_shape(rng))
    axes = tuple(rng.permutation(x.ndim)[: rng.integers(0, x.ndim + 1)].tolist())
    axis = [None, axes, axes[0] - x.ndim if axes else None][rng.integers(3)]
    orders = [2, 2, 2.0, 1, 0, 3, 4, 1.5, 0.5, -1, -2, math.inf, -math.inf]
    return x, axis, bool(rng.random() < 0.5), orders[rng.integers(13 if x.size else 5)]


@primitive(also=("linalg.vector_norm",), samples=_vector_norm_samples)
def vector_norm(x: Any, axis: Axes = None, keepdims: bool = False, ord: float = 2) -> Any:
    """Length of the vector along an axis, or several as one, ``sum(abs(x) ** ord) ** (1 / ord)``: (..., n) -> (...).

    Parameters
    ----------
    axis: None for all axes, an int or a tuple of ints.
    keepdims: keep these axes, with length 1.
    ord: the power; inf for the largest and -inf for the smallest of abs(x), 0 for the count of the elements that are
        not 0.

    The derivatives of a norm that is 0 are taken as 0, of the second order, too, and so is the derivative in an element
    that is 0. Where elements tie for the largest or the smallest, they share the gradient evenly. Raises ArgumentError
    for an order that is no number.

    >>> import autograd as ag
    >>> x = ag.tensor([3.0, -4.0], requires_grad=True)
    >>> ag.vector_norm(x).backward(); x.grad
    Tensor([ 0.6, -0.8], dtype=float32)
    """
    if ord == 2 and axis is None:
        return _norm(x, keepdims=keepdims)
    return _vector_norm(x, axis=axis, keepdims=keepdims, ord=ord)


def _vector_norm_rule(
    g: Any, x: Any, x_shape: Any, x_dtype: Any, out: Any, axis: Axes, keepdims: bool, ord: Any
) -> Any:
    g, out = expand(g, x_shape, axis, keepdims), expand(out, x_shape, axis, keepdims)
    if ord == 0:
        return np.zeros_like(x)
    if ord == 1:
        return g * np.sign(x)
    if math.isinf(ord):
        hits = (np.abs(x) == out).astype(x_dtype)
        return g * (hits / np.sum(hits, axis=axis, keepdims=True)) * np.sign(x)
    is_zero = out == 0
    if is_zero.any():
        g, out = np.where(is_zero, 0, g), np.where(is_zero, 1, out)
    return g / out * x if ord == 2 else g * _power_slope(x / out, float(ord))


def _power_slope(x: Any, ord: float) -> Any:
    """The derivative of abs(x) ** ord / ord, and 0 where x is 0."""
    if ord > 0 and ord % 2 == 0:  # a polynomial: derivatives of all orders are right at 0, too
        return x ** (ord - 1)
    return np.where(x == 0, 1, np.abs(x)) ** (ord - 1) * np.sign(x)


vector_norm.vjp(x=_vector_norm_rule)


# --- matrices -------------------------------------------------------------------------------------------

_OF_SINGULAR_VALUES = {2: math.inf, -2: -math.inf, "nuc": 1}  # the order of the vector norm of these
_MATRIX_ORDERS = "'fro', 'nuc', 1, -1, 2, -2, inf or -inf"


def _norm_of_matrices(x: Any, ord: Order, rows: int, columns: int, keepdims: bool) -> Any:
    if ord in (None, "fro", "f"):
        return vector_norm(x, (rows, columns), keepdims)
    if ord in _OF_SINGULAR_VALUES:
        values = np.linalg.svdvals(np.moveaxis(x, (rows, columns), (-2, -1)))
        out = vector_norm(values, -1, False, _OF_SINGULAR_VALUES[ord])
        return np.expand_dims(out, (rows % np.ndim(x), columns % np.ndim(x))) if keepdims else out
    if ord in (1, -1, math.inf, -math.inf):  # of the sums over one axis the largest or the smallest
        sums = vector_norm(x, rows if abs(ord) == 1 else columns, True, 1)
        return vector_norm(sums, (rows, columns), keepdims, ord * math.inf)
    raise ArgumentError(f"norm(x: {describe(x)}, ord: {ord!r}): the order of a norm of matrices is {_MATRIX_ORDERS}.")


def _draw_matrices(rng: np.random.Generator) -> tuple[np.ndarray, Any]:
    """Matrices in the last two axes, and an order."""
    shape = (*draw_shape(rng, 1), *rng.integers(0 if rng.random() < 0.1 else 1, 4, 2))
    order = [None, "fro", "nuc", 1, -1, 2, -2, math.inf, -math.inf][rng.integers(9)]
    if order in _OF_SINGULAR_VALUES:
        return regular(rng, *shape), order
    sizes = 1.5 ** np.indices(shape).sum(0)  # which grow so fast that no two sums tie
    return sizes * Real(1.0, 1.2).sample(rng, shape) * rng.choice([-1.0, 1.0], shape), order


def _matrix_norm_samples(rng: np.random.Generator) -> tuple[Any, ...]:
    x, order = _draw_matrices(rng)
    return x, bool(rng.random() < 0.5), order or "fro"


@composite(also=("linalg.matrix_norm",), samples=_matrix_norm_samples)
def matrix_norm(x: Any, keepdims: bool = False, ord: Order = "fro") -> Any:
    """Norms of the matrices in the last two axes: (..., n, m) -> (...).

    Parameters
    ----------
    keepdims: keep the two axes, with length 1.
    ord: ``"fro"`` for the root of the sum of squares; 2, -2 and ``"nuc"`` for the largest singular value, the
        smallest and their sum; 1 and -1 for the largest and the smallest sum of the sizes in a column, inf and -inf in
        a row.

    Raises ArgumentError for another order, ShapeError for fewer than two axes. Where a norm is 0, or extremes tie, it
    is as for `vector_norm`.

    >>> import autograd as ag
    >>> ag.matrix_norm(ag.tensor([[1.0, -2.0], [3.0, 4.0]]), ord=1)
    Tensor(6., dtype=float32)
    """
    if np.ndim(x) < 2:
        raise ShapeError(f"matrix_norm(x: {describe(x)}): takes matrices, (..., n, m); ag.norm takes vectors.")
    return _norm_of_matrices(x, ord, -2, -1, keepdims)


def _norm_samples(rng: np.random.Generator) -> tuple[Any, ...]:
    keepdims = bool(rng.random() < 0.5)
    if rng.random() < 0.5:
        x, axis, _, order = _vector_norm_samples(rng)
        if x.ndim == 1 or isinstance(axis, int):
            return x, order, axis, keepdims
        return x, None, None, keepdims
    x, order = _draw_matrices(rng)
    if x.ndim == 2 and rng.random() < 0.3:
        return x, order, None, keepdims
    rows, columns = (int(a) for a in rng.permutation(x.ndim)[:2])
    return np.moveaxis(x, (-2, -1), (rows, columns)), order, (rows, columns - x.ndim), keepdims


@composite(numpy=np.linalg.norm, samples=_norm_samples)
def norm(x: Any, ord: Order = None, axis: Axes = None, keepdims: bool = False) -> Any:
    """Norm of a vector, a matrix, or many of them; by default the root of the sum of all squares.

    Parameters
    ----------
    ord: which norm: for vectors see `vector_norm`, for matrices `matrix_norm`.
    axis: an int where vectors lie along it, two ints where matrices lie in these; None for all of x, which with an
        ``ord`` must be a vector or a matrix.
    keepdims: keep these axes, with length 1.

    Raises ArgumentError for other axes and for an order that there is not. Where a norm is 0 its derivative is taken
    as 0.

    >>> import autograd as ag
    >>> x = ag.tensor([[3.0, -4.0], [0.0, 0.0]], requires_grad=True)
    >>> ag.norm(x, axis=1)
    Tensor([5., 0.], dtype=float32, grad_fn=vector_norm)
    >>> ag.norm(x).backward(); x.grad
    Tensor([[ 0.6, -0.8],
            [ 0. ,  0. ]], dtype=float32)
    """
    if ord is None and axis is None:
        return vector_norm(x, None, keepdims)
    axes = tuple(range(np.ndim(x))) if axis is None else axis if isinstance(axis, tuple) else (axis,)
    if len(axes) == 1:
        return vector_norm(x, axes[0], keepdims, 2 if ord is None else ord)
    if len(axes) == 2:
        return _norm_of_matrices(x, ord, *axes, keepdims)
    raise ArgumentError(
        f"norm(x: {describe(x)}, ord: {ord!r}, axis: {axis!r}): a norm is of one axis or of two; give axis=, or use "
        "ag.vector_norm, which takes any number as one vector."
    )
