"""Data sets that come with the package, and how to hold a part of one out."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import ArrayLike, NDArray

_DIGITS = Path(__file__).with_name("digits.npz")
_BRIGHTEST = 16  # a pixel counts the black points of a 4x4 block


def load_digits() -> tuple[NDArray[np.float32], NDArray[np.int64]]:
    """1,797 handwritten digits: images (1797, 1, 8, 8), float32 from 0 (paper) to 1 (ink), and labels (1797,), int64.

    Those are the shapes and the range that convolutions want; for a network of linear layers begin with `nn.Flatten`,
    or reshape to (1797, 64). Every call gives new arrays, in the order of the original file, in which the classes are
    mixed and about equally frequent. Raises FileNotFoundError where the package was installed without its data.

    Source: E. Alpaydin and C. Kaynak, Optical Recognition of Handwritten Digits, UCI Machine Learning Repository, 1998,
    https://doi.org/10.24432/C50P49, CC BY 4.0. ``DIGITS.md`` beside this module says what was changed.

    >>> images, labels = load_digits()
    >>> images.shape, images.dtype, float(images.max())
    ((1797, 1, 8, 8), dtype('float32'), 1.0)
    >>> labels[:10].tolist()
    [0, 1, 2, 3, 4, 5, 6, 7, 8, 9]
    """
    try:
        with np.load(_DIGITS, allow_pickle=False) as archive:
            images, labels = archive["images"], archive["labels"]
    except FileNotFoundError:
        raise FileNotFoundError(
            f"the digits data set is not at {_DIGITS}; it is part of the package, so reinstall glassgrad"
        ) from None
    return images[:, np.newaxis].astype(np.float32) / np.float32(_BRIGHTEST), labels.astype(np.int64)


def stratified_split(labels: ArrayLike, fraction: float, seed: int = 0) -> tuple[NDArray[np.intp], NDArray[np.intp]]:
    """Indices of a training and a test part, (train,) and (test,), in which every class has its share.

    ``labels`` is one class per sample, (samples,): integers, booleans or strings. ``fraction``, between 0 and 1 and
    neither of them, is what goes to the test part: of each class that share, rounded to whole samples, but at
    least one sample on each side. Which samples those are follows from ``seed`` (0 or more) alone. Both parts are in
    rising order. Raises TypeError for labels that are not classes (floats), and ValueError for labels that are not
    one-dimensional, for a fraction out of range and for a class of a single sample.

    >>> train, test = stratified_split(["cat"] * 5 + ["dog"] * 10, 0.2)
    >>> len(train), len(test)
    (12, 3)
    >>> int((test < 5).sum()), int((test >= 5).sum())
    (1, 2)
    """
    labels = _classes(labels)
    if not 0.0 < fraction < 1.0:
        raise ValueError(f"fraction is the share of the test part, between 0 and 1 (0.2 is a fifth); got {fraction}")
    rng = np.random.default_rng(seed)
    in_test = np.zeros(len(labels), bool)
    for label in np.unique(labels):
        members = np.flatnonzero(labels == label)
        if len(members) < 2:
            raise ValueError(f"class {label.item()!r} has a single sample, and a split needs two: one for each part")
        held_out = min(max(round(len(members) * fraction), 1), len(members) - 1)
        in_test[rng.permutation(members)[:held_out]] = True
    return np.flatnonzero(~in_test), np.flatnonzero(in_test)


def _classes(labels: ArrayLike) -> NDArray[Any]:
    array = np.asarray(labels)
    if array.ndim != 1 or array.size == 0:
        raise ValueError(f"labels are one class per sample, of shape (samples,); got shape {array.shape}")
    if array.dtype.kind not in "biuSU":
        raise TypeError(f"labels are classes: integers, booleans or strings; got {array.dtype}")
    return array
