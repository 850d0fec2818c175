"""Values of elementwise primitives against mpmath, which computes with 50 digits: they are right to a few ulps.

An ulp is the unit in the last place of the exact result.
"""

from typing import Any, NamedTuple

import mpmath
import numpy as np
import pytest
from mpmath import mp

from autograd.spec import Choice, Real
from autograd.testing import LAYOUTS, in_layout

from .test_rules import PRIMITIVES

WIDE = Real(-30.0, 30.0)


class Oracle(NamedTuple):
    """A function of mpmath, and how near to it the values must be."""

    function: Any
    ulps: float = 4.0  # what NumPy promises of its vectorized functions
    domains: tuple[Any, ...] = ()  # where to compare, if not (only) in the primitive's own domain
    near_operands: bool = False  # ulps of the larger operand: where it cancels, the result has no digits to spare


def rounded_to_even(x, decimals=0):
    return mp.nint(x * 10**decimals) / 10**decimals


def logaddexp(x, y):
    return mp.log(mp.exp(x) + mp.exp(y))


def sinc(x):
    return mp.sin(mp.pi * x) / (mp.pi * x) if x else mp.one


def toward_zero(x):
    return mp.sign(x) * mp.floor(abs(x))


# fmt: off
ORACLES = {
    "alias": Oracle(lambda x: x, 0),
    "add": Oracle(lambda x, y: x + y, 0.5),
    "subtract": Oracle(lambda x, y: x - y, 0.5),
    "multiply": Oracle(lambda x, y: x * y, 0.5),
    "divide": Oracle(lambda x, y: x / y, 0.5),
    "power": Oracle(mp.power, domains=(Real(0.01, 20.0), Real(-20.0, 20.0))),
    "floor_divide": Oracle(lambda x, y: mp.floor(x / y), 0, (WIDE, Real(-3.0, 3.0, avoid=(0.0,)))),
    "remainder": Oracle(lambda x, y: x - y * mp.floor(x / y), 0.5, (WIDE, Real(-3.0, 3.0, avoid=(0.0,)))),
    "negative": Oracle(lambda x: -x, 0),
    "positive": Oracle(lambda x: x, 0),
    "abs": Oracle(abs, 0),
    "fabs": Oracle(abs, 0),
    "square": Oracle(lambda x: x * x, 0.5, (WIDE,)),
    "reciprocal": Oracle(lambda x: 1 / x, 0.5, (WIDE,)),
    "fmod": Oracle(lambda x, y: x - y * toward_zero(x / y), 0.5, (WIDE, Real(-3.0, 3.0, avoid=(0.0,)))),
    "copysign": Oracle(lambda x, y: abs(x) * mp.sign(y), 0, (WIDE, WIDE)),
    "conjugate": Oracle(lambda x: x, 0),
    "exp": Oracle(mp.exp, domains=(WIDE,)),
    "exp2": Oracle(lambda x: mp.power(2, x), domains=(WIDE,)),
    "expm1": Oracle(mp.expm1, domains=(WIDE,)),
    "log": Oracle(mp.log, domains=(Real(1e-6, 50.0),)),
    "log2": Oracle(lambda x: mp.log(x) / mp.log(2), domains=(Real(1e-6, 50.0),)),
    "log10": Oracle(mp.log10, domains=(Real(1e-6, 50.0),)),
    "log1p": Oracle(mp.log1p, domains=(Real(-0.99, 50.0),)),
    "logaddexp": Oracle(logaddexp, domains=(WIDE, WIDE), near_operands=True),
    "logaddexp2": Oracle(lambda x, y: mp.log(2**x + 2**y) / mp.log(2), domains=(WIDE, WIDE), near_operands=True),
    "cbrt": Oracle(lambda x: mp.sign(x) * mp.cbrt(abs(x)), domains=(WIDE,)),
    "sqrt": Oracle(mp.sqrt, 0.5, (Real(0.0, 1e6),)),
    "deg2rad": Oracle(mp.radians, domains=(WIDE,)),
    "radians": Oracle(mp.radians, domains=(WIDE,)),
    "rad2deg": Oracle(mp.degrees, domains=(WIDE,)),
    "degrees": Oracle(mp.degrees, domains=(WIDE,)),
    "sin": Oracle(mp.sin, domains=(WIDE,)),
    "cos": Oracle(mp.cos, domains=(WIDE,)),
    "tan": Oracle(mp.tan, domains=(WIDE,)),
    "arcsin": Oracle(mp.asin, domains=(Real(-1.0, 1.0),)),
    "arccos": Oracle(mp.acos, domains=(Real(-1.0, 1.0),)),
    "arctan": Oracle(mp.atan, domains=(WIDE,)),
    "arctan2": Oracle(mp.atan2, domains=(WIDE, WIDE)),
    "hypot": Oracle(mp.hypot, domains=(WIDE, WIDE)),
    "sinh": Oracle(mp.sinh, domains=(WIDE,)),
    "cosh": Oracle(mp.cosh, domains=(WIDE,)),
    "tanh": Oracle(mp.tanh, domains=(WIDE,)),
    "arcsinh": Oracle(mp.asinh, domains=(WIDE,)),
    "arccosh": Oracle(mp.acosh, domains=(Real(1.0, 50.0),)),
    "arctanh": Oracle(mp.atanh, domains=(Real(-0.999, 0.999),)),
    "sign": Oracle(mp.sign, 0),
    "floor": Oracle(mp.floor, 0, (WIDE,)),
    "ceil": Oracle(mp.ceil, 0, (WIDE,)),
    "trunc": Oracle(toward_zero, 0, (WIDE,)),
    "rint": Oracle(rounded_to_even, 0, (Choice(*np.arange(-4, 4.25, 0.25)),)),
    "round": Oracle(rounded_to_even, 0, (Choice(*np.arange(-4, 4.25, 0.25)),)),
    "maximum": Oracle(max, 0, (WIDE, WIDE)),
    "minimum": Oracle(min, 0, (WIDE, WIDE)),
    "fmax": Oracle(max, 0, (WIDE, WIDE)),
    "fmin": Oracle(min, 0, (WIDE, WIDE)),
    "heaviside": Oracle(lambda x, y: y if x == 0 else mp.mpf(x > 0), 0, (Choice(-1.0, 0.0, 1.0), WIDE)),
    "where": Oracle(lambda condition, x, y: x if condition else y, 0),
    "clip": Oracle(lambda x, low, high: min(max(x, low), high), 0),
    "sigmoid": Oracle(lambda x: 1 / (1 + mp.exp(-x)), domains=(WIDE,)),
    "relu": Oracle(lambda x: max(x, 0), 0, (WIDE,)),
    "softplus": Oracle(lambda x: mp.log1p(mp.exp(x)), domains=(WIDE,)),
    "erf": Oracle(mp.erf, domains=(Real(-7.0, 7.0),)),
    "logsigmoid": Oracle(lambda x: -mp.log1p(mp.exp(-x)), domains=(WIDE,)),
    "logit": Oracle(lambda x: mp.log(x / (1 - x)), domains=(Real(1e-6, 1 - 1e-6),)),
    "xlogy": Oracle(lambda x, y: x * mp.log(y), domains=(WIDE, Real(1e-6, 50.0))),
    "xlog1py": Oracle(lambda x, y: x * mp.log1p(y), domains=(WIDE, Real(-0.99, 50.0))),
    "entr": Oracle(lambda x: -x * mp.log(x), domains=(Real(1e-6, 50.0),)),
    "sinc": Oracle(sinc, near_operands=True),  # its argument times pi is rounded
    "lerp": Oracle(lambda x, y, weight: x + weight * (y - x), near_operands=True),
    "sec": Oracle(mp.sec, domains=(WIDE,)),
    "csc": Oracle(mp.csc, domains=(WIDE,)),
    "cot": Oracle(mp.cot, domains=(WIDE,)),
    "sech": Oracle(mp.sech, domains=(WIDE,)),
    "csch": Oracle(mp.csch, domains=(WIDE,)),
    "coth": Oracle(mp.coth, domains=(WIDE,)),
    "arcsec": Oracle(mp.asec, domains=(Real(-1.01, -1.0),)),
    "arccsc": Oracle(mp.acsc, domains=(Real(-1.01, -1.0),)),
    "arccot": Oracle(mp.acot, domains=(WIDE,)),
    "arcsech": Oracle(mp.asech, domains=(Real(0.99, 1.0),)),
    "arccsch": Oracle(mp.acsch, domains=(WIDE,)),
    "arccoth": Oracle(mp.acoth, domains=(Real(-1.01, -1.0),)),
    "polygamma": Oracle(lambda n, x: mp.psi(int(n), x), 8, (Choice(0, 1, 4), Real(1e-3, 50.0)), near_operands=True),
}
# fmt: on

