"""Reductions: sums, means, extremes and products over axes.

``axis`` is None for all axes, an int or a tuple of ints; ``keepdims`` keeps reduced axes with length 1; ``where`` is
a boolean array that marks the elements that take part; ``initial`` is what a reduction starts from.
"""

from __future__ import annotations

import math
from typing import Any

import numpy as np

from autograd.broadcasting import broadcast
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


def axes_of(axis: Axes, ndim: int) -> tuple[int, ...]:
    """``axis`` as a tuple of axes counted from the first."""
    if axis is None or ndim == 0:  # a ufunc's reduction takes axis 0 of an array that has none
        return tuple(range(ndim))
    return tuple([a % ndim for a in (axis if isinstance(axis, tuple) else (axis,))])


def _count(shape: tuple[int, ...], axis: Axes) -> int:
    """How many elements one result is made of."""
    if axis not in (None, ()) and not shape:
        raise np.exceptions.AxisError(axis if isinstance(axis, int) else 0, 0)
    return math.prod([shape[a] for a in axes_of(axis, len(shape))])


def expand(g: Any, x_shape: tuple[int, ...], axis: Axes, keepdims: bool) -> Any:
    """A reduced array with its axes back, of length 1, so that it broadcasts against what it was reduced from."""
    if keepdims or axis is None:
        return g
    axes = axes_of(axis, len(x_shape))
    return g.reshape([1 if a in axes else length for a, length in enumerate(x_shape)])


def as_rows(x: Any, axes: tuple[int, ...]) -> Any:
    """An array with ``axes`` moved to the end and made one: (...) -> (..., n)."""
    moved = np.moveaxis(x, axes, tuple(range(-len(axes), 0)))
    split = np.ndim(x) - len(axes)
    return np.reshape(moved, (*moved.shape[:split], math.prod(moved.shape[split:])))


def _taking_part(g: Any, where: Any) -> Any:
    """A gradient, and 0 for the elements that ``where`` leaves out."""
    return g if where is True else np.where(where, g, 0)


@primitive(numpy=np.sum, domain=Real(), arguments=OVER_AXES)
def sum(
    x: Any, axis: Axes = None, dtype: Any = None, keepdims: bool = False, initial: Any = None, where: Any = True
) -> Any:
    """Sum over axes, of the elements that a boolean array ``where`` marks, on top of ``initial``.

    >>> import autograd as ag
    >>> ag.sum(ag.tensor([[1.0, 2.0], [3.0, 4.0]]), axis=0)
    Tensor([4., 6.], dtype=float32)
    """
    if initial is None:
        return _sum(x, axis, dtype, None, keepdims, where=where)
    return _sum(x, axis, dtype, None, keepdims, initial, where)


def _sum_rule(g: Any, x_shape: Any, axis: Any, keepdims: Any, where: Any) -> Any:
    return _taking_part(broadcast(expand(g, x_shape, axis, keepdims), x_shape), where)


sum.vjp(x=_sum_rule, where=None)


@primitive(numpy=np.mean, domain=Real(), arguments=OVER_AXES)
def mean(x: Any, axis: Axes = None, dtype: Any = None, keepdims: bool = False, where: Any = True) -> Any:
    """Arithmetic mean over axes, of the elements that a boolean array ``where`` marks.

    >>> import autograd as ag
    >>> ag.mean(ag.tensor([[1.0, 2.0], [3.0, 4.0]]), axis=0)
    Tensor([2., 3.], dtype=float32)
    """
    if dtype is None and where is True and getattr(x, "dtype", None) in _WIDE:
        return _sum(x, axis, None, None, keepdims) / x.dtype.type(_count(x.shape, axis))  # a third of np.mean's cost
    return np.mean(x, axis, dtype, keepdims=keepdims, where=where)


def _freedom(shape: Any, dtype: Any, axis: Axes, keepdims: bool, where: Any, ddof: float = 0) -> Any:
    """How many elements one result is made of, less ``ddof``; nan where none are left, as NumPy's result is."""
    if where is True:
        freedom = _count(shape, axis) - ddof
        return freedom if freedom > 0 else math.nan
    counts = np.sum(np.broadcast_to(where, shape), axis, dtype, keepdims=keepdims) - ddof
    return np.where(counts > 0, counts, np.nan)


