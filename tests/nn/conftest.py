"""What the tests of `nn` share."""

import signal
from pathlib import Path

import pytest


@pytest.fixture(autouse=True)
def interrupts_as_in_a_terminal():
    """Programs that a shell started in the background ignore Ctrl-C; here it must not matter how tests were started."""
    before = signal.signal(signal.SIGINT, signal.default_int_handler)
    yield
    signal.signal(signal.SIGINT, before)


@pytest.fixture(autouse=True)
def no_network(monkeypatch):
    """No test downloads anything, or finds what its user has downloaded."""
    monkeypatch.setenv("GLASSGRAD_DOWNLOAD", "0")  # for programs that tests start
    monkeypatch.setattr("nn.data.locating.is_allowed", lambda: False)  # where a test empties the environment
    monkeypatch.setattr("nn.data.caches.user_cache", lambda: Path("no/such/cache"))
