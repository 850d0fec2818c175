"""Arguments that are a size for each axis of an image: one number stands for all of them."""

from __future__ import annotations

from typing import Any

import numpy as np

import autograd as ag
from nn.kernels.checks import place


def per_axis(operation: str, name: str, value: Any, axes: int, least: int = 0) -> tuple[int, ...]:
    """``value``, a whole number or one for each of ``axes``, as a tuple of that length.

    Raises ArgumentError where it is neither, or is less than ``least``.

    >>> per_axis("conv2d", "stride", 2, 2)
    (2, 2)
    """
    values = tuple(value) if isinstance(value, (tuple, list, np.ndarray)) else (value,) * axes
    fits = len(values) == axes and all(isinstance(v, (int, np.integer)) and v >= least for v in values)
    if not fits or any(isinstance(v, bool) for v in values):
        several = f" or {axes} of them" if axes > 1 else ""
        raise ag.errors.ArgumentError(
            f"{place(operation)}: {name}={value!r}; want a whole number of at least {least}{several}."
        )
    return tuple(int(v) for v in values)
