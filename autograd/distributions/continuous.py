"""Distributions on the line: norm, t, gamma, chi2, beta."""

from __future__ import annotations

import math
from typing import Any

import numpy as np

from autograd.distributions.standard import alike, held, named, special, standard
from autograd.values import value_of

HALF_LOG_TAU = 0.5 * math.log(2 * math.pi)


@named
class norm:
    """Normal distribution: ``loc`` is its mean, ``scale`` its standard deviation, which is positive.

    Named as `scipy.stats.norm`; arguments broadcast, (...), (...), (...) -> (...). Raises ShapeError where they do
    not, DtypeError for what are no real numbers.

    >>> norm.cdf([-1.96, 0.0, 1.96]).round(3)
    array([0.025, 0.5  , 0.975])
    """

    @staticmethod
    def logpdf(x: Any, loc: Any = 0, scale: Any = 1) -> Any:
        """Logarithm of the density: ``-y**2 / 2 - log(sqrt(2 pi) scale)`` with ``y = (x - loc) / scale``.

        >>> import autograd as ag
        >>> loc = ag.tensor(1.0, requires_grad=True)
        >>> ag.distributions.norm.logpdf(ag.tensor([0.0, 3.0]), loc, 2.0).sum().backward(); loc.grad
        Tensor(0.25, dtype=float32)
        """
        y, scale = standard(x, loc, scale)
        return held(lambda y: -0.5 * y * y - HALF_LOG_TAU - np.log(scale), y, 0.0)

    @staticmethod
    def pdf(x: Any, loc: Any = 0, scale: Any = 1) -> Any:
        """Density, ``exp(logpdf)``.

        >>> norm.pdf(0.0).round(4)
        np.float64(0.3989)
        """
        return np.exp(norm.logpdf(x, loc, scale))

    @staticmethod
    def cdf(x: Any, loc: Any = 0, scale: Any = 1) -> Any:
        """Probability of values up to ``x``.

        >>> norm.cdf([-1.0, 0.0, 1.0]).round(4)
        array([0.1587, 0.5   , 0.8413])
        """
        return held(special().ndtr, standard(x, loc, scale)[0], 0.0)

    @staticmethod
    def logcdf(x: Any, loc: Any = 0, scale: Any = 1) -> Any:
        """Logarithm of `cdf`, exact far below the mean.

        >>> norm.logcdf(-40.0).round(4)
        np.float64(-804.6084)
        """
        return held(special().log_ndtr, standard(x, loc, scale)[0], 0.0)

    @staticmethod
    def sf(x: Any, loc: Any = 0, scale: Any = 1) -> Any:
        """Probability of values above ``x``, ``1 - cdf``, exact far above the mean.

        >>> norm.sf(1.0).round(4)
        np.float64(0.1587)
        """
        return held(lambda y: special().ndtr(-y), standard(x, loc, scale)[0], 0.0)

    @staticmethod
    def logsf(x: Any, loc: Any = 0, scale: Any = 1) -> Any:
        """Logarithm of `sf`, exact far above the mean.

        >>> norm.logsf(40.0).round(4)
        np.float64(-804.6084)
        """
        return held(lambda y: special().log_ndtr(-y), standard(x, loc, scale)[0], 0.0)


