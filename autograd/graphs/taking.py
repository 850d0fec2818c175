"""`ag.graph`: a snapshot of a live graph, or of one call of a model or function."""

from __future__ import annotations

import inspect
from collections.abc import Callable
from typing import Any

import numpy as np

from autograd.creation import repeated_randomness, tensor
from autograd.errors import ArgumentError, GradientError
from autograd.graphs.data import Graph
from autograd.graphs.live import live_graph
from autograd.graphs.naming import Names, is_module
from autograd.graphs.tracing import traced_graph
from autograd.structures import map_leaves, named_leaves
from autograd.tensors import Tensor

CONTAINERS = (list, tuple, dict)


def graph(subject: Any, *given: Any, names: Any = None, gradients: bool = False, timed: int = 0, **named: Any) -> Graph:
    """A snapshot of the graph that tensors were computed by, or of one call of a model or function.

    ``graph(loss, model)`` shows what the live graph of ``loss`` knows. Arrays that need no gradient appear where a
    derivative keeps them, so take it before ``backward`` releases them. What `ag.record` recorded of it, values, lines
    of the program, times and gradients, is in the snapshot too.

    ``graph(model, x)`` calls the model once, in the mode that it is in, and shows every operation that led to its
    results, in the graph or not, each with its line and facts about its value. Buffers, such as running means, and the
    states of random generators are then as they were before. ``graph(f, x, y)`` does so for any function; floats and
    arrays of floats among its arguments, also in lists, tuples and dicts, need gradients, as for `ag.grad`.

    Parameters
    ----------
    subject: a Tensor that needs a gradient, or a list of them; a Module, or another function, that returns Tensors.
    given, named: for a call its arguments; for Tensors their names may be given.
    names: what to call tensors: a Module, whose parameters have names, or a dict of variables, such as
        ``locals()``. Of its values, tensors, arrays and Modules count; names that begin with ``_`` do not. Of a call,
        the arguments and the model's parameters have names already.
    gradients: whether to run a backward pass, from the results, each with 1, where none was recorded. It leaves every
        ``.grad`` alone and releases nothing.
    timed: how many times to call the model, to measure how long each operation takes: the shortest counts. 0 measures
        no times, so that the same call gives the same snapshot. For calls alone; `ag.record` measures live graphs.

    Raises GradientError where there is no graph, ArgumentError where something else is given.

    >>> import autograd as ag
    >>> x = ag.tensor([1.0, 2.0], requires_grad=True)
    >>> graph((x ** 2).sum(), names={"x": x})
    <Graph of sum (): 3 nodes, 2 edges>
    >>> graph(lambda a, b: a * b + b, 2.0, 3.0, gradients=True).nodes[0].grad
    3.0
    """
    if isinstance(subject, (Tensor, list, tuple)):
        if named:
            raise ArgumentError(f"graph of Tensors has no {', '.join(named)}; it has names and gradients.")
        return _of_tensors(subject, given, names, gradients, timed)
    if not callable(subject) or isinstance(subject, type):
        kind = subject.__name__ if isinstance(subject, type) else type(subject).__name__
        raise ArgumentError(f"graph: want a Tensor, or a list of them, or a Module or function to call, not {kind}.")
    if not isinstance(timed, (int, np.integer)) or timed < 0:
        raise ArgumentError(f"graph: timed={timed!r}; want how many times to call {_title(subject)}, 0 or more.")
    return _of_call(subject, given, named, Names(names), gradients, timed)


def _of_tensors(subject: Any, given: tuple[Any, ...], names: Any, gradients: bool, timed: int) -> Graph:
    results = [subject] if isinstance(subject, Tensor) else list(subject)
    if len(given) > 1 or (given and names is not None):
        raise ArgumentError("graph of Tensors takes their names alone: graph(loss, model) or graph(loss, locals()).")
    if timed:
        raise ArgumentError(
            "graph of Tensors, timed: what was computed cannot be timed any more. Compute it in a block `with "
            "ag.record():`, or give the function to be called: graph(model, x, timed=5)."
        )
    for result in results:
        if not isinstance(result, Tensor):
            raise ArgumentError(f"graph: want a Tensor, or a list of them, not {type(result).__name__}.")
        if result._node is None:
            raise GradientError(
                "graph of a tensor that needs no gradient: there is none. Nothing that it was computed from has "
                "requires_grad=True, or it was computed under no_grad, or detached. graph(f, x) shows a call of f "
                "with all that it computes, in the graph or not."
            )
    if not results:
        raise ArgumentError("graph: want a Tensor, or a list of them, and the list is empty.")
    return live_graph(results, Names(given[0] if given else names), gradients)


def _of_call(
    function: Callable[..., Any],
    given: tuple[Any, ...],
    named: dict[str, Any],
    names: Names,
    gradients: bool,
    timed: int,
) -> Graph:
    if is_module(function):
        names.add_all(function)
    converted = _as_tensor if is_module(function) else _as_leaf
    args = [_converted(x, converted) for x in given]
    kwargs = {name: _converted(x, converted) for name, x in named.items()}
    for name, value in [*zip(_parameters(function, len(given)), args, strict=True), *kwargs.items()]:
        for path, part in named_leaves(value, name) if type(value) in CONTAINERS else [(name, value)]:
            names.add(path, part)
    with repeated_randomness():
        return traced_graph(lambda: function(*args, **kwargs), names, gradients, timed)


def _converted(value: Any, convert: Callable[[Any], Any]) -> Any:
    return map_leaves(convert, value) if type(value) in CONTAINERS else convert(value)


def _as_tensor(x: Any) -> Any:
    """An array as a Tensor that needs no gradient; anything else as it is."""
    return Tensor(x) if isinstance(x, np.ndarray) else x


def _as_leaf(x: Any) -> Any:
    """A float or an array of floats as a leaf that needs a gradient; anything else as it is."""
    if isinstance(x, float) or (isinstance(x, (np.ndarray, np.generic)) and x.dtype.kind == "f"):
        return tensor(x, requires_grad=True)
    return x


def _parameters(function: Any, count: int) -> list[str]:
    """The names of the first ``count`` parameters of a function, or of a module's ``forward``."""
    try:
        found = list(inspect.signature(getattr(function, "forward", function)).parameters.values())
    except (TypeError, ValueError):  # written in C
        found = []
    names = [p.name for p in found if p.kind in (p.POSITIONAL_ONLY, p.POSITIONAL_OR_KEYWORD)][:count]
    return names + [f"input {place}" for place in range(len(names), count)]


def _title(function: Any) -> str:
    return str(getattr(function, "__name__", type(function).__name__))
