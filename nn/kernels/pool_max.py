"""Max pooling: the largest element of each window, and the gradient's way back to it.

The rules are closed under differentiation: `window_scatter` sends values to where the largest elements were,
`window_gather` fetches values from there, and each is the other's derivative. A window's largest element is known by
its number in the window, row by row, a byte as a rule; of equal elements it is the first, and nan, where there is one,
the last, as in PyTorch.
"""

from __future__ import annotations

import math
from typing import Any

import numpy as np

import autograd as ag
from nn.kernels.pool_windows import (
    Lines,
    Scratch,
    all_taps,
    by_blocks,
    counts_of,
    draw_lines,
    empty_like,
    fold,
    padded,
    sizes_of,
)


def _samples(rng: np.random.Generator) -> tuple[Any, ...]:
    """Distinct elements, so that none is near a tie."""
    lines = draw_lines(rng, int(rng.integers(1, 4)))
    shape = (*rng.integers(0 if rng.random() < 0.1 else 1, 3, 2), *sizes_of(lines))
    return 0.1 * rng.permutation(math.prod(shape)).reshape(shape), lines


@ag.primitive(view=False, samples=_samples)
def window_max(x: Any, lines: Lines) -> Any:
    """The largest element of each window: (..., *sizes) -> (..., *counts). Quickest where no gradient is wanted.

    >>> import numpy as np
    >>> from nn.kernels.pool_windows import line_of
    >>> window_max(np.array([1.0, 3.0, 2.0]), (line_of(3, 2, 1, 0, 1, ceil_mode=False),))
    array([3., 3.])
    """
    return fold(np.maximum, x, lines, -np.inf)


window_max.vjp(x=lambda g, x, lines: window_scatter(g, number(ag.value_of(x), lines)[1], lines), lines=None)


@ag.primitive(view=False, samples=_samples)
def max_pool(x: Any, lines: Lines) -> Any:
    """`window_max` that takes note of where each maximum was, so that its derivative is quick and needs no x.

    >>> import numpy as np
    >>> from nn.kernels.pool_windows import line_of
    >>> max_pool(np.array([1.0, 3.0, 2.0]), (line_of(3, 2, 1, 0, 1, ceil_mode=False),))
    array([3., 3.])
    """
    return number(x, lines)


max_pool.vjp(x=lambda g, saved, lines: window_scatter(g, saved, lines), lines=None)


# --- which element of a window --------------------------------------------------------------------------


def number(x: np.ndarray, lines: Lines) -> tuple[np.ndarray, np.ndarray]:
    """Each window's largest element, and its number in the window."""
    out = empty_like(x, (*x.shape[: -len(lines)], *counts_of(lines)))
    numbers = empty_like(x, out.shape, np.min_scalar_type(math.prod([line.kernel for line in lines]) - 1))
    with_padding = padded(lines)
    interior: tuple[Any, ...] = (..., *[slice(line.padding, line.padding + line.size) for line in lines])
    elements = [elements for _, elements in all_taps(with_padding)]

    def work(block: slice, scratch: Scratch) -> None:
        part, values = x[block], out[block]
        if with_padding != lines:
            part = scratch("padded", part, (*part.shape[: -len(lines)], *sizes_of(with_padding)))
            part.fill(-np.inf)
            part[interior] = x[block]
        _number(part, elements, values, numbers[block], scratch, has_nan=False)
        if np.isnan(values, out=scratch("better", values, values.shape, bool)).any():
            _number(part, elements, values, numbers[block], scratch, has_nan=True)
        if with_padding != lines:
            _number_what_is_minus_infinity(lines, values, numbers[block])

    by_blocks(work, x, lines)
    return out, numbers


def _number(
    x: np.ndarray,
    elements: list[tuple[Any, ...]],
    out: np.ndarray,
    numbers: np.ndarray,
    scratch: Scratch,
    *,
    has_nan: bool,
) -> None:
    """Write the largest elements and their numbers: a later number is the larger one, so the last better one stays."""
    candidates, better = scratch("candidates", out, out.shape), scratch("better", out, out.shape, bool)
    marked = scratch("marked", out, out.shape, numbers.dtype)
    out[...] = x[elements[0]]
    numbers.fill(0)
    for place, here in enumerate(elements[1:], 1):
        candidates[...] = x[here]  # a copy without gaps: comparing and choosing are three times as fast on it
        np.greater(candidates, out, out=better)
        if has_nan:
            better |= np.isnan(candidates)
        np.maximum(out, candidates, out=out)
        np.multiply(better.view(np.uint8), numbers.dtype.type(place), out=marked)
        np.maximum(numbers, marked, out=numbers)


