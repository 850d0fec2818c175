"""Snapshots of live graphs: a walk over the nodes that tensors were computed by."""

from __future__ import annotations

import math
from collections.abc import Iterator
from typing import Any

import numpy as np

from autograd.graphs.building import Builder
from autograd.graphs.data import Facts, Graph, Kind
from autograd.graphs.measures import Measures, backward_from, pass_from
from autograd.graphs.naming import Names
from autograd.graphs.values import kept_bytes, memory_id, number_in, only_number, options_of
from autograd.nodes import RELEASED, Leaf, Node
from autograd.notes import Operation, dtype_name
from autograd.pullbacks import PART, Parts, Pullback
from autograd.recording import Recording, current_recording, is_operand, multiply_adds_of
from autograd.tensors import Tensor
from autograd.watching import watched_by


def live_graph(results: list[Tensor], names: Names, gradients: bool) -> Graph:
    """The snapshot of the graph that ``results``, which need gradients, were computed by."""
    roots = list(dict.fromkeys(tensor._node for tensor in results if tensor._node is not None))
    for tensor in results:
        if tensor._node is not None:
            names.tensors.setdefault(tensor._node, tensor)
    order = in_order(roots)
    return _Snapshot(roots, order, names, _measures(roots, order, gradients)).take()


def _measures(roots: list[Node], order: list[Node], gradients: bool) -> Measures:
    """What the recording of the graph, if there is one, says of it; and a backward pass of our own, if it is wanted."""
    recording = current_recording()
    known = [] if recording is None else [found for root in roots if (found := recording.find(root)) is not None]
    recording = recording if known else None
    done = None if recording is None else pass_from(recording, [operation.number for operation in known])
    if gradients and done is None:
        recording = Recording("facts", 2 * len(order)) if recording is None else recording.copy()
        with watched_by(recording):
            backward_from(roots, [node for node in order if isinstance(node, Leaf)])
        done = recording.passes[-1]
    return Measures(recording, done)


