"""Attention and encoder-decoders beside the same equations in PyTorch: values and gradients to 1e-10 in float64."""

import numpy as np
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

import autograd as ag
import nn
from autograd.testing import generators

try:
    import torch
except ImportError:
    torch = None
else:
    torch.set_num_threads(1)

pytestmark = pytest.mark.skipif(torch is None, reason="PyTorch is not installed: make test-parity")

random_configurations = settings(max_examples=40, deadline=None, suppress_health_check=list(HealthCheck))


def assert_equal(ours, theirs):
    np.testing.assert_allclose(np.asarray(ag.value_of(ours)), theirs.detach().numpy(), rtol=1e-10, atol=1e-10)


def both(array):
    return ag.tensor(array, requires_grad=True), torch.tensor(array, requires_grad=True)


def masked_softmax(scores, lengths):
    """Over the last axis, of (batch, steps, time)."""
    is_there = torch.arange(scores.shape[2]) < torch.as_tensor(lengths)[:, None]
    return torch.softmax(scores.masked_fill(~is_there[:, None], -torch.inf), -1)


SCORES = {
    "dot": lambda q, k, w: torch.einsum("bsq,btq->bst", q, k),
    "general": lambda q, k, w: torch.einsum("bsq,qk,btk->bst", q, w["weight"], k),
    "concat": lambda q, k, w: torch.tanh(pairs(q, k) @ w["weight"].T) @ w["weight_score"],
    "additive": lambda q, k, w: (
        torch.tanh(q[:, :, None] @ w["weight_query"].T + k[:, None] @ w["weight_key"].T) @ w["weight_score"]
    ),
}


def pairs(q, k):
    """Queries and keys side by side: (batch, steps, time, both widths)."""
    shape = (*q.shape[:2], k.shape[1], -1)
    return torch.cat([q[:, :, None].expand(shape), k[:, None].expand(shape)], -1)


@random_configurations
@given(rng=generators(), score=st.sampled_from(list(SCORES)))
def test_attention(rng, score):
    batch, steps, time, query_size, key_size, hidden = (int(n) for n in rng.integers(1, 5, 6))
    key_size = query_size if score == "dot" else key_size
    sizes = (query_size, key_size)
    if score == "additive":
        attention = nn.BahdanauAttention(*sizes, hidden, dtype="float64", rng=rng)
    else:
        attention = nn.LuongAttention(*sizes, score, dtype="float64", rng=rng)
    weights = {name: torch.tensor(p.numpy().copy(), requires_grad=True) for name, p in attention.named_parameters()}
    (query, tquery), (keys, tkeys) = (
        both(rng.normal(size=shape)) for shape in ((batch, steps, query_size), (batch, time, key_size))
    )
    lengths = rng.integers(1, time + 1, batch)
    context, found = attention(query, keys, lengths)
    tfound = masked_softmax(SCORES[score](tquery, tkeys, weights), lengths)
    tcontext = tfound @ tkeys
    assert_equal(found, tfound)
    assert_equal(context, tcontext)
    g, h = rng.normal(size=context.shape), rng.normal(size=found.shape)
    ((context * g).sum() + (found * h).sum()).backward()
    ((tcontext * torch.tensor(g)).sum() + (tfound * torch.tensor(h)).sum()).backward()
    named = dict(attention.named_parameters())
    for ours, theirs in [(query, tquery), (keys, tkeys), *((named[name], weights[name]) for name in weights)]:
        assert_equal(ours.grad, theirs.grad)


# --- the whole model --------------------------------------------------------------------------------------


