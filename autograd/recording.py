"""`ag.record`: what operations and backward passes compute, cost and come from, for reports to read."""

from __future__ import annotations

import math
from collections.abc import Iterable, Mapping, Sequence
from contextvars import ContextVar
from types import FrameType
from typing import Any, Literal

import numpy as np

from autograd.broadcasting import broadcasts_to, sum_to
from autograd.errors import ArgumentError
from autograd.modes import current_scope, is_grad_enabled
from autograd.nodes import RELEASED, Leaf, Node, arrays_in
from autograd.notes import (
    Flow,
    Input,
    Operation,
    Pass,
    Reason,
    Step,
    Summary,
    combined,
    dtype_name,
    is_plain,
    outline,
    summarize,
)
from autograd.origins import Origins
from autograd.primitives import Primitive
from autograd.pullbacks import PART, Parts
from autograd.tensors import Tensor
from autograd.values import value_of
from autograd.watching import Call, line_of, running_rules, start_watching, stop_watching, user_line, watchers, whole

Detail = Literal["flow", "facts", "values"]

_last: ContextVar[Recording | None] = ContextVar("last recording", default=None)
_ALIKE = {"zeros_like", "ones_like", "empty_like", "full_like"}  # their results do not depend on values


def record(values: bool = False, limit: int = 200_000) -> Recording:
    """Record what this thread does with Tensors in a block: operations, times, bytes, lines, gradients.

    The recording is there to be read afterwards: its ``summary()`` says what took time and memory, `ag.explain` why a
    gradient is None, zero or huge. It holds facts and keeps no tensor alive; the last one of a thread is remembered.
    Outside of such blocks nothing is recorded, and nothing costs more.

    Parameters
    ----------
    values: whether to keep copies of all results and gradients too.
    limit: how many operations to keep at least; earlier ones are forgotten.

    Raises ArgumentError for a limit below 1.

    >>> import autograd as ag
    >>> x = ag.tensor([1.0, 2.0], requires_grad=True)
    >>> with ag.record() as recording:
    ...     loss = (x * x).sum()
    ...     loss.backward()
    >>> [operation.name for operation in recording.operations]
    ['leaf', 'multiply', 'sum']
    >>> print(recording[loss].results[0])
    () float32, 5
    """
    if limit < 1:
        raise ArgumentError(f"record: limit={limit}; want how many operations to keep, 1 or more.")
    return Recording("values" if values else "facts", limit)


def current_recording() -> Recording | None:
    """The recording that is active in this thread, or else the last one that was; None where there was none."""
    active: list[Recording] = [watcher.recording for watcher in watchers()]
    active.sort(key=lambda recording: recording.detail != "flow")
    return active[-1] if active else _last.get()


def remember(recording: Recording) -> None:
    """Make ``recording``, of flow alone, the last one of this thread, unless one that tells more is active."""
    if all(watcher.recording.detail == "flow" for watcher in watchers()):
        _last.set(recording)


