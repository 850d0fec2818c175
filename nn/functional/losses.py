"""Losses of distances and of likelihoods as functions."""

from __future__ import annotations

import math
from typing import Any

import numpy as np

import autograd as ag
from nn.kernels import entropies as _entropies
from nn.kernels import loss as _loss
from nn.kernels.checks import check_arrays, check_floats, place
from nn.kernels.labels import as_numbers, check_broadcasts, without_gradient
from nn.kernels.reductions import REDUCTIONS, averaged, check_pair, check_reduction, reduce

__all__ = [
    "binary_cross_entropy",
    "binary_cross_entropy_with_logits",
    "cross_entropy",
    "focal_loss",
    "gaussian_nll_loss",
    "huber_loss",
    "kl_div",
    "l1_loss",
    "mse_loss",
    "nll_loss",
    "poisson_nll_loss",
    "smooth_l1_loss",
]


# --- distances ------------------------------------------------------------------------------------------


def l1_loss(input: Any, target: Any, reduction: str = "mean", weight: Any = None) -> Any:
    """Absolute error, ``abs(input - target)``: (...), (...) -> (); its derivative where they are equal is 0.

    Parameters
    ----------
    target: of the shape and dtype of the input.
    reduction: ``"mean"``, ``"sum"``, or ``"none"`` for the error of each element. A mean of no elements is nan.
    weight: factor of each element, of the input's shape; the mean is then divided by its sum.

    Raises ShapeError, DtypeError and ArgumentError where these do not fit. PyTorch broadcasts inputs and targets of
    different shapes, with a warning.

    >>> import autograd as ag, nn
    >>> nn.functional.l1_loss(ag.tensor([1.0, 2.0]), ag.tensor([1.0, 4.0]))
    Tensor(1., dtype=float32)
    """
    if weight is None:
        return _loss.l1_loss(input, target, reduction)
    return _weighted("l1_loss", _loss.l1_loss(input, target, "none"), weight, reduction)


def mse_loss(input: Any, target: Any, reduction: str = "mean", weight: Any = None) -> Any:
    """Squared error, ``(input - target) ** 2``: (...), (...) -> ().

    Parameters
    ----------
    target: of the shape and dtype of the input.
    reduction: ``"mean"``, ``"sum"``, or ``"none"`` for the error of each element. A mean of no elements is nan.
    weight: factor of each element, of the input's shape; the mean is then divided by its sum.

    Raises ShapeError, DtypeError and ArgumentError where these do not fit. PyTorch broadcasts inputs and targets of
    different shapes, with a warning.

    >>> import autograd as ag, nn
    >>> nn.functional.mse_loss(ag.tensor([1.0, 2.0]), ag.tensor([1.0, 4.0]))
    Tensor(2., dtype=float32)
    """
    if weight is None:
        return _loss.mse_loss(input, target, reduction)
    return _weighted("mse_loss", _loss.mse_loss(input, target, "none"), weight, reduction)


def smooth_l1_loss(input: Any, target: Any, reduction: str = "mean", beta: float = 1.0) -> Any:
    """``d ** 2 / (2 * beta)`` for a difference d of less than ``beta``, else ``abs(d) - beta / 2``: (...), (...) -> ().

    Girshick, 2015.

    Parameters
    ----------
    target: of the shape and dtype of the input.
    reduction: ``"mean"``, ``"sum"``, or ``"none"`` for the error of each element. A mean of no elements is nan.
    beta: where the parabola becomes a line, at least 0; with 0 it is `l1_loss`.

    Raises ShapeError, DtypeError and ArgumentError where these do not fit.

    >>> import autograd as ag, nn
    >>> nn.functional.smooth_l1_loss(ag.tensor([0.5, 2.0]), ag.zeros(2), reduction="none")
    Tensor([0.125, 1.5  ], dtype=float32)
    """
    if not beta >= 0:
        raise ag.errors.ArgumentError(f"{place('smooth_l1_loss')}: beta={beta}; want a number of at least 0.")
    return _loss.huber_loss(input, target, beta, 1.0, reduction) if beta else _loss.l1_loss(input, target, reduction)


