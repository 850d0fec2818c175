"""Reading and writing at indices: `getitem` and `add_at` are each other's derivative."""

from __future__ import annotations

import math
from typing import Any

import numpy as np

from autograd.broadcasting import sum_to
from autograd.dtypes import as_result
from autograd.primitives import primitive
from autograd.spec import Real, draw_shape

Shape = tuple[int, ...]

_ANY = Real()


def is_basic(index: Any) -> bool:
    """Whether an index selects each element at most once, by ints, slices, None and ``...`` alone."""
    items = index if isinstance(index, tuple) else (index,)
    return all(item is None or item is ... or isinstance(item, (int, np.integer, slice)) for item in items)


def draw_index(rng: np.random.Generator, shape: Shape) -> Any:
    """A random index into an array of ``shape``: basic, integer arrays (repeats included), masks, mixed."""
    if shape and rng.random() < 0.2:
        return rng.random(shape) < 0.5
    parts: list[Any] = []
    for length in shape[: rng.integers(0, len(shape) + 1)]:
        kind = rng.integers(0, 5)
        if kind == 0 and length:
            parts.append(int(rng.integers(-length, length)))
        elif kind == 1 and length:
            parts.append(rng.integers(-length, length, 2))
        elif kind == 2:
            parts.append(slice(None, None, -1))
        elif kind == 3:
            parts += [None, slice(int(rng.integers(0, length + 1)), None)]
        else:
            parts.append(slice(None))
    if rng.random() < 0.3:
        parts.append(...)
    return tuple(parts)


def _getitem_samples(rng: np.random.Generator) -> tuple[Any, ...]:
    shape = draw_shape(rng, 3)
    return _ANY.sample(rng, shape), draw_index(rng, shape)


@primitive(view=lambda kept: is_basic(kept.get("index", ())), samples=_getitem_samples)
def getitem(x: Any, index: Any) -> Any:
    """``x[index]``, with NumPy's basic, advanced and boolean indices.

    >>> import autograd as ag
    >>> ag.tensor([1.0, 2.0, 3.0])[[0, 0, 2]]
    Tensor([1., 1., 3.], dtype=float32)
    """
    return x[index]


getitem.vjp(x=lambda g, index, x_shape: add_at(g, index, x_shape), index=None)


def _add_at_samples(rng: np.random.Generator) -> tuple[Any, ...]:
    shape = draw_shape(rng, 3)
    index = draw_index(rng, shape)
    return _ANY.sample(rng, np.empty(shape)[index].shape), index, shape


@primitive(samples=_add_at_samples)
def add_at(x: Any, index: Any, shape: Shape) -> Any:
    """Zeros of ``shape`` with x added at ``index``; where an index repeats, all its values add up.

    >>> import autograd as ag
    >>> ag.add_at(ag.tensor([1.0, 2.0, 3.0]), [0, 0, 2], (4,))
    Tensor([3., 0., 3., 0.], dtype=float32)
    """
    out = np.zeros(shape, x.dtype)
    if is_basic(index):
        out[index] = x
    else:
        np.add.at(out, index, x)
    return out


add_at.vjp(x=lambda g, index: getitem(g, index), index=None, shape=None)


def _setitem_samples(rng: np.random.Generator) -> tuple[Any, ...]:
    shape = draw_shape(rng, 3)
    index = draw_index(rng, shape)
    target = np.empty(shape)[index].shape
    value_shape = target[int(rng.integers(0, len(target) + 1)) :]
    return _ANY.sample(rng, shape), index, _ANY.sample(rng, value_shape)


@primitive(samples=_setitem_samples)
def setitem(x: Any, index: Any, value: Any) -> Any:
    """A copy of x with ``copy[index] = value``: what `x[index] = value` does to a tensor in a graph.

    Where an index repeats, the last value stays, and it alone gets a gradient.

    >>> import autograd as ag
    >>> ag.setitem(ag.tensor([1.0, 2.0]), 0, 5.0)
    Tensor([5., 2.], dtype=float32)
    """
    out = np.array(x, order="K")
    out[index] = value
    return as_result(out)


