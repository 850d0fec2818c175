"""Snapshots with what was measured: of live graphs, of recorded ones, and of one traced call."""

import json
import math
import weakref
from dataclasses import dataclass, replace

import numpy as np
import pytest

import autograd as ag
import nn
from autograd.graphs import Facts, Graph, GraphEdge, graph


def leaf(value):
    return ag.tensor(value, requires_grad=True)


class Steps(nn.Module):
    """A cell that is called once a step, and a layer."""

    def __init__(self):
        super().__init__()
        self.cell = nn.LSTMCell(3, 4)
        self.out = nn.Linear(4, 2)

    def forward(self, x):
        state = None
        for step in range(x.shape[1]):
            state = self.cell(x[:, step], state)
        return self.out(state[0])


def named(snapshot, name):
    return next(node for node in snapshot.nodes if name in (node.name, node.op))


# --- gradients --------------------------------------------------------------------------------------------


def test_gradients_of_every_node_and_along_every_edge():
    a, b = leaf(2.0), leaf(3.0)
    h = a * b
    y = h * h + a
    snapshot = graph(y, {"a": a, "b": b}, gradients=True)
    assert {node.name or node.op: node.grad for node in snapshot.nodes if node.op != "multiply"} == {
        "a": 37.0,
        "b": 24.0,
        "add": 1.0,
    }
    assert [node.grad for node in snapshot.nodes if node.op == "multiply"] == [12.0, 1.0]
    flows = [edge.gradient for edge in snapshot.edges if edge.source == 0]
    assert flows == [36.0, 1.0], "what each use contributes"
    assert a.grad is None and b.grad is None
    y.backward()
    assert a.grad.item() == 37.0, "the graph was not released"


def test_a_recorded_pass_is_used_and_none_is_run():
    x = leaf([1.0, 2.0])
    with ag.record():
        y = (x * x).sum()
        (3 * y).backward(retain_graph=True)
        z = y * 2
        z.backward(retain_graph=True)
    assert named(graph(z, gradients=True), "sum").facts.gradient.norm == 2.0
    assert graph(ag.exp(leaf(1.0))).nodes[1].facts.gradient is None


def test_a_recording_tells_lines_values_and_times():
    x = leaf([1.0, 0.0, -2.0])
    with ag.record():
        y = ag.relu(x * 2 + 0).sum()
        y.backward(retain_graph=True)
    product, total, relu = graph(y).nodes[1:4]
    assert (product.arguments, total.arguments) == ((("y", "2"),), (("y", "0"),))
    assert product.line.endswith("y = ag.relu(x * 2 + 0).sum()")
    assert (relu.facts.value.zeros, relu.facts.value.high) == (2, 2.0)
    assert relu.facts.forward > 0 and relu.facts.backward > 0
    assert relu.facts.gradient.norm == pytest.approx(math.sqrt(3))


def test_of_a_released_graph_there_are_no_gradients():
    x = leaf([1.0, 2.0])
    y = (x * x).sum()
    y.backward()
    with pytest.raises(ag.errors.GradientError, match="retain_graph"):
        graph(y, gradients=True)


def test_numbers_that_rules_keep_are_known():
    a, b = leaf(2.0), leaf(3.0)
    y = ag.tanh((a + b) * b)
    assert [node.value for node in graph(y).nodes] == [2.0, 3.0, 5.0, None, pytest.approx(np.tanh(15.0))]


def test_several_results_have_facts_of_their_own():
    x = leaf([1.0, 2.0, 3.0, 0.0])
    with ag.record():
        low, high = np.split(x * 2, 2)
        y = (low * high).sum()
        y.backward(retain_graph=True)
    parts = {node.arguments: node for node in graph(y).nodes if node.op == "part"}
    assert [(part.facts.value.low, part.facts.value.high, part.facts.forward) for part in parts.values()] == [
        (2.0, 4.0, None),
        (0.0, 6.0, None),
    ]
    traced = graph(lambda x: (lambda parts: (parts[0] * parts[1]).sum())(np.split(x * 2, 2)), x, gradients=True)
    edges = [edge for edge in traced.edges if traced.nodes[edge.source].op == "part"]
    assert [edge.gradient for edge in edges] == [6.0, pytest.approx(math.sqrt(20))]


def test_a_flow_that_is_not_finite_has_no_norm():
    h = leaf([0.0, 1.0])
    with np.errstate(divide="ignore"):
        snapshot = graph((np.sqrt(h) + h * 3).sum(), gradients=True)
    flows = {snapshot.nodes[edge.target].op: edge.gradient for edge in snapshot.edges if edge.source == 0}
    assert math.isnan(flows["sqrt"]) and flows["multiply"] == pytest.approx(3 * math.sqrt(2))


