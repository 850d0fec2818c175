"""A module as a function of its parameters."""

import numpy as np
import pytest

import autograd as ag
import nn
from autograd.errors import ArgumentError, ShapeError


def model_and_input():
    rng = np.random.default_rng(0)
    model = nn.Sequential(nn.Linear(3, 4), nn.Tanh(), nn.Linear(4, 1))
    return model, rng.standard_normal((5, 3)).astype(np.float32)


def test_it_gives_what_the_module_would_with_these_parameters():
    model, x = model_and_input()
    other, _ = model_and_input()
    got = nn.functional_call(model, other.state_dict(), x)
    np.testing.assert_array_equal(got.numpy(), other(x).numpy())


def test_the_modules_own_parameters_stay_and_get_no_gradient():
    model, x = model_and_input()
    before = dict(model.named_parameters())
    gradients = ag.grad(lambda p: (nn.functional_call(model, p, x) ** 2).sum())(before)
    assert all(after is before[path] for path, after in model.named_parameters())
    assert all(p.grad is None for p in model.parameters())
    (model(x) ** 2).sum().backward()
    for path, p in model.named_parameters():
        np.testing.assert_allclose(gradients[path].numpy(), p.grad.numpy(), rtol=1e-5)


def test_they_stay_also_when_the_call_fails():
    model, _ = model_and_input()
    before = list(model.parameters())
    with pytest.raises(ShapeError):
        nn.functional_call(model, {"0.bias": np.zeros(4, np.float32)}, np.zeros((5, 7), np.float32))
    assert all(a is b for a, b in zip(before, model.parameters(), strict=True))


def test_a_parameter_with_two_places_is_replaced_in_both():
    class Tied(nn.Module):
        def __init__(self):
            self.first = nn.Linear(2, 2, bias=False)
            self.second = nn.Linear(2, 2, bias=False)
            self.second.weight = self.first.weight

        def forward(self, x):
            return self.second(self.first(x))

    got = nn.functional_call(Tied(), {"first.weight": 2 * np.eye(2, dtype=np.float32)}, np.ones((1, 2), np.float32))
    np.testing.assert_array_equal(got.numpy(), [[4.0, 4.0]])


def test_buffers_arguments_and_names():
    class Scale(nn.Module):
        def __init__(self):
            self.register_buffer("by", np.float32([2.0]))

        def forward(self, x, y, power=1):
            return x * y * self.by**power

    module = Scale()
    assert nn.functional_call(module, {}, (3.0, 4.0)).item() == 24.0
    assert nn.functional_call(module, {"by": np.float32([10.0])}, (3.0, 4.0), {"power": 2}).item() == 1200.0


def test_per_example_gradients_and_curvature():
    model, x = model_and_input()
    parameters = dict(model.named_parameters())
    loss = lambda p, x: nn.functional_call(model, p, x).sum()  # noqa: E731
    rows = ag.jacobian(lambda p: nn.functional_call(model, p, x)[:, 0])(parameters)
    for i in range(len(x)):
        alone = ag.grad(loss)(parameters, x[i : i + 1])
        np.testing.assert_allclose(rows["0.weight"].numpy()[i], alone["0.weight"].numpy(), atol=1e-6)
    curvature = ag.hessian(loss)(parameters, x)
    block = curvature["0.weight"]["0.bias"]
    assert block.shape == (4, 3, 4)
    np.testing.assert_allclose(block.numpy(), curvature["0.bias"]["0.weight"].numpy().transpose(1, 2, 0), atol=1e-5)


def test_errors():
    model, x = model_and_input()
    with pytest.raises(ArgumentError, match=r"no parameter or buffer 'weight'.*0\.weight"):
        nn.functional_call(model, {"weight": np.zeros(3)}, x)
    with pytest.raises(ShapeError, match=r"0\.bias was given as \(3,\).*\(4,\)"):
        nn.functional_call(model, {"0.bias": np.zeros(3)}, x)
