"""Reading and writing at indices: `getitem` and `add_at` are each other's derivative."""

from __future__ import annotations

import math
from collections.abc import Callable
from typing import Any

import numpy as np

from autograd.broadcasting import sum_to
from autograd.composites import composite
from autograd.dtypes import as_result
from autograd.errors import ArgumentError, DetachError, DtypeError, describe, operation_failed
from autograd.modes import is_grad_enabled
from autograd.nodes import mark_written
from autograd.primitives import primitive
from autograd.registry import ops
from autograd.spec import Real, draw_shape
from autograd.tensors import Tensor, stacked
from autograd.values import is_basic, value_of, values_in, write_at

Shape = tuple[int, ...]

_ANY = Real()


def _selects_once(index: Any) -> bool:
    """Whether an index can select no element twice: it is basic but for one mask at most."""
    others = [item for item in (index if isinstance(index, tuple) else (index,)) if not is_basic((item,))]
    return not others or (len(others) == 1 and getattr(others[0], "dtype", None) == np.bool_)


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


@primitive(view=None, samples=_getitem_samples)
def getitem(x: Any, index: Any) -> Any:
    """``x[index]``, with NumPy's basic, advanced and boolean indices: (n, m) -> (k, m) for an index of (k,).

    Raises IndexError for an index that is out of range or of another kind.

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

    What ``numpy.add.at`` makes of zeros: (...) -> ``shape``. Raises IndexError for an index that is out of range or of
    another kind, ArgumentError for an x that does not fit, DtypeError for a shape that is none.

    >>> import autograd as ag
    >>> ag.add_at(ag.tensor([1.0, 2.0, 3.0]), [0, 0, 2], (4,))
    Tensor([3., 0., 3., 0.], dtype=float32)
    """
    out = np.zeros(shape, x.dtype)
    if _selects_once(index):
        out[index] = x
    elif out.ndim > 1 and 8 * x.size > out.size:  # on flat arrays np.add.at is six times as fast
        places = np.arange(out.size).reshape(shape)[index]
        np.add.at(out.reshape(-1), places.reshape(-1), np.broadcast_to(x, places.shape).reshape(-1))
    else:
        np.add.at(out, index, x)
    return out


add_at.vjp(x=lambda g, index, x_shape: sum_to(getitem(g, index), x_shape), index=None, shape=None)


def _setitem_samples(rng: np.random.Generator) -> tuple[Any, ...]:
    shape = draw_shape(rng, 3)
    index = draw_index(rng, shape)
    target = np.empty(shape)[index].shape
    value_shape = target[int(rng.integers(0, len(target) + 1)) :]
    return _ANY.sample(rng, shape), index, _ANY.sample(rng, value_shape)


@primitive(samples=_setitem_samples)
def setitem(x: Any, index: Any, value: Any) -> Any:
    """A copy of x with ``copy[index] = value``: what `x[index] = value` does to a tensor in a graph.

    (...), and a value that broadcasts to ``x[index]``, -> (...). Where an index repeats, the last value (in C order)
    stays, and it alone gets a gradient. Raises IndexError for an index that is out of range or of another kind,
    ShapeError or ArgumentError for a value that does not fit, DtypeError for floats that are to be written among
    integers, where their gradient would be lost.

    >>> import autograd as ag
    >>> ag.setitem(ag.tensor([1.0, 2.0]), 0, 5.0)
    Tensor([5., 2.], dtype=float32)
    """
    out = np.array(x, order="K")
    if out.dtype.kind in "iub" and np.result_type(value).kind == "f":
        raise DtypeError(
            f"setitem: x holds {out.dtype}, the value is {describe(value)}: its fraction and its gradient would be "
            "lost. Write into x.astype(float), or round the value before."
        )
    write_at(out, index, value)
    return as_result(out)


def _setitem_value(g: Any, index: Any, value_shape: Shape, x_shape: Shape) -> Any:
    taken = getitem(g, index)
    if not _selects_once(index):
        last = np.empty(x_shape, np.intp)
        order = np.arange(math.prod(taken.shape)).reshape(taken.shape)
        write_at(last, index, order)
        taken = np.where(last[index] == order, taken, 0)
    added = len(value_shape) - len(taken.shape)
    return sum_to(taken, value_shape) if added <= 0 else np.reshape(sum_to(taken, value_shape[added:]), value_shape)


setitem.vjp(x=lambda g, index: setitem(g, index, 0), index=None, value=_setitem_value)


# --- along an axis --------------------------------------------------------------------------------------


def _take_samples(rng: np.random.Generator) -> tuple[Any, ...]:
    shape = tuple([length + 1 for length in draw_shape(rng, 3, 1)])
    axis = None if rng.random() < 0.2 else int(rng.integers(-len(shape), len(shape)))
    length = math.prod(shape) if axis is None else shape[axis]
    mode = str(rng.choice(["raise", "wrap", "clip"]))
    reach = length if mode == "raise" else 3 * length
    return _ANY.sample(rng, shape), rng.integers(-reach, reach, draw_shape(rng, 2)), axis, mode


