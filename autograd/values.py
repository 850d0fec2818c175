"""What a tensor tells of its values: facts, Python numbers, comparisons. None of it is part of a graph."""

from __future__ import annotations

import sys
from opcode import opmap
from types import FrameType
from typing import Any

import numpy as np

from autograd.dtypes import as_result
from autograd.errors import DetachError, ShapeError, describe_call, operation_failed, without
from autograd.methods import RegisteredMethods
from autograd.modes import hooks, is_grad_enabled


class ArrayFacts(RegisteredMethods):
    """The part of Tensor whose results are plain: numbers, tuples, boolean arrays."""

    __slots__ = ()

    _array: np.ndarray | np.generic
    requires_grad: bool

    @property
    def shape(self) -> tuple[int, ...]:
        """Lengths of the axes."""
        return self._array.shape

    @property
    def ndim(self) -> int:
        """Number of axes."""
        return self._array.ndim

    @property
    def size(self) -> int:
        """Number of elements."""
        return self._array.size

    @property
    def dtype(self) -> np.dtype[Any]:
        """The elements' dtype."""
        return self._array.dtype

    @property
    def itemsize(self) -> int:
        """Bytes per element."""
        return self._array.itemsize

    @property
    def nbytes(self) -> int:
        """Bytes of all elements."""
        return self._array.nbytes

    # --- Python's protocols ---------------------------------------------------------------------------

    def __format__(self, spec: str) -> str:
        return format(self.item(), spec) if spec else str(self)

    def __len__(self) -> int:
        if not self.shape:
            raise TypeError("len() of a 0-d tensor: it has one element and no axis.")
        return self.shape[0]

    def __contains__(self, value: Any) -> bool:
        return bool(np.any(self == value))

    def item(self) -> Any:
        """The value of a tensor of one element as a Python number.

        >>> import autograd as ag
        >>> ag.tensor([[2.5]]).item()
        2.5
        """
        return self._number("item()")

    def _number(self, how: str) -> Any:
        if self.size != 1:
            raise ValueError(f"item() of a tensor of shape {self.shape}: one element is a number; use .tolist().")
        return outside(how, self, self._array.item())

    def tolist(self) -> Any:
        """The values as nested lists of Python numbers.

        >>> import autograd as ag
        >>> ag.tensor([[1, 2]]).tolist()
        [[1, 2]]
        """
        return outside("tolist()", self, self._array.tolist())

    def __float__(self) -> float:
        if self.requires_grad and is_grad_enabled() and _is_storing(sys._getframe(1)):
            raise DetachError(
                "array[i] = t of a Tensor t that needs a gradient would cut it out of its graph: arrays hold numbers "
                "alone. Make the array a Tensor, such as ag.zeros(3), or put the parts together by np.stack; or write "
                "t.item() if its value alone is meant."
            )
        return float(self._number("float()"))

    def __int__(self) -> int:
        return int(self.item())

    def __bool__(self) -> bool:
        if self.size != 1:
            raise ValueError(
                f"the truth of a tensor of shape {self.shape} is ambiguous: write (t > 0).all() or (t > 0).any()."
            )
        return bool(self._array)

    def __index__(self) -> int:
        if self.dtype.kind not in "iu" or self.size != 1:
            raise TypeError(f"a {self.dtype} tensor of shape {self.shape} is no index: one integer is.")
        return int(self.item())

    def __invert__(self) -> Any:
        return np.invert(self._array)

    def __and__(self, other: Any) -> Any:
        return self._array & getattr(other, "_array", other)

    def __or__(self, other: Any) -> Any:
        return self._array | getattr(other, "_array", other)

    def __xor__(self, other: Any) -> Any:
        return self._array ^ getattr(other, "_array", other)

    __rand__, __ror__, __rxor__ = __and__, __or__, __xor__

    # --- plain results ---------------------------------------------------------------------------------

    @without(dim="its name is axis=", keepdim="its name is keepdims=")
    def argmax(self, axis: int | None = None, keepdims: bool = False) -> Any:
        """Indices of the largest elements, as a plain array."""
        return outside("argmax", self, np.argmax(self._array, axis, keepdims=keepdims))

    @without(dim="its name is axis=", keepdim="its name is keepdims=")
    def argmin(self, axis: int | None = None, keepdims: bool = False) -> Any:
        """Indices of the smallest elements, as a plain array."""
        return outside("argmin", self, np.argmin(self._array, axis, keepdims=keepdims))

    @without(dim="its name is axis=", descending="write (-x).argsort()")
    def argsort(self, axis: int | None = -1, kind: Any = None, *, stable: bool | None = None) -> Any:
        """Indices that put the elements in order, as a plain array."""
        return outside("argsort", self, np.argsort(self._array, axis, kind, stable=stable))

    def argpartition(self, kth: Any, axis: int | None = -1) -> Any:
        """Indices that put the elements on their side of the kth, as a plain array."""
        return np.argpartition(self._array, kth, axis)

    def nonzero(self) -> Any:
        """Indices of the elements that are not 0: a plain array for each axis."""
        return np.nonzero(self._array)

    def searchsorted(self, v: Any, side: Any = "left", sorter: Any = None) -> Any:
        """Where in this sorted tensor to insert ``v``, as plain indices."""
        return np.searchsorted(self._array, value_of(v), side, sorter)

    def all(self, axis: Any = None, keepdims: bool = False) -> Any:
        """Whether all elements are true, as a plain boolean."""
        return np.all(self._array, axis, keepdims=keepdims)

    def any(self, axis: Any = None, keepdims: bool = False) -> Any:
        """Whether any element is true, as a plain boolean."""
        return np.any(self._array, axis, keepdims=keepdims)

    # --- comparisons: boolean arrays, and identity as the hash ------------------------------------------

    def __eq__(self, other: Any) -> Any:
        return _compare(np.equal, self, other)

    def __ne__(self, other: Any) -> Any:
        return _compare(np.not_equal, self, other)

    def __lt__(self, other: Any) -> Any:
        return _compare(np.less, self, other)

    def __le__(self, other: Any) -> Any:
        return _compare(np.less_equal, self, other)

    def __gt__(self, other: Any) -> Any:
        return _compare(np.greater, self, other)

    def __ge__(self, other: Any) -> Any:
        return _compare(np.greater_equal, self, other)

    __hash__ = object.__hash__


