"""Arguments that are a size for each axis of an image: one number stands for all of them."""

from __future__ import annotations

from typing import Any

import numpy as np

import autograd as ag
from nn.kernels.checks import is_whole, place

AXES = {1: "length", 2: "height, width", 3: "depth, height, width"}  # their names in messages


def per_axis(operation: str, name: str, value: Any, axes: int, least: int = 0) -> tuple[int, ...]:
    """``value``, a whole number or one for each of ``axes``, as a tuple of that length.

    Raises ArgumentError where it is neither, or is less than ``least``.

    >>> per_axis("conv2d", "stride", 2, 2)
    (2, 2)
    """
    is_list = isinstance(value, (tuple, list)) or (isinstance(value, np.ndarray) and value.ndim > 0)
    values = tuple(value) if is_list else (value,) * axes
    if len(values) != axes or not all(is_whole(v) and v >= least for v in values):
        several = f" or {axes} of them" if axes > 1 else ""
        raise ag.errors.ArgumentError(
            f"{place(operation)}: {name}={value!r}; want a whole number of at least {least}{several}."
        )
    return tuple(int(v) for v in values)
