"""Losses with a margin, for labels, rankings and embeddings, as functions."""

from __future__ import annotations

from typing import Any

import numpy as np

import autograd as ag
from nn.functional.distances import pairwise_distance
from nn.kernels import loss as _loss
from nn.kernels.checks import check_floats, place, wrong_shape
from nn.kernels.labels import (
    as_numbers,
    check_broadcasts,
    check_class_weight,
    check_labels,
    labelled,
    signs,
    without_gradient,
)
from nn.kernels.reductions import check_pair, reduce

__all__ = [
    "cosine_embedding_loss",
    "hinge_embedding_loss",
    "hinge_loss",
    "margin_ranking_loss",
    "multi_margin_loss",
    "multilabel_margin_loss",
    "multilabel_soft_margin_loss",
    "soft_margin_loss",
    "triplet_margin_loss",
]


def _hinge(x: Any) -> Any:
    """``max(x, 0)``; its derivative at 0 is 1, as that of PyTorch's losses that are made of it."""
    return np.where(ag.value_of(x) < 0, 0.0, x)


# --- labels 1 and -1 ------------------------------------------------------------------------------------


def hinge_loss(input: Any, target: Any, squared: bool = False, reduction: str = "mean") -> Any:
    """Loss of a support vector machine, ``max(0, 1 - target * input)``: (...), (...) -> ().

    PyTorch has none of this kind. Cortes and Vapnik, 1995.

    Parameters
    ----------
    input: scores, any real numbers.
    target: labels 1 and -1, of the shape of the input.
    squared: whether each loss is squared.
    reduction: ``"mean"``, ``"sum"``, or ``"none"`` for the loss of each element. A mean of no elements is nan.

    Raises ShapeError, DtypeError and ArgumentError where these do not fit.

    >>> import autograd as ag, nn
    >>> nn.functional.hinge_loss(ag.tensor([0.5, 2.0]), ag.tensor([1, -1]), reduction="none")
    Tensor([0.5, 3. ], dtype=float32)
    """
    check_floats("hinge_loss", input=input)
    losses = _hinge(1 - signs("hinge_loss", target, input) * input)
    return reduce("hinge_loss", losses**2 if squared else losses, reduction)


def hinge_embedding_loss(input: Any, target: Any, margin: float = 1.0, reduction: str = "mean") -> Any:
    """``input`` where the label is 1, ``max(0, margin - input)`` where it is -1: (...), (...) -> ().

    For distances of pairs that are alike or not.

    Parameters
    ----------
    input: distances.
    target: labels 1 and -1, of the shape of the input.
    margin: the distance from which pairs that are not alike cost nothing.
    reduction: ``"mean"``, ``"sum"``, or ``"none"`` for the loss of each element. A mean of no elements is nan.

    Raises ShapeError, DtypeError and ArgumentError where these do not fit; PyTorch takes other labels.

    >>> import autograd as ag, nn
    >>> nn.functional.hinge_embedding_loss(ag.tensor([0.25, 0.25]), ag.tensor([1, -1]), reduction="none")
    Tensor([0.25, 0.75], dtype=float32)
    """
    check_floats("hinge_embedding_loss", input=input)
    alike = signs("hinge_embedding_loss", target, input) == 1
    return reduce("hinge_embedding_loss", np.where(alike, input, _hinge(margin - input)), reduction)


def soft_margin_loss(input: Any, target: Any, reduction: str = "mean") -> Any:
    """``log(1 + exp(-target * input))``: (...), (...) -> (), computed so that nothing overflows.

    Parameters
    ----------
    input: scores, any real numbers.
    target: labels 1 and -1, of the shape of the input.
    reduction: ``"mean"``, ``"sum"``, or ``"none"`` for the loss of each element. A mean of no elements is nan.

    Raises ShapeError, DtypeError and ArgumentError where these do not fit; PyTorch takes other labels.

    >>> import autograd as ag, nn
    >>> nn.functional.soft_margin_loss(ag.tensor([1000.0]), ag.tensor([-1]))
    Tensor(1000., dtype=float32)
    """
    check_floats("soft_margin_loss", input=input)
    return reduce("soft_margin_loss", ag.softplus(-signs("soft_margin_loss", target, input) * input), reduction)


# --- classes --------------------------------------------------------------------------------------------


