"""What the tests of `nn` share."""

import signal

import pytest


@pytest.fixture(autouse=True)
def interrupts_as_in_a_terminal():
    """Programs that a shell started in the background ignore Ctrl-C; here it must not matter how tests were started."""
    before = signal.signal(signal.SIGINT, signal.default_int_handler)
    yield
    signal.signal(signal.SIGINT, before)
