"""Statistics: averages, ranges, medians and quantiles, and reductions that leave out nan.

Ties share a gradient evenly in what is built on extremes; medians and quantiles give it to the elements that they
are made of, as they come in the order of ``np.argpartition``.
"""

from __future__ import annotations

import warnings
from collections.abc import Callable
from typing import Any

import numpy as np
from numpy.lib.array_utils import normalize_axis_tuple

from autograd.composites import composite
from autograd.dtypes import as_result
from autograd.errors import ArgumentError, ShapeError
from autograd.rules import reduction
from autograd.rules.reduction import OVER_AXES, Axes, as_rows
from autograd.spec import Real, draw_shape
from autograd.values import value_of

_ANY = Real()
_DISTINCT = Real(distinct=True)


# --- averages and ranges --------------------------------------------------------------------------------


def _average_samples(rng: np.random.Generator) -> tuple[Any, ...]:
    x = _ANY.sample(rng, tuple([length + 1 for length in draw_shape(rng, 3)]))
    if not x.ndim or rng.random() < 0.3:
        return x, None, rng.uniform(0.5, 2.0, x.shape)
    axis = int(rng.integers(-x.ndim, x.ndim))
    return x, axis, rng.uniform(0.5, 2.0, x.shape if rng.random() < 0.5 else (x.shape[axis],))


@composite(numpy=np.average, samples=_average_samples)
def average(x: Any, axis: Axes = None, weights: Any = None, returned: bool = False, keepdims: bool = False) -> Any:
    """Weighted mean over axes, differentiable in x and in the weights; the mean where there are none.

    Parameters
    ----------
    weights: of x's shape, or with the axes ``axis`` alone.
    returned: give a pair, the average and the sum of the weights.

    Raises ZeroDivisionError where weights sum to 0, as NumPy does, and ShapeError where they do not fit.

    >>> import autograd as ag
    >>> ag.average(ag.tensor([1.0, 4.0]), weights=[3, 1])
    Tensor(1.75, dtype=float64)
    """
    if weights is None:
        out = np.mean(x, axis=axis, keepdims=keepdims)
        total = np.float64(np.size(x) / max(np.size(out), 1))
    else:
        weights = _aligned(weights, np.shape(x), axis)
        total = np.sum(weights, axis=axis, keepdims=keepdims)
        if not np.all(total):
            raise ZeroDivisionError("average: weights sum to zero, so that there is nothing to divide by.")
        out = np.sum(x * weights, axis=axis, keepdims=keepdims) / total
    if not returned:
        return out
    total = total.astype(out.dtype)
    return out, total if np.shape(total) == np.shape(out) else np.broadcast_to(total, np.shape(out))


def _aligned(weights: Any, shape: tuple[int, ...], axis: Axes) -> Any:
    """Weights with as many axes as what they weigh."""
    if np.shape(weights) == shape:
        return np.reshape(weights, shape)
    axes = () if axis is None else normalize_axis_tuple(axis, len(shape), "average")
    if np.shape(weights) != tuple([shape[a] for a in axes]) or not axes:
        raise ShapeError(
            f"average: x has shape {shape}, weights have shape {np.shape(weights)}; want x's shape, or that of the "
            f"axes averaged over, here axis={axis}."
        )
    in_order = np.transpose(weights, tuple(np.argsort(axes).tolist()))
    return np.reshape(in_order, [length if a in axes else 1 for a, length in enumerate(shape)])


@composite(numpy=np.ptp, domain=_DISTINCT, arguments=OVER_AXES)
def ptp(x: Any, axis: Axes = None, keepdims: bool = False) -> Any:
    """Range over axes, the largest less the smallest element, (..., n) -> (...); a tie shares the gradient evenly.

    >>> import autograd as ag
    >>> ag.ptp(ag.tensor([1.0, 5.0, 3.0]))
    Tensor(4., dtype=float32)
    """
    return np.max(x, axis=axis, keepdims=keepdims) - np.min(x, axis=axis, keepdims=keepdims)


# --- medians and quantiles ------------------------------------------------------------------------------

