"""``glassgrad train``, and ``glassgrad resume``, which goes on where a run stopped."""

from __future__ import annotations

import argparse
import shlex
import sys
from pathlib import Path
from typing import Any

import numpy as np

import autograd as ag
import nn
from nn.commands import building, runs
from nn.commands.config import RunConfig
from nn.commands.jobs import Job
from nn.commands.options import config_of, read_run
from nn.train import Trainer
from nn.train.checkpoints import found
from nn.train.interrupts import INTERRUPTED

EXPLODED = "the loss is not a finite number any more: try a smaller --lr, or --clip-norm 1"


@np.errstate(over="ignore", invalid="ignore")  # what is not finite any more is said in words
def train(arguments: argparse.Namespace) -> int:
    """Train the network that was asked for, write what came of it, and return the exit code."""
    job = building.job_of("train", config_of("train", arguments))
    out = runs.folder("train", arguments.out or default_folder(job.config))
    runs.claim(out, arguments.overwrite)
    runs.write_settings(out, building.portable(job.config), job.notes())
    print(job.title())
    print(nn.summary(job.model, job.sample()), flush=True)
    trainer = _trainer(job, out)
    return _run(job, trainer, out)


@np.errstate(over="ignore", invalid="ignore")
def resume(arguments: argparse.Namespace) -> int:
    """Go on with a run as if it had never stopped, write what came of it, and return the exit code."""
    out: Path = arguments.run
    config, noted = read_run("resume", out)
    epochs = arguments.epochs or config.training.epochs
    if (note := _what_is_over(out, arguments.epochs)) is not None:
        print(note)
        return 0
    job = building.job_of("resume", config.updated({"training": {"epochs": epochs}}))
    if noted.get("sha256") != job.notes()["sha256"]:
        raise runs.FailedError(
            f"glassgrad resume: {config.data.name} is not what {out} has learnt from: its data have changed since. Put "
            f"them back, or begin anew: glassgrad train --config {_quoted(out / runs.CONFIG)} --overwrite --out "
            f"{_quoted(out)}"
        )
    trainer = _trainer(job, out)
    _go_back(trainer, job, out, is_over=runs.is_over(out))
    for name in (runs.HISTORY, runs.WEIGHTS):  # if this is killed, the run is not finished, and has newer weights
        (out / name).unlink(missing_ok=True)
    if trainer.epochs not in (0, epochs):
        building.lay_again(trainer, job)
        runs.write_settings(out, building.portable(job.config), noted)
    return _run(job, trainer, out)


def _what_is_over(out: Path, epochs: int | None) -> str | None:
    """What to say of a run that is finished, and is to have no more epochs; None for others.

    Raises FailedError for a run that has failed.
    """
    record = runs.record_of(out)
    if record is None or not runs.is_over(out):
        return None
    done = len(record.get("epochs", ()))
    if record.get("error"):
        raise runs.FailedError(
            f"glassgrad resume: {out} failed after {done} epochs, and would again: train anew, with a smaller --lr. It "
            f"was this: {record['error']}"
        )
    if epochs is not None and epochs > done:
        return None
    more = f"`glassgrad resume {_quoted(out)} --epochs {2 * done}` adds as many again"
    return f"{out} is finished, after {done} epochs; {more}"


def _go_back(trainer: Trainer, job: Job, out: Path, is_over: bool) -> None:
    """To the newest checkpoint, and say where that is."""
    try:
        has_checkpoint = trainer.resume(out)
    except ag.errors.GlassgradError as error:
        raise runs.FailedError(f"glassgrad resume: {error}") from error
    if not has_checkpoint and is_over:
        raise runs.FailedError(f"glassgrad resume: {out} is finished, and its checkpoints are gone; train it anew")
    if trainer.epoch > _epochs(job):
        raise runs.bad("resume", f"--epochs {_epochs(job)}: {trainer.epoch} are complete already; it counts them all")
    where = f"goes on in epoch {trainer.epoch + 1}, after step {trainer.step:,}"
    print(f"{job.title()}; {where if has_checkpoint else 'begins, as there is no checkpoint'}", flush=True)


def _epochs(job: Job) -> int:
    """How many epochs there are to be."""
    return int(job.config.training.epochs or 1)


def default_folder(config: RunConfig) -> Path:
    """Where a run is written if nobody says."""
    return Path("runs") / f"{Path(str(config.data.name)).stem}-{config.model.name}"


def _trainer(job: Job, out: Path) -> Trainer:
    return building.trainer_of(job, out, job.begin(), remedy=f"`glassgrad resume {_quoted(out)}` goes on from here")


def _run(job: Job, trainer: Trainer, out: Path) -> int:
    """Train, and write what came of it; returns the exit code."""
    error = None
    try:
        if trainer.epoch < _epochs(job):
            trainer.fit(job.train, job.held_out, _epochs(job))
    except ag.errors.NonFiniteError as failure:
        error = str(failure)
    except KeyboardInterrupt:  # the second one, which did not wait
        if found(out):
            print(f"`glassgrad resume {_quoted(out)}` goes on from the last checkpoint", file=sys.stderr)
        raise
    history = trainer.history
    seconds = sum(history["seconds"])
    print(ended(len(history), _epochs(job), trainer.stopped, seconds, error is not None))
    _settle_weights(job, trainer, out)
    record: dict[str, Any] = {
        "settings": building.portable(job.config).said(),
        "epochs": history.rows,
        "interrupted": trainer.stopped == INTERRUPTED,
        "error": error,
        "seconds": seconds,
    }
    nn.save(job.model, out / runs.WEIGHTS)
    results, files, line = job.results(trainer, out)
    pictures = runs.draw(out, job.pictures(history))
    runs.write_record(out / runs.HISTORY, record | results)  # last, since with it the run is over
    print(f"wrote {', '.join([runs.WEIGHTS, runs.HISTORY, runs.CONFIG, *files, *pictures])} to {out}")
    if error is not None:
        raise runs.FailedError(f"{error}\nglassgrad: {EXPLODED}")
    print(line)
    return 128 + trainer.signal if record["interrupted"] else 0


def _settle_weights(job: Job, trainer: Trainer, out: Path) -> None:
    """Give the network the weights that are kept: of the best epoch, or the average, or the last ones."""
    if job.keeps_best and (out / runs.BEST).is_file():
        nn.load_weights(job.model, out / runs.BEST)
    elif trainer.average is not None:
        with trainer.average.applied():
            averaged = job.model.state_dict()
        job.model.load_state_dict(averaged)
    trainer.average = None  # what is evaluated now is what is written


def ended(epochs: int, of: int, stopped: str | None, seconds: float, has_failed: bool = False) -> str:
    """The line about the end of training.

    >>> ended(3, 3, None, 12.34)
    'trained 3 epochs in 12.3 s'
    >>> ended(1, 3, "interrupted", 12.34)
    'interrupted after 1 of 3 epochs; saving what there is'
    """
    if has_failed or stopped == INTERRUPTED:
        return f"{'failed' if has_failed else stopped} after {epochs} of {of} epochs; saving what there is"
    return f"trained {epochs} epochs in {seconds:.1f} s" + (f": {stopped}" if stopped else "")


def _quoted(path: Path) -> str:
    return shlex.quote(str(path))
