"""Callbacks that watch the history: early stopping, logs, and curves that grow."""

import csv
import json
import math
import re
import sys
import types

import numpy as np
import pytest

import autograd as ag
import nn
from nn.train import Callback, Checkpoints, CSVLog, EarlyStopping, JSONLinesLog, LivePlot, Trainer

rng = np.random.default_rng(0)
X = rng.normal(size=(24, 3)).astype(np.float32)
Y = (X[:, :1] * 2 + 1).astype(np.float32)


def built(*callbacks, rate=0.01, metrics=(), average=False):
    ag.manual_seed(0)
    model = nn.Sequential(nn.Linear(3, 4), nn.Dropout(0.2), nn.Linear(4, 1))
    optimizer = nn.optim.SGD(model.parameters(), lr=rate, momentum=0.5)
    ema = nn.optim.EMA(model, 0.9) if average else None
    return Trainer(model, nn.functional.mse_loss, optimizer, metrics, callbacks, average=ema)


def fit(trainer, epochs=4, val=True):
    return trainer.fit((X, Y), (X, Y) if val else None, epochs, batch_size=8, progress=False)


class Scripted(Callback):
    """Puts numbers into the history, and has the model's first bias say which epoch it is."""

    def __init__(self, values):
        self.values = values

    def on_epoch_end(self, trainer):
        trainer.history[-1]["score"] = self.values[trainer.epoch - 1]
        trainer.model[0].bias.data[...] = trainer.epoch


class Interrupt(Callback):
    def __init__(self, step):
        self.step = step

    def on_step_end(self, trainer):
        if trainer.step == self.step:
            trainer.stop("interrupted")


# --- early stopping -------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("values", "options", "epochs", "best"),
    [
        ([3, 2, 1, 1, 1, 0], {"patience": 2}, 5, 3),
        ([3, 2, math.nan, math.nan, 0], {"patience": 2}, 4, 2),
        ([math.nan, math.nan, 0], {"patience": 2}, 2, None),
        ([1, 2, 3, 2, 1, 0], {"patience": 2, "mode": "max"}, 5, 3),
        ([3, 2.9, 2.8, 2.7, 0], {"patience": 2, "min_delta": 0.5}, 3, 1),
        ([3, 2.8, 2.4, 2.3, 2.2, 0], {"patience": 2, "min_delta": 0.5}, 5, 3),
        ([3, 4, 2, 5, 1, 6], {"patience": 2}, 6, 5),
    ],
)
@pytest.mark.parametrize("restore_best", [True, False])
def test_it_stops_when_patience_is_lost(values, options, epochs, best, restore_best):
    stopping = EarlyStopping("score", **options, restore_best=restore_best)
    trainer = built(Scripted(values), stopping)
    assert len(fit(trainer, len(values))) == epochs
    assert stopping.best_epoch == best
    assert (trainer.stopped is None) == (epochs == len(values))
    kept = best if restore_best and best else epochs
    np.testing.assert_array_equal(trainer.model[0].bias.numpy(), kept)
    if epochs < len(values):
        assert re.search("stopped early.*score was (best, .* in epoch|never a number)", trainer.stopped)
        assert len(fit(trainer, 20)) == epochs, "what was ended stays ended"


def test_more_is_better_for_accuracies():
    trainer = built(EarlyStopping("r2", 1), rate=0.0, metrics=["r2"])
    trainer.model[1].p = 0.0
    values = iter([0.1, 0.2, 0.3, 0.2])
    trainer.metrics[0].compute = lambda: next(values)
    assert len(fit(trainer, 10, val=False)) == 4


def test_a_name_that_is_not_there():
    with pytest.raises(ag.errors.ArgumentError, match=r"'val_losses'.*loss, mae, val_loss, val_mae"):
        fit(built(EarlyStopping("val_losses"), metrics=["mae"]))
    with pytest.raises(ag.errors.ArgumentError, match="Give fit validation data"):
        fit(built(EarlyStopping()), val=False)
    for wrong in ({"patience": 0}, {"min_delta": -1}, {"mode": "least"}):
        with pytest.raises(ag.errors.ArgumentError, match=f"{next(iter(wrong))}="):
            EarlyStopping(**wrong)


