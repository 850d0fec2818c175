"""Data sets and loaders: what they hold, what a seed decides, and what they say when misused."""

import hashlib

import numpy as np
import pytest

from nn.data import DataLoader, TensorDataset, datasets, load_digits, stratified_split


def test_digits_are_the_originals():
    images, labels = load_digits()
    assert images.shape == (1797, 1, 8, 8) and images.dtype == np.float32
    assert labels.shape == (1797,) and labels.dtype == np.int64
    assert np.bincount(labels).tolist() == [178, 182, 177, 183, 181, 182, 181, 179, 174, 180]
    original = (images * 16).astype(np.uint8).tobytes() + labels.astype(np.uint8).tobytes()
    recorded = datasets._DIGITS.with_name("DIGITS.md").read_text(encoding="utf-8")
    assert hashlib.sha256(original).hexdigest() in recorded


def test_digits_are_small_and_new_at_each_call():
    assert datasets._DIGITS.stat().st_size < 100_000
    images, labels = load_digits()
    images[:] = labels[:] = 7
    again, _ = load_digits()
    assert again.max() == 1.0


def test_missing_digits_say_what_to_do(monkeypatch, tmp_path):
    monkeypatch.setattr(datasets, "_DIGITS", tmp_path / "digits.npz")
    with pytest.raises(FileNotFoundError, match=r"not at .*digits\.npz; .* reinstall glassgrad"):
        load_digits()


@pytest.mark.parametrize("fraction", [0.001, 0.2, 0.5, 0.999])
def test_a_split_is_stratified_and_leaves_nothing_out(fraction):
    _, labels = load_digits()
    train, test = stratified_split(labels, fraction)
    np.testing.assert_array_equal(np.sort(np.concatenate([train, test])), np.arange(1797))
    counts, held_out = np.bincount(labels), np.bincount(labels[test], minlength=10)
    assert held_out.min() >= 1 and (counts - held_out).min() >= 1
    assert np.abs(held_out - fraction * counts).max() <= 1.0
    assert (np.diff(train) > 0).all() and (np.diff(test) > 0).all()


def test_a_split_follows_from_its_seed():
    _, labels = load_digits()
    first, again, other = (stratified_split(labels, 0.2, seed)[1] for seed in (3, 3, 4))
    np.testing.assert_array_equal(first, again)
    assert not np.array_equal(first, other)


@pytest.mark.parametrize("fraction", [0.0, 1.0, -0.2, 20, float("nan")])
def test_a_split_refuses_other_fractions(fraction):
    with pytest.raises(ValueError, match="between 0 and 1"):
        stratified_split([0, 0, 1, 1], fraction)


@pytest.mark.parametrize(
    ("labels", "error", "message"),
    [
        ([[0, 1], [0, 1]], ValueError, r"got shape \(2, 2\)"),
        ([], ValueError, r"got shape \(0,\)"),
        ([0.0, 0.0], TypeError, "got float64"),
        (["a", "a", "b"], ValueError, "class 'b' has a single sample"),
    ],
)
def test_a_split_refuses_other_labels(labels, error, message):
    with pytest.raises(error, match=message):
        stratified_split(labels, 0.5)


def numbers(samples=10):
    """A data set in which the second array says which sample it is."""
    return TensorDataset(np.arange(2.0 * samples).reshape(samples, 2), np.arange(samples))


def order(loader):
    return [i for _, indices in loader for i in indices.tolist()]


def test_a_data_set_is_indexed_like_its_arrays():
    dataset = numbers()
    for index in (3, slice(2, 7, 2), [1, 1, 0], np.arange(10) > 6):
        features, indices = dataset[index]
        np.testing.assert_array_equal(features, dataset.arrays[0][index])
        np.testing.assert_array_equal(indices, dataset.arrays[1][index])


def test_a_data_set_does_not_copy():
    features = np.zeros((3, 2))
    assert TensorDataset(features).arrays[0] is features


