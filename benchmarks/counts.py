"""What micro-workloads cost in calls and in memory, compared with what was written down: `make bench-counts`.

Times depend on the machine and on who else works there; these counts do not, so a change that makes every operation
dearer is seen at once, and a test can be strict. For one step of each workload of `counted.py`, after a warm-up:

- Python calls: of the library's functions, and of other Python functions directly from these.
- C calls: of builtin functions and methods from the library's functions, `isinstance` and `dict.get` for instance. A
  ufunc or a class is not seen by `sys.setprofile`; the arrays that it makes are.
- arrays: how many were allocated, and their bytes (`array_buffers.py`).
- bytes at peak and bytes kept: by tracemalloc, what the step had at most, and what remains after it.
- objects in cycles: what reference counting alone does not free.

`counts.json` has the counts of each minor version of Python separately, since these differ in what is a call.
"""

from __future__ import annotations

import argparse
import gc
import json
import platform
import sys
import tracemalloc
from collections import Counter
from collections.abc import Callable, Iterator, Mapping
from pathlib import Path
from types import FrameType
from typing import Any

import numpy as np
from array_buffers import counted_buffers
from counted import WORKLOADS, Step

import autograd as ag

BASELINE = Path(__file__).with_name("counts.json")
PYTHON = ".".join(platform.python_version_tuple()[:2])
NUMPY = ".".join(np.__version__.split(".")[:2])
RENEW = "make bench-counts ARGS=--write"

WARM_UP = 3  # steps: caches are filled, rules compiled, the optimizer's storage is made
REPEATS = 3  # of which the cheapest counts: now and then a step also does what is due every so many
MANY = 30  # steps to find what each leaves: Python's cache of attributes keeps some names for a while, by chance
NOT_COMPARED = 3  # exit status where there is nothing to compare with

Calls = dict[str, dict[str, int]]  # module -> function -> calls
Counts = dict[str, Any]

CALLS = {"Python calls": "python", "C calls": "c"}  # what is compared exactly, with the functions that make it up
MEMORY = {
    "arrays": 0,
    "bytes of arrays": 0,
    "bytes at peak": 1024,
    "bytes kept": 128,
    "objects in cycles": 0,
}  # and by how much it may rise
OF_PEAK = 0.05  # the share by which the peak may rise: objects of Python differ a little between patch releases


# --- counting -------------------------------------------------------------------------------------------


def count(build: Callable[[], Step]) -> Counts:
    """What one step of a workload costs."""
    ag.manual_seed(0)
    step = build()
    for _ in range(WARM_UP):
        step()
    gc.collect()
    gc.freeze()  # what is there already need not be looked at again and again
    gc.disable()
    try:
        calls = min((count_calls(step) for _ in range(REPEATS)), key=lambda both: total(both["python"]))
        return {**calls, **count_memory(step)}
    finally:
        gc.enable()
        gc.unfreeze()


def count_calls(step: Step) -> dict[str, Calls]:
    """The calls of one step: Python functions by the module that they are in, C functions by that of the caller."""
    python: Counter[tuple[str, str]] = Counter()
    builtin: Counter[tuple[str, str]] = Counter()

    def see(frame: FrameType, event: str, argument: Any) -> None:
        if event == "call":
            caller = frame.f_back
            if is_ours(frame) or (caller is not None and is_ours(caller)):
                python[module_of(frame), frame.f_code.co_qualname] += 1
        elif event == "c_call" and is_ours(frame):
            builtin[module_of(frame), argument.__qualname__] += 1

    sys.setprofile(see)
    try:
        step()
    finally:
        sys.setprofile(None)
    return {"python": by_module(python), "c": by_module(builtin)}


def module_of(frame: FrameType) -> str:
    """The module of a frame; rules that the library compiles from text, to take arguments by position, have none."""
    return str(frame.f_globals.get("__name__", "compiled"))


def is_ours(frame: FrameType) -> bool:
    return module_of(frame).partition(".")[0] in ("autograd", "nn")


def by_module(counter: Mapping[tuple[str, str], int]) -> Calls:
    calls: Calls = {}
    for (module, function), number in sorted(counter.items()):
        calls.setdefault(module, {})[function] = number
    return calls


def total(calls: Calls) -> int:
    return sum(number for functions in calls.values() for number in functions.values())


