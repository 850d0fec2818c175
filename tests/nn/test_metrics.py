"""Metrics: formulas written out by hand on all samples at once, whatever the batches that they came in."""

import json
import math

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

import autograd as ag
import nn
from nn import metrics
from nn.metrics.base import of_one

# --- the formulas ---------------------------------------------------------------------------------------


def ranks(scores, labels):
    """The place of each label's score, from 0; of equal scores the lower class comes first."""
    return [sorted(range(len(row)), key=lambda c: -row[c]).index(t) for row, t in zip(scores, labels, strict=True)]


def one_class(kind, predicted, labels, c):
    right = sum(p == t == c for p, t in zip(predicted, labels, strict=True))
    chosen, present = sum(p == c for p in predicted), sum(t == c for t in labels)
    top, bottom = {
        "precision": (right, chosen),
        "recall": (right, present),
        "f1": (2 * right, chosen + present),
    }[kind]
    return top / bottom if bottom else 0.0


def averaged(kind, average, predicted, labels, classes):
    each = [one_class(kind, predicted, labels, c) for c in range(classes)]
    seen = set(predicted) | set(labels)
    if average == "macro":
        return sum(each[c] for c in seen) / len(seen)
    if average == "weighted":
        return sum(each[t] for t in labels) / len(labels)
    if average == "micro":
        return sum(p == t for p, t in zip(predicted, labels, strict=True)) / len(labels)
    return each[1] if average == "binary" else each


def in_batches(metric, outputs, targets, cuts):
    """The metric, in batches that end at the cuts; half-way it is saved and another one goes on."""
    for number, (start, stop) in enumerate(zip([0, *cuts], [*cuts, len(targets)], strict=True)):
        if number == 1:
            saved = {key: np.array(value).tolist() for key, value in metric.state_dict().items()}
            metric.reset()
            metric.load_state_dict(json.loads(json.dumps(saved)))
        metric.update(outputs[start:stop], targets[start:stop])
    return metric.compute()


@st.composite
def splits(draw):
    """Seed, number of samples, ends of batches; some are empty."""
    samples = draw(st.integers(1, 25))
    return draw(st.integers(0, 99)), samples, sorted(draw(st.lists(st.integers(0, samples), max_size=3)))


@given(splits(), st.integers(1, 5), st.booleans())
def test_classes_in_batches(split, classes, is_image):
    seed, samples, cuts = split
    rng = np.random.default_rng(seed)
    shape = (samples, 2, 2) if is_image else (samples,)
    scores = rng.integers(0, 4, (samples, classes + 1, *shape[1:])).astype(np.float32)  # with ties
    labels = rng.integers(0, classes + 1, shape)
    rows, flat = np.moveaxis(scores, 1, -1).reshape(-1, classes + 1), labels.reshape(-1)
    places, predicted = np.array(ranks(rows, flat)), rows.argmax(1)
    assert in_batches(metrics.Accuracy(), scores, labels, cuts) == np.mean(places == 0)
    k = int(rng.integers(1, classes + 2))
    assert in_batches(metrics.TopKAccuracy(k), scores, labels, cuts) == np.mean(places < k)
    matrix = np.zeros((classes + 1, classes + 1))
    for p, t in zip(predicted, flat, strict=True):
        matrix[t, p] += 1
    np.testing.assert_array_equal(in_batches(metrics.ConfusionMatrix(), scores, labels, cuts), matrix)
    for kind, average in [("precision", "macro"), ("recall", "weighted"), ("f1", "micro"), ("f1", "macro")]:
        found = in_batches(metrics.get(f"{kind}-{average}"), scores, labels, cuts)
        assert found == pytest.approx(averaged(kind, average, list(predicted), list(flat), classes + 1))
    each = in_batches(metrics.F1(average=None), scores, labels, cuts)
    np.testing.assert_allclose(each, averaged("f1", None, predicted, flat, classes + 1))


