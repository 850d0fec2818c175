"""What is known of a picture before it is laid out: which way arrows are ranked, what stands beside what."""

from __future__ import annotations

from dataclasses import dataclass, replace

from autograd.viz.labels import own_name
from autograd.viz.views import Arrow, Item, View
from autograd.viz.wording import enclosing_boxes

COMPUTED = ("operation", "result", "module", "rest", "gradient")
MANY, FAR = 3, 2  # uses, and ranks to each on average, from which on something is drawn beside each of its uses
# Operations that give the same whichever operand is the first, and those of a list of operands.
ALIKE = {
    "add",
    "multiply",
    "maximum",
    "minimum",
    "fmax",
    "fmin",
    "hypot",
    "logaddexp",
    "concatenate",
    "stack",
    "einsum",
}


@dataclass(frozen=True, slots=True)
class Link:
    """An arrow as it is drawn.

    Attributes
    ----------
    tail, head: the items at its ends, in the order in which they stand, which need not be that of the arrow.
    arrow, place: what it is, and where that stands in ``View.arrows``.
    """

    tail: str
    head: str
    arrow: Arrow
    place: int


def links_of(view: View) -> list[Link]:
    """All arrows of a view.

    Where both passes are drawn, gradients run against time, beside what they are gradients of.
    """
    both = any(arrow.kind == "data" for arrow in view.arrows)
    links = []
    for place, arrow in enumerate(view.arrows):
        back = both and arrow.kind == "gradient"
        ends = (arrow.target, arrow.source) if back else (arrow.source, arrow.target)
        links.append(Link(*ends, arrow, place))
    return links


def is_given(view: View, item: Item) -> bool:
    """Whether an item is a leaf or a constant, or the gradient of one."""
    if item.kind == "gradient" and len(item.nodes) == item.repeats:
        return view.graph.nodes[item.nodes[0]].kind in ("leaf", "constant")
    return item.kind in ("leaf", "constant")


# --- what is used in many places ------------------------------------------------------------------------


def spread(view: View) -> View:
    """The view with parameters where they are used: in the innermost box that holds all their uses, and with copies.

    What is used in three places or more that are far from each other, as the weights of a cell are over time, is drawn
    once more beside each, so that no bundle of arrows runs through the picture; there, those of one operation share an
    item. A copy's id is that of the first item that it is one of, a dot, and a number. Arrows keep their places.
    """
    items = {item.id: item for item in view.items}
    arrows = list(view.arrows)
    copies: dict[tuple[str, str, str], Item] = {}  # by what they stand beside, their kind, and that of the arrow
    for key, links in _scattered(view).items():
        for number, link in enumerate(links[1:], 1):
            other = link.head if link.tail == key else link.tail
            group = other, items[key].kind, link.arrow.kind
            new = replace(items[key], id=f"{key}.{number}", box=items[other].box, repeats=1)
            known = copies.get(group, replace(new, nodes=()))
            copies[group] = replace(known, nodes=known.nodes + items[key].nodes[:1])
            source, target = (known.id, other) if link.arrow.source == key else (other, known.id)
            arrows[link.place] = replace(arrows[link.place], source=source, target=target)
    return _moved_in(replace(view, items=(*copies.values(), *view.items), arrows=tuple(arrows)))


def _scattered(view: View) -> dict[str, list[Link]]:
    """What is used in several places far from each other, with its uses, from the first rank on."""
    items = {item.id: item for item in view.items}
    links = links_of(view)
    ranks = ranks_of(view, links, {})
    uses: dict[str, list[Link]] = {}
    for link in links:
        for key in (link.tail, link.head):
            if is_given(view, items[key]) and not items[key].title and link.arrow.kind != "again":
                uses.setdefault(key, []).append(link)
    found = {}
    for key, uses_of in uses.items():
        spans = [abs(ranks[link.head] - ranks[link.tail]) for link in uses_of]
        if len(spans) >= MANY and sum(spans) > FAR * len(spans):
            found[key] = sorted(uses_of, key=lambda link: ranks[link.head])
    return found


def original(name: str) -> str:
    """The id of the item that a copy is one of, or that an operation's circle belongs to.

    >>> original("n3.2"), original("n3")
    ('n3', 'n3')
    """
    return name.partition(".")[0]


def _moved_in(view: View) -> View:
    """The view with each module's parameters in the innermost box that holds all their uses."""
    around = enclosing_boxes(view)
    items = {item.id: item for item in view.items}
    homes: dict[str, list[str]] = {}  # the boxes that hold all uses, from the inside out
    for arrow in view.arrows:
        for key, other in ((arrow.source, arrow.target), (arrow.target, arrow.source)):
            if items[key].kind == "leaf" and items[key].box:
                boxes = around[items[other].box]
                homes[key] = [box for box in homes.get(key, boxes) if box in boxes]
    moved = {key: boxes[0] for key, boxes in homes.items() if items[key].box in boxes}
    return replace(view, items=tuple([replace(item, box=moved.get(item.id, item.box)) for item in view.items]))


