"""Sequences out of models that say what comes next: the likeliest token at each step, drawn ones, and beam search.

They are given a function of the tokens before, (batch,) integers, and a state, that returns the scores of all tokens,
(batch, vocabulary), before any softmax, and the next state; as a third result, if there is one, attention weights
(batch, ...). So they serve any model that goes step by step. All sequences of a batch are decoded at once, and nothing
is recorded for derivatives.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray

import autograd as ag
from nn.kernels.checks import check_whole, place
from nn.sampling import check_sampling, is_number, sample_tokens

__all__ = ["Decoded", "beam_search", "greedy", "sampled", "take_batch"]

Step = Callable[[NDArray[np.int64], Any], tuple[Any, ...]]
Reorder = Callable[[Any, NDArray[np.int64]], Any]

MOST_PENALTY = 10  # of beam search for the length: useful ones are about 1, and with huge ones nothing is a number


class Decoded(NamedTuple):
    """The sequences that a search wrote, how long and how likely they are, and what they looked at.

    Attributes
    ----------
    tokens: (batch, steps), int64, without the start; from a sequence's length on all are the token for the end.
    lengths: tokens before the end, (batch,).
    log_probabilities: of the sequences, their end included, (batch,), float64.
    weights: of attention, (batch, steps, ...), those of each token, 0 behind the end; None where there were none.

    >>> def count(tokens, state):    # after a number comes the next one; at 9 it ends
    ...     return np.eye(10)[np.minimum(tokens + 1, 9)], state
    >>> found = greedy(count, None, start=[5, 7], end=9)
    >>> found.lengths, found.tokens.shape
    (array([3, 1]), (2, 4))
    """

    tokens: NDArray[np.int64]
    lengths: NDArray[np.int64]
    log_probabilities: NDArray[np.float64]
    weights: NDArray[Any] | None


def greedy(step: Step, state: Any, start: Any, end: int | None = None, max_steps: int = 100) -> Decoded:
    """Take the most likely token at each step.

    Parameters
    ----------
    step: of tokens (batch,) and a state; returns scores (batch, vocabulary), the next state, and weights if any.
    state: the first state.
    start: the first tokens, (batch,), integers.
    end: the token that ends a sequence; None if there is none.
    max_steps: tokens at most, at least 1; decoding stops before if all sequences have ended.

    Raises ArgumentError and ShapeError for what does not fit.

    >>> import numpy as np
    >>> def count(tokens, state):    # after a number comes the next one; at 9 it ends
    ...     return np.eye(10)[np.minimum(tokens + 1, 9)], state
    >>> greedy(count, None, start=[5, 7], end=9).tokens
    array([[6, 7, 8, 9],
           [8, 9, 9, 9]])
    """
    return _one_by_one("greedy", lambda scores: scores.argmax(axis=1), step, state, start, end, max_steps)


def sampled(
    step: Step,
    state: Any,
    start: Any,
    end: int | None = None,
    max_steps: int = 100,
    *,
    temperature: float = 1.0,
    top_k: int | None = None,
    top_p: float | None = None,
    rng: np.random.Generator | None = None,
) -> Decoded:
    """Draw a token at each step.

    Parameters
    ----------
    step, state, start, end, max_steps: as for `greedy`.
    temperature: at least 0: more than 1 makes rare tokens likelier; with 0 the most likely is taken.
    top_k: if given, only the k most likely tokens are drawn, at least 1.
    top_p: if given, only the fewest tokens that have this probability together, above 0 and up to 1.
    rng: generator of the draws; the default one if None.

    The log probabilities are those of the model itself, whatever the temperature. Raises ArgumentError and ShapeError
    for what does not fit.

    >>> import numpy as np
    >>> def coin(tokens, state):
    ...     return np.zeros((len(tokens), 2)), state
    >>> result = sampled(coin, None, start=[0], max_steps=6, rng=np.random.default_rng(1))
    >>> result.tokens, result.log_probabilities / np.log(0.5)
    (array([[1, 1, 0, 1, 0, 0]]), array([6.]))
    """
    check_sampling(place("sampled"), temperature, top_k, top_p)
    rng = ag.default_generator(rng)

    def choose(scores: NDArray[Any]) -> NDArray[np.int64]:
        return sample_tokens(scores, temperature, top_k, top_p, rng)

    return _one_by_one("sampled", choose, step, state, start, end, max_steps)


def _one_by_one(
    name: str,
    choose: Callable[[NDArray[Any]], NDArray[np.int64]],
    step: Step,
    state: Any,
    start: Any,
    end: int | None,
    max_steps: int,
) -> Decoded:
    tokens = _checked(name, start, end, max_steps)
    goes_on = np.ones(len(tokens), bool)
    total = np.zeros(len(tokens))
    all_tokens, all_weights = [], []
    with ag.no_grad():
        for _ in range(max_steps):
            scores, state, weights = _called(name, step, tokens, state, end)
            tokens = choose(scores)
            if end is not None:
                tokens = np.where(goes_on, tokens, end)
            total += np.where(goes_on, _log_softmax(scores)[np.arange(len(tokens)), tokens], 0.0)
            all_tokens.append(tokens)
            all_weights.append(_masked(weights, goes_on))
            if end is not None:
                goes_on = goes_on & (tokens != end)
                if not goes_on.any():
                    break
    return _decoded(name, np.stack(all_tokens, axis=1), end, total, all_weights)


# --- beam search ----------------------------------------------------------------------------------------


def take_batch(state: Any, index: Any, axis: int = 0) -> Any:
    """Rows of a batch in all arrays of a state, which may be nested: the sequences ``index`` of it.

    Parameters
    ----------
    state: an array or Tensor, None, or a tuple, list or dict of states.
    index: integers (rows,).
    axis: which of each array's is the batch: 1 for the states of recurrent layers.

    Raises ShapeError for an array that does not have these rows.

    >>> import numpy as np
    >>> take_batch({"h": np.array([[1.0, 2.0, 3.0]])}, [2, 2, 0], axis=1)
    {'h': array([[3., 3., 1.]])}
    """
    if state is None:
        return None
    if isinstance(state, dict):
        return {name: take_batch(part, index, axis) for name, part in state.items()}
    if isinstance(state, (tuple, list)):
        parts = [take_batch(part, index, axis) for part in state]
        return type(state)(*parts) if hasattr(state, "_fields") else type(state)(parts)
    shape = np.shape(state)
    if len(shape) <= axis or shape[axis] <= np.max(index, initial=-1):
        what = f"an array of shape {shape}" if shape else f"a {type(state).__name__}"
        raise ag.errors.ShapeError(
            f"{place('take_batch')}: the state has {what}, of which row {np.max(index, initial=-1)} of axis {axis} "
            "cannot be taken; want arrays with the batch on that axis. States of recurrent layers have it on axis 1: "
            "reorder=lambda state, index: take_batch(state, index, axis=1). Keep what is the same for all out of it."
        )
    return np.take(state, index, axis=axis)


def beam_search(
    step: Step,
    state: Any,
    start: Any,
    end: int | None = None,
    max_steps: int = 100,
    *,
    width: int = 5,
    length_penalty: float = 0.0,
    reorder: Reorder = take_batch,
) -> Decoded:
    """Go on with the ``width`` best sequences at each step, and return the best at the end.

    The best is that of the largest ``log probability / ((5 + n) / 6) ** length_penalty``, with n the number of tokens,
    end included (Wu et al., 2016); with 0 it is the likeliest one. A sequence that has ended keeps its place among the
    ``width`` until it is displaced. With a width of 1 this is `greedy`; with one that is large enough for all sequences
    it finds the best there is.

    Parameters
    ----------
    step: as for `greedy`. Its batch is that of the beam, (batch * width,): the sequences of a sample are neighbours.
    state, start, end: as for `greedy`, with a batch of (batch,).
    max_steps: tokens at most, at least 1. Where some have not ended by then, they compete all the same.
    width: sequences that are kept for each sample, at least 1.
    length_penalty: 0 to 10; the larger, the longer the results.
    reorder: ``reorder(state, index)`` takes the rows (batch * width,) of a state: `take_batch`, on axis 0 of each
        array, or another function, such as ``lambda state, index: take_batch(state, index, axis=1)`` for the states of
        recurrent layers.

    Raises ArgumentError and ShapeError for what does not fit.

    >>> import numpy as np
    >>> p = np.array([[0.0, 0.6, 0.4, 0.0], [0.0, 0.3, 0.3, 0.4], [0.0, 0.0, 0.0, 1.0]])    # of the next, after 0, 1, 2
    >>> def step(tokens, state):
    ...     return np.log(p[tokens] + 1e-9), state
    >>> greedy(step, None, [0], end=3).tokens, beam_search(step, None, [0], end=3, width=2).tokens
    (array([[1, 3]]), array([[2, 3]]))
    """
    tokens = _checked("beam_search", start, end, max_steps)
    check_whole("beam_search", 1, width=width)
    if not is_number(length_penalty) or not 0 <= length_penalty <= MOST_PENALTY:
        raise ag.errors.ArgumentError(
            f"{place('beam_search')}: length_penalty={length_penalty!r}; want a number from 0 to {MOST_PENALTY}: 0 "
            "ranks by the log probability alone, 1 nearly by that of each token."
        )
    batch = len(tokens)
    first = np.repeat(np.arange(batch), width)
    tokens = tokens[first]
    beams = _Beams.first(batch, width, length_penalty, max_steps)
    history = []
    with ag.no_grad():
        state = reorder(state, first)
        for _ in range(max_steps):
            scores, state, weights = _called("beam_search", step, tokens, state, end)
            beams, parents, chosen = beams.extended(_log_softmax(scores), end)
            history.append((parents, chosen, weights))
            if beams.are_settled():
                break
            state = reorder(state, (np.arange(batch)[:, None] * width + parents).reshape(-1))
            tokens = chosen.reshape(-1)
    return _traced_back(history, beams, end)


class _Beams(NamedTuple):
    """The sequences that are kept, (batch, width) each: log probabilities, tokens so far, and which go on."""

    totals: NDArray[np.float64]
    counts: NDArray[np.int64]
    goes_on: NDArray[np.bool_]
    penalty: float
    most: int  # tokens that there can be

    @classmethod
    def first(cls, batch: int, width: int, penalty: float, most: int) -> _Beams:
        """All empty; but for the first of each sample they are impossible, or else the same would be there often."""
        totals = np.full((batch, width), -np.inf)
        totals[:, 0] = 0.0
        return cls(totals, np.zeros((batch, width), np.int64), np.ones((batch, width), bool), penalty, most)

    def extended(self, logs: Any, end: int | None) -> tuple[_Beams, NDArray[np.int64], NDArray[np.int64]]:
        """The best with one token more, of log probabilities (batch * width, vocabulary); their parents; the tokens."""
        batch, width = self.totals.shape
        logs = logs.reshape(batch, width, logs.shape[1])
        if end is not None:
            logs[~self.goes_on] = -np.inf
            logs[~self.goes_on, end] = 0.0  # what has ended stays as it is
        counts = self.counts + self.goes_on
        totals = self.totals[:, :, None] + logs
        ranks = totals / self._divisor(counts)[:, :, None]
        each = (batch, width * logs.shape[2])
        best = _largest(ranks.reshape(each), width)
        parents, tokens = np.divmod(best, logs.shape[2])
        goes_on = np.take_along_axis(self.goes_on, parents, axis=1)
        beams = self._replace(
            totals=np.take_along_axis(totals.reshape(each), best, axis=1),
            counts=np.take_along_axis(counts, parents, axis=1),
            goes_on=goes_on if end is None else goes_on & (tokens != end),
        )
        return beams, parents, tokens

    def ranks(self) -> NDArray[np.float64]:
        """What the best has most of."""
        found: NDArray[np.float64] = self.totals / self._divisor(self.counts)
        return found

    def are_settled(self) -> bool:
        """Whether no sequence that goes on can become better than the best that has ended."""
        ended = np.where(self.goes_on, -np.inf, self.ranks()).max(axis=1)
        hoped = np.where(self.goes_on, self.totals / self._divisor(np.array(self.most)), -np.inf).max(axis=1)
        return bool((ended >= hoped).all())

    def _divisor(self, counts: NDArray[np.int64]) -> Any:
        return ((5 + counts) / 6) ** self.penalty


def _largest(x: NDArray[np.float64], count: int) -> NDArray[np.int64]:
    """Where the largest of each row stand, largest first: (rows, n) -> (rows, count)."""
    places = np.argpartition(x, -count, axis=1)[:, -count:]
    order = np.lexsort((places, -np.take_along_axis(x, places, axis=1)))
    found: NDArray[np.int64] = np.take_along_axis(places, order, axis=1)
    return found


def _traced_back(history: list[Any], beams: _Beams, end: int | None) -> Decoded:
    """The best sequence of each sample, from its last token to its first."""
    batch, width = beams.totals.shape
    rows, beam = np.arange(batch), beams.ranks().argmax(axis=1)
    counts, total = beams.counts[rows, beam], beams.totals[rows, beam]
    tokens = np.empty((batch, len(history)), np.int64)
    all_weights = []
    for t, (parents, chosen, weights) in reversed(list(enumerate(history))):
        tokens[:, t] = chosen[rows, beam]
        beam = parents[rows, beam]
        chosen_weights = None if weights is None else weights.reshape(batch, width, *weights.shape[1:])[rows, beam]
        all_weights.append(_masked(chosen_weights, t < counts))
    steps = counts.max(initial=1)
    return _decoded("beam_search", tokens[:, :steps], end, total, all_weights[::-1][:steps])


# --- what they share ------------------------------------------------------------------------------------


def _checked(name: str, start: Any, end: int | None, max_steps: int) -> NDArray[np.int64]:
    """The first tokens."""
    check_whole(name, 1, max_steps=max_steps)
    if end is not None:
        check_whole(name, 0, end=end)
    tokens = np.asarray(ag.value_of(start))
    if tokens.ndim != 1 or (tokens.size and tokens.dtype.kind not in "iu"):
        raise ag.errors.ArgumentError(
            f"{place(name)}: start is {ag.errors.describe(tokens)}; want integers of shape (batch,), the first token "
            "of each sequence: np.full(batch, start)."
        )
    return tokens.astype(np.int64)


def _called(name: str, step: Step, tokens: NDArray[np.int64], state: Any, end: int | None) -> tuple[Any, Any, Any]:
    """Scores, next state, and weights or None, of a step."""
    result = step(tokens, state)
    if not isinstance(result, (tuple, list)) or len(result) not in (2, 3):
        what = f"a {type(result).__name__}" + (f" of {len(result)}" if isinstance(result, (tuple, list)) else "")
        raise ag.errors.ArgumentError(
            f"{place(name)}: the step returned {what}; want the scores and the next state, or the scores, the next "
            "state and attention weights: return scores, state."
        )
    scores, state, weights = result if len(result) == 3 else (*result, None)
    scores = np.asarray(ag.value_of(scores))
    if scores.ndim != 2 or len(scores) != len(tokens) or not scores.shape[1]:
        raise ag.errors.ShapeError(
            f"{place(name)}: the step gave scores of shape {scores.shape} for {len(tokens)} tokens; want "
            f"({len(tokens)}, vocabulary). Of a model's (batch, time, vocabulary) take the last step, [:, -1]."
        )
    if end is not None and end >= scores.shape[1]:
        raise ag.errors.ArgumentError(
            f"{place(name)}: end={end}, but the step gave scores of {scores.shape[1]} tokens, 0 to "
            f"{scores.shape[1] - 1}, so that it can never be chosen. If nothing ends a sequence, end=None."
        )
    if weights is not None:
        weights = np.asarray(ag.value_of(weights))
        if not weights.ndim or len(weights) != len(tokens):
            raise ag.errors.ShapeError(
                f"{place(name)}: the step gave attention weights of shape {weights.shape} for {len(tokens)} tokens; "
                f"want ({len(tokens)}, ...), a row for each."
            )
    return scores, state, weights


def _log_softmax(scores: Any) -> Any:
    """In float64, since many are added up."""
    return ag.log_softmax(scores.astype(np.float64), -1)


def _masked(weights: Any, is_there: NDArray[np.bool_]) -> Any:
    return None if weights is None else weights * is_there.reshape(-1, *[1] * (weights.ndim - 1))


def _decoded(name: str, tokens: NDArray[np.int64], end: int | None, total: Any, weights: list[Any]) -> Decoded:
    if np.isnan(total).any():
        raise ag.errors.ArgumentError(
            f"{place(name)}: the scores of sequence {int(np.isnan(total).argmax())} had NaN, or -inf for all tokens, "
            "so that none could be chosen. Were the model's weights NaN already? ag.debug() finds the operation."
        )
    lengths = np.full(len(tokens), tokens.shape[1]) if end is None else np.cumprod(tokens != end, axis=1).sum(axis=1)
    shapes = {None if of_step is None else of_step.shape for of_step in weights}
    if len(shapes) > 1:
        raise ag.errors.ShapeError(
            f"{place(name)}: the steps gave attention weights of different shapes, "
            f"{', '.join(sorted(map(str, shapes)))}; want those of each step over the same places, 0 where it cannot "
            "look, or none at all."
        )
    return Decoded(tokens, lengths, total, None if None in shapes else np.stack(weights, axis=1))
