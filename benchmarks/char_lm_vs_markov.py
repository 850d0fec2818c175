"""A character LSTM and Markov models on the same split of a text: bits per character, beside each other.

    GLASSGRAD_DATA=FOLDER python benchmarks/char_lm_vs_markov.py

The first 90% of Shakespeare are learnt, the last 10% held out. A Markov model of every order from 0 to 8 counts, with
each of three smoothings; the network trains with Adam, and shows what it has come to after each epoch.
"""

from __future__ import annotations

import argparse
import time

import autograd as ag
import nn
from nn.data import BPTTIterator, CharVocabulary, load_shakespeare
from nn.optim.lr_scheduler import CosineAnnealingLR
from nn.train import Callback, EarlyStopping, LanguageTrainer

SMOOTHINGS = ("kneser-ney", "witten-bell", 0.1)


def main() -> None:
    """Print both."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    add = parser.add_argument
    add("--cell", default="lstm", help="the network's cells (default: %(default)s)")
    add("--features", type=int, default=64, help="width of the embeddings (default: %(default)s)")
    add("--hidden", type=int, default=384, help="width of the states (default: %(default)s)")
    add("--layers", type=int, default=1, help="recurrent layers (default: %(default)s)")
    add("--dropout", type=float, default=0.1, help="share of results dropped (default: %(default)s)")
    add("--batch-size", type=int, default=32, help="streams (default: %(default)s)")
    add("--steps", type=int, default=64, help="characters in a piece of a stream (default: %(default)s)")
    add("--epochs", type=int, default=10, help="passes over the text (default: %(default)s)")
    add("--lr", type=float, default=8e-3, help="Adam's learning rate at first (default: %(default)s)")
    add("--seed", type=int, default=0, help="of the first weights (default: %(default)s)")
    add("--no-markov", action="store_true", help="train the network alone")
    arguments = parser.parse_args()

    text = load_shakespeare()
    vocabulary = CharVocabulary.from_text(text)
    tokens = vocabulary.encode(text)
    cut = len(tokens) * 9 // 10
    print(f"{cut:,} characters to learn from, {len(tokens) - cut:,} held out, {len(vocabulary)} different ones")
    best = None if arguments.no_markov else count(tokens[:cut], tokens[cut:], len(vocabulary))
    model, bits, seconds = train(tokens[:cut], tokens[cut:], vocabulary, arguments)
    if best is not None:
        print(f"{'the best Markov model':>32}: {best:.4f} bits per character")
    print(f"{'the network':>32}: {bits:.4f} bits per character, {seconds:.0f} s")
    print(nn.generate(model, "ROMEO:", 300, temperature=0.8, seed=0))


def count(learnt, held_out, size: int) -> float:
    """Print what each order of Markov models comes to; returns the least."""
    print(f"{'Markov, order':>32}: {''.join(f'{name!s:>14}' for name in SMOOTHINGS)}")
    least = float("inf")
    for order in range(9):
        start = time.perf_counter()
        models = [nn.MarkovModel(order, size, smoothing=smoothing).fit(learnt) for smoothing in SMOOTHINGS]
        bits = [nn.bits_per_token(model, held_out) for model in models]
        seconds = time.perf_counter() - start
        print(f"{order:>32}: {''.join(f'{value:14.4f}' for value in bits)}   {seconds:.1f} s", flush=True)
        least = min(least, *bits)
    return least


def train(
    learnt, held_out, vocabulary: CharVocabulary, arguments: argparse.Namespace
) -> tuple[nn.Module, float, float]:
    """Train the network; returns it, its bits per character on the held-out text, and the seconds that it took."""
    ag.manual_seed(arguments.seed)
    sizes = {key: getattr(arguments, key) for key in ("features", "hidden", "layers", "cell", "dropout")}
    model = nn.models.char_rnn("".join(vocabulary.tokens), **sizes)
    start = time.perf_counter()

    class Show(Callback):
        def on_epoch_end(self, trainer) -> None:
            row = trainer.history[-1]
            print(
                f"{f'{arguments.cell}, epoch {trainer.epoch}':>32}: {row['bits']:14.4f} in training, "
                f"{row['val_bits']:.4f} held out, {time.perf_counter() - start:.0f} s, "
                f"{len(learnt) / row['seconds']:,.0f} characters a second",
                flush=True,
            )

    batches = BPTTIterator(learnt, arguments.batch_size, arguments.steps)
    optimizer = nn.optim.Adam(model.parameters(), lr=arguments.lr)
    schedule = CosineAnnealingLR(optimizer, arguments.epochs * len(batches))
    stopping = EarlyStopping("val_bits", arguments.epochs)  # for the best weights: it waits to the end
    trainer = LanguageTrainer(model, optimizer, callbacks=[Show(), stopping], schedule=schedule, schedule_every="step")
    unseen = BPTTIterator(held_out, arguments.batch_size, arguments.steps)
    history = trainer.fit(batches, unseen, arguments.epochs, progress=False)
    return model, min(history["val_bits"]), time.perf_counter() - start


if __name__ == "__main__":
    main()
