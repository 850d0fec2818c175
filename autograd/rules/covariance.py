"""Covariance and correlation of variables."""

from __future__ import annotations

from typing import Any

import numpy as np

from autograd.composites import composite
from autograd.errors import ArgumentError, ShapeError, describe
from autograd.spec import Real


def _samples(rng: np.random.Generator) -> tuple[Any, ...]:
    variables, count = int(rng.integers(1, 4)), int(rng.integers(3, 6))
    x = Real().sample(rng, (count,) if rng.random() < 0.2 else (variables, count))
    y = None if rng.random() < 0.5 else Real().sample(rng, (count,) if rng.random() < 0.5 else (2, count))
    by_rows = bool(rng.random() < 0.5)
    return (x, y, True) if by_rows else (x.T, None if y is None else y.T, False)


def _cov_samples(rng: np.random.Generator) -> tuple[Any, ...]:
    x, y, rowvar = _samples(rng)
    count = x.shape[-1 if rowvar else 0]
    fweights = None if rng.random() < 0.5 else rng.integers(1, 4, count)
    aweights = None if rng.random() < 0.5 else Real(0.5, 2.0).sample(rng, (count,))
    return x, y, rowvar, bool(rng.random() < 0.5), [None, 0, 1][rng.integers(3)], fweights, aweights


@composite(numpy=np.cov, samples=_cov_samples)
def cov(
    x: Any,
    y: Any = None,
    rowvar: bool = True,
    bias: bool = False,
    ddof: int | None = None,
    fweights: Any = None,
    aweights: Any = None,
    *,
    dtype: Any = None,
) -> Any:
    """Covariance of variables of which there are observations: (variables, count) -> (variables, variables).

    Parameters
    ----------
    x: a row for each variable, or a single one, (count,), of which the result is the variance, ().
    y: more variables, in the same form.
    rowvar: False where columns are variables, and rows observations.
    bias, ddof: divide by the count less ``ddof``, which is 1, or 0 with ``bias``.
    fweights: how many times each observation was made, (count,): integers.
    aweights: how much each observation weighs, (count,).
    dtype: compute in it. By default float32 stays float32, where NumPy's computes in float64.

    Raises ShapeError for more than two axes, ArgumentError for ``fweights`` that are no counts.

    >>> import autograd as ag
    >>> ag.cov(ag.tensor([[1.0, 2.0, 3.0], [2.0, 4.0, 6.0]]))
    Tensor([[1., 2.],
            [2., 4.]], dtype=float32)
    """
    parts = [_rows(x, rowvar)]
    if y is not None:
        parts.append(_rows(y, rowvar or np.shape(y)[:1] == (1,)))
    rows = np.concatenate(parts)
    if dtype is not None:
        rows = rows.astype(dtype)
    if ddof is None:
        ddof = 0 if bias else 1
    weights = aweights
    if fweights is not None:
        counts = np.asarray(fweights, np.result_type(rows, 0.0))
        if np.any((counts < 0) | (counts % 1 != 0)):
            raise ArgumentError(f"cov(fweights: {describe(fweights)}): takes counts, integers of at least 0.")
        weights = counts if aweights is None else np.multiply(counts, aweights)
    if weights is None:
        centred = weighted = rows - np.mean(rows, 1, keepdims=True)
        freedom = np.shape(rows)[1] - ddof
    else:
        total = np.sum(weights)
        centred = rows - np.expand_dims(np.dot(rows, weights) / total, 1)
        weighted = centred * weights
        freedom = total - (ddof if aweights is None else ddof * np.vdot(weights, aweights) / total)
    return np.squeeze(centred @ np.transpose(weighted) / max(freedom, 0))


def _rows(x: Any, rowvar: bool) -> Any:
    """Observations with a row for each variable."""
    if np.ndim(x) > 2:
        raise ShapeError(f"cov({describe(x)}): takes variables by observations, in one axis or two; reshape first.")
    if np.ndim(x) < 2:
        return np.reshape(x, (1, -1))
    return x if rowvar else np.transpose(x)


@composite(numpy=np.corrcoef, samples=_samples)
def corrcoef(x: Any, y: Any = None, rowvar: bool = True, *, dtype: Any = None) -> Any:
    """Correlation coefficients of variables, in [-1, 1]: (variables, count) -> (variables, variables).

    The arguments are those of `cov`, and so are the errors. Of a variable that is constant it is nan.

    >>> import autograd as ag
    >>> ag.corrcoef(ag.tensor([1.0, 2.0, 3.0]), ag.tensor([3.0, 2.0, 1.0]))
    Tensor([[ 1., -1.],
            [-1.,  1.]], dtype=float32)
    """
    covariance = cov(x, y, rowvar, dtype=dtype)
    if np.ndim(covariance) == 0:
        return covariance / covariance
    deviations = np.sqrt(np.einsum("ii->i", covariance))
    return np.clip(covariance / np.outer(deviations, deviations), -1, 1)
