"""`ag.gradcheck` of functions, structures, modules and losses; its arguments and its report."""

import math

import numpy as np
import pytest

import autograd as ag
import nn
from autograd.errors import ArgumentError, GradientCheckError
from autograd.testing import VERDICTS, Report

X = np.array([0.3, -1.2, 2.0])
MATRIX = np.array([[0.3, -1.2, 2.0], [1.5, 0.4, -0.7]])


def half_rule(name="half"):
    """A square whose rule forgets the 2."""
    return ag.elementwise(lambda x: x * x, name=name, x=lambda g, x: g * x)


def names_of(report):
    return [comparison.name for comparison in report.comparisons]


# --- what is right ------------------------------------------------------------------------------------------


@ag.custom_vjp
def log1pexp(x):
    return np.log(1 + np.exp(x))


log1pexp.defvjp(lambda x: (log1pexp(x), np.exp(x)), lambda e, g: (g * (1 - 1 / (1 + e)),))


def slope_of_tanh(x):
    return ag.grad(lambda y: np.sum(np.tanh(y)))(x)


RIGHT = {
    "an expression": (lambda x: np.sum(np.sin(x) ** 2), X),
    "several arguments": (lambda x, y: x * np.exp(y), (X, 0.3 * X)),
    "a list of arguments": (lambda x, y: x * y, [X, X + 1]),
    "broadcasting": (lambda x, y: x * y + y, (MATRIX, X)),
    "the same argument twice": (lambda x, y: x * y, (X, X)),
    "an array without axes": (np.tanh, np.array(0.5)),
    "a NumPy scalar": (np.tanh, np.float64(0.5)),
    "a Python float": (lambda x: x * x, 0.5),
    "no elements": (lambda x: np.sum(x * x), np.zeros((0, 3))),
    "no elements in the result": (lambda x: x[:0] * 2, X),
    "a static argument": (lambda x, axis: np.sum(x * x, axis=axis), (MATRIX, 1)),
    "integers": (lambda x, i: x[i], (X, np.array([0, 2, 2]))),
    "a string and None": (lambda x, how, what: x * x if how == "square" and what is None else x, (X, "square", None)),
    "a primitive": (ag.exp, X),
    "a primitive with arguments": (ag.sum, (MATRIX, 0)),
    "a record of a primitive's arguments in a list": (ag.concatenate, ([X, 2 * X],)),
    "a composite": (ag.average, MATRIX),
    "NumPy's function": (np.logaddexp, (X, -X)),
    "NumPy's composed function": (np.linalg.norm, X),
    "a rule of one's own": (log1pexp, X),
    "a checkpoint": (ag.checkpoint(lambda x: np.sin(x) * x), X),
    "a gradient inside": (slope_of_tanh, X),
    "a jacobian inside": (lambda x: ag.jacobian(lambda y: y**3)(x), X),
    "several results": (lambda x: (np.sin(x), {"also": [x * x]}), X),
    "a result that does not depend on it": (lambda x: (x * x, ag.tensor([1.0])), X),
    "an argument that the result does not depend on": (lambda x, y: x * x, (X, X)),
    "huge values": (lambda x: x * x, 1e150 * X),
    "huge arguments of a bounded function": (lambda x: x / np.sqrt(1 + x * x), 1e6 * X),
    "tiny values": (lambda x: x * x, 1e-150 * X),
    "tiny arguments of the logarithm": (np.log, np.array([1e-9, 1e-3, 1.0])),
    "a large offset": (lambda x: np.sum(x * x) + 1e6, X),
    "a small factor": (lambda x: 1e-12 * np.sin(x), X),
    "values of many sizes": (lambda x: x * x, np.array([1e-6, 1.0, 1e6])),
    "fast oscillation": (lambda x: np.sin(100 * x), X),
    "a pole nearby": (lambda x: 1 / x, np.array([1e-3, -1e-2, 1.0])),
}


COARSE = ("tiny arguments of the logarithm", "values of many sizes")  # where differences tell little of the smallest


