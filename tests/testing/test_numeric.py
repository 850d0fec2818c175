"""Derivatives by differences: bounds on their error hold, are not loose, and kinks are told from smooth bends."""

import math
from typing import NamedTuple

import numpy as np
import pytest
from hypothesis import assume, given
from hypothesis import strategies as st

import autograd as ag
from autograd.testing.numeric import STEPS, UNKNOWN, Estimate, Line, derivative, sides


class Known(NamedTuple):
    """A function of a number with its derivative, and where both are tried."""

    f: object
    slope: object
    low: float
    high: float


SMOOTH = {
    "sin": Known(np.sin, np.cos, -3, 3),
    "exp": Known(np.exp, np.exp, -3, 3),
    "log": Known(np.log, lambda x: 1 / x, 0.1, 5),
    "cubic": Known(lambda x: x**3 - x, lambda x: 3 * x * x - 1, -3, 3),
    "tanh": Known(np.tanh, lambda x: 1 - np.tanh(x) ** 2, -3, 3),
    "reciprocal": Known(lambda x: 1 / x, lambda x: -1 / x**2, 0.1, 4),
    "bell": Known(lambda x: np.exp(-x * x), lambda x: -2 * x * np.exp(-x * x), -3, 3),
    "linear": Known(lambda x: 3 * x, lambda x: 3.0 + 0 * x, -3, 3),
    "constant": Known(lambda x: 0 * x + 2, lambda x: 0 * x, -3, 3),
    "root": Known(np.sqrt, lambda x: 0.5 / np.sqrt(x), 0.1, 5),
}
SIZES = st.sampled_from([1e-8, 1e-4, 1e-2, 1.0, 1e2, 1e4, 1e8])
PLACES = st.floats(0, 1)
SLOPES = [-3.0, -1.0, -0.1, 0.0, 1e-3, 0.7, 2.5]


def estimate(f, x, **given):
    """The derivative of a function of one number; by default with all steps, since no rule is NaN."""
    given.setdefault("rule", math.nan)
    line = Line(lambda arrays: [np.asarray(f(arrays[0]))], [np.asarray(x, np.float64)], [np.ones(np.shape(x))])
    with np.errstate(all="ignore"):
        return derivative(line, np.ones(1), **given)


def is_bounded(found, slope):
    """Whether an estimate errs by no more than it says."""
    return abs(found.value - slope) <= 4 * found.error + 1e-12 * abs(slope)


# --- the bound --------------------------------------------------------------------------------------------


@given(name=st.sampled_from(sorted(SMOOTH)), place=PLACES, height=SIZES, width=st.sampled_from([0.03, 1.0, 30.0]))
def test_the_bound_holds_for_smooth_functions_of_all_sizes(name, place, height, width):
    f, slope, low, high = SMOOTH[name]
    x = (low + place * (high - low)) * width
    found = estimate(lambda x: height * f(x / width), x)
    assert found.is_known and is_bounded(found, height / width * slope(x / width))


@given(name=st.sampled_from(sorted(SMOOTH)), place=PLACES, offset=st.sampled_from([1.0, 1e3, 1e6, 1e9]))
def test_the_bound_holds_beside_a_large_constant(name, place, offset):
    f, slope, low, high = SMOOTH[name]
    x = low + place * (high - low)
    assert is_bounded(estimate(lambda x: f(x) + offset, x), slope(x))


@given(place=PLACES, frequency=st.sampled_from([1.0, 10.0, 100.0, 1000.0]))
def test_the_bound_holds_for_fast_oscillation(place, frequency):
    found = estimate(lambda x: np.sin(frequency * x), place)
    assert is_bounded(found, frequency * math.cos(frequency * place))


