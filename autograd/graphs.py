"""A snapshot of a live graph as plain data: what is drawn, compared and written to files.

>>> import autograd as ag
>>> w, x = ag.tensor(2.0, requires_grad=True), ag.tensor(3.0, requires_grad=True)
>>> snapshot = graph(ag.tanh(w * x), names={"w": w, "x": x})
>>> [node.name or node.op for node in snapshot.nodes]
['w', 'x', 'multiply', 'tanh']
"""

from __future__ import annotations

import math
import os
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, replace
from importlib import import_module
from pathlib import Path
from typing import Any, Literal

import numpy as np

from autograd.errors import ArgumentError, GradientError
from autograd.files import write_whole
from autograd.nodes import RELEASED, Leaf, Node
from autograd.pullbacks import PART, Parts, Pullback
from autograd.tensors import Tensor

Kind = Literal["leaf", "constant", "operation", "result"]


@dataclass(frozen=True, slots=True)
class GraphNode:
    """One node of a snapshot.

    Attributes
    ----------
    id: its place in ``Graph.nodes``; what it was computed from has smaller ones.
    kind: ``"leaf"``, a tensor that needs a gradient and was not computed; ``"constant"``, an array that needs none;
        ``"operation"``; ``"result"``, an operation whose result the graph was asked for.
    op: the primitive's name; empty for leaves and constants.
    name: of the variable or parameter, where it was given; for a constant else the argument that it is.
    shape, dtype: of the value; None and empty where they are not one array's.
    scope: the module that it belongs to, such as ``"Sequential.0"``; empty outside of modules.
    value, grad: the number that it holds and its gradient, where known and of one element.
    arguments: of an operation, the numbers among its arguments, such as ``(("y", "2"),)``; ``"constant"`` for
        an operand that needs no gradient and that the graph does not keep.
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


@dataclass(frozen=True, slots=True)
class GraphEdge:
    """One use of a value: the nodes' ids, and which argument of ``target``'s primitive ``source`` is."""

    source: int
    target: int
    argument: str = ""


@dataclass(frozen=True, slots=True, repr=False)
class Graph:
    """A snapshot of a graph: plain data, independent of the live one and of whatever draws it.

    Equal graphs give equal snapshots: nodes are numbered by the structure alone.

    Attributes
    ----------
    nodes: each after what it was computed from.
    edges: in the order of their targets, then of the target's arguments.
    scopes: for scopes of modules that were given to ``ag.graph``, their class: ``{"Sequential.0": "Linear"}``.
    """

    nodes: tuple[GraphNode, ...]
    edges: tuple[GraphEdge, ...]
    scopes: Mapping[str, str]

    def __repr__(self) -> str:
        results = ", ".join(f"{node.op} {node.shape}" for node in self.nodes if node.kind == "result")
        return f"<Graph of {results or 'a leaf'}: {len(self.nodes)} nodes, {len(self.edges)} edges>"

    def to_dict(self) -> dict[str, Any]:
        """Nodes, edges and scopes as dicts and lists of strings and numbers.

        >>> import autograd as ag
        >>> graph(-ag.tensor(2.0, requires_grad=True)).to_dict()["edges"]
        [{'source': 0, 'target': 1, 'argument': 'x'}]
        """
        return {
            "nodes": [_as_dict(node) for node in self.nodes],
            "edges": [_as_dict(edge) for edge in self.edges],
            "scopes": dict(self.scopes),
        }

    def to_json(self) -> str:
        """``to_dict`` as JSON, one line a node and an edge; numbers that are not finite are written as strings.

        >>> import autograd as ag
        >>> print(graph(ag.tensor(2.0, requires_grad=True)).to_json())
        {"nodes": [
        {"id": 0, "kind": "leaf", "op": "", "name": "", "shape": [], "dtype": "float32", "scope": "", \
"value": 2.0, "grad": null, "arguments": []}
        ], "edges": [
        <BLANKLINE>
        ], "scopes": {}}
        """
        import json

        nodes = ",\n".join(json.dumps(_finite(_as_dict(node))) for node in self.nodes)
        edges = ",\n".join(json.dumps(_as_dict(edge)) for edge in self.edges)
        return f'{{"nodes": [\n{nodes}\n], "edges": [\n{edges}\n], "scopes": {json.dumps(dict(self.scopes))}}}'

    def save(self, path: str | os.PathLike[str]) -> Path:
        """Write the graph to a file, in the form that its name ends in; returns its path.

        ``.json`` is the data; ``.dot``, ``.svg``, ``.png`` and ``.pdf`` are drawn by ``autograd.viz``. The file is
        written under another name first and then renamed, so that nobody ever reads half of it.

        Raises ArgumentError for another ending, ``viz.RenderError`` where there is no renderer, OSError where
        the file cannot be written.

        >>> import autograd as ag, tempfile
        >>> graph(-ag.tensor(2.0, requires_grad=True)).save(tempfile.mkdtemp() + "/graph.json").name
        'graph.json'
        """
        path = Path(path)
        if path.suffix.lower() not in writers:
            import_module("autograd.viz")  # stands above, and enters the endings that it can draw
        writer = writers.get(path.suffix.lower())
        if writer is None:
            raise ArgumentError(f"save({str(path)!r}): the name of the file may end in {', '.join(sorted(writers))}.")
        write_whole(path, writer(self))
        return path


writers: dict[str, Callable[[Graph], bytes]] = {".json": lambda graph: graph.to_json().encode()}


def _as_dict(row: GraphNode | GraphEdge) -> dict[str, Any]:
    return {name: getattr(row, name) for name in row.__slots__}


def _finite(row: dict[str, Any]) -> dict[str, Any]:
    for key in ("value", "grad"):
        if row[key] is not None and not math.isfinite(row[key]):
            row[key] = str(row[key])
    return row


# --- taking one -----------------------------------------------------------------------------------------


def graph(results: Tensor | list[Tensor] | tuple[Tensor, ...], names: Any = None) -> Graph:
    """A snapshot of the graph that one or several tensors were computed by.

    It shows what the graph knows. Arrays that need no gradient appear where a derivative keeps them, so take it
    before ``backward`` releases them; gradients appear when it is taken afterwards (``retain_graph=True`` gives both).

    Parameters
    ----------
    results: tensors that need a gradient.
    names: what to call tensors: a Module, whose parameters have names, or a dict of variables, such as
        ``locals()``. Of its values, tensors, arrays and Modules count; names that begin with ``_`` do not.

    Raises GradientError where there is no graph, ArgumentError where something else than a tensor is given.

    >>> import autograd as ag
    >>> x = ag.tensor([1.0, 2.0], requires_grad=True)
    >>> graph((x ** 2).sum(), names={"x": x})
    <Graph of sum (): 3 nodes, 2 edges>
    """
    tensors = list(results) if isinstance(results, (list, tuple)) else [results]
    for tensor in tensors:
        if not isinstance(tensor, Tensor):
            raise ArgumentError(f"graph: want a Tensor, or a list of them, not {type(tensor).__name__}.")
        if tensor._node is None:
            raise GradientError(
                "graph of a tensor that needs no gradient: there is none. Nothing that it was computed from has "
                "requires_grad=True, or it was computed under no_grad, or detached."
            )
    return _Snapshot(tensors, _Names(names)).take()


class _Names:
    """What is known about tensors besides the graph: names, and the tensors that nodes were handed out in."""

    def __init__(self, names: Any) -> None:
        self.of_node: dict[Node, str] = {}
        self.of_memory: dict[tuple[int, int], str] = {}
        self.tensors: dict[Node, Tensor] = {}
        self.scopes: dict[str, str] = {}
        if isinstance(names, Mapping):
            for name, value in names.items():
                if not str(name).startswith("_"):
                    self._add(str(name), value)
        elif names is not None:
            if not hasattr(names, "named_parameters"):
                raise ArgumentError(f"graph: names is a Module or a dict of variables, not {type(names).__name__}.")
            self._add_module("", names)

    def _add(self, name: str, value: Any) -> None:
        if isinstance(value, Tensor):
            if value._node is not None:
                self.of_node.setdefault(value._node, name)
                self.tensors.setdefault(value._node, value)
            else:
                self.of_memory.setdefault(_memory(value._array), name)
        elif isinstance(value, (np.ndarray, np.generic)):
            self.of_memory.setdefault(_memory(value), name)
        elif hasattr(value, "named_parameters") and not isinstance(value, type):
            self._add_module(f"{name}.", value)

    def _add_module(self, prefix: str, module: Any) -> None:
        for name, parameter in module.named_parameters():
            self._add(prefix + name, parameter)
        root = type(module).__name__
        for name, part in module.named_modules():
            self.scopes.setdefault(f"{root}.{name}" if name else root, type(part).__name__)

    def of(self, array: np.ndarray | np.generic) -> str:
        """The name of an array, also where it is seen in another shape; empty if it has none."""
        return self.of_memory.get(_memory(array), "")


def _memory(array: np.ndarray | np.generic) -> tuple[int, int]:
    """What an array's values lie in: the same for a reshaped view, another one for a part."""
    place = array.__array_interface__["data"][0] if isinstance(array, np.ndarray) else id(array)
    return place, array.nbytes


