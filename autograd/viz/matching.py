"""Whether what looks alike is wired alike: which operations one after another are repetitions of a block."""

from __future__ import annotations

from collections.abc import Iterable
from itertools import accumulate

from autograd.viz.blocks import Blocks, Run

GUESSES = 4  # where a block begins

# Where an operation of a block takes an input from, the same in all repetitions: what kind of place, and which.
Wire = tuple[int, int]
BEFORE = 0  # from the repetition that many earlier; from its own if that is 0
OUTSIDE = 1  # from one item for all, each time that many places further in its nodes
OWN = 2  # from the repetition's leaf of that number

Input = tuple[int, int]  # an item, and the place in its nodes
Use = tuple[int, int, str]  # which item of a repetition, what uses it (a label), as which argument


class Matcher:
    """Compares repetitions of a block of ``period`` operations, one after another in a sequence from ``start`` on.

    Parameters
    ----------
    blocks: with the sequence.
    taken: leaves that belong to other blocks.
    totals: how many operations each box holds.
    """

    def __init__(self, blocks: Blocks, start: int, period: int, taken: set[int], totals: dict[str, int]) -> None:
        self.blocks, self.start, self.period = blocks, start, period
        self.taken, self.totals = taken, totals

    def runs(self, count: int, least: int) -> list[Run]:
        """The runs of ``least`` or more that are wired alike, of ``count`` repetitions that look alike.

        From the last one backwards: what is taken from the repetitions before is seen best there.
        """
        runs = []
        last = count - 1
        inputs = self.inputs(last)
        while last >= least - 1:
            earlier = self.inputs(last - 1)
            wires = self._wires(last, inputs, earlier)
            if wires is not None:
                run = _Growth(self, last, inputs, wires).run(earlier)
                if run.count >= least:
                    runs.append(run)
                if run.count > 1:
                    last -= run.count
                    inputs = self.inputs(max(last, 0))
                    continue
            last, inputs = last - 1, earlier
        return runs

    def is_alike(self, turn: int) -> bool:
        """Whether a repetition is wired as the one before it."""
        return self._wires(turn, self.inputs(turn), self.inputs(turn - 1)) is not None

    def items(self, turn: int) -> list[int]:
        """The operations of a repetition."""
        begin = self.start + turn * self.period
        return self.blocks.sequence[begin : begin + self.period]

    def turn_of(self, item: int) -> int:
        """The repetition that an operation is in; below 0 for what comes before all."""
        return (self.blocks.place[item] - self.start) // self.period

    def inputs(self, turn: int) -> list[Input]:
        """What each input of a repetition's operations is."""
        blocks = self.blocks
        sources, into = blocks.sources, blocks.edges_into
        nodes = [sources[edge] for item in self.items(turn) for edge in into(item)]
        owner, rank = blocks.owner, blocks.rank
        return [(owner[node], rank[node]) for node in nodes]

    def _wires(self, last: int, inputs: list[Input], earlier: list[Input]) -> list[Wire] | None:
        """The wires that a repetition and the one before it have in common; None if they differ."""
        place, period = self.blocks.place, self.period
        wires: list[Wire] = []
        leaves: dict[int, int] = {}
        if len(inputs) != len(earlier):
            return None
        for (item, rank), (other, other_rank) in zip(inputs, earlier, strict=True):
            if place[other] >= 0 and place[other] + period == place[item] and rank == other_rank:
                wires.append((BEFORE, last - self.turn_of(item)))
            elif item == other:
                wires.append((OUTSIDE, rank - other_rank))
            elif place[item] < 0 and place[other] < 0:
                wires.append((OWN, leaves.setdefault(item, len(leaves))))
            else:
                return None
        return None if any(kind == BEFORE and step < 0 for kind, step in wires) else wires


