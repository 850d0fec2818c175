"""Where a function has no derivative, at kinks, jumps and vertical tangents: and what a rule may say there."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from autograd.testing.entries import Entry
from autograd.testing.numeric import SIDES, Line, sides

if TYPE_CHECKING:
    from autograd.testing.comparing import Comparer
    from autograd.testing.subjects import Arrays

NEARBY = 16  # points to look at around one where a gradient is not what differences say
TRIED = 6  # of these, those where it is compared with differences


def judged(comparer: Comparer, place: int, direction: np.ndarray, entry: Entry) -> Entry:
    """An entry that looks wrong, or is right for want of precision, as what it is.

    Parameters
    ----------
    place: of the argument.
    direction: a step of 1 in the entry's element.
    """
    found = _by_sides(comparer, place, direction, entry)
    if entry.status == "right":
        return found if found.status == "jump" else entry
    return _among_nearby(comparer, place, found) if found.status == "wrong" else found


def _by_sides(comparer: Comparer, place: int, direction: np.ndarray, entry: Entry) -> Entry:
    """The same entry, or what it is where the slopes on both sides differ and the rule says one in between."""
    line = Line(comparer.subject.values, comparer.subject.arrays, comparer.only(place, direction), comparer.values)
    found = sides(line, min(SIDES, entry.step or SIDES) if entry.status == "right" else SIDES)
    if found.left.shape != comparer.weights.shape or not np.any(found.is_kink | found.is_jump):
        return entry
    if np.any(found.is_jump):  # what only changes fast looks like that too, until steps are finer
        jumps = all(np.any(sides(line, step).is_jump) for step in (SIDES / 64, SIDES / 4096))
        return entry._replace(status="jump") if jumps else entry
    weights = comparer.weights / direction[entry.index]
    left = weights * np.where(np.isfinite(found.left), found.left, found.right)  # at the edge of a domain
    right = weights * np.where(np.isfinite(found.right), found.right, found.left)
    if not np.isfinite([left, right]).all():
        return entry
    slack = 1e-5 * float(np.abs(left).sum() + np.abs(right).sum()) + float(np.abs(weights) @ found.error)
    low, high = float(np.minimum(left, right).sum()), float(np.maximum(left, right).sum())
    is_between = low - slack <= entry.rule <= high + slack
    return entry._replace(status="kink" if is_between else "wrong", left=float(left.sum()), right=float(right.sum()))


def _among_nearby(comparer: Comparer, place: int, entry: Entry) -> Entry:
    """The same entry, or a kink, if the rule is right all around, and says something in between what it says there.

    Of three equal numbers no one moves the median, and yet it moves with all of them: slopes along single elements do
    not tell all. Clarke's generalized gradient is the hull of the gradients nearby (F. Clarke, 1975). Of a function
    composed of others, where many kinks meet, the chain rule need not lead into it.
    """
    found = [float(gradients[place][entry.index]) for gradients in comparer.nearby]
    slack = 1e-3 * max(map(abs, found), default=0.0)
    if not found or max(found) - min(found) <= 2 * slack:
        return entry
    is_between = min(found) - slack <= entry.rule <= max(found) + slack
    if is_between or (comparer.subject.is_composed and np.isfinite(entry.rule)):
        return entry._replace(status="kink", left=min(found), right=max(found))
    return entry


def gradients_nearby(comparer: Comparer) -> list[Arrays]:
    """Gradients at points around; none where the rule is wrong at some of these too."""
    rng = np.random.default_rng(0)
    found = []
    for number in range(NEARBY):
        try:
            there = moved(comparer, rng)
            directions = [random_direction(rng, a.shape) for a in there.subject.arrays]
            if number < TRIED and there.along(directions).status != "right":
                return []
        except Exception:
            return []
        found.append(there.rules)
    return found


def moved(comparer: Comparer, rng: np.random.Generator, by: float = 1e-4) -> Comparer:
    """The same at a point nearby, where there are no kinks but by chance."""
    pairs = zip(comparer.subject.arrays, comparer.scales, strict=True)
    return comparer.at([np.asarray(a + by * scale * rng.uniform(-1, 1, a.shape)) for a, scale in pairs])


def random_direction(rng: np.random.Generator, shape: tuple[int, ...]) -> np.ndarray:
    """Entries in [-1, 1], none near 0, so that no element's derivative is overlooked."""
    return np.asarray(rng.choice([-1.0, 1.0], shape) * rng.uniform(0.3, 1.0, shape))
