"""Which passes a view shows: what is computed, the gradients that flow back through it, or both."""

from __future__ import annotations

from dataclasses import replace
from typing import Literal, get_args

from autograd.errors import ArgumentError
from autograd.graphs import Graph
from autograd.viz.regrouping import with_items
from autograd.viz.views import Arrow, ArrowKind, Item, View

Passes = Literal["forward", "backward", "both"]
PASSES = get_args(Passes)


def with_passes(view: View, passes: str) -> View:
    """The view with the items of the passes that are asked for.

    Parameters
    ----------
    view: of the forward pass.
    passes: ``"forward"``, the view as it is. ``"backward"``: the gradients of its items, each computed from those of
        what used the item, on to the leaves, whose ``.grad`` they become. ``"both"``: these beside the forward pass,
        with arrows of kind ``"kept"`` from what keeps arrays for its derivative.

    What leads to no leaf, or to no result, has no gradient. Raises ArgumentError for other words.

    >>> import autograd as ag
    >>> from autograd.viz.views import whole_view
    >>> view = whole_view(ag.graph(ag.exp(-ag.tensor(2.0, requires_grad=True))))
    >>> [(arrow.source, arrow.target) for arrow in with_passes(view, "backward").arrows]
    [('g1', 'n0'), ('g2', 'g1')]
    """
    if passes not in PASSES:
        raise ArgumentError(f"passes={passes!r}: want one of {', '.join(map(repr, PASSES))}.")
    if passes == "forward":
        return view
    flows = _with_gradient(view.graph)
    of = {item.id: item for item in view.items if any(flows[node] for node in item.nodes)}
    ids = {key: f"g{key[1:]}" for key in of}
    if passes == "backward":
        ids |= {key: key for key, item in of.items() if item.kind == "leaf"}
    gradients = [
        item if ids[key] == key else replace(item, id=ids[key], kind="gradient", of=key)
        for key, item in reversed(of.items())
    ]
    arrows = _gradient_arrows(view, flows, ids)
    if passes == "backward":
        return replace(view, items=tuple(gradients), arrows=tuple(arrows), boxes=with_items(view.boxes, gradients))
    kept = [Arrow(key, ids[key], "kept") for key, item in of.items() if _keeps(view, item)]
    return replace(view, items=(*view.items, *gradients), arrows=(*view.arrows, *arrows, *kept))


def _gradient_arrows(view: View, flows: list[bool], ids: dict[str, str]) -> list[Arrow]:
    """The arrows of the backward pass; what led to the next repetition leads back to the one before."""
    arrows = []
    for arrow in view.arrows:
        edges = [(place, view.graph.edges[place]) for place in arrow.edges]
        carrying = tuple([place for place, edge in edges if flows[edge.source] and flows[edge.target]])
        if carrying:
            kind: ArrowKind = "again" if arrow.kind == "again" else "gradient"
            arrows.append(Arrow(ids[arrow.target], ids[arrow.source], kind, carrying))
    return arrows


def _keeps(view: View, item: Item) -> bool:
    """Whether an item keeps arrays for the backward pass, as far as that is known."""
    nodes = [view.graph.nodes[number] for number in item.nodes]
    return any(node.op and node.facts.kept != 0 for node in nodes)


def _with_gradient(graph: Graph) -> list[bool]:
    """For each node whether a gradient flows through it: it leads from a leaf to a result."""
    from_leaf = [node.kind == "leaf" for node in graph.nodes]
    for edge in graph.edges:  # in the order of their targets
        if from_leaf[edge.source] and graph.nodes[edge.target].kind != "constant":
            from_leaf[edge.target] = True
    to_result = [node.kind == "result" for node in graph.nodes]
    for edge in reversed(graph.edges):
        if to_result[edge.target] and graph.nodes[edge.target].kind != "constant":
            to_result[edge.source] = True
    return [is_from and is_to for is_from, is_to in zip(from_leaf, to_result, strict=True)]
