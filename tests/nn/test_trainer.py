"""The trainer: its steps, its rows, how it stops and what it says."""

import copy
import re
import signal

import numpy as np
import pytest

import autograd as ag
import nn
from nn.data import DataLoader, TensorDataset
from nn.train import Callback, History, Trainer
from nn.train.progress import say

F = nn.functional


@pytest.fixture
def data():
    inputs = np.random.default_rng(0).normal(size=(50, 4)).astype(np.float32)
    return TensorDataset(inputs, (inputs[:, 0] > 0).astype(np.int64))


def trainer_of(model, *, rate=0.1, metrics=("accuracy",), **options):
    return Trainer(model, F.cross_entropy, nn.optim.SGD(model.parameters(), lr=rate), metrics, **options)


class Turns(Callback):
    """Notes its turns."""

    def __init__(self):
        self.turns = []

    def __getattribute__(self, name):
        if name.startswith("on_"):
            return lambda trainer: self.turns.append((name.removeprefix("on_"), trainer.epoch, trainer.step))
        return super().__getattribute__(name)


# --- what is computed -----------------------------------------------------------------------------------


def test_an_epoch_is_what_its_steps_were(data):
    """The loop against the same steps written out."""
    model, other = nn.Linear(4, 2), nn.Linear(4, 2)
    other.load_state_dict(model.state_dict())
    trainer = trainer_of(model)
    (epoch,) = trainer.fit(DataLoader(data, 16, shuffle=True), DataLoader(data, 50), 1, progress=False)

    optimizer = nn.optim.SGD(other.parameters(), lr=0.1)
    losses, right = [], 0
    for inputs, classes in DataLoader(data, 16, shuffle=True):
        scores = other(inputs)
        loss = F.cross_entropy(scores, classes)
        losses += [loss.item()] * len(classes)
        right += (scores.numpy().argmax(1) == classes).sum()
        optimizer.zero_grad()
        loss.backward()
        optimizer.step()
    assert epoch["loss"] == pytest.approx(np.mean(losses), rel=1e-6)
    assert epoch["accuracy"] == right / 50 and epoch["epoch"] == 1 and epoch["lr"] == 0.1
    np.testing.assert_array_equal(model.weight.numpy(), other.weight.numpy())
    found = trainer.evaluate(data)
    assert (epoch["val_loss"], epoch["val_accuracy"]) == (found["loss"], found["accuracy"])
    assert trainer.last_outputs.shape == (2, 2) and trainer.last_loss == pytest.approx(losses[-1], rel=1e-6)


@pytest.mark.parametrize("accumulate", [2, 3, 10])
def test_batches_together_are_as_one(data, accumulate):
    model, other = nn.Linear(4, 2), nn.Linear(4, 2)
    other.load_state_dict(model.state_dict())
    trainer = trainer_of(model, accumulate=accumulate)
    trainer.fit(DataLoader(data, 8), epochs=2, progress=False)
    together = trainer_of(other)
    together.fit(DataLoader(data, 8 * accumulate), epochs=2, progress=False)
    assert trainer.step == together.step
    np.testing.assert_allclose(model.weight.data, other.weight.data, atol=1e-6)
    assert trainer.history["loss"] == pytest.approx(together.history["loss"], rel=0.1)


def test_gradients_are_clipped_and_weights_penalized(data):
    def change(**options):
        model = nn.Linear(4, 2, rng=np.random.default_rng(0))
        before = model.weight.data.copy()
        trainer_of(model, **options).fit(DataLoader(data, 50), epochs=1, progress=False)
        return model.weight.data - before, before

    assert np.linalg.norm(change(clip_norm=1e-3)[0]) < 1.1e-4
    assert abs(change(clip_value=1e-3)[0]).max() == pytest.approx(1e-4, rel=1e-3)
    plain, weight = change()
    penalized, _ = change(penalty=lambda model: 0.5 * (model.weight * model.weight).sum())
    np.testing.assert_allclose(penalized, plain - 0.1 * weight, atol=1e-6)


def test_an_optimizer_may_ask_for_the_loss_again():
    inputs = np.random.default_rng(0).normal(size=(30, 3))
    targets = inputs @ np.array([[1.0], [2.0], [-1.0]])
    model = nn.Linear(3, 1, dtype="float64")
    optimizer = nn.optim.LBFGS(model.parameters(), max_iter=10)
    history = Trainer(model, F.mse_loss, optimizer).fit([(inputs, targets)], epochs=2, progress=False)
    assert history["loss"][1] < 1e-6 < history["loss"][0], "a row has the loss before the step, once"


