"""What a call of a primitive does: arrays out of Tensors, forward, and a node where a gradient is wanted."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy import ndarray

from autograd.modes import current_scope
from autograd.nodes import PERIOD_MASK, Node, next_number, relieve_collector
from autograd.pullbacks import PART, Parts, Pullback
from autograd.tensors import Tensor, value_of, wrap

if TYPE_CHECKING:
    from autograd.primitives import Primitive

_new = object.__new__
_DTYPES = {kind: np.dtype(kind) for kind in (np.float16, np.float32, np.float64, np.longdouble)}


def record(out: Any, pullback: Pullback, inputs: tuple[Any, ...], kept: tuple[Any, ...], scope: str) -> Tensor:
    """A Tensor around ``out`` whose node remembers how it came about."""
    node = Node()
    node.pullback = pullback
    node.inputs = inputs
    node.kept = kept
    node.scope = scope
    node.hooks = None
    node.kind = kind = out.__class__
    if kind is ndarray:
        node.shape = out.shape
        node.dtype = out.dtype
    else:
        node.shape = ()
        node.dtype = _DTYPES[kind]
    node.number = number = next_number()
    if not number & PERIOD_MASK:
        relieve_collector()
    tensor: Tensor = _new(Tensor)
    tensor._data = out
    tensor._node = node
    tensor.grad = None
    return tensor


def unary_call(primitive: Primitive) -> Callable[[Any], Any]:
    """The call of an elementwise function of one argument: the general case below, written out for speed."""
    forward = primitive.forward
    pullback = primitive.pullback(primitive.parameters)
    keep = pullback.keep

    def apply(x: Any, /) -> Any:
        if not isinstance(x, Tensor):
            return forward(x)
        a = x._data
        try:
            out = forward(a)
        except (TypeError, ValueError) as error:
            raise primitive.failed((a,), error) from error
        node = x._node
        if node is not None:
            scope = current_scope()
            if scope is not None:
                return record(out, pullback, (node,), keep(a, out, None), scope)
        return wrap(out)

    return apply


def binary_call(primitive: Primitive) -> Callable[[Any, Any], Any]:
    """The call of an elementwise function of two arguments: the general case below, written out for speed."""
    forward = primitive.forward
    x_name, y_name = primitive.parameters
    of_x, of_y, of_both = (primitive.pullback(wanted) for wanted in ((x_name,), (y_name,), (x_name, y_name)))

    def apply(x: Any, y: Any, /) -> Any:
        if isinstance(x, Tensor):
            a, x_node = x._data, x._node
        elif isinstance(y, Tensor):
            a, x_node = x, None
        else:
            return forward(x, y)
        if isinstance(y, Tensor):
            b, y_node = y._data, y._node
        else:
            b, y_node = y, None
        try:
            out = forward(a, b)
        except (TypeError, ValueError) as error:
            raise primitive.failed((a, b), error) from error
        scope = current_scope()
        if scope is None:
            return wrap(out)
        if x_node is None:
            if y_node is None:
                return wrap(out)
            pullback = of_y
            inputs: tuple[Node, ...] = (y_node,)
        elif y_node is None:
            pullback = of_x
            inputs = (x_node,)
        else:
            pullback = of_both
            inputs = (x_node, y_node)
        return record(out, pullback, inputs, pullback.keep(a, b, out, None), scope)

    return apply


def general_call(primitive: Primitive) -> Callable[..., Any]:
    """The call of a primitive: arrays out of Tensors, forward, and a node where a gradient is wanted."""
    forward, parameters, sequences, variadic = (
        primitive.forward,
        primitive.parameters,
        primitive.sequences,
        primitive.variadic,
    )
    count = len(parameters)

    def apply(*args: Any, **kwargs: Any) -> Any:
        values = args if len(args) == count and not kwargs and not variadic else primitive.bind(args, kwargs)
        rules = primitive.rules
        plain: list[Any] = []
        wanted = []
        tensors = False
        for name, value in zip(parameters, values, strict=True):
            if isinstance(value, Tensor):
                tensors = True
                plain.append(value._data)
                if value._node is not None and rules.get(name) is not None:
                    wanted.append(name)
            elif name in sequences and isinstance(value, (list, tuple)):
                tensors = tensors or any(isinstance(item, Tensor) for item in value)
                plain.append(tuple([value_of(item) for item in value]))
                if any(getattr(item, "requires_grad", False) for item in value) and rules.get(name) is not None:
                    wanted.append(name)
            else:
                plain.append(value)
        try:
            out = forward(*_spread(plain, primitive)) if variadic else forward(*plain)
        except (TypeError, ValueError, IndexError) as error:
            raise primitive.failed(plain, error) from error
        saved = None
        if primitive.saves:
            out, saved = out
        if not tensors:
            return out
        scope = current_scope()
        if not wanted or scope is None:
            return tuple([wrap(part) for part in out]) if isinstance(out, (tuple, list)) else wrap(out)
        pullback = primitive.pullback(tuple(wanted))
        inputs, masks = _edges(primitive, pullback, values)
        if isinstance(out, (tuple, list)):
            return _record_parts(tuple(out), saved, pullback, plain, inputs, masks, scope)
        if out.__class__ is not ndarray and not isinstance(out, np.generic):
            out = np.asarray(out)
        if out.dtype.kind != "f":
            return wrap(out)
        return record(out, pullback, inputs, pullback.keep(*plain, out, saved, **masks), scope)

    return apply


def _spread(values: list[Any], primitive: Primitive) -> list[Any]:
    """Arguments for a forward function whose last positional argument is ``*operands``."""
    place = next(i for i, name in enumerate(primitive.parameters) if name in primitive.sequences)
    return [*values[:place], *values[place], *values[place + 1 :]]


def _edges(primitive: Primitive, pullback: Pullback, values: Sequence[Any]) -> tuple[tuple[Any, ...], dict[str, Any]]:
    """Where each wanted gradient goes; for sequences, also which of their elements get one."""
    edges: list[Any] = []
    masks = {}
    for name in pullback.wanted:
        value = values[primitive.parameters.index(name)]
        if isinstance(value, Tensor):
            edges.append(value._node)
        else:
            nodes = [getattr(item, "_node", None) for item in value]
            mask = tuple([node is not None for node in nodes])
            edges += [node for node in nodes if node is not None]
            masks[f"{name}_mask"] = mask
    return tuple(edges), masks


def _record_parts(
    outs: tuple[Any, ...],
    saved: Any,
    pullback: Pullback,
    plain: list[Any],
    inputs: tuple[Node, ...],
    masks: dict[str, Any],
    scope: str,
) -> tuple[Tensor, ...]:
    """Tensors around several results: one node for the operation, and a part of it for each real result."""
    kept = pullback.keep(*plain, outs, saved, **masks)
    whole = record(np.float64(0), pullback.of_parts(), inputs, kept, scope)._node
    assert whole is not None
    whole.kind = Parts
    count = len(outs)
    return tuple(
        [
            record(out, PART, (whole,), (place, count), scope) if out.dtype.kind == "f" else wrap(out)
            for place, out in enumerate(outs)
        ]
    )
