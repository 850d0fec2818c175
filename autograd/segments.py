"""Functions recorded as one node: `custom_vjp`, with a rule of the user's own, and `checkpoint`, which runs again."""

from __future__ import annotations

import functools
import inspect
import math
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from typing import Any

import numpy as np

from autograd.backward import sweep
from autograd.calls import record
from autograd.creation import default_generator
from autograd.errors import GradientError, GradientShapeError, RuleError, describe
from autograd.higher_order import tensor_at
from autograd.modes import call_in_scope, current_scope, enable_grad, hooks, is_grad_enabled, no_grad
from autograd.nodes import Leaf, Node, next_number
from autograd.primitives import Primitive, alias
from autograd.structures import fill, leaves, map_leaves, named_leaves
from autograd.tensors import Tensor
from autograd.values import value_of

Function = Callable[..., Any]


class _Segment(Primitive):
    """What a node of a whole function shows as its primitive: it leaves the pass to the call that the node keeps."""

    def __init__(self, name: str, module: str) -> None:
        parameters = dict.fromkeys(("operands", "arrays", "call"), inspect.Parameter.empty)
        unknown = {"multiply_adds": lambda: None}
        super().__init__(self.record, name, parameters, module=module, sequences=("operands",), **unknown)
        self.vjp(operands=lambda g, arrays, call: call.pull_back(g), arrays=None, call=None)

    def record(self, outs: list[Any], sources: Sequence[Node], arrays: list[Any], call: Any) -> list[Any]:
        """Tensors around ``outs``, which were computed from ``sources`` by ``call``; ``arrays`` must not change."""
        pullback = self.pullback(("operands",))
        out = tuple(outs) if len(outs) > 1 else outs[0]
        kept = pullback.keep((), tuple(arrays), call, out, None, operands_mask=(True,) * len(sources))
        recorded = record(out, pullback, tuple(sources), kept, current_scope())
        return list(recorded) if len(outs) > 1 else [recorded]


@functools.lru_cache(maxsize=256)
def _segment(name: str, module: str) -> _Segment:
    return _Segment(name, module)


def _segment_of(f: Function) -> _Segment:
    return _segment(getattr(f, "__name__", type(f).__name__), getattr(f, "__module__", ""))


def _is_in_graph(value: Any) -> bool:
    return isinstance(value, Tensor) and value._node is not None


# --- a rule of one's own --------------------------------------------------------------------------------


class custom_vjp:
    """A function whose derivative is the one that `defvjp` gives it, not that of its parts.

    For derivatives that are known in closed form, numerically better, or clipped or reversed on purpose. Write
    what it computes in NumPy code, as for the function itself; derivatives of higher order then follow.

    Raises RuleError where it is called before `defvjp`, and where what that was given does not return a tuple as it
    should; GradientShapeError, in the backward pass, for a gradient of another shape than its argument's.

    >>> import autograd as ag, numpy as np
    >>> @ag.custom_vjp
    ... def log1pexp(x):
    ...     return np.log(1 + np.exp(x))
    >>> def forward(x):
    ...     return log1pexp(x), np.exp(x)
    >>> def backward(e, g):
    ...     return (g * (1 - 1 / (1 + e)),)
    >>> log1pexp.defvjp(forward, backward)
    >>> ag.grad(log1pexp)(80.0)
    np.float32(1.0)
    """

    def __init__(self, function: Function) -> None:
        functools.update_wrapper(self, function)
        self._function = function
        self._segment = _segment_of(function)
        self._forward: Function | None = None
        self._backward: Function | None = None

    def defvjp(self, forward: Function, backward: Function) -> None:
        """Give the function its derivative.

        Parameters
        ----------
        forward: takes the function's arguments and returns ``(value, residuals)``: whatever ``backward`` needs.
        backward: takes ``(residuals, g)``, ``g`` the gradient of the value (arrays, or Tensors where it is to be
            differentiated again), and returns a tuple with a gradient like each positional argument, or None.

        >>> import autograd as ag
        >>> reverse = ag.custom_vjp(lambda x: x)
        >>> reverse.defvjp(lambda x: (x, None), lambda _, g: (-g,))
        >>> ag.grad(lambda x: 3 * reverse(x))(1.0)
        np.float32(-3.0)
        """
        self._forward, self._backward = forward, backward

    def __call__(self, *args: Any, **kwargs: Any) -> Any:
        """The function's value; raises RuleError where it has no derivative yet."""
        if self._forward is None or self._backward is None:
            raise RuleError(f"{self._segment.name}: custom_vjp needs its rule first; call .defvjp(forward, backward).")
        if not is_grad_enabled() or not any(map(_is_in_graph, leaves(args))):
            return self._function(*args, **kwargs)
        return CustomCall(self, self._segment, self._forward, self._backward, args, kwargs).recorded()


