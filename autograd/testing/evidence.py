"""What is known of an argument whose gradient is wrong: what patterns look at."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field

import numpy as np

from autograd.testing.case import Case
from autograd.testing.comparing import Comparer
from autograd.testing.entries import Comparison, Entry
from autograd.testing.subjects import Arrays, Call, Derivative, Subject


@dataclass
class Evidence:
    """What is known of an argument whose gradient is wrong.

    Attributes
    ----------
    comparer: of the point where it is wrong.
    place: of the argument.
    wrong: its comparison.
    all: those of all arguments, at the same point.
    elsewhere: comparisons of the same argument at other points, where it may be right.
    """

    comparer: Comparer
    place: int
    wrong: Comparison
    all: list[Comparison]
    elsewhere: list[Comparison] = field(default_factory=list)

    @property
    def subject(self) -> Subject:
        """What is checked."""
        return self.comparer.subject

    @property
    def name(self) -> str:
        """Of the argument."""
        return self.wrong.name

    @property
    def what(self) -> str:
        """What is wrong, in words."""
        if isinstance(self.subject, Derivative):
            return f"the rule's derivative in {self.name}"
        return f"the gradient of {self.name}"

    @property
    def is_elementwise(self) -> bool:
        """Whether an elementwise primitive is checked."""
        of = self.subject.of if isinstance(self.subject, Derivative) else self.subject
        return isinstance(of, Case) and of.primitive.elementwise

    def pooled(self) -> list[tuple[float, Entry]]:
        """Elements of all points of which differences tell something, each with the argument's value there."""
        usual = max((abs(entry.numeric) for entry in self.wrong.with_status("right", "wrong")), default=0.0)
        return [
            (float(comparison.value[entry.index]), entry)
            for comparison in (self.wrong, *self.elsewhere)
            for entry in comparison.with_status("right", "wrong")
            if entry.index is not None and entry.error <= 1e-3 * max(abs(entry.numeric), abs(entry.rule), 1e-3 * usual)
        ]

    def judged(self) -> list[Entry]:
        """Elements at the point where it is wrong, those at kinks left out."""
        return self.wrong.with_status("right", "wrong")

    def value_of(self, entry: Entry) -> float:
        """The argument's value at an element."""
        return float(self.wrong.value[entry.index]) if entry.index is not None else np.nan

    def is_right_for(self, gs: Arrays) -> bool:
        """Whether the gradient is the one that other incoming gradients should give."""
        return self._is_right(Comparer(self.subject, gs, self.comparer.settings, self.comparer.rules))

    def is_right_with(self, place: int, value: int) -> bool:
        """Whether the gradient is that of a call with another integer in the place of a leaf."""
        subject, comparer = self.subject, self.comparer
        assert isinstance(subject, Call)
        leaves = list(subject.leaves)
        leaves[place] = value
        try:
            other = subject.with_leaves(leaves)
            if [out.shape for out in other.values(other.arrays)] != [np.shape(g) for g in comparer.gs]:
                return False
            return self._is_right(Comparer(other, comparer.gs, comparer.settings, comparer.rules))
        except (ValueError, IndexError, TypeError, ArithmeticError):
            return False

    def _is_right(self, comparer: Comparer) -> bool:
        rng = np.random.default_rng(0)
        directions = [rng.uniform(0.3, 1.0, self.wrong.rule.shape) for _ in range(2)]
        found = [comparer.along(comparer.only(self.place, direction)) for direction in directions]
        return all(e.status == "right" and e.numeric and e.error < 1e-3 * abs(e.numeric) for e in found)


Pattern = Callable[[Evidence], tuple[str, str] | None]
"""Looks for one kind of mistake: a verdict and a sentence, or None."""


def ratios_of(entries: Sequence[Entry]) -> np.ndarray:
    """What rules say over what differences say, where that is known to some digits."""
    known = [entry for entry in entries if abs(entry.numeric) > 1e3 * entry.error and np.isfinite(entry.rule)]
    return np.array([entry.rule / entry.numeric for entry in known])
