"""Rates that fall, or rise, by a factor at each step, in stages, or by a function of one's own."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterable, Mapping, Sequence
from typing import Any

import autograd as ag
from nn.optim.lr_scheduler.base import LRScheduler
from nn.optim.optimizer import Optimizer


class _Factors(LRScheduler):
    """Multiplies the present rates by `_factor`: several such schedules can act on one optimizer."""

    def _factor(self, epoch: int) -> float:
        """By what the rates are multiplied on coming to step number ``epoch``."""
        raise NotImplementedError

    def get_lr(self) -> list[float]:
        """The present rates, times a factor."""
        factor = self._factor(self.last_epoch)
        return [group["lr"] * factor for group in self.optimizer.param_groups]


class StepLR(_Factors):
    """Rates times ``gamma`` after every ``step_size`` steps.

    Parameters
    ----------
    optimizer, last_epoch: see `LRScheduler`.
    step_size: at least 1.
    gamma: the factor, at least 0.

    Raises ArgumentError for arguments out of range, and as `LRScheduler` does.

    >>> import nn
    >>> optimizer = nn.optim.SGD([nn.Parameter([1.0])], lr=1.0)
    >>> nn.optim.lr_scheduler.StepLR(optimizer, step_size=3, gamma=0.5).rates(7)[:, 0].tolist()
    [1.0, 1.0, 1.0, 0.5, 0.5, 0.5, 0.25]
    """

    def __init__(self, optimizer: Optimizer, step_size: int, gamma: float = 0.1, last_epoch: int = -1) -> None:
        self.step_size = self._whole("step_size", step_size)
        self.gamma = self._number("gamma", gamma)
        super().__init__(optimizer, last_epoch)

    def _factor(self, epoch: int) -> float:
        return self.gamma if epoch > 0 and epoch % self.step_size == 0 else 1.0


class MultiStepLR(_Factors):
    """Rates times ``gamma`` at each milestone.

    Parameters
    ----------
    optimizer, last_epoch: see `LRScheduler`.
    milestones: numbers of steps, at least 0, in rising order; one that is there twice counts twice.
    gamma: the factor, at least 0.

    Raises ArgumentError for milestones that fall (PyTorch sorts them) and arguments out of range, and as `LRScheduler`
    does.

    >>> import nn
    >>> optimizer = nn.optim.SGD([nn.Parameter([1.0])], lr=1.0)
    >>> nn.optim.lr_scheduler.MultiStepLR(optimizer, milestones=[2, 3], gamma=0.5).rates(5)[:, 0].tolist()
    [1.0, 1.0, 0.5, 0.25, 0.25]
    """

    def __init__(
        self, optimizer: Optimizer, milestones: Iterable[int], gamma: float = 0.1, last_epoch: int = -1
    ) -> None:
        self.milestones = [self._whole("milestones", milestone, least=0) for milestone in milestones]
        if self.milestones != sorted(self.milestones):
            raise ag.errors.ArgumentError(
                f"MultiStepLR: milestones={self.milestones}; want them in rising order, counted from the first step."
            )
        self.gamma = self._number("gamma", gamma)
        super().__init__(optimizer, last_epoch)

    def _factor(self, epoch: int) -> float:
        return self.gamma ** self.milestones.count(epoch)

    def _take_state(self, state_dict: Mapping[str, Any]) -> None:
        milestones = sorted(Counter(state_dict["milestones"]).elements())  # PyTorch counts them
        super()._take_state({**state_dict, "milestones": milestones})


class ConstantLR(_Factors):
    """Rates times ``factor`` for ``total_iters`` steps, and then what they are without it.

    Parameters
    ----------
    optimizer, last_epoch: see `LRScheduler`.
    factor: more than 0, at most 1.
    total_iters: number of steps, at least 1 (in PyTorch the factor of 0 steps stays for good).

    Raises ArgumentError for arguments out of range, and as `LRScheduler` does.

    >>> import nn
    >>> optimizer = nn.optim.SGD([nn.Parameter([1.0])], lr=1.0)
    >>> nn.optim.lr_scheduler.ConstantLR(optimizer, factor=0.5, total_iters=2).rates(4)[:, 0].tolist()
    [0.5, 0.5, 1.0, 1.0]
    """

    def __init__(
        self, optimizer: Optimizer, factor: float = 1.0 / 3, total_iters: int = 5, last_epoch: int = -1
    ) -> None:
        self.factor = _above_0(self, "factor", factor)
        self.total_iters = self._whole("total_iters", total_iters)
        super().__init__(optimizer, last_epoch)

    def _factor(self, epoch: int) -> float:
        if epoch == 0:
            return self.factor
        return 1.0 / self.factor if epoch == self.total_iters else 1.0


class LinearLR(_Factors):
    """Rates times a factor that goes from ``start_factor`` to ``end_factor`` in equal steps, and then stays: a warm-up.

    A warm-up before any other schedule is a `SequentialLR`:

    >>> import nn
    >>> from nn.optim.lr_scheduler import CosineAnnealingLR, LinearLR, SequentialLR
    >>> optimizer = nn.optim.SGD([nn.Parameter([1.0])], lr=1.0)
    >>> warm_up = LinearLR(optimizer, start_factor=0.25, total_iters=3)
    >>> cosine = CosineAnnealingLR(optimizer, T_max=4)
    >>> schedule = SequentialLR(optimizer, [warm_up, cosine], milestones=[3])
    >>> schedule.rates(8)[:, 0].round(2).tolist()
    [0.25, 0.5, 0.75, 1.0, 0.85, 0.5, 0.15, 0.0]

    Parameters
    ----------
    optimizer, last_epoch: see `LRScheduler`.
    start_factor: more than 0, at most 1.
    end_factor: from 0 to 1.
    total_iters: number of steps from the one factor to the other, at least 1 (in PyTorch the first factor stays for
        good if it is 0).

    Raises ArgumentError for arguments out of range, and as `LRScheduler` does.
    """

    def __init__(
        self,
        optimizer: Optimizer,
        start_factor: float = 1.0 / 3,
        end_factor: float = 1.0,
        total_iters: int = 5,
        last_epoch: int = -1,
    ) -> None:
        self.start_factor = _above_0(self, "start_factor", start_factor)
        self.end_factor = self._number("end_factor", end_factor, most=1)
        self.total_iters = self._whole("total_iters", total_iters)
        super().__init__(optimizer, last_epoch)

    def _factor(self, epoch: int) -> float:
        if epoch == 0:
            return self.start_factor
        if self._is_initial or epoch > self.total_iters:
            return 1.0
        rise = self.end_factor - self.start_factor  # in all, so that the factor before is start + rise * share
        return 1.0 + rise / (self.total_iters * self.start_factor + (epoch - 1) * rise)


class ExponentialLR(_Factors):
    """Rates times ``gamma`` at every step.

    Parameters
    ----------
    optimizer, last_epoch: see `LRScheduler`.
    gamma: the factor, at least 0.

    Raises ArgumentError for arguments out of range, and as `LRScheduler` does.

    >>> import nn
    >>> optimizer = nn.optim.SGD([nn.Parameter([1.0])], lr=1.0)
    >>> nn.optim.lr_scheduler.ExponentialLR(optimizer, gamma=0.5).rates(4)[:, 0].tolist()
    [1.0, 0.5, 0.25, 0.125]
    """

    def __init__(self, optimizer: Optimizer, gamma: float, last_epoch: int = -1) -> None:
        self.gamma = self._number("gamma", gamma)
        super().__init__(optimizer, last_epoch)

    def _factor(self, epoch: int) -> float:
        return 1.0 if self._is_initial else self.gamma


class PolynomialLR(_Factors):
    """Rates times ``(1 - step / total_iters) ** power``, down to 0, where they stay.

    Parameters
    ----------
    optimizer, last_epoch: see `LRScheduler`.
    total_iters: number of steps down to 0, at least 1.
    power: at least 0; 1 for a straight line.

    Raises ArgumentError for arguments out of range, and as `LRScheduler` does.

    >>> import nn
    >>> optimizer = nn.optim.SGD([nn.Parameter([1.0])], lr=1.0)
    >>> nn.optim.lr_scheduler.PolynomialLR(optimizer, total_iters=4).rates(6)[:, 0].round(2).tolist()
    [1.0, 0.75, 0.5, 0.25, 0.0, 0.0]
    """

    def __init__(self, optimizer: Optimizer, total_iters: int = 5, power: float = 1.0, last_epoch: int = -1) -> None:
        self.total_iters = self._whole("total_iters", total_iters)
        self.power = self._number("power", power)
        super().__init__(optimizer, last_epoch)

    def _factor(self, epoch: int) -> float:
        if self._is_initial or epoch > self.total_iters:
            return 1.0
        now, before = 1.0 - epoch / self.total_iters, 1.0 - (epoch - 1) / self.total_iters
        return float((now / before) ** self.power)


# --- functions of one's own -----------------------------------------------------------------------------

Function = Callable[[int], float]


class _Functions(LRScheduler):
    """Rates by functions of the step's number, which no state dict holds."""

    _not_saved = LRScheduler._not_saved | {"lr_lambdas"}

    def __init__(self, optimizer: Optimizer, lr_lambda: Function | Sequence[Function], last_epoch: int = -1) -> None:
        groups = len(self._check_optimizer(optimizer).param_groups)
        self.lr_lambdas: list[Any] = list(lr_lambda) if isinstance(lr_lambda, (list, tuple)) else [lr_lambda] * groups
        if len(self.lr_lambdas) != groups:
            raise ag.errors.ArgumentError(
                f"{self._name}: {len(self.lr_lambdas)} functions; the optimizer has {groups} groups: give one for "
                "each, or one for all."
            )
        for function in self.lr_lambdas:
            if not callable(function):
                raise TypeError(
                    f"{self._name}: lr_lambda is {function!r}; want a function of the step's number, such as "
                    "lambda step: 0.95**step."
                )
        super().__init__(optimizer, last_epoch)


