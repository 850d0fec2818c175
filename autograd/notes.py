"""What a recording consists of, as plain data: lines of the program, facts about values, operations, passes."""

from __future__ import annotations

import linecache
import math
import os
import re
from collections.abc import Mapping, Sequence
from functools import lru_cache
from typing import Any, Literal, NamedTuple

import numpy as np

Kind = Literal["operation", "leaf", "cut"]
Reason = Literal["", "no_grad", "constant", "integer", "no derivative", "cut"]


_CELL = re.compile(r"ipykernel_\d+[\\/]\d+\.py$")  # what IPython calls the file of a notebook's cell: it tells nothing


class Line(NamedTuple):
    """A line of the user's program."""

    file: str
    number: int
    function: str

    @property
    def text(self) -> str:
        """The line itself, without indentation; empty where its file is not at hand."""
        return linecache.getline(self.file, self.number).strip()

    def __str__(self) -> str:
        file = "cell" if _CELL.search(self.file) else self.file
        if os.path.isabs(file) and file.startswith(os.getcwd() + os.sep):
            file = os.path.relpath(file)
        return f"{file}:{self.number}" + (f": {self.text}" if self.text else "")


# --- values ---------------------------------------------------------------------------------------------


class Summary(NamedTuple):
    """Facts about an array.

    Attributes
    ----------
    shape, dtype: of the array.
    size: the number of its elements.
    low, high, norm: smallest, largest, and square root of the sum of squares, of the finite elements.
    zeros, nans, infinities: how many elements are.
    dead: of several axes, how many places are 0 in all rows: of ``(batch, units)``, units that are 0 for every sample.

    ``low``, ``high`` and ``norm`` are NaN where they were not asked for, and where nothing is finite.

    >>> print(summarize(np.array([0.0, 2.0, np.nan])))
    (3,) float64, 0 to 2, 1 of 3 is 0, 1 is NaN
    """

    shape: tuple[int, ...]
    dtype: str
    size: int
    low: float = math.nan
    high: float = math.nan
    norm: float = math.nan
    zeros: int = 0
    nans: int = 0
    infinities: int = 0
    dead: int = 0

    @property
    def is_measured(self) -> bool:
        """Whether facts about the elements are known, or there are none."""
        return not self.size or self.nans + self.infinities > 0 or not math.isnan(self.norm)

    @property
    def share_of_zeros(self) -> float:
        """From 0 to 1; 0 of nothing."""
        return self.zeros / self.size if self.size else 0.0

    @property
    def is_zero(self) -> bool:
        """Whether there are elements, and all are 0."""
        return self.size > 0 and self.zeros == self.size

    @property
    def is_finite(self) -> bool:
        """Whether no element is NaN or infinite."""
        return not (self.nans or self.infinities)

    def __str__(self) -> str:
        parts = [f"{self.shape} {self.dtype}"]
        if not math.isnan(self.low):
            parts.append(f"{self.low:.4g} to {self.high:.4g}" if self.low != self.high else f"{self.low:.4g}")
        if self.size > 1 and self.zeros:
            parts.append(_count(self.zeros, f"of {self.size}", "0"))
        parts += [_count(self.nans, "", "NaN")] if self.nans else []
        parts += [_count(self.infinities, "", "infinite")] if self.infinities else []
        return ", ".join(parts)


def _count(count: int, of: str, what: str) -> str:
    return " ".join(filter(None, [str(count), of, "is" if count == 1 else "are", what]))


dtype_name = lru_cache(maxsize=64)(str)
"""The name of a dtype, as ``str`` gives it more slowly."""


def outline(array: Any) -> Summary:
    """An array's shape and dtype alone, which costs nothing.

    >>> outline(np.zeros((2, 3))).shape
    (2, 3)
    """
    return Summary(array.shape, dtype_name(array.dtype), array.size)


