"""Depthwise convolution: every channel has kernels of its own, so that it is a product of elements, not of matrices.

Images have their channels last; result ``o`` belongs to channel ``o // multiplier``.
"""

from __future__ import annotations

import math
from collections.abc import Callable
from typing import TypeVar

import numpy as np

from autograd.parallel import in_pieces
from nn.kernels.constants import ones
from nn.kernels.windows import CACHE, WORTH_A_THREAD, PaddedImage, Windows

T = TypeVar("T")


def convolve(image: np.ndarray, taps: np.ndarray, windows: Windows, out: np.ndarray) -> None:
    """(batch, *sizes, channels), (*kernel, channels * multiplier) -> out (batch, *counts, channels * multiplier)."""
    counts, results = out.shape[1:-1], _with_multiplier(out, image.shape[-1])
    kernels = _with_multiplier(taps, image.shape[-1])

    def work(block: slice) -> None:
        padded, sums = PaddedImage(image, windows)[block], results[block]
        part = np.empty_like(sums)
        for number, (place, where) in enumerate(windows.taps(counts)):
            target = part if number else sums
            np.multiply(padded[(slice(None), *where)][..., None], kernels[place], out=target)
            if number:
                sums += part

    _by_blocks(work, image.shape, out.size * math.prod(windows.kernel))


def add_to_input(values: np.ndarray, taps: np.ndarray, windows: Windows, out: np.ndarray) -> None:
    """(batch, *counts, channels * multiplier), (*kernel, channels * multiplier) -> out (batch, *sizes, channels)."""
    channels, counts = out.shape[-1], values.shape[1:-1]
    gradients, kernels = _with_multiplier(values, channels), _with_multiplier(taps, channels)
    interior = (slice(None), *windows.interior(out.shape[1:-1]))

    def work(block: slice) -> None:
        here = gradients[block]
        padded = np.zeros((len(here), *windows.padded(out.shape[1:-1]), channels), out.dtype)
        for place, where in windows.taps(counts):
            product = here * kernels[place]
            padded[(slice(None), *where)] += product[..., 0] if product.shape[-1] == 1 else product.sum(axis=-1)
        out[block] = padded[interior]

    _by_blocks(work, out.shape, values.size * math.prod(windows.kernel))


def weight_gradient(image: np.ndarray, values: np.ndarray, windows: Windows) -> np.ndarray:
    """(batch, *sizes, channels), (batch, *counts, channels * multiplier) -> (*kernel, channels * multiplier)."""
    outputs, counts = values.shape[-1], values.shape[1:-1]
    gradients = _with_multiplier(values, image.shape[-1])

    def work(block: slice) -> np.ndarray:
        here, padded = gradients[block], PaddedImage(image, windows)[block]
        total = np.empty((*windows.kernel, outputs), image.dtype)
        rows = here.size // (outputs or 1)
        for place, where in windows.taps(counts):
            product = here * padded[(slice(None), *where)][..., None]
            np.matmul(ones(rows, image.dtype), product.reshape(rows, outputs), out=total[place])
        return total

    totals = _by_blocks(work, image.shape, values.size * math.prod(windows.kernel))
    return sum(totals[1:], start=totals[0]) if totals else np.zeros((*windows.kernel, outputs), image.dtype)


def _with_multiplier(x: np.ndarray, channels: int) -> np.ndarray:
    """(..., channels * multiplier) -> (..., channels, multiplier)."""
    return x.reshape(*x.shape[:-1], channels, x.shape[-1] // (channels or 1))


def _by_blocks(work: Callable[[slice], T], shape: tuple[int, ...], operations: int) -> list[T]:
    """``work(samples)`` for blocks of samples that fit into the cache; the results in order."""
    samples = max(1, CACHE // (12 * max(1, math.prod(shape[1:]))))  # an image, its results and a product

    def piece(start: int, stop: int) -> list[T]:
        return [work(slice(first, min(first + samples, stop))) for first in range(start, stop, samples)]

    found = in_pieces(piece, shape[0], is_worth_it=operations >= WORTH_A_THREAD)
    return [result for results in found for result in results]
