"""Sorting: gradients follow the elements to the places that they came from."""

from __future__ import annotations

from typing import Any

import numpy as np

from autograd.composites import composite
from autograd.errors import ArgumentError, describe
from autograd.primitives import primitive
from autograd.spec import Axis, Choice, Real, draw_shape
from autograd.tensors import Tensor
from autograd.values import value_of

_DISTINCT = Real(distinct=True)


def _ranks(x: Any, axis: int) -> Any:
    """For each element its place in the sorted array; equal elements keep their order."""
    order = np.moveaxis(np.argsort(x, axis, kind="stable"), axis, -1)
    ranks = np.empty_like(order)
    np.put_along_axis(ranks, order, np.arange(order.shape[-1]), -1)
    return np.moveaxis(ranks, -1, axis)


@primitive(
    numpy=np.sort,
    is_method=False,
    domain=_DISTINCT,
    arguments={"axis": Axis(), "kind": Choice(None, "stable", "heapsort")},
)
def sort(x: Any, axis: int | None = -1, kind: Any = None, *, stable: bool | None = None) -> Any:
    """The elements in rising order along an axis, (...) -> (...); of the flattened array, (n,), where that is None.

    Each element's gradient is that of the place it went to; equal elements count as keeping their order, whatever
    ``kind`` of sorting is asked for. The method ``t.sort()`` sorts t in place, as NumPy's does.

    >>> import autograd as ag
    >>> ag.sort(ag.tensor([[3.0, 1.0], [2.0, 4.0]]), axis=0)
    Tensor([[2., 1.],
            [3., 4.]], dtype=float32)
    """
    return np.sort(x, axis, kind, stable=stable)


def _sort_back(g: Any, x: Any, x_shape: tuple[int, ...], axis: int | None) -> Any:
    if axis is None:
        return np.reshape(np.take(g, _ranks(np.reshape(value_of(x), (-1,)), 0)), x_shape)
    return np.take_along_axis(g, _ranks(value_of(x), axis), axis)


sort.vjp(x=_sort_back)


def _partition_samples(rng: np.random.Generator) -> tuple[Any, ...]:
    shape = tuple([length + 1 for length in draw_shape(rng, 3, 1)])
    x = _DISTINCT.sample(rng, shape)
    axis = None if rng.random() < 0.2 else int(rng.integers(-len(shape), len(shape)))
    length = x.size if axis is None else shape[axis]
    kth = rng.integers(-length, length, 2)
    return x, int(kth[0]) if rng.random() < 0.5 else kth, axis


@primitive(numpy=np.partition, is_method=False, samples=_partition_samples)
def partition(x: Any, kth: Any, axis: int | None = -1, kind: str = "introselect") -> Any:
    """With the kth element along an axis in its sorted place, no larger ones before and no smaller ones after it.

    (...) -> (...), or (n,) where the axis is None. ``kth`` may name several places. Each element's gradient is that of
    the place it went to. The method ``t.partition(kth)`` works in place, as NumPy's does.

    >>> import autograd as ag
    >>> ag.partition(ag.tensor([3.0, 1.0, 2.0]), 1)[1]
    Tensor(2., dtype=float32)
    """
    return np.partition(x, kth, axis, kind)  # type: ignore[call-overload]


def _partition_back(g: Any, x: Any, x_shape: tuple[int, ...], out: Any, axis: int | None) -> Any:
    along = -1 if axis is None else axis
    in_order = np.take_along_axis(g, np.argsort(value_of(out), along, kind="stable"), along)
    return _sort_back(in_order, x, x_shape, axis)


partition.vjp(x=_partition_back, kth=None)


def _topk_samples(rng: np.random.Generator) -> tuple[Any, ...]:
    x = _DISTINCT.sample(rng, draw_shape(rng, 3, 1))
    axis = int(rng.integers(-x.ndim, x.ndim))
    return x, int(rng.integers(0, x.shape[axis] + 1)), axis, bool(rng.random() < 0.5)


@composite(samples=_topk_samples)
def topk(x: Any, k: int, axis: int | None = -1, largest: bool = True) -> tuple[Any, Any]:
    """The k largest (or smallest) elements along an axis, the first of them first, and their indices, a plain array.

    With the axis last, (..., n) -> (..., k), (..., k). As PyTorch's ``topk``, but that of equal elements those that
    come first count as larger (or smaller).

    Parameters
    ----------
    axis: where None, x is taken as flattened.

    Raises ArgumentError for a k that is negative, larger than the axis is long or no integer, and for an axis that x
    does not have.

    >>> import autograd as ag
    >>> ag.topk(ag.tensor([1.0, 3.0, 2.0]), 2)
    (Tensor([3., 2.], dtype=float32), array([1, 2]))
    """
    if axis is None:
        x, axis = np.reshape(x, (-1,)), 0
    x = x if isinstance(x, Tensor) else np.asarray(x)
    if not isinstance(k, (int, np.integer)):
        raise ArgumentError(f"topk: k = {describe(k)} of x: {describe(x)}; want how many elements, an integer.")
    if not -x.ndim <= axis < x.ndim:
        raise ArgumentError(f"topk: axis {axis} of x: {describe(x)}, which has {x.ndim} axes.")
    length = x.shape[axis]
    if not 0 <= k <= length:
        raise ArgumentError(f"topk: k = {k} of x: {describe(x)} along axis {axis}, which has {length} elements.")
    if largest:  # reversed twice, so that equal elements keep their order
        order = length - 1 - np.flip(np.argsort(np.flip(value_of(x), axis), axis, kind="stable"), axis)
    else:
        order = np.argsort(value_of(x), axis, kind="stable")
    indices = np.take(order, np.arange(k), axis)
    return np.take_along_axis(x, indices, axis), indices