def _mean_rule(g: Any, x_shape: Any, x_dtype: Any, axis: Any, keepdims: Any, where: Any) -> Any:
    share = g / _freedom(x_shape, x_dtype, axis, keepdims, where)
    return _taking_part(broadcast(expand(share, x_shape, axis, keepdims), x_shape), where)


mean.vjp(x=_mean_rule, where=None)


# --- variance -------------------------------------------------------------------------------------------


@primitive(numpy=np.var, domain=Real(), arguments=OVER_AXES | {"ddof": Choice(0, 1)})
def var(
    x: Any,
    axis: Axes = None,
    dtype: Any = None,
    ddof: float = 0,
    keepdims: bool = False,
    correction: float | None = None,
    where: Any = True,
) -> Any:
    """Variance over axes: the sum of squared deviations from the mean, divided by the count less ``ddof``.

    (..., n) -> (...). ``correction`` is NumPy 2's other name for ``ddof``.

    >>> import autograd as ag
    >>> ag.var(ag.tensor([1.0, 2.0, 3.0]), ddof=1)
    Tensor(1., dtype=float32)
    """
    return np.var(x, axis, dtype, ddof=_chosen(ddof, correction), keepdims=keepdims, where=where)


def _chosen(ddof: float, correction: float | None) -> float:
    return ddof if correction is None else correction


def _deviation(x: Any, x_shape: Any, x_dtype: Any, axis: Any, where: Any) -> Any:
    """What each element that takes part differs from their mean."""
    if where is True:
        return x - np.mean(x, axis=axis, keepdims=True)
    x = np.where(where, x, 0)  # what is left out may be nan
    return x - np.sum(x, axis=axis, keepdims=True) / _freedom(x_shape, x_dtype, axis, True, where)


def _var_rule(
    g: Any, x: Any, x_shape: Any, x_dtype: Any, axis: Any, keepdims: Any, ddof: Any, correction: Any, where: Any
) -> Any:
    share = 2 * g / _freedom(x_shape, x_dtype, axis, keepdims, where, _chosen(ddof, correction))
    share = expand(share, x_shape, axis, keepdims)
    return _taking_part(share * _deviation(x, x_shape, x_dtype, axis, where), where)


var.vjp(x=_var_rule, where=None)


@primitive(numpy=np.std, domain=Real(distinct=True), arguments=OVER_AXES | {"ddof": Choice(0, 1)})
def std(
    x: Any,
    axis: Axes = None,
    dtype: Any = None,
    ddof: float = 0,
    keepdims: bool = False,
    correction: float | None = None,
    where: Any = True,
) -> Any:
    """Standard deviation over axes, the root of `var`, (..., n) -> (...); where it is 0, its derivative is taken as 0.

    >>> import autograd as ag
    >>> ag.std(ag.tensor([1.0, 2.0, 3.0]), ddof=1)
    Tensor(1., dtype=float32)
    """
    return np.std(x, axis, dtype, ddof=_chosen(ddof, correction), keepdims=keepdims, where=where)


def _std_rule(
    g: Any,
    x: Any,
    out: Any,
    x_shape: Any,
    x_dtype: Any,
    axis: Any,
    keepdims: Any,
    ddof: Any,
    correction: Any,
    where: Any,
) -> Any:
    flat = out == 0
    freedom = _freedom(x_shape, x_dtype, axis, keepdims, where, _chosen(ddof, correction))
    share = np.where(flat, 0, g) / np.where(flat, 1, out) / freedom
    share = expand(share, x_shape, axis, keepdims)
    return _taking_part(share * _deviation(x, x_shape, x_dtype, axis, where), where)


std.vjp(x=_std_rule, where=None)


# --- extremes -------------------------------------------------------------------------------------------


