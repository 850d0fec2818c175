"""What the current thread is doing: whether operations are recorded, in which module, and who watches.

Modes are context variables: each thread (and each asyncio task) has its own, so switching recording off in
one never loses the gradients of another.
"""

from __future__ import annotations

import functools
import inspect
from collections.abc import Callable
from contextlib import ContextDecorator
from contextvars import ContextVar
from typing import Any, Self

# The module that is being called, "Sequential.0", stands in one of two places, so that a call changes one variable.
_scope: ContextVar[str | None] = ContextVar("scope", default="")  # while recording; None while not
_path: ContextVar[str] = ContextVar("path", default="")  # while not recording


class Hooks:
    """Where `ag.record` and `ag.debug` listen: each hook is None, and costs nothing, while no thread is watched.

    Attributes
    ----------
    call: ``(maker, primitive, args, kwargs) -> result`` stands in for a primitive's call; ``maker`` is what made it.
    cut: ``(name, operands, result) -> result`` is told of a Tensor that was turned into something outside of the graph.
    leaf: ``(leaf)`` is told of a new leaf.
    sweep: ``(roots, order, targets, create_graph)`` is told of a backward pass; it returns what runs its rules.
    line: ``(node) -> str`` says where a node was made, and of None where the program is; empty if not known.
    scope: ``(path, owner)`` is told that a scope was entered, by the call of ``owner``, and then, with None, left.
    """

    __slots__ = ("call", "cut", "leaf", "line", "scope", "sweep")

    def __init__(self) -> None:
        self.call: Callable[..., Any] | None = None
        self.cut: Callable[[str, Any, Any], Any] | None = None
        self.leaf: Callable[[Any], None] | None = None
        self.sweep: Callable[..., Any] | None = None
        self.line: Callable[[Any], str] | None = None
        self.scope: Callable[[str | None, Any], None] | None = None


hooks = Hooks()

recording_scope = _scope.get
"""The module that new nodes belong to, or None while nothing is recorded: one look answers both questions."""


def current_scope() -> str:
    """The path of the module that is being called, or of the `scope` block; empty outside.

    >>> with scope("encoder"), scope("0"):
    ...     current_scope()
    'encoder.0'
    """
    scope = recording_scope()
    return _path.get() if scope is None else scope


def is_grad_enabled() -> bool:
    """Whether operations of this thread are recorded.

    >>> is_grad_enabled()
    True
    """
    return recording_scope() is not None


def _record(enabled: bool) -> None:
    path = current_scope()
    _path.set(path)
    _scope.set(path if enabled else None)


class Mode(ContextDecorator):
    """A context manager that also decorates functions and generator functions, with and without parentheses."""

    def __new__(cls, *arguments: Any, **options: Any) -> Any:
        """A mode; given a function, that function in the mode."""
        if arguments and callable(arguments[0]):  # written without parentheses: @no_grad
            return cls()(arguments[0])
        return super().__new__(cls)

    def __enter__(self) -> None:
        raise NotImplementedError

    def __exit__(self, *exception: Any) -> None:
        raise NotImplementedError

    def __call__(self, function: Any) -> Any:
        """Decorate a function, or a generator function: each of its steps then runs in the mode."""
        return self._stepwise(function) if inspect.isgeneratorfunction(function) else super().__call__(function)

    def _stepwise(self, function: Any) -> Any:
        @functools.wraps(function)
        def generator(*args: Any, **kwargs: Any) -> Any:
            steps = function(*args, **kwargs)
            resume: Any = functools.partial(next, steps)
            while True:
                with self._recreate_cm():
                    try:
                        item = resume()
                    except StopIteration as end:
                        return end.value
                try:
                    resume = functools.partial(steps.send, (yield item))
                except GeneratorExit:
                    with self._recreate_cm():
                        steps.close()
                    raise
                except BaseException as error:
                    resume = functools.partial(steps.throw, error)

        return generator

    def _recreate_cm(self) -> Self:
        # a decorated function may run in several threads at once: each call has a memory of its own
        return type(self)()


