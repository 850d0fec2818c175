"""Reductions, scans, statistics and differences where the automatic tests do not go.

Options (``where``, ``initial``, methods of quantiles, arrays as axes), conventions at ties, zeros and nan, errors, and
that NumPy's function, ours and the method agree.
"""

import warnings

import numpy as np
import pytest

import autograd as ag
from autograd.errors import ArgumentError, RuleError, ShapeError
from autograd.testing import CONTRACTS, Case

NAN, INF = np.nan, np.inf

MATRIX = np.array([[1.0, 5.0, -2.0, 0.5], [4.0, 3.0, 7.0, -1.5], [2.5, -3.0, 6.0, 0.25]])
HOLES = np.array([[1.0, NAN, -2.0, 0.5], [4.0, 3.0, NAN, NAN], [2.5, -3.0, 6.0, 0.25]])
MASK = np.array([[True, False, True, True], [False, True, True, False], [True, True, False, False]])


def leaf(data, dtype="float64"):
    return ag.Tensor(np.array(data, dtype), requires_grad=True)


def keeps_contracts(name, *args, **kwargs):
    """All that the automatic tests ask of a call, of this one."""
    case = Case(ag.ops[name], args, kwargs)
    for contract in CONTRACTS.values():
        contract(case, np.random.default_rng(0))


def gradient_of(function, data, weights=None):
    x = leaf(data)
    out = function(x)
    out.backward(np.ones(out.shape) if weights is None else weights)
    return x.grad.numpy()


def check_gradient(function, data, wanted, weights=None):
    np.testing.assert_allclose(gradient_of(function, data, weights), wanted, rtol=1e-12)


# --- NumPy's functions, ours and methods -----------------------------------------------------------------

CALLS = {
    "sum": {"axis": 0, "initial": 2.0, "where": MASK},
    "prod": {"axis": (0, 1), "initial": 2.0, "where": MASK},
    "max": {"axis": 1, "keepdims": True, "initial": 2.0, "where": MASK},
    "min": {"axis": (), "initial": 2.0},
    "mean": {"axis": 1, "where": MASK, "dtype": np.float64},
    "var": {"axis": 1, "ddof": 0.5, "where": MASK, "dtype": np.float64},
    "std": {"axis": (0, 1), "correction": 1, "where": MASK},
    "average": {"axis": 1, "weights": MATRIX**2, "keepdims": True},
    "ptp": {"axis": (0, -1), "keepdims": True},
    "median": {"axis": (1, 0), "keepdims": True},
    "quantile": {"q": [0.2, 0.8], "axis": (1, 0), "method": "hazen", "keepdims": True},
    "percentile": {"q": 30, "axis": 0},
    "nansum": {"axis": 0, "initial": 1.0, "where": MASK},
    "nanprod": {"axis": 0, "initial": 2.0, "where": MASK},
    "nanmean": {"axis": 1, "where": MASK, "keepdims": True},
    "nanvar": {"axis": 1, "ddof": 1},
    "nanstd": {"axis": 1, "ddof": 1, "keepdims": True},
    "nanmax": {"axis": (0, 1), "keepdims": True},
    "nanmin": {"axis": 0},
    "nanmedian": {"axis": 1, "keepdims": True},
    "nanquantile": {"q": np.array([0.25]), "axis": 1, "method": "midpoint", "keepdims": True},
    "nanpercentile": {"q": 70, "axis": 0, "method": "lower"},
    "cumsum": {"axis": 1, "dtype": np.float64},
    "cumprod": {"axis": 0, "dtype": np.float64},
    "nancumsum": {"axis": 1},
    "nancumprod": {},
    "diff": {"n": 2, "axis": 0, "prepend": 0.0, "append": MATRIX[:2]},
    "trapezoid": {"x": np.array([0.0, 1.0, 3.0]), "axis": 0},
}
KNOWN = [name for name in CALLS if hasattr(np, name)]  # np.trapezoid and others are newer than NumPy 2.0


