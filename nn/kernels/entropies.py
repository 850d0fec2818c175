"""Cross entropy and negative log likelihood, in one pass over their inputs, and the twins that define them."""

from __future__ import annotations

from typing import Any

import numpy as np

import autograd as ag
from nn.kernels.checks import check_arrays, check_floats, check_probability, place
from nn.kernels.constants import ones, row_starts
from nn.kernels.labels import (
    check_class_weight,
    check_labels,
    class_axis,
    labelled,
    target_remedy,
    without_classes,
)
from nn.kernels.reductions import REDUCTIONS, averaged, check_reduction, draw_reduction, share

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
    axis = class_axis(logits)
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
    return losses if reduction == "none" else averaged(np.sum(losses), count, reduction)


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
    reduction = draw_reduction(rng)
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
    if not _is_usual(logits, target, weight, reduction, label_smoothing):
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
    exps, totals = _exponentials(below_top)
    losses = np.log(totals)
    if shares is not None:
        losses *= shares
    losses -= picked
    saved = exps, totals, places, q, shares, count
    if reduction == "none":
        return losses.reshape(without_classes(logits.shape))[()], saved
    return averaged(np.add.reduce(losses), count, reduction), saved


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
    scale = g.reshape(-1) if reduction == "none" else share(g, count, reduction)
    to_logits = to_target = None
    if wanted[0]:
        to_logits = _class_back(_slopes(scale, exps, totals, places, q, shares), logits.shape)
    if wanted[1]:
        rows = _class_last(logits)
        log_p = rows - _top(rows)
        log_p -= np.log(totals)[:, None]
        log_p *= (label_smoothing - 1) * (1 if weight is None else weight)
        log_p *= scale[:, None] if reduction == "none" else scale
        to_target = _class_back(log_p, logits.shape)
    return to_logits, to_target


