"""Layers that change the shape."""

from __future__ import annotations

import math
from collections.abc import Iterator, Sequence
from typing import Any

import numpy as np

import autograd as ag
from nn import functional as F
from nn.kernels.checks import check_arrays, is_whole, place, wrong_shape
from nn.module import Example, Module

__all__ = ["ChannelShuffle", "Flatten", "Fold", "PixelShuffle", "PixelUnshuffle", "Unflatten", "Unfold"]


class Flatten(Module):
    """Join the axes from ``start_dim`` to ``end_dim``, both included, into one: (batch, ...) -> (batch, features).

    As in PyTorch.

    Parameters
    ----------
    start_dim, end_dim: axes; negative ones count from the last.

    Raises ShapeError, when called, for an input without these axes.

    >>> import autograd as ag, nn
    >>> nn.Flatten()(ag.zeros(32, 1, 8, 8)).shape
    (32, 64)
    """

    def __init__(self, start_dim: int = 1, end_dim: int = -1) -> None:
        self.start_dim = start_dim
        self.end_dim = end_dim

    def forward(self, input: Any) -> Any:
        """(batch, ...) -> (batch, features)."""
        check_arrays("flatten", input=input)
        shape = input.shape
        first, last = (dim + len(shape) if dim < 0 else dim for dim in (self.start_dim, self.end_dim))
        if not 0 <= first <= last < len(shape):
            raise ag.errors.ShapeError(
                f"{place('flatten')}: an input of shape {shape} has no axes from {self.start_dim} to {self.end_dim}. "
                "Want (batch, ...); add a batch axis to a single sample, x[None]."
            )
        return input.reshape((*shape[:first], math.prod(shape[first : last + 1]), *shape[last + 1 :]))

    @staticmethod
    def examples(rng: np.random.Generator) -> Iterator[Example]:
        """Images to rows, and two axes in the middle."""
        yield Example(Flatten(), (rng.normal(size=(2, 3, 2, 2)),))
        yield Example(Flatten(1, 2), (rng.normal(size=(2, 3, 2, 2)),))

    def extra_repr(self) -> str:
        """The axes."""
        return f"start_dim={self.start_dim}, end_dim={self.end_dim}"


