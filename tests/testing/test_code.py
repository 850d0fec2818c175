"""Calls as code: what is printed can be pasted, and fails again."""

import math

import numpy as np
import pytest

import autograd as ag
from autograd.errors import GradientCheckError
from autograd.testing import LAYOUTS, Case, check, in_layout
from autograd.testing.battery import report_on
from autograd.testing.code import as_code, code_of
from autograd.testing.subjects import call_of

half_square = ag.elementwise(lambda x: x * x, name="half_square", x=lambda g, x: g * x)


@ag.primitive(domain=ag.spec.Real(), arguments={"axis": ag.spec.Axis()})
def half_energy(x, axis=None):
    """Sum of squares along an axis, with a rule that forgets the 2."""
    return np.sum(x * x, axis=axis)


half_energy.vjp(x=lambda g, x, axis: (g if axis is None else np.expand_dims(g, axis)) * x, axis=None)


def run(code, **names):
    """Run pasted code; its functions go by their names."""
    exec(compile(code, "<pasted>", "exec"), names)


# --- values -----------------------------------------------------------------------------------------------

ARRAYS = {
    "float64": np.array([[1.5, -2.25e-7], [1e300, 0.1]]),
    "float32": np.array([1.5, 0.1], np.float32),
    "float16": np.array([1.5, 0.1], np.float16),
    "int64": np.array([1, -2]),
    "int32": np.array([1, -2], np.int32),
    "uint8": np.array([1, 255], np.uint8),
    "bool": np.array([True, False]),
    "no axes": np.array(0.1),
    "no elements": np.zeros((2, 0, 3)),
    "no elements, integers": np.zeros((0,), np.int64),
    "no elements, float32": np.zeros((0, 2), np.float32),
    "nan and infinities": np.array([math.nan, math.inf, -math.inf, -0.0]),
}


def same(a, b):
    """Whether values are alike to the bit, with types, shapes and dtypes."""
    if isinstance(a, (list, tuple)):
        return type(a) is type(b) and len(a) == len(b) and all(map(same, a, b))
    if isinstance(a, dict):
        return type(a) is type(b) and a.keys() == b.keys() and all(same(a[key], b[key]) for key in a)
    if isinstance(a, np.ndarray):
        return a.shape == b.shape and a.dtype == b.dtype and a.tobytes() == b.tobytes() and a.strides == b.strides
    return type(a) is type(b) and a == b


def evaluated(text):
    return eval(text, {"np": np, "ag": ag, "in_layout": in_layout})


@pytest.mark.parametrize("name", ARRAYS)
def test_arrays_come_back(name):
    assert same(evaluated(code_of(ARRAYS[name])), ARRAYS[name])


def test_an_arrangement_goes_by_its_name():
    with pytest.raises(ag.errors.ArgumentError, match=r"in_layout\(\(2,\) float64, 'reversed'\): .* strided, negative"):
        in_layout(np.ones(2), "reversed")
    with pytest.raises(ag.errors.ArgumentError, match=r"in_layout\(\[1\.0\], 'C'\): want an array"):
        in_layout([1.0], "C")


@pytest.mark.parametrize("layout", LAYOUTS)
@pytest.mark.parametrize("shape", [(), (3,), (1, 3), (3, 1), (2, 3), (2, 3, 2)])
def test_arrangements_in_memory_come_back(shape, layout):
    array = in_layout(np.random.default_rng(0).normal(size=shape), layout)
    back = evaluated(code_of(array))
    assert np.array_equal(back, array) and np.shape(back) == np.shape(array)
    signs = [(np.sign(x.strides).tolist(), x.flags.c_contiguous) for x in map(np.asarray, (array, back))]
    assert signs[0] == signs[1]


