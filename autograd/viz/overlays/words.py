"""Numbers, quantities and nodes in the words that people read."""

from __future__ import annotations

import math
from collections.abc import Iterable

from autograd.graphs import GraphNode
from autograd.notes import Summary
from autograd.viz import wording

_PREFIXES = {-3: "n", -2: "µ", -1: "m", 0: "", 1: "k", 2: "M", 3: "G", 4: "T"}
_SHOWN = 3  # of several things in a sentence


def number(value: float) -> str:
    """A number in two digits, or three or four of a usual one.

    >>> [number(x) for x in (0.0, 0.05, -1234.5, 3.14e-7, float("inf"))]
    ['0', '0.05', '−1234', '3.1e−7', '∞']
    """
    if value and math.isfinite(value) and not 1e-3 <= abs(value) < 1e4:
        return wording.typeset(f"{value:.1e}".replace(".0e", "e"))
    return wording.typeset(wording.number(value, 3 if abs(value) < 999.5 else 4))


def between(low: float, high: float) -> str:
    """A range, or the number that is all of it.

    >>> between(-1.0, 2.0), between(0.5, 0.5)
    ('−1 to 2', '0.5')
    """
    return " to ".join(dict.fromkeys([number(low), number(high)]))


def scaled(value: float, unit: str = "") -> str:
    """A quantity with its unit, in powers of 1000.

    >>> scaled(12_345, "B"), scaled(0.0034, "s"), scaled(999_700), scaled(0, "B")
    ('12 kB', '3.4 ms', '1 M', '0 B')
    """
    power = 0 if not value else min(max(math.floor(math.log10(float(f"{value:.2g}")) / 3), -3), 4)
    short = value / 1000.0**power
    digits = f"{short:.1f}".removesuffix(".0") if short < 9.95 and value else f"{short:.0f}"
    return f"{digits} {_PREFIXES[power]}{unit}".rstrip()


def percent(share: float) -> str:
    """A share in whole percents; what is not all of it, or nothing, is never shown as that.

    >>> [percent(share) for share in (0.0, 0.001, 0.41, 0.999, 1.0)]
    ['0%', '<1%', '41%', '>99%', '100%']
    """
    if 0 < share < 0.01:
        return "<1%"
    return ">99%" if 0.99 < share < 1 else f"{share:.0%}"


def not_finite(facts: Summary) -> str:
    """What is not finite of an array.

    >>> not_finite(Summary((3,), "float32", 3, nans=1)), not_finite(Summary((), "float32", 1, infinities=1))
    ('1 of 3 is NaN', 'infinite')
    """
    found = [(facts.nans, "NaN"), (facts.infinities, "infinite")]
    if facts.size == 1:
        return next(word for count, word in found if count)
    parts = [f"{count} of {facts.size} {'is' if count == 1 else 'are'} {word}" for count, word in found if count]
    return ", ".join(parts)


def called(node: GraphNode) -> str:
    """What a sentence calls a node: by its name, or else its operation and module.

    >>> called(GraphNode(3, "operation", "relu", scope="Net.act")), called(GraphNode(0, "leaf", name="0.weight"))
    ('relu in Net.act', '0.weight')
    """
    what = node.op or f"a {node.kind}"
    return wording.printable(node.name or (f"{what} in {node.scope}" if node.scope else what))


def listed(things: Iterable[str]) -> str:
    """The first of several things, and how many more there are.

    >>> listed(["a"]), listed("abc"), listed("abcdef")
    ('a', 'a, b and c', 'a, b, c and 3 more')
    """
    found = list(things)
    if len(found) > _SHOWN + 1:
        found[_SHOWN:] = [f"{len(found) - _SHOWN} more"]
    return " and ".join(filter(None, [", ".join(found[:-1]), found[-1]])) if found else ""


def unknown(missing: int, of: int, what: str) -> tuple[str, ...]:
    """A sentence on what was not measured, where there is such.

    >>> unknown(2, 5, "time"), unknown(0, 5, "time")
    (('The time of 2 of 5 is not known.',), ())
    """
    return (f"The {what} of {missing} of {of} is not known.",) if missing else ()
