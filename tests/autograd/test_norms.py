"""Norms at zero and at ties, their options and errors; covariance by NumPy's options."""

import math

import numpy as np
import pytest

import autograd as ag
from autograd.errors import ArgumentError, ShapeError

RNG = np.random.default_rng(0)
V, X = RNG.standard_normal(4), RNG.standard_normal((3, 4))
STACK = RNG.standard_normal((2, 3, 4))
VECTOR_ORDERS = [None, 2, 1, 0, 3, 2.5, -1, 0.5, math.inf, -math.inf]
MATRIX_ORDERS = [None, "fro", "f", "nuc", 1, -1, 2, -2, math.inf, -math.inf]


def leaf(data, dtype="float64"):
    return ag.tensor(data, dtype=dtype, requires_grad=True)


def gradient(f, x):
    x = leaf(x)
    f(x).sum().backward()
    return x.grad.numpy()


def second(f, x):
    """The gradient of the sum of the gradient's elements."""
    x = leaf(x)
    (slope,) = ag.gradients(f(x).sum(), x, create_graph=True)
    (curve,) = ag.gradients(slope.sum(), x, allow_unused=True) if slope.requires_grad else (None,)
    return np.zeros(x.shape) if curve is None else curve.numpy()


def same(got, wanted):
    assert isinstance(got, ag.Tensor)
    np.testing.assert_allclose(got.numpy(), wanted, rtol=1e-12, strict=True)


# --- values and options ---------------------------------------------------------------------------------


@pytest.mark.parametrize("ord", VECTOR_ORDERS)
@pytest.mark.parametrize(("x", "axis"), [(V, None), (V, 0), (X, -1), (STACK, 1), (STACK, (2,))])
@pytest.mark.parametrize("keepdims", [False, True])
def test_vectors(ord, x, axis, keepdims):
    axis = -1 if axis is None and x.ndim > 1 else axis
    wanted = np.linalg.norm(x, ord, axis, keepdims)
    same(np.linalg.norm(leaf(x), ord, axis, keepdims), wanted)
    same(leaf(x).norm(ord, axis=axis, keepdims=keepdims), wanted)
    same(ag.norm(ag.tensor(x), ord=ord, axis=axis, keepdims=keepdims), wanted)


@pytest.mark.parametrize("ord", MATRIX_ORDERS)
@pytest.mark.parametrize(("x", "axis"), [(X, None), (X, (0, 1)), (X, (1, 0)), (STACK, (-1, 0)), (STACK, (0, 1))])
@pytest.mark.parametrize("keepdims", [False, True])
def test_matrices(ord, x, axis, keepdims):
    wanted = np.linalg.norm(x, ord, axis, keepdims)
    same(np.linalg.norm(leaf(x), ord, axis, keepdims), wanted)
    same(leaf(x).norm(ord, axis=axis, keepdims=keepdims), wanted)


@pytest.mark.parametrize("x", [V, X, STACK, np.float64(-2.0), np.zeros((0, 2))])
@pytest.mark.parametrize("keepdims", [False, True])
def test_all_elements_together(x, keepdims):
    wanted = np.linalg.norm(x, keepdims=keepdims)
    same(np.linalg.norm(leaf(x), keepdims=keepdims), wanted)
    same(np.linalg.vector_norm(leaf(x), keepdims=keepdims), wanted)


def test_numpys_newer_names():
    same(np.linalg.vector_norm(leaf(STACK), axis=(0, 2), ord=3), np.linalg.vector_norm(STACK, axis=(0, 2), ord=3))
    same(np.linalg.matrix_norm(leaf(STACK), ord="nuc"), np.linalg.matrix_norm(STACK, ord="nuc"))
    same(leaf(STACK).matrix_norm(keepdims=True), np.linalg.matrix_norm(STACK, keepdims=True))


def test_integers_lists_and_float32():
    same(np.linalg.norm(ag.tensor([3, 4])), np.float64(5))
    assert ag.norm([[3, 4], [6, 8]], axis=1).tolist() == [5, 10]
    x = leaf([3.0, 4.0], "float32")
    for ord in VECTOR_ORDERS:
        out = np.linalg.norm(x, ord)
        (slope,) = ag.gradients(out, x)
        assert out.dtype == slope.dtype == np.float32


