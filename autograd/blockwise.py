"""Elementwise functions of large arrays, block by block: what one operation wrote, the next finds in the cache.

Temporaries as large as the arrays would be given back to the system again and again: with them formulas of ten
operations take three times as long (a million elements).
"""

from __future__ import annotations

from collections.abc import Callable
from functools import wraps
from typing import Any

import numpy as np
from numpy import ndarray

from autograd.parallel import in_pieces

BLOCK = 1 << 16  # elements: a quarter of a megabyte of float32 is still in a cache for the next operation
LARGE = 1 << 17  # elements of an array that is not done at once
WORTH_THREADS = 1 << 19  # elements


def by_blocks(function: Callable[..., Any]) -> Callable[..., Any]:
    """An elementwise function that takes several operations; of large arrays block by block, on several threads.

    Arrays beside the first must be of its shape and order in memory, or all is done at once; what is no array, or has
    no axes, is handed on.

    >>> cube = by_blocks(lambda x, factor: factor * x * x * x)
    >>> cube(np.array([2.0, 3.0]), 10)
    array([ 80., 270.])
    """

    @wraps(function)
    def call(x: Any, *others: Any) -> Any:
        if x.__class__ is not ndarray or x.size < LARGE or (flat := _flat(x, others)) is None:
            return function(x, *others)
        out = np.empty_like(x, dtype=function(*_parts(flat, slice(0, 1))).dtype)
        flat_out = out.ravel("K")

        def work(start: int, stop: int) -> None:
            for first in range(start, stop, BLOCK):
                block = slice(first, min(first + BLOCK, stop))
                flat_out[block] = function(*_parts(flat, block))

        in_pieces(work, out.size, is_worth_it=out.size >= WORTH_THREADS)
        return out

    return call


def _flat(x: ndarray, others: tuple[Any, ...]) -> list[Any] | None:
    """The arguments, arrays flat in the order of memory; None where there are gaps, or they do not go together."""
    flat: list[Any] = []
    for value in (x, *others):
        if not _has_axes(value):
            if hasattr(value, "requires_grad"):  # a Tensor
                return None
            flat.append(value)
        elif value.shape != x.shape or value.strides != x.strides:
            return None
        else:
            flat.append(value.ravel("K"))
    return flat if np.may_share_memory(flat[0], x) else None


def _parts(flat: list[Any], block: slice) -> list[Any]:
    return [value[block] if _has_axes(value) else value for value in flat]


def _has_axes(value: Any) -> bool:
    return isinstance(value, ndarray) and value.ndim > 0
