"""The command for texts, end to end: networks that learn to write, and what they write."""

import io
import json
import signal
import subprocess
import sys

import numpy as np
import pytest

import nn
from nn import cli
from nn.commands import language, runs
from nn.commands.config import RunConfig
from nn.data import BPTTIterator, CharVocabulary
from nn.models import mlp
from nn.train import checkpoints, snapshots

FILES = [
    "best.safetensors", "checkpoints", "curves.png", "graph.dot", "graph.svg", "history.json", "log.csv",
    "model.safetensors", "run.toml", "samples.txt",
]  # fmt: skip
SMALL = ("--hidden", "12", "--epochs", "2", "--steps", "16", "--batch-size", "4")


@pytest.fixture
def train(tmp_path, capfd):
    """Runs ``glassgrad train``: exit code, lines on stdout, what is on stderr."""

    def run(*arguments, out=tmp_path / "run"):
        code = cli.main(["train", "--out", str(out), *arguments])
        printed = capfd.readouterr()
        return code, printed.out.splitlines(), printed.err

    return run


@pytest.fixture
def without_pictures(monkeypatch):
    """They take longer than the training of small networks."""
    monkeypatch.setattr(runs, "draw", lambda out, pictures: [])


@pytest.fixture
def poem(tmp_path):
    """A text of a few thousand characters, one of them of two bytes, that ends otherwise than it begins."""
    path = tmp_path / "poem.txt"
    path.write_text("the möwe sees the sea\n" * 150 + "the sea sees it\n" * 22, encoding="utf-8")
    return path


@pytest.fixture
def sampled(capfd):
    """Runs ``glassgrad sample``: exit code, what is on stdout and on stderr."""

    def run(path, *arguments):
        code = cli.main(["sample", str(path), *arguments])
        return code, *capfd.readouterr()

    return run


def test_a_text_is_learnt(train, poem, tmp_path):
    code, lines, bars = train("--data", str(poem), *SMALL, "--layers", "2", "--weight-decay", "0.01")
    assert code == 0
    assert sorted(path.name for path in (tmp_path / "run").iterdir()) == FILES
    text = poem.read_text(encoding="utf-8")
    cut = len(text) - len(text) // 10
    assert (
        lines[0]
        == f"char-lstm on {poem}: {cut:,} characters to learn from, {len(text) // 10} held out, 11 different ones"
    )
    assert "epoch 2/2 |" in bars and "bits " in bars

    history = json.loads((tmp_path / "run" / "history.json").read_text())
    assert history["settings"]["model"] == {"name": "char-lstm", "hidden": [12], "layers": 2, "dropout": 0.1}
    assert history["settings"]["data"] == {"name": str(poem), "batch_size": 4, "steps": 16}
    assert history["settings"]["optimizer"] == {"name": "adamw", "lr": 0.008, "weight_decay": 0.01}
    assert history["settings"]["schedule"] == {"name": "cosine", "warmup": 0.0, "final": 0.0}
    assert history["epochs"][-1]["lr"] < 1e-5
    model = nn.load(tmp_path / "run" / "model.safetensors")
    vocabulary = CharVocabulary(model.characters)
    assert vocabulary == CharVocabulary.from_text(text)
    learnt, held_out = vocabulary.encode(text[:cut]), vocabulary.encode(text[cut:])
    bits = nn.bits_per_token(model, BPTTIterator(held_out, 1, 16))
    assert history["bits_per_character"] == pytest.approx(bits, abs=1e-6)
    assert min(epoch["val_bits"] for epoch in history["epochs"]) == pytest.approx(bits, abs=1e-6)
    order = history["markov"]["order"]
    counted = nn.MarkovModel(order, 11, smoothing="kneser-ney").fit(learnt).bits_per_token(held_out)
    assert history["markov"]["bits_per_character"][order] == counted
    assert lines[-1] == f"Markov of order {order}: {counted:.3f} bits per character; char-lstm: {bits:.3f}"

    samples = (tmp_path / "run" / "samples.txt").read_text(encoding="utf-8")
    assert [line.split(",")[0] for line in samples.splitlines() if line.startswith("---")] == [
        "--- after epoch 1", "--- after epoch 2", "--- at the end",
    ]  # fmt: skip
    assert samples.splitlines()[1] in [line.strip() for line in lines]


@pytest.mark.parametrize("model", ["char-rnn", "char-gru", "layernorm-rnn"])
def test_other_networks_learn_texts(model, train, poem, without_pictures):
    code, lines, _ = train("--model", model, "--data", str(poem), *SMALL, "--lr", "0.02")
    assert code == 0 and float(lines[-1].split()[-1]) < 2.5 < np.log2(11)
    assert set(language.MODELS.values()) == set(nn.models.CELLS)


@pytest.mark.parametrize("data", language.DATA)
def test_data_sets(data, train, data_folder, without_pictures):
    options = ("--epochs", "1", "--train-size", "3000", "--batch-size", "8", "--hidden", "8")
    code, lines, _ = train("--data", data, *options)
    assert code == 0 and lines[0].startswith(f"char-lstm on {data}: 3,000 characters to learn from")


