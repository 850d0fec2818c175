"""Elementwise functions that are no ufuncs of NumPy: activations, special functions, interpolation."""

from __future__ import annotations

import math
from typing import Any

import numpy as np

from autograd.blockwise import by_blocks
from autograd.composites import composite
from autograd.errors import ShapeError
from autograd.primitives import elementwise, primitive
from autograd.registry import ops
from autograd.rules._erf import erf as _erf
from autograd.rules._sinc import sinc_derivative
from autograd.rules.elementwise import OFF_ZERO, POSITIVE
from autograd.spec import Axis, Choice, Real, draw_shape


@by_blocks
@np.errstate(over="ignore")
def _sigmoid(x: Any) -> Any:
    """1 / (1 + exp(-x)), with all digits for each x; where the exponential overflows, 0 in place of denormals."""
    return 1 / (1 + np.exp(0.0 - x))  # `-` of an unsigned integer would wrap


@by_blocks
def _softplus(x: Any) -> Any:
    return np.maximum(x, 0) + np.log1p(np.exp(0.0 - np.abs(x)))


@by_blocks
def _logsigmoid(x: Any) -> Any:
    return np.minimum(x, 0) - np.log1p(np.exp(0.0 - np.abs(x)))


def _logit(x: Any) -> Any:
    """log(x / (1 - x)), near 1/2 as 2 artanh(2 x - 1), which is exact where the logarithm vanishes."""
    x = np.asarray(x)
    with np.errstate(divide="ignore", invalid="ignore"):
        return np.where(np.abs(x - 0.5) < 0.2, 2 * np.arctanh(2 * x - 1), np.log(x / (1 - x)))[()]


def _times_log(log: Any, x: Any, y: Any) -> Any:
    """x * log(y), and 0 where x is 0; as arrays of one dtype, which Python's numbers do not widen."""
    x, y = (a if isinstance(a, (int, float)) else np.asarray(a) for a in (x, y))
    dtype = np.result_type(x, y)
    x, y = np.asarray(x, dtype), np.asarray(y, dtype)
    with np.errstate(divide="ignore", invalid="ignore"):
        return np.where(np.logical_and(x == 0, np.logical_not(np.isnan(y))), 0, x * log(y))[()]


def _entr(x: Any) -> Any:
    x = np.asarray(x)
    return np.where(x < 0, -np.inf, -_times_log(np.log, x, x))[()]


def off_pole(g: Any, x: Any, y: Any, pole: float) -> Any:
    """y, and where x is 0 and y at the pole of the logarithm, its zero: both derivatives of x log(y) are 0 there."""
    return np.where(np.logical_and(x == 0, y <= pole), np.full_like(g, pole + 1), y)


# A table is read by its rows.
# fmt: off

# --- activations ----------------------------------------------------------------------------------------

elementwise(
    _sigmoid, "Logistic function, ``1 / (1 + exp(-x))``.", name="sigmoid", example=(1.1, 0.7503, 0.1874),
    x=lambda g, out: g * out * (1 - out)
)
elementwise(
    _logsigmoid, "Logarithm of the logistic function, ``-log(1 + exp(-x))``.", name="logsigmoid",
    example=(1.0, -0.3133, 0.2689), x=lambda g, x: g * ops.functions["sigmoid"](-x)
)
elementwise(
    lambda x: np.maximum(x, 0), "Rectifier, ``max(x, 0)``, as `torch.relu`; its derivative at 0 is taken as 0.",
    name="relu", domain=OFF_ZERO, example=(2.0, 2.0, 1.0), x=lambda g, out: g * (out > 0)
)
elementwise(
    _softplus, "``log(1 + exp(x))``, a smooth rectifier.", name="softplus", example=(1.0, 1.3133, 0.7311),
    x=lambda g, x: g * ops.functions["sigmoid"](x)
)

# --- special functions ----------------------------------------------------------------------------------

