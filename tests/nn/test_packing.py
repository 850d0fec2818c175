"""Packed and padded sequences: small examples by hand, there and back, and what is refused."""

import numpy as np
import pytest

import autograd as ag
import nn

R = nn.utils.rnn
E = ag.errors

PADDED = np.array([[1, 2, 0, 0], [3, 0, 0, 0], [4, 5, 6, 7], [8, 9, 0, 0]])  # (batch, time)
LENGTHS = [2, 1, 4, 2]


def lists(*arrays):
    return [None if array is None else np.asarray(ag.value_of(array)).tolist() for array in arrays]


# --- by hand --------------------------------------------------------------------------------------------


def test_the_longest_sequence_comes_first_and_equal_ones_stay_in_order():
    packed = R.pack_padded_sequence(PADDED, LENGTHS, batch_first=True, enforce_sorted=False)
    assert lists(*packed) == [[4, 1, 8, 3, 5, 2, 9, 6, 7], [4, 3, 1, 1], [2, 0, 3, 1], [1, 3, 0, 2]]
    of_time_first = R.pack_padded_sequence(PADDED.T, LENGTHS, enforce_sorted=False)
    assert lists(*of_time_first) == lists(*packed)


def test_sorted_sequences_need_no_order():
    packed = R.pack_padded_sequence(PADDED[[2, 0, 3, 1]], [4, 2, 2, 1], batch_first=True)
    assert lists(*packed) == [[4, 1, 8, 3, 5, 2, 9, 6, 7], [4, 3, 1, 1], None, None]


@pytest.mark.parametrize("enforce_sorted", [True, False])
@pytest.mark.parametrize("lengths", [[4, 2, 0, 0], [4, 4, 4, 4], [0, 0, 0, 0], []])
def test_sequences_without_elements_are_not_lost(lengths, enforce_sorted):
    x = np.arange(16.0).reshape(4, 4)[: len(lengths)]
    packed = R.pack_padded_sequence(x, lengths, True, enforce_sorted)
    assert packed.data.shape == (sum(lengths),)
    padded, counts = R.pad_packed_sequence(packed, batch_first=True, total_length=4)
    assert counts.tolist() == lengths
    np.testing.assert_array_equal(padded, np.where(np.arange(4) < np.array(lengths)[:, None], x, 0))
    out, h = nn.GRU(1, 2, dtype="float64")(packed._replace(data=packed.data[:, None]))
    assert h.shape == (1, len(lengths), 2) and out.data.shape == (sum(lengths), 2)


def test_there_and_back():
    packed = R.pack_padded_sequence(PADDED, LENGTHS, batch_first=True, enforce_sorted=False)
    padded, lengths = R.pad_packed_sequence(packed, batch_first=True)
    assert lists(padded, lengths) == [PADDED.tolist(), LENGTHS]
    padded, _ = R.pad_packed_sequence(packed, padding_value=-1, total_length=5)
    assert lists(padded.T) == [[[1, 2, -1, -1, -1], [3, -1, -1, -1, -1], [4, 5, 6, 7, -1], [8, 9, -1, -1, -1]]]
    sequences = [[1, 2], [3], [4, 5, 6, 7], [8, 9]]
    assert lists(*R.unpack_sequence(packed)) == sequences
    assert lists(*R.unpad_sequence(PADDED, LENGTHS, batch_first=True)) == sequences
    assert lists(*R.unpad_sequence(PADDED.T, ag.tensor(LENGTHS))) == sequences
    arrays = [np.array(sequence) for sequence in sequences]
    assert lists(*R.pack_sequence(arrays, enforce_sorted=False)) == lists(*packed)
    assert lists(R.pad_sequence(arrays, batch_first=True), R.pad_sequence(arrays)) == [
        PADDED.tolist(),
        PADDED.T.tolist(),
    ]
    left = R.pad_sequence(arrays, True, -1, "left")
    assert lists(left) == [[[-1, -1, 1, 2], [-1, -1, -1, 3], [4, 5, 6, 7], [-1, -1, 8, 9]]]
    assert left.dtype == PADDED.dtype


def test_gradients_go_to_elements_and_not_to_padding():
    x = ag.tensor(PADDED[..., None].astype(float), requires_grad=True)
    packed = R.pack_padded_sequence(x, LENGTHS, batch_first=True, enforce_sorted=False)
    padded, _ = R.pad_packed_sequence(packed, batch_first=True, padding_value=np.nan)
    assert np.isnan(padded.data).sum() == 7
    (padded * np.arange(16.0).reshape(4, 4, 1)).sum().backward()
    wanted = np.where(np.arange(4) < np.array(LENGTHS)[:, None], np.arange(16.0).reshape(4, 4), 0)
    np.testing.assert_array_equal(x.grad.data[..., 0], wanted)
    parts = [ag.tensor([float(n)] * n, requires_grad=True) for n in (2, 0, 3)]
    (R.pad_sequence(parts, padding_side="left") * np.array([[1.0], [10.0], [100.0]])).sum().backward()
    assert lists(*(part.grad for part in parts)) == [[10, 100], [], [1, 10, 100]]


