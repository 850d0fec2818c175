"""The linear map of the last axis: x @ weight.T + bias."""

from __future__ import annotations

import math
from typing import Any

import numpy as np

import autograd as ag
from autograd.parallel import calm
from nn.kernels.checks import check_floats, place
from nn.kernels.constants import ones


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
    with calm():
        out = packed(x if x.ndim < 3 else _rows(x)) @ weight.T
    if bias is not None:
        out += bias
    return out if x.ndim < 3 else out.reshape(*x.shape[:-1], weight.shape[0])


@linear.joint_vjp("x", "weight", "bias")
def _linear(g: Any, x: Any, weight: Any, wanted: tuple[bool, bool, bool]) -> Any:
    """Closed under differentiation: products again, so a second derivative runs as fast as the first."""
    rows, x_rows = (g, x) if x.ndim == 2 else (_rows(g), _rows(x))
    rows = packed(rows)
    with calm():
        to_x = rows @ weight if wanted[0] else None
        to_weight = rows.T @ packed(x_rows) if wanted[1] else None
        to_bias = np.matmul(ones(rows.shape[0], rows.dtype), rows) if wanted[2] else None
    return to_x if x.ndim == 2 or to_x is None else np.reshape(to_x, x.shape), to_weight, to_bias


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
