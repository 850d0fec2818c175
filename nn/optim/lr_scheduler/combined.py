"""Several schedules of one optimizer: one after another, or all at once."""

from __future__ import annotations

from bisect import bisect_right
from collections.abc import Mapping, Sequence
from typing import Any, Self

import autograd as ag
from nn.optim.lr_scheduler.base import LRScheduler
from nn.optim.lr_scheduler.plateaus import ReduceLROnPlateau
from nn.optim.optimizer import Optimizer


class _Combined(LRScheduler):
    """Has schedules, whose states are part of its own."""

    _not_saved = LRScheduler._not_saved | {"_schedulers"}

    def _take_schedules(self, schedulers: Sequence[LRScheduler], optimizer: Optimizer | None) -> None:
        self._schedulers = list(schedulers)
        if not self._schedulers:
            raise ag.errors.ArgumentError(f"{self._name}: want at least one schedule, got none.")
        for place, schedule in enumerate(self._schedulers):
            if not isinstance(schedule, LRScheduler):
                raise TypeError(f"{self._name}: schedule {place} is a {type(schedule).__name__}; want schedules.")
            if isinstance(schedule, ReduceLROnPlateau):
                raise ag.errors.ArgumentError(
                    f"{self._name}: schedule {place} is a ReduceLROnPlateau, whose steps take a metric: step it by "
                    "itself, beside the others."
                )
        self.optimizer = self._check_optimizer(self._schedulers[0].optimizer if optimizer is None else optimizer)
        for place, schedule in enumerate(self._schedulers):
            if schedule.optimizer is not self.optimizer:
                raise ag.errors.ArgumentError(
                    f"{self._name}: schedule {place}, a {schedule._name}, is of another optimizer; want all of one."
                )

    def state_dict(self) -> dict[str, Any]:
        """A copy of what the schedule and its parts know, as `LRScheduler.state_dict` says."""
        return {**super().state_dict(), "_schedulers": [schedule.state_dict() for schedule in self._schedulers]}

    def _check_state(self, state_dict: Mapping[str, Any]) -> None:
        super()._check_state(state_dict)
        given = state_dict["_schedulers"]
        if len(given) != len(self._schedulers):
            raise ag.errors.ArgumentError(
                f"{self._name}.load_state_dict: {len(given)} schedules in the state dict, {len(self._schedulers)} here."
            )
        for schedule, state in zip(self._schedulers, given, strict=True):
            schedule._check_state(state)

    def _take_state(self, state_dict: Mapping[str, Any]) -> None:
        for schedule, state in zip(self._schedulers, state_dict["_schedulers"], strict=True):
            schedule._take_state(state)
        super()._take_state(state_dict)

    def _twin(self, optimizer: Any) -> Self:
        twin = super()._twin(optimizer)
        twin._schedulers = [schedule._twin(optimizer) for schedule in self._schedulers]
        return twin