@pytest.mark.parametrize(
    "value",
    [
        None,
        True,
        3,
        -2.5,
        "text",
        (1,),
        (1, 2),
        [1, (2.0,)],
        {"a": [None]},
        slice(1, None, 2),
        Ellipsis,
        math.nan,
        np.float64(0.1),
        np.float32(0.1),
        np.int64(3),
        np.bool_(True),
    ],
    ids=repr,
)
def test_other_values_come_back(value):
    back = evaluated(code_of(value))
    assert same(back, value) or (value != value and back != back)


def test_tensors_come_back():
    back = evaluated(code_of(ag.tensor(np.array([1.5, 2.0]))))
    assert isinstance(back, ag.Tensor) and back.dtype == np.float64 and back.tolist() == [1.5, 2.0]


@pytest.mark.parametrize("value", [np.float64, math.inf, np.newaxis])
def test_types_and_infinity_come_back(value):
    assert evaluated(code_of(value)) is value or evaluated(code_of(value)) == value


# --- calls ------------------------------------------------------------------------------------------------


def squares(x, y=2.0):
    """A function that a module defines."""
    return half_square(x) * y


CASES = {
    "one argument": (half_square, (np.array([1.0, 2.0]),), {}),
    "an axis by name": (half_energy, (np.array([[1.0, 2.0]]),), {"axis": 0}),
    "an axis in its place": (half_energy, (np.array([[1.0, 2.0]]), -1), {}),
}


@pytest.mark.parametrize("layout", LAYOUTS)
@pytest.mark.parametrize("name", CASES)
def test_a_failing_call_fails_again(name, layout):
    function, (x, *rest), kwargs = CASES[name]
    code = as_code(Case(function.primitive, (in_layout(x, layout), *rest), kwargs))
    with pytest.raises(GradientCheckError, match="constant factor"):
        run(code, half_square=half_square, half_energy=half_energy)


def test_a_call_of_the_librarys_own_runs_by_itself():
    code = as_code(Case(ag.ops["concatenate"], ([np.array([1.0]), np.array([2.0])],), {"axis": -1}))
    run(code)
    assert "ag.concatenate" in code and "'axis': -1" in code


@pytest.mark.parametrize("name", ["nn.kernels.linear.linear", "nn.kernels.loss.mse_loss"])
def test_a_call_of_nns_own_runs_by_itself(name):
    import nn  # noqa: F401

    args = (
        (np.ones((2, 3)), np.ones((4, 3)), np.ones(4)) if name.endswith("linear") else (np.ones(3), np.zeros(3), "sum")
    )
    run(as_code(Case(ag.ops[name], args, {})))


def test_a_call_of_a_function_of_a_module():
    call, _ = call_of(squares, (np.array([1.0, 2.0]),), {"y": 3.0})
    with pytest.raises(GradientCheckError):
        run(as_code(call), squares=squares)


@pytest.mark.parametrize("domain", [ag.spec.Real(), ag.spec.Real(0.5, 1.0)])
def test_the_example_of_a_report_fails_again(domain):
    report = report_on(half_square, domain=domain, max_examples=20)
    assert not report.ok and report.example in str(report).replace("\n    ", "\n")
    with pytest.raises(GradientCheckError):
        run(report.example, half_square=half_square)


def test_the_example_of_a_rule_that_is_wrong_for_one_arrangement():
    @ag.primitive(domain=ag.spec.Real())
    def double(x):
        return 2 * x

    def rule(g, x):
        is_packed = not isinstance(x, np.ndarray) or x.flags.c_contiguous or x.flags.f_contiguous
        return 2 * g if is_packed else 3 * g

    double.vjp(x=rule)
    with pytest.raises(GradientCheckError) as caught:
        check(double, max_examples=60)
    assert "in_layout" in caught.value.report.example
    with pytest.raises(GradientCheckError):
        run(caught.value.report.example, double=double)


def test_what_is_no_global_function_goes_by_a_name_to_fill_in():
    f = lambda x: half_square(x) + 1  # noqa: E731
    code = as_code(call_of(f, (np.array([1.0]),), {})[0])
    assert "# f is a function of" in code and "ag.gradcheck(f, " in code
    with pytest.raises(GradientCheckError):
        run(code, f=f)
