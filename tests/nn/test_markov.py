"""Markov models against dictionaries: counts, three kinds of smoothing, what is drawn, and what is refused."""

import math
from collections import Counter

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

import autograd as ag
import nn
from nn.data import CharVocabulary, load_shakespeare

texts = st.integers(1, 4).flatmap(lambda size: st.lists(st.integers(0, size - 1), min_size=1, max_size=70))
smoothings = st.sampled_from([0, 0.3, 1.0, "witten-bell", "kneser-ney"])
TEXT = [0, 1, 0, 2, 0, 1, 1]


def probability(text, order, size, smoothing, context, token):
    """Of a token after a context of at most ``order`` tokens: the formulas, with dictionaries."""
    grams = Counter(tuple(text[i : i + len(context) + 1]) for i in range(len(text) - len(context)))
    if smoothing == "kneser-ney" and len(context) < order:
        longer = {tuple(text[i : i + len(context) + 2]) for i in range(len(text) - len(context) - 1)}
        grams = {gram: sum(other[1:] == gram for other in longer) for gram in grams}
    after = {gram[-1]: count for gram, count in grams.items() if gram[:-1] == tuple(context)}
    total, count = sum(after.values()), after.get(token, 0)
    if not isinstance(smoothing, str):
        return (count + smoothing) / (total + smoothing * size) if total + smoothing else 1 / size
    below = probability(text, order, size, smoothing, context[1:], token) if context else 1 / size
    if total == 0:
        return below
    if smoothing == "witten-bell":
        return (count + len(after) * below) / (total + len(after))
    n = Counter(grams.values())
    D = [0, 0.5, 0.5, 0.5]
    if n[1] and n[2] and n[3]:
        Y = n[1] / (n[1] + 2 * n[2])
        D = [0, Y, max(Y, 2 - 3 * Y * n[3] / n[2]), max(Y, 3 - 4 * Y * n[4] / n[3])]
    return (count - D[min(count, 3)] + sum(D[min(other, 3)] for other in after.values()) * below) / total


@given(texts, st.lists(st.integers(0, 4), max_size=8), st.integers(0, 4), smoothings)
def test_as_with_dictionaries(text, other, order, smoothing):
    model = nn.MarkovModel(order, 5, smoothing=smoothing).fit(text)
    expected = 0.0
    for i, token in enumerate(other):
        context = other[max(i - order, 0) : i]
        p = [probability(text, order, 5, smoothing, context, each) for each in range(5)]
        np.testing.assert_allclose(model.probabilities(other[:i]), p, rtol=1e-12, atol=1e-15)
        assert math.isclose(sum(p), 1)
        expected += math.log(p[token]) if p[token] else -math.inf
    np.testing.assert_allclose(model.log_likelihood(other), expected, rtol=1e-12)


def test_a_small_example_by_hand():
    """In 0 1 0 2 0 1 1, after 0 come 1, 2, 1; after 1 come 0, 1, of which 1 ends the text."""
    np.testing.assert_allclose(nn.MarkovModel(1, smoothing=0).fit(TEXT).probabilities([0]), [0, 2 / 3, 1 / 3])
    np.testing.assert_allclose(nn.MarkovModel(1, smoothing=0.5).fit(TEXT).probabilities([0]), [1 / 9, 5 / 9, 3 / 9])
    # Three kinds in seven tokens, 3, 3 and 1 times; then two kinds after 0.
    base = (np.array([3, 3, 1]) + 3 * np.full(3, 1 / 3)) / (7 + 3)
    model = nn.MarkovModel(1).fit(TEXT)
    np.testing.assert_allclose(model.probabilities(), base)
    np.testing.assert_allclose(model.probabilities([2, 2, 0]), (np.array([0, 2, 1]) + 2 * base) / (3 + 2))
    assert math.isclose(model.log_likelihood([1, 0]), math.log(base[1]) + math.log((1 + 2 * base[0]) / (2 + 2)))
    # Pairs: 01 twice, 10 02 20 11 once. Before 0 stand 1 and 2, before 1 stand 0 and 1, before 2 stands 0.
    base = (np.array([2, 2, 1]) - 0.5 + 1.5 / 3) / 5
    model = nn.MarkovModel(1, smoothing="kneser-ney").fit(TEXT)
    np.testing.assert_allclose(model.probabilities([0]), (np.array([0, 1.5, 0.5]) + base) / 3)


