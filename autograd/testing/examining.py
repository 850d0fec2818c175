"""A whole check of one subject: contracts, differences, other points, higher order; and the report of it."""

from __future__ import annotations

import warnings
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import replace

import numpy as np

from autograd.errors import ArgumentError, GradientError, describe
from autograd.testing import contracts
from autograd.testing.case import Case
from autograd.testing.comparing import Comparer, Settings
from autograd.testing.diagnosis import diagnose, diagnose_error
from autograd.testing.entries import Comparison, Entry
from autograd.testing.evidence import Evidence
from autograd.testing.findings import Broken, Finding, Report
from autograd.testing.kinks import random_direction
from autograd.testing.remarks import notes_on, says_nothing
from autograd.testing.rules import with_rule
from autograd.testing.searching import compare_along, compare_fully
from autograd.testing.subjects import Arrays, Call, Derivative, Subject
from autograd.testing.variants import Variant, at_other_values, variants
from autograd.values import value_of

Progress = Callable[[], object]

LOOKED_AT = 64  # elements to compare where a pattern is looked for and a direction is known to be right


@contextmanager
def quietly() -> Iterator[None]:
    """A block without NumPy's words on overflow, or on the mean of nothing: a check tries such calls on purpose."""
    with np.errstate(all="ignore"), warnings.catch_warnings():
        warnings.simplefilter("ignore", RuntimeWarning)
        yield


@contextmanager
def without_warnings() -> Iterator[None]:
    """A block without any: nobody asked for calls that are made up, such as one that NumPy calls deprecated."""
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        yield


def check_beside(subject: Subject) -> None:
    """Raise ArgumentError where a reference or a surrogate does not fit the function."""
    if not isinstance(subject, Call):
        return
    for option, other in (("reference", subject.reference), ("surrogate", subject.surrogate)):
        if other is None:
            continue
        if not callable(other):
            raise ArgumentError(f"{option}={describe(other)}; want a function of the arguments of {subject.name}.")
        try:
            found = subject.results(other, subject.arrays)
        except Exception as error:
            raise ArgumentError(
                f"{option}= raises {type(error).__name__}: {error}; it has to take the arguments of {subject.name}."
            ) from error
        shapes, wanted = ([np.shape(value_of(out)) for out in outs] for outs in (found, subject.run(subject.arrays)))
        if shapes != wanted and option == "surrogate":
            raise ArgumentError(f"{option}= gives results of shapes {shapes} where {subject.name} gives {wanted}.")


