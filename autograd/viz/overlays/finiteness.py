"""What is NaN or infinite, and where that began: in the values, or in the gradients alone."""

from __future__ import annotations

import math
from collections.abc import Iterable, Iterator

from autograd.graphs import Graph, GraphEdge, GraphNode
from autograd.notes import Summary
from autograd.viz.overlays.measuring import RECORDED, gradient_of, not_measured, passes_of, value_of
from autograd.viz.overlays.scales import painted
from autograd.viz.overlays.words import called, listed, not_finite
from autograd.viz.painting import Legend, Paint, Painting
from autograd.viz.views import Item, View

# Vermillion, and tints of it: each lighter than the one before, so that they differ in grey too.
ORIGIN, VALUE, GRADIENT, FINITE = "#d55e00", "#f0a06a", "#fbdcc8", "#e4edf3"
BORDER = "#7a2f00"
MEANINGS = {
    ORIGIN: "where it begins: of what is finite it makes NaN or infinity",
    VALUE: "a value that is NaN or infinite",
    GRADIENT: "finite, and its gradient is NaN or infinite",
    FINITE: "finite",
}


def by_finiteness(view: View) -> Painting:
    """NaN and infinity in red, strongest where they begin, in values and in gradients.

    Values begin to be such in an operation whose result is not finite while all operands are; gradients, in one whose
    rule makes such a gradient of one that is finite, and whose own values are finite. Where the backward pass is drawn
    too, gradients colour its items, and values those of the forward pass.

    Raises ArgumentError for a snapshot in which neither values of operations nor gradients are known.

    >>> import autograd as ag, numpy as np
    >>> from autograd.viz.views import whole_view
    >>> x = ag.tensor([0.0, 1.0], requires_grad=True)
    >>> with ag.record(), np.errstate(divide="ignore"):
    ...     loss = -ag.log(x).sum()
    >>> by_finiteness(whole_view(ag.graph(loss, {"x": x}))).items["n1"].lines
    ('1 of 2 is infinite', 'it begins here')
    """
    search = Search(view.graph)
    if not search.gradients and not any(view.graph.nodes[number].op for number in search.values):
        raise not_measured("finite", "values of operations, and no gradients", RECORDED)
    passes = passes_of(view)
    paints = {}
    for item in view.items:
        of_values = item.kind != "gradient" and passes != "backward"
        of_gradients = item.kind == "gradient" or passes != "both"
        paint = _paint(item, search, of_values, of_gradients)
        if paint is not None:
            paints[item.id] = paint
    fills = {paint.fill for paint in paints.values()}
    swatches = tuple([(fill, meaning) for fill, meaning in MEANINGS.items() if fill in fills])
    return Painting(paints, Legend("NaN and infinity", swatches=swatches, notes=tuple(search.answers())))


def _paint(item: Item, search: Search, of_values: bool, of_gradients: bool) -> Paint | None:
    values = [search.values[n] for n in item.nodes if of_values and n in search.values]
    gradients = [search.gradients[n] for n in item.nodes if of_gradients and n in search.gradients]
    bad_values = [facts for facts in values if not facts.is_finite]
    bad_gradients = [facts for facts in gradients if not facts.is_finite]
    lines = [_count(bad_values, values, ""), _count(bad_gradients, gradients, "gradient ")]
    if of_values and not search.origins.isdisjoint(item.nodes):
        return painted(ORIGIN, *lines, "it begins here", border=BORDER)
    if of_gradients and not search.rules.isdisjoint(item.nodes):
        return painted(ORIGIN, *lines, "its derivative begins it", border=BORDER)
    if bad_values or bad_gradients:
        return painted(VALUE if bad_values else GRADIENT, *lines)
    return painted(FINITE) if values or gradients else None


def _count(bad: list[Summary], known: list[Summary], what: str) -> str:
    """What is not finite, of one array or of several."""
    if not bad:
        return ""
    if len(known) > 1:
        return f"{what or 'value '}not finite in {len(bad)} of {len(known)}"
    return what + not_finite(bad[0])


# --- where it begins --------------------------------------------------------------------------------------


class Search:
    """What is not finite in a graph, and where that begins.

    Attributes
    ----------
    values, gradients: what is known, by the id of the node.
    origins: nodes whose value is not finite, and that were not computed from such.
    rules: nodes whose derivative rule makes a gradient that is not finite of one that is.
    """

    def __init__(self, graph: Graph) -> None:
        self.nodes = graph.nodes
        self.values = {node.id: facts for node in graph.nodes if (facts := value_of(node))}
        self.gradients = {node.id: facts for node in graph.nodes if (facts := gradient_of(node))}
        self._bad = {number for number, facts in self.values.items() if not facts.is_finite}
        self._bad_gradients = {number for number, facts in self.gradients.items() if not facts.is_finite}
        self.origins = self._bad - {edge.target for edge in graph.edges if edge.source in self._bad}
        self.rules = self._find_rules(graph.edges)
        nans = {number for number in self._bad if self.values[number].nans}
        self._first_nans = nans - {edge.target for edge in graph.edges if edge.source in nans} - self.origins

    def _find_rules(self, edges: Iterable[GraphEdge]) -> set[int]:
        touched = self._bad | {edge.target for edge in edges if edge.source in self._bad}
        uses: dict[int, list[GraphEdge]] = {}
        for edge in edges:
            if edge.source in self._bad_gradients:
                uses.setdefault(edge.source, []).append(edge)
        found: set[int] = set()
        for flows in uses.values():
            targets = [edge.target for edge in flows]
            if touched.isdisjoint(targets) and self._bad_gradients.isdisjoint(targets):
                certain = [edge.target for edge in flows if not math.isfinite(edge.gradient or 0.0)]
                found.update(certain or targets)
        return found

    def answers(self) -> Iterator[str]:
        """Sentences: where it begins, in which lines of the program, and what is not known."""
        for numbers, what in ((self.origins, "It begins in {}"), (self._first_nans, "Infinity becomes NaN in {}")):
            if numbers:
                yield what.format(self._places(numbers)) + "."
        if self.rules:
            values = "; its value is finite" if len(self.rules) == 1 and self.rules <= self.values.keys() else ""
            yield f"The gradient ceases to be finite in the derivative of {self._places(self.rules)}{values}."
        if not self._bad and not self._bad_gradients:
            known = {"values": self.values, "gradients": self.gradients}
            yield f"All {' and '.join(word for word in known if known[word])} that are known are finite."
        unseen = [node for node in self.nodes if node.op and node.id not in self.values]
        if unseen:
            count = sum(bool(node.op) for node in self.nodes)
            yield f"The values of {len(unseen)} of {count} operations are not known."

    def _places(self, numbers: set[int]) -> str:
        return listed(_place(self.nodes[number]) for number in sorted(numbers))


def _place(node: GraphNode) -> str:
    return f"{called(node)} ({node.line})" if node.line else called(node)
