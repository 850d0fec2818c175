"""A bound on how much is drawn."""

from __future__ import annotations

from collections import Counter
from dataclasses import replace

from autograd.errors import ArgumentError
from autograd.viz.closing import close, summary_of
from autograd.viz.regrouping import regrouped
from autograd.viz.views import Item, View
from autograd.viz.wording import enclosing_boxes

FEW = 8  # items: a picture of fewer says little


def limit(view: View, most: int) -> View:
    """The view with at most ``most`` items: modules are closed, and what is farthest from the results is left out.

    Parameters
    ----------
    view: the view.
    most: how many items, at least 1.

    What was done to it is said in ``View.notes``. Raises ArgumentError for a limit below 1.

    >>> import autograd as ag
    >>> from autograd.viz.views import whole_view
    >>> x = y = ag.tensor(1.0, requires_grad=True)
    >>> for _ in range(100):
    ...     y = ag.sin(y)
    >>> view = limit(whole_view(ag.graph(y)), 3)
    >>> [item.title for item in view.items]
    ['98 operations: sin', 'sin', 'sin']
    """
    if isinstance(most, bool) or not isinstance(most, int) or most < 1:
        raise ArgumentError(f"limit={most!r}: want how many parts a picture may have, 1 or more.")
    if len(view.items) <= most:
        return view
    view = _with_modules_closed(view, most)
    return view if len(view.items) <= most else _without_farthest(view, most)


def _with_modules_closed(view: View, most: int) -> View:
    """The view with modules closed from the inside out, no more of them than it takes.

    Closing that leaves less than a few items says nothing, and closing that leaves most of them is of no use: then what
    is farthest from the results goes instead.
    """
    counts = _counts(view)
    few, many = min(FEW, most), len(view.items) // 2
    enough = [depth for depth, count in enumerate(counts) if few <= count <= most]
    useful = [depth for depth, count in enumerate(counts) if most < count <= many]
    if not enough and not useful:
        return view
    depth = max(enough) if enough else min(useful)
    note = f"{len(view.items):,} parts are too many to draw: modules are closed from depth {depth} on."
    return replace(close(view, depth), notes=(*view.notes, note))


def _counts(view: View) -> list[int]:
    """How many items are left where boxes are closed at each depth, 0 first."""
    around = enclosing_boxes(view)
    held = Counter([item.box for item in view.items])  # how many items are drawn in each box
    counts = []
    for depth in range(max(map(len, around.values())), 0, -1):
        for path in [path for path in held if len(around[path]) == depth]:
            outer = around[path][1] if depth > 1 else ""
            del held[path]
            held[outer] += 1
        counts.append(held.total())
    return counts[::-1]


def _without_farthest(view: View, most: int) -> View:
    """The view with what is farthest from the results as one item.

    By the longest way to a result: then what an item of the rest is computed from is part of the rest too.
    """
    places = {item.id: place for place, item in enumerate(view.items)}
    far = [0] * len(places)
    sources: list[list[int]] = [[] for _ in places]
    for arrow in view.arrows:
        if arrow.kind != "again":
            sources[places[arrow.target]].append(places[arrow.source])
    for place in range(len(places) - 1, -1, -1):
        step = far[place] + 1
        for source in sources[place]:
            if far[source] < step:
                far[source] = step
    order = sorted(range(len(places)), key=lambda place: (far[place], -place))
    left_out = [view.items[place] for place in sorted(order[most - 1 :])]
    first = left_out[0].id
    owner = {item.id: first for item in left_out}
    nodes = tuple([node for item in left_out for node in item.nodes])
    rest = Item(first, "rest", nodes, title=summary_of(view.graph, nodes))
    note = f"{len(left_out):,} of {len(view.items):,} parts, the farthest from the results, are drawn as one."
    shown = regrouped(view, [rest, *(item for item in view.items if item.id not in owner)], owner)
    return replace(shown, notes=(*view.notes, note))