@given(
    name=st.sampled_from(sorted(SMOOTH)),
    place=PLACES,
    noise=st.sampled_from([1e-14, 1e-12, 1e-10, 1e-8]),
    seed=st.integers(0, 99),
)
def test_the_bound_holds_under_noise(name, place, noise, seed):
    f, slope, low, high = SMOOTH[name]
    rng, x = np.random.default_rng(seed), low + place * (high - low)
    found = estimate(lambda x: f(x) + noise * rng.uniform(-1, 1), x)
    assert abs(found.value - slope(x)) <= 4 * found.error + 4 * noise / STEPS[0] + 1e-9


ROUNDED = {
    "float32": lambda y: np.asarray(y).astype(np.float32).astype(np.float64),
    "12 places": lambda y: np.round(y, 12),
    "10 places": lambda y: np.round(y, 10),
    "8 places": lambda y: np.round(y, 8),
}


@pytest.mark.parametrize("digits", ROUNDED)
def test_the_bound_holds_for_values_of_few_digits_but_for_coincidences(digits):
    outcomes = []
    for f, slope, low, high in SMOOTH.values():
        for x in np.random.default_rng(0).uniform(low, high, 100):
            found = estimate(lambda x, f=f: ROUNDED[digits](f(x)), x)
            outcomes.append(is_bounded(found, slope(x)))
    assert np.mean(outcomes) > 0.98


@given(
    distance=st.sampled_from([1e-3, 1e-4, 1e-5, 1e-6, 1e-7]),
    side=st.sampled_from([-1, 1]),
    left=st.sampled_from(SLOPES),
    right=st.sampled_from(SLOPES),
)
def test_the_bound_holds_near_a_kink(distance, side, left, right):
    found = estimate(lambda x: np.where(x < 0, left * x, right * x), side * distance)
    assert is_bounded(found, right if side > 0 else left)


@pytest.mark.parametrize("name", SMOOTH)
def test_the_bound_is_not_loose(name):
    f, slope, low, high = SMOOTH[name]
    points = np.linspace(low, high, 41)
    found = [estimate(f, x) for x in points]
    sizes = [max(abs(float(slope(x))), abs(float(f(x))), 1e-3) for x in points]
    assert np.median([e.error / size for e, size in zip(found, sizes, strict=True)]) < 1e-8
    assert max(e.error / size for e, size in zip(found, sizes, strict=True)) < 1e-5


@given(name=st.sampled_from(sorted(SMOOTH)), place=PLACES, share=st.sampled_from([1e-5, -1e-4, 0.01, -0.5, 1.0]))
def test_a_rule_that_is_off_does_not_agree(name, place, share):
    f, slope, low, high = SMOOTH[name]
    x = low + place * (high - low)
    right = float(slope(x))
    assume(abs(right) > 1e-2)
    found = estimate(f, x, rule=right * (1 + share), size=abs(right))
    assert not found.agrees(right * (1 + share), abs(right)) and found.agrees(right, abs(right))


# --- how it takes its steps ---------------------------------------------------------------------------------


def counted(f):
    """The function, and a list that grows with each call of it."""
    calls = []
    return (lambda x: (calls.append(x), f(x))[1]), calls


def test_a_right_rule_takes_one_step():
    f, calls = counted(np.sin)
    found = estimate(f, 0.5, rule=math.cos(0.5), size=1.0)
    assert len(calls) <= 6 and found.step == STEPS[0] and found.agrees(math.cos(0.5))


def test_only_the_given_steps_are_taken():
    f, calls = counted(np.sin)
    found = estimate(f, 0.0, steps=(1e-3,), rule=2.0)
    assert found.step == 1e-3 and max(abs(float(x)) for x in calls) == 1e-3


def test_points_that_the_function_refuses_are_passed_over():
    def f(x):
        if abs(x - 1) > 1e-4:
            raise ValueError("out of the domain")
        return x * x

    assert estimate(f, 1.0).value == pytest.approx(2.0, rel=1e-7)


def test_a_function_that_is_never_finite_is_unknown():
    found = estimate(lambda x: np.nan * x, 1.0)
    assert found is UNKNOWN and not found.is_known and not found.agrees(0.0)


