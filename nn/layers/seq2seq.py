"""Encoder and decoder: sequences that become other sequences."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import numpy as np

import autograd as ag
from nn.decoding import Decoded, beam_search, greedy, sampled, take_batch
from nn.kernels.checks import check_arrays, check_probability, check_whole, place, wrong_shape
from nn.layers.containers import ModuleList
from nn.layers.dropout import Dropout
from nn.layers.embeddings import Embedding
from nn.layers.linear import Linear
from nn.layers.recurrent import GRU, LSTM
from nn.layers.sequence_attention import BahdanauAttention, LuongAttention, Memory
from nn.module import Example, Module, in_use

__all__ = ["AttentionDecoder", "RecurrentEncoder", "Seq2Seq"]

_CELLS: dict[str, type[GRU | LSTM]] = {"gru": GRU, "lstm": LSTM}
_METHODS = {"greedy": greedy, "sampled": sampled, "beam": beam_search}


class RecurrentEncoder(Module):
    """Reads tokens: (batch, time), integers -> the memory (batch, time, directions * hidden_size), and the last states.

    Embeddings and a recurrent network. The states are (layers, batch, directions * hidden_size), those of both
    directions side by side; a tuple of two, h and c, for an LSTM. Cho et al., 2014; in both directions, Bahdanau,
    Cho and Bengio, 2015.

    Parameters
    ----------
    vocabulary_size: number of tokens, which are integers from 0.
    embedding_dim: width of the embeddings, at least 1.
    hidden_size: width of the state, at least 1.
    num_layers: layers on layers, at least 1.
    cell: ``"gru"`` or ``"lstm"``.
    bidirectional: whether sequences are read from the end as well.
    dropout: share of embeddings, and of results between layers, that is dropped in training, 0 to 1.
    dtype: of the parameters, a float; the default dtype if None.
    rng: generator of the initial values; the default generator if None.

    Attributes
    ----------
    embedding, dropout, recurrent: the layers.

    Raises ArgumentError for other arguments; when called, as `Embedding` and the recurrent layers do.

    >>> import numpy as np, nn
    >>> encoder = nn.RecurrentEncoder(vocabulary_size=20, embedding_dim=4, hidden_size=8)
    >>> memory, state = encoder(np.array([[3, 1, 4], [1, 5, 0]]), lengths=[3, 2])
    >>> memory.shape, state.shape
    ((2, 3, 16), (1, 2, 16))
    """

    def __init__(
        self,
        vocabulary_size: int,
        embedding_dim: int,
        hidden_size: int,
        num_layers: int = 1,
        cell: str = "gru",
        bidirectional: bool = True,
        dropout: float = 0.0,
        *,
        dtype: Any = None,
        rng: np.random.Generator | None = None,
    ) -> None:
        kind = _cell("RecurrentEncoder", cell)
        check_whole("RecurrentEncoder", 1, vocabulary_size=vocabulary_size, embedding_dim=embedding_dim)
        self.embedding = Embedding(vocabulary_size, embedding_dim, dtype=dtype, rng=rng)
        self.dropout = Dropout(dropout)
        options: dict[str, Any] = {"batch_first": True, "dropout": dropout, "bidirectional": bidirectional}
        self.recurrent = kind(embedding_dim, hidden_size, num_layers, **options, dtype=dtype, rng=rng)

    def forward(self, source: Any, lengths: Any = None) -> tuple[Any, Any]:
        """(batch, time), integers -> memory (batch, time, directions * hidden_size), states (layers, batch, the same).

        Parameters
        ----------
        source: the tokens.
        lengths: tokens of each sequence, (batch,), in any order; None where all are as long as can be.
        """
        source = _tokens("RecurrentEncoder", "source", source)
        memory, states = self.recurrent(self.dropout(self.embedding(source)), None, lengths)
        if not self.recurrent.bidirectional:
            return memory, states
        return memory, tuple(map(_side_by_side, states)) if isinstance(states, tuple) else _side_by_side(states)

    @staticmethod
    def examples(rng: np.random.Generator) -> Iterator[Example]:
        """Both directions on sequences of several lengths, and an LSTM of two layers in one direction."""
        tokens = rng.integers(0, 5, (3, 2))
        yield Example(RecurrentEncoder(5, 2, 2, rng=rng), (tokens, np.array([1, 2, 0])), None)
        yield Example(RecurrentEncoder(5, 1, 2, 2, "lstm", False, 0.5, rng=rng), (tokens,), None)


class AttentionDecoder(Module):
    """Writes tokens: (batch, steps), integers, and what an encoder gave -> scores (batch, steps, vocabulary).

    A recurrent network reads the tokens so far; by attention it looks at the memory, (batch, time, key_size), and the
    scores of the next token are ``W tanh(W_c [context, h])`` (Luong, Pham and Manning, 2015). The state h is the query
    of its own step, so that all steps of a known sequence are computed at once. With ``attend_first`` the query is the
    state before, and the recurrent network reads ``[token, context]`` (Bahdanau, Cho and Bengio, 2015), step by step.
    Without attention nothing of the source is seen but the encoder's last states (Sutskever, Vinyals and Le, 2014).

    Parameters
    ----------
    vocabulary_size: number of tokens, which are integers from 0.
    embedding_dim: width of the embeddings, at least 1.
    hidden_size: width of the state, at least 1.
    attention: `LuongAttention` or `BahdanauAttention` of queries of width ``hidden_size``; None for none.
    num_layers: layers on layers, at least 1, as many as the encoder has if its states are used.
    cell: ``"gru"`` or ``"lstm"``.
    state_size: width of the encoder's states, which become the first ones by ``tanh(W s + b)``, W being the same for
        all layers; None where they are used as they are, or there are none.
    attend_first: whether attention comes before the recurrent network.
    dropout: share of embeddings, of results between layers and of the last ones that is dropped in training, 0 to 1.
    dtype: of the parameters, a float; the default dtype if None.
    rng: generator of the initial values; the default generator if None.

    Attributes
    ----------
    embedding, dropout, recurrent, attention, scores: the layers.
    combined: W_c, None without attention.
    bridges: a layer for each of the encoder's states, None without ``state_size``.

    Raises ArgumentError for other arguments; when called, ShapeError and ArgumentError for what does not fit.

    >>> import autograd as ag, nn, numpy as np
    >>> decoder = nn.AttentionDecoder(30, 4, 8, nn.LuongAttention(8, 16))
    >>> scores, state, weights = decoder(np.array([[1, 7, 7, 2]]), memory=ag.zeros(1, 5, 16))
    >>> scores.shape, state.shape, weights.shape
    ((1, 4, 30), (1, 1, 8), (1, 4, 5))
    """

    attention: Any
    combined: Linear | None
    bridges: ModuleList | None

    def __init__(
        self,
        vocabulary_size: int,
        embedding_dim: int,
        hidden_size: int,
        attention: Any = None,
        num_layers: int = 1,
        cell: str = "gru",
        state_size: int | None = None,
        attend_first: bool = False,
        dropout: float = 0.0,
        *,
        dtype: Any = None,
        rng: np.random.Generator | None = None,
    ) -> None:
        name = "AttentionDecoder"
        kind = _cell(name, cell)
        check_whole(name, 1, vocabulary_size=vocabulary_size, embedding_dim=embedding_dim)
        key_size = _key_size(attention, hidden_size, attend_first)
        self.attend_first = attend_first
        self.embedding = Embedding(vocabulary_size, embedding_dim, dtype=dtype, rng=rng)
        self.dropout = Dropout(dropout)
        inside = embedding_dim + key_size if attend_first else embedding_dim
        self.recurrent = kind(inside, hidden_size, num_layers, batch_first=True, dropout=dropout, dtype=dtype, rng=rng)
        self.attention = attention
        self.combined = None
        if attention is not None:
            self.combined = Linear(key_size + hidden_size, hidden_size, dtype=dtype, rng=rng)
        self.scores = Linear(hidden_size, vocabulary_size, dtype=dtype, rng=rng)
        self.bridges = None
        if state_size is not None:
            check_whole(name, 1, state_size=state_size)
            states = 2 if cell == "lstm" else 1
            self.bridges = ModuleList([Linear(state_size, hidden_size, dtype=dtype, rng=rng) for _ in range(states)])

    def begin(self, memory: Any, state: Any = None, lengths: Any = None) -> tuple[Any, Any]:
        """The memory as the calls take it, with all that is computed of it once, and the first state.

        Parameters
        ----------
        memory: what the encoder has read, (batch, time, key_size); None without attention.
        state: the encoder's, (layers, batch, state_size), a tuple of two for an LSTM; None for zeros.
        lengths: elements of each sequence in the memory, (batch,); None where all are as long as can be.

        >>> import autograd as ag, nn
        >>> decoder = nn.AttentionDecoder(30, 4, 8, nn.LuongAttention(8, 16), state_size=16)
        >>> memory, state = decoder.begin(ag.zeros(2, 5, 16), ag.zeros(1, 2, 16), lengths=[5, 3])
        >>> state.shape
        (1, 2, 8)
        """
        if self.attention is not None:
            memory = self.attention.memory(memory, lengths)
        if state is None:
            return memory, state
        states = state if isinstance(state, tuple) else (state,)
        if self.bridges is None:
            hidden, width = self.recurrent.hidden_size, states[0].shape[-1]
            if width != hidden:
                want = f"a state of shape (layers, batch, {hidden}) of the encoder"
                raise wrong_shape("AttentionDecoder", want, states[0], f"With state_size={width} any is made to fit.")
            return memory, state
        if len(states) != len(self.bridges):
            raise ag.errors.ArgumentError(
                f"{place('AttentionDecoder')}: the encoder gave {len(states)} states; want {len(self.bridges)}. Make "
                "encoder and decoder of the same cell."
            )
        states = tuple(np.tanh(bridge(part)) for bridge, part in zip(self.bridges, states, strict=True))
        return memory, states if isinstance(state, tuple) else states[0]

    def forward(self, tokens: Any, state: Any = None, memory: Any = None) -> tuple[Any, Any, Any]:
        """Scores (batch, steps, vocabulary), the next state, and the weights (batch, steps, time) or None.

        Parameters
        ----------
        tokens: those before the ones that are scored, (batch, steps): the start, and what was written.
        state: as `begin` or the call before returned it; None for zeros.
        memory: as `begin` returned it, or (batch, time, key_size).
        """
        tokens = _tokens("AttentionDecoder", "tokens", tokens)
        if self.attention is not None and memory is None:
            raise ag.errors.ArgumentError(f"{place('AttentionDecoder')}: there is no memory for the attention to see.")
        if self.attention is not None and not isinstance(memory, Memory):
            memory = self.attention.memory(memory)
        embedded = self.dropout(self.embedding(tokens))
        if self.attention is None or self.combined is None:
            out, state = self.recurrent(embedded, state)
            return self.scores(self.dropout(out)), state, None
        if self.attend_first:
            out, state, context, weights = self._step_by_step(embedded, state, memory)
        else:
            out, state = self.recurrent(embedded, state)
            context, weights = self.attention(out, memory)
        out = np.tanh(self.combined(np.concatenate([context, out], axis=-1)))
        return self.scores(self.dropout(out)), state, weights

    def _step_by_step(self, embedded: Any, state: Any, memory: Memory) -> tuple[Any, Any, Any, Any]:
        """Results, last state, contexts and weights where attention comes first."""
        hidden = self.recurrent.hidden_size
        outs: list[Any] = []
        contexts: list[Any] = []
        weights: list[Any] = []
        for x in np.split(embedded, embedded.shape[1], axis=1):
            if state is None:
                query = np.zeros((len(embedded), hidden), embedded.dtype)
            else:
                query = (state[0] if isinstance(state, tuple) else state)[-1]
            context, weight = self.attention(query[:, None], memory)
            out, state = self.recurrent(np.concatenate([x, context], axis=-1), state)
            outs.append(out)
            contexts.append(context)
            weights.append(weight)
        out, context, weight = (np.concatenate(parts, axis=1) for parts in (outs, contexts, weights))
        return out, state, context, weight

    def reorder(self, state: Any, index: Any) -> Any:
        """The states of the sequences ``index`` of a batch, for `nn.decoding.beam_search`.

        >>> import autograd as ag, nn
        >>> nn.AttentionDecoder(30, 4, 8).reorder(ag.zeros(1, 2, 8), [0, 0, 1]).shape
        (1, 3, 8)
        """
        return take_batch(state, index, axis=1)

    @staticmethod
    def examples(rng: np.random.Generator) -> Iterator[Example]:
        """Without attention, and with attention behind and before the recurrent network."""
        tokens, memory = rng.integers(0, 4, (2, 2)), rng.normal(size=(2, 2, 3))
        yield Example(AttentionDecoder(4, 1, 2, cell="lstm", rng=rng), (tokens,), None)
        behind = AttentionDecoder(4, 2, 2, LuongAttention(2, 3, rng=rng), dropout=0.5, rng=rng)
        yield Example(behind, (tokens, rng.normal(size=(1, 2, 2)), memory), None)
        before = BahdanauAttention(2, 3, 2, rng=rng)
        yield Example(AttentionDecoder(4, 1, 2, before, attend_first=True, rng=rng), (tokens, None, memory), None)

    def extra_repr(self) -> str:
        """Whether attention comes first."""
        return f"attend_first={self.attend_first}" if self.attention is not None else ""


class Seq2Seq(Module):
    """An encoder and a decoder: source (batch, time), target (batch, steps), integers -> (batch, steps, vocabulary).

    A call is for training: it scores each token of the target, the ones before it being known. `translate` writes a
    target itself. Sutskever, Vinyals and Le, "Sequence to sequence learning with neural networks", 2014; Cho et al.,
    2014.

    Any encoder and decoder will do that keep to this:

    - ``encoder(source, lengths)`` returns a memory (batch, time, ...) and a state, or None for the state; as a third
      result, if the memory's lengths are not those of the source, theirs.
    - ``decoder.begin(memory, state, lengths)`` returns what stays the same in all steps, any nest of arrays (batch,
      ...), and the first state.
    - ``decoder(tokens, state, memory)``, with tokens (batch, steps), goes on from a state: it returns scores (batch,
      steps, vocabulary), the next state, and attention weights (batch, steps, ...) or None.
    - ``decoder.reorder(state, index)`` takes the rows of a batch in a state; only a beam search needs it.

    Parameters
    ----------
    encoder, decoder: modules such as `RecurrentEncoder` and `AttentionDecoder`.
    start: the token that the decoder reads first.
    end: the token that ends a target.

    Raises ArgumentError for other arguments; when called, what its parts raise.

    >>> import numpy as np, nn
    >>> encoder = nn.RecurrentEncoder(20, 4, 8)
    >>> decoder = nn.AttentionDecoder(30, 4, 8, nn.LuongAttention(8, 16), state_size=16)
    >>> model = nn.Seq2Seq(encoder, decoder, start=1, end=2)
    >>> model(np.array([[3, 4, 5]]), np.array([[7, 6, 9, 2]])).shape
    (1, 4, 30)
    """

    def __init__(self, encoder: Module, decoder: Module, *, start: int, end: int) -> None:
        check_whole("Seq2Seq", 0, start=start, end=end)
        self.encoder = encoder
        self.decoder = decoder
        self.start = start
        self.end = end

    def forward(
        self,
        source: Any,
        target: Any,
        source_lengths: Any = None,
        teacher_forcing: float = 1.0,
        *,
        rng: np.random.Generator | None = None,
    ) -> Any:
        """The scores of each token of the target, before any softmax: (batch, steps, vocabulary).

        Parameters
        ----------
        source: tokens (batch, time), integers.
        target: tokens (batch, steps), integers: without the start, with the end. What stands behind the end is scored
            too; let the loss leave it out, as by ``ignore_index`` of `nn.functional.cross_entropy`.
        source_lengths: tokens of each source, (batch,); None where all are as long as can be.
        teacher_forcing: probability with which the token before is the target's; else it is the one that had the best
            score. It is drawn for each token by itself (Bengio et al., 2015; see `TeacherForcing`). With 1 the decoder
            is called once, with less at each step.
        rng: generator of these draws; the default one if None.
        """
        source, target = (_tokens("Seq2Seq", name, x) for name, x in (("source", source), ("target", target)))
        if len(source) != len(target):
            raise wrong_shape("Seq2Seq", f"a target for each of {len(source)} sources", target)
        check_probability("Seq2Seq", teacher_forcing=teacher_forcing)
        memory, state = self._begun(source, source_lengths)
        before = np.concatenate([np.full((len(target), 1), self.start, target.dtype), target[:, :-1]], axis=1)
        if teacher_forcing == 1.0:
            return self.decoder(before, state, memory)[0]
        draws = ag.default_generator(rng).random(before.shape)
        tokens, scores = before[:, :1], list[Any]()
        for step in range(before.shape[1]):
            if step:
                own = ag.value_of(scores[-1]).argmax(axis=2)
                is_shown = draws[:, step : step + 1] < teacher_forcing
                tokens = np.where(is_shown, before[:, step : step + 1], own)
            score, state, _ = self.decoder(tokens, state, memory)
            scores.append(score)
        return np.concatenate(scores, axis=1)

    def translate(
        self, source: Any, source_lengths: Any = None, method: str = "greedy", max_steps: int = 100, **options: Any
    ) -> Decoded:
        """Write the targets of sources: tokens, lengths, log probabilities and attention weights, see `nn.decoding`.

        Parameters
        ----------
        source: tokens (batch, time), integers.
        source_lengths: tokens of each source, (batch,); None where all are as long as can be.
        method: ``"greedy"``, the likeliest token at each step; ``"sampled"``; or ``"beam"``.
        max_steps: tokens of a target at most, its end included.
        options: of `nn.decoding.sampled`, such as ``temperature``, or `nn.decoding.beam_search`, such as ``width``.

        It is done as in use, not in training: nothing is dropped, and nothing is recorded. Raises ArgumentError for
        another method, TypeError for options that it does not have.

        >>> import nn, numpy as np
        >>> encoder = nn.RecurrentEncoder(20, 4, 8)
        >>> decoder = nn.AttentionDecoder(30, 4, 8, nn.LuongAttention(8, 16), state_size=16)
        >>> model = nn.Seq2Seq(encoder, decoder, start=1, end=2)
        >>> result = model.translate(np.array([[3, 4, 5]]), method="beam", max_steps=4, width=3)
        >>> result.tokens.shape[1] <= 4, result.weights.shape[2]
        (True, 3)
        """
        if method not in _METHODS:
            raise ag.errors.ArgumentError(
                f"Seq2Seq.translate: method={method!r}; want {', '.join(map(repr, _METHODS))}."
            )
        source = _tokens("Seq2Seq.translate", "source", source)
        with ag.no_grad(), in_use(self):
            memory, state = self._begun(source, source_lengths)
            if method == "beam":
                options = {"width": 5, "reorder": self.decoder.reorder, **options}
                check_whole("Seq2Seq.translate", 1, width=options["width"])
                memory = take_batch(memory, np.repeat(np.arange(len(source)), options["width"]))

            def step(tokens: Any, state: Any) -> tuple[Any, ...]:
                scores, state, weights = self.decoder(tokens[:, None], state, memory)
                return scores[:, 0], state, None if weights is None else weights[:, 0]

            start = np.full(len(source), self.start)
            result: Decoded = _METHODS[method](step, state, start, self.end, max_steps, **options)
        return result

    def _begun(self, source: Any, lengths: Any) -> tuple[Any, Any]:
        memory, state, *rest = self.encoder(source, lengths)
        lengths = rest[0] if rest else lengths
        begun: tuple[Any, Any] = ag.call_in_scope("decoder", self.decoder.begin, (memory, state, lengths), {})
        return begun

    @staticmethod
    def examples(rng: np.random.Generator) -> Iterator[Example]:
        """With attention, on sources of several lengths, and without."""
        source, target, lengths = rng.integers(0, 3, (3, 2)), rng.integers(0, 3, (3, 2)), np.array([2, 1, 2])
        encoder = RecurrentEncoder(3, 1, 2, bidirectional=False, rng=rng)
        decoder = AttentionDecoder(3, 1, 2, LuongAttention(2, 2, "dot"), rng=rng)
        yield Example(Seq2Seq(encoder, decoder, start=0, end=1), (source, target, lengths))
        encoder = RecurrentEncoder(3, 1, 2, bidirectional=False, rng=rng)
        plain = Seq2Seq(encoder, AttentionDecoder(3, 1, 2, rng=rng), start=0, end=1)
        yield Example(plain, (source[:, :1], target))

    def extra_repr(self) -> str:
        """The tokens that begin and end a target."""
        return f"start={self.start}, end={self.end}"


# --- what they share ------------------------------------------------------------------------------------


def _cell(operation: str, cell: str) -> type[GRU | LSTM]:
    if cell not in _CELLS:
        raise ag.errors.ArgumentError(f"{operation}: cell={cell!r}; want 'gru' or 'lstm'.")
    return _CELLS[cell]


def _key_size(attention: Any, hidden: int, attend_first: bool) -> int:
    """The width of the context, 0 if there is none."""
    if attention is None:
        if attend_first:
            raise ag.errors.ArgumentError("AttentionDecoder: attend_first=True, but there is no attention.")
        return 0
    if attention.query_size != hidden:
        raise ag.errors.ArgumentError(
            f"AttentionDecoder: hidden_size={hidden}, but the attention's query_size={attention.query_size}; queries "
            "are the states, so make both the same."
        )
    found: int = attention.key_size
    return found


def _tokens(operation: str, name: str, tokens: Any) -> Any:
    """An array of tokens with a batch; raises DtypeError or ShapeError for what is none."""
    check_arrays(operation, **{name: tokens})
    if tokens.ndim != 2 or tokens.shape[1] == 0:
        remedy = f"A single sequence is {name}[None]." if tokens.ndim == 1 else ""
        raise wrong_shape(operation, f"{name} of shape (batch, time), with at least one step", tokens, remedy)
    return ag.value_of(tokens)


def _side_by_side(state: Any) -> Any:
    """States of two directions, (layers * 2, batch, hidden) -> (layers, batch, 2 * hidden)."""
    count, batch, hidden = state.shape
    apart = np.reshape(state, (count // 2, 2, batch, hidden))
    return np.reshape(np.swapaxes(apart, 1, 2), (count // 2, batch, 2 * hidden))
