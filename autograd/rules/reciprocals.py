"""Reciprocals of trigonometric and hyperbolic functions, and their inverses: a row each, as in `elementwise`.

The inverses are arccos(1 / x) and its kin, by formulas in which the rounding of 1 / x costs no digits near x = 1.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np

from autograd.primitives import elementwise
from autograd.rules.elementwise import NONZERO
from autograd.spec import Real

BEYOND_1 = Real(1.2, 4.0)
HALF_TURN = Real(0.3, 2.8)


def _reciprocal_of(function: Callable[..., Any]) -> Callable[..., Any]:
    def compute(x: Any) -> Any:
        with np.errstate(over="ignore"):  # the reciprocal is 0 then
            return 1 / function(x)

    return compute


def _floats(function: Callable[..., Any]) -> Callable[..., Any]:
    """A function of floats, for integers and lists too."""

    def compute(x: Any) -> Any:
        x = np.asarray(x)
        return function(x if x.dtype.kind == "f" else x.astype(np.float64))

    return compute


def _leg(x: Any) -> Any:
    """sqrt(x * x - 1), the leg that goes with 1 under the hypotenuse |x|: exact near 1, and without overflow."""
    return np.sqrt(np.abs(x) - 1) * np.sqrt(np.abs(x) + 1)


def _arccoth(x: Any) -> Any:
    return np.copysign(0.5 * np.log1p(2 / (np.abs(x) - 1)), x)


# A table is read by its rows.
# fmt: off

# --- reciprocals ----------------------------------------------------------------------------------------

elementwise(
    _reciprocal_of(np.cos), "Secant, ``1 / cos(x)``.", name="sec", domain=Real(-1.2, 1.2),
    example=(1.0, 1.8508, 2.8825), x=lambda g, x, out: g * out * np.tan(x)
)
elementwise(
    _reciprocal_of(np.sin), "Cosecant, ``1 / sin(x)``.", name="csc", domain=HALF_TURN, example=(1.0, 1.1884, -0.7631),
    x=lambda g, x, out: -g * out / np.tan(x)
)
elementwise(
    _reciprocal_of(np.tan), "Cotangent, ``1 / tan(x)``.", name="cot", domain=HALF_TURN, example=(1.0, 0.6421, -1.4123),
    x=lambda g, out: -g * (1 + out * out)
)
elementwise(
    _reciprocal_of(np.cosh), "Hyperbolic secant, ``1 / cosh(x)``.", name="sech", example=(1.0, 0.6481, -0.4936),
    x=lambda g, x, out: -g * out * np.tanh(x)
)
csch = elementwise(
    _reciprocal_of(np.sinh), "Hyperbolic cosecant, ``1 / sinh(x)``.", name="csch", domain=NONZERO,
    example=(1.0, 0.8509, -1.1173), x=lambda g, x, out: -g * out / np.tanh(x)
)
elementwise(
    _reciprocal_of(np.tanh), "Hyperbolic cotangent, ``1 / tanh(x)``.", name="coth", domain=NONZERO,
    example=(1.0, 1.313, -0.7241), x=lambda g, x: -g * csch(x) ** 2
)

# --- their inverses -------------------------------------------------------------------------------------

elementwise(
    _floats(lambda x: np.arctan2(_leg(x), np.sign(x))),
    "Inverse secant, ``arccos(1 / x)``, from 0 to pi, for |x| > 1.", name="arcsec", domain=BEYOND_1,
    example=(2.0, 1.0472, 0.2887), x=lambda g, x: g / np.abs(x) / _leg(x)
)
elementwise(
    _floats(lambda x: np.arctan2(np.sign(x), _leg(x))),
    "Inverse cosecant, ``arcsin(1 / x)``, from -pi / 2 to pi / 2, for |x| > 1.", name="arccsc", domain=BEYOND_1,
    example=(2.0, 0.5236, -0.2887), x=lambda g, x: -g / np.abs(x) / _leg(x)
)
elementwise(
    _floats(lambda x: np.arctan2(np.copysign(1, x), np.abs(x))),
    "Inverse cotangent, ``arctan(1 / x)``, which jumps from -pi / 2 to pi / 2 at 0, where the sign of 0 counts.",
    name="arccot", domain=NONZERO, example=(2.0, 0.4636, -0.2), x=lambda g, x: -g / (1 + x * x)
)
elementwise(
    _floats(lambda x: np.arcsinh(np.sqrt((1 - x) / x) * np.sqrt((1 + x) / x))),
    "Inverse hyperbolic secant, ``arccosh(1 / x)``, for 0 < x < 1.", name="arcsech", domain=Real(0.1, 0.9),
    example=(0.5, 1.317, -2.3094), x=lambda g, x: -g / (x * np.sqrt((1 - x) * (1 + x)))
)
elementwise(
    _floats(lambda x: np.arcsinh(1 / x)),
    "Inverse hyperbolic cosecant, ``arcsinh(1 / x)``.", name="arccsch", domain=NONZERO, example=(2.0, 0.4812, -0.2236),
    x=lambda g, x: -g / (np.abs(x) * np.sqrt(x * x + 1))
)
elementwise(
    _floats(_arccoth), "Inverse hyperbolic cotangent, ``arctanh(1 / x)``, for |x| > 1.", name="arccoth",
    domain=BEYOND_1, example=(2.0, 0.5493, -0.3333), x=lambda g, x: g / ((1 - x) * (1 + x))
)

# fmt: on
