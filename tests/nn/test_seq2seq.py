"""Attention, encoder and decoder: small exact cases, what must not matter, and a task that is learnt."""

import numpy as np
import pytest

import autograd as ag
import nn
from nn.data import SequenceDataset, reversal
from nn.decoding import take_batch
from nn.plots import plot_attention

F = nn.functional
rng = np.random.default_rng(0)


def attentions(query_size=4, key_size=4):
    yield nn.BahdanauAttention(query_size, key_size, 5, dtype="float64")
    for score in ("dot", "general", "concat"):
        yield nn.LuongAttention(query_size, key_size, score, dtype="float64")


def model_of(attention="luong", cell="gru", layers=1, attend_first=False, dropout=0.0, bidirectional=True):
    """A small model in float64, of 7 tokens on one side and 6 on the other."""
    width = 4 * (1 + bidirectional)
    attention = {
        "none": lambda: None,
        "luong": lambda: nn.LuongAttention(5, width),
        "bahdanau": lambda: nn.BahdanauAttention(5, width, 3),
    }[attention]()
    encoder = nn.RecurrentEncoder(7, 3, 4, layers, cell, bidirectional, dropout)
    decoder = nn.AttentionDecoder(6, 3, 5, attention, layers, cell, width, attend_first, dropout)
    return nn.Seq2Seq(encoder, decoder, start=0, end=1).double()


SOURCE, LENGTHS = np.array([[3, 1, 4, 1], [5, 2, 6, 5], [3, 5, 0, 0]]), np.array([4, 3, 1])
TARGET = np.array([[2, 3, 4, 1], [5, 1, 0, 0], [3, 3, 2, 2]])
KINDS = [
    {},
    {"cell": "lstm", "layers": 2},
    {"attention": "bahdanau"},
    {"attention": "bahdanau", "attend_first": True, "layers": 2},
    {"attention": "luong", "attend_first": True, "cell": "lstm", "bidirectional": False},
    {"attention": "none", "cell": "lstm"},
]
each_kind = pytest.mark.parametrize("kind", KINDS, ids=lambda kind: "-".join(map(str, kind.values())) or "plain")


# --- attention ------------------------------------------------------------------------------------------


def test_weights_by_hand():
    keys = np.log(np.array([[[1.0], [2.0], [5.0]]]))
    context, weights = nn.LuongAttention(1, 1, "dot")(np.ones((1, 1)), keys)
    np.testing.assert_allclose(weights, [[0.125, 0.25, 0.625]])
    np.testing.assert_allclose(context, [[0.25 * np.log(2) + 0.625 * np.log(5)]])
    attention = nn.BahdanauAttention(1, 1, 1, dtype="float64")
    for parameter, value in zip(attention.parameters(), (2.0, 3.0, 0.5), strict=True):
        parameter.data[...] = value
    _, weights = attention(np.array([[0.1]]), np.array([[[0.2], [-0.4]]]))
    scores = np.exp(0.5 * np.tanh([0.2 + 0.6, 0.2 - 1.2]))
    np.testing.assert_allclose(weights.numpy(), [scores / scores.sum()])


@pytest.mark.parametrize("attention", list(attentions()), ids=str)
def test_padding_does_not_matter_and_steps_are_independent(attention):
    query, keys, lengths = rng.normal(size=(3, 2, 4)), rng.normal(size=(3, 5, 4)), [5, 2, 0]
    context, weights = (ag.value_of(x) for x in attention(query, keys, lengths))
    assert not weights[1, :, 2:].any() and not weights[2].any() and not context[2].any()
    np.testing.assert_allclose(weights[:2].sum(axis=2), 1)
    other = keys.copy()
    other[1, 2:] = 1e6
    memory = attention.memory(other, lengths)
    for step in range(2):
        for a, b in zip(attention(query[:, step], memory), (context[:, step], weights[:, step]), strict=True):
            np.testing.assert_allclose(ag.value_of(a), b, atol=1e-12)
    whole = attention(query[:1], keys[:1])
    np.testing.assert_allclose(ag.value_of(whole[1]), weights[:1])


def wrong(call, *arguments, **options):
    with pytest.raises((ag.errors.ArgumentError, ag.errors.ShapeError, ag.errors.DtypeError)) as caught:
        call(*arguments, **options)
    return str(caught.value)