class _Growth:
    """A run of repetitions that ends with ``last``, and how far back it goes."""

    def __init__(self, matcher: Matcher, last: int, inputs: list[Input], wires: list[Wire]) -> None:
        self.matcher, self.blocks, self.last = matcher, matcher.blocks, last
        self.known, self.wires = inputs, wires
        self.low = 0  # the repetition with which it may begin
        leaves = dict.fromkeys(item for (item, _), (kind, _) in zip(inputs, wires, strict=True) if kind == OWN)
        self.leaves = {last: list(leaves)}
        self.homes = dict.fromkeys(leaves, last)  # the repetition that each leaf belongs to
        self.lag = max([1, *(step for kind, step in wires if kind == BEFORE)])
        self.paths = [self.blocks.items[item].box for item in matcher.items(last)]
        self.containers: list[str] = []
        self.boxes: dict[int, dict[str, str]] = {}  # of each repetition: the last one's own boxes, its own
        self.uses: list[Use] = []  # of results, in repetitions that are followed by enough others
        self.uses_of_leaves = self._used(self.leaves[last])

    def run(self, inputs: list[Input]) -> Run:
        """The longest such run; ``inputs`` are those of the repetition before the last one."""
        for (item, _), (kind, _) in zip(self.known, self.wires, strict=True):
            if kind == OUTSIDE:
                self._begin_after(item)
        first = self.last
        while first > self.low and not self.matcher.taken.intersection(self.leaves[first]):
            turn = first - 1
            if not (self._is_wired(turn, inputs) and self._is_framed(turn) and self._is_used(turn)):
                break
            first = turn
            inputs = self.matcher.inputs(max(turn - 1, 0))
        first = max(first, self.low)
        if first >= self.last - self.lag:  # fewer than two take from the run itself
            first = self.last + 1
        turns = range(first, self.last + 1)
        keys = list(self.boxes[first]) if turns else []
        return Run(
            self.matcher.start + first * self.matcher.period,
            self.matcher.period,
            len(turns),
            [self.leaves[turn] for turn in turns],
            [keys if turn == self.last else [self.boxes[turn][key] for key in keys] for turn in turns],
            self.containers,
            tuple(self.wires),
        )

    def _begin_after(self, item: int) -> None:
        """Let the run begin after an item, since that is outside of it."""
        self.low = max(self.low, self.matcher.turn_of(item) + 1)

    # --- what it is computed from -------------------------------------------------------------------------

    def _is_wired(self, turn: int, inputs: list[Input]) -> bool:
        """Whether a repetition is wired as the last one; the first ones may take something else from outside."""
        place, labels = self.blocks.place, self.blocks.labels
        back = self.last - turn
        distance = back * self.matcher.period
        leaves: dict[int, int] = {}
        if len(inputs) != len(self.known):
            return False
        for (item, rank), (known, known_rank), (kind, step) in zip(inputs, self.known, self.wires, strict=True):
            if kind == BEFORE:
                if place[item] >= 0 and place[item] + distance == place[known] and rank == known_rank:
                    continue
                if step == 0:
                    return False
                self.low = max(self.low, turn - step + 1)
                self._begin_after(item)
            elif kind == OUTSIDE:
                if item != known or rank + back * step != known_rank:
                    return False
            elif place[item] >= 0 or labels[item] != labels[known] or leaves.setdefault(item, len(leaves)) != step:
                return False
        if self.low > turn or any(leaf in self.matcher.taken or leaf in self.homes for leaf in leaves):
            return False
        self.leaves[turn] = list(leaves)
        self.homes |= dict.fromkeys(leaves, turn)
        return True

    # --- what uses it -------------------------------------------------------------------------------------

    def _is_used(self, turn: int) -> bool:
        """Whether outside of the run the same uses a repetition's results and leaves as those of the others.

        The last ones may lead on to anything else.
        """
        if turn <= self.last - self.lag:
            uses = self._used(self.matcher.items(turn))
            if turn == self.last - self.lag:
                self.uses = uses
            if uses != self.uses:
                return False
        return self._used(self.leaves[turn]) == self.uses_of_leaves

    def _used(self, items: list[int]) -> list[Use]:
        blocks, start = self.blocks, self.matcher.start
        owner, place, targets = blocks.owner, blocks.place, blocks.targets
        end = start + (self.last + 1) * self.matcher.period
        return sorted(
            [
                (slot, blocks.labels[owner[targets[edge]]], blocks.arguments[edge])
                for slot, item in enumerate(items)
                for edge in blocks.edges_from(item)
                if not start <= place[owner[targets[edge]]] < end
            ]
        )

    # --- what it is drawn in ------------------------------------------------------------------------------

    def _is_framed(self, turn: int) -> bool:
        """Whether a repetition is drawn in the same boxes as the last one, or in boxes alike that hold nothing else."""
        paths = [self.blocks.items[item].box for item in self.matcher.items(turn)]
        own: dict[str, str] = {}
        containers: list[str] = paths
        if paths != self.paths:
            found = [self._around(path, other, own) for path, other in zip(paths, self.paths, strict=True)]
            containers = [path for path in found if path is not None]
        if containers != (self.containers or containers) or len(containers) < len(paths):
            return False
        if own and not self._are_whole(turn, own, sum(a != b for a, b in zip(containers, paths, strict=True))):
            return False
        self.containers, self.boxes[turn] = containers, own
        return True

    def _around(self, path: str, other: str, own: dict[str, str]) -> str | None:
        """The box around both; those between are noted as being in the same place, if they are alike."""
        boxes = self.blocks.boxes
        pairs = []
        while path != other:
            box, like = boxes[path], boxes[other]
            if (box.title, box.repeats) != (like.title, like.repeats) or own.get(other, path) != path:
                return None
            pairs.append((other, path))
            path, other = box.parent, like.parent
        own.update(reversed(pairs))
        return path

    def _are_whole(self, turn: int, own: dict[str, str], count: int) -> bool:
        """Whether boxes hold ``count`` operations in all: those of the repetition, and no others."""
        if len(set(own.values())) < len(own) or list(own) != list(self.boxes.get(turn + 1, own)):
            return False
        sides = (own.values(), own.keys()) if turn == self.last - 1 else (own.values(),)
        return all(sum(self.matcher.totals[path] for path in self._outermost(side)) == count for side in sides)

    def _outermost(self, paths: Iterable[str]) -> list[str]:
        inside = set(paths)
        return [path for path in paths if self.blocks.boxes[path].parent not in inside]


