"""Comparing graphs: `assert_same_graph`."""

from __future__ import annotations

import math
from typing import Any

from autograd.graphs import Graph, GraphNode, graph

_AROUND = 2  # nodes to show before and after the one that differs
_FACTS = ("kind", "op", "name", "shape", "dtype", "scope")


def assert_same_graph(actual: Any, expected: Any, rtol: float = 1e-6, atol: float = 0.0) -> None:
    """Assert that two graphs have the same structure, operations, names, shapes, dtypes and scopes, and like numbers.

    Parameters
    ----------
    actual, expected: snapshots that `ag.graph` took, or tensors, of which it takes some.
    rtol, atol: how far values, gradients and numbers among the arguments may differ, ``atol + rtol * abs(expected)``,
        where both graphs know them.

    Raises AssertionError that shows the first node that differs, and those around it.

    >>> import autograd as ag
    >>> x = ag.tensor([1.0, 2.0], requires_grad=True)
    >>> assert_same_graph(x * 2 + 1, x * 2 + 1)
    >>> assert_same_graph(ag.exp(x * 2), ag.log(x * 2))
    Traceback (most recent call last):
    AssertionError: the graphs differ at node 2: op is 'exp', expected 'log'.
        0: leaf (2,) float32
        1: multiply (2,) float32, y=2, of x=0
      - 2: log (2,) float32, of x=1
      + 2: exp (2,) float32, of x=1
    """
    found, wanted = _snapshot(actual), _snapshot(expected)
    sources, wanted_sources = _sources(found), _sources(wanted)
    for place in range(max(len(found.nodes), len(wanted.nodes))):
        if place >= len(found.nodes) or place >= len(wanted.nodes):
            why = f"there are {len(found.nodes)} nodes, expected {len(wanted.nodes)}"
        elif sources[place] != wanted_sources[place]:
            why = f"it is made of {_listed(sources[place])}, expected {_listed(wanted_sources[place])}"
        else:
            why = _difference(found.nodes[place], wanted.nodes[place], rtol, atol)
        if why:
            raise AssertionError(f"the graphs differ at node {place}: {why}.\n{_around(found, wanted, place)}")
    if dict(found.scopes) != dict(wanted.scopes):
        raise AssertionError(f"the graphs' modules differ: {dict(found.scopes)}, expected {dict(wanted.scopes)}.")


def _snapshot(given: Any) -> Graph:
    return given if isinstance(given, Graph) else graph(given)


Sources = list[list[tuple[str, int]]]


def _sources(snapshot: Graph) -> Sources:
    """For each node, the arguments that come along edges, and from where."""
    found: Sources = [[] for _ in snapshot.nodes]
    for edge in snapshot.edges:
        found[edge.target].append((edge.argument, edge.source))
    return found


def _listed(sources: list[tuple[str, int]]) -> str:
    return ", ".join(f"{argument}={source}" for argument, source in sources) or "nothing"


def _difference(node: GraphNode, wanted: GraphNode, rtol: float, atol: float) -> str:
    """In what two nodes differ; empty if in nothing."""
    for fact in _FACTS:
        if getattr(node, fact) != getattr(wanted, fact):
            return f"{fact} is {getattr(node, fact)!r}, expected {getattr(wanted, fact)!r}"
    for fact in ("value", "grad"):
        number, other = getattr(node, fact), getattr(wanted, fact)
        if number is not None and other is not None and not _are_close(number, other, rtol, atol):
            return f"{fact} is {number!r}, expected {other!r}"
    arguments, others = dict(node.arguments), dict(wanted.arguments)
    for name in {**arguments, **others}:
        given, expected = arguments.get(name, "nothing"), others.get(name, "nothing")
        if given != expected and not _are_close_numbers(given, expected, rtol, atol):
            return f"{name} is {given}, expected {expected}"
    return ""


def _are_close_numbers(text: str, other: str, rtol: float, atol: float) -> bool:
    try:
        return _are_close(float(text), float(other), rtol, atol)
    except ValueError:  # one of them is a word
        return False


def _are_close(number: float, other: float, rtol: float, atol: float) -> bool:
    if math.isnan(number) or math.isnan(other):
        return math.isnan(number) and math.isnan(other)
    return number == other or abs(number - other) <= atol + rtol * abs(other)


def _around(found: Graph, wanted: Graph, place: int) -> str:
    """The nodes around the one that differs, like a diff: ``-`` what was expected, ``+`` what is there."""
    rows, others = _rows(found), _rows(wanted)
    first, last = max(0, place - _AROUND), place + _AROUND + 1
    before = [f"    {row}" for row in rows[first:place]]
    return "\n".join(
        [*before, *(f"  - {row}" for row in others[place:last]), *(f"  + {row}" for row in rows[place:last])]
    )


def _rows(snapshot: Graph) -> list[str]:
    return [_row(node, sources) for node, sources in zip(snapshot.nodes, _sources(snapshot), strict=True)]


def _row(node: GraphNode, sources: list[tuple[str, int]]) -> str:
    shape = "" if node.shape is None else f" {node.shape} {node.dtype}"
    parts = [f"{node.id}: {' '.join(filter(None, [node.op or node.kind, node.name]))}{shape}"]
    parts += [f"in {node.scope}"] if node.scope else []
    parts += [f"{name}={value}" for name, value in node.arguments]
    parts += [f"{fact} {getattr(node, fact):.6g}" for fact in ("value", "grad") if getattr(node, fact) is not None]
    parts += [f"of {_listed(sources)}"] if sources else []
    return ", ".join(parts)
