"""Pooling to a given size, whatever the size of the image."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import numpy as np

from nn.functional import pooling as F
from nn.kernels.pool import output_sizes
from nn.layers.average_pooling import options
from nn.module import Example, Module

__all__ = [
    "AdaptiveAvgPool1d",
    "AdaptiveAvgPool2d",
    "AdaptiveAvgPool3d",
    "AdaptiveMaxPool1d",
    "AdaptiveMaxPool2d",
    "AdaptiveMaxPool3d",
]


class _AdaptivePool(Module):
    """What the layers for a given size of the result have in common."""

    axes: int

    def __init__(self, output_size: Any) -> None:
        output_sizes(type(self).__name__, self.axes, output_size, (1,) * self.axes)
        self.output_size = output_size

    def extra_repr(self) -> str:
        """The size of the result, and ``return_indices`` where it is not the default."""
        return (
            f"output_size={self.output_size}{options(return_indices=(getattr(self, 'return_indices', False), False))}"
        )


class AdaptiveAvgPool1d(_AdaptivePool):
    """The means of ``output_size`` windows that cover the image evenly.

    (batch, channels, length) -> (batch, channels, new_length), or both without a batch.
    Along each axis, window i of n goes from ``floor(i * size / n)`` to ``ceil((i + 1) * size / n)``: where n does not
    divide the size, windows overlap.

    Parameters
    ----------
    output_size: a number, at least 1: how many windows there are; None for as many as there are elements.

    Raises ArgumentError for sizes that are no such numbers; when called, ShapeError for an input of another number of
    axes, and DtypeError for integers.

    >>> import autograd as ag, nn
    >>> nn.AdaptiveAvgPool1d(3)(ag.zeros(2, 3, 8)).shape
    (2, 3, 3)
    """

    axes = 1

    def forward(self, input: Any) -> Any:
        """(batch, channels, length) -> (batch, channels, new_length)."""
        return F.adaptive_avg_pool1d(input, self.output_size)

    @staticmethod
    def examples(rng: np.random.Generator) -> Iterator[Example]:
        """Windows that divide the image, windows that overlap, and a single one."""
        yield Example(AdaptiveAvgPool1d(3), (rng.normal(size=(2, 2, 6)),))
        yield Example(AdaptiveAvgPool1d((3,)), (rng.normal(size=(2, 1, 5)),))
        yield Example(AdaptiveAvgPool1d(1), (rng.normal(size=(2, 2, 3)),))


class AdaptiveAvgPool2d(_AdaptivePool):
    """The means of ``output_size`` windows that cover the image evenly.

    (batch, channels, height, width) -> (batch, channels, new_height, new_width), or both without a batch.
    Along each axis, window i of n goes from ``floor(i * size / n)`` to ``ceil((i + 1) * size / n)``: where n does not
    divide the size, windows overlap.

    Parameters
    ----------
    output_size: a number or a pair, at least 1: how many windows there are; None for as many as there are elements.

    Raises ArgumentError for sizes that are no such numbers; when called, ShapeError for an input of another number of
    axes, and DtypeError for integers.

    >>> import autograd as ag, nn
    >>> nn.AdaptiveAvgPool2d(3)(ag.zeros(2, 3, 8, 8)).shape
    (2, 3, 3, 3)
    """

    axes = 2

    def forward(self, input: Any) -> Any:
        """(batch, channels, height, width) -> (batch, channels, new_height, new_width)."""
        return F.adaptive_avg_pool2d(input, self.output_size)

    @staticmethod
    def examples(rng: np.random.Generator) -> Iterator[Example]:
        """Windows that divide the image, windows that overlap, and a single one."""
        yield Example(AdaptiveAvgPool2d((2, None)), (rng.normal(size=(2, 1, 4, 3)),))
        yield Example(AdaptiveAvgPool2d((3, 2)), (rng.normal(size=(1, 2, 4, 5)),))
        yield Example(AdaptiveAvgPool2d(1), (rng.normal(size=(2, 2, 2, 3)),))


class AdaptiveAvgPool3d(_AdaptivePool):
    """The means of ``output_size`` windows that cover the image evenly.

    (batch, channels, depth, height, width) ->
    (batch, channels, new_depth, new_height, new_width), or both without a batch.
    Along each axis, window i of n goes from ``floor(i * size / n)`` to ``ceil((i + 1) * size / n)``: where n does not
    divide the size, windows overlap.

    Parameters
    ----------
    output_size: a number or a triple, at least 1: how many windows there are; None for as many as there are elements.

    Raises ArgumentError for sizes that are no such numbers; when called, ShapeError for an input of another number of
    axes, and DtypeError for integers.

    >>> import autograd as ag, nn
    >>> nn.AdaptiveAvgPool3d(3)(ag.zeros(2, 3, 8, 8, 8)).shape
    (2, 3, 3, 3, 3)
    """

    axes = 3

    def forward(self, input: Any) -> Any:
        """(batch, channels, depth, height, width) -> (batch, channels, new_depth, new_height, new_width)."""
        return F.adaptive_avg_pool3d(input, self.output_size)

    @staticmethod
    def examples(rng: np.random.Generator) -> Iterator[Example]:
        """Windows that divide the image, windows that overlap, and a single one."""
        yield Example(AdaptiveAvgPool3d((1, 2, None)), (rng.normal(size=(2, 1, 2, 4, 2)),))
        yield Example(AdaptiveAvgPool3d(2), (rng.normal(size=(1, 2, 2, 3, 3)),))
        yield Example(AdaptiveAvgPool3d(1), (rng.normal(size=(2, 2, 2, 2, 3)),))


class AdaptiveMaxPool1d(_AdaptivePool):
    """The largest elements of ``output_size`` windows that cover the image evenly.

    (batch, channels, length) -> (batch, channels, new_length), or both without a batch.
    Along each axis, window i of n goes from ``floor(i * size / n)`` to ``ceil((i + 1) * size / n)``: where n does not
    divide the size, windows overlap.

    Parameters
    ----------
    output_size: a number, at least 1: how many windows there are; None for as many as there are elements.
    return_indices: whether to return, besides the result, the place of each window's largest element in its
        channel's flattened image: integers of the result's shape.

    Of equal elements the first one, row by row, is the largest, and nan is larger than all: so in PyTorch.

    Raises ArgumentError for sizes that are no such numbers; when called, ShapeError for an input of another number of
    axes, and DtypeError for integers.

    >>> import autograd as ag, nn
    >>> nn.AdaptiveMaxPool1d(3)(ag.zeros(2, 3, 8)).shape
    (2, 3, 3)
    """

    axes = 1

    def __init__(self, output_size: Any, return_indices: bool = False) -> None:
        super().__init__(output_size)
        self.return_indices = return_indices

    def forward(self, input: Any) -> Any:
        """(batch, channels, length) -> (batch, channels, new_length)."""
        return F.adaptive_max_pool1d(input, self.output_size, self.return_indices)

    @staticmethod
    def examples(rng: np.random.Generator) -> Iterator[Example]:
        """Windows that divide the image, and windows that overlap."""
        yield Example(AdaptiveMaxPool1d(3), (rng.normal(size=(2, 2, 6)),))
        yield Example(AdaptiveMaxPool1d((3,), return_indices=True), (rng.normal(size=(2, 1, 5)),))


class AdaptiveMaxPool2d(_AdaptivePool):
    """The largest elements of ``output_size`` windows that cover the image evenly.

    (batch, channels, height, width) -> (batch, channels, new_height, new_width), or both without a batch.
    Along each axis, window i of n goes from ``floor(i * size / n)`` to ``ceil((i + 1) * size / n)``: where n does not
    divide the size, windows overlap.

    Parameters
    ----------
    output_size: a number or a pair, at least 1: how many windows there are; None for as many as there are elements.
    return_indices: whether to return, besides the result, the place of each window's largest element in its
        channel's flattened image: integers of the result's shape.

    Of equal elements the first one, row by row, is the largest, and nan is larger than all: so in PyTorch.

    Raises ArgumentError for sizes that are no such numbers; when called, ShapeError for an input of another number of
    axes, and DtypeError for integers.

    >>> import autograd as ag, nn
    >>> nn.AdaptiveMaxPool2d(3)(ag.zeros(2, 3, 8, 8)).shape
    (2, 3, 3, 3)
    """

    axes = 2

    def __init__(self, output_size: Any, return_indices: bool = False) -> None:
        super().__init__(output_size)
        self.return_indices = return_indices

    def forward(self, input: Any) -> Any:
        """(batch, channels, height, width) -> (batch, channels, new_height, new_width)."""
        return F.adaptive_max_pool2d(input, self.output_size, self.return_indices)

    @staticmethod
    def examples(rng: np.random.Generator) -> Iterator[Example]:
        """Windows that divide the image, and windows that overlap."""
        yield Example(AdaptiveMaxPool2d((2, None)), (rng.normal(size=(2, 1, 4, 3)),))
        yield Example(AdaptiveMaxPool2d((3, 2), return_indices=True), (rng.normal(size=(1, 2, 4, 5)),))


class AdaptiveMaxPool3d(_AdaptivePool):
    """The largest elements of ``output_size`` windows that cover the image evenly.

    (batch, channels, depth, height, width) ->
    (batch, channels, new_depth, new_height, new_width), or both without a batch.
    Along each axis, window i of n goes from ``floor(i * size / n)`` to ``ceil((i + 1) * size / n)``: where n does not
    divide the size, windows overlap.

    Parameters
    ----------
    output_size: a number or a triple, at least 1: how many windows there are; None for as many as there are elements.
    return_indices: whether to return, besides the result, the place of each window's largest element in its
        channel's flattened image: integers of the result's shape.

    Of equal elements the first one, row by row, is the largest, and nan is larger than all: so in PyTorch.

    Raises ArgumentError for sizes that are no such numbers; when called, ShapeError for an input of another number of
    axes, and DtypeError for integers.

    >>> import autograd as ag, nn
    >>> nn.AdaptiveMaxPool3d(3)(ag.zeros(2, 3, 8, 8, 8)).shape
    (2, 3, 3, 3, 3)
    """

    axes = 3

    def __init__(self, output_size: Any, return_indices: bool = False) -> None:
        super().__init__(output_size)
        self.return_indices = return_indices

    def forward(self, input: Any) -> Any:
        """(batch, channels, depth, height, width) -> (batch, channels, new_depth, new_height, new_width)."""
        return F.adaptive_max_pool3d(input, self.output_size, self.return_indices)

    @staticmethod
    def examples(rng: np.random.Generator) -> Iterator[Example]:
        """Windows that divide the image, and windows that overlap."""
        yield Example(AdaptiveMaxPool3d((1, 2, None)), (rng.normal(size=(2, 1, 2, 4, 2)),))
        yield Example(AdaptiveMaxPool3d(2, return_indices=True), (rng.normal(size=(1, 2, 2, 3, 3)),))
