"""Ctrl-C as a wish: training ends between two steps, so that what it leaves behind is whole."""

from __future__ import annotations

import signal
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any


class Stop:
    """Whether the end of training has been asked for."""

    asked = False


@contextmanager
def stop_on_interrupt() -> Iterator[Stop]:
    """Let Ctrl-C set ``stop.asked`` in this block; pressed again, it raises KeyboardInterrupt as always.

    Python delivers signals to the main thread alone: in another one this changes nothing.

    >>> with stop_on_interrupt() as stop:
    ...     signal.raise_signal(signal.SIGINT)
    >>> stop.asked
    True
    """
    stop = Stop()
    if threading.current_thread() is not threading.main_thread():
        yield stop
        return
    before = signal.getsignal(signal.SIGINT)

    def ask(number: int, frame: Any) -> None:
        stop.asked = True
        signal.signal(signal.SIGINT, before)

    signal.signal(signal.SIGINT, ask)
    try:
        yield stop
    finally:
        signal.signal(signal.SIGINT, before)
