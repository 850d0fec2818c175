"""Networks that learn to write texts, character by character."""

from __future__ import annotations

import math
from collections.abc import Callable, Iterable, Mapping
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np

import autograd as ag
import nn
from autograd import write_whole
from nn.commands import runs
from nn.commands.jobs import Job, Pictures, Step
from nn.data import BPTTIterator, CharVocabulary, load_names, load_reviews, load_shakespeare, read_text
from nn.generation import mean_loss
from nn.models import CharRNN, char_rnn
from nn.plots import plot_bits
from nn.train import Callback, History, LanguageTrainer, Trainer, best_markov_model

if TYPE_CHECKING:
    from nn.commands.config import RunConfig

HELD_OUT = 0.1  # of the characters, or of the lines
MOST_STREAMS = 32  # side by side; of a short text fewer, so that an epoch has
EPOCH_STEPS = 40  # steps at least
WORTH = 4000  # steps in all, for which the number of epochs is chosen
MOST_SAMPLES = 10  # of a run
SAMPLE, LAST_SAMPLE = 200, 1000  # characters
DRAWN = {"batch_size": 1, "steps": 4}  # what a picture shows unless more is asked for: few characters
MOST_DRAWN = 60  # parts of the picture of a run: layers that compute each step by itself have more, and are closed
CHARACTERS = 65  # different ones, as Shakespeare's plays have

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
RATE = 8e-3
DEFAULTS: dict[str, dict[str, Any]] = {
    "model": {"hidden": (256,), "layers": 1, "dropout": 0.1},
    "data": {"steps": 64},
    "schedule": {"name": "cosine"},
    "training": {"clip_norm": 1.0, "temperature": 0.8},
}
# Of short texts, which a network soon knows by heart.
OF_DATA: dict[str, dict[str, dict[str, Any]]] = {
    "names": {
        "model": {"hidden": (128,), "dropout": 0.3},
        "optimizer": {"lr": 4e-3},
        "training": {"epochs": 20},
    }
}


