"""Parts: the parameters, buffers and submodules among a module's attributes, found by their names."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping
from types import MappingProxyType
from typing import TYPE_CHECKING, Any, TypeGuard

import autograd as ag

if TYPE_CHECKING:
    from nn.module import Module


class Parameter(ag.Tensor):
    """A tensor that is learned: as an attribute of a `Module` it is one of the module's parameters.

    Parameters
    ----------
    data: array, Tensor, number or nested list of real numbers, of any shape; an array is shared, not copied.
    requires_grad: False for a parameter that is frozen.

    Raises DtypeError for integers with ``requires_grad``.

    >>> from nn import Parameter
    >>> Parameter([1.0, 2.0])
    Parameter([1., 2.], dtype=float32, requires_grad=True)
    """

    __slots__ = ()

    def __init__(self, data: Any, requires_grad: bool = True) -> None:
        super().__init__(data, requires_grad)


_ATTRIBUTES = " Parts are attributes: setattr and delattr change them; "
_INSTEAD = {  # what is written here for names of PyTorch's that have no other to be taken for
    "_modules": f"{_ATTRIBUTES}named_children() lists submodules.",
    "_parameters": f"{_ATTRIBUTES}named_parameters(recurse=False) lists parameters.",
    "_buffers": f"{_ATTRIBUTES}named_buffers(recurse=False) lists buffers.",
    "cuda": " Arrays lie in main memory: leave it out.",
    "half": " Parameters are float32 or float64: float(), double().",
    "bfloat16": " Parameters are float32 or float64: float(), double().",
    "type": " Write to(dtype), float() or double().",
}


class Parts:
    """What of `Module` is about its parts: entering them by name, finding them, and looking them up by path."""

    _name: str = ""  # below the module that calls it: the last one that it was made a part of
    _is_saved: Mapping[str, bool] = MappingProxyType({})  # name of a buffer -> whether it belongs to the state dict

    def _is_called(self) -> bool:
        """Whether it computes something, and does not only hold modules that others call."""
        raise NotImplementedError

    # --- attributes -----------------------------------------------------------------------------------

    def __setattr__(self, name: str, value: Any) -> None:
        before = self.__dict__.get(name)
        if value is not None and (before is not None or name in self._is_saved):
            self._check_replacement(name, before, value)
        if is_module(value):
            itself: Any = self
            if itself in value.modules():
                raise ag.errors.ArgumentError(
                    f"{type(self).__name__}.{name}: a module cannot be part of itself. To refer to the module above, "
                    f"hide it in a list: self.{name} = [module]."
                )
            value._rename(name if self._is_called() else _join(self._name, name))
        object.__setattr__(self, name, value)

    def _rename(self, name: str) -> None:
        """Take a name below the module that calls this one, and let the parts of one that is never called share it."""
        if not self._is_called():
            for part, child in self.named_children():
                child._rename(_join(name, part))
        object.__setattr__(self, "_name", name)

    def _check_replacement(self, name: str, before: Any, value: Any) -> None:
        """Raise TypeError if ``value`` would take a parameter, buffer or module silently out of the model."""
        kind: type
        if isinstance(before, Parameter):
            what, kind = "parameter", Parameter
            remedy = f"nn.Parameter(value), or write its values in place, {name}.data[...] = value"
        elif is_module(before):
            what, kind, remedy = "module", Parts, "another module"
        elif name in self._is_saved:
            what, kind, remedy = "buffer", ag.Tensor, "ag.tensor(value)"
        else:
            return
        if not isinstance(value, kind):
            raise TypeError(
                f"{type(self).__name__}.{name} is a {what}; a {type(value).__name__} in its place would take it out of "
                f"the model. Assign {remedy}; or None to remove it."
            )

    def __delattr__(self, name: str) -> None:
        if name in self._is_saved:
            others = {buffer: is_saved for buffer, is_saved in self._is_saved.items() if buffer != name}
            object.__setattr__(self, "_is_saved", others)
        object.__delattr__(self, name)

    def __getattr__(self, name: str) -> Any:
        """Called for a name that is not there: say which are."""
        if hasattr(type(self), name):  # a property whose own code failed: let its error through
            return object.__getattribute__(self, name)
        known = [] if name.startswith("__") else [known for known in dir(self) if not known.startswith("_")]
        remedy = _INSTEAD.get(name) or _did_you_mean(name, known)
        raise AttributeError(f"{type(self).__name__} has no attribute {name!r}.{remedy}")

    def register_buffer(self, name: str, tensor: Any, persistent: bool = True) -> None:
        """Make ``tensor`` an attribute that is part of the state but is not learned.

        Parameters
        ----------
        name: of the attribute; without dots.
        tensor: Tensor or array of any shape and dtype, or None for a place that is filled later.
        persistent: whether it is part of the state dict.

        Raises ArgumentError for a name that is taken or has a dot.

        >>> import numpy as np, nn
        >>> module = nn.Module()
        >>> module.register_buffer("steps", np.zeros(2))
        >>> module.steps
        Tensor([0., 0.], dtype=float64)
        """
        if name not in self._is_saved:
            self._check_new_name(name)
        object.__setattr__(self, "_is_saved", {**self._is_saved, name: persistent})
        setattr(self, name, tensor if tensor is None or isinstance(tensor, ag.Tensor) else ag.Tensor(tensor))

    def add_module(self, name: str, module: Module | None) -> None:
        """Make ``module`` the attribute ``name``, which may be a number as text, ``"0"``.

        Raises TypeError for what is no module, ArgumentError for a name that is taken or has a dot.

        >>> import nn
        >>> model = nn.Module()
        >>> model.add_module("first", nn.ReLU())
        >>> model.first
        ReLU()
        """
        if module is not None and not is_module(module):
            raise TypeError(f"{type(self).__name__}: {name!r} must be a module, {_not_a_module(module)}")
        if not is_module(self.__dict__.get(name)):
            self._check_new_name(name)
        setattr(self, name, module)

    def register_module(self, name: str, module: Module | None) -> None:
        """The same as `add_module`.

        >>> import nn
        >>> model = nn.Module()
        >>> model.register_module("first", nn.ReLU())
        >>> model.first
        ReLU()
        """
        self.add_module(name, module)

    def register_parameter(self, name: str, param: Parameter | None) -> None:
        """Make ``param`` the attribute ``name``; None for a place that is filled later.

        Raises TypeError for what is no Parameter, ArgumentError for a name that is taken or has a dot.

        >>> import nn
        >>> model = nn.Module()
        >>> model.register_parameter("scale", nn.Parameter([1.0]))
        >>> [name for name, _ in model.named_parameters()]
        ['scale']
        """
        if param is not None and not isinstance(param, Parameter):
            raise TypeError(
                f"{type(self).__name__}: {name!r} must be a parameter, not a {type(param).__name__}: write "
                "nn.Parameter(value)."
            )
        if not isinstance(self.__dict__.get(name), Parameter):
            self._check_new_name(name)
        setattr(self, name, param)

    def _check_new_name(self, name: str) -> None:
        if not isinstance(name, str) or not name or "." in name:
            raise ag.errors.ArgumentError(
                f"{type(self).__name__}: {name!r} is no name for a part: want text without dots."
            )
        if name in self.__dict__ or hasattr(type(self), name):
            raise ag.errors.ArgumentError(
                f"{type(self).__name__} has an attribute {name!r} already: choose another name."
            )

    # --- all parts -------------------------------------------------------------------------------------

    def named_children(self) -> Iterator[tuple[str, Module]]:
        """Names and modules of the direct submodules, each module once.

        >>> import nn
        >>> [name for name, child in nn.Sequential(nn.Linear(2, 3), nn.ReLU()).named_children()]
        ['0', '1']
        """
        seen = set()
        for name, value in vars(self).items():
            if is_module(value) and value not in seen:
                seen.add(value)
                yield name, value

    def children(self) -> Iterator[Module]:
        """The direct submodules.

        >>> import nn
        >>> list(nn.Sequential(nn.ReLU(), nn.Tanh()).children())
        [ReLU(), Tanh()]
        """
        return (child for _, child in self.named_children())

    def named_modules(self, prefix: str = "", remove_duplicate: bool = True) -> Iterator[tuple[str, Module]]:
        """Paths and modules of the module itself and all below it, parents first.

        Parameters
        ----------
        prefix: path of the module itself.
        remove_duplicate: whether a module with several places is given once, at its first.

        >>> import nn
        >>> model = nn.Sequential(nn.Sequential(nn.ReLU()), nn.Tanh())
        >>> [path for path, module in model.named_modules()]
        ['', '0', '0.0', '1']
        """
        seen = set()
        itself: Any = self
        stack: list[tuple[str, Module]] = [(prefix, itself)]
        while stack:
            path, module = stack.pop()
            if remove_duplicate and module in seen:
                continue
            seen.add(module)
            yield path, module
            parts = [(_join(path, name), value) for name, value in vars(module).items() if is_module(value)]
            stack += reversed(parts)

    def modules(self) -> Iterator[Module]:
        """The module itself and all below it, each once, parents first.

        >>> import nn
        >>> len(list(nn.Sequential(nn.ReLU(), nn.Tanh()).modules()))
        3
        """
        return (module for _, module in self.named_modules())

    def named_scopes(self) -> Iterator[tuple[str, Module]]:
        """The scope in which the graph of a call has each module's operations, and the module; parents first.

        A module has one name, the last one under which it was made a part of another: a part of two models has that
        scope in both.

        >>> import nn
        >>> model = nn.Sequential(nn.Sequential(nn.ReLU()), nn.Tanh())
        >>> [scope for scope, module in model.named_scopes()]
        ['Sequential', 'Sequential.0', 'Sequential.0.0', 'Sequential.1']
        """
        around: dict[str, str] = {}  # path of a module -> the scope in which its parts are called
        for path, module in self.named_modules(remove_duplicate=False):
            outer = around[path.rpartition(".")[0]] if path else ""
            scope = _join(outer, module._name or type(module).__name__)
            around[path] = scope if module._is_called() else outer
            yield scope, module

    def named_parameters(
        self, prefix: str = "", recurse: bool = True, remove_duplicate: bool = True
    ) -> Iterator[tuple[str, Parameter]]:
        """Paths and parameters, of the submodules too.

        Parameters
        ----------
        prefix: path of the module itself.
        recurse: whether those of submodules are given.
        remove_duplicate: whether a parameter with several places is given once, at its first.

        >>> import nn
        >>> [(path, p.shape) for path, p in nn.Sequential(nn.Linear(2, 3)).named_parameters()]
        [('0.weight', (3, 2)), ('0.bias', (3,))]
        """
        return self._named(Parts._own_parameters, prefix, recurse, remove_duplicate)

    def parameters(self, recurse: bool = True) -> Iterator[Parameter]:
        """The parameters, each once: what an optimizer is given.

        >>> import nn
        >>> sum(p.size for p in nn.Linear(2, 3).parameters())
        9
        """
        return (parameter for _, parameter in self.named_parameters(recurse=recurse))

    def named_buffers(
        self, prefix: str = "", recurse: bool = True, remove_duplicate: bool = True
    ) -> Iterator[tuple[str, ag.Tensor]]:
        """Paths and buffers, as `named_parameters` gives parameters.

        >>> import nn
        >>> list(nn.Linear(2, 3).named_buffers())
        []
        """
        return self._named(Parts._own_buffers, prefix, recurse, remove_duplicate)

    def buffers(self, recurse: bool = True) -> Iterator[ag.Tensor]:
        """The buffers, each once.

        >>> import nn
        >>> list(nn.Linear(2, 3).buffers())
        []
        """
        return (buffer for _, buffer in self.named_buffers(recurse=recurse))

    # --- one part, by its path ------------------------------------------------------------------------

    def get_submodule(self, target: str) -> Module:
        """The submodule at a path such as ``"encoder.2.conv1"``; the module itself for ``""``.

        Raises AttributeError where there is none; this and the next two name the closest path then.

        >>> import nn
        >>> nn.Sequential(nn.Sequential(nn.ReLU())).get_submodule("0.0")
        ReLU()
        """
        found: Module = self._at(target, "submodule", dict(self.named_modules(remove_duplicate=False)))
        return found

    def get_parameter(self, target: str) -> Parameter:
        """The parameter at a path such as ``"encoder.2.conv1.weight"``.

        >>> import nn
        >>> nn.Sequential(nn.Linear(2, 3)).get_parameter("0.weight").shape
        (3, 2)
        """
        found: Parameter = self._at(target, "parameter", dict(self.named_parameters(remove_duplicate=False)))
        return found

    def get_buffer(self, target: str) -> ag.Tensor:
        """The buffer at a path such as ``"encoder.2.norm.running_mean"``.

        >>> import numpy as np, nn
        >>> module = nn.Module()
        >>> module.register_buffer("steps", np.zeros(2))
        >>> module.get_buffer("steps").shape
        (2,)
        """
        found: ag.Tensor = self._at(target, "buffer", dict(self.named_buffers(remove_duplicate=False)))
        return found

    def _at(self, path: str, what: str, known: Mapping[str, Any]) -> Any:
        if path not in known:
            raise AttributeError(f"{type(self).__name__} has no {what} {path!r}.{_did_you_mean(path, known)}")
        return known[path]

    # --- what is a module's own -----------------------------------------------------------------------

    def _own_parameters(self) -> Iterator[tuple[str, Parameter]]:
        return ((name, value) for name, value in vars(self).items() if isinstance(value, Parameter))

    def _own_buffers(self) -> Iterator[tuple[str, ag.Tensor]]:
        return ((name, vars(self)[name]) for name in self._is_saved if vars(self).get(name) is not None)

    def _own_state(self) -> Iterator[tuple[str, ag.Tensor]]:
        yield from self._own_parameters()
        yield from ((name, buffer) for name, buffer in self._own_buffers() if self._is_saved[name])

    def _state(self) -> dict[str, ag.Tensor]:
        return dict(self._named(Parts._own_state, "", recurse=True, remove_duplicate=False))

    def _named(
        self,
        own: Callable[[Parts], Iterator[tuple[str, Any]]],
        prefix: str,
        recurse: bool,
        remove_duplicate: bool,
    ) -> Iterator[tuple[str, Any]]:
        seen = set()
        itself: Any = self
        for path, module in self.named_modules(prefix, remove_duplicate) if recurse else [(prefix, itself)]:
            for name, tensor in own(module):
                if not remove_duplicate or id(tensor) not in seen:
                    seen.add(id(tensor))
                    yield _join(path, name), tensor


def is_module(value: Any) -> TypeGuard[Module]:
    """Whether a value is a module, of which this file knows the parts alone."""
    return isinstance(value, Parts)


def _did_you_mean(name: str, known: Iterable[str]) -> str:
    """The end of a message about a name that is not there: the closest ones that are."""
    from difflib import get_close_matches

    close = get_close_matches(name, list(known), n=3)
    return f" Did you mean {' or '.join(map(repr, close))}?" if close else ""


def _join(path: str, name: str) -> str:
    return f"{path}.{name}" if path else name


def _not_a_module(value: Any) -> str:
    """The end of a message about something that is used as a module and is none."""
    if isinstance(value, type) and issubclass(value, Parts):
        return f"but it is the class {value.__name__}: write {value.__name__}()."
    if callable(value):
        name = getattr(value, "__name__", "a function")
        return f"but it is the function {name}: use a module that calls it, such as nn.ReLU() for relu."
    return f"not a {type(value).__name__}."
