"""Activations as functions: sigmoids, shrinking, steps, and the softmax family; rectifiers have a file of their own.

At a kink the derivative is PyTorch's, and said. All but relu raise DtypeError for an array
that is not of floats; ``inplace=True`` is an ArgumentError.
"""

from __future__ import annotations

from typing import Any

import autograd as ag
from nn.kernels import activations as _kernels
from nn.kernels.activations import check, check_axis
from nn.kernels.checks import check_floats, place, wrong_shape

__all__ = [
    "glu",
    "hardshrink",
    "hardsigmoid",
    "hardtanh",
    "heaviside",
    "log_softmax",
    "logsigmoid",
    "sigmoid",
    "softmax",
    "softmin",
    "softshrink",
    "softsign",
    "tanh",
    "tanhshrink",
]


# --- sigmoids -------------------------------------------------------------------------------------------


def tanh(input: Any) -> Any:
    """Hyperbolic tangent, ``sinh(input) / cosh(input)``: (...) -> (...), between -1 and 1.

    Raises DtypeError for what is neither an int or float of Python's nor an array of floats.

    >>> import autograd as ag, nn
    >>> nn.functional.tanh(ag.tensor([0.0]))
    Tensor([0.], dtype=float32)
    """
    if not isinstance(input, (int, float)):
        check("tanh", input)
    return ag.tanh(input)


def sigmoid(input: Any) -> Any:
    """Logistic function, ``1 / (1 + exp(-input))``: (...) -> (...), between 0 and 1.

    Raises DtypeError for what is neither an int or float of Python's nor an array of floats.

    >>> import autograd as ag, nn
    >>> nn.functional.sigmoid(ag.tensor([0.0]))
    Tensor([0.5], dtype=float32)
    """
    if not isinstance(input, (int, float)):
        check("sigmoid", input)  # of NumPy's small integers the results would be rounded, or wrong
    return ag.sigmoid(input)


def logsigmoid(input: Any) -> Any:
    """Logarithm of `sigmoid`, exact for small probabilities: (...) -> (...).

    Raises DtypeError for an input that is not of floats.

    >>> import autograd as ag, nn
    >>> nn.functional.logsigmoid(ag.tensor([-1000.0, 0.0]))
    Tensor([-1.000000e+03, -6.931472e-01], dtype=float32)
    """
    check("logsigmoid", input)
    return ag.logsigmoid(input)


def softsign(input: Any) -> Any:
    """``input / (1 + |input|)``: (...) -> (...), between -1 and 1.

    Raises DtypeError for an input that is not of floats.

    >>> import autograd as ag, nn
    >>> nn.functional.softsign(ag.tensor([-1.0, 3.0]))
    Tensor([-0.5 ,  0.75], dtype=float32)
    """
    check("softsign", input)
    return _kernels.softsign(input)


def hardtanh(input: Any, min_val: float = -1.0, max_val: float = 1.0, inplace: bool = False) -> Any:
    """``min(max(input, min_val), max_val)``: (...) -> (...); the derivative at the limits is taken as 0, as in PyTorch.

    Parameters
    ----------
    min_val, max_val: numbers in that order; ArgumentError if not.

    Raises DtypeError for an input that is not of floats, ArgumentError for ``inplace``.

    >>> import autograd as ag, nn
    >>> nn.functional.hardtanh(ag.tensor([-3.0, 0.5]))
    Tensor([-1. ,  0.5], dtype=float32)
    """
    check("hardtanh", input, inplace)
    if not min_val <= max_val:
        raise ag.errors.ArgumentError(f"{place('hardtanh')}: min_val={min_val} is above max_val={max_val}; swap them.")
    return _kernels.hardtanh(input, float(min_val), float(max_val))


def hardsigmoid(input: Any, inplace: bool = False) -> Any:
    """``input / 6 + 1 / 2`` limited to [0, 1]: (...) -> (...); the derivative at -3 and 3 is taken as 0.

    Raises DtypeError for an input that is not of floats, ArgumentError for ``inplace``.

    >>> import autograd as ag, nn
    >>> nn.functional.hardsigmoid(ag.tensor([-4.0, 1.5]))
    Tensor([0.  , 0.75], dtype=float32)
    """
    check("hardsigmoid", input, inplace)
    return _kernels.hardsigmoid(input)


# --- shrinking and steps --------------------------------------------------------------------------------


def hardshrink(input: Any, lambd: float = 0.5) -> Any:
    """``input``, but 0 where its size is at most ``lambd``: (...) -> (...); the derivative at the edge is taken as 0.

    Hard thresholding: Donoho and Johnstone, 1994.

    Parameters
    ----------
    lambd: usually at least 0; with one below 0 the input stays as it is.

    Raises DtypeError for an input that is not of floats.

    >>> import autograd as ag, nn
    >>> nn.functional.hardshrink(ag.tensor([0.5, 2.0]))
    Tensor([0., 2.], dtype=float32)
    """
    check("hardshrink", input)
    return _kernels.hardshrink(input, float(lambd))


