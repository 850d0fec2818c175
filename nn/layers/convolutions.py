"""Convolutions."""

from __future__ import annotations

import math
from collections.abc import Iterator
from typing import Any, ClassVar, TypeAlias

import numpy as np

import autograd as ag
from nn import functional as F
from nn import init
from nn.functional.convolutions import check_image
from nn.kernels.checks import check_arrays, check_whole, place
from nn.kernels.sizes import per_axis
from nn.module import Example, Module, Parameter, initialize

__all__ = ["Conv1d", "Conv2d", "Conv3d", "ConvTranspose1d", "ConvTranspose2d", "ConvTranspose3d"]

Sizes = int | tuple[int, ...]
Rng: TypeAlias = "np.random.Generator | None"  # not evaluated: `numpy.random` takes long to load
PADDING_MODES = ("zeros", "reflect", "replicate", "circular")


class _Convolution(Module):
    """What convolutions of all axes share: settings, parameters, initial values, looks."""

    axes: ClassVar[int]
    is_transposed: ClassVar[bool]
    bias: Parameter | None
    padding: tuple[int, ...] | str

    def _set(
        self,
        in_channels: int,
        out_channels: int,
        kernel_size: Sizes,
        stride: Sizes,
        padding: Sizes | str,
        dilation: Sizes,
        groups: int,
        padding_mode: str,
        output_padding: Sizes = 0,
    ) -> None:
        name = type(self).__name__
        check_whole(name, 1, in_channels=in_channels, out_channels=out_channels, groups=groups)
        if in_channels % groups or out_channels % groups:
            raise ag.errors.ArgumentError(
                f"{place(name)}: groups={groups}; want a number that divides in_channels={in_channels} and "
                f"out_channels={out_channels}."
            )
        if padding_mode not in PADDING_MODES:
            raise ag.errors.ArgumentError(
                f"{place(name)}: padding_mode={padding_mode!r}; want one of {', '.join(map(repr, PADDING_MODES))}."
            )
        self.in_channels, self.out_channels, self.groups = in_channels, out_channels, groups
        self.kernel_size = per_axis(name, "kernel_size", kernel_size, self.axes, least=1)
        self.stride = per_axis(name, "stride", stride, self.axes, least=1)
        self.padding = (
            padding
            if isinstance(padding, str) and padding in ("same", "valid")
            else per_axis(name, "padding", padding, self.axes)
        )
        if self.padding == "same" and any(step != 1 for step in self.stride):
            raise ag.errors.ArgumentError(
                f"{place(name)}: stride={self.stride} with padding='same'; want a stride of 1."
            )
        self.dilation = per_axis(name, "dilation", dilation, self.axes, least=1)
        self.output_padding = per_axis(name, "output_padding", output_padding, self.axes)
        self.padding_mode = padding_mode

    def _make_parameters(self, bias: bool, dtype: Any, rng: Rng) -> None:
        dtype = dtype or ag.get_default_dtype()
        first, second = self.out_channels, self.in_channels
        if self.is_transposed:
            first, second = second, first
        self.weight = Parameter(np.empty((first, second // self.groups, *self.kernel_size), dtype))
        self.bias = Parameter(np.empty(self.out_channels, dtype)) if bias else None
        initialize(self, rng)

    def reset_parameters(self, rng: Rng = None) -> None:
        """Draw new initial values: uniform in (-b, b) with b = 1 / sqrt(numbers of the weight for an output).

        >>> import nn
        >>> nn.Conv2d(3, 8, 3).reset_parameters()
        """
        init.kaiming_uniform_(self.weight, a=math.sqrt(5), rng=rng)
        if self.bias is not None:
            bound = 1 / math.sqrt(math.prod(self.weight.shape[1:]))
            init.uniform_(self.bias, -bound, bound, rng)

    def extra_repr(self) -> str:
        """Channels, and those settings that are not the usual ones.

        >>> import nn
        >>> nn.Conv2d(3, 8, 3, padding=1).extra_repr()
        '3, 8, kernel_size=(3, 3), stride=(1, 1), padding=(1, 1)'
        """
        none, one = (0,) * self.axes, (1,) * self.axes
        parts = [f"{self.in_channels}, {self.out_channels}, kernel_size={self.kernel_size}, stride={self.stride}"]
        parts += [f"padding={self.padding!r}"] * (self.padding != none)
        parts += [f"dilation={self.dilation}"] * (self.dilation != one)
        parts += [f"output_padding={self.output_padding}"] * (self.output_padding != none)
        parts += [f"groups={self.groups}"] * (self.groups != 1)
        parts += ["bias=False"] * (self.bias is None)
        parts += [f"padding_mode={self.padding_mode!r}"] * (self.padding_mode != "zeros")
        return ", ".join(parts)


# --- convolution ----------------------------------------------------------------------------------------


class _Conv(_Convolution):
    """Convolutions, of as many axes as the class says."""

    is_transposed = False

    def __init__(
        self,
        in_channels: int,
        out_channels: int,
        kernel_size: Sizes,
        stride: Sizes = 1,
        padding: Sizes | str = 0,
        dilation: Sizes = 1,
        groups: int = 1,
        bias: bool = True,
        padding_mode: str = "zeros",
        *,
        dtype: Any = None,
        rng: Rng = None,
    ) -> None:
        self._set(in_channels, out_channels, kernel_size, stride, padding, dilation, groups, padding_mode)
        self._make_parameters(bias, dtype, rng)

    def forward(self, input: Any) -> Any:
        """(batch, in_channels, *sizes) -> (batch, out_channels, *sizes)."""
        convolve = (F.conv1d, F.conv2d, F.conv3d)[self.axes - 1]
        padding: Sizes | str = self.padding
        if self.padding_mode != "zeros":
            check_arrays(f"conv{self.axes}d", input=input)
            check_image(f"conv{self.axes}d", self.axes, input, self.in_channels)
            input, padding = F.pad(input, self._widths(), mode=self.padding_mode), 0
        return convolve(input, self.weight, self.bias, self.stride, padding, self.dilation, self.groups)

    def _widths(self) -> tuple[int, ...]:
        """The padding as `nn.functional.pad` takes it: before and after, the last axis first."""
        if isinstance(self.padding, str):
            is_same = self.padding == "same"
            totals = [is_same * d * (k - 1) for k, d in zip(self.kernel_size, self.dilation, strict=True)]
        else:
            totals = [2 * n for n in self.padding]
        return tuple(n for total in reversed(totals) for n in (total // 2, total - total // 2))


class Conv1d(_Conv):
    """Convolution along one axis: (batch, in_channels, length) -> (batch, out_channels, length).

    Arguments, attributes and errors as in `Conv2d`, the sizes one number each. The kernel is not turned around.

    >>> import autograd as ag, nn
    >>> nn.Conv1d(4, 8, 3, padding="same")(ag.zeros(2, 4, 10)).shape
    (2, 8, 10)
    """

    axes = 1

    @staticmethod
    def examples(rng: np.random.Generator) -> Iterator[Example]:
        """Paddings, a stride and a dilation."""
        yield Example(Conv1d(2, 3, 3, padding=1, rng=rng), (rng.normal(size=(2, 2, 4)),))
        yield Example(
            Conv1d(2, 2, 2, stride=2, dilation=2, bias=False, padding_mode="circular", padding=1, rng=rng),
            (rng.normal(size=(2, 2, 5)),),
        )


class Conv2d(_Conv):
    """Convolution of images: (batch, in_channels, height, width) -> (batch, out_channels, height, width).

    An output is ``(size + 2 * padding - dilation * (kernel_size - 1) - 1) // stride + 1`` high and wide. What it
    computes is a correlation: the kernel is not turned around, as it is in mathematics (`ag.convolve`). LeCun et al.,
    1989; Dumoulin and Visin, 2016, draw all the cases.

    Parameters
    ----------
    in_channels, out_channels: at least 1.
    kernel_size: height and width; one number for both.
    stride: how far the kernel moves at a time, at least 1; one number, or one for each axis.
    padding: on each side, at least 0; ``"valid"`` for none, ``"same"`` for as much as keeps the size (stride 1).
    dilation: distance between the kernel's elements, at least 1.
    groups: the channels are in so many groups, and each output sees those of its own; ``groups=in_channels`` is a
        depthwise convolution.
    bias: whether a bias is added.
    padding_mode: ``"zeros"``, or what the padding repeats of the image: ``"reflect"``, ``"replicate"``, ``"circular"``.
    dtype: of the parameters, a float; the default dtype if None. Inputs must have it too.
    rng: generator of the initial values, uniform in (-b, b) with b = 1 / sqrt(in_channels / groups * height * width of
        the kernel) as in PyTorch; the default generator if None.

    Attributes
    ----------
    weight: (out_channels, in_channels / groups, height, width).
    bias: (out_channels), or None.

    An image without a batch axis gives one without. Any order in memory is taken; in the result's, channels are last.

    Raises ArgumentError for settings out of range; when called, ShapeError for an input of other channels, or smaller
    than the kernel, and DtypeError for floats of another width.

    >>> import autograd as ag, nn
    >>> nn.Conv2d(3, 16, kernel_size=3, stride=2, padding=1)(ag.zeros(8, 3, 32, 32)).shape
    (8, 16, 16, 16)
    """

    axes = 2

    @staticmethod
    def examples(rng: np.random.Generator) -> Iterator[Example]:
        """Ordinary, strided and dilated in groups, depthwise, of one element."""
        yield Example(Conv2d(2, 3, 3, padding=1, rng=rng), (rng.normal(size=(2, 2, 3, 4)),))
        yield Example(Conv2d(2, 4, (2, 3), (2, 1), (1, 0), (1, 2), 2, False, rng=rng), (rng.normal(size=(2, 2, 4, 6)),))
        yield Example(Conv2d(2, 4, 2, groups=2, padding="same", rng=rng), (rng.normal(size=(2, 2, 3, 3)),))
        yield Example(Conv2d(3, 2, 1, rng=rng), (rng.normal(size=(2, 3, 2, 3)),))
        yield Example(Conv2d(1, 1, 3, padding=1, padding_mode="reflect", rng=rng), (rng.normal(size=(2, 1, 3, 3)),))


class Conv3d(_Conv):
    """Convolution of volumes: (batch, in_channels, *sizes) -> (batch, out_channels, *sizes), three sizes.

    Arguments, attributes and errors as in `Conv2d`, the sizes three numbers each, or one for all.

    >>> import autograd as ag, nn
    >>> nn.Conv3d(1, 2, 3, padding=1)(ag.zeros(1, 1, 4, 5, 6)).shape
    (1, 2, 4, 5, 6)
    """

    axes = 3

    @staticmethod
    def examples(rng: np.random.Generator) -> Iterator[Example]:
        """Different along each axis."""
        yield Example(Conv3d(1, 2, (1, 2, 2), padding=(0, 1, 0), rng=rng), (rng.normal(size=(2, 1, 2, 2, 3)),))
        yield Example(
            Conv3d(1, 1, 2, padding=1, stride=2, padding_mode="replicate", rng=rng), (rng.normal(size=(1, 1, 2, 2, 2)),)
        )


# --- transposed convolution -----------------------------------------------------------------------------


class _ConvTranspose(_Convolution):
    """Transposed convolutions, of as many axes as the class says."""

    is_transposed = True

    def __init__(
        self,
        in_channels: int,
        out_channels: int,
        kernel_size: Sizes,
        stride: Sizes = 1,
        padding: Sizes = 0,
        output_padding: Sizes = 0,
        groups: int = 1,
        bias: bool = True,
        dilation: Sizes = 1,
        padding_mode: str = "zeros",
        *,
        dtype: Any = None,
        rng: Rng = None,
    ) -> None:
        if padding_mode != "zeros" or isinstance(padding, str):
            raise ag.errors.ArgumentError(
                f"{place(type(self).__name__)}: padding={padding!r}, padding_mode={padding_mode!r}; want whole numbers "
                "for what is cut from the output, and 'zeros'."
            )
        sizes = (kernel_size, stride, padding, dilation)
        self._set(in_channels, out_channels, *sizes, groups, padding_mode, output_padding)
        self._make_parameters(bias, dtype, rng)

    def forward(self, input: Any, output_size: tuple[int, ...] | None = None) -> Any:
        """(batch, in_channels, *sizes) -> (batch, out_channels, *sizes), of ``output_size`` if that can be."""
        convolve = (F.conv_transpose1d, F.conv_transpose2d, F.conv_transpose3d)[self.axes - 1]
        extra = self.output_padding if output_size is None else self._extra_for(input, output_size)
        assert not isinstance(self.padding, str)
        return convolve(input, self.weight, self.bias, self.stride, self.padding, extra, self.groups, self.dilation)

    def _extra_for(self, x: Any, output_size: tuple[int, ...]) -> tuple[int, ...]:
        """The ``output_padding`` that makes a result of ``output_size``, whose batch and channels may be left out."""
        wanted = tuple(output_size)[-self.axes :]
        assert not isinstance(self.padding, str)
        settings = zip(x.shape[-self.axes :], self.stride, self.padding, self.kernel_size, self.dilation, strict=True)
        least = tuple([(size - 1) * s - 2 * p + d * (k - 1) + 1 for size, s, p, k, d in settings])
        extra = tuple([want - size for want, size in zip(wanted, least, strict=True)])
        if not all(0 <= n < step for n, step in zip(extra, self.stride, strict=True)):
            most = tuple([size + step - 1 for size, step in zip(least, self.stride, strict=True)])
            raise ag.errors.ArgumentError(
                f"{place(f'conv_transpose{self.axes}d')}: output_size={tuple(output_size)} for an input of shape "
                f"{x.shape}; want sizes from {least} to {most}."
            )
        return extra


class ConvTranspose1d(_ConvTranspose):
    """Transposed convolution along one axis: (batch, in_channels, length) -> (batch, out_channels, length).

    Arguments, attributes and errors as in `ConvTranspose2d`, the sizes one number each.

    >>> import autograd as ag, nn
    >>> nn.ConvTranspose1d(4, 2, 2, stride=2)(ag.zeros(1, 4, 5)).shape
    (1, 2, 10)
    """

    axes = 1

    @staticmethod
    def examples(rng: np.random.Generator) -> Iterator[Example]:
        """With a stride."""
        yield Example(ConvTranspose1d(2, 3, 3, stride=2, padding=1, rng=rng), (rng.normal(size=(2, 2, 3)),))


class ConvTranspose2d(_ConvTranspose):
    """Transposed convolution of images: (batch, in_channels, height, width) -> (batch, out_channels, height, width).

    Each element adds a kernel, times itself, to the output, ``stride`` apart: it maps shapes the way back that `Conv2d`
    of the same settings came (Zeiler et al., 2010). An output is
    ``(size - 1) * stride - 2 * padding + dilation * (kernel_size - 1) + output_padding + 1`` high and wide.

    Parameters
    ----------
    in_channels, out_channels: at least 1.
    kernel_size: height and width; one number for both.
    stride: distance of neighbouring kernels in the output, at least 1.
    padding: how much is cut from each side of the output, at least 0.
    output_padding: how much the output is longer at its ends: less than the stride or the dilation. A call may say
        ``output_size=`` instead.
    groups, bias, dilation, dtype, rng: as in `Conv2d`.
    padding_mode: ``"zeros"``; there is no other.

    Attributes
    ----------
    weight: (in_channels, out_channels / groups, height, width).
    bias: (out_channels), or None.

    Raises ArgumentError for settings out of range; when called, ShapeError for an input of other channels, and
    DtypeError for floats of another width.

    >>> import autograd as ag, nn
    >>> down, up = nn.Conv2d(3, 8, 4, stride=2, padding=1), nn.ConvTranspose2d(8, 3, 4, stride=2, padding=1)
    >>> up(down(ag.zeros(1, 3, 32, 32))).shape
    (1, 3, 32, 32)
    """

    axes = 2

    @staticmethod
    def examples(rng: np.random.Generator) -> Iterator[Example]:
        """Ordinary, with all settings in groups, of stride 1."""
        yield Example(ConvTranspose2d(2, 3, 2, stride=2, rng=rng), (rng.normal(size=(2, 2, 2, 3)),))
        yield Example(
            ConvTranspose2d(2, 4, (2, 3), (2, 1), (1, 0), (1, 0), 2, False, (1, 2), rng=rng),
            (rng.normal(size=(2, 2, 2, 3)),),
        )
        yield Example(ConvTranspose2d(2, 2, 3, padding=1, groups=2, rng=rng), (rng.normal(size=(2, 2, 3, 3)),))


class ConvTranspose3d(_ConvTranspose):
    """Transposed convolution of volumes: (batch, in_channels, *sizes) -> (batch, out_channels, *sizes), three sizes.

    Arguments, attributes and errors as in `ConvTranspose2d`, the sizes three numbers each, or one for all.

    >>> import autograd as ag, nn
    >>> nn.ConvTranspose3d(1, 2, 2, stride=2)(ag.zeros(1, 1, 2, 3, 4)).shape
    (1, 2, 4, 6, 8)
    """

    axes = 3

    @staticmethod
    def examples(rng: np.random.Generator) -> Iterator[Example]:
        """Different along each axis."""
        yield Example(ConvTranspose3d(1, 2, (1, 2, 2), (1, 2, 1), rng=rng), (rng.normal(size=(2, 1, 2, 2, 2)),))
