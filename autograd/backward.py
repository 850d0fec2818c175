"""The backward pass: from a result to the leaves, in falling order of creation, without recursion."""

from __future__ import annotations

import sys
from collections.abc import Callable
from typing import Any

import numpy as np
from numpy import ndarray

from autograd.broadcasting import broadcasts_to, sum_to
from autograd.errors import GradientError, RuleError, ShapeError, describe
from autograd.higher_order import recorded_gradients
from autograd.modes import enable_grad
from autograd.nodes import (
    RELEASED,
    Leaf,
    Node,
    by_number,
    check_unchanged,
    mark_written,
    restore_collector,
    written_since,
)
from autograd.pullbacks import Pullback
from autograd.registry import ops
from autograd.tensors import Tensor, value_of, wrap

Gradients = dict[Node, Any]  # gradients on their way: arrays, or Tensors where the pass is recorded


def backward(tensor: Tensor, gradient: Any = None, retain_graph: bool = False, create_graph: bool = False) -> None:
    """Add the gradient of every leaf that ``tensor`` was computed from to its ``.grad``: `Tensor.backward`."""
    node = tensor._node
    if node is None:
        raise GradientError(
            "backward of a tensor that needs no gradient: nothing that it was computed from has "
            "requires_grad=True, or it was computed under no_grad, or detached."
        )
    start = _starting_gradient(tensor, gradient, create_graph)
    found = _sweep({node: start}, None, retain_graph or create_graph, create_graph)
    while found:
        leaf, total, is_sole = _take(found)
        _deliver(leaf, total, is_sole)


def gradients(
    outputs: Any,
    inputs: Any,
    grad_outputs: Any = None,
    retain_graph: bool = False,
    create_graph: bool = False,
    allow_unused: bool = False,
) -> tuple[Tensor | None, ...]:
    """Derivatives of ``outputs`` with respect to ``inputs``, leaving every ``.grad`` alone.

    What ``torch.autograd.grad`` does; ``ag.grad`` is the transform of a function.

    Parameters
    ----------
    outputs: Tensor or sequence of Tensors to differentiate; where several, their sum is.
    inputs: Tensor or sequence of Tensors, computed ones too.
    grad_outputs: for each output what to start from, of its shape; 1 where it has one element.
    retain_graph: keep what the graph holds for another pass.
    create_graph: record the pass, so that the result can be differentiated again.
    allow_unused: give None for an input that no output depends on, in place of an error.

    Raises GradientError as ``backward`` does, and for an unused input.

    >>> import autograd as ag
    >>> x = ag.tensor(2.0, requires_grad=True)
    >>> (slope,) = ag.gradients(x ** 3, x, create_graph=True)
    >>> slope.item(), ag.gradients(slope, x)[0].item()
    (12.0, 12.0)
    """
    outputs, inputs = _as_list(outputs), _as_list(inputs)
    starts = _as_list(grad_outputs) if grad_outputs is not None else [None] * len(outputs)
    if len(starts) != len(outputs):
        raise GradientError(f"gradients: {len(outputs)} outputs but {len(starts)} grad_outputs; give one for each.")
    for place, tensor in enumerate(inputs):
        if not tensor.requires_grad:
            raise GradientError(f"gradients: input {place} needs no gradient; make it with requires_grad=True.")
    roots: Gradients = {}
    for output, start in zip(outputs, starts, strict=True):
        if output.requires_grad:
            start = _starting_gradient(output, start, create_graph)
            roots[output._node] = roots[output._node] + start if output._node in roots else start
    found = _sweep(roots, {tensor._node for tensor in inputs}, retain_graph or create_graph, create_graph)
    unused = [place for place, tensor in enumerate(inputs) if tensor._node not in found]
    if unused and not allow_unused:
        raise GradientError(
            f"gradients: no output depends on input {unused[0]}; leave it out, or pass allow_unused=True to get None."
        )
    tensors: dict[Node, Tensor] = {}
    while found:
        node, total, is_sole = _take(found)
        tensors[node] = _own(total, is_sole)
    return tuple([tensors.get(tensor._node) for tensor in inputs])


