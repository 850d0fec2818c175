"""Joining and splitting: arrays side by side and apart again, elements put in and left out."""

from __future__ import annotations

import math
from collections.abc import Sequence
from typing import Any

import numpy as np

from autograd.composites import composite
from autograd.errors import ArgumentError, DtypeError, operation_failed
from autograd.primitives import primitive
from autograd.registry import ops
from autograd.rules.repeating import add_along, length_along
from autograd.rules.shape import ANY, Shape, alike, check_ndim, draw, draw_axis
from autograd.spec import Axis, draw_shape
from autograd.values import value_of, values_in

# --- joining --------------------------------------------------------------------------------------------


def _concatenate_samples(rng: np.random.Generator) -> tuple[Any, ...]:
    shape = list(draw_shape(rng, 3, 1))
    axis = draw_axis(rng, len(shape))
    parts = []
    for length in rng.integers(0, 4, rng.integers(1, 4)):
        shape[axis] = int(length)
        parts.append(ANY.sample(rng, tuple(shape)))
    return parts, None if rng.random() < 0.1 else axis


@primitive(numpy=np.concatenate, sequences=("arrays",), samples=_concatenate_samples)
def concatenate(arrays: Sequence[Any], axis: int | None = 0, *, dtype: Any = None) -> Any:
    """Arrays joined along an existing axis; flattened first, if that is None.

    With the axis last, (..., n), (..., m), ... -> (..., n + m + ...); with None, (...), (...), ... -> (n + m + ...,).

    >>> import autograd as ag
    >>> ag.concatenate([ag.ones(2), ag.zeros(1)])
    Tensor([1., 1., 0.], dtype=float32)
    """
    return np.concatenate(arrays, axis, dtype=dtype)


def _concatenate_parts(g: Any, arrays_shape: tuple[Shape, ...], axis: int | None) -> list[Any]:
    lengths = [math.prod(shape) if axis is None else shape[axis] for shape in arrays_shape]
    ends = np.cumsum(lengths)
    before = (slice(None),) * ((axis or 0) % len(arrays_shape[0]) if arrays_shape[0] else 0)
    slices = [(*before, slice(int(end) - length, int(end))) for end, length in zip(ends, lengths, strict=True)]
    return [np.reshape(g[part], shape) for part, shape in zip(slices, arrays_shape, strict=True)]


concatenate.vjp(arrays=_concatenate_parts)


def _stack_samples(rng: np.random.Generator) -> tuple[Any, ...]:
    shape = draw_shape(rng, 2)
    return [ANY.sample(rng, shape) for _ in range(rng.integers(1, 4))], draw_axis(rng, len(shape) + 1)


@primitive(numpy=np.stack, sequences=("arrays",), samples=_stack_samples)
def stack(arrays: Sequence[Any], axis: int = 0, *, dtype: Any = None) -> Any:
    """Arrays of one shape joined along a new axis.

    >>> import autograd as ag
    >>> ag.stack([ag.ones(2), ag.zeros(2)]).shape
    (2, 2)
    """
    return np.stack(arrays, axis, dtype=dtype)


def _stack_parts(g: Any, arrays_shape: tuple[Shape, ...], axis: int) -> list[Any]:
    before = (slice(None),) * (axis % len(g.shape))
    return [g[(*before, i)] for i in range(len(arrays_shape))]


stack.vjp(arrays=_stack_parts)


def _pieces_samples(axis: int) -> Any:
    """Samples of a list of arrays that differ in length along an axis; without that axis, all are alike."""

    def samples(rng: np.random.Generator) -> tuple[Any, ...]:
        shape = list(draw_shape(rng, 3))
        pieces = []
        for length in rng.integers(0, 4, rng.integers(1, 4)):
            if -len(shape) <= axis < len(shape):
                shape[axis] = int(length)
            pieces.append(ANY.sample(rng, tuple(shape)))
        return (pieces,)

    return samples


