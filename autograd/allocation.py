"""Memory that is kept for the next array: glibc gives it back to the system too eagerly for training.

A step of training frees many large arrays, and the next step wants the same ones again. By default glibc hands large
pieces back to the system at once, which then has to clear and map each page anew: a quarter to a third of a step of a
convolutional network or an LSTM. Told to keep them, it has them at hand; what a process takes at most stays the same.
"""

from __future__ import annotations

import os

SWITCH = "GLASSGRAD_KEEP_MEMORY"
OWN_SETTINGS = ("MALLOC_TRIM_THRESHOLD_", "MALLOC_MMAP_THRESHOLD_", "GLIBC_TUNABLES")  # of who starts the process

# The parameters of glibc's mallopt, from malloc.h, and its own values to begin with.
TRIM_THRESHOLD, MMAP_THRESHOLD = -1, -3
EAGER = 128 << 10
LARGEST_ON_HEAP = 32 << 20  # the largest piece that glibc can be told to keep
KEPT_AT_MOST = (1 << 31) - 1  # free bytes at the heap's end

is_settled = False


def keep_memory(keep: bool = True) -> bool:
    """Keep the memory of freed arrays for the next ones, or give it back; returns whether it could be told.

    The first backward pass of a process calls this, so that training is spared its page faults. It concerns the whole
    process: memory that other libraries free is kept too, until the process ends. `GLASSGRAD_KEEP_MEMORY=0` in the
    environment leaves the process as it is, and so do settings of glibc's own that are found there.

    Only glibc, Linux's usual C library, can be told; elsewhere nothing is done, the answer is False, and no error is
    raised.

    Parameters
    ----------
    keep: False gives back what is free, now and from now on.

    >>> import autograd as ag
    >>> was_told = ag.keep_memory(False)
    >>> ag.keep_memory() == was_told
    True
    """
    global is_settled
    is_settled = True
    if not _is_glibc():
        return False
    import ctypes

    glibc = ctypes.CDLL(None)
    told = glibc.mallopt(MMAP_THRESHOLD, LARGEST_ON_HEAP if keep else EAGER)
    told &= glibc.mallopt(TRIM_THRESHOLD, KEPT_AT_MOST if keep else EAGER)
    if not keep:
        glibc.malloc_trim(0)
    return bool(told)


def settle() -> None:
    """Keep memory from now on, unless the program, or who started it, has decided already."""
    global is_settled
    is_settled = True
    if os.environ.get(SWITCH, "1") != "0" and not any(name in os.environ for name in OWN_SETTINGS):
        keep_memory()


def _is_glibc() -> bool:
    try:
        return (os.confstr("CS_GNU_LIBC_VERSION") or "").startswith("glibc")
    except (AttributeError, ValueError, OSError):  # not a POSIX system, or another C library
        return False