# Those of `nn` are compared with PyTorch's, in tests/parity.
ELEMENTWISE = {
    p.name: p for p in PRIMITIVES.values() if p.elementwise and p.reference is None and p.module.startswith("autograd.")
}


def test_every_elementwise_primitive_is_here_and_nothing_else():
    assert ORACLES.keys() == ELEMENTWISE.keys()


def points(name, dtype, rng):
    """Arguments for a primitive: from its own domain, and from the wider one in which values are compared."""
    primitive, oracle = ELEMENTWISE[name], ORACLES[name]
    own = primitive.domain or Real()
    count = len(primitive.parameters) - len(primitive.arguments)
    own = own if isinstance(own, tuple) else (own,) * count
    drawn = [[domain.sample(rng, (100,)) for domain in domains] for domains in (own, oracle.domains) if domains]
    columns = [np.concatenate(parts) for parts in zip(*drawn, strict=True)]
    return [c.astype(dtype) if c.dtype.kind == "f" else c for c in columns]


@pytest.mark.parametrize("dtype", [np.float64, np.float32])
@pytest.mark.parametrize("name", ORACLES)
def test_values_are_right_to_a_few_ulps(name, dtype):
    oracle = ORACLES[name]
    arguments = points(name, dtype, np.random.default_rng(0))
    got = ELEMENTWISE[name].function(*arguments)
    assert got.dtype == dtype
    with mpmath.workdps(50):
        for *point, value in zip(*(a.tolist() for a in arguments), got.tolist(), strict=True):
            exact = oracle.function(*(mp.mpf(p) if isinstance(p, float) else p for p in point))
            scale = max([abs(float(exact)), *(map(abs, point) if oracle.near_operands else ())])
            error = abs(mp.mpf(value) - exact)
            assert error <= oracle.ulps * float(np.spacing(dtype(scale))), (
                f"{name}{tuple(point)} = {value}, not {exact}"
            )


@pytest.mark.parametrize("name", ORACLES)
def test_values_do_not_depend_on_the_layout(name):
    """SIMD kernels may differ from scalar ones, but by no more than that."""
    arguments = [a[:60].reshape(3, 4, 5) for a in points(name, np.float64, np.random.default_rng(1))]
    primitive = ELEMENTWISE[name]
    wanted = primitive.function(*arguments)
    for kind in LAYOUTS:
        got = primitive.function(*(in_layout(a, kind) for a in arguments))
        np.testing.assert_allclose(got, wanted, rtol=1e-14, atol=1e-300, err_msg=kind)
