"""Markov models of sequences: the next token from the few before it, by counting. They have no parameters to train."""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Literal

import numpy as np

import autograd as ag
from nn.kernels.checks import as_tokens, check_whole, is_whole
from nn.sampling import check_sampling, sample_tokens

if TYPE_CHECKING:
    from numpy.typing import NDArray

__all__ = ["MarkovModel"]

Smoothing = Literal["kneser-ney", "witten-bell"]
BEYOND = np.iinfo(np.int64).max  # stands after the codes of all grams, where a search for any of them ends


@dataclass(frozen=True)
class _Level:
    """What follows contexts of one length: ``p(token | context) = gain + weight * p(token | shorter context)``.

    A gram is a context and the token after it. Grams are sorted by their codes, ``context * size + token``, and their
    numbers in that order are the contexts of the next level. So codes stay small, whatever the order.
    """

    codes: NDArray[np.int64]  # of each gram, and BEYOND
    gain: NDArray[np.float64]  # of each gram; at last 0, for those that were not seen
    starts: NDArray[np.int64]  # of each context's grams, and the end
    weight: NDArray[np.float64]  # of each context; at last 1, for those that were not seen

    def find(self, codes: Any) -> Any:
        """The numbers of grams, -1 for those that were not seen."""
        places = np.searchsorted(self.codes, codes)
        return np.where(self.codes[places] == codes, places, -1)


