"""A model and its weights from one file."""

from __future__ import annotations

import json
import math
import os
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from typing import Any

import autograd as ag
from nn import init
from nn.models import MODELS
from nn.module import Module
from nn.weights import BUILT_BY, load_weights, not_whole, opened

MOST_LAYERS = 10_000


def load(path: str | os.PathLike[str]) -> Module:
    """The model of a safetensors file that `nn.save` wrote, its weights included, in the dtype that they have.

    The file names one of `nn.models` and its arguments, numbers and text, which are checked; nothing of it is
    executed. All other models are made by their own code and filled by `nn.load_weights`.

    Parameters
    ----------
    path: of the file.

    Raises OSError where the file cannot be read, ArgumentError where it is damaged, or names no model of `nn.models`
    that its weights fit.

    >>> import nn, tempfile
    >>> model = nn.models.lenet5(classes=4)
    >>> with tempfile.TemporaryDirectory() as folder:
    ...     nn.save(model, f"{folder}/model.safetensors")
    ...     again = nn.load(f"{folder}/model.safetensors")
    >>> again[-1]
    Linear(in_features=84, out_features=4, bias=True)
    """
    metadata, elements, dtype = _read_header(path)
    name, arguments = _built_by(path, metadata)
    _check_sizes(path, arguments, elements)
    try:
        with init.skipped(), _default(dtype):  # nothing is drawn, so memory that is not filled later is never touched
            model = MODELS[name](**arguments)
    except (TypeError, ValueError, MemoryError, ArithmeticError, AttributeError) as error:
        raise _refusal(path, f"{name}({_as_text(arguments)}) cannot be built, {_first_line(error)}") from error
    try:
        load_weights(model, path)
    except ag.errors.ArgumentError as error:
        raise _refusal(path, f"{name}({_as_text(arguments)}) does not fit its weights, {_first_line(error)}") from error
    return model


@contextmanager
def _default(dtype: str) -> Iterator[None]:
    """A block in which layers are made of this dtype."""
    before = ag.get_default_dtype()
    ag.set_default_dtype(dtype)
    try:
        yield
    finally:
        ag.set_default_dtype(before)


def _read_header(path: str | os.PathLike[str]) -> tuple[dict[str, str], int, str]:
    """The file's metadata, how many numbers it holds, and the dtype of those that are real."""
    from safetensors import SafetensorError

    try:
        with opened(path) as file:
            entries = [file.get_slice(key) for key in file.keys()]  # noqa: SIM118 - no mapping
            is_wide = any(entry.get_dtype() == "F64" for entry in entries)
            elements = sum(math.prod(entry.get_shape()) for entry in entries)
            return dict(file.metadata() or {}), elements, "float64" if is_wide else "float32"
    except SafetensorError as error:
        raise not_whole(path, error) from error


def _built_by(path: str | os.PathLike[str], metadata: Mapping[str, str]) -> tuple[str, dict[str, Any]]:
    """The builder's name and arguments, of which nothing is believed."""
    if BUILT_BY not in metadata:
        raise _refusal(path, "it does not say how its model was built, as those of nn.models do")
    try:
        record = json.loads(metadata[BUILT_BY])
        name, arguments = record["model"], record["arguments"]
    except (ValueError, TypeError, KeyError, RecursionError) as error:
        raise _refusal(path, f"its entry {BUILT_BY!r} is damaged") from error
    if not isinstance(arguments, dict):
        raise _refusal(path, f"its entry {BUILT_BY!r} is damaged")
    if not isinstance(name, str) or name not in MODELS:
        raise _refusal(path, f"it names the model {name!r}; known are {', '.join(MODELS)}")
    return name, arguments


def _check_sizes(path: str | os.PathLike[str], arguments: Mapping[str, Any], elements: int) -> None:
    """Raise ArgumentError for numbers that a model of so many weights cannot have."""
    most = max(MOST_LAYERS, elements)
    values = list(arguments.values())
    while values:
        value = values.pop()
        if isinstance(value, list) and len(value) <= MOST_LAYERS:
            values += value
        elif not isinstance(value, (str, bool, int, float, type(None))) or (
            isinstance(value, (int, float)) and not -most <= value <= most
        ):
            raise _refusal(path, f"its model's arguments, {_as_text(arguments)}, are too large for its weights")


def _first_line(error: Exception) -> str:
    return str(error).splitlines()[0].rstrip(".:") if str(error) else type(error).__name__


def _as_text(arguments: Mapping[str, Any]) -> str:
    text = ", ".join(f"{key}={value!r}" for key, value in arguments.items())
    return text if len(text) <= 200 else f"{text[:200]}..."


def _refusal(path: str | os.PathLike[str], problem: str) -> ag.errors.ArgumentError:
    return ag.errors.ArgumentError(
        f"nn.load cannot make the model of {os.fspath(path)}: {problem}. Make it by its own code, and fill it by "
        "nn.load_weights(model, path)."
    )
