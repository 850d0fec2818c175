"""Pooling by means and norms: an image made smaller, each window of elements becoming one."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import numpy as np

from nn.functional import pooling as F
from nn.kernels.pool import check_divisor, check_norm_type, window_sizes
from nn.module import Example, Module

__all__ = [
    "AvgPool1d",
    "AvgPool2d",
    "AvgPool3d",
    "LPPool1d",
    "LPPool2d",
    "LPPool3d",
]


def options(**given: tuple[Any, Any]) -> str:
    """What a repr says of options that differ from their defaults: ``name=(value, default)``."""
    return "".join([f", {name}={value!r}" for name, (value, default) in given.items() if value != default])


class _AvgPool(Module):
    """What `AvgPool2d` and `AvgPool3d` have in common."""

    axes: int

    def __init__(
        self,
        kernel_size: Any,
        stride: Any = None,
        padding: Any = 0,
        ceil_mode: bool = False,
        count_include_pad: bool = True,
        divisor_override: int | None = None,
    ) -> None:
        window_sizes(type(self).__name__, self.axes, kernel_size, stride, padding)
        check_divisor(type(self).__name__, divisor_override)
        self.kernel_size = kernel_size
        self.stride = kernel_size if stride is None else stride
        self.padding = padding
        self.ceil_mode = ceil_mode
        self.count_include_pad = count_include_pad
        self.divisor_override = divisor_override

    def forward(self, input: Any) -> Any:
        """(batch, channels, *sizes) -> (batch, channels, *new_sizes)."""
        pool = F.avg_pool2d if self.axes == 2 else F.avg_pool3d
        return pool(
            input,
            self.kernel_size,
            self.stride,
            self.padding,
            self.ceil_mode,
            self.count_include_pad,
            self.divisor_override,
        )

    def extra_repr(self) -> str:
        """The sizes, and the other arguments where they are not the defaults."""
        changed = options(
            ceil_mode=(self.ceil_mode, False),
            count_include_pad=(self.count_include_pad, True),
            divisor_override=(self.divisor_override, None),
        )
        return f"kernel_size={self.kernel_size}, stride={self.stride}, padding={self.padding}{changed}"


class AvgPool1d(Module):
    """The mean of each window.

    (batch, channels, length) -> (batch, channels, new_length), or both without a batch.
    Along each axis, ``new_size = (size + 2 * padding - kernel_size) // stride + 1``.

    Parameters
    ----------
    kernel_size, stride, padding: as of `AvgPool2d`, a number.
    ceil_mode, count_include_pad: as of `AvgPool2d`, which says more, and what is raised.

    >>> import autograd as ag, nn
    >>> nn.AvgPool1d(3, stride=2)(ag.zeros(2, 3, 8)).shape
    (2, 3, 3)
    """

    def __init__(
        self,
        kernel_size: Any,
        stride: Any = None,
        padding: Any = 0,
        ceil_mode: bool = False,
        count_include_pad: bool = True,
    ) -> None:
        self.kernel_size, self.stride, self.padding, _ = window_sizes("AvgPool1d", 1, kernel_size, stride, padding)
        self.ceil_mode = ceil_mode
        self.count_include_pad = count_include_pad

    def forward(self, input: Any) -> Any:
        """(batch, channels, length) -> (batch, channels, new_length)."""
        return F.avg_pool1d(input, self.kernel_size, self.stride, self.padding, self.ceil_mode, self.count_include_pad)

    @staticmethod
    def examples(rng: np.random.Generator) -> Iterator[Example]:
        """Windows apart, and overlapping ones in a padded axis, the last one not full."""
        yield Example(AvgPool1d(2), (rng.normal(size=(2, 2, 5)),))
        yield Example(AvgPool1d(3, 2, 1, True), (rng.normal(size=(2, 1, 6)),))
        yield Example(AvgPool1d(3, 1, 1, count_include_pad=False), (rng.normal(size=(1, 2, 4)),))

    def extra_repr(self) -> str:
        """The sizes, and the other arguments where they are not the defaults."""
        changed = options(ceil_mode=(self.ceil_mode, False), count_include_pad=(self.count_include_pad, True))
        return f"kernel_size={self.kernel_size}, stride={self.stride}, padding={self.padding}{changed}"


class AvgPool2d(_AvgPool):
    """The mean of each window.

    (batch, channels, height, width) -> (batch, channels, new_height, new_width), or both without a batch.
    Along each axis, ``new_size = (size + 2 * padding - kernel_size) // stride + 1``.

    Parameters
    ----------
    kernel_size: a number or a pair, at least 1: the size of a window.
    stride: a number or a pair, at least 1: how far windows are apart; ``kernel_size`` if None.
    padding: a number or a pair, at most half of ``kernel_size``: how many zeros are thought of on either side.
    ceil_mode: whether the division in ``new_size`` rounds up, so that the last window, which has to begin in the image
        or the padding before it, may not be full: what it has beyond the padding never counts.
    count_include_pad: whether the zeros of the padding count in the means.
    divisor_override: what the sums of windows are divided by in place of their sizes: an integer other than 0.

    Raises ArgumentError for sizes that are no such numbers; when called, ShapeError for an input of another number of
    axes or too small for a window, and DtypeError for integers.

    >>> import autograd as ag, nn
    >>> nn.AvgPool2d(3, stride=2)(ag.zeros(2, 3, 8, 8)).shape
    (2, 3, 3, 3)
    """

    axes = 2

    @staticmethod
    def examples(rng: np.random.Generator) -> Iterator[Example]:
        """Windows apart, overlapping ones in a padded image with a last one that is not full, another divisor."""
        yield Example(AvgPool2d(2), (rng.normal(size=(2, 2, 4, 5)),))
        yield Example(AvgPool2d((3, 2), (2, 3), 1, True), (rng.normal(size=(2, 1, 5, 4)),))
        yield Example(AvgPool2d(3, 1, 1, count_include_pad=False), (rng.normal(size=(1, 2, 3, 4)),))
        yield Example(AvgPool2d(2, 1, divisor_override=3), (rng.normal(size=(2, 1, 3, 3)),))


class AvgPool3d(_AvgPool):
    """The mean of each window.

    (batch, channels, depth, height, width) ->
    (batch, channels, new_depth, new_height, new_width), or both without a batch.
    Along each axis, ``new_size = (size + 2 * padding - kernel_size) // stride + 1``.

    Parameters
    ----------
    kernel_size, stride, padding: as of `AvgPool2d`, a number or a triple.
    ceil_mode, count_include_pad, divisor_override: as of `AvgPool2d`, which says more, and what is raised.

    >>> import autograd as ag, nn
    >>> nn.AvgPool3d(3, stride=2)(ag.zeros(2, 3, 8, 8, 8)).shape
    (2, 3, 3, 3, 3)
    """

    axes = 3

    @staticmethod
    def examples(rng: np.random.Generator) -> Iterator[Example]:
        """Windows apart, overlapping ones in a padded image with a last one that is not full, another divisor."""
        yield Example(AvgPool3d(2), (rng.normal(size=(2, 2, 2, 3, 2)),))
        yield Example(AvgPool3d((1, 3, 2), 2, (0, 1, 1), True), (rng.normal(size=(1, 2, 2, 4, 3)),))
        yield Example(AvgPool3d(2, 1, 1, False, False), (rng.normal(size=(1, 1, 2, 2, 3)),))
        yield Example(AvgPool3d((1, 2, 2), divisor_override=3), (rng.normal(size=(2, 1, 2, 2, 2)),))


class _LPPool(Module):
    """What `LPPool1d` to `LPPool3d` have in common."""

    axes: int

    def __init__(self, norm_type: float, kernel_size: Any, stride: Any = None, ceil_mode: bool = False) -> None:
        window_sizes(type(self).__name__, self.axes, kernel_size, stride, 0)
        check_norm_type(type(self).__name__, norm_type)
        self.norm_type = norm_type
        self.kernel_size = kernel_size
        self.stride = stride
        self.ceil_mode = ceil_mode

    def forward(self, input: Any) -> Any:
        """(batch, channels, *sizes) -> (batch, channels, *new_sizes)."""
        pool = (F.lp_pool1d, F.lp_pool2d, F.lp_pool3d)[self.axes - 1]
        return pool(input, self.norm_type, self.kernel_size, self.stride, self.ceil_mode)

    def extra_repr(self) -> str:
        """The arguments."""
        return (
            f"norm_type={self.norm_type}, kernel_size={self.kernel_size}, stride={self.stride}, "
            f"ceil_mode={self.ceil_mode}"
        )


class LPPool1d(_LPPool):
    """``sum(x ** p) ** (1 / p)`` of each window, for a power p.

    (batch, channels, length) -> (batch, channels, new_length), or both without a batch.
    Along each axis, ``new_size = (size - kernel_size) // stride + 1``.

    Parameters
    ----------
    norm_type: the power p, not 0; infinity gives the largest, and minus infinity the smallest of the absolute values.
    kernel_size, stride: as of `LPPool2d`, a number.
    ceil_mode: as of `LPPool2d`, which says more, and what is raised.

    >>> import autograd as ag, nn
    >>> nn.LPPool1d(2, kernel_size=3, stride=2)(ag.zeros(2, 3, 8)).shape
    (2, 3, 3)
    """

    axes = 1

    @staticmethod
    def examples(rng: np.random.Generator) -> Iterator[Example]:
        """A Euclidean norm, and another one of overlapping windows of positive numbers."""
        yield Example(LPPool1d(2, 2), (rng.normal(size=(2, 2, 6)),))
        yield Example(LPPool1d(1.5, 3, 2, ceil_mode=True), (rng.uniform(0.5, 2.0, size=(1, 2, 5)),))


class LPPool2d(_LPPool):
    """``sum(x ** p) ** (1 / p)`` of each window, for a power p.

    (batch, channels, height, width) -> (batch, channels, new_height, new_width), or both without a batch.
    Along each axis, ``new_size = (size - kernel_size) // stride + 1``.

    Parameters
    ----------
    norm_type: the power p, not 0; infinity gives the largest, and minus infinity the smallest of the absolute values.
    kernel_size: a number or a pair, at least 1: the size of a window.
    stride: a number or a pair, at least 1: how far windows are apart; ``kernel_size`` if None.
    ceil_mode: whether the division in ``new_size`` rounds up, so that the last window may not be full: its sum is then
        multiplied by the size of a full window over its own, as in PyTorch.

    The absolute values are not taken, so that with an odd power a window of a negative sum is nan, as in PyTorch. A
    window whose sum is 0 has gradient 0.

    Raises ArgumentError for arguments that are no such numbers; when called, ShapeError for an input of another number
    of axes or too small for a window, and DtypeError for integers.

    >>> import autograd as ag, nn
    >>> nn.LPPool2d(2, kernel_size=3, stride=2)(ag.zeros(2, 3, 8, 8)).shape
    (2, 3, 3, 3)
    """

    axes = 2

    @staticmethod
    def examples(rng: np.random.Generator) -> Iterator[Example]:
        """A Euclidean norm, and another one of overlapping windows of positive numbers."""
        yield Example(LPPool2d(2, 2), (rng.normal(size=(2, 2, 4, 4)),))
        yield Example(LPPool2d(1.5, (3, 2), 2, ceil_mode=True), (rng.uniform(0.5, 2.0, size=(1, 2, 5, 4)),))


class LPPool3d(_LPPool):
    """``sum(x ** p) ** (1 / p)`` of each window, for a power p.

    (batch, channels, depth, height, width) ->
    (batch, channels, new_depth, new_height, new_width), or both without a batch.
    Along each axis, ``new_size = (size - kernel_size) // stride + 1``.

    Parameters
    ----------
    norm_type: the power p, not 0; infinity gives the largest, and minus infinity the smallest of the absolute values.
    kernel_size, stride: as of `LPPool2d`, a number or a triple.
    ceil_mode: as of `LPPool2d`, which says more, and what is raised.

    >>> import autograd as ag, nn
    >>> nn.LPPool3d(2, kernel_size=3, stride=2)(ag.zeros(2, 3, 8, 8, 8)).shape
    (2, 3, 3, 3, 3)
    """

    axes = 3

    @staticmethod
    def examples(rng: np.random.Generator) -> Iterator[Example]:
        """A Euclidean norm, and another one of overlapping windows of positive numbers."""
        yield Example(LPPool3d(2, 2), (rng.normal(size=(2, 1, 2, 2, 4)),))
        yield Example(LPPool3d(1.5, (1, 2, 2), 2, ceil_mode=True), (rng.uniform(0.5, 2.0, size=(1, 2, 2, 3, 2)),))