elementwise(
    _erf, "Error function, ``2 / sqrt(pi)`` times the integral of ``exp(-t * t)`` from 0 to x.", name="erf",
    example=(0.5, 0.5205, 0.8788), x=lambda g, x: g * (2 / math.sqrt(math.pi)) * np.exp(-x * x)
)
elementwise(
    _logit, "``log(x / (1 - x))``, the inverse of the logistic function, for 0 < x < 1.", name="logit",
    domain=Real(0.05, 0.95), example=(0.75, 1.0986, 5.3333), x=lambda g, x: g / (x * (1 - x))
)
elementwise(
    lambda x, y: _times_log(np.log, x, y), "``x * log(y)``, and 0 where x is 0; of x = y = 0 with derivatives 0.",
    name="xlogy", domain=(Real(), POSITIVE), example=(2.0, 3.0, 2.1972, 1.0986, 0.6667),
    x=lambda g, x, y: ops.functions["xlogy"](g, off_pole(g, x, y, 0)),
    y=lambda g, x, y: g * x / off_pole(g, x, y, 0)
)
elementwise(
    lambda x, y: _times_log(np.log1p, x, y),
    "``x * log(1 + y)``, and 0 where x is 0; of x = 0, y = -1 with derivatives 0.",
    name="xlog1py", domain=(Real(), Real(-0.8, 3.0)), example=(2.0, 2.0, 2.1972, 1.0986, 0.6667),
    x=lambda g, x, y: ops.functions["xlog1py"](g, off_pole(g, x, y, -1)),
    y=lambda g, x, y: g * x / (1 + off_pole(g, x, y, -1))
)
elementwise(
    _entr, "Entropy's summand ``-x * log(x)``, 0 at 0, where its derivative is infinite, and -inf below.", name="entr",
    domain=POSITIVE, example=(0.5, 0.3466, -0.3069), x=lambda g, x: -g * (np.log(x) + 1)
)

# fmt: on

ops.enter_function("expit", ops.functions["sigmoid"], is_method=False)


@primitive(numpy=np.sinc, elementwise=True, domain=Real(), arguments={"n": Choice(0, 1, 2)})
def sinc(x: Any, n: int = 0) -> Any:
    """sin(pi x) / (pi x), and 1 at 0, or its ``n``-th derivative: (...) -> (...), smooth at 0 at every order.

    >>> import autograd as ag, numpy as np
    >>> np.round(ag.sinc(ag.tensor([0.0, 0.5])), 3), np.round(ag.sinc(ag.tensor([0.0, 0.5]), n=2), 3)
    (Tensor([1.   , 0.637], dtype=float32), Tensor([-3.29, -1.19], dtype=float32))
    """
    return sinc_derivative(x, n) if n else np.sinc(x)


sinc.vjp(x=lambda g, x, n: g * sinc(x, n + 1))


@primitive(elementwise=True, domain=(Real(), Real(), Real(-0.5, 1.5)))
def lerp(x: Any, y: Any, weight: Any) -> Any:
    """``(1 - weight) * x + weight * y``, the straight line from x to y: (...), (...), (...) -> (...).

    >>> import autograd as ag
    >>> ag.lerp(ag.tensor([0.0, 10.0]), ag.tensor([4.0, 20.0]), 0.25)
    Tensor([ 1. , 12.5], dtype=float32)
    """
    return (1 - weight) * x + weight * y


lerp.vjp(x=lambda g, weight: g * (1 - weight), y=lambda g, weight: g * weight, weight=lambda g, x, y: g * (y - x))


def _below_top(x: Any, axis: Any) -> Any:
    """``x`` less its largest element along the axis, so that no exponential overflows."""
    x = np.asarray(x)
    x = x if x.dtype.kind == "f" else x.astype(np.float64)
    return x - np.maximum.reduce(x, axis, keepdims=True, initial=-np.inf)


@primitive(domain=Real(), arguments={"axis": Axis(many=True)})
def softmax(x: Any, axis: int | tuple[int, ...] | None = -1) -> Any:
    """``exp(x) / sum(exp(x))`` over axes, without overflow: (...) -> (...), positive and adding up to 1.

    SciPy's goes over all axes by default, this one over the last. An element of -inf gets 0; where all are -inf,
    nan. Raises ArgumentError for an axis that x has not.

    >>> import autograd as ag
    >>> ag.softmax(ag.tensor([0.0, 0.0, -float("inf")]))
    Tensor([0.5, 0.5, 0. ], dtype=float32)
    """
    out = np.exp(_below_top(x, axis))
    return out / np.add.reduce(out, axis, keepdims=True)


