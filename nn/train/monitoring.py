"""What is best so far, by a name in the history."""

from __future__ import annotations

import math
from typing import Any

import numpy as np

import autograd as ag
from nn.metrics.names import SHARES
from nn.train.history import Row

RISING = (*SHARES, "r2")  # of which more is better


class Best:
    """The best value so far of something that the history has.

    Parameters
    ----------
    monitor: its name, such as ``"val_loss"``.
    mode: "min" or "max", what is best; if "auto", the largest of accuracies and the like, and the smallest of the rest.
    min_delta: by how much at least a new best is better, 0 or more.

    Raises ArgumentError for another mode.

    >>> best = Best("val_accuracy")
    >>> best.is_new({"val_accuracy": 0.5}), best.is_new({"val_accuracy": 0.4}), best.value
    (True, False, 0.5)
    """

    def __init__(self, monitor: str, mode: str = "auto", min_delta: float = 0.0) -> None:
        if mode not in ("auto", "min", "max"):
            raise ag.errors.ArgumentError(f"monitor={monitor!r}, mode={mode!r}; want 'min', 'max' or 'auto'.")
        self.monitor = monitor
        name = monitor.removeprefix("val_").lower()
        self.sign = 1.0 if mode == "max" or (mode == "auto" and name.startswith(RISING)) else -1.0
        self.min_delta = min_delta
        self.value: float | None = None

    def is_new(self, row: Row) -> bool:
        """Whether the row is better than all before it, of which it then is the best; NaN never is.

        Raises ArgumentError where the row has no such name.
        """
        if self.monitor not in row:
            raise ag.errors.ArgumentError(
                f"monitor={self.monitor!r} is not in the history, which has {_names(row)}."
                + (" Give fit validation data." if self.monitor.startswith("val_") else "")
            )
        value = row[self.monitor]
        if np.ndim(value):
            raise ag.errors.ArgumentError(
                f"monitor={self.monitor!r} is an array of shape {np.shape(value)}; want the name of a number: "
                f"{_names(row)}."
            )
        if math.isnan(value) or (self.value is not None and self.sign * (value - self.value) <= self.min_delta):
            return False
        self.value = float(value)
        return True


def _names(row: dict[str, Any]) -> str:
    return ", ".join(name for name, value in row.items() if np.ndim(value) == 0 and name not in ("epoch", "seconds"))
