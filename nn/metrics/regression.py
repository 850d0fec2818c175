"""How far predicted numbers are from the true ones. Differences and sums are taken in float64."""

from __future__ import annotations

import math
from typing import Any

import numpy as np

import autograd as ag
from nn.metrics.base import Metric, Tallies, of_one, quotient
from nn.metrics.labels import arrays


class MeanAbsoluteError(Metric):
    """The mean of ``|output - target|`` over all numbers: outputs and targets of one shape; NaN without any.

    Parameters
    ----------
    name: under which a history has it.

    Its methods raise ShapeError where outputs and targets differ in shape.

    >>> import numpy as np, nn
    >>> metric = nn.metrics.MeanAbsoluteError()
    >>> metric.update(np.array([1.0, 2.0]), np.array([1.5, 2.0]))
    >>> metric.compute()
    0.25
    """

    def __init__(self, name: str = "mae") -> None:
        super().__init__(name)

    def start(self) -> Tallies:
        """No numbers."""
        return {"total": 0.0, "count": 0}

    def update(self, outputs: Any, targets: Any) -> None:
        """Add a batch of numbers."""
        error, _ = _differences(self.name, outputs, targets)
        self.tallies["total"] += float(np.abs(error, error).sum())
        self.tallies["count"] += error.size

    def compute(self) -> float:
        """The mean so far."""
        return quotient(self.tallies["total"], self.tallies["count"])


class RootMeanSquaredError(Metric):
    """The root of the mean of ``(output - target) ** 2`` over all numbers: outputs and targets of one shape.

    The root is taken of the mean over all batches; NaN without any. Argument and errors are those of
    `MeanAbsoluteError`.

    >>> import numpy as np, nn
    >>> metric = nn.metrics.RootMeanSquaredError()
    >>> metric.update(np.array([1.0, 2.0]), np.array([1.0, 4.0]))
    >>> round(metric.compute(), 3)
    1.414
    """

    def __init__(self, name: str = "rmse") -> None:
        super().__init__(name)

    def start(self) -> Tallies:
        """No numbers."""
        return {"total": 0.0, "count": 0}

    def update(self, outputs: Any, targets: Any) -> None:
        """Add a batch of numbers."""
        error, _ = _differences(self.name, outputs, targets)
        self.tallies["total"] += float(np.vdot(error, error))
        self.tallies["count"] += error.size

    def compute(self) -> float:
        """The root of the mean so far."""
        return math.sqrt(quotient(self.tallies["total"], self.tallies["count"]))