def test_other_errors_are_not_hidden():
    with pytest.raises(KeyError, match="no"):
        estimate(lambda x: {}["no"], 1.0)


def test_weights_and_several_results():
    line = Line(
        lambda a: [a[0] ** 2, np.sum(a[0] * a[1])], [np.array([1.0, 2.0]), np.array([3.0, 4.0])], [np.ones(2), None]
    )
    found = derivative(line, np.array([1.0, 10.0, 100.0]))
    assert found.value == pytest.approx(2 * 1 + 10 * 4 + 100 * 7, rel=1e-9)


@pytest.mark.parametrize(
    ("rule", "agrees"), [(1.0, True), (1.0 + 3e-9, True), (1.1, False), (math.nan, False), (math.inf, False)]
)
def test_agreement(rule, agrees):
    assert Estimate(1.0, 1e-9, 1e-3).agrees(rule) is agrees


# --- from one side ------------------------------------------------------------------------------------------


def sides_of(f, x=0.0):
    with np.errstate(all="ignore"):
        return sides(Line(lambda arrays: [np.atleast_1d(f(arrays[0]))], [np.array(x)], [np.array(1.0)]))


KINKS = {
    "abs": (np.abs, -1, 1),
    "relu": (lambda x: np.maximum(x, 0), 0, 1),
    "a small kink": (lambda x: x + 1e-3 * np.abs(x), 0.999, 1.001),
    "a kink on a bend": (lambda x: np.sin(x) + np.exp(x) + np.abs(x), 1, 3),
    "a large offset": (lambda x: 1e4 + np.abs(x), -1, 1),
    "large slopes": (lambda x: 1e6 * np.maximum(x, 3 * x), 1e6, 3e6),
}


@pytest.mark.parametrize("name", KINKS)
def test_slopes_on_both_sides_of_a_kink(name):
    f, left, right = KINKS[name]
    found = sides_of(f)
    assert found.is_kink.all() and not found.is_jump.any()
    assert found.left == pytest.approx([left], rel=1e-3, abs=1e-3 * (right - left))
    assert found.right == pytest.approx([right], rel=1e-3, abs=1e-3 * (right - left))


@given(name=st.sampled_from(sorted(SMOOTH)), place=PLACES, height=SIZES, offset=st.sampled_from([0.0, 1.0, 1e4]))
def test_smooth_functions_have_no_kinks(name, place, height, offset):
    f, slope, low, high = SMOOTH[name]
    x = low + place * (high - low)
    found = sides_of(lambda x: height * f(x) + offset, x)
    assert not found.is_kink.any() and not found.is_jump.any()
    assert np.abs(found.left - height * slope(x)) <= 1e-4 * height * (1 + abs(slope(x))) + 10 * found.error


JUMPS = {
    "sign": np.sign,
    "floor": np.floor,
    "a root": lambda x: np.cbrt(x),
    "a root from one side": np.sqrt,
    "a small step": lambda x: x + 1e-3 * (x > 0),
}


@pytest.mark.parametrize("name", JUMPS)
def test_jumps_and_vertical_tangents(name):
    assert sides_of(JUMPS[name]).is_jump.all()


def test_the_end_of_a_domain():
    found = sides_of(lambda x: np.log1p(x) + 0 * np.sqrt(x))
    assert np.isnan(found.left).all() and found.right == pytest.approx([1.0], rel=1e-3) and found.is_kink.all()


def test_only_the_results_that_have_a_kink():
    found = sides(Line(lambda a: [np.array([np.abs(a[0]), np.sin(a[0])])], [np.array(0.0)], [np.array(1.0)]))
    assert found.is_kink.tolist() == [True, False]


# --- kinks, as gradcheck sees them ------------------------------------------------------------------------


