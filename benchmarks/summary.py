"""The figures of a whole run in two tables: each workload beside what users would pick instead, and the targets."""

from __future__ import annotations

from typing import Any

from cases import OURS, key_of
from formatting import duration
from results import Result, median
from targets import TARGETS, Target, verdict

DEFAULTS = ("torch, default Adam", "torch, default SGD", "torch, default", "torch")
HEAD = ["workload", OURS, "to PyTorch as it comes", "to PyTorch at its best", "to JAX", "to bare NumPy", "memory"]
TARGET_HEAD = ["workload", "at most", "must", "aim", "reached", ""]


def fastest(result: Result, key: str) -> str | None:
    """The contestant of a library that took the least time."""
    medians = {name: seconds for name, seconds in result.medians().items() if key_of(name) == key}
    return min(medians, key=medians.__getitem__, default=None)


def as_it_comes(result: Result) -> str | None:
    """PyTorch in its default settings."""
    return next((name for name in DEFAULTS if name in result.seconds), None)


def ratio_to(result: Result, peer: str | None) -> float | None:
    """The median ratio of our time to a contestant's."""
    return median(result.ratios(peer)) if peer is not None and OURS in result.seconds else None


def cell(result: Result, peer: str | None) -> str:
    """A ratio, and which of its library's contestants it is to, where it is a special one."""
    value = ratio_to(result, peer)
    if value is None or peer is None:
        return ""
    form = peer.partition(", ")[2]
    return f"{value:.2f}" + (f" ({form})" if form and not form.startswith("default") else "")


def memory(result: Result) -> str:
    """Our growth above import, beside the least of PyTorch's."""
    grown = result.megabytes()
    if OURS not in grown:
        return ""
    theirs = min((size for name, size in grown.items() if key_of(name) == "torch"), default=None)
    return f"{grown[OURS]:.0f} MB" + (f", PyTorch {theirs:.0f} MB" if theirs is not None else "")


def rows(results: list[Result]) -> list[list[str]]:
    """One row for each workload that was raced."""
    table = []
    for result in results:
        if OURS in result.seconds:
            peers = [as_it_comes(result), *(fastest(result, key) for key in ("torch", "jax", "numpy"))]
            ours = duration(median(result.seconds[OURS]))
            table.append([result.name, ours, *(cell(result, peer) for peer in peers), memory(result)])
    return table


def reached(results: list[Result]) -> list[tuple[Target, float | None]]:
    """Each target of the workloads that were run, and what was measured of it."""
    by_name = {result.name: result for result in results}
    return [(target, target.reached(by_name[target.workload])) for target in TARGETS if target.workload in by_name]


def target_rows(results: list[Result]) -> list[list[str]]:
    """One row for each target, met or not."""
    return [
        [
            *(target.workload, target.what, "" if target.must is None else f"{target.must:g}", f"{target.aim:g}"),
            *("" if value is None else f"{value:.2f}", verdict(target, value)),
        ]
        for target, value in reached(results)
    ]


def data(results: list[Result]) -> list[dict[str, Any]]:
    """The targets, for JSON."""
    return [
        {"workload": target.workload, "at most": target.what, "must": target.must, "aim": target.aim}
        | {"reached": value, "verdict": verdict(target, value)}
        for target, value in reached(results)
    ]
