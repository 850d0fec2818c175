"""Curves that grow while training goes on."""

from __future__ import annotations

import io
import math
import os
import sys
import time
from importlib import import_module
from pathlib import Path
from typing import TYPE_CHECKING, Any

import autograd as ag
from nn.train.callbacks import Callback
from nn.train.progress import say

if TYPE_CHECKING:
    from nn.train.trainer import Trainer


class LivePlot(Callback):
    """Draws the curves of the history anew after each epoch: in a notebook below the cell, and to a file if asked for.

    Outside of notebooks and without a path it does nothing. Where matplotlib is missing, or the file cannot be
    written, a line says so and training goes on without.

    Parameters
    ----------
    path: of a picture, in the format that its name ends in; None for none.
    seconds: the least time between two drawings, 0 or more; the last epoch is always drawn.

    Raises ArgumentError for a time below 0.

    >>> import nn, numpy as np, tempfile
    >>> model = nn.Linear(2, 1)
    >>> path = Path(tempfile.mkdtemp(), "run.svg")
    >>> trainer = nn.train.Trainer(
    ...     model, nn.functional.mse_loss, nn.optim.Adam(model.parameters()), callbacks=[LivePlot(path)]
    ... )
    >>> _ = trainer.fit((np.ones((8, 2), "f4"), np.ones((8, 1), "f4")), epochs=2, progress=False)
    >>> path.exists()
    True
    """

    def __init__(self, path: str | os.PathLike[str] | None = None, seconds: float = 1.0) -> None:
        if not seconds >= 0:
            raise ag.errors.ArgumentError(f"LivePlot: seconds={seconds!r}; want at least 0.")
        self.path = None if path is None else Path(path)
        self.seconds = seconds
        self._is_able = True
        self._drawn = 0  # epochs in the picture
        self._next = -math.inf
        self._cell: Any = None  # where the notebook shows the picture

    def on_fit_start(self, trainer: Trainer) -> None:
        """Begin below a new cell."""
        self._drawn, self._next, self._cell = 0, -math.inf, None

    def on_epoch_end(self, trainer: Trainer) -> None:
        """Draw, if it is time."""
        if time.monotonic() >= self._next:
            self._draw(trainer)
            self._next = time.monotonic() + self.seconds

    def on_fit_end(self, trainer: Trainer) -> None:
        """Draw what has not been drawn yet."""
        if len(trainer.history) > self._drawn:
            self._draw(trainer)

    def _draw(self, trainer: Trainer) -> None:
        in_notebook = _in_notebook()
        if not self._is_able or not (in_notebook or self.path):
            return
        try:
            figure = trainer.history.plot(self.path)[0].figure
            if in_notebook:
                self._show(figure)
        except (ModuleNotFoundError, OSError) as error:
            self._is_able = False
            say(f"no live plot: {error}; training goes on")
        self._drawn = len(trainer.history)

    def _show(self, figure: Any) -> None:
        ipython: Any = import_module("IPython.display")
        content = io.BytesIO()
        figure.savefig(content, format="png", dpi=100)
        image = ipython.Image(data=content.getvalue(), format="png")
        if self._cell is None:
            self._cell = ipython.display(image, display_id=True)
        else:
            self._cell.update(image)


def _in_notebook() -> bool:
    """Whether the program runs in a notebook's kernel; where IPython is not loaded it does not."""
    ipython = sys.modules.get("IPython")
    shell = None if ipython is None else ipython.get_ipython()
    return hasattr(shell, "kernel")
