"""Attention of a decoder to what an encoder has read: additive (Bahdanau) and multiplicative (Luong)."""

from __future__ import annotations

import math
from collections.abc import Iterator
from typing import Any, NamedTuple

import numpy as np

import autograd as ag
from nn import functional as F
from nn import init
from nn.kernels.checks import check_floats, check_whole, place, wrong_shape
from nn.module import Example, Module, Parameter, initialize
from nn.packing import as_lengths

__all__ = ["BahdanauAttention", "LuongAttention"]

HIDDEN_SCORE = -1e30  # of padding: finite, so that a sequence of nothing else gives no NaN; its exponential is 0


class Memory(NamedTuple):
    """What is attended to, with all that is computed from it once for all steps.

    Attributes
    ----------
    keys: (batch, time, key_size).
    projected: what queries are compared with, (batch, time, ...).
    is_there: booleans (batch, time), False for padding; None where there is none.
    """

    keys: Any
    projected: Any
    is_there: np.ndarray | None


class _Attention(Module):
    """Weights for the elements of a sequence, and their mean with these weights.

    A subclass says what is computed once of the keys, `_projected`, and the scores, `_scores`.
    """

    query_size: int
    key_size: int

    def forward(self, query: Any, keys: Any, lengths: Any = None) -> tuple[Any, Any]:
        """The mean of the keys, (batch, key_size), and the weights, (batch, time); for several steps with an axis more.

        Parameters
        ----------
        query: (batch, query_size), or (batch, steps, query_size) -> (batch, steps, key_size), (batch, steps, time).
        keys: (batch, time, key_size), or what `memory` made of them.
        lengths: elements of each sequence, (batch,), integers from 0 to time; those behind have a weight of 0. None
            where all are as long as can be, and where `memory` was told.

        Raises ShapeError, DtypeError and ArgumentError for what does not fit.
        """
        name = type(self).__name__
        parameter = next(self.parameters(), None)
        check_floats(name, query=query, **({} if parameter is None else {"weight": parameter}))
        if not isinstance(keys, Memory):
            keys = self.memory(keys, lengths)
        elif lengths is not None:
            raise ag.errors.ArgumentError(f"{place(name)}: lengths= beside a memory, which has its own; leave it out.")
        if query.ndim not in (2, 3) or query.shape[-1] != self.query_size or len(query) != len(keys.keys):
            want = f"a query of shape (batch, {self.query_size}) or (batch, steps, {self.query_size})"
            raise wrong_shape(name, f"{want} for keys of shape {keys.keys.shape}", query)
        check_floats(name, query=query, keys=keys.keys)
        queries = query if query.ndim == 3 else query[:, None]
        scores = self._scores(queries, keys.projected)
        if keys.is_there is None:
            weights = ag.softmax(scores, -1)
        else:
            is_there = keys.is_there[:, None]
            weights = ag.softmax(np.where(is_there, scores, scores.dtype.type(HIDDEN_SCORE)), -1) * is_there
        context = weights @ keys.keys
        return (context, weights) if query.ndim == 3 else (context[:, 0], weights[:, 0])

    def memory(self, keys: Any, lengths: Any = None) -> Memory:
        """The keys with what is computed of them once, for all steps of a decoder: give it in their place.

        Parameters
        ----------
        keys: (batch, time, key_size).
        lengths: elements of each sequence, (batch,); None where all are as long as can be.

        Raises ShapeError, DtypeError and ArgumentError for what does not fit.

        >>> import autograd as ag, nn
        >>> attention = nn.BahdanauAttention(4, 6, 8)
        >>> memory = attention.memory(ag.zeros(2, 5, 6), lengths=[5, 3])
        >>> context, weights = attention(ag.zeros(2, 4), memory)
        >>> context.shape, weights[1]
        ((2, 6), Tensor([0.33333334, 0.33333334, 0.33333334, 0.        , 0.        ], ...))
        """
        name = type(self).__name__
        check_floats(name, keys=keys)
        if keys.ndim != 3 or keys.shape[2] != self.key_size:
            raise wrong_shape(name, f"keys of shape (batch, time, {self.key_size})", keys)
        batch, time = keys.shape[:2]
        counts = None if lengths is None else as_lengths(name, lengths, batch, time)
        is_there = None if counts is None or (counts == time).all() else np.arange(time) < counts[:, None]
        return Memory(keys, self._projected(keys), is_there)

    def _projected(self, keys: Any) -> Any:
        raise NotImplementedError

    def _scores(self, queries: Any, projected: Any) -> Any:
        """(batch, steps, query_size), and the projected keys -> (batch, steps, time)."""
        raise NotImplementedError

    def _matrix(self, *shape: int, dtype: Any) -> Parameter:
        return Parameter(np.empty(shape, dtype or ag.get_default_dtype()))

    def reset_parameters(self, rng: np.random.Generator | None = None) -> None:
        """Draw new initial values, uniform in (-1 / sqrt(n), 1 / sqrt(n)) for n the length of a parameter's last axis.

        >>> import nn
        >>> nn.BahdanauAttention(2, 3, 4).reset_parameters()
        """
        for parameter in self.parameters():
            bound = 1 / math.sqrt(parameter.shape[-1])
            init.uniform_(parameter, -bound, bound, rng)