def _exponentials(below_top: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """Of rows less their largest element, in their memory, and the sum of each row's."""
    exps = np.exp(below_top, out=below_top)
    return exps, exps @ ones(exps.shape[1], exps.dtype)


def _slopes(scale: Any, exps: np.ndarray, totals: np.ndarray, places: Any, q: Any, shares: Any) -> np.ndarray:
    """``scale * (softmax * shares - q)``, row by row, scale a number or one for each row."""
    row_scale = scale if shares is None else scale * shares
    slopes: np.ndarray = np.multiply(exps, (row_scale / totals)[:, None], order="C")  # row by row, as places count
    if q is None:
        slopes.reshape(-1)[places] -= row_scale
    else:
        slopes -= q * (scale[:, None] if np.ndim(scale) else scale)
    return slopes


def slopes_by_definition(
    logits: Any, scale: Any, target: Any, weight: Any = None, ignore_index: int = -100, label_smoothing: float = 0.0
) -> Any:
    """``scale * (softmax(logits) * sum(q) - q)``, q the distribution that the target stands for."""
    axis = class_axis(logits)
    rows = _class_last(np.empty(logits.shape, logits.dtype))
    places, q, shares, _ = _distribution(rows, target, weight, ignore_index, label_smoothing)
    if q is None:
        q = np.zeros_like(rows)
        q.reshape(-1)[places] = 1 if shares is None else shares
    p = ag.softmax(logits, axis)
    if shares is not None:
        p = p * _class_back(np.repeat(shares[:, None], rows.shape[1], axis=1), logits.shape)
    return (p - _class_back(q, logits.shape)) * (np.expand_dims(scale, axis) if np.ndim(scale) else scale)


def _slopes_samples(rng: np.random.Generator) -> tuple[Any, ...]:
    logits, target, weight, ignore_index, reduction, label_smoothing = _cross_entropy_samples(rng)
    scale = rng.normal(size=without_classes(logits.shape) if reduction == "none" else ())
    return logits, scale, target, weight, ignore_index, label_smoothing


@ag.primitive(view=False, reference=slopes_by_definition, samples=_slopes_samples)
def cross_entropy_slopes(
    logits: Any, scale: Any, target: Any, weight: Any = None, ignore_index: int = -100, label_smoothing: float = 0.0
) -> Any:
    """The gradient of `cross_entropy` for the logits, to be differentiated again; ``scale`` has its factor.

    (batch, classes, ...), () or (batch, ...), ... -> (batch, classes, ...).

    >>> import numpy as np
    >>> cross_entropy_slopes(np.zeros((1, 2)), np.array(1.0), np.array([0]))
    array([[-0.5,  0.5]])
    """
    rows = _class_last(logits)
    places, q, shares, _ = _distribution(rows, target, weight, ignore_index, label_smoothing)
    exps, totals = _exponentials(rows - _top(rows))
    slopes = _slopes(np.reshape(scale, np.size(scale)) if np.ndim(scale) else scale, exps, totals, places, q, shares)
    return _class_back(slopes, logits.shape), (exps, totals, places, q, shares)


@cross_entropy_slopes.joint_vjp("logits", "scale", target=None, weight=None)
def _cross_entropy_slopes(g: Any, logits: Any, scale: Any, saved: Any, wanted: tuple[bool, bool]) -> Any:
    """A row of softmax p changes by ``p * (change - sum(p * change))``."""
    exps, totals, places, q, shares = saved
    rows, row_scale = _class_last(g), np.reshape(scale, np.size(scale)) if np.ndim(scale) else scale
    to_logits = to_scale = None
    if wanted[0]:
        p = exps / totals[:, None]
        to_logits = p * rows
        to_logits -= p * (to_logits @ ones(p.shape[1], p.dtype))[:, None]
        factor = row_scale if shares is None else row_scale * shares
        to_logits *= factor[:, None] if np.ndim(factor) else factor
        to_logits = _class_back(to_logits, logits.shape)
    if wanted[1]:
        one = logits.dtype.type(1)
        products = np.einsum("nc,nc->n", rows, _slopes(one, exps, totals, places, q, shares))
        to_scale = products.reshape(np.shape(scale)) if np.ndim(scale) else products.sum()
    return to_logits, to_scale


@cross_entropy.recorded_vjp("logits")
def _cross_entropy_again(
    g: Any, logits: Any, target: Any, weight: Any, ignore_index: int, reduction: str, label_smoothing: float, saved: Any
) -> Any:
    scale = g if reduction == "none" else share(g, saved[-1], reduction)
    return cross_entropy_slopes(logits, scale, target, weight, ignore_index, label_smoothing)


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
    labels, shares = labelled("cross_entropy", target.reshape(-1), classes, weight, ignore_index)
    places = labels + row_starts(labels.size, classes)
    count = len(rows) if shares is None else float(np.add.reduce(shares))
    if not label_smoothing:
        return places, None, shares, count
    q = np.full(rows.shape, label_smoothing / classes, rows.dtype)
    q.reshape(-1)[places] += 1 - label_smoothing
    if weight is not None:
        q *= weight
    q *= (target.reshape(-1) != ignore_index)[:, None]
    return None, q, np.add.reduce(q, axis=1), count


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


def _is_usual(logits: Any, target: Any, weight: Any, reduction: str, label_smoothing: float) -> bool:
    """Whether the arguments are those of most calls, and fit: one look at what the checks below take ten to see."""
    return (
        weight is None
        and label_smoothing == 0
        and reduction in REDUCTIONS
        and isinstance(logits, np.ndarray)
        and isinstance(target, np.ndarray)
        and logits.dtype.kind == "f"
        and target.dtype.kind in "iub"
        and logits.ndim == 2
        and target.shape == logits.shape[:1]
    )


def _check_cross_entropy(logits: Any, target: Any, weight: Any, reduction: str, label_smoothing: float) -> None:
    """Raise the error that says which of the arguments does not fit."""
    check_reduction("cross_entropy", reduction)
    check_probability("cross_entropy", label_smoothing=label_smoothing)
    check_arrays("cross_entropy", target=target)
    check_floats("cross_entropy", input=logits)
    labels_shape = without_classes(logits.shape)
    if target.dtype.kind == "f":
        check_floats("cross_entropy", target=target, input=logits)
        fits = target.shape == logits.shape
    else:
        fits = target.dtype.kind in "iub" and target.shape == labels_shape
    if not fits or not logits.ndim:
        raise ag.errors.ShapeError(
            f"{place('cross_entropy')}: for an input of shape {logits.shape}, (batch, classes, ...), want a target of "
            f"integer labels of shape {labels_shape} or of float probabilities of shape {logits.shape}, got "
            f"{ag.errors.describe(target)}.{target_remedy(logits, target)}"
        )
    check_class_weight("cross_entropy", weight, logits)


# --- negative log likelihood ----------------------------------------------------------------------------


def nll_by_definition(
    x: Any, target: Any, weight: Any = None, ignore_index: int = -100, reduction: str = "mean"
) -> Any:
    """``-weight[target] * x[target]`` along the classes."""
    axis = class_axis(x)
    counted = (target != ignore_index).astype(x.dtype)
    labels = np.where(target == ignore_index, 0, target).astype(np.intp)
    w = counted if weight is None else counted * weight[labels]
    losses = -w * np.squeeze(ag.take_along_axis(x, np.expand_dims(labels, axis), axis), axis)
    return losses if reduction == "none" else averaged(np.sum(losses), float(np.sum(w)), reduction)


def _nll_samples(rng: np.random.Generator) -> tuple[Any, ...]:
    classes = int(rng.integers(1, 5))
    shape = [(classes,), (int(rng.integers(1, 4)), classes), (2, classes, 3)][rng.integers(3)]
    target = rng.integers(0, classes, without_classes(shape))
    weight = rng.uniform(0.5, 2.0, classes) if rng.random() < 0.5 else None
    ignored = int(rng.integers(classes)) if rng.random() < 0.3 else -100
    reduction = "sum" if (target == ignored).all() else draw_reduction(rng)
    return rng.normal(size=shape), target, weight, ignored, reduction


@ag.primitive(view=False, reference=nll_by_definition, samples=_nll_samples)
def nll_loss(x: Any, target: Any, weight: Any = None, ignore_index: int = -100, reduction: str = "mean") -> Any:
    """Negative log likelihood: `nn.functional.nll_loss`.

    >>> import numpy as np
    >>> float(nll_loss(np.array([[-1.0, -2.0]]), np.array([1])))
    2.0
    """
    check_reduction("nll_loss", reduction)
    check_labels("nll_loss", x, target)
    check_class_weight("nll_loss", weight, x)
    labels, shares = labelled("nll_loss", target, x.shape[class_axis(x)], weight, ignore_index)
    where = _elements(labels)
    losses = -x[where]
    if shares is not None:
        losses *= shares
    count = losses.size if shares is None else float(np.add.reduce(shares, axis=None))
    if reduction == "none":
        return losses, (where, shares, count)
    return averaged(np.add.reduce(losses, axis=None), count, reduction), (where, shares, count)


@nll_loss.joint_vjp("x", target=None, weight=None)
def _nll_loss(g: Any, x_shape: Any, x_dtype: Any, reduction: str, saved: Any) -> Any:
    where, shares, count = saved
    to_x = np.zeros(x_shape, x_dtype)
    scale = share(g, count, reduction)
    to_x[where] = -scale if shares is None else -scale * shares
    return (to_x,)


def _elements(labels: np.ndarray) -> tuple[Any, ...]:
    """The index of each label's element in an input whose classes are axis 1, or the only one."""
    if labels.ndim < 2:
        return (row_starts(labels.size, 1), labels) if labels.ndim else (labels,)
    first, *rest = np.ix_(*map(range, labels.shape))
    return (first, labels, *rest)
