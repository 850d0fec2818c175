"""Leslie Smith's range test: which learning rates a model learns with, seen in some hundred steps."""

from __future__ import annotations

import math
import os
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from functools import partial
from typing import TYPE_CHECKING, Any

import numpy as np

import autograd as ag
from nn.kernels.checks import check_whole
from nn.module import Module
from nn.train.batches import as_loader
from nn.train.undoing import one_step, undone

if TYPE_CHECKING:
    from matplotlib.axes import Axes

KEPT = 0.9  # of the smoothed loss, in a step
DIVERGED = 4.0  # times the lowest smoothed loss
LEAST_FALL = 0.01  # of the loss at first
NEARLY = 0.9  # of the fall of the loss
SHARE = 0.1  # of the rate at which the loss has nearly fallen: what is suggested


@dataclass(frozen=True, slots=True, eq=False)
class RangeTest:
    """What the loss did while the learning rate rose.

    Attributes
    ----------
    rates: of the steps, (steps,).
    losses: of the batches, each before its step, (steps,); finite.
    smoothed: running means of the losses, (steps,).
    ended: ``"diverged"``, ``"not finite"`` where the next loss was not, or ``"done"`` after all steps.

    ``str`` of it says the suggestion, or why there is none, in a line.

    >>> import nn
    >>> from nn.data import load_iris
    >>> model = nn.Linear(4, 3)
    >>> loss = lambda batch: nn.functional.cross_entropy(model(batch[0]), batch[1])
    >>> found = nn.train.lr_find(model, nn.optim.SGD(model.parameters(), lr=0.1), load_iris(), loss, steps=10, end=1e-3)
    >>> found.ended, found.losses.shape, found.rates[[0, -1]]
    ('done', (10,), array([1.e-07, 1.e-03]))
    """

    rates: np.ndarray
    losses: np.ndarray
    smoothed: np.ndarray
    ended: str

    @property
    def suggestion(self) -> float:
        """A rate to train with: a tenth of the first at which the smoothed loss had fallen nine tenths of its way.

        About there steps begin to be too large, which is seen late, as the mean lags behind: a tenth is on the safe
        side of it. The lowest point itself may be anywhere in a flat valley; the steepest descent, which others take,
        lies close to the end of the fall where a model learns within few batches, and moves about with single ones.

        Raises ArgumentError, with the remedy, where the loss never fell.
        """
        problem = self._problem()
        if problem:
            raise ag.errors.ArgumentError(f"lr_find: no rate can be suggested: {problem}")
        return SHARE * self._bottom

    @property
    def _first(self) -> float:
        """The loss before it fell."""
        return float(self.losses[: max(3, len(self.losses) // 10)].mean())

    @property
    def _bottom(self) -> float:
        """The rate at which the loss had nearly fallen."""
        first = self._first
        return float(self.rates[np.argmax(first - self.smoothed >= NEARLY * (first - self.smoothed.min()))])

    def _problem(self) -> str:
        """Why there is no suggestion, and what to do; empty where there is one."""
        if len(self.losses) < 5:
            return (
                f"after {len(self.losses)} steps the loss had {self.ended.replace('not', 'become not')}. Begin with a "
                "smaller start; and see whether the inputs are finite and standardized."
            )
        first, lowest = self._first, float(self.smoothed.min())
        noise = float(np.median(np.abs(np.diff(self.losses))))
        if first - lowest > max(noise, LEAST_FALL * abs(first)):
            return ""
        return (
            f"the loss never fell: from {first:.4g} to {lowest:.4g} at best, where batches differ by {noise:.2g}. If "
            f"it rose from the beginning, begin below start={self.rates[0]:.0e}; if it stood still up to "
            f"{self.rates[-1]:.0e}, overfit_one_batch says whether the model learns at all; if batches differ much, "
            "make them larger."
        )

    def __str__(self) -> str:
        problem = self._problem()
        if problem:
            return f"no rate to suggest: {problem}"
        text = f"try lr={self.suggestion:.2g}: a tenth of {self._bottom:.2g}, where the loss was near its lowest"
        if self.ended == "done" and self.smoothed.argmin() == len(self.rates) - 1:
            return f"{text}; it was still falling there, so a larger end may find a larger rate"
        return text

    __repr__ = __str__

    def _repr_png_(self) -> bytes | None:
        """The picture, which notebooks show."""
        from nn.plots.style import png_of

        return png_of(self.plot) if len(self.losses) else None

    def plot(self, path: str | os.PathLike[str] | None = None) -> Axes:
        """Draw the loss by the rate; see `nn.plots.plot_range_test`.

        >>> rates, losses = np.geomspace(1e-4, 1.0, 50), np.cos(np.linspace(0, 5, 50))
        >>> RangeTest(rates, losses, losses, "done").plot().get_xlabel()
        'learning rate'
        """
        from nn.plots import plot_range_test

        return plot_range_test(self, path)


def lr_find(
    model: Module,
    optimizer: Any,
    data: Any,
    compute_loss: Callable[[Any], Any],
    *,
    start: float = 1e-7,
    end: float = 10.0,
    steps: int = 100,
    batch_size: int = 32,
    on_gradients: Callable[[], Any] | None = None,
) -> RangeTest:
    """Train with a rate that rises from step to step, until the loss diverges, and then undo it all.

    The rates rise by the same factor in every step. The losses are smoothed by an exponential mean, corrected for its
    beginning; the test ends where that is more than 4 times its lowest value, or the loss is not finite. Where groups
    of the optimizer have different rates, the largest is the one that is meant, and the others keep their ratio to it.
    Afterwards, also where an error or Ctrl-C ended it, weights, buffers, optimizer and random states are what they
    were, to the bit. Leslie Smith, Cyclical Learning Rates for Training Neural Networks, 2017.

    Parameters
    ----------
    model: in training during the test.
    optimizer: over its parameters.
    data: a loader, a data set, a tuple of arrays or a list of batches; gone through again where it ends.
    compute_loss: of a batch: a Tensor ().
    start, end: the first and the last rate, above 0.
    steps: 10 or more.
    batch_size: for data that is not in batches yet.
    on_gradients: called when the gradients of a step are there, such as to clip them.

    Raises ArgumentError for arguments out of range, no batches, and a loss that no gradient can come of.

    >>> import nn
    >>> from nn.data import load_digits
    >>> _ = ag.manual_seed(0)
    >>> model = nn.models.mlp(64, [128], 10)
    >>> optimizer = nn.optim.Adam(model.parameters())
    >>> loss = lambda batch: nn.functional.cross_entropy(model(batch[0]), batch[1])
    >>> test = nn.train.lr_find(model, optimizer, load_digits(), loss)
    >>> 0.003 < test.suggestion < 0.03
    True
    """
    check_whole("lr_find", 10, steps=steps)
    if not 0 < start < end < math.inf:
        raise ag.errors.ArgumentError(f"lr_find: start={start!r}, end={end!r}; want 0 < start < end.")
    loader = as_loader("lr_find", data, batch_size, shuffle=True)
    rates = np.geomspace(start, end, steps)
    losses: list[float] = []
    smoothed: list[float] = []
    mean, ended = 0.0, "done"
    with undone(model, optimizer), np.errstate(over="ignore", invalid="ignore"):
        factors = _factors(optimizer)
        for rate, batch in zip(rates, _again_and_again(loader), strict=False):
            for group, factor in zip(optimizer.param_groups, factors, strict=True):
                group["lr"] = float(rate) * factor
            try:
                loss = one_step("lr_find", optimizer, partial(compute_loss, batch), on_gradients)
            except ag.errors.NonFiniteError:  # of gradients, where they are clipped; of values, under ag.debug()
                loss = math.nan
            if not math.isfinite(loss):
                ended = "not finite"
                break
            losses.append(loss)
            mean = KEPT * mean + (1 - KEPT) * loss
            smoothed.append(mean / (1 - KEPT ** len(losses)))
            lowest = min(smoothed)
            if smoothed[-1] - lowest > (DIVERGED - 1) * abs(lowest):  # as a loss may be below 0
                ended = "diverged"
                break
    return RangeTest(rates[: len(losses)], np.array(losses), np.array(smoothed), ended)


def _factors(optimizer: Any) -> list[float]:
    """The rate of each group, as a multiple of the largest."""
    rates = [float(group["lr"]) for group in optimizer.param_groups]
    largest = max(rates)
    return [rate / largest for rate in rates] if largest else [1.0] * len(rates)


def _again_and_again(loader: Any) -> Iterator[Any]:
    """The batches of one epoch after the other; raises ArgumentError where there are none."""
    epoch = 0
    while True:
        batch = None
        for batch in loader.batches(epoch):
            yield batch
        if batch is None:
            raise ag.errors.ArgumentError("lr_find: the data has no batches.")
        epoch += 1