class BahdanauAttention(_Attention):
    """Additive attention: (batch, query_size), keys (batch, time, key_size) -> (batch, key_size), (batch, time).

    The weights are the softmax over the time of ``v . tanh(W_query query + W_key key)``, and the result is the mean of
    the keys with these weights, and the weights. Bahdanau, Cho and Bengio, "Neural machine translation by jointly
    learning to align and translate", 2015.

    Parameters
    ----------
    query_size, key_size: widths of queries and keys, at least 1.
    hidden_size: width of the sum inside tanh, at least 1.
    dtype: of the parameters, a float; the default dtype if None. Queries and keys must have it too.
    rng: generator of the initial values, uniform in (-1 / sqrt(n), 1 / sqrt(n)), n the width of what a parameter
        multiplies; the default generator if None.

    Attributes
    ----------
    weight_query, weight_key: (hidden_size, query_size), (hidden_size, key_size).
    weight_score: v, (hidden_size,).

    A call takes ``lengths`` of the sequences, and queries of several steps at once: see `forward`. Raises ArgumentError
    for other arguments; when called, ShapeError and DtypeError for inputs that do not fit.

    >>> import autograd as ag, nn
    >>> context, weights = nn.BahdanauAttention(4, 6, 8)(ag.zeros(2, 4), ag.zeros(2, 5, 6), lengths=[5, 3])
    >>> context.shape, weights.shape
    ((2, 6), (2, 5))
    """

    def __init__(
        self,
        query_size: int,
        key_size: int,
        hidden_size: int,
        *,
        dtype: Any = None,
        rng: np.random.Generator | None = None,
    ) -> None:
        check_whole("BahdanauAttention", 1, query_size=query_size, key_size=key_size, hidden_size=hidden_size)
        self.query_size = query_size
        self.key_size = key_size
        self.hidden_size = hidden_size
        self.weight_query = self._matrix(hidden_size, query_size, dtype=dtype)
        self.weight_key = self._matrix(hidden_size, key_size, dtype=dtype)
        self.weight_score = self._matrix(hidden_size, dtype=dtype)
        initialize(self, rng)

    def _projected(self, keys: Any) -> Any:
        return F.linear(keys, self.weight_key)

    def _scores(self, queries: Any, projected: Any) -> Any:
        return _additive(F.linear(queries, self.weight_query), projected, self.weight_score)

    @staticmethod
    def examples(rng: np.random.Generator) -> Iterator[Example]:
        """Sequences of several lengths, one of them empty; queries of several steps."""
        lengths = np.array([2, 0, 3])
        yield Example(
            BahdanauAttention(2, 3, 4, rng=rng), (rng.normal(size=(3, 2)), rng.normal(size=(3, 3, 3)), lengths)
        )
        yield Example(BahdanauAttention(3, 1, 2, rng=rng), (rng.normal(size=(2, 4, 3)), rng.normal(size=(2, 3, 1))))

    def extra_repr(self) -> str:
        """Sizes."""
        return f"{self.query_size}, {self.key_size}, {self.hidden_size}"


