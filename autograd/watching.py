"""How a thread is watched: what the hooks of `autograd.modes` do while `ag.record` or `ag.debug` is active anywhere.

The hooks are set for the whole process; each looks whether its own thread is watched, and else goes on as always.
"""

from __future__ import annotations

import os
import sys
import warnings
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager, nullcontext
from contextvars import ContextVar
from dataclasses import dataclass
from functools import lru_cache
from threading import Lock
from time import perf_counter
from types import FrameType
from typing import Any, Protocol

import numpy as np

from autograd import composites
from autograd.higher_order import recorded_gradients
from autograd.modes import hooks
from autograd.nodes import Leaf, Node
from autograd.notes import Line
from autograd.primitives import Primitive
from autograd.pullbacks import PART, Pullback
from autograd.tensors import Tensor

# --- the program's lines --------------------------------------------------------------------------------

_PACKAGE = os.path.dirname(os.path.abspath(__file__))
_OURS = (_PACKAGE + os.sep, os.path.join(os.path.dirname(_PACKAGE), "nn") + os.sep)
_numpy = os.path.dirname(os.path.abspath(np.__file__))
_THEIRS = (_numpy + os.sep, os.path.join(os.path.dirname(_numpy), "scipy") + os.sep)


@lru_cache(maxsize=4096)
def _is_library(file: str) -> bool:
    return file.startswith(_OURS + _THEIRS)


@lru_cache(maxsize=4096)
def _line(file: str, number: int, function: str) -> Line:
    return Line(file, number, function)


def line_of(frame: FrameType) -> Line:
    """The line of the program that a frame is at."""
    return _line(frame.f_code.co_filename, frame.f_lineno, frame.f_code.co_name)


def user_line() -> Line:
    """The line of the user's program that is being executed: the innermost one outside of libraries."""
    frame = sys._getframe(1)
    while _is_library(frame.f_code.co_filename) and frame.f_back is not None:
        frame = frame.f_back
    return line_of(frame)


_shown: dict[str, dict[Any, Any]] = {}  # file -> what Python remembers of warnings there


def warn_at(line: Line, text: str, category: type[Warning]) -> None:
    """Warn of a line of the user's program."""
    warnings.warn_explicit(text, category, line.file, line.number, registry=_shown.setdefault(line.file, {}))


def composite_called() -> str:
    """The name of the composed function that the user's program called and that is running; empty if there is none."""
    frame: FrameType | None = sys._getframe(1)
    name = ""
    while frame is not None and _is_library(frame.f_code.co_filename):
        if frame.f_code.co_filename == composites.__file__:
            name = getattr(frame.f_locals.get("record"), "name", name)
        frame = frame.f_back
    return name


def _user_of_method() -> FrameType | None:
    """The frame that called a Tensor's method that called a hook; None where the library itself did."""
    frame: FrameType | None = sys._getframe(2)
    while frame is not None and frame.f_code.co_name in ("outside", "_number", "_compare"):
        frame = frame.f_back
    caller = frame.f_back if frame is not None else None
    if caller is not None and caller.f_code.co_name == "checked":  # in the method's place, by errors.without
        caller = caller.f_back
    return None if caller is None or caller.f_code.co_filename.startswith(_OURS) else caller


# --- what watchers are told -----------------------------------------------------------------------------


def whole(node: Node) -> Node:
    """The node of an operation, where ``node`` is that of one of its several results."""
    found: Node = node.inputs[0] if not isinstance(node, Leaf) and node.pullback is PART else node
    return found


@dataclass(slots=True)
class Call:
    """A primitive's call that has been done.

    Attributes
    ----------
    args, kwargs: as they were given.
    operands: the same by name, elements of a sequence of tensors one by one.
    results: one or several.
    node: of the operation; None where it is in no graph.
    seconds: that it took.
    line: of the user's program.
    """

    primitive: Primitive
    args: tuple[Any, ...]
    kwargs: dict[str, Any]
    operands: list[tuple[str, Any]]
    results: tuple[Tensor, ...]
    node: Node | None
    seconds: float
    line: Line


