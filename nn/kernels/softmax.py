"""Softmax and its logarithm, along one axis."""

from __future__ import annotations

from typing import Any

import numpy as np

import autograd as ag


def _samples(rng: np.random.Generator) -> tuple[Any, ...]:
    shape = tuple(rng.integers(1, 4, rng.integers(1, 4)))
    return rng.normal(size=shape), int(rng.integers(-len(shape), len(shape)))


def _below_top(x: Any, axis: int) -> Any:
    """``x`` less its largest element along the axis, so that no exponential overflows."""
    return x - np.maximum.reduce(x, axis=axis, keepdims=True)


@ag.primitive(samples=_samples)
def softmax(x: Any, axis: int = -1) -> Any:
    """``exp(x) / sum(exp(x))`` along an axis: (...) -> (...), positive and adding up to 1.

    >>> import numpy as np
    >>> softmax(np.array([0.0, 0.0]))
    array([0.5, 0.5])
    """
    out = np.exp(_below_top(x, axis))
    out /= np.add.reduce(out, axis=axis, keepdims=True)
    return out


softmax.vjp(x=lambda g, out, axis: out * (g - np.sum(g * out, axis=axis, keepdims=True)))


@ag.primitive(samples=_samples)
def log_softmax(x: Any, axis: int = -1) -> Any:
    """``x - log(sum(exp(x)))`` along an axis: (...) -> (...), at most 0.

    >>> import numpy as np
    >>> log_softmax(np.array([0.0, 0.0]))
    array([-0.69314718, -0.69314718])
    """
    out = _below_top(x, axis)
    out -= np.log(np.add.reduce(np.exp(out), axis=axis, keepdims=True))
    return out


log_softmax.vjp(x=lambda g, out, axis: g - np.exp(out) * np.sum(g, axis=axis, keepdims=True))
