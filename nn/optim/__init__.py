"""Optimizers: PyTorch's arguments and update rules, on parameters that lie in one array.

>>> import nn
>>> model = nn.Linear(2, 1)
>>> optimizer = nn.optim.SGD(model.parameters(), lr=0.1, momentum=0.9)
"""

from nn.optim.adam import Adam, AdamW
from nn.optim.optimizer import Optimizer
from nn.optim.sgd import SGD

__all__ = ["SGD", "Adam", "AdamW", "Optimizer"]