class Writing(Job):
    """A network that is to know which character comes next. ``config`` is settled by `settled`."""

    monitor = "val_bits"
    keeps_best = True  # small texts are soon learnt by heart

    def __init__(self, command: str, config: RunConfig) -> None:
        learnt, held_out = texts(command, config)
        self.vocabulary = CharVocabulary.from_text(learnt + held_out)
        self.tokens, self.unseen = self.vocabulary.encode(learnt), self.vocabulary.encode(held_out)
        self.config, self.train, self.held_out = batches(command, config, self.tokens, self.unseen)
        ag.manual_seed(int(config.training.seed or 0))
        self.model = built("".join(self.vocabulary.tokens), config.model)
        self.counted: list[float] = []
        self.samples = _Samples(self)

    def title(self) -> str:
        """What is learnt from what, in a line."""
        return (
            f"{self.config.model.name} on {self.config.data.name}: {len(self.tokens):,} characters to learn from, "
            f"{len(self.unseen):,} held out, {len(self.vocabulary)} different ones"
        )

    def sample(self) -> np.ndarray:
        """One character."""
        return np.zeros((1, 1), int)

    def begin(self) -> list[Callback]:
        """Print how good counting is; samples are written after epochs."""
        markov, self.counted = best_markov_model(self.tokens, self.unseen, len(self.vocabulary))
        self.order = markov.order
        print(f"{self._named}: {min(self.counted):.3f} bits per character, the best order", flush=True)
        return [self.samples]

    @property
    def _named(self) -> str:
        return f"Markov of order {self.order}"

    def trainer(self, optimizer: nn.optim.Optimizer, callbacks: Iterable[Callback] = (), **options: Any) -> Trainer:
        """By truncated backpropagation through time."""
        return LanguageTrainer(self.model, optimizer, (), callbacks, **options)

    def facts(self) -> dict[str, Any]:
        """How long the text is."""
        return {"characters": [len(self.tokens), len(self.unseen)]}

    def arrays(self) -> list[np.ndarray]:
        """Both texts, and their characters."""
        characters = np.frombuffer("".join(self.vocabulary.tokens).encode(errors="surrogatepass"), np.uint8)
        return [characters, self.tokens, self.unseen]

    def judge(self, model: CharRNN, noted: Mapping[str, Any]) -> str:
        """Take the network of a run, in whose characters the text is then."""
        text = self.vocabulary.decode(self.unseen)
        vocabulary = CharVocabulary(model.characters or "")
        if unknown := [character for character in dict.fromkeys(text) if character not in vocabulary]:
            raise ValueError(f"{self.config.data.name} has {unknown[0]!r}, which the network has not learnt")
        self.model = model
        self.held_out = BPTTIterator(vocabulary.encode(text), self.held_out.batch_size, self.held_out.steps)
        return f"what is held out of {self.config.data.name}"

    def results(self, trainer: Trainer, out: Path) -> tuple[dict[str, Any], list[str], str]:
        """Bits per character beside those of counting, and what the network writes."""
        bits = nn.bits_per_token(self.model, self.held_out)
        record = {
            "bits_per_character": bits,
            "markov": {"order": self.order, "bits_per_character": self.counted},
        }
        self.samples.write(out / "samples.txt", bits)
        line = f"{self._named}: {min(self.counted):.3f} bits per character; {self.config.model.name}: {bits:.3f}"
        return record, ["samples.txt"], line

    def step(self) -> Step:
        """The loss of the first characters."""
        return step_of(self.model, *next(iter(self.train)))

    def pictures(self, history: History) -> Pictures:
        """The training curves, if there are any, and the graph of a step on a few characters."""
        few = BPTTIterator(self.tokens, DRAWN["batch_size"], DRAWN["steps"])
        graph = step_of(self.model, *next(iter(few))).graph()
        baseline, named = min(self.counted), self._named
        curves = (lambda path: plot_bits(history, baseline, named, path)) if history else None
        save = partial(graph.save, most=MOST_DRAWN)
        return {"curves.png": curves, "graph.dot": save, "graph.svg": save}


def built(vocabulary: int | str, network: Any) -> CharRNN:
    """The network that ``network``, its settings, describes."""
    sizes = {"hidden": network.hidden[0], "layers": network.layers, "dropout": network.dropout}
    return char_rnn(vocabulary, cell=MODELS[network.name], **sizes)


def step_of(model: CharRNN, inputs: np.ndarray, targets: np.ndarray) -> Step:
    """The loss of a network that is to say which characters, ``targets``, follow ``inputs``: both (streams, steps)."""

    def loss(characters: np.ndarray, following: np.ndarray) -> ag.Tensor:
        scores, _ = model(characters)
        found: ag.Tensor = mean_loss(scores, following)
        return found

    return Step(model, loss, (inputs, targets))


def sketch(command: str, config: RunConfig) -> Step:
    """The loss of a network that has learnt nothing, for characters that were drawn at random.

    Raises BadArgumentsError as `settled` does.
    """
    config = settled(command, config.filled({"data": DRAWN}))
    seed = config.training.seed or 0
    ag.manual_seed(seed)
    model = built(CHARACTERS, config.model)
    drawn = np.random.default_rng(seed).integers(
        0, CHARACTERS, (config.data.batch_size or 1, (config.data.steps or 1) + 1)
    )
    return step_of(model, drawn[:, :-1], drawn[:, 1:])


def settled(command: str, config: RunConfig) -> RunConfig:
    """The settings with the defaults that do not depend on how long the text is."""
    hidden = config.model.hidden
    if hidden is not None and len(hidden) > 1:
        raise runs.bad(
            command,
            f"--hidden {' '.join(map(str, hidden))}: {config.model.name} has layers of one width; give one number, and "
            "--layers",
        )
    if config.data.target is not None:
        raise runs.bad(command, f"--target is for tables, files .csv; {config.data.name} is none, so leave it out")
    if config.data.workers:
        raise runs.bad(command, "[data] workers is for samples with classes; texts have no use for it, so leave it out")
    return config.filled(OF_DATA.get(str(config.data.name), {})).filled(DEFAULTS)


