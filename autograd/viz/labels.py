"""What is written in the items of a picture, and how that is set as Graphviz' tables of cells."""

from __future__ import annotations

import math
import textwrap
from collections.abc import Sequence
from dataclasses import dataclass

from autograd.graphs import GraphNode
from autograd.viz.painting import Painting
from autograd.viz.style import SIZE, SMALL, STRONG, SYMBOLS
from autograd.viz.views import Item, View
from autograd.viz.wording import Ports, few_options, number, printable, repeats_in, shapes_of, size_of, times, typeset

SHOWN = str.maketrans({"&": "&amp;", "<": "&lt;", ">": "&gt;", "\\": "&#92;" * 2})
LONGEST = 36  # characters of a name; tooltips have all of it
LONG = 28  # characters of a line of facts
ROW = 4  # numbers that are written beside each other
FEW = 12  # items that have room for other facts than those of an overlay
BAR, HEIGHT = 4, 16  # points: how wide the bars of a histogram are, and how high the highest one
TABLE = '<table border="0" cellborder="0" cellspacing="0" cellpadding="0">{}</table>'


@dataclass(frozen=True, slots=True)
class Label:
    """What is written in an item: a title, small lines under it, the bars of a histogram, how many it stands for."""

    title: str
    lines: tuple[str, ...] = ()
    bars: tuple[int, ...] = ()
    repeats: int = 1

    @property
    def width(self) -> float:
        """About how wide the item will be, in points."""
        title = 1.1 * width(self.title) + badge_width(self.repeats)
        return max(title, BAR * len(self.bars), *(width(line, SMALL) for line in self.lines)) + 18

    @property
    def height(self) -> float:
        """About how high the item will be, in points."""
        return 26 + 12.5 * len(self.lines) + (HEIGHT if self.bars else 0)

    def html(self, quiet: str, strong: str) -> str:
        """The label in Graphviz' markup: small lines are ``quiet``, bars and the badge ``strong``."""
        title = f"<b>{plain(self.title)}</b>"
        if self.repeats > 1:
            title = badged(title, self.repeats)
        rows = [title] if self.title else []
        rows += [small(line, quiet) for line in self.lines]
        if self.bars:
            rows.append(_histogram(self.bars, strong))
        return f"<{TABLE.format(''.join(f'<tr><td>{row}</td></tr>' for row in rows))}>"


@dataclass(frozen=True, slots=True)
class Record:
    """A value in the manner of micrograd's picture: its name, its data and its gradient.

    They are side by side, or, where ``is_stacked``, below each other.
    """

    name: str
    cells: tuple[str, ...]
    is_stacked: bool = False

    @property
    def width(self) -> float:
        """About how wide the item will be, in points."""
        wide = [_cell_width(cell) + 12 for cell in (self.name, *self.cells)]
        return max(wide) if self.is_stacked else sum(wide)

    @property
    def height(self) -> float:
        """About how high the item will be, with the circle of its operation, in points."""
        return 100 if self.is_stacked else 80

    def html(self, quiet: str, strong: str) -> str:
        """The record in Graphviz' markup."""
        texts = [(_cell_width(self.name), f"<b>{plain(self.name)}</b>")] if self.name else []
        texts += [
            (_cell_width(cell), "<br/>".join(small(line, quiet) for line in cell.split("\n"))) for cell in self.cells
        ]
        rule, padding = ("</tr><hr/><tr>", 4) if self.is_stacked else ("<vr/>", 6)
        row = rule.join(f'<td bgcolor="transparent" width="{wide:.0f}">{text}</td>' for wide, text in texts)
        return f'<<table border="0" cellborder="0" cellspacing="0" cellpadding="{padding}"><tr>{row}</tr></table>>'


# --- what is written ------------------------------------------------------------------------------------