def count_memory(step: Step) -> dict[str, int]:
    """Arrays that one step allocates, and the memory that it has at most, and keeps."""
    arrays = []
    for _ in range(REPEATS):
        with counted_buffers() as buffers:
            step()
        arrays.append((buffers.count, buffers.nbytes))
    tracemalloc.start()
    try:
        peak = min([traced(step, 1)[0] for _ in range(WARM_UP + REPEATS)][WARM_UP:])  # the first free what was before
        _, kept, cyclic = traced(step, MANY)
    finally:
        tracemalloc.stop()
    found = (*min(arrays), peak, kept // MANY, -(-cyclic // MANY))
    return dict(zip(MEMORY, found, strict=True))


def traced(step: Step, times: int) -> tuple[int, int, int]:
    """Bytes that some steps had at most, bytes that they left, and how many objects only the cyclic collector freed.

    That collector also empties the lists in which Python keeps freed objects for later use.
    """
    gc.collect()
    before, _ = tracemalloc.get_traced_memory()
    tracemalloc.reset_peak()
    for _ in range(times):
        step()
    _, peak = tracemalloc.get_traced_memory()
    cyclic = gc.collect()
    after, _ = tracemalloc.get_traced_memory()
    return peak - before, max(0, after - before), cyclic


# --- comparing ------------------------------------------------------------------------------------------


def compare(name: str, was: Counts, now: Counts, *, same_numpy: bool = True) -> tuple[list[str], list[str]]:
    """What has risen between two counts of a workload, and what has fallen, each in a line or more."""
    risen, fallen = [], []
    for what, key in CALLS.items():
        before, after = (counts[key] if same_numpy else without_numpy(counts[key]) for counts in (was, now))
        if total(after) > total(before):
            risen.append(
                "\n".join([f"{name}: {total(after)} {what}, was {total(before)}.", *more_often(before, after)])
            )
        elif total(after) < total(before):
            fallen.append(f"{name}: {total(after)} {what}, was {total(before)}.")
    for what, slack in MEMORY.items() if same_numpy else ():
        most = was[what] + slack + (OF_PEAK * was[what] if what == "bytes at peak" else 0)
        if now[what] > most:
            risen.append(f"{name}: {now[what]:,} {what}, was {was[what]:,}.")
        elif now[what] < was[what] - (most - was[what]):
            fallen.append(f"{name}: {now[what]:,} {what}, was {was[what]:,}.")
    return risen, fallen


def more_often(before: Calls, after: Calls) -> Iterator[str]:
    """The functions that are called more often than before."""
    for module, functions in after.items():
        for function, number in functions.items():
            had = before.get(module, {}).get(function, 0)
            if number > had:
                yield f"    {module}: {function} {number} times, was {had}"


def without_numpy(calls: Calls) -> Calls:
    """Calls without those of NumPy's own Python functions, which may be others in another version."""
    return {module: functions for module, functions in calls.items() if module.partition(".")[0] != "numpy"}


def report(baseline: Mapping[str, Any], measured: Mapping[str, Counts]) -> int:
    """Print how what was counted compares with what is written down; returns the exit status."""
    recorded = baseline.get(PYTHON)
    if recorded is None:
        print(f"{BASELINE.name} has counts of Python {', '.join(baseline)}, not of {PYTHON}: `{RENEW}` adds them.")
        return NOT_COMPARED
    same_numpy = recorded["numpy"] == NUMPY
    if not same_numpy:
        print(f"Recorded with NumPy {recorded['numpy']}, and this is {NUMPY}: its own calls and memory are left out.")
    risen, fallen = [], []
    for name, now in measured.items():
        was = recorded["workloads"].get(name)
        if was is None:
            risen.append(f"{name}: not in {BASELINE.name}.")
            continue
        more, less = compare(name, was, now, same_numpy=same_numpy)
        risen += more
        fallen += less
    if fallen:
        print("\n".join(["Costs less than is written down:", *fallen]))
        print(f"Write it down, or a rise back will not be seen: {RENEW}")
    if risen:
        print("\n".join(["Costs more than is written down:", *risen]))
        print(f"Find out why. If it is worth it, write it down and say so in the commit: {RENEW}")
    elif not fallen:
        print(f"All {len(measured)} workloads cost what is written down.")
    return 1 if risen else 0


# --- writing --------------------------------------------------------------------------------------------


def as_json(versions: Mapping[str, Any]) -> str:
    """JSON with a line for each module's functions, so that a change of the file can be read."""
    lines: list[str] = []

    def write(key: str, value: Any, depth: int, end: str) -> None:
        is_flat = not isinstance(value, dict) or not any(isinstance(item, dict) for item in value.values())
        start = "  " * depth + (f"{json.dumps(key)}: " if key else "")
        if is_flat:
            lines.append(f"{start}{json.dumps(value)}{end}")
            return
        lines.append(start + "{")
        for place, (name, item) in enumerate(value.items(), 1):
            write(name, item, depth + 1, "," if place < len(value) else "")
        lines.append("  " * depth + "}" + end)

    write("", versions, 0, "")
    return "\n".join(lines) + "\n"


def show(measured: Mapping[str, Counts]) -> None:
    """Print every function that a workload calls, the most frequent first."""
    for name, counts in measured.items():
        print(f"{name}: {', '.join(f'{counts[what]:,} {what}' for what in MEMORY)}")
        for what, key in CALLS.items():
            print(f"  {total(counts[key])} {what}")
            rows = [(n, f"{module}: {f}") for module, functions in counts[key].items() for f, n in functions.items()]
            for number, function in sorted(rows, key=lambda row: -row[0]):
                print(f"  {number:6d}  {function}")


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--only", nargs="+", choices=WORKLOADS, metavar="NAME", help=f"of {', '.join(WORKLOADS)}")
    parser.add_argument("--write", action="store_true", help=f"write the counts down, in {BASELINE.name}")
    parser.add_argument("--json", action="store_true", help="print the counts, and compare nothing")
    parser.add_argument("--functions", action="store_true", help="print which functions are called, and how often")
    options = parser.parse_args()
    try:
        ag.set_num_threads(1)  # kernels that split their work make other calls for each number of threads
    except ag.errors.ArgumentError as error:
        print(f"Nothing is compared here, where kernels may split their work: {error}")
        return NOT_COMPARED
    baseline = json.loads(BASELINE.read_text()) if BASELINE.exists() else {}
    measured = {name: count(WORKLOADS[name]) for name in options.only or WORKLOADS}
    if options.json:
        print(as_json(measured), end="")
    elif options.functions:
        show(measured)
    elif options.write:
        known = baseline.get(PYTHON, {}).get("workloads", {})
        kept = {name: measured.get(name) or known[name] for name in WORKLOADS if name in measured or name in known}
        versions = {**baseline, PYTHON: {"numpy": NUMPY, "workloads": kept}}
        ag.write_whole(BASELINE, as_json(dict(sorted(versions.items()))).encode())
        print(f"Wrote down {len(measured)} workloads for Python {PYTHON}.")
    else:
        return report(baseline, measured)
    return 0


if __name__ == "__main__":
    sys.exit(main())
