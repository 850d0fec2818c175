"""Archives of arrays that NumPy has written."""

from __future__ import annotations

import math
import os
import zipfile
import zlib
from typing import Any

import numpy as np
from numpy.typing import NDArray

import autograd as ag
from nn.data.files import check_file


def read_npz(path: str | os.PathLike[str], max_bytes: int = 1 << 30) -> dict[str, NDArray[Any]]:
    """The arrays of an archive that `numpy.savez` or `numpy.savez_compressed` has written, by name, each in its shape.

    The size that the header of each array says is compared with the length of its data, and all of them with
    ``max_bytes``, before memory is taken for any. Nothing in the file is executed: arrays of Python objects, which are
    pickles, are refused.

    Parameters
    ----------
    path: of the file.
    max_bytes: of all arrays together, at most; a small archive can hold very large ones. 1 GiB if not given.

    Raises OSError where the file cannot be read, ArgumentError where it is damaged, no such archive, or too large.

    >>> import tempfile
    >>> with tempfile.TemporaryDirectory() as folder:
    ...     np.savez_compressed(f"{folder}/data.npz", x=np.zeros((2, 3)), y=np.array([0, 1]))
    ...     arrays = read_npz(f"{folder}/data.npz")
    >>> arrays["x"].shape, arrays["y"].tolist()
    ((2, 3), [0, 1])
    """
    name = os.fspath(path)
    check_file(path, max_bytes, "an .npz file", "its arrays take at least as much memory")
    try:
        with zipfile.ZipFile(path) as archive:
            entries = archive.infolist()
            _check_entries(name, archive, entries, max_bytes)
            arrays = {}
            for entry in entries:
                with archive.open(entry) as file:
                    array: NDArray[Any] = np.lib.format.read_array(file, allow_pickle=False)
                arrays[entry.filename.removesuffix(".npy")] = array
            return arrays
    except (zipfile.BadZipFile, zlib.error, EOFError, NotImplementedError, RuntimeError) as error:
        with open(path, "rb") as plain:
            is_npy = plain.read(6) == b"\x93NUMPY"
        remedy = "It is a single array, .npy: np.load(path, allow_pickle=False)" if is_npy else "Get it again"
        raise _damaged(name, str(error), remedy) from error
    except ag.errors.ArgumentError:
        raise
    except ValueError as error:  # of NumPy's, such as too little data
        raise _damaged(name, str(error)) from error


def _check_entries(name: str, archive: zipfile.ZipFile, entries: list[zipfile.ZipInfo], max_bytes: int) -> None:
    if not entries:
        raise _damaged(name, "it has no arrays", "Write it again, with np.savez(path, name=array)")
    if len({entry.filename for entry in entries}) < len(entries):
        raise _damaged(name, "two arrays in it have the same name")
    total = 0
    for entry in entries:
        if not entry.filename.endswith(".npy"):
            raise _damaged(
                name, f"it has {entry.filename!r}, which is no array", "Is it an archive of another program?"
            )
        with archive.open(entry) as file:
            version = np.lib.format.read_magic(file)
            readers = {(1, 0): np.lib.format.read_array_header_1_0, (2, 0): np.lib.format.read_array_header_2_0}
            if version not in readers:
                raise _damaged(
                    name, f"{entry.filename} is of the version {version} of the format; 1.0 and 2.0 are read"
                )
            shape, _, dtype = readers[version](file)
            header = file.tell()
        if dtype.hasobject:
            raise _damaged(
                name,
                f"{entry.filename} has Python objects, that is pickles, which can run any program",
                "Where you made it yourself, save numbers or text instead",
            )
        size = math.prod(shape) * dtype.itemsize
        if size != entry.file_size - header:
            raise _damaged(
                name,
                f"{entry.filename} says {dtype} of shape {shape}, {size:,} bytes, but has {entry.file_size - header:,}",
            )
        total += size
    if total > max_bytes:
        raise _damaged(
            name,
            f"its arrays have {total:,} bytes, more than the {max_bytes:,} that are allowed",
            "If that is right, raise max_bytes",
        )


def _damaged(name: str, what: str, remedy: str = "Get the file again") -> ag.errors.ArgumentError:
    return ag.errors.ArgumentError(f"{name} cannot be read as an .npz file: {what}. {remedy}.")
