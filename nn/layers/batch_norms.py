"""Normalizations by channel, with running statistics: batch and instance normalization."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any, ClassVar

import numpy as np

import autograd as ag
from nn import functional as F
from nn import init
from nn.kernels.checks import check_whole, wrong_shape
from nn.module import Example, Module, Parameter

__all__ = ["BatchNorm1d", "BatchNorm2d", "BatchNorm3d", "InstanceNorm1d", "InstanceNorm2d", "InstanceNorm3d"]


class _ChannelNorm(Module):
    """What batch and instance normalization share: parameters, running statistics, and what they say of an input."""

    _forms: ClassVar[dict[int, str]]  # number of axes -> what stands around the channels in the shape

    weight: Parameter | None
    bias: Parameter | None
    running_mean: ag.Tensor | None
    running_var: ag.Tensor | None
    num_batches_tracked: ag.Tensor | None

    def _set_up(
        self,
        num_features: int,
        eps: float,
        momentum: float | None,
        affine: bool,
        track_running_stats: bool,
        bias: bool,
        dtype: Any,
    ) -> None:
        check_whole(type(self).__name__, 0, num_features=num_features)
        self.num_features = num_features
        self.eps = eps
        self.momentum = momentum
        self.affine = affine
        self.track_running_stats = track_running_stats
        dtype = dtype or ag.get_default_dtype()
        self.weight = Parameter(np.empty(num_features, dtype)) if affine else None
        self.bias = Parameter(np.empty(num_features, dtype)) if affine and bias else None
        statistics = {
            "running_mean": np.zeros(num_features, dtype),
            "running_var": np.ones(num_features, dtype),
            "num_batches_tracked": np.zeros((), np.int64),
        }
        for key, value in statistics.items():
            self.register_buffer(key, value if track_running_stats else None)
        self.reset_parameters()

    def reset_running_stats(self) -> None:
        """Forget the batches seen: running means 0 and variances 1.

        >>> import nn
        >>> nn.BatchNorm1d(2).reset_running_stats()
        """
        for tensor, value in ((self.running_mean, 0), (self.running_var, 1), (self.num_batches_tracked, 0)):
            if tensor is not None:
                init.constant_(tensor, value)

    def reset_parameters(self) -> None:
        """Forget the batches seen, and make weights 1 and biases 0.

        >>> import nn
        >>> nn.BatchNorm1d(2).reset_parameters()
        """
        self.reset_running_stats()
        if self.weight is not None:
            init.ones_(self.weight)
        if self.bias is not None:
            init.zeros_(self.bias)

    def _check(self, x: Any) -> None:
        """Raise ShapeError unless x has the axes and the channels that the layer is for."""
        axes = getattr(x, "ndim", None)
        if axes is None:  # no array: what is called says so
            return
        form = self._forms.get(axes)
        if form is not None and x.shape[form.split(", ").index("{}")] == self.num_features:
            return
        name = type(self).__name__
        if form is not None:
            channels = x.shape[form.split(", ").index("{}")]
            remedy = f"Make the layer for this input, nn.{name}({channels}), or change it."
            if x.shape[-1] == self.num_features:
                remedy = "Its channels look last: np.moveaxis(x, -1, 1) brings them to axis 1."
        elif axes + 1 in self._forms:
            remedy = "A batch of one is x[None]."
        else:
            remedy = f"nn.{name[:-2]}{max(1, axes - 2)}d takes one of {axes} axes." if 2 <= axes <= 5 else ""
        want = " or ".join(f"({each.format(self.num_features)})" for each in self._forms.values())
        raise wrong_shape(name, f"an input of shape {want}", x, remedy)

    def extra_repr(self) -> str:
        """Channels and settings."""
        return (
            f"{self.num_features}, eps={self.eps}, momentum={self.momentum}, affine={self.affine}, "
            f"bias={self.bias is not None}, track_running_stats={self.track_running_stats}"
        )


# --- batch normalization --------------------------------------------------------------------------------


class _BatchNorm(_ChannelNorm):
    def __init__(
        self,
        num_features: int,
        eps: float = 1e-5,
        momentum: float | None = 0.1,
        affine: bool = True,
        track_running_stats: bool = True,
        *,
        bias: bool = True,
        dtype: Any = None,
    ) -> None:
        self._set_up(num_features, eps, momentum, affine, track_running_stats, bias, dtype)

    def forward(self, input: Any) -> Any:
        """(batch, channels, ...) -> (batch, channels, ...); in training the running statistics are moved."""
        self._check(input)
        mean, var = self.running_mean, self.running_var
        if not self.training:
            uses_batch = mean is None and var is None
            return F.batch_norm(input, mean, var, self.weight, self.bias, uses_batch, 0.0, self.eps)
        seen = self.num_batches_tracked
        if not self.track_running_stats or seen is None:
            return F.batch_norm(input, None, None, self.weight, self.bias, True, 0.0, self.eps)
        momentum = 1 / (int(seen.data) + 1) if self.momentum is None else self.momentum
        out = F.batch_norm(input, mean, var, self.weight, self.bias, True, momentum, self.eps)
        count = seen.data
        count += 1
        ag.mark_written(count)
        return out


class BatchNorm1d(_BatchNorm):
    """Each feature less its mean over the batch, by its deviation, times a weight, plus a bias.

    (batch, num_features) or (batch, num_features, length) -> the same:
    ``(x - mean) / sqrt(var + eps) * weight + bias``. In training mean and variance are the batch's own, and
    ``running_mean`` and ``running_var`` are moved towards them; in use (``model.eval()``) the running ones take their
    place. Ioffe and Szegedy, 2015.

    Parameters
    ----------
    num_features: number of channels, at least 0.
    eps: at least 0; keeps the deviation away from 0.
    momentum: the share, 0 to 1, of the way that the running ones are moved at each batch; None for the mean of all
        batches.
    affine: whether there are a weight and a bias.
    track_running_stats: whether there are running statistics; without them the batch's own serve in use, too.
    bias: whether there is a bias, if ``affine``.
    dtype: of parameters and statistics, a float; the default dtype if None. Inputs must have it too.

    Attributes
    ----------
    weight, bias: (num_features), 1 and 0 at first; or None.
    running_mean, running_var: buffers, (num_features), 0 and 1 at first; or None. Variances are unbiased.
    num_batches_tracked: buffer, the number of batches seen in training; or None.

    Raises ArgumentError for a size that is no number of channels; when called, ShapeError for an input of another shape
    and in training for one with a single value a channel, and DtypeError for integers and for floats of another width.

    >>> import autograd as ag, nn
    >>> nn.BatchNorm1d(3)(ag.randn(32, 3)).shape
    (32, 3)
    """

    _forms: ClassVar[dict[int, str]] = {2: "batch, {}", 3: "batch, {}, length"}

    @staticmethod
    def examples(rng: np.random.Generator) -> Iterator[Example]:
        """Of features, of sequences without parameters, with the mean of all batches, and without statistics."""
        yield Example(BatchNorm1d(3), (rng.normal(size=(5, 3)),))
        yield Example(BatchNorm1d(2, affine=False), (rng.normal(size=(3, 2, 3)),))
        yield Example(BatchNorm1d(2, eps=0.1, momentum=None, bias=False), (rng.normal(size=(3, 2, 2)),))
        # where the batch's statistics serve in use, too, results are not by sample: no empty batch
        yield Example(BatchNorm1d(3, track_running_stats=False), (rng.normal(size=(4, 3)),))


class BatchNorm2d(_BatchNorm):
    """Each channel less its mean over batch and image, by its deviation, times a weight, plus a bias.

    (batch, num_features, height, width) -> the same. Parameters, attributes and errors are those of `BatchNorm1d`.

    >>> import autograd as ag, nn
    >>> norm = nn.BatchNorm2d(3)
    >>> norm(ag.randn(8, 3, 4, 4)).shape
    (8, 3, 4, 4)
    >>> norm.num_batches_tracked
    Tensor(1, dtype=int64)
    """

    _forms: ClassVar[dict[int, str]] = {4: "batch, {}, height, width"}

    @staticmethod
    def examples(rng: np.random.Generator) -> Iterator[Example]:
        """With everything, and without parameters."""
        yield Example(BatchNorm2d(2), (rng.normal(size=(2, 2, 3, 2)),))
        yield Example(BatchNorm2d(3, momentum=0.5, affine=False), (rng.normal(size=(2, 3, 1, 2)),))


class BatchNorm3d(_BatchNorm):
    """Each channel less its mean over batch and volume, by its deviation, times a weight, plus a bias.

    (batch, num_features, depth, height, width) -> the same. Parameters, attributes and errors are those of
    `BatchNorm1d`.

    >>> import autograd as ag, nn
    >>> nn.BatchNorm3d(3)(ag.randn(2, 3, 4, 4, 4)).shape
    (2, 3, 4, 4, 4)
    """

    _forms: ClassVar[dict[int, str]] = {5: "batch, {}, depth, height, width"}

    @staticmethod
    def examples(rng: np.random.Generator) -> Iterator[Example]:
        """With everything, and without statistics."""
        yield Example(BatchNorm3d(2), (rng.normal(size=(2, 2, 1, 3, 2)),))
        yield Example(BatchNorm3d(2, track_running_stats=False), (rng.normal(size=(2, 2, 2, 1, 2)),))


# --- instance normalization -----------------------------------------------------------------------------


class _InstanceNorm(_ChannelNorm):
    def __init__(
        self,
        num_features: int,
        eps: float = 1e-5,
        momentum: float | None = 0.1,
        affine: bool = False,
        track_running_stats: bool = False,
        *,
        bias: bool = True,
        dtype: Any = None,
    ) -> None:
        self._set_up(num_features, eps, momentum, affine, track_running_stats, bias, dtype)

    def forward(self, input: Any) -> Any:
        """(batch, channels, ...) -> (batch, channels, ...), or both without the batch."""
        self._check(input)
        if getattr(input, "ndim", 0) == min(self._forms):
            return self.forward(input[None])[0]
        return F.instance_norm(
            input,
            self.running_mean,
            self.running_var,
            self.weight,
            self.bias,
            self.training or not self.track_running_stats,
            self.momentum or 0.0,
            self.eps,
        )


class InstanceNorm1d(_InstanceNorm):
    """Each channel of each sample less its mean, by its deviation, times a weight, plus a bias.

    (batch, num_features, length) or (num_features, length) -> the same. Ulyanov, Vedaldi and Lempitsky, 2016.

    Parameters
    ----------
    num_features: number of channels, at least 0; another number is an error, where PyTorch warns.
    eps: at least 0; keeps the deviation away from 0.
    momentum: the share, 0 to 1, of the way that running statistics are moved at each batch; None for 0.
    affine: whether there are a weight and a bias.
    track_running_stats: whether there are running statistics, which in use take the place of each sample's own.
    bias: whether there is a bias, if ``affine``.
    dtype: of parameters and statistics, a float; the default dtype if None. Inputs must have it too.

    Attributes
    ----------
    weight, bias: (num_features), 1 and 0 at first; or None, as by default.
    running_mean, running_var, num_batches_tracked: buffers as in `BatchNorm1d`, or None, as by default; the last one
        stays 0, as in PyTorch.

    Raises ArgumentError for a size that is no number of channels; when called, ShapeError for an input of another shape
    and for samples of a single value a channel, and DtypeError for integers and for floats of another width.

    >>> import autograd as ag, nn
    >>> nn.InstanceNorm1d(3)(ag.randn(8, 3, 16)).shape
    (8, 3, 16)
    """

    _forms: ClassVar[dict[int, str]] = {2: "{}, length", 3: "batch, {}, length"}

    @staticmethod
    def examples(rng: np.random.Generator) -> Iterator[Example]:
        """As by default, with parameters, with statistics, and without a batch."""
        yield Example(InstanceNorm1d(2), (rng.normal(size=(2, 2, 4)),))
        yield Example(InstanceNorm1d(3, affine=True, track_running_stats=True), (rng.normal(size=(2, 3, 3)),))
        yield Example(InstanceNorm1d(2, eps=0.1, affine=True, bias=False), (rng.normal(size=(2, 5)),), None)


class InstanceNorm2d(_InstanceNorm):
    """Each channel of each image less its mean, by its deviation, times a weight, plus a bias.

    (batch, num_features, height, width) or (num_features, height, width) -> the same. Parameters, attributes and errors
    are those of `InstanceNorm1d`.

    >>> import autograd as ag, nn
    >>> nn.InstanceNorm2d(3, affine=True)(ag.randn(8, 3, 4, 4)).shape
    (8, 3, 4, 4)
    """

    _forms: ClassVar[dict[int, str]] = {3: "{}, height, width", 4: "batch, {}, height, width"}

    @staticmethod
    def examples(rng: np.random.Generator) -> Iterator[Example]:
        """With parameters, and without a batch."""
        yield Example(InstanceNorm2d(2, affine=True), (rng.normal(size=(2, 2, 2, 3)),))
        yield Example(InstanceNorm2d(2), (rng.normal(size=(2, 3, 2)),), None)


class InstanceNorm3d(_InstanceNorm):
    """Each channel of each volume less its mean, by its deviation, times a weight, plus a bias.

    (batch, num_features, depth, height, width) or (num_features, depth, height, width) -> the same. Parameters,
    attributes and errors are those of `InstanceNorm1d`.

    >>> import autograd as ag, nn
    >>> nn.InstanceNorm3d(3)(ag.randn(2, 3, 4, 4, 4)).shape
    (2, 3, 4, 4, 4)
    """

    _forms: ClassVar[dict[int, str]] = {4: "{}, depth, height, width", 5: "batch, {}, depth, height, width"}

    @staticmethod
    def examples(rng: np.random.Generator) -> Iterator[Example]:
        """With parameters, and with statistics."""
        yield Example(InstanceNorm3d(2, affine=True), (rng.normal(size=(2, 2, 2, 1, 2)),))
        yield Example(InstanceNorm3d(1, track_running_stats=True), (rng.normal(size=(2, 1, 2, 2, 1)),))
