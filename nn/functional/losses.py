"""Losses as functions."""

from __future__ import annotations

from typing import Any

import autograd as ag
from nn.kernels import loss as _loss
from nn.kernels.checks import place

__all__ = ["cross_entropy", "mse_loss"]


def cross_entropy(
    input: Any,
    target: Any,
    weight: Any = None,
    ignore_index: int = -100,
    reduction: str = "mean",
    label_smoothing: float = 0.0,
) -> Any:
    """Cross entropy between the softmax of logits and a target.

    For labels: (batch, classes), (batch) -> (); also (classes), () and (batch, classes, ...), (batch, ...). For
    probabilities the target has the shape of the input. A row's loss is
    ``-sum(weight * target * log_softmax(input))`` over the classes.

    Parameters
    ----------
    input: logits, any real numbers; the classes are axis 1.
    target: integer labels from 0 to classes - 1, or probabilities of each class, of the input's dtype.
    weight: factor of each class, (classes); the mean of losses of labels is weighted by it.
    ignore_index: a label whose rows do not count.
    reduction: ``"mean"``, ``"sum"``, or ``"none"`` for the loss of each row. A mean of no rows is nan.
    label_smoothing: the share of the target, 0 to 1, that is spread evenly over the classes (Szegedy et al., 2016).

    Raises ShapeError, DtypeError and ArgumentError where these do not fit, a label out of range included;
    GradientError for a ``weight`` that needs a gradient, since there is none for it.

    >>> import autograd as ag, nn
    >>> logits = ag.zeros(2, 10, requires_grad=True)
    >>> nn.functional.cross_entropy(logits, ag.tensor([3, 7]))
    Tensor(2.3025851, dtype=float32, grad_fn=cross_entropy)
    """
    if weight is not None and getattr(weight, "requires_grad", False):
        raise ag.errors.GradientError(
            f"{place('cross_entropy')}: the weight of the classes needs a gradient, and there is none for it; give "
            "weight.detach()."
        )
    return _loss.cross_entropy(input, target, weight, ignore_index, reduction, label_smoothing)


def mse_loss(input: Any, target: Any, reduction: str = "mean") -> Any:
    """Squared error, ``(input - target) ** 2``: (...), (...) -> ().

    Parameters
    ----------
    target: of the shape and dtype of the input.
    reduction: ``"mean"``, ``"sum"``, or ``"none"`` for the error of each element.

    Raises ShapeError, DtypeError and ArgumentError where these do not fit.

    >>> import autograd as ag, nn
    >>> nn.functional.mse_loss(ag.tensor([1.0, 2.0]), ag.tensor([1.0, 4.0]))
    Tensor(2., dtype=float32)
    """
    return _loss.mse_loss(input, target, reduction)
