"""How many threads work: those of BLAS, and pieces of a kernel's work side by side, each with BLAS held to one.

There is one number, BLAS's own: `set_num_threads` sets it for both, and every hold on it is counted here.
"""

from __future__ import annotations

import math
import os
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, contextmanager, nullcontext
from contextvars import copy_context
from functools import cache, partial
from itertools import pairwise
from threading import Lock
from time import perf_counter
from typing import TYPE_CHECKING, Any, TypeVar

from autograd.errors import ArgumentError

if TYPE_CHECKING:  # loaded when first used, as threadpoolctl is
    from concurrent.futures import Future, ThreadPoolExecutor
    from queue import SimpleQueue

T = TypeVar("T")

_hold = Lock()  # one thread at a time holds BLAS: of two that overlap, one would restore the other's limit


def set_num_threads(threads: int) -> None:
    """Let matrix products, and kernels that split their work, use so many threads: all cores to begin with.

    Parameters
    ----------
    threads: at least 1; more than the machine's cores makes everything slower.

    Raises ArgumentError for another number, and where NumPy's BLAS cannot be told: Apple's Accelerate decides itself,
    and OpenBLAS built on OpenMP listens to the main thread alone.

    >>> import autograd as ag
    >>> before = ag.get_num_threads()
    >>> ag.set_num_threads(1); ag.get_num_threads()
    1
    >>> ag.set_num_threads(before)
    """
    if not isinstance(threads, int) or isinstance(threads, bool) or threads < 1:
        raise ArgumentError(f"set_num_threads({threads!r}): want a whole number of threads, 1 or more.")
    with _hold:
        _limit([threads] * len(blas()))
        if get_num_threads() != threads:
            names = ", ".join(str(library.internal_api) for library in blas()) or "no library that threadpoolctl knows"
            raise ArgumentError(
                f"set_num_threads({threads}): NumPy's products use {names}, which goes on with {get_num_threads()} "
                "here. Call it in the main thread, or set OMP_NUM_THREADS before the program starts."
            )


def get_num_threads() -> int:
    """How many threads matrix products use, and so kernels that split their work.

    >>> import autograd as ag
    >>> ag.get_num_threads() >= 1
    True
    """
    return max((library.get_num_threads() for library in blas()), default=1)


@cache
def blas() -> tuple[Any, ...]:
    """The libraries that NumPy's products may call, as `threadpoolctl` finds them."""
    from threadpoolctl import ThreadpoolController

    return tuple(ThreadpoolController().select(user_api="blas").lib_controllers)


@contextmanager
def held_blas() -> Iterator[int]:
    """A block in which BLAS works with one thread; gives how many it had, and so how many the block may use.

    That is 1, and nothing is held, where another thread holds BLAS, and where it cannot be told: `threadpoolctl`
    lets one thread of a program set the number, usually the main one.

    >>> with held_blas() as threads:
    ...     threads >= 1
    True
    """
    if not _hold.acquire(blocking=False):
        yield 1
        return
    try:
        before = [library.get_num_threads() for library in blas()]
        if max(before, default=1) < 2:
            yield 1
            return
        _limit([1] * len(before))
        try:
            is_held = all(library.get_num_threads() == 1 for library in blas())
            yield max(before) if is_held else 1
        finally:
            _limit(before)
    finally:
        _hold.release()


def _limit(counts: list[int]) -> None:
    for library, count in zip(blas(), counts, strict=True):
        library.set_num_threads(count)


