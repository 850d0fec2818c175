"""Tables in text files."""

from __future__ import annotations

import csv
import math
import os
import re
from array import array
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from itertools import chain
from typing import IO, Any

import numpy as np
from numpy.typing import NDArray

import autograd as ag
from nn.data.files import check_file

_MAX_BYTES = 1 << 30
_MISSING = ("", "?", "NA", "N/A", "NaN", "nan", "null", "NULL")
_WHOLE = re.compile(r"[+-]?[0-9]+")
_NUMBER = re.compile(r"[+-]?([0-9]+\.?[0-9]*|\.[0-9]+)([eE][+-]?[0-9]+)?|[+-]?inf(inity)?", re.IGNORECASE)


@dataclass(frozen=True)
class Table:
    """The columns of a table, as `read_csv` gives them: ``table["name"]`` is one, ``len(table)`` the number of rows.

    Attributes
    ----------
    columns: arrays (rows,) by the columns' names: float32, int64 where all numbers are whole, and for text int64, the
        numbers of its classes.
    classes: of each column of text, what its classes are called, in alphabetical order.

    >>> table = Table({"petal": np.float32([1.4, 4.7]), "species": np.array([0, 1])}, {"species": ("setosa", "other")})
    >>> len(table), table["petal"].dtype
    (2, dtype('float32'))
    """

    columns: dict[str, NDArray[Any]]
    classes: dict[str, tuple[str, ...]]

    def __len__(self) -> int:
        return len(next(iter(self.columns.values())))

    def __getitem__(self, name: str) -> NDArray[Any]:
        return self.columns[self._known("Table", name)]

    def arrays(
        self, target: str, features: Sequence[str] | None = None
    ) -> tuple[NDArray[np.float32], NDArray[np.float32] | NDArray[np.int64]]:
        """Features (rows, features), float32, and the target (rows,): what `TensorDataset` takes.

        Parameters
        ----------
        target: name of the column that is to be predicted; classes are int64, and so are whole numbers.
        features: names of the columns to predict it from; all others, if None.

        Raises ArgumentError for names that are not there, and for features of text: their numbers mean an order that is
        none. Make a column of each class, ``np.eye(len(table.classes["city"]), dtype="float32")[table["city"]]``.

        >>> table = Table({"x": np.float32([1, 2]), "y": np.array([3, 4]), "label": np.array([0, 1])}, {})
        >>> features, labels = table.arrays("label")
        >>> features.tolist(), labels.tolist()
        ([[1.0, 3.0], [2.0, 4.0]], [0, 1])
        """
        operation = "Table.arrays"
        self._known(operation, target)
        names = [name for name in self.columns if name != target] if features is None else list(features)
        if not names:
            raise ag.errors.ArgumentError(f"{operation}: there are no features besides {target!r}; want one at least.")
        for name in names:
            if self._known(operation, name) in self.classes:
                raise ag.errors.ArgumentError(
                    f"{operation}: the feature {name!r} is text, of {len(self.classes[name])} classes, whose numbers "
                    f"have no order. Name the features without it, arrays({target!r}, features=[...]), and join a "
                    f"column for each class: np.eye({len(self.classes[name])}, dtype='float32')[table[{name!r}]]."
                )
        return np.column_stack([self.columns[name] for name in names]).astype(np.float32, copy=False), self[target]

    def _known(self, operation: str, name: str) -> str:
        if name not in self.columns:
            raise ag.errors.ArgumentError(
                f"{operation}: there is no column {name!r}; there are {', '.join(map(repr, self.columns))}."
            )
        return name


