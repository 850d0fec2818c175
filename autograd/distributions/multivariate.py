"""Distributions of vectors: dirichlet, multivariate_normal."""

from __future__ import annotations

import math
from typing import Any

import numpy as np

from autograd.distributions.standard import alike, held, named, special
from autograd.errors import ArgumentError, ShapeError, describe_call
from autograd.registry import ops
from autograd.values import value_of

LOG_TAU = math.log(2 * math.pi)


@named
class dirichlet:
    """Dirichlet distribution of n probabilities that add up to 1, with n parameters ``alpha`` > 0.

    Named as `scipy.stats.dirichlet`; shapes and errors are those of `logpdf`, (n,), (n,) -> () for one point.

    >>> dirichlet.pdf([0.25, 0.75], [2.0, 2.0]).round(4)
    np.float64(1.125)
    """

    @staticmethod
    def logpdf(x: Any, alpha: Any) -> Any:
        """Logarithm of the density: (n,), (n,) -> () or (n, points), (n,) -> (points,), but () for one point.

        ``sum((alpha - 1) log(x)) - sum(log(gamma(alpha))) + log(gamma(sum(alpha)))``. ``x`` may lack its last
        component, which is what the others leave of 1. The derivative in x is that of this formula, off the simplex
        too. Where a component is 0 and its alpha is not 1, the logarithm is infinite, and that component has no slope.

        Raises ShapeError where the lengths do not fit, ArgumentError where ``x`` does not add up to 1, has components
        below 0, or an alpha is not positive.

        >>> import autograd as ag
        >>> alpha = ag.tensor([1.0, 1.0, 1.0], requires_grad=True)
        >>> out = ag.distributions.dirichlet.logpdf([0.2, 0.2, 0.6], alpha)
        >>> out.backward(); round(out.item(), 4), alpha.grad.numpy().round(4)
        (0.6931, array([-0.1094, -0.1094,  0.9892], dtype=float32))
        """
        x, alpha = _on_simplex(x, alpha)
        gammaln, power = special().gammaln, np.reshape(alpha - 1, (-1, *(1,) * (np.ndim(x) - 1)))
        factors = held(lambda x: special().xlogy(power, x), x, 0.5)
        return np.squeeze(np.sum(factors, axis=0)) - np.sum(gammaln(alpha)) + gammaln(np.sum(alpha))

    @staticmethod
    def pdf(x: Any, alpha: Any) -> Any:
        """Density, ``exp(logpdf)``: (n,), (n,) -> () or (n, points), (n,) -> (points,).

        >>> dirichlet.pdf([0.5, 0.5], [2.0, 2.0]).round(4)
        np.float64(1.5)
        """
        return np.exp(dirichlet.logpdf(x, alpha))


def _on_simplex(x: Any, alpha: Any) -> list[Any]:
    """The arguments of `dirichlet` in one dtype, with the last component of ``x``, once they are seen to fit."""
    n = np.size(alpha)
    rounding = 4 * n * np.finfo(alike(x)[0].dtype).eps
    x, alpha = alike(x, alpha)
    if np.ndim(alpha) != 1 or np.ndim(x) == 0 or np.shape(x)[0] not in (n - 1, n):
        call = describe_call("dirichlet", {"x": x, "alpha": alpha})
        raise ShapeError(f"{call}: want shapes (n,) or (n - 1,), or with an axis of points after it, and (n,).")
    if np.shape(x)[0] == n - 1:
        x = np.concatenate([x, 1 - np.sum(x, axis=0, keepdims=True)])
    values = value_of(x)
    if np.any(values < 0) or np.any(np.abs(np.sum(values, axis=0) - 1) > max(1e-9, rounding)):
        raise ArgumentError("dirichlet: x must have no component below 0 and add up to 1 along its first axis.")
    if np.any(value_of(alpha) <= 0):
        raise ArgumentError("dirichlet: every alpha must be positive.")
    return [x, alpha]