def multi_margin_loss(
    input: Any, target: Any, p: int = 1, margin: float = 1.0, weight: Any = None, reduction: str = "mean"
) -> Any:
    """Hinge loss of several classes: (batch, classes), (batch) -> (), or (classes), () -> ().

    A row's loss is the sum of ``weight[label] * max(0, margin - input[label] + input[i]) ** p`` over the other
    classes i, divided by the number of classes. Weston and Watkins, 1999; of Crammer and Singer's loss, 2001, the
    largest term is all.

    Parameters
    ----------
    input: scores, any real numbers.
    target: integer labels from 0 to classes - 1.
    p: 1 or 2.
    margin: how much above the others the label's score shall be.
    weight: factor of each class, (classes). The mean is not weighted by it.
    reduction: ``"mean"``, ``"sum"``, or ``"none"`` for the loss of each row. A mean of no rows is nan.

    Raises ShapeError, DtypeError and ArgumentError where these do not fit; GradientError for a ``weight`` that needs
    a gradient, since there is none for it.

    >>> import autograd as ag, nn
    >>> nn.functional.multi_margin_loss(ag.tensor([[1.0, 0.5, 3.0, 0.0]]), ag.tensor([0]))
    Tensor(0.875, dtype=float32)
    """
    operation = "multi_margin_loss"
    if p not in (1, 2):
        raise ag.errors.ArgumentError(f"{place(operation)}: p={p!r}; want 1 or 2.")
    check_labels(operation, input, target)
    _check_rows(operation, input)
    weight = without_gradient(operation, "weight", weight)
    check_class_weight(operation, weight, input)
    classes = input.shape[-1]
    labels, shares = labelled(operation, ag.value_of(target), classes, weight)
    labels = labels[..., None]
    over = ag.relu(margin - ag.take_along_axis(input, labels, axis=-1) + input)
    others = (np.arange(classes) != labels).astype(input.dtype)
    losses = np.sum((over if p == 1 else over**2) * others, axis=-1) / (classes or 1)
    return reduce(operation, losses if shares is None else losses * shares, reduction)


def multilabel_margin_loss(input: Any, target: Any, reduction: str = "mean") -> Any:
    """Hinge loss of rows with several labels: (batch, classes), (batch, classes) -> (), or (classes), (classes) -> ().

    A row's loss is the sum of ``max(0, 1 - (input[j] - input[i]))`` over its labels j and the other classes i, divided
    by the number of classes.

    Parameters
    ----------
    input: scores, any real numbers.
    target: integers of the input's shape: in each row its labels, from 0 to classes - 1, in any order, then -1, after
        which nothing counts. A label that is there twice counts twice.
    reduction: ``"mean"``, ``"sum"``, or ``"none"`` for the loss of each row. A mean of no rows is nan.

    Raises ShapeError, DtypeError and ArgumentError where these do not fit.

    >>> import autograd as ag, nn
    >>> x, labels = ag.tensor([[0.5, 0.25, 0.5, 1.0]]), ag.tensor([[3, 0, -1, 1]])
    >>> nn.functional.multilabel_margin_loss(x, labels)
    Tensor(0.625, dtype=float32)
    """
    operation = "multilabel_margin_loss"
    check_floats(operation, input=input)
    _check_rows(operation, input)
    labels = ag.value_of(target)
    if getattr(labels, "dtype", np.dtype("f")).kind not in "iu" or labels.shape != input.shape:
        raise ag.errors.ShapeError(
            f"{place(operation)}: for an input of shape {input.shape} want a target of integers of the same shape, in "
            f"each row its labels and then -1, got {ag.errors.describe(target)}. For a target of 0 and 1 for each "
            "class take multilabel_soft_margin_loss."
        )
    classes = input.shape[-1]
    counts = np.logical_and.accumulate(labels != -1, axis=-1)
    labels = labelled(operation, np.where(counts, labels, 0), classes)[0]
    is_label = (counts[..., None] & (labels[..., None] == np.arange(classes))).any(axis=-2)
    pairs = (counts[..., None] & ~is_label[..., None, :]).astype(input.dtype)
    of_labels = ag.take_along_axis(input, labels, axis=-1)
    over = ag.relu(1 - (of_labels[..., None] - input[..., None, :]))
    return reduce(operation, np.sum(over * pairs, axis=(-2, -1)) / (classes or 1), reduction)


def multilabel_soft_margin_loss(input: Any, target: Any, weight: Any = None, reduction: str = "mean") -> Any:
    """Binary cross entropy of each class by its logit, averaged over the classes: (..., classes) twice -> ().

    The mean over the classes of ``-target * log(p) - (1 - target) * log(1 - p)``, p being the sigmoid of the logit.

    Parameters
    ----------
    input: logits, any real numbers.
    target: 0 or 1 or a probability for each class, of the input's shape.
    weight: factor of each class, (classes), or of a shape that broadcasts to the input's.
    reduction: ``"mean"``, ``"sum"``, or ``"none"`` for the loss of each row. A mean of no rows is nan.

    Raises ShapeError, DtypeError and ArgumentError where these do not fit; GradientError for a ``weight`` that needs
    a gradient, since there is none for it.

    >>> import autograd as ag, nn
    >>> nn.functional.multilabel_soft_margin_loss(ag.zeros(1, 2), ag.tensor([[1, 0]]))
    Tensor(0.6931472, dtype=float32)
    """
    operation = "multilabel_soft_margin_loss"
    target = as_numbers(operation, target, input)
    check_pair(operation, target=target, input=input)
    if not input.ndim:
        raise wrong_shape(operation, "an input of shape (..., classes)", input)
    weight = without_gradient(operation, "weight", weight)
    check_broadcasts(operation, "weight", weight, input)
    losses = _loss.binary_cross_entropy_with_logits(input, target, weight, None, "none")
    return reduce(operation, np.sum(losses, axis=-1) / (input.shape[-1] or 1), reduction)


