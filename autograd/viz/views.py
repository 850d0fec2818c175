"""What a picture shows of a graph, as plain data: which nodes are drawn as one, in which boxes, with which arrows.

Whatever draws, as Graphviz, Mermaid or text, draws a `View`. Steps make one of another: modules are closed
(`autograd.viz.closing`), repeated blocks folded (`autograd.viz.folding`), the backward pass drawn
(`autograd.viz.passes`).
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

from autograd.graphs import Graph, GraphNode, enclosing

ItemKind = Literal["leaf", "constant", "operation", "result", "module", "rest", "gradient"]
ArrowKind = Literal["data", "again", "gradient", "kept"]


@dataclass(frozen=True, slots=True)
class Item:
    """What is drawn as one node.

    Attributes
    ----------
    id: ``"n7"``, by the first node of the graph that it stands for; of a backward pass ``"g7"``.
    kind: that of its node; ``"module"``, a closed module; ``"rest"``, many nodes that are left out of the picture;
        ``"gradient"``, the derivative of an item of a forward pass.
    nodes: ids of the nodes of the graph that it stands for, repetitions too.
    box: the id of the box that it is drawn in; empty outside of all.
    title: what it is: the primitive's name, or the class of a module; empty for what was not computed.
    name: of the variable, or of the module in the one around it; empty where there is none.
    repeats: how many that are alike it stands for.
    of: for a gradient, the id of the item whose derivative it is.

    >>> import autograd as ag
    >>> whole_view(ag.graph(lambda x: x * 2, 3.0)).items[0]
    Item(id='n0', kind='leaf', nodes=(0,), box='', title='', name='x', repeats=1, of='')
    """

    id: str
    kind: ItemKind
    nodes: tuple[int, ...]
    box: str = ""
    title: str = ""
    name: str = ""
    repeats: int = 1
    of: str = ""


@dataclass(frozen=True, slots=True)
class Box:
    """A frame around items: an open module, or a block that is repeated.

    Attributes
    ----------
    id: the scope's path; of a block without a module, another one that begins with the path around it.
    parent: the id of the box around it; empty outside of all.
    title, name: the module's class, and its name in the one around it; both empty for a block without a module.
    repeats: how many that are alike it stands for.

    >>> Box("Net.layers.0", "Net.layers", "Linear", "0").repeats
    1
    """

    id: str
    parent: str = ""
    title: str = ""
    name: str = ""
    repeats: int = 1


@dataclass(frozen=True, slots=True)
class Arrow:
    """What leads from an item to another.

    Attributes
    ----------
    source, target: ids of items.
    kind: ``"data"``, a value that is used; ``"again"``, the same to the next repetition of a block, drawn backwards;
        ``"gradient"``, of the value that ``source`` and ``target`` share; ``"kept"``, what a derivative needs.
    edges: places in ``Graph.edges`` of what it stands for.

    >>> import autograd as ag
    >>> whole_view(ag.graph(lambda x: x * x, 3.0)).arrows
    (Arrow(source='n0', target='n1', kind='data', edges=(0, 1)),)
    """

    source: str
    target: str
    kind: ArrowKind = "data"
    edges: tuple[int, ...] = ()


@dataclass(frozen=True, slots=True)
class View:
    """What a picture shows of a graph.

    Attributes
    ----------
    graph: what it is a view of.
    items: each after those it is computed from, but for arrows of kind ``"again"``.
    boxes: each after the one around it.
    arrows: in the order of the edges that they stand for; one from an item to another, of each kind.
    notes: what is not shown, in sentences for the reader of the picture.

    >>> import autograd as ag
    >>> len(whole_view(ag.graph(lambda x: x * 2, 3.0)).items)
    2
    """

    graph: Graph
    items: tuple[Item, ...]
    boxes: tuple[Box, ...]
    arrows: tuple[Arrow, ...]
    notes: tuple[str, ...] = ()


def whole_view(graph: Graph) -> View:
    """A view that shows every node, every edge, and every module open.

    Parameters
    ----------
    graph: a snapshot, from `ag.graph`. No errors are raised.

    >>> import autograd as ag
    >>> [item.title or item.name for item in whole_view(ag.graph(-ag.tensor(2.0, requires_grad=True))).items]
    ['', 'negative']
    """
    items = tuple([Item(f"n{node.id}", node.kind, (node.id,), node.scope, node.op, node.name) for node in graph.nodes])
    paths = dict.fromkeys(path for node in graph.nodes for path in enclosing(node.scope))
    ordered = sorted(paths, key=lambda path: path.count("."))
    boxes = [
        Box(path, path.rpartition(".")[0], graph.scopes.get(path, ""), path.rpartition(".")[2]) for path in ordered
    ]
    places: dict[tuple[int, int], list[int]] = {}
    for place, edge in enumerate(graph.edges):
        places.setdefault((edge.source, edge.target), []).append(place)
    arrows = [Arrow(f"n{tail}", f"n{head}", "data", tuple(found)) for (tail, head), found in places.items()]
    return View(graph, items, tuple(boxes), tuple(arrows))


def nodes_of(view: View, item: Item) -> list[GraphNode]:
    """The nodes of the graph that an item stands for.

    Parameters
    ----------
    view, item: a view, and one of its items.

    Raises IndexError for an item whose nodes the view's graph does not have.

    >>> import autograd as ag
    >>> view = whole_view(ag.graph(lambda x: x * 2, 3.0))
    >>> [node.op for node in nodes_of(view, view.items[1])]
    ['multiply']
    """
    return [view.graph.nodes[number] for number in item.nodes]
