"""`ag.debug`: errors at the first value that is not finite, and warnings of what surprises in silence."""

from __future__ import annotations

import zlib
from collections.abc import Iterable, Mapping, Sequence
from types import FrameType
from typing import Any
from weakref import WeakKeyDictionary, WeakSet

import numpy as np

from autograd.errors import GradientError, NonFiniteError, SurpriseWarning
from autograd.modes import Mode, is_grad_enabled
from autograd.nodes import RELEASED, Leaf, Node, arrays_in
from autograd.notes import Line, Operation, summarize
from autograd.pullbacks import Parts
from autograd.reasons import LEAVING, Search
from autograd.recording import Recording, remember
from autograd.remedies import NOT_FINITE_GRADIENT, NOT_FINITE_VALUE
from autograd.tensors import Tensor
from autograd.values import value_of
from autograd.watching import Call, composite_called, running_rules, start_watching, stop_watching, user_line, warn_at

_LIMIT = 50_000  # operations that are remembered, to say why a leaf got no gradient


class debug(Mode):
    """Find mistakes in this block (or decorated function), in the current thread. Slow; it costs nothing when off.

    Errors name the primitive, its operands and their ranges, the module, and the line of your program:

    - `errors.NonFiniteError` where a value or a gradient becomes NaN or infinite, the first time, from what was finite;
    - `errors.GradientError` in a backward pass where an array that the graph keeps was changed since, also through
      ``t.data`` or an array that shares a Tensor's memory.

    Warnings, `errors.SurpriseWarning`, name the lines:

    - of a Tensor that needs a gradient and was turned into an array or a number, which an operation then uses;
    - of a leaf whose ``.grad`` is still None at the end of a block with a backward pass, and why (see `ag.explain`);
    - of NaN among what was given from outside.

    Parameters
    ----------
    check_finite: whether to look for values and gradients that are not finite.

    >>> import autograd as ag, numpy as np
    >>> with ag.debug():
    ...     np.log(ag.tensor([1.0, 0.0]))
    Traceback (most recent call last):
    autograd.errors.NonFiniteError: log: the result is not finite, though all operands are.
        x: (2,) float32, 0 to 1, 1 of 2 is 0
        result: (2,) float32, 0, 1 of 2 is 0, 1 is infinite
        computed at <doctest ...>:2: np.log(ag.tensor([1.0, 0.0]))
        The logarithm of 0 is -inf, of negative numbers NaN. ...
    """

    def __init__(self, check_finite: bool = True) -> None:
        self.check_finite = check_finite
        self._active: list[_Debugger] = []

    def __enter__(self) -> None:
        debugger = _Debugger(self.check_finite, user_line())
        self._active.append(debugger)
        start_watching(debugger)
        remember(debugger.recording)

    def __exit__(self, *exception: Any) -> None:
        debugger = self._active.pop()
        stop_watching(debugger)
        if exception[0] is None:
            debugger.warn_of_leaves()

    def _recreate_cm(self) -> debug:
        return debug(self.check_finite)


