"""Pooling by the largest element: an image made smaller, each window of elements becoming one; and the way back."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import numpy as np

from nn.functional import pooling as F
from nn.kernels.pool import window_sizes
from nn.layers.average_pooling import options
from nn.module import Example, Module

__all__ = [
    "MaxPool1d",
    "MaxPool2d",
    "MaxPool3d",
    "MaxUnpool1d",
    "MaxUnpool2d",
    "MaxUnpool3d",
]


class _MaxPool(Module):
    """What `MaxPool1d` to `MaxPool3d` have in common."""

    axes: int

    def __init__(
        self,
        kernel_size: Any,
        stride: Any = None,
        padding: Any = 0,
        dilation: Any = 1,
        return_indices: bool = False,
        ceil_mode: bool = False,
    ) -> None:
        window_sizes(type(self).__name__, self.axes, kernel_size, stride, padding, dilation)
        self.kernel_size = kernel_size
        self.stride = kernel_size if stride is None else stride
        self.padding = padding
        self.dilation = dilation
        self.return_indices = return_indices
        self.ceil_mode = ceil_mode

    def forward(self, input: Any) -> Any:
        """(batch, channels, *sizes) -> (batch, channels, *new_sizes)."""
        pool = (F.max_pool1d, F.max_pool2d, F.max_pool3d)[self.axes - 1]
        return pool(
            input, self.kernel_size, self.stride, self.padding, self.dilation, self.ceil_mode, self.return_indices
        )

    def extra_repr(self) -> str:
        """The arguments; ``return_indices`` only where it is not the default."""
        return (
            f"kernel_size={self.kernel_size}, stride={self.stride}, padding={self.padding}, dilation={self.dilation}, "
            f"ceil_mode={self.ceil_mode}{options(return_indices=(self.return_indices, False))}"
        )


class MaxPool1d(_MaxPool):
    """The largest element of each window.

    (batch, channels, length) -> (batch, channels, new_length), or both without a batch.
    Along each axis, ``new_size = (size + 2 * padding - dilation * (kernel_size - 1) - 1) // stride + 1``.

    Parameters
    ----------
    kernel_size, stride, padding, dilation: as of `MaxPool2d`, a number.
    return_indices, ceil_mode: as of `MaxPool2d`, which says more, and what is raised.

    >>> import autograd as ag, nn
    >>> nn.MaxPool1d(3, stride=2)(ag.zeros(2, 3, 8)).shape
    (2, 3, 3)
    """

    axes = 1

    @staticmethod
    def examples(rng: np.random.Generator) -> Iterator[Example]:
        """Windows apart, overlapping in a padded image, dilated with a last one that is not full, and indices."""
        yield Example(MaxPool1d(2), (rng.normal(size=(2, 2, 5)),))
        yield Example(MaxPool1d(3, 2, 1), (rng.normal(size=(2, 1, 6)),))
        yield Example(MaxPool1d(2, 2, 0, 2, ceil_mode=True), (rng.normal(size=(1, 2, 6)),))
        yield Example(MaxPool1d(2, return_indices=True), (rng.normal(size=(2, 2, 4)),))


class MaxPool2d(_MaxPool):
    """The largest element of each window.

    (batch, channels, height, width) -> (batch, channels, new_height, new_width), or both without a batch.
    Along each axis, ``new_size = (size + 2 * padding - dilation * (kernel_size - 1) - 1) // stride + 1``.

    Parameters
    ----------
    kernel_size: a number or a pair, at least 1: the size of a window.
    stride: a number or a pair, at least 1: how far windows are apart; ``kernel_size`` if None.
    padding: a number or a pair, at most half of ``kernel_size``: how far windows reach out of the image; what is there
        counts as minus infinity.
    dilation: a number or a pair, at least 1: how far the elements of a window are apart.
    return_indices: whether to return, besides the result, the place of each window's largest element in its
        channel's flattened image: integers of the result's shape.
    ceil_mode: whether the division in ``new_size`` rounds up, so that the last window, which has to begin in the image
        or the padding before it, may not be full.

    Of equal elements the first one, row by row, is the largest, and nan is larger than all: so in PyTorch. In contrast
    to it, integers are refused, and channels may be none.

    Raises ArgumentError for sizes that are no such numbers; when called, ShapeError for an input of another number of
    axes or too small for a window, and DtypeError for integers.

    >>> import autograd as ag, nn
    >>> nn.MaxPool2d(3, stride=2)(ag.zeros(2, 3, 8, 8)).shape
    (2, 3, 3, 3)
    """

    axes = 2

    @staticmethod
    def examples(rng: np.random.Generator) -> Iterator[Example]:
        """Windows apart, overlapping in a padded image, dilated with a last one that is not full, and indices."""
        yield Example(MaxPool2d(2), (rng.normal(size=(2, 2, 4, 5)),))
        yield Example(MaxPool2d(3, 2, 1), (rng.normal(size=(2, 1, 5, 4)),))
        yield Example(MaxPool2d((1, 2), (1, 2), 0, (1, 2), ceil_mode=True), (rng.normal(size=(1, 2, 2, 6)),))
        yield Example(MaxPool2d(2, return_indices=True), (rng.normal(size=(2, 2, 2, 4)),))


class MaxPool3d(_MaxPool):
    """The largest element of each window.

    (batch, channels, depth, height, width) ->
    (batch, channels, new_depth, new_height, new_width), or both without a batch.
    Along each axis, ``new_size = (size + 2 * padding - dilation * (kernel_size - 1) - 1) // stride + 1``.

    Parameters
    ----------
    kernel_size, stride, padding, dilation: as of `MaxPool2d`, a number or a triple.
    return_indices, ceil_mode: as of `MaxPool2d`, which says more, and what is raised.

    >>> import autograd as ag, nn
    >>> nn.MaxPool3d(3, stride=2)(ag.zeros(2, 3, 8, 8, 8)).shape
    (2, 3, 3, 3, 3)
    """

    axes = 3

    @staticmethod
    def examples(rng: np.random.Generator) -> Iterator[Example]:
        """Windows apart, overlapping in a padded image, dilated with a last one that is not full, and indices."""
        yield Example(MaxPool3d(2), (rng.normal(size=(2, 2, 2, 3, 2)),))
        yield Example(MaxPool3d((1, 2, 3), 2, (0, 1, 1)), (rng.normal(size=(1, 2, 2, 3, 4)),))
        yield Example(MaxPool3d((1, 1, 2), 2, 0, 2, ceil_mode=True), (rng.normal(size=(2, 1, 2, 2, 4)),))
        yield Example(MaxPool3d(2, return_indices=True), (rng.normal(size=(1, 2, 2, 4, 2)),))


class _MaxUnpool(Module):
    """What `MaxUnpool1d` to `MaxUnpool3d` have in common."""

    axes: int

    def __init__(self, kernel_size: Any, stride: Any = None, padding: Any = 0) -> None:
        sizes = window_sizes(type(self).__name__, self.axes, kernel_size, stride, padding)
        self.kernel_size, self.stride, self.padding, _ = sizes

    def forward(self, input: Any, indices: Any, output_size: Any = None) -> Any:
        """(batch, channels, *sizes), the same -> (batch, channels, *new_sizes)."""
        unpool = (F.max_unpool1d, F.max_unpool2d, F.max_unpool3d)[self.axes - 1]
        return unpool(input, indices, self.kernel_size, self.stride, self.padding, output_size)

    def extra_repr(self) -> str:
        """The arguments."""
        return f"kernel_size={self.kernel_size}, stride={self.stride}, padding={self.padding}"


class MaxUnpool1d(_MaxUnpool):
    """Zeros, but for the elements of the input at the places that max pooling took them from.

    (batch, channels, length) -> (batch, channels, new_length), or both without a batch.
    Along each axis, ``new_size = (size - 1) * stride - 2 * padding + kernel_size``, unless another size is asked for by
    a third argument, ``output_size``: the sizes of the image that was pooled, all of them or those of the last axes.
    The second argument is the indices that `MaxPool1d` gives. Where one repeats, the last element (in C order) stays,
    and it alone gets a gradient; in PyTorch all get one.

    Parameters
    ----------
    kernel_size, stride, padding: those of the pooling.

    Raises ArgumentError for sizes that are no such numbers; when called, ShapeError where input and indices do not
    fit, DtypeError for an input of integers or indices of floats, ArgumentError for an index or a size that cannot be.

    >>> import autograd as ag, nn
    >>> out, indices = nn.MaxPool1d(2, return_indices=True)(ag.zeros(2, 3, 4))
    >>> nn.MaxUnpool1d(2)(out, indices).shape
    (2, 3, 4)
    """

    axes = 1

    @staticmethod
    def examples(rng: np.random.Generator) -> Iterator[Example]:
        """What windows apart gave."""
        yield Example(MaxUnpool1d(2), F.max_pool1d(rng.normal(size=(2, 2, 6)), 2, return_indices=True))
        yield Example(MaxUnpool1d(2, 3), F.max_pool1d(rng.normal(size=(2, 1, 8)), 2, 3, return_indices=True))


class MaxUnpool2d(_MaxUnpool):
    """Zeros, but for the elements of the input at the places that max pooling took them from.

    (batch, channels, height, width) -> (batch, channels, new_height, new_width), or both without a batch.
    Along each axis, ``new_size = (size - 1) * stride - 2 * padding + kernel_size``, unless another size is asked for by
    a third argument, ``output_size``: the sizes of the image that was pooled, all of them or those of the last axes.
    The second argument is the indices that `MaxPool2d` gives. Where one repeats, the last element (in C order) stays,
    and it alone gets a gradient; in PyTorch all get one.

    Parameters
    ----------
    kernel_size, stride, padding: those of the pooling.

    Raises ArgumentError for sizes that are no such numbers; when called, ShapeError where input and indices do not
    fit, DtypeError for an input of integers or indices of floats, ArgumentError for an index or a size that cannot be.

    >>> import autograd as ag, nn
    >>> out, indices = nn.MaxPool2d(2, return_indices=True)(ag.zeros(2, 3, 4, 4))
    >>> nn.MaxUnpool2d(2)(out, indices).shape
    (2, 3, 4, 4)
    """

    axes = 2

    @staticmethod
    def examples(rng: np.random.Generator) -> Iterator[Example]:
        """What windows apart gave."""
        yield Example(MaxUnpool2d(2), F.max_pool2d(rng.normal(size=(2, 2, 2, 4)), 2, return_indices=True))
        pooled = F.max_pool2d(rng.normal(size=(2, 1, 5, 5)), 2, 3, return_indices=True)
        yield Example(MaxUnpool2d((2, 2), (3, 3)), (*pooled, (5, 5)))


class MaxUnpool3d(_MaxUnpool):
    """Zeros, but for the elements of the input at the places that max pooling took them from.

    (batch, channels, depth, height, width) ->
    (batch, channels, new_depth, new_height, new_width), or both without a batch.
    Along each axis, ``new_size = (size - 1) * stride - 2 * padding + kernel_size``, unless another size is asked for by
    a third argument, ``output_size``: the sizes of the image that was pooled, all of them or those of the last axes.
    The second argument is the indices that `MaxPool3d` gives. Where one repeats, the last element (in C order) stays,
    and it alone gets a gradient; in PyTorch all get one.

    Parameters
    ----------
    kernel_size, stride, padding: those of the pooling.

    Raises ArgumentError for sizes that are no such numbers; when called, ShapeError where input and indices do not
    fit, DtypeError for an input of integers or indices of floats, ArgumentError for an index or a size that cannot be.

    >>> import autograd as ag, nn
    >>> out, indices = nn.MaxPool3d(2, return_indices=True)(ag.zeros(2, 3, 4, 4, 4))
    >>> nn.MaxUnpool3d(2)(out, indices).shape
    (2, 3, 4, 4, 4)
    """

    axes = 3

    @staticmethod
    def examples(rng: np.random.Generator) -> Iterator[Example]:
        """What windows apart gave."""
        yield Example(MaxUnpool3d(2), F.max_pool3d(rng.normal(size=(2, 2, 2, 2, 4)), 2, return_indices=True))
        pooled = F.max_pool3d(rng.normal(size=(1, 2, 2, 3, 2)), (1, 2, 2), return_indices=True)
        yield Example(MaxUnpool3d((1, 2, 2)), (*pooled, (2, 3, 2)))
