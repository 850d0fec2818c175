"""Gradients beside differences: element by element, or along random directions, and from there to what is wrong."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, field
from typing import Literal, NamedTuple

import numpy as np

from autograd.testing.numeric import SIDES, STEPS, Estimate, Line, derivative, sides
from autograd.testing.subjects import Arrays, Subject

Status = Literal["right", "wrong", "kink", "jump", "unknown"]

FEW = 256  # elements that are all looked at, where a direction showed that one is wrong
BESIDE = 32  # of many elements, those that are looked at beside one that is wrong
NEARBY = 16  # points to look at around one where a gradient is not what differences say
EXCEPTIONS = 8  # elements at kinks that a search goes on without


@dataclass(frozen=True)
class Settings:
    """How differences are taken and compared: the user's step and tolerances, each None where it follows by itself."""

    eps: float | None = None
    atol: float | None = None
    rtol: float | None = None

    @property
    def follows(self) -> bool:
        """Whether steps and tolerances follow by themselves."""
        return self.eps is None and self.tolerance is None

    @property
    def steps(self) -> Sequence[float]:
        """The steps to take, the coarsest first."""
        return STEPS if self.eps is None else (self.eps,)

    @property
    def tolerance(self) -> Callable[[float], float] | None:
        """How far a gradient may be from an estimate, where the user said so."""
        if self.atol is None and self.rtol is None:
            return None
        atol, rtol = self.atol or 0.0, self.rtol or 0.0
        return lambda value: atol + rtol * abs(value)

    def agree(self, rule: float, estimate: Estimate, size: float) -> bool:
        """Whether a gradient is what an estimate says."""
        if self.tolerance is None:
            return estimate.agrees(rule, size)
        return bool(abs(rule - estimate.value) <= self.tolerance(estimate.value))


class Entry(NamedTuple):
    """One element of a gradient, or all of them along a direction, beside differences.

    Attributes
    ----------
    index: of the element; None along a direction.
    rule, numeric: the gradient's value, and that of differences.
    error: a bound on that of ``numeric``.
    step: at which differences were taken.
    left, right: slopes on both sides, at a kink.
    """

    index: tuple[int, ...] | None  # type: ignore[assignment]  # which a tuple has as a method
    status: Status
    rule: float
    numeric: float
    error: float
    step: float
    left: float = np.nan
    right: float = np.nan


@dataclass
class Comparison:
    """The gradient of one argument beside differences.

    Attributes
    ----------
    name: of the argument.
    value: of the argument.
    rule: its gradient.
    entries: elements that were compared.
    directions: entries along directions.
    """

    name: str
    value: np.ndarray
    rule: np.ndarray
    entries: list[Entry] = field(default_factory=list)
    directions: list[Entry] = field(default_factory=list)

    def with_status(self, *status: Status) -> list[Entry]:
        """Those entries, of elements."""
        return [entry for entry in self.entries if entry.status in status]

    @property
    def is_wrong(self) -> bool:
        """Whether an element is wrong."""
        return any(entry.status == "wrong" for entry in self.entries)

    @property
    def numeric(self) -> np.ndarray:
        """The gradient by differences; NaN where none were taken, or where there is no derivative."""
        found = np.full(self.value.shape, np.nan)
        for entry in self.with_status("right", "wrong"):
            if entry.index is not None:
                found[entry.index] = entry.numeric
        return found

    @property
    def worst(self) -> Entry | None:
        """The wrong element that is the furthest off."""
        return max(self.with_status("wrong"), key=_distance, default=None)


def _distance(entry: Entry) -> float:
    return np.inf if np.isnan(entry.rule) else abs(entry.rule - entry.numeric)


