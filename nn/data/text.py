"""Texts: plain files of the user's, and three small data sets."""

from __future__ import annotations

import os
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

import autograd as ag
from nn.data.archives import members
from nn.data.downloads import RemoteFile
from nn.data.files import check_file
from nn.data.locating import Collection, locate

_MAX_BYTES = 1 << 30
_SHAKESPEARE = RemoteFile(
    "tinyshakespeare.txt",
    1_115_394,
    "86c4e6aa9db7c042ec79f339dcb96d42b0075e16b8fc2e86bf0ca57e2dc565ed",
    (
        "https://raw.githubusercontent.com/karpathy/char-rnn/master/data/tinyshakespeare/input.txt",
        "https://raw.githubusercontent.com/karpathy/char-rnn/6f9487a6fe5b420b7ca9afb0d7c078e37c1d1b4e/data/tinyshakespeare/"
        "input.txt",
    ),
)
_NAMES = RemoteFile(
    "names.txt",
    228_145,
    "0a30b5557f192f32ab962680889aac5f6fda0f4cecf40a6d0b5694f58ea8cc4d",
    (
        "https://raw.githubusercontent.com/karpathy/makemore/master/names.txt",
        "https://raw.githubusercontent.com/karpathy/makemore/988aa59/names.txt",
    ),
)
_REVIEWS = RemoteFile(  # size and SHA-256 as Hugging Face's "rotten_tomatoes" has them
    "rt-polaritydata.tar.gz",
    487_770,
    "a05befe52aafda71d458d188a1c54506a998b1308613ba76bbda2e5029409ce9",
    (
        "https://www.cs.cornell.edu/people/pabo/movie-review-data/rt-polaritydata.tar.gz",
        "https://storage.googleapis.com/seldon-datasets/sentence_polarity_v1/rt-polaritydata.tar.gz",
    ),
)
_SENTENCES = ("rt-polarity.pos", "rt-polarity.neg")


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


def load_shakespeare(folder: str | os.PathLike[str] | None = None, *, download: bool | None = None) -> str:
    """Forty thousand lines of Shakespeare's plays, 1.1 million characters of 65 kinds, from ``tinyshakespeare.txt``.

    The text that Karpathy's char-rnn made known: "The unreasonable effectiveness of recurrent neural networks", 2015.
    Where it is not there it is downloaded, 1.1 MB, into ``text/`` in `cache_folder`.

    Parameters
    ----------
    folder: where the file is, or in ``text/`` in it; `cache_folder` if None.
    download: False never downloads; True does, also into a ``folder`` that is given. None downloads if no folder is
        given, unless the variable GLASSGRAD_DOWNLOAD of the environment is 0.

    Raises FileNotFoundError, which says what to do, where there is no such file; ArgumentError where it is no text.

    >>> load_shakespeare("no/such/folder")
    Traceback (most recent call last):
        ...
    FileNotFoundError: load_shakespeare: no/such/folder is no folder; get tinyshakespeare.txt from https://raw...
    """
    return _one_file("load_shakespeare", folder, _SHAKESPEARE, download)


def load_names(folder: str | os.PathLike[str] | None = None, *, download: bool | None = None) -> list[str]:
    """32,033 first names in small letters, such as ``"emma"``, the most frequent ones first, from ``names.txt``.

    The names of Karpathy's makemore, from the statistics of the United States' Social Security Administration. Where
    they are not there they are downloaded, 0.2 MB, into ``text/`` in `cache_folder`.

    Parameters
    ----------
    folder: where the file is, or in ``text/`` in it; `cache_folder` if None. One's own names, one a line, can be read
        in its place.
    download: as for `load_shakespeare`.

    Raises FileNotFoundError, which says what to do, where there is no such file; ArgumentError where it is no text.

    >>> load_names("no/such/folder")
    Traceback (most recent call last):
        ...
    FileNotFoundError: load_names: no/such/folder is no folder; get names.txt from https://raw...
    """
    return _lines(_one_file("load_names", folder, _NAMES, download))


def load_reviews(
    folder: str | os.PathLike[str] | None = None, *, download: bool | None = None
) -> tuple[list[str], NDArray[np.int64]]:
    """Sentences from film reviews, and labels of shape (n,), int64: 1 for praise, which comes first, and 0 for blame.

    5,331 of each, in small letters, with spaces between words and punctuation, from the files ``rt-polarity.pos`` and
    ``rt-polarity.neg`` in UTF-8 or, as they were published, Windows-1252; where they are not there, from their archive
    ``rt-polaritydata.tar.gz``, which is downloaded, 0.5 MB, into ``text/`` in `cache_folder`. Lines that were encoded
    as UTF-8 twice, as they are in copies of these files, are put right. `stratified_split` makes a training and a test
    part. Pang and Lee, "Seeing stars: exploiting class relationships for sentiment categorization with respect to
    rating scales", 2005.

    Parameters
    ----------
    folder: where the files are, or their archive, or in ``text/`` in it; `cache_folder` if None.
    download: as for `load_shakespeare`.

    Raises FileNotFoundError, which says what to do, where these files are not both there; ArgumentError where they are
    no text.

    >>> load_reviews("no/such/folder")
    Traceback (most recent call last):
        ...
    FileNotFoundError: load_reviews: no/such/folder is no folder; get rt-polarity.pos and rt-polarity.neg from ...
    """
    choices = [_SENTENCES, (_REVIEWS.name,)]
    paths = locate(_collection("load_reviews", _REVIEWS), folder, choices, [_REVIEWS], download=download)
    if len(paths) == 1:
        content = dict(members(paths[0], _SENTENCES, max_bytes=16 << 20))
    else:
        content = {path.name: _read(path, _MAX_BYTES) for path in paths}
    praise, blame = (_sentences(paths[0].with_name(name), content[name]) for name in _SENTENCES)
    return praise + blame, np.repeat(np.array([1, 0], np.int64), [len(praise), len(blame)])


# --- files ----------------------------------------------------------------------------------------------


def _read(path: str | os.PathLike[str], max_bytes: int) -> bytes:
    check_file(path, max_bytes, "a text file", "the text and its tokens take more than ten times as much memory")
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


def _collection(loader: str, file: RemoteFile) -> Collection:
    return Collection(loader, loader, file.urls[0], ("text",))


def _one_file(loader: str, folder: str | os.PathLike[str] | None, file: RemoteFile, download: bool | None) -> str:
    (path,) = locate(_collection(loader, file), folder, [(file.name,)], [file], download=download)
    return _no_page(path, file.urls[0], read_text(path))


def _no_page(path: Path, source: str, text: str) -> str:
    """The text, unless a download that went wrong has left a web page in its place."""
    if text.lstrip()[:15].lower().startswith(("<!doctype", "<html", "<?xml")):
        raise ag.errors.ArgumentError(f"{path} holds a web page, not the data. Get it again from {source}.")
    return text


def _lines(text: str) -> list[str]:
    return [stripped for line in text.split("\n") if (stripped := line.strip())]


def _sentences(path: Path, data: bytes) -> list[str]:
    try:
        data.decode()
        encoding = "utf-8"
    except UnicodeDecodeError:
        encoding = "cp1252"
    return [_once(line) for line in _lines(_no_page(path, _REVIEWS.urls[0], _decode(path, data, encoding)))]


def _once(line: str) -> str:
    """The line as it was before it was encoded twice, if it was: bytes of UTF-8, taken for characters of Latin-1."""
    try:
        return line if line.isascii() else line.encode("latin-1").decode()
    except UnicodeError:
        return line
