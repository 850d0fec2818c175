"""Rectifiers as functions: activations that let large inputs through, kinked and smooth ones.

At a kink the derivative is PyTorch's, and said. All but relu raise DtypeError for an array
that is not of floats; ``inplace=True`` is an ArgumentError.
"""

from __future__ import annotations

from typing import Any

import numpy as np

import autograd as ag
from nn.kernels import activations as _kernels
from nn.kernels.activations import check, check_axis
from nn.kernels.checks import check_arrays, check_floats, check_whole, place, refuse_inplace, wrong_shape

__all__ = [
    "celu",
    "elu",
    "gelu",
    "hardswish",
    "leaky_relu",
    "maxout",
    "mish",
    "prelu",
    "relu",
    "relu6",
    "selu",
    "silu",
    "softplus",
    "swish",
    "threshold",
]


# --- rectifiers -----------------------------------------------------------------------------------------


def relu(input: Any, inplace: bool = False) -> Any:
    """Rectifier, ``max(input, 0)``: (...) -> (...); its derivative at 0 is taken as 0. Nair and Hinton, 2010.

    Raises DtypeError for what is neither a number nor an array, ArgumentError for ``inplace``: nothing is computed
    in place.

    >>> import autograd as ag, nn
    >>> nn.functional.relu(ag.tensor([-1.0, 2.0]))
    Tensor([0., 2.], dtype=float32)
    """
    refuse_inplace("relu", inplace)
    if not isinstance(input, (ag.Tensor, int, float)):
        check_arrays("relu", input=input)
    return ag.relu(input)


def relu6(input: Any, inplace: bool = False) -> Any:
    """``min(max(input, 0), 6)``: (...) -> (...); its derivative at 0 and at 6 is taken as 0. Krizhevsky, 2010.

    Raises DtypeError for an input that is not of floats, ArgumentError for ``inplace``.

    >>> import autograd as ag, nn
    >>> nn.functional.relu6(ag.tensor([-1.0, 2.0, 9.0]))
    Tensor([0., 2., 6.], dtype=float32)
    """
    check("relu6", input, inplace)
    return _kernels.hardtanh(input, 0.0, 6.0)


def leaky_relu(input: Any, negative_slope: float = 0.01, inplace: bool = False) -> Any:
    """``input`` where positive, ``negative_slope * input`` elsewhere, at 0 too: (...) -> (...). Maas et al., 2013.

    Parameters
    ----------
    negative_slope: any number.

    Raises DtypeError for an input that is not of floats, ArgumentError for ``inplace``.

    >>> import autograd as ag, nn
    >>> nn.functional.leaky_relu(ag.tensor([-1.0, 2.0]), 0.1)
    Tensor([-0.1,  2. ], dtype=float32)
    """
    check("leaky_relu", input, inplace)
    return _kernels.leaky_relu(input, float(negative_slope))


def prelu(input: Any, weight: Any) -> Any:
    """`leaky_relu` with slopes that are learned: (batch, channels, ...) -> the same. He et al., 2015.

    Parameters
    ----------
    weight: the slopes: (1) or () for one, or (channels) for one a channel; the channels are axis 1.

    Raises ShapeError for another number of slopes, DtypeError where float widths differ.

    >>> import autograd as ag, nn
    >>> nn.functional.prelu(ag.tensor([[-1.0, -1.0]]), ag.tensor([0.1, 0.5]))
    Tensor([[-0.1, -0.5]], dtype=float32)
    """
    check_floats("prelu", input=input, weight=weight)
    channels = input.shape[1] if input.ndim > 1 else 1
    if weight.ndim > 1 or weight.size not in (1, channels):
        want = f"an input of shape (batch, {weight.size}, ...) for slopes of shape {weight.shape}"
        remedy = "Give one slope, (1,), or one for each channel; channels are axis 1 of at least two axes."
        raise wrong_shape("prelu", want, input, remedy)
    shape = (weight.size,) + (1,) * (input.ndim - 2) if weight.size > 1 else ()
    return _kernels.leaky_relu(input, np.reshape(weight, shape))


