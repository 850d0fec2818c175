"""Texts: plain files of the user's, and three small data sets from files that the user has."""

from __future__ import annotations

import os
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

import autograd as ag

_SHAKESPEARE = "https://raw.githubusercontent.com/karpathy/char-rnn/master/data/tinyshakespeare/input.txt"
_NAMES = "https://raw.githubusercontent.com/karpathy/makemore/master/names.txt"
_REVIEWS = "https://www.cs.cornell.edu/people/pabo/movie-review-data/rt-polaritydata.tar.gz"
_MAX_BYTES = 1 << 30


def read_text(path: str | os.PathLike[str], *, encoding: str = "utf-8", max_bytes: int = _MAX_BYTES) -> str:
    """The text of a plain text file; lines end in ``\\n``, as which ``\\r\\n`` and ``\\r`` are read too.

    Parameters
    ----------
    path: of the file.
    encoding: any that Python knows. A byte order mark at the beginning of UTF-8 is left out.
    max_bytes: of the file, at most. 1 GiB if not given.

    Raises FileNotFoundError, IsADirectoryError and other OSErrors where there is no file to read, ArgumentError where
    it is empty, is no text (it has zero bytes), is in another encoding, or is larger than ``max_bytes``.

    >>> import tempfile
    >>> with tempfile.TemporaryDirectory() as folder:
    ...     with open(f"{folder}/poem.txt", "wb") as file:
    ...         _ = file.write("Über allen Gipfeln\\r\\nist Ruh".encode())
    ...     read_text(f"{folder}/poem.txt")
    'Über allen Gipfeln\\nist Ruh'
    """
    return _decode(path, _read(path, max_bytes), encoding)


def load_shakespeare(folder: str | os.PathLike[str] | None = None) -> str:
    """Forty thousand lines of Shakespeare's plays, 1.1 million characters of 65 kinds, from ``tinyshakespeare.txt``.

    The text that Karpathy's char-rnn made known: "The unreasonable effectiveness of recurrent neural networks", 2015.

    Parameters
    ----------
    folder: where the file is, or in ``text/`` in it; the folder that the variable GLASSGRAD_DATA of the environment
        names, if None.

    Raises FileNotFoundError, which says what to do, where there is no such file; ArgumentError where it is no text.

    >>> load_shakespeare("no/such/folder")
    Traceback (most recent call last):
        ...
    FileNotFoundError: load_shakespeare: no/such/folder is no folder; get tinyshakespeare.txt from https://raw...
    """
    (path,) = _find("load_shakespeare", folder, _SHAKESPEARE, "tinyshakespeare.txt")
    return _no_page(path, _SHAKESPEARE, read_text(path))


def load_names(folder: str | os.PathLike[str] | None = None) -> list[str]:
    """32,033 first names in small letters, such as ``"emma"``, the most frequent ones first, from ``names.txt``.

    The names of Karpathy's makemore, from the statistics of the United States' Social Security Administration.

    Parameters
    ----------
    folder: where the file is, or in ``text/`` in it; the folder that the variable GLASSGRAD_DATA of the environment
        names, if None. One's own names, one a line, can be read in its place.

    Raises FileNotFoundError, which says what to do, where there is no such file; ArgumentError where it is no text.

    >>> load_names("no/such/folder")
    Traceback (most recent call last):
        ...
    FileNotFoundError: load_names: no/such/folder is no folder; get names.txt from https://raw...
    """
    (path,) = _find("load_names", folder, _NAMES, "names.txt")
    return _lines(_no_page(path, _NAMES, read_text(path)))


def load_reviews(folder: str | os.PathLike[str] | None = None) -> tuple[list[str], NDArray[np.int64]]:
    """Sentences from film reviews, and labels (n,), int64: 1 for praise, which comes first, and 0 for blame.

    5,331 of each, in small letters, with spaces between words and punctuation, from the files ``rt-polarity.pos`` and
    ``rt-polarity.neg`` in UTF-8 or, as they were published, Windows-1252. Lines that were encoded as UTF-8 twice, as
    they are in copies of these files, are put right. `stratified_split` makes a training and a test part. Pang and Lee,
    "Seeing stars: exploiting class relationships for sentiment categorization with respect to rating scales", 2005.

    Parameters
    ----------
    folder: where the files are, or in ``text/`` in it; the folder that the variable GLASSGRAD_DATA of the environment
        names, if None.

    Raises FileNotFoundError, which says what to do, where these files are not both there; ArgumentError where they are
    no text.

    >>> load_reviews("no/such/folder")
    Traceback (most recent call last):
        ...
    FileNotFoundError: load_reviews: no/such/folder is no folder; get rt-polarity.pos and rt-polarity.neg from ...
    """
    paths = _find("load_reviews", folder, _REVIEWS, "rt-polarity.pos", "rt-polarity.neg")
    praise, blame = (_sentences(path) for path in paths)
    return praise + blame, np.repeat(np.array([1, 0], np.int64), [len(praise), len(blame)])


