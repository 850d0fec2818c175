"""The range test and the check on one batch: what they say, and that they leave nothing behind."""

import copy
import re

import numpy as np
import pytest

import autograd as ag
import nn
from nn.data import DataLoader, TensorDataset, load_digits
from nn.effects import random_states
from nn.plots import plot_range_test
from nn.train import RangeTest, lr_find, overfit_one_batch

F = nn.functional


@pytest.fixture
def digits():
    return DataLoader(TensorDataset(*load_digits()), 32, shuffle=True)


def loss_of(model):
    return lambda batch: F.cross_entropy(model(batch[0]), batch[1])


def trained(make_optimizer, rate, data, epochs=3):
    """The loss on all digits after some epochs."""
    ag.manual_seed(1)
    model = nn.models.mlp(64, [128], 10)
    optimizer, compute_loss = make_optimizer(model.parameters(), lr=rate), loss_of(model)
    with np.errstate(over="ignore", invalid="ignore"):
        for epoch in range(epochs):
            for batch in data.batches(epoch):
                optimizer.zero_grad()
                compute_loss(batch).backward()
                optimizer.step()
        with ag.no_grad():
            return compute_loss(load_digits()).item()


# --- the rate -------------------------------------------------------------------------------------------


@pytest.mark.parametrize("make_optimizer", [nn.optim.Adam, nn.optim.SGD])
def test_the_suggestion_trains_and_far_more_does_not(digits, make_optimizer):
    model = nn.models.mlp(64, [128], 10)
    test = lr_find(model, make_optimizer(model.parameters(), lr=0.01), digits, loss_of(model))
    assert trained(make_optimizer, test.suggestion, digits) < 0.35
    assert trained(make_optimizer, 30 * test.suggestion, digits) > 0.7


def test_rates_rise_by_one_factor_and_losses_are_smoothed_as_they_say():
    p = nn.Parameter(np.array([1.0]))
    seen = []

    def compute_loss(batch):
        seen.append(optimizer.param_groups[0]["lr"])
        return (p * p).sum()

    optimizer = nn.optim.SGD([{"params": [p]}, {"params": [nn.Parameter([1.0])], "lr": 0.01}], lr=0.1)
    test = lr_find(nn.Module(), optimizer, [0], compute_loss, start=1e-4, end=1e-2, steps=11)
    np.testing.assert_allclose(seen, 1e-4 * 10 ** (np.arange(11) / 5))
    np.testing.assert_allclose(test.rates, seen)
    x = np.cumprod(np.concatenate([[1], 1 - 2 * test.rates[:-1]]))
    np.testing.assert_allclose(test.losses, x * x)
    weights = 0.9 ** np.arange(11)[::-1]
    for n in range(1, 12):
        assert test.smoothed[n - 1] == pytest.approx(np.average(x[:n] ** 2, weights=weights[-n:]))
    assert test.ended == "done" and p.item() == 1
    assert [group["lr"] for group in optimizer.param_groups] == [0.1, 0.01]


def test_groups_keep_the_ratio_of_their_rates():
    slow, fast = nn.Parameter([1.0]), nn.Parameter([1.0])
    optimizer = nn.optim.SGD([{"params": [slow], "lr": 0.01}, {"params": [fast], "lr": 0.1}], lr=1)
    seen = []
    lr_find(
        nn.Module(),
        optimizer,
        [0],
        lambda batch: (slow * slow + fast * fast).sum(),
        start=1e-3,
        end=1e-2,
        steps=10,
        on_gradients=lambda: seen.append([group["lr"] for group in optimizer.param_groups]),
    )
    np.testing.assert_allclose(seen, np.geomspace(1e-3, 1e-2, 10)[:, np.newaxis] * [0.1, 1.0])


def curve(losses, ended="diverged", smooth=False):
    losses = np.asarray(losses)
    weights = 0.9 ** np.arange(len(losses))[::-1]
    means = [np.average(losses[:n], weights=weights[-n:]) for n in range(1, len(losses) + 1)]
    return RangeTest(np.geomspace(1e-6, 1.0, len(losses)), losses, np.array(means) if smooth else losses, ended)


