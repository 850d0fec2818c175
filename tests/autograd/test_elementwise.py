"""Elementwise functions where their tables' domains do not go: conventions, edges, NumPy's arguments, digits."""

import builtins

import mpmath
import numpy as np
import pytest
from mpmath import mp

import autograd as ag
from autograd.errors import ArgumentError, NoRuleError, RuleError, ShapeError

NAN, INF = np.nan, np.inf


def derivatives(f, *points):
    """Values of f, and gradients of their sum in each of the points."""
    tensors = [ag.Tensor(np.array(point, float), requires_grad=True) for point in points]
    with np.errstate(all="ignore"):
        out = f(*tensors)
        return out.numpy(), *[g.numpy() for g in ag.gradients(out.sum(), tensors)]


# --- conventions ----------------------------------------------------------------------------------------

# fmt: off
CONVENTIONS = {  # function, arguments, value, gradients
    "fabs of 0": (np.fabs, [[0.0, -2.0]], [0.0, 2.0], [[0.0, -1.0]]),
    "cbrt of 0 and below": (np.cbrt, [[0.0, -8.0]], [0.0, -2.0], [[INF, 1 / 12]]),
    "fmax shares a tie": (np.fmax, [[1.0, 2.0], [1.0, 3.0]], [1.0, 3.0], [[0.5, 0.0], [0.5, 1.0]]),
    "fmin shares a tie": (np.fmin, [[1.0, 2.0], [1.0, 3.0]], [1.0, 2.0], [[0.5, 1.0], [0.5, 0.0]]),
    "fmax without nan": (
        np.fmax, [[NAN, 1.0, NAN], [1.0, NAN, NAN]], [1.0, 1.0, NAN], [[0.0, 1.0, 1.0], [1.0, 0.0, 0.0]]
    ),
    "fmin without nan": (
        np.fmin, [[NAN, 1.0, NAN], [1.0, NAN, NAN]], [1.0, 1.0, NAN], [[0.0, 1.0, 1.0], [1.0, 0.0, 0.0]]
    ),
    "fmod keeps the sign of x": (
        np.fmod, [[7.0, -7.0, 7.0, -7.0, 7.0], [3.0, 3.0, -3.0, -3.0, INF]], [1.0, -1.0, 1.0, -1.0, 7.0],
        [[1.0] * 5, [-2.0, 2.0, 2.0, -2.0, 0.0]]
    ),
    "copysign of zeros": (
        np.copysign, [[0.0, 2.0, -2.0, 2.0], [-1.0, -0.0, -1.0, 0.0]], [-0.0, -2.0, -2.0, 2.0],
        [[0.0, -1.0, 1.0, 1.0], [0.0] * 4]
    ),
    "heaviside at the step": (
        np.heaviside, [[-1.0, 0.0, 2.0], [0.3] * 3], [0.0, 0.3, 1.0], [[0.0] * 3, [0.0, 1.0, 0.0]]
    ),
    "nan_to_num replaces": (
        np.nan_to_num, [[NAN, INF, -INF, 3.0]], [0.0, np.finfo(float).max, np.finfo(float).min, 3.0],
        [[0.0, 0.0, 0.0, 1.0]]
    ),
    "logaddexp of nothing": (np.logaddexp, [[-INF, -INF], [-INF, 1.0]], [-INF, 1.0], [[0.0, 0.0], [0.0, 1.0]]),
    "logaddexp2 of nothing": (np.logaddexp2, [[-INF, -INF], [-INF, 1.0]], [-INF, 1.0], [[0.0, 0.0], [0.0, 1.0]]),
    "logaddexp2 far out": (np.logaddexp2, [[2000.0, 0.0], [0.0, 2000.0]], [2000.0] * 2, [[1.0, 0.0], [0.0, 1.0]]),
    "xlogy where x is 0": (
        ag.xlogy, [[0.0, 0.0, 0.0, 2.0], [0.0, 2.0, INF, 0.0]], [0.0, 0.0, 0.0, -INF],
        [[0.0, np.log(2.0), INF, -INF], [0.0, 0.0, 0.0, INF]]
    ),
    "xlog1py where x is 0": (
        ag.xlog1py, [[0.0, 0.0, 2.0], [-1.0, 1.0, 0.0]], [0.0, 0.0, 0.0], [[0.0, np.log(2.0), 0.0], [0.0, 0.0, 2.0]]
    ),
    "entr at 0": (ag.entr, [[0.0, 1.0, -1.0]], [0.0, 0.0, -INF], [[INF, -1.0, NAN]]),
    "logit at its ends": (ag.logit, [[0.0, 1.0, 0.5]], [-INF, INF, 0.0], [[INF, INF, 4.0]]),
    "logsigmoid far out": (ag.logsigmoid, [[-800.0, 800.0]], [-800.0, 0.0], [[1.0, 0.0]]),
    "softmax with a mask": (
        lambda x: ag.softmax(x) * np.array([1.0, 2.0, 3.0]), [[0.0, 0.0, -INF]], [0.5, 1.0, 0.0], [[-0.25, 0.25, 0.0]]
    ),
    "log_softmax with a mask": (
        lambda x: ag.log_softmax(x)[:2], [[0.0, 0.0, -INF]], [-np.log(2.0)] * 2, [[0.0, 0.0, 0.0]]
    ),
    "softmax of large numbers": (
        lambda x: ag.softmax(x)[:1], [[1000.0, 1000.0]], [0.5], [[0.25, -0.25]]
    ),
    "lerp at its ends": (
        ag.lerp, [[0.1, 0.1], [0.3, 0.3], [0.0, 1.0]], [0.1, 0.3], [[1.0, 0.0], [0.0, 1.0], [0.3 - 0.1] * 2]
    ),
    "angle": (np.angle, [[2.0, -2.0]], [0.0, np.pi], [[0.0, 0.0]]),
    "imag": (np.imag, [[2.0, -2.0]], [0.0, 0.0], [[0.0, 0.0]]),
}
# fmt: on


