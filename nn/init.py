"""Initial values for parameters, written in place; the last letter ``_`` says so.

Names, defaults and formulas are PyTorch's. Each function returns the tensor that it was given. Draws are
made in float64, so that a float32 and a float64 model of the same seed start at the same values.
"""

from __future__ import annotations

import math
from typing import TYPE_CHECKING, Any, Literal, TypeVar

import numpy as np

import autograd as ag

if TYPE_CHECKING:  # asking numpy for its generators at import would load them
    Rng = np.random.Generator | None

T = TypeVar("T", bound=ag.Tensor)
FanMode = Literal["fan_in", "fan_out"]


def _write(tensor: T, values: Any) -> T:
    data = tensor.data
    data[...] = values
    ag.mark_written(data)
    return tensor


def uniform_(tensor: T, a: float = 0.0, b: float = 1.0, rng: Rng = None) -> T:
    """Draws from the uniform distribution over [a, b).

    Raises ArgumentError if a > b.

    >>> import nn
    >>> bool((nn.init.uniform_(nn.Parameter([0.0, 0.0]), 2, 3) >= 2).all())
    True
    """
    if not a <= b:
        raise ag.errors.ArgumentError(f"uniform_(a={a}, b={b}): want a <= b.")
    return _write(tensor, (rng or ag.default_generator()).uniform(a, b, tensor.shape))


def normal_(tensor: T, mean: float = 0.0, std: float = 1.0, rng: Rng = None) -> T:
    """Draws from the normal distribution with this mean and standard deviation (at least 0).

    >>> import nn
    >>> nn.init.normal_(nn.Parameter([0.0, 0.0]), mean=2, std=0)
    Parameter([2., 2.], dtype=float32, requires_grad=True)
    """
    if not std >= 0:
        raise ag.errors.ArgumentError(f"normal_(std={std}): a standard deviation is at least 0.")
    return _write(tensor, (rng or ag.default_generator()).normal(mean, std, tensor.shape))


def constant_(tensor: T, val: float) -> T:
    """The same number everywhere.

    >>> import nn
    >>> nn.init.constant_(nn.Parameter([0.0, 0.0]), 0.5)
    Parameter([0.5, 0.5], dtype=float32, requires_grad=True)
    """
    return _write(tensor, val)


def zeros_(tensor: T) -> T:
    """Zeros.

    >>> import nn
    >>> nn.init.zeros_(nn.Parameter([1.0]))
    Parameter([0.], dtype=float32, requires_grad=True)
    """
    return _write(tensor, 0)


def ones_(tensor: T) -> T:
    """Ones.

    >>> import nn
    >>> nn.init.ones_(nn.Parameter([0.0]))
    Parameter([1.], dtype=float32, requires_grad=True)
    """
    return _write(tensor, 1)


def calculate_gain(nonlinearity: str, param: float | None = None) -> float:
    """The factor by which weights before a nonlinearity are scaled, so that signals keep their size.

    Parameters
    ----------
    nonlinearity: ``linear``, ``sigmoid`` or the name of a convolution (1), ``tanh`` (5/3), ``relu`` (sqrt 2),
        ``leaky_relu`` (sqrt(2 / (1 + param ** 2))) or ``selu`` (3/4).
    param: the slope of ``leaky_relu`` below 0; 0.01 if not given.

    Raises ArgumentError for another name.

    >>> from nn.init import calculate_gain
    >>> calculate_gain("tanh")
    1.6666666666666667
    """
    gains = {"tanh": 5 / 3, "relu": math.sqrt(2), "selu": 3 / 4}
    if nonlinearity in gains:
        return gains[nonlinearity]
    if nonlinearity == "leaky_relu":
        return math.sqrt(2 / (1 + (0.01 if param is None else param) ** 2))
    if nonlinearity in ("linear", "sigmoid") or nonlinearity.startswith("conv"):
        return 1.0
    raise ag.errors.ArgumentError(
        f"calculate_gain({nonlinearity!r}): want linear, sigmoid, tanh, relu, leaky_relu, selu or a convolution's name."
    )


