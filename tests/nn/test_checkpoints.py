"""Checkpoints: whole or not there, and a run that goes on from one as if it had never stopped."""

import errno
import hashlib
import json
import os
import shutil
import subprocess

import numpy as np
import pytest

import autograd as ag
import nn
from nn.data import DataLoader, TensorDataset
from nn.train import Callback, Checkpoints, EarlyStopping, Trainer, snapshots
from nn.train.structures import put_together, take_apart

INPUTS = np.random.default_rng(0).normal(size=(40, 4)).astype("f4")
DATA = TensorDataset(INPUTS, (INPUTS[:, 0] > 0).astype(int))
LOADER = DataLoader(DATA, 10, shuffle=True)


class StopAt(Callback):
    def __init__(self, step):
        self.step = step

    def on_step_end(self, trainer):
        if trainer.step == self.step:
            trainer.stop("enough")


def built(folder, *callbacks, seed=0, hidden=5, optimizer=nn.optim.Adam, **options):
    ag.manual_seed(seed)
    model = nn.Sequential(nn.Linear(4, hidden), nn.BatchNorm1d(hidden), nn.Dropout(0.2), nn.Linear(hidden, 2))
    checkpoints = Checkpoints(folder, **options)
    return Trainer(
        model, nn.functional.cross_entropy, optimizer(model.parameters()), ["accuracy"], [checkpoints, *callbacks]
    )


def names(folder):
    return sorted(path.name for path in (folder / "checkpoints").iterdir())


def weights(trainer):
    return {name: np.array(value) for name, value in trainer.model.state_dict().items()}


def assert_same(trainer, other):
    for (name, a), b in zip(weights(trainer).items(), weights(other).values(), strict=True):
        np.testing.assert_array_equal(a, b, err_msg=name)


# --- resuming -------------------------------------------------------------------------------------------


@pytest.mark.parametrize("step", [1, 4, 6, 12])
def test_a_stopped_run_goes_on_to_the_bit(tmp_path, step):
    whole = built(tmp_path / "a", StopAt(0))
    whole.fit(LOADER, DATA, 3, progress=False)
    stopped = built(tmp_path / "b", StopAt(step))
    stopped.fit(LOADER, DATA, 3, progress=False)
    assert names(tmp_path / "b")[-1] == f"step-{step:08d}"
    resumed = built(tmp_path / "b", StopAt(0), seed=99)
    assert resumed.resume(tmp_path / "b") and resumed.step == step
    resumed.fit(LOADER, DATA, 3, progress=False)
    assert_same(whole, resumed)
    assert [{**row, "seconds": 0} for row in whole.history] == [{**row, "seconds": 0} for row in resumed.history]


def test_a_run_that_is_killed_after_its_last_checkpoint_ends_as_the_whole_one(tmp_path):
    """What callbacks do at the very end is done again: here the best weights, which are not the last, are put back."""
    whole = built(tmp_path, EarlyStopping("lr", 9))
    whole.fit(LOADER, epochs=3, progress=False)
    assert whole.callbacks[0].best_epoch < 3
    resumed = built(tmp_path, EarlyStopping("lr", 9), seed=99)
    assert resumed.resume(tmp_path) and resumed.epoch == 3
    resumed.fit(LOADER, epochs=3, progress=False)
    assert_same(whole, resumed)


def test_a_run_may_be_taken_further(tmp_path):
    built(tmp_path).fit(LOADER, DATA, 1, progress=False)
    more = built(tmp_path)
    assert more.resume(tmp_path)
    more.fit(LOADER, DATA, 3, progress=False)
    whole = built(tmp_path / "whole")
    whole.fit(LOADER, DATA, 3, progress=False)
    assert_same(more, whole)
    assert not built(tmp_path).resume(tmp_path / "elsewhere"), "nothing there: a script may begin with this line"


def test_the_last_few_and_the_best_are_kept(tmp_path):
    class Scripted(Callback):
        """Says what validation came to."""

        def on_epoch_end(self, trainer):
            trainer.history[-1]["val_loss"] = [3.0, 1.0, 2.0, float("nan")][trainer.epoch - 1]
            seen.append(weights(trainer))

    seen = []
    trainer = built(tmp_path, Scripted(), keep=3, best="val_loss")
    trainer.fit(LOADER, DATA, 4, progress=False)
    assert names(tmp_path) == ["step-00000008", "step-00000012", "step-00000016"]
    nn.load_weights(trainer.model, tmp_path / "best.safetensors")
    for name, value in weights(trainer).items():
        np.testing.assert_array_equal(value, seen[1][name])
    again = built(tmp_path, Scripted(), best="val_loss")
    again.resume(tmp_path)
    assert again.callbacks[-1].best.value == 1.0, "checkpoints come last"


