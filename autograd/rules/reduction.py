"""Reductions and scans: sums, means, extremes and products over axes.

``axis`` is None for all axes, an int or a tuple of ints; ``keepdims`` keeps reduced axes with length 1.
"""

from __future__ import annotations

import math
from typing import Any

import numpy as np

from autograd.dtypes import as_result
from autograd.primitives import primitive
from autograd.spec import FLAG, Axis, Choice, Real

Axes = int | tuple[int, ...] | None

# What np.sum, np.prod, np.max and np.min call in the end, at a third of their cost on small arrays.
_sum: Any = np.add.reduce
_prod: Any = np.multiply.reduce
_max: Any = np.maximum.reduce
_min: Any = np.minimum.reduce

_WIDE = (np.dtype(np.float32), np.dtype(np.float64))

OVER_AXES = {"axis": Axis(many=True), "keepdims": FLAG}


def _axes(axis: Axes, ndim: int) -> tuple[int, ...]:
    """``axis`` as a tuple of axes counted from the first."""
    if axis is None:
        return tuple(range(ndim))
    return tuple([a % ndim for a in (axis if isinstance(axis, tuple) else (axis,))])


def _count(shape: tuple[int, ...], axis: Axes) -> int:
    """How many elements one result is made of."""
    return math.prod([shape[a] for a in _axes(axis, len(shape))])


def expand(g: Any, x_shape: tuple[int, ...], axis: Axes, keepdims: bool) -> Any:
    """A reduced array with its axes back, of length 1, so that it broadcasts against what it was reduced from."""
    if keepdims or axis is None:
        return g
    return np.expand_dims(g, _axes(axis, len(x_shape)))


@primitive(numpy=np.sum, domain=Real(), arguments=OVER_AXES)
def sum(x: Any, axis: Axes = None, dtype: Any = None, keepdims: bool = False) -> Any:
    """Sum over axes.

    >>> import autograd as ag
    >>> ag.sum(ag.tensor([[1.0, 2.0], [3.0, 4.0]]), axis=0)
    Tensor([4., 6.], dtype=float32)
    """
    return _sum(x, axis, dtype, keepdims=keepdims)


sum.vjp(x=lambda g, x_shape, axis, keepdims: np.broadcast_to(expand(g, x_shape, axis, keepdims), x_shape))


@primitive(numpy=np.mean, domain=Real(), arguments=OVER_AXES)
def mean(x: Any, axis: Axes = None, dtype: Any = None, keepdims: bool = False) -> Any:
    """Arithmetic mean over axes.

    >>> import autograd as ag
    >>> ag.mean(ag.tensor([[1.0, 2.0], [3.0, 4.0]]), axis=0)
    Tensor([2., 3.], dtype=float32)
    """
    if dtype is None and getattr(x, "dtype", None) in _WIDE:  # what np.mean does for these, at a third of its cost
        return _sum(x, axis, keepdims=keepdims) / x.dtype.type(_count(x.shape, axis))
    return np.mean(x, axis, dtype, keepdims=keepdims)


def _mean_rule(g: Any, x_shape: Any, axis: Any, keepdims: Any) -> Any:
    share = g / (_count(x_shape, axis) or 1)
    return np.broadcast_to(expand(share, x_shape, axis, keepdims), x_shape)


mean.vjp(x=_mean_rule)


def _deviation(x: Any, axis: Axes) -> Any:
    return x - np.mean(x, axis=axis, keepdims=True)


def _freedom(x_shape: tuple[int, ...], axis: Axes, ddof: float, correction: float | None) -> float:
    """Degrees of freedom: the count less ``ddof``, by either of its names; nan where NumPy's result is."""
    freedom = _count(x_shape, axis) - (ddof if correction is None else correction)
    return freedom if freedom > 0 else math.nan


@primitive(numpy=np.var, domain=Real(), arguments=OVER_AXES | {"ddof": Choice(0, 1)})
def var(x: Any, axis: Axes = None, ddof: float = 0, keepdims: bool = False, correction: float | None = None) -> Any:
    """Variance over axes: the sum of squared deviations from the mean, divided by the count less ``ddof``.

    ``correction`` is NumPy 2's other name for ``ddof``.

    >>> import autograd as ag
    >>> ag.var(ag.tensor([1.0, 2.0, 3.0]), ddof=1)
    Tensor(1., dtype=float32)
    """
    return np.var(x, axis, ddof=ddof if correction is None else correction, keepdims=keepdims)


def _var_rule(g: Any, x: Any, x_shape: Any, axis: Any, keepdims: Any, ddof: Any, correction: Any) -> Any:
    share = 2 * g / _freedom(x_shape, axis, ddof, correction)
    return expand(share, x_shape, axis, keepdims) * _deviation(x, axis)


var.vjp(x=_var_rule)


@primitive(numpy=np.std, domain=Real(distinct=True), arguments=OVER_AXES)
def std(x: Any, axis: Axes = None, ddof: float = 0, keepdims: bool = False, correction: float | None = None) -> Any:
    """Standard deviation over axes, the root of ``var``; where it is 0, its derivative is taken as 0.

    >>> import autograd as ag
    >>> ag.std(ag.tensor([1.0, 2.0, 3.0]), ddof=1)
    Tensor(1., dtype=float32)
    """
    return np.std(x, axis, ddof=ddof if correction is None else correction, keepdims=keepdims)


