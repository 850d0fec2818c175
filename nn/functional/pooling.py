"""Pooling as functions.

Inputs without a batch, (channels, ...), are taken too. Where `return_indices` is asked for, a result comes with an
array of integers: for each window the place of its largest element in the channel's flattened image, row by row.
"""

from __future__ import annotations

from typing import Any

from nn.kernels import pool as _pool

__all__ = [
    "adaptive_avg_pool1d",
    "adaptive_avg_pool2d",
    "adaptive_avg_pool3d",
    "adaptive_max_pool1d",
    "adaptive_max_pool2d",
    "adaptive_max_pool3d",
    "avg_pool1d",
    "avg_pool2d",
    "avg_pool3d",
    "lp_pool1d",
    "lp_pool2d",
    "lp_pool3d",
    "max_pool1d",
    "max_pool2d",
    "max_pool3d",
    "max_unpool1d",
    "max_unpool2d",
    "max_unpool3d",
]

# --- the largest of each window ------------------------------------------------------------------------


def max_pool1d(
    input: Any,
    kernel_size: Any,
    stride: Any = None,
    padding: Any = 0,
    dilation: Any = 1,
    ceil_mode: bool = False,
    return_indices: bool = False,
) -> Any:
    """The largest element of each window: (batch, channels, length) ->
    (batch, channels, new_length).

    Parameters
    ----------
    input: with the batch or without.
    kernel_size, stride, padding, dilation, ceil_mode, return_indices: as of `nn.MaxPool1d`, which says what is raised.

    >>> import autograd as ag, nn
    >>> nn.functional.max_pool1d(ag.zeros(2, 3, 5), 2).shape
    (2, 3, 2)
    """
    lines = _pool.windows_of("max_pool1d", input, 1, kernel_size, stride, padding, dilation, ceil_mode)
    return _pool.maximum(input, lines, return_indices)


def max_pool2d(
    input: Any,
    kernel_size: Any,
    stride: Any = None,
    padding: Any = 0,
    dilation: Any = 1,
    ceil_mode: bool = False,
    return_indices: bool = False,
) -> Any:
    """The largest element of each window: (batch, channels, height, width) ->
    (batch, channels, new_height, new_width).

    Parameters
    ----------
    input: with the batch or without.
    kernel_size, stride, padding, dilation, ceil_mode, return_indices: as of `nn.MaxPool2d`, which says what is raised.

    >>> import autograd as ag, nn
    >>> nn.functional.max_pool2d(ag.zeros(2, 3, 5, 5), 2).shape
    (2, 3, 2, 2)
    """
    lines = _pool.windows_of("max_pool2d", input, 2, kernel_size, stride, padding, dilation, ceil_mode)
    return _pool.maximum(input, lines, return_indices)


def max_pool3d(
    input: Any,
    kernel_size: Any,
    stride: Any = None,
    padding: Any = 0,
    dilation: Any = 1,
    ceil_mode: bool = False,
    return_indices: bool = False,
) -> Any:
    """The largest element of each window: (batch, channels, depth, height, width) ->
    (batch, channels, new_depth, new_height, new_width).

    Parameters
    ----------
    input: with the batch or without.
    kernel_size, stride, padding, dilation, ceil_mode, return_indices: as of `nn.MaxPool3d`, which says what is raised.

    >>> import autograd as ag, nn
    >>> nn.functional.max_pool3d(ag.zeros(2, 3, 5, 5, 5), 2).shape
    (2, 3, 2, 2, 2)
    """
    lines = _pool.windows_of("max_pool3d", input, 3, kernel_size, stride, padding, dilation, ceil_mode)
    return _pool.maximum(input, lines, return_indices)


def max_unpool1d(
    input: Any, indices: Any, kernel_size: Any, stride: Any = None, padding: Any = 0, output_size: Any = None
) -> Any:
    """Zeros, but for the elements of the input at the places that max pooling took them from: the way back.

    (batch, channels, length), the same -> (batch, channels, new_length).

    Parameters
    ----------
    indices, kernel_size, stride, padding, output_size: as of `nn.MaxUnpool1d`, which says what is raised.

    >>> import autograd as ag, nn
    >>> out, indices = nn.functional.max_pool1d(ag.zeros(2, 3, 4), 2, return_indices=True)
    >>> nn.functional.max_unpool1d(out, indices, 2).shape
    (2, 3, 4)
    """
    return _pool.undo_maximum("max_unpool1d", input, indices, 1, kernel_size, stride, padding, output_size)


def max_unpool2d(
    input: Any, indices: Any, kernel_size: Any, stride: Any = None, padding: Any = 0, output_size: Any = None
) -> Any:
    """Zeros, but for the elements of the input at the places that max pooling took them from: the way back.

    (batch, channels, height, width), the same -> (batch, channels, new_height, new_width).

    Parameters
    ----------
    indices, kernel_size, stride, padding, output_size: as of `nn.MaxUnpool2d`, which says what is raised.

    >>> import autograd as ag, nn
    >>> out, indices = nn.functional.max_pool2d(ag.zeros(2, 3, 4, 4), 2, return_indices=True)
    >>> nn.functional.max_unpool2d(out, indices, 2).shape
    (2, 3, 4, 4)
    """
    return _pool.undo_maximum("max_unpool2d", input, indices, 2, kernel_size, stride, padding, output_size)


