"""Rectifiers: activations that let large inputs through, kinked and smooth."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import numpy as np

from nn import functional as F
from nn.kernels.checks import check_number, refuse_inplace
from nn.module import Example, Module

__all__ = [
    "CELU",
    "ELU",
    "GELU",
    "SELU",
    "Hardswish",
    "LeakyReLU",
    "Mish",
    "ReLU",
    "ReLU6",
    "SiLU",
    "Softplus",
    "Threshold",
]


class ReLU(Module):
    """Rectifier, ``max(x, 0)``: (...) -> (...); its derivative at 0 is taken as 0.

    Parameters
    ----------
    inplace: False.

    Raises ArgumentError for ``inplace=True``: nothing is computed in place here.

    >>> import autograd as ag, nn
    >>> nn.ReLU()(ag.tensor([-1.0, 2.0]))
    Tensor([0., 2.], dtype=float32)
    """

    def __init__(self, inplace: bool = False) -> None:
        refuse_inplace("ReLU", inplace)

    def forward(self, input: Any) -> Any:
        """(...) -> (...)."""
        return F.relu(input)

    @staticmethod
    def examples(rng: np.random.Generator) -> Iterator[Example]:
        """A batch of three features."""
        yield Example(ReLU(), (3 * rng.normal(size=(4, 3)),))


class ReLU6(Module):
    """``min(max(x, 0), 6)``: (...) -> (...); its derivative at 0 and at 6 is taken as 0.

    Parameters
    ----------
    inplace: False.

    Raises ArgumentError for ``inplace=True``: nothing is computed in place here.

    >>> import autograd as ag, nn
    >>> nn.ReLU6()(ag.tensor([-1.0, 2.0, 9.0]))
    Tensor([0., 2., 6.], dtype=float32)
    """

    def __init__(self, inplace: bool = False) -> None:
        refuse_inplace("ReLU6", inplace)

    def forward(self, input: Any) -> Any:
        """(...) -> (...)."""
        return F.relu6(input)

    @staticmethod
    def examples(rng: np.random.Generator) -> Iterator[Example]:
        """A batch of three features, and several axes."""
        yield Example(ReLU6(), (3 * rng.normal(size=(4, 3)),))
        yield Example(ReLU6(), (rng.normal(size=(2, 3, 2)),))


class LeakyReLU(Module):
    """``x`` where positive, ``negative_slope * x`` elsewhere, at 0 too: (...) -> (...). Maas et al., 2013.

    Parameters
    ----------
    negative_slope: any number.
    inplace: False.

    Raises ArgumentError for ``inplace=True``: nothing is computed in place here.

    >>> import autograd as ag, nn
    >>> nn.LeakyReLU(0.1)(ag.tensor([-1.0, 2.0]))
    Tensor([-0.1,  2. ], dtype=float32)
    """

    def __init__(self, negative_slope: float = 0.01, inplace: bool = False) -> None:
        refuse_inplace("LeakyReLU", inplace)
        check_number("LeakyReLU", negative_slope=negative_slope)
        self.negative_slope = negative_slope

    def forward(self, input: Any) -> Any:
        """(...) -> (...)."""
        return F.leaky_relu(input, self.negative_slope)

    @staticmethod
    def examples(rng: np.random.Generator) -> Iterator[Example]:
        """Slopes below, and of the other sign."""
        yield Example(LeakyReLU(), (3 * rng.normal(size=(4, 3)),))
        yield Example(LeakyReLU(0.3), (3 * rng.normal(size=(4, 3)),))
        yield Example(LeakyReLU(-1.5), (3 * rng.normal(size=(4, 3)),))

    def extra_repr(self) -> str:
        """Its setting."""
        return f"negative_slope={self.negative_slope}"


class ELU(Module):
    """``x`` where positive, ``alpha * (exp(x) - 1)`` elsewhere: (...) -> (...). Clevert et al., 2016.

    Parameters
    ----------
    alpha: any number; ``-alpha`` is the limit far below 0, and the derivative at 0 is alpha.
    inplace: False.

    Raises ArgumentError for ``inplace=True``: nothing is computed in place here.

    >>> import autograd as ag, nn
    >>> nn.ELU()(ag.tensor([-1000.0, 2.0]))
    Tensor([-1.,  2.], dtype=float32)
    """

    def __init__(self, alpha: float = 1.0, inplace: bool = False) -> None:
        refuse_inplace("ELU", inplace)
        check_number("ELU", alpha=alpha)
        self.alpha = alpha

    def forward(self, input: Any) -> Any:
        """(...) -> (...)."""
        return F.elu(input, self.alpha)

    @staticmethod
    def examples(rng: np.random.Generator) -> Iterator[Example]:
        """Without a kink, and with one."""
        yield Example(ELU(), (3 * rng.normal(size=(4, 3)),))
        yield Example(ELU(0.5), (3 * rng.normal(size=(4, 3)),))

    def extra_repr(self) -> str:
        """Its setting."""
        return f"alpha={self.alpha}"


class CELU(Module):
    """``x`` where positive, ``alpha * (exp(x / alpha) - 1)`` elsewhere: (...) -> (...). Barron, 2017.

    Parameters
    ----------
    alpha: any number but 0; ``-alpha`` is the limit far below 0.
    inplace: False.

    Raises ArgumentError for ``inplace=True`` and, when called, for alpha 0.

    >>> import autograd as ag, nn
    >>> nn.CELU(2.0)(ag.tensor([-1000.0, 2.0]))
    Tensor([-2.,  2.], dtype=float32)
    """

    def __init__(self, alpha: float = 1.0, inplace: bool = False) -> None:
        refuse_inplace("CELU", inplace)
        check_number("CELU", alpha=alpha)
        self.alpha = alpha

    def forward(self, input: Any) -> Any:
        """(...) -> (...)."""
        return F.celu(input, self.alpha)

    @staticmethod
    def examples(rng: np.random.Generator) -> Iterator[Example]:
        """Alpha 1 and less."""
        yield Example(CELU(), (3 * rng.normal(size=(4, 3)),))
        yield Example(CELU(0.5), (3 * rng.normal(size=(4, 3)),))

    def extra_repr(self) -> str:
        """Its setting."""
        return f"alpha={self.alpha}"


class SELU(Module):
    """``scale * elu(x, alpha)``, which keeps mean 0 and variance 1: (...) -> (...). Klambauer et al., 2017.

    The scale is 1.0507..., alpha 1.6732.... It does so after layers of weights of variance 1 / features, as drawn by
    ``nn.init.kaiming_normal_(weight, nonlinearity="linear")``.

    Parameters
    ----------
    inplace: False.

    Raises ArgumentError for ``inplace=True``: nothing is computed in place here.

    >>> import autograd as ag, nn
    >>> nn.SELU()(ag.tensor([0.0, 1.0]))
    Tensor([0.      , 1.050701], dtype=float32)
    """

    def __init__(self, inplace: bool = False) -> None:
        refuse_inplace("SELU", inplace)

    def forward(self, input: Any) -> Any:
        """(...) -> (...)."""
        return F.selu(input)

    @staticmethod
    def examples(rng: np.random.Generator) -> Iterator[Example]:
        """A batch of three features."""
        yield Example(SELU(), (3 * rng.normal(size=(4, 3)),))


class GELU(Module):
    """``x`` times the probability that a standard normal number is below it: (...) -> (...).

    Hendrycks and Gimpel, 2016.

    Parameters
    ----------
    approximate: ``"none"``, by the error function, or ``"tanh"``, within 5e-4 of it.

    Raises ArgumentError, when called, for another approximation.

    >>> import autograd as ag, nn
    >>> nn.GELU()(ag.tensor([-1.0, 1.0]))
    Tensor([-0.15865526,  0.8413447 ], dtype=float32)
    """

    def __init__(self, approximate: str = "none") -> None:
        self.approximate = approximate

    def forward(self, input: Any) -> Any:
        """(...) -> (...)."""
        return F.gelu(input, approximate=self.approximate)

    @staticmethod
    def examples(rng: np.random.Generator) -> Iterator[Example]:
        """Exact, and by tanh."""
        yield Example(GELU(), (3 * rng.normal(size=(4, 3)),))
        yield Example(GELU("tanh"), (3 * rng.normal(size=(4, 3)),))

    def extra_repr(self) -> str:
        """Its setting."""
        return f"approximate={self.approximate!r}"


class SiLU(Module):
    """``x * sigmoid(x)``: (...) -> (...). Elfwing et al., 2017; with a factor that is learned, `Swish`.

    Parameters
    ----------
    inplace: False.

    Raises ArgumentError for ``inplace=True``: nothing is computed in place here.

    >>> import autograd as ag, nn
    >>> nn.SiLU()(ag.tensor([-1000.0, 1.0]))
    Tensor([-0.       ,  0.7310586], dtype=float32)
    """

    def __init__(self, inplace: bool = False) -> None:
        refuse_inplace("SiLU", inplace)

    def forward(self, input: Any) -> Any:
        """(...) -> (...)."""
        return F.silu(input)

    @staticmethod
    def examples(rng: np.random.Generator) -> Iterator[Example]:
        """A batch of three features."""
        yield Example(SiLU(), (3 * rng.normal(size=(4, 3)),))


class Mish(Module):
    """``x * tanh(log(1 + exp(x)))``: (...) -> (...). Misra, 2019.

    Parameters
    ----------
    inplace: False.

    Raises ArgumentError for ``inplace=True``: nothing is computed in place here.

    >>> import autograd as ag, nn
    >>> nn.Mish()(ag.tensor([-1000.0, 1000.0]))
    Tensor([  -0., 1000.], dtype=float32)
    """

    def __init__(self, inplace: bool = False) -> None:
        refuse_inplace("Mish", inplace)

    def forward(self, input: Any) -> Any:
        """(...) -> (...)."""
        return F.mish(input)

    @staticmethod
    def examples(rng: np.random.Generator) -> Iterator[Example]:
        """A batch of three features."""
        yield Example(Mish(), (3 * rng.normal(size=(4, 3)),))


class Hardswish(Module):
    """``x * hardsigmoid(x)``: (...) -> (...). Howard et al., 2019.

    The derivative at -3 is taken as 0, at 3 as 1.

    Parameters
    ----------
    inplace: False.

    Raises ArgumentError for ``inplace=True``: nothing is computed in place here.

    >>> import autograd as ag, nn
    >>> nn.Hardswish()(ag.tensor([1.5, 4.0]))
    Tensor([1.125, 4.   ], dtype=float32)
    """

    def __init__(self, inplace: bool = False) -> None:
        refuse_inplace("Hardswish", inplace)

    def forward(self, input: Any) -> Any:
        """(...) -> (...)."""
        return F.hardswish(input)

    @staticmethod
    def examples(rng: np.random.Generator) -> Iterator[Example]:
        """A batch of three features."""
        yield Example(Hardswish(), (3 * rng.normal(size=(4, 3)),))


class Softplus(Module):
    """``log(1 + exp(beta * x)) / beta``: (...) -> (...). Dugas et al., 2001.

    Parameters
    ----------
    beta: any number but 0.
    threshold: where ``beta * x`` is above it, the result is x itself, as in PyTorch.

    Raises ArgumentError, when called, for beta 0.

    >>> import autograd as ag, nn
    >>> nn.Softplus()(ag.tensor([0.0, 1000.0]))
    Tensor([6.931472e-01, 1.000000e+03], dtype=float32)
    """

    def __init__(self, beta: float = 1.0, threshold: float = 20.0) -> None:
        check_number("Softplus", beta=beta, threshold=threshold)
        self.beta = beta
        self.threshold = threshold

    def forward(self, input: Any) -> Any:
        """(...) -> (...)."""
        return F.softplus(input, self.beta, self.threshold)

    @staticmethod
    def examples(rng: np.random.Generator) -> Iterator[Example]:
        """Below the threshold, and on both sides of it."""
        yield Example(Softplus(), (3 * rng.normal(size=(4, 3)),))
        yield Example(Softplus(2.0, 3.0), (3 * rng.normal(size=(4, 3)),))

    def extra_repr(self) -> str:
        """Its settings."""
        return f"beta={self.beta}, threshold={self.threshold}"


class Threshold(Module):
    """``x`` where above the threshold, ``value`` elsewhere: (...) -> (...).

    Parameters
    ----------
    threshold, value: any numbers. At the threshold the result is the value, and the derivative 0.
    inplace: False.

    Raises ArgumentError for ``inplace=True``: nothing is computed in place here.

    >>> import autograd as ag, nn
    >>> nn.Threshold(1.0, -7.0)(ag.tensor([0.5, 2.0]))
    Tensor([-7.,  2.], dtype=float32)
    """

    def __init__(self, threshold: float, value: float, inplace: bool = False) -> None:
        refuse_inplace("Threshold", inplace)
        check_number("Threshold", threshold=threshold, value=value)
        self.threshold = threshold
        self.value = value

    def forward(self, input: Any) -> Any:
        """(...) -> (...)."""
        return F.threshold(input, self.threshold, self.value)

    @staticmethod
    def examples(rng: np.random.Generator) -> Iterator[Example]:
        """A batch of three features."""
        yield Example(Threshold(0.5, -1.0), (3 * rng.normal(size=(4, 3)),))

    def extra_repr(self) -> str:
        """Its settings."""
        return f"threshold={self.threshold}, value={self.value}"