# --- where a block begins -------------------------------------------------------------------------------


def boundaries(blocks: Blocks, start: int, period: int, length: int) -> list[int]:
    """How many places after the start of a stretch its block may begin: the best guesses, the best first.

    There where the fewest values lead from one repetition to the next, and no module is cut in two.
    """
    if period == 1:
        return [0]
    change = [0] * (2 * period + 1)
    for offset in range(2 * period):
        places = [
            blocks.place[blocks.owner[blocks.targets[edge]]]
            for edge in blocks.edges_from(blocks.sequence[start + offset])
        ]
        inside = [place - start for place in places if start <= place < start + length]
        if inside:
            change[offset + 1] += 1
            change[min(max(inside) + 1, 2 * period)] -= 1
    crossing = list(accumulate(change))[period : 2 * period]
    costs = [
        crossing[shift] + (length if _cuts(blocks, start + period + shift, period) else 0) for shift in range(period)
    ]
    lowest = min(costs)
    best = [shift for shift in range(period) if costs[shift] == lowest]
    return sorted(best, key=lambda shift: shift > length % period)[:GUESSES]


def _cuts(blocks: Blocks, place: int, period: int) -> bool:
    """Whether the same module, of which the next repetition has another one, is on both sides of a place."""
    sequence = blocks.sequence
    before = _apart(blocks, sequence[place - 1], sequence[place - 1 + period])
    return bool(before) and before == _apart(blocks, sequence[place], sequence[place + period])


def _apart(blocks: Blocks, item: int, other: int) -> str:
    """The outermost box of an item that is not around the other one."""
    path, outer = blocks.items[item].box, blocks.items[other].box
    if path == outer:
        return ""
    around = set()
    while outer:
        around.add(outer)
        outer = blocks.boxes[outer].parent
    found = ""
    while path and path not in around:
        found, path = path, blocks.boxes[path].parent
    return found
