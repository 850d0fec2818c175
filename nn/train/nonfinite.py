"""Why a loss is not a finite number: the operation, or the weights or inputs, that it came from."""

from __future__ import annotations

import warnings
from typing import TYPE_CHECKING, Any

import numpy as np

import autograd as ag
from nn.module import Module

if TYPE_CHECKING:
    from nn.train.trainer import Trainer


def why_not_finite(trainer: Trainer, inputs: tuple[Any, ...], target: Any, value: float) -> ag.errors.NonFiniteError:
    """The error of a step whose loss is ``value``: computes it again, under `ag.debug`, to find where it came from."""
    where = f"the loss is {value} at step {trainer.step + 1} (epoch {trainer.epoch + 1}, batch {trainer.batch + 1})"
    before = "The weights are those before this step."
    rate = f"the rate, {float(trainer.optimizer.param_groups[0]['lr']):g},"
    if weight := _first_not_finite(trainer.model):
        why = (
            f"{weight} is not finite since the step before, of which the update overflowed: lower {rate} or clip the "
            "gradients, clip_norm=1.0."
        )
    elif any(not np.isfinite(array).all() for array in _floats((*inputs, target))):
        why = "the batch has values that are not finite: look at where the data comes from. " + before
    else:
        why = f"{_operation(trainer, inputs, target, rate)} {before}"
    return ag.errors.NonFiniteError(f"Trainer.fit: {where}: {why}")


def _operation(trainer: Trainer, inputs: tuple[Any, ...], target: Any, rate: str) -> str:
    try:
        with warnings.catch_warnings(), np.errstate(all="ignore"):
            warnings.simplefilter("ignore")
            with ag.debug():
                _, loss = trainer.compute(inputs, target)
                if trainer.penalty is not None:
                    loss = loss + trainer.penalty(trainer.model)
    except ag.errors.NonFiniteError as error:
        return f"it came from this operation.\n{error}\n"
    return f"computed again, it is {loss.item()}: {rate} may be too high, so that it overflows for some random draws."


def _first_not_finite(model: Module) -> str:
    for path, parameter in model.named_parameters():
        if not np.isfinite(parameter.data).all():
            return path
    return ""


def _floats(values: Any) -> list[np.ndarray]:
    arrays = [np.asarray(ag.value_of(value)) for value in values]
    return [array for array in arrays if array.dtype.kind == "f"]
