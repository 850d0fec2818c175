"""Losses, each one pass over its inputs with a hand-written derivative, and the twins that define them."""

from __future__ import annotations

import math
from typing import Any

import numpy as np

import autograd as ag
from nn.kernels.checks import check_floats, place
from nn.kernels.constants import ones, row_starts

# --- reductions -----------------------------------------------------------------------------------------


REDUCTIONS = ("mean", "sum", "none")


def check_reduction(operation: str, reduction: str) -> None:
    """Raise ArgumentError unless ``reduction`` is one of the three."""
    if reduction not in REDUCTIONS:
        raise ag.errors.ArgumentError(f"{place(operation)}: reduction={reduction!r}; want 'mean', 'sum' or 'none'.")


def _reduced(total: Any, count: float, reduction: str) -> Any:
    """The sum of losses or their mean; the mean of none is nan, but its gradient 0, as in PyTorch."""
    if reduction == "sum":
        return total
    return total / count if count else total + math.nan


def _scale(g: Any, count: float, reduction: str) -> Any:
    """What each loss is multiplied by, from the gradient of what `_reduced` returned."""
    return g / (count or 1) if reduction == "mean" else g


# --- cross entropy --------------------------------------------------------------------------------------


def cross_entropy_by_definition(
    logits: Any,
    target: Any,
    weight: Any = None,
    ignore_index: int = -100,
    reduction: str = "mean",
    label_smoothing: float = 0.0,
) -> Any:
    """``-sum(weight * q * log_softmax(logits))`` over the classes, q being the smoothed target distribution."""
    axis = min(1, logits.ndim - 1)
    classes = logits.shape[axis]
    log_p = logits - ag.logsumexp(logits, axis=axis, keepdims=True)
    w = np.ones(classes, logits.dtype) if weight is None else weight
    w = np.reshape(w, (classes,) + (1,) * (logits.ndim - 1 - axis))
    if target.dtype.kind == "f":
        q, counted, count = target, logits.dtype.type(1), target.size / classes
    else:
        counted = np.expand_dims(target != ignore_index, axis).astype(logits.dtype)
        q = np.moveaxis(target[..., None] == np.arange(classes), -1, axis) * counted
        count = float(np.sum(q * w))
    smooth = q * (1 - label_smoothing) + counted * (label_smoothing / classes)
    losses = -np.sum(log_p * w * smooth, axis=axis)
    return losses if reduction == "none" else _reduced(np.sum(losses), count, reduction)


def _cross_entropy_samples(rng: np.random.Generator) -> tuple[Any, ...]:
    classes = int(rng.integers(1, 5))
    shape = [(classes,), (int(rng.integers(1, 4)), classes), (2, classes, 3)][rng.integers(3)]
    target: Any
    if rng.random() < 0.4:
        target = rng.uniform(0.1, 1.0, shape)
    else:
        target = rng.integers(0, classes, shape[:-1] if len(shape) < 3 else (2, 3))
    weight = rng.uniform(0.5, 2.0, classes) if rng.random() < 0.5 else None
    ignored = int(rng.integers(classes)) if classes > 1 and rng.random() < 0.3 else -100
    if target.dtype.kind == "i" and (target == ignored).all():
        ignored = -100
    reduction = str(rng.choice(REDUCTIONS))
    return rng.normal(size=shape), target, weight, ignored, reduction, float(rng.choice([0.0, 0.1]))


@ag.primitive(view=False, reference=cross_entropy_by_definition, samples=_cross_entropy_samples)
def cross_entropy(
    logits: Any,
    target: Any,
    weight: Any = None,
    ignore_index: int = -100,
    reduction: str = "mean",
    label_smoothing: float = 0.0,
) -> Any:
    """Cross entropy of softmax(logits) and a target: `nn.functional.cross_entropy`.

    >>> import numpy as np
    >>> float(cross_entropy(np.zeros((1, 4)), np.array([2])))
    1.3862943611198906
    """
    _check_cross_entropy(logits, target, weight, reduction, label_smoothing)
    rows = _class_last(logits)
    places, q, shares, count = _distribution(rows, target, weight, ignore_index, label_smoothing)
    below_top = rows - _top(rows)
    if q is None:
        picked = below_top.take(places)
        if shares is not None:
            picked *= shares
    else:
        picked = np.einsum("nc,nc->n", q, below_top)
    exps = np.exp(below_top, out=below_top)
    totals = exps @ ones(rows.shape[1], rows.dtype)
    losses = np.log(totals)
    if shares is not None:
        losses *= shares
    losses -= picked
    saved = exps, totals, places, q, shares, count
    if reduction == "none":
        return losses.reshape(_without_classes(logits.shape))[()], saved
    return _reduced(np.add.reduce(losses), count, reduction), saved


