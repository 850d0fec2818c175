"""``glassgrad lr-find``: which learning rate to train with."""

from __future__ import annotations

import argparse

import numpy as np

import autograd as ag
from nn.commands import building, runs
from nn.commands.options import config_of
from nn.commands.train import default_folder

PICTURE = "lr-find.png"


@np.errstate(over="ignore", invalid="ignore")  # the rate rises until it is far too high
def find_rate(arguments: argparse.Namespace) -> int:
    """Print a rate, or why there is none, draw what was found, and return the exit code."""
    job = building.job_of("lr-find", config_of("lr-find", arguments))
    out = runs.folder("lr-find", arguments.out or default_folder(job.config))
    print(job.title(), flush=True)
    trainer = building.trainer_of(job, None, [])
    try:
        found = trainer.lr_find(job.train)
        rate = found.suggestion
    except ag.errors.ArgumentError as error:
        raise runs.FailedError(f"glassgrad lr-find: {error}") from error
    drawn = runs.draw(out, {PICTURE: found.plot})
    print(f"{found}\n`glassgrad train ... --lr {rate:.2g}` trains with it")
    if drawn:
        print(f"wrote {PICTURE} to {out}")
    return 0