def _as_list(tensors: Any) -> list[Any]:
    return list(tensors) if isinstance(tensors, (list, tuple)) else [tensors]


def _starting_gradient(tensor: Tensor, gradient: Any, create_graph: bool) -> Any:
    """What the pass starts from at ``tensor``: checked, in its dtype; a Tensor if the pass is recorded."""
    data = tensor._data
    if gradient is None:
        if data.size != 1:
            raise GradientError(
                f"backward of a tensor of shape {data.shape} needs to know which combination of its elements to "
                "differentiate: call .sum() or .mean() first, or pass gradient=, an array of that shape."
            )
        one = np.ones(data.shape, data.dtype)[()]
        return wrap(one) if create_graph else one
    if np.shape(value_of(gradient)) != data.shape:
        raise ShapeError(f"backward of a tensor of shape {data.shape} was given a gradient {describe(gradient)}.")
    if create_graph and isinstance(gradient, Tensor):
        return gradient
    array = np.asarray(value_of(gradient), data.dtype)[()]
    return wrap(array) if create_graph else array


# --- the pass -------------------------------------------------------------------------------------------


def _sweep(roots: Gradients, targets: set[Node] | None, retain: bool, create_graph: bool) -> Gradients:
    """Carry gradients from ``roots`` through the graph; returns those of ``targets``, or of all leaves."""
    order = _reachable(roots)
    useful = None if targets is None else _leading_to(targets, order)
    if useful is not None:
        order = [node for node in order if node in useful]
    restore_collector()
    if create_graph:
        with enable_grad():
            return _propagate(order, roots, targets, useful, retain, create_graph)
    return _propagate(order, roots, targets, useful, retain, create_graph)


def _reachable(roots: Gradients) -> list[Node]:
    """The computed nodes that ``roots`` depend on, each after everything that was computed from it.

    Creation numbers fall along every edge, so sorting by them is enough.
    """
    seen = set(roots)
    order = [node for node in seen if node.__class__ is Node]
    for node in order:  # grows as it goes
        for source in node.inputs:
            if source not in seen:
                seen.add(source)
                if source.__class__ is Node:
                    order.append(source)
    order.sort(key=by_number, reverse=True)
    return order


def _leading_to(targets: set[Node], order: list[Node]) -> set[Node]:
    """The nodes through which a gradient reaches one of ``targets``, these included."""
    useful = set(targets)
    for node in reversed(order):
        if node not in useful and not useful.isdisjoint(node.inputs):
            useful.add(node)
    return useful


def _propagate(
    order: list[Node],
    roots: Gradients,
    targets: set[Node] | None,
    useful: set[Node] | None,
    retain: bool,
    create_graph: bool,
) -> Gradients:
    """Visit the nodes in order; what is left on its way at the end has arrived at leaves."""
    pending = dict(roots)
    owned: set[Node] = set()  # nodes whose sum so far is an array of the pass's own
    found: Gradients = {}
    check = bool(order) and written_since(order[-1].number)
    for node in order:
        g = pending.pop(node, None)
        if g is None:
            continue
        if node.hooks is not None:
            g = _call_hooks(node.hooks, g)
        if targets is not None and node in targets:
            found[node] = g
        kept = node.kept
        if kept is RELEASED:
            raise GradientError(
                f"backward through {node.name} a second time: what its derivative needs was released after "
                "the first pass. Pass retain_graph=True to the first one, or compute the result again."
            )
        if check:
            check_unchanged(node)
        inputs, pullback = node.inputs, node.pullback
        if useful is not None and not useful.issuperset(inputs):
            inputs, pullback = _useful_part(node, useful)
        grads = recorded_gradients(node, pullback, g) if create_graph else pullback.run(g, kept)
        for target, grad in zip(inputs, grads):  # noqa: B905 - the keyword costs as much as an addition
            if grad is None:
                continue
            kind = grad.__class__
            if kind is not target.kind or (
                kind is ndarray and (grad.shape != target.shape or grad.dtype is not target.dtype)
            ):
                grad = _fit(grad, target, node)
            total = pending.get(target)
            if total is None:
                pending[target] = grad
            elif total.__class__ is not ndarray or create_graph:
                pending[target] = total + grad
            elif target in owned:
                total += grad
            else:
                pending[target] = total + grad
                owned.add(target)
        if not retain:
            node.kept = RELEASED
    for leaf in pending:
        if leaf.hooks is not None:
            pending[leaf] = _call_hooks(leaf.hooks, pending[leaf])
    if targets is None:
        return pending
    return found | {node: pending[node] for node in pending if node in targets}