def _std_rule(g: Any, x: Any, out: Any, x_shape: Any, axis: Any, keepdims: Any, ddof: Any, correction: Any) -> Any:
    flat = out == 0
    share = np.where(flat, 0, g) / np.where(flat, 1, out) / _freedom(x_shape, axis, ddof, correction)
    return expand(share, x_shape, axis, keepdims) * _deviation(x, axis)


std.vjp(x=_std_rule)


# --- extremes -------------------------------------------------------------------------------------------


def _extreme_rule(g: Any, x: Any, out: Any, x_shape: Any, x_dtype: Any, axis: Any, keepdims: Any) -> Any:
    """The gradient goes to the extreme elements, in equal shares."""
    hits = (x == expand(out, x_shape, axis, keepdims)).astype(x_dtype)
    share = expand(g, x_shape, axis, keepdims) / np.sum(hits, axis=axis, keepdims=True)
    return share * hits


@primitive(numpy=np.max, domain=Real(distinct=True), arguments=OVER_AXES)
def max(x: Any, axis: Axes = None, keepdims: bool = False) -> Any:
    """The largest element over axes; a tie shares the gradient evenly.

    >>> import autograd as ag
    >>> ag.max(ag.tensor([[1.0, 2.0], [3.0, 4.0]]), axis=0)
    Tensor([3., 4.], dtype=float32)
    """
    return _max(x, axis, keepdims=keepdims)


max.vjp(x=_extreme_rule)


@primitive(numpy=np.min, domain=Real(distinct=True), arguments=OVER_AXES)
def min(x: Any, axis: Axes = None, keepdims: bool = False) -> Any:
    """The smallest element over axes; a tie shares the gradient evenly.

    >>> import autograd as ag
    >>> ag.min(ag.tensor([[1.0, 2.0], [3.0, 4.0]]), axis=0)
    Tensor([1., 2.], dtype=float32)
    """
    return _min(x, axis, keepdims=keepdims)


min.vjp(x=_extreme_rule)


# --- products, exponentials, scans ----------------------------------------------------------------------


@primitive(numpy=np.prod, domain=Choice(-2.0, -0.5, 0.0, 1.0, 1.5), arguments=OVER_AXES)
def prod(x: Any, axis: Axes = None, dtype: Any = None, keepdims: bool = False) -> Any:
    """Product over axes; its derivatives are right where elements are 0, too.

    >>> import autograd as ag
    >>> ag.prod(ag.tensor([2.0, 3.0, 4.0]))
    Tensor(24., dtype=float32)
    """
    return _prod(x, axis, dtype, keepdims=keepdims)


def _prod_rule(g: Any, x: Any, out: Any, x_shape: Any, axis: Any, keepdims: Any) -> Any:
    g = expand(g, x_shape, axis, keepdims)
    if np.all(x != 0):
        return g * expand(out, x_shape, axis, keepdims) / x
    return g * _product_of_others(x, x_shape, _axes(axis, len(x_shape)))


prod.vjp(x=_prod_rule)


def _product_of_others(x: Any, x_shape: tuple[int, ...], axes: tuple[int, ...]) -> Any:
    """For each element, the product of all that are multiplied with it."""
    last = tuple(range(-len(axes), 0))
    moved = np.moveaxis(x, axes, last)
    count = math.prod([x_shape[a] for a in axes])
    rows = np.reshape(moved, (*moved.shape[: len(x_shape) - len(axes)], 1, count))
    others = np.prod(np.where(np.eye(count, dtype=bool), 1, rows), axis=-1)
    return np.moveaxis(np.reshape(others, moved.shape), last, axes)


@primitive(domain=Real(), arguments=OVER_AXES)
def logsumexp(x: Any, axis: Axes = None, keepdims: bool = False) -> Any:
    """log(sum(exp(x))) over axes, without overflow.

    >>> import autograd as ag
    >>> ag.logsumexp(ag.tensor([1000.0, 1000.0]))
    Tensor(1000.6932, dtype=float32)
    """
    top = np.max(x, axis, keepdims=True, initial=-np.inf)
    top = np.where(np.isfinite(top), top, 0)
    with np.errstate(divide="ignore"):  # log(0) is -inf, the logsumexp of nothing
        out = np.log(np.sum(np.exp(x - top), axis, keepdims=True)) + top
    return out if keepdims else as_result(np.squeeze(out, axis))


def _logsumexp_rule(g: Any, x: Any, out: Any, x_shape: Any, axis: Any, keepdims: Any) -> Any:
    out = np.where(out == -np.inf, 0, out)
    return expand(g, x_shape, axis, keepdims) * np.exp(x - expand(out, x_shape, axis, keepdims))


logsumexp.vjp(x=_logsumexp_rule)


@primitive(numpy=np.cumsum, domain=Real(), arguments={"axis": Axis()})
def cumsum(x: Any, axis: int | None = None) -> Any:
    """Running sum along an axis, of the flattened array where that is None.

    >>> import autograd as ag
    >>> ag.cumsum(ag.tensor([1.0, 2.0, 3.0]))
    Tensor([1., 3., 6.], dtype=float32)
    """
    return np.cumsum(x, axis)


cumsum.vjp(x=lambda g, x_shape, axis: np.reshape(np.flip(np.cumsum(np.flip(g, axis), axis), axis), x_shape))
