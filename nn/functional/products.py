"""Linear maps as functions."""

from __future__ import annotations

import math
from typing import Any

from nn.kernels import linear as _linear
from nn.kernels.checks import check_floats, wrong_shape

__all__ = ["bilinear", "linear"]


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


def bilinear(input1: Any, input2: Any, weight: Any, bias: Any = None) -> Any:
    """``input1 @ weight[k] @ input2 + bias[k]`` for each k: (..., in1), (..., in2) -> (..., out).

    Parameters
    ----------
    input1, input2: of the same leading axes.
    weight: (out, in1, in2).
    bias: (out), or None.

    Raises ShapeError where these do not fit, DtypeError where float widths differ.

    >>> import autograd as ag, nn
    >>> a, b = ag.tensor([[1.0, 2.0]]), ag.tensor([[3.0, 4.0, 5.0]])
    >>> nn.functional.bilinear(a, b, ag.ones(1, 2, 3))
    Tensor([[36.]], dtype=float32)
    """
    check_floats("bilinear", input1=input1, weight=weight)
    check_floats("bilinear", input2=input2, weight=weight)
    if weight.ndim != 3:
        raise wrong_shape("bilinear", "a weight of shape (out, in1, in2)", weight)
    outside, *inside = weight.shape
    for name, x, length in (("input1", input1, inside[0]), ("input2", input2, inside[1])):
        if not x.ndim or x.shape[-1] != length:
            raise wrong_shape("bilinear", f"{name} of shape (..., {length}) for a weight of shape {weight.shape}", x)
    leading = input1.shape[:-1]
    if input2.shape[:-1] != leading:
        raise wrong_shape(
            "bilinear", f"input2 of shape {(*leading, inside[1])}, beside input1 of shape {input1.shape}", input2
        )
    rows = math.prod(leading)
    table = weight.transpose((1, 0, 2)).reshape((inside[0], outside * inside[1]))
    first = (input1.reshape((rows, inside[0])) @ table).reshape((rows, outside, inside[1]))
    out = (first @ input2.reshape((rows, inside[1], 1))).reshape((*leading, outside))
    return out if bias is None else out + bias
