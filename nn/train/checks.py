"""Whether the parts of a trainer fit together, and those of a run that was saved."""

from __future__ import annotations

import functools
import inspect
from collections.abc import Callable, Iterable, Mapping
from typing import TYPE_CHECKING, Any

import autograd as ag
from nn.module import Module
from nn.optim.lr_scheduler import ReduceLROnPlateau
from nn.train.callbacks import Callback

if TYPE_CHECKING:
    from nn.train.state import Run

made_as_here = ag.errors.without(  # names that trainers of other libraries have for the same
    max_epochs="fit(..., epochs=) has it",
    scheduler="its name is schedule",
    accumulate_grad_batches="its name is accumulate",
    gradient_clip_val="its name is clip_norm",
)
fitted_as_here = ag.errors.without(
    validation_data="its name is val",
    validation_split="split the data, with nn.data.random_split or stratified_split, and give val=",
    shuffle="data that is not in batches is shuffled; for another order give a DataLoader",
    callbacks="they are given to the Trainer",
)
OF_THE_HISTORY = ("epoch", "loss", "lr", "seconds")  # what it has beside metrics


def known_arguments(init: Callable[..., None]) -> Callable[..., None]:
    """A decorator of `Run`'s ``__init__``: a keyword that it does not have is told by the name of the class made."""
    names = list(inspect.signature(init).parameters)[1:]

    @functools.wraps(init)
    def checked(self: Any, *args: Any, **kwargs: Any) -> None:
        for keyword in kwargs:
            if keyword not in names:
                raise TypeError(f"{type(self).__name__}: there is no {keyword}=; Trainer takes {', '.join(names)}.")
        init(self, *args, **kwargs)

    return checked


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
            f"Trainer: the optimizer is {_given(optimizer)[0]}; want one of nn.optim, such as "
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


def check_beside(callbacks: Any, metrics: Any, schedule: Any, schedule_every: str, average: Any, penalty: Any) -> None:
    """Raise TypeError or ArgumentError for what is no callback, schedule or the like; metrics are objects already."""
    for callback in callbacks:
        if not isinstance(callback, Callback):
            got, want = _given(callback)
            raise TypeError(f"Trainer: callbacks has {got}; want {want or 'objects of a class derived from Callback'}.")
    names = [metric.name for metric in metrics]
    for name, metric in zip(names, metrics, strict=True):
        if names.count(name) > 1 or name in OF_THE_HISTORY:
            raise ag.errors.ArgumentError(
                f"Trainer: the history would have {name!r} twice; leave one out, or give it a name of its own: "
                f"{type(metric).__name__}(..., name='{name}-2')."
            )
    for what, part, method, example in (
        ("schedule", schedule, "step", "nn.optim.lr_scheduler.StepLR(optimizer, 10)"),
        ("average", average, "update", "nn.optim.EMA(model)"),
    ):
        if part is not None and (isinstance(part, type) or not hasattr(part, method)):
            got, want = _given(part)
            raise TypeError(f"Trainer: {what} is {got}; want {want or f'an object, such as {example}'}.")
    if penalty is not None and not callable(penalty):
        raise TypeError(
            f"Trainer: penalty is {_given(penalty)[0]}; want a function of the model that returns a Tensor."
        )
    if isinstance(schedule, ReduceLROnPlateau) and schedule_every == "step":
        raise ag.errors.ArgumentError(
            "Trainer: ReduceLROnPlateau looks at what an epoch came to; leave schedule_every='step' out."
        )


def listed(what: str, given: Any, kinds: tuple[type, ...]) -> list[Any]:
    """What was given as a list; a single one of its kinds will do. Raises TypeError where it cannot be gone through.

    >>> listed("metrics", "accuracy", (str,))
    ['accuracy']
    """
    if isinstance(given, kinds):
        return [given]
    if not isinstance(given, Iterable):
        raise TypeError(f"Trainer: {what} is {_given(given)[0]}; want a list, or leave it out.")
    return list(given)


def _given(part: Any) -> tuple[str, str]:
    """What something is, and what to write where it is a class."""
    if isinstance(part, type):
        return f"the class {part.__name__}", f"an object of it, {part.__name__}(...)"
    return f"a {type(part).__name__}", ""


def check_parts(run: Run, state: Mapping[str, Any]) -> None:
    """Raise ArgumentError where a trainer has other parts than the one that a state is of."""
    for part, value in kinds(run).items():
        saved = state["kinds"].get(part)
        if value != saved:
            raise ag.errors.ArgumentError(
                f"Trainer: the run that was saved has {part}: {_shown(saved)}; this trainer has {_shown(value)}. Build "
                "it as it was built for that run."
            )


def kinds(run: Run) -> dict[str, Any]:
    """The names of the parts of a trainer, by which those of another one are known."""
    single = {name: getattr(run, name) for name in ("optimizer", "schedule", "average")}
    return {
        "callbacks": [type(callback).__name__ for callback in run.callbacks],
        "metrics": [metric.name for metric in run.metrics],
        **{name: None if part is None else type(part).__name__ for name, part in single.items()},
    }


def _shown(kind: Any) -> str:
    return (", ".join(kind) if isinstance(kind, list) else str(kind or "")) or "none"