@primitive(numpy=np.take, samples=_take_samples)
def take(x: Any, indices: Any, axis: int | None = None, mode: str = "raise") -> Any:
    """Elements at ``indices`` along an axis, of the flattened array where that is None.

    The shape of the indices takes the place of the axis: (n, m, k), (i, j) -> (n, i, j, k) along axis 1.

    Parameters
    ----------
    mode: what an index that is out of range does: "raise" an IndexError, "wrap" around, or "clip" to the nearest
        that is not (where -1, too, is below the range).

    >>> import autograd as ag
    >>> ag.take(ag.tensor([1.0, 2.0, 3.0]), [2, 0])
    Tensor([3., 1.], dtype=float32)
    """
    if mode != "raise" and np.size(indices) and not _length(np.shape(x), axis):
        raise IndexError("take: there is nothing to take from along an axis without elements.")  # NumPy would hang
    return np.take(x, indices, axis, mode=mode)  # type: ignore[call-overload]


def _length(shape: Shape, axis: int | None) -> int:
    """How long an axis is, that of the flattened array where it is None, or where there is none to choose."""
    return math.prod(shape) if axis is None or not shape else shape[axis]


def _take_back(g: Any, x_shape: Shape, indices: Any, axis: int | None, mode: str) -> Any:
    axis = axis if x_shape else None  # NumPy takes an axis of an array that has none
    length = _length(x_shape, axis)
    places = np.take(np.arange(length), indices, mode=mode)  # type: ignore[call-overload]
    if axis is None:
        return np.reshape(add_at(g, (places,), (length,)), x_shape)
    return add_at(g, (slice(None),) * (axis % len(x_shape)) + (places,), x_shape)


take.vjp(x=_take_back, indices=None)


def _along(shape: Shape, indices: Any, axis: int, name: str) -> tuple[Any, ...]:
    """What ``indices`` along an axis mean, place by place, as an index into an array of ``shape``."""
    indices = np.asarray(value_of(indices))
    if indices.ndim != len(shape):
        raise ArgumentError(
            f"{name}: indices of shape {indices.shape} for an array of shape {shape}; want as many axes, of the same "
            "lengths or 1 but for the one that is indexed."
        )
    if not -len(shape) <= axis < len(shape):
        raise ArgumentError(f"{name}: axis {axis} of an array of shape {shape}, which has {len(shape)} axes.")
    places: list[Any] = list(np.ix_(*[np.arange(length) for length in shape]))
    places[axis] = indices
    return tuple(places)


def _take_along_axis_samples(rng: np.random.Generator) -> tuple[Any, ...]:
    shape = tuple([length + 1 for length in draw_shape(rng, 3, 1)])
    axis = int(rng.integers(-len(shape), len(shape)))
    wanted = list(shape)
    wanted[axis] = 3
    return _ANY.sample(rng, shape), rng.integers(-shape[axis], shape[axis], wanted), axis


@primitive(numpy=np.take_along_axis, samples=_take_along_axis_samples)
def take_along_axis(x: Any, indices: Any, axis: int | None = -1) -> Any:
    """Along an axis, the elements that ``indices``, an array of as many axes as x, names place by place.

    With the axis last, (..., n), (..., k) -> (..., k); the other axes broadcast. Raises IndexError for an index that
    is out of range or no integer and for other axes that do not fit, ArgumentError for another number of axes,
    NumPy's AxisError for an axis that is not there.

    >>> import autograd as ag
    >>> ag.take_along_axis(ag.tensor([[1.0, 2.0], [3.0, 4.0]]), [[1], [0]], axis=1)
    Tensor([[2.],
            [3.]], dtype=float32)
    """
    return np.take_along_axis(x, np.asarray(indices), axis)


def _take_along_axis_back(g: Any, x_shape: Shape, indices: Any, axis: int | None) -> Any:
    if axis is None:
        return np.reshape(add_at(g, (np.asarray(indices),), (math.prod(x_shape),)), x_shape)
    return add_at(g, _along(x_shape, indices, axis, "take_along_axis"), x_shape)


take_along_axis.vjp(x=_take_along_axis_back, indices=None)


@composite(samples=_take_along_axis_samples)
def gather(x: Any, indices: Any, axis: int | None = -1) -> Any:
    """Along an axis, the elements that ``indices`` names place by place: `take_along_axis` by its other name.

    With the axis last, (..., n), (..., k) -> (..., k). Raises as `take_along_axis` does: IndexError for an index that
    is out of range or no integer, ArgumentError for another number of axes, AxisError for an axis that is not there.

    >>> import autograd as ag
    >>> ag.gather(ag.tensor([[1.0, 2.0], [3.0, 4.0]]), [[1], [0]], axis=1)
    Tensor([[2.],
            [3.]], dtype=float32)
    """
    return np.take_along_axis(x, indices, axis)


