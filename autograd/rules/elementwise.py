"""Elementwise functions of NumPy: one row a function, each rule a line of a calculus table.

In a row, ``g`` is the incoming gradient, ``out`` the result, ``x`` and ``y`` the arguments; broadcasting is
undone by the engine. ``example`` is the arguments, the value, and the derivative in each argument.
"""

from __future__ import annotations

import math
from typing import Any

import numpy as np

from autograd.composites import composite
from autograd.errors import ArgumentError
from autograd.primitives import elementwise, primitive
from autograd.registry import ops
from autograd.spec import FLAG, Choice, Real

LN2 = math.log(2.0)
LN10 = math.log(10.0)

POSITIVE = Real(0.2, 3.0)
NONZERO = Real(avoid=(0.0,), gap=0.3)
OFF_ZERO = Real(avoid=(0.0,))
OFF_INTEGERS = Real(avoid=(-3.0, -2.0, -1.0, 0.0, 1.0, 2.0, 3.0))
QUOTIENT_OF_2 = (Real(2.2, 2.7), Real(0.95, 1.05))  # well between the steps
UNEQUAL = (Real(-3.0, 3.0, avoid=(0.0,)), Real(0.0, 0.04))  # a kink where x = y: y stays in a gap of x


def zero(g: Any) -> Any:
    """The gradient of a piecewise constant function."""
    return np.zeros_like(g)


def _lowered(x: Any, y: Any) -> Any:
    """The exponent of ``x ** y``'s derivative: y - 1, but 0 where both are 0, so that 0 ** 0 has the derivative 0."""
    if isinstance(y, (int, float)):
        return y - 1 if y else 0
    return np.where((x == 0) & (y == 0), 0, y - 1)


def _log_of_base(x: Any) -> Any:
    """log(x), and 0 where x is 0; of a Python number a Python number, which widens no dtype."""
    if isinstance(x, (int, float)):
        return math.log(x or 1) if x >= 0 else math.nan
    return np.log(np.where(x == 0, 1, x))


def share(g: Any, wins: Any, ties: Any) -> Any:
    """The gradient where an argument wins, half of it at a tie, and 0 elsewhere, however large it is."""
    return np.where(wins, g, np.where(ties, 0.5 * g, 0))


def _above_nothing(out: Any) -> Any:
    """log(p), and 0 where p is 0: with it exp(x - out) is 0 where x and out are both -inf."""
    return np.where(out == -np.inf, 0, out)


# A table is read by its rows.
# fmt: off

# --- arithmetic -----------------------------------------------------------------------------------------

elementwise(np.add, "Sum, `x + y`.", operator="add", example=(2.0, 3.0, 5.0, 1.0, 1.0), x=lambda g: g, y=lambda g: g)
elementwise(
    np.subtract, "Difference, `x - y`.", operator="sub", example=(2.0, 3.0, -1.0, 1.0, -1.0),
    x=lambda g: g, y=lambda g: -g
)
elementwise(
    np.multiply, "Product, `x * y`.", operator="mul", example=(2.0, 3.0, 6.0, 3.0, 2.0),
    x=lambda g, y: g * y, y=lambda g, x: g * x
)
elementwise(
    np.divide, "Quotient, `x / y`.", operator="truediv", domain=(Real(), NONZERO), example=(3.0, 2.0, 1.5, 0.5, -0.75),
    x=lambda g, y: g / y, y=lambda g, y, out: -g * out / y
)
elementwise(
    np.power, "Power, `x ** y`, for x > 0 or an integer y.", operator="pow", domain=(POSITIVE, Real()),
    example=(2.0, 3.0, 8.0, 12.0, 5.5452),
    x=lambda g, x, y: g * y * x ** _lowered(x, y), y=lambda g, x, out: g * out * _log_of_base(x)
)
elementwise(
    np.floor_divide, "Quotient rounded down, `x // y`.", operator="floordiv", domain=QUOTIENT_OF_2,
    example=(7.0, 2.0, 3.0, 0.0, 0.0), x=zero, y=zero
)
elementwise(
    np.remainder, "What floor division leaves, `x % y`, with the sign of y.", operator="mod",
    domain=QUOTIENT_OF_2, example=(7.0, 2.0, 1.0, 1.0, -3.0),
    x=lambda g: g, y=lambda g, x, y: -g * np.floor_divide(x, y)
)
elementwise(np.negative, "The opposite, `-x`.", operator="neg", example=(2.0, -2.0, -1.0), x=lambda g: -g)
elementwise(np.positive, "The same, `+x`.", operator="pos", example=(2.0, 2.0, 1.0), x=lambda g: g)
elementwise(
    np.absolute, "Absolute value; its derivative at 0 is taken as 0.", name="abs", operator="abs", domain=OFF_ZERO,
    example=(-2.0, 2.0, -1.0), x=lambda g, x: g * np.sign(x)
)
elementwise(
    np.fabs, "Absolute value, of floats alone; its derivative at 0 is taken as 0.", domain=OFF_ZERO,
    example=(-2.0, 2.0, -1.0), x=lambda g, x: g * np.sign(x)
)
elementwise(np.square, "Square, `x * x`.", example=(3.0, 9.0, 6.0), x=lambda g, x: 2 * g * x)
elementwise(
    np.reciprocal, "Reciprocal, `1 / x`; of an integer an integer.", domain=NONZERO, example=(2.0, 0.5, -0.25),
    x=lambda g, out: -g * out * out
)
elementwise(
    np.fmod, "What division rounded towards 0 leaves, with the sign of x.", domain=QUOTIENT_OF_2,
    example=(-7.0, 2.0, -1.0, 1.0, 3.0),
    x=lambda g: g, y=lambda g, x, y, out: -g * np.rint((x - out) / y)
)
elementwise(
    np.copysign, "The size of x with the sign of y; its derivative at x = 0 is taken as 0.",
    domain=(OFF_ZERO, OFF_ZERO), example=(2.0, -3.0, -2.0, -1.0, 0.0),
    x=lambda g, x, out: g * np.sign(x) * np.sign(out), y=zero
)
elementwise(np.conjugate, "The complex conjugate: of a real number the same.", example=(2.0, 2.0, 1.0), x=lambda g: g)

