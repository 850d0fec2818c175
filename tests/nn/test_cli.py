"""The command, end to end: what it writes and prints, what it refuses, and how it ends early."""

import json
import signal
import struct
import subprocess
import sys
import threading

import numpy as np
import pytest

import nn
from nn import cli
from nn.commands import classify, runs
from nn.data import load_digits, stratified_split
from nn.models import mlp
from nn.train import Trainer

FILES = [
    "checkpoints", "curves.png", "graph.dot", "graph.svg", "history.json", "log.csv", "model.safetensors", "run.toml",
]  # fmt: skip


@pytest.fixture
def train(tmp_path, capfd):
    """Runs ``glassgrad train``: exit code, lines on stdout, what is on stderr."""

    def run(*arguments, out=tmp_path / "run"):
        code = cli.main(["train", "--out", str(out), *arguments])
        printed = capfd.readouterr()
        return code, printed.out.splitlines(), printed.err

    return run


@pytest.fixture
def resume(tmp_path, capfd):
    """Runs ``glassgrad resume``, likewise."""

    def run(*arguments, out=tmp_path / "run"):
        code = cli.main(["resume", str(out), *arguments])
        printed = capfd.readouterr()
        return code, printed.out.splitlines(), printed.err

    return run


def names_in(folder):
    return sorted(path.name for path in folder.iterdir())


def test_a_run(train, tmp_path):
    code, lines, bars = train("--epochs", "3", "--hidden", "32", "16")
    assert code == 0
    assert names_in(tmp_path / "run") == FILES
    assert lines[0] == "mlp on digits: 1,438 samples to learn from, 359 held out"
    assert ["parameters", "2,778"] in [line.split() for line in lines]
    assert lines[-3].startswith("trained 3 epochs in ")
    assert lines[-2] == (
        f"wrote model.safetensors, history.json, run.toml, curves.png, graph.dot, graph.svg to {tmp_path / 'run'}"
    )
    assert "epoch 3/3 |" in bars and "45/45, loss 0." in bars and ", accuracy 0." in bars
    assert (tmp_path / "run" / "log.csv").read_text().splitlines()[0].startswith("epoch,loss,accuracy,val_loss,")

    history = json.loads((tmp_path / "run" / "history.json").read_text())
    assert history["settings"] == {
        "model": {"name": "mlp", "hidden": [32, 16]},
        "data": {"name": "digits", "batch_size": 32, "workers": 0},
        "optimizer": {"name": "adam", "lr": 0.003, "weight_decay": 0.0},
        "schedule": {"name": "constant", "warmup": 0.0},
        "training": {"epochs": 3, "seed": 0, "clip_norm": 0.0, "accumulate": 1, "doctor": False, "keep": 2},
    }
    assert [epoch["epoch"] for epoch in history["epochs"]] == [1, 2, 3]
    assert history["test_accuracy"] == history["epochs"][-1]["val_accuracy"]
    assert lines[-1] == f"test accuracy {history['test_accuracy']:.4f}"

    model = mlp(64, [32, 16], 10)
    nn.load_weights(model, tmp_path / "run" / "model.safetensors")
    images, labels = load_digits()
    _, held_out = stratified_split(labels, 0.2)
    right = model(images[held_out]).numpy().argmax(1) == labels[held_out]
    assert right.mean() == history["test_accuracy"]


def test_the_defaults_learn(train, tmp_path):
    code, lines, _ = train()
    assert code == 0
    assert float(lines[-1].removeprefix("test accuracy ")) >= 0.95
    assert json.loads((tmp_path / "run" / "history.json").read_text())["settings"]["model"]["hidden"] == [128]


