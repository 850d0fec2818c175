"""Precision, recall and what is between them, for each class and on average."""

from __future__ import annotations

from abc import abstractmethod
from typing import Any

import numpy as np

import autograd as ag
from nn.metrics.base import Metric, Tallies, of_one
from nn.metrics.labels import IGNORED, Labelled, of_torchmetrics

AVERAGES = ("auto", "binary", "macro", "micro", "weighted", None)


class ByClass(Metric):
    """What `Precision`, `Recall` and `F1` share: for each class, how often it was right, predicted and present."""

    title = ""

    @of_torchmetrics
    def __init__(
        self,
        average: str | None = "auto",
        threshold: float | None = None,
        *,
        axis: int = 1,
        ignore_index: int | None = IGNORED,
        name: str | None = None,
    ) -> None:
        if average not in AVERAGES:
            raise ag.errors.ArgumentError(
                f"{type(self).__name__}: average={average!r}; want one of {', '.join(map(repr, AVERAGES))}."
            )
        if name is None:
            name = self.title if average == "auto" else f"{self.title}-{average or 'classes'}"
        self.average = average
        self._reader = Labelled(name, threshold, axis, ignore_index)
        super().__init__(name)

    def start(self) -> Tallies:
        """No classes have been seen."""
        return {key: np.zeros(0, np.int64) for key in ("right", "predicted", "present")}

    def update(self, outputs: Any, targets: Any) -> None:
        """Add a batch of scores and labels."""
        predicted, labels, classes = self._reader.decide(outputs, targets)
        found = {"right": labels[predicted == labels], "predicted": predicted, "present": labels}
        for key, members in found.items():
            counts = np.bincount(members, minlength=max(classes, self.tallies[key].size))
            counts[: self.tallies[key].size] += self.tallies[key]
            self.tallies[key] = counts

    def compute(self) -> Any:
        """The average so far, a float; an array (classes,) for ``average=None``."""
        right, predicted, present = (self.tallies[key] for key in ("right", "predicted", "present"))
        average = self.average
        if average == "auto":
            average = "binary" if right.size <= 2 else "macro"
        if average == "micro":
            right, predicted, present = (np.atleast_1d(counts.sum()) for counts in (right, predicted, present))
        each = _share(*self.parts(right, predicted, present))
        if average is None:
            return each
        if not present.any():
            return float("nan")
        if average == "binary":
            if right.size > 2:
                raise ag.errors.ArgumentError(
                    f"{self.name}: average='binary' is about class 1 of two, and there are {right.size} classes; want "
                    "'macro', 'micro' or 'weighted'."
                )
            return float(each[1]) if each.size == 2 else 0.0
        if average == "weighted":
            return float((each * present).sum() / present.sum())
        return float(each[(present > 0) | (predicted > 0)].mean())

    @abstractmethod
    def parts(self, right: np.ndarray, predicted: np.ndarray, present: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
        """Numerator and denominator of each class."""


class Precision(ByClass):
    """Of the samples that were predicted to be of a class, the share that is.

    Outputs and targets are as of `Accuracy`. 0 for a class that is never predicted (scikit-learn's
    ``zero_division=0``). Without samples an average is NaN.

    Parameters
    ----------
    average: ``"macro"``, the mean over the classes that are present or predicted; ``"weighted"``, over those that are
        present, by their samples; ``"micro"``, of all counts together, which is the accuracy; ``"binary"``, of class 1
        of two; None, an array (classes,); ``"auto"``, ``"binary"`` where there are two classes, else ``"macro"``.
    threshold, axis, ignore_index: as of `Accuracy`. Where every output is a score of its own (several labels a sample),
        all of them are counted together: ``"auto"`` is what is elsewhere called micro, and ``"macro"`` is the mean over
        "yes" and "no", not over the labels.
    name: under which a history has it; if None, such as ``"precision"`` and ``"precision-macro"``.

    Raises ArgumentError for another average; its methods raise what those of `Accuracy` do.

    >>> import numpy as np, nn
    >>> metric = nn.metrics.Precision()
    >>> metric.update(np.array([2.0, 1.0, -1.0]), np.array([1, 0, 1]))  # binary logits
    >>> metric.compute()
    0.5
    """

    title = "precision"

    def parts(self, right: np.ndarray, predicted: np.ndarray, present: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
        """Right, of those predicted."""
        return right, predicted


class Recall(ByClass):
    """Of the samples of a class, the share that is predicted to be: 0 for a class without samples.

    Arguments and errors are those of `Precision`.

    >>> import numpy as np, nn
    >>> metric = nn.metrics.Recall(average="macro")
    >>> metric.update(np.array([0, 1, 1]), np.array([0, 1, 0]))  # predicted classes
    >>> metric.name, metric.compute()
    ('recall-macro', 0.75)
    """

    title = "recall"

    def parts(self, right: np.ndarray, predicted: np.ndarray, present: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
        """Right, of those present."""
        return right, present


class F1(ByClass):
    """The harmonic mean of precision and recall: 0 for a class that is neither present nor predicted.

    Arguments and errors are those of `Precision`. van Rijsbergen, 1979.

    >>> import numpy as np, nn
    >>> metric = nn.metrics.F1(average=None)
    >>> metric.update(np.array([0, 1, 1]), np.array([0, 1, 0]))
    >>> metric.compute()
    array([0.66666667, 0.66666667])
    """

    title = "f1"

    def parts(self, right: np.ndarray, predicted: np.ndarray, present: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
        """Twice the right ones, of those predicted and those present."""
        return 2 * right, predicted + present


def precision(
    outputs: Any,
    targets: Any,
    average: str | None = "auto",
    threshold: float | None = None,
    *,
    axis: int = 1,
    ignore_index: int | None = IGNORED,
) -> Any:
    """Of the samples predicted to be of a class, the share that is, ``right / predicted``: `Precision` of one batch.

    Arguments and errors are those of `Precision`, with outputs and targets as `Accuracy` takes them.

    >>> import numpy as np, nn
    >>> nn.metrics.precision(np.array([0, 1, 1]), np.array([0, 1, 0]), average="micro")
    0.6666666666666666
    """
    return of_one(Precision(average, threshold, axis=axis, ignore_index=ignore_index), outputs, targets)


def recall(
    outputs: Any,
    targets: Any,
    average: str | None = "auto",
    threshold: float | None = None,
    *,
    axis: int = 1,
    ignore_index: int | None = IGNORED,
) -> Any:
    """Of the samples of a class, the share that is predicted to be, ``right / present``: `Recall` of one batch.

    Arguments and errors are those of `Precision`, with outputs and targets as `Accuracy` takes them.

    >>> import numpy as np, nn
    >>> nn.metrics.recall(np.array([0, 1, 1]), np.array([0, 1, 0]))
    1.0
    """
    return of_one(Recall(average, threshold, axis=axis, ignore_index=ignore_index), outputs, targets)


def f1(
    outputs: Any,
    targets: Any,
    average: str | None = "auto",
    threshold: float | None = None,
    *,
    axis: int = 1,
    ignore_index: int | None = IGNORED,
) -> Any:
    """The harmonic mean of precision and recall, ``2 * right / (predicted + present)``: `F1` of one batch.

    Arguments and errors are those of `Precision`, with outputs and targets as `Accuracy` takes them.

    >>> import numpy as np, nn
    >>> round(nn.metrics.f1(np.array([0, 1, 1]), np.array([0, 1, 0])), 3)
    0.667
    """
    return of_one(F1(average, threshold, axis=axis, ignore_index=ignore_index), outputs, targets)


def _share(part: np.ndarray, whole: np.ndarray) -> np.ndarray:
    """Their quotient, 0 where both are."""
    result: np.ndarray = np.divide(part, whole, out=np.zeros(part.shape), where=whole > 0)
    return result
