"""Activations: known values, kinks, infinities, large arrays in pieces, and what they refuse."""

import math
import warnings

import numpy as np
import pytest

import autograd as ag
import nn

F = nn.functional
INF, NAN = np.inf, np.nan


def value_and_slope(function, points, dtype=np.float64):
    """Values and derivatives, without a warning on the way."""
    x = ag.tensor(np.array(points, dtype), requires_grad=True)
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        out = function(x)
        out.backward(np.ones_like(x.data))
    return out.data, x.grad.data


# --- known values ---------------------------------------------------------------------------------------


@pytest.mark.parametrize("function", [F.softmax, F.log_softmax, F.softmin])
def test_the_softmax_family_converts_its_input_first(function):
    x = ag.tensor([1.0, 2.0, 4.0], requires_grad=True)
    out = function(x, dim=-1, dtype="float64")
    assert out.dtype == np.float64
    assert out.tolist() == function(x.data.astype(np.float64), -1).tolist()
    assert out.tolist() == function(ag.tensor([1, 2, 4]), -1, dtype="float64").tolist()
    out[0].backward()
    assert x.grad.dtype == np.float32


def test_softmax_and_sigmoid_at_known_points():
    p = F.softmax(ag.tensor([2.0, 1.0, 0.1], dtype="float64"))
    np.testing.assert_allclose(p.data, [0.65900114, 0.24243297, 0.09856589], atol=5e-9)
    np.testing.assert_allclose(nn.Softmin()(-np.array([2.0, 1.0, 0.1])), p.data)
    assert F.sigmoid(np.array([1.1]))[0] == pytest.approx(0.7502601055951177, rel=1e-15)


@pytest.mark.parametrize(
    ("function", "point", "value", "slope"),
    [
        (F.gelu, 1.0, 0.8413447460685429, 1.0833154705876864),
        (lambda x: F.gelu(x, approximate="tanh"), 1.0, 0.8411919906082768, 1.0829640838457826),
        (F.silu, 1.0, 0.7310585786300049, 0.9276705118714867),
        (lambda x: F.swish(x, 2.0), 1.0, 0.8807970779778823, 1.0907842487848955),
        (F.mish, 1.0, 0.8650983882673103, 1.0490362200997922),
        (F.elu, -1.0, np.expm1(-1), np.exp(-1)),
        (lambda x: F.celu(x, 2.0), -1.0, 2 * np.expm1(-0.5), np.exp(-0.5)),
        (F.selu, -1.0, 1.7580993408473766 * np.expm1(-1), 1.7580993408473766 * np.exp(-1)),
        (F.softplus, 1.0, 1.3132616875182228, 0.7310585786300049),
        (F.hardswish, 1.5, 1.125, 1.0),
        (F.tanhshrink, 1.0, 1 - np.tanh(1), np.tanh(1) ** 2),
        (F.logsigmoid, 1.0, -0.31326168751822286, 0.2689414213699951),
    ],
)
def test_values_and_slopes_at_known_points(function, point, value, slope):
    out, grad = value_and_slope(function, [point])
    np.testing.assert_allclose([out[0], grad[0]], [value, slope], rtol=1e-14)


# --- kinks, as PyTorch has them -------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("function", "points", "slopes"),
    [
        (F.relu, [-0.0, 0.0], [0, 0]),
        (F.relu6, [0.0, 6.0], [0, 0]),
        (F.hardtanh, [-1.0, 1.0, 0.0], [0, 0, 1]),
        (F.leaky_relu, [0.0], [0.01]),
        (lambda x: F.leaky_relu(x, -2.0), [0.0, -1.0, 1.0], [-2, -2, 1]),
        (lambda x: F.leaky_relu(x, 3.0), [0.0, -1.0, 1.0], [3, 3, 1]),
        (lambda x: F.elu(x, 0.5), [0.0], [0.5]),
        (lambda x: F.elu(x, -2.0), [0.0, 1.0], [-2, 1]),
        (lambda x: F.celu(x, 0.5), [0.0], [1]),
        (F.hardsigmoid, [-3.0, 3.0], [0, 0]),
        (F.hardswish, [-3.0, 3.0, 0.0], [0, 1, 0.5]),
        (F.hardshrink, [-0.5, 0.5, 0.0, 0.6], [0, 0, 0, 1]),
        (F.softshrink, [-0.5, 0.5, 0.0, 0.6], [0, 0, 0, 1]),
        (lambda x: F.threshold(x, 1.0, 7.0), [1.0, 1.1], [0, 1]),
        (lambda x: F.heaviside(x, 0.5), [-1.0, 0.0, 1.0], [0, 0, 0]),
        (F.softsign, [0.0], [1]),
        (F.gelu, [0.0, 1e-200, -1e-320], [0.5, 0.5, 0.5]),
    ],
)
def test_slopes_at_kinks(function, points, slopes):
    assert value_and_slope(function, points)[1].tolist() == slopes


