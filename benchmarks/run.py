"""Benchmarks of glassgrad beside other libraries: `python benchmarks/run.py --help`."""

from __future__ import annotations

import argparse
import ast
import importlib
import json
import pkgutil
import sys
from dataclasses import replace
from pathlib import Path

import machine
import picture
import report
from cases import LIBRARIES
from race import race
from results import Plan, Result
from workers import Crew

HERE = Path(__file__).parent


def workload_names() -> list[str]:
    """The workloads: every module in `workloads/` that does not start with an underscore."""
    names = (module.name for module in pkgutil.iter_modules([str(HERE / "workloads")]))
    return sorted(name for name in names if not name.startswith("_"))


def title(name: str) -> str:
    """The first line of a workload's docstring."""
    source = (HERE / "workloads" / f"{name}.py").read_text(encoding="utf-8")
    return (ast.get_docstring(ast.parse(source)) or "").partition("\n")[0].rstrip(".")


def positive(word: str) -> int:
    """A whole number above zero."""
    if not (word.isascii() and word.isdigit() and int(word) > 0):
        raise argparse.ArgumentTypeError(f"want a whole number above zero, not {word!r}")
    return int(word)


def arguments() -> argparse.Namespace:
    """The command line."""
    names = workload_names()
    parser = argparse.ArgumentParser(description="Time glassgrad beside its peers, in turn, in the same run.")
    add = parser.add_argument
    add("--only", metavar="NAME", nargs="+", choices=names, help=f"of: {', '.join(names)}")
    add("--rounds", type=positive, help="turns of each contestant after each start (7; quick: 5)")
    add("--threads", type=positive, default=machine.cores(), help="for every library (all cores)")
    add(
        *("--quick",),
        action="store_true",
        help="one start, a process for each library, no memory, none that compile for long",
    )
    add("--local", action="store_true", help="race only what this environment has")
    add("--list", action="store_true", help="print the workloads and what they do")
    add("--json", type=Path, metavar="FILE", help="write all that was measured")
    add("--write", action="store_true", help="write RESULTS.md, RESULTS.svg and results.json beside this file")
    options = parser.parse_args()
    if options.write and (options.only or options.quick or options.local):
        parser.error("--write records all workloads at length; leave out --only, --quick and --local")
    return options


def plan_of(options: argparse.Namespace) -> Plan:
    """How much to measure."""
    plan = Plan(threads=options.threads, quick=options.quick, local=options.local)
    if options.quick:
        plan = replace(plan, starts=1, rounds=5, turn=0.020, warm_up=0.1, patience=1.0)
    return replace(plan, rounds=options.rounds) if options.rounds else plan


def run(names: list[str], plan: Plan) -> list[Result]:
    """Race the workloads one after the other, and print what each gave."""
    results = []
    crew = Crew(plan.threads, shared=plan.quick)
    try:
        for name in names:
            results.append(race(importlib.import_module(f"workloads.{name}"), plan, crew))
            print(report.text(results[-1]), flush=True)
    finally:
        crew.close()
    print(report.summed_up(results, targets=not plan.local))
    return results


def write(contents: dict[Path, bytes]) -> None:
    """Write files whole: who is interrupted keeps the old ones."""
    import autograd as ag

    for path, content in contents.items():
        ag.write_whole(path, content)
    print("wrote " + ", ".join(map(str, contents)))


def main() -> int:
    """Run the workloads asked for; 0 if all gave their figures."""
    options = arguments()
    names = options.only or workload_names()
    if options.list:
        print("\n".join(f"{name:{max(map(len, names))}}  {title(name)}" for name in names))
        return 0
    plan, about = plan_of(options), machine.description()
    print("\n".join(report.how(plan, about)) + "\n", flush=True)
    if plan.local:
        missing = [key for key, each in LIBRARIES.items() if each.environment == "main" and not each.is_here()]
        print(f"Not installed here, so not raced: {', '.join(missing)}.\n\n" if missing else "", end="", flush=True)
    results = run(names, plan)
    everything = json.dumps(report.data(results, plan, about), indent=1).encode() + b"\n"
    if options.json:
        write({options.json: everything})
    failures = [failure for result in results for failure in result.failures]
    if options.write:
        failures += [f"{result.name}: disturbed by other processes" for result in results if result.disturbed]
    if failures:
        written = ", nothing recorded" if options.write else ""
        print(f"failed{written}: " + "; ".join(failures), file=sys.stderr)
        return 1
    if options.write:
        whole = report.markdown(results, plan, about).encode()
        write(
            {HERE / "RESULTS.md": whole, HERE / "RESULTS.svg": picture.svg(results), HERE / "results.json": everything}
        )
    return 0


if __name__ == "__main__":
    try:
        sys.exit(main())
    except KeyboardInterrupt:
        sys.exit("interrupted")
