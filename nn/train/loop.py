"""The training loop: steps make an epoch, epochs make a history."""

from __future__ import annotations

import math
import time
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import numpy as np

import autograd as ag
from nn import functional as F
from nn.data import DataLoader
from nn.module import Module, in_use
from nn.train.interrupts import Stop
from nn.train.progress import progress_bar

Loss = Callable[[Any, Any], Any]


@dataclass(frozen=True, slots=True)
class Epoch:
    """What one pass over the training data came to.

    Attributes
    ----------
    epoch: its number, from 1.
    train_loss, train_accuracy: means over the samples, each seen by the weights as they were at its step.
    test_loss, test_accuracy: of the weights at the end of the epoch, on data that they are not fitted to.
    seconds: that the pass over the training data took.
    """

    epoch: int
    train_loss: float
    train_accuracy: float
    test_loss: float
    test_accuracy: float
    seconds: float


History = list[Epoch]


def fit(
    model: Module,
    optimizer: Any,
    train: DataLoader,
    test: DataLoader,
    epochs: int,
    *,
    loss: Loss = F.cross_entropy,
    stop: Stop | None = None,
    progress: bool = True,
) -> History:
    """Train a classifier, and return what each epoch came to.

    The test data is looked at, never learnt from, and nothing is chosen by it: the last weights are the result.

    Parameters
    ----------
    model: inputs (batch, ...) -> scores of the classes (batch, classes).
    optimizer: over the model's parameters.
    train, test: batches of inputs (batch, ...) and classes (batch,), integers.
    epochs: passes over the training data, 1 or more.
    loss: of scores and classes, a mean over the batch.
    stop: ends training after the step during which it is asked to (see ``stop_on_interrupt``); the epoch that is
        not complete has no place in the history.
    progress: whether to draw a bar for each epoch on stderr.

    Raises ValueError for less than one epoch.
    """
    if epochs < 1:
        raise ValueError(f"epochs is 1 or more; got {epochs}")
    history: History = []
    stop = stop or Stop()
    for number in range(1, epochs + 1):
        if stop.asked:
            break
        with progress_bar(f"epoch {number:{len(str(epochs))}}/{epochs}", len(train), progress) as bar:
            start = time.perf_counter()
            trained = _train(model, optimizer, train, loss, bar, stop)
            seconds = time.perf_counter() - start
            if trained is None:
                break
            tested = evaluate(model, test, loss)
            if bar is not None:
                bar.set_postfix_str(f"{_shown(*trained)}, test {tested[1]:.4f}", refresh=False)
        history.append(Epoch(number, *trained, *tested, seconds))
    return history


def evaluate(model: Module, data: DataLoader, loss: Loss = F.cross_entropy) -> tuple[float, float]:
    """Mean loss and share of right answers over ``data``, without dropout and the like and without a graph."""
    tally = _Tally()
    with ag.no_grad(), in_use(model):
        for inputs, classes in data:
            scores = model(ag.Tensor(inputs))
            tally.add(scores, classes, loss(scores, classes))
    return tally.loss, tally.accuracy


def _train(
    model: Module, optimizer: Any, data: DataLoader, loss: Loss, bar: Any, stop: Stop
) -> tuple[float, float] | None:
    """One pass over the training data: mean loss and accuracy, or None where it was stopped."""
    model.train()
    tally = _Tally()
    for inputs, classes in data:
        if stop.asked:
            return None
        scores = model(ag.Tensor(inputs))
        value = loss(scores, classes)
        optimizer.zero_grad()
        value.backward()
        optimizer.step()
        tally.add(scores, classes, value)
        if bar is not None:
            bar.set_postfix_str(_shown(tally.loss, tally.accuracy), refresh=False)
            bar.update()
    return tally.loss, tally.accuracy


class _Tally:
    """Running means over samples."""

    def __init__(self) -> None:
        self.samples = self.right = 0
        self.total = 0.0

    def add(self, scores: ag.Tensor, classes: np.ndarray, loss: ag.Tensor) -> None:
        self.samples += len(classes)
        self.right += int((scores.numpy().argmax(1) == classes).sum())
        self.total += loss.item() * len(classes)

    @property
    def loss(self) -> float:
        return self.total / self.samples if self.samples else math.nan

    @property
    def accuracy(self) -> float:
        return self.right / self.samples if self.samples else math.nan


def _shown(loss: float, accuracy: float) -> str:
    return f"loss {loss:.4f}, accuracy {accuracy:.4f}"
