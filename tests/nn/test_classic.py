"""Rosenblatt's perceptron, and McCulloch and Pitts' unit: what they can and cannot learn, and what they say of it."""

import itertools

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

import autograd as ag
import nn

PAIRS = [[0, 0], [0, 1], [1, 0], [1, 1]]
AND, OR, XOR, NAND = [0, 0, 0, 1], [0, 1, 1, 1], [0, 1, 1, 0], [1, 1, 1, 0]

# --- Perceptron -----------------------------------------------------------------------------------------


@pytest.mark.parametrize("labels", [AND, OR, NAND, [1, 1, 0, 0]])
def test_a_perceptron_learns_what_a_line_separates(labels):
    unit = nn.Perceptron()
    history = unit.fit(PAIRS, labels)
    assert history is unit.mistakes and history[-1] == 0 and 0 not in history[:-1]
    assert unit.predict(PAIRS).tolist() == labels


def test_rosenblatts_rule_by_hand():
    unit = nn.Perceptron()
    with pytest.warns(UserWarning, match="mistakes in the last epoch: 2; no"):
        unit.fit([[2.0, 1.0], [1.0, 1.0], [3.0, -1.0]], [1, 0, 1], epochs=1)
    # (2, 1) is not recognized: w = (2, 1), b = 1. (1, 1) fires wrongly: w = (1, 0), b = 0. (3, -1) is right.
    assert (unit.weight.tolist(), unit.bias, unit.mistakes) == ([1.0, 0.0], 0.0, [2])


def test_a_perceptron_knows_that_it_goes_round_in_circles():
    unit = nn.Perceptron()
    with pytest.warns(UserWarning, match="for ever: no hyperplane separates the two classes") as caught:
        history = unit.fit(PAIRS, XOR, epochs=1000)
    assert len(history) < 20 and history[-1] > 0
    assert caught[0].filename == __file__


def test_a_perceptron_says_that_it_did_not_finish():
    x = np.array([[0.0], [1.0], [1.001]])
    unit = nn.Perceptron()
    with pytest.warns(UserWarning, match=r"in the last epoch: 2; no hyperplane .* or it takes more epochs"):
        assert len(unit.fit(x, [0, 0, 1], epochs=50)) == 50
    history = unit.fit(x, [0, 0, 1], epochs=10**5)
    assert history[-1] == 0 and len(history) > 50
    assert unit.predict(x).tolist() == [0, 0, 1]


@given(st.integers(1, 5), st.integers(2, 30), st.integers(0, 2**32 - 1))
def test_the_mistakes_are_within_novikoffs_bound(features, samples, seed):
    rng = np.random.default_rng(seed)
    x = rng.normal(size=(samples, features))
    truth = rng.normal(size=features + 1)
    truth /= np.linalg.norm(truth)
    extended = np.column_stack([x, np.ones(samples)])
    scores = extended @ truth
    labels = scores > 0
    if labels.all() or not labels.any() or abs(scores).min() < 0.03:
        return
    unit = nn.Perceptron()
    unit.fit(x, labels, epochs=10**4)
    np.testing.assert_array_equal(unit.predict(x), labels)
    radius = np.linalg.norm(extended, axis=1).max()
    assert sum(unit.mistakes) <= (radius / abs(scores).min()) ** 2


@pytest.mark.parametrize("labels", [[-1, 1], ["cat", "dog"], [False, True], [2.5, 7.0]])
def test_labels_come_back_as_they_were_given(labels):
    unit = nn.Perceptron()
    unit.fit([[0.0], [1.0]], labels)
    answers = unit.predict([[0.0], [1.0]])
    assert answers.tolist() == labels and answers.dtype == np.asarray(labels).dtype


def test_a_second_fit_starts_again_and_any_leading_axes_are_answered():
    unit, fresh = nn.Perceptron(), nn.Perceptron()
    unit.fit(PAIRS, NAND)
    assert unit.fit(PAIRS, AND) == fresh.fit(PAIRS, AND)
    np.testing.assert_array_equal(unit.weight, fresh.weight)
    assert unit.predict([1, 1]) == 1 and unit.predict([PAIRS, PAIRS]).shape == (2, 4)


def test_tensors_will_do_and_are_left_as_they_are():
    x, y = ag.tensor(PAIRS, dtype="float32"), ag.tensor(AND)
    unit = nn.Perceptron()
    assert unit.fit(x, y)[-1] == 0
    assert unit.predict(x).tolist() == AND and x.tolist() == PAIRS