def test_mnist_is_tested_on_its_own_test_file(train, tmp_path, monkeypatch):
    """In these files a digit says its class by its one bright row, but the test labels are moved up by one."""
    (tmp_path / "mnist").mkdir()
    for part, count, shift in (("train", 120, 0), ("t10k", 30, 1)):
        classes = np.arange(count) % 9
        images = np.zeros((count, 28, 28), np.uint8)
        images[np.arange(count), classes] = 255
        for kind, array in (("images-idx3", images), ("labels-idx1", classes.astype(np.uint8) + np.uint8(shift))):
            header = struct.pack(f">4B{array.ndim}I", 0, 0, 8, array.ndim, *array.shape)
            (tmp_path / "mnist" / f"{part}-{kind}-ubyte").write_bytes(header + array.tobytes())
    monkeypatch.setenv("GLASSGRAD_DATA", str(tmp_path))
    code, lines, _ = train("--data", "mnist", "--epochs", "8", "--train-size", "100", "--batch-size", "10")
    assert code == 0
    assert lines[0] == "mlp on mnist: 100 samples to learn from, 30 held out"
    history = json.loads((tmp_path / "run" / "history.json").read_text())
    assert history["epochs"][-1]["accuracy"] == 1 and history["test_accuracy"] == 0
    assert history["settings"]["data"]["train_size"] == 100


def test_convolutions_learn_mnist(train, data_folder):
    options = ("--epochs", "2", "--train-size", "2000", "--lr", "3e-3")
    code, lines, _ = train("--model", "lenet5", "--data", "mnist", *options)
    assert code == 0 and float(lines[-1].split()[-1]) > 0.85


@pytest.mark.parametrize("model", ["vgg_small", "resnet8"])
def test_networks_for_images_learn_the_digits(model, train):
    code, lines, _ = train("--model", model, "--epochs", "2")
    assert code == 0 and float(lines[-1].split()[-1]) > 0.85


def test_images_that_are_too_small_for_a_network(train):
    code, _, error = train("--model", "lenet5")
    assert code == 2 and "lenet5 does not take digits, samples of shape (1, 8, 8): Sequential.3 (conv2d)" in error


def test_mnist(train, data_folder):
    code, lines, _ = train("--data", "mnist", "--epochs", "1")
    assert code == 0
    assert lines[0].endswith(" samples to learn from, 10,000 held out")
    assert float(lines[-1].removeprefix("test accuracy ")) > 0.88


def test_damaged_data_is_one_line(train, tmp_path, monkeypatch):
    for name in ("train-images-idx3-ubyte", "train-labels-idx1-ubyte"):
        (tmp_path / name).write_text("<!DOCTYPE html>")
    monkeypatch.setenv("GLASSGRAD_DATA", str(tmp_path))
    code, lines, error = train("--data", "mnist")
    assert (code, lines, error.count("\n")) == (2, [], 1)
    assert error.startswith("glassgrad train: ") and "images-idx3-ubyte cannot be read as an IDX file" in error
    assert not (tmp_path / "run").exists()


def test_a_model_of_fixed_widths(train, tmp_path, monkeypatch):
    made = []

    def linear(shape, classes, config):
        made.append((shape, classes))
        return nn.Sequential(nn.Flatten(), nn.Linear(64, classes))

    monkeypatch.setitem(classify.BUILDERS, "linear", linear)
    code, lines, error = train("--model", "linear", "--hidden", "32")
    assert (code, lines, made) == (2, [], [])
    assert error == (
        "glassgrad train: --hidden is for an mlp and for models of texts; linear has widths of its own, so leave "
        "--hidden out\n"
    )
    code, lines, _ = train("--model", "linear", "--epochs", "1")
    assert (code, made) == (0, [((1, 8, 8), 10)])
    assert lines[0].startswith("linear on digits: ")


def test_weight_decay_makes_weights_smaller(train, tmp_path):
    sizes = []
    for folder, decay in (("none", "0"), ("some", "3")):
        train("--epochs", "2", "--weight-decay", decay, out=tmp_path / folder)
        model = mlp(64, [128], 10)
        nn.load_weights(model, tmp_path / folder / "model.safetensors")
        sizes.append(sum(float((p.data**2).sum()) for p in model.parameters()))
    assert sizes[1] < 0.8 * sizes[0]