def read_csv(
    path: str | os.PathLike[str],
    *,
    delimiter: str = ",",
    header: bool | None = None,
    text: Sequence[str] = (),
    missing: str = "error",
    missing_values: Sequence[str] = _MISSING,
    encoding: str = "utf-8",
    max_bytes: int = _MAX_BYTES,
) -> Table:
    """A table from a text file with a row on each line: its columns of numbers and of text, as a `Table` of arrays.

    A column is text if its first value is no number; its values become classes, whose numbers are in alphabetical
    order. All values of other columns must be numbers, which become int64 if they are whole and float32 otherwise.
    White space around values does not count, nor do empty lines; values in double quotes may hold anything.

    Parameters
    ----------
    path: of the file.
    delimiter: what stands between values, one character.
    header: whether the first line has the columns' names; if None, it has where none of its values is a number.
        Without names, columns are ``"0"``, ``"1"`` and so on.
    text: names of columns that are text though they look like numbers, such as postcodes.
    missing: what to do where a value is missing: ``"error"``; ``"drop"``, to leave the row out; or ``"nan"``, which
        makes the column float32, and in a column of text the class ``""``.
    missing_values: what counts as missing.
    encoding: any that Python knows. A byte order mark at the beginning of UTF-8 is left out.
    max_bytes: of the file, at most; checked before it is read. 1 GiB if not given.

    Raises OSError where the file cannot be read, ArgumentError, with line and column, where it is no such table.

    >>> import tempfile
    >>> with tempfile.TemporaryDirectory() as folder:
    ...     with open(f"{folder}/irises.csv", "w") as file:
    ...         _ = file.write("petal,species\\n1.4,setosa\\n4.7,versicolor\\n1.5,setosa\\n")
    ...     table = read_csv(f"{folder}/irises.csv")
    >>> table["petal"], table["species"], table.classes["species"]
    (array([1.4, 4.7, 1.5], dtype=float32), array([0, 1, 0]), ('setosa', 'versicolor'))
    >>> features, labels = table.arrays("species")
    """
    name = os.fspath(path)
    if missing not in ("error", "drop", "nan"):
        raise ag.errors.ArgumentError(f"read_csv: missing={missing!r}; want 'error', 'drop' or 'nan'.")
    if not isinstance(delimiter, str) or len(delimiter) != 1 or delimiter in '"\r\n':
        raise ag.errors.ArgumentError(f"read_csv: delimiter={delimiter!r}; want one character, such as ',' or '\\t'.")
    check_file(path, max_bytes, "a text file", "its rows take up to four times as much memory")
    codec = "utf-8-sig" if encoding.lower() in ("utf-8", "utf8") else encoding
    try:
        with open(path, newline="", encoding=codec) as file:
            rows = _rows(name, file, delimiter, encoding)
            line, first = next(rows, (0, []))
            if not first:
                raise ag.errors.ArgumentError(f"{name} is empty.")
            if header is None:
                header = not any(_NUMBER.fullmatch(cell) for cell in first)
            names = _names(name, line, first, delimiter) if header else [str(number) for number in range(len(first))]
            columns = [_Column(name, column, column in text, frozenset(missing_values)) for column in names]
            for column in text:
                if column not in names:
                    raise ag.errors.ArgumentError(f"read_csv: text={column!r}, but {name} has the columns {names}.")
            _fill(columns, rows if header else chain([(line, first)], rows), missing)
    except LookupError:
        raise ag.errors.ArgumentError(
            f"read_csv: Python knows no encoding {encoding!r}; want one such as 'utf-8'."
        ) from None
    classes = {column.name: tuple(sorted(column.numbers)) for column in columns if column.is_text}
    return Table({column.name: column.result() for column in columns}, classes)


def _rows(name: str, file: IO[str], delimiter: str, encoding: str) -> Iterator[tuple[int, list[str]]]:
    """The number of each line that is not empty, and its values."""
    reader = csv.reader(file, delimiter=delimiter, strict=True, skipinitialspace=True)
    try:
        for row in reader:
            cells = [cell.strip() for cell in row]
            if len(cells) > 1 or (cells and cells[0]):
                yield reader.line_num, cells
    except csv.Error as error:
        raise ag.errors.ArgumentError(
            f"{name}, line {reader.line_num}: {error}. Is it a table of text, with each row on a line?"
        ) from None
    except UnicodeDecodeError as error:
        raise ag.errors.ArgumentError(
            f"{name} is not in {encoding}: after line {reader.line_num} comes a byte {error.object[error.start]:#04x} "
            f"({error.reason}). Save it as UTF-8, or name its encoding, as in read_csv(path, encoding='cp1252')."
        ) from None


