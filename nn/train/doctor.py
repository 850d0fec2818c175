"""The doctor: watches a training run, and says at its end, or early, what is wrong with the network."""

from __future__ import annotations

import os
from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

import autograd as ag
from nn.diagnostics import Diagnose, Report
from nn.module import Module
from nn.train.callbacks import Callback
from nn.train.nonfinite import NOT_FINITE
from nn.train.progress import say

if TYPE_CHECKING:
    from matplotlib.axes import Axes

    from nn.train.trainer import Trainer

EARLY = (3, 6, 12, 24)  # looks of the first epoch after which grave findings are said at once


class Doctor(Callback):
    """Diagnoses the network while it is trained: `nn.diagnostics.Diagnose`, to which the trainer says all it knows.

    At the end the report is printed. What is grave is said once already in the first epoch, on stderr. A run that is
    resumed goes on with what the doctor had seen, of the layers as much as the findings need.

    Parameters
    ----------
    every: how many steps lie between two that are looked at, 1 or more.
    show: whether to print; if not, ask for `report`.

    Raises ArgumentError for ``every`` out of range, when training begins.

    >>> import nn, numpy as np
    >>> _ = ag.manual_seed(0)
    >>> model, x = nn.models.mlp(8, [16], 2), np.random.default_rng(0).normal(size=(256, 8)).astype("f4")
    >>> doctor = Doctor(show=False)
    >>> optimizer = nn.optim.Adam(model.parameters(), lr=3e-3)
    >>> trainer = nn.train.Trainer(model, nn.functional.cross_entropy, optimizer, callbacks=[doctor])
    >>> _ = trainer.fit((x, (x[:, 0] > 0).astype(int)), epochs=5, progress=False)
    >>> print(doctor.report())
    Nothing is wrong (looked at 5 of 40 steps, 3 layers, 4 parameters).
    """

    def __init__(self, *, every: int = 10, show: bool = True) -> None:
        self.every = every
        self.show = show
        self._diagnose: Diagnose | None = None
        self._state: Mapping[str, Any] | None = None
        self._has_warned = False

    def report(self) -> Report:
        """What is wrong, as `Diagnose.report`. Raises ArgumentError before the first step."""
        return self._seen("report").report()

    def plot(self, path: str | os.PathLike[str] | None = None) -> tuple[Axes, ...]:
        """Draw what was seen, as `Diagnose.plot`. Raises ArgumentError before the first step."""
        return self._seen("plot").plot(path)

    def _seen(self, method: str) -> Diagnose:
        if self._diagnose is None:
            raise ag.errors.ArgumentError(
                f"Doctor.{method}: nothing was seen yet; give it to a Trainer, callbacks=[doctor], and call fit."
            )
        return self._diagnose

    # --- the turns of a run -----------------------------------------------------------------------------

    def on_fit_start(self, trainer: Trainer) -> None:
        """Begin to watch, or go on."""
        if self._diagnose is None or self._diagnose.model is not trainer.model:
            self._diagnose = Diagnose(trainer.model, trainer.optimizer, loss=trainer.loss, every=self.every)
        if self._state is not None:
            self._diagnose.load_state_dict(self._state)
            self._state = None
        self._diagnose.__enter__()

    def on_step_end(self, trainer: Trainer) -> None:
        """Tell what the step came to; and say what is grave, once, in the first epoch."""
        d = self._seen("on_step_end")
        if not isinstance(trainer.loss, Module):
            d.record(loss=trainer.last_loss, targets=trainer.last_targets)
        looks = len(d.course.steps)
        d.step_done()
        is_new = len(d.course.steps) > looks
        if is_new and self.show and not self._has_warned and trainer.epoch == 0 and len(d.course.steps) in EARLY:
            self._warn(d)

    def on_epoch_end(self, trainer: Trainer) -> None:
        """Tell what the validation came to."""
        row = trainer.history[-1]
        if "val_loss" in row:
            self._seen("on_epoch_end").record(val_loss=row["val_loss"], val_accuracy=row.get("val_accuracy"))

    def on_fit_end(self, trainer: Trainer) -> None:
        """Watch no longer, and print the report."""
        d = self._diagnose
        if d is None:  # another callback's error came before the first step
            return
        if trainer.stopped == NOT_FINITE and d.course.count and d.course.broken is None:  # of a step that has no end
            d.record(loss=trainer.last_loss, targets=trainer.last_targets)
        d.__exit__(None, None, None)
        if self.show and d.course.count:
            print(d.report(), flush=True)

    def _warn(self, d: Diagnose) -> None:
        grave = [finding for finding in d.report() if finding.severity == "serious"]
        if grave:
            self._has_warned = True
            text = "\n".join(str(finding) for finding in grave)
            say(f"the doctor, at step {d.course.count}:\n{text}")

    # --- state ----------------------------------------------------------------------------------------

    def state_dict(self) -> dict[str, Any]:
        """What was seen so far."""
        seen = None if self._diagnose is None else self._diagnose.state_dict()
        return {"seen": seen, "has_warned": self._has_warned}

    def load_state_dict(self, state_dict: Mapping[str, Any]) -> None:
        """Take over what `state_dict` gave."""
        self._state, self._has_warned = state_dict["seen"], bool(state_dict["has_warned"])
