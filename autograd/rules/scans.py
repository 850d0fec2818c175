"""Scans and differences along an axis: running sums, products and extremes, and what undoes or approximates them."""

from __future__ import annotations

from collections.abc import Callable
from functools import partial
from typing import Any

import numpy as np
from numpy.lib.array_utils import normalize_axis_tuple

from autograd.composites import composite
from autograd.errors import ArgumentError
from autograd.primitives import primitive
from autograd.registry import numpy_function, ops
from autograd.rules.indexing import add_at
from autograd.rules.reduction import logsumexp, max, min, prod, sum
from autograd.rules.statistics import extreme_of_numbers
from autograd.spec import Axis, Choice, Real, draw_shape

_ANY = Real()
_SMALL = Choice(-2.0, -0.5, 0.0, 1.0, 1.5)  # for products, with zeros

ALONG = {"axis": Axis()}


def _last(x: Any, axis: int | None) -> Any:
    """An array with ``axis`` moved to the end; flattened, where that is None."""
    return np.reshape(x, (-1,)) if axis is None else np.moveaxis(x, axis, -1)


def _back(rows: Any, x_shape: tuple[int, ...], axis: int | None) -> Any:
    """What undoes `_last`."""
    return np.reshape(rows, x_shape) if axis is None else np.moveaxis(rows, -1, axis)


def _sum_from_end(g: Any, x_shape: tuple[int, ...], axis: int | None) -> Any:
    return np.reshape(np.flip(np.cumsum(np.flip(g, axis), axis), axis), x_shape)


def _recurrence(g: Any, factors: Any) -> Any:
    """``out[i] = g[i] + factors[i] * out[i + 1]`` along the last axis: (..., n), (..., n - 1) -> (..., n).

    In log2(n) steps, each of which doubles how far an element has looked (Hillis and Steele 1986, "Data parallel
    algorithms").
    """
    step = 1
    while step < g.shape[-1]:
        g = np.concatenate([g[..., :-step] + factors * g[..., step:], g[..., -step:]], -1)
        factors = factors[..., :-step] * factors[..., step:]
        step *= 2
    return g


# --- sums and products ----------------------------------------------------------------------------------


@primitive(numpy=np.cumsum, domain=_ANY, arguments=ALONG)
def cumsum(x: Any, axis: int | None = None, dtype: Any = None) -> Any:
    """Running sum along an axis, (...) -> (...); of the flattened array, (...) -> (n,), where that is None.

    >>> import autograd as ag
    >>> ag.cumsum(ag.tensor([1.0, 2.0, 3.0]))
    Tensor([1., 3., 6.], dtype=float32)
    """
    return np.cumsum(x, axis, dtype)


cumsum.vjp(x=_sum_from_end)


@primitive(numpy=np.cumprod, domain=_SMALL, arguments=ALONG)
def cumprod(x: Any, axis: int | None = None, dtype: Any = None) -> Any:
    """Running product along an axis, (...) -> (...); of the flattened array, (...) -> (n,), where that is None.

    Its derivatives are right where elements are 0, too.

    >>> import autograd as ag
    >>> ag.cumprod(ag.tensor([1.0, 2.0, 3.0]))
    Tensor([1., 2., 6.], dtype=float32)
    """
    return np.cumprod(x, axis, dtype)


def _cumprod_rule(g: Any, x: Any, out: Any, x_shape: Any, axis: Any) -> Any:
    """The product of what comes before an element, times a sum over what comes after; a quotient if none is 0."""
    if np.all(x != 0):
        return _sum_from_end(g * out, x_shape, axis) / x
    axis = axis if x_shape else None  # NumPy takes an axis of an array that has none
    rows, out = _last(x, axis), _last(out, axis)
    before = np.concatenate([np.ones_like(out[..., :1]), out[..., :-1]], -1)
    return _back(before * _recurrence(_last(g, axis), rows[..., 1:]), x_shape, axis)


cumprod.vjp(x=_cumprod_rule)


