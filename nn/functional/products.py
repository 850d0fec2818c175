"""Linear maps as functions."""

from __future__ import annotations

from typing import Any

from nn.kernels import linear as _linear

__all__ = ["linear"]


def linear(input: Any, weight: Any, bias: Any = None) -> Any:
    """``input @ weight.T + bias``: (..., in_features) -> (..., out_features).

    Parameters
    ----------
    weight: (out_features, in_features).
    bias: (out_features), or None.

    Raises ShapeError where the last axis of ``input`` is not ``in_features`` long, DtypeError where float
    widths differ; both name the module's path in the model.

    >>> import autograd as ag, nn
    >>> nn.functional.linear(ag.ones(1, 2), ag.tensor([[1.0, 2.0]]), ag.tensor([10.0]))
    Tensor([[13.]], dtype=float32)
    """
    return _linear.linear(input, weight, bias)
