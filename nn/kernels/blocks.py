"""Rows of a matrix in blocks that stay in the second-level cache from one operation to the next."""

from __future__ import annotations

from collections.abc import Iterator

BLOCK = 65536  # elements
WORTH_THREADS = 1_000_000  # elements of a map
WORTH_TILES = 16384  # elements of a block; to broadcast over fewer is quicker than to repeat


def block_rows(count: int, length: int) -> int:
    """How many of ``count`` rows of ``length`` elements make a block."""
    return max(1, min(BLOCK // (length or 1), count))


def blocks(start: int, stop: int, step: int) -> Iterator[slice]:
    """The blocks of ``step`` rows, the last of which may be shorter.

    >>> list(blocks(0, 5, 3))
    [slice(0, 3, None), slice(3, 5, None)]
    """
    for first in range(start, stop, step):
        yield slice(first, min(first + step, stop))