class Writer:
    """Writes the labels of a view's items, with what a painting adds to them."""

    def __init__(self, view: View, painting: Painting | None = None) -> None:
        self.nodes, self.ports = view.graph.nodes, Ports(view)
        self.arriving: dict[str, list[GraphNode]] = {}  # what the gradients are of that come to an item
        for arrow in view.arrows:
            if arrow.kind == "gradient":
                nodes = [self.nodes[view.graph.edges[place].source] for place in arrow.edges]
                self.arriving.setdefault(arrow.target, []).extend(nodes)
        self.paints = {} if painting is None else painting.items
        self.has_gradients = any(item.kind == "gradient" for item in view.items)
        self.is_painted = painting is not None
        self.is_brief = self.is_painted and len(view.items) > FEW  # colours answer, tooltips have the facts
        self.around = {box.id: box.repeats for box in view.boxes}

    def repeats(self, item: Item) -> int:
        """How many an item stands for in one of what is around it."""
        return repeats_in(item.repeats, self.around.get(item.box, 1))

    def is_told(self, item: Item) -> bool:
        """Whether the gradient of an item is seen elsewhere: in colour, or in an item of its own."""
        return self.is_painted or (self.has_gradients and item.kind not in ("gradient", "leaf"))

    def label(self, item: Item) -> Label:
        """What is written in an item whose operation is named."""
        node = self.nodes[item.nodes[0]]
        lines = [] if self.is_brief else self._lines(item, node)
        bars: tuple[int, ...] = ()
        if item.kind in ("leaf", "constant") and item.repeats == 1 and not self.is_painted:
            lines += rows_of(node)
            bars = node.facts.histogram
        return Label(shortened(title_of(item)), (*lines, *self._painted(item)), bars, self.repeats(item))

    def names(self, item: Item) -> Label:
        """What is written in an item that stands for some that are drawn in full elsewhere."""
        nodes = (self.nodes[number] for number in item.nodes)
        return Label("", tuple(shortened(printable(n.name.rpartition(".")[2] if n.scope else n.name)) for n in nodes))

    def record(self, item: Item) -> Record:
        """The value of an item in cells: its name, its data, its gradient, as far as they are known."""
        node = self.nodes[item.nodes[0]]
        numbers, cells = node.facts.numbers, []
        if node.value is not None:
            cells.append(f"data {decimals(node.value)}")
        elif 0 < len(numbers) <= ROW:
            cells.append(f"data {', '.join(map(decimals, numbers))}")
        elif numbers:
            cells.append("\n".join(rows_of(node)))
        elif node.shape:
            cells.append(sizes(node.shape))
        if node.grad is not None:
            cells.append(f"grad {decimals(node.grad)}")
        name = shortened(own_name(item))
        return Record(name, (*cells, *self._painted(item)) or (() if name else ("value",)))

    def _painted(self, item: Item) -> tuple[str, ...]:
        return tuple(map(printable, self.paints[item.id].lines)) if item.id in self.paints else ()

    def _lines(self, item: Item, node: GraphNode) -> list[str]:
        """The facts that are written under the title."""
        if item.kind == "rest":
            return textwrap.wrap(printable(item.title.partition(": ")[2]), LONG)
        if item.kind == "module":
            return self._of_module(item)
        shape = [sizes(node.shape)] if node.shape else []
        if item.kind == "gradient" and len(item.nodes) > item.repeats:
            return [line for line in [shapes_of(self.arriving.get(item.id, ()), sizes)] if line]
        if item.repeats > 1:
            return shape
        gradient = [] if node.grad is None or self.is_told(item) else [f"grad {typeset(number(node.grad))}"]
        if item.kind == "gradient":
            return gradient or shape
        value = shape if node.value is None else [typeset(number(node.value))]
        called = [f"{argument}: {text}" for argument, text in node.arguments] + few_options(node)
        return [*map(printable, called), *value, *gradient]

    def _of_module(self, item: Item) -> list[str]:
        """What goes into a closed module, what comes out, and how much it learns."""
        ends = [shapes_of(self.ports.into(item), sizes), shapes_of(self.ports.out_of(item), sizes)]
        lines = [" → ".join(filter(None, dict.fromkeys(ends)))]
        if len(lines[0]) > LONG:
            lines = [ends[0], f"→ {ends[1]}"]
        count = size_of(self.nodes[number] for number in item.nodes)
        return [line for line in (*lines, f"{count:,} parameters" if count else "") if line]


def title_of(item: Item) -> str:
    """What an item is called.

    >>> title_of(Item("n0", "operation", (0,), title="multiply", name="h"))
    'h = multiply'
    """
    name, title = own_name(item), printable(item.title)
    if item.kind == "gradient":
        return f"∂ {title or name or 'value'}"
    if item.kind == "module":
        return " · ".join(dict.fromkeys(filter(None, [name, title])))
    if item.kind == "rest":
        return title.partition(": ")[0]
    return " = ".join(filter(None, [name, title])) or "leaf"


def symbol_of(view: View, item: Item) -> str:
    """What is written in the circle of an operation, with the number that it is done with: ``+``, ``× 2``, ``tanh``."""
    symbol = SYMBOLS.get(item.title, printable(item.title))
    for argument, value in view.graph.nodes[item.nodes[0]].arguments:
        text = printable(value)
        symbol = f"{text} {symbol}" if argument == "x" else f"{symbol} {text}"
    return symbol