class CustomCall:
    """One call of a function with a rule of its own: what the rule needs, and the line that called, if watched."""

    def __init__(
        self,
        function: custom_vjp,
        segment: _Segment,
        forward: Function,
        backward: Function,
        args: tuple[Any, ...],
        kwargs: dict[str, Any],
    ) -> None:
        self.function, self.segment, self.forward, self.backward = function, segment, forward, backward
        self.kwargs = kwargs
        self.line = "" if hooks.line is None else hooks.line(None)
        self.args = map_leaves(_at_its_place, args)
        with no_grad():
            self.out, residuals = self._in_two(forward(*args, **kwargs))
        self.out = map_leaves(value_of, self.out)
        self.residuals = map_leaves(value_of, residuals)

    def _in_two(self, returned: Any) -> tuple[Any, Any]:
        if not isinstance(returned, tuple) or len(returned) != 2:
            raise RuleError(f"{self.segment.name}.defvjp: forward has to return (value, residuals).")
        return returned

    def recorded(self) -> Any:
        """The value, as Tensors in the graph."""
        sources = [t._node for t in leaves(self.args) if _is_in_graph(t)]
        arrays = [x for x in leaves((self.residuals, map_leaves(value_of, self.args))) if isinstance(x, np.ndarray)]
        return fill(self.out, self.segment.record(leaves(self.out), sources, arrays, self))

    def pull_back(self, g: Any) -> list[Any]:
        """Gradients for the arguments in the graph, by the user's rule."""
        gs = g if isinstance(g, tuple) else (g,)
        outs = [np.zeros_like(out) if g is None else g for out, g in zip(leaves(self.out), gs, strict=True)]
        residuals = self.residuals
        if any(isinstance(g, Tensor) for g in gs):  # they are functions of the arguments, to be differentiated too
            _, residuals = self._in_two(self.forward(*self.args, **self.kwargs))
        found = self.backward(residuals, fill(self.out, outs))
        if not isinstance(found, tuple) or len(found) != len(self.args):
            raise RuleError(
                f"{self.segment.name}.defvjp: backward returned {describe(found)}; want a tuple with a gradient, "
                f"or None, for each of the {len(self.args)} positional arguments."
            )
        gradients = dict(named_leaves(found))
        return [
            self._fitting(path, gradients.get(path), tensor)
            for path, tensor in named_leaves(self.args)
            if _is_in_graph(tensor)
        ]

    def _fitting(self, path: str, gradient: Any, argument: Tensor) -> Any:
        if gradient is not None and np.shape(value_of(gradient)) != argument.shape:
            message = (
                f"{self.segment.name}.defvjp: backward returned {describe(gradient)} for argument{path}, which is "
                f"{describe(argument)}; a gradient has its argument's shape."
            )
            given = np.shape(value_of(gradient))
            raise GradientShapeError(self.segment.name, (self._named(path),), given, argument.shape, message)
        return gradient

    def _named(self, path: str) -> str:
        """An argument as its function calls it: ``weights`` for ``[0]``."""
        place, *rest = path[1:].split("]", 1)
        names = list(inspect.signature(self.function).parameters)
        return f"{names[int(place)]}{''.join(rest)}" if int(place) < len(names) else f"argument{path}"


