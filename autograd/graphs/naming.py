"""What snapshots know about tensors besides the graph: names, and the modules that they belong to."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import numpy as np

from autograd.errors import ArgumentError
from autograd.nodes import Node, owner
from autograd.tensors import Tensor


class Names:
    """Names of tensors and arrays, classes of modules, and the tensors that nodes were handed out in.

    >>> import autograd as ag
    >>> w, x = ag.tensor(1.0, requires_grad=True), np.ones(3)
    >>> names = Names({"w": w, "x": x, "_hidden": w})
    >>> names.of_node[w._node], names.of(x.reshape(1, 3))
    ('w', 'x')
    """

    def __init__(self, names: Any) -> None:
        self.of_node: dict[Node, str] = {}
        self.of_memory: dict[tuple[int, int], str] = {}
        self.owners: set[int] = set()  # ids of arrays that hold what has a name
        self.tensors: dict[Node, Tensor] = {}
        self.paths: dict[str, str] = {}  # class of a model, and the path of a module in it -> the module's class
        self.scopes: dict[str, str] = {}  # scope of a module's calls -> its class; empty where several share it
        self._places: dict[int, list[str]] = {}  # id of a module -> its paths in the model
        if names is not None:
            self.add_all(names)

    def add_all(self, names: Any) -> None:
        """Names of a Module's parameters, or those of a dict of variables, which may hold Modules."""
        if isinstance(names, Mapping):
            for name, value in names.items():
                if not str(name).startswith("_"):
                    self.add(str(name), value)
        elif is_module(names):
            self._add_module("", names)
        else:
            raise ArgumentError(f"graph: names is a Module or a dict of variables, not {type(names).__name__}.")

    def add(self, name: str, value: Any) -> None:
        """A name for a tensor, an array or a module's parameters; it keeps the name that it has already."""
        if isinstance(value, Tensor):
            if value._node is not None:
                self.of_node.setdefault(value._node, name)
                self.tensors.setdefault(value._node, value)
            else:
                self.add(name, value._array)
        elif isinstance(value, (np.ndarray, np.generic)):
            self.of_memory.setdefault(memory_of(value), name)
            if isinstance(value, np.ndarray):
                self.owners.add(id(owner(value)))
        elif is_module(value):
            self._add_module(f"{name}.", value)

    def add_called(self, module: Any) -> None:
        """Names of a model that was met when it was called."""
        self._add_module(f"{type(module).__name__}." if self._places else "", module)

    def _add_module(self, prefix: str, module: Any) -> None:
        for name, parameter in module.named_parameters():
            self.add(prefix + name, parameter)
        root = type(module).__name__
        for path, part in _all_modules(module):
            self._places.setdefault(id(part), []).append(path)
            self.paths.setdefault(f"{root}.{path}" if path else root, type(part).__name__)
        for scope, part in module.named_scopes() if hasattr(module, "named_scopes") else ():
            kind = type(part).__name__
            if self.scopes.setdefault(scope, kind) != kind:
                self.scopes[scope] = ""

    def knows(self, module: Any) -> bool:
        """Whether it is one of the models that were given, or a part of one."""
        return id(module) in self._places

    def place_of(self, module: Any, around: str | None) -> str:
        """A module's path in its model: of several, one below the path ``around`` if it has one."""
        places = self._places[id(module)]
        return next((place for place in places if around is not None and is_below(place, around)), places[0])

    def of(self, array: np.ndarray | np.generic) -> str:
        """The name of an array, also where it is seen in another shape; empty if it has none."""
        return self.of_memory.get(memory_of(array), "")


def _all_modules(module: Any) -> list[tuple[str, Any]]:
    """All paths in a model, of a part that has several all of them."""
    try:
        return list(module.named_modules(remove_duplicate=False))
    except TypeError:  # a model of another kind
        return list(module.named_modules())


def is_below(path: str, outer: str) -> bool:
    """Whether a path in a model is below another one.

    >>> is_below("layers.0", "layers"), is_below("layers.0", ""), is_below("layers2", "layers")
    (True, True, False)
    """
    return path.startswith(f"{outer}.") if outer else bool(path)


def is_module(value: Any) -> bool:
    """Whether it is an instance of what names its parameters, as nn.Module does."""
    return hasattr(value, "named_parameters") and not isinstance(value, type)


def memory_of(array: np.ndarray | np.generic) -> tuple[int, int]:
    """What an array's values lie in: the same for a reshaped view, another one for a part."""
    place = array.__array_interface__["data"][0] if isinstance(array, np.ndarray) else id(array)
    return place, array.nbytes


# --- scopes ---------------------------------------------------------------------------------------------


def enclosing(scope: str) -> list[str]:
    """A scope and those around it, from the outside in.

    Parameters
    ----------
    scope: a path with dots, of which nothing is checked; of an empty one the result is empty. No errors are raised.

    >>> enclosing("model.0")
    ['model', 'model.0']
    """
    parts = scope.split(".") if scope else []
    return [path for depth in range(len(parts)) if (path := ".".join(parts[: depth + 1]))]


def common_scope(scope: str, other: str) -> str:
    """The innermost scope around both.

    >>> common_scope("model.0.linear", "model.0.norm")
    'model.0'
    """
    if scope == other:
        return scope
    same = [a for a, b in zip(enclosing(scope), enclosing(other), strict=False) if a == b]
    return same[-1] if same else ""


CALL = "@"  # before the number of a module's call, where there are several


def without_calls(scope: str) -> str:
    """The module's path, whichever of its calls it is.

    Parameters
    ----------
    scope: a path with dots, as a node of a `Graph` has it. No errors are raised.

    >>> without_calls("Net.cell@2.linear")
    'Net.cell.linear'
    """
    if CALL not in scope:
        return scope
    return ".".join([part.partition(CALL)[0] for part in scope.split(".")])
