"""Layers and losses as functions without state, under PyTorch's names.

Each takes Tensors or arrays; the result of arrays alone is an array.
"""

from __future__ import annotations

from typing import Any

import numpy as np

import autograd as ag
from nn.kernels import linear as _linear
from nn.kernels import loss as _loss
from nn.kernels.checks import place


def relu(input: Any) -> Any:
    """Rectifier, ``max(input, 0)``: (...) -> (...); its derivative at 0 is taken as 0.

    >>> import autograd as ag, nn
    >>> nn.functional.relu(ag.tensor([-1.0, 2.0]))
    Tensor([0., 2.], dtype=float32)
    """
    return ag.relu(input)


def tanh(input: Any) -> Any:
    """Hyperbolic tangent: (...) -> (...), between -1 and 1.

    >>> import autograd as ag, nn
    >>> nn.functional.tanh(ag.tensor([0.0]))
    Tensor([0.], dtype=float32)
    """
    return ag.tanh(input)


def sigmoid(input: Any) -> Any:
    """Logistic function, ``1 / (1 + exp(-input))``: (...) -> (...), between 0 and 1.

    >>> import autograd as ag, nn
    >>> nn.functional.sigmoid(ag.tensor([0.0]))
    Tensor([0.5], dtype=float32)
    """
    return ag.sigmoid(input)


def softmax(input: Any, dim: int = -1) -> Any:
    """Probabilities from logits, ``exp(input) / sum(exp(input))`` along the axis ``dim``: (...) -> (...).

    >>> import autograd as ag, nn
    >>> nn.functional.softmax(ag.tensor([2.0, 1.0, 0.1], dtype="float64"))
    Tensor([0.65900114, 0.24243297, 0.09856589], dtype=float64)
    """
    return ag.softmax(input, dim)


def log_softmax(input: Any, dim: int = -1) -> Any:
    """Logarithm of `softmax`, exact for small probabilities: (...) -> (...).

    >>> import autograd as ag, nn
    >>> nn.functional.log_softmax(ag.tensor([0.0, 0.0]))
    Tensor([-0.6931472, -0.6931472], dtype=float32)
    """
    return ag.log_softmax(input, dim)


def linear(input: Any, weight: Any, bias: Any = None) -> Any:
    """``input @ weight.T + bias``: (..., in_features) -> (..., out_features).

    Parameters
    ----------
    weight: (out_features, in_features).
    bias: (out_features), or None.

    Raises ShapeError where the last axis of ``input`` is not ``in_features`` long, DtypeError where float
    widths differ; both name the module's path in the model.

    >>> import autograd as ag, nn
    >>> nn.functional.linear(ag.ones(1, 2), ag.tensor([[1.0, 2.0]]), ag.tensor([10.0]))
    Tensor([[13.]], dtype=float32)
    """
    return _linear.linear(input, weight, bias)


def dropout(input: Any, p: float = 0.5, training: bool = True, rng: np.random.Generator | None = None) -> Any:
    """Zero each element with probability ``p`` and divide the others by ``1 - p``: (...) -> (...).

    Srivastava et al., 2014. Where not ``training``, the input itself.

    Parameters
    ----------
    p: from 0 to 1.
    training: whether anything is dropped.
    rng: generator of the draws; the default one if None.

    Raises ArgumentError for another p.

    >>> import autograd as ag, nn
    >>> nn.functional.dropout(ag.ones(3), p=1.0)
    Tensor([0., 0., 0.], dtype=float32)
    """
    if not 0.0 <= p <= 1.0:
        raise ag.errors.ArgumentError(f"{place('dropout')}: p={p}; want a probability, 0 to 1.")
    if not training or p == 0.0:
        return input
    draws = (rng or ag.default_generator()).random(input.shape, np.float32)
    kept = (draws >= p).astype(input.dtype)
    kept *= 1 / (1 - p) if p < 1.0 else 0
    return input * kept


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
