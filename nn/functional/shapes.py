"""Functions that pad and rearrange."""

from __future__ import annotations

import math
from collections.abc import Sequence
from typing import Any

import numpy as np

import autograd as ag
from nn.kernels import padding as _padding
from nn.kernels import unfolding as _unfolding
from nn.kernels.checks import check_arrays, check_whole, is_whole, place, wrong_shape
from nn.kernels.sizes import per_axis

__all__ = ["channel_shuffle", "fold", "pad", "pixel_shuffle", "pixel_unshuffle", "unfold"]


# --- padding --------------------------------------------------------------------------------------------


def pad(input: Any, pad: Sequence[int], mode: str = "constant", value: float | None = None) -> Any:
    """Margins around the last axes: (..., length) -> (..., before + length + after).

    The result has the input's dtype and order in memory.

    Parameters
    ----------
    pad: (before, after) of the last axis, then of the one before it, and so on; a negative number crops.
    mode: what margins are filled with: ``"constant"``, one value; ``"reflect"``, the elements mirrored at the edge,
        which is not repeated, so that a margin is less than the axis; ``"replicate"``, the element at the edge;
        ``"circular"``, the elements from the other end, so that a margin is no more than the axis. Any number of
        axes may be padded in every mode (in PyTorch, three at most unless constant).
    value: for ``"constant"``, 0 if None; a whole number if the input is not of floats.

    Raises ArgumentError where ``pad``, ``mode`` or ``value`` is none of these, ShapeError where the input is too small.

    >>> import autograd as ag, nn
    >>> nn.functional.pad(ag.tensor([1.0, 2.0, 3.0]), (2, 1), "reflect")
    Tensor([3., 2., 1., 2., 3., 2.], dtype=float32)
    >>> nn.functional.pad(ag.tensor([[1.0, 2.0]]), (0, 1, 1, 0))
    Tensor([[0., 0., 0.],
            [1., 2., 0.]], dtype=float32)
    """
    check_arrays("pad", input=input)
    widths = _widths(input, pad)
    if mode == "constant":
        value = 0 if value is None else value
        if not _holds(input.dtype, value):
            raise ag.errors.ArgumentError(
                f"{place('pad')}: value={value!r} does not fit into {ag.errors.describe(input)}; want a number that "
                "does, or make the input a float."
            )
        return _padding.pad_constant(input, widths, value)
    if mode not in _padding.MODES:
        known = ", ".join(map(repr, ("constant", *_padding.MODES)))
        raise ag.errors.ArgumentError(f"{place('pad')}: mode={mode!r}; want one of {known}.")
    if value is not None:
        raise ag.errors.ArgumentError(f"{place('pad')}: mode={mode!r} takes no value, got {value}; leave it out.")
    cropped = tuple([(min(before, 0), min(after, 0)) for before, after in widths])
    margins = tuple([(max(before, 0), max(after, 0)) for before, after in widths])
    if not any(map(any, cropped)):
        return _padding.extend(input, margins, mode)
    if mode != "circular":
        return _padding.pad_constant(_padding.extend(input, margins, mode), cropped)
    left = _padding.pad_constant(input, cropped)  # and only that goes round
    _padding.check_margins(left.shape, margins, mode, input)
    return _padding.extend(left, margins, mode)


def _holds(dtype: np.dtype[Any], value: Any) -> bool:
    """Whether an array of ``dtype`` can hold the number as it is, apart from rounding."""
    if not isinstance(value, (int, float, np.number)):
        return isinstance(value, np.bool_)
    if dtype.kind not in "iub":
        return dtype.kind == "f"
    if not float(value).is_integer():
        return False
    least, most = (0, 1) if dtype.kind == "b" else (int(np.iinfo(dtype).min), int(np.iinfo(dtype).max))
    return least <= int(value) <= most


