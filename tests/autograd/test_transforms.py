"""Transforms of functions: right at every order, in nested structures, through closures, and without a trace left."""

import gc
import weakref

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

import autograd as ag
from autograd.errors import ArgumentError, DtypeError, GradientError, ShapeError

X = np.array([0.3, -1.2, 2.0])


def leaf(data):
    return ag.Tensor(np.array(data, float), requires_grad=True)


# --- grad and value_and_grad ----------------------------------------------------------------------------


def test_a_gradient_of_an_array_is_an_array_and_of_a_tensor_a_tensor():
    f = lambda x: np.sum(x**3)  # noqa: E731
    np.testing.assert_allclose(ag.grad(f)(X), 3 * X**2)
    assert type(ag.grad(f)(X)) is np.ndarray
    of_tensor = ag.grad(f)(ag.tensor(X))
    assert isinstance(of_tensor, ag.Tensor) and not of_tensor.requires_grad
    np.testing.assert_allclose(of_tensor.numpy(), 3 * X**2)


def test_python_numbers_take_the_default_dtype():
    assert ag.grad(np.tanh)(0.5).dtype == np.float32
    assert ag.grad(np.tanh)(np.float64(0.5)).dtype == np.float64


@pytest.mark.parametrize("order", range(5))
def test_derivatives_of_any_order(order):
    f = np.sin
    for _ in range(order):
        f = ag.grad(f)
    value = f(np.float64(0.7))
    assert isinstance(value, np.float64)
    assert value == pytest.approx(np.sin(0.7 + order * np.pi / 2), rel=1e-12)


def test_several_arguments_and_those_by_name():
    f = lambda x, y, scale: np.sum(x * y) * scale  # noqa: E731
    dx, dy = ag.grad(f, argnums=(0, 1))(X, X + 1, scale=2.0)
    np.testing.assert_allclose(dx, 2 * (X + 1))
    np.testing.assert_allclose(dy, 2 * X)
    np.testing.assert_allclose(ag.grad(f, argnums=-2)(X, X + 1, 2.0), 2 * X)


def test_structures_of_arguments():
    parameters = {"layers": [{"w": X}, {"w": X + 1}], "bias": (0.5, None)}
    f = lambda p: np.sum(p["layers"][0]["w"] * p["layers"][1]["w"]) + 3 * p["bias"][0]  # noqa: E731
    found = ag.grad(f)(parameters)
    np.testing.assert_allclose(found["layers"][0]["w"], X + 1)
    np.testing.assert_allclose(found["layers"][1]["w"], X)
    assert found["bias"] == (3.0, None)
    assert parameters["bias"] == (0.5, None)


def test_value_and_grad_and_what_comes_along():
    f = lambda x: (np.sum(x * x), {"double": 2 * x, "name": "x"})  # noqa: E731
    (value, aux), gradient = ag.value_and_grad(f, has_aux=True)(X)
    assert value == pytest.approx(np.sum(X * X))
    np.testing.assert_allclose(gradient, 2 * X)
    np.testing.assert_allclose(aux["double"], 2 * X)
    assert type(aux["double"]) is np.ndarray and aux["name"] == "x"
    np.testing.assert_allclose(ag.grad(f, has_aux=True)(X)[0], 2 * X)


def test_an_argument_without_influence_has_zeros():
    np.testing.assert_array_equal(ag.grad(lambda x, y: np.sum(y), argnums=0)(X, ag.tensor(X)).numpy(), np.zeros(3))
    np.testing.assert_array_equal(ag.grad(lambda x: ag.tensor(3.0))(X), np.zeros(3))


def test_the_function_may_assign_into_its_argument_and_the_callers_stays():
    def f(x):
        x[0] = x[1] * x[2]
        x *= 2
        return np.sum(x**2)

    x = X.copy()
    np.testing.assert_allclose(ag.grad(f)(x), [0, 8 * X[1] * X[2] ** 2 + 8 * X[1], 8 * X[2] * X[1] ** 2 + 8 * X[2]])
    np.testing.assert_array_equal(x, X)


def test_the_identity_gives_a_value_outside_of_any_graph():
    value, gradient = ag.value_and_grad(lambda x: x)(ag.tensor(2.0))
    assert not value.requires_grad and gradient.item() == 1.0


def test_nothing_is_kept():
    seen = []

    def f(x):
        seen.append(weakref.ref(x.grad_fn))
        return np.sum(np.exp(x))

    gc.disable()
    try:
        ag.grad(f)(X)
        assert seen[0]() is None
    finally:
        gc.enable()


