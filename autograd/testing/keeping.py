"""What rules ask to be kept, and do not need."""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np

from autograd.composites import Composite
from autograd.nodes import Node, owner
from autograd.testing.case import Case
from autograd.testing.subjects import needing, needs_gradient, pulled_back
from autograd.watching import whole


def kept_in_vain(case: Case) -> Iterator[str]:
    """Notes on arrays that a graph keeps for a primitive's rules, and that make no difference to what they say.

    Each array is overwritten after the call, and the gradients are computed all the same.
    """
    if isinstance(case.primitive, Composite) or case.primitive.reference is not None:
        return
    gs = [np.ones(out.shape) for out in case.values(case.arrays)]
    expected = case.gradients(case.arrays, gs)
    for name in _names_kept(case):
        tensors = [needing(np.array(a)) for a in case.arrays]
        outs = case.run(tensors)
        node = _node_of(outs)
        array = dict(zip(node.pullback.keeps, node.kept, strict=False))[name]
        if not (owner(array).flags.writeable and array.flags.writeable and array.size):
            continue
        array.fill(np.nan)
        try:
            found = pulled_back(outs, gs, tensors)
        except Exception:  # of a rule that cannot do with NaN, and so needs it
            continue
        if all(np.array_equal(a.numpy(), b, equal_nan=True) for a, b in zip(found, expected, strict=True)):
            yield f"{name} is kept in memory for a rule that asks for it, and makes no difference to it here"


def _node_of(outs: list[object]) -> Node:
    found: Node = next(whole(out.grad_fn) for out in outs if needs_gradient(out))  # type: ignore[attr-defined]
    return found


def _names_kept(case: Case) -> list[str]:
    """The names of the arrays of real numbers that the graph keeps of a call."""
    outs = case.run([needing(np.array(a)) for a in case.arrays])
    if not any(map(needs_gradient, outs)):
        return []
    node = _node_of(outs)
    pairs = zip(node.pullback.keeps, node.kept, strict=False)
    return [name for name, value in pairs if isinstance(value, np.ndarray) and value.dtype.kind == "f"]