def test_a_flat_valley_is_entered_not_crossed():
    losses = np.concatenate([np.ones(20), np.linspace(1, 0.1, 10), 0.1 - 0.001 * np.arange(10), [2.0]])
    rates = curve(losses).rates
    assert rates[27] / 10 <= curve(losses).suggestion <= rates[29] / 10
    below_zero = curve(losses - 5)
    assert below_zero.suggestion == curve(losses).suggestion


@pytest.mark.parametrize(
    ("test", "said"),
    [
        (curve(np.linspace(1, 5, 30)), "never fell.*begin below start=1e-06"),
        (curve(1 + 0.1 * np.random.default_rng(0).normal(size=100), smooth=True), "never fell.*differ by"),
        (curve([1.0, 9.0]), "after 2 steps.*had diverged.*smaller start"),
        (curve([], "not finite"), "after 0 steps.*become not finite"),
    ],
)
def test_where_no_rate_is_good_it_says_so(test, said):
    with pytest.raises(ag.errors.ArgumentError, match=f"no rate can be suggested: .*{said}"):
        test.suggestion  # noqa: B018
    assert str(test).startswith("no rate to suggest: ")


def test_it_ends_where_the_loss_is_not_finite():
    p = nn.Parameter([1.0])
    optimizer = nn.optim.SGD([p], lr=1.0)
    losses = iter([3.0] * 8 + [float("inf")])
    test = lr_find(nn.Module(), optimizer, [0], lambda batch: p.sum() * 0 + next(losses))
    assert test.ended == "not finite" and len(test.losses) == 8


def test_gradients_that_are_refused_end_it():
    p = nn.Parameter([1.0])

    def refuse():
        raise ag.errors.NonFiniteError("the norm of the gradients is inf")

    optimizer = nn.optim.SGD([p], lr=1.0)
    test = lr_find(nn.Module(), optimizer, [0], lambda batch: p.sum(), on_gradients=refuse)
    assert test.ended == "not finite" and not len(test.losses)
    test = overfit_one_batch(nn.Module(), optimizer, 0, lambda batch: p.sum(), on_gradients=refuse)
    assert not test.learnt and "not finite after 0 steps" in str(test)


def test_a_loss_below_zero_diverges_when_it_rises():
    p = nn.Parameter([0.0])
    losses = iter([-1.0] * 5 + [-5.0] * 20 + [50.0] * 50)
    test = lr_find(nn.Module(), nn.optim.SGD([p], lr=1.0), [0], lambda batch: p.sum() * 0 + next(losses))
    assert test.ended == "diverged" and 25 < len(test.losses) < 35


def test_the_picture_shows_the_suggestion(tmp_path):
    test = curve(np.concatenate([np.ones(20), np.linspace(1, 0.1, 10), [9.0]]))
    axes = test.plot(tmp_path / "range.svg")
    assert (tmp_path / "range.svg").stat().st_size > 1000
    assert axes.lines[-1].get_xdata()[0] == test.suggestion
    assert axes.get_ylim()[1] < 3
    assert len(plot_range_test(curve([1.0, 2.0, 3.0])).lines) == 2


@pytest.mark.parametrize("wrong", [{"start": 0.0}, {"start": 1.0, "end": 0.1}, {"steps": 9}, {"end": float("inf")}])
def test_arguments_out_of_range(wrong):
    p = nn.Parameter([1.0])
    with pytest.raises(ag.errors.ArgumentError, match=rf"lr_find: .*{next(iter(wrong))}="):
        lr_find(nn.Module(), nn.optim.SGD([p], lr=1.0), [0], lambda batch: p.sum(), **wrong)


