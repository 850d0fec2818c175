"""What the strategies draw, and `check` of functions, rules of one's own and modules."""

import subprocess
import sys

import numpy as np
import pytest
from hypothesis import HealthCheck, Phase, given, settings
from hypothesis import strategies as st
from hypothesis.errors import HypothesisException

import autograd as ag
import nn
from autograd import testing
from autograd.errors import GradientCheckError, RuleError
from autograd.spec import Axis, Choice, Real
from autograd.testing import arrays_in, broadcastable_shapes, check, generators, static_arguments, tensors

half_square = ag.elementwise(lambda x: x * x, name="half_square", x=lambda g, x: g * x)


def drawn(strategy, count=300):
    """Many values of a strategy, the same each time."""
    found = []

    @settings(
        max_examples=count,
        phases=[Phase.generate],
        derandomize=True,
        database=None,
        deadline=None,
        suppress_health_check=list(HealthCheck),
    )
    @given(strategy)
    def collect(value):
        found.append(value)

    collect()
    return found


# --- arrays -----------------------------------------------------------------------------------------------


def test_every_public_name_is_what_it_says():
    for name in testing.__all__:
        value = getattr(testing, name)
        assert not isinstance(value, type(testing)), f"autograd.testing.{name} is a module"


DOMAINS = [
    Real(),
    Real(0.5, 1.0),
    Real(-1.0, 4.0, avoid=(0.0, 1.0), gap=0.1),
    Real(0.0, 9.0, distinct=True),
    Choice(-2.0, 7.0),
]


@pytest.mark.parametrize("domain", DOMAINS, ids=repr)
def test_arrays_lie_in_their_domain(domain):
    for x in drawn(arrays_in(domain)):
        assert x.dtype == np.float64
        if isinstance(domain, Choice):
            assert np.isin(x, domain.values).all()
            continue
        assert ((domain.low <= x) & (x <= domain.high)).all()
        for point in domain.avoid:
            assert (np.abs(x - point) >= domain.gap - 1e-12).all()
        if domain.distinct:
            assert (np.diff(np.sort(x.ravel())) >= domain.gap - 1e-12).all()


def test_all_kinds_of_shapes_are_drawn():
    shapes = {x.shape for x in drawn(arrays_in())}
    assert {len(shape) for shape in shapes} == {0, 1, 2, 3, 4}
    assert {length for shape in shapes for length in shape} == {0, 1, 2, 3}


def test_all_arrangements_in_memory_are_drawn():
    arrays = [x for x in drawn(arrays_in()) if x.ndim > 1 and min(x.shape) > 1]
    assert any(x.flags.c_contiguous for x in arrays) and any(x.flags.f_contiguous for x in arrays)
    assert any(min(x.strides) < 0 for x in arrays)
    assert any(min(x.strides) > 0 and not x.flags.forc for x in arrays)


def test_edges_zeros_and_ties_are_drawn_now_and_then():
    arrays = [x for x in drawn(arrays_in(Real(-2.0, 3.0))) if x.size > 3]
    for special in (-2.0, 3.0, 0.0):
        assert 0 < sum(special in x for x in arrays) < 0.5 * len(arrays)
    assert 0 < sum(np.unique(x).size < x.size for x in arrays) < 0.5 * len(arrays)


def test_no_edges_where_they_are_to_be_avoided():
    assert not any(0.0 in x for x in drawn(arrays_in(Real(-1.0, 1.0, avoid=(0.0,)))))


@pytest.mark.parametrize("shape", [(2, 3), (), [0, 2]])
def test_arrays_of_one_shape(shape):
    assert {x.shape for x in drawn(arrays_in(shape=shape), 30)} == {tuple(shape)}


def test_shapes_by_a_strategy():
    shapes = {x.shape for x in drawn(arrays_in(shape=st.sampled_from([(1,), (2, 2)])), 30)}
    assert shapes == {(1,), (2, 2)}


@pytest.mark.parametrize("dtype", [np.float32, np.float64, np.int64])
def test_dtypes(dtype):
    assert {x.dtype for x in drawn(arrays_in(dtype=dtype), 30)} == {np.dtype(dtype)}
    assert isinstance(drawn(arrays_in(dtype=dtype, shape=()), 30)[0], np.ndarray)


@pytest.mark.parametrize("requires_grad", [True, False])
def test_tensors(requires_grad):
    for t in drawn(tensors(Real(1.0, 2.0), dtype=np.float32, requires_grad=requires_grad), 50):
        assert isinstance(t, ag.Tensor) and t.dtype == np.float32 and t.requires_grad == requires_grad
        assert ((t.numpy() >= 1) & (t.numpy() <= 2)).all() and t.is_leaf


