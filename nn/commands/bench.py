"""``glassgrad bench``: glassgrad beside what the same Python has of NumPy, PyTorch and micrograd."""

from __future__ import annotations

import argparse
import difflib
import importlib.metadata
import os
import subprocess
import sys
from pathlib import Path

import nn
from nn.commands import runs

INSTALLED = (
    "share",
    "glassgrad",
    "benchmarks",
    "run.py",
)  # where a wheel puts the harness; pyproject.toml's data-files


def bench(arguments: argparse.Namespace) -> int:
    """Race the workloads asked for, in processes of their own, and return the exit code."""
    harness, environment = _harness()
    names = sorted(path.stem for path in (harness.parent / "workloads").glob("[!_]*.py"))
    for name in arguments.only or ():
        if name not in names:
            near = difflib.get_close_matches(name, names, n=1)
            hint = f"Did you mean {near[0]}?" if near else f"There are {', '.join(names)}."
            raise runs.bad("bench", f"there is no workload {name!r}. {hint}")
    if arguments.json is not None and not arguments.json.absolute().parent.is_dir():
        raise runs.bad("bench", f"--json {arguments.json}: there is no folder {arguments.json.absolute().parent}")
    with subprocess.Popen([sys.executable, str(harness), "--local", *_options(arguments)], env=environment) as running:
        try:
            code = running.wait()
        except KeyboardInterrupt:  # which the harness hears too: it says so, and ends its processes
            running.wait()
            return runs.INTERRUPTED
    return runs.FAILED if code else 0


def _harness() -> tuple[Path, dict[str, str]]:
    """The script that runs the benchmarks, and the environment to run it in."""
    try:
        files = importlib.metadata.files("glassgrad") or []
    except importlib.metadata.PackageNotFoundError:
        files = []
    for file in files:
        if file.parts[-len(INSTALLED) :] == INSTALLED:
            return Path(str(file.locate())).resolve(), dict(os.environ)
    checkout = Path(nn.__file__).resolve().parents[1]
    if not (checkout / "benchmarks" / "workloads" / "tiny_ops.py").is_file():
        raise runs.FailedError(
            "glassgrad bench: the benchmarks are neither installed nor beside the package. Install glassgrad from its "
            "wheel, by pip, or go to a checkout and say `make bench`."
        )
    path = os.pathsep.join(filter(None, [str(checkout), os.environ.get("PYTHONPATH")]))
    return checkout / "benchmarks" / "run.py", os.environ | {"PYTHONPATH": path}  # the checkout may not be installed


def _options(arguments: argparse.Namespace) -> list[str]:
    options = [f"--{name}" for name in ("quick", "list") if getattr(arguments, name)]
    if arguments.threads is not None:
        options += ["--threads", str(arguments.threads)]
    if arguments.json is not None:
        options += ["--json", str(arguments.json)]
    return options + (["--only", *arguments.only] if arguments.only else [])
