"""Language models in use: what they write, token by token, and what a text costs them."""

from __future__ import annotations

import math
from collections.abc import Callable, Iterable, Sequence
from contextlib import nullcontext
from typing import Any

import numpy as np
from numpy.typing import NDArray

import autograd as ag
from nn import functional as F
from nn.kernels.checks import check_whole, is_whole
from nn.markov import MarkovModel
from nn.module import Module, in_use
from nn.sampling import check_sampling, sample_tokens

__all__ = ["bits_per_token", "generate", "perplexity"]

LanguageModel = Module | MarkovModel
Tokens = NDArray[np.int64]

READ_AT_ONCE = 256  # steps of a text that is read as one stream


# --- writing --------------------------------------------------------------------------------------------


def generate(
    model: LanguageModel,
    prompt: Any,
    n: int,
    temperature: float = 1.0,
    seed: int | None = None,
    top_k: int | None = None,
    top_p: float | None = None,
    vocabulary: Any = None,
) -> Any:
    """Go on with a prompt, token by token: text -> text of n tokens, (time,) -> (n,), (batch, time) -> (batch, n).

    Each token is drawn by the scores that the model gives after all before it, `nn.sampling.sample_tokens`. A network
    reads each token once, its states carried on; it runs as in use (``eval``), and is left as it was.

    Parameters
    ----------
    model: a network that is called as ``model(tokens, state)`` and returns scores (batch, time, vocabulary) and states,
        such as `nn.models.char_rnn`; or a `MarkovModel` that was fitted.
    prompt: a text, or tokens: integers. It is not part of the result. After an empty text comes what follows a line's
        end; where the vocabulary has no ``"\\n"``, and after no tokens, a network draws the first token from all alike.
    n: number of new tokens, 0 or more.
    temperature: at least 0; less than 1 keeps to what is likely, 0 takes the most likely token.
    seed: two calls with the same seed give the same; the default generator draws if None.
    top_k: if given, only this many of the most likely tokens are drawn from.
    top_p: if given, only the fewest tokens that together have this probability.
    vocabulary: whose ``encode`` and ``decode`` make tokens of text, and back; if None, that of the characters which the
        model carries.

    Raises ArgumentError for a text without a vocabulary, one that has what the vocabulary lacks, and arguments out of
    range; ShapeError and DtypeError for other tokens.

    >>> import nn
    >>> from nn.data import CharVocabulary
    >>> vocabulary = CharVocabulary.from_text("to be or not to be")
    >>> markov = nn.MarkovModel(3).fit(vocabulary.encode("to be or not to be"))
    >>> nn.generate(markov, "to", 10, temperature=0, vocabulary=vocabulary)
    ' be or not'
    >>> model = nn.models.char_rnn("".join(vocabulary.tokens), hidden=16)
    >>> nn.generate(model, "to", 5, seed=0) == nn.generate(model, "to", 5, seed=0)
    True
    """
    _check_model("generate", model)
    check_whole("generate", 0, n=n)
    check_sampling("generate", temperature, top_k, top_p)
    if seed is not None:
        check_whole("generate", 0, seed=seed)
    is_text = isinstance(prompt, str)
    vocabulary = _vocabulary(model, vocabulary) if is_text else vocabulary
    tokens = _of_text(vocabulary, prompt) if is_text else _as_batch(prompt)
    rng = ag.default_generator() if seed is None else np.random.default_rng(seed)
    with ag.no_grad(), nullcontext() if isinstance(model, MarkovModel) else in_use(model):
        follow, tokens = _reader(model), np.atleast_2d(tokens)
        drawn = np.empty((len(tokens), n), np.int64)
        for i in range(n):
            drawn[:, i] = sample_tokens(follow(tokens), temperature, top_k, top_p, rng)
            tokens = drawn[:, i : i + 1]
    if is_text:
        return vocabulary.decode(drawn[0])
    return drawn.reshape(*np.shape(ag.value_of(prompt))[:-1], n)


def _check_model(name: str, model: Any) -> None:
    if not isinstance(model, MarkovModel) and not hasattr(model, "modules"):
        raise ag.errors.ArgumentError(
            f"{name}: model={ag.errors.describe(model)}; want a network that is called as model(tokens, state), such "
            "as nn.models.char_rnn makes, or a MarkovModel that was fitted."
        )


def _reader(model: LanguageModel) -> Callable[[Tokens], NDArray[Any]]:
    """A function of the next tokens (batch, time), which gives the scores of what follows, (batch, vocabulary)."""
    if isinstance(model, MarkovModel):
        seen: Any = None

        def look_up(tokens: Tokens) -> NDArray[Any]:
            nonlocal seen
            seen = tokens if seen is None else np.concatenate([seen, tokens], axis=1)
            seen = seen[:, max(seen.shape[1] - model.order, 0) :]
            with np.errstate(divide="ignore"):  # what is impossible has the score -inf
                return np.log([model.probabilities(row) for row in seen])

        return look_up
    state: Any = None

    def read(tokens: Tokens) -> NDArray[Any]:
        nonlocal state
        if not tokens.shape[1]:
            return np.zeros((len(tokens), _size(model)))
        scores, state = model(tokens, state)
        last: NDArray[Any] = ag.value_of(scores)[:, -1]
        return last

    return read


