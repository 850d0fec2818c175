"""What a check finds, as data that reads like a sentence: findings with a verdict, and the report of a check."""

from __future__ import annotations

import math
import textwrap
from collections.abc import Sequence
from dataclasses import dataclass, field, replace

import numpy as np

from autograd.testing.entries import Comparison, Entry

VERDICTS = {
    "constant factor": "a gradient is a constant times what it should be",
    "sign": "a gradient has the opposite sign",
    "transposed": "the right numbers, with axes exchanged",
    "axis": "the derivative for another axis, or for another value of an integer argument",
    "broadcast": "a gradient is not summed over an axis that broadcasting added or stretched",
    "missing": "no gradient arrives at an argument that the result depends on",
    "swapped": "a gradient was given to another argument",
    "branch": "right for some values of an argument, wrong for others",
    "kink": "at a kink, and the rule says none of the slopes there",
    "round-off": "the step or the digits of the function are to blame, not the rule",
    "precision": "something inside computes in float32",
    "not finite": "the rule says NaN or infinity where there is a slope",
    "not deterministic": "the same call gives another answer",
    "not linear": "the rule is not linear in the incoming gradient",
    "writes": "an input or the incoming gradient was changed",
    "memory": "a result or gradient lies in memory that it must not share",
    "hidden state": "the rule uses what none of its parameters names",
    "shape": "a gradient of the wrong shape",
    "dtype": "another dtype comes out than went in",
    "layout": "wrong only for some arrangement of an array in memory",
    "square only": "right for square matrices only",
    "zero size": "wrong only for arrays without elements",
    "scalar": "wrong only for an array without axes",
    "repeated indices": "wrong only where an index occurs more than once",
    "second order": "right at order one only",
    "not smooth": "the first derivative has a kink here, and the second one says none of the slopes there",
    "value": "another value than the reference's",
    "alone": "another gradient where fewer are wanted, or a result is not used",
    "raises": "the rule raises an error",
    "unknown": "the function is not finite around this point, so that nothing can be said",
    "mismatch": "wrong, in no way that has a name",
}


@dataclass(frozen=True)
class Finding:
    """One thing that is wrong.

    Attributes
    ----------
    verdict: one of `VERDICTS`.
    text: what was found, in a sentence or two.
    argument: whose gradient is wrong; empty where that is not the point.
    index: of the element that is the furthest off.
    analytic, numeric: that element, as the rule has it and as differences have it.
    error, step: a bound on the error of ``numeric``, and the step at which it was found.
    order: of the derivative.
    primitive, line, scope: where it was located: the operation, the line of the program, the module's path.
    rule: where the rule is written, if that is the user's.

    >>> print(Finding("sign", "the gradient of x has the wrong sign.", "x", (0,), -2.0, 2.0, 1e-12, 2e-3))
    [sign] the gradient of x has the wrong sign.
        worst at x[0]: the rule says -2, differences say 2 (± 1e-12, step 0.002), ratio -1
    """

    verdict: str
    text: str
    argument: str = ""
    index: tuple[int, ...] | None = None
    analytic: float = math.nan
    numeric: float = math.nan
    error: float = math.nan
    step: float = math.nan
    order: int = 1
    primitive: str = ""
    line: str = ""
    scope: str = ""
    rule: str = ""

    @property
    def ratio(self) -> float:
        """``analytic / numeric``; NaN where that says nothing."""
        return self.analytic / self.numeric if self.numeric else math.nan

    def at(self, entry: Entry) -> Finding:
        """The same, with the numbers of an element."""
        return replace(
            self, index=entry.index, analytic=entry.rule, numeric=entry.numeric, error=entry.error, step=entry.step
        )

    def __str__(self) -> str:
        lines = [f"[{self.verdict}] {self.text}"]
        lines += [f"    {self._place()}"] if self.primitive else []
        if not math.isnan(self.numeric) or not math.isnan(self.analytic):
            element = f"{self.argument}[{', '.join(map(str, self.index))}]" if self.index else self.argument
            lines.append(f"    worst at {element or 'the direction'}: {self._numbers()}")
        lines += [f"    its rule: {self.rule}"] if self.rule else []
        return "\n".join(lines)

    def _place(self) -> str:
        """Where it was located."""
        scope = f", in {self.scope}" if self.scope else ""
        return f"in {self.primitive}{scope}" + (f", called at {self.line}" if self.line else "")

    def _numbers(self) -> str:
        ratio = f", ratio {self.ratio:.6g}" if math.isfinite(self.ratio) else ""
        digits = "" if math.isinf(self.error) else f" (± {self.error:.1g}, step {self.step:.1g})"
        return f"the rule says {self.analytic:.10g}, differences say {self.numeric:.10g}{digits}{ratio}"


SHOWN = 3  # findings of a report that are told in full


class Broken(AssertionError):
    """A contract does not hold: carries the finding."""

    def __init__(self, finding: Finding) -> None:
        super().__init__(str(finding))
        self.finding = finding