@pytest.mark.parametrize("mode", ["full", "directional"])
@pytest.mark.parametrize("order", [1, 2])
@pytest.mark.parametrize("case", RIGHT)
def test_passes_what_is_right(case, order, mode):
    function, inputs = RIGHT[case]
    report = ag.gradcheck(function, inputs, order=order, mode=mode)
    assert report.ok and not report.findings and report.comparisons
    assert bool(report.higher) == (order == 2)
    assert case in COARSE or not any("good to" in note for note in report.notes)


# --- what is differentiated in --------------------------------------------------------------------------


def test_names_of_arguments():
    assert names_of(ag.gradcheck(lambda x, y: x * y, (X, X))) == ["x", "y"]
    assert names_of(ag.gradcheck(lambda *xs: xs[0] * xs[1], (X, X))) == ["xs[0]", "xs[1]"]
    assert names_of(ag.gradcheck(ag.multiply, (X, X))) == ["x", "y"]
    assert names_of(ag.gradcheck(lambda x, *, y: x * y, X, kwargs={"y": X})) == ["x", "y"]


def test_structures():
    def f(p, pair):
        return p["w"] * pair[0] + p["b"][0] * pair[1]

    report = ag.gradcheck(f, ({"w": X, "b": [X + 1]}, (X + 2, 3.0)))
    assert names_of(report) == ["p['w']", "p['b'][0]", "pair[0]"]


def test_of_floats_among_arrays_only_the_arrays():
    assert names_of(ag.gradcheck(lambda x, c: x * c, (X, 2.0))) == ["x"]
    assert names_of(ag.gradcheck(lambda c, d: c * d, (1.5, 2.0))) == ["c", "d"]


def test_where_tensors_need_gradients_only_those():
    x, y = ag.tensor(X, requires_grad=True), ag.tensor(X)
    assert names_of(ag.gradcheck(lambda x, y, z: x * y * z, (x, y, X))) == ["x"]
    assert names_of(ag.gradcheck(lambda x, y: x * y, (y, y + 1))) == ["x", "y"]


def test_a_tensor_by_name_that_needs_a_gradient():
    report = ag.gradcheck(lambda x, y: x * y, X, kwargs={"y": ag.tensor(X, requires_grad=True)})
    assert names_of(report) == ["y"]


@pytest.mark.parametrize("function", [ag.multiply, lambda x, y: x * y], ids=["primitive", "function"])
def test_a_primitive_is_checked_where_a_function_would_be(function):
    x = ag.tensor(X, requires_grad=True)
    assert names_of(ag.gradcheck(function, (x, ag.tensor(X)))) == ["x"]


def test_integers_and_booleans_are_not_differentiated_in():
    report = ag.gradcheck(lambda x, mask, i: np.where(mask, x, 0)[i], (X, X > 0, np.array([0, 1])))
    assert names_of(report) == ["x"]


# --- float64, and nothing changed -----------------------------------------------------------------------


def test_float32_is_checked_in_float64_and_said():
    report = ag.gradcheck(lambda x: np.sin(x) * x, X.astype(np.float32))
    assert report.comparisons[0].value.dtype == np.float64
    assert any("float64" in note and "x" in note for note in report.notes)


def test_float64_is_not_remarked_upon():
    assert not any("float64" in note for note in ag.gradcheck(np.sin, X).notes)


@pytest.mark.parametrize("function", [ag.sin, lambda x: x * x, half_rule()], ids=["primitive", "function", "wrong"])
@pytest.mark.parametrize("make", [np.array, np.float32, lambda x: ag.tensor(x, requires_grad=True)])
def test_inputs_stay_as_they_are(function, make):
    x = make(X)
    array = x.data if isinstance(x, ag.Tensor) else x
    before, dtype, version = array.copy(), array.dtype, getattr(x, "version", None)
    ag.gradcheck(function, x, order=2, raise_exception=False)
    assert np.array_equal(array, before) and array.dtype == dtype
    if isinstance(x, ag.Tensor):
        assert x.grad is None and x.requires_grad and x.grad_fn is None
        assert getattr(x, "version", None) == version