@pytest.mark.parametrize("name", KNOWN)
@pytest.mark.parametrize("dtype", [np.float64, np.float32])
@pytest.mark.parametrize("requires_grad", [True, False])
def test_numpys_function_ours_and_the_method_agree(name, dtype, requires_grad):
    data = (HOLES if name.startswith("nan") else MATRIX).astype(dtype)
    options = CALLS[name]
    wanted = getattr(np, name)(data, **options)
    x = ag.Tensor(data, requires_grad=requires_grad)
    results = [getattr(np, name)(x, **options), getattr(ag, name)(x, **options), getattr(ag, name)(data, **options)]
    if hasattr(x, name):
        results.append(getattr(x, name)(**options))
    tolerance = 1e-12 if dtype == np.float64 else 1e-5
    for got in results:
        assert type(getattr(got, "_array", got)) is type(wanted)
        got = got.numpy() if isinstance(got, ag.Tensor) else got
        np.testing.assert_allclose(got, wanted, rtol=tolerance, atol=tolerance, strict=True)
    assert results[0].requires_grad == requires_grad


INTEGERS = [[3, 1, 2], [1, 5, 4]]
BOOLEANS = [[True, False, True], [True, True, False]]
NONE_OF_BOOLEANS = ("ptp", "diff", "quantile", "percentile", "nanquantile", "nanpercentile")  # NumPy subtracts none


@pytest.mark.parametrize(
    ("name", "data"),
    [(name, INTEGERS) for name in KNOWN] + [(name, BOOLEANS) for name in KNOWN if name not in NONE_OF_BOOLEANS],
)
def test_integers_booleans_and_lists(name, data):
    options = {key: value for key, value in CALLS[name].items() if key in ("q", "axis", "keepdims")}
    numpy, ours = getattr(np, name), getattr(ag, name)
    wanted = numpy(np.array(data), **options)
    for got in (ours(ag.Tensor(data), **options).numpy(), ours(data, **options), ours(np.array(data), **options)):
        np.testing.assert_allclose(got, wanted, rtol=1e-12, strict=True)


@pytest.mark.parametrize("name", [name for name in KNOWN if name not in ("trapezoid", "diff")])
def test_arrays_without_axes(name):
    options = {"q": 0.5} if "quantile" in name else {"q": 50} if "percentile" in name else {}
    wanted = getattr(np, name)(np.float64(2.0), **options)
    x = leaf(2.0)
    got = getattr(np, name)(x, **options)
    np.testing.assert_array_equal(got.numpy(), wanted, strict=True)
    got.backward(np.ones(got.shape))
    spread = ("var", "std", "ptp", "nanvar", "nanstd")
    assert x.grad.item() == (0 if name in spread else 1)


@pytest.mark.parametrize("name", ["sum", "prod", "max", "min", "ptp", "nansum", "logsumexp"])
@pytest.mark.parametrize("axis", [0, -1, ()])
def test_axis_0_of_an_array_without_axes(name, axis):
    """Ufuncs' reductions take it; the mean, in NumPy as here, does not."""
    x = leaf(1.5)
    getattr(ag, name)(x, axis=axis).backward()
    assert x.grad.item() == (0.0 if name == "ptp" else 1.0)
    with pytest.raises(np.exceptions.AxisError):
        np.mean(x, axis=0)


# --- where= and initial= ----------------------------------------------------------------------------------


@pytest.mark.parametrize("where", [MASK, MASK[0], MASK[:, :1], np.True_])
@pytest.mark.parametrize("axis", [None, 1, (0, 1)])
@pytest.mark.parametrize("keepdims", [False, True])
@pytest.mark.parametrize("name", ["sum", "prod", "mean", "var", "std", "max", "min"])
def test_where_keeps_every_contract(name, axis, keepdims, where):
    if np.size(where) == 3 and axis == 1:
        axis = 0  # or there would be rows of which nothing takes part
    options = {"initial": INF if name == "min" else -INF} if name in ("max", "min") else {}
    keeps_contracts(name, MATRIX, axis=axis, keepdims=keepdims, where=where, **options)


@pytest.mark.parametrize(("name", "initial"), [("sum", 2.0), ("prod", 2.0), ("max", 3.5), ("min", 0.3)])
def test_initial_keeps_every_contract(name, initial):
    keeps_contracts(name, MATRIX, axis=1, initial=initial)
    keeps_contracts(name, MATRIX, axis=1, initial=initial, where=MASK)
    keeps_contracts(name, np.zeros((2, 0)), axis=1, initial=initial)


