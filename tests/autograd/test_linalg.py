"""Matrices: conventions at ties and of triangles, what has no derivative, NumPy's results and options, SciPy hidden."""

import sys

import numpy as np
import pytest

import autograd as ag
from autograd.errors import ArgumentError, GradientError, ShapeError
from autograd.rules.linalg import _scipys_solver
from autograd.testing.numeric import Line, derivative

RNG = np.random.default_rng(0)
SQUARE = RNG.standard_normal((3, 3)) + 3 * np.eye(3)
POSITIVE = SQUARE @ SQUARE.T
TALL, WIDE = RNG.standard_normal((4, 2)), RNG.standard_normal((2, 4))
STACK = RNG.standard_normal((2, 3, 3)) + 3 * np.eye(3)


def leaf(data, dtype="float64"):
    return ag.tensor(data, dtype=dtype, requires_grad=True)


def gradient(f, x):
    x = leaf(x)
    f(x).sum().backward()
    return x.grad.numpy()


def hessian(f, x):
    """The second derivatives of a number, a row an element of x."""
    x = leaf(x)
    (slope,) = ag.gradients(f(x), x, create_graph=True)
    rows = [ag.gradients(slope[place], x, retain_graph=True)[0].numpy() for place in np.ndindex(x.shape)]
    return np.reshape(rows, (x.size, x.size))


def assert_slopes(f, *arrays):
    """First derivatives of the sum of ``f(*arrays)`` are those by differences; the entries change independently."""
    tensors = [leaf(array) for array in arrays]
    f(*tensors).sum().backward()
    directions = [RNG.uniform(-1, 1, array.shape) for array in arrays]
    found = sum(np.sum(t.grad.numpy() * d) for t, d in zip(tensors, directions, strict=True))
    line = Line(lambda at: [np.asarray(f(*at))], arrays, directions)
    estimate = derivative(line, np.ones(np.size(f(*arrays))))
    assert abs(found - estimate.value) <= 4 * estimate.error + 1e-8


def symmetric(x):
    return (x + np.swapaxes(x, -1, -2)) / 2


# --- NumPy's results ------------------------------------------------------------------------------------

CALLS = [
    ("det", (SQUARE,), {}),
    ("det", (STACK,), {}),
    ("slogdet", (SQUARE,), {}),
    ("slogdet", (STACK,), {}),
    ("inv", (STACK,), {}),
    ("pinv", (TALL,), {}),
    ("pinv", (TALL,), {"rcond": 0.5}),
    ("pinv", (TALL,), {"rtol": 0.5}),
    ("pinv", (TALL,), {"rtol": None}),
    ("pinv", (POSITIVE,), {"hermitian": True}),
    ("solve", (SQUARE, SQUARE[0]), {}),
    ("solve", (STACK, SQUARE[0]), {}),
    ("solve", (STACK, SQUARE[:, :2]), {}),
    ("solve", (SQUARE, STACK), {}),
    ("cholesky", (POSITIVE,), {}),
    ("cholesky", (POSITIVE,), {"upper": True}),
    ("qr", (TALL,), {}),
    ("qr", (WIDE,), {}),
    ("qr", (TALL,), {"mode": "complete"}),
    ("qr", (STACK,), {"mode": "r"}),
    ("eigh", (POSITIVE,), {}),
    ("eigh", (STACK,), {"UPLO": "U"}),
    ("eigvalsh", (STACK,), {}),
    ("svd", (TALL,), {}),
    ("svd", (WIDE,), {"full_matrices": False}),
    ("svd", (STACK,), {"compute_uv": False}),
    ("svd", (POSITIVE,), {"hermitian": True}),
    ("svdvals", (TALL,), {}),
    ("tensorinv", (np.reshape(POSITIVE, (3, 1, 3)),), {}),
    ("tensorinv", (SQUARE,), {"ind": 1}),
    ("tensorsolve", (SQUARE, SQUARE[0]), {}),
    ("cond", (SQUARE,), {}),
    ("cond", (SQUARE, 1), {}),
    ("cond", (SQUARE, -2), {}),
    ("cond", (np.zeros((2, 2)),), {"p": 2}),
]


