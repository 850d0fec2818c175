"""The worked examples: plain NumPy code that runs on arrays and on Tensors, and reaches answers that are known."""

import importlib.util
import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest

import autograd as ag

FOLDER = Path(__file__).parents[1] / "docs" / "examples"


def example(name):
    spec = importlib.util.spec_from_file_location(name, FOLDER / f"{name}.py")
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


def differences(f, x, step=1e-5):
    """The gradient of a function of a vector by central differences."""
    units = np.eye(len(x)) * step
    return np.array([(f(x + unit) - f(x - unit)) / (2 * step) for unit in units])


@pytest.mark.parametrize("name", sorted(path.stem for path in FOLDER.glob("*.py")))
def test_its_output_is_what_the_page_says(name):
    run = [sys.executable, FOLDER / f"{name}.py"]
    output = subprocess.run(run, capture_output=True, text=True, check=True).stdout
    assert output in (FOLDER / "README.md").read_text(encoding="utf-8"), output


def test_newtons_method_converges_quadratically():
    module = example("rosenbrock")
    points = module.newton(module.rosenbrock, np.array([-1.2, 1.0]), steps=7)
    np.testing.assert_allclose(points[-1], [1.0, 1.0], atol=1e-14)
    errors = [np.linalg.norm(point - 1) for point in points[-4:-1]]
    assert errors[1] < 10 * errors[0] ** 2 and errors[2] < 10 * errors[1] ** 2
    many = module.newton(module.rosenbrock, np.full(6, 0.9), steps=12)[-1]
    np.testing.assert_allclose(many, np.ones(6), atol=1e-12)


def test_the_likelihood_of_a_gaussian_process():
    module = example("gaussian_process")
    x, y = module.data()
    parameters = {"log_length": np.float64(0.2), "log_height": np.float64(-0.1), "log_noise": np.float64(-1.3)}
    value, slope = ag.value_and_grad(module.log_likelihood)(parameters, x, y)
    other, other_slope = ag.value_and_grad(module.log_likelihood_by_determinant)(parameters, x, y)
    assert value == pytest.approx(module.log_likelihood(parameters, x, y), rel=1e-12)
    assert value == pytest.approx(other, rel=1e-9)
    covariance = module.kernel(x, x, parameters)
    inverse = np.linalg.inv(covariance + np.exp(-2.6) * np.eye(len(x)))
    weights = inverse @ y
    of_covariance = 0.5 * (np.outer(weights, weights) - inverse)  # Rasmussen and Williams 2006, eq. 5.9
    distance = ((x[:, None] - x[None, :]) / np.exp(0.2)) ** 2
    assert slope["log_length"] == pytest.approx(np.sum(of_covariance * covariance * distance), rel=1e-8)
    assert slope["log_height"] == pytest.approx(np.sum(of_covariance * 2 * covariance), rel=1e-8)
    assert slope["log_noise"] == pytest.approx(2 * np.exp(-2.6) * np.trace(of_covariance), rel=1e-8)
    for name in parameters:
        assert other_slope[name] == pytest.approx(slope[name], rel=1e-8)
    hessian = ag.hessian(module.log_likelihood)(parameters, x, y)
    assert hessian["log_noise"]["log_length"] == pytest.approx(hessian["log_length"]["log_noise"], rel=1e-7)


def test_noise_levels_of_a_kalman_filter():
    module = example("kalman")
    positions = module.data(steps=40)
    at = np.log([0.2, 1.5])
    f = lambda log_noise: module.log_likelihood(log_noise, positions)  # noqa: E731
    np.testing.assert_allclose(ag.grad(f)(at), differences(f, at), rtol=1e-6)
    np.testing.assert_allclose(ag.hessian(f)(at), ag.jacobian(ag.grad(f))(at).T, rtol=1e-9)
    curvature = np.array([differences(lambda x, i=i: ag.grad(f)(x)[i], at) for i in range(2)])
    np.testing.assert_allclose(ag.hessian(f)(at), curvature, rtol=1e-5, atol=1e-5)


def test_a_throw_that_is_aimed():
    module = example("physics")
    velocity = np.array([4.2, 4.1])
    np.testing.assert_allclose(ag.grad(module.miss)(velocity), differences(module.miss, velocity), rtol=1e-6)
    np.testing.assert_array_equal(ag.jacobian(module.simulate)(velocity).shape, (70, 2, 2))
    aimed, misses = module.aim(np.array([4.0, 4.0]))
    assert misses[-1] < 1e-10 < misses[0]
    assert np.min(module.simulate(aimed)[:, 1]) < 0.1  # it has bounced