class SequentialLR(_Combined):
    """Schedules one after another: each begins at its milestone, at the first rates, as if it were alone.

    So does one that has schedules itself (PyTorch raises NotImplementedError there). A `MultiplicativeLR` and an
    `nn.optim.swa_utils.SWALR` go on from the rates that they find.

    Parameters
    ----------
    optimizer: see `LRScheduler`.
    schedulers: of the optimizer, just made; not `ReduceLROnPlateau`, which takes a metric.
    milestones: numbers of the steps, strictly rising, at which the second and each later schedule begins.
    last_epoch: -1; to go on with a run, use `load_state_dict` (in PyTorch other values begin anew too).

    Raises ArgumentError for milestones or schedules that do not fit, TypeError for what is no schedule.

    A warm-up of five epochs, then a cosine over the other 25:

    >>> import nn
    >>> from nn.optim.lr_scheduler import CosineAnnealingLR, LinearLR, SequentialLR
    >>> optimizer = nn.optim.SGD([nn.Parameter([1.0])], lr=0.1)
    >>> schedule = SequentialLR(
    ...     optimizer,
    ...     [LinearLR(optimizer, start_factor=0.01, total_iters=5), CosineAnnealingLR(optimizer, T_max=25)],
    ...     milestones=[5],
    ... )
    >>> schedule.rates(31)[[0, 5, 30], 0].round(3).tolist()
    [0.001, 0.1, 0.0]
    """

    def __init__(
        self, optimizer: Optimizer, schedulers: Sequence[LRScheduler], milestones: Sequence[int], last_epoch: int = -1
    ) -> None:
        self._take_schedules(schedulers, self._check_optimizer(optimizer))
        self._milestones = [self._whole("milestones", milestone) for milestone in milestones]
        if len(self._milestones) != len(self._schedulers) - 1 or self._milestones != sorted(set(self._milestones)):
            raise ag.errors.ArgumentError(
                f"SequentialLR: milestones={self._milestones} for {len(self._schedulers)} schedules; want one less "
                "than there are schedules, each above the one before: the steps at which the next one begins."
            )
        if last_epoch != -1:
            raise ag.errors.ArgumentError(
                f"SequentialLR: last_epoch={last_epoch!r}; it begins at the first step. To go on with a run, use "
                "load_state_dict."
            )
        for place, schedule in enumerate(self._schedulers):
            if schedule.last_epoch != 0:
                raise ag.errors.ArgumentError(
                    f"SequentialLR: schedule {place}, a {schedule._name}, is at step {schedule.last_epoch}; want "
                    "schedules that were just made and not stepped."
                )
        self._rewind()
        self._put([group["initial_lr"] for group in optimizer.param_groups])
        self._begin()

    def step(self) -> None:
        """Step the schedule whose turn it is."""
        self.last_epoch += 1
        place = bisect_right(self._milestones, self.last_epoch)
        if self.last_epoch in self._milestones:
            self._schedulers[place]._restart()
        else:
            self._schedulers[place].step()
        self._last_lr = self._present()

    def _put_again(self) -> None:
        self._schedulers[bisect_right(self._milestones, self.last_epoch)]._put_again()

    def _begin(self) -> None:
        self.last_epoch = 0
        self._schedulers[0]._begin()
        self._last_lr = self._present()

    def _rewind(self) -> None:
        for schedule in self._schedulers:
            schedule._rewind()

    def _restart(self) -> None:
        self._rewind()
        self.last_epoch = 0
        self._schedulers[0]._restart()
        self._last_lr = self._present()


class ChainedScheduler(_Combined):
    """Schedules all at once: a step steps each of them.

    Their factors come together where they multiply the present rates, as all do but `LambdaLR`, `CyclicLR`,
    `OneCycleLR` and `CosineAnnealingWarmRestarts`, which set the rates: one of these comes first.

    Parameters
    ----------
    schedulers: of one optimizer; not `ReduceLROnPlateau`, which takes a metric.
    optimizer: theirs; may be left out.

    Raises ArgumentError for schedules that do not fit, TypeError for what is no schedule.

    >>> import nn
    >>> from nn.optim.lr_scheduler import ChainedScheduler, ConstantLR, ExponentialLR
    >>> optimizer = nn.optim.SGD([nn.Parameter([1.0])], lr=1.0)
    >>> constant = ConstantLR(optimizer, factor=0.5, total_iters=2)
    >>> ChainedScheduler([constant, ExponentialLR(optimizer, gamma=0.5)]).rates(4)[:, 0].tolist()
    [0.5, 0.25, 0.25, 0.125]
    """

    def __init__(self, schedulers: Sequence[LRScheduler], optimizer: Optimizer | None = None) -> None:
        self._take_schedules(schedulers, optimizer)
        self.last_epoch = self._schedulers[0].last_epoch
        self._last_lr = self._present()

    def step(self) -> None:
        """Step every schedule."""
        self._each("step")
        self.last_epoch += 1

    def _begin(self) -> None:
        self._each("_begin")
        self.last_epoch = 0

    def _rewind(self) -> None:
        self._each("_rewind")

    def _restart(self) -> None:
        self._put([group["initial_lr"] for group in self.optimizer.param_groups])
        self._rewind()
        self._begin()

    def _put_again(self) -> None:
        for schedule in self._schedulers:
            schedule._put_again()
        super()._put_again()

    def _each(self, method: str) -> None:
        for schedule in self._schedulers:
            getattr(schedule, method)()
        self._last_lr = self._present()
