"""What the current thread is doing: whether operations are recorded, and in which module.

Modes are per thread, so switching recording off in one never loses the gradients of another.
"""

from __future__ import annotations

import threading
from contextlib import ContextDecorator
from typing import Any


class Modes(threading.local):
    """State of one thread.

    ``scope`` answers both questions that an operation asks, with one look: the module that new nodes
    belong to, or None while nothing is recorded. ``path`` is that module in either case.
    """

    path: str = ""
    scope: str | None = ""


modes = Modes()


def is_grad_enabled() -> bool:
    """Whether operations of this thread are recorded.

    >>> is_grad_enabled()
    True
    """
    return modes.scope is not None


def _record(enabled: bool) -> None:
    modes.scope = modes.path if enabled else None


class _GradMode(ContextDecorator):
    """Context manager and decorator that sets recording for this thread and restores it afterwards."""

    enabled: bool

    def __init__(self) -> None:
        self._before: list[bool] = []

    def __enter__(self) -> None:
        self._before.append(is_grad_enabled())
        _record(self.enabled)

    def __exit__(self, *exception: Any) -> None:
        _record(self._before.pop())

    def _recreate_cm(self) -> _GradMode:
        # a decorated function may run in several threads at once: each call has a memory of its own
        return type(self)()


class no_grad(_GradMode):  # noqa: N801 - reads as a statement, as in PyTorch
    """Record nothing in this block (or decorated function): no graph, no memory kept.

    >>> import autograd as ag
    >>> x = ag.tensor(2.0, requires_grad=True)
    >>> with ag.no_grad():
    ...     y = x * x
    >>> y.requires_grad
    False
    """

    enabled = False


class enable_grad(_GradMode):  # noqa: N801
    """Record in this block (or decorated function), also inside ``no_grad``.

    >>> import autograd as ag
    >>> x = ag.tensor(2.0, requires_grad=True)
    >>> with ag.no_grad(), ag.enable_grad():
    ...     y = x * x
    >>> y.requires_grad
    True
    """

    enabled = True


class set_grad_enabled(_GradMode):  # noqa: N801
    """Switch recording on or off: at once when called, and back again when used with ``with``.

    Parameters
    ----------
    mode: whether operations are to be recorded.

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
        _record(self._outside)  # as a decorator it acts on the function's calls alone
        return super().__call__(function)

    def _recreate_cm(self) -> _GradMode:
        return set_grad_enabled(self.enabled)


class scope(ContextDecorator):  # noqa: N801
    """Name the part of the graph that is built in this block; pictures draw it as a box.

    Scopes nest: ``"encoder"`` inside ``"model"`` is ``"model.encoder"``. ``nn.Module`` opens one a call.

    >>> import autograd as ag
    >>> x = ag.tensor(2.0, requires_grad=True)
    >>> with ag.scope("energy"):
    ...     y = x * x
    >>> y.grad_fn.scope
    'energy'
    """

    def __init__(self, name: str) -> None:
        self.name = name

    def __enter__(self) -> None:
        self._outer = modes.path
        self._move(f"{modes.path}.{self.name}" if modes.path else self.name)

    def __exit__(self, *exception: Any) -> None:
        self._move(self._outer)

    def _recreate_cm(self) -> scope:
        return scope(self.name)

    @staticmethod
    def _move(path: str) -> None:
        modes.path = path
        if modes.scope is not None:
            modes.scope = path