@composite(numpy=np.vstack, sequences=("arrays",), samples=_pieces_samples(0))
def vstack(arrays: Sequence[Any], *, dtype: Any = None) -> Any:
    """Arrays below each other, along the first axis; those of fewer than two axes are rows.

    (n, k, ...), (m, k, ...), ... -> (n + m + ..., k, ...), and of vectors (k,), (k,), ... -> (count, k).

    >>> import autograd as ag
    >>> ag.vstack([ag.ones(2), ag.zeros(1, 2)])
    Tensor([[1., 1.],
            [0., 0.]], dtype=float32)
    """
    return np.concatenate(_some("vstack", [np.atleast_2d(x) for x in arrays]), dtype=dtype)


@composite(numpy=np.hstack, sequences=("arrays",), samples=_pieces_samples(1))
def hstack(arrays: Sequence[Any], *, dtype: Any = None) -> Any:
    """Arrays beside each other: along the second axis, the first where they have only one; numbers are arrays of one.

    (n, m, ...), (n, k, ...), ... -> (n, m + k + ..., ...), and of vectors (n,), (m,), ... -> (n + m + ...,).

    >>> import autograd as ag
    >>> ag.hstack([ag.ones(2, 1), ag.zeros(2, 2)])
    Tensor([[1., 0., 0.],
            [1., 0., 0.]], dtype=float32)
    """
    pieces = _some("hstack", [np.atleast_1d(x) for x in arrays])
    return np.concatenate(pieces, 0 if np.ndim(pieces[0]) == 1 else 1, dtype=dtype)


@composite(numpy=np.dstack, sequences=("arrays",), samples=_pieces_samples(2))
def dstack(arrays: Sequence[Any]) -> Any:
    """Arrays behind each other, along the third axis; those of fewer than three take new ones as `atleast_3d` does.

    >>> import autograd as ag
    >>> ag.dstack([ag.ones(2), ag.zeros(2)]).shape
    (1, 2, 2)
    """
    return np.concatenate(_some("dstack", [np.atleast_3d(x) for x in arrays]), 2)


@composite(numpy=np.column_stack, sequences=("arrays",), samples=_pieces_samples(1))
def column_stack(arrays: Sequence[Any]) -> Any:
    """Arrays beside each other, along the second axis; those of fewer than two axes are columns.

    (n,), (n, m), ... -> (n, 1 + m + ...).

    >>> import autograd as ag
    >>> ag.column_stack([ag.ones(2), ag.zeros(2)])
    Tensor([[1., 0.],
            [1., 0.]], dtype=float32)
    """
    columns = [x if np.ndim(x) > 1 else np.transpose(np.atleast_2d(x)) for x in arrays]
    return np.concatenate(_some("column_stack", columns), 1)


def _some(name: str, arrays: list[Any]) -> list[Any]:
    """The arrays, of which there has to be one."""
    if not arrays:
        raise ArgumentError(f"{name}: there are no arrays; want one at least.")
    return arrays


@composite(numpy=np.block, sequences=("arrays",), samples=_pieces_samples(-1))
def block(arrays: Any) -> Any:
    """An array of blocks in nested lists: innermost lists join along the last axis, those around along the one before.

    ``[[a, b], [c, d]]`` of shapes (n, m), (n, k), (l, m), (l, k) is (n + l, m + k). Blocks of fewer axes than others,
    or than lists are deep, take new ones in front. Raises ArgumentError for tuples, empty lists, lists of unequal
    depth, and blocks that do not fit.

    >>> import autograd as ag
    >>> ag.block([[ag.ones(1, 1), ag.zeros(1, 2)], [ag.zeros(2, 1), ag.ones(2, 2)]])
    Tensor([[1., 0., 0.],
            [0., 1., 1.],
            [0., 1., 1.]], dtype=float32)
    """
    if not isinstance(arrays, list):
        return np.copy(arrays)
    depth = _depth(arrays)
    return _joined(arrays, -depth, max(depth, _most_axes(arrays)))