class Examination:
    """The check of one subject.

    Parameters
    ----------
    order: of the derivatives to check.
    settings: how differences are taken.
    mode: "full" or "directional".
    progress: called for each element that was compared.
    """

    def __init__(
        self,
        subject: Subject,
        order: int,
        settings: Settings,
        mode: str,
        rng: np.random.Generator,
        progress: Progress = lambda: None,
    ) -> None:
        self.subject, self.order, self.mode, self.rng, self.progress = subject, order, mode, rng, progress
        self.settings = settings
        self.report = Report(subject.name, order)
        self.gs: Arrays = []

    def run(self) -> Report:
        """All of it, until something is so wrong that the rest would say nothing."""
        with quietly():
            values = self._values()
            check_beside(self.subject)
            self.gs = contracts.normal_like(self.rng, values)
            if self._keeps(contracts.FIRST) and self._compares(self.subject, self.gs, 1):
                self._holds_elsewhere()
                self._keeps(contracts.LAST)
                if self.order == 2 and self.report.ok:
                    self._compares_second()
        if isinstance(self.subject, Case):
            self.report.findings = [with_rule(finding, self.subject) for finding in self.report.findings]
        return self.report

    def compares_well(self) -> bool:
        """Whether the gradients are what differences say, along a direction."""
        try:
            gs = contracts.normal_like(self.rng, self._values())
            comparisons = compare_along(Comparer(self.subject, gs, self.settings), self.rng, count=1)
        except Exception:
            return False
        return not any(comparison.is_wrong for comparison in comparisons)

    def _values(self) -> Arrays:
        before = [np.array(a) for a in self.subject.arrays]
        values = [np.array(out) for out in self.subject.values(self.subject.arrays)]
        for array, original in zip(self.subject.arrays, before, strict=True):
            if not np.array_equal(array, original, equal_nan=True):
                array[...] = original  # of a function that writes into its arguments: for the contract to see
        if not values:
            raise ArgumentError(f"gradcheck of {self.subject.name}: it returns no Tensor and no array of real numbers.")
        return values

    # --- contracts ------------------------------------------------------------------------------------

    def _keeps(self, words: contracts.Words) -> bool:
        """Whether all of these contracts are kept; looks no further than the first that is not."""
        for contract, text in words.items():
            try:
                applies = contract(self.subject, self.rng)
            except Broken as broken:
                self.report.findings.append(broken.finding)
                return False
            except Exception as error:
                self.report.findings.append(diagnose_error(error, self.subject, self.rng))
                return False
            self.report.checked += [text] if applies is not False else []
        return True

    # --- differences ----------------------------------------------------------------------------------

    def _compares(self, subject: Subject, gs: Arrays, order: int) -> bool:
        """Whether to go on after a comparison at the given point."""
        comparer = Comparer(subject, gs, self.settings)
        if self.mode == "full":
            comparisons = compare_fully(comparer, self.progress)
        else:
            comparisons = compare_along(comparer, self.rng)
        if order == 1:
            self.report.comparisons = comparisons
        else:
            self.report.higher = comparisons
        findings = [
            self._finding(comparer, place, comparisons, order)
            for place, comparison in enumerate(comparisons)
            if comparison.is_wrong
        ]
        if self.settings.eps is not None and not findings:
            findings = [f for place, c in enumerate(comparisons) for f in self._too_fine(comparer, place, c)]
        self.report.findings += findings
        for comparison in comparisons:
            self.report.notes += notes_on(comparison, order)
            if order == 1 and says_nothing(comparison):
                text = (
                    f"nothing can be compared: around these values of {comparison.name} the function is not finite, or "
                    "jumps. Give inputs inside of its domain, and away from jumps."
                )
                self.report.findings.append(Finding("unknown", text, comparison.name, order=order))
        return not findings

    def _finding(self, comparer: Comparer, place: int, comparisons: list[Comparison], order: int) -> Finding:
        if not self.settings.follows:
            at_fault = self._by_settings(comparer, place, comparisons[place])
            if at_fault is not None:
                return at_fault
        evidence = Evidence(comparer, place, comparisons[place], comparisons, self._elsewhere(comparer, place))
        return diagnose(evidence, order)

    def _by_settings(self, comparer: Comparer, place: int, comparison: Comparison) -> Finding | None:
        """A finding that blames the step or the tolerances that the user gave, if the rule is right without them."""
        by_itself = Comparer(comparer.subject, comparer.gs, Settings(), comparer.rules)
        worst = comparison.worst
        if worst is None or worst.index is None:
            return None
        again = by_itself.element(place, worst.index)
        return self._round_off(comparison.name, worst, again) if again.status == "right" else None

    def _too_fine(self, comparer: Comparer, place: int, comparison: Comparison) -> Iterator[Finding]:
        """A finding on a step that is so small, or so large, that any gradient passes."""
        loose = [entry for entry in comparison.entries if comparer.is_loose(entry) and entry.status == "right"]
        if loose and loose[0].index is not None:
            by_itself = Comparer(comparer.subject, comparer.gs, Settings(), comparer.rules)
            again = by_itself.element(place, loose[0].index)
            if not by_itself.is_loose(again):
                yield self._round_off(comparison.name, loose[0], again)

    def _round_off(self, name: str, entry: Entry, again: Entry) -> Finding:
        given = ", ".join(f"{key}={value:g}" for key, value in vars(self.settings).items() if value is not None)
        text = (
            f"not the rule: with {given} differences say {entry.numeric:.10g} ± {entry.error:.1g}, which is no measure "
            f"of it; at a step of {again.step:.1g} they say {again.numeric:.10g}, as the rule does. Leave it out, or "
            "give a step like that."
        )
        return Finding("round-off", text, name).at(entry)

    @without_warnings()
    def _elsewhere(self, comparer: Comparer, place: int) -> list[Comparison]:
        """The same gradient at other values."""
        found = []
        for variant in at_other_values(comparer.subject, self.rng):
            try:
                there = Comparer(variant.subject, comparer.gs, self.settings)
            except Exception:
                continue
            comparison = there.comparison(place)
            comparison.entries += [there.element(place, index) for index in self._some(comparison.value.shape)]
            found.append(comparison)
        return found

    def _some(self, shape: tuple[int, ...]) -> list[tuple[int, ...]]:
        """Indices of all elements, or of some of many."""
        size = int(np.prod(shape))
        flat = range(size) if size <= LOOKED_AT else self.rng.choice(size, LOOKED_AT, replace=False)
        return [tuple(int(i) for i in np.unravel_index(int(place), shape)) for place in flat]

    # --- elsewhere ------------------------------------------------------------------------------------

    @without_warnings()
    def _holds_elsewhere(self) -> None:
        """Whether the rule is right at other values, arrangements in memory, shapes and indices, as far as they go."""
        found: set[str] = set()
        for variant in variants(self.subject, self.rng):
            finding = None if variant.verdict in found else self._wrong_there(variant)
            if finding is not None:
                found.add(variant.verdict)
                self.report.findings.append(finding)
        if not found:
            self.report.checked.append("other values, layouts, shapes and indices")

    def _wrong_there(self, variant: Variant) -> Finding | None:
        subject = variant.subject
        try:
            comparer = Comparer(subject, contracts.normal_like(self.rng, subject.values(subject.arrays)), self.settings)
            whole = comparer.along([random_direction(self.rng, a.shape) for a in subject.arrays])
            if whole.status == "right" and not comparer.is_loose(whole):
                return None
            comparisons = compare_along(comparer, self.rng, count=1)
        except GradientError:  # a rule that has none there, and says so
            return None
        except Exception as error:
            text = f"right at the inputs given, and {variant.where} the rule raises {type(error).__name__}: {error}"
            return Finding(variant.verdict if variant.verdict not in ("", "branch") else "raises", text)
        for place, comparison in enumerate(comparisons):
            if comparison.is_wrong:
                here = self._here(place, subject) if variant.verdict else []  # a call that was drawn is another one
                evidence = Evidence(comparer, place, comparison, comparisons, here)
                finding = diagnose(evidence)
                if variant.verdict == "branch" and finding.verdict == "branch":
                    return finding
                is_same = finding.verdict == variant.verdict
                text = f"right at the inputs given{'' if is_same else f', and wrong {variant.where}'}: {finding.text}"
                return replace(finding, verdict=variant.verdict or finding.verdict, text=text)
        return None

    def _here(self, place: int, subject: Subject) -> list[Comparison]:
        """The comparison at the given point with some elements in it, where it can stand beside one elsewhere."""
        is_same_argument = subject.names == self.subject.names
        if not is_same_argument or subject.arrays[place].shape != self.subject.arrays[place].shape:
            return []
        comparison = self.report.comparisons[place]
        if not comparison.entries:
            comparer = Comparer(self.subject, self.gs, self.settings)
            entries = [comparer.element(place, index) for index in self._some(comparison.value.shape)]
            comparison = replace(comparison, entries=entries)
        return [comparison]

    # --- second order ---------------------------------------------------------------------------------

    def _compares_second(self) -> None:
        derivative = Derivative(self.subject, self.gs)
        try:
            contracts.same_when_recorded(self.subject, self.gs)
            self._compares(
                derivative, contracts.normal_like(self.rng, self.subject.gradients(self.subject.arrays, self.gs)), 2
            )
        except Broken as broken:
            self.report.findings.append(broken.finding)
        except Exception as error:
            self.report.findings.append(replace(diagnose_error(error, derivative, self.rng), order=2))
        self.report.findings = [f if f.order == 1 else self._of_second(f) for f in self.report.findings]

    def _of_second(self, finding: Finding) -> Finding:
        """A finding on the rule's own derivative, with what it says of the rule."""
        if finding.verdict in ("writes", "unknown"):
            return finding
        primitive = self.subject.primitive if isinstance(self.subject, Case) else None
        if primitive is not None and primitive.saves and primitive.reference is None:
            why = " What is saved is a constant to a second derivative: give a reference=, or ask for the arguments."
        elif finding.verdict in ("missing", "second order", "raises", "kink"):
            why = ""
        else:
            why = " Does the rule compute with values that left the graph?"
        text = f"right at order one, and the derivative of the rule is not: {finding.text}{why}"
        return replace(finding, verdict="not smooth" if finding.verdict == "kink" else "second order", text=text)