class WatchedPass(Protocol):
    """What a watcher sees of one backward pass."""

    def before(self, node: Node, g: Any) -> None:
        """The rules of ``node`` are about to get the gradient ``g``."""

    def after(
        self, node: Node, edges: Sequence[tuple[str, Node]], g: Any, grads: Sequence[Any], seconds: float
    ) -> None:
        """They have returned ``grads``, one for each edge: its argument's name and its source."""

    def finish(self, arrived: Mapping[Node, Any]) -> None:
        """The pass is over: these are the gradients of leaves, or of what was asked for."""


class Watcher(Protocol):
    """What sees all that its thread does."""

    quiet: bool  # whether NumPy's warnings of what is not finite wait until the watcher has seen a result

    def on_call(self, call: Call) -> object:
        """A primitive was called with a Tensor."""

    @property
    def recording(self) -> Any:
        """The `Recording` that it takes its notes in."""

    def on_cut(self, name: str, operands: Any, result: Any, caller: FrameType) -> object:
        """The user turned a Tensor into something outside of the graph."""

    def on_leaf(self, leaf: Leaf) -> object:
        """A leaf was made."""

    def on_scope(self, path: str | None, owner: Any) -> object:
        """A scope was entered, by the call of ``owner`` if there is one; or left, with None."""

    def on_sweep(self, roots: Any, order: list[Node], targets: Any, create_graph: bool) -> WatchedPass:
        """A backward pass begins."""

    def place_of(self, node: Node) -> str:
        """Where a node was made; empty where that is not known."""


_watchers: ContextVar[tuple[Watcher, ...]] = ContextVar("watchers", default=())
_rules: ContextVar[tuple[Node, ...]] = ContextVar("rules", default=())
_AS_IT_IS = nullcontext()
_lock = Lock()
_active = 0

watchers = _watchers.get
"""Who watches the current thread."""

running_rules = _rules.get
"""The nodes whose rules this thread is running, the outermost first: rules may make operations and passes."""


def start_watching(watcher: Watcher) -> None:
    """Let ``watcher`` see what this thread does from now on."""
    _watchers.set((*_watchers.get(), watcher))
    _count(1)


def stop_watching(watcher: Watcher) -> None:
    """Undo `start_watching`, for the innermost time that it was called."""
    watching = list(_watchers.get())
    for place in reversed(range(len(watching))):
        if watching[place] is watcher:
            del watching[place]
            break
    _watchers.set(tuple(watching))
    _count(-1)


@contextmanager
def watched_by(watcher: Watcher) -> Iterator[None]:
    """Let ``watcher``, and nobody else, see what this thread does in this block."""
    before = _watchers.get()
    _watchers.set((watcher,))
    _count(1)
    try:
        yield
    finally:
        _watchers.set(before)
        _count(-1)


def _count(change: int) -> None:
    """Set the hooks while anybody watches."""
    global _active
    with _lock:
        _active += change
        on = _active > 0
        hooks.call = _watched_call if on else None
        hooks.cut = _watched_cut if on else None
        hooks.leaf = _watched_leaf if on else None
        hooks.sweep = _watched_sweep if on else None
        hooks.line = _place if on else None
        hooks.scope = _watched_scope if on else None


# --- the hooks ------------------------------------------------------------------------------------------


@lru_cache(maxsize=1024)
def _unwatched(maker: Callable[..., Any], primitive: Primitive) -> Callable[..., Any]:
    call: Callable[..., Any] = maker(primitive, is_watched=False)
    return call


def _watched_call(
    maker: Callable[..., Any], primitive: Primitive, args: tuple[Any, ...], kwargs: dict[str, Any]
) -> Any:
    call = _unwatched(maker, primitive)
    watching = _watchers.get()
    if not watching:
        return call(*args, **kwargs)
    operands = _operands(primitive, args, kwargs)
    if not any(isinstance(value, Tensor) for _, value in operands):
        return call(*args, **kwargs)
    quiet = any(watcher.quiet for watcher in watching) and not running_rules()  # which wait for their end
    with _DelayedWarnings(primitive.name) if quiet else _AS_IT_IS:
        start = perf_counter()
        result = call(*args, **kwargs)
        seconds = perf_counter() - start
        results = tuple(result) if isinstance(result, (tuple, list)) else (result,)
        nodes = [out._node for out in results if out._node is not None]
        node = whole(nodes[0]) if nodes else None
        seen = Call(primitive, args, kwargs, operands, results, node, seconds, user_line())
        for watcher in watching:
            watcher.on_call(seen)
    return result