def _fill(columns: list[_Column], rows: Iterator[tuple[int, list[str]]], missing: str) -> None:
    file, lost = columns[0].file, columns[0].missing_values
    for line, cells in rows:
        if len(cells) != len(columns):
            raise ag.errors.ArgumentError(
                f"{file}, line {line}: it has {len(cells)} values, but the first line has {len(columns)}."
            )
        if missing != "nan" and not lost.isdisjoint(cells):
            if missing == "drop":
                continue
            column, cell = next(pair for pair in zip(columns, cells, strict=True) if pair[1] in lost)
            raise ag.errors.ArgumentError(
                f"{file}, line {line}, column {column.name!r}: the value is missing ({cell!r}). Leave such rows out, "
                "missing='drop', or read it as NaN, missing='nan'."
            )
        for column, cell in zip(columns, cells, strict=True):
            column.add(cell, line)
    if not columns[0].count:
        raise ag.errors.ArgumentError(f"{file} has no rows{' that are complete' if missing == 'drop' else ''}.")


def _names(name: str, line: int, cells: list[str], delimiter: str) -> list[str]:
    if len(cells) == 1 and (other := next((mark for mark in ";\t|," if mark in cells[0] and mark != delimiter), "")):
        raise ag.errors.ArgumentError(f"{name} has a single column, {cells[0]!r}; want delimiter={other!r}?")
    names = [cell or str(number) for number, cell in enumerate(cells)]
    for number, column in enumerate(names):
        if (before := names.index(column)) < number:
            raise ag.errors.ArgumentError(
                f"{name}, line {line}: columns {before} and {number} have the same name, {column!r}. Rename one, or, "
                "if these are no names, pass header=False."
            )
    return names


class _Column:
    """A column while it is read: numbers in 8 bytes each, never a Python object for each value."""

    def __init__(self, file: str, name: str, is_text: bool, missing_values: frozenset[str]) -> None:
        self.file, self.name, self.is_text, self.missing_values = file, name, is_text, missing_values
        self.is_known = is_text
        self.numbers: dict[str, int] = {}  # of the classes of text, in their order of appearance
        self.values: array[Any] = array("q")
        self.count = 0

    def add(self, cell: str, line: int) -> None:
        self.count += 1
        if not self.is_known and cell not in self.missing_values:
            self._begin(cell)
        if self.is_text:
            key = "" if cell in self.missing_values else cell
            self.values.append(self.numbers.setdefault(key, len(self.numbers)))
        elif self.values.typecode == "q" and _WHOLE.fullmatch(cell):
            try:
                self.values.append(int(cell))
            except (OverflowError, ValueError):  # beyond int64, or beyond what Python reads
                self._append_float(float(cell))
        elif cell in self.missing_values:
            self._append_float(math.nan)
        elif _NUMBER.fullmatch(cell):
            self._append_float(float(cell))
        else:
            raise ag.errors.ArgumentError(
                f"{self.file}, line {line}, column {self.name!r}: {cell!r} is no number, though the values before it "
                f"are. If the column is text, pass text=[{self.name!r}]; if this stands for a missing value, add it to "
                "missing_values."
            )

    def _begin(self, cell: str) -> None:
        """The first value that is not missing says what kind of column it is."""
        self.is_known, self.is_text = True, not _NUMBER.fullmatch(cell)
        if self.is_text:
            self.values = array("q", bytes(8 * len(self.values)))
            if self.values:
                self.numbers[""] = 0

    def _append_float(self, value: float) -> None:
        if self.values.typecode == "q":
            self.values = array("d", self.values)
        self.values.append(value)

    def result(self) -> NDArray[Any]:
        if self.is_text:
            rank = {key: place for place, key in enumerate(sorted(self.numbers))}
            ranks = np.array([rank[key] for key in self.numbers], np.int64)
            return np.take(ranks, np.frombuffer(self.values, np.int64))
        if self.values.typecode == "q":
            return np.frombuffer(self.values, np.int64).copy()
        with np.errstate(over="ignore"):  # what is beyond float32 becomes infinite
            return np.frombuffer(self.values, np.float64).astype(np.float32)
