"""What is said when the pointer rests on an item or an arrow of an SVG: all that is known of it."""

from __future__ import annotations

import math

from autograd.graphs import GraphNode
from autograd.viz.overlays.words import between, percent, scaled
from autograd.viz.views import Arrow, Item, View, nodes_of
from autograd.viz.wording import Ports, printable, shapes_of, size_of

ARROWS = {"again": "to the next repetition", "gradient": "gradient", "kept": "kept for the derivative"}


def tooltips(view: View) -> dict[str, str]:
    """The texts, by the names that items and arrows have in the description."""
    ports = Ports(view)
    found = {item.id: "\n".join(_of_item(view, item, ports)) for item in view.items}
    forwards = {f"{arrow.source}->{arrow.target}": _of_arrow(view, arrow) for arrow in view.arrows}
    backwards = {
        f"{arrow.target}->{arrow.source}": _of_arrow(view, arrow) for arrow in view.arrows
    }  # some are drawn so
    return found | backwards | forwards


def _of_item(view: View, item: Item, ports: Ports) -> list[str]:
    nodes = nodes_of(view, item)
    node = nodes[0]
    many = f" × {item.repeats:,}" if item.repeats > 1 else ""
    if item.kind in ("module", "rest"):
        what = " · ".join(dict.fromkeys(filter(None, [item.name, item.title])))
        ends = filter(None, dict.fromkeys([shapes_of(ports.into(item)), shapes_of(ports.out_of(item))]))
        learned = size_of(nodes)
        lines = [f"{what}{many}: {len(nodes):,} node{'s' * (len(nodes) != 1)}", " → ".join(ends)]
        lines += [f"{learned:,} parameters"] if learned else []
    else:
        what = " = ".join(filter(None, [item.name, item.title])) or item.kind
        gradient = "gradient of " if item.kind == "gradient" else ""
        lines = [f"{gradient}{what}{many}", f"{node.shape or ''} {node.dtype}".strip()]
        lines += [f"{argument}: {value}" for argument, value in (*node.arguments, *node.options)]
        lines += _of_values(nodes)
    lines += [*_costs(nodes), f"in {node.scope}" if node.scope else "", _line(nodes)]
    return [printable(line) for line in lines if line]


def _of_values(nodes: list[GraphNode]) -> list[str]:
    """The range of the values, and the size of the gradients, of nodes that are alike."""
    values = [known for node in nodes if (known := node.facts.value) is not None and not math.isnan(known.norm)]
    norms = [known.norm for node in nodes if (known := node.facts.gradient) is not None and not math.isnan(known.norm)]
    lines = []
    if values:
        lines.append(f"value {between(min(v.low for v in values), max(v.high for v in values))}")
        zeros, size = sum(v.zeros for v in values), sum(v.size for v in values)
        lines += [f"{percent(zeros / size)} zeros"] if zeros and size > 1 else []
    for word, facts in (
        ("value", [node.facts.value for node in nodes]),
        ("gradient", [n.facts.gradient for n in nodes]),
    ):
        count = sum(known.nans + known.infinities for known in facts if known is not None)
        lines += [f"{word}: {count:,} NaN or infinite"] if count else []
    return [*lines, f"gradient norm {between(min(norms), max(norms))}"] if norms else lines


def _costs(nodes: list[GraphNode]) -> list[str]:
    """What is measured of memory, time and work, of all nodes together."""
    totals: dict[str, float] = {}
    for node in nodes:
        for fact in ("kept", "forward", "backward", "multiply_adds"):
            known = getattr(node.facts, fact)
            if known is not None:
                totals[fact] = totals.get(fact, 0) + known
    forms = [
        ("kept", "B", "{} kept for the backward pass"),
        ("forward", "s", "forward {}"),
        ("backward", "s", "backward {}"),
        ("multiply_adds", "", "{} multiply-adds"),
    ]
    return [form.format(scaled(totals[fact], unit)) for fact, unit, form in forms if totals.get(fact)]


def _line(nodes: list[GraphNode]) -> str:
    """The line of the program, or the first one and how many more there are."""
    lines = list(dict.fromkeys(node.line for node in nodes if node.line))
    return "" if not lines else lines[0] if len(lines) == 1 else f"{lines[0]} and {len(lines) - 1} more lines"


def _of_arrow(view: View, arrow: Arrow) -> str:
    edges = [view.graph.edges[place] for place in arrow.edges]
    arguments = ", ".join(dict.fromkeys(edge.argument for edge in edges if edge.argument))
    norms = [edge.gradient for edge in edges if edge.gradient is not None]
    words = [ARROWS.get(arrow.kind, ""), arguments, f"gradient norm {between(min(norms), max(norms))}" if norms else ""]
    return printable(", ".join(filter(None, words)))
