"""`gradcheck(locate=True)`: which operation is wrong, on which line of the program, in which module."""

import inspect

import numpy as np
import pytest

import autograd as ag
import nn
from autograd.modes import hooks

HERE = __file__.replace("\\", "/").rsplit("/", 1)[-1]
X = np.array([[0.3, -1.2, 2.0], [1.5, 0.4, -0.7]])

half_square = ag.elementwise(lambda x: x * x, name="half_square", x=lambda g, x: g * x)
minus_sine = ag.elementwise(lambda x: np.sin(x), name="minus_sine", x=lambda g, x: -g * np.cos(x))
frozen_cube = ag.elementwise(  # right at order one alone
    lambda x: x**3, name="frozen_cube", x=lambda g, x: 3 * g * x * (x.numpy() if isinstance(x, ag.Tensor) else x)
)


@ag.custom_vjp
def wrong_tanh(x):
    return np.tanh(x)


wrong_tanh.defvjp(lambda x: (np.tanh(x), np.tanh(x)), lambda y, g: (g * (1 - y),))


class Activation(nn.Module):
    """A module around a function."""

    def __init__(self, function):
        self.function = function

    def forward(self, x):
        return self.function(x)


def located(function, inputs=X, **given):
    report = ag.gradcheck(function, inputs, locate=True, raise_exception=False, **given)
    assert not report.ok
    return report.findings[0]


def line_of(function, text):
    """``file:line`` of the line of a function's source that holds a text."""
    lines, first = inspect.getsourcelines(function)
    (offset,) = [i for i, line in enumerate(lines) if text in line]
    return f"{HERE}:{first + offset}"


def deep(x):
    y = np.tanh(x) * 2
    z = half_square(y) + 1
    return np.sum(np.exp(-z))


@pytest.mark.parametrize("mode", ["full", "directional"])
def test_names_the_operation_and_the_line(mode):
    finding = located(deep, mode=mode)
    assert finding.primitive == "half_square" and finding.verdict == "constant factor"
    assert line_of(deep, "half_square") in finding.line
    assert "half_square" in str(finding) and HERE in str(finding)


def test_the_numbers_are_those_of_the_operation():
    finding = located(deep)
    assert finding.ratio == pytest.approx(0.5) and finding.argument == "x"


def two(x):
    y = minus_sine(x)
    z = half_square(y)
    return y + z


def test_of_two_the_first():
    assert located(two).primitive == "minus_sine"
    assert line_of(two, "minus_sine") in located(two).line


def test_the_same_operation_right_at_first_and_wrong_later():
    def forward(x):
        return half_square(half_square(x - x.detach()) + x)

    finding = located(lambda x: forward(x), X)
    assert finding.primitive == "half_square"


def test_the_path_of_the_module():
    model = nn.Sequential(nn.Linear(3, 4), nn.Sequential(nn.Tanh(), Activation(half_square)), nn.Linear(4, 2))
    finding = located(model)
    assert finding.primitive == "half_square" and "1.1" in finding.scope
    assert "1.1" in str(finding)


def test_an_operation_of_parameters_alone():
    class Model(nn.Module):
        def __init__(self):
            self.scale = nn.Parameter(ag.ones(3))

        def forward(self, x):
            return x * half_square(self.scale)

    assert located(Model()).primitive == "half_square"


def calls_wrong_tanh(x):
    y = x * 2
    return wrong_tanh(y) + 1


def test_a_rule_of_the_users_own():
    finding = located(calls_wrong_tanh)
    assert finding.primitive == "wrong_tanh"
    assert line_of(calls_wrong_tanh, "wrong_tanh(y)") in finding.line


def test_a_rule_that_is_right_before_one_that_is_wrong():
    @ag.custom_vjp
    def double(x):
        return 2 * x

    double.defvjp(lambda x: (2 * x, None), lambda _, g: (2 * g,))
    assert located(lambda x: wrong_tanh(double(x))).primitive == "wrong_tanh"


def test_inside_a_checkpoint():
    inside = ag.checkpoint(lambda x: half_square(np.tanh(x)))
    assert "half_square" in located(lambda x: inside(x) * 2).primitive


def test_inside_a_composite():
    @ag.primitive
    def mean_of_squares(x):
        return np.mean(x * x)

    mean_of_squares.vjp(x=lambda g, x: g * 2 * x)
    finding = located(lambda x: np.exp(mean_of_squares(np.tanh(x))))
    assert finding.primitive == "mean_of_squares" and "6" in finding.text


def test_a_value_that_left_the_graph():
    report = ag.gradcheck(lambda x: np.sum(x * np.exp(x).numpy()), X, locate=True, raise_exception=False)
    assert "each operation is right by itself" in report.findings[-1].text
    assert ".numpy()" in str(report) and not any(finding.primitive for finding in report.findings)
    assert len(report.findings) > 1, "what was found of the whole comes after"


def test_where_no_operation_is_in_the_graph():
    report = ag.gradcheck(lambda x: np.sum(x.numpy() ** 2), X, locate=True, raise_exception=False)
    assert "left the graph" in str(report)


def test_a_fault_at_second_order():
    f = lambda x: np.sum(frozen_cube(np.tanh(x)))  # noqa: E731
    assert ag.gradcheck(f, X, locate=True)
    finding = located(f, order=2)
    assert finding.primitive == "frozen_cube" and finding.order == 2


def test_integer_arguments_and_several_arrays():
    @ag.primitive
    def weighted(x, weight, index):
        return x[index] * weight

    weighted.vjp(
        x=lambda g, x, weight, index: ag.add_at(g, index, x.shape), weight=lambda g, x, index: g * x[index], index=None
    )
    finding = located(lambda x: weighted(np.tanh(x), np.array([[2.0, 3.0, 4.0]]), [1]), X)
    assert finding.primitive == "weighted" and finding.argument == "x"


def test_a_wrong_primitive_by_itself():
    finding = located(half_square)
    assert finding.primitive in ("", "half_square") and finding.verdict == "constant factor"


def test_nothing_is_located_where_all_is_right():
    report = ag.gradcheck(lambda x: np.sum(np.tanh(x)), X, locate=True)
    assert report.ok and not report.findings


def test_random_operations_are_checked_at_the_values_that_they_had():
    model = nn.Sequential(nn.Linear(3, 8), nn.Dropout(0.5), Activation(half_square))
    assert located(model).primitive == "half_square"


def test_it_is_recommended():
    report = ag.gradcheck(deep, X, raise_exception=False)
    assert any("locate=True" in note for note in report.notes)


def test_recording_ends_where_the_function_raises():
    def f(x):
        if hooks.call is not None:
            raise KeyError("while it is watched")
        return half_square(x) + 1

    with pytest.raises(KeyError, match="while it is watched"):
        located(f)
    assert hooks.call is None