@pytest.mark.parametrize("needs_gradient", [False, True])
@pytest.mark.parametrize("name, arrays, options", CALLS)
def test_results_are_numpys(name, arrays, options, needs_gradient):
    want = getattr(np.linalg, name)(*arrays, **options)
    tensors = [leaf(a) if isinstance(a, np.ndarray) and needs_gradient else a for a in arrays]
    if not needs_gradient:
        tensors[0] = ag.tensor(arrays[0])
    for module in (np.linalg, ag):
        with np.errstate(invalid="ignore"):
            got = getattr(module, name)(*tensors, **options)
        assert type(got) is type(want) if isinstance(want, tuple) else isinstance(got, ag.Tensor)
        pairs = zip(got, want, strict=True) if isinstance(want, tuple) else [(got, want)]
        for one, other in pairs:
            assert type(one._array) is type(other)
            np.testing.assert_allclose(one.numpy(), other, rtol=1e-12, atol=1e-12, strict=True)


def test_results_have_numpys_names():
    x = leaf(POSITIVE)
    assert np.linalg.slogdet(x).logabsdet.requires_grad
    assert np.linalg.qr(x).R.shape == np.linalg.eigh(x).eigenvectors.shape == np.linalg.svd(x).Vh.shape == (3, 3)
    with ag.no_grad():
        assert np.linalg.slogdet(x).sign.item() == 1


def test_lists_and_integers():
    b = leaf([2.0, 4.0])
    np.linalg.solve([[2, 0], [0, 4]], b).sum().backward()
    assert b.grad.tolist() == [0.5, 0.25]
    assert ag.det(ag.tensor([[1, 2], [3, 5]])).dtype == np.float64
    assert ag.inv([[2.0, 0.0], [0.0, 4.0]]).tolist() == [[0.5, 0.0], [0.0, 0.25]]


@pytest.mark.parametrize(
    "f",
    [
        np.linalg.inv,
        lambda x: np.linalg.solve(x, np.ones((0, 2))),
        lambda x: np.linalg.eigh(x).eigenvectors,
        lambda x: np.linalg.svd(x).U,
        lambda x: np.linalg.qr(x).Q,
        np.linalg.cholesky,
        np.linalg.pinv,
    ],
)
def test_nothing_has_gradients_of_nothing(f):
    assert gradient(f, np.zeros((0, 0))).shape == (0, 0)
    assert gradient(np.linalg.det, np.zeros((3, 0, 0))).shape == (3, 0, 0)


# --- determinants ---------------------------------------------------------------------------------------


def test_the_determinant_of_a_singular_matrix_has_a_derivative():
    rank_two = np.array([[1.0, 2.0, 3.0], [4.0, 5.0, 6.0], [0.0, 0.0, 0.0]])
    np.testing.assert_allclose(gradient(np.linalg.det, rank_two)[2], np.cross(rank_two[0], rank_two[1]), rtol=1e-12)
    np.testing.assert_allclose(gradient(np.linalg.det, rank_two)[:2], 0, atol=1e-12)
    np.testing.assert_allclose(gradient(np.linalg.det, np.diag([2.0, 0.0, 0.0])), 0, atol=1e-12)
    both = np.array([np.diag([2.0, 0.0, 3.0]), SQUARE])
    np.testing.assert_allclose(gradient(np.linalg.det, both)[0], np.diag([0.0, 6.0, 0.0]), atol=1e-12)
    np.testing.assert_allclose(gradient(np.linalg.det, both)[1], gradient(np.linalg.det, SQUARE), rtol=1e-12)


def test_the_determinant_of_a_singular_matrix_has_a_second_derivative():
    want = np.fliplr(np.diag([1.0, -1.0, -1.0, 1.0]))  # of a d - b c
    np.testing.assert_allclose(hessian(np.linalg.det, np.array([[1.0, 2.0], [0.0, 0.0]])), want, atol=1e-12)


def test_slogdet_of_a_singular_matrix_has_none():
    assert np.linalg.slogdet(leaf(np.zeros((2, 2)))).logabsdet.item() == -np.inf
    with pytest.raises(GradientError, match=r"slogdet: .*singular"):
        gradient(lambda x: np.linalg.slogdet(x).logabsdet, np.zeros((2, 2)))


def test_the_sign_of_a_determinant_is_constant():
    assert not gradient(lambda x: np.linalg.slogdet(x).sign, SQUARE).any()


# --- inverses and systems -------------------------------------------------------------------------------