def huber_loss(input: Any, target: Any, reduction: str = "mean", delta: float = 1.0, weight: Any = None) -> Any:
    """``d ** 2 / 2`` for a difference d of up to ``delta``, else ``delta * (abs(d) - delta / 2)``: (...), (...) -> ().

    Huber, 1964; `smooth_l1_loss` times delta.

    Parameters
    ----------
    target: of the shape and dtype of the input.
    reduction: ``"mean"``, ``"sum"``, or ``"none"`` for the error of each element. A mean of no elements is nan.
    delta: where the parabola becomes a line, more than 0.
    weight: factor of each element, of the input's shape; the mean is one over the number of elements nonetheless,
        as in PyTorch.

    Raises ShapeError, DtypeError and ArgumentError where these do not fit.

    >>> import autograd as ag, nn
    >>> nn.functional.huber_loss(ag.tensor([0.5, 4.0]), ag.zeros(2), reduction="none", delta=2.0)
    Tensor([0.125, 6.   ], dtype=float32)
    """
    if not delta > 0:
        raise ag.errors.ArgumentError(f"{place('huber_loss')}: delta={delta}; want a number above 0.")
    if weight is None:
        return _loss.huber_loss(input, target, delta, delta, reduction)
    losses = _loss.huber_loss(input, target, delta, delta, "none")
    check_pair("huber_loss", weight=weight, input=losses)
    return reduce("huber_loss", losses * weight, reduction)


def _weighted(operation: str, losses: Any, weight: Any, reduction: str) -> Any:
    """Losses of elements that have weights: a mean is divided by the sum of these."""
    check_pair(operation, weight=weight, input=losses)
    total = reduce(operation, losses * weight, "sum" if reduction == "mean" else reduction)
    if reduction != "mean":
        return total
    return total / np.sum(weight) if losses.size else averaged(total, 0, "mean")


# --- classes --------------------------------------------------------------------------------------------


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
    weight = without_gradient("cross_entropy", "weight", weight)
    return _entropies.cross_entropy(input, target, weight, ignore_index, reduction, label_smoothing)


def nll_loss(input: Any, target: Any, weight: Any = None, ignore_index: int = -100, reduction: str = "mean") -> Any:
    """Negative log likelihood of labels, ``-weight[label] * input[label]``: (batch, classes), (batch) -> ().

    Also (classes), () -> () and (batch, classes, ...), (batch, ...) -> (). With log_softmax before it, cross entropy.

    Parameters
    ----------
    input: logarithms of probabilities; the classes are axis 1.
    target: integer labels from 0 to classes - 1.
    weight: factor of each class, (classes); the mean is weighted by it.
    ignore_index: a label whose rows do not count.
    reduction: ``"mean"``, ``"sum"``, or ``"none"`` for the loss of each row. A mean of no rows is nan.

    Raises ShapeError, DtypeError and ArgumentError where these do not fit, a label out of range included;
    GradientError for a ``weight`` that needs a gradient, since there is none for it.

    >>> import autograd as ag, nn
    >>> nn.functional.nll_loss(ag.tensor([[-1.0, -2.0], [-3.0, -4.0]]), ag.tensor([1, 0]))
    Tensor(2.5, dtype=float32)
    """
    return _entropies.nll_loss(input, target, without_gradient("nll_loss", "weight", weight), ignore_index, reduction)


