"""How far to go along a direction: the search for a step that meets the strong Wolfe conditions."""

from __future__ import annotations

import math
from collections.abc import Callable
from typing import NamedTuple

import numpy as np

DECREASE = 1e-4  # the loss must fall by this share of what the slope at the start promises
CURVATURE = 0.9  # and the slope must become this much flatter, or more


class Point(NamedTuple):
    """A point on the line: how far from the start, and there the loss, its gradient, and its slope along the line."""

    t: float
    loss: float
    gradient: np.ndarray
    slope: float


def strong_wolfe(
    evaluate: Callable[[float], Point], start: Point, t: float, scale: float, tolerance: float, most: int
) -> Point:
    """A point on the line where the loss is low enough and its slope flat enough, or the best that was found.

    A bracket around such points is widened until it has some, and then narrowed by cubic interpolation. Nocedal and
    Wright, Numerical Optimization, 2006, algorithms 3.5 and 3.6.

    Parameters
    ----------
    evaluate: gives the point at a distance.
    start: the point at 0; its slope is negative.
    t: where to look first.
    scale: the largest entry of the direction: a bracket of less than ``tolerance / scale`` is not narrowed further.
    most: how many more points may be evaluated after the first, in all.

    >>> def parabola(t):
    ...     return Point(t, (t - 1.0) ** 2, np.array([2 * (t - 1.0)]), 2 * (t - 1.0))
    >>> strong_wolfe(parabola, parabola(0.0), t=10.0, scale=1.0, tolerance=1e-9, most=25).t
    1.0
    """

    def is_too_high(point: Point) -> bool:
        return point.loss > start.loss + DECREASE * point.t * start.slope

    def is_flat(point: Point) -> bool:
        return abs(point.slope) <= -CURVATURE * start.slope

    previous, point = start, evaluate(t)
    for count in range(most):
        if is_too_high(point) or (count > 1 and point.loss >= previous.loss):
            break
        if is_flat(point):
            return point
        if point.slope >= 0:
            break
        nearest, farthest = point.t + 0.01 * (point.t - previous.t), 10 * point.t
        previous, point = point, evaluate(_lowest(previous, point, nearest, farthest))
    else:
        count, previous = most, start
    bracket = [previous, point]
    low = _lower(bracket)
    is_stuck = False
    for _ in range(count, most):
        left, right = sorted(end.t for end in bracket)
        if (right - left) * scale < tolerance:
            break
        t, is_stuck = _inside(_lowest(bracket[0], bracket[1], left, right), left, right, is_stuck)
        point = evaluate(t)
        if is_too_high(point) or point.loss >= bracket[low].loss:
            bracket[1 - low] = point
            low = _lower(bracket)
            continue
        if is_flat(point):
            return point
        if point.slope * (bracket[1 - low].t - bracket[low].t) >= 0:
            bracket[1 - low] = bracket[low]
        bracket[low] = point
    return bracket[low]


def _lower(bracket: list[Point]) -> int:
    return 0 if bracket[0].loss <= bracket[1].loss else 1


def _inside(t: float, left: float, right: float, was_stuck: bool) -> tuple[float, bool]:
    """Keep a tenth away from the ends, at the second time in a row that they are approached, or on an end at once."""
    margin = 0.1 * (right - left)
    if min(right - t, t - left) >= margin:
        return t, False
    if was_stuck or t >= right or t <= left:
        return (right - margin if abs(t - right) < abs(t - left) else left + margin), False
    return t, True


def _lowest(one: Point, other: Point, least: float, most: float) -> float:
    """Where the cubic through two points and slopes is lowest, from ``least`` to ``most``; else their middle."""
    if one.t > other.t:
        one, other = other, one
    width = other.t - one.t
    if width == 0.0:
        return (least + most) / 2.0
    bend = one.slope + other.slope - 3.0 * (other.loss - one.loss) / width
    square = bend * bend - one.slope * other.slope
    if not 0.0 <= square < math.inf:
        return (least + most) / 2.0
    root = math.sqrt(square)
    curvature = other.slope - one.slope + 2.0 * root
    if curvature == 0.0:
        return (least + most) / 2.0
    t = other.t - width * (other.slope + root - bend) / curvature
    return min(max(t, least), most)