@pytest.mark.parametrize(
    ("arrays", "message"),
    [
        ((), "at least one array"),
        ((np.zeros((3, 2)), np.zeros(4)), r"equally many; got shapes \(3, 2\), \(4,\)"),
        ((np.zeros(3), 1.0), r"at least one axis; got shapes \(3,\), \(\)"),
        (
            ([[1, 2], [3]], [0, 1]),
            r"inhomogeneous .*(?s:.)*differ in length: SequenceDataset\(sequences, labels\)",
        ),
    ],
)
def test_a_data_set_refuses_arrays_that_do_not_fit(arrays, message):
    with pytest.raises(ValueError, match=message):
        TensorDataset(*arrays)


@pytest.mark.parametrize(("drop_last", "sizes"), [(False, [4, 4, 2]), (True, [4, 4])])
@pytest.mark.parametrize("shuffle", [False, True])
def test_batches(drop_last, sizes, shuffle):
    loader = DataLoader(numbers(), 4, shuffle, drop_last=drop_last)
    batches = list(loader)
    assert [len(indices) for _, indices in batches] == sizes
    assert len(loader) == len(sizes)
    for features, indices in batches:
        assert type(features) is np.ndarray
        np.testing.assert_array_equal(features[:, 0], 2 * indices)  # rows stay together


def test_without_shuffle_the_order_is_that_of_the_data():
    loader = DataLoader(numbers(), 3)
    assert order(loader) == order(loader) == list(range(10))


def test_the_order_follows_from_seed_and_epoch():
    loader, twin, other = (DataLoader(numbers(50), 8, shuffle=True, seed=seed) for seed in (1, 1, 2))
    epochs = [order(loader) for _ in range(3)]
    assert [order(twin) for _ in range(3)] == epochs
    assert all(sorted(epoch) == list(range(50)) for epoch in epochs)
    assert len({tuple(epoch) for epoch in [*epochs, order(other)]}) == 4
    resumed = DataLoader(numbers(50), 8, shuffle=True, seed=1)
    resumed.epoch = 2
    assert order(resumed) == epochs[2]


def test_an_epoch_left_early_does_not_disturb_the_next():
    loader, twin = (DataLoader(numbers(), 3, shuffle=True) for _ in range(2))
    next(iter(loader))
    assert [order(twin), order(twin)][1] == order(loader)


@pytest.mark.parametrize("shuffle", [False, True])
def test_a_batch_may_be_changed(shuffle):
    dataset = numbers()
    for features, _ in DataLoader(dataset, 4, shuffle):
        features[...] = -1.0
    assert dataset.arrays[0].min() == 0.0


def test_any_data_set_that_gives_many_samples_at_once_will_do():
    class Squares:
        def __len__(self):
            return 5

        def __getitem__(self, indices):
            return indices, indices**2

    assert [squares.tolist() for _, squares in DataLoader(Squares(), 3)] == [[0, 1, 4], [9, 16]]


def test_a_data_set_that_gives_single_samples_alone():
    class Names:
        def __len__(self):
            return 2

        def __getitem__(self, index):
            return ["Ada", "Alan"][index]

    with pytest.raises(TypeError, match=r"(?s)scalar index.*dataset\[indices\], of an array .*There is no collate_fn"):
        next(iter(DataLoader(Names(), 2)))


@pytest.mark.parametrize(
    ("arguments", "error", "message"),
    [
        ({"dataset": (np.zeros(3), np.zeros(3))}, TypeError, r"not tuple: wrap arrays first, .*TensorDataset"),
        ({"dataset": np.zeros(3)}, TypeError, "not ndarray"),
        ({"dataset": iter([])}, TypeError, "not list_iterator"),
        ({"dataset": TensorDataset(np.zeros((0, 2)))}, ValueError, "no samples"),
        ({"batch_size": 0}, ValueError, "batch_size is 1 or more; got 0"),
        ({"batch_size": 2.0}, TypeError, r"batch_size is an integer, 1 or more; got 2\.0"),
        ({"batch_size": 11, "drop_last": True}, ValueError, "has 10 samples, a batch 11"),
        ({"seed": -1}, ValueError, "seed is 0 or more; got -1"),
    ],
)
def test_a_loader_refuses_what_it_cannot_do(arguments, error, message):
    with pytest.raises(error, match=message):
        DataLoader(**({"dataset": numbers()} | arguments))
