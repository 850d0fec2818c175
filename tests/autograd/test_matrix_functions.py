"""Functions of matrices: what they refuse, what they make of lists and integers, and how exact they are."""

import sys

import numpy as np
import pytest

import autograd as ag
from autograd.errors import ArgumentError, GradientError, ShapeError

linalg = pytest.importorskip("scipy.linalg")


def leaf(values):
    return ag.Tensor(np.array(values, float), requires_grad=True)


# --- Sylvester's equation -------------------------------------------------------------------------------


def test_sylvester_with_eigenvalues_in_common_is_an_error():
    with pytest.raises(np.linalg.LinAlgError, match="opposite of one of b"):
        ag.solve_sylvester([[1.0, 2.0], [0.0, 3.0]], [[-1.0]], [[1.0], [1.0]])


@pytest.mark.parametrize(
    "shapes", [((2, 2), (2, 2), (2,)), ((2, 2), (3, 3), (3, 2)), ((2, 3), (3, 3), (2, 3)), ((1, 2, 2), (2, 2), (2, 2))]
)
def test_sylvester_refuses_other_shapes(shapes):
    with pytest.raises(ShapeError, match=r"solve_sylvester\(.*want shapes \(m, m\), \(n, n\) and \(m, n\)"):
        ag.solve_sylvester(*[ag.ones(*shape) for shape in shapes])


def test_sylvester_of_integers_and_lists():
    x = ag.solve_sylvester([[1, 0], [0, 2]], ag.tensor([[3]]), [[4], [10]])
    assert x.tolist() == [[1.0], [2.0]] and x.dtype == np.float64
    b = leaf([[3.0]])
    assert ag.gradients(ag.solve_sylvester([[1, 0], [0, 2]], b, [[4], [10]]).sum(), [b])[0].item() == -0.65


# --- square root and exponential ------------------------------------------------------------------------


def test_the_root_of_a_positive_definite_matrix_is_exact():
    rng = np.random.default_rng(0)
    vectors = np.linalg.qr(rng.normal(size=(6, 6)))[0]
    values = np.logspace(-6, 2, 6)
    a = leaf((vectors * values) @ vectors.T)
    root = ag.sqrtm(a)
    np.testing.assert_allclose(root.numpy(), (vectors * np.sqrt(values)) @ vectors.T, rtol=1e-12, atol=1e-12)
    (slope,) = ag.gradients(np.trace(root), [a])
    wanted = (vectors * (0.5 / np.sqrt(values))) @ vectors.T  # of the trace: half of the inverse root
    np.testing.assert_allclose(slope.numpy(), wanted, rtol=1e-8, atol=1e-8 * np.abs(wanted).max())


@pytest.mark.filterwarnings("ignore:Matrix is singular")
@pytest.mark.parametrize("matrix", [[[-1.0]], [[-1.0, 0.0], [0.0, 2.0]], [[0.0, 1.0], [0.0, 0.0]]])
def test_a_matrix_without_a_real_root_is_an_error(matrix):
    with pytest.raises(np.linalg.LinAlgError, match="no real square root"):
        ag.sqrtm(leaf(matrix))


@pytest.mark.filterwarnings("ignore:Matrix is singular")
def test_the_root_of_a_singular_matrix_has_no_derivative():
    a = leaf(np.ones((2, 2)))
    root = ag.sqrtm(a)
    np.testing.assert_allclose(root.numpy(), np.sqrt(0.5) * np.ones((2, 2)))
    with pytest.raises(GradientError, match=r"sqrtm: the matrix is singular.*1e-6"):
        root.sum().backward()


def test_a_root_with_complex_eigenvalues_is_real():
    quarter_turn = [[0.0, -1.0], [1.0, 0.0]]
    np.testing.assert_allclose(ag.sqrtm(quarter_turn), np.sqrt(0.5) * np.array([[1, -1], [1, 1]]), rtol=1e-14)


def test_sqrtm_refuses_stacks_and_what_is_not_square():
    for shape in ((2, 3), (1, 2, 2), (2,)):
        with pytest.raises(ShapeError, match="stacks of matrices are not supported"):
            ag.sqrtm(ag.ones(*shape))


