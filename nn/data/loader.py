"""Samples in batches, in an order that a seed decides."""

from __future__ import annotations

import operator
from collections.abc import Iterator
from typing import Any, Protocol

import numpy as np
from numpy.typing import ArrayLike, NDArray

Batch = tuple[NDArray[Any], ...]


class Dataset(Protocol):
    """What `DataLoader` asks of a data set: its number of samples, and many samples at once."""

    def __len__(self) -> int:
        """Number of samples."""
        ...

    def __getitem__(self, indices: NDArray[np.intp], /) -> Batch:
        """The samples at ``indices`` (batch,), as arrays (batch, ...)."""
        ...


class TensorDataset:
    """Arrays with one sample per row, kept together: (samples, ...), (samples, ...), ...

    ``arrays`` are anything that NumPy makes an array of; they are not copied. ``dataset[i]`` is the tuple of the rows
    ``array[i]``, for an index, a slice or an array of indices. Raises ValueError where there is no array, where one
    has no first axis, and where their lengths differ.

    >>> dataset = TensorDataset([[1.0, 2.0], [3.0, 4.0], [5.0, 6.0]], [0, 1, 0])
    >>> len(dataset)
    3
    >>> features, labels = dataset[[2, 0]]
    >>> features.tolist(), labels.tolist()
    ([[5.0, 6.0], [1.0, 2.0]], [0, 0])
    """

    def __init__(self, *arrays: ArrayLike) -> None:
        if not arrays:
            raise ValueError("TensorDataset needs at least one array, as in TensorDataset(images, labels)")
        self.arrays: Batch = tuple(_as_array(array) for array in arrays)
        shapes = ", ".join(str(array.shape) for array in self.arrays)
        if any(array.ndim == 0 for array in self.arrays):
            raise ValueError(
                f"an array of a data set has one row per sample, so at least one axis; got shapes {shapes}"
            )
        if len({len(array) for array in self.arrays}) > 1:
            raise ValueError(f"the arrays of a data set have one row per sample, so equally many; got shapes {shapes}")

    def __len__(self) -> int:
        return len(self.arrays[0])

    def __getitem__(self, index: Any) -> Batch:
        return tuple(array[index] for array in self.arrays)


class DataLoader:
    """A data set in batches, each a tuple of arrays (batch, ...); going through it once is an epoch.

    ``dataset`` is a `TensorDataset`, or any object with a length that gives a tuple of arrays for an array of indices.
    ``batch_size`` is the number of samples in a batch, 1 or more; the last batch is smaller where it does not divide
    the data set, and left out with ``drop_last``. With ``shuffle`` each epoch has an order of its own, which follows
    from ``seed`` (0 or more) and the number of the epoch: a second loader with the same seed repeats the first.
    ``epoch`` is the number of the next epoch, from 0; set it to resume. Batches are copies, free to be changed.

    Raises TypeError for a data set without a length or a batch size that is no integer, and ValueError for a data set
    without samples, a batch size below 1, a negative seed, or one whose ``drop_last`` would leave no batch.

    >>> loader = DataLoader(TensorDataset(range(5)), batch_size=2)
    >>> len(loader)
    3
    >>> [batch.tolist() for (batch,) in loader]
    [[0, 1], [2, 3], [4]]
    """

    def __init__(
        self,
        dataset: Dataset,
        batch_size: int = 1,
        shuffle: bool = False,
        *,
        drop_last: bool = False,
        seed: int = 0,
    ) -> None:
        if not hasattr(dataset, "__len__") or isinstance(dataset, (tuple, list)) or hasattr(dataset, "dtype"):
            raise TypeError(
                f"DataLoader needs a data set, not {type(dataset).__name__}: "
                "wrap arrays first, as in DataLoader(TensorDataset(images, labels))"
            )
        self.dataset = dataset
        self.batch_size = _integer("batch_size", batch_size, least=1)
        self.shuffle = shuffle
        self.drop_last = drop_last
        self.seed = _integer("seed", seed, least=0)
        self.epoch = 0
        if len(dataset) == 0:
            raise ValueError("the data set has no samples")
        if len(self) == 0:
            raise ValueError(
                f"drop_last leaves no batch: the data set has {len(dataset)} samples, a batch {self.batch_size}"
            )

    def __len__(self) -> int:
        """Batches in an epoch."""
        samples = len(self.dataset)
        return samples // self.batch_size if self.drop_last else -(-samples // self.batch_size)

    def __iter__(self) -> Iterator[Batch]:
        """The batches of the next epoch."""
        order = self._order()
        self.epoch += 1
        starts = range(0, len(self) * self.batch_size, self.batch_size)
        return (self._batch(order[start : start + self.batch_size]) for start in starts)

    def _batch(self, indices: NDArray[np.intp]) -> Batch:
        try:
            return self.dataset[indices]
        except (TypeError, ValueError) as error:
            error.add_note(
                "DataLoader asks for many samples at once: dataset[indices], of an array of indices (batch,), returns "
                "a tuple of arrays (batch, ...). There is no collate_fn: what one would do is done there."
            )
            raise

    def _order(self) -> NDArray[np.intp]:
        if not self.shuffle:
            return np.arange(len(self.dataset))
        return np.random.default_rng((self.seed, self.epoch)).permutation(len(self.dataset))


def _as_array(rows: ArrayLike) -> NDArray[Any]:
    try:
        return np.asarray(rows)
    except ValueError as error:
        error.add_note("Sequences of tokens that differ in length: SequenceDataset(sequences, labels).")
        raise


def _integer(name: str, value: Any, least: int) -> int:
    try:
        number = operator.index(value)
    except TypeError:
        raise TypeError(f"{name} is an integer, {least} or more; got {value!r}") from None
    if number < least:
        raise ValueError(f"{name} is {least} or more; got {number}")
    return number
