"""Primitives of several results, of sequences of tensors, with joint rules, and with reference twins."""

import numpy as np
import pytest

import autograd as ag
from autograd.errors import GlassgradError


def leaf(data, dtype="float64"):
    return ag.tensor(data, dtype=dtype, requires_grad=True)


def equal(tensor, expected):
    """A Tensor with these values."""
    assert isinstance(tensor, ag.Tensor)
    np.testing.assert_allclose(tensor.numpy(), expected, rtol=1e-14)


@pytest.fixture(autouse=True)
def registry_is_left_as_it_was():
    """Primitives that a test declares are not seen by the tests that walk the registry."""
    primitives = dict(ag.ops._primitives)
    yield
    ag.ops._primitives = primitives


# --- several results ------------------------------------------------------------------------------------


def growth(seen=None):
    """``exp(x), sin(x)`` and how many elements x has; its rule notes in ``seen`` which results were used."""

    @ag.primitive
    def growth(x):
        return np.exp(x), np.sin(x), np.array(np.size(x))

    def rule(g, x, out):
        if seen is not None:
            seen.append([part is not None for part in g])
        total = 0.0
        if g[0] is not None:
            total = total + g[0] * out[0]
        if g[1] is not None:
            total = total + g[1] * np.cos(x)
        return total

    growth.vjp(x=rule)
    return growth


def test_several_results_and_a_result_that_nobody_used():
    seen = []
    f = growth(seen)
    for pick, slope in [((1, 1), np.exp(0.5) + np.cos(0.5)), ((1, 0), np.exp(0.5)), ((0, 1), np.cos(0.5))]:
        x = leaf([0.5])
        parts = f(x)
        sum(part.sum() for part, wanted in zip(parts, pick, strict=False) if wanted).backward()
        equal(x.grad, [slope])
    assert seen == [[True, True, False], [True, False, False], [False, True, False]]


def test_an_integer_result_is_a_tensor_outside_of_the_graph():
    grown, turned, count = growth()(leaf([0.5, 1.0]))
    assert (count.dtype.kind, count.item(), count.requires_grad) == ("i", 2, False)
    assert grown.requires_grad
    assert turned.requires_grad


def test_a_result_that_is_used_twice_gets_both_gradients():
    x = leaf([0.5])
    grown, _, _ = growth()(x)
    (grown + 2 * grown).sum().backward()
    equal(x.grad, [3 * np.exp(0.5)])


def test_outputs_of_one_operation_as_several_outputs_of_gradients():
    x = leaf([0.5])
    grown, turned, _ = growth()(x)
    equal(ag.gradients([grown, turned], x, [[2.0], [3.0]])[0], [2 * np.exp(0.5) + 3 * np.cos(0.5)])


def test_second_derivatives_of_several_results():
    x = leaf(0.5)
    grown, turned, _ = growth()(x)
    (slope,) = ag.gradients(grown * turned, x, create_graph=True)
    equal(slope, np.exp(0.5) * (np.sin(0.5) + np.cos(0.5)))
    equal(ag.gradients(slope, x)[0], 2 * np.exp(0.5) * np.cos(0.5))


def test_results_in_a_list_are_differentiated_again():
    @ag.primitive
    def waves(x):
        return [np.exp(x), np.sin(x)]

    waves.vjp(x=lambda g, x, out: g[0] * out[0] + g[1] * np.cos(x))
    x = leaf([0.5])
    grown, turned = waves(x)
    (slope,) = ag.gradients((grown * turned).sum(), x, create_graph=True)
    equal(ag.gradients(slope.sum(), x)[0], [2 * np.exp(0.5) * np.cos(0.5)])


def test_a_result_and_its_own_derivative_in_one_loss():
    x = leaf(0.5)
    grown, _, _ = growth()(x)
    (slope,) = ag.gradients(grown, x, create_graph=True)
    (grown + slope).backward()  # both reach the operation as its first result
    equal(x.grad, 2 * np.exp(0.5))


def test_hooks_and_retained_gradients_of_one_of_several_results():
    x, seen = leaf([0.5]), []
    grown, turned, _ = growth()(x)
    grown.register_hook(seen.append)
    turned.retain_grad()
    (grown + 5 * turned).sum().backward()
    np.testing.assert_array_equal(seen, [[1.0]])
    equal(turned.grad, [5.0])


def test_a_plain_number_among_the_results():
    @ag.primitive
    def halves(x):
        return x / 2, 2

    halves.vjp(x=lambda g: g[0] / 2)
    x = leaf([1.0])
    half, two = halves(x)
    half.sum().backward()
    equal(x.grad, [0.5])
    assert int(two) == 2


# --- sequences ------------------------------------------------------------------------------------------


