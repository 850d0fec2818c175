"""Hooks: functions that a module calls before and after `forward`, and on the way back."""

from __future__ import annotations

from collections import OrderedDict
from collections.abc import Callable, Sequence
from itertools import count
from typing import TYPE_CHECKING, Any, NamedTuple

import numpy as np

import autograd as ag

if TYPE_CHECKING:
    from nn.module import Module

_numbers = count()


class Hook(NamedTuple):
    """A function of the user's, and whether it is given the keyword arguments of the call too."""

    function: Callable[..., Any]
    with_kwargs: bool = False


class RemovableHandle:
    """What registering a hook returns: ``remove()`` takes the hook away again, and so does the end of a ``with``.

    >>> import autograd as ag, nn
    >>> layer = nn.ReLU()
    >>> with layer.register_forward_hook(lambda module, args, output: print(output.shape)):
    ...     _ = layer(ag.zeros(2, 3))
    (2, 3)
    >>> _ = layer(ag.zeros(2, 3))
    """

    def __init__(self, module: Module, kind: str, number: int) -> None:
        self._module, self._kind, self._number = module, kind, number

    def remove(self) -> None:
        """Take the hook away; nothing happens where that is done already."""
        hooks = self._module._hooks
        if hooks is not None:
            hooks.of_kind[self._kind].pop(self._number, None)
            if not any(hooks.of_kind.values()):
                del self._module._hooks  # a call without hooks costs nothing again

    def __enter__(self) -> RemovableHandle:
        return self

    def __exit__(self, *exception: Any) -> None:
        self.remove()


class Hooks:
    """The hooks of one module, by kind, each under a number of its own."""

    KINDS = ("forward_pre", "forward", "backward_pre", "backward")

    def __init__(self) -> None:
        self.of_kind: dict[str, OrderedDict[int, Hook]] = {kind: OrderedDict() for kind in self.KINDS}

    def add(self, module: Module, kind: str, hook: Hook, prepend: bool) -> RemovableHandle:
        """Enter a hook as the last of its kind, or the first if ``prepend``."""
        number = next(_numbers)
        self.of_kind[kind][number] = hook
        if prepend:
            self.of_kind[kind].move_to_end(number, last=False)
        return RemovableHandle(module, kind, number)

    def call(self, module: Module, args: tuple[Any, ...], kwargs: dict[str, Any]) -> Any:
        """``module.forward(*args, **kwargs)`` with all hooks."""
        for hook in tuple(self.of_kind["forward_pre"].values()):
            args, kwargs = _arguments_after(hook, module, args, kwargs)
        way_back = None
        if (self.of_kind["backward"] or self.of_kind["backward_pre"]) and ag.is_grad_enabled():
            way_back = _WayBack(module, self)
            args = way_back.through_inputs(args)
        result = module.forward(*args, **kwargs)
        for hook in tuple(self.of_kind["forward"].values()):
            given = (module, args, kwargs, result) if hook.with_kwargs else (module, args, result)
            replaced = hook.function(*given)
            result = result if replaced is None else replaced
        return result if way_back is None else way_back.through_outputs(result)


def _arguments_after(
    hook: Hook, module: Module, args: tuple[Any, ...], kwargs: dict[str, Any]
) -> tuple[tuple[Any, ...], dict[str, Any]]:
    """The arguments of a call as a hook before it leaves them."""
    if not hook.with_kwargs:
        replaced = hook.function(module, args)
        if replaced is None:
            return args, kwargs
        return (replaced if isinstance(replaced, tuple) else (replaced,)), kwargs
    replaced = hook.function(module, args, kwargs)
    if replaced is None:
        return args, kwargs
    if not isinstance(replaced, tuple) or list(map(type, replaced)) != [tuple, dict]:
        raise ag.errors.ArgumentError(
            f"{type(module).__name__}: a forward pre-hook with_kwargs returned a {type(replaced).__name__}; want "
            "(args, kwargs), a tuple and a dict, or None to leave them."
        )
    return replaced


