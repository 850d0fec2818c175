"""Distributions against `scipy.stats`, on and off their supports, and their derivatives."""

import functools
import subprocess
import sys

import numpy as np
import pytest
from hypothesis import settings

import autograd as ag
from autograd.composites import composite
from autograd.errors import ArgumentError, DtypeError, GradientError, ShapeError
from autograd.spec import Choice, Real
from autograd.testing import check

stats = pytest.importorskip("scipy.stats")
ours = ag.distributions

EXAMPLES = max(4, settings.default.max_examples // 5)
LOC, SCALE, SHAPE = Real(-1.0, 1.0), Real(0.5, 2.0), Real(0.6, 4.0)
HALVES = Choice(0.5, 1.0, 2.5)  # of what has no derivative

DOMAINS = {  # of x, shape parameters, loc and scale
    "norm": (Real(), LOC, SCALE),
    "t": (Real(), SHAPE, LOC, SCALE),
    "gamma": (Real(0.5, 4.0), SHAPE, Real(-0.5, 0.3), SCALE),
    "chi2": (Real(0.5, 4.0), SHAPE, Real(-0.5, 0.3), SCALE),
    "beta": (Real(0.2, 0.7), SHAPE, SHAPE, Real(-0.1, 0.1), Real(0.9, 1.2)),
    "poisson": (Choice(0, 1, 4), Real(0.5, 4.0), Choice(-1, 0)),
}
NAMES = {
    "norm": ("pdf", "logpdf", "cdf", "logcdf", "sf", "logsf"),
    "t": ("pdf", "logpdf", "cdf", "logcdf"),
    "gamma": ("pdf", "logpdf", "cdf"),
    "chi2": ("pdf", "logpdf", "cdf"),
    "beta": ("pdf", "logpdf", "cdf"),
    "poisson": ("pmf", "logpmf", "cdf"),
}
FUNCTIONS = [(kind, name) for kind, names in NAMES.items() for name in names]
SHAPES = {"t": ("df",), "gamma": ("a",), "chi2": ("df",), "beta": ("a", "b")}


def test_every_public_function_is_tested():
    others = {"dirichlet": ("pdf", "logpdf"), "multivariate_normal": ("pdf", "logpdf", "entropy")}
    public = {kind: {name for name in vars(getattr(ours, kind)) if not name.startswith("_")} for kind in ours.__all__}
    assert public == {kind: set(names) for kind, names in (NAMES | others).items()}


def pair(kind, name):
    return getattr(getattr(ours, kind), name), getattr(getattr(stats, kind), name)


def registered(kind, name):
    """One of the functions as what `check` takes, with SciPy's for its values."""
    function, scipys = pair(kind, name)
    fixed = ("k", "loc") if kind == "poisson" else SHAPES.get(kind, ()) if "cdf" in name else ()
    domains = list(DOMAINS[kind])
    for place in range(1, 1 + len(fixed)) if kind != "poisson" else ():
        domains[place] = HALVES

    @functools.wraps(function, assigned=())
    def call(*args, **kwargs):
        return function(*args, **kwargs)

    call.__name__ = f"{kind}_{name}"
    return composite(call, numpy=scipys, domain=tuple(domains), no_gradient=fixed)


@pytest.mark.parametrize(("kind", "name"), FUNCTIONS)
def test_keeps_every_contract(kind, name):
    check(registered(kind, name), max_examples=EXAMPLES)


# --- everywhere -----------------------------------------------------------------------------------------

GRID = np.array([-np.inf, -40.0, -1.5, -1.0, -0.3, 0.0, 0.2, 0.5, 1.0, 1.5, 2.0, 3.0, 40.0, np.inf, np.nan])
PARAMETERS = {
    "norm": [(0.0, 1.0), (0.5, 2.0), (0.0, 0.0), (0.0, -1.0), (np.nan, 1.0)],
    "t": [(1.0, 0.0, 1.0), (3.5, 0.5, 2.0), (1e6, 0.0, 1.0), (0.0, 0.0, 1.0), (-1.0, 0.0, 1.0), (2.0, 0.0, -1.0)],
    "gamma": [(1.0, 0.0, 1.0), (0.5, 0.0, 2.0), (3.0, -1.0, 1.0), (0.0, 0.0, 1.0), (-0.5, 0.0, 1.0), (1.0, 0.0, 0.0)],
    "chi2": [(1.0, 0.0, 1.0), (2.0, 0.0, 2.0), (5.0, -1.0, 1.0), (0.0, 0.0, 1.0), (-0.5, 0.0, 1.0), (1.0, 0.0, 0.0)],
    "beta": [
        *[(a, b, 0.0, 1.0) for a in (0.5, 1.0, 3.0) for b in (0.5, 1.0, 2.0)],
        *[(2.0, 1.0, -1.0, 2.5), (0.0, 1.0, 0.0, 1.0), (1.0, -1.0, 0.0, 1.0), (1.0, 1.0, 0.0, -1.0)],
    ],
    "poisson": [(1.0, 0), (0.0, 0), (30.5, -1), (-1.0, 0)],
}


@pytest.mark.parametrize(("kind", "name"), FUNCTIONS)
def test_values_are_scipys_on_and_off_the_support(kind, name):
    function, scipys = pair(kind, name)
    for parameters in PARAMETERS[kind]:
        with np.errstate(all="ignore"):
            wanted = scipys(GRID, *parameters)
        tensors = [ag.Tensor(np.array(p)) for p in (GRID, *parameters)]
        for got in (function(GRID, *parameters), function(*tensors).numpy()):
            np.testing.assert_allclose(got, wanted, rtol=1e-12, atol=1e-14, err_msg=f"{kind}.{name}{parameters}")


def leaves(kind, name, parameters):
    """Arguments that need a gradient, where there may be one."""
    fixed = len(SHAPES.get(kind, ())) if "cdf" in name else 0
    x = GRID[np.isfinite(GRID)] if kind == "poisson" else ag.Tensor(GRID[:-1], requires_grad=True)
    full = [np.full(len(x), p) for p in parameters]
    return x, *[
        ag.Tensor(p, requires_grad=True) if i >= fixed and p.dtype.kind == "f" else p for i, p in enumerate(full)
    ]


@pytest.mark.parametrize(("kind", "name"), FUNCTIONS)
def test_slopes_are_numbers_everywhere_and_0_off_the_support(kind, name):
    function, _ = pair(kind, name)
    for parameters in PARAMETERS[kind]:
        if np.isnan(function(0, *parameters)):
            continue
        arguments = leaves(kind, name, parameters)
        out = function(*arguments)
        tensors = [a for a in arguments if isinstance(a, ag.Tensor)]
        with np.errstate(all="ignore"):
            first = ag.gradients(out.sum(), tensors, create_graph=True)
            second = ag.gradients(sum(g.sum() for g in first), tensors, allow_unused=True)
            if (kind, name, parameters[0]) == ("poisson", "cdf", 0):  # the end of where there are values at all
                second = ()
        values = out.numpy()
        off = np.isinf(values) if "log" in name else values == 0
        flat = off | np.isinf(ag.value_of(arguments[0]))
        for slopes in [g for g in (*first, *second) if g is not None]:
            assert np.isfinite(slopes.numpy()[~np.isnan(values)]).all(), f"{kind}.{name}{parameters}"
            assert not slopes.numpy()[flat].any(), f"{kind}.{name}{parameters}"


def test_slopes_at_the_end_of_the_support():
    """Where the density is finite there, they are those from within; a distribution function has none."""
    x, scale = ag.Tensor(np.array(0.0), requires_grad=True), ag.Tensor(np.array(2.0), requires_grad=True)
    slopes = ag.gradients(ours.gamma.logpdf(x, 1.0, scale=scale), [x, scale])
    assert [s.item() for s in slopes] == [-0.5, -0.5]
    assert ag.gradients(ours.gamma.cdf(x, 1.0), [x])[0].item() == 0
    assert ag.gradients(ours.beta.pdf(x, 2.0, 2.0), [x])[0].item() == 0


def test_the_tails_keep_their_digits():
    x = ag.Tensor(np.array([-300.0, -30.0, 8.5]), requires_grad=True)
    density = np.exp(-0.5 * 8.5**2) / np.sqrt(2 * np.pi)
    for out in (ours.norm.logcdf(x), ours.norm.logsf(-x)):
        (slope,) = ag.gradients(out.sum(), [x])
        np.testing.assert_allclose(slope.numpy(), [300.00333325926337, 30.033259667433675, density], rtol=1e-10)


# --- arguments ------------------------------------------------------------------------------------------


@pytest.mark.parametrize("kind", SHAPES)
def test_a_shape_parameter_of_a_distribution_function_has_no_derivative(kind):
    shapes = [ag.tensor(2.0, requires_grad=True) for _ in SHAPES[kind]]
    out = getattr(ours, kind).cdf(0.5, *shapes)
    with pytest.raises(GradientError, match="has no closed form"):
        out.backward()


@pytest.mark.parametrize(
    ("call", "error", "message"),
    [
        (
            lambda x, y: ours.norm.logpdf(x, y),
            ShapeError,
            r"norm\.logpdf\(x: \(2,\) float32, loc: \(3,\) float32\): .*axis -1",
        ),
        (lambda x, y: ours.norm.pdf([1.0, 2.0], scale=y), ShapeError, r"norm\.pdf\(x: \(2,\) float64, scale: \(3,\)"),
        (lambda x, y: ours.chi2.pdf(x, y), ShapeError, r"chi2\.pdf\(x: .* df: .* do not broadcast"),
        (lambda x, y: ours.poisson.pmf([1, 2], y), ShapeError, r"poisson\.pmf\(k: \(2,\) int64, mu: \(3,\)"),
        (lambda x, y: ours.t.cdf(x, "a"), DtypeError, r"t\.cdf\(.* df is 'a', which is no number"),
        (lambda x, y: ours.beta.cdf(x, 1, None), DtypeError, r"beta\.cdf\(.* b is None, which is no number"),
        (lambda x, y: ours.gamma.logpdf(["a"], 1), DtypeError, r"gamma\.logpdf\(x: \(1,\) <U1"),
        (
            lambda x, y: ours.t.pdf([[1], [1, 2]], 3),
            ArgumentError,
            r"t\.logpdf\(x: \[\[1\], \[1, 2\]\], df: 3\): .*inhomogeneous",
        ),
        (lambda x, y: ours.norm.logpdf(1j), DtypeError, r"norm\.logpdf\(x: 1j\): .*Complex"),
        (lambda x, y: ours.poisson.pmf(None, y), DtypeError, r"poisson\.logpmf\(.* k is None"),
        (lambda x, y: ours.dirichlet.pdf("a", [1.0, 1.0]), DtypeError, r"dirichlet\.logpdf\(.* x is 'a'"),
        (lambda x, y: ours.multivariate_normal.pdf(None), DtypeError, r"multivariate_normal\.logpdf\(x: None\)"),
        (lambda x, y: ours.norm.logpdf(), TypeError, r"norm\.logpdf\(\) missing 1 required"),
    ],
)
def test_errors_name_the_distribution_and_its_arguments(call, error, message):
    with pytest.raises(error, match=message):
        call(ag.ones(2, requires_grad=True), ag.ones(3))


def test_a_count_has_no_derivative():
    for arguments in ((ag.tensor(1.0, requires_grad=True), 2.0, 0), (1, 2.0, ag.tensor(1.0, requires_grad=True))):
        with pytest.raises(GradientError, match=r"no derivative in the count .*detach"):
            ours.poisson.pmf(*arguments)
    k, mu = ag.tensor([0, 1, 2]), ag.tensor(2.0, requires_grad=True)
    ours.poisson.logpmf(k, mu).sum().backward()
    assert mu.grad.item() == -1.5


@pytest.mark.parametrize(("kind", "name"), FUNCTIONS)
def test_numbers_lists_and_integers(kind, name):
    function, scipys = pair(kind, name)
    shapes = [2] * len(SHAPES.get(kind, ())) + ([3] if kind == "poisson" else [])
    for x in ([0, 1, 2], np.array([[0], [1]]), 1, 0.5):
        np.testing.assert_allclose(function(x, *shapes), scipys(x, *shapes), rtol=1e-12, atol=1e-15)
    narrow = function(ag.tensor([0.25, 1.0]), *[ag.tensor(2.0) if kind == "poisson" else 2.0 for _ in shapes], 0)
    assert narrow.dtype == np.float32
    assert function(np.float64(0.5), *shapes).dtype == np.float64


def test_arguments_broadcast():
    x, loc = ag.Tensor(np.linspace(0.1, 0.9, 3), requires_grad=True), ag.Tensor(np.zeros((2, 1)), requires_grad=True)
    out = ours.beta.logpdf(x, 2.0, np.full((4, 1, 1), 3.0), loc)
    assert out.shape == (4, 2, 3)
    assert [g.shape for g in ag.gradients(out.sum(), [x, loc])] == [(3,), (2, 1)]


# --- without SciPy --------------------------------------------------------------------------------------


def test_loading_them_does_not_import_scipy():
    code = (
        "import sys, autograd as ag; ag.distributions.norm.pdf(0.5); ag.distributions.multivariate_normal.entropy();"
        "assert 'scipy.special' not in sys.modules"
    )
    subprocess.run([sys.executable, "-c", code], check=True)


def test_without_scipy_the_error_says_what_to_install(monkeypatch):
    monkeypatch.setitem(sys.modules, "scipy.special", None)
    assert ours.norm.logpdf(0.0) == -0.5 * np.log(2 * np.pi)
    with pytest.raises(ModuleNotFoundError, match=r"pip install 'glassgrad\[scipy\]'"):
        ours.norm.cdf(0.0)


# --- of vectors -----------------------------------------------------------------------------------------


def simplex(z):
    return ag.softmax(z, axis=0)


def dirichlet_samples(rng):
    n = int(rng.integers(2, 4))
    shape = (n,) if rng.random() < 0.5 else (n, int(rng.integers(1, 4)))
    return rng.uniform(-1.0, 1.0, shape), rng.uniform(0.6, 4.0, n)


@pytest.mark.parametrize("name", ["pdf", "logpdf"])
def test_dirichlet_keeps_every_contract(name):
    function, scipys = pair("dirichlet", name)

    @composite(numpy=lambda z, alpha: scipys(simplex(z), alpha), samples=dirichlet_samples)
    def of_logits(z, alpha):
        return function(simplex(z), alpha)

    check(of_logits, max_examples=EXAMPLES)


def test_dirichlet_without_the_last_component():
    x, alpha = np.array([[0.2, 0.5], [0.3, 0.1]]), [1.0, 2.0, 0.5]
    np.testing.assert_allclose(ours.dirichlet.logpdf(x, alpha), stats.dirichlet.logpdf(x, alpha), rtol=1e-13)
    t = ag.Tensor(x, requires_grad=True)
    (slope,) = ag.gradients(ours.dirichlet.logpdf(t, alpha).sum(), [t])
    np.testing.assert_allclose(slope.numpy(), [[1.0, 1.25], [1 / 0.3 + 1.0, 10 + 1.25]])


def test_dirichlet_allows_for_the_rounding_of_float32():
    x = ag.tensor([0.2, 0.8])
    assert ours.dirichlet.pdf(x, ag.tensor([1.0, 2.0])).item() == pytest.approx(1.6)
    assert ours.dirichlet.pdf(x, [1, 2]).item() == pytest.approx(1.6)


def test_dirichlet_at_the_edge_of_the_simplex():
    x = ag.Tensor(np.array([[0.0, 0.0], [0.4, 1.0], [0.6, 0.0]]), requires_grad=True)
    alpha = ag.Tensor(np.array([1.0, 2.0, 3.0]), requires_grad=True)
    for name in ("pdf", "logpdf"):
        function, scipys = pair("dirichlet", name)
        out = function(x, alpha)
        np.testing.assert_allclose(out.numpy(), scipys(x.numpy(), alpha.numpy()), rtol=1e-13)
        assert all(np.isfinite(g.numpy()).all() for g in ag.gradients(out.sum(), [x, alpha]))


@pytest.mark.parametrize(
    ("x", "alpha", "error"),
    [
        ([0.5, 0.6], [1.0, 1.0], ArgumentError),
        ([1.5, -0.5], [1.0, 1.0], ArgumentError),
        ([0.5, 0.5], [1.0, 0.0], ArgumentError),
        ([0.5, 0.5], [1.0] * 4, ShapeError),
        ([0.5, 0.5], [[1.0, 1.0]], ShapeError),
        (0.5, [1.0, 1.0], ShapeError),
    ],
)
def test_dirichlet_refuses(x, alpha, error):
    with pytest.raises(error, match="dirichlet"):
        ours.dirichlet.logpdf(x, alpha)


def covariance(b):
    return b @ np.swapaxes(b, 0, 1) + np.eye(len(b), dtype=b.dtype)


def normal_samples(rng):
    d = int(rng.integers(1, 4))
    shape = (*rng.integers(1, 4, rng.integers(0, 3)), d)
    return rng.uniform(-2.0, 2.0, shape), rng.uniform(-1.0, 1.0, d), rng.uniform(-1.0, 1.0, (d, d))


@pytest.mark.parametrize("name", ["pdf", "logpdf"])
def test_multivariate_normal_keeps_every_contract(name):
    function, scipys = pair("multivariate_normal", name)

    def wanted(x, mean, b):
        return np.asarray(scipys(x, mean, covariance(b)))

    @composite(numpy=wanted, samples=normal_samples)
    def of_root(x, mean, b):
        return function(x, mean, covariance(b))

    check(of_root, max_examples=EXAMPLES)


def test_entropy_keeps_every_contract():
    @composite(numpy=lambda b: stats.multivariate_normal.entropy(cov=covariance(b)), domain=None, samples=root_samples)
    def of_root(b):
        return ours.multivariate_normal.entropy(cov=covariance(b))

    check(of_root, max_examples=EXAMPLES)


def root_samples(rng):
    return (rng.uniform(-1.0, 1.0, (int(rng.integers(1, 4)),) * 2),)


@pytest.mark.parametrize(
    ("x", "mean", "cov"),
    [
        (0.5, None, 1),
        ([0.5, 1.0, 2.0], None, 4.0),
        ([[0.5], [1.0]], [0.5], [[4.0]]),
        ([0.5, 1.0, 2.0], [0.0, 0.0, 1.0], 2.0),
        ([0.5, 1.0, 2.0], [0.0, 0.0, 1.0], [1.0, 2.0, 3.0]),
        (np.zeros((2, 1, 3, 2)), [0, 1], [[2, 1], [1, 2]]),
        (np.zeros((1, 2)), None, np.eye(2)),
    ],
)
def test_multivariate_normal_takes_what_scipy_takes(x, mean, cov):
    got, wanted = (d.multivariate_normal.logpdf(x, mean, cov) for d in (ours, stats))
    np.testing.assert_allclose(got, wanted, rtol=1e-13)
    assert np.shape(got) == np.shape(wanted)
    if np.ndim(x) == 0 or mean is not None:
        got, wanted = (d.multivariate_normal.entropy(mean, cov) for d in (ours, stats))
        np.testing.assert_allclose(got, wanted, rtol=1e-13)


def test_the_gradient_of_a_covariance_is_symmetric():
    cov = ag.Tensor(np.array([[2.0, 0.5], [0.5, 1.0]]), requires_grad=True)
    (slope,) = ag.gradients(ours.multivariate_normal.logpdf([1.0, -1.0], [0.0, 0.0], cov), [cov])
    inverse = np.linalg.inv(cov.numpy())
    z = inverse @ [1.0, -1.0]
    np.testing.assert_allclose(slope.numpy(), 0.5 * (np.outer(z, z) - inverse), rtol=1e-13)


@pytest.mark.parametrize(
    ("x", "mean", "cov", "error"),
    [
        ([1.0, 2.0, 3.0], [0.0, 0.0], 1.0, ShapeError),
        ([1.0, 2.0], [0.0, 0.0], np.eye(3), ShapeError),
        ([1.0, 2.0], [[0.0, 0.0]], np.eye(2), ShapeError),
        ([1.0, 2.0], [0.0, 0.0], -np.eye(2), np.linalg.LinAlgError),
    ],
)
def test_multivariate_normal_refuses(x, mean, cov, error):
    with pytest.raises(error):
        ours.multivariate_normal.logpdf(x, mean, cov)
