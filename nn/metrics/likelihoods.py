"""How much a model is surprised by what comes."""

from __future__ import annotations

import math
from typing import Any

import numpy as np

import autograd as ag
from nn import functional as F
from nn.metrics.base import Metric, Tallies, of_one, quotient
from nn.metrics.labels import IGNORED, Labelled


class Perplexity(Metric):
    """Between how many equally likely classes a model is undecided: exp of the mean of ``-log softmax(scores)[label]``.

    The mean is over all labels of all batches that count. NaN without any; infinite where it is too large for a
    float. `nn.perplexity` reads a text with a model itself.

    Parameters
    ----------
    axis: of the classes in the scores: the last one of (batch, classes) and (batch, time, classes); 1 for
        (batch, classes, time).
    ignore_index: a label that does not count, such as padding's; None for no such.
    name: under which a history has it.

    Its methods raise ShapeError, DtypeError and ArgumentError as those of `Accuracy` do.

    >>> import numpy as np, nn
    >>> metric = nn.metrics.Perplexity()
    >>> metric.update(np.zeros((2, 3, 8)), np.array([[0, 1, 2], [7, -100, -100]]))
    >>> round(metric.compute(), 3)
    8.0
    """

    def __init__(self, *, axis: int = -1, ignore_index: int | None = IGNORED, name: str = "perplexity") -> None:
        self._reader = Labelled(name, None, axis, ignore_index)
        super().__init__(name)

    def start(self) -> Tallies:
        """No labels."""
        return {"total": 0.0, "count": 0}

    def update(self, outputs: Any, targets: Any) -> None:
        """Add a batch of scores and labels."""
        scores, labels = self._reader.scores(outputs, targets)
        if labels.size:
            with ag.no_grad():
                losses = F.cross_entropy(scores, labels, reduction="none", ignore_index=IGNORED)
            self.tallies["total"] += float(ag.value_of(losses).sum(dtype=np.float64))
            self.tallies["count"] += labels.size

    def compute(self) -> float:
        """The perplexity so far, 1 or more."""
        mean = quotient(self.tallies["total"], self.tallies["count"])
        try:
            return math.exp(mean)
        except OverflowError:
            return math.inf


def perplexity(outputs: Any, targets: Any, *, axis: int = -1, ignore_index: int | None = IGNORED) -> float:
    """exp of the mean of ``-log softmax(scores)[label]``: `Perplexity` of one batch.

    Arguments and errors are those of `Perplexity`: outputs are scores (batch, ..., classes), targets labels
    (batch, ...).

    >>> import numpy as np, nn
    >>> round(nn.metrics.perplexity(np.zeros((2, 8)), np.array([3, 5])), 3)
    8.0
    """
    result: float = of_one(Perplexity(axis=axis, ignore_index=ignore_index), outputs, targets)
    return result
