"""What `Diagnose` reports: findings in words, the gravest first."""

from __future__ import annotations

import math
import textwrap
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, replace
from typing import overload

from nn.diagnostics.course import Course

__all__ = ["Finding", "Report", "examine", "finding"]

SEVERITIES = ("serious", "warning", "note")


@dataclass(frozen=True)
class Finding:
    """One thing that is wrong.

    Attributes
    ----------
    name: of the kind of finding, such as "dead units".
    layer: path of the layer or parameter, several after commas; empty where it concerns the whole.
    words: what was found, with the numbers and the threshold.
    remedy: what to do.
    severity: "serious" where nothing is learnt as things are, "warning" where less or more slowly, or "note".

    >>> print(Finding("dead units", "3", "71% of 128 units are 0 for every sample.", "Lower the rate.", "warning"))
    warning: dead units at 3: 71% of 128 units are 0 for every sample.
        -> Lower the rate.
    """

    name: str
    layer: str
    words: str
    remedy: str
    severity: str = "warning"

    def __str__(self) -> str:
        return f"{self.headline()}\n{self.advice()}"

    def headline(self) -> str:
        """Severity, name, place and words, in lines of no more than 110 characters.

        >>> print(Finding("rate too low", "", "nothing moves.", "Raise it.").headline())
        warning: rate too low: nothing moves.
        """
        place = f" at {self.layer}" if self.layer else ""
        lines = f"{self.severity}: {self.name}{place}: {self.words}".splitlines()
        first = textwrap.wrap(lines[0], 110, subsequent_indent="    ", break_on_hyphens=False)
        rest = [f"    {line}" for line in lines[1:]]
        return "\n".join([*first, *rest])

    def advice(self) -> str:
        """The remedy, indented.

        >>> print(Finding("rate too low", "", "nothing moves.", "Raise it.").advice())
            -> Raise it.
        """
        return textwrap.fill(self.remedy, 110, initial_indent="    -> ", subsequent_indent="       ")


class Report(Sequence[Finding]):
    """The findings of a `Diagnose`, a sequence; printed, it is text.

    Parameters
    ----------
    findings: each a `Finding`; they are sorted, the gravest first.
    looked_at: one line on what they rest on.

    Attributes
    ----------
    looked_at: as given.

    Raises IndexError, when indexed, for a finding that is not there.

    >>> print(Report([], "6 of 50 steps, 2 layers, 4 parameters"))
    Nothing is wrong (looked at 6 of 50 steps, 2 layers, 4 parameters).
    """

    def __init__(self, findings: Sequence[Finding], looked_at: str) -> None:
        self._findings = sorted(findings, key=lambda found: SEVERITIES.index(found.severity))
        self.looked_at = looked_at

    @overload
    def __getitem__(self, place: int) -> Finding: ...

    @overload
    def __getitem__(self, place: slice) -> Sequence[Finding]: ...

    def __getitem__(self, place: int | slice) -> Finding | Sequence[Finding]:
        return self._findings[place]

    def __len__(self) -> int:
        return len(self._findings)

    @property
    def names(self) -> list[str]:
        """The names of the findings, each once.

        >>> Report([], "").names
        []
        """
        return list(dict.fromkeys(found.name for found in self._findings))

    def __str__(self) -> str:
        if not self._findings:
            return f"Nothing is wrong (looked at {self.looked_at})."
        count = f"{len(self)} finding{'s' if len(self) > 1 else ''}"
        lines = [f"{count} (looked at {self.looked_at}):"]
        for found, following in zip(self._findings, [*self._findings[1:], None], strict=True):
            lines.append(found.headline())
            if following is None or following.remedy != found.remedy:  # said once of several layers
                lines.append(found.advice())
        return "\n".join(lines)

    __repr__ = __str__


Check = Callable[[Course], Iterator[tuple[str, str, str]]]
TABLE: dict[str, tuple[str, Check]] = {}


def finding(name: str, severity: str) -> Callable[[Check], Check]:
    """Enter a check under the name of what it finds: it yields the layer, the words and the remedy of each case."""

    def enter(check: Check) -> Check:
        assert severity in SEVERITIES
        TABLE[name] = (severity, check)
        return check

    return enter


def examine(course: Course) -> Report:
    """All checks on what is known of a training run, up to the first number that is not finite."""
    end = math.inf if course.broken is None else course.broken[0]
    sound = replace(course, steps=[step for step in course.steps if step.step < end])
    findings = [
        Finding(name, layer, words, remedy, severity)
        for name, (severity, check) in TABLE.items()
        for layer, words, remedy in check(sound)
    ]
    layers = len({layer.path for step in course.steps for layer in step.layers})
    parameters = len(course.steps[-1].parameters) if course.steps else 0
    looked_at = f"{len(course.steps)} of {course.count} steps, {layers} layers, {parameters} parameters"
    if not course.losses:
        looked_at += "; the loss is not known: give loss= or call record"
    return Report(findings, looked_at)
