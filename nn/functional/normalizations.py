"""Normalizations as functions."""

from __future__ import annotations

import math
from collections.abc import Sequence
from functools import lru_cache
from typing import Any

import numpy as np

import autograd as ag
from nn.kernels import norm_channels as _channels
from nn.kernels import norm_rows as _rows
from nn.kernels.checks import check_floats, check_whole, place, wrong_shape
from nn.kernels.constants import read_only

__all__ = [
    "batch_norm",
    "group_norm",
    "instance_norm",
    "layer_norm",
    "local_response_norm",
    "normalize",
    "rms_norm",
]


# --- by channel, over the batch -------------------------------------------------------------------------


def batch_norm(
    input: Any,
    running_mean: Any,
    running_var: Any,
    weight: Any = None,
    bias: Any = None,
    training: bool = False,
    momentum: float = 0.1,
    eps: float = 1e-5,
) -> Any:
    """Each channel less its mean, by its deviation, times a weight, plus a bias.

    (batch, channels, ...) -> (batch, channels, ...): ``(input - mean) / sqrt(var + eps) * weight + bias``. In
    training, mean and variance are those of the batch; else the running ones. Ioffe and Szegedy, 2015.

    Parameters
    ----------
    running_mean, running_var: (channels), arrays or Tensors. Training moves them, in place, towards the batch's mean
        and unbiased variance; it does without them where they are None. A batch without elements moves nothing.
    weight, bias: (channels), or None for 1 and 0.
    training: whether to use the batch's own mean and variance.
    momentum: the share, 0 to 1, of the way that the running ones are moved.
    eps: at least 0; keeps the deviation away from 0.

    Raises ShapeError where shapes do not fit, and in training where there is one value a channel, of which there is no
    variance; ArgumentError outside of training without running statistics; DtypeError for floats of two widths.

    >>> import autograd as ag, nn
    >>> x = ag.tensor([[1.0], [3.0]])
    >>> nn.functional.batch_norm(x, None, None, training=True, eps=0.0)
    Tensor([[-1.],
            [ 1.]], dtype=float32)
    """
    _channels.check_channels(
        "batch_norm", input, weight=weight, bias=bias, running_mean=running_mean, running_var=running_var
    )
    if training:
        count = input.size // (input.shape[1] or 1)
        if count == 1:
            raise wrong_shape(
                "batch_norm",
                "more than one value of each channel in training",
                input,
                "Give larger batches, leaving out a last one of a single sample; or, in use, call model.eval().",
            )
        out, mean, var = _channels.batch_norm(input, weight, bias, eps)
        if count:
            _move(running_mean, mean, momentum)
            _move(running_var, var, momentum, count / (count - 1))
        return out
    if running_mean is None or running_var is None:
        raise ag.errors.ArgumentError(
            f"{place('batch_norm')}: outside of training a running mean and a running variance are needed; give both, "
            "or training=True for those of the batch."
        )
    scale = 1 / np.sqrt(running_var + eps)
    scale = scale if weight is None else scale * weight
    shift = -running_mean * scale
    return _channels.channel_affine(input, scale, shift if bias is None else shift + bias)


def _move(running: Any, towards: Any, momentum: float, factor: float = 1.0) -> None:
    """Move running statistics, in place, a share ``momentum`` of the way to ``towards * factor``."""
    if running is None:
        return
    array = ag.value_of(running)
    array *= 1 - momentum
    array += ag.value_of(towards) * (momentum * factor)
    ag.mark_written(array)


