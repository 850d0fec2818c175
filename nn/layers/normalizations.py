"""Normalizations of each sample."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import Any

import numpy as np

import autograd as ag
from nn import functional as F
from nn import init
from nn.kernels.checks import check_whole, is_whole, place, wrong_shape
from nn.module import Example, Module, Parameter

__all__ = ["GroupNorm", "LayerNorm", "LocalResponseNorm", "RMSNorm"]


def _shape_of(name: str, normalized_shape: int | Sequence[int]) -> tuple[int, ...]:
    """Lengths of the axes that are normalized; raises ArgumentError for what is none."""
    shape = (normalized_shape,) if isinstance(normalized_shape, (int, np.integer)) else tuple(normalized_shape)
    if not shape or not all(is_whole(n) and n >= 0 for n in shape):
        raise ag.errors.ArgumentError(
            f"{place(name)}: normalized_shape={normalized_shape!r}; want the length of the last axis, or a tuple of "
            "the lengths of the last axes, whole numbers of at least 0."
        )
    return tuple(int(n) for n in shape)


def _make_standard(weight: Parameter | None, bias: Parameter | None) -> None:
    if weight is not None:
        init.ones_(weight)
    if bias is not None:
        init.zeros_(bias)


class LayerNorm(Module):
    """The last axes of each sample less their mean, by their deviation, times a weight, plus a bias.

    (..., *normalized_shape) -> (..., *normalized_shape): ``(x - mean) / sqrt(var + eps) * weight + bias``, in training
    and in use alike. Ba, Kiros and Hinton, 2016.

    Parameters
    ----------
    normalized_shape: lengths of the last axes, which have a mean and a deviation together; a number for one axis.
    eps: at least 0; keeps the deviation away from 0.
    elementwise_affine: whether there are a weight and a bias.
    bias: whether there is a bias, if ``elementwise_affine``.
    dtype: of the parameters, a float; the default dtype if None. Inputs must have it too.

    Attributes
    ----------
    weight, bias: of the normalized shape, 1 and 0 at first; or None.

    Raises ArgumentError for what is no shape; when called, ShapeError for an input with other last axes, and DtypeError
    for integers and for floats of another width.

    >>> import autograd as ag, nn
    >>> nn.LayerNorm(16)(ag.randn(8, 10, 16)).shape
    (8, 10, 16)
    """

    weight: Parameter | None
    bias: Parameter | None

    def __init__(
        self,
        normalized_shape: int | Sequence[int],
        eps: float = 1e-5,
        elementwise_affine: bool = True,
        bias: bool = True,
        *,
        dtype: Any = None,
    ) -> None:
        self.normalized_shape = _shape_of("LayerNorm", normalized_shape)
        self.eps = eps
        self.elementwise_affine = elementwise_affine
        dtype = dtype or ag.get_default_dtype()
        self.weight = Parameter(np.empty(self.normalized_shape, dtype)) if elementwise_affine else None
        self.bias = Parameter(np.empty(self.normalized_shape, dtype)) if elementwise_affine and bias else None
        self.reset_parameters()

    def reset_parameters(self) -> None:
        """Make weights 1 and biases 0.

        >>> import nn
        >>> nn.LayerNorm(2).reset_parameters()
        """
        _make_standard(self.weight, self.bias)

    def forward(self, input: Any) -> Any:
        """(..., *normalized_shape) -> (..., *normalized_shape)."""
        return F.layer_norm(input, self.normalized_shape, self.weight, self.bias, self.eps)

    @staticmethod
    def examples(rng: np.random.Generator) -> Iterator[Example]:
        """Over one axis, over two without a bias, and without parameters."""
        yield Example(LayerNorm(4), (rng.normal(size=(3, 4)),))
        yield Example(LayerNorm((2, 3), bias=False), (rng.normal(size=(2, 2, 2, 3)),))
        yield Example(LayerNorm(5, eps=0.1, elementwise_affine=False), (rng.normal(size=(2, 5)),))

    def extra_repr(self) -> str:
        """Lengths and settings."""
        return (
            f"{self.normalized_shape}, eps={self.eps}, elementwise_affine={self.elementwise_affine}, "
            f"bias={self.bias is not None}"
        )


class RMSNorm(Module):
    """The last axes of each sample by their root mean square, times a weight.

    (..., *normalized_shape) -> (..., *normalized_shape): ``x / sqrt(mean(x ** 2) + eps) * weight``. Zhang and Sennrich,
    2019.

    Parameters
    ----------
    normalized_shape: lengths of the last axes, which have a mean together; a number for one axis.
    eps: at least 0; the distance from 1 to the next number of the input's dtype if None.
    elementwise_affine: whether there is a weight.
    dtype: of the weight, a float; the default dtype if None. Inputs must have it too.

    Attributes
    ----------
    weight: of the normalized shape, 1 at first; or None.

    Raises ArgumentError for what is no shape; when called, ShapeError for an input with other last axes, and DtypeError
    for integers and for floats of another width.

    >>> import autograd as ag, nn
    >>> nn.RMSNorm(16)(ag.randn(8, 10, 16)).shape
    (8, 10, 16)
    """

    weight: Parameter | None

    def __init__(
        self,
        normalized_shape: int | Sequence[int],
        eps: float | None = None,
        elementwise_affine: bool = True,
        *,
        dtype: Any = None,
    ) -> None:
        self.normalized_shape = _shape_of("RMSNorm", normalized_shape)
        self.eps = eps
        self.elementwise_affine = elementwise_affine
        dtype = dtype or ag.get_default_dtype()
        self.weight = Parameter(np.empty(self.normalized_shape, dtype)) if elementwise_affine else None
        self.reset_parameters()

    def reset_parameters(self) -> None:
        """Make weights 1.

        >>> import nn
        >>> nn.RMSNorm(2).reset_parameters()
        """
        _make_standard(self.weight, None)

    def forward(self, x: Any) -> Any:
        """(..., *normalized_shape) -> (..., *normalized_shape)."""
        return F.rms_norm(x, self.normalized_shape, self.weight, self.eps)

    @staticmethod
    def examples(rng: np.random.Generator) -> Iterator[Example]:
        """Over one axis, and over two without a weight."""
        yield Example(RMSNorm(4), (rng.normal(size=(3, 4)),))
        yield Example(RMSNorm((2, 3), eps=0.1, elementwise_affine=False), (rng.normal(size=(2, 2, 3)),))

    def extra_repr(self) -> str:
        """Lengths and settings."""
        return f"{self.normalized_shape}, eps={self.eps}, elementwise_affine={self.elementwise_affine}"


class GroupNorm(Module):
    """Each group of channels of each sample less its mean, by its deviation, times a weight, plus a bias.

    (batch, num_channels, ...) -> (batch, num_channels, ...), in training and in use alike. Wu and He, 2018.

    Parameters
    ----------
    num_groups: a divisor of the number of channels; a group has channels that follow each other.
    num_channels: number of channels.
    eps: at least 0; keeps the deviation away from 0.
    affine: whether there are a weight and a bias.
    bias: whether there is a bias, if ``affine``.
    dtype: of the parameters, a float; the default dtype if None. Inputs must have it too.

    Attributes
    ----------
    weight, bias: (num_channels), 1 and 0 at first; or None.

    Raises ArgumentError for groups that do not divide the channels; when called, ShapeError for an input with another
    number of channels, and DtypeError for integers and for floats of another width.

    >>> import autograd as ag, nn
    >>> nn.GroupNorm(2, 6)(ag.randn(8, 6, 4, 4)).shape
    (8, 6, 4, 4)
    """

    weight: Parameter | None
    bias: Parameter | None

    def __init__(
        self,
        num_groups: int,
        num_channels: int,
        eps: float = 1e-5,
        affine: bool = True,
        *,
        bias: bool = True,
        dtype: Any = None,
    ) -> None:
        check_whole("GroupNorm", 1, num_groups=num_groups, num_channels=num_channels)
        if num_channels % num_groups:
            raise ag.errors.ArgumentError(
                f"{place('GroupNorm')}: num_groups={num_groups}; want a divisor of num_channels={num_channels}."
            )
        self.num_groups = num_groups
        self.num_channels = num_channels
        self.eps = eps
        self.affine = affine
        dtype = dtype or ag.get_default_dtype()
        self.weight = Parameter(np.empty(num_channels, dtype)) if affine else None
        self.bias = Parameter(np.empty(num_channels, dtype)) if affine and bias else None
        self.reset_parameters()

    def reset_parameters(self) -> None:
        """Make weights 1 and biases 0.

        >>> import nn
        >>> nn.GroupNorm(1, 2).reset_parameters()
        """
        _make_standard(self.weight, self.bias)

    def forward(self, input: Any) -> Any:
        """(batch, num_channels, ...) -> (batch, num_channels, ...)."""
        shape = getattr(input, "shape", None)
        if shape is not None and shape[1:2] != (self.num_channels,):
            remedy = "A batch of one is x[None]."
            if len(shape) > 1 and shape[1] % self.num_groups == 0:
                remedy = f"Make the layer for this input, nn.GroupNorm({self.num_groups}, {shape[1]}), or change it."
            raise wrong_shape("GroupNorm", f"an input of shape (batch, {self.num_channels}, ...)", input, remedy)
        return F.group_norm(input, self.num_groups, self.weight, self.bias, self.eps)

    @staticmethod
    def examples(rng: np.random.Generator) -> Iterator[Example]:
        """Of images, of features without parameters, and without a bias in one group."""
        yield Example(GroupNorm(2, 4), (rng.normal(size=(2, 4, 2, 1)),))
        yield Example(GroupNorm(1, 3, affine=False), (rng.normal(size=(3, 3)),))
        yield Example(GroupNorm(1, 2, eps=0.1, bias=False), (rng.normal(size=(2, 2, 3)),))

    def extra_repr(self) -> str:
        """Groups, channels and settings."""
        return (
            f"{self.num_groups}, {self.num_channels}, eps={self.eps}, affine={self.affine}, "
            f"bias={self.bias is not None}"
        )


class LocalResponseNorm(Module):
    """Each value by a power of what its neighbours in other channels amount to.

    (batch, channels, ...) -> (batch, channels, ...): ``x / (k + alpha * m) ** beta``, m being the mean of the squares
    of ``size`` channels around each, of which those that are not there count as 0. Krizhevsky, Sutskever and Hinton,
    2012 (who write alpha for our alpha / size).

    Parameters
    ----------
    size: how many channels, at least 1; of an even number one more is taken before than after.
    alpha, beta, k: real numbers.

    Raises, when called, ShapeError for an input without axes after the channels, ArgumentError for another size.

    >>> import autograd as ag, nn
    >>> nn.LocalResponseNorm(5)(ag.randn(2, 8, 4, 4)).shape
    (2, 8, 4, 4)
    """

    def __init__(self, size: int, alpha: float = 1e-4, beta: float = 0.75, k: float = 1.0) -> None:
        self.size = size
        self.alpha = alpha
        self.beta = beta
        self.k = k

    def forward(self, input: Any) -> Any:
        """(batch, channels, ...) -> (batch, channels, ...)."""
        return F.local_response_norm(input, self.size, self.alpha, self.beta, self.k)

    @staticmethod
    def examples(rng: np.random.Generator) -> Iterator[Example]:
        """Of an odd and of an even number of neighbours."""
        yield Example(LocalResponseNorm(3, alpha=0.5), (rng.normal(size=(2, 4, 2)),))
        yield Example(LocalResponseNorm(2, alpha=1.0, beta=0.5, k=2.0), (rng.normal(size=(2, 3, 1, 2)),))

    def extra_repr(self) -> str:
        """Size and settings."""
        return f"{self.size}, alpha={self.alpha}, beta={self.beta}, k={self.k}"
