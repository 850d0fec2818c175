"""Drawing less: results of an operation as one with it, aliases as what they are of, and modules closed."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from dataclasses import replace

from autograd.errors import ArgumentError
from autograd.graphs import Graph
from autograd.viz.placing import is_given, settled
from autograd.viz.regrouping import regrouped
from autograd.viz.views import Box, Item, View
from autograd.viz.wording import enclosing_boxes

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
    source = {arrow.target: arrow.source for arrow in view.arrows if arrow.target in parts}
    return _merged(view, {part: source[part] for part in source if source[part] not in parts})


def merge_aliases(view: View) -> View:
    """The view with what an operation ``alias`` hands out, such as arguments of ``ag.grad``, drawn as what it is of.

    An alias that is a result stays where what it is of was not computed by an operation.

    >>> import autograd as ag
    >>> from autograd.viz.views import whole_view
    >>> graph = ag.graph(lambda x: ag.grad(ag.sin)(x), 1.0)
    >>> [item.title for item in merge_aliases(whole_view(graph)).items]
    ['', 'cos', 'multiply']
    """
    items = {item.id: item for item in view.items}
    source = {arrow.target: arrow.source for arrow in view.arrows if items[arrow.target].title == "alias"}
    owner: dict[str, str] = {}
    for item in view.items:
        if item.id in source:
            whole = items[owner.get(source[item.id], source[item.id])]
            if item.kind != "result" or whole.kind in ("operation", "result"):
                owner[item.id] = whole.id
    return _merged(view, owner)


def _merged(view: View, owner: dict[str, str]) -> View:
    """The view with some items drawn as one with others, which come before them and are in no others themselves."""
    if not owner:
        return view
    groups: dict[str, list[Item]] = {}
    for item in view.items:
        groups.setdefault(owner.get(item.id, item.id), []).append(item)
    items = [group[0] if len(group) == 1 else _as_one(group) for group in groups.values()]
    return regrouped(view, items, owner)


def _as_one(group: list[Item]) -> Item:
    """An operation and its results as one; it has the results' names where it has none."""
    whole, parts = group[0], group[1:]
    kind = "result" if any(item.kind == "result" for item in group) else whole.kind
    name = whole.name or ", ".join(dict.fromkeys([part.name for part in parts if part.name]))
    return replace(whole, kind=kind, nodes=tuple([node for item in group for node in item.nodes]), name=name)


def close(view: View, depth: int | None) -> View:
    """The view with modules closed: each drawn as one item of kind ``"module"``.

    Of several calls of a module the first one's item has the parameters that they share.

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
    around = enclosing_boxes(view)
    return close_boxes(view, [box for box in view.boxes if len(around[box.id]) == depth + 1])


def close_boxes(view: View, boxes: list[Box]) -> View:
    """The view with each of some boxes, none of them in another, drawn as one item."""
    closed = {box.id: box for box in boxes}
    inside: dict[str, str] = {"": ""}  # the closed box that each box is in, or is
    for box in view.boxes:
        inside[box.id] = box.id if box.id in closed else inside[box.parent]
    owner: dict[str, str] = {}
    groups: dict[str, list[Item]] = {}
    for item in view.items:
        groups.setdefault(inside[item.box] or item.id, []).append(item)
    for path, group in groups.items():
        if path in closed:
            group.sort(key=is_given)  # what is computed is first
            owner |= {item.id: group[0].id for item in group[1:]}
    items = [_closed(view.graph, closed[path], group) if path in closed else group[0] for path, group in groups.items()]
    kept = [box for box in view.boxes if not inside[box.id]]
    return settled(regrouped(view, items, owner, kept))


def _closed(graph: Graph, box: Box, group: list[Item]) -> Item:
    """A box and all that is in it as one item."""
    nodes = _in_turns(graph, group, box.repeats)
    if box.title or box.name:
        return Item(group[0].id, "module", nodes, box.parent, box.title, box.name, box.repeats)
    return Item(group[0].id, "rest", nodes, box.parent, summary_of(graph, nodes, box.repeats), repeats=box.repeats)


def _in_turns(graph: Graph, group: list[Item], repeats: int) -> tuple[int, ...]:
    """The nodes of some items, one repetition after another; at last those that were not computed."""
    given = [number for item in group for number in item.nodes if not graph.nodes[number].op]
    nodes = []
    rows = [[number for number in item.nodes if graph.nodes[number].op] for item in group]
    for turn in range(repeats):
        for row in rows:
            nodes += row[len(row) * turn // repeats : len(row) * (turn + 1) // repeats]
    return (*nodes, *given)


def summary_of(graph: Graph, numbers: Sequence[int], repeats: int = 1) -> str:
    """How many operations some nodes are, in each of their repetitions, and the names of the most frequent.

    >>> import autograd as ag
    >>> x = ag.tensor(1.0, requires_grad=True)
    >>> summary_of(ag.graph(ag.exp(x) * x * x * x), range(5))
    '4 operations: multiply, exp'
    """
    ops = Counter([graph.nodes[number].op for number in numbers])
    values = ops.pop("", 0)
    del ops["part"], ops["alias"]
    count = (ops.total() or values) // repeats
    often = sorted(ops, key=lambda op: (-ops[op], op))
    words = ", ".join(often[:NAMED]) + (", …" if len(often) > NAMED else "")
    noun = ("operation" if ops else "value") + "s" * (count != 1)
    return f"{count:,} {noun}: {words}" if ops else f"{count:,} {noun}"
