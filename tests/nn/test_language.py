"""Character networks and their training: shapes, states that are carried, weights that are kept."""

import math

import numpy as np
import pytest

import autograd as ag
import nn
from nn.data import BPTTIterator
from nn.generation import mean_loss
from nn.models import CELLS, char_rnn
from nn.plots import plot_bits
from nn.train import Callback, Checkpoints, History, LanguageTrainer, best_markov_model
from nn.utils.rnn import detached

TEXT = np.tile([0, 1, 0, 2, 3, 1], 200)  # what follows a 0 or a 1 depends on what was before


def fitted(model, epochs=2, rate=0.02, text=TEXT, progress=False, **options):
    trainer = LanguageTrainer(model, nn.optim.Adam(model.parameters(), lr=rate), **options)
    trainer.fit(BPTTIterator(text, 4, 10), BPTTIterator(text, 2, 30), epochs, progress=progress)
    return trainer


# --- the model ----------------------------------------------------------------------------------------------


@pytest.mark.parametrize("cell", CELLS)
def test_a_piece_goes_on_where_the_one_before_ended(cell):
    model = char_rnn(5, features=3, hidden=4, layers=2, cell=cell)
    tokens = np.random.default_rng(0).integers(0, 5, (3, 9))
    whole, last = model(tokens)
    assert whole.shape == (3, 9, 5)
    first, state = model(tokens[:, :4])
    second, state = model(tokens[:, 4:], detached(state))
    np.testing.assert_allclose(np.concatenate([first.data, second.data], axis=1), whole.data, atol=1e-6)
    for a, b in zip(*(s if isinstance(s, tuple) else (s,) for s in (last, state)), strict=True):
        np.testing.assert_allclose(a.data, b.data, atol=1e-6)
    changed = tokens.copy()
    changed[:, 5] = (changed[:, 5] + 1) % 5
    np.testing.assert_array_equal(model(changed)[0].data[:, :5], whole.data[:, :5])


def test_the_loss_pairs_scores_with_targets():
    scores, targets = np.random.default_rng(0).normal(size=(2, 3, 4)), np.array([[0, 1, 2], [3, 3, 0]])
    expected = -np.mean([ag.log_softmax(scores[i, t])[targets[i, t]].item() for i in range(2) for t in range(3)])
    assert float(mean_loss(scores, targets)) == pytest.approx(expected)


def test_tied_weights_are_one_parameter(tmp_path):
    model = char_rnn("abc", features=8, hidden=8, tied=True)
    assert model.head.weight is model.embedding.weight
    fitted(model, text=TEXT % 3)
    nn.save(model, tmp_path / "m.safetensors")
    again = nn.load(tmp_path / "m.safetensors")
    assert again.head.weight is again.embedding.weight and again.characters == ("a", "b", "c")
    np.testing.assert_array_equal(again.embedding.weight.data, model.embedding.weight.data)
    with pytest.raises(ag.errors.ArgumentError, match="tied=True with features=8, hidden=9"):
        char_rnn(3, features=8, hidden=9, tied=True)


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        ({"vocabulary": 0}, "vocabulary=0; want a whole number of at least 1"),
        ({"vocabulary": ""}, "vocabulary=''; want the number of tokens, or the tokens themselves, each once"),
        ({"vocabulary": "abca"}, "each once"),
        ({"vocabulary": ["a", 3]}, "each once"),
        ({"vocabulary": None}, "vocabulary=None"),
        ({"vocabulary": 3, "cell": "transformer"}, "cell='transformer'; want one of 'rnn', 'lstm', 'gru', 'layern"),
        ({"vocabulary": 3, "dropout": 2}, "dropout=2"),
    ],
)
def test_arguments_that_do_not_fit(arguments, message):
    with pytest.raises(ag.errors.ArgumentError, match=message):
        char_rnn(**arguments)


def test_tokens_that_do_not_fit():
    model = char_rnn(3, hidden=4)
    with pytest.raises(ag.errors.ShapeError, match=r"CharRNN.*\(batch, time\), got \(4,\).*tokens\[None\]"):
        model(np.zeros(4, int))
    with pytest.raises(ag.errors.DtypeError, match="want integers"):
        model(np.zeros((1, 4)))
    with pytest.raises(ag.errors.DtypeError, match=r"CharRNN.*tokens is a list; want a Tensor or an array"):
        model([[1]])


# --- training -----------------------------------------------------------------------------------------------


def test_training_is_truncated_backpropagation_through_time():
    """The loop against the same steps written out."""
    model, other = char_rnn(4, features=3, hidden=5), char_rnn(4, features=3, hidden=5)
    other.load_state_dict(model.state_dict())
    (epoch,) = fitted(model, epochs=1, restart=0.0, clip_norm=0.1).history

    optimizer, state, bits = nn.optim.Adam(other.parameters(), lr=0.02), None, []
    pieces = BPTTIterator(TEXT, 4, 10)
    for inputs, targets in pieces:
        scores, state = other(inputs, detached(state))
        loss = nn.functional.cross_entropy(scores.reshape(-1, 4), targets.reshape(-1))
        optimizer.zero_grad()
        loss.backward()
        nn.utils.clip_grad_norm_(other.parameters(), 0.1)
        optimizer.step()
        bits += [loss.item() / math.log(2)] * targets.size
    assert epoch["bits"] == pytest.approx(np.mean(bits), rel=1e-5)
    assert epoch["val_bits"] == pytest.approx(nn.bits_per_token(other, BPTTIterator(TEXT, 2, 30)), rel=1e-4)
    for mine, theirs in zip(model.parameters(), other.parameters(), strict=True):
        np.testing.assert_allclose(mine.data, theirs.data, atol=1e-5)