@pytest.mark.parametrize("ord", [2, np.float64(2), np.float64(3), np.int64(1)])
def test_orders_of_numpys_own_kinds(ord):
    assert gradient(lambda x: ag.norm(x, ord), np.float32([3, 4])).dtype == np.float64
    x = leaf([3.0, 4.0], "float32")
    x.norm(ord).backward()
    assert x.grad.dtype == np.float32


@pytest.mark.parametrize(
    ("call", "words"),
    [
        (lambda x: np.linalg.norm(x, 2), ["norm(x: (2, 3, 4)", "axis"]),
        (lambda x: np.linalg.norm(x, axis=(0, 1, 2)), ["norm(x: (2, 3, 4)", "vector_norm"]),
        (lambda x: np.linalg.norm(x, 3, (0, 1)), ["norm(x: (2, 3, 4)", "ord: 3", "'nuc'"]),
        (lambda x: np.linalg.norm(x, "fro", 0), ["norm(x: (2, 3, 4)", "'fro'", "vectors"]),
        (lambda x: np.linalg.norm(x, 1, (0, -3)), ["norm(x: (1, 3, 4)", "repeated axis"]),
    ],
)
def test_errors_say_what_is_wrong(call, words):
    with pytest.raises(ArgumentError) as caught:
        call(leaf(STACK))
    assert all(word in str(caught.value) for word in words)


def test_a_vector_is_no_matrix():
    with pytest.raises(ShapeError, match=r"matrix_norm\(x: \(4,\)"):
        np.linalg.matrix_norm(leaf(V))


# --- conventions ----------------------------------------------------------------------------------------


@pytest.mark.parametrize("ord", [*VECTOR_ORDERS, "fro", "f"])
@pytest.mark.filterwarnings("ignore:divide by zero:RuntimeWarning")  # NumPy's word on 0 ** -1
def test_the_derivatives_of_a_norm_that_is_0_are_0(ord):
    zeros = np.zeros((2, 2)) if isinstance(ord, str) else np.zeros(3)
    assert not gradient(lambda x: np.linalg.norm(x, ord), zeros).any()
    assert not second(lambda x: np.linalg.norm(x, ord), zeros).any()


@pytest.mark.parametrize("ord", [2, 3, 1.5, 1, math.inf])
def test_a_row_of_zeros_leaves_the_others_alone(ord):
    rows = np.array([[0.0, 0.0], [3.0, 4.0]])
    slope = gradient(lambda x: np.linalg.norm(x, ord, axis=1), rows)
    assert not slope[0].any()
    np.testing.assert_allclose(slope[1], gradient(lambda x: np.linalg.norm(x, ord), rows[1]))


@pytest.mark.parametrize("ord", [1, 1.5, 2, 3, 4, 0.5, math.inf])
def test_an_element_that_is_0_has_a_finite_derivative(ord):
    x = np.array([0.0, 3.0, -4.0])
    slope = gradient(lambda x: np.linalg.norm(x, ord), x)
    assert slope[0] == 0
    np.testing.assert_allclose(slope[1:], gradient(lambda x: np.linalg.norm(x, ord), x[1:]))
    assert np.isfinite(second(lambda x: np.linalg.norm(x, ord), x)).all()


def test_even_orders_are_right_at_0_to_any_order():
    """The fourth derivative of (1 + x ** 4) ** (1 / 4) at 0 is 6."""
    x = leaf(0.0)
    y = np.linalg.norm(ag.stack([x, ag.tensor(1.0, dtype="float64")]), 4)
    for _ in range(4):
        (y,) = ag.gradients(y, x, create_graph=True)
    assert y.item() == pytest.approx(6)


@pytest.mark.parametrize("ord", [math.inf, -math.inf])
def test_ties_share_evenly(ord):
    slope = gradient(lambda x: np.linalg.norm(x, ord), [2.0, -2.0, 2.0, -2.0])
    np.testing.assert_array_equal(slope, [0.25, -0.25, 0.25, -0.25])
    rows = gradient(lambda x: np.linalg.norm(x, ord), [[1.0, -1.0], [2.0, 0.0]])
    np.testing.assert_array_equal(rows, [[0.5, -0.5], [0.5, 0.0]])


