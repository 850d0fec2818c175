"""Files from the network: whole and right, or not there."""

from __future__ import annotations

import errno
import hashlib
import math
import os
import re
import shutil
import sys
import time
from collections.abc import Sequence
from contextlib import nullcontext, suppress
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import autograd as ag

TIMEOUT = 15.0  # seconds without any data after which a server is given up
_SLOWEST = 1000  # bytes a second below which it is given up too, over three times that long
_CHUNK = 1 << 16
_TRIES = 4  # of one mirror, whose connection breaks after some of the file
_ABANDONED = 600.0  # seconds after which a part belongs to no process that still runs
_NO_SPACE = (errno.ENOSPC, errno.EDQUOT)


class DownloadError(ag.errors.GlassgradError, FileNotFoundError):
    """No mirror gave the file. The message says what each of them answered, and how to get the file by hand.

    >>> issubclass(DownloadError, FileNotFoundError)
    True
    """


class _MirrorError(Exception):
    """What went wrong at one mirror."""

    def __init__(self, message: str, status: int = 0) -> None:
        super().__init__(message)
        self.status = status


@dataclass(frozen=True)
class RemoteFile:
    """A file that is the same wherever it comes from: its name here, its size and SHA-256, and the addresses.

    >>> RemoteFile("names.txt", 228145, "0a30b555...", ("https://example.org/names.txt",)).name
    'names.txt'
    """

    name: str
    size: int
    sha256: str
    urls: tuple[str, ...]


def fetch(
    urls: str | Sequence[str],
    path: str | os.PathLike[str],
    *,
    size: int,
    sha256: str,
    timeout: float = TIMEOUT,
    progress: bool = True,
) -> Path:
    """Download a file whose size and SHA-256 are known beforehand, unless it is there; returns its path.

    What comes is written beside it, under a name that ends in ``.part``, and gets its own name when all of it is there
    and right: another program never sees a half of it, and what is wrong is deleted. Mirrors are tried in their order.
    A part that is left, by a connection that broke or by Ctrl-C, is continued by the next attempt, from whichever
    mirror. Two processes may download the same file at once. No more than ``size`` bytes are taken from anyone.

    Parameters
    ----------
    urls: of the mirrors, http or https; one, or several.
    path: of the file. Folders on the way to it are made.
    size: in bytes.
    sha256: of the file, 64 hexadecimal digits.
    timeout: seconds without any data after which the next mirror is tried, above 0. So is it where three times that
        long brings less than a kilobyte a second.
    progress: whether a line on stderr says what is downloaded, and a bar how far.

    Raises DownloadError, a FileNotFoundError, where no mirror gave it; FileExistsError where another file is there
    already; OSError where it cannot be written; ArgumentError for arguments out of range.

    >>> fetch("ftp://example.org/data.gz", "data.gz", size=3, sha256="0" * 64)
    Traceback (most recent call last):
        ...
    autograd.errors.ArgumentError: fetch: 'ftp://example.org/data.gz' is no address; want http:// or https://...
    """
    path = Path(path)
    urls = (urls,) if isinstance(urls, str) else tuple(urls)
    file = RemoteFile(path.name, size, sha256.lower(), urls)
    _check(file, timeout)
    try:
        if _is_there(path, file):
            return path
        _make_folder(path.parent)
        return _download(file, path, timeout, progress and sys.stderr is not None)
    except DownloadError:
        raise
    except OSError as error:
        raise _local_error(error, path, size) from error


def _check(file: RemoteFile, timeout: float) -> None:
    from urllib.parse import urlsplit

    if not file.urls:
        raise ag.errors.ArgumentError("fetch: there are no addresses; want one at least.")
    for url in file.urls:
        if urlsplit(url).scheme not in ("http", "https") or not urlsplit(url).hostname:
            raise ag.errors.ArgumentError(f"fetch: {url!r} is no address; want http:// or https://, and a host.")
    if not re.fullmatch("[0-9a-f]{64}", file.sha256):
        raise ag.errors.ArgumentError(f"fetch: sha256={file.sha256!r}; want 64 hexadecimal digits.")
    if file.size < 1:
        raise ag.errors.ArgumentError(f"fetch: size={file.size}; want the number of bytes, 1 or more.")
    if not timeout > 0:
        raise ag.errors.ArgumentError(f"fetch: timeout={timeout}; want a number of seconds above 0.")


def _is_there(path: Path, file: RemoteFile) -> bool:
    if path.is_dir():
        raise IsADirectoryError(errno.EISDIR, "it is a folder; move it away, or give another path")
    if not path.exists():
        return False
    if not _is_right(path, file):
        raise FileExistsError(
            errno.EEXIST,
            f"another file is there already, of {path.stat().st_size:,} bytes, where one of {file.size:,} with the "
            f"SHA-256 {file.sha256} is wanted; delete it or move it away",
        )
    return True


