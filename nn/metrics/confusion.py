"""Which classes are taken for which."""

from __future__ import annotations

import os
from collections.abc import Sequence
from importlib import import_module
from typing import Any

import numpy as np

import autograd as ag
from nn.kernels.checks import check_whole, is_whole
from nn.metrics.base import Metric, Tallies, of_one
from nn.metrics.labels import IGNORED, Labelled


class ConfusionMatrix(Metric):
    """How often samples of a class were predicted to be of another: (classes, classes), a row for each true class.

    Outputs and targets are as of `Accuracy`. `compute` gives counts, integers, to which a
    sample of class t that was predicted to be of class p has added ``counts[t, p] += 1``.

    Parameters
    ----------
    classes: their number, or their names for pictures; if None, as many as there are scores, and of predicted
        classes as many as are seen.
    threshold, axis, ignore_index: as of `Accuracy`.
    name: under which a history has it.

    Raises ArgumentError for a number of classes below 1; its methods raise what those of `Accuracy` do, and
    ShapeError for more classes than it has.

    >>> import numpy as np, nn
    >>> metric = nn.metrics.ConfusionMatrix()
    >>> metric.update(np.array([[0.1, 2.0], [3.0, 0.2], [0.0, 1.0]]), np.array([1, 1, 1]))
    >>> metric.compute()
    array([[0, 0],
           [1, 2]])
    """

    def __init__(
        self,
        classes: int | Sequence[str] | None = None,
        threshold: float | None = None,
        *,
        axis: int = 1,
        ignore_index: int | None = IGNORED,
        name: str = "confusion-matrix",
    ) -> None:
        self.names = None if classes is None or is_whole(classes) else [str(label) for label in classes]  # type: ignore[union-attr]
        self.classes = len(self.names) if self.names is not None else classes
        if self.classes is not None:
            check_whole("ConfusionMatrix", 1, classes=self.classes)
        self._reader = Labelled(name, threshold, axis, ignore_index)
        super().__init__(name)

    def start(self) -> Tallies:
        """No samples."""
        size: Any = self.classes or 0
        return {"counts": np.zeros((size, size), np.int64)}

    def update(self, outputs: Any, targets: Any) -> None:
        """Add a batch of scores and labels."""
        predicted, labels, classes = self._reader.decide(outputs, targets)
        counts = self.tallies["counts"]
        have = len(counts)
        if classes > have:
            if self.classes is not None:
                raise ag.errors.ShapeError(
                    f"{self.name}: it was made for {have} classes, and the outputs and targets have {classes}."
                )
            counts = np.pad(counts, (0, classes - have))
            have = classes
        pairs = np.bincount(labels * have + predicted, minlength=have * have)
        self.tallies["counts"] = counts + pairs.reshape(have, have)

    def compute(self) -> np.ndarray:
        """The counts so far."""
        counts: np.ndarray = self.tallies["counts"].copy()
        return counts

    def plot(self, path: str | os.PathLike[str] | None = None) -> Any:
        """Draw the counts so far: `nn.plots.plot_confusion`.

        Parameters
        ----------
        path: where to write the picture, in the format that its name ends in; None for nowhere.

        Returns the axes. Raises ModuleNotFoundError, with the remedy, where matplotlib is not installed.

        >>> import numpy as np, nn
        >>> metric = nn.metrics.ConfusionMatrix(["cat", "dog"])
        >>> metric.update(np.array([0, 1, 1]), np.array([0, 1, 0]))
        >>> metric.plot().get_xlabel()
        'predicted'
        """
        return import_module("nn.plots").plot_confusion(self.compute(), self.names, path)  # stands above


def confusion_matrix(
    outputs: Any,
    targets: Any,
    classes: int | Sequence[str] | None = None,
    threshold: float | None = None,
    *,
    axis: int = 1,
    ignore_index: int | None = IGNORED,
) -> np.ndarray:
    """How often samples of a class were predicted to be of another: `ConfusionMatrix` of one batch.

    Arguments and errors are those of `ConfusionMatrix`; outputs and targets, as of `Accuracy`, -> (classes, classes).

    >>> import numpy as np, nn
    >>> nn.metrics.confusion_matrix(np.array([0, 1, 1]), np.array([0, 1, 0]), classes=2)
    array([[1, 1],
           [0, 1]])
    """
    metric = ConfusionMatrix(classes, threshold, axis=axis, ignore_index=ignore_index)
    result: np.ndarray = of_one(metric, outputs, targets)
    return result
