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
    values = graph_values(node)
    if pullback.primitive.reference is None:
        return pullback.run(g, values)
    kept = dict(zip(node.pullback.keeps, values, strict=True))
    rule = pullback.primitive.recorded
    if rule is not None and rule.of == pullback.wanted:
        return (rule.function(*[g if name == "g" else kept[name] for name in rule.parameters]),)
    return _through_reference(pullback, kept, g)


def graph_values(node: Node) -> tuple[Any, ...]:
    """What a node keeps, with a Tensor at its place in the graph for each differentiable value."""
    keeps, values = node.pullback.keeps, list(node.kept)
    edges = iter(node.inputs)
    for name in node.pullback.wanted:
        place = keeps.index(name) if name in keeps else None
        if name not in node.pullback.primitive.sequences:
            edge = next(edges)
            if place is not None:
                values[place] = tensor_at(values[place], edge)
            continue
        mask = node.kept[keeps.index(f"{name}_mask")]
        sources = [next(edges) if wanted else None for wanted in mask]
        if place is not None:
            pairs = zip(values[place], sources, strict=True)
            values[place] = tuple([array if source is None else tensor_at(array, source) for array, source in pairs])
    if "out" in keeps:
        place = keeps.index("out")
        out = values[place]
        values[place] = _parts_at(out, node) if isinstance(out, (tuple, list)) else tensor_at(out, node)
    return tuple(values)


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