@dataclass
class Report:
    """The report of a gradient check: ``ok``, a readable ``str``, and the numbers.

    Attributes
    ----------
    name: of what was checked.
    order: of the derivatives that were asked for.
    findings: what is wrong; empty if nothing is.
    comparisons: the gradient of each argument beside differences.
    higher: those of the derivatives of the rule, where order 2 was asked for.
    checked: what else was looked at, in words.
    notes: what is good to know, and is no mistake.
    example: a small call that shows it, as code.

    >>> import autograd as ag, numpy as np
    >>> report = ag.gradcheck(np.tanh, np.array([0.5, -1.0]))
    >>> report.ok, [comparison.name for comparison in report.comparisons]
    (True, ['x'])
    """

    name: str
    order: int = 1
    findings: list[Finding] = field(default_factory=list)
    comparisons: list[Comparison] = field(default_factory=list)
    higher: list[Comparison] = field(default_factory=list)
    checked: list[str] = field(default_factory=list)
    notes: list[str] = field(default_factory=list)
    example: str = ""

    @property
    def ok(self) -> bool:
        """Whether nothing is wrong."""
        return not self.findings

    def __bool__(self) -> bool:
        return self.ok

    def __str__(self) -> str:
        return self.render()

    def render(self, color: bool = False) -> str:
        """The report as text, in a terminal's colors if ``color``."""
        paint = _painted if color else _plain
        is_unknown = all(finding.verdict == "unknown" for finding in self.findings)
        head = paint("right", "green") if self.ok else paint("NOT KNOWN" if is_unknown else "WRONG", "red")
        lines = [f"{self.name}: {head}"]
        for finding in self.findings[:SHOWN]:
            first, *rest = str(finding).split("\n")
            tag, text = first.split("] ", 1)
            lines += ["", f"  {paint(tag + ']', 'red')} {text}", *(f"  {row}" for row in rest)]
        more = [f"{finding.argument or finding.text} [{finding.verdict}]" for finding in self.findings[SHOWN:]]
        lines += ["", f"  and in {', '.join(more)}"] if more else []
        for heading, comparisons in (("", self.comparisons), ("derivatives of the rule:", self.higher)):
            rows = [*([heading] if heading else []), *_table(comparisons)] if comparisons else []
            lines += ["", *(f"  {row}" for row in rows)] if rows else []
        if self.checked and self.ok:
            text = f"also checked: {'; '.join(self.checked)}"
            lines += ["", *textwrap.wrap(text, 100, initial_indent="  ", subsequent_indent="    ")]
        lines += [f"  {paint('note', 'yellow')}: {note}" for note in self.notes]
        if self.example:
            lines += ["", "  a small call that fails as well, to paste and run:"]
            lines += [f"    {row}" for row in self.example.split("\n")]
        return "\n".join(lines)


_COLORS = {"red": "\033[1;31m", "green": "\033[1;32m", "yellow": "\033[33m"}


def _painted(text: str, color: str) -> str:
    return f"{_COLORS[color]}{text}\033[0m"


def _plain(text: str, color: str) -> str:
    return text


def _table(comparisons: Sequence[Comparison]) -> list[str]:
    """A row for each argument, and a heading."""
    if not comparisons:
        return []
    heading = ("argument", "shape", "compared", "largest difference", "allowed")
    rows = [heading, *map(_row, comparisons)]
    widths = [max(map(len, column)) for column in zip(*rows, strict=True)]
    return ["  ".join(cell.ljust(width) for cell, width in zip(row, widths, strict=True)).rstrip() for row in rows]


def _row(comparison: Comparison) -> tuple[str, str, str, str, str]:
    entries = comparison.with_status("right", "wrong") or comparison.directions
    what, count = (
        ("element", len(comparison.entries)) if comparison.entries else ("direction", len(comparison.directions))
    )
    odd = len(comparison.with_status("kink", "jump"))
    compared = f"{count} {what}{'s' * (count != 1)}" + (f", {odd} at kinks" if odd else "")
    worst = max(entries, key=_excess, default=None)
    return (
        comparison.name,
        str(comparison.value.shape),
        compared,
        "" if worst is None else f"{abs(worst.rule - worst.numeric):.1e}",
        "" if worst is None or math.isnan(worst.allowed) else f"{worst.allowed:.1e}",
    )


def _excess(entry: Entry) -> float:
    """How far an entry is from differences, as a share of what is allowed."""
    gap = abs(entry.rule - entry.numeric)
    return math.inf if math.isnan(gap) else gap / (entry.allowed if entry.allowed > 0 else 1e-300)


def significant(value: float) -> str:
    """A number as briefly as it can be told from its neighbours: ``0.5``, ``-1``, ``0.3333``.

    >>> significant(0.5), significant(1 / 3)
    ('0.5', '0.3333')
    """
    return f"{value:.4g}"


def same(actual: np.ndarray, expected: np.ndarray, error: np.ndarray | float = 0.0) -> bool:
    """Whether arrays agree but for rounding, and ``error``."""
    if actual.shape != expected.shape:
        return False
    scale = float(np.max(np.abs(expected), initial=0.0))
    return bool(np.all(np.abs(actual - expected) <= 1e-6 * np.abs(expected) + 1e-9 * scale + 4 * error))
