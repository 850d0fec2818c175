"""Training of language models: long texts in pieces that continue each other, and what each epoch came to."""

from __future__ import annotations

import math
import time
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import autograd as ag
from nn.data import BPTTIterator
from nn.generation import bits_per_token, mean_loss
from nn.markov import MarkovModel, Smoothing
from nn.module import Module
from nn.packing import detached
from nn.train.interrupts import Stop
from nn.train.progress import progress_bar
from nn.vectors import clip_grad_norm_

RECENT = 50  # steps that the bits in the bar are a mean of


@dataclass(frozen=True, slots=True)
class LanguageEpoch:
    """What one pass over a text came to.

    Attributes
    ----------
    epoch: its number, from 1.
    train_bits: bits per token, a mean over the text, each piece read by the weights as they were at its step.
    test_bits: of the weights at the end of the epoch, on a text that they are not fitted to.
    seconds: that the pass took, without the test.
    """

    epoch: int
    train_bits: float
    test_bits: float
    seconds: float


LanguageHistory = list[LanguageEpoch]


def fit_language_model(
    model: Module,
    optimizer: Any,
    train: BPTTIterator,
    test: BPTTIterator,
    epochs: int,
    *,
    clip: float = 1.0,
    restart: float = 0.05,
    stop: Stop | None = None,
    progress: bool = True,
    on_epoch: Callable[[LanguageEpoch], Any] | None = None,
) -> LanguageHistory:
    """Train a language model by truncated backpropagation through time, and return what each epoch came to.

    A step learns from one piece of every stream, and begins with the states that the piece before left, from which no
    gradient flows back. Now and then a stream begins anew, with states of zeros: else the network sees these once an
    epoch, its states grow, and it cannot begin a text of its own. The learning rates fall from those that the optimizer
    has to 0, along half a cosine (Loshchilov and Hutter, 2017), and are then put back. The model ends with the weights
    of the epoch that was best on the test text: small texts are soon learnt by heart. (`fit` keeps the last ones.)

    Parameters
    ----------
    model: called as ``model(tokens, state)``, (batch, steps) -> scores (batch, steps, vocabulary) and states.
    optimizer: over the model's parameters.
    train, test: batches of inputs and targets (batch, steps), of which each continues the one before.
    epochs: passes over the training text, 1 or more.
    clip: the largest norm of a step's gradient, above 0 (Pascanu et al., 2013).
    restart: the probability that a stream begins anew at a step, 0 to 1.
    stop: ends training after the step during which it is asked to (see ``stop_on_interrupt``). The epoch that is not
        complete has no place in the history, but its weights are kept if they are the best.
    progress: whether to draw a bar for each epoch on stderr.
    on_epoch: called with what an epoch came to, after it.

    Where the loss is no finite number any more, training ends with that epoch.

    Raises ValueError for less than one epoch.

    >>> import nn
    >>> from nn.data import BPTTIterator
    >>> model = nn.models.char_rnn(4, features=4, hidden=8)
    >>> optimizer = nn.optim.Adam(model.parameters(), lr=0.03)
    >>> text = BPTTIterator([0, 1, 2, 3] * 100, batch_size=4, steps=10)
    >>> history = fit_language_model(model, optimizer, text, text, epochs=8, progress=False)
    >>> history[-1].test_bits < 0.5
    True
    """
    if epochs < 1:
        raise ValueError(f"epochs is 1 or more; got {epochs}")
    history: LanguageHistory = []
    stop = stop or Stop()
    rate = _Cosine(optimizer, epochs * len(train))
    best, best_weights = math.inf, None
    try:
        for number in range(1, epochs + 1):
            if stop.asked:
                break
            with progress_bar(f"epoch {number:{len(str(epochs))}}/{epochs}", len(train), progress) as bar:
                start = time.perf_counter()
                bits, is_whole = _one_pass(model, optimizer, rate, train, clip, restart, bar, stop)
                seconds = time.perf_counter() - start
                epoch = LanguageEpoch(number, bits, bits_per_token(model, test), seconds)
                if bar is not None:
                    bar.set_postfix_str(f"{bits:.3f} bits, held out {epoch.test_bits:.3f}", refresh=False)
            if epoch.test_bits < best:
                best, best_weights = epoch.test_bits, model.state_dict()
            if not is_whole:
                break
            history.append(epoch)
            if on_epoch is not None:
                on_epoch(epoch)
            if not math.isfinite(bits):
                break
    finally:
        rate.put_back()
    if best_weights is not None:
        model.load_state_dict(best_weights)
    return history