def test_a_product_with_zeros_and_options():
    x = np.array([[2.0, 0.0, 3.0], [0.0, 4.0, 0.0]])
    keeps_contracts("prod", x, axis=1, initial=5.0)
    keeps_contracts("prod", x, axis=1, where=np.array([[True, True, False], [False, True, True]]), initial=5.0)
    check_gradient(lambda x: ag.prod(x, axis=1, initial=5.0), x, [[0.0, 30.0, 0.0], [0.0, 0.0, 0.0]])


def test_what_where_leaves_out_may_be_nan():
    for name in ("sum", "prod", "mean", "var", "std"):
        keeps_contracts(name, HOLES, axis=1, where=~np.isnan(HOLES))
    keeps_contracts("max", HOLES, axis=1, where=~np.isnan(HOLES), initial=-INF)


def test_where_nothing_takes_part_nan_has_no_gradient():
    for name in ("mean", "var", "std"):
        x = leaf(MATRIX)
        with np.errstate(invalid="ignore"), pytest.warns(RuntimeWarning):
            out = getattr(ag, name)(x, axis=1, where=MASK & [[True], [False], [True]])
        assert np.isnan(out.numpy()).tolist() == [False, True, False]
        out.backward(np.ones(3))
        assert np.isfinite(x.grad.numpy()).all() and not x.grad.numpy()[1].any()


def test_the_larger_of_elements_and_an_initial_value_has_the_gradient():
    check_gradient(lambda x: ag.max(x, initial=2.0), [1.0, 3.0, 3.0], [0.0, 0.5, 0.5])
    check_gradient(lambda x: ag.max(x, initial=9.0), [1.0, 3.0, 3.0], [0.0, 0.0, 0.0])
    check_gradient(lambda x: ag.min(x, initial=0.0), [1.0, 3.0, 3.0], [0.0, 0.0, 0.0])


@pytest.mark.parametrize("name", ["sum", "prod", "max", "min"])
def test_an_initial_value_that_needs_a_gradient_is_refused(name):
    with pytest.raises(RuleError, match=f"{name}: a gradient is wanted for its argument initial"):
        getattr(ag, name)(leaf(MATRIX), initial=leaf(2.0))


def test_amax_and_amin():
    x = leaf(MATRIX)
    assert np.amax(x).item() == 7.0 and np.amin(x, 1, keepdims=True).shape == (3, 1)


# --- ties, zeros, one element -------------------------------------------------------------------------------


def test_ties_share_evenly():
    check_gradient(ag.max, [2.0, 1.0, 2.0], [0.5, 0.0, 0.5])
    check_gradient(lambda x: ag.max(x, axis=(0, 1)), [[2.0, 2.0], [1.0, 2.0]], np.array([[1, 1], [0, 1]]) / 3)
    check_gradient(ag.ptp, [2.0, 1.0, 2.0, 1.0], [0.5, -0.5, 0.5, -0.5])
    check_gradient(ag.ptp, [2.0, 2.0], [0.0, 0.0])
    check_gradient(ag.nanmax, [2.0, NAN, 2.0], [0.5, 0.0, 0.5])


@pytest.mark.parametrize("zeros", [[], [0], [1], [3], [0, 3], [1, 2], [0, 1, 2, 3]])
@pytest.mark.parametrize("name", ["prod", "cumprod"])
def test_products_with_zeros_to_third_order(name, zeros):
    """Against the same product, multiplied out by hand."""
    data = np.array([2.0, -3.0, 0.5, 4.0])
    data[zeros] = 0.0

    def by_hand(x):
        results = [x[0]]
        for i in range(1, 4):
            results.append(results[-1] * x[i])
        return ag.stack(results) if name == "cumprod" else results[-1]

    rng = np.random.default_rng(0)
    weights = [rng.standard_normal(4) for _ in range(3)]
    found = []
    for function in (getattr(ag, name), by_hand):
        x = leaf(data)
        out = (function(x) * (weights[0] if name == "cumprod" else 1.0)).sum()
        derivatives = []
        for weight in weights:
            (slope,) = ag.gradients(out, x, create_graph=True)
            derivatives.append(slope.numpy())
            out = (slope * weight).sum()
        found.append(derivatives)
    np.testing.assert_allclose(found[0], found[1], rtol=1e-12, atol=1e-12)


