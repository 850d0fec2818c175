"""Snapshots of graphs: what is in them, what decides their order, and what they say when misused."""

import json
import threading
import time
import weakref

import numpy as np
import pytest

import autograd as ag
from autograd.graphs import Graph, GraphEdge, graph


class Parameter(ag.Tensor):
    """What a module's weights are: any subclass of Tensor."""

    __slots__ = ()


class Scale:
    """As much of a Module as snapshots ask for."""

    def __init__(self):
        self.weight = Parameter(np.ones((3, 2), np.float32), requires_grad=True)

    def named_parameters(self):
        return [("inner.weight", self.weight)]

    def named_modules(self):
        return [("", self), ("inner", self)]

    def __call__(self, x):
        with ag.scope("Scale"), ag.scope("inner"):
            return x @ self.weight


def leaf(value):
    return ag.tensor(value, requires_grad=True)


def names_of(snapshot):
    return [node.name or node.op for node in snapshot.nodes]


def test_an_expression():
    x, w = leaf(3.0), leaf(2.0)
    h = w * x
    snapshot = graph(ag.tanh(h - w), names={"w": w, "x": x, "h": h})
    assert names_of(snapshot) == ["w", "x", "h", "subtract", "tanh"]
    assert [node.kind for node in snapshot.nodes] == ["leaf", "leaf", "operation", "operation", "result"]
    assert [node.value for node in snapshot.nodes] == [2.0, 3.0, 6.0, None, pytest.approx(np.tanh(4.0))]
    assert snapshot.edges == (
        GraphEdge(0, 2, "x"),
        GraphEdge(1, 2, "y"),
        GraphEdge(2, 3, "x"),
        GraphEdge(0, 3, "y"),
        GraphEdge(3, 4, "x"),
    )
    assert repr(snapshot) == "<Graph of tanh (): 5 nodes, 5 edges>"


def test_a_tensor_used_twice_by_one_operation_has_two_edges():
    x = leaf(3.0)
    assert graph(x * x).edges == (GraphEdge(0, 1, "x"), GraphEdge(0, 1, "y"))


def test_gradients_are_shown_where_they_are_kept():
    x = leaf(3.0)
    h = x * 2
    h.retain_grad()
    y = h * h
    y.backward()
    assert [node.grad for node in graph(y, names={"h": h}).nodes] == [24.0, 12.0, None]


def test_a_leaf_whose_tensor_is_gone_is_still_there():
    y = ag.exp(leaf(1.0))
    assert graph(y).nodes[0].kind == "leaf"
    assert graph(y).nodes[0].value is None


def test_a_leaf_alone():
    assert repr(graph(leaf(1.0))) == "<Graph of a leaf: 1 nodes, 0 edges>"


def test_several_results():
    x = leaf([1.0, 2.0])
    total, y = x.sum(), ag.exp(x)
    snapshot = graph([total, ag.log(y), y], names=locals())
    assert [(node.name, node.op, node.kind) for node in snapshot.nodes] == [
        ("x", "", "leaf"),
        ("total", "sum", "result"),
        ("y", "exp", "result"),
        ("", "log", "result"),
    ]


def test_order_follows_from_structure_not_from_when_things_were_made():
    x = leaf(1.0)
    y = leaf(2.0)
    first = graph(ag.exp(x) * ag.sin(y), {"x": x, "y": y})
    y = leaf(2.0)
    x = leaf(1.0)
    sine = ag.sin(y)
    second = graph(ag.exp(x) * sine, {"y": y, "x": x})
    assert first == second
    assert first.to_json() == second.to_json()


def test_names_from_variables():
    _hidden, w = leaf(1.0), leaf(2.0)
    bias, model, text = np.ones(3, np.float32), Scale(), "no tensor"
    y = (model(w * _hidden * ag.ones(2, 3)) * np.ones(2, np.float32)).sum()
    snapshot = graph(y, names=locals())
    leaves = [node.name for node in snapshot.nodes if node.kind == "leaf"]
    assert leaves == ["w", "", "model.inner.weight"]
    assert text, bias


def test_parameters_are_drawn_in_the_module_that_uses_them():
    model, x = Scale(), leaf(np.ones((1, 3), np.float32))
    snapshot = graph(model(x).sum(), names=model)
    scopes = {node.name or node.op or node.kind: node.scope for node in snapshot.nodes}
    assert scopes == {"leaf": "", "inner.weight": "Scale.inner", "matmul": "Scale.inner", "sum": ""}
    assert snapshot.scopes == {"Scale": "Scale", "Scale.inner": "Scale"}


def test_a_parameter_used_by_two_modules_is_drawn_around_both():
    weight = Parameter(np.ones(2, np.float32), requires_grad=True)
    with ag.scope("model"):
        with ag.scope("a"):
            y = weight * 2
        with ag.scope("b"):
            y = y * weight
    assert graph(y).nodes[0].scope == "model"


def test_data_is_one_node_however_often_it_is_used():
    images, w = ag.ones(4, 3), leaf(np.ones((4, 3), np.float32))
    y = (images * w) * images
    snapshot = graph(y, names={"images": images})
    constants = [node for node in snapshot.nodes if node.kind == "constant"]
    assert [(node.name, node.shape, node.dtype) for node in constants] == [("images", (4, 3), "float32")]
    assert GraphEdge(constants[0].id, snapshot.nodes[-1].id, "y") in snapshot.edges


