"""From one view to another with fewer items: arrows follow, and items stay in an order of computation."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from heapq import heapify, heappop, heappush

from autograd.viz.views import Arrow, ArrowKind, Box, Item, View
from autograd.viz.wording import enclosing_boxes

Ends = tuple[str, str, ArrowKind]


def regrouped(
    view: View,
    items: Sequence[Item],
    owner: Mapping[str, str],
    boxes: Iterable[Box] | None = None,
    again: frozenset[int] = frozenset(),
) -> View:
    """The view with ``items`` instead of its own, some of which stand for several of them.

    Items keep their order, but for what has to come after that which it is computed from. Where items are computed from
    each other in a circle, the arrows that lead back in their order become ones of kind ``"again"``.

    Parameters
    ----------
    view: the view.
    items: what is shown now.
    owner: the id of the item that stands for each former one, by its id; those that stay are left out.
    boxes: the boxes now, those of the view if None; what holds no item is left out.
    again: places in ``Graph.edges`` of what leads from a repetition to the next one.
    """
    touched = {*owner, *owner.values()}
    kept: list[Arrow] = []
    found: dict[Ends, list[int]] = {}
    for arrow in view.arrows:
        if arrow.source in touched or arrow.target in touched:
            _redirect(arrow, owner, again, found)
        else:
            kept.append(arrow)
    items, arrows = _in_order(items, kept, found)
    arrows.sort(key=lambda arrow: arrow.edges[0] if arrow.edges else len(view.graph.edges))
    shown = with_items(view.boxes if boxes is None else boxes, items)
    return View(view.graph, tuple(items), shown, tuple(arrows), view.notes)


def _redirect(arrow: Arrow, owner: Mapping[str, str], again: frozenset[int], found: dict[Ends, list[int]]) -> None:
    """Note the edges of an arrow by what they lead from and to now."""
    source, target = owner.get(arrow.source, arrow.source), owner.get(arrow.target, arrow.target)
    edges: Iterable[int] = arrow.edges
    if again:
        repeating = [edge for edge in edges if edge in again]
        if repeating:
            found.setdefault((source, target, "again"), []).extend(repeating)
            edges = [edge for edge in edges if edge not in again]
    if edges and source != target:
        found.setdefault((source, target, arrow.kind), []).extend(edges)


def with_items(boxes: Iterable[Box], items: Iterable[Item]) -> tuple[Box, ...]:
    """Those boxes that hold an item, in the order of the items, but each after the one around it."""
    known = {box.id: box for box in boxes}
    kept: dict[str, Box] = {}
    for path in dict.fromkeys(item.box for item in items):
        inner = []
        while path and path not in kept:
            inner.append(known[path])
            path = known[path].parent
        kept |= {box.id: box for box in reversed(inner)}
    return tuple(kept.values())


# --- order ----------------------------------------------------------------------------------------------


def _in_order(
    items: Sequence[Item], kept: list[Arrow], found: dict[Ends, list[int]]
) -> tuple[Sequence[Item], list[Arrow]]:
    """Items in an order of computation, the given one where that will do; and the arrows, some of them now "again"."""
    place = {item.id: number for number, item in enumerate(items)}
    if any(place[source] >= place[target] for source, target, kind in found if kind != "again"):
        found |= {(arrow.source, arrow.target, arrow.kind): list(arrow.edges) for arrow in kept}
        kept = []
        order = _sorted(len(items), _pairs(found, place))
        if len(order) < len(items):
            found = _with_circles_cut(found, place)
            order = _sorted(len(items), _pairs(found, place))
        items = [items[number] for number in order]
    return items, kept + [Arrow(*ends, tuple(sorted(edges))) for ends, edges in found.items()]


def _pairs(found: Iterable[Ends], place: Mapping[str, int]) -> list[tuple[int, int]]:
    return [(place[source], place[target]) for source, target, kind in found if kind != "again"]


def _with_circles_cut(found: Mapping[Ends, list[int]], place: Mapping[str, int]) -> dict[Ends, list[int]]:
    """Arrows of which those that lead back in the order of items, within a circle, are of kind "again"."""
    circle = circles(len(place), _pairs(found, place))
    mended: dict[Ends, list[int]] = {}
    for (source, target, kind), edges in found.items():
        is_back = place[source] > place[target] and circle[place[source]] == circle[place[target]]
        mended.setdefault((source, target, "again" if is_back else kind), []).extend(edges)
    return mended


def _sorted(count: int, pairs: Sequence[tuple[int, int]]) -> list[int]:
    """The numbers below ``count``, each as early as ``pairs`` of earlier and later ones allow; without circles."""
    followers: list[list[int]] = [[] for _ in range(count)]
    waiting = [0] * count
    for source, target in pairs:
        followers[source].append(target)
        waiting[target] += 1
    ready = [number for number in range(count) if not waiting[number]]
    heapify(ready)
    order = []
    while ready:
        number = heappop(ready)
        order.append(number)
        for target in followers[number]:
            waiting[target] -= 1
            if not waiting[target]:
                heappush(ready, target)
    return order


def modules_together(view: View) -> list[int]:
    """The places of items in an order of computation that keeps those of a box together, as far as that goes.

    From the outermost boxes inwards, until boxes of a level are computed from each other in a circle: then these stay
    in the order of the view.
    """
    order = list(range(len(view.items)))
    if not view.boxes:
        return order
    places = {item.id: place for place, item in enumerate(view.items)}
    pairs = [(places[arrow.source], places[arrow.target]) for arrow in view.arrows if arrow.kind != "again"]
    paths = {path: boxes[::-1] for path, boxes in enclosing_boxes(view).items()}
    for level in range(max(map(len, paths.values()))):
        groups: dict[str, list[int]] = {}
        for place in order:
            item = view.items[place]
            path = paths[item.box]
            groups.setdefault(f"in {path[level]}" if level < len(path) else item.id, []).append(place)
        joined = [place for group in groups.values() for place in group]
        if joined == order:
            continue
        unit = [0] * len(order)
        for number, group in enumerate(groups.values()):
            for place in group:
                unit[place] = number
        units = _sorted(len(groups), [(unit[a], unit[b]) for a, b in pairs if unit[a] != unit[b]])
        if len(units) < len(groups):
            break
        members = list(groups.values())
        order = [place for number in units for place in members[number]]
    return order


def circles(count: int, pairs: Iterable[tuple[int, int]]) -> list[int]:
    """For each number, the circle that it is part of: equal for those that lead to each other.

    Tarjan, Depth-first search and linear graph algorithms, 1972, with a stack of its own.

    >>> circles(4, [(0, 1), (1, 2), (2, 1), (2, 3)])
    [0, 1, 1, 3]
    """
    followers: list[list[int]] = [[] for _ in range(count)]
    for source, target in pairs:
        followers[source].append(target)
    entered: dict[int, int] = {}
    lowest = [0] * count
    circle = [-1] * count
    path: list[int] = []  # entered, and of no finished circle
    for start in range(count):
        stack = [] if start in entered else [(start, iter(followers[start]))]
        while stack:
            number, rest = stack[-1]
            if number not in entered:
                lowest[number] = entered[number] = len(entered)
                path.append(number)
            for target in rest:
                if target not in entered:
                    stack.append((target, iter(followers[target])))
                    break
                if circle[target] < 0:
                    lowest[number] = min(lowest[number], entered[target])
            else:
                stack.pop()
                if stack:
                    lowest[stack[-1][0]] = min(lowest[stack[-1][0]], lowest[number])
                if lowest[number] == entered[number]:
                    members = [path.pop()]
                    while members[-1] != number:
                        members.append(path.pop())
                    name = min(members)
                    for member in members:
                        circle[member] = name
    return circle
