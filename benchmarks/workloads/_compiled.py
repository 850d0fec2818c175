"""`torch.compile`, where it works."""

from __future__ import annotations

import os
import shutil
from collections.abc import Callable
from functools import cache
from typing import Any

from cases import Unavailable

COMPILERS = ("g++", "clang++", "cl")


@cache
def by_torch(f: Callable[..., Any]) -> Callable[..., Any]:
    """The compiled function, one for all cases of a process; Unavailable without a compiler."""
    import torch

    if not any(shutil.which(name) for name in (os.environ.get("CXX", COMPILERS[0]), *COMPILERS)):
        raise Unavailable("torch.compile needs a C++ compiler, and there is none on the PATH")
    return torch.compile(f)
