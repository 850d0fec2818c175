"""What keeps a chosen gradient alive: the ways on which it comes from the result, and how much each of them brings."""

from __future__ import annotations

import difflib
import math
from collections.abc import Iterator

from autograd.errors import ArgumentError, describe
from autograd.graphs import Graph, GraphNode
from autograd.viz.overlays.measuring import GRADIENTS, PART, by_item, gradient_of, not_measured
from autograd.viz.overlays.norms import where_lost
from autograd.viz.overlays.scales import NOTHING, painted
from autograd.viz.overlays.words import between, called, listed, percent
from autograd.viz.painting import Legend, Paint, Painting
from autograd.viz.views import Item, View

# Okabe and Ito's vermillion and blue (https://jfly.uni-koeln.de/color/), and tints of them.
STRONGEST, STRONGEST_TINT = "#d55e00", "#fbdcc8"
OTHER, OTHER_TINT = "#0072b2", "#d9eaf5"
_WIDEST, _NARROWEST, _FAINT = 4.0, 1.0, 0.5  # points
_SHOWN = 8  # names of a path
NAMED = "give it one, as in ag.graph(loss, {'w': w}, gradients=True), and then of='w'"


def by_path(view: View, of: str) -> Painting:
    """The ways on which the gradient comes to a leaf: the wider an arrow, the more of the gradient takes it.

    Where a value is used several times, its gradient is the sum of what each use contributes. The share of a use is
    the norm of its contribution, by the sum of these norms: so the shares of all ways add up to 1. The strongest way
    is the one whose product of shares is largest.

    Parameters
    ----------
    of: the name of a leaf, such as ``"0.weight"``, or of another value that has a gradient.

    Raises ArgumentError for another name, and for a snapshot without gradients.

    >>> import autograd as ag
    >>> from autograd.viz.views import whole_view
    >>> x = ag.tensor(1.0, requires_grad=True)
    >>> y = 3 * x
    >>> painting = by_path(whole_view(ag.graph(y + x, {"x": x, "y": y}, gradients=True)), "x")
    >>> [paint.lines for paint in painting.items.values()]
    [('gradient 4',), ('gradient 1', '75% of the way'), ('gradient 1',)]
    >>> painting.legend.notes
    ('The strongest way from the result: add, y, x. It brings 75%.',)
    """
    ways = Ways(view.graph, _named(view.graph, of))
    on_the_way = [item for item in view.items if not ways.shares.keys().isdisjoint(item.nodes)]
    gradients = by_item(view, {item.id: gradient_of for item in on_the_way})
    paints = {item.id: _paint(item, ways, [facts.norm for facts in gradients.get(item.id, [])]) for item in on_the_way}
    arrows = {}
    for place, arrow in enumerate(view.arrows):
        share = math.fsum(ways.by_edge.get(edge, 0.0) for edge in arrow.edges)
        if ways.by_edge.keys().isdisjoint(arrow.edges) or arrow.kind == "kept":
            arrows[place] = (NOTHING, _FAINT)
        else:
            bold = not ways.strongest_edges.isdisjoint(arrow.edges)
            width = _NARROWEST + (_WIDEST - _NARROWEST) * min(share, 1.0)
            arrows[place] = (STRONGEST if bold else OTHER, round(width, 2))
    swatches = ((STRONGEST, "the strongest way"), (OTHER, "other ways; the wider, the more of the gradient"))
    return Painting(paints, Legend(f"the gradient of {of}", swatches=swatches, notes=tuple(ways.answers())), arrows)


def _paint(item: Item, ways: Ways, norms: list[float]) -> Paint:
    inside = [number for number in item.nodes if number in ways.shares]
    share = max(ways.shares[number] for number in inside)
    lines = [
        f"gradient {between(min(norms), max(norms))}" if norms else "",
        f"{percent(share)} of the way" if share < 1 - 1e-9 else "",
    ]
    if ways.start.id in inside:
        return painted(OTHER, lines[0], border=STRONGEST)
    bold = not ways.strongest.isdisjoint(inside)
    return painted(STRONGEST_TINT if bold else OTHER_TINT, *lines, border=STRONGEST if bold else "")


def _named(graph: Graph, of: str) -> GraphNode:
    """The node of this name that has a gradient."""
    nodes = {node.name: node for node in reversed(graph.nodes) if node.name and node.kind != "constant"}
    if not any(edge.gradient is not None for edge in graph.edges):
        raise not_measured("path", "gradients", GRADIENTS)
    if not isinstance(of, str) or not of:
        raise ArgumentError(f"overlay='path', of={describe(of)}: want the name of a value; {NAMED}.")
    if of in nodes:
        return nodes[of]
    if any(node.name == of for node in graph.nodes):
        raise ArgumentError(f"overlay='path', of={of!r}: it is a constant, to which no gradient comes.")
    names = list(dict.fromkeys(node.name for node in graph.nodes if node.name in nodes))
    near = difflib.get_close_matches(of, names, 3) or names[:10]
    raise ArgumentError(
        f"overlay='path', of={of!r}: no value in this graph has this name. "
        + (f"Did you mean {' or '.join(map(repr, near))}?" if near else f"None has a name: {NAMED}.")
    )


