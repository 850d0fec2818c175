"""Resizing along one axis: a product with a banded matrix, or elements picked. Linear maps with linear rules."""

from __future__ import annotations

import math
from functools import lru_cache, reduce
from typing import Any, NamedTuple

import numpy as np

import autograd as ag
from nn.kernels.checks import wrong_shape

# --- products with banded matrices ----------------------------------------------------------------------


class Resizing(NamedTuple):
    """How an axis of ``source`` elements becomes one of ``target``.

    Attributes
    ----------
    mode: "linear", "cubic" (Keys, 1981), or "area", the mean of what each element covers.
    step: how far apart the centres of neighbours lie in the source.
    align_corners: whether the first centre is the source's first, and not half a step within its edge.
    antialias: whether the kernel is as wide as a step where that is longer than 1.
    """

    mode: str
    source: int
    target: int
    step: float
    align_corners: bool = False
    antialias: bool = False


def _kernel(mode: str, d: np.ndarray, a: float) -> np.ndarray:
    """The share of an element at the distance d: linear, or Keys' cubic, 0 at 1 with slope a, and 0 from 2 on."""
    if mode == "linear":
        return np.asarray(np.maximum(1 - d, 0))
    near = ((a + 2) * d - (a + 3)) * d * d + 1
    far = ((d - 5) * d + 8) * d - 4
    return np.where(d < 1, near, np.where(d < 2, a * far, 0))


def _means(shares: np.ndarray) -> np.ndarray:
    return np.asarray(shares / shares.sum(axis=1, keepdims=True))


def matrix(how: Resizing) -> np.ndarray:
    """The share of each source element in each target element, (target, source), float64.

    >>> matrix(Resizing("linear", 2, 4, 0.5))
    array([[1.  , 0.  ],
           [0.75, 0.25],
           [0.25, 0.75],
           [0.  , 1.  ]])
    """
    i, k = np.arange(how.target), np.arange(how.source)
    if how.mode == "area":
        first, end = i * how.source // how.target, -(-(i + 1) * how.source // how.target)
        return _means(((k >= first[:, None]) & (k < end[:, None])).astype(float))
    at = i * how.step if how.align_corners else (i + 0.5) * how.step - 0.5
    if how.antialias:
        width = max(how.step, 1.0)
        return _means(_kernel(how.mode, np.abs(at[:, None] - k) / width, -0.5))
    if how.mode == "linear":
        at = np.maximum(at, 0)
    out = np.zeros((how.target, how.source))
    nearest = np.floor(at)
    for offset in (0, 1) if how.mode == "linear" else (-1, 0, 1, 2):
        columns = np.clip(nearest + offset, 0, how.source - 1).astype(int)
        np.add.at(out, (i, columns), _kernel(how.mode, np.abs(at - nearest - offset), -0.75))
    return out


BLOCK = 64  # rows that one product computes: fewer cost more calls, more cost products with zeros


@lru_cache(maxsize=64)
def _bands(how: Resizing, is_transposed: bool, dtype: np.dtype[Any]) -> list[tuple[slice, slice, np.ndarray]]:
    """Blocks of rows of the matrix: which rows, the columns that are not all zero in these, and what stands there."""
    whole = matrix(how).T if is_transposed else matrix(how)
    bands = []
    for start in range(0, len(whole), BLOCK):
        rows = slice(start, start + BLOCK)
        used = np.flatnonzero(whole[rows].any(axis=0))
        columns = slice(used[0], used[-1] + 1) if used.size else slice(0, 0)
        bands.append((rows, columns, whole[rows, columns].astype(dtype, order="C")))
    return bands


def _in_memory_order(x: np.ndarray, axis: int) -> tuple[np.ndarray, int, list[int]]:
    """x with the axes in the order in which they lie in memory, the place of ``axis`` there, and the way back."""
    order = sorted(range(x.ndim), key=lambda a: -abs(x.strides[a]))
    back = sorted(range(x.ndim), key=order.__getitem__)
    return x.transpose(order), back[axis], back


def _resample_samples(rng: np.random.Generator) -> tuple[Any, ...]:
    mode = str(rng.choice(["linear", "cubic", "area"]))
    source, target = (int(n) for n in rng.integers(1, 6, 2))
    align_corners = bool(mode != "area" and rng.random() < 0.4)
    step = (source - 1) / max(target - 1, 1) if align_corners else source / target
    antialias = bool(mode != "area" and not align_corners and rng.random() < 0.5)
    is_transposed = bool(rng.random() < 0.5)
    shape = [int(n) for n in rng.integers(0, 4, rng.integers(1, 4))]
    axis = int(rng.integers(len(shape)))
    shape[axis] = target if is_transposed else source
    return rng.normal(size=shape), axis, Resizing(mode, source, target, step, align_corners, antialias), is_transposed


