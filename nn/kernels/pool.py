"""Pooling of images with any number of axes: arguments as users give them, checked, and the kernel that fits."""

from __future__ import annotations

import math
from typing import Any

import numpy as np

import autograd as ag
from nn.kernels.checks import check_floats, is_whole, place, wrong_shape
from nn.kernels.pool_adaptive import adaptive_lines, adaptive_places
from nn.kernels.pool_average import divisors_of, window_mean
from nn.kernels.pool_max import max_pool, number, places_of, window_gather, window_max
from nn.kernels.pool_windows import Line, Lines, Shape, at_places, lines_of, to_places
from nn.kernels.sizes import AXES, per_axis

# --- arguments ------------------------------------------------------------------------------------------


def check_image(op: str, x: Any, axes: int) -> None:
    """Raise DtypeError or ShapeError unless x is floats of shape (batch, channels, *sizes) or (channels, *sizes)."""
    check_floats(op, input=x)
    names = AXES[axes]
    if x.ndim not in (axes + 1, axes + 2):
        remedy = f"One without channels takes a channel of its own: x[:, None]{', or x[None]' if axes > 1 else ''}."
        raise wrong_shape(op, f"an input of shape (batch, channels, {names}) or (channels, {names})", x, remedy)
    if 0 in x.shape[x.ndim - axes :]:
        raise wrong_shape(op, f"an input with at least one element along each of ({names})", x)


def windows_of(
    op: str, x: Any, axes: int, kernel_size: Any, stride: Any, padding: Any, dilation: Any, ceil_mode: bool
) -> Lines:
    """The windows that users ask for; raises ArgumentError and ShapeError where there are none such."""
    check_image(op, x, axes)
    kernel, steps, padded, dilated = window_sizes(op, axes, kernel_size, stride, padding, dilation)
    lines = lines_of(x.shape[x.ndim - axes :], kernel, steps, padded, dilated, bool(ceil_mode))
    if not lines:
        spans = tuple([(k - 1) * d + 1 for k, d in zip(kernel, dilated, strict=True)])
        raise wrong_shape(
            op,
            f"an input whose last axes, with padding={padded} on either side, have room for a window of {spans}",
            x,
            "Make kernel_size or dilation smaller, or leave a pooling layer out.",
        )
    return lines


def window_sizes(op: str, axes: int, kernel_size: Any, stride: Any, padding: Any, dilation: Any = 1) -> list[Shape]:
    """Kernel, stride, padding and dilation along each axis; raises ArgumentError where they are no such numbers."""
    kernel = per_axis(op, "kernel_size", kernel_size, axes, least=1)
    is_kernel = stride is None or (isinstance(stride, (tuple, list)) and not stride)
    steps = kernel if is_kernel else per_axis(op, "stride", stride, axes, least=1)
    padded = per_axis(op, "padding", padding, axes)
    dilated = per_axis(op, "dilation", dilation, axes, least=1)
    for k, p in zip(kernel, padded, strict=True):
        if 2 * p > k:
            raise ag.errors.ArgumentError(
                f"{place(op)}: padding={padding!r} is more than half of kernel_size={kernel_size!r}; want at most "
                f"{k // 2}, so that no window lies in the padding alone. To pad more, put a padding layer in front."
            )
    return [kernel, steps, padded, dilated]


def check_divisor(op: str, divisor_override: Any) -> None:
    """Raise ArgumentError unless it is a whole number other than 0, or None."""
    if divisor_override is not None and not (is_whole(divisor_override) and divisor_override):
        raise ag.errors.ArgumentError(
            f"{place(op)}: divisor_override={divisor_override!r}; want a whole number other than 0, or None for the "
            "windows' sizes."
        )


def check_norm_type(op: str, norm_type: Any) -> None:
    """Raise ArgumentError unless it is a number other than 0."""
    if not isinstance(norm_type, (int, float)) or not norm_type or math.isnan(norm_type):
        raise ag.errors.ArgumentError(f"{place(op)}: norm_type={norm_type!r}; want a number other than 0.")


def counts_for(op: str, x: Any, axes: int, output_size: Any) -> Shape:
    """How many windows adaptive pooling is to make along each axis; None stands for as many as there are elements."""
    check_image(op, x, axes)
    return output_sizes(op, axes, output_size, x.shape[x.ndim - axes :])


def output_sizes(op: str, axes: int, output_size: Any, sizes: Shape) -> Shape:
    """`output_size`, a number or one for each axis, with a size in place of None."""
    given = output_size if isinstance(output_size, (tuple, list)) else (output_size,) * axes
    filled = tuple([size if n is None else n for n, size in zip(given, sizes, strict=False)])
    return per_axis(op, "output_size", filled if len(given) == axes else output_size, axes, least=1)


