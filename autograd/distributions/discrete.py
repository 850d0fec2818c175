"""Distributions of counts: poisson."""

from __future__ import annotations

from typing import Any

import numpy as np

from autograd.distributions.standard import alike, held, named, special
from autograd.errors import GradientError
from autograd.tensors import Tensor
from autograd.values import value_of


@named
class poisson:
    """Poisson distribution of counts k = loc, loc + 1, ... with the mean ``mu + loc``, for mu >= 0.

    Differentiable in ``mu``, whose dtype results have. Named as `scipy.stats.poisson`; arguments broadcast,
    (...), (...), (...) -> (...). Raises GradientError for a Tensor ``k`` or ``loc`` that needs a gradient: a count has
    no slopes.

    >>> poisson.pmf([0, 1, 2], mu=1.0).round(4)
    array([0.3679, 0.3679, 0.1839])
    """

    @staticmethod
    def logpmf(k: Any, mu: Any, loc: Any = 0) -> Any:
        """Logarithm of the probability of ``k``: ``n log(mu) - mu - log(n!)`` with ``n = k - loc``.

        -inf where n is negative or no integer.

        >>> import autograd as ag
        >>> mu = ag.tensor(2.0, requires_grad=True)
        >>> ag.distributions.poisson.logpmf([0, 1, 5], mu).sum().backward(); mu.grad
        Tensor(0., dtype=float32)
        """
        n, mu = _counts(k, mu, loc)

        def formula(mu: Any) -> Any:
            return special().xlogy(n, mu) - special().gammaln(n + 1) - mu

        return held(formula, mu, 1.0, ((n < 0) | (np.floor(n) < n), -np.inf))

    @staticmethod
    def pmf(k: Any, mu: Any, loc: Any = 0) -> Any:
        """Probability of ``k``, ``exp(logpmf)``.

        >>> poisson.pmf([0, 0.5, 1], mu=1.0).round(4)
        array([0.3679, 0.    , 0.3679])
        """
        return np.exp(poisson.logpmf(k, mu, loc))

    @staticmethod
    def cdf(k: Any, mu: Any, loc: Any = 0) -> Any:
        """Probability of counts up to ``k``.

        >>> poisson.cdf([-1, 0, 1.5], mu=1.0).round(4)
        array([0.    , 0.3679, 0.7358])
        """
        n, mu = _counts(k, mu, loc)
        up_to = np.maximum(np.floor(n), 0)
        return held(lambda mu: special().gammaincc(up_to + 1, mu), mu, 1.0, (n < 0, 0.0))


def _counts(k: Any, mu: Any, loc: Any) -> tuple[Any, Any]:
    """``k - loc`` as plain numbers of the dtype of ``mu``, nan where that is negative, and ``mu``."""
    for name, value in (("k", k), ("loc", loc)):
        if isinstance(value, Tensor) and value.requires_grad:
            raise GradientError(f"poisson: no derivative in the count {name}; give it {name}.detach().")
    (mu,) = alike(mu)
    n = np.asarray(np.subtract(value_of(k), value_of(loc)), mu.dtype)
    return np.where(value_of(mu) < 0, np.nan, n), mu
