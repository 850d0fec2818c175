"""Layers that change the size of images."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import numpy as np

import autograd as ag
from nn import functional as F
from nn.kernels.checks import place
from nn.module import Example, Module

__all__ = ["Upsample", "UpsamplingBilinear2d", "UpsamplingNearest2d"]


class _Upsample(Module):
    """Images of another size; see `nn.functional.interpolate`."""

    def __init__(self, size: Any, scale_factor: Any) -> None:
        if (size is None) == (scale_factor is None):
            raise ag.errors.ArgumentError(
                f"{place(type(self).__name__)}: size={size!r} and scale_factor={scale_factor!r}; give one of them."
            )
        self.size = size
        is_list = isinstance(scale_factor, (tuple, list))
        self.scale_factor = tuple(map(float, scale_factor)) if is_list else scale_factor and float(scale_factor)

    def extra_repr(self) -> str:
        """The size or the factor."""
        return f"size={self.size}" if self.scale_factor is None else f"scale_factor={self.scale_factor}"


class Upsample(_Upsample):
    """Images of another size: (batch, channels, length, ...) -> (batch, channels, new length, ...), with 1 to 3 axes.

    Parameters
    ----------
    size: the new length of every axis, or one for all; give it or ``scale_factor``.
    scale_factor: the new lengths are the old ones times it, rounded down; one number, or one for each axis.
    mode: as for `nn.functional.interpolate`: ``"nearest"``, ``"nearest-exact"``, ``"linear"``, ``"bilinear"``,
        ``"bicubic"``, ``"trilinear"`` or ``"area"``.
    align_corners: whether the outermost elements keep their places, for the linear and cubic modes.
    recompute_scale_factor: if True, positions are found from the lengths though a scale factor was given.

    Raises ArgumentError where not one of size and scale factor is given; when called, what
    `nn.functional.interpolate` raises.

    >>> import autograd as ag, nn
    >>> nn.Upsample(scale_factor=2, mode="nearest")(ag.tensor([[[1.0, 2.0]]]))
    Tensor([[[1., 1., 2., 2.]]], dtype=float32)
    """

    def __init__(
        self,
        size: Any = None,
        scale_factor: Any = None,
        mode: str = "nearest",
        align_corners: bool | None = None,
        recompute_scale_factor: bool | None = None,
    ) -> None:
        super().__init__(size, scale_factor)
        self.mode = mode
        self.align_corners = align_corners
        self.recompute_scale_factor = recompute_scale_factor

    def forward(self, input: Any) -> Any:
        """(batch, channels, length, ...) -> (batch, channels, new length, ...)."""
        return F.interpolate(
            input, self.size, self.scale_factor, self.mode, self.align_corners, self.recompute_scale_factor
        )

    @staticmethod
    def examples(rng: np.random.Generator) -> Iterator[Example]:
        """Sequences, images and a volume, larger and smaller."""
        yield Example(Upsample(scale_factor=2), (rng.normal(size=(2, 2, 2, 2)),))
        yield Example(Upsample(5, mode="linear", align_corners=True), (rng.normal(size=(2, 1, 3)),))
        yield Example(Upsample((2, 5), mode="bicubic"), (rng.normal(size=(2, 1, 3, 3)),))
        yield Example(Upsample(scale_factor=(1.7, 1, 0.5), mode="trilinear"), (rng.normal(size=(1, 2, 2, 1, 3)),))
        yield Example(Upsample(2, mode="area"), (rng.normal(size=(2, 1, 3, 3)),))

    def extra_repr(self) -> str:
        """The size or the factor, the mode, and what differs from the defaults (PyTorch leaves these out)."""
        text = f"{super().extra_repr()}, mode={self.mode!r}"
        for name in ("align_corners", "recompute_scale_factor"):
            value = getattr(self, name)
            text += "" if value is None else f", {name}={value}"
        return text


class UpsamplingNearest2d(_Upsample):
    """Larger images, each pixel taken from the nearest: (batch, channels, height, width) -> the same, larger.

    Parameters
    ----------
    size: the new height and width, or one number for both; give it or ``scale_factor``.
    scale_factor: the new lengths are the old ones times it, rounded down.

    Raises what `Upsample` raises.

    >>> import autograd as ag, nn
    >>> nn.UpsamplingNearest2d(scale_factor=2)(ag.tensor([[[[1.0, 2.0]]]]))
    Tensor([[[[1., 1., 2., 2.],
              [1., 1., 2., 2.]]]], dtype=float32)
    """

    def __init__(self, size: Any = None, scale_factor: Any = None) -> None:
        super().__init__(size, scale_factor)

    def forward(self, input: Any) -> Any:
        """(batch, channels, height, width) -> (batch, channels, new height, new width)."""
        return F.interpolate(input, self.size, self.scale_factor, "nearest")

    @staticmethod
    def examples(rng: np.random.Generator) -> Iterator[Example]:
        """By a factor, and to a size."""
        yield Example(UpsamplingNearest2d(scale_factor=2), (rng.normal(size=(2, 2, 1, 2)),))
        yield Example(UpsamplingNearest2d((3, 5)), (rng.normal(size=(2, 1, 2, 3)),))


class UpsamplingBilinear2d(_Upsample):
    """Larger images between whose pixels is interpolated, the corners kept: (batch, channels, height, width) -> the
    same, larger.

    Parameters
    ----------
    size: the new height and width, or one number for both; give it or ``scale_factor``.
    scale_factor: the new lengths are the old ones times it, rounded down.

    Raises what `Upsample` raises.

    >>> import autograd as ag, nn
    >>> nn.UpsamplingBilinear2d((1, 3))(ag.tensor([[[[1.0, 2.0]]]]))
    Tensor([[[[1. , 1.5, 2. ]]]], dtype=float32)
    """

    def __init__(self, size: Any = None, scale_factor: Any = None) -> None:
        super().__init__(size, scale_factor)

    def forward(self, input: Any) -> Any:
        """(batch, channels, height, width) -> (batch, channels, new height, new width)."""
        return F.interpolate(input, self.size, self.scale_factor, "bilinear", align_corners=True)

    @staticmethod
    def examples(rng: np.random.Generator) -> Iterator[Example]:
        """By a factor, and to a size."""
        yield Example(UpsamplingBilinear2d(scale_factor=2), (rng.normal(size=(2, 2, 1, 2)),))
        yield Example(UpsamplingBilinear2d((3, 5)), (rng.normal(size=(2, 1, 2, 3)),))
