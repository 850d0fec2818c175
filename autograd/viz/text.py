"""Views as text: modules like folders, operations with what they are of, and their shapes."""

from __future__ import annotations

import math
from collections.abc import Iterator
from dataclasses import dataclass, replace
from itertools import pairwise

from autograd.errors import ArgumentError
from autograd.graphs import GraphNode, without_calls
from autograd.viz.views import Box, Item, View, nodes_of
from autograd.viz.wording import (
    Ports,
    are_alike,
    enclosing_boxes,
    few_options,
    is_computed,
    name_of,
    number,
    printable,
    shapes_of,
    short_name,
    size_of,
    span,
    times,
)

NARROWEST = 40
LISTED = 6  # operands of an operation that are listed, of more
LONGEST = 24  # characters of a small array that are written out
PREVIOUS = "_"  # the result of the line before, as in Python's own prompt


def to_text(view: View, width: int = 110) -> str:
    """A view as a table: a line for each operation, below the modules that it belongs to.

    An operation is written as a call, ``result`` before it where the graph was asked for it. What it is of is a
    variable's name, a parameter with its shape, ``_`` for the result of the line before, or ``%3`` for the result of
    the line that begins with it; ``x then %3``, in a block that is repeated, is ``x`` in its first round and ``%3`` of
    the round before in the others. Columns for shapes, values, sizes of parameters and gradients (of arrays their
    norms) are there where anything is known.

    Parameters
    ----------
    view: what to show.
    width: characters of the longest line, 40 or more; for less, shapes of parameters are left out, then columns, and
        what is longer still is cut.

    Raises ArgumentError for a smaller width.

    >>> import autograd as ag
    >>> from autograd.viz.views import whole_view
    >>> w, x = ag.tensor(2.0, requires_grad=True), ag.tensor([1.0, 2.0, 3.0], requires_grad=True)
    >>> h = ag.exp(x)
    >>> print(to_text(whole_view(ag.graph((w * h).sum() / h[0], {"w": w, "x": x}))))
    operation               shape    value
    w                       ()           2
    x                       (3,)   1, 2, 3
    %1 = exp(x)             (3,)
    multiply(w, %1)         (3,)
    %2 = sum(_)             ()
    getitem(%1, [0])        ()       2.718
    result = divide(%2, _)  ()       22.21
    <BLANKLINE>
    5 operations, 2 leaves.
    """
    if isinstance(width, bool) or not isinstance(width, int) or width < NARROWEST:
        raise ArgumentError(f"text of a graph: width={width!r}; want how many characters, {NARROWEST} or more.")
    writer = _Writer(view)
    return "\n".join([*_table(writer.rows(), writer.has_norms, width), "", *_totals(view)])


@dataclass(frozen=True, slots=True)
class _Row:
    """A line of the table; empty where there is nothing to say. ``short`` is for where ``words`` do not fit."""

    lead: str  # the branches of the tree
    words: str
    short: str
    times: str
    entering: str = ""
    leaving: str = ""
    value: str = ""
    parameters: str = ""
    gradient: str = ""


@dataclass(frozen=True, slots=True)
class _Line:
    """What a line is about: an item, a box, or a box together with the only item in it."""

    lead: str  # the branches of the tree
    box: Box | None
    item: Item | None


