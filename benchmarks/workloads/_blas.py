"""How many threads BLAS takes, for what is written in bare NumPy."""

from __future__ import annotations

from functools import cache
from typing import Any


@cache
def libraries() -> list[tuple[Any, int]]:
    """The BLAS libraries of this process, and how many threads each has as it starts."""
    from threadpoolctl import ThreadpoolController

    found = ThreadpoolController().select(user_api="blas").lib_controllers
    return [(library, library.num_threads) for library in found]


def hold() -> None:
    """One thread from now on: it does small products sooner than several."""
    for library, _ in libraries():
        library.set_num_threads(1)


def let_go() -> None:
    """As many threads as there were."""
    for library, threads in libraries():
        library.set_num_threads(threads)
