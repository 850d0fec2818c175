"""Kinds of mistakes, each a function that looks for one in what is known; they are tried in order."""

from __future__ import annotations

import itertools

import numpy as np

from autograd.testing.branches import branch
from autograd.testing.evidence import Evidence, Pattern
from autograd.testing.factors import factor, precision
from autograd.testing.findings import same, significant
from autograd.testing.subjects import Call


def _not_finite(evidence: Evidence) -> tuple[str, str] | None:
    odd = [entry for entry in evidence.wrong.with_status("wrong") if not np.isfinite(entry.rule)]
    if not odd:
        return None
    entry = odd[0]
    where = "" if entry.index is None else f" where {evidence.name} is {evidence.value_of(entry):.6g}"
    return "not finite", (
        f"{evidence.what} is {entry.rule}{where}, and the slope there is {significant(entry.numeric)}: "
        "is there a 0/0, or an infinity times 0?"
    )


def _kink(evidence: Evidence) -> tuple[str, str] | None:
    wrong = evidence.wrong.with_status("wrong")
    odd = [entry for entry in wrong if np.isfinite(entry.left)]
    if not odd or len(odd) < len(wrong):
        return None
    entry = odd[0]
    return "kink", (
        f"the function has no derivative where {evidence.name} is {evidence.value_of(entry):.6g}: the slope is "
        f"{significant(entry.left)} on the left and {significant(entry.right)} on the right, and the rule says "
        f"{significant(entry.rule)}, which is not between them."
    )


def _swapped(evidence: Evidence) -> tuple[str, str] | None:
    mine = evidence.wrong
    for other in evidence.all:
        if other is mine or not mine.rule.size or not other.is_known or not mine.is_known:
            continue
        if other.is_wrong and same(mine.rule, other.numeric) and not same(mine.numeric, other.numeric):
            return "swapped", f"{evidence.what} is the one that belongs to {other.name}."
        if same(other.rule, mine.numeric) and other.is_wrong:
            return "swapped", f"{evidence.what} was given to {other.name}."
        if (
            other.rule.shape == mine.rule.shape
            and not np.any(mine.rule)
            and same(other.rule, other.numeric + mine.numeric)
        ):
            return "swapped", f"{evidence.what} was added to that of {other.name}."
    return None


def _missing(evidence: Evidence) -> tuple[str, str] | None:
    if np.any(evidence.wrong.rule) or any(entry.rule for entry in evidence.judged()):
        return None
    reached = evidence.subject.reached()[evidence.place]
    how = "is zero everywhere" if reached else "does not arrive"
    cause = "a rule that returns zeros" if reached else "no rule, one that returns None, or a value that left the graph"
    return "missing", f"{evidence.what} {how}, and the result depends on it: {cause}?"


def _constant(evidence: Evidence) -> tuple[str, str] | None:
    """A function that does not move, with a rule that says it does."""
    entries = evidence.judged()
    is_flat = all(entry.numeric == 0 for entry in entries)
    if not entries or not is_flat or any(entry.rule == 0 for entry in entries):
        return None
    return "mismatch", (
        f"the function is constant around here, and {evidence.what} is not 0. If that is meant, as in a "
        "straight-through estimator, give the function whose derivative it is: surrogate=."
    )


def _independent(evidence: Evidence) -> tuple[str, str] | None:
    """Elements that the result does not depend on, and that have a gradient; others that it does depend on."""
    entries = evidence.judged()
    idle = [e for e in entries if e.numeric == 0 and e.status == "wrong"]
    if not idle or all(e.numeric == 0 for e in entries) or any(e.numeric == 0 and e.status == "right" for e in entries):
        return None
    places = ", ".join(f"[{', '.join(map(str, entry.index or ()))}]" for entry in idle[:3])
    more = f" and {len(idle) - 3} more" if len(idle) > 3 else ""
    return "mismatch", (
        f"{evidence.what} is not 0 at {places}{more}, on which the result does not depend: does the rule leave out "
        "what the function ignores, masks or clips?"
    )


