"""A view while it is folded: its operations as a sequence in which what repeats stands together."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import Any

from autograd.viz.regrouping import modules_together, regrouped
from autograd.viz.repetitions import common_name
from autograd.viz.views import Box, View

UNKNOWN = "constant"  # what an argument is said to be that the graph does not keep
RANK = {"result": 2, "operation": 1}  # of several kinds, which one is shown


@dataclass(slots=True)
class Run:
    """Operations that repeat.

    Attributes
    ----------
    start, period, count: where it is in the sequence, of how many operations, how many times.
    leaves: of each repetition, the items that were not computed and are its own.
    boxes: for each repetition, the boxes that are its own, in the same order.
    containers: for each operation of a repetition, the box that it or the outermost box of its own is in.
    wires: where each input of a repetition comes from.
    """

    start: int
    period: int
    count: int
    leaves: list[list[int]]
    boxes: list[list[str]]
    containers: list[str]
    wires: tuple[object, ...]


class Blocks:
    """The items of a view by their numbers: some, as it is folded, stand for others as well.

    Attributes
    ----------
    sequence: the operations that are left, each after those it is computed from.
    place: of each item in the sequence; -1 for what was not computed.
    labels: of each item, a number that is equal for those that are alike but for their inputs.
    items: as they are now; those that others stand for are in ``gone``.
    owner, rank: of each node of the graph, its item, and its place in that item's nodes.
    inputs, uses: of each node, the edges to and from it; these have ``sources``, ``targets`` and ``arguments``.
    boxes: by their ids.
    looks: how many operations were compared with others so far.
    """

    def __init__(self, view: View) -> None:
        self.view, graph = view, view.graph
        self.items = list(view.items)
        self.boxes = {"": Box(""), **{box.id: box for box in view.boxes}}
        self.sources = [edge.source for edge in graph.edges]
        self.targets = [edge.target for edge in graph.edges]
        self.arguments = [edge.argument for edge in graph.edges]
        self.inputs: list[list[int]] = [[] for _ in graph.nodes]
        self.uses: list[list[int]] = [[] for _ in graph.nodes]
        for edge, (source, target) in enumerate(zip(self.sources, self.targets, strict=True)):
            self.inputs[target].append(edge)
            self.uses[source].append(edge)
        self.owner, self.rank = [0] * len(graph.nodes), [0] * len(graph.nodes)
        for number in range(len(view.items)):
            self._own(number)
        self._add_unknown()
        to_itself = [arrow.edges for arrow in view.arrows if arrow.source == arrow.target]
        self.again = {edge for edges in to_itself for edge in edges}
        self.looks = 0
        self.gone: dict[int, int] = {}  # item -> the one that stands for it
        self._numbers: dict[Any, int] = {}
        self._frames: dict[str, int] = {"": 0}  # of each box, a number for the classes of the modules around it
        for box in view.boxes:
            self._frames[box.id] = self._number((self._frames[box.parent], box.title))
        self.labels = [self._label(number) for number in range(len(view.items))]
        self.labels.append(self._number(("unknown",)))
        self.place = [-1] * len(self.labels)
        self.sequence: list[int] = []
        self._arrange(self._operations())

    def _own(self, number: int) -> None:
        nodes = self.items[number].nodes
        for rank, node in enumerate(nodes):
            self.owner[node], self.rank[node] = number, rank
        if len(nodes) > 1 and self._is_one(number):
            for node in nodes[1:]:
                if self.view.graph.nodes[node].op == "alias":
                    self.rank[node] = self.rank[self.sources[self.inputs[node][0]]]
                for _, place in self.view.graph.nodes[node].arguments:
                    self.rank[node] = 1 + int(place)

    def _is_one(self, number: int) -> bool:
        """Whether an item is one operation, with its results where it has several: some may not have been used."""
        return all(self.view.graph.nodes[node].op in ("part", "alias") for node in self.items[number].nodes[1:])

    def _add_unknown(self) -> None:
        """Sort edges by arguments, with an edge from nowhere for an operand that the graph does not keep.

        The first state of a loop is often one: where the second step takes it from the first, the first takes an array.
        """
        unknown: dict[str, int] = {}
        for node in self.view.graph.nodes:
            edges = self.inputs[node.id]
            for name, value in node.arguments:
                if value == UNKNOWN:
                    if name not in unknown:
                        unknown[name] = len(self.sources)
                        self.sources.append(len(self.owner))
                        self.arguments.append(name)
                    edges.append(unknown[name])
            if len(edges) > 1:
                edges.sort(key=self.arguments.__getitem__)
        self.owner.append(len(self.items))
        self.rank.append(0)

    def _arrange(self, sequence: list[int]) -> None:
        self.sequence = sequence
        for place, number in enumerate(sequence):
            self.place[number] = place

    # --- what is alike ------------------------------------------------------------------------------------

    def edges_into(self, number: int) -> list[int]:
        """The edges to an item from others, always in the same order for those that are alike."""
        return self._outside(number, self.inputs, self.sources)

    def edges_from(self, number: int) -> list[int]:
        """The edges from an item to others."""
        return self._outside(number, self.uses, self.targets)

    def _outside(self, number: int, edges_of: Sequence[list[int]], ends: Sequence[int]) -> list[int]:
        """The edges of an item's nodes whose other ends are in other items."""
        nodes, owner = self.items[number].nodes, self.owner
        if len(nodes) == 1:
            return edges_of[nodes[0]]
        return [edge for node in nodes for edge in edges_of[node] if owner[ends[edge]] != number]

    def _number(self, key: tuple[Any, ...]) -> int:
        return self._numbers.setdefault(key, len(self._numbers))

    def _label(self, number: int) -> int:
        """Equal for items in modules alike, of the same operations, shapes and arguments, and wired alike inside."""
        item, owner = self.items[number], self.owner
        key: list[Any] = [self._frames[item.box], item.title, item.repeats, item.kind == "leaf", item.kind == "module"]
        for node in item.nodes[:1] if self._is_one(number) else item.nodes:
            row = self.view.graph.nodes[node]
            arguments = row.arguments
            if arguments:
                arguments = tuple([pair for pair in arguments if pair[1] != UNKNOWN])
            options = () if row.op == "getitem" else row.options  # a loop takes another part in each step
            key += [row.op, row.shape, row.dtype, arguments, options]
            for edge in self.inputs[node]:
                source = self.sources[edge]
                key += [self.arguments[edge], self.rank[source] if owner[source] == number else -1]
        return self._number(tuple(key))

    # --- as a sequence ------------------------------------------------------------------------------------

    def _operations(self) -> list[int]:
        """Items that were computed, those of a module together where the order of computation allows it."""
        items, given = self.view.items, ("leaf", "constant")
        return [
            number
            for number in modules_together(self.view)
            if items[number].kind not in given or any(self.inputs[node] for node in items[number].nodes)
        ]

    # --- folding ------------------------------------------------------------------------------------------

    def merge(self, runs: Sequence[Run]) -> None:
        """Let the first repetition of each run stand for all."""
        for run in runs:
            self._note_again(run)
        for run in runs:
            self._merge(run)
        self._arrange([number for number in self.sequence if number not in self.gone])

    def _note_again(self, run: Run) -> None:
        """Find the edges from one repetition to a later one."""
        end = run.start + run.period * run.count
        for place in range(run.start + run.period, end):
            first = place - (place - run.start) % run.period
            for edge in self.edges_into(self.sequence[place]):
                if run.start <= self.place[self.owner[self.sources[edge]]] < first:
                    self.again.add(edge)

    def _merge(self, run: Run) -> None:
        places = range(run.start, run.start + run.period * run.count)
        columns = [[self.sequence[place] for place in places[slot :: run.period]] for slot in range(run.period)]
        leaves = [list(column) for column in zip(*run.leaves, strict=True)]
        wires = self._number(run.wires)
        for slot, column in enumerate(columns + leaves):
            self._merge_items(column, (slot, wires))
        for column in zip(*run.boxes, strict=True):
            first = self.boxes[column[0]]
            names = [self.boxes[path].name for path in column]
            self.boxes[first.id] = replace(first, repeats=first.repeats * run.count, name=common_name(names))
        for container in dict.fromkeys(run.containers):
            numbers = [column[0] for column, path in zip(columns, run.containers, strict=True) if path == container]
            self._frame(run, container, numbers)

    def _merge_items(self, column: list[int], wires: tuple[int, int]) -> None:
        first, items = column[0], [self.items[number] for number in column]
        nodes = tuple([node for item in items for node in item.nodes])
        width = 1 + max([self.rank[node] for node in nodes])
        for turn, item in enumerate(items):
            for node in item.nodes:
                self.owner[node], self.rank[node] = first, turn * width + self.rank[node]
        kind = max([item.kind for item in items], key=lambda kind: RANK.get(kind, 0))
        name = common_name([item.name for item in items])
        repeats = items[0].repeats * len(items)
        self.items[first] = replace(items[0], kind=kind, nodes=nodes, name=name, repeats=repeats)
        self.labels[first] = self._number((self.labels[first], len(column), *wires))
        self.gone |= dict.fromkeys(column[1:], first)

    def _frame(self, run: Run, container: str, numbers: list[int]) -> None:
        """Draw a box around what repeats in a box, unless that is a single module or operation."""
        direct = [number for number in numbers if self.items[number].box == container]
        inner = [path for path in dict.fromkeys(run.boxes[0]) if self.boxes[path].parent == container]
        if len(direct) + len(inner) < 2:
            return
        path = f"{container}[{self.view.items[numbers[0]].id}]"
        while path in self.boxes:
            path += "'"
        self.boxes[path] = Box(path, container, repeats=run.count * self.boxes[container].repeats)
        for number in direct:
            self.items[number] = replace(self.items[number], box=path)
        for name in inner:
            self.boxes[name] = replace(self.boxes[name], parent=path)

    def folded(self) -> View:
        """The view now."""
        given = self.view.items
        earliest = list(range(len(given)))
        for number, first in self.gone.items():
            earliest[first] = min(earliest[first], number)
        numbers = sorted((n for n in range(len(given)) if n not in self.gone), key=lambda number: earliest[number])
        ids = {given[number].id: given[self._standing_for(number)].id for number in self.gone}
        boxes = [box for path, box in self.boxes.items() if path]
        return regrouped(self.view, [self.items[number] for number in numbers], ids, boxes, frozenset(self.again))

    def _standing_for(self, number: int) -> int:
        while number in self.gone:
            number = self.gone[number]
        return number
