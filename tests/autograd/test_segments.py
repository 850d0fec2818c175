"""Functions recorded as one node: with a rule of one's own, or run again in the backward pass."""

import gc
import tracemalloc
import weakref

import numpy as np
import pytest

import autograd as ag
from autograd.errors import GradientError, RuleError, ShapeError
from autograd.structures import leaves

X = np.array([0.3, -1.2, 2.0])


def leaf(data):
    return ag.Tensor(np.array(data, float), requires_grad=True)


# --- custom_vjp -----------------------------------------------------------------------------------------


def scaled_product():
    @ag.custom_vjp
    def product(x, y, scale=1.0):
        return x * y * scale

    product.defvjp(
        lambda x, y, scale=1.0: (x * y * scale, (x, y, scale)),
        lambda kept, g: (g * kept[1] * kept[2], g * kept[0] * kept[2]),
    )
    return product


def test_the_rule_takes_the_place_of_the_parts():
    flipped = ag.custom_vjp(lambda x: np.exp(x))
    flipped.defvjp(lambda x: (np.exp(x), None), lambda _, g: (-g,))
    np.testing.assert_array_equal(ag.grad(lambda x: np.sum(flipped(x)))(X), -np.ones(3))
    x = leaf(X)
    y = flipped(x)
    assert y.grad_fn.inputs == (x._node,)
    np.testing.assert_allclose(y.numpy(), np.exp(X))


def test_derivatives_of_every_order():
    product = scaled_product()
    f = lambda x: np.sum(product(x, x**2, scale=2.0))  # noqa: E731 - 2 x^3
    np.testing.assert_allclose(ag.grad(f)(X), 6 * X**2)
    np.testing.assert_allclose(ag.hessian(f)(X), np.diag(12 * X))
    third = ag.grad(ag.grad(ag.grad(lambda x: product(x, x**2, scale=2.0))))
    assert third(np.float64(5.0)) == pytest.approx(12.0)


def test_arrays_go_through_it_as_through_any_function():
    product = scaled_product()
    assert type(product(X, X)) is np.ndarray
    assert not product(ag.tensor(X), X).requires_grad
    with ag.no_grad():
        assert not product(leaf(X), X).requires_grad


def test_structures_and_several_results():
    @ag.custom_vjp
    def both(p):
        return {"sum": p["a"] + p["b"], "product": p["a"] * p["b"]}

    def backward(kept, g):
        a, b = kept
        return ({"a": g["sum"] + g["product"] * b, "b": g["sum"] + g["product"] * a},)

    both.defvjp(lambda p: (both(p), (p["a"], p["b"])), backward)
    f = lambda p: np.sum(both(p)["sum"] * both(p)["product"])  # noqa: E731
    wanted = lambda p: np.sum((p["a"] + p["b"]) * p["a"] * p["b"])  # noqa: E731
    point = {"a": X, "b": X + 1}
    for transform in (ag.grad, ag.hessian):
        for a, b in zip(*(leaves(transform(h)(point)) for h in (f, wanted)), strict=True):
            np.testing.assert_allclose(a, b, atol=1e-12)
    only_one = ag.grad(lambda p: np.sum(both(p)["product"]))(point)  # nobody uses the sum
    np.testing.assert_allclose(only_one["a"], point["b"])


def test_what_changed_after_it_was_kept_is_an_error():
    product = scaled_product()
    x, y = leaf(X), leaf(X)
    out = np.sum(product(x, y))
    with ag.no_grad():
        x += 1.0
    with pytest.raises(GradientError, match="changed in place"):
        out.backward()


def test_errors_of_custom_vjp():
    with pytest.raises(RuleError, match=r"defvjp\(forward, backward\)"):
        ag.custom_vjp(np.sin)(leaf(X))
    f = ag.custom_vjp(lambda x, y: x * y)
    f.defvjp(lambda x, y: x * y, lambda kept, g: (g, g))
    with pytest.raises(RuleError, match=r"forward has to return \(value, residuals\)"):
        f(leaf(X), leaf(X))
    f.defvjp(lambda x, y: (x * y, None), lambda kept, g: g)
    with pytest.raises(RuleError, match="each of the 2 positional arguments"):
        np.sum(f(leaf(X), leaf(X))).backward()
    f.defvjp(lambda x, y: (x * y, None), lambda kept, g: (g, np.sum(g)))
    with pytest.raises(ShapeError, match=r"argument\[1\].*\(3,\)"):
        np.sum(f(leaf(X), leaf(X))).backward()


# --- checkpoint -----------------------------------------------------------------------------------------


def layer(x, w):
    return np.tanh(x @ w) * np.exp(-x)


def weights(count=3):
    rng = np.random.default_rng(0)
    return [0.5 * rng.standard_normal((3, 3)) for _ in range(count)]


def chain(x, ws, wrapped=lambda f: f):
    for w in ws:
        x = wrapped(layer)(x, w)
    return np.sum(x)


@pytest.mark.parametrize("order", [1, 2])
def test_checkpointing_changes_no_derivative(order):
    transform = ag.grad if order == 1 else ag.hessian
    plain = transform(chain, argnums=(0, 1))(X, weights())
    again = transform(lambda x, ws: chain(x, ws, ag.checkpoint), argnums=(0, 1))(X, weights())
    for a, b in zip(leaves(plain), leaves(again), strict=True):
        np.testing.assert_allclose(b, a, rtol=1e-12, atol=1e-13)