# --- nested, and through closures -----------------------------------------------------------------------


def test_an_inner_gradient_through_a_closure_is_no_constant():
    # d/dx of x * d/dy(x y^2) at y = x, that is of 2 x^3
    f = lambda x: x * ag.grad(lambda y: x * y * y)(x)  # noqa: E731
    assert ag.grad(f)(np.float64(3.0)) == pytest.approx(54.0)
    g = lambda x: ag.grad(lambda y: x * y * y)(np.float64(3.0))  # noqa: E731
    assert ag.grad(g)(np.float64(3.0)) == pytest.approx(6.0)


def test_perturbations_are_not_confused():
    # d/dx (x * d/dy (x + y)) is 1: a transform that mixed up x and y would say 2
    assert ag.grad(lambda x: x * ag.grad(lambda y: x + y)(np.float64(1.0)))(np.float64(1.0)) == 1.0


def test_a_gradient_that_reaches_a_leaf_outside_is_in_its_graph():
    w = leaf(2.0)
    slope = ag.grad(lambda x: w * x * x)(np.float64(3.0))
    assert isinstance(slope, ag.Tensor) and slope.requires_grad
    assert w.grad is None
    slope.backward()
    assert w.grad.item() == 6.0


def test_a_gradient_that_reaches_a_computed_tensor_outside_is_in_its_graph():
    y = leaf(2.0) * 2  # nobody holds the leaf
    slope = ag.grad(lambda x: y * x * x)(np.float64(3.0))
    assert ag.gradients(slope, y)[0].item() == 6.0


def test_a_gradient_in_a_tensor_of_a_graph_is_in_that_graph():
    x = leaf(X)
    penalty = np.sum(ag.grad(lambda x: np.sum(x**3))(x) ** 2)
    penalty.backward()
    np.testing.assert_allclose(x.grad.numpy(), 2 * (3 * X**2) * 6 * X)


def test_no_grad_around_makes_constants_and_no_grad_inside_does_too():
    w = leaf(2.0)
    with ag.no_grad():
        slope = ag.grad(lambda x: w * x * x)(leaf(3.0))
    assert isinstance(slope, ag.Tensor) and not slope.requires_grad and slope.item() == 12.0

    def f(x):
        with ag.no_grad():
            factor = x * 2
        return factor * x

    assert ag.grad(f)(np.float64(3.0)) == 6.0


def test_no_gradient_is_written_and_no_hook_of_outer_tensors_called():
    w = leaf(2.0)
    y = w * 3
    y.retain_grad()
    w.register_hook(lambda g: pytest.fail("a hook of the outer graph was called"))
    ag.grad(lambda x: y * x)(np.float64(1.0))
    ag.hessian(lambda x: y * x * x)(np.float64(1.0))
    assert w.grad is None and y.grad is None


def test_a_graph_outside_can_still_be_differentiated():
    w = leaf(2.0)
    y = np.exp(w)
    ag.grad(lambda x: y * x)(np.float64(1.0))
    y.backward()
    assert w.grad.item() == pytest.approx(np.exp(2.0))


def test_first_derivatives_run_on_plain_arrays():
    kinds = []

    @ag.primitive
    def watched(x):
        return x * x

    def rule(g, x):
        kinds.append(type(x))
        return 2 * g * x

    watched.vjp(x=rule)
    key = watched.primitive.key
    try:
        ag.grad(lambda x: np.sum(watched(x)))(X)
        assert kinds == [np.ndarray]
        kinds.clear()
        ag.grad(lambda x: np.sum(ag.grad(lambda x: np.sum(watched(x)))(x)))(X)
        assert kinds == [ag.Tensor]  # the inner pass is recorded, the outer one runs over x * 2 g
    finally:
        del ag.ops._primitives[key]


# --- vjp, jvp, jacobian, hessian, hvp -------------------------------------------------------------------


def f_many(x):
    return np.stack([np.sum(x**2), np.prod(x), np.sin(x[0]) * x[1]])


def jacobian_many(x):
    return np.array(
        [2 * x, [x[1] * x[2], x[0] * x[2], x[0] * x[1]], [np.cos(x[0]) * x[1], np.sin(x[0]), 0.0]],
    )


def test_products_with_the_jacobian_from_both_sides():
    g, v = np.array([1.0, -2.0, 0.5]), np.array([0.1, 0.2, -0.7])
    value, pull_back = ag.vjp(f_many, X)
    np.testing.assert_allclose(value, f_many(X))
    np.testing.assert_allclose(pull_back(g)[0], g @ jacobian_many(X))
    np.testing.assert_allclose(pull_back(2 * g)[0], 2 * g @ jacobian_many(X))
    value, tangent = ag.jvp(f_many, (X,), (v,))
    np.testing.assert_allclose(value, f_many(X))
    np.testing.assert_allclose(tangent, jacobian_many(X) @ v)


