"""A transposed convolution with a stride as one of stride 1, the results of which are laid between one another.

With a stride of 2, even and odd elements of an image are met by taps of their own of a kernel: what arrives at both is
a convolution of stride 1 with twice the channels, one half for the even elements and one for the odd (Shi et al., 2016,
arXiv:1609.05158). So each element is written once, where adding up what the windows give would read and write it again
at each tap.
"""

from __future__ import annotations

import math
from typing import NamedTuple

import numpy as np

from nn.kernels.windows import Sizes, Windows, multiply_patches

MOST_ZEROS = 3  # times the taps of the kernel: products with zeros cost less than passes over the image


class Interleaved(NamedTuple):
    """The windows over the results that stretches of the image are in, each as long as the stride.

    Attributes
    ----------
    sizes: of the image.
    windows: over the results, of stride 1.
    taps: for each axis the place in the kernel that an element of a stretch (rows) has at a place of the window
        (columns); one past the kernel's end where it has none.
    """

    sizes: Sizes
    windows: Windows
    taps: tuple[np.ndarray, ...]

    @classmethod
    def of(cls, windows: Windows, sizes: Sizes, counts: Sizes) -> Interleaved | None:
        """What serves for windows on an image of ``sizes``; None where they do not fit, or adding up is quicker."""
        if all(step == 1 for step in windows.stride) or any(d != 1 for d in windows.dilation):
            return None
        padding, taps = [], []
        for kernel, step, (low, _), size, count in zip(
            windows.kernel, windows.stride, windows.padding, sizes, counts, strict=True
        ):
            first, last = -((kernel - 1 - low) // step), (step - 1 + low) // step
            padding.append((-first, -(-size // step) + last - count))
            places = np.add.outer(np.arange(step) + low, -step * np.arange(first, last + 1))
            taps.append(np.where((places >= 0) & (places < kernel), places, kernel))
        too_many = math.prod(each.size for each in taps) > MOST_ZEROS * math.prod(windows.kernel)
        if too_many or any(n < 0 for pair in padding for n in pair):
            return None
        ones = (1,) * len(sizes)
        over = Windows(tuple([each.shape[1] for each in taps]), ones, tuple(padding), ones)
        return cls(sizes, over, tuple(taps))

    def multiply(self, values: np.ndarray, weight: np.ndarray) -> np.ndarray:
        """(batch, *counts, outputs), (outputs, inputs, *kernel) -> (batch, *sizes, inputs)."""
        axes, inputs = len(self.sizes), weight.shape[1]
        steps = [len(each) for each in self.taps]
        counts = [-(-size // step) for size, step in zip(self.sizes, steps, strict=True)]
        pairs = [n for pair in zip(counts, steps, strict=True) for n in pair]
        image = np.empty((len(values), *pairs, inputs), values.dtype)
        order = (0, *range(1, 2 * axes, 2), *range(2, 2 * axes + 1, 2), 2 * axes + 1)
        multiply_patches(values, self.windows, self._matrix(weight), None, image.transpose(order))
        whole = image.reshape(len(values), *[n * step for n, step in zip(counts, steps, strict=True)], inputs)
        return np.ascontiguousarray(whole[(slice(None), *map(slice, self.sizes))])

    def _matrix(self, weight: np.ndarray) -> np.ndarray:
        """(outputs, inputs, *kernel) -> (stretch * inputs, window * outputs)."""
        axes = len(self.taps)
        found = np.pad(weight, [(0, 0), (0, 0), *[(0, 1)] * axes])  # the place past the end has zeros
        for axis, taps in enumerate(self.taps):
            found = np.take(found, taps, axis=2 + 2 * axis)
        order = (*range(2, 2 + 2 * axes, 2), 1, *range(3, 3 + 2 * axes, 2), 0)
        rows = math.prod([len(each) for each in self.taps]) * weight.shape[1]
        return found.transpose(order).reshape(rows, -1)
