"""Activations as primitives. All rules are closed under differentiation but that of the exact GELU, which has a twin.

Where a mask has no pattern, `np.where` takes ten times as long as a product with the mask: hence the products.
"""

from __future__ import annotations

import math
from typing import Any

import numpy as np

import autograd as ag
from autograd.blockwise import by_blocks
from nn.kernels.checks import check_floats, is_whole, place, refuse_inplace, wrong_shape

_Real, _Choice = ag.spec.Real, ag.spec.Choice
_OFF_ZERO = _Real(avoid=(0.0,))

# What overflows here is meant to, and what is nan of an infinity is so in PyTorch too.
_quietly = np.errstate(over="ignore", invalid="ignore")


def check(operation: str, input: Any, inplace: bool = False) -> None:
    """Raise the error of an input that is not of floats, or of ``inplace``."""
    check_floats(operation, input=input)
    refuse_inplace(operation, inplace)


def check_axis(operation: str, input: Any, dim: Any) -> None:
    """Raise ArgumentError unless ``dim`` is a number, ShapeError unless it is one of an axis of the input."""
    if not is_whole(dim):
        raise ag.errors.ArgumentError(
            f"{place(operation)}: dim={dim!r}; want the number of an axis, such as dim=-1 for the last or dim=1 for "
            "classes in (batch, classes, height, width)."
        )
    if not -max(input.ndim, 1) <= dim < max(input.ndim, 1):
        raise wrong_shape(operation, f"an input that has the axis dim={dim}", input, "Give another dim.")


# --- straight lines -------------------------------------------------------------------------------------


@ag.primitive(view=False, elementwise=True, domain=(_OFF_ZERO, _Real()))
@_quietly
def leaky_relu(x: Any, y: Any) -> Any:
    """``x`` where that is positive, ``y * x`` elsewhere: (...), (...) -> (...).

    >>> import numpy as np
    >>> leaky_relu(np.array([-2.0, 3.0]), 0.5)
    array([-1.,  3.])
    """
    if isinstance(y, float) and 0 < y <= 1:
        return np.maximum(x, x * y)
    return np.maximum(x, 0) + y * np.minimum(x, 0)


def _leak(g: Any, x: Any, y: Any) -> Any:
    """g where x is positive, y * g elsewhere."""
    is_positive = x > 0
    if isinstance(y, float) and 0 <= y <= 1:
        return g * np.maximum(is_positive.astype(g.dtype), y)
    return g * is_positive + y * (g * np.logical_not(is_positive))


leaky_relu.vjp(x=_leak, y=lambda g, x: g * np.minimum(x, 0))


@ag.primitive(
    view=False,
    elementwise=True,
    domain=_Real(avoid=(-1.0, 0.5, 2.0)),
    arguments={"low": _Choice(-1.0, 0.5), "high": _Choice(2.0)},
)
def hardtanh(x: Any, low: float, high: float) -> Any:
    """``x`` limited to ``[low, high]``, with derivative 0 at the limits: (...) -> (...).

    >>> import numpy as np
    >>> hardtanh(np.array([-2.0, 0.5]), -1.0, 1.0)
    array([-1. ,  0.5])
    """
    return np.clip(x, low, high)


hardtanh.vjp(x=lambda g, x, low, high: g * ((x > low) & (x < high)), low=None, high=None)


@ag.primitive(view=False, elementwise=True, domain=_Real(-5.0, 5.0, avoid=(-3.0, 3.0)))
def hardsigmoid(x: Any) -> Any:
    """``x / 6 + 1 / 2`` limited to [0, 1]: (...) -> (...).

    >>> import numpy as np
    >>> hardsigmoid(np.array([-4.0, 1.5]))
    array([0.  , 0.75])
    """
    return np.clip(x + 3, 0, 6) / 6


hardsigmoid.vjp(x=lambda g, x: g * (np.abs(x) < 3) / 6)


@ag.primitive(view=False, elementwise=True, domain=_Real(-5.0, 5.0, avoid=(-3.0, 3.0)))
@_quietly
def hardswish(x: Any) -> Any:
    """``x * hardsigmoid(x)``: (...) -> (...).

    >>> import numpy as np
    >>> hardswish(np.array([-4.0, 1.5, 4.0]))
    array([-0.   ,  1.125,  4.   ])
    """
    return x * np.clip(x + 3, 0, 6) / 6


@_quietly
def _hardswish(g: Any, x: Any) -> Any:
    """hardsigmoid(x) + x * its derivative, with x limited so that infinities are no trouble."""
    sixth = np.clip(x, -3, 3) / 6
    return g * (sixth + sixth * (np.abs(x) < 3) + 0.5)


hardswish.vjp(x=_hardswish)


@ag.primitive(view=False, elementwise=True, domain=_Real(avoid=(-0.5, 0.5)), arguments={"lambd": _Choice(0.5)})
def hardshrink(x: Any, lambd: float) -> Any:
    """``x``, but 0 where its size is at most ``lambd``: (...) -> (...).

    >>> import numpy as np
    >>> hardshrink(np.array([0.5, 2.0]), 0.5)
    array([0., 2.])
    """
    return x * (np.abs(x) > lambd)