@cross_entropy.joint_vjp("logits", "target", weight=None)
def _cross_entropy(
    g: Any,
    logits: Any,
    weight: Any,
    reduction: str,
    label_smoothing: float,
    saved: Any,
    wanted: tuple[bool, bool],
) -> Any:
    """For the logits: each row's share times softmax, less the target distribution."""
    exps, totals, places, q, shares, count = saved
    scale = g.reshape(-1) if reduction == "none" else _scale(g, count, reduction)
    to_logits = to_target = None
    if wanted[0]:
        row_scale = scale if shares is None else scale * shares
        to_logits = np.multiply(exps, (row_scale / totals)[:, None], order="C")  # row by row, as places count
        if q is None:
            to_logits.reshape(-1)[places] -= row_scale
        else:
            to_logits -= q * (scale[:, None] if reduction == "none" else scale)
        to_logits = _class_back(to_logits, logits.shape)
    if wanted[1]:
        rows = _class_last(logits)
        log_p = rows - _top(rows)
        log_p -= np.log(totals)[:, None]
        log_p *= (label_smoothing - 1) * (1 if weight is None else weight)
        log_p *= scale[:, None] if reduction == "none" else scale
        to_target = _class_back(log_p, logits.shape)
    return to_logits, to_target


def _distribution(
    rows: np.ndarray, target: np.ndarray, weight: Any, ignore_index: int, label_smoothing: float
) -> tuple[Any, Any, Any, float]:
    """What each row's loss, shares * log(sum(exp(row))) - sum(q * row), is made from.

    Where labels are not smoothed, q has one element a row that is not 0: ``places`` then stands for it and says
    where these lie in the flattened rows. ``shares``, None where all are 1, are the sums of q. Last comes what
    a mean divides by.
    """
    classes = rows.shape[1]
    if target.dtype.kind == "f":
        q = _class_last(target)
        if label_smoothing:
            q = q * (1 - label_smoothing) + label_smoothing / classes
        if weight is not None:
            q = q * weight
        return None, q, np.add.reduce(q, axis=1), len(rows)
    places, shares = _labelled(target.reshape(-1), classes, weight, ignore_index)
    count = len(rows) if shares is None else float(np.add.reduce(shares))
    if not label_smoothing:
        return places, None, shares, count
    q = np.full(rows.shape, label_smoothing / classes, rows.dtype)
    q.reshape(-1)[places] += 1 - label_smoothing
    if weight is not None:
        q *= weight
    q *= (target.reshape(-1) != ignore_index)[:, None]
    return None, q, np.add.reduce(q, axis=1), count


def _labelled(labels: np.ndarray, classes: int, weight: Any, ignore_index: int) -> tuple[Any, Any]:
    """Where the labels' elements lie in the flattened rows; the rows' shares, or None where all are 1."""
    if labels.dtype != np.intp:
        labels = labels.astype(np.intp)
    shares = None
    if 0 <= ignore_index < classes or _out_of_range(labels, classes):
        shares = labels != ignore_index
        labels = labels * shares
        if _out_of_range(labels, classes):
            wrong = labels[(labels < 0) | (labels >= classes)][0]
            raise ag.errors.ArgumentError(
                f"{place('cross_entropy')}: the target has the label {wrong}, but the input has {classes} classes: "
                f"want 0 to {classes - 1}, or ignore_index={ignore_index}. Where labels count from 1, subtract 1."
            )
    if weight is not None:
        shares = weight[labels] if shares is None else weight[labels] * shares
    return labels + row_starts(labels.size, classes), shares


def _out_of_range(labels: np.ndarray, classes: int) -> bool:
    unsigned = labels.view(np.uintp)  # in which a negative label is a huge one: one look finds both
    return labels.size > 0 and bool(unsigned[unsigned.argmax()] >= classes)


def _top(rows: np.ndarray) -> np.ndarray:
    """The largest element of each row, (rows, 1), by ``argmax``, which is twice as fast as ``max`` on short rows."""
    top: np.ndarray = rows.take(rows.argmax(axis=1) + row_starts(*rows.shape))
    return top[:, None]


def _class_last(x: np.ndarray) -> np.ndarray:
    """(classes), (batch, classes) or (batch, classes, ...) -> (rows, classes)."""
    if x.ndim == 2:
        return x
    return x.reshape(1, -1) if x.ndim == 1 else np.moveaxis(x, 1, -1).reshape(-1, x.shape[1])


