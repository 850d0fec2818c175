"""How large gradients are: where they vanish, explode or are lost."""

from __future__ import annotations

import math
from collections.abc import Iterator

from autograd.graphs import Graph, GraphNode
from autograd.notes import Summary
from autograd.viz.overlays.measuring import GRADIENTS, by_item, gradient_of, not_measured, passes_of
from autograd.viz.overlays.scales import NOT_FINITE, NOTHING, Scale, logarithmic, on_scale, painted
from autograd.viz.overlays.words import between, called, listed, not_finite, number, unknown
from autograd.viz.painting import Paint, Painting
from autograd.viz.views import View

FALLEN = 1e3  # times by which gradients of parameters, or on the two sides of an operation, differ, to be spoken of


def by_gradient(view: View) -> Painting:
    """The norm of the gradient of each item's result, on a logarithmic scale.

    Of a block that is repeated the smallest gives the colour. Where the backward pass is drawn too, only that is
    coloured.

    Raises ArgumentError for a snapshot without gradients.

    >>> import autograd as ag
    >>> from autograd.viz.views import whole_view
    >>> x = ag.tensor([3.0, 4.0], requires_grad=True)
    >>> by_gradient(whole_view(ag.graph((x * x).sum(), {"x": x}, gradients=True))).items["n0"].lines
    ('gradient 10',)
    """
    both = passes_of(view) == "both"
    wanted = [item for item in view.items if item.kind == "gradient" or not (both or item.kind == "constant")]
    found = by_item(view, {item.id: gradient_of for item in wanted})
    if not found:
        raise not_measured("gradient", "gradients", GRADIENTS)
    scale = logarithmic(facts.norm for parts in found.values() for facts in parts)
    paints = {key: _paint(parts, scale) for key, parts in found.items()}
    notes = (*_answers(view.graph), *unknown(len(wanted) - len(found), len(wanted), "gradient"))
    return on_scale("norm of the gradient", scale, paints, "all of it is 0", notes)


def _paint(parts: list[Summary], scale: Scale | None) -> Paint:
    bad = next((facts for facts in parts if not facts.is_finite), None)
    if bad is not None:
        return painted(NOT_FINITE, f"gradient {not_finite(bad)}")
    norms = [facts.norm for facts in parts if facts.size]
    if not norms:
        return painted(NOTHING, "empty")
    color = NOTHING if scale is None or not min(norms) else scale.color(min(norms))
    return painted(color, f"gradient {between(min(norms), max(norms))}")


# --- the answers that the picture gives -------------------------------------------------------------------


def _answers(graph: Graph) -> Iterator[str]:
    """Sentences: how the gradients of the leaves differ, and where they are lost."""
    leaves = [(facts, node) for node in graph.nodes if node.kind == "leaf" and (facts := gradient_of(node))]
    sizes = [(facts.norm, node) for facts, node in leaves if facts.is_finite and facts.norm > 0]
    if len(sizes) > 1:
        yield _span(graph, *min(sizes, key=_first), *max(sizes, key=_first))
    steepest = _steepest(graph)
    if steepest:
        yield steepest
    empty = [node for facts, node in leaves if facts.is_zero]
    if empty:
        lost = where_lost(graph)
        where = f" It is lost in {listed(map(called, lost))}." if lost else ""
        yield f"The gradient of {listed(map(called, empty))} is 0.{where}"


def _first(pair: tuple[float, GraphNode]) -> float:
    return pair[0]


def _span(graph: Graph, low: float, small: GraphNode, high: float, large: GraphNode) -> str:
    """How far the gradients of leaves lie apart; seen from the result, from where the pass starts."""
    far = _distances(graph)
    if high < FALLEN * low:
        return f"Gradients of leaves: from {number(low)} ({called(small)}) to {number(high)} ({called(large)})."
    if far[small.id] >= far[large.id]:
        return f"The gradient falls from {number(high)} at {called(large)} to {number(low)} at {called(small)}."
    return f"The gradient grows from {number(low)} at {called(small)} to {number(high)} at {called(large)}."


def _distances(graph: Graph) -> list[float]:
    """Of each node, the fewest operations that lie between it and a result."""
    far = [0.0 if node.kind == "result" else math.inf for node in graph.nodes]
    for edge in reversed(graph.edges):  # in falling order of their targets
        far[edge.source] = min(far[edge.source], far[edge.target] + 1)
    return far


def _steepest(graph: Graph) -> str:
    """The operation in which the gradient changes most on its way, where that is much."""
    changes = []
    for edge in graph.edges:
        came = gradient_of(graph.nodes[edge.target])
        went = edge.gradient
        if came and came.is_finite and went and came.norm and math.isfinite(went) and graph.nodes[edge.source].op:
            changes.append((abs(math.log(went) - math.log(came.norm)), -edge.target, came.norm, went))
    if not changes or max(changes)[0] < math.log(FALLEN):
        return ""
    _, place, came_norm, went = max(changes)
    verb = "falls" if went < came_norm else "grows"
    return f"In one step it {verb} most in {called(graph.nodes[-place])}: from {number(came_norm)} to {number(went)}."


def where_lost(graph: Graph) -> list[GraphNode]:
    """Operations to which a gradient comes and from which none goes on."""
    going: dict[int, float] = {}
    for edge in graph.edges:
        if edge.gradient is not None:
            going[edge.target] = max(going.get(edge.target, 0.0), edge.gradient)
    return [
        node
        for node in graph.nodes
        if going.get(node.id) == 0 and (came := gradient_of(node)) and not came.is_zero and came.is_finite
    ]
