"""What the commands do with a network and its data, whatever these are."""

from __future__ import annotations

import hashlib
from abc import ABC, abstractmethod
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np

import autograd as ag
import nn
from nn.train import Callback, Trainer
from nn.train.history import History

if TYPE_CHECKING:
    from nn.commands.config import RunConfig

Pictures = dict[str, Callable[[Path], Any] | None]  # how each file is drawn; None for one that there is not


@dataclass(frozen=True)
class Step:
    """The loss of a batch, to be drawn.

    Attributes
    ----------
    model: the network.
    loss: computes it of ``inputs``, whose names in the picture are those of its parameters.
    inputs: of the batch, those of the network and what it is to say of them.
    """

    model: nn.Module
    loss: Callable[..., Any]
    inputs: tuple[Any, ...]

    def graph(self, gradients: bool = False, timed: int = 0) -> ag.Graph:
        """The snapshot of a call, in training; arguments as for `ag.graph`."""
        self.model.train()
        return ag.graph(self.loss, *self.inputs, names=self.model, gradients=gradients, timed=timed)


class Job(ABC):
    """A network, made and ready, and its data: the base of those for samples with classes and for texts.

    Attributes
    ----------
    config: all that the run was told, with defaults for all that it was not.
    model: the network.
    train, held_out: the batches.
    monitor: by which name in the history the best epoch is known.
    keeps_best: whether the weights of the best epoch are kept rather than the last ones.
    """

    config: RunConfig
    model: Any
    train: Any
    held_out: Any
    monitor: str
    keeps_best: bool

    @abstractmethod
    def title(self) -> str:
        """What is learnt from what, in a line."""

    @abstractmethod
    def sample(self) -> np.ndarray:
        """Inputs, for a summary of the network."""

    @abstractmethod
    def begin(self) -> list[Callback]:
        """Print what is to be known before training, and return what is done after each epoch."""

    @abstractmethod
    def trainer(self, optimizer: nn.optim.Optimizer, callbacks: Iterable[Callback] = (), **options: Any) -> Trainer:
        """What trains the network."""

    @abstractmethod
    def facts(self) -> dict[str, Any]:
        """What a run notes of its data, beside their sum: by name."""

    @abstractmethod
    def arrays(self) -> list[np.ndarray]:
        """The data, whose sum tells whether they are the same ones."""

    @abstractmethod
    def judge(self, model: Any, noted: Mapping[str, Any]) -> str:
        """Take the network of a run that has learnt from other data, so that `held_out` is what it is to be asked.

        Parameters
        ----------
        model: the network.
        noted: what `facts` said of the data that it has learnt from.

        Returns what it is asked, in words; raises ValueError where it does not fit.
        """

    @abstractmethod
    def results(self, trainer: Trainer, out: Path) -> tuple[dict[str, Any], list[str], str]:
        """What the network came to, for the history; the names of files it has written; and a line to print."""

    @abstractmethod
    def step(self) -> Step:
        """The loss of some of what is learnt from."""

    @abstractmethod
    def pictures(self, history: History) -> Pictures:
        """How each picture is drawn."""

    def notes(self) -> dict[str, Any]:
        """What the run notes of its data."""
        return {**self.facts(), "sha256": digest(self.arrays())}


def digest(arrays: Iterable[np.ndarray]) -> str:
    """A sum by which arrays are known again: their dtypes, shapes and values.

    >>> digest([np.zeros(2)]) == digest([np.zeros(2)]) != digest([np.zeros((2, 1))])
    True
    """
    found = hashlib.sha256()
    for array in arrays:
        found.update(f"{array.dtype}{array.shape}".encode())
        found.update(np.ascontiguousarray(array).data)
    return found.hexdigest()