def xavier_uniform_(tensor: T, gain: float = 1.0, rng: Rng = None) -> T:
    """Uniform draws that keep the size of signals and of gradients alike: (out, in, ...).

    From [-b, b) with b = gain * sqrt(6 / (fan_in + fan_out)); Glorot and Bengio, 2010.

    Raises ArgumentError for fewer than two axes.

    >>> import nn
    >>> weight = nn.init.xavier_uniform_(nn.Linear(2, 4).weight)
    >>> bool((abs(weight) <= 1).all())
    True
    """
    bound = gain * math.sqrt(6 / (sum(_fans(tensor)) or 1))
    return uniform_(tensor, -bound, bound, rng)


def xavier_normal_(tensor: T, gain: float = 1.0, rng: Rng = None) -> T:
    """Normal draws that keep the size of signals and of gradients alike: (out, in, ...).

    With standard deviation gain * sqrt(2 / (fan_in + fan_out)); Glorot and Bengio, 2010.

    Raises ArgumentError for fewer than two axes.

    >>> import nn
    >>> nn.init.xavier_normal_(nn.Linear(2, 4).weight).shape
    (4, 2)
    """
    return normal_(tensor, 0, gain * math.sqrt(2 / (sum(_fans(tensor)) or 1)), rng)


def kaiming_uniform_(
    tensor: T, a: float = 0, mode: FanMode = "fan_in", nonlinearity: str = "leaky_relu", rng: Rng = None
) -> T:
    """Uniform draws that keep the size of signals before a rectifier: (out, in, ...).

    From [-b, b) with b = gain * sqrt(3 / fan); He et al., 2015.

    Parameters
    ----------
    a: slope of the ``leaky_relu`` below 0.
    mode: ``fan_in`` keeps the size of signals, ``fan_out`` that of gradients.
    nonlinearity: what follows the layer, see `calculate_gain`.

    Raises ArgumentError for another mode and for fewer than two axes.

    >>> import nn
    >>> weight = nn.init.kaiming_uniform_(nn.Linear(6, 4).weight, nonlinearity="relu")
    >>> bool((abs(weight) <= 1).all())
    True
    """
    bound = math.sqrt(3) * _kaiming_std(tensor, a, mode, nonlinearity)
    return uniform_(tensor, -bound, bound, rng)


def kaiming_normal_(
    tensor: T, a: float = 0, mode: FanMode = "fan_in", nonlinearity: str = "leaky_relu", rng: Rng = None
) -> T:
    """Normal draws that keep the size of signals before a rectifier: (out, in, ...).

    With standard deviation gain / sqrt(fan); He et al., 2015. Arguments and errors as in `kaiming_uniform_`.

    >>> import nn
    >>> nn.init.kaiming_normal_(nn.Linear(6, 4).weight, nonlinearity="relu").shape
    (4, 6)
    """
    return normal_(tensor, 0, _kaiming_std(tensor, a, mode, nonlinearity), rng)


def _kaiming_std(tensor: ag.Tensor, a: float, mode: FanMode, nonlinearity: str) -> float:
    if mode not in ("fan_in", "fan_out"):
        raise ag.errors.ArgumentError(f"kaiming initialization: mode={mode!r}; want 'fan_in' or 'fan_out'.")
    fan = _fans(tensor)[mode == "fan_out"]
    return calculate_gain(nonlinearity, a) / math.sqrt(fan or 1)


def _fans(tensor: ag.Tensor) -> tuple[int, int]:
    """How many inputs each output sees, and how many outputs each input reaches: (out, in, *kernel)."""
    if tensor.ndim < 2:
        raise ag.errors.ArgumentError(
            f"the fan of a tensor of shape {tensor.shape}: want at least two axes, (out_features, in_features, ...); "
            "for a bias use uniform_ or zeros_."
        )
    kernel = math.prod(tensor.shape[2:])
    return tensor.shape[1] * kernel, tensor.shape[0] * kernel
