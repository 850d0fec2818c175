"""What ``glassgrad check`` does: finds what a file defines, checks it, and says what was found."""

from __future__ import annotations

import inspect
import sys
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from types import ModuleType
from typing import Any

import autograd as ag
from nn.module import Module
from nn.user_files import UserFileError, imported, lacks_of, own_values, parsed, samples_of, value_named, where

WHAT_COUNTS = (
    "what counts are primitives (ag.primitive, ag.elementwise), ag.custom_vjp, and nn.Modules with samples; "
    "a plain function is checked where it is asked for by name, FILE:NAME"
)


class NotCheckableError(UserFileError):
    """There is nothing to check here; the message says why, and what to do."""


# --- the command ----------------------------------------------------------------------------------------


def run(target: str, examples: int = 100, seed: int = 0, color: bool = False) -> bool:
    """Check what a file defines, and print what was found. Returns whether all of it is right.

    Parameters
    ----------
    target: path of a Python file, and after a colon, where only one is to be checked, its name there.
    examples: how many calls to draw for each, at least 1.
    seed: the calls follow from it; at least 0.
    color: whether to print in a terminal's colors.

    Raises UserFileError where there is no such file or name, where the file cannot be imported, and, a
    NotCheckableError, where there is nothing to check; ModuleNotFoundError without Hypothesis.

    >>> import tempfile
    >>> with tempfile.TemporaryDirectory() as folder:
    ...     path = Path(folder) / "squares.py"
    ...     _ = path.write_text("def square(x):\\n    return x * x\\n")
    ...     run(f"{path}:square", examples=10)
    square ... right (10 calls, ... s)
    1 right
    True
    """
    _ = ag.testing.report_on  # that Hypothesis is missing is said before anything else is done
    path, name = parsed(target)
    ag.manual_seed(seed)
    with imported(path) as module:
        found = candidates(module) if name is None else [named(module, name, path)]
        if not found:
            raise NotCheckableError(f"{path} defines nothing to check: {WHAT_COUNTS}")
        with _without_files():
            verdicts = [_told(candidate, path, examples, seed, color) for candidate in found]
    kinds = [verdict.kind for verdict in verdicts]
    print(", ".join(f"{kinds.count(kind)} {words}" for kind, words in SUMMARY.items() if kind in kinds))
    if set(kinds) == {"not checked"}:
        raise NotCheckableError(f"{name} was not checked" if name else f"nothing in {path} was checked")
    return not {"wrong", "error"} & set(kinds)


# --- what is checked ------------------------------------------------------------------------------------


@dataclass(frozen=True)
class Candidate:
    """What may be checked.

    Attributes
    ----------
    name: in the file.
    value: a function, a module, or a class of modules.
    lacks: why it cannot be checked, and what to add to the file; empty where nothing is missing.
    """

    name: str
    value: Any
    lacks: str = ""


def candidates(module: ModuleType) -> list[Candidate]:
    """What a module defines itself of primitives, functions with a rule of their own, and Modules; in its order.

    >>> import nn.layers.linear
    >>> [(candidate.name, candidate.lacks[:15]) for candidate in candidates(nn.layers.linear)]
    [('Identity', 'it does not say'), ('Linear', 'its constructor'), ('Bilinear', 'its constructor')]
    """
    own = own_values(module)
    found = [Candidate(name, value, lacks_of(name, value)) for name, value in own if _is_of_its_own(module, value)]
    made = {type(value) for _, value in own if isinstance(value, Module)}
    return [candidate for candidate in found if not (candidate.lacks and candidate.value in made)]


def _is_of_its_own(module: ModuleType, value: Any) -> bool:
    if isinstance(value, type):
        has_forward = issubclass(value, Module) and value.forward is not Module.forward
        return has_forward and value.__module__ == module.__name__
    if isinstance(value, Module):
        return True
    if isinstance(value, ag.custom_vjp):  # of a function that may be NumPy's, whose module it goes by then
        home = sys.modules.get(value.__module__)
        return home is module or getattr(home, getattr(value, "__name__", ""), None) is not value
    primitive = getattr(value, "primitive", None) if inspect.isfunction(value) else None
    return primitive is not None and primitive.module == module.__name__


