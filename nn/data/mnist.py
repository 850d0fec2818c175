"""MNIST, 70,000 handwritten digits, from files that the user has; and data sets that are kept in the same form."""

from __future__ import annotations

import os
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

import autograd as ag
from nn.data.idx import read_idx

_SOURCE = "https://storage.googleapis.com/cvdf-datasets/mnist/"
_TRAIN = ("train", "train10k")  # 10,000 of them are the next best
_TEST = ("t10k",)
_SUBFOLDERS = ("", "mnist", "MNIST/raw")  # the last is where torchvision keeps them


def load_mnist(
    folder: str | os.PathLike[str] | None = None, train: bool = True
) -> tuple[NDArray[np.float32], NDArray[np.int64]]:
    """Handwritten digits: images (n, 1, 28, 28), float32 from 0 (paper) to 1 (ink), and labels (n,), int64.

    They are read from IDX files, gzipped or not, under their original names: ``train-images-idx3-ubyte`` and
    ``train-labels-idx1-ubyte``, 60,000 digits; or, where these are not there, ``train10k-...``, 10,000 of them. For the
    10,000 test digits ``t10k-images-idx3-ubyte`` and ``t10k-labels-idx1-ubyte``. Fashion-MNIST has the same names and
    shapes, and can be read in its place.

    Parameters
    ----------
    folder: where the files are, or in ``mnist/`` or ``MNIST/raw/`` in it; the folder that the variable GLASSGRAD_DATA
        of the environment names, if None.
    train: the training digits, or else the test digits.

    Raises FileNotFoundError, which says what to do, where there are no such files; ArgumentError where they are damaged
    or hold something else. LeCun, Bottou, Bengio and Haffner, "Gradient-based learning applied to document
    recognition", 1998.

    >>> load_mnist("no/such/folder")
    Traceback (most recent call last):
        ...
    FileNotFoundError: MNIST: no/such/folder is no folder; get train-images-idx3-ubyte and train-labels-idx1-ubyte ...
    """
    images_path, labels_path = _find(folder, _TRAIN if train else _TEST)
    pixels, labels = read_idx(images_path), read_idx(labels_path)
    _check(images_path, pixels, "images of shape (n, 28, 28)", pixels.shape[1:] == (28, 28) and len(pixels) > 0)
    _check(labels_path, labels, "labels of shape (n,) from 0 to 9", labels.ndim == 1 and labels.max(initial=0) < 10)
    if len(pixels) != len(labels):
        raise ag.errors.ArgumentError(
            f"{images_path} has {len(pixels):,} images, but {labels_path} has {len(labels):,} labels: these files "
            f"do not belong together. Get both again from {_SOURCE}"
        )
    images = pixels[:, np.newaxis].astype(np.float32)
    images /= 255
    return images, labels.astype(np.int64)


def _check(path: Path, array: NDArray[Any], want: str, fits: bool) -> None:
    if not fits or array.dtype != np.uint8:
        raise ag.errors.ArgumentError(
            f"{path} has {array.dtype} numbers of shape {array.shape}; want {want}, uint8. Of other data sets "
            "nn.data.read_idx reads the files."
        )


def _find(folder: str | os.PathLike[str] | None, parts: tuple[str, ...]) -> tuple[Path, Path]:
    """The files of images and of labels: of the first part for which both are there."""
    files = f"{parts[0]}-images-idx3-ubyte and {parts[0]}-labels-idx1-ubyte (or the same with .gz)"
    remedy = f"get {files} from {_SOURCE} into a folder mnist/, and set GLASSGRAD_DATA to the folder that holds it"
    if folder is None and not (folder := os.environ.get("GLASSGRAD_DATA")):
        raise FileNotFoundError(f"MNIST: the variable GLASSGRAD_DATA is not set; {remedy}")
    for part in parts:
        for subfolder in _SUBFOLDERS:
            images = _existing(Path(folder, subfolder, f"{part}-images-idx3-ubyte"))
            labels = _existing(Path(folder, subfolder, f"{part}-labels-idx1-ubyte"))
            if images and labels:
                return images, labels
    what = "does not have both files" if Path(folder).is_dir() else "is no folder"
    raise FileNotFoundError(f"MNIST: {os.fspath(folder)} {what}; {remedy}")


def _existing(path: Path) -> Path | None:
    """The file, or the same with .gz, whichever there is."""
    for candidate in (path, path.with_name(f"{path.name}.gz")):
        if candidate.is_file():
            return candidate
    return None