def _class_back(rows: np.ndarray, shape: tuple[int, ...]) -> np.ndarray:
    """What `_class_last` made, in ``shape`` again."""
    if len(shape) <= 2:
        return rows.reshape(shape)
    return np.moveaxis(rows.reshape(shape[0], *shape[2:], shape[1]), -1, 1)


def _without_classes(shape: tuple[int, ...]) -> tuple[int, ...]:
    """The shape of labels for logits of ``shape``."""
    return (*shape[:1], *shape[2:]) if len(shape) > 1 else ()


def _check_cross_entropy(logits: Any, target: Any, weight: Any, reduction: str, label_smoothing: float) -> None:
    if reduction not in REDUCTIONS or not 0.0 <= label_smoothing <= 1.0:
        check_reduction("cross_entropy", reduction)
        raise ag.errors.ArgumentError(f"{place('cross_entropy')}: label_smoothing={label_smoothing}; want 0 to 1.")
    if getattr(target, "dtype", None) is None:
        raise ag.errors.DtypeError(
            f"{place('cross_entropy')}: the target is a {type(target).__name__}; want a Tensor or an array, such as "
            "ag.tensor(target)."
        )
    labels_shape = _without_classes(logits.shape)
    if target.dtype.kind == "f":
        check_floats("cross_entropy", target=target, input=logits)
        fits = target.shape == logits.shape
    else:
        fits = target.shape == labels_shape
    if not fits or not logits.ndim:
        raise ag.errors.ShapeError(
            f"{place('cross_entropy')}: for an input of shape {logits.shape}, (batch, classes, ...), want a target of "
            f"integer labels of shape {labels_shape} or of float probabilities of shape {logits.shape}, got "
            f"{ag.errors.describe(target)}.{_target_remedy(logits, target)}"
        )
    if weight is not None:
        check_floats("cross_entropy", weight=weight, input=logits)
        classes = logits.shape[min(1, logits.ndim - 1)]
        if weight.shape != (classes,):
            raise ag.errors.ShapeError(
                f"{place('cross_entropy')}: want a weight for each of the {classes} classes, of shape ({classes},), "
                f"got {weight.shape}."
            )


def _target_remedy(logits: Any, target: Any) -> str:
    if target.dtype.kind == "f" and target.shape == _without_classes(logits.shape):
        return " If these are labels, make them integers: target.astype(int)."
    if target.dtype.kind != "f" and target.shape == logits.shape:
        return f" If these are one-hot, make them floats: target.astype({str(logits.dtype)!r})."
    if target.size == math.prod(_without_classes(logits.shape)):
        return f" It has the right number of labels: target.reshape{_without_classes(logits.shape)}."
    return ""


# --- mean squared error ---------------------------------------------------------------------------------


def mse_by_definition(x: Any, target: Any, reduction: str = "mean") -> Any:
    """``(x - target) ** 2``."""
    squares = (x - target) ** 2
    return squares if reduction == "none" else _reduced(np.sum(squares), squares.size, reduction)


def _mse_samples(rng: np.random.Generator) -> tuple[Any, ...]:
    shape = tuple(rng.integers(1, 4, rng.integers(0, 4)))
    return rng.normal(size=shape), rng.normal(size=shape), str(rng.choice(REDUCTIONS))


@ag.primitive(view=False, reference=mse_by_definition, samples=_mse_samples)
def mse_loss(x: Any, target: Any, reduction: str = "mean") -> Any:
    """Mean squared error: `nn.functional.mse_loss`.

    >>> import numpy as np
    >>> float(mse_loss(np.array([1.0, 2.0]), np.array([1.0, 4.0])))
    2.0
    """
    check_reduction("mse_loss", reduction)
    check_floats("mse_loss", target=target, input=x)
    if x.shape != target.shape:
        raise ag.errors.ShapeError(
            f"{place('mse_loss')}: the input has shape {x.shape}, the target {target.shape}; want the same, since "
            "broadcasting would compare each with every other. Reshape one of them."
        )
    difference = x - target
    if reduction == "none":
        return difference * difference, difference
    return _reduced(np.vdot(difference, difference), difference.size, reduction), difference


@mse_loss.joint_vjp("x", "target")
def _mse_loss(g: Any, reduction: str, saved: Any, wanted: tuple[bool, bool]) -> Any:
    to_x = saved * (2 * _scale(g, saved.size, reduction))
    return to_x, -to_x if wanted[1] else None
