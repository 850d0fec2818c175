"""Where values outside of the graph came from: tensors by identity, arrays by their memory, floats by identity."""

from __future__ import annotations

import weakref
from typing import Any

import numpy as np
from numpy.lib.array_utils import byte_bounds

from autograd.nodes import owner
from autograd.tensors import Tensor

_FLOATS = 1000  # that are remembered; they cannot be referred to weakly


class Origins:
    """Which operation a tensor without a node, an array or a float came from; it keeps no array alive.

    >>> origins, x = Origins(), np.arange(4.0)
    >>> origins.enter(x[:2], 7)
    >>> origins.find(x[1:3]), origins.find(x[2:])
    (7, None)
    """

    def __init__(self) -> None:
        self._tensors: dict[int, tuple[Any, int]] = {}  # id -> (weak reference, operation)
        self._arrays: dict[int, tuple[Any, dict[tuple[int, int], tuple[int, Any]]]] = {}  # by the owner's id
        self._floats: dict[int, tuple[float, int]] = {}
        self._room = 1000  # entries to have before looking for those whose values are gone

    def enter(self, value: Any, operation: int, tensor: Tensor | None = None) -> None:
        """Note that ``value`` came from ``operation``, and whether it lies in the memory of ``tensor``."""
        if len(self._tensors) + len(self._arrays) > self._room:
            self._tensors = {key: entry for key, entry in self._tensors.items() if entry[0]() is not None}
            self._arrays = {key: entry for key, entry in self._arrays.items() if entry[0]() is not None}
            self._room = 2 * (len(self._tensors) + len(self._arrays)) + 1000
        if isinstance(value, Tensor):
            self._tensors[id(value)] = (weakref.ref(value), operation)
        elif isinstance(value, np.ndarray):
            self._enter_array(value, operation, tensor)
        elif isinstance(value, float):
            while len(self._floats) >= _FLOATS:
                del self._floats[next(iter(self._floats))]
            self._floats[id(value)] = (value, operation)
        elif isinstance(value, list) and value:
            for item in value[:_FLOATS]:
                self.enter(item, operation)

    def _enter_array(self, array: np.ndarray, operation: int, tensor: Tensor | None) -> None:
        base = owner(array)
        known = self._arrays.get(id(base))
        if known is None or known[0]() is not base:
            known = self._arrays[id(base)] = (weakref.ref(base), {})
        known[1][byte_bounds(array)] = (operation, None if tensor is None else weakref.ref(tensor))

    def find(self, value: Any) -> int | None:
        """The operation that ``value`` came from; None where it is not known."""
        if isinstance(value, Tensor):
            known = self._tensors.get(id(value))
            is_known = known is not None and known[0]() is value
            return known[1] if known is not None and is_known else self._find_array(value._array, value)
        if isinstance(value, np.ndarray):
            return self._find_array(value, None)
        while isinstance(value, (list, tuple)) and value:
            value = value[0]
        number = self._floats.get(id(value))
        return number[1] if number is not None else None

    def _find_array(self, array: Any, tensor: Tensor | None) -> int | None:
        base = owner(array) if isinstance(array, np.ndarray) else None
        known = self._arrays.get(id(base))
        if known is None or known[0]() is not base:
            return None
        low, high = byte_bounds(array)
        for (start, end), (operation, holder) in reversed(known[1].items()):
            if low < end and start < high and (tensor is None or holder is None or holder() is not tensor):
                return operation
        return None
