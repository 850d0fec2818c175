"""The history in a file, a line for each epoch, as training goes on."""

from __future__ import annotations

import csv
import io
import json
import os
from abc import abstractmethod
from collections.abc import Iterable
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np

import autograd as ag
from nn.train.callbacks import Callback
from nn.train.folders import prepare_folder
from nn.train.history import Row
from nn.train.progress import say
from nn.train.structures import finite

if TYPE_CHECKING:
    from nn.train.trainer import Trainer


class _Log(Callback):
    """What the logs share: the file is what the history is, at the beginning of `fit` and after each epoch.

    So a run that is resumed has no line twice, and none of epochs that are done anew.
    """

    def __init__(self, path: str | os.PathLike[str]) -> None:
        self.path = Path(path)
        self._columns: tuple[str, ...] | None = None  # of the file's lines; None where it has to be written anew

    @abstractmethod
    def header(self, columns: tuple[str, ...]) -> str:
        """What the file begins with."""

    @abstractmethod
    def line(self, row: Row, columns: tuple[str, ...]) -> str:
        """The line of an epoch."""

    def on_fit_start(self, trainer: Trainer) -> None:
        """Write the epochs that are complete; raises OSError for a folder that cannot be written to."""
        prepare_folder(self.path.parent)
        self._columns = None
        self._write(trainer.history)

    def on_epoch_end(self, trainer: Trainer) -> None:
        """Write a line; where that fails, as on a full disk, say so and go on."""
        self._write(trainer.history)

    def _write(self, history: Iterable[Row]) -> None:
        rows = list(history)
        columns = tuple(dict.fromkeys(name for row in rows for name in row))
        try:
            if columns == self._columns:
                with open(self.path, "a", encoding="utf-8", newline="") as file:
                    file.write(self.line(rows[-1], columns))
            else:
                text = self.header(columns) if columns else ""
                ag.write_whole(self.path, (text + "".join(self.line(row, columns) for row in rows)).encode())
                self._columns = columns
        except OSError as error:
            self._columns = None
            say(f"not written: {self.path}: {error.strerror or error}; training goes on")


class CSVLog(_Log):
    """Writes the history to a CSV file, an epoch a line, when the epoch is over; the first line has the names.

    A run that begins writes the file anew; one that is resumed goes on with it, without the lines of epochs that are
    done again. An array, such as a confusion matrix, is written as JSON.

    Parameters
    ----------
    path: of the file; its folder is made if it is not there.

    When training begins, raises OSError where nothing can be written there.

    >>> import nn, numpy as np, tempfile
    >>> model = nn.Linear(2, 1)
    >>> path = tempfile.mkdtemp() + "/run.csv"
    >>> trainer = nn.train.Trainer(
    ...     model, nn.functional.mse_loss, nn.optim.Adam(model.parameters()), callbacks=[CSVLog(path)]
    ... )
    >>> _ = trainer.fit((np.ones((8, 2), "f4"), np.ones((8, 1), "f4")), epochs=2, progress=False)
    >>> with open(path) as file:
    ...     print(file.readline().strip())
    epoch,loss,lr,seconds
    """

    def header(self, columns: tuple[str, ...]) -> str:
        """The names."""
        return _csv(columns)

    def line(self, row: Row, columns: tuple[str, ...]) -> str:
        """The values, nothing where the row has none."""
        values = (plain(row.get(name, "")) for name in columns)
        return _csv(json.dumps(value) if isinstance(value, (list, dict)) else value for value in values)


class JSONLinesLog(_Log):
    """Writes the history to a file with a JSON object a line, an epoch each, when the epoch is over.

    A run that begins writes the file anew; one that is resumed goes on with it, without the lines of epochs that are
    done again. An array is written as lists, and a number that is not finite as null, since JSON has none.

    Parameters
    ----------
    path: of the file; its folder is made if it is not there.

    When training begins, raises OSError where nothing can be written there.

    >>> import nn, numpy as np, tempfile
    >>> model = nn.Linear(2, 1)
    >>> path = tempfile.mkdtemp() + "/run.jsonl"
    >>> trainer = nn.train.Trainer(
    ...     model, nn.functional.mse_loss, nn.optim.Adam(model.parameters()), callbacks=[JSONLinesLog(path)]
    ... )
    >>> _ = trainer.fit((np.ones((8, 2), "f4"), np.ones((8, 1), "f4")), epochs=2, progress=False)
    >>> with open(path) as file:
    ...     [json.loads(line)["epoch"] for line in file]
    [1, 2]
    """

    def header(self, columns: tuple[str, ...]) -> str:
        """Nothing."""
        return ""

    def line(self, row: Row, columns: tuple[str, ...]) -> str:
        """The row as an object."""
        return json.dumps(finite({name: plain(value) for name, value in row.items()}), allow_nan=False) + "\n"


def plain(value: Any) -> Any:
    """An array or a number of NumPy as lists and numbers of Python; anything else as it is.

    >>> plain(np.eye(2)), plain(np.float32(0.5)), plain("text")
    ([[1.0, 0.0], [0.0, 1.0]], 0.5, 'text')
    """
    value = ag.value_of(value)
    return value.tolist() if isinstance(value, (np.ndarray, np.generic)) else value


def _csv(values: Iterable[Any]) -> str:
    text = io.StringIO()
    csv.writer(text, lineterminator="\n").writerow(values)
    return text.getvalue()
