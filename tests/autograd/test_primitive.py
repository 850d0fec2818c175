"""Primitives: how they are declared, what their nodes keep, and how several arguments and results work."""

import gc
import weakref

import numpy as np
import pytest

import autograd as ag
from autograd.errors import GlassgradError, RuleError


def leaf(data, dtype="float64"):
    return ag.tensor(data, dtype=dtype, requires_grad=True)


def equal(tensor, expected):
    """A Tensor with exactly these values."""
    assert isinstance(tensor, ag.Tensor)
    np.testing.assert_array_equal(tensor.numpy(), np.asarray(expected, tensor.dtype), strict=True)


@pytest.fixture(autouse=True)
def registry_is_left_as_it_was():
    """Primitives that a test declares are not seen by the tests that walk the registry."""
    primitives, by_numpy = dict(ag.ops._primitives), dict(ag.ops.by_numpy)
    yield
    ag.ops._primitives = primitives
    ag.ops.by_numpy = by_numpy


def scaled(**options):
    """A primitive of two arguments without rules."""

    @ag.primitive(**options)
    def scaled(x, factor):
        return x * factor

    return scaled


# --- declaration ----------------------------------------------------------------------------------------


def test_a_misspelt_argument_fails_at_declaration():
    with pytest.raises(RuleError, match=r"scaled.*'facter'.*x, factor"):
        scaled().vjp(x=lambda g, factor: g * factor, facter=None)


def test_a_missing_argument_fails_at_declaration():
    with pytest.raises(RuleError, match=r"scaled.*no rule for factor.*factor=None"):
        scaled().vjp(x=lambda g, factor: g * factor)


def test_a_rule_that_asks_for_something_unknown_fails_at_declaration():
    with pytest.raises(RuleError, match=r"scaled.vjp\(x=.*'factr'"):
        scaled().vjp(x=lambda g, factr: g * factr, factor=None)


def test_wanted_is_known_to_joint_rules_alone():
    with pytest.raises(RuleError, match="wanted"):
        scaled().vjp(x=lambda g, factor, wanted: g * factor, factor=None)


def test_a_row_of_a_table_that_lacks_a_rule_fails_at_declaration():
    with pytest.raises(RuleError, match=r"difference.*no rule for y"):
        ag.elementwise(lambda x, y: x - y, name="difference", x=lambda g: g)
    with pytest.raises(RuleError, match="'z'"):
        ag.elementwise(lambda x, y: x - y, name="difference", x=lambda g: g, y=lambda g: -g, z=None)


def test_a_misspelt_option_fails_at_declaration():
    with pytest.raises(RuleError, match=r"scaled.*refrence"):
        scaled(refrence=lambda x, factor: x * factor)


def test_rules_for_arrays_alone_need_a_reference():
    with pytest.raises(RuleError, match=r"scaled.*reference="):
        scaled(arrays_only=True)


def test_where_a_pass_is_recorded_a_rule_for_that_takes_the_place_of_the_reference():
    asked = []

    def cubed_by_definition(x, times):
        asked.append("reference")
        return times * x * x * x

    @ag.primitive(reference=cubed_by_definition)
    def cubed(x, times):
        return times * np.power(x, 3)

    cubed.vjp(x=lambda g, x, times: 3 * g * times * x * x, times=lambda g, x: np.sum(g * x**3))

    def curvature(function, x):
        (product,) = ag.hvp(function, (np.array(x),), (np.ones_like(x),))
        return product

    assert curvature(lambda x: cubed(x, 2.0).sum(), [2.0, 3.0]).tolist() == [24.0, 36.0]
    assert asked.pop() == "reference"

    @cubed.recorded_vjp("x")
    def _(g, x, times):
        asked.append("rule")
        return 3 * g * times * x * x

    assert curvature(lambda x: cubed(x, 2.0).sum(), [2.0, 3.0]).tolist() == [24.0, 36.0]
    assert asked == ["rule"]
    curvature(lambda times: cubed(ag.tensor(2.0), times).sum(), 2.0)
    assert asked == ["rule", "reference"], "another argument's gradient is wanted"
    with pytest.raises(RuleError, match=r"cubed.vjp: no argument 'y'"):
        cubed.recorded_vjp("y")(lambda g: g)


