"""Initial values: the distributions that the formulas promise."""

import math

import numpy as np
import pytest

import autograd as ag
import nn

init = nn.init


def draw(function, shape=(300, 200), **arguments):
    parameter = nn.Parameter(np.empty(shape, np.float32))
    assert function(parameter, rng=np.random.default_rng(0), **arguments) is parameter
    return parameter.data


def assert_uniform(values, bound):
    assert abs(values).max() <= bound and abs(values).max() > 0.999 * bound
    assert values.std() == pytest.approx(bound / math.sqrt(3), rel=0.02)
    assert abs(values.mean()) < 0.02 * bound


def assert_normal(values, std):
    assert values.std() == pytest.approx(std, rel=0.02)
    assert abs(values.mean()) < 0.02 * std
    assert np.mean(abs(values) < std) == pytest.approx(0.6827, abs=0.01)


def test_distributions():
    assert_uniform(draw(init.uniform_, a=-2, b=2), 2)
    assert_normal(draw(init.normal_, std=3), 3)
    assert_uniform(draw(init.xavier_uniform_, gain=2), 2 * math.sqrt(6 / 500))
    assert_normal(draw(init.xavier_normal_), math.sqrt(2 / 500))
    assert_uniform(draw(init.kaiming_uniform_), math.sqrt(6 / 200))
    assert_uniform(draw(init.kaiming_uniform_, a=1, mode="fan_out"), math.sqrt(3 / 300))
    assert_normal(draw(init.kaiming_normal_, nonlinearity="relu"), math.sqrt(2 / 200))
    assert_normal(draw(init.kaiming_normal_, shape=(30, 20, 5, 5), nonlinearity="tanh"), 5 / 3 / math.sqrt(500))


def test_constants():
    assert (init.ones_(nn.Parameter(np.zeros(3))).data == 1).all()
    assert (init.zeros_(nn.Parameter(np.ones(3))).data == 0).all()
    assert (init.constant_(nn.Parameter(np.ones(3)), 2.5).data == 2.5).all()


def test_linear_starts_as_in_pytorch():
    layer = nn.Linear(200, 300, rng=np.random.default_rng(0))
    assert_uniform(layer.weight.data, 1 / math.sqrt(200))
    assert abs(layer.bias.data).max() <= 1 / math.sqrt(200) and layer.bias.data.std() > 0.5 / math.sqrt(200)


def test_a_seed_decides_and_both_widths_start_alike():
    ag.manual_seed(5)
    narrow = nn.Linear(4, 3)
    ag.manual_seed(5)
    wide = nn.Linear(4, 3, dtype="float64")
    np.testing.assert_array_equal(narrow.weight.data, wide.weight.data.astype("float32"))
    assert not np.array_equal(nn.Linear(4, 3).weight.data, narrow.weight.data)


def test_a_graph_that_keeps_the_old_values_notices():
    layer = nn.Linear(3, 2)
    x = ag.ones(1, 3, requires_grad=True)
    loss = layer(x).sum()
    layer.reset_parameters()
    with pytest.raises(ag.errors.GradientError, match="changed in place"):
        loss.backward()


@pytest.mark.parametrize(
    ("name", "param", "gain"),
    [
        ("linear", None, 1),
        ("conv2d", None, 1),
        ("conv_transpose1d", None, 1),
        ("sigmoid", None, 1),
        ("tanh", None, 5 / 3),
        ("relu", None, 2**0.5),
        ("leaky_relu", None, (2 / 1.0001) ** 0.5),
        ("leaky_relu", 0.2, (2 / 1.04) ** 0.5),
        ("selu", None, 0.75),
    ],
)
def test_gains(name, param, gain):
    assert init.calculate_gain(name, param) == pytest.approx(gain)


@pytest.mark.parametrize(
    ("call", "message"),
    [
        (lambda p: init.calculate_gain("softplus2"), "want linear, sigmoid"),
        (lambda p: init.uniform_(p, 2, 1), "want a <= b"),
        (lambda p: init.normal_(p, std=-1), "at least 0"),
        (lambda p: init.kaiming_uniform_(p), "at least two axes"),
        (lambda p: init.kaiming_uniform_(nn.Parameter(np.ones((2, 2))), mode="fan"), "'fan_in' or 'fan_out'"),
        (lambda p: init.xavier_normal_(p), "at least two axes"),
    ],
)
def test_what_does_not_fit(call, message):
    with pytest.raises(ag.errors.ArgumentError, match=message):
        call(nn.Parameter(np.ones(3)))
