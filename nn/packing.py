"""Batches of sequences that differ in length, as tables of rows without padding, and PyTorch's names for that.

Layers take ``lengths=`` and do this by themselves; these functions are for code that was written for PyTorch, and for
work on all elements of all sequences at once.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, NamedTuple

import numpy as np

import autograd as ag
from nn.kernels.checks import check_arrays, check_whole, place, wrong_shape
from nn.kernels.sequences import put_rows, take_rows

__all__ = [
    "PackedSequence",
    "detached",
    "pack_padded_sequence",
    "pack_sequence",
    "pad_packed_sequence",
    "pad_sequence",
    "unpack_sequence",
    "unpad_sequence",
]


class PackedSequence(NamedTuple):
    """The elements of several sequences without padding: step after step, the longest sequence first.

    Recurrent layers take it in the place of a padded input, and then return one.

    Attributes
    ----------
    data: (all elements, ...).
    batch_sizes: how many sequences go on at each step, (longest,), integers that fall.
    sorted_indices: for each sequence here, its place in the batch, (batch,); None where it is the same.
    unsorted_indices: the other way about.

    >>> import numpy as np
    >>> pack_sequence([np.array([1.0, 2.0, 3.0]), np.array([4.0])])
    PackedSequence(data=array([1., 4., 2., 3.]), batch_sizes=array([2, 1, 1]), sorted_indices=None, ...)
    """

    data: Any
    batch_sizes: np.ndarray
    sorted_indices: np.ndarray | None = None
    unsorted_indices: np.ndarray | None = None


class Packing(NamedTuple):
    """How a padded batch is packed.

    Attributes
    ----------
    rows: of the flattened batch, those of the packed table, (all elements,).
    sizes: how many sequences go on at each step, (longest,).
    order: the sequences by falling length, (batch,); sequences of the same length stay in order.
    back: the place of each sequence in that order, (batch,).
    """

    rows: np.ndarray
    sizes: np.ndarray
    order: np.ndarray
    back: np.ndarray

    @classmethod
    def of(cls, lengths: np.ndarray, time: int, batch_first: bool, order: np.ndarray | None = None) -> Packing:
        """That of a batch of shape (batch, time, ...), or (time, batch, ...)."""
        order = np.argsort(-lengths, kind="stable") if order is None else order
        steps = np.arange(lengths.max(initial=0))[:, None]
        goes_on = lengths[order] > steps
        rows = order * time + steps if batch_first else steps * len(lengths) + order
        return cls(rows[goes_on], goes_on.sum(axis=1), order, np.argsort(order))


def as_lengths(operation: str, lengths: Any, batch: int, time: int) -> np.ndarray:
    """The lengths as integers, (batch,); raises ArgumentError, or ShapeError, for what are no lengths of this batch."""
    try:
        array = np.asarray(ag.value_of(lengths) if isinstance(lengths, ag.Tensor) else lengths)
    except ValueError:  # lists of several lengths
        array = np.asarray(lengths, object)
    if array.dtype.kind not in "iu" and array.size:
        raise ag.errors.ArgumentError(
            f"{place(operation)}: lengths are {ag.errors.describe(array)}; want integers, the number of elements of "
            "each sequence."
        )
    if array.shape != (batch,):
        remedy = "They are as many as there are steps: see batch_first." if array.shape == (time,) else ""
        raise wrong_shape(operation, f"lengths of shape ({batch},), one for each sequence of the batch", array, remedy)
    if array.size and not 0 <= array.min() <= array.max() <= time:
        wrong = int(array[(array < 0) | (array > time)][0])
        raise ag.errors.ArgumentError(
            f"{place(operation)}: lengths has {wrong}; want 0 to {time}, the number of steps of the input."
        )
    return array.astype(np.intp)


def packing_of(
    operation: str, sequence: PackedSequence, batch_first: bool = False, time: int | None = None
) -> tuple[np.ndarray, Packing]:
    """The lengths of a packed batch, (batch,), and how it was packed; of a padded batch of so many steps.

    Raises TypeError for what is no PackedSequence; ArgumentError and ShapeError for one whose parts do not fit.

    >>> import numpy as np
    >>> packing_of("", pack_sequence([np.array([4.0]), np.array([1.0, 2.0])], enforce_sorted=False))[0]
    array([1, 2])
    """
    if not isinstance(sequence, PackedSequence):
        raise TypeError(f"{place(operation)}: want a PackedSequence, not a {type(sequence).__name__}.")
    data, sizes, order, back = sequence
    check_arrays(operation, data=data)
    sizes = np.asarray(ag.value_of(sizes))
    if sizes.dtype.kind not in "iu" or sizes.ndim != 1 or (sizes[1:] > sizes[:-1]).any() or sizes.min(initial=1) < 1:
        raise ag.errors.ArgumentError(
            f"{place(operation)}: batch_sizes={sizes.tolist()}; want integers, at least 1 at each step and never more "
            "than at the step before."
        )
    if data.ndim == 0 or len(data) != sizes.sum():
        raise wrong_shape(operation, f"packed data of {sizes.sum()} rows, the sum of batch_sizes", data)
    if order is None:
        order = np.arange(sizes.max(initial=0)) if back is None else np.argsort(ag.value_of(back))
    order = np.asarray(ag.value_of(order))
    if len(order) < sizes.max(initial=0) or (np.sort(order) != np.arange(len(order))).any():
        raise ag.errors.ArgumentError(
            f"{place(operation)}: sorted_indices={order.tolist()}; want each of the sequences once, of which at least "
            f"{sizes.max(initial=0)} are there."
        )
    lengths = np.empty(len(order), np.intp)
    lengths[order] = (sizes > np.arange(len(order))[:, None]).sum(axis=1)
    return lengths, Packing.of(lengths, len(sizes) if time is None else time, batch_first, order)


def packed_batch(operation: str, input: Any, lengths: Any, batch_first: bool) -> tuple[Any, Packing]:
    """The rows of a padded batch, and how they were packed."""
    batch, time = input.shape[:2] if batch_first else input.shape[1::-1]
    packing = Packing.of(as_lengths(operation, lengths, batch, time), time, batch_first)
    return take_rows(np.reshape(input, (batch * time, *input.shape[2:])), packing.rows), packing


def padded_batch(rows: Any, packing: Packing, batch: int, time: int, batch_first: bool) -> Any:
    """The padded batch of packed rows, zeros where a sequence has ended."""
    shape = (batch, time) if batch_first else (time, batch)
    return np.reshape(put_rows(rows, packing.rows, batch * time), (*shape, *rows.shape[1:]))


# --- under PyTorch's names ------------------------------------------------------------------------------


def pack_padded_sequence(
    input: Any, lengths: Any, batch_first: bool = False, enforce_sorted: bool = True
) -> PackedSequence:
    """Leave out the padding: (time, batch, ...), or (batch, time, ...) -> packed rows (all elements, ...).

    Parameters
    ----------
    input: the padded batch.
    lengths: elements of each sequence, (batch,), integers from 0 to time (from 1 in PyTorch).
    batch_first: whether the input is (batch, time, ...).
    enforce_sorted: whether lengths have to fall already; if not, the sequences are sorted here.

    Raises ShapeError for another number of lengths, ArgumentError for lengths that are out of range or not sorted.

    >>> import numpy as np
    >>> pack_padded_sequence(np.array([[1.0, 2.0, 3.0], [4.0, 0.0, 0.0]]), [3, 1], batch_first=True).data
    array([1., 4., 2., 3.])
    """
    check_arrays("pack_padded_sequence", input=input)
    if input.ndim < 2:
        raise wrong_shape("pack_padded_sequence", "an input of shape (time, batch, ...)", input)
    rows, packing = packed_batch("pack_padded_sequence", input, lengths, batch_first)
    is_sorted = bool((packing.order[1:] > packing.order[:-1]).all())
    if enforce_sorted and not is_sorted:
        raise ag.errors.ArgumentError(
            f"{place('pack_padded_sequence')}: lengths {np.asarray(ag.value_of(lengths)).tolist()} do not fall; sort "
            "the batch, or say enforce_sorted=False."
        )
    all_begin = len(packing.order) == packing.sizes.max(initial=0)  # or else sizes do not tell how many there are
    is_said = enforce_sorted and all_begin
    return PackedSequence(rows, packing.sizes, *((None, None) if is_said else (packing.order, packing.back)))


def pad_packed_sequence(
    sequence: PackedSequence, batch_first: bool = False, padding_value: float = 0.0, total_length: int | None = None
) -> tuple[Any, np.ndarray]:
    """The opposite of `pack_padded_sequence`: the padded batch, and the lengths, (batch,).

    Parameters
    ----------
    sequence: as layers return it.
    batch_first: whether the result is (batch, time, ...), and not (time, batch, ...).
    padding_value: what stands where a sequence has ended.
    total_length: steps of the result, at least the longest; as many as the longest has if None.

    Raises ArgumentError for a total length that is too short.

    >>> import numpy as np
    >>> packed = pack_sequence([np.array([1.0, 2.0, 3.0]), np.array([4.0])])
    >>> pad_packed_sequence(packed, batch_first=True, padding_value=-1.0)
    (array([[ 1.,  2.,  3.],
           [ 4., -1., -1.]]), array([3, 1]))
    """
    if total_length is not None:
        check_whole("pad_packed_sequence", 0, total_length=total_length)
    lengths, packing = packing_of("pad_packed_sequence", sequence, batch_first, total_length)
    longest = len(packing.sizes)
    time = longest if total_length is None else total_length
    if time < longest:
        raise ag.errors.ArgumentError(
            f"{place('pad_packed_sequence')}: total_length={total_length}, but the longest sequence has {longest} "
            "elements; want at least as many."
        )
    padded = padded_batch(sequence.data, packing, len(lengths), time, batch_first)
    if padding_value:
        is_there = np.arange(time) < lengths[:, None]
        is_there = np.reshape(is_there if batch_first else is_there.T, (*padded.shape[:2], *[1] * (padded.ndim - 2)))
        padded = np.where(is_there, padded, _filling("pad_packed_sequence", padding_value, padded.dtype))
    return padded, lengths


def pad_sequence(
    sequences: Sequence[Any], batch_first: bool = False, padding_value: float = 0.0, padding_side: str = "right"
) -> Any:
    """Sequences that differ in length as one batch: each (length, ...) -> (longest, batch, ...).

    Parameters
    ----------
    sequences: arrays or Tensors that have the same axes but for the first.
    batch_first: whether the result is (batch, longest, ...).
    padding_value: what fills up the short ones.
    padding_side: "right", behind them, or "left".

    Raises ArgumentError where there are none, and for another side; ShapeError where the other axes differ.

    >>> import numpy as np
    >>> pad_sequence([np.array([1, 2, 3]), np.array([4])], batch_first=True)
    array([[1, 2, 3],
           [4, 0, 0]])
    """
    sequences = list(sequences)
    if not sequences:
        raise ag.errors.ArgumentError("pad_sequence: there are no sequences; want at least one.")
    if padding_side not in ("left", "right"):
        raise ag.errors.ArgumentError(f"pad_sequence: padding_side={padding_side!r}; want 'left' or 'right'.")
    for x in sequences:
        check_arrays("pad_sequence", sequence=x)
        if x.ndim == 0 or x.shape[1:] != sequences[0].shape[1:]:
            axes = ", ".join(("length", *map(str, sequences[0].shape[1:])))
            raise wrong_shape("pad_sequence", f"sequences of shape ({axes}), as the first one", x)
    longest = max(len(x) for x in sequences)
    padded = []
    for x in sequences:
        fill = np.full((longest - len(x), *x.shape[1:]), _filling("pad_sequence", padding_value, x.dtype))
        padded.append(np.concatenate([x, fill] if padding_side == "right" else [fill, x]))
    return np.stack(padded, axis=0 if batch_first else 1)


def _filling(operation: str, value: float, dtype: Any) -> np.ndarray:
    """The padding value in the sequences' dtype; raises ArgumentError where it is another number there."""
    if dtype.kind in "iub" and not float(value).is_integer():
        raise ag.errors.ArgumentError(
            f"{place(operation)}: padding_value={value}, but the sequences are {dtype}: want a whole number."
        )
    return np.asarray(value, dtype)


