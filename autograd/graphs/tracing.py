"""Snapshots of one call of a model or function: every operation that led to its results, in the graph or not."""

from __future__ import annotations

import weakref
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, fields, is_dataclass
from types import FrameType
from typing import Any

import numpy as np

from autograd.errors import ArgumentError, describe
from autograd.graphs.building import Builder
from autograd.graphs.data import Facts, Graph, Kind
from autograd.graphs.measures import Measures, backward_from, pass_from
from autograd.graphs.naming import Names
from autograd.graphs.scoping import Scopes
from autograd.graphs.values import facts_of, kept_bytes, memory_id, only_number, options_of
from autograd.modes import current_scope
from autograd.nodes import Leaf, Node, next_number
from autograd.notes import Line, Operation, Pass
from autograd.pullbacks import PART
from autograd.recording import Recording, is_data, is_operand
from autograd.tensors import Tensor
from autograd.values import value_of
from autograd.watching import Call, WatchedPass, user_line, watched_by, whole

LIMIT = 2_000_000  # operations

Place = tuple[int, int]  # number of an operation, and which of its results


def traced_graph(call: Callable[[], Any], names: Names, gradients: bool, timed: int) -> Graph:
    """The snapshot of one call. What the call changes beside its results is the caller's to undo."""
    traces = []
    for _ in range(max(1, timed)):
        trace = Trace(names)
        trace.run(call, gradients)
        traces.append(trace)
    return _Snapshot(traces[-1], names, _Times(traces if timed else [])).take()


@dataclass(slots=True)
class Step:
    """What is noted of an operation beside what its recording says.

    Attributes
    ----------
    scope: which of the scopes that were entered it belongs to.
    sources: each operand that comes from another operation, or from nowhere: an array. By the argument that it is.
    numbers: the numbers among the arguments.
    facts: of each result: elements, distribution.
    kept: bytes that are kept because of it.
    options: what else it was called with, as text.
    """

    scope: int
    sources: list[tuple[str, Place | Any]]
    numbers: list[tuple[str, str]]
    facts: list[Facts]
    kept: int
    options: tuple[tuple[str, str], ...] = ()


