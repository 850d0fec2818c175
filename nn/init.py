"""Initial values for parameters, written in place; the last letter ``_`` says so.

Names, defaults and formulas are PyTorch's; `lecun_uniform_` and `lecun_normal_` are those of JAX and Keras. Each
function returns the tensor that it was given, or the array, such as ``layer.weight.data``. Draws are made in float64,
so that a float32 and a float64 model of the same seed start at the same values; where a parameter is called ``rng``, it
is the generator that they are drawn from, the default one if None. All raise DtypeError for what is neither a Tensor
nor an array, and ArgumentError for an ``rng`` that is no generator.

Weights are (out, in, *kernel), as in linear layers and convolutions: each output sees fan_in = in * kernel inputs, each
input reaches fan_out = out * kernel outputs. Of a weight that is used the other way round, as in ``x @ w``, the
transpose is what to give: ``kaiming_uniform_(w.T)`` writes into ``w``.
"""

from __future__ import annotations

import functools
import math
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from typing import TYPE_CHECKING, Any, Literal, ParamSpec, TypeVar

import numpy as np

import autograd as ag

if TYPE_CHECKING:  # asking numpy for its generators at import would load them
    Rng = np.random.Generator | None

__all__ = [
    "calculate_gain",
    "constant_",
    "dirac_",
    "eye_",
    "kaiming_normal_",
    "kaiming_uniform_",
    "lecun_normal_",
    "lecun_uniform_",
    "normal_",
    "ones_",
    "orthogonal_",
    "sparse_",
    "trunc_normal_",
    "uniform_",
    "xavier_normal_",
    "xavier_uniform_",
    "zeros_",
]

T = TypeVar("T", bound=ag.Tensor | np.ndarray)
P = ParamSpec("P")
FanMode = Literal["fan_in", "fan_out"]

_is_skipped: ContextVar[bool] = ContextVar("is_skipped", default=False)


@contextmanager
def skipped() -> Iterator[None]:
    """A block in which the initializers do nothing, for a model whose weights are loaded next.

    >>> import nn
    >>> with nn.init.skipped():
    ...     nn.init.ones_(nn.Parameter([0.0]))
    Parameter([0.], dtype=float32, requires_grad=True)
    """
    token = _is_skipped.set(True)
    try:
        yield
    finally:
        _is_skipped.reset(token)


def _initializer(fill: Callable[P, T]) -> Callable[P, T]:
    """A function that fills its first argument, which can be filled, and leaves it alone where that is skipped."""

    @functools.wraps(fill)
    def initialize(*args: P.args, **kwargs: P.kwargs) -> T:
        if _is_skipped.get():
            return args[0] if args else kwargs["tensor"]  # type: ignore[return-value]
        if args or "tensor" in kwargs:
            _check_fillable(fill.__name__, args[0] if args else kwargs["tensor"])
        return fill(*args, **kwargs)

    return initialize


# The standard deviation of a standard normal distribution that is cut off at -2 and 2.
_STD_CUT_AT_TWO = math.sqrt(1 - 4 * math.exp(-2) / math.sqrt(2 * math.pi) / math.erf(math.sqrt(2)))


def _check_fillable(name: str, tensor: Any) -> None:
    if not isinstance(tensor, (ag.Tensor, np.ndarray)):
        remedy = ", such as its weight" if hasattr(tensor, "parameters") else ", such as a Parameter, or an array"
        raise ag.errors.DtypeError(f"{name}: a {type(tensor).__name__} cannot be initialized; want a Tensor{remedy}.")


def _write(tensor: T, values: Any) -> T:
    data = tensor.data if isinstance(tensor, ag.Tensor) else tensor
    if data.dtype.kind != "f" and np.asarray(values).dtype.kind == "f":
        raise ag.errors.DtypeError(
            f"nn.init: real numbers would be cut off in a tensor of dtype {data.dtype}; want a float one."
        )
    data[...] = values
    ag.mark_written(data)
    return tensor