def test_the_graph_shows_the_step(train, tmp_path):
    train("--epochs", "1")
    dot = (tmp_path / "run" / "graph.dot").read_text(encoding="utf-8")
    for word in ("cluster_Sequential", "1 · Linear", "2 · ReLU", "images", "labels", "weight", "cross_entropy"):
        assert word in dot


def test_the_same_seed_gives_the_same_numbers(train, tmp_path):
    def without_timings(record):
        if isinstance(record, dict):
            return {key: without_timings(value) for key, value in record.items() if key != "seconds"}
        return [without_timings(value) for value in record] if isinstance(record, list) else record

    histories, weights = [], []
    for folder, seed in (("a", "7"), ("b", "7"), ("c", "8")):
        train("--epochs", "2", "--seed", seed, out=tmp_path / folder)
        histories.append(without_timings(json.loads((tmp_path / folder / "history.json").read_text())))
        weights.append((tmp_path / folder / "model.safetensors").read_bytes())
    assert histories[0] == histories[1] != histories[2]
    assert weights[0] == weights[1] != weights[2]


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        ([], "glassgrad: the following arguments are required: COMMAND"),
        (["tain"], "glassgrad: argument COMMAND: invalid choice: 'tain' (choose from"),
        (["train", "--model", "lenet"], "glassgrad train: argument --model: invalid choice: 'lenet' (choose from"),
        (
            ["train", "--data", "cifar"],
            "glassgrad train: argument --data: want digits, mnist, fashion-mnist, cifar10, iris, shakespeare, names, "
            "reviews, or the path of a table .csv or a text; there is no file 'cifar'",
        ),
        (
            ["train", "--data", "mnist"],
            "glassgrad train: MNIST: ",
        ),
        (["train", "--train-size", "0"], "argument --train-size: want a whole number of at least 1, not '0'"),
        (["train", "--train-size", "1439"], "--train-size 1439: digits has only 1438 samples to learn from"),
        (["train", "--weight-decay", "-1"], "argument --weight-decay: want a finite number of at least 0, not '-1'"),
        (["train", "--weight-decay", "inf"], "argument --weight-decay: want a finite number of at least 0, not 'inf'"),
        (["train", "--lr", "-0.1"], "argument --lr: want a finite number above 0, not '-0.1'"),
        (["train", "--lr", "nan"], "argument --lr: want a finite number above 0, not 'nan'"),
        (["train", "--lr", "inf"], "argument --lr: want a finite number above 0, not 'inf'"),
        (["train", "--lr", "fast"], "argument --lr: want a finite number above 0, not 'fast'"),
        (["train", "--epochs", "0"], "argument --epochs: want a whole number of at least 1, not '0'"),
        (["train", "--epochs", "1.5"], "argument --epochs: want a whole number of at least 1, not '1.5'"),
        (["train", "--batch-size", "0"], "argument --batch-size: want a whole number of at least 1, not '0'"),
        (["train", "--hidden", "64", "0"], "argument --hidden: want a whole number of at least 1, not '0'"),
        (["train", "--seed", "-1"], "argument --seed: want a whole number of at least 0, not '-1'"),
        (["train", "--layers", "2"], "glassgrad train: --layers is for models of texts; mlp has no use for it"),
        (["train", "--model", "char-gru", "--hidden", "3", "4"], "--hidden 3 4: char-gru has layers of one width"),
        (["train", "--model", "char-gru", "--dropout", "1"], "--dropout: want a number of at least 0 and below 1"),
        (["train", "--model", "char-gru", "--data", "digits"], "char-gru learns texts, and digits is none of them"),
        (
            ["train", "--model", "mlp", "--data", "names"],
            "mlp learns samples with classes, and names is none of them; for it take",
        ),
        (
            ["train", "--model", "char-lstm"],
            "glassgrad train: load_shakespeare: the variable GLASSGRAD_DATA is not set",
        ),
        (["train", "--data", "reviews"], "glassgrad train: load_reviews: the variable GLASSGRAD_DATA is not set; get"),
        (["train", "--data", ""], "or the path of a table .csv or a text; there is no file ''"),
        (["train", "--data", "."], "glassgrad train: . is a folder; give the path of a text file in it"),
        (["sample"], "glassgrad sample: the following arguments are required: RUN"),
        (["sample", "runs/none"], "glassgrad sample: there is no runs/none; give the folder of a run"),
        (["sample", "."], "glassgrad sample: . has no model.safetensors; give the folder of a run"),
        (["sample", "runs/none", "--top-k", "0"], "argument --top-k: want a whole number of at least 1, not '0'"),
        (["sample", "runs/none", "--top-p", "0"], "argument --top-p: want a number above 0 and up to 1, not '0'"),
        (["sample", "runs/none", "--length", "-1"], "argument --length: want a whole number of at least 0, not '-1'"),
        (["sample", "runs/none", "--length", "10000001"], "argument --length: want at most 10,000,000, not '10000001'"),
        (["train", "--speed", "1"], "glassgrad: unrecognized arguments: --speed 1"),
    ],
)
def test_bad_arguments(arguments, message, capsys, monkeypatch, tmp_path):
    monkeypatch.chdir(tmp_path)
    monkeypatch.delenv("GLASSGRAD_DATA", raising=False)
    monkeypatch.setenv("GLASSGRAD_DOWNLOAD", "0")
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path))
    assert cli.main(arguments) == 2
    printed = capsys.readouterr()
    assert printed.out == ""
    assert message in printed.err and printed.err.count("\n") == 1
    assert names_in(tmp_path) == []


