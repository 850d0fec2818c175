"""Data sets in files: in which folders they are looked for, and from where they come where they are not there."""

from __future__ import annotations

import os
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from nn.data.caches import cache_folder
from nn.data.downloads import RemoteFile, fetch


@dataclass(frozen=True)
class Collection:
    """A data set in files.

    Attributes
    ----------
    title: how its errors begin.
    loader: the function that loads it.
    page: where people find it.
    subfolders: in which its files may be, besides the folder itself; downloads go into the first.
    gzipped: whether each file may be gzipped, with ``.gz`` at the end of its name.
    """

    title: str
    loader: str
    page: str
    subfolders: tuple[str, ...]
    gzipped: bool = False


def locate(
    collection: Collection,
    folder: str | os.PathLike[str] | None,
    choices: Sequence[tuple[str, ...]],
    files: Sequence[RemoteFile],
    *,
    download: bool | None,
    next_best: Sequence[tuple[str, ...]] = (),
    inside: bool = True,
) -> tuple[Path, ...]:
    """The paths of the files of a data set, downloaded if need be.

    Parameters
    ----------
    folder: in which to look, `cache_folder` if None.
    choices: names of files that belong together, of which the error asks for the first.
    files: what to download.
    download: True downloads where none of the choices is there, False never; None takes ``next_best`` too, and
        otherwise downloads if no folder is given and GLASSGRAD_DOWNLOAD is not 0.
    next_best: names of files with less in them.
    inside: whether files in the folder itself count, not only those in subfolders.
    """
    root = cache_folder() if folder is None else Path(folder)
    subfolders = (("",) if inside else ()) + collection.subfolders
    for names in (*choices, *(() if download else next_best)):
        for subfolder in subfolders:
            paths = [_existing(root / subfolder / name, collection.gzipped) for name in names]
            if None not in paths:
                return tuple(path for path in paths if path)
    if download or (download is None and folder is None and is_allowed()):
        target = root / collection.subfolders[0]
        return tuple(fetch(file.urls, target / file.name, size=file.size, sha256=file.sha256) for file in files)
    raise FileNotFoundError(_missing(collection, folder, choices[0]))


def is_allowed() -> bool:
    """Whether loaders may download without being told: unless the user's environment says no."""
    return os.environ.get("GLASSGRAD_DOWNLOAD", "").lower() not in ("0", "no", "off", "false")


def _existing(path: Path, gzipped: bool) -> Path | None:
    """The file, or the same with .gz, whichever there is."""
    for candidate in (path, path.with_name(f"{path.name}.gz")) if gzipped else (path,):
        if candidate.is_file():
            return candidate
    return None


def _missing(collection: Collection, folder: str | os.PathLike[str] | None, names: tuple[str, ...]) -> str:
    files = " and ".join(names) + " (or the same with .gz)" * collection.gzipped
    remedy = (
        f"get {files} from {collection.page} into a folder {collection.subfolders[0]}/, and set GLASSGRAD_DATA to the "
        f"folder that holds it; or have it downloaded: {collection.loader}({'' if folder is None else 'folder, '}"
        "download=True)"
        f"{'' if is_allowed() else ', or with the variable GLASSGRAD_DOWNLOAD, which forbids it now, not set'}"
    )
    if folder is None and not (folder := os.environ.get("GLASSGRAD_DATA")):
        return f"{collection.title}: the variable GLASSGRAD_DATA is not set; {remedy}"
    what = f"does not have {names[0] if len(names) == 1 else 'both files'}" if Path(folder).is_dir() else "is no folder"
    return f"{collection.title}: {os.fspath(folder)} {what}; {remedy}"
