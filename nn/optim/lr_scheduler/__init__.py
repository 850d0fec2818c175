"""Schedules of the learning rate: PyTorch's names, arguments and values.

A schedule is made for an optimizer and stepped after it, every batch or every epoch. `nn.plots.plot_schedule` draws
what is to come, ``schedule.rates(steps)`` tells it.

>>> import nn
>>> optimizer = nn.optim.SGD([nn.Parameter([1.0])], lr=0.1)
>>> schedule = nn.optim.lr_scheduler.CosineAnnealingLR(optimizer, T_max=2)
>>> for epoch in range(3):
...     print(f"{schedule.get_last_lr()[0]:.2f}")
...     schedule.step()
0.10
0.05
0.00
"""

from nn.optim.lr_scheduler.base import LRScheduler
from nn.optim.lr_scheduler.combined import ChainedScheduler, SequentialLR
from nn.optim.lr_scheduler.cosines import CosineAnnealingLR, CosineAnnealingWarmRestarts
from nn.optim.lr_scheduler.cycles import CyclicLR, OneCycleLR
from nn.optim.lr_scheduler.decays import (
    ConstantLR,
    ExponentialLR,
    LambdaLR,
    LinearLR,
    MultiplicativeLR,
    MultiStepLR,
    PolynomialLR,
    StepLR,
)
from nn.optim.lr_scheduler.plateaus import ReduceLROnPlateau

__all__ = [
    "ChainedScheduler",
    "ConstantLR",
    "CosineAnnealingLR",
    "CosineAnnealingWarmRestarts",
    "CyclicLR",
    "ExponentialLR",
    "LRScheduler",
    "LambdaLR",
    "LinearLR",
    "MultiStepLR",
    "MultiplicativeLR",
    "OneCycleLR",
    "PolynomialLR",
    "ReduceLROnPlateau",
    "SequentialLR",
    "StepLR",
]
