"""`check` is checked: functions with one planted fault each, which it must reject, and sound ones, which pass.

Here stand the faults that calls must be drawn for; those of the gallery are gone through after them. Each stands in a
function that makes the primitive, and names the contract that finds it by itself, and what it is called. None answers
for a function of NumPy, and all enter `ag.ops` under their module's name, so no other test sees them.
"""

import math

import numpy as np
import pytest
from hypothesis import settings

import autograd as ag
from autograd.broadcasting import sum_to
from autograd.errors import GradientCheckError, RuleError
from autograd.spec import FLAG, Axis, Real
from autograd.testing import CONTRACTS, VERDICTS, check
from autograd.values import value_of

from . import faults

OFF_ZERO = Real(avoid=(0.0,))
PAIRS = {"sequences": ("arrays",), "samples": lambda rng: ([rng.normal(size=2), rng.normal(size=2)],)}
FAULTS = []


def fault(contract, verdicts, arguments="", says=""):
    """Plant what the decorated function makes.

    Parameters
    ----------
    contract: finds it by itself.
    verdicts: what it may be called, divided by "or".
    arguments: whose gradients are wrong, divided by spaces; empty where that is not the point.
    says: a regular expression that the report has to match.
    """

    def plant(make):
        FAULTS.append(pytest.param(make, contract, verdicts, arguments, says, id=make.__name__))
        return make

    return plant


def rejected(planted, verdicts, arguments="", says="", **options):
    """Check what is planted: in 300 calls the fault is found, and all that is found is what was planted."""
    with pytest.raises(GradientCheckError, match=says or None) as caught:
        check(planted, max_examples=300, **options)
    report = caught.value.report
    assert report.name == getattr(planted, "primitive", report).name
    assert {finding.verdict for finding in report.findings} <= set(verdicts.split(" or ")), report
    assert not arguments or {finding.argument for finding in report.findings} <= set(arguments.split()), report


@pytest.fixture(autouse=True)
def always_the_same_calls():
    """What a fault is called may depend on the calls that are drawn."""
    profile = settings.get_current_profile_name()
    settings.register_profile("mutants", settings.default, derandomize=True, database=None)
    settings.load_profile("mutants")
    yield
    settings.load_profile(profile)


def primitive(function, name, joint=None, **options):
    """A primitive of one line, whose rules are those for ``x``, ``y`` and ``arrays`` among the options."""
    rules = {key: options.pop(key) for key in ("x", "y", "arrays") if key in options}
    function.__name__ = name
    made = ag.primitive(**({} if "samples" in options else {"domain": Real()}) | options)(function)
    if joint:
        made.joint_vjp("x", "y")(joint)
    if rules:
        made.vjp(**rules)
    return made


def sine(rule, **options):
    return primitive(lambda x: np.sin(x), "sine", x=rule, elementwise=True, **options)


detached = value_of  # what cuts a rule out of the graph, and where one may look at memory

# --- first order ----------------------------------------------------------------------------------------


@fault("first_order", "branch or mismatch", "x")
def a_forgotten_branch():
    return ag.elementwise(lambda x: np.abs(x), name="magnitude", domain=OFF_ZERO, x=lambda g: g)


@fault("first_order", "missing", "x", "leaves out what comes from result 1 of 2")
def a_forgotten_result():
    return primitive(lambda x: (x**3, x**2), "cube_and_square", x=lambda g, x: 3 * g[0] * x**2)


@fault("first_order", "swapped or mismatch", "x y")
def a_joint_rule_in_the_wrong_order():
    return primitive(lambda x, y: x * y, "product", lambda g, x, y: (g * x, g * y), elementwise=True)


def broadcasting_sum(undo):
    """A sum that undoes broadcasting by itself, so that there is something to forget."""

    def of_x(g, x_shape):
        return undo(g, x_shape)

    def of_y(g, y_shape):
        return undo(g, y_shape)

    return primitive(lambda x, y: x + y, "total", domain=(Real(), Real()), x=of_x, y=of_y)


def pieces(g, shape):
    """The axes that broadcasting had added, and those that it had stretched."""
    added = len(g.shape) - len(shape)
    stretched = [added + i for i, n in enumerate(shape) if n == 1 != g.shape[added + i]]
    return tuple(range(added)), tuple(stretched)


@fault("first_order", "broadcast", "x y", "has to be summed over")
def broadcasting_not_undone():
    return broadcasting_sum(lambda g, shape: g)


