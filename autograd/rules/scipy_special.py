"""SciPy's own special functions: rules for the ufuncs of ``scipy.special``, which is never imported here.

Once a user has imported it, the table is entered when the first of its ufuncs meets a Tensor (`declare`). The
primitives go by names such as ``"scipy.special.gammaln"`` in ``ag.ops``. In a row the rules stand by the ufunc's
arguments, in order; None is for a derivative that has no closed form: where it is wanted, GradientError is raised.

Plain Python functions of SciPy, such as ``polygamma`` or ``softmax``, turn their arguments into arrays, and so refuse
Tensors.

Formulas are those of NIST's Digital Library of Mathematical Functions, https://dlmf.nist.gov: sections 5.2 and 25.11
(gamma, zeta), 7.2 (error functions), 8.2 and 8.17 (incomplete gamma and beta), 10.6 and 10.29 (Bessel functions), 13.3,
15.5 and 19.5 (hypergeometric and elliptic).
"""

from __future__ import annotations

import inspect
import math
import sys
from collections.abc import Callable
from typing import Any, NamedTuple

import numpy as np

from autograd.calls import binary_call, general_call, unary_call
from autograd.errors import GradientError
from autograd.primitives import Primitive, publish
from autograd.registry import ops
from autograd.rules.elementwise import LN10, OFF_ZERO, POSITIVE, zero
from autograd.rules.special import off_pole
from autograd.spec import Real

sp: Any = None  # scipy.special, once the table is entered

ROOT_PI = math.sqrt(math.pi)
ROOT_TAU = math.sqrt(2 * math.pi)
DEGREE = math.pi / 180

OFF_POLES = Real(-1.7, 3.0, avoid=(-1.0, 0.0), gap=0.3)  # of the gamma function
UNIT = Real(0.1, 0.9)


class Row(NamedTuple):
    """A ufunc's summary, where tests may sample, and the rule for each of its arguments."""

    summary: str
    domain: Any
    rules: dict[str, Callable[..., Any] | None]


ROWS: dict[str, Row] = {}


def row(name: str, summary: str, domain: Any = None, **rules: Callable[..., Any] | None) -> None:
    """Add a ufunc to the table."""
    ROWS[name] = Row(summary, domain, rules)


def alike(a: Any, x: Any) -> Any:
    """``a``, where it is a Python number or a list in the dtype of ``x``, which it then does not widen."""
    return a if hasattr(a, "dtype") else np.asarray(a, x.dtype)


def hyp2f1(a: float, b: float, c: float, x: Any) -> Any:
    """Gauss's function, which SciPy widens to double precision by Python's numbers, in the dtype of ``x``."""
    return sp.hyp2f1(alike(a, x), alike(b, x), alike(c, x), x)


def gamma_density(a: Any, x: Any) -> Any:
    """x ** (a - 1) exp(-x) / gamma(a), the derivative of gammainc(a, x)."""
    a = alike(a, x)
    return np.exp(sp.xlogy(a - 1, x) - x - sp.gammaln(a))


def beta_density(a: Any, b: Any, x: Any) -> Any:
    """x ** (a - 1) (1 - x) ** (b - 1) / beta(a, b), the derivative of betainc(a, b, x)."""
    a, b = alike(a, x), alike(b, x)
    return np.exp(sp.xlogy(a - 1, x) + sp.xlog1py(b - 1, -x) - sp.betaln(a, b))


def student_density(df: Any, t: Any) -> Any:
    """gamma((df + 1) / 2) / gamma(df / 2) / sqrt(pi df) * (1 + t * t / df) ** (-(df + 1) / 2)."""
    df = alike(df, t)
    return sp.poch(0.5 * df, 0.5) * np.exp(-0.5 * (df + 1) * np.log1p(t * t / df)) / np.sqrt(math.pi * df)


# A table is read by its rows.
# fmt: off

# Ufuncs of SciPy that compute what a function of ours does.
ANSWERED = {
    "expit": "sigmoid", "logit": "logit", "log_expit": "logsigmoid", "xlogy": "xlogy", "xlog1py": "xlog1py",
    "entr": "entr", "erf": "erf", "log1p": "log1p", "expm1": "expm1", "exp2": "exp2", "cbrt": "cbrt", "round": "rint",
}