def test_a_long_product_with_a_zero_takes_no_matrix():
    x = np.ones(100_000)
    x[500] = 0.0
    assert gradient_of(ag.prod, x).nonzero()[0].tolist() == [500]
    slope = gradient_of(ag.cumprod, x)
    assert slope[500] == len(x) - 500 and slope[0] == 500 and not slope[501:].any()


def test_running_extremes_give_ties_to_the_first():
    check_gradient(ag.cummax, [1.0, 3.0, 3.0, 2.0], [1.0, 9.0, 0.0, 0.0], weights=[1.0, 2.0, 3.0, 4.0])
    check_gradient(ag.cummin, [1.0, 1.0, 0.0, 2.0], [3.0, 0.0, 7.0, 0.0], weights=[1.0, 2.0, 3.0, 4.0])


def test_running_extremes_of_nan_are_nan():
    x = leaf([1.0, NAN, 3.0])
    np.testing.assert_array_equal(ag.cummax(x).numpy(), [1.0, NAN, NAN])


def test_running_logarithm_without_overflow():
    data = [-INF, -INF, -1000.0, 1000.0, -INF, 1000.0, -1000.0]
    x = leaf(data)
    out = ag.logcumsumexp(x)
    two = 1000.0 + np.log(2.0)
    np.testing.assert_allclose(out.numpy(), [-INF, -INF, -1000.0, 1000.0, 1000.0, two, two], rtol=1e-15)
    (slope,) = ag.gradients(out, x, np.arange(1.0, 8.0), create_graph=True)
    np.testing.assert_allclose(slope.numpy(), [0.0, 0.0, 3.0, 4 + 5 + 6.5, 0.0, 6.5, 0.0], rtol=1e-12)
    (bend,) = ag.gradients((slope * slope).sum(), x)
    assert np.isfinite(bend.numpy()).all()


def test_the_logarithm_of_nothing_has_no_gradient():
    x = leaf([-INF, -INF])
    ag.logcumsumexp(x).backward(np.ones(2))
    assert x.grad.tolist() == [0.0, 0.0]


# --- medians and quantiles ----------------------------------------------------------------------------------

METHODS = [
    "inverted_cdf", "averaged_inverted_cdf", "closest_observation", "interpolated_inverted_cdf", "hazen", "weibull",
    "linear", "median_unbiased", "normal_unbiased", "lower", "higher", "midpoint", "nearest",
]  # fmt: skip


@pytest.mark.parametrize("method", METHODS)
def test_quantiles_are_numpys(method):
    rng = np.random.default_rng(0)
    for length in (1, 2, 3, 4, 7, 10, 11):
        x = rng.standard_normal((2, length))
        levels = np.array([0.0, 0.05, 0.1, 0.25, 0.3, 0.5, 0.6, 0.75, 0.9, 1.0])
        for q in [*levels.tolist(), levels, levels[:0]]:
            wanted = np.quantile(x, q, axis=1, method=method)
            got = np.quantile(ag.Tensor(x), q, axis=1, method=method)
            np.testing.assert_allclose(got.numpy(), wanted, rtol=1e-12, atol=1e-12, strict=True)
            percent = np.multiply(q, 100)
            wanted = np.nanpercentile(x, percent, axis=1, method=method)
            got = np.nanpercentile(ag.Tensor(x), percent, axis=1, method=method)
            np.testing.assert_allclose(got.numpy(), wanted, rtol=1e-12, atol=1e-12, strict=True)


@pytest.mark.parametrize("name", ["quantile", "nanquantile"])
@pytest.mark.parametrize("method", METHODS)
def test_quantiles_of_every_method_keep_every_contract(method, name):
    keeps_contracts(name, MATRIX, q=0.37, axis=1, method=method, keepdims=True)
    if method in ("inverted_cdf", "closest_observation", "lower", "higher", "nearest"):  # which have none in q
        return
    keeps_contracts(name, MATRIX, np.array([0.37, 0.79]), axis=(0, 1), method=method)
    if name == "nanquantile":
        keeps_contracts(name, HOLES, np.array([0.37, 0.79]), axis=1, method=method)


