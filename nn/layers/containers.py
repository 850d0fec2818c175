"""Modules that hold modules."""

from __future__ import annotations

from collections import OrderedDict
from collections.abc import Iterator
from typing import Any, Self, overload

import numpy as np

from nn.layers.activations import Tanh
from nn.layers.linear import Linear
from nn.module import Example, Module

__all__ = ["Sequential"]


class Sequential(Module):
    """Modules called one after another, each with what the one before returned: (...) -> (...).

    Parameters
    ----------
    modules: modules, named ``"0"``, ``"1"``, ...; or one OrderedDict of names and modules.

    It has a length, is iterated over, indexed and sliced like a list; a slice shares the modules.

    Raises TypeError for what is no module, IndexError for a missing place.

    >>> import autograd as ag, nn
    >>> model = nn.Sequential(nn.Flatten(), nn.Linear(64, 10))
    >>> model(ag.zeros(32, 8, 8)).shape
    (32, 10)
    >>> model[1]
    Linear(in_features=64, out_features=10, bias=True)
    """

    def __init__(self, *modules: Module | OrderedDict[str, Module]) -> None:
        first = modules[0] if len(modules) == 1 else None
        parts: Any = first if isinstance(first, OrderedDict) else {str(i): part for i, part in enumerate(modules)}
        for name, module in parts.items():
            self.add_module(name, module)

    def forward(self, x: Any) -> Any:
        """What the last module returns."""
        for module in self:
            x = module(x)
        return x

    @staticmethod
    def examples(rng: np.random.Generator) -> Iterator[Example]:
        """Two layers with an activation between them."""
        yield Example(Sequential(Linear(3, 4, rng=rng), Tanh(), Linear(4, 2, rng=rng)), (rng.normal(size=(4, 3)),))

    def append(self, module: Module) -> Self:
        """Add a module at the end; returns the container.

        >>> import nn
        >>> len(nn.Sequential(nn.ReLU()).append(nn.Tanh()))
        2
        """
        self.add_module(str(len(self)), module)
        return self

    def __iter__(self) -> Iterator[Module]:
        return iter([value for value in self.__dict__.values() if isinstance(value, Module)])

    def __len__(self) -> int:
        return len(self._names())

    @overload
    def __getitem__(self, index: int) -> Module: ...
    @overload
    def __getitem__(self, index: slice) -> Sequential: ...
    def __getitem__(self, index: int | slice) -> Module:
        if isinstance(index, slice):
            return type(self)(OrderedDict((name, vars(self)[name]) for name in self._names()[index]))
        module: Module = vars(self)[self._name_at(index)]
        return module

    def __setitem__(self, index: int, module: Module) -> None:
        self.add_module(self._name_at(index), module)

    def __delitem__(self, index: int | slice) -> None:
        gone = self._names()[index] if isinstance(index, slice) else [self._name_at(index)]
        for name in gone:
            delattr(self, name)
        names = self._names()
        if all(name.isdigit() for name in names):  # numbers stay without gaps, as in PyTorch
            modules = list(self)
            for name in names:
                delattr(self, name)
            for module in modules:
                self.append(module)

    def _names(self) -> list[str]:
        return [name for name, value in self.__dict__.items() if isinstance(value, Module)]

    def _name_at(self, index: int) -> str:
        names = self._names()
        if not -len(names) <= index < len(names):
            raise IndexError(f"{type(self).__name__} of {len(names)} modules has none at {index}.")
        return names[index]
