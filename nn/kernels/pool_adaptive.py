"""Adaptive pooling: a given number of windows on an axis of any size."""

from __future__ import annotations

from typing import Any

import numpy as np

from nn.kernels.pool_windows import AnyLines, EvenLine, Line, Shape


def adaptive_lines(sizes: Shape, counts: Shape) -> AnyLines:
    """So many windows, which are those of ordinary pooling along the axes that they divide."""
    return tuple([_line(size, count) for size, count in zip(sizes, counts, strict=True)])


def _line(size: int, count: int) -> Line | EvenLine:
    step = size // count
    return Line(size, step, step, 0, 1, count) if step * count == size else EvenLine(size, count)


def adaptive_places(x: np.ndarray, counts: Shape) -> np.ndarray:
    """Where each window's largest element lies in the flattened axes: (..., *sizes) -> (..., *counts).

    Of equal elements it is the first; and nan, where there is one, the last.

    >>> import numpy as np
    >>> adaptive_places(np.array([1.0, 3.0, 3.0]), (2,))
    array([1, 1])
    """
    axes, leading = len(counts), x.shape[: -len(counts)]
    place: Any = 0
    members = x
    for axis, (size, count) in enumerate(zip(x.shape[-axes:], counts, strict=True)):
        starts, stops = EvenLine(size, count).bounds()
        elements = starts[:, None] + np.arange((stops - starts).max())
        elements = np.minimum(elements, stops[:, None] - 1)  # the last one again and again, which changes no maximum
        place = np.add.outer(place * size, elements)
        members = np.take(members, elements, len(leading) + 2 * axis)
    order = [*range(0, 2 * axes, 2), *range(1, 2 * axes, 2)]  # the windows' axes, then those within a window
    place = place.transpose(order).reshape(*counts, -1)
    members = members.transpose(*range(len(leading)), *[len(leading) + axis for axis in order])
    members = members.reshape(*leading, *place.shape)
    numbers = members.argmax(-1)
    is_nan = np.isnan(members)
    if is_nan.any():
        numbers = np.where(is_nan.any(-1), place.shape[-1] - 1 - is_nan[..., ::-1].argmax(-1), numbers)
    found: np.ndarray = place.reshape(-1)[numbers + np.arange(0, place.size, place.shape[-1]).reshape(counts)]
    return found