def _depth(arrays: Any) -> int:
    """How deep lists are nested."""
    if isinstance(arrays, tuple):
        raise ArgumentError("block: blocks come in lists, not in tuples.")
    if not isinstance(arrays, list):
        return 0
    depths = {_depth(part) for part in arrays}
    if len(depths) != 1:
        facts = f"lists of depths {sorted(depths)} stand side by side" if depths else "a list is empty"
        raise ArgumentError(f"block: {facts}; want each block in as many lists as the others.")
    return 1 + depths.pop()


def _most_axes(arrays: Any) -> int:
    """The largest number of axes of a block."""
    return max(map(_most_axes, arrays)) if isinstance(arrays, list) else np.ndim(arrays)


def _joined(arrays: Any, axis: int, ndim: int) -> Any:
    """Nested lists joined, the outermost along ``axis``; each block with ``ndim`` axes."""
    if isinstance(arrays, list):
        return np.concatenate([_joined(part, axis + 1, ndim) for part in arrays], axis)
    return np.reshape(arrays, (1,) * (ndim - np.ndim(arrays)) + np.shape(arrays))


def _grid_samples(rng: np.random.Generator) -> tuple[Any, ...]:
    return tuple([draw(rng, most=1) for _ in range(rng.integers(1, 4))])


@composite(numpy=np.meshgrid, samples=_grid_samples)
def meshgrid(*arrays: Any, copy: bool = True, sparse: bool = False, indexing: str = "xy") -> tuple[Any, ...]:
    """Coordinates of a grid: for each vector an array that holds it along an axis of its own.

    (n,), (m,) -> (m, n), (m, n); of ``indexing="ij"`` (n, m), (n, m).

    Parameters
    ----------
    copy: False for results that share memory.
    sparse: True for results of length 1 along the others' axes, which broadcast to the grid.
    indexing: "ij" for axes in the order of the vectors, "xy" for the first two exchanged.

    >>> import autograd as ag
    >>> [x.shape for x in ag.meshgrid(ag.ones(2), ag.ones(3))]
    [(3, 2), (3, 2)]
    """
    if indexing not in ("xy", "ij"):
        raise ArgumentError(f"meshgrid: indexing={indexing!r}; choose 'xy' or 'ij'.")
    axes = list(range(len(arrays)))
    if indexing == "xy":
        axes[:2] = reversed(axes[:2])
    grids: Sequence[Any] = [
        np.reshape(x, [-1 if place == axis else 1 for place in range(len(arrays))])
        for axis, x in zip(axes, arrays, strict=True)
    ]
    if not sparse:
        grids = np.broadcast_arrays(*grids)
    return alike([np.copy(grid) for grid in grids] if copy else grids, arrays)


# --- splitting ------------------------------------------------------------------------------------------


def _split_samples(rng: np.random.Generator) -> tuple[Any, ...]:
    x = draw(rng, least=1)
    axis = draw_axis(rng, x.ndim)
    ends = sorted(int(end) for end in rng.integers(0, x.shape[axis] + 1, 2))
    return x, 1 if rng.random() < 0.3 else ends, axis


@primitive(numpy=np.split, view=True, samples=_split_samples)
def split(x: Any, indices_or_sections: Any, axis: int = 0) -> list[Any]:
    """Parts along an axis: a number of equal ones, or those that end at the given indices.

    With the axis last, (..., n) -> a list of (..., length).

    >>> import autograd as ag
    >>> [part.shape for part in ag.split(ag.ones(5), [2, 3])]
    [(2,), (1,), (2,)]
    """
    return np.split(x, indices_or_sections, axis)


def _array_split_samples(rng: np.random.Generator) -> tuple[Any, ...]:
    x, ends, axis = _split_samples(rng)
    return x, int(rng.integers(1, 5)) if ends == 1 else ends, axis


