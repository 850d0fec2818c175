"""Results as text for the terminal, as Markdown, and as JSON."""

from __future__ import annotations

import dataclasses
import math
import statistics
from typing import Any

from cases import OURS
from race import Plan, Result

UNSTEADY = 0.3  # of quartiles: (upper - lower) / median from which a ratio is marked


def quartiles(values: list[float]) -> tuple[float, float, float]:
    """Lower quartile, median and upper quartile."""
    if len(values) == 1:
        return values[0], values[0], values[0]
    lower, middle, upper = statistics.quantiles(values, n=4, method="inclusive")
    return lower, middle, upper


def duration(seconds: float) -> str:
    """Three significant digits in the unit that suits: 0.000412 -> "412 us"."""
    for factor, unit in ((1, "s"), (1e3, "ms"), (1e6, "us")):
        if seconds * factor >= 1 or unit == "us":
            break
    value = seconds * factor
    digits = 2 - math.floor(math.log10(value)) if value > 0 else 0
    return f"{value:.{max(0, digits)}f} {unit}"


def ratio(values: list[float]) -> tuple[str, str]:
    """A median, and its quartiles marked where they lie far apart."""
    lower, middle, upper = quartiles(values)
    mark = " unsteady" if upper - lower > UNSTEADY * middle else ""
    return f"{middle:.2f}", f"{lower:.2f} - {upper:.2f}{mark}"


def notes(result: Result) -> list[str]:
    """What stands below a workload's table."""
    remarks = [*result.notes, *result.skipped]
    if result.disturbed:
        remarks.append(f"other processes kept {result.disturbance:.1f} cores busy meanwhile: not to be relied on")
    return remarks


HEAD = ["", "version", "per step", "quartiles", f"{OURS} takes, of its time", "quartiles"]


def rows(result: Result) -> list[list[str]]:
    """One row for each contestant: its time, and our time over it."""
    table = []
    for contestant, seconds in result.seconds.items():
        lower, middle, upper = map(duration, quartiles(seconds))
        compared = contestant != OURS and OURS in result.seconds
        middle_ratio, spread = ratio(result.ratios(contestant)) if compared else ("", "")
        version = result.versions[contestant]
        table.append([contestant, version, middle, f"{lower} - {upper}", middle_ratio, spread])
    return table


def figure_rows(result: Result) -> list[list[str]]:
    """A row per figure of what was measured alone."""
    return [
        [who, figure.label, f"{figure.value:.4g}", figure.unit]
        for who, figures in result.figures.items()
        for figure in figures
    ]


def aligned(table: list[list[str]]) -> str:
    """Columns padded to their widest cell."""
    widths = [max(map(len, column)) for column in zip(*table, strict=True)]
    return "\n".join("  " + "  ".join(map(str.ljust, row, widths)).rstrip() for row in table)


def text(result: Result) -> str:
    """A workload's results for the terminal."""
    parts = [f"{result.name}: {result.title}"]
    if result.seconds:
        parts.append(aligned([HEAD, *rows(result)]))
    if result.figures:
        parts.append(aligned(figure_rows(result)))
    parts += [f"  {note}" for note in notes(result)]
    return "\n".join(parts) + "\n"


def markdown_table(head: list[str], body: list[list[str]]) -> list[str]:
    """A table in Markdown."""
    lines = [head, ["---"] * len(head), *body]
    return ["| " + " | ".join(line) + " |" for line in lines]


def how(plan: Plan, machine: dict[str, Any]) -> list[str]:
    """How the figures were made, in words."""
    return [
        f"- {machine['cpu']}, {machine['cores']} cores; {machine['system']}; {machine['python']}.",
        f"- Every library was given {plan.threads} threads (OpenMP, OpenBLAS, MKL; PyTorch reads the first).",
        "- First, all libraries compute the same losses and gradients from the same inputs, or there is no ratio.",
        f"- Each library runs in a process of its own (starts: {plan.starts}; rounds after each:"
        f" {plan.rounds}). In a round the libraries take turns of about {plan.turn * 1e3:.0f} ms (one step at"
        " least); all others are idle. Before a turn the case is built anew and runs a few steps untimed. The"
        " garbage collector is on.",
        f"- A ratio is {OURS}'s time over the other's in the same round: the median over all rounds, and its"
        f" quartiles. Below 1, {OURS} is faster.",
    ]


def markdown(results: list[Result], plan: Plan, machine: dict[str, Any]) -> str:
    """The contents of RESULTS.md."""
    lines = ["# Benchmark results", "", "Written by `make bench ARGS=--write`; see [README.md](README.md).", ""]
    lines += ["## How it was measured", "", *how(plan, machine), ""]
    for result in results:
        lines += [f"## {result.name}", "", f"{result.title}.", ""]
        if result.seconds:
            lines += [*markdown_table(HEAD, rows(result)), ""]
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
        workloads[entry.pop("name")] = entry
    return {"machine": machine, "plan": dataclasses.asdict(plan), "workloads": workloads}
