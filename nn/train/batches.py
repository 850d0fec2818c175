"""What training data may be given as, and the batches that it comes in."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sized
from itertools import islice
from typing import Any, Protocol

import numpy as np

import autograd as ag
from nn.data import DataLoader, TensorDataset

Batch = tuple[Any, ...]


class Loader(Protocol):
    """What a trainer goes through: the batches of any epoch, from any one on."""

    def batches(self, epoch: int, start: int = 0) -> Iterator[Batch]:
        """The batches of an epoch, from 0, beginning with number ``start``: the same ones whenever it is called."""
        ...


class PlainLoader:
    """Any iterable of batches that can be gone through again and again, such as a list, as a `Loader`.

    >>> list(PlainLoader([("a",), ("b",)]).batches(epoch=0, start=1))
    [('b',)]
    """

    def __init__(self, iterable: Iterable[Batch]) -> None:
        self.iterable = iterable

    def batches(self, epoch: int, start: int = 0) -> Iterator[Batch]:
        """The batches, the same ones in every epoch unless the iterable says otherwise."""
        return islice(iter(self.iterable), start, None)

    def __len__(self) -> int:
        return len(self.iterable)  # type: ignore[arg-type]


def as_loader(operation: str, data: Any, batch_size: int, *, shuffle: bool, inputs_only: bool = False) -> Loader:
    """The loader of what was given: a loader itself, a data set, a tuple of arrays, or an iterable of batches.

    Parameters
    ----------
    operation: which an error names.
    data: what was given.
    batch_size, shuffle: for the first loader of a data set or of arrays.
    inputs_only: whether a single array is taken too, as a data set without targets.

    Raises ArgumentError for anything else.

    >>> loader = as_loader("fit", (np.zeros((5, 2)), np.zeros(5)), 2, shuffle=False)
    >>> [len(targets) for inputs, targets in loader.batches(epoch=0)]
    [2, 2, 1]
    """
    if hasattr(data, "batches"):
        loader: Loader = data
        return loader
    if inputs_only and isinstance(data, (np.ndarray, ag.Tensor)):
        data = (data,)
    if isinstance(data, tuple) and data and all(isinstance(part, (np.ndarray, ag.Tensor, list)) for part in data):
        data = TensorDataset(*[ag.value_of(part) for part in data])
    if hasattr(data, "__getitem__") and hasattr(data, "__len__") and not isinstance(data, (list, np.ndarray, dict)):
        return DataLoader(data, batch_size, shuffle)
    if isinstance(data, Iterator):
        raise ag.errors.ArgumentError(
            f"{operation}: the data is an iterator ({type(data).__name__}), which is used up after one pass. Give a "
            "DataLoader, or a list of batches."
        )
    if not isinstance(data, Iterable) or isinstance(data, (np.ndarray, ag.Tensor, str, dict)):
        raise ag.errors.ArgumentError(
            f"{operation}: the data is a {type(data).__name__}; want a DataLoader, a data set such as "
            "TensorDataset(inputs, targets), a tuple (inputs, targets) of arrays, or a list of batches."
        )
    if isinstance(data, Sized) and not len(data):
        raise ag.errors.ArgumentError(f"{operation}: the data has no batches.")
    return PlainLoader(data)


def steps_of(loader: Any) -> int | None:
    """Batches in an epoch, or None where that is not known."""
    try:
        return len(loader)
    except TypeError:
        return None


def split_batch(operation: str, batch: Any) -> tuple[Batch, Any]:
    """The inputs and the target of a batch: its last part. Raises ArgumentError where it has no two parts."""
    if not isinstance(batch, (tuple, list)) or len(batch) < 2:
        what = f"{len(batch)} part" if isinstance(batch, (tuple, list)) else f"a {type(batch).__name__}"
        remedy = ""
        if isinstance(batch, (tuple, list)):
            remedy = " Where the target is the input, give it twice: (input, input)."
        elif isinstance(batch, dict):
            remedy = (
                f" Its keys are {', '.join(map(repr, batch))}: let the data set give tuples, or the DataLoader make "
                "them, by collate_fn=lambda samples: nn.data.collate([(s['x'], s['y']) for s in samples])."
            )
        raise ag.errors.ArgumentError(
            f"{operation}: a batch is {what}; want a tuple (input, target), or of several inputs (input, ..., target)."
            + remedy
        )
    return tuple(batch[:-1]), batch[-1]


def inputs_of(operation: str, batch: Any) -> Batch:
    """A batch without its target, its last part unless it is the only one. Raises ArgumentError for no such batch.

    >>> inputs_of("predict", ("input", "target")), inputs_of("predict", ("input",))
    (('input',), ('input',))
    """
    if not isinstance(batch, (tuple, list)) or not all(hasattr(part, "__len__") for part in batch):
        raise ag.errors.ArgumentError(
            f"{operation}: a batch is a {type(batch).__name__}, and no tuple (input, target) of arrays. Give all "
            "inputs as one array, np.asarray(inputs, dtype='float32'), or a DataLoader."
        )
    return tuple(batch[:-1]) or tuple(batch)


def groups(batches: Iterator[Batch], size: int) -> Iterator[list[Batch]]:
    """Batches, ``size`` together; fewer at the end.

    >>> [len(group) for group in groups(iter([(1,), (2,), (3,)]), 2)]
    [2, 1]
    """
    while group := list(islice(batches, size)):
        yield group