@ag.primitive(view=False, samples=_resample_samples)
def resample(x: Any, axis: int, how: Resizing, is_transposed: bool = False) -> Any:
    """The product of `matrix`, or of its transpose, with x along an axis (from 0 on): (..., n, ...) -> (..., m, ...).

    Its rule is itself with the transpose.

    >>> import numpy as np
    >>> resample(np.array([0.0, 4.0]), 0, Resizing("linear", 2, 4, 0.5))
    array([0., 1., 3., 4.])
    """
    xt, at, back = _in_memory_order(x, axis)
    outer, inner = math.prod(xt.shape[:at]), math.prod(xt.shape[at + 1 :])
    blocks = xt.reshape(outer, xt.shape[at], inner)
    length = how.source if is_transposed else how.target
    out = np.empty((outer, length, inner), x.dtype)
    for rows, columns, band in _bands(how, is_transposed, x.dtype):
        if inner == 1:
            np.matmul(blocks[:, columns, 0], band.T, out=out[:, rows, 0])
        else:
            np.matmul(band, blocks[:, columns], out=out[:, rows])
    return out.reshape(*xt.shape[:at], length, *xt.shape[at + 1 :]).transpose(back)


resample.vjp(
    x=lambda g, axis, how, is_transposed: resample(g, axis, how, not is_transposed),
    axis=None,
    how=None,
    is_transposed=None,
)


# --- elements picked ------------------------------------------------------------------------------------


def _pick_samples(rng: np.random.Generator) -> tuple[Any, ...]:
    shape = tuple(int(n) for n in rng.integers(1, 4, rng.integers(1, 4)))
    axis = int(rng.integers(len(shape)))
    if rng.random() < 0.5:
        return rng.normal(size=shape), np.arange(shape[axis]).repeat(2), axis
    return rng.normal(size=shape), np.sort(rng.integers(0, shape[axis], rng.integers(1, 6))), axis


@ag.primitive(view=False, samples=_pick_samples)
def pick(x: Any, sources: Any, axis: int) -> Any:
    """The elements at ``sources``, rising indices, along an axis (from 0 on), in x's order in memory.

    >>> import numpy as np
    >>> pick(np.array([1.0, 2.0]), np.array([0, 0, 1]), 0)
    array([1., 1., 2.])
    """
    if sources[-1] >= x.shape[axis]:
        raise wrong_shape("pick", f"more than {sources[-1]} elements along axis {axis}", x)
    xt, at, back = _in_memory_order(x, axis)
    return xt.take(sources, axis=at).transpose(back)


def _put_samples(rng: np.random.Generator) -> tuple[Any, ...]:
    x, sources, axis = _pick_samples(rng)
    shape = list(x.shape)
    shape[axis] = len(sources)
    return rng.normal(size=shape), sources, axis, x.shape[axis]


@ag.primitive(view=None, samples=_put_samples)
def put(x: Any, sources: Any, axis: int, length: int) -> Any:
    """Along an axis that becomes ``length`` long, the sum of what `pick` would take from each place.

    >>> import numpy as np
    >>> put(np.array([1.0, 2.0, 3.0]), np.array([0, 0, 2]), 0, 4)
    array([3., 0., 3., 0.])
    """
    if x.shape[axis] != len(sources):
        raise wrong_shape("put", f"{len(sources)} elements along axis {axis}", x)
    xt, at, back = _in_memory_order(x, axis)
    all_before: tuple[Any, ...] = (slice(None),) * at
    starts = np.flatnonzero(np.diff(sources, prepend=-1))
    counts = np.diff(starts, append=len(sources))
    if (counts == counts[0]).all():
        sums = reduce(np.add, [xt[(*all_before, slice(i, None, counts[0]))] for i in range(counts[0])])
    else:  # the first of each run, the second where there is one, ...: four times as fast as np.add.reduceat
        sums = xt.take(starts, axis=at)
        for i in range(1, counts.max()):
            longer = np.flatnonzero(counts > i)
            sums[(*all_before, longer)] += xt.take(starts[longer] + i, axis=at)
    if len(starts) < length:
        out = np.zeros((*xt.shape[:at], length, *xt.shape[at + 1 :]), x.dtype)
        out[(*all_before, sources[starts])] = sums
        sums = out
    return sums.transpose(back)


pick.vjp(x=lambda g, sources, axis, x_shape: put(g, sources, axis, x_shape[axis]), sources=None, axis=None)
put.vjp(x=lambda g, sources, axis: pick(g, sources, axis), sources=None, axis=None, length=None)
