"""Shapes: the same elements with other axes, in another order. Every rule undoes the move."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np

from autograd.broadcasting import sum_to
from autograd.composites import composite
from autograd.dtypes import as_result
from autograd.errors import ArgumentError, ShapeError, describe, operation_failed
from autograd.primitives import primitive
from autograd.spec import Axis, Choice, Real, draw_shape
from autograd.tensors import Tensor

Shape = tuple[int, ...]

ANY = Real()


def draw(rng: np.random.Generator, least: int = 0, most: int = 3) -> np.ndarray:
    """A random array of ``least`` to ``most`` axes."""
    return ANY.sample(rng, draw_shape(rng, most, least))


def draw_axis(rng: np.random.Generator, ndim: int) -> int:
    """A random axis of an array of ``ndim`` axes, counted from either end."""
    return int(rng.integers(-ndim, ndim))


def check_ndim(name: str, x: Any, least: int) -> None:
    """Raise ShapeError unless x has at least ``least`` axes."""
    if np.ndim(x) < least:
        raise ShapeError(f"{name}: x has shape {np.shape(x)}; want at least {least} axes: reshape or expand_dims it.")


def alike(results: Sequence[Any], arguments: Sequence[Any]) -> tuple[Any, ...]:
    """The results, Tensors all if one of the arguments is."""
    if not any(isinstance(x, Tensor) for x in arguments):
        return tuple(results)
    return tuple([x if isinstance(x, Tensor) else Tensor(x) for x in results])


# --- copies and dtypes ----------------------------------------------------------------------------------


@primitive(numpy=np.copy, domain=ANY)
def copy(x: Any) -> Any:
    """The same values in memory of their own: (...) -> (...).

    >>> import autograd as ag
    >>> ag.copy(ag.tensor([1.0]))
    Tensor([1.], dtype=float32)
    """
    return as_result(np.array(x, order="K"))


copy.vjp(x=lambda g: g)


@primitive(also=("astype",), view=None, domain=ANY, arguments={"dtype": Choice(np.dtype(np.float64))})
def astype(x: Any, dtype: Any, copy: bool = True) -> Any:
    """The values converted to ``dtype``: (...) -> (...). To an integer or boolean dtype, nothing is recorded.

    As NumPy's ``ndarray.astype``.

    >>> import autograd as ag
    >>> ag.tensor([1.5]).astype("float64").dtype
    dtype('float64')
    """
    return as_result(np.asarray(x).astype(dtype, copy=copy))


astype.vjp(x=lambda g: g, dtype=None)


# --- the same elements in another arrangement -----------------------------------------------------------


def _reshape_samples(rng: np.random.Generator) -> tuple[Any, ...]:
    x = draw(rng)
    shape = rng.permutation(x.shape).astype(int).tolist()
    if x.size and rng.random() < 0.5:
        shape = [-1, *shape[:1]]
    return x, tuple(shape), str(rng.choice(["C", "F"])), True if rng.random() < 0.2 else None


@primitive(numpy=np.reshape, view=None, samples=_reshape_samples)
def reshape(x: Any, shape: Any, order: Any = "C", copy: bool | None = None) -> Any:
    """The same elements in another shape; one length may be -1, which is what remains.

    Parameters
    ----------
    order: which index changes fastest as elements are read and written: "C", the last, or "F", the first.
    copy: True for memory of its own, False for an error where the elements cannot stay where they are.

    >>> import autograd as ag
    >>> ag.reshape(ag.ones(2, 3), (3, -1)).shape
    (3, 2)
    """
    if order not in ("C", "F"):
        raise ArgumentError(f"reshape: order={order!r} goes by the layout in memory; choose 'C' or 'F'.")
    out = x.reshape(shape, order=order) if isinstance(x, np.ndarray) else np.reshape(x, shape, order)  # half the time
    if copy:
        return np.array(out)
    if copy is False and out.size and not np.may_share_memory(out, x):
        raise ArgumentError(f"reshape(x: {describe(x)}, shape: {shape}): copy=False, but elements would have to move.")
    return out


reshape.vjp(x=lambda g, x_shape, order: np.reshape(g, x_shape, order), shape=None)


def _order_samples(rng: np.random.Generator) -> tuple[Any, ...]:
    return draw(rng), str(rng.choice(["C", "F"]))


@composite(numpy=np.ravel, samples=_order_samples)
def ravel(x: Any, order: Any = "C") -> Any:
    """All elements along one axis: (...) -> (n,). Where memory allows, it is a view; `flatten` copies.

    ``order`` is that of `reshape`, "C" or "F".

    >>> import autograd as ag
    >>> ag.ravel(ag.tensor([[1.0, 2.0], [3.0, 4.0]]))
    Tensor([1., 2., 3., 4.], dtype=float32)
    """
    return np.reshape(x, -1, order)


@composite(samples=_order_samples)
def flatten(x: Any, order: Any = "C") -> Any:
    """All elements along one axis, in memory of their own: (...) -> (n,).

    ``order`` is that of `reshape`, "C" or "F".

    >>> import autograd as ag
    >>> ag.flatten(ag.tensor([[1.0, 2.0], [3.0, 4.0]]), order="F")
    Tensor([1., 3., 2., 4.], dtype=float32)
    """
    return np.copy(ravel(x, order))


def _several_samples(rng: np.random.Generator) -> tuple[Any, ...]:
    return tuple([draw(rng) for _ in range(rng.integers(1, 4))])


def _with_axes(arrays: tuple[Any, ...], before: int, after: int = 0) -> Any:
    """Arrays with new axes, up to ``before`` in front and then ``after`` behind, if they have fewer than those."""
    results = []
    for x in arrays:
        shape = np.shape(x)
        added = (1,) * (before - len(shape)) + shape + (1,) * after
        short = len(shape) < before + after
        results.append(np.reshape(x, added) if short else x if isinstance(x, Tensor) else np.asarray(x))
    return results[0] if len(results) == 1 else alike(results, arrays)


@composite(numpy=np.atleast_1d, samples=_several_samples)
def atleast_1d(*arrays: Any) -> Any:
    """A number as an array of one axis: () -> (1,). Others stay as they are; several arrays give a tuple.

    >>> import autograd as ag
    >>> ag.atleast_1d(ag.tensor(2.0))
    Tensor([2.], dtype=float32)
    """
    return _with_axes(arrays, 1)


@composite(numpy=np.atleast_2d, samples=_several_samples)
def atleast_2d(*arrays: Any) -> Any:
    """With two axes, new ones in front: () -> (1, 1), (n,) -> (1, n). Several arrays give a tuple.

    >>> import autograd as ag
    >>> ag.atleast_2d(ag.ones(3)).shape
    (1, 3)
    """
    return _with_axes(arrays, 2)


@composite(numpy=np.atleast_3d, samples=_several_samples)
def atleast_3d(*arrays: Any) -> Any:
    """With three axes: () -> (1, 1, 1), (n,) -> (1, n, 1), (m, n) -> (m, n, 1). Several arrays give a tuple.

    >>> import autograd as ag
    >>> ag.atleast_3d(ag.ones(3)).shape
    (1, 3, 1)
    """
    return _with_axes(arrays, 2, 1)


# --- other axes -----------------------------------------------------------------------------------------


def _transpose_samples(rng: np.random.Generator) -> tuple[Any, ...]:
    x = draw(rng)
    axes = rng.permutation(x.ndim) - x.ndim * rng.integers(0, 2)
    return x, None if rng.random() < 0.3 else tuple([int(a) for a in axes])


@primitive(numpy=np.transpose, view=True, samples=_transpose_samples)
def transpose(x: Any, axes: Any = None) -> Any:
    """The axes in the order ``axes``, or reversed: (n, m, k) -> (k, m, n).

    >>> import autograd as ag
    >>> ag.transpose(ag.ones(2, 3, 4), (0, 2, 1)).shape
    (2, 4, 3)
    """
    return x.transpose(axes) if isinstance(x, np.ndarray) else np.transpose(x, axes)


def _transpose_back(g: Any, axes: Any, x_shape: Shape) -> Any:
    if axes is None:
        return g.T
    back = np.argsort([a % len(x_shape) for a in axes])
    return np.transpose(g, tuple([int(a) for a in back]))


transpose.vjp(x=_transpose_back)


def _two_axes(rng: np.random.Generator) -> tuple[Any, ...]:
    x = draw(rng, least=1)
    return x, draw_axis(rng, x.ndim), draw_axis(rng, x.ndim)


@primitive(numpy=np.swapaxes, view=True, samples=_two_axes)
def swapaxes(x: Any, axis1: int, axis2: int) -> Any:
    """Two axes exchanged: (n, m, k) -> (k, m, n) for 0 and 2.

    >>> import autograd as ag
    >>> ag.swapaxes(ag.ones(2, 3, 4), 0, 2).shape
    (4, 3, 2)
    """
    return np.swapaxes(x, axis1, axis2)


swapaxes.vjp(x=lambda g, axis1, axis2: np.swapaxes(g, axis1, axis2), axis1=None, axis2=None)


@primitive(numpy=np.moveaxis, view=True, samples=_two_axes)
def moveaxis(x: Any, source: Any, destination: Any) -> Any:
    """Axes moved to other places, the rest in their order: (n, m, k) -> (m, k, n) from 0 to -1.

    Raises NumPy's AxisError for an axis that is not there, ArgumentError where ``source`` and ``destination`` differ
    in number.

    >>> import autograd as ag
    >>> ag.moveaxis(ag.ones(2, 3, 4), 0, -1).shape
    (3, 4, 2)
    """
    return np.moveaxis(x, source, destination)


moveaxis.vjp(x=lambda g, source, destination: np.moveaxis(g, destination, source), source=None, destination=None)


def _rollaxis_samples(rng: np.random.Generator) -> tuple[Any, ...]:
    x = draw(rng, least=1)
    return x, draw_axis(rng, x.ndim), int(rng.integers(-x.ndim, x.ndim + 1))


@primitive(numpy=np.rollaxis, view=True, samples=_rollaxis_samples)
def rollaxis(x: Any, axis: int, start: int = 0) -> Any:
    """One axis moved back until it stands before the axis that is at ``start``; `moveaxis` is clearer.

    (n, m, k) -> (k, n, m) for axis 2.

    >>> import autograd as ag
    >>> ag.rollaxis(ag.ones(2, 3, 4), 2).shape
    (4, 2, 3)
    """
    return np.rollaxis(x, axis, start)


def _rollaxis_back(g: Any, axis: int, start: int) -> Any:
    order = np.rollaxis(np.empty(range(g.ndim)), axis, start).shape  # the length of each axis is its number
    return np.transpose(g, tuple(np.argsort(order).tolist()))


rollaxis.vjp(x=_rollaxis_back, axis=None)


@composite(numpy=np.matrix_transpose, also=("linalg.matrix_transpose",), samples=lambda rng: (draw(rng, least=2),))
def matrix_transpose(x: Any) -> Any:
    """The last two axes exchanged: (..., m, n) -> (..., n, m). It is ``x.mT``.

    >>> import autograd as ag
    >>> ag.matrix_transpose(ag.ones(2, 3, 4)).shape
    (2, 4, 3)
    """
    return np.swapaxes(x, -1, -2)


def _squeeze_samples(rng: np.random.Generator) -> tuple[Any, ...]:
    shape = draw_shape(rng, 2)
    place = int(rng.integers(0, len(shape) + 1))
    x = ANY.sample(rng, (*shape[:place], 1, *shape[place:]))
    return x, None if rng.random() < 0.3 else place


@primitive(numpy=np.squeeze, view=True, samples=_squeeze_samples)
def squeeze(x: Any, axis: Any = None) -> Any:
    """Without the axes of length 1, or without those of them that ``axis`` names: (1, n, 1) -> (n,).

    >>> import autograd as ag
    >>> ag.squeeze(ag.ones(1, 3)).shape
    (3,)
    """
    return np.squeeze(x, axis)


squeeze.vjp(x=lambda g, x_shape: np.reshape(g, x_shape))


def _expand_samples(rng: np.random.Generator) -> tuple[Any, ...]:
    x = draw(rng)
    return x, draw_axis(rng, x.ndim + 1)


@primitive(numpy=np.expand_dims, view=True, samples=_expand_samples)
def expand_dims(x: Any, axis: Any) -> Any:
    """With a new axis of length 1 at ``axis`` of the result, or several: (n, m) -> (n, 1, m) for axis 1.

    >>> import autograd as ag
    >>> ag.expand_dims(ag.ones(3), 0).shape
    (1, 3)
    """
    return np.expand_dims(x, axis)


expand_dims.vjp(x=lambda g, x_shape: np.reshape(g, x_shape), axis=None)


def _broadcast_samples(rng: np.random.Generator) -> tuple[Any, ...]:
    shape = draw_shape(rng, 3)
    kept = tuple([1 if rng.random() < 0.4 else length for length in shape[int(rng.integers(0, len(shape) + 1)) :]])
    return ANY.sample(rng, kept), shape


@primitive(numpy=np.broadcast_to, view=True, samples=_broadcast_samples)
def broadcast_to(x: Any, shape: Any) -> Any:
    """Repeated along new axes and those of length 1, as broadcasting does, without copying: (...) -> ``shape``.

    >>> import autograd as ag
    >>> ag.broadcast_to(ag.ones(3), (2, 3)).shape
    (2, 3)
    """
    return np.broadcast_to(x, shape)


broadcast_to.vjp(x=lambda g, x_shape: sum_to(g, x_shape), shape=None)


def _arrays_samples(rng: np.random.Generator) -> tuple[Any, ...]:
    x, shape = _broadcast_samples(rng)
    return x, ANY.sample(rng, shape), ANY.sample(rng, shape[1:])


@composite(numpy=np.broadcast_arrays, samples=_arrays_samples)
def broadcast_arrays(*arrays: Any) -> tuple[Any, ...]:
    """The arrays, each broadcast to the shape that they have together.

    >>> import autograd as ag
    >>> [x.shape for x in ag.broadcast_arrays(ag.ones(3), ag.ones(2, 1))]
    [(2, 3), (2, 3)]
    """
    try:
        shape = np.broadcast_shapes(*[np.shape(x) for x in arrays])
    except ValueError as error:
        raise operation_failed("broadcast_arrays", {f"array {i}": x for i, x in enumerate(arrays)}, error) from error
    return alike([np.broadcast_to(x, shape) for x in arrays], arrays)


# --- another order --------------------------------------------------------------------------------------


@primitive(numpy=np.flip, view=True, domain=ANY, arguments={"axis": Axis(many=True)})
def flip(x: Any, axis: Any = None) -> Any:
    """The order along axes reversed, along all if None: (...) -> (...).

    >>> import autograd as ag
    >>> ag.flip(ag.tensor([1.0, 2.0]))
    Tensor([2., 1.], dtype=float32)
    """
    return np.flip(x, axis)


flip.vjp(x=lambda g, axis: np.flip(g, axis))


@composite(numpy=np.flipud, samples=lambda rng: (draw(rng, least=1),))
def flipud(x: Any) -> Any:
    """Upside down: the order along the first axis reversed, (n, ...) -> (n, ...).

    Raises NumPy's AxisError where there are no axes.

    >>> import autograd as ag
    >>> ag.flipud(ag.tensor([[1.0], [2.0]]))
    Tensor([[2.],
            [1.]], dtype=float32)
    """
    return np.flip(x, 0)


@composite(numpy=np.fliplr, samples=lambda rng: (draw(rng, least=2),))
def fliplr(x: Any) -> Any:
    """Left to right: the order along the second axis reversed, (n, m, ...) -> (n, m, ...).

    Raises NumPy's AxisError for fewer than two axes.

    >>> import autograd as ag
    >>> ag.fliplr(ag.tensor([[1.0, 2.0]]))
    Tensor([[2., 1.]], dtype=float32)
    """
    return np.flip(x, 1)


def _rot90_samples(rng: np.random.Generator) -> tuple[Any, ...]:
    x = draw(rng, least=2)
    axes = rng.permutation(x.ndim)[:2] - x.ndim * rng.integers(0, 2)
    return x, int(rng.integers(-5, 6)), tuple([int(axis) for axis in axes])


@primitive(numpy=np.rot90, view=True, samples=_rot90_samples)
def rot90(x: Any, k: int = 1, axes: tuple[int, int] = (0, 1)) -> Any:
    """Turned by 90 degrees ``k`` times, from the first of two axes towards the second.

    (n, m, ...) -> (m, n, ...) where ``k`` is odd, and the same shape where it is even.

    >>> import autograd as ag
    >>> ag.rot90(ag.tensor([[1.0, 2.0], [3.0, 4.0]]))
    Tensor([[2., 4.],
            [1., 3.]], dtype=float32)
    """
    return np.rot90(x, k, axes)


rot90.vjp(x=lambda g, k, axes: np.rot90(g, -k, axes))


@primitive(numpy=np.roll, domain=ANY, arguments={"shift": Choice(-2, 0, 1, 5), "axis": Axis()})
def roll(x: Any, shift: Any, axis: Any = None) -> Any:
    """Elements moved on by ``shift`` places along an axis, those that fall off coming in again at the front.

    (...) -> (...), the same shape, also without an axis: then they move through the flattened array.

    >>> import autograd as ag
    >>> ag.roll(ag.tensor([1.0, 2.0, 3.0]), 1)
    Tensor([3., 1., 2.], dtype=float32)
    """
    return np.roll(x, shift, axis)


def _opposite(shift: Any) -> Any:
    return tuple([-s for s in shift]) if isinstance(shift, (tuple, list)) else -shift


roll.vjp(x=lambda g, shift, axis: np.roll(g, _opposite(shift), axis), shift=None)
