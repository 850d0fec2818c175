"""Loaders and samplers: what an epoch consists of, threads and no threads alike, and what goes wrong in them."""

import os
import signal
import threading
import time

import numpy as np
import pytest

import autograd as ag
import nn
from nn.data import (
    BatchSampler,
    BucketSampler,
    ConcatDataset,
    DataLoader,
    Dataset,
    GaussianNoise,
    RandomSampler,
    Sampler,
    SequenceDataset,
    SequentialSampler,
    Subset,
    SubsetRandomSampler,
    TensorDataset,
    Transform,
    WeightedRandomSampler,
    pad_collate,
)


def numbers(samples=10):
    return TensorDataset(np.arange(2.0 * samples).reshape(samples, 2), np.arange(samples))


class OneByOne(Dataset):
    """Samples one by one; it remembers which were asked for, and stumbles over one of them."""

    def __init__(self, samples=40, stumbles_at=None, seconds=0.0):
        self.samples, self.stumbles_at, self.seconds, self.asked = samples, stumbles_at, seconds, []

    def __len__(self):
        return self.samples

    def __getitem__(self, index):
        assert type(index) is int
        self.asked.append(index)
        if index == self.stumbles_at:
            raise OSError("a file is missing")
        time.sleep(self.seconds)
        return {"x": np.full(3, index, np.float32), "y": index}


def threads_of_loaders():
    return [thread for thread in threading.enumerate() if thread.name.startswith("DataLoader")]


@pytest.fixture(autouse=True)
def no_thread_is_left():
    yield
    assert not threads_of_loaders()


def equal(left, right):
    if isinstance(left, dict):
        return left.keys() == right.keys() and all(equal(left[key], right[key]) for key in left)
    if isinstance(left, (tuple, list)):
        return len(left) == len(right) and all(map(equal, left, right))
    return left.dtype == right.dtype and np.array_equal(left, right)


# --- epochs -------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("workers", [0, 1, 3])
@pytest.mark.parametrize("kind", ["shuffle", "weighted", "buckets"])
def test_batches_are_a_pure_function(workers, kind):
    orders = {
        "shuffle": {"shuffle": True, "batch_size": 7},
        "weighted": {"sampler": WeightedRandomSampler(np.arange(50), 60, seed=3), "batch_size": 7},
        "buckets": {"batch_sampler": BucketSampler(np.arange(50) % 9, 7, seed=3)},
    }
    loader, twin = (
        DataLoader(numbers(50), seed=5, transform=GaussianNoise(0.1), num_workers=n, **orders[kind])
        for n in (workers, 0)
    )
    epochs = [list(twin.batches(epoch)) for epoch in range(3)]
    assert not equal(epochs[0], epochs[1])
    for epoch in (2, 0, 1):
        assert equal(list(loader.batches(epoch)), epochs[epoch])
        assert equal(list(loader.batches(epoch, start=5)), epochs[epoch][5:])
    assert loader.epoch == 0
    assert equal([list(loader), list(loader)], epochs[:2]) and loader.epoch == 2
    assert len(loader) == len(epochs[0]) and list(loader.batches(0, len(loader))) == []


@pytest.mark.parametrize("workers", [0, 2])
def test_starting_in_the_middle_loads_nothing_before(workers):
    dataset = OneByOne(40)
    list(DataLoader(dataset, 4, num_workers=workers).batches(0, start=8))
    assert sorted(dataset.asked) == list(range(32, 40))


def test_epochs_side_by_side():
    loader = DataLoader(OneByOne(12), 4, shuffle=True, num_workers=2)
    first, second = list(loader.batches(0)), list(loader.batches(1))
    assert equal(list(zip(loader.batches(0), loader.batches(1), strict=True)), list(zip(first, second, strict=True)))
    for outer in loader.batches(0):
        assert equal(list(loader.batches(1)), second) and outer["x"].shape == (4, 3)


# --- threads ------------------------------------------------------------------------------------------------


def test_workers_go_ahead_so_far_and_no_farther():
    dataset = OneByOne(1000)
    batches = iter(DataLoader(dataset, 1, num_workers=2, prefetch_factor=3))
    assert dataset.asked == [] and not threads_of_loaders()  # nothing is done before it is gone through
    next(batches), next(batches)
    deadline = time.monotonic() + 5
    while len(dataset.asked) < 7 and time.monotonic() < deadline:
        time.sleep(0.001)
    time.sleep(0.02)
    assert 7 <= len(dataset.asked) <= 8
    batches.close()


def test_threads_wait_at_the_same_time():
    dataset = OneByOne(16, seconds=0.01)
    start = time.perf_counter()
    list(DataLoader(dataset, 4, num_workers=4))
    assert time.perf_counter() - start < 0.12  # 0.16 s one after the other, 0.04 s side by side


