"""The driver's side: start the workers of a workload, let them agree, and time them in turn."""

from __future__ import annotations

import contextlib
import json
import os
import statistics
import subprocess
import sys
from dataclasses import dataclass, field
from pathlib import Path
from time import perf_counter
from types import ModuleType, TracebackType
from typing import Any

import machine
import numpy as np
from cases import OURS, Figure

Numbers = dict[str, list[float]]

HERE = Path(__file__).parent
TOLERANCE = 1e-4  # of checksums in float32, relative to the largest; a workload may set its own
DISTURBED = 0.25  # cores kept busy by others
# OpenBLAS's threads spin for up to 2**26 cycles after their last product, which is far into the next contestant's turn.
SLEEP_WHEN_IDLE = {"OPENBLAS_THREAD_TIMEOUT": "10"}
THREAD_VARIABLES = ("OMP_NUM_THREADS", "OPENBLAS_NUM_THREADS", "MKL_NUM_THREADS", "VECLIB_MAXIMUM_THREADS")


class BenchError(Exception):
    """Something that makes a figure impossible, in one line."""


class Missing(BenchError):
    """A library that is not installed, and how to get it."""


@dataclass(frozen=True)
class Plan:
    """How much to measure: starts of each process, rounds after each, seconds of a turn and a warm-up."""

    starts: int = 3
    rounds: int = 7
    turn: float = 0.030
    warm_up: float = 0.5
    threads: int = 1
    quick: bool = False


@dataclass
class Result:
    """What a workload gave: by contestant its version and seconds per step, round by round, or figures."""

    name: str
    title: str
    versions: dict[str, str] = field(default_factory=dict)
    seconds: dict[str, list[float]] = field(default_factory=dict)
    repetitions: dict[str, int] = field(default_factory=dict)
    threads: dict[str, dict[str, int]] = field(default_factory=dict)
    figures: dict[str, list[Figure]] = field(default_factory=dict)
    notes: list[str] = field(default_factory=list)
    skipped: list[str] = field(default_factory=list)
    disturbance: float | None = None  # cores that other processes kept busy meanwhile

    def ratios(self, peer: str) -> list[float]:
        """Our time over the peer's, round by round."""
        return [ours / theirs for ours, theirs in zip(self.seconds[OURS], self.seconds[peer], strict=True)]

    @property
    def disturbed(self) -> bool:
        """Whether other processes took so much time that a threaded library may look many times slower than it is."""
        return self.disturbance is not None and self.disturbance > DISTURBED

    def medians(self) -> dict[str, float]:
        """Median seconds per step of each contestant."""
        return {contestant: statistics.median(seconds) for contestant, seconds in self.seconds.items()}


class Worker:
    """A process that does one workload in one library, idle unless asked; `Missing` without the library."""

    def __init__(self, workload: str, contestant: str, threads: int) -> None:
        self.who = f"{workload}, {contestant}"
        environment = os.environ | dict.fromkeys(THREAD_VARIABLES, str(threads)) | SLEEP_WHEN_IDLE
        command = [sys.executable, str(HERE / "worker.py"), workload, contestant]
        self.process = subprocess.Popen(
            command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, env=environment, encoding="utf-8"
        )
        try:
            self.version: str = self._receive()["version"]
        except BaseException:
            self.close()
            raise

    def ask(self, do: str, **arguments: object) -> dict[str, Any]:
        """Send one request and wait for its reply."""
        assert self.process.stdin is not None
        try:
            self.process.stdin.write(json.dumps({"do": do, **arguments}) + "\n")
            self.process.stdin.flush()
        except BrokenPipeError:
            raise BenchError(f"{self.who}: the worker has gone") from None
        return self._receive()

    def _receive(self) -> dict[str, Any]:
        assert self.process.stdout is not None
        line = self.process.stdout.readline()
        if not line:
            raise BenchError(f"{self.who}: the worker died with exit code {self.process.wait()}")
        reply: dict[str, Any] = json.loads(line)
        if "missing" in reply:
            raise Missing(f"{self.who}: skipped, {reply['missing']}")
        if "error" in reply:
            raise BenchError(f"{self.who}: {reply['error']}")
        return reply

    def close(self) -> None:
        """End the process: closing its input is enough for a healthy one."""
        assert self.process.stdin is not None and self.process.stdout is not None
        with contextlib.suppress(BrokenPipeError):
            self.process.stdin.close()
        try:
            self.process.wait(timeout=5)
        except subprocess.TimeoutExpired:
            self.process.kill()
            self.process.wait()
        self.process.stdout.close()


