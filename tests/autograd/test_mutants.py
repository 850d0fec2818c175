"""The checker is checked: primitives with one planted fault each, which it must reject, and sound ones, which pass.

Every fault stands in a function that makes the primitive, in the order in which `check` looks for it. None of them
answers for a function of NumPy, and all enter `ag.ops` under this module's name, so no other test sees them.
"""

import math

import numpy as np
import pytest
from hypothesis import Phase, settings

import autograd as ag
from autograd.broadcasting import sum_to
from autograd.errors import RuleError
from autograd.spec import FLAG, Axis, Real
from autograd.testing import CONTRACTS, check
from autograd.values import value_of

OFF_ZERO = Real(avoid=(0.0,))
FAULTS = []


def fault(message, *contracts):
    """Plant what the decorated function makes: the battery rejects it, in words that match ``message``.

    Where ``contracts`` are named, it is these that say so.
    """

    def plant(make):
        FAULTS.append(pytest.param(make, message, contracts or tuple(CONTRACTS), id=make.__name__))
        return make

    return plant


@pytest.fixture(autouse=True)
def without_shrinking():
    """That a fault is found is what counts here; looking for its smallest case takes most of the time."""
    profile = settings.get_current_profile_name()
    settings.register_profile("mutants", settings.default, phases=[Phase.generate], derandomize=True, database=None)
    settings.load_profile("mutants")
    yield
    settings.load_profile(profile)


def detached(x):
    """The value alone: what cuts a rule out of the graph, and where one may look at memory."""
    return value_of(x)


# --- values ---------------------------------------------------------------------------------------------


@fault("not its reference")
def a_twin_of_another_value():
    @ag.primitive(domain=Real(), reference=lambda x: np.sin(x) + 1e-8 * x)
    def sine(x):
        return np.sin(x)

    sine.vjp(x=lambda g, x: g * np.cos(x))
    return sine


@fault("an operand was changed|read-only", "is_pure")
def a_function_that_writes_into_its_argument():
    @ag.primitive(domain=Real())
    def increment(x):
        x += 1.0
        return np.array(x)

    increment.vjp(x=lambda g: g)
    return increment


# --- first order ----------------------------------------------------------------------------------------


@fault(r"derivative in x of sine: .* ratio 1\.001 ")
def a_rule_times_1_001():
    return ag.elementwise(lambda x: np.sin(x), name="sine", x=lambda g, x: 1.001 * g * np.cos(x))


@fault("derivative in x of sine")
def a_rule_off_by_a_millionth():
    return ag.elementwise(lambda x: np.sin(x), name="sine", x=lambda g, x: (1 + 1e-6) * g * np.cos(x))


@fault("derivative in x of cosine: .* ratio -1 ")
def a_wrong_sign():
    return ag.elementwise(lambda x: np.cos(x), name="cosine", x=lambda g, x: g * np.sin(x))


@fault("derivative in x of product")
def swapped_arguments():
    return ag.elementwise(lambda x, y: x * y, name="product", x=lambda g, x: g * x, y=lambda g, y: g * y)


@fault("derivative in y of quotient")
def a_rule_of_one_argument_alone_is_wrong():
    return ag.elementwise(
        lambda x, y: x / y,
        name="quotient",
        domain=(Real(), Real(0.3, 3.0)),
        x=lambda g, y: g / y,
        y=lambda g, x, y: -g * x / y,
    )


@fault("derivative in x of magnitude")
def a_forgotten_branch():
    return ag.elementwise(lambda x: np.abs(x), name="magnitude", domain=OFF_ZERO, x=lambda g: g)


@fault("derivative in x of cube_and_square")
def a_forgotten_result():
    @ag.primitive(domain=Real())
    def cube_and_square(x):
        return x**3, x**2

    cube_and_square.vjp(x=lambda g, x: 3 * g[0] * x**2)
    return cube_and_square


@fault("derivative in x of product")
def a_joint_rule_in_the_wrong_order():
    @ag.primitive(elementwise=True, domain=Real())
    def product(x, y):
        return x * y

    product.joint_vjp("x", "y")(lambda g, x, y: (g * x, g * y))
    return product


