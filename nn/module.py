"""Module: a part of a model, whose parameters, buffers and submodules are its attributes."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping
from contextlib import contextmanager
from types import MappingProxyType
from typing import Any, NamedTuple, Self

import numpy as np

import autograd as ag


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


class IncompatibleKeys(NamedTuple):
    """What `Module.load_state_dict` left out: entries that the model misses, and entries that it has no place for."""

    missing_keys: list[str]
    unexpected_keys: list[str]


class Example(NamedTuple):
    """A small module and what it may be called with.

    Attributes
    ----------
    module: the module.
    inputs: tuple of arrays and other arguments of a call; floats are float64 or float32 alike.
    batch_axis: the axis of inputs and results that may have the length 0, or None where there is no such axis.
    """

    module: Module
    inputs: tuple[Any, ...]
    batch_axis: int | None = 0


class Module:
    """A function with parameters, and a part of other such functions: subclass it and write ``forward``.

    Attributes that are Parameters or Modules are found by name, in the order of assignment; no call of
    ``super().__init__`` is needed for that. A tensor that is part of the state but is not learned, such as a
    running mean, is entered by ``register_buffer``. A call of the module calls ``forward`` in a scope of the
    graph that is named after the module, ``Sequential.0``.

    Attributes
    ----------
    training: whether layers behave as in training (see `train` and `eval`); True at first.

    >>> import autograd as ag, nn
    >>> class Shift(nn.Module):
    ...     def __init__(self):
    ...         self.by = nn.Parameter([0.0, 1.0])
    ...     def forward(self, x):
    ...         return x + self.by
    >>> shift = Shift()
    >>> shift(ag.zeros(2))
    Tensor([0., 1.], dtype=float32, grad_fn=add)
    >>> [name for name, parameter in shift.named_parameters()]
    ['by']
    """

    training: bool = True
    _name: str = ""  # below the module that calls it: the last one that it was made a part of
    _buffers: Mapping[str, bool] = MappingProxyType({})  # name -> whether it belongs to the state dict

    # --- calling --------------------------------------------------------------------------------------

    def __call__(self, *args: Any, **kwargs: Any) -> Any:
        """``forward`` of the same arguments, in the module's scope."""
        return ag.call_in_scope(self._name or self.__class__.__name__, self.forward, args, kwargs)

    def forward(self, *args: Any, **kwargs: Any) -> Any:
        """What the module computes; every subclass that is called has its own."""
        raise NotImplementedError(f"{type(self).__name__} has no forward method: define forward(self, x).")

    @staticmethod
    def examples(rng: np.random.Generator) -> Iterable[Example]:
        """Small modules of the class and inputs that fit them, drawn by ``rng``; a class of one's own may have none.

        Every public layer has some, and all that a layer has to keep to is tested on them.

        >>> import numpy as np, nn
        >>> example = next(iter(nn.Linear.examples(np.random.default_rng(0))))
        >>> example.module, example.inputs[0].shape
        (Linear(in_features=3, out_features=2, bias=True), (4, 3))
        """
        return ()

    # --- attributes -----------------------------------------------------------------------------------

    def __setattr__(self, name: str, value: Any) -> None:
        before = self.__dict__.get(name)
        if before is not None and value is not None:
            self._check_replacement(name, before, value)
        if isinstance(value, Module):
            if self in value.modules():
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

    def _is_called(self) -> bool:
        """Whether it computes something, and does not only hold modules that others call."""
        return type(self).forward is not Module.forward

    def _check_replacement(self, name: str, before: Any, value: Any) -> None:
        """Raise TypeError if ``value`` would take a parameter, buffer or module silently out of the model."""
        kind: type
        if isinstance(before, Parameter):
            what, kind = "parameter", Parameter
            remedy = f"nn.Parameter(value), or write its values in place, {name}.data[...] = value"
        elif isinstance(before, Module):
            what, kind, remedy = "module", Module, "another module"
        elif name in self._buffers:
            what, kind, remedy = "buffer", ag.Tensor, "ag.tensor(value)"
        else:
            return
        if not isinstance(value, kind):
            raise TypeError(
                f"{type(self).__name__}.{name} is a {what}; a {type(value).__name__} in its place would take it out of "
                f"the model. Assign {remedy}; or None to remove it."
            )

    def __getattr__(self, name: str) -> Any:
        """Called for a name that is not there: say which are."""
        if hasattr(type(self), name):  # a property whose own code failed: let its error through
            return object.__getattribute__(self, name)
        message = f"{type(self).__name__} has no attribute {name!r}."
        if not name.startswith("__"):
            from difflib import get_close_matches

            names = [known for known in dir(self) if not known.startswith("_")]
            close = get_close_matches(name, names, n=3)
            message += f" Did you mean {' or '.join(map(repr, close))}?" if close else ""
        raise AttributeError(message)

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
        if name not in self._buffers:
            self._check_new_name(name)
        object.__setattr__(self, "_buffers", {**self._buffers, name: persistent})
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
        if module is not None and not isinstance(module, Module):
            raise TypeError(f"{type(self).__name__}: {name!r} must be a module, {_not_a_module(module)}")
        if not isinstance(self.__dict__.get(name), Module):
            self._check_new_name(name)
        setattr(self, name, module)

    def _check_new_name(self, name: str) -> None:
        if not isinstance(name, str) or not name or "." in name:
            raise ag.errors.ArgumentError(
                f"{type(self).__name__}: {name!r} is no name for a part: want text without dots."
            )
        if name in self.__dict__ or hasattr(type(self), name):
            raise ag.errors.ArgumentError(
                f"{type(self).__name__} has an attribute {name!r} already: choose another name."
            )

    # --- parts ----------------------------------------------------------------------------------------

    def named_children(self) -> Iterator[tuple[str, Module]]:
        """Names and modules of the direct submodules, each module once.

        >>> import nn
        >>> [name for name, child in nn.Sequential(nn.Linear(2, 3), nn.ReLU()).named_children()]
        ['0', '1']
        """
        seen = set()
        for name, value in vars(self).items():
            if isinstance(value, Module) and value not in seen:
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
        stack: list[tuple[str, Module]] = [(prefix, self)]
        while stack:
            path, module = stack.pop()
            if remove_duplicate and module in seen:
                continue
            seen.add(module)
            yield path, module
            parts = [(_join(path, name), value) for name, value in vars(module).items() if isinstance(value, Module)]
            stack += reversed(parts)

    def modules(self) -> Iterator[Module]:
        """The module itself and all below it, each once, parents first.

        >>> import nn
        >>> len(list(nn.Sequential(nn.ReLU(), nn.Tanh()).modules()))
        3
        """
        return (module for _, module in self.named_modules())

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
        return self._named(Module._own_parameters, prefix, recurse, remove_duplicate)

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
        return self._named(Module._own_buffers, prefix, recurse, remove_duplicate)

    def buffers(self, recurse: bool = True) -> Iterator[ag.Tensor]:
        """The buffers, each once.

        >>> import nn
        >>> list(nn.Linear(2, 3).buffers())
        []
        """
        return (buffer for _, buffer in self.named_buffers(recurse=recurse))

    def _own_parameters(self) -> Iterator[tuple[str, Parameter]]:
        return ((name, value) for name, value in vars(self).items() if isinstance(value, Parameter))

    def _own_buffers(self) -> Iterator[tuple[str, ag.Tensor]]:
        return ((name, vars(self)[name]) for name in self._buffers if vars(self).get(name) is not None)

    def _own_state(self) -> Iterator[tuple[str, ag.Tensor]]:
        yield from self._own_parameters()
        yield from ((name, buffer) for name, buffer in self._own_buffers() if self._buffers[name])

    def _named(
        self,
        own: Callable[[Module], Iterator[tuple[str, Any]]],
        prefix: str,
        recurse: bool,
        remove_duplicate: bool,
    ) -> Iterator[tuple[str, Any]]:
        seen = set()
        for path, module in self.named_modules(prefix, remove_duplicate) if recurse else [(prefix, self)]:
            for name, tensor in own(module):
                if not remove_duplicate or id(tensor) not in seen:
                    seen.add(id(tensor))
                    yield _join(path, name), tensor

    # --- state ----------------------------------------------------------------------------------------

    def state_dict(self) -> dict[str, np.ndarray]:
        """A copy of every parameter and persistent buffer, by path.

        The arrays are contiguous and the caller's own: later training does not change them (in PyTorch it does).

        >>> import nn
        >>> {path: array.shape for path, array in nn.Sequential(nn.Linear(2, 3)).state_dict().items()}
        {'0.weight': (3, 2), '0.bias': (3,)}
        """
        return {path: np.array(tensor.data, order="C") for path, tensor in self._state().items()}

    def _state(self) -> dict[str, ag.Tensor]:
        return dict(self._named(Module._own_state, "", recurse=True, remove_duplicate=False))

    def load_state_dict(self, state_dict: Mapping[str, Any], strict: bool = True) -> IncompatibleKeys:
        """Copy values into the parameters and buffers, in place: optimizers and views see the new values.

        Parameters
        ----------
        state_dict: path -> array or Tensor of the same shape; floats are converted to the model's dtype.
        strict: whether every path must be there and no other.

        Returns the paths that were missing and unexpected, both empty if strict.

        Raises ArgumentError that lists all that does not fit, and then changes nothing. Shapes and kinds of
        numbers must fit even if not strict.

        >>> import nn
        >>> model, other = nn.Linear(2, 3), nn.Linear(2, 3)
        >>> model.load_state_dict(other.state_dict())
        IncompatibleKeys(missing_keys=[], unexpected_keys=[])
        """
        state = self._state()
        missing = [path for path in state if path not in state_dict]
        unexpected = [path for path in state_dict if path not in state]
        arrays = {path: np.asarray(ag.value_of(state_dict[path])) for path in state if path in state_dict}
        problems = [f"missing: {path}" for path in missing if strict]
        problems += [f"unexpected: {path}" for path in unexpected if strict]
        for path, array in arrays.items():
            tensor = state[path]
            if array.shape != tensor.shape:
                problems.append(f"wrong shape: {path} is {tensor.shape} in the model, {array.shape} in the state dict")
            elif not np.can_cast(array.dtype, tensor.dtype, "same_kind"):
                problems.append(f"wrong dtype: {path} is {tensor.dtype} in the model, {array.dtype} in the state dict")
        if problems:
            remedy = (
                "" if not strict or not (missing or unexpected) else " strict=False skips missing and unexpected ones."
            )
            raise ag.errors.ArgumentError(
                f"load_state_dict into {type(self).__name__}: {len(problems)} of its entries do not fit, so nothing "
                f"was changed.{remedy}\n  " + "\n  ".join(problems)
            )
        for path, array in arrays.items():
            target = state[path].data
            target[...] = array
            ag.mark_written(target)
        return IncompatibleKeys(missing, unexpected)

    @contextmanager
    def holding(self, tensors: Mapping[str, Any]) -> Iterator[None]:
        """A block in which the module holds other tensors in the places of its own parameters and buffers.

        Parameters
        ----------
        tensors: path -> Tensor or array of the same shape; a parameter that has several places is replaced in all.

        Raises ArgumentError for a path that the module does not have, and for a value of another shape.

        >>> import numpy as np, nn
        >>> layer = nn.Linear(2, 1)
        >>> with layer.holding({"weight": np.ones((1, 2)), "bias": np.zeros(1)}):
        ...     layer(np.array([[1.0, 2.0]]))
        Tensor([[3.]], dtype=float64)
        """
        own = {
            **dict(self.named_parameters(remove_duplicate=False)),
            **dict(self.named_buffers(remove_duplicate=False)),
        }
        replacements: dict[int, ag.Tensor] = {}
        for path, value in tensors.items():
            if path not in own:
                raise ag.errors.ArgumentError(
                    f"{type(self).__name__} has no parameter or buffer {path!r}; it has {', '.join(own)}."
                )
            tensor = value if isinstance(value, ag.Tensor) else ag.Tensor(value)
            if tensor.shape != own[path].shape:
                raise ag.errors.ShapeError(
                    f"{type(self).__name__}: {path} was given as {tensor.shape}; in the module its shape is "
                    f"{own[path].shape}."
                )
            replacements[id(own[path])] = tensor
        places = [
            (part, name, tensor)
            for part in self.modules()
            for name, tensor in vars(part).items()
            if id(tensor) in replacements
        ]
        try:
            for part, name, tensor in places:
                object.__setattr__(part, name, replacements[id(tensor)])
            yield
        finally:
            for part, name, tensor in places:
                object.__setattr__(part, name, tensor)

    # --- for all parts at once ------------------------------------------------------------------------

    def train(self, mode: bool = True) -> Self:
        """Let layers behave as in training (``Dropout`` drops), or not; returns the module.

        >>> import nn
        >>> nn.Dropout(0.5).train(False).training
        False
        """
        for module in self.modules():
            module.training = mode
        return self

    def eval(self) -> Self:
        """Let layers behave as in use, after training; returns the module. The same as ``train(False)``.

        >>> import nn
        >>> nn.Dropout(0.5).eval().training
        False
        """
        return self.train(False)

    def requires_grad_(self, requires_grad: bool = True) -> Self:
        """Freeze the parameters (False), or let them learn again (True); returns the module.

        >>> import nn
        >>> [p.requires_grad for p in nn.Linear(2, 3).requires_grad_(False).parameters()]
        [False, False]
        """
        for parameter in self.parameters():
            parameter.requires_grad_(requires_grad)
        return self

    def zero_grad(self, set_to_none: bool = True) -> None:
        """Forget the gradients of all parameters: they become None, or zeros if not ``set_to_none``.

        >>> import nn
        >>> nn.Linear(2, 3).zero_grad()
        """
        for parameter in self.parameters():
            forget_gradient(parameter, set_to_none)

    def apply(self, fn: Callable[[Module], Any]) -> Self:
        """Call ``fn(module)`` for every module, children before parents; returns the module.

        >>> import nn
        >>> _ = nn.Sequential(nn.ReLU(), nn.Tanh()).apply(lambda module: print(type(module).__name__))
        ReLU
        Tanh
        Sequential
        """
        for child in self.children():
            child.apply(fn)
        fn(self)
        return self

    def float(self) -> Self:
        """Make the model's real numbers float32; returns the module.

        >>> import nn
        >>> nn.Linear(2, 3, dtype="float64").float().weight.dtype
        dtype('float32')
        """
        return self._convert(np.float32)

    def double(self) -> Self:
        """Make the model's real numbers float64; returns the module. Give it float64 inputs from then on.

        >>> import nn
        >>> nn.Linear(2, 3).double().weight.dtype
        dtype('float64')
        """
        return self._convert(np.float64)

    def _convert(self, dtype: Any) -> Self:
        for tensor in (*self.parameters(), *self.buffers()):
            for part in (tensor, tensor.grad):
                if part is not None and part.dtype.kind == "f":
                    part.data = part.data.astype(dtype, copy=False)
        return self

    # --- looks ----------------------------------------------------------------------------------------

    def extra_repr(self) -> str:
        """What the repr says between the parentheses: a subclass's sizes and settings.

        >>> import nn
        >>> nn.Linear(2, 3).extra_repr()
        'in_features=2, out_features=3, bias=True'
        """
        return ""

    def __repr__(self) -> str:
        lines = [self.extra_repr()] if self.extra_repr() else []
        parts = [f"({name}): {value!r}" for name, value in vars(self).items() if isinstance(value, Module)]
        if not parts:
            return f"{type(self).__name__}({''.join(lines)})"
        body = "\n".join(lines + parts).replace("\n", "\n  ")
        return f"{type(self).__name__}(\n  {body}\n)"


def forget_gradient(parameter: ag.Tensor, set_to_none: bool) -> None:
    """Make a gradient None, or zeros of its own."""
    if set_to_none or parameter.grad is None:
        parameter.grad = None
    else:
        parameter.grad = ag.zeros_like(parameter.grad)


def _join(path: str, name: str) -> str:
    return f"{path}.{name}" if path else name


def _not_a_module(value: Any) -> str:
    """The end of a message about something that is used as a module and is none."""
    if isinstance(value, type) and issubclass(value, Module):
        return f"but it is the class {value.__name__}: write {value.__name__}()."
    if callable(value):
        name = getattr(value, "__name__", "a function")
        return f"but it is the function {name}: use a module that calls it, such as nn.ReLU() for relu."
    return f"not a {type(value).__name__}."