def test_a_reference_must_take_the_same_arguments():
    with pytest.raises(RuleError, match=r"scaled.*reference.*factor"):
        scaled(reference=lambda x, by: x * by)


def test_an_argument_cannot_have_a_name_that_means_something_in_rules():
    for name in ("g", "out", "saved"):
        with pytest.raises(RuleError, match=repr(name)):
            ag.primitive(eval(f"lambda {name}: {name} * 2"))


def test_a_row_needs_a_name():
    with pytest.raises(RuleError, match="name="):
        ag.elementwise(lambda x: x, x=lambda g: g)


@pytest.mark.parametrize(
    ("declare", "message"),
    [
        (lambda: ag.primitive(lambda: 1), "takes no arguments; want a function of arrays"),
        (lambda: ag.primitive(5), r"primitive\(5\): want a function"),
        (lambda: ag.elementwise(5), r"elementwise\(5\)"),
        (lambda: ag.elementwise(5, name="five"), r"elementwise\(five\): 5 is no function"),
        (
            lambda: ag.elementwise(lambda: 1, name="one"),
            r"elementwise\(one\): it takes 0 arguments; want x, or x and y",
        ),
        (
            lambda: ag.elementwise(lambda x, y, z: x, name="first", x=lambda g: g, y=None, z=None),
            r"elementwise\(first\): it takes 3 arguments; .* @ag\.primitive\(elementwise=True\)",
        ),
        (lambda: ag.elementwise(np.modf, x=lambda g: g), r"elementwise\(modf\): the ufunc has 2 results"),
        (lambda: ag.elementwise(np.matmul, x=None, y=None), r"elementwise\(matmul\): the ufunc takes whole axes"),
        (
            lambda: ag.elementwise(lambda x: x, name="same", operator="nonsense", x=lambda g: g),
            "same: operator='nonsense' is none of Python's",
        ),
        (lambda: ag.primitive(operator="nonsense")(lambda x: x), "operator='nonsense' is none of Python's"),
    ],
)
def test_what_cannot_be_declared(declare, message):
    with pytest.raises(RuleError, match=message):
        declare()


def test_a_primitive_without_rules_does_not_detach_without_a_word():
    with pytest.raises(GlassgradError, match=r"scaled.*vjp"):
        scaled()(leaf(2.0), 3.0)
    assert scaled()(ag.tensor(2.0), 3.0).item() == 6.0


def test_an_optional_argument_without_a_rule_does_not_detach_without_a_word():
    @ag.primitive
    def shifted(x, by=0.0):
        return x + by

    shifted.vjp(x=lambda g: g)
    with pytest.raises(GlassgradError, match=r"shifted.*by"):
        shifted(leaf(2.0), leaf(3.0))
    with pytest.raises(GlassgradError, match=r"shifted.*by"):
        shifted(ag.tensor(2.0), by=leaf(3.0))


def test_an_argument_that_is_declared_to_have_no_derivative_gets_no_gradient():
    f, x, factor = scaled(), leaf(2.0), leaf(3.0)
    f.vjp(x=lambda g, factor: g * factor, factor=None)
    f(x, factor).backward()
    equal(x.grad, 3.0)
    assert factor.grad is None


def test_declaring_a_rule_again_replaces_it():
    f, x = scaled(), leaf(2.0)
    f.vjp(x=lambda g: g * 100, factor=None)
    f(x, 3.0).backward()
    f.vjp(x=lambda g, factor: g * factor)
    f(x, 3.0).backward()
    equal(x.grad, 103.0)


# --- calls ----------------------------------------------------------------------------------------------


@ag.primitive
def power_of(x, exponent=2, *, scale=1.0):
    return scale * x**exponent


power_of.vjp(x=lambda g, x, exponent, scale: g * scale * exponent * x ** (exponent - 1))