def _make_folder(folder: Path) -> None:
    try:
        folder.mkdir(parents=True, exist_ok=True)
    except FileExistsError:
        raise NotADirectoryError(errno.ENOTDIR, f"{folder} is a file, not a folder") from None


def _is_right(path: Path, file: RemoteFile) -> bool:
    if path.stat().st_size != file.size:
        return False
    with open(path, "rb") as content:
        return hashlib.file_digest(content, "sha256").hexdigest() == file.sha256


def _local_error(error: OSError, path: Path, size: int) -> OSError:
    """The error of a disk, with the path that was meant and what to do."""
    remedy = "; set GLASSGRAD_DATA to a folder that can be written, or give another one"
    if error.errno in (errno.EISDIR, errno.EEXIST):
        remedy = ""
    elif error.errno in _NO_SPACE:
        remedy = f"; {_amount(size)} are needed: make room, or set GLASSGRAD_DATA to a folder on a larger disk"
    return OSError(error.errno, f"cannot download to {path}: {error.strerror or error}{remedy}")


def _amount(size: int) -> str:
    return f"{size / 1e6:.1f} MB" if size >= 100_000 else f"{size:,} bytes"


# --- the part -------------------------------------------------------------------------------------------


def _download(file: RemoteFile, path: Path, timeout: float, shown: bool) -> Path:
    part, failures = _claim(path), []
    try:
        disk = shutil.disk_usage(path.parent)
        if disk.free < file.size - _length(part) and disk.total:  # some network drives say that they have no size
            raise OSError(errno.ENOSPC, f"its disk has only {_amount(disk.free)} free")
        if shown:
            print(f"Downloading {path.name}, {_amount(file.size)}, to {path.parent}", file=sys.stderr, flush=True)
        with _bar(path.name, file.size, shown) as bar:
            for url in file.urls:
                try:
                    _from_mirror(url, part, file, timeout, bar)
                except _MirrorError as error:
                    failures.append(f"  {url}: {error}")
                else:
                    return _put(part, path, file)
    except OSError as error:
        if error.errno in _NO_SPACE:  # a full disk has no room for what may never be continued
            part.unlink(missing_ok=True)
        raise
    finally:
        have = _leave(part, path)
    kept = f"; the {_amount(have)} that have come are kept, and are not asked for again" if have else ""
    raise DownloadError(
        f"{path.name} could not be downloaded:\n"
        + "\n".join(failures)
        + f"\nTry again later, or where there is a network{kept}. "
        f"Or get it by hand from one of these addresses, as {path}; it has {file.size:,} bytes, and its SHA-256 is "
        f"{file.sha256}."
    )


def _claim(path: Path) -> Path:
    """A name of this process's own for the part; under it what an earlier attempt has left, if anything.

    A rename is what only one of several processes can do, so that no part has two writers.
    """
    part = path.with_name(f"{path.name}.{os.urandom(4).hex()}.part")
    old = [other for other in path.parent.glob("*.part") if re.fullmatch(_own_parts(path), other.name)]
    for left in (path.with_name(f"{path.name}.part"), *old):
        with suppress(OSError):  # it is not there, or another process was faster
            if left in old and time.time() - left.stat().st_mtime < _ABANDONED:
                continue
            left.rename(part)
            break
    return part


def _own_parts(path: Path) -> str:
    return re.escape(path.name) + r"\.[0-9a-f]{8}\.part"


def _put(part: Path, path: Path, file: RemoteFile) -> Path:
    try:
        part.replace(path)
    except OSError:  # Windows, where another process was faster and reads it already
        if not path.is_file() or not _is_right(path, file):
            raise
    return path


def _leave(part: Path, path: Path) -> int:
    """Leave what has come for the next attempt, under the name where that looks for it. Returns its length."""
    with suppress(OSError):
        if (have := _length(part)) and not path.exists():  # or another process has got all of it
            part.replace(path.with_name(f"{path.name}.part"))
            return have
        part.unlink(missing_ok=True)
    return 0


def _length(part: Path) -> int:
    return part.stat().st_size if part.exists() else 0


# --- the network ----------------------------------------------------------------------------------------


def _from_mirror(url: str, part: Path, file: RemoteFile, timeout: float, bar: Any) -> None:
    """Complete the part from one mirror, which is asked again while that brings the file forward."""
    for tries_left in reversed(range(_TRIES)):
        before = _length(part)
        if before < file.size:
            try:
                _transfer(url, part, before, file.size, timeout, bar)
            except _MirrorError:
                if not (before < _length(part) < file.size and tries_left):
                    raise
                continue
        if _is_right(part, file):
            return
        part.unlink()
        if not before:  # otherwise the fault may be in what was there before
            break
    raise _MirrorError("what it sent has another SHA-256, and was deleted")


