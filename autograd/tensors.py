"""Tensor: an array, whether it needs a gradient, its gradient, and the node that made it."""

from __future__ import annotations

import weakref
from collections.abc import Callable, Iterator
from typing import Any

import numpy as np

from autograd.dispatch import Dispatch
from autograd.dtypes import as_array, as_result
from autograd.elsewhere import instead
from autograd.errors import (
    DetachError,
    DtypeError,
    GlassgradError,
    GradientError,
    ShapeError,
    describe,
    operation_failed,
)
from autograd.modes import is_grad_enabled
from autograd.nodes import RETAIN, Leaf, Node, mark_written
from autograd.registry import ops
from autograd.values import is_seen_elsewhere, outside, value_of, values_in, write_at

_new = object.__new__


class Tensor(Dispatch):
    """An array of numbers that remembers what it was computed from, so that it can be differentiated.

    Its operators, methods and the ``numpy`` functions that take it are NumPy's, and record what they do
    where an operand needs a gradient.

    Parameters
    ----------
    data: array, NumPy scalar, number or nested list of numbers, of any shape; an array is shared, not copied
        (``ag.tensor`` copies). Python floats take the default dtype.
    requires_grad: whether ``backward`` is to fill ``.grad``; only floats can.
    dtype: convert to it.

    Raises
    ------
    DtypeError: for complex numbers, text and objects, and for integers with ``requires_grad``.
    ShapeError: for ragged lists.

    >>> import autograd as ag
    >>> x = ag.Tensor([1.0, 2.0], requires_grad=True)
    >>> (x * x).sum().backward()
    >>> x.grad
    Tensor([2., 4.], dtype=float32)
    """

    __slots__ = ("__weakref__", "_array", "_frozen", "_node", "grad")

    _array: np.ndarray | np.generic  # 0-d results stay the scalars that NumPy returns: they compute 8x faster
    _node: Node | None  # None where no gradient is needed
    _frozen: Leaf  # its node while it needed a gradient: graphs know it by that if it is to need one again
    grad: Tensor | None

    def __init__(self, data: Any, requires_grad: bool = False, dtype: Any = None) -> None:
        self._array = as_array(value_of(data), dtype)
        self._node = None
        self.grad = None
        if requires_grad:
            self.requires_grad_()

    def __getattr__(self, name: str) -> Any:
        """Called for a name that is not there: say what is written here for one of PyTorch's."""
        if hasattr(type(self), name):  # a property whose own code failed: let its error through
            return object.__getattribute__(self, name)
        raise AttributeError(f"Tensor has no attribute {name!r}.{instead(name)}", name=name, obj=self)

    # --- what it is -----------------------------------------------------------------------------------

    @property
    def data(self) -> np.ndarray:
        """The array itself, to read or write: writes through it are not seen by graphs that keep it."""
        return outside("data", self, self._memory())  # type: ignore[no-any-return]

    @data.setter
    def data(self, values: Any) -> None:
        array = as_array(value_of(values))
        if self.requires_grad and array.dtype.kind != "f":
            raise DtypeError(f"t.data = ...: t needs a gradient, so its data cannot be {array.dtype}; give it floats.")
        self._array = array
        if isinstance(self._node, Leaf):
            self._node.describe(array)

    @property
    def T(self) -> Tensor:
        """The axes in reverse order, as NumPy's ``.T``."""
        return self.transpose()

    @property
    def mT(self) -> Tensor:
        """The last two axes exchanged, as NumPy's ``.mT``."""
        return self.swapaxes(-1, -2)

    @property
    def real(self) -> Tensor:
        """The tensor itself: all numbers here are real."""
        return ops.functions["real"](self)

    @property
    def imag(self) -> Tensor:
        """Zeros: all numbers here are real."""
        return ops.functions["imag"](self)

    @property
    def requires_grad(self) -> bool:
        """Whether a gradient is computed for it: it was asked for, or something that it depends on needs one."""
        return self._node is not None

    @requires_grad.setter
    def requires_grad(self, requires_grad: bool) -> None:
        self.requires_grad_(requires_grad)

    @property
    def is_leaf(self) -> bool:
        """Whether no recorded operation made it: its gradient, if it needs one, ends in ``.grad``."""
        return self._node is None or self._node.__class__ is Leaf

    @property
    def grad_fn(self) -> Node | None:
        """The node of the operation that made it, or None for a leaf."""
        return None if self.is_leaf else self._node

    def __repr__(self) -> str:
        values = np.array2string(np.asarray(self._array), separator=", ", prefix="Tensor(", threshold=1000)
        facts = [values, f"dtype={self.dtype}"]
        if self.grad_fn is not None:
            facts.append(f"grad_fn={self.grad_fn.name}")
        elif self.requires_grad:
            facts.append("requires_grad=True")
        return f"{type(self).__name__}({', '.join(facts)})"

    def __iter__(self) -> Iterator[Tensor]:
        if not self.shape:
            raise TypeError("iteration over a 0-d tensor: it has one element and no axis; use .item() for its value.")
        return (self[i] for i in range(self.shape[0]))

    # --- values ---------------------------------------------------------------------------------------

    def numpy(self) -> np.ndarray:
        """The values as a read-only view, without a gradient; ``.numpy().copy()`` may be written to.

        >>> import autograd as ag
        >>> ag.tensor([1.0, 2.0]).numpy()
        array([1., 2.], dtype=float32)
        """
        view = np.asarray(self._array).view()
        view.flags.writeable = False
        return outside("numpy()", self, view)  # type: ignore[no-any-return]

    def __array__(self, dtype: Any = None, copy: bool | None = None) -> np.ndarray:
        if self.requires_grad:
            raise DetachError(
                "turning a Tensor that needs a gradient into an array would cut it out of its graph. Write t.numpy() "
                "for its values, and ag.stack([t, u]) instead of np.array([t, u]) to keep the gradient. "
                "SciPy's ufuncs take a Tensor; for its other functions see ag.softmax, ag.logsumexp, ag.distributions."
            )
        return np.array(self._array, dtype=dtype) if copy else self.numpy().astype(dtype or self.dtype, copy=False)

    def __dlpack__(self, **options: Any) -> Any:
        if self.requires_grad:
            raise DetachError(
                "handing a Tensor that needs a gradient to another library (__dlpack__) would cut it out of its graph. "
                "Write other.from_dlpack(t.detach()); both then share its memory."
            )
        return self.data.__dlpack__(**options)

    def __dlpack_device__(self) -> tuple[int, int]:
        return self.data.__dlpack_device__()

    def detach(self) -> Tensor:
        """The same values, shared, as a leaf that needs no gradient.

        >>> import autograd as ag
        >>> ag.tensor(1.0, requires_grad=True).detach()
        Tensor(1., dtype=float32)
        """
        values = wrap(self.data if self.is_leaf else self._array)
        return outside("detach()", self, values)  # type: ignore[no-any-return]

    def __copy__(self) -> Tensor:
        return self.__deepcopy__({})

    def __deepcopy__(self, memo: dict[int, Any]) -> Tensor:
        copy = _rebuild(type(self), np.array(self._array), self.requires_grad and self.is_leaf)
        memo[id(self)] = copy
        return copy

    def __reduce__(self) -> tuple[Any, ...]:
        return _rebuild, (type(self), np.array(self._array), self.requires_grad and self.is_leaf)

    # --- methods whose arguments differ from the function's ----------------------------------------------

    def reshape(self, *shape: Any, order: str = "C", copy: bool | None = None) -> Tensor:
        """The same elements in another shape: ``t.reshape(2, -1)`` or ``t.reshape((2, -1))``."""
        return ops.functions["reshape"](self, shape[0] if len(shape) == 1 else shape, order, copy)

    def transpose(self, *axes: Any) -> Tensor:
        """The axes in another order, reversed if none is given: ``t.transpose(1, 0)``."""
        return ops.functions["transpose"](self, (axes[0] if len(axes) == 1 else axes) or None)

    def compress(self, condition: Any, axis: int | None = None) -> Tensor:
        """The slices along an axis for which the condition holds: ``np.compress(condition, t, axis)``."""
        return ops.functions["compress"](condition, self, axis)

    def __round__(self, decimals: int | None = None) -> Tensor:
        return ops.functions["round"](self, decimals or 0)

    # --- gradients ------------------------------------------------------------------------------------

    def requires_grad_(self, requires_grad: bool = True) -> Tensor:
        """Say whether this leaf needs a gradient; returns the tensor.

        Raises DtypeError for integers and booleans, GradientError for a tensor that was computed.

        >>> import autograd as ag
        >>> ag.tensor([1.0]).requires_grad_()
        Tensor([1.], dtype=float32, requires_grad=True)
        """
        if requires_grad and self.dtype.kind != "f":
            raise DtypeError(
                f"a tensor of dtype {self.dtype} cannot need a gradient: only real numbers have derivatives. Make it "
                "a float first: t.astype('float32'), or ag.tensor([1.0, 2.0]) with decimal points."
            )
        if self.grad_fn is not None:
            if requires_grad:
                return self
            raise GradientError(
                f"this tensor was computed (by {self.grad_fn.name}), so its graph decides that it needs a gradient; "
                "t.detach() gives its values without."
            )
        if requires_grad != self.requires_grad:
            if requires_grad:
                self._node = leaf = getattr(self, "_frozen", None) or Leaf(self)
                leaf.describe(self._array)
            else:
                assert isinstance(self._node, Leaf)
                self._frozen, self._node = self._node, None
        return self

    def backward(self, gradient: Any = None, retain_graph: bool = False, create_graph: bool = False) -> None:
        """Add the derivative of this tensor with respect to every leaf that needs one to the leaf's ``.grad``.

        Parameters
        ----------
        gradient: what to start from, of this tensor's shape; 1 where it has one element. The result is the
            derivative of ``(self * gradient).sum()``.
        retain_graph: keep what the graph holds, so that a second pass may follow.
        create_graph: record the pass itself, so that gradients can be differentiated again.

        Raises GradientError where nothing needs a gradient, where ``gradient`` is missing, on a second pass
        through a graph that was released, and where a kept array was changed in place.

        >>> import autograd as ag
        >>> x = ag.tensor(3.0, requires_grad=True)
        >>> (x ** 2).backward()
        >>> x.grad
        Tensor(6., dtype=float32)
        """
        ops.backward(self, gradient, retain_graph, create_graph)

    def zero_grad(self) -> None:
        """Forget the gradient: ``.grad`` becomes None."""
        self.grad = None

    def register_hook(self, hook: Callable[[Any], Any]) -> Callable[[], Any]:
        """Call ``hook(gradient)`` with this tensor's gradient in each pass; what it returns replaces it, if not None.

        The gradient is a read-only array, or a Tensor under ``create_graph``. Returns a function that removes
        the hook.

        >>> import autograd as ag
        >>> x = ag.tensor(3.0, requires_grad=True)
        >>> y = x * 2
        >>> remove = y.register_hook(lambda g: g * 10)
        >>> y.backward(); x.grad
        Tensor(20., dtype=float32)
        """
        node = self._node
        if node is None:
            raise GradientError("register_hook on a tensor that needs no gradient: it would never be called.")
        hooks = node.hooks = node.hooks or {}
        key = object()
        hooks[key] = hook
        return lambda: hooks.pop(key, None)

    def retain_grad(self) -> None:
        """Keep this computed tensor's gradient in ``.grad``, which only leaves do by themselves.

        >>> import autograd as ag
        >>> x = ag.tensor(3.0, requires_grad=True)
        >>> y = x * 2; y.retain_grad()
        >>> (y * y).backward(); y.grad
        Tensor(12., dtype=float32)
        """
        node = self._node
        if node is None:
            raise GradientError("retain_grad on a tensor that needs no gradient: there will be none to keep.")
        if self.is_leaf:
            return
        here = weakref.ref(self)  # a node that held its tensor would be a cycle

        def keep(gradient: Any) -> None:
            tensor = here()
            if tensor is not None:
                own = gradient if isinstance(gradient, Tensor) else wrap(as_result(np.array(gradient)))
                tensor.grad = own if tensor.grad is None else tensor.grad + own

        node.hooks = node.hooks or {}
        node.hooks[RETAIN] = keep

    # --- reading and changing values ------------------------------------------------------------------

    def __getitem__(self, index: Any) -> Tensor:
        return ops.functions["getitem"](self, values_in(index))

    def __setitem__(self, index: Any, value: Any) -> None:
        self.assign(index, value, "x[i] = v", "y = x.copy(); y[i] = v")

    def assign(self, index: Any, value: Any, what: str, remedy: str) -> None:
        """``x[index] = value`` on behalf of ``what``: a new place in the graph while recording, else a write in place.

        ``remedy`` is what to write instead, where this is a leaf that needs a gradient.
        """
        index, value = values_in(index), stacked(value)
        if not self._is_recorded_with(value):
            target = self._memory()
            try:
                write_at(target, index, value_of(value))
            except GlassgradError:
                raise
            except (TypeError, ValueError, IndexError) as error:
                facts = {"x": target, "index": index, "value": value}
                raise operation_failed("setitem", facts, error) from error
            mark_written(target)
            return
        self._refuse_as_leaf(what, remedy)
        self._refuse_to_lose(what)
        old = self._node
        result = ops.functions["setitem"](self, index, value)
        self._array, self._node = result._array, result._node
        if old is not None and old.hooks and RETAIN in old.hooks and self._node is not None:
            self._node.hooks = {RETAIN: old.hooks.pop(RETAIN)}

    def fill(self, value: Any) -> None:
        """Make all elements ``value``, one number: ``t[...] = value``.

        >>> import autograd as ag
        >>> x = ag.tensor([1.0, 2.0]); x.fill(3); x
        Tensor([3., 3.], dtype=float32)
        """
        if np.ndim(value):
            raise ShapeError(f"t.fill(v): v is {describe(value)}; want one number, or write t[...] = v.")
        self.assign(..., value, "t.fill(v)", "y = t.copy(); y.fill(v)")

    def put(self, indices: Any, values: Any, mode: str = "raise") -> None:
        """Write values at indices of the flattened tensor, as ``np.put(t, indices, values, mode)`` does.

        >>> import autograd as ag
        >>> x = ag.zeros(2, 2); x.put([0, -1], [5.0, 6.0]); x
        Tensor([[5., 0.],
                [0., 6.]], dtype=float32)
        """
        np.put(self, indices, values, mode)  # type: ignore[arg-type]

    def sort(self, axis: int = -1, kind: Any = None, *, stable: bool | None = None) -> None:
        """Put the elements in order along an axis, in place as NumPy's method does; ``np.sort(t)`` is a new tensor.

        >>> import autograd as ag
        >>> x = ag.tensor([3.0, 1.0, 2.0]); x.sort(); x
        Tensor([1., 2., 3.], dtype=float32)
        """
        self.assign(..., ops.functions["sort"](self, axis, kind, stable=stable), "t.sort()", "y = np.sort(t)")

    def partition(self, kth: Any, axis: int = -1, kind: str = "introselect") -> None:
        """Put the kth element in its sorted place, in place as NumPy's method does: see ``np.partition``.

        >>> import autograd as ag
        >>> x = ag.tensor([3.0, 1.0, 2.0]); x.partition(0); x[0]
        Tensor(1., dtype=float32)
        """
        values = ops.functions["partition"](self, kth, axis, kind)
        self.assign(..., values, "t.partition(kth)", "y = np.partition(t, kth)")

    def update_in_place(self, function: Callable[..., Tensor], ufunc: np.ufunc, other: Any) -> Tensor:
        """``x += y`` and the like: a new place in the graph while recording, a write in place otherwise."""
        if self._is_recorded_with(other):
            self._refuse_as_leaf("an in-place operator", "y = x + ... for a new tensor")
            result = function(self, other)
            if result.shape != self.shape:
                raise ShapeError(
                    f"{ufunc.__name__} in place: a result of shape {result.shape} does not fit a tensor of shape "
                    f"{self.shape}; write x = x + ... for a new tensor."
                )
            return result if result.dtype == self.dtype or self.dtype.kind != "f" else result.astype(self.dtype)
        before = self._array
        try:
            if isinstance(before, np.ndarray):
                ufunc(before, value_of(other), out=before)
                mark_written(before)
            else:  # a NumPy scalar is shared with nobody: there is no memory to write into
                after = ufunc(before, value_of(other)).astype(before.dtype, casting="same_kind")
                if after.shape:
                    raise ValueError(f"a result of shape {after.shape} does not fit into shape ()")
                self._array = after
        except DetachError:
            raise
        except (TypeError, ValueError) as error:
            facts = {"x": before, "y": other}
            raise operation_failed(f"{ufunc.__name__} in place", facts, error) from error
        return self

    def _memory(self) -> np.ndarray:
        """The array itself, for functions of the library that write into it and then call `mark_written`."""
        if not isinstance(self._array, np.ndarray):
            self._array = np.array(self._array)
        return self._array

    def _is_recorded_with(self, other: Any) -> bool:
        """Whether a change of values, to what follows from ``other``, belongs into the graph."""
        return is_grad_enabled() and (self.requires_grad or getattr(other, "requires_grad", False))

    def _refuse_as_leaf(self, what: str, remedy: str) -> None:
        if isinstance(self._node, Leaf):
            raise GradientError(
                f"{what} on a leaf that needs a gradient would leave no leaf to give it to. Write {remedy}, or "
                "change it under ag.no_grad()."
            )

    def _refuse_to_lose(self, what: str) -> None:
        """Raise where a new place in the graph would lose a gradient, or hide the change from who shares the memory."""
        if self.dtype.kind != "f":
            raise DtypeError(
                f"{what}: a gradient would be lost in a tensor of dtype {self.dtype}; make it a float first."
            )
        node, array = self._node, self._array
        if is_seen_elsewhere(array) if node is None else node.is_view and isinstance(array, np.ndarray):
            raise GradientError(
                f"{what} into a view, while a gradient is recorded, would not reach the tensor that x is a view of. "
                "Write x = x.copy() first, or assign into the tensor itself: x[i, j] = v, not x[i][j] = v."
            )


def stacked(value: Any) -> Any:
    """``value``, one Tensor where it is a list with Tensors in it."""
    if isinstance(value, (list, tuple)):
        items = [stacked(item) for item in value]
        if any(isinstance(item, Tensor) for item in items):
            return ops.functions["stack"](items)
    return value


def wrap(array: Any) -> Tensor:
    """A Tensor around an array or NumPy scalar, as it is, that needs no gradient."""
    tensor: Tensor = _new(Tensor)
    tensor._array = array
    tensor._node = None
    tensor.grad = None
    return tensor


def _rebuild(kind: type[Tensor], array: np.ndarray, requires_grad: bool) -> Tensor:
    """A leaf of class ``kind`` around ``array``: what copying and unpickling make."""
    tensor = _new(kind)
    tensor._array = as_result(array)
    tensor._node = None
    tensor.grad = None
    return tensor.requires_grad_(requires_grad)