class Recording:
    """What `ag.record` recorded: a context manager, and plain data when its block is over.

    It may be entered again, and then adds to what it has. Of errors in its block it lets all through; `record` makes it
    and raises for arguments that do not fit.

    Parameters
    ----------
    detail: ``"flow"``, what came from what; ``"facts"``, about values too; ``"values"``, copies of these as well.
    limit: how many operations to keep at least, 1 or more.

    >>> import autograd as ag
    >>> with ag.record() as recording:
    ...     ag.exp(ag.tensor(0.0))
    Tensor(1., dtype=float32)
    >>> recording
    <Recording of 1 operation and 0 backward passes>
    """

    quiet = False

    def __init__(self, detail: Detail, limit: int) -> None:
        self.detail = detail  # "flow": what came from what; "facts": also about values; "values": also these
        self._limit = limit
        self._operations: list[Operation] = []  # the last of all that there were
        self._count = 0
        self._passes: list[Pass] = []
        self._steps = 0  # in all of these
        self._by_node: dict[int, int] = {}  # number of a node -> number of its operation
        self._cuts: dict[Any, int] = {}
        self._origins = Origins()

    @property
    def recording(self) -> Recording:
        """Itself: what a watcher notes."""
        return self

    def copy(self) -> Recording:
        """A recording of facts that knows the same operations, and has no passes yet."""
        other = Recording("facts", self._limit)
        other._operations, other._count, other._by_node = self._operations.copy(), self._count, self._by_node.copy()
        return other

    # --- reading --------------------------------------------------------------------------------------

    @property
    def operations(self) -> tuple[Operation, ...]:
        """Operations, leaves and cuts, in the order in which they were met."""
        return tuple(self._operations)

    @property
    def passes(self) -> tuple[Pass, ...]:
        """Backward passes, in the order in which they ended."""
        return tuple(self._passes)

    def find(self, x: Tensor | Node | int) -> Operation | None:
        """The operation that made a tensor or a node, or that has this number; None where it is not known."""
        number = x if isinstance(x, int) else self._number_of(x)
        first = self._count - len(self._operations)
        return None if number is None or number < first else self._operations[number - first]

    def __getitem__(self, x: Tensor | Node) -> Operation:
        """The operation that made a tensor or a node; raises KeyError where it is not known."""
        found = self.find(x)
        if found is None:
            raise KeyError("this recording does not know the tensor: it was made earlier, in another thread or NumPy")
        return found

    def summary(self) -> str:
        """A table of the primitives: how often each was called and what it took, the slowest first.

        Times are those of forward functions and derivative rules alone. What several operations keep for the
        backward pass is counted for each.
        """
        return _table(self._operations, self._passes)

    def __repr__(self) -> str:
        calls, passes = sum(operation.kind == "operation" for operation in self._operations), len(self._passes)
        of_calls, of_passes = f"{calls} operation{'s' * (calls != 1)}", f"{passes} backward pass{'es' * (passes != 1)}"
        return f"<Recording of {of_calls} and {of_passes}>"

    # --- being active ---------------------------------------------------------------------------------

    def __enter__(self) -> Recording:
        start_watching(self)
        _last.set(self)
        return self

    def __exit__(self, *exception: Any) -> None:
        stop_watching(self)

    # --- watching -------------------------------------------------------------------------------------

    def on_call(self, call: Call) -> Operation:
        """A primitive was called."""
        node = call.node
        edges = () if node is None else node.pullback.wanted
        inputs = tuple([self._input(name, value, name in edges) for name, value in call.operands if is_data(value)])
        arrays = [out._array for out in call.results]
        rules = running_rules()
        plain = () if self.detail == "flow" else tuple([pair for pair in call.operands if is_plain(pair[1])])
        operation = self._add(
            "operation",
            call.primitive.name,
            inputs=inputs,
            numbers=tuple([pair for pair in plain if _is_number(call.primitive, *pair)]),
            options=tuple([pair for pair in plain if not is_operand(call.primitive, pair[0])]),
            results=tuple([self._facts(array) for array in arrays]),
            values=tuple(map(np.array, arrays)) if self.detail == "values" else (),
            seconds=call.seconds,
            nbytes=sum([array.nbytes for array in arrays]),
            multiply_adds=_multiply_adds(call.primitive, call.operands, arrays),
            kept=0 if node is None else _bytes_in(node),
            line=call.line,
            scope=current_scope(),
            node=0 if node is None else node.number,
            why_not="" if node is not None else _why_not(inputs, arrays),
            rule_of=self._by_node.get(rules[0].number) if rules else None,
        )
        for out in call.results:
            if out._node is None:
                self._origins.enter(out, operation.number)
            else:
                self._by_node[out._node.number] = operation.number
        return operation

    def on_cut(self, name: str, operands: Any, result: Any, caller: FrameType) -> Operation | None:
        """The user turned a Tensor into something outside of the graph."""
        tensors = [x for x in operands if isinstance(x, Tensor)]
        inputs = tuple(
            [self._input("x", x, False) for x in tensors if x._node is not None or self._number_of(x) is not None]
        )
        if not inputs or name in _ALIKE or not isinstance(result, (np.ndarray, np.generic, float, list, Tensor)):
            return None
        line = line_of(caller)
        key = (name, line, *[entry.source for entry in inputs])
        operation = self.find(self._cuts.get(key, -1))
        if operation is None:
            results = (outline(result),) if hasattr(result, "shape") else ()
            operation = self._add(
                "cut", name, inputs=inputs, results=results, line=line, scope=current_scope(), why_not="cut"
            )
            self._cuts[key] = operation.number
        self._origins.enter(result, operation.number, tensors[0])
        return operation

    def on_leaf(self, leaf: Leaf) -> Operation:
        """A leaf was made, or is met for the first time."""
        facts = (Summary(leaf.shape, dtype_name(leaf.dtype), math.prod(leaf.shape)),)
        return self._add("leaf", "leaf", results=facts, line=user_line(), node=leaf.number)

    def on_scope(self, path: str | None, owner: Any) -> None:
        """A scope was entered or left: operations know theirs."""

    def on_sweep(self, roots: Any, order: list[Node], targets: Any, create_graph: bool) -> _PassNotes:
        """A backward pass begins."""
        return _PassNotes(self, roots, order, targets is None, create_graph)

    def place_of(self, node: Node) -> str:
        """Where a node was made; empty where that is not known."""
        operation = self.find(node)
        return operation.place if operation is not None and operation.line is not None else ""

    def number_at(self, node: Node) -> int:
        """The number of the operation that made a node; one that was made before the recording is noted now."""
        number = self._by_node.get(node.number)
        if number is None:
            if whole(node) is not node:
                number = self._by_node[node.number] = self.number_at(whole(node))
            elif isinstance(node, Leaf):
                number = self.on_leaf(node).number
            else:
                number = self._add_earlier(node).number
        return number

    def add_pass(self, done: Pass) -> None:
        """A backward pass is over."""
        self._passes.append(done)
        self._steps += 1 + len(done.steps)
        while self._steps > 2 * self._limit and len(self._passes) > 1:
            self._steps -= 1 + len(self._passes.pop(0).steps)

    # --- taking notes -----------------------------------------------------------------------------------

    def _add(self, kind: Any, name: str, **facts: Any) -> Operation:
        operation = Operation(self._count, kind, name, **facts)
        self._count += 1
        self._operations.append(operation)
        if operation.node:
            self._by_node[operation.node] = operation.number
        if len(self._operations) >= 2 * self._limit:
            del self._operations[: self._limit]
            first = self._operations[0].number
            self._by_node = {node: number for node, number in self._by_node.items() if number >= first}
            self._cuts = {key: number for key, number in self._cuts.items() if number >= first}
        return operation

    def _add_earlier(self, node: Node) -> Operation:
        edges = zip(node.pullback.arguments_of(node), node.inputs, strict=True)
        inputs = [
            Input(name, x.shape, dtype_name(x.dtype), True, True, self._by_node.get(x.number)) for name, x in edges
        ]
        compound = node.kind is Parts
        facts = () if compound else (Summary(node.shape, dtype_name(node.dtype), math.prod(node.shape)),)
        return self._add(
            "operation",
            node.name,
            inputs=tuple(inputs),
            results=facts,
            kept=_bytes_in(node),
            multiply_adds=multiply_adds_of(node),
            scope=node.scope,
            node=node.number,
        )

    def _number_of(self, x: Tensor | Node) -> int | None:
        node = x if isinstance(x, Node) else x._node
        return self._origins.find(x) if node is None else self._by_node.get(node.number)

    def _input(self, argument: str, value: Any, is_edge: bool) -> Input:
        node = value._node if isinstance(value, Tensor) else None
        source = self._origins.find(value) if node is None else self.number_at(node)
        array = value_of(value)
        kind = getattr(array, "dtype", None)
        if kind is None:
            shape = () if isinstance(array, float) else np.shape(array)
            return Input(argument, shape, type(array).__name__, False, False, source)
        return Input(argument, array.shape, dtype_name(kind), node is not None, node is not None and is_edge, source)

    def _facts(self, array: Any) -> Summary:
        return outline(array) if self.detail == "flow" else summarize(array)


