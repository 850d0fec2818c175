"""Data sets: samples by their numbers."""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Iterable
from typing import Any, Protocol

import numpy as np
from numpy.typing import ArrayLike, NDArray

import autograd as ag
from nn.data.collation import collate

Batch = tuple[NDArray[Any], ...]


class Samples(Protocol):
    """What a data set has, whatever it is derived from: a length, and samples by number."""

    def __len__(self) -> int:
        """Number of samples."""
        ...

    def __getitem__(self, index: int, /) -> Any:
        """The sample with this number."""
        ...


class Dataset(ABC):
    """Samples by number: derive from it, and write ``__len__`` and ``__getitem__``.

    ``dataset[i]`` is one sample, for i from 0 to ``len(dataset) - 1``: an array, a number, or a tuple or dict of these.
    `DataLoader` puts samples together as `collate` does. What can give many samples faster than one by one has a method
    ``batch(indices)`` too: integers (batch,) -> the arrays of a batch, ``(batch, ...)``; PyTorch's ``__getitems__``,
    which returns a list of samples, is also used where it is there. Any object that has these methods will do, derived
    from this class or not. What is random is better done by a `Transform`: then it follows from the loader's seed.

    >>> class Squares(Dataset):
    ...     def __len__(self):
    ...         return 5
    ...     def __getitem__(self, index):
    ...         return index, index**2
    >>> from nn.data import DataLoader
    >>> list(DataLoader(Squares(), batch_size=3))
    [(array([0, 1, 2]), array([0, 1, 4])), (array([3, 4]), array([ 9, 16]))]
    """

    @abstractmethod
    def __len__(self) -> int:
        """Number of samples."""

    @abstractmethod
    def __getitem__(self, index: Any) -> Any:
        """The sample with this number."""


class TensorDataset(Dataset):
    """Arrays with one sample per row, kept together: (samples, ...), (samples, ...), ...

    ``dataset[i]`` is the tuple of the rows ``array[i]``, for an index, a slice or an array of indices.

    Parameters
    ----------
    arrays: Tensors, or anything that NumPy makes an array of. Arrays are not copied; lists of Python's floats become
        the default float, float32 if nothing else was said.

    Raises ArgumentError where there is no array, ShapeError where one has no first axis and where lengths differ.

    Attributes
    ----------
    arrays: a tuple of them.

    >>> dataset = TensorDataset([[1.0, 2.0], [3.0, 4.0], [5.0, 6.0]], [0, 1, 0])
    >>> len(dataset)
    3
    >>> features, labels = dataset[[2, 0]]
    >>> features.tolist(), labels.tolist()
    ([[5.0, 6.0], [1.0, 2.0]], [0, 0])
    """

    def __init__(self, *arrays: ArrayLike) -> None:
        if not arrays:
            raise ag.errors.ArgumentError(
                "TensorDataset: there are no arrays; want at least one, as in TensorDataset(images, labels)."
            )
        self.arrays: Batch = tuple(_rows(array) for array in arrays)
        shapes = ", ".join(str(array.shape) for array in self.arrays)
        if any(array.ndim == 0 for array in self.arrays):
            raise ag.errors.ShapeError(
                f"TensorDataset: the arrays have shapes {shapes}; want one row per sample, so at least one axis."
            )
        if len({len(array) for array in self.arrays}) > 1:
            raise ag.errors.ShapeError(
                f"TensorDataset: the arrays have shapes {shapes}; want one row per sample, so equally many."
            )

    def __len__(self) -> int:
        return len(self.arrays[0])

    def __getitem__(self, index: Any) -> Batch:
        return tuple(array[index] for array in self.arrays)

    def batch(self, indices: NDArray[np.intp]) -> Batch:
        """Copies of the rows at ``indices`` (batch,), as a tuple of arrays (batch, ...)."""
        return tuple(array.take(indices, axis=0) for array in self.arrays)


class Subset(Dataset):
    """Some samples of a data set, in an order of its own: sample i is number ``indices[i]`` there.

    Parameters
    ----------
    dataset: the whole.
    indices: integers (samples,), from 0 to ``len(dataset) - 1``; they may occur more than once.

    Raises DtypeError for other than integers, ShapeError for other than one axis, ArgumentError for those out of range.

    >>> part = Subset(TensorDataset([10, 11, 12, 13]), [3, 1])
    >>> len(part), part[0]
    (2, (np.int64(13),))
    >>> part.batch([1, 0])
    (array([11, 13]),)
    """

    def __init__(self, dataset: Samples, indices: ArrayLike) -> None:
        self.dataset = check_dataset("Subset", dataset)
        self.indices = check_indices("Subset", indices, len(dataset))

    def __len__(self) -> int:
        return len(self.indices)

    def __getitem__(self, index: int) -> Any:
        return self.dataset[int(self.indices[index])]

    def batch(self, indices: ArrayLike) -> Any:
        """The samples at ``indices`` (batch,) of this part, put together."""
        return gather(self.dataset, self.indices[np.asarray(indices)])


