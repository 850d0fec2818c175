"""The directional mode: few evaluations where all is right, and the wrong elements found where not."""

import numpy as np
import pytest

import autograd as ag
import nn
from autograd.testing.kinks import random_direction

MANY = 10_000


def wrong_at(*places, size=MANY):
    """A square whose rule is wrong in a few elements alone, and the list of its calls."""
    factor = np.full(size, 2.0)
    factor[list(places)] = 2.5
    calls = []

    def forward(x):
        calls.append(1)
        return x * x

    square = ag.custom_vjp(forward)
    square.defvjp(lambda x: (forward(x), x), lambda x, g: (g * factor * x,))
    return square, calls


def values(size=MANY, seed=0):
    return np.random.default_rng(seed).uniform(0.5, 2.0, size)


def directional(function, inputs, **given):
    return ag.gradcheck(function, inputs, mode="directional", raise_exception=False, **given)


# --- what it finds ----------------------------------------------------------------------------------------


@pytest.mark.parametrize("seed", range(3))
@pytest.mark.parametrize("place", [0, 4321, MANY - 1])
def test_one_wrong_element_among_many(place, seed):
    square, calls = wrong_at(place)
    report = directional(square, values(), seed=seed)
    assert report.findings[0].index == (place,)
    assert f"x[{place}]" in str(report)
    assert report.findings[0].ratio == pytest.approx(1.25, rel=1e-6)
    assert len(calls) < 15_000


def test_one_wrong_element_of_a_matrix():
    square, _ = wrong_at(4321)
    report = directional(lambda x: square(x.reshape(-1)), values().reshape(100, 100))
    assert report.findings[0].index == (43, 21)


def test_several_wrong_elements():
    places = [17, 4000, 9000]
    report = directional(wrong_at(*places)[0], values())
    assert report.findings[0].index[0] in places


@pytest.mark.parametrize("share", [1e-3, -2.0])
def test_all_elements_wrong(share):
    off = ag.custom_vjp(np.sin)
    off.defvjp(lambda x: (np.sin(x), np.cos(x)), lambda c, g: (g * c * (1 + share),))
    (finding, *_) = directional(off, values(1_000)).findings
    assert finding.verdict == ("sign" if share == -2.0 else "constant factor")


def test_the_wrong_argument_of_several():
    product = ag.elementwise(lambda x, y: x * y, name="product", x=lambda g, y: g * y, y=lambda g, x: 3 * g * x)
    report = directional(product, (values(), values(seed=1)))
    assert {finding.argument for finding in report.findings} == {"y"}


def test_a_wrong_parameter_of_a_model():
    class Model(nn.Module):
        def __init__(self):
            self.right, self.wrong = nn.Linear(30, 30), nn.Parameter(ag.tensor(values(30)))
            self.square, _ = wrong_at(7, size=30)

        def forward(self, x):
            return np.tanh(self.right(x)) * self.square(self.wrong)

    report = directional(Model(), np.random.default_rng(0).normal(size=(4, 30)))
    assert [(finding.argument, finding.index) for finding in report.findings] == [("wrong", (7,))]


def test_wrong_at_second_order_alone():
    cube = ag.elementwise(
        lambda x: x**3, name="cube", x=lambda g, x: 3 * g * x * (x.numpy() if isinstance(x, ag.Tensor) else x)
    )
    assert directional(cube, values(500))
    assert directional(cube, values(500), order=2).findings[0].verdict == "second order"


# --- what it passes ---------------------------------------------------------------------------------------


def test_right_ones_take_few_evaluations():
    calls = []

    def f(x, y):
        calls.append(1)
        return np.sum(np.tanh(x) * y)

    report = directional(f, (values(), values(seed=1)))
    assert report.ok and len(calls) < 150
    assert [len(comparison.directions) for comparison in report.comparisons] == [2, 2]
    assert not any(comparison.entries for comparison in report.comparisons)


def test_a_model_of_many_parameters_takes_few_evaluations():
    calls = []

    class Counted(nn.Module):
        def __init__(self):
            self.body = nn.Sequential(nn.Linear(64, 100), nn.Tanh(), nn.Linear(100, 34))

        def forward(self, x, labels):
            calls.append(1)
            return nn.functional.cross_entropy(self.body(x), labels)

    model = Counted()
    assert sum(p.size for p in model.parameters()) > 9_900
    rng = np.random.default_rng(0)
    assert directional(model, (rng.normal(size=(16, 64)), rng.integers(0, 34, 16)))
    assert len(calls) < 300


@pytest.mark.parametrize("share", [0.01, 0.3, 1.0])
@pytest.mark.parametrize("function", [ag.relu, np.abs, lambda x: ag.relu(x) * 3, lambda x: np.maximum(x, 0.2 * x)])
def test_kinks_in_many_places(function, share):
    x = values(600)
    x[: int(share * len(x))] = 0.0
    assert directional(function, x).ok


def test_kinks_beside_a_wrong_element():
    square, _ = wrong_at(434, size=600)
    x = values(600)
    x[:3] = 0.0
    report = directional(lambda x: np.concatenate([square(x), ag.relu(x)]), x)
    assert [finding.index for finding in report.findings] == [(434,)]


def test_a_dropped_network_with_dead_units():
    model = nn.Sequential(nn.Linear(20, 100), nn.ReLU(), nn.Dropout(0.5), nn.Linear(100, 5))
    model[0].bias.data[:] = 0.0
    x = np.random.default_rng(0).normal(size=(6, 20))
    x[0] = 0.0
    assert directional(model, x, order=2).ok


@pytest.mark.parametrize("shape", [(), (0,), (2, 0, 3)])
def test_few_elements(shape):
    assert directional(lambda x: x * x, np.ones(shape))


def test_directions_overlook_no_element():
    direction = random_direction(np.random.default_rng(0), (50, 40))
    assert np.abs(direction).min() >= 0.3 and np.abs(direction).max() <= 1 and 0.4 < np.mean(direction > 0) < 0.6


def test_a_wrong_element_among_kinks_in_many_places():
    x = np.abs(np.random.default_rng(0).normal(size=2000))
    x[::40] = 0.0
    place = 7

    def rule(g, x):
        slope = np.where(x > 0, g, 0)
        return slope + 1e-3 * g * (np.arange(2000) == place) if np.size(x) == 2000 else slope

    rectified = ag.elementwise(lambda x: np.maximum(x, 0), name="rectified", x=rule)
    (comparison,) = ag.gradcheck(rectified, x, mode="directional", raise_exception=False).comparisons
    assert [entry.index for entry in comparison.with_status("wrong")] == [(place,)]
