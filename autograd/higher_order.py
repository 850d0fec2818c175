"""Gradients that can be differentiated again: the same rules, given Tensors in place of arrays."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np

from autograd.calls import record
from autograd.nodes import Node
from autograd.primitives import alias
from autograd.pullbacks import PART, Parts, Pullback
from autograd.registry import ops
from autograd.tensors import Tensor, wrap


def recorded_gradients(node: Node, pullback: Pullback, g: Any) -> Sequence[Any]:
    """What ``pullback.run(g, node.kept)`` computes, recorded: kept arrays are Tensors at their place in the graph."""
    kept = graph_values(node)
    if pullback.primitive.reference is None:
        return pullback.run(g, tuple(kept.values()))
    rule = pullback.primitive.recorded
    if rule is not None and rule.of == pullback.wanted:
        return (rule.function(*[g if name == "g" else kept[name] for name in rule.parameters]),)
    return _through_reference(pullback, kept, g)


def graph_values(node: Node) -> dict[str, Any]:
    """What a node keeps, by name, with a Tensor at its place in the graph for each differentiable value."""
    pullback = node.pullback
    kept = dict(zip(pullback.keeps, node.kept, strict=True))
    edges = iter(node.inputs)
    for name in pullback.wanted:
        mask = kept.get(f"{name}_mask")
        if mask is None:
            edge = next(edges)
            if name in kept:
                kept[name] = tensor_at(kept[name], edge)
        elif name in kept:
            kept[name] = tuple([tensor_at(a, next(edges)) if m else a for a, m in zip(kept[name], mask, strict=True)])
        else:
            for wanted in mask:
                if wanted:
                    next(edges)
    if "out" in kept:
        several = isinstance(kept["out"], (tuple, list))
        kept["out"] = _parts_at(kept["out"], node) if several else tensor_at(kept["out"], node)
    return kept


def tensor_at(array: Any, node: Node | None) -> Tensor:
    """A Tensor with this value at this place in the graph."""
    tensor = wrap(array)
    tensor._node = node
    return tensor


def _parts_at(outs: Sequence[Any], node: Node) -> tuple[Any, ...]:
    return tuple(
        [
            record(out, PART, (node,), (place, len(outs)), node.scope) if _is_real(out) else out
            for place, out in enumerate(outs)
        ]
    )


def _is_real(out: Any) -> bool:
    return isinstance(out, (np.ndarray, np.floating)) and out.dtype.kind == "f"


def _through_reference(pullback: Pullback, kept: dict[str, Any], g: Any) -> Sequence[Any]:
    """The gradients of a fast kernel by way of its twin, for which aliases stand in for its inputs.

    Aliases, because one input may have been computed from another: the twin is differentiated in each alone.
    """
    primitive = pullback.primitive
    assert primitive.reference is not None
    arguments = {name: kept[name] for name in primitive.parameters}
    stand_ins: list[Tensor] = []
    for name in pullback.wanted:
        value = arguments[name]
        several = isinstance(value, tuple)
        aliases = [alias(x) if isinstance(x, Tensor) else x for x in (value if several else (value,))]
        stand_ins += [x for x in aliases if isinstance(x, Tensor)]
        arguments[name] = aliases if several else aliases[0]
    out = primitive.reference(**arguments)
    outs = out if isinstance(out, (tuple, list)) else (out,)
    gs = g.as_tuple() if isinstance(g, Parts) else (g,)
    pairs = [(o, start) for o, start in zip(outs, gs, strict=True) if start is not None and o.requires_grad]
    found: Sequence[Any] = ops.gradients(
        [o for o, _ in pairs], stand_ins, [start for _, start in pairs], create_graph=True, allow_unused=True
    )
    return found