def unpad_sequence(padded_sequences: Any, lengths: Any, batch_first: bool = False) -> list[Any]:
    """The opposite of `pad_sequence`: (time, batch, ...) and lengths (batch,) -> a list of (length, ...).

    Parameters
    ----------
    padded_sequences: the batch, an array or a Tensor.
    lengths: of the sequences, integers from 0 to time.
    batch_first: whether the batch is (batch, time, ...).

    Raises ShapeError and ArgumentError for lengths that do not fit.

    >>> import numpy as np
    >>> unpad_sequence(np.array([[1, 2, 3], [4, 0, 0]]), [3, 1], batch_first=True)
    [array([1, 2, 3]), array([4])]
    """
    check_arrays("unpad_sequence", padded_sequences=padded_sequences)
    if padded_sequences.ndim < 2:
        raise wrong_shape("unpad_sequence", "padded sequences of shape (time, batch, ...)", padded_sequences)
    if not batch_first:
        padded_sequences = np.swapaxes(padded_sequences, 0, 1)
    counts = as_lengths("unpad_sequence", lengths, *padded_sequences.shape[:2])
    return [x[:count] for x, count in zip(padded_sequences, counts, strict=True)]


def pack_sequence(sequences: Sequence[Any], enforce_sorted: bool = True) -> PackedSequence:
    """Sequences that differ in length, packed: each (length, ...) -> packed rows (all elements, ...).

    Parameters
    ----------
    enforce_sorted: whether lengths have to fall already; if not, the sequences are sorted here.

    Raises what `pad_sequence` and `pack_padded_sequence` raise.

    >>> import numpy as np
    >>> pack_sequence([np.array([4.0]), np.array([1.0, 2.0])], enforce_sorted=False).sorted_indices
    array([1, 0])
    """
    return pack_padded_sequence(pad_sequence(sequences), [len(x) for x in sequences], enforce_sorted=enforce_sorted)