@pytest.mark.parametrize(
    ("call", "value", "slope"),
    [
        (lambda x: power_of(x), 9.0, 6.0),
        (lambda x: power_of(x, 3), 27.0, 27.0),
        (lambda x: power_of(x=x, exponent=3), 27.0, 27.0),
        (lambda x: power_of(exponent=3, x=x, scale=2.0), 54.0, 54.0),
    ],
)
def test_arguments_may_be_given_by_place_or_name_or_left_out(call, value, slope):
    x = leaf(3.0)
    y = call(x)
    assert y.item() == value
    y.backward()
    equal(x.grad, slope)


@pytest.mark.parametrize(
    ("call", "fact"),
    [
        (lambda: power_of(), "'x'"),
        (lambda: power_of(1.0, exponnt=3), "exponnt"),
        (lambda: power_of(1.0, 2, 3.0, 4.0), "4 arguments"),
        (lambda: power_of(1.0, x=2.0), "x="),
    ],
)
def test_a_wrong_call_says_what_the_primitive_takes(call, fact):
    with pytest.raises(TypeError, match=rf"power_of\(\).*{fact}"):
        call()


def test_arrays_in_give_arrays_out_and_tensors_give_tensors():
    assert type(power_of(np.ones(2))) is np.ndarray
    assert type(power_of(ag.tensor([1.0, 1.0]))) is ag.Tensor


def test_a_result_that_is_a_python_number_is_recorded_too():
    rows = ag.elementwise(lambda x: float(x) * 2, name="twice", x=lambda g: g * 2)

    @ag.primitive
    def first(x):
        return float(x[0])

    first.vjp(x=lambda g, x: g * np.eye(1, len(x))[0])
    x = leaf([3.0, 4.0])
    rows(first(x)).backward()
    equal(x.grad, [2.0, 0.0])


# --- what is kept ---------------------------------------------------------------------------------------


@pytest.fixture
def no_collector():
    """Only reference counts free memory."""
    gc.disable()
    yield
    gc.enable()


def alive(**rules):
    """Which arrays of ``out = x * y + bias`` outlive the tensors, for a primitive with these rules."""

    @ag.primitive
    def weighted(x, y, bias):
        out = x * y + bias
        return (out, np.abs(out)) if weighted.primitive.saves else out

    weighted.vjp(**{"x": None, "y": None, "bias": None} | rules)
    arrays = {name: np.full(3, float(i)) for i, name in enumerate(("x", "y", "bias"))}
    watched = {name: weakref.ref(array) for name, array in arrays.items()}
    out = weighted(*(ag.Tensor(array, requires_grad=True) for array in arrays.values()))
    watched["out"] = weakref.ref(out.data)
    node = out.grad_fn
    del arrays, out
    assert node is not None
    return {name for name, array in watched.items() if array() is not None}


@pytest.mark.parametrize(
    ("rules", "kept"),
    [
        ({"x": lambda g: g}, set()),
        ({"x": lambda g, y: g * y}, {"y"}),
        ({"x": lambda g, y: g * y, "y": lambda g, x: g * x}, {"x", "y"}),
        ({"x": lambda g, out: g * out}, {"out"}),
        ({"bias": lambda g, x_shape, y_dtype: g}, set()),
        ({"x": lambda g, x, y, bias, out: g}, {"x", "y", "bias", "out"}),
        ({"x": lambda g, saved: g * saved}, set()),
    ],
)
def test_what_the_rules_name_is_kept_and_nothing_else(no_collector, rules, kept):
    assert alive(**rules) == kept


def test_a_rule_that_is_not_needed_keeps_nothing(no_collector):
    f = scaled()
    f.vjp(x=lambda g, factor: g * factor, factor=lambda g, x: g * x)
    array = np.ones(3)
    watched = weakref.ref(array)
    y = f(ag.Tensor(array), leaf(np.ones(3)))
    assert watched() is array
    z = f(leaf(np.ones(3)), ag.Tensor(array))
    assert z.requires_grad
    del y, z, array
    assert watched() is None