def test_a_network_learns_what_follows_what():
    model = char_rnn(4, features=4, hidden=12, cell="gru")
    history = fitted(model, epochs=6).history
    assert history[-1]["val_bits"] < 0.15 < 0.5 < history[0]["bits"]
    assert nn.generate(model, [0, 1, 0], 6, temperature=0).tolist() == [2, 3, 1, 0, 1, 0]


def test_streams_begin_anew_now_and_then():
    """Of states that only zeros do not change, those of the streams that begin anew are seen."""
    seen = []

    class Watched(nn.models.CharRNN):
        def forward(self, tokens, state=None):
            if state is not None and self.training:
                seen.append(np.array([part.data for part in state]))
            return super().forward(tokens, state)

    fitted(Watched(4, features=3, hidden=5), restart=0.25)
    states = np.concatenate(seen, axis=2)  # h and c, layers, streams at all steps, hidden
    zeros = (states == 0).all(axis=(0, 1, 3))
    assert ((states == 0).any(axis=(0, 1, 3)) == zeros).all(), "of h and c alike"
    assert 0.12 < zeros.mean() < 0.4
    seen.clear()
    fitted(Watched(4, features=3, hidden=5), restart=0.0)
    assert np.concatenate(seen, axis=2).all()
    with pytest.raises(ag.errors.ArgumentError, match="restart=2"):
        fitted(char_rnn(4), restart=2)
    with pytest.raises(TypeError, match=r"LanguageTrainer: there is no clip=; Trainer takes model, loss, .*clip_norm"):
        fitted(char_rnn(4), clip=2)


@pytest.mark.parametrize("cell", ["lstm", "gru"])
def test_a_run_goes_on_with_the_states_of_its_streams(tmp_path, cell):
    def built(*callbacks):
        ag.manual_seed(0)
        model = char_rnn(4, features=3, hidden=5, cell=cell, dropout=0.2)
        return LanguageTrainer(model, nn.optim.Adam(model.parameters()), callbacks=[*callbacks, Checkpoints(tmp_path)])

    class Stopping(Callback):
        def on_step_end(self, trainer):
            if trainer.step == 17:
                trainer.stop("enough")

    pieces = BPTTIterator(TEXT, 4, 10)
    built(Stopping()).fit(pieces, pieces, 2, progress=False)
    resumed = built(Callback())
    with pytest.raises(ag.errors.ArgumentError, match=r"has callbacks: Stopping, .*; this trainer has Callback, "):
        resumed.resume(tmp_path)
    resumed = built(Stopping())
    assert resumed.resume(tmp_path) and (resumed.batch, resumed.epoch) == (17, 0)
    rows = resumed.fit(pieces, pieces, 2, progress=False)
    ag.manual_seed(0)
    model = char_rnn(4, features=3, hidden=5, cell=cell, dropout=0.2)
    whole = LanguageTrainer(model, nn.optim.Adam(model.parameters()))
    assert whole.fit(pieces, pieces, 2, progress=False)["val_loss"] == rows["val_loss"]


def test_the_bar_shows_bits(capsys):
    history = fitted(char_rnn(4, features=3, hidden=5), progress=True).history
    bars = capsys.readouterr().err
    assert f"30/30, bits {history[1]['bits']:.4f}, loss " in bars and f"; val {history[1]['val_bits']:.4f}, " in bars


# --- beside it ----------------------------------------------------------------------------------------------


def test_the_best_order():
    model, bits = best_markov_model(TEXT, TEXT[:100], 4, smoothing="witten-bell")
    tried = [nn.MarkovModel(order, 4).fit(TEXT).bits_per_token(TEXT[:100]) for order in range(len(bits))]
    assert bits == tried and model.order == np.argmin(bits) >= 2
    assert len(best_markov_model(TEXT, TEXT[:100], 4, max_order=1)[1]) == 2
    for order in (-1, 1.5):
        with pytest.raises(ag.errors.ArgumentError, match=f"best_markov_model: max_order={order}; want a whole number"):
            best_markov_model(TEXT, TEXT[:100], 4, max_order=order)


def test_curves(tmp_path):
    history = History([{"bits": 2.9, "val_bits": 2.5}, {"bits": 2.2, "val_bits": 2.1}])
    axes = plot_bits(history, 2.33, "Markov of order 5", tmp_path / "curves.png")
    assert (tmp_path / "curves.png").read_bytes().startswith(b"\x89PNG")
    assert [list(line.get_ydata()) for line in axes.lines] == [[2.9, 2.2], [2.5, 2.1], [2.33, 2.33]]
    assert [text.get_text() for text in axes.get_legend().get_texts()][2] == "Markov of order 5: 2.33"
    ticks = plot_bits(history[:1], 2.33, "Markov").get_xticks()
    assert 1 in ticks and not any(ticks % 1), "there is no epoch 0.96"
    with pytest.raises(ValueError, match="no epochs"):
        plot_bits(History(), 2.0, "nothing")


def test_states_of_every_form_are_detached():
    h = ag.tensor([1.0], requires_grad=True) * 2
    alone, (first, (second, array, nothing)) = detached(h), detached([h, (h, np.ones(2), None)])
    assert not any(state.requires_grad for state in (alone, first, second))
    assert nothing is None and isinstance(array, np.ndarray) and alone.data.tolist() == [2.0]
