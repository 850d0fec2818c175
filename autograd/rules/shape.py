"""Shapes: reordering axes, joining and splitting, repeating and padding. Every rule undoes the move."""

from __future__ import annotations

import math
from collections.abc import Sequence
from typing import Any

import numpy as np

from autograd.broadcasting import sum_to
from autograd.dtypes import as_result
from autograd.errors import ArgumentError
from autograd.primitives import primitive
from autograd.registry import ops
from autograd.spec import Axis, Choice, Real, draw_shape

Shape = tuple[int, ...]

_ANY = Real()


def _draw(rng: np.random.Generator, least: int = 0, most: int = 3) -> np.ndarray:
    return _ANY.sample(rng, draw_shape(rng, most, least))


def _draw_axis(rng: np.random.Generator, ndim: int) -> int:
    return int(rng.integers(-ndim, ndim))


# --- copies and dtypes ----------------------------------------------------------------------------------


@primitive(numpy=np.copy, domain=_ANY)
def copy(x: Any) -> Any:
    """The same values in memory of their own: (...) -> (...).

    >>> import autograd as ag
    >>> ag.copy(ag.tensor([1.0]))
    Tensor([1.], dtype=float32)
    """
    return as_result(np.array(x, order="K"))


copy.vjp(x=lambda g: g)


@primitive(numpy=np.astype, domain=_ANY, arguments={"dtype": Choice(np.dtype(np.float64))})
def astype(x: Any, dtype: Any, copy: bool = True) -> Any:
    """The values converted to ``dtype``: (...) -> (...). To an integer or boolean dtype, nothing is recorded.

    >>> import autograd as ag
    >>> ag.tensor([1.5]).astype("float64").dtype
    dtype('float64')
    """
    return as_result(np.asarray(x).astype(dtype, copy=copy))


astype.vjp(x=lambda g: g, dtype=None)


# --- the same elements in another arrangement -----------------------------------------------------------


def _reshape_samples(rng: np.random.Generator) -> tuple[Any, ...]:
    x = _draw(rng)
    shape = list(rng.permutation(x.shape))
    if x.size and rng.random() < 0.5:
        shape = [-1, *shape[:1]]
    return x, tuple([int(length) for length in shape])


@primitive(numpy=np.reshape, view=True, samples=_reshape_samples)
def reshape(x: Any, shape: Any) -> Any:
    """The same elements in another shape, in C order; one length may be -1, which is what remains.

    >>> import autograd as ag
    >>> ag.reshape(ag.ones(2, 3), (3, -1)).shape
    (3, 2)
    """
    return np.reshape(x, shape)


reshape.vjp(x=lambda g, x_shape: np.reshape(g, x_shape), shape=None)


def _transpose_samples(rng: np.random.Generator) -> tuple[Any, ...]:
    x = _draw(rng)
    axes = rng.permutation(x.ndim) - x.ndim * rng.integers(0, 2)
    return x, None if rng.random() < 0.3 else tuple([int(a) for a in axes])


@primitive(numpy=np.transpose, view=True, samples=_transpose_samples)
def transpose(x: Any, axes: Any = None) -> Any:
    """The axes in the order ``axes``, or reversed.

    >>> import autograd as ag
    >>> ag.transpose(ag.ones(2, 3, 4), (0, 2, 1)).shape
    (2, 4, 3)
    """
    return np.transpose(x, axes)


def _transpose_back(g: Any, axes: Any, x_shape: Shape) -> Any:
    if axes is None:
        return np.transpose(g)
    back = np.argsort([a % len(x_shape) for a in axes])
    return np.transpose(g, tuple([int(a) for a in back]))


transpose.vjp(x=_transpose_back)


def _two_axes(rng: np.random.Generator) -> tuple[Any, ...]:
    x = _draw(rng, least=1)
    return x, _draw_axis(rng, x.ndim), _draw_axis(rng, x.ndim)


@primitive(numpy=np.swapaxes, view=True, samples=_two_axes)
def swapaxes(x: Any, axis1: int, axis2: int) -> Any:
    """Two axes exchanged.

    >>> import autograd as ag
    >>> ag.swapaxes(ag.ones(2, 3, 4), 0, 2).shape
    (4, 3, 2)
    """
    return np.swapaxes(x, axis1, axis2)


swapaxes.vjp(x=lambda g, axis1, axis2: np.swapaxes(g, axis1, axis2), axis1=None, axis2=None)


@primitive(numpy=np.moveaxis, view=True, samples=_two_axes)
def moveaxis(x: Any, source: Any, destination: Any) -> Any:
    """Axes moved to other places, the rest in their order.

    >>> import autograd as ag
    >>> ag.moveaxis(ag.ones(2, 3, 4), 0, -1).shape
    (3, 4, 2)
    """
    return np.moveaxis(x, source, destination)


moveaxis.vjp(x=lambda g, source, destination: np.moveaxis(g, destination, source), source=None, destination=None)