class _Debugger:
    """What watches a thread in one block."""

    def __init__(self, check_finite: bool, line: Line) -> None:
        self.recording = Recording("flow", _LIMIT)
        self.quiet = self.check_finite = check_finite
        self._line = line
        self._marks: WeakKeyDictionary[Node, list[int]] = WeakKeyDictionary()
        self._leaves: WeakKeyDictionary[Leaf, int] = WeakKeyDictionary()  # -> backward passes that were before it
        self._arrived: WeakSet[Leaf] = WeakSet()
        self._backward_passes = 0
        self._said: set[Any] = set()

    def place_of(self, node: Node) -> str:
        """Where a node was made."""
        return self.recording.place_of(node)

    # --- forward --------------------------------------------------------------------------------------

    def on_leaf(self, leaf: Leaf) -> None:
        """A leaf was made."""
        self.recording.on_leaf(leaf)
        self._leaves.setdefault(leaf, self._backward_passes)

    def on_scope(self, path: str | None, owner: Any) -> None:
        """A scope was entered or left, which says nothing here."""

    def on_call(self, call: Call) -> None:
        """A primitive was called: look at its result, and at what its operands were."""
        operation = self.recording.on_call(call)
        for _, value in call.operands:
            if isinstance(value, Tensor) and isinstance(value._node, Leaf):
                self._leaves.setdefault(value._node, self._backward_passes)
        node = call.node
        if node is not None and (kept := arrays_in(node.kept)):
            self._marks[node] = [_checksum(array) for array in kept]
        if running_rules():  # what a rule makes on its way is the rule's business; its result is looked at
            return
        self._warn_of_reuse(operation)
        if self.check_finite:
            self._check_values(call, operation)

    def _check_values(self, call: Call, operation: Operation) -> None:
        if all(map(_is_finite, (out._array for out in call.results))):
            return
        operands = [(name, value_of(value)) for name, value in call.operands]
        strange = [(name, value) for name, value in operands if not _is_finite(value)]
        if not strange:
            facts = [*operands, *(("result", out._array) for out in call.results)]
            name = call.primitive.name
            raise NonFiniteError(
                f"{name}: the result is not finite, though all operands are.\n{_table(facts)}"
                f"    computed at {operation.place}\n    {NOT_FINITE_VALUE.get(name, '')}".rstrip()
            )
        called = composite_called() or operation.name
        outside = {entry.argument for entry in operation.inputs if entry.source is None or self._is_leaf(entry.source)}
        for name, value in strange:
            if name in outside and np.isnan(value).any() and not called.startswith("nan"):
                text = f"{called} was given NaN from outside: {name} is {summarize(np.asarray(value))}."
                self._warn(text, operation.line)

    def _is_leaf(self, number: int) -> bool:
        operation = self.recording.find(number)
        return operation is not None and operation.kind == "leaf"

    # --- leaving the graph ----------------------------------------------------------------------------

    def on_cut(self, name: str, operands: Any, result: Any, caller: FrameType) -> None:
        """A Tensor was turned into something outside of the graph."""
        self.recording.on_cut(name, operands, result, caller)

    def _warn_of_reuse(self, operation: Operation) -> None:
        for entry in operation.inputs if is_grad_enabled() else ():
            cut = None if entry.source is None or entry.requires_grad else self.recording.find(entry.source)
            if cut is not None and cut.name in LEAVING and any(made_of.requires_grad for made_of in cut.inputs):
                self._warn(
                    f"{operation.name} uses as its {entry.argument} what {cut.name} made of a Tensor that needs a "
                    f"gradient, at {cut.place}: no gradient flows through it. Leave out {cut.name}; t.detach() says "
                    "that this is meant.",
                    operation.line,
                )

    # --- backward -------------------------------------------------------------------------------------

    def on_sweep(self, roots: Any, order: list[Node], targets: Any, create_graph: bool) -> _DebuggedPass:
        """A backward pass begins."""
        return _DebuggedPass(self, roots, order, targets, create_graph)

    def check_unchanged(self, node: Node) -> None:
        """Raise GradientError if what a node keeps is not as it was."""
        before = self._marks.get(node)
        if before is None or node.kept is RELEASED:
            return
        for array, mark in zip(arrays_in(node.kept), before, strict=True):
            if _checksum(array) != mark:
                what = next(
                    (name for name, kept in zip(node.pullback.keeps, node.kept, strict=True) if kept is array), ""
                )
                raise GradientError(
                    f"backward through {node.name}: an array of shape {array.shape} that its derivative needs"
                    f"{f' ({what})' if what else ''} was changed after the forward pass, through t.data or through an "
                    f"array that shares its memory. {node.name} was computed at {self.place_of(node)}. Call backward "
                    "before the change, or change a copy."
                )

    def on_arrival(self, arrived: Iterable[Node], is_backward: bool) -> None:
        """A backward pass, not one inside of another, is over: these nodes have got gradients."""
        self._backward_passes += is_backward
        self._arrived.update(node for node in arrived if isinstance(node, Leaf))

    # --- at the end -----------------------------------------------------------------------------------

    def warn_of_leaves(self) -> None:
        """Warn of leaves that got no gradient, though there was a backward pass after they were first met."""
        roots = {
            root for done in self.recording.passes if done.is_backward and not done.is_inner for root in done.roots
        }
        search = Search(self.recording, roots)
        for leaf in sorted(self._leaves, key=lambda leaf: leaf.number):
            tensor = leaf.tensor()
            if tensor is None or tensor._node is not leaf or tensor.grad is not None or leaf in self._arrived:
                continue
            made = self.recording.find(leaf)
            if made is not None and self._leaves[leaf] < self._backward_passes:
                why = search.why_not_reached(made).text
                self._warn(
                    f"A leaf that needs a gradient, {made.results[0].shape} {made.results[0].dtype}, got none from any "
                    f"backward pass: its .grad is None. {why}",
                    made.line or self._line,
                )

    def _warn(self, text: str, line: Line | None) -> None:
        line = line or self._line
        if (text, line) not in self._said:
            self._said.add((text, line))
            warn_at(line, text, SurpriseWarning)