def _compare(ufunc: np.ufunc, x: ArrayFacts, y: Any) -> Any:
    """A comparison's plain boolean result."""
    try:
        result = ufunc(x._array, getattr(y, "_array", y))
        return result if hooks.cut is None else hooks.cut(ufunc.__name__, (x, y), result)
    except (TypeError, ValueError) as error:
        if isinstance(error, TypeError) and ufunc in (np.equal, np.not_equal):  # text and the like are never equal
            return as_result(np.full(x.shape, ufunc is np.not_equal))
        raise operation_failed(ufunc.__name__, {"x": x, "y": y}, error) from error


def _is_storing(frame: FrameType) -> bool:
    """Whether a frame is at ``array[i] = ...``, where NumPy asks for a number, and nobody called float."""
    return frame.f_code.co_code[frame.f_lasti] == _STORE


_STORE = opmap["STORE_SUBSCR"]


def outside(name: str, tensor: ArrayFacts, result: Any) -> Any:
    """``result``, which ``name`` made of a tensor and which is in no graph: who watches is told of it."""
    return result if hooks.cut is None else hooks.cut(name, (tensor,), result)


# --- values of Tensors, for what takes arrays -----------------------------------------------------------


def value_of(x: Any) -> Any:
    """The array in a Tensor, (...) -> (...), which shares its memory; anything else as it is. It raises no errors.

    Parameters
    ----------
    x: a Tensor, of which one without axes holds a NumPy scalar; or anything.

    >>> import autograd as ag
    >>> ag.value_of(ag.tensor([1.0, 2.0])), ag.value_of("text")
    (array([1., 2.], dtype=float32), 'text')
    """
    return x._array if isinstance(x, ArrayFacts) else x


def values_in(structure: Any) -> Any:
    """``structure`` with arrays in place of Tensors, also inside tuples, lists and dicts."""
    if isinstance(structure, ArrayFacts):
        return structure._array
    if isinstance(structure, (tuple, list)):
        return type(structure)([values_in(item) for item in structure])
    if isinstance(structure, dict):
        return {key: values_in(value) for key, value in structure.items()}
    return structure


# --- writing into arrays --------------------------------------------------------------------------------


def is_basic(index: Any) -> bool:
    """Whether an index selects each element at most once, by ints, slices, None and ``...`` alone.

    >>> is_basic((0, slice(None), None)), is_basic([0, 1])
    (True, False)
    """
    items = index if isinstance(index, tuple) else (index,)
    return all(item is None or item is ... or isinstance(item, (int, np.integer, slice)) for item in items)


def write_at(array: np.ndarray, index: Any, value: Any) -> None:
    """``array[index] = value``, where of a repeated element the last value in C order stays.

    NumPy takes index arrays and values in the order of memory: if they are transposed or reversed there, it may be
    another that stays. Raises ShapeError where the value does not fit.

    >>> places, zeros = np.array([1, 0, 0])[::-1], np.zeros(2)
    >>> write_at(zeros, places, np.array([3.0, 2.0, 1.0])[::-1])
    >>> zeros
    array([2., 3.])
    """
    if not is_basic(index):
        items = index if isinstance(index, tuple) else (index,)
        index = tuple([_in_c_order(item) for item in items])
        value = _in_c_order(value)
    try:
        array[index] = value
    except ValueError as error:
        if "broadcast" not in str(error):
            raise
        facts = {"x": array, "index": index, "value": value}
        raise ShapeError(f"{describe_call('setitem', facts)}: {error}") from error


def _in_c_order(item: Any) -> Any:
    return np.asarray(item, order="C") if isinstance(item, np.ndarray) else item


def is_seen_elsewhere(array: Any) -> bool:
    """Whether an array is a view of memory that something else refers to, or another library."""
    base = array.base
    if base is None:
        return False
    return not isinstance(base, np.ndarray) or base.base is not None or sys.getrefcount(base) > _SOLE


def _count_sole() -> int:
    """What `sys.getrefcount` says in `is_seen_elsewhere` of an array that one view alone refers to."""
    array = np.zeros(2)[:1]
    base = array.base
    return sys.getrefcount(base)


_SOLE = _count_sole()
