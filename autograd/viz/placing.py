"""Where parameters and constants are drawn: with what uses them."""

from __future__ import annotations

from dataclasses import replace

from autograd.graphs import without_calls
from autograd.viz.regrouping import regrouped
from autograd.viz.views import Arrow, Box, Item, View, nodes_of
from autograd.viz.wording import enclosing_boxes


def is_given(item: Item) -> bool:
    """Whether an item was not computed."""
    return item.kind in ("leaf", "constant") and not item.title


def settled(view: View) -> View:
    """The view with what belongs to modules, or to repetitions of a block, in the innermost box that holds all uses.

    What one closed module alone uses is part of it; what several closed calls of one module use is part of the first,
    and no arrows lead to the others. What the last of some repetitions does not use, as the first state of a loop, is
    drawn outside of them.

    >>> from autograd.graphs import Graph, GraphEdge, GraphNode
    >>> w, y, z = [GraphNode(0, "leaf", scope="Net"), GraphNode(1, "operation", "tanh"), GraphNode(2, "result", "sin")]
    >>> graph = Graph((w, y, z), (GraphEdge(0, 1), GraphEdge(0, 2)), {})
    >>> first, second = [Item(f"n{n}", "module", (n,), name=f"cell@{n}") for n in (1, 2)]
    >>> arrows = Arrow("n0", "n1", edges=(0,)), Arrow("n0", "n2", edges=(1,))
    >>> settled(View(graph, (Item("n0", "leaf", (0,)), first, second), (), arrows)).items[0].nodes
    (1, 0)
    """
    uses: dict[str, list[Arrow]] = {item.id: [] for item in view.items if _is_inner(view, item)}
    for arrow in view.arrows:
        if arrow.source in uses:
            uses[arrow.source].append(arrow)
    places = _Places(view)
    homes = {key: places.home(arrows) for key, arrows in uses.items() if arrows}
    parts: dict[str, list[int]] = {}  # of closed modules: what they take in
    left = []
    for item in view.items:
        home = homes.get(item.id)
        if isinstance(home, Item):
            parts.setdefault(home.id, []).extend(item.nodes)
        else:
            left.append(item if home is None else replace(item, box=home.id))
    items = [replace(item, nodes=(*item.nodes, *parts[item.id])) if item.id in parts else item for item in left]
    known = {item.id for item in items}
    arrows = tuple([arrow for arrow in view.arrows if arrow.source in known])
    return regrouped(replace(view, arrows=arrows), items, {})


def _is_inner(view: View, item: Item) -> bool:
    """Whether an item was not computed and belongs to what uses it, rather than being handed in from outside."""
    if not is_given(item):
        return False
    is_parameter = item.kind == "leaf" and "." in item.name
    return is_parameter or item.repeats > 1 or any(node.scope for node in nodes_of(view, item))


class _Places:
    """The boxes and closed modules of a view."""

    def __init__(self, view: View) -> None:
        self.view = view
        self.items = {item.id: item for item in view.items}
        self.boxes = {"": Box(""), **{box.id: box for box in view.boxes}}
        self.around = {path: [*boxes, ""] for path, boxes in enclosing_boxes(view).items()}  # from the inside out
        self.ranks: dict[int, tuple[int, int]] = {}  # of nodes of repeated items: which of how many were computed
        for item in view.items:
            computed = [node.id for node in nodes_of(view, item) if node.op] if item.repeats > 1 else []
            self.ranks |= {node: (rank, len(computed)) for rank, node in enumerate(computed)}

    def home(self, arrows: list[Arrow]) -> Item | Box:
        """The closed module that is all that something is used by, or the innermost box around all that uses it."""
        first = self.items[arrows[0].target]
        targets = [self.items[arrow.target] for arrow in arrows]
        is_closed = first.kind in ("module", "rest") and self._serves(arrows, first.repeats)
        if is_closed and (len(targets) == 1 or {self._called(item) for item in targets} == {self._called(first)}):
            return first
        around = self.around[first.box]
        for path in {item.box: None for item in targets[1:]}:
            around = [outer for outer in around if outer in self.around[path]]
        return next(box for path in around if self._serves(arrows, (box := self.boxes[path]).repeats))

    def _called(self, item: Item) -> str:
        """The path of a closed module, the same for all its calls; of other items their id."""
        names = [item.name, *(self.boxes[path].name for path in self.around[item.box])]
        return without_calls(".".join(filter(None, reversed(names)))) if item.kind == "module" else item.id

    def _serves(self, arrows: list[Arrow], repeats: int) -> bool:
        """Whether the last of so many repetitions uses it too: nodes of items stand in the order of repetitions."""
        edges = self.view.graph.edges
        ranks = [self.ranks.get(edges[place].target, (0, 0)) for arrow in arrows for place in arrow.edges]
        return any(rank * repeats >= count * (repeats - 1) for rank, count in ranks)


def apart(view: View) -> View:
    """The view with what was not computed out of the closed modules that it is part of, each an item beside them."""
    nodes, edges = view.graph.nodes, view.graph.edges
    items: list[Item] = []
    moved: set[int] = set()
    for item in view.items:
        given = [node.id for node in nodes_of(view, item) if not node.op]
        if item.kind == "module" and item.repeats == 1 and 0 < len(given) < len(item.nodes):
            moved.update(given)
            items += [Item(f"n{n}", nodes[n].kind, (n,), item.box, name=nodes[n].name) for n in given]
            item = replace(item, nodes=tuple([number for number in item.nodes if nodes[number].op]))
        items.append(item)
    if not moved:
        return view
    owner = {number: item.id for item in items for number in item.nodes}
    found: dict[tuple[str, str], list[int]] = {}
    for place, edge in enumerate(edges):
        if edge.source in moved:
            found.setdefault((owner[edge.source], owner[edge.target]), []).append(place)
    arrows = [
        replace(arrow, edges=tuple([place for place in arrow.edges if edges[place].source not in moved]))
        for arrow in view.arrows
    ]
    arrows = [arrow for arrow in arrows if arrow.edges] + [Arrow(*ends, "data", tuple(e)) for ends, e in found.items()]
    return replace(view, items=tuple(items), arrows=tuple(arrows))
