"""Decoding: against the enumeration of all sequences, against each other, and what is said of wrong arguments."""

from itertools import product

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

import autograd as ag
from nn.decoding import beam_search, greedy, sampled, take_batch

END = 0


def log_softmax(x):
    return x - np.log(np.exp(x).sum(axis=-1, keepdims=True))


class RandomModel:
    """Scores that depend on the sample and on all tokens so far; the state is the number of the prefix."""

    def __init__(self, seed, batch=2, vocabulary=3, steps=3):
        rng = np.random.default_rng(seed)
        self.batch, self.vocabulary, self.steps = batch, vocabulary, steps
        self.tables = [2 * rng.normal(size=(batch, vocabulary**step, vocabulary)) for step in range(steps)]
        self.start = np.full(batch, vocabulary - 1)

    @property
    def state(self):
        return {"sample": np.arange(self.batch), "parts": (np.zeros(self.batch, int), np.zeros((1, self.batch), int))}

    def step(self, tokens, state):
        """The weights show which prefix was seen."""
        sample, (prefix, number) = state["sample"], state["parts"]
        step = number[0, 0]
        if step:
            prefix = prefix * self.vocabulary + tokens
        scores = self.tables[step][sample, prefix]
        return ag.tensor(scores), {"sample": sample, "parts": (prefix, number + 1)}, np.stack([sample, prefix], axis=1)

    def reorder(self, state, index):
        sample, (prefix, number) = state["sample"], state["parts"]
        return {"sample": sample[index], "parts": (prefix[index], take_batch(number, index, axis=1))}

    def decoded(self, function, **options):
        if function is beam_search:
            options["reorder"] = self.reorder
        return function(self.step, self.state, self.start, END, self.steps, **options)

    def log_probability(self, sample, tokens):
        prefix = total = 0
        for step, token in enumerate(tokens):
            total += log_softmax(self.tables[step][sample, prefix])[token]
            prefix = prefix * self.vocabulary + token
        return total

    def sequences(self):
        """All that end, or are as long as can be."""
        for length in range(1, self.steps + 1):
            for tokens in product(range(self.vocabulary), repeat=length):
                if END not in tokens[:-1] and (tokens[-1] == END or length == self.steps):
                    yield tokens

    def best(self, sample, penalty):
        def rank(tokens):
            return self.log_probability(sample, tokens) / ((5 + len(tokens)) / 6) ** penalty

        return max(self.sequences(), key=rank)


def taken(result, sample):
    """The tokens of a sequence, with its end if it has one."""
    return tuple(result.tokens[sample, : result.lengths[sample] + 1].tolist())


@given(seed=st.integers(0, 2**32 - 1), penalty=st.sampled_from([0.0, 0.6, 2.0]), vocabulary=st.integers(2, 4))
def test_a_wide_beam_finds_the_best_of_all_sequences(seed, penalty, vocabulary):
    model = RandomModel(seed, vocabulary=vocabulary)
    result = model.decoded(beam_search, width=vocabulary**model.steps, length_penalty=penalty)
    for sample in range(model.batch):
        tokens = model.best(sample, penalty)
        assert taken(result, sample) == tokens
        assert result.log_probabilities[sample] == pytest.approx(model.log_probability(sample, tokens))


@given(seed=st.integers(0, 2**32 - 1), penalty=st.sampled_from([0.0, 1.0]))
def test_a_beam_of_one_is_greedy(seed, penalty):
    model = RandomModel(seed, steps=4)
    one, other = model.decoded(greedy), model.decoded(beam_search, width=1, length_penalty=penalty)
    for a, b in zip(one, other, strict=True):
        np.testing.assert_allclose(a, b)


@given(seed=st.integers(0, 2**32 - 1), width=st.integers(1, 5))
def test_lengths_probabilities_and_weights_belong_to_the_tokens(seed, width):
    model = RandomModel(seed, steps=4)
    results = [
        model.decoded(greedy),
        model.decoded(sampled, rng=np.random.default_rng(seed)),
        model.decoded(beam_search, width=width),
    ]
    for result in results:
        assert result.tokens.shape == result.weights.shape[:2]
        for sample in range(model.batch):
            tokens = taken(result, sample)
            assert END not in tokens[:-1] and (result.tokens[sample, len(tokens) :] == END).all()
            assert result.log_probabilities[sample] == pytest.approx(model.log_probability(sample, tokens))
            prefixes = [sum(t * 3**i for i, t in enumerate(reversed(tokens[:step]))) for step in range(len(tokens))]
            np.testing.assert_array_equal(result.weights[sample, : len(tokens), 1], prefixes)
            np.testing.assert_array_equal(result.weights[sample, : len(tokens), 0], sample)
            assert not result.weights[sample, len(tokens) :].any()


