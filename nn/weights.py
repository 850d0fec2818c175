"""Weights on disk, as safetensors: a format that holds arrays and text and runs nothing when it is read."""

from __future__ import annotations

import os
from collections.abc import Mapping

import numpy as np

import autograd as ag
from nn.module import Module


def save(model: Module, path: str | os.PathLike[str], metadata: Mapping[str, str] | None = None) -> None:
    """Write the model's state dict to a safetensors file.

    The file is written under another name and then renamed, so that at any moment ``path`` is a whole file:
    the new one or the one before.

    Parameters
    ----------
    path: of the file, in a folder that exists.
    metadata: text to keep beside the weights, by name.

    Raises OSError where the file cannot be written, TypeError for metadata other than text.

    >>> import nn, tempfile
    >>> model = nn.Linear(2, 3)
    >>> with tempfile.TemporaryDirectory() as folder:
    ...     nn.save(model, f"{folder}/model.safetensors", {"epoch": "7"})
    ...     nn.load_weights(model, f"{folder}/model.safetensors")
    {'epoch': '7'}
    """
    from safetensors.numpy import save as to_bytes

    for key, value in (metadata or {}).items():
        if not isinstance(key, str) or not isinstance(value, str):
            raise TypeError(f"save: metadata {key!r}: {value!r} is not text; write {str(key)!r}: {str(value)!r}.")
    # safetensors 0.8 writes arrays that are not contiguous wrongly, without an error
    arrays = {name: np.asarray(array, order="C") for name, array in model.state_dict().items()}
    content = to_bytes(arrays, dict(metadata or {}))
    ag.write_whole(path, content)


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
    from safetensors import SafetensorError, safe_open

    try:
        with safe_open(path, framework="numpy") as file:
            metadata = file.metadata() or {}
            state = {name: file.get_tensor(name) for name in file.keys()}  # noqa: SIM118 - no mapping
    except SafetensorError as error:
        raise ag.errors.ArgumentError(
            f"{os.fspath(path)} is no whole safetensors file ({error}); want one that nn.save wrote."
        ) from error
    model.load_state_dict(state, strict)
    return dict(metadata)
