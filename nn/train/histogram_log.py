"""How weights and their gradients are distributed, epoch by epoch."""

from __future__ import annotations

import math
import os
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from fnmatch import fnmatchcase
from typing import TYPE_CHECKING, Any

import numpy as np

import autograd as ag
from nn.kernels.checks import check_whole
from nn.train.callbacks import Callback

if TYPE_CHECKING:
    from matplotlib.axes import Axes

    from nn.module import Module
    from nn.train.trainer import Trainer

BINS = 256  # of weights, of one width, as many on both sides of 0
DECADES = (-12, 4)  # of gradients: powers of ten, of which each has
A_DECADE = 8  # bins
MOST_EPOCHS = 100  # that are kept: then every second is forgotten, and only half as many are from there on
TINY = 2.0**-20  # the first range of weights that are all 0


@dataclass
class Counts:
    """How many weights, and how many gradients, of one parameter are in which bin.

    Attributes
    ----------
    limit: weights are counted from ``-limit`` to ``limit``, a power of two; it doubles when one is beyond.
    weights: for each epoch that is kept, counts (256) by value.
    gradients: the same by size, (129): first those that are 0, then those up to 10 to the -12, and so on.
    """

    limit: float = TINY
    weights: list[np.ndarray] = field(default_factory=list)
    gradients: list[np.ndarray] = field(default_factory=list)
    pending: np.ndarray = field(default_factory=lambda: np.zeros(1 + A_DECADE * (DECADES[1] - DECADES[0]), np.int64))

    @property
    def weight_edges(self) -> np.ndarray:
        """The ends of the bins of weights, (257)."""
        return np.linspace(-self.limit, self.limit, BINS + 1)

    @property
    def gradient_edges(self) -> np.ndarray:
        """The ends of the bins of gradients that are not 0, (129); the outer ones hold what is beyond them too."""
        return np.logspace(*DECADES, A_DECADE * (DECADES[1] - DECADES[0]) + 1)

    def add_gradient(self, gradient: np.ndarray) -> None:
        """Count a gradient, for the epoch that is not over yet."""
        sizes = np.abs(gradient[np.isfinite(gradient)])
        above = sizes[sizes > 0]
        places = np.floor((np.log10(above) - DECADES[0]) * A_DECADE).astype(np.int64)
        last = len(self.pending) - 1
        self.pending += np.bincount(np.clip(places + 1, 1, last), minlength=last + 1)
        self.pending[0] += sizes.size - above.size

    def end_epoch(self, weight: np.ndarray) -> None:
        """Count the weights, and keep both counts."""
        values = weight[np.isfinite(weight)].ravel().astype(np.float64)
        most = float(np.abs(values).max(initial=0.0))
        if not self.weights and most:
            self.limit = 2.0 ** math.ceil(math.log2(most))
        while most > self.limit:
            self.limit *= 2
            self.weights = [_halved(row) for row in self.weights]
        self.weights.append(np.histogram(values, BINS, (-self.limit, self.limit))[0])
        self.gradients.append(self.pending.copy())
        self.pending[:] = 0

    def forget(self, kept: list[bool]) -> None:
        """Keep some of the epochs; gradients of the others count with those of the next one that is kept."""
        before, self.gradients = self.gradients, []
        gathered = np.zeros_like(self.pending)
        for row, is_kept in zip(before, kept, strict=True):
            gathered = gathered + row
            if is_kept:
                self.gradients.append(gathered)
                gathered = np.zeros_like(self.pending)
        self.pending += gathered
        self.weights = [row for row, is_kept in zip(self.weights, kept, strict=True) if is_kept]