# --- what is kept and counted -----------------------------------------------------------------------------


def test_bytes_are_counted_once_and_parameters_and_named_data_not_at_all():
    x, w = np.ones((8, 4), np.float32), leaf(np.ones((4, 3), np.float32))
    h = ag.tanh(x @ w)  # keeps its result, which the next two keep as well
    y = (h * h).sum()
    kept = {node.op: node.facts.kept for node in graph(y, {"x": x}).nodes if node.op}
    assert kept == {"matmul": 0, "tanh": 8 * 3 * 4, "multiply": 0, "sum": 0}
    assert graph(y).nodes[2].facts.kept == 8 * 4 * 4, "data that has no name may be kept by the graph alone"
    traced = graph(lambda w: (lambda h: (h * h).sum())(ag.tanh(x @ w)), w, names={"x": x})
    assert {node.op: node.facts.kept for node in traced.nodes if node.op} == kept


def test_multiply_adds_with_and_without_a_recording():
    layer, x = nn.Linear(4, 3), np.ones((8, 4), np.float32)
    assert named(graph(layer(ag.Tensor(x)), layer), "linear").facts.multiply_adds == 8 * 4 * 3
    assert named(graph(layer, x), "linear").facts.multiply_adds == 8 * 4 * 3
    x, w = leaf(np.ones((2, 3))), leaf(np.ones((4, 3)))
    assert named(graph(np.einsum("ij,kj->ik", x, w)), "einsum").facts.multiply_adds == 24
    cell = nn.LSTMCell(3, 4)
    assert named(graph(cell, np.ones((2, 3), np.float32)), "lstm").facts.multiply_adds == 2 * 16 * (3 + 4)


def test_small_arrays_are_listed_and_large_ones_counted():
    small, large = leaf([1.0, np.nan]), leaf(np.arange(1000.0))
    facts = [node.facts for node in graph([small * 1, large * 1]).nodes if node.kind == "leaf"]
    assert facts[0].numbers[0] == 1.0 and math.isnan(facts[0].numbers[1]) and not facts[0].histogram
    assert sum(facts[1].histogram) == 1000 and max(facts[1].histogram) - min(facts[1].histogram) <= 1
    for odd in (np.full(99, np.nan), np.full(99, 7.0), np.zeros((0, 3)), np.array([np.inf] * 50 + [1e308, -1e308])):
        assert not graph(x := leaf(odd)).nodes[0].facts.histogram, x
    huge = leaf(np.linspace(-1, 1, 1_000_000).reshape(1000, 1000).T)
    assert 50_000 < sum(graph(huge).nodes[0].facts.histogram) <= 1 << 16, "a sample"


# --- one traced call --------------------------------------------------------------------------------------


def test_a_function_of_numbers():
    snapshot = graph(lambda a, b: np.tanh(a * b + 1), 2.0, -0.5, gradients=True)
    assert [(node.name or node.op, node.value) for node in snapshot.nodes] == [
        ("a", 2.0),
        ("b", -0.5),
        ("multiply", -1.0),
        ("add", 0.0),
        ("tanh", 0.0),
    ]
    assert [node.grad for node in snapshot.nodes] == [-0.5, 2.0, 1.0, 1.0, 1.0]
    assert snapshot.nodes[3].arguments == (("y", "1"),)


def test_everything_that_led_to_the_result_is_there_in_the_graph_or_not():
    def f(x, scale):
        mask = (x > 0) * scale
        unused = ag.exp(x)
        assert unused is not None
        return (x * x.detach() * mask).sum()

    x = leaf([1.0, -2.0])
    snapshot = graph(f, x, ag.tensor(3.0), names={"x": x})
    kinds = {node.op or node.name: node.kind for node in snapshot.nodes}
    assert kinds["greater"] == kinds["detach()"] == kinds["scale"] == "constant"
    assert kinds["x"] == "leaf" and kinds["sum"] == "result" and "exp" not in kinds
    assert all(edge.source < edge.target for edge in snapshot.edges)