@fault("derivative in arrays of ends_on")
def the_parts_of_a_sequence_exchanged():
    @ag.primitive(sequences=("arrays",), samples=lambda rng: ([rng.normal(size=2), rng.normal(size=2)],))
    def ends_on(arrays):
        return np.concatenate(arrays)

    ends_on.vjp(arrays=lambda g: [g[2:], g[:2]])
    return ends_on


# A sum that undoes broadcasting by itself, so that there is something to forget.


def broadcasting_sum(undo):
    @ag.primitive(domain=(Real(), Real()))
    def total(x, y):
        return x + y

    total.vjp(x=lambda g, x_shape: undo(g, x_shape), y=lambda g, y_shape: undo(g, y_shape))
    return total


def pieces(g, shape):
    """The axes that broadcasting had added, and those that it had stretched."""
    added = len(g.shape) - len(shape)
    stretched = [added + i for i, n in enumerate(shape) if n == 1 != g.shape[added + i]]
    return tuple(range(added)), tuple(stretched)


@fault("returned a gradient of shape")
def broadcasting_not_undone():
    return broadcasting_sum(lambda g, shape: g)


@fault("derivative in [xy] of total")
def broadcasting_undone_by_the_first_row():
    def undo(g, shape):
        added, stretched = pieces(g, shape)
        if 0 in g.shape:
            return sum_to(g, shape)
        for axis in (*added, *stretched):
            g = np.take(g, [0], axis)
        return np.reshape(g, shape)

    return broadcasting_sum(undo)


@fault("derivative in [xy] of total")
def broadcasting_undone_by_the_mean():
    def undo(g, shape):
        axes = sum(pieces(g, shape), ())
        return np.reshape(np.mean(g, axis=axes), shape) if axes and 0 not in g.shape else sum_to(g, shape)

    return broadcasting_sum(undo)


@fault("derivative in [xy] of total")
def broadcasting_undone_on_new_axes_alone():
    def undo(g, shape):
        added, stretched = pieces(g, shape)
        g = np.sum(g, axis=added)
        for axis in stretched:
            if g.shape[axis - len(added)]:
                g = np.take(g, [0], axis - len(added))
        return g if g.shape == shape else sum_to(g, shape)

    return broadcasting_sum(undo)


@fault("the rule says nan")
def broadcasting_undone_with_nothing_left_over():
    """Right for every result that has an element: of none, the mean is not 0."""

    def undo(g, shape):
        axes = sum(pieces(g, shape), ())
        count = math.prod([g.shape[a] for a in axes])
        return np.reshape(np.mean(g, axis=axes) * count, shape) if axes else g

    return broadcasting_sum(undo)


@fault("NoneType")
def a_rule_that_needs_every_result():
    @ag.primitive(domain=Real())
    def sine_and_cosine(x):
        return np.sin(x), np.cos(x)

    sine_and_cosine.vjp(x=lambda g, x: g[0] * np.cos(x) - g[1] * np.sin(x))
    return sine_and_cosine


@fault("another gradient where only one is wanted")
def a_joint_rule_that_is_wrong_for_one_argument_alone():
    @ag.primitive(elementwise=True, domain=Real())
    def product(x, y):
        return x * y

    product.joint_vjp("x", "y")(lambda g, x, y, wanted: (g * y if wanted[1] else g * x, g * x))
    return product


# Faults that show for some arrays alone, so that those must be drawn.


def strides(x):
    return detached(x).strides if np.size(detached(x)) > 1 else ()


PLACES = {
    "no_axes": lambda x: np.ndim(detached(x)) == 0,
    "four_axes": lambda x: np.ndim(detached(x)) == 4,
    "an_axis_of_length_one": lambda x: 1 in detached(x).shape,
    "negative_strides": lambda x: any(stride < 0 for stride in strides(x)),
    "fortran_order": lambda x: detached(x).flags.f_contiguous and not detached(x).flags.c_contiguous,
    "gaps_in_memory": lambda x: bool(strides(x)) and min(strides(x)) > 8,
}


@pytest.mark.parametrize("place", PLACES.values(), ids=PLACES)
def test_a_rule_that_is_wrong_somewhere_is_rejected(place):
    square = ag.elementwise(
        lambda x: x * x, name="square", domain=OFF_ZERO, x=lambda g, x: (2.5 if place(x) else 2.0) * g * x
    )
    with pytest.raises(AssertionError, match="derivative in x of square"):
        check(square, max_examples=300)