class _Snapshot:
    """Walks the live nodes and lists plain ones."""

    def __init__(self, roots: list[Node], order: list[Node], names: Names, measures: Measures) -> None:
        self.roots, self.order, self.names, self.measures = set(roots), order, names, measures
        self.builder = Builder(names, measures)
        self.ids: dict[Node, int] = {}
        self.kept: set[int] = set()  # ids of arrays that are counted
        self.numbers: dict[Node, float] = {}  # values that a node or what uses it keeps
        self.plans: dict[Pullback, list[tuple[str, int | None]]] = {}

    def take(self) -> Graph:
        tensors = [node.tensor() for node in self.order if isinstance(node, Leaf)]
        self.kept = self.names.owners | {memory_id(tensor._array) for tensor in tensors if tensor is not None}
        for node in self.order:
            self._note_numbers(node)
        for node in self.order:
            if isinstance(node, Leaf):
                self._add_leaf(node)
            else:
                self._add_operation(node)
        return self.builder.finish(self.names.paths | self.names.scopes)

    def _note_numbers(self, node: Node) -> None:
        """Take down the numbers that rules keep: the result, and operands, which are results of other nodes."""
        if node.kept is RELEASED or isinstance(node, Leaf) or node.pullback is PART:
            return
        keeps, edges = node.pullback.keeps, node.pullback.arguments_of(node)
        for place, name in enumerate(keeps):
            value = node.kept[place]
            if isinstance(value, (np.ndarray, np.generic)) and value.size == 1:
                if name == "out":
                    self.numbers[node] = float(value.item())
                elif edges.count(name) == 1:
                    source = node.inputs[edges.index(name)]
                    if math.prod(source.shape) == 1:
                        self.numbers[source] = float(value.item())

    def _add_leaf(self, node: Leaf) -> None:
        tensor = node.tensor()
        place = self._add(node, "leaf", "", tensor)
        if tensor is not None and type(tensor) is not Tensor:
            self.builder.inner.add(place)

    def _add(self, node: Node, kind: Kind, op: str, tensor: Tensor | None, **more: Any) -> int:
        operation = self.measures.operation_of(node)
        number = None if operation is None else operation.number
        array = None if tensor is None else tensor._array
        facts = self._facts(node, operation, array)
        value = number_in(array) if array is not None else self.numbers.get(node, only_number(facts.value))
        grad = None if tensor is None else number_in(tensor.grad)
        compound = node.kind is Parts
        place = self.ids[node] = self.builder.add(
            number,
            kind=kind,
            op=op,
            name=self.names.of_node.get(node, ""),
            shape=None if compound else node.shape,
            dtype="" if compound else dtype_name(node.dtype),
            scope=node.scope,
            value=value,
            grad=only_number(facts.gradient) if grad is None else grad,
            line=str(operation.line) if operation is not None and operation.line is not None else "",
            options=self._options(node, operation),
            facts=facts,
            **more,
        )
        return place

    def _options(self, node: Node, operation: Operation | None) -> tuple[tuple[str, str], ...]:
        """Those that were recorded, or else those that the rules keep."""
        if isinstance(node, Leaf) or node.pullback is PART:
            return ()
        kept = () if node.kept is RELEASED else zip(node.pullback.keeps, node.kept, strict=True)
        known = operation is not None and operation.line is not None
        return options_of(node.pullback.primitive, operation.options if operation is not None and known else kept)

    def _facts(self, node: Node, operation: Operation | None, array: Any) -> Facts:
        number = None if operation is None else operation.number
        if isinstance(node, Leaf):
            return self.measures.facts(number, array)
        if node.pullback is PART:  # the rest is said of the operation
            known = operation.results if operation is not None and node.kept is not RELEASED else ()
            value = known[node.kept[0]] if len(known) > 1 else None
            return Facts(value=value if value is not None and value.is_measured else None)
        kept = kept_bytes(node, self.kept)
        return self.measures.facts(number, array, kept=kept, multiply_adds=multiply_adds_of(node))

    def _add_operation(self, node: Node) -> None:
        numbers, arrays = [], []
        operation = self.measures.operation_of(node)
        known = {} if operation is None else dict(operation.numbers)
        for argument, value in self._unfollowed(node):
            value = known.get(argument, value)
            if isinstance(value, (np.ndarray, np.generic)) and (np.ndim(value) or self.names.of(value)):
                arrays.append((self.builder.constant(argument, value), argument))
            else:
                numbers.append((argument, value if isinstance(value, str) else f"{value:.6g}"))
        kind: Kind = "result" if node in self.roots else "operation"
        tensor = self.names.tensors.get(node)
        place = self._add(node, kind, node.pullback.primitive.name, tensor, arguments=tuple(numbers))
        sources = [
            (self.ids[source], argument)
            for source, argument in zip(node.inputs, node.pullback.arguments_of(node), strict=True)
        ]
        if arrays:
            order = node.pullback.primitive.parameters
            sources = sorted(arrays + sources, key=lambda pair: order.index(pair[1]))
        self.builder.connect(place, sources)

    def _unfollowed(self, node: Node) -> Iterator[tuple[str, Any]]:
        """Arguments without an edge that are data, and their values where the node keeps them."""
        if node.pullback is PART:
            if node.kept is not RELEASED:
                yield "place", node.kept[0]
            return
        if node.pullback not in self.plans:
            self.plans[node.pullback] = _plan(node.pullback)
        for argument, place in self.plans[node.pullback]:
            value = None if place is None or node.kept is RELEASED else node.kept[place]
            primitive = node.pullback.primitive
            if isinstance(value, np.ndarray) and value.ndim:
                yield argument, value
            elif is_operand(primitive, argument):
                yield argument, value if isinstance(value, (int, float, np.ndarray, np.generic)) else "constant"


def in_order(roots: list[Node]) -> list[Node]:
    """Every node that ``roots`` depend on, each after its inputs, in an order that follows from structure alone."""
    order: dict[Node, None] = {}
    entered: set[Node] = set()
    stack = roots[::-1]
    while stack:
        node = stack[-1]
        if node not in entered:
            entered.add(node)
            stack += [source for source in reversed(node.inputs) if source not in entered]
        else:
            order[node] = None
            stack.pop()
    return list(order)


def _plan(pullback: Pullback) -> list[tuple[str, int | None]]:
    """The arguments that have no edges, each with its place in what a node keeps."""
    places = {name: place for place, name in enumerate(pullback.keeps)}
    return [(name, places.get(name)) for name in pullback.primitive.parameters if name not in pullback.wanted]