def test_losses_and_data_of_no_use():
    p = nn.Parameter([1.0, 2.0])
    optimizer = nn.optim.SGD([p], lr=1.0)
    for data, loss, said in [
        ([0], lambda batch: p.detach().sum(), "needs no gradient"),
        ([0], lambda batch: p * 2, r"shape \(2,\)"),
        ([], lambda batch: p.sum(), "no batches"),
    ]:
        with pytest.raises(ag.errors.ArgumentError, match=f"lr_find: .*{said}"):
            lr_find(nn.Module(), optimizer, data, loss)


# --- nothing is left behind -----------------------------------------------------------------------------


def everything(model, optimizer):
    """All that a test could have changed, as plain data."""
    modes = [module.training for module in model.modules()]
    buffers = {name: buffer.numpy().copy() for name, buffer in model.named_buffers()}
    grads = [None if p.grad is None else p.grad.numpy().copy() for p in model.parameters()]
    return copy.deepcopy(
        [
            model.state_dict(),
            buffers,
            modes,
            grads,
            optimizer.state_dict(),
            random_states(model),
            sorted(vars(model[0])),
        ]
    )


class Seen(nn.Module):
    """Counts its calls, in what is no buffer, and keeps one that is not saved."""

    calls = 0

    def __init__(self):
        self.register_buffer("last", np.zeros(64), persistent=False)

    def forward(self, x):
        self.calls += 1
        self.extra = self.calls
        self.last = ag.Tensor(x.mean(0))
        return x


@pytest.mark.parametrize("ending", ["whole", "error", "interrupt"])
@pytest.mark.parametrize("run", [lr_find, overfit_one_batch])
def test_all_is_as_it_was_to_the_bit(digits, run, ending):
    model = nn.Sequential(
        Seen(),
        nn.Linear(64, 32),
        nn.BatchNorm1d(32),
        nn.Dropout(0.3, rng=np.random.default_rng(3)),
        nn.Dropout(0.3),
        nn.Linear(32, 10),
    )
    images, labels = (array[:32] for array in load_digits())
    images = images.reshape(32, -1)
    optimizer = nn.optim.Adam(model.parameters(), lr=0.01, amsgrad=True)
    compute_loss = loss_of(model)
    for _ in range(3):  # a run that is under way
        optimizer.zero_grad()
        compute_loss((images, labels)).backward()
        optimizer.step()
    model[2].eval()
    before = everything(model, optimizer)
    errors = {"whole": None, "error": ValueError, "interrupt": KeyboardInterrupt}
    steps = []

    def loss(batch):
        steps.append(model[0].calls)
        assert all(module.training for module in model.modules())
        if len(steps) == 12 and errors[ending]:
            raise errors[ending]
        return compute_loss(batch)

    batch = (images, labels)
    given = DataLoader(TensorDataset(*batch), 8) if run is lr_find else batch
    if errors[ending] is None:
        run(model, optimizer, given, loss, steps=15)
        assert len(steps) >= 15
    else:
        with pytest.raises(errors[ending]):
            run(model, optimizer, given, loss, steps=15)
    np.testing.assert_equal(everything(model, optimizer), before)
    assert model[0].calls == 3 and steps[-1] > 3


def test_a_run_goes_on_as_if_nothing_had_been(digits):
    def weights(look):
        ag.manual_seed(5)
        model = nn.Sequential(nn.Flatten(), nn.Dropout(0.2), nn.Linear(64, 10))
        optimizer = nn.optim.Adam(model.parameters(), lr=0.01)
        for number, batch in enumerate(digits.batches(0)):
            if number == 5 and look:
                lr_find(model, optimizer, digits, loss_of(model), steps=20)
                overfit_one_batch(model, optimizer, batch, loss_of(model), steps=5)
            optimizer.zero_grad()
            loss_of(model)(batch).backward()
            optimizer.step()
            if number == 10:
                return model.state_dict()

    np.testing.assert_equal(weights(True), weights(False))


# --- one batch ------------------------------------------------------------------------------------------


