"""A snapshot of a graph as plain data: what is drawn, compared and written to files."""

from __future__ import annotations

import os
from collections.abc import Mapping
from dataclasses import dataclass, field, fields
from importlib import import_module
from pathlib import Path
from typing import TYPE_CHECKING, Any, Literal

from autograd.errors import ArgumentError
from autograd.files import write_whole
from autograd.notes import Summary

if TYPE_CHECKING:
    import graphviz

    from autograd.viz import Picture

Kind = Literal["leaf", "constant", "operation", "result"]


@dataclass(frozen=True, slots=True)
class Facts:
    """What is known of a node beside the structure of the graph: None, or empty, where it was not measured.

    Attributes
    ----------
    value, gradient: facts about its value, and about the gradient that came to it.
    numbers: the elements of a small value, in their order.
    histogram: how many elements of a larger one lie in each of equal parts of its range; of very large ones, a sample.
    kept: bytes that are kept for the backward pass because of it; what several nodes keep counts at the first one.
    forward, backward: seconds that the operation, and its derivative rules, took.
    multiply_adds: of its products of arrays.
    order: how many differentiations are behind the value: 0 for what the program computes, 1 for what a backward pass
        with ``create_graph=True`` computes of that and for what is computed from it, and so on.

    >>> import autograd as ag
    >>> product = ag.graph(lambda x: x * 2, 3.0, gradients=True).nodes[1]
    >>> product.facts.numbers, product.facts.gradient.norm, product.facts.forward
    ((6.0,), 1.0, None)
    """

    value: Summary | None = None
    gradient: Summary | None = None
    numbers: tuple[float, ...] = ()
    histogram: tuple[int, ...] = ()
    kept: int | None = None
    forward: float | None = None
    backward: float | None = None
    multiply_adds: int | None = None
    order: int | None = None


UNKNOWN = Facts()


@dataclass(frozen=True, slots=True)
class GraphNode:
    """One node of a snapshot.

    Attributes
    ----------
    id: its place in ``Graph.nodes``; what it was computed from has smaller ones.
    kind: ``"leaf"``, a tensor that needs a gradient and was not computed, or not in the call; ``"constant"``, an array
        that needs none, given or computed; ``"operation"``; ``"result"``, an operation whose result the graph was
        asked for.
    op: the primitive's name; empty for what was not computed.
    name: of the variable or parameter, where it was given; for a constant else the argument that it is.
    shape, dtype: of the value; None and empty where they are not one array's.
    scope: the module that it belongs to, such as ``"Sequential.0"``; empty outside of modules. Where a traced call
        called a module several times, each of these calls has a scope of its own: ``"Net.cell@2"``.
    value, grad: the number that it holds and its gradient, where known and of one element.
    arguments: of an operation, the numbers among its arguments, such as ``(("y", "2"),)``; ``"constant"`` for
        an operand that needs no gradient and that the graph does not keep.
    options: what else it was called with, such as ``(("axis", "0"),)``, as far as that is known; defaults are left out.
    line: of the user's program, ``"train.py:12: y = x * 2"``, where that was recorded.
    facts: what was measured. Graphs that differ in options, lines and facts alone are equal.

    >>> import autograd as ag
    >>> node = ag.graph(lambda x: x.sum(axis=0), ag.ones(2, 3)).nodes[1]
    >>> node.kind, node.op, node.shape, node.options
    ('result', 'sum', (3,), (('axis', '0'),))
    """

    id: int
    kind: Kind
    op: str = ""
    name: str = ""
    shape: tuple[int, ...] | None = None
    dtype: str = ""
    scope: str = ""
    value: float | None = None
    grad: float | None = None
    arguments: tuple[tuple[str, str], ...] = ()
    options: tuple[tuple[str, str], ...] = field(default=(), compare=False)
    line: str = field(default="", compare=False)
    facts: Facts = field(default=UNKNOWN, compare=False)

    def __eq__(self, other: object) -> bool:
        return self._compared() == other._compared() if isinstance(other, GraphNode) else NotImplemented

    def __hash__(self) -> int:
        return hash(self._compared())

    def _compared(self) -> tuple[Any, ...]:
        """What tells nodes apart, with numbers as text, in which NaN equals NaN."""
        values = [getattr(self, part.name) for part in fields(self) if part.compare]
        return tuple([repr(value) if isinstance(value, float) else value for value in values])


@dataclass(frozen=True, slots=True)
class GraphEdge:
    """One use of a value: the nodes' ids, which argument of ``target``'s primitive ``source`` is, and what flows back.

    ``gradient`` is the norm of what ``target`` contributes to the gradient of ``source``, where that was measured.

    >>> import autograd as ag
    >>> ag.graph(lambda x: x * 2, 3.0, gradients=True).edges[0]
    GraphEdge(source=0, target=1, argument='x', gradient=2.0)
    """

    source: int
    target: int
    argument: str = ""
    gradient: float | None = field(default=None, compare=False)