def test_a_run_without_arrays_beside_its_weights(tmp_path):
    built(tmp_path, optimizer=nn.optim.SGD).fit(LOADER, epochs=1, progress=False)
    assert built(tmp_path, optimizer=nn.optim.SGD).resume(tmp_path)


def test_what_is_best_is_a_number(tmp_path):
    trainer = built(tmp_path, best="val_confusion-matrix")
    trainer.metrics.append(nn.metrics.get("confusion-matrix"))
    with pytest.raises(
        ag.errors.ArgumentError, match=r"an array of shape \(2, 2\); want the name of a number: loss, acc"
    ):
        trainer.fit(LOADER, DATA, epochs=1, progress=False)


def test_steps_between_checkpoints(tmp_path):
    built(tmp_path, every=None, every_steps=3, keep=9).fit(LOADER, epochs=2, progress=False)
    assert names(tmp_path) == ["step-00000003", "step-00000006", "step-00000008"], "and one at the end"


def test_another_run_is_not_overwritten_by_accident(tmp_path):
    built(tmp_path).fit(LOADER, epochs=2, progress=False)
    with pytest.raises(
        ag.errors.ArgumentError, match=r"those of another run, the newest step-00000008.*overwrite=True"
    ):
        built(tmp_path).fit(LOADER, epochs=1, progress=False)
    built(tmp_path, overwrite=True).fit(LOADER, epochs=1, progress=False)
    assert names(tmp_path) == ["step-00000004"]


def test_a_run_of_other_parts_is_refused(tmp_path):
    built(tmp_path).fit(LOADER, epochs=1, progress=False)
    other = built(tmp_path, hidden=6)
    with pytest.raises(ag.errors.ArgumentError, match=r"wrong shape: 0\.weight"):
        other.resume(tmp_path)
    assert other.step == 0
    with pytest.raises(ag.errors.ArgumentError, match="has callbacks: Checkpoints; this trainer has StopAt, "):
        built(tmp_path, StopAt(1)).resume(tmp_path)
    with pytest.raises(ag.errors.ArgumentError, match="has optimizer: Adam; this trainer has SGD"):
        built(tmp_path, optimizer=nn.optim.SGD).resume(tmp_path)


@pytest.mark.parametrize(
    "text",
    [
        "null",
        '{"format": 1}',
        '{"format": 1, "state": {"a": {"$array": "b"}}}',
        '{"format": 1, "state": {"a": {"$float": []}}}',
    ],
)
def test_a_state_that_was_changed_by_hand_is_no_state(tmp_path, text, capsys):
    """With the right sums, so that only its content tells."""
    built(tmp_path).fit(LOADER, epochs=2, progress=False)
    changed(tmp_path, lambda state: text)
    assert built(tmp_path).resume(tmp_path)
    assert "step-00000008 is damaged (state.json: " in capsys.readouterr().err


@pytest.mark.parametrize(
    ("name", "value"), [("epoch", None), ("samples", [1]), ("optimizer", 3), ("random", {}), ("kinds", 1)]
)
def test_a_state_with_values_of_other_kinds_is_refused(tmp_path, name, value):
    built(tmp_path).fit(LOADER, epochs=2, progress=False)
    changed(tmp_path, lambda state: json.dumps({"format": 1, "state": {**state, name: value}}))
    with pytest.raises(
        ag.errors.ArgumentError, match=r"Build|step-00000008 holds a state that this trainer cannot take"
    ):
        built(tmp_path).resume(tmp_path)


def changed(folder, change):
    """Change the state of the newest checkpoint, and its sum with it."""
    path = folder / "checkpoints" / "step-00000008"
    path.joinpath("state.json").write_text(change(json.loads(path.joinpath("state.json").read_text())["state"]))
    names = (snapshots.WEIGHTS, snapshots.ARRAYS, snapshots.STATE)
    sums = [f"{hashlib.sha256((path / name).read_bytes()).hexdigest()}  {name}\n" for name in names]
    path.joinpath(snapshots.SUMS).write_text("".join(sums))


def test_what_others_put_beside_checkpoints_is_left_alone(tmp_path, capsys):
    built(tmp_path, keep=1).fit(LOADER, epochs=1, progress=False)
    copy, note = (tmp_path / "checkpoints" / name for name in ("step-00000004-good", "step-notes.txt"))
    shutil.copytree(tmp_path / "checkpoints" / "step-00000004", copy)
    note.touch()
    trainer = built(tmp_path, keep=1)
    assert trainer.resume(tmp_path) and not capsys.readouterr().err
    trainer.fit(LOADER, epochs=2, progress=False)
    assert names(tmp_path) == [copy.name, "step-00000008", note.name]