@composite(numpy=numpy_function("cumulative_sum"), domain=_ANY, arguments={"axis": Axis(none=False)})
def cumulative_sum(x: Any, *, axis: int | None = None, dtype: Any = None, include_initial: bool = False) -> Any:
    """Running sum along an axis, which only a vector may leave out; ``include_initial`` starts it with a 0.

    With the axis last, (..., n) -> (..., n), or (..., n + 1) with ``include_initial``.

    Raises ArgumentError where an array of several axes is given without one.

    >>> import autograd as ag
    >>> ag.cumulative_sum(ag.tensor([1.0, 2.0, 3.0]), include_initial=True)
    Tensor([0., 1., 3., 6.], dtype=float32)
    """
    return _cumulative("cumulative_sum", np.cumsum, x, axis, dtype, 0 if include_initial else None)


@composite(numpy=numpy_function("cumulative_prod"), domain=_SMALL, arguments={"axis": Axis(none=False)})
def cumulative_prod(x: Any, *, axis: int | None = None, dtype: Any = None, include_initial: bool = False) -> Any:
    """Running product along an axis, which only a vector may leave out; ``include_initial`` starts it with a 1.

    With the axis last, (..., n) -> (..., n), or (..., n + 1) with ``include_initial``.

    Raises ArgumentError where an array of several axes is given without one.

    >>> import autograd as ag
    >>> ag.cumulative_prod(ag.tensor([1.0, 2.0, 3.0]), include_initial=True)
    Tensor([1., 1., 2., 6.], dtype=float32)
    """
    return _cumulative("cumulative_prod", np.cumprod, x, axis, dtype, 1 if include_initial else None)


def _cumulative(name: str, scan: Callable[..., Any], x: Any, axis: int | None, dtype: Any, initial: int | None) -> Any:
    ndim = np.ndim(x)
    if ndim == 0 or (axis is None and ndim > 1):
        raise ArgumentError(f"{name}: x has {ndim} axes, axis={axis}; want one axis at least, and of several, which.")
    axis = -1 if axis is None else axis
    out = scan(x, axis, dtype)
    if initial is None:
        return out
    rows = np.moveaxis(out, axis, -1)
    first = np.full((*rows.shape[:-1], 1), initial, rows.dtype)
    return np.moveaxis(np.concatenate([first, rows], -1), -1, axis)


@composite(numpy=np.nancumsum, domain=_ANY, arguments=ALONG)
def nancumsum(x: Any, axis: int | None = None, dtype: Any = None) -> Any:
    """Running sum along an axis, with nan as 0, which has the gradient 0; shapes as of `cumsum`, (...) -> (...).

    >>> import autograd as ag
    >>> ag.nancumsum(ag.tensor([1.0, float("nan"), 3.0]))
    Tensor([1., 1., 4.], dtype=float32)
    """
    return np.cumsum(np.where(np.isnan(x), 0, x), axis, dtype)


@composite(numpy=np.nancumprod, domain=_SMALL, arguments=ALONG)
def nancumprod(x: Any, axis: int | None = None, dtype: Any = None) -> Any:
    """Running product along an axis, with nan as 1, which has the gradient 0; shapes as of `cumprod`, (...) -> (...).

    >>> import autograd as ag
    >>> ag.nancumprod(ag.tensor([2.0, float("nan"), 3.0]))
    Tensor([2., 2., 6.], dtype=float32)
    """
    return np.cumprod(np.where(np.isnan(x), 1, x), axis, dtype)


# --- exponentials and extremes --------------------------------------------------------------------------


@primitive(domain=_ANY, arguments=ALONG)
def logcumsumexp(x: Any, axis: int | None = None) -> Any:
    """``log(cumsum(exp(x)))`` along an axis, without overflow; of the flattened array where that is None.

    (...) -> (...), or (...) -> (n,) where flattened. As PyTorch's ``torch.logcumsumexp``.

    >>> import autograd as ag
    >>> ag.logcumsumexp(ag.tensor([1000.0, 1000.0]))
    Tensor([1000.    , 1000.6932], dtype=float32)
    """
    return np.logaddexp.accumulate(_last(x, None) if axis is None else x, axis or 0)


