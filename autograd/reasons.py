"""Why a gradient does not arrive, or arrives as it does: walks through a recording, without recursion."""

from __future__ import annotations

import math
from collections import defaultdict
from collections.abc import Collection, Iterable
from dataclasses import dataclass

from autograd.notes import Flow, Operation, Pass, Step, Summary
from autograd.recording import Recording

LEAVING = {
    "numpy()": "an array",
    "data": "an array",
    "tolist()": "numbers",
    "item()": "a number",
    "float()": "a number",
}
_SHOWN = 3  # of several places


@dataclass(frozen=True, slots=True)
class Finding:
    """Why there is no gradient: a word for the reason, sentences, and the operations that they speak of."""

    reason: str
    text: str
    operations: tuple[Operation, ...] = ()


# --- gradients that do not arrive -------------------------------------------------------------------------


class Search:
    """For tensors to which no gradient comes from any of ``roots``: why not."""

    def __init__(self, recording: Recording, roots: Collection[int]) -> None:
        self._recording, self._roots = recording, roots
        self._users: dict[int, list[int]] = defaultdict(list)  # operation -> those that took its result
        for operation in recording.operations:
            for number in {entry.source for entry in operation.inputs if entry.source is not None}:
                self._users[number].append(operation.number)
        self._leading = self._leading_to_roots()

    def why_not_reached(self, start: Operation) -> Finding:
        """Why no gradient comes to the tensor that ``start`` made, and that needs one."""
        if start.number not in self._users:
            return Finding("unused", "Nothing was computed from it while it was recorded.")
        followed = self._followed(start.number)
        if not followed.isdisjoint(self._roots):
            return Finding("no pass", "The loss depends on it, but no backward pass led from the loss to it.")
        cuts = self._cuts_after(followed)
        on_the_way = [cut for cut in cuts if cut.number in self._leading]
        if on_the_way:
            return Finding("cut", "On its way to the loss it is cut off: " + _listed(on_the_way), tuple(on_the_way))
        if all(use.why_not == "no_grad" for use in self._known(self._users[start.number])):
            return Finding("no_grad", "It was used under ag.no_grad() alone: " + _listed(cuts), tuple(cuts))
        return self._elsewhere(followed, cuts)

    def _elsewhere(self, followed: set[int], cuts: list[Operation]) -> Finding:
        ends = self._known(sorted(number for number in followed if number not in self._users))
        text = "The loss does not depend on it" if self._roots else "Nothing that depends on it was differentiated"
        if ends:
            text += f"; the last that was computed from it is {ends[-1]}"
        if cuts:
            return Finding("cut", f"{text}. Before that, it is cut off: {_listed(cuts)}", tuple(cuts))
        return Finding("elsewhere", text + ".", tuple(ends))

    def _known(self, numbers: Iterable[int]) -> list[Operation]:
        return [found for number in numbers if (found := self._recording.find(number)) is not None]

    def _leading_to_roots(self) -> set[int]:
        """The operations that the roots were computed from, in the graph or not."""
        order = list(self._roots)
        seen = set(order)
        for number in order:  # grows as it goes
            for operation in self._known([number]):
                fresh = {entry.source for entry in operation.inputs if entry.source is not None} - seen
                seen.update(fresh)
                order += fresh
        return seen

    def _followed(self, start: int) -> set[int]:
        """The operations to which edges of the graph lead from ``start``."""
        order = [start]
        seen = {start}
        for number in order:  # grows as it goes
            for user in self._users.get(number, ()):
                if user not in seen and self._is_edge(number, user):
                    seen.add(user)
                    order.append(user)
        return seen

    def _cuts_after(self, followed: set[int]) -> list[Operation]:
        """The operations that took a value out of the graph, in their order."""
        found = {user for number in followed for user in self._users.get(number, ()) if not self._is_edge(number, user)}
        return self._known(sorted(found - followed))

    def _is_edge(self, source: int, user: int) -> bool:
        return any(entry.source == source and entry.is_edge for found in self._known([user]) for entry in found.inputs)


def why_no_graph(recording: Recording, made: Operation) -> Finding:
    """Why the result of ``made`` needs no gradient."""
    if made.why_not != "constant":
        return Finding(made.why_not, sentence(made), (made,))
    found: list[Operation] = []
    seen = {made.number}
    waiting = [made]
    while waiting:
        operation = waiting.pop()
        if operation.why_not not in ("", "constant"):
            found.append(operation)
            continue
        for number in [entry.source for entry in operation.inputs if entry.source is not None]:
            source = recording.find(number)
            if source is not None and number not in seen:
                seen.add(number)
                waiting.append(source)
    text = f"It was computed by {made} from constants alone: none of the operands needs a gradient."
    if found:
        found.sort(key=lambda operation: operation.number)
        return Finding("cut", f"{text} What they came from was cut off before: {_listed(found)}", tuple(found))
    return Finding("constant", f"{text} Give the tensors that you differentiate in requires_grad=True.", (made,))


