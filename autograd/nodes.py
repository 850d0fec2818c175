"""The graph's nodes, and the clock by which a changed array is told from an unchanged one.

Every node and every write by the library draws a number from one counter. A kept array was changed
after it was kept exactly when the last write to its memory has a higher number than the node that
keeps it: recording pays nothing for that, and the backward pass only where something was written.
"""

from __future__ import annotations

import gc
import itertools
import threading
import weakref
from functools import partial
from operator import attrgetter
from typing import TYPE_CHECKING, Any

import numpy as np

from autograd.errors import GradientError, describe
from autograd.modes import hooks

if TYPE_CHECKING:
    from collections.abc import Callable

    from autograd.pullbacks import Pullback
    from autograd.tensors import Tensor

next_number = itertools.count(1).__next__
by_number = attrgetter("number")

RELEASED: tuple[Any, ...] = ("released",)
RETAIN = "retain_grad"  # key of the hook by which a computed tensor keeps its gradient: it comes after all others


class Node:
    """One recorded operation: a primitive, edges to what it was computed from, what its rules keep.

    Nodes point to nodes, never to the tensors that results were handed out in, so a graph has no reference
    cycles and is freed the moment its result is dropped.

    Attributes
    ----------
    pullback: the derivative of the primitive with respect to the arguments that need one.
    inputs: for each of these, the node that made it, or the Leaf of a tensor that was not computed.
    kept: what the rules asked for, in the order of ``pullback.keeps``.
    number: when it was made; an operation's number is higher than those of its inputs.
    kind, shape, dtype: of the result; ``kind`` is ``numpy.ndarray`` or the class of a NumPy scalar.
    scope: the module it was made in, such as ``"Sequential.0"``; empty outside of modules.
    hooks: functions of the node's gradient, each under a key by which it is removed; or None.

    >>> import autograd as ag
    >>> node = ag.exp(ag.tensor([1.0, 2.0], requires_grad=True)).grad_fn
    >>> node.name, node.shape, [source.name for source in node.inputs]
    ('exp', (2,), ['leaf'])
    """

    __slots__ = ("__weakref__", "dtype", "hooks", "inputs", "kept", "kind", "number", "pullback", "scope", "shape")

    pullback: Pullback
    inputs: tuple[Any, ...]
    kept: tuple[Any, ...]
    number: int
    kind: type
    shape: tuple[int, ...]
    dtype: np.dtype[Any]
    scope: str
    hooks: dict[object, Callable[[Any], Any]] | None

    @property
    def name(self) -> str:
        """The primitive's name.

        >>> import autograd as ag
        >>> ag.exp(ag.tensor(1.0, requires_grad=True)).grad_fn.name
        'exp'
        """
        return self.pullback.name_of(self)

    @property
    def is_view(self) -> bool:
        """Whether the result lies in the memory of an argument.

        >>> import autograd as ag
        >>> x = ag.tensor([[1.0, 2.0]], requires_grad=True)
        >>> x.T.grad_fn.is_view, x[[0]].grad_fn.is_view, (x + 1).grad_fn.is_view
        (True, False, False)
        """
        return self.pullback.makes_view(self)

    def __repr__(self) -> str:
        return f"<{self.name} node {self.number}{f' in {self.scope}' if self.scope else ''}>"


class Leaf(Node):
    """Where gradients end: the node of a tensor that was not computed and needs a gradient.

    It refers to its tensor weakly: nobody can ask a tensor for its gradient that nobody holds. A Tensor makes its own;
    raises TypeError or AttributeError for something else than a Tensor.

    Attributes
    ----------
    tensor: the weak reference; called, it gives the Tensor, or None once that is gone.
    shape, dtype, kind: of the tensor, and so of its gradient; the rest as of `Node`.

    >>> import autograd as ag
    >>> x = ag.tensor([1.0, 2.0], requires_grad=True)
    >>> leaf = ag.exp(x).grad_fn.inputs[0]
    >>> leaf.name, leaf.shape, leaf.tensor() is x
    ('leaf', (2,), True)
    """

    __slots__ = ("tensor",)

    tensor: weakref.ref[Tensor]

    def __init__(self, tensor: Tensor) -> None:
        self.inputs = ()
        self.kept = ()
        self.number = next_number()
        self.scope = ""
        self.hooks = None
        self.tensor = weakref.ref(tensor)
        self.describe(tensor._array)
        if hooks.leaf is not None:
            hooks.leaf(self)

    def describe(self, data: np.ndarray | np.generic) -> None:
        """Expect gradients like ``data`` from now on."""
        self.kind = data.__class__
        self.shape = data.shape
        self.dtype = data.dtype

    @property
    def name(self) -> str:
        """``"leaf"``."""
        return "leaf"


# --- writes -------------------------------------------------------------------------------------------

