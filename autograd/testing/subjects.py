"""What is checked: a function of named arrays that can be called, and differentiated, at other values."""

from __future__ import annotations

import inspect
from collections.abc import Callable, Sequence
from copy import copy
from typing import Any

import numpy as np

from autograd.backward import gradients
from autograd.creation import repeated_randomness
from autograd.errors import ArgumentError, describe
from autograd.structures import fill, leaves, named_leaves
from autograd.tensors import Tensor
from autograd.values import value_of

Arrays = list[np.ndarray]


class Subject:
    """A function of several arrays, with what the checker has to know of it.

    Attributes
    ----------
    name: what the function is called.
    names: what each of the arrays that it is differentiated in is called.
    arrays: these arrays, float64.
    natural: how large its values may be expected to be, where rounding is all that is left of them.
    is_composed: whether it is a function of the user's, in which the chain rule leads from kink to kink.
    """

    name: str
    names: list[str]
    arrays: Arrays
    natural: float = 0.0
    is_composed = False

    def run(self, arrays: Sequence[Any]) -> list[Any]:
        """The real results for other arrays, or for Tensors."""
        raise NotImplementedError

    def at(self, arrays: Sequence[Any]) -> Subject:
        """The same with other arrays."""
        raise NotImplementedError

    def values(self, arrays: Sequence[Any]) -> Arrays:
        """The real results for other arrays, as arrays."""
        return [np.asarray(value_of(out)) for out in self.run(arrays)]

    def gradients(self, arrays: Sequence[Any], gs: Sequence[Any], create_graph: bool = False) -> list[Any]:
        """The gradient for each array, from incoming gradients ``gs``: Tensors where ``create_graph``, else arrays.

        None in place of an incoming gradient is for a result that nobody used.
        """
        tensors = [a if isinstance(a, Tensor) and a.requires_grad else needing(a) for a in arrays]
        found = pulled_back(self.run(tensors), gs, tensors, create_graph)
        return found if create_graph else [np.asarray(g._array) for g in found]

    def reached(self) -> list[bool]:
        """For each array, whether a gradient arrives there at all."""
        tensors = [needing(a) for a in self.arrays]
        outs = [out for out in self.run(tensors) if needs_gradient(out)]
        if not outs:
            return [False] * len(tensors)
        found = gradients(outs, tensors, [np.ones(out.shape) for out in outs], allow_unused=True)
        return [gradient is not None for gradient in found]

    def gradient_alone(self, place: int, arrays: Sequence[Any], gs: Sequence[Any]) -> np.ndarray:
        """The gradient of one of the arrays, where no other needs one."""
        tensor = needing(arrays[place])
        outs = self.run([tensor if i == place else a for i, a in enumerate(arrays)])
        (found,) = pulled_back(outs, gs, [tensor])
        return np.asarray(found._array)


def needing(array: Any) -> Tensor:
    """A leaf that needs a gradient."""
    return Tensor(value_of(array), requires_grad=True)


def pulled_back(
    outs: Sequence[Any], gs: Sequence[Any], tensors: Sequence[Tensor], create_graph: bool = False
) -> list[Tensor]:
    """The gradients of ``tensors`` from those of results, None for a result that nobody used; zeros where none come."""
    pairs = [(out, g) for out, g in zip(outs, gs, strict=True) if g is not None and needs_gradient(out)]
    found: Sequence[Tensor | None] = [None] * len(tensors)
    if pairs:
        roots, starts = [out for out, _ in pairs], [g for _, g in pairs]
        found = gradients(roots, list(tensors), starts, create_graph=create_graph, allow_unused=True)
    return [Tensor(np.zeros(t.shape, t.dtype)) if g is None else g for g, t in zip(found, tensors, strict=True)]


def needs_gradient(value: Any) -> bool:
    """Whether a value is a Tensor in a graph."""
    return isinstance(value, Tensor) and value.requires_grad


def is_real(value: Any) -> bool:
    """Whether a value is an array, a NumPy scalar or a Tensor of real numbers."""
    return isinstance(value, (np.ndarray, np.floating, Tensor)) and value.dtype.kind == "f"