softmax.vjp(x=lambda g, out, axis: out * (g - np.sum(g * out, axis, keepdims=True)))


@primitive(domain=Real(), arguments={"axis": Axis(many=True)})
def log_softmax(x: Any, axis: int | tuple[int, ...] | None = -1) -> Any:
    """``x - log(sum(exp(x)))`` over axes, without overflow: (...) -> (...), at most 0.

    SciPy's goes over all axes by default, this one over the last. An element of -inf stays -inf; where all are, nan.
    Raises ArgumentError for an axis that x has not.

    >>> import autograd as ag
    >>> ag.log_softmax(ag.tensor([0.0, 0.0, -float("inf")]))
    Tensor([-0.6931472, -0.6931472,       -inf], dtype=float32)
    """
    out = _below_top(x, axis)
    with np.errstate(divide="ignore"):  # log(0) is -inf, of no elements
        return out - np.log(np.add.reduce(np.exp(out), axis, keepdims=True))


log_softmax.vjp(x=lambda g, out, axis: g - np.exp(out) * np.sum(g, axis, keepdims=True))


def _interp_samples(rng: np.random.Generator) -> tuple[Any, ...]:
    """Points in the segments of a table or outside it, at least 0.02 from each knot."""
    count = int(rng.integers(1, 6))
    xp = np.cumsum(rng.uniform(0.2, 1.0, count))
    edges = np.concatenate([[xp[0] - 1.0], xp, [xp[-1] + 1.0]])
    shape = draw_shape(rng)
    segment = rng.integers(0, count + 1, shape)
    x = edges[segment] + rng.uniform(0.1, 0.9, shape) * (edges[segment + 1] - edges[segment])
    limits = (float(rng.normal()), float(rng.normal())) if rng.random() < 0.5 else ()
    return x, xp, rng.normal(size=count), *limits


@composite(numpy=np.interp, samples=_interp_samples)
def interp(x: Any, xp: Any, fp: Any, left: Any = None, right: Any = None) -> Any:
    """Values at ``x`` of the lines that join points ``(xp, fp)``: (...), (points,), (points,) -> (...).

    Differentiable in all of them. At a knot the slope is that of the line to its right, at the last one of the line to
    its left. NumPy's own result is always double precision; this one has the dtype of its arguments.

    Parameters
    ----------
    x: where to evaluate.
    xp, fp: abscissas in rising order, and the values there.
    left, right: values below and above all of ``xp``; by default the first and the last of ``fp``.

    Raises ShapeError unless ``xp`` and ``fp`` are two equally long rows of at least one number, ArgumentError for
    NumPy's ``period``.

    >>> import autograd as ag
    >>> ag.interp(ag.tensor([0.5, 1.5, 9.0]), [0.0, 1.0, 2.0], [0.0, 10.0, 30.0])
    Tensor([ 5., 20., 30.], dtype=float64)
    """
    if np.ndim(xp) != 1 or np.shape(xp) != np.shape(fp) or not np.size(xp):
        raise ShapeError(
            f"interp: xp has shape {np.shape(xp)} and fp {np.shape(fp)}; give two rows of the same length, at least 1."
        )
    xp, fp = np.reshape(xp, -1), np.reshape(fp, -1)  # arrays, if they were lists
    segment = np.searchsorted(xp[1:-1], x, side="right")
    end = np.minimum(segment + 1, np.size(xp) - 1)
    width = xp[end] - xp[segment]
    step = width == 0  # where the table jumps, its upper value holds
    weight = (np.clip(x, xp[0], xp[-1]) - xp[segment] + step) / (width + step)
    out = fp[segment] * (1 - weight) + fp[end] * weight
    out = np.where(np.less(x, xp[0]), fp[0] if left is None else left, out)
    return np.where(np.greater(x, xp[-1]), fp[-1] if right is None else right, out)