def test_schedules_go_on_by_epochs_or_steps(data):
    def rates(build, **options):
        model = nn.Linear(4, 2)
        optimizer = nn.optim.SGD(model.parameters(), lr=0.1)
        trainer = Trainer(model, F.cross_entropy, optimizer, schedule=build(optimizer), **options)
        return trainer.fit(DataLoader(data, 10), epochs=3, progress=False)["lr"]

    schedules = nn.optim.lr_scheduler
    assert rates(lambda o: schedules.ExponentialLR(o, 0.5)) == [0.1, 0.05, 0.025]
    by_step = rates(lambda o: schedules.ExponentialLR(o, 0.5), schedule_every="step")
    assert by_step == pytest.approx([0.1 * 0.5 ** (5 * epoch - 1) for epoch in (1, 2, 3)])
    assert rates(lambda o: schedules.OneCycleLR(o, 1.0, total_steps=15))[-1] < 1e-3
    for kind in (schedules.ReduceLROnPlateau, type("OfOnesOwn", (schedules.ReduceLROnPlateau,), {})):
        plateau = rates(lambda o, kind=kind: kind(o, patience=0, threshold=10.0, threshold_mode="abs"))
        assert plateau == [0.1, 0.1, pytest.approx(0.01)]


def test_averaged_weights_are_what_is_evaluated(data):
    model = nn.Linear(4, 2)
    average = nn.optim.EMA(model, decay=0.99)
    trainer = trainer_of(model, rate=1.0, average=average)
    trainer.fit(data, epochs=2, progress=False)
    own = model.weight.data.copy()
    with average.applied():
        expected = trainer_of(model).evaluate(data)
    assert trainer.evaluate(data) == expected != trainer_of(model).evaluate(data)
    np.testing.assert_array_equal(model.weight.data, own)


def test_evaluation_leaves_no_trace(data):
    model = nn.Sequential(nn.Linear(4, 2), nn.BatchNorm1d(2), nn.Dropout(0.5))
    trainer = trainer_of(model)
    trainer.fit(data, epochs=1, progress=False)
    before = copy.deepcopy(trainer.state_dict()["metrics"])
    assert trainer.evaluate(data) == trainer.evaluate(data), "dropout is off"
    assert model.training and ag.is_grad_enabled() and repr(trainer.state_dict()["metrics"]) == repr(before)
    model[1].eval()
    trainer.evaluate(data)
    assert [module.training for module in model.modules()] == [True, True, False, True]


def test_predictions_in_every_form(data):
    model = nn.Linear(4, 2)
    trainer = trainer_of(model)
    inputs, _ = data.arrays
    expected = model(inputs).numpy()
    for given in (
        inputs,
        ag.tensor(inputs),
        (inputs,),
        data,
        [data.arrays],
        DataLoader(data, 7),
        DataLoader(TensorDataset(inputs), 7),
    ):
        np.testing.assert_allclose(trainer.predict(given, batch_size=16), expected, rtol=1e-5)
    with pytest.raises(ag.errors.ArgumentError, match="the data has no batches"):
        trainer.predict([])
    with pytest.raises(ag.errors.ArgumentError, match=r"a batch is a list, and no tuple.*np\.asarray\(inputs"):
        trainer.predict(inputs.tolist())
    pair = trainer_of(nn.LSTM(4, 2))
    with pytest.raises(TypeError, match="the model returned a tuple; want an array"):
        pair.predict(inputs[:, None])


class Pair(nn.Module):
    def __init__(self):
        self.linear = nn.Linear(2, 1)

    def forward(self, a, b):
        return self.linear(a * b)


def test_models_of_several_inputs():
    rng = np.random.default_rng(0)
    a, b = rng.normal(size=(2, 20, 2)).astype("f4")
    model = Pair()
    trainer = Trainer(model, F.mse_loss, nn.optim.Adam(model.parameters(), lr=0.1))
    history = trainer.fit((a, b, (a * b).sum(1, keepdims=True)), epochs=30, progress=False)
    assert history["loss"][-1] < 0.1 * history["loss"][0]
    assert trainer.predict((a, b)).shape == (20, 1)


# --- turns, stops, interrupts ---------------------------------------------------------------------------