def test_pinv_along_matrices_of_one_rank():
    left, right = RNG.standard_normal((5, 2)), RNG.standard_normal((2, 4))
    weights = RNG.standard_normal((4, 5))
    assert_slopes(lambda a, b: np.linalg.pinv(a @ b, 1e-9) * weights, left, right)
    assert_slopes(lambda a, b: np.linalg.pinv((a @ b).T, 1e-9) * weights.T, left, right)


def test_lstsq_along_matrices_of_one_rank():
    left, right, b = RNG.standard_normal((5, 2)), RNG.standard_normal((2, 4)), RNG.standard_normal(5)
    rank = np.linalg.lstsq(leaf(left) @ right, b)[2]
    assert rank == 2 and type(rank) is type(np.linalg.lstsq(left @ right, b)[2])
    assert_slopes(lambda x, y, b: np.linalg.lstsq(x @ y, b)[0], left, right, b)


@pytest.mark.parametrize("shape", [(4, 2), (2, 4), (3, 3), (0, 2), (3, 0)])
@pytest.mark.parametrize("columns", [(), (2,), (0,)])
def test_lstsq_returns_what_numpy_does(shape, columns):
    a, b = RNG.standard_normal(shape), RNG.standard_normal((shape[0], *columns))
    for rcond in (None, -1, 0.3):
        want = np.linalg.lstsq(a, b, rcond)
        for got in (np.linalg.lstsq(leaf(a), b, rcond), np.linalg.lstsq(a, leaf(b), rcond), ag.lstsq(a, b, rcond)):
            assert len(got) == 4 and got[2] == want[2]
            for one, other in zip(got, want, strict=True):
                np.testing.assert_allclose(getattr(one, "_array", one), other, atol=1e-12, strict=True)


def test_lstsq_of_shapes_that_do_not_fit():
    for a, b in ((STACK, SQUARE), (TALL, SQUARE), (TALL, STACK), (TALL[0], TALL[0])):
        with pytest.raises(ShapeError, match=r"lstsq\(a: .*want shapes"):
            np.linalg.lstsq(leaf(a), b)


def test_a_vector_is_solved_for_by_each_of_a_stack():
    a, b = leaf(STACK), leaf(SQUARE[0])
    x = np.linalg.solve(a, b)
    assert x.shape == (2, 3)
    x.sum().backward()
    np.testing.assert_allclose(b.grad.numpy(), np.linalg.inv(STACK).sum((0, 1)), rtol=1e-12)
    assert a.grad.shape == STACK.shape


@pytest.mark.parametrize("function", [ag.solve, ag.solve_triangular])
def test_shapes_that_do_not_fit_a_system(function):
    with pytest.raises(ShapeError, match=r"solve.*\(a: \(3, 3\) float64, b: \(2,\) float64.*want shapes"):
        function(leaf(SQUARE), np.ones(2))
    with pytest.raises(ShapeError, match="leading axes that broadcast"):
        function(leaf(STACK), np.ones((5, 3, 2)))
    with pytest.raises(np.linalg.LinAlgError, match=r"solve.*square"):
        function(leaf(np.ones((2, 3, 4))), np.ones((2, 3, 4)))


def test_singular_matrices_are_named():
    for f in (np.linalg.inv, lambda x: np.linalg.solve(x, np.ones(3))):
        with pytest.raises(np.linalg.LinAlgError, match=r"(inv|solve)\(a: \(3, 3\) float64.*Singular"):
            f(leaf(np.ones((3, 3))))
    with pytest.raises(np.linalg.LinAlgError, match=r"det\(a: \(2, 3\) float64\): .*square"):
        np.linalg.det(leaf(np.ones((2, 3))))
    with pytest.raises(np.linalg.LinAlgError, match=r"solve_triangular\(a: \(2, 2\) float64"):
        ag.solve_triangular(leaf([[1.0, 1.0], [0.0, 0.0]]), np.ones(2))


@pytest.fixture(params=["with SciPy", "without SciPy"])
def with_and_without_scipy(request, monkeypatch):
    if request.param == "with SciPy":
        pytest.importorskip("scipy")
    else:
        monkeypatch.setitem(sys.modules, "scipy.linalg", None)
    _scipys_solver.cache_clear()
    yield
    _scipys_solver.cache_clear()