class ConcatDataset(Dataset):
    """Data sets one after the other: the first sample of the second follows the last one of the first.

    Parameters
    ----------
    datasets: one or more, whose samples have the same structure.

    Raises ArgumentError where there are none, and as `DataLoader` does for what is no data set.

    >>> both = ConcatDataset([TensorDataset([1, 2, 3]), TensorDataset([4, 5])])
    >>> len(both), both[3], both[-1]
    (5, (np.int64(4),), (np.int64(5),))
    """

    def __init__(self, datasets: Iterable[Samples]) -> None:
        self.datasets = [check_dataset("ConcatDataset", dataset) for dataset in datasets]
        if not self.datasets:
            raise ag.errors.ArgumentError("ConcatDataset: there are no data sets; want at least one.")
        self._starts = np.cumsum([0, *(len(dataset) for dataset in self.datasets)])

    def __len__(self) -> int:
        return int(self._starts[-1])

    def __getitem__(self, index: int) -> Any:
        if not -len(self) <= index < len(self):
            raise IndexError(f"ConcatDataset: index {index} is out of range for {len(self):,} samples")
        index = index % len(self)
        part = int(np.searchsorted(self._starts, index, side="right")) - 1
        return self.datasets[part][int(index - self._starts[part])]


def gather(dataset: Samples, indices: NDArray[np.intp]) -> Any:
    """The batch at ``indices`` (batch,): by the data set's own ``batch``, or collated from its samples.

    >>> gather(TensorDataset([10, 11, 12]), np.array([2, 0]))
    (array([12, 10]),)
    """
    batch = getattr(dataset, "batch", None)
    return batch(indices) if callable(batch) else collate(samples_at(dataset, indices))


def samples_at(dataset: Samples, indices: NDArray[np.intp]) -> list[Any]:
    """The samples at ``indices`` (batch,), one by one or by PyTorch's ``__getitems__``.

    >>> samples_at(TensorDataset([10, 11, 12]), np.array([2, 0]))
    [(np.int64(12),), (np.int64(10),)]
    """
    several = getattr(dataset, "__getitems__", None)
    numbers = indices.tolist()
    return list(several(numbers)) if callable(several) else [dataset[i] for i in numbers]


def check_dataset(operation: str, dataset: Any) -> Any:
    """The data set, or an ArgumentError that says why it is none. A list of tuples or dicts, samples, is one.

    >>> check_dataset("DataLoader", np.zeros(3))
    Traceback (most recent call last):
        ...
    autograd.errors.ArgumentError: DataLoader: want a data set, got (3,) float64. Wrap arrays that have a row for ...
    """
    is_samples = isinstance(dataset, list) and all(isinstance(sample, (tuple, dict)) for sample in dataset)
    is_other = isinstance(dataset, (tuple, list, dict, str, bytes)) or hasattr(dataset, "dtype")
    if is_samples or (not is_other and hasattr(dataset, "__len__") and hasattr(dataset, "__getitem__")):
        return dataset
    raise ag.errors.ArgumentError(
        f"{operation}: want a data set, got {_seen(dataset)}. Wrap arrays that have a row for each sample, as in "
        "TensorDataset(images, labels); samples that are made one by one are a class derived from nn.data.Dataset, "
        "with __len__ and __getitem__."
    )


def check_indices(operation: str, indices: Any, count: int | None = None) -> NDArray[np.intp]:
    """Numbers of samples as an array (n,), or an error that says why they are none: they are 0 to ``count - 1``.

    >>> check_indices("Subset", [2, 0], count=3)
    array([2, 0])
    """
    array = np.asarray(ag.value_of(indices))
    if array.ndim != 1:
        raise ag.errors.ShapeError(f"{operation}: indices have shape {array.shape}; want one axis.")
    if array.size == 0:
        return np.zeros(0, np.intp)
    if array.dtype.kind not in "iu":
        remedy = " Of a mask they are np.flatnonzero(mask)." if array.dtype == bool else ""
        raise ag.errors.DtypeError(f"{operation}: indices are {array.dtype}; want integers.{remedy}")
    least, most = array.min(), array.max()
    if least < 0 or (count is not None and most >= count):
        limit = "from 0" if count is None else f"from 0 to {count - 1}, since the data set has {count:,} samples"
        raise ag.errors.ArgumentError(f"{operation}: indices go from {least} to {most}; want them {limit}.")
    return array.astype(np.intp, copy=False)


def _rows(rows: Any) -> NDArray[Any]:
    try:
        array = np.asarray(ag.value_of(rows))
    except ValueError as error:
        error.add_note("Sequences of tokens that differ in length: SequenceDataset(sequences, labels).")
        raise
    if array.dtype == np.float64 and isinstance(rows, (list, tuple)):
        return ag.tensor(rows).data  # of Python's floats the default float, of arrays their own
    return array


def _seen(dataset: Any) -> str:
    if isinstance(dataset, (list, tuple)):
        return f"a {type(dataset).__name__} of {len(dataset)}"
    return ag.errors.describe(dataset) if hasattr(dataset, "dtype") else f"a {type(dataset).__name__}"
