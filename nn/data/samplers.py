"""The order of samples in an epoch: each a pure function of a seed and the number of the epoch."""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Iterable, Iterator, Sized
from typing import Any

import numpy as np
from numpy.typing import ArrayLike, NDArray

import autograd as ag
from nn.data.datasets import check_indices
from nn.kernels.checks import check_whole

Indices = NDArray[np.intp]
from_seed = ag.errors.without(generator="give seed=, a whole number, from which the order of every epoch follows")


class Sampler(ABC):
    """An order of samples: derive from it, and write ``order(epoch)`` and ``__len__``.

    It differs from PyTorch's in that a sampler has no state: ``order(3)`` is the order of the epoch number 3 whenever
    it is asked for, which is what lets an interrupted run go on where it was. `DataLoader` also takes any iterable of
    indices that can be gone through again and again.

    >>> class Backwards(Sampler):
    ...     def __len__(self):
    ...         return 3
    ...     def order(self, epoch):
    ...         return np.arange(3)[::-1]
    >>> from nn.data import DataLoader, TensorDataset
    >>> list(DataLoader(TensorDataset([10, 11, 12]), batch_size=2, sampler=Backwards()))
    [(array([12, 11]),), (array([10]),)]
    """

    @abstractmethod
    def __len__(self) -> int:
        """Samples in an epoch."""

    @abstractmethod
    def order(self, epoch: int) -> Indices:
        """The samples of an epoch, (len(self),), in order."""


class SequentialSampler(Sampler):
    """All samples in the order of the data: 0, 1, 2, ...

    Parameters
    ----------
    data_source: the data set, or anything of its length.

    Raises ArgumentError for one that has no length, or no samples.

    >>> SequentialSampler("abc").order(epoch=0)
    array([0, 1, 2])
    """

    def __init__(self, data_source: Sized) -> None:
        self.count = _count("SequentialSampler", data_source)

    def __len__(self) -> int:
        return self.count

    def order(self, epoch: int) -> Indices:
        """The same in every epoch."""
        return np.arange(self.count)


