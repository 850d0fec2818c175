"""The folder that a run writes into."""

from __future__ import annotations

import tempfile
from pathlib import Path


def prepare_folder(path: Path) -> None:
    """Make a folder, and those around it, and make sure that files can be written into it.

    Raises OSError where they cannot.

    >>> prepare_folder(Path(tempfile.mkdtemp()) / "runs" / "first")
    """
    path.mkdir(parents=True, exist_ok=True)
    with tempfile.TemporaryFile(dir=path):
        pass
