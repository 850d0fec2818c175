"""Blocks that repeat, drawn once: modules alike one after another, calls of one module over time, bare loops."""

from __future__ import annotations

from itertools import pairwise

from autograd.errors import ArgumentError
from autograd.viz.blocks import Blocks, Run
from autograd.viz.matching import Matcher, boundaries
from autograd.viz.placing import apart, settled
from autograd.viz.repetitions import Stretch, stretches
from autograd.viz.views import View

LOOKS = 300_000  # at operations; where blocks are in blocks, each is looked at several times
ALIKE = 8  # blocks that look alike and together are what repeats


def fold(view: View, least: int = 3) -> View:
    """The view with each block that repeats drawn once, with how many times.

    What repeats is one operation or several, modules or not, with equal shapes, dtypes and arguments, one repetition
    after another; each takes what it is computed from out of the one before (or two before, ...), or from the same
    place outside as the others do, or from an item that gives each the next of its results. The first may begin with
    something else, and the last lead on to something else. Parameters and constants that belong to one repetition each
    are drawn once too. The first repetition stands for all, in a box where it is more than an operation or a module;
    arrows from one to the next are of kind ``"again"``.

    Parameters
    ----------
    view: the view.
    least: how many repetitions are worth it, at least 3.

    Raises ArgumentError for fewer.

    >>> import autograd as ag
    >>> from autograd.viz.views import whole_view
    >>> x = y = ag.tensor(1.0, requires_grad=True)
    >>> for _ in range(1000):
    ...     y = ag.sin(y) * 0.5 + x
    >>> view = fold(whole_view(ag.graph(y)))
    >>> [(box.id, box.repeats) for box in view.boxes], [(item.title, len(item.nodes)) for item in view.items]
    ([('[n1]', 1000)], [('', 1), ('sin', 1000), ('multiply', 1000), ('add', 1000)])
    >>> [(arrow.source, arrow.target) for arrow in view.arrows if arrow.kind == "again"]
    [('n3', 'n1')]
    """
    if isinstance(least, bool) or not isinstance(least, int) or least < 3:
        raise ArgumentError(f"fold: least={least!r}; want how many repetitions are drawn as one, 3 or more.")
    blocks = Blocks(apart(view))
    while blocks.looks < LOOKS and (runs := _runs(blocks, least)):
        blocks.merge(runs)
    return settled(blocks.folded()) if blocks.gone else view


def _runs(blocks: Blocks, least: int) -> list[Run]:
    """What repeats, the longest first; no two of them have an item in common."""
    taken = bytearray(len(blocks.sequence))
    taken_leaves: set[int] = set()
    totals = _operations_in(blocks)
    found = []
    for stretch in stretches([blocks.labels[number] for number in blocks.sequence], least):
        for start, end in _free(taken, stretch.start, stretch.start + stretch.length):
            if end - start < least * stretch.period:
                continue
            part = Stretch(start, stretch.period, end - start)
            for run in _best_runs(blocks, part, least, taken_leaves, totals):
                found.append(run)
                taken[run.start : run.start + run.period * run.count] = b"\1" * (run.period * run.count)
                taken_leaves.update(leaf for leaves in run.leaves for leaf in leaves)
    return found


def _best_runs(blocks: Blocks, part: Stretch, least: int, taken: set[int], totals: dict[str, int]) -> list[Run]:
    """The runs that cover most of what looks as if it repeated.

    A block may look like several alike, as two layers of a network over time do; it is their wires that differ then.
    """
    best: list[Run] = []
    for times in range(1, ALIKE + 1):
        period = times * part.period
        count = part.length // period
        if count < least or (times > 1 and blocks.looks > LOOKS):
            break
        if times > 1 and not Matcher(blocks, part.start, period, taken, totals).is_alike(count // 2):
            continue
        for shift in boundaries(blocks, part.start, period, part.length):
            matcher = Matcher(blocks, part.start + shift, period, taken, totals)
            best = max(best, matcher.runs((part.length - shift) // period, least), key=_size)
            blocks.looks += part.length
            if part.length - _size(best) < period:
                return best
    return best


def _size(runs: list[Run]) -> int:
    return sum(run.count * run.period for run in runs)


def _free(taken: bytearray, start: int, end: int) -> list[tuple[int, int]]:
    """The parts of a range that are not taken."""
    if not taken.count(1, start, end):
        return [(start, end)]
    ends = [start - 1, *(place for place in range(start, end) if taken[place]), end]
    return [(left + 1, right) for left, right in pairwise(ends) if left + 1 < right]


def _operations_in(blocks: Blocks) -> dict[str, int]:
    """How many operations each box holds, those in inner boxes included."""
    totals = dict.fromkeys(blocks.boxes, 0)
    for number in blocks.sequence:
        path = blocks.items[number].box
        while path:
            totals[path] += 1
            path = blocks.boxes[path].parent
    return totals