def test_a_run_that_is_killed_leaves_its_best_weights(train, poem, tmp_path, sampled, monkeypatch, capfd):
    """And goes on to the same end, samples included, as one that was not."""

    def killed(*arguments):
        raise KeyboardInterrupt

    save = snapshots.write_snapshot
    monkeypatch.setattr(
        checkpoints, "write_snapshot", lambda path, *rest: killed() if "104" in path.name else save(path, *rest)
    )
    code, _, _ = train("--data", str(poem), *SMALL)
    assert code == runs.INTERRUPTED
    names = sorted(path.name for path in (tmp_path / "run").iterdir())
    assert names == ["best.safetensors", "checkpoints", "log.csv", "run.toml"]
    assert sampled(tmp_path / "run", "--length", "5")[0] == 0
    monkeypatch.undo()
    assert cli.main(["resume", str(tmp_path / "run")]) == 0
    assert "goes on in epoch 2, after step 52" in capfd.readouterr().out
    assert train("--data", str(poem), *SMALL, out=tmp_path / "whole")[0] == 0
    for name in ("model.safetensors", "samples.txt"):
        assert (tmp_path / "run" / name).read_bytes() == (tmp_path / "whole" / name).read_bytes()


def test_texts_by_the_same_seed(train, poem, tmp_path, without_pictures):
    weights = []
    for folder, seed in (("a", "7"), ("b", "7"), ("c", "8")):
        options = ("--epochs", "1", "--batch-size", "20", "--hidden", "5")
        train("--data", str(poem), *options, "--seed", seed, out=tmp_path / folder)
        weights.append((tmp_path / folder / "model.safetensors").read_bytes())
    assert weights[0] == weights[1] != weights[2]


def test_lines_are_shuffled(train, tmp_path, monkeypatch, without_pictures):
    """Names of one letter come before those of another: of either some are held out, and none that is learnt."""
    letters = "abcdefghijklmnopqrstuvwxyz"
    names = [f"{first}{x}{y}\n" for first in "ab" for x in letters[:20] for y in letters[:15]]
    (tmp_path / "names.txt").write_text("".join(names * 2))
    monkeypatch.setenv("GLASSGRAD_DATA", str(tmp_path))
    parts = []
    for seed in (0, 0, 1):
        config = RunConfig.of({"data": {"name": "names"}, "training": {"seed": seed}}, "")
        parts.append(language.texts("train", config))
    (learnt, held_out), again, other = parts
    assert again == (learnt, held_out) != other
    assert learnt.count("\n") == 540 and held_out.count("\n") == 60 and held_out.endswith("\n")
    assert 15 < sum(name.startswith("a") for name in held_out.split()) < 45
    assert not set(learnt.split()) & set(held_out.split())
    code, lines, _ = train("--model", "char-gru", "--data", "names", "--epochs", "1", "--train-size", "500")
    assert code == 0 and lines[0].startswith("char-gru on names: 500 characters to learn from, 240 held out")
    code, _, error = train("--data", "names", "--train-size", "5000")
    assert code == 2 and "--train-size 5000: names has only 2160 characters to learn from" in error


def test_the_number_of_steps_follows_from_the_text(poem):
    for length, streams, epochs in ((200_000, 32, 41), (20_000, 7, 89), (3_000, 1, 86), (90, 1, 100)):
        tokens = np.zeros(length, int)
        config, _, _ = language.batches("train", language.settled("train", RunConfig()), tokens, tokens)
        assert (config.data.batch_size, config.training.epochs) == (streams, epochs)


def test_a_text_that_is_too_short(train, tmp_path):
    (tmp_path / "short.txt").write_text("to be or not")
    code, lines, error = train("--data", str(tmp_path / "short.txt"))
    assert (code, lines) == (2, [])
    assert "short.txt is too short, with 11 characters to learn from and 1 held out; want 2 or more to learn" in error
    (tmp_path / "short.txt").write_text("to be or not" * 9)
    _, _, error = train("--data", str(tmp_path / "short.txt"), "--batch-size", "98")
    assert "with 98 characters to learn from and 10 held out; want 99 or more to learn from, one more than --b" in error
    (tmp_path / "short.txt").write_bytes(b"\xff\xfe\x00")
    assert "short.txt is not in utf-8" in train("--data", str(tmp_path / "short.txt"))[2]


def test_interrupted_texts_are_saved(train, poem, tmp_path, monkeypatch):
    steps = []

    class Interrupted(nn.optim.Adam):
        def step(self, closure):
            super().step(closure)
            steps.append(True)
            if len(steps) == 60:  # of 52 in an epoch
                signal.raise_signal(signal.SIGINT)

    monkeypatch.setattr(nn.optim, "Adam", Interrupted)
    code, lines, _ = train("--data", str(poem), *SMALL)
    assert code == 130 and len(steps) == 60
    assert "interrupted after 1 of 2 epochs; saving what there is" in lines
    assert sorted(path.name for path in (tmp_path / "run").iterdir()) == FILES
    assert json.loads((tmp_path / "run" / "history.json").read_text())["interrupted"]


