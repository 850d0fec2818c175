"""Dropout as functions."""

from __future__ import annotations

import math
from typing import Any, TypeAlias

import numpy as np

import autograd as ag
from nn.kernels.checks import check_floats, check_probability, refuse_inplace, wrong_shape

__all__ = [
    "alpha_dropout",
    "dropout",
    "dropout1d",
    "dropout2d",
    "dropout3d",
    "feature_alpha_dropout",
]

Rng: TypeAlias = "np.random.Generator | None"  # not evaluated: `numpy.random` takes long to load


def dropout(input: Any, p: float = 0.5, training: bool = True, inplace: bool = False, *, rng: Rng = None) -> Any:
    """Zero each element with probability ``p`` and divide the others by ``1 - p``: (...) -> (...).

    Srivastava et al., 2014. Where not ``training``, the input itself.

    Parameters
    ----------
    p: from 0 to 1; draws have 16 bits, so that it is kept to within 1e-5.
    training: whether anything is dropped.
    inplace: False.
    rng: generator of the draws; the default one if None.

    Raises ArgumentError for another p and for ``inplace``, DtypeError for integers.

    >>> import autograd as ag, nn
    >>> nn.functional.dropout(ag.ones(3), p=1.0)
    Tensor([0., 0., 0.], dtype=float32)
    """
    _check("dropout", p, inplace)
    if not training or p == 0.0:
        return input
    check_floats("dropout", input=input)
    return input * _factors(input.shape, p, input.dtype, rng)


def dropout1d(input: Any, p: float = 0.5, training: bool = True, inplace: bool = False, *, rng: Rng = None) -> Any:
    """Zero each channel of each sample with probability ``p`` and divide the others by ``1 - p``.

    (batch, channels, length) or (channels, length) -> the same. Tompson et al., 2015. Arguments and errors as in
    `dropout`; ShapeError for another number of axes.

    >>> import autograd as ag, nn, numpy as np
    >>> nn.functional.dropout1d(ag.ones(4, 2), rng=np.random.default_rng(1)).sum(1)
    Tensor([4., 0., 4., 4.], dtype=float32)
    """
    return _drop_channels("dropout1d", input, p, training, inplace, rng)


def dropout2d(input: Any, p: float = 0.5, training: bool = True, inplace: bool = False, *, rng: Rng = None) -> Any:
    """Zero each channel of each sample with probability ``p`` and divide the others by ``1 - p``.

    (batch, channels, height, width) -> the same; three axes are taken as (batch, channels, length), as in PyTorch.
    Tompson et al., 2015. Arguments and errors as in `dropout`; ShapeError for another number of axes.

    >>> import autograd as ag, nn, numpy as np
    >>> nn.functional.dropout2d(ag.ones(1, 4, 2, 2), rng=np.random.default_rng(1)).sum((0, 2, 3))
    Tensor([8., 0., 8., 8.], dtype=float32)
    """
    return _drop_channels("dropout2d", input, p, training, inplace, rng)


def dropout3d(input: Any, p: float = 0.5, training: bool = True, inplace: bool = False, *, rng: Rng = None) -> Any:
    """Zero each channel of each sample with probability ``p`` and divide the others by ``1 - p``.

    (batch, channels, depth, height, width) or (channels, depth, height, width) -> the same. Tompson et al., 2015.
    Arguments and errors as in `dropout`; ShapeError for another number of axes.

    >>> import autograd as ag, nn, numpy as np
    >>> nn.functional.dropout3d(ag.ones(4, 1, 2, 2), rng=np.random.default_rng(1)).sum((1, 2, 3))
    Tensor([8., 0., 8., 8.], dtype=float32)
    """
    return _drop_channels("dropout3d", input, p, training, inplace, rng)


# Forms of the input, and how many of its first axes a draw is made for.
_FORMS = {
    "dropout1d": {"(batch, channels, length)": 2, "(channels, length)": 1},
    "dropout2d": {"(batch, channels, height, width)": 2, "(batch, channels, length)": 2},
    "dropout3d": {"(batch, channels, depth, height, width)": 2, "(channels, depth, height, width)": 1},
}


