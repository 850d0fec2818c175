"""Snapshots as JSON, and back."""

from __future__ import annotations

import json
import math
from collections.abc import Mapping
from dataclasses import fields
from typing import Any

from autograd.errors import ArgumentError
from autograd.graphs.data import Facts, GraphEdge, GraphNode
from autograd.notes import Summary

COUNTS = ("zeros", "nans", "infinities", "dead")
KINDS = ("leaf", "constant", "operation", "result")


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
        data = json.loads(text)
        nodes = tuple([_node(row) for row in data["nodes"]])
        edges = tuple([GraphEdge(**row) for row in data["edges"]])
        scopes = {str(path): str(kind) for path, kind in data["scopes"].items()}
    except (ValueError, TypeError, KeyError, AttributeError, RecursionError) as error:
        raise _refusal(f"{type(error).__name__}: {error}") from error
    for place, node in enumerate(nodes):
        if node.id != place or node.kind not in KINDS:
            raise _refusal(f"node {place} has the id {node.id!r} and the kind {node.kind!r}")
    for edge in edges:
        if not (isinstance(edge.source, int) and isinstance(edge.target, int) and 0 <= edge.source < edge.target):
            raise _refusal(f"an edge leads from {edge.source!r} to {edge.target!r}")
        if edge.target >= len(nodes):
            raise _refusal(f"an edge leads to node {edge.target}, and there are {len(nodes)}")
    return nodes, edges, scopes


def _refusal(why: str) -> ArgumentError:
    return ArgumentError(f"Graph.from_json: this is not what to_json writes: {why}.")


def _node(row: dict[str, Any]) -> GraphNode:
    row["shape"] = None if row["shape"] is None else tuple(row["shape"])
    facts = row.pop("facts")
    for key in facts.keys() & {"value", "gradient"}:
        limits = {part: float(facts[key][part]) for part in ("low", "high", "norm")}
        facts[key] = Summary(**facts[key] | limits, shape=row["shape"] or (), dtype=row["dtype"])
    facts |= {key: tuple(map(_number, facts[key])) for key in facts.keys() & {"numbers", "histogram"}}
    row["arguments"] = tuple([(str(name), str(value)) for name, value in row["arguments"]])
    numbers = {key: _number(row[key]) for key in ("value", "grad")}
    return GraphNode(**row | numbers, facts=Facts(**facts))


def _number(value: Any) -> Any:
    return float(value) if isinstance(value, str) else value
