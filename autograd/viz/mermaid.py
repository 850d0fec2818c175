"""Views as Mermaid diagrams in Markdown, which GitHub, GitLab and many editors draw without anything installed.

The syntax is that of https://mermaid.js.org/syntax/flowchart.html; the plainest of it, which old versions know too.
"""

from __future__ import annotations

import re
from collections.abc import Iterator

from autograd.graphs import Graph
from autograd.viz.description import direction_for
from autograd.viz.labels import Writer, sizes
from autograd.viz.overlays.scales import painted
from autograd.viz.painting import Legend, Paint, Painting
from autograd.viz.style import ARROWS, FAINT, INK, ITEMS, LINE, Direction
from autograd.viz.views import Arrow, Box, Item, View
from autograd.viz.wording import are_alike, is_computed, name_of, printable, short_name, times

MOST_CHARACTERS, MOST_ARROWS = 50_000, 500  # what GitHub draws: Mermaid's maxTextSize and maxEdges
OUTLINES = {"operation": "()", "result": "()", "gradient": "()", "module": ("[[", "]]")}
SAFE = re.compile(r"[^\w ,()=·×−→∂…∞]|[_\ufb02]", re.ASCII)
MARKDOWN = re.compile(r"([\\`*_\[\]<>&#|~$])")


def to_mermaid(view: View, painting: Painting | None = None, direction: Direction | None = None) -> str:
    """A Markdown document with the view as a Mermaid flowchart; the same view gives the same text.

    Parameters
    ----------
    view: what to draw.
    painting: colours of an overlay; its scale stands in a box of its own, and what it says below the diagram.
    direction: of time, ``"LR"``, ``"TB"``, ``"RL"`` or ``"BT"``; None for that of the other pictures.

    A diagram that is too large for GitHub is written all the same, and a sentence above it says so.

    >>> import autograd as ag
    >>> from autograd.viz.views import whole_view
    >>> w = ag.tensor(2.0, requires_grad=True)
    >>> print(to_mermaid(whole_view(ag.graph(ag.exp(w), {"w": w}))))
    # Graph of exp
    <BLANKLINE>
    ```mermaid
    flowchart LR
    n0["w<br/>2"]:::leaf
    n1("exp<br/>7#46;389"):::result
    n0 --> n1
    classDef leaf fill:#cfe6f5,stroke:#0072b2,color:#1f2328
    classDef result fill:#fbe3c0,stroke:#d55e00,color:#1f2328,stroke-width:2px
    ```
    <BLANKLINE>
    """
    drawn = _Chart(view, painting)
    chart = "\n".join(drawn.lines(direction or direction_for(view)))
    legend = None if painting is None else painting.legend
    parts = [f"# {_title(view.graph)}", *_too_large(len(drawn.arrows), len(chart)), f"```mermaid\n{chart}\n```"]
    parts += ["\n".join(f"- {_markdown(note)}" for note in [*(legend.notes if legend else ()), *view.notes])]
    return "\n\n".join(part for part in parts if part) + "\n"