@pytest.mark.parametrize("leave", ["break", "error", "interrupt", "drop", "exhaust"])
def test_no_thread_is_left_however_the_loop_ends(leave):
    loader = DataLoader(OneByOne(400), 2, num_workers=3)
    if leave == "drop":
        batches = iter(loader)
        next(batches)
        assert len(threads_of_loaders()) > 0
        del batches
        return
    kinds = {"error": ValueError, "interrupt": KeyboardInterrupt}
    try:
        for _ in loader:
            if leave == "break":
                break
            if leave in kinds:
                raise kinds[leave]
    except (ValueError, KeyboardInterrupt):
        assert not threads_of_loaders()
    assert not threads_of_loaders()


@pytest.mark.skipif(os.name == "nt", reason="Windows has no such signal to send")
def test_ctrl_c_while_a_batch_is_waited_for():
    class Slow(OneByOne):
        def __getitem__(self, index):
            if index == 5:
                os.kill(os.getpid(), signal.SIGINT)
            time.sleep(0.01)
            return index

    seen, start = [], time.perf_counter()
    with pytest.raises(KeyboardInterrupt):
        for batch in DataLoader(Slow(1000), 1, num_workers=2):
            seen.append(batch)
    assert len(seen) < 7 and time.perf_counter() - start < 1
    assert not threads_of_loaders()


@pytest.mark.parametrize("workers", [0, 2])
def test_an_error_comes_with_its_traceback_and_its_batch(workers):
    loader = DataLoader(OneByOne(40, stumbles_at=13), 4, num_workers=workers)
    seen = []
    with pytest.raises(OSError, match="a file is missing") as caught:
        for batch in loader:
            seen.append(batch)
    assert len(seen) == 3  # those before it came
    assert caught.value.__notes__ == ["This was in batch 3 of epoch 0, of the samples 12, 13, 14, 15."]
    assert caught.traceback[-1].name == "__getitem__"
    assert not threads_of_loaders()


def test_workers_have_the_error_state_of_the_loop():
    loader = DataLoader(numbers(), 5, num_workers=1, transform=lambda x: x / 0)
    with np.errstate(all="raise"), pytest.raises(FloatingPointError):
        list(loader)
    with np.errstate(all="ignore"):
        assert len(list(loader)) == 2


# --- data sets -----------------------------------------------------------------------------------------------


def test_a_data_set_gives_samples_or_batches():
    expected = list(DataLoader(numbers(), 4, shuffle=True))

    class Pairs:
        def __len__(self):
            return 10

        def __getitem__(self, index):
            return np.array([2.0 * index, 2.0 * index + 1]), index

    class Several(Pairs):
        def __getitems__(self, indices):
            assert type(indices) is list
            return [self[i] for i in indices]

    class Batches(Pairs):
        def batch(self, indices):
            return 2.0 * indices[:, None] + [0.0, 1.0], indices

    def by_hand(samples):
        return [np.stack(column) for column in zip(*samples, strict=True)]

    pairs = [Pairs()[i] for i in range(10)]
    halves = ConcatDataset([Subset(numbers(20), range(3)), Pairs()])
    of_halves = Subset(halves, [0, 1, 2, *range(6, 13)])
    for dataset in (Pairs(), Several(), Batches(), pairs, of_halves, Subset(numbers(12), range(10))):
        assert equal(list(DataLoader(dataset, 4, shuffle=True)), expected)
    assert equal(list(DataLoader(numbers(), 4, shuffle=True, collate_fn=by_hand)), expected)


def test_a_subset_and_a_concatenation_know_their_samples():
    part = Subset(numbers(), [7, 2, 2])
    assert [part[i][1] for i in range(3)] == [7, 2, 2] and len(part) == 3
    both = ConcatDataset([part, numbers(2), part])
    assert [both[i][1] for i in range(-8, 8)] == [7, 2, 2, 0, 1, 7, 2, 2] * 2
    with pytest.raises(IndexError, match="index 8 is out of range for 8 samples"):
        both[8]


def test_sequences_of_different_lengths():
    dataset = SequenceDataset([[5, 6, 7], [8], [9, 10]], [1, 0, 1])
    expected = next(iter(DataLoader(dataset, 3)))
    assert equal(next(iter(DataLoader(dataset, 3, collate_fn=pad_collate))), expected)
    with pytest.raises(
        ag.errors.ShapeError, match=r"sample\[0\] has shape \(1,\) in one .* collate_fn=nn\.data\.pad_co"
    ):
        next(iter(DataLoader(ConcatDataset([dataset]), 3)))


# --- samplers --------------------------------------------------------------------------------------------------


