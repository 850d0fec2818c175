"""Ctrl-C as a wish: training ends between two steps, so that what it leaves behind is whole."""

from __future__ import annotations

import signal
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

INTERRUPTED = "interrupted"  # the reason of a stop by one of these:
SIGNALS = (signal.SIGINT, signal.SIGTERM)  # Ctrl-C, and what `kill` and batch systems send


class Stop:
    """Whether the end of training has been asked for, and by which signal: its number, or 0.

    >>> with stop_on_interrupt() as stop:
    ...     signal.raise_signal(signal.SIGTERM)
    >>> stop.asked, stop.number == signal.SIGTERM
    (True, True)
    """

    asked = False
    number = 0


@contextmanager
def stop_on_interrupt() -> Iterator[Stop]:
    """Let Ctrl-C, and SIGTERM, set ``stop.asked`` in this block; a second one acts as always: KeyboardInterrupt.

    Signals that the process ignores are still ignored. Python delivers signals to the main thread alone: in another one
    this changes nothing.

    >>> with stop_on_interrupt() as stop:
    ...     signal.raise_signal(signal.SIGTERM)
    >>> stop.asked
    True
    """
    stop = Stop()
    if threading.current_thread() is not threading.main_thread():
        yield stop
        return
    # None is a handler that was not set by Python, which could not be put back
    before = {number: signal.getsignal(number) for number in SIGNALS}
    heard = {number: handler for number, handler in before.items() if handler not in (signal.SIG_IGN, None)}

    def ask(number: int, frame: Any) -> None:
        stop.asked, stop.number = True, number
        signal.signal(number, heard[signal.Signals(number)])

    for number in heard:
        signal.signal(number, ask)
    try:
        yield stop
    finally:
        for number, handler in heard.items():
            signal.signal(number, handler)
