"""Checks that several kernels make, and how their errors begin."""

from __future__ import annotations

from typing import Any

import numpy as np

import autograd as ag


def place(operation: str) -> str:
    """Where an error happens: the module's path in the model, if there is one, and the operation."""
    path = ag.current_scope()
    return f"{path} ({operation})" if path else operation


def check_arrays(operation: str, **arrays: Any) -> None:
    """Raise DtypeError unless all are arrays or Tensors."""
    for name, x in arrays.items():
        if getattr(x, "dtype", None) is None:
            is_several = isinstance(x, tuple)  # such as result and states of a recurrent layer, or a PackedSequence
            remedy = f"the first of these {len(x)}, {name}[0]" if is_several else f"ag.tensor({name})"
            raise ag.errors.DtypeError(
                f"{place(operation)}: {name} is a {type(x).__name__}; want a Tensor or an array, such as {remedy}."
            )


def check_floats(operation: str, **arrays: Any) -> None:
    """Raise DtypeError unless all arrays are real numbers of one width; the first one is named as the culprit."""
    width = None
    for x in arrays.values():  # one quick look, since every layer's call comes here
        dtype = getattr(x, "dtype", None)
        if dtype is None or dtype.kind != "f" or (width is not None and dtype != width):
            _refuse_dtypes(operation, arrays)
        width = dtype


def _refuse_dtypes(operation: str, arrays: dict[str, Any]) -> None:
    """Raise the DtypeError that says which of the arrays are no real numbers of one width."""
    check_arrays(operation, **arrays)
    (name, x), *others = arrays.items()
    dtype = x.dtype
    if not others and dtype.kind != "f":
        raise ag.errors.DtypeError(
            f"{place(operation)}: {name} is {ag.errors.describe(x)}; want floats. Convert it: {name}.astype('float32')."
        )
    for other_name, other in others:
        if dtype == other.dtype and dtype.kind == "f":
            continue
        if other.dtype.kind == "f":
            remedy = f"Convert it: {name}.astype({str(other.dtype)!r})"
        elif dtype.kind == "f":
            remedy = f"Convert {other_name}: {other_name}.astype({str(dtype)!r})"
        else:
            remedy = f"Convert both: {name}.astype('float32'), {other_name}.astype('float32')"
        if dtype.kind == other.dtype.kind == "f":
            remedy += " (NumPy makes float64 of Python's numbers)"
            remedy += f", or compute in {dtype} throughout: model.{'double' if dtype == 'float64' else 'float'}()"
        raise ag.errors.DtypeError(
            f"{place(operation)}: {name} is {ag.errors.describe(x)}, but {other_name} is "
            f"{ag.errors.describe(other)}; want floats of one width. {remedy}."
        )


def wrong_shape(operation: str, want: str, got: Any, remedy: str = "") -> ag.errors.ShapeError:
    """The error of an input whose shape does not fit, for the caller to raise.

    Parameters
    ----------
    want: what fits, such as ``"an input of shape (batch, 3, height, width)"``.
    got: the input.
    remedy: a sentence that says what to do.
    """
    return ag.errors.ShapeError(f"{place(operation)}: want {want}, got {got.shape}. {remedy}".rstrip())


def is_whole(value: Any) -> bool:
    """Whether it is a whole number, of Python or NumPy; True and False are none."""
    return isinstance(value, (int, np.integer)) and not isinstance(value, bool)


def check_whole(operation: str, least: int, **values: Any) -> None:
    """Raise ArgumentError unless all are whole numbers of at least ``least``."""
    for name, value in values.items():
        if not is_whole(value) or value < least:
            raise ag.errors.ArgumentError(
                f"{place(operation)}: {name}={value!r}; want a whole number of at least {least}."
            )


def wholes(operation: str, least: int, name: str, values: Any) -> tuple[int, ...]:
    """Several whole numbers of at least ``least``, or the ArgumentError that says that they are wanted."""
    numbers = tuple(values) if np.iterable(values) else (None,)
    if not all(is_whole(number) and number >= least for number in numbers):
        raise ag.errors.ArgumentError(
            f"{place(operation)}: {name}={values!r:.60}; want a list of whole numbers of at least {least}, such as "
            f"{name}=[{values if is_whole(values) and values >= least else 8}]."
        )
    return tuple(map(int, numbers))


def check_number(operation: str, **values: Any) -> None:
    """Raise ArgumentError for what is no number; arrays and Tensors may hold some."""
    for name, value in values.items():
        if not isinstance(value, (int, float)) and not hasattr(value, "dtype"):
            raise ag.errors.ArgumentError(f"{place(operation)}: {name}={value!r:.60}; want a number.")


def check_probability(operation: str, **values: float) -> None:
    """Raise ArgumentError unless all are from 0 to 1."""
    for name, value in values.items():
        if not isinstance(value, (int, float, np.number)) or not 0.0 <= value <= 1.0:
            raise ag.errors.ArgumentError(f"{place(operation)}: {name}={value!r}; want a probability, 0 to 1.")


def refuse_inplace(operation: str, inplace: bool) -> None:
    """Raise ArgumentError for ``inplace``, which is accepted as False so that arguments stand where PyTorch's do."""
    if inplace:
        raise ag.errors.ArgumentError(
            f"{place(operation)}: inplace=True; nothing is computed in place here, since a graph keeps its values. "
            "Leave it out, and use the result: x = f(x)."
        )


def as_tokens(operation: str, tokens: Any, count: int | None = None) -> np.ndarray:
    """A sequence of tokens (n,) as int64, or an error that says why it is none: they are 0 to ``count - 1``.

    >>> as_tokens("decode", [2, 0, 1], count=3)
    array([2, 0, 1])
    """
    if isinstance(tokens, (str, bytes)):
        raise ag.errors.ArgumentError(
            f"{operation}: got text, want its tokens: integers (n,), as from nn.data.CharVocabulary.encode."
        )
    try:
        array = np.asarray(ag.value_of(tokens))
    except ValueError:
        raise ag.errors.ShapeError(
            f"{operation}: want a sequence of tokens, of shape (n,); got several, of different lengths. Take one, or "
            "join them: np.concatenate(sequences)."
        ) from None
    if array.ndim != 1:
        raise ag.errors.ShapeError(f"{operation}: want a sequence of tokens, of shape (n,); got {array.shape}.")
    if array.size == 0:
        return np.zeros(0, np.int64)
    if array.dtype.kind not in "iu":
        raise ag.errors.DtypeError(f"{operation}: tokens are integers from 0; got {array.dtype}.")
    low, high = int(array.min()), int(array.max())
    if low < 0 or high > (np.iinfo(np.int64).max if count is None else count - 1):
        wanted = "0 or more" if count is None else f"0 to {count - 1}, since the vocabulary has {count:,}"
        raise ag.errors.ArgumentError(f"{operation}: found the token {low if low < 0 else high}; tokens are {wanted}.")
    return array.astype(np.int64, copy=False)
