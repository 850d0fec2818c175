"""`ag.testing.assert_same_graph`: equal graphs pass, and of others the first difference is shown."""

from dataclasses import replace

import numpy as np
import pytest

import autograd as ag
import nn
from autograd.testing import assert_same_graph


def leaf(data, dtype="float64"):
    return ag.tensor(data, dtype=dtype, requires_grad=True)


def model_loss(seed=0):
    ag.manual_seed(seed)
    model = nn.Sequential(nn.Linear(2, 3), nn.ReLU(), nn.Linear(3, 1))
    return model, model(ag.ones(4, 2)).sum()


def test_equal_graphs():
    model, loss = model_loss()
    again, same = model_loss()
    assert_same_graph(loss, same)
    assert_same_graph(ag.graph(loss, model), ag.graph(same, again))
    x = leaf([1.0, 2.0])
    assert_same_graph([np.sin(x), np.cos(x)], [np.sin(x), np.cos(x)])


def different(change, x=None):
    x = leaf([1.0, 2.0]) if x is None else x
    with pytest.raises(AssertionError) as caught:
        assert_same_graph(change(x), np.sin(x) * 2 + x)
    return str(caught.value)


CHANGES = {
    "op is 'cos', expected 'sin'": lambda x: np.cos(x) * 2 + x,
    "y is 3, expected 2": lambda x: np.sin(x) * 3 + x,
    "it is made of x=2, y=2, expected x=2, y=0": lambda x: (lambda y: y + y)(np.sin(x) * 2),
    "there are 5 nodes, expected 4": lambda x: np.exp(np.sin(x) * 2 + x),
    "kind is 'operation', expected 'result'": lambda x: np.exp(np.sin(x) * 2 + x),
    "shape is (2, 1), expected (2,)": lambda x: np.sin(leaf([[1.0], [2.0]])) * 2 + x,
    "dtype is 'float32', expected 'float64'": lambda x: np.sin(leaf([1.0, 2.0], "float32")) * 2 + x,
    "scope is 'model', expected ''": ag.scope("model")(lambda x: np.sin(x) * 2 + x),
}


@pytest.mark.parametrize("why", CHANGES)
def test_differences(why):
    message = different(CHANGES[why])
    assert message.startswith("the graphs differ at node ")
    if "nodes" not in why:
        assert why in message or "kind is" in message
    assert "\n  - " in message or "\n  + " in message


def test_what_the_message_shows():
    x = leaf([1.0, 2.0])
    assert different(CHANGES["op is 'cos', expected 'sin'"], x).splitlines() == [
        "the graphs differ at node 1: op is 'cos', expected 'sin'.",
        "    0: leaf (2,) float64",
        "  - 1: sin (2,) float64, of x=0",
        "  - 2: multiply (2,) float64, y=2, of x=1",
        "  - 3: add (2,) float64, of x=2, y=0",
        "  + 1: cos (2,) float64, of x=0",
        "  + 2: multiply (2,) float64, y=2, of x=1",
        "  + 3: add (2,) float64, of x=2, y=0",
    ]


def test_names():
    x = leaf([1.0, 2.0])
    y = x * 2
    with pytest.raises(AssertionError, match="node 0: name is 'a', expected 'b'"):
        assert_same_graph(ag.graph(y, {"a": x}), ag.graph(y, {"b": x}))


def test_numbers_have_a_tolerance():
    def of(value, factor=2.0):
        x = leaf(value)
        y = x * factor
        y.backward(retain_graph=True)
        return ag.graph(y, {"x": x})

    assert_same_graph(of(1.0), of(1.0 + 1e-8))
    assert_same_graph(of(1.0), of(1.1), rtol=0.2)
    assert_same_graph(of(1.0), of(1.1), atol=0.2)
    assert_same_graph(of(np.nan), of(np.nan))
    assert_same_graph(of(1.0, 2.0), of(1.0, 2.001), rtol=0.01)
    with pytest.raises(AssertionError, match=r"value is 1\.0, expected 1\.1"):
        assert_same_graph(of(1.0), of(1.1))
    with pytest.raises(AssertionError, match=r"grad is 2\.0, expected 2\.5"):
        assert_same_graph(of(1.0), of(1.0, 2.5))
    with pytest.raises(AssertionError, match="value is nan, expected 1"):
        assert_same_graph(of(np.nan), of(1.0))


def test_arguments_that_are_words():
    known = ag.graph(leaf([1.0, 2.0]) * 2)
    nodes = (known.nodes[0], replace(known.nodes[1], arguments=(("y", "constant"),)))
    unknown = replace(known, nodes=nodes)
    assert_same_graph(unknown, unknown)
    with pytest.raises(AssertionError, match="y is constant, expected 2"):
        assert_same_graph(unknown, known)
