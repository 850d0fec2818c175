"""The linear map of the last axis: x @ weight.T + bias.

Products that follow one another are left to BLAS's threads. Between kernels that work in pieces these are held to one
(`autograd.parallel.calm`), and large products are split into pieces too: half the time of one thread.
"""

from __future__ import annotations

import math
from typing import Any

import numpy as np

import autograd as ag
from autograd.parallel import calm, in_pieces, is_calm
from nn.kernels.checks import check_floats, place
from nn.kernels.constants import ones

WORTH_THREADS = 1 << 24  # multiplications: a fifth of a millisecond in one thread
PIECES = 64  # of rows and columns, that any number of threads gets an even share


def _samples(rng: np.random.Generator) -> tuple[Any, ...]:
    inside, outside = rng.integers(1, 4, 2)
    leading = tuple(rng.integers(0, 4, rng.integers(0, 3)))
    x, weight = rng.normal(size=(*leading, inside)), rng.normal(size=(outside, inside))
    return (x, weight) if rng.random() < 0.3 else (x, weight, rng.normal(size=outside))


@ag.primitive(
    view=False,
    samples=_samples,
    multiply_adds=lambda x_shape, out_shape: math.prod(out_shape) * x_shape[-1],
)
def linear(x: Any, weight: Any, bias: Any = None) -> Any:
    """``x @ weight.T + bias``: (..., in), (out, in), (out,) -> (..., out); without a bias if that is None.

    Raises ShapeError where x's last axis is not ``in`` long, DtypeError where float widths differ.

    >>> import numpy as np
    >>> linear(np.ones((1, 2)), np.array([[1.0, 2.0]]), np.array([10.0]))
    array([[13.]])
    """
    try:
        fits = x.shape[-1] == weight.shape[1] and x.dtype == weight.dtype
    except (AttributeError, IndexError):
        fits = False
    if not fits:
        _refuse(x, weight)
    rows = packed(x if x.ndim < 3 else _rows(x))
    if _are_split(rows.size * weight.shape[0], rows):
        out = _map_in_pieces(rows, weight, bias)
    else:
        with calm():
            out = _map(rows, weight, bias, None)
    return out if x.ndim < 3 else out.reshape(*x.shape[:-1], weight.shape[0])


def _map(rows: Any, weight: Any, bias: Any, out: Any) -> Any:
    out = np.matmul(rows, weight.T, out=out)
    if bias is not None:
        out += bias
    return out


def _map_in_pieces(rows: Any, weight: Any, bias: Any) -> Any:
    """The same, the larger operand in pieces: BLAS brings the other one into an order of its own for each of them."""
    count, outside = rows.shape[0], weight.shape[0]
    out = np.empty_like(rows, shape=(count, outside), order="C")

    def work(start: int, stop: int) -> None:
        if count >= outside:
            _map(rows[start:stop], weight, bias, out[start:stop])
        else:
            part = slice(start, stop)
            _map(rows, weight[part], None if bias is None else bias[part], out[:, part])

    in_pieces(work, max(count, outside))
    return out


@linear.joint_vjp("x", "weight", "bias")
def _linear(g: Any, x: Any, weight: Any, wanted: tuple[bool, bool, bool]) -> Any:
    """Closed under differentiation: products again, so a second derivative runs as fast as the first."""
    rows, x_rows = (g, x) if x.ndim == 2 else (_rows(g), _rows(x))
    rows, x_rows = packed(rows), packed(x_rows)
    if _are_split(math.prod(rows.shape) * weight.shape[1] * sum(wanted[:2]), rows, x_rows, weight):
        to_x, to_weight, to_bias = _gradients_in_pieces(rows, x_rows, weight, wanted)
    else:
        with calm():
            to_x = rows @ weight if wanted[0] else None
            to_weight = rows.T @ x_rows if wanted[1] else None
            to_bias = np.matmul(ones(rows.shape[0], rows.dtype), rows) if wanted[2] else None
    return to_x if x.ndim == 2 or to_x is None else np.reshape(to_x, x.shape), to_weight, to_bias


def _gradients_in_pieces(g: Any, x: Any, weight: Any, wanted: tuple[bool, bool, bool]) -> tuple[Any, Any, Any]:
    """The same products: for x pieces of its longer axis, for the weight and the bias pieces of the columns of g."""
    (count, outside), inside = g.shape, weight.shape[1]
    to_x = np.empty_like(x, shape=(count, inside), order="C") if wanted[0] else None
    to_weight = np.empty_like(weight, shape=(outside, inside), order="C") if wanted[1] else None
    to_bias = np.empty_like(g, shape=outside) if wanted[2] else None
    one = ones(count, g.dtype)

    def work(start: int, stop: int) -> None:
        rows, columns, inputs = (slice(n * start // PIECES, n * stop // PIECES) for n in (count, outside, inside))
        if to_x is not None and count >= inside:
            np.matmul(g[rows], weight, out=to_x[rows])
        elif to_x is not None:
            np.matmul(g, weight[:, inputs], out=to_x[:, inputs])
        if to_weight is not None:
            np.matmul(g[:, columns].T, x, out=to_weight[columns])
        if to_bias is not None:
            np.matmul(one, g[:, columns], out=to_bias[columns])

    in_pieces(work, PIECES)
    return to_x, to_weight, to_bias


def _are_split(multiplications: int, *operands: Any) -> bool:
    """Whether products of these arrays are worth pieces, in the course of work in pieces, which keeps BLAS calm."""
    is_enough = multiplications >= WORTH_THREADS and all(isinstance(x, np.ndarray) for x in operands)
    return is_enough and is_calm()


def _rows(x: Any) -> Any:
    return np.reshape(x, (math.prod(x.shape[:-1]), x.shape[-1]))


def packed(x: Any) -> Any:
    """An array without gaps or repetition in memory: what BLAS cannot take costs NumPy five times as long."""
    return x if not isinstance(x, np.ndarray) or x.flags.forc else np.ascontiguousarray(x)


def _refuse(x: Any, weight: Any) -> None:
    """Raise the error that says how ``x`` does not fit."""
    check_floats("linear", input=x, weight=weight)
    outside, inside = weight.shape
    if x.ndim and x[0].size == inside:
        remedy = "Flatten each sample to one axis: nn.Flatten(), or x.reshape(len(x), -1)."
    elif x.ndim == 2 and x.shape[0] == inside:
        remedy = "It looks transposed: give x.T."
    else:
        remedy = f"Make the layer for this input, nn.Linear({x.shape[-1] if x.ndim else 1}, {outside}), or change it."
    raise ag.errors.ShapeError(
        f"{place('linear')}: want an input of shape (..., {inside}) for a weight of shape {weight.shape}, got "
        f"{x.shape}. {remedy}"
    )
