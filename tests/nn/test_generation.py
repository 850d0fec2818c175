"""Sampling of tokens, texts that models write, and what a text costs them."""

import math

import numpy as np
import pytest

import autograd as ag
import nn
from nn.data import BPTTIterator, CharVocabulary
from nn.models import char_rnn

P = np.array([0.4, 0.3, 0.2, 0.06, 0.04])


def shares(count=20_000, **options):
    """How often each of five tokens is drawn, of the probabilities P, and the three tokens of another row."""
    scores = np.log(np.tile(P, (count, 1))) + 7.0  # a constant changes nothing
    drawn = nn.sample_tokens(scores, rng=np.random.default_rng(0), **options)
    assert drawn.shape == (count,) and drawn.dtype == np.int64
    return np.bincount(drawn, minlength=5) / count


# --- sample_tokens ----------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("options", "expected"),
    [
        ({}, P),
        ({"temperature": 0.5}, P**2),
        ({"temperature": 2.0}, P**0.5),
        ({"temperature": 0}, [1, 0, 0, 0, 0]),
        ({"temperature": 1e-320}, [1, 0, 0, 0, 0]),
        ({"top_k": 2}, [0.4, 0.3, 0, 0, 0]),
        ({"top_k": 99}, P),
        ({"top_p": 0.75}, [0.4, 0.3, 0.2, 0, 0]),
        ({"top_p": 0.65}, [0.4, 0.3, 0, 0, 0]),
        ({"top_p": 0.01}, [1, 0, 0, 0, 0]),
        ({"top_p": 1.0}, P),
        ({"top_k": 2, "top_p": 0.5}, [1, 0, 0, 0, 0]),  # of the two that are left the first has 0.57
        ({"temperature": 0.5, "top_p": 0.55}, [0.16, 0.09, 0, 0, 0]),  # of p ** 2 the first has 0.54
    ],
)
def test_tokens_are_drawn_as_often_as_their_probability_says(options, expected):
    expected = np.array(expected, float) / np.sum(expected)
    np.testing.assert_allclose(shares(**options), expected, atol=0.012)
    assert not shares(**options)[expected == 0].any()


def test_each_row_has_its_own_order():
    scores = np.array([[0.0, 9.0, 8.0, -np.inf], [9.0, 0.0, -np.inf, 8.0]], "f4")
    drawn = {tuple(nn.sample_tokens(scores, top_k=2).tolist()) for _ in range(200)}
    assert drawn == {(1, 0), (2, 0), (1, 3), (2, 3)}
    assert nn.sample_tokens(ag.tensor(scores), temperature=0).tolist() == [1, 0]
    assert nn.sample_tokens(scores[:0]).shape == (0,)


def test_rows_use_a_number_each_whatever_the_arguments():
    after = []
    for options in ({}, {"temperature": 0}, {"top_k": 1}, {"top_p": 0.5}):
        rng = np.random.default_rng(5)
        nn.sample_tokens(np.zeros((3, 4)), rng=rng, **options)
        after.append(rng.random())
    assert len(set(after)) == 1


@pytest.mark.parametrize(
    ("scores", "options", "error", "message"),
    [
        (np.zeros(3), {}, ag.errors.ShapeError, r"\(batch, vocabulary\), got \(3,\). Of a single row write scores"),
        (np.zeros((2, 4, 3)), {}, ag.errors.ShapeError, r"\[:, -1\]"),
        (np.zeros((2, 0)), {}, ag.errors.ShapeError, r"got \(2, 0\)"),
        (np.zeros((2, 3), int), {}, ag.errors.DtypeError, "want floats"),
        (np.array([[0.0, 1.0], [np.nan, 0.0]]), {}, ag.errors.ArgumentError, "best score of row 1 is nan"),
        (np.full((1, 2), -np.inf), {}, ag.errors.ArgumentError, "best score of row 0 is -inf"),
        (np.zeros((1, 2)), {"temperature": -1}, ag.errors.ArgumentError, "temperature=-1; want a number of at least 0"),
        (np.zeros((1, 2)), {"temperature": math.nan}, ag.errors.ArgumentError, "temperature=nan"),
        (np.zeros((1, 2)), {"top_k": 0}, ag.errors.ArgumentError, "top_k=0; want how many"),
        (np.zeros((1, 2)), {"top_k": 0.5}, ag.errors.ArgumentError, "top_k=0.5"),
        (np.zeros((1, 2)), {"top_p": 0}, ag.errors.ArgumentError, "top_p=0; want the probability"),
        (np.zeros((1, 2)), {"top_p": 1.5}, ag.errors.ArgumentError, "top_p=1.5"),
        (np.zeros((1, 2)), {"rng": 5}, ag.errors.ArgumentError, "rng=5: want a generator"),
    ],
)
def test_what_cannot_be_drawn_from(scores, options, error, message):
    with pytest.raises(error, match=message):
        nn.sample_tokens(scores, **options)