def _logcumsumexp_rule(g: Any, x: Any, out: Any, x_shape: Any, axis: Any) -> Any:
    """Each element's share of the sums from it on, by differences of logarithms that are never positive."""
    rows, out = _last(x, axis), _last(out, axis)
    finite = np.where(out == -np.inf, 0, out)
    sums = _recurrence(_last(g, axis), np.exp(out[..., :-1] - finite[..., 1:]))
    return _back(np.exp(rows - finite) * sums, x_shape, axis)


logcumsumexp.vjp(x=_logcumsumexp_rule)


def _running_extreme_rule(g: Any, out: Any, x_shape: Any, axis: Any) -> Any:
    """Each result's gradient goes to the element since which it has not changed."""
    out, g = _last(out, axis), _last(g, axis)
    length = g.shape[-1]
    changed = np.where(out[..., 1:] != out[..., :-1], np.arange(1, length), 0)
    places = np.maximum.accumulate(np.concatenate([np.zeros_like(out[..., :1], np.intp), changed], -1), -1)
    flat = np.reshape(np.arange(places.size), places.shape) - np.arange(length) + places
    whole = add_at(np.reshape(g, (-1,)), np.reshape(flat, (-1,)), (places.size,))
    return _back(np.reshape(whole, g.shape), x_shape, axis)


@primitive(domain=Real(distinct=True), arguments=ALONG)
def cummax(x: Any, axis: int | None = None) -> Any:
    """The largest element so far along an axis, (...) -> (...); flattened, (...) -> (n,), where that is None.

    As `numpy.maximum.accumulate`. The gradient of equal ones goes to the first.

    >>> import autograd as ag
    >>> ag.cummax(ag.tensor([1.0, 3.0, 2.0]))
    Tensor([1., 3., 3.], dtype=float32)
    """
    return np.maximum.accumulate(_last(x, None) if axis is None else x, axis or 0)


cummax.vjp(x=_running_extreme_rule)


@primitive(domain=Real(distinct=True), arguments=ALONG)
def cummin(x: Any, axis: int | None = None) -> Any:
    """The smallest element so far along an axis, (...) -> (...); flattened, (...) -> (n,), where that is None.

    As `numpy.minimum.accumulate`. The gradient of equal ones goes to the first.

    >>> import autograd as ag
    >>> ag.cummin(ag.tensor([2.0, 3.0, 1.0]))
    Tensor([2., 2., 1.], dtype=float32)
    """
    return np.minimum.accumulate(_last(x, None) if axis is None else x, axis or 0)


cummin.vjp(x=_running_extreme_rule)


# --- differences ----------------------------------------------------------------------------------------


@composite(numpy=np.diff, domain=_ANY, arguments={"n": Choice(0, 1, 2), "axis": Axis(none=False)})
def diff(x: Any, n: int = 1, axis: int = -1, prepend: Any = None, append: Any = None) -> Any:
    """Differences of neighbours along an axis, ``n`` times over: (..., length) -> (..., length - n).

    ``prepend`` and ``append`` are joined to x first: numbers, or arrays with its other axes. Of booleans, whether
    neighbours differ. Raises ArgumentError for a negative n and for a number in place of x.

    >>> import autograd as ag
    >>> ag.diff(ag.tensor([1.0, 4.0, 9.0]))
    Tensor([3., 5.], dtype=float32)
    """
    if n < 0 or np.ndim(x) == 0:
        raise ArgumentError(f"diff: n={n} differences of {np.ndim(x)} axes; want n of 0 or more, of one axis at least.")
    if n == 0:
        return x
    rows = np.moveaxis(x, axis, -1)
    ends = [end if end is None else _end_of(end, rows.shape, axis) for end in (prepend, append)]
    if prepend is not None or append is not None:
        rows = np.concatenate([part for part in (ends[0], rows, ends[1]) if part is not None], -1)
    minus = np.not_equal if rows.dtype == bool else np.subtract
    for _ in range(n):
        rows = minus(rows[..., 1:], rows[..., :-1])
    return np.moveaxis(rows, -1, axis)