class _Writer:
    """Writes the lines of a view."""

    def __init__(self, view: View) -> None:
        self.view = view
        self.ports = Ports(view)
        self.items = {item.id: item for item in view.items}
        self.boxes = {box.id: box for box in view.boxes}
        self.around = enclosing_boxes(view)
        self.sizes = self._sizes()
        self.has_norms = any(node.facts.gradient is not None and node.shape for node in view.graph.nodes)
        self.slots = _slots(view)
        self.arrows_into: dict[str, list[int]] = {}
        self.users: dict[str, list[int]] = {}
        for place, arrow in enumerate(view.arrows):
            self.arrows_into.setdefault(arrow.target, []).append(place)
            self.users.setdefault(arrow.source, []).append(place)
        self.named = {item.name for item in view.items if item.kind != "constant" and not item.box}
        self.variables = [item for item in view.items if self._is_variable(item)]
        self.lines = list(self._lines())
        self.handles = self._handles()
        self.mentioned: set[str] = set()

    def rows(self) -> list[_Row]:
        """The lines, variables first."""
        return [self._row_of_variable(item) for item in self.variables] + [self._row(line) for line in self.lines]

    # --- what has a line ----------------------------------------------------------------------------------

    def _is_variable(self, item: Item) -> bool:
        """Whether it was given from outside, under a name of its own."""
        if item.box or self._is_end(item):
            return False
        arguments = {self.view.graph.edges[p].argument for a in self.users.get(item.id, ()) for p in self._edges(a)}
        return item.kind == "leaf" or (item.kind == "constant" and not item.title and item.name not in arguments)

    def _is_end(self, item: Item) -> bool:
        """Whether it is a leaf in which gradients end."""
        return item.kind == "leaf" and any(
            self.view.arrows[place].kind == "gradient" for place in self.arrows_into.get(item.id, ())
        )

    def _edges(self, arrow: int) -> tuple[int, ...]:
        return self.view.arrows[arrow].edges

    def _lines(self) -> Iterator[_Line]:
        """Items and boxes, each below the box around it, in the order in which they are first computed."""
        below: dict[str, list[Item | Box]] = {"": []}
        for item in self.view.items:
            if item.kind in ("leaf", "constant") and not is_computed(item) and not self._is_end(item):
                continue
            entry: Item | Box = item
            for path in self.around[item.box]:
                is_new = path not in below
                below.setdefault(path, []).append(entry)
                if not is_new:
                    break
                entry = self.boxes[path]
            else:
                below[""].append(entry)
        stack: list[tuple[Item | Box, str, str]] = [(entry, "", "") for entry in reversed(below[""])]
        while stack:
            entry, lead, inner = stack.pop()
            if isinstance(entry, Item):
                yield _Line(lead, None, entry)
                continue
            parts = below[entry.id]
            if len(parts) == 1 and isinstance(parts[0], Item) and is_computed(parts[0]):
                yield _Line(lead, entry, parts[0])
                continue
            yield _Line(lead, entry, None)
            stack.append((parts[-1], f"{inner}└─ ", f"{inner}   "))
            stack += [(part, f"{inner}├─ ", f"{inner}│  ") for part in reversed(parts[:-1])]

    def _handles(self) -> dict[str, str]:
        """What results without a name are called; ``_`` is one that the next line alone uses."""
        handles: dict[str, str] = {}
        ordered = [line.item for line in self.lines if line.item is not None]
        following = {item.id: after.id for item, after in pairwise(ordered)}
        count = 0
        for item in [item for item in self.variables if not item.name] + ordered:
            used = [self.view.arrows[place] for place in self.users.get(item.id, ())]
            if not used or (item.name and (item.kind == "leaf" or is_computed(item))):
                continue
            if all(arrow.target == following.get(item.id) and arrow.kind != "again" for arrow in used):
                handles[item.id] = PREVIOUS
            else:
                count += 1
                handles[item.id] = f"%{count}"
        return handles

    # --- what stands in it --------------------------------------------------------------------------------

    def _row_of_variable(self, item: Item) -> _Row:
        self.mentioned.add(item.id)
        name = printable(item.name) or f"{self.handles.get(item.id, '%0')} = leaf"
        return self._measured(item, _Row("", name, name, times(item.repeats)))

    def _row(self, line: _Line) -> _Row:
        box, item = line.box, line.item
        if item is None:
            assert box is not None
            words = name_of(box)
            return self._with_ports(box, _Row(line.lead, words, words, self._times(box.repeats, box.parent)))
        repeats = self._times(item.repeats, item.box) if box is None else self._times(box.repeats, box.parent)
        words, short = (self._words(item, box, operands) for operands in self._operands(item))
        row = self._measured(item, _Row(line.lead, words, short, repeats))
        return row if box is None else self._with_ports(box, row)

    def _words(self, item: Item, box: Box | None, operands: list[str]) -> str:
        """``0 · h = Linear(x)``: the module, where the line is about one, the name of the result, the call."""
        name, call = self._name_and_call(item, box, operands)
        return " · ".join(filter(None, [name, self._assigned(item, call)]))

    def _times(self, repeats: int, around: str) -> str:
        return times(repeats, self.boxes[around].repeats if around else 1)

    def _name_and_call(self, item: Item, box: Box | None, operands: list[str]) -> tuple[str, str]:
        """The module's name, where the line is about one, and what is called."""
        if item.kind == "rest":
            return "", printable(item.title)
        title = printable(item.title or item.name)
        if item.kind == "leaf" or (item.kind == "gradient" and not item.title):
            return "", f"{title or 'leaf'}.grad = {' + '.join(operands)}"
        if item.kind == "gradient":
            title = f"∂ {title}"
        name = "" if box is None else name_of(box)
        if item.kind == "module":
            name = printable(item.name) if item.title and item.name != item.title else ""
        elif box is not None and are_alike(box, item):
            name, title = (printable(box.name) if box.name != box.title else ""), printable(box.title)
        return name, f"{title}({', '.join(operands)})" if operands else title

    def _assigned(self, item: Item, call: str) -> str:
        """The call and the name that its result is used by."""
        name = printable(item.name) if is_computed(item) else ""
        name = name or self.handles.get(item.id, "")
        names = [] if name in ("", PREVIOUS) else [name]
        if item.kind == "result" and (not names or item.id in self.users):
            names.append("result")
        return " = ".join([*names, call])

    def _operands(self, item: Item) -> tuple[list[str], list[str]]:
        """What an item is of, in the order of its arguments: with the shapes of what has no line, and without."""
        nodes, edges = self.view.graph.nodes, self.view.graph.edges
        found: dict[int, list[tuple[str, str, str]]] = {}
        firsts: dict[tuple[tuple[str, str], ...], int] = {}
        for place in self.arrows_into.get(item.id, ()):
            arrow = self.view.arrows[place]
            source = self.items[arrow.source]
            label, shape = self._label(source, item)
            before = {"again": "then ", "kept": "with "}.get(arrow.kind, "")
            ends = [(self.slots[edge], self._part(label, edge, source)) for edge in arrow.edges if is_computed(item)]
            if not ends:  # of a module: what the same operations in it use, in its first round and in the others
                used = tuple(sorted({(nodes[edges[edge].target].op, edges[edge].argument) for edge in arrow.edges}))
                start = firsts.setdefault(used, place)
                ends = [(len(self.slots) + (start if arrow.kind == "again" else place), label)]
            for slot, words in dict.fromkeys(ends):
                found.setdefault(slot, []).append((before, words, shape))
        numbers = nodes[item.nodes[0]].arguments if is_computed(item) else ()
        first = [(value, value) for name, value in numbers if name == "x"]  # of an operation of x and y
        last = [(value, value) for name, value in numbers if name != "x"]
        listed = []
        for slot in sorted(found):
            parts = sorted(found[slot], key=lambda part: part[0] == "then ")
            listed.append((" ".join(map("".join, parts)), " ".join(before + label for before, label, _ in parts)))
        listed = first + listed + last + self._options(item)
        if len(listed) > LISTED:
            rest = f"… {len(listed) - LISTED + 1} more"
            listed = [*listed[: LISTED - 1], (rest, rest)]
        return [printable(words) for words, _ in listed], [printable(words) for _, words in listed]

    def _options(self, item: Item) -> list[tuple[str, str]]:
        """What an operation was called with beside its operands; of several that are alike, if it is the same."""
        nodes = [node for number in item.nodes if (node := self.view.graph.nodes[number]).op == item.title]
        same = is_computed(item) and item.kind != "module" and len({node.options for node in nodes}) == 1
        return [(words, words) for words in few_options(nodes[0], "=")] if same else []

    def _part(self, label: str, edge: int, source: Item) -> str:
        """What is used of ``source``: one of several results by its own name, or as ``%3[1]``."""
        node = self.view.graph.nodes[self.view.graph.edges[edge].source]
        if node.op != "part" or source.title == "part":
            return label
        return node.name or label + "".join(f"[{value}]" for name, value in node.arguments if name == "place")

    def _label(self, source: Item, user: Item) -> tuple[str, str]:
        """What a value is called where it is used; and its shape, where it has no line and this is its first use."""
        if source.id in self.handles:
            return self.handles[source.id], ""
        name = source.name or source.kind
        if source.kind == "leaf" and source.box:
            owner = without_calls(user.box).partition(".")[2]
            if source.box == user.box or (owner and name.startswith(f"{owner}.")):
                name = short_name(source)
        if source.kind == "constant" and name in self.named:
            name = "constant"
        if is_computed(source) or source.id in self.mentioned:
            return name, ""
        self.mentioned.add(source.id)
        node = self.view.graph.nodes[source.nodes[0]]
        if node.value is not None and len(source.nodes) == 1:
            return name, f"={number(node.value)}"
        return name, "" if node.shape is None else str(list(node.shape))

    # --- columns ------------------------------------------------------------------------------------------

    def _sizes(self) -> dict[str, int]:
        """How many numbers the leaves in each box hold."""
        sizes: dict[str, int] = dict.fromkeys(self.boxes, 0)
        for item in self.view.items:
            size = size_of(nodes_of(self.view, item)) if self.around[item.box] else 0
            for path in self.around[item.box] if size else ():
                sizes[path] += size
        return sizes

    def _with_ports(self, box: Box, row: _Row) -> _Row:
        """The row of a box: with what enters and leaves it, and the size of its parameters."""
        size = self.sizes[box.id]
        return replace(
            row,
            entering=shapes_of(self.ports.into_box(box.id)),
            leaving=shapes_of(self.ports.out_of_box(box.id)),
            parameters=f"{size:,}" if size else "",
        )

    def _measured(self, item: Item, row: _Row) -> _Row:
        """The row of an item: with its shape and what is known of its value and gradient."""
        nodes = nodes_of(self.view, item)
        if item.kind in ("module", "rest"):
            size, nodes = size_of(nodes), self.ports.out_of(item)
            entering = shapes_of(self.ports.into(item)) if item.kind == "module" else ""
            row = replace(row, entering=entering, parameters=f"{size:,}" if size else "")
        elif item.kind == "gradient":
            nodes = self.ports.out_of(item)
        elif not self._is_end(item):
            row = replace(row, value=_value_of(nodes))
        return replace(row, leaving=shapes_of(nodes), gradient=self._gradient_of(nodes))

    def _gradient_of(self, nodes: list[GraphNode]) -> str:
        """The gradients of numbers, or the norms of gradients; where there are arrays in the graph, norms of all."""
        known = [node.facts.gradient for node in nodes if node.facts.gradient is not None]
        if any(not gradient.is_finite for gradient in known):
            return "not finite"
        if self.has_norms:
            norms = [gradient.norm for gradient in known if not math.isnan(gradient.norm)]
        else:
            norms = [node.grad for node in nodes if node.grad is not None]
        return span(norms) if norms else ""