# --- the gamma function and its kin ---------------------------------------------------------------------

row("gammaln", "Logarithm of the size of gamma(x).", OFF_POLES, x=lambda g, x: g * sp.digamma(x))
row("loggamma", "Logarithm of gamma(x), for x > 0.", POSITIVE, x=lambda g, x: g * sp.digamma(x))
row("gammasgn", "Sign of gamma(x); its derivative is 0.", OFF_POLES, x=zero)
row("gamma", "Gamma function.", OFF_POLES, x=lambda g, x, out: g * out * sp.digamma(x))
row("rgamma", "1 / gamma(x).", OFF_POLES, x=lambda g, x, out: -g * out * sp.digamma(x))
row("digamma", "Derivative of gammaln.", OFF_POLES, x=lambda g, x: g * sp.zeta(2, x))
row("zeta", "Zeta function of Hurwitz.", x=None, q=lambda g, x, q: -g * x * sp.zeta(x + 1, q))
row(
    "beta", "Beta function.", (POSITIVE, POSITIVE),
    a=lambda g, a, b, out: g * out * (sp.digamma(a) - sp.digamma(a + b)),
    b=lambda g, a, b, out: g * out * (sp.digamma(b) - sp.digamma(a + b))
)
row(
    "betaln", "Logarithm of the size of beta(a, b).", (POSITIVE, POSITIVE),
    a=lambda g, a, b: g * (sp.digamma(a) - sp.digamma(a + b)), b=lambda g, a, b: g * (sp.digamma(b) - sp.digamma(a + b))
)
row(
    "poch", "gamma(z + m) / gamma(z).", (POSITIVE, POSITIVE),
    z=lambda g, z, m, out: g * out * (sp.digamma(z + m) - sp.digamma(z)),
    m=lambda g, z, m, out: g * out * sp.digamma(z + m)
)
row(
    "binom", "Binomial coefficient, of real numbers.", (Real(3.0, 6.0), Real(0.3, 2.0)),
    n=lambda g, n, k, out: g * out * (sp.digamma(n + 1) - sp.digamma(n - k + 1)),
    k=lambda g, n, k, out: g * out * (sp.digamma(n - k + 1) - sp.digamma(k + 1))
)
row("gammainc", "Lower incomplete gamma function, regularized.", a=None, x=lambda g, a, x: g * gamma_density(a, x))
row("gammaincc", "Upper incomplete gamma function, regularized.", a=None, x=lambda g, a, x: -g * gamma_density(a, x))
row("gammaincinv", "Inverse of gammainc in x.", a=None, y=lambda g, a, out: g / gamma_density(a, out))
row("gammainccinv", "Inverse of gammaincc in x.", a=None, y=lambda g, a, out: -g / gamma_density(a, out))
row(
    "betainc", "Incomplete beta function, regularized.",
    a=None, b=None, x=lambda g, a, b, x: g * beta_density(a, b, x)
)
row("betaincc", "1 - betainc(a, b, x).", a=None, b=None, x=lambda g, a, b, x: -g * beta_density(a, b, x))
row("betaincinv", "Inverse of betainc in x.", a=None, b=None, y=lambda g, a, b, out: g / beta_density(a, b, out))

# --- error functions and the normal distribution --------------------------------------------------------

row("erfc", "1 - erf(x), exact for large x.", x=lambda g, x: g * (-2 / ROOT_PI) * np.exp(-x * x))
row("erfcx", "exp(x * x) * erfc(x).", x=lambda g, x, out: g * (2 * x * out - 2 / ROOT_PI))
row("erfi", "-i erf(i x).", x=lambda g, x: g * (2 / ROOT_PI) * np.exp(x * x))
row("erfinv", "Inverse of erf.", Real(-0.9, 0.9), x=lambda g, out: g * (ROOT_PI / 2) * np.exp(out * out))
row("erfcinv", "Inverse of erfc.", Real(0.1, 1.9), x=lambda g, out: g * (-ROOT_PI / 2) * np.exp(out * out))
row("dawsn", "Dawson's integral.", x=lambda g, x, out: g * (1 - 2 * x * out))
row("ndtr", "Normal distribution function.", x=lambda g, x: g * np.exp(-0.5 * x * x) / ROOT_TAU)
row("log_ndtr", "Logarithm of ndtr.", x=lambda g, x, out: g * np.exp(-0.5 * x * x - out) / ROOT_TAU)
row("ndtri", "Inverse of ndtr.", UNIT, x=lambda g, out: g * ROOT_TAU * np.exp(0.5 * out * out))
row("ndtri_exp", "ndtri(exp(x)).", Real(-3.0, -0.2), x=lambda g, x, out: g * ROOT_TAU * np.exp(x + 0.5 * out * out))
row("stdtr", "Student's distribution function.", df=None, t=lambda g, df, t: g * student_density(df, t))