@pytest.mark.parametrize("join", [ag.concatenate, ag.stack])
def test_a_mixture_of_tensors_and_arrays_and_one_tensor_twice(join):
    x, y, constant = leaf([1.0, 2.0]), leaf([3.0, 4.0]), np.array([5.0, 6.0])
    joined = join([x, constant, y, ag.tensor([7.0, 8.0]), x])
    weights = np.arange(joined.size, dtype=float).reshape(joined.shape)
    (joined * weights).sum().backward()
    rows = weights.reshape(5, 2)
    equal(x.grad, rows[0] + rows[4])
    equal(y.grad, rows[2])


def test_a_tensor_as_a_sequence_is_its_rows():
    x = leaf([[1.0, 2.0], [3.0, 4.0]])
    (ag.concatenate(x) * [1.0, 2.0, 3.0, 4.0]).sum().backward()
    equal(x.grad, [[1.0, 2.0], [3.0, 4.0]])


def test_operands_given_one_by_one():
    x, y = leaf([1.0, 2.0]), leaf([3.0, 4.0])
    ag.einsum("i,i,i->", x, y, x).backward()
    equal(x.grad, [6.0, 16.0])
    equal(y.grad, [1.0, 4.0])


def test_second_derivatives_through_a_sequence_whose_tensors_depend_on_each_other():
    x = leaf([1.0, 2.0])
    y = x * x
    (slope,) = ag.gradients(ag.einsum("i,i->", x, y), x, create_graph=True)  # 3 x ** 2
    equal(slope, [3.0, 12.0])
    equal(ag.gradients(slope.sum(), x)[0], [6.0, 12.0])


def test_a_sequences_rule_must_return_as_many_gradients_as_there_are_tensors():
    @ag.primitive(sequences=("parts",))
    def total(parts):
        return sum(parts)

    total.vjp(parts=lambda g: [g])
    with pytest.raises(GlassgradError, match=r"total.vjp\(parts="):
        total([leaf(1.0), leaf(2.0)]).backward()


def test_a_sequence_that_needs_no_gradient_beside_a_tensor_that_does():
    @ag.primitive(sequences=("parts",))
    def weighted(x, parts):
        return x * sum(parts)

    weighted.vjp(x=lambda g, parts: g * sum(parts), parts=lambda g, x, parts: [g * x for _ in parts])
    x, part = leaf(2.0), leaf(3.0)
    weighted(x, [1.0, ag.tensor(4.0, dtype="float64")]).backward()
    equal(x.grad, 5.0)
    weighted(2.0, [part, 1.0]).backward()
    equal(part.grad, 2.0)


# --- joint rules ----------------------------------------------------------------------------------------


def joint(order, seen=None):
    """``x * y + scale * x`` with one rule for two arguments in either order, and another for the third."""

    @ag.primitive
    def blend(x, y, scale):
        return x * y + scale * x

    def rule(g, x, y, scale, wanted):
        if seen is not None:
            seen.append(wanted)
        found = {"x": g * (y + scale), "y": g * x}
        return tuple(found[name] if want else None for name, want in zip(order, wanted, strict=True))

    blend.joint_vjp(*order, scale=lambda g, x: g * x)(rule)
    return blend


@pytest.mark.parametrize("order", [("x", "y"), ("y", "x")])
@pytest.mark.parametrize("wanted", ["xy", "x", "y", "xyscale", "yscale", "scale"])
def test_a_joint_rule_gives_each_argument_its_gradient(order, wanted):
    f = joint(order)
    arguments = {"x": 2.0, "y": 3.0, "scale": 5.0}
    tensors = {name: leaf(value) for name, value in arguments.items() if name in wanted}
    f(**(arguments | tensors)).backward()
    for name, tensor in tensors.items():
        equal(tensor.grad, {"x": 8.0, "y": 2.0, "scale": 2.0}[name])


def test_a_joint_rule_is_told_which_gradients_are_wanted():
    seen = []
    f, x, y = joint(("x", "y"), seen), leaf(2.0), leaf(3.0)
    f(x, y, 5.0).backward()
    f(x, 3.0, 5.0).backward()
    ag.gradients(f(x, y, 5.0), y)
    assert seen == [(True, True), (True, False), (False, True)]


def test_two_joint_rules_of_one_primitive():
    @ag.primitive
    def pairs(a, b, c, d):
        return a * b + c * d

    pairs.vjp(a=None, b=None, c=None, d=None)
    pairs.joint_vjp("a", "c")(lambda g, b, d: (g * b, g * d))
    pairs.joint_vjp("b", "d")(lambda g, a, c: (g * a, g * c))
    tensors = [leaf(value) for value in (2.0, 3.0, 5.0, 7.0)]
    pairs(*tensors).backward()
    assert [t.grad.item() for t in tensors] == [3.0, 2.0, 7.0, 5.0]


