"""SciPy, which is imported where one of our functions is computed by it, and nowhere else."""

from __future__ import annotations

import importlib
from typing import Any


def scipy(module: str) -> Any:
    """``scipy.<module>``; raises ModuleNotFoundError with the remedy where SciPy is not installed.

    >>> scipy("special").__name__
    'scipy.special'
    """
    try:
        return importlib.import_module(f"scipy.{module}")
    except ModuleNotFoundError as error:
        raise ModuleNotFoundError(
            "this function is computed by SciPy, which is not installed: pip install 'glassgrad[scipy]'", name="scipy"
        ) from error
