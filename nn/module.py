"""Module: a part of a model, whose parameters, buffers and submodules are its attributes."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping
from contextlib import AbstractContextManager, contextmanager, suppress
from typing import Any, NamedTuple, Self

import numpy as np

import autograd as ag
from nn.effects import unchanged
from nn.hooks import Hook, Hooks, RemovableHandle
from nn.parts import Parameter as Parameter
from nn.parts import Parts
from nn.states import IncompatibleKeys as IncompatibleKeys
from nn.states import load


class Example(NamedTuple):
    """A small module and what it may be called with.

    Attributes
    ----------
    module: the module.
    inputs: tuple of arrays and other arguments of a call; floats are float64 or float32 alike.
    batch_axis: the axis of inputs and results that may have the length 0, or None where there is no such axis.

    >>> import numpy as np, nn
    >>> example = next(iter(nn.ReLU.examples(np.random.default_rng(0))))
    >>> example.module, example.module(*example.inputs).shape, example.batch_axis
    (ReLU(), (4, 3), 0)
    """

    module: Module
    inputs: tuple[Any, ...]
    batch_axis: int | None = 0


class Module(Parts):
    """A function with parameters, and a part of other such functions: subclass it and write ``forward``.

    Attributes that are Parameters or Modules are found by name, in the order of assignment; no call of
    ``super().__init__`` is needed for that. A tensor that is part of the state but is not learned, such as a
    running mean, is entered by ``register_buffer``. A call of the module calls ``forward`` in a scope of the
    graph that is named after the module, ``Sequential.0``. What shapes go in and come out, ``forward`` says: in the
    example (..., 2) -> (..., 2). Like PyTorch's.

    Raises NotImplementedError, when called, for a class without ``forward``.

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
    _hooks: Hooks | None = None

    # --- calling --------------------------------------------------------------------------------------

    def __call__(self, *args: Any, **kwargs: Any) -> Any:
        """``forward`` of the same arguments, in the module's scope, with its hooks."""
        name = self._name or self.__class__.__name__
        if self._hooks is None:
            return ag.call_in_scope(name, self.forward, args, kwargs)
        return ag.call_in_scope(name, self._hooks.call, (self, args, kwargs), {})

    def forward(self, *args: Any, **kwargs: Any) -> Any:
        """What the module computes; every subclass that is called has its own."""
        raise NotImplementedError(f"{type(self).__name__} has no forward method: define forward(self, x).")

    def _is_called(self) -> bool:
        return type(self).forward is not Module.forward

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

    # --- hooks ----------------------------------------------------------------------------------------

    def register_forward_pre_hook(
        self, hook: Callable[..., Any], *, prepend: bool = False, with_kwargs: bool = False
    ) -> RemovableHandle:
        """Call ``hook(module, args)`` before every `forward`; what it returns replaces the arguments, if not None.

        Parameters
        ----------
        hook: returns None, a tuple of positional arguments, or the only one.
        prepend: whether it is called before hooks that are there already.
        with_kwargs: call ``hook(module, args, kwargs)``; it returns None or ``(args, kwargs)``.

        Returns a handle: ``handle.remove()`` takes the hook away, as the end of ``with handle:`` does.

        >>> import autograd as ag, nn
        >>> layer = nn.ReLU()
        >>> handle = layer.register_forward_pre_hook(lambda module, args: args[0] - 1)
        >>> layer(ag.tensor([1.0, 2.0]))
        Tensor([0., 1.], dtype=float32)
        """
        return self._register("forward_pre", Hook(hook, with_kwargs), prepend)

    def register_forward_hook(
        self, hook: Callable[..., Any], *, prepend: bool = False, with_kwargs: bool = False
    ) -> RemovableHandle:
        """Call ``hook(module, args, output)`` after every `forward`; what it returns replaces the output, if not None.

        Parameters
        ----------
        hook: returns None or another output.
        prepend: whether it is called before hooks that are there already.
        with_kwargs: call ``hook(module, args, kwargs, output)``.

        Returns a handle, as `register_forward_pre_hook` does.

        >>> import autograd as ag, nn
        >>> model = nn.Sequential(nn.Linear(3, 4), nn.ReLU())
        >>> with model[0].register_forward_hook(lambda module, args, output: print(output.shape)):
        ...     _ = model(ag.zeros(5, 3))
        (5, 4)
        """
        return self._register("forward", Hook(hook, with_kwargs), prepend)

    def register_full_backward_pre_hook(self, hook: Callable[..., Any], prepend: bool = False) -> RemovableHandle:
        """Call ``hook(module, grad_output)`` in every backward pass, when the gradients of the outputs are there.

        Parameters
        ----------
        hook: is given a tuple with a Tensor for each output, or None for one that needs no gradient, and returns
            None or another such tuple to go on with. An output that was not used has zeros (None in PyTorch).
        prepend: whether it is called before hooks that are there already.

        Returns a handle, as `register_forward_pre_hook` does. Raises TypeError, when the module is called, for a
        result other than a Tensor or a tuple or list; ShapeError, in the pass, for a replacement that does not fit.

        >>> import autograd as ag, nn
        >>> layer, x = nn.ReLU(), ag.ones(2, requires_grad=True)
        >>> handle = layer.register_full_backward_pre_hook(lambda module, grad_output: (grad_output[0] * 10,))
        >>> layer(x).sum().backward(); x.grad
        Tensor([10., 10.], dtype=float32)
        """
        return self._register("backward_pre", Hook(hook), prepend)

    def register_full_backward_hook(self, hook: Callable[..., Any], prepend: bool = False) -> RemovableHandle:
        """Call ``hook(module, grad_input, grad_output)`` in every backward pass, when the inputs' gradients are there.

        Once for each call of the module, when the gradients of all inputs are complete; right after those of the
        outputs where no input needs one. Inputs given by keyword are not seen. As in PyTorch.

        Parameters
        ----------
        hook: is given tuples with a Tensor for each positional argument and each output, or None for one that needs
            no gradient, and returns None or another ``grad_input``.
        prepend: whether it is called before hooks that are there already.

        Returns and raises what `register_full_backward_pre_hook` does.

        >>> import autograd as ag, nn
        >>> layer, x = nn.ReLU(), ag.tensor([-1.0, 2.0], requires_grad=True)
        >>> handle = layer.register_full_backward_hook(lambda module, grad_input, grad_output: print(grad_input))
        >>> layer(x).sum().backward()
        (Tensor([0., 1.], dtype=float32),)
        """
        return self._register("backward", Hook(hook), prepend)

    def _register(self, kind: str, hook: Hook, prepend: bool) -> RemovableHandle:
        if not callable(hook.function):
            raise TypeError(f"{type(self).__name__}: a hook is a function, not a {type(hook.function).__name__}.")
        if self._hooks is None:
            object.__setattr__(self, "_hooks", Hooks())
        assert self._hooks is not None
        return self._hooks.add(self, kind, hook, prepend)

    # --- state ----------------------------------------------------------------------------------------

    def state_dict(self) -> dict[str, np.ndarray]:
        """A copy of every parameter and persistent buffer, by path.

        The arrays are contiguous and the caller's own: later training does not change them (in PyTorch it does).

        >>> import nn
        >>> {path: array.shape for path, array in nn.Sequential(nn.Linear(2, 3)).state_dict().items()}
        {'0.weight': (3, 2), '0.bias': (3,)}
        """
        return {path: np.array(tensor.data, order="C") for path, tensor in self._state().items()}

    def load_state_dict(self, state_dict: Mapping[str, Any], strict: bool = True) -> IncompatibleKeys:
        """Copy values into the parameters and buffers, in place: optimizers and views see the new values.

        Parameters
        ----------
        state_dict: path -> array or Tensor of the same shape; floats are converted to the model's dtype.
        strict: whether every path must be there and no other.

        Returns the paths that were missing and unexpected, both empty if strict.

        A tensor with several paths (tied weights) is loaded from whichever of them are there.

        Raises ArgumentError that lists all that does not fit, with what will probably help, and then changes
        nothing. Shapes and kinds of numbers must fit even if not strict, and entries of one tensor must agree.

        >>> import nn
        >>> model, other = nn.Linear(2, 3), nn.Linear(2, 3)
        >>> model.load_state_dict(other.state_dict())
        IncompatibleKeys(missing_keys=[], unexpected_keys=[])
        """
        return load(type(self).__name__, self._state(), state_dict, strict)

    def unchanged(self) -> AbstractContextManager[None]:
        """A block in which calls change nothing: buffers are copies, random generators are put back afterwards.

        >>> import numpy as np, nn
        >>> norm = nn.BatchNorm1d(2)
        >>> with norm.unchanged():
        ...     _ = norm(np.ones((4, 2), np.float32))
        >>> norm.num_batches_tracked.item()
        0
        """
        return unchanged(self)

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

    def to(self, *targets: Any, dtype: Any = None, device: Any = None) -> Self:
        """Make the model's real numbers ``dtype``; returns the module. There is no device but ``"cpu"`` to name.

        Parameters
        ----------
        targets: a dtype, a Tensor or array whose dtype is meant, or ``"cpu"``.
        dtype: a dtype of floats: ``"float64"``, ``np.float32``. Integers and booleans in the model stay as they are.
        device: None or ``"cpu"``.

        Raises ArgumentError for other devices and for dtypes that are no floats.

        >>> import nn
        >>> nn.Linear(2, 3).to("float64").weight.dtype
        dtype('float64')
        """
        if device is not None and str(device) != "cpu":
            raise _no_place(device)
        given = [t.dtype if isinstance(t, (ag.Tensor, np.ndarray)) else t for t in (*targets, dtype)]
        for found in [_float_dtype(target) for target in given if target is not None and str(target) != "cpu"]:
            self._convert(found)
        return self

    def cpu(self) -> Self:
        """The module itself, which is in main memory always: PyTorch code asks for it.

        >>> import nn
        >>> nn.ReLU().cpu()
        ReLU()
        """
        return self

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
        parts = self._lines()
        if not parts:
            return f"{type(self).__name__}({''.join(lines)})"
        body = "\n".join(lines + parts).replace("\n", "\n  ")
        return f"{type(self).__name__}(\n  {body}\n)"

    def _lines(self) -> list[str]:
        """What the repr says below the first line: each part by its name."""
        return [f"({name}): {value!r}" for name, value in vars(self).items() if isinstance(value, Module)]


