"""Where data sets are kept that are too large to come with the package."""

from __future__ import annotations

import os
import sys
from pathlib import Path

import autograd as ag


def cache_folder() -> Path:
    """The folder in which loaders look for data sets, and into which they download them; it need not be there yet.

    It is the folder that the variable GLASSGRAD_DATA of the environment names; if that is not set, ``glassgrad`` in the
    user's cache: ``~/.cache`` on Linux (or what XDG_CACHE_HOME names), ``~/Library/Caches`` on macOS, what LOCALAPPDATA
    names on Windows. What is in it may be deleted at any time; it is downloaded again when it is needed. Raises
    ArgumentError where the system does not say what the user's folder is.

    >>> from unittest import mock
    >>> with mock.patch.dict("os.environ", GLASSGRAD_DATA="data"):
    ...     print(cache_folder())
    data
    """
    if folder := os.environ.get("GLASSGRAD_DATA"):
        return Path(folder).expanduser()
    return user_cache() / "glassgrad"


def user_cache() -> Path:
    """The folder for what programs can make or get again, as the platform has it.

    >>> user_cache().is_absolute()
    True
    """
    variable = {"linux": "XDG_CACHE_HOME", "win32": "LOCALAPPDATA"}.get(sys.platform, "")
    named = os.environ.get(variable, "")
    if os.path.isabs(named):  # the XDG specification wants others to be ignored
        return Path(named)
    below = {"darwin": "Library/Caches", "win32": "AppData/Local"}.get(sys.platform, ".cache")
    try:
        return Path.home() / below
    except RuntimeError:
        raise ag.errors.ArgumentError(
            "the system does not say where this user's files are: set the variable GLASSGRAD_DATA of the environment "
            "to a folder for data sets."
        ) from None
