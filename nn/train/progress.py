"""The bar that a loop draws on stderr."""

from __future__ import annotations

import math
import shutil
import sys
from contextlib import nullcontext
from typing import Any

WIDE = 160  # columns of a log file


def progress_bar(title: str, steps: int | None, shown: bool, done: int = 0) -> Any:
    """A context manager that gives a progress bar, ``done`` of its steps behind it, or None where none is to be shown.

    >>> with progress_bar("epoch 1/3", steps=10, shown=False) as bar:
    ...     bar is None
    True
    """
    if not shown:
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