def test_a_read_only_array():
    x = X.copy()
    x.flags.writeable = False
    assert ag.gradcheck(lambda x: x * x, x)


def test_an_array_that_overlaps_itself():
    x = np.lib.stride_tricks.as_strided(np.array([1.5]), (3,), (0,))
    assert ag.gradcheck(lambda x: x * np.array([1.0, 2.0, 3.0]), x)
    assert ag.gradcheck(ag.sin, np.broadcast_to(np.array([0.5, 1.0]), (3, 2)))


def test_a_function_that_writes_into_its_own_copy():
    def f(x):
        y = x * 1
        y[0] = x[1] * 2
        return y * y

    assert ag.gradcheck(f, X, order=2)


# --- modules and losses ---------------------------------------------------------------------------------


class Scaled(nn.Module):
    """A product with a parameter, and a buffer that each call writes into."""

    def __init__(self):
        self.scale = nn.Parameter(ag.tensor([1.0, 2.0, 3.0]))
        self.register_buffer("calls", ag.zeros(3))

    def forward(self, x):
        with ag.no_grad():
            self.calls += 1
        return x * self.scale


def snapshot(module):
    """All of a module's state, and its dtypes."""
    state = {**dict(module.named_parameters()), **dict(module.named_buffers())}
    modes = [part.training for part in module.modules()]
    return {path: (id(t), str(t.dtype), t.requires_grad, t.tolist()) for path, t in state.items()}, modes


def test_a_module_in_its_inputs_and_every_parameter():
    model = nn.Sequential(nn.Linear(3, 4), nn.Tanh(), nn.Linear(4, 2))
    before = snapshot(model)
    report = ag.gradcheck(model, MATRIX, order=2)
    assert names_of(report) == ["input", "0.weight", "0.bias", "2.weight", "2.bias"]
    assert any("float64" in note for note in report.notes)
    assert snapshot(model) == before
    assert all(p.grad is None for p in model.parameters())


def test_frozen_parameters_are_left_out():
    model = nn.Linear(3, 2)
    model.weight.requires_grad_(False)
    assert names_of(ag.gradcheck(model, MATRIX)) == ["input", "bias"]
    assert not model.weight.requires_grad


def test_inputs_of_integers_leave_the_parameters():
    class Table(nn.Module):
        def __init__(self):
            self.rows = nn.Parameter(ag.randn(4, 2))

        def forward(self, i):
            return self.rows[i]

    report = ag.gradcheck(Table(), np.array([0, 3, 3]))
    assert names_of(report) == ["rows"]
    assert not report.comparisons[0].numeric[1].any()


def test_a_parameter_with_two_places_is_checked_once():
    first = nn.Linear(3, 3, bias=False)
    second = nn.Linear(3, 3, bias=False)
    second.weight = first.weight
    model = nn.Sequential(first, nn.Tanh(), second)
    assert names_of(ag.gradcheck(model, MATRIX, order=2)) == ["input", "0.weight"]
    assert model[0].weight is model[2].weight


def test_buffers_that_a_call_writes_into_stay_as_they_are():
    model = Scaled()
    before = snapshot(model)
    assert ag.gradcheck(model, MATRIX, order=2, mode="directional")
    assert snapshot(model) == before


def test_a_buffer_that_the_result_depends_on():
    class Moving(Scaled):
        def forward(self, x):
            with ag.no_grad():
                self.calls += 1
            return x * self.scale / self.calls

    assert ag.gradcheck(Moving(), MATRIX, order=2)


@pytest.mark.parametrize("mode", ["full", "directional"])
def test_dropout_draws_the_same_each_time(mode):
    model = nn.Sequential(nn.Linear(3, 4), nn.Dropout(0.5), nn.Linear(4, 2))
    state = ag.default_generator().bit_generator.state
    assert ag.gradcheck(model, MATRIX, mode=mode, order=2)
    assert ag.default_generator().bit_generator.state == state
    assert model.training and model[1].training


