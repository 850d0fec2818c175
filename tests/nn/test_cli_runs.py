"""Settings in files, and what is done with a run: going on with it, evaluating, predicting, finding a rate."""

import errno
import json
import math
import os
import tomllib

import numpy as np
import pytest

import nn
from nn import cli
from nn.commands import runs
from nn.commands.config import SECTIONS, RunConfig, keys_of, read_config
from nn.commands.toml_files import to_toml
from nn.data import IRIS_CLASSES, load_digits, load_iris, stratified_split

FULL = {
    "model": {"name": "mlp", "hidden": [16, 8]},
    "data": {"name": "digits", "batch_size": 48, "train_size": 480, "workers": 1},
    "optimizer": {"name": "adamw", "lr": 5e-3, "weight_decay": 1, "betas": [0.8, 0.99]},
    "schedule": {"name": "cosine", "warmup": 0.5, "final": 0.1},
    "training": {
        "epochs": 4, "seed": 3, "clip_norm": 2.0, "accumulate": 2, "ema": 0.9, "early_stopping": 4, "doctor": True,
        "checkpoint_steps": 3, "keep": 3,
    },
}  # fmt: skip
UNSAID = {("data", "target"), ("data", "steps"), ("optimizer", "momentum"), ("optimizer", "nesterov"),
          ("model", "layers"), ("model", "dropout"), ("training", "temperature"), ("schedule", "step_size"),
          ("schedule", "gamma"), ("schedule", "patience")}  # fmt: skip


@pytest.fixture
def command(tmp_path, capfd, monkeypatch):
    """Runs ``glassgrad`` in a folder of its own: exit code, lines on stdout, what is on stderr. No pictures."""
    monkeypatch.chdir(tmp_path)
    monkeypatch.setattr(runs, "draw", lambda out, pictures: [])

    def run(*arguments):
        code = cli.main([*arguments])
        printed = capfd.readouterr()
        return code, printed.out.splitlines(), printed.err

    return run


def weights(folder):
    return (folder / "model.safetensors").read_bytes()


# --- settings -------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    "text",
    [
        "",
        'say "no"',
        "C:\\new\\table.csv",
        "tab\tand\nline\r",
        "\0\x1b\x7f\x85",
        "möwe 🦜",
        "'''",
        '"""',
        "[model]",
        "#",
    ],
)
def test_texts_in_toml(text):
    assert tomllib.loads(to_toml({"data": {"name": text, "list": [text, text]}})) == {
        "data": {"name": text, "list": [text, text]}
    }


@pytest.mark.parametrize("number", [0, -3, 1 << 70, 0.1, 1e-05, 1e300, 5e-324, -0.0, math.inf, True, False])
def test_numbers_in_toml(number):
    (read,) = tomllib.loads(to_toml({"data": {"x": number}}))["data"].values()
    assert type(read) is type(number) and repr(read) == repr(number)


def test_every_setting_is_tried():
    known = {(section, key) for section in SECTIONS for key in keys_of(section)}
    assert {(section, key) for section, some in FULL.items() for key in some} == known - UNSAID


def test_a_file_of_settings_and_the_same_run_again(command, tmp_path):
    (tmp_path / "mine.toml").write_text(to_toml(FULL))
    code, lines, _ = command("train", "--config", "mine.toml", "--out", "a")
    assert code == 0 and lines[0] == "mlp on digits: 480 samples to learn from, 359 held out"
    assert any(line.startswith("Nothing is wrong") or "[" in line for line in lines), "the doctor"
    config, found = read_config("train", tmp_path / "a" / "run.toml")
    assert config == RunConfig.of(FULL, "")
    assert found["samples"] == [480, 359] and len(found["sha256"]) == 64
    code, _, _ = command("train", "--config", "a/run.toml", "--out", "b")
    assert code == 0 and weights(tmp_path / "a") == weights(tmp_path / "b")
    assert (tmp_path / "a" / "run.toml").read_text() == (tmp_path / "b" / "run.toml").read_text()
    code, _, _ = command("train", "--config", "a/run.toml", "--out", "c", "--schedule", "onecycle", "--lr", "0.01")
    settings = json.loads((tmp_path / "c" / "history.json").read_text())["settings"]
    assert settings["schedule"] == {"name": "onecycle"}, "what the file says of another schedule is none of this one"
    assert settings["optimizer"] == FULL["optimizer"] | {"lr": 0.01} and settings["training"] == FULL["training"]