@pytest.mark.parametrize(
    ("arguments", "error", "message"),
    [
        (([0.0, 1.0], [0, 1]), ag.errors.ShapeError, r"\(samples, features\), got \(2,\)\. A single feature is a col"),
        ((np.zeros((0, 2)), []), ag.errors.ShapeError, r"got \(0, 2\)"),
        ((PAIRS, [0, 1]), ag.errors.ShapeError, r"one label for each sample, shape \(4,\), got \(2,\)"),
        ((PAIRS, [[0], [1], [1], [0]]), ag.errors.ShapeError, r"shape \(4,\), got \(4, 1\)"),
        ((PAIRS, [1, 1, 1, 1]), ag.errors.ArgumentError, "two classes, got 1: 1. Of a single class there is nothing"),
        ((PAIRS, list("aabc")), ag.errors.ArgumentError, "got 3: 'a', 'b', 'c'. For more .* each class against the"),
        ((np.eye(9), np.arange(9)), ag.errors.ArgumentError, "got 9: 0, 1, 2, 3, 4, ..."),
        ((PAIRS, [0, 1, np.nan, 1]), ag.errors.ArgumentError, "none of them NaN"),
        ((PAIRS, [None, 1, 1, 0]), ag.errors.ArgumentError, "truth values or texts, got object"),
        (([[np.nan, 1], [0, 1]], [0, 1]), ag.errors.ArgumentError, "NaN or infinite numbers in x: 1"),
        (([["a"], ["b"]], [0, 1]), ag.errors.DtypeError, "want numbers in x, got dtype <U1"),
        ((PAIRS, AND, 0), ag.errors.ArgumentError, "epochs is 1 or more; got 0"),
        ((PAIRS, AND, 2.5), ag.errors.ArgumentError, r"epochs is an integer; got 2\.5"),
    ],
)
def test_what_a_perceptron_refuses(arguments, error, message):
    unit = nn.Perceptron()
    with pytest.raises(error, match=message):
        unit.fit(*arguments)
    with pytest.raises(ag.errors.ArgumentError, match=r"call fit\(x, y\) first"):
        unit.predict(PAIRS)


def test_what_a_trained_perceptron_refuses():
    unit = nn.Perceptron()
    unit.fit(PAIRS, AND)
    for x in ([[1.0, 2.0, 3.0]], 1.0):
        with pytest.raises(ag.errors.ShapeError, match=r"want shape \(..., 2\), the last axis the features; got"):
            unit.predict(x)


# --- McCullochPitts -------------------------------------------------------------------------------------


def test_one_inhibitory_input_silences_the_unit():
    unit = nn.McCullochPitts([1, 1, 1, -1], threshold=1)
    assert unit.predict([1, 1, 1, 0]) == 1 and unit.predict([1, 1, 1, 1]) == 0
    relative = nn.McCullochPitts([1, 1, 1, -1], threshold=1, inhibition="relative")
    assert relative.predict([1, 1, 1, 1]) == 1 and relative.predict([1, 0, 0, 1]) == 0


def test_the_exclusive_or_takes_two_layers():
    x = np.array(PAIRS)
    only = nn.McCullochPitts([1, -1], threshold=1)
    hidden = np.stack([only.predict(x), only.predict(x[:, ::-1])], axis=-1)
    assert nn.McCullochPitts([1, 1], threshold=1).predict(hidden).tolist() == XOR


@pytest.mark.parametrize(
    ("table", "unit"),
    [
        (AND, "McCullochPitts(weights=(1, 1), threshold=2)"),
        (OR, "McCullochPitts(weights=(1, 1), threshold=1)"),
        ([1, 0, 0, 0], "McCullochPitts(weights=(-1, -1), threshold=0)"),
        ([1, 1, 0, 0], "McCullochPitts(weights=(-1, 0), threshold=0)"),
        ([0, 1, 0, 1], "McCullochPitts(weights=(0, 1), threshold=1)"),
        ([0, 0, 0, 0], "McCullochPitts(weights=(0, 0), threshold=1)"),
        ([1, 1, 1, 1], "McCullochPitts(weights=(0, 0), threshold=0)"),
    ],
)
def test_the_simplest_unit_is_found(table, unit):
    found = nn.McCullochPitts.fit(PAIRS, table)
    assert repr(found) == unit
    assert found.predict(np.array(PAIRS, bool)).tolist() == table


