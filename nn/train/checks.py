"""Whether the parts of a trainer fit together, and those of a run that was saved."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

import autograd as ag
from nn.module import Module

if TYPE_CHECKING:
    from nn.train.trainer import Trainer


def check_arguments(model: Any, loss: Any, optimizer: Any, schedule: Any, schedule_every: str | None) -> None:
    """Raise TypeError or ArgumentError where the parts of a trainer do not fit together."""
    if not isinstance(model, Module):
        raise TypeError(f"Trainer: the model is a {type(model).__name__}; want an nn.Module.")
    if isinstance(loss, type) or not callable(loss):
        got = f"the class {loss.__name__}" if isinstance(loss, type) else f"a {type(loss).__name__}"
        want = (
            f"an object of it, {loss.__name__}()" if isinstance(loss, type) else "such as nn.functional.cross_entropy"
        )
        raise TypeError(f"Trainer: the loss is {got}; want a function of (output, target): {want}.")
    if not hasattr(optimizer, "param_groups"):
        raise TypeError(
            f"Trainer: the optimizer is a {type(optimizer).__name__}; want one of nn.optim, such as "
            "nn.optim.Adam(model.parameters()). The order is Trainer(model, loss, optimizer)."
        )
    if schedule_every not in (None, "epoch", "step"):
        raise ag.errors.ArgumentError(f"Trainer: schedule_every={schedule_every!r}; want 'epoch' or 'step'.")
    own = {id(p) for p in model.parameters()}
    updated = {id(p) for group in optimizer.param_groups for p in group["params"]}
    if not own & updated:
        raise ag.errors.ArgumentError(
            "Trainer: the optimizer has none of the model's parameters, so the model would never change. Build it "
            "after the model: nn.optim.Adam(model.parameters())."
        )
    if schedule is not None and getattr(schedule, "optimizer", optimizer) is not optimizer:
        raise ag.errors.ArgumentError("Trainer: the schedule is of another optimizer; build it with this one.")


def check_parts(trainer: Trainer, state: Mapping[str, Any]) -> None:
    """Raise ArgumentError where a trainer has other parts than the one that a state is of."""
    have = {
        "callbacks": [type(callback).__name__ for callback in trainer.callbacks],
        "number of metrics": len(trainer.metrics),
        "schedule": trainer.schedule is not None,
        "average": trainer.average is not None,
    }
    saved = {
        "callbacks": [name for name, _ in state["callbacks"]],
        "number of metrics": len(state["metrics"]),
        "schedule": state["schedule"] is not None,
        "average": state["average"] is not None,
    }
    for part, value in have.items():
        if value != saved[part]:
            raise ag.errors.ArgumentError(
                f"Trainer: the run that was saved has {part}: {saved[part]}; this trainer has {value}. Build it as it "
                "was built for that run."
            )