def test_selu_at_0_has_the_slope_of_its_left_side():
    assert value_and_slope(F.selu, [0.0])[1][0] == pytest.approx(1.6732632423543772 * 1.0507009873554805)


# --- far out --------------------------------------------------------------------------------------------

FAR = {
    "relu6": (F.relu6, [0, 6, 0, 6]),
    "leaky_relu": (F.leaky_relu, [-10, 1000, -INF, INF]),
    "leaky_relu 0": (lambda x: F.leaky_relu(x, 0.0), [0, 1000, NAN, INF]),
    "elu": (F.elu, [-1, 1000, -1, INF]),
    "celu": (lambda x: F.celu(x, 0.5), [-0.5, 1000, -0.5, INF]),
    "gelu": (F.gelu, [0, 1000, NAN, INF]),
    "gelu tanh": (lambda x: F.gelu(x, approximate="tanh"), [0, 1000, NAN, INF]),
    "silu": (F.silu, [0, 1000, NAN, INF]),
    "swish": (lambda x: F.swish(x, 3.0), [0, 1000, NAN, INF]),
    "mish": (F.mish, [0, 1000, NAN, INF]),
    "softplus": (F.softplus, [0, 1000, 0, INF]),
    "softsign": (F.softsign, [-1000 / 1001, 1000 / 1001, NAN, NAN]),
    "hardtanh": (F.hardtanh, [-1, 1, -1, 1]),
    "hardsigmoid": (F.hardsigmoid, [0, 1, 0, 1]),
    "hardswish": (F.hardswish, [0, 1000, NAN, INF]),
    "hardshrink": (F.hardshrink, [-1000, 1000, -INF, INF]),
    "softshrink": (F.softshrink, [-999.5, 999.5, -INF, INF]),
    "threshold": (lambda x: F.threshold(x, 1.0, 7.0), [7, 1000, 7, INF]),
    "logsigmoid": (F.logsigmoid, [-1000, 0, -INF, 0]),
    "tanhshrink": (F.tanhshrink, [-999, 999, -INF, INF]),
}


@pytest.mark.parametrize("name", FAR)
@pytest.mark.parametrize("dtype", [np.float32, np.float64])
def test_far_out_nothing_overflows(name, dtype):
    function, wanted = FAR[name]
    out, _ = value_and_slope(function, [-1000.0, 1000.0, -INF, INF, NAN], dtype)
    assert out.dtype == dtype
    np.testing.assert_allclose(out[:4], np.array(wanted, dtype), rtol=1e-6)
    assert np.isnan(out[4])


@pytest.mark.parametrize("name", ["gelu", "gelu tanh", "silu", "swish", "mish", "elu", "hardswish"])
@pytest.mark.parametrize("dtype", [np.float32, np.float64])
def test_slopes_far_out_are_0_and_1(name, dtype):
    largest = float(np.sqrt(np.finfo(dtype).max))
    slopes = value_and_slope(FAR[name][0], [-largest * 100, -1000.0, 1000.0, largest * 100], dtype)[1]
    assert slopes.tolist() == [0, 0, 1, 1]


@pytest.mark.parametrize("name", ["gelu", "gelu tanh", "silu", "mish", "elu", "softplus", "hardswish", "logsigmoid"])
def test_second_derivatives_far_out_are_0(name):
    x = ag.tensor(np.array([-1000.0, -50.0, 50.0, 1000.0]), requires_grad=True)
    (slope,) = ag.gradients(FAR[name][0](x).sum(), x, create_graph=True)
    (second,) = ag.gradients(slope.sum(), x)
    np.testing.assert_allclose(second.data, 0, atol=1e-10)


def test_small_values_keep_their_digits():
    for function in (F.silu, F.mish, F.elu, F.softplus):
        narrow = function(np.array([-20.0, -1e-6], "f4"))
        np.testing.assert_allclose(narrow, function(np.array([-20.0, -1e-6], "f4").astype("f8")), rtol=1e-6)


