"""Character networks and their training: shapes, states that are carried, weights that are kept."""

import math
import signal

import numpy as np
import pytest

import autograd as ag
import nn
from nn.data import BPTTIterator
from nn.generation import mean_loss
from nn.models import CELLS, char_rnn
from nn.plots import plot_bits
from nn.train import LanguageEpoch, Stop, best_markov_model, fit_language_model, stop_on_interrupt
from nn.utils.rnn import detached

TEXT = np.tile([0, 1, 0, 2, 3, 1], 200)  # what follows a 0 or a 1 depends on what was before


def fitted(model, epochs=2, rate=0.02, text=TEXT, **options):
    optimizer = nn.optim.Adam(model.parameters(), lr=rate)
    pieces = BPTTIterator(text, 4, 10)
    options = {"progress": False, **options}
    return optimizer, fit_language_model(model, optimizer, pieces, BPTTIterator(text, 2, 30), epochs, **options)


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


# --- training -----------------------------------------------------------------------------------------------


def test_training_is_truncated_backpropagation_through_time():
    """The loop against the same steps written out."""
    model, other = char_rnn(4, features=3, hidden=5), char_rnn(4, features=3, hidden=5)
    other.load_state_dict(model.state_dict())
    _, (epoch,) = fitted(model, epochs=1, restart=0.0, clip=0.1)

    optimizer, state, bits = nn.optim.Adam(other.parameters()), None, []
    pieces = BPTTIterator(TEXT, 4, 10)
    for number, (inputs, targets) in enumerate(pieces):
        scores, state = other(inputs, detached(state))
        loss = nn.functional.cross_entropy(scores.reshape(-1, 4), targets.reshape(-1))
        optimizer.zero_grad()
        loss.backward()
        nn.utils.clip_grad_norm_(other.parameters(), 0.1)
        optimizer.param_groups[0]["lr"] = 0.02 * (1 + math.cos(math.pi * number / len(pieces))) / 2
        optimizer.step()
        bits += [loss.item() / math.log(2)] * targets.size
    assert epoch.train_bits == pytest.approx(np.mean(bits), rel=1e-5)
    assert epoch.test_bits == pytest.approx(nn.bits_per_token(other, BPTTIterator(TEXT, 2, 30)), rel=1e-4)
    for mine, theirs in zip(model.parameters(), other.parameters(), strict=True):
        np.testing.assert_allclose(mine.data, theirs.data, atol=1e-5)


def test_a_network_learns_what_follows_what():
    model = char_rnn(4, features=4, hidden=12, cell="gru")
    optimizer, history = fitted(model, epochs=6)
    assert history[-1].test_bits < 0.1 < 0.5 < history[0].train_bits
    assert optimizer.param_groups[0]["lr"] == 0.02, "the rate is put back"
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


def test_the_best_weights_are_kept():
    """Held out is another text, which the network is the worse at the more it learns."""
    rng = np.random.default_rng(0)
    model = char_rnn(4, features=4, hidden=48)
    learnt, held_out = rng.integers(0, 4, 300), rng.integers(0, 4, 300)
    test = BPTTIterator(held_out, 2, 30)
    optimizer = nn.optim.Adam(model.parameters(), lr=0.03)
    history = fit_language_model(model, optimizer, BPTTIterator(learnt, 4, 10), test, 10, progress=False)
    bits = [epoch.test_bits for epoch in history]
    assert min(bits) < bits[-1] - 0.1
    assert nn.bits_per_token(model, test) == pytest.approx(min(bits), abs=1e-6)


@pytest.mark.parametrize("step", [1, 29, 30, 44])
def test_an_interrupt_ends_between_two_steps(step):
    taken = []

    class Stopping(nn.optim.Adam):
        def step(self):
            super().step()
            taken.append(True)
            if len(taken) == step:
                signal.raise_signal(signal.SIGINT)

    model, pieces = char_rnn(4, features=3, hidden=5), BPTTIterator(TEXT, 4, 10)
    before = model.state_dict()
    assert len(pieces) == 30
    with stop_on_interrupt() as stop:
        optimizer = Stopping(model.parameters(), lr=0.02)
        history = fit_language_model(model, optimizer, pieces, pieces, 3, stop=stop, progress=False)
    assert len(taken) == step and len(history) == step // 30
    assert any((value != before[name]).any() for name, value in model.state_dict().items()), "what was learnt is kept"
    assert optimizer.param_groups[0]["lr"] == 0.02


def test_a_loss_that_explodes_ends_training():
    model = char_rnn(4, features=3, hidden=5, cell="rnn")
    with np.errstate(all="ignore"):
        _, history = fitted(model, epochs=5, rate=1e38)
    assert math.isnan(history[-1].train_bits) and len(history) < 5


def test_a_stop_that_was_asked_for_before(capsys):
    stop = Stop()
    stop.asked = True
    assert fitted(char_rnn(4, features=3, hidden=5), stop=stop)[1] == []
    with pytest.raises(ValueError, match="epochs is 1 or more; got 0"):
        fitted(char_rnn(4, features=3, hidden=5), epochs=0)


def test_the_bar_shows_bits(capsys):
    seen = []
    _, history = fitted(char_rnn(4, features=3, hidden=5), progress=True, on_epoch=seen.append)
    assert seen == history
    bars = capsys.readouterr().err
    assert f"30/30, {history[1].train_bits:.3f} bits, held out {history[1].test_bits:.3f}" in bars


# --- beside it ----------------------------------------------------------------------------------------------


def test_the_best_order():
    model, bits = best_markov_model(TEXT, TEXT[:100], 4, smoothing="witten-bell")
    tried = [nn.MarkovModel(order, 4).fit(TEXT).bits_per_token(TEXT[:100]) for order in range(len(bits))]
    assert bits == tried and model.order == np.argmin(bits) >= 2
    assert len(best_markov_model(TEXT, TEXT[:100], 4, max_order=1)[1]) == 2


def test_curves(tmp_path):
    history = [LanguageEpoch(1, 2.9, 2.5, 60.0), LanguageEpoch(2, 2.2, 2.1, 60.0)]
    axes = plot_bits(history, 2.33, "Markov of order 5", tmp_path / "curves.png")
    assert (tmp_path / "curves.png").read_bytes().startswith(b"\x89PNG")
    assert [list(line.get_ydata()) for line in axes.lines] == [[2.9, 2.2], [2.5, 2.1], [2.33, 2.33]]
    assert [text.get_text() for text in axes.get_legend().get_texts()][2] == "Markov of order 5: 2.33"
    ticks = plot_bits(history[:1], 2.33, "Markov").get_xticks()
    assert 1 in ticks and not any(ticks % 1), "there is no epoch 0.96"
    with pytest.raises(ValueError, match="no epochs"):
        plot_bits([], 2.0, "nothing")


def test_states_of_every_form_are_detached():
    h = ag.tensor([1.0], requires_grad=True) * 2
    alone, (first, (second, array, nothing)) = detached(h), detached([h, (h, np.ones(2), None)])
    assert not any(state.requires_grad for state in (alone, first, second))
    assert nothing is None and isinstance(array, np.ndarray) and alone.data.tolist() == [2.0]