def test_bits_that_explode_are_said(train, poem, tmp_path, without_pictures):
    code, _, error = train("--model", "char-rnn", "--data", str(poem), *SMALL, "--lr", "1e38")  # without warnings
    assert code == 1 and "try a smaller --lr" in error
    history = json.loads((tmp_path / "run" / "history.json").read_text(), parse_constant=pytest.fail)
    assert history["epochs"] == [] and "the loss is" in history["error"]


def test_sampling(poem, tmp_path, sampled):
    text = poem.read_text(encoding="utf-8")
    vocabulary = CharVocabulary.from_text(text)
    nn.save(nn.models.char_rnn("".join(vocabulary.tokens), hidden=8), tmp_path / "model.safetensors")
    options = ("--prompt", "möwe", "--length", "40", "--seed", "3")
    code, out, _ = sampled(tmp_path, *options)
    assert code == 0 and out.startswith("möwe") and len(out) == 4 + 40 + 1
    assert sampled(tmp_path / "model.safetensors", *options)[1] == out
    assert sampled(tmp_path, *options[:-1], "4")[1] != out
    greedy = {sampled(tmp_path, *options[:4], *more)[1] for more in (["--top-k", "1"], ["--temperature", "0"])}
    assert len(greedy) == 1 and sampled(tmp_path, *options[:4], "--top-p", "1e-9")[1] in greedy
    assert len({sampled(tmp_path)[1] for _ in range(3)}) == 3, "without a seed another text each time"
    code, out, error = sampled(tmp_path, "--prompt", "the cat")
    assert (code, out) == (2, "")
    assert error == f"glassgrad sample: the prompt has 'c', which was not in the text that {tmp_path} has learnt\n"


def test_characters_that_the_terminal_has_not(tmp_path, monkeypatch):
    nn.save(nn.models.char_rnn("ö", hidden=3), tmp_path / "model.safetensors")
    terminal = io.TextIOWrapper(io.BytesIO(), encoding="ascii")
    monkeypatch.setattr(sys, "stdout", terminal)
    assert cli.main(["sample", str(tmp_path), "--length", "2"]) == 0
    terminal.flush()
    assert terminal.buffer.getvalue().split() == [rb"\xf6\xf6"]


def test_a_reader_who_has_gone_is_no_fault_of_the_run(tmp_path):
    nn.save(nn.models.char_rnn("ab", hidden=3), tmp_path / "model.safetensors")
    command = [sys.executable, "-c", "from nn.cli import main; raise SystemExit(main())", "sample", str(tmp_path)]
    with subprocess.Popen([*command, "--length", "20"], stdout=subprocess.PIPE, stderr=subprocess.PIPE) as process:
        process.stdout.close()
        assert (process.wait(), process.stderr.read()) == (runs.FAILED, b"")


def test_a_prompt_that_begins_with_a_dash(tmp_path, sampled):
    nn.save(nn.models.char_rnn("-a", hidden=3), tmp_path / "model.safetensors")
    code, _, error = sampled(tmp_path, "--prompt", "-a")
    assert code == 2 and error.endswith("expected one argument; one that begins with a dash is written --prompt=-...\n")
    assert sampled(tmp_path, "--prompt=-a")[1].startswith("-a")


def test_runs_that_write_no_text(tmp_path, sampled):
    path = tmp_path / "model.safetensors"
    nn.save(mlp(4, [3], 2), path)
    assert sampled(path)[2].startswith(f"glassgrad sample: {path} holds a Sequential that writes no text; want a model")
    nn.save(nn.models.char_rnn(5, hidden=3), path)
    assert "holds a CharRNN that writes no text" in sampled(path)[2]
    path.write_bytes(b"nothing")
    assert "is no whole safetensors file" in sampled(path)[2]


@pytest.mark.parametrize(
    ("vocabulary", "message"),
    [
        ("abca", "each once"),
        ("abcd", "does not fit its weights"),
        (["a", "b", "cd"], "'cd' is no character"),
        (["a", "b", 3], "each once"),
        ({"a": 0}, "are too large"),
        (10**9, "too large"),
        (None, "cannot be built"),
    ],
)
def test_damaged_vocabularies(vocabulary, message, tmp_path, sampled):
    model = nn.models.char_rnn("abc", hidden=3)
    model.built_by = "char_rnn", {"vocabulary": vocabulary, "hidden": 3}
    nn.save(model, tmp_path / "model.safetensors")
    code, out, error = sampled(tmp_path, "--prompt", "ab")
    assert (code, out, error.count("\n")) == (2, "", 1)
    assert error.startswith("glassgrad sample: ") and message in error


def test_weights_that_are_not_finite(tmp_path, sampled):
    model = nn.models.char_rnn("abc", hidden=3)
    model.head.bias.data[0] = np.nan
    nn.save(model, tmp_path / "model.safetensors")
    code, out, error = sampled(tmp_path, "--prompt", "ab")
    assert (code, out) == (2, "") and "best score of row 0 is nan" in error
