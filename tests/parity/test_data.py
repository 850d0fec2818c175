"""Data sets, samplers and loaders beside PyTorch's: sizes, counts and values, not the random numbers themselves."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from nn.data import (
    BatchSampler,
    ConcatDataset,
    DataLoader,
    RandomSampler,
    Subset,
    TensorDataset,
    WeightedRandomSampler,
    collate,
    pad_collate,
    random_split,
)

try:
    import torch
except ImportError:
    torch = None
else:
    torch.set_num_threads(1)

pytestmark = pytest.mark.skipif(torch is None, reason="PyTorch is not installed: make test-parity")

SIZES = st.integers(1, 30)


def pair(samples):
    values = np.arange(2.0 * samples, dtype=np.float32).reshape(samples, 2)
    return TensorDataset(values, np.arange(samples)), torch.utils.data.TensorDataset(
        torch.from_numpy(values), torch.arange(samples)
    )


@given(SIZES, SIZES, st.booleans())
def test_batches_in_order(samples, batch_size, drop_last):
    ours, theirs = pair(samples)
    if drop_last and batch_size > samples:  # an error here, no batch there
        return
    options = {"batch_size": batch_size, "drop_last": drop_last}
    left, right = DataLoader(ours, **options), torch.utils.data.DataLoader(theirs, **options)
    assert len(left) == len(right)
    for batch, other in zip(left, right, strict=True):
        for array, tensor in zip(batch, other, strict=True):
            np.testing.assert_array_equal(array, tensor.numpy())
            assert array.dtype == tensor.numpy().dtype
    batches = [batch.tolist() for batch in BatchSampler(range(samples), batch_size, drop_last).order(0)]
    assert batches == list(torch.utils.data.BatchSampler(range(samples), batch_size, drop_last))


@given(SIZES, SIZES, st.booleans())
def test_how_often_samples_come(samples, drawn, replacement):
    ours = RandomSampler(range(samples), replacement, drawn).order(0)
    theirs = list(torch.utils.data.RandomSampler(range(samples), replacement, drawn))
    assert len(ours) == len(theirs) == drawn
    if not replacement:
        counts, others = (sorted(np.bincount(list(order), minlength=samples)) for order in (ours, theirs))
        assert counts == others
    weights = np.arange(samples + 1)
    ours = WeightedRandomSampler(weights, samples, replacement=False).order(0)
    theirs = torch.utils.data.WeightedRandomSampler(weights.tolist(), samples, replacement=False)
    assert sorted(ours) == sorted(theirs)


@given(st.lists(st.integers(1, 20), min_size=1, max_size=5), st.integers(5, 60))
def test_sizes_of_a_random_split(weights, samples):
    shares = [weight / sum(weights) for weight in weights]
    ours, theirs = pair(samples)
    try:
        parts = random_split(ours, shares)
    except ValueError as error:
        assert "want at least 1" in str(error)  # PyTorch warns
        return
    others = torch.utils.data.random_split(theirs, shares)
    difference = np.array([len(part) for part in parts]) - [len(other) for other in others]
    # Where a share is a whole number of samples but for rounding, PyTorch may round it down to one fewer.
    assert np.abs(difference).max() <= 1
    if all(abs(samples * share - round(samples * share)) > 1e-6 for share in shares):
        assert not difference.any()


def test_data_sets_of_data_sets():
    (a, b), (c, d) = pair(4), pair(3)
    ours = Subset(ConcatDataset([a, c]), [6, 0, 4])
    theirs = torch.utils.data.Subset(torch.utils.data.ConcatDataset([b, d]), [6, 0, 4])
    for i in range(3):
        np.testing.assert_array_equal(ours[i][0], theirs[i][0].numpy())
        assert ours[i][1] == theirs[i][1]


def test_collation():
    samples = [{"a": np.full(3, i, np.float32), "b": (i, i > 1)} for i in range(4)]
    ours, theirs = collate(samples), torch.utils.data.default_collate(samples)
    np.testing.assert_array_equal(ours["a"], theirs["a"].numpy())
    for array, tensor in zip(ours["b"], theirs["b"], strict=True):
        np.testing.assert_array_equal(array, tensor.numpy())
        assert array.dtype == tensor.numpy().dtype
    sequences = [np.arange(n, dtype=np.float32) for n in (3, 1, 5)]
    padded = torch.nn.utils.rnn.pad_sequence(list(map(torch.from_numpy, sequences)), batch_first=True, padding_value=7)
    np.testing.assert_array_equal(pad_collate(sequences, padding=7)[0], padded.numpy())
