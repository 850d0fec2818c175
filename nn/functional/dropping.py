"""Dropout as functions."""

from __future__ import annotations

from typing import Any

import numpy as np

import autograd as ag
from nn.kernels.checks import place

__all__ = ["dropout"]


def dropout(input: Any, p: float = 0.5, training: bool = True, rng: np.random.Generator | None = None) -> Any:
    """Zero each element with probability ``p`` and divide the others by ``1 - p``: (...) -> (...).

    Srivastava et al., 2014. Where not ``training``, the input itself.

    Parameters
    ----------
    p: from 0 to 1.
    training: whether anything is dropped.
    rng: generator of the draws; the default one if None.

    Raises ArgumentError for another p.

    >>> import autograd as ag, nn
    >>> nn.functional.dropout(ag.ones(3), p=1.0)
    Tensor([0., 0., 0.], dtype=float32)
    """
    if not 0.0 <= p <= 1.0:
        raise ag.errors.ArgumentError(f"{place('dropout')}: p={p}; want a probability, 0 to 1.")
    if not training or p == 0.0:
        return input
    draws = (rng or ag.default_generator()).random(input.shape, np.float32)
    kept = (draws >= p).astype(input.dtype)
    kept *= 1 / (1 - p) if p < 1.0 else 0
    return input * kept