def _scatter_samples(rng: np.random.Generator) -> tuple[Any, ...]:
    x, indices, axis = _take_along_axis_samples(rng)
    return x, indices, _ANY.sample(rng, indices.shape if rng.random() < 0.7 else ()), axis


@composite(samples=_scatter_samples)
def scatter(x: Any, indices: Any, values: Any, axis: int | None = -1) -> Any:
    """A copy of x with values written where ``indices`` say along an axis: what ``numpy.put_along_axis`` makes of x.

    Parameters
    ----------
    indices: integers, as many axes as x has, broadcast against it but for the axis that they index.
    values: broadcast to the shape of the indices. Where these repeat, the last value (in C order) stays, and it
        alone gets a gradient.
    axis: where None, x is taken as flattened, and the indices have one axis.

    Raises ArgumentError for indices of another number of axes and for an axis that x does not have, IndexError for an
    index that is out of range.

    >>> import autograd as ag
    >>> ag.scatter(ag.zeros(2, 3), [[1], [0]], 5.0)
    Tensor([[0., 5., 0.],
            [5., 0., 0.]], dtype=float32)
    """
    if axis is None:
        return np.reshape(scatter(np.reshape(x, (-1,)), indices, values, 0), np.shape(x))
    return setitem(x, _along(np.shape(x), indices, axis, "scatter"), values)


@composite(samples=_scatter_samples)
def scatter_add(x: Any, indices: Any, values: Any, axis: int | None = -1) -> Any:
    """A copy of x with values added where ``indices`` say along an axis; where these repeat, all are added.

    As PyTorch's ``scatter_add``, but that indices and values broadcast.

    Parameters
    ----------
    indices: integers, as many axes as x has, broadcast against it but for the axis that they index.
    values: broadcast to the shape of the indices.
    axis: where None, x is taken as flattened, and the indices have one axis.

    Raises ArgumentError for indices of another number of axes and for an axis that x does not have, IndexError for an
    index that is out of range.

    >>> import autograd as ag
    >>> ag.scatter_add(ag.zeros(2, 3), [[1, 1], [0, 2]], 5.0)
    Tensor([[ 0., 10.,  0.],
            [ 5.,  0.,  5.]], dtype=float32)
    """
    if axis is None:
        return np.reshape(scatter_add(np.reshape(x, (-1,)), indices, values, 0), np.shape(x))
    shape = np.shape(x)
    index = _along(shape, indices, axis, "scatter_add")
    values = values + np.zeros((), getattr(x, "dtype", None))  # so that a Python number widens no dtype
    return x + add_at(np.broadcast_to(values, np.broadcast_shapes(*map(np.shape, index))), index, shape)


# --- NumPy's functions that write -----------------------------------------------------------------------


def _enter_writer(function: Callable[..., None], *names: str) -> None:
    """Let a function of NumPy that writes into its first argument write into a Tensor, as ``x[i] = v`` does.

    ``names`` are those of its first parameters, up to the one for the values. Which value ends up where, NumPy
    says: the function is run on numbers that stand for them.
    """
    title = f"np.{function.__name__}"
    count = len(names)

    def write(*args: Any, **kwargs: Any) -> None:
        x, *where, values = [*args[:count], *[kwargs.pop(name) for name in names[len(args) :]]]
        values = stacked(values)

        def run(array: Any, values: Any) -> None:
            try:
                function(array, *values_in(where), values, *values_in(args[count:]), **values_in(kwargs))
            except (TypeError, ValueError, IndexError) as error:
                raise operation_failed(title, dict(zip(names, (x, *where, values), strict=True)), error) from error

        if not (is_grad_enabled() and any(isinstance(t, Tensor) and t.requires_grad for t in (x, values))):
            array = x._memory() if isinstance(x, Tensor) else x
            run(array, value_of(values))
            mark_written(array)
        elif isinstance(x, Tensor):
            sources = np.full(x.shape, -1)
            run(sources, np.arange(np.size(values)).reshape(np.shape(values)))
            written = sources >= 0
            chosen = np.reshape(values, (-1,))[sources[written]]
            x.assign(written, chosen, f"{title}(x, ...)", f"y = x.copy(); {title}(y, ...)")
        else:
            raise DetachError(
                f"{title} cannot write a Tensor that needs a gradient into an array: the gradient would be lost. "
                "Write into a Tensor, or write t.numpy()."
            )

    ops.by_numpy[function] = write


_enter_writer(np.put, "a", "ind", "v")
_enter_writer(np.put_along_axis, "arr", "indices", "values")
_enter_writer(np.place, "arr", "mask", "vals")
_enter_writer(np.putmask, "a", "mask", "values")
_enter_writer(np.copyto, "dst", "src")
_enter_writer(np.fill_diagonal, "a", "val")