def _end_of(end: Any, shape: tuple[int, ...], axis: int) -> Any:
    return np.broadcast_to(end, (*shape[:-1], 1)) if np.ndim(end) == 0 else np.moveaxis(end, axis, -1)


@composite(numpy=np.ediff1d, domain=_ANY, is_method=False)
def ediff1d(x: Any, to_end: Any = None, to_begin: Any = None) -> Any:
    """Differences of neighbours in the flattened array, with ``to_begin`` before and ``to_end`` after them.

    Of n elements, (...) -> (n - 1,), and longer by what is put before and after.

    >>> import autograd as ag
    >>> ag.ediff1d(ag.tensor([1.0, 4.0, 9.0]), to_begin=0.0)
    Tensor([0., 3., 5.], dtype=float32)
    """
    flat = np.reshape(x, (-1,))
    differences = flat[1:] - flat[:-1]
    parts = [np.reshape(part, (-1,)) for part in (to_begin, to_end) if part is not None]
    if not parts:
        return differences
    parts = [part.astype(differences.dtype) if differences.dtype.kind == "f" else part for part in parts]
    return np.concatenate([*parts[: to_begin is not None], differences, *parts[to_begin is not None :]])


def _gradient_samples(rng: np.random.Generator) -> tuple[Any, ...]:
    if rng.random() < 0.5:
        length = int(rng.integers(2, 6))
        return _ANY.sample(rng, (length,)), np.cumsum(rng.uniform(0.5, 1.5, length))
    f = _ANY.sample(rng, tuple([length + 1 for length in draw_shape(rng, 3, 1)]))
    return f, *rng.uniform(0.5, 1.5, rng.choice([0, 1, f.ndim])).tolist()


@composite(numpy=np.gradient, samples=_gradient_samples)
def gradient(f: Any, *spacing: Any, axis: Any = None, edge_order: int = 1) -> Any:
    """The slope of sampled values, by central differences; by one-sided ones at both ends: (...) -> (...).

    Parameters
    ----------
    f: the values, differentiable as they are.
    spacing: nothing, for a distance of 1; the distance between samples; or, for each axis, the distance or the
        samples' coordinates, which are differentiable, too.
    axis: along which, an int or a tuple; None for all. Of several, the result is a tuple.
    edge_order: 1 or 2, the order of accuracy at the ends.

    Raises ArgumentError for a wrong number of spacings, for coordinates of another length than their axis, and for an
    axis that is too short, which takes ``edge_order + 1`` samples. Inside, the slope is the mean of the slopes to both
    neighbours, each weighted by the distance to the other one: exact for parabolas (Fornberg 1988, "Generation of
    finite difference formulas on arbitrarily spaced grids").

    >>> import autograd as ag
    >>> ag.gradient(ag.tensor([0.0, 1.0, 4.0, 9.0]))
    Tensor([1., 2., 4., 5.], dtype=float32)
    """
    ndim = np.ndim(f)
    axes = tuple(range(ndim)) if axis is None else normalize_axis_tuple(axis, ndim, "gradient")
    if not spacing:
        spacing = (1,)
    if len(spacing) == 1 and np.ndim(spacing[0]) == 0:
        spacing *= len(axes)
    if len(spacing) != len(axes) or edge_order not in (1, 2):
        raise ArgumentError(
            f"gradient: {len(spacing)} spacings for {len(axes)} axes, edge_order={edge_order}; want one spacing for "
            "each axis or one number for all, and an edge_order of 1 or 2."
        )
    slopes = tuple([_slope(f, step, a, edge_order) for step, a in zip(spacing, axes, strict=True)])
    return slopes[0] if len(slopes) == 1 else slopes