@pytest.mark.usefixtures("with_and_without_scipy")
@pytest.mark.parametrize("dtype", ["float32", "float64"])
@pytest.mark.parametrize("lower", [False, True])
@pytest.mark.parametrize("trans", [0, "T"])
@pytest.mark.parametrize("unit_diagonal", [False, True])
def test_triangular_systems(dtype, lower, trans, unit_diagonal):
    """Against the general solver; what is not read may be anything, and has no gradient."""
    read = np.tri(3, k=-1 if unit_diagonal else 0, dtype=bool)
    read = read if lower else read.T
    a, b = leaf(np.where(read, SQUARE, np.nan), dtype), leaf(SQUARE[:, :2], dtype)
    whole, other = leaf(np.where(read, SQUARE, np.eye(3) * unit_diagonal), dtype), leaf(SQUARE[:, :2], dtype)
    x = ag.solve_triangular(a, b, trans, lower, unit_diagonal)
    y = ag.solve(whole.T if trans else whole, other)
    tolerance = 1e-12 if dtype == "float64" else 1e-5
    np.testing.assert_allclose(x.numpy(), y.numpy(), rtol=tolerance, atol=tolerance, strict=True)
    (x * x).sum().backward()
    (y * y).sum().backward()
    assert a.grad.dtype == dtype
    scale = np.abs(whole.grad.numpy()).max()
    for got, want in ((a.grad.numpy(), whole.grad.numpy() * read), (b.grad.numpy(), other.grad.numpy())):
        np.testing.assert_allclose(got, want, rtol=tolerance, atol=tolerance * scale)


@pytest.mark.usefixtures("with_and_without_scipy")
def test_scipy_is_not_needed():
    assert_slopes(lambda a: np.linalg.cholesky(symmetric(a)), POSITIVE)
    assert_slopes(lambda a: np.linalg.qr(a).R, TALL)
    assert ag.solve_triangular(leaf(np.zeros((0, 0))), np.zeros(0)).shape == (0,)
    with pytest.raises(ShapeError, match="want shapes"):
        ag.solve_triangular(leaf(SQUARE), np.ones(2))


def test_transposed_by_an_unknown_letter():
    with pytest.raises(ArgumentError, match="trans='H'; want 0 or 'N'"):
        ag.solve_triangular(leaf(SQUARE), np.ones(3), "H")


def test_tensorinv_over_no_axes():
    with pytest.raises(ArgumentError, match="tensorinv: ind=0; want 1 or more"):
        np.linalg.tensorinv(leaf(SQUARE), 0)


# --- symmetric matrices ---------------------------------------------------------------------------------


@pytest.mark.parametrize(
    "f",
    [
        lambda a: np.log(np.linalg.cholesky(a) ** 2 + 1),
        lambda a: np.linalg.cholesky(a, upper=True) ** 3,
        lambda a: np.linalg.eigvalsh(a) ** 2 * np.arange(3.0),
        lambda a: np.linalg.eigh(a, "U").eigenvectors ** 2 * np.arange(3.0),
        lambda a: np.linalg.pinv(a, hermitian=True) ** 2,
        lambda a: np.linalg.svd(a, hermitian=True).U ** 2 * np.arange(3.0),
    ],
)
def test_one_triangle_is_read_and_has_the_gradient(f):
    found = gradient(f, POSITIVE)
    assert not np.tril(found, -1).any() or not np.triu(found, 1).any()
    assert_slopes(f, POSITIVE)
    whole = gradient(lambda a: f(symmetric(a)), POSITIVE)
    np.testing.assert_allclose(whole, whole.T, rtol=1e-12)
    np.testing.assert_allclose(whole, symmetric(found), rtol=1e-10, atol=1e-12)


def log_likelihood_by_cholesky(y, covariance):
    factor = np.linalg.cholesky(covariance)
    whitened = ag.solve_triangular(factor, y, lower=True)
    return -0.5 * (whitened @ whitened) - np.log(np.diagonal(factor)).sum() - 0.5 * y.size * np.log(2 * np.pi)


def log_likelihood_by_solve(y, covariance):
    whole = y @ np.linalg.solve(covariance, y) + np.linalg.slogdet(covariance).logabsdet
    return -0.5 * whole - 0.5 * y.size * np.log(2 * np.pi)