def elu(input: Any, alpha: float = 1.0, inplace: bool = False) -> Any:
    """``input`` where positive, ``alpha * (exp(input) - 1)`` elsewhere: (...) -> (...). Clevert et al., 2016.

    At 0 the derivative is ``alpha``.

    Parameters
    ----------
    alpha: any number; ``-alpha`` is the limit far below 0.

    Raises DtypeError for an input that is not of floats, ArgumentError for ``inplace``.

    >>> import autograd as ag, nn
    >>> nn.functional.elu(ag.tensor([-1.0, 2.0]))
    Tensor([-0.63212055,  2.        ], dtype=float32)
    """
    check("elu", input, inplace)
    return _kernels.elu(input, float(alpha), 1.0, 1.0)


def celu(input: Any, alpha: float = 1.0, inplace: bool = False) -> Any:
    """``input`` where positive, ``alpha * (exp(input / alpha) - 1)`` elsewhere: (...) -> (...). Barron, 2017.

    Parameters
    ----------
    alpha: any number but 0, for which ArgumentError is raised.

    Raises DtypeError for an input that is not of floats, ArgumentError for ``inplace``.

    >>> import autograd as ag, nn
    >>> nn.functional.celu(ag.tensor([-1.0, 2.0]), alpha=2.0)
    Tensor([-0.78693867,  2.        ], dtype=float32)
    """
    check("celu", input, inplace)
    if alpha == 0:
        raise ag.errors.ArgumentError(f"{place('celu')}: alpha=0, by which it divides; want another number, or relu.")
    return _kernels.elu(input, float(alpha), 1.0, 1.0 / alpha)


def selu(input: Any, inplace: bool = False) -> Any:
    """``scale * elu(input, alpha)``, which keeps mean 0 and variance 1: (...) -> (...). Klambauer et al., 2017.

    The scale is 1.0507..., alpha 1.6732....

    Raises DtypeError for an input that is not of floats, ArgumentError for ``inplace``.

    >>> import autograd as ag, nn
    >>> nn.functional.selu(ag.tensor([-1.0, 1.0]))
    Tensor([-1.1113307,  1.050701 ], dtype=float32)
    """
    check("selu", input, inplace)
    return _kernels.elu(input, 1.6732632423543772848170429916717, 1.0507009873554804934193349852946, 1.0)


def threshold(input: Any, threshold: float, value: float, inplace: bool = False) -> Any:
    """``input`` where above the threshold, ``value`` elsewhere: (...) -> (...); nan stays nan. As in PyTorch.

    Parameters
    ----------
    threshold, value: any numbers. At the threshold the result is the value, and the derivative 0.

    Raises DtypeError for an input that is not of floats, ArgumentError for ``inplace``.

    >>> import autograd as ag, nn
    >>> nn.functional.threshold(ag.tensor([0.5, 2.0]), 1.0, -7.0)
    Tensor([-7.,  2.], dtype=float32)
    """
    check("threshold", input, inplace)
    return np.where(input <= threshold, float(value), input)