def binary_cross_entropy(input: Any, target: Any, weight: Any = None, reduction: str = "mean") -> Any:
    """``-weight * (target * log(input) + (1 - target) * log(1 - input))``: (...), (...) -> ().

    Logarithms below -100 count as -100, so that a certain and wrong input has a finite loss.

    Parameters
    ----------
    input: probabilities, 0 to 1.
    target: 0 or 1 or a probability, of the shape and dtype of the input.
    weight: factor of each element, of a shape that broadcasts to the input's.
    reduction: ``"mean"``, ``"sum"``, or ``"none"`` for the loss of each element. A mean of no elements is nan.

    Raises ShapeError, DtypeError and ArgumentError where these do not fit, an input outside of 0 to 1 included;
    GradientError for a ``weight`` that needs a gradient, since there is none for it.

    >>> import autograd as ag, nn
    >>> nn.functional.binary_cross_entropy(ag.tensor([0.5, 1.0]), ag.tensor([1.0, 0.0]), reduction="none")
    Tensor([  0.6931472, 100.       ], dtype=float32)
    """
    operation = "binary_cross_entropy"
    weight = without_gradient(operation, "weight", weight)
    check_floats(operation, input=input)
    check_broadcasts(operation, "weight", weight, input)
    check_arrays(operation, target=target)
    values = ag.value_of(target)
    if values.size and not (values.min() >= 0 and values.max() <= 1):
        raise ag.errors.ArgumentError(
            f"{place(operation)}: the target has values from {values.min():.4g} to {values.max():.4g}; want 0, 1 or "
            "probabilities between them."
        )
    return _loss.binary_cross_entropy(input, target, weight, reduction)


def binary_cross_entropy_with_logits(
    input: Any, target: Any, weight: Any = None, reduction: str = "mean", pos_weight: Any = None
) -> Any:
    """Cross entropy between sigmoid(input) and a target, of each element: (...), (...) -> ().

    An element's loss is ``-weight * (pos_weight * target * log(p) + (1 - target) * log(1 - p))`` with
    ``p = sigmoid(input)``, computed so that nothing overflows.

    Parameters
    ----------
    input: logits, any real numbers.
    target: 0 or 1 or a probability, of the shape and dtype of the input.
    weight: factor of each element, of a shape that broadcasts to the input's.
    reduction: ``"mean"``, ``"sum"``, or ``"none"`` for the loss of each element. A mean of no elements is nan.
    pos_weight: factor of positive targets, such as one for each class, of a shape that broadcasts to the input's.

    Raises ShapeError, DtypeError and ArgumentError where these do not fit; GradientError for a ``weight`` or
    ``pos_weight`` that needs a gradient, since there is none for it.

    >>> import autograd as ag, nn
    >>> logits, target = ag.tensor([0.0, -1000.0]), ag.tensor([1.0, 1.0])
    >>> nn.functional.binary_cross_entropy_with_logits(logits, target, reduction="none")
    Tensor([6.931472e-01, 1.000000e+03], dtype=float32)
    """
    operation = "binary_cross_entropy_with_logits"
    check_floats(operation, input=input)
    if weight is not None:
        weight = without_gradient(operation, "weight", weight)
        check_broadcasts(operation, "weight", weight, input)
    if pos_weight is not None:
        pos_weight = without_gradient(operation, "pos_weight", pos_weight)
        check_broadcasts(operation, "pos_weight", pos_weight, input)
    return _loss.binary_cross_entropy_with_logits(input, target, weight, pos_weight, reduction)


def focal_loss(input: Any, target: Any, alpha: Any = None, gamma: float = 2.0, reduction: str = "mean") -> Any:
    """Cross entropy times ``(1 - p) ** gamma``, p the probability given to the truth: what is easy counts less.

    Lin et al., 2017. For floats as a target, each element has two classes, and p is from sigmoid: (...), (...) -> ().
    For integer labels p is from softmax: (batch, classes), (batch) -> (), also (classes), () and
    (batch, classes, ...), (batch, ...).

    Parameters
    ----------
    input: logits, any real numbers.
    target: 0 or 1 for each element, of the shape and dtype of the input; or labels from 0 to classes - 1.
    alpha: for two classes, the weight of positive elements, 0 to 1; negative ones get 1 - alpha. For labels, a weight
        of each class, (classes). None for equal weights. (torchvision's sigmoid_focal_loss has 0.25.)
    gamma: how much less, at least 0; with 0 it is cross entropy.
    reduction: ``"mean"``, over all elements or rows, ``"sum"``, or ``"none"``. A mean of none is nan.

    Raises ShapeError, DtypeError and ArgumentError where these do not fit.

    >>> import autograd as ag, nn
    >>> easy, hard = nn.functional.focal_loss(ag.tensor([3.0, -3.0]), ag.tensor([1.0, 1.0]), reduction="none")
    >>> round(easy.item(), 4), round(hard.item(), 4)
    (0.0001, 2.7663)
    """
    check_reduction("focal_loss", reduction)
    if not gamma >= 0:
        raise ag.errors.ArgumentError(f"{place('focal_loss')}: gamma={gamma}; want a number of at least 0.")
    is_binary = getattr(target, "dtype", np.dtype("f")).kind == "f"
    losses, missing = _two_classes(input, target, alpha) if is_binary else _many_classes(input, target, alpha)
    if gamma:  # kept from 0, where the slope of a root is infinite
        losses = losses * np.maximum(missing, np.finfo(missing.dtype).tiny) ** gamma
    return reduce("focal_loss", losses, reduction)


