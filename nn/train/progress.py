"""What a loop writes on stderr: its bar, what stands behind that, and lines above it."""

from __future__ import annotations

import math
import shutil
import sys
from contextlib import nullcontext
from typing import Any

from nn.train.history import Row

WIDE = 160  # columns of a log file


def progress_bar(title: str, steps: int | None, shown: bool, done: int = 0) -> Any:
    """A context manager that gives a progress bar, ``done`` of its steps behind it, or None where none is to be shown.

    >>> with progress_bar("epoch 1/3", steps=10, shown=False) as bar:
    ...     bar is None
    True
    """
    if not shown or sys.stderr is None:  # as in a program without a console
        return nullcontext()
    from tqdm import tqdm

    columns, lines = shutil.get_terminal_size()  # where a terminal has no size (docker -t), tqdm shows nothing
    is_terminal = sys.stderr.isatty()
    return tqdm(
        total=steps,
        initial=done,
        desc=title,
        bar_format="{desc} |{bar:12}| {n_fmt}/{total_fmt}{postfix}",
        mininterval=0.1 if is_terminal else math.inf,  # a log file gets a line an epoch, not one a step
        ncols=columns if is_terminal else WIDE,
        nrows=lines,
    )


def say(text: str) -> None:
    """Write lines on stderr: above a bar, where one is drawn."""
    if "tqdm" in sys.modules:  # else there is no bar
        from tqdm import tqdm

        tqdm.write(text, file=sys.stderr)
    else:
        print(text, file=sys.stderr)
    sys.stderr.flush()


def shown(row: Row) -> str:
    """A row of the history for the bar: the numbers of training by name, and those of validation in the same order.

    >>> shown({"epoch": 1, "loss": 0.5, "accuracy": 0.75, "val_loss": 0.625, "val_accuracy": 0.5, "seconds": 1.5})
    'loss 0.5000, accuracy 0.7500; val 0.6250, 0.5000'
    """
    own = [name for name, value in row.items() if isinstance(value, float) and not name.startswith("val_")]
    names = [name for name in own if name not in ("lr", "seconds")]
    text = ", ".join(f"{name} {row[name]:.4f}" for name in names)
    held_out = [f"{row[f'val_{name}']:.4f}" for name in names if f"val_{name}" in row]
    return f"{text}; val {', '.join(held_out)}" if held_out else text