def test_a_gaussian_process_by_two_ways():
    """The log-likelihood of data by a kernel's logarithmic length, size and noise: value, gradient, Hessian."""
    place, y = np.linspace(0, 3, 7), np.sin(np.linspace(0, 3, 7) * 2)
    apart = (place[:, None] - place[None, :]) ** 2

    def covariance(p):
        return np.exp(p[1] - apart * np.exp(-2 * p[0])) + np.exp(p[2]) * np.eye(7)

    p = np.array([-0.3, 0.2, -1.0])
    by = [lambda p, f=f: f(y, covariance(p)) for f in (log_likelihood_by_cholesky, log_likelihood_by_solve)]
    np.testing.assert_allclose(*[f(p) for f in by], rtol=1e-12)
    np.testing.assert_allclose(*[gradient(f, p) for f in by], rtol=1e-10)
    np.testing.assert_allclose(*[hessian(f, p) for f in by], rtol=1e-9)
    np.testing.assert_allclose(
        *[
            hessian(lambda k, f=f: f(y[:3], symmetric(k)), POSITIVE)
            for f in (log_likelihood_by_cholesky, log_likelihood_by_solve)
        ],
        rtol=1e-9,
        atol=1e-12,
    )


def test_a_matrix_that_is_not_positive_definite():
    with pytest.raises(np.linalg.LinAlgError, match=r"cholesky\(a: \(2, 2\).*not positive definite.*1e-6"):
        np.linalg.cholesky(leaf([[1.0, 2.0], [2.0, 1.0]]))
    with pytest.raises(np.linalg.LinAlgError, match=r"cholesky\(a: \(2, 3\).*square"):
        np.linalg.cholesky(leaf(np.ones((2, 3))))
    with pytest.raises(ArgumentError, match=r"eigh\(a: .*UPLO"):
        np.linalg.eigh(leaf(POSITIVE), "X")


# --- equal values ---------------------------------------------------------------------------------------

EQUAL = np.diag([2.0, 2.0, 2.0 + 1e-15, 5.0])


@pytest.mark.parametrize("values", [np.linalg.eigvalsh, lambda a: np.linalg.eigh(a).eigenvalues, np.linalg.svdvals])
def test_functions_of_equal_values_alone(values):
    """The gradient of trace(a ** 3) is 3 a ** 2."""
    np.testing.assert_allclose(gradient(lambda a: values(a) ** 3, EQUAL), 3 * EQUAL**2, rtol=1e-12)
    turned = np.linalg.qr(RNG.standard_normal((4, 4))).Q
    rounded = symmetric(turned @ EQUAL @ turned.T)
    found = symmetric(gradient(lambda a: values(a) ** 3, rounded))
    np.testing.assert_allclose(found, 3 * rounded @ rounded, rtol=1e-12, atol=1e-12)


@pytest.mark.parametrize("values", [np.linalg.eigvalsh, lambda a: np.linalg.eigh(a).eigenvalues, np.linalg.svdvals])
def test_second_derivatives_of_equal_values_are_refused(values):
    with pytest.raises(GradientError, match=r"(eigen|singular )values 0 and 1 are equal"):
        hessian(lambda a: (values(a) ** 3).sum(), np.eye(2))


MATRIX_FUNCTIONS = {
    "root": lambda w, v: (v * np.sqrt(np.expand_dims(w, -2))) @ np.swapaxes(v, -1, -2),
    "logarithm, 0 at 1": lambda w, v: (v * np.log(np.expand_dims(w, -2))) @ np.swapaxes(v, -1, -2),
    "one vector": lambda w, v: v[..., 0],
}


@pytest.mark.parametrize("name", MATRIX_FUNCTIONS)
def test_vectors_of_equal_eigenvalues_have_no_derivative(name):
    f = MATRIX_FUNCTIONS[name]
    weights = RNG.standard_normal((3, 3))
    for matrix in (np.eye(3), np.diag([1.0, 1.0 + 1e-16, 4.0])):
        with pytest.raises(GradientError, match=r"eigh: eigenvalues 0 and 1 are equal, 1 up to rounding.*eigvalsh"):
            gradient(lambda a: f(*np.linalg.eigh(a)) * (weights if name != "one vector" else weights[0]), matrix)
    with pytest.raises(GradientError, match=r"eigenvalues 0 and 1 of matrix \[1\] are equal"):
        stack = np.array([np.diag([1.0, 2.0, 3.0]), np.eye(3)])
        gradient(lambda a: f(*np.linalg.eigh(a)) * (weights if name != "one vector" else weights[0]), stack)