POINTS = {
    "relu": (ag.relu, [0.0, 1.0, -1.0]),
    "clip": (lambda x: np.clip(x, -1, 1), [-1.0, 0.5, 1.0]),
    "max of ties": (lambda x: np.max(x), [1.0, 1.0, 1.0, 0.5]),
    "sort of ties": (np.sort, [1.0, 1.0, 0.5]),
    "median of ties": (np.median, [1.0, 1.0, 0.5, 1.0]),
    "where": (lambda x: np.where(x > 0, x * x, 3 * x), [0.0, 1.0]),
}


@pytest.mark.parametrize("mode", ["full", "directional"])
@pytest.mark.parametrize("name", POINTS)
def test_kinks_pass_with_a_note_of_both_slopes(name, mode):
    function, values = POINTS[name]
    report = ag.gradcheck(function, np.array(values), mode=mode)
    (note,) = [note for note in report.notes if "kink at" in note]
    assert "slopes" in note and "the rule says" in note


OTHERS = {
    "abs": (np.abs, [0.0, 1.0]),
    "norm": (np.linalg.norm, [0.0, 0.0]),
    "max of two": (np.max, [1.0, 1.0]),
    "three equal in the middle": (np.median, [1.0, 1.0, 1.0]),
    "sort of equals": (np.sort, [1.0, 1.0, 1.0, 1.0]),
    "steps": (np.sign, [0.0, 0.5]),
    "floor": (np.floor, [1.0, 0.5]),
    "maximum": (lambda x: np.maximum(x, 1.0), [1.0, 2.0, 0.0]),
    "a bend at the end": (lambda x: x**1.5, [0.0, 1.0]),
}


@pytest.mark.parametrize("order", [1, 2])
@pytest.mark.parametrize("name", OTHERS)
def test_other_points_without_a_derivative_pass(name, order):
    function, values = OTHERS[name]
    assert ag.gradcheck(function, np.array(values), order=order)


VERTICAL = {
    "a cubic root": (np.cbrt, [0.0, 1.0]),
    "a root": (np.sqrt, [0.0, 1.0]),
    "arcsin": (np.arcsin, [1.0, -1.0, 0.5]),
}


@pytest.mark.parametrize("mode", ["full", "directional"])
@pytest.mark.parametrize("name", VERTICAL)
def test_a_vertical_tangent_passes_with_a_note(name, mode):
    function, values = VERTICAL[name]
    report = ag.gradcheck(function, np.array(values), mode=mode)
    assert any("vertical tangent" in note for note in report.notes)


@pytest.mark.parametrize("distance", [1e-3, 1e-5, 1e-7])
@pytest.mark.parametrize("function", [ag.relu, np.abs, lambda x: np.maximum(3 * x, x)])
def test_near_a_kink_there_is_none(function, distance):
    report = ag.gradcheck(function, np.array([distance, -distance, 1.0]), order=2)
    assert not any("kink" in note or "no derivative" in note for note in report.notes)


@pytest.mark.parametrize("mode", ["full", "directional"])
def test_a_rule_that_says_none_of_the_slopes(mode):
    steep = ag.elementwise(lambda x: np.maximum(x, 0), name="steep", x=lambda g, x: g * np.where(x == 0, 2, x > 0))
    report = ag.gradcheck(steep, np.array([0.0, 1.0, -1.0]), mode=mode, raise_exception=False)
    (finding,) = report.findings
    assert finding.verdict == "kink" and finding.index == (0,) and "is not between them" in finding.text


def test_not_smooth_at_second_order():
    report = ag.gradcheck(lambda x: x * np.abs(x), np.array([0.0, 1.0]), order=2)
    assert any("not smooth at second order" in note for note in report.notes)
    relu_squared = lambda x: ag.relu(x) ** 2  # noqa: E731
    report = ag.gradcheck(relu_squared, np.array([0.0, 1.0]), order=2)
    assert any("not smooth at second order" in note for note in report.notes)