def _size(model: Any) -> int:
    """The number of tokens that a network knows."""
    size: int | None = getattr(model, "size", None)
    if size is None:
        raise ag.errors.ArgumentError(
            f"generate: the prompt is empty, and a {type(model).__name__} does not say by an attribute `size` how many "
            "tokens there are to begin with. Give a prompt of at least one token."
        )
    return size


def _as_batch(prompt: Any) -> Tokens:
    """Tokens (time,) or (batch, time), as int64."""
    tokens = np.asarray(ag.value_of(prompt))
    if tokens.ndim not in (1, 2):
        raise ag.errors.ShapeError(
            f"generate: the prompt has the shape {tokens.shape}; want tokens (time,) or (batch, time), or a text."
        )
    if tokens.size and tokens.dtype.kind not in "iu":
        raise ag.errors.DtypeError(f"generate: the prompt is of {tokens.dtype}; want tokens, integers, or a text.")
    return tokens.astype(np.int64)


def _vocabulary(model: Any, vocabulary: Any) -> Any:
    """What makes tokens of text for this model."""
    if vocabulary is not None:
        return vocabulary
    characters = getattr(model, "characters", None)
    if characters is None:
        raise ag.errors.ArgumentError(
            "generate: the prompt is a text, but the model carries no characters. Give its vocabulary=, or a prompt "
            "of tokens; nn.models.char_rnn(vocabulary.tokens) carries them."
        )
    from nn.data import CharVocabulary

    return CharVocabulary(characters)


def _of_text(vocabulary: Any, prompt: str) -> Tokens:
    tokens: Tokens = vocabulary.encode(prompt or ("\n" if "\n" in vocabulary else ""))
    return tokens


# --- reading --------------------------------------------------------------------------------------------


def bits_per_token(model: LanguageModel, data: Any) -> float:
    """What a token of a text costs on average, ``-log2 p(token | all before it)``; the less the better.

    Of characters it is the bits per character by which language models are compared; times log 2 it is the mean cross
    entropy. A network runs as in use, its states carried from batch to batch.

    Parameters
    ----------
    model: as `generate` takes it.
    data: batches (inputs, targets), both (batch, steps), of which each continues the one before, as `BPTTIterator`
        gives them; or the tokens, (n,), as one stream. A network is not asked for the first token of a stream;
        a `MarkovModel` is, and takes tokens alone.

    Raises ArgumentError where there is no token to predict, and for what is no model or no data.

    >>> import nn
    >>> from nn.data import BPTTIterator
    >>> nn.bits_per_token(nn.MarkovModel(0, smoothing=0).fit([0, 1, 2, 3]), [1, 1, 3])
    2.0
    >>> model = nn.models.char_rnn(4, hidden=8)
    >>> round(nn.bits_per_token(model, BPTTIterator([0, 1, 2, 3] * 10, batch_size=2, steps=5)))    # it knows nothing
    2
    """
    return _bits_per_token("bits_per_token", model, data)


def _bits_per_token(name: str, model: LanguageModel, data: Any) -> float:
    _check_model(name, model)
    if isinstance(model, MarkovModel):
        return model.bits_per_token(data)
    if not isinstance(data, (Iterable, ag.Tensor)):
        raise ag.errors.ArgumentError(
            f"{name}: data={ag.errors.describe(data)}; want tokens (n,), or batches as nn.data.BPTTIterator gives them."
        )
    from nn.data import BPTTIterator

    is_stream = isinstance(data, (np.ndarray, ag.Tensor, str)) or (
        isinstance(data, Sequence) and data and is_whole(data[0])
    )
    batches = BPTTIterator(data, 1, READ_AT_ONCE) if is_stream else data
    total, count, state = 0.0, 0, None
    with ag.no_grad(), in_use(model):
        for inputs, targets in batches:
            scores, state = model(inputs, state)
            total += float(mean_loss(scores, targets).item()) * targets.size
            count += targets.size
    if not count:
        raise ag.errors.ArgumentError(f"{name}: there are no batches, so there is no mean.")
    return total / (count * math.log(2))


def perplexity(model: LanguageModel, data: Any) -> float:
    """Between how many equally likely tokens the model is undecided on average, ``2 ** bits_per_token(model, data)``.

    Parameters
    ----------
    model, data: as `bits_per_token` takes them.

    Raises as `bits_per_token` does.

    >>> import nn
    >>> nn.perplexity(nn.MarkovModel(0, smoothing=0).fit([0, 1, 2, 3]), [1, 1, 3])
    4.0
    """
    bits = _bits_per_token("perplexity", model, data)
    return 2.0**bits if bits < 1024 else math.inf


def mean_loss(scores: Any, targets: Any) -> Any:
    """Cross entropy of all tokens of a batch: (batch, steps, vocabulary), (batch, steps) -> ().

    >>> import autograd as ag
    >>> round(mean_loss(ag.zeros(2, 3, 8), ag.zeros(2, 3).astype(int)).item(), 3)    # log 8
    2.079
    """
    # Scores lie in memory step by step, as recurrent layers make them: so rows are taken without a copy.
    rows = np.swapaxes(scores, 0, 1).reshape(-1, scores.shape[2])
    return F.cross_entropy(rows, np.asarray(ag.value_of(targets)).T.reshape(-1))
