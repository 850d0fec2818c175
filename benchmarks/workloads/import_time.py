"""Importing a library, as a whole process (`python -c "import ..."`)."""

from __future__ import annotations

import os
import subprocess
import sys
from collections.abc import Callable

from cases import Case


def importing(statement: str) -> Callable[[], Case]:
    """A contestant whose step is a new interpreter that runs `statement`."""
    command = [sys.executable, "-P", "-c", statement]  # -P: not from the directory it is started in
    environment = dict(os.environ)
    environment.pop("PYTHONDONTWRITEBYTECODE", None)  # or only installed packages would come compiled
    return lambda: Case(lambda: subprocess.run(command, env=environment, check=True))


def notes(medians: dict[str, float]) -> list[str]:
    """The cost of the imports alone: whole processes less a bare interpreter."""
    bare = medians["python"]
    alone = {name: seconds - bare for name, seconds in medians.items() if name != "python"}
    costs = ", ".join(f"{name} {seconds * 1e3:.0f} ms" for name, seconds in alone.items())
    result = [f"without the start of the interpreter: {costs}"]
    if "glassgrad" in alone:
        result[0] += f"; glassgrad over numpy {alone['glassgrad'] / alone['numpy']:.2f}"
    return result


CASES = {
    "glassgrad": importing("import autograd, nn"),
    "numpy": importing("import numpy"),
    "torch": importing("import torch"),
    "jax": importing("import jax, jax.numpy"),
    "hips": importing("import autograd.numpy"),
    "mygrad": importing("import mygrad"),
    "tinygrad": importing("import tinygrad"),
    "python": importing("pass"),
}
MEMORY = False  # of the process that starts them
SLOW = {"torch", "jax", "tinygrad", "mygrad"}
