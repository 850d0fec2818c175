"""What is known of a training run: the steps that were looked at, the losses, the validations."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import asdict, dataclass, field, replace
from typing import Any, NamedTuple

from nn.diagnostics.statistics import LayerStatistics, OutputStatistics, ParameterStatistics, StepStatistics

__all__ = ["Course", "Validation"]

MOST_STEPS = 200  # that are kept: then every second is forgotten, and only half as many are looked at from there on
SAVED_STEPS = 20  # of them, in a state dict


class Validation(NamedTuple):
    """What came out on data that is not learnt from.

    Attributes
    ----------
    step: how many steps had been done.
    train_loss: mean of the training losses since the validation before; nan where none were given.
    loss, accuracy: on the held-out data; nan where not given.

    >>> import autograd as ag, nn
    >>> model = nn.Sequential(nn.Linear(2, 3), nn.ReLU())
    >>> with nn.diagnostics.Diagnose(model) as d:
    ...     model(ag.ones(4, 2)).sum().backward()
    ...     d.record(val_loss=1.2, val_accuracy=0.4)
    >>> d.course.validations[-1].accuracy
    0.4
    """

    step: int
    train_loss: float
    loss: float
    accuracy: float


@dataclass
class Course:
    """The course of a training run, which the findings are found in.

    Attributes
    ----------
    count: steps so far: forward passes in training.
    every: how many steps lie between two that are looked at.
    steps: what was seen in these.
    losses: (step, loss) of each step whose loss is known.
    validations: in their order.
    loss_name: of nn's loss function, or of the operation that computed it; empty for others, and where not known.
    frozen: paths of parameters that need no gradient.
    not_given: paths of those that the optimizer does not have; None where it is not known.
    broken: the first step with a number that is not finite, and where that came from; None where there was none.
    is_normalized: whether the first layer with weights is a normalization.

    >>> import autograd as ag, nn
    >>> model = nn.Sequential(nn.Linear(2, 3), nn.ReLU())
    >>> with nn.diagnostics.Diagnose(model) as d:
    ...     model(ag.ones(4, 2)).sum().backward()
    >>> d.course.count, len(d.course.steps), d.course.broken
    (1, 1, None)
    """

    count: int = 0
    every: int = 10
    steps: list[StepStatistics] = field(default_factory=list)
    losses: list[tuple[int, float]] = field(default_factory=list)
    validations: list[Validation] = field(default_factory=list)
    loss_name: str = ""
    frozen: tuple[str, ...] = ()
    not_given: tuple[str, ...] | None = None
    broken: tuple[int, str] | None = None
    is_normalized: bool = False

    def is_due(self, step: int) -> bool:
        """Whether a step is to be looked at: the first two, which show the initialization, and each ``every``-th."""
        return step < 2 or step % self.every == 0

    def add(self, step: StepStatistics) -> None:
        """Enter a step that was looked at; of too many, every second is forgotten."""
        self.steps.append(step)
        if len(self.steps) > MOST_STEPS:
            self.every *= 2
            self.steps = [kept for kept in self.steps if self.is_due(kept.step)]

    def latest(self, count: int = 5) -> list[StepStatistics]:
        """The last steps that were looked at, without the first one where there are others."""
        return self.steps[1:][-count:] or self.steps[-count:]

    def validate(self, loss: float, accuracy: float) -> None:
        """Enter a validation."""
        since = self.validations[-1].step if self.validations else 0
        losses = [value for step, value in self.losses if step >= since]
        mean = sum(losses) / len(losses) if losses else float("nan")
        self.validations.append(Validation(self.count, mean, loss, accuracy))

    def state_dict(self) -> dict[str, Any]:
        """As numbers, text, lists and dicts of them, and arrays: of the steps the first one and the last ones."""
        steps = self.steps if len(self.steps) <= SAVED_STEPS else [self.steps[0], *self.steps[1 - SAVED_STEPS :]]
        return asdict(replace(self, steps=steps)) | {"validations": [list(row) for row in self.validations]}

    @classmethod
    def from_state(cls, state: Mapping[str, Any]) -> Course:
        """What `state_dict` was taken of."""
        rows = {name: state[name] for name in ("count", "every", "loss_name", "is_normalized")}
        broken = state["broken"]
        return cls(
            steps=[_step(step) for step in state["steps"]],
            losses=[(int(step), float(loss)) for step, loss in state["losses"]],
            validations=[Validation(*row) for row in state["validations"]],
            frozen=tuple(state["frozen"]),
            not_given=None if state["not_given"] is None else tuple(state["not_given"]),
            broken=None if broken is None else (int(broken[0]), str(broken[1])),
            **rows,
        )


def _step(state: Mapping[str, Any]) -> StepStatistics:
    return StepStatistics(
        state["step"],
        tuple(LayerStatistics(**layer) for layer in state["layers"]),
        tuple(ParameterStatistics(**parameter) for parameter in state["parameters"]),
        None if state["input"] is None else (float(state["input"][0]), float(state["input"][1])),
        None if state["output"] is None else OutputStatistics(**state["output"]),
    )
