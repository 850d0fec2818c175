"""What the distributions share: arguments of one dtype, standard form, and flat places outside of the support."""

from __future__ import annotations

import functools
import inspect
from collections.abc import Callable
from typing import Any, TypeVar

import numpy as np

from autograd.dtypes import unfit
from autograd.errors import GlassgradError, ShapeError, operation_failed
from autograd.rules._scipy import scipy
from autograd.tensors import Tensor
from autograd.values import value_of

Distribution = TypeVar("Distribution", bound=type)


def named(distribution: Distribution) -> Distribution:
    """A decorator of a class: what its functions cannot compute with is told by their names, and their arguments'.

    >>> @named
    ... class uniform:
    ...     @staticmethod
    ...     def pdf(x, a, b):
    ...         return np.where((x > a) & (x < b), 1 / (b - a), 0)
    >>> uniform.pdf(np.ones(3), np.zeros(2), 1.0)
    Traceback (most recent call last):
    autograd.errors.ShapeError: uniform.pdf(x: (3,) float64, a: (2,) float64, b: 1.0): the shapes do not broadcast: ...
    """
    for name, member in list(vars(distribution).items()):
        if isinstance(member, staticmethod):
            setattr(distribution, name, staticmethod(_told(f"{distribution.__name__}.{name}", member.__func__)))
    return distribution


def _told(name: str, function: Callable[..., Any]) -> Callable[..., Any]:
    @functools.wraps(function)
    def told(*args: Any, **kwargs: Any) -> Any:
        try:
            return function(*args, **kwargs)
        except (TypeError, ValueError) as error:
            is_of_shapes = isinstance(error, ShapeError) and "broadcast" in str(error)  # of whatever met them first
            if isinstance(error, (GlassgradError, np.linalg.LinAlgError)) and not is_of_shapes:
                raise
            try:
                given = _given(function, args, kwargs)
            except TypeError:
                raise error from None  # Python's, of a wrong call
            raise operation_failed(name, given, error) from error

    return told


def _given(function: Callable[..., Any], args: tuple[Any, ...], kwargs: dict[str, Any]) -> dict[str, Any]:
    """The arguments of a call by name, but those that are as by default."""
    signature = inspect.signature(function)
    given = signature.bind(*args, **kwargs).arguments.items()
    return {key: _shown(x) for key, x in given if x is not signature.parameters[key].default}


def _shown(x: Any) -> Any:
    """An argument as an error shows it: of a list the shape, if it has one."""
    try:
        return np.asarray(x) if isinstance(x, (list, tuple)) else x
    except ValueError:  # rows of unequal length
        return x


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
    if dtype.kind != "f":
        raise TypeError(f"{dtype}: {unfit(dtype)}")
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
