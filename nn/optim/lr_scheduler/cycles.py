"""Rates that rise and fall, while the momentum falls and rises."""

from __future__ import annotations

import math
from collections.abc import Callable
from typing import Any

import autograd as ag
from nn.optim.lr_scheduler.base import LRScheduler
from nn.optim.optimizer import Optimizer


class _Cycles(LRScheduler):
    """Sets the momentum, or the first of the betas, with the rates."""

    def _attach_momentum(self, cycle_momentum: bool, base_momentum: Any, max_momentum: Any) -> None:
        self.cycle_momentum = bool(cycle_momentum)
        if not self.cycle_momentum:
            return
        self.use_beta1 = "betas" in self.optimizer.defaults
        if not self.use_beta1 and "momentum" not in self.optimizer.defaults:
            raise ag.errors.ArgumentError(
                f"{self._name}: {type(self.optimizer).__name__} has neither momentum nor betas to cycle: "
                "cycle_momentum=False leaves them out."
            )
        self.base_momentums = self._per_group("base_momentum", base_momentum)
        self.max_momentums = self._per_group("max_momentum", max_momentum)

    def _momentums(self) -> list[float]:
        """The momentum of step number ``last_epoch``, one a group."""
        raise NotImplementedError

    def _set_rates(self, rates: Any) -> None:
        super()._set_rates(rates)
        self._put_momentum()

    def _put_again(self) -> None:
        super()._put_again()
        self._put_momentum()

    def _put_momentum(self) -> None:
        if self.cycle_momentum:
            for group, momentum in zip(self.optimizer.param_groups, self._momentums(), strict=True):
                if self.use_beta1:
                    group["betas"] = (momentum, *group["betas"][1:])
                else:
                    group["momentum"] = momentum


class CyclicLR(_Cycles):
    """Rates that go from ``base_lr`` up to ``max_lr`` and down again on straight lines; the momentum the other way.

    Smith, 2017, "Cyclical learning rates for training neural networks".

    Parameters
    ----------
    optimizer, last_epoch: see `LRScheduler`; the optimizer's own rates are not used.
    base_lr, max_lr: the ends, at least 0; one number, or a list with one for each group.
    step_size_up, step_size_down: number of steps of the way up and down, at least 1; down as up if None.
    mode: "triangular"; "triangular2", where each cycle is half as high as the one before; "exp_range", where the
        height at a step is times ``gamma ** step``.
    gamma: at least 0; for "exp_range".
    scale_fn: what the height is multiplied by, a function of the cycle's number, from 1, or of the step's, from 0; it
        takes the place of ``mode``, and is not in the state dict.
    scale_mode: "cycle" or "iterations": which of them ``scale_fn`` is given.
    cycle_momentum: whether to set the momentum too, or the first of the betas.
    base_momentum, max_momentum: its ends, at least 0; one number, or a list with one for each group.

    Raises ArgumentError for arguments out of range and for an optimizer without a momentum to cycle, and as
    `LRScheduler` does.

    >>> import nn
    >>> optimizer = nn.optim.SGD([nn.Parameter([1.0])], lr=1.0)
    >>> schedule = nn.optim.lr_scheduler.CyclicLR(optimizer, base_lr=0.0, max_lr=1.0, step_size_up=2)
    >>> schedule.rates(5)[:, 0].tolist()
    [0.0, 0.5, 1.0, 0.5, 0.0]
    """

    _not_saved = _Cycles._not_saved | {"_scale_fn"}

    def __init__(
        self,
        optimizer: Optimizer,
        base_lr: float | list[float],
        max_lr: float | list[float],
        step_size_up: int = 2000,
        step_size_down: int | None = None,
        mode: str = "triangular",
        gamma: float = 1.0,
        scale_fn: Callable[[float], float] | None = None,
        scale_mode: str = "cycle",
        cycle_momentum: bool = True,
        base_momentum: float | list[float] = 0.8,
        max_momentum: float | list[float] = 0.9,
        last_epoch: int = -1,
    ) -> None:
        up = self._whole("step_size_up", step_size_up)
        down = up if step_size_down is None else self._whole("step_size_down", step_size_down)
        self.total_size = float(up + down)
        self.step_ratio = up / self.total_size
        self.mode = self._one_of("mode", mode, ("triangular", "triangular2", "exp_range"))
        self.gamma = self._number("gamma", gamma)
        self.scale_mode = self._one_of("scale_mode", scale_mode, ("cycle", "iterations"))
        if scale_fn is None:
            self.scale_mode = "iterations" if mode == "exp_range" else "cycle"
        self._scale_fn = scale_fn
        self.optimizer = self._check_optimizer(optimizer)
        base_lrs, self.max_lrs = self._per_group("base_lr", base_lr), self._per_group("max_lr", max_lr)
        self._attach_momentum(cycle_momentum, base_momentum, max_momentum)
        if last_epoch == -1:
            self._put(base_lrs)
        self._attach(optimizer, last_epoch)
        self.base_lrs = base_lrs
        self._begin()

    def scale_fn(self, x: float) -> float:
        """What the height is multiplied by, in cycle or at step ``x``, as ``scale_mode`` says.

        >>> import nn
        >>> optimizer = nn.optim.SGD([nn.Parameter([1.0])], lr=1.0)
        >>> nn.optim.lr_scheduler.CyclicLR(optimizer, 0.1, 1.0, mode="triangular2").scale_fn(3)
        0.25
        """
        if self._scale_fn is not None:
            return float(self._scale_fn(x))
        if self.mode == "triangular":
            return 1.0
        return float(self.gamma**x if self.mode == "exp_range" else 0.5 ** (x - 1))

    def get_lr(self) -> list[float]:
        """The rates on the present way up or down."""
        height = self._height()
        return [low + (high - low) * height for low, high in zip(self.base_lrs, self.max_lrs, strict=True)]

    def _momentums(self) -> list[float]:
        height = self._height()
        return [high - (high - low) * height for low, high in zip(self.base_momentums, self.max_momentums, strict=True)]

    def _height(self) -> float:
        """How far up the present step is, from 0 to 1, times the scale."""
        cycle = math.floor(1 + self.last_epoch / self.total_size)
        x = 1.0 + self.last_epoch / self.total_size - cycle
        height = x / self.step_ratio if x <= self.step_ratio else (x - 1) / (self.step_ratio - 1)
        return height * self.scale_fn(cycle if self.scale_mode == "cycle" else self.last_epoch)


