"""Normalization by channel: statistics of a batch, and the affine map of each channel, in few passes over memory.

What is computed is computed block by block, each so small that it stays in the second-level cache from one operation
to the next. Numbers of channels are spread out beforehand so that operations on a block need not broadcast.
"""

from __future__ import annotations

import math
from typing import Any

import numpy as np

import autograd as ag
from autograd.parallel import in_pieces
from nn.kernels.blocks import BLOCK, WORTH_THREADS, WORTH_TILES, block_rows, blocks
from nn.kernels.checks import check_floats, wrong_shape
from nn.kernels.constants import ones

SHORT = 64  # elements of an image, below which sums are quicker over columns that are whole samples
FAR = 30.0  # how many variances a squared mean may be before rounding would be felt in what is not centred


# --- the matrix of channels -----------------------------------------------------------------------------


class Lines:
    """How (batch, channels, ...) lies in memory: seen as a matrix, each row or each column belongs to one channel.

    Attributes
    ----------
    is_last: whether channels come last in memory.
    length: of the stretches of memory that belong to one channel.
    period: after how many elements the same channel begins again.
    """

    __slots__ = ("channels", "count", "is_last", "length", "period", "shape")

    def __init__(self, x: np.ndarray) -> None:
        self.shape = x.shape
        self.channels = x.shape[1]
        self.is_last = x.ndim == 2 or (not x.flags.c_contiguous and np.moveaxis(x, 1, -1).flags.c_contiguous)
        self.length = 1 if self.is_last else math.prod(x.shape[2:])
        self.period = self.channels * self.length
        self.count = max(1, x.size // (self.channels or 1))  # values a channel; the mean of none is then 0

    def flat(self, x: np.ndarray) -> np.ndarray:
        """``x`` in the order of memory, one axis: a view where it lies so, else a copy."""
        x = np.moveaxis(x, 1, -1) if self.is_last and x.ndim > 2 else x
        return np.ascontiguousarray(x).reshape(-1)

    def back(self, flat: np.ndarray) -> np.ndarray:
        """What `flat` gave, in the shape of the array again."""
        if not self.is_last or len(self.shape) == 2:
            return flat.reshape(self.shape)
        return np.moveaxis(flat.reshape(self.shape[0], *self.shape[2:], self.channels), -1, 1)

    def as_column(self, values: Any, dtype: np.dtype[Any]) -> np.ndarray | None:
        """A number for each channel as one for each of the stretches of memory, (stretches, 1)."""
        return None if values is None else np.tile(values.astype(dtype, copy=False), self.shape[0])[:, None]

    def as_rows(self, values: Any, dtype: np.dtype[Any], rows: int) -> np.ndarray | None:
        """A number for each channel as one for each element of ``rows`` periods; one row if few."""
        if values is None:
            return None
        values = values.astype(dtype, copy=False)
        row = values if self.length == 1 else np.repeat(values, self.length)
        if rows * self.period < WORTH_TILES:
            return row[None]
        return np.tile(row, (rows, 1))  # so that NumPy runs through a block as one line: half the time


def channel_sums(lines: Lines, x: np.ndarray, by: Any = None, centre: Any = None) -> np.ndarray:
    """Sums of ``by`` and of ``by * (x - centre)`` over each channel, (2, channels), float64.

    Parameters
    ----------
    x, by: flat; ``by`` is ``x - centre`` if None.
    centre: a number for each channel, or None for 0.
    """
    dtype = x.dtype
    are_rows = lines.length >= SHORT
    columns = lines.length if are_rows else lines.period
    x = x.reshape(-1, columns) if columns else x.reshape(0, 1)
    by = by if by is None else by.reshape(x.shape)
    step = block_rows(len(x), columns)
    wide = lines.as_column(centre, dtype) if are_rows else lines.as_rows(centre, dtype, step)
    one = ones(columns if are_rows else step, dtype)

    def work(first: int, last: int) -> np.ndarray:
        buffer = np.empty((step, columns), dtype)
        found = np.zeros((2, last - first if are_rows else columns))
        for block in blocks(first, last, step):
            t = x[block]
            product = buffer[: len(t)]
            if wide is not None:
                t = np.subtract(t, wide[block] if are_rows else wide[: len(t)], out=product)
            g = t if by is None else by[block]
            if are_rows:
                here = slice(block.start - first, block.stop - first)
                found[0, here] = g @ one
                found[1, here] = np.vecdot(g, t)
            else:
                one_each = one[: len(t)]
                found[0] += one_each @ g
                found[1] += one_each @ np.multiply(g, t, out=product)
        return found

    parts = in_pieces(work, len(x), is_worth_it=x.size > WORTH_THREADS)
    sums: np.ndarray = np.concatenate(parts, axis=1) if are_rows else sum(parts[1:], start=parts[0])
    if are_rows:
        sums = sums.reshape(2, -1, lines.channels).sum(1)
    elif lines.length != 1:
        sums = sums.reshape(2, lines.channels, lines.length).sum(2)
    return sums


def channel_map(
    lines: Lines, x: np.ndarray, scale: Any, shift: Any = None, centre: Any = None, by: Any = None, by_scale: Any = None
) -> np.ndarray:
    """``(x - centre) * scale + by * by_scale + shift``, a new flat array; numbers for each channel, or None.

    Parameters
    ----------
    x, by: flat; there is no second term where ``by`` is None.
    """
    dtype = x.dtype
    out = np.empty(x.shape, dtype)
    if not x.size:
        return out
    is_column = lines.period > BLOCK and lines.length >= SHORT
    columns = lines.length if is_column else lines.period
    x, made = x.reshape(-1, columns), out.reshape(-1, columns)
    by = by if by is None else by.reshape(x.shape)
    step = block_rows(len(x), columns)
    scale, shift, centre, by_scale = [
        lines.as_column(part, dtype) if is_column else lines.as_rows(part, dtype, step)
        for part in (scale, shift, centre, by_scale)
    ]

    def work(first: int, last: int) -> None:
        buffer = None if by is None else np.empty((step, columns), dtype)
        for block in blocks(first, last, step):
            part = block if is_column else slice(0, block.stop - block.start)
            t, o = x[block], made[block]
            if centre is not None:
                t = np.subtract(t, centre[part], out=o)
            np.multiply(t, scale[part], out=o)
            if buffer is not None:
                o += np.multiply(by[block], by_scale[part], out=buffer[: len(o)])
            if shift is not None:
                o += shift[part]

    in_pieces(work, len(x), is_worth_it=x.size > WORTH_THREADS)
    return out


def check_channels(operation: str, x: Any, **vectors: Any) -> None:
    """Raise ShapeError unless x is (batch, channels, ...) and the others (channels) or None, DtypeError for dtypes."""
    try:
        shape, dtype = x.shape[1:2], x.dtype
        fits = [v is None or (v.shape == shape and v.dtype == dtype) for v in vectors.values()]
        if shape and dtype.kind == "f" and all(fits):
            return
    except AttributeError:
        pass
    given = {name: v for name, v in vectors.items() if v is not None}
    check_floats(operation, input=x, **given)
    if x.ndim < 2:
        raise wrong_shape(operation, "an input of shape (batch, channels, ...)", x, "A batch of one is x[None].")
    for name, v in given.items():
        if v.shape != x.shape[1:2]:
            channels = v.shape[0] if v.ndim == 1 else "channels"
            remedy = f"Make the layer for {x.shape[1]} channels, or change the input."
            if v.ndim == 1 and x.shape[-1] == channels:
                remedy = "Its channels look last: np.moveaxis(x, -1, 1) brings them to axis 1."
            raise wrong_shape(
                operation, f"an input of shape (batch, {channels}, ...) for {name} of shape {v.shape}", x, remedy
            )


def broadcastable(v: Any, ndim: int) -> Any:
    """A number for each channel, (channels), as (channels, 1, ...), which meets (batch, channels, ...)."""
    return np.reshape(v, (v.shape[0],) + (1,) * (ndim - 2))


# --- batch normalization --------------------------------------------------------------------------------


def batch_norm_by_definition(x: Any, weight: Any = None, bias: Any = None, eps: float = 1e-5) -> Any:
    """``(x - mean) / sqrt(var + eps) * weight + bias``, the mean and the variance."""
    axes = (0, *range(2, x.ndim))
    mean = np.mean(x, axis=axes, keepdims=True)
    centred = x - mean
    var = np.mean(centred * centred, axis=axes, keepdims=True)
    out = centred / np.sqrt(var + eps)
    if weight is not None:
        out = out * broadcastable(weight, x.ndim)
    if bias is not None:
        out = out + broadcastable(bias, x.ndim)
    return out, np.reshape(mean, x.shape[1]), np.reshape(var, x.shape[1])


def _batch_norm_samples(rng: np.random.Generator) -> tuple[Any, ...]:
    channels = int(rng.integers(1, 4))
    shape = [(int(rng.integers(3, 6)), channels), (2, channels, 3), (1, channels, 2, 3)][rng.integers(3)]
    x = rng.normal(size=shape) * 2 + rng.choice([0.0, 0.0, 30.0])
    if rng.random() < 0.4:
        x = np.moveaxis(np.ascontiguousarray(np.moveaxis(x, 1, -1)), -1, 1)
    weight = rng.normal(size=channels) if rng.random() < 0.7 else None
    bias = rng.normal(size=channels) if rng.random() < 0.7 else None
    return x, weight, bias, float(rng.choice([1e-5, 0.1]))


@ag.primitive(view=False, reference=batch_norm_by_definition, samples=_batch_norm_samples)
def batch_norm(x: Any, weight: Any = None, bias: Any = None, eps: float = 1e-5) -> Any:
    """Each channel less its mean, by its deviation; also the means and (biased) variances.

    (batch, channels, ...), (channels), (channels) -> (batch, channels, ...), (channels), (channels).

    Ioffe and Szegedy, 2015. Variances come from sums of squares, about the mean where that is far from 0.

    >>> import numpy as np
    >>> out, mean, var = batch_norm(np.array([[1.0], [3.0]]), eps=0.0)
    >>> out.tolist(), mean.tolist(), var.tolist()
    ([[-1.0], [1.0]], [2.0], [1.0])
    """
    check_channels("batch_norm", x, weight=weight, bias=bias)
    lines = Lines(x)
    flat = lines.flat(x)
    mean, var, centre = _moments(lines, flat)
    inverse = 1 / np.sqrt(var + eps)
    scale = inverse if weight is None else inverse * weight
    shift = (centre - mean) * scale if centre is not None else -mean * scale
    out = lines.back(channel_map(lines, flat, scale, shift if bias is None else shift + bias, centre))
    return (out, mean.astype(x.dtype), var.astype(x.dtype)), (lines, mean, inverse, centre)


def _moments(lines: Lines, x: np.ndarray) -> tuple[np.ndarray, np.ndarray, np.ndarray | None]:
    """Means and variances, float64, and what the values are to be centred by before more is computed, or None."""
    mean, square = channel_sums(lines, x) / lines.count
    var = square - mean * mean
    if not (mean * mean > FAR * var).any():
        return mean, var, None
    centre = mean.astype(x.dtype)
    beside, square = channel_sums(lines, x, centre=centre) / lines.count
    return centre + beside, square - beside * beside, centre


@batch_norm.joint_vjp("x", "weight", "bias")
def _batch_norm(g: Any, x: Any, weight: Any, saved: Any, wanted: tuple[bool, bool, bool]) -> Any:
    """With n values a channel: ``inverse * weight * (g - sum(g) / n - normal * sum(g * normal) / n)``."""
    lines, mean, inverse, centre = saved
    to_out, to_mean, to_var = g
    x = lines.flat(x)
    by = np.zeros_like(x) if to_out is None else lines.flat(to_out)
    beside = mean if centre is None else mean - centre  # the mean of what is centred
    total, products = channel_sums(lines, x, by, centre)
    products = (products - beside * total) * inverse
    to_weight, to_bias = products.astype(x.dtype), total.astype(x.dtype)
    if not wanted[0]:
        return None, to_weight, to_bias
    scale = inverse if weight is None else inverse * weight
    slope = -scale * inverse * products / lines.count
    if to_var is not None:
        slope = slope + to_var * (2 / lines.count)
    shift = -scale * total / lines.count - slope * beside
    if to_mean is not None:
        shift = shift + to_mean / lines.count
    return lines.back(channel_map(lines, x, slope, shift, centre, by, scale)), to_weight, to_bias


# --- the affine map of channels -------------------------------------------------------------------------


def channel_affine_by_definition(x: Any, scale: Any, shift: Any = None) -> Any:
    """``x * scale + shift``."""
    out = x * broadcastable(scale, x.ndim)
    return out if shift is None else out + broadcastable(shift, x.ndim)


def _channel_affine_samples(rng: np.random.Generator) -> tuple[Any, ...]:
    channels = int(rng.integers(1, 4))
    shape = [(2, channels), (2, channels, 3), (1, channels, 2, 1), (0, channels, 2)][rng.integers(4)]
    shift = rng.normal(size=channels) if rng.random() < 0.7 else None
    return rng.normal(size=shape), rng.normal(size=channels), shift


@ag.primitive(view=False, reference=channel_affine_by_definition, samples=_channel_affine_samples)
def channel_affine(x: Any, scale: Any, shift: Any = None) -> Any:
    """``x * scale + shift`` with a scale and a shift for each channel, in one pass.

    (batch, channels, ...), (channels), (channels) -> (batch, channels, ...); without a shift if that is None.

    >>> import numpy as np
    >>> channel_affine(np.array([[1.0, 2.0]]), np.array([10.0, 100.0]), np.array([1.0, 0.0]))
    array([[ 11., 200.]])
    """
    check_channels("channel_affine", x, scale=scale, shift=shift)
    lines = Lines(x)
    return lines.back(channel_map(lines, lines.flat(x), scale, shift)), lines


@channel_affine.joint_vjp("x", "scale", "shift")
def _channel_affine(g: Any, x: Any, scale: Any, saved: Any, wanted: tuple[bool, bool, bool]) -> Any:
    lines = saved
    by = lines.flat(g)
    to_x = lines.back(channel_map(lines, by, scale)) if wanted[0] else None
    if not (wanted[1] or wanted[2]):
        return to_x, None, None
    total, products = channel_sums(lines, lines.flat(x), by).astype(x.dtype)
    return to_x, products, total