def _transfer(url: str, part: Path, have: int, size: int, timeout: float, bar: Any) -> None:
    from http.client import HTTPException

    response, start = _ask(url, have, size, timeout)
    with response, open(part, "r+b" if have else "wb") as output:
        output.truncate(start)
        output.seek(start)
        if bar is not None:
            bar.update(start - bar.n)
        since, mark = time.monotonic(), start
        while start < size:
            try:
                chunk = response.read1(min(_CHUNK, size - start))
            except (OSError, HTTPException) as error:
                raise _MirrorError(f"{_reason(error, timeout)}, after {start:,} of {size:,} bytes") from None
            if not chunk:
                raise _MirrorError(f"the connection ended after {start:,} of {size:,} bytes")
            output.write(chunk)
            start += len(chunk)
            if bar is not None:
                bar.update(len(chunk))
            if (elapsed := time.monotonic() - since) > 3 * timeout:
                if start < size and start - mark < _SLOWEST * elapsed:
                    raise _MirrorError(f"it is too slow, {start - mark:,} bytes in {elapsed:.0f} s")
                since, mark = time.monotonic(), start
        output.flush()
        os.fsync(output.fileno())  # the name must not reach the disk before the content


def _ask(url: str, have: int, size: int, timeout: float) -> tuple[Any, int]:
    """The mirror's answer, and the byte of the file with which it begins: ``have``, or 0 where it sends the whole."""
    if have:
        try:
            response = _open(url, {"Range": f"bytes={have}-"}, timeout)
        except _MirrorError as error:
            if error.status != 416:  # the mirror's file has no such part
                raise
        else:
            start = have if response.status == 206 else 0
            if not start or _is_part(response.headers.get("Content-Range", ""), have, size):
                return _checked(response, start, size), start
            response.close()
    return _checked(_open(url, {}, timeout), 0, size), 0


def _is_part(content_range: str, have: int, size: int) -> bool:
    found = re.fullmatch(r"bytes (\d+)-\d+/(\d+|\*)", content_range)
    return found is not None and int(found[1]) == have and found[2] in ("*", str(size))


def _checked(response: Any, start: int, size: int) -> Any:
    problem = ""
    if response.status != (206 if start else 200):
        problem = f"HTTP {response.status} {response.reason}, without the file"
    elif response.length is not None and response.length != size - start:
        what = "web page" if "html" in response.headers.get("Content-Type", "") else "file"
        problem = f"it has a {what} of {response.length + start:,} bytes, not of {size:,}"
    if problem:
        response.close()
        raise _MirrorError(problem)
    return response


def _open(url: str, headers: dict[str, str], timeout: float) -> Any:
    from http.client import HTTPException
    from urllib import request
    from urllib.error import HTTPError

    opener = request.OpenerDirector()  # without the handlers of ftp:, file: and data:, also for redirections
    for handler in (
        request.ProxyHandler,
        request.HTTPHandler,
        request.HTTPSHandler,
        request.HTTPRedirectHandler,
        request.HTTPDefaultErrorHandler,
        request.HTTPErrorProcessor,
        request.UnknownHandler,
    ):
        opener.add_handler(handler())
    headers = {"User-Agent": "glassgrad", "Accept-Encoding": "identity", **headers}
    try:
        return opener.open(request.Request(url, headers=headers), timeout=timeout)
    except HTTPError as error:
        with error:
            raise _MirrorError(f"HTTP {error.code} {error.reason}", error.code) from None
    except (OSError, HTTPException) as error:
        raise _MirrorError(_reason(error, timeout)) from None


def _reason(error: Exception, timeout: float) -> str:
    reason = getattr(error, "reason", error)  # of a URLError
    if isinstance(reason, TimeoutError) and reason.errno is None:
        return f"no answer for {timeout:g} s"
    return str(getattr(reason, "strerror", None) or reason) or type(reason).__name__


def _bar(title: str, size: int, shown: bool) -> Any:
    if not shown:
        return nullcontext()
    from tqdm import tqdm

    columns, lines = shutil.get_terminal_size()  # where a terminal has no size (docker -t), tqdm shows nothing
    return tqdm(
        total=size,
        desc=title,
        unit="B",
        unit_scale=True,
        mininterval=0.1 if sys.stderr.isatty() else math.inf,  # a log file gets two lines, not one for each piece
        ncols=columns,
        nrows=lines,
    )
