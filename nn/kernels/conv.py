"""Convolution as three bilinear primitives that are each other's derivatives, so that every order is quick.

The axes are (batch, channels, *sizes), any number of sizes. A result's channels are last in memory: it is a
transposed view, which the next convolution finds ready.
"""

from __future__ import annotations

import math
from typing import Any

import numpy as np

import autograd as ag
from autograd.parallel import calm
from nn.kernels import depthwise
from nn.kernels.checks import place
from nn.kernels.constants import ones
from nn.kernels.interleaving import Interleaved
from nn.kernels.windows import Windows, add_patches, add_rows, multiply_patches, rows_of

Sizes = tuple[int, ...]
Pairs = tuple[tuple[int, int], ...]


# --- the three primitives -------------------------------------------------------------------------------


def _samples(rng: np.random.Generator) -> tuple[Any, ...]:
    axes = int(rng.integers(1, 3))
    batch, groups, inputs, outputs = (int(n) for n in rng.integers(1, 3, 4))
    kernel, stride, dilation = (tuple(map(int, rng.integers(1, 3, axes))) for _ in range(3))
    padding = tuple(tuple(map(int, pair)) for pair in rng.integers(0, 3, (axes, 2)))
    spans = [d * (k - 1) + 1 for k, d in zip(kernel, dilation, strict=True)]
    sizes = [max(1, int(rng.integers(3)) + span - low - high) for span, (low, high) in zip(spans, padding, strict=True)]
    x = rng.normal(size=(batch, groups * inputs, *sizes))
    weight = rng.normal(size=(groups * outputs, inputs, *kernel))
    bias = rng.normal(size=groups * outputs) if rng.random() < 0.5 else None
    return x, weight, bias, stride, padding, dilation, groups


def _input_samples(rng: np.random.Generator) -> tuple[Any, ...]:
    x, weight, _, stride, padding, dilation, groups = _samples(rng)
    y = convolution(x, weight, None, stride, padding, dilation, groups)
    return rng.normal(size=y.shape), weight, x.shape[2:], stride, padding, dilation, groups


def _weight_samples(rng: np.random.Generator) -> tuple[Any, ...]:
    x, weight, _, stride, padding, dilation, groups = _samples(rng)
    y = convolution(x, weight, None, stride, padding, dilation, groups)
    return rng.normal(size=y.shape), x, weight.shape[2:], stride, padding, dilation, groups


def _multiply_adds(y_shape: Sizes, weight_shape: Sizes) -> int:
    """Each element of the result meets the taps of its group's channels, those in the padding too."""
    return math.prod(y_shape) * math.prod(weight_shape[1:])


@ag.primitive(
    view=False,
    samples=_samples,
    multiply_adds=lambda weight_shape, out_shape: _multiply_adds(out_shape, weight_shape),
)
def convolution(x: Any, weight: Any, bias: Any, stride: Sizes, padding: Pairs, dilation: Sizes, groups: int) -> Any:
    """What `nn.functional.conv2d` computes, for any number of axes: (batch, in, *sizes) -> (batch, out, *counts).

    ``y[b, o, t] = bias[o] + sum over c, k of weight[o, c, k] * x[b, c, stride * t + dilation * k - padding]``, where x
    is 0 outside its sizes, and c goes over the channels of o's group. ``padding`` has a pair for each axis.

    >>> import numpy as np
    >>> x, weight = np.array([[[1.0, 2.0, 4.0]]]), np.array([[[-1.0, 1.0]]])
    >>> convolution(x, weight, None, (1,), ((0, 0),), (1,), 1)
    array([[[1., 2.]]])
    """
    windows = Windows(weight.shape[2:], stride, padding, dilation)
    _check("convolution", windows, groups, x.shape, weight.shape)
    if _is_pointwise(windows) and groups == 1:
        return _pointwise(_seen(x, windows), weight.reshape(weight.shape[:2]), bias)
    image = _channels_last(x)
    out = np.empty((len(x), *windows.counts(x.shape[2:]), len(weight)), x.dtype)
    if groups == x.shape[1] > 1:
        depthwise.convolve(image, _taps_first(weight), windows, out)
        if bias is not None:
            out += bias
        return _channels_second(out)
    for ins, outs in _groups(x.shape[1], len(weight), groups):
        part = None if bias is None else bias[outs]
        multiply_patches(image[..., ins], windows, _as_matrix(weight[outs]), part, out[..., outs])
    return _channels_second(out)


