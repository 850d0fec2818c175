"""Where a number that is not finite came from: the operation that made it, found by computing it again."""

from __future__ import annotations

import warnings
from collections.abc import Callable
from typing import Any

import numpy as np

import autograd as ag
from nn.effects import unchanged
from nn.module import Module

__all__ = ["is_finite", "operation_not_finite", "origin_of_not_finite", "weights_not_finite"]


def origin_of_not_finite(
    model: Module, args: tuple[Any, ...], kwargs: dict[str, Any], loss: Callable[..., Any] | None, targets: Any
) -> str:
    """One sentence on what is not finite first: the inputs, the weights, or the result of an operation.

    The model is called again as it was, and then the loss, if known. An empty string is the result where all is finite.
    """
    for number, value in enumerate(args):
        if not is_finite(value):
            return f"Input {number} of the model is not finite: the data has NaN or infinite numbers."
    if broken := weights_not_finite(model):
        others = f" and {len(broken) - 1} more" if len(broken) > 1 else ""
        return f"The weights are not finite themselves, {broken[0]}{others}: the update before ruined them."

    def compute() -> None:
        with ag.no_grad():
            output = model(*args, **kwargs)
            if loss is not None and targets is not None:
                loss(output, targets)

    try:
        return operation_not_finite(model, compute)
    except Exception:  # a loss with other arguments: whatever it raises, the training goes on as without the doctor
        return ""


def operation_not_finite(model: Module, compute: Callable[[], Any]) -> str:
    """What `ag.debug` says of the first operation whose result is not finite, on lines; empty where all are.

    Buffers and the states of generators are what they were afterwards.

    Parameters
    ----------
    model: whose buffers and generators are looked after.
    compute: computes all again.
    """
    try:
        with warnings.catch_warnings(), np.errstate(all="ignore"), unchanged(model):
            warnings.simplefilter("ignore")
            with ag.debug():
                compute()
    except ag.errors.NonFiniteError as error:
        return "\n".join(line.strip() for line in str(error).splitlines())
    return ""


def weights_not_finite(model: Module) -> list[str]:
    """Paths of the parameters that have NaN or infinite numbers."""
    return [path for path, parameter in model.named_parameters() if not is_finite(parameter)]


def is_finite(value: Any) -> bool:
    """Whether an array or a Tensor of floats has no NaN and no infinite number; so it is with all other values."""
    array = ag.value_of(value)
    return not isinstance(array, np.ndarray) or array.dtype.kind != "f" or bool(np.isfinite(array).all())
