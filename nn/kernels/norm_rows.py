"""Normalization of rows: of the last axes of each sample, by its own mean and deviation, or by its root mean square.

Rows are taken in blocks that stay in the cache, so that memory is read and written once. What belongs to rows (mean,
deviation) and what belongs to features (weight, bias) meets in outer products, which BLAS writes, and not by
broadcasting: see `_outer`.
"""

from __future__ import annotations

import math
from typing import Any

import numpy as np

import autograd as ag
from autograd.parallel import in_pieces
from nn.kernels.blocks import WORTH_THREADS, blocks
from nn.kernels.checks import check_floats, wrong_shape

# Elements of a block. Two threads need blocks as large: each call of NumPy ends in a wait for the interpreter's lock if
# the other thread has it, and with 65536 elements two threads take as long as one.
BLOCK = 1 << 18

FAR = 5.0  # how many deviations a mean may be before rounding would be felt in what is not centred


def check_rows(operation: str, x: Any, axes: int, **of_features: Any) -> None:
    """Raise ShapeError unless x's last ``axes`` are those of each of the others, DtypeError for their dtypes."""
    given = {name: v for name, v in of_features.items() if v is not None}
    check_floats(operation, input=x, **given)
    for name, v in given.items():
        if v.shape != x.shape[max(0, x.ndim - axes) :]:
            want = ", ".join(["...", *map(str, v.shape)])
            got = x.shape[max(0, x.ndim - axes) :]
            remedy = f"Make the layer for this input, with normalized_shape={got}, or change it."
            raise wrong_shape(operation, f"an input of shape ({want}) for {name} of shape {v.shape}", x, remedy)


def _rows(x: np.ndarray, axes: int) -> np.ndarray:
    """(..., features...) -> (rows, features), without gaps in memory."""
    leading = x.shape[: x.ndim - axes]
    return np.ascontiguousarray(x).reshape(math.prod(leading), math.prod(x.shape[x.ndim - axes :]))


def _normalized(x: Any, weight: Any, bias: Any, axes: int, eps: float, is_centred: bool) -> Any:
    """The result, and each row's mean (None if not centred) and inverse deviation, (rows, 1).

    As ``x * (inverse * weight) + (bias - mean * inverse * weight)``, whose factors and terms are outer products.
    """
    rows = _rows(x, axes)
    count, length = rows.shape
    out = np.empty_like(rows)
    mean = np.empty((count, 1), rows.dtype) if is_centred else None
    inverse = np.empty((count, 1), rows.dtype)
    if rows.size:
        step = _block_rows(count, length)
        scales = _two_rows(weight, 0, length, rows.dtype)
        terms = _two_rows(weight, 0 if bias is None else bias.reshape(-1), length, rows.dtype)
        share = np.full((length, 1), 1 / length, rows.dtype)

        def work(first: int, last: int) -> None:
            scratch = np.empty((min(step, last - first), length), rows.dtype)
            for block in blocks(first, last, step):
                inv = inverse[block]
                other = scratch[: len(inv)]
                t, middle = _moments(rows[block], share, eps, None if mean is None else mean[block], inv, other)
                o = _outer(inv, 0, scales, out[block])
                o *= t
                if middle is not None:
                    o += _outer(-middle * inv, 1, terms, other)

        in_pieces(work, count, is_worth_it=rows.size > WORTH_THREADS)
    return out.reshape(x.shape), (rows, mean, inverse)


def _moments(t: Any, share: Any, eps: float, mean: Any, inverse: Any, scratch: Any) -> tuple[Any, Any]:
    """Write means and inverse deviations; returns the rows, and what is still to be subtracted from them, or None.

    The variance is the mean of the squares less the square of the mean. Rows that this would cost digits are centred
    first, and no others, so that no row's result depends on what the others are.
    """
    if mean is None:
        middle = None
        variance = _squares(t)
    else:
        middle = np.matmul(t, share, out=mean)
        variance = _squares(t)
        square = middle * middle
        variance -= square
        is_near = square <= (FAR * FAR if t.dtype.itemsize >= 4 else -1) * variance  # not so where anything overflows
        if not is_near.all():
            middle = np.where(is_near, mean, 0)
            t = np.subtract(t, mean - middle, out=scratch)
            variance = _squares(t)
            variance -= middle * middle
    variance += eps
    np.reciprocal(np.sqrt(variance, out=variance), out=inverse)
    return t, middle


