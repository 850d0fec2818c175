"""Repeating, padding and windows: elements that come in several places, whose gradients add up."""

from __future__ import annotations

import math
from typing import Any

import numpy as np

from autograd.composites import composite
from autograd.errors import ArgumentError
from autograd.primitives import primitive
from autograd.registry import ops
from autograd.rules.shape import ANY, Shape, draw, draw_axis
from autograd.spec import draw_shape


def _tile_samples(rng: np.random.Generator) -> tuple[Any, ...]:
    return draw(rng, most=2), tuple([int(n) for n in rng.integers(0, 3, rng.integers(1, 4))])


@primitive(numpy=np.tile, samples=_tile_samples)
def tile(x: Any, reps: Any) -> Any:
    """Copies side by side, ``reps`` along each axis: (n, m) -> (n * k, m * l) for ``(k, l)``, (n, m * k) for ``k``.

    >>> import autograd as ag
    >>> ag.tile(ag.tensor([1.0, 2.0]), 2)
    Tensor([1., 2., 1., 2.], dtype=float32)
    """
    return np.tile(x, reps)


def _tile_back(g: Any, x_shape: Shape, reps: Any) -> Any:
    reps = tuple(np.atleast_1d(reps).tolist())
    ndim = max(len(reps), len(x_shape))
    reps = (1,) * (ndim - len(reps)) + reps
    lengths = (1,) * (ndim - len(x_shape)) + x_shape
    paired = [number for pair in zip(reps, lengths, strict=True) for number in pair]
    return np.reshape(np.sum(np.reshape(g, paired), axis=tuple(range(0, 2 * ndim, 2))), x_shape)


tile.vjp(x=_tile_back, reps=None)


def _repeat_samples(rng: np.random.Generator) -> tuple[Any, ...]:
    x = draw(rng, least=1)
    axis = draw_axis(rng, x.ndim)
    if rng.random() < 0.2:
        return x, 2, None
    return x, (3 if rng.random() < 0.5 else rng.integers(0, 3, x.shape[axis])), axis


@primitive(numpy=np.repeat, samples=_repeat_samples)
def repeat(x: Any, repeats: Any, axis: int | None = None) -> Any:
    """Each element ``repeats`` times in a row along an axis, of the flattened array where that is None.

    With the axis last, (..., n) -> (..., n * repeats). ``repeats`` may be a number for each element: (..., n), (n,) ->
    (..., sum of repeats).

    >>> import autograd as ag
    >>> ag.repeat(ag.tensor([1.0, 2.0]), 2)
    Tensor([1., 1., 2., 2.], dtype=float32)
    """
    return np.repeat(x, repeats, axis)


def length_along(shape: Shape, axis: int | None) -> int:
    """How long an axis is, that of the flattened array where it is None."""
    return math.prod(shape) if axis is None else shape[axis]


def add_along(g: Any, shape: Shape, sources: Any, axis: int | None) -> Any:
    """The opposite of ``np.take(x, sources, axis)``: for each element of x the sum over where it went."""
    if axis is None:
        return np.reshape(ops.functions["add_at"](g, (sources,), (math.prod(shape),)), shape)
    return ops.functions["add_at"](g, (slice(None),) * (axis % len(shape)) + (sources,), shape)


def _repeat_back(g: Any, x_shape: Shape, repeats: Any, axis: int | None) -> Any:
    axis = axis if x_shape else None  # NumPy takes an axis of an array that has none
    sources = np.repeat(np.arange(length_along(x_shape, axis)), repeats)
    return add_along(g, x_shape, sources, axis)


repeat.vjp(x=_repeat_back, repeats=None)


def _resize_samples(rng: np.random.Generator) -> tuple[Any, ...]:
    return draw(rng), draw_shape(rng, 3)


@composite(numpy=np.resize, samples=_resize_samples, is_method=False)
def resize(x: Any, new_shape: int | Shape) -> Any:
    """The elements in C order, as often as it takes to fill a new shape; zeros if there are none.

    >>> import autograd as ag
    >>> ag.resize(ag.tensor([1.0, 2.0, 3.0]), (2, 2))
    Tensor([[1., 2.],
            [3., 1.]], dtype=float32)
    """
    elements = np.ravel(x)
    if not np.size(x):
        elements = np.pad(elements, (0, 1))
    return np.take(elements, np.resize(np.arange(np.size(elements)), new_shape))


_PAD_MODES = ("constant", "edge", "reflect", "symmetric", "wrap")


def _pad_samples(rng: np.random.Generator) -> tuple[Any, ...]:
    shape = tuple([length + 1 for length in draw_shape(rng, 3, 1)])
    widths = [tuple([int(w) for w in pair]) for pair in rng.integers(0, 3, (len(shape), 2))]
    return ANY.sample(rng, shape), widths, str(rng.choice(_PAD_MODES))