def test_gelu_keeps_its_digits_far_below_0():
    x = np.array([-5.0, -5.1, -8.0, -20.0, -37.0])
    wanted = [point * math.erfc(-point / math.sqrt(2)) / 2 for point in x]
    np.testing.assert_allclose(F.gelu(x), wanted, rtol=1e-9)
    np.testing.assert_allclose(F.gelu(x[1:]), wanted[1:], rtol=1e-12)
    assert F.gelu(np.array(-8.0)) == F.gelu(np.array([-8.0]))[0]


# --- large arrays, in pieces ----------------------------------------------------------------------------

LARGE = {
    "channels last": lambda rng: rng.normal(size=(3, 251, 251, 7)).astype("f4").transpose(0, 3, 1, 2),
    "rows": lambda rng: rng.normal(size=(401, 1501)).astype("f4"),
    "strided": lambda rng: rng.normal(size=(401, 1501)).astype("f4")[:, ::2],
    "backwards": lambda rng: rng.normal(size=(401, 501))[::-1],
}


@pytest.mark.parametrize("layout", LARGE)
@pytest.mark.parametrize("name", ["gelu", "gelu tanh", "silu", "mish", "elu", "softplus"])
def test_large_arrays_are_as_small_ones(name, layout):
    function = FAR[name][0]
    rng = np.random.default_rng(0)
    x = ag.tensor(LARGE[layout](rng), requires_grad=True)
    out = function(x)
    g = rng.normal(size=x.shape).astype(x.dtype)  # another order in memory than channels last
    out.backward(g)
    assert out.dtype == x.dtype and (layout == "backwards" or out.data.strides == np.empty_like(x.data).strides)
    for part in (np.s_[:1, :3], np.s_[-1:, -3:]):
        few = ag.tensor(x.data[part], requires_grad=True)
        small = function(few)
        small.backward(g[part])
        np.testing.assert_allclose(out.data[part], small.data, rtol=1e-5, atol=1e-6)
        np.testing.assert_allclose(x.grad.data[part], few.grad.data, rtol=1e-5, atol=1e-6)


def test_large_slopes_where_all_have_one_order_in_memory():
    rng = np.random.default_rng(1)
    x = ag.tensor(LARGE["channels last"](rng), requires_grad=True)
    F.silu(x).sum().backward()
    p = 1 / (1 + np.exp(-x.data.astype("f8")))
    np.testing.assert_allclose(x.grad.data, p * (1 + x.data * (1 - p)), rtol=1e-4, atol=1e-6)


# --- those with parameters ------------------------------------------------------------------------------


def test_swish_learns_its_beta():
    layer = nn.Swish(0.5)
    x = ag.tensor([-1.0, 0.5, 2.0])
    layer(x).sum().backward()
    p = 1 / (1 + np.exp(-0.5 * x.data))
    assert layer.beta.shape == () and layer.beta.grad.item() == pytest.approx(float((x.data**2 * p * (1 - p)).sum()))
    assert [name for name, _ in layer.named_parameters()] == ["beta"]
    fixed = nn.Swish(0.5, learnable=False)
    assert not list(fixed.parameters()) and repr(fixed) == "Swish(beta=0.5, learnable=False)"
    np.testing.assert_array_equal(fixed(x).data, layer(x).data)


def test_maxout_takes_the_largest_of_neighbours():
    layer = nn.Maxout(1, 2, pieces=2, bias=False)
    layer.weight.data[...] = [[1.0], [-1.0], [2.0], [0.0]]  # the absolute value, and a rectifier
    out = layer(ag.tensor([[-3.0], [3.0]]))
    assert out.tolist() == [[3, 0], [3, 6]]
    x = np.arange(12.0).reshape(1, 6, 2)
    assert F.maxout(x, 3, dim=1).tolist() == [[[4, 5], [10, 11]]]
    assert F.maxout(x, 1, dim=1).tolist() == x.tolist()


def test_prelu_has_a_slope_for_each_channel():
    x = -np.ones((2, 3, 2))
    assert F.prelu(x, np.array([0.1, 0.2, 0.3]))[1].tolist() == [[-0.1] * 2, [-0.2] * 2, [-0.3] * 2]
    assert F.prelu(-np.ones(4), np.array(0.5)).tolist() == [-0.5] * 4
    assert nn.PReLU(3).weight.tolist() == [0.25] * 3


# --- what is refused ------------------------------------------------------------------------------------

X = np.zeros((2, 3), "f4")