@pytest.mark.parametrize("count", [1, 2, 3])
def test_shapes_broadcast(count):
    for shapes in drawn(broadcastable_shapes(count)):
        assert len(shapes) == count
        whole = np.broadcast_shapes(*shapes)
        assert len(whole) <= 4 and all(length <= 3 for length in whole)


def test_shapes_broadcast_in_all_ways():
    pairs = [(*pair, np.broadcast_shapes(*pair)) for pair in drawn(broadcastable_shapes())]
    assert any(x == y and x for x, y, _ in pairs) and any(len(x) < len(y) for x, y, _ in pairs)
    assert any(x != out != y for x, y, out in pairs) and any(0 in out and 0 not in x for x, _, out in pairs)


@pytest.mark.parametrize(
    ("spec", "ndim", "values"),
    [
        (Axis(), 2, {None, -2, -1, 0, 1}),
        (Axis(none=False), 1, {-1, 0}),
        (Axis(), 0, {None}),
        (Choice("a", 3), 0, {"a", 3}),
    ],
)
def test_static_arguments(spec, ndim, values):
    assert {found["it"] for found in drawn(static_arguments({"it": spec}, ndim), 200)} == values


def test_several_axes():
    found = {found["axis"] for found in drawn(static_arguments({"axis": Axis(many=True)}, 3))}
    assert any(isinstance(axis, tuple) and len(axis) > 1 for axis in found) and None in found
    assert all(np.zeros((2, 2, 2)).sum(axis=axis) is not None for axis in found)


def test_an_argument_that_says_nothing():
    with pytest.raises(RuleError, match=r"says nothing of values to draw: use Axis or Choice"):
        drawn(static_arguments({"it": 3}, 1))


def test_an_axis_of_no_axes():
    with pytest.raises(HypothesisException):
        drawn(static_arguments({"axis": Axis(none=False)}, 0))


def test_generators_differ():
    assert len({rng.random() for rng in drawn(generators(), 50)}) > 40


# --- check --------------------------------------------------------------------------------------------------


@ag.custom_vjp
def log1pexp(x):
    return np.log(1 + np.exp(x))


log1pexp.defvjp(lambda x: (log1pexp(x), np.exp(x)), lambda e, g: (g * (1 - 1 / (1 + e)),))


@ag.custom_vjp
def wrong_log1pexp(x):
    return np.log(1 + np.exp(x))


wrong_log1pexp.defvjp(lambda x: (np.log(1 + np.exp(x)), np.exp(x)), lambda e, g: (g * e,))


def rows(rng):
    return (rng.normal(size=(int(rng.integers(0, 4)), 3)),)


RIGHT = {
    "a function": (lambda x: np.sum(np.exp(x), axis=-1), {"domain": Real(-1, 1)}),
    "a function of two": (lambda x, y: x * np.sin(y), {}),
    "domains of each": (lambda x, y: np.log(x) * y, {"domain": (Real(0.5, 2.0), Real())}),
    "a rule of one's own": (log1pexp, {}),
    "a module": (nn.Sequential(nn.Linear(3, 4), nn.Tanh(), nn.Linear(4, 2)), {"samples": rows}),
    "a module in training": (nn.Sequential(nn.Linear(3, 4), nn.Dropout(0.5)), {"samples": rows}),
    "a primitive": (ag.exp, {}),
    "a record": (ag.ops["sum"], {}),
    "a primitive in another domain": (ag.log, {"domain": Real(5.0, 6.0)}),
    "arguments": (lambda x, axis: np.sum(x * x, axis=axis), {"arguments": {"axis": Axis(of="x")}}),
    "samples": (lambda x, i: x[i] ** 2, {"samples": lambda rng: (rng.normal(size=4), rng.integers(0, 4, 3))}),
    "samples that are one array": (np.sin, {"samples": lambda rng: rng.normal(size=3)}),
    "default arguments": (lambda x, factor=2.0: factor * x, {}),
    "a reference": (lambda x: x * x * x, {"reference": lambda x: x**3}),
}


@pytest.mark.parametrize("name", RIGHT)
def test_passes_what_is_right(name):
    function, given_ = RIGHT[name]
    check(function, **given_, max_examples=25)


WRONG = {
    "a primitive": (half_square, {}, "constant factor"),
    "a function": (lambda x: half_square(x) + x.detach(), {}, "x"),
    "a rule of one's own": (wrong_log1pexp, {}, "x"),
    "the second argument": (lambda x, y: x * half_square(y), {}, "gradient of y"),
    "a module": (
        nn.Sequential(nn.Linear(3, 2), type("Half", (nn.Module,), {"forward": lambda self, x: half_square(x)})()),
        {"samples": rows},
        "weight",
    ),
    "a reference": (lambda x: x * x, {"reference": lambda x: x * x + 1e-3}, "reference"),
    "a reference of another shape": (lambda x: x * x, {"reference": lambda x: np.sum(x * x)}, "reference"),
    "in a part of the domain": (
        ag.elementwise(lambda x: np.abs(x), name="wrong_abs", x=lambda g: g),
        {"domain": Real(avoid=(0.0,))},
        "branch",
    ),
}


