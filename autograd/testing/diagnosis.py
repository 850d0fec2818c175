"""From numbers that disagree, and from errors, to what is wrong."""

from __future__ import annotations

from dataclasses import replace

import numpy as np

from autograd.broadcasting import broadcasts_to
from autograd.errors import GradientError, GradientShapeError
from autograd.testing.comparing import Comparer, Settings
from autograd.testing.evidence import Evidence
from autograd.testing.findings import Finding
from autograd.testing.patterns import PATTERNS
from autograd.testing.searching import compare_fully
from autograd.testing.subjects import Subject


def diagnose(evidence: Evidence, order: int = 1) -> Finding:
    """What is wrong with the gradient of an argument."""
    verdict, text = next(filter(None, (pattern(evidence) for pattern in PATTERNS)))  # the last one fits all
    finding = Finding(verdict, text, evidence.name, order=order)
    worst = evidence.wrong.worst
    return finding if worst is None else finding.at(worst)


def diagnose_error(error: Exception, subject: Subject, rng: np.random.Generator) -> Finding:
    """What is wrong where a rule raises an error."""
    if isinstance(error, GradientShapeError):
        return _wrong_shape(error)
    told = f"{type(error).__name__}: {error}"
    if isinstance(error, GradientError) and "in-place" in told:
        text = (
            "the rule writes into an array (g *= ..., x[i] = ...), which others may read: g = g * ... makes a new one."
        )
        return Finding("writes", text)
    square = _where_square(subject, rng)
    if square is not None and square.verdict in ("square only", "transposed", "axis"):
        return replace(square, text=f"{square.text} (Elsewhere it raises {told})")
    if isinstance(error, ValueError) and ("broadcast" in str(error) or "shape" in str(error)):
        return Finding("shape", f"shapes do not fit in the rule: a forgotten keepdims or expand_dims? It raises {told}")
    return Finding("raises", f"the rule raises {told}")


def _wrong_shape(error: GradientShapeError) -> Finding:
    given, expected, name = error.given, error.expected, " or ".join(error.arguments)
    facts = (
        f"the rule of {error.primitive} for {name} returns a gradient of shape {given}, its argument's is {expected}"
    )
    if given != expected and broadcasts_to(expected, given):
        return Finding(
            "broadcast",
            f"{facts}: it has to be summed over {_broadcast_axes(expected, given)}, which broadcasting added or "
            "stretched; with elementwise=True the engine does.",
            name,
        )
    if sorted(given) == sorted(expected):
        return Finding("transposed", f"{facts}: its axes come in another order.", name)
    return Finding("shape", f"{facts}.", name)


def _broadcast_axes(shape: tuple[int, ...], result: tuple[int, ...]) -> str:
    """The axes of a result in which an argument of a shape was repeated."""
    added = len(result) - len(shape)
    axes = [i for i, length in enumerate(result) if i < added or shape[i - added] != length]
    return f"ax{'i' if len(axes) == 1 else 'e'}s {', '.join(map(str, axes))}"


def _where_square(subject: Subject, rng: np.random.Generator) -> Finding | None:
    """What is found where all matrices are cut down to the same square shape; None where that cannot be."""
    lengths = [length for array in subject.arrays if array.ndim > 1 for length in array.shape[-2:]]
    if not lengths or len(set(lengths)) == 1 or min(lengths) == 0:
        return None
    least = min(lengths)
    cut = subject.at([array[..., :least, :least] if array.ndim > 1 else array[..., :least] for array in subject.arrays])
    try:
        values = cut.values(cut.arrays)
        comparer = Comparer(cut, [rng.standard_normal(out.shape) for out in values], Settings())
        comparisons = compare_fully(comparer)
    except Exception:
        return None
    for place, comparison in enumerate(comparisons):
        if comparison.is_wrong:
            return diagnose(Evidence(comparer, place, comparison, comparisons))
    return Finding("square only", "the rule is right for square matrices only.")