class LuongAttention(_Attention):
    """Attention by products: (batch, query_size), keys (batch, time, key_size) -> (batch, key_size), (batch, time).

    The weights are the softmax over the time of a score, and the result is the mean of the keys with these weights, and
    the weights. Luong, Pham and Manning, "Effective approaches to attention-based neural machine translation", 2015.

    Parameters
    ----------
    query_size, key_size: widths of queries and keys, at least 1.
    score: ``"general"``, query . W key; ``"dot"``, query . key, for widths that are the same; ``"concat"``,
        v . tanh(W [query, key]), with as many rows in W as queries are wide.
    dtype: of the parameters, a float; the default dtype if None. Queries and keys must have it too.
    rng: generator of the initial values, uniform in (-1 / sqrt(n), 1 / sqrt(n)), n the width of what a parameter
        multiplies; the default generator if None.

    Attributes
    ----------
    weight: W, (query_size, key_size), or with "concat" (query_size, query_size + key_size); with "dot" there is none.
    weight_score: v, (query_size,), with "concat" only.

    A call takes ``lengths`` of the sequences, and queries of several steps at once: see `forward`. Raises ArgumentError
    for other arguments; when called, ShapeError and DtypeError for inputs that do not fit.

    >>> import autograd as ag, nn
    >>> context, weights = nn.LuongAttention(4, 6)(ag.zeros(2, 3, 4), ag.zeros(2, 5, 6))
    >>> context.shape, weights.shape
    ((2, 3, 6), (2, 3, 5))
    """

    def __init__(
        self,
        query_size: int,
        key_size: int,
        score: str = "general",
        *,
        dtype: Any = None,
        rng: np.random.Generator | None = None,
    ) -> None:
        check_whole("LuongAttention", 1, query_size=query_size, key_size=key_size)
        if score not in ("dot", "general", "concat"):
            raise ag.errors.ArgumentError(f"LuongAttention: score={score!r}; want 'dot', 'general' or 'concat'.")
        if score == "dot" and query_size != key_size:
            raise ag.errors.ArgumentError(
                f"LuongAttention: score='dot' wants queries and keys of one width, not query_size={query_size}, "
                f"key_size={key_size}; score='general' is for any."
            )
        self.query_size = query_size
        self.key_size = key_size
        self.score = score
        if score == "general":
            self.weight = self._matrix(query_size, key_size, dtype=dtype)
        elif score == "concat":
            self.weight = self._matrix(query_size, query_size + key_size, dtype=dtype)
            self.weight_score = self._matrix(query_size, dtype=dtype)
        initialize(self, rng)

    def _projected(self, keys: Any) -> Any:
        if self.score == "dot":
            return keys
        return F.linear(keys, self.weight if self.score == "general" else self.weight[:, self.query_size :])

    def _scores(self, queries: Any, projected: Any) -> Any:
        if self.score == "concat":
            return _additive(F.linear(queries, self.weight[:, : self.query_size]), projected, self.weight_score)
        return queries @ np.swapaxes(projected, 1, 2)

    @staticmethod
    def examples(rng: np.random.Generator) -> Iterator[Example]:
        """Each of the scores, on one step and on several."""
        lengths = np.array([2, 0, 3])
        yield Example(LuongAttention(2, 3, rng=rng), (rng.normal(size=(3, 2)), rng.normal(size=(3, 3, 3)), lengths))
        yield Example(LuongAttention(2, 2, "dot"), (rng.normal(size=(2, 4, 2)), rng.normal(size=(2, 3, 2))))
        concat = LuongAttention(2, 1, "concat", rng=rng)
        yield Example(concat, (rng.normal(size=(3, 2, 2)), rng.normal(size=(3, 3, 1)), lengths))

    def extra_repr(self) -> str:
        """Sizes and score."""
        return f"{self.query_size}, {self.key_size}, {self.score!r}"


def _additive(queries: Any, keys: Any, weight: Any) -> Any:
    """``weight . tanh(query + key)`` of all pairs: (batch, steps, n), (batch, time, n) -> (batch, steps, time)."""
    return np.tanh(queries[:, :, None] + keys[:, None]) @ weight
