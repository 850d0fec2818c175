"""Rates that follow half a cosine, once or again and again."""

from __future__ import annotations

import math

import autograd as ag
from nn.optim.lr_scheduler.base import LRScheduler
from nn.optim.optimizer import Optimizer


class CosineAnnealingLR(LRScheduler):
    """Rates that fall to ``eta_min`` on half a cosine, ``T_max`` steps long; after it they rise the same way.

    ``eta_min + (base_lr - eta_min) * (1 + cos(pi * step / T_max)) / 2``, computed from the present rate, so that other
    schedules may act on it too. Loshchilov and Hutter, 2017.

    Parameters
    ----------
    optimizer, last_epoch: see `LRScheduler`.
    T_max: number of steps, at least 1.
    eta_min: the lowest rate, at least 0.

    Raises ArgumentError for arguments out of range, and as `LRScheduler` does.

    >>> import nn
    >>> optimizer = nn.optim.SGD([nn.Parameter([1.0])], lr=1.0)
    >>> nn.optim.lr_scheduler.CosineAnnealingLR(optimizer, T_max=4).rates(6)[:, 0].round(2).tolist()
    [1.0, 0.85, 0.5, 0.15, 0.0, 0.15]
    """

    def __init__(self, optimizer: Optimizer, T_max: int, eta_min: float = 0.0, last_epoch: int = -1) -> None:
        self.T_max = self._whole("T_max", T_max)
        self.eta_min = self._number("eta_min", eta_min)
        super().__init__(optimizer, last_epoch)

    def get_lr(self) -> list[float]:
        """The rates on the cosine, from those one step before."""
        rates, low, angle = self._present(), self.eta_min, math.pi / self.T_max
        if self._is_initial:
            return rates
        before = self.last_epoch - 1
        if (before - self.T_max) % (2 * self.T_max) == 0:  # at the bottom the present rate does not say how high to go
            rise = (1 - math.cos(angle)) / 2
            return [rate + (base - low) * rise for rate, base in zip(rates, self.base_lrs, strict=False)]
        factor = (1 + math.cos(angle * self.last_epoch)) / (1 + math.cos(angle * before))
        return [low + (rate - low) * factor for rate in rates]


class CosineAnnealingWarmRestarts(LRScheduler):
    """Rates that fall to ``eta_min`` on half a cosine, and then begin anew, each time ``T_mult`` times as long.

    ``eta_min + (base_lr - eta_min) * (1 + cos(pi * T_cur / T_i)) / 2``, ``T_cur`` steps after the last restart of
    ``T_i`` to the next one. Loshchilov and Hutter, 2017.

    Parameters
    ----------
    optimizer, last_epoch: see `LRScheduler`.
    T_0: number of steps to the first restart, at least 1.
    T_mult: a whole number of at least 1.
    eta_min: the lowest rate, at least 0.

    Raises ArgumentError for arguments out of range, and as `LRScheduler` does.

    A ``last_epoch`` beyond the second restart finds its place (in PyTorch it does not where ``T_mult`` is above 1).

    >>> import nn
    >>> optimizer = nn.optim.SGD([nn.Parameter([1.0])], lr=1.0)
    >>> schedule = nn.optim.lr_scheduler.CosineAnnealingWarmRestarts(optimizer, T_0=2, T_mult=2)
    >>> schedule.rates(7)[:, 0].round(2).tolist()
    [1.0, 0.5, 1.0, 0.85, 0.5, 0.15, 1.0]
    """

    def __init__(
        self, optimizer: Optimizer, T_0: int, T_mult: int = 1, eta_min: float = 0.0, last_epoch: int = -1
    ) -> None:
        self.T_0 = self._whole("T_0", T_0)
        self.T_mult = self._whole("T_mult", T_mult)
        self.eta_min = self._number("eta_min", eta_min)
        super().__init__(optimizer, last_epoch)

    def step(self, epoch: float | None = None) -> None:
        """Set the rates of the next step, or those of any place on the way.

        Parameters
        ----------
        epoch: the place, at least 0, such as ``epoch + batch / batches`` where the rates are to change within epochs;
            it becomes ``last_epoch``, with its fraction (PyTorch cuts that off). None for one step on.

        Raises ArgumentError for an epoch below 0.

        >>> import nn
        >>> optimizer = nn.optim.SGD([nn.Parameter([1.0])], lr=1.0)
        >>> schedule = nn.optim.lr_scheduler.CosineAnnealingWarmRestarts(optimizer, T_0=2)
        >>> schedule.step(2.5)
        >>> round(schedule.get_last_lr()[0], 3)
        0.854
        """
        if epoch is None:
            super().step()
            return
        if not 0 <= epoch < math.inf:
            raise ag.errors.ArgumentError(f"{self._name}.step: epoch={epoch!r}; want a number of at least 0.")
        self._step_count += 1
        self.last_epoch = epoch  # type: ignore[assignment]  # here it may have a fraction
        self._set_rates(self.get_lr())

    @property
    def T_cur(self) -> float:
        """Number of steps since the last restart."""
        return self._place()[0]

    @property
    def T_i(self) -> int:
        """Number of steps from the last restart to the next."""
        return self._place()[1]

    def get_lr(self) -> list[float]:
        """The rates on the present cosine."""
        since, length = self._place()
        height = (1 + math.cos(math.pi * since / length)) / 2
        return [self.eta_min + (base - self.eta_min) * height for base in self.base_lrs]

    def _place(self) -> tuple[float, int]:
        since, length = self.last_epoch, self.T_0
        if self.T_mult == 1:
            return since % length, length
        while since >= length:
            since -= length
            length *= self.T_mult
        return since, length