@named
class t:
    """Student's t distribution, of ``df`` degrees of freedom, positive and finite.

    Named as `scipy.stats.t`; arguments broadcast, (...), (...), ... -> (...). Raises GradientError where the derivative
    of ``cdf`` or ``logcdf`` in ``df`` is wanted, ShapeError where arguments do not broadcast.

    >>> t.cdf(2.228, df=10).round(3)
    np.float64(0.975)
    """

    @staticmethod
    def logpdf(x: Any, df: Any, loc: Any = 0, scale: Any = 1) -> Any:
        """Logarithm of the density, with ``y = (x - loc) / scale``::

            log(gamma((df + 1) / 2) / gamma(df / 2)) - log(pi df) / 2 - (df + 1) / 2 log(1 + y**2 / df) - log(scale)

        >>> import autograd as ag
        >>> df = ag.tensor(3.0, requires_grad=True)
        >>> ag.distributions.t.logpdf(2.0, df).backward(); round(df.grad.item(), 4)
        -0.0162
        """
        y, scale, df = standard(x, loc, scale, df)

        def formula(y: Any) -> Any:
            ratio = np.log(special().poch(0.5 * df, 0.5))
            return ratio - 0.5 * np.log(math.pi * df) - 0.5 * (df + 1) * np.log1p(y * y / df) - np.log(scale)

        return held(formula, y, 0.0)

    @staticmethod
    def pdf(x: Any, df: Any, loc: Any = 0, scale: Any = 1) -> Any:
        """Density, ``exp(logpdf)``.

        >>> t.pdf(0.0, df=1).round(4)
        np.float64(0.3183)
        """
        return np.exp(t.logpdf(x, df, loc, scale))

    @staticmethod
    def cdf(x: Any, df: Any, loc: Any = 0, scale: Any = 1) -> Any:
        """Probability of values up to ``x``.

        >>> t.cdf(1.0, df=1).round(4)
        np.float64(0.75)
        """
        y, _, df = standard(x, loc, scale, df)
        return held(lambda y: special().stdtr(df, y), y, 0.0)

    @staticmethod
    def logcdf(x: Any, df: Any, loc: Any = 0, scale: Any = 1) -> Any:
        """Logarithm of `cdf`.

        >>> t.logcdf(1.0, df=1).round(4)
        np.float64(-0.2877)
        """
        y, _, df = standard(x, loc, scale, df)
        return held(lambda y: np.log(special().stdtr(df, y)), y, 0.0)


@named
class gamma:
    """Gamma distribution of shape ``a``, positive, on x >= loc: with a = 1 the exponential distribution.

    Named as `scipy.stats.gamma`; arguments broadcast, (...), (...), ... -> (...). Raises GradientError where the
    derivative of ``cdf`` in ``a`` is wanted, ShapeError where arguments do not broadcast.

    >>> gamma.pdf([0.0, 1.0, 2.0], a=2).round(4)
    array([0.    , 0.3679, 0.2707])
    """

    @staticmethod
    def logpdf(x: Any, a: Any, loc: Any = 0, scale: Any = 1) -> Any:
        """Logarithm of the density: ``(a - 1) log(y) - y - log(gamma(a) scale)`` with ``y = (x - loc) / scale``.

        >>> import autograd as ag
        >>> scale = ag.tensor(1.0, requires_grad=True)
        >>> ag.distributions.gamma.logpdf(3.0, 2.0, scale=scale).backward(); round(scale.grad.item(), 4)
        1.0
        """
        y, scale, a = standard(x, loc, scale, a)

        def formula(y: Any) -> Any:
            return special().xlogy(a - 1, y) - y - special().gammaln(a) - np.log(scale)

        return held(formula, y, 1.0, (value_of(y) < 0, -np.inf))

    @staticmethod
    def pdf(x: Any, a: Any, loc: Any = 0, scale: Any = 1) -> Any:
        """Density, ``exp(logpdf)``.

        >>> gamma.pdf([-1.0, 0.0, 1.0], a=1).round(4)
        array([0.    , 1.    , 0.3679])
        """
        return np.exp(gamma.logpdf(x, a, loc, scale))

    @staticmethod
    def cdf(x: Any, a: Any, loc: Any = 0, scale: Any = 1) -> Any:
        """Probability of values up to ``x``.

        >>> gamma.cdf(1.0, a=1).round(4)
        np.float64(0.6321)
        """
        y, _, a = standard(x, loc, scale, a)
        return held(lambda y: special().gammainc(a, y), y, 1.0, (value_of(y) <= 0, 0.0))


def _of_gamma(x: Any, df: Any, loc: Any, scale: Any) -> tuple[Any, ...]:
    x, df, loc, scale = alike(x, df, loc, scale)
    return x, 0.5 * df, loc, 2 * scale