class MarkovModel:
    """The next token from the ``order`` tokens before it, by how often it followed them: (n,) -> (vocabulary).

    The beginning of a sequence has shorter contexts: its first token has the probability that a model of order 0 gives
    it, the second that of order 1, and so on. It is no Module: counts have no gradients.

    With c(h, w) how often token w followed the context h, c(h) its sum over w, and h' the context without its first
    token, the probability is:

    - of a number alpha, additive: ``(c(h, w) + alpha) / (c(h) + alpha * V)``, where V is the size of the vocabulary.
      1 is Laplace's rule, less is Lidstone's, 0 maximum likelihood (what was not seen is impossible). After a context
      that was not seen all tokens are equally likely.
    - ``"witten-bell"``: ``(c(h, w) + d(h) * p(w | h')) / (c(h) + d(h))``, where d(h) is the number of different tokens
      that followed h, and what is below order 0 is uniform. Witten and Bell, "The zero-frequency problem", 1991.
    - ``"kneser-ney"``: ``(c(h, w) - D(c(h, w)) + sum of D * p(w | h')) / c(h)``, where contexts shorter than ``order``
      count differently: c(h, w) is the number of different tokens before (h, w). The discounts D of counts 1, 2
      and more are estimated for each length; where there is too little to do so they are 1/2. Kneser and Ney, "Improved
      backing-off for m-gram language modeling", 1995; modified as by Chen and Goodman, 1999.

    The two by name mix all orders; additive smoothing uses the longest alone, and is best at a lower order.

    Parameters
    ----------
    order: number of tokens that the next one depends on, 0 or more.
    vocabulary_size: tokens are less than this; one more than the largest that `fit` sees if None.
    smoothing: ``"witten-bell"``, ``"kneser-ney"``, or a number alpha, 0 or more.

    Raises ArgumentError for others.

    >>> import nn
    >>> model = nn.MarkovModel(order=1, smoothing=1.0).fit([0, 1, 0, 1, 0, 2])
    >>> model.probabilities([0])    # 1 twice, 2 once, and one more of each
    array([0.16666667, 0.5       , 0.33333333])
    >>> round(model.bits_per_token([0, 1, 0]), 3)
    0.969
    """

    def __init__(
        self, order: int, vocabulary_size: int | None = None, *, smoothing: Smoothing | float = "witten-bell"
    ) -> None:
        check_whole("MarkovModel", 0, order=order)
        if vocabulary_size is not None:
            check_whole("MarkovModel", 1, vocabulary_size=vocabulary_size)
        if isinstance(smoothing, str):
            known = smoothing in ("witten-bell", "kneser-ney")
        else:
            known = (is_whole(smoothing) or isinstance(smoothing, (float, np.floating))) and 0 <= smoothing < math.inf
        if not known:
            raise ag.errors.ArgumentError(
                f"MarkovModel: smoothing={smoothing!r}; want 'witten-bell', 'kneser-ney', or what is added to each "
                "count, a number of at least 0, such as 0.1."
            )
        self.order = order
        self.vocabulary_size = vocabulary_size
        self.smoothing: Smoothing | float = smoothing
        self._size = 0  # of the vocabulary, once fitted
        self._levels: list[_Level] = []  # by the length of the context, from 0

    def fit(self, tokens: Any) -> MarkovModel:
        """Count what follows what in a sequence of tokens (n,), n at least 1; returns the model.

        What an earlier call counted is forgotten. Several texts are fitted as one sequence, with a token between them
        that ends each. It takes order + 1 sorts of n numbers, and keeps 32 bytes for each different gram of up to
        order + 1 tokens.

        Raises ArgumentError for no tokens or tokens that are not in the vocabulary, DtypeError for other than integers.

        >>> import nn
        >>> nn.MarkovModel(2).fit([0, 1, 2, 0, 1, 2])
        MarkovModel(2, smoothing='witten-bell')
        """
        tokens = as_tokens("MarkovModel.fit", tokens, self.vocabulary_size)
        if not len(tokens):
            raise ag.errors.ArgumentError("MarkovModel.fit: there are no tokens, so there is nothing to count.")
        size = self.vocabulary_size or int(tokens.max()) + 1
        if len(tokens) * size > BEYOND:
            raise ag.errors.ArgumentError(
                f"MarkovModel.fit: {len(tokens):,} tokens of a vocabulary of {size:,} are too many to number in 64 "
                "bits. Number the tokens that occur from 0, as by np.unique(tokens, return_inverse=True)."
            )
        self._size = size
        found = self._count(tokens)
        contexts = [1, *(len(codes) for codes, _ in found[:-1])]
        self._levels = [self._level(*grams, count) for grams, count in zip(found, contexts, strict=True)]
        return self

    def _count(self, tokens: NDArray[np.int64]) -> list[tuple[NDArray[np.int64], NDArray[np.int64]]]:
        """For contexts of each length, the codes of the grams that begin with them, and how often these count."""
        found: list[tuple[NDArray[np.int64], NDArray[np.int64]]] = []
        contexts = ends = np.zeros(len(tokens), np.int64)
        for length in range(self.order + 1):
            shorter = ends
            codes, ends, counts = np.unique(
                contexts * self._size + tokens[length:], return_inverse=True, return_counts=True
            )
            if found and self.smoothing == "kneser-ney":
                tail = np.empty(len(codes), np.int64)  # each gram without its first token
                tail[ends] = shorter[1:]
                found[-1] = found[-1][0], np.bincount(tail, minlength=len(found[-1][0]))
            found.append((codes, counts))
            contexts = ends[:-1]  # of the tokens that follow
        return found

    def _level(self, codes: NDArray[np.int64], counts: NDArray[np.int64], contexts: int) -> _Level:
        starts = np.searchsorted(codes, np.arange(contexts + 1) * self._size)
        owner = codes // self._size
        gain = counts.astype(np.float64)
        total = np.bincount(owner, gain, contexts).astype(np.float64)  # of no grams they would be integers
        if self.smoothing == "kneser-ney":
            discount = _discounts(counts)[np.minimum(counts, 3)]
            gain -= discount
            given = np.bincount(owner, discount, contexts)
        elif self.smoothing == "witten-bell":
            given = np.diff(starts).astype(np.float64)
            total += given
        else:
            given = np.full(contexts, float(self.smoothing) * self._size)
            total += given
        seen = total > 0  # a context at the end of the text was followed by nothing
        gain /= np.where(seen, total, 1.0)[owner]
        weight = np.divide(given, total, out=np.ones(contexts), where=seen)
        return _Level(np.append(codes, BEYOND), np.append(gain, 0.0), starts, np.append(weight, 1.0))

    def log_likelihood(self, tokens: Any) -> float:
        """The logarithm of a sequence's probability: (n,) -> nats; 0 for no tokens, -inf for what is impossible.

        The first tokens have shorter contexts; of a text that goes on after another one, it is the difference of
        both together and the first alone.

        Raises ArgumentError before `fit`, and for tokens that are not in the vocabulary.

        >>> import nn
        >>> model = nn.MarkovModel(0, smoothing=0).fit([0, 1, 1, 1])
        >>> round(model.log_likelihood([0, 1]), 4)    # log(1/4 * 3/4)
        -1.674
        """
        self._check_fitted("log_likelihood")
        tokens = as_tokens("MarkovModel.log_likelihood", tokens, self._size)
        p = np.full(len(tokens), 1 / self._size)
        contexts = np.zeros(len(tokens), np.int64)
        for length, level in enumerate(self._levels[: len(tokens)]):
            grams = level.find(contexts * self._size + tokens[length:])
            p[length:] = level.gain[grams] + level.weight[contexts] * self._below(p[length:])
            contexts = grams[:-1]
        with np.errstate(divide="ignore"):
            return float(np.log(p).sum())

    def bits_per_token(self, tokens: Any) -> float:
        """What a token costs on average, ``-log_likelihood / (n log 2)``: (n,) -> bits; the less the better.

        Of characters, it is the bits per character of language models. 2 to its power is the perplexity; times log 2 it
        is the mean cross-entropy, as of `nn.functional.cross_entropy`.

        Raises ArgumentError before `fit`, for no tokens, and for tokens that are not in the vocabulary.

        >>> import nn
        >>> nn.MarkovModel(0, smoothing=0).fit([0, 1, 2, 3]).bits_per_token([1, 1, 3])
        2.0
        """
        loss = 0.0 - self.log_likelihood(tokens)  # of what is certain 0, and not -0
        if not len(tokens):
            raise ag.errors.ArgumentError("MarkovModel.bits_per_token: there are no tokens, so there is no mean.")
        return loss / (len(tokens) * math.log(2))

    def probabilities(self, context: Any = ()) -> NDArray[np.float64]:
        """Of each token, how likely it is next after a context: (n,) -> (vocabulary), which sum to 1.

        Only the last ``order`` tokens of the context matter; it may be shorter, or empty for the first token of a text.

        Raises ArgumentError before `fit`, and for tokens that are not in the vocabulary.

        >>> import nn
        >>> nn.MarkovModel(1).fit([0, 1, 0, 1, 0]).probabilities([1])
        array([0.85714286, 0.14285714])
        """
        self._check_fitted("probabilities")
        return self._next(self._contexts("MarkovModel.probabilities", context))

    def sample(
        self, n: int, prompt: Any = (), *, temperature: float = 1.0, rng: np.random.Generator | None = None
    ) -> NDArray[np.int64]:
        """Draw what follows a prompt, token by token: (n,), without the prompt.

        Parameters
        ----------
        n: how many tokens, 0 or more.
        prompt: tokens that stand before; none for the beginning of a text.
        temperature: at least 0; less than 1 keeps to what is likely, 0 takes the most likely token.
        rng: generator; the default generator if None.

        Raises ArgumentError before `fit`, for tokens that are not in the vocabulary, and for arguments out of range.

        >>> import nn
        >>> nn.MarkovModel(1, smoothing=0).fit([0, 1, 2, 0]).sample(5, prompt=[1])
        array([2, 0, 1, 2, 0])
        """
        self._check_fitted("sample")
        check_whole("MarkovModel.sample", 0, n=n)
        check_sampling("MarkovModel.sample", temperature, None, None)
        contexts = self._contexts("MarkovModel.sample", prompt)
        result = np.empty(n, np.int64)
        for i in range(n):
            with np.errstate(divide="ignore"):  # what is impossible has the score -inf
                scores = np.log(self._next(contexts)[None])
            result[i] = sample_tokens(scores, temperature, rng=rng)[0]
            contexts = self._after(contexts, int(result[i]))
        return result

    def _contexts(self, operation: str, tokens: Any) -> list[int]:
        """At which context each level stands after these tokens; levels for which they are too few are left out."""
        tokens = as_tokens(operation, tokens, self._size)
        contexts = [0]
        for token in tokens[max(len(tokens) - self.order, 0) :].tolist():
            contexts = self._after(contexts, token)
        return contexts

    def _after(self, contexts: list[int], token: int) -> list[int]:
        levels = zip(self._levels[: self.order], contexts, strict=False)
        return [0, *(int(level.find(context * self._size + token)) for level, context in levels)]

    def _next(self, contexts: list[int]) -> NDArray[np.float64]:
        p = np.full(self._size, 1 / self._size)
        for level, context in zip(self._levels, contexts, strict=False):
            p = np.full(self._size, level.weight[context] * self._below(p))
            if context >= 0:
                grams = slice(*level.starts[context : context + 2])
                p[level.codes[grams] - context * self._size] += level.gain[grams]
        return p

    def _below(self, p: NDArray[np.float64]) -> Any:
        """What a level adds to: the level below where they are mixed, or else the uniform distribution."""
        return p if isinstance(self.smoothing, str) else 1 / self._size

    def _check_fitted(self, operation: str) -> None:
        if not self._levels:
            raise ag.errors.ArgumentError(f"MarkovModel.{operation}: nothing was counted yet; call fit(tokens) first.")

    def __repr__(self) -> str:
        size = "" if self.vocabulary_size is None else f", {self.vocabulary_size}"
        return f"MarkovModel({self.order}{size}, smoothing={self.smoothing!r})"


def _discounts(counts: NDArray[np.int64]) -> NDArray[np.float64]:
    """Chen and Goodman's discounts of the counts 0, 1, 2 and more, from how many grams have the counts 1 to 4."""
    n1, n2, n3, n4 = np.bincount(np.minimum(counts, 5), minlength=6)[1:5]
    if not (n1 and n2 and n3):
        return np.array([0.0, 0.5, 0.5, 0.5])
    first = n1 / (n1 + 2 * n2)
    # On few counts the formulas can go below 0; the discount of a larger count is never less than that of 1.
    return np.array([0.0, first, max(2 - 3 * first * n3 / n2, first), max(3 - 4 * first * n4 / n3, first)])