def named(module: ModuleType, name: str, path: Path) -> Candidate:
    """What a module calls ``name``: also a plain function, or one from elsewhere.

    Raises UserFileError where there is no such name, and NotCheckableError where that cannot be checked.
    """
    value = value_named(module, name, path)
    if not callable(value) or (isinstance(value, type) and not issubclass(value, Module)):
        raise NotCheckableError(f"{name} is {ag.errors.describe(value)}; want a function, a primitive or an nn.Module")
    lacks = lacks_of(name, value)
    if lacks:
        raise NotCheckableError(f"{name}: {lacks}")
    return Candidate(name, value)


# --- checking -------------------------------------------------------------------------------------------


SUMMARY = {"right": "right", "wrong": "wrong", "error": "with an error", "not checked": "not checked"}
_COLORS = {"right": "\033[1;32m", "wrong": "\033[1;31m", "error": "\033[1;31m", "not checked": "\033[33m"}


@dataclass(frozen=True)
class Verdict:
    """What came of a check.

    Attributes
    ----------
    kind: one of `SUMMARY`.
    text: about it, within the line.
    report: what stands below it.
    """

    kind: str
    text: str
    report: str = ""


def _told(candidate: Candidate, path: Path, examples: int, seed: int, color: bool) -> Verdict:
    """Check one, and print what came of it."""
    print(f"{candidate.name} ... ", end="", flush=True)
    try:
        ag.manual_seed(seed)
        verdict = _verdict(candidate, path, examples, seed, color)
    except KeyboardInterrupt:
        print()
        raise
    kind = f"{_COLORS[verdict.kind]}{verdict.kind}\033[0m" if color else verdict.kind
    text = f" ({verdict.text})" if verdict.kind in ("right", "wrong") else f": {verdict.text}"
    print(f"{kind}{text}")
    if verdict.report:
        print(f"\n{verdict.report}\n")
    sys.stdout.flush()
    return verdict


def _verdict(candidate: Candidate, path: Path, examples: int, seed: int, color: bool) -> Verdict:
    if candidate.lacks:
        return Verdict("not checked", candidate.lacks)
    start = time.perf_counter()
    value = candidate.value
    try:
        value = value() if isinstance(value, type) else value
        report = ag.testing.report_on(value, **_options(value), max_examples=examples, seed=seed)
    except Exception as error:
        says_too_little = isinstance(error, ag.errors.RuleError) and not isinstance(value, (Module, ag.custom_vjp))
        if says_too_little:  # the others have said by now what they may be called with
            return Verdict("not checked", str(error))
        return Verdict("error", where(error, path))
    seconds = f"{time.perf_counter() - start:.1f} s"
    if report.ok:
        return Verdict("right", ", ".join([*report.notes, seconds]))
    return Verdict("wrong", seconds, report.render(color=color))


def _options(value: Any) -> dict[str, Any]:
    """What a function or module says of the calls that may be drawn; a primitive has said it in its declaration."""
    if isinstance(value, Module):
        return {"samples": samples_of(value)}
    if hasattr(value, "primitive"):
        return {}
    return {name: getattr(value, name, None) for name in ("domain", "arguments", "samples", "surrogate")}


@contextmanager
def _without_files() -> Iterator[None]:
    """A block in which Hypothesis leaves no files behind: it keeps the constants of source files, database or not."""
    from hypothesis.configuration import set_hypothesis_home_dir

    with tempfile.TemporaryDirectory() as folder:
        try:
            set_hypothesis_home_dir(folder)
            yield
        finally:
            set_hypothesis_home_dir(None)
