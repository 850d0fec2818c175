"""Outputs of classifiers and their labels: which forms there are, and which class an output stands for."""

from __future__ import annotations

import math
import warnings
from typing import Any

import numpy as np

import autograd as ag
from nn.kernels.checks import is_whole

IGNORED = -100  # as in nn.functional.cross_entropy


of_torchmetrics = ag.errors.without(
    task="outputs and targets say it; where every output is a score of its own (multilabel), give threshold=",
    num_classes="it is read from the outputs, leave it out",
    num_labels="give threshold=: then every output is a score of its own",
    top_k="write TopKAccuracy(k)",
    multiclass="outputs and targets say it, leave it out",
)


class Labelled:
    """How a metric reads outputs and labels.

    Parameters
    ----------
    name: of the metric, for errors.
    threshold: None, or what a binary score is more than where it stands for class 1.
    axis: of the classes.
    ignore_index: a label that does not count, or None.
    """

    def __init__(self, name: str, threshold: float | None, axis: int, ignore_index: int | None) -> None:
        if not is_whole(axis) or not (ignore_index is None or is_whole(ignore_index)):
            raise ag.errors.ArgumentError(
                f"{name}: axis={axis!r}, ignore_index={ignore_index!r}; want whole numbers, or None to ignore nothing."
            )
        if threshold is not None and not (isinstance(threshold, (int, float)) and math.isfinite(threshold)):
            raise ag.errors.ArgumentError(f"{name}: threshold={threshold!r}; want a number, 0.0 for logits, or None.")
        self.name, self.threshold, self.axis, self.ignore_index = name, threshold, axis, ignore_index

    def decide(self, outputs: Any, targets: Any) -> tuple[np.ndarray, np.ndarray, int]:
        """Predicted classes and labels (samples,), without those that are ignored, and the number of classes.

        Raises ShapeError, DtypeError and ArgumentError for what is none.
        """
        outputs, targets = arrays(self.name, outputs, targets)
        if self.threshold is not None or (outputs.dtype.kind == "f" and _is_column(outputs)):
            if not (_is_column(outputs) and outputs.size == targets.size and _is_column(targets)):
                self._check_shape(outputs, targets, outputs.shape)
            if self.threshold is None:
                self._warn_of_probabilities(outputs)
            predicted = (outputs.reshape(-1) > (self.threshold or 0.0)).view(np.int8)
            labels, kept = self._checked(_of_two(self.name, targets), 2)
            classes = 2
        elif outputs.dtype.kind in "iub":
            self._check_shape(outputs, targets, outputs.shape)
            predicted = outputs.reshape(-1).astype(np.intp, copy=False)
            labels = self._integers(outputs, targets)
            known = labels[labels != self.ignore_index]
            classes = 1 + max(int(predicted.max(initial=0)), int(known.max(initial=0)))
            self._check_range(predicted, classes, "outputs have")
            labels, kept = self._checked(labels, classes)
        else:
            axis = self._class_axis(outputs, targets)
            predicted, classes = outputs.argmax(axis).reshape(-1), outputs.shape[axis]
            labels, kept = self._checked(self._integers(outputs, targets), classes)
        return predicted if kept is None else predicted[kept], labels, classes

    def _warn_of_probabilities(self, outputs: np.ndarray) -> None:
        """Say so where all of many scores could be probabilities, which 0 does not part."""
        if outputs.size >= 8 and outputs.min() >= 0 and outputs.max() <= 1:
            warnings.warn(
                f"{self.name}: all scores of a batch are from 0 to 1, and they are taken for logits: above 0 is class "
                "1. For probabilities give the metric threshold=0.5; for logits threshold=0.0 says so.",
                ag.errors.SurpriseWarning,
                stacklevel=4,
            )

    def scores(self, outputs: Any, targets: Any) -> tuple[np.ndarray, np.ndarray]:
        """Scores (samples, classes) and labels (samples,), without those that are ignored."""
        outputs, targets = arrays(self.name, outputs, targets)
        if outputs.dtype.kind != "f":
            raise ag.errors.DtypeError(
                f"{self.name}: want scores, floats of shape (batch, classes); got {ag.errors.describe(outputs)}."
            )
        axis = self._class_axis(outputs, targets)
        rows = np.moveaxis(outputs, axis, -1).reshape(-1, outputs.shape[axis])
        labels, kept = self._checked(self._integers(outputs, targets), rows.shape[1])
        return rows if kept is None else rows[kept], labels

    def _class_axis(self, outputs: np.ndarray, targets: np.ndarray) -> int:
        if not -outputs.ndim <= self.axis < outputs.ndim or outputs.ndim < 2:
            raise ag.errors.ShapeError(
                f"{self.name}: want scores (batch, classes, ...) with the classes on axis {self.axis}; got "
                f"{ag.errors.describe(outputs)}."
            )
        axis = self.axis % outputs.ndim
        self._check_shape(outputs, targets, outputs.shape[:axis] + outputs.shape[axis + 1 :])
        if not outputs.shape[axis]:
            raise ag.errors.ShapeError(f"{self.name}: the scores have no classes; got {ag.errors.describe(outputs)}.")
        return axis

    def _check_shape(self, outputs: np.ndarray, targets: np.ndarray, want: tuple[int, ...]) -> None:
        if targets.shape == want:
            return
        remedy = ""
        if targets.shape == outputs.shape:
            remedy = (
                " Of one-hot targets or probabilities take targets.argmax(axis); where every output is a score of its "
                "own, say so: threshold=0.0 for logits, 0.5 for probabilities."
            )
        elif targets.shape == outputs.shape[:-1]:
            remedy = " The classes seem to be on the last axis: say axis=-1."
        elif targets.size == math.prod(want):
            remedy = f" It is the right number of labels: targets.reshape{want}."
        raise ag.errors.ShapeError(
            f"{self.name}: outputs of shape {outputs.shape} want targets of shape {want}; got {targets.shape}.{remedy}"
        )

    def _integers(self, outputs: np.ndarray, targets: np.ndarray) -> np.ndarray:
        if targets.dtype.kind not in "iub":
            raise ag.errors.DtypeError(
                f"{self.name}: outputs of shape {outputs.shape} want targets that are integers, the numbers of "
                f"classes; got {targets.dtype}. If they are whole numbers: targets.astype(int)."
            )
        return targets.reshape(-1).astype(np.intp, copy=False)

    def _checked(self, labels: np.ndarray, classes: int) -> tuple[np.ndarray, np.ndarray | None]:
        """Labels that count, and which those are; None for all of them."""
        ignored = self.ignore_index
        if not (_is_beyond(labels, classes) or (ignored is not None and 0 <= ignored < classes)):
            return labels, None
        kept = labels != ignored
        labels = labels[kept]
        self._check_range(labels, classes, "targets have")
        return labels, kept

    def _check_range(self, labels: np.ndarray, classes: int, what: str) -> None:
        if _is_beyond(labels, classes):
            wrong = labels[(labels < 0) | (labels >= classes)][0]
            raise ag.errors.ArgumentError(
                f"{self.name}: the {what} the label {wrong}, and there are {classes} classes: want 0 to {classes - 1}, "
                f"or ignore_index={self.ignore_index}. Where labels count from 1, subtract 1."
            )


