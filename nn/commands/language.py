"""``glassgrad train`` for networks that learn to write texts, character by character."""

from __future__ import annotations

import argparse
import math
import time
from collections.abc import Callable
from contextlib import suppress
from dataclasses import asdict
from pathlib import Path
from typing import Any

import numpy as np

import autograd as ag
import nn
from autograd import write_whole
from nn.commands import runs
from nn.data import BPTTIterator, CharVocabulary, load_names, load_reviews, load_shakespeare, read_text
from nn.generation import mean_loss
from nn.models import CharRNN, char_rnn
from nn.plots import plot_bits
from nn.train import LanguageEpoch, LanguageHistory, best_markov_model, fit_language_model, stop_on_interrupt

HELD_OUT = 0.1  # of the characters, or of the lines
MOST_STREAMS = 32  # side by side; of a short text fewer, so that an epoch has
EPOCH_STEPS = 40  # steps at least
WORTH = 4000  # steps in all, for which the number of epochs is chosen
MOST_SAMPLES = 10  # of a run
SAMPLE, LAST_SAMPLE = 200, 1000  # characters

# Texts whose lines are shuffled, and those that are read in order.
LINES: dict[str, Callable[[], list[str]]] = {"names": load_names, "reviews": lambda: load_reviews()[0]}
TEXTS: dict[str, Callable[[], str]] = {"shakespeare": load_shakespeare}
DATA = (*TEXTS, *LINES)
# The cells of each network.
MODELS = {
    "char-rnn": "rnn",
    "char-lstm": "lstm",
    "char-gru": "gru",
    "layernorm-rnn": "layernorm-rnn",
    "layernorm-lstm": "layernorm-lstm",
    "layernorm-gru": "layernorm-gru",
}
DEFAULTS: dict[str, Any] = {
    "lr": 8e-3,
    "weight_decay": 0.0,
    "hidden": [256],
    "layers": 1,
    "steps": 64,
    "dropout": 0.1,
    "temperature": 0.8,
}
# Of short texts, which a network soon knows by heart.
OF_DATA: dict[str, dict[str, Any]] = {"names": {"hidden": [128], "lr": 4e-3, "dropout": 0.3, "epochs": 20}}


@np.errstate(over="ignore", invalid="ignore")  # what is not finite any more is said in words
def train(arguments: argparse.Namespace) -> int:
    """Train the network that was asked for, write what came of it, and return the exit code."""
    _settle(arguments)
    learnt, held_out = _texts(arguments)
    vocabulary = CharVocabulary.from_text(learnt + held_out)
    tokens, unseen = vocabulary.encode(learnt), vocabulary.encode(held_out)
    train, test = _batches(tokens, unseen, arguments)
    ag.manual_seed(arguments.seed)
    sizes = {key: getattr(arguments, key) for key in ("hidden", "layers", "dropout")}
    model = char_rnn("".join(vocabulary.tokens), cell=MODELS[arguments.model], **sizes)
    out = runs.folder(arguments, f"{Path(arguments.data).stem}-{arguments.model}")
    print(
        f"{arguments.model} on {arguments.data}: {len(tokens):,} characters to learn from, {len(unseen):,} held out, "
        f"{len(vocabulary)} different ones"
    )
    print(nn.summary(model, np.zeros((1, 1), int)), flush=True)
    markov, counted = best_markov_model(tokens, unseen, len(vocabulary))
    named = f"Markov of order {markov.order}"
    print(f"{named}: {min(counted):.3f} bits per character, the best order", flush=True)

    samples, keep = _Samples(model, arguments), _kept(model, out / runs.WEIGHTS)
    optimizer = runs.optimizer(model, arguments)
    start = time.perf_counter()

    def after(epoch: LanguageEpoch) -> None:
        samples.after(epoch)
        keep(epoch)

    with stop_on_interrupt() as stop:
        history = fit_language_model(model, optimizer, train, test, arguments.epochs, stop=stop, on_epoch=after)
    seconds = time.perf_counter() - start
    print(runs.ended(len(history), arguments.epochs, stop.asked, seconds))
    bits = nn.bits_per_token(model, test)
    if not math.isfinite(bits) or (history and not math.isfinite(history[-1].train_bits)):
        print(runs.EXPLODED)

    record = {
        "settings": runs.settings(arguments, *runs.OF_LANGUAGE),
        "epochs": [asdict(epoch) for epoch in history],
        "bits_per_character": bits,
        "markov": {"order": markov.order, "bits_per_character": counted},
        "interrupted": stop.asked,
        "seconds": seconds,
    }
    nn.save(model, out / runs.WEIGHTS)
    runs.write_record(out / "history.json", record)
    samples.write(out / "samples.txt", bits)
    pictures = runs.draw(out, _pictures(model, history, tokens, min(counted), named))
    print(f"wrote {', '.join([runs.WEIGHTS, 'history.json', 'samples.txt', *pictures])} to {out}")
    print(f"{named}: {min(counted):.3f} bits per character; {arguments.model}: {bits:.3f}")
    return runs.INTERRUPTED if stop.asked else 0