def _setitem_value(g: Any, index: Any, value_shape: Shape, x_shape: Shape) -> Any:
    taken = getitem(g, index)
    if not is_basic(index):
        writer = np.empty(x_shape, np.intp)
        order = np.arange(math.prod(taken.shape)).reshape(taken.shape)
        writer[index] = order
        taken = taken * (writer[index] == order)
    added = len(value_shape) - len(taken.shape)
    return sum_to(taken, value_shape) if added <= 0 else np.reshape(sum_to(taken, value_shape[added:]), value_shape)


setitem.vjp(x=lambda g, index: setitem(g, index, 0), index=None, value=_setitem_value)


def _take_samples(rng: np.random.Generator) -> tuple[Any, ...]:
    shape = tuple([length + 1 for length in draw_shape(rng, 3, 1)])
    axis = None if rng.random() < 0.2 else int(rng.integers(-len(shape), len(shape)))
    length = math.prod(shape) if axis is None else shape[axis]
    return _ANY.sample(rng, shape), rng.integers(-length, length, draw_shape(rng, 2)), axis


@primitive(numpy=np.take, samples=_take_samples)
def take(x: Any, indices: Any, axis: int | None = None) -> Any:
    """Elements at ``indices`` along an axis, of the flattened array where that is None.

    >>> import autograd as ag
    >>> ag.take(ag.tensor([1.0, 2.0, 3.0]), [2, 0])
    Tensor([3., 1.], dtype=float32)
    """
    return np.take(x, indices, axis)


def _take_back(g: Any, x_shape: Shape, indices: Any, axis: int | None) -> Any:
    indices = np.asarray(indices)
    if axis is None:
        return np.reshape(add_at(g, (indices,), (math.prod(x_shape),)), x_shape)
    return add_at(g, (slice(None),) * (axis % len(x_shape)) + (indices,), x_shape)


take.vjp(x=_take_back, indices=None)


def _take_along_axis_samples(rng: np.random.Generator) -> tuple[Any, ...]:
    shape = tuple([length + 1 for length in draw_shape(rng, 3, 1)])
    axis = int(rng.integers(-len(shape), len(shape)))
    wanted = list(shape)
    wanted[axis] = 3
    return _ANY.sample(rng, shape), rng.integers(-shape[axis], shape[axis], wanted), axis


@primitive(numpy=np.take_along_axis, samples=_take_along_axis_samples)
def take_along_axis(x: Any, indices: Any, axis: int | None = -1) -> Any:
    """Along an axis, the elements that ``indices``, an array of as many axes as x, names place by place.

    >>> import autograd as ag
    >>> ag.take_along_axis(ag.tensor([[1.0, 2.0], [3.0, 4.0]]), [[1], [0]], axis=1)
    Tensor([[2.],
            [3.]], dtype=float32)
    """
    return np.take_along_axis(x, np.asarray(indices), axis)


def _take_along_axis_back(g: Any, x_shape: Shape, indices: Any, axis: int | None) -> Any:
    indices = np.asarray(indices)
    if axis is None:
        return np.reshape(add_at(g, (indices,), (math.prod(x_shape),)), x_shape)
    places = list(np.ix_(*(range(length) for length in indices.shape)))
    lengths = [n if i == axis % len(x_shape) else x_shape[i] for i, n in enumerate(indices.shape)]
    for i, (have, want) in enumerate(zip(lengths, x_shape, strict=True)):
        if want == 1 and have != 1 and i != axis % len(x_shape):
            places[i] = np.zeros_like(places[i])
    places[axis % len(x_shape)] = indices
    return add_at(g, tuple(places), x_shape)


take_along_axis.vjp(x=_take_along_axis_back, indices=None)
