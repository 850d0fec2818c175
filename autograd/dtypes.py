"""Which dtypes tensors have, and what Python's numbers become."""

from __future__ import annotations

from typing import Any

import numpy as np

from autograd.errors import ArgumentError, DtypeError, ShapeError, describe

_default = np.dtype(np.float32)


def set_default_dtype(dtype: Any) -> None:
    """Set the float dtype that Python floats become: float32 at first, or float64, float16.

    It holds for the whole process, from now on; arrays keep the dtype they have. Raises DtypeError for any other dtype,
    and for what is none.

    >>> import autograd as ag
    >>> ag.set_default_dtype("float64"); ag.tensor(0.5).dtype
    dtype('float64')
    >>> ag.set_default_dtype("float32"); ag.tensor(0.5).dtype
    dtype('float32')
    """
    global _default
    try:
        wanted = np.dtype(dtype)
    except (TypeError, ValueError):
        wanted = None
    if dtype is None or wanted not in (np.float16, np.float32, np.float64):  # of None NumPy makes float64
        raise DtypeError(f"set_default_dtype({dtype!r}): want a float dtype: float16, float32 or float64.")
    _default = wanted


def get_default_dtype() -> np.dtype[Any]:
    """The float dtype that Python floats become.

    >>> get_default_dtype()
    dtype('float32')
    """
    return _default


def as_dtype(operation: str, dtype: Any) -> np.dtype[Any]:
    """The dtype that the argument ``dtype`` of an operation stands for: the default dtype if None.

    Raises DtypeError for what is no dtype.

    >>> as_dtype("zeros", None), as_dtype("zeros", "int32")
    (dtype('float32'), dtype('int32'))
    """
    if dtype is None:
        return _default
    try:
        found: np.dtype[Any] = np.dtype(dtype)
    except (TypeError, ValueError) as error:
        raise DtypeError(
            f"{operation}: dtype={dtype!r:.60} is no dtype; want one such as 'float32', 'float64', int or bool."
        ) from error
    return found


def as_array(data: Any, dtype: Any = None, operation: str = "tensor") -> np.ndarray | np.generic:
    """``data`` as something a Tensor may hold: arrays as they are, Python floats in the default dtype.

    Raises ShapeError for ragged lists, DtypeError for what is not real numbers and for a ``dtype`` that is none,
    ArgumentError for nan and inf that are to be integers.

    >>> as_array([1.0, 2.0]).dtype, as_array([1, 2]).dtype
    (dtype('float32'), dtype('int64'))
    """
    if hasattr(data, "mask"):
        raise DtypeError("a Tensor has no mask: give it masked.filled(0) or another value, and the mask apart.")
    if isinstance(data, (np.ndarray, np.generic)):
        array = data if dtype is None else _converted(data, dtype, operation)
    else:
        try:
            array = np.array(data)
        except ValueError as error:
            raise ShapeError(f"{operation}({data!r:.60}): rows of unequal length make no array ({error}).") from error
        if array.dtype.kind not in "biuf":
            raise DtypeError(f"{operation}({data!r:.60}): {array.dtype}: {unfit(array.dtype)}")
        if array.dtype == np.float64 and dtype is None and not _holds_arrays(data):
            dtype = _default
        array = array if dtype is None else _converted(array, dtype, operation)
    check_dtype(array.dtype)
    return array


def _converted(array: np.ndarray | np.generic, dtype: Any, operation: str) -> np.ndarray | np.generic:
    """The array in another dtype, which has to have a place for the values: no integer is nan, no float is complex."""
    wanted = as_dtype(operation, dtype)
    if array.dtype.kind == "c":
        raise DtypeError(f"{operation}({describe(array)}): {unfit(array.dtype)}")
    if wanted.kind in "iu" and array.dtype.kind == "f" and not np.isfinite(array).all():
        value = describe(array if array.ndim else array.item())
        raise ArgumentError(
            f"{operation}({value}): no integer is nan or inf, but the dtype is to be {wanted}. Leave them out, or take "
            "a float dtype."
        )
    return array.astype(wanted, copy=False)


def _holds_arrays(data: Any) -> bool:
    """Whether the numbers in nested lists come from NumPy, and so have a dtype of their own: the first one tells."""
    while isinstance(data, (list, tuple)) and data:
        data = data[0]
    return hasattr(data, "dtype")


def as_result(array: np.ndarray) -> np.ndarray | np.generic:
    """What NumPy's functions return: the array itself, or a scalar where it has no axes.

    >>> as_result(np.array(1.0)), as_result(np.array([1.0]))
    (np.float64(1.0), array([1.]))
    """
    return array if array.ndim else array[()]


def check_dtype(dtype: np.dtype[Any]) -> None:
    """Raise DtypeError unless ``dtype`` is boolean, integer or real."""
    if dtype.kind not in "biuf":
        raise DtypeError(f"{dtype}: {unfit(dtype)}")


def unfit(dtype: np.dtype[Any]) -> str:
    """Why no Tensor holds values of ``dtype``, and what to do."""
    if dtype.kind == "c":
        return "Complex numbers are not supported; give a Tensor the real and the imaginary part apart."
    return "A Tensor holds booleans, integers or real numbers; convert the data first."