# --- Bessel functions -----------------------------------------------------------------------------------

row("j0", "Bessel function of the first kind, order 0.", x=lambda g, x: -g * sp.j1(x))
row("j1", "Bessel function of the first kind, order 1.", x=lambda g, x: g * (sp.j0(x) - sp.jv(2, x)) / 2)
row("y0", "Bessel function of the second kind, order 0, for x > 0.", POSITIVE, x=lambda g, x: -g * sp.y1(x))
row(
    "y1", "Bessel function of the second kind, order 1, for x > 0.", POSITIVE,
    x=lambda g, x, out: g * (sp.y0(x) - out / x)
)
row("i0", "Modified Bessel function of the first kind, order 0.", x=lambda g, x: g * sp.i1(x))
row("i1", "Modified Bessel function of the first kind, order 1.", x=lambda g, x: g * (sp.i0(x) + sp.iv(2, x)) / 2)
row("i0e", "exp(-|x|) * i0(x).", OFF_ZERO, x=lambda g, x, out: g * (sp.i1e(x) - np.sign(x) * out))
row(
    "i1e", "exp(-|x|) * i1(x).", OFF_ZERO,
    x=lambda g, x, out: g * (0.5 * (sp.i0e(x) + sp.ive(2, x)) - np.sign(x) * out)
)
row("k0", "Modified Bessel function of the second kind, order 0, for x > 0.", POSITIVE, x=lambda g, x: -g * sp.k1(x))
row(
    "k1", "Modified Bessel function of the second kind, order 1, for x > 0.", POSITIVE,
    x=lambda g, x, out: -g * (sp.k0(x) + out / x)
)
row("k0e", "exp(x) * k0(x), for x > 0.", POSITIVE, x=lambda g, x, out: g * (out - sp.k1e(x)))
row("k1e", "exp(x) * k1(x), for x > 0.", POSITIVE, x=lambda g, x, out: g * (out - sp.k0e(x) - out / x))
row(
    "jv", "Bessel function of the first kind, of real order.",
    v=None, x=lambda g, v, x: g * (sp.jv(v - 1, x) - sp.jv(v + 1, x)) / 2
)
row(
    "yv", "Bessel function of the second kind, of real order.",
    v=None, x=lambda g, v, x: g * (sp.yv(v - 1, x) - sp.yv(v + 1, x)) / 2
)
row(
    "yn", "Bessel function of the second kind, of integer order.",
    n=None, x=lambda g, n, x: g * (sp.yv(n - 1, x) - sp.yv(n + 1, x)) / 2
)
row(
    "iv", "Modified Bessel function of the first kind, of real order.",
    v=None, x=lambda g, v, x: g * (sp.iv(v - 1, x) + sp.iv(v + 1, x)) / 2
)
row(
    "ive", "exp(-|x|) * iv(v, x).",
    v=None, x=lambda g, v, x, out: g * (0.5 * (sp.ive(v - 1, x) + sp.ive(v + 1, x)) - np.sign(x) * out)
)
row(
    "kv", "Modified Bessel function of the second kind, of real order.",
    v=None, x=lambda g, v, x: -g * (sp.kv(v - 1, x) + sp.kv(v + 1, x)) / 2
)
row(
    "kn", "Modified Bessel function of the second kind, of integer order.",
    n=None, x=lambda g, n, x: -g * (sp.kv(n - 1, x) + sp.kv(n + 1, x)) / 2
)
row(
    "kve", "exp(x) * kv(v, x).",
    v=None, x=lambda g, v, x, out: g * (out - 0.5 * (sp.kve(v - 1, x) + sp.kve(v + 1, x)))
)