@settings(max_examples=10)
@given(seed=st.integers(0, 2**32 - 1), width=st.integers(1, 4))
def test_a_batch_is_decoded_as_its_samples_one_by_one(seed, width):
    model = RandomModel(seed, batch=3)
    whole = model.decoded(beam_search, width=width)
    for sample in range(3):
        state = take_batch({"sample": np.arange(3)}, [sample]) | {"parts": (np.zeros(1, int), np.zeros((1, 1), int))}
        alone = beam_search(model.step, state, model.start[:1], END, model.steps, width=width, reorder=model.reorder)
        assert taken(alone, 0) == taken(whole, sample)


def table(*rows):
    """A step function of the token before alone."""
    with np.errstate(divide="ignore"):
        scores = np.log(np.array(rows))

    def step(tokens, state):
        return scores[tokens], state

    return step


def test_a_length_penalty_makes_results_longer():
    # 1 and end: log(0.45) = -0.80; 1, 2 and end: log(0.40) = -0.93, divided by 7/6 -0.79
    step = table([1.0, 0.0, 0.0, 0.0], [0.45, 0.0, 0.4, 0.15], [0.99, 0.0, 0.0, 0.01], [1.0, 0.0, 0.0, 0.0])
    short, long = (beam_search(step, None, [1], END, width=3, length_penalty=penalty) for penalty in (0.0, 1.0))
    assert short.tokens.tolist() == [[0]] and long.tokens.tolist() == [[2, 0]]


def test_a_beam_that_is_wider_than_there_are_sequences():
    step = table([1.0, 0.0], [0.5, 0.5])
    result = beam_search(step, None, [1, 1], END, 2, width=7)
    assert result.tokens.tolist() == [[0], [0]] and result.lengths.tolist() == [0, 0]
    np.testing.assert_allclose(result.log_probabilities, np.log(0.5))


@pytest.mark.parametrize("function", [greedy, sampled, beam_search])
def test_without_an_end_all_steps_are_taken(function):
    step = table([0.2, 0.8], [0.8, 0.2])
    result = function(step, None, np.array([0, 1, 1]), max_steps=4)
    assert result.tokens.shape == (3, 4) and result.lengths.tolist() == [4, 4, 4] and result.weights is None
    assert function is sampled or result.tokens.tolist() == [[1, 0, 1, 0], [0, 1, 0, 1], [0, 1, 0, 1]]


@pytest.mark.parametrize("function", [greedy, sampled, beam_search])
def test_an_empty_batch(function):
    result = function(table([0.5, 0.5], [0.5, 0.5]), None, np.empty(0, int), end=1)
    assert result.tokens.shape[0] == result.lengths.shape[0] == result.log_probabilities.shape[0] == 0


def test_sampling_follows_the_probabilities():
    step = table([0.2, 0.5, 0.3], [1 / 3, 1 / 3, 1 / 3], [1 / 3, 1 / 3, 1 / 3])
    start, rng = np.zeros(20_000, int), np.random.default_rng(0)

    def shares(**options):
        result = sampled(step, None, start, max_steps=1, rng=rng, **options)
        np.testing.assert_allclose(result.log_probabilities, np.log([0.2, 0.5, 0.3])[result.tokens[:, 0]])
        return np.bincount(result.tokens[:, 0], minlength=3) / len(start)

    np.testing.assert_allclose(shares(), [0.2, 0.5, 0.3], atol=0.02)
    np.testing.assert_allclose(shares(temperature=0.5), np.array([4, 25, 9]) / 38, atol=0.02)
    np.testing.assert_allclose(shares(top_k=2), [0, 0.625, 0.375], atol=0.02)
    np.testing.assert_allclose(shares(top_p=0.5), [0, 1, 0])
    np.testing.assert_allclose(shares(temperature=0), [0, 1, 0])


def test_nothing_is_recorded_and_a_seed_decides():
    weight = ag.tensor(np.zeros((3, 3)), requires_grad=True)
    seen = []

    def step(tokens, state):
        scores = weight[tokens]
        seen.append(scores.requires_grad)
        return scores, state

    results = []
    for _ in range(2):
        ag.manual_seed(3)
        results.append(sampled(step, None, np.zeros(5, int), max_steps=6).tokens)
    np.testing.assert_array_equal(*results)
    assert not any(seen)


