"""The doctor's gallery: networks made sick in one way are diagnosed, healthy ones are passed; and nothing changes."""

import copy
import json
import math

import numpy as np
import pytest

import autograd as ag
import nn
from nn import functional as F
from nn.data import load_digits
from nn.diagnostics import Course, Diagnose
from nn.diagnostics.report import TABLE
from nn.diagnostics.statistics import MOST, layer_statistics, output_statistics
from nn.models import autoencoder, lenet5, mlp, resnet8, transformer_encoder
from nn.train import Checkpoints, Doctor, Trainer
from nn.train.structures import put_together, take_apart

rng = np.random.default_rng(0)
images, labels = load_digits()
order = rng.permutation(len(labels))
X, Y, VX, VY = images[order[500:]], labels[order[500:]], images[order[:300]], labels[order[:300]]


def adam(model, lr=1e-3):
    return nn.optim.Adam(model.parameters(), lr=lr)


def sgd(model, lr=0.1, **options):
    return nn.optim.SGD(model.parameters(), lr=lr, **options)


def trained(model, optimizer, loss=None, data=(X, Y), val=(VX, VY), steps=60, epochs=3):
    """A training loop written by hand, in a block of Diagnose."""
    loss = loss or nn.CrossEntropyLoss()
    draws = np.random.default_rng(0)
    with np.errstate(all="ignore"), Diagnose(model, optimizer, loss=loss, every=5) as d:
        for _ in range(epochs):
            model.train()
            for _ in range(steps // epochs):
                chosen = draws.integers(len(data[0]), size=32)
                optimizer.zero_grad()
                loss(model(data[0][chosen]), data[1][chosen]).backward()
                optimizer.step()
            with ag.no_grad():
                outputs = model.eval()(val[0])
                accuracy = np.mean(outputs.numpy().argmax(1) == val[1]) if val[1].dtype.kind in "iu" else None
                d.record(val_loss=loss(outputs, val[1]).item(), val_accuracy=accuracy)
    return d


# --- the gallery: sick ----------------------------------------------------------------------------------


def with_weights(model, fill, bias=None):
    """A model whose matrices were filled by an initializer, its biases, where not 0 all but the last, with a number."""
    layers = [module for module in model.modules() if isinstance(module, nn.Linear)]
    for layer in layers:
        fill(layer.weight)
    for layer in layers if bias == 0 else layers[:-1]:
        if bias is not None:
            nn.init.constant_(layer.bias, bias)
    return model


def std(value):
    return lambda weight: nn.init.normal_(weight, std=value)


class Forgetful(nn.Module):
    """A branch whose result is detached, and so never learns."""

    def __init__(self):
        self.seen, self.unseen, self.head = nn.Linear(64, 32), nn.Linear(64, 32), nn.Linear(32, 10)

    def forward(self, x):
        x = x.reshape(len(x), -1)
        return self.head(F.relu(self.seen(x)) + self.unseen(x).detach())


class Logarithm(nn.Module):
    """The logarithm of a rectifier, which is -inf in many places."""

    def forward(self, x):
        return np.log(F.relu(x))


def exploding(model):
    std(2.0)(model.rnn.weight_hh_l0)
    return model


def frozen(model):
    model[1].requires_grad_(False)
    return model


SHUFFLED = Y[:200][np.random.default_rng(1).permutation(200)]
NOISY = np.where(np.arange(200) < 60, np.random.default_rng(5).integers(10, size=200), Y[:200])
RARE = np.r_[np.flatnonzero(Y == 0)[:60], np.flatnonzero(Y == 1)[:2]]

# What is to be found; the model; the optimizer; how else it is trained; where it is found, and what the words say.
SICK = {
    "dead units": (lambda: with_weights(mlp(64, [64, 32], 10), std(0.1), -3.0), adam, {}, "2", "100% of 64 units"),
    "saturated units": (
        lambda: with_weights(mlp(64, [64, 64], 10, activation="Tanh"), std(2.0)), adam, {}, "2", "-1 or 1"),
    "saturated units, sigmoid": (
        lambda: with_weights(mlp(64, [64, 64], 10, activation="Sigmoid"), std(3.0)), adam, {}, "2", "0 or 1"),
    "vanishing gradients": (
        lambda: mlp(64, [64] * 5, 10, activation="Sigmoid"), sgd, {}, "", "sigmoid units, whose slope is at most 1/4"),
    "exploding gradients": (
        lambda: with_weights(mlp(64, [64] * 5, 10), std(1.0)), lambda m: sgd(m, 1e-4), {}, "", "times per layer"),
    "exploding gradients, in time": (
        lambda: exploding(Recurrent(lambda *a, **k: nn.RNN(*a, nonlinearity="relu", **k))), lambda m: sgd(m, 1e-9), {},
        "head.weight", "times that of the weights"),
    "activations change their size": (
        lambda: with_weights(mlp(64, [64] * 5, 10), std(1.0)), lambda m: sgd(m, 1e-4), {}, "", "activations grow"),
    "activations change their size, small": (
        lambda: with_weights(mlp(64, [64] * 5, 10), std(0.01), 0.0), sgd, {}, "", "activations shrink"),
    "symmetric units": (
        lambda: with_weights(mlp(64, [64, 64], 10), nn.init.zeros_, 0.0), sgd, {}, "1.weight, 3.weight, 5.weight",
        "all 0"),
    "symmetric units, constant": (
        lambda: with_weights(mlp(64, [64], 10), lambda w: nn.init.constant_(w, 0.01), 0.0), sgd, {}, "1.weight",
        "equal"),
    "zero gradients": (lambda: mlp(64, [64], 10, activation="Heaviside"), sgd, {}, "1.weight", "exactly 0"),
    "first loss too large": (lambda: with_weights(mlp(64, [], 10), std(10.0)), adam, {}, "", "ln(10) = 2.3"),
    "rate too high": (lambda: mlp(64, [64], 10), lambda m: adam(m, 0.3), {}, "", "above 0.1 is too much"),
    "rate too high, risen": (lambda: mlp(64, [64], 10), lambda m: sgd(m, 20.0), {}, "", "the loss has risen"),
    "rate too low": (lambda: mlp(64, [64], 10), lambda m: sgd(m, 1e-5), {}, "", "Multiply the rate by 1000"),
    "predicts nothing yet": (lambda: mlp(64, [64], 10), lambda m: sgd(m, 1e-5), {}, "", "ln(10) = 2.3"),
    "labels look shuffled": (
        lambda: mlp(64, [256], 10), lambda m: adam(m, 1e-2), {"data": (X[:200], SHUFFLED), "steps": 150}, "",
        "by heart"),
    "overfitting": (
        lambda: mlp(64, [256], 10), lambda m: adam(m, 1e-2), {"data": (X[:200], NOISY), "steps": 200, "epochs": 10},
        "", "validations ago"),
    "inputs not standardized": (
        lambda: mlp(64, [64], 10), adam, {"data": (255 * X, Y), "val": (255 * VX, VY)}, "", "pixels by 255"),
    "no gradient": (Forgetful, adam, {}, "unseen.weight, unseen.bias", "2 parameters"),
    "never updated": (
        lambda: mlp(64, [64], 10), lambda m: adam(m[3]), {}, "1.weight, 1.bias", "the optimizer was not given them"),
    "never updated, all": (lambda: mlp(64, [64], 10), lambda m: sgd(m, 0.0), {}, "", "optimizer.step()"),
    "frozen parameters": (lambda: frozen(mlp(64, [64], 10)), adam, {}, "1.weight, 1.bias", "requires_grad"),
    "softmax before cross entropy": (
        lambda: nn.Sequential(*mlp(64, [64], 10), nn.Softmax(1)), adam, {}, "", "cannot fall below 1.46"),
    "one class only": (
        lambda: mlp(64, [64], 10), adam, {"data": (X[RARE], Y[RARE])}, "", "of the targets are of one class"),
    "not finite": (lambda: nn.Sequential(*mlp(64, [], 10), Logarithm()), sgd, {}, "", "log: the result is not finite"),
    "not finite, weights": (
        lambda: mlp(64, [64], 10), lambda m: sgd(m, 1e30), {}, "", "NaN or infinite numbers since step"),
}  # fmt: skip


@pytest.mark.parametrize("sickness", SICK)
def test_a_network_made_sick_is_diagnosed(sickness):
    make, optimizer, how, layer, words = SICK[sickness]
    model = make()
    report = trained(model, optimizer(model), **how).report()
    name = sickness.partition(",")[0]
    found = [finding for finding in report if finding.name == name and finding.layer == layer]
    assert found, f"{name} at {layer!r} is not among\n{report}"
    assert words in found[0].words + found[0].remedy, str(report)
    assert found[0].remedy.split()[0] in str(report)


def test_every_finding_has_a_sick_network():
    assert {sickness.partition(",")[0] for sickness in SICK} == set(TABLE)


# --- the gallery: healthy -------------------------------------------------------------------------------


class Recurrent(nn.Module):
    """The rows of an image one after the other, through a recurrent layer."""

    def __init__(self, layer):
        self.rnn, self.head = layer(8, 32, batch_first=True), nn.Linear(32, 10)

    def forward(self, x):
        return self.head(self.rnn(ag.tensor(x[:, 0]))[0][:, -1])


class Functional(nn.Module):
    """Activations that are functions, not layers."""

    def __init__(self):
        self.conv, self.hidden, self.head = nn.Conv2d(1, 8, 3), nn.Linear(72, 32), nn.Linear(32, 10)

    def forward(self, x):
        x = F.max_pool2d(F.relu(self.conv(x)), 2)
        return self.head(np.tanh(self.hidden(x.reshape(len(x), -1))))


def convolutional():
    def block(a, b):
        return [nn.Conv2d(a, b, 3, padding=1, bias=False), nn.BatchNorm2d(b), nn.ReLU(), nn.MaxPool2d(2)]

    return nn.Sequential(*block(1, 8), *block(8, 16), nn.Flatten(), nn.Linear(64, 10))


TOKENS = rng.integers(1, 20, (600, 12))
WORDS = {"data": (TOKENS[:500], (TOKENS[:500] > 18).any(1).astype(int)), "steps": 45}
WORDS["val"] = (TOKENS[500:], (TOKENS[500:] > 18).any(1).astype(int))
COLUMNS = rng.normal(size=(500, 5)).astype("f4")
TABLES = (COLUMNS, (COLUMNS @ rng.normal(size=(5, 1))).astype("f4"))

HEALTHY = {
    "MLP": (lambda: mlp(64, [64, 32], 10), adam, {}),
    "MLP, momentum": (lambda: mlp(64, [64, 64], 10), lambda m: sgd(m, 0.05, momentum=0.9), {}),
    "tanh MLP": (lambda: mlp(64, [64, 64, 64], 10, activation="Tanh"), lambda m: sgd(m, 0.1, momentum=0.9), {}),
    "LeNet": (lambda: nn.Sequential(nn.Upsample(scale_factor=3.5), lenet5()), adam, {"steps": 30}),
    "CNN": (convolutional, lambda m: adam(m, 1e-2), {}),
    "RNN": (lambda: Recurrent(nn.RNN), lambda m: adam(m, 5e-3), {}),
    "LSTM": (lambda: Recurrent(nn.LSTM), lambda m: adam(m, 5e-3), {}),
    "GRU": (lambda: Recurrent(nn.GRU), lambda m: adam(m, 5e-3), {}),
    "Transformer": (lambda: transformer_encoder(20, 2, 32, 4, 2, 64), adam, WORDS),
    "resnet8": (lambda: resnet8(10, 1), adam, {"steps": 24}),
    "autoencoder": (
        lambda: autoencoder((1, 8, 8)), lambda m: adam(m, 3e-3), {"loss": nn.MSELoss(), "data": (X, X), "val": (VX, VX)}
    ),
    "regression": (lambda: mlp(5, [32], 1), adam, {"loss": nn.MSELoss(), "data": TABLES, "val": TABLES}),
    "AdamW, dropout": (
        lambda: mlp(64, [128, 64], 10, dropout=0.3), lambda m: nn.optim.AdamW(m.parameters(), lr=1e-3), {}),
    "GELU MLP": (lambda: mlp(64, [64, 64], 10, activation="GELU"), adam, {}),
    "functional": (Functional, lambda m: adam(m, 3e-3), {}),
}  # fmt: skip


@pytest.mark.parametrize("kind", HEALTHY)
def test_a_healthy_network_is_passed(kind):
    make, optimizer, how = HEALTHY[kind]
    model = make()
    d = trained(model, optimizer(model), **how)
    assert not d.report(), str(d.report())
    assert str(d.report()).startswith("Nothing is wrong (looked at ")
    losses = [loss for _, loss in d.course.losses]
    assert np.mean(losses[-5:]) < np.mean(losses[:5])


# --- what is seen ---------------------------------------------------------------------------------------


def test_statistics_are_those_of_the_arrays():
    model = nn.Sequential(nn.Linear(5, 7), nn.ReLU(), nn.Linear(7, 3), nn.Tanh())
    x, before = ag.randn(16, 5), [p.data.copy() for p in model.parameters()]
    with Diagnose(model) as d:
        ((model(x) ** 2).sum() * 3).backward()
        for p in model.parameters():
            p.data[...] -= 0.01 * p.grad.data
    (step,) = d.course.steps
    weights = [ag.Tensor(value, requires_grad=True) for value in before]
    h = x @ weights[0].T + weights[1]
    r = F.relu(h)
    s = r @ weights[2].T + weights[3]
    t = np.tanh(s)
    gradients = ag.gradients((t**2).sum() * 3, [h, s, *weights])
    results = [value.numpy() for value in (h, r, s, t)]
    assert [layer.path for layer in step.layers] == ["0", "1", "2", "3"]
    assert np.allclose([layer.mean for layer in step.layers], [v.mean() for v in results], atol=1e-6)
    assert np.allclose([layer.spread for layer in step.layers], [v.std() for v in results], rtol=1e-5)
    assert np.array_equal(step.layers[1].silent, ~(results[1] > 0).any(0))
    assert math.isclose(step.layers[3].saturated, np.mean(np.abs(results[3]) > 0.97), abs_tol=1e-9)
    seen = [step.layers[0].gradient, step.layers[2].gradient, *(p.gradient for p in step.parameters)]
    assert np.allclose(seen, [np.linalg.norm(g.data) for g in gradients], rtol=1e-5)
    assert np.allclose([p.weight for p in step.parameters], [np.linalg.norm(v) for v in before], rtol=1e-5)
    updates = [np.linalg.norm(p.data - v) for p, v in zip(model.parameters(), before, strict=True)]
    assert np.allclose([p.update for p in step.parameters], updates, rtol=1e-4)
    assert np.allclose(step.input, [x.data.mean(), x.data.std()], atol=1e-6)


@pytest.mark.parametrize(
    ("shape", "channels_first", "unit"),
    [((6, 4), False, 1), ((6, 4, 5, 5), True, 1), ((6, 7, 4), False, 2), ((256, 4, 40, 40), True, 1)],
)
def test_a_dead_unit_is_found_on_its_axis(shape, channels_first, unit):
    array = np.ones(shape, np.float32)
    np.moveaxis(array, unit, 0)[2] = 0
    found = layer_statistics("a", "ReLU", 0, array, channels_first=channels_first)
    assert found.silent.tolist() == [False, False, True, False]
    assert found.dead == 0.25
    assert math.isclose(found.mean, 0.75)
    assert found.samples <= shape[0]


def test_large_activations_are_sampled_evenly_from_all_of_them():
    array = np.broadcast_to(np.arange(512, dtype=np.float32)[:, None, None, None], (512, 8, 32, 32))
    found = layer_statistics("a", "Conv2d", 0, array, channels_first=True)
    assert abs(found.mean - 255.5) < 10
    assert abs(found.spread / array[:, 0, 0, 0].std() - 1) < 0.05
    assert found.samples * 8 <= 2 * MOST


def test_functions_between_layers_are_seen_through_what_they_feed():
    model = Functional()
    nn.init.constant_(model.conv.bias, -100.0)
    d = trained(model, sgd(model, 0.01), steps=15)
    kinds = [(layer.path, layer.kind) for layer in d.course.steps[-1].layers]
    assert kinds == [
        ("conv", "Conv2d"),
        ("hidden", "relu"),
        ("hidden", "Linear"),
        ("head", "tanh"),
        ("head", "Linear"),
    ]
    assert "relu before it" in next(f.words for f in d.report() if f.name == "dead units")


def test_targets_fit_scores_of_sequences_in_both_orders():
    scores, targets = np.zeros((4, 7, 5), np.float32), np.zeros((4, 7), int)
    scores[..., 2] = 1
    assert output_statistics(scores, targets).classes == 5
    assert output_statistics(scores.swapaxes(1, 2), targets).classes == 5
    assert output_statistics(scores, targets).favourite == output_statistics(scores, targets).commonest == 1.0
    assert output_statistics(scores, targets.astype(float)) is None
    assert output_statistics(scores, np.zeros(3, int)) is None


def test_gradients_of_several_passes_are_gathered_until_the_update():
    model = nn.Linear(3, 2)
    optimizer = sgd(model, 0.1)
    with Diagnose(model, optimizer, every=10) as d:
        for step in range(24):
            model(ag.ones(4, 3)).sum().backward()
            if step % 4 == 3:
                optimizer.step()
                optimizer.zero_grad()
    assert [step.step for step in d.course.steps] == [0, 1, 10, 20]
    assert [step.parameters[0].update > 0 for step in d.course.steps] == [False, True, True, True]
    assert "never updated" not in d.report().names


def test_of_many_looks_every_second_is_forgotten():
    model = nn.Linear(3, 2)
    with Diagnose(model, every=1) as d:
        for _ in range(500):
            model(ag.ones(2, 3)).sum().backward()
    assert len(d.course.steps) <= 200
    assert d.course.every == 4
    assert [s.step for s in d.course.steps][:5] == [0, 1, 4, 8, 12]


# --- nothing changes ------------------------------------------------------------------------------------


def test_weights_gradients_and_draws_are_as_without_it():
    def run(watch):
        ag.manual_seed(3)
        layers = nn.Conv2d(1, 4, 3), nn.BatchNorm2d(4), nn.ReLU(), nn.Flatten(), nn.Dropout(0.5), nn.Linear(144, 10)
        model = nn.Sequential(*layers)
        optimizer, loss = adam(model, 1e-2), nn.CrossEntropyLoss()
        d = Diagnose(model, optimizer, loss=loss, every=3)
        if watch:
            d.__enter__()
        for step in range(20):
            optimizer.zero_grad()
            loss(model(X[8 * step : 8 * step + 8]), Y[8 * step : 8 * step + 8]).backward()
            optimizer.step()
        if watch:
            d.__exit__(None, None, None)
            assert not d.course.broken
            assert all(module._hooks is None for module in [*model.modules(), loss])
        gradients = [p.grad.data.copy() for p in model.parameters()]
        return model.state_dict(), gradients, ag.default_generator().bit_generator.state

    (weights, gradients, state), (others, other_gradients, other_state) = run(True), run(False)
    assert all(np.array_equal(weights[path], others[path]) for path in weights)
    assert all(map(np.array_equal, gradients, other_gradients))
    assert state == other_state


def test_the_search_for_what_is_not_finite_changes_nothing():
    def run(watch):
        ag.manual_seed(3)
        norm = nn.BatchNorm1d(10)
        model = nn.Sequential(nn.Linear(64, 10), norm, nn.Dropout(0.5), Logarithm(), nn.Dropout(0.1))
        d = Diagnose(model)
        with np.errstate(all="ignore"):
            if watch:
                with d:
                    model(X[:32].reshape(32, 64))
            else:
                model(X[:32].reshape(32, 64))
        assert not watch or "log: the result is not finite" in d.course.broken[1]
        return norm.running_mean.numpy().copy(), ag.default_generator().bit_generator.state

    (mean, state), (other_mean, other_state) = run(True), run(False)
    assert np.array_equal(mean, other_mean)
    assert state == other_state


def test_a_loss_that_is_not_finite_is_traced_to_its_operation():
    model = nn.Sequential(nn.Linear(64, 10), nn.ReLU())

    def likelihood(p, y):
        return -np.log(p[np.arange(len(y)), y]).mean()

    with np.errstate(all="ignore"), Diagnose(model, loss=likelihood) as d:
        value = likelihood(model(X[:32].reshape(32, 64)), Y[:32])
        d.record(targets=Y[:32], loss=value)
    (found,) = (f for f in d.report() if f.name == "not finite")
    assert "log: the result is not finite" in found.words


def test_a_copy_of_the_model_is_not_watched():
    model = nn.Linear(3, 2)
    with Diagnose(model) as d:
        model(ag.ones(2, 3))
        copy.deepcopy(model)(ag.ones(2, 3))
    assert d.course.count == 1


# --- use and misuse -------------------------------------------------------------------------------------


def test_errors_say_what_to_do():
    model = nn.Linear(3, 2)
    with pytest.raises(ag.errors.ArgumentError, match="has no parameters"):
        Diagnose(nn.ReLU())
    with pytest.raises(TypeError, match="want an nn"):
        Diagnose(lambda x: x)
    with pytest.raises(TypeError, match=r"want one of nn\.optim"):
        Diagnose(model, model.parameters())
    with pytest.raises(ag.errors.ArgumentError, match="every=0"):
        Diagnose(model, every=0)
    with Diagnose(model) as d:
        with pytest.raises(ag.errors.ArgumentError, match="entered already"), d:
            pass
        with pytest.raises(ag.errors.ArgumentError, match="before the model was called"):
            d.record(loss=1.0)
        with ag.no_grad():
            model(ag.ones(2, 3))
        with pytest.raises(ag.errors.ArgumentError, match="no forward pass was seen"):
            d.report()
        with pytest.raises(ag.errors.ArgumentError, match="no forward pass was seen"):
            d.plot()
    with pytest.raises(ag.errors.ArgumentError, match="outside of the block"):
        d.record(loss=1.0)
    with pytest.raises(ag.errors.ArgumentError, match="nothing was seen yet"):
        Doctor().report()


def test_a_block_that_an_error_ends_leaves_no_hooks():
    model = nn.Sequential(nn.Linear(3, 2), nn.ReLU())
    with pytest.raises(ag.errors.ShapeError), Diagnose(model) as d:
        model(ag.ones(2, 5))
    assert all(module._hooks is None for module in model.modules())
    assert not d.report()


def test_a_report_says_each_remedy_once():
    model = with_weights(mlp(64, [64, 32], 10), std(0.1), -3.0)
    report = trained(model, adam(model), steps=15).report()
    assert [f.name for f in report[:2]] == ["dead units", "dead units"]
    assert str(report).count("use LeakyReLU") == 1
    assert report.names.count("dead units") == 1


def test_the_picture_has_a_line_for_each_quantity(tmp_path):
    model = mlp(64, [32, 32], 10)
    d = trained(model, adam(model), steps=15)
    spreads, shares, gradients, updates = d.plot(tmp_path / "diagnosis.png")
    assert (tmp_path / "diagnosis.png").stat().st_size > 1000
    assert spreads.lines[0].get_ydata().tolist() == pytest.approx(
        [np.median([step.layers[i].spread for step in d.course.latest()]) for i in range(5)]
    )
    assert len(shares.patches) == 2
    assert len(gradients.lines[0].get_xdata()) == len(gradients.lines[1].get_xdata()) == 3
    assert len(updates.lines) == 4  # three matrices, and 1e-3
    assert updates.lines[0].get_ydata().tolist() == [step.parameters[0].ratio for step in d.course.steps]


# --- the trainer's callback -----------------------------------------------------------------------------


def trainer_of(model, optimizer, callbacks):
    return Trainer(model, F.cross_entropy, optimizer, ["accuracy"], callbacks)


def test_the_doctor_reports_at_the_end_of_training(capsys):
    model, doctor = mlp(64, [64], 10), Doctor()
    trainer_of(model, adam(model), [doctor]).fit((X, Y), (VX, VY), epochs=2, progress=False)
    out, err = capsys.readouterr()
    assert out == f"{doctor.report()}\n"
    assert out.startswith("Nothing is wrong")
    assert not err
    course = doctor._diagnose.course
    assert course.loss_name == "cross_entropy"
    assert [row.step for row in course.validations] == [41, 82]
    assert len(course.losses) == 82
    assert not math.isnan(course.validations[0].accuracy)
    assert len(doctor.plot()) == 4


def test_the_doctor_says_at_once_what_is_grave(capsys):
    model = mlp(64, [64] * 5, 10, activation="Sigmoid")
    trainer_of(model, sgd(model), [Doctor()]).fit((X, Y), epochs=1, progress=False)
    out, err = capsys.readouterr()
    assert err.count("gradients shrink") == out.count("gradients shrink") == 1
    assert "the doctor, at step" in err


def test_the_doctor_names_what_ended_the_run():
    """A step whose loss is NaN has no end that the trainer could tell of; those before it went well."""
    model, doctor = nn.Linear(4, 2), Doctor(show=False)
    sound = np.ones((8, 4), "f4"), np.zeros(8, int)
    broken = np.full((8, 4), np.nan, "f4"), np.zeros(8, int)
    with pytest.raises(ag.errors.NonFiniteError):
        trainer_of(model, sgd(model), [doctor]).fit([sound] * 3 + [broken], epochs=1, progress=False)
    found = doctor.report()[0]
    assert found.name == "not finite" and "Input 0 of the model is not finite" in found.words


def test_the_doctor_of_a_resumed_run_knows_what_was_before(tmp_path):
    def built():
        ag.manual_seed(0)
        model, doctor = mlp(64, [64], 10), Doctor(show=False)
        return trainer_of(model, adam(model), [doctor, Checkpoints(tmp_path)]), doctor

    trainer, _ = built()
    trainer.fit((X, Y), (VX, VY), epochs=1, progress=False)
    trainer, resumed = built()
    trainer.resume(tmp_path)
    trainer.fit((X, Y), (VX, VY), epochs=2, progress=False)
    course = resumed._diagnose.course
    assert course.count == 82
    assert [row.step for row in course.validations] == [41, 82]
    assert [step for step, _ in course.losses] == list(range(82))
    assert not resumed.report()


def test_a_course_survives_a_checkpoint():
    model = mlp(64, [32, 32], 10)
    d = trained(model, sgd(model, 20.0), steps=15)
    arrays = {}
    tree = json.loads(json.dumps(take_apart(d.state_dict(), arrays)))
    course = Course.from_state(put_together(tree, arrays))
    other = Diagnose(model, d.optimizer, loss=d.loss, every=5)
    other.course = course
    assert str(other.report()) == str(d.report())
    assert len(d.report()) > 0
