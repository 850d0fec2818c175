"""``glassgrad evaluate``: how good the network of a run is."""

from __future__ import annotations

import argparse
from collections.abc import Sequence
from pathlib import Path

import numpy as np

import autograd as ag
import nn
from nn.commands import building, classify, runs
from nn.commands.options import read_run
from nn.metrics import ConfusionMatrix

MOST_CLASSES = 20  # of a matrix that fits into a terminal
MOST_CONFUSIONS = 10


@np.errstate(over="ignore", invalid="ignore")
def evaluate(arguments: argparse.Namespace) -> int:
    """Print loss, metrics and confusions; returns the exit code."""
    run: Path = arguments.run
    config, noted = read_run("evaluate", run)
    path = runs.weights_of("evaluate", run)
    if arguments.data is not None:
        config = config.updated({"data": {"name": arguments.data, "train_size": None, "batch_size": None}})
    job = building.job_of("evaluate", config)
    asked = f"what is held out of {config.data.name}"
    try:
        if arguments.data is None:
            nn.load_weights(job.model, path)
        else:
            asked = job.judge(nn.load(path), noted)
    except ag.errors.GlassgradError as error:
        raise runs.FailedError(f"glassgrad evaluate: {error}") from error
    except ValueError as error:
        raise runs.bad("evaluate", error) from error
    trainer = building.trainer_of(job, None, [])
    trainer.average = None  # the weights of the file are what is asked about
    classes = job.samples.classes if isinstance(job, classify.Classification) else ()
    if classes:
        trainer.metrics.append(ConfusionMatrix(classes))
    try:
        found = trainer.evaluate(job.held_out)
    except ag.errors.ShapeError as error:
        raise runs.bad("evaluate", f"the network of {run} does not take {config.data.name}: {error}") from error
    counts = found.pop("confusion-matrix", None)
    print(f"{path} on {asked}")
    for name, value in found.items():
        print(f"{name} {value:.4f}")
    if counts is not None:
        print("\n".join(["", *confusions(np.asarray(counts), classes)]))
    return 0


def confusions(counts: np.ndarray, classes: Sequence[str]) -> list[str]:
    """Lines of a matrix, or of the most frequent confusions where it would be too wide.

    >>> print("\\n".join(confusions(np.array([[5, 1], [0, 12]]), ["cat", "dog"])))
    true class, and what it was taken for
         cat  dog
    cat    5    1
    dog    .   12
    """
    if len(classes) > MOST_CLASSES:
        wrong = counts * ~np.eye(len(counts), dtype=bool)
        pairs = np.argsort(-wrong, axis=None)[:MOST_CONFUSIONS]
        places = [divmod(int(pair), len(counts)) for pair in pairs if wrong.flat[pair]]
        return ["most frequent confusions", *(f"{classes[i]} taken for {classes[j]}: {wrong[i, j]}" for i, j in places)]
    cells = [[str(count) if count else "." for count in row] for row in counts]
    left = max(map(len, classes))
    widths = [max(len(name), *(len(row[j]) for row in cells)) for j, name in enumerate(classes)]

    def line(name: str, row: Sequence[str]) -> str:
        return "  ".join([name.ljust(left), *(cell.rjust(width) for cell, width in zip(row, widths, strict=True))])

    rows = [line(name, row) for name, row in zip(classes, cells, strict=True)]
    return ["true class, and what it was taken for", line("", classes), *rows]