def test_samplers_give_what_their_names_say():
    assert SequentialSampler(numbers()).order(3).tolist() == list(range(10))
    once = RandomSampler(numbers())
    assert sorted(once.order(0)) == list(range(10)) and not np.array_equal(once.order(0), once.order(1))
    rounds = RandomSampler(numbers(), num_samples=25).order(0)
    assert sorted(rounds[:10]) == sorted(rounds[10:20]) == list(range(10)) and len(set(rounds[20:])) == 5
    drawn = RandomSampler(numbers(), replacement=True, num_samples=5000).order(0)
    assert np.abs(np.bincount(drawn) - 500).max() < 110
    assert sorted(SubsetRandomSampler([3, 5, 9], seed=1).order(0)) == [3, 5, 9]


def test_weights_are_kept():
    weights = np.array([0.0, 1.0, 2.0, 0.0, 7.0, 0.0])
    drawn = WeightedRandomSampler(weights, 20000).order(0)
    np.testing.assert_allclose(np.bincount(drawn, minlength=6) / 20000, weights / 10, atol=0.015)
    pairs = [tuple(WeightedRandomSampler(weights, 2, replacement=False).order(epoch)) for epoch in range(4000)]
    assert all(a != b for a, b in pairs)
    # First 4 (7 of 10), then 2 (2 of the 3 that are left); and so on.
    for pair, odds in {(4, 2): 0.7 * 2 / 3, (2, 4): 0.2 * 7 / 8, (1, 2): 0.1 * 2 / 9}.items():
        assert abs(pairs.count(pair) / 4000 - odds) < 0.03


def test_buckets_hold_all_samples_once_and_waste_little():
    lengths = np.random.default_rng(0).integers(1, 100, 1003)
    sampler = BucketSampler(lengths, 16, pool=20)
    for epoch in range(2):
        batches = sampler.order(epoch)
        assert len(batches) == len(sampler) == 63
        assert sorted(np.concatenate(batches)) == list(range(1003))
        padded = sum(lengths[batch].max() * len(batch) for batch in batches)
        assert padded < 1.1 * lengths.sum()  # about twice as much in a random order
    starts = [lengths[batch].min() for batch in sampler.order(0)]
    assert 20 < np.sum(np.diff(starts) < 0) < 45  # the batches themselves are in no order of length
    whole = BucketSampler(lengths, 16, drop_last=True)
    left_out = [set(range(1003)) - set(np.concatenate(whole.order(epoch))) for epoch in range(2)]
    assert {len(batch) for batch in whole.order(0)} == {16} and len(whole) == 62 and left_out[0] != left_out[1]
    plain = BucketSampler(lengths, 16, shuffle=False)
    assert (np.diff(lengths[np.concatenate(plain.order(0))]) >= 0).all()


@pytest.mark.parametrize("sampler", [[4, 2, 2], np.array([4, 2, 2]), (4, 2, 2), {4: 0, 2: 0}.keys()])
def test_any_iterable_of_indices_is_an_order(sampler):
    loader = DataLoader(numbers(), 2, sampler=sampler)
    for _ in range(2):
        assert [i for _, y in loader for i in y.tolist()] == list(sampler)
    assert len(loader) == -(-len(sampler) // 2)


def test_batches_of_any_kind():
    loader = DataLoader(numbers(), batch_sampler=[[4, 2], [7], range(3)])
    assert [y.tolist() for _, y in loader] == [[4, 2], [7], [0, 1, 2]] and len(loader) == 3
    assert loader.batch_size is None and DataLoader(numbers(), 3).batch_size == 3
    loader = DataLoader(numbers(), batch_sampler=BatchSampler([4, 2, 7], 2, drop_last=True))
    assert [y.tolist() for _, y in loader] == [[4, 2]]


# --- errors ----------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        ({"dataset": [np.zeros(3), np.zeros(3)]}, r"want a data set, got a list of 2\. Wrap .*TensorDataset"),
        ({"dataset": (np.zeros(3), np.zeros(3))}, r"got a tuple of 2\. Wrap"),
        ({"dataset": np.zeros(3)}, r"got \(3,\) float64"),
        ({"dataset": iter([])}, r"got a list_iterator.*nn\.data\.Dataset, with __len__"),
        ({"dataset": TensorDataset(np.zeros((0, 2)))}, "no samples"),
        ({"dataset": []}, "no samples"),
        ({"batch_size": 0}, "batch_size=0; want a whole number of at least 1"),
        ({"batch_size": None}, "batch_size=None"),
        ({"batch_size": 2.0}, r"batch_size=2\.0"),
        ({"batch_size": 11, "drop_last": True}, "10 samples, and drop_last leaves out one that is smaller than 11"),
        ({"sampler": []}, "there is no batch"),
        ({"seed": -1}, "seed=-1"),
        ({"num_workers": -1}, "num_workers=-1"),
        ({"prefetch_factor": 0}, "prefetch_factor=0"),
        ({"collate_fn": "pad"}, "collate_fn='pad'; want a function"),
        ({"sampler": [1, 2], "shuffle": True}, "sampler gives the order, so shuffle is left out"),
        ({"batch_sampler": [[1]], "batch_size": 3}, "batch_sampler says .* are left out"),
        ({"sampler": iter([1, 2])}, r"an iterator \(list_iterator\), which is used up"),
        ({"sampler": 3}, "want a sampler or an iterable of indices, got 3"),
        ({"transform": GaussianNoise}, "GaussianNoise is no transform; want one that is made"),
        ({"transform": {0: 3}}, "3 is no transform"),
    ],
)
def test_a_loader_refuses_what_it_cannot_do(arguments, message):
    with pytest.raises(ag.errors.ArgumentError, match=message):
        DataLoader(**({"dataset": numbers()} | arguments))


