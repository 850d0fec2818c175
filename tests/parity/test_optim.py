"""`nn.optim` beside PyTorch: trajectories, missing gradients, options that change, state dicts of the other library."""

import numpy as np
import pytest

import autograd as ag
import nn

try:
    import torch
except ImportError:
    torch = None
else:
    torch.set_num_threads(1)

pytestmark = pytest.mark.skipif(torch is None, reason="PyTorch is not installed: make test-parity")

OPTIMIZERS = [
    ("SGD", {"lr": 0.1}),
    ("SGD", {"lr": 0.05, "weight_decay": 0.3, "maximize": True}),
    ("SGD", {"lr": 0.05, "momentum": 0.9, "weight_decay": 0.1}),
    ("SGD", {"lr": 0.05, "momentum": 0.9, "dampening": 0.3, "maximize": True}),
    ("SGD", {"lr": 0.05, "momentum": 0.9, "nesterov": True, "weight_decay": 0.01}),
    ("Adagrad", {}),
    ("Adagrad", {"lr": 0.2, "lr_decay": 0.1, "weight_decay": 0.1, "initial_accumulator_value": 0.5, "eps": 1e-3}),
    ("Adagrad", {"lr": 0.01, "maximize": True}),
    ("Adadelta", {}),
    ("Adadelta", {"lr": 0.5, "rho": 0.7, "eps": 1e-3, "weight_decay": 0.1}),
    ("Adadelta", {"lr": 0.5, "eps": 1e-4, "maximize": True}),
    ("RMSprop", {}),
    ("RMSprop", {"lr": 0.02, "alpha": 0.9, "eps": 1e-3, "weight_decay": 0.1, "momentum": 0.8}),
    ("RMSprop", {"lr": 0.02, "alpha": 0.9, "centered": True}),
    ("RMSprop", {"lr": 0.01, "momentum": 0.9, "centered": True, "maximize": True}),
    ("Adam", {}),
    ("Adam", {"lr": 0.05, "betas": (0.8, 0.95), "eps": 1e-3, "weight_decay": 0.1}),
    ("Adam", {"lr": 0.05, "amsgrad": True, "maximize": True}),
    ("AdamW", {"lr": 0.05}),
    ("AdamW", {"lr": 0.05, "weight_decay": 0.2, "amsgrad": True}),
    ("Adamax", {}),
    ("Adamax", {"lr": 0.05, "betas": (0.8, 0.95), "eps": 1e-3, "weight_decay": 0.1, "maximize": True}),
    ("NAdam", {}),
    ("NAdam", {"lr": 0.05, "betas": (0.8, 0.95), "eps": 1e-3, "weight_decay": 0.1, "momentum_decay": 0.3}),
    ("NAdam", {"lr": 0.05, "weight_decay": 0.1, "decoupled_weight_decay": True, "maximize": True}),
    ("RAdam", {}),
    ("RAdam", {"lr": 0.05, "betas": (0.8, 0.95), "eps": 1e-3, "weight_decay": 0.1}),
    ("RAdam", {"lr": 0.05, "weight_decay": 0.1, "decoupled_weight_decay": True, "maximize": True}),
]
each_optimizer = pytest.mark.parametrize(("name", "options"), OPTIMIZERS)


@pytest.fixture(autouse=True)
def in_float64():
    """PyTorch keeps numbers such as NAdam's mu_product in its default dtype, whatever the parameters have."""
    before = torch.get_default_dtype()
    torch.set_default_dtype(torch.float64)
    yield
    torch.set_default_dtype(before)


def assert_equal(ours, theirs, tolerance=1e-10):
    for p, q in zip(ours, theirs, strict=True):
        np.testing.assert_allclose(p.data, q.detach().numpy(), rtol=tolerance, atol=tolerance)


class Twins:
    """A small tanh network with random inputs, none of it quadratic, in both libraries."""

    def __init__(self, name, options):
        self.name = name
        self.draws = np.random.default_rng(3)
        arrays = [self.draws.normal(size=shape) for shape in [(4, 3), (4,), (2, 4), ()]]
        self.ours = [nn.Parameter(array.copy()) for array in arrays]
        self.theirs = [torch.nn.Parameter(torch.tensor(array)) for array in arrays]
        self.optimizer = getattr(nn.optim, name)(self.ours, **options)
        self.torch_optimizer = getattr(torch.optim, name)(self.theirs, **options)

    def step(self, skip=()):
        x = self.draws.normal(size=(5, 3))
        for params, tanh, kit in ((self.ours, np.tanh, ag), (self.theirs, torch.tanh, torch)):
            w1, b1, w2, s = params
            for p in params:
                p.grad = None
            (tanh(tanh(kit.tensor(x) @ w1.T + b1) @ w2.T - s) ** 2).sum().backward()
            for number in skip:
                params[number].grad = None
        self.optimizer.step()
        self.torch_optimizer.step()

    def change(self, **options):
        for optimizer in (self.optimizer, self.torch_optimizer):
            optimizer.param_groups[0].update(options)


@each_optimizer
def test_fifty_steps_of_an_optimizer(name, options):
    twins = Twins(name, options)
    for _ in range(50):
        twins.step()
        assert_equal(twins.ours, twins.theirs)