def _squares(t: Any) -> Any:
    """Each row's mean of squares, (rows, 1)."""
    return np.vecdot(t, t)[:, None] / t.dtype.type(t.shape[1])


def _gradients(g: Any, x: Any, weight: Any, axes: int, saved: Any, wanted: tuple[bool, ...]) -> Any:
    """``inverse * (h - mean(h) - normal * mean(h * normal))`` with h = g * weight, in one pass, and column sums.

    With normal = (x - mean) * inverse written out, all but three of its terms are sums of g and of g * x.
    """
    rows, mean, inverse = saved
    by = _rows(g, axes)
    count, length = rows.shape
    out = np.empty_like(rows) if wanted[0] else None
    step = _block_rows(count, length)
    scales, levels = (_two_rows(v, 0, length, rows.dtype) for v in (weight, None))
    share = scales[0] / (length or 1)
    is_far = mean is not None and not bool((np.abs(mean * inverse) <= FAR).all())

    def work(first: int, last: int) -> np.ndarray:
        sums = np.zeros((3, length), rows.dtype)
        products, others = np.empty((2, min(step, last - first), length), rows.dtype)
        coefficients = np.ones((2, len(products)), rows.dtype)
        for block in blocks(first, last, step):
            t, g, inv = rows[block], by[block], inverse[block]
            n = len(g)
            product = products[:n]
            if is_far:
                t = np.subtract(t, mean[block], out=others[:n])
            np.multiply(g, t, out=product)
            # by how much t * inv exceeds what is normal
            ahead = np.zeros_like(inv) if is_far or mean is None else mean[block] * inv
            if wanted[1]:
                sums[0] += inv[:, 0] @ product
            if wanted[1] or wanted[2]:
                coefficients[0, :n] = ahead[:, 0]
                sums[1:] += coefficients[:, :n] @ g
            if out is not None:
                level = (g @ share)[:, None]
                slope = (product @ share)[:, None] * inv - level * ahead
                o = _outer(inv, 0, scales, out[block])
                o *= g
                o -= np.multiply(_outer(slope * inv * inv, 0, levels, product), t, out=product)
                if mean is not None:
                    o += _outer((slope * ahead - level) * inv, 0, levels, product)
        return sums

    pieces = in_pieces(work, count, is_worth_it=rows.size > WORTH_THREADS) if rows.size else [work(0, 0)]
    of_products, of_ahead, to_bias = sum(pieces[1:], pieces[0])
    shape = x.shape[x.ndim - axes :]
    to_x = None if out is None else out.reshape(x.shape)
    return to_x, (of_products - of_ahead).reshape(shape), to_bias.reshape(shape)


def _outer(column: Any, other: int, rows: Any, out: Any) -> Any:
    """``column * rows[0] + other * rows[1]``: (n, 1), (2, length) -> (n, length).

    BLAS writes this in half the time in which NumPy repeats a number along each row of a few hundred, and in a
    quarter along shorter ones. A product of one column NumPy would not give to BLAS: hence the second.
    """
    factors = np.empty((len(column), 2), column.dtype)
    factors[:, :1], factors[:, 1] = column, other
    return np.matmul(factors, rows, out=out)


def _two_rows(weight: Any, second: Any, length: int, dtype: np.dtype[Any]) -> Any:
    """The weights, or ones for None, and a second row, as `_outer` takes them: (2, length)."""
    rows = np.empty((2, length), dtype)
    rows[0] = 1 if weight is None else weight.reshape(-1)
    rows[1] = second
    return rows