@dataclass(frozen=True, slots=True, repr=False)
class Graph:
    """A snapshot of a graph: plain data, independent of the live one and of whatever draws it.

    Equal graphs give equal snapshots. Nodes of a live graph are numbered by its structure alone; those of a call in the
    order in which they were computed.

    Attributes
    ----------
    nodes: each after what it was computed from.
    edges: in the order of their targets, then of the target's arguments.
    scopes: for scopes of modules that were given to ``ag.graph``, their class: ``{"Sequential.0": "Linear"}``.

    >>> import autograd as ag
    >>> graph = ag.graph(lambda a, b: a * b, 2.0, 3.0)
    >>> graph
    <Graph of multiply (): 3 nodes, 2 edges>
    >>> [edge.argument for edge in graph.edges if edge.target == 2]
    ['x', 'y']
    """

    nodes: tuple[GraphNode, ...]
    edges: tuple[GraphEdge, ...]
    scopes: Mapping[str, str]

    def __repr__(self) -> str:
        results = ", ".join(f"{node.op} {node.shape}" for node in self.nodes if node.kind == "result")
        return f"<Graph of {results or 'a leaf'}: {len(self.nodes)} nodes, {len(self.edges)} edges>"

    def __str__(self) -> str:
        return self.tree()

    # --- as data ------------------------------------------------------------------------------------------

    def to_dict(self) -> dict[str, Any]:
        """Nodes, edges and scopes as dicts and lists of strings and numbers; facts that are not known are left out.

        >>> import autograd as ag
        >>> ag.graph(-ag.tensor(2.0, requires_grad=True)).to_dict()["edges"]
        [{'source': 0, 'target': 1, 'argument': 'x'}]
        """
        from autograd.graphs.forms import as_dict

        return {
            "nodes": [as_dict(node) for node in self.nodes],
            "edges": [as_dict(edge) for edge in self.edges],
            "scopes": dict(self.scopes),
        }

    def to_json(self) -> str:
        """``to_dict`` as JSON, one line a node and an edge; numbers that are not finite are written as strings.

        >>> import autograd as ag
        >>> x = ag.tensor(2.0, requires_grad=True)
        >>> print(ag.graph(-x).to_json())
        {"nodes": [
        {"id": 0, "kind": "leaf", "op": "", ... "value": 2.0, "grad": null, ...},
        {"id": 1, "kind": "result", "op": "negative", ...}
        ], "edges": [
        {"source": 0, "target": 1, "argument": "x"}
        ], "scopes": {}}
        """
        from autograd.graphs.forms import as_json

        return as_json(self.to_dict())

    @classmethod
    def from_json(cls, text: str) -> Graph:
        """The graph that `to_json` wrote: to be drawn, or compared, where the program is not at hand.

        Raises ArgumentError for a text that it did not write.

        >>> import autograd as ag
        >>> graph = ag.graph(-ag.tensor(2.0, requires_grad=True))
        >>> ag.Graph.from_json(graph.to_json()) == graph
        True
        """
        from autograd.graphs.forms import read_json

        return cls(*read_json(text))

    # --- as pictures and text -----------------------------------------------------------------------------

    def picture(self, **options: Any) -> Picture:
        """A picture of the graph, shown in notebooks: ``viz.picture(graph, ...)``, which lists the options.

        >>> import autograd as ag
        >>> ag.graph(-ag.tensor(2.0, requires_grad=True)).picture(direction="TB")
        <Picture of 2 nodes>
        """
        picture: Picture = import_module("autograd.viz").picture(self, **options)  # stands above
        return picture

    def to_graphviz(self, **options: Any) -> graphviz.Digraph:
        """The picture in Graphviz' language, to be changed and rendered by the ``graphviz`` package.

        >>> import autograd as ag
        >>> "n0 -> n1" in ag.graph(-ag.tensor(2.0, requires_grad=True)).to_graphviz().source
        True
        """
        return self.picture(**options).to_graphviz()

    def tree(self, **options: Any) -> str:
        """The graph as text, also what ``print`` shows: ``viz.tree(graph, ...)``, which lists the options.

        >>> import autograd as ag
        >>> print(ag.graph(lambda x: x * 2, 3.0).tree())
        operation                value
        x                            3
        result = multiply(x, 2)      6
        <BLANKLINE>
        1 operation, 1 leaf.
        """
        text: str = import_module("autograd.viz").tree(self, **options)
        return text

    def save(self, path: str | os.PathLike[str], **options: Any) -> Path:
        """Write the graph to a file, in the form that its name ends in; returns its path.

        ``.json`` is the data. ``.svg``, ``.png``, ``.pdf``, ``.dot`` (Graphviz' language), ``.md`` (a Mermaid diagram,
        which GitHub draws) and ``.txt`` are pictures, and take the options of ``viz.picture``. The file is written
        under another name first and then renamed, so that nobody ever reads half of it.

        Raises ArgumentError for another ending or option, ``viz.RenderError`` where there is no renderer, OSError where
        the file cannot be written.

        >>> import autograd as ag, tempfile
        >>> ag.graph(-ag.tensor(2.0, requires_grad=True)).save(tempfile.mkdtemp() + "/graph.json").name
        'graph.json'
        """
        path = Path(path)
        if path.suffix.lower() != ".json":
            return self.picture(**options).save(path)
        if options:
            raise ArgumentError(f"save({str(path)!r}): the data has no {', '.join(options)}; pictures take options.")
        write_whole(path, self.to_json().encode())
        return path

    def _repr_mimebundle_(self, **_: Any) -> dict[str, Any]:
        bundle: dict[str, Any] = self.picture()._repr_mimebundle_()
        return bundle
