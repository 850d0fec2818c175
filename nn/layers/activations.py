"""Activations: sigmoids, shrinking, steps, and the softmax family; rectifiers have a file of their own."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import numpy as np

from nn import functional as F
from nn.kernels.checks import check_arrays, check_number, refuse_inplace, wrong_shape
from nn.module import Example, Module

__all__ = [
    "GLU",
    "Hardshrink",
    "Hardsigmoid",
    "Hardtanh",
    "Heaviside",
    "LogSigmoid",
    "LogSoftmax",
    "Sigmoid",
    "Softmax",
    "Softmax2d",
    "Softmin",
    "Softshrink",
    "Softsign",
    "Tanh",
    "Tanhshrink",
]


class Sigmoid(Module):
    """Logistic function, ``1 / (1 + exp(-x))``: (...) -> (...), between 0 and 1.

    >>> import autograd as ag, nn
    >>> nn.Sigmoid()(ag.tensor([0.0]))
    Tensor([0.5], dtype=float32)
    """

    def forward(self, input: Any) -> Any:
        """(...) -> (...)."""
        return F.sigmoid(input)

    @staticmethod
    def examples(rng: np.random.Generator) -> Iterator[Example]:
        """A batch of three features."""
        yield Example(Sigmoid(), (3 * rng.normal(size=(4, 3)),))


class LogSigmoid(Module):
    """Logarithm of `Sigmoid`, exact for small probabilities: (...) -> (...).

    >>> import autograd as ag, nn
    >>> nn.LogSigmoid()(ag.tensor([-1000.0, 0.0]))
    Tensor([-1.000000e+03, -6.931472e-01], dtype=float32)
    """

    def forward(self, input: Any) -> Any:
        """(...) -> (...)."""
        return F.logsigmoid(input)

    @staticmethod
    def examples(rng: np.random.Generator) -> Iterator[Example]:
        """A batch of three features."""
        yield Example(LogSigmoid(), (3 * rng.normal(size=(4, 3)),))


class Tanh(Module):
    """Hyperbolic tangent, ``sinh(x) / cosh(x)``: (...) -> (...), between -1 and 1.

    >>> import autograd as ag, nn
    >>> nn.Tanh()(ag.tensor([0.0]))
    Tensor([0.], dtype=float32)
    """

    def forward(self, input: Any) -> Any:
        """(...) -> (...)."""
        return F.tanh(input)

    @staticmethod
    def examples(rng: np.random.Generator) -> Iterator[Example]:
        """A batch of three features."""
        yield Example(Tanh(), (3 * rng.normal(size=(4, 3)),))


class Softsign(Module):
    """``x / (1 + |x|)``: (...) -> (...), between -1 and 1.

    >>> import autograd as ag, nn
    >>> nn.Softsign()(ag.tensor([-1.0, 3.0]))
    Tensor([-0.5 ,  0.75], dtype=float32)
    """

    def forward(self, input: Any) -> Any:
        """(...) -> (...)."""
        return F.softsign(input)

    @staticmethod
    def examples(rng: np.random.Generator) -> Iterator[Example]:
        """A batch of three features."""
        yield Example(Softsign(), (3 * rng.normal(size=(4, 3)),))


class Hardtanh(Module):
    """``x`` limited to ``[min_val, max_val]``: (...) -> (...); the derivative at the limits is taken as 0.

    Parameters
    ----------
    min_val, max_val: numbers in that order.
    inplace: False.

    Raises ArgumentError for ``inplace=True`` and, when called, for limits that are not in order.

    >>> import autograd as ag, nn
    >>> nn.Hardtanh()(ag.tensor([-3.0, 0.5]))
    Tensor([-1. ,  0.5], dtype=float32)
    """

    def __init__(self, min_val: float = -1.0, max_val: float = 1.0, inplace: bool = False) -> None:
        refuse_inplace("Hardtanh", inplace)
        check_number("Hardtanh", min_val=min_val, max_val=max_val)
        self.min_val = min_val
        self.max_val = max_val

    def forward(self, input: Any) -> Any:
        """(...) -> (...)."""
        return F.hardtanh(input, self.min_val, self.max_val)

    @staticmethod
    def examples(rng: np.random.Generator) -> Iterator[Example]:
        """Limits of one size, and of two."""
        yield Example(Hardtanh(), (3 * rng.normal(size=(4, 3)),))
        yield Example(Hardtanh(-2.0, 0.5), (3 * rng.normal(size=(4, 3)),))

    def extra_repr(self) -> str:
        """Its settings."""
        return f"min_val={self.min_val}, max_val={self.max_val}"


class Hardsigmoid(Module):
    """``x / 6 + 1 / 2`` limited to [0, 1]: (...) -> (...); the derivative at -3 and 3 is taken as 0.

    Parameters
    ----------
    inplace: False.

    Raises ArgumentError for ``inplace=True``: nothing is computed in place here.

    >>> import autograd as ag, nn
    >>> nn.Hardsigmoid()(ag.tensor([-4.0, 1.5]))
    Tensor([0.  , 0.75], dtype=float32)
    """

    def __init__(self, inplace: bool = False) -> None:
        refuse_inplace("Hardsigmoid", inplace)

    def forward(self, input: Any) -> Any:
        """(...) -> (...)."""
        return F.hardsigmoid(input)

    @staticmethod
    def examples(rng: np.random.Generator) -> Iterator[Example]:
        """A batch of three features."""
        yield Example(Hardsigmoid(), (3 * rng.normal(size=(4, 3)),))


class Hardshrink(Module):
    """``x``, but 0 where its size is at most ``lambd``: (...) -> (...); the derivative at the edge is taken as 0.

    Hard thresholding: Donoho and Johnstone, 1994.

    Parameters
    ----------
    lambd: usually at least 0; with one below 0 the input stays as it is.

    Raises ArgumentError for what is no number; when called, DtypeError for an input that is not of floats.

    >>> import autograd as ag, nn
    >>> nn.Hardshrink()(ag.tensor([0.5, 2.0]))
    Tensor([0., 2.], dtype=float32)
    """

    def __init__(self, lambd: float = 0.5) -> None:
        check_number("Hardshrink", lambd=lambd)
        self.lambd = lambd

    def forward(self, input: Any) -> Any:
        """(...) -> (...)."""
        return F.hardshrink(input, self.lambd)

    @staticmethod
    def examples(rng: np.random.Generator) -> Iterator[Example]:
        """Two edges."""
        yield Example(Hardshrink(), (3 * rng.normal(size=(4, 3)),))
        yield Example(Hardshrink(1.5), (3 * rng.normal(size=(4, 3)),))

    def extra_repr(self) -> str:
        """The edge."""
        return f"{self.lambd}"


class Softshrink(Module):
    """``x`` moved by ``lambd`` towards 0, and no further: (...) -> (...); the derivative at the edge is taken as 0.

    ``sign(x) * max(|x| - lambd, 0)``, soft thresholding: Donoho and Johnstone, 1994.

    Parameters
    ----------
    lambd: at least 0.

    Raises ArgumentError, when called, for a lambd below 0.

    >>> import autograd as ag, nn
    >>> nn.Softshrink()(ag.tensor([0.5, -2.0]))
    Tensor([ 0. , -1.5], dtype=float32)
    """

    def __init__(self, lambd: float = 0.5) -> None:
        check_number("Softshrink", lambd=lambd)
        self.lambd = lambd

    def forward(self, input: Any) -> Any:
        """(...) -> (...)."""
        return F.softshrink(input, self.lambd)

    @staticmethod
    def examples(rng: np.random.Generator) -> Iterator[Example]:
        """Two edges."""
        yield Example(Softshrink(), (3 * rng.normal(size=(4, 3)),))
        yield Example(Softshrink(1.5), (3 * rng.normal(size=(4, 3)),))

    def extra_repr(self) -> str:
        """The edge."""
        return f"{self.lambd}"


class Tanhshrink(Module):
    """``x - tanh(x)``: (...) -> (...).

    >>> import autograd as ag, nn
    >>> nn.Tanhshrink()(ag.tensor([0.0, 1.0]))
    Tensor([0.        , 0.23840582], dtype=float32)
    """

    def forward(self, input: Any) -> Any:
        """(...) -> (...)."""
        return F.tanhshrink(input)

    @staticmethod
    def examples(rng: np.random.Generator) -> Iterator[Example]:
        """A batch of three features."""
        yield Example(Tanhshrink(), (3 * rng.normal(size=(4, 3)),))


class Heaviside(Module):
    """Step: 0 below 0, ``value`` at 0, 1 above: (...) -> (...).

    Its gradient is 0 by nature: nothing before a step learns by it. The threshold unit of McCulloch and Pitts, 1943.
    PyTorch has the function, without a gradient, and no such layer.

    Parameters
    ----------
    value: any number.

    Raises ArgumentError for what is no number; when called, DtypeError for an input that is not of floats.

    >>> import autograd as ag, nn
    >>> nn.Heaviside(0.5)(ag.tensor([-2.0, 0.0, 2.0]))
    Tensor([0. , 0.5, 1. ], dtype=float32)
    """

    def __init__(self, value: float = 0.0) -> None:
        check_number("Heaviside", value=value)
        self.value = value

    def forward(self, input: Any) -> Any:
        """(...) -> (...)."""
        return F.heaviside(input, self.value)

    @staticmethod
    def examples(rng: np.random.Generator) -> Iterator[Example]:
        """Two values at 0."""
        yield Example(Heaviside(), (3 * rng.normal(size=(4, 3)),))
        yield Example(Heaviside(0.5), (3 * rng.normal(size=(4, 3)),))

    def extra_repr(self) -> str:
        """Its setting."""
        return f"value={self.value}"


class Softmax(Module):
    """Probabilities from logits, ``exp(x) / sum(exp(x))`` along an axis: (...) -> (...).

    Parameters
    ----------
    dim: the axis, the last by default. PyTorch guesses one if it is not given, and warns.

    Raises, when called, ArgumentError for a dim that is no integer and ShapeError for one that the input has not.

    >>> import autograd as ag, nn
    >>> nn.Softmax(dim=1)(ag.zeros(1, 2))
    Tensor([[0.5, 0.5]], dtype=float32)
    """

    def __init__(self, dim: int = -1) -> None:
        self.dim = dim

    def forward(self, input: Any) -> Any:
        """(...) -> (...)."""
        return F.softmax(input, self.dim)

    @staticmethod
    def examples(rng: np.random.Generator) -> Iterator[Example]:
        """Along the last axis, and along one in the middle."""
        yield Example(Softmax(), (3 * rng.normal(size=(4, 3)),))
        yield Example(Softmax(dim=1), (rng.normal(size=(2, 3, 2)),))

    def extra_repr(self) -> str:
        """The axis."""
        return f"dim={self.dim}"


class LogSoftmax(Module):
    """Logarithm of `Softmax`, exact for small probabilities: (...) -> (...), at most 0.

    Parameters
    ----------
    dim: the axis, the last by default. PyTorch guesses one if it is not given, and warns.

    Raises, when called, ArgumentError for a dim that is no integer and ShapeError for one that the input has not.

    >>> import autograd as ag, nn
    >>> nn.LogSoftmax(dim=1)(ag.zeros(1, 2))
    Tensor([[-0.6931472, -0.6931472]], dtype=float32)
    """

    def __init__(self, dim: int = -1) -> None:
        self.dim = dim

    def forward(self, input: Any) -> Any:
        """(...) -> (...)."""
        return F.log_softmax(input, self.dim)

    @staticmethod
    def examples(rng: np.random.Generator) -> Iterator[Example]:
        """Along the last axis, and along one in the middle."""
        yield Example(LogSoftmax(), (3 * rng.normal(size=(4, 3)),))
        yield Example(LogSoftmax(dim=1), (rng.normal(size=(2, 3, 2)),))

    def extra_repr(self) -> str:
        """The axis."""
        return f"dim={self.dim}"


class Softmin(Module):
    """`Softmax` of ``-x``: (...) -> (...), the largest where x is smallest.

    Parameters
    ----------
    dim: the axis, the last by default. PyTorch guesses one if it is not given, and warns.

    Raises, when called, ArgumentError for a dim that is no integer and ShapeError for one that the input has not.

    >>> import autograd as ag, nn
    >>> nn.Softmin(dim=1)(ag.zeros(1, 2))
    Tensor([[0.5, 0.5]], dtype=float32)
    """

    def __init__(self, dim: int = -1) -> None:
        self.dim = dim

    def forward(self, input: Any) -> Any:
        """(...) -> (...)."""
        return F.softmin(input, self.dim)

    @staticmethod
    def examples(rng: np.random.Generator) -> Iterator[Example]:
        """Along the last axis, and along one in the middle."""
        yield Example(Softmin(), (3 * rng.normal(size=(4, 3)),))
        yield Example(Softmin(dim=1), (rng.normal(size=(2, 3, 2)),))

    def extra_repr(self) -> str:
        """The axis."""
        return f"dim={self.dim}"


class Softmax2d(Module):
    """`Softmax` over the channels of each pixel: (batch, channels, height, width) -> the same.

    Also (channels, height, width) -> the same. Raises ShapeError, when called, for another number of axes.

    >>> import autograd as ag, nn
    >>> nn.Softmax2d()(ag.zeros(1, 4, 1, 1)).sum()
    Tensor(1., dtype=float32)
    """

    def forward(self, input: Any) -> Any:
        """(batch, channels, height, width) -> the same."""
        check_arrays("Softmax2d", input=input)
        if input.ndim not in (3, 4):
            raise wrong_shape(
                "Softmax2d", "an input of shape (batch, channels, height, width), or without batch", input
            )
        return F.softmax(input, -3)

    @staticmethod
    def examples(rng: np.random.Generator) -> Iterator[Example]:
        """A batch of images, and one image."""
        yield Example(Softmax2d(), (rng.normal(size=(2, 3, 2, 1)),))
        yield Example(Softmax2d(), (rng.normal(size=(3, 2, 2)),), batch_axis=None)


class GLU(Module):
    """The first half of ``x`` times the sigmoid of the second: (..., 2 n, ...) -> (..., n, ...). Dauphin et al., 2017.

    Parameters
    ----------
    dim: the axis that is halved.

    Raises, when called, ShapeError where its length is odd, ArgumentError for a dim that is no integer.

    >>> import autograd as ag, nn
    >>> nn.GLU()(ag.tensor([3.0, 0.0]))
    Tensor([1.5], dtype=float32)
    """

    def __init__(self, dim: int = -1) -> None:
        self.dim = dim

    def forward(self, input: Any) -> Any:
        """(..., 2 n, ...) -> (..., n, ...)."""
        return F.glu(input, self.dim)

    @staticmethod
    def examples(rng: np.random.Generator) -> Iterator[Example]:
        """Along the last axis, and along one in the middle."""
        yield Example(GLU(), (rng.normal(size=(3, 4)),))
        yield Example(GLU(dim=1), (rng.normal(size=(2, 4, 3)),))

    def extra_repr(self) -> str:
        """The axis."""
        return f"dim={self.dim}"