def test_data_keeps_its_name_in_another_shape():
    images, w = np.ones((4, 1, 3), np.float32), leaf(np.ones((3, 2), np.float32))
    snapshot = graph(images.reshape(4, 3) @ w, names={"images": images})
    assert [node.shape for node in snapshot.nodes if node.name == "images"] == [(4, 3)]
    snapshot = graph(images[:2, 0] @ w, names={"images": images})
    assert [node.shape for node in snapshot.nodes if node.name == "x"] == [(2, 3)], "a part is not the whole"


def test_numbers_are_arguments():
    x, rate = leaf(3.0), ag.tensor(0.5)
    assert graph(x * 2).nodes[1].arguments == (("y", "2"),)
    assert graph(x * rate).nodes[1].arguments == (("y", "0.5"),)
    assert graph(x + 2).nodes[1].arguments == (("y", "constant"),), "addition keeps nothing"
    named = graph(x * rate, names=locals())
    assert [(node.kind, node.name, node.value) for node in named.nodes[:2]] == [
        ("leaf", "x", 3.0),
        ("constant", "rate", 0.5),
    ]


def test_after_the_pass_what_was_released_is_no_longer_known():
    w = leaf(np.ones(3, np.float32))
    y = (np.ones(3, np.float32) * w).sum()
    assert len(graph(y).nodes) == 4
    y.backward()
    assert [node.arguments for node in graph(y).nodes] == [(), (("x", "constant"),), ()]


def test_a_sequence_of_tensors_has_an_edge_each():
    a, b = leaf([1.0]), leaf([2.0])
    snapshot = graph(ag.concatenate([a, np.ones(1, np.float32), b]))
    assert [(edge.source, edge.target) for edge in snapshot.edges] == [(0, 2), (1, 2)]
    assert len({edge.argument for edge in snapshot.edges}) == 1


def test_several_results_of_one_operation():
    @ag.primitive
    def halves(x):
        return x[:2], x[2:]

    halves.vjp(x=lambda g: np.concatenate(g))
    low, high = halves(leaf([1.0, 2.0, 3.0, 4.0]))
    snapshot = graph(low * high)
    assert [node.op for node in snapshot.nodes] == ["", "halves", "part", "part", "multiply"]
    assert snapshot.nodes[1].shape is None
    assert [node.arguments for node in snapshot.nodes[2:4]] == [(("place", "0"),), (("place", "1"),)]


def test_json():
    x = leaf(0.0)
    with np.errstate(divide="ignore"):
        snapshot = graph(ag.log(x), names=locals())
    data = json.loads(snapshot.to_json(), parse_constant=pytest.fail)
    assert data["nodes"][1]["value"] == "-inf"
    assert data["nodes"][0] == {
        "id": 0, "kind": "leaf", "op": "", "name": "x", "shape": [], "dtype": "float32", "scope": "",
        "value": 0.0, "grad": None, "arguments": [], "options": [], "line": "",
        "facts": {"value": {"size": 1, "low": 0.0, "high": 0.0, "norm": 0.0, "zeros": 1}, "numbers": [0.0]},
    }  # fmt: skip
    assert data["edges"] == snapshot.to_dict()["edges"]


def test_a_long_chain_is_neither_slow_nor_deep():
    x = leaf(1.0)
    y = x
    for _ in range(50_000):
        y = y * 0.999 + x
    taken = []
    size = threading.stack_size(128 * 1024)
    try:
        thread = threading.Thread(target=lambda: taken.append(graph(y)))
        start = time.process_time()
        thread.start()
        thread.join()
        seconds = time.process_time() - start
    finally:
        threading.stack_size(size)
    assert len(taken[0].nodes) == 100_001
    assert seconds < 10, "1.1 s on the machine where this was written"


def test_a_snapshot_does_not_keep_the_graph():
    data = np.ones(3, np.float32)
    kept = weakref.ref(data)
    y = leaf([1.0, 2.0, 3.0]) * data
    snapshot = graph(y, names={"y": y, "data": data})
    del y, data
    assert kept() is None
    assert isinstance(snapshot, Graph)


def test_errors():
    with pytest.raises(ag.errors.GradientError, match="needs no gradient: there is none"):
        graph(ag.ones(3))
    with pytest.raises(
        ag.errors.ArgumentError, match="want a Tensor, or a list of them, or a Module or function to call, not float"
    ):
        graph(3.0)
    with pytest.raises(ag.errors.ArgumentError, match="names is a Module or a dict of variables, not str"):
        graph(leaf(1.0), names="x")


def test_save(tmp_path):
    snapshot = graph(-leaf(1.0))
    path = snapshot.save(tmp_path / "graph.JSON")
    assert json.loads(path.read_text()) == json.loads(snapshot.to_json())
    with pytest.raises(ag.errors.ArgumentError, match=r"may end in .*\.json"):
        snapshot.save(tmp_path / "graph.bmp")
    with pytest.raises(FileNotFoundError):
        snapshot.save(tmp_path / "missing" / "graph.json")
    assert [path.name for path in tmp_path.iterdir()] == ["graph.JSON"]


def test_data_without_a_name_is_drawn_where_it_is_used():
    images, w = np.ones((2, 3), np.float32), leaf(np.ones((3, 2), np.float32))
    with ag.scope("model"):
        y = images @ w
    assert graph(y).nodes[1].scope == "model"
    assert graph(y, names=locals()).nodes[1].scope == ""


def test_scopes_of_any_name():
    with ag.scope(".a"), ag.scope(""), ag.scope(".."):
        y = leaf(1.0) * 2
    snapshot = graph(y)
    assert y.grad_fn.scope in snapshot.nodes[1].scope
    assert "multiply" in snapshot.picture().to_mermaid() and "multiply" in str(snapshot)
