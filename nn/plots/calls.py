"""What the layers of a model make of images, for the pictures of them."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from difflib import get_close_matches
from typing import Any

import numpy as np

import autograd as ag
from nn.effects import unchanged
from nn.module import Module, in_use

Layers = str | Module | Sequence[str | Module]


def paths_of(function: str, model: Module, layers: Layers) -> list[str]:
    """The paths of layers that were named by their paths, or given themselves.

    Raises ArgumentError for a path that the model does not have, and for a layer that is not in it.

    >>> import nn
    >>> model = nn.Sequential(nn.Conv2d(1, 2, 3), nn.ReLU())
    >>> paths_of("plot_feature_maps", model, ["0", model[1]])
    ['0', '1']
    """
    named = dict(model.named_modules(remove_duplicate=False))
    paths = {module: path for path, module in model.named_modules()}
    found = []
    for layer in layers if isinstance(layers, Sequence) and not isinstance(layers, (str, Module)) else [layers]:
        path = paths.get(layer) if isinstance(layer, Module) else layer
        if not isinstance(path, str) or path not in named:
            what = f"the layer {type(layer).__name__}" if isinstance(layer, Module) else f"layer={layer!r}"
            near = get_close_matches(str(layer), named, 3) or [path for path in named if path][:10]
            raise ag.errors.ArgumentError(
                f"{function}: {what} is not a part of the model; give its path, such as {', '.join(map(repr, near))}."
            )
        found.append(path)
    return found


@contextmanager
def results_of(function: str, model: Module, paths: Sequence[str]) -> Iterator[dict[str, Any]]:
    """A block in which the model is in use, and what layers return in it: of each the last result, by its path.

    After the block the model is as it was before, however it ended.

    >>> import nn
    >>> model = nn.Sequential(nn.Linear(2, 3), nn.ReLU())
    >>> with results_of("plot", model, ["0"]) as results:
    ...     _ = model(ag.zeros(1, 2))
    >>> results["0"].shape
    (1, 3)
    """
    results: dict[str, Any] = {}

    def entering(path: str) -> Any:
        def see(module: Module, args: tuple[Any, ...], result: Any) -> None:
            results[path] = result[0] if isinstance(result, (tuple, list)) and result else result

        return see

    handles = [model.get_submodule(path).register_forward_hook(entering(path)) for path in paths]
    try:
        with in_use(model), unchanged(model):
            yield results
    finally:
        for handle in handles:
            handle.remove()


def result_at(function: str, results: Mapping[str, Any], path: str) -> ag.Tensor:
    """What the layer at a path returned; raises ArgumentError where it was not called, or returned no Tensor."""
    if not isinstance(results.get(path), ag.Tensor):
        got = f"returned a {type(results[path]).__name__}" if path in results else "was not called"
        raise ag.errors.ArgumentError(f"{function}: the layer {path!r} {got}; want one that computes a Tensor.")
    result: ag.Tensor = results[path]
    return result


def as_images(function: str, model: Module, images: Any) -> np.ndarray:
    """An image (channels, height, width), or several, as a batch of them in the model's dtype.

    Raises ShapeError for another number of axes.
    """
    array = np.asarray(ag.value_of(images))
    if array.ndim not in (3, 4) or not array.size:
        raise ag.errors.ShapeError(
            f"{function}: want an image (channels, height, width), or several of them with a first axis, got "
            f"{array.shape}. For a grey image without channels write image[np.newaxis]."
        )
    floats = [p.dtype for p in model.parameters() if p.dtype.kind == "f"]
    batch: np.ndarray = array if array.ndim == 4 else array[np.newaxis]
    return batch.astype(floats[0] if floats else ag.get_default_dtype())


def shown_image(image: np.ndarray) -> dict[str, Any]:
    """Arguments of ``imshow`` for an image (channels, height, width): in colours where there are three, else grey."""
    low, high = float(image.min()), float(image.max())
    if len(image) == 3:
        return {"X": np.moveaxis((image - low) / ((high - low) or 1.0), 0, -1)}
    return {"X": image.mean(axis=0), "cmap": "gray"}
