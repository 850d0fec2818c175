"""What is recorded about the machine, and nothing that names it or its user."""

from __future__ import annotations

import os
import platform
from collections.abc import Iterable
from pathlib import Path

import numpy as np


def cores() -> int:
    """The cores this process may run on."""
    if hasattr(os, "sched_getaffinity"):
        return len(os.sched_getaffinity(0))
    return os.cpu_count() or 1


def processor() -> str:
    """The model of the CPU, as the system names it."""
    info = Path("/proc/cpuinfo")
    if info.exists():
        for line in info.read_text(encoding="utf-8").splitlines():
            if line.startswith("model name"):
                return line.partition(":")[2].strip()
    return platform.processor() or platform.machine()


def others_cpu_seconds(children: Iterable[int] = ()) -> float | None:
    """CPU time that everything but this process and its children has had since boot (Linux).

    Children that have ended are known to the system, those alive are named. Includes what a hypervisor gave to other
    machines.
    """
    stat = Path("/proc/stat")
    if not stat.exists():
        return None
    user, nice, system, _, _, irq, softirq, steal = map(int, stat.read_text().split()[1:9])
    alive = sum(_ticks(child) for child in children)
    return (user + nice + system + irq + softirq + steal - alive) / os.sysconf("SC_CLK_TCK") - sum(os.times()[:4])


def _ticks(process: int) -> int:
    """CPU time of a process and of its children that have ended, in the system's ticks."""
    try:
        stat = Path(f"/proc/{process}/stat").read_text()
    except OSError:
        return 0
    return sum(map(int, stat.rpartition(")")[2].split()[11:15]))


def gibibytes() -> int | None:
    """The memory of the machine, where the system tells."""
    try:
        return round(os.sysconf("SC_PHYS_PAGES") * os.sysconf("SC_PAGE_SIZE") / 2**30)
    except (AttributeError, ValueError, OSError):
        return None


def blas() -> str:
    """The BLAS that NumPy was built with."""
    built = np.show_config(mode="dicts")["Build Dependencies"]["blas"]
    return f"{built['name']} {built['version']}"


def description() -> dict[str, str | int | None]:
    """The machine, for the record."""
    return {
        "cpu": processor(),
        "cores": cores(),
        "memory": gibibytes(),
        "system": f"{platform.system()} {platform.machine()}",
        "python": f"{platform.python_implementation()} {platform.python_version()}",
        "numpy": f"{np.__version__}, {blas()}",
    }