def test_a_model_is_called_as_it_is_and_left_as_it_was():
    model = nn.Sequential(nn.Linear(3, 4), nn.BatchNorm1d(4), nn.Dropout(0.5))
    before = {name: np.array(value) for name, value in model.state_dict().items()}
    state = ag.default_generator().bit_generator.state
    first = graph(model, np.ones((5, 3), np.float32), gradients=True)
    second = graph(model, np.ones((5, 3), np.float32), gradients=True)
    assert first == second and first.to_json() == second.to_json(), "the same masks"
    assert ag.default_generator().bit_generator.state == state
    for name, value in model.state_dict().items():
        np.testing.assert_array_equal(value, before[name])
    assert model.training and all(parameter.grad is None for parameter in model.parameters())
    assert first.scopes == {
        "Sequential": "Sequential",
        "Sequential.0": "Linear",
        "Sequential.1": "BatchNorm1d",
        "Sequential.2": "Dropout",
    }
    model.eval()
    assert "Sequential.2" not in graph(model, np.ones((5, 3), np.float32)).scopes


def test_each_call_of_a_module_is_a_scope_of_its_own():
    model = Steps()
    snapshot = graph(model, np.ones((2, 3, 3), np.float32))
    scopes = list(dict.fromkeys(node.scope for node in snapshot.nodes if node.op == "lstm"))
    assert scopes == ["Steps.cell@1", "Steps.cell@2", "Steps.cell@3"]
    assert snapshot.scopes["Steps.cell@2"] == "LSTMCell" and snapshot.scopes["Steps.out"] == "Linear"
    assert {node.scope for node in snapshot.nodes if node.name.startswith("cell.")} == {"Steps"}
    twice = graph(lambda x: model(model(x.reshape(1, 1, 3))[None] @ np.ones((2, 3), np.float32)), np.ones(3, "f"))
    assert {"", "Steps@1.cell", "Steps@2.out"} <= {node.scope for node in twice.nodes}


def test_what_an_operation_returned_is_told_apart():
    snapshot = graph(lambda x: (lambda parts: parts[1] * parts[0] - parts[1])(np.split(x, 2)), np.ones(4))
    parts = {node.arguments: node.id for node in snapshot.nodes if node.op == "part"}
    low, high = parts[("place", "0"),], parts[("place", "1"),]
    assert [
        (edge.source, edge.argument) for edge in snapshot.edges if edge.target == named(snapshot, "multiply").id
    ] == [
        (high, "x"),
        (low, "y"),
    ]
    assert snapshot.nodes[high].shape == (2,)
    assert [node.kind for node in graph(lambda x: np.split(x, 2)[1], np.ones(4)).nodes][-1] == "result"


def test_lines_are_those_of_the_program():
    def f(x):
        return ag.exp(x)

    assert graph(f, 1.0).nodes[1].line.endswith("return ag.exp(x)")
    assert graph(nn.Linear(2, 2), np.ones((1, 2), "f")).nodes[-1].line == "", "the call itself says nothing new"


def test_orders_of_derivatives():
    def f(x):
        return (np.sin(x) * x).sum()

    snapshot = graph(lambda x: ag.gradients(f(x), x, create_graph=True)[0], np.ones(3))
    assert {node.facts.order for node in snapshot.nodes if node.op} == {0, 1}
    assert snapshot.nodes[-1].facts.order == 1, "gradients that are added up"
    snapshot = graph(lambda x: ag.grad(ag.grad(ag.grad(np.sin)))(x), leaf(1.0))
    assert max(node.facts.order or 0 for node in snapshot.nodes) == 3


def test_options_are_what_an_operation_was_called_with():
    def f(x):
        return np.sum(x[:, 1:].reshape(2, -1).T, axis=0, keepdims=True).clip(min=0)

    wanted = [("index", "[:, 1:]"), ("shape", "(2, -1)"), ("axis", "0"), ("keepdims", "True"), ("min", "0")]
    x = leaf(np.ones((2, 3)))
    with ag.record():
        y = f(x)
    for snapshot in (graph(f, x), graph(y)):
        assert [pair for node in snapshot.nodes for pair in node.options] == wanted
    live = [pair for node in graph(f(x)).nodes for pair in node.options]
    assert ("index", "[:, 1:]") in live and ("axis", "0") in live, "rules keep them"
    assert graph(f, x) == graph(lambda x: f(x), x)
    picked = graph(lambda x: x[np.array([0, 1]), 1:], x)
    assert picked.nodes[-1].options == (), "arrays are no options"


def test_times_are_measured_where_they_are_asked_for():
    model, x = nn.Linear(3, 3), np.ones((2, 3), np.float32)
    facts = named(graph(model, x, gradients=True), "linear").facts
    assert facts.forward is None and facts.backward is None
    facts = named(graph(model, x, gradients=True, timed=3), "linear").facts
    assert 0 < facts.forward < 1 and 0 < facts.backward < 1


