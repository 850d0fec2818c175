"""Callbacks: what is done beside the steps of a training run, at its turns."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from nn.train.trainer import Trainer


class Callback:
    """Does something at the turns of a training run; a subclass writes the methods that it needs.

    Each method is given the `Trainer`, whose attributes say where the run is, and whose ``stop(reason)`` ends it after
    the present step. Callbacks are called in the order in which the trainer has them.

    >>> class Loud(Callback):
    ...     def on_epoch_end(self, trainer):
    ...         print(f"epoch {trainer.epoch} is over")
    """

    def on_fit_start(self, trainer: Trainer) -> None:
        """Before the first step, when the data is known: a resumed run has its state already."""

    def on_epoch_start(self, trainer: Trainer) -> None:
        """Before the first step of an epoch."""

    def on_backward_end(self, trainer: Trainer) -> None:
        """When the gradients of a step are there, before they are clipped and the optimizer uses them."""

    def on_step_end(self, trainer: Trainer) -> None:
        """After a step of the optimizer."""

    def on_epoch_end(self, trainer: Trainer) -> None:
        """After an epoch and its validation: ``trainer.history[-1]`` is what they came to."""

    def on_fit_end(self, trainer: Trainer) -> None:
        """After the last step, however the run ended; also where an error ended it."""

    def state_dict(self) -> dict[str, Any]:
        """What a resumed run has to know: numbers, text, lists and dicts of them, and arrays, by name."""
        return {}

    def load_state_dict(self, state_dict: Mapping[str, Any]) -> None:
        """Take over what `state_dict` gave."""
