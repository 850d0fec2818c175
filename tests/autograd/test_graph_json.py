"""Graphs from JSON: what is no graph is refused in a sentence, before a picture of it fails."""

import json
from dataclasses import fields

import numpy as np
import pytest

import autograd as ag
from autograd.graphs.data import Facts, Graph, GraphEdge, GraphNode
from autograd.notes import Summary


def written():
    """A graph as the data that its JSON has."""
    x = ag.tensor([1.0, 2.0], requires_grad=True)
    return json.loads(ag.graph(lambda: (2.0 * np.log(x)).sum(), gradients=True, timed=1).to_json())


ROWS = {
    GraphNode: lambda data: data["nodes"][1],
    Facts: lambda data: data["nodes"][1]["facts"],
    Summary: lambda data: data["nodes"][1]["facts"]["value"],
    GraphEdge: lambda data: data["edges"][0],
}


def refused(kind, name, value):
    """What is said of a value for a field."""
    data = written()
    ROWS[kind](data)[name] = value
    with pytest.raises(ag.errors.ArgumentError, match=r"^Graph\.from_json: this is not what to_json writes: ") as error:
        Graph.from_json(json.dumps(data))
    return str(error.value)


@pytest.mark.parametrize("kind", ROWS, ids=lambda kind: kind.__name__)
def test_no_field_takes_what_fits_nowhere(kind):
    names = kind._fields[2:] if kind is Summary else [part.name for part in fields(kind)]
    for name in names:
        for value in (True, -(10**400), [[1]], {"a": 1}, ["a", "b"]):
            assert name in refused(kind, name, value)


@pytest.mark.parametrize(
    ("kind", "name", "value", "message"),
    [
        (GraphNode, "op", None, "op: want a string, not None"),
        (GraphNode, "kind", "virus", "kind: want one of leaf, constant, operation, result, not 'virus'"),
        (GraphNode, "shape", "abc", "shape: want a list, not 'abc'"),
        (GraphNode, "shape", [-1], "shape: want a whole number of 0 or more, not -1"),
        (GraphNode, "shape", [2**63], "shape: want a whole number"),
        (GraphNode, "value", "much", "value: want a number, not 'much'"),
        (GraphNode, "arguments", [["a"]], "arguments: want 2 values, not ['a']"),
        (GraphNode, "scope", "a" + 1000 * ".a", "around node 1 there are more than 1,000 modules"),
        (Facts, "kept", -1, "facts: kept: want a whole number of 0 or more, not -1"),
        (Facts, "forward", -1.0, "facts: forward: want a number of 0 or more, not -1.0"),
        (Facts, "numbers", [None], "facts: numbers: want a number, not None"),
        (Facts, "sum", 1, "facts: Facts has no 'sum'"),
        (Summary, "norm", -1, "facts: value: norm: want a number of 0 or more, not -1"),
        (GraphEdge, "gradient", -1.0, "gradient: want a number of 0 or more, not -1.0"),
        (GraphEdge, "target", 99, "an edge leads from 0 to 99"),
    ],
)
def test_what_is_wrong_is_said(kind, name, value, message):
    assert message in refused(kind, name, value)


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("[]", "want a dict, not []"),
        ('{"nodes": {}}', "want a list, not {}"),
        ('{"nodes": [1]}', "want a dict, not 1"),
        ('{"nodes": [{}]}', "'id' and 'kind'"),
        ('{"nodes": [], "edges": []}', "there is no 'scopes'"),
        ('{"nodes": [], "edges": [], "scopes": {"Net": 1}}', "want a string, not 1"),
        ("[" * 100_000, "recursion"),
    ],
)
def test_other_texts(text, message):
    with pytest.raises(ag.errors.ArgumentError) as error:
        Graph.from_json(text)
    assert message in str(error.value)


def test_edges_out_of_order():
    data = written()
    data["edges"].reverse()
    with pytest.raises(ag.errors.ArgumentError, match="an edge to node 2 stands after one to node 3"):
        Graph.from_json(json.dumps(data))


def test_what_is_left_out_is_not_known():
    rows = [{"id": 0, "kind": "leaf"}, {"id": 1, "kind": "result", "op": "exp", "value": 1, "grad": "nan"}]
    graph = Graph.from_json(json.dumps({"nodes": rows, "edges": [{"source": 0, "target": 1}], "scopes": {}}))
    assert graph.nodes[0] == GraphNode(0, "leaf") and type(graph.nodes[1].value) is float
    assert Graph.from_json(graph.to_json()) == graph and "exp" in graph.tree()