def test_quantiles_of_a_float32_are_float32_for_a_python_number():
    x = ag.Tensor(MATRIX.astype(np.float32))
    for q in (0.3, [0.3], np.float32(0.3)):
        assert np.quantile(x, q).dtype == np.quantile(x.numpy(), q).dtype
        assert np.quantile(x, q, method="lower").dtype == np.float32
    assert ag.quantile(ag.Tensor(np.arange(5)), 0.3, method="lower").dtype == np.int64


def test_the_middle_two_share_a_median():
    check_gradient(ag.median, [4.0, 1.0, 3.0, 9.0], [0.5, 0.0, 0.5, 0.0])
    check_gradient(ag.median, [4.0, 1.0, 3.0], [0.0, 0.0, 1.0])
    check_gradient(lambda x: ag.quantile(x, 0.25), [0.0, 2.0, 1.0], [0.5, 0.0, 0.5])


def test_a_tie_of_elements_gives_the_whole_gradient_to_some_of_them():
    slope = gradient_of(ag.median, [2.0, 2.0, 2.0, 1.0])
    assert slope.sum() == 1.0 and slope[3] == 0.0


def test_a_level_that_needs_a_gradient():
    """The slope between the neighbours of a level, times how far it moves among the elements."""
    q = leaf(0.3)
    out = ag.quantile([0.0, 1.0, 5.0], q)
    out.backward()
    assert out.item() == pytest.approx(0.6) and q.grad.item() == pytest.approx(2.0)
    q = leaf([0.5, 1.0])
    ag.quantile([0.0, 1.0, 5.0], q).backward(np.ones(2))
    assert q.grad.tolist() == [8.0, 0.0]  # at an element: the slope to the next, of which the last has none


def test_medians_with_nan_are_nan():
    x = leaf(HOLES)
    wanted = np.isnan(HOLES).any(axis=1)
    for out in (ag.median(x, axis=1), ag.quantile(x, 0.0, axis=1), ag.quantile(x, 0.0, axis=1, method="lower")):
        np.testing.assert_array_equal(np.isnan(out.numpy()), wanted)
    assert ag.median(leaf([INF, 1.0, INF])).item() == INF and ag.median(leaf([INF, INF])).item() == INF


def test_the_median_of_nothing_is_nan():
    for function in (ag.median, ag.nanmedian):
        with np.errstate(invalid="ignore"):
            assert np.isnan(function(leaf(np.zeros((2, 0))), axis=1).numpy()).all()
    with pytest.raises(ArgumentError, match=r"quantile: x has shape \(2, 0\)"):
        ag.quantile(leaf(np.zeros((2, 0))), 0.5, axis=1)


@pytest.mark.parametrize(
    ("call", "words"),
    [
        (lambda x: ag.quantile(x, 1.5), ["quantile: q is 1.5", "from 0 to 1"]),
        (lambda x: ag.quantile(x, [0.5, -0.1]), ["quantile: q is", "from 0 to 1"]),
        (lambda x: ag.quantile(x, NAN), ["quantile: q is nan"]),
        (lambda x: ag.percentile(x, 101), ["percentile: q is 101", "from 0 to 100"]),
        (lambda x: ag.quantile(x, [[0.5]]), ["quantile: q is [[0.5]]", "vector"]),
        (lambda x: ag.quantile(x, 0.5, method="cubic"), ["quantile: no method 'cubic'", "linear, hazen"]),
    ],
)
def test_levels_and_methods_that_are_none(call, words):
    with pytest.raises(ArgumentError) as caught:
        call(leaf(MATRIX))
    assert all(word in str(caught.value) for word in words)


@pytest.mark.parametrize("name", [name for name in KNOWN if "cum" not in name and name not in ("diff", "trapezoid")])
def test_an_axis_that_is_none(name):
    options = {"q": 0.5} if "quantile" in name or "percentile" in name else {}
    for axis in (2, -3, (0, 2)):
        with pytest.raises((IndexError, ValueError), match=r"axis -?\d is out of bounds for array of dimension 2"):
            getattr(ag, name)(leaf(MATRIX), axis=axis, **options)
    with pytest.raises(ValueError, match=r"(duplicate|repeated)"):
        getattr(ag, name)(leaf(MATRIX), axis=(0, 0), **options)


# --- nan left out -----------------------------------------------------------------------------------------------