class Theirs:
    """The same encoder-decoder composed of PyTorch's layers, with the weights of ours."""

    def __init__(self, ours, cell, layers, hidden, attend_first):
        self.cell, self.attend_first, self.hidden, self.layers = cell, attend_first, hidden, layers
        self.weights = {name: torch.tensor(p.numpy().copy(), requires_grad=True) for name, p in ours.named_parameters()}
        self.encoder = self.recurrent("encoder.recurrent.", ours.encoder.recurrent, True)
        self.decoder = self.recurrent("decoder.recurrent.", ours.decoder.recurrent, False)

    def recurrent(self, prefix, layer, bidirectional):
        made = getattr(torch.nn, type(layer).__name__)(
            layer.input_size, layer.hidden_size, layer.num_layers, batch_first=True, bidirectional=bidirectional
        ).double()
        for name, parameter in made.named_parameters():
            parameter.data = self.weights[prefix + name].data
            self.weights[prefix + name] = parameter
        return made

    def linear(self, name, x):
        return torch.nn.functional.linear(x, self.weights[f"{name}.weight"], self.weights[f"{name}.bias"])

    def __call__(self, source, target, lengths, start):
        pack, pad = torch.nn.utils.rnn.pack_padded_sequence, torch.nn.utils.rnn.pad_packed_sequence
        embedded = self.weights["encoder.embedding.weight"][torch.tensor(source)]
        packed = pack(embedded, torch.tensor(lengths), batch_first=True, enforce_sorted=False)
        packed, states = self.encoder(packed)
        memory, _ = pad(packed, batch_first=True, total_length=source.shape[1])
        states = states if self.cell == "lstm" else (states,)
        news = []
        for i, s in enumerate(states):
            beside = torch.cat([s[0::2], s[1::2]], -1)
            news.append(torch.tanh(self.linear(f"decoder.bridges.{i}", beside)))
        state = tuple(news) if self.cell == "lstm" else news[0]
        before = torch.cat([torch.full((len(target), 1), start), torch.tensor(target)[:, :-1]], 1)
        xs = self.weights["decoder.embedding.weight"][before]
        weights = {k.rsplit(".", 1)[1]: w for k, w in self.weights.items() if k.startswith("decoder.attention.")}
        scores = []
        for step in range(target.shape[1]):
            x, top = xs[:, step : step + 1], (state[0] if self.cell == "lstm" else state)[-1]
            if self.attend_first:
                context = masked_softmax(SCORES["additive"](top[:, None], memory, weights), lengths) @ memory
                out, state = self.decoder(torch.cat([x, context], -1), state)
            else:
                out, state = self.decoder(x, state)
                context = masked_softmax(SCORES["general"](out, memory, weights), lengths) @ memory
            mixed = torch.tanh(self.linear("decoder.combined", torch.cat([context, out], -1)))
            scores.append(self.linear("decoder.scores", mixed))
        return torch.cat(scores, 1)


@settings(random_configurations, max_examples=15)
@given(rng=generators(), cell=st.sampled_from(["gru", "lstm"]), layers=st.integers(1, 2), attend_first=st.booleans())
def test_an_encoder_decoder(rng, cell, layers, attend_first):
    batch, time, steps, features, width, hidden = (int(n) for n in rng.integers(1, 5, 6))
    if attend_first:
        attention = nn.BahdanauAttention(hidden, 2 * width, 3, rng=rng)
    else:
        attention = nn.LuongAttention(hidden, 2 * width, rng=rng)
    encoder = nn.RecurrentEncoder(6, features, width, layers, cell, rng=rng)
    decoder = nn.AttentionDecoder(5, features, hidden, attention, layers, cell, 2 * width, attend_first, rng=rng)
    ours = nn.Seq2Seq(encoder, decoder, start=2, end=1).double()
    theirs = Theirs(ours, cell, layers, hidden, attend_first)
    source, target = rng.integers(0, 6, (batch, time)), rng.integers(0, 5, (batch, steps))
    lengths = rng.integers(1, time + 1, batch)
    scores, tscores = ours(source, target, lengths), theirs(source, target, lengths, 2)
    assert_equal(scores, tscores)
    g = rng.normal(size=scores.shape)
    scores.backward(g)
    tscores.backward(torch.tensor(g))
    for name, parameter in ours.named_parameters():
        assert_equal(parameter.grad, theirs.weights[name].grad)