def in_pieces(work: Callable[[int, int], T], count: int, *, is_worth_it: bool = True) -> list[T]:
    """``[work(start, stop), ...]`` for even pieces of ``range(count)``, one for each thread; their results in order.

    Handing a piece to another thread costs about 50 microseconds. The pieces depend on the number of BLAS's threads
    alone, so that sums over them are the same each time.

    Parameters
    ----------
    work: called with the bounds of each piece, in a copy of this thread's context, which has NumPy's error state.
    is_worth_it: whether the work is enough to be handed out; if not, it is one piece.

    What a piece raises is raised once all are done.

    >>> sum(in_pieces(lambda start, stop: sum(range(start, stop)), 5))
    10
    """
    if not is_worth_it or count < 2:
        with calm():
            return [work(0, count)]
    global _last_pieces
    with held_blas() as threads:
        pieces = min(threads, count)
        _last_pieces = perf_counter() if pieces > 1 else _last_pieces
        bounds = [count * i // pieces for i in range(pieces + 1)]
        futures = [_submit(work, start, stop) for start, stop in pairwise(bounds[1:])]
        try:
            first = work(0, bounds[1])
        finally:  # not before all are done with the caller's arrays
            for future in futures:
                future.exception()
        return [first, *[future.result() for future in futures]]


@contextmanager
def beside(*, is_worth_it: bool = True) -> Iterator[HandOver]:
    """A block with BLAS held to one thread, which may hand work to another thread: ``hand_over(function, *args)``.

    That does one piece after the other, in order, and all are done when the block ends. Where it is not worth it, or no
    second thread is to be had, ``hand_over`` is a plain call; its attribute ``is_beside`` tells. What the work
    raises is raised when the block ends.

    >>> found = []
    >>> with beside() as hand_over:
    ...     hand_over(found.append, "done")
    >>> found
    ['done']
    """
    global _last_pieces
    with held_blas() as threads:
        if threads < 2 or not is_worth_it:
            yield HandOver(None)
            return
        _last_pieces = perf_counter()
        from queue import SimpleQueue

        pieces: SimpleQueue[Callable[[], Any] | None] = SimpleQueue()
        future = _submit(_work_off, pieces)
        try:
            yield HandOver(pieces)
        finally:
            pieces.put(None)
            future.exception()  # not before all is done with the caller's arrays
        future.result()


class HandOver:
    """Calls a function in another thread, or at once where there is none."""

    def __init__(self, pieces: SimpleQueue[Callable[[], Any] | None] | None) -> None:
        self.is_beside = pieces is not None
        self._pieces = pieces

    def __call__(self, function: Callable[..., Any], *args: Any) -> None:
        """``function(*args)``, whose result is not wanted."""
        if self._pieces is None:
            function(*args)
        else:
            self._pieces.put(partial(function, *args))


def _work_off(pieces: SimpleQueue[Callable[[], Any] | None]) -> None:
    while (piece := pieces.get()) is not None:
        piece()


def calm() -> AbstractContextManager[Any]:
    """A block of products in which BLAS has one thread if work was done in pieces lately, and else its own number.

    Idle threads of OpenBLAS spin for some 20 ms after a product, on the cores that the next pieces need: a convolution
    after a linear layer takes twice as long.

    >>> import numpy as np
    >>> with calm():
    ...     (np.eye(2) @ np.ones(2)).tolist()
    [1.0, 1.0]
    """
    return held_blas() if is_calm() else _NOTHING


def is_calm() -> bool:
    """Whether work was done in pieces lately, so that `calm` holds BLAS.

    >>> isinstance(is_calm(), bool)
    True
    """
    return perf_counter() - _last_pieces < LATELY


LATELY = 0.1  # seconds
_NOTHING = nullcontext()
_last_pieces = -math.inf
_pool: ThreadPoolExecutor | None = None


def _submit(work: Callable[..., T], *args: Any) -> Future[T]:
    global _pool
    if _pool is None:
        from concurrent.futures import ThreadPoolExecutor

        _pool = ThreadPoolExecutor(os.cpu_count(), thread_name_prefix="glassgrad")
    return _pool.submit(copy_context().run, work, *args)


def _forget() -> None:
    """A forked process has none of its parent's threads, and locks as they were."""
    global _hold, _pool
    _hold, _pool = Lock(), None


if hasattr(os, "register_at_fork"):
    os.register_at_fork(after_in_child=_forget)