# --- generate -----------------------------------------------------------------------------------------------


@pytest.fixture
def model():
    """A small network with dropout, in training mode but for one part."""
    ag.manual_seed(1)
    model = char_rnn("\n abc", features=3, hidden=7, layers=2, dropout=0.5)
    for parameter in model.parameters():
        parameter.data[...] *= 5  # scores that differ
    model.head.eval()
    return model


def by_hand(model, tokens, n, temperature, seed):
    """Each token from scores of the whole text so far, read from its beginning."""
    rng = np.random.default_rng(seed)
    tokens = np.array(tokens)
    for _ in range(n):
        scores, _ = model(tokens)
        tokens = np.column_stack([tokens, nn.sample_tokens(scores.numpy()[:, -1], temperature, rng=rng)])
    return tokens[:, -n:]


@pytest.mark.parametrize("cell", ["rnn", "lstm", "gru"])
def test_a_network_carries_its_state(cell):
    model = char_rnn(6, features=3, hidden=5, layers=2, cell=cell)
    prompt = np.array([[1, 2, 3], [4, 5, 0]])
    expected = by_hand(model, prompt, 12, 0.7, seed=3)
    np.testing.assert_array_equal(nn.generate(model, prompt, 12, 0.7, seed=3), expected)
    one = nn.generate(model, prompt[0].tolist(), 12, 0.7, seed=3)
    np.testing.assert_array_equal(one, by_hand(model, prompt[:1], 12, 0.7, seed=3)[0])
    assert nn.generate(model, prompt, 0).shape == (2, 0)


def test_text_for_text(model):
    text = nn.generate(model, "ab", 30, seed=2)
    assert isinstance(text, str) and len(text) == 30 and set(text) <= set("\n abc")
    assert nn.generate(model, "ab", 30, seed=2) == text, "dropout is off"
    assert nn.generate(model, "ab", 30, seed=3) != text
    ag.manual_seed(4)
    unseeded = [nn.generate(model, "ab", 30) for _ in range(2)]
    assert unseeded[0] != unseeded[1]
    tokens = nn.generate(model, np.array([2, 3]), 30, seed=2)
    assert CharVocabulary(model.characters).decode(tokens) == text
    assert [module.training for module in model.children()] == [True, True, True, False] and ag.is_grad_enabled()
    vocabulary, model.characters = CharVocabulary(model.characters), None
    assert nn.generate(model, "ab", 30, seed=2, vocabulary=vocabulary) == text


def test_an_empty_prompt_is_a_new_line(model):
    assert nn.generate(model, "", 20, seed=0) == nn.generate(model, "\n", 20, seed=0)
    firsts = [nn.generate(model, np.zeros((0,), int), 3, seed=seed)[0] for seed in range(30)]
    assert set(firsts) == set(range(5)), "there is no line's end among tokens: all are alike"
    assert len(nn.generate(char_rnn("ab", hidden=3), "", 4)) == 4
    assert nn.generate(model, np.zeros((2, 0), int), 3).shape == (2, 3)


def test_a_markov_model_writes():
    vocabulary = CharVocabulary.from_text("abracadabra")
    markov = nn.MarkovModel(2, smoothing=0).fit(vocabulary.encode("abracadabra"))
    assert nn.generate(markov, "abr", 4, temperature=0, vocabulary=vocabulary) == "acad"
    assert nn.generate(markov, "", 1, temperature=0, vocabulary=vocabulary) == "a", "the most frequent one"
    batch = nn.generate(markov, np.array([[0, 1], [0, 2]]), 2, seed=0)
    np.testing.assert_array_equal(batch, [[4, 0], [0, 3]])
    counts = np.bincount([nn.generate(markov, [4, 0], 1, seed=seed)[0] for seed in range(50)], minlength=5)
    assert counts.tolist() == [0, 0, 50, 0, 0]
    uncertain = nn.MarkovModel(0, smoothing=0).fit([0, 0, 0, 1])
    drawn = nn.generate(uncertain, [], 400, seed=0)
    assert 0.68 < (drawn == 0).mean() < 0.82