def unpack_sequence(packed_sequences: PackedSequence) -> list[Any]:
    """The opposite of `pack_sequence`: a list of (length, ...).

    Parameters
    ----------
    packed_sequences: a `PackedSequence`.

    Raises TypeError for what is none.

    >>> import numpy as np
    >>> unpack_sequence(pack_sequence([np.array([1.0, 2.0]), np.array([4.0])]))
    [array([1., 2.]), array([4.])]
    """
    return unpad_sequence(*pad_packed_sequence(packed_sequences, batch_first=True), batch_first=True)


# --- truncated backpropagation through time -------------------------------------------------------------


def detached(states: Any) -> Any:
    """The last states of a piece of a sequence, as the initial ones of the next: cut off from their graph.

    So the gradient of the next piece ends where it begins, and the graph of this one can be freed. PyTorch has no such
    function.

    Parameters
    ----------
    states: as recurrent layers return them: a Tensor or an array, a tuple or list of such, or None. What is none of
        these is returned as it is, and raises no error.

    Returns the same form: tuples of Tensors that need no gradient, values shared.

    >>> import autograd as ag, nn
    >>> layer, state = nn.LSTM(3, 5), None
    >>> for piece in ag.zeros(10, 2, 3).reshape(5, 2, 2, 3):    # a sequence of ten steps, two at a time
    ...     out, state = layer(piece, nn.utils.rnn.detached(state))
    >>> [s.requires_grad for s in nn.utils.rnn.detached(state)]
    [False, False]
    """
    if isinstance(states, (tuple, list)):
        return tuple(detached(state) for state in states)
    return states.detach() if isinstance(states, ag.Tensor) else states