def _drop_channels(operation: str, input: Any, p: float, training: bool, inplace: bool, rng: Rng) -> Any:
    _check(operation, p, inplace)
    check_floats(operation, input=input)
    forms = _FORMS[operation]
    leading = {form.count(",") + 1: axes for form, axes in forms.items()}.get(input.ndim)
    if leading is None:
        raise wrong_shape(
            operation, f"an input of shape {' or '.join(forms)}", input, "To drop single elements, use dropout."
        )
    if not training or p == 0.0:
        return input
    shape = input.shape[:leading] + (1,) * (input.ndim - leading)
    return input * _factors(shape, p, input.dtype, rng)


def alpha_dropout(input: Any, p: float = 0.5, training: bool = False, inplace: bool = False, *, rng: Rng = None) -> Any:
    """Dropout for networks of SELUs, which keeps mean 0 and variance 1: (...) -> (...).

    Each element is set with probability ``p`` to the value that SELU has far below 0, -1.758; then an affine map gives
    mean and variance back. Klambauer et al., 2017. Where not ``training``, the input itself.

    Parameters
    ----------
    p: from 0 to 1; for 1 the result is 0.
    training: whether anything is dropped; False by default, as in PyTorch.
    inplace: False.
    rng: generator of the draws; the default one if None.

    Raises ArgumentError for another p and for ``inplace``, DtypeError for integers.

    >>> import autograd as ag, nn
    >>> nn.functional.alpha_dropout(ag.ones(3), p=1.0, training=True)
    Tensor([0., 0., 0.], dtype=float32)
    """
    return _alpha_dropout("alpha_dropout", input, p, training, inplace, rng, are_channels=False)


def feature_alpha_dropout(
    input: Any, p: float = 0.5, training: bool = False, inplace: bool = False, *, rng: Rng = None
) -> Any:
    """`alpha_dropout` of whole channels: (batch, channels, ...) -> (batch, channels, ...).

    Arguments and errors as there; ShapeError for an input without channels.

    >>> import autograd as ag, nn
    >>> nn.functional.feature_alpha_dropout(ag.ones(1, 2, 1), p=1.0, training=True)
    Tensor([[[0.],
             [0.]]], dtype=float32)
    """
    return _alpha_dropout("feature_alpha_dropout", input, p, training, inplace, rng, are_channels=True)


SATURATION = -1.7580993408473766  # the limit of SELU at minus infinity: its scale times its alpha, negative


def _alpha_dropout(
    operation: str, input: Any, p: float, training: bool, inplace: bool, rng: Rng, are_channels: bool
) -> Any:
    _check(operation, p, inplace)
    check_floats(operation, input=input)
    if are_channels and input.ndim < 2:
        raise wrong_shape(operation, "an input of shape (batch, channels, ...)", input)
    if not training or p == 0.0:
        return input
    shape = input.shape[:2] + (1,) * (input.ndim - 2) if are_channels else input.shape
    kept = _kept(shape, p, rng).astype(input.dtype)
    scale = 1 / math.sqrt((1 + p * SATURATION**2) * (1 - p)) if p < 1.0 else 0.0
    return input * (kept * scale) + (1 - p - kept) * (SATURATION * scale)


def _check(operation: str, p: float, inplace: bool) -> None:
    refuse_inplace(operation, inplace)
    check_probability(operation, p=p)


def _kept(shape: tuple[int, ...], p: float, rng: Rng) -> np.ndarray:
    """Whether each is kept. Four draws are cut from each word of the generator: half the time of floats."""
    count = math.prod(shape)
    words = ag.default_generator(rng).integers(0, 2**64 - 1, -(-count // 4), np.uint64, endpoint=True)
    kept: np.ndarray = words.view(np.uint16)[:count].reshape(shape) >= round(p * 2**16)
    return kept


def _factors(shape: tuple[int, ...], p: float, dtype: Any, rng: Rng) -> np.ndarray:
    """0 where dropped, else 1 / (1 - p)."""
    factors = _kept(shape, p, rng).astype(dtype)
    factors *= 1 / (1 - p) if p < 1.0 else 0.0
    return factors