class Comparer:
    """The gradients of a subject at a point, and what it takes to compare them.

    Parameters
    ----------
    gs: the incoming gradients.
    rules: the gradients; computed if None.
    looks_around: whether a rule that is right all around, and says something in between there, passes as at a kink.
    """

    def __init__(
        self,
        subject: Subject,
        gs: Arrays,
        settings: Settings,
        rules: Arrays | None = None,
        looks_around: bool = True,
    ) -> None:
        self.subject, self.gs, self.settings = subject, gs, settings
        self.rules = subject.gradients(subject.arrays, gs) if rules is None else rules
        self._values: np.ndarray | None = None
        self._nearby: list[Arrays] | None = None if looks_around else []
        self.weights = np.concatenate([np.ravel(g) for g in gs]) if gs else np.zeros(0)
        self.scales = [np.fmax(1.0, np.abs(a)) if settings.follows else np.ones(a.shape) for a in subject.arrays]

    def comparison(self, place: int) -> Comparison:
        """A comparison of one argument that has no entries yet."""
        subject = self.subject
        return Comparison(subject.names[place], subject.arrays[place], self.rules[place])

    # --- along a direction ----------------------------------------------------------------------------

    def along(self, directions: Sequence[np.ndarray | None]) -> Entry:
        """The gradients along a direction, beside differences."""
        return self._along(directions)[0]

    def _along(self, directions: Sequence[np.ndarray | None]) -> tuple[Entry, Sequence[np.ndarray]]:
        """The same, and the lengths of a step of 1 in each element."""
        scales = self.scales
        entry = self._compare(directions, scales)
        if self.settings.follows and (entry.status != "right" or self.is_loose(entry)):
            small = [np.where(a == 0, 1.0, np.nan_to_num(np.abs(a))) for a in self.subject.arrays]
            moved = [(s[d != 0], t[d != 0]) for s, t, d in zip(small, scales, directions, strict=True) if d is not None]
            if any(np.any(s < 0.1) for s, _ in moved):  # a step of 1 may lead far out of a small domain
                other = self._compare(directions, small)
                shrunk = max(float(np.max(s / t, initial=0.0)) for s, t in moved)
                if entry.status == "unknown" or (other.status == "right" and _is_sharp(other, entry, shrunk)):
                    return other, small
        return entry, scales

    def _compare(self, directions: Sequence[np.ndarray | None], scales: Sequence[np.ndarray]) -> Entry:
        scaled = [None if d is None else d * s for d, s in zip(directions, scales, strict=True)]
        terms = [np.where(d == 0, 0, g * d) for g, d in zip(self.rules, scaled, strict=True) if d is not None]
        rule = float(sum([np.sum(term) for term in terms]))
        size = float(sum([np.sum(np.abs(term)) for term in terms])) + 1e-2 * self.subject.natural
        line = Line(self.subject.values, self.subject.arrays, scaled, self.values)
        settings = self.settings
        found = derivative(line, self.weights, rule, size, settings.steps, settings.tolerance)
        is_right = settings.agree(rule, found, size)
        status: Status = "right" if is_right else "wrong" if found.is_known else "unknown"
        entry = Entry(None, status, rule, found.value, found.error, found.step)
        if found.gap:
            entry = entry._replace(left=found.value - found.gap / 2, right=found.value + found.gap / 2)
        return entry

    @property
    def values(self) -> np.ndarray:
        """All results at the point, one after the other."""
        if self._values is None:
            outs = self.subject.values(self.subject.arrays)
            self._values = np.concatenate([np.array(out).ravel() for out in outs]) if outs else np.zeros(0)
        return self._values

    def only(self, place: int, direction: np.ndarray) -> list[np.ndarray | None]:
        """A direction in one argument alone."""
        return [direction if i == place else None for i in range(len(self.rules))]

    # --- element by element ---------------------------------------------------------------------------

    def element(self, place: int, index: tuple[int, ...]) -> Entry:
        """One element of a gradient, beside differences."""
        unit = np.zeros(self.rules[place].shape)
        unit[index] = 1.0
        directions = self.only(place, unit)
        along, scales = self._along(directions)
        scale = float(scales[place][index]) or 1.0
        rule = float(self.rules[place][index])
        entry = along._replace(
            index=index,
            rule=rule,
            numeric=along.numeric / scale,
            error=along.error / scale,
            left=along.left / scale,
            right=along.right / scale,
        )
        if entry.status == "right" and not self.is_loose(along):
            return entry._replace(status="kink") if np.isfinite(entry.left) else entry
        found = self._at_kink(self.only(place, unit * scale), entry, scale)
        if entry.status == "right":
            return found if found.status == "jump" else entry
        return self._among_nearby(place, found) if found.status == "wrong" else found

    def is_loose(self, entry: Entry) -> bool:
        """Whether an entry passes because its error bound is wide, as that of a function that jumps is."""
        size = float(np.abs(self.weights) @ np.abs(self.values))
        return entry.error > max(1e-3 * abs(entry.rule), 1e-3 * abs(entry.numeric), 1e-7 * size)

    def _among_nearby(self, place: int, entry: Entry) -> Entry:
        """The same entry, or a kink, if the rule is right all around, and says something in between what it says there.

        Of three equal numbers no one moves the median, and yet it moves with all of them: slopes along single elements
        do not tell all. Clarke's generalized gradient is the hull of the gradients nearby (F. Clarke, 1975). Of a
        function composed of others, where many kinks meet, the chain rule need not lead into it.
        """
        if self._nearby is None:
            self._nearby = self._gradients_nearby()
        if not self._nearby or not self.settings.follows:
            return entry
        found = [float(gradients[place][entry.index]) for gradients in self._nearby]
        slack = 1e-3 * max(abs(value) for value in found)
        has_kinks = max(found) - min(found) > 2 * slack
        if has_kinks and (self.subject.is_composed or min(found) - slack <= entry.rule <= max(found) + slack):
            return entry._replace(status="kink", left=min(found), right=max(found))
        return entry

    def _gradients_nearby(self) -> list[Arrays]:
        """Gradients at points around; none where the rule is wrong at some of these too."""
        rng = np.random.default_rng(0)
        found = []
        for number in range(NEARBY):
            moved = [
                np.asarray(a + 1e-4 * s * rng.uniform(-1, 1, a.shape))
                for a, s in zip(self.subject.arrays, self.scales, strict=True)
            ]
            try:
                there = Comparer(self.subject.at(moved), self.gs, self.settings, looks_around=False)
                directions = [random_direction(rng, a.shape) for a in moved]
                if number < 6 and there.along(directions).status != "right":
                    return []
            except Exception:
                return []
            found.append(there.rules)
        return found

    def _at_kink(self, directions: Sequence[np.ndarray | None], entry: Entry, scale: float) -> Entry:
        """The same entry, or what it is where the function has no derivative, and the rule says a slope in between."""
        line = Line(self.subject.values, self.subject.arrays, directions, self.values)
        found = sides(line, min(SIDES, entry.step or SIDES) if entry.status == "right" else SIDES)
        if found.left.shape != self.weights.shape or not np.any(found.is_kink | found.is_jump):
            return entry
        if np.any(found.is_jump):
            return entry._replace(status="jump")
        weights = self.weights / scale
        left = weights * np.where(np.isfinite(found.left), found.left, found.right)  # at the edge of a domain
        right = weights * np.where(np.isfinite(found.right), found.right, found.left)
        if not np.isfinite([left, right]).all():
            return entry
        slack = 1e-5 * float(np.abs(left).sum() + np.abs(right).sum()) + float(np.abs(weights) @ found.error)
        low, high = float(np.minimum(left, right).sum()), float(np.maximum(left, right).sum())
        is_between = low - slack <= entry.rule <= high + slack
        return entry._replace(
            status="kink" if is_between else "wrong", left=float(left.sum()), right=float(right.sum())
        )


