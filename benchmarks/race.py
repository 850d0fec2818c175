"""The race of a workload: its contestants agree on what they compute, and are timed in turn."""

from __future__ import annotations

import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from time import perf_counter
from types import ModuleType

import machine
import numpy as np
from cases import OURS, Figure, library_of
from field import Field
from results import Plan, Result
from workers import BenchError, Crew

LEAST_ROUNDS = 3
TOLERANCE = 1e-4  # of checksums in float32, relative to the largest; a workload may set its own


def disagreement(ours: dict[str, np.ndarray], theirs: dict[str, np.ndarray], tolerance: float) -> str | None:
    """Where two sets of checksums differ, in words; None where they agree."""
    if ours.keys() != theirs.keys():
        return f"one checks {sorted(ours)}, the other {sorted(theirs)}"
    for name in ours:
        a, b = ours[name].astype(float), theirs[name].astype(float)
        if a.shape != b.shape:
            return f"{name}: {a.size} numbers against {b.size}"
        if a.size == 0:
            continue
        worst = int(np.argmax(np.abs(a - b)))  # a nan counts as the largest
        error = abs(a[worst] - b[worst]) / max(np.abs(b).max(), 1e-30)
        if not error <= tolerance:
            return f"{name}: {a[worst]:.7g} and {b[worst]:.7g}, {error:.1e} apart (tolerance {tolerance:.0e})"
    return None


def require_agreement(racing: Field, tolerance: float) -> None:
    """Let every worker compute the same from the same inputs; who differs from the first is withdrawn."""
    with tempfile.TemporaryDirectory() as folder:
        files = {contestant: str(Path(folder, f"{i}.npz")) for i, contestant in enumerate(racing.workers)}
        checks = {}
        for contestant, _ in racing.ask("check", machine.cores(), file=files):
            with np.load(files[contestant]) as stored:
                checks[contestant] = dict(stored)
    reference = OURS if OURS in checks else next(iter(checks), None)
    for contestant in checks:
        difference = disagreement(checks[contestant], checks[reference], tolerance)
        if difference is not None:
            racing.withdraw(contestant, BenchError(f"does not compute what {reference} does: {difference}"))


@contextmanager
def field_of(result: Result, contestants: list[str], crew: Crew, alone: bool = False) -> Iterator[Field]:
    """The workers of a workload, let go together."""
    workers = Field(result, contestants, crew, alone)
    try:
        yield workers
    finally:
        workers.close()


def qualify(workload: ModuleType, racing: Field) -> None:
    """What is the same in every start: the memory that is taken, and the numbers that are computed."""
    if not racing.crew.shared and getattr(workload, "MEMORY", True):  # first: to check takes memory as well
        for contestant, grown in racing.ask("grow", machine.cores()):
            if grown["bytes"] is not None:
                racing.result.growth[contestant] = grown["bytes"]
    require_agreement(racing, getattr(workload, "TOLERANCE", TOLERANCE))


def heat(workload: ModuleType, result: Result, contestants: list[str], plan: Plan, crew: Crew) -> list[str]:
    """Let every contestant start and time them in turn (A, B, A, B, ...); return those that went through it all."""
    with field_of(result, contestants, crew) as racing:
        is_first = not result.seconds
        if is_first:
            qualify(workload, racing)
        settings = {"seconds": plan.warm_up, "turn": plan.turn, "ready": is_first}
        to_each = {name: dict.fromkeys(contestants, value) for name, value in settings.items()}
        for contestant, ready in racing.ask("warm up", **to_each):
            result.repetitions[contestant] = ready["repetitions"]
        until = perf_counter() + plan.patience
        for count in range(plan.rounds):
            if count >= LEAST_ROUNDS and perf_counter() > until:
                break
            for contestant, timed in racing.ask("turn", repetitions=result.repetitions):
                result.seconds.setdefault(contestant, []).append(timed["seconds"])
        for contestant, counted in racing.ask("threads"):
            result.threads[contestant] = counted["threads"]
            if others := {pool: count for pool, count in counted["threads"].items() if count != plan.threads}:
                result.remark(f"{contestant} has other counts of threads than {plan.threads}: {others}")
        return list(racing.workers)


def entrants(workload: ModuleType, plan: Plan) -> list[str]:
    """The contestants of a workload that take part under a plan."""
    names = list(getattr(workload, "CASES", {}))
    if plan.quick:  # what is compiled for long, or takes long, is left to the whole run
        slow = set(getattr(workload, "SLOW", ()))
        names = [name for name in names if not (name in slow or "compile" in name or library_of(name).slow)]
    return [name for name in names if takes_part(name, plan)]


def takes_part(contestant: str, plan: Plan) -> bool:
    """Whether a local run, too, has the library of a contestant."""
    library = library_of(contestant)
    return not plan.local or (library.environment == "main" and library.is_here())


def measure(result: Result, contestant: str, plan: Plan, crew: Crew) -> None:
    """Let a contestant measure alone what it does, in a process that has done nothing else."""
    with field_of(result, [contestant], crew, alone=True) as alone:
        for _, measured in alone.ask("measure", quick={contestant: plan.quick}):
            result.figures[contestant] = [Figure(**figure) for figure in measured["figures"]]


def race(workload: ModuleType, plan: Plan, crew: Crew) -> Result:
    """Measure a workload: its contestants in turn, and whatever it measures alone."""
    name = workload.__name__.rpartition(".")[2]
    result = Result(name, (workload.__doc__ or name).strip().splitlines()[0].rstrip("."))
    others_before, started = machine.others_cpu_seconds(crew.processes()), perf_counter()
    contestants = entrants(workload, plan)
    for _ in range(plan.starts if contestants else 0):
        contestants = heat(workload, result, contestants, plan, crew)
    for contestant in getattr(workload, "MEASURES", {}):
        if takes_part(contestant, plan):
            measure(result, contestant, plan, crew)
    others_after, result.elapsed = machine.others_cpu_seconds(crew.processes()), perf_counter() - started
    if others_before is not None and others_after is not None:
        result.disturbance = max(0.0, others_after - others_before) / result.elapsed
    if result.seconds and hasattr(workload, "notes"):
        result.notes += workload.notes(result.medians())
    return result
