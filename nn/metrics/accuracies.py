"""The share of samples that a classifier is right about."""

from __future__ import annotations

from typing import Any

import numpy as np

import autograd as ag
from nn.kernels.checks import check_whole
from nn.metrics.base import Metric, Tallies, of_one, quotient
from nn.metrics.labels import IGNORED, Labelled, of_torchmetrics


class Accuracy(Metric):
    """The share of samples whose class is predicted: of class scores the highest, the first of several.

    Outputs are scores (batch, classes) or (batch, classes, ...) for labels (batch,) or (batch, ...), integers, as
    `nn.functional.cross_entropy` takes them; or predicted classes, integers of the targets' shape; or binary scores,
    floats (batch,) or (batch, 1), for labels 0 and 1 that may be floats. NaN where there are no samples.

    Parameters
    ----------
    threshold: binary scores above it stand for class 1. If None it is 0, which is meant for logits: for
        probabilities give 0.5 (a SurpriseWarning says so where all scores of a batch are from 0 to 1). Where it is
        given, outputs of any shape are binary scores, with as many targets.
    axis: of the classes; -1 for language models, (batch, time, classes).
    ignore_index: a label that does not count, such as padding's; None for no such.
    name: under which a history has it.

    Its methods raise ShapeError, DtypeError and ArgumentError for outputs and targets that do not fit, and for
    labels beyond the classes.

    >>> import numpy as np, nn
    >>> metric = nn.metrics.Accuracy()
    >>> metric.update(np.array([[0.1, 2.0], [3.0, 0.2]]), np.array([1, 1]))
    >>> metric.update(np.array([[0.0, 1.0]]), np.array([1]))
    >>> round(metric.compute(), 3)
    0.667
    """

    @of_torchmetrics
    def __init__(
        self,
        threshold: float | None = None,
        *,
        axis: int = 1,
        ignore_index: int | None = IGNORED,
        name: str = "accuracy",
    ) -> None:
        self._reader = Labelled(name, threshold, axis, ignore_index)
        super().__init__(name)

    def start(self) -> Tallies:
        """No samples, none of them right."""
        return {"right": 0, "samples": 0}

    def update(self, outputs: Any, targets: Any) -> None:
        """Add a batch of scores and labels."""
        predicted, labels, _ = self._reader.decide(outputs, targets)
        self.tallies["right"] += int(np.count_nonzero(predicted == labels))
        self.tallies["samples"] += labels.size

    def compute(self) -> float:
        """The share so far, 0 to 1."""
        return quotient(self.tallies["right"], self.tallies["samples"])


class TopKAccuracy(Metric):
    """The share of samples whose class is among the k that have the highest scores.

    Of equal scores that of the lower class counts as higher, so that k=1 is `Accuracy`; a score of NaN is never right.
    NaN where there are no samples.

    Parameters
    ----------
    k: 1 or more, and at most the number of classes.
    axis, ignore_index: as of `Accuracy`.
    name: under which a history has it; ``"top-5"`` for k=5, if None.

    Raises ArgumentError for another k, and its methods what those of `Accuracy` do.

    >>> import numpy as np, nn
    >>> metric = nn.metrics.TopKAccuracy(2)
    >>> metric.update(np.array([[0.1, 2.0, 1.0], [3.0, 0.2, 1.0]]), np.array([2, 1]))
    >>> metric.compute()
    0.5
    """

    def __init__(
        self, k: int = 5, *, axis: int = 1, ignore_index: int | None = IGNORED, name: str | None = None
    ) -> None:
        check_whole("TopKAccuracy", 1, k=k)
        name = f"top-{k}" if name is None else name
        self.k = k
        self._reader = Labelled(name, None, axis, ignore_index)
        super().__init__(name)

    def start(self) -> Tallies:
        """No samples, none of them right."""
        return {"right": 0, "samples": 0}

    def update(self, outputs: Any, targets: Any) -> None:
        """Add a batch of scores and labels."""
        scores, labels = self._reader.scores(outputs, targets)
        classes = scores.shape[1]
        if self.k > classes:
            raise ag.errors.ArgumentError(f"{self.name}: k={self.k} of {classes} classes; want 1 to {classes}.")
        of_label = np.take_along_axis(scores, labels[:, np.newaxis], 1)
        # a class is not ahead if its score is lower, or as high and its number is not
        behind = scores < of_label
        behind |= (scores == of_label) & (np.arange(classes) >= labels[:, np.newaxis])
        ahead = classes - np.count_nonzero(behind, axis=1)
        self.tallies["right"] += int(np.count_nonzero(ahead < self.k))
        self.tallies["samples"] += labels.size

    def compute(self) -> float:
        """The share so far, 0 to 1."""
        return quotient(self.tallies["right"], self.tallies["samples"])


def accuracy(
    outputs: Any,
    targets: Any,
    threshold: float | None = None,
    *,
    axis: int = 1,
    ignore_index: int | None = IGNORED,
) -> float:
    """The share of samples whose class is predicted, ``right / samples``: `Accuracy` of one batch.

    Arguments and errors are those of `Accuracy`, with outputs and targets as it takes them.

    >>> import numpy as np, nn
    >>> nn.metrics.accuracy(np.array([1.5, -0.5, 0.5]), np.array([1, 0, 0]))  # binary logits
    0.6666666666666666
    """
    result: float = of_one(Accuracy(threshold, axis=axis, ignore_index=ignore_index), outputs, targets)
    return result


def top_k_accuracy(
    outputs: Any, targets: Any, k: int = 5, *, axis: int = 1, ignore_index: int | None = IGNORED
) -> float:
    """The share of samples whose class has one of the k highest scores: `TopKAccuracy` of one batch.

    Arguments and errors are those of `TopKAccuracy`: outputs are scores (batch, classes) or (batch, classes, ...), and
    targets labels (batch,) or (batch, ...).

    >>> import numpy as np, nn
    >>> nn.metrics.top_k_accuracy(np.array([[0.1, 2.0, 1.0]]), np.array([2]), k=2)
    1.0
    """
    result: float = of_one(TopKAccuracy(k, axis=axis, ignore_index=ignore_index), outputs, targets)
    return result
