"""Gradients beside differences, at a point: along a direction, and element by element."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from functools import cached_property

import numpy as np

from autograd.testing.entries import Comparison, Entry, Status
from autograd.testing.kinks import gradients_nearby, judged
from autograd.testing.numeric import EPS, STEPS, Estimate, Line, derivative
from autograd.testing.subjects import Arrays, Subject


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

    def allowed(self, rule: float, estimate: Estimate, size: float) -> float:
        """How far a gradient may be from an estimate."""
        return estimate.tolerance(rule, size) if self.tolerance is None else self.tolerance(estimate.value)

    def agree(self, rule: float, estimate: Estimate, size: float) -> bool:
        """Whether a gradient is what an estimate says."""
        if self.tolerance is None:
            return estimate.agrees(rule, size)
        return bool(abs(rule - estimate.value) <= self.tolerance(estimate.value))


class Comparer:
    """The gradients of a subject at a point, and what it takes to compare them.

    Parameters
    ----------
    gs: the incoming gradients.
    rules: the gradients; computed if None.
    looks_around: whether an element that seems wrong may pass as one at a kink for what the rule says nearby.
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
        self.looks_around = looks_around
        self.weights = np.concatenate([np.ravel(g) for g in gs]) if gs else np.zeros(0)
        self.scales = [np.fmax(1.0, np.abs(a)) if settings.follows else np.ones(a.shape) for a in subject.arrays]

    def at(self, arrays: Arrays) -> Comparer:
        """The same at another point, where it does not look around."""
        return Comparer(self.subject.at(arrays), self.gs, self.settings, looks_around=False)

    @cached_property
    def nearby(self) -> list[Arrays]:
        """Gradients at points around; none where the rule is wrong at some of these too, or need not be looked at."""
        return gradients_nearby(self) if self.looks_around and self.settings.follows else []

    @cached_property
    def values(self) -> np.ndarray:
        """All results at the point, one after the other."""
        outs = self.subject.values(self.subject.arrays)
        return np.concatenate([np.array(out).ravel() for out in outs]) if outs else np.zeros(0)

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
            for other_scales in self._other_scales(directions):
                other = self._compare(directions, other_scales)
                if entry.status == "unknown" or (other.status == "right" and _is_better(other, entry)):
                    return other, other_scales
        return entry, scales

    def _other_scales(self, directions: Sequence[np.ndarray | None]) -> Iterator[list[np.ndarray]]:
        """Lengths of steps for what is small beside 1, as its own size is, and for what is large, as 1 is."""
        sizes = [np.where(a == 0, 1.0, np.nan_to_num(np.abs(a))) for a in self.subject.arrays]
        moved = [size[d != 0] for size, d in zip(sizes, directions, strict=True) if d is not None]
        if any(np.any(size < 0.1) for size in moved):
            yield sizes
        if any(np.any(size > 100) for size in moved):
            yield [np.ones(size.shape) for size in sizes]

    def _compare(self, directions: Sequence[np.ndarray | None], scales: Sequence[np.ndarray]) -> Entry:
        scaled = [None if d is None else d * s for d, s in zip(directions, scales, strict=True)]
        terms = [np.where(d == 0, 0, g * d) for g, d in zip(self.rules, scaled, strict=True) if d is not None]
        rule = float(sum([np.sum(term) for term in terms]))
        size = float(sum([np.sum(np.abs(term)) for term in terms])) + 1e-2 * self.subject.natural
        line = Line(self.subject.values, self.subject.arrays, scaled, self.values)
        settings = self.settings
        found = derivative(line, self.weights, rule, size, settings.steps, settings.tolerance)
        is_right = settings.agree(rule, found, size) or self._is_rounding(rule, found, scaled)
        status: Status = "right" if is_right else "wrong" if found.is_known else "unknown"
        entry = Entry(
            None, status, rule, found.value, found.error, found.step, allowed=settings.allowed(rule, found, size)
        )
        if found.gap:
            entry = entry._replace(left=found.value - found.gap / 2, right=found.value + found.gap / 2)
        return entry

    def _is_rounding(self, rule: float, found: Estimate, scaled: Sequence[np.ndarray | None]) -> bool:
        """Whether rule and differences are both 0 but for rounding of slopes that cancel.

        A primitive's differences must see no slope at all: its values may be as small as that.
        """
        if not self.settings.follows:
            return False
        length = sum([float(np.abs(d).sum()) for d in scaled if d is not None])
        least = 64 * EPS * float(np.max(np.abs(self.weights), initial=0.0)) * length
        if not (self.subject.is_composed or (abs(found.value) <= 4 * found.error and abs(found.gap) <= least)):
            return False
        return bool(abs(rule) + abs(found.value) + found.error <= least)

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
            allowed=along.allowed / scale,
        )
        if entry.status == "right" and not self.is_loose(along):
            return entry._replace(status="kink") if np.isfinite(entry.left) else entry
        return judged(self, place, unit * scale, entry)

    def is_loose(self, entry: Entry) -> bool:
        """Whether an entry passes because its error bound is wide, as that of a function that jumps is."""
        size = float(np.abs(self.weights) @ np.abs(self.values))
        return entry.error > max(1e-3 * abs(entry.rule), 1e-3 * abs(entry.numeric), 1e-7 * size)


def _is_better(entry: Entry, before: Entry) -> bool:
    """Whether an estimate is so good that it may overrule one at larger steps, ``before``."""
    share = entry.error / (max(abs(entry.numeric), abs(entry.rule)) + 1e-300)
    if np.isfinite(before.left):  # which has seen a kink
        return share < 1e-2 or entry.error < 1e-12 * abs(before.right - before.left)
    return share < 1e-6 or share < min(1e-2, 0.1 * before.error / (abs(before.numeric) + 1e-300))