@pytest.mark.parametrize(
    ("make", "error", "message"),
    [
        (lambda: Subset(numbers(), [0, 10]), ValueError, "indices go from 0 to 10; want them from 0 to 9"),
        (lambda: Subset(numbers(), [-1]), ValueError, "indices go from -1 to -1"),
        (lambda: Subset(numbers(), np.arange(10) > 3), TypeError, r"are bool; .* np\.flatnonzero\(mask\)"),
        (lambda: Subset(numbers(), [[1]]), ValueError, r"shape \(1, 1\); want one axis"),
        (lambda: ConcatDataset([]), ValueError, "no data sets"),
        (lambda: ConcatDataset(numbers().arrays), ValueError, "ConcatDataset: want a data set"),
        (lambda: RandomSampler([]), ValueError, "of at least one sample"),
        (lambda: RandomSampler(numbers(), num_samples=0), ValueError, "num_samples=0"),
        (lambda: WeightedRandomSampler([1, -1], 2), ValueError, r"weights=\[1, -1\]; .* none below 0"),
        (lambda: WeightedRandomSampler([0, 0], 2), ValueError, "not all of them 0"),
        (lambda: WeightedRandomSampler([1, np.nan], 2), ValueError, "finite"),
        (lambda: WeightedRandomSampler([1, 0, 1], 3, False), ValueError, "only 2 samples have a weight above 0"),
        (lambda: BatchSampler([1], 0, False), ValueError, "BatchSampler: batch_size=0"),
        (lambda: BatchSampler(iter([1]), 2, False), ValueError, "BatchSampler: the order is an iterator"),
        (
            lambda: BatchSampler(5, 2, False),
            ValueError,
            "BatchSampler: want a sampler or an iterable of indices, got 5",
        ),
        (lambda: BucketSampler([1.5], 1), TypeError, r"BucketSampler \(lengths\): indices are float64"),
        (lambda: next(iter(DataLoader(numbers(), sampler=[10]))), ValueError, "gives index 10, but .* has 10 samples"),
        (lambda: DataLoader(numbers()).batches(0, 11), ValueError, "start=11, but an epoch has 10 batches"),
        (lambda: DataLoader(numbers()).batches(-1), ValueError, "epoch=-1"),
        (
            lambda: next(iter(DataLoader(numbers(), transform={2: GaussianNoise(1)}))),
            ValueError,
            r"transform=\{2: \.\.\.\}, but the parts of a batch are 0 to 1",
        ),
        (
            lambda: next(iter(DataLoader(OneByOne(), transform=GaussianNoise(1)))),
            ValueError,
            r"transform=\{0: .* are \['x', 'y'\]",
        ),
    ],
)
def test_what_is_refused(make, error, message):
    with pytest.raises(error, match=message) as caught:
        make()
    assert isinstance(caught.value, ag.errors.GlassgradError)


@pytest.mark.parametrize(
    ("make", "message"),
    [
        (lambda: DataLoader(numbers(), pin_memory=True), "DataLoader: there is no pin_memory=: .* leave it out"),
        (lambda: DataLoader(numbers(), persistent_workers=True), "workers are threads"),
        (lambda: DataLoader(numbers(), generator=None), "generator=: give seed="),
        (lambda: nn.data.random_split(numbers(), [5, 5], generator=None), "random_split: .* give seed="),
        (lambda: WeightedRandomSampler([1, 2], 2, generator=None), "WeightedRandomSampler: .* give seed="),
        (lambda: nn.data.RandomCrop(4, padding_mode="reflect"), r"padding_mode=: .* np\.pad"),
    ],
)
def test_keywords_of_pytorch_that_have_no_place(make, message):
    with pytest.raises(TypeError, match=message):
        make()


def test_bases_want_their_methods():
    for base in (Dataset, Sampler, Transform):
        with pytest.raises(TypeError, match="abstract"):
            base()
