"""Labels as targets: their shape and range, and the weights that go with them."""

from __future__ import annotations

import math
from typing import Any

import numpy as np

import autograd as ag
from nn.kernels.checks import check_arrays, check_floats, place


def class_axis(x: Any) -> int:
    """The axis of the classes: 1, or the only one there is."""
    return 1 if x.ndim > 1 else 0


def without_classes(shape: tuple[int, ...]) -> tuple[int, ...]:
    """The shape of labels for an input of ``shape``: (classes), (batch, classes) or (batch, classes, ...)."""
    return (*shape[:1], *shape[2:]) if len(shape) > 1 else ()


def labelled(
    operation: str, labels: np.ndarray, classes: int, weight: Any = None, ignore_index: int | None = None
) -> tuple[Any, Any]:
    """Labels fit for indexing, 0 where they are ignored, and the share of each in the loss, or None where all are 1.

    Raises ArgumentError for a label that is out of range.
    """
    if labels.dtype != np.intp:
        labels = labels.astype(np.intp)
    shares = None
    if (ignore_index is not None and 0 <= ignore_index < classes) or _out_of_range(labels, classes):
        shares = labels != ignore_index
        labels = labels * shares
        if _out_of_range(labels, classes):
            wrong = labels[(labels < 0) | (labels >= classes)].flat[0]
            other = "" if ignore_index is None else f", or ignore_index={ignore_index}"
            raise ag.errors.ArgumentError(
                f"{place(operation)}: the target has the label {wrong}, but the input has {classes} classes: "
                f"want 0 to {classes - 1}{other}. Where labels count from 1, subtract 1."
            )
    if weight is not None:
        shares = weight[labels] if shares is None else weight[labels] * shares
    return labels, shares


def _out_of_range(labels: np.ndarray, classes: int) -> bool:
    if not labels.size:
        return False
    unsigned = labels.reshape(-1).view(np.uintp)  # in which a negative label is a huge one: one look finds both
    return bool(unsigned[unsigned.argmax()] >= classes)


def signs(operation: str, target: Any, x: Any) -> np.ndarray:
    """Labels 1 and -1, integers or floats of the shape of ``x``, as an array of its dtype.

    Raises ShapeError, ArgumentError for other numbers, GradientError for a target that needs a gradient.
    """
    check_arrays(operation, target=target)
    labels: np.ndarray = without_gradient(operation, "target", target)
    if labels.shape != x.shape:
        raise ag.errors.ShapeError(
            f"{place(operation)}: want a target of shape {x.shape}, a label for each of the losses, got "
            f"{ag.errors.describe(target)}."
        )
    wrong = labels[np.abs(labels) != 1] if labels.dtype.kind != "b" else labels.reshape(-1)
    if wrong.size:
        raise ag.errors.ArgumentError(
            f"{place(operation)}: the target has the label {wrong[0]}; want 1 and -1. Of labels 1 and 0 these are made "
            "by 2 * target.astype(int) - 1."
        )
    return labels.astype(x.dtype, copy=False)


def as_numbers(operation: str, target: Any, x: Any) -> Any:
    """A target of counts or of labels 0 and 1, in the dtype of ``x`` if it holds integers or booleans.

    Raises DtypeError unless ``target`` is an array and ``x`` one of floats.
    """
    check_arrays(operation, target=target)
    check_floats(operation, input=x)
    return target if target.dtype.kind == "f" else target.astype(x.dtype)


def without_gradient(operation: str, name: str, tensor: Any) -> Any:
    """The array of an argument that has no derivative, or None for None.

    Raises GradientError where it needs one.
    """
    if getattr(tensor, "requires_grad", False):
        raise ag.errors.GradientError(
            f"{place(operation)}: {name} needs a gradient, and there is none for it; give {name}.detach()."
        )
    return ag.value_of(tensor)


# --- checks ---------------------------------------------------------------------------------------------


def check_labels(operation: str, x: Any, target: Any) -> None:
    """Raise DtypeError or ShapeError unless ``target`` holds a whole number for each row of classes in ``x``."""
    check_arrays(operation, target=target)
    check_floats(operation, input=x)
    shape = without_classes(x.shape)
    if target.dtype.kind not in "iub" or target.shape != shape or not x.ndim:
        raise ag.errors.ShapeError(
            f"{place(operation)}: for an input of shape {x.shape}, (batch, classes, ...), want a target of integer "
            f"labels of shape {shape}, got {ag.errors.describe(target)}.{target_remedy(x, target)}"
        )


def check_class_weight(operation: str, weight: Any, x: Any) -> None:
    """Raise DtypeError or ShapeError unless ``weight`` is None or has a number of the input's dtype for each class."""
    if weight is None:
        return
    check_floats(operation, weight=weight, input=x)
    classes = x.shape[class_axis(x)]
    if weight.shape != (classes,):
        raise ag.errors.ShapeError(
            f"{place(operation)}: for an input of shape {x.shape} want a weight for each of the {classes} classes, of "
            f"shape ({classes},), got {weight.shape}."
        )


def check_broadcasts(operation: str, name: str, weight: Any, x: Any) -> None:
    """Raise DtypeError or ShapeError unless ``weight`` is None or numbers of the input's dtype that broadcast to it."""
    if weight is None:
        return
    check_floats(operation, **{name: weight, "input": x})
    if len(weight.shape) > x.ndim or any(
        n not in (1, m) for n, m in zip(reversed(weight.shape), reversed(x.shape), strict=False)
    ):
        raise ag.errors.ShapeError(
            f"{place(operation)}: {name} has shape {weight.shape}, which does not broadcast to the input's, {x.shape}. "
            "The last axes are matched first; give axes of length 1 where it shall be repeated."
        )


def target_remedy(x: Any, target: Any) -> str:
    """What may be meant by a target that does not fit ``x``, as a sentence."""
    if target.dtype.kind not in "iub" and target.shape == without_classes(x.shape):
        return " If these are labels, make them integers: target.astype(int)."
    if target.dtype.kind != "f" and target.shape == x.shape:
        return f" If these are one-hot, make them floats: target.astype({str(x.dtype)!r})."
    if x.ndim > 2 and target.shape == x.shape[:-1]:
        return f" If the classes are on the input's last axis: input.reshape(-1, {x.shape[-1]}), target.reshape(-1)."
    if target.size == math.prod(without_classes(x.shape)):
        return f" It has the right number of labels: target.reshape{without_classes(x.shape)}."
    return ""