def _block_rows(count: int, length: int) -> int:
    return max(1, min(BLOCK // (length or 1), count))


# --- layer normalization --------------------------------------------------------------------------------


def layer_norm_by_definition(x: Any, axes: int, weight: Any = None, bias: Any = None, eps: float = 1e-5) -> Any:
    """``(x - mean) / sqrt(var + eps) * weight + bias``."""
    last = tuple(range(x.ndim - axes, x.ndim))
    centred = x - np.mean(x, axis=last, keepdims=True)
    out = centred / np.sqrt(np.mean(centred * centred, axis=last, keepdims=True) + eps)
    out = out if weight is None else out * weight
    return out if bias is None else out + bias


def _samples(rng: np.random.Generator) -> tuple[Any, ...]:
    axes = int(rng.integers(1, 3))
    features = [(int(rng.integers(3, 6)),), (2, 3)][axes - 1]
    leading = tuple(int(n) for n in rng.integers(1, 4, rng.integers(0, 3)))
    x = rng.normal(size=(*leading, *features)) * 2 + rng.choice([0.0, 0.0, 30.0])
    weight = rng.normal(size=features) if rng.random() < 0.7 else None
    return x, axes, weight, float(rng.choice([1e-5, 0.1]))


def _layer_norm_samples(rng: np.random.Generator) -> tuple[Any, ...]:
    x, axes, weight, eps = _samples(rng)
    bias = rng.normal(size=x.shape[x.ndim - axes :]) if rng.random() < 0.7 else None
    return x, axes, weight, bias, eps


@ag.primitive(view=False, reference=layer_norm_by_definition, samples=_layer_norm_samples)
def layer_norm(x: Any, axes: int, weight: Any = None, bias: Any = None, eps: float = 1e-5) -> Any:
    """The last ``axes`` of x, each row less its mean and by its deviation: (..., features) -> (..., features).

    Ba, Kiros and Hinton, 2016. ``weight`` and ``bias`` have the shape of the last axes, or are None.

    >>> import numpy as np
    >>> layer_norm(np.array([[1.0, 3.0]]), 1, eps=0.0)
    array([[-1.,  1.]])
    """
    check_rows("layer_norm", x, axes, weight=weight, bias=bias)
    return _normalized(x, weight, bias, axes, eps, True)


@layer_norm.joint_vjp("x", "weight", "bias", axes=None)
def _layer_norm(g: Any, x: Any, axes: int, weight: Any, saved: Any, wanted: tuple[bool, bool, bool]) -> Any:
    return _gradients(g, x, weight, axes, saved, wanted)


# --- by the root mean square ----------------------------------------------------------------------------


def rms_norm_by_definition(x: Any, axes: int, weight: Any = None, eps: float = 1e-5) -> Any:
    """``x / sqrt(mean(x * x) + eps) * weight``."""
    last = tuple(range(x.ndim - axes, x.ndim))
    out = x / np.sqrt(np.mean(x * x, axis=last, keepdims=True) + eps)
    return out if weight is None else out * weight


@ag.primitive(view=False, reference=rms_norm_by_definition, samples=_samples)
def rms_norm(x: Any, axes: int, weight: Any = None, eps: float = 1e-5) -> Any:
    """The last ``axes`` of x, each row by its root mean square: (..., features) -> (..., features).

    Zhang and Sennrich, 2019. ``weight`` has the shape of the last axes, or is None.

    >>> import numpy as np
    >>> rms_norm(np.array([[3.0, 3.0]]), 1, eps=0.0)
    array([[1., 1.]])
    """
    check_rows("rms_norm", x, axes, weight=weight)
    return _normalized(x, weight, None, axes, eps, False)


@rms_norm.joint_vjp("x", "weight", axes=None)
def _rms_norm(g: Any, x: Any, axes: int, weight: Any, saved: Any, wanted: tuple[bool, bool]) -> Any:
    return _gradients(g, x, weight, axes, saved, (*wanted, False))[:2]