def test_singular_values_that_tie():
    eye = np.eye(2)
    np.testing.assert_allclose(gradient(lambda x: np.linalg.norm(x, 2), eye), eye / 2, atol=1e-15)
    np.testing.assert_allclose(gradient(lambda x: np.linalg.norm(x, "nuc"), eye), eye, atol=1e-15)


def test_a_nan_stays_nan():
    assert np.isnan(gradient(np.linalg.norm, [np.nan, 1.0])).all()


def test_the_usual_norm_is_one_operation():
    x = leaf(V)
    assert np.linalg.norm(x).grad_fn.inputs[0] is x._node


# --- covariance -----------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    "options",
    [
        {},
        {"bias": True},
        {"ddof": 0},
        {"ddof": 2, "bias": True},
        {"fweights": [1, 2, 1, 3]},
        {"aweights": [0.5, 1.0, 2.0, 1.0]},
        {"fweights": [1, 2, 1, 3], "aweights": [0.5, 1.0, 2.0, 1.0], "ddof": 1},
        {"y": V},
        {"y": X.tolist()},
    ],
)
def test_covariance_by_numpys_options(options):
    for x in (X, V):
        same(np.cov(leaf(x), **options), np.cov(x, **options))
        same(
            np.cov(x, **options | {"aweights": ag.tensor(np.ones(4))}), np.cov(x, **options | {"aweights": np.ones(4)})
        )
    same(ag.tensor(X).cov(**options), np.cov(X, **options))
    same(ag.cov(X.tolist(), y=leaf(V)), np.cov(X, V))


def test_columns_may_be_variables():
    for function in (np.cov, np.corrcoef):
        same(function(leaf(X), rowvar=False), function(X, rowvar=False))
        same(function(leaf(V), rowvar=False), function(V, rowvar=False))
        same(function(leaf(X.T), V, rowvar=False), function(X.T, V, rowvar=False))


def test_covariance_in_another_dtype():
    out = np.cov(leaf(X), dtype=np.float32)
    np.testing.assert_allclose(out.numpy(), np.cov(X, dtype=np.float32), rtol=1e-6, strict=True)
    assert np.corrcoef(leaf(X, "float32"), dtype=np.float64).dtype == np.float64


def test_float32_stays_float32():
    x = leaf(X, "float32")
    out = np.cov(x, fweights=[1, 2, 1, 3])
    out.sum().backward()
    assert out.dtype == x.grad.dtype == np.float32


def test_weights_are_differentiable():
    weights = np.array([0.5, 1.0, 2.0, 1.0])
    slope = gradient(lambda w: np.cov(X, aweights=w, ddof=0), weights)
    for i in range(4):
        step = 1e-6 * np.eye(4)[i]
        wanted = (np.cov(X, aweights=weights + step, ddof=0) - np.cov(X, aweights=weights - step, ddof=0)).sum() / 2e-6
        assert slope[i] == pytest.approx(wanted, rel=1e-5, abs=1e-7)


def test_correlation_of_a_variable_with_itself_has_no_gradient():
    np.testing.assert_allclose(gradient(np.corrcoef, V), 0, atol=1e-15)
    np.testing.assert_allclose(gradient(lambda x: np.einsum("ii->i", np.corrcoef(x)), X), 0, atol=1e-14)


@pytest.mark.filterwarnings("ignore::RuntimeWarning")
def test_too_few_observations():
    got, wanted = np.cov(leaf([[1.0], [2.0]])).numpy(), np.cov([[1.0], [2.0]])
    np.testing.assert_array_equal(got, wanted)


@pytest.mark.parametrize("function", [np.cov, np.corrcoef])
def test_covariance_is_of_two_axes(function):
    with pytest.raises(ShapeError, match=r"cov\(\(2, 3, 4\)"):
        function(leaf(STACK))


@pytest.mark.parametrize("fweights", [[1, 2, 0.5, 1], [1, -1, 1, 1]])
def test_frequencies_are_counts(fweights):
    with pytest.raises(ArgumentError, match=r"cov\(fweights: .*counts"):
        np.cov(leaf(X), fweights=fweights)
