"""What a call of a primitive does: arrays out of Tensors, forward, and a node where a gradient is wanted."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy import ndarray

from autograd.dtypes import as_result, unfit
from autograd.errors import DtypeError, GlassgradError, describe
from autograd.modes import hooks, recording_scope
from autograd.nodes import PERIOD_MASK, Node, lies_in, next_number, relieve_collector
from autograd.pullbacks import PART, Parts, Pullback
from autograd.tensors import Tensor, wrap
from autograd.values import value_of

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
            return wrap_result(out, pullback.primitive)
    elif kind in _DTYPES:
        node.shape = ()
        node.dtype = _DTYPES[kind]
    elif kind is tuple:
        return _record_parts(out, node)
    elif isinstance(out, float):
        return record(np.float64(out), pullback, inputs, kept, scope)
    elif isinstance(out, ndarray) and not hasattr(out, "mask"):
        return record(np.asarray(out), pullback, inputs, kept, scope)
    elif isinstance(out, (tuple, list)):
        return _record_parts(out, node)
    else:
        return wrap_result(out, pullback.primitive)
    node.number = number = next_number()
    if not number & PERIOD_MASK:
        relieve_collector(node)
    tensor: Tensor = _new(Tensor)
    tensor._array = out
    tensor._node = node
    tensor.grad = None
    return tensor


def _record_parts(outs: Sequence[Any], whole: Node) -> Any:
    """Tensors around several results: a node for the operation, and for each real result one that leads to it."""
    whole.pullback = whole.pullback.of_parts()
    whole.kind = Parts
    whole.shape = (len(outs),)
    whole.dtype = np.dtype(object)
    whole.number = next_number()
    parts = [record(out, PART, (whole,), (place, len(outs)), whole.scope) for place, out in enumerate(outs)]
    return _repacked(parts, outs)


def _repacked(parts: list[Any], outs: Any) -> Any:
    """Several results as the kind of sequence that they came in: NumPy names those of ``svd``, for one."""
    kind = outs.__class__
    return parts if kind is list else tuple(parts) if kind is tuple else outs._make(parts)


def wrap_result(out: Any, primitive: Primitive) -> Any:
    """A Tensor that needs no gradient around a result, or around each of several.

    Raises DtypeError for results that no Tensor holds, such as complex numbers.
    """
    kind = out.__class__
    if (kind is ndarray and out.dtype.kind in "fiub") or kind in _DTYPES:
        return wrap(out)
    if isinstance(out, (tuple, list)):
        return _repacked([wrap_result(part, primitive) for part in out], out)
    array = np.asarray(out)
    if array.dtype.kind not in "fiub" or hasattr(out, "mask"):
        raise DtypeError(f"{primitive.name}: the result is {describe(out)}. {unfit(array.dtype)}")
    return wrap(as_result(array))


def unary_call(primitive: Primitive, is_watched: bool = True) -> Callable[[Any], Any]:
    """The call of an elementwise function of one argument: the general case below, written out for speed."""
    forward = primitive.forward
    pullback: Pullback | None = None  # compiled when first needed, which keeps imports quick

    def apply(x: Any, /) -> Any:
        nonlocal pullback
        if not isinstance(x, Tensor):
            return forward(_listed(x))
        if hooks.call is not None and is_watched:
            return hooks.call(unary_call, primitive, (x,), {})
        a = x._array
        try:
            out = forward(a)
        except GlassgradError:
            raise
        except (TypeError, ValueError) as error:
            raise primitive.failed((a,), error) from error
        node = x._node
        if node is not None:
            scope = recording_scope()
            if scope is not None:
                if pullback is None:
                    pullback = primitive.pullback(primitive.parameters)
                return record(out, pullback, (node,), pullback.keep(a, out, None), scope)
        return wrap_result(out, primitive)

    return apply


def binary_call(primitive: Primitive, is_watched: bool = True) -> Callable[[Any, Any], Any]:
    """The call of an elementwise function of two arguments: the general case below, written out for speed."""
    forward = primitive.forward
    beside = _listed if primitive.numpy is np.power else _prepared  # NumPy's x ** 2 is quick because it sees a 2
    x_name, y_name = primitive.parameters
    of_x: Pullback | None = None
    of_y: Pullback | None = None
    of_both: Pullback | None = None

    def apply(x: Any, y: Any, /) -> Any:
        nonlocal of_x, of_y, of_both
        if hooks.call is not None and is_watched:
            return hooks.call(binary_call, primitive, (x, y), {})
        if isinstance(x, Tensor):
            a, x_node = x._array, x._node
            if isinstance(y, Tensor):
                b, y_node = y._array, y._node
            else:
                b, y_node = beside(y, a), None
        elif isinstance(y, Tensor):
            b, y_node = y._array, y._node
            a, x_node = beside(x, b), None
        else:
            return forward(_listed(x), _listed(y))
        try:
            out = forward(a, b)
        except GlassgradError:
            raise
        except (TypeError, ValueError) as error:
            raise primitive.failed((a, b), error) from error
        scope = recording_scope()
        if scope is None:
            return wrap_result(out, primitive)
        if x_node is None:
            if y_node is None:
                return wrap_result(out, primitive)
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


def _listed(value: Any, array: Any = None) -> Any:
    """An operand that is no Tensor: an array of a list, anything else as it is."""
    return np.asarray(value) if value.__class__ in (list, tuple) else value


def _prepared(value: Any, array: Any) -> Any:
    """The same, and of a Python number beside an array of floats an array of its dtype.

    What NumPy makes of the number itself, but that takes it longer than multiplying a small array does.
    """
    kind = value.__class__
    if (kind is float or kind is int) and array.__class__ is ndarray and array.dtype.kind == "f":
        return np.array(value, array.dtype)
    return _listed(value, array)


def general_call(primitive: Primitive, is_watched: bool = True) -> Callable[..., Any]:
    """The call of a primitive: arrays out of Tensors, forward, and a node where a gradient is wanted.

    ``is_watched``: whether `ag.record` and `ag.debug`, where one is active, do the call in its place.
    """
    forward = primitive.forward
    defaults = tuple(primitive.defaults.values())
    required = len(primitive.parameters) - len(defaults)
    simple = not (primitive.variadic or primitive.sequences or primitive.by_name)
    takes_lists = primitive.is_ours
    places = {name: place for place, name in enumerate(primitive.parameters)}
    by_name = [frozenset(primitive.parameters[count:]) for count in range(len(places) + 1)]  # after so many arguments

    def apply(*args: Any, **kwargs: Any) -> Any:
        if hooks.call is not None and is_watched:
            return hooks.call(general_call, primitive, args, kwargs)
        given = len(args) - required
        operands = primitive.operands
        if not simple or not 0 <= given <= len(defaults):
            plain = list(primitive.bind(args, kwargs))
        elif not kwargs:
            plain = [*args, *defaults[given:]]
            operands = operands[: len(args)]  # a default is no Tensor
        elif kwargs.keys() <= by_name[len(args)]:
            plain = [*args, *defaults[given:]]
            for name, value in kwargs.items():
                plain[places[name]] = value
        else:
            plain = list(primitive.bind(args, kwargs))
        values = plain if simple else list(plain)
        tensors = False
        nodes: list[Node] = []
        wanted: tuple[str, ...] = ()
        for place, name, has_rule in operands:
            value = values[place]
            if isinstance(value, Tensor):
                tensors = True
                plain[place] = value._array
                node = value._node
                if node is not None and has_rule is not False:
                    wanted += (name,)
                    nodes.append(node)
            elif not simple and name in primitive.sequences and isinstance(value, (list, tuple)):
                tensors = tensors or any(isinstance(item, Tensor) for item in value)
                plain[place] = tuple([value_of(item) for item in value])
                found = [item._node for item in value if getattr(item, "_node", None) is not None]
                if found and has_rule is not False:
                    wanted += (name,)
                    nodes += found
            elif has_rule and takes_lists and value.__class__ in (list, tuple):
                plain[place] = np.asarray(value)
        try:
            out = forward(*plain) if simple else spread(primitive, plain)
        except GlassgradError:
            raise
        except (TypeError, ValueError, IndexError) as error:
            raise primitive.failed(plain, error) from error
        saved = None
        if primitive.saves:
            out, saved = out
        if not tensors:
            return out
        scope = recording_scope()
        if not wanted or scope is None:
            return wrap_result(out, primitive)
        pullback = primitive.pullback(wanted)
        if primitive.view is None and lies_in(out, plain):
            pullback = pullback.of_view()
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
    """Call a forward function that takes ``*operands`` or keywords, with its arguments in order."""
    positional: list[Any] = []
    named: dict[str, Any] = {}
    for name, value in zip(primitive.parameters, values, strict=True):
        if name in primitive.by_name:
            named[name] = value
        elif primitive.variadic and name in primitive.sequences:
            positional += value
        else:
            positional.append(value)
    return primitive.forward(*positional, **named)
