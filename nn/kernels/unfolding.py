"""Blocks that slide over an image, as columns, and their sum where they stood: each is the other's derivative."""

from __future__ import annotations

from itertools import product
from typing import Any

import numpy as np

import autograd as ag
from nn.kernels.padding import pad_constant

Pair = tuple[int, int]


def places(size: Any, kernel: Pair, dilation: Pair, padding: Pair, stride: Pair) -> tuple[int, ...]:
    """How many places a block has along each axis of an image of ``size``; less than 1 where it does not fit."""
    return tuple(
        [
            (n + 2 * p - d * (k - 1) - 1) // s + 1
            for n, k, d, p, s in zip(size, kernel, dilation, padding, stride, strict=True)
        ]
    )


def _geometry(rng: np.random.Generator) -> tuple[Any, ...]:
    """Size, kernel, dilation, padding and stride of blocks that fit."""
    kernel, dilation, stride = ([int(v) for v in rng.integers(1, 3, 2)] for _ in range(3))
    padding = [int(v) for v in rng.integers(0, 2, 2)]
    least = [max(d * (k - 1) + 1 - 2 * p, 1) for k, d, p in zip(kernel, dilation, padding, strict=True)]
    size = [n + int(rng.integers(0, 3)) for n in least]
    return tuple(size), tuple(kernel), tuple(dilation), tuple(padding), tuple(stride)


def _unfold_samples(rng: np.random.Generator) -> tuple[Any, ...]:
    size, *rest = _geometry(rng)
    return rng.normal(size=(*rng.integers(0, 3, 2), *size)), *rest


@ag.primitive(view=False, samples=_unfold_samples)
def unfold(x: Any, kernel: Pair, dilation: Pair, padding: Pair, stride: Pair) -> Any:
    """Blocks as columns: (batch, channels, height, width) -> (batch, channels * block, places).

    >>> import numpy as np
    >>> unfold(np.arange(6.0).reshape(1, 1, 2, 3), (2, 2), (1, 1), (0, 0), (1, 1))[0]
    array([[0., 1.],
           [1., 2.],
           [3., 4.],
           [4., 5.]])
    """
    if any(padding):
        x = pad_constant(x, ((0, 0), (0, 0), *[(p, p) for p in padding]))
    count = places(x.shape[2:], kernel, dilation, (0, 0), stride)
    batch, channels, row, column = x.strides
    strides = (batch, channels, row * dilation[0], column * dilation[1], row * stride[0], column * stride[1])
    blocks = np.lib.stride_tricks.as_strided(x, (*x.shape[:2], *kernel, *count), strides, writeable=False)
    return np.array(blocks, order="C").reshape(x.shape[0], x.shape[1] * kernel[0] * kernel[1], count[0] * count[1])


def _fold_samples(rng: np.random.Generator) -> tuple[Any, ...]:
    size, kernel, *rest = _geometry(rng)
    count = places(size, kernel, *rest)
    batch, channels = rng.integers(0, 3, 2)
    x = rng.normal(size=(batch, channels * kernel[0] * kernel[1], count[0] * count[1]))
    return x, size, kernel, *rest


@ag.primitive(view=None, samples=_fold_samples)
def fold(x: Any, size: Pair, kernel: Pair, dilation: Pair, padding: Pair, stride: Pair) -> Any:
    """The sum of all blocks in an image: (batch, channels * block, places) -> (batch, channels, *size).

    >>> import numpy as np
    >>> fold(np.ones((1, 4, 2)), (2, 3), (2, 2), (1, 1), (0, 0), (1, 1))[0, 0]
    array([[1., 2., 1.],
           [1., 2., 1.]])
    """
    count = places(size, kernel, dilation, padding, stride)
    channels = x.shape[1] // (kernel[0] * kernel[1])
    blocks = x.reshape(x.shape[0], channels, *kernel, *count)
    out = np.zeros((x.shape[0], channels, size[0] + 2 * padding[0], size[1] + 2 * padding[1]), x.dtype)
    for at in product(*map(range, kernel)):
        rows, columns = (slice(i * d, i * d + s * n, s) for i, d, s, n in zip(at, dilation, stride, count, strict=True))
        out[:, :, rows, columns] += blocks[:, :, *at]
    return out[:, :, padding[0] : padding[0] + size[0], padding[1] : padding[1] + size[1]]


unfold.vjp(
    x=lambda g, x_shape, kernel, dilation, padding, stride: fold(g, x_shape[2:], kernel, dilation, padding, stride),
    kernel=None,
    dilation=None,
    padding=None,
    stride=None,
)
fold.vjp(
    x=lambda g, kernel, dilation, padding, stride: unfold(g, kernel, dilation, padding, stride),
    size=None,
    kernel=None,
    dilation=None,
    padding=None,
    stride=None,
)