class _Snapshot:
    """The work of ``graph``: walks the live nodes and lists plain ones."""

    def __init__(self, results: list[Tensor], names: _Names) -> None:
        self.roots = list(dict.fromkeys(tensor._node for tensor in results if tensor._node is not None))
        self.names = names
        for tensor in results:
            if tensor._node is not None:
                names.tensors.setdefault(tensor._node, tensor)
        self.nodes: list[GraphNode] = []
        self.edges: list[GraphEdge] = []
        self.ids: dict[Node, int] = {}
        self.inner: set[int] = set()  # what belongs to the modules that use it
        self.constants: dict[int, int] = {}  # id of an array -> id of the node that stands for it
        self.dtypes: dict[np.dtype[Any], str] = {}
        self.plans: dict[Pullback, list[tuple[str, int | None]]] = {}

    def take(self) -> Graph:
        for node in _in_order(self.roots):
            if isinstance(node, Leaf):
                tensor = node.tensor()
                number = self._add(node, "leaf", "", tensor)
                if tensor is not None and type(tensor) is not Tensor:
                    self.inner.add(number)
            else:
                self._add_operation(node)
        self._place_inner()
        used = {outer for scope in {node.scope for node in self.nodes} for outer in enclosing(scope)}
        scopes = {path: kind for path, kind in sorted(self.names.scopes.items()) if path in used}
        return Graph(tuple(self.nodes), tuple(self.edges), scopes)

    def _add(self, node: Node, kind: Kind, op: str, tensor: Tensor | None, **more: Any) -> int:
        number = self.ids[node] = len(self.nodes)
        compound = node.kind is Parts
        self.nodes.append(
            GraphNode(
                number,
                kind,
                op,
                self.names.of_node.get(node, ""),
                None if compound else node.shape,
                "" if compound else self._dtype(node.dtype),
                node.scope,
                _number(tensor),
                None if tensor is None else _number(tensor.grad),
                **more,
            )
        )
        return number

    def _add_operation(self, node: Node) -> None:
        numbers, arrays = [], []
        for argument, value in self._unfollowed(node):
            if isinstance(value, (np.ndarray, np.generic)) and (np.ndim(value) or self.names.of(value)):
                arrays.append((self._constant(argument, value), argument))
            else:
                numbers.append((argument, value if isinstance(value, str) else f"{value:.6g}"))
        kind: Kind = "result" if node in self.roots else "operation"
        number = self._add(
            node, kind, node.pullback.primitive.name, self.names.tensors.get(node), arguments=tuple(numbers)
        )
        sources = [
            (self.ids[source], argument)
            for source, argument in zip(node.inputs, node.pullback.arguments_of(node), strict=True)
        ]
        if arrays:
            order = node.pullback.primitive.parameters
            sources = sorted(arrays + sources, key=lambda pair: order.index(pair[1]))
        self.edges += [GraphEdge(source, number, argument) for source, argument in sources]

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
            elif primitive.rules.get(argument) is not None and argument not in primitive.defaults:
                yield argument, value if isinstance(value, (int, float, np.ndarray, np.generic)) else "constant"

    def _constant(self, argument: str, array: Any) -> int:
        """The node of an array that needs no gradient: one, however often it is used."""
        if id(array) not in self.constants:
            number = self.constants[id(array)] = len(self.nodes)
            name = self.names.of(array)
            if not name:
                self.inner.add(number)
            value = array.item() if array.size == 1 else None
            dtype = self._dtype(array.dtype)
            self.nodes.append(GraphNode(number, "constant", "", name or argument, array.shape, dtype, value=value))
        return self.constants[id(array)]

    def _dtype(self, dtype: np.dtype[Any]) -> str:
        if dtype not in self.dtypes:
            self.dtypes[dtype] = str(dtype)
        return self.dtypes[dtype]

    def _place_inner(self) -> None:
        """Put parameters, and arrays without a name, into the innermost module that holds all their uses.

        What has a name comes from outside, and so do plain Tensors: a subclass (nn.Parameter) is a module's.
        """
        scopes: dict[int, str] = {}
        for edge in self.edges:
            if edge.source in self.inner:
                scope = self.nodes[edge.target].scope
                scopes[edge.source] = _common(scopes.get(edge.source, scope), scope)
        for number, scope in scopes.items():
            self.nodes[number] = replace(self.nodes[number], scope=scope)


def _in_order(roots: list[Node]) -> list[Node]:
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


def _number(tensor: Tensor | None) -> float | None:
    return tensor.item() if tensor is not None and tensor.size == 1 else None


def _common(scope: str, other: str) -> str:
    """The innermost scope around both.

    >>> _common("model.0.linear", "model.0.norm")
    'model.0'
    """
    if scope == other:
        return scope
    same = [a for a, b in zip(enclosing(scope), enclosing(other), strict=False) if a == b]
    return same[-1] if same else ""


def enclosing(scope: str) -> list[str]:
    """A scope and those around it, from the outside in.

    >>> enclosing("model.0")
    ['model', 'model.0']
    """
    parts = scope.split(".") if scope else []
    return [".".join(parts[: depth + 1]) for depth in range(len(parts))]
