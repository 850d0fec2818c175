"""One step of training under the magnifying glass: the hooks that gather its statistics."""

from __future__ import annotations

import math
from collections import Counter
from collections.abc import Callable
from dataclasses import replace
from typing import Any

import numpy as np

import autograd as ag
from nn.diagnostics.statistics import (
    RECTIFIERS,
    SIGMOIDS,
    TANHS,
    LayerStatistics,
    OutputStatistics,
    ParameterStatistics,
    StepStatistics,
    layer_statistics,
    moments,
    norm,
    sample_of,
)
from nn.module import Module

__all__ = ["Look"]

FUNCTIONS = tuple(name for name in (*RECTIFIERS, *TANHS, *SIGMOIDS) if name.islower())
ACTIVATIONS = (*RECTIFIERS, *TANHS, *SIGMOIDS, "LeakyReLU", "PReLU", "ELU", "SELU", "CELU", "GELU", "SiLU", "Mish")
PASSED_ON = ("reshape", "dropout", "max_pool", "transpose", "swapaxes", "flatten", "getitem")  # zeros stay zeros
SYMMETRIC = 1e-3  # units that differ by less, relative to their greatest weight, differ by rounding
CALLS = 8  # of one layer in a step that are looked at


class Look:
    """The statistics of one step in the making; `finish` gives them, and takes all hooks away.

    Parameters
    ----------
    model: that is about to be called.
    number: of the step.
    """

    def __init__(self, model: Module, number: int) -> None:
        self.number = number
        self.output: OutputStatistics | None = None
        self._input: tuple[float, float] | None = None
        self._layers: list[LayerStatistics] = []
        self._gradients: dict[int, float] = {}  # of results, by their place in the list
        self._of_parameters: dict[str, float] = {}
        self._calls: Counter[str] = Counter()
        self._seen: set[int] = set()  # numbers of the graph's nodes whose results are in the list
        self._channels_first = False
        self._named = list(model.named_parameters())
        self._before = [np.array(p.data) for _, p in self._named]
        self._handles = [
            module.register_forward_hook(self._watching(path))
            for path, module in model.named_modules()
            if type(module).__name__ in ACTIVATIONS or any(True for _ in module.named_parameters(recurse=False))
        ]
        self._removals = [p.register_hook(self._entering(path)) for path, p in self._named if p.requires_grad]

    def was_updated(self) -> bool:
        """Whether any parameter is another than it was before the step."""
        return any(not np.array_equal(p.data, old) for (_, p), old in zip(self._named, self._before, strict=True))

    def forward_done(self) -> None:
        """The model has been called: from here on only gradients are waited for."""
        for handle in self._handles:
            handle.remove()
        self._handles = []

    def remove(self) -> None:
        """Take all hooks away."""
        self.forward_done()
        for remove in self._removals:
            remove()
        self._removals = []

    def finish(self) -> StepStatistics:
        """The statistics; parameters are taken to be as the step has left them."""
        self.remove()
        layers = tuple(
            replace(layer, gradient=self._gradients.get(place, math.nan)) for place, layer in enumerate(self._layers)
        )
        return StepStatistics(self.number, layers, self._parameters(), self._input, self.output)

    # --- parameters -----------------------------------------------------------------------------------

    def _parameters(self) -> tuple[ParameterStatistics, ...]:
        updates = [
            norm(p.data - before) if p.shape == before.shape else math.nan
            for (_, p), before in zip(self._named, self._before, strict=True)
        ]
        was_updated = any(update > 0 or math.isnan(update) for update in updates)
        return tuple(
            ParameterStatistics(
                path,
                p.ndim,
                p.size,
                norm(before),
                self._of_parameters.get(path),
                update if was_updated else math.nan,
                _is_symmetric(p.data),
            )
            for (path, p), before, update in zip(self._named, self._before, updates, strict=True)
        )

    def _entering(self, path: str) -> Callable[[Any], None]:
        def see(gradient: Any) -> None:
            # Of several passes that add up, the root of the sum of squares: the passes' own sum is not seen here.
            self._of_parameters[path] = math.hypot(self._of_parameters.get(path, 0.0), norm(ag.value_of(gradient)))

        return see

    # --- layers ---------------------------------------------------------------------------------------

    def _watching(self, path: str) -> Callable[..., None]:
        def see(module: Module, args: tuple[Any, ...], output: Any) -> None:
            if not ag.is_grad_enabled():
                return
            result = output[0] if isinstance(output, tuple) and output else output
            own = dict(module.named_parameters(recurse=False))
            if own and args and isinstance(args[0], (ag.Tensor, np.ndarray)):
                self._see_input(path, args[0])
            if own:
                self._channels_first = "Conv" in type(module).__name__ or (
                    self._channels_first and max(p.ndim for p in own.values()) < 2  # BatchNorm keeps to what is there
                )
            if isinstance(result, ag.Tensor):
                self._enter(path, type(module).__name__, result, is_weighted=weighted(module))

        return see

    def _enter(self, path: str, kind: str, result: ag.Tensor, is_weighted: bool = False, node: Any = None) -> None:
        call = self._calls[path + kind]
        self._calls[path + kind] += 1
        if call >= CALLS or result.dtype.kind != "f":
            return
        place = len(self._layers)
        self._layers.append(
            layer_statistics(
                path, kind, call, result.data, is_weighted=is_weighted, channels_first=self._channels_first
            )
        )
        node = node or result.grad_fn
        if node is not None:
            self._seen.add(node.number)
            if is_weighted:
                result.register_hook(lambda gradient: self._gradients.__setitem__(place, norm(ag.value_of(gradient))))

    def _see_input(self, path: str, x: Any) -> None:
        """What a layer is given: the data, or the result of a function that is no layer, such as ``F.relu``."""
        array, node = ag.value_of(x), getattr(x, "grad_fn", None)
        if node is None:
            if not self._layers and self._input is None and array.dtype.kind == "f" and array.ndim > 1:
                self._input = moments(sample_of(array, array.ndim > 3))
            return
        hops = 0
        while node is not None and node.name not in FUNCTIONS and node.name.startswith(PASSED_ON) and hops < 4:
            node = node.inputs[0] if node.inputs else None
            node = node if hasattr(node, "name") and hasattr(node, "number") else None
            hops += 1
        if node is None or node.name not in FUNCTIONS or node.number in self._seen:
            return
        if not hops or node.name == "relu":
            self._enter(path, node.name, x, node=node)


def weighted(module: Module) -> bool:
    """Whether a layer multiplies what it is given by weights: what has a matrix, but for embeddings."""
    own = [p.ndim for _, p in module.named_parameters(recurse=False)]
    return bool(own) and max(own) > 1 and "Embedding" not in type(module).__name__


def _is_symmetric(array: np.ndarray) -> bool:
    """Whether all units of a matrix have the same weights."""
    if array.ndim < 2 or len(array) < 2 or array[0].size < 2:
        return False
    bound = SYMMETRIC * float(np.abs(array[0]).max())
    return all(float(np.abs(rows - array[0]).max()) <= bound for rows in (array[1], array[1:]))  # the second tells most