def max_unpool3d(
    input: Any, indices: Any, kernel_size: Any, stride: Any = None, padding: Any = 0, output_size: Any = None
) -> Any:
    """Zeros, but for the elements of the input at the places that max pooling took them from: the way back.

    (batch, channels, depth, height, width), the same -> (batch, channels, new_depth, new_height, new_width).

    Parameters
    ----------
    indices, kernel_size, stride, padding, output_size: as of `nn.MaxUnpool3d`, which says what is raised.

    >>> import autograd as ag, nn
    >>> out, indices = nn.functional.max_pool3d(ag.zeros(2, 3, 4, 4, 4), 2, return_indices=True)
    >>> nn.functional.max_unpool3d(out, indices, 2).shape
    (2, 3, 4, 4, 4)
    """
    return _pool.undo_maximum("max_unpool3d", input, indices, 3, kernel_size, stride, padding, output_size)


# --- means and norms -----------------------------------------------------------------------------------


def avg_pool1d(
    input: Any,
    kernel_size: Any,
    stride: Any = None,
    padding: Any = 0,
    ceil_mode: bool = False,
    count_include_pad: bool = True,
) -> Any:
    """The mean of each window: (batch, channels, length) ->
    (batch, channels, new_length).

    Parameters
    ----------
    input: with the batch or without.
    kernel_size, stride, padding, ceil_mode, count_include_pad: as of `nn.AvgPool1d`, which says what is raised.

    >>> import autograd as ag, nn
    >>> nn.functional.avg_pool1d(ag.zeros(2, 3, 5), 2).shape
    (2, 3, 2)
    """
    lines = _pool.windows_of("avg_pool1d", input, 1, kernel_size, stride, padding, 1, ceil_mode)
    return _pool.average("avg_pool1d", input, lines, count_include_pad)


def avg_pool2d(
    input: Any,
    kernel_size: Any,
    stride: Any = None,
    padding: Any = 0,
    ceil_mode: bool = False,
    count_include_pad: bool = True,
    divisor_override: int | None = None,
) -> Any:
    """The mean of each window: (batch, channels, height, width) ->
    (batch, channels, new_height, new_width).

    Parameters
    ----------
    input: with the batch or without.
    kernel_size, stride, padding, ceil_mode, count_include_pad, divisor_override: as of `nn.AvgPool2d`,
        which says what is raised.

    >>> import autograd as ag, nn
    >>> nn.functional.avg_pool2d(ag.zeros(2, 3, 5, 5), 2).shape
    (2, 3, 2, 2)
    """
    lines = _pool.windows_of("avg_pool2d", input, 2, kernel_size, stride, padding, 1, ceil_mode)
    return _pool.average("avg_pool2d", input, lines, count_include_pad, divisor_override)


def avg_pool3d(
    input: Any,
    kernel_size: Any,
    stride: Any = None,
    padding: Any = 0,
    ceil_mode: bool = False,
    count_include_pad: bool = True,
    divisor_override: int | None = None,
) -> Any:
    """The mean of each window: (batch, channels, depth, height, width) ->
    (batch, channels, new_depth, new_height, new_width).

    Parameters
    ----------
    input: with the batch or without.
    kernel_size, stride, padding, ceil_mode, count_include_pad, divisor_override: as of `nn.AvgPool3d`,
        which says what is raised.

    >>> import autograd as ag, nn
    >>> nn.functional.avg_pool3d(ag.zeros(2, 3, 5, 5, 5), 2).shape
    (2, 3, 2, 2, 2)
    """
    lines = _pool.windows_of("avg_pool3d", input, 3, kernel_size, stride, padding, 1, ceil_mode)
    return _pool.average("avg_pool3d", input, lines, count_include_pad, divisor_override)


def lp_pool1d(input: Any, norm_type: float, kernel_size: Any, stride: Any = None, ceil_mode: bool = False) -> Any:
    """``sum(input ** norm_type) ** (1 / norm_type)`` of each window: (batch, channels, length) ->
    (batch, channels, new_length).

    Parameters
    ----------
    norm_type, kernel_size, stride, ceil_mode: as of `nn.LPPool1d`, which says what is raised.

    >>> import autograd as ag, nn
    >>> nn.functional.lp_pool1d(ag.zeros(2, 3, 5), 2, kernel_size=2).shape
    (2, 3, 2)
    """
    lines = _pool.windows_of("lp_pool1d", input, 1, kernel_size, stride, 0, 1, ceil_mode)
    return _pool.power_average("lp_pool1d", input, lines, norm_type)