# --- files ----------------------------------------------------------------------------------------------


def _read(path: str | os.PathLike[str], max_bytes: int) -> bytes:
    name = os.fspath(path)
    if not os.path.exists(path):
        raise FileNotFoundError(f"there is no file {name}; paths are relative to the current folder, {os.getcwd()}")
    if os.path.isdir(path):
        raise IsADirectoryError(f"{name} is a folder; give the path of a text file in it")
    if not os.path.isfile(path):
        raise ag.errors.ArgumentError(f"{name} is no ordinary file, but a device or a pipe; copy its text into a file.")
    if (size := os.path.getsize(path)) > max_bytes:
        raise ag.errors.ArgumentError(
            f"{name} has {size:,} bytes, more than the {max_bytes:,} that are allowed. If that is right, raise "
            "max_bytes; the text and its tokens take more than ten times as much memory."
        )
    with open(path, "rb") as file:
        return file.read(max_bytes)


def _decode(path: str | os.PathLike[str], data: bytes, encoding: str) -> str:
    name = os.fspath(path)
    try:
        text = data.decode(encoding).removeprefix("\ufeff").replace("\r\n", "\n").replace("\r", "\n")
    except UnicodeDecodeError as error:
        utf16 = data[:2] in (b"\xff\xfe", b"\xfe\xff")
        remedy = (
            "It begins like UTF-16: save it as UTF-8, or name its encoding, read_text(path, encoding='utf-16')."
            if utf16
            else "Is it a text at all? If so, save it as UTF-8 or name its encoding, as in read_text(path, "
            "encoding='cp1252')."
        )
        raise ag.errors.ArgumentError(
            f"{name} is not in {encoding}: its byte {error.start:,} is {data[error.start]:#04x} "
            f"({error.reason}). {remedy}"
        ) from None
    except LookupError:
        raise ag.errors.ArgumentError(
            f"{name}: Python knows no encoding {encoding!r}; want one such as 'utf-8'."
        ) from None
    if "\0" in text:
        raise ag.errors.ArgumentError(
            f"{name} is no text: its character {text.index(chr(0)):,} is a zero byte. An archive, a picture or "
            "a document has to be saved as plain text first."
        )
    if not text.strip():
        raise ag.errors.ArgumentError(f"{name} is empty" + (", but for white space." if text else "."))
    return text


def _find(operation: str, folder: str | os.PathLike[str] | None, source: str, *names: str) -> list[Path]:
    """The files of these names, all in the folder or all in ``text/`` in it."""
    files = " and ".join(names)
    remedy = f"get {files} from {source} into a folder text/, and set GLASSGRAD_DATA to the folder that holds it"
    if folder is None and not (folder := os.environ.get("GLASSGRAD_DATA")):
        raise FileNotFoundError(f"{operation}: the variable GLASSGRAD_DATA is not set; {remedy}")
    for subfolder in ("", "text"):
        paths = [Path(folder, subfolder, name) for name in names]
        if all(path.is_file() for path in paths):
            return paths
    what = f"does not have {files}" if Path(folder).is_dir() else "is no folder"
    raise FileNotFoundError(f"{operation}: {os.fspath(folder)} {what}; {remedy}")


def _no_page(path: Path, source: str, text: str) -> str:
    """The text, unless a download that went wrong has left a web page in its place."""
    if text.lstrip()[:15].lower().startswith(("<!doctype", "<html", "<?xml")):
        raise ag.errors.ArgumentError(f"{path} holds a web page, not the data. Get it again from {source}.")
    return text


def _lines(text: str) -> list[str]:
    return [stripped for line in text.split("\n") if (stripped := line.strip())]


def _sentences(path: Path) -> list[str]:
    data = _read(path, _MAX_BYTES)
    try:
        data.decode()
        encoding = "utf-8"
    except UnicodeDecodeError:
        encoding = "cp1252"
    return [_once(line) for line in _lines(_no_page(path, _REVIEWS, _decode(path, data, encoding)))]


def _once(line: str) -> str:
    """The line as it was before it was encoded twice, if it was: bytes of UTF-8, taken for characters of Latin-1."""
    try:
        return line if line.isascii() else line.encode("latin-1").decode()
    except UnicodeError:
        return line