@pytest.mark.parametrize("part", [0, 1], ids=["x", "y"])
def test_a_rule_that_is_wrong_for_a_broadcast_operand_is_rejected(part):
    def scaled(g, shape):
        return g * (1.5 if 0 not in g.shape and g.shape != shape else 1.0)

    rules = [lambda g, x_shape: g, lambda g, y_shape: g]
    rules[part] = [lambda g, x_shape: scaled(g, x_shape), lambda g, y_shape: scaled(g, y_shape)][part]
    plus = ag.elementwise(lambda x, y: x + y, name="plus", x=rules[0], y=rules[1])
    with pytest.raises(AssertionError, match=f"derivative in {'xy'[part]} of plus"):
        check(plus, max_examples=300)


@fault(r"vjp\(x=\.\.\.\) returned a gradient of shape \(0,\)")
def a_wrong_shape_where_there_is_nothing():
    @ag.primitive(domain=Real())
    def double(x):
        return 2 * x

    double.vjp(x=lambda g, x_shape: 2 * g if 0 not in x_shape or len(x_shape) < 2 else np.zeros(0))
    return double


STATIC = {
    "axis=None": lambda axis, keepdims: axis is None,
    "one axis": lambda axis, keepdims: isinstance(axis, int),
    "a negative axis": lambda axis, keepdims: isinstance(axis, int) and axis < 0,
    "several axes": lambda axis, keepdims: isinstance(axis, tuple) and len(axis) > 1,
    "keepdims": lambda axis, keepdims: keepdims,
    "no keepdims": lambda axis, keepdims: not keepdims and axis is not None,
}


@pytest.mark.parametrize("place", STATIC.values(), ids=STATIC)
def test_a_rule_that_is_wrong_for_some_arguments_is_rejected(place):
    @ag.primitive(domain=Real(), arguments={"axis": Axis(many=True), "keepdims": FLAG})
    def total(x, axis=None, keepdims=False):
        return np.sum(x, axis, keepdims=keepdims)

    def rule(g, x_shape, axis, keepdims):
        g = g if keepdims or axis is None else np.expand_dims(g, axis)
        return np.broadcast_to(1.5 * g if place(axis, keepdims) else g, x_shape)

    total.vjp(x=rule)
    with pytest.raises(AssertionError, match="derivative in x of total"):
        check(total, max_examples=300)


@fault("derivative in x of sine")
def a_kernel_whose_twin_alone_has_the_right_derivative():
    @ag.primitive(domain=Real(), reference=lambda x: np.sin(x))
    def sine(x):
        return np.sin(x)

    sine.vjp(x=lambda g, x: g * np.cos(x) ** 2)
    return sine


@fault("derivative in .* of halves")
def a_rule_that_is_wrong_for_a_scalar():
    return ag.elementwise(
        lambda x: x / 2, name="halves", x=lambda g, x: g / (2 if isinstance(x, (np.ndarray, ag.Tensor)) else 3)
    )


# --- second order ---------------------------------------------------------------------------------------


@fault("second derivative in the inputs of sine")
def a_rule_cut_from_the_graph():
    return ag.elementwise(lambda x: np.sin(x), name="sine", x=lambda g, x: g * np.cos(detached(x)))


@fault("second derivative in the incoming gradient of sine")
def a_rule_that_cuts_its_incoming_gradient():
    return ag.elementwise(lambda x: np.sin(x), name="sine", x=lambda g, x: np.array(detached(g)) * np.cos(x))


@fault("second derivative in the .* of sine")
def a_rule_that_cuts_everything():
    return ag.elementwise(lambda x: np.sin(x), name="sine", x=lambda g, x: ag.Tensor(detached(g) * np.cos(detached(x))))


@fault("second derivative in the inputs of product")
def a_rule_cut_from_one_of_its_arguments():
    return ag.elementwise(
        lambda x, y: x * y**2,
        name="product",
        x=lambda g, y: g * y**2,
        y=lambda g, x, y: 2 * g * detached(x) * y,
    )


@fault("second derivative in the inputs of power")
def a_rule_cut_from_its_result():
    return ag.elementwise(lambda x: np.exp(x), name="power", x=lambda g, out: g * detached(out))