# --- exponentials, logarithms, roots --------------------------------------------------------------------

elementwise(np.exp, "Exponential, e ** x.", example=(1.0, 2.7183, 2.7183), x=lambda g, out: g * out)
elementwise(np.exp2, "Power of two, 2 ** x.", example=(3.0, 8.0, 5.5452), x=lambda g, out: g * out * LN2)
elementwise(np.expm1, "e ** x - 1, exact for small x.", example=(1.0, 1.7183, 2.7183), x=lambda g, out: g * (out + 1))
elementwise(np.log, "Natural logarithm, for x > 0.", domain=POSITIVE, example=(2.0, 0.6931, 0.5), x=lambda g, x: g / x)
elementwise(
    np.log2, "Logarithm to base 2, for x > 0.", domain=POSITIVE, example=(8.0, 3.0, 0.1803),
    x=lambda g, x: g / (x * LN2)
)
elementwise(
    np.log10, "Logarithm to base 10, for x > 0.", domain=POSITIVE, example=(100.0, 2.0, 0.0043),
    x=lambda g, x: g / (x * LN10)
)
elementwise(
    np.log1p, "log(1 + x), exact for small x, for x > -1.", domain=Real(-0.8, 3.0), example=(1.0, 0.6931, 0.5),
    x=lambda g, x: g / (1 + x)
)
elementwise(
    np.logaddexp, "log(exp(x) + exp(y)), without overflow; of two -inf, with derivatives 0.",
    example=(0.0, 0.0, 0.6931, 0.5, 0.5),
    x=lambda g, x, out: g * np.exp(x - _above_nothing(out)), y=lambda g, y, out: g * np.exp(y - _above_nothing(out))
)
elementwise(
    np.logaddexp2, "log2(2 ** x + 2 ** y), without overflow; of two -inf, with derivatives 0.",
    example=(0.0, 0.0, 1.0, 0.5, 0.5),
    x=lambda g, x, out: g * np.exp2(x - _above_nothing(out)), y=lambda g, y, out: g * np.exp2(y - _above_nothing(out))
)
elementwise(
    np.sqrt, "Square root, for x > 0.", domain=POSITIVE, example=(4.0, 2.0, 0.25), x=lambda g, out: 0.5 * g / out
)
elementwise(
    np.cbrt, "Cube root; its derivative at 0 is infinite.", domain=NONZERO, example=(8.0, 2.0, 0.0833),
    x=lambda g, out: g / (3 * out * out)
)

# --- trigonometric and hyperbolic functions -------------------------------------------------------------

elementwise(np.deg2rad, "Radians of degrees.", example=(180.0, 3.1416, 0.0175), x=lambda g: np.deg2rad(g))
elementwise(np.radians, "Radians of degrees.", example=(180.0, 3.1416, 0.0175), x=lambda g: np.radians(g))
elementwise(np.rad2deg, "Degrees of radians.", example=(1.0, 57.2958, 57.2958), x=lambda g: np.rad2deg(g))
elementwise(np.degrees, "Degrees of radians.", example=(1.0, 57.2958, 57.2958), x=lambda g: np.degrees(g))

