"""Files in a tar archive, read in memory: nothing in it is written to the disk."""

from __future__ import annotations

import tarfile
import zlib
from collections.abc import Collection, Iterator
from pathlib import Path, PurePosixPath

import autograd as ag

_HEADER = 512  # bytes of each member, besides its content


def members(path: Path, names: Collection[str], *, max_bytes: int) -> Iterator[tuple[str, bytes]]:
    """Those members of a gzipped tar archive whose file names, without folders, are wanted, with their content.

    Parameters
    ----------
    path: of the archive.
    names: of the members; all of them must be there, once, and be ordinary files.
    max_bytes: of all members together, unpacked, at most: a small archive can hold very much.

    Raises ArgumentError where the archive is damaged, too large, or not what it should be.
    """
    missing, total = set(names), 0
    try:
        with tarfile.open(path, "r:gz") as archive:
            for member in archive:
                total += _HEADER + member.size
                if total > max_bytes:
                    raise _damaged(path, f"unpacked it is larger than {max_bytes:,} bytes")
                name = PurePosixPath(member.name).name
                if name not in missing or not member.isreg():
                    continue
                missing.remove(name)
                file = archive.extractfile(member)
                assert file is not None  # of an ordinary file
                content = file.read(member.size)
                if len(content) != member.size:
                    raise _damaged(path, f"{name} is cut short in it")
                yield name, content
    except (tarfile.TarError, EOFError, zlib.error) as error:
        raise _damaged(path, str(error)) from error
    except OSError as error:
        if error.errno is not None:
            raise
        raise _damaged(path, str(error)) from error  # of gzip's
    if missing:
        raise _damaged(path, f"it does not have {' and '.join(sorted(missing))}")


def _damaged(path: Path, what: str) -> ag.errors.ArgumentError:
    return ag.errors.ArgumentError(
        f"{path} cannot be read as the archive that it should be: {what}. Delete it, and get it again."
    )