@pytest.mark.parametrize("name", ["nanmean", "nanvar", "nanstd", "nanmax", "nanmin", "nanmedian", "nanquantile"])
def test_slices_of_nan_alone_are_nan_with_a_warning_and_without_a_gradient(name):
    data = np.array([[NAN, NAN], [1.0, 3.0]])
    options = {"q": 0.4} if name == "nanquantile" else {}
    with pytest.warns(RuntimeWarning) as theirs:
        wanted = getattr(np, name)(data, axis=1, **options)
    x = leaf(data)
    with pytest.warns(RuntimeWarning) as ours:
        out = getattr(np, name)(x, axis=1, **options)
    assert str(ours[0].message).rstrip(".") == str(theirs[0].message).rstrip(".") and len(ours) == 1
    np.testing.assert_allclose(out.numpy(), wanted)
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        out.backward(np.ones(2))
    assert x.grad.numpy()[0].tolist() == [0.0, 0.0] and np.isfinite(x.grad.numpy()).all()


@pytest.mark.parametrize("name", ["nanmax", "nanmin"])
def test_infinite_elements_are_told_from_nan(name):
    least = -INF if name == "nanmax" else INF
    check_gradient(getattr(ag, name), [NAN, least, NAN], [0.0, 1.0, 0.0])


@pytest.mark.parametrize("name", ["nansum", "nanprod", "nanmean", "nanvar", "nanstd"])
def test_leaving_out_nan_keeps_every_contract_with_options(name):
    keeps_contracts(name, HOLES, axis=1, keepdims=True)
    keeps_contracts(name, HOLES, axis=1, where=MASK | [[False], [True], [False]])
    if name in ("nanvar", "nanstd"):
        keeps_contracts(name, HOLES, axis=(0, 1), ddof=1)


def test_nan_in_scans():
    keeps_contracts("nancumsum", HOLES, axis=1)
    keeps_contracts("nancumprod", HOLES, axis=0)


# --- averages ----------------------------------------------------------------------------------------------------


def test_averages_returned_with_the_sum_of_weights():
    for weights in (None, [1.0, 2.0, 4.0], MATRIX**2):
        axis = 0 if weights is not None else None
        out, total = np.average(leaf(MATRIX), axis=axis, weights=weights, returned=True)
        wanted, wanted_total = np.average(MATRIX, axis=axis, weights=weights, returned=True)
        np.testing.assert_allclose(out.numpy(), wanted, rtol=1e-14)
        np.testing.assert_allclose(total, wanted_total, rtol=1e-14)
    weights = leaf(MATRIX**2)
    _, total = np.average(MATRIX, axis=1, weights=weights, returned=True)
    total.backward(np.ones(3))
    assert weights.grad.numpy().tolist() == np.ones((3, 4)).tolist()


def test_weights_with_the_axes_averaged_over():
    x = np.arange(24.0).reshape(2, 3, 4)
    weights = np.linspace(1.0, 2.0, 8).reshape(4, 2)
    wanted = np.average(x, axis=(2, 0), weights=weights) if np.lib.NumpyVersion(np.__version__) >= "2.2.0" else None
    got = ag.average(leaf(x), axis=(2, 0), weights=leaf(weights)).numpy()
    by_hand = np.einsum("ijk,ki->j", x, weights) / weights.sum()
    np.testing.assert_allclose(got, by_hand)
    assert wanted is None or np.allclose(got, wanted)


def test_weights_that_do_not_fit():
    with pytest.raises(ZeroDivisionError, match="average"):
        ag.average(leaf(MATRIX), axis=0, weights=[1.0, -1.0, 0.0])
    for axis, weights in ((None, [1.0, 2.0, 4.0]), (1, [1.0, 2.0, 4.0]), (0, np.ones((4, 3)))):
        with pytest.raises(ShapeError, match=r"average: x has shape \(3, 4\), weights"):
            ag.average(leaf(MATRIX), axis=axis, weights=weights)


# --- differences and integrals -------------------------------------------------------------------------------------


