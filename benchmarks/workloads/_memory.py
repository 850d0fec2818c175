"""By how much a process grows."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

from cases import Case, Figure

MEGABYTE = 2**20
STEPS = 20


def growth(module: str, build: Callable[[], Case]) -> list[Figure]:
    """By how much, at most, the process grows above the import of a library in training steps."""
    __import__(module)
    before = resident()
    step = build().step
    for _ in range(STEPS):
        step()
    return [Figure("memory above its import, at most", (peak() - before) / MEGABYTE, "MB")]


def resident() -> int:
    """Bytes of memory that the process has now; 0 where the system does not tell."""
    return told_by_linux("VmRSS")


def peak() -> int:
    """Bytes of memory that the process had at most; 0 where the system does not tell."""
    return told_by_linux("VmHWM")  # `resource` counts what the process was started from as well


def told_by_linux(name: str) -> int:
    """An entry of the process's status, in bytes."""
    try:
        lines = Path("/proc/self/status").read_text().splitlines()
    except OSError:
        return 0
    return next(int(line.split()[1]) * 1024 for line in lines if line.startswith(name))
