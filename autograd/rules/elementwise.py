"""Elementwise functions of NumPy: one row a function, each rule a line of a calculus table.

In a row, ``g`` is the incoming gradient, ``out`` the result, ``x`` and ``y`` the arguments; broadcasting is
undone by the engine. ``example`` is the arguments, the value, and the derivative in each argument.
"""

from __future__ import annotations

import math
from typing import Any

import numpy as np

from autograd.primitives import elementwise, primitive
from autograd.spec import Choice, Real

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


def _lowered(y: Any) -> Any:
    """The exponent of ``x ** y``'s derivative: y - 1, but 0 where y is 0, so that 0 ** 0 has the derivative 0."""
    if isinstance(y, (int, float)):
        return y - 1 if y else 0
    return np.where(y == 0, 0, y - 1)


def _log_of_base(x: Any) -> Any:
    """log(x), and 0 where x is 0; of a Python number a Python number, which widens no dtype."""
    if isinstance(x, (int, float)):
        return math.log(x or 1) if x >= 0 else math.nan
    return np.log(np.where(x == 0, 1, x))


def share(g: Any, wins: Any, ties: Any) -> Any:
    """The gradient where an argument wins, half of it at a tie, and 0 elsewhere, however large it is."""
    return np.where(wins, g, np.where(ties, 0.5 * g, 0))


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
    x=lambda g, x, y: g * y * x ** _lowered(y), y=lambda g, x, out: g * out * _log_of_base(x)
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
    np.logaddexp, "log(exp(x) + exp(y)), without overflow.", example=(0.0, 0.0, 0.6931, 0.5, 0.5),
    x=lambda g, x, out: g * np.exp(x - out), y=lambda g, y, out: g * np.exp(y - out)
)
elementwise(
    np.sqrt, "Square root, for x > 0.", domain=POSITIVE, example=(4.0, 2.0, 0.25), x=lambda g, out: 0.5 * g / out
)

# --- trigonometric and hyperbolic functions -------------------------------------------------------------

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

# fmt: on


@primitive(numpy=np.round, elementwise=True, domain=Real(0.6, 1.4), arguments={"decimals": Choice(0)})
def round(x: Any, decimals: int = 0) -> Any:
    """Rounded to ``decimals`` places, halves to even: (...) -> (...); its derivative is 0.

    >>> import autograd as ag
    >>> ag.round(ag.tensor(2.345), 1)
    Tensor(2.3, dtype=float32)
    """
    return np.round(x, decimals)


round.vjp(x=zero)


@primitive(numpy=np.where, elementwise=True, domain=(Choice(False, True), Real(), Real()))
def where(condition: Any, x: Any, y: Any) -> Any:
    """``x`` where the condition holds and ``y`` elsewhere, all three broadcast: (...), (...), (...) -> (...).

    >>> import autograd as ag
    >>> x = ag.tensor([-1.0, 2.0])
    >>> ag.where(x > 0, x, 0.1 * x)
    Tensor([-0.1,  2. ], dtype=float32)
    """
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


clip.vjp(
    x=lambda g, x, min, max: np.where(_within(x, min, max), g, 0),
    min=lambda g, x, min: np.where(x < min, g, 0),
    max=lambda g, x, max: np.where(x > max, g, 0),
)
