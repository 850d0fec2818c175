"""One library at work in a process of its own: started and spoken to by `race.py`.

Each line on standard input is a request, each line on standard output its reply, both JSON. Between requests
the process is blocked reading, so it takes nothing from the one that is being timed. It runs in the environment of
its library, so it imports nothing of glassgrad unless that is the library.
"""

from __future__ import annotations

import gc
import importlib
import json
import math
import os
import signal
import sys
import traceback
from collections.abc import Callable
from pathlib import Path
from time import perf_counter
from typing import Any

import memory
import numpy as np
from cases import LIBRARIES, Case, Library, Unavailable

LEAD_IN = 0.010  # seconds of untimed work before each timed turn: caches, clock rate, sleeping thread pools
GROWING_STEPS, GROWING_SECONDS = (
    20,
    2.0,
)  # of work whose memory is measured: so many steps, or what fits, three at least


def turn(build: Callable[[], Case], repetitions: int) -> float:
    """Seconds per step of a fresh case, over `repetitions`, the garbage collector on, as users have it."""
    step = build().step
    gc.collect()  # what earlier turns left is not this one's to collect
    if repetitions > 1:
        until = perf_counter() + LEAD_IN
        while perf_counter() < until:
            step()
    started = perf_counter()
    for _ in range(repetitions):
        step()
    return (perf_counter() - started) / repetitions


def warm_up(build: Callable[[], Case], seconds: float, turn_seconds: float) -> int:
    """Take turns for `seconds`, three unless a step is longer; return the repetitions that fill `turn_seconds`."""
    until, turns, repetitions, step = perf_counter() + seconds, 0, 1, 0.0
    while perf_counter() < until or (turns < 3 and step < seconds):
        step = turn(build, repetitions)
        repetitions = max(1, math.ceil(turn_seconds / step))
        turns += 1
    return repetitions


def growth(build: Callable[[], Case], imported: int) -> int:
    """By how many bytes the process grows above what it had `imported`, at most, while it works."""
    step = build().step
    until = perf_counter() + GROWING_SECONDS
    for count in range(GROWING_STEPS):
        step()
        if count >= 2 and perf_counter() > until:
            break
    return max(0, memory.peak() - imported)


def write_checksums(build: Callable[[], Case], file: str) -> None:
    """The check of a fresh case, as flat arrays by name."""
    with open(file, "wb") as stream:
        np.savez(stream, **{name: np.ravel(values) for name, values in build().check().items()})


def threads() -> dict[str, int]:
    """The thread counts in force, by pool."""
    counts = {}
    try:
        from threadpoolctl import threadpool_info
    except ModuleNotFoundError:
        pass
    else:
        for pool in threadpool_info():
            counts[f"{pool['internal_api']} ({pool['prefix']})"] = pool["num_threads"]
    if "torch" in sys.modules:
        counts["torch"] = sys.modules["torch"].get_num_threads()
    if "tinygrad" in sys.modules:
        counts["tinygrad"] = sys.modules["tinygrad"].helpers.NUM_CPU_THREADS.value
    tasks = Path("/proc/self/task")
    if "jax" in sys.modules and tasks.exists():  # XLA tells its count to nobody, but its threads have names
        counts["XLA"] = sum("XLAEigen" in (task / "comm").read_text() for task in tasks.iterdir())
    return counts


def answer(request: dict[str, Any], imported: int) -> dict[str, Any]:
    """Do what is asked for, with one contestant of one workload."""
    module = importlib.import_module(f"workloads.{request['workload']}")
    contestant = request["contestant"]
    build = getattr(module, "CASES", {}).get(contestant)
    match request:
        case {"do": "grow"}:
            return {"bytes": growth(build, imported) if imported else None}
        case {"do": "check", "file": file}:
            write_checksums(build, file)
            return {}
        case {"do": "warm up", "seconds": seconds, "turn": turn_seconds}:
            if not request["ready"]:
                build().step()  # whatever is compiled is compiled now
            return {"repetitions": warm_up(build, seconds, turn_seconds)}
        case {"do": "turn", "repetitions": repetitions}:
            return {"seconds": turn(build, repetitions)}
        case {"do": "measure", "quick": quick}:
            return {"figures": [vars(figure) for figure in module.MEASURES[contestant](quick)]}
        case {"do": "threads"}:
            return {"threads": threads()}
    raise ValueError(f"unknown request {request}")


def serve(library: Library, reply: Callable[[dict[str, Any]], None]) -> None:
    """Import the library, then answer requests until standard input closes."""
    try:
        version = library.version()
    except ModuleNotFoundError as error:
        if error.name is None or error.name.split(".")[0] != library.module:
            raise
        reply({"missing": str(error)})
        return
    except Unavailable as reason:
        reply({"unavailable": str(reason)})
        return
    memory.forget_peak()
    imported = memory.resident()
    reply({"version": version, "numpy": np.__version__})
    for line in sys.stdin:
        try:
            reply(answer(json.loads(line), imported))
        except Unavailable as reason:
            reply({"unavailable": str(reason)})
        except Exception as error:  # of this contestant: others may be served by the same process
            traceback.print_exc()
            reply({"error": f"{type(error).__name__}: {error}"})


def main() -> None:
    """Keep standard output for replies (what a workload prints goes to standard error), then serve."""
    signal.signal(signal.SIGINT, signal.SIG_IGN)  # the driver hears Ctrl-C, and closes standard input
    replies = os.fdopen(os.dup(1), "w", encoding="utf-8")
    os.dup2(2, 1)

    def reply(message: dict[str, Any]) -> None:
        replies.write(json.dumps(message) + "\n")
        replies.flush()

    try:
        serve(LIBRARIES[sys.argv[1]], reply)
    except Exception as error:
        traceback.print_exc()
        reply({"error": f"{type(error).__name__}: {error}"})
        sys.exit(1)


if __name__ == "__main__":
    main()
