"""Data sets, their parts and their batches: what they hold, what a seed decides, what they say when misused."""

import hashlib
from collections import namedtuple

import numpy as np
import pytest

import autograd as ag
from nn.data import (
    DataLoader,
    TensorDataset,
    collate,
    embedded,
    k_fold,
    load_digits,
    pad_collate,
    random_split,
    stratified_split,
)


def test_digits_are_the_originals():
    images, labels = load_digits()
    assert images.shape == (1797, 1, 8, 8) and images.dtype == np.float32
    assert labels.shape == (1797,) and labels.dtype == np.int64
    assert np.bincount(labels).tolist() == [178, 182, 177, 183, 181, 182, 181, 179, 174, 180]
    original = (images * 16).astype(np.uint8).tobytes() + labels.astype(np.uint8).tobytes()
    recorded = embedded._DIGITS.with_name("DIGITS.md").read_text(encoding="utf-8")
    assert hashlib.sha256(original).hexdigest() in recorded


def test_digits_are_small_and_new_at_each_call():
    assert embedded._DIGITS.stat().st_size < 100_000
    images, labels = load_digits()
    images[:] = labels[:] = 7
    again, _ = load_digits()
    assert again.max() == 1.0


def test_missing_digits_say_what_to_do(monkeypatch, tmp_path):
    monkeypatch.setattr(embedded, "_DIGITS", tmp_path / "digits.npz")
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
    with pytest.raises(ValueError, match=r"stratified_split: fraction=.* above 0 and below 1"):
        stratified_split([0, 0, 1, 1], fraction)


@pytest.mark.parametrize(
    ("labels", "error", "message"),
    [
        ([[0, 1], [0, 1]], ValueError, r"stratified_split: the labels have shape \(2, 2\)"),
        ([], ValueError, r"have shape \(0,\)"),
        ([0.0, 0.0], TypeError, "are float64; want classes"),
        (["a", "a", "b"], ValueError, "class 'b' has a single sample"),
    ],
)
def test_a_split_refuses_other_labels(labels, error, message):
    with pytest.raises(error, match=message):
        stratified_split(labels, 0.5)


def test_a_split_refuses_another_seed():
    with pytest.raises(ag.errors.ArgumentError, match="stratified_split: seed=-1; want a whole number of at least 0"):
        stratified_split([0, 0, 1, 1], 0.5, seed=-1)


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
        ((), "at least one, as in TensorDataset"),
        ((np.zeros((3, 2)), np.zeros(4)), r"shapes \(3, 2\), \(4,\); want one row per sample, so equally many"),
        ((np.zeros(3), 1.0), r"shapes \(3,\), \(\); want .* at least one axis"),
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


# --- other parts --------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("lengths", "sizes"),
    [
        ([7, 3], [7, 3]),
        ([0.7, 0.2, 0.1], [7, 2, 1]),
        ([0.34, 0.33, 0.33], [4, 3, 3]),
        ([1 / 3, 1 / 3, 1 / 3], [4, 3, 3]),
    ],
)
def test_a_random_split_has_the_sizes_asked_for(lengths, sizes):
    parts = random_split(numbers(), lengths, seed=2)
    assert [len(part) for part in parts] == sizes
    assert sorted(i for part in parts for i in part.indices) == list(range(10))
    again, other = (random_split(numbers(), lengths, seed=seed) for seed in (2, 3))
    assert all(np.array_equal(a.indices, b.indices) for a, b in zip(parts, again, strict=True))
    assert any(not np.array_equal(a.indices, b.indices) for a, b in zip(parts, other, strict=True))


@pytest.mark.parametrize(
    ("lengths", "message"),
    [
        ([0.5, 0.4], r"add up to 0\.9; want shares of at least 0 whose sum is 1"),
        ([1.5, -0.5], "want shares of at least 0"),
        ([0.99, 0.01], "of 10 samples gives part 1 0 of them; want at least 1"),
        ([5, 4], "add up to 9, but the data set has 10 samples"),
        ([11, -1], "gives part 1 -1 of them"),
        ([], "add up to 0"),
        (0.8, r"lengths=0\.8; want several"),
    ],
)
def test_a_random_split_refuses_other_lengths(lengths, message):
    with pytest.raises(ag.errors.ArgumentError, match=message):
        random_split(numbers(), lengths)