elementwise(np.sin, "Sine, of radians.", example=(1.0, 0.8415, 0.5403), x=lambda g, x: g * np.cos(x))
elementwise(np.cos, "Cosine, of radians.", example=(1.0, 0.5403, -0.8415), x=lambda g, x: -g * np.sin(x))
elementwise(
    np.tan, "Tangent, of radians.", domain=Real(-1.2, 1.2), example=(1.0, 1.5574, 3.4255),
    x=lambda g, out: g * (1 + out * out)
)
elementwise(
    np.arcsin, "Inverse sine, for -1 < x < 1.", domain=Real(-0.9, 0.9), example=(0.5, 0.5236, 1.1547),
    x=lambda g, x: g / np.sqrt((1 - x) * (1 + x))
)
elementwise(
    np.arccos, "Inverse cosine, for -1 < x < 1.", domain=Real(-0.9, 0.9), example=(0.5, 1.0472, -1.1547),
    x=lambda g, x: -g / np.sqrt((1 - x) * (1 + x))
)
elementwise(np.arctan, "Inverse tangent.", example=(1.0, 0.7854, 0.5), x=lambda g, x: g / (1 + x * x))
elementwise(
    np.arctan2, "Angle of the point with ordinate x and abscissa y, `arctan(x / y)` in all four quadrants.",
    domain=(OFF_ZERO, NONZERO), example=(1.0, 1.0, 0.7854, 0.5, -0.5),
    x=lambda g, x, y: g * y / (x * x + y * y), y=lambda g, x, y: -g * x / (x * x + y * y)
)
elementwise(
    np.hypot, "Length of the hypotenuse, sqrt(x ** 2 + y ** 2), without overflow.", domain=(NONZERO, Real()),
    example=(3.0, 4.0, 5.0, 0.6, 0.8), x=lambda g, x, out: g * x / out, y=lambda g, y, out: g * y / out
)
elementwise(np.sinh, "Hyperbolic sine.", example=(1.0, 1.1752, 1.5431), x=lambda g, x: g * np.cosh(x))
elementwise(np.cosh, "Hyperbolic cosine.", example=(1.0, 1.5431, 1.1752), x=lambda g, x: g * np.sinh(x))
elementwise(np.tanh, "Hyperbolic tangent.", example=(0.5, 0.4621, 0.7864), x=lambda g, out: g * (1 - out * out))
elementwise(
    np.arcsinh, "Inverse hyperbolic sine.", example=(1.0, 0.8814, 0.7071), x=lambda g, x: g / np.sqrt(x * x + 1)
)
elementwise(
    np.arccosh, "Inverse hyperbolic cosine, for x > 1.", domain=Real(1.2, 4.0), example=(2.0, 1.317, 0.5774),
    x=lambda g, x: g / np.sqrt((x - 1) * (x + 1))
)
elementwise(
    np.arctanh, "Inverse hyperbolic tangent, for -1 < x < 1.", domain=Real(-0.8, 0.8), example=(0.5, 0.5493, 1.3333),
    x=lambda g, x: g / ((1 - x) * (1 + x))
)

# --- piecewise ------------------------------------------------------------------------------------------

elementwise(np.sign, "-1, 0 or 1; its derivative is 0.", domain=OFF_ZERO, example=(-2.0, -1.0, 0.0), x=zero)
elementwise(np.floor, "Rounded down; its derivative is 0.", domain=OFF_INTEGERS, example=(1.5, 1.0, 0.0), x=zero)
elementwise(np.ceil, "Rounded up; its derivative is 0.", domain=OFF_INTEGERS, example=(1.5, 2.0, 0.0), x=zero)
elementwise(np.trunc, "Rounded towards 0; its derivative is 0.", domain=OFF_INTEGERS, example=(-1.5, -1.0, 0.0), x=zero)
elementwise(
    np.rint, "Rounded to the nearest integer, halves to even; its derivative is 0.", domain=Real(0.6, 1.4),
    example=(1.7, 2.0, 0.0), x=zero
)
elementwise(
    np.maximum, "The larger of x and y; a tie shares the gradient evenly.", domain=UNEQUAL,
    example=(2.0, 3.0, 3.0, 0.0, 1.0),
    x=lambda g, x, y: share(g, x > y, x == y), y=lambda g, x, y: share(g, y > x, x == y)
)
elementwise(
    np.minimum, "The smaller of x and y; a tie shares the gradient evenly.", domain=UNEQUAL,
    example=(2.0, 3.0, 2.0, 1.0, 0.0),
    x=lambda g, x, y: share(g, x < y, x == y), y=lambda g, x, y: share(g, y < x, x == y)
)