def instance_norm(
    input: Any,
    running_mean: Any = None,
    running_var: Any = None,
    weight: Any = None,
    bias: Any = None,
    use_input_stats: bool = True,
    momentum: float = 0.1,
    eps: float = 1e-5,
) -> Any:
    """Each channel of each sample less its mean, by its deviation, times a weight, plus a bias.

    (batch, channels, ...) -> (batch, channels, ...): ``(input - mean) / sqrt(var + eps) * weight + bias``. Ulyanov,
    Vedaldi and Lempitsky, 2016.

    Parameters
    ----------
    running_mean, running_var: (channels), arrays or Tensors; with ``use_input_stats`` they are moved, in place, towards
        the means over the batch of its samples' means and unbiased variances; it does without them where they are None.
    weight, bias: (channels), or None for 1 and 0.
    use_input_stats: whether to use each sample's own mean and variance; else the running ones are used.
    momentum: the share, 0 to 1, of the way that the running ones are moved.
    eps: at least 0; keeps the deviation away from 0.

    Raises ShapeError where shapes do not fit and where a sample has one value a channel; ArgumentError without
    statistics to use; DtypeError for floats of two widths.

    >>> import autograd as ag, nn
    >>> nn.functional.instance_norm(ag.tensor([[[1.0, 3.0], [20.0, 40.0]]]), eps=0.0)
    Tensor([[[-1.,  1.],
             [-1.,  1.]]], dtype=float32)
    """
    if not use_input_stats:
        return batch_norm(input, running_mean, running_var, weight, bias, eps=eps)
    _channels.check_channels(
        "instance_norm", input, weight=weight, bias=bias, running_mean=running_mean, running_var=running_var
    )
    length = math.prod(input.shape[2:])
    if length == 1:
        raise wrong_shape(
            "instance_norm",
            "more than one value of each channel in each sample",
            input,
            "A single value less its mean is 0; nn.BatchNorm1d takes the mean over the batch.",
        )
    out = group_norm(input, input.shape[1], weight, bias, eps) if input.shape[1] else input
    if input.size and not (running_mean is None and running_var is None):
        values = ag.value_of(input).reshape(*input.shape[:2], length)
        _move(running_mean, values.mean(2).mean(0), momentum)
        _move(running_var, values.var(2, ddof=1).mean(0), momentum)
    return out


