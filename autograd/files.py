"""Files that are whole or not there."""

from __future__ import annotations

import os
from pathlib import Path


def write_whole(path: str | os.PathLike[str], content: bytes) -> None:
    """Write a file under a name of its own, then rename it: a reader finds the old file or the whole new one.

    Of a link the file that it leads to is written. A device or a pipe is written into, and stays what it is.

    Parameters
    ----------
    path: of the file, in a folder that is there.
    content: all of the file's bytes.

    Raises OSError, which names the path, where it cannot be written, TypeError for a content that is no bytes; then
    nothing is left behind.

    >>> import tempfile
    >>> path = Path(tempfile.mkdtemp()) / "note.txt"
    >>> write_whole(path, b"whole")
    >>> path.read_text(), len(list(path.parent.iterdir()))
    ('whole', 1)
    """
    path = Path(path)
    if path.exists() and not path.is_file() and not path.is_dir():
        path.write_bytes(content)  # to rename a file to /dev/null would take it from all programs
        return
    whole = Path(os.path.realpath(path))
    part = whole.with_name(f".{whole.name}.{os.urandom(4).hex()}")
    try:
        with open(part, "wb") as file:
            file.write(content)
            file.flush()
            os.fsync(file.fileno())  # the name must not reach the disk before the content
        part.replace(whole)
    except OSError as error:
        if error.errno is None:
            raise
        raise OSError(error.errno, error.strerror, str(path)) from error  # by the name that was asked for
    finally:
        part.unlink(missing_ok=True)