@pytest.mark.parametrize("inhibition", ["absolute", "relative"])
def test_every_function_of_three_inputs(inhibition):
    """What `fit` finds computes the table, and where it finds nothing no unit with any threshold does."""
    x = np.array(list(itertools.product((0, 1), repeat=3)))
    units = [
        nn.McCullochPitts(weights, threshold, inhibition)
        for weights in itertools.product((-1, 0, 1), repeat=3)
        for threshold in range(-3, 5)
    ]
    possible = {tuple(unit.predict(x).tolist()) for unit in units}
    # Of k connections with given signs, k thresholds make a difference; inhibited absolutely, as many as excite, or one
    # if none does. And there are two constants. So 27 + 7 + 2, and 6 + 24 + 24 + 2.
    assert len(possible) == {"absolute": 36, "relative": 56}[inhibition]
    for table in itertools.product((0, 1), repeat=8):
        if table in possible:
            assert tuple(nn.McCullochPitts.fit(x, table, inhibition).predict(x).tolist()) == table
        else:
            with pytest.raises(ag.errors.ArgumentError, match=f"no unit with {inhibition} inhibition computes this"):
                nn.McCullochPitts.fit(x, table, inhibition)


def test_the_error_says_what_would_do():
    found = r"With relative inhibition .*: McCullochPitts\(weights=\(-1, -1\), threshold=-1, inhibition='relative'\)\.$"
    with pytest.raises(ag.errors.ArgumentError, match=found):
        nn.McCullochPitts.fit(PAIRS, NAND)
    for inhibition in ("absolute", "relative"):
        with pytest.raises(ag.errors.ArgumentError, match="the exclusive or is the famous case: build a net"):
            nn.McCullochPitts.fit(PAIRS, XOR, inhibition)


def test_rows_may_be_missing():
    unit = nn.McCullochPitts.fit([[0, 1], [1, 0], [0, 0]], [1, 1, 0])
    assert repr(unit) == "McCullochPitts(weights=(1, 1), threshold=1)"


@pytest.mark.parametrize(
    ("call", "error", "message"),
    [
        (lambda: nn.McCullochPitts([2, 1], 1), ag.errors.ArgumentError, "1 for an input that excites"),
        (lambda: nn.McCullochPitts([0.5], 1), ag.errors.ArgumentError, r"a weight is an integer; got 0\.5"),
        (lambda: nn.McCullochPitts([1], 0.5), ag.errors.ArgumentError, r"threshold is an integer; got 0\.5"),
        (lambda: nn.McCullochPitts([1], 1, "total"), ag.errors.ArgumentError, "want 'absolute' or 'relative'"),
        (
            lambda: nn.McCullochPitts([1], 1).predict([0.3]),
            ag.errors.ArgumentError,
            r"zeros and ones .* as in x > 0\.5",
        ),
        (lambda: nn.McCullochPitts([1], 1).predict([np.nan]), ag.errors.ArgumentError, "zeros and ones"),
        (lambda: nn.McCullochPitts([1], 1).predict(["1"]), ag.errors.ArgumentError, "zeros and ones"),
        (lambda: nn.McCullochPitts([1], 1).predict([1, 0]), ag.errors.ShapeError, r"want shape \(..., 1\), the last"),
        (lambda: nn.McCullochPitts.fit(PAIRS, [0, 1]), ag.errors.ShapeError, r"got \(4, 2\) and \(2,\)"),
        (lambda: nn.McCullochPitts.fit(PAIRS, [0, 1, 2, 0]), ag.errors.ArgumentError, "zeros and ones"),
        (lambda: nn.McCullochPitts.fit(PAIRS, AND, "total"), ag.errors.ArgumentError, "want 'absolute' or 'relative'"),
        (
            lambda: nn.McCullochPitts.fit([[1, 0], [1, 0]], [0, 1]),
            ag.errors.ArgumentError,
            r"contradicts itself: inputs \(1, 0\) have both values",
        ),
        (lambda: nn.McCullochPitts.fit([[0] * 9], [1]), ag.errors.ArgumentError, "at most 8 inputs, got 9"),
    ],
)
def test_what_a_threshold_unit_refuses(call, error, message):
    with pytest.raises(error, match=message):
        call()
