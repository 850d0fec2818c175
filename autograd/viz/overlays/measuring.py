"""What is known of an item of a view that stands for many nodes: of the results that leave it, of its nodes."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence

import numpy as np

from autograd.errors import ArgumentError
from autograd.graphs import GraphNode
from autograd.notes import Summary, combined, summarize
from autograd.viz.passes import Passes
from autograd.viz.views import Item, View

Fact = Callable[[GraphNode], Summary | None]

PART = "part"  # the name of what takes one of several results of an operation
GRADIENTS = "Take it with ag.graph(loss, model, gradients=True), or of a loss.backward() under ag.record()."
RECORDED = (
    "Compute the loss under `with ag.record():` before ag.graph(loss, model), or trace a call: ag.graph(model, x)."
)
TIMED = (
    "Compute the loss under `with ag.record():` before ag.graph(loss, model, gradients=True), or trace a call: "
    "ag.graph(model, x, gradients=True, timed=5)."
)


def not_measured(overlay: str, what: str, remedy: str) -> ArgumentError:
    """The error for an overlay of what a snapshot does not tell."""
    return ArgumentError(f"overlay={overlay!r}: this snapshot has no {what}. {remedy}")


def value_of(node: GraphNode) -> Summary | None:
    """Facts about a node's value; of a number that is known, also where nothing was recorded."""
    return _known(node.facts.value, node.value)


def gradient_of(node: GraphNode) -> Summary | None:
    """Facts about the gradient that came to a node."""
    return _known(node.facts.gradient, node.grad)


def _known(facts: Summary | None, number: float | None) -> Summary | None:
    if facts is not None and facts.is_measured:
        return facts
    return None if number is None else summarize(np.float64(number))


def computed(view: View) -> list[Item]:
    """The items that stand for operations, or for their derivatives: all but leaves and constants."""
    return [
        item for item in view.items if any(view.graph.nodes[number].op not in ("", "alias") for number in item.nodes)
    ]


def passes_of(view: View) -> Passes:
    """Which passes a view shows. Of the forward pass, the backward pass alone has the leaves, where it ends."""
    kinds = {item.kind for item in view.items}
    if "gradient" not in kinds:
        return "forward"
    return "backward" if kinds <= {"leaf", "gradient"} else "both"


def values_drawn(view: View) -> dict[str, list[Summary]]:
    """What an overlay of values looks at: of items of a backward pass, their gradients."""
    backward = passes_of(view) == "backward"
    facts = {item.id: gradient_of if backward or item.kind == "gradient" else value_of for item in view.items}
    return by_item(view, facts)


def by_item(view: View, facts: Mapping[str, Fact]) -> dict[str, list[Summary]]:
    """For each item of which ``facts`` speaks and something is known: facts about what leaves it.

    Several results that leave an item count as one array; of a block that is repeated there are facts for each of its
    results.
    """
    found: dict[str, list[Summary]] = {}
    nodes, exits = view.graph.nodes, leaving(view)
    wholes = {edge.target: edge.source for edge in view.graph.edges if nodes[edge.target].op == PART}
    for item in view.items:
        if item.id in facts:
            numbers = exits[item.id]
            if facts[item.id] is gradient_of:  # which is known of all results of an operation together
                numbers = list(dict.fromkeys(wholes.get(number, number) for number in numbers))
            known = [summary for number in numbers if (summary := facts[item.id](nodes[number])) is not None]
            if known:
                found[item.id] = known if item.repeats > 1 else [_together(known)]
    return found


def _together(parts: list[Summary]) -> Summary:
    return combined(parts)._replace(dead=sum(part.dead for part in parts)) if len(parts) > 1 else parts[0]


def leaving(view: View) -> dict[str, list[int]]:
    """For each item, the nodes whose results leave it, also to its own next repetition, or are what the graph computes.

    Where nothing leaves it, all its nodes.
    """
    backward = {item.id for item in view.items if item.kind == "gradient"}
    found: dict[str, dict[int, None]] = {}
    for arrow in view.arrows:
        against = arrow.source in backward or arrow.target in backward  # gradients flow against the edges
        key = arrow.target if against else arrow.source
        found.setdefault(key, {}).update((view.graph.edges[place].source, None) for place in arrow.edges)
    return {item.id: _exits(view.graph.nodes, item, found.get(item.id, {})) for item in view.items}


def _exits(nodes: Sequence[GraphNode], item: Item, used: Mapping[int, None]) -> list[int]:
    """Results, or what is used; computed ones before parameters that others use as well."""
    exits = [n for n in item.nodes if n in used or nodes[n].kind == "result"] or list(item.nodes)
    return [n for n in exits if nodes[n].op not in ("", "alias")] or exits