def one_batch(model, batch=None, rate=1e-2, steps=200, parameters=None, loss=None, optimizer=nn.optim.Adam):
    images, labels = load_digits()
    batch = batch or (images[:16].reshape(16, -1), labels[:16])
    optimizer = optimizer(parameters or model.parameters(), lr=rate)
    return overfit_one_batch(model, optimizer, batch, loss or loss_of(model), steps=steps)


def test_a_sound_model_learns_a_batch():
    test = one_batch(nn.models.mlp(64, [32], 10))
    assert test.learnt and not test.findings
    assert test.losses[-1] <= test.goal == 0.05 * test.losses[0]
    assert len(test.losses) < 200 and str(test).startswith("one batch, learnt in ")


class Detached(nn.Module):
    def __init__(self):
        self.first, self.second, self.unused = nn.Linear(64, 32), nn.Linear(32, 10), nn.Linear(3, 3)

    def forward(self, x):
        return self.second(self.first(x).detach())


def test_parameters_that_cannot_learn_are_named():
    test = one_batch(Detached(), steps=3)
    assert any("first.weight, first.bias, unused.weight, unused.bias were never given" in f for f in test.findings)
    model = nn.Sequential(nn.Linear(64, 32), nn.ReLU(), nn.Linear(32, 10))
    model[0].bias.data[...] = -100
    assert any(
        f.startswith("0.weight, 0.bias, 2.weight were given gradients of 0") for f in one_batch(model, steps=3).findings
    )
    model = nn.Sequential(nn.Linear(64, 10), nn.Linear(10, 10))
    model[0].requires_grad_(False)
    (first, second, *_) = one_batch(model, steps=3, parameters=[model[1].weight]).findings
    assert first.startswith("1.bias was not in the optimizer")
    assert second.startswith("0.weight, 0.bias were frozen")


def test_a_loss_without_a_graph_is_said():
    model = nn.Linear(64, 10)
    test = one_batch(model, loss=lambda batch: loss_of(model)(batch).detach())
    assert not test.learnt and "detached" in test.findings[0]
    test = one_batch(model.requires_grad_(False))
    assert "weight, bias were frozen" in str(test)


@pytest.mark.parametrize(
    ("rate", "steps", "said"),
    [
        (0.0, 10, "did not change"),
        (1e-4, 30, "still falling.*too low"),
        (0.02, 40, "still falling"),
        (50.0, 50, "too high"),
    ],
)
def test_the_curve_says_what_the_rate_is(rate, steps, said):
    ag.manual_seed(0)
    test = one_batch(nn.models.mlp(64, [32], 10), rate=rate, steps=steps, optimizer=nn.optim.SGD)
    assert not test.learnt
    assert re.search(said, str(test))


def test_batches_that_no_model_can_learn():
    images, labels = load_digits()
    images = images[:16].reshape(16, -1).copy()
    images[7] = images[3]
    model = nn.models.mlp(64, [32], 10)
    assert "Samples 3 and 7 have the same inputs and other targets" in str(one_batch(model, (images, labels[:16])))
    images[7, 0] = np.nan
    test = one_batch(model, (images, labels[:16]))
    assert not test.learnt and "Part 0 of the batch has numbers that are not finite" in str(test)
    assert "never given" not in str(test)


def test_dropout_is_named_and_a_goal_is_asked_for():
    model = nn.Sequential(nn.Linear(64, 10), nn.Dropout(0.9))
    assert any("1 was dropping values" in finding for finding in one_batch(model, steps=20).findings)
    p = nn.Parameter([1.0])
    with pytest.raises(ag.errors.ArgumentError, match="give one"):
        overfit_one_batch(nn.Module(), nn.optim.SGD([p], lr=0.1), None, lambda batch: -(p * p).sum())
    test = overfit_one_batch(nn.Module(), nn.optim.SGD([p], lr=0.1), None, lambda batch: -(p * p).sum(), goal=-2.0)
    assert test.learnt and p.item() == 1
