"""The words that views are told in: numbers, shapes, names, and what enters and leaves a module."""

from __future__ import annotations

import math
import re
from collections.abc import Callable, Iterable

from autograd.graphs import GraphNode
from autograd.viz.views import Box, Item, View, nodes_of

FEW = 2  # shapes that are listed


def is_computed(item: Item) -> bool:
    """Whether an item is an operation, also one whose result needs no gradient."""
    return item.kind in ("operation", "result") or (item.kind == "constant" and item.title != "")


def printable(text: str) -> str:
    r"""Text without line breaks and other characters that cannot be seen.

    >>> printable("größe"), printable("a\nb")
    ('größe', 'a\\nb')
    """
    return text if text.isprintable() else "".join(c if c.isprintable() else ascii(c)[1:-1] for c in text)


def number(value: float, digits: int = 4) -> str:
    """A number to some digits.

    >>> number(24.70408), number(-4.0), number(float("nan"))
    ('24.7', '-4', 'NaN')
    """
    return "NaN" if math.isnan(value) else f"{value:.{digits}g}"


def typeset(text: str) -> str:
    """A number as it is printed: with the minus sign, which is as wide as a digit.

    >>> typeset("-1e-07"), typeset("inf")
    ('−1e−7', '∞')
    """
    text = re.sub(r"e\+?(-?)0*", r"e\1", text)
    return text.replace("-", "−").replace("nan", "NaN").replace("inf", "∞")


def span(values: list[float]) -> str:
    """A number, or the range of several.

    >>> span([3.0, 0.5, 2.0])
    '0.5 to 3'
    """
    low, high = number(min(values)), number(max(values))
    return low if low == high else f"{low} to {high}"


def times(repeats: int, around: int = 1) -> str:
    """``"× 12"`` for what is there twelve times in one of what is around it; empty for what is there once.

    >>> times(24, around=2), times(2, around=2)
    ('× 12', '')
    """
    inner = repeats_in(repeats, around)
    return f"× {inner:,}" if inner > 1 else ""


def repeats_in(repeats: int, around: int) -> int:
    """How many there are in one of ``around`` that are alike, of ``repeats`` in all."""
    return repeats // around if repeats % around == 0 else repeats


def name_of(box: Box) -> str:
    """A module's name in the one around it and its class.

    >>> name_of(Box("Sequential.0", "Sequential", "Linear", "0"))
    '0 · Linear'
    """
    return " · ".join(printable(word) for word in dict.fromkeys([box.name, box.title]) if word)


def are_alike(box: Box, item: Item) -> bool:
    """Whether a module's class says what the operation in it is called: of ``ReLU`` that it is ``relu``.

    >>> are_alike(Box("0", title="Softmax"), Item("n1", "operation", (1,), title="softmax"))
    True
    """
    return box.title.lower() == item.title.replace("_", "").lower()


def short_name(item: Item) -> str:
    """The name of a variable; of a module's parameter the name that it has in the module."""
    name = item.name.rpartition(".")[2] if item.box and item.kind == "leaf" else item.name
    return printable(name)


def shapes_of(nodes: Iterable[GraphNode], form: Callable[[tuple[int, ...]], str] = str) -> str:
    """The shapes of some nodes, each once, and of many the first, in a form; empty where none is known."""
    shapes = list(dict.fromkeys(filter(None, [form(node.shape) for node in nodes if node.shape is not None])))
    return ", ".join(shapes[:FEW]) + (", …" if len(shapes) > FEW else "")


def size_of(nodes: Iterable[GraphNode]) -> int:
    """How many numbers the leaves among some nodes hold, which are a module's parameters."""
    return sum(math.prod(node.shape) for node in nodes if node.kind == "leaf" and node.shape is not None)


def enclosing_boxes(view: View) -> dict[str, list[str]]:
    """For each box of a view, and outside of all, the boxes around what is drawn in it, from the inside out."""
    around: dict[str, list[str]] = {"": []}
    for box in view.boxes:
        around[box.id] = [box.id, *around[box.parent]]
    return around