class Derivative(Subject):
    """The derivative of a subject as a function of its arrays and of the incoming gradients ``g``.

    A check of it at first order is one of the subject at second order, in both arguments of its rule.
    """

    def __init__(self, of: Subject, gs: Arrays) -> None:
        self.of, self.gs = of, gs
        self.name = f"the derivative of {of.name}"
        incoming = "g" if "g" not in of.names else "incoming g"
        self.names = [*of.names, *([incoming] if len(gs) == 1 else [f"{incoming}[{i}]" for i in range(len(gs))])]
        self.arrays = [*of.arrays, *gs]
        self.natural = slope_scale(of.arrays, of.values(of.arrays), gs)
        self.is_composed = of.is_composed

    def at(self, arrays: Sequence[Any]) -> Derivative:
        """The same with other arrays and incoming gradients."""
        count = len(self.of.arrays)
        return Derivative(self.of.at(arrays[:count]), list(arrays[count:]))

    def run(self, arrays: Sequence[Any]) -> list[Any]:
        """The gradients for other arrays and incoming gradients."""
        count = len(self.of.arrays)
        return self.of.gradients(arrays[:count], arrays[count:], create_graph=any(map(needs_gradient, arrays)))


def slope_scale(arrays: Arrays, values: Arrays, gs: Arrays) -> float:
    """How large a gradient is, by the sizes of what it is made of: what one that cancels to nothing is small beside."""
    x, out, g = (
        max([float(np.max(np.abs(a), initial=0.0, where=np.isfinite(a))) for a in found], default=0.0)
        for found in (arrays, values, gs)
    )
    return out * g / (x or 1.0)


class Call(Subject):
    """A call ``function(*args, **kwargs)``, whose arguments are arrays, other values, and structures of these.

    Attributes
    ----------
    leaves: of the arguments, in order.
    fixed: places of leaves whose shapes are not the caller's to choose, such as a module's parameters.
    reference: a function of the same arguments that gives the same values.
    surrogate: a function of the same arguments whose derivative the rule is meant to have.
    samples: draws other arguments from a generator, where these go together and cannot be changed one by one.
    module: the one that ``function`` calls, if one; its parameters and buffers are among ``kwargs``.

    Parameters
    ----------
    function: takes Tensors in the places of the arrays that it is differentiated in.
    args, kwargs: its arguments.
    places: which of their leaves (see `autograd.structures`) it is differentiated in.
    names: what these are called.
    """

    fixed: frozenset[int] = frozenset()
    reference: Callable[..., Any] | None = None
    surrogate: Callable[..., Any] | None = None
    samples: Callable[[np.random.Generator], Any] | None = None
    module: Any = None

    def __init__(
        self,
        function: Callable[..., Any],
        args: tuple[Any, ...],
        kwargs: dict[str, Any],
        places: Sequence[int],
        names: Sequence[str],
        name: str = "",
    ) -> None:
        self.function, self.args, self.kwargs = function, args, kwargs
        self.places, self.names = list(places), list(names)
        self.name = name or name_of(function)
        self.leaves = leaves((args, kwargs))
        self.arrays = [value_of(self.leaves[place]) for place in self.places]

    def filled(self, arrays: Sequence[Any]) -> tuple[tuple[Any, ...], dict[str, Any]]:
        """The arguments with other arrays, or Tensors, in their places."""
        values = list(self.leaves)
        for place, array in zip(self.places, arrays, strict=True):
            values[place] = array
        return fill((self.args, self.kwargs), values)  # type: ignore[no-any-return]

    def choose(self, places: Sequence[int]) -> None:
        """Differentiate in these of the arrays alone."""
        self.names = [self.names[self.places.index(place)] for place in places]
        self.places = list(places)
        self.arrays = [value_of(self.leaves[place]) for place in places]

    def at(self, arrays: Sequence[Any]) -> Call:
        """The same call with other arrays."""
        return self.like(*self.filled(arrays))

    def with_leaves(self, values: Sequence[Any]) -> Call:
        """The same call with other values in the places of all its arguments' leaves."""
        return self.like(*fill((self.args, self.kwargs), values))

    def like(self, args: tuple[Any, ...], kwargs: dict[str, Any]) -> Call:
        """The same call with other arguments of the same structure."""
        same = copy(self)
        same.args, same.kwargs, same.leaves = args, kwargs, leaves((args, kwargs))
        same.arrays = [value_of(same.leaves[place]) for place in self.places]
        return same

    def run(self, arrays: Sequence[Any]) -> list[Any]:
        """The real results for other arrays or Tensors."""
        return self.results(self.function, arrays)

    def values(self, arrays: Sequence[Any]) -> Arrays:
        """The real results as arrays: those of the surrogate, where there is one."""
        return [np.asarray(value_of(out)) for out in self.results(self.surrogate or self.function, arrays)]

    def results(self, function: Callable[..., Any], arrays: Sequence[Any]) -> list[Any]:
        """The real results of a function of the same arguments, for other arrays or Tensors."""
        args, kwargs = self.filled(arrays)
        return [out for out in leaves(function(*args, **kwargs)) if is_real(out)]

    def values_of(self, function: Callable[..., Any]) -> Arrays:
        """The real results of another function of the same arguments."""
        found = leaves(function(*self.args, **self.kwargs))
        return [np.asarray(value_of(out)) for out in found if np.asarray(value_of(out)).dtype.kind == "f"]