def sentence(cut: Operation) -> str:
    """What an operation whose result is in no graph did, and what to write instead."""
    if cut.name == "detach()":
        return f"detach() takes it out of the graph, at {cut.place}."
    if cut.name in LEAVING:
        return (
            f"{cut.name} makes {LEAVING[cut.name]} of it, at {cut.place}; what is computed from that is not recorded. "
            "Keep to the Tensor: NumPy's functions take it."
        )
    if cut.kind == "cut":
        return f"{cut.name} gives places, counts or truth values, which have no derivative, at {cut.place}."
    if cut.why_not == "no_grad":
        return f"{cut.name} was computed under ag.no_grad(), at {cut.place}."
    if cut.why_not == "integer":
        dtype = cut.results[0].dtype if cut.results else "integers"
        return f"{cut.name} gives {dtype}, which has no derivative, at {cut.place}."
    return f"{cut.name} has no derivative in that argument, at {cut.place}."


def _listed(operations: list[Operation]) -> str:
    """What the first of several cuts did."""
    text = " ".join(sentence(operation) for operation in operations[:_SHOWN])
    return text if len(operations) <= _SHOWN else f"{text} And {len(operations) - _SHOWN} more."


# --- gradients that do ------------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class Link:
    """An operation on the way from a tensor to the loss, and what its rule did to the gradient.

    Attributes
    ----------
    operation: its line and scope say where it is.
    gradient: that came in from the side of the loss.
    flow: the gradient that its rule made of it, for the argument on the way.
    factor: the norm of that over the norm of what came in; NaN where one is not finite.
    """

    operation: Operation
    gradient: Summary
    flow: Flow
    factor: float


class Trace:
    """One backward pass, as it is seen from one tensor.

    Attributes
    ----------
    gradient: that arrived at the tensor; None if none did.
    """

    def __init__(self, recording: Recording, done: Pass, number: int) -> None:
        self.recording, self.done, self.number = recording, done, number
        self._turns = {step.operation: turn for turn, step in enumerate(done.steps)}
        self._into: dict[int, list[tuple[Step, Flow]]] = defaultdict(list)
        for step in done.steps:
            for flow in step.flows:
                self._into[flow.source].append((step, flow))
        self.gradient = done.arrived.get(number) or self._gradient_of(number)

    def path(self) -> tuple[Link, ...]:
        """From the tensor to the loss: at each operation the way by which the largest gradient came."""
        links: list[Link] = []
        number = self.number
        while self._into.get(number):
            step, flow = max(self._into[number], key=lambda entry: _weight(entry[1].gradient))
            links.append(self._link(step, flow))
            number = step.operation
        return tuple(links)

    def losses(self) -> list[Link]:
        """Where the gradient became 0 everywhere, the one nearest to the tensor first."""
        return [link for link in self._links() if link.flow.gradient.is_zero and not link.gradient.is_zero]

    def first_not_finite(self) -> Link | None:
        """Where the gradient became NaN or infinite."""
        found = [link for link in self._links() if link.gradient.is_finite and not link.flow.gradient.is_finite]
        return found[-1] if found else None

    def cancelled(self) -> Operation | None:
        """Where gradients that are not 0 added up to 0."""
        for number in self._numbers():
            total = self.gradient if number == self.number else self._gradient_of(number)
            flows = [flow.gradient for _, flow in self._into.get(number, ())]
            if total is not None and total.is_zero and not all(flow.is_zero for flow in flows):
                return self.recording.find(number)
        return None

    def _numbers(self) -> list[int]:
        """The operations between the tensor and the loss, those near the tensor first."""
        order = [self.number]
        seen = {self.number}
        for number in order:  # grows as it goes
            for step, _ in self._into.get(number, ()):
                if step.operation not in seen:
                    seen.add(step.operation)
                    order.append(step.operation)
        return [self.number, *sorted(order[1:], key=lambda number: -self._turns[number])]

    def _gradient_of(self, number: int) -> Summary | None:
        return self.done.steps[self._turns[number]].gradient if number in self._turns else None

    def _links(self) -> list[Link]:
        return [self._link(step, flow) for number in self._numbers() for step, flow in self._into.get(number, ())]

    def _link(self, step: Step, flow: Flow) -> Link:
        operation = self.recording.find(step.operation)
        assert operation is not None
        factor = flow.gradient.norm / step.gradient.norm if step.gradient.norm else 0.0
        if not (flow.gradient.is_finite and step.gradient.is_finite):
            factor = math.nan
        return Link(operation, step.gradient, flow, factor)


def _weight(gradient: Summary) -> float:
    """By which of several ways is chosen: what is not finite comes first."""
    return gradient.norm if gradient.is_finite else float("inf")