# --- what goes wrong --------------------------------------------------------------------------------------


@pytest.mark.parametrize("file", [snapshots.WEIGHTS, snapshots.ARRAYS, snapshots.STATE, snapshots.SUMS])
@pytest.mark.parametrize("harm", ["cut", "flip", "remove"])
def test_a_damaged_checkpoint_gives_way_to_the_one_before(tmp_path, file, harm, capsys):
    built(tmp_path).fit(LOADER, epochs=2, progress=False)
    path = tmp_path / "checkpoints" / "step-00000008" / file
    content = bytearray(path.read_bytes())
    if harm == "remove":
        path.unlink()
    elif harm == "cut":
        path.write_bytes(content[: len(content) // 2])
    else:
        content[len(content) // 2] ^= 1
        path.write_bytes(content)
    trainer = built(tmp_path)
    assert trainer.resume(tmp_path) and trainer.step == 4
    said = capsys.readouterr().err
    assert "step-00000008 is damaged (" in said and "step-00000004 is used in its place" in said
    trainer.fit(LOADER, epochs=2, progress=False)
    assert names(tmp_path) == ["step-00000004", "step-00000008"], "the damaged one was written anew"
    for name in names(tmp_path):
        path = tmp_path / "checkpoints" / name / file
        path.write_bytes(b"")
    with pytest.raises(ag.errors.ArgumentError, match=r"no checkpoint in .* is whole: .*step-00000008.*step-00000004"):
        built(tmp_path).resume(tmp_path)


def test_a_full_disk_costs_a_line(tmp_path, monkeypatch, capsys):
    trainer = built(tmp_path)
    trainer.fit(LOADER, epochs=1, progress=False)

    def full(*_):
        raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))

    monkeypatch.setattr("os.fsync", full)
    trainer.fit(LOADER, epochs=2, progress=False)
    assert "step-00000008: No space left on device; training goes on" in capsys.readouterr().err
    assert names(tmp_path) == ["step-00000004"] and trainer.epoch == 2
    monkeypatch.undo()
    trainer.fit(LOADER, epochs=3, progress=False)
    assert names(tmp_path) == ["step-00000004", "step-00000012"]


def test_a_folder_that_cannot_be_written_to_is_an_error_before_the_first_step(tmp_path):
    (tmp_path / "file").touch()
    trainer = built(tmp_path / "file")
    with pytest.raises(OSError):
        trainer.fit(LOADER, epochs=1, progress=False)
    assert trainer.step == 0


def test_what_a_killed_run_left_behind_is_removed(tmp_path):
    (tmp_path / "checkpoints" / f"{snapshots.PART}step-00000002.0badcafe").mkdir(parents=True)
    built(tmp_path).fit(LOADER, epochs=1, progress=False)
    assert names(tmp_path) == ["step-00000004"]


def test_other_tools_can_check_and_read_it(tmp_path):
    trainer = built(tmp_path)
    trainer.fit(LOADER, epochs=1, progress=False)
    (path,) = (tmp_path / "checkpoints").iterdir()
    if shutil.which("sha256sum"):
        subprocess.run(["sha256sum", "--check", "--quiet", snapshots.SUMS], cwd=path, check=True)
    record = json.loads((path / snapshots.STATE).read_text())
    assert record["format"] == 1 and record["state"]["step"] == 4
    other = built(tmp_path).model
    nn.load_weights(other, path / snapshots.WEIGHTS)


# --- state as JSON and arrays -----------------------------------------------------------------------------


def test_state_goes_there_and_back():
    state = {
        "a.b": np.arange(3.0),
        "a": {"b": np.arange(2), 0: {"c": [1, (2.5, float("inf"), None, True)]}, "$x": "text"},
        "n": np.float32(0.1),
        "big": 2**127,
    }
    arrays = {}
    back = put_together(json.loads(json.dumps(take_apart(state, arrays))), arrays)
    np.testing.assert_array_equal(back["a.b"], state["a.b"])
    np.testing.assert_array_equal(back["a"]["b"], state["a"]["b"])
    assert back["a"][0] == {"c": [1, [2.5, float("inf"), None, True]]} and back["a"]["$x"] == "text"
    assert back["n"] == float(np.float32(0.1)) and back["big"] == 2**127
    with pytest.raises(ag.errors.ArgumentError, match=r"state\.f is a function, which a checkpoint cannot hold"):
        take_apart({"f": take_apart}, {})
