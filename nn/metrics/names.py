"""Metrics by their names."""

from __future__ import annotations

import re
from collections.abc import Callable
from typing import Any

import autograd as ag
from nn.metrics.accuracies import Accuracy, TopKAccuracy
from nn.metrics.base import Metric
from nn.metrics.confusion import ConfusionMatrix
from nn.metrics.likelihoods import Perplexity
from nn.metrics.regression import R2, MeanAbsoluteError, RootMeanSquaredError
from nn.metrics.retrievals import F1, Precision, Recall

# What names begin with of metrics from 0 to 1, the best.
SHARES = ("accuracy", "top", "precision", "recall", "f1")

_AVERAGED: dict[str, Callable[..., Metric]] = {"precision": Precision, "recall": Recall, "f1": F1}
_BY_NAME: dict[str, Callable[[], Metric]] = {
    "accuracy": Accuracy,
    "confusion-matrix": ConfusionMatrix,
    "mae": MeanAbsoluteError,
    "rmse": RootMeanSquaredError,
    "r2": R2,
    "perplexity": Perplexity,
    **_AVERAGED,
}


def get(metric: str | Metric) -> Metric:
    """A metric by its name, or the metric itself that is given.

    Parameters
    ----------
    metric: ``"accuracy"``, ``"top-5"`` or another number, ``"precision"``, ``"recall"``, ``"f1"``, these also as in
        ``"f1-macro"``, ``"confusion-matrix"``, ``"mae"``, ``"rmse"``, ``"r2"``, ``"perplexity"``; or a `Metric`.

    Raises ArgumentError that lists the names, for another.

    >>> import nn
    >>> nn.metrics.get("top-3").k
    3
    >>> nn.metrics.get("f1-macro")
    F1(name='f1-macro')
    """
    if isinstance(metric, Metric):
        return metric
    found = _by_name(metric) if isinstance(metric, str) else None
    if found is None:
        names = ", ".join(repr(name) for name in ["accuracy", "top-5", "f1-macro", *list(_BY_NAME)[1:]])
        raise ag.errors.ArgumentError(
            f"metrics.get({metric!r}): want a Metric, such as nn.metrics.Accuracy(), or a name: {names}."
        )
    return found


def _by_name(name: Any) -> Metric | None:
    if name in _BY_NAME:
        return _BY_NAME[name]()
    if re.fullmatch("top-[1-9][0-9]*", name):
        return TopKAccuracy(int(name.removeprefix("top-")))
    kind, _, average = name.partition("-")
    if kind in _AVERAGED and average in ("binary", "macro", "micro", "weighted"):
        return _AVERAGED[kind](average)
    return None