class Trace:
    """What a call does, seen by a watcher: its recording, operands by identity, and the scopes that it entered."""

    quiet = False

    def __init__(self, names: Names) -> None:
        self._names = names
        self.recording = Recording("facts", LIMIT)
        self.steps: dict[int, Step] = {}
        self.leaves: dict[int, Tensor] = {}  # by the number of the leaf
        self.results: list[Place | Any] = []
        self.scopes = Scopes(names, current_scope())
        self._outs: dict[int, tuple[weakref.ref[Any], int]] = {}  # id of one of several results -> which it is
        self._arrays: dict[int, tuple[weakref.ref[Any], Place]] = {}  # id of an array -> the operation that made it
        self._given = set(names.owners)  # ids of arrays that are there without the graph
        self._kept = set(self._given)
        self._start = next_number()

    def run(self, call: Callable[[], Any], gradients: bool) -> None:
        """Run the call, and a backward pass from its results if one is wanted and the call made none."""
        self.line = user_line()  # of the call itself, which says nothing about what is inside
        with watched_by(self), self.scopes.undone:
            returned = call()
            results = tensors_in(returned)
            if not results:
                raise ArgumentError(
                    f"graph: the call returned {describe(returned)}, in which there is no Tensor, so there is nothing "
                    "to draw. Return Tensors, alone or in lists, tuples, dicts or dataclasses. Of the arguments of a "
                    "function, floats and arrays of floats become Tensors: 2.0, not 2."
                )
            self.results = [self._source(x) for x in results]
            if gradients and self.backward_pass() is None:
                backward_from(_nodes(results), _nodes(self.leaves.values()))

    def backward_pass(self) -> Pass | None:
        """The backward pass from the results, if there was one."""
        return pass_from(self.recording, [place[0] for place in self.results if isinstance(place, tuple)])

    # --- watching -----------------------------------------------------------------------------------------

    def on_scope(self, path: str | None, owner: Any) -> None:
        """A scope was entered, or left."""
        if path is None:
            self.scopes.leave()
        else:
            self.scopes.enter(path, owner)

    def on_leaf(self, leaf: Leaf) -> None:
        """A leaf was made."""
        self.recording.on_leaf(leaf)

    def on_call(self, call: Call) -> None:
        """A primitive was called."""
        operation = self.recording.on_call(call)
        step = Step(self.scopes.current, [], [], [], 0)
        entries = iter(operation.inputs)
        for name, value in call.operands:
            number = next(entries).source if is_data(value) else None
            array = value_of(value)
            made = self._arrays.get(id(array))
            if number is not None:
                step.sources.append((name, self._known(number, value)))
            elif made is not None and made[0]() is array:  # rules hand on what was computed as plain arrays
                step.sources.append((name, made[1]))
            else:
                self._add_constant(step, call, name, array)
        for place, out in enumerate(call.results):
            if len(call.results) > 1:
                self._outs[id(out)] = weakref.ref(out), place
            step.facts.append(facts_of(out._array, operation.results[place]))
            if isinstance(out._array, np.ndarray):
                self._arrays[id(out._array)] = weakref.ref(out._array), (operation.number, place)
        if operation.options:
            step.options = options_of(call.primitive, operation.options)
        if call.node is not None:
            step.kept = kept_bytes(call.node, self._kept)
        self.steps[operation.number] = step

    def _known(self, number: int, value: Any) -> Place:
        if number not in self.steps and isinstance(value, Tensor) and value._node is not None:
            node = whole(value._node)
            if isinstance(node, Leaf) or node.number < self._start:
                self.leaves.setdefault(number, value)
                self._given.add(memory_id(value._array))
                self._kept.add(memory_id(value._array))
            else:
                self._add_segment(number, node, value)
        return self._place(number, value)

    def _add_segment(self, number: int, node: Node, value: Tensor) -> None:
        """Note a function that was recorded as one node, without a call of a primitive: that of `ag.checkpoint`."""
        step = self.steps[number] = Step(self.scopes.latest(node.scope), [], [], [facts_of(value._array)], 0)
        step.kept = kept_bytes(node, set(self._given))  # what its inner operations kept is gone
        for argument, source in zip(node.pullback.arguments_of(node), node.inputs, strict=True):
            step.sources.append((argument, self._place_of(source)))

    def _place_of(self, source: Node) -> Place:
        number = self.recording.number_at(source)
        if isinstance(source, Leaf):
            tensor = source.tensor()
            return (number, 0) if tensor is None else self._known(number, tensor)
        return number, source.kept[0] if source.pullback is PART else 0

    def _place(self, number: int, value: Any) -> Place:
        known = self._outs.get(id(value))
        return number, known[1] if known is not None and known[0]() is value else 0

    def _source(self, result: Tensor) -> Place | Any:
        if result._node is not None:
            return self._known(self.recording.number_at(result._node), result)
        operation = self.recording.find(result)
        return result._array if operation is None else self._known(operation.number, result)

    def _add_constant(self, step: Step, call: Call, name: str, value: Any) -> None:
        is_array = isinstance(value, (np.ndarray, np.generic))
        if is_array and (value.ndim or self._names.of(value)):
            step.sources.append((name, value))
        elif (is_array or isinstance(value, (int, float))) and is_operand(call.primitive, name):
            step.numbers.append((name, f"{value:.6g}"))

    def on_cut(self, name: str, operands: Any, result: Any, caller: FrameType) -> None:
        """A Tensor was turned into something outside of the graph."""
        operation = self.recording.on_cut(name, operands, result, caller)
        if operation is not None and operation.number not in self.steps:
            sources = [(entry.argument, (entry.source, 0)) for entry in operation.inputs if entry.source is not None]
            self.steps[operation.number] = Step(self.scopes.current, list(sources), [], [], 0)

    def on_sweep(self, roots: Any, order: list[Node], targets: Any, create_graph: bool) -> WatchedPass:
        """A backward pass begins."""
        return self.recording.on_sweep(roots, order, targets, create_graph)

    def place_of(self, node: Node) -> str:
        """Where a node was made; empty where that is not known."""
        return self.recording.place_of(node)


def _nodes(tensors: Iterable[Tensor]) -> list[Node]:
    return [tensor._node for tensor in tensors if tensor._node is not None]


def tensors_in(value: Any) -> list[Tensor]:
    """The Tensors in what a call returned, also in lists, tuples, dicts and dataclasses."""
    found, waiting = [], [value]
    while waiting:
        part = waiting.pop()
        if isinstance(part, Tensor):
            found.append(part)
        elif isinstance(part, Mapping):
            waiting += reversed(list(part.values()))
        elif isinstance(part, (list, tuple)):
            waiting += reversed(part)
        elif is_dataclass(part) and not isinstance(part, type):
            waiting += reversed([getattr(part, entry.name) for entry in fields(part)])
    return found


# --- putting it together ----------------------------------------------------------------------------------