def test_a_joint_rule_leaves_rules_that_were_given_before_alone():
    @ag.primitive
    def product(a, b, c):
        return a * b * c

    product.vjp(a=None, b=None, c=lambda g, a, b: g * a * b)
    product.joint_vjp("a", "b")(lambda g, a, b, c: (g * b * c, g * a * c))
    tensors = [leaf(value) for value in (2.0, 3.0, 5.0)]
    product(*tensors).backward()
    assert [t.grad.item() for t in tensors] == [15.0, 10.0, 6.0]


def test_a_joint_rule_differentiated_again():
    x, y = leaf(2.0), leaf(3.0)
    slopes = ag.gradients(joint(("y", "x"))(x, y, 5.0), [x, y], create_graph=True)
    equal(ag.gradients(slopes[0] * slopes[1], x)[0], 8.0)  # d/dx (y + 5) x


def test_a_joint_rule_that_returns_too_few_names_its_primitive():
    @ag.primitive
    def product(a, b):
        return a * b

    product.joint_vjp("a", "b")(lambda g, b: (g * b,))
    with pytest.raises(GlassgradError, match="product"):
        product(leaf(1.0), leaf(2.0)).backward()


# --- reference twins ------------------------------------------------------------------------------------


def kernel(calls):
    """``x * tanh(y)`` with a rule in place on arrays, and its twin."""

    def twin(x, y):
        calls.append("twin")
        return x * ag.tanh(y)

    @ag.primitive(reference=twin, arrays_only=True)
    def kernel(x, y):
        return x * np.tanh(y)

    def rule(g, x, y):
        calls.append("rule")
        out = np.empty_like(g)
        np.multiply(g, np.tanh(y), out=out)
        return out, g * x * (1 - np.tanh(y) ** 2)

    kernel.joint_vjp("x", "y")(rule)
    return kernel


def test_an_ordinary_pass_runs_the_rule_and_create_graph_the_twin():
    calls = []
    f, x, y = kernel(calls), leaf([2.0, 3.0]), leaf([0.5, 0.25])
    plain = ag.gradients(f(x, y).sum(), [x, y])
    assert calls == ["rule"]
    recorded = ag.gradients(f(x, y).sum(), [x, y], create_graph=True)
    assert calls == ["rule", "twin"]
    for got, want in zip(recorded, plain, strict=True):
        equal(got, want.numpy())


def test_derivatives_of_a_twin_of_which_one_input_was_computed_from_the_other():
    f, x = kernel([]), leaf(0.5)
    (slope,) = ag.gradients(f(x, x * x), x, create_graph=True)
    t = np.tanh(0.25)
    equal(slope, t + 0.5 * (1 - t * t) * 2 * 0.5)
    (curvature,) = ag.gradients(slope, x)
    differences = [np.tanh(v * v) + 2 * v * v * (1 - np.tanh(v * v) ** 2) for v in (0.5 + 1e-5, 0.5 - 1e-5)]
    assert curvature.item() == pytest.approx((differences[0] - differences[1]) / 2e-5, rel=1e-8)


def test_the_same_tensor_as_both_inputs_of_a_twin():
    f, x = kernel([]), leaf(0.5)
    (slope,) = ag.gradients(f(x, x), x, create_graph=True)
    t = np.tanh(0.5)
    equal(slope, t + 0.5 * (1 - t * t))
    equal(ag.gradients(slope, x)[0], 2 * (1 - t * t) - 2 * 0.5 * t * (1 - t * t))


def test_only_the_input_that_is_asked_for_is_differentiated_in_the_twin():
    f, x, y = kernel([]), leaf(2.0), leaf(0.5)
    (slope,) = ag.gradients(f(x, y), y, create_graph=True)
    equal(ag.gradients(slope, x)[0], 1 - np.tanh(0.5) ** 2)


def test_a_twin_that_takes_a_sequence():
    def twin(parts):
        return parts[0] * parts[1]

    @ag.primitive(sequences=("parts",), reference=twin, arrays_only=True)
    def product(parts):
        return parts[0] * parts[1]

    product.vjp(parts=lambda g, parts: [g * parts[1], g * parts[0]])
    x = leaf(2.0)
    (slope,) = ag.gradients(product([x, x * x]), x, create_graph=True)
    equal(slope, 12.0)
    equal(ag.gradients(slope, x)[0], 12.0)


def test_a_twin_of_several_results_of_which_one_is_unused():
    def twin(x):
        return x * x, ag.exp(x), x > 0

    @ag.primitive(reference=twin, arrays_only=True)
    def several(x):
        return x * x, np.exp(x), np.asarray(x > 0)

    several.vjp(x=lambda g, x, out: (0 if g[0] is None else 2 * g[0] * x) + (0 if g[1] is None else g[1] * out[1]))
    x = leaf(2.0)
    (slope,) = ag.gradients(several(x)[1], x, create_graph=True)
    equal(ag.gradients(slope, x)[0], np.exp(2.0))