@ag.primitive(view=False, samples=_input_samples, multiply_adds=_multiply_adds)
def convolution_to_input(
    y: Any, weight: Any, sizes: Sizes, stride: Sizes, padding: Pairs, dilation: Sizes, groups: int
) -> Any:
    """The gradient of a convolution's input, from that of its result: (batch, out, *counts) -> (batch, in, *sizes).

    Known as transposed convolution, it adds ``y[b, o, t] * weight[o, c, k]`` where the convolution reads.

    >>> import numpy as np
    >>> y, weight = np.array([[[1.0, 10.0]]]), np.array([[[-1.0, 1.0]]])
    >>> convolution_to_input(y, weight, (3,), (1,), ((0, 0),), (1,), 1)
    array([[[-1., -9., 10.]]])
    """
    windows, inputs = Windows(weight.shape[2:], stride, padding, dilation), weight.shape[1]
    _check("convolution_to_input", windows, groups, (len(y), inputs * groups, *sizes), weight.shape, y.shape)
    if _is_pointwise(windows) and groups == 1:
        return _unseen(_pointwise(y, weight.reshape(weight.shape[:2]).T, None), sizes, windows)
    if groups == 1 and (interleaved := Interleaved.of(windows, sizes, y.shape[2:])):
        return _channels_second(interleaved.multiply(_channels_last(y), weight))
    out = np.empty((len(y), *sizes, inputs * groups), y.dtype)
    image = _channels_last(y)
    if groups == inputs * groups > 1:
        depthwise.add_to_input(image, _taps_first(weight), windows, out)
        return _channels_second(out)
    turned = _turned(windows, sizes, y.shape[2:])
    for ins, outs in _groups(inputs * groups, len(weight), groups):
        part, kernel = image[..., outs], weight[outs]
        if turned is not None and _is_cheaper_turned(windows, sizes, y.shape[2:], *kernel.shape[:2]):
            multiply_patches(part, turned, _turned_matrix(kernel), None, out[..., ins])
        elif turned is not None:
            add_rows(part, turned, kernel, out[..., ins])
        else:
            add_patches(part, np.moveaxis(kernel, (0, 1), (-2, -1)), windows, out[..., ins])
    return _channels_second(out)


