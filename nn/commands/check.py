"""``glassgrad check``: the battery for the operations and modules of a file."""

from __future__ import annotations

import argparse
import os
import sys

from nn import checking
from nn.commands import runs
from nn.user_files import UserFileError


def check(arguments: argparse.Namespace) -> int:
    """Check a file, print what was found, and return the exit code."""
    color = arguments.color
    if color is None:
        color = sys.stdout.isatty() and not os.environ.get("NO_COLOR")  # https://no-color.org
    try:
        is_right = checking.run(arguments.target, arguments.examples, arguments.seed, color)
    except UserFileError as error:
        raise runs.bad("check", error) from error
    except ModuleNotFoundError as error:
        if error.name != "hypothesis":
            raise
        raise runs.bad("check", error) from error
    return 0 if is_right else runs.FAILED
