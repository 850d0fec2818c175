"""Convolution, correlation, polynomials and ranges at NumPy's edges."""

import itertools

import numpy as np
import pytest

import autograd as ag
from autograd.errors import ArgumentError, ShapeError

RNG = np.random.default_rng(0)
BOTH = pytest.mark.parametrize("function", [np.convolve, np.correlate])
MODES = ("full", "same", "valid")


def leaf(data, dtype="float64"):
    return ag.tensor(data, dtype=dtype, requires_grad=True)


def as_matrix(f, n):
    """The matrix of a linear function of n numbers."""
    return np.stack([f(row) for row in np.eye(n)], axis=-1)


@BOTH
@pytest.mark.parametrize("mode", MODES)
@pytest.mark.parametrize(("n", "m"), list(itertools.product(range(1, 6), repeat=2)))
def test_derivatives_are_transposes(function, mode, n, m):
    """Both are linear in each sequence: all lengths, even and odd, and either the longer one."""
    a, v = RNG.standard_normal(n), RNG.standard_normal(m)
    x, y = leaf(a), leaf(v)
    out = function(x, y, mode)
    np.testing.assert_array_equal(out.numpy(), function(a, v, mode), strict=True)
    g = RNG.standard_normal(out.shape)
    out.backward(g)
    np.testing.assert_allclose(x.grad.numpy(), as_matrix(lambda row: function(row, v, mode), n).T @ g)
    np.testing.assert_allclose(y.grad.numpy(), as_matrix(lambda row: function(a, row, mode), m).T @ g)


@BOTH
def test_the_default_modes_are_numpys(function):
    a, v = RNG.standard_normal(5), RNG.standard_normal(3)
    ours = getattr(ag, function.__name__)
    for got in (function(leaf(a), v), ours(leaf(a), v), ours(a, leaf(v)), function(a=leaf(a), v=v)):
        np.testing.assert_array_equal(got.numpy(), function(a, v))
    assert not function(ag.tensor(a), v).requires_grad
    np.testing.assert_array_equal(ours(a, v), function(a, v))


@BOTH
def test_lists_integers_and_float32(function):
    x = leaf([1.0, 2.0, 3.0])
    function(x, [1, 10], "full").sum().backward()
    assert x.grad.numpy().tolist() == [11, 11, 11]
    assert function(ag.tensor([1, 2]), [3, 4]).dtype == np.int64
    assert function(leaf([1.0, 2.0], "float32"), np.ones(2, np.float32)).dtype == np.float32


def test_a_number_is_a_sequence_of_one():
    x, y = leaf(2.0), leaf([1.0, 2.0])
    np.convolve(x, y, "same").sum().backward()
    assert x.grad.shape == () and x.grad.item() == 3
    assert y.grad.numpy().tolist() == [2, 2]


@BOTH
@pytest.mark.parametrize("arguments", [([], [1.0]), ([1.0], [])])
def test_nothing_cannot_be_convolved(function, arguments):
    x, y = arguments
    with pytest.raises(ArgumentError, match=rf"{function.__name__}\(a: .*\(0,\).*empty"):
        function(leaf(x), leaf(y))


@BOTH
def test_matrices_are_refused(function):
    with pytest.raises(ShapeError, match=rf"{function.__name__}\(a: \(2, 2\).*takes vectors"):
        function(leaf(np.eye(2)), np.ones(2))


@BOTH
def test_modes_are_listed(function):
    with pytest.raises(ArgumentError, match=rf"{function.__name__}\(mode: 'ful'\).*'full', 'same', 'valid'"):
        function(leaf([1.0]), [1.0], "ful")


# --- polynomials and ranges -----------------------------------------------------------------------------


def test_polyval_in_coefficients_and_points():
    p, x = leaf([2.0, -1.0, 3.0]), leaf([[0.5, 2.0]])
    out = np.polyval(p, x)
    np.testing.assert_array_equal(out.numpy(), np.polyval(p.numpy(), x.numpy()), strict=True)
    out.sum().backward()
    np.testing.assert_allclose(x.grad.numpy(), [[1.0, 7.0]])
    np.testing.assert_allclose(p.grad.numpy(), [4.25, 2.5, 2.0])
    np.testing.assert_array_equal(ag.polyval([1, 2], ag.tensor([3, 4])).numpy(), [5, 6])


@pytest.mark.parametrize("options", [{}, {"num": 5}, {"num": 4, "endpoint": False}, {"num": 1}, {"num": 0}])
@pytest.mark.parametrize(("start", "stop"), [(0.0, 1.0), (np.array([1.0, 2.0]), 5.0), (3, np.ones((2, 3)))])
def test_linspace_between_tensors(start, stop, options):
    x, y = leaf(start), leaf(stop)
    out = np.linspace(x, y, **options)
    np.testing.assert_allclose(out.numpy(), np.linspace(start, stop, **options), rtol=1e-14, atol=1e-15, strict=True)
    out.sum().backward()
    shares = np.linspace(0, 1, **options).sum() * np.size(out) / (len(out) or 1)
    np.testing.assert_allclose(y.grad.numpy().sum(), shares)


def test_linspace_along_another_axis_in_float32():
    out = np.linspace(leaf([0.0, 1.0], "float32"), 2.0, 3, axis=-1)
    np.testing.assert_array_equal(out.numpy(), np.array([[0, 1, 2], [1, 1.5, 2]], np.float32), strict=True)


def test_linspace_has_no_steps():
    with pytest.raises(ArgumentError, match="retstep="):
        np.linspace(leaf(0.0), 1.0, retstep=True)
