"""What all jobs of the command share: exit codes, options of a model, the folder of a run and what is written there."""

from __future__ import annotations

import argparse
import json
import math
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any

import nn
from autograd import viz, write_whole
from nn.train.files import prepare_folder

FAILED = 1
BAD_ARGUMENTS = 2
INTERRUPTED = 130  # 128 + SIGINT, as shells have it

WEIGHTS = "model.safetensors"
EXPLODED = "the loss is not a finite number any more: try a smaller --lr"
OF_TRAINING = ("train_size", "epochs", "batch_size", "lr", "weight_decay", "hidden")
OF_LANGUAGE = ("layers", "steps", "dropout", "temperature")


class BadArgumentsError(Exception):
    """What was asked for cannot be done; the message is one line for the user."""


def bad(command: str, message: object) -> BadArgumentsError:
    """The error of a subcommand, for the caller to raise.

    >>> print(bad("train", "no such data"))
    glassgrad train: no such data
    """
    return BadArgumentsError(f"glassgrad {command}: {message}")


def settle(arguments: argparse.Namespace, defaults: Mapping[str, Any]) -> None:
    """Fill in defaults for what the user did not say; they depend on the model and the data.

    >>> arguments = argparse.Namespace(epochs=None, lr=0.1)
    >>> settle(arguments, {"epochs": 30, "lr": 3e-3}); arguments
    Namespace(epochs=30, lr=0.1)
    """
    for name, default in defaults.items():
        if getattr(arguments, name) is None:
            setattr(arguments, name, default)


def settings(arguments: argparse.Namespace, *more: str) -> dict[str, Any]:
    """What a run was told, for its history."""
    return {name: getattr(arguments, name) for name in ("model", "data", *OF_TRAINING, *more, "seed")}


def optimizer(model: nn.Module, arguments: argparse.Namespace) -> Any:
    """Adam, or AdamW where weights are to decay."""
    if arguments.weight_decay:
        return nn.optim.AdamW(model.parameters(), lr=arguments.lr, weight_decay=arguments.weight_decay)
    return nn.optim.Adam(model.parameters(), lr=arguments.lr)


def folder(arguments: argparse.Namespace, name: str) -> Path:
    """Where to write, made and tried before any work is done."""
    out: Path = arguments.out or Path("runs") / name
    try:
        prepare_folder(out)
    except OSError as error:
        raise bad("train", f"cannot write to {out}: {error.strerror}") from error
    return out


def ended(epochs: int, of: int, is_stopped: bool, seconds: float) -> str:
    """The line about the end of training.

    >>> ended(3, 3, False, 12.34)
    'trained 3 epochs in 12.3 s'
    """
    if is_stopped:
        return f"interrupted after {epochs} of {of} epochs; saving what there is"
    return f"trained {epochs} epochs in {seconds:.1f} s"


def write_record(path: Path, record: Mapping[str, Any]) -> None:
    """Write JSON; null stands for numbers that are not finite, for which JSON has no word."""
    write_whole(path, json.dumps(_finite(record), indent=2).encode())


def _finite(value: Any) -> Any:
    if isinstance(value, Mapping):
        return {key: _finite(part) for key, part in value.items()}
    if isinstance(value, list):
        return [_finite(part) for part in value]
    return None if isinstance(value, float) and not math.isfinite(value) else value


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
        except (viz.RenderError, ModuleNotFoundError) as error:
            (out / name).unlink(missing_ok=True)  # one of an earlier run would not show this one
            print(f"without {name}: {error}")
    return drawn
