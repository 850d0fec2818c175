"""Files that are whole or not there."""

from __future__ import annotations

import os
import tempfile
from pathlib import Path


def write_whole(path: Path, content: bytes) -> None:
    """Write a file under a name of its own, then rename it: a reader finds the old file or the whole new one.

    Raises OSError where it cannot be written; then nothing is left behind.

    >>> path = Path(tempfile.mkdtemp()) / "note.txt"
    >>> write_whole(path, b"whole")
    >>> path.read_text(), len(list(path.parent.iterdir()))
    ('whole', 1)
    """
    part = path.with_name(f".{path.name}.{os.urandom(4).hex()}")
    try:
        part.write_bytes(content)
        part.replace(path)
    finally:
        part.unlink(missing_ok=True)


def prepare_folder(path: Path) -> None:
    """Make a folder, and those around it, and make sure that files can be written into it.

    Raises OSError where they cannot.

    >>> prepare_folder(Path(tempfile.mkdtemp()) / "runs" / "first")
    """
    path.mkdir(parents=True, exist_ok=True)
    with tempfile.TemporaryFile(dir=path):
        pass