def test_the_exponential_of_a_stack_is_that_of_each():
    a = np.random.default_rng(0).normal(size=(2, 3, 4, 4))
    np.testing.assert_array_equal(ag.expm(ag.Tensor(a)).numpy()[1, 2], linalg.expm(a[1, 2]))
    with pytest.raises(np.linalg.LinAlgError, match="expm"):
        ag.expm(ag.ones(2, 3))


def test_derivatives_of_the_exponential_along_its_matrix():
    """Of ``exp(t a)`` in t: the n-th derivative is ``a**n exp(t a)``."""
    a, t = np.random.default_rng(0).normal(size=(3, 3)), leaf(0.7)
    slope = ag.expm(t * a)[0, 1]
    for order in range(1, 4):
        (slope,) = ag.gradients(slope, [t], create_graph=True)
        wanted = np.linalg.matrix_power(a, order) @ linalg.expm(0.7 * a)
        assert slope.item() == pytest.approx(wanted[0, 1], rel=1e-12)


# --- band matrices --------------------------------------------------------------------------------------


def test_corners_outside_of_the_matrix_are_not_read():
    ab, b = leaf([[np.nan, 1.0, 1.0], [4.0, 4.0, 4.0], [1.0, 1.0, np.nan]]), leaf([1.0, 2.0, 3.0])
    x = ag.solve_banded((1, 1), ab, b)
    whole = 4 * np.eye(3) + np.eye(3, k=1) + np.eye(3, k=-1)
    np.testing.assert_allclose(x.numpy(), np.linalg.solve(whole, b.numpy()), rtol=1e-14)
    first = ag.gradients(x.sum(), [ab, b], create_graph=True)
    second = ag.gradients(sum((g**2).sum() for g in first), [ab, b])
    for slopes in (*first, *second):
        assert np.isfinite(slopes.numpy()).all()
    assert first[0].numpy()[0, 0] == first[0].numpy()[2, 2] == 0


def test_solve_banded_of_integers_and_lists():
    b = leaf([2.0, 4.0])
    x = ag.solve_banded([0, 0], [[2, 4]], b)
    assert x.tolist() == [1.0, 1.0] and ag.gradients(x.sum(), [b])[0].tolist() == [0.5, 0.25]


@pytest.mark.parametrize(("ab", "b"), [((2, 3), (3,)), ((3, 3), (2,)), ((2, 3, 3), (2, 3)), ((3, 3), ())])
def test_solve_banded_refuses_other_shapes(ab, b):
    with pytest.raises(ShapeError, match=r"solve_banded\(l_and_u: \(1, 1\).*want shapes \(l \+ u \+ 1, n\)"):
        ag.solve_banded((1, 1), ag.ones(*ab), ag.ones(*b))


def test_a_singular_band_matrix_is_an_error():
    with pytest.raises(np.linalg.LinAlgError, match="singular"):
        ag.solve_banded((1, 1), ag.zeros(3, 3), ag.ones(3))


# --- SciPy ----------------------------------------------------------------------------------------------


@pytest.mark.parametrize("f", [ag.expm, ag.sqrtm, lambda a: ag.solve_sylvester(a, a, a)])
def test_without_scipy_the_error_says_what_to_install(f, monkeypatch):
    monkeypatch.setitem(sys.modules, "scipy.linalg", None)
    with pytest.raises(ModuleNotFoundError, match=r"pip install 'glassgrad\[scipy\]'"):
        f(ag.eye(2))


def test_functions_of_the_gamma_function():
    special = pytest.importorskip("scipy.special")
    x = leaf([0.5, 1.5, 3.0])
    np.testing.assert_array_equal(ag.polygamma([[0], [2]], x).numpy(), special.polygamma([[0], [2]], x.numpy()))
    (slope,) = ag.gradients(ag.polygamma([[0], [2]], x).sum(), [x])
    wanted = special.polygamma(1, x.numpy()) + special.polygamma(3, x.numpy())
    np.testing.assert_allclose(slope.numpy(), wanted, rtol=1e-14)
    assert ag.polygamma(1, 2) == special.polygamma(1, 2)
    assert ag.multigammaln([2, 3], 2).tolist() == special.multigammaln([2, 3], 2).tolist()
    for a, d in ((0.4, 2), (1.0, 0), (2.0, 1.5)):
        with pytest.raises(ArgumentError, match=r"multigammaln\(.*want d = 1, 2, \.\.\. and a > \(d - 1\) / 2"):
            ag.multigammaln(a, d)