class _Cosine:
    """Learning rates that fall from an optimizer's own to 0 in so many steps."""

    def __init__(self, optimizer: Any, steps: int) -> None:
        self.rates = [(group, group["lr"]) for group in optimizer.param_groups]
        self.steps = steps
        self.taken = 0

    def next_step(self) -> None:
        for group, rate in self.rates:
            group["lr"] = rate * (0.5 + 0.5 * math.cos(math.pi * self.taken / self.steps))
        self.taken += 1

    def put_back(self) -> None:
        for group, rate in self.rates:
            group["lr"] = rate


def _one_pass(
    model: Module,
    optimizer: Any,
    rate: _Cosine,
    data: BPTTIterator,
    clip: float,
    restart: float,
    bar: Any,
    stop: Stop,
) -> tuple[float, bool]:
    """One pass over the training text: mean bits per token, NaN once they are not finite; and whether it was whole."""
    model.train()
    parameters = list(model.parameters())
    total, tokens, recent, state = 0.0, 0, 0.0, None
    for number, (inputs, targets) in enumerate(data, 1):
        if stop.asked:
            return total / max(tokens, 1), False
        scores, state = model(inputs, _some_anew(detached(state), restart, len(inputs)))
        loss = mean_loss(scores, targets)
        bits = float(loss.item()) / math.log(2)
        if not math.isfinite(bits):
            return math.nan, True
        optimizer.zero_grad()
        loss.backward()
        clip_grad_norm_(parameters, clip)
        rate.next_step()
        optimizer.step()
        total += bits * targets.size
        tokens += targets.size
        recent += (bits - recent) / min(number, RECENT)
        if bar is not None:
            bar.set_postfix_str(f"{recent:.3f} bits", refresh=False)
            bar.update()
    return total / tokens, True


def _some_anew(states: Any, share: float, batch: int) -> Any:
    """The states, (layers, batch, width) each, with zeros for a random share of the streams."""
    if states is None or not share:
        return states
    goes_on = ag.default_generator().random((batch, 1)) >= share
    if isinstance(states, tuple):
        return tuple(state * goes_on.astype(state.dtype) for state in states)
    return states * goes_on.astype(states.dtype)


def best_markov_model(
    train: Any, test: Any, vocabulary_size: int, *, max_order: int = 12, smoothing: Smoothing | float = "kneser-ney"
) -> tuple[MarkovModel, list[float]]:
    """The Markov model whose order is best on a test text, and the bits per token of each order that was tried, from 0.

    Orders are tried as long as the next one is better.

    Parameters
    ----------
    train, test: tokens (n,).
    vocabulary_size: tokens are less than this.
    max_order: the largest that is tried, 0 or more.
    smoothing: as of `MarkovModel`.

    >>> model, bits = best_markov_model([0, 0, 1, 1] * 50, [0, 0, 1, 1] * 5, vocabulary_size=2)
    >>> model.order, len(bits)
    (2, 4)
    """
    best, found = MarkovModel(0), [math.inf]
    for order in range(max_order + 1):
        model = MarkovModel(order, vocabulary_size, smoothing=smoothing).fit(train)
        found.append(model.bits_per_token(test))
        if found[-1] >= found[-2]:
            break
        best = model
    return best, found[1:]