class _WayBack:
    """One call of a module, whose inputs and outputs pass through an identity each that shows their gradients.

    The identity of the inputs is one operation for all of them, so that its rule runs once in a backward pass, when
    every gradient is there.
    """

    def __init__(self, module: Module, hooks: Hooks) -> None:
        self.module = module
        self.hooks = [hook.function for hook in hooks.of_kind["backward"].values()]
        self.pre_hooks = [hook.function for hook in hooks.of_kind["backward_pre"].values()]
        self.inputs = self.outputs = _Places([])
        self.grad_output: tuple[Any, ...] | None = None

    def through_inputs(self, args: tuple[Any, ...]) -> tuple[Any, ...]:
        """The arguments, to give to ``forward`` in place of these."""
        self.inputs = _Places(args)
        return tuple(self.inputs.watched(args, self._at_inputs))

    def through_outputs(self, result: Any) -> Any:
        """The result, to return in place of this."""
        if isinstance(result, ag.Tensor):
            self.outputs = _Places([result])
            return self.outputs.watched([result], self._at_outputs)[0]
        if not isinstance(result, (tuple, list)):
            raise TypeError(
                f"{type(self.module).__name__} has a backward hook, so its result must be a Tensor or a tuple, not a "
                f"{type(result).__name__}; hook the submodules that compute it."
            )
        self.outputs = _Places(result)
        parts = self.outputs.watched(result, self._at_outputs)
        return result._make(parts) if hasattr(result, "_make") else type(result)(parts)

    def _at_outputs(self, grad_output: tuple[Any, ...]) -> tuple[Any, ...]:
        for hook in self.pre_hooks:
            replaced = hook(self.module, grad_output)
            if replaced is not None:
                grad_output = self._fitting("backward pre-hook", "grad_output", replaced, grad_output)
        if self.inputs.found:
            self.grad_output = grad_output
        else:  # no gradient will come to the inputs: this is all that there is to see
            for hook in self.hooks:
                replaced = hook(self.module, (None,) * self.inputs.count, grad_output)
                if replaced is not None:
                    self._fitting("backward hook", "grad_input", replaced, (None,) * self.inputs.count)
        return grad_output

    def _at_inputs(self, grad_input: tuple[Any, ...]) -> tuple[Any, ...]:
        grad_output, self.grad_output = self.grad_output, None
        if grad_output is not None:  # else the inputs were reached by another way than the outputs
            for hook in self.hooks:
                replaced = hook(self.module, grad_input, grad_output)
                if replaced is not None:
                    grad_input = self._fitting("backward hook", "grad_input", replaced, grad_input)
        return grad_input

    def _fitting(self, hook: str, name: str, replaced: Any, before: tuple[Any, ...]) -> tuple[Any, ...]:
        after = tuple(replaced) if isinstance(replaced, (tuple, list)) else (replaced,)
        fits = len(after) == len(before) and all(
            a is None or (b is not None and np.shape(ag.value_of(a)) == b.shape)
            for a, b in zip(after, before, strict=True)
        )
        if not fits:
            shapes = ", ".join("None" if b is None else str(b.shape) for b in before)
            given = ", ".join("None" if a is None else str(np.shape(ag.value_of(a))) for a in after)
            raise ag.errors.ShapeError(
                f"a {hook} of {type(self.module).__name__} returned gradients of shapes ({given}); want one like each "
                f"of {name}, ({shapes}), or None to leave them."
            )
        return tuple(a if a is None or isinstance(a, ag.Tensor) else ag.Tensor(a) for a in after)


class _Places:
    """Which of some values are Tensors that need a gradient."""

    def __init__(self, values: Sequence[Any]) -> None:
        self.count = len(values)
        self.found = [place for place, v in enumerate(values) if isinstance(v, ag.Tensor) and v.requires_grad]

    def watched(self, values: Sequence[Any], see: Callable[[tuple[Any, ...]], tuple[Any, ...]]) -> list[Any]:
        """The values; ``see`` is called with the gradients of all, None where none is needed, and may replace them."""
        if not self.found:
            return list(values)

        def backward(_: Any, gs: tuple[Any, ...]) -> tuple[Any, ...]:
            is_recorded = any(isinstance(g, ag.Tensor) for g in gs)
            gradients: list[Any] = [None] * self.count
            for place, g in zip(self.found, gs, strict=True):
                gradients[place] = g if isinstance(g, ag.Tensor) else ag.Tensor(_read_only(g))
            after = see(tuple(gradients))
            return tuple([after[p] if is_recorded else ag.value_of(after[p]) for p in self.found])

        identity = ag.custom_vjp(backward_hooks)
        identity.defvjp(lambda *tensors: (tensors, None), backward)
        outs = list(values)
        for place, out in zip(self.found, identity(*[values[place] for place in self.found]), strict=True):
            outs[place] = out
        return outs


def backward_hooks(*tensors: Any) -> tuple[Any, ...]:
    """The identity, under the name that it has in the graph."""
    return tensors


def _read_only(g: Any) -> Any:
    """A gradient that other tensors may share, as a view that cannot be written to."""
    view = np.asarray(g).view()
    view.flags.writeable = False
    return view