# Where among n elements in order, counted from 0, a level q lies: Hyndman and Fan (1996), "Sample quantiles in
# statistical packages", and NumPy's methods of old. Those of `_STEPS` take the element itself, others interpolate.
_POSITIONS: dict[str, Callable[[Any, Any], Any]] = {
    "linear": lambda n, q: (n - 1) * q,
    "hazen": lambda n, q: n * q - 0.5,
    "weibull": lambda n, q: (n + 1) * q - 1,
    "median_unbiased": lambda n, q: (n + 1 / 3) * q - 2 / 3,
    "normal_unbiased": lambda n, q: (n + 1 / 4) * q - 5 / 8,
    "interpolated_inverted_cdf": lambda n, q: n * q - 1,
    "averaged_inverted_cdf": lambda n, q: (np.ceil(n * q - 1) + np.floor(n * q)) / 2,
    "midpoint": lambda n, q: (np.floor((n - 1) * q) + np.ceil((n - 1) * q)) / 2,
    "inverted_cdf": lambda n, q: np.ceil(n * q - 1),
    "closest_observation": lambda n, q: np.rint(n * q - 2) + 1,
    "lower": lambda n, q: np.floor((n - 1) * q),
    "higher": lambda n, q: np.ceil((n - 1) * q),
    "nearest": lambda n, q: np.rint((n - 1) * q),
}
_STEPS = ("inverted_cdf", "closest_observation", "lower", "higher", "nearest")


def _at_ranks(rows: Any, ranks: np.ndarray) -> Any:
    """The elements of each row that would stand at ``ranks`` if it were in order: (..., n), (k) -> (..., k).

    Where a row has a nan, that is what stands everywhere.
    """
    values = value_of(rows)
    order = np.argpartition(values, np.unique([*ranks, values.shape[-1] - 1]), -1)
    last = order[..., -1:]
    has_nan = np.isnan(np.take_along_axis(values, last, -1))
    return np.take_along_axis(rows, np.where(has_nan, last, order[..., ranks]), -1)


def _at_own_ranks(rows: Any, ranks: np.ndarray) -> Any:
    """The same for ranks that are each row's own, counted among what is not nan: (..., n), (..., k) -> (..., k)."""
    return np.take_along_axis(rows, np.take_along_axis(np.argsort(value_of(rows), -1), ranks, -1), -1)


def _without_nan(rows: Any) -> tuple[Any, np.ndarray]:
    """Rows whose nan have no gradient, and how many other elements each has: (..., n) -> (..., n), (..., 1)."""
    holes = np.isnan(rows)
    counts = np.count_nonzero(~holes, -1, keepdims=True)
    if not np.all(counts):
        warnings.warn("All-NaN slice encountered", RuntimeWarning, stacklevel=5)
    return np.where(holes, np.nan, rows), counts


def _rows_of(name: str, x: Any, axis: Axes) -> tuple[Any, tuple[int, ...]]:
    """``x`` with the axes to reduce made one, the last; and its shape with those of length 1."""
    shape = np.shape(x)
    axes = tuple(range(len(shape))) if axis is None else normalize_axis_tuple(axis, len(shape), name)
    return as_rows(x, axes), tuple([1 if a in axes else length for a, length in enumerate(shape)])


