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
        boxes.get(node.scope, picture).node(f"n{node.id}", _label(node), **KINDS[node.kind])
    beside = _beside(graph)
    for target, sources in beside.items():
        row = graphviz.Digraph(graph_attr={"rank": "same"})
        for number in (target, *sources):
            row.node(f"n{number}")
        boxes.get(graph.nodes[target].scope, picture).subgraph(row)
    for path in reversed(boxes):  # inner boxes first: each is copied into the one around it
        boxes.get(path.rpartition(".")[0], picture).subgraph(boxes[path])
    for edge in graph.edges:
        tail, head = f"n{edge.source}", f"n{edge.target}"
        neighbours = beside.get(edge.target, [])
        if edge.source in neighbours and neighbours.index(edge.source) % 2:
            picture.edge(head, tail, dir="back")  # drawn from behind, it stands on the operation's other side
        else:
            picture.edge(tail, head, **EDGE_OF[graph.nodes[edge.source].kind])
    return picture


def _beside(graph: Graph) -> dict[int, list[int]]:
    """For each operation, what stands beside it, across the flow: parameters, and data that joins what is computed.

    They must be used by it alone and be of the same box.
    """
    uses: dict[int, set[int]] = {}
    computed = set()
    for edge in graph.edges:
        uses.setdefault(edge.source, set()).add(edge.target)
        if graph.nodes[edge.source].kind in ("operation", "result"):
            computed.add(edge.target)
    beside: dict[int, list[int]] = {}
    for node in graph.nodes:
        if len(uses.get(node.id, ())) == 1:
            (target,) = uses[node.id]
            joins = bool(node.scope) if node.kind == "leaf" else node.kind == "constant" and target in computed
            if joins and graph.nodes[target].scope == node.scope:
                beside.setdefault(target, []).append(node.id)
    return beside


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
    small = [f'<font point-size="{SMALL}" color="{QUIET}">{_plain(line)}</font>' for line in lines]
    rows = "".join(f"<tr><td>{row}</td></tr>" for row in (f"<b>{_plain(title)}</b>", *small))
    return f'<<table border="0" cellspacing="0" cellpadding="0">{rows}</table>>'


def _facts(node: GraphNode) -> list[str]:
    facts = []
    if node.value is not None:
        facts.append(_number(node.value))
    elif node.shape:
        facts.append(" × ".join(map(str, node.shape)))
    if node.grad is not None:
        facts.append(f"grad {_number(node.grad)}")
    return facts


def _number(value: float) -> str:
    return f"{value:.4g}".replace("-", "−")  # the minus sign, which is as wide as a digit