@pytest.mark.parametrize("name", CONVENTIONS)
def test_conventions(name):
    f, points, value, gradients = CONVENTIONS[name]
    got = derivatives(f, *points)
    for actual, wanted in zip(got, [value, *gradients], strict=True):
        np.testing.assert_allclose(actual, wanted, rtol=1e-15, atol=1e-300)


def test_xlogy_has_second_derivatives_where_x_is_0():
    x = ag.Tensor(np.array([0.0, 0.0, 1.0]), requires_grad=True)
    y = ag.Tensor(np.array([0.0, 2.0, 4.0]), requires_grad=True)
    in_x, in_y = ag.gradients(ag.xlogy(x, y).sum(), [x, y], create_graph=True)
    np.testing.assert_allclose(ag.gradients(in_x.sum(), [y], retain_graph=True)[0].numpy()[1:], [0.5, 0.25])
    np.testing.assert_allclose(ag.gradients(in_y.sum(), [x], retain_graph=True)[0].numpy()[1:], [0.5, 0.25])
    (twice,) = ag.gradients(in_y.sum(), [y], retain_graph=True)
    np.testing.assert_array_equal(twice.numpy(), [0.0, 0.0, -1 / 16])
    (mixed,) = ag.gradients(in_x.sum(), [y])
    assert np.isfinite(mixed.numpy()).all()


def test_entropy_with_xlogy_is_smooth_enough_to_train_with():
    p = ag.tensor([0.0, 0.5, 0.5], requires_grad=True)
    (-ag.xlogy(p, p).sum()).backward()
    np.testing.assert_allclose(p.grad.numpy(), [0.0, np.log(2) - 1, np.log(2) - 1], rtol=1e-6)


@pytest.mark.parametrize("name", ["xlogy", "xlog1py"])
@pytest.mark.parametrize("python_first", [True, False])
def test_a_python_number_widens_nothing(name, python_first):
    t = ag.tensor([0.25, 0.5], requires_grad=True)
    out = getattr(ag, name)(0.5, t) if python_first else getattr(ag, name)(t, 0.5)
    (first,) = ag.gradients((out * out).sum(), [t], create_graph=True)
    assert out.dtype == first.dtype == np.float32
    assert ag.gradients(first.sum(), [t])[0].dtype == np.float32


# --- sinc, at every order ---------------------------------------------------------------------------------