@pytest.mark.parametrize(
    ("operation", "x_kept", "out_kept"),
    [
        (lambda x: x + 1.0, False, False),
        (lambda x: x * 2.0, False, False),
        (lambda x: -x, False, False),
        (lambda x: ag.exp(x), False, True),
        (lambda x: ag.log(x), True, False),
        (lambda x: x**2, True, False),
        (lambda x: ag.reshape(x, (9,)), False, False),
        (lambda x: ag.concatenate([x, x]), False, False),
        (lambda x: ag.stack([x, x]), False, False),
        (lambda x: ag.split(x, 3)[0], False, False),
        (lambda x: x[0], False, False),
        (lambda x: ag.sum(x, axis=0), False, False),
    ],
)
def test_the_librarys_own_rules_keep_no_more_than_they_need(no_collector, operation, x_kept, out_kept):
    array = np.full((3, 3), 0.5)
    watched = weakref.ref(array)
    out = operation(ag.Tensor(array, requires_grad=True))
    result = weakref.ref(out.data)
    node = out.grad_fn
    del array, out
    assert node is not None
    assert (watched() is not None, result() is not None) == (x_kept, out_kept)


def test_a_pass_lets_go_of_what_was_kept(no_collector):
    array = np.full(3, 0.5)
    watched = weakref.ref(array)
    y = ag.sum(ag.log(ag.Tensor(array, requires_grad=True)))
    del array
    assert watched() is not None
    y.backward()
    assert watched() is None


# --- shapes of gradients --------------------------------------------------------------------------------


def test_a_gradient_of_a_wrong_shape_names_the_primitive_and_the_argument():
    f, x = scaled(), leaf([1.0, 2.0])
    f.vjp(x=lambda g, factor: (g * factor)[0], factor=lambda g, x: g * x)
    for arguments in ((x, leaf([3.0, 4.0])), (x, x)):
        with pytest.raises(RuleError, match=r"scaled.vjp\(x=.*\(\).*\(2,\)"):
            f(*arguments).sum().backward()


def test_only_elementwise_primitives_leave_broadcasting_to_the_engine():
    rules = {"x": lambda g, factor: g * factor, "factor": lambda g, x: g * x}
    for elementwise in (True, False):
        f, x = scaled(elementwise=elementwise), leaf(2.0)
        f.vjp(**rules)
        y = f(x, np.ones((2, 3))).sum()
        if elementwise:
            y.backward()
            equal(x.grad, 6.0)
        else:
            with pytest.raises(RuleError, match=r"scaled.*\(2, 3\)"):
                y.backward()


def test_a_rule_may_return_a_number_for_a_0d_argument_and_none_for_nothing():
    f, x, factor = scaled(), leaf(2.0), leaf(3.0)
    f.vjp(x=lambda g, factor: float(g * factor), factor=lambda g: None)
    f(x, factor).backward()
    equal(x.grad, 3.0)
    assert factor.grad is None


# --- multiply-adds --------------------------------------------------------------------------------------


@pytest.mark.parametrize("name", ["matmul", "dot", "vdot", "tensordot", "convolve", "correlate"])
def test_multiply_adds_are_the_products_that_a_result_of_ones_adds_up(name):
    primitive, rng = ag.ops[name], np.random.default_rng(0)
    for _ in range(100):
        x, y, *options = primitive.samples(rng)
        shapes = dict(zip(primitive.parameters, (x.shape, y.shape), strict=False))
        out = np.asarray(primitive.forward(np.ones(x.shape), np.ones(y.shape), *options))
        assert primitive.count_multiply_adds(shapes, out.shape) == out.sum(), (shapes, options)


@pytest.mark.parametrize(
    ("subscripts", "shapes", "count"),
    [
        ("ij,jk->ik", [(2, 3), (3, 4)], 24),
        ("ij,jk", [(2, 3), (3, 0)], 0),
        ("...i,...i->...", [(4, 1, 3), (5, 3)], 60),
        ("iij,j->i", [(2, 2, 3), (3,)], 6),
        ("ij,ij->i", [(2, 1), (1, 3)], 6),
        ("i,->i", [(3,), ()], 3),
        ("ij->ji", [(2, 3)], 0),
        ("ab,bc,cd->ad", [(10, 2), (2, 20), (20, 3)], 2 * 20 * 3 + 10 * 2 * 3),
    ],
)
def test_multiply_adds_of_einsum_by_hand(subscripts, shapes, count):
    einsum, out = ag.ops["einsum"], np.einsum(subscripts, *map(np.ones, shapes))
    assert einsum.count_multiply_adds({"subscripts": subscripts, "operands": shapes}, out.shape) == count
    assert einsum.count_multiply_adds({"operands": shapes}, out.shape) is None


