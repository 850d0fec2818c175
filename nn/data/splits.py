"""Parts of a data set: training and test, or folds."""

from __future__ import annotations

import math
from collections.abc import Iterable, Sequence
from typing import Any

import numpy as np
from numpy.typing import ArrayLike, NDArray

import autograd as ag
from nn.data.datasets import Samples, Subset, check_dataset
from nn.kernels.checks import check_whole, is_whole

Indices = NDArray[np.intp]


@ag.errors.without(generator="give seed=, a whole number")
def random_split(dataset: Samples, lengths: Sequence[float], seed: int = 0) -> list[Subset]:
    """A data set in parts that share no sample, drawn at random.

    Parameters
    ----------
    dataset: the whole.
    lengths: of the parts: numbers of samples whose sum is that of the data set, or shares whose sum is 1. Shares are
        rounded down, and the samples that are left over go to the parts one by one, from the first on.
    seed: 0 or more; which samples go where follows from it alone.

    Raises ArgumentError for other sums, and where a part would have no samples. Each part is in the order of the whole
    (PyTorch leaves it shuffled): a `DataLoader` shuffles anyway.

    >>> from nn.data import TensorDataset
    >>> train, test = random_split(TensorDataset(range(10)), [0.8, 0.2])
    >>> len(train), len(test)
    (8, 2)
    """
    check_whole("random_split", 0, seed=seed)
    counts = _counts(lengths, len(check_dataset("random_split", dataset)))
    order = np.random.default_rng(seed).permutation(len(dataset))
    return [Subset(dataset, np.sort(part)) for part in np.split(order, np.cumsum(counts)[:-1])]


def _counts(lengths: Sequence[float], samples: int) -> list[int]:
    if not isinstance(lengths, Iterable):
        raise ag.errors.ArgumentError(f"random_split: lengths={lengths!r}; want several, such as [0.8, 0.2].")
    lengths = list(lengths)
    if all(is_whole(length) for length in lengths):
        counts = [int(length) for length in lengths]
        if sum(counts) != samples:
            raise ag.errors.ArgumentError(
                f"random_split: lengths={lengths} add up to {sum(counts):,}, but the data set has {samples:,} samples."
            )
    else:
        if not math.isclose(sum(lengths), 1, abs_tol=1e-6) or min(lengths) < 0:
            raise ag.errors.ArgumentError(
                f"random_split: lengths={lengths} add up to {sum(lengths):g}; want shares of at least 0 whose sum is "
                "1, such as [0.8, 0.2], or numbers of samples."
            )
        counts = [math.floor(samples * length + 1e-9) for length in lengths]  # 10 * 0.7 is 7, whatever it rounds to
        for i in range(samples - sum(counts)):
            counts[i % len(counts)] += 1
    if min(counts) < 1:
        empty = next(i for i, count in enumerate(counts) if count < 1)
        raise ag.errors.ArgumentError(
            f"random_split: lengths={lengths} of {samples:,} samples gives part {empty} {counts[empty]} of them; want "
            "at least 1."
        )
    return counts


def stratified_split(labels: ArrayLike, fraction: float, seed: int = 0) -> tuple[Indices, Indices]:
    """Indices of a training and a test part in which every class has its share: (samples,) -> (train,), (test,).

    Both parts are in rising order.

    Parameters
    ----------
    labels: one class per sample, (samples,): integers, booleans or strings.
    fraction: of each class, what goes to the test part, above 0 and below 1: rounded to whole samples, but at least one
        on each side.
    seed: 0 or more; which samples go where follows from it alone.

    Raises DtypeError for labels that are not classes (floats), ShapeError for labels that are not one-dimensional, and
    ArgumentError for numbers out of range and for a class of a single sample.

    >>> train, test = stratified_split(["cat"] * 5 + ["dog"] * 10, 0.2)
    >>> len(train), len(test)
    (12, 3)
    >>> int((test < 5).sum()), int((test >= 5).sum())
    (1, 2)
    """
    labels = _classes("stratified_split", labels)
    check_whole("stratified_split", 0, seed=seed)
    if not 0.0 < fraction < 1.0:
        raise ag.errors.ArgumentError(
            f"stratified_split: fraction={fraction!r}; want the share of the test part, above 0 and below 1: 0.2 is a "
            "fifth."
        )
    rng = np.random.default_rng(seed)
    in_test = np.zeros(len(labels), bool)
    for label in np.unique(labels):
        members = np.flatnonzero(labels == label)
        if len(members) < 2:
            raise ag.errors.ArgumentError(
                f"stratified_split: class {label.item()!r} has a single sample; want two or more, one for each part."
            )
        held_out = min(max(round(len(members) * fraction), 1), len(members) - 1)
        in_test[rng.permutation(members)[:held_out]] = True
    return np.flatnonzero(~in_test), np.flatnonzero(in_test)


