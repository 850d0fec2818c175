"""One library doing one workload, in a process of its own: started and spoken to by `race.py`.

Each line on standard input is a request, each line on standard output its reply, both JSON. Between requests
the process is blocked reading, so it takes nothing from the one that is being timed.
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
from time import perf_counter
from typing import Any

import numpy as np
from cases import Case, library_of

LEAD_IN = 0.010  # seconds of untimed work before each timed turn: caches, clock rate, sleeping thread pools


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
    """Take turns for `seconds`, at least three; return the repetitions that fill `turn_seconds`."""
    until, turns, repetitions = perf_counter() + seconds, 0, 1
    while turns < 3 or perf_counter() < until:
        repetitions = max(1, math.ceil(turn_seconds / turn(build, repetitions)))
        turns += 1
    return repetitions


def checksums(build: Callable[[], Case]) -> dict[str, list[float]]:
    """The check of a fresh case, as flat lists of numbers."""
    return {name: np.ravel(values).astype(float).tolist() for name, values in build().check().items()}


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
    return counts


def serve(workload: str, contestant: str, reply: Callable[[dict[str, Any]], None]) -> None:
    """Answer requests until standard input closes."""
    library = library_of(contestant)
    try:
        version = library.version()
    except ModuleNotFoundError as error:
        if error.name is None or error.name.split(".")[0] != library.module:
            raise
        reply({"missing": f"{error} (to get it: {library.install})"})
        return
    module = importlib.import_module(f"workloads.{workload}")
    reply({"version": version})
    for line in sys.stdin:
        match json.loads(line):
            case {"do": "check"}:
                reply({"checksums": checksums(module.CASES[contestant])})
            case {"do": "warm up", "seconds": seconds, "turn": turn_seconds}:
                reply({"repetitions": warm_up(module.CASES[contestant], seconds, turn_seconds)})
            case {"do": "turn", "repetitions": repetitions}:
                reply({"seconds": turn(module.CASES[contestant], repetitions)})
            case {"do": "measure", "quick": quick}:
                reply({"figures": [vars(figure) for figure in module.MEASURES[contestant](quick)]})
            case {"do": "threads"}:
                reply({"threads": threads()})
            case request:
                raise ValueError(f"unknown request {request}")


def main() -> None:
    """Keep standard output for replies (what a workload prints goes to standard error), then serve."""
    signal.signal(signal.SIGINT, signal.SIG_IGN)  # the driver hears Ctrl-C, and closes standard input
    replies = os.fdopen(os.dup(1), "w", encoding="utf-8")
    os.dup2(2, 1)

    def reply(message: dict[str, Any]) -> None:
        replies.write(json.dumps(message) + "\n")
        replies.flush()

    try:
        serve(sys.argv[1], sys.argv[2], reply)
    except Exception as error:
        traceback.print_exc()
        reply({"error": f"{type(error).__name__}: {error}"})
        sys.exit(1)


if __name__ == "__main__":
    main()
