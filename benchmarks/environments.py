"""Which interpreter runs a library: some peers cannot share an environment with glassgrad."""

from __future__ import annotations

import os
import sys
from pathlib import Path

from cases import Library

# HIPS autograd has our import name; what is beside it there is kept out of our environment for the same reason.
PEERS = Path(sys.prefix + "-peers")  # beside the environment that runs the harness, as `make bench` makes it


def interpreter(library: Library) -> Path | None:
    """The Python that can import a library, or None where its environment has not been made."""
    if library.environment == "main":
        return Path(sys.executable)
    python = PEERS / ("Scripts/python.exe" if os.name == "nt" else "bin/python")
    return python if python.exists() else None


def remedy(library: Library) -> str:
    """How to get what is missing."""
    if library.environment == "main":
        return f"to get it: pip install {library.distribution}, or `make bench`, which installs the version recorded"
    return f"to get it: `make bench`, which makes the environment {PEERS.name}"