@pytest.mark.parametrize("average", [False, True])
@pytest.mark.parametrize("step", [2, 6, 10, 13])
def test_a_resumed_run_restores_the_same_weights(tmp_path, average, step):
    whole = built(Scripted([3, 1, 2, 2, 2, 2]), EarlyStopping("score", 3), average=average)
    fit(whole, 6)
    parts = [Scripted([3, 1, 2, 2, 2, 2]), EarlyStopping("score", 3), Interrupt(step)]
    first = built(*parts, Checkpoints(tmp_path), average=average)
    fit(first, 6)
    assert first.stopped == "interrupted"
    assert not (first.model[0].bias.numpy() == 2).all() or step < 9, "an interrupted run keeps its last weights"
    parts = [Scripted([3, 1, 2, 2, 2, 2]), EarlyStopping("score", 3), Interrupt(0)]
    second = built(*parts, Checkpoints(tmp_path), average=average)
    assert second.resume(tmp_path) and second.step == step
    fit(second, 6)
    assert second.epoch == whole.epoch == 5
    np.testing.assert_array_equal(second.model[0].bias.numpy(), 2)
    np.testing.assert_equal(second.model.state_dict(), whole.model.state_dict())
    assert second.evaluate((X, Y)) == whole.evaluate((X, Y))


def test_the_restored_weights_are_those_that_were_best(tmp_path):
    trainer = built(EarlyStopping(patience=2), rate=0.05, average=True)
    history = fit(trainer, 30)
    assert trainer.evaluate((X, Y), batch_size=8)["loss"] == pytest.approx(min(history["val_loss"]), rel=1e-6)


# --- logs -----------------------------------------------------------------------------------------------


def csv_rows(path):
    with open(path, newline="") as file:
        return list(csv.DictReader(file))


def json_rows(path):
    return [json.loads(line) for line in path.read_text().splitlines()]


def test_logs_are_the_history(tmp_path):
    paths = tmp_path / "deep" / "run.csv", tmp_path / "run.jsonl"
    seen = []

    class Look(Callback):
        def on_epoch_end(self, trainer):
            seen.append((len(csv_rows(paths[0])), len(json_rows(paths[1]))))

    history = fit(built(CSVLog(paths[0]), JSONLinesLog(paths[1]), Look(), metrics=["mae"]), 3)
    assert seen == [(1, 1), (2, 2), (3, 3)], "lines are there at the end of each epoch"
    assert json_rows(paths[1]) == history.rows
    assert [{name: float(text) for name, text in row.items()} for row in csv_rows(paths[0])] == history.rows
    assert b"\r" not in paths[0].read_bytes()
    fit(built(CSVLog(paths[0]), JSONLinesLog(paths[1])), 1)
    assert len(csv_rows(paths[0])) == len(json_rows(paths[1])) == 1, "a new run begins anew"
    trainer = built(CSVLog(paths[0]))
    fit(trainer, 2)
    fit(trainer, 3)
    assert [row["epoch"] for row in csv_rows(paths[0])] == ["1", "2", "3"]


def test_a_resumed_run_has_each_line_once(tmp_path):
    paths = tmp_path / "run.csv", tmp_path / "run.jsonl"

    def run(step=0):
        callbacks = CSVLog(paths[0]), JSONLinesLog(paths[1]), Checkpoints(tmp_path, every=2), Interrupt(step)
        trainer = built(*callbacks)
        trainer.resume(tmp_path)
        return trainer

    run_of_five = run()
    fit(run_of_five, 5)
    whole = [json_rows(paths[1]), csv_rows(paths[0])]
    newest = sorted((tmp_path / "checkpoints").glob("step-*"))[-1]
    for path in newest.iterdir():
        path.unlink()
    newest.rmdir()  # as if killed in epoch 6, with the checkpoint of epoch 4 the last one
    with open(paths[1], "a") as file:
        file.write('{"epoch": 6, "lo')
    trainer = run()
    assert trainer.epoch == 4
    fit(trainer, 5)
    for rows, before in zip([json_rows(paths[1]), csv_rows(paths[0])], whole, strict=True):
        assert [{**row, "seconds": 0} for row in rows] == [{**row, "seconds": 0} for row in before]