class RandomSampler(Sampler):
    """All samples in a random order, or so many of them.

    Parameters
    ----------
    data_source: the data set, or anything of its length.
    replacement: whether each is drawn from all, so that some come twice and others not at all.
    num_samples: in an epoch, 1 or more; as many as there are if None. Without replacement all samples come once before
        one comes twice.
    seed: 0 or more.

    Raises ArgumentError as `SequentialSampler` does, and for numbers out of range; TypeError for PyTorch's generator=.

    >>> RandomSampler("abcde").order(epoch=0)
    array([2, 4, 3, 0, 1])
    """

    @from_seed
    def __init__(
        self, data_source: Sized, replacement: bool = False, num_samples: int | None = None, *, seed: int = 0
    ) -> None:
        self.count = _count("RandomSampler", data_source)
        self.num_samples = self.count if num_samples is None else num_samples
        check_whole("RandomSampler", 1, num_samples=self.num_samples)
        check_whole("RandomSampler", 0, seed=seed)
        self.replacement, self.seed = replacement, seed

    def __len__(self) -> int:
        return self.num_samples

    def order(self, epoch: int) -> Indices:
        """Another one in every epoch."""
        rng = np.random.default_rng((self.seed, epoch))
        if self.replacement:
            return rng.integers(self.count, size=self.num_samples)
        rounds = [rng.permutation(self.count) for _ in range(-(-self.num_samples // self.count))]
        return np.concatenate(rounds)[: self.num_samples] if len(rounds) > 1 else rounds[0][: self.num_samples]


class SubsetRandomSampler(Sampler):
    """Some samples in a random order.

    Parameters
    ----------
    indices: of them, integers (samples,).
    seed: 0 or more.

    Raises as `Subset` does.

    >>> SubsetRandomSampler([7, 8, 9]).order(epoch=0)
    array([9, 7, 8])
    """

    @from_seed
    def __init__(self, indices: ArrayLike, *, seed: int = 0) -> None:
        check_whole("SubsetRandomSampler", 0, seed=seed)
        self.indices = check_indices("SubsetRandomSampler", indices)
        self.seed = seed

    def __len__(self) -> int:
        return len(self.indices)

    def order(self, epoch: int) -> Indices:
        """Another one in every epoch."""
        return self.indices[np.random.default_rng((self.seed, epoch)).permutation(len(self.indices))]


class WeightedRandomSampler(Sampler):
    """Samples drawn with probabilities in proportion to weights: ``weights = (1 / counts)[labels]`` evens classes out.

    Parameters
    ----------
    weights: one for each sample of the data set, (samples,), of at least 0 and not all 0.
    num_samples: drawn in an epoch, 1 or more.
    replacement: whether a sample may be drawn again. If not, each is drawn from those that are left, in proportion to
        their weights (Efraimidis and Spirakis, "Weighted random sampling with a reservoir", 2006).
    seed: 0 or more.

    Raises ArgumentError for other weights, and for more samples without replacement than have a weight above 0.

    >>> WeightedRandomSampler([0, 1, 3], num_samples=6).order(epoch=0)
    array([2, 2, 1, 1, 2, 2])
    """

    @from_seed
    def __init__(self, weights: ArrayLike, num_samples: int, replacement: bool = True, *, seed: int = 0) -> None:
        check_whole("WeightedRandomSampler", 1, num_samples=num_samples)
        check_whole("WeightedRandomSampler", 0, seed=seed)
        array = np.asarray(ag.value_of(weights), np.float64)
        if array.ndim != 1 or not (array >= 0).all() or not 0 < array.sum() < np.inf:
            raise ag.errors.ArgumentError(
                f"WeightedRandomSampler: weights={ag.errors.describe(weights)}; want one number for each sample, "
                "(samples,), finite, none below 0 and not all of them 0."
            )
        if not replacement and num_samples > np.count_nonzero(array):
            raise ag.errors.ArgumentError(
                f"WeightedRandomSampler: num_samples={num_samples:,}, but only {np.count_nonzero(array):,} samples "
                "have a weight above 0, and without replacement none is drawn twice."
            )
        self.weights, self.num_samples, self.replacement, self.seed = array, num_samples, replacement, seed

    def __len__(self) -> int:
        return self.num_samples

    def order(self, epoch: int) -> Indices:
        """Other draws in every epoch."""
        rng = np.random.default_rng((self.seed, epoch))
        likely = np.flatnonzero(self.weights)
        if self.replacement:
            ends = np.cumsum(self.weights[likely])
            places = np.searchsorted(ends, rng.random(self.num_samples) * ends[-1], side="right")
            places = np.minimum(places, len(likely) - 1)  # the product may round up to the last end
        else:
            places = np.argsort(rng.standard_exponential(len(likely)) / self.weights[likely])[: self.num_samples]
        order: Indices = likely[places]
        return order


class BatchSampler:
    """The order of a sampler, cut into batches.

    Parameters
    ----------
    sampler: a `Sampler`, or an iterable of indices.
    batch_size: 1 or more.
    drop_last: whether a smaller batch at the end is left out.

    Raises ArgumentError for another batch size, and for an iterator, which would be used up after one epoch.

    >>> BatchSampler(range(5), batch_size=2, drop_last=False).order(epoch=0)
    [array([0, 1]), array([2, 3]), array([4])]
    """

    def __init__(self, sampler: Sampler | Iterable[int], batch_size: int, drop_last: bool) -> None:
        check_whole("BatchSampler", 1, batch_size=batch_size)
        self.sampler, self.batch_size, self.drop_last = sampler, batch_size, drop_last
        self._samples = len_of(sampler, "BatchSampler")

    def __len__(self) -> int:
        """Batches in an epoch."""
        return self._samples // self.batch_size if self.drop_last else -(-self._samples // self.batch_size)

    def order(self, epoch: int) -> list[Indices]:
        """The batches of an epoch, each (batch,)."""
        return cut(order_of(self.sampler, epoch), self.batch_size, self.drop_last)


class BucketSampler:
    """Batches of sequences that are of about the same length, so that little is padded: a ``batch_sampler``.

    With ``shuffle``, the samples are shuffled and taken ``batch_size * pool`` at a time; these are sorted by length and
    cut into batches, and the batches come in a random order. Without, all are sorted, the shortest first.

    Parameters
    ----------
    lengths: of all sequences, integers (samples,), such as `SequenceDataset.lengths`.
    batch_size: 1 or more.
    shuffle: whether the order is random.
    drop_last: whether the one smaller batch is left out; with ``shuffle``, by leaving out samples at random.
    pool: batches that are sorted together, 1 or more; more of them waste less, and mix lengths less.
    seed: 0 or more.

    Raises as `Subset` does for lengths, ArgumentError for the others.

    >>> BucketSampler([5, 1, 4, 2, 3], batch_size=2, shuffle=False).order(epoch=0)
    [array([1, 3]), array([4, 2]), array([0])]
    """

    def __init__(
        self,
        lengths: ArrayLike,
        batch_size: int,
        shuffle: bool = True,
        drop_last: bool = False,
        *,
        pool: int = 100,
        seed: int = 0,
    ) -> None:
        check_whole("BucketSampler", 1, batch_size=batch_size, pool=pool)
        check_whole("BucketSampler", 0, seed=seed)
        self.lengths = check_indices("BucketSampler (lengths)", lengths)
        self.batch_size, self.shuffle, self.drop_last, self.pool, self.seed = batch_size, shuffle, drop_last, pool, seed

    def __len__(self) -> int:
        """Batches in an epoch."""
        samples = len(self.lengths)
        return samples // self.batch_size if self.drop_last else -(-samples // self.batch_size)

    def order(self, epoch: int) -> list[Indices]:
        """The batches of an epoch, each (batch,)."""
        if not self.shuffle:
            return cut(np.argsort(self.lengths, kind="stable"), self.batch_size, self.drop_last)
        rng = np.random.default_rng((self.seed, epoch))
        order = rng.permutation(len(self.lengths))[: len(self) * self.batch_size]
        pools = cut(order, self.batch_size * self.pool, False)
        sorted_pools = (pool[np.argsort(self.lengths[pool], kind="stable")] for pool in pools)
        batches = [batch for pool in sorted_pools for batch in cut(pool, self.batch_size, False)]
        return [batches[i] for i in rng.permutation(len(batches))]


def cut(order: Indices, size: int, drop_last: bool) -> list[Indices]:
    """Pieces of so many indices, in order.

    >>> cut(np.arange(5), 2, drop_last=True)
    [array([0, 1]), array([2, 3])]
    """
    stop = len(order) - len(order) % size if drop_last else len(order)
    return [order[start : min(start + size, stop)] for start in range(0, stop, size)]


def len_of(sampler: Any, operation: str = "DataLoader") -> int:
    """Elements of an epoch of a sampler, or of an iterable that takes its place.

    >>> len_of([3, 1, 2])
    3
    """
    _check_lasting(sampler, operation)
    return len(sampler) if hasattr(sampler, "__len__") else sum(1 for _ in sampler)


def order_of(sampler: Any, epoch: int) -> Indices:
    """The order of an epoch, of a sampler or of an iterable that takes its place.

    >>> order_of({3: "c", 1: "a"}, epoch=0)
    array([3, 1])
    """
    order = sampler.order(epoch) if hasattr(sampler, "order") else sampler
    return check_indices(type(sampler).__name__, order if isinstance(order, np.ndarray) else list(order))


def batches_of(batch_sampler: Any, epoch: int) -> list[Indices]:
    """The batches of an epoch, of a batch sampler or of an iterable of lists of indices.

    >>> batches_of([[0, 1], [2]], epoch=0)
    [array([0, 1]), array([2])]
    """
    if isinstance(batch_sampler, (BatchSampler, BucketSampler)):
        return batch_sampler.order(epoch)
    batches = batch_sampler.order(epoch) if hasattr(batch_sampler, "order") else iter(batch_sampler)
    return [check_indices(type(batch_sampler).__name__, batch) for batch in batches]


def _check_lasting(sampler: Any, operation: str) -> None:
    if not hasattr(sampler, "order") and not isinstance(sampler, Iterable):
        raise ag.errors.ArgumentError(
            f"{operation}: want a sampler or an iterable of indices, got {ag.errors.describe(sampler)}."
        )
    if isinstance(sampler, Iterator):
        raise ag.errors.ArgumentError(
            f"{operation}: the order is an iterator ({type(sampler).__name__}), which is used up after one epoch. Give "
            "a list of indices, or a sampler: a class derived from nn.data.Sampler."
        )


def _count(operation: str, data_source: Any) -> int:
    if not hasattr(data_source, "__len__") or len(data_source) == 0:
        raise ag.errors.ArgumentError(
            f"{operation}: data_source={ag.errors.describe(data_source)}; want a data set, of at least one sample."
        )
    return len(data_source)
