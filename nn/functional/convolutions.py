"""Convolutions as functions.

What they compute is a correlation, the kernel as it is: the convolution of mathematics, `ag.convolve`, turns it around
first. A network learns the one as well as the other.
"""

from __future__ import annotations

from typing import Any

import numpy as np

import autograd as ag
from nn.kernels.checks import check_floats, is_whole, place, wrong_shape
from nn.kernels.conv import convolution, convolution_to_input
from nn.kernels.sizes import AXES, per_axis
from nn.kernels.windows import Windows

__all__ = ["conv1d", "conv2d", "conv3d", "conv_transpose1d", "conv_transpose2d", "conv_transpose3d"]

Sizes = int | tuple[int, ...]


# --- convolution ----------------------------------------------------------------------------------------


def conv1d(
    input: Any,
    weight: Any,
    bias: Any = None,
    stride: Sizes = 1,
    padding: Sizes | str = 0,
    dilation: Sizes = 1,
    groups: int = 1,
) -> Any:
    """Convolution along one axis: (batch, in_channels, length) -> (batch, out_channels, length).

    The kernel is not turned around: ``[1, 2, 4]`` under the kernel ``[-1, 1]`` gives differences, ``[1, 2]``. Arguments
    and errors as in `conv2d`; ``weight`` is (out_channels, in_channels / groups, kernel).

    >>> import autograd as ag, nn
    >>> nn.functional.conv1d(ag.tensor([[[1.0, 2.0, 4.0]]]), ag.tensor([[[-1.0, 1.0]]]))
    Tensor([[[1., 2.]]], dtype=float32)
    """
    return _convolve(1, input, weight, bias, stride, padding, dilation, groups)


def conv2d(
    input: Any,
    weight: Any,
    bias: Any = None,
    stride: Sizes = 1,
    padding: Sizes | str = 0,
    dilation: Sizes = 1,
    groups: int = 1,
) -> Any:
    """Convolution of images: (batch, in_channels, height, width) -> (batch, out_channels, height, width).

    An output is ``(size + 2 * padding - dilation * (kernel - 1) - 1) // stride + 1`` high and wide. The kernel is not
    turned around, as it is in mathematics (`ag.convolve`). Dumoulin and Visin, 2016, draw all the cases.

    Parameters
    ----------
    input: as above, or one image without a batch axis; of any order in memory, the result's has the channels last.
    weight: (out_channels, in_channels / groups, kernel height, kernel width).
    bias: (out_channels), or None.
    stride: how far the kernel moves at a time, at least 1; one number, or one for each axis.
    padding: zeros on each side, at least 0; ``"valid"`` for none, ``"same"`` for as many as keep the size, of which an
        odd one comes after the image.
    dilation: distance between the kernel's elements, at least 1.
    groups: the channels are in so many groups, and each output sees those of its own; as many as channels make the
        convolution depthwise.

    Raises ShapeError where the shapes do not fit, DtypeError where float widths differ, ArgumentError for the others;
    all name the module's path in the model.

    >>> import autograd as ag, nn
    >>> x, weight = ag.ones(1, 3, 8, 8), ag.ones(16, 3, 3, 3)
    >>> nn.functional.conv2d(x, weight, stride=2, padding=1).shape
    (1, 16, 4, 4)
    """
    return _convolve(2, input, weight, bias, stride, padding, dilation, groups)


def conv3d(
    input: Any,
    weight: Any,
    bias: Any = None,
    stride: Sizes = 1,
    padding: Sizes | str = 0,
    dilation: Sizes = 1,
    groups: int = 1,
) -> Any:
    """Convolution of volumes: (batch, in_channels, *sizes) -> (batch, out_channels, *sizes), three sizes.

    Arguments and errors as in `conv2d`; ``weight`` is (out_channels, in_channels / groups, *kernel).

    >>> import autograd as ag, nn
    >>> nn.functional.conv3d(ag.ones(1, 1, 4, 4, 4), ag.ones(2, 1, 3, 3, 3), padding="same").shape
    (1, 2, 4, 4, 4)
    """
    return _convolve(3, input, weight, bias, stride, padding, dilation, groups)


def _convolve(
    axes: int,
    input: Any,
    weight: Any,
    bias: Any,
    stride: Sizes,
    padding: Sizes | str,
    dilation: Sizes,
    groups: int,
) -> Any:
    operation = f"conv{axes}d"
    _check_operands(operation, axes, input, weight, bias)
    stride = per_axis(operation, "stride", stride, axes, least=1)
    dilation = per_axis(operation, "dilation", dilation, axes, least=1)
    kernel = weight.shape[2:]
    pairs = _paddings(operation, padding, kernel, stride, dilation)
    outputs = weight.shape[0]
    _check_groups(operation, groups, out_channels=outputs)
    _check_bias(operation, bias, outputs)
    check_image(operation, axes, input, weight.shape[1] * groups)
    batched = input if input.ndim == axes + 2 else input[None]
    windows = Windows(kernel, stride, pairs, dilation)
    if min(windows.counts(batched.shape[2:])) < 1 or not all(kernel):
        raise _too_small(operation, input, windows, batched.shape[2:])
    out = convolution(batched, weight, bias, stride, pairs, dilation, groups)
    return out if batched is input else out[0]


