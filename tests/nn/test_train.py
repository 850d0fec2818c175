"""The training loop, models by name, and the training curves."""

import signal

import numpy as np
import pytest

import autograd as ag
import nn
from autograd import write_whole
from nn.data import DataLoader, TensorDataset
from nn.models import MODELS, mlp
from nn.plots import plot_history
from nn.train import Epoch, Stop, evaluate, fit, stop_on_interrupt
from nn.train.files import prepare_folder


@pytest.fixture
def data():
    inputs = np.random.default_rng(0).normal(size=(50, 4)).astype(np.float32)
    return TensorDataset(inputs, (inputs[:, 0] > 0).astype(np.int64))


HISTORY = [Epoch(1, 0.9, 0.7, 0.8, 0.75, 0.1), Epoch(2, 0.4, 0.9, 0.5, 0.85, 0.1)]


def test_an_epoch_is_what_its_steps_were(data):
    """The loop against the same steps written out."""
    model, other = nn.Linear(4, 2), nn.Linear(4, 2)
    other.load_state_dict(model.state_dict())
    train, test = DataLoader(data, 16, shuffle=True), DataLoader(data, 50)
    (epoch,) = fit(model, nn.optim.SGD(model.parameters(), lr=0.1), train, test, 1, progress=False)

    optimizer = nn.optim.SGD(other.parameters(), lr=0.1)
    losses, right = [], 0
    for inputs, classes in DataLoader(data, 16, shuffle=True):
        scores = other(inputs)
        loss = nn.functional.cross_entropy(scores, classes)
        losses += [loss.item()] * len(classes)
        right += (scores.numpy().argmax(1) == classes).sum()
        optimizer.zero_grad()
        loss.backward()
        optimizer.step()
    assert epoch.train_loss == pytest.approx(np.mean(losses), rel=1e-6)
    assert epoch.train_accuracy == right / 50
    np.testing.assert_array_equal(model.weight.numpy(), other.weight.numpy())
    assert (epoch.test_loss, epoch.test_accuracy) == evaluate(other, test)


def test_evaluation_leaves_no_trace(data):
    model = nn.Sequential(nn.Linear(4, 2), nn.Dropout(0.5))
    loader = DataLoader(data, 50)
    assert evaluate(model, loader) == evaluate(model, loader), "dropout is off"
    assert model.training and ag.is_grad_enabled()
    model[1].eval()
    evaluate(model, loader)
    assert [module.training for module in model.modules()] == [True, True, False]


@pytest.mark.parametrize("step", [2, 5, 7])
def test_a_stop_ends_between_two_steps(data, step):
    model, stop, steps = nn.Linear(4, 2), Stop(), []

    class Stopping(nn.optim.SGD):
        def step(self):
            super().step()
            steps.append(True)
            stop.asked = len(steps) == step

    loader = DataLoader(data, 10)
    history = fit(model, Stopping(model.parameters(), lr=0.1), loader, loader, 3, stop=stop, progress=False)
    assert len(steps) == step
    assert len(history) == step // 5, "an epoch that was complete counts"


def test_a_second_interrupt_is_not_waited_for():
    with pytest.raises(KeyboardInterrupt), stop_on_interrupt() as stop:
        signal.raise_signal(signal.SIGINT)
        assert stop.asked
        signal.raise_signal(signal.SIGINT)
    assert signal.getsignal(signal.SIGINT) is signal.default_int_handler


def test_no_epochs(data):
    with pytest.raises(ValueError, match="epochs is 1 or more; got 0"):
        fit(nn.Linear(4, 2), None, DataLoader(data), DataLoader(data), 0)


def test_bars_go_to_a_log_a_line_an_epoch(data, capsys):
    model, loader = nn.Linear(4, 2), DataLoader(data, 1)
    fit(model, nn.optim.SGD(model.parameters(), lr=0.1), loader, loader, 2)
    bars = capsys.readouterr().err
    assert bars.count("50/50, loss ") == 2 and bars.count("/50") <= 4
    assert ", test 0." in bars or ", test 1." in bars


def test_mlp():
    assert MODELS["mlp"] is mlp
    assert [type(layer).__name__ for layer in mlp(6, [4, 3], 2, activation=nn.Tanh, dropout=0.5)] == [
        "Flatten", "Linear", "Tanh", "Dropout", "Linear", "Tanh", "Dropout", "Linear",
    ]  # fmt: skip
    assert mlp(6, [], 2)(ag.zeros(5, 2, 3)).shape == (5, 2)


def test_curves(tmp_path):
    losses, accuracies = plot_history(HISTORY, tmp_path / "curves.png")
    assert (tmp_path / "curves.png").read_bytes().startswith(b"\x89PNG")
    assert [list(line.get_ydata()) for line in losses.lines] == [[0.9, 0.4], [0.8, 0.5]]
    assert [list(line.get_ydata()) for line in accuracies.lines] == [[0.7, 0.9], [0.75, 0.85]]
    assert {line.get_linestyle() for line in losses.lines} == {"-", "--"}, "told apart without colours too"
    plot_history(HISTORY[:1], tmp_path / "one.pdf")
    assert (tmp_path / "one.pdf").read_bytes().startswith(b"%PDF")
    with pytest.raises(ValueError, match="no epochs"):
        plot_history([])


def test_files_are_whole_or_not_there(tmp_path, monkeypatch):
    path = tmp_path / "file"
    write_whole(path, b"first")

    def fail(*arguments):
        raise OSError("no")

    monkeypatch.setattr("pathlib.Path.replace", fail)
    with pytest.raises(OSError, match="no"):
        write_whole(path, b"second")
    assert path.read_bytes() == b"first" and len(list(tmp_path.iterdir())) == 1


def test_an_error_names_the_file_that_was_to_be_written(tmp_path):
    path = tmp_path / "nowhere" / "file"
    with pytest.raises(FileNotFoundError) as caught:
        write_whole(path, b"text")
    assert caught.value.filename == str(path) and str(caught.value).endswith(f"'{path}'")


def test_folders_are_tried(tmp_path):
    prepare_folder(tmp_path / "a" / "b")
    assert list((tmp_path / "a" / "b").iterdir()) == []
    (tmp_path / "file").touch()
    with pytest.raises(OSError):
        prepare_folder(tmp_path / "file")