@contextmanager
def in_use(model: Module) -> Iterator[None]:
    """A block in which no part of a model is in training; then each is as it was.

    >>> import nn
    >>> layer = nn.Dropout(0.5)
    >>> with in_use(layer):
    ...     layer.training
    False
    >>> layer.training
    True
    """
    before = [(module, module.training) for module in model.modules()]
    try:
        model.eval()
        yield
    finally:
        for module, training in before:
            module.training = training


def initialize(module: Any, rng: np.random.Generator | None) -> None:
    """Call ``module.reset_parameters``, without ``rng`` if there is none: a subclass's own takes none in PyTorch."""
    if rng is None:
        module.reset_parameters()
    else:
        module.reset_parameters(rng)


def _float_dtype(target: Any) -> np.dtype[Any]:
    """The dtype that ``Module.to`` was given; raises ArgumentError that says what it takes."""
    with suppress(TypeError):
        dtype: np.dtype[Any] = np.dtype(target)
        if dtype.kind == "f":
            return dtype
    raise _no_place(target)


def _no_place(target: Any) -> Exception:
    return ag.errors.ArgumentError(
        f"Module.to({target!r}): want a dtype of floats, such as 'float64', or 'cpu'. Arrays lie in main memory "
        "and there is no other device: leave out .to(device), .cuda() and the like."
    )


def forget_gradient(parameter: ag.Tensor, set_to_none: bool) -> None:
    """Make a gradient None, or zeros of its own."""
    if set_to_none or parameter.grad is None:
        parameter.grad = None
    else:
        parameter.grad = ag.zeros_like(parameter.grad)
