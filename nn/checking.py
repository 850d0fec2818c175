"""What ``glassgrad check`` does: finds what a file defines, checks it, and says what was found."""

from __future__ import annotations

import importlib
import importlib.util
import inspect
import sys
import tempfile
import time
import traceback
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from pathlib import Path
from types import ModuleType
from typing import Any

import autograd as ag
from nn.module import Module

WHAT_COUNTS = (
    "what counts are primitives (ag.primitive, ag.elementwise), ag.custom_vjp, and nn.Modules with samples; "
    "a plain function is checked where it is asked for by name, FILE:NAME"
)


class NotCheckableError(Exception):
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

    Raises NotCheckableError where there is no such file or name, where the file cannot be imported, and where there is
    nothing to check; ModuleNotFoundError without Hypothesis.

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
    path, name = _parsed(target)
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


def _parsed(target: str) -> tuple[Path, str | None]:
    """The file, and the name in it if one is given."""
    before, colon, name = target.rpartition(":")
    if not colon or "/" in name or "\\" in name or Path(target).exists():  # C:\ops.py has a colon too
        path, asked = Path(target), None
    else:
        path, asked = Path(before), name
    if path.is_dir():
        raise NotCheckableError(f"{path} is a folder; want a Python file")
    if not path.is_file():
        raise NotCheckableError(f"{path}: no such file")
    if path.suffix != ".py":
        raise NotCheckableError(f"{path} is not a Python file: its name does not end in .py")
    return path, asked


# --- the user's file ------------------------------------------------------------------------------------


@contextmanager
def imported(path: Path) -> Iterator[ModuleType]:
    """The module of a file, for this block; its folder, or that of the package it is in, is first on ``sys.path``.

    A file in a package (next to an ``__init__.py``) is imported as a part of it, as pytest does.

    Raises NotCheckableError where it cannot be imported.
    """
    file = path.resolve()
    parts, root = ([] if file.stem == "__init__" else [file.stem]), file.parent
    while (root / "__init__.py").is_file():
        parts, root = [root.name, *parts], root.parent
    name = ".".join(parts)
    known = sys.modules.get(name)
    if known is not None and not _is_of(known, file):
        other = getattr(known, "__file__", None) or "a built-in module"
        raise NotCheckableError(
            f"{path}: {other} is loaded under the name {name!r} already; give the file another name"
        )
    sys.path.insert(0, str(root))
    try:
        yield known or _loaded(name, path)
    finally:
        with suppress(ValueError):  # the file may have taken it out itself
            sys.path.remove(str(root))
        if known is None:
            sys.modules.pop(name, None)


def _is_of(module: ModuleType, file: Path) -> bool:
    found = getattr(module, "__file__", None)
    return found is not None and Path(found).resolve() == file


def _loaded(name: str, path: Path) -> ModuleType:
    spec = importlib.util.spec_from_file_location(name, path.resolve())
    assert spec is not None and spec.loader is not None, "its name ends in .py"
    try:
        if "." in name:
            importlib.import_module(name.rpartition(".")[0])
        if name not in sys.modules:  # the package may have imported it
            sys.modules[name] = importlib.util.module_from_spec(spec)
            spec.loader.exec_module(sys.modules[name])
    except (Exception, SystemExit) as error:
        raise NotCheckableError(f"cannot import {path}: {_where(error, path)}") from error
    return sys.modules[name]


def _where(error: BaseException, path: Path) -> str:
    """The end of an error's traceback; and the last line of the user's file that it passed, if any."""
    text = f"{type(error).__name__}: {error}" if str(error) else type(error).__name__
    places = [(frame.filename, frame.lineno, frame.line) for frame in traceback.extract_tb(error.__traceback__)]
    if isinstance(error, SyntaxError):
        places.append((error.filename or "", error.lineno, (error.text or "").strip()))
    own = [f"\n  {path}:{number}: {line}" for file, number, line in places if Path(file).resolve() == path.resolve()]
    return text + (own[-1] if own else "")


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
    named = {id(value): name for name, value in reversed(vars(module).items())}  # by the first of its names
    own = [(name, value) for name, value in vars(module).items() if named[id(value)] == name]
    found = [Candidate(name, value, _lacks(name, value)) for name, value in own if _is_of_its_own(module, value)]
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

    Raises NotCheckableError where there is no such name, or what it stands for cannot be checked.
    """
    if name not in vars(module):
        from difflib import get_close_matches

        close = get_close_matches(name, [known for known in vars(module) if not known.startswith("__")], n=3)
        hint = f"; did you mean {' or '.join(close)}?" if close else ""
        raise NotCheckableError(f"{path} has no {name!r}{hint}")
    value = vars(module)[name]
    if not callable(value) or (isinstance(value, type) and not issubclass(value, Module)):
        raise NotCheckableError(f"{name} is {ag.errors.describe(value)}; want a function, a primitive or an nn.Module")
    lacks = _lacks(name, value)
    if lacks:
        raise NotCheckableError(f"{name}: {lacks}")
    return Candidate(name, value)


def _lacks(name: str, value: Any) -> str:
    """What a Module or a class of them lacks to be checked; empty where that is nothing, and for functions."""
    is_class = isinstance(value, type)
    if not is_class and not isinstance(value, Module):
        return ""
    lacks = []
    if is_class and _required(value):
        given = ", ".join(f"{argument}=..." for argument in _required(value))
        made = f"{name.lower()} = {name}({given})"
        lacks.append(f"its constructor needs arguments: give them defaults, or put a module into the file, {made}")
    if inspect.getattr_static(value, "samples", None) is None:
        arrays = ", ".join("rng.normal(size=(4, 3))" for _ in _required(value.forward, besides="self"))
        samples = f"lambda rng: ({arrays}{',' if arrays.count('rng') == 1 else ''})"
        to_class, to_file = (
            f"to the class: samples = staticmethod({samples})",
            f"to the file: {name}.samples = {samples}",
        )
        what = to_class if is_class else to_file
        lacks.append(f"it does not say what it may be called with: add, with arguments that fit, {what}")
    return "; and ".join(lacks)


def _required(function: Callable[..., Any], besides: str = "") -> list[str]:
    """The arguments that a call must give by position or name."""
    kinds = (inspect.Parameter.VAR_POSITIONAL, inspect.Parameter.VAR_KEYWORD)
    parameters = inspect.signature(function).parameters.values()
    return [p.name for p in parameters if p.default is p.empty and p.kind not in kinds and p.name != besides]


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
        return Verdict("error", _where(error, path))
    seconds = f"{time.perf_counter() - start:.1f} s"
    if report.ok:
        return Verdict("right", ", ".join([*report.notes, seconds]))
    return Verdict("wrong", seconds, report.render(color=color))


def _options(value: Any) -> dict[str, Any]:
    """What a function or module says of the calls that may be drawn; a primitive has said it in its declaration."""
    if isinstance(value, Module):
        return {"samples": _samples(value)}
    if hasattr(value, "primitive"):
        return {}
    return {name: getattr(value, name, None) for name in ("domain", "arguments", "samples", "surrogate")}


def _samples(module: Module) -> Any:
    """The module's ``samples`` as a function of a generator: a static method, a plain function, or a method."""
    own = inspect.getattr_static(module, "samples")
    return own if inspect.isfunction(own) and len(_required(own)) == 1 else module.samples


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