def _widths(input: Any, pad: Sequence[int]) -> tuple[tuple[int, int], ...]:
    """What is added (before, after) along each axis of the input, the first one first."""
    numbers = tuple(pad) if isinstance(pad, (tuple, list, np.ndarray)) else ()
    is_list = isinstance(pad, (tuple, list, np.ndarray)) and len(numbers) % 2 == 0
    if not is_list or not all(map(is_whole, numbers)):
        raise ag.errors.ArgumentError(
            f"{place('pad')}: pad={pad!r}; want whole numbers, a pair (before, after) for each axis, last axis first."
        )
    axes = len(numbers) // 2
    if axes > input.ndim:
        raise wrong_shape("pad", f"at least {axes} axes for pad={tuple(numbers)}", input)
    pairs = [(int(before), int(after)) for before, after in zip(numbers[::2], numbers[1::2], strict=True)]
    widths: tuple[tuple[int, int], ...] = ((0, 0),) * (input.ndim - axes) + tuple(pairs[::-1])
    for n, (before, after) in zip(input.shape, widths, strict=True):
        if n + min(before, 0) + min(after, 0) < 0:
            raise wrong_shape(
                "pad", f"axes from which pad={tuple(numbers)} can be cropped", input, f"An axis is {n} long."
            )
    return widths


# --- sliding blocks -------------------------------------------------------------------------------------


def _block_sizes(operation: str, kernel_size: Any, dilation: Any, padding: Any, stride: Any) -> tuple[Any, ...]:
    return (
        per_axis(operation, "kernel_size", kernel_size, 2, 1),
        per_axis(operation, "dilation", dilation, 2, 1),
        per_axis(operation, "padding", padding, 2),
        per_axis(operation, "stride", stride, 2, 1),
    )


def unfold(input: Any, kernel_size: Any, dilation: Any = 1, padding: Any = 0, stride: Any = 1) -> Any:
    """Blocks that slide over images, as columns: (batch, channels, height, width) -> (batch, channels * block, places).

    Also (channels, height, width) -> (channels * block, places). A block is flattened with its channel first, then
    its row; places are counted row by row. A convolution is the product of its flattened weight with these columns.
    As in PyTorch.

    Parameters
    ----------
    input: an image, or a batch of them.
    kernel_size: of a block, (height, width), or one number for both, as for the others.
    dilation: distance between neighbours in a block, at least 1.
    padding: zeros on each side of the image, at least 0.
    stride: distance between places, at least 1.

    Raises ShapeError for another number of axes and where no block fits, ArgumentError for other sizes.

    >>> import autograd as ag, nn
    >>> nn.functional.unfold(ag.zeros(2, 3, 8, 8), kernel_size=3, padding=1, stride=2).shape
    (2, 27, 16)
    """
    sizes = _block_sizes("unfold", kernel_size, dilation, padding, stride)
    check_arrays("unfold", input=input)
    if input.ndim not in (3, 4):
        raise wrong_shape("unfold", "an input of shape (batch, channels, height, width), or one without batch", input)
    if min(_unfolding.places(input.shape[-2:], *sizes)) < 1:
        raise wrong_shape(
            "unfold",
            f"an input in which a block of {sizes[0]} with dilation {sizes[1]} and padding {sizes[2]} fits",
            input,
            "Add padding, or take a smaller kernel.",
        )
    out = _unfolding.unfold(input if input.ndim == 4 else input[None], *sizes)
    return out if input.ndim == 4 else out[0]


def fold(input: Any, output_size: Any, kernel_size: Any, dilation: Any = 1, padding: Any = 0, stride: Any = 1) -> Any:
    """The sum of blocks where `unfold` took them: (batch, channels * block, places) -> (batch, channels, *output_size).

    Also (channels * block, places) -> (channels, *output_size). Where blocks overlap, their elements add up: it is
    the transpose of `unfold`, not its inverse. As in PyTorch.

    Parameters
    ----------
    output_size: (height, width) of the image, or one number for both.
    kernel_size, dilation, padding, stride: as for `unfold`.

    Raises ShapeError where the input has not the shape that `unfold` gives, ArgumentError for other sizes.

    >>> import autograd as ag, nn
    >>> columns = nn.functional.unfold(ag.ones(1, 1, 3, 3), kernel_size=2)
    >>> nn.functional.fold(columns, output_size=3, kernel_size=2)[0, 0]
    Tensor([[1., 2., 1.],
            [2., 4., 2.],
            [1., 2., 1.]], dtype=float32)
    """
    size = per_axis("fold", "output_size", output_size, 2, 1)
    sizes = _block_sizes("fold", kernel_size, dilation, padding, stride)
    count = _unfolding.places(size, *sizes)
    block, places = math.prod(sizes[0]), math.prod(count)
    if min(count) < 1:
        raise ag.errors.ArgumentError(
            f"{place('fold')}: no block of {sizes[0]} with dilation {sizes[1]} and padding {sizes[2]} fits into "
            f"output_size={size}. Add padding, or take a smaller kernel."
        )
    check_arrays("fold", input=input)
    if input.ndim not in (2, 3) or input.shape[-2] % block or input.shape[-1] != places:
        raise wrong_shape(
            "fold",
            f"an input of shape (batch, channels * {block}, {places}), {count[0]} by {count[1]} places, or one "
            "without batch",
            input,
        )
    out = _unfolding.fold(input if input.ndim == 3 else input[None], size, *sizes)
    return out if input.ndim == 3 else out[0]