def is_data(value: Any) -> bool:
    """Whether an argument is a tensor, an array or a float, rather than an option such as an axis."""
    while isinstance(value, list) and value:
        value = value[0]
    return isinstance(value, (Tensor, np.ndarray, np.generic, float))


def _multiply_adds(primitive: Primitive, operands: Iterable[tuple[str, Any]], results: Sequence[Any]) -> int | None:
    """How many a call made; None where the shapes do not tell. Elements of a sequence are operands one by one."""
    if primitive.multiply_adds is None:
        return 0
    known: dict[str, Any] = {}
    for name, value in operands:
        array = value_of(value)
        told = (
            np.shape(array)
            if _is_number(primitive, name, array) or isinstance(array, (np.ndarray, np.generic))
            else array
        )
        if name in primitive.sequences:
            known.setdefault(name, []).append(told)
        elif told is not None:
            known[name] = told
    return primitive.count_multiply_adds(known, results[0].shape)


def multiply_adds_of(node: Node) -> int | None:
    """How many the operation of a node made; None where its edges and what it keeps do not tell."""
    pullback = node.pullback
    if pullback is PART or pullback.primitive.multiply_adds is None:
        return 0
    known: dict[str, Any] = {}
    for name, source in zip(pullback.arguments_of(node), node.inputs, strict=True):
        is_several = name in pullback.primitive.sequences
        known[name] = [*known.get(name, ()), source.shape] if is_several else source.shape
    if node.kept is not RELEASED:
        for name, value in zip(pullback.keeps, node.kept, strict=True):
            if name in pullback.primitive.parameters and value is not None:
                known[name] = (
                    [np.shape(x) for x in value] if isinstance(value, tuple) else getattr(value, "shape", value)
                )
    out: Any = None if node.kind is Parts else node.shape  # of several results the node does not know the first one's
    return pullback.primitive.count_multiply_adds(known, out)


