"""A view described in Graphviz' language: what is drawn, with which words, in which box, beside what."""

from __future__ import annotations

import math
from collections import Counter
from dataclasses import replace
from itertools import pairwise
from typing import TYPE_CHECKING

from autograd.viz.arranging import COMPUTED, Link, beside, line_of, links_of, original, ranks_of, spread, texts_of
from autograd.viz.labels import (
    Label,
    Record,
    Writer,
    badge_width,
    badged,
    operation_id,
    plain,
    symbol_of,
    width,
)
from autograd.viz.legends import legend_html
from autograd.viz.painting import Painting
from autograd.viz.style import (
    ARROWS,
    BOX,
    BREADTH,
    CLOSE,
    COPY,
    EDGE,
    FAINT,
    GRAPH,
    HASTE,
    HEIGHT,
    INSET,
    ITEMS,
    LINE,
    NODE,
    OPERATION,
    QUIET,
    RECORD,
    SHORT,
    STRONG,
    TANGLED,
    WIDTH,
    Direction,
    Manner,
)
from autograd.viz.views import Box, Item, View
from autograd.viz.wording import enclosing_boxes, name_of, printable, repeats_in

if TYPE_CHECKING:
    import graphviz

GAP, MARGIN = 26, 10  # points between ranks, and between a box and what is in it


def describe(
    view: View, painting: Painting | None = None, direction: Direction | None = None, style: Manner = "operations"
) -> graphviz.Digraph:
    """The view in Graphviz' language; the same view gives the same text.

    Parameters
    ----------
    view: what is to be drawn.
    painting: the looks that an overlay gives to it, with a legend; None for the usual ones.
    direction: of time: ``"LR"`` draws from left to right, ``"TB"`` from top to bottom; None for what suits a page:
        the narrower, and columns for a line of items that would be too long.
    style: ``"operations"`` writes results into operations; ``"values"`` draws values as records of their name, data
        and gradient, and operations as small circles, in the manner of micrograd.

    >>> import autograd as ag
    >>> from autograd.viz.views import whole_view
    >>> text = describe(whole_view(ag.graph(-ag.tensor(2.0, requires_grad=True)))).source
    >>> "n0 -> n1" in text
    True
    """
    return _Sketch(view, painting, style).draw(direction)


def direction_for(view: View, style: Manner = "operations") -> Direction:
    """From left to right where that is narrow enough for a page, else from top to bottom, or what is narrower.

    >>> import autograd as ag
    >>> from autograd.viz.views import whole_view
    >>> direction_for(whole_view(ag.graph(-ag.tensor(2.0, requires_grad=True))))
    'LR'
    """
    return _Sketch(view, None, style).direction()


