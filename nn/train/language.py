"""Training of language models: long texts in pieces that continue each other."""

from __future__ import annotations

import math
from collections.abc import Iterable, Mapping
from typing import Any

import numpy as np

import autograd as ag
from nn.generation import mean_loss
from nn.kernels.checks import check_probability, check_whole
from nn.markov import MarkovModel, Smoothing
from nn.metrics import Metric
from nn.module import Module
from nn.packing import detached
from nn.train.batches import Batch
from nn.train.callbacks import Callback
from nn.train.history import Row
from nn.train.trainer import Trainer


class LanguageTrainer(Trainer):
    """A `Trainer` of language models, by truncated backpropagation through time.

    A step learns from one piece of every stream, and begins with the states that the piece before left, from which no
    gradient flows back. Now and then a stream begins anew, with states of zeros: else the network sees these once an
    epoch, its states grow, and it cannot begin a text of its own. The history has ``"bits"`` per token beside the loss;
    data is a `BPTTIterator`, whose batches continue each other.

    Parameters
    ----------
    model: called as ``model(tokens, state)``, (batch, steps) -> scores (batch, steps, vocabulary) and states.
    optimizer, metrics, callbacks: as of `Trainer`.
    restart: the probability that a stream begins anew at a step, 0 to 1.
    clip_norm: the largest norm of a step's gradient, above 0 (Pascanu et al., 2013); None for any.
    options: all other arguments of `Trainer`.

    Raises ArgumentError for a restart out of range, and what `Trainer` raises.

    >>> import nn
    >>> from nn.data import BPTTIterator
    >>> model = nn.models.char_rnn(4, features=4, hidden=8)
    >>> trainer = LanguageTrainer(model, nn.optim.Adam(model.parameters(), lr=0.03))
    >>> text = BPTTIterator([0, 1, 2, 3] * 100, batch_size=4, steps=10)
    >>> history = trainer.fit(text, text, epochs=8, progress=False)
    >>> history["val_bits"][-1] < 0.5
    True
    """

    def __init__(
        self,
        model: Module,
        optimizer: Any,
        metrics: Iterable[Metric | str] = (),
        callbacks: Iterable[Callback] = (),
        *,
        restart: float = 0.05,
        clip_norm: float | None = 1.0,
        **options: Any,
    ) -> None:
        check_probability("LanguageTrainer", restart=restart)
        super().__init__(model, mean_loss, optimizer, metrics, callbacks, clip_norm=clip_norm, **options)
        self.restart = restart

    def compute(self, inputs: Batch, target: Any) -> tuple[Any, ag.Tensor]:
        """The scores and the loss of a piece, which goes on from the states of the one before it."""
        (tokens,) = inputs
        state = detached(self.carried)
        if self.model.training:
            state = _some_anew(state, self.restart, len(tokens))
        scores, self.carried = self.model(tokens, state)
        return scores, self.loss(scores, target)

    def weight(self, target: Any) -> int:
        """Tokens of a batch."""
        return int(np.size(target))

    def summarize(self, row: Row) -> Row:
        """With bits per token, first."""
        return {"bits": row["loss"] / math.log(2), **row}

    def load_state_dict(self, state_dict: Mapping[str, Any], weights: Mapping[str, Any]) -> None:
        """As of `Trainer`, with the states of the streams."""
        super().load_state_dict(state_dict, weights)
        self.carried = _as_states(self.carried)


def _as_states(carried: Any) -> Any:
    """States as the model gives them: Tensors, or tuples of them."""
    if isinstance(carried, list):
        return tuple(_as_states(part) for part in carried)
    return carried if carried is None else ag.Tensor(carried)


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

    Raises as `MarkovModel` does: ArgumentError for another max_order, for tokens beyond the vocabulary or none at all,
    DtypeError for tokens that are no integers.

    >>> model, bits = best_markov_model([0, 0, 1, 1] * 50, [0, 0, 1, 1] * 5, vocabulary_size=2)
    >>> model.order, len(bits)
    (2, 4)
    """
    check_whole("best_markov_model", 0, max_order=max_order)
    best, found = MarkovModel(0), [math.inf]
    for order in range(max_order + 1):
        model = MarkovModel(order, vocabulary_size, smoothing=smoothing).fit(train)
        found.append(model.bits_per_token(test))
        if found[-1] >= found[-2]:
            break
        best = model
    return best, found[1:]
