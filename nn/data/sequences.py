"""Sequences in batches: one long stream cut into pieces that continue each other, or many of different lengths."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import Any

import numpy as np
from numpy.typing import NDArray

import autograd as ag
from nn.data.datasets import Batch, Dataset, TensorDataset
from nn.kernels.checks import as_tokens, check_whole


class BPTTIterator:
    """A stream of tokens for truncated backpropagation through time: (inputs, targets), both (batch_size, steps).

    The stream is cut into ``batch_size`` streams of equal length, one for each row. Targets are the tokens that follow
    the inputs. Each batch continues the one before it, row by row, so that the state of a recurrent network, detached,
    is carried from one to the next. Going through it once is an epoch; at its beginning the state begins anew. The last
    batch is shorter where ``steps`` does not divide the streams; fewer than ``batch_size`` tokens at the very end are
    not used. Batches are copies, free to be changed. Williams and Peng, "An efficient gradient-based algorithm for
    on-line training of recurrent network trajectories", 1990.

    Parameters
    ----------
    tokens: integers (n,), more than ``batch_size`` of them.
    batch_size: number of streams, 1 or more.
    steps: tokens of each stream in a batch, 1 or more.

    Raises ArgumentError for tokens that are too few, negative, or a text; DtypeError for other than integers;
    ShapeError for other than one axis.

    >>> batches = BPTTIterator(range(10), batch_size=2, steps=3)
    >>> for inputs, targets in batches:
    ...     print(inputs.tolist(), targets.tolist())
    [[0, 1, 2], [4, 5, 6]] [[1, 2, 3], [5, 6, 7]]
    [[3], [7]] [[4], [8]]
    >>> len(batches)
    2
    """

    def __init__(self, tokens: Any, batch_size: int, steps: int) -> None:
        check_whole("BPTTIterator", 1, batch_size=batch_size, steps=steps)
        self.tokens = as_tokens("BPTTIterator", tokens)
        self.batch_size = batch_size
        self.steps = steps
        if len(self.tokens) <= batch_size:
            raise ag.errors.ArgumentError(
                f"BPTTIterator: {len(self.tokens):,} tokens are too few for {batch_size:,} streams, of which each has "
                "a token and the one that follows. Give a longer text, or a smaller batch_size."
            )

    def __len__(self) -> int:
        """Batches in an epoch."""
        return -(-self._length // self.steps)

    def __iter__(self) -> Iterator[tuple[NDArray[np.int64], NDArray[np.int64]]]:
        """The batches of an epoch, from the beginning."""
        return self.batches()

    def batches(self, epoch: int = 0, start: int = 0) -> Iterator[tuple[NDArray[np.int64], NDArray[np.int64]]]:
        """The batches of any epoch, all of which are the same, from batch number ``start`` on."""
        used = self._length * self.batch_size
        inputs, targets = (
            part.reshape(self.batch_size, -1) for part in (self.tokens[:used], self.tokens[1 : used + 1])
        )
        for first in range(start * self.steps, self._length, self.steps):
            piece = slice(first, first + self.steps)
            yield inputs[:, piece].copy(), targets[:, piece].copy()

    @property
    def _length(self) -> int:
        """Of each stream."""
        return (len(self.tokens) - 1) // self.batch_size


class SequenceDataset(Dataset):
    """Sequences of different lengths, and what belongs to them, for `DataLoader`.

    A batch, of indices (batch,), of a slice or a mask, consists of the sequences, filled up to the longest among them,
    (batch, longest), int64; their lengths (batch,), int64; and of each of the others the rows ``other[indices]``. A
    sample, ``dataset[i]``, is a sequence (length,) and what belongs to it, without padding and lengths.

    Parameters
    ----------
    sequences: of tokens, each a list or an array (n,) of at least one.
    others: arrays with a row for each sequence, such as labels; or a SequenceDataset, such as translations, of which a
        batch has the padded sequences and their lengths.
    padding: the token that sequences are filled up with.

    Raises ArgumentError for no sequences or an empty one, and where the others are not as many; DtypeError for other
    than integers; ShapeError for sequences of more than one axis.

    Attributes
    ----------
    lengths: of all sequences, (samples,).

    >>> from nn.data import DataLoader
    >>> dataset = SequenceDataset([[5, 6, 7], [8], [9, 10]], [1, 0, 1])
    >>> tokens, lengths, labels = next(iter(DataLoader(dataset, batch_size=2)))
    >>> tokens.tolist(), lengths.tolist(), labels.tolist()
    ([[5, 6, 7], [8, 0, 0]], [3, 1], [1, 0])
    """

    def __init__(self, sequences: Sequence[Any], *others: Any, padding: int = 0) -> None:
        check_whole("SequenceDataset", 0, padding=padding)
        arrays = [as_tokens(f"SequenceDataset, sequence {i}", sequence) for i, sequence in enumerate(sequences)]
        if not arrays:
            raise ag.errors.ArgumentError("SequenceDataset: there are no sequences.")
        self.padding = padding
        self.lengths = np.array([len(array) for array in arrays], np.int64)
        if self.lengths.min() == 0:
            raise ag.errors.ArgumentError(
                f"SequenceDataset: sequence {self.lengths.argmin()} is empty. Leave it out, and what belongs to it; or "
                "have every sequence end with a token <end>."
            )
        self._tokens = np.concatenate(arrays)
        self._starts = np.cumsum(self.lengths) - self.lengths
        self.others = [_rows(i, other) for i, other in enumerate(others, 1)]
        for i, other in enumerate(self.others, 1):
            if len(other) != len(self):
                raise ag.errors.ArgumentError(
                    f"SequenceDataset: there are {len(self):,} sequences, but the others have {len(other):,} rows, in "
                    f"argument {i} after the sequences."
                )

    def __len__(self) -> int:
        """Number of sequences."""
        return len(self.lengths)

    def __getitem__(self, index: Any) -> Batch:
        """The sample with this number; or the batch at indices (batch,), a slice or a mask."""
        chosen = np.arange(len(self))[index]
        return self.batch(chosen) if chosen.ndim else self._sample(chosen)

    def _sample(self, index: Any) -> Batch:
        start = self._starts[index]
        tokens = self._tokens[start : start + self.lengths[index]]
        return tokens, *(part for other in self.others for part in other[index])

    def batch(self, chosen: NDArray[np.intp]) -> Batch:
        """The batch at indices (batch,)."""
        lengths = self.lengths[chosen]
        columns = np.arange(lengths.max(initial=0))
        inside = columns < lengths[:, np.newaxis]
        padded = np.full(inside.shape, self.padding, np.int64)
        padded[inside] = self._tokens[(self._starts[chosen, np.newaxis] + columns)[inside]]
        return padded, lengths, *(part for other in self.others for part in other.batch(chosen))


def _rows(place: int, other: Any) -> SequenceDataset | TensorDataset:
    if isinstance(other, SequenceDataset):
        return other
    try:
        return TensorDataset(ag.value_of(other))
    except ValueError as error:
        raise ag.errors.ArgumentError(
            f"SequenceDataset: argument {place} after the sequences makes no array with a row for each ({error}). "
            "Sequences of different lengths are a data set themselves: "
            "SequenceDataset(sources, SequenceDataset(targets))."
        ) from None