class _GradMode(Mode):
    """Sets recording for this thread and restores it afterwards."""

    enabled: bool

    def __init__(self) -> None:
        self._before: list[bool] = []

    def __enter__(self) -> None:
        self._before.append(is_grad_enabled())
        _record(self.enabled)

    def __exit__(self, *exception: Any) -> None:
        _record(self._before.pop())


class no_grad(_GradMode):
    """Record nothing in this block (or decorated function): no graph, no memory kept.

    >>> import autograd as ag
    >>> x = ag.tensor(2.0, requires_grad=True)
    >>> with ag.no_grad():
    ...     y = x * x
    >>> y.requires_grad
    False
    """

    enabled = False


class enable_grad(_GradMode):
    """Record in this block (or decorated function), also inside ``no_grad``.

    >>> import autograd as ag
    >>> x = ag.tensor(2.0, requires_grad=True)
    >>> with ag.no_grad(), ag.enable_grad():
    ...     y = x * x
    >>> y.requires_grad
    True
    """

    enabled = True


class set_grad_enabled(_GradMode):
    """Switch recording on or off: at once when called, and back again when used with ``with``.

    Parameters
    ----------
    mode: whether operations are to be recorded.

    It raises no errors of its own. As `torch.set_grad_enabled`, it holds for the current thread.

    >>> import autograd as ag
    >>> with ag.set_grad_enabled(False):
    ...     ag.is_grad_enabled()
    False
    """

    def __init__(self, mode: bool) -> None:
        super().__init__()
        self.enabled = bool(mode)
        self._outside = is_grad_enabled()
        _record(self.enabled)

    def __enter__(self) -> None:
        self._before.append(self._outside)
        _record(self.enabled)

    def __call__(self, function: Any) -> Any:
        """Decorate a function."""
        _record(self._outside)  # as a decorator it acts on the function's calls alone
        return super().__call__(function)

    def _recreate_cm(self) -> Self:
        return type(self)(self.enabled)


def call_in_scope(name: str, function: Callable[..., Any], args: tuple[Any, ...], kwargs: dict[str, Any]) -> Any:
    """``function(*args, **kwargs)`` in a `scope` of the given ``name``: what a module's call costs least.

    It raises what the function does, whose errors leave the scope too.

    >>> call_in_scope("layer", lambda: current_scope(), (), {})
    'layer'
    """
    outer = current_scope()
    path = f"{outer}.{name}" if outer else name
    _move(path)
    told = hooks.scope
    if told is not None:
        told(path, _owner(function, args))
    try:
        return function(*args, **kwargs)
    finally:
        _move(outer)
        if told is not None:
            told(None, None)


def _owner(function: Any, args: tuple[Any, ...]) -> Any:
    """The object whose call a scope is for: that of a bound method, or the one that it was given first."""
    bound = getattr(function, "__self__", None)
    return args[0] if args and hasattr(args[0], "named_modules") and not hasattr(bound, "named_modules") else bound


def _move(path: str) -> None:
    (_path if recording_scope() is None else _scope).set(path)


class scope(ContextDecorator):
    """Name the part of the graph that is built in this block; pictures draw it as a box.

    Scopes nest: ``"encoder"`` inside ``"model"`` is ``"model.encoder"``. ``nn.Module`` opens one a call. It decorates
    functions too, and raises no errors of its own; those of the block leave it as they would leave any.

    Parameters
    ----------
    name: of the part, a string; dots in it are as several scopes.

    >>> import autograd as ag
    >>> x = ag.tensor(2.0, requires_grad=True)
    >>> with ag.scope("energy"):
    ...     y = x * x
    >>> y.grad_fn.scope
    'energy'
    """

    def __init__(self, name: str) -> None:
        self.name = name
        self._outer: list[str] = []

    def __enter__(self) -> None:
        outer = current_scope()
        self._outer.append(outer)
        path = f"{outer}.{self.name}" if outer else self.name
        _move(path)
        if hooks.scope is not None:
            hooks.scope(path, None)

    def __exit__(self, *exception: Any) -> None:
        _move(self._outer.pop())
        if hooks.scope is not None:
            hooks.scope(None, None)

    def _recreate_cm(self) -> Self:
        return type(self)(self.name)