def _slope(f: Any, spacing: Any, axis: int, edge_order: int) -> Any:
    rows = np.moveaxis(f, axis, -1)
    if rows.dtype.kind != "f":
        rows = rows.astype(np.float64)
    length = rows.shape[-1]
    if length <= edge_order or np.shape(spacing) not in ((), (length,)):
        raise ArgumentError(
            f"gradient: axis {axis} has {length} samples, spacing is of shape {np.shape(spacing)}; want more than "
            f"{edge_order} samples (edge_order), and as spacing a number or a coordinate for each sample."
        )
    slopes = np.diff(rows) / (np.diff(spacing) if np.ndim(spacing) else spacing)
    left, right = slopes[..., :-1], slopes[..., 1:]
    share = _share_of_left(spacing) if np.ndim(spacing) else np.full(length - 2, 0.5, slopes.dtype)
    bends = right - left
    first, last = slopes[..., :1], slopes[..., -1:]
    if edge_order == 2:
        first, last = first - (bends * share)[..., :1], last + (bends * (1 - share))[..., -1:]
    return np.moveaxis(np.concatenate([first, left + bends * share, last], -1), -1, axis)


def _share_of_left(coordinates: Any) -> Any:
    """Of the distance between the neighbours of each inner sample, the part on its left."""
    widths = np.diff(coordinates)
    return widths[:-1] / (widths[:-1] + widths[1:])


def _trapezoid_samples(rng: np.random.Generator) -> tuple[Any, ...]:
    y = _ANY.sample(rng, draw_shape(rng, 3, 1))
    axis = int(rng.integers(-y.ndim, y.ndim))
    kind = rng.integers(0, 3)
    x = None if kind == 0 else _ANY.sample(rng, y.shape if kind == 1 else (y.shape[axis],))
    return y, x, 0.5, axis


@composite(numpy=numpy_function("trapezoid"), samples=_trapezoid_samples)
def trapezoid(y: Any, x: Any = None, dx: Any = 1.0, axis: int = -1) -> Any:
    """The integral of sampled values along an axis by the trapezoidal rule: (..., length) -> (...).

    ``x`` are the samples' coordinates, of the axis' length or of y's shape, ``dx`` the distance between samples where
    there are none.

    >>> import autograd as ag
    >>> ag.trapezoid(ag.tensor([1.0, 2.0, 3.0]), dx=0.5)
    Tensor(2., dtype=float32)
    """
    rows = np.moveaxis(y, axis, -1)
    widths = dx if x is None else np.diff(x if np.ndim(x) == 1 else np.moveaxis(x, axis, -1))
    return np.sum(widths * (rows[..., 1:] + rows[..., :-1]) / 2, -1)


# --- NumPy's ufunc.reduce and ufunc.accumulate ----------------------------------------------------------


def _enter(ufunc: np.ufunc, reduction: Callable[..., Any], scan: Callable[..., Any] | None = None) -> None:
    """Answer ``ufunc.reduce`` and ``ufunc.accumulate`` on Tensors, which take axis 0 unless told otherwise."""

    def converted(x: Any, dtype: Any, out: Any, method: str) -> Any:
        if out is not None:
            raise ArgumentError(
                f"numpy.{ufunc.__name__}.{method} on a Tensor takes no out=; write y[...] = its result."
            )
        return x if dtype is None else x.astype(dtype)

    def reduce(
        x: Any, axis: Any = 0, dtype: Any = None, out: Any = None, keepdims: bool = False, **options: Any
    ) -> Any:
        return reduction(converted(x, dtype, out, "reduce"), axis=axis, keepdims=keepdims, **options)

    def accumulate(x: Any, axis: int = 0, dtype: Any = None, out: Any = None) -> Any:
        assert scan is not None
        return scan(converted(x, dtype, out, "accumulate"), axis)

    ops.enter_ufunc_method(ufunc, "reduce", reduce)
    if scan is not None:
        ops.enter_ufunc_method(ufunc, "accumulate", accumulate)


_enter(np.add, sum, cumsum)
_enter(np.multiply, prod, cumprod)
_enter(np.maximum, max, cummax)
_enter(np.minimum, min, cummin)
_enter(np.logaddexp, logsumexp, logcumsumexp)
_enter(np.fmax, partial(extreme_of_numbers, np.max, -np.inf))
_enter(np.fmin, partial(extreme_of_numbers, np.min, np.inf))