def group_norm(input: Any, num_groups: int, weight: Any = None, bias: Any = None, eps: float = 1e-5) -> Any:
    """Each group of channels of each sample less its mean, by its deviation, times a weight, plus a bias.

    (batch, channels, ...) -> (batch, channels, ...): ``(input - mean) / sqrt(var + eps) * weight + bias``. Wu and
    He, 2018.

    Parameters
    ----------
    num_groups: a divisor of the number of channels; a group has channels that follow each other.
    weight, bias: (channels), or None for 1 and 0.
    eps: at least 0; keeps the deviation away from 0.

    Raises ShapeError where shapes do not fit, ArgumentError for groups that do not divide the channels, DtypeError for
    floats of two widths.

    >>> import autograd as ag, nn
    >>> nn.functional.group_norm(ag.tensor([[1.0, 3.0, 20.0, 40.0]]), 2, eps=0.0)
    Tensor([[-1.,  1., -1.,  1.]], dtype=float32)
    """
    _channels.check_channels("group_norm", input, weight=weight, bias=bias)
    batch, channels = input.shape[:2]
    check_whole("group_norm", 1, num_groups=num_groups)
    if channels % num_groups:
        raise ag.errors.ArgumentError(
            f"{place('group_norm')}: {channels} channels do not divide into num_groups={num_groups}, for an input of "
            f"shape {input.shape}. Choose a divisor of {channels}."
        )
    shape = input.shape
    rows = np.reshape(input, (batch, num_groups, channels // num_groups * math.prod(shape[2:])))
    out = np.reshape(_rows.layer_norm(rows, 1, eps=eps), shape)
    if weight is None and bias is None:
        return out
    return _channels.channel_affine(out, np.ones(channels, input.dtype) if weight is None else weight, bias)


# --- by sample ------------------------------------------------------------------------------------------


def layer_norm(
    input: Any, normalized_shape: int | Sequence[int], weight: Any = None, bias: Any = None, eps: float = 1e-5
) -> Any:
    """The last axes of each sample less their mean, by their deviation, times a weight, plus a bias.

    (..., *normalized_shape) -> (..., *normalized_shape): ``(input - mean) / sqrt(var + eps) * weight + bias``. Ba,
    Kiros and Hinton, 2016.

    Parameters
    ----------
    normalized_shape: lengths of the last axes, which have a mean and a deviation together; a number for one axis.
    weight, bias: of that shape, or None for 1 and 0.
    eps: at least 0; keeps the deviation away from 0.

    Raises ShapeError where shapes do not fit, DtypeError for floats of two widths.

    >>> import autograd as ag, nn
    >>> nn.functional.layer_norm(ag.tensor([[1.0, 3.0], [20.0, 40.0]]), 2, eps=0.0)
    Tensor([[-1.,  1.],
            [-1.,  1.]], dtype=float32)
    """
    axes = _features("layer_norm", input, normalized_shape)
    return _rows.layer_norm(input, axes, weight, bias, eps)


def rms_norm(input: Any, normalized_shape: int | Sequence[int], weight: Any = None, eps: float | None = None) -> Any:
    """The last axes of each sample by their root mean square, times a weight.

    (..., *normalized_shape) -> (..., *normalized_shape): ``input / sqrt(mean(input ** 2) + eps) * weight``. Zhang and
    Sennrich, 2019.

    Parameters
    ----------
    normalized_shape: lengths of the last axes, which have a mean together; a number for one axis.
    weight: of that shape, or None for 1.
    eps: at least 0; the distance from 1 to the next number of the input's dtype if None.

    Raises ShapeError where shapes do not fit, DtypeError for floats of two widths.

    >>> import autograd as ag, nn
    >>> nn.functional.rms_norm(ag.tensor([[3.0, 3.0], [4.0, -4.0]]), 2, eps=0.0)
    Tensor([[ 1.,  1.],
            [ 1., -1.]], dtype=float32)
    """
    axes = _features("rms_norm", input, normalized_shape)
    return _rows.rms_norm(input, axes, weight, float(np.finfo(input.dtype).eps) if eps is None else eps)


def _features(operation: str, x: Any, normalized_shape: int | Sequence[int]) -> int:
    """How many axes are normalized; raises where they are not the input's last."""
    shape = (normalized_shape,) if isinstance(normalized_shape, (int, np.integer)) else tuple(normalized_shape)
    check_floats(operation, input=x)
    if not shape or x.shape[-len(shape) :] != shape:
        want = ", ".join(["...", *map(str, shape)])
        remedy = f"Make the layer for this input, with normalized_shape={x.shape[-len(shape) :]}, or change it."
        raise wrong_shape(operation, f"an input of shape ({want})", x, remedy if shape else "Name at least one axis.")
    return len(shape)


# --- by neighbours --------------------------------------------------------------------------------------


def local_response_norm(input: Any, size: int, alpha: float = 1e-4, beta: float = 0.75, k: float = 1.0) -> Any:
    """Each value by a power of what its neighbours in other channels amount to.

    (batch, channels, ...) -> (batch, channels, ...): ``input / (k + alpha * m) ** beta``, m being the mean of the
    squares of ``size`` channels around each, of which those that are not there count as 0. Krizhevsky, Sutskever and
    Hinton, 2012 (who write alpha for our alpha / size).

    Parameters
    ----------
    size: how many channels, at least 1; of an even number one more is taken before than after.
    alpha, beta, k: real numbers.

    Raises ShapeError for an input without axes after the channels, ArgumentError for another size.

    >>> import autograd as ag, nn
    >>> nn.functional.local_response_norm(ag.tensor([[[3.0], [4.0]]]), 2, alpha=2.0, beta=0.5, k=0.0)
    Tensor([[[1. ],
             [0.8]]], dtype=float32)
    """
    check_floats("local_response_norm", input=input)
    check_whole("local_response_norm", 1, size=size)
    if input.ndim < 3:
        raise wrong_shape(
            "local_response_norm", "an input of shape (batch, channels, ...)", input, "A batch of one is x[None]."
        )
    batch, channels = input.shape[:2]
    rows = np.reshape(input, (batch, channels, math.prod(input.shape[2:])))
    sums = np.matmul(_neighbours(channels, size, input.dtype), rows * rows)
    return input * np.reshape((sums * (alpha / size) + k) ** -beta, input.shape)


@lru_cache(maxsize=32)
def _neighbours(channels: int, size: int, dtype: np.dtype[Any]) -> np.ndarray:
    """(channels, channels), 1 where one of them is among the neighbours of the other: a product adds them up."""
    distance = np.arange(channels) - np.arange(channels)[:, None]
    return read_only(((distance >= -(size // 2)) & (distance <= (size - 1) // 2)).astype(dtype))


def normalize(input: Any, p: float = 2.0, dim: int | tuple[int, ...] = 1, eps: float = 1e-12) -> Any:
    """Vectors along an axis by their length: (...) -> (...), ``input / max(norm(input), eps)``.

    Parameters
    ----------
    p: the order of the norm.
    dim: the axis along which vectors lie, or several.
    eps: the least that is divided by.

    Raises DtypeError for integers.

    >>> import autograd as ag, nn
    >>> nn.functional.normalize(ag.tensor([[3.0, 4.0]]))
    Tensor([[0.6, 0.8]], dtype=float32)
    """
    check_floats("normalize", input=input)
    return input / np.maximum(ag.vector_norm(input, dim, True, p), eps)