def _is_sharp(entry: Entry, before: Entry, shrunk: float) -> bool:
    """Whether an estimate is so good that it may overrule one at larger steps, ``before``, which has seen a kink."""
    size = max(abs(entry.numeric), abs(entry.rule))
    if np.isfinite(before.left):
        return entry.error < 1e-2 * max(size, shrunk * abs(before.right - before.left))
    return entry.error < 1e-6 * size


# --- strategies -------------------------------------------------------------------------------------------


def compare_fully(comparer: Comparer, progress: Callable[[], object] = lambda: None) -> list[Comparison]:
    """Every element of every argument."""
    found = []
    for place in range(len(comparer.rules)):
        comparison = comparer.comparison(place)
        for index in np.ndindex(comparison.value.shape):
            comparison.entries.append(comparer.element(place, index))
            progress()
        found.append(comparison)
    return found


def compare_along(comparer: Comparer, rng: np.random.Generator, count: int = 2) -> list[Comparison]:
    """Each argument along random directions; where one is wrong, the elements that are."""
    found = []
    for place in range(len(comparer.rules)):
        comparison = comparer.comparison(place)
        if comparison.value.size:
            for _ in range(count):
                direction = random_direction(rng, comparison.value.shape)
                comparison.directions.append(comparer.along(comparer.only(place, direction)))
            if any(entry.status != "right" or comparer.is_loose(entry) for entry in comparison.directions):
                comparison.entries += _search(comparer, place, rng)
        found.append(comparison)
    return found


