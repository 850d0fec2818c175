"""What ``glassgrad graph FILE.py:NAME`` draws: what the name stands for, called or fed as that needs."""

from __future__ import annotations

import inspect
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from types import ModuleType
from typing import Any

import numpy as np

import autograd as ag
import nn
from nn.commands import runs
from nn.user_files import (
    UserFileError,
    imported,
    lacks_of,
    line_of,
    own_values,
    parsed,
    required,
    samples_of,
    value_named,
    where,
)

WHAT_COUNTS = (
    "a function without parameters that returns a Tensor, a list of Tensors, an ag.Graph, or a model and its inputs, "
    "as in `return model, x`; or an nn.Module with samples"
)


def graph_of(target: str, seed: int, gradients: bool, timed: int) -> ag.Graph:
    """The snapshot of what a file calls by a name, or of the only thing in it that can be drawn.

    Parameters
    ----------
    target: path of a Python file, and after a colon the name.
    seed: random numbers follow from it, those that the file draws when it is imported too.
    gradients, timed: as for `ag.graph`.

    Raises BadArgumentsError for what cannot be drawn, FailedError where the user's own lines raise an error.
    """
    try:
        path, name = parsed(target)
        ag.manual_seed(seed)
        with imported(path) as module:
            name = name or _only_candidate(module, path)
            value = value_named(module, name, path)
            with _blaming(name, path):
                return _Subject(name, dict(vars(module)), seed, gradients, timed).graph(value)
    except UserFileError as error:
        raise runs.bad("graph", error) from error


@contextmanager
def _blaming(name: str, path: Path) -> Iterator[None]:
    """A block whose errors are said in a line or two: of the user's code with the line, of ours alone what is wrong."""
    try:
        yield
    except (UserFileError, runs.FailedError):
        raise
    except (Exception, SystemExit) as error:
        if isinstance(error, ag.errors.GlassgradError) and not line_of(error, path):
            raise runs.bad("graph", f"{path}:{name}: {error}") from error
        raise runs.FailedError(f"glassgrad graph: {path}:{name} raised {where(error, path)}") from error


# --- what can be drawn ----------------------------------------------------------------------------------


def _only_candidate(module: ModuleType, path: Path) -> str:
    found = candidates(module)
    if len(found) == 1:
        return found[0]
    if found:
        raise UserFileError(f"{path} has {', '.join(found)}; say which, as in {path}:{found[-1]}")
    modules = [(name, value) for name, value in own_values(module) if _is_own_module(module, value)]
    lacks = "".join(f". {name}: {lacks_of(name, value)}" for name, value in modules[:1])
    raise UserFileError(f"{path} defines nothing to draw: want {WHAT_COUNTS}{lacks}")


def candidates(module: ModuleType) -> list[str]:
    """The names of what a module defines itself that can be drawn; in its order.

    >>> import nn.layers.linear
    >>> candidates(nn.layers.linear)
    ['Identity', 'Linear', 'Bilinear']
    """
    return [
        name for name, value in own_values(module) if not name.startswith("_") and _is_candidate(module, name, value)
    ]


def _is_candidate(module: ModuleType, name: str, value: Any) -> bool:
    if inspect.isfunction(value):
        return value.__module__ == module.__name__ and not required(value)
    if _is_own_module(module, value):
        return _has_examples(value) or not lacks_of(name, value)
    return isinstance(value, ag.Graph) or (isinstance(value, ag.Tensor) and not value.is_leaf)


def _is_own_module(module: ModuleType, value: Any) -> bool:
    if isinstance(value, type):
        return issubclass(value, nn.Module) and value.__module__ == module.__name__
    return isinstance(value, nn.Module)


def _has_examples(value: Any) -> bool:
    """Whether it is a class of Modules that makes some itself."""
    return isinstance(value, type) and issubclass(value, nn.Module) and value.examples is not nn.Module.examples


# --- drawing it -----------------------------------------------------------------------------------------


@dataclass(frozen=True)
class _Subject:
    """What a file calls ``name``; ``variables`` are all that it has."""

    name: str
    variables: dict[str, Any]
    seed: int
    gradients: bool
    timed: int

    def graph(self, value: Any) -> ag.Graph:
        """The snapshot of a value of any of the kinds that count."""
        if isinstance(value, nn.Module) or (isinstance(value, type) and issubclass(value, nn.Module)):
            model, inputs = self._fed(value)
            return self._taken(model, *inputs)
        if callable(value) and not isinstance(value, type):
            return self._called(value)
        return self._returned(value)

    def _taken(self, subject: Any, *given: Any, **names: Any) -> ag.Graph:
        return ag.graph(subject, *given, gradients=self.gradients, timed=self.timed, **names)

    def _called(self, function: Any) -> ag.Graph:
        """The snapshot of a call: of all that it computes, if it returns Tensors, else of what it returns."""
        if missing := required(function):
            raise UserFileError(
                f"{self.name} is not called without {', '.join(missing)}; want a function without parameters"
            )

        def call() -> Any:
            value = function()
            if not _are_tensors(value):
                raise _OtherValue(value)
            return value

        try:
            return self._taken(call, names=self.variables)
        except _OtherValue as other:
            return self._returned(other.value)

    def _returned(self, value: Any) -> ag.Graph:
        if isinstance(value, ag.Graph):
            return value
        if _are_tensors(value):
            return self._taken(value if isinstance(value, ag.Tensor) else list(value), names=self.variables)
        if isinstance(value, tuple) and value and (callable(value[0]) or _are_tensors(value[0])):
            return self._taken(*value)
        is_large = isinstance(value, (dict, list, tuple, set, nn.Module))
        given = f"a {type(value).__name__}" if is_large else ag.errors.describe(value)
        raise UserFileError(f"{self.name} gives {given}; want {WHAT_COUNTS}")

    def _fed(self, value: Any) -> tuple[nn.Module, tuple[Any, ...]]:
        """A Module, made if it is a class, and arguments for it, as `glassgrad check` makes them."""
        rng = np.random.default_rng(self.seed)
        if _has_examples(value):
            model, inputs, _ = next(iter(value.examples(rng)))
        else:
            if lacks := lacks_of(self.name, value):
                raise UserFileError(
                    f"{self.name}: {lacks}; or name a function without parameters that returns (model, *inputs)"
                )
            model = value() if isinstance(value, type) else value
            inputs = samples_of(model)(rng)
        dtypes = [parameter.dtype for parameter in model.parameters() if parameter.dtype.kind == "f"]
        given = inputs if isinstance(inputs, tuple) else (inputs,)
        return model, _in_dtype(given, (dtypes or [ag.get_default_dtype()])[0])


class _OtherValue(Exception):
    """A call that was to be drawn has returned something else than Tensors."""

    def __init__(self, value: Any) -> None:
        self.value = value


def _are_tensors(value: Any) -> bool:
    """Whether it is a Tensor, or a list or tuple of Tensors alone."""
    parts = value if isinstance(value, (list, tuple)) else [value]
    return bool(parts) and all(isinstance(part, ag.Tensor) for part in parts)


def _in_dtype(value: Any, dtype: Any) -> Any:
    """Arrays of floats, also in tuples and lists, as the parameters are; anything else as it is."""
    if type(value) in (tuple, list):
        return type(value)([_in_dtype(part, dtype) for part in value])
    is_real = isinstance(value, (np.ndarray, np.generic)) and value.dtype.kind == "f"
    return value.astype(dtype) if is_real else value
