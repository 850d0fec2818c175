"""Elementwise functions of large arrays, block by block: what one operation wrote, the next finds in the cache."""

from __future__ import annotations

from collections.abc import Callable
from functools import wraps
from typing import Any

import numpy as np
from numpy import ndarray

BLOCK = 1 << 17  # elements: half a megabyte of float32 is still in a cache for the next operation
LARGE = 1 << 18  # elements of an array that is not done at once


def by_blocks(function: Callable[[Any], Any]) -> Callable[[Any], Any]:
    """An elementwise function of one array, which takes several operations; of a large one block by block.

    >>> cube = by_blocks(lambda x: x * x * x)
    >>> cube(np.array([2.0, 3.0]))
    array([ 8., 27.])
    """

    @wraps(function)
    def call(x: Any) -> Any:
        if x.__class__ is not ndarray or x.size < LARGE or (flat := _flat(x)) is None:
            return function(x)
        out = np.empty_like(x, dtype=function(flat[:1]).dtype)
        flat_out = out.ravel("K")
        for start in range(0, flat.size, BLOCK):
            flat_out[start : start + BLOCK] = function(flat[start : start + BLOCK])
        return out

    return call


def _flat(x: ndarray) -> ndarray | None:
    """A view of an array's elements in the order of memory; None where there are gaps."""
    flat: ndarray = x.ravel("K")
    return flat if np.may_share_memory(flat, x) else None