def random_direction(rng: np.random.Generator, shape: tuple[int, ...]) -> np.ndarray:
    """Entries in [-1, 1], none near 0, so that no element's derivative is overlooked."""
    return np.asarray(rng.choice([-1.0, 1.0], shape) * rng.uniform(0.3, 1.0, shape))


def _search(comparer: Comparer, place: int, rng: np.random.Generator) -> list[Entry]:
    """Elements of an argument, among them one that is wrong: all of a few, else what halving leads to."""
    shape = comparer.rules[place].shape
    indices = list(np.ndindex(shape)) if comparer.rules[place].size <= FEW else []
    if indices:
        return [comparer.element(place, index) for index in indices]
    entries: list[Entry] = []
    while len(entries) < EXCEPTIONS:
        left_out = [entry.index for entry in entries if entry.index is not None]
        index = _halve(comparer, place, random_direction(rng, shape), left_out)
        if index is None:
            break
        entries.append(comparer.element(place, index))
        if entries[-1].status == "wrong":
            others = rng.choice(comparer.rules[place].size, BESIDE, replace=False)
            beside = [tuple(int(i) for i in np.unravel_index(flat, shape)) for flat in others]
            return [*entries, *(comparer.element(place, i) for i in beside if i != index)]
    return entries


def _halve(
    comparer: Comparer, place: int, direction: np.ndarray, left_out: Iterable[tuple[int, ...]]
) -> tuple[int, ...] | None:
    """The index of an element that is off, found by comparing along ever fewer of them; None if all agree."""
    flat = np.array(direction)
    for index in left_out:
        flat[index] = 0.0
    flat = flat.ravel()
    candidates = np.flatnonzero(flat)
    if comparer.along(comparer.only(place, flat.reshape(direction.shape))).status == "right":
        return None
    while len(candidates) > 1:
        halves = np.array_split(candidates, 2)
        found = []
        for half in halves:
            part = np.zeros_like(flat)
            part[half] = flat[half]
            found.append(comparer.along(comparer.only(place, part.reshape(direction.shape))))
        candidates = halves[int(_offence(found[1]) > _offence(found[0]))]
    return tuple(int(i) for i in np.unravel_index(int(candidates[0]), direction.shape))


def _offence(entry: Entry) -> float:
    """How far a rule is off, as a multiple of what differences can tell."""
    return 0.0 if entry.status == "right" else _distance(entry) / (entry.error + 1e-300)