@ag.primitive(view=False, elementwise=True, domain=_Real(avoid=(-0.5, 0.5)), arguments={"lambd": _Choice(0.5)})
def softshrink(x: Any, lambd: float) -> Any:
    """``x`` moved by ``lambd`` towards 0, and no further: (...) -> (...).

    >>> import numpy as np
    >>> softshrink(np.array([0.5, -2.0]), 0.5)
    array([ 0. , -1.5])
    """
    return x - np.clip(x, -lambd, lambd)


for _shrink in (hardshrink, softshrink):
    _shrink.vjp(x=lambda g, x, lambd: g * (np.abs(x) > lambd), lambd=None)


# --- exponentials ---------------------------------------------------------------------------------------


def _logistic(x: Any) -> Any:
    """1 / (1 + exp(-x)): of arrays in four passes over memory, with infinity where the exponential overflows."""
    return ag.sigmoid(x) if isinstance(x, ag.Tensor) else 1 / (1 + np.exp(-x))


@ag.primitive(
    view=False,
    elementwise=True,
    domain=_OFF_ZERO,
    arguments={"alpha": _Choice(1.0, 0.5), "scale": _Choice(1.0, 2.0), "rate": _Choice(1.0, 2.0)},
)
@by_blocks
@_quietly
def elu(x: Any, alpha: float, scale: float, rate: float) -> Any:
    """``scale * x`` where x is positive, ``scale * alpha * (exp(rate * x) - 1)`` elsewhere: (...) -> (...).

    >>> import numpy as np
    >>> elu(np.array([-np.inf, 1.0]), 1.0, 2.0, 1.0)
    array([-2.,  2.])
    """
    out = np.maximum(x, 0) + alpha * np.expm1(rate * np.minimum(x, 0))
    return out if scale == 1 else scale * out


@by_blocks
@_quietly
def _elu(g: Any, x: Any, alpha: float, scale: float, rate: float) -> Any:
    slope = g * (scale * np.exp(rate * np.minimum(x, 0)))
    return slope if alpha * rate == 1 else _leak(slope, x, alpha * rate)


elu.vjp(x=_elu, alpha=None, scale=None, rate=None)


@ag.primitive(
    view=False,
    elementwise=True,
    domain=_Real(),
    arguments={"beta": _Choice(1.0, 0.5, -2.0), "threshold": _Choice(20.0)},
)
@by_blocks
@_quietly
def scaled_softplus(x: Any, beta: float, threshold: float) -> Any:
    """``log(1 + exp(beta * x)) / beta``, and ``x`` where ``beta * x`` is above the threshold: (...) -> (...).

    >>> import numpy as np
    >>> scaled_softplus(np.array([-1000.0, 1000.0]), 2.0, 20.0)
    array([   0., 1000.])
    """
    y = beta * x
    return np.where(y > threshold, x, (np.maximum(y, 0) + np.log1p(np.exp(-np.abs(y)))) / beta)


@by_blocks
@_quietly
def _scaled_softplus(g: Any, x: Any, beta: float, threshold: float) -> Any:
    y = beta * x
    return np.where(y > threshold, g, g * _logistic(y))


scaled_softplus.vjp(x=_scaled_softplus, beta=None, threshold=None)


@ag.primitive(view=False, elementwise=True, domain=_OFF_ZERO)
@_quietly
def softsign(x: Any) -> Any:
    """``x / (1 + |x|)``: (...) -> (...).

    >>> import numpy as np
    >>> softsign(np.array([-1.0, 3.0]))
    array([-0.5 ,  0.75])
    """
    return x / (1 + np.abs(x))


@_quietly
def _softsign(g: Any, x: Any) -> Any:
    return g / np.square(1 + np.abs(x))


softsign.vjp(x=_softsign)


@ag.primitive(view=False, elementwise=True, domain=(_Real(), _Real()))
@by_blocks
@_quietly
def swish(x: Any, y: Any) -> Any:
    """``x * sigmoid(y * x)``: (...), (...) -> (...).

    >>> import numpy as np
    >>> swish(np.array([-1000.0, 0.0, 1000.0]), 1.0)
    array([  -0.,    0., 1000.])
    """
    return x / (1 + np.exp(x * -y))


@by_blocks
@_quietly
def _swish(g: Any, x: Any, y: Any) -> Any:
    xy = x * y
    p = _logistic(xy)
    return g * p * (1 + xy * (1 - p))


@by_blocks
@_quietly
def _swish_to_y(g: Any, x: Any, y: Any) -> Any:
    p = _logistic(x * y)
    return g * p * (1 - p) * x * x


swish.vjp(x=_swish, y=_swish_to_y)


_FAR = 22.0  # from here on tanh(softplus(x)) rounds to 1, and exp(x)**4 is still finite in float32