def _halved(row: np.ndarray) -> np.ndarray:
    """The same counts in bins of twice the width."""
    return np.pad(row.reshape(-1, 2).sum(axis=1), BINS // 4)


class Histograms(Callback):
    """Counts how large the weights and the gradients of a model are, by epoch: `plot` draws it.

    Weights are counted at first and after each epoch, in bins of one width on both sides of 0; gradients, as they come
    from the backward pass, in the first and each ``every``-th step of an epoch, in eight bins for each power of ten.
    Of long runs every second epoch is forgotten as often as needed to keep at most 100. So a parameter takes less
    than 400 kB, however large it is and however long the run. A run that is resumed goes on with its counts, if they
    are of the same parameters; else, and for another model, counting begins anew. Measured with ``every=10`` and
    batches of 64: 20% of the time of an MLP 784-256-128-10, and nothing that is seen of LeNet-5's.

    Parameters
    ----------
    parameters: their paths, or patterns such as ``"encoder.*.weight"``; all with two axes or more, which leaves out
        biases, if None.
    every: how many steps lie between two whose gradients are counted, 1 or more.

    Raises ArgumentError for ``every`` out of range, for parameters that are no texts, and when training begins, for a
    path that fits no parameter.

    Attributes
    ----------
    epochs: the numbers of those that are kept; 0 is before the first step.
    counts: of each parameter, by its path: its ``limit`` and counts, ``weights`` and ``gradients``, a row an epoch.

    >>> import nn, numpy as np
    >>> model, x = nn.models.mlp(8, [16], 2), np.random.default_rng(0).normal(size=(64, 8)).astype("f4")
    >>> histograms = Histograms()
    >>> optimizer = nn.optim.Adam(model.parameters(), lr=3e-3)
    >>> trainer = nn.train.Trainer(model, nn.functional.cross_entropy, optimizer, callbacks=[histograms])
    >>> _ = trainer.fit((x, (x[:, 0] > 0).astype(int)), epochs=2, progress=False)
    >>> histograms.epochs, list(histograms.counts)
    ([0, 1, 2], ['1.weight', '3.weight'])
    """

    def __init__(self, parameters: str | Iterable[str] | None = None, *, every: int = 10) -> None:
        check_whole("Histograms", 1, every=every)
        self.parameters: list[str] | None = None
        if parameters is not None:
            is_one = isinstance(parameters, str) or not isinstance(parameters, Iterable)
            given: list[Any] = [parameters] if is_one else [*parameters]
            if not given or not all(isinstance(path, str) for path in given):
                raise ag.errors.ArgumentError(
                    f"Histograms: parameters={given}; want paths or patterns of parameters, such as "
                    "'encoder.*.weight', or None for all with two axes or more."
                )
            self.parameters = given
        self.every = every
        self.epochs: list[int] = []
        self.counts: dict[str, Counts] = {}
        self._stride = 1  # from one epoch that is kept to the next
        self._steps = 0  # of the present epoch
        self._model: Module | None = None

    def plot(self, path: str | os.PathLike[str] | None = None) -> tuple[Axes, ...]:
        """Draw what was counted; see `nn.plots.plot_histograms`. Raises ArgumentError before training begins."""
        from nn.plots import plot_histograms

        return plot_histograms(self, path=path)

    # --- the turns of a run -----------------------------------------------------------------------------

    def on_fit_start(self, trainer: Trainer) -> None:
        """Count the weights as they are at first; a resumed run goes on."""
        paths = self._paths(trainer.model)
        if (self._model is not None and self._model is not trainer.model) or self.counts.keys() != set(paths):
            self.epochs, self.counts, self._stride, self._steps = [], {path: Counts() for path in paths}, 1, 0
        self._model = trainer.model
        if not self.epochs:
            self._keep(trainer)

    def on_epoch_start(self, trainer: Trainer) -> None:
        """The next step is looked at."""
        self._steps = 0

    def on_backward_end(self, trainer: Trainer) -> None:
        """Count the gradients, if it is time."""
        if self._steps % self.every == 0:
            for path, counts in self.counts.items():
                gradient = trainer.model.get_parameter(path).grad
                if gradient is not None:
                    counts.add_gradient(gradient.data)
        self._steps += 1

    def on_epoch_end(self, trainer: Trainer) -> None:
        """Count the weights."""
        if trainer.epoch % self._stride == 0:
            self._keep(trainer)

    def _keep(self, trainer: Trainer) -> None:
        self.epochs.append(trainer.epoch)
        for path, counts in self.counts.items():
            counts.end_epoch(trainer.model.get_parameter(path).data)
        if len(self.epochs) > MOST_EPOCHS:
            self._stride *= 2
            kept = [epoch % self._stride == 0 for epoch in self.epochs]
            self.epochs = [epoch for epoch in self.epochs if epoch % self._stride == 0]
            for counts in self.counts.values():
                counts.forget(kept)

    def _paths(self, model: Module) -> list[str]:
        named = dict(model.named_parameters())
        if self.parameters is None:
            return [path for path, parameter in named.items() if parameter.ndim > 1]
        for pattern in self.parameters:
            if not any(fnmatchcase(path, pattern) for path in named):
                raise ag.errors.ArgumentError(
                    f"Histograms: parameters has {pattern!r}, which fits none of the model's: {', '.join(named)}."
                )
        return [path for path in named if any(fnmatchcase(path, pattern) for pattern in self.parameters)]

    # --- state ----------------------------------------------------------------------------------------

    def state_dict(self) -> dict[str, Any]:
        """What was counted so far."""
        counts = {
            path: {
                "limit": of.limit,
                "weights": np.array(of.weights),
                "gradients": np.array(of.gradients),
                "pending": of.pending.copy(),
            }
            for path, of in self.counts.items()
        }
        return {"epochs": list(self.epochs), "stride": self._stride, "steps": self._steps, "counts": counts}

    def load_state_dict(self, state_dict: Mapping[str, Any]) -> None:
        """Take over what `state_dict` gave."""
        self.epochs, self._model = list(state_dict["epochs"]), None
        self._stride, self._steps = int(state_dict["stride"]), int(state_dict["steps"])
        self.counts = {
            path: Counts(of["limit"], list(of["weights"]), list(of["gradients"]), np.array(of["pending"]))
            for path, of in state_dict["counts"].items()
        }
