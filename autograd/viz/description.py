"""A snapshot described in Graphviz' language: what is drawn, with which words, in which box."""

from __future__ import annotations

from typing import TYPE_CHECKING, Literal

from autograd.graphs import Graph, GraphNode, enclosing
from autograd.viz.style import BOX, EDGE, EDGE_OF, GRAPH, KINDS, NODE, QUIET, SMALL

if TYPE_CHECKING:
    import graphviz

SHOWN = str.maketrans({"&": "&amp;", "<": "&lt;", ">": "&gt;", "\\": "&#92;" * 2})

Direction = Literal["LR", "TB", "RL", "BT"]


def to_graphviz(graph: Graph, direction: Direction = "LR") -> graphviz.Digraph:
    """The graph in Graphviz' language; the same graph gives the same text.

    Parameters
    ----------
    graph: a snapshot, from ``ag.graph``.
    direction: of time: ``"LR"`` draws from left to right, ``"TB"`` from top to bottom.

    >>> import autograd as ag
    >>> w = ag.tensor(2.0, requires_grad=True)
    >>> text = to_graphviz(ag.graph(ag.exp(w), names={"w": w})).source
    >>> "n0 -> n1" in text
    True
    """
    import graphviz

    picture = graphviz.Digraph("graph", graph_attr={**GRAPH, "rankdir": direction}, node_attr=NODE, edge_attr=EDGE)
    boxes = _boxes(graph)
    for node in graph.nodes:
        box = boxes.get(node.scope, picture)
        box.node(f"n{node.id}", _label(node), tooltip=_plain(_tooltip(node)), **KINDS[node.kind])
    for path in reversed(boxes):  # inner boxes first: each is copied into the one around it
        boxes.get(path.rpartition(".")[0], picture).subgraph(boxes[path])
    with_parameters = {edge.target for edge in graph.edges if graph.nodes[edge.source].kind == "leaf"}
    for edge in graph.edges:
        source, target = graph.nodes[edge.source], graph.nodes[edge.target]
        # a value that comes from outside of a box leaves room for the parameters at the box's near end
        steps = "2" if source.scope != target.scope and target.id in with_parameters else "1"
        style = EDGE_OF[source.kind]
        picture.edge(f"n{source.id}", f"n{target.id}", tooltip=_plain(edge.argument), minlen=steps, **style)
    return picture


def _boxes(graph: Graph) -> dict[str, graphviz.Digraph]:
    """A box for each module's scope, each after the one around it."""
    import graphviz

    scopes = dict.fromkeys(path for node in graph.nodes for path in enclosing(node.scope))
    boxes = {}
    for path in sorted(scopes, key=lambda path: path.count(".")):
        words = dict.fromkeys([path.rpartition(".")[2], graph.scopes.get(path, "")])
        label = _plain(" · ".join(word for word in words if word))
        boxes[path] = graphviz.Digraph(f"cluster_{path}", graph_attr={**BOX, "label": label})
    return boxes


def _plain(text: str) -> str:
    """Text to be shown as it is, also where Graphviz would read ``\\N``, ``&lt;`` or ``<b>`` as something else."""
    return text.translate(SHOWN)


def _label(node: GraphNode) -> str:
    """What is written in a node: what it is, and in smaller type its shape or value."""
    name = node.name.rpartition(".")[2] if node.scope else node.name
    title = " = ".join(word for word in (name, node.op) if word) or "leaf"
    lines = [*(f"{argument}: {value}" for argument, value in node.arguments), *_facts(node)]
    small = "".join(f'<br/><font point-size="{SMALL}" color="{QUIET}">{_plain(line)}</font>' for line in lines)
    return f"<<b>{_plain(title)}</b>{small}>"


def _facts(node: GraphNode) -> list[str]:
    facts = []
    if node.value is not None:
        facts.append(f"{node.value:.4g}")
    elif node.shape:
        facts.append(" × ".join(map(str, node.shape)))
    if node.grad is not None:
        facts.append(f"grad {node.grad:.4g}")
    return facts


def _tooltip(node: GraphNode) -> str:
    """What the SVG says when the pointer rests on a node: everything that is known."""
    what = " = ".join(word for word in (node.name, node.op) if word) or node.kind
    shape = "" if node.shape is None else f" {node.shape}"
    return f"{what}{shape} {node.dtype}{f' in {node.scope}' if node.scope else ''}".rstrip()
