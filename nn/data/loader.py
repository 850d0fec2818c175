"""Samples in batches, in an order that a seed decides."""

from __future__ import annotations

from collections import deque
from collections.abc import Callable, Generator, Iterable, Mapping, Sequence
from contextvars import copy_context
from itertools import islice
from typing import Any

import numpy as np
from numpy.typing import NDArray

import autograd as ag
from nn.data.datasets import Samples, check_dataset, gather, samples_at
from nn.data.draws import Draws
from nn.data.samplers import BatchSampler, RandomSampler, Sampler, SequentialSampler, batches_of, len_of
from nn.data.transforms import Compose
from nn.kernels.checks import check_whole

Indices = NDArray[np.intp]
Batches = Generator[Any, None, None]


class DataLoader:
    """A data set in batches, such as tuples of arrays (batch, ...); going through it once is an epoch.

    A batch has the form of a sample: a tuple where that is a tuple, an array where it is an array. Batches are copies,
    free to be changed.

    What comes is a function of the data set, ``seed`` and the number of the epoch alone: `batches` gives the batches of
    any epoch, from any one on, the same whenever it is called and however many threads work. ``iter(loader)`` gives
    those of the epoch number ``loader.epoch``, and raises that by one; set it to resume.

    A transform is a `Transform`, a function of an array (batch, ...), or a list of these, one after the other. It acts
    on the first array of a batch; a dict says on which: ``{0: RandomCrop(28, padding=2), -1: OneHot(10)}``. A key that
    is a tuple, ``{(0, 1): RandomHorizontalFlip()}``, changes several arrays with the same draws: images and their
    masks. Random numbers follow from the seed, the epoch and the sample; for one that comes several times in an epoch
    they are others each time.

    Parameters
    ----------
    dataset: a `Dataset`, or what has its methods; a list of samples that are tuples or dicts will do.
    batch_size: samples in a batch, 1 or more; the last batch is smaller where it does not divide their number.
    shuffle: whether each epoch has a random order of its own.
    sampler: in the place of ``shuffle``, the order: a `Sampler`, or an iterable of indices.
    batch_sampler: in the place of the four others, the batches: a `BucketSampler`, or an iterable of lists of indices.
    num_workers: threads that make batches ahead of their use, 0 or more. They help where a data set waits, for files
        or a network, or works in NumPy; for arrays in memory, 0 is fastest. In PyTorch these are processes.
    collate_fn: a function of a list of samples that returns the batch; `collate` if None.
    drop_last: whether a smaller batch at the end is left out.
    transform: changes of the batches; see above.
    seed: 0 or more, of ``shuffle`` and the transforms: the same orders come in every run, whatever `ag.manual_seed` was
        given. A loader that is made anew begins again with the order of epoch 0. A sampler has a seed of its own.
    prefetch_factor: batches that are made ahead, for each worker, 1 or more.

    Raises ArgumentError for what is no data set or has no samples, for arguments out of range or in each other's way,
    and where no batch is left. While it is gone through, an error of the data set comes as it is, with a note that says
    in which batch.

    >>> from nn.data import TensorDataset
    >>> loader = DataLoader(TensorDataset(range(5)), batch_size=2)
    >>> len(loader)
    3
    >>> [batch.tolist() for (batch,) in loader]
    [[0, 1], [2, 3], [4]]
    >>> shuffled = DataLoader(TensorDataset(range(5)), batch_size=2, shuffle=True, num_workers=2)
    >>> [batch.tolist() for (batch,) in shuffled.batches(epoch=7, start=1)]
    [[3, 2], [1]]
    """

    @ag.errors.without(
        pin_memory="arrays lie in main memory, leave it out",
        pin_memory_device="arrays lie in main memory, leave it out",
        generator="give seed=, a whole number, from which the order of every epoch follows",
        worker_init_fn="workers are threads, which share everything; what is random in a Transform follows from seed=",
        multiprocessing_context="workers are threads, leave it out",
        persistent_workers="workers are threads, which are quickly made; leave it out",
        timeout="a batch is waited for as long as it takes, leave it out",
        in_order="batches always come in order, leave it out",
    )
    def __init__(
        self,
        dataset: Samples,
        batch_size: int = 1,
        shuffle: bool = False,
        sampler: Sampler | Iterable[int] | None = None,
        batch_sampler: Any = None,
        num_workers: int = 0,
        collate_fn: Callable[[list[Any]], Any] | None = None,
        *,
        drop_last: bool = False,
        transform: Any = None,
        seed: int = 0,
        prefetch_factor: int = 2,
    ) -> None:
        self.dataset = check_dataset("DataLoader", dataset)
        check_whole("DataLoader", 0, num_workers=num_workers, seed=seed)
        check_whole("DataLoader", 1, batch_size=batch_size, prefetch_factor=prefetch_factor)
        if len(dataset) == 0:
            raise ag.errors.ArgumentError("DataLoader: the data set has no samples; want at least one.")
        if collate_fn is not None and not callable(collate_fn):
            raise ag.errors.ArgumentError(
                f"DataLoader: collate_fn={collate_fn!r}; want a function of a list of samples."
            )
        _check_order(batch_size, shuffle, sampler, batch_sampler, drop_last)
        self.batch_size = batch_size if batch_sampler is None else None
        self.shuffle, self.drop_last = shuffle, drop_last
        if batch_sampler is None:
            if sampler is None:
                sampler = RandomSampler(dataset, seed=seed) if shuffle else SequentialSampler(dataset)
            batch_sampler = BatchSampler(sampler, batch_size, drop_last)
        self.batch_sampler, self.num_workers, self.collate_fn = batch_sampler, num_workers, collate_fn
        self.seed, self.prefetch_factor = seed, prefetch_factor
        self.transform = transform
        self._transforms = _by_place(transform)
        self._count = len_of(batch_sampler)
        self.epoch = 0
        if len(self) == 0:
            why = (
                f"drop_last leaves out one that is smaller than {batch_size}" if drop_last else "the sampler gives none"
            )
            raise ag.errors.ArgumentError(
                f"DataLoader: there is no batch: the data set has {len(dataset):,} samples, and {why}."
            )

    def __len__(self) -> int:
        """Batches in an epoch."""
        return self._count

    def __iter__(self) -> Batches:
        """The batches of the next epoch."""
        batches = self.batches(self.epoch)
        self.epoch += 1
        return batches

    def batches(self, epoch: int, start: int = 0) -> Batches:
        """The batches of an epoch, from 0, beginning with number ``start``; those before are not made.

        Raises ArgumentError for an epoch below 0, and for a start that is not from 0 to ``len(loader)``.
        """
        check_whole("DataLoader.batches", 0, epoch=epoch, start=start)
        if start > len(self):
            raise ag.errors.ArgumentError(
                f"DataLoader.batches: start={start:,}, but an epoch has {len(self):,} batches. Was the run begun with "
                "other data, or another batch_size?"
            )
        plan = batches_of(self.batch_sampler, epoch)
        numbers = self._numbers(plan)
        jobs = [(epoch, i, plan[i], numbers[i]) for i in range(start, len(plan))]
        if self.num_workers == 0:
            return (self._make(*job) for job in jobs)
        return _ahead(self._make, jobs, self.num_workers, self.num_workers * self.prefetch_factor)

    def _numbers(self, plan: list[Indices]) -> list[Indices]:
        """What each sample's draws follow from: its index, and where it came before in the epoch, how many times.

        Raises ArgumentError for an index that the data set does not have.
        """
        order = np.concatenate(plan) if plan else np.zeros(0, np.intp)
        samples = len(self.dataset)
        if order.size and order.max() >= samples:
            raise ag.errors.ArgumentError(
                f"DataLoader: the sampler gives index {order.max():,}, but the data set has {samples:,} samples."
            )
        if not self._transforms or not order.size or np.bincount(order).max() == 1:
            return plan
        by_sample = np.argsort(order, kind="stable")
        first = np.searchsorted(order[by_sample], order[by_sample])  # where the run of the same sample begins
        times = np.empty_like(order)
        times[by_sample] = np.arange(len(order)) - first
        return np.split(order + times * samples, np.cumsum([len(indices) for indices in plan])[:-1])

    def _make(self, epoch: int, number: int, indices: Indices, numbers: Indices) -> Any:
        try:
            if self.collate_fn is None:
                batch = gather(self.dataset, indices)
            else:
                batch = self.collate_fn(samples_at(self.dataset, indices))
            if self._transforms:
                batch = _transformed(batch, self._transforms, Draws(self.seed, epoch, numbers))
            return batch
        except Exception as error:
            shown = ", ".join(map(str, indices[:5])) + (", ..." if len(indices) > 5 else "")
            error.add_note(f"This was in batch {number} of epoch {epoch}, of the samples {shown}.")
            raise


