"""What a workload hands to the harness, and the libraries it may name."""

from __future__ import annotations

import importlib
import importlib.metadata
import importlib.util
import platform
import shutil
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field

import numpy as np

Checksums = Mapping[str, "np.ndarray | list[float] | float"]


class Unavailable(Exception):
    """What a contestant cannot do here, and why: raised by the builder of its case, which is then left out."""


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
    """How a library is imported, where it is installed and what else it needs.

    A `module` of None stands for the bare interpreter. The environment is "main", which runs the harness, or "peers".
    """

    distribution: str
    module: str | None
    environment: str = "main"
    has: str = "__name__"  # an attribute that tells the module from another one of the same import name
    also: tuple[str, ...] = ()  # what its users import beside it, before memory is counted
    program: str | None = None  # what has to be on the PATH
    slow: bool = False  # to get ready: left out of quick runs
    variables: Mapping[str, str] = field(default_factory=dict)  # of its processes; "{threads}" is the number of them

    def is_here(self) -> bool:
        """Whether this environment has it, as far as can be told without importing it."""
        return self.module is None or importlib.util.find_spec(self.module) is not None

    def version(self) -> str:
        """The version imported; ImportError where there is none, Unavailable where its program is missing."""
        if self.module is None:
            return platform.python_version()
        module = importlib.import_module(self.module)
        if not hasattr(module, self.has):
            raise ModuleNotFoundError(f"the `{self.module}` found is another library", name=self.module)
        if self.program is not None and shutil.which(self.program) is None:
            raise Unavailable(f"{self.distribution} needs the program `{self.program}`, which is not on the PATH")
        for name in self.also:
            importlib.import_module(name)
        try:
            return importlib.metadata.version(self.distribution)
        except importlib.metadata.PackageNotFoundError:  # imported from a path, not installed
            return str(getattr(module, "__version__", "not installed, from the path"))


OURS = "glassgrad"

LIBRARIES = {
    OURS: Library("glassgrad", "autograd", has="Tensor", also=("nn",)),
    "micrograd": Library("micrograd", "micrograd", also=("micrograd.engine",)),
    "numpy": Library("numpy", "numpy"),
    "python": Library("", None),
    # The compiler, 70 MB, which PyTorch imports with the first optimizer, is counted as its import.
    "torch": Library("torch", "torch", also=("torch._dynamo",)),
    # XLA obeys no other variable: its pool of threads is made when the library starts.
    "jax": Library(
        *("jax", "jax", "peers"), also=("jax.numpy",), variables={"PJRT_NPROC": "{threads}", "JAX_PLATFORMS": "cpu"}
    ),
    "hips": Library("autograd", "autograd", "peers", has="elementwise_grad", also=("autograd.numpy",)),
    "mygrad": Library("mygrad", "mygrad", "peers"),
    "tinygrad": Library(
        *("tinygrad", "tinygrad", "peers"),
        program="clang",
        slow=True,
        variables={"NUM_CPU_THREADS": "{threads}", "DEV": "CPU"},
    ),
}


def key_of(contestant: str) -> str:
    """What `LIBRARIES` calls the library of a contestant: its first word ("torch" of "torch, default Adam")."""
    return contestant.split()[0].rstrip(",")


def library_of(contestant: str) -> Library:
    """The library of a contestant."""
    return LIBRARIES[key_of(contestant)]