@ag.primitive(
    view=False,
    samples=_weight_samples,
    multiply_adds=lambda y_shape, out_shape: _multiply_adds(y_shape, out_shape),
)
def convolution_to_weight(
    y: Any, x: Any, kernel: Sizes, stride: Sizes, padding: Pairs, dilation: Sizes, groups: int
) -> Any:
    """The gradient of a convolution's weight, from that of its result: (out, in / groups, *kernel).

    ``sum over b, t of y[b, o, t] * x[b, c, stride * t + dilation * k - padding]``.

    >>> import numpy as np
    >>> y, x = np.array([[[1.0, 10.0]]]), np.array([[[1.0, 2.0, 4.0]]])
    >>> convolution_to_weight(y, x, (2,), (1,), ((0, 0),), (1,), 1)
    array([[[21., 42.]]])
    """
    windows = Windows(kernel, stride, padding, dilation)
    outputs, inputs = y.shape[1], x.shape[1] // groups
    _check("convolution_to_weight", windows, groups, x.shape, (outputs, inputs, *kernel), y.shape)
    if _is_pointwise(windows) and groups == 1:
        return _pointwise_weight(y, _seen(x, windows)).reshape(outputs, inputs, *kernel)
    image, others = _channels_last(x), _channels_last(y)
    if groups == x.shape[1] > 1:
        return _taps_last(depthwise.weight_gradient(image, others, windows))
    out = np.empty((outputs, inputs, *kernel), x.dtype)
    for ins, outs in _groups(x.shape[1], outputs, groups):
        found: Any = multiply_patches(image[..., ins], windows, other=others[..., outs])
        out[outs] = np.moveaxis(found.reshape(*kernel, inputs, outputs // groups), (-1, -2), (0, 1))
    return out


@convolution.joint_vjp("x", "weight", "bias", stride=None, padding=None, dilation=None, groups=None)
def _convolution(
    g: Any, x: Any, weight: Any, stride: Sizes, padding: Pairs, dilation: Sizes, groups: int, wanted: tuple[bool, ...]
) -> Any:
    sizes, kernel = x.shape[2:], weight.shape[2:]
    to_x = to_weight = to_bias = None
    if wanted[0] and wanted[1] and groups == 1 and all(isinstance(a, np.ndarray) for a in (g, x, weight)):
        to_x, to_weight = _to_both(g, x, weight, Windows(kernel, stride, padding, dilation))
    if wanted[0] and to_x is None:
        to_x = convolution_to_input(g, weight, sizes, stride, padding, dilation, groups)
    if wanted[1] and to_weight is None:
        to_weight = convolution_to_weight(g, x, kernel, stride, padding, dilation, groups)
    if wanted[2]:
        to_bias = channel_sums(g)
    return to_x, to_weight, to_bias


convolution_to_input.vjp(
    y=lambda g, weight, stride, padding, dilation, groups: convolution(
        g, weight, None, stride, padding, dilation, groups
    ),
    weight=lambda g, y, weight_shape, stride, padding, dilation, groups: convolution_to_weight(
        y, g, weight_shape[2:], stride, padding, dilation, groups
    ),
    sizes=None,
    stride=None,
    padding=None,
    dilation=None,
    groups=None,
)

convolution_to_weight.vjp(
    y=lambda g, x, stride, padding, dilation, groups: convolution(x, g, None, stride, padding, dilation, groups),
    x=lambda g, y, x_shape, stride, padding, dilation, groups: convolution_to_input(
        y, g, x_shape[2:], stride, padding, dilation, groups
    ),
    kernel=None,
    stride=None,
    padding=None,
    dilation=None,
    groups=None,
)


def _to_both(g: np.ndarray, x: np.ndarray, weight: np.ndarray, windows: Windows) -> tuple[Any, Any]:
    """Both gradients from one unfolding of ``g``, or None for each where that does not serve both."""
    outputs, inputs, *kernel = weight.shape
    turned = _turned(windows, x.shape[2:], g.shape[2:])
    is_cheaper = _is_cheaper_turned(windows, x.shape[2:], g.shape[2:], outputs, inputs)
    if turned is None or not is_cheaper or _is_pointwise(windows):
        return None, None
    to_x = np.empty((len(x), *x.shape[2:], inputs), x.dtype)
    found: Any = multiply_patches(
        _channels_last(g), turned, _turned_matrix(weight), None, to_x, other=_channels_last(x)
    )
    taps = np.flip(found.reshape(*kernel, outputs, inputs), tuple(range(len(kernel))))
    return _channels_second(to_x), np.ascontiguousarray(np.moveaxis(taps, (-2, -1), (0, 1)))


def _check(operation: str, windows: Windows, groups: int, x: Sizes, weight: Sizes, y: Sizes | None = None) -> None:
    """Raise ShapeError unless these are the shapes of a convolution's input, weight and result."""
    fits = len(x) == len(weight) == len(windows.kernel) + 2 and weight[1] * groups == x[1] and weight[0] % groups == 0
    if fits and all(weight):
        counts = windows.counts(x[2:])
        if min(counts) > 0 and y in (None, (x[0], weight[0], *counts)):
            return
    result = "" if y is None else f" and a result of shape {y}"
    raise ag.errors.ShapeError(
        f"{place(operation)}: an input of shape {x}, a weight of shape {weight} and groups={groups}{result} are of no "
        f"convolution with stride={windows.stride}, padding={windows.padding} and dilation={windows.dilation}. Want "
        "(batch, in, *sizes), (out, in / groups, *kernel) and (batch, out, *counts), a kernel that finds a place, and "
        "no axis but the batch empty."
    )


# --- a transposed convolution of stride 1 as a convolution ----------------------------------------------


def _turned(windows: Windows, sizes: Sizes, counts: Sizes) -> Windows | None:
    """The windows over the results which each element of the input is in; None where they are not evenly spread."""
    if any(step != 1 for step in windows.stride):
        return None
    rows = zip(windows.spans(), windows.padding, sizes, counts, strict=True)
    padding = tuple([(span - 1 - low, size + low - count) for span, (low, _), size, count in rows])
    return None if any(n < 0 for pair in padding for n in pair) else windows._replace(padding=padding)


def _is_cheaper_turned(windows: Windows, sizes: Sizes, counts: Sizes, outputs: int, inputs: int) -> bool:
    """Whether copying the patches of the results costs less than adding those of the input, read and written again."""
    return math.prod(sizes) * outputs <= 2 * math.prod(counts) * inputs


def _turned_matrix(weight: np.ndarray) -> np.ndarray:
    """(out, in, *kernel) -> (in, taps * out), the kernel turned around."""
    turned = np.flip(weight, tuple(range(2, weight.ndim)))
    return np.moveaxis(turned, 0, -1).reshape(weight.shape[1], math.prod(weight.shape[2:]) * len(weight))


# --- kernels of one element -----------------------------------------------------------------------------


def _is_pointwise(windows: Windows) -> bool:
    """Whether each result sees one element: then it is a product, and with a stride of 1 nothing is copied."""
    return all(k == 1 for k in windows.kernel) and not any(map(any, windows.padding))


def _seen(x: np.ndarray, windows: Windows) -> np.ndarray:
    """The elements that results see, (batch, channels, *sizes) -> (batch, channels, *counts): a view."""
    if all(step == 1 for step in windows.stride):
        return x
    where: tuple[Any, ...] = (..., *[slice(None, None, step) for step in windows.stride])
    seen: np.ndarray = x[where]
    return seen


def _unseen(y: np.ndarray, sizes: Sizes, windows: Windows) -> np.ndarray:
    """Zeros but for ``y`` where `_seen` looks, (batch, channels, *counts) -> (batch, channels, *sizes)."""
    if all(step == 1 for step in windows.stride):
        return y
    x = _channels_second(np.zeros((len(y), *sizes, y.shape[1]), y.dtype))
    _seen(x, windows)[...] = y
    return x


def _pointwise(x: np.ndarray, weight: np.ndarray, bias: Any) -> Any:
    """A product of the channels, in the order of memory that ``x`` has: (batch, in, *sizes) -> (batch, out, *sizes)."""
    batch, inputs, *sizes = x.shape
    if x.flags.c_contiguous:
        with calm():
            out = weight @ x.reshape(batch, inputs, math.prod(sizes))
        if bias is not None:
            out += bias[:, None]
        return out.reshape(batch, len(weight), *sizes)
    with calm():
        rows = rows_of(_channels_last(x)) @ weight.T
    if bias is not None:
        rows += bias
    return _channels_second(rows.reshape(batch, *sizes, len(weight)))


def _pointwise_weight(y: np.ndarray, x: np.ndarray) -> np.ndarray:
    """``sum over b and t of y[b, o, t] * x[b, c, t]``: (out, in)."""
    with calm():
        product: np.ndarray = rows_of(_channels_last(y)).T @ rows_of(_channels_last(x))
    return product


# --- orders of axes -------------------------------------------------------------------------------------


def _channels_last(x: np.ndarray) -> np.ndarray:
    """(batch, channels, *sizes) -> (batch, *sizes, channels), a view."""
    return x.transpose(0, *range(2, x.ndim), 1)


def _channels_second(x: np.ndarray) -> np.ndarray:
    """(batch, *sizes, channels) -> (batch, channels, *sizes), a view."""
    return x.transpose(0, x.ndim - 1, *range(1, x.ndim - 1))


def _as_matrix(weight: np.ndarray) -> np.ndarray:
    """(out, in, *kernel) -> (out, taps * in), as patches have their elements."""
    return np.moveaxis(weight, 1, -1).reshape(len(weight), math.prod(weight.shape[1:]))


def _taps_first(weight: np.ndarray) -> np.ndarray:
    """A weight of one input channel a group, (out, 1, *kernel) -> (*kernel, out)."""
    return np.ascontiguousarray(np.moveaxis(weight[:, 0], 0, -1))


def _taps_last(taps: np.ndarray) -> np.ndarray:
    """(*kernel, out) -> (out, 1, *kernel)."""
    return np.ascontiguousarray(np.moveaxis(taps, -1, 0))[:, None]


def _groups(inputs: int, outputs: int, groups: int) -> list[tuple[slice, slice]]:
    """The channels of input and output that belong together."""
    ins, outs = inputs // groups, outputs // groups
    return [(slice(i * ins, (i + 1) * ins), slice(i * outs, (i + 1) * outs)) for i in range(groups)]


def channel_sums(x: Any) -> Any:
    """(batch, channels, *sizes) -> (channels): sums over all else."""
    if isinstance(x, np.ndarray):
        image = _channels_last(x)
        if image.flags.c_contiguous:
            rows = image.reshape(x.size // (x.shape[1] or 1), x.shape[1])
            with calm():
                return np.matmul(ones(len(rows), rows.dtype), rows)
    return np.sum(x, axis=(0, *range(2, x.ndim)))