class Ways:
    """The ways from a node to the results of its graph.

    Attributes
    ----------
    graph, start: the graph, and the node whose gradient it is about.
    shares: for each node that depends on ``start``, how much of its gradient comes by there, from 0 to 1.
    by_edge: the same for edges, by their place in the graph.
    strongest, strongest_edges: the nodes and edges of the strongest way.
    brought: the share of the strongest way.
    """

    def __init__(self, graph: Graph, start: GraphNode) -> None:
        self.graph, self.start = graph, start
        self._uses: dict[int, list[int]] = {}  # places of edges that lead on to a result, by their source
        leading = {node.id for node in graph.nodes if node.kind == "result"}
        for place in range(len(graph.edges) - 1, -1, -1):  # in falling order of their targets
            edge = graph.edges[place]
            if edge.target in leading:
                leading.add(edge.source)
                self._uses.setdefault(edge.source, []).append(place)
        self.shares: dict[int, float] = {start.id: 1.0}
        self.by_edge: dict[int, float] = {}
        self._best: dict[int, tuple[float, int]] = {start.id: (0.0, -1)}  # logarithm of the share, and the last edge
        for node in graph.nodes[start.id :]:  # each after those that it depends on
            if node.id in self.shares:
                self._spread(node.id)
        self.brought, path = self._strongest()
        self.strongest_edges = set(path)
        self.strongest = {start.id, *(graph.edges[place].target for place in path)}

    def _spread(self, number: int) -> None:
        """Share what is known of a node among its uses."""
        edges = self._uses.get(number, [])
        for place, share in zip(edges, _shares([self._norm(place) for place in edges]), strict=True):
            target = self.graph.edges[place].target
            self.by_edge[place] = self.shares[number] * share
            self.shares[target] = self.shares.get(target, 0.0) + self.by_edge[place]
            reached = self._best[number][0] + (math.log(share) if share else -math.inf)
            if target not in self._best or reached > self._best[target][0]:
                self._best[target] = (reached, place)

    def _norm(self, place: int) -> float | None:
        """What an edge brings; to one of several results of an operation, all that comes to this."""
        edge = self.graph.edges[place]
        if edge.gradient is None and self.graph.nodes[edge.target].op == PART:
            return math.fsum(self.graph.edges[use].gradient or 0.0 for use in self._uses.get(edge.target, ()))
        return edge.gradient

    def _strongest(self) -> tuple[float, list[int]]:
        """The share of the strongest way, and the places of its edges, from the result on."""
        ends = [node.id for node in self.graph.nodes if node.kind == "result" and node.id in self._best]
        at = max(ends, key=lambda number: self._best[number][0], default=self.start.id)
        share = math.exp(self._best[at][0])
        path = []
        while (place := self._best[at][1]) >= 0:
            path.append(place)
            at = self.graph.edges[place].source
        return share, path

    def answers(self) -> Iterator[str]:
        """Sentences: the strongest way, and whether anything comes by it."""
        if not self.strongest_edges and self.start.kind != "result":
            yield f"No result depends on {called(self.start)}."
            return
        nodes = [self.graph.nodes[number] for number in sorted(self.strongest, reverse=True)]
        names = [called(node) for node in nodes if node.op != PART]
        if len(names) > _SHOWN:
            names[_SHOWN // 2 : -_SHOWN // 2] = ["…"]
        yield f"The strongest way from the result: {', '.join(names)}. It brings {percent(self.brought)}."
        facts = gradient_of(self.start)
        if facts is not None and facts.is_zero:
            lost = [node for node in where_lost(self.graph) if node.id in self.shares]
            where = f" It is lost in {listed(map(called, lost))}." if lost else ""
            yield f"The gradient that arrives is 0, so that all ways count alike.{where}"


def _shares(norms: list[float | None]) -> list[float]:
    """Of each use of a value, the share of its gradient: alike where nothing is known, or nothing comes.

    >>> _shares([3.0, None, 1.0]), _shares([0.0, 0.0])
    ([0.75, 0.0, 0.25], [0.5, 0.5])
    """
    known = [norm or 0.0 for norm in norms]
    if not all(map(math.isfinite, known)):
        known = [0.0 if math.isfinite(norm) else 1.0 for norm in known]
    largest = max(known, default=0.0)
    if not largest:
        return [1 / len(norms)] * len(norms) if norms else []
    scaled = [norm / largest for norm in known]  # the sum of very large ones would be infinite
    whole = math.fsum(scaled)
    return [norm / whole for norm in scaled]
