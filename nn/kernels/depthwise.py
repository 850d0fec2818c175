"""Depthwise convolution: every channel has kernels of its own, so that it is a product of elements, not of matrices.

Images have their channels last; result ``o`` belongs to channel ``o // multiplier``. A kernel's element is repeated for
every window along the last axis, so that a product runs through whole rows of the image: with one for each channel
alone, NumPy would begin anew at every window. With a stride, columns that are met together are first put together.
"""

from __future__ import annotations

import math
from collections.abc import Iterator

import numpy as np

from autograd.parallel import in_pieces
from nn.kernels.blocks import blocks
from nn.kernels.constants import ones
from nn.kernels.windows import CACHE, WORTH_A_THREAD, PaddedImage, Sizes, Windows

Run = tuple[Sizes, int, tuple[slice, ...]]


def convolve(image: np.ndarray, taps: np.ndarray, windows: Windows, out: np.ndarray) -> None:
    """(batch, *sizes, channels), (*kernel, channels * multiplier) -> out (batch, *counts, channels * multiplier)."""
    counts, channels, results = out.shape[1:-1], out.shape[-1], _rows(out)
    kernels = _repeated(taps, counts)

    def work(start: int, stop: int) -> None:
        padded = PaddedImage(image, windows)
        for block in blocks(start, stop, _samples(out.shape)):
            parts, sums = _columns(padded[block], windows, channels), results[block]
            product = np.empty_like(sums)
            for number, (place, phase, where) in enumerate(_runs(windows, counts, channels)):
                np.multiply(parts[phase][where], kernels[place], out=product if number else sums)
                if number:
                    sums += product

    in_pieces(work, len(image), is_worth_it=out.size * math.prod(windows.kernel) >= WORTH_A_THREAD)


def add_to_input(values: np.ndarray, taps: np.ndarray, windows: Windows, out: np.ndarray) -> None:
    """(batch, *counts, channels * multiplier), (*kernel, channels * multiplier) -> out (batch, *sizes, channels)."""
    counts, channels, step = values.shape[1:-1], values.shape[-1], windows.stride[-1]
    sizes, kernels = out.shape[1:-1], _repeated(taps, counts)
    interior = (slice(None), *windows.interior(sizes))

    def work(start: int, stop: int) -> None:
        for block in blocks(start, stop, _samples(values.shape)):
            here = _rows(np.ascontiguousarray(values[block]))
            padded = np.zeros((len(here), *windows.padded(sizes), channels), out.dtype)
            parts = _columns(padded, windows, channels)
            product = np.empty_like(here)
            for place, phase, where in _runs(windows, counts, channels):
                parts[phase][where] += np.multiply(here, kernels[place], out=product)
            for phase, part in enumerate(parts if step > 1 else []):  # copies, else views of the padded image
                columns = padded[..., phase::step, :]
                columns[...] = part.reshape(columns.shape)
            image = padded[interior]
            multiplier = channels // out.shape[-1]
            out[block] = image.reshape(*image.shape[:-1], -1, multiplier).sum(-1) if multiplier > 1 else image

    in_pieces(work, len(values), is_worth_it=values.size * math.prod(windows.kernel) >= WORTH_A_THREAD)


def weight_gradient(image: np.ndarray, values: np.ndarray, windows: Windows) -> np.ndarray:
    """(batch, *sizes, channels), (batch, *counts, channels * multiplier) -> (*kernel, channels * multiplier)."""
    counts, channels = values.shape[1:-1], values.shape[-1]

    def work(start: int, stop: int) -> np.ndarray:
        padded, total = PaddedImage(image, windows), np.zeros((*windows.kernel, channels), image.dtype)
        for block in blocks(start, stop, _samples(values.shape)):
            here = _rows(np.ascontiguousarray(values[block]))
            parts = _columns(padded[block], windows, channels)
            product = np.empty_like(here)
            lines = product.reshape(-1, here.shape[-1])
            for place, phase, where in _runs(windows, counts, channels):
                np.multiply(parts[phase][where], here, out=product)
                total[place] += (ones(len(lines), image.dtype) @ lines).reshape(-1, channels).sum(0)
        return total

    totals = in_pieces(work, len(image), is_worth_it=values.size * math.prod(windows.kernel) >= WORTH_A_THREAD)
    return sum(totals[1:], start=totals[0])


def _samples(shape: Sizes) -> int:
    """How many samples of results fit into the cache with their image and a product."""
    return max(1, CACHE // (12 * max(1, math.prod(shape[1:]))))


def _rows(image: np.ndarray) -> np.ndarray:
    """(batch, *sizes, channels) -> (batch, *sizes without the last, last * channels)."""
    return image.reshape(*image.shape[:-2], image.shape[-2] * image.shape[-1])


def _repeated(taps: np.ndarray, counts: Sizes) -> np.ndarray:
    """(*kernel, channels) -> (*kernel, last of counts * channels)."""
    return np.tile(taps, (1,) * (taps.ndim - 1) + (counts[-1],))


def _columns(padded: np.ndarray, windows: Windows, channels: int) -> list[np.ndarray]:
    """The columns of an image that windows of a stride meet together, as `_rows` of ``channels`` each."""
    if padded.shape[-1] != channels:
        padded = np.repeat(padded, channels // padded.shape[-1], axis=-1)
    step = windows.stride[-1]
    return [_rows(np.ascontiguousarray(padded[..., phase::step, :])) for phase in range(min(step, padded.shape[-2]))]


def _runs(windows: Windows, counts: Sizes, channels: int) -> Iterator[Run]:
    """Each place in the kernel, and what the windows have there: which of the `_columns`, and where in it."""
    for place, (*where, _) in windows.taps(counts):
        first, phase = divmod(place[-1] * windows.dilation[-1], windows.stride[-1])
        yield place, phase, (slice(None), *where, slice(first * channels, (first + counts[-1]) * channels))
