"""Samples with classes, by the name of a data set or from a file: to learn from, and held out."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

import numpy as np

import autograd as ag
from nn.commands import runs
from nn.data import (
    CIFAR10_CLASSES,
    FASHION_MNIST_CLASSES,
    IRIS_CLASSES,
    Standardize,
    TensorDataset,
    load_cifar10,
    load_digits,
    load_fashion_mnist,
    load_iris,
    load_mnist,
    read_csv,
    stratified_split,
)

if TYPE_CHECKING:
    from nn.commands.config import DataConfig

HELD_OUT = 0.2  # of data that does not come in two parts, a fifth of each class
TABLE = ".csv"
Arrays = tuple[np.ndarray, np.ndarray]  # inputs (samples, ...) and classes (samples,)


@dataclass(frozen=True)
class Samples:
    """A data set in two parts.

    Attributes
    ----------
    learnt, held_out: inputs (samples, ...) and classes (samples,).
    classes: their names.
    features: names of the columns of a table.
    mean, std: by which features of tables were standardized, (features,); None for pictures.
    """

    learnt: TensorDataset
    held_out: TensorDataset
    classes: tuple[str, ...]
    features: tuple[str, ...] = ()
    mean: np.ndarray | None = None
    std: np.ndarray | None = None


def _in_one_part(arrays: Arrays, classes: Sequence[str], seed: int, features: Sequence[str] = ()) -> Samples:
    """A part of each class is held out; features of tables are standardized."""
    inputs, labels = arrays
    learnt, held_out = stratified_split(labels, HELD_OUT, seed)
    parts = [(inputs[rows], labels[rows]) for rows in (learnt, held_out)]
    if not features:
        return Samples(TensorDataset(*parts[0]), TensorDataset(*parts[1]), tuple(classes))
    scale = Standardize().fit(parts[0][0])
    first, second = (TensorDataset(scale(rows), labels) for rows, labels in parts)
    assert scale.mean is not None and scale.std is not None
    return Samples(first, second, tuple(classes), tuple(features), scale.mean[0], scale.std[0])


def _in_two_parts(load: Callable[..., Arrays], classes: Sequence[str]) -> Samples:
    learnt, held_out = (TensorDataset(*load(train=train)) for train in (True, False))
    return Samples(learnt, held_out, tuple(classes))


_PETALS = ("sepal_length", "sepal_width", "petal_length", "petal_width")
_DIGITS = tuple("0123456789")
# What each name gives, for a seed.
_NAMED: dict[str, Callable[[int], Samples]] = {
    "digits": lambda seed: _in_one_part(load_digits(), _DIGITS, seed),
    "mnist": lambda seed: _in_two_parts(load_mnist, _DIGITS),
    "fashion-mnist": lambda seed: _in_two_parts(load_fashion_mnist, FASHION_MNIST_CLASSES),
    "cifar10": lambda seed: _in_two_parts(load_cifar10, CIFAR10_CLASSES),
    "iris": lambda seed: _in_one_part(load_iris(), IRIS_CLASSES, seed, _PETALS),
}
NAMES = tuple(_NAMED)


def is_source(name: str) -> bool:
    """Whether it is one of the data sets, or a table.

    >>> is_source("digits"), is_source("flowers.csv"), is_source("poem.txt")
    (True, True, False)
    """
    return name in _NAMED or name.lower().endswith(TABLE)


def samples_of(command: str, data: DataConfig, seed: int) -> Samples:
    """The samples of a data set or a table, the first ``train_size`` of those to learn from.

    Raises BadArgumentsError, which says what to do, where they cannot be had.
    """
    name = str(data.name)
    try:
        samples = _NAMED[name](seed) if name in _NAMED else _table(command, data, seed)
    except (OSError, ag.errors.ArgumentError) as error:
        raise runs.bad(command, error) from error
    if data.train_size is None:
        return samples
    if data.train_size > len(samples.learnt):
        raise runs.bad(
            command, f"--train-size {data.train_size}: {name} has only {len(samples.learnt)} samples to learn from"
        )
    return replace(samples, learnt=TensorDataset(*samples.learnt[: data.train_size]))


def _table(command: str, data: DataConfig, seed: int) -> Samples:
    """The rows of a table, whose target says their classes; features are standardized."""
    table = read_csv(str(data.name))
    target = data.target or list(table.columns)[-1]
    if target not in table.columns:
        raise runs.bad(command, f"--target {target}: {data.name} has no such column; it has {', '.join(table.columns)}")
    names = [name for name in table.columns if name != target]
    features, values = table.arrays(target)
    if values.dtype.kind == "f":
        raise runs.bad(
            command,
            f"--target {target}: the column has numbers that are not whole, so they are no classes; name another",
        )
    for column in names:
        if not np.isfinite(table[column]).all():
            row = int(np.argmin(np.isfinite(table[column]))) + 1
            raise runs.bad(
                command, f"{data.name}: column {column} is infinite, or too large, in row {row}; leave it out"
            )
    numbers, labels, counts = np.unique(values, return_inverse=True, return_counts=True)
    classes = table.classes.get(target) or [str(number) for number in numbers]
    if len(classes) < 2:
        raise runs.bad(command, f"--target {target}: the column has a single class, {classes[0]}; want two or more")
    if counts.min() < 2:
        raise runs.bad(
            command,
            f"--target {target}: the class {classes[int(counts.argmin())]} has a single row; want two or more of each, "
            "one to learn from and one that is held out",
        )
    return _in_one_part((features, labels.astype(np.int64)), classes, seed, names)