@fault("first_order", "broadcast or constant factor", "x y")
def broadcasting_undone_by_the_first_row():
    def undo(g, shape):
        added, stretched = pieces(g, shape)
        if 0 in g.shape:
            return sum_to(g, shape)
        for axis in (*added, *stretched):
            g = np.take(g, [0], axis)
        return np.reshape(g, shape)

    return broadcasting_sum(undo)


@fault("first_order", "broadcast or constant factor", "x y")
def broadcasting_undone_by_the_mean():
    def undo(g, shape):
        axes = sum(pieces(g, shape), ())
        return np.reshape(np.mean(g, axis=axes), shape) if axes and 0 not in g.shape else sum_to(g, shape)

    return broadcasting_sum(undo)


@fault("first_order", "broadcast", "x y")
def broadcasting_undone_on_new_axes_alone():
    def undo(g, shape):
        added, stretched = pieces(g, shape)
        g = np.sum(g, axis=added)
        for axis in stretched:
            if g.shape[axis - len(added)]:
                g = np.take(g, [0], axis - len(added))
        return g if g.shape == shape else sum_to(g, shape)

    return broadcasting_sum(undo)


@fault("first_order", "not finite or zero size", "x y", "nan")
def broadcasting_undone_with_nothing_left_over():
    """Right for every result that has an element: of none, the mean is not 0."""

    def undo(g, shape):
        axes = sum(pieces(g, shape), ())
        count = math.prod([g.shape[a] for a in axes])
        return np.reshape(np.mean(g, axis=axes) * count, shape) if axes else g

    return broadcasting_sum(undo)


# Faults that show for some arrays alone, so that those must be drawn.


def strides(x):
    return detached(x).strides if np.size(detached(x)) > 1 else ()


PLACES = {
    "no axes": ("scalar or constant factor", lambda x: np.ndim(detached(x)) == 0),
    "four axes": ("constant factor", lambda x: np.ndim(detached(x)) == 4),
    "an axis of length one": ("constant factor", lambda x: 1 in detached(x).shape),
    "negative strides": ("layout or mismatch", lambda x: any(stride < 0 for stride in strides(x))),
    "Fortran's order": ("layout or mismatch", lambda x: detached(x).flags.fnc),
    "gaps in memory": ("layout or mismatch", lambda x: bool(strides(x)) and min(strides(x)) > 8),
}


@pytest.mark.parametrize("place", PLACES)
def test_a_rule_that_is_wrong_somewhere_is_rejected(place):
    verdicts, is_there = PLACES[place]
    square = ag.elementwise(
        lambda x: x * x, name="square", domain=OFF_ZERO, x=lambda g, x: (2.5 if is_there(x) else 2.0) * g * x
    )
    rejected(square, verdicts, "x", r"ratio 1\.25\n", contracts=("first_order",))


@pytest.mark.parametrize("wrong", ["x", "y"])
def test_a_rule_that_is_wrong_for_a_broadcast_operand_is_rejected(wrong):
    def scaled(g, shape, name):
        return g * (1.5 if name == wrong and 0 not in g.shape and g.shape != shape else 1.0)

    rules = {"x": lambda g, x_shape: scaled(g, x_shape, "x"), "y": lambda g, y_shape: scaled(g, y_shape, "y")}
    plus = ag.elementwise(lambda x, y: x + y, name="plus", **rules)
    rejected(plus, "broadcast or constant factor", wrong, r"ratio 1\.5\n", contracts=("first_order",))


@fault("first_order", "shape", "x", r"returns a gradient of shape \(0,\)")
def a_wrong_shape_where_there_is_nothing():
    def rule(g, x_shape):
        return 2 * g if 0 not in x_shape or len(x_shape) < 2 else np.zeros(0)

    return primitive(lambda x: 2 * x, "double", x=rule)


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
    rejected(total, "branch or constant factor or mismatch", "x", r"ratio 1\.5\n", contracts=("first_order",))


@fault("first_order", "mismatch", "x")
def a_kernel_whose_twin_alone_has_the_right_derivative():
    return sine(lambda g, x: g * np.cos(x) ** 2, reference=lambda x: np.sin(x))