def test_structures_of_values():
    f = lambda p: {"sum": p["a"] + p["b"], "product": (p["a"] * p["b"],)}  # noqa: E731
    point = {"a": X, "b": X + 1}
    _, tangent = ag.jvp(f, (point,), ({"b": np.ones(3), "a": np.zeros(3)},))
    np.testing.assert_allclose(tangent["sum"], np.ones(3))
    np.testing.assert_allclose(tangent["product"][0], X)
    _, pull_back = ag.vjp(f, point)
    (found,) = pull_back({"sum": np.ones(3), "product": (np.ones(3),)})
    np.testing.assert_allclose(found["a"], 1 + X + 1)
    matrix = ag.jacobian(f)(point)
    np.testing.assert_allclose(matrix["product"][0]["a"], np.diag(X + 1))


def test_jacobians_by_rows_and_by_columns():
    np.testing.assert_allclose(ag.jacobian(f_many)(X), jacobian_many(X))
    tall = lambda x: np.outer(np.arange(20.0), x**2)  # noqa: E731
    wanted = np.zeros((20, 3, 3))
    for i in range(3):
        wanted[:, i, i] = 2 * X[i] * np.arange(20.0)
    np.testing.assert_allclose(ag.jacobian(tall)(X), wanted)


def test_hessians():
    a = np.arange(9.0).reshape(3, 3)
    np.testing.assert_allclose(ag.hessian(lambda x: x @ a @ x)(X), a + a.T)
    blocks = ag.hessian(lambda p: np.sum(p["w"] ** 2 * p["b"]))({"w": X, "b": X + 1})
    np.testing.assert_allclose(blocks["w"]["w"], np.diag(2 * (X + 1)))
    np.testing.assert_allclose(blocks["w"]["b"], np.diag(2 * X))
    np.testing.assert_allclose(blocks["b"]["b"], np.zeros((3, 3)))
    of_two = ag.hessian(lambda x, y: np.sum(x * y**2), argnums=(0, 1))(X, X)
    np.testing.assert_allclose(of_two[1][0], np.diag(2 * X))


def test_a_hessians_product_with_a_vector():
    f = lambda x, y: np.sum(np.exp(x) * y**2)  # noqa: E731
    u, v = np.array([1.0, 0.0, 2.0]), np.array([0.5, 1.0, 0.0])
    h = ag.hessian(f, argnums=(0, 1))(X, X + 1)
    of_x, of_y = ag.hvp(f, (X, X + 1), (u, v))
    np.testing.assert_allclose(of_x, h[0][0] @ u + h[0][1] @ v)
    np.testing.assert_allclose(of_y, h[1][0] @ u + h[1][1] @ v)


def test_everything_nests_in_everything():
    f = lambda x: np.sum(np.sin(x) * x**2)  # noqa: E731
    third = ag.jacobian(ag.hessian(f))(X)
    t = ag.jvp(lambda x: ag.grad(f)(x), (X,), (np.array([1.0, 0.0, 0.0]),))[1]
    np.testing.assert_allclose(t, ag.hessian(f)(X)[0])
    diagonal = (6 - X**2) * np.cos(X) - 6 * X * np.sin(X)  # the third derivative of sin(x) x^2
    np.testing.assert_allclose(np.einsum("iii->i", third), diagonal)
    of_norm = ag.grad(lambda x: np.sum(ag.hvp(f, (x,), (np.ones(3),))[0]))(X)
    np.testing.assert_allclose(of_norm, diagonal)
    along = ag.grad(lambda v: np.sum(ag.jvp(f_many, (X,), (v,))[1]))(X)
    np.testing.assert_allclose(along, jacobian_many(X).sum(0))
    pulled = ag.grad(lambda g: np.sum(ag.vjp(f_many, X)[1](g)[0]))(X)
    np.testing.assert_allclose(pulled, jacobian_many(X).sum(1))


