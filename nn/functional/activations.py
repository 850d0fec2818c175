"""Activations as functions."""

from __future__ import annotations

from typing import Any

import autograd as ag

__all__ = ["log_softmax", "relu", "sigmoid", "softmax", "tanh"]


def relu(input: Any) -> Any:
    """Rectifier, ``max(input, 0)``: (...) -> (...); its derivative at 0 is taken as 0.

    >>> import autograd as ag, nn
    >>> nn.functional.relu(ag.tensor([-1.0, 2.0]))
    Tensor([0., 2.], dtype=float32)
    """
    return ag.relu(input)


def tanh(input: Any) -> Any:
    """Hyperbolic tangent: (...) -> (...), between -1 and 1.

    >>> import autograd as ag, nn
    >>> nn.functional.tanh(ag.tensor([0.0]))
    Tensor([0.], dtype=float32)
    """
    return ag.tanh(input)


def sigmoid(input: Any) -> Any:
    """Logistic function, ``1 / (1 + exp(-input))``: (...) -> (...), between 0 and 1.

    >>> import autograd as ag, nn
    >>> nn.functional.sigmoid(ag.tensor([0.0]))
    Tensor([0.5], dtype=float32)
    """
    return ag.sigmoid(input)


def softmax(input: Any, dim: int = -1) -> Any:
    """Probabilities from logits, ``exp(input) / sum(exp(input))`` along the axis ``dim``: (...) -> (...).

    >>> import autograd as ag, nn
    >>> nn.functional.softmax(ag.tensor([2.0, 1.0, 0.1], dtype="float64"))
    Tensor([0.65900114, 0.24243297, 0.09856589], dtype=float64)
    """
    return ag.softmax(input, dim)


def log_softmax(input: Any, dim: int = -1) -> Any:
    """Logarithm of `softmax`, exact for small probabilities: (...) -> (...).

    >>> import autograd as ag, nn
    >>> nn.functional.log_softmax(ag.tensor([0.0, 0.0]))
    Tensor([-0.6931472, -0.6931472], dtype=float32)
    """
    return ag.log_softmax(input, dim)
