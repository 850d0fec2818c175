"""Which differentiation computed what: the program itself, its derivative, the derivative of that."""

from __future__ import annotations

from autograd.viz.overlays.measuring import RECORDED, computed, not_measured
from autograd.viz.overlays.scales import painted
from autograd.viz.overlays.words import unknown
from autograd.viz.painting import Legend, Painting
from autograd.viz.views import Item, View, nodes_of

# Tints of Okabe and Ito's palette (https://jfly.uni-koeln.de/color/), each darker than the one before.
COLORS = ("#e8eef2", "#a6d5f2", "#e9b04b", "#3f9e83", "#9a5680")
WORDS = ("the program", "its derivative", "second derivative", "third derivative", "fourth derivative and higher")


def by_order(view: View) -> Painting:
    """How many derivatives deep each operation is: 0 for what the program computes, 1 for its derivative, and so on.

    It is that of a pass with ``create_graph=True``, which makes a graph as the program does. Of several operations
    that are drawn as one it is the highest. The backward pass of the graph, where it is drawn, is one deeper.

    Raises ArgumentError for a snapshot that was not recorded, in which it cannot be told.

    >>> import autograd as ag
    >>> from autograd.viz.views import whole_view
    >>> x = ag.tensor(2.0, requires_grad=True)
    >>> with ag.record():
    ...     (slope,) = ag.gradients(ag.exp(x) * 2, [x], create_graph=True)
    >>> [paint.lines for paint in by_order(whole_view(ag.graph(slope, {"x": x}))).items.values()]
    [('order 0',), ('order 1',)]
    """
    wanted = computed(view)
    orders = {item.id: order for item in wanted if (order := _order(view, item)) is not None}
    if not orders:
        raise not_measured("order", "recorded operations, so that which pass computed them is not known", RECORDED)
    last = len(COLORS) - 1
    paints = {key: painted(COLORS[min(order, last)], f"order {order}") for key, order in orders.items()}
    shown = sorted({min(order, last) for order in orders.values()})
    swatches = tuple([(COLORS[order], f"{order} · {WORDS[order]}") for order in shown])
    notes = unknown(len(wanted) - len(orders), len(wanted), "order")
    return Painting(paints, Legend("computed by", swatches=swatches, notes=notes))


def _order(view: View, item: Item) -> int | None:
    """The highest order of an item's operations that were recorded; None where none was."""
    orders = [node.facts.order for node in nodes_of(view, item) if node.facts.order is not None]
    return max(orders) + (item.kind == "gradient") if orders else None