@fault("first_order", "scalar or constant factor", "x", r"ratio 0\.666667\n")
def a_rule_that_is_wrong_for_a_scalar():
    def rule(g, x):
        return g / (2 if isinstance(x, (np.ndarray, ag.Tensor)) else 3)

    return ag.elementwise(lambda x: x / 2, name="halves", x=rule)


# --- second order ---------------------------------------------------------------------------------------


@fault("second_order", "second order", "x g", r"\b[xg] does not arrive")
def a_rule_that_cuts_everything():
    return sine(lambda g, x: ag.Tensor(detached(g) * np.cos(detached(x))))


@fault("second_order", "second order", "x", r"\bx does not arrive")
def a_rule_cut_from_one_of_its_arguments():
    rules = {"x": lambda g, y: g * y**2, "y": lambda g, x, y: 2 * g * detached(x) * y}
    return ag.elementwise(lambda x, y: x * y**2, name="product", **rules)


@fault("second_order", "second order", "x", r"\bx does not arrive")
def a_rule_cut_from_its_result():
    return ag.elementwise(lambda x: np.exp(x), name="power", x=lambda g, out: g * detached(out))


@fault("second_order", "second order", "x", "another one where the pass is recorded")
def a_rule_that_says_something_else_when_recorded():
    return sine(lambda g, x: g * np.cos(x) * (1.001 if isinstance(x, ag.Tensor) else 1.0))


@fault("second_order", "second order", "x", "another one where the pass is recorded")
def a_twin_of_another_derivative():
    return sine(lambda g, x: g * np.cos(x), reference=lambda x: np.sin(x) + 1e-3 * (x - detached(x)))


# --- dtypes, writing and repeating ----------------------------------------------------------------------


@fault("keeps_float32", "dtype", says="the gradient loses its digits in float32")
def digits_lost_in_float32():
    """Right in float64; in float32, two digits are left."""
    return ag.elementwise(lambda x: x * x, name="square", x=lambda g, x: g * ((2 * x + 1e5) - 1e5))


@fault("changes_nothing", "writes or dtype", says="the rule changes the incoming gradient|digits in float32")
def a_rule_that_writes_into_the_incoming_gradient():
    def rule(g, x):
        if not isinstance(g, np.ndarray):
            return g * np.cos(x)
        g *= np.cos(x)
        return g

    return sine(rule)


@fault("changes_nothing", "writes", "x", "the rule.* changes its argument x")
def a_rule_that_writes_into_an_argument():
    def rule(g, x):
        if isinstance(x, np.ndarray):
            x.setflags(write=True)
            x[...] = np.cos(x) * g
            return x
        return g * np.cos(x)

    return sine(rule)


@fault("repeats", "not deterministic", "x", "the same call twice gives two gradients of x")
def a_rule_that_remembers():
    calls = []

    def rule(g, x):
        calls.append(None)
        return g * np.cos(x) * (1 + 1e-12 * len(calls))

    return sine(rule)


@pytest.mark.parametrize(("make", "contract", "verdicts", "arguments", "says"), FAULTS)
def test_the_fault_is_rejected(make, contract, verdicts, arguments, says):
    rejected(make(), verdicts, arguments, says, contracts=(contract,))
    rejected(make(), verdicts, arguments, says)


# --- the gallery ----------------------------------------------------------------------------------------

BY_CONTRACT = {
    "value": "value",
    "not deterministic": "repeats",
    "writes": "changes_nothing",
    "memory": "shares_nothing",
    "precision": "keeps_float64",
    "not linear": "is_linear",
    "hidden state": "has_no_hidden_state",
    "second order": "second_order",
    "alone": "takes_less",
    "dtype": "keeps_float32",
}
"""What finds a fault, where it is not ``first_order``."""

LOOKS_LIKE = {
    "branch": "mismatch",
    "square only": "constant factor or shape",
    "zero size": "not finite or raises",
    "scalar": "constant factor or mismatch or raises",
    "layout": "mismatch",
}
"""What a fault that shows in some places only may be called, since all calls that fail are from there."""


def draws(planted):
    """The author's inputs, and those at which the fault shows, in turn."""
    return lambda rng: (planted.elsewhere or planted.inputs if rng.random() < 0.5 else planted.inputs)(rng)


# What a primitive declares to have no derivative, `check` takes at its word.
GALLERY = [planted for planted in faults.FAULTS if planted.name != "a_scale_declared_to_have_no_derivative"]


