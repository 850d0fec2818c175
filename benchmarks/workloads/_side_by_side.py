"""Threads for what is written in bare NumPy: pieces of the work side by side."""

from __future__ import annotations

import os
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from functools import cache
from itertools import pairwise
from typing import Any

THREADS = int(os.environ.get("OMP_NUM_THREADS") or os.cpu_count() or 1)  # as the harness says


@cache
def pool() -> ThreadPoolExecutor:
    """The threads beside the one that asks."""
    return ThreadPoolExecutor(max(1, THREADS - 1))


def in_pieces(work: Callable[[int, int], Any], count: int, threads: int) -> list[Any]:
    """``work(first, last)`` on as many parts of 0 to ``count`` as there are threads, at once."""
    ends = [count * i // threads for i in range(threads + 1)]
    others = [pool().submit(work, *ends_of_one) for ends_of_one in list(pairwise(ends))[1:]]
    return [work(ends[0], ends[1]), *(other.result() for other in others)]
