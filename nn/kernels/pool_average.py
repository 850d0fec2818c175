"""Average pooling: sums over windows, divided; linear, so that it and its transpose are each other's derivative."""

from __future__ import annotations

import math
from functools import lru_cache, reduce
from typing import Any

import numpy as np

import autograd as ag
from autograd.parallel import calm
from nn.kernels.constants import ones, read_only
from nn.kernels.pool_windows import (
    AnyLines,
    EvenLine,
    Line,
    Scratch,
    by_blocks,
    draw_lines,
    empty_like,
    fold,
    members,
    on_axis,
    sizes_of,
    taps,
    with_length,
)

Divisors = tuple[tuple[int, ...], ...]
"""What sums are divided by: for each axis a factor of each window's, or one that is all windows'."""


def divisors_of(lines: AnyLines, count_include_pad: bool, divisor_override: int | None = None) -> Divisors:
    """The sizes of the windows along each axis, with or without the padding, or the number that is to replace them."""
    if divisor_override is not None:
        return ((divisor_override,),) + ((1,),) * (len(lines) - 1)
    return tuple([_lengths(line, count_include_pad) for line in lines])


def _lengths(line: Line | EvenLine, count_include_pad: bool) -> tuple[int, ...]:
    if count_include_pad and isinstance(line, Line):  # but not what a last window has beyond the padding
        starts = np.arange(line.windows) * line.stride - line.padding
        lengths = np.minimum(starts + line.kernel, line.size + line.padding) - starts
    else:
        lengths = members(line)
    same = bool((lengths == lengths[0]).all())
    return tuple(lengths[:1].tolist() if same else lengths.tolist())


@lru_cache(maxsize=64)
def _divisor(divisors: Divisors, dtype: np.dtype[Any]) -> Any:
    product = read_only(reduce(np.multiply.outer, [np.array(each, dtype) for each in divisors]))
    return product if product.size > 1 else product.reshape(())[()]


def _samples(rng: np.random.Generator) -> tuple[Any, ...]:
    drawn = [line._replace(dilation=1) for line in draw_lines(rng, int(rng.integers(1, 4)))]
    sizes, counts = [line.size for line in drawn], rng.integers(1, 5, len(drawn))
    kind = rng.integers(4)
    lines: AnyLines = tuple(drawn)
    if kind == 0:
        lines = tuple([EvenLine(size, int(count)) for size, count in zip(sizes, counts, strict=True)])
    elif kind == 1:
        lines = tuple([Line(size, size, size, 0, 1, 1) for size in sizes])
    shape = (*rng.integers(0 if rng.random() < 0.1 else 1, 3, 2), *sizes_of(lines))
    divisor = int(rng.integers(1, 5)) if rng.random() < 0.3 else None
    return rng.normal(size=shape), lines, divisors_of(lines, bool(rng.integers(2)), divisor)


@ag.primitive(view=False, samples=_samples)
def window_mean(x: Any, lines: AnyLines, divisors: Divisors) -> Any:
    """The sum of each window over its divisor: (..., *sizes) -> (..., *counts).

    >>> import numpy as np
    >>> from nn.kernels.pool_windows import line_of
    >>> window_mean(np.array([1.0, 3.0, 2.0]), (line_of(3, 2, 1, 0, 1, ceil_mode=False),), ((2,),))
    array([2. , 2.5])
    """
    out = _totals(x, len(lines)) if all(line.is_whole for line in lines) else fold(np.add, x, lines, 0.0)
    return np.divide(out, _divisor(divisors, x.dtype), out=out)


def _totals(x: np.ndarray, axes: int) -> np.ndarray:
    """The sum of each image, (..., *sizes) -> (..., *ones), as a product with ones, up to four times as fast."""
    count, channels = math.prod(x.shape[-axes:]), x.shape[-axes - 1]
    channels_last = np.moveaxis(x, -axes - 1, -1)
    with calm():
        if x.size and x.flags.c_contiguous:
            totals = x.reshape(-1, count) @ ones(count, x.dtype)
        elif x.size and channels_last.flags.c_contiguous:
            totals = np.matmul(ones(count, x.dtype), channels_last.reshape(-1, count, channels))
        else:
            totals = np.add.reduce(x, tuple(range(-axes, 0)))
    return np.reshape(totals, (*x.shape[:-axes], *(1,) * axes))


window_mean.vjp(
    x=lambda g, lines, divisors: share_out(g, lines, divisors),
    lines=None,
    divisors=None,
)


def _shared_samples(rng: np.random.Generator) -> tuple[Any, ...]:
    x, lines, divisors = _samples(rng)
    return rng.normal(size=(*x.shape[: -len(lines)], *[line.windows for line in lines])), lines, divisors


@ag.primitive(view=False, samples=_shared_samples)
def share_out(x: Any, lines: AnyLines, divisors: Divisors) -> Any:
    """Each window's number over its divisor, added to all its elements: (..., *counts) -> (..., *sizes).

    >>> import numpy as np
    >>> from nn.kernels.pool_windows import line_of
    >>> share_out(np.array([1.0, 3.0]), (line_of(3, 2, 1, 0, 1, ceil_mode=False),), ((2,),))
    array([0.5, 2. , 1.5])
    """
    out = empty_like(x, (*x.shape[: -len(lines)], *sizes_of(lines)))
    divisor = _divisor(divisors, x.dtype)

    def work(block: slice, scratch: Scratch) -> None:
        part = np.divide(x[block], divisor, out=scratch("shares", x, x[block].shape))
        if all(line.is_whole for line in lines):
            out[block] = part
            return
        for axis, line in enumerate(lines, -len(lines)):
            shape = with_length(part.shape, axis, line.size)
            into = out[block] if axis == -1 else scratch(axis, part, shape)
            _share_along(part, axis, line, into)
            part = into

    by_blocks(work, out, lines)
    return out


def _share_along(x: np.ndarray, axis: int, line: Line | EvenLine, out: np.ndarray) -> None:
    if not line.is_partition:
        out.fill(0)
    for windows, elements in taps(line):
        if line.are_apart:
            out[on_axis(axis, elements)] = x[on_axis(axis, windows)]
        else:
            out[on_axis(axis, elements)] += x[on_axis(axis, windows)]


share_out.vjp(
    x=lambda g, lines, divisors: window_mean(g, lines, divisors),
    lines=None,
    divisors=None,
)