def _slots(view: View) -> list[int]:
    """For each edge of the graph its place among those of its target."""
    slots = []
    target, first = -1, 0
    for place, edge in enumerate(view.graph.edges):
        if edge.target != target:
            target, first = edge.target, place
        slots.append(place - first)
    return slots


def _value_of(nodes: list[GraphNode]) -> str:
    """The number that they hold, or the range of their numbers; of arrays the elements of a small one."""
    nodes = [node for node in nodes if node.op != "alias"] or nodes
    facts = [node.facts.value for node in nodes if node.facts.value is not None]
    nans, infinities = sum(fact.nans for fact in facts), sum(fact.infinities for fact in facts)
    if nans or infinities:
        of = sum(fact.size for fact in facts)
        what = "NaN" if not infinities else "infinite" if not nans else "not finite"
        return what if of == 1 else f"{nans + infinities:,} {what}"
    values = [node.value for node in nodes if node.value is not None]
    if values and len(values) == len(nodes):
        return span(values)
    if values:
        return "".join(f"… {number(node.value)}" for node in nodes if node.kind == "result" and node.value is not None)
    numbers = nodes[0].facts.numbers if len(nodes) == 1 else ()
    listed = [", ".join(number(value, digits) for value in numbers) for digits in (4, 3, 2)]
    return next((text for text in listed if len(text) <= LONGEST), "")


