"""Checks that several kernels make, and how their errors begin."""

from __future__ import annotations

from typing import Any

import autograd as ag


def place(operation: str) -> str:
    """Where an error happens: the module's path in the model, if there is one, and the operation."""
    path = ag.current_scope()
    return f"{path} ({operation})" if path else operation


def check_floats(operation: str, **arrays: Any) -> None:
    """Raise DtypeError unless all arrays are real numbers of one width; the first one is named as the culprit."""
    (name, x), *others = arrays.items()
    dtype = getattr(x, "dtype", None)
    if dtype is None:
        raise ag.errors.DtypeError(
            f"{place(operation)}: {name} is a {type(x).__name__}; want a Tensor or an array, such as ag.tensor({name})."
        )
    if not others and dtype.kind != "f":
        raise ag.errors.DtypeError(
            f"{place(operation)}: {name} is {ag.errors.describe(x)}; want floats. Convert it: {name}.astype('float32')."
        )
    for other_name, other in others:
        if getattr(other, "dtype", None) is None:
            raise ag.errors.DtypeError(
                f"{place(operation)}: {other_name} is a {type(other).__name__}; want a Tensor or an array, such as "
                f"ag.tensor({other_name})."
            )
        if dtype == other.dtype and dtype.kind == "f":
            continue
        remedy = f"Convert it: {name}.astype({str(other.dtype)!r})"
        if dtype.kind == "f":
            remedy += " (NumPy makes float64 of Python's numbers)"
            if other.dtype.kind == "f":
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


def refuse_inplace(operation: str, inplace: bool) -> None:
    """Raise ArgumentError for ``inplace``, which is accepted as False so that arguments stand where PyTorch's do."""
    if inplace:
        raise ag.errors.ArgumentError(
            f"{place(operation)}: inplace=True; nothing is computed in place here, since a graph keeps its values. "
            "Leave it out, and use the result: x = f(x)."
        )