def maxout(input: Any, pieces: int, dim: int = -1) -> Any:
    """The largest of every ``pieces`` neighbours on an axis: (..., features * pieces) -> (..., features).

    Goodfellow et al., 2013. Where several are largest they share the gradient. PyTorch has no such function.

    Parameters
    ----------
    input: of floats.
    pieces: at least 1.
    dim: the axis.

    Raises ArgumentError for other pieces, ShapeError where they do not divide the length of the axis, DtypeError for an
    input that is not of floats.

    >>> import autograd as ag, nn
    >>> nn.functional.maxout(ag.tensor([1.0, 5.0, 2.0, -1.0]), 2)
    Tensor([5., 2.], dtype=float32)
    """
    check("maxout", input)
    check_whole("maxout", 1, pieces=pieces)
    check_axis("maxout", input, dim)
    if input.ndim == 0 or input.shape[dim] % pieces:
        raise wrong_shape("maxout", f"a multiple of {pieces} elements on axis {dim}, as pieces={pieces}", input)
    axis = dim % input.ndim
    shape = (*input.shape[:axis], input.shape[axis] // pieces, pieces, *input.shape[axis + 1 :])
    return np.max(np.reshape(input, shape), axis=axis + 1)


def hardswish(input: Any, inplace: bool = False) -> Any:
    """``input * hardsigmoid(input)``: (...) -> (...). Howard et al., 2019.

    The derivative at -3 is taken as 0, at 3 as 1.

    Raises DtypeError for an input that is not of floats, ArgumentError for ``inplace``.

    >>> import autograd as ag, nn
    >>> nn.functional.hardswish(ag.tensor([1.5, 4.0]))
    Tensor([1.125, 4.   ], dtype=float32)
    """
    check("hardswish", input, inplace)
    return _kernels.hardswish(input)


# --- smooth rectifiers ----------------------------------------------------------------------------------


def gelu(input: Any, *, approximate: str = "none") -> Any:
    """``input`` times the probability that a standard normal number is below it: (...) -> (...).

    Hendrycks and Gimpel, 2016.

    Parameters
    ----------
    approximate: ``"none"``, by the error function, or ``"tanh"``, for
        ``input * (1 + tanh(sqrt(2 / pi) * (input + 0.044715 * input**3))) / 2``; ArgumentError for others.

    Raises DtypeError for an input that is not of floats.

    >>> import autograd as ag, nn
    >>> nn.functional.gelu(ag.tensor([-1.0, 1.0]))
    Tensor([-0.15865526,  0.8413447 ], dtype=float32)
    """
    check("gelu", input)
    if approximate == "none":
        return _kernels.gelu(input)
    if approximate == "tanh":
        return _kernels.gelu_tanh(input)
    raise ag.errors.ArgumentError(f"{place('gelu')}: approximate={approximate!r}; want 'none' or 'tanh'.")


def silu(input: Any, inplace: bool = False) -> Any:
    """``input * sigmoid(input)``, `swish` with beta 1: (...) -> (...). Elfwing et al., 2017.

    Raises DtypeError for an input that is not of floats, ArgumentError for ``inplace``.

    >>> import autograd as ag, nn
    >>> nn.functional.silu(ag.tensor([-1.0, 1.0]))
    Tensor([-0.2689414,  0.7310586], dtype=float32)
    """
    check("silu", input, inplace)
    return _kernels.swish(input, 1.0)


def swish(input: Any, beta: Any = 1.0) -> Any:
    """``input * sigmoid(beta * input)``: (...) -> (...). Ramachandran et al., 2017. PyTorch has beta 1 alone, `silu`.

    Parameters
    ----------
    beta: a number, or a tensor of the input's dtype that broadcasts to the input; it has a gradient then.

    Raises DtypeError where float widths differ.

    >>> import autograd as ag, nn
    >>> nn.functional.swish(ag.tensor([-1.0, 1.0]), beta=2.0)
    Tensor([-0.11920293,  0.880797  ], dtype=float32)
    """
    if hasattr(beta, "dtype"):
        check_floats("swish", input=input, beta=beta)
        return _kernels.swish(input, beta)
    check_floats("swish", input=input)
    return _kernels.swish(input, float(beta))


def mish(input: Any, inplace: bool = False) -> Any:
    """``input * tanh(log(1 + exp(input)))``: (...) -> (...). Misra, 2019.

    Raises DtypeError for an input that is not of floats, ArgumentError for ``inplace``.

    >>> import autograd as ag, nn
    >>> nn.functional.mish(ag.tensor([-1.0, 1.0]))
    Tensor([-0.30340144,  0.8650984 ], dtype=float32)
    """
    check("mish", input, inplace)
    return _kernels.mish(input)


def softplus(input: Any, beta: float = 1.0, threshold: float = 20.0) -> Any:
    """``log(1 + exp(beta * input)) / beta``: (...) -> (...). Dugas et al., 2001.

    Parameters
    ----------
    beta: any number but 0, for which ArgumentError is raised.
    threshold: where ``beta * input`` is above it, the result is the input itself, as in PyTorch: 2e-9 less at 20. No
        threshold is needed against overflow: ``ag.softplus`` has none.

    Raises DtypeError for an input that is not of floats.

    >>> import autograd as ag, nn
    >>> nn.functional.softplus(ag.tensor([0.0, 1000.0]))
    Tensor([6.931472e-01, 1.000000e+03], dtype=float32)
    """
    check("softplus", input)
    if beta == 0:
        raise ag.errors.ArgumentError(f"{place('softplus')}: beta=0, by which it divides; want another number.")
    return _kernels.scaled_softplus(input, float(beta), float(threshold))
