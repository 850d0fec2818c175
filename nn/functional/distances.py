"""Distance and similarity of vectors as functions."""

from __future__ import annotations

from typing import Any

import numpy as np

import autograd as ag
from nn.kernels.checks import check_floats, place

__all__ = ["cosine_similarity", "pairwise_distance"]


def cosine_similarity(x1: Any, x2: Any, dim: int = 1, eps: float = 1e-8) -> Any:
    """Cosine of the angle between the vectors along ``dim``: (..., length, ...), (..., length, ...) -> (..., ...).

    ``sum(x1 * x2) / (|x1| * |x2|)`` of each pair.

    Parameters
    ----------
    x1, x2: of one dtype and of shapes that broadcast.
    dim: an axis of the broadcast shape.
    eps: shorter vectors count as this long.

    Raises ShapeError and DtypeError where these do not fit.

    >>> import autograd as ag, nn
    >>> round(nn.functional.cosine_similarity(ag.tensor([[3.0, 4.0]]), ag.tensor([[4.0, 3.0]])).item(), 4)
    0.96
    """
    ndim = len(_common_shape("cosine_similarity", x1, x2))
    if not -ndim <= dim < ndim:
        raise ag.errors.ShapeError(
            f"{place('cosine_similarity')}: no axis dim={dim} in inputs of shapes {x1.shape} and {x2.shape}. For two "
            "vectors, give dim=-1."
        )
    if x1.shape != x2.shape:
        x1, x2 = np.broadcast_arrays(x1, x2)
    return np.sum(_unit(x1, dim, eps) * _unit(x2, dim, eps), axis=dim)


def _unit(x: Any, dim: int, eps: float) -> Any:
    length = ag.vector_norm(x, axis=dim, keepdims=True)
    values = ag.value_of(length)
    return x / (length + (np.maximum(values, eps) - values))  # a constant, so that the gradient goes through


def pairwise_distance(x1: Any, x2: Any, p: float = 2.0, eps: float = 1e-6, keepdim: bool = False) -> Any:
    """Length of ``x1 - x2 + eps`` along the last axis, in the norm of order p: (..., length), (..., length) -> (...).

    Parameters
    ----------
    x1, x2: of one dtype and of shapes that broadcast.
    p: the order of the norm; inf for the largest difference.
    eps: added to each difference, which keeps the distance of equal vectors, and so its gradient, from 0.
    keepdim: whether the last axis stays, with length 1.

    Raises ShapeError and DtypeError where these do not fit.

    >>> import autograd as ag, nn
    >>> nn.functional.pairwise_distance(ag.tensor([[3.0, 4.0]]), ag.zeros(1, 2), eps=0.0)
    Tensor([5.], dtype=float32)
    """
    if not _common_shape("pairwise_distance", x1, x2):
        raise ag.errors.ShapeError(
            f"{place('pairwise_distance')}: want inputs of shape (..., length), got {x1.shape} and {x2.shape}. For "
            "the distance of two numbers, take np.abs(x1 - x2)."
        )
    return ag.vector_norm(x1 - x2 + eps, axis=-1, keepdims=keepdim, ord=p)


def _common_shape(operation: str, x1: Any, x2: Any) -> tuple[int, ...]:
    check_floats(operation, x1=x1, x2=x2)
    try:
        return np.broadcast_shapes(x1.shape, x2.shape)
    except ValueError:
        raise ag.errors.ShapeError(
            f"{place(operation)}: shapes {x1.shape} and {x2.shape} do not broadcast; want vectors of one length, and "
            "as many of one as of the other. For each with every other, give x1[:, None]."
        ) from None
