"""A Python file that a user names on the command line: finding it, importing it, and what its modules are fed with."""

from __future__ import annotations

import importlib
import importlib.util
import inspect
import sys
import traceback
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from difflib import get_close_matches
from pathlib import Path
from types import ModuleType
from typing import Any

from nn.module import Module


class UserFileError(Exception):
    """A file, or what is wanted of it, cannot be had; the message says why, and what to do."""


# --- importing ------------------------------------------------------------------------------------------


def parsed(target: str) -> tuple[Path, str | None]:
    """The file, and the name in it if one is given."""
    before, colon, name = target.rpartition(":")
    if not colon or "/" in name or "\\" in name or Path(target).exists():  # C:\ops.py has a colon too
        path, asked = Path(target), None
    else:
        path, asked = Path(before), name
    if path.is_dir():
        raise UserFileError(f"{path} is a folder; want a Python file")
    if not path.is_file():
        raise UserFileError(f"{path}: no such file")
    if path.suffix != ".py":
        raise UserFileError(f"{path} is not a Python file: its name does not end in .py")
    return path, asked


@contextmanager
def imported(path: Path) -> Iterator[ModuleType]:
    """The module of a file, for this block; its folder, or that of the package it is in, is first on ``sys.path``.

    A file in a package (next to an ``__init__.py``) is imported as a part of it, as pytest does.

    Raises UserFileError where it cannot be imported.
    """
    file = path.resolve()
    parts, root = ([] if file.stem == "__init__" else [file.stem]), file.parent
    while (root / "__init__.py").is_file():
        parts, root = [root.name, *parts], root.parent
    name = ".".join(parts)
    known = sys.modules.get(name)
    if known is not None and not _is_of(known, file):
        other = getattr(known, "__file__", None) or "a built-in module"
        raise UserFileError(f"{path}: {other} is loaded under the name {name!r} already; give the file another name")
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
        raise UserFileError(f"cannot import {path}: {where(error, path)}") from error
    return sys.modules[name]


def where(error: BaseException, path: Path) -> str:
    """The end of an error's traceback; and the last line of the user's file that it passed, if any."""
    text = f"{type(error).__name__}: {error}" if str(error) else type(error).__name__
    line = line_of(error, path)
    return f"{text}\n  {line}" if line else text


def line_of(error: BaseException, path: Path) -> str:
    """The last line of the user's file that an error passed, with its place; empty if there is none."""
    places = [(frame.filename, frame.lineno, frame.line) for frame in traceback.extract_tb(error.__traceback__)]
    if isinstance(error, SyntaxError):
        places.append((error.filename or "", error.lineno, (error.text or "").strip()))
    own = [f"{path}:{number}: {line}" for file, number, line in places if Path(file).resolve() == path.resolve()]
    return own[-1] if own else ""


# --- what stands in it ----------------------------------------------------------------------------------


def own_values(module: ModuleType) -> list[tuple[str, Any]]:
    """What a module has in it and under which name, the first where there are several; in its order."""
    named = {id(value): name for name, value in reversed(vars(module).items())}
    return [(name, value) for name, value in vars(module).items() if named[id(value)] == name]


def value_named(module: ModuleType, name: str, path: Path) -> Any:
    """What a module calls ``name``; raises UserFileError, which says what is near, where there is no such name."""
    if name in vars(module):
        return vars(module)[name]
    close = get_close_matches(name, [known for known in vars(module) if not known.startswith("__")], n=3)
    hint = f"; did you mean {' or '.join(close)}?" if close else ""
    raise UserFileError(f"{path} has no {name!r}{hint}")


def lacks_of(name: str, value: Any) -> str:
    """What a Module or a class of them lacks to be checked; empty where that is nothing, and for functions."""
    is_class = isinstance(value, type)
    if not is_class and not isinstance(value, Module):
        return ""
    lacks = []
    if is_class and required(value):
        given = ", ".join(f"{argument}=..." for argument in required(value))
        made = f"{name.lower()} = {name}({given})"
        lacks.append(f"its constructor needs arguments: give them defaults, or put a module into the file, {made}")
    if inspect.getattr_static(value, "samples", None) is None:
        arrays = ", ".join("rng.normal(size=(4, 3))" for _ in required(value.forward, besides="self"))
        samples = f"lambda rng: ({arrays}{',' if arrays.count('rng') == 1 else ''})"
        to_class, to_file = (
            f"to the class: samples = staticmethod({samples})",
            f"to the file: {name}.samples = {samples}",
        )
        what = to_class if is_class else to_file
        lacks.append(f"it does not say what it may be called with: add, with arguments that fit, {what}")
    return "; and ".join(lacks)


def required(function: Callable[..., Any], besides: str = "") -> list[str]:
    """The arguments that a call must give by position or name."""
    kinds = (inspect.Parameter.VAR_POSITIONAL, inspect.Parameter.VAR_KEYWORD)
    parameters = inspect.signature(function).parameters.values()
    return [p.name for p in parameters if p.default is p.empty and p.kind not in kinds and p.name != besides]


def samples_of(module: Module) -> Any:
    """The module's ``samples`` as a function of a generator: a static method, a plain function, or a method."""
    own = inspect.getattr_static(module, "samples")
    return own if inspect.isfunction(own) and len(required(own)) == 1 else module.samples
