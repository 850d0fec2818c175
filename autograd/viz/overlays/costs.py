"""What a step costs: memory, time, multiply-adds. An item takes what its nodes take together."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

from autograd.errors import ArgumentError
from autograd.viz.overlays.measuring import PART, RECORDED, TIMED, not_measured, passes_of
from autograd.viz.overlays.scales import linear, painted
from autograd.viz.overlays.words import called, percent, scaled, unknown
from autograd.viz.painting import Legend, Painting
from autograd.viz.views import Item, View, nodes_of


@dataclass(frozen=True, slots=True)
class Cost:
    """An overlay of something that operations take and that adds up.

    Attributes
    ----------
    overlay: its name.
    title, unit: for the legend.
    forward, backward: the attributes of ``Facts`` that say what an operation and its derivative take; empty for
        nothing. Where the backward pass is not drawn, what derivatives take is added to that of their operations.
    remedy: how to get a snapshot in which it is known.

    Raises ArgumentError where it is not known of any operation, or where only the pass is drawn that does not take it.

    >>> import autograd as ag
    >>> from autograd.viz.views import whole_view
    >>> x = ag.tensor([1.0] * 1000, requires_grad=True)
    >>> by_memory(whole_view(ag.graph(ag.exp(x).sum()))).items["n1"].lines
    ('4 kB · 100%',)
    """

    overlay: str
    title: str
    unit: str
    forward: str
    backward: str
    remedy: str

    def __call__(self, view: View) -> Painting:
        """The share of the whole that each item takes, on a linear scale; what takes nothing is not coloured."""
        found, missing, count = self._amounts(view)
        if not found:
            raise not_measured(self.overlay, f"measurement of the {self.title}", self.remedy)
        whole = sum(found.values())
        scale = linear(found.values(), self._text)
        paints = {}
        for key, amount in found.items():
            if scale is not None and amount:
                paints[key] = painted(scale.color(amount), f"{self._text(amount)} · {percent(amount / whole)}")
        gaps = tuple(self._untimed(view)) or unknown(missing, count, self.title)
        ends = ((), ()) if scale is None else (scale.colors, scale.ticks)
        return Painting(paints, Legend(self.title, *ends, notes=(self._answer(view, found, whole), *gaps)))

    def _amounts(self, view: View) -> tuple[dict[str, float], int, int]:
        """What the nodes of each item take together; and of how many operations, of all, it is not known."""
        passes = passes_of(view)
        if passes == "backward" and not self.backward:
            raise ArgumentError(
                f"overlay={self.overlay!r} is of the forward pass, which is not drawn here. Draw it with "
                'passes="forward" or passes="both".'
            )
        found: dict[str, float] = {}
        missing = count = 0
        for item in view.items:
            names = [self.forward, self.backward]
            if passes != "forward":
                names = names[1:] if item.kind == "gradient" else names[:1]
            facts = [node.facts for node in nodes_of(view, item) if node.op not in ("", PART) and any(names)]
            taken = [[getattr(each, name) for name in names if name] for each in facts]
            known = [sum(filter(None, amounts)) for amounts in taken if amounts.count(None) < len(amounts)]
            count, missing = count + len(taken), missing + len(taken) - len(known)
            if known:
                found[item.id] = sum(known)
        return found, missing, count

    def _text(self, amount: float) -> str:
        return scaled(amount, self.unit)

    def _answer(self, view: View, found: dict[str, float], whole: float) -> str:
        """A sentence: how much it is in all, and which item takes most of it."""
        if not whole:
            return f"{self._text(0)} in all."
        most = max(found, key=lambda key: found[key])
        item = next(item for item in view.items if item.id == most)
        return f"{self._text(whole)} in all; most in {_name(view, item)}: {percent(found[most] / whole)}."

    def _untimed(self, view: View) -> Iterator[str]:
        """A sentence on a pass that was not measured at all, where another one was."""
        for name in filter(None, (self.forward, self.backward)):
            if all(getattr(node.facts, name) is None for node in view.graph.nodes):
                yield f"The {name} pass was not measured."


def _name(view: View, item: Item) -> str:
    """What a sentence calls an item."""
    if len(item.nodes) == 1:
        name = called(view.graph.nodes[item.nodes[0]])
        return f"the derivative of {name}" if item.kind == "gradient" else name
    return " · ".join(filter(None, [item.name, item.title])) or "an operation without a name"


by_memory = Cost(
    "memory", "memory kept for the backward pass", "B", "kept", "", "Take it of a loss: ag.graph(loss, model)."
)
by_forward = Cost("forward", "time of the forward pass", "s", "forward", "", TIMED)
by_backward = Cost("backward", "time of the backward pass", "s", "", "backward", TIMED)
by_time = Cost("time", "time of both passes", "s", "forward", "backward", TIMED)
by_multiply_adds = Cost("multiply-adds", "multiply-adds", "", "multiply_adds", "", RECORDED)
