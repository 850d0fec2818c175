"""MNIST, 70,000 handwritten digits, and Fashion-MNIST, as many pictures of clothes in the same form."""

from __future__ import annotations

import os
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

import autograd as ag
from nn.data.downloads import RemoteFile
from nn.data.idx import read_idx
from nn.data.locating import Collection, locate

FASHION_MNIST_CLASSES = (
    "T-shirt/top", "trouser", "pullover", "dress", "coat", "sandal", "shirt", "sneaker", "bag", "ankle boot",
)  # fmt: skip

_MNIST = Collection(
    "MNIST",
    "load_mnist",
    "https://storage.googleapis.com/cvdf-datasets/mnist/",
    ("mnist", "MNIST/raw"),  # the last is where torchvision keeps them
    gzipped=True,
)
_FASHION = Collection(
    "Fashion-MNIST",
    "load_fashion_mnist",
    "https://github.com/zalandoresearch/fashion-mnist",
    ("fashion-mnist", "FashionMNIST/raw"),
    gzipped=True,
)
_MIRRORS = {
    "MNIST": (_MNIST.page, "https://ossci-datasets.s3.amazonaws.com/mnist/"),
    "Fashion-MNIST": (
        "https://raw.githubusercontent.com/zalandoresearch/fashion-mnist/master/data/fashion/",
        "http://fashion-mnist.s3-website.eu-central-1.amazonaws.com/",
    ),
}
# Sizes and SHA-256 as TensorFlow Datasets has them; other projects agree.
_FILES = {
    ("MNIST", "train"): (
        (9_912_422, "440fcabf73cc546fa21475e81ea370265605f56be210a4024d2ca8f203523609"),
        (28_881, "3552534a0a558bbed6aed32b30c495cca23d567ec52cac8be1a0730e8010255c"),
    ),
    ("MNIST", "t10k"): (
        (1_648_877, "8d422c7b0a1c1c79245a5bcf07fe86e33eeafee792b84584aec276f5a2dbc4e6"),
        (4_542, "f7ae60f92e00ec6debd23a6088c31dbd2371eca3ffa0defaefb259924204aec6"),
    ),
    ("Fashion-MNIST", "train"): (
        (26_421_880, "3aede38d61863908ad78613f6a32ed271626dd12800ba2636569512369268a84"),
        (29_515, "a04f17134ac03560a47e3764e11b92fc97de4d1bfaf8ba1a3aa29af54cc90845"),
    ),
    ("Fashion-MNIST", "t10k"): (
        (4_422_102, "346e55b948d973a97e58d2351dde16a484bd415d4595297633bb08f03db6a073"),
        (5_148, "67da17c76eaffca5446c3361aaab5c3cd6d1c2608764d35dfb1850b086bf8dd5"),
    ),
}


def load_mnist(
    folder: str | os.PathLike[str] | None = None, train: bool = True, *, download: bool | None = None
) -> tuple[NDArray[np.float32], NDArray[np.int64]]:
    """Handwritten digits: images of shape (n, 1, 28, 28), float32 from 0 (paper) to 1 (ink); labels (n,), int64.

    They are read from IDX files, gzipped or not, under their original names: ``train-images-idx3-ubyte`` and
    ``train-labels-idx1-ubyte``, 60,000 digits; or, where these are not there, ``train10k-...``, 10,000 of them. For the
    10,000 test digits ``t10k-images-idx3-ubyte`` and ``t10k-labels-idx1-ubyte``. Where there are none of them they are
    downloaded, about 10 MB, into ``mnist/`` in `cache_folder`.

    Parameters
    ----------
    folder: where the files are, or in ``mnist/`` or ``MNIST/raw/`` in it; `cache_folder` if None.
    train: the training digits, or else the test digits.
    download: False never downloads; True does, also into a ``folder`` that is given and where only ``train10k-...`` is
        there. None downloads if no folder is given, unless the variable GLASSGRAD_DOWNLOAD of the environment is 0.

    Raises FileNotFoundError, which says what to do, where there are no such files; ArgumentError where they are damaged
    or hold something else. LeCun, Bottou, Bengio and Haffner, "Gradient-based learning applied to document
    recognition", 1998.

    >>> load_mnist("no/such/folder")
    Traceback (most recent call last):
        ...
    FileNotFoundError: MNIST: no/such/folder is no folder; get train-images-idx3-ubyte and train-labels-idx1-ubyte ...
    """
    part = "train" if train else "t10k"
    next_best = [_names("train10k")] if train else []
    remote = _remote("MNIST", part)
    return _read(locate(_MNIST, folder, [_names(part)], remote, download=download, next_best=next_best), _MNIST)


def load_fashion_mnist(
    folder: str | os.PathLike[str] | None = None, train: bool = True, *, download: bool | None = None
) -> tuple[NDArray[np.float32], NDArray[np.int64]]:
    """Pictures of clothes: images of shape (n, 1, 28, 28), float32 from 0 (ground) to 1; labels (n,), int64, 0 to 9.

    60,000 for training and 10,000 for tests; `nn.data.FASHION_MNIST_CLASSES` has the names of the classes. The files
    have the names and the form of MNIST's, which is why only subfolders count, unless ``folder`` is given. Where they
    are not there they are downloaded, about 31 MB, into ``fashion-mnist/`` in `cache_folder`.

    Parameters
    ----------
    folder: where the files are, or in ``fashion-mnist/`` or ``FashionMNIST/raw/`` in it; `cache_folder` if None.
    train: the pictures for training, or else those for tests.
    download: as for `load_mnist`.

    Raises what `load_mnist` raises. Xiao, Rasul and Vollgraf, "Fashion-MNIST: a novel image dataset for benchmarking
    machine learning algorithms", 2017, https://arxiv.org/abs/1708.07747.

    >>> load_fashion_mnist("no/such/folder", train=False)
    Traceback (most recent call last):
        ...
    FileNotFoundError: Fashion-MNIST: no/such/folder is no folder; get t10k-images-idx3-ubyte and t10k-labels-idx1-...
    """
    part = "train" if train else "t10k"
    remote, inside = _remote("Fashion-MNIST", part), folder is not None
    return _read(locate(_FASHION, folder, [_names(part)], remote, download=download, inside=inside), _FASHION)


def _names(part: str) -> tuple[str, str]:
    return f"{part}-images-idx3-ubyte", f"{part}-labels-idx1-ubyte"


def _remote(title: str, part: str) -> list[RemoteFile]:
    return [
        RemoteFile(f"{name}.gz", size, sha256, tuple(f"{mirror}{name}.gz" for mirror in _MIRRORS[title]))
        for name, (size, sha256) in zip(_names(part), _FILES[title, part], strict=True)
    ]


def _read(paths: tuple[Path, ...], collection: Collection) -> tuple[NDArray[np.float32], NDArray[np.int64]]:
    images_path, labels_path = paths
    pixels, labels = read_idx(images_path), read_idx(labels_path)
    _check(images_path, pixels, "images of shape (n, 28, 28)", pixels.shape[1:] == (28, 28) and len(pixels) > 0)
    _check(labels_path, labels, "labels of shape (n,) from 0 to 9", labels.ndim == 1 and labels.max(initial=0) < 10)
    if len(pixels) != len(labels):
        raise ag.errors.ArgumentError(
            f"{images_path} has {len(pixels):,} images, but {labels_path} has {len(labels):,} labels: these files "
            f"do not belong together. Get both again from {collection.page}"
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