class _Snapshot:
    """Walks what led to the results and lists plain nodes."""

    def __init__(self, trace: Trace, names: Names, times: _Times) -> None:
        self.trace, self.names, self.times = trace, names, times
        self.measures = Measures(trace.recording, trace.backward_pass())
        self.builder = Builder(names, self.measures)
        self.order = self._in_order()
        used = [trace.steps[number].scope for number in self.order if number in trace.steps]
        self.paths, self.kinds = trace.scopes.paths(used)
        self.roots = {place for place in trace.results if isinstance(place, tuple)}
        self.ids: dict[Place, int] = {}
        self.lines: dict[Line, str] = {}  # text of those that were met

    def take(self) -> Graph:
        for number in self.order:
            operation = self.trace.recording.find(number)
            assert operation is not None
            if operation.number in self.trace.leaves or operation.kind == "leaf":
                self._add_leaf(operation)
            else:
                self._add_operation(operation)
        for value in self.trace.results:
            if not isinstance(value, tuple):
                self.builder.constant("result", value)
        return self.builder.finish(self.names.paths | self.kinds)

    def _in_order(self) -> list[int]:
        """Operations that the results depend on, in the order in which they were computed.

        What was recorded as one node is met when it is first used, and what it was computed from after it.
        """
        order = list(dict.fromkeys(place[0] for place in self.trace.results if isinstance(place, tuple)))
        seen = set(order)
        for number in order:  # grows as it goes
            fresh = [source for source in dict.fromkeys(self._sources(number)) if source not in seen]
            seen.update(fresh)
            order += fresh
        done: dict[int, None] = {}
        stack = sorted(order, reverse=True)
        while stack:
            missing = [source for source in self._sources(stack[-1]) if source not in done]
            if missing:
                stack += missing
            else:
                done.setdefault(stack.pop())
        return list(done)

    def _sources(self, number: int) -> list[int]:
        step = self.trace.steps.get(number)
        return [] if step is None else [place[0] for _, place in step.sources if isinstance(place, tuple)]

    def _add_leaf(self, operation: Operation) -> None:
        tensor = self.trace.leaves.get(operation.number)
        array = None if tensor is None else tensor._array
        name = "" if tensor is None or tensor._node is None else self.names.of_node.get(tensor._node, "")
        facts = self.measures.facts(operation.number, array, **self.times.of(operation.number))
        self.ids[operation.number, 0] = number = self._add(operation, "leaf", "", name, facts)
        if tensor is not None and type(tensor) is not Tensor:
            self.builder.inner.add(number)

    def _add_operation(self, operation: Operation) -> None:
        step = self.trace.steps.get(operation.number)
        own: dict[str, Any] = {} if step is None else {"kept": step.kept, "multiply_adds": operation.multiply_adds}
        shown: dict[str, Any] = {}
        if step is not None:
            shown = {"arguments": tuple(step.numbers), "options": step.options, "scope": self.paths[step.scope]}
        several = len(operation.results) > 1
        if step is not None and not several and step.facts:
            known = step.facts[0]
            own |= {"value": known.value, "numbers": known.numbers, "histogram": known.histogram}
        facts = self.measures.facts(operation.number, **own, **self.times.of(operation.number))
        sources = [] if step is None else [(self._id(source, argument), argument) for argument, source in step.sources]
        kind: Kind = "operation" if several and operation.node else self._kind(operation, 0)
        place = self._add(operation, kind, operation.name, "", facts, **shown)
        self.builder.connect(place, sources)
        self.ids[operation.number, 0] = place
        if several:
            self._add_parts(operation, step, place)

    def _add_parts(self, operation: Operation, step: Step | None, whole: int) -> None:
        """A node for each of several results."""
        for place, summary in enumerate(operation.results):
            facts = Facts(value=summary) if step is None else step.facts[place]
            number = self.builder.add(
                operation.number,
                kind=self._kind(operation, place),
                op="part",
                shape=summary.shape,
                dtype=summary.dtype,
                scope=self.builder.nodes[whole].scope,
                arguments=(("place", str(place)),),
                facts=facts,
            )
            self.builder.connect(number, [(whole, "x")])
            self.ids[operation.number, place] = number

    def _add(self, operation: Operation, kind: Kind, op: str, name: str, facts: Facts, **more: Any) -> int:
        one = operation.results[0] if len(operation.results) == 1 else None
        return self.builder.add(
            operation.number,
            kind=kind,
            op=op,
            name=name,
            shape=None if one is None else one.shape,
            dtype="" if one is None else one.dtype,
            value=facts.numbers[0] if one is not None and one.size == len(facts.numbers) == 1 else None,
            grad=only_number(facts.gradient),
            line=self._line(operation) if op else "",
            facts=facts,
            **more,
        )

    def _line(self, operation: Operation) -> str:
        if operation.line is None or operation.line == self.trace.line:
            return ""
        if operation.line not in self.lines:
            self.lines[operation.line] = str(operation.line)
        return self.lines[operation.line]

    def _kind(self, operation: Operation, place: int) -> Kind:
        if (operation.number, place) in self.roots:
            return "result"
        return "operation" if operation.node else "constant"

    def _id(self, source: Place | Any, argument: str) -> int:
        return self.ids[source] if isinstance(source, tuple) else self.builder.constant(argument, source)


class _Times:
    """The shortest times of each operation, of several calls that did the same; none without calls."""

    def __init__(self, traces: list[Trace]) -> None:
        self._forward: dict[int, float] = {}
        self._backward: dict[int, float] = {}
        names = [[operation.name for operation in trace.recording.operations] for trace in traces]
        for trace, same in zip(traces, names, strict=True):
            if same == names[-1]:
                for operation in trace.recording.operations:
                    if operation.kind == "operation":
                        _lower(self._forward, operation.number, operation.seconds)
                done = trace.backward_pass()
                for step in () if done is None else done.steps:
                    _lower(self._backward, step.operation, step.seconds)

    def of(self, number: int) -> dict[str, float | None]:
        """Those of one operation, as facts."""
        return {"forward": self._forward.get(number), "backward": self._backward.get(number)}


def _lower(times: dict[int, float], number: int, seconds: float) -> None:
    times[number] = min(seconds, times.get(number, seconds))