@pytest.mark.parametrize(
    ("prompt", "n", "options", "error", "message"),
    [
        ("xy", 3, {}, ag.errors.ArgumentError, "the character 'x' at 0 is not among"),
        ("ab", -1, {}, ag.errors.ArgumentError, "generate: n=-1"),
        ("ab", 0, {"temperature": -1}, ag.errors.ArgumentError, "generate: temperature=-1"),
        ("ab", 3, {"seed": -1}, ag.errors.ArgumentError, "generate: seed=-1"),
        (3, 3, {}, ag.errors.ShapeError, r"want tokens \(time,\) or \(batch, time\), or a text"),
        ([0.5], 3, {}, ag.errors.DtypeError, "want tokens, integers"),
        ([7], 3, {}, ag.errors.ArgumentError, "has the index 7"),
    ],
)
def test_prompts_that_do_not_fit(model, prompt, n, options, error, message):
    with pytest.raises(error, match=message):
        nn.generate(model, prompt, n, **options)
    assert [module.training for module in model.children()] == [True, True, True, False]


def test_text_needs_a_vocabulary():
    with pytest.raises(ag.errors.ArgumentError, match="the model carries no characters"):
        nn.generate(char_rnn(4, hidden=3), "ab", 3)


# --- bits and perplexity ------------------------------------------------------------------------------------


def test_bits_are_the_mean_of_all_tokens(model):
    tokens = np.random.default_rng(0).integers(0, 5, 600)
    scores, _ = model.eval()(tokens[None, :-1])
    expected = nn.functional.cross_entropy(scores[0], tokens[1:]).item() / math.log(2)
    assert nn.bits_per_token(model, tokens) == pytest.approx(expected, rel=1e-5), "read in pieces, state carried on"
    assert nn.bits_per_token(model, BPTTIterator(tokens, 1, 7)) == pytest.approx(expected, rel=1e-5)
    assert nn.perplexity(model, tokens) == pytest.approx(2**expected, rel=1e-4)
    assert nn.bits_per_token(model.train(), tokens) == pytest.approx(expected, rel=1e-5), "dropout is off"
    assert nn.bits_per_token(model, tokens.tolist()) == nn.bits_per_token(model, tokens)
    streams = nn.bits_per_token(model, BPTTIterator(tokens, 2, 7))
    assert 0 < abs(streams - expected) < 0.1 * expected, "the second stream has begun without what went before"


def test_bits_of_a_markov_model():
    markov = nn.MarkovModel(1, 3, smoothing=0).fit([0, 1, 0, 2])
    assert nn.bits_per_token(markov, [0, 1]) == 1.0  # 1/2 * 1/2
    assert nn.perplexity(markov, [1, 1]) == math.inf


def test_nothing_to_predict():
    with pytest.raises(ag.errors.ArgumentError, match="there are no batches"):
        nn.bits_per_token(char_rnn(4, hidden=3), [])
    with pytest.raises(ag.errors.ArgumentError, match="got text, want its tokens: integers"):
        nn.perplexity(char_rnn(4, hidden=3), "aba")


@pytest.mark.parametrize(
    ("call", "message"),
    [
        (
            lambda: nn.perplexity(3, [0, 1]),
            r"perplexity: model=3; want a network that is called as model\(tokens, state\)",
        ),
        (lambda: nn.bits_per_token(None, [0, 1]), "bits_per_token: model=None"),
        (lambda: nn.generate(3, [0, 1], 2), "generate: model=3"),
        (lambda: nn.perplexity(char_rnn(4, hidden=3), 3), r"perplexity: data=3; want tokens \(n,\), or batches"),
    ],
)
def test_what_is_no_model_and_no_data(call, message):
    with pytest.raises(ag.errors.ArgumentError, match=message):
        call()