def _counted_in_part(evidence: Evidence) -> tuple[str, str] | None:
    """The right gradient, if some of the incoming one is taken for zero: a result, or all but one row of it."""
    gs = evidence.comparer.gs
    for i in range(len(gs) if len(gs) > 1 else 0):
        if evidence.is_right_for([np.zeros_like(g) if j == i else g for j, g in enumerate(gs)]):
            return "missing", f"{evidence.what} leaves out what comes from result {i} of {len(gs)}."
    first = np.zeros_like(gs[0])
    first[(0,) * first.ndim] = gs[0][(0,) * first.ndim]
    if len(gs) == 1 and gs[0].ndim > 1 and evidence.is_right_for([first]):
        return (
            "broadcast",
            f"{evidence.what} counts the first element of the result alone: it has to be a sum over all.",
        )
    for axis in range(gs[0].ndim if len(gs) == 1 else 0):
        for place in (0, -1):
            row = np.zeros_like(gs[0])
            index = (slice(None),) * axis + (place,)
            row[index] = gs[0][index]
            if gs[0].shape[axis] > 1 and evidence.is_right_for([row]):
                return "broadcast", (
                    f"{evidence.what} counts position {place} along axis {axis} of the result alone: "
                    "it has to be summed over that axis."
                )
    return None


def _transposed(evidence: Evidence) -> tuple[str, str] | None:
    rule, numeric = evidence.wrong.rule, evidence.wrong.numeric
    if rule.ndim < 2 or not evidence.wrong.is_known:
        return None
    for order in itertools.permutations(range(rule.ndim)):
        moved = numeric.transpose(order)
        if list(order) != sorted(order) and moved.shape == rule.shape and same(rule, moved):
            return "transposed", f"{evidence.what} is transposed: its axes come in the order {order}."
    for axis in range(rule.ndim):
        if same(rule, np.flip(numeric, axis)):
            return "transposed", f"{evidence.what} comes backwards along axis {axis}."
    return None


def _axis(evidence: Evidence) -> tuple[str, str] | None:
    """The derivative for another axis, or for another value of an integer argument."""
    subject = evidence.subject
    if not isinstance(subject, Call):
        return None
    most = max(array.ndim for array in subject.arrays)
    for place, leaf in enumerate(subject.leaves):
        if type(leaf) is not int:
            continue
        for other in (*range(-most, most), leaf - 1, leaf + 1):
            if other != leaf and evidence.is_right_with(place, other):
                return "axis", (
                    f"{evidence.what} is the one for {other} in place of {leaf}, an integer argument: "
                    "the wrong axis, or off by one?"
                )
    return None


def _repeated(evidence: Evidence) -> tuple[str, str] | None:
    """Wrong just where an integer array among the arguments names a row more than once."""
    subject, wrong = evidence.subject, evidence.wrong
    if not isinstance(subject, Call) or not wrong.value.ndim:
        return None
    rows = {entry.index[0] for entry in wrong.with_status("wrong") if entry.index}
    for leaf in subject.leaves:
        if isinstance(leaf, np.ndarray) and leaf.dtype.kind in "iu":
            named, counts = np.unique(leaf % max(len(wrong.value), 1), return_counts=True)
            if rows and rows == set(named[counts > 1].tolist()):
                return "repeated indices", (
                    f"{evidence.what} is wrong where an index occurs more than once: contributions "
                    "must be added (ag.add_at); does the last one overwrite the others?"
                )
    return None


def _along_an_axis(evidence: Evidence) -> tuple[str, str] | None:
    """Wrong in some positions along an axis, right in the others."""
    wrong = evidence.wrong
    marks = np.full(wrong.value.shape, np.nan)
    for entry in wrong.with_status("right", "wrong"):
        if entry.index is not None:
            marks[entry.index] = entry.status == "wrong"
    for axis in range(marks.ndim):
        others = tuple(i for i in range(marks.ndim) if i != axis)
        if np.isnan(marks).any() or marks.shape[axis] < 2:
            continue
        low, high = marks.min(axis=others), marks.max(axis=others)
        if np.array_equal(low, high) and 0 < high.sum() < len(high):
            positions = ", ".join(map(str, np.flatnonzero(high)))
            return "mismatch", (
                f"{evidence.what} is wrong at positions {positions} along axis {axis}, and right at the others."
            )
    return None


def _mismatch(evidence: Evidence) -> tuple[str, str]:
    wrong, right = (len(evidence.wrong.with_status(status)) for status in ("wrong", "right"))
    share = "in every element" if not right else f"in {wrong} of {wrong + right} elements"
    return "mismatch", f"{evidence.what} is wrong {share}."


PATTERNS: tuple[Pattern, ...] = (
    _not_finite,
    _kink,
    _swapped,
    _missing,
    _repeated,
    _constant,
    _counted_in_part,
    precision,
    factor,
    _transposed,
    branch,
    _independent,
    _axis,
    _along_an_axis,
    _mismatch,
)
