"""Derivatives by differences: central differences at two steps, and how far they can be trusted."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass

import numpy as np

Function = Callable[[Sequence[np.ndarray]], Sequence[np.ndarray]]

STEP = 2e-3  # of float64 values of about 1: the error of the extrapolation and that of rounding are both 1e-12


@dataclass(frozen=True)
class Estimate:
    """A derivative estimated from differences, and a bound on its error."""

    value: float
    error: float


def directional(
    f: Function, arrays: Sequence[np.ndarray], directions: Sequence[np.ndarray], weights: Sequence[np.ndarray]
) -> Estimate:
    """Derivative of ``sum(weights * f(arrays))`` along ``directions``, whose entries are at most 1.

    Central differences at a step and at half of it, combined so that the error's leading term cancels
    (Richardson). The bound adds what the last halving changed to what rounding may have done.

    >>> estimate = directional(lambda a: [a[0] ** 3], [np.array(2.0)], [np.array(1.0)], [np.array(1.0)])
    >>> bool(abs(estimate.value - 12) < estimate.error < 1e-4)
    True
    """
    wide, wide_size = _central(f, arrays, directions, weights, STEP)
    narrow, narrow_size = _central(f, arrays, directions, weights, STEP / 2)
    value = (4 * narrow - wide) / 3
    rounding = 64 * np.finfo(np.float64).eps * max(wide_size, narrow_size) / STEP
    return Estimate(value, abs(value - narrow) + rounding)


def _central(
    f: Function,
    arrays: Sequence[np.ndarray],
    directions: Sequence[np.ndarray],
    weights: Sequence[np.ndarray],
    step: float,
) -> tuple[float, float]:
    """A central difference, and the size of the terms that were subtracted."""
    ahead = f([a + step * d for a, d in zip(arrays, directions, strict=True)])
    behind = f([a - step * d for a, d in zip(arrays, directions, strict=True)])
    difference = sum(float(np.sum(w * (p - m))) for w, p, m in zip(weights, ahead, behind, strict=True))
    size = sum(float(np.sum(np.abs(w * p))) for w, p in zip(weights, ahead, strict=True))
    return difference / (2 * step), size