@primitive(numpy=np.array_split, view=True, samples=_array_split_samples)
def array_split(x: Any, indices_or_sections: Any, axis: int = 0) -> list[Any]:
    """Parts along an axis, as `split` makes them, of which a number of parts may be unequal: longer ones come first.

    With the axis last, (..., n) -> a list of (..., length).

    >>> import autograd as ag
    >>> [part.shape for part in ag.array_split(ag.ones(5), 2)]
    [(3,), (2,)]
    """
    return np.array_split(x, indices_or_sections, axis)


def _split_back(g: tuple[Any, ...], x_shape: Shape, indices_or_sections: Any, axis: int) -> Any:
    sources = np.array_split(np.arange(x_shape[axis]), indices_or_sections)
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
array_split.vjp(x=_split_back, indices_or_sections=None)


def _split_along_samples(axis: int) -> Any:
    def samples(rng: np.random.Generator) -> tuple[Any, ...]:
        x = draw(rng, least=axis + 1)
        return x, [1] if rng.random() < 0.7 else 1

    return samples


@composite(numpy=np.vsplit, samples=_split_along_samples(1))
def vsplit(x: Any, indices_or_sections: Any) -> list[Any]:
    """Parts below each other: `split` along the first axis of at least two.

    (n, m, ...) -> a list of (length, m, ...).

    >>> import autograd as ag
    >>> [part.shape for part in ag.vsplit(ag.ones(4, 3), 2)]
    [(2, 3), (2, 3)]
    """
    check_ndim("vsplit", x, 2)
    return list(np.split(x, indices_or_sections))


@composite(numpy=np.hsplit, samples=_split_along_samples(0))
def hsplit(x: Any, indices_or_sections: Any) -> list[Any]:
    """Parts beside each other: `split` along the second axis, the first where there is only one.

    (n, m, ...) -> a list of (n, length, ...), and (n,) -> of (length,).

    >>> import autograd as ag
    >>> [part.shape for part in ag.hsplit(ag.ones(2, 3), [1])]
    [(2, 1), (2, 2)]
    """
    check_ndim("hsplit", x, 1)
    return list(np.split(x, indices_or_sections, 0 if np.ndim(x) == 1 else 1))


@composite(numpy=np.dsplit, samples=_split_along_samples(2))
def dsplit(x: Any, indices_or_sections: Any) -> list[Any]:
    """Parts behind each other: `split` along the third axis.

    (n, m, k, ...) -> a list of (n, m, length, ...).

    >>> import autograd as ag
    >>> [part.shape for part in ag.dsplit(ag.ones(2, 1, 3), [1])]
    [(2, 1, 1), (2, 1, 2)]
    """
    check_ndim("dsplit", x, 3)
    return list(np.split(x, indices_or_sections, 2))


@primitive(also=("unstack",), view=True, domain=ANY, arguments={"axis": Axis(none=False)})
def unstack(x: Any, *, axis: int = 0) -> tuple[Any, ...]:
    """The slices along an axis, which they lose: the opposite of `stack`.

    >>> import autograd as ag
    >>> ag.unstack(ag.tensor([[1.0, 2.0], [3.0, 4.0]]), axis=1)
    (Tensor([1., 3.], dtype=float32), Tensor([2., 4.], dtype=float32))
    """
    return tuple(np.moveaxis(x, axis, 0))


def _unstack_back(g: tuple[Any, ...], axis: int) -> Any:
    used = next(part for part in g if part is not None)
    return np.stack([np.zeros_like(used) if part is None else part for part in g], axis)


unstack.vjp(x=_unstack_back)


# --- elements put in and left out -----------------------------------------------------------------------


def _append_samples(rng: np.random.Generator) -> tuple[Any, ...]:
    if rng.random() < 0.3:
        return draw(rng), draw(rng), None
    (arr, *others), axis = _concatenate_samples(rng)
    return arr, others[0] if others else arr + 1, axis


