"""A run on disk: a folder with its weights, all other arrays, and everything else as JSON, checked by SHA-256."""

from __future__ import annotations

import hashlib
import json
import os
import shutil
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np

import autograd as ag
from nn.module import Module
from nn.train.structures import put_together, take_apart
from nn.weights import read_arrays, save, save_arrays

WEIGHTS, ARRAYS, STATE, SUMS = "model.safetensors", "arrays.safetensors", "state.json", "sha256.txt"
FORMAT = 1
PART = ".part-"  # what the name of a folder that is being written begins with
MOST_STATE = 1 << 30  # bytes of JSON


@dataclass(frozen=True, slots=True)
class Snapshot:
    """A run as it was at some step.

    Attributes
    ----------
    path: its folder.
    state: what `write_snapshot` was given; in a checkpoint of a `Trainer`, what its ``state_dict()`` gave.
    weights: what ``model.state_dict()`` gave.

    >>> import nn, tempfile
    >>> with tempfile.TemporaryDirectory() as folder:
    ...     write_snapshot(f"{folder}/epoch-3", nn.Linear(2, 1), {"epoch": 3})
    ...     snapshot = read_snapshot(f"{folder}/epoch-3")
    >>> snapshot.path.name, snapshot.state, sorted(snapshot.weights)
    ('epoch-3', {'epoch': 3}, ['bias', 'weight'])
    """

    path: Path
    state: Any
    weights: dict[str, np.ndarray]


def write_snapshot(path: str | os.PathLike[str], model: Module, state: Mapping[str, Any]) -> None:
    """Write a model and what else a run has to know to a folder that is there whole, and on the disk, or not at all.

    For loops that are written by hand: `Checkpoints` does it for a `Trainer`. It is written under another name, synced
    and renamed; one that is there already is removed just before, so give each epoch's a name of its own. The file of
    sums is what ``sha256sum --check`` reads.

    Parameters
    ----------
    path: of the folder.
    model: whose weights are written.
    state: numbers, text, arrays, and lists and dicts of them, such as the optimizer's ``state_dict()``; tuples come
        back as lists.

    Raises OSError, which names the path, where it cannot be written, and ArgumentError for a state of other things;
    nothing is left behind then.

    >>> import nn, tempfile
    >>> model = nn.Linear(2, 1)
    >>> optimizer = nn.optim.Adam(model.parameters())
    >>> with tempfile.TemporaryDirectory() as folder:
    ...     write_snapshot(f"{folder}/epoch-3", model, {"epoch": 3, "optimizer": optimizer.state_dict()})
    ...     snapshot = read_snapshot(f"{folder}/epoch-3")
    >>> optimizer.load_state_dict(snapshot.state["optimizer"])
    >>> snapshot.state["epoch"], sorted(snapshot.weights)
    (3, ['bias', 'weight'])
    """
    path = Path(path)
    arrays: dict[str, np.ndarray] = {}
    record = {"format": FORMAT, "state": take_apart(state, arrays)}
    part = path.with_name(f"{PART}{path.name}.{os.urandom(4).hex()}")
    try:
        part.mkdir(parents=True)
        save(model, part / WEIGHTS)
        save_arrays(arrays, part / ARRAYS)
        ag.write_whole(part / STATE, json.dumps(record).encode())
        sums = "".join(f"{_sum(part / name)}  {name}\n" for name in (WEIGHTS, ARRAYS, STATE))
        ag.write_whole(part / SUMS, sums.encode())
        _sync(part)
        if path.exists():  # a damaged one of the same step
            remove_snapshot(path)
        part.rename(path)
        _sync(path.parent)
    finally:
        shutil.rmtree(part, ignore_errors=True)


def read_snapshot(path: str | os.PathLike[str]) -> Snapshot:
    """Read a snapshot whose files are what they were when it was written: its ``weights`` and its ``state``.

    Parameters
    ----------
    path: of the folder that `write_snapshot` wrote.

    Raises ArgumentError where a file is missing or not what was written.

    >>> import nn, tempfile
    >>> with tempfile.TemporaryDirectory() as folder:
    ...     write_snapshot(f"{folder}/epoch-3", nn.Linear(2, 1), {"epoch": 3})
    ...     read_snapshot(f"{folder}/epoch-3").weights["weight"].shape
    (1, 2)
    """
    path = Path(path)
    try:
        sums = dict(line.split("  ", 1)[::-1] for line in (path / SUMS).read_text().splitlines())
        for name in (WEIGHTS, ARRAYS, STATE):
            if _sum(path / name) != sums.get(name):
                raise _damaged(path, f"{name} is not what was written")
        if (path / STATE).stat().st_size > MOST_STATE:
            raise _damaged(path, f"{STATE} is larger than {MOST_STATE:,} bytes")
        record = json.loads((path / STATE).read_bytes())
    except ag.errors.ArgumentError:
        raise
    except OSError as error:
        raise _damaged(path, f"{Path(error.filename or path).name}: {error.strerror}") from error
    except (ValueError, RecursionError) as error:
        raise _damaged(path, str(error)) from error
    if not isinstance(record, dict) or not {"format", "state"} <= record.keys():
        raise _damaged(path, f"{STATE}: want an object with format and state")
    if record["format"] != FORMAT:
        raise ag.errors.ArgumentError(
            f"{path} is of format {record['format']}, and this version of glassgrad reads {FORMAT}."
        )
    arrays, _ = read_arrays(path / ARRAYS)
    weights, _ = read_arrays(path / WEIGHTS)
    try:
        state = put_together(record["state"], arrays)
    except (LookupError, TypeError, ValueError) as error:  # of a file that was changed by hand
        raise _damaged(path, f"{STATE}: {type(error).__name__}: {error}") from error
    return Snapshot(path, state, weights)


def remove_snapshot(path: Path) -> None:
    """Remove a snapshot, which is not there any more under its name before the first of its files goes."""
    part = path.with_name(f"{PART}{path.name}.{os.urandom(4).hex()}")
    path.rename(part)
    shutil.rmtree(part, ignore_errors=True)


def remove_parts(folder: Path) -> None:
    """Remove what runs that were killed while they wrote, or removed, have left behind."""
    for part in folder.glob(f"{PART}*"):
        shutil.rmtree(part, ignore_errors=True)


def _sum(path: Path) -> str:
    with open(path, "rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()


def _sync(folder: Path) -> None:
    """Have names in a folder reach the disk, where the system can be asked for it."""
    if hasattr(os, "O_DIRECTORY"):
        descriptor = os.open(folder, os.O_RDONLY | os.O_DIRECTORY)
        try:
            os.fsync(descriptor)
        finally:
            os.close(descriptor)


def _damaged(path: Path, what: str) -> ag.errors.ArgumentError:
    return ag.errors.ArgumentError(f"the checkpoint {path} is damaged ({what}).")