def test_vectors_of_other_eigenvalues_have_one():
    """The leading vector where the others are equal, as of the covariance of few points in many dimensions."""
    points = RNG.standard_normal((3, 6))

    def leading(x):
        w, v = np.linalg.eigh(x.T @ x)
        return v[:, -1] * np.sign(v[0, -1]) * w[-1] * np.arange(6.0)

    assert np.sum(np.abs(np.linalg.eigvalsh(points.T @ points)) < 1e-12) == 3
    assert_slopes(leading, points)
    assert_slopes(lambda a: np.linalg.eigh(a).eigenvectors[:, 2] ** 2 * np.arange(3.0), np.diag([1.0, 1.0, 3.0]))


def test_singular_vectors_without_a_derivative():
    equal, deficient = np.array([[1.0, 0.0], [0.0, 1.0], [0.0, 0.0]]), np.array([[1.0, 0.0], [0.0, 0.0], [0.0, 0.0]])
    weights = RNG.standard_normal((3, 2))
    with pytest.raises(GradientError, match=r"svd: singular values 0 and 1 are equal, 1 up to rounding"):
        gradient(lambda a: np.linalg.svd(a, False).U * weights, equal)
    with pytest.raises(GradientError, match=r"svd: a singular value is 0"):
        gradient(lambda a: np.linalg.svd(a, False).U * weights, deficient)
    with pytest.raises(GradientError, match=r"svd: a singular value is 0"):  # whose weight here is 0, its slope not
        gradient(lambda a: (lambda u, s, vh: (u * s) @ vh)(*np.linalg.svd(a, False)), deficient)
    with pytest.raises(GradientError, match=r"svd: of 3 vectors .* first 2.*full_matrices=False"):
        gradient(lambda a: np.linalg.svd(a).U, TALL[:3])
    with pytest.raises(GradientError, match=r"svd: of 3 vectors .* first 2.*full_matrices=False"):
        gradient(lambda a: np.linalg.svd(a).Vh, TALL[:3].T)


def test_singular_vectors_that_have_one():
    weights = np.arange(1.0, 4.0)
    deficient = np.array([[1.0, 0.0], [0.0, 0.0], [0.0, 0.0]])
    assert_slopes(lambda a: np.linalg.svd(a, False).U[:, 0] ** 2 * weights, deficient)
    assert_slopes(lambda a: np.linalg.svd(a, False).Vh[0] ** 2 * weights[:2], deficient)
    for matrix in (TALL, WIDE):  # the whole bases, of which the determined vectors are used
        assert_slopes(lambda a: np.linalg.svd(a).S[..., None] * np.linalg.svd(a).U[:, :2].T ** 2, matrix)


# --- QR -------------------------------------------------------------------------------------------------


def test_qr_of_dependent_columns_has_no_derivative():
    dependent = np.array([[1.0, 2.0], [2.0, 4.0], [3.0, 6.0]])
    for mode, f in (("reduced", lambda x: x.R), ("r", lambda x: x)):
        with pytest.raises(GradientError, match=r"qr: column 1 .*depends linearly"):
            gradient(lambda a, mode=mode, f=f: f(np.linalg.qr(a, mode)), dependent)
    tiny = np.array([[1.0, 1e-30], [2.0, 1e-31], [3.0, 3e-31]])  # small, and yet independent
    assert np.isfinite(gradient(lambda a: np.linalg.qr(a).R, tiny)).all()


def test_complete_qr():
    assert_slopes(lambda a: np.linalg.qr(a, "complete").Q[:, :2] ** 3, TALL)
    assert_slopes(lambda a: np.linalg.qr(a, "complete").R ** 3, TALL)
    assert_slopes(lambda a: np.linalg.qr(a, "complete").Q ** 3, WIDE)
    with pytest.raises(GradientError, match=r"qr: of 4 vectors .* first 2.*mode=.reduced"):
        gradient(lambda a: np.linalg.qr(a, "complete").Q, TALL)


def test_qr_in_other_modes():
    with pytest.raises(ArgumentError, match="qr: mode='raw'; want 'reduced'"):
        np.linalg.qr(leaf(TALL), "raw")