def _useful_part(node: Node, useful: set[Node]) -> tuple[tuple[Node, ...], Pullback]:
    """The edges of a node that lead to what is asked for, and what computes their gradients alone."""
    pullback = node.pullback
    if len(pullback.wanted) != len(node.inputs):  # a sequence of tensors shares one rule
        return node.inputs, pullback
    pairs = [(name, source) for name, source in zip(pullback.wanted, node.inputs, strict=True) if source in useful]
    return tuple([source for _, source in pairs]), pullback.narrowed(tuple([name for name, _ in pairs]))


def _call_hooks(hooks: list[Callable[[Any], Any]], g: Any) -> Any:
    for hook in list(hooks):
        replaced = hook(g)
        g = g if replaced is None else replaced
    return g


def _fit(grad: Any, target: Node, node: Node) -> Any:
    """A gradient with the shape and dtype of what it is the gradient of: broadcasting undone in one place."""
    if not isinstance(grad, (ndarray, np.generic, Tensor)):
        grad = np.asarray(grad, target.dtype)
    if grad.shape != target.shape:
        name = node.name
        argument = dict(zip(node.inputs, node.pullback.wanted, strict=False)).get(target, "?")
        if not node.pullback.primitive.elementwise or not broadcasts_to(target.shape, grad.shape):
            raise RuleError(
                f"{name}.vjp({argument}=...) returned a gradient of shape {grad.shape} for an argument of shape "
                f"{target.shape}. A rule returns one of its argument's shape; only elementwise primitives may leave "
                "broadcasting to the engine."
            )
        grad = sum_to(grad, target.shape)
    return grad if grad.dtype == target.dtype else grad.astype(target.dtype)


# --- what arrives ---------------------------------------------------------------------------------------


def _take(found: Gradients) -> tuple[Node, Any, bool]:
    """Take one gradient out of ``found``; last, whether nothing else holds its array."""
    node, total = found.popitem()
    return node, total, sys.getrefcount(total) <= _SOLE


def _count_sole() -> int:
    """What `sys.getrefcount` says in `_take` of an array that only the dict held: it varies with Python's version."""
    found = {None: np.empty(1)}
    _, total = found.popitem()
    return sys.getrefcount(total)


_SOLE = _count_sole()


def _own(total: Any, is_sole: bool) -> Tensor:
    """A Tensor around a gradient, in memory that nothing else refers to."""
    if isinstance(total, Tensor):
        return total
    if isinstance(total, ndarray) and not (is_sole and total.base is None and total.flags.writeable):
        total = total.copy()
    return wrap(total)


def _deliver(node: Node, total: Any, is_sole: bool) -> None:
    """Add a gradient to the ``.grad`` of a leaf's tensor, if somebody still holds that."""
    leaf = node.tensor() if isinstance(node, Leaf) else None
    if leaf is None:
        return
    before = leaf.grad
    if before is None:
        leaf.grad = _own(total, is_sole)
    elif isinstance(total, Tensor) or before.requires_grad or not isinstance(before._data, ndarray):
        leaf.grad = before + total
    else:
        before._data += total
        mark_written(before._data)


ops.backward, ops.gradients = backward, gradients
