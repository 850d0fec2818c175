"""From numbers that disagree to what is wrong: each pattern is a function, and they are tried in order."""

from __future__ import annotations

import itertools
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field, replace

import numpy as np

from autograd.broadcasting import broadcasts_to
from autograd.errors import GradientShapeError
from autograd.testing.comparing import Comparer, Settings
from autograd.testing.entries import Comparison, Entry
from autograd.testing.findings import Finding, same, significant
from autograd.testing.searching import compare_fully
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

    def pooled(self) -> list[tuple[float, Entry]]:
        """Elements of all points of which differences tell something, each with the argument's value there."""
        usual = max((abs(entry.numeric) for entry in self.wrong.with_status("right", "wrong")), default=0.0)
        return [
            (float(comparison.value[entry.index]), entry)
            for comparison in (self.wrong, *self.elsewhere)
            for entry in comparison.with_status("right", "wrong")
            if entry.index is not None and entry.error <= 1e-3 * max(abs(entry.numeric), abs(entry.rule), 1e-3 * usual)
        ]


Pattern = Callable[[Evidence], tuple[str, str] | None]
"""Looks for one kind of mistake: a verdict and a sentence, or None."""


def diagnose(evidence: Evidence, order: int = 1) -> Finding:
    """What is wrong with the gradient of an argument."""
    worst = evidence.wrong.worst
    for pattern in PATTERNS:
        found = pattern(evidence)
        if found is not None:
            verdict, text = found
            finding = Finding(verdict, text, evidence.name, order=order)
            return finding if worst is None else finding.at(worst)
    raise AssertionError("the last pattern fits all")


def diagnose_error(error: Exception, subject: Subject, rng: np.random.Generator) -> Finding:
    """What is wrong where a rule raises an error."""
    if isinstance(error, GradientShapeError):
        return _wrong_shape(error)
    told = f"{type(error).__name__}: {error}"
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


# --- patterns -----------------------------------------------------------------------------------------------


def _not_finite(evidence: Evidence) -> tuple[str, str] | None:
    odd = [entry for entry in evidence.wrong.with_status("wrong") if not np.isfinite(entry.rule)]
    if not odd:
        return None
    entry = odd[0]
    where = "" if entry.index is None else f" where {evidence.name} is {_value(evidence.wrong, entry):.6g}"
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
        f"the function has no derivative where {evidence.name} is {_value(evidence.wrong, entry):.6g}: the slope is "
        f"{significant(entry.left)} on the left and {significant(entry.right)} on the right, and the rule says "
        f"{significant(entry.rule)}, which is not between them."
    )


def _swapped(evidence: Evidence) -> tuple[str, str] | None:
    mine = evidence.wrong
    for other in evidence.all:
        if other is mine or not mine.rule.size or not _fully_known(other) or not _fully_known(mine):
            continue
        if other.is_wrong and same(mine.rule, other.numeric) and not same(mine.numeric, other.numeric):
            return "swapped", f"{evidence.what} is the one that belongs to {other.name}."
        if same(other.rule, mine.numeric) and other.is_wrong:
            return "swapped", f"{evidence.what} was given to {other.name}."
        if same(other.rule, _sum(other.numeric, mine.numeric)) and not np.any(mine.rule):
            return "swapped", f"{evidence.what} was added to that of {other.name}."
    return None


def _missing(evidence: Evidence) -> tuple[str, str] | None:
    if np.any(evidence.wrong.rule) or any(entry.rule for entry in _judged(evidence)):
        return None
    reached = evidence.subject.reached()[evidence.place]
    how = "is zero everywhere" if reached else "does not arrive"
    return "missing", (
        f"{evidence.what} {how}, and the result depends on it"
        + (": a missing rule, or a value that left the graph?" if not reached else ": a rule that returns zeros?")
    )


def _constant(evidence: Evidence) -> tuple[str, str] | None:
    """A function that does not move, with a rule that says it does."""
    entries = _judged(evidence)
    is_flat = all(entry.numeric == 0 for entry in entries)
    if not entries or not is_flat or any(entry.rule == 0 for entry in entries):
        return None
    return "mismatch", (
        f"the function is constant around here, and {evidence.what} is not 0. If that is meant, as in a "
        "straight-through estimator, give the function whose derivative it is: surrogate=."
    )


def _counted_in_part(evidence: Evidence) -> tuple[str, str] | None:
    """The right gradient, if some of the incoming one is taken for zero: a result, or all but one row of it."""
    gs = evidence.comparer.gs
    for i in range(len(gs) if len(gs) > 1 else 0):
        if _is_right_for(evidence, [np.zeros_like(g) if j == i else g for j, g in enumerate(gs)]):
            return "missing", f"{evidence.what} leaves out what comes from result {i} of {len(gs)}."
    first = np.zeros_like(gs[0])
    first[(0,) * first.ndim] = gs[0][(0,) * first.ndim]
    if len(gs) == 1 and gs[0].ndim > 1 and _is_right_for(evidence, [first]):
        return (
            "broadcast",
            f"{evidence.what} counts the first element of the result alone: it has to be a sum over all.",
        )
    for axis in range(gs[0].ndim if len(gs) == 1 else 0):
        for place in (0, -1):
            row = np.zeros_like(gs[0])
            index = (slice(None),) * axis + (place,)
            row[index] = gs[0][index]
            if gs[0].shape[axis] > 1 and _is_right_for(evidence, [row]):
                return "broadcast", (
                    f"{evidence.what} counts position {place} along axis {axis} of the result alone: "
                    "it has to be summed over that axis."
                )
    return None


