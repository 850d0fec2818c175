"""Derivatives by differences: a ladder of steps, Richardson's extrapolation, and how far each can be trusted.

On a line through a point, ``v(t) = f(x + t d)``, central differences at a step and at half of it are combined so that
the error's leading term cancels (L. F. Richardson, 1911). Their disagreement bounds what is left of it; the size of
what was subtracted, and how unsteady the values are at the finest steps, bound what rounding did. Steps get
finer until the estimate is good enough for the question that is asked.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace

import numpy as np

Function = Callable[[Sequence[np.ndarray]], Sequence[np.ndarray]]

STEPS = tuple([2e-3 / 4**rung for rung in range(9)])  # at the first, extrapolation and rounding both err by 1e-12
FINER = 3  # steps that must be finer than the one that is believed: what they disagree in is noise
SIDES = STEPS[3]  # at which slopes on both sides are taken
EPS = float(np.finfo(np.float64).eps)
REFUSALS = (ValueError, ArithmeticError, np.linalg.LinAlgError, IndexError)  # of a point outside of the domain


@dataclass(frozen=True)
class Estimate:
    """A derivative estimated from differences.

    Attributes
    ----------
    value: the derivative; NaN where there is no estimate.
    error: a bound on its error.
    step: at which it was found, as a share of the direction.
    gap: by how much the slope on the right is above that on the left, where both stay apart as steps get finer.
    """

    value: float
    error: float
    step: float = 0.0
    gap: float = 0.0

    @property
    def is_known(self) -> bool:
        """Whether there is an estimate."""
        return bool(np.isfinite(self.value))

    def agrees(self, rule: float, size: float = 0.0) -> bool:
        """Whether a rule's value is the same, as far as one can tell; ``size`` is that of the terms it sums."""
        return bool(np.isfinite(rule) and abs(rule - self.value) <= self.tolerance(rule, size))

    def tolerance(self, rule: float, size: float = 0.0) -> float:
        """How far a rule's value may be away."""
        return 4 * self.error + 1e-9 * (max(size, abs(rule)) + abs(self.value))


UNKNOWN = Estimate(np.nan, np.inf)


@dataclass
class Line:
    """A function on a line: ``line(t)`` holds all results at ``arrays + t * directions``, one after the other.

    Results are NaN where the function refuses the point.

    >>> line = Line(lambda a: [a[0] ** 3], [np.array(2.0)], [np.array(1.0)])
    >>> line(1.0)
    array([27.])
    """

    f: Function
    arrays: Sequence[np.ndarray]
    directions: Sequence[np.ndarray | None]
    known: np.ndarray | None = None  # the results at 0, if they are

    @property
    def coarseness(self) -> float:
        """The smallest change of the point that float64 can tell, as a share of the direction."""
        shares = [
            np.max(np.abs(a / d), initial=0.0, where=(d != 0) & np.isfinite(a))
            for a, d in zip(self.arrays, self.directions, strict=True)
            if d is not None
        ]
        return EPS * float(max(shares, default=0.0))

    @property
    def here(self) -> np.ndarray:
        """The results at 0."""
        if self.known is None:
            self.known = self(0.0)
        return self.known

    def __call__(self, t: float) -> np.ndarray:
        """The results at ``t``."""
        pairs = zip(self.arrays, self.directions, strict=True)
        points = [a if d is None else np.where(d == 0, a, a + t * d) for a, d in pairs]  # -0.0 + 0.0 would be 0.0
        try:
            outs = self.f(points)
        except REFUSALS:
            return np.full(1, np.nan)
        return np.concatenate([np.ravel(out) for out in outs]) if len(outs) != 1 else np.ravel(outs[0])


def derivative(
    line: Line,
    weights: np.ndarray,
    rule: float | None = None,
    size: float = 0.0,
    steps: Sequence[float] = STEPS,
    tolerance: Callable[[float], float] | None = None,
) -> Estimate:
    """The derivative of ``weights @ line(t)`` at 0, which takes as many steps as it needs.

    Parameters
    ----------
    rule: what it is compared with: where the first estimate agrees with that, there is no need of another.
    size: of the terms that the rule sums.
    steps: to take, the coarsest first.
    tolerance: how far apart both may be, a function of the estimate, where the user says so.

    >>> cubic = Line(lambda a: [a[0] ** 3], [np.array(2.0)], [np.array(1.0)])
    >>> found = derivative(cubic, np.ones(1))
    >>> abs(found.value - 12) < 4 * found.error < 1e-6
    True
    """
    found: list[tuple[Estimate, float]] = []
    unsteady: list[float] = []
    coarseness = line.coarseness
    for step in steps:
        if step < 8 * coarseness:
            break  # points that near to each other are the same
        estimate, rounding, change = _rung(line, weights, step, coarseness)
        if not estimate.is_known:
            continue
        if rule is not None and np.isfinite(rule):
            difference, digits = abs(rule - estimate.value), 1e-9 * (max(size, abs(rule)) + abs(estimate.value))
            is_sharp = not found or rounding <= digits  # rounding is least at the coarsest step
            close = (digits + rounding if is_sharp else 0.0) if tolerance is None else tolerance(estimate.value)
            if difference <= close:
                return replace(estimate, error=max(rounding, difference / 4))
        elif rule is None and estimate.error <= 1e-9 * abs(estimate.value):
            return estimate
        found.append((estimate, rounding))
        unsteady.append(change * step)
    if not found:
        return UNKNOWN
    believed = found[: max(1, len(found) - FINER)]
    rungs = [_with_noise(*rung, max(unsteady[i + 1 :], default=0.0)) for i, rung in enumerate(believed)]
    return _unless_finest_differs(min(rungs, key=lambda estimate: estimate.error), found[-1][0])