# --- the table ------------------------------------------------------------------------------------------


def _table(rows: list[_Row], norms: bool, width: int) -> Iterator[str]:
    """Rows in columns below their headings; columns in which nothing stands are left out."""
    numbers = [
        _Column(["value", *(row.value for row in rows)], ">"),
        _Column(["parameters", *(row.parameters for row in rows)], ">"),
        _Column(["gradient norm" if norms else "gradient", *(row.gradient for row in rows)], ">"),
    ]
    shapes = []
    if any(row.leaving not in ("", "()") for row in rows):
        if not any(row.value and row.leaving != "()" for row in rows):
            del numbers[0]  # numbers alone stand where their shape would
            rows = [replace(row, leaving=row.value or row.leaving) for row in rows]
        shapes = [_shape_column(rows)]
    columns = [column for column in shapes + numbers if any(column.cells[1:])]
    while (room := width - sum(column.size + 2 for column in columns)) < NARROWEST // 2 and columns:
        del columns[-1]
    columns.insert(0, _Column(["operation", *_fitted(rows, room)]))
    for cells in zip(*(column.aligned() for column in columns), strict=True):
        yield _cut("  ".join(cells).rstrip(), width)


@dataclass(frozen=True, slots=True)
class _Column:
    """A column of the table: its heading, and what stands below it."""

    cells: list[str]
    align: str = "<"

    @property
    def size(self) -> int:
        return max(map(len, self.cells))

    def aligned(self) -> list[str]:
        """The cells, all of one length."""
        size = self.size
        return [f"{cell:{self.align}{size}}" for cell in self.cells]


