"""Linear layers."""

from __future__ import annotations

import math
from collections.abc import Iterator
from typing import Any

import numpy as np

import autograd as ag
from nn import functional as F
from nn import init
from nn.kernels.checks import check_whole
from nn.kernels.linear import linear
from nn.module import Example, Module, Parameter, initialize

__all__ = ["Bilinear", "Identity", "Linear"]


class Identity(Module):
    """The input as it is: (...) -> (...).

    Parameters
    ----------
    args, kwargs: anything; nothing is made of them, as in PyTorch, so that it can be put in the place of any layer.

    Nothing that it is given raises an error.

    >>> import autograd as ag, nn
    >>> nn.Identity(54, unused=0.1)(ag.ones(2))
    Tensor([1., 1.], dtype=float32)
    """

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        pass

    def forward(self, input: Any) -> Any:
        """(...) -> (...)."""
        return input

    @staticmethod
    def examples(rng: np.random.Generator) -> Iterator[Example]:
        """With and without arguments."""
        yield Example(Identity(), (rng.normal(size=(4, 3)),))
        yield Example(Identity(3, bias=False), (rng.normal(size=(2, 3, 2)),))


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
        check_whole("Linear", 0, in_features=in_features, out_features=out_features)
        self.in_features = in_features
        self.out_features = out_features
        dtype = dtype or ag.get_default_dtype()
        self.weight = Parameter(np.empty((out_features, in_features), dtype))
        self.bias = Parameter(np.empty(out_features, dtype)) if bias else None
        initialize(self, rng)

    def reset_parameters(self, rng: np.random.Generator | None = None) -> None:
        """Draw new initial values.

        >>> import nn
        >>> nn.Linear(2, 3).reset_parameters()
        """
        init.kaiming_uniform_(self.weight, a=math.sqrt(5), rng=rng)
        if self.bias is not None:
            bound = 1 / math.sqrt(self.in_features or 1)
            init.uniform_(self.bias, -bound, bound, rng)

    def forward(self, input: Any) -> Any:
        """(..., in_features) -> (..., out_features)."""
        return linear(input, self.weight, self.bias)

    @staticmethod
    def examples(rng: np.random.Generator) -> Iterator[Example]:
        """With a bias, and without one on several leading axes."""
        yield Example(Linear(3, 2, rng=rng), (rng.normal(size=(4, 3)),))
        yield Example(Linear(3, 2, bias=False, rng=rng), (rng.normal(size=(2, 4, 3)),))

    def extra_repr(self) -> str:
        """Sizes, and whether there is a bias."""
        return f"in_features={self.in_features}, out_features={self.out_features}, bias={self.bias is not None}"


class Bilinear(Module):
    """The map ``x1 @ weight[k] @ x2 + bias[k]``, for each k: (..., in1_features), (..., in2_features) ->
    (..., out_features).

    Parameters
    ----------
    in1_features, in2_features, out_features: lengths of the last axes of both inputs and of the result, at least 1.
    bias: whether a bias is added.
    dtype: of the parameters, a float; the default dtype if None. Inputs must have it too.
    rng: generator of the initial values, uniform in (-1 / sqrt(in1_features), 1 / sqrt(in1_features)) as in
        PyTorch; the default generator if None.

    Attributes
    ----------
    weight: (out_features, in1_features, in2_features).
    bias: (out_features), or None.

    Raises ArgumentError for sizes that are no numbers of features; when called, ShapeError for inputs of other
    lengths or of different leading axes, and DtypeError for integers and for floats of another width.

    >>> import autograd as ag, nn
    >>> nn.Bilinear(20, 30, 40)(ag.zeros(128, 20), ag.zeros(128, 30)).shape
    (128, 40)
    """

    bias: Parameter | None

    def __init__(
        self,
        in1_features: int,
        in2_features: int,
        out_features: int,
        bias: bool = True,
        *,
        dtype: Any = None,
        rng: np.random.Generator | None = None,
    ) -> None:
        check_whole("Bilinear", 1, in1_features=in1_features, in2_features=in2_features, out_features=out_features)
        self.in1_features = in1_features
        self.in2_features = in2_features
        self.out_features = out_features
        dtype = dtype or ag.get_default_dtype()
        self.weight = Parameter(np.empty((out_features, in1_features, in2_features), dtype))
        self.bias = Parameter(np.empty(out_features, dtype)) if bias else None
        initialize(self, rng)

    def reset_parameters(self, rng: np.random.Generator | None = None) -> None:
        """Draw new initial values.

        >>> import nn
        >>> nn.Bilinear(2, 3, 4).reset_parameters()
        """
        bound = 1 / math.sqrt(self.in1_features)
        init.uniform_(self.weight, -bound, bound, rng)
        if self.bias is not None:
            init.uniform_(self.bias, -bound, bound, rng)

    def forward(self, input1: Any, input2: Any) -> Any:
        """(..., in1_features), (..., in2_features) -> (..., out_features)."""
        return F.bilinear(input1, input2, self.weight, self.bias)

    @staticmethod
    def examples(rng: np.random.Generator) -> Iterator[Example]:
        """With a bias, and without one on several leading axes."""
        yield Example(Bilinear(3, 2, 2, rng=rng), (rng.normal(size=(4, 3)), rng.normal(size=(4, 2))))
        bare = Bilinear(2, 3, 1, bias=False, rng=rng)
        yield Example(bare, (rng.normal(size=(3, 2, 2)), rng.normal(size=(3, 2, 3))))

    def extra_repr(self) -> str:
        """Sizes, and whether there is a bias."""
        return (
            f"in1_features={self.in1_features}, in2_features={self.in2_features}, "
            f"out_features={self.out_features}, bias={self.bias is not None}"
        )