@named
class multivariate_normal:
    """Normal distribution of vectors of d components.

    In all its functions ``mean`` is (d,), by default zeros, or one number, where d = 1; ``cov`` is a (d, d) matrix that
    is symmetric and positive definite, a (d,) vector of variances, or one number, the variance of all. Both triangles
    of ``cov`` share its derivative. Named as `scipy.stats.multivariate_normal`. Raises LinAlgError for a covariance
    that is not positive definite, ShapeError where shapes do not fit.

    >>> multivariate_normal.pdf([[0.0, 0.0], [1.0, 0.0]], mean=[0.0, 0.0]).round(4)
    array([0.1592, 0.0965])
    """

    @staticmethod
    def logpdf(x: Any, mean: Any = None, cov: Any = 1) -> Any:
        """Logarithm of the density: (..., d) -> (...), or of a vector of numbers, where d = 1, (points,) -> (points,).

        ``-(z @ z + d log(2 pi) + log(det(cov))) / 2`` with ``z = solve(cholesky(cov), x - mean)``. As in SciPy axes of
        length 1 are dropped from the result.

        >>> import autograd as ag
        >>> mean = ag.zeros(2, requires_grad=True)
        >>> ag.distributions.multivariate_normal.logpdf([1.0, 4.0], mean, [1.0, 2.0]).backward(); mean.grad
        Tensor([1., 2.], dtype=float32)
        """
        x, mean, cov = _parameters(mean, cov, x)
        d = np.size(mean)
        x = np.reshape(x, (-1, 1)) if np.ndim(x) < 2 and d == 1 else x
        if np.shape(x)[-1:] != (d,):
            raise ShapeError(f"multivariate_normal: x has shape {np.shape(x)}; want (..., {d}), as mean and cov have.")
        root = _root(cov)
        columns = np.reshape(x - mean, (-1, d)).T
        z = ops.functions["solve_triangular"](root, columns, lower=True)
        squares = np.squeeze(np.reshape(np.sum(z * z, axis=0), np.shape(x)[:-1]))
        return -0.5 * (squares + d * LOG_TAU) - _half_logdet(root)

    @staticmethod
    def pdf(x: Any, mean: Any = None, cov: Any = 1) -> Any:
        """Density, ``exp(logpdf)``, with the shapes of `logpdf`.

        >>> multivariate_normal.pdf([0.0, 0.0], [0.0, 0.0]).round(4)
        np.float64(0.1592)
        """
        return np.exp(multivariate_normal.logpdf(x, mean, cov))

    @staticmethod
    def entropy(mean: Any = None, cov: Any = 1) -> Any:
        """Differential entropy: ``(d (1 + log(2 pi)) + log(det(cov))) / 2``, one number.

        >>> multivariate_normal.entropy(cov=[[1.0, 0.0], [0.0, 1.0]]).round(4)
        np.float64(2.8379)
        """
        mean, cov = _parameters(mean, cov)
        return _half_logdet(_root(cov)) + 0.5 * np.size(mean) * (1 + LOG_TAU)


def _parameters(mean: Any, cov: Any, *others: Any) -> list[Any]:
    """Others, mean (d,) and covariance (d, d), in one dtype."""
    d = np.size(mean) if mean is not None else np.shape(cov)[0] if np.ndim(cov) == 2 else 1
    *found, mean, cov = alike(*others, 0.0 if mean is None else mean, cov)
    if mean.ndim > 1 or cov.shape not in ((), (d,), (d, d)):
        call = describe_call("multivariate_normal", {"mean": mean, "cov": cov})
        raise ShapeError(f"{call}: want shapes (d,), and (d, d), (d,) or () of the covariance.")
    if cov.ndim < 2:
        cov = np.reshape(cov, (-1,)) * np.eye(d, dtype=cov.dtype)
    return [*found, np.broadcast_to(mean, (d,)), cov]


def _root(cov: Any) -> Any:
    """Cholesky's factor, of a gradient that is symmetric."""
    return np.linalg.cholesky(0.5 * (cov + cov.T))


def _half_logdet(root: Any) -> Any:
    return np.sum(np.log(np.diagonal(root)))