def texts(command: str, config: RunConfig) -> tuple[str, str]:
    """The text to learn from, and the one that is held out."""
    data, size = str(config.data.name), config.data.train_size
    try:
        if data in LINES:
            lines = list(dict.fromkeys(LINES[data]()))  # one that is there twice could be learnt and held out
            order = np.random.default_rng(config.training.seed or 0).permutation(len(lines))
            cut = len(lines) - int(len(lines) * HELD_OUT)
            learnt, held_out = ("".join(f"{lines[i]}\n" for i in part) for part in (order[:cut], order[cut:]))
        else:
            text = TEXTS[data]() if data in TEXTS else read_text(data)
            cut = len(text) - int(len(text) * HELD_OUT)
            learnt, held_out = text[:cut], text[cut:]
    except (OSError, ag.errors.ArgumentError) as error:
        raise runs.bad(command, error) from error
    if size is not None and size > len(learnt):
        raise runs.bad(command, f"--train-size {size}: {data} has only {len(learnt)} characters to learn from")
    return learnt[:size], held_out


def batches(
    command: str, config: RunConfig, tokens: np.ndarray, unseen: np.ndarray
) -> tuple[RunConfig, BPTTIterator, BPTTIterator]:
    """Both texts in pieces; settles the number of streams and of epochs, which depend on how long the text is."""
    steps = int(config.data.steps or 1)
    streams = config.data.batch_size or min(max(len(tokens) // (steps * EPOCH_STEPS), 1), MOST_STREAMS)
    try:
        train = BPTTIterator(tokens, streams, steps)
        # each stream of the held out text begins without knowing what went before
        test = BPTTIterator(unseen, min(MOST_STREAMS, 1 + len(unseen) // 1000), steps)
    except ag.errors.ArgumentError as error:
        raise runs.bad(
            command,
            f"{config.data.name} is too short, with {len(tokens):,} characters to learn from and {len(unseen):,} held "
            f"out; want {streams + 1:,} or more to learn from, one more than --batch-size, and 2 held out",
        ) from error
    epochs = min(max(math.ceil(WORTH / len(train)), 5), 100)
    return config.filled({"data": {"batch_size": streams}, "training": {"epochs": epochs}}), train, test


class _Samples(Callback):
    """What the model wrote: printed now and then while it learns, and kept for a file."""

    def __init__(self, job: Writing) -> None:
        self.model = job.model
        self.temperature = float(job.config.training.temperature or 0.0)
        self.seed = job.config.training.seed
        self.texts: list[str] = []

    def on_epoch_end(self, trainer: Trainer) -> None:
        """Print a sample, unless there are very many epochs."""
        row = trainer.history[-1]
        every = math.ceil(trainer.epochs / MOST_SAMPLES)
        if not math.isfinite(row["val_bits"]) or (trainer.epoch % every and trainer.epoch != trainer.epochs):
            return
        text = self._written(SAMPLE)
        print("\n".join(f"    {line}" for line in text.split("\n")), flush=True)
        self.texts.append(f"--- after epoch {trainer.epoch}, {row['val_bits']:.3f} bits per character ---\n{text}\n")

    def write(self, path: Path, bits: float) -> None:
        """Write all samples, and at last a longer one of the weights that were kept."""
        last = []
        if math.isfinite(bits):
            last = [f"--- at the end, {bits:.3f} bits per character ---\n{self._written(LAST_SAMPLE)}\n"]
        write_whole(path, "\n".join([*self.texts, *last]).encode())

    def state_dict(self) -> dict[str, Any]:
        """What was written so far."""
        return {"texts": self.texts}

    def load_state_dict(self, state_dict: Mapping[str, Any]) -> None:
        """Go on with what was written."""
        self.texts = list(state_dict["texts"])

    def _written(self, n: int) -> str:
        text: str = nn.generate(self.model, "", n, self.temperature, self.seed)
        return text.strip("\n")
