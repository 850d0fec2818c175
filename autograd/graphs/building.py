"""Putting a snapshot together: nodes and edges, constants once, parameters in the modules that use them."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import replace
from typing import Any

from autograd.graphs.data import Graph, GraphEdge, GraphNode
from autograd.graphs.measures import Measures
from autograd.graphs.naming import Names, common_scope, enclosing, without_calls
from autograd.graphs.values import facts_of
from autograd.notes import dtype_name

Flows = Mapping[tuple[str, int], float]
UNKNOWN = -1  # as the number of an operation


class Builder:
    """Collects the nodes and edges of a snapshot; every node after what it was computed from."""

    def __init__(self, names: Names, measures: Measures) -> None:
        self.names = names
        self.measures = measures
        self.nodes: list[GraphNode] = []
        self.edges: list[GraphEdge] = []
        self.numbers: dict[int, int] = {}  # id of a node -> number of its operation in the recording
        self.inner: set[int] = set()  # what belongs to the modules that use it
        self._constants: dict[int, int] = {}  # id of an array -> id of the node that stands for it

    def add(self, operation: int | None = None, **parts: Any) -> int:
        """A node, of an operation with that number in the recording; returns its id."""
        place = len(self.nodes)
        self.nodes.append(GraphNode(place, **parts))
        self.numbers[place] = UNKNOWN if operation is None else operation
        return place

    def constant(self, argument: str, array: Any) -> int:
        """The node of an array that needs no gradient: one, however often it is used."""
        if id(array) not in self._constants:
            name = self.names.of(array)
            number = self._constants[id(array)] = self.add(
                kind="constant",
                name=name or argument,
                shape=array.shape,
                dtype=dtype_name(array.dtype),
                value=array.item() if array.size == 1 else None,
                facts=facts_of(array),
            )
            if not name:
                self.inner.add(number)
        return self._constants[id(array)]

    def connect(self, target: int, sources: Iterable[tuple[int, str]]) -> None:
        """Edges to ``target``: the ids that it was computed from, each with the argument that it is."""
        flows: Flows = self.measures.flows.get(self.numbers[target], {})
        node = self.nodes[target]
        order = own = node.facts.order or 0
        for source, argument in sources:
            self.edges.append(GraphEdge(source, target, argument, flows.get((argument, self.numbers[source]))))
            order = max(order, self.nodes[source].facts.order or 0)
        if order > own:  # gradients that are added up, and what is computed from gradients
            self.nodes[target] = replace(node, facts=replace(node.facts, order=order))

    def finish(self, classes: Mapping[str, str]) -> Graph:
        """The snapshot; ``classes`` are those of modules, by their scopes."""
        self._place_inner()
        used = {outer for scope in {node.scope for node in self.nodes} for outer in enclosing(scope)}
        known = {path: classes.get(path) or classes.get(without_calls(path), "") for path in sorted(used)}
        scopes = {path: kind for path, kind in known.items() if kind}
        return Graph(tuple(self.nodes), tuple(self.edges), scopes)

    def _place_inner(self) -> None:
        """Put parameters, and arrays without a name, into the innermost module that holds all their uses.

        What has a name comes from outside, and so do plain Tensors: a subclass (nn.Parameter) is a module's.
        """
        scopes: dict[int, str] = {}
        for edge in self.edges:
            if edge.source in self.inner:
                scope = self.nodes[edge.target].scope
                scopes[edge.source] = common_scope(scopes.get(edge.source, scope), scope)
        for number, scope in scopes.items():
            self.nodes[number] = replace(self.nodes[number], scope=scope)