class OneCycleLR(_Cycles):
    """Rates that rise from ``max_lr / div_factor`` to ``max_lr`` and fall far below the first; momentum the other way.

    The schedule is over after ``total_steps``: it is stepped after each batch, and one step more is an error.
    Smith and Topin, 2018, "Super-convergence".

    Parameters
    ----------
    optimizer, last_epoch: see `LRScheduler`; the optimizer's own rates are not used.
    max_lr: the highest rate, at least 0; one number, or a list with one for each group.
    total_steps: number of steps in all, at least 1; or else
    epochs, steps_per_epoch: whose product it is.
    pct_start: share of the steps that rise, 0 to 1.
    anneal_strategy: "cos" for half a cosine each way, or "linear".
    cycle_momentum: whether to set the momentum too, or the first of the betas.
    base_momentum, max_momentum: its ends, at least 0; one number, or a list with one for each group.
    div_factor: more than 0; ``max_lr / div_factor`` is the first rate.
    final_div_factor: more than 0; the first rate divided by it is the last one.
    three_phase: whether the rates fall to the first one as fast as they rose, and below it in a phase of its own.

    Raises ArgumentError for arguments out of range, for an optimizer without a momentum to cycle and for a step too
    many, and as `LRScheduler` does. The step after the last batch leaves the last rates (in PyTorch they run on, below
    0 where the way is linear).

    >>> import nn
    >>> optimizer = nn.optim.SGD([nn.Parameter([1.0])], lr=1.0)
    >>> schedule = nn.optim.lr_scheduler.OneCycleLR(optimizer, max_lr=1.0, total_steps=6, pct_start=0.5)
    >>> schedule.rates(6)[:, 0].round(2).tolist()
    [0.04, 0.52, 1.0, 0.75, 0.25, 0.0]
    """

    def __init__(
        self,
        optimizer: Optimizer,
        max_lr: float | list[float],
        total_steps: int | None = None,
        epochs: int | None = None,
        steps_per_epoch: int | None = None,
        pct_start: float = 0.3,
        anneal_strategy: str = "cos",
        cycle_momentum: bool = True,
        base_momentum: float | list[float] = 0.85,
        max_momentum: float | list[float] = 0.95,
        div_factor: float = 25.0,
        final_div_factor: float = 1e4,
        three_phase: bool = False,
        last_epoch: int = -1,
    ) -> None:
        if total_steps is None and (epochs is None or steps_per_epoch is None):
            raise ag.errors.ArgumentError("OneCycleLR: give total_steps, or both epochs and steps_per_epoch.")
        if total_steps is None:
            total_steps = self._whole("epochs", epochs) * self._whole("steps_per_epoch", steps_per_epoch)
        self.total_steps = self._whole("total_steps", total_steps)
        self.pct_start = self._number("pct_start", pct_start, most=1)
        self.anneal_strategy = self._one_of("anneal_strategy", anneal_strategy, ("cos", "linear"))
        self.three_phase = bool(three_phase)
        for name, divisor in (("div_factor", div_factor), ("final_div_factor", final_div_factor)):
            if self._number(name, divisor) == 0:
                raise ag.errors.ArgumentError(f"OneCycleLR: {name}=0; want more than 0.")
        self.optimizer = self._check_optimizer(optimizer)
        self.max_lrs = self._per_group("max_lr", max_lr)
        self._attach_momentum(cycle_momentum, base_momentum, max_momentum)
        if last_epoch == -1:
            for group, rate in zip(optimizer.param_groups, self.max_lrs, strict=True):
                group["initial_lr"] = rate / div_factor
        self._attach(optimizer, last_epoch)
        self.min_lrs = [rate / final_div_factor for rate in self.base_lrs]
        self._begin()

    def step(self) -> None:
        """Set the rates of the next step; ArgumentError after the last one.

        >>> import nn
        >>> optimizer = nn.optim.SGD([nn.Parameter([1.0])], lr=1.0)
        >>> nn.optim.lr_scheduler.OneCycleLR(optimizer, max_lr=1.0, total_steps=6).step()
        """
        if self.last_epoch >= self.total_steps:
            raise ag.errors.ArgumentError(
                f"OneCycleLR: this is step {self.last_epoch + 1}; the schedule was made for total_steps="
                f"{self.total_steps}, and is over. One step a batch: total_steps is epochs times batches an epoch."
            )
        super().step()

    def get_lr(self) -> list[float]:
        """The rates of the present phase."""
        ends = {"first": self.base_lrs, "max": self.max_lrs, "min": self.min_lrs}
        start, end, share = self._phase()
        return [self._between(a, b, share) for a, b in zip(ends[start], ends[end], strict=True)]

    def _momentums(self) -> list[float]:
        start, end, share = self._phase()
        low, high = self.base_momentums, self.max_momentums
        pairs = zip(low if start == "max" else high, low if end == "max" else high, strict=True)
        return [self._between(a, b, share) for a, b in pairs]

    def _phase(self) -> tuple[str, str, float]:
        """Between which rates the present step is, and which share of the way is behind it."""
        rise, last = self.pct_start * self.total_steps - 1, self.total_steps - 1.0
        ends = [rise, 2 * rise, last] if self.three_phase else [rise, last]
        way = ("first", "max", "first", "min") if self.three_phase else ("first", "max", "min")
        phase = next((phase for phase, end in enumerate(ends[:-1]) if self.last_epoch <= end), len(ends) - 1)
        begin = ends[phase - 1] if phase else 0.0
        share = (self.last_epoch - begin) / (ends[phase] - begin) if ends[phase] != begin else 1.0
        share = min(share, 1.0)  # after the last batch there is a step too, whose rates nothing uses
        return way[phase], way[phase + 1], share

    def _between(self, start: float, end: float, share: float) -> float:
        if self.anneal_strategy == "linear":
            return start + (end - start) * share
        return end + (start - end) / 2 * (1 + math.cos(math.pi * share))