class LambdaLR(_Functions):
    """The first rates, times a function of the step's number.

    Parameters
    ----------
    optimizer, last_epoch: see `LRScheduler`.
    lr_lambda: step number -> factor, or a list with such a function for each group. They are not in the state dict
        (PyTorch saves the attributes of objects that are called): give the same ones to go on.

    Raises ArgumentError for a wrong number of functions, TypeError for what is no function, and as `LRScheduler` does.

    >>> import nn
    >>> optimizer = nn.optim.SGD([nn.Parameter([1.0])], lr=1.0)
    >>> nn.optim.lr_scheduler.LambdaLR(optimizer, lambda step: 1 / (1 + step)).rates(3)[:, 0].round(2).tolist()
    [1.0, 0.5, 0.33]
    """

    def get_lr(self) -> list[float]:
        """The first rates, times the functions' values."""
        factors = [function(self.last_epoch) for function in self.lr_lambdas]
        return [rate * factor for rate, factor in zip(self.base_lrs, factors, strict=True)]


class MultiplicativeLR(_Functions):
    """The present rates, times a function of the step's number; the first step leaves them.

    Parameters
    ----------
    optimizer, last_epoch: see `LRScheduler`.
    lr_lambda: as in `LambdaLR`.

    Raises what `LambdaLR` does.

    In a `SequentialLR` it goes on from the rates that the schedule before it left.

    >>> import nn
    >>> optimizer = nn.optim.SGD([nn.Parameter([1.0])], lr=1.0)
    >>> nn.optim.lr_scheduler.MultiplicativeLR(optimizer, lambda step: 0.5).rates(3)[:, 0].tolist()
    [1.0, 0.5, 0.25]
    """

    def get_lr(self) -> list[float]:
        """The present rates, times the functions' values."""
        rates = self._present()
        if self._is_initial:
            return rates
        # a number of functions other than that of the groups is found by `_set_rates`
        return [rate * function(self.last_epoch) for rate, function in zip(rates, self.lr_lambdas, strict=False)]

    def _restart(self) -> None:
        self._rewind()
        self.step()


def _above_0(schedule: LRScheduler, name: str, value: Any) -> float:
    number = schedule._number(name, value, most=1)
    if number == 0:
        raise ag.errors.ArgumentError(
            f"{schedule._name}: {name}=0; want more than 0 and at most 1: a rate of 0 has no way back by factors. "
            "A small one, such as 1e-3, is meant."
        )
    return number