@pytest.mark.parametrize("name", WRONG)
def test_rejects_what_is_wrong(name):
    function, given_, words = WRONG[name]
    with pytest.raises(GradientCheckError) as caught:
        check(function, **given_, max_examples=40)
    assert isinstance(caught.value, AssertionError) and not caught.value.report
    assert words in str(caught.value)
    assert "gradcheck(" in caught.value.report.example


def test_of_the_contracts_those_that_are_asked_for():
    check(half_square, contracts=("value", "repeats", "is_linear"), max_examples=10)
    with pytest.raises(GradientCheckError):
        check(half_square, contracts=("first_order",), max_examples=10)
    with pytest.raises((KeyError, ValueError), match="no_such"):
        check(half_square, contracts=("no_such",), max_examples=1)


def test_as_many_examples_as_are_asked_for():
    calls = []
    check(lambda x: x * 1.0, samples=lambda rng: (calls.append(1), np.ones(2))[1:], max_examples=7)
    assert len(calls) == 7


def test_the_profile_that_is_loaded_now_says_how_calls_are_drawn():
    calls, before = [], settings.get_current_profile_name()
    settings.register_profile("three", settings.default, max_examples=3, derandomize=True, database=None)
    settings.load_profile("three")
    try:
        for _ in range(2):
            check(lambda x: x * 1.0, samples=lambda rng: (calls.append(rng.random()), np.ones(2))[1:])
    finally:
        settings.load_profile(before)
    assert len(calls) == 6 and calls[:3] == calls[3:]


def test_it_leaves_a_module_as_it_was():
    model = nn.Linear(3, 2)
    before = [(id(p), p.dtype, p.tolist()) for p in model.parameters()]
    check(model, samples=rows, max_examples=5)
    assert [(id(p), p.dtype, p.tolist()) for p in model.parameters()] == before


@ag.primitive
def silent(x):
    return x * x


silent.vjp(x=lambda g, x: 2 * g * x)


@pytest.mark.parametrize(
    ("function", "given_", "message"),
    [
        (silent, {}, r"silent says nothing of what tests may feed it: give it a domain="),
        (nn.Linear(3, 2), {}, r"what may a test feed Linear\? Give samples="),
        (min, {}, r"the arguments of min are not known; give samples="),
    ],
)
def test_what_cannot_be_drawn(function, given_, message):
    with pytest.raises(RuleError, match=message):
        check(function, **given_)


def test_a_silent_primitive_with_a_domain():
    check(silent, domain=Real(), max_examples=10)


def test_a_domain_that_does_not_fit():
    def picky(x):
        if x.ndim != 2:
            raise ValueError("want a matrix")
        return x * x

    with pytest.raises(RuleError, match=r"refused all but .* its domain=, arguments= or samples= do not fit it"):
        check(picky, max_examples=30)


# --- without Hypothesis -------------------------------------------------------------------------------------

WITHOUT = """
import sys

class Absent:
    def find_spec(self, name, path=None, target=None):
        if name.split(".")[0] == "hypothesis":
            raise ModuleNotFoundError(f"No module named {name!r}", name=name)

sys.meta_path.insert(0, Absent())
import numpy as np
import autograd as ag, nn
from autograd import testing
"""


def run(code):
    return subprocess.run([sys.executable, "-c", WITHOUT + code], capture_output=True, text=True)


def test_gradcheck_works_without_hypothesis():
    done = run("print(ag.gradcheck(nn.Linear(3, 2), np.ones((2, 3)), order=2, locate=True).ok)")
    assert done.returncode == 0 and done.stdout == "True\n", done.stderr


@pytest.mark.parametrize("name", ["check", "arrays_in", "tensors", "cases"])
def test_what_needs_hypothesis_says_how_to_get_it(name):
    done = run(f"testing.{name}")
    assert done.returncode != 0
    assert f"autograd.testing.{name} needs Hypothesis: pip install 'glassgrad[test]'" in done.stderr


def test_a_name_that_is_not_there():
    with pytest.raises(AttributeError, match=r"autograd.testing has no 'chek'; it has .*check"):
        _ = testing.chek


@pytest.mark.parametrize("line", ["import autograd, nn", "import autograd as ag; ag.gradcheck(lambda x: x * x, 2.0)"])
def test_hypothesis_is_not_imported(line):
    code = f"import sys; {line}; sys.exit('hypothesis' in sys.modules)"
    assert subprocess.run([sys.executable, "-c", code]).returncode == 0