@ag.primitive(view=False, elementwise=True, domain=_Real())
@by_blocks
@_quietly
def mish(x: Any) -> Any:
    """``x * tanh(softplus(x))``: (...) -> (...).

    By ``tanh(log(1 + e)) = w / (w + 2)``, w being ``e * (e + 2)`` and e ``exp(x)``.

    >>> import numpy as np
    >>> mish(np.array([-1000.0, 0.0, 1000.0]))
    array([  -0.,    0., 1000.])
    """
    e = np.exp(np.minimum(x, _FAR))
    w = e * (e + 2)
    return x * (w / (w + 2))


@by_blocks
@_quietly
def _mish(g: Any, x: Any) -> Any:
    """The derivative of w / (w + 2) in x is 4 e (e + 1) / (w + 2)**2."""
    near = np.minimum(x, _FAR)
    e = np.exp(near)
    w = e * (e + 2)
    return g * (w / (w + 2) + near * (4 * e * (e + 1)) / np.square(w + 2))


mish.vjp(x=_mish)


@ag.primitive(samples=lambda rng: (rng.normal(size=(2, 4, 3)), int(rng.choice([0, 1, -2]))), view=False)
@_quietly
def glu(x: Any, axis: int) -> Any:
    """The first half of ``x`` along an axis, times the sigmoid of the second: (..., 2 n, ...) -> (..., n, ...).

    >>> import numpy as np
    >>> glu(np.array([3.0, 0.0]), 0)
    array([1.5])
    """
    values, gates = np.split(x, 2, axis)
    return values * _logistic(gates)


@_quietly
def _glu(g: Any, x: Any, axis: int) -> Any:
    values, gates = np.split(x, 2, axis)
    p = _logistic(gates)
    to_values = g * p
    return np.concatenate([to_values, to_values * values * (1 - p)], axis)


glu.vjp(x=_glu, axis=None)


# --- GELU -----------------------------------------------------------------------------------------------

_TAIL = -5.0  # below it 1 + erf would lose its digits


def gelu_by_definition(x: Any) -> Any:
    """``x`` times the probability that a standard normal number is below ``x``."""
    middle = 0.5 * (1 + ag.erf(x * math.sqrt(0.5)))
    return x * np.where(x < _TAIL, _tail(np.minimum(x, _TAIL)), middle)


def _tail(x: Any) -> Any:
    """That probability for x of at most _TAIL: the density divided by Laplace's continued fraction (DLMF 7.9)."""
    fraction = -x
    for k in range(24, 0, -1):
        fraction = -x + k / fraction
    return _density(x) / fraction


def _density(x: Any) -> Any:
    return np.exp(-0.5 * x * x) * (1 / math.sqrt(2 * math.pi))


@ag.primitive(view=False, elementwise=True, domain=_Real(-9.0, 5.0), reference=gelu_by_definition)
@_quietly
def gelu(x: Any) -> Any:
    """``x * (1 + erf(x / sqrt(2))) / 2``, with all digits where that is tiny: (...) -> (...).

    >>> import numpy as np
    >>> gelu(np.array([-1000.0, 0.0, 1000.0]))
    array([  -0.,    0., 1000.])
    """
    out = 0.5 * x * (1 + ag.erf(x * math.sqrt(0.5)))
    is_tail = np.asarray(x < _TAIL)
    if is_tail.any():
        out = np.asarray(out)
        below = np.asarray(x)[is_tail]
        out[is_tail] = below * _tail(below)
    return out[()]


@by_blocks
@_quietly
def _gelu(g: Any, x: Any, out: Any) -> Any:
    """The probability, which is out / x, plus x times the density: no error function a second time."""
    probability = np.where(np.abs(x) < 1e-30, 0.5, out / x)
    return g * (probability + x * _density(x))


gelu.vjp(x=_gelu)

_SLOPE, _CUBIC = math.sqrt(8 / math.pi), 0.044715


@ag.primitive(view=False, elementwise=True, domain=_Real(-9.0, 5.0))
@by_blocks
@_quietly
def gelu_tanh(x: Any) -> Any:
    """``x * (1 + tanh(sqrt(2 / pi) * (x + 0.044715 * x**3))) / 2``: (...) -> (...).

    By ``(1 + tanh(u)) / 2 = sigmoid(2 * u)``, which keeps all digits where it is tiny.

    >>> import numpy as np
    >>> gelu_tanh(np.array([-1000.0, 0.0, 1000.0]))
    array([  -0.,    0., 1000.])
    """
    return x * _logistic(_SLOPE * x * (1 + _CUBIC * x * x))


@by_blocks
@_quietly
def _gelu_tanh(g: Any, x: Any) -> Any:
    """Of a large x the derivative of the sigmoid is 0, before its product with a square of x that may be infinite."""
    p = _logistic(_SLOPE * x * (1 + _CUBIC * x * x))
    side = _SLOPE * x * p * (1 - p)
    return g * (p + side + (3 * _CUBIC) * side * x * x)


gelu_tanh.vjp(x=_gelu_tanh)