@pytest.mark.parametrize("stratified", [False, True])
@pytest.mark.parametrize("shuffle", [False, True])
@pytest.mark.parametrize("folds", [2, 7])
def test_folds(stratified, shuffle, folds):
    labels = np.arange(203) % 13 % 5
    pairs = k_fold(labels, folds, stratified, shuffle)
    assert len(pairs) == folds
    for train, test in pairs:
        np.testing.assert_array_equal(np.sort(np.concatenate([train, test])), np.arange(203))
        assert (np.diff(train) > 0).all() and (np.diff(test) > 0).all()
    np.testing.assert_array_equal(np.sort(np.concatenate([test for _, test in pairs])), np.arange(203))
    assert np.ptp([len(test) for _, test in pairs]) <= 1
    if stratified:
        counts = np.array([np.bincount(labels[test], minlength=5) for _, test in pairs])
        assert np.ptp(counts, axis=0).max() <= 1
    same, other = (k_fold(labels, folds, stratified, shuffle, seed) for seed in (0, 1))
    assert all(np.array_equal(a[1], b[1]) for a, b in zip(pairs, same, strict=True))
    assert any(not np.array_equal(a[1], b[1]) for a, b in zip(pairs, other, strict=True)) == shuffle


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        ((10, 1), "folds=1; want a whole number of at least 2"),
        ((3, 4), "3 samples are too few for 4 folds"),
        ((10, 5, True), "need the labels"),
        ((["a"] * 9 + ["b"] * 2, 3, True), "class 'b' has 2 samples, too few for each of 3 folds"),
    ],
)
def test_folds_refuse(arguments, message):
    with pytest.raises(ag.errors.ArgumentError, match=message):
        k_fold(*arguments)


# --- collation ----------------------------------------------------------------------------------------------


def test_samples_of_every_structure():
    Point = namedtuple("Point", "x y")
    points = collate([Point(1.0, [1, 2]), Point(2.0, [3, 4])])
    assert type(points) is Point and points.x.dtype == np.float32 and points.y.tolist() == [[1, 2], [3, 4]]
    batch = collate([{"a": (np.float64(i), True), "b": [np.ones(2), "text"], "c": ag.ones(3)} for i in range(3)])
    assert batch["a"][0].dtype == np.float64 and batch["a"][1].dtype == bool
    assert batch["b"][0].shape == (3, 2) and batch["b"][1].tolist() == ["text"] * 3
    assert type(batch["c"]) is np.ndarray and batch["c"].shape == (3, 3)
    assert collate([np.zeros(2, np.float32), np.ones(2, np.float64)]).dtype == np.float64
    assert collate([1, 2.5]).dtype == np.float32 and collate([[0.5], [1]]).tolist() == [[0.5], [1.0]]


def test_padding_does_not_depend_on_what_is_in_the_batch():
    samples = [{"tokens": [1, 2], "label": 0}, {"tokens": [3, 4], "label": 1}]
    batch = pad_collate(samples)  # of one length, as it happens
    assert {key: value.tolist() for key, value in batch.items()} == {
        "tokens": [[1, 2], [3, 4]],
        "tokens_lengths": [2, 2],
        "label": [0, 1],
    }
    frames = [(np.ones((n, 3), np.float32), np.eye(2)[n % 2]) for n in (2, 1, 4)]
    padded, lengths, targets = pad_collate(frames, padding=-1.5, fields=[0])
    assert padded.shape == (3, 4, 3) and lengths.tolist() == [2, 1, 4] and targets.shape == (3, 2)
    assert padded.dtype == np.float32 and (padded[1, 1:] == -1.5).all() and (padded[2] == 1).all()
    alone, lengths = pad_collate([[1, 2], [3]], padding=9)
    assert alone.tolist() == [[1, 2], [3, 9]] and lengths.tolist() == [2, 1]
    (nested, lengths), label = pad_collate([(([1, 2],), 0), (([3],), 1)])
    assert nested.tolist() == [[1, 2], [3, 0]] and lengths.tolist() == [2, 1] and label.tolist() == [0, 1]


@pytest.mark.parametrize(
    ("make", "error", "message"),
    [
        (lambda: collate([]), ag.errors.ArgumentError, "there are no samples"),
        (lambda: collate([(1, None), (2, None)]), ag.errors.DtypeError, r"sample\[1\] is None.*a collate_fn"),
        (lambda: collate([(1, 2), (3,)]), ag.errors.ArgumentError, "a tuple of 2 in one sample and a tuple of 1 in"),
        (lambda: collate([{"a": 1}, {"b": 1}]), ag.errors.ArgumentError, r"a dict of \['a'\] in .* of \['b'\]"),
        (lambda: collate([[1], [1, 2]]), ag.errors.ShapeError, r"shape \(1,\) in one .*pad_collate"),
        (lambda: collate([({"x": [1]},), ({"x": [1, 2]},)]), ag.errors.ShapeError, r"sample\[0\]\['x'\] has shape"),
        (lambda: pad_collate([[[1, 2]], [[1]]]), ag.errors.ShapeError, "only the first axis may differ"),
        (lambda: pad_collate([[1], [1, 2]], 0.5), ag.errors.ArgumentError, r"padding=0\.5, but a sample is int64"),
        (lambda: pad_collate([([1], 0)], fields=[2]), ag.errors.ArgumentError, r"fields=\[2\], but .* are \[0, 1\]"),
    ],
)
def test_what_cannot_be_put_together(make, error, message):
    with pytest.raises(error, match=message):
        make()


def test_lists_of_numbers_take_the_default_float():
    dataset = TensorDataset([[1.0, 2.0]], [3], ag.ones(1), np.ones(1))
    assert [str(array.dtype) for array in dataset.arrays] == ["float32", "int64", "float32", "float64"]