def test_tensors_it_closes_over_get_their_gradients():
    def build(wrapped):
        w, x = leaf(weights()[0]), leaf(X)
        hidden = w * 2  # computed, and reached both inside and outside
        out = wrapped(lambda x: layer(x, hidden) + np.sum(w))(x)
        (np.sum(out) + np.sum(hidden * w)).backward()
        return x.grad.numpy(), w.grad.numpy()

    for a, b in zip(build(lambda f: f), build(ag.checkpoint), strict=True):
        np.testing.assert_allclose(b, a, rtol=1e-12)


def test_structures_several_results_and_results_that_pass_through():
    def f(p, constant):
        return {"a": np.sin(p["w"]), "same": p["b"], "plain": constant, "n": 3}, p["w"] * p["b"]

    w, b = leaf(X), leaf(X + 1)
    first, second = ag.checkpoint(f)({"w": w, "b": b}, X)
    assert first["same"] is b and first["plain"] is X and first["n"] == 3
    np.sum(second).backward()  # of the two computed results, one is not used
    np.testing.assert_allclose(w.grad.numpy(), X + 1)
    assert first["a"].requires_grad


def test_the_second_run_gets_the_same_random_numbers():
    def noisy(x, rng):
        return x * ag.rand(3, dtype=float) * rng.standard_normal(3)

    ag.manual_seed(3)
    rng = np.random.default_rng(4)
    x = leaf(X)
    out = ag.checkpoint(noisy)(x, rng)
    factor = out.numpy() / X
    states = ag.default_generator().bit_generator.state, rng.bit_generator.state
    np.sum(out).backward()
    np.testing.assert_allclose(x.grad.numpy(), factor)
    assert (ag.default_generator().bit_generator.state, rng.bit_generator.state) == states


def test_a_second_run_with_another_value_is_an_error():
    counter = iter(range(10))
    x = leaf(X)
    out = ag.checkpoint(lambda x: x * float(next(counter)))(x)
    with pytest.raises(GradientError, match="second run gave another value"):
        np.sum(out).backward()
    sources = iter([leaf(2.0), leaf(2.0)])
    out = ag.checkpoint(lambda x: x * next(sources))(x)
    with pytest.raises(GradientError, match="second run gave another value"):
        np.sum(out).backward()


def test_a_parameter_that_changed_in_between_is_an_error():
    w, x = leaf(X), leaf(X)
    out = np.sum(ag.checkpoint(lambda x: x * w * w)(x))
    with ag.no_grad():
        w += 1e-9
    with pytest.raises(GradientError, match="changed in place"):
        out.backward()


def test_a_leaf_that_is_made_inside_and_kept_is_an_error():
    made = []

    def f(x):
        made.append(leaf(1.0))
        return x * made[-1]

    with pytest.raises(GradientError, match="made a leaf"):
        ag.checkpoint(f)(leaf(X))


def test_without_recording_it_is_the_function_itself():
    with ag.no_grad():
        assert not ag.checkpoint(np.sin)(leaf(X)).requires_grad
    assert type(ag.checkpoint(np.sin)(X)) is np.ndarray
    assert not ag.checkpoint(np.sin)(ag.tensor(X)).requires_grad


def test_a_second_pass_needs_a_retained_graph():
    x = leaf(X)
    out = np.sum(ag.checkpoint(np.sin)(x))
    out.backward(retain_graph=True)
    out.backward()
    np.testing.assert_allclose(x.grad.numpy(), 2 * np.cos(X))
    with pytest.raises(GradientError, match="second time"):
        out.backward()


def test_checkpoints_nest():
    inner = ag.checkpoint(lambda x, w: layer(x, w))
    outer = ag.checkpoint(lambda x, ws: inner(inner(x, ws[0]), ws[1]))
    plain = ag.grad(lambda x, ws: np.sum(layer(layer(x, ws[0]), ws[1])), argnums=(0, 1))(X, weights(2))
    again = ag.grad(lambda x, ws: np.sum(outer(x, ws)), argnums=(0, 1))(X, weights(2))
    for a, b in zip(leaves(plain), leaves(again), strict=True):
        np.testing.assert_allclose(b, a, rtol=1e-12)


def test_what_is_inside_is_freed_at_once_and_the_rest_with_the_result():
    inside = []

    def f(x):
        y = np.exp(x)
        inside.append(weakref.ref(y.grad_fn))
        return y * y

    gc.disable()
    try:
        out = ag.checkpoint(f)(leaf(X))
        assert inside[0]() is None
        node = weakref.ref(out.grad_fn)
        del out
        assert node() is None
    finally:
        gc.enable()


def test_a_chain_keeps_its_square_root():
    def peak(run):
        tracemalloc.start()
        run()
        high = tracemalloc.get_traced_memory()[1]
        tracemalloc.stop()
        return high

    x = np.random.default_rng(0).standard_normal((100, 100))

    def stretch(y, count):
        for _ in range(count):
            y = np.tanh(y)
        return y

    def stretches(y):
        for _ in range(10):
            y = ag.checkpoint(stretch)(y, 10)
        return y

    whole = peak(lambda: ag.grad(lambda y: np.sum(stretch(y, 100)))(x))
    parts = peak(lambda: ag.grad(lambda y: np.sum(stretches(y)))(x))
    assert whole > 100 * x.nbytes
    assert parts < 30 * x.nbytes