@pytest.mark.parametrize("schedule", ["constant", "cosine", "linear", "step", "exponential", "onecycle", "plateau"])
def test_schedules_and_optimizers(command, tmp_path, schedule):
    """Each optimizer with one of the schedules or another."""
    place = ["constant", "cosine", "linear", "step", "exponential", "onecycle", "plateau"].index(schedule)
    optimizers = ["sgd", "rmsprop", "adagrad", "adadelta", "adamax", "nadam", "radam"]
    options = {"sgd": ["--momentum", "0.9"], "nadam": ["--batch-size", "16"]}.get(optimizers[place], [])
    told = ["--data", "iris", "--schedule", schedule, "--optimizer", optimizers[place], *options]
    code, _, _ = command("train", *told, "--epochs", "5", "--out", "run")
    rates = [row["lr"] for row in json.loads((tmp_path / "run" / "history.json").read_text())["epochs"]]
    assert code == 0 and len(rates) == 5
    if schedule in ("constant", "step", "plateau"):
        assert len(set(rates)) == 1
    else:
        assert rates[-1] < rates[-2] < rates[-3]


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("x = ", "mine.toml is no TOML file: Invalid value"),
        ("[optimiser]\nlr = 1", "there is no section [optimiser]; did you mean [optimizer]?"),
        ("[sampling]\nlr = 1", "there is no section [sampling]; there are [model], [data], [optimizer], [schedule], ["),
        ("lr = 1", "mine.toml: lr stands in no section; it belongs into [optimizer]"),
        ("model = 'mlp'", "model = 'mlp'; want a section [model], with lines such as name = ..."),
        ("[training]\nepoch = 3", "[training] has no key 'epoch'; did you mean 'epochs'?"),
        ("[training]\nlr = 3", "[training] has no key 'lr'; it belongs into [optimizer]"),
        ("[optimizer]\nlearning_rate = 3", "[optimizer] has no key 'learning_rate'; did you mean 'lr'?"),
        ("[optimizer]\nx = 3", "[optimizer] has no key 'x'; it has name, lr, weight_decay, momentum, nesterov, betas"),
        ("[optimizer]\nlr = -0.1", "[optimizer] lr = -0.1: want a finite number above 0"),
        ("[optimizer]\nlr = inf", "[optimizer] lr = inf: want a finite number above 0"),
        ("[optimizer]\nlr = '1'", '[optimizer] lr = "1": want a finite number above 0'),
        ("[optimizer]\nname = 'adm'", '[optimizer] name = "adm": want adadelta, adagrad, '),
        ("[optimizer]\nname = 'adamm'", "did you mean 'adam'?"),
        ("[optimizer]\nbetas = [0.9]", "betas = [0.9]: want two numbers of at least 0 and below 1"),
        ("[training]\nepochs = 1.5", "[training] epochs = 1.5: want a whole number of at least 1"),
        ("[training]\nepochs = true", "[training] epochs = true: want a whole number of at least 1"),
        ("[training]\ndoctor = 1", "[training] doctor = 1: want true or false"),
        ("[model]\nhidden = []", "[model] hidden = []: want a whole number of at least 1"),
        ("[model]\nhidden = 3", "[model] hidden = 3: want a whole number of at least 1"),
        ("[optimizer]\nname = 'adam'\nmomentum = 0.9", "--momentum: adam has none; of rmsprop, sgd"),
        ("[optimizer]\nname = 'sgd'\nbetas = [0.9, 0.9]", "[optimizer] betas: sgd has none; of adam, adamax, adamw, "),
        ("[schedule]\nname = 'cosine'\ngamma = 0.1", "[schedule] gamma: the schedule cosine has none; of step, exp"),
        ("[schedule]\nwarmup = 1\nname = 'plateau'", "--warmup: the schedule plateau has none; of constant, cosine"),
        ("[data]\ntarget = 'x'", "--target is for tables, files .csv; digits is none, so leave it out"),
    ],
)
def test_settings_that_are_refused(command, tmp_path, text, message):
    (tmp_path / "mine.toml").write_text(text)
    code, lines, error = command("train", "--config", "mine.toml")
    assert (code, lines) == (2, []) and message in error and error.count("\n") == 1
    assert error.startswith("glassgrad train: ") and list(tmp_path.iterdir()) == [tmp_path / "mine.toml"]


# --- going on -------------------------------------------------------------------------------------------

SMALL = ("train", "--data", "iris", "--batch-size", "16", "--schedule", "cosine", "--out", "run")