class Ports:
    """What enters and leaves the items and boxes of a view, as nodes of its graph.

    Where nothing enters a module but an array that the graph keeps inside of it, such as the data in the graph of a
    loss, that is what enters.

    >>> import autograd as ag
    >>> from autograd.viz.views import whole_view
    >>> with ag.scope("model"):
    ...     y = ag.tensor([1.0, 2.0], requires_grad=True).sum()
    >>> ports = Ports(whole_view(ag.graph(y)))
    >>> shapes_of(ports.into_box("model")), shapes_of(ports.out_of_box("model"))
    ('(2,)', '()')
    """

    def __init__(self, view: View) -> None:
        self._nodes = view.graph.nodes
        self._into: dict[tuple[str, str], dict[int, None]] = {}  # by "item" or "box" and its id
        self._out: dict[tuple[str, str], dict[int, None]] = {}
        around = enclosing_boxes(view)
        items = {item.id: item for item in view.items}
        for arrow in view.arrows:
            sources = [view.graph.edges[place].source for place in arrow.edges]
            if items[arrow.source].kind == "gradient":
                self._note(self._out, [("item", arrow.target)], sources)
            elif arrow.kind != "kept":
                tail, head = items[arrow.source].box, items[arrow.target].box
                both = set(around[tail]) & set(around[head])
                left = [("box", path) for path in around[tail] if path not in both]
                entered = [("box", path) for path in around[head] if path not in both]
                given = [n for n in sources if self._nodes[n].kind != "leaf" or not self._nodes[n].scope]
                self._note(self._out, [("item", arrow.source), *left], sources)
                self._note(self._into, [("item", arrow.target), *entered], given)
        for item in view.items:
            places = [("item", item.id), *(("box", path) for path in around[item.box] if item.kind != "gradient")]
            nodes = nodes_of(view, item)
            self._note(self._out, places, [node.id for node in nodes if node.kind == "result"])
            constants = [node.id for node in nodes if node.kind == "constant"][:1]
            self._note(self._into, [place for place in places if place not in self._into], constants)

    def _note(
        self, found: dict[tuple[str, str], dict[int, None]], places: list[tuple[str, str]], nodes: list[int]
    ) -> None:
        for place in places if nodes else ():
            found.setdefault(place, {}).update(dict.fromkeys(nodes))

    def _known(self, found: dict[tuple[str, str], dict[int, None]], place: tuple[str, str]) -> list[GraphNode]:
        return [self._nodes[number] for number in found.get(place, ())]

    def into(self, item: Item) -> list[GraphNode]:
        """The nodes whose values an item uses, parameters aside."""
        return self._known(self._into, ("item", item.id))

    def out_of(self, item: Item) -> list[GraphNode]:
        """The nodes of an item that are used outside of it, or that are results; of a gradient those that it is of."""
        return self._known(self._out, ("item", item.id))

    def into_box(self, path: str) -> list[GraphNode]:
        """The nodes outside of a box whose values are used in it, parameters aside."""
        return self._known(self._into, ("box", path))

    def out_of_box(self, path: str) -> list[GraphNode]:
        """The nodes in a box whose values are used outside of it, or that are results."""
        return self._known(self._out, ("box", path))


FEW, SHORT = 2, 16  # options that are written into a node: how many, and how long


def few_options(node: GraphNode, between: str = ": ") -> list[str]:
    """What an operation was called with, where that is short and its result's shape does not say it.

    >>> few_options(GraphNode(1, "operation", "sum", options=(("axis", "0"),)))
    ['axis: 0']
    """
    options = [(name, text) for name, text in node.options if name != "shape"]
    if len(options) > FEW or any(len(text) > SHORT for _, text in options):
        return []
    return [_as_index(text) if name == "index" else f"{name}{between}{text}" for name, text in options]


def _as_index(text: str) -> str:
    return text if text.startswith("[") else f"[{text.strip('()')}]"
