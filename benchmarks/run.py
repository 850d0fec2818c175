"""Benchmarks of glassgrad beside other libraries: `python benchmarks/run.py --help`."""

from __future__ import annotations

import argparse
import importlib
import json
import pkgutil
import sys
from dataclasses import replace
from pathlib import Path

import machine
import report
from race import BenchError, Plan, race

HERE = Path(__file__).parent


def workload_names() -> list[str]:
    """The workloads: every module in `workloads/` that does not start with an underscore."""
    names = (module.name for module in pkgutil.iter_modules([str(HERE / "workloads")]))
    return sorted(name for name in names if not name.startswith("_"))


def positive(word: str) -> int:
    """A whole number above zero."""
    number = int(word)
    if number < 1:
        raise argparse.ArgumentTypeError(f"{number} is not above zero")
    return number


def arguments() -> argparse.Namespace:
    """The command line."""
    names = workload_names()
    parser = argparse.ArgumentParser(description="Time glassgrad beside its peers, in turn, in the same run.")
    parser.add_argument("--only", metavar="NAME", nargs="+", choices=names, help=f"of: {', '.join(names)}")
    parser.add_argument("--rounds", type=positive, help="turns of each library after each start (7)")
    parser.add_argument("--threads", type=positive, default=machine.cores(), help="for every library (all cores)")
    parser.add_argument(
        "--quick", action="store_true", help="one start of each process instead of three, shorter warm-up"
    )
    parser.add_argument("--write", action="store_true", help="write RESULTS.md and results.json beside this file")
    options = parser.parse_args()
    if options.write and options.only:
        parser.error("--write records all workloads; leave out --only")
    return options


def main() -> int:
    """Run the workloads asked for; 0 if all gave their figures."""
    options = arguments()
    plan = Plan(threads=options.threads, quick=options.quick)
    if options.quick:
        plan = replace(plan, starts=1, warm_up=0.3)
    if options.rounds:
        plan = replace(plan, rounds=options.rounds)
    about = machine.description()
    print("\n".join(report.how(plan, about)) + "\n", flush=True)
    results, failures = [], []
    for name in options.only or workload_names():
        try:
            results.append(race(importlib.import_module(f"workloads.{name}"), plan))
            print(report.text(results[-1]), flush=True)
        except BenchError as error:
            failures.append(str(error))
            print(f"{error}\n", file=sys.stderr, flush=True)
    if options.write:
        failures += [f"{result.name}: disturbed by other processes" for result in results if result.disturbed]
    if failures:
        written = ", nothing written" if options.write else ""
        print("failed" + written + ": " + "; ".join(failures), file=sys.stderr)
        return 1
    if options.write:
        (HERE / "RESULTS.md").write_text(report.markdown(results, plan, about), encoding="utf-8")
        content = json.dumps(report.data(results, plan, about), indent=1)
        (HERE / "results.json").write_text(content + "\n", encoding="utf-8")
        print("wrote benchmarks/RESULTS.md and benchmarks/results.json")
    return 0


if __name__ == "__main__":
    try:
        sys.exit(main())
    except KeyboardInterrupt:
        sys.exit("interrupted")