def _settle(arguments: argparse.Namespace) -> None:
    """Fill in the defaults that do not depend on how long the text is."""
    if arguments.hidden is not None and len(arguments.hidden) > 1:
        raise runs.bad(
            "train",
            f"--hidden {' '.join(map(str, arguments.hidden))}: {arguments.model} has layers of one width; "
            "give one number, and --layers",
        )
    runs.settle(arguments, DEFAULTS | OF_DATA.get(arguments.data, {}))
    arguments.hidden = arguments.hidden[0]


def _texts(arguments: argparse.Namespace) -> tuple[str, str]:
    """The text to learn from, and the one that is held out."""
    data = arguments.data
    try:
        if data in LINES:
            lines = list(dict.fromkeys(LINES[data]()))  # one that is there twice could be learnt and held out
            order = np.random.default_rng(arguments.seed).permutation(len(lines))
            cut = len(lines) - int(len(lines) * HELD_OUT)
            learnt, held_out = ("".join(f"{lines[i]}\n" for i in part) for part in (order[:cut], order[cut:]))
        else:
            text = TEXTS[data]() if data in TEXTS else read_text(data)
            cut = len(text) - int(len(text) * HELD_OUT)
            learnt, held_out = text[:cut], text[cut:]
    except (OSError, ag.errors.ArgumentError) as error:
        raise runs.bad("train", error) from error
    if arguments.train_size is not None and arguments.train_size > len(learnt):
        raise runs.bad(
            "train",
            f"--train-size {arguments.train_size}: {data} has only {len(learnt)} characters to learn from",
        )
    return learnt[: arguments.train_size], held_out


def _batches(
    tokens: np.ndarray, unseen: np.ndarray, arguments: argparse.Namespace
) -> tuple[BPTTIterator, BPTTIterator]:
    """Both texts in pieces; settles the number of streams and of epochs, which depend on how long the text is."""
    if arguments.batch_size is None:
        arguments.batch_size = min(max(len(tokens) // (arguments.steps * EPOCH_STEPS), 1), MOST_STREAMS)
    try:
        train = BPTTIterator(tokens, arguments.batch_size, arguments.steps)
        streams = min(MOST_STREAMS, 1 + len(unseen) // 1000)  # each begins without knowing what went before
        test = BPTTIterator(unseen, streams, arguments.steps)
    except ag.errors.ArgumentError as error:
        raise runs.bad(
            "train",
            f"{arguments.data} is too short, with {len(tokens):,} characters to learn from and {len(unseen):,} held "
            f"out; want {arguments.batch_size + 1:,} or more to learn from, one more than --batch-size, and 2 held out",
        ) from error
    if arguments.epochs is None:
        arguments.epochs = min(max(math.ceil(WORTH / len(train)), 5), 100)
    return train, test


def _kept(model: CharRNN, path: Path) -> Callable[[LanguageEpoch], None]:
    """What writes the weights after each epoch that is the best so far: a run that is killed leaves them behind."""
    least = math.inf

    def keep(epoch: LanguageEpoch) -> None:
        nonlocal least
        if epoch.test_bits < least:
            least = epoch.test_bits
            with suppress(OSError):  # at the end it is tried again, and then said
                nn.save(model, path)

    return keep


class _Samples:
    """What the model wrote: printed now and then while it learns, and kept for a file."""

    def __init__(self, model: CharRNN, arguments: argparse.Namespace) -> None:
        self.model = model
        self.temperature = arguments.temperature
        self.seed = arguments.seed
        self.every = math.ceil(arguments.epochs / MOST_SAMPLES)
        self.last = arguments.epochs
        self.texts: list[str] = []

    def after(self, epoch: LanguageEpoch) -> None:
        """Print a sample, unless there are very many epochs."""
        if not math.isfinite(epoch.test_bits) or (epoch.epoch % self.every and epoch.epoch != self.last):
            return
        text = self._written(SAMPLE)
        print("\n".join(f"    {line}" for line in text.split("\n")), flush=True)
        self.texts.append(f"--- after epoch {epoch.epoch}, {epoch.test_bits:.3f} bits per character ---\n{text}\n")

    def write(self, path: Path, bits: float) -> None:
        """Write all samples, and at last a longer one of the weights that were kept."""
        if math.isfinite(bits):
            text = self._written(LAST_SAMPLE)
            self.texts.append(f"--- at the end, {bits:.3f} bits per character ---\n{text}\n")
        write_whole(path, "\n".join(self.texts).encode())

    def _written(self, n: int) -> str:
        text: str = nn.generate(self.model, "", n, self.temperature, self.seed)
        return text.strip("\n")


def _pictures(
    model: CharRNN, history: LanguageHistory, tokens: np.ndarray, baseline: float, named: str
) -> dict[str, Callable[[Path], Any] | None]:
    """How each picture is drawn: the training curves, if there are any, and the graph of a step on a few characters."""
    inputs, targets = next(iter(BPTTIterator(tokens, 1, 4)))
    scores, _ = model(inputs)
    graph = ag.graph(mean_loss(scores, targets), {"model": model})
    curves = (lambda path: plot_bits(history, baseline, named, path)) if history else None
    return {"curves.png": curves, "graph.dot": graph.save, "graph.svg": graph.save}