def test_a_call_without_a_graph():
    model = nn.Linear(2, 2)
    with ag.no_grad():
        snapshot = graph(model, np.ones((1, 2), np.float32))
        with pytest.raises(ag.errors.GradientError, match="no result needs a gradient"):
            graph(model, np.ones((1, 2), np.float32), gradients=True)
    assert [(node.kind, node.op or node.name) for node in snapshot.nodes][-1] == ("result", "linear")
    assert [node.kind for node in graph(lambda x: x, ag.ones(2)).nodes] == ["constant"]
    assert [node.kind for node in graph(lambda x: x, leaf(1.0)).nodes] == ["leaf"]


def test_a_training_step_that_runs_its_own_backward_pass():
    model = nn.Linear(2, 1)

    def step():
        loss = model(ag.ones(3, 2)).sum()
        loss.backward()
        return loss

    snapshot = graph(step, names=model, gradients=True)
    assert named(snapshot, "weight").facts.gradient.norm == pytest.approx(3 * math.sqrt(2))


def test_what_may_not_be_asked_for():
    x = leaf(1.0)
    for call, message in {
        "graph(x * 2, 'x', names={})": "takes their names alone",
        "graph(x * 2, timed=3)": r"with ag.record\(\)",
        "graph([])": "the list is empty",
        "graph(3.0)": "not float",
        "graph(nn.Linear)": "not Linear",
        "graph(lambda x: 2 * x, 3)": "returned 6, in which there is no Tensor.*2.0, not 2",
        "graph(x * 2, mask=1)": "graph of Tensors has no mask",
        "graph(lambda: x, timed=-1)": "timed=-1",
        "graph(lambda: x, timed='3')": "timed='3'; want how many times",
        "graph(lambda: x, names=3)": "names is a Module or a dict",
    }.items():
        with pytest.raises(ag.errors.ArgumentError, match=message):
            eval(call, {"graph": graph, "x": x, "nn": nn})
    with pytest.raises(ZeroDivisionError):
        graph(lambda: 1 / 0)


# --- models of all kinds ------------------------------------------------------------------------------------


def scopes_of(snapshot):
    return {node.op: (node.scope, snapshot.scopes.get(node.scope)) for node in snapshot.nodes if node.op}


def test_a_part_of_two_models_has_in_each_the_name_that_it_has_there():
    shared, x = nn.Linear(3, 3), np.ones((2, 3), np.float32)
    first = nn.Sequential(shared, nn.ReLU())
    second = nn.Sequential(nn.Tanh(), shared)
    assert scopes_of(graph(first, x)) == {
        "linear": ("Sequential.0", "Linear"),
        "relu": ("Sequential.1", "ReLU"),
    }
    assert scopes_of(graph(second, x))["linear"] == ("Sequential.1", "Linear")
    live = graph(first(ag.Tensor(x)).sum(), first)
    assert "Sequential.1" not in live.scopes, "two modules of different classes have it"


def test_a_part_of_a_model_is_a_model():
    class Net(nn.Module):
        def __init__(self):
            super().__init__()
            self.encoder = nn.Sequential(nn.Linear(3, 3), nn.ReLU())
            self.layers = nn.ModuleList([nn.Linear(3, 3)])

        def forward(self, x):
            return self.layers[0](self.encoder(x))

    net, x = Net(), np.ones((2, 3), np.float32)
    assert scopes_of(graph(net.encoder, x))["relu"] == ("Sequential.1", "ReLU")
    assert scopes_of(graph(lambda x: net.encoder(x), x, names=net))["relu"] == ("encoder.1", "ReLU")
    snapshot = graph(net, x)
    assert (snapshot.scopes["Net.layers"], snapshot.scopes["Net.layers.0"]) == ("ModuleList", "Linear")
    assert graph(net(ag.Tensor(x)), net).scopes == snapshot.scopes
    assert graph(net.encoder(ag.Tensor(x)), net.encoder).scopes["encoder.1"] == "ReLU"


def test_models_are_met_where_they_are_called():
    norm, layer = nn.BatchNorm1d(3), nn.Linear(3, 3)
    model = nn.Sequential(layer, norm)
    before = norm.running_mean.numpy().copy()
    for _ in range(2):
        snapshot = graph(lambda x, scale: model(x) * scale, np.ones((2, 3), np.float32), scale=2.0, timed=2)
        np.testing.assert_array_equal(norm.running_mean, before)
    assert snapshot.scopes["Sequential.1"] == "BatchNorm1d"
    assert {"x", "scale", "0.weight", "1.bias"} <= {node.name for node in snapshot.nodes}