@pytest.mark.parametrize("options", [{"prepend": 1.0}, {"append": MATRIX[:, :2]}, {"prepend": MATRIX, "append": 2}])
@pytest.mark.parametrize("n", [0, 1, 3, 9])
def test_differences_with_ends(options, n):
    x = leaf(MATRIX)
    out = np.diff(x, n, **options)
    np.testing.assert_array_equal(out.numpy(), np.diff(MATRIX, n, **options), strict=True)
    out.backward(np.ones(out.shape))
    step = np.zeros((3, 4))
    step[1, 2] = 1.0
    wanted = (np.diff(MATRIX + step, n, **options) - np.diff(MATRIX, n, **options)).sum()
    assert x.grad.numpy()[1, 2] == pytest.approx(wanted)


def test_differences_are_differentiable_in_the_ends():
    first, last = leaf(1.0), leaf(MATRIX[:1])
    np.diff(leaf(MATRIX), axis=0, prepend=first, append=last).backward(np.ones((4, 4)))
    assert first.grad.item() == -4.0 and last.grad.tolist() == [[1.0] * 4]


def test_differences_of_booleans_and_unfit_arguments():
    flags = np.array([True, False, False])
    assert np.diff(ag.Tensor(flags)).tolist() == np.diff(flags).tolist()
    for arguments in ((2.0,), ([1.0, 2.0], -1)):
        with pytest.raises(ArgumentError, match="diff: n="):
            ag.diff(ag.tensor(arguments[0]), *arguments[1:])


def test_ediff1d_with_ends():
    keeps_contracts("ediff1d", MATRIX, to_begin=np.array([1.0, 2.0]), to_end=np.array([[3.0]]))
    for ends in ({"to_end": 5.0}, {"to_begin": [5.0, 6.0]}, {"to_end": 1, "to_begin": 2}):
        got = np.ediff1d(ag.Tensor(MATRIX.astype(np.float32)), **ends)
        np.testing.assert_array_equal(got.numpy(), np.ediff1d(MATRIX.astype(np.float32), **ends), strict=True)


COORDINATES = (np.array([0.0, 1.0, 2.5]), np.array([-1.0, 0.5, 1.0, 4.0]))


@pytest.mark.parametrize(
    ("spacing", "options"),
    [
        ((), {"axis": 1}),
        ((), {"axis": (1, 0), "edge_order": 2}),
        ((0.5,), {"axis": -1, "edge_order": 2}),
        ((0.5, COORDINATES[1]), {}),
        ((COORDINATES[1], 2.0), {"axis": (1, 0), "edge_order": 2}),
        ((COORDINATES[0],), {"axis": 0, "edge_order": 2}),
        ((0.5, COORDINATES[1].tolist()), {}),
    ],
)
def test_slopes(spacing, options):
    keeps_contracts("gradient", MATRIX, *spacing, **options) if len(spacing) < 2 else None
    wanted, got = np.gradient(MATRIX, *spacing, **options), np.gradient(leaf(MATRIX), *spacing, **options)
    assert isinstance(got, tuple) == isinstance(wanted, tuple)
    for ours, theirs in zip(*([(got,), (wanted,)] if not isinstance(got, tuple) else [got, wanted]), strict=True):
        np.testing.assert_allclose(ours.numpy(), theirs, rtol=1e-12, strict=True)


def test_slopes_in_the_coordinates_of_several_axes():
    coordinates = [leaf(c) for c in COORDINATES]
    slopes = np.gradient(leaf(MATRIX), *coordinates)
    for slope, own in zip(slopes, coordinates, strict=True):
        (found,) = ag.gradients(slope, own, np.ones(MATRIX.shape), retain_graph=True)
        step = 1e-6 * np.eye(own.size)
        place = 0 if own is coordinates[0] else 1
        for i in range(own.size):
            ends = [list(COORDINATES), list(COORDINATES)]
            ends[0][place], ends[1][place] = COORDINATES[place] + step[i], COORDINATES[place] - step[i]
            high, low = (np.gradient(MATRIX, *end)[place].sum() for end in ends)
            assert found.numpy()[i] == pytest.approx((high - low) / 2e-6, rel=1e-6, abs=1e-8)


def test_slopes_of_integers():
    x = np.array([1, 4, 9, 16], np.uint8)
    np.testing.assert_array_equal(np.gradient(ag.Tensor(x)).numpy(), np.gradient(x), strict=True)


