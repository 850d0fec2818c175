"""Why a loss is not a finite number: the operation, or the weights or inputs, that it came from."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING, Any

import autograd as ag
from nn.diagnostics.culprits import is_finite, operation_not_finite, weights_not_finite

if TYPE_CHECKING:
    from nn.train.trainer import Trainer

NOT_FINITE = "not finite"  # the reason of a stop by such a loss


def why_not_finite(
    trainer: Trainer, batch: tuple[Any, ...], value: float, compute: Callable[[], Any]
) -> ag.errors.NonFiniteError:
    """The error of a step whose loss is ``value``; ``compute``, which computes it again, tells where it came from."""
    where = f"the loss is {value} at step {trainer.step + 1} (epoch {trainer.epoch + 1}, batch {trainer.batch + 1})"
    before = "The weights are those before this step."
    rate = f"the rate, {float(trainer.optimizer.param_groups[0]['lr']):g},"
    if weights := weights_not_finite(trainer.model):
        why = (
            f"{weights[0]} is not finite since the step before, of which the update overflowed: lower {rate} or clip "
            "the gradients, clip_norm=1.0."
        )
    elif not all(map(is_finite, batch)):
        why = f"the batch has values that are not finite: look at where the data comes from. {before}"
    elif operation := operation_not_finite(trainer.model, compute):
        why = f"it came from this operation.\n{operation}\n{before}"
    else:
        why = (
            f"computed again, no operation gives such a number: {rate} may be too high, so that it overflows for some "
            f"random draws. {before}"
        )
    return ag.errors.NonFiniteError(f"Trainer.fit: {where}: {why}")