def test_errors_of_attention():
    attention = nn.BahdanauAttention(2, 3, 4)
    query, keys = ag.zeros(5, 2), ag.zeros(5, 6, 3)
    assert "(batch, 2)" in wrong(attention, ag.zeros(5, 3), keys) and "(5, 6, 3)" in wrong(
        attention, ag.zeros(4, 2), keys
    )
    assert "(batch, time, 3)" in wrong(attention, query, ag.zeros(5, 6, 2))
    assert "0 to 6" in wrong(attention, query, keys, [7, 1, 1, 1, 1])
    assert "leave it out" in wrong(attention, query, attention.memory(keys), [1, 1, 1, 1, 1])
    assert "float64" in wrong(attention, query, ag.zeros(5, 6, 3, dtype="float64"))
    assert "score='cosine'" in wrong(nn.LuongAttention, 2, 2, "cosine")
    assert "'general'" in wrong(nn.LuongAttention, 2, 3, "dot")


# --- encoder and decoder --------------------------------------------------------------------------------


@each_kind
def test_all_steps_at_once_are_the_steps_one_by_one(kind):
    model = model_of(**kind)
    memory, state = model.decoder.begin(*model.encoder(SOURCE, LENGTHS), LENGTHS)
    scores, last, weights = model.decoder(TARGET, state, memory)
    for step in range(4):
        score, state, weight = model.decoder(TARGET[:, step : step + 1], state, memory)
        np.testing.assert_allclose(score.numpy(), scores.numpy()[:, step : step + 1], atol=1e-12)
        if weights is not None:
            np.testing.assert_allclose(weight.numpy(), weights.numpy()[:, step : step + 1], atol=1e-12)
    for a, b in zip(*((s if isinstance(s, tuple) else (s,)) for s in (state, last)), strict=True):
        np.testing.assert_allclose(a.numpy(), b.numpy(), atol=1e-12)


@each_kind
def test_a_batch_is_its_sequences_one_by_one(kind):
    model = model_of(**kind)
    whole = model(SOURCE, TARGET, LENGTHS).numpy()
    for i, length in enumerate(LENGTHS):
        alone = model(SOURCE[i : i + 1, :length], TARGET[i : i + 1])
        np.testing.assert_allclose(alone.numpy()[0], whole[i], atol=1e-12)


def test_states_of_both_directions_stand_side_by_side():
    encoder = nn.RecurrentEncoder(7, 3, 4, 2)
    memory, state = encoder(SOURCE)
    assert state.shape == (2, 3, 8)
    np.testing.assert_array_equal(state.numpy()[1, :, :4], memory.numpy()[:, -1, :4])
    np.testing.assert_array_equal(state.numpy()[1, :, 4:], memory.numpy()[:, 0, 4:])


def test_an_empty_batch():
    model = model_of()
    assert model(SOURCE[:0], TARGET[:0], LENGTHS[:0]).shape == (0, 4, 6)
    assert model.translate(SOURCE[:0], method="beam").tokens.shape[0] == 0


def test_errors_of_parts():
    encoder = nn.RecurrentEncoder(7, 3, 4, cell="lstm")
    assert "cell='rnn'" in wrong(nn.RecurrentEncoder, 7, 3, 4, cell="rnn")
    assert "at least one step, got (4,). A single sequence is source[None]." in wrong(encoder, SOURCE[0])
    assert "query_size=4" in wrong(nn.AttentionDecoder, 6, 3, 5, nn.LuongAttention(4, 8))
    assert "no attention" in wrong(nn.AttentionDecoder, 6, 3, 5, attend_first=True)
    decoder = nn.AttentionDecoder(6, 3, 5, nn.LuongAttention(5, 8), state_size=8)
    assert "no memory" in wrong(decoder, TARGET)
    model = nn.Seq2Seq(encoder, decoder, start=0, end=1)
    assert "the same cell" in wrong(model, SOURCE, TARGET)
    model = nn.Seq2Seq(encoder, nn.AttentionDecoder(6, 3, 4, cell="lstm"), start=0, end=1)
    assert "shape (layers, batch, 4) of the encoder, got (1, 3, 8). With state_size=8" in wrong(model, SOURCE, TARGET)
    model = model_of()
    assert "a target for each of 3 sources" in wrong(model, SOURCE, TARGET[:2])
    assert "teacher_forcing=1.5" in wrong(model, SOURCE, TARGET, teacher_forcing=1.5)
    assert "method='best'" in wrong(model.translate, SOURCE, method="best")
    assert "width=0" in wrong(model.translate, SOURCE, method="beam", width=0)
    with pytest.raises(TypeError, match="width"):
        model.translate(SOURCE, width=3)


# --- the whole ------------------------------------------------------------------------------------------