def test_callbacks_have_their_turns(data):
    turns = Turns()
    trainer_of(nn.Linear(4, 2), callbacks=[turns]).fit(DataLoader(data, 25), epochs=2, progress=False)
    step = [("backward_end", 0, 0), ("step_end", 0, 1), ("backward_end", 0, 1), ("step_end", 0, 2)]
    later = [(turn, 1, steps + 2) for turn, _, steps in step]
    assert turns.turns == [
        ("fit_start", 0, 0), ("epoch_start", 0, 0), *step, ("epoch_end", 1, 2),
        ("epoch_start", 1, 2), *later, ("epoch_end", 2, 4), ("fit_end", 2, 4),
    ]  # fmt: skip


class StopAt(Callback):
    def __init__(self, step, how):
        self.step, self.how = step, how

    def on_backward_end(self, trainer):
        if trainer.step == self.step - 1:
            self.how(trainer)


@pytest.mark.parametrize("step", [2, 5, 7])
@pytest.mark.parametrize(
    ("how", "reason"),
    [(lambda t: t.stop("enough"), "enough"), (lambda t: signal.raise_signal(signal.SIGINT), "interrupted")],
    ids=["stop", "Ctrl-C"],
)
def test_a_stop_ends_between_two_steps_and_fit_goes_on_there(data, step, how, reason, capsys):
    model, other = nn.Linear(4, 2), nn.Linear(4, 2)
    other.load_state_dict(model.state_dict())
    loader = DataLoader(data, 10, shuffle=True)
    trainer = trainer_of(model, callbacks=[StopAt(step, how)])
    history = trainer.fit(loader, data, 3)
    assert (trainer.step, trainer.stopped, len(history)) == (step, reason, (step - 1) // 5)
    assert trainer.signal == (signal.SIGINT if reason == "interrupted" else 0)
    assert f"{reason} in epoch {(step - 1) // 5 + 1}, at step {step}" in capsys.readouterr().err
    trainer.callbacks.clear()
    trainer.fit(loader, data, 3, progress=False)
    trainer_of(other).fit(loader, data, 3, progress=False)
    assert trainer.stopped is None and trainer.step == 15
    np.testing.assert_array_equal(model.weight.data, other.weight.data)


def test_epochs_are_counted_from_the_beginning(data, capsys):
    trainer = trainer_of(nn.Linear(4, 2))
    trainer.fit(data, epochs=2, progress=False)
    assert len(trainer.fit(data, epochs=3, progress=False)) == 3
    assert len(trainer.fit(data, epochs=3)) == 3
    assert "3 epochs are complete; epochs=3 counts them all, so nothing is left to do" in capsys.readouterr().err


def test_bars_go_to_a_log_a_line_an_epoch(data, capsys):
    trainer_of(nn.Linear(4, 2)).fit(DataLoader(data, 1), data, 2)
    bars = capsys.readouterr().err
    assert bars.count("50/50, loss ") == 2 and bars.count("/50") <= 4
    assert re.search(r"50/50, loss \d\.\d{4}, accuracy [01]\.\d{4}; val \d\.\d{4}, [01]\.\d{4}", bars)


def test_lines_stand_above_the_bar(data, capsys):
    class Aside(Callback):
        def on_step_end(self, trainer):
            if trainer.step == 3:
                say("aside")

    trainer_of(nn.Linear(4, 2), callbacks=[Aside()]).fit(DataLoader(data, 10), epochs=1)
    assert re.search(r"[\r\n]aside\n", capsys.readouterr().err), "and not behind it"


def test_a_line_search_sees_the_penalty(data):
    """What LBFGS compares is the loss that it is given the gradient of, at the first point as at all others."""
    ends = []
    for is_of_loss in (False, True):
        ag.manual_seed(0)
        model = nn.Linear(4, 2)

        def penalty(module):
            return 10 * (module.weight**2).sum()

        def loss(outputs, target, model=model, is_of_loss=is_of_loss):
            return F.cross_entropy(outputs, target) + (penalty(model) if is_of_loss else 0.0)

        optimizer = nn.optim.LBFGS(model.parameters(), line_search_fn="strong_wolfe")
        trainer = Trainer(model, loss, optimizer, penalty=None if is_of_loss else penalty)
        trainer.fit(data.arrays, batch_size=50, progress=False)
        ends.append(model.weight.numpy())
    np.testing.assert_array_equal(*ends)


# --- losses that are not finite ---------------------------------------------------------------------------


def test_a_program_without_a_console_trains(data, monkeypatch):
    monkeypatch.setattr("sys.stderr", None)
    assert len(trainer_of(nn.Linear(4, 2)).fit(data)) == 1


class Logarithm(nn.Module):
    def forward(self, x):
        return ag.log(x - 100)


def test_the_operation_is_named(data):
    model = nn.Sequential(nn.Linear(4, 2), nn.Dropout(0.5), Logarithm())
    trainer, before = trainer_of(model), model.state_dict()
    with np.errstate(invalid="ignore"), pytest.raises(ag.errors.NonFiniteError) as caught:
        trainer.fit(data, epochs=1, progress=False)
    text = str(caught.value)
    assert "the loss is nan at step 1 (epoch 1, batch 1)" in text and "log: the result is not finite" in text
    assert "in Sequential.2" in text and "those before this step" in text
    np.testing.assert_array_equal(model.state_dict()["0.weight"], before["0.weight"])
    assert len(trainer.history) == 0


def test_weights_and_inputs_that_are_not_finite_are_named(data):
    model = nn.Linear(4, 2)
    with np.errstate(all="ignore"), pytest.raises(ag.errors.NonFiniteError, match=r"weight is not finite .* 1e\+38"):
        Trainer(model, F.mse_loss, nn.optim.SGD(model.parameters(), lr=1e38)).fit(
            [(data.arrays[0] * 1e3, np.ones((50, 2), "f4"))] * 3, epochs=2, progress=False
        )
    inputs = data.arrays[0].copy()
    inputs[3] = np.nan
    with pytest.raises(ag.errors.NonFiniteError, match="the batch has values that are not finite"):
        trainer_of(nn.Linear(4, 2)).fit((inputs, data.arrays[1]), epochs=1, progress=False)


# --- arguments that do not fit ----------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("build", "error", "message"),
    [
        (lambda m, o: Trainer("model", F.mse_loss, o), TypeError, "the model is a str; want an nn.Module"),
        (lambda m, o: Trainer(m, nn.MSELoss, o), TypeError, r"the class MSELoss; .* an object of it, MSELoss\(\)"),
        (lambda m, o: Trainer(m, "mse", o), TypeError, "the loss is a str"),
        (lambda m, o: Trainer(m, o, F.mse_loss), TypeError, r"the loss is a SGD"),
        (lambda m, o: Trainer(m, F.mse_loss, m.parameters()), TypeError, r"want one of nn\.optim.*The order is"),
        (lambda m, o: Trainer(nn.Linear(1, 1), F.mse_loss, o), ValueError, "none of the model's parameters"),
        (
            lambda m, o: Trainer(m, F.mse_loss, o, scheduler=1),
            TypeError,
            "Trainer: there is no scheduler=: .* schedule",
        ),
        (lambda m, o: Trainer(m, F.mse_loss, o, clip=1), TypeError, "Trainer: there is no clip=; .*clip_norm"),
        (lambda m, o: Trainer(m, F.mse_loss, nn.optim.SGD), TypeError, "the optimizer is the class SGD"),
        (lambda m, o: Trainer(m, F.mse_loss, o).fit([], validation_data=[]), TypeError, "its name is val"),
        (lambda m, o: Trainer(m, F.mse_loss, o, accumulate=0), ValueError, "accumulate=0; want a whole number"),
        (lambda m, o: Trainer(m, F.mse_loss, o, clip_norm=0), ValueError, "clip_norm=0; want a number above 0"),
        (lambda m, o: Trainer(m, F.mse_loss, o, clip_value="1"), ValueError, "clip_value='1'; want a number above 0"),
        (lambda m, o: Trainer(m, F.mse_loss, o, schedule_every="day"), ValueError, "want 'epoch' or 'step'"),
        (lambda m, o: Trainer(m, F.mse_loss, o, metrics="acuracy"), ValueError, "accuracy"),
        (lambda m, o: Trainer(m, F.mse_loss, o, metrics=None), TypeError, "metrics is a NoneType; want a list"),
        (lambda m, o: Trainer(m, F.mse_loss, o, ["mae", "mae"]), ValueError, "have 'mae' twice"),
        (lambda m, o: Trainer(m, F.mse_loss, o, [nn.metrics.Mean("loss")]), ValueError, "have 'loss' twice"),
        (lambda m, o: Trainer(m, F.mse_loss, o, callbacks=[Turns]), TypeError, r"an object of it, Turns\("),
        (lambda m, o: Trainer(m, F.mse_loss, o, callbacks=[print]), TypeError, "derived from Callback"),
        (lambda m, o: Trainer(m, F.mse_loss, o, schedule="cosine"), TypeError, r"schedule is a str; .*\.StepLR\("),
        (lambda m, o: Trainer(m, F.mse_loss, o, average=nn.optim.EMA), TypeError, "the class EMA; .* object of it"),
        (lambda m, o: Trainer(m, F.mse_loss, o, average=0.99), TypeError, r"a float; .* nn\.optim\.EMA\(model\)"),
        (lambda m, o: Trainer(m, F.mse_loss, o, penalty=0.1), TypeError, "penalty is a float; want a function"),
        (
            lambda m, o: Trainer(
                m, F.mse_loss, o, schedule=nn.optim.lr_scheduler.ReduceLROnPlateau(o), schedule_every="step"
            ),
            ValueError,
            "ReduceLROnPlateau looks at what an epoch",
        ),
    ],
)
def test_parts_that_do_not_fit(build, error, message):
    model = nn.Linear(1, 1)
    with pytest.raises(error, match=message):
        build(model, nn.optim.SGD(model.parameters()))