# --- channels and pixels --------------------------------------------------------------------------------


def pixel_shuffle(input: Any, upscale_factor: int) -> Any:
    """Channels to pixels: (..., channels * r**2, height, width) -> (..., channels, height * r, width * r).

    Each r**2 channels in a row become the pixels of a block, row by row. Shi et al., 2016.

    Parameters
    ----------
    input: of at least three axes.
    upscale_factor: r, at least 1.

    Raises ShapeError where the channels are no multiple of r**2, ArgumentError for another r.

    >>> import autograd as ag, nn
    >>> nn.functional.pixel_shuffle(ag.arange(4.0).reshape(4, 1, 1), 2)
    Tensor([[[0., 1.],
             [2., 3.]]], dtype=float32)
    """
    check_whole("pixel_shuffle", 1, upscale_factor=upscale_factor)
    r = upscale_factor
    check_arrays("pixel_shuffle", input=input)
    if input.ndim < 3 or input.shape[-3] % r**2:
        raise wrong_shape("pixel_shuffle", f"an input of shape (..., channels * {r**2}, height, width)", input)
    *others, channels, height, width = input.shape
    blocks = input.reshape((*others, channels // r**2, r, r, height, width))
    n = len(others)
    rows = blocks.transpose((*range(n + 1), n + 3, n + 1, n + 4, n + 2))
    return rows.reshape((*others, channels // r**2, height * r, width * r))


def pixel_unshuffle(input: Any, downscale_factor: int) -> Any:
    """Pixels to channels, the inverse of `pixel_shuffle`: (..., channels, height * r, width * r) ->
    (..., channels * r**2, height, width).

    Parameters
    ----------
    input: of at least three axes.
    downscale_factor: r, at least 1.

    Raises ShapeError where height or width is no multiple of r, ArgumentError for another r.

    >>> import autograd as ag, nn
    >>> nn.functional.pixel_unshuffle(ag.zeros(2, 3, 8, 6), 2).shape
    (2, 12, 4, 3)
    """
    check_whole("pixel_unshuffle", 1, downscale_factor=downscale_factor)
    r = downscale_factor
    check_arrays("pixel_unshuffle", input=input)
    if input.ndim < 3 or input.shape[-2] % r or input.shape[-1] % r:
        raise wrong_shape("pixel_unshuffle", f"an input of shape (..., channels, height * {r}, width * {r})", input)
    *others, channels, height, width = input.shape
    blocks = input.reshape((*others, channels, height // r, r, width // r, r))
    n = len(others)
    return blocks.transpose((*range(n + 1), n + 2, n + 4, n + 1, n + 3)).reshape(
        (*others, channels * r**2, height // r, width // r)
    )


def channel_shuffle(input: Any, groups: int) -> Any:
    """Channels of several groups in turn, the first of each group first: (batch, channels, ...) of the same shape.

    Zhang et al., 2018 (ShuffleNet).

    Parameters
    ----------
    input: of at least three axes.
    groups: how many equal parts the channels come in, at least 1.

    Raises ShapeError where the channels are no multiple of it, ArgumentError for other groups.

    >>> import autograd as ag, nn
    >>> nn.functional.channel_shuffle(ag.arange(6.0).reshape(1, 6, 1), 2).reshape(-1)
    Tensor([0., 3., 1., 4., 2., 5.], dtype=float32)
    """
    check_whole("channel_shuffle", 1, groups=groups)
    check_arrays("channel_shuffle", input=input)
    if input.ndim < 3 or input.shape[1] % groups:
        raise wrong_shape("channel_shuffle", f"an input of shape (batch, channels * {groups}, length, ...)", input)
    batch, channels, *others = input.shape
    parts = input.reshape((batch, groups, channels // groups, *others))
    return parts.swapaxes(1, 2).reshape(input.shape)