@each_kind
@pytest.mark.parametrize("method", ["greedy", "sampled", "beam"])
def test_what_is_written_is_scored_the_same_when_it_is_known(kind, method):
    """Tokens, log probabilities and weights of a translation are those of a call with these tokens as the target."""
    model = model_of(**kind, dropout=0.5)
    model.decoder.scores.weight.data[...] *= 5  # or else all tokens are about as likely
    found = model.translate(SOURCE, LENGTHS, method, max_steps=5, **({"width": 3} if method == "beam" else {}))
    assert all(part.training for part in model.modules())
    model.eval()
    scores = model(SOURCE, found.tokens, LENGTHS)
    logs = np.take_along_axis(F.log_softmax(scores, -1).numpy(), found.tokens[:, :, None], 2)[:, :, 0]
    is_there = np.arange(found.tokens.shape[1]) <= found.lengths[:, None]
    np.testing.assert_allclose((logs * is_there).sum(axis=1), found.log_probabilities)
    if method == "greedy":
        own = model(SOURCE, found.tokens, LENGTHS, teacher_forcing=0.0).numpy().argmax(axis=2)
        np.testing.assert_array_equal(own[is_there], found.tokens[is_there])
    if kind.get("attention") != "none":
        before = np.concatenate([np.zeros((3, 1), int), found.tokens[:, :-1]], axis=1)
        memory, state = model.decoder.begin(*model.encoder(SOURCE, LENGTHS), LENGTHS)
        weights = model.decoder(before, state, memory)[2].numpy()
        np.testing.assert_allclose(found.weights, weights * is_there[:, :, None], atol=1e-12)


class Recorded(nn.Module):
    """A decoder that scores the token after the one that it reads best, and keeps what it reads."""

    def begin(self, memory, state, lengths):
        return memory, np.zeros((len(memory), 1))

    def forward(self, tokens, state, memory):
        self.read.append(tokens)
        return ag.tensor(np.eye(50)[(tokens + 1) % 50]), state, None


def test_teacher_forcing_draws_each_token_by_itself():
    decoder = Recorded()
    model = nn.Seq2Seq(lambda source, lengths: (source, None), decoder, start=0, end=1)
    target = np.random.default_rng(1).integers(0, 50, (500, 20))
    for share in (0.0, 0.3, 1.0):
        decoder.read = []
        model(np.zeros((500, 1), int), target, teacher_forcing=share, rng=np.random.default_rng(0))
        read = np.concatenate(decoder.read, axis=1)
        assert not read[:, 0].any()
        is_shown, is_own = read[:, 1:] == target[:, :-1], read[:, 1:] == (read[:, :-1] + 1) % 50
        assert (is_shown | is_own).all()
        assert is_shown.mean() == pytest.approx(share + (1 - share) / 50, abs=0.02)
        assert len(decoder.read) == (1 if share == 1 else 20)


def test_schedules_of_teacher_forcing():
    assert [nn.TeacherForcing()(step) for step in (0, 10**6)] == [1, 1]
    assert nn.TeacherForcing("linear", 0.01)(30) == pytest.approx(0.7) and nn.TeacherForcing("linear", 0.01)(300) == 0
    assert nn.TeacherForcing("exponential", 0.9, least=0.2)(5) == pytest.approx(0.9**5)
    assert nn.TeacherForcing("exponential", 0.9, least=0.2)(500) == 0.2
    assert nn.TeacherForcing("inverse sigmoid", 50)(70) == pytest.approx(50 / (50 + np.exp(70 / 50)))
    assert nn.TeacherForcing("inverse sigmoid", 1)(10**6) == pytest.approx(0)
    assert "shape='cosine'" in wrong(nn.TeacherForcing, "cosine")
    assert "at most 1" in wrong(nn.TeacherForcing, "exponential", 1.1)
    assert "at least 1" in wrong(nn.TeacherForcing, "inverse sigmoid", 0.5)
    assert "least=2" in wrong(nn.TeacherForcing, "linear", 0.5, 2)


def padding_of(memory, lengths):
    return np.arange(memory.shape[1]) >= lengths[:, None]


class TransformerReader(nn.Module):
    """An encoder of one's own, whose memory is half as long as the source."""

    def __init__(self):
        self.embedding = nn.Embedding(7, 4)
        self.layer = nn.TransformerEncoderLayer(4, 2, 8, 0.0, batch_first=True)

    def forward(self, source, lengths):
        halved = self.embedding(source).reshape(len(source), -1, 2, 4).mean(2)
        lengths = (lengths + 1) // 2
        return self.layer(halved, src_key_padding_mask=padding_of(halved, lengths)), None, lengths