def test_a_model_that_is_evaluated_stays_so():
    model = nn.Sequential(nn.Linear(3, 4), nn.Dropout(0.5)).eval()
    assert ag.gradcheck(model, MATRIX)
    assert not any(part.training for part in model.modules())


def test_another_generator_is_not_deterministic():
    rng = np.random.default_rng(0)
    report = ag.gradcheck(lambda x: x * rng.normal(size=3), X, raise_exception=False)
    assert [finding.verdict for finding in report.findings] == ["not deterministic"]
    assert "default_generator" in str(report)


@pytest.mark.parametrize("reduction", ["mean", "sum", "none"])
def test_a_loss_with_labels(reduction):
    logits, labels = np.random.default_rng(0).normal(size=(4, 3)), np.array([0, 2, 1, -100])
    report = ag.gradcheck(nn.functional.cross_entropy, (logits, labels), kwargs={"reduction": reduction}, order=2)
    assert names_of(report) == ["input"]


def test_a_loss_of_a_model():
    model = nn.Sequential(nn.Linear(3, 4), nn.ReLU(), nn.Linear(4, 2))

    class Loss(nn.Module):
        def __init__(self):
            self.model = model

        def forward(self, x, labels):
            return nn.functional.cross_entropy(self.model(x), labels)

    report = ag.gradcheck(Loss(), (MATRIX, np.array([0, 1])))
    assert names_of(report) == ["x", "model.0.weight", "model.0.bias", "model.2.weight", "model.2.bias"]


# --- what is wrong ------------------------------------------------------------------------------------------


@pytest.mark.parametrize("mode", ["full", "directional"])
def test_raises_with_the_report(mode):
    with pytest.raises(GradientCheckError, match="constant factor") as caught:
        ag.gradcheck(half_rule(), X, mode=mode)
    assert isinstance(caught.value, AssertionError)
    report = caught.value.report
    assert isinstance(report, Report) and not report and str(report) in str(caught.value)


def test_a_report_in_place_of_an_exception():
    report = ag.gradcheck(half_rule(), X, raise_exception=False)
    assert not report.ok and not bool(report)
    (finding,) = report.findings
    assert finding.verdict == "constant factor" and finding.verdict in VERDICTS
    assert finding.argument == "x" and finding.order == 1
    assert finding.index is not None and len(finding.index) == 1
    assert finding.ratio == pytest.approx(0.5)
    assert finding.analytic == pytest.approx(0.5 * finding.numeric)
    assert 0 < finding.error < 1e-6 and 0 < finding.step < 1


def test_the_numbers_of_a_report():
    (comparison,) = ag.gradcheck(lambda x: np.sum(x * x), X).comparisons
    assert np.allclose(comparison.rule, comparison.numeric, rtol=1e-8)
    assert np.allclose(comparison.rule / comparison.rule[0], X / X[0])
    assert comparison.name == "x" and np.array_equal(comparison.value, X)
    assert [entry.index for entry in comparison.entries] == [(0,), (1,), (2,)]
    assert all(entry.status == "right" for entry in comparison.entries)


def test_the_text_of_a_report():
    right, wrong = ag.gradcheck(ag.sin, X), ag.gradcheck(half_rule(), X, raise_exception=False)
    assert str(right).startswith("sin: right") and str(wrong).startswith("half: WRONG")
    assert "3 elements" in str(right) and "also checked:" in str(right)
    assert "\033[" not in str(wrong) and "\033[" in wrong.render(color=True)
    assert len(right.checked) >= 6 and all(words in " ".join(str(right).split()) for words in right.checked)
    assert max(map(len, str(right).split("\n"))) <= 100


def test_the_table_says_what_decided():
    """A difference above what is allowed stands beside a verdict, and only there."""
    for report in (ag.gradcheck(np.tanh, X), ag.gradcheck(half_rule(), X, raise_exception=False)):
        *_, difference, allowed = next(row for row in str(report).split("\n") if row.startswith("  x ")).split()
        assert (float(difference) <= float(allowed)) == report.ok


