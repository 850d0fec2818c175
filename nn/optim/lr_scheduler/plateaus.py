"""Rates that fall when a metric stops getting better."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np

import autograd as ag
from nn.optim.lr_scheduler.base import LRScheduler
from nn.optim.optimizer import Optimizer


class ReduceLROnPlateau(LRScheduler):
    """Rates times ``factor`` when a metric has not got better for more than ``patience`` steps, mostly epochs.

    Parameters
    ----------
    optimizer: see `LRScheduler`.
    mode: "min" for a metric that is to fall, such as a loss, "max" for one that is to rise.
    factor: at least 0, below 1.
    patience: how many steps without a better metric are borne, at least 0.
    threshold: at least 0; what is better by less does not count.
    threshold_mode: "rel" for a share of the best metric, "abs" for a difference.
    cooldown: how many steps after a fall are not counted, at least 0.
    min_lr: below which the rates do not fall, at least 0; one number, or a list with one for each group.
    eps: at least 0; a fall by no more is left out.

    Attributes
    ----------
    best: the best metric so far; infinite before the first.
    num_bad_epochs: number of steps since.
    cooldown_counter: how many steps of the cooldown are left.

    Raises ArgumentError for arguments out of range, TypeError for what is no optimizer.

    >>> import nn
    >>> optimizer = nn.optim.SGD([nn.Parameter([1.0])], lr=1.0)
    >>> schedule = nn.optim.lr_scheduler.ReduceLROnPlateau(optimizer, factor=0.5, patience=1)
    >>> for loss in [0.9, 0.7, 0.8, 0.8]:
    ...     schedule.step(loss)
    >>> optimizer.param_groups[0]["lr"]
    0.5
    """

    def __init__(
        self,
        optimizer: Optimizer,
        mode: str = "min",
        factor: float = 0.1,
        patience: int = 10,
        threshold: float = 1e-4,
        threshold_mode: str = "rel",
        cooldown: int = 0,
        min_lr: float | list[float] = 0,
        eps: float = 1e-8,
    ) -> None:
        self.optimizer = self._check_optimizer(optimizer)
        self.mode = self._one_of("mode", mode, ("min", "max"))
        self.factor = self._number("factor", factor, below=1)
        self.patience = self._whole("patience", patience, least=0)
        self.threshold = self._number("threshold", threshold)
        self.threshold_mode = self._one_of("threshold_mode", threshold_mode, ("rel", "abs"))
        self.cooldown = self._whole("cooldown", cooldown, least=0)
        min_lrs = self._per_group("min_lr", min_lr)
        self.min_lr = min_lrs if isinstance(min_lr, (list, tuple)) else min_lrs[0]
        self.eps = self._number("eps", eps)
        self.last_epoch = 0
        self.best = self._worst()
        self.num_bad_epochs = self.cooldown_counter = 0
        self._last_lr = self._present()

    @property
    def in_cooldown(self) -> bool:
        """Whether steps are not counted yet, after a fall."""
        return self.cooldown_counter > 0

    def step(self, metrics: Any = None) -> None:
        """Take the metric of a step, mostly an epoch, and let the rates fall if it is time.

        Parameters
        ----------
        metrics: a number or a Tensor of one element; NaN is no better than anything.

        Raises ArgumentError where it is missing.

        >>> import nn
        >>> optimizer = nn.optim.SGD([nn.Parameter([1.0])], lr=1.0)
        >>> nn.optim.lr_scheduler.ReduceLROnPlateau(optimizer).step(0.7)
        """
        if metrics is None:
            raise ag.errors.ArgumentError(
                "ReduceLROnPlateau.step: want the metric that it watches, such as schedule.step(val_loss)."
            )
        metric = float(metrics)
        self.last_epoch += 1
        if self._is_better(metric):
            self.best, self.num_bad_epochs = metric, 0
        else:
            self.num_bad_epochs += 1
        if self.in_cooldown:
            self.cooldown_counter -= 1
            self.num_bad_epochs = 0
        if self.num_bad_epochs > self.patience:
            self._reduce()
            self.cooldown_counter, self.num_bad_epochs = self.cooldown, 0
        self._last_lr = self._present()

    def rates(self, steps: int, metrics: Sequence[float] = ()) -> np.ndarray:
        """The rates of this and the next steps, (steps, groups), given metrics between them; nothing is changed.

        Parameters
        ----------
        steps: how many, at least 1; the first row is the present rates.
        metrics: ``steps - 1`` numbers: what `step` will be given.

        Raises ArgumentError for another number of metrics.

        >>> import nn
        >>> optimizer = nn.optim.SGD([nn.Parameter([1.0])], lr=1.0)
        >>> schedule = nn.optim.lr_scheduler.ReduceLROnPlateau(optimizer, factor=0.5, patience=0)
        >>> schedule.rates(4, metrics=[0.9, 0.9, 0.8])[:, 0].tolist()
        [1.0, 1.0, 0.5, 0.5]
        """
        count, values = self._whole("steps", steps), list(metrics)
        if len(values) != count - 1:
            raise ag.errors.ArgumentError(
                f"ReduceLROnPlateau.rates: the rates depend on a metric: want metrics= with {count - 1} numbers for "
                f"{count} steps, got {len(values)}."
            )
        return self._told([(metric,) for metric in values])

    def state_dict(self) -> dict[str, Any]:
        """A copy of what the schedule knows, see `LRScheduler`; ``best`` is None before the first metric.

        >>> import nn
        >>> optimizer = nn.optim.SGD([nn.Parameter([1.0])], lr=1.0)
        >>> nn.optim.lr_scheduler.ReduceLROnPlateau(optimizer).state_dict()["best"] is None
        True
        """
        return {**super().state_dict(), "best": None if self.best == self._worst() else self.best}

    def load_state_dict(self, state_dict: Mapping[str, Any]) -> None:
        """Take over what `state_dict` gave, or PyTorch's; see `LRScheduler.load_state_dict`.

        >>> import nn
        >>> optimizer = nn.optim.SGD([nn.Parameter([1.0])], lr=1.0)
        >>> schedule = nn.optim.lr_scheduler.ReduceLROnPlateau(optimizer)
        >>> schedule.load_state_dict(schedule.state_dict())
        """
        if "min_lrs" in state_dict:  # PyTorch's
            others = ("default_min_lr", "min_lrs", "mode_worse")
            known = {key: value for key, value in state_dict.items() if key not in others}
            state_dict = {**known, "min_lr": state_dict["min_lrs"]}
        super().load_state_dict(state_dict)

    def _take_state(self, state_dict: Mapping[str, Any]) -> None:
        super()._take_state(state_dict)
        if self.best is None:
            self.best = self._worst()

    def _worst(self) -> float:
        return math.inf if self.mode == "min" else -math.inf

    def _is_better(self, metric: float) -> bool:
        sign = -1 if self.mode == "min" else 1
        if self.threshold_mode == "rel":
            return sign * metric > sign * self.best * (1 + sign * self.threshold)
        return sign * metric > sign * self.best + self.threshold

    def _reduce(self) -> None:
        floors = self._per_group("min_lr", self.min_lr)
        for group, floor in zip(self.optimizer.param_groups, floors, strict=True):
            rate = max(group["lr"] * self.factor, floor)
            if group["lr"] - rate > self.eps:
                group["lr"] = rate