class Field:
    """The workers of a workload, closed together; whoever lacks its library is noted and left out."""

    def __init__(self, result: Result, contestants: list[str], threads: int) -> None:
        self.result, self.contestants, self.threads = result, contestants, threads
        self.workers: dict[str, Worker] = {}

    def __enter__(self) -> dict[str, Worker]:
        try:
            for contestant in self.contestants:
                try:
                    worker = Worker(self.result.name, contestant, self.threads)
                except Missing as missing:
                    self.result.skipped.append(str(missing))
                    continue
                self.workers[contestant] = worker
                self.result.versions[contestant] = worker.version
        except BaseException:
            self.__exit__(None, None, None)
            raise
        return self.workers

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        for worker in self.workers.values():
            worker.close()


def disagreement(ours: Numbers, theirs: Numbers, tolerance: float) -> str | None:
    """Where two sets of checksums differ, in words; None where they agree."""
    if ours.keys() != theirs.keys():
        return f"one checks {sorted(ours)}, the other {sorted(theirs)}"
    for name in ours:
        a, b = np.array(ours[name]), np.array(theirs[name])
        if a.shape != b.shape:
            return f"{name}: {a.size} numbers against {b.size}"
        if a.size == 0:
            continue
        worst = int(np.argmax(np.abs(a - b)))  # a nan counts as the largest
        error = abs(a[worst] - b[worst]) / max(np.abs(b).max(), 1e-30)
        if not error <= tolerance:
            return f"{name}: {a[worst]:.7g} and {b[worst]:.7g}, {error:.1e} apart (tolerance {tolerance:.0e})"
    return None


def require_agreement(workers: dict[str, Worker], tolerance: float) -> None:
    """Let every worker compute the same from the same inputs; BenchError where one differs from the first."""
    checks = {contestant: worker.ask("check")["checksums"] for contestant, worker in workers.items()}
    first, *others = checks
    for other in others:
        difference = disagreement(checks[first], checks[other], tolerance)
        if difference is not None:
            who = workers[first].who
            raise BenchError(f"{who} and {other} do not compute the same, so no ratio: {difference}")


def heat(result: Result, contestants: list[str], plan: Plan, tolerance: float) -> list[str]:
    """Start every contestant and time them in turn (A, B, A, B, ...); return those whose library is there."""
    with Field(result, contestants, plan.threads) as workers:
        if workers:
            require_agreement(workers, tolerance)
        for contestant, worker in workers.items():
            reply = worker.ask("warm up", seconds=plan.warm_up, turn=plan.turn)
            result.repetitions[contestant] = reply["repetitions"]
        for _ in range(plan.rounds):
            for contestant, worker in workers.items():
                reply = worker.ask("turn", repetitions=result.repetitions[contestant])
                result.seconds.setdefault(contestant, []).append(reply["seconds"])
        for contestant, worker in workers.items():
            result.threads[contestant] = worker.ask("threads")["threads"]
        return list(workers)


def race(workload: ModuleType, plan: Plan) -> Result:
    """Measure a workload: its contestants in turn, and whatever it measures alone."""
    name = workload.__name__.rpartition(".")[2]
    result = Result(name, (workload.__doc__ or name).strip().splitlines()[0].rstrip("."))
    others_before, started = machine.others_cpu_seconds(), perf_counter()
    contestants = list(getattr(workload, "CASES", {}))
    for _ in range(plan.starts):
        contestants = heat(result, contestants, plan, getattr(workload, "TOLERANCE", TOLERANCE))
    for contestant in getattr(workload, "MEASURES", {}):
        with Field(result, [contestant], plan.threads) as workers:
            for worker in workers.values():
                figures = worker.ask("measure", quick=plan.quick)["figures"]
                result.figures[contestant] = [Figure(**figure) for figure in figures]
    others_after, elapsed = machine.others_cpu_seconds(), perf_counter() - started
    if others_before is not None and others_after is not None:
        result.disturbance = max(0.0, others_after - others_before) / elapsed
    if result.seconds and hasattr(workload, "notes"):
        result.notes = workload.notes(result.medians())
    return result
