"""Snapshots as JSON, and back."""

from __future__ import annotations

import json
import math
from collections.abc import Callable, Mapping
from dataclasses import fields
from functools import cache
from types import NoneType
from typing import Any, Literal, get_args, get_origin, get_type_hints

from autograd.errors import ArgumentError, describe
from autograd.graphs.data import Facts, GraphEdge, GraphNode
from autograd.notes import Summary

COUNTS = ("zeros", "nans", "infinities", "dead")
SIGNLESS = ("norm", "gradient", "forward", "backward")  # numbers that are not negative
DEEPEST = 1000  # modules around a node: as deep as Python calls
LARGEST = 2**63  # which no whole number reaches


def as_dict(row: GraphNode | GraphEdge) -> dict[str, Any]:
    """A node or an edge as a dict of strings, numbers and lists; of its facts those that are known."""
    found = {name: getattr(row, name) for name in row.__slots__}
    if isinstance(row, GraphEdge):
        return found if row.gradient is not None else {key: found[key] for key in ("source", "target", "argument")}
    facts = {part.name: getattr(row.facts, part.name) for part in fields(Facts)}
    found["facts"] = {
        key: _brief(value) if isinstance(value, Summary) else value
        for key, value in facts.items()
        if value is not None and value != ()
    }
    return found


def _brief(summary: Summary) -> dict[str, Any]:
    """A summary without the shape and the dtype, which the node has, and without counts that are 0."""
    row = summary._asdict()
    return {key: row[key] for key in row if key not in ("shape", "dtype") and (row[key] or key not in COUNTS)}


def as_json(graph: Mapping[str, Any]) -> str:
    """The dict of a graph as JSON, a line for each node and edge."""
    nodes = ",\n".join(json.dumps(_written(node)) for node in graph["nodes"])
    edges = ",\n".join(json.dumps(_written(edge)) for edge in graph["edges"])
    return f'{{"nodes": [\n{nodes}\n], "edges": [\n{edges}\n], "scopes": {json.dumps(graph["scopes"])}}}'


def _written(value: Any) -> Any:
    """The same with numbers that are not finite, which JSON does not have, as strings."""
    if isinstance(value, dict):
        return {key: _written(part) for key, part in value.items()}
    if isinstance(value, tuple):
        return [_written(part) for part in value]
    return str(value) if isinstance(value, float) and not math.isfinite(value) else value


# --- reading ----------------------------------------------------------------------------------------------


def read_json(text: str) -> tuple[tuple[GraphNode, ...], tuple[GraphEdge, ...], dict[str, str]]:
    """Nodes, edges and scopes of a graph that `as_json` wrote; raises ArgumentError for another text."""
    try:
        data = _dict(json.loads(text))
        nodes = tuple([_node(row) for row in _list(data["nodes"])])
        edges = tuple([_read(GraphEdge, row) for row in _list(data["edges"])])
        scopes = {path: _text(kind) for path, kind in _dict(data["scopes"]).items()}
    except KeyError as error:
        raise _refusal(f"there is no {error}") from error
    except (ValueError, TypeError, OverflowError, RecursionError) as error:
        raise _refusal(str(error)) from error
    for place, node in enumerate(nodes):
        if node.id != place:
            raise _refusal(f"node {place} has the id {node.id}")
        if node.scope.count(".") >= DEEPEST:
            raise _refusal(f"around node {place} there are more than {DEEPEST:,} modules")
    last = 0
    for edge in edges:
        if not edge.source < edge.target < len(nodes):
            raise _refusal(f"of {len(nodes)} nodes, an edge leads from {edge.source} to {edge.target}")
        if edge.target < last:
            raise _refusal(f"an edge to node {edge.target} stands after one to node {last}")
        last = edge.target
    return nodes, edges, scopes


def _refusal(why: str) -> ArgumentError:
    return ArgumentError(f"Graph.from_json: this is not what to_json writes: {why}.")


def _node(row: Any) -> Any:
    facts = _dict(row).get("facts")
    for fact in facts.values() if isinstance(facts, dict) else ():
        if isinstance(fact, dict):  # a summary, of what the node has the shape and the dtype
            fact |= {"shape": row.get("shape") or [], "dtype": row.get("dtype", "")}
    return _read(GraphNode, row)


def _read(kind: Any, row: Any) -> Any:
    """A row of data from a dict of what is known of it."""
    readers, found = _readers(kind), {}
    for name, value in _dict(row).items():
        if name not in readers:
            raise ValueError(f"{kind.__name__} has no {name!r}")
        try:
            found[name] = readers[name](value)
            if name in SIGNLESS and isinstance(value, (int, float)):
                _wanted("a number of 0 or more", value, not value < 0)
        except (ValueError, OverflowError) as error:
            raise ValueError(f"{name}: {error}") from error
    return kind(**found)


@cache
def _readers(kind: Any) -> dict[str, Callable[[Any], Any]]:
    """For each field what reads it, by its annotation."""
    return {name: _reader(of) for name, of in get_type_hints(kind).items()}


def _reader(kind: Any) -> Callable[[Any], Any]:
    """What makes a value of a type from JSON, and raises ValueError for anything else."""
    if kind in (str, int, float):
        return {str: _text, int: _whole, float: _number}[kind]
    if kind in (Facts, Summary):
        return lambda value: _read(kind, value)
    parts = get_args(kind)
    if get_origin(kind) is Literal:
        return lambda value: _one_of(parts, value)
    if NoneType in parts:
        read = _reader(parts[0])
        return lambda value: None if value is None else read(value)
    readers = [_reader(part) for part in parts if part is not ...]
    if ... in parts:
        return lambda value: tuple(map(readers[0], _list(value)))
    return lambda value: _several(readers, _list(value))


def _several(readers: list[Callable[[Any], Any]], values: list[Any]) -> tuple[Any, ...]:
    _wanted(f"{len(readers)} values", values, len(values) == len(readers))
    return tuple([read(value) for read, value in zip(readers, values, strict=True)])


def _wanted(what: str, value: Any, fits: bool) -> Any:
    if not fits:
        raise ValueError(f"want {what}, not {describe(value)}")
    return value


def _dict(value: Any) -> dict[str, Any]:
    found: dict[str, Any] = _wanted("a dict", value, isinstance(value, dict))
    return found


def _list(value: Any) -> list[Any]:
    found: list[Any] = _wanted("a list", value, isinstance(value, list))
    return found


def _text(value: Any) -> str:
    return str(_wanted("a string", value, isinstance(value, str)))


def _one_of(known: tuple[str, ...], value: Any) -> Any:
    return _wanted(f"one of {', '.join(known)}", value, value in known)


def _whole(value: Any) -> int:
    fits = type(value) is int and 0 <= value < LARGEST
    return int(_wanted("a whole number of 0 or more", value, fits))


def _number(value: Any) -> float:
    return float(_wanted("a number", value, type(value) in (int, float) or value in ("nan", "inf", "-inf")))
