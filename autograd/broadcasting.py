"""Broadcasting undone: the sum that leads from a result's shape back to an operand's."""

from __future__ import annotations

import math
from typing import Any

import numpy as np

SMALL = 4096  # elements, which are written sooner than NumPy makes a view


def sum_to(g: Any, shape: tuple[int, ...]) -> Any:
    """Sum ``g`` over the axes that broadcasting ``shape`` had added or stretched: (...) -> shape.

    It is the transpose of ``np.broadcast_to``. Works on arrays and Tensors.

    >>> sum_to(np.ones((2, 3)), (3,))
    array([2., 2., 2.])
    """
    wide = g.shape
    added = len(wide) - len(shape)
    if wide[added:] == shape:
        return g.sum(tuple(range(added))) if added else g
    stretched = [axis + added for axis, length in enumerate(shape) if length == 1 and wide[axis + added] != 1]
    axes = (*range(added), *stretched)
    total = g.sum(axes) if axes else g
    return total.reshape(shape) if stretched else total


def broadcast(g: Any, shape: tuple[int, ...]) -> Any:
    """``np.broadcast_to``, whose result need be no view.

    >>> broadcast(np.ones(2), (2, 2))
    array([[1., 1.],
           [1., 1.]])
    """
    if not isinstance(g, (np.ndarray, np.generic)) or math.prod(shape) > SMALL:
        return np.broadcast_to(g, shape)
    out = np.empty(shape, g.dtype)
    out[...] = g
    return out


def broadcasts_to(shape: tuple[int, ...], target: tuple[int, ...]) -> bool:
    """Whether an array of ``shape`` can be broadcast to ``target``.

    >>> broadcasts_to((3, 1), (2, 3, 4)), broadcasts_to((2,), (2, 3))
    (True, False)
    """
    added = len(target) - len(shape)
    return target[added:] == shape or (
        added >= 0
        and all(length in (1, wanted) for length, wanted in zip(reversed(shape), reversed(target), strict=False))
    )