def operation_id(item: str) -> str:
    """The name of the circle of an operation whose result is drawn as a record."""
    return f"{item}.op"


def own_name(item: Item) -> str:
    """The name of an item, without the path where that is seen from the boxes around it."""
    return printable(item.name.rpartition(".")[2] if item.box else item.name)


def rows_of(node: GraphNode) -> list[str]:
    """The elements of a small array, a row a line.

    >>> from autograd.graphs import Facts
    >>> rows_of(GraphNode(0, "leaf", shape=(2, 2), facts=Facts(numbers=(1.0, -0.5, 0.0, 2.0))))
    ['1.00  −0.50', '0.00  2.00']
    """
    numbers, shape = node.facts.numbers, node.shape
    if not shape or len(numbers) < 2:
        return []
    finite = [value for value in numbers if math.isfinite(value) and value]
    form = ".0f" if all(value == int(value) for value in finite) else ".2f"
    if any(not 0.01 <= abs(value) < 1000 for value in finite):
        form = ".2g"
    texts = [typeset(format(value, form)) for value in numbers]
    lines = math.ceil(len(texts) / ROW)
    columns = shape[-1] if 1 < shape[-1] <= ROW else math.ceil(len(texts) / lines)
    return ["  ".join(texts[start : start + columns]) for start in range(0, len(texts), columns)]


# --- numbers and names ----------------------------------------------------------------------------------


def decimals(value: float) -> str:
    """A number with four decimals, in the manner of micrograd; of another magnitude, in four digits.

    >>> decimals(-3.0), decimals(1e-9)
    ('−3.0000', '1e−9')
    """
    return typeset(f"{value:.4f}" if value == 0 or 1e-3 <= abs(value) < 1e5 else number(value))


def sizes(shape: Sequence[int]) -> str:
    """A shape as it is read aloud.

    >>> sizes((32, 64))
    '32 × 64'
    """
    return " × ".join(map(str, shape))


def shortened(text: str) -> str:
    """A name that fits into an item."""
    return text if len(text) <= LONGEST else f"{text[: LONGEST - 1]}…"


def _cell_width(text: str) -> float:
    """How wide the cell of a record should be at least: with room for its lines in any font."""
    return max(width(line, SMALL) for line in text.split("\n")) + 10


def width(text: str, size: float = SIZE) -> float:
    """About how wide a text is, in points."""
    return 0.6 * size * len(text)


# --- Graphviz' markup -----------------------------------------------------------------------------------


def plain(text: str) -> str:
    """Text to be shown as it is, also where Graphviz would read ``\\N``, ``&lt;`` or ``<b>`` as something else."""
    return text.translate(SHOWN)


def small(text: str, ink: str, size: float = SMALL) -> str:
    """Text that is said second."""
    return f'<font point-size="{size:g}" color="{ink}">{plain(text)}</font>'


def badged(title: str, repeats: int) -> str:
    """A title in markup with a badge beside it, ``× 12``.

    Each has a cell with a background, if a transparent one, by which `autograd.viz.svg` knows where its text belongs.
    """
    text, wide = f'<font point-size="{SMALL}" color="#ffffff"><b>{times(repeats)}</b></font>', badge_width(repeats)
    badge = f'<table border="0" cellborder="0" cellspacing="0" cellpadding="2" style="rounded" bgcolor="{STRONG}">'
    badge += f'<tr><td width="{wide:.0f}">{text}</td></tr></table>'
    return TABLE.format(f'<tr><td bgcolor="transparent">{title}</td><td width="6"></td><td>{badge}</td></tr>')


def badge_width(repeats: int) -> float:
    """About how wide a badge is, in points; 0 where there is none."""
    return 1.1 * width(times(repeats), SMALL) + 10 if repeats > 1 else 0


def _histogram(counts: Sequence[int], color: str) -> str:
    """Bars as columns of cells, which are drawn alike in every format."""
    highest = max(counts)
    columns = []
    for count in counts:
        high = max(1, round(HEIGHT * count / highest)) if count else 0
        cells = [(HEIGHT - high, ""), (high, f' bgcolor="{color}"')]
        column = [f'<tr><td fixedsize="true" width="{BAR}" height="{h}"{look}></td></tr>' for h, look in cells if h]
        columns.append(f"<td>{TABLE.format(''.join(column))}</td>")
    return TABLE.format(f"<tr>{''.join(columns)}</tr>")