def exact_sinc(x, n):
    """The n-th derivative, by the recurrence that cancels, with digits to spare."""
    if x == 0:
        return 0.0 if n % 2 else float((-1) ** (n // 2) * mp.pi**n / (n + 1))
    with mpmath.workdps(400):
        u = mp.pi * mp.mpf(x)
        f = mp.sin(u) / u
        for m in range(1, n + 1):
            f = (mp.sin(u + m * mp.pi / 2) - m * f) / u
        return float(mp.pi**n * f)


@pytest.mark.parametrize("n", range(9))
def test_derivatives_of_sinc_keep_their_digits_near_0(n):
    x = [0.0, 1e-30, -1e-12, 1e-8, 1e-4, -0.01, 0.1, 0.3, 0.32, -0.5, 0.9, 1.1, 2.7, -10.3]
    got = ag.sinc(np.array(x), n)
    wanted = np.array([exact_sinc(point, n) for point in x])
    np.testing.assert_allclose(got, wanted, rtol=1e-13, atol=2e-15 * np.pi**n)
    np.testing.assert_allclose(got[:6], wanted[:6], rtol=2e-15)
    narrow = ag.sinc(np.array(x, np.float32), n)
    assert narrow.dtype == np.float32
    np.testing.assert_allclose(narrow, wanted, rtol=2e-5, atol=2e-6 * np.pi**n)


def test_sinc_is_differentiated_to_any_order():
    x = ag.Tensor(np.array([0.0, 1e-9, 0.25, 1.0, 2.5]), requires_grad=True)
    derivative = np.sinc(x)
    for n in range(1, 6):
        (derivative,) = ag.gradients(derivative.sum(), [x], create_graph=True)
        np.testing.assert_array_equal(derivative.numpy(), ag.sinc(x.numpy(), n))


def test_sinc_takes_integers_lists_and_nothing():
    np.testing.assert_array_equal(np.sinc(ag.tensor([0, 1])).numpy(), np.sinc(np.array([0, 1])))
    np.testing.assert_allclose(ag.sinc([0, 1], 1), [0.0, -1.0])
    assert ag.sinc(np.zeros((0, 3)), 2).shape == (0, 3)


# --- interp -----------------------------------------------------------------------------------------------

XP, FP = np.array([0.0, 1.0, 3.0]), np.array([1.0, 2.0, -2.0])


@pytest.mark.parametrize(
    "options",
    [{}, {"left": -5.0}, {"right": 7.0}, {"left": -5.0, "right": 7.0}, {"left": NAN, "right": NAN}, {"left": 0}],
)
@pytest.mark.parametrize("shape", [(), (7,), (7, 1), (0,)])
def test_interp_is_numpys(options, shape):
    x = np.resize([-1.0, 0.0, 0.5, 1.0, 2.5, 3.0, 4.0], shape)
    wanted = np.interp(x, XP, FP, **options)
    for got in (
        np.interp(ag.Tensor(x), XP, FP, **options),
        np.interp(ag.Tensor(x), XP.tolist(), FP.tolist(), **options),
        np.interp(x, XP, ag.Tensor(FP, requires_grad=True), **options),
        ag.interp(x, ag.Tensor(XP), FP, **options),
        np.interp(ag.Tensor(x), XP, FP, options.get("left"), options.get("right")),
    ):
        np.testing.assert_allclose(got.numpy(), wanted, rtol=1e-14)
        assert got.shape == wanted.shape


def test_interp_at_knots_and_outside():
    x, xp, fp = derivatives(np.interp, [-1.0, 0.0, 1.0, 3.0, 9.0], XP, FP)[1:]
    np.testing.assert_allclose(x, [0.0, 1.0, -2.0, -2.0, 0.0])
    np.testing.assert_allclose(fp, [2.0, 1.0, 2.0], atol=1e-15)
    np.testing.assert_allclose(xp, [-1.0, 2.0, 2.0], atol=1e-15)
    x, _, fp = derivatives(lambda *a: np.interp(*a, 5.0, 6.0), [-INF, INF, -1.0, 9.0], XP, FP)[1:]
    assert not x.any() and not fp.any()


def test_interp_in_what_lies_outside():
    left = ag.tensor(1.0, requires_grad=True)
    out = ag.interp(ag.tensor([-1.0, -2.0, 0.5]), ag.tensor(XP, dtype="float32"), ag.tensor(FP, dtype="float32"), left)
    assert out.dtype == np.float32
    out.sum().backward()
    assert left.grad.item() == 2


@pytest.mark.parametrize("xp", [[2.0], [0.0, 1.0, 1.0, 2.0], [0.0, 0.0, 1.0], [0.0, 1.0, 1.0]])
def test_interp_of_steps_and_single_points(xp):
    fp = np.arange(1.0, 1.0 + len(xp))
    x = np.array([-1.0, 0.0, 0.5, 1.0, 1.5, 2.0, 3.0])
    np.testing.assert_allclose(np.interp(ag.Tensor(x), xp, fp).numpy(), np.interp(x, xp, fp))
    assert all(np.isfinite(part).all() for part in derivatives(np.interp, x, xp, fp))


def test_interp_says_what_does_not_fit():
    t = ag.tensor([0.5])
    for xp, fp in (([0.0, 1.0], [0.0]), ([], []), ([[0.0]], [[0.0]]), (0.0, 1.0)):
        with pytest.raises(ShapeError, match=r"interp: xp has shape .* two rows of the same length, at least 1"):
            np.interp(t, xp, fp)
    with pytest.raises(ArgumentError, match="period="):
        np.interp(t, XP, FP, period=2.0)


# --- arguments as NumPy takes them ------------------------------------------------------------------------

UNARY = ["square", "cbrt", "reciprocal", "fabs", "sinc", "deg2rad", "rad2deg", "degrees", "radians", "fix", "conjugate"]
UNARY += ["angle", "modf", "real", "imag", "real_if_close", "nan_to_num"]
BINARY = ["logaddexp2", "fmax", "fmin", "fmod", "float_power", "copysign", "heaviside", "divmod"]


def same(got, wanted):
    for ours, theirs in zip(*([r] if not isinstance(r, tuple) else r for r in (got, wanted)), strict=True):
        assert isinstance(ours, ag.Tensor)
        assert ours.dtype == theirs.dtype
        np.testing.assert_array_equal(ours.numpy(), theirs)


@pytest.mark.parametrize("dtype", [np.float64, np.float32, np.int64])
@pytest.mark.parametrize("name", UNARY)
def test_one_argument(name, dtype):
    x = np.array([1.25, 2.0, -3.0], dtype)
    wanted = getattr(np, name)(x)
    same(getattr(np, name)(ag.Tensor(x)), wanted)
    same(getattr(ag, name)(ag.Tensor(x)), wanted)
    if hasattr(ag.Tensor, name) and callable(getattr(ag.Tensor, name)):
        same(getattr(ag.Tensor(x), name)(), wanted)


@pytest.mark.parametrize("dtype", [np.float64, np.float32, np.int64])
@pytest.mark.parametrize("name", BINARY)
def test_two_arguments(name, dtype):
    x, y = np.array([[5.0], [-7.0]], dtype), np.array([2.0, -3.0, 4.0], dtype)
    if name == "float_power":
        x = np.abs(x)
    f = getattr(np, name)
    wanted = f(x, y)
    for got in (f(ag.Tensor(x), ag.Tensor(y)), f(x, ag.Tensor(y)), f(ag.Tensor(x), y)):
        same(got, wanted)
    same(getattr(ag, name)(ag.Tensor(x), y), wanted)
    same(getattr(ag.Tensor(x), name)(y), wanted)
    same(f(ag.Tensor(x), 3), f(x, 3))
    same(f(5, ag.Tensor(y)), f(5, y))


def test_divmod_is_an_operator_too():
    t = ag.tensor([7.0, -7.0])
    for got, wanted in ((divmod(t, 2), divmod(t.numpy(), 2)), (divmod(9, t), divmod(9, t.numpy()))):
        same(got, wanted)
    same(builtins.divmod(np.float32([7.0]), ag.tensor([2.0])), builtins.divmod(np.float32([7.0]), np.float32([2.0])))


def test_modf_is_differentiated_in_either_part():
    x = ag.tensor([1.25, -2.5], requires_grad=True)
    fraction, whole = np.modf(x)
    np.testing.assert_array_equal(ag.gradients((fraction * 3).sum(), [x], retain_graph=True)[0].numpy(), [3.0, 3.0])
    np.testing.assert_array_equal(ag.gradients(whole.sum(), [x])[0].numpy(), [0.0, 0.0])


def test_nan_to_num_takes_numpys_arguments():
    x = np.array([NAN, INF, -INF, 1.0])
    for options in ({"nan": 2.0}, {"posinf": 5.0, "neginf": -5.0}, {"copy": True, "nan": -1.0}):
        np.testing.assert_array_equal(np.nan_to_num(ag.Tensor(x), **options).numpy(), np.nan_to_num(x, **options))
    np.testing.assert_array_equal(np.nan_to_num(ag.Tensor(x), True, 3.0).numpy(), np.nan_to_num(x, True, 3.0))
    with pytest.raises(ArgumentError, match="copy="):
        np.nan_to_num(ag.Tensor(x), copy=False)
    with pytest.raises(RuleError, match="a gradient is wanted for its argument nan"):
        np.nan_to_num(ag.Tensor(x), nan=ag.tensor(1.0, requires_grad=True))


def test_the_slope_of_a_power_changes_with_an_exponent_of_0():
    """The derivative of y x ** (y - 1) in y is 1 / x where y is 0, though the slope itself is 0."""
    x, y = (ag.tensor(values, requires_grad=True, dtype=np.float64) for values in ([2.0, 0.5], [0.0, 0.0]))
    (slope,) = ag.gradients(np.sum(x**y), x, create_graph=True)
    (mixed,) = ag.gradients(slope.sum(), y)
    assert slope.numpy().tolist() == [0.0, 0.0]
    np.testing.assert_allclose(mixed.numpy(), [0.5, 2.0])
    assert ag.grad(lambda x: x**0.0)(0.0) == 0.0


def test_float_power_is_in_double_precision():
    x = ag.tensor([2.0, 4.0], requires_grad=True)
    out = np.float_power(x, 2)
    assert out.dtype == np.float64
    out.sum().backward()
    assert x.grad.dtype == np.float32
    np.testing.assert_array_equal(x.grad.numpy(), [4.0, 8.0])


@pytest.mark.parametrize("axis", [0, -1, None, (0, 1), ()])
@pytest.mark.parametrize("name", ["softmax", "log_softmax"])
def test_softmax_is_scipys(name, axis):
    special = pytest.importorskip("scipy.special")
    x = np.random.default_rng(0).normal(size=(3, 4)) * 10
    f = getattr(ag, name)
    wanted = getattr(special, name)(x, axis)
    np.testing.assert_allclose(f(ag.Tensor(x), axis).numpy(), wanted, rtol=1e-13)
    np.testing.assert_allclose(getattr(ag.Tensor(x), name)(axis=axis).numpy(), wanted, rtol=1e-13)
    assert f(np.array([1, 2])).dtype == f([1.0, 2.0]).dtype == f(np.array([True, False])).dtype == np.float64


def test_softmax_of_nothing_and_of_an_axis_that_is_not_there():
    for f in (ag.softmax, ag.log_softmax):
        assert f(ag.tensor(np.zeros((3, 0)))).shape == (3, 0)
        assert f(ag.tensor(2.0)).shape == ()
        with pytest.raises(ValueError, match=r"softmax.*axis 2 is out of bounds"):
            f(ag.tensor([1.0]), axis=2)


def test_expit_is_sigmoid_by_scipys_name():
    assert ag.expit is ag.sigmoid
    assert not hasattr(ag.Tensor, "expit")


def test_where_of_a_condition_alone_names_nonzero():
    with pytest.raises(ArgumentError, match=r"np\.nonzero"):
        np.where(ag.tensor([0.0, 1.0]))


@pytest.mark.parametrize("name", ["spacing", "frexp", "ldexp", "i0", "unwrap"])
def test_what_has_no_rule_says_so(name):
    arguments = [ag.tensor([0.5, 1.0])] + [np.array([1, 2])] * (name == "ldexp")
    with pytest.raises(NoRuleError, match=name):
        getattr(np, name)(*arguments)


@pytest.mark.parametrize("name", ["sigmoid", "softplus", "logsigmoid"])
def test_unsigned_integers_do_not_wrap(name):
    values = np.arange(5, dtype=np.uint8)
    np.testing.assert_allclose(getattr(ag, name)(values), getattr(ag, name)(values.astype("f8")), rtol=1e-3)


# --- arguments that are no Tensors ----------------------------------------------------------------------


@pytest.mark.parametrize("function", [ag.add, ag.multiply, ag.subtract, ag.matmul, ag.divide, ag.power])
def test_lists_are_arrays_where_no_argument_is_a_tensor(function):
    """Python's own ``[1.0] + [2.0]`` is another thing."""
    x, y = [1.0, 2.0], [3.0, 4.0]
    assert np.array_equal(function(x, y), function(np.array(x), np.array(y)))


@pytest.mark.parametrize("function", [ag.negative, ag.abs, ag.tanh])
def test_one_list_is_an_array(function):
    assert np.array_equal(function([1.0, -2.0]), function(np.array([1.0, -2.0])))