def _squeeze_samples(rng: np.random.Generator) -> tuple[Any, ...]:
    shape = draw_shape(rng, 2)
    place = int(rng.integers(0, len(shape) + 1))
    x = _ANY.sample(rng, (*shape[:place], 1, *shape[place:]))
    return x, None if rng.random() < 0.3 else place


@primitive(numpy=np.squeeze, view=True, samples=_squeeze_samples)
def squeeze(x: Any, axis: Any = None) -> Any:
    """Without the axes of length 1, or without those of them that ``axis`` names.

    >>> import autograd as ag
    >>> ag.squeeze(ag.ones(1, 3)).shape
    (3,)
    """
    return np.squeeze(x, axis)


squeeze.vjp(x=lambda g, x_shape: np.reshape(g, x_shape))


def _expand_samples(rng: np.random.Generator) -> tuple[Any, ...]:
    x = _draw(rng)
    return x, _draw_axis(rng, x.ndim + 1)


@primitive(numpy=np.expand_dims, view=True, samples=_expand_samples)
def expand_dims(x: Any, axis: Any) -> Any:
    """With a new axis of length 1 at ``axis`` of the result, or several.

    >>> import autograd as ag
    >>> ag.expand_dims(ag.ones(3), 0).shape
    (1, 3)
    """
    return np.expand_dims(x, axis)


expand_dims.vjp(x=lambda g, x_shape: np.reshape(g, x_shape), axis=None)


def _broadcast_samples(rng: np.random.Generator) -> tuple[Any, ...]:
    shape = draw_shape(rng, 3)
    kept = tuple([1 if rng.random() < 0.4 else length for length in shape[int(rng.integers(0, len(shape) + 1)) :]])
    return _ANY.sample(rng, kept), shape


@primitive(numpy=np.broadcast_to, view=True, samples=_broadcast_samples)
def broadcast_to(x: Any, shape: Any) -> Any:
    """Repeated along new axes and those of length 1, as broadcasting does, without copying.

    >>> import autograd as ag
    >>> ag.broadcast_to(ag.ones(3), (2, 3)).shape
    (2, 3)
    """
    return np.broadcast_to(x, shape)


broadcast_to.vjp(x=lambda g, x_shape: sum_to(g, x_shape), shape=None)


@primitive(numpy=np.flip, view=True, domain=_ANY, arguments={"axis": Axis(many=True)})
def flip(x: Any, axis: Any = None) -> Any:
    """The order along axes reversed; along all, if None.

    >>> import autograd as ag
    >>> ag.flip(ag.tensor([1.0, 2.0]))
    Tensor([2., 1.], dtype=float32)
    """
    return np.flip(x, axis)


flip.vjp(x=lambda g, axis: np.flip(g, axis))


@primitive(numpy=np.roll, domain=_ANY, arguments={"shift": Choice(-2, 0, 1, 5), "axis": Axis()})
def roll(x: Any, shift: Any, axis: Any = None) -> Any:
    """Elements moved on by ``shift`` places along an axis, those that fall off coming in again at the front.

    >>> import autograd as ag
    >>> ag.roll(ag.tensor([1.0, 2.0, 3.0]), 1)
    Tensor([3., 1., 2.], dtype=float32)
    """
    return np.roll(x, shift, axis)


def _opposite(shift: Any) -> Any:
    return tuple([-s for s in shift]) if isinstance(shift, (tuple, list)) else -shift


roll.vjp(x=lambda g, shift, axis: np.roll(g, _opposite(shift), axis), shift=None)


# --- joining and splitting ------------------------------------------------------------------------------


def _concatenate_samples(rng: np.random.Generator) -> tuple[Any, ...]:
    shape = list(draw_shape(rng, 3, 1))
    axis = _draw_axis(rng, len(shape))
    parts = []
    for length in rng.integers(0, 4, rng.integers(1, 4)):
        shape[axis] = int(length)
        parts.append(_ANY.sample(rng, tuple(shape)))
    return parts, None if rng.random() < 0.1 else axis


@primitive(numpy=np.concatenate, sequences=("arrays",), samples=_concatenate_samples)
def concatenate(arrays: Sequence[Any], axis: int | None = 0) -> Any:
    """Arrays joined along an existing axis; flattened first, if that is None.

    >>> import autograd as ag
    >>> ag.concatenate([ag.ones(2), ag.zeros(1)])
    Tensor([1., 1., 0.], dtype=float32)
    """
    return np.concatenate(arrays, axis)


def _concatenate_parts(g: Any, arrays_shape: tuple[Shape, ...], axis: int | None) -> list[Any]:
    lengths = [math.prod(shape) if axis is None else shape[axis] for shape in arrays_shape]
    ends = np.cumsum(lengths)
    before = (slice(None),) * ((axis or 0) % len(arrays_shape[0]) if arrays_shape[0] else 0)
    slices = [(*before, slice(int(end) - length, int(end))) for end, length in zip(ends, lengths, strict=True)]
    return [np.reshape(g[part], shape) for part, shape in zip(slices, arrays_shape, strict=True)]