def test_more_epochs(command, tmp_path):
    """Of a run that is finished; the rate goes on as that of so many epochs."""
    command(*SMALL, "--epochs", "3")
    code, lines, _ = command("resume", "run")
    assert (code, len(lines)) == (0, 1)
    assert lines[0] == "run is finished, after 3 epochs; `glassgrad resume run --epochs 6` adds as many again"
    assert command("resume", "run", "--epochs", "2")[:2] == (code, lines)
    code, lines, _ = command("resume", "run", "--epochs", "6")
    assert code == 0 and lines[0].endswith("goes on in epoch 4, after step 24")
    rows = json.loads((tmp_path / "run" / "history.json").read_text())["epochs"]
    command(*SMALL[:-1], "whole", "--epochs", "6")
    whole = json.loads((tmp_path / "whole" / "history.json").read_text())["epochs"]
    assert [row["lr"] for row in rows[3:]] == pytest.approx([row["lr"] for row in whole[3:]])
    config, _ = read_config("resume", tmp_path / "run" / "run.toml")
    assert config.training.epochs == 6


def test_the_average_is_what_is_kept(command, tmp_path):
    command(*SMALL, "--epochs", "3", "--ema", "0.99")
    record = json.loads((tmp_path / "run" / "history.json").read_text())
    assert record["test_loss"] == record["epochs"][-1]["val_loss"]
    assert f"loss {record['test_loss']:.4f}" in command("evaluate", "run")[1]
    command(*SMALL, "--epochs", "3", "--overwrite")
    assert json.loads((tmp_path / "run" / "history.json").read_text())["test_loss"] < record["test_loss"] - 0.05


def test_a_run_without_checkpoints_begins_again(command, tmp_path):
    command(*SMALL, "--epochs", "2")
    first = weights(tmp_path / "run")
    for path in sorted((tmp_path / "run").rglob("*"), reverse=True):
        if path.name != "run.toml":
            path.rmdir() if path.is_dir() else path.unlink()
    code, lines, _ = command("resume", "run")
    assert code == 0 and lines[0].endswith("begins, as there is no checkpoint") and weights(tmp_path / "run") == first


def test_damaged_checkpoints(command, tmp_path):
    command(*SMALL, "--epochs", "3")
    first = weights(tmp_path / "run")
    (tmp_path / "run" / "history.json").unlink()
    _, newest = sorted((tmp_path / "run" / "checkpoints").iterdir())
    (newest / "model.safetensors").write_bytes(b"")
    code, lines, error = command("resume", "run")
    assert code == 0 and lines[0].endswith("goes on in epoch 3, after step 16") and weights(tmp_path / "run") == first
    assert "step-00000024 is damaged" in error and "step-00000016 is used in its place" in error
    (tmp_path / "run" / "history.json").unlink()
    for path in (tmp_path / "run" / "checkpoints").iterdir():
        (path / "state.json").write_text("{}")
    code, _, error = command("resume", "run")
    assert code == 1 and error.startswith("glassgrad resume: no checkpoint in run is whole: ")
    code, lines, error = command("train", "--data", "iris", "--out", "run")
    assert code == 2 and "run holds a run that is not finished" in error
    assert command("train", "--data", "iris", "--out", "run", "--epochs", "1", "--overwrite")[0] == 0


def test_settings_of_another_network(command, tmp_path):
    command(*SMALL, "--epochs", "1")
    (tmp_path / "run" / "history.json").unlink()
    settings = tmp_path / "run" / "run.toml"
    settings.write_text(settings.read_text().replace("[128]", "[64]"))
    for name in ("resume", "evaluate"):
        code, _, error = command(name, "run")
        assert (
            code == 1 and error.startswith(f"glassgrad {name}: ") and "(128, 4)" in error and "Traceback" not in error
        )


def test_other_data_are_noticed(command, tmp_path):
    features, classes = load_iris()
    rows = [f"{','.join(map(str, row))},{IRIS_CLASSES[label]}\n" for row, label in zip(features, classes, strict=True)]
    table = tmp_path / "my table.csv"
    table.write_text("a,b,c,d,species\n" + "".join(rows))
    assert command("train", "--data", str(table), "--epochs", "1", "--out", "run")[0] == 0
    (tmp_path / "run" / "history.json").unlink()
    table.write_text("a,b,c,d,species\n" + "".join(rows[:-1]))
    code, _, error = command("resume", "run")
    assert code == 1 and "my table.csv is not what run has learnt from: its data have changed since." in error


@pytest.mark.parametrize("name", ["resume", "evaluate", "predict"])
def test_folders_without_a_run(command, name):
    assert command(name, ".")[2].startswith(f"glassgrad {name}: . has no run.toml; give the folder of a run, as")
    assert command(name, "none")[2].startswith(f"glassgrad {name}: there is no folder none; give the folder of")


# --- using ----------------------------------------------------------------------------------------------