def k_fold(
    n_or_labels: int | ArrayLike, folds: int = 5, stratified: bool = False, shuffle: bool = True, seed: int = 0
) -> list[tuple[Indices, Indices]]:
    """Indices for cross-validation: (samples,) -> for each fold the others, (train,), and the fold itself, (test,).

    Each sample is in the test part of one fold. The folds' sizes differ by one at most; so do, where ``stratified``,
    the numbers of samples that they have of each class. All parts are in rising order.

    Parameters
    ----------
    n_or_labels: the number of samples; or the labels, one class per sample, (samples,): integers, booleans or strings.
    folds: 2 or more.
    stratified: whether every class has its share in each fold; this needs labels.
    shuffle: whether folds are drawn at random. If not, they are pieces of the data in its order; where
        ``stratified``, the samples of each class are dealt out to the folds in turn.
    seed: 0 or more; what is drawn follows from it alone.

    Raises ArgumentError for more folds than samples, for a class of fewer samples than folds where ``stratified``, and
    for ``stratified`` without labels; for labels as `stratified_split` does.

    >>> for train, test in k_fold(5, folds=2, shuffle=False):
    ...     print(train, test)
    [3 4] [0 1 2]
    [0 1 2] [3 4]
    """
    check_whole("k_fold", 2, folds=folds)
    check_whole("k_fold", 0, seed=seed)
    if is_whole(n_or_labels):
        if stratified:
            raise ag.errors.ArgumentError("k_fold: stratified folds need the labels; got the number of samples alone.")
        labels = np.zeros(n_or_labels, np.intp)  # type: ignore[arg-type]
    else:
        labels = _classes("k_fold", n_or_labels)
    samples = len(labels)
    if folds > samples:
        raise ag.errors.ArgumentError(f"k_fold: {samples:,} samples are too few for {folds} folds.")
    order = np.random.default_rng(seed).permutation(samples) if shuffle else np.arange(samples)
    fold_of = np.empty(samples, np.intp)
    if stratified:
        classes, counts = np.unique(labels, return_counts=True)
        if counts.min() < folds:
            raise ag.errors.ArgumentError(
                f"k_fold: class {classes[counts.argmin()].item()!r} has {counts.min()} samples, too few for each of "
                f"{folds} folds to have one. Take fewer folds, or leave the class out."
            )
        # Class by class, dealt out like cards: both classes and folds come out even.
        fold_of[order[np.argsort(labels[order], kind="stable")]] = np.arange(samples) % folds
    else:
        for fold, members in enumerate(np.array_split(order, folds)):
            fold_of[members] = fold
    return [(np.flatnonzero(fold_of != fold), np.flatnonzero(fold_of == fold)) for fold in range(folds)]


def _classes(operation: str, labels: ArrayLike) -> NDArray[Any]:
    array = np.asarray(labels)
    if array.ndim != 1 or array.size == 0:
        raise ag.errors.ShapeError(
            f"{operation}: the labels have shape {array.shape}; want one class per sample, (samples,)."
        )
    if array.dtype.kind not in "biuSU":
        raise ag.errors.DtypeError(
            f"{operation}: the labels are {array.dtype}; want classes: integers, booleans or strings."
        )
    return array