def _number_what_is_minus_infinity(lines: Lines, out: np.ndarray, numbers: np.ndarray) -> None:
    """Give windows in which nothing is larger than the padding the number of their first element."""
    first: Any = 0
    for line in lines:
        starts = np.arange(line.windows) * line.stride - line.padding
        first = np.add.outer(first * line.kernel, -(np.minimum(starts, 0) // line.dilation))
    np.copyto(numbers, first, where=out == -np.inf, casting="unsafe")


def places_of(numbers: np.ndarray, lines: Lines) -> np.ndarray:
    """Numbers in windows as places in the flattened axes of windows."""
    starts: Any = 0
    steps: Any = 0
    for line in lines:
        starts = np.add.outer(starts * line.size, np.arange(line.windows) * line.stride - line.padding)
        steps = np.add.outer(steps * line.size, np.arange(line.kernel) * line.dilation)
    places: np.ndarray = steps.reshape(-1)[numbers]
    places += starts
    return places


# --- there and back -------------------------------------------------------------------------------------


def _scatter_samples(rng: np.random.Generator) -> tuple[Any, ...]:
    x, lines = _samples(rng)
    out, numbers = number(x, lines)
    return rng.normal(size=out.shape), numbers, lines


@ag.primitive(view=False, samples=_scatter_samples)
def window_scatter(x: Any, numbers: Any, lines: Lines) -> Any:
    """Zeros to which each window's ``x`` is added in its numbered place: (..., *counts) -> (..., *sizes).

    The axes of the result are in memory as those of ``numbers``.

    >>> import numpy as np
    >>> from nn.kernels.pool_windows import line_of
    >>> window_scatter(np.array([1.0, 10.0]), np.array([1, 0], "u1"), (line_of(3, 2, 1, 0, 1, ceil_mode=False),))
    array([ 0., 11.,  0.])
    """
    out = empty_like(numbers, (*x.shape[: -len(lines)], *sizes_of(lines)), x.dtype)
    parts = all_taps(lines)
    are_apart, is_partition = all(line.are_apart for line in lines), all(line.is_partition for line in lines)

    def work(block: slice, scratch: Scratch) -> None:
        where, into = numbers[block], out[block]
        given = scratch("given", where, where.shape, x.dtype)
        given[...] = x[block]
        if not is_partition:
            into.fill(0)
        for place, (windows, elements) in enumerate(parts):
            chosen = _where_equal(where, place, given, scratch)[windows]
            if are_apart:
                into[elements] = chosen
            else:
                into[elements] += chosen

    by_blocks(work, out, lines)
    return out


def _where_equal(numbers: np.ndarray, place: int, x: np.ndarray, scratch: Scratch) -> np.ndarray:
    """x where the numbers are ``place``, and 0 elsewhere, also where x is infinite: a product with 0 would be nan."""
    is_there = scratch("there", numbers, numbers.shape, bool)
    chosen = scratch("chosen", numbers, numbers.shape, x.dtype)
    bits = np.dtype(f"i{x.dtype.itemsize}")
    np.equal(numbers, numbers.dtype.type(place), out=is_there)
    np.negative(is_there.view(np.int8), out=chosen.view(bits))  # -1 has all bits
    np.bitwise_and(chosen.view(bits), x.view(bits), out=chosen.view(bits))
    return chosen


window_scatter.vjp(x=lambda g, numbers, lines: window_gather(g, numbers, lines), numbers=None, lines=None)


def _gather_samples(rng: np.random.Generator) -> tuple[Any, ...]:
    x, lines = _samples(rng)
    return rng.normal(size=x.shape), number(x, lines)[1], lines


@ag.primitive(view=False, samples=_gather_samples)
def window_gather(x: Any, numbers: Any, lines: Lines) -> Any:
    """Each window's numbered element: (..., *sizes) -> (..., *counts).

    >>> import numpy as np
    >>> from nn.kernels.pool_windows import line_of
    >>> window_gather(np.array([1.0, 3.0, 2.0]), np.array([1, 0], "u1"), (line_of(3, 2, 1, 0, 1, ceil_mode=False),))
    array([3., 3.])
    """
    out = empty_like(numbers, numbers.shape, x.dtype)

    def work(block: slice, scratch: Scratch) -> None:
        where, into, part = numbers[block], out[block], x[block]
        candidates = scratch("candidates", where, where.shape, x.dtype)
        into.fill(0)
        for place, (windows, elements) in enumerate(all_taps(lines)):
            candidates.fill(0) if candidates[windows].size < candidates.size else None
            candidates[windows] = part[elements]
            into += _where_equal(where, place, candidates, scratch)

    by_blocks(work, x, lines)
    return out


window_gather.vjp(x=lambda g, numbers, lines: window_scatter(g, numbers, lines), numbers=None, lines=None)