def test_a_table_is_learnt_evaluated_and_predicted(command, tmp_path):
    features, classes = load_iris()
    rows = [f"{','.join(map(str, row))}" for row in features]
    pairs = zip(rows, classes, strict=True)
    table = tmp_path / "irises.csv"
    table.write_text("species,a,b,c,d\n" + "".join(f"{IRIS_CLASSES[label]},{row}\n" for row, label in pairs))
    code, lines, _ = command("train", "--data", "irises.csv", "--target", "species", "--out", "run", "--epochs", "60")
    assert code == 0 and lines[0] == "mlp on irises.csv: 120 samples to learn from, 30 held out"
    record = json.loads((tmp_path / "run" / "history.json").read_text())
    assert record["test_accuracy"] > 0.85

    code, lines, _ = command("evaluate", "run")
    assert code == 0 and f"accuracy {record['test_accuracy']:.4f}" in lines
    assert f"loss {record['test_loss']:.4f}" in lines
    counts = [[int(cell.replace(".", "0")) for cell in line.split()[1:]] for line in lines[-3:]]
    assert np.trace(counts) == round(30 * record["test_accuracy"]) and np.sum(counts) == 30

    (tmp_path / "half.csv").write_text("species,a,b,c,d\n" + "".join(table.read_text().splitlines(True)[1::2]))
    code, lines, _ = command("evaluate", "run", "--data", "half.csv")
    assert code == 0 and lines[0].endswith("all of half.csv") and float(lines[2].split()[1]) > 0.9
    (tmp_path / "new.csv").write_text("d,c,b,a\n" + "".join(",".join(row.split(",")[::-1]) + "\n" for row in rows))
    code, lines, _ = command("predict", "run", "new.csv", "--out", "classes.csv")
    assert (code, lines) == (0, ["wrote the classes of 150 samples to classes.csv"])
    header, *found = [line.split(",") for line in (tmp_path / "classes.csv").read_text().splitlines()]
    assert header == ["index", "class", *sorted(IRIS_CLASSES)]
    right = [row[1] == IRIS_CLASSES[label] for row, label in zip(found, classes, strict=True)]
    assert np.mean(right) > 0.9 and all(sum(map(float, row[2:])) == pytest.approx(1, abs=1e-5) for row in found)
    (tmp_path / "less.csv").write_text("a,b,c\n1,2,3\n")
    assert command("predict", "run", "less.csv")[2].startswith("glassgrad predict: cannot read less.csv: it has no col")


@pytest.mark.parametrize(
    ("rows", "message"),
    [
        (["1,x", "2,x", "3,x"], "the column has a single class, x; want two or more"),
        (["1,x", "2,x", "3,x", "4,y"], "the class y has a single row; want two or more of each"),
        (["1.5,x", "inf,x", "3,y", "4,y"], "column a is infinite, or too large, in row 2"),
    ],
)
def test_tables_that_cannot_be_learnt(command, tmp_path, rows, message):
    (tmp_path / "table.csv").write_text("\n".join(["a,kind", *rows]))
    code, _, error = command("train", "--data", "table.csv", "--out", "run")
    assert code == 2 and message in error and not (tmp_path / "run").exists()


def test_a_picture_that_does_not_fit_on_the_disk_costs_a_line(tmp_path, capsys):
    def full(path):
        raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC), str(path))

    assert runs.draw(tmp_path, {"curves.png": full}) == []
    assert capsys.readouterr().out.startswith("without curves.png: [Errno 28] No space left on device")


@pytest.mark.parametrize(
    ("samples", "message"),
    [
        (np.full((2, 1, 8, 8), np.nan), "it has values that are not finite"),
        (np.zeros((0, 1, 8, 8)), "it has no samples"),
    ],
)
def test_samples_without_a_class(command, tmp_path, samples, message):
    command("train", "--epochs", "1", "--train-size", "64", "--out", "run")
    np.save(tmp_path / "samples.npy", samples)
    code, lines, error = command("predict", "run", "samples.npy")
    assert (code, lines) == (2, []) and f"cannot read samples.npy: {message}" in error


def test_a_run_is_over_when_all_is_written(command, tmp_path, monkeypatch):
    """Killed while it draws, it is not: `resume` then draws what is missing."""
    options = "--epochs", "1", "--train-size", "64", "--out", "run"
    states = []
    monkeypatch.setattr(runs, "draw", lambda out, pictures: states.append(runs.is_over(out)) or [])
    assert command("train", *options)[0] == 0
    assert states == [False] and runs.is_over(tmp_path / "run")