# --- pooling --------------------------------------------------------------------------------------------


def maximum(x: Any, lines: Lines, return_indices: bool) -> Any:
    """The largest element of each window and, if they are wanted, where each was."""
    if return_indices:
        numbers = number(ag.value_of(x), lines)[1]
        return window_gather(x, numbers, lines), places_of(numbers, lines)
    needs_gradient = isinstance(x, ag.Tensor) and x.requires_grad and ag.is_grad_enabled()
    return max_pool(x, lines) if needs_gradient else window_max(x, lines)


def average(op: str, x: Any, lines: Lines, count_include_pad: bool = True, divisor_override: int | None = None) -> Any:
    """The mean of each window."""
    check_divisor(op, divisor_override)
    return window_mean(x, lines, divisors_of(lines, count_include_pad, divisor_override))


def power_average(op: str, x: Any, lines: Lines, norm_type: float) -> Any:
    """``sum(x ** p) ** (1 / p)`` of each window; the gradient is 0 where the sum is."""
    check_norm_type(op, norm_type)
    if math.isinf(norm_type):
        sign = math.copysign(1.0, norm_type)
        return sign * maximum(sign * np.abs(x), lines, return_indices=False)
    total = average(op, x**norm_type, lines) * float(math.prod([line.kernel for line in lines]))
    is_zero = ag.value_of(total) == 0
    if not is_zero.any():
        return total ** (1 / norm_type)
    return np.where(is_zero, total, np.where(is_zero, 1, total) ** (1 / norm_type))


def adaptive_average(op: str, x: Any, axes: int, output_size: Any) -> Any:
    """The mean of each of ``output_size`` windows."""
    counts = counts_for(op, x, axes, output_size)
    lines = adaptive_lines(x.shape[x.ndim - axes :], counts)
    return window_mean(x, lines, divisors_of(lines, count_include_pad=False))


def adaptive_maximum(op: str, x: Any, axes: int, output_size: Any, return_indices: bool) -> Any:
    """The largest element of each of ``output_size`` windows and, if they are wanted, where each was."""
    counts = counts_for(op, x, axes, output_size)
    lines = tuple([line for line in adaptive_lines(x.shape[x.ndim - axes :], counts) if isinstance(line, Line)])
    if len(lines) == axes:
        return maximum(x, lines, return_indices)
    places = adaptive_places(ag.value_of(x), counts)
    out = at_places(x, places, axes)
    return (out, places) if return_indices else out


# --- and back -------------------------------------------------------------------------------------------


def undo_maximum(
    op: str, x: Any, indices: Any, axes: int, kernel_size: Any, stride: Any, padding: Any, output_size: Any
) -> Any:
    """Zeros, with x at the places that max pooling with these windows gave."""
    check_image(op, x, axes)
    kernel, steps, padded, _ = window_sizes(op, axes, kernel_size, stride, padding)
    options = zip(x.shape[x.ndim - axes :], kernel, steps, padded, strict=True)
    usual = tuple([(n - 1) * step + k - 2 * p for n, k, step, p in options])
    sizes = usual
    if output_size is not None:
        is_several = isinstance(output_size, (tuple, list))
        sizes = per_axis(op, "output_size", output_size[-axes:] if is_several else output_size, axes, least=1)
        if any(abs(size - n) >= step for size, n, step in zip(sizes, usual, steps, strict=True)):
            raise ag.errors.ArgumentError(
                f"{place(op)}: output_size={output_size!r}; an input of shape {x.shape} was pooled from "
                f"sizes that differ from {usual} by less than the stride, {steps}."
            )
    places = ag.value_of(indices)
    if getattr(places, "dtype", None) is None or places.dtype.kind not in "iu":
        what = ag.errors.describe(places) if hasattr(places, "dtype") else f"a {type(places).__name__}"
        raise ag.errors.DtypeError(
            f"{place(op)}: the indices are {what}; want the integers that max pooling with return_indices=True gives."
        )
    if places.shape != x.shape:
        raise wrong_shape(op, f"an input and indices of one shape, indices of {places.shape}", x)
    if places.size and not 0 <= places.min() <= places.max() < math.prod(sizes):
        raise ag.errors.ArgumentError(
            f"{place(op)}: the indices go from {places.min()} to {places.max()}, but the result has {sizes} elements, "
            f"numbered from 0, for an input of shape {x.shape}. Give output_size=, the sizes before the pooling."
        )
    return to_places(x, places, sizes)