def arrays(name: str, outputs: Any, targets: Any) -> tuple[np.ndarray, np.ndarray]:
    """Outputs and targets as arrays of numbers; raises DtypeError for what is none, ShapeError for ragged lists."""
    found = []
    for what, given in (("outputs", outputs), ("targets", targets)):
        try:
            array = np.asarray(ag.value_of(given))
        except ValueError as error:
            raise ag.errors.ShapeError(
                f"{name}: the {what} are lists of unequal length, {ag.errors.describe(given)}; want one array. Leave "
                "out what fills up, or give it the ignored label."
            ) from error
        if array.dtype.kind not in "fiub":
            raise ag.errors.DtypeError(
                f"{name}: the {what} are a {type(given).__name__} of {array.dtype}; want an array or Tensor of numbers."
            )
        found.append(array)
    return found[0], found[1]


def _is_column(array: np.ndarray) -> bool:
    """Whether there is a number for each sample, (batch,) or (batch, 1)."""
    return array.ndim == 1 or (array.ndim == 2 and array.shape[1] == 1)


def _of_two(name: str, targets: np.ndarray) -> np.ndarray:
    """Labels 0 and 1 as integers; the loss of logits wants them as floats."""
    labels = targets.reshape(-1)
    integers = labels.astype(np.intp, copy=False)
    if labels.dtype.kind == "f" and (integers != labels).any():
        raise ag.errors.ArgumentError(
            f"{name}: binary scores want labels 0 and 1; the targets have {labels[integers != labels][0]}."
        )
    return integers


def _is_beyond(labels: np.ndarray, classes: int) -> bool:
    """Whether a label is out of range; as an unsigned number a negative one is huge, so that one look finds both."""
    return bool(labels.size) and bool(labels.view(np.uintp).max() >= classes)