class FunctionCall(Call):
    """A call of a function of the user's: it gets Tensors, and the same random numbers each time."""

    is_composed = True

    def results(self, function: Callable[..., Any], arrays: Sequence[Any]) -> list[Any]:
        """The real results of a function of the same arguments, for other arrays or Tensors."""
        with repeated_randomness():
            return super().results(function, [a if isinstance(a, Tensor) else Tensor(a) for a in arrays])


def name_of(function: Any) -> str:
    """What to call a function or a module."""
    return getattr(function, "__name__", None) or type(function).__name__


def argument_names(function: Any, count: int) -> list[str]:
    """What to call the first ``count`` positional arguments of a function."""
    try:
        parameters = list(inspect.signature(function).parameters.values())
    except (TypeError, ValueError):
        return [f"argument {i}" for i in range(count)]
    names: list[str] = []
    for parameter in parameters:
        if parameter.kind is parameter.VAR_POSITIONAL:
            names += [f"{parameter.name}[{i}]" for i in range(count - len(names))]
        elif parameter.kind in (parameter.POSITIONAL_ONLY, parameter.POSITIONAL_OR_KEYWORD):
            names.append(parameter.name)
    return [*names, *(f"argument {i}" for i in range(len(names), count))][:count]


# --- from what users give --------------------------------------------------------------------------------


STATE = "(state)"  # the place of a module's parameters and buffers among the arguments by name: no name in Python


def call_of(function: Any, inputs: Any, kwargs: dict[str, Any]) -> tuple[FunctionCall, list[str]]:
    """A function or module and its inputs as a subject, in float64; and the names of what was converted for that.

    Of a module, every parameter that needs a gradient is among the arrays.

    Raises ArgumentError where there is nothing to differentiate in.
    """
    args = tuple(inputs) if isinstance(inputs, (tuple, list)) else (inputs,)
    module = function if hasattr(function, "named_parameters") and hasattr(function, "holding") else None
    names = argument_names(function if module is None else module.forward, len(args))
    arguments = [*zip(names, args, strict=True), *kwargs.items()]
    found = [leaf for name, argument in arguments for leaf in named_leaves(argument, name)]
    chosen, own = _to_differentiate([leaf for _, leaf in found]), len(found)
    name = name_of(function)
    if module is not None:
        state = {**dict(module.named_parameters()), **dict(module.named_buffers())}
        chosen |= {id(parameter) for parameter in module.parameters() if parameter.requires_grad}
        function, kwargs = _held(module), {**kwargs, STATE: state}
        found += state.items()
    places = [i for i, (_, leaf) in enumerate(found) if id(leaf) in chosen]
    if not places:
        raise ArgumentError(
            f"gradcheck of {name}: nothing to differentiate in among the inputs, "
            f"{', '.join(describe(leaf) for _, leaf in found) or 'of which there are none'}; want arrays or Tensors of "
            "real numbers."
        )
    values = [in_float64(leaf, i in places) for i, (_, leaf) in enumerate(found)]
    args, kwargs = fill((args, kwargs), values)
    call = FunctionCall(function, args, kwargs, places, [found[i][0] for i in places], name)
    call.fixed, call.module = frozenset(range(own, len(found))), module
    return call, [label for label, leaf in found if is_real(leaf) and leaf.dtype != np.float64]


def _to_differentiate(values: list[Any]) -> set[int]:
    """The ids of the Tensors that need a gradient; of all real arrays where there are none; else of Python floats."""
    for kind in (needs_gradient, is_real, lambda value: isinstance(value, float)):
        chosen = {id(value) for value in values if kind(value)}
        if chosen:
            return chosen
    return set()


def _held(module: Any) -> Callable[..., Any]:
    """A module as a function of its arguments and its parameters and buffers, which it may write into."""

    def call(*args: Any, **kwargs: Any) -> Any:
        state = kwargs.pop(STATE)
        own = {path: t if t.requires_grad else Tensor(np.array(t._array)) for path, t in state.items()}
        with module.holding(own):
            return module(*args, **kwargs)

    return call


def in_float64(value: Any, is_place: bool) -> Any:
    """A copy of a value that a check may use up: real numbers as float64, arrays where it is differentiated in them."""
    if isinstance(value, float) and is_place:
        return np.array(value)
    if not isinstance(value, (np.ndarray, np.generic, Tensor)):
        return value
    array = np.asarray(value_of(value))
    if array.dtype.kind == "f":
        array = array.astype(np.float64, order="K", copy=array.flags.forc)
    return Tensor(array) if isinstance(value, Tensor) and not is_place else array