class _DebuggedPass:
    """One backward pass: what arrives at nodes is finite, what they keep is as it was, what they make is finite."""

    def __init__(self, debugger: _Debugger, roots: Any, order: list[Node], targets: Any, create_graph: bool) -> None:
        self._debugger = debugger
        self._notes = debugger.recording.on_sweep(roots, order, targets, create_graph)
        self._is_backward = targets is None
        self._is_outer = not running_rules()
        self._checks = self._is_outer and debugger.check_finite

    def before(self, node: Node, g: Any) -> None:
        """A node's rules are about to run."""
        self._debugger.check_unchanged(node)
        if self._checks and not all(map(_is_finite, _parts(g))):
            raise NonFiniteError(self._arriving(node, g))

    def _arriving(self, node: Node, g: Any) -> str:
        return (
            f"{node.name}: the gradient that arrives at its result is not finite, though those that it is the sum of "
            f"are: the sum overflowed, a hook made it so, or the pass was started with it.\n"
            f"{_table([('gradient', part) for part in _parts(g)])}    computed at {self._debugger.place_of(node)}"
        )

    def after(
        self, node: Node, edges: Sequence[tuple[str, Node]], g: Any, grads: Sequence[Any], seconds: float
    ) -> None:
        """A node's rules have run."""
        if not self._checks:
            return
        for (argument, _), grad in zip(edges, grads, strict=False):
            if grad is not None and not _is_finite(value_of(grad)):
                kept = zip(node.pullback.keeps, node.kept, strict=False)
                facts = [*kept, ("incoming gradient", _parts(g)[0]), (f"gradient of {argument}", value_of(grad))]
                raise NonFiniteError(
                    f"{node.name}: the gradient of its argument {argument} is not finite, though the one that came in "
                    f"is.\n{_table(facts)}    computed at {self._debugger.place_of(node)}\n"
                    f"    {NOT_FINITE_GRADIENT.get(node.name, '')}".rstrip()
                )

    def finish(self, arrived: Mapping[Node, Any]) -> None:
        """The pass is over."""
        self._notes.finish(arrived)
        if self._is_outer:
            self._debugger.on_arrival(arrived, self._is_backward)
        for node, g in arrived.items() if self._checks else ():
            if not all(map(_is_finite, _parts(g))):
                raise NonFiniteError(self._arriving(node, g))


def _parts(g: Any) -> list[Any]:
    """The arrays of a gradient, which may be that of several results."""
    return [value_of(part) for part in (g.values() if isinstance(g, Parts) else (g,))]


def _is_finite(value: Any) -> bool:
    """Whether an array or number has no NaN and no infinity; other things have none."""
    kind = getattr(value, "dtype", None)
    if kind is None:
        return not isinstance(value, float) or bool(np.isfinite(value))
    return kind.kind != "f" or bool(np.isfinite(value).all())


def _table(facts: Iterable[tuple[str, Any]]) -> str:
    """A line for each value that is an array or a number: its range, its zeros, what is not finite."""
    rows = [
        (name, summarize(value) if isinstance(value, (np.ndarray, np.generic)) else value)
        for name, value in facts
        if isinstance(value, (np.ndarray, np.generic, float, int))
    ]
    return "".join(f"    {name}: {fact}\n" for name, fact in rows)


def _checksum(array: np.ndarray) -> int:
    """A number by which a changed array is told."""
    return 0 if array.dtype.hasobject else zlib.crc32(np.ascontiguousarray(array).data)