def is_operand(primitive: Primitive, argument: str) -> bool:
    """Whether an argument is computed with, rather than an option such as an axis."""
    return primitive.rules.get(argument) is not None and argument not in primitive.defaults


def _is_number(primitive: Primitive, argument: str, value: Any) -> bool:
    return type(value) in (int, float) and is_operand(primitive, argument)


def _bytes_in(node: Node) -> int:
    arrays = arrays_in(node.kept)
    return sum({id(array): array.nbytes for array in arrays}.values()) if arrays else 0


def _why_not(inputs: Iterable[Input], arrays: Iterable[Any]) -> Reason:
    """Why an operation is in no graph."""
    if not any(entry.requires_grad for entry in inputs):
        return "constant"
    if not is_grad_enabled():
        return "no_grad"
    return "no derivative" if any(array.dtype.kind == "f" for array in arrays) else "integer"


class _PassNotes:
    """Notes of a backward pass while it runs."""

    def __init__(self, recording: Recording, roots: Any, order: list[Node], is_backward: bool, graph: bool) -> None:
        self._recording = recording
        self._facts = (is_backward, graph, bool(running_rules()), user_line())
        for node in reversed(order):
            recording.number_at(node)
        self._roots = tuple([recording.number_at(node) for node in roots])
        self._steps: list[Step] = []

    def before(self, node: Node, g: Any) -> None:
        """A node's rules are about to run."""

    def after(
        self, node: Node, edges: Sequence[tuple[str, Node]], g: Any, grads: Sequence[Any], seconds: float
    ) -> None:
        """A node's rules have run."""
        if self._recording.detail == "flow":
            return
        keeps = self._recording.detail == "values"
        flows = []
        for (argument, source), grad in zip(edges, grads, strict=False):
            if grad is not None:
                array = _fitting(grad, source)
                value = np.array(array) if keeps else None
                flows.append(Flow(argument, self._recording.number_at(source), summarize(array), value))
        gradients = [np.asarray(value_of(part)) for part in (g.values() if isinstance(g, Parts) else (g,))]
        number = self._recording.number_at(node)
        values = tuple(map(np.array, gradients)) if keeps else ()
        facts = combined([summarize(gradient) for gradient in gradients])
        self._steps.append(Step(number, seconds, facts, tuple(flows), values))

    def finish(self, arrived: Mapping[Node, Any]) -> None:
        """The pass is over."""
        facts = outline if self._recording.detail == "flow" else summarize
        found = {self._recording.number_at(node): facts(value_of(g)) for node, g in arrived.items()}
        self._recording.add_pass(Pass(self._roots, *self._facts, tuple(self._steps), found))


def _fitting(grad: Any, source: Node) -> Any:
    """A gradient as the pass will see it: with what was broadcast added up."""
    array = np.asarray(value_of(grad))
    is_wider = array.shape != source.shape and broadcasts_to(source.shape, array.shape)
    return np.asarray(sum_to(array, source.shape)) if is_wider else array


# --- the table ------------------------------------------------------------------------------------------


def _table(operations: Iterable[Operation], passes: Iterable[Pass]) -> str:
    """What each primitive took, as lines of text."""
    names = {operation.number: operation.name for operation in operations if operation.kind == "operation"}
    rows: dict[str, list[float]] = {name: [0.0] * 5 for name in dict.fromkeys(names.values())}
    for operation in operations:
        if operation.kind == "operation":
            taken = (1, operation.seconds, 0.0, operation.nbytes, operation.kept)
            rows[operation.name] = [a + b for a, b in zip(rows[operation.name], taken, strict=True)]
    for step in (step for done in passes for step in done.steps):
        if step.operation in names:
            rows[names[step.operation]][2] += step.seconds
    in_order = sorted(rows.items(), key=lambda row: -row[1][1] - row[1][2])
    total = [sum(column) for column in zip(*rows.values(), strict=True)] or [0.0] * 5
    lines = [f"{'operation':20} {'calls':>8} {'forward ms':>11} {'backward ms':>12} {'result MB':>10} {'kept MB':>9}"]
    for name, (calls, forward, backward, nbytes, kept) in [*in_order, ("total", total)]:
        times = f"{1e3 * forward:11.3f} {1e3 * backward:12.3f}"
        lines.append(f"{name:20} {calls:8.0f} {times} {nbytes / 1e6:10.3f} {kept / 1e6:9.3f}")
    return "\n".join(lines)