def test_functions_that_are_recorded_as_one_operation():
    layer = nn.Linear(3, 3)

    class Checkpointed(nn.Module):
        def __init__(self):
            super().__init__()
            self.layer = layer

        def forward(self, x):
            return ag.checkpoint(self.layer)(x * 2).sum()

    x = ag.tensor(np.ones((2, 3), np.float32), requires_grad=True)
    snapshot = graph(Checkpointed(), x, gradients=True)
    inner = next(node for node in snapshot.nodes if node.kind == "operation" and node.op not in ("multiply", "sum"))
    sources = {
        snapshot.nodes[edge.source].name or snapshot.nodes[edge.source].op: edge
        for edge in snapshot.edges
        if edge.target == inner.id
    }
    assert set(sources) == {"multiply", "layer.weight", "layer.bias"}
    assert inner.scope == "Checkpointed" and inner.facts.value is not None
    assert (inner.facts.kept, inner.facts.multiply_adds) == (2 * 3 * 4, None)
    assert sources["multiply"].gradient is not None and named(snapshot, "x").facts.gradient is not None
    reverse = ag.custom_vjp(lambda x: x * 1)
    reverse.defvjp(lambda x: (x, None), lambda _, g: (-g,))
    snapshot = graph(lambda v: reverse(v) * 2, 3.0, gradients=True)
    assert named(snapshot, "v").grad == -2.0


def test_what_was_computed_before_the_call_is_given():
    y = leaf(2.0) * 3
    snapshot = graph(lambda u: u * u, y, gradients=True)
    assert [(node.kind, node.name or node.op, node.value, node.grad) for node in snapshot.nodes] == [
        ("leaf", "u", 6.0, 12.0),
        ("result", "multiply", 36.0, 1.0),
    ]


def test_arguments_and_results_in_containers():
    @dataclass
    class Output:
        loss: ag.Tensor
        extra: dict

    def f(params, x):
        y = params["w"] * x[0]
        return Output(y.sum(), {"y": y})

    snapshot = graph(f, {"w": np.ones(3)}, [2.0])
    assert {node.name for node in snapshot.nodes if node.kind == "leaf"} == {"params['w']", "x[0]"}
    assert [node.kind for node in snapshot.nodes if node.op] == ["result", "result"]


def test_several_results_are_not_kept_alive():
    alive = []

    def f(x):
        for _ in range(3):
            low, high = np.split(x, 2)
            alive.append(weakref.ref(low))
            x = np.concatenate([high, high])
        del low, high
        assert sum(ref() is not None for ref in alive) == 0
        return x

    with ag.no_grad():
        graph(f, ag.ones(4))


# --- JSON -------------------------------------------------------------------------------------------------


def test_json_and_back():
    model = Steps()
    snapshot = graph(model, np.ones((2, 3, 3), np.float32), gradients=True, timed=1)
    text = snapshot.to_json()
    again = Graph.from_json(text)
    assert again == snapshot and again.to_json() == text
    assert again.nodes[5].facts.value == snapshot.nodes[5].facts.value
    assert again.edges[3].gradient == snapshot.edges[3].gradient
    odd = leaf([np.nan, np.inf])
    with np.errstate(divide="ignore"):
        strange = graph([np.log(leaf(0.0)), odd * 1])
    again = Graph.from_json(strange.to_json())
    assert again.nodes[1].value == -math.inf and again.nodes[2].facts.value.nans == 1
    unknown = graph(leaf(np.nan) * 2)
    assert Graph.from_json(unknown.to_json()) == unknown and hash(unknown.nodes[1]) == hash(unknown.nodes[1])


@pytest.mark.parametrize(
    "change",
    [
        lambda data: data["nodes"].pop(0),
        lambda data: data["nodes"][0].update(kind="virus"),
        lambda data: data["nodes"][0].update(surprise=1),
        lambda data: data["edges"][0].update(source=9),
        lambda data: data["edges"][0].update(target="1"),
        lambda data: data.pop("scopes"),
        lambda data: data["nodes"][0].update(facts=[1]),
    ],
)
def test_json_of_something_else_is_refused(change):
    data = json.loads(graph(-leaf(1.0)).to_json())
    change(data)
    with pytest.raises(ag.errors.ArgumentError, match="not what to_json writes"):
        Graph.from_json(json.dumps(data))


def test_facts_do_not_tell_graphs_apart():
    snapshot = graph(-leaf(1.0))
    other = Graph(
        tuple(replace(node, line="elsewhere", facts=Facts()) for node in snapshot.nodes),
        tuple(GraphEdge(edge.source, edge.target, edge.argument, 3.0) for edge in snapshot.edges),
        snapshot.scopes,
    )
    assert snapshot == other
    ag.testing.assert_same_graph(snapshot, other)