@fault("second derivative in the inputs of sine")
def what_is_saved_without_a_twin():
    @ag.primitive(domain=Real())
    def sine(x):
        return np.sin(x), np.cos(x)

    sine.vjp(x=lambda g, saved: g * saved)
    return sine


@fault("second derivative in the inputs of sine")
def a_rule_that_calls_what_has_a_wrong_rule():
    cosine = ag.elementwise(lambda x: np.cos(x), name="cosine", x=lambda g, x: g * np.sin(x))
    return ag.elementwise(lambda x: np.sin(x), name="sine", x=lambda g, x: g * cosine(x))


@fault("second derivative in the inputs of ramp")
def a_branch_forgotten_at_second_order():
    def slope(x):
        return np.where(x > 0, 2 * x, detached(3 * x**2))

    return ag.elementwise(
        lambda x: np.where(x > 0, x**2, x**3), name="ramp", domain=OFF_ZERO, x=lambda g, x: g * slope(x)
    )


@fault("recorded and plain gradients differ")
def a_rule_that_says_something_else_when_recorded():
    def slope(x):
        return np.cos(x) * (1.001 if isinstance(x, ag.Tensor) else 1.0)

    return ag.elementwise(lambda x: np.sin(x), name="sine", x=lambda g, x: g * slope(x))


@fault("recorded and plain gradients differ")
def a_twin_of_another_derivative():
    @ag.primitive(domain=Real(), reference=lambda x: np.sin(x) + 1e-3 * (x - detached(x)))
    def sine(x):
        return np.sin(x)

    sine.vjp(x=lambda g, x: g * np.cos(x))
    return sine


# --- dtypes and purity ----------------------------------------------------------------------------------


@fault("float32 in, but the value is float64")
def a_float64_constant_in_the_function():
    return ag.elementwise(lambda x: x * np.float64(2.0), name="double", x=lambda g: g * 2)


@fault("float32 in, but the rule for x computes in float64")
def a_float64_constant_in_the_rule():
    return ag.elementwise(lambda x: x * 2, name="double", x=lambda g: g * np.float64(2.0))


@fault("float32 gradient")
def digits_lost_in_float32():
    """Right in float64; in float32, two digits are left."""
    return ag.elementwise(lambda x: x * x, name="square", x=lambda g, x: g * ((2 * x + 1e5) - 1e5))


@fault("an operand was changed|read-only", "is_pure")
def a_rule_that_writes_into_the_incoming_gradient():
    def rule(g, x):
        if not isinstance(g, np.ndarray):
            return g * np.cos(x)
        g *= np.cos(x)
        return g

    return ag.elementwise(lambda x: np.sin(x), name="sine", x=rule)


@fault("an operand was changed|read-only", "is_pure")
def a_rule_that_writes_into_an_argument():
    def rule(g, x):
        if isinstance(x, np.ndarray):
            x.setflags(write=True)
            x += 0.0
            x[...] = np.cos(x) * g
            return x
        return g * np.cos(x)

    return ag.elementwise(lambda x: np.sin(x), name="sine", x=rule)


@fault("the same call twice gives two gradients")
def a_rule_that_remembers():
    calls = []

    def rule(g, x):
        calls.append(None)
        return g * np.cos(x) * (1 + 1e-12 * len(calls))

    return ag.elementwise(lambda x: np.sin(x), name="sine", x=rule)


# Besides the checker's own: the engine's words on a wrong shape, Python's on None, NumPy's on writing into an operand.
REJECTION = (AssertionError, RuleError, TypeError, ValueError)


@pytest.mark.parametrize(("make", "message", "contracts"), FAULTS)
def test_the_fault_is_rejected(make, message, contracts):
    planted = make()
    with pytest.raises(REJECTION, match=message):
        check(planted, contracts, max_examples=300)
    if contracts != tuple(CONTRACTS):
        with pytest.raises(REJECTION):
            check(planted, max_examples=300)


# --- what is sound passes -------------------------------------------------------------------------------


def gradients_that_are_the_incoming_one():
    """One array for two arguments: the engine copies where somebody could notice."""
    return ag.elementwise(lambda x, y: x + y, name="plus", x=lambda g: g, y=lambda g: g)


def a_result_that_is_the_argument():
    return ag.elementwise(lambda x: x, name="same", x=lambda g: g)


