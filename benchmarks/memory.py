"""How much memory this process has, as Linux tells it; 0 elsewhere."""

from __future__ import annotations

import contextlib
from pathlib import Path


def resident() -> int:
    """Bytes of memory that the process has now."""
    return _told("VmRSS")


def peak() -> int:
    """Bytes of memory that the process had at most."""
    return _told("VmHWM")  # `resource` counts what the process was started from as well


def forget_peak() -> None:
    """Let `peak` begin anew: an import needs more for a moment than it keeps."""
    with contextlib.suppress(OSError):
        Path("/proc/self/clear_refs").write_text("5")


def _told(name: str) -> int:
    try:
        lines = Path("/proc/self/status").read_text().splitlines()
    except OSError:
        return 0
    return next((int(line.split()[1]) * 1024 for line in lines if line.startswith(name)), 0)