# --- hypergeometric functions, and what they are the derivatives of -------------------------------------

row("hyp0f1", "Confluent hypergeometric limit function.", v=None, x=lambda g, v, x: g * sp.hyp0f1(v + 1, x) / v)
row(
    "hyp1f1", "Confluent hypergeometric function.",
    a=None, b=None, x=lambda g, a, b, x: g * alike(a, x) / alike(b, x) * sp.hyp1f1(alike(a, x) + 1, alike(b, x) + 1, x)
)
row(
    "hyp2f1", "Hypergeometric function of Gauss.",
    a=None, b=None, c=None, x=lambda g, a, b, c, x: g * _hyp2f1_slope(alike(a, x), alike(b, x), alike(c, x), x)
)
row("exprel", "(exp(x) - 1) / x, and 1 at 0.", x=lambda g, x: g * 0.5 * sp.hyp1f1(2.0, 3.0, x))
row("spence", "Dilogarithm of 1 - x.", Real(0.2, 3.0), x=lambda g, x: -g * hyp2f1(1, 1, 2, 1 - x))
row(
    "ellipk", "Complete elliptic integral of the first kind.", Real(-2.0, 0.8),
    x=lambda g, x: g * (math.pi / 8) * hyp2f1(1.5, 1.5, 2, x)
)
row(
    "ellipe", "Complete elliptic integral of the second kind.", Real(-2.0, 0.8),
    x=lambda g, x: g * (-math.pi / 8) * hyp2f1(0.5, 1.5, 2, x)
)
row("exp1", "Exponential integral, for x > 0.", POSITIVE, x=lambda g, x: -g * np.exp(-x) / x)
row("expi", "Exponential integral of the other sign.", Real(avoid=(0.0,), gap=0.3), x=lambda g, x: g * np.exp(x) / x)

# --- powers of statistics -------------------------------------------------------------------------------

row(
    "boxcox", "(x ** lmbda - 1) / lmbda, and log(x) where lmbda is 0, for x > 0.", (POSITIVE, Real()),
    x=lambda g, x, lmbda: g * x ** (lmbda - 1), lmbda=lambda g, x, lmbda: g * _power_slope(np.log(alike(x, g)), lmbda)
)
row(
    "boxcox1p", "boxcox(1 + x, lmbda), exact for small x.", (Real(-0.8, 2.0), Real()),
    x=lambda g, x, lmbda: g * (1 + x) ** (lmbda - 1),
    lmbda=lambda g, x, lmbda: g * _power_slope(np.log1p(alike(x, g)), lmbda)
)
row(
    "inv_boxcox", "Inverse of boxcox in x.", (Real(0.1, 1.5), Real(-0.4, 1.0)),
    y=lambda g, y, lmbda, out: g * out / (lmbda * y + 1), lmbda=lambda g, y, lmbda, out: g * out * _root_slope(y, lmbda)
)
row(
    "inv_boxcox1p", "Inverse of boxcox1p in x.", (Real(0.1, 1.5), Real(-0.4, 1.0)),
    y=lambda g, y, lmbda, out: g * (out + 1) / (lmbda * y + 1),
    lmbda=lambda g, y, lmbda, out: g * (out + 1) * _root_slope(y, lmbda)
)

# --- entropies and losses -------------------------------------------------------------------------------

row(
    "rel_entr", "x * log(x / y), and 0 where x is 0; of x = y = 0 with derivative 0 in y.", (POSITIVE, POSITIVE),
    x=lambda g, x, y: g * (np.log(x / off_pole(g, x, y, 0)) + 1), y=lambda g, x, y: -g * x / off_pole(g, x, y, 0)
)
row(
    "kl_div", "x * log(x / y) - x + y; of x = y = 0 with derivative 1 in y.", (POSITIVE, POSITIVE),
    x=lambda g, x, y: g * np.log(x / off_pole(g, x, y, 0)), y=lambda g, x, y: g * (1 - x / off_pole(g, x, y, 0))
)
row(
    "huber", "r * r / 2 for |r| < delta, and the tangent from there on.",
    (Real(0.9, 1.1), Real(avoid=(-1.0, 1.0), gap=0.3)),
    delta=lambda g, delta, r: g * np.maximum(abs(r) - delta, 0), r=lambda g, delta, r: g * np.clip(r, -delta, delta)
)
row(
    "pseudo_huber", "delta ** 2 * (sqrt(1 + (r / delta) ** 2) - 1).", (POSITIVE, Real()),
    delta=lambda g, delta, r, out: g * out * out / (delta**3 * np.hypot(1, r / delta)),
    r=lambda g, delta, r: g * r / np.hypot(1, r / delta)
)

