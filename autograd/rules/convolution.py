"""Sequences: convolution and correlation, values of polynomials, evenly spaced numbers."""

from __future__ import annotations

import math
from typing import Any

import numpy as np

from autograd.composites import composite
from autograd.errors import ArgumentError, ShapeError, describe
from autograd.primitives import primitive
from autograd.registry import ops
from autograd.spec import Real, draw_shape

Shape = tuple[int, ...]

_ANY = Real()
_MODES = ("full", "same", "valid")


def _samples(rng: np.random.Generator) -> tuple[Any, ...]:
    n, m = rng.integers(1, 6, 2)
    return _ANY.sample(rng, (n,)), _ANY.sample(rng, (m,)), _MODES[rng.integers(3)]


def _check(name: str, a: Any, v: Any, mode: Any) -> None:
    if np.ndim(a) > 1 or np.ndim(v) > 1:
        raise ShapeError(f"{name}(a: {describe(a)}, v: {describe(v)}): takes vectors; flatten them, or go by rows.")
    if mode not in _MODES:
        raise ArgumentError(f"{name}(mode: {mode!r}): the mode is one of {', '.join(map(repr, _MODES))}.")


def _multiply_adds(a_shape: Shape, v_shape: Shape, out_shape: Shape) -> int:
    """All pairs of elements, but for those of the results that the mode cuts off: 1, 2, ... of them at either end."""
    n, m = math.prod(a_shape), math.prod(v_shape)
    cut = n + m - 1 - math.prod(out_shape)
    low, high = cut // 2, cut - cut // 2
    return n * m - low * (low + 1) // 2 - high * (high + 1) // 2


@primitive(numpy=np.convolve, samples=_samples, multiply_adds=_multiply_adds)
def convolve(a: Any, v: Any, mode: Any = "full") -> Any:
    """Convolution of two sequences, out[k] = sum over i of a[i] v[k - i]: (n,), (m,) -> (length,).

    ``mode`` says which k: "full" all n + m - 1 where they overlap, "same" the max(n, m) in the middle, "valid" the
    max(n, m) - min(n, m) + 1 where the shorter one lies within the longer. It is the product of polynomials.

    Raises ShapeError for more than one axis, ArgumentError for another mode and for empty sequences.

    >>> import autograd as ag
    >>> ag.convolve(ag.tensor([1.0, 2.0, 3.0]), ag.tensor([1.0, 10.0]))
    Tensor([ 1., 12., 23., 30.], dtype=float32)
    """
    _check("convolve", a, v, mode)
    return np.convolve(a, v, mode)


@primitive(numpy=np.correlate, samples=_samples, multiply_adds=_multiply_adds)
def correlate(a: Any, v: Any, mode: Any = "valid") -> Any:
    """Correlation of two sequences, out[k] = sum over i of a[i + k] v[i]: (n,), (m,) -> (length,).

    ``mode`` says which k, as for `convolve`. It is the convolution with ``v`` in reverse, and raises what that does.

    >>> import autograd as ag
    >>> ag.correlate(ag.tensor([1.0, 2.0, 3.0]), ag.tensor([1.0, 10.0]))
    Tensor([21., 32.], dtype=float32)
    """
    _check("correlate", a, v, mode)
    return np.correlate(a, v, mode)


def _rule(g: Any, shape: Shape, other: Any, other_shape: Shape, mode: str, start: int) -> Any:
    """The gradient of one operand of a convolution.

    ``start`` is where in the full convolution the result of mode "same" begins.
    """
    n, m = math.prod(shape), math.prod(other_shape)
    other = np.reshape(other, m)
    if mode == "same":
        g = np.pad(g, (start, min(n, m) - 1 - start))
    if mode != "valid":
        whole = np.correlate(g, other)
    elif n >= m:
        whole = np.convolve(g, np.flip(other))
    else:
        whole = np.flip(np.correlate(other, g))
    return np.reshape(whole, shape)


def _middle(a_shape: Shape, v_shape: Shape) -> int:
    return (min(math.prod(a_shape), math.prod(v_shape)) - 1) // 2


convolve.vjp(
    a=lambda g, a_shape, v, v_shape, mode: _rule(g, a_shape, v, v_shape, mode, _middle(a_shape, v_shape)),
    v=lambda g, v_shape, a, a_shape, mode: _rule(g, v_shape, a, a_shape, mode, _middle(a_shape, v_shape)),
)


def _reversed_middle(a_shape: Shape, v_shape: Shape) -> int:
    """NumPy's correlation with a longer ``v`` is that of ``v`` with ``a``, in reverse."""
    return _middle(a_shape, v_shape) if a_shape >= v_shape else a_shape[0] // 2


correlate.vjp(
    a=lambda g, a_shape, v, v_shape, mode: _rule(
        g, a_shape, np.flip(v), v_shape, mode, _reversed_middle(a_shape, v_shape)
    ),
    v=lambda g, v_shape, a, a_shape, mode: np.flip(
        _rule(g, v_shape, a, a_shape, mode, _reversed_middle(a_shape, v_shape))
    ),
)


# --- polynomials and ranges -----------------------------------------------------------------------------


@composite(
    numpy=np.polyval,
    samples=lambda rng: (_ANY.sample(rng, (int(rng.integers(1, 5)),)), _ANY.sample(rng, draw_shape(rng))),
)
def polyval(p: Any, x: Any) -> Any:
    """Values of the polynomial p[0] x**(n - 1) + ... + p[n - 1], by Horner's rule: (n,), (...) -> (...).

    >>> import autograd as ag
    >>> x = ag.tensor(2.0, requires_grad=True)
    >>> y = ag.polyval([1.0, 0.0, -1.0], x); y.backward(); y.item(), x.grad.item()
    (3.0, 4.0)
    """
    y = np.zeros_like(x)
    for coefficient in p:
        y = y * x + coefficient
    return y


def _linspace(start: Any, stop: Any, num: int = 50, endpoint: bool = True, axis: int = 0) -> Any:
    """``np.linspace`` between Tensors: ``num`` evenly spaced values, along ``axis`` of the result."""
    dtype = np.result_type(start, stop, 1.0)
    share = np.arange(num, dtype=dtype) / ((num - 1 if endpoint else num) or 1)
    shares = np.reshape(share, (num,) + (1,) * max(np.ndim(start), np.ndim(stop)))
    return np.moveaxis((1 - shares) * start + shares * stop, 0, axis)


ops.by_numpy[np.linspace] = _linspace
