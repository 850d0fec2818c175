"""Selecting by conditions and choosing between arrays, against NumPy's own functions."""

import numpy as np
import pytest

import autograd as ag
from autograd.errors import ArgumentError, DtypeError, ShapeError


def leaf(data, dtype="float64"):
    return ag.tensor(data, dtype=dtype, requires_grad=True)


def equal(tensor, expected):
    """A Tensor with exactly these values."""
    assert isinstance(tensor, ag.Tensor)
    np.testing.assert_array_equal(tensor.numpy(), np.asarray(expected, tensor.dtype), strict=True)


GRID = np.array([[3.0, -1.0, 2.0], [-6.0, 5.0, 0.0]])


# --- compress, extract ----------------------------------------------------------------------------------


def test_compress_by_function_and_by_method():
    x = leaf(GRID)
    for call in (np.compress, ag.compress):
        equal(call([True, False, True], x, axis=1), GRID[:, [0, 2]])
        equal(call([0, 1], x, 0), GRID[1:])
        equal(call(np.array([True, False, False, True]), x), [3.0, -6.0])
    y = x.compress(ag.tensor([False, True]), 1)
    equal(y, [[-1.0], [5.0]])
    y.sum().backward()
    equal(x.grad, [[0.0, 1.0, 0.0], [0.0, 1.0, 0.0]])
    equal(np.compress([], x), [])


def test_compress_names_what_does_not_fit():
    with pytest.raises(ShapeError, match=r"compress: the condition is \(2, 3\) bool"):
        np.compress(GRID > 0, leaf(GRID))
    with pytest.raises(IndexError, match=r"\(2, 3\).*out of bounds"):
        np.compress([True] * 4, leaf(GRID), axis=1)


def test_extract():
    x = leaf(GRID)
    y = np.extract(x > 0, x)
    equal(y, [3.0, 2.0, 5.0])
    y.sum().backward()
    equal(x.grad, GRID > 0)
    assert ag.extract([1, 0], [5.0, 6.0]).tolist() == [5.0]


# --- select, choose -------------------------------------------------------------------------------------


def test_select_takes_the_first_that_holds():
    x, low = leaf(GRID), leaf([10.0, 20.0, 30.0])
    y = np.select([x < 0, x < 3, x > 4], [low, x * x, -1.0], default=x)
    equal(y, np.select([GRID < 0, GRID < 3, GRID > 4], [np.array([10.0, 20.0, 30.0]), GRID**2, -1.0], GRID))
    y.sum().backward()
    equal(x.grad, [[1.0, 0.0, 4.0], [0.0, 0.0, 0.0]])
    equal(low.grad, [1.0, 1.0, 0.0])


def test_select_leaves_zero_and_widens_nothing():
    y = np.select([[True, False]], [leaf([1.0, 2.0], "float32")])
    equal(y, [1.0, 0.0])
    assert y.dtype == np.float32


@pytest.mark.parametrize(
    ("conditions", "choices", "error", "words"),
    [
        ([[True]], [], ArgumentError, "1 conditions but 0 choices"),
        ([], [], ArgumentError, "one at least"),
        ([[1, 0]], [leaf([1.0, 2.0])], DtypeError, "want booleans"),
    ],
)
def test_select_names_what_does_not_fit(conditions, choices, error, words):
    with pytest.raises(error, match=words):
        ag.select([np.array(c) for c in conditions], choices)


@pytest.mark.parametrize("mode", ["wrap", "clip"])
def test_choose(mode):
    first, second = leaf([1.0, 2.0, 3.0]), leaf([[10.0], [20.0]])
    numbers = np.array([-1, 0, 5])
    y = np.choose(numbers, [first, second, 7.0], mode=mode)
    equal(y, np.choose(numbers, [first.numpy(), second.numpy(), 7.0], mode=mode))
    y.sum().backward()
    assert first.grad.tolist() == ([2.0, 2.0, 0.0] if mode == "clip" else [0.0, 2.0, 0.0])
    equal(ag.tensor([0, 1, 0]).choose([first, second]), [[1.0, 10.0, 3.0], [1.0, 20.0, 3.0]])
    equal(np.choose([1, 0], leaf([[1.0, 2.0], [3.0, 4.0]])), [3.0, 2.0])