@_initializer
def uniform_(tensor: T, a: float = 0.0, b: float = 1.0, rng: Rng = None) -> T:
    """Draws from the uniform distribution over [a, b); rounding to float32 may give b itself.

    Parameters
    ----------
    tensor: of floats and of any shape, written in place.
    a, b: the bounds, finite and in this order.
    rng: generator of the draws; the default one if None.

    Raises ArgumentError if a > b, or if one of them is infinite; DtypeError for a tensor of integers. As in PyTorch.

    >>> import nn
    >>> bool((nn.init.uniform_(nn.Parameter([0.0, 0.0]), 2, 3) >= 2).all())
    True
    """
    if not (a <= b and b - a < math.inf):  # inf - inf is nan
        raise ag.errors.ArgumentError(f"uniform_(a={a}, b={b}): want a <= b, both finite.")
    return _write(tensor, ag.default_generator(rng).uniform(a, b, tensor.shape))


@_initializer
def normal_(tensor: T, mean: float = 0.0, std: float = 1.0, rng: Rng = None) -> T:
    """Draws from the normal distribution with this mean and standard deviation.

    Parameters
    ----------
    tensor, rng: as of `uniform_`.
    mean: any finite number.
    std: the standard deviation, at least 0.

    Raises ArgumentError for others, DtypeError for a tensor of integers. As in PyTorch.

    >>> import nn
    >>> nn.init.normal_(nn.Parameter([0.0, 0.0]), mean=2, std=0)
    Parameter([2., 2.], dtype=float32, requires_grad=True)
    """
    if not 0 <= std < math.inf or not math.isfinite(mean):
        raise ag.errors.ArgumentError(
            f"normal_(mean={mean}, std={std}): want finite numbers, and a standard deviation is at least 0."
        )
    return _write(tensor, ag.default_generator(rng).normal(mean, std, tensor.shape))


@_initializer
def trunc_normal_(
    tensor: T, mean: float = 0.0, std: float = 1.0, a: float = -2.0, b: float = 2.0, rng: Rng = None
) -> T:
    """Draws from the normal distribution that is cut off at a and at b: no value lies outside [a, b].

    Parameters
    ----------
    tensor, rng: as of `uniform_`.
    mean, std: of the distribution before it is cut; std is above 0.
    a, b: the bounds themselves, not numbers of standard deviations; one or both may be infinite.

    Right for bounds anywhere, far from the mean too, where the tail is drawn as in Robert, "Simulation of truncated
    normal variables", 1995. Raises ArgumentError unless a <= b and std > 0.

    >>> import nn
    >>> weight = nn.init.trunc_normal_(nn.Linear(6, 4).weight, std=0.02, a=-0.04, b=0.04)
    >>> bool((abs(weight) <= 0.04).all())
    True
    """
    if not 0 < std < math.inf or not a <= b or not (a - mean) / std < math.inf or not (b - mean) / std > -math.inf:
        raise ag.errors.ArgumentError(
            f"trunc_normal_(mean={mean}, std={std}, a={a}, b={b}): want a <= b, a std above 0, and numbers between."
        )
    standard = _standard_between((a - mean) / std, (b - mean) / std, tensor.size, ag.default_generator(rng))
    return _write(tensor, np.clip(mean + std * standard, a, b).reshape(tensor.shape))  # rounding may pass a bound


def _standard_between(low: float, high: float, count: int, rng: np.random.Generator) -> Any:
    """Standard normal numbers between two bounds: whatever a proposal gives that is not accepted is drawn again."""
    if low > 0:
        propose, accept = _tail(low, high, rng)
    elif high < 0:
        return -_standard_between(-high, -low, count, rng)
    elif high - low > math.sqrt(2 * math.pi):  # the normal density itself wastes less than a box would
        propose, accept = rng.standard_normal, lambda z: (low <= z) & (z <= high)
    else:
        propose, accept = lambda n: rng.uniform(low, high, n), lambda z: rng.random(len(z)) <= np.exp(-z * z / 2)
    values = np.empty(count)
    missing = np.arange(count)
    while len(missing):
        values[missing] = proposed = propose(len(missing))
        missing = missing[~accept(proposed)]
    return values


def _tail(low: float, high: float, rng: np.random.Generator) -> tuple[Any, Any]:
    """Proposals from an exponential distribution between two bounds above 0, and which of them to accept."""
    gap = 2 / (low + math.sqrt(low * low + 4))
    rate = low + gap  # Robert's, which wastes least
    share = -math.expm1(-rate * (high - low))  # of the exponential distribution that lies below the upper bound
    least = max(gap - (high - low), 0.0)  # distance from the rate to where the ratio of the densities is largest

    def propose(count: int) -> Any:
        return low - np.log1p(-share * rng.random(count)) / rate

    def accept(z: Any) -> Any:
        return rng.random(len(z)) <= np.exp((least * least - (z - low - gap) ** 2) / 2)

    return propose, accept