def test_what_is_certain_costs_nothing():
    assert str(nn.MarkovModel(1).fit([0, 0, 0]).bits_per_token([0, 0])) == "0.0", "and not -0.0"


def test_what_was_never_seen():
    certain = nn.MarkovModel(1, 3, smoothing=0).fit([0, 1, 0])
    assert certain.log_likelihood([0, 0]) == -math.inf and certain.bits_per_token([0, 0]) == math.inf
    assert certain.log_likelihood([]) == 0
    np.testing.assert_array_equal(certain.probabilities([2]), np.full(3, 1 / 3))
    for smoothing in (0.1, "witten-bell", "kneser-ney"):
        assert np.isfinite(nn.MarkovModel(3, 3, smoothing=smoothing).fit([0]).log_likelihood([2, 2, 2, 1, 0]))


def test_no_vocabulary_and_no_order_is_too_large():
    """Grams of thirteen tokens of 40 bits each: 520 bits."""
    text = np.random.default_rng(0).integers(2, size=60) * (2**40 - 1)
    for smoothing in (0.5, "witten-bell", "kneser-ney"):
        model = nn.MarkovModel(12, 2**40, smoothing=smoothing).fit(text)
        small = nn.MarkovModel(12, 2, smoothing=smoothing).fit(text // (2**40 - 1))
        expected = sum(
            math.log(probability(text.tolist(), 12, 2**40, smoothing, text[max(i - 12, 0) : i].tolist(), text[i]))
            for i in range(20)
        )
        assert math.isclose(model.log_likelihood(text[:20]), expected, rel_tol=1e-12)
        assert small.log_likelihood(text[:20] // (2**40 - 1)) > expected
    with pytest.raises(ag.errors.ArgumentError, match=r"too many to number in 64 bits.*np\.unique"):
        nn.MarkovModel(1).fit([2**61, 0, 1, 2])


def test_samples_are_as_frequent_as_they_are_probable():
    model = nn.MarkovModel(1, smoothing=0.2).fit(TEXT)
    drawn = model.sample(20_000, rng=np.random.default_rng(0))
    for token in range(3):
        after = np.bincount(drawn[1:][drawn[:-1] == token], minlength=3)
        np.testing.assert_allclose(after / after.sum(), model.probabilities([token]), atol=0.02)
    first = np.bincount([model.sample(1, [0], temperature=0.5)[0] for _ in range(4000)], minlength=3)
    sharp = model.probabilities([0]) ** 2
    np.testing.assert_allclose(first / 4000, sharp / sharp.sum(), atol=0.03)


def test_what_decides_a_sample():
    model = nn.MarkovModel(3, smoothing=0).fit([0, 1, 2, 3] * 5 + [4])
    assert model.sample(6, [1, 2]).tolist()[:2] == [3, 0] and model.sample(0).shape == (0,)
    assert model.sample(3, [3, 0, 1, 2, 3, 0, 1], temperature=1e-3).tolist() == [2, 3, 0]
    assert model.sample(3, [1, 2], temperature=0).tolist() == [3, 0, 1]
    loose = nn.MarkovModel(2).fit([0, 1, 2, 3] * 5)
    a, b = (loose.sample(20, rng=np.random.default_rng(7)).tolist() for _ in range(2))
    assert a == b != loose.sample(20, rng=np.random.default_rng(8)).tolist()
    ag.manual_seed(7)
    assert loose.sample(20).tolist() == a


def test_a_second_fit_starts_again():
    model = nn.MarkovModel(2).fit([5, 6, 7])
    assert model.fit(ag.tensor([0, 1, 0])) is model
    assert model.probabilities([0]).shape == (2,)
    np.testing.assert_array_equal(model.probabilities([0]), nn.MarkovModel(2).fit([0, 1, 0]).probabilities([0]))
    assert repr(model) == "MarkovModel(2, smoothing='witten-bell')"
    assert repr(nn.MarkovModel(0, 9, smoothing=0.5)) == "MarkovModel(0, 9, smoothing=0.5)"


@pytest.mark.parametrize(
    ("call", "error", "message"),
    [
        (lambda: nn.MarkovModel(-1), ag.errors.ArgumentError, "order=-1; want a whole number of at least 0"),
        (lambda: nn.MarkovModel(1.0), ag.errors.ArgumentError, r"order=1\.0; want a whole number"),
        (lambda: nn.MarkovModel(1, 0), ag.errors.ArgumentError, "vocabulary_size=0; want .* at least 1"),
        (
            lambda: nn.MarkovModel(1, smoothing=-0.1),
            ag.errors.ArgumentError,
            r"smoothing=-0\.1; want 'witten-bell', 'k",
        ),
        (lambda: nn.MarkovModel(1, smoothing=math.nan), ag.errors.ArgumentError, "smoothing=nan; want"),
        (
            lambda: nn.MarkovModel(1, smoothing="laplace"),
            ag.errors.ArgumentError,
            "a number of at least 0, such as 0.1",
        ),
        (lambda: nn.MarkovModel(1).fit([]), ag.errors.ArgumentError, "fit: there are no tokens"),
        (lambda: nn.MarkovModel(1).fit("abc"), ag.errors.ArgumentError, r"got text, want .*CharVocabulary\.encode"),
        (lambda: nn.MarkovModel(1).fit([0.5]), ag.errors.DtypeError, "tokens are integers from 0; got float64"),
        (lambda: nn.MarkovModel(1).fit([[1]]), ag.errors.ShapeError, r"shape \(n,\); got \(1, 1\)"),
        (lambda: nn.MarkovModel(1).fit([0, -2]), ag.errors.ArgumentError, "fit: found the token -2; tokens are 0 or"),
        (lambda: nn.MarkovModel(1, 2).fit([2]), ag.errors.ArgumentError, "token 2; tokens are 0 to 1, since the vocab"),
        (lambda: nn.MarkovModel(1).log_likelihood([0]), ag.errors.ArgumentError, r"log_likelihood: .* call fit\(token"),
        (lambda: nn.MarkovModel(1).sample(3), ag.errors.ArgumentError, r"sample: nothing .* call fit\(tokens\) first"),
        (lambda: nn.MarkovModel(1).probabilities(), ag.errors.ArgumentError, r"probabilities: .* call fit\(tokens\)"),
        (lambda: nn.MarkovModel(1).fit([0]).log_likelihood([1]), ag.errors.ArgumentError, "token 1; tokens are 0 to 0"),
        (lambda: nn.MarkovModel(1).fit([0]).probabilities([3, 0]), ag.errors.ArgumentError, "found the token 3"),
        (
            lambda: nn.MarkovModel(1).fit([0]).bits_per_token([]),
            ag.errors.ArgumentError,
            "no tokens, so there is no mea",
        ),
        (lambda: nn.MarkovModel(1).fit([0]).sample(-1), ag.errors.ArgumentError, "n=-1; want a whole number"),
        (lambda: nn.MarkovModel(1).fit([0]).sample(1, [9]), ag.errors.ArgumentError, "sample: found the token 9"),
        (
            lambda: nn.MarkovModel(1).fit([0]).sample(1, temperature=-1),
            ag.errors.ArgumentError,
            "sample: temperature=-1; want",
        ),
    ],
)
def test_what_a_markov_model_refuses(call, error, message):
    with pytest.raises(error, match=message):
        call()


def test_shakespeare(data_folder):
    """What a network of characters has to beat: bits a character on the last tenth of the text."""
    text = load_shakespeare()
    tokens = CharVocabulary.from_text(text).encode(text)
    train, test = tokens[: len(tokens) * 9 // 10], tokens[len(tokens) * 9 // 10 :]
    for order, smoothing, bits in ((4, 0.04, 2.53), (4, "witten-bell", 2.41), (6, "kneser-ney", 2.19)):
        model = nn.MarkovModel(order, smoothing=smoothing).fit(train)
        assert bits - 0.02 < model.bits_per_token(test) < bits
        assert math.isclose(model.probabilities(test[:9]).sum(), 1)
