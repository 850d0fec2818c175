"""Secant and its kin, where the tables' domains do not go."""

import numpy as np
import pytest

import autograd as ag

DEFINITIONS = {
    "sec": lambda x: 1 / np.cos(x),
    "csc": lambda x: 1 / np.sin(x),
    "cot": lambda x: 1 / np.tan(x),
    "sech": lambda x: 1 / np.cosh(x),
    "csch": lambda x: 1 / np.sinh(x),
    "coth": lambda x: 1 / np.tanh(x),
    "arcsec": lambda x: np.arccos(1 / x),
    "arccsc": lambda x: np.arcsin(1 / x),
    "arccot": lambda x: np.arctan(1 / x),
    "arcsech": lambda x: np.arccosh(1 / x),
    "arccsch": lambda x: np.arcsinh(1 / x),
    "arccoth": lambda x: np.arctanh(1 / x),
}
GRID = np.array([-np.inf, -1e200, -30.0, -1.0, -0.5, -1e-9, 1e-9, 0.5, 1.0, 2.0, 30.0, 1e200, np.inf, np.nan])


@pytest.mark.parametrize("name", DEFINITIONS)
def test_values_and_slopes_are_those_of_the_definition_on_the_whole_line(name):
    x = ag.Tensor(GRID, requires_grad=True)
    with np.errstate(all="ignore"):
        out = getattr(ag, name)(x)
        np.testing.assert_allclose(out.numpy(), DEFINITIONS[name](GRID), rtol=1e-14, atol=1e-307)
        (slope,) = ag.gradients(out.sum(), [x])
        defined = ag.Tensor(GRID, requires_grad=True)
        (wanted,) = ag.gradients(DEFINITIONS[name](defined).sum(), [defined])
    known = (
        np.isfinite(wanted.numpy())
        & np.isfinite(out.numpy())
        & (np.abs(GRID) < 1e100)
        & (np.abs(np.abs(GRID) - 1) > 1e-9)
    )
    np.testing.assert_allclose(slope.numpy()[known], wanted.numpy()[known], rtol=1e-12, atol=1e-20)


@pytest.mark.parametrize("name", DEFINITIONS)
def test_function_and_method_agree_on_lists_integers_and_floats(name):
    x = [1, 2] if name != "arcsech" else [1, 1]
    with np.errstate(divide="ignore"):
        wanted = getattr(ag, name)(x)
        assert wanted.dtype == np.float64
        np.testing.assert_array_equal(getattr(ag.Tensor(np.array(x)), name)().numpy(), wanted)
        assert getattr(ag, name)(x[1]) == wanted[1]
        assert getattr(ag.tensor([1.0, 1.0]), name)().dtype == np.float32


def test_a_reciprocal_of_what_overflows_is_0():
    x = ag.Tensor(np.array([-1000.0, 1000.0]), requires_grad=True)
    for f, limit in ((ag.sech, 0.0), (ag.csch, 0.0), (ag.coth, 1.0)):
        out = f(x)
        np.testing.assert_array_equal(np.abs(out.numpy()), limit)
        np.testing.assert_array_equal(ag.gradients(out.sum(), [x])[0].numpy(), 0.0)


def test_the_inverse_cotangent_jumps_at_0():
    np.testing.assert_array_equal(ag.arccot([0.0, -0.0]), [np.pi / 2, -np.pi / 2])
    x = ag.tensor(0.0, requires_grad=True)
    ag.arccot(x).backward()
    assert x.grad.item() == -1


def test_the_slope_of_the_hyperbolic_cotangent_keeps_its_digits():
    x = ag.Tensor(np.array([20.0]), requires_grad=True)
    np.testing.assert_allclose(ag.gradients(ag.coth(x), [x])[0].numpy(), -1 / np.sinh(20.0) ** 2, rtol=1e-14)
