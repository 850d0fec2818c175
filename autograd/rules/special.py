"""Activations and special functions that NumPy does not have; each is elementwise."""

from __future__ import annotations

import math
from typing import Any

import numpy as np

from autograd.primitives import elementwise
from autograd.registry import ops
from autograd.rules._erf import erf as _erf
from autograd.rules.elementwise import OFF_ZERO


def _sigmoid(x: Any) -> Any:
    """1 / (1 + exp(-x)) by an exponential that cannot overflow, so that small results keep all their digits."""
    e = np.exp(-np.abs(x))
    return np.where(x >= 0, 1, e) / (1 + e)


def _softplus(x: Any) -> Any:
    return np.maximum(x, 0) + np.log1p(np.exp(-np.abs(x)))


# A table is read by its rows.
# fmt: off
elementwise(
    _sigmoid, "Logistic function, 1 / (1 + exp(-x)).", name="sigmoid", example=(1.1, 0.7503, 0.1874),
    x=lambda g, out: g * out * (1 - out)
)
elementwise(
    lambda x: np.maximum(x, 0), "Rectifier, max(x, 0); its derivative at 0 is taken as 0.", name="relu",
    domain=OFF_ZERO, example=(2.0, 2.0, 1.0), x=lambda g, out: g * (out > 0)
)
elementwise(
    _softplus, "log(1 + exp(x)), a smooth rectifier.", name="softplus", example=(1.0, 1.3133, 0.7311),
    x=lambda g, x: g * ops.functions["sigmoid"](x)
)
elementwise(
    _erf, "Error function, 2 / sqrt(pi) times the integral of exp(-t * t) from 0 to x.", name="erf",
    example=(0.5, 0.5205, 0.8788), x=lambda g, x: g * (2 / math.sqrt(math.pi)) * np.exp(-x * x)
)
