"""Data sets that come with the package."""

from __future__ import annotations

from pathlib import Path

import numpy as np
from numpy.typing import NDArray

IRIS_CLASSES = ("setosa", "versicolor", "virginica")

_DIGITS = Path(__file__).with_name("digits.npz")
_IRIS = Path(__file__).with_name("iris.npz")
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
    digits = _load(_DIGITS)
    images = digits["images"][:, np.newaxis].astype(np.float32) / np.float32(_BRIGHTEST)
    return images, digits["labels"].astype(np.int64)


def load_iris() -> tuple[NDArray[np.float32], NDArray[np.int64]]:
    """150 irises: features of shape (150, 4), float32, in centimetres; labels (150,), int64; 50 of each of 3 species.

    The features are length and width of a sepal, length and width of a petal; `nn.data.IRIS_CLASSES` has the names of
    the species, setosa, versicolor and virginica. A straight line parts the first from the others, which overlap. The
    flowers are in the order of the species, so shuffle them, or take `stratified_split`. Every call gives new arrays.
    Raises FileNotFoundError where the package was installed without its data.

    Source: R. A. Fisher, The use of multiple measurements in taxonomic problems, Annals of Eugenics 7, 1936. The UCI
    Machine Learning Repository, whose copy is the best known one, differs from the paper in the flowers 34 and 37,
    counted from 0; here they are as in the paper. ``IRIS.md`` beside this module says more.

    >>> features, labels = load_iris()
    >>> features.shape, labels.shape
    ((150, 4), (150,))
    >>> features[labels == IRIS_CLASSES.index("virginica")].mean(axis=0).round(2)
    array([6.59, 2.97, 5.55, 2.03], dtype=float32)
    """
    iris = _load(_IRIS)
    return iris["millimetres"].astype(np.float32) / np.float32(10), iris["labels"].astype(np.int64)


def _load(path: Path) -> dict[str, NDArray[np.uint8]]:
    try:
        with np.load(path, allow_pickle=False) as archive:
            return {name: archive[name] for name in archive}
    except FileNotFoundError:
        raise FileNotFoundError(
            f"the {path.stem} data set is not at {path}; it is part of the package, so reinstall glassgrad"
        ) from None
