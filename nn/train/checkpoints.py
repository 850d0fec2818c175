"""Checkpoints: a run that is killed, or stopped, goes on from the last one as if nothing had happened."""

from __future__ import annotations

import os
from collections.abc import Mapping
from contextlib import suppress
from pathlib import Path
from typing import TYPE_CHECKING, Any

import autograd as ag
from nn.kernels.checks import check_whole
from nn.train.callbacks import Callback
from nn.train.folders import prepare_folder
from nn.train.interrupts import INTERRUPTED
from nn.train.monitoring import Best
from nn.train.progress import say
from nn.train.snapshots import Snapshot, read_snapshot, remove_parts, remove_snapshot, write_snapshot
from nn.weights import save

if TYPE_CHECKING:
    from nn.train.trainer import Trainer

INSIDE = "checkpoints"  # the folder of checkpoints in that of a run
STEP = "step-"  # what the names of checkpoints begin with


class Checkpoints(Callback):
    """Saves the run, so that it can be resumed: see `Trainer.resume`.

    A checkpoint holds weights, buffers, the optimizer, the schedule, every random state, the place in the data, the
    callbacks' states and the history. It is a folder, ``checkpoints/step-00000312``, written under another name,
    synced and renamed; the ones before are removed after that. Where it cannot be written, as on a full disk, a line
    says so and training goes on.

    Parameters
    ----------
    folder: of the run; made if it is not there.
    keep: how many checkpoints, 1 or more; the newest ones.
    every: epochs between two checkpoints, 1 or more; None for none at the end of epochs.
    every_steps: steps between two checkpoints, for long epochs; None for none. Where training is stopped, as by Ctrl-C,
        there is one too.
    best: a name in the history, such as ``"val_loss"``: the weights of the epoch that was best by it are kept in
        ``best.safetensors``, for ``nn.load_weights``.
    mode: "min" or "max", what is best; by the name if "auto".
    overwrite: whether checkpoints of another run in the folder are removed; else they are an error.
    remedy: how the run is resumed, as the line after an interrupt says.

    Raises ArgumentError for numbers out of range; when training begins, OSError for a folder that cannot be written to,
    and ArgumentError for one with the checkpoints of another run.

    >>> import nn, numpy as np, tempfile
    >>> data = np.ones((8, 2), "f4"), np.ones((8, 1), "f4")
    >>> def built(folder):
    ...     model = nn.Linear(2, 1)
    ...     optimizer = nn.optim.Adam(model.parameters())
    ...     return nn.train.Trainer(model, nn.functional.mse_loss, optimizer, callbacks=[Checkpoints(folder)])
    >>> with tempfile.TemporaryDirectory() as folder:
    ...     history = built(folder).fit(data, epochs=2, progress=False)
    ...     trainer = built(folder)
    ...     print(trainer.resume(folder), trainer.epoch, trainer.step)
    True 2 2
    """

    def __init__(
        self,
        folder: str | os.PathLike[str],
        *,
        keep: int = 2,
        every: int | None = 1,
        every_steps: int | None = None,
        best: str | None = None,
        mode: str = "auto",
        overwrite: bool = False,
        remedy: str | None = None,
    ) -> None:
        given = {name: value for name, value in (("every", every), ("every_steps", every_steps)) if value is not None}
        check_whole("Checkpoints", 1, keep=keep, **given)
        self.folder = Path(folder)
        self.keep = keep
        self.every, self.every_steps = every, every_steps
        self.best = None if best is None else Best(best, mode)
        self.overwrite = overwrite
        self.remedy = remedy or f"trainer.resume({os.fspath(folder)!r}) and the same fit go on from here"
        self._saved_at = -1  # the step of the newest one

    def on_fit_start(self, trainer: Trainer) -> None:
        """Try the folder, and look at what is there."""
        prepare_folder(self.folder / INSIDE)
        remove_parts(self.folder / INSIDE)
        there = found(self.folder)
        if trainer.step == 0 and there and not self.overwrite:
            raise ag.errors.ArgumentError(
                f"Checkpoints: {self.folder} has those of another run, the newest {there[0].name}. To go on with it "
                f"call trainer.resume({os.fspath(self.folder)!r}) before fit; or give another folder, or "
                "overwrite=True."
            )
        for path in there if trainer.step == 0 else []:
            remove_snapshot(path)

    def on_step_end(self, trainer: Trainer) -> None:
        """Save, if it is time or training is about to stop."""
        is_time = self.every_steps is not None and trainer.step % self.every_steps == 0
        if is_time or trainer.stopped is not None:
            self._save(trainer)

    def on_epoch_end(self, trainer: Trainer) -> None:
        """Save, and keep the best weights."""
        if self.best is not None and self.best.is_new(trainer.history[-1]):
            path = self.folder / "best.safetensors"
            with trainer.averaged():
                self._try(lambda: save(trainer.model, path), path)
        is_last = trainer.stopped is not None or trainer.epoch == trainer.epochs
        if is_last or (self.every is not None and trainer.epoch % self.every == 0):
            self._save(trainer)

    def on_fit_end(self, trainer: Trainer) -> None:
        """Say how to go on, if training was interrupted."""
        if trainer.stopped == INTERRUPTED and self._saved_at == trainer.step:
            say(f"saved to {self.folder}; {self.remedy}")

    def state_dict(self) -> dict[str, Any]:
        """What is best so far."""
        return {"best": None if self.best is None else self.best.value}

    def load_state_dict(self, state_dict: Mapping[str, Any]) -> None:
        """Go on with what was best."""
        if self.best is not None:
            self.best.value = state_dict["best"]

    def _save(self, trainer: Trainer) -> None:
        path = self.folder / INSIDE / f"{STEP}{trainer.step:08d}"
        if self._try(lambda: write_snapshot(path, trainer.model, trainer.state_dict()), path):
            self._saved_at = trainer.step
            for older in found(self.folder)[self.keep :]:
                with suppress(OSError):  # it is tried again after the next one
                    remove_snapshot(older)

    def _try(self, write: Any, path: Path) -> bool:
        try:
            write()
        except OSError as error:
            say(f"not saved: {path}: {error.strerror or error}; training goes on")
            return False
        return True


def found(folder: str | os.PathLike[str]) -> list[Path]:
    """The checkpoints in the folder of a run, the newest first; what others have put beside them is left alone.

    >>> import tempfile
    >>> found(tempfile.mkdtemp())
    []
    """
    paths = Path(folder, INSIDE).glob(f"{STEP}*")
    return sorted((path for path in paths if path.name.removeprefix(STEP).isdecimal()), reverse=True)


def newest_whole(folder: str | os.PathLike[str]) -> Snapshot | None:
    """The newest checkpoint of a run that is whole, or None where there are none; a line says which ones are damaged.

    Raises ArgumentError where all are.
    """
    problems = []
    for path in found(folder):
        try:
            snapshot = read_snapshot(path)
        except ag.errors.ArgumentError as error:
            problems.append(str(error))
            continue
        for problem in problems:
            say(f"{problem.rstrip('.')}; {path.name} is used in its place")
        return snapshot
    if problems:
        raise ag.errors.ArgumentError(f"no checkpoint in {os.fspath(folder)} is whole: {' '.join(problems)}")
    return None