concatenate.vjp(arrays=_concatenate_parts)


def _stack_samples(rng: np.random.Generator) -> tuple[Any, ...]:
    shape = draw_shape(rng, 2)
    return [_ANY.sample(rng, shape) for _ in range(rng.integers(1, 4))], _draw_axis(rng, len(shape) + 1)


@primitive(numpy=np.stack, sequences=("arrays",), samples=_stack_samples)
def stack(arrays: Sequence[Any], axis: int = 0) -> Any:
    """Arrays of one shape joined along a new axis.

    >>> import autograd as ag
    >>> ag.stack([ag.ones(2), ag.zeros(2)]).shape
    (2, 2)
    """
    return np.stack(arrays, axis)


def _stack_parts(g: Any, arrays_shape: tuple[Shape, ...], axis: int) -> list[Any]:
    before = (slice(None),) * (axis % len(g.shape))
    return [g[(*before, i)] for i in range(len(arrays_shape))]


stack.vjp(arrays=_stack_parts)


def _split_samples(rng: np.random.Generator) -> tuple[Any, ...]:
    x = _draw(rng, least=1)
    axis = _draw_axis(rng, x.ndim)
    ends = sorted(int(end) for end in rng.integers(0, x.shape[axis] + 1, 2))
    return x, 1 if rng.random() < 0.3 else ends, axis


@primitive(numpy=np.split, view=True, samples=_split_samples)
def split(x: Any, indices_or_sections: Any, axis: int = 0) -> list[Any]:
    """Parts along an axis: a number of equal ones, or those that end at the given indices.

    >>> import autograd as ag
    >>> [part.shape for part in ag.split(ag.ones(5), [2, 3])]
    [(2,), (1,), (2,)]
    """
    return np.split(x, indices_or_sections, axis)


def _split_back(g: tuple[Any, ...], x_shape: Shape, indices_or_sections: Any, axis: int) -> Any:
    sources = np.split(np.arange(x_shape[axis]), indices_or_sections)
    place = axis % len(x_shape)
    before = (slice(None),) * place
    if sum(map(len, sources)) != x_shape[axis]:  # indices that do not rise give parts that overlap
        pairs = [(part, (*before, source)) for part, source in zip(g, sources, strict=True) if part is not None]
        return sum(ops.functions["add_at"](part, index, x_shape) for part, index in pairs)
    dtype = next(part.dtype for part in g if part is not None)
    parts = []
    for part, source in zip(g, sources, strict=True):
        if part is None:
            part = np.zeros((*x_shape[:place], len(source), *x_shape[place + 1 :]), dtype)
        parts.append(part)
    return np.concatenate(parts, axis)


split.vjp(x=_split_back, indices_or_sections=None)


# --- repeating and padding ------------------------------------------------------------------------------


def _tile_samples(rng: np.random.Generator) -> tuple[Any, ...]:
    return _draw(rng, most=2), tuple([int(n) for n in rng.integers(0, 3, rng.integers(1, 4))])


@primitive(numpy=np.tile, samples=_tile_samples)
def tile(x: Any, reps: Any) -> Any:
    """Copies side by side, ``reps`` along each axis.

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
    x = _draw(rng, least=1)
    axis = _draw_axis(rng, x.ndim)
    if rng.random() < 0.2:
        return x, 2, None
    return x, (3 if rng.random() < 0.5 else rng.integers(0, 3, x.shape[axis])), axis


@primitive(numpy=np.repeat, samples=_repeat_samples)
def repeat(x: Any, repeats: Any, axis: int | None = None) -> Any:
    """Each element ``repeats`` times in a row along an axis, of the flattened array where that is None.

    >>> import autograd as ag
    >>> ag.repeat(ag.tensor([1.0, 2.0]), 2)
    Tensor([1., 1., 2., 2.], dtype=float32)
    """
    return np.repeat(x, repeats, axis)


def _repeat_back(g: Any, x_shape: Shape, repeats: Any, axis: int | None) -> Any:
    shape = (math.prod(x_shape),) if axis is None else x_shape
    place = (axis or 0) % len(shape)
    sources = np.repeat(np.arange(shape[place]), repeats)
    return np.reshape(ops.functions["add_at"](g, (slice(None),) * place + (sources,), shape), x_shape)


repeat.vjp(x=_repeat_back, repeats=None)


_PAD_MODES = ("constant", "edge", "reflect", "symmetric", "wrap")


def _pad_samples(rng: np.random.Generator) -> tuple[Any, ...]:
    shape = tuple([length + 1 for length in draw_shape(rng, 3, 1)])
    widths = [tuple([int(w) for w in pair]) for pair in rng.integers(0, 3, (len(shape), 2))]
    return _ANY.sample(rng, shape), widths, str(rng.choice(_PAD_MODES))


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
