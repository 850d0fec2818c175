"""Beside the trainer: interrupts, models by name, curves, files that are whole."""

import os
import signal
import sys
import threading

import numpy as np
import pytest

import autograd as ag
import nn
from autograd import write_whole
from nn.models import MODELS, mlp
from nn.plots import plot_history
from nn.train import History, stop_on_interrupt
from nn.train.folders import prepare_folder

HISTORY = History(
    [
        {"epoch": 1, "loss": 0.9, "accuracy": 0.7, "val_loss": 0.8, "val_accuracy": 0.75, "lr": 0.1, "seconds": 0.1},
        {"epoch": 2, "loss": 0.4, "accuracy": 0.9, "val_loss": 0.5, "val_accuracy": 0.85, "lr": 0.1, "seconds": 0.1},
    ]
)


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM])
def test_a_second_signal_is_not_waited_for(number):
    def handler(*_):
        raise KeyboardInterrupt

    before = signal.signal(number, handler)
    try:
        with pytest.raises(KeyboardInterrupt), stop_on_interrupt() as stop:
            signal.raise_signal(number)
            assert stop.asked
            signal.raise_signal(number)
        assert signal.getsignal(number) is handler
    finally:
        signal.signal(number, before)


def test_a_signal_that_is_ignored_stays_ignored():
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    with stop_on_interrupt() as stop:
        signal.raise_signal(signal.SIGINT)
    assert not stop.asked and signal.getsignal(signal.SIGINT) is signal.SIG_IGN


def test_other_threads_hear_no_signals():
    seen = []

    def run():
        with stop_on_interrupt() as stop:
            seen.append(stop.asked)

    thread = threading.Thread(target=run)
    thread.start()
    thread.join()
    assert seen == [False]


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
        plot_history(History())


def test_notebooks_show_pictures(monkeypatch):
    test = nn.train.RangeTest(np.geomspace(1e-4, 1, 9), np.linspace(2, 1, 9), np.linspace(2, 1, 9), "done")
    assert repr(test) == str(test)
    for shown in (HISTORY, test):
        assert shown._repr_png_().startswith(b"\x89PNG")
    assert History()._repr_png_() is None
    monkeypatch.setitem(sys.modules, "matplotlib.figure", None)
    assert HISTORY._repr_png_() is None, "then the text is shown"


def test_files_are_whole_or_not_there(tmp_path, monkeypatch):
    path = tmp_path / "file"
    write_whole(path, b"first")

    def fail(*arguments):
        raise OSError("no")

    monkeypatch.setattr("pathlib.Path.replace", fail)
    with pytest.raises(OSError, match="no"):
        write_whole(path, b"second")
    assert path.read_bytes() == b"first" and len(list(tmp_path.iterdir())) == 1


@pytest.mark.skipif(not hasattr(os, "mkfifo"), reason="pipes with names, and links, are of POSIX systems")
def test_links_and_pipes_stay_what_they_are(tmp_path):
    file, link, pipe = (tmp_path / name for name in ("file", "link", "pipe"))
    file.write_bytes(b"first")
    link.symlink_to(file)
    write_whole(link, b"second")
    assert link.is_symlink() and file.read_bytes() == b"second"
    os.mkfifo(pipe)
    reader = os.open(pipe, os.O_RDONLY | os.O_NONBLOCK)
    write_whole(pipe, b"text")
    assert pipe.is_fifo() and os.read(reader, 10) == b"text"
    os.close(reader)
    assert len(list(tmp_path.iterdir())) == 3


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