@pytest.mark.parametrize(
    ("data", "message"),
    [
        (iter([]), "the data is an iterator .* used up after one pass"),
        (np.zeros((3, 4)), r"the data is a ndarray; want a DataLoader, .* TensorDataset\(inputs, targets\)"),
        (3, "the data is a int"),
        ([], "the data has no batches"),
        ([np.zeros((2, 4))], r"a batch is a ndarray; want a tuple \(input, target\)"),
        ([(np.zeros((2, 4)),)], r"a batch is 1 part; .* give it twice: \(input, input\)"),
        ([{"x": np.zeros((2, 4)), "y": np.zeros(2)}], r"a batch is a dict; .* keys are 'x', 'y': .* collate_fn="),
        (([[1.0, 2.0]], [1, 2]), "equally many"),
    ],
)
def test_data_that_does_not_fit(data, message):
    with pytest.raises(ValueError, match=message):
        trainer_of(nn.Linear(4, 2)).fit(data, progress=False)


@pytest.mark.parametrize("method", ["fit", "evaluate", "lr_find", "overfit_one_batch"])
@pytest.mark.parametrize(
    ("loss", "message"),
    [
        (lambda output, target: None, "the loss function returned None; want a Tensor of one number"),
        (lambda output, target: 0.5, "the loss function returned a float; want a Tensor"),
        (lambda output, target: (output.mean(),), "the loss function returned a tuple; want a Tensor"),
        (lambda output, target: output, r"the loss has shape \(\d+, 2\); want one number"),
    ],
)
def test_a_loss_that_is_no_number(data, method, loss, message):
    model = nn.Linear(4, 2)
    trainer = Trainer(model, loss, nn.optim.SGD(model.parameters()))
    with pytest.raises((TypeError, ag.errors.ShapeError), match=f"{method}: {message}"):
        getattr(trainer, method)(data)


