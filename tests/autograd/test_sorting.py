"""Sorting and its kin against NumPy: conventions at ties, edges, and what is refused."""

import numpy as np
import pytest

import autograd as ag
from autograd.errors import GradientError


def leaf(data, dtype="float64"):
    return ag.tensor(data, dtype=dtype, requires_grad=True)


def equal(tensor, expected):
    """A Tensor with exactly these values."""
    assert isinstance(tensor, ag.Tensor)
    np.testing.assert_array_equal(tensor.numpy(), np.asarray(expected, tensor.dtype), strict=True)


CUBE = np.random.default_rng(0).integers(0, 5, (3, 4, 5)).astype(float)  # with many ties


# --- sort -----------------------------------------------------------------------------------------------


@pytest.mark.parametrize("kind", [None, "quicksort", "heapsort", "mergesort", "stable"])
@pytest.mark.parametrize("axis", [-1, 0, 1, -2, None])
def test_equal_elements_keep_their_order_whatever_the_kind(axis, kind):
    x = leaf(CUBE)
    y = np.sort(x, axis, kind=kind)
    equal(y, np.sort(CUBE, axis))
    weights = np.arange(float(CUBE.size)).reshape(y.shape)
    (y * weights).sum().backward()
    order = np.argsort(CUBE, axis, kind="stable")
    expected = np.zeros(CUBE.size if axis is None else CUBE.shape)
    np.put_along_axis(expected, order, weights, axis)
    equal(x.grad, expected.reshape(CUBE.shape))


@pytest.mark.parametrize("call", [np.sort, ag.sort])
def test_options_of_sort(call):
    x = leaf([3.0, 1.0, 2.0])
    equal(call(x), [1.0, 2.0, 3.0])
    equal(call(x, stable=True), [1.0, 2.0, 3.0])
    equal(call(x, axis=None, kind="stable"), [1.0, 2.0, 3.0])
    with pytest.raises(ValueError, match=r"sort.*kind"):
        call(x, kind="stable", stable=True)


@pytest.mark.parametrize("array", [np.zeros((0, 3)), np.zeros(0), np.zeros((2, 0, 3)), np.array([[2, 1]]), [2.0, 1.0]])
def test_sort_of_nothing_integers_and_lists(array):
    for axis in (-1, 0, None):
        expected = np.sort(array, axis)
        np.testing.assert_array_equal(ag.sort(array, axis), expected, strict=True)
        if isinstance(array, np.ndarray):
            result = np.sort(ag.Tensor(array), axis)
            assert not result.requires_grad
            equal(result, expected)


def test_nan_comes_last_and_keeps_its_gradient():
    x = leaf([np.nan, 2.0, np.nan, 1.0])
    y = np.sort(x)
    np.testing.assert_array_equal(y.numpy(), [1.0, 2.0, np.nan, np.nan])
    y.backward(np.array([1.0, 2.0, 3.0, 4.0]))
    equal(x.grad, [3.0, 2.0, 4.0, 1.0])


@pytest.mark.parametrize(
    ("call", "words"),
    [
        (lambda: np.sort(leaf(3.0)), ["sort", "()", "axis -1"]),
        (lambda: np.sort(leaf([1.0]), 1), ["sort", "(1,)", "axis 1"]),
        (lambda: np.sort(leaf([1.0]), order="f"), ["numpy.sort", "order="]),
        (lambda: np.partition(leaf([1.0, 2.0]), 5), ["partition", "(2,)", "kth: 5"]),
        (lambda: np.partition(leaf([1.0, 2.0]), 0, 1), ["partition", "(2,)", "axis 1"]),
        (lambda: ag.topk(leaf([1.0, 2.0]), 3), ["topk", "k = 3", "(2,)", "2 elements"]),
        (lambda: ag.topk(leaf([1.0, 2.0]), -1), ["topk", "k = -1"]),
        (lambda: ag.topk(leaf([[1.0, 2.0]]), 2, axis=0), ["topk", "k = 2", "axis 0", "1 element"]),
        (lambda: ag.topk(leaf([1.0, 2.0]), 1, axis=1), ["topk", "axis 1", "(2,)", "1 axes"]),
        (lambda: ag.topk(leaf(1.0), 1), ["topk", "axis -1", "0 axes"]),
        (lambda: ag.topk(leaf([1.0, 2.0]), 1.5), ["topk", "k = 1.5", "an integer"]),
        (lambda: ag.topk(leaf([1.0, 2.0]), "a"), ["topk", "k = 'a'"]),
    ],
)
def test_what_is_refused_is_named(call, words):
    with pytest.raises(ValueError) as caught:
        call()
    assert all(word in str(caught.value) for word in words)


# --- partition ------------------------------------------------------------------------------------------


@pytest.mark.parametrize("kth", [0, 2, -1, [0, 3], (1, 2, 3), np.array([1])], ids=repr)
@pytest.mark.parametrize("axis", [-1, 0, 1, -3, None])
def test_partition_is_numpys_and_each_gradient_follows_its_element(axis, kth):
    if axis in (0, -3):
        kth = np.minimum(kth, 2)
    x = leaf(CUBE)
    y = np.partition(x, kth, axis)
    equal(y, np.partition(CUBE, kth, axis))
    equal(ag.partition(x, kth, axis), y.numpy())
    (y * y).sum().backward()
    equal(x.grad, 2 * CUBE)  # a tie may be broken either way, but equal elements have equal gradients here


# --- topk -----------------------------------------------------------------------------------------------