elementwise(
    np.fmax, "The larger of x and y, or that which is not nan; a tie shares the gradient evenly.", domain=UNEQUAL,
    example=(2.0, 3.0, 3.0, 0.0, 1.0),
    x=lambda g, x, y: share(g, np.logical_or(x > y, np.isnan(y)), x == y),
    y=lambda g, x, y: share(g, np.logical_not(np.logical_or(x >= y, np.isnan(y))), x == y)
)
elementwise(
    np.fmin, "The smaller of x and y, or that which is not nan; a tie shares the gradient evenly.", domain=UNEQUAL,
    example=(2.0, 3.0, 2.0, 1.0, 0.0),
    x=lambda g, x, y: share(g, np.logical_or(x < y, np.isnan(y)), x == y),
    y=lambda g, x, y: share(g, np.logical_not(np.logical_or(x <= y, np.isnan(y))), x == y)
)
elementwise(
    np.heaviside, "0 for x < 0, 1 for x > 0, and y at 0; its derivative in x is 0, at the step too.",
    domain=(OFF_ZERO, Real()), example=(0.0, 0.5, 0.5, 0.0, 1.0),
    x=zero, y=lambda g, x: np.where(x == 0, g, 0)
)

# fmt: on


@primitive(numpy=np.round, also=("around",), elementwise=True, domain=Real(0.6, 1.4), arguments={"decimals": Choice(0)})
def round(x: Any, decimals: int = 0) -> Any:
    """Rounded to ``decimals`` places, halves to even: (...) -> (...); its derivative is 0.

    >>> import autograd as ag
    >>> ag.round(ag.tensor(2.345), 1)
    Tensor(2.3, dtype=float32)
    """
    return np.round(x, decimals)


round.vjp(x=zero)


@primitive(numpy=np.where, elementwise=True, domain=(Choice(False, True), Real(), Real()))
def where(condition: Any, x: Any = None, y: Any = None) -> Any:
    """``x`` where the condition holds and ``y`` elsewhere, all three broadcast: (...), (...), (...) -> (...).

    Raises ArgumentError for a condition alone, by which NumPy means ``np.nonzero(condition)``.

    >>> import autograd as ag
    >>> x = ag.tensor([-1.0, 2.0])
    >>> ag.where(x > 0, x, 0.1 * x)
    Tensor([-0.1,  2. ], dtype=float32)
    """
    if x is None or y is None:
        raise ArgumentError("where(condition) needs x and y; for the indices where it holds, np.nonzero(condition).")
    return np.where(condition, x, y)


where.vjp(
    condition=None,
    x=lambda g, condition: np.where(condition, g, 0),
    y=lambda g, condition: np.where(condition, 0, g),
)


@primitive(numpy=np.clip, elementwise=True, domain=(OFF_INTEGERS, Choice(-2.0, -1.0), Choice(1.0, 2.0)))
def clip(x: Any, min: Any = None, max: Any = None) -> Any:
    """``x`` limited to ``[min, max]``, either may be None: (...) -> (...).

    A limited element's gradient goes to the limit, if that is a tensor; at the limit itself it is x's.

    >>> import autograd as ag
    >>> ag.clip(ag.tensor([-2.0, 0.5, 2.0]), -1.0, 1.0)
    Tensor([-1. ,  0.5,  1. ], dtype=float32)
    """
    return np.clip(x, min, max)


def _within(x: Any, min: Any, max: Any) -> Any:
    above = True if min is None else x >= min
    below = True if max is None else x <= max
    return np.logical_and(above, below)


def _is_max(x: Any, min: Any, max: Any) -> Any:
    """Where the result is ``max``, as it is wherever ``min`` is above it."""
    return x > max if min is None else np.logical_or(x > max, min > max)


def _is_min(x: Any, min: Any, max: Any) -> Any:
    return x < min if max is None else np.logical_and(x < min, min <= max)


clip.vjp(
    x=lambda g, x, min, max: np.where(_within(x, min, max), g, 0),
    min=lambda g, x, min, max: np.where(_is_min(x, min, max), g, 0),
    max=lambda g, x, min, max: np.where(_is_max(x, min, max), g, 0),
)