def _check_rows(operation: str, x: Any) -> None:
    if x.ndim not in (1, 2):
        raise wrong_shape(
            operation,
            "an input of shape (batch, classes) or (classes,)",
            x,
            "Make rows of further axes: np.moveaxis(x, 1, -1).reshape(-1, x.shape[1]).",
        )


# --- rankings and embeddings ----------------------------------------------------------------------------


def margin_ranking_loss(input1: Any, input2: Any, target: Any, margin: float = 0.0, reduction: str = "mean") -> Any:
    """``max(0, margin - target * (input1 - input2))``: (...), (...), (...) -> ().

    Parameters
    ----------
    input1, input2: scores of one shape and dtype.
    target: of the same shape: 1 where input1 shall be the larger, -1 where input2 shall.
    margin: by how much.
    reduction: ``"mean"``, ``"sum"``, or ``"none"`` for the loss of each pair. A mean of no pairs is nan.

    Raises ShapeError, DtypeError and ArgumentError where these do not fit; PyTorch broadcasts, and takes other labels.

    >>> import autograd as ag, nn
    >>> nn.functional.margin_ranking_loss(ag.tensor([1.0]), ag.tensor([3.0]), ag.tensor([1]), margin=0.5)
    Tensor(2.5, dtype=float32)
    """
    operation = "margin_ranking_loss"
    check_pair(operation, input2=input2, input1=input1)
    return reduce(operation, _hinge(margin - signs(operation, target, input1) * (input1 - input2)), reduction)


def cosine_embedding_loss(input1: Any, input2: Any, target: Any, margin: float = 0.0, reduction: str = "mean") -> Any:
    """``1 - cos`` where the label is 1, ``max(0, cos - margin)`` where it is -1: (batch, length) twice, (batch) -> ().

    cos is the cosine of the angle between two rows. Also (length), (length), () -> ().

    Parameters
    ----------
    input1, input2: vectors, of one shape and dtype.
    target: 1 for two vectors that shall be alike, -1 for others.
    margin: the cosine, -1 to 1, up to which vectors that are not alike cost nothing.
    reduction: ``"mean"``, ``"sum"``, or ``"none"`` for the loss of each row. A mean of no rows is nan.

    Raises ShapeError, DtypeError and ArgumentError where these do not fit; PyTorch takes other labels.

    >>> import autograd as ag, nn
    >>> x, y = ag.tensor([[3.0, 4.0]]), ag.tensor([[4.0, 3.0]])
    >>> round(nn.functional.cosine_embedding_loss(x, y, ag.tensor([-1]), margin=0.5).item(), 4)
    0.46
    """
    operation = "cosine_embedding_loss"
    check_pair(operation, input2=input2, input1=input1)
    if input1.ndim not in (1, 2):
        raise wrong_shape(operation, "inputs of shape (batch, length) or (length,)", input1)
    squares = (np.sum(input1 * input1, axis=-1) + 1e-12) * (np.sum(input2 * input2, axis=-1) + 1e-12)
    cosine = np.sum(input1 * input2, axis=-1) / np.sqrt(squares)
    alike = signs(operation, target, cosine) == 1
    return reduce(operation, np.where(alike, 1 - cosine, _hinge(cosine - margin)), reduction)


def triplet_margin_loss(
    anchor: Any,
    positive: Any,
    negative: Any,
    margin: float = 1.0,
    p: float = 2.0,
    eps: float = 1e-6,
    swap: bool = False,
    reduction: str = "mean",
) -> Any:
    """``max(0, margin + d(anchor, positive) - d(anchor, negative))``: (batch, length) three times -> ().

    d is `pairwise_distance`. Also (length) three times -> (). Balntas et al., 2016.

    Parameters
    ----------
    anchor, positive, negative: vectors, of one shape and dtype.
    margin: how much farther the negative shall be than the positive, above 0.
    p, eps: of the distance.
    swap: whether d(positive, negative) takes the place of d(anchor, negative) where it is smaller.
    reduction: ``"mean"``, ``"sum"``, or ``"none"`` for the loss of each row. A mean of no rows is nan.

    Raises ShapeError, DtypeError and ArgumentError where these do not fit.

    >>> import autograd as ag, nn
    >>> anchor, near, far = ag.zeros(1, 2), ag.tensor([[3.0, 4.0]]), ag.tensor([[0.0, 5.5]])
    >>> nn.functional.triplet_margin_loss(anchor, near, far, eps=0.0)
    Tensor(0.5, dtype=float32)
    """
    operation = "triplet_margin_loss"
    if not margin > 0:
        raise ag.errors.ArgumentError(f"{place(operation)}: margin={margin}; want a number above 0.")
    check_pair(operation, positive=positive, negative=negative, anchor=anchor)
    if not anchor.ndim:
        raise wrong_shape(operation, "vectors of shape (batch, length) or (length,)", anchor)
    to_positive = pairwise_distance(anchor, positive, p, eps)
    to_negative = pairwise_distance(anchor, negative, p, eps)
    if swap:
        to_negative = np.minimum(to_negative, pairwise_distance(positive, negative, p, eps))
    return reduce(operation, _hinge(margin + to_positive - to_negative), reduction)
