"""Where the windows of pooling lie along each axis, and what they have in each of their places, without a copy.

Arrays here are (..., *sizes), with as many axes of windows as there are `Line`s, in any order in memory.
"""

from __future__ import annotations

import math
from collections.abc import Callable
from dataclasses import dataclass
from functools import lru_cache
from typing import Any, ClassVar, NamedTuple

import numpy as np

import autograd as ag
from autograd.parallel import in_pieces

BLOCK = 1 << 21  # bytes at a time: what is computed on the way stays in the cache, and calls are few
WORTH_A_THREAD = 1 << 19  # elements

Shape = tuple[int, ...]
Taps = tuple[tuple[slice, slice], ...]


class Line(NamedTuple):
    """Windows along one axis, the first of which begins ``padding`` elements before it."""

    size: int
    kernel: int
    stride: int
    padding: int
    dilation: int
    windows: int

    @property
    def span(self) -> int:
        """How many elements a window reaches over."""
        return (self.kernel - 1) * self.dilation + 1

    @property
    def are_apart(self) -> bool:
        """Whether no element lies in two windows."""
        return self.stride >= self.span

    @property
    def is_partition(self) -> bool:
        """Whether each element lies in one window."""
        is_tight = self.kernel == self.stride and self.dilation == 1 and not self.padding
        return is_tight and self.windows * self.stride == self.size

    @property
    def is_whole(self) -> bool:
        """Whether a single window has all elements."""
        return self.windows == 1 and self.is_partition

    def find_taps(self) -> Taps:
        """What `taps` says."""
        found = []
        for place in range(self.kernel):
            offset = place * self.dilation - self.padding
            first = min(self.windows, max(0, -(offset // self.stride)))
            stop = min(self.windows, max(first, (self.size - 1 - offset) // self.stride + 1))
            start, count = first * self.stride + offset, stop - first
            elements = slice(start, start + (count - 1) * self.stride + 1, self.stride) if count else slice(0, 0)
            found.append((slice(first, stop), elements))
        return tuple(found)


@dataclass(frozen=True)
class EvenLine:
    """Windows that cover an axis evenly, and overlap: window i goes from floor(i * s / n) to ceil((i + 1) * s / n)."""

    size: int
    windows: int

    are_apart: ClassVar[bool] = False
    is_partition: ClassVar[bool] = False
    is_whole: ClassVar[bool] = False

    def bounds(self) -> tuple[np.ndarray, np.ndarray]:
        """Where the windows start and stop."""
        numbers = np.arange(self.windows)
        return numbers * self.size // self.windows, -(-(numbers + 1) * self.size // self.windows)

    def find_taps(self) -> Taps:
        """What `taps` says, one window at a time."""
        bounds = zip(*self.bounds(), strict=True)
        return tuple(
            [(slice(i, i + 1), slice(j, j + 1)) for i, (start, stop) in enumerate(bounds) for j in range(start, stop)]
        )


Lines = tuple[Line, ...]
AnyLines = tuple[Line | EvenLine, ...]


@lru_cache(maxsize=256)
def taps(line: Line | EvenLine) -> Taps:
    """For each place in a window: the windows that have an element there, and these elements."""
    return line.find_taps()


def members(line: Line | EvenLine) -> np.ndarray:
    """How many elements each window has, (windows)."""
    found = np.zeros(line.windows, np.intp)
    for windows, _ in taps(line):
        found[windows] += 1
    return found


@lru_cache(maxsize=256)
def all_taps(lines: Lines) -> tuple[tuple[tuple[Any, ...], tuple[Any, ...]], ...]:
    """What `taps` says, for each place of a window of several axes, row by row: two indices."""
    places = np.ndindex(*[line.kernel for line in lines])
    chosen = [[taps(line)[i] for line, i in zip(lines, place, strict=True)] for place in places]
    return tuple([((..., *[w for w, _ in each]), (..., *[e for _, e in each])) for each in chosen])


@lru_cache(maxsize=256)
def padded(lines: Lines) -> Lines:
    """The same windows on axes with the padding in them, and with what the last windows lack."""
    sizes = [max(line.size + line.padding, (line.windows - 1) * line.stride + line.span) for line in lines]
    return tuple([line._replace(size=size, padding=0) for line, size in zip(lines, sizes, strict=True)])


def counts_of(lines: AnyLines) -> Shape:
    """How many windows there are along each axis."""
    return tuple([line.windows for line in lines])


def sizes_of(lines: AnyLines) -> Shape:
    """How many elements there are along each axis."""
    return tuple([line.size for line in lines])


def on_axis(axis: int, part: slice) -> tuple[Any, ...]:
    """The index of a part of an axis that is counted from the last, -1."""
    return (..., part, *[slice(None)] * (-1 - axis))


def with_length(shape: Shape, axis: int, length: int) -> Shape:
    """A shape with another length of an axis that is counted from the last."""
    return (*shape[:axis], length, *shape[len(shape) + axis + 1 :])


def empty_like(x: np.ndarray, shape: Shape, dtype: Any = None) -> np.ndarray:
    """A new array of another shape, its axes in memory in the order of those of ``x``."""
    return np.empty_like(x, dtype, shape=shape)


class Scratch:
    """Arrays for what is computed on the way; the next block of samples finds them again."""

    def __init__(self) -> None:
        self.arrays: dict[Any, np.ndarray] = {}

    def __call__(self, key: Any, x: np.ndarray, shape: Shape, dtype: Any = None) -> np.ndarray:
        """What `empty_like` makes, in memory that is kept under ``key``."""
        found = self.arrays.get(key)
        if found is None or found.shape[1:] != shape[1:] or len(found) < shape[0]:
            found = self.arrays[key] = empty_like(x, shape, dtype)
        return found[: shape[0]]


def by_blocks(work: Callable[[slice, Scratch], None], x: np.ndarray, lines: AnyLines) -> None:
    """Call ``work`` for blocks of ``x`` along its first axis, in several threads where there is enough to do."""
    if x.ndim == len(lines) or not x.size:
        work(slice(None), Scratch())
        return
    samples = max(1, BLOCK // (x.nbytes // len(x)))

    def piece(start: int, stop: int) -> None:
        scratch = Scratch()
        for first in range(start, stop, samples):
            work(slice(first, min(first + samples, stop)), scratch)

    in_pieces(piece, len(x), is_worth_it=x.size >= WORTH_A_THREAD)


def fold(ufunc: np.ufunc, x: np.ndarray, lines: AnyLines, nothing: float) -> np.ndarray:
    """Each window's elements put together by ``ufunc``, axis by axis: (..., *sizes) -> (..., *counts).

    ``nothing`` is what ``ufunc`` leaves everything else as it is with; it stands for the padding.
    """
    out = empty_like(x, (*x.shape[: -len(lines)], *counts_of(lines)))
    at_once = _few_taps(x, lines)

    def work(block: slice, scratch: Scratch) -> None:
        part = x[block]
        if at_once:
            into = ufunc(part[at_once[0]], part[at_once[1]], out=out[block])
            for elements in at_once[2:]:
                ufunc(into, part[elements], out=into)
            return
        for axis, line in enumerate(lines, -len(lines)):
            shape = with_length(part.shape, axis, line.windows)
            into = out[block] if axis == -1 else scratch(axis, part, shape)
            _fold_along(ufunc, part, axis, line, nothing, into)
            part = into

    by_blocks(work, x, lines)
    return out


def _few_taps(x: np.ndarray, lines: AnyLines) -> list[tuple[Any, ...]]:
    """The elements in each place of small windows that are all full, where runs of channels make that the quick way.

    It needs no array between the axes. None is given where axis by axis is quicker.
    """
    is_in_runs = not x.flags.c_contiguous and x.ndim > len(lines) and x.shape[-len(lines) - 1] >= 16
    full = tuple([line for line in lines if isinstance(line, Line) and padded((line,)) == (line,)])
    if not is_in_runs or full != lines or not 2 <= math.prod([line.kernel for line in full]) <= 4:
        return []
    return [elements for _, elements in all_taps(full)]


def _fold_along(
    ufunc: np.ufunc, x: np.ndarray, axis: int, line: Line | EvenLine, nothing: float, out: np.ndarray
) -> None:
    everywhere = slice(0, line.windows)
    parts = sorted(taps(line), key=lambda tap: tap[0] != everywhere)
    ready = [x[on_axis(axis, elements)] for windows, elements in parts[:2] if windows == everywhere]
    if len(ready) == 2:
        ufunc(*ready, out=out)
    else:
        out[...] = ready[0] if ready else nothing
    for windows, elements in parts[len(ready) :]:
        here = out[on_axis(axis, windows)]
        ufunc(here, x[on_axis(axis, elements)], out=here)


# --- places in the flattened axes of windows --------------------------------------------------------------


def at_places(x: Any, places: np.ndarray, axes: int) -> Any:
    """The elements at places in the flattened last ``axes``: (..., *sizes), (..., *counts) -> (..., *counts).

    >>> import numpy as np
    >>> at_places(np.array([[1.0, 2.0], [3.0, 4.0]]), np.array([[3]]), 2)
    array([[4.]])
    """
    leading = x.shape[: x.ndim - axes]
    flat = np.reshape(x, (*leading, math.prod(x.shape[x.ndim - axes :])))
    flat_places = places.reshape(*leading, math.prod(places.shape[x.ndim - axes :]))
    return np.reshape(np.take_along_axis(flat, flat_places, -1), places.shape)


def to_places(x: Any, places: np.ndarray, sizes: Shape) -> Any:
    """Zeros but for x at its places in the flattened last axes: (..., *counts), (..., *counts) -> (..., *sizes).

    >>> import numpy as np
    >>> to_places(np.array([[5.0]]), np.array([[3]]), (2, 2))
    array([[0., 0.],
           [0., 5.]])
    """
    leading = x.shape[: x.ndim - len(sizes)]
    count = math.prod(x.shape[x.ndim - len(sizes) :])
    rows = np.zeros((*leading, math.prod(sizes)), x.dtype)
    flat = ag.scatter(rows, places.reshape(*leading, count), np.reshape(x, (*leading, count)), -1)
    return np.reshape(flat, (*leading, *sizes))


# --- how many windows -----------------------------------------------------------------------------------


def draw_lines(rng: np.random.Generator, axes: int) -> Lines:
    """Random windows, for tests: overlapping, apart, padded, dilated, with a last one that is not full."""
    lines = []
    for _ in range(axes):
        kernel, stride = int(rng.integers(1, 4)), int(rng.integers(1, 4))
        padding, dilation = int(rng.integers(0, kernel // 2 + 1)), int(rng.integers(1, 3))
        size = (kernel - 1) * dilation + 1 + int(rng.integers(0, 3))
        lines.append(line_of(size, kernel, stride, padding, dilation, ceil_mode=bool(rng.integers(2))))
    return tuple(lines)


@lru_cache(maxsize=256)
def lines_of(sizes: Shape, kernel: Shape, stride: Shape, padding: Shape, dilation: Shape, ceil_mode: bool) -> Lines:
    """The windows of such options, one of each for every axis; none where there is no room for them."""
    options = zip(sizes, kernel, stride, padding, dilation, strict=True)
    lines = tuple([line_of(*each, ceil_mode=ceil_mode) for each in options])
    return lines if all(line.windows > 0 and members(line).all() for line in lines) else ()


def line_of(size: int, kernel: int, stride: int, padding: int, dilation: int, ceil_mode: bool) -> Line:
    """As many windows as begin within the axis or before it and, without ``ceil_mode``, end within the padding."""
    room = size + 2 * padding - (kernel - 1) * dilation - 1
    count = (room + (stride - 1 if ceil_mode else 0)) // stride + 1
    if ceil_mode and (count - 1) * stride >= size + padding:
        count -= 1
    return Line(size, kernel, stride, padding, dilation, count)
