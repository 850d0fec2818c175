"""Results as text for the terminal, as Markdown, and as JSON."""

from __future__ import annotations

import dataclasses
from typing import Any

import summary
from cases import OURS
from formatting import aligned, duration, markdown_table, quartiles
from results import Plan, Result

UNSTEADY = 0.3  # of quartiles: (upper - lower) / median from which a ratio is marked


def ratio(values: list[float]) -> tuple[str, str]:
    """A median, and its quartiles marked where they lie far apart."""
    lower, middle, upper = quartiles(values)
    mark = " unsteady" if upper - lower > UNSTEADY * middle else ""
    return f"{middle:.2f}", f"{lower:.2f} - {upper:.2f}{mark}"


def notes(result: Result) -> list[str]:
    """What stands below a workload's table."""
    remarks = [*result.notes, *result.skipped, *(f"failed: {failure}" for failure in result.failures)]
    if result.disturbed:
        remarks.append(f"other processes kept {result.disturbance:.1f} cores busy meanwhile: not to be relied on")
    return remarks


HEAD = ["", "version", "per step", "quartiles", f"{OURS} takes, of its time", "quartiles", "memory above import"]


def rows(result: Result) -> list[list[str]]:
    """A head, and one row for each contestant: its time, and our time over it."""
    table, grown = [], result.megabytes()
    for contestant, seconds in result.seconds.items():
        lower, middle, upper = map(duration, quartiles(seconds))
        compared = contestant != OURS and OURS in result.seconds
        middle_ratio, spread = ratio(result.ratios(contestant)) if compared else ("", "")
        version = result.versions[contestant]
        memory = f"{grown[contestant]:.1f} MB" if contestant in grown else ""
        table.append([contestant, version, middle, f"{lower} - {upper}", middle_ratio, spread, memory])
    return without_empty([HEAD, *table])


def without_empty(table: list[list[str]]) -> list[list[str]]:
    """A table, without columns that have nothing but a head."""
    kept = [i for i in range(len(table[0])) if i == 0 or any(row[i] for row in table[1:])]
    return [[row[i] for i in kept] for row in table]


def figure_rows(result: Result) -> list[list[str]]:
    """A row per figure of what was measured alone."""
    return [
        [who, figure.label, f"{figure.value:.4g}", figure.unit]
        for who, figures in result.figures.items()
        for figure in figures
    ]


def text(result: Result) -> str:
    """A workload's results for the terminal."""
    parts = [f"{result.name}: {result.title}"]
    if result.seconds:
        parts.append(aligned(rows(result)))
    if result.figures:
        parts.append(aligned(figure_rows(result)))
    parts += [f"  {note}" for note in notes(result)]
    return "\n".join(parts) + "\n"


def summed_up(results: list[Result], targets: bool) -> str:
    """The summary, and the targets where they are asked for, for the terminal."""
    parts = []
    if body := summary.rows(results):
        parts += [f"{OURS}'s time over the others'", aligned(without_empty([summary.HEAD, *body])), ""]
    if targets and (body := summary.target_rows(results)):
        parts += ["targets", aligned([summary.TARGET_HEAD, *body]), ""]
    return "\n".join(parts)


def how(plan: Plan, machine: dict[str, Any]) -> list[str]:
    """How the figures were made, in words."""
    each = "Each library runs in a process of its own" if plan.quick else "Each contestant runs in a process of its own"
    memory = f" {machine['memory']} GiB of memory;" if machine["memory"] else ""
    return [
        f"- {machine['cpu']}, {machine['cores']} cores;{memory} {machine['system']}; {machine['python']};"
        f" NumPy {machine['numpy']}.",
        f"- Every library was given {plan.threads} threads (OpenMP, OpenBLAS, MKL, XLA, tinygrad's own).",
        "- First, all compute the same losses and gradients from the same inputs, or there is no ratio.",
        f"- {each} (starts: {plan.starts}; rounds after each: {plan.rounds}). In a round they take turns of about"
        f" {plan.turn * 1e3:.0f} ms (one step at least); all others are idle. Before a turn the case is built anew and"
        " runs a few steps untimed; compiling is done by then. The garbage collector is on.",
        f"- A ratio is {OURS}'s time over the other's in the same round: the median over all rounds, and its"
        f" quartiles. Below 1, {OURS} is faster.",
        *([] if plan.quick else [GROWTH]),
    ]


GROWTH = (
    "- Memory is by how much the process grows above the import of its library, at most, in up to twenty steps from"
    " building the case on, compiling included. PyTorch's compiler, 70 MB, which it imports"
    " with the first optimizer, counts as its import."
)


def markdown(results: list[Result], plan: Plan, machine: dict[str, Any]) -> str:
    """The contents of RESULTS.md: the summary first."""
    lines = ["# Benchmark results", "", "Written by `make bench ARGS=--write`; see [README.md](README.md).", ""]
    lines += [
        *("## Summary", "", f"Ratios are {OURS}'s time over the other's: below 1, {OURS} is faster.", ""),
        *(*markdown_table(summary.HEAD, summary.rows(results)), ""),
        *("![The same as a picture](RESULTS.svg)", ""),
        *("## Targets", "", *markdown_table(summary.TARGET_HEAD, summary.target_rows(results)), ""),
    ]
    lines += ["## How it was measured", "", *how(plan, machine), ""]
    for result in results:
        lines += [f"## {result.name}", "", f"{result.title}.", ""]
        if result.seconds:
            head, *body = rows(result)
            lines += [*markdown_table(head, body), ""]
        if result.figures:
            lines += [*markdown_table(["", "what", "value", "unit"], figure_rows(result)), ""]
        remarks = [f"- {remark}" for remark in notes(result)]
        lines += [*remarks, ""] if remarks else []
    return "\n".join(lines)


def data(results: list[Result], plan: Plan, machine: dict[str, Any]) -> dict[str, Any]:
    """The contents of results.json: everything, each round included."""
    workloads = {}
    for result in results:
        entry = dataclasses.asdict(result)
        peers = [peer for peer in result.seconds if peer != OURS] if OURS in result.seconds else []
        entry["ratios"] = {
            peer: dict(zip(("lower", "median", "upper"), quartiles(result.ratios(peer)), strict=True)) for peer in peers
        }
        entry["seconds"] = {
            who: [float(f"{value:.4g}") for value in seconds] for who, seconds in result.seconds.items()
        }
        workloads[entry.pop("name")] = entry
    everything = {"machine": machine, "plan": dataclasses.asdict(plan), "targets": summary.data(results)}
    return everything | {"workloads": workloads}
