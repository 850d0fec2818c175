"""Normalization of rows: of the last axes of each sample, by its own mean and deviation, or by its root mean square.

Rows are taken in blocks that stay in the second-level cache, so that memory is read and written once.
"""

from __future__ import annotations

import math
from typing import Any

import numpy as np

import autograd as ag
from autograd.parallel import in_pieces
from nn.kernels.blocks import WORTH_THREADS, WORTH_TILES, block_rows, blocks
from nn.kernels.checks import check_floats, wrong_shape
from nn.kernels.constants import ones

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


def _spread(v: Any, rows: int) -> Any:
    """Numbers of features as rows enough for a block, so that NumPy runs through a block as one line."""
    if v is None or rows * v.size < WORTH_TILES:
        return None if v is None else v.reshape(1, -1)
    return np.tile(v.reshape(-1), (rows, 1))


def _normalized(x: Any, weight: Any, bias: Any, axes: int, eps: float, is_centred: bool) -> Any:
    """The result, and each row's mean (None if not centred) and inverse deviation, (rows, 1)."""
    rows = _rows(x, axes)
    count, length = rows.shape
    out = np.empty_like(rows)
    mean = np.empty((count, 1), rows.dtype) if is_centred else None
    inverse = np.empty((count, 1), rows.dtype)
    if rows.size:
        step = block_rows(count, length)
        weight, bias = _spread(weight, step), _spread(bias, step)
        share = np.full((length, 1), 1 / length, rows.dtype)

        def work(first: int, last: int) -> None:
            for block in blocks(first, last, step):
                t, o = rows[block], out[block]
                if mean is not None:
                    np.matmul(t, share, out=mean[block])
                    t = np.subtract(t, mean[block], out=o)
                deviation = inverse[block]
                np.divide(np.vecdot(t, t)[:, None], length, out=deviation)
                deviation += eps
                np.reciprocal(np.sqrt(deviation, out=deviation), out=deviation)
                np.multiply(t, deviation, out=o)
                if weight is not None:
                    o *= weight[: len(o)]
                if bias is not None:
                    o += bias[: len(o)]

        in_pieces(work, count, is_worth_it=rows.size > WORTH_THREADS)
    return out.reshape(x.shape), (rows, mean, inverse)


def _gradients(g: Any, x: Any, weight: Any, axes: int, saved: Any, wanted: tuple[bool, ...]) -> Any:
    """``inverse * (h - mean(h) - normal * mean(h * normal))`` with h = g * weight, in one pass, and column sums.

    With normal = (x - mean) * inverse written out, all but three of its terms are sums of g and of g * x.
    """
    rows, mean, inverse = saved
    by = _rows(g, axes)
    count, length = rows.shape
    out = np.empty_like(rows) if wanted[0] else None
    step = block_rows(count, length)
    share = np.full(length, 1 / (length or 1), rows.dtype)
    share = share if weight is None else weight.reshape(-1) * share
    wide = _spread(weight, step) if wanted[0] else None
    one = ones(step, rows.dtype)
    is_far = mean is not None and bool((np.abs(mean * inverse) > FAR).any())

    def work(first: int, last: int) -> np.ndarray:
        sums = np.zeros((2, length), rows.dtype)
        products, others = np.empty((2, step, length), rows.dtype)
        for block in blocks(first, last, step):
            t, g, inv = rows[block], by[block], inverse[block]
            product, other = products[: len(g)], others[: len(g)]
            if is_far:
                t = np.subtract(t, mean[block], out=other)
            ahead = None if is_far or mean is None else mean[block] * inv  # by how much t * inv exceeds what is normal
            np.multiply(g, t, out=product)
            if wanted[1]:
                sums[0] += inv[:, 0] @ product
                if ahead is not None:
                    sums[0] -= ahead[:, 0] @ g
            if wanted[2]:
                sums[1] += one[: len(g)] @ g
            if out is not None:
                level = (g @ share)[:, None]
                slope = (product @ share)[:, None] * inv
                slope = slope if ahead is None else slope - level * ahead
                o = np.multiply(g, inv, out=out[block])
                if wide is not None:
                    o *= wide[: len(o)]
                o -= np.multiply(t, slope * inv * inv, out=other)
                if mean is not None:
                    o += (slope * ahead - level) * inv if ahead is not None else -level * inv
        return sums

    pieces = in_pieces(work, count, is_worth_it=rows.size > WORTH_THREADS) if rows.size else [work(0, 0)]
    to_weight, to_bias = sum(pieces[1:], pieces[0]).reshape(2, *x.shape[x.ndim - axes :])
    return None if out is None else out.reshape(x.shape), to_weight, to_bias


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
