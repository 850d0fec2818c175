"""Gradients that are a constant times what they should be, or right to some digits."""

from __future__ import annotations

import numpy as np

from autograd.testing.evidence import Evidence, ratios_of
from autograd.testing.findings import significant


def factor(evidence: Evidence) -> tuple[str, str] | None:
    """The same factor in every element, -1 among them."""
    entries = [entry for _, entry in evidence.pooled()]
    if any(entry.status == "right" and abs(entry.numeric) > 1e3 * entry.error for entry in entries):
        return None
    wrong = [entry for entry in entries if entry.status == "wrong"]
    idle = [abs(entry.numeric) <= 4 * entry.error < 4e-3 * abs(entry.rule) for entry in wrong]
    if any(idle):  # no factor makes something of 0
        return None
    ratios = ratios_of(wrong)
    if not ratios.size or np.ptp(ratios) > 1e-5 * abs(ratios[0]):
        return None
    ratio = float(np.median(ratios))
    if abs(ratio + 1) < 1e-6:
        return "sign", f"{evidence.what} has the wrong sign, in every element."
    return "constant factor", (
        f"{evidence.what} is {_digits(ratio)} times what it should be, in "
        f"{'every element' if len(ratios) > 1 else 'its only element'}{_cause(ratio, evidence)}"
    )


def _digits(ratio: float) -> str:
    return significant(ratio) if abs(ratio - 1) > 1e-3 else f"{ratio:.9g}"


def _counts(evidence: Evidence) -> dict[int, str]:
    """Numbers that a rule may divide by, and what they are; none of an elementwise function."""
    results = sum(g.size for g in evidence.comparer.gs)
    counts = {results // max(1, evidence.wrong.value.size): "the number of copies that broadcasting made"}
    if not evidence.is_elementwise:
        counts |= {array.size: "the number of elements" for array in evidence.subject.arrays}
        counts |= {length: "the length of an axis" for array in evidence.subject.arrays for length in array.shape}
    return {count: what for count, what in counts.items() if count > 1}


def _cause(ratio: float, evidence: Evidence) -> str:
    """What may have brought a factor about."""
    causes = []
    for whole in (2, 3, 4):
        causes += [f"a missing {whole}"] if abs(ratio * whole - 1) < 1e-6 else []
        causes += [f"a {whole} too many"] if abs(ratio / whole - 1) < 1e-6 else []
    for count, what in _counts(evidence).items():
        root = count**0.5
        causes += [f"a mean in place of a sum ({count} is {what})"] if abs(ratio * count - 1) < 1e-6 else []
        causes += [f"a sum in place of a mean ({count} is {what})"] if abs(ratio / count - 1) < 1e-6 else []
        causes += [f"a division by the root of {count}, {what}, too many"] if abs(ratio * root - 1) < 1e-6 else []
        causes += [f"a missing division by the root of {count}, {what}"] if abs(ratio / root - 1) < 1e-6 else []
    return f": {' or '.join(causes)}?" if causes else "."


def precision(evidence: Evidence) -> tuple[str, str] | None:
    """Small differences without order."""
    wrong = evidence.wrong.with_status("wrong")
    scale = max((abs(entry.numeric) for entry in wrong), default=0.0)
    if not wrong or any(abs(entry.rule - entry.numeric) > 2e-6 * scale for entry in wrong):
        return None
    ratios = ratios_of(wrong)
    if ratios.size > 1 and np.ptp(ratios) < 1e-2 * abs(np.mean(ratios) - 1):
        return None  # a factor, if one close to 1
    return "precision", (
        f"{evidence.what} is right to some digits, and no further: does something inside compute in float32, or stop "
        "iterating early?"
    )