@given(splits(), st.sampled_from(["precision", "recall", "f1"]))
def test_two_classes_in_batches(split, kind):
    seed, samples, cuts = split
    rng = np.random.default_rng(seed)
    logits, labels = rng.normal(size=(samples, 1)), rng.integers(0, 2, samples)
    predicted = (logits[:, 0] > 0).astype(int)
    want = averaged(kind, "binary", predicted, labels, 2)
    probabilities = 1 / (1 + np.exp(-logits[:, 0]))
    assert in_batches(metrics.get(kind), logits, labels, cuts) == pytest.approx(want)
    metric = type(metrics.get(kind))(threshold=0.5)
    assert in_batches(metric, probabilities, labels.astype(np.float32), cuts) == pytest.approx(want)
    assert in_batches(metrics.get(kind), predicted, labels, cuts) == pytest.approx(want)
    two = np.hstack([np.zeros_like(logits), logits])
    assert in_batches(metrics.get(kind), two, labels, cuts) == pytest.approx(want)


@given(splits(), st.sampled_from([(), (1,), (3,)]))
def test_numbers_in_batches(split, shape):
    seed, samples, cuts = split
    rng = np.random.default_rng(seed)
    y, t = rng.normal(size=(2, samples, *shape)).astype(np.float32)
    error = y.astype(float) - t
    assert in_batches(metrics.MeanAbsoluteError(), y, t, cuts) == pytest.approx(np.abs(error).mean(), rel=1e-12)
    assert in_batches(metrics.RootMeanSquaredError(), y, t, cuts) == pytest.approx((error**2).mean() ** 0.5, rel=1e-12)
    found = in_batches(metrics.R2(), y, t, cuts)
    if samples < 2:
        assert math.isnan(found)
    else:
        t = t.astype(float)
        each = 1 - (error**2).sum(0) / ((t - t.mean(0)) ** 2).sum(0)
        assert found == pytest.approx(each.mean(), rel=1e-9)
    weights = rng.integers(1, 5, y.shape)
    assert in_batches(metrics.Mean(), y, weights, cuts) == pytest.approx((y * weights).sum() / weights.sum(), rel=1e-5)


@given(splits())
def test_perplexity_in_batches(split):
    seed, samples, cuts = split
    rng = np.random.default_rng(seed)
    scores, labels = rng.normal(size=(samples, 4, 5)), rng.integers(0, 5, (samples, 4))
    labels[rng.random(labels.shape) < 0.3] = -100
    p = np.exp(scores) / np.exp(scores).sum(-1, keepdims=True)
    losses = [-math.log(p[i, j, t]) for (i, j), t in np.ndenumerate(labels) if t != -100]
    found = in_batches(metrics.Perplexity(), scores, labels, cuts)
    assert found == pytest.approx(math.exp(np.mean(losses))) if losses else math.isnan(found)


# --- forms and borders ----------------------------------------------------------------------------------


def test_a_small_variance_about_a_large_mean():
    t = 1e8 + np.arange(1000.0)
    y = t + np.resize([1.0, -1.0], 1000)
    assert in_batches(metrics.R2(), y, t, [1, 500]) == pytest.approx(1 - 1000 / (1000 * (1000**2 - 1) / 12), rel=1e-9)


def test_targets_without_variance_are_explained_or_not():
    assert metrics.r2(np.full(3, 0.1), np.full(3, 0.1)) == 1
    assert in_batches(metrics.R2(), np.array([0.1, 0.1, 0.2]), np.full(3, 0.1), [2]) == 0
    assert math.isnan(metrics.r2(np.full(3, np.nan), np.full(3, 0.1)))


@pytest.mark.parametrize("name", ["accuracy", "top-2", "f1", "f1-macro", "mae", "rmse", "r2", "perplexity"])
def test_without_samples_there_is_no_number(name):
    metric = metrics.get(name)
    assert metric.name == name
    assert math.isnan(metric.compute())
    metric.update(np.zeros((0, 3)), np.zeros((0, 3) if name in ("mae", "rmse", "r2") else 0, int))
    assert math.isnan(metric.compute())


