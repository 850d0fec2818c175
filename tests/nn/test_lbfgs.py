"""LBFGS and its line search."""

import copy

import numpy as np
import pytest

import autograd as ag
import nn
from nn.optim.line_searches import Point, strong_wolfe

LBFGS = nn.optim.LBFGS


def minimize(params, optimizer, function, steps=1):
    """The loss at the beginning of each step."""

    def closure():
        optimizer.zero_grad()
        loss = function(*params)
        loss.backward()
        return loss

    return [optimizer.step(closure).item() for _ in range(steps)]


def rosenbrock(x, y):
    return (1 - x) ** 2 + 100 * (y - x**2) ** 2


def start(*values):
    return [nn.Parameter(np.array(value)) for value in values]


def test_a_quadratic_is_solved_in_few_iterations():
    matrix = np.diag([1.0, 10.0, 100.0])
    params = start([1.0, 1.0, 1.0])
    optimizer = LBFGS(params, max_iter=16, tolerance_change=0, line_search_fn="strong_wolfe")
    minimize(params, optimizer, lambda p: p @ matrix @ p / 2)
    np.testing.assert_allclose(params[0].data, 0, atol=1e-6)


def test_rosenbrocks_valley():
    params = start(-1.2, 1.0)
    losses = minimize(params, LBFGS(params, tolerance_change=0, line_search_fn="strong_wolfe"), rosenbrock, steps=4)
    assert losses[0] == pytest.approx(24.2) and losses[-1] < 1e-12
    np.testing.assert_allclose([p.item() for p in params], 1.0, rtol=1e-6)


def test_the_first_step_is_the_gradient_and_at_most_one_long():
    params = start([3.0, 4.0])
    minimize(params, LBFGS(params, lr=0.5, max_iter=1), lambda p: (p * p).sum() / 2)
    np.testing.assert_allclose(params[0].data, np.array([3.0, 4.0]) * (1 - 0.5 / 7))  # 7 is the sum of |gradient|


def test_a_parameter_without_a_gradient_stays():
    params = start(2.0, 5.0)
    minimize(params, LBFGS(params), lambda p, q: (p - 1) ** 2)
    assert params[0].item() == pytest.approx(1.0) and params[1].item() == 5.0


@pytest.mark.parametrize("search", [None, "strong_wolfe"])
def test_an_interrupted_run_goes_on_identically(search):
    options = {"lr": 0.01 if search is None else 1.0, "max_iter": 3, "history_size": 4, "line_search_fn": search}
    params = start(-1.2, 1.0)
    optimizer = LBFGS(params, **options)
    minimize(params, optimizer, rosenbrock, steps=3)
    again = start(*[p.item() for p in params])
    resumed = LBFGS(again)
    resumed.load_state_dict(optimizer.state_dict())
    twins, other = copy.deepcopy((params, optimizer))
    expected = minimize(params, optimizer, rosenbrock, steps=3)
    for others, its in ((again, resumed), (twins, other)):
        assert minimize(others, its, rosenbrock, steps=3) == expected
        assert [p.item() for p in others] == [p.item() for p in params]


def test_a_state_dict_is_a_copy_and_must_fit():
    params = start(-1.2, 1.0)
    optimizer = LBFGS(params, max_iter=4)
    assert optimizer.state_dict()["state"] == {}
    minimize(params, optimizer, rosenbrock)
    state = optimizer.state_dict()
    before = copy.deepcopy(state["state"][0]["old_dirs"])
    minimize(params, optimizer, rosenbrock)
    np.testing.assert_array_equal(state["state"][0]["old_dirs"], before)
    other = LBFGS(start([1.0, 2.0, 3.0], 1.0))
    with pytest.raises(ag.errors.ArgumentError, match=r"LBFGS: d in the state dict has shape \(2,\).* want \(4,\)"):
        other.load_state_dict(state)
    assert other.param_groups[0]["max_iter"] == 20


def test_graphs_notice_the_step():
    params = start(-1.2, 1.0)
    x = ag.tensor(1.0, dtype="float64", requires_grad=True)
    loss = params[0] * x
    minimize(params, LBFGS(params), rosenbrock)
    with pytest.raises(ag.errors.GradientError, match="changed in place"):
        loss.backward()


def test_float32_stays_float32():
    params = [nn.Parameter(np.array(v, "f4")) for v in (-1.2, 1.0)]
    optimizer = LBFGS(params, line_search_fn="strong_wolfe")
    minimize(params, optimizer, rosenbrock)
    assert {p.dtype for p in params} == {np.dtype("f4")}
    assert optimizer.state_dict()["state"][0]["d"].dtype == np.float32


@pytest.mark.parametrize(
    ("make", "message"),
    [
        (lambda p: LBFGS([p], lr=-1), "LBFGS: lr=-1; want at least 0"),
        (lambda p: LBFGS([p], max_iter=0), "LBFGS: max_iter=0; want at least 1"),
        (lambda p: LBFGS([p], history_size=0), "LBFGS: history_size=0; want at least 1"),
        (lambda p: LBFGS([p], tolerance_grad=-1), "tolerance_grad=-1; want at least 0"),
        (lambda p: LBFGS([p], line_search_fn="armijo"), "line_search_fn='armijo'; want None or 'strong_wolfe'"),
        (lambda p: LBFGS([{"params": [p]}, {"params": []}]), "LBFGS: all parameters make one group"),
        (lambda p: LBFGS([p]).step(), "LBFGS.step: no closure; give a function"),
    ],
)
def test_what_lbfgs_refuses(make, message):
    with pytest.raises(ag.errors.ArgumentError, match=message):
        make(nn.Parameter([1.0]))


@pytest.mark.parametrize("first", [1e-3, 0.5, 3.0, 100.0])
@pytest.mark.parametrize(
    "function",
    [
        lambda t: (-t / (t * t + 2), (t * t - 2) / (t * t + 2) ** 2),
        lambda t: ((t + 0.004) ** 5 - 2 * (t + 0.004) ** 4, 5 * (t + 0.004) ** 4 - 8 * (t + 0.004) ** 3),
        lambda t: (np.cos(3 * t + 0.5) + 0.1 * t, -3 * np.sin(3 * t + 0.5) + 0.1),
    ],
)
def test_the_line_search_meets_the_strong_wolfe_conditions(function, first):
    """Functions of Moré and Thuente, 1994, and one with many valleys."""
    calls = []

    def evaluate(t):
        calls.append(t)
        loss, slope = function(t)
        return Point(t, loss, np.zeros(1), slope)

    origin = evaluate(0.0)
    point = strong_wolfe(evaluate, origin, first, scale=1.0, tolerance=1e-9, most=25)
    assert point.loss <= origin.loss + 1e-4 * point.t * origin.slope
    assert abs(point.slope) <= 0.9 * abs(origin.slope)
    assert len(calls) <= 27


def test_the_line_search_stops_when_it_may_not_look_further():
    calls = []

    def evaluate(t):
        calls.append(t)
        return Point(t, -t, np.zeros(1), -1.0)

    assert strong_wolfe(evaluate, evaluate(0.0), 1.0, scale=1.0, tolerance=1e-9, most=3).loss == min(-t for t in calls)
    assert len(calls) == 5
