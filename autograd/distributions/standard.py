"""What the distributions share: arguments of one dtype, standard form, and flat places outside of the support."""

from __future__ import annotations

import functools
from collections.abc import Callable
from typing import Any

import numpy as np

from autograd.rules._scipy import scipy
from autograd.tensors import Tensor
from autograd.values import value_of


def special() -> Any:
    """``scipy.special``, whose ufuncs have rules: see ``autograd.rules.scipy_special``."""
    return scipy("special")


def alike(*arguments: Any) -> list[Any]:
    """Arguments as arrays or Tensors of one real dtype, which Python's numbers do not widen.

    >>> [a.dtype.name for a in [*alike(np.ones(2, np.float32), 1, 2.0), *alike(1)]]
    ['float32', 'float32', 'float32', 'float64']
    """
    given = [a if hasattr(a, "dtype") or isinstance(a, (int, float)) else np.asarray(a) for a in arguments]
    dtype = np.result_type(1.0, *map(value_of, given))
    return [_of_dtype(a, dtype) for a in given]


def _of_dtype(a: Any, dtype: Any) -> Any:
    if not isinstance(a, Tensor):
        return np.asarray(a, dtype)
    return a if a.dtype == dtype else a.astype(dtype)


def standard(x: Any, loc: Any, scale: Any, *shapes: Any) -> list[Any]:
    """``(x - loc) / scale``, nan where the scale or a shape parameter is not positive; the scale; the shapes.

    Where ``x`` is infinite, so is the first, without slopes.
    """
    x, loc, scale, *parameters = alike(x, loc, scale, *shapes)
    allowed = functools.reduce(np.logical_and, [value_of(p) > 0 for p in (scale, *parameters)])
    constant = np.logical_not(allowed) | np.isinf(value_of(x))
    with np.errstate(divide="ignore", invalid="ignore"):
        if not np.any(constant):
            return [(x - loc) / scale, scale, *parameters]
        y = (np.where(constant, 0, x) - loc) / scale
        far = np.where(allowed, value_of(x) - value_of(loc), np.nan)
    return [np.where(constant, far, y), scale, *parameters]


def held(formula: Callable[[Any], Any], y: Any, inside: float, *limits: tuple[Any, float]) -> Any:
    """``formula(y)``, but where a limit's mask holds that limit, which has no slopes; nor has what is infinite.

    ``inside`` is a number where the formula is finite: it stands in for ``y`` where the result is held, so that
    no slope there becomes nan.

    >>> held(np.log, np.array([-1.0, 1.0]), 1.0, (np.array([True, False]), -np.inf))
    array([-inf,   0.])
    """
    flat = functools.reduce(np.logical_or, [mask for mask, _ in limits], False)
    with np.errstate(all="ignore"):
        out = formula(np.where(flat, inside, y) if np.any(flat) else y)
        value = value_of(out)
        endless = np.isinf(value) | np.isinf(value_of(y))
        if np.any(endless):
            flat = flat | endless
            out = formula(np.where(flat, inside, y))
    for mask, limit in limits:
        value = np.where(mask, limit, value)
    return np.where(flat, value, out) if np.any(flat) else out