def _operands(primitive: Primitive, args: tuple[Any, ...], kwargs: dict[str, Any]) -> list[tuple[str, Any]]:
    """The arguments of a call by name; the elements of a sequence of tensors, each under the sequence's name."""
    names, sequences = primitive.parameters, primitive.sequences
    if primitive.variadic:
        fixed = next(place for place, name in enumerate(names) if name in sequences)
        args = (*args[:fixed], args[fixed:])
    given = [*zip(names, args, strict=False), *kwargs.items()]
    if not sequences:
        return given
    found: list[tuple[str, Any]] = []
    for name, value in given:
        is_several = name in sequences and isinstance(value, (list, tuple))
        found += [(name, item) for item in value] if is_several else [(name, value)]
    return found


class _DelayedWarnings:
    """Lets NumPy's warnings of what is not finite come after a block, at the user's line: an error may say more."""

    def __init__(self, name: str) -> None:
        self._name = name
        self._found: list[str] = []

    def __enter__(self) -> None:
        found = self._found
        calls: Any = {key: "call" for key, how in np.geterr().items() if how == "warn"}
        self._state = np.errstate(call=lambda kind, _: found.append(kind), **calls)
        self._state.__enter__()

    def __exit__(self, *exception: Any) -> None:
        self._state.__exit__(*exception)
        if exception[0] is None:
            line = user_line()
            for kind in dict.fromkeys(self._found):
                warn_at(line, f"{kind} encountered in {self._name}", RuntimeWarning)


def _watched_cut(name: str, operands: Any, result: Any) -> Any:
    watching = _watchers.get()
    caller = _user_of_method() if watching else None
    if caller is not None:
        for watcher in watching:
            watcher.on_cut(name, operands, result, caller)
    return result


def _watched_leaf(leaf: Leaf) -> None:
    for watcher in _watchers.get():
        watcher.on_leaf(leaf)


def _watched_scope(path: str | None, owner: Any) -> None:
    for watcher in _watchers.get():
        watcher.on_scope(path, owner)


def _place(node: Node | None) -> str:
    """Where a node was made, or where the program is; empty where this thread is not watched."""
    watching = _watchers.get()
    if node is None:
        return str(user_line()) if watching else ""
    return next(filter(None, (watcher.place_of(node) for watcher in watching)), "")


def _watched_sweep(roots: Any, order: list[Node], targets: Any, create_graph: bool) -> _Sweep | None:
    watching = _watchers.get()
    return _Sweep(watching, roots, order, targets, create_graph) if watching else None


class _Sweep:
    """A backward pass that is watched: it runs the rules of each node."""

    def __init__(
        self, watching: Sequence[Watcher], roots: Any, order: list[Node], targets: Any, create_graph: bool
    ) -> None:
        self.create_graph = create_graph
        self.quiet = any(watcher.quiet for watcher in watching) and not running_rules()
        self.passes = [watcher.on_sweep(roots, order, targets, create_graph) for watcher in watching]

    def run(self, node: Node, pullback: Pullback, g: Any) -> Sequence[Any]:
        """The gradients of a node's inputs."""
        if pullback is PART:
            to_whole: Sequence[Any] = PART.run(g, node.kept)
            return to_whole
        for watched in self.passes:
            watched.before(node, g)
        with _DelayedWarnings(f"the derivative of {node.name}") if self.quiet else _AS_IT_IS:
            grads, seconds = self._timed(node, pullback, g)
            edges = _edges(node, pullback)
            for watched in self.passes:
                watched.after(node, edges, g, grads, seconds)
        return grads

    def _timed(self, node: Node, pullback: Pullback, g: Any) -> tuple[Sequence[Any], float]:
        before = _rules.set((*_rules.get(), node))
        try:
            start = perf_counter()
            grads = recorded_gradients(node, pullback, g) if self.create_graph else pullback.run(g, node.kept)
            return grads, perf_counter() - start
        finally:
            _rules.reset(before)

    def finish(self, arrived: Mapping[Node, Any]) -> None:
        """The pass is over."""
        for watched in self.passes:
            watched.finish(arrived)


def _edges(node: Node, pullback: Pullback) -> list[tuple[str, Node]]:
    """The edges that gradients are computed for: each argument's name, and its source."""
    edges = list(zip(node.pullback.arguments_of(node), node.inputs, strict=True))
    return edges if pullback is node.pullback else [edge for edge in edges if edge[0] in pullback.wanted]