def test_a_loss_without_a_graph(data):
    model = nn.Linear(4, 2)
    trainer = Trainer(model, lambda output, target: output.detach().mean(), nn.optim.SGD(model.parameters()))
    with pytest.raises(ag.errors.ArgumentError, match=r"Trainer.fit: The loss needs no gradient: .* detached"):
        trainer.fit(data, progress=False)


def test_all_callbacks_have_their_last_turn(data):
    """Else hooks and files of one stay behind where another one fails."""

    class Failing(Callback):
        def on_fit_end(self, trainer):
            raise RuntimeError("at the end")

    before, after = Turns(), Turns()
    with pytest.raises(RuntimeError, match="at the end"):
        trainer_of(nn.Linear(4, 2), callbacks=[before, Failing(), after]).fit(data, progress=False)
    assert before.turns[-1] == after.turns[-1] == ("fit_end", 1, 2)


def test_a_history_is_a_table():
    history = History([{"epoch": 1, "loss": 0.5}, {"epoch": 2, "loss": 0.25}])
    assert history["loss"] == [0.5, 0.25] and history[-1]["epoch"] == 2 and len(history[:1]) == 1
    assert [row["epoch"] for row in history] == [1, 2]
    with pytest.raises(ag.errors.ArgumentError, match="the history has no 'los'; it has epoch, loss"):
        history["los"]