class TransformerWriter(nn.Module):
    """A decoder of one's own, whose state are the tokens so far."""

    def __init__(self):
        self.embedding, self.positions = nn.Embedding(6, 4), nn.SinusoidalPositions(4)
        self.layer, self.scores = nn.TransformerDecoderLayer(4, 2, 8, 0.0, batch_first=True), nn.Linear(4, 6)

    def begin(self, memory, state, lengths):
        return {"memory": memory, "padding": padding_of(memory, lengths)}, np.zeros((len(memory), 0), int)

    def forward(self, tokens, state, memory):
        seen = np.concatenate([state, tokens], axis=1)
        x = self.positions(self.embedding(seen))
        mask = ~np.tri(seen.shape[1], dtype=bool)
        out = self.layer(x, memory["memory"], mask, memory_key_padding_mask=memory["padding"])
        return self.scores(out[:, -tokens.shape[1] :]), seen, None

    def reorder(self, state, index):
        return take_batch(state, index)


def test_any_encoder_and_decoder_will_do():
    model = nn.Seq2Seq(TransformerReader(), TransformerWriter(), start=0, end=1).double()
    scores = model(SOURCE, TARGET, LENGTHS)
    changed = SOURCE.copy()
    changed[2, 2:] = 6
    np.testing.assert_array_equal(model(changed, TARGET, LENGTHS).numpy()[2], scores.numpy()[2])
    greedy, beam = (model.translate(SOURCE, LENGTHS, method, max_steps=6) for method in ("greedy", "beam"))
    assert greedy.weights is None and greedy.tokens.shape[1] <= 6
    for found in (greedy, beam):
        logs = F.log_softmax(model(SOURCE, found.tokens, LENGTHS), -1).numpy()
        logs = np.take_along_axis(logs, found.tokens[:, :, None], 2)[:, :, 0]
        is_there = np.arange(found.tokens.shape[1]) <= found.lengths[:, None]
        np.testing.assert_allclose((logs * is_there).sum(axis=1), found.log_probabilities)


@pytest.mark.parametrize("attend_first", [False, True])
def test_reversal_is_learnt(attend_first):
    """Three to five of six symbols: nearly all that were not learnt from are right, and the map shows the way back."""
    sources, targets = reversal(4000, lengths=(3, 5), symbols=6)
    test = sorted({tuple(source) for source in sources[-300:]})
    pairs = [(s, [*t, 2]) for s, t in zip(sources, targets, strict=True) if tuple(s) not in set(test)]
    data = SequenceDataset([s for s, _ in pairs], SequenceDataset([t for _, t in pairs]))
    generator = np.random.default_rng(0)
    encoder = nn.RecurrentEncoder(9, 8, 16)
    attention = nn.BahdanauAttention(32, 32, 16) if attend_first else nn.LuongAttention(32, 32)
    decoder = nn.AttentionDecoder(9, 8, 32, attention, state_size=32, attend_first=attend_first)
    model = nn.Seq2Seq(encoder, decoder, start=1, end=2)
    optimizer = nn.optim.Adam(model.parameters(), lr=0.01)
    forcing = nn.TeacherForcing("linear", 0.0005)
    for step in range(200):
        source, lengths, target, _ = data[generator.integers(0, len(data), 48)]
        scores = model(source, target, lengths, teacher_forcing=forcing(step) if attend_first else 1.0)
        loss = F.cross_entropy(scores.reshape(-1, 9), target.reshape(-1), ignore_index=0)
        optimizer.zero_grad()
        loss.backward()
        nn.utils.clip_grad_norm_(model.parameters(), 1.0)
        optimizer.step()
    source, lengths = SequenceDataset(test)[:]
    found = model.translate(source, lengths, max_steps=8)
    written = [tuple(tokens[:length]) for tokens, length in zip(found.tokens, found.lengths, strict=True)]
    is_right = np.array([w == s[::-1] for w, s in zip(written, test, strict=True)])
    assert is_right.mean() > 0.9
    assert found.weights.shape == (*found.tokens.shape, source.shape[1])


# --- the map --------------------------------------------------------------------------------------------


def test_a_map_of_attention(tmp_path):
    pytest.importorskip("matplotlib")
    weights = np.array([[0.0, 0.25, 0.75], [1.0, 0.0, 0.0]])
    axes = plot_attention(ag.tensor(weights), ["a", " ", "$"], ["x", "<end>"], tmp_path / "map.png")
    np.testing.assert_array_equal(axes.images[0].get_array(), weights)
    assert [label.get_text() for label in axes.get_xticklabels()] == ["a", "\u2423", r"\$"]
    assert [label.get_text() for label in axes.get_yticklabels()] == ["x", "<end>"]
    assert (tmp_path / "map.png").read_bytes().startswith(b"\x89PNG")
    assert "(2, 2)" in wrong(plot_attention, weights, "ab", "xy")
