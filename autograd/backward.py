"""The backward pass: from a result to the leaves, in falling order of creation, without recursion."""

from __future__ import annotations

import sys
from collections.abc import Callable, Sequence
from contextlib import nullcontext
from typing import Any

import numpy as np
from numpy import ndarray

from autograd import allocation
from autograd.broadcasting import broadcasts_to, sum_to
from autograd.dtypes import as_result
from autograd.errors import GradientError, GradientShapeError, NonFiniteError, ShapeError, describe
from autograd.higher_order import recorded_gradients
from autograd.modes import enable_grad, hooks
from autograd.nodes import (
    RELEASED,
    RETAIN,
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
from autograd.tensors import Tensor, wrap
from autograd.values import value_of

_AS_IT_IS = nullcontext()

Gradients = dict[Node, Any]  # gradients on their way: arrays, or Tensors where the pass is recorded


def backward(tensor: Tensor, gradient: Any = None, retain_graph: bool = False, create_graph: bool = False) -> None:
    """Add the gradient of every leaf that ``tensor`` was computed from to its ``.grad``: `Tensor.backward`."""
    node = tensor._node
    if node is None:
        raise GradientError(
            "backward of a tensor that needs no gradient: nothing that it was computed from has "
            "requires_grad=True, or it was computed under no_grad, or detached."
        )
    start = _starting_gradient(tensor, gradient, create_graph, "gradient")
    found = sweep({node: start}, None, retain_graph or create_graph, create_graph)
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
    outputs, inputs = _as_tensors(outputs, "output"), _as_tensors(inputs, "input")
    starts = _as_list(grad_outputs) if grad_outputs is not None else [None] * len(outputs)
    if len(starts) != len(outputs):
        if len(outputs) != 1:
            raise GradientError(f"gradients: {len(outputs)} outputs but {len(starts)} grad_outputs; give one for each.")
        starts = [grad_outputs]  # one output's gradient, as a list of numbers
    roots: Gradients = {}
    for output, start in zip(outputs, starts, strict=True):
        start = _starting_gradient(output, start, create_graph, "grad_outputs")
        roots[output._node] = roots[output._node] + start if output._node in roots else start
    found = sweep(roots, {tensor._node for tensor in inputs}, retain_graph or create_graph, create_graph)
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


def _as_tensors(tensors: Any, what: str) -> list[Any]:
    """A list of Tensors that need a gradient; ``what`` they are is for the error."""
    listed = _as_list(tensors)
    for place, tensor in enumerate(listed):
        if not isinstance(tensor, Tensor):
            raise GradientError(
                f"gradients: {what} {place} is {describe(tensor)}, not a Tensor, so it has no graph. Give the Tensor "
                "itself, not its .item() or .numpy()."
            )
        if not tensor.requires_grad:
            raise GradientError(
                f"gradients: {what} {place} needs no gradient; what it is computed from must have requires_grad=True."
            )
    return listed


def _starting_gradient(tensor: Tensor, gradient: Any, create_graph: bool, option: str) -> Any:
    """What the pass starts from at ``tensor``: checked, in its dtype; a Tensor if the pass is recorded."""
    data = tensor._array
    if gradient is None:
        if data.size != 1:
            raise GradientError(
                f"backward of a tensor of shape {data.shape} needs to know which combination of its elements to "
                f"differentiate: call .sum() or .mean() first, or pass {option}=, an array of that shape."
            )
        one = np.ones(data.shape, data.dtype) if data.ndim else data.dtype.type(1)
        return wrap(one) if create_graph else one
    array = value_of(gradient)
    is_array = array.__class__ is ndarray and array.ndim > 0
    if is_array and array.dtype is data.dtype and array.shape == data.shape and not create_graph:
        return array
    if np.shape(array) != data.shape:
        raise ShapeError(
            f"backward of a tensor of shape {data.shape}: {option} is {describe(gradient)}; want that shape."
        )
    if create_graph and isinstance(gradient, Tensor):
        return _in_dtype(gradient, tensor)
    array = as_result(np.asarray(array, data.dtype))
    return wrap(array) if create_graph else array


# --- the pass -------------------------------------------------------------------------------------------


def sweep(roots: Gradients, targets: set[Node] | None, retain: bool, create_graph: bool) -> Gradients:
    """Carry gradients from ``roots`` through the graph; returns those of ``targets``, or of all leaves."""
    if not allocation.is_settled:
        allocation.settle()
    order = _reachable(roots)
    wanted = None if targets is None else _on_the_way_to(targets, order)
    watched = None if hooks.sweep is None else hooks.sweep(roots, order, targets, create_graph)
    run = watched.run if watched is not None else recorded_gradients if create_graph else None
    restore_collector()
    pending = dict(roots)
    retained: list[tuple[Callable[[Any], Any], Any]] = []
    with enable_grad() if create_graph else _AS_IT_IS:
        found = _propagate(order, pending, targets, wanted, retain, create_graph, run, retained)
        for leaf in pending:
            if leaf.hooks is not None:
                pending[leaf] = _call_hooks(leaf, pending[leaf], create_graph, retained)
        if targets is None:
            for keep, g in retained:  # at last, as leaves get theirs: a pass that fails fills no .grad
                keep(g)
    if targets is not None:
        pending = found | {node: g for node, g in pending.items() if node in targets}
    if watched is not None:
        watched.finish(pending)
    return pending


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


def _on_the_way_to(targets: set[Node], order: list[Node]) -> set[Node]:
    """``targets``, and the nodes below which there is one of them: those whose gradients are needed."""
    wanted = set(targets)
    for node in reversed(order):
        if not wanted.isdisjoint(node.inputs):
            wanted.add(node)
    return wanted


def _propagate(
    order: list[Node],
    pending: Gradients,
    targets: set[Node] | None,
    wanted: set[Node] | None,
    retain: bool,
    create_graph: bool,
    run: Callable[[Node, Pullback, Any], Sequence[Any]] | None,
    retained: list[tuple[Callable[[Any], Any], Any]],
) -> Gradients:
    """Visit the nodes in order; returns the gradients of computed targets. What stays pending has arrived at leaves.

    ``run`` gives the gradients of a node's inputs where there is more to it than calling the rules on arrays.
    """
    owned: set[Node] = set()  # nodes whose sum so far is an array of the pass's own
    found: Gradients = {}
    check = bool(order) and written_since(order[-1].number)
    node: Node | None = None
    try:
        for node in order:
            g = pending.pop(node, None)
            if g is None:
                continue
            if node.hooks is not None:
                g = _call_hooks(node, g, create_graph, retained)
            inputs, pullback, kept = node.inputs, node.pullback, node.kept
            if wanted is not None:
                if targets is not None and node in targets:
                    found[node] = g
                if wanted.isdisjoint(inputs):
                    continue
                if not wanted.issuperset(inputs):
                    inputs, pullback = _part_that_leads(node, wanted)
            if kept is RELEASED:
                raise GradientError(
                    f"backward through {node.name} a second time: what its derivative needs was released after "
                    "the first pass. Pass retain_graph=True to the first one, or compute the result again."
                )
            if check:
                check_unchanged(node)
            grads = pullback.run(g, kept) if run is None else run(node, pullback, g)
            for target, grad in zip(inputs, grads):  # noqa: B905 - the keyword costs as much as an addition
                if grad is None or (wanted is not None and target not in wanted):
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
    except Exception as error:
        if node is not None and not isinstance(error, (GradientError, NonFiniteError)):
            error.add_note(f"It was raised while the gradient passed through {node!r}.")
        if node is not None and hooks.line is not None and (line := hooks.line(node)) not in str(error):
            error.add_note(f"{node.name} was computed at {line}")
        raise
    return found


def _part_that_leads(node: Node, wanted: set[Node]) -> tuple[tuple[Node, ...], Pullback]:
    """The edges of a node that lead to what is asked for, and what computes their gradients alone."""
    pullback = node.pullback
    if len(pullback.wanted) != len(node.inputs):  # a sequence shares one rule
        return node.inputs, pullback
    pairs = [(name, source) for name, source in zip(pullback.wanted, node.inputs, strict=True) if source in wanted]
    return tuple([source for _, source in pairs]), pullback.narrowed(tuple([name for name, _ in pairs]))


def _call_hooks(node: Node, g: Any, create_graph: bool, retained: list[Any]) -> Any:
    """A node's gradient after its hooks: each sees what the one before made of it; what is to be kept waits."""
    assert node.hooks is not None
    for key, hook in sorted(node.hooks.items(), key=lambda item: item[0] == RETAIN):
        if key == RETAIN:
            retained.append((hook, g))
            continue
        if create_graph and not isinstance(g, Tensor):
            g = wrap(g)
        if isinstance(g, ndarray):
            g = g.view()
            g.flags.writeable = False  # other tensors may share it
        replaced = hook(g)
        if replaced is not None:
            g = replaced if create_graph else value_of(replaced)
            if np.shape(value_of(g)) != node.shape:
                raise ShapeError(
                    f"a hook of a tensor of shape {node.shape}, made by {node.name}, returned {describe(replaced)}; "
                    "want a gradient of that shape, or None to leave it as it is."
                )
            g = _in_dtype(g, node)
    return g


def _in_dtype(grad: Any, target: Node | Tensor) -> Any:
    if not isinstance(grad, (ndarray, np.generic, Tensor)):
        grad = np.asarray(grad, target.dtype)
    return grad if grad.dtype == target.dtype else grad.astype(target.dtype)


def _fit(grad: Any, target: Node, node: Node) -> Any:
    """A gradient with the shape and dtype of what it is the gradient of: broadcasting undone in one place."""
    if grad.__class__ is Tensor and (grad._array.dtype, grad._array.shape) == (target.dtype, target.shape):
        return grad
    grad = _in_dtype(grad, target)
    if grad.shape == target.shape:
        return grad
    if not node.pullback.primitive.elementwise or not broadcasts_to(target.shape, grad.shape):
        names = [n for n, source in zip(node.pullback.wanted, node.inputs, strict=False) if source is target]
        raise GradientShapeError(node.name, tuple(names or node.pullback.wanted), grad.shape, target.shape)
    return sum_to(grad, target.shape)


# --- what arrives ---------------------------------------------------------------------------------------


def _take(found: Gradients) -> tuple[Node, Any, bool]:
    """Take one gradient out of ``found``; last, whether nothing else holds its array."""
    node, total = found.popitem()
    is_sole = sys.getrefcount(total) <= _SOLE
    return node, total, is_sole


def _count_sole() -> int:
    """What `sys.getrefcount` says in `_take` of an array that only the dict held: it varies with Python's version."""
    found = {None: np.empty(1)}
    _, total = found.popitem()
    return sys.getrefcount(total)


_SOLE = _count_sole()


def _own(total: Any, is_sole: bool) -> Tensor:
    """A Tensor around a gradient, in memory that nothing else refers to."""
    if isinstance(total, Tensor):
        is_own = is_sole and total._array.base is None and _references(total, "_array") <= _SOLE_REFERENCE
        is_array = isinstance(total._array, ndarray)
        own = wrap(np.array(total._array, order="K") if is_array and not is_own else total._array)
        own._node = total._node
        return own
    if isinstance(total, ndarray):
        is_own = is_sole and total.flags.writeable and (total.base is None or _is_all_there_is(total))
        return wrap(total if is_own else total.copy(order="K"))
    return wrap(total)


def _is_all_there_is(view: ndarray) -> bool:
    """Whether a view has all elements of an array that nothing else refers to."""
    base: Any = view.base
    is_whole = base.__class__ is ndarray and base.flags.owndata and base.size == view.size
    del base  # or it would count
    return is_whole and _references(view, "base") <= _SOLE_REFERENCE


def _references(holder: Any, attribute: str) -> int:
    """What `sys.getrefcount` says of an attribute's value."""
    return sys.getrefcount(getattr(holder, attribute))


_SOLE_REFERENCE = _references(wrap(np.empty(1)), "_array")


def _deliver(node: Node, total: Any, is_sole: bool) -> None:
    """Add a gradient to the ``.grad`` of a leaf's tensor, if somebody still holds that and it still needs one."""
    leaf = node.tensor() if isinstance(node, Leaf) else None
    if leaf is None or leaf._node is not node:
        return
    before = leaf.grad
    if before is None:
        leaf.grad = _own(total, is_sole)
        return
    if not isinstance(before, Tensor) or before.shape != leaf.shape or before.dtype != leaf.dtype:
        raise GradientError(
            f"backward: the .grad of a tensor {describe(leaf)} was set to {describe(before)}; want a Tensor of its "
            "shape and dtype, or None."
        )
    if isinstance(total, Tensor) or before.requires_grad or not isinstance(before._array, ndarray):
        leaf.grad = before + total
    else:
        before._array += total
        mark_written(before._array)


ops.backward, ops.gradients = backward, gradients