def _two_classes(input: Any, target: Any, alpha: Any) -> tuple[Any, Any]:
    """Cross entropies, and the probabilities that the truth misses, without a difference that loses digits."""
    losses = _loss.binary_cross_entropy_with_logits(input, target, None, None, "none")
    if alpha is not None:
        if np.ndim(alpha) or not 0 <= alpha <= 1:
            raise ag.errors.ArgumentError(
                f"{place('focal_loss')}: alpha={alpha!r}; want a number from 0 to 1, the weight of positive elements. "
                "A weight of each class is for integer labels."
            )
        losses = losses * (alpha * target + (1 - alpha) * (1 - target))
    return losses, ag.sigmoid(input) * (1 - target) + ag.sigmoid(-input) * target


def _many_classes(input: Any, target: Any, alpha: Any) -> tuple[Any, Any]:
    if alpha is not None and np.ndim(alpha) != 1:
        raise ag.errors.ArgumentError(
            f"{place('focal_loss')}: alpha={alpha!r}; for integer labels want a weight of each class, or None. One "
            "number is for a target of floats, 0 or 1 for each element of the input."
        )
    losses = cross_entropy(input, target, reduction="none")
    weighted = losses if alpha is None else cross_entropy(input, target, alpha, reduction="none")
    return weighted, -np.expm1(-losses)


# --- distributions --------------------------------------------------------------------------------------


def kl_div(input: Any, target: Any, reduction: str = "mean", log_target: bool = False) -> Any:
    """Divergence of Kullback and Leibler, of each element ``target * (log(target) - input)``: (...), (...) -> ().

    Parameters
    ----------
    input: logarithms of probabilities.
    target: probabilities, or with ``log_target`` their logarithms, of the shape and dtype of the input.
    reduction: ``"batchmean"``, the sum over the length of the first axis, which is the divergence as it is defined;
        ``"mean"`` over all elements, ``"sum"``, or ``"none"``. A mean of no elements is nan.

    Raises ShapeError, DtypeError and ArgumentError where these do not fit.

    >>> import autograd as ag, nn
    >>> p, q = ag.tensor([[0.5, 0.5]]), ag.tensor([[0.25, 0.75]])
    >>> round(nn.functional.kl_div(ag.log(q), p, reduction="batchmean").item(), 4)
    0.1438
    """
    check_reduction("kl_div", reduction, ("batchmean", *REDUCTIONS))
    check_pair("kl_div", target=target, input=input)
    losses = np.exp(target) * (target - input) if log_target else ag.xlogy(target, target) - target * input
    if reduction != "batchmean":
        return reduce("kl_div", losses, reduction)
    if not input.ndim:
        raise ag.errors.ShapeError(
            f"{place('kl_div')}: reduction='batchmean' divides by the length of the first axis, but the input has "
            "shape (). Give (batch, ...), or reduction='sum'."
        )
    return averaged(np.sum(losses), len(input), "mean")