@primitive(numpy=np.nan_to_num, domain=Real(), arguments={"nan": Choice(0.0, 1.5)})
def nan_to_num(x: Any, nan: Any = 0.0, posinf: Any = None, neginf: Any = None) -> Any:
    """``x`` with finite numbers for nan and infinities: (...) -> (...); what was replaced has the gradient 0.

    ``nan``, ``posinf`` and ``neginf`` are what is put in their places, by default 0 and the largest and the smallest
    number of the dtype. Raises ArgumentError for NumPy's ``copy=False``.

    >>> import autograd as ag
    >>> ag.nan_to_num(ag.tensor([1.0, float("nan"), float("inf")]), posinf=9.0)
    Tensor([1., 0., 9.], dtype=float32)
    """
    return np.nan_to_num(x, nan=nan, posinf=posinf, neginf=neginf)


nan_to_num.vjp(x=lambda g, x: np.where(np.isfinite(x), g, 0))


@composite(numpy=np.float_power, domain=(POSITIVE, Real()), arguments={"dtype": Choice(np.float64)})
def float_power(x: Any, y: Any, dtype: Any = np.float64) -> Any:
    """``x ** y`` in double precision, whatever the operands are: (...), (...) -> (...).

    >>> import autograd as ag
    >>> ag.float_power(ag.tensor([2, 4]), -1)
    Tensor([0.5 , 0.25], dtype=float64)
    """
    return np.power(x, y, dtype=dtype)


@composite(numpy=np.divmod, domain=QUOTIENT_OF_2)
def divmod(x: Any, y: Any) -> Any:
    """Quotient rounded down and remainder, `(x // y, x % y)`: (...), (...) -> (...), (...).

    >>> import autograd as ag
    >>> divmod(ag.tensor(7.0), 2)
    (Tensor(3., dtype=float32), Tensor(1., dtype=float32))
    """
    return np.floor_divide(x, y), np.remainder(x, y)


ops.enter_operator("divmod", divmod, lambda y, x: divmod(x, y))


@primitive(numpy=np.modf, domain=OFF_INTEGERS)
def modf(x: Any) -> Any:
    """Fractional and whole part, both with the sign of x: (...) -> (...), (...); the whole part has the gradient 0.

    >>> import autograd as ag
    >>> ag.modf(ag.tensor(-1.25))
    (Tensor(-0.25, dtype=float32), Tensor(-1., dtype=float32))
    """
    return np.modf(x)


modf.vjp(x=lambda g, x: np.zeros_like(x) if g[0] is None else g[0])


@composite(numpy=np.fix, domain=OFF_INTEGERS)
def fix(x: Any) -> Any:
    """Rounded towards 0: (...) -> (...); its derivative is 0.

    >>> import autograd as ag
    >>> ag.fix(ag.tensor([-1.5, 1.5]))
    Tensor([-1.,  1.], dtype=float32)
    """
    return np.trunc(x)


@composite(numpy=np.real, domain=Real(), is_method=False)
def real(x: Any) -> Any:
    """The real part, which is all of a real number: (...) -> (...).

    >>> import autograd as ag
    >>> ag.real(ag.tensor([1.0, 2.0]))
    Tensor([1., 2.], dtype=float32)
    """
    return np.positive(x)


@composite(numpy=np.real_if_close, domain=Real(), is_method=False)
def real_if_close(x: Any) -> Any:
    """The real part, since there is no other: (...) -> (...).

    >>> import autograd as ag
    >>> ag.real_if_close(ag.tensor([1.0, 2.0]))
    Tensor([1., 2.], dtype=float32)
    """
    return np.positive(x)


@primitive(numpy=np.imag, domain=Real(), is_method=False)
def imag(x: Any) -> Any:
    """The imaginary part, 0: (...) -> (...); its derivative is 0.

    >>> import autograd as ag
    >>> ag.imag(ag.tensor([1.0, 2.0]))
    Tensor([0., 0.], dtype=float32)
    """
    return np.imag(x)


imag.vjp(x=zero)


@primitive(numpy=np.angle, domain=OFF_ZERO, arguments={"deg": FLAG})
def angle(x: Any, deg: bool = False) -> Any:
    """Angle in the complex plane, of a real number 0 or pi (180 with ``deg``): (...) -> (...); its derivative is 0.

    >>> import autograd as ag
    >>> ag.angle(ag.tensor([1.0, -2.0]), deg=True)
    Tensor([  0., 180.], dtype=float32)
    """
    return np.angle(x, deg)


angle.vjp(x=zero)