@pytest.mark.parametrize(
    ("call", "words"),
    [
        (lambda x: ag.gradient(x, 1.0, 2.0, 3.0), ["3 spacings for 2 axes"]),
        (lambda x: ag.gradient(x, [0.0, 1.0], axis=0), ["axis 0 has 3 samples", "(2,)"]),
        (lambda x: ag.gradient(x[:1]), ["axis 0 has 1 samples", "more than 1"]),
        (lambda x: ag.gradient(x[:2], edge_order=2), ["axis 0 has 2 samples", "more than 2"]),
        (lambda x: ag.gradient(x, edge_order=3), ["edge_order=3"]),
    ],
)
def test_slopes_that_are_none(call, words):
    with pytest.raises(ArgumentError) as caught:
        call(leaf(MATRIX))
    assert all(word in str(caught.value) for word in words)


def test_cumulative_sums_with_an_initial_element():
    for name in ("cumulative_sum", "cumulative_prod"):
        keeps_contracts(name, MATRIX, axis=0, include_initial=True)
        keeps_contracts(name, MATRIX[0], include_initial=True, dtype=np.float64)
        keeps_contracts(name, np.zeros((2, 0)), axis=1, include_initial=True)
        with pytest.raises(ArgumentError, match=rf"{name}: x has 2 axes, axis=None"):
            getattr(ag, name)(leaf(MATRIX))


# --- ufunc.reduce and ufunc.accumulate -------------------------------------------------------------------------------

UFUNCS = [np.add, np.multiply, np.maximum, np.minimum, np.logaddexp]


@pytest.mark.parametrize("ufunc", [*UFUNCS, np.fmax, np.fmin], ids=lambda ufunc: ufunc.__name__)
def test_reduce(ufunc):
    x = leaf(MATRIX)
    for options in ({}, {"axis": 1}, {"axis": None}, {"axis": (0, 1), "keepdims": True}, {"dtype": np.float64}):
        got = ufunc.reduce(x, **options)
        assert got.requires_grad
        np.testing.assert_allclose(got.numpy(), ufunc.reduce(MATRIX, **options), rtol=1e-14, strict=True)
    assert ufunc.reduce(x, 1).shape == (3,)
    with pytest.raises(ArgumentError, match=rf"numpy\.{ufunc.__name__}\.reduce on a Tensor takes no out="):
        ufunc.reduce(x, out=ag.zeros(4))


@pytest.mark.parametrize("ufunc", UFUNCS[:4], ids=lambda ufunc: ufunc.__name__)
def test_reduce_with_an_initial_value_and_a_mask(ufunc):
    got = ufunc.reduce(leaf(MATRIX), axis=1, initial=1.5, where=MASK)
    np.testing.assert_allclose(got.numpy(), ufunc.reduce(MATRIX, axis=1, initial=1.5, where=MASK), strict=True)


@pytest.mark.parametrize("ufunc", UFUNCS, ids=lambda ufunc: ufunc.__name__)
def test_accumulate(ufunc):
    x = leaf(MATRIX)
    for options in ({}, {"axis": 1}, {"axis": -1, "dtype": np.float64}):
        got = ufunc.accumulate(x, **options)
        assert got.requires_grad
        np.testing.assert_allclose(got.numpy(), ufunc.accumulate(MATRIX, **options), rtol=1e-14, strict=True)
    with pytest.raises(ArgumentError, match=rf"numpy\.{ufunc.__name__}\.accumulate on a Tensor takes no out="):
        ufunc.accumulate(x, out=np.zeros((3, 4)))


def test_reducing_without_nan():
    x = leaf([[1.0, NAN], [3.0, NAN]])
    out = np.fmax.reduce(x)
    np.testing.assert_array_equal(out.numpy(), np.fmax.reduce(x.numpy()))
    out.backward(np.ones(2))
    assert x.grad.tolist() == [[0.0, 0.0], [1.0, 0.0]]


def test_reductions_in_another_dtype():
    x = leaf(MATRIX, np.float32)
    for function in (ag.sum, ag.mean, ag.prod, ag.var, ag.std, ag.cumsum, ag.nansum, np.add.reduce):
        out = function(x, dtype=np.float64)
        assert out.dtype == np.float64
        (slope,) = ag.gradients(out, x, np.ones(out.shape))
        assert slope.dtype == np.float32
