"""``glassgrad predict``: of which classes samples are."""

from __future__ import annotations

import argparse
import csv
import io
import sys
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

import numpy as np

import autograd as ag
import nn
from autograd import write_whole
from nn.commands import runs, sources
from nn.commands.config import DataConfig, RunConfig
from nn.commands.options import read_run
from nn.data import read_csv, read_idx, read_npz
from nn.models import CharRNN
from nn.module import in_use

AT_ONCE = 256  # samples
ARRAYS = ("x", "inputs", "images")  # the names under which an archive has the samples
SHOWN = 3  # classes of a sample


def predict(arguments: argparse.Namespace) -> int:
    """Print the classes and their probabilities, or write them; returns the exit code."""
    run: Path = arguments.run
    config, noted = read_run("predict", run)
    if (arguments.file is None) == (arguments.data is None):
        raise runs.bad("predict", "want the file of the samples, or --data with the name of a data set, and not both")
    path = runs.weights_of("predict", run)
    try:
        model = nn.load(path)
    except (OSError, ag.errors.GlassgradError) as error:
        raise runs.FailedError(f"glassgrad predict: {error}") from error
    if isinstance(model, CharRNN) or "classes" not in noted:
        raise runs.bad("predict", f"{run} has learnt a text; `glassgrad sample {run}` lets it write")
    inputs = _inputs(arguments, config, noted)
    chosen = _chosen(arguments.index, len(inputs))
    probabilities = _probabilities(model, inputs[chosen])
    if arguments.out is None:
        _print(chosen, probabilities, noted["classes"])
    else:
        _write(arguments.out, chosen, probabilities, noted["classes"])
    return 0


# --- samples --------------------------------------------------------------------------------------------


def _inputs(arguments: argparse.Namespace, config: RunConfig, noted: Mapping[str, Any]) -> np.ndarray:
    """The samples, as the network takes them: (samples, ...)."""
    shape = tuple(noted["shape"])
    if arguments.data is not None:
        data = DataConfig(name=arguments.data, target=config.data.target)
        if not sources.is_source(arguments.data):
            raise runs.bad("predict", f"--data {arguments.data}: want {', '.join(sources.NAMES)}; or give a file")
        inputs = sources.samples_of("predict", data, config.training.seed or 0).held_out[:][0]
    else:
        try:
            inputs = _scaled(_of_file(arguments.file, noted), noted)
        except (OSError, EOFError, ValueError) as error:
            what = error.strerror if isinstance(error, OSError) and error.strerror else error
            raise runs.bad("predict", f"cannot read {arguments.file}: {what}") from error
    if inputs.shape[1:] != shape and inputs.shape[1:] == shape[1:] and shape[0] == 1:
        inputs = inputs[:, np.newaxis]  # pictures without an axis of channels
    if inputs.shape[1:] != shape and inputs.shape in (shape, shape[1:]):
        inputs = inputs.reshape(1, *shape)  # one sample
    if inputs.shape[1:] != shape:
        want = ", ".join(map(str, shape))
        raise runs.bad("predict", f"the samples are of shape {inputs.shape}; want (samples, {want})")
    return inputs


def _of_file(path: Path, noted: Mapping[str, Any]) -> np.ndarray:
    """The numbers of a file; of a table the columns that were learnt from."""
    if path.suffix.lower() == sources.TABLE:
        table, names = read_csv(path), noted.get("features", ())
        lost = [name for name in names if name not in table.columns or name in table.classes]
        if lost or not names:
            what = f"it has no column of numbers {lost[0]!r}" if lost else "the run has learnt pictures, no table"
            raise ValueError(what)
        return np.column_stack([table[name] for name in names]).astype(np.float32)
    if path.suffix == ".npz":
        arrays = read_npz(path)
        known = [name for name in ARRAYS if name in arrays] or (list(arrays) if len(arrays) == 1 else [])
        if not known:
            raise ValueError(f"it has {', '.join(arrays)}; want one array, or one named {', '.join(ARRAYS)}")
        return arrays[known[0]]
    if path.suffix == ".npy":
        array: np.ndarray = np.load(path, allow_pickle=False)
        return array
    return read_idx(path)


def _scaled(inputs: np.ndarray, noted: Mapping[str, Any]) -> np.ndarray:
    """The numbers as those that were learnt from: bytes from 0 to 1, features of tables standardized; float32."""
    if inputs.dtype.kind not in "fiub":
        raise ValueError(f"it has {inputs.dtype} values; want numbers")
    if not inputs.size:
        raise ValueError("it has no samples")
    scaled = inputs.astype(np.float32)
    if not np.isfinite(scaled).all():
        raise ValueError(
            "it has values that are not finite, or too large for float32; of such a sample nothing is known"
        )
    if inputs.dtype == np.uint8 and "mean" not in noted:
        scaled /= 255
    if "mean" in noted and inputs.shape[-1:] == (len(noted["mean"]),):
        mean, std = (np.array(noted[name]) for name in ("mean", "std"))
        scaled = ((scaled - mean) / std).astype(np.float32)
    return scaled


def _chosen(indices: Sequence[int] | None, samples: int) -> np.ndarray:
    """The numbers of the samples that are asked for."""
    if indices is None:
        return np.arange(samples)
    if max(indices) >= samples:
        raise runs.bad("predict", f"--index {max(indices)}: there are {samples:,} samples, counted from 0")
    return np.array(indices)


# --- classes --------------------------------------------------------------------------------------------


def _probabilities(model: nn.Module, inputs: np.ndarray) -> np.ndarray:
    """Of each class, for each sample: (samples, classes)."""
    found = []
    with ag.no_grad(), in_use(model):
        for start in range(0, len(inputs), AT_ONCE):
            scores = model(ag.tensor(inputs[start : start + AT_ONCE]))
            found.append(nn.functional.softmax(scores, 1).numpy())
    return np.concatenate(found) if found else np.zeros((0, 0), np.float32)


def _print(numbers: np.ndarray, probabilities: np.ndarray, classes: Sequence[str]) -> None:
    """A line for each sample: its class, and the likeliest ones."""
    width = len(str(numbers.max(initial=0)))
    for number, row in zip(numbers, probabilities, strict=True):
        likely = np.argsort(-row, kind="stable")[:SHOWN]
        first, *others = [f"{classes[i]} ({row[i]:.4f})" for i in likely]
        print(f"sample {number:{width}}: {first}, or {', '.join(others)}" if others else f"sample {number}: {first}")
    sys.stdout.flush()  # so that a full disk, or a reader who has gone, is noticed here


def _write(out: Path, numbers: np.ndarray, probabilities: np.ndarray, classes: Sequence[str]) -> None:
    """A table: the number of each sample, its class, and the probabilities of all."""
    text = io.StringIO()
    table = csv.writer(text)
    table.writerow(["index", "class", *classes])
    for number, row in zip(numbers, probabilities, strict=True):
        table.writerow([number, classes[int(row.argmax())], *(f"{share:.6g}" for share in row)])
    write_whole(out, text.getvalue().encode())
    print(f"wrote the classes of {len(numbers):,} samples to {out}")