class _Chart:
    """Writes the flowchart of a view."""

    def __init__(self, view: View, painting: Painting | None) -> None:
        self.view, self.painting = view, painting
        self.paints = {} if painting is None else painting.items
        self.writer = Writer(view, painting)
        self.looks: dict[str, str] = {}  # what is said of how items look, and the name of that
        self.repeats = {"": 1} | {box.id: box.repeats for box in view.boxes}
        self.joined = self._joined()
        inside = {item.id for items in self.joined.values() for item in items}
        self.items = [item for item in view.items if item.id not in inside]
        self.arrows = [(n, arrow) for n, arrow in enumerate(view.arrows) if arrow.source not in inside]

    def lines(self, direction: str) -> Iterator[str]:
        """The lines of the flowchart."""
        yield f"flowchart {direction}"
        yield from self._items()
        if self.painting is not None:
            yield from self._legend(self.painting.legend)
        yield from (_link(arrow) for _, arrow in self.arrows)
        for look, name in self.looks.items():
            yield f"classDef {name} {look}"
        yield from self._arrow_styles()

    def _joined(self) -> dict[str, list[Item]]:
        """Parameters and arrays of a module that one operation in it uses, which are written into that operation.

        As nodes they would make diagrams several times as wide. What an overlay paints stays a node.
        """
        items = {item.id: item for item in self.view.items}
        found: dict[str, list[Arrow]] = {}
        for arrow in self.view.arrows:
            for end in (arrow.source, arrow.target):
                found.setdefault(end, []).append(arrow)
        joined: dict[str, list[Item]] = {}
        for item in self.view.items:
            arrows = found.get(item.id, ())
            if item.kind not in ("leaf", "constant") or is_computed(item) or not item.box or item.id in self.paints:
                continue
            user = items[arrows[0].target] if len(arrows) == 1 else item
            if user.box == item.box and is_computed(user):
                joined.setdefault(user.id, []).append(item)
        return joined

    def _items(self) -> Iterator[str]:
        """A line for each item, in the subgraphs of the boxes around it."""
        below: dict[str, list[str | Item]] = {"": []}
        for box in self.view.boxes:
            below[box.id] = []
            below[box.parent].append(box.id)
        for item in self.items:
            below[item.box].append(item)
        boxes = {box.id: (f"b{place}", box) for place, box in enumerate(self.view.boxes)}
        drawn = []
        stack: list[str | Item | None] = [*reversed(below[""])]
        while stack:
            entry = stack.pop()
            if entry is None:
                yield "end"
            elif isinstance(entry, Item):
                yield self._item(entry)
            elif len(below[entry]) == 1 and isinstance(only := below[entry][0], Item):
                yield self._item(only, boxes[entry][1])
            elif below[entry]:
                name, box = boxes[entry]
                drawn.append(name)
                yield f'subgraph {name}["{_quoted(self._heading(box))}"]'
                stack += [None, *reversed(below[entry])]
        if drawn:
            look = self._look(f"fill:{FAINT['fillcolor']},stroke:{LINE},color:{LINE}", "box")
            yield f"class {','.join(drawn)} {look}"

    def _heading(self, box: Box) -> str:
        return " ".join(filter(None, [name_of(box), times(box.repeats, self.repeats[box.parent])]))

    def _item(self, item: Item, alone: Box | None = None) -> str:
        """The line of an item; of one that is alone in a box, which is not drawn then, with what the box is."""
        label = self.writer.label(item)
        title = " ".join(filter(None, [label.title, times(item.repeats, self.repeats[item.box])]))
        lines = [title, *label.lines]
        if alone is not None:
            lines[: are_alike(alone, item)] = [self._heading(alone)]
        lines += [short_name(part) + self._shape(part) for part in self.joined.get(item.id, ())]
        before, after = OUTLINES.get(item.kind, "[]")
        words = "<br/>".join(map(_quoted, lines))
        return f'{item.id}{before}"{words}"{after}:::{self._look_of(item)}'

    def _shape(self, item: Item) -> str:
        shape = self.view.graph.nodes[item.nodes[0]].shape
        return f" {sizes(shape)}" if shape else ""

    # --- looks --------------------------------------------------------------------------------------------

    def _look_of(self, item: Item) -> str:
        """The name of how an item looks."""
        if self.painting is None:
            return self._look(_of_kind(ITEMS[item.kind]), item.kind)
        paint = self.paints.get(item.id)
        if paint is None:
            return self._look(f"fill:{FAINT['fillcolor']},stroke:{LINE},color:{LINE}", "faint")
        return self._look(_of_paint(paint))

    def _look(self, look: str, name: str = "") -> str:
        """The name of a look; a new one gets ``name``, or a number."""
        return self.looks.setdefault(look, name or f"p{len(self.looks)}")

    def _legend(self, legend: Legend) -> Iterator[str]:
        """The scale of an overlay: a box of nodes, each in the colour that it is about."""
        last = len(legend.colors) - 1
        entries = [(legend.colors[round(place * last)], text) for place, text in legend.ticks if legend.colors]
        entries += legend.swatches
        if entries:
            yield f'subgraph legend["{_quoted(legend.title)}"]'
            for place, (color, text) in enumerate(entries):
                yield f'l{place}["{_quoted(text)}"]:::{self._look(_of_paint(painted(color)))}'
            yield "end"
            yield f"class legend {self._look(f'fill:none,stroke:{LINE},color:{LINE}', 'scale')}"

    def _arrow_styles(self) -> Iterator[str]:
        """Colours and widths of arrows, which Mermaid knows by their numbers."""
        painted = {} if self.painting is None else self.painting.arrows
        found: dict[str, list[int]] = {}
        for number, (place, arrow) in enumerate(self.arrows):
            color, width = painted.get(place, (ARROWS[arrow.kind].get("color", ""), 0.0))
            look = [f"stroke:{color}"] if color else []
            look += [f"stroke-width:{width:g}px"] if width else []
            if look:
                found.setdefault(",".join(look), []).append(number)
        for style, numbers in found.items():
            yield f"linkStyle {','.join(map(str, numbers))} {style}"