def _is_right_for(evidence: Evidence, gs: Arrays) -> bool:
    """Whether the gradient is the one that other incoming gradients should give."""
    comparer = evidence.comparer
    other = Comparer(comparer.subject, gs, comparer.settings, comparer.rules)
    rng = np.random.default_rng(0)
    directions = [rng.uniform(0.3, 1.0, evidence.wrong.rule.shape) for _ in range(2)]
    found = [other.along(other.only(evidence.place, d)) for d in directions]
    return all(e.status == "right" and e.numeric and e.error < 1e-3 * abs(e.numeric) for e in found)


def _branch(evidence: Evidence) -> tuple[str, str] | None:
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
    ratios = _ratios(wrong)
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
    index, side = start.index, 1.0 if key is float or _value(evidence.wrong, start) >= 0 else -1.0
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


def _factor(evidence: Evidence) -> tuple[str, str] | None:
    entries = [entry for _, entry in evidence.pooled()]
    if any(entry.status == "right" and abs(entry.numeric) > 1e3 * entry.error for entry in entries):
        return None
    ratios = _ratios([entry for entry in entries if entry.status == "wrong"])
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


def _cause(ratio: float, evidence: Evidence) -> str:
    """What may have brought a factor about."""
    causes = []
    for whole in (2, 3, 4):
        causes += [f"a missing {whole}"] if abs(ratio * whole - 1) < 1e-6 else []
        causes += [f"a {whole} too many"] if abs(ratio / whole - 1) < 1e-6 else []
    lengths = {length: "the length of an axis" for array in evidence.subject.arrays for length in array.shape}
    sizes = {array.size: "the number of elements" for array in evidence.subject.arrays}
    results = sum(g.size for g in evidence.comparer.gs)
    copies = {results // max(1, evidence.wrong.value.size): "the number of copies that broadcasting made"}
    for count, what in {**copies, **sizes, **lengths}.items():
        if count > 1 and abs(ratio * count - 1) < 1e-6:
            causes.append(f"a mean in place of a sum ({count} is {what})")
        if count > 1 and abs(ratio / count - 1) < 1e-6:
            causes.append(f"a sum in place of a mean ({count} is {what})")
    return f": {' or '.join(causes)}?" if causes else "."


def _transposed(evidence: Evidence) -> tuple[str, str] | None:
    rule, numeric = evidence.wrong.rule, evidence.wrong.numeric
    if rule.ndim < 2 or not _fully_known(evidence.wrong):
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
            if other != leaf and _explains(evidence, place, other):
                return "axis", (
                    f"{evidence.what} is the one for {other} in place of {leaf}, an integer argument: "
                    "the wrong axis, or off by one?"
                )
    return None


def _explains(evidence: Evidence, place: int, value: int) -> bool:
    subject, comparer = evidence.subject, evidence.comparer
    assert isinstance(subject, Call)
    leaves = list(subject.leaves)
    leaves[place] = value
    try:
        other = subject.with_leaves(leaves)
        if [out.shape for out in other.values(other.arrays)] != [np.shape(g) for g in comparer.gs]:
            return False
        there = Comparer(other, comparer.gs, comparer.settings, comparer.rules)
        rng = np.random.default_rng(0)
        directions = [rng.uniform(0.3, 1.0, evidence.wrong.rule.shape) for _ in range(2)]
        return all(there.along(there.only(evidence.place, d)).status == "right" for d in directions)
    except (ValueError, IndexError, TypeError, ArithmeticError):
        return False


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


def _precision(evidence: Evidence) -> tuple[str, str] | None:
    wrong = evidence.wrong.with_status("wrong")
    scale = max((abs(entry.numeric) for entry in wrong), default=0.0)
    if not wrong or any(abs(entry.rule - entry.numeric) > 2e-6 * scale for entry in wrong):
        return None
    ratios = _ratios(wrong)
    if ratios.size > 1 and np.ptp(ratios) < 1e-2 * abs(np.mean(ratios) - 1):
        return None  # a factor, if one close to 1
    return "precision", (
        f"{evidence.what} is right to some digits, and no further: does something inside compute in float32, or stop "
        "iterating early?"
    )


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
    _precision,
    _factor,
    _transposed,
    _branch,
    _axis,
    _along_an_axis,
    _mismatch,
)


# --- what they share ----------------------------------------------------------------------------------------


def _judged(evidence: Evidence) -> Sequence[Entry]:
    return evidence.wrong.with_status("right", "wrong")


def _value(comparison: Comparison, entry: Entry) -> float:
    return float(comparison.value[entry.index]) if entry.index is not None else np.nan


def _fully_known(comparison: Comparison) -> bool:
    return bool(np.isfinite(comparison.numeric).all())


def _sum(a: np.ndarray, b: np.ndarray) -> np.ndarray:
    return a + b if a.shape == b.shape else np.empty(0)


def _ratios(entries: Sequence[Entry]) -> np.ndarray:
    """What rules say over what differences say, where that is known to some digits."""
    known = [entry for entry in entries if abs(entry.numeric) > 1e3 * entry.error and np.isfinite(entry.rule)]
    return np.array([entry.rule / entry.numeric for entry in known])
