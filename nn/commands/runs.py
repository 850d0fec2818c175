"""What all jobs of the command share: exit codes and errors, the folder of a run and what is written there."""

from __future__ import annotations

import json
import shutil
from collections.abc import Callable, Mapping
from contextlib import suppress
from pathlib import Path
from typing import TYPE_CHECKING, Any

from autograd import viz, write_whole
from nn.commands.toml_files import to_toml
from nn.train.checkpoints import INSIDE, found
from nn.train.folders import prepare_folder
from nn.train.structures import finite

if TYPE_CHECKING:
    from nn.commands.config import RunConfig

FAILED = 1
BAD_ARGUMENTS = 2
INTERRUPTED = 130  # 128 + SIGINT, as shells have it

WEIGHTS = "model.safetensors"
BEST = "best.safetensors"  # of a run that is not finished
HISTORY = "history.json"
CONFIG = "run.toml"
LOG = "log.csv"
FOUND = "found"  # the section of run.toml that says what the data were like, and is no setting


class BadArgumentsError(Exception):
    """What was asked for cannot be done; the message is one line for the user."""


class FailedError(Exception):
    """What was asked for went wrong; the message is for the user."""


def bad(command: str, message: object) -> BadArgumentsError:
    """The error of a subcommand, for the caller to raise.

    >>> print(bad("train", "no such data"))
    glassgrad train: no such data
    """
    return BadArgumentsError(f"glassgrad {command}: {message}")


# --- the folder of a run --------------------------------------------------------------------------------


def folder(command: str, out: Path) -> Path:
    """Where to write, made and tried before any work is done."""
    try:
        prepare_folder(out)
    except OSError as error:
        raise bad(command, f"cannot write to {out}: {error.strerror}") from error
    return out


def claim(out: Path, overwrite: bool) -> None:
    """Take a folder for a new run, whose first checkpoint may be far: what an earlier one has left is removed.

    Raises BadArgumentsError where that one is not finished, unless it is to be overwritten.
    """
    there = found(out)
    if there and not is_over(out) and not overwrite:
        raise bad(
            "train",
            f"{out} holds a run that is not finished, the newest checkpoint {there[0].name}: `glassgrad resume {out}` "
            "goes on with it, --overwrite begins anew, --out takes another folder",
        )
    if (out / INSIDE).exists():
        shutil.rmtree(out / INSIDE)  # first: what goes on from here belongs to one run
    for name in (HISTORY, WEIGHTS, BEST, LOG, CONFIG):
        (out / name).unlink(missing_ok=True)


def record_of(out: Path) -> dict[str, Any] | None:
    """The history of a run that has ended; None where there is none, or none that can be read."""
    try:
        record = json.loads((out / HISTORY).read_bytes())
    except (OSError, ValueError):
        return None
    return record if isinstance(record, dict) else None


def is_over(out: Path) -> bool:
    """Whether the run in a folder has come to its end, or failed, and was not interrupted."""
    record = record_of(out)
    return record is not None and not record.get("interrupted", True)


def weights_of(command: str, run: Path) -> Path:
    """The file with the weights of a run: the last ones, or what there is of one that is not finished."""
    if run.is_file():
        return run
    newest = [path / WEIGHTS for path in found(run)[:1]]
    for path in (run / WEIGHTS, run / BEST, *newest):
        if path.is_file():
            return path
    what = f"{run} has no {WEIGHTS}" if run.is_dir() else f"there is no {run}"
    raise bad(command, f"{what}; give the folder of a run, as `glassgrad train` writes it")


def write_settings(out: Path, config: RunConfig, notes: Mapping[str, Any]) -> None:
    """Write what a run was told, with all defaults, and what was noted of its data."""
    head = (
        "# The settings of a run. `glassgrad train --config THIS --out FOLDER` repeats it; [found] is what the data\n"
        "# were like, which `glassgrad resume` and `predict` look at and `train` does not.\n\n"
    )
    write_whole(out / CONFIG, (head + to_toml({**config.said(), FOUND: notes})).encode())


# --- what is written at the end -------------------------------------------------------------------------


def write_record(path: Path, record: Mapping[str, Any]) -> None:
    """Write JSON; null stands for numbers that are not finite, for which JSON has no word."""
    write_whole(path, json.dumps(finite(record), indent=2).encode())


def draw(out: Path, pictures: Mapping[str, Callable[[Path], Any] | None]) -> list[str]:
    """Draw the pictures of a run; returns the names of their files.

    One that cannot be drawn here costs a line, which says how to get it, not the run. Where there is none to draw, that
    of an earlier run is taken away.
    """
    drawn = []
    for name, save in pictures.items():
        if save is None:
            (out / name).unlink(missing_ok=True)
            continue
        try:
            save(out / name)
            drawn.append(name)
        except (viz.RenderError, ModuleNotFoundError, OSError) as error:
            with suppress(OSError):
                (out / name).unlink(missing_ok=True)  # one of an earlier run would not show this one
            print(f"without {name}: {error}")
    return drawn
