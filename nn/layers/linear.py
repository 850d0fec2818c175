"""Linear layers."""

from __future__ import annotations

import math
from collections.abc import Iterator
from typing import Any

import numpy as np

import autograd as ag
from nn import init
from nn.kernels.linear import linear
from nn.module import Example, Module, Parameter

__all__ = ["Linear"]


class Linear(Module):
    """The map ``x @ weight.T + bias``: (..., in_features) -> (..., out_features).

    Parameters
    ----------
    in_features, out_features: lengths of the last axis of input and output, at least 0.
    bias: whether a bias is added.
    dtype: of the parameters, a float; the default dtype if None. Inputs must have it too.
    rng: generator of the initial values, uniform in (-1 / sqrt(in_features), 1 / sqrt(in_features)) as in
        PyTorch; the default generator if None.

    Attributes
    ----------
    weight: (out_features, in_features).
    bias: (out_features), or None.

    Raises ArgumentError for sizes that are no numbers of features; when called, ShapeError for an input of
    another length, and DtypeError for integers and for floats of another width.

    >>> import autograd as ag, nn
    >>> nn.Linear(64, 10)(ag.zeros(32, 64)).shape
    (32, 10)
    """

    bias: Parameter | None

    def __init__(
        self,
        in_features: int,
        out_features: int,
        bias: bool = True,
        *,
        dtype: Any = None,
        rng: np.random.Generator | None = None,
    ) -> None:
        for name, size in (("in_features", in_features), ("out_features", out_features)):
            if not isinstance(size, (int, np.integer)) or size < 0:
                raise ag.errors.ArgumentError(
                    f"Linear({name}={size!r}): want a number of features, an integer of at least 0."
                )
        self.in_features = in_features
        self.out_features = out_features
        dtype = dtype or ag.get_default_dtype()
        self.weight = Parameter(np.empty((out_features, in_features), dtype))
        self.bias = Parameter(np.empty(out_features, dtype)) if bias else None
        self.reset_parameters(rng)

    def reset_parameters(self, rng: np.random.Generator | None = None) -> None:
        """Draw new initial values.

        >>> import nn
        >>> nn.Linear(2, 3).reset_parameters()
        """
        init.kaiming_uniform_(self.weight, a=math.sqrt(5), rng=rng)
        if self.bias is not None:
            bound = 1 / math.sqrt(self.in_features or 1)
            init.uniform_(self.bias, -bound, bound, rng)

    def forward(self, x: Any) -> Any:
        """(..., in_features) -> (..., out_features)."""
        return linear(x, self.weight, self.bias)

    @staticmethod
    def examples(rng: np.random.Generator) -> Iterator[Example]:
        """With a bias, and without one on several leading axes."""
        yield Example(Linear(3, 2, rng=rng), (rng.normal(size=(4, 3)),))
        yield Example(Linear(3, 2, bias=False, rng=rng), (rng.normal(size=(2, 4, 3)),))

    def extra_repr(self) -> str:
        """Sizes, and whether there is a bias."""
        return f"in_features={self.in_features}, out_features={self.out_features}, bias={self.bias is not None}"