def poisson_nll_loss(
    input: Any,
    target: Any,
    log_input: bool = True,
    full: bool = False,
    eps: float = 1e-8,
    reduction: str = "mean",
) -> Any:
    """Negative log likelihood of counts under Poisson's distribution: (...), (...) -> ().

    An element's loss is ``rate - target * log(rate)``, less the constant log(target!).

    Parameters
    ----------
    input: logarithms of the rates, or the rates themselves.
    target: counts, at least 0, of the shape of the input.
    log_input: whether the input holds logarithms.
    full: whether log(target!) is added, by Stirling's approximation, to the losses of counts above 1.
    eps: added to rates whose logarithm is taken.
    reduction: ``"mean"``, ``"sum"``, or ``"none"`` for the loss of each element. A mean of no elements is nan.

    Raises ShapeError, DtypeError and ArgumentError where these do not fit.

    >>> import autograd as ag, nn
    >>> nn.functional.poisson_nll_loss(ag.tensor([0.0, 0.0]), ag.tensor([2, 3]))
    Tensor(1., dtype=float32)
    """
    target = as_numbers("poisson_nll_loss", target, input)
    check_pair("poisson_nll_loss", target=target, input=input)
    losses = np.exp(input) - target * input if log_input else input - target * np.log(input + eps)
    if full:
        is_large = target > 1
        count = np.where(is_large, target, 1.0)
        stirling = count * np.log(count) - count + 0.5 * np.log(2 * math.pi * count)
        losses = losses + np.where(is_large, stirling, 0.0)
    return reduce("poisson_nll_loss", losses, reduction)


def gaussian_nll_loss(
    input: Any, target: Any, var: Any, full: bool = False, eps: float = 1e-6, reduction: str = "mean"
) -> Any:
    """Negative log likelihood under normal distributions: (...), (...), (...) -> ().

    An element's loss is ``(log(var) + (input - target) ** 2 / var) / 2``. Nix and Weigend, 1994.

    Parameters
    ----------
    input: the expected values.
    target: of the shape and dtype of the input.
    var: variances, at least 0: of the input's shape, of that shape with axes of length 1 in which it is shared,
        of that shape without the last axis, or one number.
    full: whether the constant log(2 pi) / 2 is added.
    eps: smaller variances count as this one, above 0; their gradient is that at eps, as in PyTorch.
    reduction: ``"mean"``, ``"sum"``, or ``"none"`` for the loss of each element. A mean of no elements is nan.

    Raises ShapeError, DtypeError and ArgumentError where these do not fit.

    >>> import autograd as ag, nn
    >>> nn.functional.gaussian_nll_loss(ag.tensor([0.0, 1.0]), ag.tensor([2.0, 1.0]), 4.0, reduction="none")
    Tensor([1.1931472, 0.6931472], dtype=float32)
    """
    operation = "gaussian_nll_loss"
    check_pair(operation, target=target, input=input)
    var = _variance(operation, var, input)
    values = ag.value_of(var)
    var = var + (np.maximum(values, eps) - values)  # a constant, so that the gradient goes through
    losses = 0.5 * (np.log(var) + (input - target) ** 2 / var)
    return reduce(operation, losses + 0.5 * math.log(2 * math.pi) if full else losses, reduction)


def _variance(operation: str, var: Any, x: Any) -> Any:
    """Variances in a shape that broadcasts against ``x``."""
    if isinstance(var, (int, float)):
        var = np.full((1,) * x.ndim, var, x.dtype)
    check_floats(operation, var=var, input=x)
    if x.ndim and var.shape != x.shape and var.shape == x.shape[:-1]:
        var = np.expand_dims(var, -1)
    elif var.ndim not in (0, x.ndim):
        raise ag.errors.ShapeError(
            f"{place(operation)}: var has shape {var.shape}, the input {x.shape}; want the same, with axes of length 1 "
            f"where it is shared, or {x.shape[:-1]}, one for each row."
        )
    check_broadcasts(operation, "var", var, x)
    values = ag.value_of(var)
    if (values < 0).any():
        raise ag.errors.ArgumentError(
            f"{place(operation)}: var has the value {values.min():.4g}; want variances, at least 0. Make them so by "
            "np.exp or ag.softplus."
        )
    return var
