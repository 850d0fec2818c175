"""Weights on disk, as safetensors: a format that holds arrays and text and runs nothing when it is read."""

from __future__ import annotations

import json
import os
from collections.abc import Mapping
from typing import Any

import numpy as np

import autograd as ag
from nn.module import Module


def save(model: Module, path: str | os.PathLike[str], metadata: Mapping[str, str] | None = None) -> None:
    """Write the model's state dict to a safetensors file.

    The file is written under another name and then renamed, so that at any moment ``path`` is a whole file:
    the new one or the one before. Of a model of `nn.models` it notes the name and the arguments, for `nn.load`.

    Parameters
    ----------
    path: of the file, in a folder that exists.
    metadata: text to keep beside the weights, by name.

    Raises OSError where the file cannot be written, TypeError for what is no module and for metadata other than text.

    >>> import nn, tempfile
    >>> model = nn.Linear(2, 3)
    >>> with tempfile.TemporaryDirectory() as folder:
    ...     nn.save(model, f"{folder}/model.safetensors", {"epoch": "7"})
    ...     nn.load_weights(model, f"{folder}/model.safetensors")
    {'epoch': '7'}
    """
    if isinstance(model, Mapping):
        raise TypeError(
            "save: want a module, nn.save(model, path), not a dict; load_weights reads it. What else a run has to know "
            "goes with it by nn.train.write_snapshot(folder, model, {'optimizer': optimizer.state_dict(), ...})."
        )
    for key, value in (metadata or {}).items():
        if not isinstance(key, str) or not isinstance(value, str):
            raise TypeError(f"save: metadata {key!r}: {value!r} is not text; write {str(key)!r}: {str(value)!r}.")
    save_arrays(model.state_dict(), path, {**_built_by(model), **(metadata or {})})


def save_arrays(
    arrays: Mapping[str, Any], path: str | os.PathLike[str], metadata: Mapping[str, str] | None = None
) -> None:
    """Write arrays to a safetensors file, whole or not at all."""
    from safetensors.numpy import save as to_bytes

    # safetensors 0.8 writes arrays that are not contiguous wrongly, without an error
    contiguous = {name: np.asarray(array, order="C") for name, array in arrays.items()}
    ag.write_whole(path, to_bytes(contiguous, dict(metadata) if metadata else None))


KINDS = {"BOOL", "U8", "I8", "U16", "I16", "U32", "I32", "U64", "I64", "F16", "F32", "F64"}  # as safetensors has them
BUILT_BY = "glassgrad.model"  # the entry of a file's metadata that says how its model was built


def _built_by(model: Module) -> dict[str, str]:
    """The metadata of a model that knows how it was built from numbers, text and layers' names; else nothing."""
    name, arguments = getattr(model, "built_by", (None, None))
    try:
        return {BUILT_BY: json.dumps({"model": name, "arguments": arguments}, default=_layer_name)} if name else {}
    except TypeError:
        return {}


def _layer_name(value: Any) -> str:
    if isinstance(value, type) and value.__module__.startswith("nn.layers."):
        return value.__name__
    raise TypeError(f"{value!r} is no number, text or layer")


def load_weights(model: Module, path: str | os.PathLike[str], strict: bool = True) -> dict[str, str]:
    """Read a safetensors file into the model, as `Module.load_state_dict` does; returns the file's metadata.

    Files of a PyTorch ``state_dict`` fit the same architecture.

    Parameters
    ----------
    path: of the file.
    strict: whether the file must have every entry of the model and no other.

    Raises OSError where the file cannot be read, ArgumentError where it is damaged or does not fit; the model
    is then unchanged.

    >>> import nn, tempfile
    >>> model, other = nn.Linear(2, 3), nn.Linear(2, 3)
    >>> with tempfile.TemporaryDirectory() as folder:
    ...     nn.save(model, f"{folder}/model.safetensors")
    ...     metadata = nn.load_weights(other, f"{folder}/model.safetensors")
    >>> bool((model.weight == other.weight).all())
    True
    """
    state, metadata = read_arrays(path)
    _check_kinds(path, model, state)
    model.load_state_dict(state, strict)
    return metadata


def read_arrays(path: str | os.PathLike[str]) -> tuple[dict[str, np.ndarray], dict[str, str]]:
    """The arrays of a safetensors file, and its metadata; raises OSError and ArgumentError as `load_weights` does."""
    from safetensors import SafetensorError

    try:
        with opened(path) as file:
            metadata = dict(file.metadata() or {})
            return {name: _read(path, file, name) for name in file.keys()}, metadata  # noqa: SIM118 - no mapping
    except SafetensorError as error:
        raise not_whole(path, error) from error


def opened(path: str | os.PathLike[str]) -> Any:
    """A safetensors file, for a with block; raises the OSError of a file that cannot be read."""
    from safetensors import safe_open

    with open(path, "rb"):  # of a file that may not be read, safetensors says that there is none
        return safe_open(path, framework="numpy")


def _check_kinds(path: str | os.PathLike[str], model: Module, state: Mapping[str, np.ndarray]) -> None:
    """Raise ArgumentError for whole numbers in the places of floats: such a file is quantized, or damaged."""
    for name, tensor in (*model.named_parameters(remove_duplicate=False), *model.named_buffers(remove_duplicate=False)):
        if name in state and tensor.dtype.kind == "f" and state[name].dtype.kind != "f":
            raise ag.errors.ArgumentError(
                f"{os.fspath(path)}: {name} is of {state[name].dtype} numbers, in the model of {tensor.dtype}. Weights "
                "that were quantized have to be made floats by their scales first; else the file is damaged."
            )


def _read(path: str | os.PathLike[str], file: Any, name: str) -> np.ndarray:
    """An entry of the file, if its numbers are of a kind that NumPy has."""
    kind = file.get_slice(name).get_dtype()
    if kind not in KINDS:
        raise ag.errors.ArgumentError(
            f"{os.fspath(path)}: {name} is of {kind} numbers, which NumPy does not have. Convert it where it was made "
            "and save it again; in PyTorch: {name: tensor.float() for name, tensor in state.items()}."
        )
    array: np.ndarray = file.get_tensor(name)
    return array


def not_whole(path: str | os.PathLike[str], error: Exception) -> ag.errors.ArgumentError:
    """The error of a file that is damaged or something else."""
    return ag.errors.ArgumentError(
        f"{os.fspath(path)} is no whole safetensors file ({error}); want one that nn.save wrote. A file of "
        "torch.save is made one in PyTorch: safetensors.torch.save_file(torch.load(path), 'model.safetensors')."
    )
