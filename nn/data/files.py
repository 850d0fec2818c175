"""Checks of a file before it is read: that it is one, and how large."""

from __future__ import annotations

import os

import autograd as ag


def check_file(path: str | os.PathLike[str], max_bytes: int, kind: str, cost: str) -> int:
    """The size of an ordinary file in bytes, or an error that says why it cannot be read.

    Parameters
    ----------
    kind: what is wanted, such as ``"a text file"``.
    cost: what reading it takes; a sentence without its full stop.

    Raises FileNotFoundError, IsADirectoryError, and ArgumentError for a device and for more than ``max_bytes``.

    >>> check_file(__file__, 1 << 20, "a text file", "it is read as a whole") > 1000
    True
    """
    name = os.fspath(path)
    if not os.path.exists(path):
        raise FileNotFoundError(f"there is no file {name}; paths are relative to the current folder, {os.getcwd()}")
    if os.path.isdir(path):
        raise IsADirectoryError(f"{name} is a folder; give the path of {kind} in it")
    if not os.path.isfile(path):
        raise ag.errors.ArgumentError(f"{name} is no ordinary file, but a device or a pipe; copy it into a file.")
    if (size := os.path.getsize(path)) > max_bytes:
        raise ag.errors.ArgumentError(
            f"{name} has {size:,} bytes, more than the {max_bytes:,} that are allowed. If that is right, raise "
            f"max_bytes; {cost}."
        )
    return size