def test_states_of_any_form():
    Pair = type("Pair", (tuple,), {})
    state = {"a": [np.arange(3), None], "b": (ag.tensor([[1.0], [2.0], [3.0]]),)}
    found = take_batch(state, [2, 0])
    assert found["a"][0].tolist() == [2, 0] and found["a"][1] is None
    assert found["b"][0].numpy().tolist() == [[3.0], [1.0]]
    assert isinstance(take_batch(Pair([np.arange(3)]), [1]), Pair)


@pytest.mark.parametrize(
    ("result", "message"),
    [
        (np.zeros((2, 4)), "returned a ndarray; want the scores and the next state"),
        ((np.zeros((2, 4)), None, None, 3), "returned a tuple of 4; want"),
        ((np.zeros((2, 0)), None), "scores of shape (2, 0) for 2 tokens"),
        ((np.zeros((2, 3)), None), "end=3, but the step gave scores of 3 tokens, 0 to 2"),
        ((np.zeros((2, 4)), None, np.zeros((3, 5))), "attention weights of shape (3, 5) for 2 tokens; want (2, ...)"),
        ((np.zeros((2, 4)), None, 1.0), "attention weights of shape () for 2 tokens"),
    ],
)
@pytest.mark.parametrize("search", [greedy, sampled, lambda *args, **options: beam_search(*args, **options, width=1)])
def test_steps_that_return_something_else(search, result, message):
    with pytest.raises(ag.errors.GlassgradError) as caught:
        search(lambda tokens, state: result, None, start=[0, 1], end=3)
    assert message in str(caught.value)


@pytest.mark.parametrize("search", [greedy, beam_search])
def test_weights_of_all_steps_are_alike(search):
    weights = [np.ones((1, 2)), None, np.ones((1, 2))]

    def step(tokens, state):
        of_step = weights[state[0, 0]]
        return np.zeros((len(tokens), 4)), state + 1, None if of_step is None else of_step.repeat(len(tokens), 0)

    with pytest.raises(ag.errors.ShapeError, match=r"of different shapes, \(1, 2\), None; want those of each step"):
        search(step, np.zeros((1, 1), int), start=[0], max_steps=3)


@pytest.mark.parametrize("penalty", [-1.0, np.nan, 1e5, "1"])
def test_length_penalties_that_are_none(penalty):
    with pytest.raises(ag.errors.ArgumentError, match="want a number from 0 to 10: 0 ranks by"):
        beam_search(lambda tokens, state: (np.zeros((len(tokens), 4)), None), None, [0], length_penalty=penalty)


def test_states_without_these_rows():
    with pytest.raises(ag.errors.ShapeError, match=r"array of shape \(1, 3, 2\), of which row 2 .* have it on axis 1"):
        take_batch({"h": np.zeros((1, 3, 2))}, [0, 1, 2])
    with pytest.raises(ag.errors.ShapeError, match="the state has a int"):
        take_batch((np.zeros((3, 2)), 7), [0, 1, 2])


def wrong(function, *arguments, **options):
    with pytest.raises((ag.errors.ArgumentError, ag.errors.ShapeError)) as caught:
        function(*arguments, **options)
    return str(caught.value)


def test_errors():
    step = table([0.5, 0.5], [0.5, 0.5])
    assert wrong(greedy, step, None, 1).startswith("greedy: start is") and "(batch,)" in wrong(greedy, step, None, 1)
    assert "max_steps=0" in wrong(sampled, step, None, [0], max_steps=0)
    assert "end=-1" in wrong(greedy, step, None, [0], -1)
    assert "width=0" in wrong(beam_search, step, None, [0], width=0)
    assert "length_penalty=-1" in wrong(beam_search, step, None, [0], length_penalty=-1)
    assert "temperature=-1" in wrong(sampled, step, None, [0], temperature=-1)
    three = lambda tokens, state: (np.zeros((1, 4, 2)), state)  # noqa: E731
    assert "(1, 4, 2)" in wrong(greedy, three, None, [0]) and "[:, -1]" in wrong(greedy, three, None, [0])
    nan = lambda tokens, state: (np.full((len(tokens), 2), np.nan), state)  # noqa: E731
    assert "NaN" in wrong(greedy, nan, None, [0], max_steps=2)
    assert "NaN" in wrong(beam_search, nan, None, [0], max_steps=2)
