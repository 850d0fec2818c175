"""Memory that is used for a while and used again: new memory costs a page fault each 4 KB."""

from __future__ import annotations

import math
from threading import local
from typing import Any

import numpy as np

MOST_KEPT = 1 << 23  # bytes, for each thread and purpose

_kept = local()


def scratch(purpose: str, shape: tuple[int, ...], dtype: np.dtype[Any]) -> np.ndarray:
    """An array with whatever was in its memory, which is this thread's until it asks again for the same purpose.

    >>> scratch("an example", (2, 3), np.dtype("f4")).shape
    (2, 3)
    """
    size = math.prod(shape) * dtype.itemsize
    if size > MOST_KEPT:
        return np.empty(shape, dtype)
    held: np.ndarray | None = getattr(_kept, purpose, None)
    if held is None or held.size < size:
        held = np.empty(size, np.uint8)
        setattr(_kept, purpose, held)
    return held[:size].view(dtype).reshape(shape)