@_initializer
def constant_(tensor: T, val: float) -> T:
    """The same number everywhere, as in PyTorch.

    Parameters
    ----------
    tensor: of any shape, written in place.
    val: the number, an int where the tensor is of integers; an array that broadcasts to the tensor's shape will do.

    Raises DtypeError for what is neither a Tensor nor an array, for a value that is no number, and for a float in a
    tensor of integers; ShapeError for an array that does not broadcast.

    >>> import nn
    >>> nn.init.constant_(nn.Parameter([0.0, 0.0]), 0.5)
    Parameter([0.5, 0.5], dtype=float32, requires_grad=True)
    """
    try:
        values = np.asarray(val)
        if values.dtype.kind not in "biuf":
            raise ag.errors.DtypeError(f"constant_(val={ag.errors.describe(val)}): want a real number.")
        return _write(tensor, values)
    except ValueError as error:
        raise ag.errors.ShapeError(
            f"constant_(val={ag.errors.describe(val)}): want a number, or an array that broadcasts to the tensor's "
            f"shape {tensor.shape}."
        ) from error


@_initializer
def zeros_(tensor: T) -> T:
    """Zeros, as in PyTorch.

    Parameters
    ----------
    tensor: of any shape, written in place.

    Raises DtypeError for what is neither a Tensor nor an array.

    >>> import nn
    >>> nn.init.zeros_(nn.Parameter([1.0]))
    Parameter([0.], dtype=float32, requires_grad=True)
    """
    return _write(tensor, 0)


@_initializer
def ones_(tensor: T) -> T:
    """Ones, as in PyTorch.

    Parameters
    ----------
    tensor: of any shape, written in place.

    Raises DtypeError for what is neither a Tensor nor an array.

    >>> import nn
    >>> nn.init.ones_(nn.Parameter([0.0]))
    Parameter([1.], dtype=float32, requires_grad=True)
    """
    return _write(tensor, 1)


@_initializer
def eye_(tensor: T) -> T:
    """The identity matrix, cut or filled up with zeros: (out, in). A linear layer passes its inputs on.

    Parameters
    ----------
    tensor: (out, in), of floats, written in place.

    Raises ShapeError for other than two axes, DtypeError for a tensor of integers. As in PyTorch.

    >>> import nn
    >>> nn.init.eye_(nn.Linear(3, 2).weight).tolist()
    [[1.0, 0.0, 0.0], [0.0, 1.0, 0.0]]
    """
    _want_axes("eye_", tensor, (2,), "dirac_ does the same for convolutions.")
    rows, columns = tensor.shape
    return _write(tensor, np.eye(rows, columns))