@pytest.mark.parametrize(
    ("call", "error", "message"),
    [
        (lambda: nn.ReLU(inplace=True), ag.errors.ArgumentError, "ReLU: inplace=True; nothing is computed in place"),
        (lambda: F.elu(X, inplace=True), ag.errors.ArgumentError, "elu: inplace=True"),
        (lambda: F.gelu(np.arange(3)), ag.errors.DtypeError, r"gelu: input is .*; want floats.*astype\('float32'\)"),
        (
            lambda: F.sigmoid(np.arange(3, dtype="u1")),
            ag.errors.DtypeError,
            r"sigmoid: input is \(3,\) uint8; want floats",
        ),
        (lambda: F.tanh(np.arange(3)), ag.errors.DtypeError, r"tanh: input is \(3,\) int64; want floats"),
        (lambda: F.relu([1.0]), ag.errors.DtypeError, "relu: input is a list"),
        (lambda: F.mish([1.0]), ag.errors.DtypeError, "mish: input is a list"),
        (lambda: F.gelu(X, approximate="tan"), ag.errors.ArgumentError, "approximate='tan'; want 'none' or 'tanh'"),
        (lambda: F.celu(X, 0), ag.errors.ArgumentError, "celu: alpha=0, by which it divides"),
        (lambda: F.softplus(X, 0), ag.errors.ArgumentError, "softplus: beta=0, by which it divides"),
        (lambda: F.softshrink(X, -1.0), ag.errors.ArgumentError, "lambd=-1.0; want a number of at least 0"),
        (lambda: F.hardtanh(X, 1.0, -1.0), ag.errors.ArgumentError, "min_val=1.0 is above max_val=-1.0"),
        (lambda: F.softmax(X, None), ag.errors.ArgumentError, "softmax: dim=None; want the number of an axis"),
        (lambda: F.log_softmax(X, 2), ag.errors.ShapeError, r"has the axis dim=2, got \(2, 3\)"),
        (lambda: nn.Softmax2d()(X), ag.errors.ShapeError, r"\(batch, channels, height, width\).*got \(2, 3\)"),
        (lambda: F.glu(X), ag.errors.ShapeError, r"an even length on axis -1, to be halved, got \(2, 3\)"),
        (lambda: F.glu(X[0, 0]), ag.errors.ShapeError, r"an even length on axis -1, to be halved, got \(\)"),
        (lambda: F.maxout(X, 2), ag.errors.ShapeError, r"a multiple of 2 elements on axis -1.*got \(2, 3\)"),
        (lambda: F.maxout(X, 0), ag.errors.ArgumentError, "pieces=0; want a whole number of at least 1"),
        (lambda: nn.Maxout(2, 3, 0), ag.errors.ArgumentError, "Maxout: pieces=0; want a whole number of at least 1"),
        (lambda: nn.PReLU(0), ag.errors.ArgumentError, "PReLU: num_parameters=0; want a whole number of at least 1"),
        (lambda: F.prelu(X, np.zeros(2, "f4")), ag.errors.ShapeError, r"\(batch, 2, ...\).*got \(2, 3\).*axis 1"),
        (lambda: F.swish(X, np.zeros(())), ag.errors.DtypeError, "input is .* float32, but beta is .* float64"),
        (lambda: F.heaviside(X, np.zeros(3)), ag.errors.DtypeError, "but values is .* float64"),
        (lambda: nn.Hardshrink("a"), ag.errors.ArgumentError, "Hardshrink: lambd='a'; want a number"),
        (lambda: nn.Softshrink(None), ag.errors.ArgumentError, "Softshrink: lambd=None"),
        (lambda: nn.Heaviside("a"), ag.errors.ArgumentError, "Heaviside: value='a'; want a number"),
        (lambda: nn.Hardtanh(-1, "a"), ag.errors.ArgumentError, "Hardtanh: max_val='a'"),
        (lambda: nn.LeakyReLU("a"), ag.errors.ArgumentError, "LeakyReLU: negative_slope='a'"),
        (lambda: nn.ELU("a"), ag.errors.ArgumentError, "ELU: alpha='a'"),
        (lambda: nn.CELU("a"), ag.errors.ArgumentError, "CELU: alpha='a'"),
        (lambda: nn.Softplus(1.0, "a"), ag.errors.ArgumentError, "Softplus: threshold='a'"),
        (lambda: nn.Threshold("a", 1), ag.errors.ArgumentError, "Threshold: threshold='a'"),
    ],
)
def test_what_is_refused(call, error, message):
    with pytest.raises(error, match=message):
        call()