def summarize(array: Any) -> Summary:
    """Facts about an array or NumPy scalar: a few passes over its memory.

    >>> summarize(np.array([3.0, -4.0])).norm
    5.0
    """
    shape, size = array.shape, array.size
    known = (shape, dtype_name(array.dtype), size)
    if not shape:
        value = float(array)
        if not math.isfinite(value):
            return Summary(*known, nans=int(math.isnan(value)), infinities=int(math.isinf(value)))
        return Summary(*known, value, value, abs(value), int(value == 0))
    if not size:
        return Summary(*known)
    zeros = size - int(np.count_nonzero(array))
    finite, nans, infinities = array, 0, 0
    low, high = _range(array)
    if not (math.isfinite(low) and math.isfinite(high)):
        nans, infinities = int(np.isnan(array).sum()), int(np.isinf(array).sum())
        finite = array[np.isfinite(array)]
        if not finite.size:
            return Summary(*known, nans=nans, infinities=infinities)
        low, high = _range(finite)
    dead = _dead(array) if zeros >= shape[0] and len(shape) > 1 else 0
    return Summary(*known, low, high, _norm(finite, max(abs(low), abs(high))), zeros, nans, infinities, dead)


def _range(array: np.ndarray) -> tuple[float, float]:
    return float(np.minimum.reduce(array, axis=None)), float(np.maximum.reduce(array, axis=None))


def _dead(array: np.ndarray) -> int:
    """Places that are 0 in all rows; of many rows it mostly takes a few to see that there are none."""
    first = array[: len(array) if len(array) < 8 else 4]
    found = np.logical_not(first.any(0))
    if len(first) < len(array) and found.any():
        found &= np.logical_not(array.any(0))
    return int(np.count_nonzero(found))


def _norm(array: np.ndarray, largest: float) -> float:
    """The square root of the sum of squares; scaled where the sum would overflow or vanish."""
    flat = array.reshape(-1)
    if flat.dtype not in (np.float32, np.float64):
        flat = flat.astype(np.float64)
    if 1e-15 < largest < 1e15:
        return math.sqrt(flat.dot(flat))
    if not largest:
        return 0.0
    flat = flat / flat.dtype.type(largest)
    return largest * math.sqrt(flat.dot(flat))


def combined(parts: Sequence[Summary]) -> Summary:
    """Several arrays' facts as those of one that holds all their elements.

    >>> combined([summarize(np.array([3.0])), summarize(np.array([0.0, 4.0]))])
    Summary(shape=(3,), dtype='float64', size=3, low=0.0, high=4.0, norm=5.0, zeros=1, nans=0, infinities=0, dead=0)
    """
    if len(parts) == 1:
        return parts[0]
    size = sum(part.size for part in parts)
    known = [part for part in parts if not math.isnan(part.low)]
    return Summary(
        (size,),
        parts[0].dtype if parts else "",
        size,
        min((part.low for part in known), default=math.nan),
        max((part.high for part in known), default=math.nan),
        math.hypot(*(part.norm for part in known)) if known else math.nan,
        *(sum(getattr(part, fact) for part in parts) for fact in ("zeros", "nans", "infinities", "dead")),
    )


def is_plain(value: Any) -> bool:
    """Whether an argument is a number, a word, a slice, or a tuple of such: no array, and nothing that holds one.

    >>> is_plain((0, slice(None))), is_plain((np.arange(3), 0))
    (True, False)
    """
    kind = type(value)
    return kind in _PLAIN or (kind is tuple and all(map(is_plain, value)))


_PLAIN = {int, float, bool, str, slice, type(...), type(None)}


# --- operations -----------------------------------------------------------------------------------------


class Input(NamedTuple):
    """An operand of an operation.

    Attributes
    ----------
    argument: its name.
    shape, dtype: of its value.
    requires_grad: whether it was a Tensor that needs a gradient.
    is_edge: whether the operation's node leads to it, so that a gradient can flow.
    source: the number of the operation that it came from, also out of the graph; None for constants.
    """

    argument: str
    shape: tuple[int, ...]
    dtype: str
    requires_grad: bool
    is_edge: bool
    source: int | None


