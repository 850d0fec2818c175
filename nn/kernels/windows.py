"""Windows that slide over an image: where they lie, and their patches as the rows of a matrix, a block at a time.

Images here have their channels last, (batch, *sizes, channels), for any number of axes. A patch is copied many times
over, so the copies are made in blocks that stay in the processor's cache until they have been multiplied.
"""

from __future__ import annotations

import math
from collections.abc import Iterator
from typing import Any, NamedTuple

import numpy as np

from autograd.parallel import in_pieces
from nn.kernels.blocks import blocks
from nn.kernels.scratch import scratch
from nn.kernels.tall_products import multiply_rows, sum_of_rows

CACHE = 1 << 21  # bytes of patches at a time: more leave the caches, fewer let threads wait for the interpreter
SHORT_RUN = 16  # numbers: shorter runs cost more to begin than to copy
WORTH_A_THREAD = 12_000_000  # multiply-adds: some 0.4 ms, where handing a half over and waiting for it takes 0.15

Sizes = tuple[int, ...]


class Windows(NamedTuple):
    """Where windows lie; each entry has one value an axis, padding a pair: before and after."""

    kernel: Sizes
    stride: Sizes
    padding: tuple[tuple[int, int], ...]
    dilation: Sizes

    def spans(self) -> Sizes:
        """How much of the image a window spans."""
        return tuple([d * (k - 1) + 1 for k, d in zip(self.kernel, self.dilation, strict=True)])

    def padded(self, sizes: Sizes) -> Sizes:
        """Sizes of the padded image."""
        return tuple([size + low + high for size, (low, high) in zip(sizes, self.padding, strict=True)])

    def counts(self, sizes: Sizes) -> Sizes:
        """How many windows there are on an image of ``sizes``."""
        lengths = zip(self.padded(sizes), self.spans(), self.stride, strict=True)
        return tuple([(size - span) // step + 1 for size, span, step in lengths])

    def interior(self, sizes: Sizes) -> tuple[slice, ...]:
        """Where the image lies in the padded one."""
        return tuple([slice(low, low + size) for size, (low, _) in zip(sizes, self.padding, strict=True)])

    def patches(self, padded: np.ndarray) -> np.ndarray:
        """A view of all windows: (batch, *counts, *kernel, channels)."""
        batch, *sizes, channels = padded.shape
        counts = Windows(self.kernel, self.stride, ((0, 0),) * len(sizes), self.dilation).counts(tuple(sizes))
        first, *steps, last = padded.strides
        window_steps = [step * s for step, s in zip(steps, self.stride, strict=True)]
        tap_steps = [step * d for step, d in zip(steps, self.dilation, strict=True)]
        return np.lib.stride_tricks.as_strided(
            padded, (batch, *counts, *self.kernel, channels), (first, *window_steps, *tap_steps, last)
        )

    def taps(self, counts: Sizes) -> Iterator[tuple[Sizes, tuple[slice, ...]]]:
        """Each place in the kernel, and what the windows have there of the padded image."""
        for place in np.ndindex(self.kernel):
            starts = [k * d for k, d in zip(place, self.dilation, strict=True)]
            spans = zip(starts, counts, self.stride, strict=True)
            yield place, tuple([slice(start, start + (n - 1) * step + 1, step) for start, n, step in spans])


class PaddedImage:
    """Samples of an image with zeros around them, in memory that the next samples use again.

    Channels come last in it, but for an image whose runs of channels are short and which has them in another order.
    """

    def __init__(self, image: np.ndarray, windows: Windows) -> None:
        self.image = image
        self.interior = windows.interior(image.shape[1:-1])
        self.shape = (*windows.padded(image.shape[1:-1]), image.shape[-1])
        # a run of one channel is a run of the axis before: an image of one channel is as it should be in either order
        is_channels_last = image.strides[-1] == image.itemsize or image.shape[-1] == 1
        self.is_channels_first = not is_channels_last and are_short_runs(image.shape[-1], windows.kernel)
        self.is_ready = not any(map(any, windows.padding)) and (is_channels_last or self.is_channels_first)
        self.buffer: np.ndarray | None = None

    def __getitem__(self, samples: slice) -> np.ndarray:
        image = self.image[samples]
        if self.is_ready:
            return image
        if self.buffer is None or len(self.buffer) < len(image):
            self.buffer = self._new(len(image), image.dtype)
            self.buffer.fill(0)
        padded = self.buffer[: len(image)]
        padded[(slice(None), *self.interior)] = image
        return padded

    def _new(self, samples: int, dtype: np.dtype[Any]) -> np.ndarray:
        *sizes, channels = self.shape
        if self.is_channels_first:
            return np.moveaxis(scratch("padded", (samples, channels, *sizes), dtype), 1, -1)
        return scratch("padded", (samples, *self.shape), dtype)


def are_short_runs(channels: int, kernel: Sizes) -> bool:
    """Whether patches have so few numbers beside each other that they are better copied place by place."""
    return channels * kernel[-1] < SHORT_RUN


def multiply_patches(
    image: np.ndarray,
    windows: Windows,
    matrix: np.ndarray | None = None,
    bias: np.ndarray | None = None,
    out: np.ndarray | None = None,
    other: np.ndarray | None = None,
) -> np.ndarray | None:
    """``out = patches @ matrix.T + bias`` and, returned, ``patches.T @ other``; each patch is copied but once.

    Parameters
    ----------
    image: (batch, *sizes, channels).
    matrix: (outputs, taps * channels), with ``out`` (batch, *counts, outputs) to be written; or None.
    other: (batch, *counts, others), or None; the result is then None.
    """
    batch, *sizes, channels = image.shape
    counts = windows.counts(tuple(sizes))
    length = math.prod(windows.kernel) * channels
    outputs = sum(part.shape[-1] for part in (out, other) if part is not None)

    kernel = None if matrix is None else np.ascontiguousarray(matrix.T)

    def work(start: int, stop: int) -> np.ndarray | None:
        total = None
        samples, rows = _block(stop - start, counts, length * image.itemsize)
        padded = PaddedImage(image, windows)
        buffer = scratch("patches", (samples * rows * math.prod(counts[1:]) * length,), image.dtype)
        for first in range(start, stop, samples):
            block = slice(first, min(first + samples, stop))
            patches = windows.patches(padded[block])
            for row in range(0, counts[0], rows):
                here = (block, slice(row, min(row + rows, counts[0])))
                part = _as_matrix(patches[:, here[1]], length, buffer)
                if out is not None and kernel is not None:
                    _multiply(part, kernel, bias, out[here])
                if other is not None:
                    product = sum_of_rows(part, rows_of(other[here]))
                    total = product if total is None else np.add(total, product, out=total)
        return total

    is_worth_it = batch * math.prod(counts) * length * outputs >= WORTH_A_THREAD
    totals = [total for total in in_pieces(work, batch, is_worth_it=is_worth_it) if total is not None]
    if other is None:
        return None
    return sum(totals[1:], start=totals[0]) if totals else np.zeros((length, other.shape[-1]), image.dtype)


def _block(batch: int, counts: Sizes, patch_bytes: int) -> tuple[int, int]:
    """How many samples, and how many rows of windows of each, have patches that fit into the cache."""
    row_bytes = math.prod(counts[1:]) * patch_bytes
    fitting = max(1, CACHE // max(row_bytes, 1))
    if fitting >= counts[0]:
        return max(1, min(batch, fitting // max(counts[0], 1))), counts[0]
    blocks = -(-counts[0] // fitting)
    return 1, -(-counts[0] // blocks)


def _as_matrix(patches: np.ndarray, length: int, buffer: np.ndarray) -> np.ndarray:
    """Patches copied into a matrix, (windows, length), in whichever order the runs in memory are longer."""
    axes = (patches.ndim - 2) // 2
    count = patches.size // length if length else math.prod(patches.shape[: axes + 1])
    if not are_short_runs(patches.shape[-1], patches.shape[axes + 1 : -1]):
        rows = buffer[: patches.size].reshape(patches.shape)
        rows[...] = patches
        return rows.reshape(count, length)
    turned = patches.transpose(*range(axes + 1, patches.ndim), *range(axes + 1))
    columns = buffer[: patches.size].reshape(turned.shape)
    columns[...] = turned
    return columns.reshape(length, count).T


def _multiply(rows: np.ndarray, kernel: np.ndarray, bias: np.ndarray | None, out: np.ndarray) -> None:
    """``out = rows @ kernel + bias``."""
    if out.flags.c_contiguous:
        multiply_rows(rows, kernel, out.reshape(rows.shape[0], kernel.shape[1]))
    else:
        product = np.empty((rows.shape[0], kernel.shape[1]), out.dtype)
        multiply_rows(rows, kernel, product)
        out[...] = product.reshape(out.shape)
    if bias is None:
        return
    if out.flags.c_contiguous:  # a bias for each window of a row: few channels alone are too short a run to add
        wide = np.tile(bias, out.shape[-2])
        lines = out.reshape(-1, wide.size)
        lines += wide
    else:
        out += bias


def rows_of(image: np.ndarray) -> np.ndarray:
    """(..., channels) -> (rows, channels), copied where it has to be."""
    return np.ascontiguousarray(image).reshape(math.prod(image.shape[:-1]), image.shape[-1])


def add_patches(values: np.ndarray, taps: np.ndarray, windows: Windows, out: np.ndarray) -> None:
    """``out`` = the sum of what each window adds to the image: ``values @ taps[place]`` at each place of the kernel.

    Parameters
    ----------
    values: (batch, *counts, inputs).
    taps: (*kernel, inputs, channels).
    out: (batch, *sizes, channels), written.
    """
    batch, *counts, _ = values.shape
    sizes, channels = out.shape[1:-1], out.shape[-1]
    padded_sizes = windows.padded(sizes)

    def work(start: int, stop: int) -> None:
        samples = max(1, min(stop - start, CACHE // (2 * max(1, math.prod(padded_sizes) * channels * out.itemsize))))
        buffer = scratch("padded", (samples, *padded_sizes, channels), out.dtype)
        for first in range(start, stop, samples):
            block = slice(first, min(first + samples, stop))
            rows = rows_of(values[block])
            image = buffer[: block.stop - first]
            image[...] = 0
            part = scratch("patches", (len(rows), channels), out.dtype)
            for place, where in windows.taps(tuple(counts)):
                np.matmul(rows, taps[place], out=part)
                image[(slice(None), *where)] += part.reshape(len(image), *counts, channels)
            out[block] = image[(slice(None), *windows.interior(sizes))]

    in_pieces(work, batch, is_worth_it=batch * math.prod(counts) * taps.size >= WORTH_A_THREAD)


def add_rows(values: np.ndarray, turned: Windows, weight: np.ndarray, out: np.ndarray) -> None:
    """``out`` = the sum of what each row of windows adds to the image; along the last axis one product adds up.

    So few channels arrive that copying the patches of all ``values`` would cost more than these additions.

    Parameters
    ----------
    values: (batch, *counts, inputs).
    turned: the windows of stride 1 over ``values`` that each element of the image is in.
    weight: (inputs, channels, *kernel).
    out: (batch, *sizes, channels), written.
    """
    batch, *counts, inputs = values.shape
    *rows, last = turned.kernel
    sizes, channels = out.shape[1:-1], out.shape[-1]
    along = Windows(
        (*[1] * len(rows), last), turned.stride, (*[(0, 0)] * len(rows), turned.padding[-1]), turned.dilation
    )
    length = last * inputs
    kernels = weight[..., ::-1].transpose(*range(2, 2 + len(rows)), 2 + len(rows), 0, 1).reshape(-1, length, channels)
    kernels = np.ascontiguousarray(kernels)
    spans = turned.spans()[:-1]
    # what comes before the image, for each axis but the last: as much of a span as the turned padding lacks
    lows = [span - 1 - low for span, (low, _) in zip(spans, turned.padding, strict=False)]
    padded_sizes = [count + span - 1 for count, span in zip(counts, spans, strict=False)]
    interior = tuple([slice(low, low + size) for low, size in zip(lows, sizes[:-1], strict=True)])
    lines = (*counts[:-1], sizes[-1])  # of one sample: places where a product is made
    sample_bytes = (length + 2 * channels) * math.prod(lines) * out.itemsize

    def work(start: int, stop: int) -> None:
        samples = max(1, min(stop - start, CACHE // max(1, sample_bytes)))
        padded = PaddedImage(values, along)
        buffer = scratch("patches", (samples * math.prod(lines) * length,), out.dtype)
        found = np.empty((samples, *lines, channels), out.dtype)
        for block in blocks(start, stop, samples):
            patches = _as_matrix(along.patches(padded[block]), length, buffer)
            part = found[: block.stop - block.start]
            image = np.zeros((len(part), *padded_sizes, sizes[-1], channels), out.dtype)
            for place, kernel in zip(np.ndindex(*rows), kernels, strict=True):
                starts = [k * d for k, d in zip(place, turned.dilation, strict=False)]
                where = tuple([slice(first, first + n) for first, n in zip(starts, counts, strict=False)])
                multiply_rows(patches, kernel, part.reshape(len(patches), channels))
                image[(slice(None), *where)] += part
            out[block] = image[(slice(None), *interior)]

    in_pieces(work, batch, is_worth_it=batch * math.prod(counts) * weight.size >= WORTH_A_THREAD)