def _extreme_rule(
    g: Any, x: Any, out: Any, x_shape: Any, x_dtype: Any, axis: Any, keepdims: Any, initial: Any, where: Any
) -> Any:
    """The gradient goes to the extreme elements, in equal shares; to none of them where ``initial`` exceeds all."""
    hits = x == expand(out, x_shape, axis, keepdims)
    hits = (hits if where is True else np.logical_and(hits, where)).astype(x_dtype)
    count = np.sum(hits, axis=axis, keepdims=True)
    if initial is not None:
        count = np.maximum(count, 1)
    return expand(g, x_shape, axis, keepdims) / count * hits


@primitive(numpy=np.max, also=("amax",), domain=Real(distinct=True), arguments=OVER_AXES)
def max(x: Any, axis: Axes = None, keepdims: bool = False, initial: Any = None, where: Any = True) -> Any:
    """The largest element over axes; a tie shares the gradient evenly.

    ``initial`` is the least result that there may be, also of no elements; ``where`` marks those that take part.

    >>> import autograd as ag
    >>> ag.max(ag.tensor([[1.0, 2.0], [3.0, 4.0]]), axis=0)
    Tensor([3., 4.], dtype=float32)
    """
    return _max(x, axis, None, None, keepdims, initial, where)


max.vjp(x=_extreme_rule, where=None)


@primitive(numpy=np.min, also=("amin",), domain=Real(distinct=True), arguments=OVER_AXES)
def min(x: Any, axis: Axes = None, keepdims: bool = False, initial: Any = None, where: Any = True) -> Any:
    """The smallest element over axes; a tie shares the gradient evenly.

    ``initial`` is the largest result that there may be, also of no elements; ``where`` marks those that take part.

    >>> import autograd as ag
    >>> ag.min(ag.tensor([[1.0, 2.0], [3.0, 4.0]]), axis=0)
    Tensor([1., 2.], dtype=float32)
    """
    return _min(x, axis, None, None, keepdims, initial, where)


min.vjp(x=_extreme_rule, where=None)


# --- products and exponentials --------------------------------------------------------------------------


@primitive(numpy=np.prod, domain=Choice(-2.0, -0.5, 0.0, 1.0, 1.5), arguments=OVER_AXES)
def prod(
    x: Any, axis: Axes = None, dtype: Any = None, keepdims: bool = False, initial: Any = None, where: Any = True
) -> Any:
    """Product over axes, of the elements that a boolean array ``where`` marks, times ``initial``.

    Its derivatives are right where elements are 0, too.

    >>> import autograd as ag
    >>> ag.prod(ag.tensor([2.0, 3.0, 4.0]))
    Tensor(24., dtype=float32)
    """
    if initial is None:
        return _prod(x, axis, dtype, None, keepdims, where=where)
    return _prod(x, axis, dtype, None, keepdims, initial, where)


def _prod_rule(g: Any, x: Any, out: Any, x_shape: Any, axis: Any, keepdims: Any, initial: Any, where: Any) -> Any:
    g = expand(g, x_shape, axis, keepdims)
    if where is not True:
        x = np.where(where, x, 1)
    if np.all(x != 0):
        return _taking_part(g * expand(out, x_shape, axis, keepdims) / x, where)
    if initial is not None:
        g = g * initial
    return _taking_part(g * _product_of_others(x, x_shape, axes_of(axis, len(x_shape))), where)


prod.vjp(x=_prod_rule, where=None)


def _product_of_others(x: Any, x_shape: tuple[int, ...], axes: tuple[int, ...]) -> Any:
    """For each element, the product of all that are multiplied with it: of those before it and those after."""
    rows = as_rows(x, axes)
    one = np.ones_like(rows[..., :1])
    before = np.cumprod(np.concatenate([one, rows[..., :-1]], -1), -1)
    after = np.flip(np.cumprod(np.concatenate([one, np.flip(rows[..., 1:], -1)], -1), -1), -1)
    last = tuple(range(-len(axes), 0))
    moved_shape = np.moveaxis(np.empty(x_shape), axes, last).shape
    return np.moveaxis(np.reshape(before * after, moved_shape), last, axes)


@primitive(domain=Real(), arguments=OVER_AXES)
def logsumexp(x: Any, axis: Axes = None, keepdims: bool = False) -> Any:
    """``log(sum(exp(x)))`` over axes, without overflow, as `scipy.special.logsumexp`: (..., n) -> (...).

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
