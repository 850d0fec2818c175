"""What a comparison with differences consists of, as plain data: entries for elements, and all those of an argument."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Literal, NamedTuple

import numpy as np

Status = Literal["right", "wrong", "kink", "jump", "unknown"]


class Entry(NamedTuple):
    """One element of a gradient, or all of them along a direction, beside differences.

    Attributes
    ----------
    index: of the element; None along a direction.
    rule, numeric: the gradient's value, and that of differences.
    error: a bound on that of ``numeric``.
    step: at which differences were taken.
    left, right: slopes on both sides, at a kink.
    allowed: how far ``rule`` and ``numeric`` may be apart; NaN where that was not what decided.
    """

    index: tuple[int, ...] | None  # type: ignore[assignment]  # which a tuple has as a method
    status: Status
    rule: float
    numeric: float
    error: float
    step: float
    left: float = np.nan
    right: float = np.nan
    allowed: float = np.nan


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
    def is_known(self) -> bool:
        """Whether every element has a derivative by differences."""
        return bool(np.isfinite(self.numeric).all())

    @property
    def worst(self) -> Entry | None:
        """The wrong element that is the furthest off."""
        return max(self.with_status("wrong"), key=distance, default=None)


def distance(entry: Entry) -> float:
    """How far a rule is from differences."""
    return np.inf if np.isnan(entry.rule) else abs(entry.rule - entry.numeric)