@named
class chi2:
    """Chi-squared distribution of ``df`` degrees of freedom: `gamma` with ``a = df / 2`` and twice the scale.

    Named as `scipy.stats.chi2`; shapes and errors as of `gamma`, with ``df`` for ``a``.

    >>> chi2.cdf(3.841, df=1).round(3)
    np.float64(0.95)
    """

    @staticmethod
    def logpdf(x: Any, df: Any, loc: Any = 0, scale: Any = 1) -> Any:
        """Logarithm of the density: ``(df / 2 - 1) log(y) - y / 2 - log(2**(df / 2) gamma(df / 2) scale)``.

        >>> import autograd as ag
        >>> x = ag.tensor(4.0, requires_grad=True)
        >>> ag.distributions.chi2.logpdf(x, df=4).backward(); x.grad
        Tensor(-0.25, dtype=float32)
        """
        return gamma.logpdf(*_of_gamma(x, df, loc, scale))

    @staticmethod
    def pdf(x: Any, df: Any, loc: Any = 0, scale: Any = 1) -> Any:
        """Density, ``exp(logpdf)``.

        >>> chi2.pdf(0.0, df=2).round(4)
        np.float64(0.5)
        """
        return np.exp(chi2.logpdf(x, df, loc, scale))

    @staticmethod
    def cdf(x: Any, df: Any, loc: Any = 0, scale: Any = 1) -> Any:
        """Probability of values up to ``x``.

        >>> chi2.cdf(3.8415, df=1).round(4)
        np.float64(0.95)
        """
        return gamma.cdf(*_of_gamma(x, df, loc, scale))


@named
class beta:
    """Beta distribution of shapes ``a`` and ``b``, positive, on loc <= x <= loc + scale.

    Named as `scipy.stats.beta`; arguments broadcast, (...), (...), ... -> (...). Raises GradientError where the
    derivative of ``cdf`` in ``a`` or ``b`` is wanted, ShapeError where arguments do not broadcast.

    >>> beta.pdf([0.0, 0.5, 1.0], 2, 2).round(4)
    array([0. , 1.5, 0. ])
    """

    @staticmethod
    def logpdf(x: Any, a: Any, b: Any, loc: Any = 0, scale: Any = 1) -> Any:
        """Logarithm of the density: ``(a - 1) log(y) + (b - 1) log(1 - y) - log(beta(a, b) scale)``.

        >>> import autograd as ag
        >>> x = ag.tensor(0.5, requires_grad=True)
        >>> ag.distributions.beta.logpdf(x, 2.0, 1.0).backward(); x.grad
        Tensor(2., dtype=float32)
        """
        y, scale, a, b = standard(x, loc, scale, a, b)
        value = value_of(y)

        def formula(y: Any) -> Any:
            return special().xlogy(a - 1, y) + special().xlog1py(b - 1, -y) - special().betaln(a, b) - np.log(scale)

        return held(formula, y, 0.5, ((value < 0) | (value > 1), -np.inf))

    @staticmethod
    def pdf(x: Any, a: Any, b: Any, loc: Any = 0, scale: Any = 1) -> Any:
        """Density, ``exp(logpdf)``.

        >>> beta.pdf([-0.5, 0.5], 1, 1).round(4)
        array([0., 1.])
        """
        return np.exp(beta.logpdf(x, a, b, loc, scale))

    @staticmethod
    def cdf(x: Any, a: Any, b: Any, loc: Any = 0, scale: Any = 1) -> Any:
        """Probability of values up to ``x``.

        >>> beta.cdf(0.5, 2.0, 1.0).round(4)
        np.float64(0.25)
        """
        y, _, a, b = standard(x, loc, scale, a, b)
        value = value_of(y)
        return held(lambda y: special().betainc(a, b, y), y, 0.5, (value <= 0, 0.0), (value >= 1, 1.0))
