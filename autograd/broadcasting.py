"""Broadcasting undone: the sum that leads from a result's shape back to an operand's."""

from __future__ import annotations

from typing import Any

import numpy as np


def sum_to(g: Any, shape: tuple[int, ...]) -> Any:
    """Sum ``g`` over the axes that broadcasting ``shape`` had added or stretched: (...) -> shape.

    It is the transpose of ``np.broadcast_to``. Works on arrays and Tensors.

    >>> sum_to(np.ones((2, 3)), (3,))
    array([2., 2., 2.])
    """
    added = len(g.shape) - len(shape)
    stretched = [axis + added for axis, length in enumerate(shape) if length == 1 and g.shape[axis + added] != 1]
    axes = (*range(added), *stretched)
    total = np.sum(g, axis=axes) if axes else g
    return np.reshape(total, shape) if stretched else total


def broadcasts_to(shape: tuple[int, ...], target: tuple[int, ...]) -> bool:
    """Whether an array of ``shape`` can be broadcast to ``target``.

    >>> broadcasts_to((3, 1), (2, 3, 4)), broadcasts_to((2,), (2, 3))
    (True, False)
    """
    return len(shape) <= len(target) and all(
        length in (1, wanted) for length, wanted in zip(reversed(shape), reversed(target), strict=False)
    )