@each_optimizer
def test_missing_gradients_and_options_that_change(name, options):
    """As schedules change them: the rate in each step, momentum and betas too."""
    twins = Twins(name, options)
    group = dict(twins.optimizer.param_groups[0])
    for step in range(50):
        wave = np.sin(step)
        twins.change(lr=np.float64(group["lr"] * (1 + 0.5 * wave)))
        if "betas" in group:
            twins.change(betas=(group["betas"][0] + 0.05 * wave, group["betas"][1]))
        if group.get("momentum"):
            twins.change(momentum=group["momentum"] + 0.05 * wave)
        twins.step(skip=[number for number in range(4) if (step * number) % 3 == 1])
        assert_equal(twins.ours, twins.theirs)


@each_optimizer
def test_an_optimizer_goes_on_from_pytorchs_state_dict(name, options):
    twins = Twins(name, options)
    for step in range(20):
        if step == 10:
            twins.optimizer = getattr(nn.optim, name)(twins.ours, lr=9.0)
            twins.optimizer.load_state_dict(twins.torch_optimizer.state_dict())
        twins.step(skip=[number for number in range(4) if number == step % 5])
        assert_equal(twins.ours, twins.theirs)


@each_optimizer
def test_states_have_pytorchs_names(name, options):
    twins = Twins(name, options)
    twins.step()
    ours, theirs = twins.optimizer.state_dict()["state"], twins.torch_optimizer.state_dict()["state"]
    assert ours.keys() == (theirs or ours).keys()
    assert ours[0].keys() == theirs.get(0, {}).keys() | {"step"}, "PyTorch's SGD counts no steps"


# --- LBFGS ----------------------------------------------------------------------------------------------


def rosenbrock(x, y):
    """Of two parameters of different shapes, from which the vector is put together."""
    return (1 - x) ** 2 + 100 * (y[0] - x**2) ** 2


def lbfgs_step(params, optimizer, evaluations):
    def closure():
        optimizer.zero_grad()
        loss = rosenbrock(*params)
        loss.backward()
        evaluations.append(loss.item())
        return loss

    return optimizer.step(closure).item()


@pytest.mark.parametrize(
    "options",
    [
        {"line_search_fn": "strong_wolfe"},
        {"line_search_fn": "strong_wolfe", "history_size": 3, "max_iter": 4},
        {"line_search_fn": "strong_wolfe", "lr": 30.0, "max_eval": 7},
        {"lr": 0.001, "max_iter": 5},
        {"lr": 0.01, "history_size": 2, "max_iter": 3, "max_eval": 2},
        {"lr": 0.02, "max_iter": 10, "tolerance_grad": 5.0, "tolerance_change": 1e-3},
        {"lr": 0.5, "tolerance_grad": 1e-2, "tolerance_change": 0.1},
    ],
)
def test_lbfgs_on_rosenbrock(options):
    starts = np.array(-1.2), np.array([1.0])
    ours, theirs = [nn.Parameter(a) for a in starts], [torch.nn.Parameter(torch.tensor(a)) for a in starts]
    optimizers = nn.optim.LBFGS(ours, **options), torch.optim.LBFGS(theirs, **options)
    losses = [], []
    for step in range(10):
        if step == 3:
            state = optimizers[1].state_dict()
            optimizers = nn.optim.LBFGS(ours), optimizers[1]
            optimizers[0].load_state_dict(state)
        results = [lbfgs_step(*each) for each in zip((ours, theirs), optimizers, losses, strict=True)]
        tolerance = 1e-10 if step < 5 else 1e-7  # a narrow valley: its iterations multiply differences of rounding
        np.testing.assert_allclose(results[0], results[1], rtol=tolerance, atol=tolerance)
        assert_equal(ours, theirs, tolerance)
    assert len(losses[0]) == len(losses[1])
    state = optimizers[1].state_dict()["state"][0]
    assert {k: v for k, v in optimizers[0].state_dict()["state"][0].items() if k in ("func_evals", "n_iter")} == {
        k: state[k] for k in ("func_evals", "n_iter")
    }


@pytest.mark.parametrize("options", [{"line_search_fn": "strong_wolfe", "max_iter": 4}, {"lr": 0.1, "max_iter": 2}])
def test_lbfgs_over_50_steps_on_a_random_problem(options):
    """A ridge regression with a loss that is not quadratic: well conditioned, so that rounding is not multiplied."""
    rng = np.random.default_rng(0)
    inputs, targets, start = rng.normal(size=(40, 6)), rng.normal(size=(40, 1)), rng.normal(size=(6, 1))
    ours, theirs = nn.Parameter(start.copy()), torch.nn.Parameter(torch.tensor(start))
    optimizers = nn.optim.LBFGS([ours], **options), torch.optim.LBFGS([theirs], **options)

    def closure(p, optimizer, x, y):
        def compute():
            optimizer.zero_grad()
            error = x @ p - y
            loss = ((1 + error * error) ** 0.5).mean() + 0.1 * (p * p).sum()
            loss.backward()
            return loss

        return compute

    ours_of = closure(ours, optimizers[0], inputs, targets)
    theirs_of = closure(theirs, optimizers[1], torch.tensor(inputs), torch.tensor(targets))
    for _ in range(50):
        results = optimizers[0].step(ours_of).item(), optimizers[1].step(theirs_of).item()
        np.testing.assert_allclose(*results, rtol=1e-10)
        assert_equal([ours], [theirs], 1e-10)