def _at_its_place(value: Any) -> Any:
    """A Tensor of the same value at the same place in the graph, which later assignments do not move."""
    return tensor_at(value._array, value._node) if isinstance(value, Tensor) else value


# --- memory for time ------------------------------------------------------------------------------------


def checkpoint(f: Function) -> Function:
    """The same function, which keeps nothing for the backward pass but its arguments and then runs once more.

    Of a chain of n layers, checkpointed in about sqrt(n) stretches, the graph keeps O(sqrt(n)) in place of O(n)
    (Chen et al., "Training Deep Nets with Sublinear Memory Cost", 2016), for one more forward pass.

    The second run gets the same random numbers: those of the default generator and of generators among the arguments.
    Tensors that the function closes over get their gradients. What it does besides returning a value, it does twice.

    Parameters
    ----------
    f: function of anything; Tensors among its arguments, also in dicts, lists and tuples, are differentiated in.

    Raises GradientError where the function makes a leaf that needs a gradient and that something still holds, and in
    the backward pass where the second run gives another value than the first.

    >>> import autograd as ag, numpy as np
    >>> ag.grad(ag.checkpoint(lambda x: np.sin(np.sin(x))))(0.5) == ag.grad(lambda x: np.sin(np.sin(x)))(0.5)
    np.True_
    """
    segment = _segment_of(f)

    @functools.wraps(f)
    def checkpointed(*args: Any, **kwargs: Any) -> Any:
        if not is_grad_enabled():
            return f(*args, **kwargs)
        call = _RepeatedCall(segment, f, args, kwargs)
        start = next_number()
        return call.recorded(f(*args, **kwargs), start)

    return checkpointed


class _RepeatedCall:
    """One call of a checkpointed function: what it takes to run it once more."""

    def __init__(self, segment: _Segment, f: Function, args: tuple[Any, ...], kwargs: dict[str, Any]) -> None:
        self.segment, self.f = segment, f
        self.arguments = map_leaves(_at_its_place, (args, kwargs))
        self.scope = current_scope()
        generators = [default_generator(), *(x for x in leaves((args, kwargs)) if isinstance(x, np.random.Generator))]
        self.states = [(generator, generator.bit_generator.state) for generator in generators]
        self.sources: list[Node] = []
        self.marks: list[Any] = []

    def recorded(self, out: Any, start: int) -> Any:
        """The value as Tensors of one node, in place of all that were recorded since ``start``."""
        inner = _computed_since(start, out)
        if not inner:
            return out
        self.sources = self._sources(inner, start)
        self.marks = [_mark(tensor._array) for tensor in inner]
        held = [leaf.tensor() for leaf in self.sources if isinstance(leaf, Leaf)]
        arrays = [value_of(x) for x in [*leaves(self.arguments), *held] if isinstance(value_of(x), np.ndarray)]
        outs = iter(self.segment.record([tensor._array for tensor in inner], self.sources, arrays, self))
        return map_leaves(lambda x: next(outs) if _is_inner(x, start) else x, out)

    def _sources(self, tensors: list[Tensor], start: int) -> list[Node]:
        """What the value was computed from and was there before: arguments, and what the function closes over."""
        sources = []
        for node in _walk(tensors, start):
            if node.number < start:
                sources.append(node)
            elif isinstance(node, Leaf) and node.tensor() is not None:
                raise GradientError(
                    f"checkpoint({self.segment.name}): the function made a leaf that needs a gradient, and something "
                    "still holds it. The second run makes another one; make it outside of the function."
                )
        return sources

    def pull_back(self, g: Any) -> list[Any]:
        """Gradients for the sources: by the graph that a second run records, cut off where the first one began."""
        gs = g if isinstance(g, tuple) else (g,)
        stand_ins = {source: _alias_of(source) for source in self.sources}
        start = next_number()
        inner = _computed_since(start, self._run_again(stand_ins))
        nodes = list(_walk(inner, start))
        self._check_same(
            inner, {node for node in nodes if node.number < start} - stand_ins.keys() - {*stand_ins.values()}
        )
        for node in nodes:
            if node.number >= start:
                node.inputs = tuple([stand_ins.get(source, source) for source in node.inputs])
        roots: dict[Node, Any] = {}
        for tensor, gradient in zip(inner, gs, strict=True):
            if gradient is not None and tensor._node is not None:
                roots[tensor._node] = roots[tensor._node] + gradient if tensor._node in roots else gradient
        create_graph = any(isinstance(gradient, Tensor) for gradient in gs)
        found = sweep(roots, set(stand_ins.values()), create_graph, create_graph)
        return [found.get(stand_in) for stand_in in stand_ins.values()]

    def _run_again(self, stand_ins: dict[Node, Node]) -> Any:
        args, kwargs = map_leaves(
            lambda x: tensor_at(x._array, stand_ins.get(x._node, x._node)) if _is_in_graph(x) else x, self.arguments
        )
        with enable_grad(), _in_states(self.states):
            return call_in_scope(self.scope, self.f, args, kwargs)

    def _check_same(self, inner: list[Tensor], strange: set[Node]) -> None:
        marks = [_mark(tensor._array) for tensor in inner]
        if strange or len(marks) != len(self.marks) or not all(map(_agree, marks, self.marks)):
            raise GradientError(
                f"checkpoint({self.segment.name}): the second run gave another value than the first, so its derivative "
                "would be wrong. The function must depend on its arguments and on constants alone; random numbers come "
                "from ag.default_generator() or from a generator among the arguments."
            )


