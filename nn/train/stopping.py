"""Training ends where it no longer helps, and keeps the best weights."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

import autograd as ag
from nn.kernels.checks import check_whole
from nn.train.callbacks import Callback
from nn.train.monitoring import Best

if TYPE_CHECKING:
    from nn.train.trainer import Trainer


class EarlyStopping(Callback):
    """Ends training when something in the history has not been better for some epochs. Prechelt, 1998.

    With ``restore_best`` the model then has the weights of the best epoch, and so it has where all epochs are complete;
    a run that was interrupted keeps its last ones, to go on with. The best weights are part of the state: a resumed run
    restores the same ones. A run that it has ended stays so, also when `fit` is called again.

    Parameters
    ----------
    monitor: its name in the history, such as ``"val_loss"``.
    patience: epochs without a new best after which training ends, 1 or more.
    min_delta: by how much at least a new best is better, 0 or more.
    mode: "min" or "max", what is best; if "auto", the largest of accuracies and the like, and the smallest of the rest.
    restore_best: whether the weights of the best epoch are put back; of an average (`nn.optim.EMA`) too.

    Raises ArgumentError for arguments out of range, and after the first epoch for a name that the history has not.

    Attributes
    ----------
    best_epoch: which one was the best so far, from 1; None at first.

    >>> import nn, numpy as np
    >>> model = nn.Linear(2, 1)
    >>> optimizer = nn.optim.SGD(model.parameters(), lr=0.0)
    >>> trainer = nn.train.Trainer(model, nn.functional.mse_loss, optimizer, callbacks=[EarlyStopping("loss", 3)])
    >>> len(trainer.fit((np.ones((8, 2), "f4"), np.ones((8, 1), "f4")), epochs=50, progress=False))
    4
    """

    @ag.errors.without(restore_best_weights="its name is restore_best, and it is True if not given")
    def __init__(
        self,
        monitor: str = "val_loss",
        patience: int = 5,
        min_delta: float = 0.0,
        mode: str = "auto",
        restore_best: bool = True,
    ) -> None:
        check_whole("EarlyStopping", 1, patience=patience)
        if not min_delta >= 0:
            raise ag.errors.ArgumentError(f"EarlyStopping: min_delta={min_delta!r}; want at least 0.")
        self.patience = patience
        self.restore_best = restore_best
        self.best_epoch: int | None = None
        self._best = Best(monitor, mode, min_delta)
        self._waited = 0
        self._kept: Any = None  # the best weights, and the state of the average with them

    def on_fit_start(self, trainer: Trainer) -> None:
        """End at once a run that had been ended."""
        self._look(trainer)

    def on_epoch_end(self, trainer: Trainer) -> None:
        """Keep the weights, or lose patience."""
        if self._best.is_new(trainer.history[-1]):
            self.best_epoch, self._waited = trainer.epoch, 0
            if self.restore_best:
                average = None if trainer.average is None else trainer.average.state_dict()
                self._kept = {"weights": trainer.model.state_dict(), "average": average}
        else:
            self._waited += 1
        self._look(trainer)

    def on_fit_end(self, trainer: Trainer) -> None:
        """Put the best weights back, unless training is to go on."""
        is_over = self._waited >= self.patience or trainer.epoch >= trainer.epochs
        if is_over and self._kept is not None:
            trainer.model.load_state_dict(self._kept["weights"])
            if trainer.average is not None:
                trainer.average.load_state_dict(self._kept["average"])

    def state_dict(self) -> dict[str, Any]:
        """What is best so far, with its weights."""
        return {
            "best": self._best.value,
            "best_epoch": self.best_epoch,
            "waited": self._waited,
            "kept": self._kept,
        }

    def load_state_dict(self, state_dict: Mapping[str, Any]) -> None:
        """Go on with what was best."""
        self._best.value = state_dict["best"]
        self.best_epoch, self._waited = state_dict["best_epoch"], state_dict["waited"]
        self._kept = state_dict["kept"]

    def _look(self, trainer: Trainer) -> None:
        if self._waited >= self.patience:
            best = "never a number" if self._best.value is None else f"best, {self._best.value:.4g}"
            since = "" if self.best_epoch is None else f", in epoch {self.best_epoch}"
            trainer.stop(f"stopped early ({self._best.monitor} was {best}{since})")