@pytest.mark.parametrize("planted", GALLERY, ids=lambda planted: planted.name)
def test_a_fault_of_the_gallery_is_rejected(planted):
    verdicts, says = planted.verdict, planted.says
    if planted.elsewhere is not None:
        verdicts, says = f"{verdicts} or {LOOKS_LIKE.get(verdicts, verdicts)}", ""
    for contracts in ((BY_CONTRACT.get(planted.verdict, "first_order"),), tuple(CONTRACTS)):
        rejected(planted.make(), verdicts, says=says, samples=draws(planted), contracts=contracts)


def test_each_contract_finds_a_fault_by_itself():
    of_gallery = {BY_CONTRACT.get(planted.verdict, "first_order") for planted in faults.FAULTS}
    assert of_gallery == set(CONTRACTS)
    named = {verdict for planted in FAULTS for verdict in planted.values[2].split(" or ")}
    assert named | BY_CONTRACT.keys() | LOOKS_LIKE.keys() <= VERDICTS.keys()


# --- what is sound passes -------------------------------------------------------------------------------


def gradients_that_are_the_incoming_one():
    """One array for two arguments: the engine copies where somebody could notice."""
    return ag.elementwise(lambda x, y: x + y, name="plus", x=lambda g: g, y=lambda g: g)


def a_result_that_is_the_argument():
    return ag.elementwise(lambda x: x, name="same", x=lambda g: g)


def broadcasting_undone():
    return broadcasting_sum(sum_to)


def a_joint_rule():
    def rule(g, x, y, wanted):
        share = g / y
        return share if wanted[0] else None, -share * x / y if wanted[1] else None

    return primitive(lambda x, y: x / y, "quotient", rule, elementwise=True, domain=(Real(), Real(0.3, 3.0)))


def two_joint_rules():
    determinant = primitive(lambda a, d, b, c: a * d - b * c, "determinant", elementwise=True)
    determinant.joint_vjp("a", "d", b=None, c=None)(lambda g, a, d: (g * d, g * a))
    determinant.joint_vjp("b", "c")(lambda g, b, c: (-g * c, -g * b))
    return determinant


def a_joint_rule_beside_a_single_one():
    affine = primitive(lambda x, b, w: x * w + b, "affine", elementwise=True)
    affine.joint_vjp("x", "b", w=lambda g, x: g * x)(lambda g, w: (g * w, g))
    return affine


def a_kernel_that_saves_and_its_twin():
    def rule(g, saved):
        return np.multiply(g, saved, out=np.empty(np.shape(g), g.dtype))

    return primitive(lambda x: (np.sin(x), np.cos(x)), "sine", x=rule, reference=lambda x: np.sin(x))


def a_sequence():
    return primitive(lambda arrays: np.concatenate(arrays), "joined", arrays=lambda g: [g[:2], g[2:]], **PAIRS)


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
    a_joint_rule,
    two_joint_rules,
    a_joint_rule_beside_a_single_one,
    a_kernel_that_saves_and_its_twin,
    a_sequence,
    an_argument_without_a_derivative,
]


@pytest.mark.parametrize("make", SOUND)
def test_what_is_sound_passes(make):
    check(make())


@pytest.mark.parametrize("sound", faults.SOUND, ids=lambda sound: sound.name)
def test_what_is_sound_in_the_gallery_passes(sound):
    left_out = {"keeps_float64"} if sound.name == "a_sum_that_loses_digits" else set()
    contracts = tuple(name for name in CONTRACTS if name not in left_out)
    check(sound.make(), samples=sound.inputs, contracts=contracts, max_examples=10)


# --- what can be checked --------------------------------------------------------------------------------


def test_a_plain_function_is_checked_by_what_it_calls():
    cosine = ag.elementwise(lambda x: np.cos(x), name="cosine", x=lambda g, x: g * np.sin(x))
    with pytest.raises(GradientCheckError, match="wrong sign") as caught:
        check(lambda x: np.sum(2 * cosine(x)))
    assert {(finding.verdict, finding.argument) for finding in caught.value.report.findings} == {("sign", "x")}
    check(lambda x: np.sum(np.exp(x) * x))
    check(np.sin)


def test_a_plain_function_may_be_given_values_to_be_compared_with():
    with pytest.raises(GradientCheckError, match="and its reference") as caught:
        check(lambda x: np.exp(x), lambda x: 1 + x)
    assert [finding.verdict for finding in caught.value.report.findings] == ["value"]


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