def test_choose_out_of_range_is_an_error():
    with pytest.raises(ArgumentError, match="want 0 to 1, for 2 choices"):
        np.choose([0, 2], [leaf([1.0, 2.0]), 0.0])


@pytest.mark.parametrize(
    ("numbers", "choices", "mode", "error", "words"),
    [
        ([0, 1], [leaf([1.0, 2.0]), 0.0], "nonsense", ArgumentError, "mode='nonsense'.* 'raise', 'wrap' or 'clip'"),
        ([0, 1], [], "clip", ArgumentError, "0 choices; .*one at least"),
        ([0.0, 1.0], [leaf([1.0, 2.0]), 0.0], "raise", DtypeError, r"x is \(2,\) float64; want integers"),
    ],
)
def test_choose_names_what_does_not_fit(numbers, choices, mode, error, words):
    with pytest.raises(error, match=words):
        ag.choose(numbers, choices, mode)


# --- masked_fill, piecewise -----------------------------------------------------------------------------


def test_masked_fill():
    x, v = leaf(GRID), leaf(9.0)
    y = x.masked_fill(x.numpy() < 0, v)
    equal(y, np.where(GRID < 0, 9.0, GRID))
    y.sum().backward()
    equal(x.grad, GRID >= 0)
    equal(v.grad, 2.0)
    equal(ag.masked_fill(x, ag.tensor([True, False, False]), -np.inf), np.where([True, False, False], -np.inf, GRID))


def test_masked_fill_keeps_the_dtype():
    x = leaf([1.0, 2.0], "float32")
    assert x.masked_fill([True, False], np.float64(0.5)).dtype == np.float32
    equal(ag.masked_fill(ag.tensor([1, 2]), [True, False], 5), [5, 2])
    with pytest.raises(DtypeError, match=r"0\.5 does not fit into \(2,\) int64"):
        ag.masked_fill(ag.tensor([1, 2]), [True, False], 0.5)
    with pytest.raises(ShapeError, match="want one number"):
        x.masked_fill([True, False], [1.0, 2.0])


def test_piecewise_calls_each_function_where_its_condition_holds():
    x = leaf(GRID)
    with np.errstate(all="raise"):  # the logarithm is asked for positive numbers alone
        y = np.piecewise(x, [x > 0, x < -2], [np.log, lambda x: x * x, 7.0])
    equal(y, np.piecewise(GRID, [GRID > 0, GRID < -2], [np.log, np.square, 7.0]))
    y.sum().backward()
    np.testing.assert_allclose(x.grad.numpy(), [[1 / 3, 0.0, 0.5], [-12.0, 0.2, 0.0]])


@pytest.mark.parametrize(
    ("conditions", "functions"),
    [
        ([GRID > 0], [1.0]),
        ([GRID > 0], [np.negative, 5.0]),
        ([GRID > 0, GRID > 2], [1.0, 2.0]),
        ([GRID > 9], [np.sqrt]),
    ],
)
def test_piecewise_is_numpys(conditions, functions):
    equal(np.piecewise(leaf(GRID), conditions, functions), np.piecewise(GRID, conditions, functions))
    np.testing.assert_array_equal(
        ag.piecewise(GRID, conditions, functions), np.piecewise(GRID, conditions, functions), strict=True
    )


def test_piecewise_of_one_condition_that_is_not_in_a_list():
    x = leaf(GRID[0])
    equal(np.piecewise(x, x > 0, [np.square, -1.0]), np.piecewise(GRID[0], GRID[0] > 0, [np.square, -1.0]))


def test_piecewise_of_a_number_and_of_a_wrong_count():
    x = leaf(2.0)
    y = np.piecewise(x, [x > 1, x > 5], [lambda x: x * x, 1.0])
    y.backward()
    equal(x.grad, 4.0)
    with pytest.raises(ArgumentError, match="1 functions for 2 conditions"):
        np.piecewise(leaf(GRID), [GRID > 0, GRID < 0], [1.0])
