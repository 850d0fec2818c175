"""Modules that hold modules or parameters, by number or by name."""

from __future__ import annotations

from collections import OrderedDict
from collections.abc import ItemsView, Iterable, Iterator, KeysView, Mapping, ValuesView
from itertools import groupby
from typing import Any, Generic, Self, TypeVar, overload

import numpy as np

import autograd as ag
from nn.layers.activations import Tanh
from nn.layers.linear import Linear
from nn.module import Example, Module, Parameter

__all__ = ["ModuleDict", "ModuleList", "ParameterDict", "ParameterList", "Sequential"]

Part = TypeVar("Part", Module, Parameter)
_NONE: Any = object()


# --- by number ------------------------------------------------------------------------------------------


class _Numbered(Module, Generic[Part]):
    """A list of parts that are attributes by their numbers as text, ``"0"``, ``"1"``, ..., which have no gaps."""

    _what: str  # the parts are

    def _enter(self, name: str, part: Any) -> None:
        """Make ``part`` the attribute ``name``; raises TypeError where it is of the wrong kind."""
        raise NotImplementedError

    def _parts(self) -> dict[str, Part]:
        """The parts by name, in order."""
        raise NotImplementedError

    def append(self, value: Any) -> Self:
        """Add a part at the end; returns the container.

        >>> import nn
        >>> len(nn.Sequential(nn.ReLU()).append(nn.Tanh()))
        2
        """
        number = len(self)
        while str(number) in self.__dict__:  # a slice of a Sequential keeps the names that it had
            number += 1
        self._enter(str(number), value)
        return self

    def extend(self, values: Iterable[Any]) -> Self:
        """Add parts at the end, in order; returns the container.

        >>> import nn
        >>> len(nn.Sequential(nn.ReLU()).extend([nn.Tanh(), nn.ReLU()]))
        3
        """
        for value in _sequence(self, values):
            self.append(value)
        return self

    def insert(self, index: int, value: Any) -> None:
        """Add a part before the one at ``index``, as a list does; the names of those behind it move up.

        >>> import nn
        >>> layers = nn.Sequential(nn.ReLU()); layers.insert(0, nn.Tanh()); layers[0]
        Tanh()
        """
        before = list(self._parts().items())
        self.append(value)  # which refuses what is no part
        before.insert(index, list(self._parts().items())[-1])
        self._arrange(before)

    def pop(self, index: int = -1) -> Part:
        """Take a part out, and return it.

        >>> import nn
        >>> nn.Sequential(nn.ReLU(), nn.Tanh()).pop()
        Tanh()
        """
        part = self[index]
        del self[index]
        return part

    def __iter__(self) -> Iterator[Part]:
        return iter(self._parts().values())

    def __len__(self) -> int:
        return len(self._parts())

    @overload
    def __getitem__(self, index: int) -> Part: ...
    @overload
    def __getitem__(self, index: slice) -> Self: ...
    def __getitem__(self, index: int | slice) -> Any:
        if isinstance(index, slice):
            return self._sharing(list(self._parts().items())[index])
        return self._parts()[self._name_at(index)]

    def __setitem__(self, index: int, value: Any) -> None:
        self._enter(self._name_at(index), value)

    def __delitem__(self, index: int | slice) -> None:
        for name in list(self._parts())[index] if isinstance(index, slice) else [self._name_at(index)]:
            delattr(self, name)
        self._arrange(list(self._parts().items()))

    def __iadd__(self, values: Iterable[Any]) -> Self:
        return self.extend(values)

    def __add__(self, values: Iterable[Any]) -> Self:
        both: list[Any] = [*self, *_sequence(self, values)]
        return self._sharing((str(i), part) for i, part in enumerate(both))

    def _arrange(self, items: list[tuple[str, Part]]) -> None:
        """Hold these parts in this order; where all names are numbers, they become 0, 1, ..."""
        are_numbers = all(name.isdigit() for name, _ in items)
        for name in self._parts():
            delattr(self, name)
        for number, (name, part) in enumerate(items):
            self._enter(str(number) if are_numbers else name, part)

    def _sharing(self, items: Iterable[tuple[str, Any]]) -> Self:
        """Another container of parts that stay at home in this one: their paths in the model do not change."""
        other = object.__new__(type(self))  # a subclass may have a constructor of its own
        vars(other).update(items)
        return other

    def _name_at(self, index: int) -> str:
        names = list(self._parts())
        if not -len(names) <= index < len(names):
            raise IndexError(f"{type(self).__name__} of {len(names)} {self._what} has none at {index}.")
        return names[index]


class _NumberedModules(_Numbered[Module]):
    """A list of modules."""

    _what = "modules"

    def _enter(self, name: str, part: Any) -> None:
        self.add_module(name, part)

    def _parts(self) -> dict[str, Module]:
        return {name: value for name, value in self.__dict__.items() if isinstance(value, Module)}