def lp_pool2d(input: Any, norm_type: float, kernel_size: Any, stride: Any = None, ceil_mode: bool = False) -> Any:
    """``sum(input ** norm_type) ** (1 / norm_type)`` of each window: (batch, channels, height, width) ->
    (batch, channels, new_height, new_width).

    Parameters
    ----------
    norm_type, kernel_size, stride, ceil_mode: as of `nn.LPPool2d`, which says what is raised.

    >>> import autograd as ag, nn
    >>> nn.functional.lp_pool2d(ag.zeros(2, 3, 5, 5), 2, kernel_size=2).shape
    (2, 3, 2, 2)
    """
    lines = _pool.windows_of("lp_pool2d", input, 2, kernel_size, stride, 0, 1, ceil_mode)
    return _pool.power_average("lp_pool2d", input, lines, norm_type)


def lp_pool3d(input: Any, norm_type: float, kernel_size: Any, stride: Any = None, ceil_mode: bool = False) -> Any:
    """``sum(input ** norm_type) ** (1 / norm_type)`` of each window: (batch, channels, depth, height, width) ->
    (batch, channels, new_depth, new_height, new_width).

    Parameters
    ----------
    norm_type, kernel_size, stride, ceil_mode: as of `nn.LPPool3d`, which says what is raised.

    >>> import autograd as ag, nn
    >>> nn.functional.lp_pool3d(ag.zeros(2, 3, 5, 5, 5), 2, kernel_size=2).shape
    (2, 3, 2, 2, 2)
    """
    lines = _pool.windows_of("lp_pool3d", input, 3, kernel_size, stride, 0, 1, ceil_mode)
    return _pool.power_average("lp_pool3d", input, lines, norm_type)


# --- windows for a given size of the result ------------------------------------------------------------


def adaptive_avg_pool1d(input: Any, output_size: Any) -> Any:
    """The means of ``output_size`` windows: (batch, channels, length) ->
    (batch, channels, new_length).

    Parameters
    ----------
    output_size: as of `nn.AdaptiveAvgPool1d`, which says what is raised.

    >>> import autograd as ag, nn
    >>> nn.functional.adaptive_avg_pool1d(ag.zeros(2, 3, 5), 2).shape
    (2, 3, 2)
    """
    return _pool.adaptive_average("adaptive_avg_pool1d", input, 1, output_size)


def adaptive_avg_pool2d(input: Any, output_size: Any) -> Any:
    """The means of ``output_size`` windows: (batch, channels, height, width) ->
    (batch, channels, new_height, new_width).

    Parameters
    ----------
    output_size: as of `nn.AdaptiveAvgPool2d`, which says what is raised.

    >>> import autograd as ag, nn
    >>> nn.functional.adaptive_avg_pool2d(ag.zeros(2, 3, 5, 5), 2).shape
    (2, 3, 2, 2)
    """
    return _pool.adaptive_average("adaptive_avg_pool2d", input, 2, output_size)


def adaptive_avg_pool3d(input: Any, output_size: Any) -> Any:
    """The means of ``output_size`` windows: (batch, channels, depth, height, width) ->
    (batch, channels, new_depth, new_height, new_width).

    Parameters
    ----------
    output_size: as of `nn.AdaptiveAvgPool3d`, which says what is raised.

    >>> import autograd as ag, nn
    >>> nn.functional.adaptive_avg_pool3d(ag.zeros(2, 3, 5, 5, 5), 2).shape
    (2, 3, 2, 2, 2)
    """
    return _pool.adaptive_average("adaptive_avg_pool3d", input, 3, output_size)


def adaptive_max_pool1d(input: Any, output_size: Any, return_indices: bool = False) -> Any:
    """The largest elements of ``output_size`` windows: (batch, channels, length) ->
    (batch, channels, new_length).

    Parameters
    ----------
    output_size, return_indices: as of `nn.AdaptiveMaxPool1d`, which says what is raised.

    >>> import autograd as ag, nn
    >>> nn.functional.adaptive_max_pool1d(ag.zeros(2, 3, 5), 2).shape
    (2, 3, 2)
    """
    return _pool.adaptive_maximum("adaptive_max_pool1d", input, 1, output_size, return_indices)


def adaptive_max_pool2d(input: Any, output_size: Any, return_indices: bool = False) -> Any:
    """The largest elements of ``output_size`` windows: (batch, channels, height, width) ->
    (batch, channels, new_height, new_width).

    Parameters
    ----------
    output_size, return_indices: as of `nn.AdaptiveMaxPool2d`, which says what is raised.

    >>> import autograd as ag, nn
    >>> nn.functional.adaptive_max_pool2d(ag.zeros(2, 3, 5, 5), 2).shape
    (2, 3, 2, 2)
    """
    return _pool.adaptive_maximum("adaptive_max_pool2d", input, 2, output_size, return_indices)


def adaptive_max_pool3d(input: Any, output_size: Any, return_indices: bool = False) -> Any:
    """The largest elements of ``output_size`` windows: (batch, channels, depth, height, width) ->
    (batch, channels, new_depth, new_height, new_width).

    Parameters
    ----------
    output_size, return_indices: as of `nn.AdaptiveMaxPool3d`, which says what is raised.

    >>> import autograd as ag, nn
    >>> nn.functional.adaptive_max_pool3d(ag.zeros(2, 3, 5, 5, 5), 2).shape
    (2, 3, 2, 2, 2)
    """
    return _pool.adaptive_maximum("adaptive_max_pool3d", input, 3, output_size, return_indices)