def test_pictures_are_predicted(command, tmp_path):
    command("train", "--epochs", "5", "--out", "run")
    images, labels = load_digits()
    _, held_out = stratified_split(labels, 0.2)
    code, lines, _ = command("predict", "run", "--data", "digits")
    rows = zip(range(359), lines, held_out, strict=True)
    right = [line.split()[1:3] == [f"{number}:", str(labels[sample])] for number, line, sample in rows]
    record = json.loads((tmp_path / "run" / "history.json").read_text())
    assert code == 0 and np.mean(right) == pytest.approx(record["test_accuracy"])
    assert command("predict", "run", "--data", "digits", "--index", "107", "100")[1] == [lines[107], lines[100]]
    bytes_of = np.round(images[:, 0] * 255).astype(np.uint8)
    np.save(tmp_path / "bytes.npy", bytes_of[:20])
    np.savez(tmp_path / "both.npz", images=images[:20], labels=labels[:20])
    np.save(tmp_path / "one.npy", images[0, 0])
    same = [command("predict", "run", name) for name in ("bytes.npy", "both.npz")]
    bytes_said, floats_said = ([line.split(":")[1].split()[0] for line in lines] for _, lines, _ in same)
    assert bytes_said == floats_said
    assert np.mean([said == str(label) for said, label in zip(floats_said, labels, strict=False)]) > 0.8
    assert len(command("predict", "run", "one.npy")[1]) == 1

    np.save(tmp_path / "wide.npy", np.zeros((3, 9, 9)))
    np.save(tmp_path / "objects.npy", np.array([{}, 1], object), allow_pickle=True)
    for arguments, message in (
        (["none.npy"], "cannot read none.npy: No such file or directory"),
        (["wide.npy"], "the samples are of shape (3, 9, 9); want (samples, 1, 8, 8)"),
        (["objects.npy"], "cannot read objects.npy: Object arrays cannot be loaded when allow_pickle=False"),
        (["one.npy", "--index", "1"], "--index 1: there are 1 samples, counted from 0"),
        (["run/run.toml"], "cannot read run/run.toml: "),
        ([], "want the file of the samples, or --data with the name of a data set, and not both"),
        (["--data", "names"], "--data names: want digits, mnist, "),
    ):
        code, lines, error = command("predict", "run", *arguments)
        assert (code, lines, error.count("\n")) == (2, [], 1) and message in error
    iris = tmp_path / "pixels.csv"
    iris.write_text(
        "".join(f"{x},{y},{label}\n" for x, y, label in zip(range(50), range(50), [*range(10)] * 5, strict=True))
    )
    assert "the features 0, 1, and the network knows none" in command("evaluate", "run", "--data", "pixels.csv")[2]
    code, _, error = command("evaluate", "run", "--data", "iris")
    assert (
        code == 2 and "mlp learns" not in error and "iris has the classes setosa, versicolor, virginica, and" in error
    )


def test_a_model_of_texts_predicts_nothing(command, tmp_path):
    (tmp_path / "poem.txt").write_text("the sea sees the sea\n" * 30)
    told = ("--hidden", "4", "--epochs", "1", "--steps", "8", "--batch-size", "4", "--out", "run")
    assert command("train", "--data", "poem.txt", *told)[0] == 0
    code, lines, _ = command("evaluate", "run")
    assert code == 0 and [line.split()[0] for line in lines[1:]] == ["bits", "loss"]
    (tmp_path / "other.txt").write_text("tea, sea, he sees tea\n".replace(",", "") * 30)
    code, others, _ = command("evaluate", "run", "--data", "other.txt")
    assert code == 0 and others[1] != lines[1], "in the characters of the run, of which it has fewer"
    (tmp_path / "other.txt").write_text("a bee sees the sea\n" * 30)
    assert "other.txt has 'b', which the network has not learnt" in command("evaluate", "run", "--data", "other.txt")[2]
    assert "run has learnt a text; `glassgrad sample run` lets it write" in command("predict", "run", "poem.txt")[2]


def test_finding_a_rate(command, tmp_path):
    code, lines, _ = command("lr-find", "--data", "iris", "--batch-size", "16", "--out", "found")
    assert code == 0 and lines[1].startswith("try lr=")
    rate = float(lines[1].removeprefix("try lr=").split(":")[0])
    assert 1e-3 < rate < 1 and lines[2] == f"`glassgrad train ... --lr {rate:.2g}` trains with it"


def test_sizes_of_steps_are_found_for_texts(command, tmp_path):
    (tmp_path / "poem.txt").write_text("the sea sees the sea\n" * 50)
    code, lines, _ = command("lr-find", "--data", "poem.txt", "--hidden", "8", "--steps", "8", "--batch-size", "4")
    assert code == 0 and lines[1].startswith("try lr=") and nn.__all__
