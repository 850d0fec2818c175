"""Rows of a table, taken and put back: two primitives that are each other's derivative."""

from __future__ import annotations

from typing import Any

import numpy as np

import autograd as ag


def _drawn(rng: np.random.Generator) -> tuple[np.ndarray, int, int]:
    count, width = int(rng.integers(0, 5)), int(rng.integers(0, 3))
    return rng.permutation(count)[: rng.integers(0, count + 1)], count, width


def _samples_of_take(rng: np.random.Generator) -> tuple[Any, ...]:
    index, count, width = _drawn(rng)
    return rng.normal(size=(count, width)), index


def _samples_of_put(rng: np.random.Generator) -> tuple[Any, ...]:
    index, count, width = _drawn(rng)
    return rng.normal(size=(len(index), width)), index, count


@ag.primitive(view=False, samples=_samples_of_take)
def take_rows(x: Any, index: Any) -> Any:
    """``x[index]`` for an index without repetitions: (rows, ...) -> (len(index), ...).

    >>> import numpy as np
    >>> take_rows(np.array([[1.0], [2.0], [3.0]]), np.array([2, 0]))
    array([[3.],
           [1.]])
    """
    if x.ndim == 0:
        raise ag.errors.ShapeError("take_rows: want rows, got a number without axes.")
    return np.take(x, index, axis=0)


@ag.primitive(view=False, samples=_samples_of_put)
def put_rows(x: Any, index: Any, count: int) -> Any:
    """Rows at the places of an index without repetitions, among ``count``; zeros elsewhere: (n, ...) -> (count, ...).

    >>> import numpy as np
    >>> put_rows(np.array([[3.0], [1.0]]), np.array([2, 0]), 3)
    array([[1.],
           [0.],
           [3.]])
    """
    out = np.zeros((count, *x.shape[1:]), x.dtype)
    out[index] = x
    return out


take_rows.vjp(x=lambda g, index, x_shape: put_rows(g, index, x_shape[0]), index=None)
put_rows.vjp(x=lambda g, index: take_rows(g, index), index=None, count=None)