# --- where things stand ---------------------------------------------------------------------------------


def beside(view: View, links: list[Link]) -> dict[str, list[str]]:
    """For each operation, what stands beside it, across the flow: parameters, and data that joins what is computed.

    They must be used by it alone and be of the same box. The gradients of parameters stand so as well.
    """
    items = {item.id: item for item in view.items}
    others: dict[str, set[str]] = {}
    computed = set()
    for link in links:
        others.setdefault(link.tail, set()).add(link.head)
        others.setdefault(link.head, set()).add(link.tail)
        if items[link.tail].kind in COMPUTED:
            computed.add(link.head)
    found: dict[str, list[str]] = {}
    for item in view.items:
        if is_given(view, item) and len(others.get(item.id, ())) == 1:
            (other,) = others[item.id]
            target = items[other]
            joins = original(item.id) != item.id or (other in computed if item.kind == "constant" else bool(item.box))
            if joins and target.box == item.box and (target.kind in COMPUTED or target.title):
                found.setdefault(other, []).append(item.id)
    return found


def ranks_of(view: View, links: list[Link], beside: dict[str, list[str]]) -> dict[str, int]:
    """About the rank that each item will have: one after all it is drawn after, as far as there are no circles.

    What is given stands right before what uses it first, or beside that.
    """
    ranks = {item.id: 0 for item in view.items}
    waiting = dict.fromkeys(ranks, 0)
    heads: dict[str, list[str]] = {}
    aside = {key for keys in beside.values() for key in keys}
    for link in links:
        if link.arrow.kind in ("data", "gradient") and not aside & {link.tail, link.head} and link.tail != link.head:
            heads.setdefault(link.tail, []).append(link.head)
            waiting[link.head] += 1
    order = [key for key, count in waiting.items() if not count]
    first = set(order)
    for key in order:  # which grows
        for head in heads.get(key, ()):
            ranks[head] = max(ranks[head], ranks[key] + 1)
            waiting[head] -= 1
            if not waiting[head]:
                order.append(head)
    given = {item.id for item in view.items if item.kind in ("leaf", "constant")}
    for key in reversed(order):
        if key in heads and (key in first or key in given):
            ranks[key] = min(ranks[head] for head in heads[key]) - 1
    for target, keys in beside.items():
        ranks |= dict.fromkeys(keys, ranks[target])
    return ranks


def line_of(view: View, links: list[Link], ranks: dict[str, int]) -> list[str]:
    """The longest line of items in a box, or outside of all, beside which nothing else runs: it can be broken anywhere.

    Each but the first is reached by the only arrow from its rank or an earlier one to a later one.
    """
    boxes = {item.id: item.box for item in view.items}
    crossing: dict[int, list[Link]] = {}  # by the rank that they leave
    for link in links:
        for rank in range(ranks[link.tail], ranks[link.head]):
            crossing.setdefault(rank, []).append(link)
    lines: dict[str, list[str]] = {}
    for _, (link, *others) in sorted(crossing.items(), key=lambda pair: pair[0]):
        if not others and boxes[link.tail] == boxes[link.head]:
            lines.setdefault(boxes[link.tail], [link.tail]).append(link.head)
    return max(lines.values(), key=len, default=[])


def texts_of(view: View, beside: dict[str, list[str]]) -> dict[int, str]:
    """What is written at arrows, by their places: the argument, where several values come that are told apart.

    Nothing where the operands of an operation can change places, and where a value has the argument's name.
    """
    items = {item.id: item for item in view.items}
    arriving: dict[str, list[tuple[int, str]]] = {}
    texts = {}
    for place, arrow in enumerate(view.arrows):
        target = items[arrow.target]
        if arrow.kind != "data" or target.kind not in ("operation", "result"):
            continue
        if target.title in ALIKE:
            if len(arrow.edges) > 1 and target.repeats == 1:
                texts[place] = f"{len(arrow.edges)} times"
        elif items[arrow.source].kind != "leaf" or not items[arrow.source].box:  # parameters have telling names
            if arrow.source in beside.get(target.id, ()):
                continue
            arguments = dict.fromkeys(view.graph.edges[edge].argument for edge in arrow.edges)
            arriving.setdefault(target.id, []).append((place, ", ".join(filter(None, arguments))))
    for found in arriving.values():
        told = {place: text for place, text in found if ", " not in text}
        if len(set(told.values())) > 1:
            texts |= {place: text for place, text in told.items() if text != own_name(items[view.arrows[place].source])}
        elif len(found) == 1 and not told:  # all operands are one value
            texts[found[0][0]] = found[0][1]
    return texts