class Operation(NamedTuple):
    """A recorded operation; also a leaf, and a place where a value left the graph.

    Attributes
    ----------
    number: its place in the recording; higher than those of what it was computed from.
    kind: ``"operation"``, a call of a primitive; ``"leaf"``, a tensor that needs a gradient and was not computed;
        ``"cut"``, a result that is no part of a graph by nature: of ``detach()``, ``numpy()``, ``argmax``, ``less``.
    name: of the primitive; of what cut.
    inputs: operands that are numbers or arrays.
    numbers: operands that are Python's numbers, by argument.
    options: other arguments of the call that are plain: ``(("axis", 0),)``.
    results: facts about each result; shape and dtype alone where more was not asked for.
    values: copies of the results, if the recording keeps values.
    seconds: that the forward computation took.
    nbytes: of the results.
    kept: bytes of the arrays that its node keeps for the backward pass; operations may share them.
    multiply_adds: of its products of arrays; None where that is not known.
    line: of the user's program; of a leaf, where it was made or else first used. None where that was earlier.
    scope: the module that it was computed in.
    node: the creation number of its node; 0 where it is in no graph.
    why_not: where it is in no graph, the reason: ``"no_grad"``; ``"constant"``, no operand needs a gradient;
        ``"integer"``, the result's dtype has no derivatives; ``"no derivative"`` of these arguments; ``"cut"``.
    rule_of: the operation whose derivative it is a part of, in a pass with ``create_graph``; None elsewhere.
    """

    number: int
    kind: Kind
    name: str
    inputs: tuple[Input, ...] = ()
    numbers: tuple[tuple[str, float], ...] = ()
    options: tuple[tuple[str, Any], ...] = ()
    results: tuple[Summary, ...] = ()
    values: tuple[Any, ...] = ()
    seconds: float = 0.0
    nbytes: int = 0
    kept: int = 0
    multiply_adds: int | None = 0
    line: Line | None = None
    scope: str = ""
    node: int = 0
    why_not: Reason = ""
    rule_of: int | None = None

    @property
    def place(self) -> str:
        """Where it was computed, as far as that is known: ``train.py:12: y = np.log(x), in Sequential.0``."""
        line = str(self.line) if self.line else "a line before the recording"
        return f"{line}, in {self.scope}" if self.scope else line

    def __str__(self) -> str:
        return f"{self.name} at {self.place}"


# --- backward passes ------------------------------------------------------------------------------------


class Flow(NamedTuple):
    """What a rule computed for one argument: a part of the gradient of the operation ``source``."""

    argument: str
    source: int
    gradient: Summary
    value: Any = None


class Step(NamedTuple):
    """An operation's turn in a backward pass.

    Attributes
    ----------
    operation: its number.
    seconds: that its rules took.
    gradient: of its result, all that arrived.
    flows: gradients of its arguments.
    values: the gradients of the results themselves, as ``value`` of a flow is, if the recording keeps values.
    """

    operation: int
    seconds: float
    gradient: Summary
    flows: tuple[Flow, ...]
    values: tuple[Any, ...] = ()


class Pass(NamedTuple):
    """A backward pass.

    Attributes
    ----------
    roots: the operations that it started from.
    is_backward: whether it filled ``.grad``; ``ag.gradients`` does not.
    create_graph: whether it was itself recorded.
    is_inner: whether a rule of another pass made it, as that of a checkpoint does.
    line: of the user's program.
    steps: in the order in which operations had their turn.
    arrived: the gradient of each leaf, or of each input of ``ag.gradients``, by its operation's number.
    """

    roots: tuple[int, ...]
    is_backward: bool
    create_graph: bool
    is_inner: bool
    line: Line | None
    steps: tuple[Step, ...]
    arrived: Mapping[int, Summary]