def test_multiply_adds_of_einsum_without_a_plan_are_those_of_one_loop():
    arguments = {"subscripts": "ab,bc,cd->ad", "operands": [(10, 2), (2, 20), (20, 3)], "optimize": False}
    assert ag.ops["einsum"].count_multiply_adds(arguments, (10, 3)) == 2 * (10 * 2 * 20 * 3)


def test_a_users_primitive_declares_its_multiply_adds():
    def count(of, shapes, out_shape=()):
        return scaled(multiply_adds=of).primitive.count_multiply_adds(shapes, out_shape)

    def stretched(x_shape, factor_shape=(7,)):
        return x_shape[0] * factor_shape[0]

    assert count(lambda factor, out_shape: factor * out_shape[0], {"x": (2,), "factor": 5}, (3,)) == 15
    assert (count(stretched, {"x": (2,)}), count(stretched, {"x": (2,), "factor": (3,)})) == (14, 6)
    assert count(None, {"x": (2,)}) == 0


def test_multiply_adds_that_what_is_known_does_not_tell_are_none():
    def count(of, shapes):
        return scaled(multiply_adds=of).primitive.count_multiply_adds(shapes, ())

    assert count(lambda: None, {"x": (2,)}) is None
    assert count(lambda x_shape, factor: x_shape[0] * factor, {"x": (2,)}) is None
    assert count(lambda x_shape: x_shape[-1], {"x": ()}) is None


def test_multiply_adds_that_ask_for_something_unknown_fail_at_declaration():
    with pytest.raises(RuleError, match=r"scaled: multiply_adds asks for 'y_shape'.*x_shape"):
        scaled(multiply_adds=lambda y_shape: y_shape[0])


# --- the registry ---------------------------------------------------------------------------------------


def test_the_registry_lists_functions_under_their_names():
    assert ag.ops["tanh"].function is ag.tanh
    assert ag.ops["matmul"].parameters == ("x", "y")
    assert len(ag.ops) == len(list(ag.ops)) > 80
    with pytest.raises(KeyError):
        ag.ops["tanhh"]


def test_a_users_primitive_goes_by_its_module_and_enters_no_namespace():
    scaled()
    assert ag.ops[f"{__name__}.scaled"].name == "scaled"
    assert not hasattr(ag, "scaled")
    assert not hasattr(ag.Tensor, "scaled")


def test_a_users_primitive_answers_for_a_numpy_function():
    @ag.primitive(numpy=np.cbrt)
    def cbrt(x):
        return np.cbrt(x)

    cbrt.vjp(x=lambda g, out: g / (3 * out * out))
    x = leaf([8.0, 27.0])
    slope = ag.gradients(np.cbrt(x).sum(), x)[0]
    np.testing.assert_allclose(slope.numpy(), [1 / 12, 1 / 27])
    assert isinstance(np.cbrt(np.ones(2)), np.ndarray)


def test_a_users_primitive_can_be_differentiated_again():
    x = leaf(2.0)
    (slope,) = ag.gradients(power_of(x, 4), x, create_graph=True)
    (curvature,) = ag.gradients(slope, x)
    assert (slope.item(), curvature.item()) == (32.0, 48.0)


def test_a_primitive_of_any_name_is_shown_by_it():
    @ag.primitive
    def part(x):
        return x * 1.0

    part.vjp(x=lambda g: g)
    assert part(leaf(2.0)).grad_fn.name == "part"


def test_a_primitive_keeps_its_name_and_docstring():
    @ag.primitive
    def documented(x):
        """Does nothing."""
        return x

    assert (documented.__name__, documented.__doc__, documented.__module__) == ("documented", "Does nothing.", __name__)
