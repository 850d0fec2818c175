"""Optimizers: PyTorch's arguments and update rules, on parameters that lie in one array.

>>> import nn
>>> model = nn.Linear(2, 1)
>>> optimizer = nn.optim.SGD(model.parameters(), lr=0.1, momentum=0.9)
"""

from nn.optim import lr_scheduler as lr_scheduler
from nn.optim import swa_utils as swa_utils
from nn.optim.adam import Adam, AdamW
from nn.optim.adam_variants import Adamax, NAdam, RAdam
from nn.optim.adaptive import Adadelta, Adagrad, RMSprop
from nn.optim.averaging import EMA, SWA, WeightAverage
from nn.optim.elementwise import Elementwise
from nn.optim.lbfgs import LBFGS
from nn.optim.optimizer import Optimizer
from nn.optim.sgd import SGD

__all__ = [
    "EMA",
    "LBFGS",
    "SGD",
    "SWA",
    "Adadelta",
    "Adagrad",
    "Adam",
    "AdamW",
    "Adamax",
    "Elementwise",
    "NAdam",
    "Optimizer",
    "RAdam",
    "RMSprop",
    "WeightAverage",
    "lr_scheduler",
    "swa_utils",
]