def _link(arrow: Arrow) -> str:
    """The line of an arrow.

    One that leads back to where a block begins is drawn from there, without a head: Mermaid has none at the beginning
    of a line, and lays out what is in a circle without regard to what comes first.
    """
    if arrow.kind == "again" and arrow.source != arrow.target:
        return f"{arrow.target} -.-|again| {arrow.source}"
    link = {"again": "-.->|again|", "kept": "-.->"}.get(arrow.kind, "-->")
    return f"{arrow.source} {link} {arrow.target}"


def _of_kind(look: dict[str, str]) -> str:
    """A look of Graphviz' as one of Mermaid's, which is CSS."""
    css = [f"fill:{look['fillcolor']}", f"stroke:{look.get('color', LINE)}", f"color:{INK}"]
    if "dashed" in look["style"]:
        css.append("stroke-dasharray:4 3")
    if "penwidth" in look:
        css.append(f"stroke-width:{look['penwidth']}px")
    return ",".join(css)


def _of_paint(paint: Paint) -> str:
    border = f",stroke:{paint.border},stroke-width:3px" if paint.border else f",stroke:{LINE}"
    return f"fill:{paint.fill}{border},color:{paint.ink}"


# --- words ----------------------------------------------------------------------------------------------


def _quoted(text: str) -> str:
    """Text that means nothing to Mermaid: what is not a letter, a digit or the like goes by its number.

    The word "direction" is a command wherever it stands in a line, in quotes as well.

    >>> _quoted('a["end"]'), _quoted("direction TB")
    ('a#91;#34;end#34;#93;', '#100;irection TB')
    """
    text = printable(text)
    safe = "".join(c if not SAFE.match(c) or (c.isalnum() and c != "\ufb02") else f"#{ord(c)};" for c in text)
    return safe.replace("direction", "#100;irection") or " "


def _markdown(text: str) -> str:
    """Text that Markdown shows as it is."""
    return MARKDOWN.sub(r"\\\1", printable(text))


def _title(graph: Graph) -> str:
    results = [node.name or node.op for node in graph.nodes if node.kind == "result"]
    words = ", ".join(results[:3]) + (", …" if len(results) > 3 else "")
    return f"Graph of {_markdown(words)}" if words else "Graph"


def _too_large(arrows: int, characters: int) -> list[str]:
    if arrows <= MOST_ARROWS and characters <= MOST_CHARACTERS:
        return []
    return [
        f"GitHub draws at most {MOST_ARROWS} arrows and {MOST_CHARACTERS:,} characters; this diagram has {arrows:,} "
        f"and {characters:,}. Close modules with `depth=`, or draw less with `most=`."
    ]