@_initializer
def dirac_(tensor: T, groups: int = 1) -> T:
    """Kernels that are 1 at their middle and 0 elsewhere: (out, in / groups, *kernel) of one to three axes.

    A convolution that keeps the size (odd kernel, ``padding="same"``) then passes its inputs on: output channel i of a
    group is input channel i of that group, for as many as there are of both; the other outputs are 0.

    Parameters
    ----------
    groups: of the convolution; divides the number of its output channels.

    Raises ShapeError for a tensor that is no kernel, ArgumentError for groups that do not divide it.

    >>> import nn
    >>> nn.init.dirac_(nn.Parameter([[[5.0, 5.0, 5.0]]])).tolist()
    [[[0.0, 1.0, 0.0]]]
    """
    _want_axes("dirac_", tensor, (3, 4, 5), "eye_ does the same for linear layers.")
    out_channels, in_channels, *kernel = tensor.shape
    if groups < 1 or out_channels % groups:
        raise ag.errors.ArgumentError(
            f"dirac_(groups={groups}): want a number of groups that divides the {out_channels} output channels."
        )
    values = np.zeros(tensor.shape)
    if tensor.size:
        channels = np.arange(min(out_channels // groups, in_channels))
        middle: tuple[Any, ...] = tuple(size // 2 for size in kernel)
        for start in range(0, out_channels, out_channels // groups):
            values[(start + channels, channels, *middle)] = 1
    return _write(tensor, values)


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


@_initializer
def xavier_uniform_(tensor: T, gain: float = 1.0, rng: Rng = None) -> T:
    """Uniform draws that keep the size of signals and of gradients alike: (out, in, ...).

    From [-b, b) with b = gain * sqrt(6 / (fan_in + fan_out)); Glorot and Bengio, 2010.

    Parameters
    ----------
    tensor, rng: as of `uniform_`.
    gain: a factor of at least 0, see `calculate_gain`.

    Raises ArgumentError for fewer than two axes, and for a gain below 0.

    >>> import nn
    >>> weight = nn.init.xavier_uniform_(nn.Linear(2, 4).weight)
    >>> bool((abs(weight) <= 1).all())
    True
    """
    _check_gain("xavier_uniform_", gain)
    bound = gain * math.sqrt(6 / (sum(_fans(tensor)) or 1))
    return uniform_(tensor, -bound, bound, rng)


@_initializer
def xavier_normal_(tensor: T, gain: float = 1.0, rng: Rng = None) -> T:
    """Normal draws that keep the size of signals and of gradients alike: (out, in, ...).

    With standard deviation gain * sqrt(2 / (fan_in + fan_out)); Glorot and Bengio, 2010.

    Parameters
    ----------
    tensor, rng: as of `uniform_`.
    gain: a factor of at least 0, see `calculate_gain`.

    Raises ArgumentError for fewer than two axes, and for a gain below 0.

    >>> import nn
    >>> nn.init.xavier_normal_(nn.Linear(2, 4).weight).shape
    (4, 2)
    """
    _check_gain("xavier_normal_", gain)
    return normal_(tensor, 0, gain * math.sqrt(2 / (sum(_fans(tensor)) or 1)), rng)


def _check_gain(name: str, gain: float) -> None:
    if not 0 <= gain < math.inf:
        raise ag.errors.ArgumentError(f"{name}(gain={gain}): want a finite factor of at least 0, see calculate_gain.")


@_initializer
def kaiming_uniform_(
    tensor: T, a: float = 0, mode: FanMode = "fan_in", nonlinearity: str = "leaky_relu", rng: Rng = None
) -> T:
    """Uniform draws that keep the size of signals before a rectifier: (out, in, ...).

    From [-b, b) with b = gain * sqrt(3 / fan); He et al., 2015.

    Parameters
    ----------
    tensor, rng: as of `uniform_`.
    a: slope of the ``leaky_relu`` below 0.
    mode: ``fan_in`` keeps the size of signals, ``fan_out`` that of gradients.
    nonlinearity: what follows the layer, see `calculate_gain`.

    Raises ArgumentError for another mode or nonlinearity, and for fewer than two axes.

    >>> import nn
    >>> weight = nn.init.kaiming_uniform_(nn.Linear(6, 4).weight, nonlinearity="relu")
    >>> bool((abs(weight) <= 1).all())
    True
    """
    bound = math.sqrt(3) * _kaiming_std(tensor, a, mode, nonlinearity)
    return uniform_(tensor, -bound, bound, rng)


@_initializer
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


def _kaiming_std(tensor: ag.Tensor | np.ndarray, a: float, mode: FanMode, nonlinearity: str) -> float:
    if mode not in ("fan_in", "fan_out"):
        raise ag.errors.ArgumentError(f"kaiming initialization: mode={mode!r}; want 'fan_in' or 'fan_out'.")
    fan = _fans(tensor)[mode == "fan_out"]
    return calculate_gain(nonlinearity, a) / math.sqrt(fan or 1)


@_initializer
def lecun_uniform_(tensor: T, rng: Rng = None) -> T:
    """Uniform draws of variance 1 / fan_in, for layers without a nonlinearity, or with SELU: (out, in, ...).

    From [-b, b) with b = sqrt(3 / fan_in); LeCun, Bottou, Orr and Müller, "Efficient BackProp", 1998.

    Parameters
    ----------
    tensor, rng: as of `uniform_`.

    Raises ArgumentError for fewer than two axes.

    >>> import nn
    >>> weight = nn.init.lecun_uniform_(nn.Linear(12, 4).weight)
    >>> bool((abs(weight) <= 0.5).all())
    True
    """
    bound = math.sqrt(3 / (_fans(tensor)[0] or 1))
    return uniform_(tensor, -bound, bound, rng)


@_initializer
def lecun_normal_(tensor: T, rng: Rng = None) -> T:
    """Normal draws of variance 1 / fan_in, for layers without a nonlinearity, or with SELU: (out, in, ...).

    As in JAX and Keras the distribution is cut off two of its standard deviations from 0, and widened before, so that
    the variance is 1 / fan_in in the end. LeCun, Bottou, Orr and Müller, "Efficient BackProp", 1998.

    Parameters
    ----------
    tensor, rng: as of `uniform_`.

    Raises ArgumentError for fewer than two axes.

    >>> import nn
    >>> nn.init.lecun_normal_(nn.Linear(12, 4).weight).shape
    (4, 12)
    """
    std = 1 / math.sqrt(_fans(tensor)[0] or 1) / _STD_CUT_AT_TWO
    return trunc_normal_(tensor, 0, std, -2 * std, 2 * std, rng)


@_initializer
def orthogonal_(tensor: T, gain: float = 1, rng: Rng = None) -> T:
    """A random matrix whose rows, or columns where it is tall, are orthogonal and of length ``gain``: (out, in, ...).

    Axes from the second on are taken as one. Of all such matrices each is equally likely. Saxe, McClelland and
    Ganguli, "Exact solutions to the nonlinear dynamics of learning in deep linear neural networks", 2013.

    Parameters
    ----------
    tensor, rng: as of `uniform_`.
    gain: any number.

    Raises ArgumentError for fewer than two axes.

    >>> import nn
    >>> weight = nn.init.orthogonal_(nn.Linear(4, 2).weight).numpy()
    >>> abs(weight @ weight.T).round(5).tolist()
    [[1.0, 0.0], [0.0, 1.0]]
    """
    fan_in, _ = _fans(tensor)
    rows = tensor.shape[0]
    if tensor.size == 0:
        return tensor
    normal = ag.default_generator(rng).normal(size=(max(rows, fan_in), min(rows, fan_in)))
    q, r = np.linalg.qr(normal)
    q *= gain * np.copysign(
        1.0, np.diagonal(r)
    )  # QR leaves signs to chance: without this not all would be equally likely
    return _write(tensor, (q if rows >= fan_in else q.T).reshape(tensor.shape))


@_initializer
def sparse_(tensor: T, sparsity: float, std: float = 0.01, rng: Rng = None) -> T:
    """Normal draws, of which in each column a share is zero: (out, in).

    Parameters
    ----------
    tensor, rng: as of `uniform_`.
    sparsity: the share of zeros, 0 to 1; ``ceil(sparsity * out)`` of each column, at random places.
    std: standard deviation of the others, at least 0.

    Martens, "Deep learning via Hessian-free optimization", 2010. Raises ShapeError for other than two axes,
    ArgumentError for a sparsity or std out of range.

    >>> import nn
    >>> weight = nn.init.sparse_(nn.Linear(3, 10).weight, sparsity=0.4)
    >>> (weight.numpy() == 0).sum(axis=0).tolist()
    [4, 4, 4]
    """
    _want_axes("sparse_", tensor, (2,), "Of a convolution's weight, reshape it under no_grad.")
    if not 0 <= sparsity <= 1 or not 0 <= std < math.inf:
        raise ag.errors.ArgumentError(
            f"sparse_(sparsity={sparsity}, std={std}): want a share of zeros from 0 to 1, and a std of at least 0."
        )
    rng = ag.default_generator(rng)
    values = rng.normal(0, std, tensor.shape)
    order = rng.random(tensor.shape).argsort(axis=0)
    np.put_along_axis(values, order[: math.ceil(sparsity * len(order))], 0, axis=0)
    return _write(tensor, values)


def _want_axes(name: str, tensor: ag.Tensor | np.ndarray, axes: tuple[int, ...], remedy: str) -> None:
    if tensor.ndim not in axes:
        wanted = " or ".join(map(str, axes))
        raise ag.errors.ShapeError(f"{name}: want a tensor of {wanted} axes, got shape {tensor.shape}. {remedy}")


def _fans(tensor: ag.Tensor | np.ndarray) -> tuple[int, int]:
    """fan_in and fan_out of a weight (out, in, *kernel)."""
    if tensor.ndim < 2:
        raise ag.errors.ArgumentError(
            f"the fan of a tensor of shape {tensor.shape}: want at least two axes, (out_features, in_features, ...); "
            "for a bias use uniform_ or zeros_."
        )
    kernel = math.prod(tensor.shape[2:])
    return tensor.shape[1] * kernel, tensor.shape[0] * kernel