def _is_inner(value: Any, start: int) -> bool:
    return _is_in_graph(value) and value._node.number >= start


def _computed_since(start: int, out: Any) -> list[Tensor]:
    return [value for value in leaves(out) if _is_inner(value, start)]


def _walk(tensors: list[Tensor], start: int) -> Iterator[Node]:
    """The nodes that ``tensors`` depend on, back to the first ones that were there before ``start``."""
    order = list(dict.fromkeys(tensor._node for tensor in tensors if tensor._node is not None))
    seen = set(order)
    for node in order:  # grows as it goes
        if node.number >= start:
            fresh = [source for source in dict.fromkeys(node.inputs) if source not in seen]
            seen.update(fresh)
            order += fresh
        yield node


def _alias_of(source: Node) -> Node:
    """A node that stands for another one's value."""
    node = Node()
    node.pullback = alias.primitive.pullback(("x",))
    node.inputs = (source,)
    node.kept = ()
    node.hooks = None
    node.number = next_number()
    node.kind, node.shape, node.dtype, node.scope = source.kind, source.shape, source.dtype, source.scope
    return node


def _mark(array: Any) -> tuple[Any, ...]:
    """By what a value is known again: shape, dtype, and the square of its norm."""
    flat = np.ravel(array)
    return np.shape(array), flat.dtype, float(np.vdot(flat, flat))


def _agree(mark: tuple[Any, ...], other: tuple[Any, ...]) -> bool:
    """Whether two values are the same but for what another order of summation does."""
    digits = 100 * float(np.finfo(mark[1]).eps)
    return mark[:2] == other[:2] and (
        math.isclose(mark[2], other[2], rel_tol=digits) or not (math.isfinite(mark[2]) or math.isfinite(other[2]))
    )


@contextmanager
def _in_states(states: list[tuple[np.random.Generator, Any]]) -> Iterator[None]:
    """Generators as they were before, for this block; then as they are now."""
    now = [(generator, generator.bit_generator.state) for generator, _ in states]
    try:
        for generator, state in states:
            generator.bit_generator.state = state
        yield
    finally:
        for generator, state in now:
            generator.bit_generator.state = state