class Sequential(_NumberedModules):
    """Modules called one after another, each with what the one before returned: (...) -> (...).

    Parameters
    ----------
    modules: modules, named ``"0"``, ``"1"``, ...; or one OrderedDict of names and modules.

    It has a length, is iterated over, indexed and sliced like a list; a slice and a sum share the modules,
    as in PyTorch.

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

    def forward(self, input: Any) -> Any:
        """What the last module returns."""
        for part in tuple(self.__dict__.values()):
            if isinstance(part, Module):
                input = part(input)
        return input

    @staticmethod
    def examples(rng: np.random.Generator) -> Iterator[Example]:
        """Two layers with an activation between them."""
        yield Example(Sequential(Linear(3, 4, rng=rng), Tanh(), Linear(4, 2, rng=rng)), (rng.normal(size=(4, 3)),))


class ModuleList(_NumberedModules):
    """Modules in a list, for a ``forward`` of one's own to call: a plain list would hide their parameters.

    Parameters
    ----------
    modules: any number of modules, named ``"0"``, ``"1"``, ...; None for an empty list.

    It is indexed, sliced, added to and iterated over like a list; a slice and a sum share the modules. When one is
    taken out, the names of those behind it move down. As in PyTorch.

    Raises TypeError for what is no module, IndexError for a missing place.

    >>> import autograd as ag, nn
    >>> class Deep(nn.Module):
    ...     def __init__(self):
    ...         self.layers = nn.ModuleList(nn.Linear(8, 8) for _ in range(3))
    ...     def forward(self, x):                    # (batch, 8) -> (batch, 8)
    ...         for layer in self.layers:
    ...             x = ag.relu(layer(x))
    ...         return x
    >>> Deep()(ag.zeros(2, 8)).shape
    (2, 8)
    >>> [name for name, _ in Deep().named_parameters()][:2]
    ['layers.0.weight', 'layers.0.bias']
    """

    def __init__(self, modules: Iterable[Module] | None = None) -> None:
        self.extend(() if modules is None else modules)

    def _lines(self) -> list[str]:
        """Equal neighbours on one line, as in PyTorch."""
        runs = [[name for name, _ in run] for _, run in groupby(self._parts().items(), key=lambda item: repr(item[1]))]
        return [
            f"({run[0]}): {self._parts()[run[0]]!r}"
            if len(run) == 1
            else f"({run[0]}-{run[-1]}): {len(run)} x {self._parts()[run[0]]!r}"
            for run in runs
        ]


class ParameterList(_Numbered[Parameter]):
    """Parameters in a list: a plain list would hide them from the optimizer.

    Parameters
    ----------
    values: Parameters, or Tensors and arrays to make Parameters of, named ``"0"``, ``"1"``, ...; None for none.

    It is used like a `ModuleList`. Other values are refused (PyTorch takes them, but they are no parameters).

    Raises TypeError for what is neither Tensor nor array, IndexError for a missing place.

    >>> import autograd as ag, nn
    >>> scales = nn.ParameterList([ag.ones(2), ag.ones(3)])
    >>> scales
    ParameterList(
      (0): Parameter of shape (2,), float32
      (1): Parameter of shape (3,), float32
    )
    >>> scales[1]
    Parameter([1., 1., 1.], dtype=float32, requires_grad=True)
    """

    _what = "parameters"

    def __init__(self, values: Iterable[Any] | None = None) -> None:
        self.extend(() if values is None else values)

    def _enter(self, name: str, part: Any) -> None:
        self.register_parameter(name, _parameter(self, name, part))

    def _parts(self) -> dict[str, Parameter]:
        return dict(self._own_parameters())

    def _lines(self) -> list[str]:
        return _parameter_lines(self._parts())


# --- by name --------------------------------------------------------------------------------------------


class _Named(Module, Generic[Part]):
    """A dict of parts that are attributes by their names."""

    def _enter(self, name: str, part: Any) -> None:
        """Make ``part`` the attribute ``name``; raises TypeError where it is of the wrong kind."""
        raise NotImplementedError

    def _parts(self) -> dict[str, Part]:
        """The parts by name, in order."""
        raise NotImplementedError

    def __getitem__(self, key: str) -> Part:
        parts = self._parts()
        if key not in parts:
            raise KeyError(f"{type(self).__name__} has nothing at {key!r}; it has {', '.join(parts) or 'nothing'}.")
        return parts[key]

    def __setitem__(self, key: str, value: Any) -> None:
        self._enter(key, value)

    def __delitem__(self, key: str) -> None:
        self[key]  # raises the KeyError that says what is there
        delattr(self, key)

    def __iter__(self) -> Iterator[str]:
        return iter(self._parts())

    def __len__(self) -> int:
        return len(self._parts())

    def __contains__(self, key: object) -> bool:
        return key in self._parts()

    def keys(self) -> KeysView[str]:
        """The names.

        >>> import nn
        >>> list(nn.ModuleDict({"act": nn.ReLU()}).keys())
        ['act']
        """
        return self._parts().keys()

    def values(self) -> ValuesView[Part]:
        """The parts.

        >>> import nn
        >>> list(nn.ModuleDict({"act": nn.ReLU()}).values())
        [ReLU()]
        """
        return self._parts().values()

    def items(self) -> ItemsView[str, Part]:
        """Names and parts.

        >>> import nn
        >>> list(nn.ModuleDict({"act": nn.ReLU()}).items())
        [('act', ReLU())]
        """
        return self._parts().items()

    def get(self, key: str, default: Any = None) -> Any:
        """The part of a name, or ``default`` where there is none.

        >>> import nn
        >>> nn.ModuleDict({"act": nn.ReLU()}).get("act")
        ReLU()
        """
        return self._parts().get(key, default)

    def pop(self, key: str, default: Any = _NONE) -> Any:
        """Take a part out, and return it; ``default``, if given, where there is none.

        >>> import nn
        >>> nn.ModuleDict({"act": nn.ReLU()}).pop("act")
        ReLU()
        """
        if key not in self and default is not _NONE:
            return default
        part = self[key]
        del self[key]
        return part

    def clear(self) -> None:
        """Take all parts out.

        >>> import nn
        >>> parts = nn.ModuleDict({"act": nn.ReLU()}); parts.clear(); len(parts)
        0
        """
        for key in self._parts():
            del self[key]

    def update(self, values: Any) -> None:
        """Add parts, or replace those of the same names.

        Parameters
        ----------
        values: a mapping, or pairs of names and parts.

        >>> import nn
        >>> parts = nn.ModuleDict(); parts.update({"act": nn.ReLU()}); list(parts)
        ['act']
        """
        pairs = values.items() if isinstance(values, (Mapping, _Named)) else values
        for key, value in pairs:
            self[key] = value


class ModuleDict(_Named[Module]):
    """Modules by name, for a ``forward`` of one's own to call: a plain dict would hide their parameters.

    Parameters
    ----------
    modules: a mapping of names to modules, or pairs of them; None for none.

    It is used like a dict, in the order of insertion. A name has no dots, and is not that of a method, such as
    ``"keys"``. As in PyTorch.

    Raises TypeError for what is no module, ArgumentError for such names, KeyError for a name that is not there.

    >>> import autograd as ag, nn
    >>> heads = nn.ModuleDict({"digit": nn.Linear(8, 10), "parity": nn.Linear(8, 2)})
    >>> heads["parity"](ag.zeros(4, 8)).shape            # (batch, 8) -> (batch, 2)
    (4, 2)
    >>> [name for name, _ in heads.named_parameters()]
    ['digit.weight', 'digit.bias', 'parity.weight', 'parity.bias']
    """

    def __init__(self, modules: Any = None) -> None:
        self.update(() if modules is None else modules)

    def _enter(self, name: str, part: Any) -> None:
        self.add_module(name, part)

    def _parts(self) -> dict[str, Module]:
        return {name: value for name, value in self.__dict__.items() if isinstance(value, Module)}


class ParameterDict(_Named[Parameter]):
    """Parameters by name: a plain dict would hide them from the optimizer.

    Parameters
    ----------
    parameters: a mapping of names to Parameters, or to Tensors and arrays to make Parameters of, or pairs; None for
        none.

    It is used like a `ModuleDict`. Other values are refused (PyTorch takes them, but they are no parameters).

    Raises TypeError for what is neither Tensor nor array, ArgumentError for a name with dots or of a method, KeyError
    for a name that is not there.

    >>> import autograd as ag, nn
    >>> nn.ParameterDict({"scale": ag.ones(2), "shift": ag.zeros(2)})
    ParameterDict(
      (scale): Parameter of shape (2,), float32
      (shift): Parameter of shape (2,), float32
    )
    """

    def __init__(self, parameters: Any = None) -> None:
        self.update(() if parameters is None else parameters)

    def _enter(self, name: str, part: Any) -> None:
        self.register_parameter(name, _parameter(self, name, part))

    def _parts(self) -> dict[str, Parameter]:
        return dict(self._own_parameters())

    def _lines(self) -> list[str]:
        return _parameter_lines(self._parts())


# --- what they share ------------------------------------------------------------------------------------


def _sequence(container: Module, values: Any) -> list[Any]:
    """The parts in an iterable; raises TypeError that says to write a list for a single one."""
    if isinstance(values, (ag.Tensor, np.ndarray)) or not isinstance(values, Iterable):
        raise TypeError(
            f"{type(container).__name__}: want a list of parts, not a {type(values).__name__}; a single one is [part]."
        )
    return list(values)


def _parameter(container: Module, name: str, value: Any) -> Parameter:
    if isinstance(value, Parameter):
        return value
    if isinstance(value, (ag.Tensor, np.ndarray)):
        return Parameter(value)
    raise TypeError(
        f"{type(container).__name__}: {name!r} must be a Parameter, a Tensor or an array, not a {type(value).__name__}."
    )


def _parameter_lines(parts: Mapping[str, Parameter]) -> list[str]:
    return [f"({name}): Parameter of shape {p.shape}, {p.dtype}" for name, p in parts.items()]