class _Sketch:
    """A view with what is known of its layout before Graphviz makes it."""

    def __init__(self, view: View, painting: Painting | None, style: Manner) -> None:
        view = spread(view)
        self.view, self.painting, self.style = view, painting, style
        self.items = {item.id: item for item in view.items}
        self.boxes = {box.id: box for box in view.boxes}
        self.around = enclosing_boxes(view)
        self.writer = Writer(view, painting)
        self.labels = {item.id: self._label(item) for item in view.items}
        self.links = links_of(view)
        self.beside = {} if style == "values" else beside(view, self.links)
        self.ranks = ranks_of(view, self.links, self.beside)
        self.texts = texts_of(view, self.beside)
        self.double = self._double()
        self.is_sideways, self.cut = True, set[str]()  # until it is drawn

    def _double(self) -> set[str]:
        """The boxes in which both passes run side by side, with room for a title between them."""
        computed = [item for item in self.view.items if item.kind in COMPUTED]
        passes = {(path, item.kind == "gradient") for item in computed for path in self.around[item.box]}
        return {path for path, is_backward in passes if is_backward and (path, False) in passes}

    def _label(self, item: Item) -> Label | Record:
        if original(item.id) != item.id:
            return self.writer.names(item)
        if self.style == "values" and item.repeats == 1 and item.kind not in ("module", "rest", "gradient"):
            return self.writer.record(item)
        return self.writer.label(item)

    # --- which way ----------------------------------------------------------------------------------------

    def direction(self) -> Direction:
        """The direction in which the picture is narrow enough for a page, or else narrower."""
        across, along = self._widths()
        return "LR" if along <= WIDTH or along <= across else "TB"

    def _widths(self) -> tuple[float, float]:
        """About how wide the picture will be from top to bottom, and from left to right."""
        rows: Counter[int] = Counter()
        widest: dict[int, float] = {}
        paths: dict[int, list[str]] = {}
        for key, item in self.items.items():
            rank, wide = self.ranks[key], self._width(item)
            rows[rank] += round(wide) + MARGIN
            widest[rank] = max(widest.get(rank, 0), wide)
            path = self.around[item.box]
            if len(path) >= len(paths.get(rank, [])):
                paths[rank] = path
        along, before = 0.0, set[str]()
        for rank in sorted(widest):
            boxes = set(paths[rank])
            along += widest[rank] + GAP + MARGIN * len(boxes ^ before)
            before = boxes
        return max(rows.values(), default=0) + 2 * MARGIN * max(map(len, paths.values()), default=0), along

    def _width(self, item: Item) -> float:
        label = self.labels[item.id]
        wide = label.width
        if isinstance(label, Record) and item.title:
            wide += GAP + width(symbol_of(self.view, item))
        if item.box and item.kind in COMPUTED:
            wide = max(wide, width(name_of(self.boxes[item.box])) - MARGIN)
        return wide

    def _heads(self) -> list[str]:
        """The first items of the columns in which a long line is drawn from top to bottom; empty for other graphs."""
        line = line_of(self.view, self.links, self.ranks)
        wide = max(
            (sum(self.labels[key].width + GAP for key in (end, *self.beside.get(end, ()))) for end in line), default=1
        )
        high = sum(self.labels[key].height + GAP for key in line)
        columns = min(int(BREADTH / wide), math.ceil(high / HEIGHT))
        return [line[len(line) * column // columns] for column in range(columns)] if columns > 1 else []

    def _stack(self) -> None:
        """Set the cells of records below each other."""
        for key, label in self.labels.items():
            if isinstance(label, Record):
                self.labels[key] = replace(label, is_stacked=True)

    # --- drawing ------------------------------------------------------------------------------------------

    def draw(self, direction: Direction | None) -> graphviz.Digraph:
        """The description."""
        import graphviz

        chosen = direction or self.direction()
        heads = self._heads() if direction is None and chosen == "TB" else []
        self.cut = set(heads[1:])
        self.is_sideways = chosen in ("LR", "RL")
        if not self.is_sideways and self._widths()[0] > WIDTH:
            self._stack()
        crossed = sum(abs(self.ranks[link.head] - self.ranks[link.tail]) for link in self.links)
        look = {**GRAPH, **(CLOSE if self.style == "values" else {}), **(HASTE if crossed > TANGLED else {})}
        look["rankdir"] = chosen
        if legend := legend_html(None if self.painting is None else self.painting.legend, self.view.notes):
            look["label"] = legend
        picture = graphviz.Digraph("graph", graph_attr=look, node_attr=NODE, edge_attr=EDGE)
        boxes = {
            box.id: graphviz.Digraph(printable(f"cluster_{box.id}"), graph_attr={**BOX, **self._heading(box)})
            for box in self.view.boxes
        }
        for item in self.view.items:
            self._draw_item(boxes.get(item.box, picture), item)
        for target, sources in self.beside.items():
            boxes.get(self.items[target].box, picture).subgraph(_row(target, *sources))
        if not self.is_sideways:
            for key, wide in self._shifts().items():
                if wide > 0:
                    self._shift(boxes[self.items[key].box], key, wide)
        if heads:
            row = _row(*heads)
            for head, following in pairwise(heads):
                row.edge(head, following, style="invis")
            boxes.get(self.items[heads[0]].box, picture).subgraph(row)
        for box in reversed(self.view.boxes):  # inner boxes first: each is copied into the one around it
            boxes.get(box.parent, picture).subgraph(boxes[box.id])
        for link in self._drawn_links():
            self._draw_link(picture, link)
        return picture

    def _shifts(self) -> dict[str, float]:
        """How far to move what arrows from outside of a box lead to, so that they do not cross the box's title.

        That is the first item of the box's first row; the title stands at the left, above it.
        """
        first: dict[str, int] = {}
        for key, item in self.items.items():
            for path in self.around[item.box]:
                first[path] = min(first.get(path, self.ranks[key]), self.ranks[key])
        entered: dict[str, str] = {}
        for link in self.links:
            inside = set(self.around[self.items[link.tail].box])
            for path in self.around[self.items[link.head].box]:
                if path not in inside | self.double and self.ranks[link.head] == first[path]:
                    entered.setdefault(path, link.head)
        shifts: dict[str, float] = {}
        for path, key in entered.items():
            depth = self.around[self.items[key].box].index(path)  # margins of the boxes in between
            left = [self.labels[other].width for other in self.beside.get(key, [])[::2]]
            wide = width(name_of(self.boxes[path])) + INSET - depth * MARGIN
            wide += badge_width(self._repeats(self.boxes[path]))
            # the arrow of the second on the left runs in an arc above the first
            wide -= 0.4 * self.labels[key].width if not left else left[0] + MARGIN if len(left) == 1 else left[-1] / 2
            shifts[key] = max(shifts.get(key, 0), wide)
        return shifts

    def _shift(self, box: graphviz.Digraph, key: str, wide: float) -> None:
        """Put empty space at the left of an item, and of what stands beside it."""
        space = f"{key}.space"
        box.node(space, "", style="invis", shape="box", height="0", width=f"{wide / 72:.2f}", margin="0")
        row = _row(space, key)
        for neighbour in self.beside.get(key, [])[::2] or [key]:
            row.edge(space, neighbour, style="invis")
        box.subgraph(row)

    def _repeats(self, box: Box) -> int:
        return repeats_in(box.repeats, self.boxes[box.parent].repeats if box.parent else 1)

    def _heading(self, box: Box) -> dict[str, str]:
        """The title of a box, and a second line around it where it stands for several."""
        title, repeats = plain(name_of(box)), self._repeats(box)
        label = title if repeats == 1 else f"<{badged(title, repeats)}>"
        return {"label": label, "labeljust": "c" if box.id in self.double and not self.is_sideways else "l"}

    def _draw_item(self, place: graphviz.Digraph, item: Item) -> None:
        label, look = self.labels[item.id], dict(ITEMS[item.kind])
        inks = (QUIET, STRONG if item.kind == "leaf" else LINE)
        if original(item.id) != item.id:
            look |= COPY
        if item.kind != "gradient" and self.writer.repeats(item) > 1:
            look["peripheries"] = "2"
        if self.painting is not None:
            is_shared = original(item.id) != item.id and len(item.nodes) > 1  # a copy of several, painted differently
            paint = None if is_shared else self.painting.items.get(original(item.id))
            color = LINE if paint is None else paint.ink
            inks = (color, color)
            look |= FAINT if paint is None else {"fillcolor": paint.fill, "color": LINE, "penwidth": "1"}
            look |= {"fontcolor": color}
            if paint is not None and paint.border:
                look |= {"color": paint.border, "penwidth": "3"}
        if isinstance(label, Record):
            look |= RECORD
            if item.title:
                place.node(operation_id(item.id), plain(symbol_of(self.view, item)), **OPERATION)
                place.edge(operation_id(item.id), item.id, weight="8")
        place.node(item.id, label.html(*inks), **look)

    def _drawn_links(self) -> list[Link]:
        """Those that are drawn: of several between a copy and its operation one, that with the widest stroke."""
        strokes = {} if self.painting is None else self.painting.arrows
        drawn: dict[tuple[str, str, str], Link] = {}
        for link in self.links:
            known = drawn.get(key := (link.tail, link.head, link.arrow.kind))
            if known is None or strokes.get(link.place, ("", 0))[1] > strokes.get(known.place, ("", 0))[1]:
                drawn[key] = link
        return list(drawn.values())

    def _draw_link(self, picture: graphviz.Digraph, link: Link) -> None:
        arrow, ends = link.arrow, [link.tail, link.head]
        look = dict(ARROWS[arrow.kind])
        if text := self.texts.get(link.place):
            look["label"] = f" {plain(text)} "
        is_across = arrow.kind == "kept"
        for one, other in (ends, ends[::-1]):
            if other in self.beside.get(one, ()):  # every second one stands on the operation's other side
                ends = [other, one] if self.beside[one].index(other) % 2 == 0 else [one, other]
                is_across = True
                break
        if self.painting is not None and link.place in self.painting.arrows:
            color, points = self.painting.arrows[link.place]
            look |= {"color": color, "penwidth": f"{min(points, SHORT) if is_across else points:g}"}
        if is_across and self.is_sideways and not any(self.items[key].box for key in ends):
            ends.reverse()  # Graphviz stacks what stands outside of boxes the other way about
        if arrow.kind != "again" and ends[1] in self.cut and ends[0] not in self.beside.get(ends[1], ()):
            look["constraint"] = "false"  # to the next column
        elif not is_across and self.items[ends[0]].kind in COMPUTED and self.ranks[ends[1]] - self.ranks[ends[0]] == 1:
            look.setdefault("weight", "500")  # what is computed flows in a straight line
        if ends[0] != arrow.source:
            look["dir"] = "back"
        names = [self._name(key, key == arrow.target and arrow.kind != "kept") for key in ends]
        picture.edge(*names, **look)

    def _name(self, key: str, is_target: bool) -> str:
        """The name of an item, or of the circle of its operation."""
        is_split = isinstance(self.labels[key], Record) and self.items[key].title
        return operation_id(key) if is_split and is_target else key


def _row(*keys: str) -> graphviz.Digraph:
    """A group of items that stand beside each other."""
    import graphviz

    row = graphviz.Digraph(graph_attr={"rank": "same"})
    for key in keys:
        row.node(key)
    return row