def test_a_class_that_is_absent():
    scores, labels = np.eye(4)[[0, 1, 1]], np.array([0, 1, 0])  # 2 and 3 are neither present nor predicted
    assert metrics.recall(scores, labels, average="macro") == 0.75
    np.testing.assert_array_equal(metrics.recall(scores, labels, average=None), [0.5, 1, 0, 0])
    assert metrics.precision(np.array([0, 0]), np.array([1, 1])) == 0


def test_labels_that_do_not_count():
    scores, labels = np.eye(3)[[0, 1, 2, 2]], np.array([0, -100, 2, 1])
    assert metrics.accuracy(scores, labels) == 2 / 3
    assert metrics.top_k_accuracy(scores, labels, 1, ignore_index=-100) == 2 / 3
    assert metrics.accuracy(scores, np.array([0, 2, 2, 1]), ignore_index=2) == 1 / 2
    assert metrics.accuracy(np.array([0, 9, 2]), np.array([0, 255, 2]), ignore_index=255) == 1
    assert metrics.confusion_matrix(np.array([0, 0]), np.array([0, 255]), ignore_index=255).shape == (1, 1)


def test_scores_of_time_steps_and_of_several_questions():
    scores = np.random.default_rng(0).normal(size=(2, 3, 3))
    labels = scores.argmax(-1)
    assert metrics.accuracy(scores, labels, axis=-1) == 1
    assert metrics.accuracy(scores.swapaxes(1, 2), labels) == 1
    assert metrics.accuracy(scores, scores > 0, threshold=0.0) == 1


def test_probabilities_taken_for_logits_are_told_of():
    probabilities, labels = np.linspace(0.1, 0.9, 8), np.arange(8) >= 4
    with pytest.warns(ag.errors.SurpriseWarning, match=r"accuracy: all scores .* give the metric threshold=0\.5"):
        assert metrics.accuracy(probabilities, labels) == 0.5
    assert metrics.accuracy(probabilities, labels, threshold=0.5) == 1  # without a warning, and so do logits
    assert metrics.accuracy(probabilities - 0.5, labels) == 1
    with pytest.raises(TypeError, match="F1: there is no num_classes=: it is read from the outputs"):
        metrics.F1(num_classes=3)


def test_tensors_in_a_graph_are_taken():
    model = nn.Linear(3, 2)
    outputs = model(ag.ones(4, 3))
    metric = metrics.Accuracy()
    metric.update(outputs, ag.tensor([0, 0, 1, 1]))
    assert metric.compute() == 0.5


def test_scores_that_are_no_numbers_are_never_among_the_best():
    assert metrics.top_k_accuracy(np.full((2, 3), np.nan), np.array([0, 1]), 3) == 0


def test_a_matrix_grows_and_is_drawn(tmp_path):
    metric = metrics.ConfusionMatrix()
    metric.update(np.array([0, 1]), np.array([0, 0]))
    metric.update(np.array([2]), np.array([1]))
    np.testing.assert_array_equal(metric.compute(), [[1, 1, 0], [0, 0, 1], [0, 0, 0]])
    axes = metric.plot(tmp_path / "matrix.svg")
    assert (tmp_path / "matrix.svg").stat().st_size > 1000
    assert [text.get_text() for text in axes.texts] == ["1", "1", "1"]


# --- errors ---------------------------------------------------------------------------------------------

SCORES = np.zeros((2, 3))