# --- of degrees, and elementary -------------------------------------------------------------------------

row("sindg", "Sine of degrees.", Real(-90.0, 90.0), x=lambda g, x: g * DEGREE * sp.cosdg(x))
row("cosdg", "Cosine of degrees.", Real(-90.0, 90.0), x=lambda g, x: -g * DEGREE * sp.sindg(x))
row("tandg", "Tangent of degrees.", Real(-60.0, 60.0), x=lambda g, out: g * DEGREE * (1 + out * out))
row("cotdg", "Cotangent of degrees.", Real(30.0, 150.0), x=lambda g, out: -g * DEGREE * (1 + out * out))
row("cosm1", "cos(x) - 1, exact for small x.", x=lambda g, x: -g * np.sin(x))
row("exp10", "Power of ten, 10 ** x.", x=lambda g, out: g * out * LN10)

# fmt: on


def _hyp2f1_slope(a: Any, b: Any, c: Any, x: Any) -> Any:
    return a * b / c * sp.hyp2f1(a + 1, b + 1, c + 1, x)


def _power_slope(log: Any, lmbda: Any) -> Any:
    """The derivative in ``lmbda`` of ``log * exprel(lmbda * log)``, which is boxcox."""
    return 0.5 * log * log * sp.hyp1f1(2.0, 3.0, lmbda * log)


def _root_slope(y: Any, lmbda: Any) -> Any:
    """The derivative in ``lmbda`` of ``log1p(lmbda * y) / lmbda``, the logarithm of inv_boxcox."""
    return -0.5 * y * y * hyp2f1(2, 2, 3, -lmbda * y)


# --- entering the table ---------------------------------------------------------------------------------


def declare() -> bool:
    """Enter the table if ``scipy.special`` has been imported, but for what users gave rules of their own."""
    global sp
    sp = sys.modules.get("scipy.special")
    if sp is None:
        return False
    for name, ours in ANSWERED.items():
        ufunc = _ufunc(name)
        if ufunc is not None:
            ops.by_numpy.setdefault(ufunc, ops.functions[ours])
    for name, facts in ROWS.items():
        ufunc = _ufunc(name)
        if ufunc is not None and ufunc not in ops.by_numpy:
            _enter(name, ufunc, facts)
    return True


def _ufunc(name: str) -> np.ufunc | None:
    """The ufunc of that name, or the one that a plain function such as ``zeta`` leads to; None in an older SciPy."""
    for found in (getattr(sp, name, None), getattr(sp._ufuncs, f"_{name}", None)):
        if isinstance(found, np.ufunc):
            return found
    return None


def _enter(name: str, ufunc: np.ufunc, facts: Row) -> None:
    parameters = dict.fromkeys(facts.rules, inspect.Parameter.empty)
    record = Primitive(
        ufunc, name, parameters, module="scipy.special", numpy=ufunc, elementwise=True, domain=facts.domain
    )
    record.vjp(**{argument: rule or _refusal(name, argument) for argument, rule in facts.rules.items()})
    make: Callable[[Primitive], Any] = {1: unary_call, 2: binary_call}.get(len(parameters), general_call)
    publish(record, make(record), facts.summary, None)


def _refusal(name: str, argument: str) -> Callable[[Any], Any]:
    """What stands in place of a rule for a derivative without a closed form."""

    def refuse(g: Any) -> Any:
        raise GradientError(
            f"scipy.special.{name}: its derivative in {argument} has no closed form, and so no rule. Give it "
            f"{argument}.detach(), or ask for the other gradients alone: ag.gradients(out, [x])."
        )

    return refuse


ops.add_late(declare)
