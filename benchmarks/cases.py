"""What a workload hands to the harness, and the libraries it may name."""

from __future__ import annotations

import importlib
import importlib.metadata
import platform
from collections.abc import Callable, Mapping
from dataclasses import dataclass

import numpy as np

Checksums = Mapping[str, "np.ndarray | list[float] | float"]


def nothing() -> Checksums:
    """The check of a case that computes nothing."""
    return {}


@dataclass(frozen=True)
class Case:
    """One workload in one library, built and ready: fresh parameters, fresh optimizer.

    `step` does the work once; it is what is timed. `check` returns what every library must agree on (losses,
    gradients), by name; it is called on a fresh case, never on one that is timed.
    """

    step: Callable[[], object]
    check: Callable[[], Checksums] = nothing


@dataclass(frozen=True)
class Figure:
    """One number of a workload that is measured alone rather than beside peers."""

    label: str
    value: float
    unit: str


@dataclass(frozen=True)
class Library:
    """How a library is imported and installed. A `module` of None stands for the bare interpreter."""

    distribution: str
    module: str | None
    install: str
    has: str = "__name__"  # an attribute that tells the module from another one of the same import name

    def version(self) -> str:
        """The installed version; ImportError where the library is missing."""
        if self.module is None:
            return platform.python_version()
        module = importlib.import_module(self.module)
        if not hasattr(module, self.has):
            raise ModuleNotFoundError(f"the `{self.module}` found is another library", name=self.module)
        try:
            return importlib.metadata.version(self.distribution)
        except importlib.metadata.PackageNotFoundError:  # imported from a path, not installed
            return str(getattr(module, "__version__", "not installed, from the path"))


PEERS = "pip install -r benchmarks/requirements.txt"
OURS = "glassgrad"

LIBRARIES = {
    OURS: Library("glassgrad", "autograd", "pip install -e .", has="Tensor"),
    "micrograd": Library("micrograd", "micrograd", PEERS),
    "numpy": Library("numpy", "numpy", PEERS),
    "python": Library("", None, ""),
    "torch": Library("torch", "torch", PEERS),
}


def library_of(contestant: str) -> Library:
    """The library of a contestant: its first word ("torch" for "torch, default Adam")."""
    return LIBRARIES[contestant.split()[0].rstrip(",")]