def _ahead(make: Callable[..., Any], jobs: Sequence[tuple[Any, ...]], workers: int, ahead: int) -> Batches:
    """``make(*job)`` for each job, in order, by threads that are so many jobs ahead; they end with the iteration."""
    from concurrent.futures import ThreadPoolExecutor

    pool = ThreadPoolExecutor(workers, thread_name_prefix="DataLoader")
    try:
        waiting = iter(jobs)
        made = deque(pool.submit(copy_context().run, make, *job) for job in islice(waiting, ahead))
        while made:
            batch = made.popleft().result()
            made.extend(pool.submit(copy_context().run, make, *job) for job in islice(waiting, 1))
            yield batch
    finally:
        pool.shutdown(wait=True, cancel_futures=True)


def _by_place(transform: Any) -> list[tuple[tuple[Any, ...], Compose]]:
    """Which arrays of a batch each transform is for."""
    if transform is None:
        return []
    by_place = transform if isinstance(transform, Mapping) else {0: transform}
    return [
        (key if isinstance(key, tuple) else (key,), Compose(value if isinstance(value, (list, tuple)) else [value]))
        for key, value in by_place.items()
    ]


def _transformed(batch: Any, transforms: list[tuple[tuple[Any, ...], Compose]], draws: Draws) -> Any:
    is_single = not isinstance(batch, (tuple, list, dict))
    parts: Any = [batch] if is_single else dict(batch) if isinstance(batch, dict) else list(batch)
    for number, (places, transform) in enumerate(transforms):
        for place in places:
            try:
                array = parts[place]
            except (IndexError, KeyError, TypeError):
                there = list(parts) if isinstance(parts, dict) else f"0 to {len(parts) - 1}"
                raise ag.errors.ArgumentError(
                    f"DataLoader: transform={{{place!r}: ...}}, but the parts of a batch are {there}."
                ) from None
            parts[place] = transform.apply(array, draws.fork(number))
    if is_single or isinstance(batch, dict):
        return parts[0] if is_single else parts
    return type(batch)(*parts) if hasattr(batch, "_fields") else type(batch)(parts)


def _check_order(batch_size: int, shuffle: bool, sampler: Any, batch_sampler: Any, drop_last: bool) -> None:
    if batch_sampler is not None and (batch_size != 1 or shuffle or sampler is not None or drop_last):
        raise ag.errors.ArgumentError(
            "DataLoader: batch_sampler says what is in each batch, so batch_size, shuffle, sampler and drop_last are "
            "left out."
        )
    if sampler is not None and shuffle:
        raise ag.errors.ArgumentError(
            "DataLoader: sampler gives the order, so shuffle is left out; SubsetRandomSampler(indices) shuffles."
        )
