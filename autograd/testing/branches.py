"""A branch that is missing: gradients that are right for some values of an argument, and wrong for others."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np

from autograd.testing.comparing import Comparer, Settings
from autograd.testing.entries import Entry
from autograd.testing.evidence import Evidence, ratios_of
from autograd.testing.findings import significant


def branch(evidence: Evidence) -> tuple[str, str] | None:
    """Right and wrong elements that a threshold in the argument's value, or in its size, tells apart."""
    pooled = evidence.pooled()
    values = {value for value, entry in pooled if entry.status == "wrong"}
    is_round = len(values) == 1 and float(f"{min(values):.3g}") in values  # else it is the place, not the value
    if is_round and sum(entry.status == "right" for _, entry in pooled) > 1:
        value = values.pop()
        if all(v != value for v, entry in pooled if entry.status == "right"):
            return "branch", (
                f"right elsewhere, wrong where {evidence.name} is exactly {value:.6g}: a special case that is missing "
                f"there, or that is not one{_what_there(pooled)}."
            )
    for words, key in (("{x}", float), ("|{x}|", abs)):
        right = [key(value) for value, entry in pooled if entry.status == "right"]
        wrong = [key(value) for value, entry in pooled if entry.status == "wrong"]
        if len(right) < 2 or not wrong:
            continue
        quantity = words.format(x=evidence.name)
        for sign, relation, other in ((1, "<", ">"), (-1, ">", "<")):
            low = max(sign * value for value in wrong)
            high = min(sign * value for value in right)
            bounds = _threshold(evidence, key, sign * low, sign * high) if low < high else None
            if bounds is not None:
                bound = _bound(*bounds)
                return "branch", (
                    f"right for {quantity} {other} {bound}, wrong for {quantity} {relation} {bound}: a branch is "
                    f"missing there{_what_there(pooled)}."
                )
    return None


def _what_there(pooled: list[tuple[float, Entry]]) -> str:
    """What is wrong in the branch, where that is simple."""
    wrong = [entry for _, entry in pooled if entry.status == "wrong"]
    if all(entry.rule == 0 for entry in wrong):
        return ", where the rule says 0"
    slopes = [entry.numeric for entry in wrong]
    if all(abs(slope) <= 4 * entry.error + 1e-9 for slope, entry in zip(slopes, wrong, strict=True)):
        return ", where the slope is 0"
    ratios = ratios_of(wrong)
    if ratios.size and np.ptp(ratios) <= 1e-6 * abs(ratios[0]):
        return f", where the rule says {significant(ratios[0])} times the slope"
    return ""


def _threshold(
    evidence: Evidence, key: Callable[[float], float], wrong: float, right: float
) -> tuple[float, float] | None:
    """Bounds of the value at which a gradient turns wrong, for good: one element is moved there from both sides.

    None where it turns so slowly that no branch can begin there: that is how a function that saturates looks.
    """
    start = next((entry for entry in evidence.wrong.with_status("wrong") if entry.index is not None), None)
    both_here = bool(evidence.wrong.with_status("right")) and start is not None
    if start is None or start.index is None:
        return None
    index, side = start.index, 1.0 if key is float or evidence.value_of(start) >= 0 else -1.0
    if (_entry_at(evidence, index, side * wrong).status, _entry_at(evidence, index, side * right).status) != (
        "wrong",
        "right",
    ):
        return (wrong, right) if both_here else None
    far = wrong
    for _ in range(24):
        middle = (wrong + right) / 2
        if _entry_at(evidence, index, side * middle).status == "wrong":
            wrong = middle
        else:
            right = middle
    beyond = _entry_at(evidence, index, side * (wrong + 0.01 * (far - wrong)))
    return (wrong, right) if abs(beyond.rule - beyond.numeric) > 1e3 * beyond.error else None


def _entry_at(evidence: Evidence, index: tuple[int, ...], value: float) -> Entry:
    """An element of the gradient where that element of the argument has another value."""
    comparer, place = evidence.comparer, evidence.place
    arrays = [np.array(a) for a in comparer.subject.arrays]
    arrays[place][index] = value
    try:
        return Comparer(comparer.subject.at(arrays), comparer.gs, Settings(), looks_around=False).element(place, index)
    except Exception:
        return Entry(index, "unknown", np.nan, np.nan, np.inf, 0.0)


def _bound(low: float, high: float) -> str:
    """The roundest number between two, or near them."""
    low, high = sorted((low, high))
    margin = 1e-5 * max(abs(low), abs(high), 1.0)  # closer to a kink, differences see both sides of it
    if low - margin <= 0 <= high + margin:
        return "0"
    for digits in range(-3, 6):
        for part in (10.0**-digits, 10.0**-digits / 2):
            rounded = round((low + high) / 2 / part) * part
            if low - margin <= rounded <= high + margin:
                return f"{rounded:.6g}"
    return f"about {(low + high) / 2:.6g}"