def _with_noise(estimate: Estimate, rounding: float, noise: float) -> Estimate:
    """An estimate whose error knows how unsteady values are at finer steps, where only rounding is left of a change."""
    return replace(estimate, error=estimate.error - rounding + max(rounding, 4 * noise / estimate.step))


def _unless_finest_differs(estimate: Estimate, finest: Estimate) -> Estimate:
    """The estimate; where the finest step says something else for sure, as right beside a kink, its error says so."""
    difference = abs(estimate.value - finest.value)
    if difference <= 4 * (estimate.error + finest.error):
        return estimate
    return replace(estimate, error=max(estimate.error, difference))


def _rung(line: Line, weights: np.ndarray, step: float, coarseness: float) -> tuple[Estimate, float, float]:
    """An estimate at a step and at half of it, the part that rounding has in its error, and how much the two differ."""
    points = [line(t) for t in (step, -step, step / 2, -step / 2)]
    if any(values.shape != weights.shape for values in points):
        return UNKNOWN, 0.0, 0.0
    ahead, behind, near, back = points
    wide = float(weights @ (ahead - behind)) / (2 * step)
    narrow = float(weights @ (near - back)) / step
    value = (4 * narrow - wide) / 3
    rounding = (64 * EPS * float(np.abs(weights) @ np.abs(ahead)) + coarseness * abs(value)) / step
    if not (np.isfinite(value) and np.isfinite(rounding)):
        return UNKNOWN, 0.0, 0.0
    gap, wide_gap = (
        float(weights @ (a + b - 2 * line.here)) / h for a, b, h in ((near, back, step / 2), (ahead, behind, step))
    )
    stays = abs(gap) > 0.8 * abs(wide_gap) and abs(gap) > 4 * rounding + 1e-6 * abs(value)  # it halves if f is smooth
    return Estimate(value, abs(value - narrow) + rounding, step, gap if stays else 0.0), rounding, abs(wide - narrow)


# --- from one side ----------------------------------------------------------------------------------------


@dataclass(frozen=True)
class Sides:
    """Slopes of each result to the left and to the right of a point, at a step and at an eighth of it.

    Attributes
    ----------
    left, right: at the finer step, extrapolated; NaN where the function is not finite on that side.
    error: a bound on that of the slopes.
    is_kink: where the two differ as much at the finer step, which the slopes of a smooth function do not.
    is_jump: where they grow as steps get finer: the value jumps, or the tangent is vertical.
    """

    left: np.ndarray
    right: np.ndarray
    error: np.ndarray
    is_kink: np.ndarray
    is_jump: np.ndarray


def sides(line: Line, step: float = SIDES) -> Sides:
    """What a function does to the left and to the right of a point.

    >>> found = sides(Line(lambda a: [np.abs(a[0])], [np.array(0.0)], [np.array(1.0)]))
    >>> found.left.round(6), found.right.round(6), found.is_kink
    (array([-1.]), array([1.]), array([ True]))
    """
    coarse_left, coarse_right = _slope(line, -step), _slope(line, step)
    left, right = _slope(line, -step / 8), _slope(line, step / 8)
    rounding = 64 * EPS * np.abs(line.here) * 8 / step
    gap, coarse_gap = np.abs(right - left), np.abs(coarse_right - coarse_left)
    one_sided = np.isfinite(left) != np.isfinite(right)
    change = np.fmax(np.abs(left - coarse_left), np.abs(right - coarse_right))
    scale, coarse = np.fmax(np.abs(left), np.abs(right)), np.fmax(np.abs(coarse_left), np.abs(coarse_right))
    is_kink = one_sided | ((gap > 0.5 * coarse_gap) & (gap > 4 * rounding + 1e-6 * scale))
    is_jump = (scale > 1.8 * coarse) & (scale > 4 * rounding)
    return Sides(left, right, rounding + np.where(one_sided, change, 0.0), is_kink, is_jump)


def _slope(line: Line, step: float) -> np.ndarray:
    """One-sided slopes, whose error's leading term cancels."""
    here, far, near = line.here, line(step), line(step / 2)
    if far.shape != here.shape or near.shape != here.shape:
        return np.full(here.shape, np.nan)
    return np.asarray((4 * near - far - 3 * here) / step)