@pytest.mark.parametrize("largest", [True, False])
@pytest.mark.parametrize("axis", [-1, 0, 1, None])
def test_topk_takes_the_first_of_equal_elements(axis, largest):
    x = leaf(CUBE)
    values, indices = x.topk(2, axis, largest)
    sign = -1 if largest else 1
    order = np.take(np.argsort(sign * CUBE, axis, kind="stable"), [0, 1], axis if axis is not None else 0)
    assert type(indices) is np.ndarray
    np.testing.assert_array_equal(indices, order, strict=True)
    equal(values, np.take_along_axis(CUBE, order, axis))
    values.sum().backward()
    assert x.grad.sum() == values.size
    np.testing.assert_array_equal(np.take_along_axis(x.grad.numpy(), indices, axis), 1)


def test_topk_of_arrays_integers_and_nothing():
    values, indices = ag.topk(np.array([3, 1, 2], np.uint8), 2)
    np.testing.assert_array_equal(values, np.array([3, 2], np.uint8), strict=True)
    np.testing.assert_array_equal(indices, [0, 2])
    assert ag.topk([3.0, 1.0], 1)[0].tolist() == [3.0]
    values, indices = ag.topk(leaf(np.zeros((2, 3))), 0)
    assert values.shape == indices.shape == (2, 0)
    values, indices = ag.topk(leaf(np.zeros((0, 3))), 2)
    assert values.shape == indices.shape == (0, 2)


# --- the methods that work in place ---------------------------------------------------------------------

METHODS = {
    "sort": lambda t: t.sort(0),
    "sort, stable": lambda t: t.sort(axis=-1, stable=True),
    "partition": lambda t: t.partition(1, axis=0),
    "partition at several": lambda t: t.partition([0, 2]),
}
CHANGE = pytest.mark.parametrize("change", METHODS.values(), ids=METHODS.keys())


def changed(change):
    expected = CUBE.copy()
    change(expected)
    return expected


@CHANGE
def test_methods_sort_in_place_as_ndarrays_do(change):
    x = leaf(CUBE)
    y = x * 1
    alias, before = y, y * 1
    assert change(y) is None
    equal(alias, changed(change))
    equal(before, CUBE)
    (y * y).sum().backward()
    equal(x.grad, 2 * CUBE)
    constant = ag.tensor(CUBE)
    view = constant[...]
    change(constant)
    equal(view, changed(change))


@CHANGE
def test_methods_sort_a_leaf_under_no_grad_alone(change):
    x = leaf(CUBE)
    with pytest.raises(GradientError, match=r"t\.(sort|partition)\(.*leaf.*np\.(sort|partition)\(t"):
        change(x)
    equal(x, CUBE)
    with ag.no_grad():
        change(x)
    equal(x, changed(change))
    assert x.requires_grad


def test_sorting_a_view_in_place_would_be_lost_and_is_an_error():
    y = leaf(CUBE) * 1
    with pytest.raises(GradientError, match=r"t\.sort\(\) into a view"):
        y[0].sort()
    with ag.no_grad():
        y[0].sort()
    np.testing.assert_array_equal(y.numpy()[0], np.sort(CUBE[0]))


# --- orders, places, counts: plain results --------------------------------------------------------------

# fmt: off
PLAIN = {
    "argsort": lambda x: np.argsort(x, 0, kind="stable"), "t.argsort": lambda x: x.argsort(axis=None),
    "argpartition": lambda x: np.argpartition(x, 2, 1), "argmax": lambda x: np.argmax(x, keepdims=True),
    "nanargmax": lambda x: np.nanargmax(x, 1), "nanargmin": np.nanargmin, "argwhere": lambda x: np.argwhere(x > 2),
    "nonzero": np.nonzero, "unique": np.unique, "counts": lambda x: np.unique(x, return_counts=True),
    "unique_values": lambda x: np.sort(np.unique_values(x)), "searchsorted": lambda x: np.searchsorted([1.0, 3.0], x),
    "digitize": lambda x: np.digitize(x, [1.0, 3.0]), "lexsort": lambda x: np.lexsort((x[0, 0], x[1, 0])),
    "isin": lambda x: np.isin(x, [1.0, 2.0]), "union1d": lambda x: np.union1d(x, [9.0]),
    "intersect1d": lambda x: np.intersect1d(x[0], x[1]), "setdiff1d": lambda x: np.setdiff1d(x[0], x[1]),
    "isposinf": np.isposinf, "isneginf": np.isneginf, "isreal": np.isreal, "iscomplex": np.iscomplex,
    "matrix_rank": np.linalg.matrix_rank, "histogram": lambda x: np.histogram(x, 3)[0],
    "edges": lambda x: np.histogram_bin_edges(x, 3), "triu": lambda x: np.triu_indices_from(x[0, :, :4]),
    "common_type": np.common_type, "min_scalar_type": np.min_scalar_type,
}
# fmt: on


@pytest.mark.parametrize("function", PLAIN.values(), ids=PLAIN.keys())
def test_orders_and_places_are_plain(function):
    result, expected = function(leaf(CUBE)), function(CUBE)
    assert type(result) is type(expected)
    for got, wanted in zip(*[r if isinstance(r, tuple) else (r,) for r in (result, expected)], strict=True):
        assert not isinstance(got, ag.Tensor)
        np.testing.assert_array_equal(got, wanted)


@pytest.mark.parametrize("name", ["left_shift", "right_shift", "gcd", "lcm", "bitwise_and"])
def test_arithmetic_of_integers_is_plain(name):
    counts, function = np.array([4, 6, 7]), getattr(np, name)
    for result in (function(ag.tensor(counts), 2), function(2, ag.tensor(counts))[:0]):
        assert type(result) is np.ndarray
    np.testing.assert_array_equal(function(ag.tensor(counts), 2), function(counts, 2), strict=True)