def test_many_findings_are_told_briefly():
    wrong = half_rule()
    report = ag.gradcheck(lambda *xs: sum(wrong(x) for x in xs), [X + i for i in range(6)], raise_exception=False)
    assert len(report.findings) == 6
    assert str(report).count("worst at") == 3 and "xs[5]" in str(report)


def test_seeds_make_reports_the_same():
    f = half_rule()
    texts = [str(ag.gradcheck(f, X, seed=seed, raise_exception=False)) for seed in (3, 3, 4)]
    assert texts[0] == texts[1] != texts[2]


def test_wrong_at_order_two_alone():
    @ag.primitive
    def cube(x):
        return x**3

    cube.vjp(x=lambda g, x: g * 3 * ag.tensor(ag.value_of(x)) ** 2 if isinstance(x, ag.Tensor) else g * 3 * x**2)
    assert ag.gradcheck(cube, X)
    report = ag.gradcheck(cube, X, order=2, raise_exception=False)
    assert {finding.verdict for finding in report.findings} == {"second order"}
    assert report.findings[0].order == 2


# --- the step and the tolerances ----------------------------------------------------------------------------


def test_a_step_that_is_too_small():
    report = ag.gradcheck(lambda x: np.sin(x) + 100, X, eps=1e-14, raise_exception=False)
    assert {finding.verdict for finding in report.findings} == {"round-off"}
    text = report.findings[0].text
    better = float(text.split("at a step of ")[1].split()[0])
    assert ag.gradcheck(lambda x: np.sin(x) + 100, X, eps=better, atol=1e-5)


@pytest.mark.parametrize(
    "given", [{"eps": 1e-4}, {"atol": 1e-6}, {"rtol": 1e-6}, {"eps": 1e-3, "atol": 1e-5, "rtol": 1e-4}]
)
def test_given_steps_and_tolerances(given):
    assert ag.gradcheck(lambda x: np.sin(x) * x, X, **given)
    assert not ag.gradcheck(half_rule(), X, raise_exception=False, **given)


def test_a_wide_tolerance_lets_pass_what_is_a_little_off():
    nearly = ag.elementwise(lambda x: x * x, name="nearly", x=lambda g, x: g * 2.001 * x)
    assert not ag.gradcheck(nearly, X, raise_exception=False)
    assert ag.gradcheck(nearly, X, rtol=1e-2).comparisons[0].entries[0].status == "right"


def test_tolerances_of_nothing_blame_the_tolerance_and_not_the_rule():
    report = ag.gradcheck(lambda x: np.exp(np.sin(x)), X, atol=0, rtol=0, raise_exception=False)
    assert {finding.verdict for finding in report.findings} <= {"round-off"}


def test_a_straight_through_estimator():
    @ag.custom_vjp
    def rounded(x):
        return np.round(x)

    rounded.defvjp(lambda x: (np.round(x), None), lambda _, g: (g,))
    assert not ag.gradcheck(rounded, X, raise_exception=False)
    assert ag.gradcheck(rounded, X, surrogate=lambda x: x, order=2)
    assert not ag.gradcheck(rounded, X, surrogate=lambda x: 2 * x, raise_exception=False)


def test_a_primitive_with_a_surrogate():
    hard = ag.elementwise(lambda x: np.where(x > 0, 1.0, 0.0), name="hard", x=lambda g, x: g / (1 + x * x))
    assert ag.gradcheck(hard, X, surrogate=np.arctan)


# --- wrong arguments ----------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("given", "message"),
    [
        ({"order": 3}, r"order=3; want 1, or 2"),
        ({"order": 0}, r"order=0"),
        ({"mode": "fast"}, r'mode=\'fast\'; want "full" or "directional"'),
        ({"eps": 0}, r"eps=0; want a number above 0"),
        ({"eps": -1e-3}, r"eps=-0.001; want a number"),
        ({"atol": math.nan}, r"atol=nan"),
        ({"rtol": "small"}, r"rtol='small'"),
        ({"atol": math.inf}, r"atol=inf"),
    ],
)
def test_wrong_arguments(given, message):
    with pytest.raises(ArgumentError, match=message):
        ag.gradcheck(np.sin, X, **given)


