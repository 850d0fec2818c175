"""CIFAR-10, 60,000 small colour photographs of ten kinds of things."""

from __future__ import annotations

import os
from collections.abc import Iterator
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

import autograd as ag
from nn.data.archives import members
from nn.data.downloads import RemoteFile
from nn.data.files import check_file
from nn.data.locating import Collection, locate

CIFAR10_CLASSES = ("airplane", "automobile", "bird", "cat", "deer", "dog", "frog", "horse", "ship", "truck")

_CIFAR = Collection(
    "CIFAR-10",
    "load_cifar10",
    "https://www.cs.toronto.edu/~kriz/cifar.html",
    ("cifar10", "cifar-10-batches-bin", "cifar10/cifar-10-batches-bin"),
)
_TRAIN = tuple(f"data_batch_{i}.bin" for i in range(1, 6))
_TEST = ("test_batch.bin",)
_ARCHIVE = RemoteFile(  # size and SHA-256 as TensorFlow Datasets has them; other projects agree
    "cifar-10-binary.tar.gz",
    170_052_171,
    "c4a38c50a1bc5f3a1c5537f2155ab9d68f9f25eb1ed8d9ddda3db29a59bca1dd",
    (
        "https://www.cs.toronto.edu/~kriz/cifar-10-binary.tar.gz",
        "https://storage.googleapis.com/s4tf-hosted-binaries/datasets/CIFAR10/cifar-10-binary.tar.gz",
    ),
)
_SHAPE = (3, 32, 32)
_RECORD = 1 + 3 * 32 * 32  # a label, and the pixels
_MOST = 10_000 * _RECORD  # bytes of a file


def load_cifar10(
    folder: str | os.PathLike[str] | None = None, train: bool = True, *, download: bool | None = None
) -> tuple[NDArray[np.float32], NDArray[np.int64]]:
    """Photographs: images of shape (n, 3, 32, 32), float32 from 0 to 1, red, green and blue; labels (n,), int64.

    50,000 for training and 10,000 for tests; `nn.data.CIFAR10_CLASSES` has the names of the classes. They are read from
    the binary version, ``cifar-10-binary.tar.gz``, which is never unpacked on the disk, or from its files,
    ``data_batch_1.bin`` and so on, if they are there; the version for Python, in pickles, is not read. Where there are
    none of these the archive is downloaded, 170 MB, into ``cifar10/`` in `cache_folder`.

    Parameters
    ----------
    folder: where the archive is, or in ``cifar10/`` in it, or the files, or in ``cifar-10-batches-bin/`` in either;
        `cache_folder` if None.
    train: the photographs for training, or else those for tests.
    download: False never downloads; True does, also into a ``folder`` that is given. None downloads if no folder is
        given, unless the variable GLASSGRAD_DOWNLOAD of the environment is 0.

    Raises FileNotFoundError, which says what to do, where there are no such files; ArgumentError where they are damaged
    or hold something else. Krizhevsky, "Learning multiple layers of features from tiny images", 2009.

    >>> load_cifar10("no/such/folder")
    Traceback (most recent call last):
        ...
    FileNotFoundError: CIFAR-10: no/such/folder is no folder; get cifar-10-binary.tar.gz from https://www.cs.toronto...
    """
    names = _TRAIN if train else _TEST
    paths = locate(_CIFAR, folder, [(_ARCHIVE.name,), names], [_ARCHIVE], download=download)
    is_archive = paths[0].name == _ARCHIVE.name
    content = dict(members(paths[0], names, max_bytes=7 * _MOST) if is_archive else _files(paths))
    records = [_records(paths[0].with_name(name), content[name]) for name in names]
    count = sum(map(len, records))
    images, labels, done = np.empty((count, *_SHAPE), np.float32), np.empty(count, np.int64), 0
    for block in records:
        here = slice(done, done := done + len(block))
        labels[here] = block[:, 0]
        np.divide(block[:, 1:].reshape(-1, *_SHAPE), np.float32(255), out=images[here])
    return images, labels


def _files(paths: tuple[Path, ...]) -> Iterator[tuple[str, bytes]]:
    for path in paths:
        check_file(path, _MOST, "a file of CIFAR-10", "CIFAR-10's own files have 30,730,000")
        yield path.name, path.read_bytes()


def _records(path: Path, content: bytes) -> NDArray[np.uint8]:
    """The samples of a file, a label and pixels each: (n, 3073)."""
    if not content or len(content) % _RECORD:
        raise ag.errors.ArgumentError(
            f"{path} has {len(content):,} bytes; want samples of {_RECORD:,} bytes each, a label and 3x32x32 pixels. "
            "CIFAR-100 has another form."
        )
    records = np.frombuffer(content, np.uint8).reshape(-1, _RECORD)
    if (worst := int(records[:, 0].max())) > 9:
        raise ag.errors.ArgumentError(f"{path} has a label {worst}; want labels from 0 to 9. Get it again.")
    return records