def broadcasting_undone():
    return broadcasting_sum(sum_to)


def a_gradient_that_is_a_read_only_view():
    @ag.primitive(domain=Real())
    def total(x):
        return np.sum(x)

    total.vjp(x=lambda g, x_shape: np.broadcast_to(g, x_shape))
    return total


def a_joint_rule():
    @ag.primitive(elementwise=True, domain=(Real(), Real(0.3, 3.0)))
    def quotient(x, y):
        return x / y

    @quotient.joint_vjp("x", "y")
    def rule(g, x, y, wanted):
        share = g / y
        return share if wanted[0] else None, -share * x / y if wanted[1] else None

    return quotient


def two_joint_rules():
    @ag.primitive(elementwise=True, domain=Real())
    def determinant(a, d, b, c):
        return a * d - b * c

    determinant.joint_vjp("a", "d", b=None, c=None)(lambda g, a, d: (g * d, g * a))
    determinant.joint_vjp("b", "c")(lambda g, b, c: (-g * c, -g * b))
    return determinant


def a_joint_rule_beside_a_single_one():
    @ag.primitive(elementwise=True, domain=Real())
    def affine(x, b, w):
        return x * w + b

    affine.joint_vjp("x", "b", w=lambda g, x: g * x)(lambda g, w: (g * w, g))
    return affine


def a_kernel_that_saves_and_its_twin():
    @ag.primitive(domain=Real(), reference=lambda x: np.sin(x))
    def sine(x):
        return np.sin(x), np.cos(x)

    def rule(g, saved):
        return np.multiply(g, saved, out=np.empty(np.shape(g), g.dtype))

    sine.vjp(x=rule)
    return sine


def several_results_one_of_them_an_index():
    @ag.primitive(samples=lambda rng: (rng.permutation(6) / 2 + rng.uniform(0, 0.1, 6),))
    def largest_and_square(x):
        return np.max(x), np.argmax(x), x**2

    def rule(g, x, out):
        of_largest, _, of_square = g
        parts = [] if of_largest is None else [(np.arange(6) == out[1]) * of_largest]
        return sum(parts if of_square is None else [*parts, 2 * of_square * x])

    largest_and_square.vjp(x=rule)
    return largest_and_square


def a_sequence():
    @ag.primitive(sequences=("arrays",), samples=lambda rng: ([rng.normal(size=2), rng.normal(size=3)],))
    def joined(arrays):
        return np.concatenate(arrays)

    joined.vjp(arrays=lambda g: [g[:2], g[2:]])
    return joined


def an_argument_without_a_derivative():
    @ag.primitive(samples=lambda rng: (rng.normal(size=3), int(rng.integers(0, 4))))
    def power(x, n):
        return x**n

    power.vjp(x=lambda g, x, n: g * n * x ** (n - 1) if n else np.zeros_like(g), n=None)
    return power


SOUND = [
    gradients_that_are_the_incoming_one,
    a_result_that_is_the_argument,
    broadcasting_undone,
    a_gradient_that_is_a_read_only_view,
    a_joint_rule,
    two_joint_rules,
    a_joint_rule_beside_a_single_one,
    a_kernel_that_saves_and_its_twin,
    several_results_one_of_them_an_index,
    a_sequence,
    an_argument_without_a_derivative,
]


@pytest.mark.parametrize("make", SOUND)
def test_what_is_sound_passes(make):
    check(make())


# --- what cannot be checked -----------------------------------------------------------------------------


def test_a_plain_function_is_no_primitive():
    with pytest.raises(RuleError, match=r"is no primitive; decorate it with @ag\.primitive"):
        check(np.sin)


def test_a_primitive_must_say_what_tests_may_feed_it():
    @ag.primitive
    def double(x):
        return 2 * x

    double.vjp(x=lambda g: 2 * g)
    with pytest.raises(RuleError, match=r"give it a domain=, .* or samples="):
        check(double)


def test_none_of_them_is_seen_elsewhere():
    planted = gradients_that_are_the_incoming_one().primitive
    assert planted.key == f"{__name__}.plus"
    assert ag.ops[planted.key] is planted
    assert planted.function not in ag.ops.functions.values()
    assert planted.function not in ag.ops.by_numpy.values()