def _median(name: str, x: Any, axis: Axes, keepdims: bool, skip_nan: bool = False) -> Any:
    """The mean of the two elements in the middle, or of one that is taken twice."""
    skip_nan = skip_nan and bool(np.any(np.isnan(x)))
    rows, kept = _rows_of(name, x, axis)
    if not rows.shape[-1]:
        middle = rows
    elif skip_nan:
        rows, counts = _without_nan(rows)
        middle = _at_own_ranks(rows, np.concatenate([(counts - 1) // 2, counts // 2], -1))
    else:
        middle = _at_ranks(rows, np.array([(rows.shape[-1] - 1) // 2, rows.shape[-1] // 2]))
    out = np.mean(middle, axis=-1)
    return np.reshape(out, kept) if keepdims else out


def _check_levels(name: str, q: Any, method: str, whole: int) -> None:
    values = np.asarray(value_of(q))
    if values.ndim > 1 or not np.all((values >= 0) & (values <= whole)):
        raise ArgumentError(f"{name}: q is {q!r}; want a number from 0 to {whole}, or a vector of such numbers.")
    if method not in _POSITIONS:
        raise ArgumentError(f"{name}: no method {method!r}; choose one of {', '.join(_POSITIONS)}.")


def _quantile(
    name: str, x: Any, q: Any, axis: Axes, method: str, keepdims: bool, whole: int, skip_nan: bool = False
) -> Any:
    """Quantiles at the levels ``q``, from 0 to ``whole``; those of several levels lie along a new first axis."""
    _check_levels(name, q, method, whole)
    rows, kept = _rows_of(name, x, axis)
    n: Any = rows.shape[-1]
    if not n:
        raise ArgumentError(f"{name}: x has shape {np.shape(x)}, so that there is nothing to order along axis={axis}.")
    shares = np.reshape(q, (-1,)) / whole
    skip_nan = skip_nan and bool(np.any(np.isnan(x)))
    if skip_nan:
        rows, n = _without_nan(rows)
        n = n.astype(shares.dtype)
    position = np.clip(_POSITIONS[method](n, shares), 0, n - 1)
    at_ranks = _at_own_ranks if skip_nan else _at_ranks
    if method in _STEPS:
        out = at_ranks(rows, value_of(position).astype(np.intp))
    else:
        is_weak = type(q) in (int, float) and rows.dtype.kind == "f"  # a Python number widens no dtype
        out = _between(rows, position, n, at_ranks, rows.dtype if is_weak else position.dtype)
    out = out[..., 0] if np.ndim(q) == 0 else np.moveaxis(out, -1, 0)
    return np.reshape(out, (*np.shape(q), *kept)) if keepdims else out


def _between(rows: Any, position: Any, n: Any, at_ranks: Callable[..., Any], dtype: Any) -> Any:
    """What lies at fractional positions in the order of each row: between two elements, by a straight line."""
    below = np.floor(value_of(position))
    count = below.shape[-1]
    pairs = at_ranks(rows, np.concatenate([below, np.minimum(below + 1, n - 1)], -1).astype(np.intp))
    low, high = pairs[..., :count], pairs[..., count:]
    return low + (high - low) * (position - below).astype(dtype)


def _draw(rng: np.random.Generator, with_nan: bool) -> tuple[np.ndarray, Any]:
    """An array that is not empty, some of it nan, and an axis, several or None."""
    x = _DISTINCT.sample(rng, tuple([length + 1 for length in draw_shape(rng, 3)]))
    if with_nan:
        x[rng.random(x.shape) < 0.2] = np.nan
    if not x.ndim or rng.random() < 0.3:
        return x, None
    axes = rng.permutation(x.ndim)[: rng.integers(1, x.ndim + 1)] - x.ndim * int(rng.integers(0, 2))
    return x, int(axes[0]) if rng.random() < 0.5 else tuple(axes.tolist())


def _level_samples(whole: float, with_nan: bool = False) -> Callable[[np.random.Generator], tuple[Any, ...]]:
    """Arguments of a quantile: levels, a number or a differentiable vector, off the kinks at each of few elements."""

    def samples(rng: np.random.Generator) -> tuple[Any, ...]:
        x, _ = _draw(rng, with_nan)
        axis = int(rng.integers(-x.ndim, x.ndim)) if x.ndim > 1 or (x.ndim and rng.random() < 0.5) else None
        q = whole * rng.choice([0.07, 0.13, 0.37, 0.41, 0.59, 0.87], 2)
        return x, float(q[0]) if rng.random() < 0.5 else q, axis

    return samples


def _plain_samples(rng: np.random.Generator) -> tuple[Any, ...]:
    return _draw(rng, with_nan=False)


def _nan_samples(rng: np.random.Generator) -> tuple[Any, ...]:
    return _draw(rng, with_nan=True)


@composite(numpy=np.median, samples=_plain_samples)
def median(x: Any, axis: Axes = None, keepdims: bool = False) -> Any:
    """Median over axes: the middle element in order, or the mean of the two in the middle, which share the gradient.

    (..., n) -> (...). Where an element is nan, so is the median, and the gradient goes to that element.

    >>> import autograd as ag
    >>> ag.median(ag.tensor([4.0, 1.0, 3.0, 9.0]))
    Tensor(3.5, dtype=float32)
    """
    return _median("median", x, axis, keepdims)


@composite(numpy=np.quantile, samples=_level_samples(1.0))
def quantile(x: Any, q: Any, axis: Axes = None, method: str = "linear", keepdims: bool = False) -> Any:
    """What a share q of the elements over axes lies below: (...) -> (...), or (k, ...) for k levels.

    Parameters
    ----------
    q: a level from 0 to 1 or a vector of levels; differentiable, too. At an element itself its derivative is
        the slope to the next one.
    method: how to go from elements to what lies between them: one of NumPy's. Those that take an element as
        it is have no gradient in q.

    Raises ArgumentError for levels out of range, an unknown method, and where there are no elements. Where an
    element is nan, so is the result.

    >>> import autograd as ag
    >>> ag.quantile(ag.tensor([1.0, 2.0, 4.0, 8.0]), [0.5, 1.0])
    Tensor([3., 8.], dtype=float64)
    """
    return _quantile("quantile", x, q, axis, method, keepdims, 1)


@composite(numpy=np.percentile, samples=_level_samples(100.0))
def percentile(x: Any, q: Any, axis: Axes = None, method: str = "linear", keepdims: bool = False) -> Any:
    """What q percent of the elements over axes lie below: `quantile` with levels from 0 to 100.

    >>> import autograd as ag
    >>> ag.percentile(ag.tensor([1.0, 2.0, 4.0, 8.0]), 50)
    Tensor(3., dtype=float32)
    """
    return _quantile("percentile", x, q, axis, method, keepdims, 100)


# --- without nan ----------------------------------------------------------------------------------------


@composite(numpy=np.nanmedian, samples=_nan_samples)
def nanmedian(x: Any, axis: Axes = None, keepdims: bool = False) -> Any:
    """Median over axes of the elements that are not nan, (..., n) -> (...); nan if there are none.

    The gradient of nan is 0.

    >>> import autograd as ag
    >>> ag.nanmedian(ag.tensor([4.0, float("nan"), 3.0]))
    Tensor(3.5, dtype=float32)
    """
    return _median("nanmedian", x, axis, keepdims, skip_nan=True)


@composite(numpy=np.nanquantile, samples=_level_samples(1.0, with_nan=True))
def nanquantile(x: Any, q: Any, axis: Axes = None, method: str = "linear", keepdims: bool = False) -> Any:
    """`quantile` of the elements that are not nan, which have no gradient; nan if there are none.

    >>> import autograd as ag
    >>> ag.nanquantile(ag.tensor([4.0, float("nan"), 3.0]), 0.5)
    Tensor(3.5, dtype=float32)
    """
    return _quantile("nanquantile", x, q, axis, method, keepdims, 1, skip_nan=True)


@composite(numpy=np.nanpercentile, samples=_level_samples(100.0, with_nan=True))
def nanpercentile(x: Any, q: Any, axis: Axes = None, method: str = "linear", keepdims: bool = False) -> Any:
    """`percentile` of the elements that are not nan; nan if there are none.

    (..., n) -> (...), or (k, ...) for k levels. The gradient of nan is 0.

    >>> import autograd as ag
    >>> ag.nanpercentile(ag.tensor([4.0, float("nan"), 3.0]), 50)
    Tensor(3.5, dtype=float32)
    """
    return _quantile("nanpercentile", x, q, axis, method, keepdims, 100, skip_nan=True)


@composite(numpy=np.nansum, samples=_nan_samples)
def nansum(
    x: Any, axis: Axes = None, dtype: Any = None, keepdims: bool = False, initial: Any = None, where: Any = True
) -> Any:
    """Sum over axes, with nan as 0, which has the gradient 0: (..., n) -> (...).

    >>> import autograd as ag
    >>> ag.nansum(ag.tensor([4.0, float("nan"), 3.0]))
    Tensor(7., dtype=float32)
    """
    return reduction.sum(np.where(np.isnan(x), 0, x), axis, dtype, keepdims, initial, where)


@composite(numpy=np.nanprod, samples=_nan_samples)
def nanprod(
    x: Any, axis: Axes = None, dtype: Any = None, keepdims: bool = False, initial: Any = None, where: Any = True
) -> Any:
    """Product over axes, with nan as 1, which has the gradient 0: (..., n) -> (...).

    >>> import autograd as ag
    >>> ag.nanprod(ag.tensor([4.0, float("nan"), 3.0]))
    Tensor(12., dtype=float32)
    """
    return reduction.prod(np.where(np.isnan(x), 1, x), axis, dtype, keepdims, initial, where)


def _numbers(x: Any, where: Any) -> Any:
    """Which elements take part: those that are not nan, of those that ``where`` marks."""
    numbers = np.logical_not(np.isnan(x))
    return where if np.all(numbers) else np.logical_and(numbers, where)


@composite(numpy=np.nanmean, samples=_nan_samples)
def nanmean(x: Any, axis: Axes = None, dtype: Any = None, keepdims: bool = False, where: Any = True) -> Any:
    """Mean over axes of the elements that are not nan, (..., n) -> (...); nan if there are none.

    The gradient of nan is 0.

    >>> import autograd as ag
    >>> ag.nanmean(ag.tensor([4.0, float("nan"), 3.0]))
    Tensor(3.5, dtype=float32)
    """
    with np.errstate(invalid="ignore"):
        return np.mean(x, axis=axis, dtype=dtype, keepdims=keepdims, where=_numbers(x, where))


@composite(numpy=np.nanvar, samples=_nan_samples)
def nanvar(
    x: Any, axis: Axes = None, dtype: Any = None, ddof: float = 0, keepdims: bool = False, where: Any = True
) -> Any:
    """Variance over axes of the elements that are not nan, (..., n) -> (...); nan if there are none.

    The gradient of nan is 0.

    >>> import autograd as ag
    >>> ag.nanvar(ag.tensor([4.0, float("nan"), 2.0]))
    Tensor(1., dtype=float32)
    """
    with np.errstate(invalid="ignore"):
        return np.var(x, axis=axis, dtype=dtype, ddof=ddof, keepdims=keepdims, where=_numbers(x, where))


@composite(numpy=np.nanstd, samples=_nan_samples)
def nanstd(
    x: Any, axis: Axes = None, dtype: Any = None, ddof: float = 0, keepdims: bool = False, where: Any = True
) -> Any:
    """Standard deviation over axes of the elements that are not nan, (..., n) -> (...); nan if there are none.

    The gradient of nan is 0.

    >>> import autograd as ag
    >>> ag.nanstd(ag.tensor([4.0, float("nan"), 2.0]))
    Tensor(1., dtype=float32)
    """
    with np.errstate(invalid="ignore"):
        return np.std(x, axis=axis, dtype=dtype, ddof=ddof, keepdims=keepdims, where=_numbers(x, where))


def extreme_of_numbers(extreme: Callable[..., Any], start: float, x: Any, axis: Axes, keepdims: bool) -> Any:
    """``np.max`` or ``np.min`` of the elements that are not nan, of which ``start`` is never one."""
    holes = np.isnan(x)
    if not np.any(holes):
        return extreme(x, axis=axis, keepdims=keepdims)
    out = extreme(x, axis=axis, keepdims=keepdims, initial=start, where=np.logical_not(holes))
    return as_result(np.where(np.all(holes, axis=axis, keepdims=keepdims), np.nan, out))


@composite(numpy=np.nanmax, samples=_nan_samples)
def nanmax(x: Any, axis: Axes = None, keepdims: bool = False) -> Any:
    """The largest element over axes that is not nan, and nan if all are; a tie shares the gradient evenly.

    (..., n) -> (...). The gradient of nan is 0.

    >>> import autograd as ag
    >>> ag.nanmax(ag.tensor([4.0, float("nan"), 3.0]))
    Tensor(4., dtype=float32)
    """
    return _warned(extreme_of_numbers(np.max, -np.inf, x, axis, keepdims))


@composite(numpy=np.nanmin, samples=_nan_samples)
def nanmin(x: Any, axis: Axes = None, keepdims: bool = False) -> Any:
    """The smallest element over axes that is not nan, and nan if all are; a tie shares the gradient evenly.

    (..., n) -> (...). The gradient of nan is 0.

    >>> import autograd as ag
    >>> ag.nanmin(ag.tensor([4.0, float("nan"), 3.0]))
    Tensor(3., dtype=float32)
    """
    return _warned(extreme_of_numbers(np.min, np.inf, x, axis, keepdims))


def _warned(out: Any) -> Any:
    if np.any(np.isnan(out)):
        warnings.warn("All-NaN slice encountered", RuntimeWarning, stacklevel=4)
    return out
