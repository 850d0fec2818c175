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


def record(out: Any, pullback: Pullback, inputs: tuple[Any, ...], kept: tuple[Any, ...], scope: str) -> Any:
    """A Tensor around ``out`` whose node remembers how it came about; several, around a tuple of results."""
    node = Node()
    node.pullback = pullback
    node.inputs = inputs
    node.kept = kept
    node.scope = scope
    node.hooks = None
    node.kind = kind = out.__class__
    if kind is ndarray:
        node.shape = out.shape
        node.dtype = dtype = out.dtype
        if dtype.kind != "f":
            return wrap(out)
    elif kind in _DTYPES:
        node.shape = ()
        node.dtype = _DTYPES[kind]
    elif kind is tuple or kind is list:
        return _record_parts(out, node)
    else:
        return record(np.asarray(out)[()], pullback, inputs, kept, scope) if isinstance(out, float) else wrap(out)
    node.number = number = next_number()
    if not number & PERIOD_MASK:
        relieve_collector()
    tensor: Tensor = _new(Tensor)
    tensor._data = out
    tensor._node = node
    tensor.grad = None
    return tensor


def _record_parts(outs: Sequence[Any], whole: Node) -> tuple[Tensor, ...]:
    """Tensors around several results: a node for the operation, and for each real result one that leads to it."""
    whole.pullback = whole.pullback.of_parts()
    whole.kind = Parts
    whole.shape = (len(outs),)
    whole.dtype = np.dtype(object)
    whole.number = next_number()
    return tuple([record(out, PART, (whole,), (place, len(outs)), whole.scope) for place, out in enumerate(outs)])


def _wrap_all(out: Any) -> Any:
    """Tensors that need no gradient around a result, or around each of several."""
    return tuple([wrap(part) for part in out]) if out.__class__ in (tuple, list) else wrap(out)


def unary_call(primitive: Primitive) -> Callable[[Any], Any]:
    """The call of an elementwise function of one argument: the general case below, written out for speed."""
    forward = primitive.forward
    pullback: Pullback | None = None  # compiled when first needed, which keeps imports quick

    def apply(x: Any, /) -> Any:
        nonlocal pullback
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
                if pullback is None:
                    pullback = primitive.pullback(primitive.parameters)
                return record(out, pullback, (node,), pullback.keep(a, out, None), scope)
        return wrap(out)

    return apply


def binary_call(primitive: Primitive) -> Callable[[Any, Any], Any]:
    """The call of an elementwise function of two arguments: the general case below, written out for speed."""
    forward = primitive.forward
    x_name, y_name = primitive.parameters
    of_x: Pullback | None = None
    of_y: Pullback | None = None
    of_both: Pullback | None = None

    def apply(x: Any, y: Any, /) -> Any:
        nonlocal of_x, of_y, of_both
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
            pullback = of_y = of_y or primitive.pullback((y_name,))
            inputs: tuple[Node, ...] = (y_node,)
        elif y_node is None:
            pullback = of_x = of_x or primitive.pullback((x_name,))
            inputs = (x_node,)
        else:
            pullback = of_both = of_both or primitive.pullback((x_name, y_name))
            inputs = (x_node, y_node)
        return record(out, pullback, inputs, pullback.keep(a, b, out, None), scope)

    return apply


def general_call(primitive: Primitive) -> Callable[..., Any]:
    """The call of a primitive: arrays out of Tensors, forward, and a node where a gradient is wanted."""
    forward = primitive.forward
    defaults = tuple(primitive.defaults.values())
    required = len(primitive.parameters) - len(defaults)
    simple = not (primitive.variadic or primitive.sequences)

    def apply(*args: Any, **kwargs: Any) -> Any:
        given = len(args) - required
        if simple and not kwargs and 0 <= given <= len(defaults):
            values = args + defaults[given:]
        else:
            values = primitive.bind(args, kwargs)
        plain = list(values)
        tensors = False
        nodes: list[Node] = []
        wanted: tuple[str, ...] = ()
        for place, name, has_rule in primitive.operands:
            value = values[place]
            if isinstance(value, Tensor):
                tensors = True
                plain[place] = value._data
                node = value._node
                if has_rule and node is not None:
                    wanted += (name,)
                    nodes.append(node)
            elif not simple and name in primitive.sequences and isinstance(value, (list, tuple)):
                tensors = tensors or any(isinstance(item, Tensor) for item in value)
                plain[place] = tuple([value_of(item) for item in value])
                found = [item._node for item in value if getattr(item, "_node", None) is not None]
                if has_rule and found:
                    wanted += (name,)
                    nodes += found
        try:
            out = forward(*plain) if not primitive.variadic else spread(primitive, plain)
        except (TypeError, ValueError, IndexError) as error:
            raise primitive.failed(plain, error) from error
        saved = None
        if primitive.saves:
            out, saved = out
        if not tensors:
            return out
        scope = current_scope()
        if not wanted or scope is None:
            return _wrap_all(out)
        pullback = primitive.pullback(wanted)
        if simple:
            kept = pullback.keep(*plain, out, saved)
        else:
            kept = pullback.keep(*plain, out, saved, **_masks(primitive, values))
        return record(out, pullback, tuple(nodes), kept, scope)

    return apply


def _masks(primitive: Primitive, values: Sequence[Any]) -> dict[str, tuple[bool, ...]]:
    """For each sequence of tensors, which of its elements need a gradient."""
    return {
        f"{name}_mask": tuple([getattr(item, "_node", None) is not None for item in value])
        for name, value in zip(primitive.parameters, values, strict=True)
        if name in primitive.sequences
    }


def spread(primitive: Primitive, values: Sequence[Any]) -> Any:
    """Call a forward function that takes ``*operands``; what comes after them it takes by name."""
    place = next(i for i, name in enumerate(primitive.parameters) if name in primitive.sequences)
    named = dict(zip(primitive.parameters[place + 1 :], values[place + 1 :], strict=True))
    return primitive.forward(*values[:place], *values[place], **named)
