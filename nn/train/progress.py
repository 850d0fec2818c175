"""The bar that a loop draws on stderr."""

from __future__ import annotations

import math
import shutil
import sys
from contextlib import nullcontext
from typing import Any


def progress_bar(title: str, steps: int, shown: bool) -> Any:
    """A context manager that gives a progress bar, or None where none is to be shown.

    >>> with progress_bar("epoch 1/3", steps=10, shown=False) as bar:
    ...     bar is None
    True
    """
    if not shown:
        return nullcontext()
    from tqdm import tqdm

    columns, lines = shutil.get_terminal_size()  # where a terminal has no size (docker -t), tqdm shows nothing
    return tqdm(
        total=steps,
        desc=title,
        bar_format="{desc} |{bar:12}| {n_fmt}/{total_fmt}{postfix}",
        mininterval=0.1 if sys.stderr.isatty() else math.inf,  # a log file gets a line an epoch, not one a step
        ncols=columns,
        nrows=lines,
    )