class R2(Metric):
    """The share of the targets' variance that the outputs explain: ``1 - sum((t - y)**2) / sum((t - mean(t))**2)``.

    1 at best, 0 for what always says the mean, less for worse. Of several numbers a sample, (batch, ...), it is the
    mean over them of each one's. Targets that are all alike have no variance: 1 if every output equals them, else 0
    (as in scikit-learn). NaN for fewer than two samples.

    The mean and the squares about it are merged batch by batch (Chan, Golub and LeVeque, 1983), as distances from the
    first target, so that a large mean does not drown a small variance.

    Parameters
    ----------
    name: under which a history has it.

    Its methods raise ShapeError where outputs and targets differ in shape, or from those before.

    >>> import numpy as np, nn
    >>> metric = nn.metrics.R2()
    >>> metric.update(np.array([1.0, 2.0]), np.array([1.0, 3.0]))
    >>> metric.update(np.array([2.0]), np.array([2.0]))
    >>> metric.compute()
    0.5
    """

    def __init__(self, name: str = "r2") -> None:
        super().__init__(name)

    def start(self) -> Tallies:
        """No samples."""
        return {"samples": 0, **{key: np.zeros(0) for key in ("first", "mean", "squares", "errors")}}

    def update(self, outputs: Any, targets: Any) -> None:
        """Add a batch of numbers."""
        error, targets = _differences(self.name, outputs, targets)
        if not error.ndim:
            raise ag.errors.ShapeError(f"{self.name}: want outputs and targets of shape (batch, ...); got numbers.")
        samples = len(error)
        if not samples:
            return
        error, targets = error.reshape(samples, -1), targets.reshape(samples, -1)
        old = self.tallies
        if not old["samples"]:
            zeros = np.zeros(error.shape[1])
            old = {"samples": 0, "first": targets[0].astype(np.float64), "mean": zeros, "squares": zeros, "errors": 0}
        elif old["mean"].shape != error.shape[1:]:
            raise ag.errors.ShapeError(
                f"{self.name}: {error.shape[1]} numbers a sample, and {old['mean'].size} in the batches before."
            )
        distances = targets - old["first"]
        mean = distances.mean(0)
        total = old["samples"] + samples
        shift = mean - old["mean"]
        distances -= mean
        self.tallies = {
            "samples": total,
            "first": old["first"],
            "mean": old["mean"] + shift * (samples / total),
            "squares": old["squares"]
            + np.einsum("ij,ij->j", distances, distances)
            + shift * shift * (old["samples"] * samples / total),
            "errors": old["errors"] + np.einsum("ij,ij->j", error, error),
        }

    def compute(self) -> float:
        """The share so far, at most 1."""
        if self.tallies["samples"] < 2:
            return float("nan")
        errors, squares = self.tallies["errors"], self.tallies["squares"]
        unexplained = np.divide(errors, squares, out=np.sign(errors), where=squares != 0)
        return float(1 - unexplained.mean())


def mean_absolute_error(outputs: Any, targets: Any) -> float:
    """The mean of ``|output - target|``: `MeanAbsoluteError` of one batch.

    Parameters
    ----------
    outputs, targets: real numbers, of one shape (...).

    Raises ShapeError where the shapes differ, DtypeError for other than real numbers.

    >>> import numpy as np, nn
    >>> nn.metrics.mean_absolute_error(np.array([1.0, 2.0]), np.array([1.5, 2.0]))
    0.25
    """
    result: float = of_one(MeanAbsoluteError(), outputs, targets)
    return result


def root_mean_squared_error(outputs: Any, targets: Any) -> float:
    """The root of the mean of ``(output - target) ** 2``: `RootMeanSquaredError` of one batch.

    Parameters
    ----------
    outputs, targets: real numbers, of one shape (...).

    Raises ShapeError where the shapes differ, DtypeError for other than real numbers.

    >>> import numpy as np, nn
    >>> nn.metrics.root_mean_squared_error(np.array([1.0, 2.0]), np.array([4.0, 5.0]))
    3.0
    """
    result: float = of_one(RootMeanSquaredError(), outputs, targets)
    return result


def r2(outputs: Any, targets: Any) -> float:
    """The share of the targets' variance that the outputs explain: `R2` of one batch.

    Parameters
    ----------
    outputs, targets: real numbers, of one shape (batch, ...).

    Raises ShapeError where the shapes differ or are (), DtypeError for other than real numbers.

    >>> import numpy as np, nn
    >>> nn.metrics.r2(np.array([1.0, 2.0, 2.0]), np.array([1.0, 3.0, 2.0]))
    0.5
    """
    result: float = of_one(R2(), outputs, targets)
    return result


def _differences(name: str, outputs: Any, targets: Any) -> tuple[np.ndarray, np.ndarray]:
    """Outputs less targets in float64, an array of its own; and the targets."""
    outputs, targets = arrays(name, outputs, targets)
    if outputs.shape != targets.shape:
        remedy = f" targets.reshape{outputs.shape} fits." if outputs.size == targets.size else ""
        raise ag.errors.ShapeError(
            f"{name}: want outputs and targets of one shape, got {outputs.shape} and {targets.shape}; broadcasting "
            f"would compare each with every other.{remedy}"
        )
    return np.asarray(np.subtract(outputs, targets, dtype=np.float64)), targets