def softshrink(input: Any, lambd: float = 0.5) -> Any:
    """``input`` moved by ``lambd`` towards 0, and no further: (...) -> (...); the derivative at the edge is taken as 0.

    ``sign(input) * max(|input| - lambd, 0)``, soft thresholding: Donoho and Johnstone, 1994.

    Parameters
    ----------
    lambd: at least 0; ArgumentError if not.

    Raises DtypeError for an input that is not of floats.

    >>> import autograd as ag, nn
    >>> nn.functional.softshrink(ag.tensor([0.5, -2.0]))
    Tensor([ 0. , -1.5], dtype=float32)
    """
    check("softshrink", input)
    if not lambd >= 0:
        raise ag.errors.ArgumentError(f"{place('softshrink')}: lambd={lambd}; want a number of at least 0.")
    return _kernels.softshrink(input, float(lambd))


def tanhshrink(input: Any) -> Any:
    """``input - tanh(input)``: (...) -> (...).

    Raises DtypeError for an input that is not of floats.

    >>> import autograd as ag, nn
    >>> nn.functional.tanhshrink(ag.tensor([0.0, 1.0]))
    Tensor([0.        , 0.23840582], dtype=float32)
    """
    check("tanhshrink", input)
    return input - ag.tanh(input)


def heaviside(input: Any, values: Any) -> Any:
    """Step: 0 below 0, ``values`` at 0, 1 above: (...), (...) -> (...).

    Its gradient is 0 by nature: nothing before a step learns by it. PyTorch's has no gradient at all.

    Parameters
    ----------
    values: a number, or a tensor of the input's dtype that broadcasts with it, whose gradient is that of zeros.

    Raises DtypeError for an input that is not of floats, and where float widths differ.

    >>> import autograd as ag, nn
    >>> nn.functional.heaviside(ag.tensor([-2.0, 0.0, 2.0]), 0.5)
    Tensor([0. , 0.5, 1. ], dtype=float32)
    """
    if hasattr(values, "dtype"):
        check_floats("heaviside", input=input, values=values)
        return ag.heaviside(input, values)
    check_floats("heaviside", input=input)
    return ag.heaviside(input, float(values))


# --- along an axis --------------------------------------------------------------------------------------


def softmax(input: Any, dim: int = -1, *, dtype: Any = None) -> Any:
    """Probabilities from logits, ``exp(input) / sum(exp(input))`` along the axis ``dim``: (...) -> (...).

    Parameters
    ----------
    dim: the axis, the last by default. PyTorch guesses one if it is not given, and warns.
    dtype: what the input is converted to first, such as "float64"; its own if None.

    Raises ArgumentError for a dim that is no integer, ShapeError for one that the input has not.

    >>> import autograd as ag, nn
    >>> nn.functional.softmax(ag.tensor([2.0, 1.0, 0.1], dtype="float64"))
    Tensor([0.65900114, 0.24243297, 0.09856589], dtype=float64)
    """
    if dtype is not None:
        input = ag.astype(input, dtype)
    check("softmax", input)
    check_axis("softmax", input, dim)
    return ag.softmax(input, dim)


def log_softmax(input: Any, dim: int = -1, *, dtype: Any = None) -> Any:
    """Logarithm of `softmax`, exact for small probabilities: (...) -> (...).

    Arguments and errors as in `softmax`.

    >>> import autograd as ag, nn
    >>> nn.functional.log_softmax(ag.tensor([0.0, 0.0]))
    Tensor([-0.6931472, -0.6931472], dtype=float32)
    """
    if dtype is not None:
        input = ag.astype(input, dtype)
    check("log_softmax", input)
    check_axis("log_softmax", input, dim)
    return ag.log_softmax(input, dim)


def softmin(input: Any, dim: int = -1, *, dtype: Any = None) -> Any:
    """`softmax` of ``-input``: (...) -> (...), the largest where the input is smallest.

    Arguments and errors as in `softmax`.

    >>> import autograd as ag, nn
    >>> nn.functional.softmin(ag.tensor([0.0, 0.0]))
    Tensor([0.5, 0.5], dtype=float32)
    """
    if dtype is not None:
        input = ag.astype(input, dtype)
    check("softmin", input)
    check_axis("softmin", input, dim)
    return ag.softmax(-input, dim)


def glu(input: Any, dim: int = -1) -> Any:
    """The first half of the input times `sigmoid` of the second: (..., 2 n, ...) -> (..., n, ...).

    Dauphin et al., 2017.

    Parameters
    ----------
    dim: the axis that is halved.

    Raises ShapeError where its length is odd, ArgumentError for a dim that is no integer.

    >>> import autograd as ag, nn
    >>> nn.functional.glu(ag.tensor([3.0, 0.0]))
    Tensor([1.5], dtype=float32)
    """
    check("glu", input)
    check_axis("glu", input, dim)
    if input.ndim == 0 or input.shape[dim] % 2:
        raise wrong_shape("glu", f"an even length on axis {dim}, to be halved", input)
    return _kernels.glu(input, dim)
