"""Activations with parameters."""

from __future__ import annotations

import math
from collections.abc import Iterator
from typing import Any

import numpy as np

import autograd as ag
from nn import functional as F
from nn import init
from nn.kernels.checks import check_whole
from nn.module import Example, Module, Parameter, initialize

__all__ = [
    "Maxout",
    "PReLU",
    "Swish",
]


class PReLU(Module):
    """`nn.LeakyReLU` with slopes that are learned: (batch, channels, ...) -> the same. He et al., 2015.

    Parameters
    ----------
    num_parameters: 1 for one slope, or the number of channels for one each; the channels are axis 1.
    init: the slopes at first.
    dtype: of the slopes, a float; the default dtype if None.

    Attributes
    ----------
    weight: (num_parameters). Weight decay on it pulls it towards `nn.ReLU`.

    Raises ArgumentError for a number that is not 1 or more; when called, ShapeError for another number of channels
    and DtypeError for floats of another width.

    >>> import autograd as ag, nn
    >>> nn.PReLU()(ag.tensor([-1.0, 2.0]))
    Tensor([-0.25,  2.  ], dtype=float32, grad_fn=leaky_relu)
    """

    def __init__(self, num_parameters: int = 1, init: float = 0.25, *, dtype: Any = None) -> None:
        check_whole("PReLU", 1, num_parameters=num_parameters)
        self.num_parameters = num_parameters
        self.init = init
        self.weight = Parameter(np.empty(num_parameters, dtype or ag.get_default_dtype()))
        self.reset_parameters()

    def reset_parameters(self) -> None:
        """Set the slopes to ``init`` again.

        >>> import nn
        >>> nn.PReLU().reset_parameters()
        """
        init.constant_(self.weight, self.init)

    def forward(self, input: Any) -> Any:
        """(batch, channels, ...) -> the same."""
        return F.prelu(input, self.weight)

    @staticmethod
    def examples(rng: np.random.Generator) -> Iterator[Example]:
        """One slope, and one a channel, with and without further axes."""
        yield Example(PReLU(), (rng.normal(size=(4, 3)),))
        yield Example(PReLU(3, 0.1), (rng.normal(size=(4, 3)),))
        yield Example(PReLU(3), (rng.normal(size=(2, 3, 2, 2)),))

    def extra_repr(self) -> str:
        """The number of slopes."""
        return f"num_parameters={self.num_parameters}"


class Swish(Module):
    """``x * sigmoid(beta * x)``: (...) -> (...). Ramachandran et al., 2017. PyTorch has beta 1 alone, `nn.SiLU`.

    Parameters
    ----------
    beta: any number; with 0 half the identity, with a large one nearly `nn.ReLU`.
    learnable: whether beta is a parameter.
    dtype: of the parameter, a float; the default dtype if None.

    Attributes
    ----------
    beta: (), or the number itself if not learnable.

    Raises DtypeError, when called, where the input is not of beta's dtype.

    >>> import autograd as ag, nn
    >>> nn.Swish(beta=2.0)(ag.tensor([-1.0, 1.0]))
    Tensor([-0.11920293,  0.880797  ], dtype=float32, grad_fn=swish)
    """

    beta: Parameter | float

    def __init__(self, beta: float = 1.0, learnable: bool = True, *, dtype: Any = None) -> None:
        self.learnable = learnable
        self.beta = Parameter(np.array(beta, dtype or ag.get_default_dtype())) if learnable else float(beta)

    def forward(self, input: Any) -> Any:
        """(...) -> (...)."""
        return F.swish(input, self.beta)

    @staticmethod
    def examples(rng: np.random.Generator) -> Iterator[Example]:
        """With beta learned and not."""
        yield Example(Swish(), (rng.normal(size=(4, 3)),))
        yield Example(Swish(-0.5), (rng.normal(size=(2, 3, 2)),))
        yield Example(Swish(2.0, learnable=False), (rng.normal(size=(4, 3)),))

    def extra_repr(self) -> str:
        """Beta as it is now, and whether it is learned."""
        return f"beta={float(self.beta):.6g}, learnable={self.learnable}"


class Maxout(Module):
    """The largest of several linear maps, feature by feature: (..., in_features) -> (..., out_features).

    Goodfellow et al., 2013. A convex activation that is learned: with two pieces it can be `nn.ReLU` or the absolute
    value. PyTorch has no such layer. Where several pieces are largest they share the gradient.

    Parameters
    ----------
    in_features, out_features: lengths of the last axis of input and output, at least 0.
    pieces: linear maps of each feature, at least 1.
    bias: whether a bias is added.
    dtype: of the parameters, a float; the default dtype if None. Inputs must have it too.
    rng: generator of the initial values, which are those of `nn.Linear`; the default generator if None.

    Attributes
    ----------
    weight: (out_features * pieces, in_features), the pieces of a feature next to each other.
    bias: (out_features * pieces), or None.

    Raises ArgumentError for sizes that are no such numbers; when called, ShapeError for an input of another length
    and DtypeError for integers and for floats of another width.

    >>> import autograd as ag, nn
    >>> nn.Maxout(64, 10, pieces=3)(ag.zeros(32, 64)).shape
    (32, 10)
    """

    bias: Parameter | None

    def __init__(
        self,
        in_features: int,
        out_features: int,
        pieces: int = 2,
        bias: bool = True,
        *,
        dtype: Any = None,
        rng: np.random.Generator | None = None,
    ) -> None:
        check_whole("Maxout", 0, in_features=in_features, out_features=out_features)
        check_whole("Maxout", 1, pieces=pieces)
        self.in_features = in_features
        self.out_features = out_features
        self.pieces = pieces
        dtype = dtype or ag.get_default_dtype()
        self.weight = Parameter(np.empty((out_features * pieces, in_features), dtype))
        self.bias = Parameter(np.empty(out_features * pieces, dtype)) if bias else None
        initialize(self, rng)

    def reset_parameters(self, rng: np.random.Generator | None = None) -> None:
        """Draw new initial values.

        >>> import nn
        >>> nn.Maxout(2, 3).reset_parameters()
        """
        init.kaiming_uniform_(self.weight, a=math.sqrt(5), rng=rng)
        if self.bias is not None:
            bound = 1 / math.sqrt(self.in_features or 1)
            init.uniform_(self.bias, -bound, bound, rng)

    def forward(self, input: Any) -> Any:
        """(..., in_features) -> (..., out_features)."""
        return F.maxout(F.linear(input, self.weight, self.bias), self.pieces)

    @staticmethod
    def examples(rng: np.random.Generator) -> Iterator[Example]:
        """Two pieces, three without a bias on several leading axes, and one."""
        yield Example(Maxout(3, 2, rng=rng), (rng.normal(size=(4, 3)),))
        yield Example(Maxout(3, 2, 3, bias=False, rng=rng), (rng.normal(size=(2, 2, 3)),))
        yield Example(Maxout(2, 2, 1, rng=rng), (rng.normal(size=(3, 2)),))

    def extra_repr(self) -> str:
        """Sizes, and whether there is a bias."""
        sizes = f"in_features={self.in_features}, out_features={self.out_features}, pieces={self.pieces}"
        return f"{sizes}, bias={self.bias is not None}"