class Strange(nn.metrics.Mean):
    """A matrix, and numbers that are not finite."""

    def update(self, outputs, targets=1.0):
        pass

    def compute(self):
        return np.array([[1.0, np.nan], [np.inf, 4.0]])


def test_arrays_and_what_is_not_finite(tmp_path):
    fit(built(JSONLinesLog(tmp_path / "a.jsonl"), CSVLog(tmp_path / "a.csv"), metrics=[Strange("m")]), 1, val=False)
    assert json_rows(tmp_path / "a.jsonl")[0]["m"] == [[1.0, None], [None, 4.0]]
    assert csv_rows(tmp_path / "a.csv")[0]["m"] == "[[1.0, NaN], [Infinity, 4.0]]"


def test_columns_that_come_later(tmp_path):
    trainer = built(CSVLog(tmp_path / "a.csv"))
    fit(trainer, 1, val=False)
    fit(trainer, 2)
    first, second = csv_rows(tmp_path / "a.csv")
    assert first["val_loss"] == "" and float(second["val_loss"]) > 0


def test_a_disk_that_is_full_for_a_while(tmp_path, capsys):
    path = tmp_path / "run.jsonl"

    class Full(Callback):
        def on_step_end(self, trainer):
            if trainer.step == 4:  # in the second of three epochs
                path.unlink()
                path.mkdir()
            if trainer.step == 7:
                path.rmdir()

    history = fit(built(Full(), JSONLinesLog(path)), 3)
    assert json_rows(path) == history.rows
    assert re.fullmatch(r"not written: .*run.jsonl: .*; training goes on\n", capsys.readouterr().err)


def test_a_folder_that_cannot_be(tmp_path):
    (tmp_path / "file").write_text("")
    with pytest.raises(OSError):
        fit(built(CSVLog(tmp_path / "file" / "run.csv")))


# --- curves ---------------------------------------------------------------------------------------------


@pytest.fixture
def notebook(monkeypatch):
    """What a notebook's kernel has of IPython; the pictures that it was given."""
    shown = []

    class Handle:
        def update(self, image):
            shown.append(("update", image))

    def display(image, display_id):
        shown.append(("new", image))
        return Handle()

    ipython, shows = types.ModuleType("IPython"), types.ModuleType("IPython.display")
    ipython.version_info = (9, 0)  # matplotlib looks at it
    ipython.get_ipython = lambda: types.SimpleNamespace(kernel=object())
    shows.Image = lambda data, format: (format, data)
    shows.display = display
    monkeypatch.setitem(sys.modules, "IPython", ipython)
    monkeypatch.setitem(sys.modules, "IPython.display", shows)
    return shown


def test_a_notebook_shows_one_picture_that_changes(notebook):
    trainer = built(LivePlot(seconds=0))
    fit(trainer, 3)
    assert [kind for kind, _ in notebook] == ["new", "update", "update"]
    assert all(form == "png" and data.startswith(b"\x89PNG") for _, (form, data) in notebook)
    fit(trainer, 4)
    assert notebook[3][0] == "new", "another call of fit is another cell"


def test_drawing_takes_its_time_and_the_last_epoch_is_drawn(notebook):
    fit(built(LivePlot(seconds=1000)), 6)
    assert [kind for kind, _ in notebook] == ["new", "update"]


def test_elsewhere_it_draws_to_a_file_or_not_at_all(tmp_path, monkeypatch):
    monkeypatch.setitem(sys.modules, "IPython", None)
    fit(built(LivePlot(tmp_path / "run.png")), 2)
    assert (tmp_path / "run.png").read_bytes().startswith(b"\x89PNG")
    monkeypatch.setattr("nn.train.history.History.plot", lambda *args: pytest.fail("nobody sees it"))
    fit(built(LivePlot()), 2)


def test_what_is_missing_costs_a_line(tmp_path, monkeypatch, capsys):
    monkeypatch.setitem(sys.modules, "matplotlib.figure", None)
    history = fit(built(LivePlot(tmp_path / "run.png", seconds=0)), 3)
    assert len(history) == 3
    said = capsys.readouterr().err.splitlines()
    assert len(said) == 1 and "pip install" in said[0] and said[0].endswith("training goes on")
    with pytest.raises(ag.errors.ArgumentError, match="seconds=-1"):
        LivePlot(seconds=-1)