def test_work_on_all_elements_of_a_packed_batch():
    """`_replace` puts other rows in the place of the old ones."""
    packed = R.pack_padded_sequence(ag.tensor(PADDED[..., None].astype("f4")), LENGTHS, True, enforce_sorted=False)
    padded, _ = R.pad_packed_sequence(packed._replace(data=nn.Linear(1, 3)(packed.data)), batch_first=True)
    assert padded.shape == (4, 4, 3) and not padded.data[1, 1:].any()


def test_any_order_of_equal_lengths_is_kept():
    """As PyTorch may give it; one of the two orders is enough."""
    order = np.array([2, 3, 0, 1])
    ours = R.PackedSequence(np.array([4, 8, 1, 3, 5, 9, 2, 6, 7]), np.array([4, 3, 1, 1]), order, np.argsort(order))
    layer = nn.GRU(1, 2, dtype="float64")
    states = []
    for packed in (ours, ours._replace(unsorted_indices=None), ours._replace(sorted_indices=None)):
        padded, lengths = R.pad_packed_sequence(packed, batch_first=True)
        assert lists(padded, lengths) == [PADDED.tolist(), LENGTHS]
        states.append(layer(packed._replace(data=packed.data[:, None].astype(float)))[1])
    wanted = layer(PADDED.T[..., None].astype(float), lengths=LENGTHS)[1]
    for state in states:
        np.testing.assert_array_equal(state.data, wanted.data)


# --- errors ---------------------------------------------------------------------------------------------

PACKED = R.pack_padded_sequence(PADDED, LENGTHS, batch_first=True, enforce_sorted=False)


@pytest.mark.parametrize(
    ("call", "error", "message"),
    [
        (
            lambda: R.pack_padded_sequence(PADDED.T, LENGTHS),
            E.ArgumentError,
            r"^pack_padded_sequence: lengths \[2, 1, 4, 2\] do not fall; sort the batch, or say enforce_sorted=False",
        ),
        (lambda: R.pack_padded_sequence(PADDED.T, [2, 1]), E.ShapeError, r"lengths of shape \(4,\), .* got \(2,\)"),
        (lambda: R.pack_padded_sequence(PADDED.T, [9, 1, 1, 1]), E.ArgumentError, r"has 9; want 0 to 4"),
        (lambda: R.pack_padded_sequence(PADDED.T, [1.5, 1, 1, 1]), E.ArgumentError, r"float64; want integers"),
        (lambda: R.pack_padded_sequence(PADDED[0], [4]), E.ShapeError, r"shape \(time, batch, \.\.\.\), got \(4,\)"),
        (lambda: R.pack_padded_sequence([[1]], [1]), E.DtypeError, r"pack_padded_sequence: input is a list"),
        (lambda: R.pack_sequence([np.ones(1), np.ones(2)]), E.ArgumentError, r"lengths \[1, 2\] do not fall"),
        (
            lambda: R.pad_packed_sequence(PADDED),
            TypeError,
            r"pad_packed_sequence: want a PackedSequence, not a ndarray",
        ),
        (
            lambda: R.pad_packed_sequence(PACKED, total_length=3),
            E.ArgumentError,
            r"^pad_packed_sequence: total_length=3, but the longest sequence has 4 elements; want at least as many",
        ),
        (lambda: R.pad_packed_sequence(PACKED, total_length=6.0), E.ArgumentError, r"total_length=6\.0; want a whole"),
        (
            lambda: R.pad_packed_sequence(PACKED, padding_value=0.5),
            E.ArgumentError,
            r"padding_value=0\.5, .* int64: want",
        ),
        (
            lambda: R.unpack_sequence(PACKED._replace(batch_sizes=[1, 2, 6])),
            E.ArgumentError,
            r"batch_sizes=\[1, 2, 6\]",
        ),
        (lambda: R.unpack_sequence(PACKED._replace(batch_sizes=[9, 0])), E.ArgumentError, r"at least 1 at each step"),
        (lambda: R.unpack_sequence(PACKED._replace(batch_sizes=[5, 3])), E.ShapeError, r"8 rows, the sum of batch_siz"),
        (lambda: R.unpack_sequence(PACKED._replace(sorted_indices=np.arange(3))), E.ArgumentError, r"at least 4 are"),
        (lambda: R.pad_sequence([]), E.ArgumentError, r"^pad_sequence: there are no sequences; want at least one"),
        (lambda: R.pad_sequence([[1.0], [2.0]]), E.DtypeError, r"pad_sequence: sequence is a list; want a Tensor"),
        (
            lambda: R.pad_sequence([np.ones((2, 3)), np.ones((2, 4))]),
            E.ShapeError,
            r"^pad_sequence: want sequences of shape \(length, 3\), as the first one, got \(2, 4\)",
        ),
        (lambda: R.pad_sequence([np.ones(2)], padding_side="top"), E.ArgumentError, r"'top'; want 'left' or 'right'"),
        (lambda: R.pad_sequence([np.arange(2)], padding_value=0.5), E.ArgumentError, r"padding_value=0\.5, .* int64"),
        (lambda: R.unpad_sequence(PADDED[0], [4]), E.ShapeError, r"^unpad_sequence: want padded sequences of shape"),
        (lambda: R.unpad_sequence(PADDED.T, [5, 1, 1, 1]), E.ArgumentError, r"^unpad_sequence: lengths has 5; want 0"),
    ],
)
def test_what_is_refused(call, error, message):
    with pytest.raises(error, match=message):
        call()