def _shape_column(rows: list[_Row]) -> _Column:
    """Shapes below each other: ``in → out`` of modules, and below ``out`` those of operations."""
    before = max((len(row.entering) for row in rows), default=0)
    if not before:
        return _Column(["shape", *(row.leaving for row in rows)])
    pairs = [("in", "out"), *((row.entering, row.leaving) for row in rows)]
    return _Column([f"{into:>{before}} → {out}" if into else f"{'':{before + 3}}{out}" for into, out in pairs])


def _fitted(rows: list[_Row], room: int) -> list[str]:
    """What stands in the first column: in full, or else in short, with less deep a tree, and in the end cut."""
    full = [_ended(row.lead + row.words, row.times) for row in rows]
    if max(map(len, full), default=0) <= room:
        return full
    short = [_ended(row.lead + row.short, row.times) for row in rows]
    if max(map(len, short)) <= room:
        return short
    return [_ended(_pruned(row.lead, room // 2) + row.short, row.times, room) for row in rows]


def _pruned(lead: str, room: int) -> str:
    """The branches before a line; of more than there is room for how many they are, and the last one.

    >>> _pruned("│  │  └─ ", 9), _pruned("│  │  │  └─ ", 9)
    ('│  │  └─ ', '… 4   └─ ')
    """
    if len(lead) <= room:
        return lead
    return f"… {len(lead) // 3} ".ljust(room // 3 * 3 - 3) + lead[-3:]


def _ended(words: str, end: str, room: int | None = None) -> str:
    """Words and what stands at their end, which is not cut where there is no room for all."""
    end = f" {end}" if end and words else end
    words = words.rstrip() if end else words
    return (words if room is None else _cut(words, room - len(end))) + end


def _cut(text: str, width: int) -> str:
    return text if len(text) <= width else text[: width - 1] + "…"


def _totals(view: View) -> list[str]:
    """What the whole graph consists of, and what is not shown of it."""
    nodes = view.graph.nodes
    operations = sum(node.op not in ("", "part", "alias") for node in nodes)
    leaves = [node for node in nodes if node.kind == "leaf"]
    modules = [node for node in leaves if node.scope]
    parts = [_counted(operations, "operation"), _counted(len(leaves), "leaf", "leaves")]
    if modules:
        parts.append(_counted(size_of(modules), "parameter"))
    return [", ".join(parts) + ".", *map(printable, view.notes)]


def _counted(count: int, one: str, several: str = "") -> str:
    return f"{count:,} {one if count == 1 else several or one + 's'}"
