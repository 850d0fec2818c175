"""What all losses share: their sum or mean, what it means for a derivative, and which arguments fit each other.

A kernel of a loss of each element begins with `check_pair`, ends in `reduced` losses, and its rule begins with the
`share` of each; losses that are composed of other functions end in `reduce`.
"""

from __future__ import annotations

import math
from typing import Any

import numpy as np

import autograd as ag
from nn.kernels.checks import check_floats, place

REDUCTIONS = ("mean", "sum", "none")


def check_reduction(operation: str, reduction: str, known: tuple[str, ...] = REDUCTIONS) -> None:
    """Raise ArgumentError unless ``reduction`` is one of those ``known``."""
    if reduction not in known:
        *others, last = map(repr, known)
        raise ag.errors.ArgumentError(
            f"{place(operation)}: reduction={reduction!r}; want {', '.join(others)} or {last}."
        )


def check_pair(operation: str, **arrays: Any) -> None:
    """Raise DtypeError unless all are floats of one width, ShapeError unless all have the shape of the last."""
    check_floats(operation, **arrays)
    *others, (name, x) = arrays.items()
    for other_name, other in others:
        if other.shape != x.shape:
            raise ag.errors.ShapeError(
                f"{place(operation)}: the {name} has shape {x.shape}, the {other_name} {other.shape}; want the same, "
                "since broadcasting would compare each with every other. Reshape one of them."
            )


def reduced(losses: Any, reduction: str, factor: Any = None) -> Any:
    """What a kernel returns of the losses of all elements.

    Parameters
    ----------
    losses: an array.
    factor: of the losses, an array of the same shape and order in memory; where they are summed, their products
        need no array of their own.
    """
    if reduction == "none":
        return losses if factor is None else losses * factor
    total = np.add.reduce(losses, axis=None) if factor is None else np.dot(losses.ravel("K"), factor.ravel("K"))
    return averaged(total, losses.size, reduction)


def averaged(total: Any, count: float, reduction: str) -> Any:
    """The sum of losses, or their mean; the mean of none is nan, but its gradient 0, as in PyTorch."""
    if reduction == "sum":
        return total
    return total / count if count else total + math.nan


def share(g: Any, count: float, reduction: str) -> Any:
    """What the gradient of each loss is, from that of the reduced losses: a number unless nothing was reduced."""
    return g / (count or 1) if reduction == "mean" else g


def reduce(operation: str, losses: Any, reduction: str) -> Any:
    """Losses that were composed of other functions, or their sum or mean."""
    check_reduction(operation, reduction)
    return losses if reduction == "none" else averaged(np.sum(losses), losses.size, reduction)


def draw_reduction(rng: np.random.Generator) -> str:
    """One of the reductions, for tests."""
    return str(rng.choice(REDUCTIONS))