@pytest.mark.parametrize(
    ("make", "outputs", "targets", "error", "said"),
    [
        ("accuracy", SCORES, np.zeros(3, int), ag.errors.ShapeError, r"want targets of shape \(2,\); got \(3,\)"),
        ("accuracy", SCORES, SCORES.astype(int), ag.errors.ShapeError, r"one-hot.*argmax"),
        ("accuracy", SCORES, np.zeros(2), ag.errors.DtypeError, "astype"),
        ("accuracy", SCORES, np.array([0, 3]), ag.errors.ArgumentError, "label 3, and there are 3 classes"),
        ("accuracy", SCORES, np.array([0, -1]), ag.errors.ArgumentError, "label -1"),
        ("accuracy", np.zeros((2, 5, 3)), np.zeros((2, 5), int), ag.errors.ShapeError, "axis=-1"),
        ("accuracy", np.zeros(2), np.array([0, 2]), ag.errors.ArgumentError, "label 2"),
        ("accuracy", np.zeros(2), np.array([0.5, 1]), ag.errors.ArgumentError, "labels 0 and 1"),
        ("accuracy", np.zeros(2), np.array([[0, 1]]), ag.errors.ShapeError, r"reshape\(2,\)"),
        ("accuracy", None, np.zeros(2), ag.errors.DtypeError, "NoneType"),
        ("confusion-matrix", [[1], [1, 2]], [0, 1], ag.errors.ShapeError, "the outputs are lists of unequal length"),
        ("mae", [1, 2], [[0], [1, 2]], ag.errors.ShapeError, r"mae: the targets are lists .* \[\[0\], \[1, 2\]\]"),
        ("f1", np.array([0, -1]), np.array([0, 1]), ag.errors.ArgumentError, "outputs have the label -1"),
        ("f1-binary", SCORES, np.array([0, 1]), ag.errors.ArgumentError, "there are 3 classes"),
        ("top-4", SCORES, np.array([0, 1]), ag.errors.ArgumentError, "k=4 of 3 classes"),
        ("top-1", np.zeros(2, int), np.zeros(2, int), ag.errors.DtypeError, "want scores"),
        ("perplexity", SCORES, np.array([0, 3]), ag.errors.ArgumentError, "label 3"),
        ("mae", np.zeros((2, 1)), np.zeros(2), ag.errors.ShapeError, r"reshape\(2, 1\)"),
    ],
)
def test_what_does_not_fit_is_said(make, outputs, targets, error, said):
    with pytest.raises(error, match=said):
        of_one(metrics.get(make), outputs, targets)


def test_arguments_out_of_range_are_said():
    for make, said in [
        (lambda: metrics.TopKAccuracy(0), "k=0"),
        (lambda: metrics.F1("mean"), "'macro'"),
        (lambda: metrics.ConfusionMatrix(0), "classes=0"),
        (lambda: metrics.Accuracy("logits"), "threshold='logits'"),
        (lambda: metrics.Accuracy(axis=1.0), "axis=1.0"),
        (lambda: metrics.get("acuracy"), "'accuracy'"),
        (lambda: metrics.get(metrics.Accuracy), r"nn.metrics.Accuracy\(\)"),
    ]:
        with pytest.raises(ag.errors.ArgumentError, match=said):
            make()
    with pytest.raises(ag.errors.ShapeError, match="made for 2 classes"):
        metrics.confusion_matrix(np.array([2]), np.array([0]), classes=2)


@pytest.mark.parametrize("value", ["a", None, 1j, [[1], [1, 2]]], ids=repr)
def test_a_mean_is_of_numbers(value):
    with pytest.raises(ag.errors.DtypeError, match=r"loss: the values are .*; want a number"):
        metrics.Mean("loss").update(value)
    with pytest.raises(ag.errors.DtypeError, match=r"loss: the weights are .*; want a number"):
        metrics.Mean("loss").update(1.0, value)


def test_the_state_of_another_metric_is_refused():
    metric = metrics.Mean()
    metric.update(2.0)
    with pytest.raises(ag.errors.ArgumentError, match="total, weight; got right, samples"):
        metric.load_state_dict(metrics.Accuracy().state_dict())
    with pytest.raises(ag.errors.ArgumentError, match=r"shape \(2, 2\), not \(3, 3\)"):
        metrics.ConfusionMatrix(2).load_state_dict({"counts": np.zeros((3, 3), int)})
    assert metric.compute() == 2