@pytest.mark.parametrize(
    ("function", "inputs", "message"),
    [
        (3, X, r"is no function"),
        (lambda x: x, np.arange(3), r"nothing to differentiate in .* int64; want arrays or Tensors of real numbers"),
        (lambda: 1.0, (), r"of which there are none"),
        (lambda x: x, "text", r"nothing to differentiate in"),
        (lambda x: None, X, r"returns no Tensor and no array of real numbers"),
        (lambda x: "text", X, r"returns no Tensor"),
        (ag.sum, np.arange(3), r"nothing to differentiate in"),
    ],
)
def test_nothing_to_check(function, inputs, message):
    with pytest.raises(ArgumentError, match=message):
        ag.gradcheck(function, inputs)


def test_a_function_that_leaves_the_graph():
    report = ag.gradcheck(lambda x: x.numpy() ** 2, X, raise_exception=False)
    assert {finding.verdict for finding in report.findings} == {"missing"}


@pytest.mark.parametrize("error", [KeyError, ValueError, RuntimeError, ZeroDivisionError])
@pytest.mark.parametrize("raise_exception", [True, False])
def test_an_error_of_the_function_itself_passes_through(error, raise_exception):
    def f(x):
        raise error("the user's own")

    with pytest.raises(error, match="the user's own"):
        ag.gradcheck(f, X, raise_exception=raise_exception)


def test_too_few_arguments_is_the_functions_own_error():
    with pytest.raises(TypeError, match="missing 1 required positional argument"):
        ag.gradcheck(lambda x, y: x * y, X)


@pytest.mark.parametrize("mode", ["full", "directional"])
def test_a_function_that_is_not_finite(mode):
    report = ag.gradcheck(lambda x: np.log(x), np.array([-1.0, -2.0]), mode=mode, raise_exception=False)
    assert {finding.verdict for finding in report.findings} == {"unknown"}


def test_a_rule_that_raises():
    broken = ag.elementwise(lambda x: x * x, name="broken", x=lambda g, x: g * x["no"])
    report = ag.gradcheck(broken, X, raise_exception=False)
    assert [finding.verdict for finding in report.findings] == ["raises"]
    assert "IndexError" in report.findings[0].text or "only integers" in report.findings[0].text


# --- what it leaves behind ----------------------------------------------------------------------------------


def test_modes_of_the_thread_do_not_matter_and_stay():
    with ag.no_grad():
        assert ag.gradcheck(lambda x: x * x, X)
        assert not ag.is_grad_enabled()


def test_warnings_of_numpy_are_not_the_users_concern():
    with np.errstate(all="raise"):
        assert ag.gradcheck(lambda x: np.sqrt(x), np.array([1e-3, 1.0]))
        assert np.geterr()["divide"] == "raise"


# --- what is kept ------------------------------------------------------------------------------------------


def test_what_a_rule_keeps_in_vain_is_noted():
    double = ag.elementwise(lambda x: 2 * x, name="double", x=lambda g, x: 2 * g)
    assert any("x is kept in memory" in note for note in ag.gradcheck(double, X).notes)
    square = ag.elementwise(lambda x: x * x, name="square", x=lambda g, x: 2 * g * x)
    assert not ag.gradcheck(square, X).notes


def test_what_is_held_by_a_closure_is_found():
    held = []

    @ag.primitive
    def triple(x):
        held.append(x)
        return 3 * x

    triple.vjp(x=lambda g: 3 * g)
    (finding,) = ag.gradcheck(triple, X, raise_exception=False).findings
    assert finding.verdict == "hidden state" and finding.argument == "x" and "not released" in finding.text


# --- where the rule is written -----------------------------------------------------------------------------


def test_the_rules_own_line_is_named():
    half = ag.elementwise(lambda x: x * x, name="half", x=lambda g, x: g * x)  # here
    (finding,) = ag.gradcheck(half, X, raise_exception=False).findings
    assert "test_gradcheck.py" in finding.rule and finding.rule.endswith("# here") and finding.rule in str(finding)