class Unflatten(Module):
    """Split one axis into several: (batch, features) -> (batch, *unflattened_size).

    As in PyTorch, but that axes have no names.

    Parameters
    ----------
    dim: the axis; a negative one counts from the last.
    unflattened_size: lengths of the axes it becomes; one of them may be -1, for what is left.

    Raises ArgumentError for lengths that are none; when called, ShapeError for an input without the axis, or one
    whose axis is no product of the lengths.

    >>> import autograd as ag, nn
    >>> nn.Unflatten(1, (2, 5, 5))(ag.zeros(32, 50)).shape
    (32, 2, 5, 5)
    """

    def __init__(self, dim: int, unflattened_size: Sequence[int]) -> None:
        sizes = tuple(unflattened_size) if isinstance(unflattened_size, (tuple, list)) else ()
        if not sizes or not all(is_whole(n) and n >= -1 for n in sizes) or sizes.count(-1) > 1:
            raise ag.errors.ArgumentError(
                f"{place('Unflatten')}: unflattened_size={unflattened_size!r}; want a tuple of lengths, one of them -1 "
                "at most."
            )
        if not is_whole(dim):
            raise ag.errors.ArgumentError(f"{place('Unflatten')}: dim={dim!r}; want the number of an axis.")
        self.dim = dim
        self.unflattened_size = sizes

    def forward(self, input: Any) -> Any:
        """(batch, features) -> (batch, *unflattened_size)."""
        check_arrays("unflatten", input=input)
        shape, sizes = input.shape, self.unflattened_size
        axis = self.dim + len(shape) if self.dim < 0 else self.dim
        if not 0 <= axis < len(shape):
            raise wrong_shape("unflatten", f"an input with the axis {self.dim}", input)
        known, is_open = math.prod([n for n in sizes if n != -1]), -1 in sizes
        fits = known and shape[axis] % known == 0 if is_open else shape[axis] == known
        if not fits:
            raise wrong_shape("unflatten", f"an axis {self.dim} whose length is the product of {sizes}", input)
        whole = [n if n != -1 else shape[axis] // known for n in sizes]
        return input.reshape((*shape[:axis], *whole, *shape[axis + 1 :]))

    @staticmethod
    def examples(rng: np.random.Generator) -> Iterator[Example]:
        """Rows to images, and an axis in the middle."""
        yield Example(Unflatten(1, (2, 3, 2)), (rng.normal(size=(2, 12)),))
        yield Example(Unflatten(-2, (2, -1)), (rng.normal(size=(3, 4, 2)),))

    def extra_repr(self) -> str:
        """The axis and the lengths."""
        return f"dim={self.dim}, unflattened_size={self.unflattened_size}"


class Unfold(Module):
    """Blocks that slide over images, as columns: (batch, channels, height, width) -> (batch, channels * block, places).

    Also (channels, height, width) -> (channels * block, places). As in PyTorch; see `nn.functional.unfold`.

    Parameters
    ----------
    kernel_size: of a block, (height, width), or one number for both, as for the others.
    dilation: distance between neighbours in a block, at least 1.
    padding: zeros on each side of the image, at least 0.
    stride: distance between places, at least 1.

    Raises ShapeError, when called, for another number of axes and where no block fits; ArgumentError for other sizes.

    >>> import autograd as ag, nn
    >>> nn.Unfold(kernel_size=(2, 3))(ag.zeros(2, 5, 3, 4)).shape
    (2, 30, 4)
    """

    def __init__(self, kernel_size: Any, dilation: Any = 1, padding: Any = 0, stride: Any = 1) -> None:
        self.kernel_size = kernel_size
        self.dilation = dilation
        self.padding = padding
        self.stride = stride

    def forward(self, input: Any) -> Any:
        """(batch, channels, height, width) -> (batch, channels * block, places)."""
        return F.unfold(input, self.kernel_size, self.dilation, self.padding, self.stride)

    @staticmethod
    def examples(rng: np.random.Generator) -> Iterator[Example]:
        """Blocks that overlap, with gaps, and a single image."""
        yield Example(Unfold(2), (rng.normal(size=(2, 2, 3, 4)),))
        yield Example(Unfold((2, 1), dilation=2, padding=(1, 0), stride=(1, 2)), (rng.normal(size=(2, 1, 3, 3)),))
        yield Example(Unfold(2, padding=1), (rng.normal(size=(2, 2, 2)),), None)

    def extra_repr(self) -> str:
        """The sizes."""
        return f"kernel_size={self.kernel_size}, dilation={self.dilation}, padding={self.padding}, stride={self.stride}"


class Fold(Module):
    """The sum of blocks where `Unfold` took them: (batch, channels * block, places) -> (batch, channels, *output_size).

    Also (channels * block, places) -> (channels, *output_size). As in PyTorch; see `nn.functional.fold`.

    Parameters
    ----------
    output_size: (height, width) of the image, or one number for both.
    kernel_size, dilation, padding, stride: as for `Unfold`.

    Raises ShapeError, when called, for an input of another shape than `Unfold` gives; ArgumentError for other sizes.

    >>> import autograd as ag, nn
    >>> nn.Fold(output_size=(4, 5), kernel_size=(2, 2))(ag.zeros(1, 12, 12)).shape
    (1, 3, 4, 5)
    """

    def __init__(
        self, output_size: Any, kernel_size: Any, dilation: Any = 1, padding: Any = 0, stride: Any = 1
    ) -> None:
        self.output_size = output_size
        self.kernel_size = kernel_size
        self.dilation = dilation
        self.padding = padding
        self.stride = stride

    def forward(self, input: Any) -> Any:
        """(batch, channels * block, places) -> (batch, channels, *output_size)."""
        return F.fold(input, self.output_size, self.kernel_size, self.dilation, self.padding, self.stride)

    @staticmethod
    def examples(rng: np.random.Generator) -> Iterator[Example]:
        """Blocks that overlap, with gaps, and a single image."""
        yield Example(Fold((3, 4), 2), (rng.normal(size=(2, 4, 6)),))
        strided = Fold((3, 3), (2, 1), dilation=2, padding=(1, 0), stride=(1, 2))
        yield Example(strided, (rng.normal(size=(2, 4, 6)),))
        yield Example(Fold(2, 2, padding=1), (rng.normal(size=(4, 9)),), None)

    def extra_repr(self) -> str:
        """The sizes."""
        return (
            f"output_size={self.output_size}, kernel_size={self.kernel_size}, dilation={self.dilation}, "
            f"padding={self.padding}, stride={self.stride}"
        )


class PixelShuffle(Module):
    """Channels to pixels: (..., channels * r**2, height, width) -> (..., channels, height * r, width * r).

    Each r**2 channels in a row become the pixels of a block, row by row. Shi et al., 2016.

    Parameters
    ----------
    upscale_factor: r, at least 1.

    Raises ShapeError, when called, where the channels are no multiple of r**2; ArgumentError for another factor.

    >>> import autograd as ag, nn
    >>> nn.PixelShuffle(3)(ag.zeros(1, 9, 4, 4)).shape
    (1, 1, 12, 12)
    """

    def __init__(self, upscale_factor: int) -> None:
        self.upscale_factor = upscale_factor

    def forward(self, input: Any) -> Any:
        """(..., channels * r**2, height, width) -> (..., channels, height * r, width * r)."""
        return F.pixel_shuffle(input, self.upscale_factor)

    @staticmethod
    def examples(rng: np.random.Generator) -> Iterator[Example]:
        """Several channels, and one image."""
        yield Example(PixelShuffle(2), (rng.normal(size=(2, 8, 1, 2)),))
        yield Example(PixelShuffle(3), (rng.normal(size=(9, 2, 1)),), None)

    def extra_repr(self) -> str:
        """The factor."""
        return f"upscale_factor={self.upscale_factor}"


class PixelUnshuffle(Module):
    """Pixels to channels, the inverse of `PixelShuffle`: (..., channels, height * r, width * r) ->
    (..., channels * r**2, height, width).

    Parameters
    ----------
    downscale_factor: r, at least 1.

    Raises ShapeError, when called, where height or width is no multiple of r; ArgumentError for another factor.

    >>> import autograd as ag, nn
    >>> nn.PixelUnshuffle(3)(ag.zeros(1, 1, 12, 12)).shape
    (1, 9, 4, 4)
    """

    def __init__(self, downscale_factor: int) -> None:
        self.downscale_factor = downscale_factor

    def forward(self, input: Any) -> Any:
        """(..., channels, height * r, width * r) -> (..., channels * r**2, height, width)."""
        return F.pixel_unshuffle(input, self.downscale_factor)

    @staticmethod
    def examples(rng: np.random.Generator) -> Iterator[Example]:
        """Several channels, and one image."""
        yield Example(PixelUnshuffle(2), (rng.normal(size=(2, 2, 2, 4)),))
        yield Example(PixelUnshuffle(3), (rng.normal(size=(1, 3, 6)),), None)

    def extra_repr(self) -> str:
        """The factor."""
        return f"downscale_factor={self.downscale_factor}"


class ChannelShuffle(Module):
    """Channels of several groups in turn, the first of each group first: (batch, channels, ...) of the same shape.

    Its input and result are (batch, channels, length, ...) -> (batch, channels, length, ...). Zhang et al., 2018.

    Parameters
    ----------
    groups: how many equal parts the channels come in, at least 1.

    Raises ShapeError, when called, where the channels are no multiple of it; ArgumentError for another number.

    >>> import autograd as ag, nn
    >>> nn.ChannelShuffle(2)(ag.arange(6.0).reshape(1, 6, 1)).reshape(-1)
    Tensor([0., 3., 1., 4., 2., 5.], dtype=float32)
    """

    def __init__(self, groups: int) -> None:
        self.groups = groups

    def forward(self, input: Any) -> Any:
        """(batch, channels, length, ...) of the same shape."""
        return F.channel_shuffle(input, self.groups)

    @staticmethod
    def examples(rng: np.random.Generator) -> Iterator[Example]:
        """Images, and sequences."""
        yield Example(ChannelShuffle(2), (rng.normal(size=(2, 4, 2, 1)),))
        yield Example(ChannelShuffle(3), (rng.normal(size=(2, 6, 2)),))

    def extra_repr(self) -> str:
        """The number of groups."""
        return f"groups={self.groups}"