_written: dict[int, tuple[Any, int, str]] = {}  # id of the owning array -> (weak reference, number, line if watched)
_last_write = 0
_writing = threading.Lock()


def owner(array: np.ndarray) -> np.ndarray:
    """The array whose memory ``array`` is a view of, or ``array`` itself."""
    base: Any = array
    while base is not None:  # in between there may be objects that only carry memory, as in sliding windows
        if isinstance(base, np.ndarray):
            array = base
        base = getattr(base, "base", None)
    return array


def lies_in(out: Any, operands: Any) -> bool:
    """Whether a result, or one of several, lies in the memory of an operand.

    >>> x = np.zeros((2, 3))
    >>> lies_in(x.reshape(6), [x]), lies_in(x.T.reshape(6), [x])
    (True, False)
    """
    parts = out if isinstance(out, (tuple, list)) else (out,)
    memories = [id(owner(part)) for part in parts if isinstance(part, np.ndarray)]
    for operand in operands:
        for array in operand if isinstance(operand, tuple) else (operand,):
            if isinstance(array, np.ndarray) and id(owner(array)) in memories:
                return True
    return False


def mark_written(*arrays: np.ndarray) -> None:
    """Note that ``arrays`` have just been changed in place, so that graphs that keep them notice.

    Parameters
    ----------
    arrays: NumPy arrays of any shapes, views too; of a Tensor, its ``data``.

    Raises TypeError for anything else.

    >>> import autograd as ag, numpy as np
    >>> x = ag.tensor([1.0, 2.0], requires_grad=True)
    >>> y = (x * x).sum()
    >>> with ag.no_grad():
    ...     x += 1.0                              # marks what it has written
    >>> y.backward()                              # doctest: +ELLIPSIS
    Traceback (most recent call last):
    autograd.errors.GradientError: backward through multiply: an array of shape (2,) ...
    """
    global _last_write
    line = "" if hooks.line is None else hooks.line(None)
    with _writing:  # of two threads, the one that draws the later number must not be overtaken
        _last_write = number = next_number()
        for array in arrays:
            base = owner(array)
            key = id(base)
            entry = _written.get(key)
            _written[key] = (entry[0] if entry else _watched(base, key), number, line)


def _watched(base: Any, key: int) -> weakref.ref[Any]:
    """A reference to an array that is about to be known as written, until it is freed."""
    if not isinstance(base, np.ndarray):
        raise TypeError(f"mark_written: got {describe(base)}; want arrays, such as t.data of a Tensor t.")
    return weakref.ref(base, partial(_forget, key))


def _forget(key: int, reference: Any) -> None:
    _written.pop(key, None)


def written_since(number: int) -> bool:
    """Whether the library has changed any array since ``number`` was drawn."""
    return _last_write > number


def check_unchanged(node: Node) -> None:
    """Raise GradientError if an array that ``node`` keeps was changed in place after it was kept."""
    for array in arrays_in(node.kept):
        entry = _written.get(id(owner(array)))
        if entry and entry[1] > node.number:
            place = f" (in {node.scope})" if node.scope else ""
            line = f" It was changed at {entry[2]}" if entry[2] else ""
            raise GradientError(
                f"backward through {node.name}{place}: an array of shape {array.shape} that its derivative needs "
                "was changed in place after the forward pass (by an assignment, an in-place operator under "
                "no_grad, an optimizer step or load_state_dict). Run the forward pass again, call backward before "
                f"the change, or change a copy.{line}"
            )


def arrays_in(kept: Any) -> list[np.ndarray]:
    """The arrays in what a node keeps, also inside of tuples, lists and dicts."""
    if isinstance(kept, np.ndarray):
        return [kept]
    if isinstance(kept, dict):
        kept = list(kept.values())
    return [array for item in kept for array in arrays_in(item)] if isinstance(kept, (tuple, list)) else []


# --- the garbage collector ----------------------------------------------------------------------------

PERIOD_MASK = (1 << 14) - 1
_milestone: weakref.ref[Node] | None = None  # the last node of the last period
_frozen = False


def relieve_collector(node: Node) -> None:
    """Take a long graph out of the cyclic collector's sight until the next backward pass.

    Called with every 16,384th node. A graph has no cycles to find, but a long one would be walked again and
    again as it grows: recording the millionth operation took 2.5 times as long as the thousandth. Where the last
    such node is gone, graphs are short, and nothing is to be hidden; nor where the program itself froze objects.
    """
    global _milestone, _frozen
    is_long = _milestone is not None and _milestone() is not None
    _milestone = weakref.ref(node)
    if not is_long:
        restore_collector()
    elif gc.isenabled() and (_frozen or gc.get_freeze_count() == 0):
        gc.freeze()
        _frozen = True


def restore_collector() -> None:
    """Undo ``relieve_collector``."""
    global _frozen
    if _frozen:
        _frozen = False
        gc.unfreeze()