def test_a_folder_that_cannot_be_written_is_refused_before_training(train, tmp_path, monkeypatch):
    monkeypatch.setattr(Trainer, "fit", lambda *arguments, **options: pytest.fail("trained"))
    (tmp_path / "file").write_text("in the way")
    code, lines, error = train(out=tmp_path / "file" / "run")
    assert (code, lines) == (2, [])
    assert error == f"glassgrad train: cannot write to {tmp_path / 'file' / 'run'}: Not a directory\n"


def test_a_full_disk_at_the_end_is_one_line(train, monkeypatch):
    def full(path, content):
        raise OSError(28, "No space left on device", str(path))

    monkeypatch.setattr(runs, "write_whole", full)
    code, _, error = train("--epochs", "1")
    assert code == 1
    assert "glassgrad: [Errno 28] No space left on device: " in error and "Traceback" not in error


def test_without_a_renderer_there_is_still_the_description(train, tmp_path, monkeypatch):
    (tmp_path / "run").mkdir()
    (tmp_path / "run" / "graph.svg").write_text("of an earlier run")
    monkeypatch.setenv("PATH", str(tmp_path))
    monkeypatch.setattr("importlib.util.find_spec", lambda name: None)
    code, lines, _ = train("--epochs", "1")
    assert code == 0
    assert names_in(tmp_path / "run") == [name for name in FILES if name != "graph.svg"]
    (line,) = [line for line in lines if "graph.svg" in line]
    assert line.startswith("without graph.svg: no renderer for pictures of graphs: pip install 'glassgrad[viz]'")


def test_without_matplotlib_there_are_no_curves(train, tmp_path, monkeypatch):
    monkeypatch.setitem(sys.modules, "matplotlib.figure", None)
    code, lines, _ = train("--epochs", "1")
    assert code == 0
    assert names_in(tmp_path / "run") == [name for name in FILES if name != "curves.png"]
    (line,) = [line for line in lines if "curves.png" in line]
    assert line.startswith("without curves.png: matplotlib draws the curves") and "pip install" in line


def test_a_network_that_does_not_fit_into_memory_is_one_line(train):
    code, _, error = train("--hidden", "99999999999999")
    assert code == 1 and error.startswith("glassgrad: out of memory: Unable to allocate ")
    assert error.endswith("Make --hidden, --batch-size or the like smaller.\n") and error.count("\n") == 1