def _paddings(
    operation: str, padding: Sizes | str, kernel: tuple[int, ...], stride: tuple[int, ...], dilation: tuple[int, ...]
) -> tuple[tuple[int, int], ...]:
    """The padding before and after each axis."""
    if isinstance(padding, str) and padding == "same":
        if any(step != 1 for step in stride):
            raise ag.errors.ArgumentError(
                f"{place(operation)}: padding='same' keeps the size, and stride={stride} does not; give a number, such "
                f"as padding={tuple(k // 2 for k in kernel)}."
            )
        totals = [d * (k - 1) for k, d in zip(kernel, dilation, strict=True)]
        return tuple([(total // 2, total - total // 2) for total in totals])
    if isinstance(padding, str) and padding != "valid":
        raise ag.errors.ArgumentError(f"{place(operation)}: padding={padding!r}; want numbers, 'same' or 'valid'.")
    each = per_axis(operation, "padding", 0 if isinstance(padding, str) else padding, len(kernel))
    return tuple([(n, n) for n in each])


# --- transposed convolution -----------------------------------------------------------------------------


def conv_transpose1d(
    input: Any,
    weight: Any,
    bias: Any = None,
    stride: Sizes = 1,
    padding: Sizes = 0,
    output_padding: Sizes = 0,
    groups: int = 1,
    dilation: Sizes = 1,
) -> Any:
    """Transposed convolution along one axis: (batch, in_channels, length) -> (batch, out_channels, length).

    Arguments and errors as in `conv_transpose2d`; ``weight`` is (in_channels, out_channels / groups, kernel).

    >>> import autograd as ag, nn
    >>> nn.functional.conv_transpose1d(ag.tensor([[[1.0, 10.0]]]), ag.tensor([[[1.0, 2.0]]]), stride=2)
    Tensor([[[ 1.,  2., 10., 20.]]], dtype=float32)
    """
    return _convolve_transposed(1, input, weight, bias, stride, padding, output_padding, groups, dilation)


def conv_transpose2d(
    input: Any,
    weight: Any,
    bias: Any = None,
    stride: Sizes = 1,
    padding: Sizes = 0,
    output_padding: Sizes = 0,
    groups: int = 1,
    dilation: Sizes = 1,
) -> Any:
    """Transposed convolution of images: (batch, in_channels, height, width) -> (batch, out_channels, height, width).

    Each element adds a kernel, times itself, to the output, ``stride`` apart: the gradient of `conv2d`, which maps the
    shapes the other way (Zeiler et al., 2010). An output is
    ``(size - 1) * stride - 2 * padding + dilation * (kernel - 1) + output_padding + 1`` high and wide.

    Parameters
    ----------
    input: as above, or one image without a batch axis.
    weight: (in_channels, out_channels / groups, kernel height, kernel width).
    bias: (out_channels), or None.
    stride: distance of neighbouring kernels in the output, at least 1; one number, or one for each axis.
    padding: how much is cut from each side of the output, at least 0.
    output_padding: how much the output is longer at its ends: less than the stride or the dilation.
    groups: the channels are in so many groups, and each output sees those of its own.
    dilation: distance between the kernel's elements, at least 1.

    Raises ShapeError where the shapes do not fit, DtypeError where float widths differ, ArgumentError for the others;
    all name the module's path in the model.

    >>> import autograd as ag, nn
    >>> nn.functional.conv_transpose2d(ag.ones(1, 8, 4, 4), ag.ones(8, 3, 2, 2), stride=2).shape
    (1, 3, 8, 8)
    """
    return _convolve_transposed(2, input, weight, bias, stride, padding, output_padding, groups, dilation)


def conv_transpose3d(
    input: Any,
    weight: Any,
    bias: Any = None,
    stride: Sizes = 1,
    padding: Sizes = 0,
    output_padding: Sizes = 0,
    groups: int = 1,
    dilation: Sizes = 1,
) -> Any:
    """Transposed convolution of volumes: (batch, in_channels, *sizes) -> (batch, out_channels, *sizes), three sizes.

    Arguments and errors as in `conv_transpose2d`; ``weight`` is (in_channels, out_channels / groups, *kernel).

    >>> import autograd as ag, nn
    >>> nn.functional.conv_transpose3d(ag.ones(1, 1, 2, 2, 2), ag.ones(1, 1, 2, 2, 2), stride=2).shape
    (1, 1, 4, 4, 4)
    """
    return _convolve_transposed(3, input, weight, bias, stride, padding, output_padding, groups, dilation)


def _convolve_transposed(
    axes: int,
    input: Any,
    weight: Any,
    bias: Any,
    stride: Sizes,
    padding: Sizes,
    output_padding: Sizes,
    groups: int,
    dilation: Sizes,
) -> Any:
    operation = f"conv_transpose{axes}d"
    _check_operands(operation, axes, input, weight, bias)
    stride = per_axis(operation, "stride", stride, axes, least=1)
    dilation = per_axis(operation, "dilation", dilation, axes, least=1)
    padding = per_axis(operation, "padding", padding, axes)
    extra = per_axis(operation, "output_padding", output_padding, axes)
    if any(n >= max(s, d) for n, s, d in zip(extra, stride, dilation, strict=True)):
        raise ag.errors.ArgumentError(
            f"{place(operation)}: output_padding={extra} with stride={stride} and dilation={dilation}; want less than "
            "one of these, since what is further out sees no input."
        )
    _check_groups(operation, groups, in_channels=weight.shape[0])
    _check_bias(operation, bias, weight.shape[1] * groups)
    check_image(operation, axes, input, weight.shape[0])
    batched = input if input.ndim == axes + 2 else input[None]
    kernel = weight.shape[2:]
    # what output_padding adds beyond a stride is room for one more kernel: less is cut there, or zeros are added
    beyond = [max(0, more - step + 1) for more, step in zip(extra, stride, strict=True)]
    pairs = tuple([(n, max(0, n - out)) for n, out in zip(padding, beyond, strict=True)])
    zeros = [max(0, out - n) for n, out in zip(padding, beyond, strict=True)]
    spans = Windows(kernel, stride, pairs, dilation).spans()
    rows = zip(batched.shape[2:], stride, padding, spans, extra, zeros, strict=True)
    sizes = tuple([(size - 1) * step - 2 * pad + span + more - zero for size, step, pad, span, more, zero in rows])
    if min(sizes) < 1 or not all(kernel) or not all(batched.shape[2:]):
        raise wrong_shape(
            operation,
            f"an input that gives a result of some size, not {sizes}",
            input,
            f"The padding {padding} cuts all of it off: give less.",
        )
    out = convolution_to_input(batched, weight, sizes, stride, pairs, dilation, groups)
    if any(zeros):
        out = ag.pad(out, ((0, 0), (0, 0), *((0, n) for n in zeros)))
    if bias is not None:
        out = out + np.reshape(bias, (-1,) + (1,) * axes)
    return out if batched is input else out[0]


# --- errors ---------------------------------------------------------------------------------------------


def _check_operands(operation: str, axes: int, input: Any, weight: Any, bias: Any) -> None:
    check_floats(operation, input=input, weight=weight, **({} if bias is None else {"bias": bias}))
    if weight.ndim != axes + 2:
        raise ag.errors.ShapeError(
            f"{place(operation)}: want a weight of {axes + 2} axes, (out_channels, in_channels / groups, "
            f"{AXES[axes]}), got {weight.shape}."
        )


def check_image(operation: str, axes: int, input: Any, channels: int) -> None:
    """Raise ShapeError unless ``input`` is (batch, channels, *sizes), with or without the batch."""
    shape = input.shape
    if input.ndim in (axes + 1, axes + 2) and shape[-axes - 1] == channels:
        return
    if input.ndim == axes:
        remedy = "Add axes for batch and channels: x[None, None]."
    elif input.ndim > axes + 2:
        remedy = f"Join the leading axes into one: x.reshape(-1, {', '.join(map(str, shape[-axes - 1 :]))})."
    elif input.ndim == axes + 1 and channels == 1:
        remedy = "A channel axis is missing: give x[:, None] for a batch, x[None] for one of them."
    elif input.ndim < axes:
        remedy = ""
    elif shape[-1] == channels:
        remedy = f"Its channels are last: give np.moveaxis(x, -1, {input.ndim - axes - 1})."
    else:
        has = shape[-axes - 1]
        remedy = f"It has {has} channels: make the layer for {has}, or change the one before."
    raise wrong_shape(operation, f"an input of shape (batch, {channels}, {AXES[axes]})", input, remedy)


def _check_groups(operation: str, groups: int, **channels: int) -> None:
    ((name, count),) = channels.items()
    if not is_whole(groups) or groups < 1 or count % groups:
        raise ag.errors.ArgumentError(
            f"{place(operation)}: groups={groups!r} with {name}={count}; want a whole number that divides it."
        )


def _check_bias(operation: str, bias: Any, outputs: int) -> None:
    if bias is not None and bias.shape != (outputs,):
        raise ag.errors.ShapeError(f"{place(operation)}: want a bias of shape ({outputs},), got {bias.shape}.")


def _too_small(operation: str, input: Any, windows: Windows, sizes: tuple[int, ...]) -> ag.errors.ShapeError:
    padded = windows.padded(sizes)
    return wrong_shape(
        operation,
        f"an input on which the kernel finds a place: it spans {windows.spans()}",
        input,
        f"With its padding it is {padded} in size: pad more, or shrink the image less before.",
    )
