"""Metric: a number that says how good a model is, gathered batch by batch."""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Mapping
from typing import Any

import numpy as np

import autograd as ag

Tallies = dict[str, Any]


class Metric(ABC):
    """A number over many samples, from tallies that batches are added to: batches of any sizes give the same.

    A subclass writes `start`, `update` and `compute`; what `start` needs is set before ``super().__init__``.
    `update`, `compute` and `reset` are named as in TorchMetrics (Detlefsen et al., 2022).

    Parameters
    ----------
    name: under which a history has it.

    Attributes
    ----------
    name: as given.
    tallies: numbers and arrays by name, all that is known of the samples so far.

    Raises TypeError for a subclass that lacks one of the three; for the rest, a subclass says what its methods raise.

    >>> import numpy as np, nn
    >>> class LargestError(nn.metrics.Metric):
    ...     def start(self):
    ...         return {"largest": 0.0}
    ...     def update(self, outputs, targets):
    ...         error = np.abs(outputs - targets).max()
    ...         self.tallies["largest"] = max(self.tallies["largest"], float(error))
    ...     def compute(self):
    ...         return self.tallies["largest"]
    >>> metric = LargestError("largest error")
    >>> metric.update(np.array([1.0, 2.0]), np.array([1.5, 2.0]))
    >>> metric.compute()
    0.5
    """

    def __init__(self, name: str) -> None:
        self.name = name
        self.reset()

    @abstractmethod
    def start(self) -> Tallies:
        """The tallies of no samples: numbers and arrays, made anew in every call."""

    @abstractmethod
    def update(self, outputs: Any, targets: Any, /) -> None:
        """Add a batch: outputs of the model and targets, arrays or Tensors."""

    @abstractmethod
    def compute(self) -> Any:
        """The metric of all samples since `reset`: a float, or an array where a metric is one."""

    def reset(self) -> None:
        """Forget all samples.

        >>> import nn
        >>> mean = nn.metrics.Mean()
        >>> mean.update(3.0)
        >>> mean.reset(); mean.compute()
        nan
        """
        self.tallies = self.start()

    def state_dict(self) -> Tallies:
        """A copy of the tallies: numbers and arrays by name.

        >>> import nn
        >>> nn.metrics.Mean().state_dict()
        {'total': 0.0, 'weight': 0.0}
        """
        return {key: value.copy() if isinstance(value, np.ndarray) else value for key, value in self.tallies.items()}

    def load_state_dict(self, state_dict: Mapping[str, Any]) -> None:
        """Take over what `state_dict` gave: the metric then goes on identically.

        Raises ArgumentError for the state of another metric, and then changes nothing.

        >>> import nn
        >>> mean, other = nn.metrics.Mean(), nn.metrics.Mean()
        >>> mean.update(3.0)
        >>> other.load_state_dict(mean.state_dict()); other.compute()
        3.0
        """
        fresh = self.start()
        if fresh.keys() != state_dict.keys():
            raise ag.errors.ArgumentError(
                f"{self.name}.load_state_dict: it has the tallies {', '.join(fresh)}; got {', '.join(state_dict)}. Is "
                "it the state of another metric?"
            )
        for key, zero in fresh.items():
            given, shape = np.asarray(ag.value_of(state_dict[key])), np.shape(zero)
            fits = given.ndim == len(shape) and (given.shape == shape or 0 in shape)  # it grows with the first batch
            if not fits:
                raise ag.errors.ArgumentError(
                    f"{self.name}.load_state_dict: the tally {key!r} has shape {shape}, not {given.shape}. Was the "
                    "metric made with other arguments?"
                )
            fresh[key] = np.array(given, zero.dtype) if isinstance(zero, np.ndarray) else type(zero)(given)
        self.tallies = fresh

    def __repr__(self) -> str:
        return f"{type(self).__name__}(name={self.name!r})"


class Mean(Metric):
    """The mean of numbers, such as the losses of batches, each with the weight that it is given.

    ``sum(weights * values) / sum(weights)``; NaN where nothing was added.

    Parameters
    ----------
    name: under which a history has it.

    Its `update` raises ShapeError for weights that are neither one nor of the values' shape, DtypeError for what are no
    numbers.

    >>> import nn
    >>> mean = nn.metrics.Mean("loss")
    >>> mean.update(1.0, 3)  # a batch of 3 samples
    >>> mean.update(5.0, 1)
    >>> mean.compute()
    2.0
    """

    def __init__(self, name: str = "mean") -> None:
        super().__init__(name)

    def start(self) -> Tallies:
        """Nothing was added."""
        return {"total": 0.0, "weight": 0.0}

    def update(self, values: Any, weights: Any = 1.0) -> None:
        """Add numbers of any shape, with one weight for all or a weight each.

        >>> import nn
        >>> mean = nn.metrics.Mean()
        >>> mean.update([1.0, 4.0], [2, 1]); mean.compute()
        2.0
        """
        values, weights = _numbers(self.name, "values", values), _numbers(self.name, "weights", weights)
        if weights.shape not in ((), values.shape):
            raise ag.errors.ShapeError(
                f"{self.name}: values of shape {values.shape} take one weight, or a weight each; got {weights.shape}."
            )
        self.tallies["total"] += float((values * weights).sum())
        self.tallies["weight"] += float(weights.sum() if weights.ndim else weights * values.size)

    def compute(self) -> float:
        """The mean so far."""
        return quotient(self.tallies["total"], self.tallies["weight"])


def _numbers(name: str, what: str, values: Any) -> np.ndarray:
    try:
        if values is None:
            raise TypeError("no number")  # NumPy would make nan of it
        return np.asarray(ag.value_of(values), np.float64)
    except (TypeError, ValueError) as error:
        raise ag.errors.DtypeError(
            f"{name}: the {what} are {ag.errors.describe(values)}; want a number, or an array of numbers."
        ) from error


def quotient(total: float, count: float) -> float:
    """A mean of so many: NaN for none.

    >>> quotient(3, 4), quotient(0, 0)
    (0.75, nan)
    """
    return total / count if count else float("nan")


def of_one(metric: Metric, outputs: Any, targets: Any) -> Any:
    """A metric of one batch.

    >>> of_one(Mean(), 3.0, 1)
    3.0
    """
    metric.update(outputs, targets)
    return metric.compute()
