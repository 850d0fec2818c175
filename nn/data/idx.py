"""IDX files, the format of MNIST: a few bytes that say dtype and shape, and the numbers."""

from __future__ import annotations

import gzip
import math
import os
import struct
import zlib
from io import BufferedIOBase
from typing import Any

import numpy as np
from numpy.typing import NDArray

import autograd as ag

_DTYPES = {0x08: "u1", 0x09: "i1", 0x0B: ">i2", 0x0C: ">i4", 0x0D: ">f4", 0x0E: ">f8"}
_CHUNK = 1 << 20  # bytes that are read at once


def read_idx(path: str | os.PathLike[str], max_bytes: int = 1 << 30) -> NDArray[Any]:
    """The array that an IDX file holds, gzipped or not: numbers of 8 to 64 bits, of any shape.

    The size that the file's header says is compared with the length of what follows, unpacked if it is gzipped, before
    memory is taken for it. Nothing in the file is executed.

    Parameters
    ----------
    path: of the file; whether it is gzipped is seen from its content.
    max_bytes: of the array, at most; a small gzipped file can hold a very large one. 1 GiB if not given.

    Raises OSError where the file cannot be read, ArgumentError where it is damaged, no IDX file, or larger than
    ``max_bytes``. The format is described at http://yann.lecun.com/exdb/mnist/.

    >>> import tempfile
    >>> with tempfile.TemporaryDirectory() as folder:
    ...     with open(f"{folder}/labels", "wb") as file:
    ...         _ = file.write(bytes([0, 0, 8, 1]) + bytes([0, 0, 0, 3]) + bytes([7, 2, 1]))
    ...     read_idx(f"{folder}/labels")
    array([7, 2, 1], dtype=uint8)
    """
    try:
        with open(path, "rb") as plain:
            is_gzipped = plain.read(2) == b"\x1f\x8b"
            plain.seek(0)
            if not is_gzipped:
                return _read(plain, path, max_bytes)
            with gzip.GzipFile(fileobj=plain) as unpacked:
                return _read(unpacked, path, max_bytes)
    except (gzip.BadGzipFile, EOFError, zlib.error) as error:
        raise _damaged(path, f"its compressed data is damaged or cut short ({error})") from error


def _read(file: BufferedIOBase, path: Any, max_bytes: int) -> NDArray[Any]:
    dtype, shape = _header(file, path)
    start = file.tell()
    size = dtype.itemsize * math.prod(shape)
    said = f"its header says {dtype.newbyteorder('=')} of shape {shape}, {size:,} bytes"
    if size > max_bytes:
        raise _damaged(
            path, f"{said}, more than the {max_bytes:,} that are allowed", "If that is right, raise max_bytes"
        )
    length = _length(file, size)
    if length != size:
        raise _damaged(path, f"{said}, and {'more' if length > size else f'only {length:,}'} follow")
    try:
        array = np.empty(shape, dtype)
    except ValueError as error:  # more axes than NumPy has, or a length of 0 beside others that are enormous
        raise _damaged(path, f"{said}: {error}") from error
    file.seek(start)
    missing = array.reshape(-1).view(np.uint8).data
    while missing:
        count = file.readinto(missing[:_CHUNK])
        if not count:
            raise _damaged(path, "it became shorter while it was read")
        missing = missing[count:]
    return array.astype(dtype.newbyteorder("="), copy=False)


def _header(file: BufferedIOBase, path: Any) -> tuple[np.dtype[Any], tuple[int, ...]]:
    magic = file.read(4)
    if len(magic) < 4 or magic[:2] != b"\0\0" or magic[2] not in _DTYPES:
        raise _damaged(
            path,
            f"it begins with {magic!r}, where an IDX file has two zeros, a code of its dtype (8, 9, 11 to 14) and its "
            "number of axes",
            "A download that went wrong may have left a web page in its place",
        )
    sizes = file.read(4 * magic[3])
    if len(sizes) < 4 * magic[3]:
        raise _damaged(path, f"it ends within its header, which has {magic[3]} axes")
    return np.dtype(_DTYPES[magic[2]]), struct.unpack(f">{magic[3]}I", sizes)


def _length(file: BufferedIOBase, enough: int) -> int:
    """How many bytes follow, without keeping them; counting ends when it is more than ``enough``."""
    length = 0
    while length <= enough and (chunk := file.read(_CHUNK)):
        length += len(chunk)
    return length


def _damaged(path: Any, what: str, remedy: str = "Get the file again") -> ag.errors.ArgumentError:
    return ag.errors.ArgumentError(f"{os.fspath(path)} cannot be read as an IDX file: {what}. {remedy}.")