@settings(max_examples=30, deadline=None)
@given(st.integers(0, 2**32 - 1), st.sampled_from([(0,), (1,), (2, 2), (2, 0), ()]), st.sampled_from([(), (1,), (3,)]))
def test_both_directions_give_one_jacobian(seed, in_shape, more):
    rng = np.random.default_rng(seed)
    x, a = rng.standard_normal(in_shape), rng.standard_normal((*more, *in_shape))
    f = lambda x: np.tanh(a * x) * np.sum(x)  # noqa: E731
    matrix = ag.jacobian(f)(x)
    assert matrix.shape == a.shape + in_shape
    v, g = rng.standard_normal(in_shape), rng.standard_normal(a.shape)
    np.testing.assert_allclose(ag.jvp(f, (x,), (v,))[1], np.tensordot(matrix, v, x.ndim), atol=1e-12)
    np.testing.assert_allclose(ag.vjp(f, x)[1](g)[0], np.tensordot(g, matrix, a.ndim), atol=1e-12)


def test_long_work_shows_progress(capsys):
    ag.jacobian(f_many, progress=True)(X)
    assert "jacobian" in capsys.readouterr().err
    ag.hessian(lambda x: np.sum(x**3), progress=True)(X)
    assert "hessian" in capsys.readouterr().err


# --- errors that teach ----------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("kind", "call", "words"),
    [
        (GradientError, lambda: ag.grad(lambda x: 3.0)(1.0), ["grad", "3.0", "no Tensor", ".numpy()", "ag.tensor"]),
        (GradientError, lambda: ag.grad(lambda x: x.numpy())(1.0), ["no Tensor", ".numpy()"]),
        (GradientError, lambda: ag.grad(lambda x: x)(X), ["grad", "(3,)", ".sum()", "ag.jacobian"]),
        (GradientError, lambda: ag.grad(lambda x: {"a": x})(1.0), ["grad", "'a'"]),
        (DtypeError, lambda: ag.grad(lambda x: x)(1), ["grad", "argument is 1", "2.0", "argnums="]),
        (DtypeError, lambda: ag.grad(lambda p: p["n"])({"n": np.arange(3)}), ["argument['n']", "int64"]),
        (ArgumentError, lambda: ag.grad(lambda x: x, argnums=1)(1.0), ["argnums=1", "1 positional"]),
        (ArgumentError, lambda: ag.grad(lambda x: x, has_aux=True)(1.0), ["has_aux=True", "(value, aux)"]),
        (ShapeError, lambda: ag.jvp(lambda x: x, (X,), (X[:2],)), ["jvp", "tangents[0]", "(2,)", "(3,)"]),
        (ArgumentError, lambda: ag.jvp(lambda p: p["a"], ({"a": X},), ({"b": X},)), ["jvp", "[0]['a']"]),
        (ShapeError, lambda: ag.vjp(lambda x: x, X)[1](1.0), ["vjp", "gradient of the value", "(3,)"]),
        (DtypeError, lambda: ag.grad(lambda x: x)(1j), ["grad", "complex"]),
        (ArgumentError, lambda: ag.grad(lambda x: x, argnums="a"), ["grad", "argnums='a'", "place of an argument"]),
        (ArgumentError, lambda: ag.value_and_grad(lambda x: x, 1.5), ["value_and_grad", "argnums=1.5"]),
        (ArgumentError, lambda: ag.jacobian(lambda x: x, (0, 0)), ["jacobian", "argnums=(0, 0)", "each once"]),
        (ArgumentError, lambda: ag.hessian(lambda x: x, [None]), ["hessian", "argnums=[None]"]),
        (ArgumentError, lambda: ag.grad(leaf(1.0)), ["grad", "want a function", "() float64", "ag.gradients"]),
        (GradientError, lambda: ag.hessian(lambda x: x * x)(X), ["hessian", "(3,)", "one number"]),
        (DtypeError, lambda: ag.jvp(lambda x: x, (1.0,), ("a",)), ["jvp: tangents", "'a'", "real numbers"]),
        (DtypeError, lambda: ag.jvp(lambda x: x, (1.0,), (1j,)), ["jvp: tangents", "1j", "real numbers"]),
        (ArgumentError, lambda: ag.jvp(np.sin, X, X), ["jvp: primals", "(3,)", "tuples", "ag.jvp(f, (x,), (v,))"]),
        (ArgumentError, lambda: ag.hvp(np.sum, (X,), X), ["hvp: tangents", "(3,)", "tuples", "ag.hvp(f, (x,), (v,))"]),
    ],
)
def test_errors(kind, call, words):
    with pytest.raises(kind) as caught:
        call()
    assert all(word in str(caught.value) for word in words), str(caught.value)


def test_the_functions_own_errors_come_through():
    with pytest.raises(ZeroDivisionError):
        ag.grad(lambda x: x * (1 / 0))(1.0)
    assert ag.is_grad_enabled()