@primitive(numpy=np.pad, samples=_pad_samples)
def pad(x: Any, pad_width: Any, mode: str = "constant", constant_values: Any = 0) -> Any:
    """With margins around: ``pad_width`` is a number, a pair (before, after), or a pair for each axis.

    Parameters
    ----------
    mode: what to fill with: "constant" (``constant_values``), "edge", "reflect", "symmetric" or "wrap".

    >>> import autograd as ag
    >>> ag.pad(ag.tensor([1.0, 2.0]), (1, 2))
    Tensor([0., 1., 2., 0., 0.], dtype=float32)
    """
    if mode not in _PAD_MODES:
        raise ArgumentError(f"pad: mode {mode!r} has no derivative rule; choose one of {', '.join(_PAD_MODES)}.")
    options: Any = {"constant_values": constant_values} if mode == "constant" else {}
    return np.pad(x, pad_width, mode, **options)  # type: ignore[call-overload]


def _pad_back(g: Any, x_shape: Shape, pad_width: Any, mode: str) -> Any:
    if isinstance(pad_width, dict):
        pad_width = [pad_width.get(a, pad_width.get(a - len(x_shape), 0)) for a in range(len(x_shape))]
        pad_width = [pair if np.ndim(pair) else (pair, pair) for pair in pad_width]
    widths = np.broadcast_to(np.asarray(pad_width), (len(x_shape), 2))
    if mode == "constant":
        inner = [slice(int(before), int(before) + n) for (before, _), n in zip(widths, x_shape, strict=True)]
        return g[tuple(inner)]
    for axis, (width, length) in enumerate(zip(widths, x_shape, strict=True)):
        sources = np.pad(np.arange(length), tuple(width), mode)  # type: ignore[call-overload]
        shape = (*g.shape[:axis], length, *g.shape[axis + 1 :])
        g = ops.functions["add_at"](g, (slice(None),) * axis + (sources,), shape)
    return g


pad.vjp(x=_pad_back, pad_width=None)


# --- windows --------------------------------------------------------------------------------------------


def _window_samples(rng: np.random.Generator) -> tuple[Any, ...]:
    x = draw(rng, least=1)
    axes = [draw_axis(rng, x.ndim) for _ in range(rng.integers(1, 3))]
    if rng.random() < 0.3:
        return x, tuple([int(rng.integers(0, length + 1)) for length in x.shape]), None
    if len(axes) == 1:
        return x, int(rng.integers(0, x.shape[axes[0]] + 1)), axes[0]
    most = [(x.shape[axis] + 1) // 2 for axis in axes]  # one axis may be windowed twice
    return x, tuple([int(rng.integers(0, length + 1)) for length in most]), tuple(axes)


@primitive(numpy=np.lib.stride_tricks.sliding_window_view, view=True, samples=_window_samples)
def sliding_window_view(x: Any, window_shape: Any, axis: Any = None) -> Any:
    """All windows of a shape, as a view: each axis that they slide along is shorter, theirs come last.

    Parameters
    ----------
    window_shape: the lengths of a window along the axes ``axis``.
    axis: an int or several, which may repeat; all axes in their order, if None.

    >>> import autograd as ag
    >>> ag.sliding_window_view(ag.tensor([1.0, 2.0, 3.0, 4.0]), 3)
    Tensor([[1., 2., 3.],
            [2., 3., 4.]], dtype=float32)
    """
    return np.lib.stride_tricks.sliding_window_view(x, window_shape, axis)


def _windows_back(g: Any, x_shape: Shape, axis: Any) -> Any:
    axes = range(len(x_shape)) if axis is None else np.atleast_1d(axis).tolist()
    for slid in reversed(axes):
        g = _overlap_add(g, slid % len(x_shape))
    return g


def _overlap_add(g: Any, axis: int) -> Any:
    """Windows, whose elements lie along the last axis, added up where they stood along ``axis``.

    Row by row for each place in the window: a row is padded by the window's width and, since rows are then read on
    as if they were one element shorter, the j-th comes to lie j places further right.
    """
    rows = np.moveaxis(g, (-1, axis), (-2, -1))
    *others, width, count = rows.shape
    length = count + width - 1
    padded = np.pad(rows, [(0, 0)] * (rows.ndim - 1) + [(0, width)])
    elements = np.reshape(padded, (*others, width * (length + 1)))
    shifted = np.reshape(elements[..., : width * length], (*others, width, length))
    return np.moveaxis(np.sum(shifted, axis=-2), -1, axis)


sliding_window_view.vjp(x=_windows_back, window_shape=None)
