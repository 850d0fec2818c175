"""Drawing less: results of an operation as one with it, and modules closed."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from dataclasses import replace

from autograd.errors import ArgumentError
from autograd.graphs import Graph
from autograd.viz.regrouping import regrouped
from autograd.viz.views import Box, Item, View

NAMED = 3  # operations, in a summary


def merge_parts(view: View) -> View:
    """The view with each of several results of an operation drawn as one with the operation.

    >>> import autograd as ag
    >>> from autograd.viz.views import whole_view
    >>> q, r = ag.qr(ag.tensor([[1.0, 2.0], [3.0, 4.0]], requires_grad=True))
    >>> [item.title for item in merge_parts(whole_view(ag.graph((q + r).sum()))).items]
    ['', 'qr', 'add', 'sum']
    """
    parts = {item.id for item in view.items if item.title == "part"}
    if not parts:
        return view
    source = {arrow.target: arrow.source for arrow in view.arrows if arrow.target in parts}
    owner = {part: source[part] for part in source if source[part] not in parts}
    groups: dict[str, list[Item]] = {}
    for item in view.items:
        groups.setdefault(owner.get(item.id, item.id), []).append(item)
    items = [group[0] if len(group) == 1 else _with_parts(group) for group in groups.values()]
    return regrouped(view, items, owner)


def _with_parts(group: list[Item]) -> Item:
    """An operation and its results as one; it has the results' names where it has none."""
    whole, parts = group[0], group[1:]
    kind = "result" if any(item.kind == "result" for item in group) else whole.kind
    name = whole.name or ", ".join([part.name for part in parts if part.name])
    return replace(whole, kind=kind, nodes=tuple([node for item in group for node in item.nodes]), name=name)


def close(view: View, depth: int | None) -> View:
    """The view with modules closed: each drawn as one item of kind ``"module"``.

    Parameters
    ----------
    view: the view.
    depth: how many modules are open around what is drawn: 0 draws the outermost ones as one item each, 1 what is
        directly in them, and so on; None opens all.

    Raises ArgumentError for a depth below 0.

    >>> import autograd as ag
    >>> from autograd.viz.views import whole_view
    >>> with ag.scope("energy"):
    ...     y = ag.exp(ag.tensor(1.0, requires_grad=True)) ** 2
    >>> [(item.kind, item.name) for item in close(whole_view(ag.graph(y)), 0).items]
    [('leaf', ''), ('module', 'energy')]
    """
    if depth is None:
        return view
    if isinstance(depth, bool) or not isinstance(depth, int) or depth < 0:
        raise ArgumentError(
            f"depth={depth!r}: want how many modules are open around what is drawn, 0 or more, or None."
        )
    levels = levels_of(view)
    return close_boxes(view, [box for box in view.boxes if levels[box.id] == depth])


def levels_of(view: View) -> dict[str, int]:
    """How many boxes are around each box, by its id."""
    levels = {"": -1}
    for box in view.boxes:
        levels[box.id] = levels[box.parent] + 1
    return levels


def close_boxes(view: View, boxes: list[Box]) -> View:
    """The view with each of some boxes, none of them in another, drawn as one item."""
    closed = {box.id: box for box in boxes}
    inside: dict[str, str] = {"": ""}  # the closed box that each box is in, or is
    for box in view.boxes:
        inside[box.id] = box.id if box.id in closed else inside[box.parent]
    owner: dict[str, str] = {}
    groups: dict[str, list[Item]] = {}
    for item in view.items:
        path = inside[item.box]
        group = groups.setdefault(path or item.id, [])
        group.append(item)
        if path and len(group) > 1:
            owner[item.id] = group[0].id
    items = [_closed(view.graph, closed[path], group) if path in closed else group[0] for path, group in groups.items()]
    kept = [box for box in view.boxes if not inside[box.id]]
    return regrouped(view, items, owner, kept)


def _closed(graph: Graph, box: Box, group: list[Item]) -> Item:
    """A box and all that is in it as one item."""
    nodes = tuple([node for item in group for node in item.nodes])
    if box.title or box.name:
        return Item(group[0].id, "module", nodes, box.parent, box.title, box.name, box.repeats)
    return Item(group[0].id, "rest", nodes, box.parent, summary_of(graph, nodes, box.repeats), repeats=box.repeats)


def summary_of(graph: Graph, numbers: Sequence[int], repeats: int = 1) -> str:
    """How many operations some nodes are, in each of their repetitions, and the names of the most frequent.

    >>> import autograd as ag
    >>> x = ag.tensor(1.0, requires_grad=True)
    >>> summary_of(ag.graph(ag.exp(x) * x * x * x), range(5))
    '4 operations: multiply, exp'
    """
    ops = Counter([graph.nodes[number].op for number in numbers])
    values = ops.pop("", 0)
    del ops["part"]
    count = (ops.total() or values) // repeats
    often = sorted(ops, key=lambda op: (-ops[op], op))
    words = ", ".join(often[:NAMED]) + (", …" if len(often) > NAMED else "")
    noun = ("operation" if ops else "value") + "s" * (count != 1)
    return f"{count:,} {noun}: {words}" if ops else f"{count:,} {noun}"