@composite(numpy=np.append, samples=_append_samples)
def append(arr: Any, values: Any, axis: int | None = None) -> Any:
    """``arr`` with ``values`` behind it along an axis; both flattened first, where that is None.

    With the axis last, (..., n), (..., m) -> (..., n + m); with None, (...), (...) -> (n + m,).

    >>> import autograd as ag
    >>> ag.append(ag.tensor([1.0, 2.0]), ag.tensor(3.0))
    Tensor([1., 2., 3.], dtype=float32)
    """
    return np.concatenate((arr, values), axis)


def _insert_samples(rng: np.random.Generator) -> tuple[Any, ...]:
    arr = draw(rng, least=1)
    axis = None if rng.random() < 0.3 else draw_axis(rng, arr.ndim)
    length = arr.size if axis is None else arr.shape[axis]
    places = rng.integers(-length, length + 1, rng.integers(1, 4))
    obj = int(places[0]) if rng.random() < 0.3 else places
    rows = () if axis is None or rng.random() < 0.5 else arr.shape[axis % arr.ndim + 1 :]
    return arr, obj, ANY.sample(rng, rows), axis


@composite(numpy=np.insert, samples=_insert_samples)
def insert(arr: Any, obj: Any, values: Any, axis: int | None = None) -> Any:
    """``arr`` with ``values`` put in before the places ``obj`` of an axis, of the flattened array where that is None.

    With the axis last, (..., n) -> (..., n + k), with k places more.

    Parameters
    ----------
    obj: an index, several, a slice or a mask; they count places in ``arr`` as it is.
    values: broadcast against the places, and take the dtype of ``arr``.

    Raises IndexError for a place beyond the end, NumPy's AxisError for an axis that is not there, ArgumentError for
    values that do not fit, DtypeError where a gradient would be lost in an integer array.

    >>> import autograd as ag
    >>> ag.insert(ag.tensor([1.0, 2.0]), 1, ag.tensor(5.0))
    Tensor([1., 5., 2.], dtype=float32)
    """
    dtype = np.asarray(value_of(arr)).dtype
    if dtype.kind != "f" and getattr(values, "requires_grad", False):
        raise DtypeError(f"insert: the gradient of values would be lost in a {dtype} array; make it a float first.")
    obj = values_in(obj)
    old = np.arange(np.size(arr)).reshape(np.shape(arr))
    new = np.arange(np.size(values)).reshape(np.shape(values)) + np.size(arr)
    try:
        sources = np.insert(old, obj, new, axis)
    except (TypeError, ValueError, IndexError) as error:
        facts = {"arr": arr, "obj": obj, "values": values, "axis": axis}
        raise operation_failed("insert", facts, error) from error
    return np.take(np.append(arr, ops.functions["astype"](values, dtype)), sources)


def _delete_samples(rng: np.random.Generator) -> tuple[Any, ...]:
    arr = ANY.sample(rng, tuple([length + 1 for length in draw_shape(rng, 3, 1)]))
    axis = None if rng.random() < 0.3 else draw_axis(rng, arr.ndim)
    length = arr.size if axis is None else arr.shape[axis]
    places = rng.integers(-length, length, rng.integers(0, 3))
    return arr, int(places[0]) if len(places) == 1 else places, axis


@primitive(numpy=np.delete, samples=_delete_samples)
def delete(arr: Any, obj: Any, axis: int | None = None) -> Any:
    """``arr`` without the places ``obj`` of an axis, of the flattened array where that is None.

    With the axis last, (..., n) -> (..., n - k), without k places. ``obj`` is an index, several, a slice or a mask.
    Raises IndexError for a place that is not there, NumPy's AxisError for an axis that is not.

    >>> import autograd as ag
    >>> ag.delete(ag.tensor([1.0, 2.0, 3.0]), 1)
    Tensor([1., 3.], dtype=float32)
    """
    return np.delete(arr, obj, axis)


def _delete_back(g: Any, arr_shape: Shape, obj: Any, axis: int | None) -> Any:
    kept = np.delete(np.arange(length_along(arr_shape, axis)), obj)
    return add_along(g, arr_shape, kept, axis)


delete.vjp(arr=_delete_back, obj=None)