def test_a_loss_that_explodes_is_said(train, resume, tmp_path):
    code, lines, error = train("--epochs", "2", "--lr", "1e30")  # and there is no warning, which would be an error here
    assert code == 1 and "failed after 0 of 2 epochs; saving what there is" in lines
    assert "the loss is nan at step 2 (epoch 1, batch 2)" in error or "the loss is inf at step 2" in error
    assert error.endswith("the loss is not a finite number any more: try a smaller --lr, or --clip-norm 1\n")
    history = json.loads((tmp_path / "run" / "history.json").read_text(), parse_constant=pytest.fail)
    assert history["epochs"] == [] and "at step 2" in history["error"] and not history["interrupted"]
    code, lines, error = resume()
    assert (code, lines) == (1, []) and "run failed after 0 epochs, and would again: train anew, with" in error
    assert train("--epochs", "1")[0] == 0, "a run that has failed is not in the way"


@pytest.mark.parametrize("step", [3, 45, 50])
def test_interrupt_saves_what_there_is(train, resume, tmp_path, monkeypatch, step):
    steps = []

    class Interrupted(nn.optim.Adam):
        def step(self, closure):
            super().step(closure)
            steps.append(True)
            if len(steps) == step:
                signal.raise_signal(signal.SIGINT)

    monkeypatch.setattr(nn.optim, "Adam", Interrupted)
    (tmp_path / "run").mkdir()
    (tmp_path / "run" / "curves.png").write_text("of an earlier run")
    code, lines, error = train("--epochs", "4")
    done = (step - 1) // 45  # of the epochs, with their validation
    assert code == 130
    assert len(steps) == step, "no step after the one that was interrupted"
    assert f"interrupted after {done} of 4 epochs; saving what there is" in lines
    assert names_in(tmp_path / "run") == [name for name in FILES if done or name != "curves.png"]
    history = json.loads((tmp_path / "run" / "history.json").read_text())
    assert history["interrupted"] and len(history["epochs"]) == done
    assert signal.getsignal(signal.SIGINT) is signal.default_int_handler
    assert f"saved to {tmp_path / 'run'}; `glassgrad resume {tmp_path / 'run'}` goes on from here\n" in error

    code, lines, error = train("--epochs", "4")
    assert (code, lines, error.count("\n")) == (2, [], 1)
    assert (
        f"holds a run that is not finished, the newest checkpoint step-{step:08}: `glassgrad resume {tmp_path}" in error
    )
    assert "--overwrite begins anew" in error
    code, lines, _ = resume()
    assert code == 0 and len(steps) == 4 * 45
    whole = tmp_path / "whole"
    assert train("--epochs", "4", out=whole)[0] == 0
    assert (whole / "model.safetensors").read_bytes() == (tmp_path / "run" / "model.safetensors").read_bytes()


def test_interrupt_at_any_other_moment(train, monkeypatch):
    def interrupted(*arguments, **options):
        raise KeyboardInterrupt

    monkeypatch.setattr(Trainer, "evaluate", interrupted)
    code, _, error = train("--epochs", "1")
    assert code == 130
    assert error.endswith("interrupted\n")


def test_training_in_another_thread(train):
    codes = []
    thread = threading.Thread(target=lambda: codes.append(train("--epochs", "1")[0]))
    thread.start()
    thread.join()
    assert codes == [0]


def test_help_and_imports():
    program = "import sys; from nn.cli import main\ntry: main(['train', '--help'])\nexcept SystemExit: pass\n" + (
        "print({'matplotlib', 'graphviz', 'pygraphviz', 'safetensors', 'tqdm'} & set(sys.modules))"
    )
    done = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True, check=True)
    assert done.stdout.splitlines()[-1] == "set()"
    settings = ("--model", "--data", "--train-size", "--hidden", "--seed", "--out")
    texts = ("--layers", "--steps", "--dropout", "--temperature")
    for option in (*settings, *texts, "--epochs", "--batch-size", "--lr", "--weight-decay"):
        assert option in done.stdout
