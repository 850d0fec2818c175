"""Fused kernels: against their twins, against differences at both orders, and at the edges of their domains."""

from itertools import pairwise

import numpy as np
import pytest

import autograd as ag
import nn
from autograd.testing import check
from nn.kernels import linear as kernel

from ..autograd.test_rules import PRIMITIVES

F = nn.functional
KERNELS = [name for name in PRIMITIVES if name.startswith("nn.")]


@pytest.mark.parametrize("name", KERNELS)
def test_a_kernel_keeps_every_contract(name):
    check(ag.ops[name])


@pytest.mark.parametrize("name", [name for name in KERNELS if ag.ops[name].samples])
def test_float32_equals_float64_to_rounding(name):
    primitive = ag.ops[name]
    rng = np.random.default_rng(0)
    for _ in range(20):
        arguments = primitive.samples(rng)
        narrow = [a.astype("f4") if isinstance(a, np.ndarray) and a.dtype.kind == "f" else a for a in arguments]
        results = []
        for values in (arguments, narrow):
            tensors = [
                ag.tensor(v, requires_grad=v.dtype.kind == "f") if isinstance(v, np.ndarray) else v for v in values
            ]
            out = primitive.function(*tensors)
            outs = [part for part in (out if isinstance(out, tuple) else (out,)) if part.dtype.kind == "f"]
            sum(part.sum() for part in outs).backward()
            results.append([*outs, *(t.grad for t in tensors if isinstance(t, ag.Tensor) and t.grad is not None)])
        assert all(part.dtype == np.float32 for part in results[1])
        for a, b in zip(*results, strict=True):
            np.testing.assert_allclose(a.data, b.data, rtol=1e-4, atol=1e-5)


def test_derivatives_of_a_network_at_three_orders():
    """The slope of a training loss along a line, differentiated again, against differences of the slope below."""
    ag.manual_seed(1)
    net = nn.Sequential(nn.Linear(3, 5, dtype="float64"), nn.Tanh(), nn.Linear(5, 4, dtype="float64"))
    x, labels = np.random.default_rng(0).normal(size=(6, 3)), np.arange(6) % 4
    weight = net[0].weight
    start, direction = weight.data.copy(), np.random.default_rng(1).normal(size=weight.shape)

    def slopes(t):
        weight.data[...] = start + t * direction
        value = F.cross_entropy(net(ag.tensor(x)), ag.tensor(labels), label_smoothing=0.1)
        found = [value.item()]
        for _ in range(3):
            (g,) = ag.gradients(value, weight, create_graph=True)
            value = (g * direction).sum()
            found.append(value.item())
        return np.array(found)

    step = 1e-4
    differences = (slopes(step) - slopes(-step)) / (2 * step)
    np.testing.assert_allclose(slopes(0)[1:], differences[:-1], rtol=1e-6)


# --- linear ---------------------------------------------------------------------------------------------


@pytest.mark.parametrize("layout", ["sliced", "transposed", "broadcast", "reversed"])
def test_linear_takes_any_layout(layout):
    rng = np.random.default_rng(0)
    x = {
        "sliced": rng.normal(size=(5, 6))[:, ::2],
        "transposed": rng.normal(size=(3, 5)).T,
        "broadcast": np.broadcast_to(rng.normal(size=3), (5, 3)),
        "reversed": rng.normal(size=(5, 3))[::-1, ::-1],
    }[layout]
    weight = ag.tensor(rng.normal(size=(4, 3)), requires_grad=True)
    out = F.linear(x, weight)
    np.testing.assert_allclose(out.data, x @ weight.data.T)
    out.sum().backward()
    np.testing.assert_allclose(weight.grad.data, np.ones((4, 5)) @ x)


@pytest.mark.parametrize(
    "wanted", [(True, True, True), (True, False, False), (False, True, False), (False, False, True)]
)
@pytest.mark.parametrize("order", "CF")
def test_linear_in_pieces_equals_linear_in_one(monkeypatch, wanted, order):
    rng = np.random.default_rng(0)
    arrays = [np.asarray(rng.normal(size=shape), order=order) for shape in ((3, 5, 4), (7, 4), 7)]
    g = rng.normal(size=(3, 5, 7))

    def results():
        leaves = [ag.tensor(a, requires_grad=want) for a, want in zip(arrays, wanted, strict=True)]
        out = F.linear(*leaves)
        return [out, *ag.gradients(out, [leaf for leaf in leaves if leaf.requires_grad], g)]

    def in_thirds(work, count):
        bounds = [count * i // 3 for i in range(4)]
        return [work(*ends) for ends in pairwise(bounds)]

    in_one = results()
    pieces = []
    monkeypatch.setattr(kernel, "_are_split", lambda *_: True)
    monkeypatch.setattr(kernel, "in_pieces", lambda *args: pieces.extend(in_thirds(*args)))
    for ours, theirs in zip(results(), in_one, strict=True):
        np.testing.assert_allclose(ours.data, theirs.data)
    assert len(pieces) == 6  # of the result and of its gradients


def test_linear_keeps_neither_its_bias_nor_its_result():
    x, weight, bias = ag.ones(2, 3), ag.ones(4, 3, requires_grad=True), ag.zeros(4, requires_grad=True)
    out = F.linear(x, weight, bias)
    with ag.no_grad():
        bias += 1
        out += 1
    out.sum().backward()
    assert weight.grad.tolist() == [[2] * 3] * 4


# --- cross entropy --------------------------------------------------------------------------------------


def test_cross_entropy_at_known_points():
    logits = ag.zeros(4, 10, requires_grad=True)
    loss = F.cross_entropy(logits, ag.tensor([0, 1, 2, 3]))
    assert loss.item() == pytest.approx(np.log(10))
    loss.backward()
    expected = np.full((4, 10), 0.025)
    expected[range(4), range(4)] -= 0.25
    np.testing.assert_allclose(logits.grad.data, expected, rtol=1e-6)


def test_cross_entropy_of_large_logits_is_exact():
    logits = ag.tensor([[1e4, 0.0], [-1e4, 0.0]], requires_grad=True)
    losses = F.cross_entropy(logits, ag.tensor([1, 1]), reduction="none")
    assert losses.tolist() == [1e4, 0]
    losses.sum().backward()
    assert logits.grad.tolist() == [[1, -1], [0, 0]]


def test_impossible_classes_may_have_a_logit_of_minus_infinity():
    logits = ag.tensor([[0.0, -np.inf, 0.0]], requires_grad=True)
    loss = F.cross_entropy(logits, ag.tensor([2]))
    loss.backward()
    assert loss.item() == pytest.approx(np.log(2)) and logits.grad.tolist() == [[0.5, 0, -0.5]]


@pytest.mark.parametrize("dtype", [np.int64, np.int32, np.uint8, bool])
def test_labels_of_any_integer_dtype(dtype):
    labels = np.array([0, 1, 1], dtype)
    expected = F.cross_entropy(np.eye(3, 4), labels.astype(int))
    assert F.cross_entropy(ag.tensor(np.eye(3, 4)), ag.tensor(labels)).item() == expected


def test_ignored_rows_do_not_count():
    logits = ag.randn(3, 4, requires_grad=True)
    for ignored in (-100, 2, 7):
        logits.grad = None
        loss = F.cross_entropy(logits, ag.tensor([1, ignored, 3]), ignore_index=ignored)
        rest = F.cross_entropy(logits.data[[0, 2]], np.array([1, 3]))
        assert loss.item() == pytest.approx(rest)
        loss.backward()
        assert (logits.grad.data[1] == 0).all()


def test_a_mean_of_no_rows_is_nan_without_a_warning():
    assert np.isnan(F.cross_entropy(ag.randn(2, 3), ag.tensor([-100, -100])).item())
    assert np.isnan(F.cross_entropy(ag.zeros(0, 3), ag.tensor(np.zeros(0, int))).item())
    assert np.isnan(F.mse_loss(ag.zeros(0), ag.zeros(0)).item())
    assert F.cross_entropy(ag.randn(2, 3), ag.tensor([-100, -100]), reduction="sum").item() == 0


def test_smooth_labels_are_a_distribution():
    logits = ag.randn(5, 4, dtype="float64")
    labels = np.array([0, 1, 2, 3, 0])
    smooth = np.eye(4)[labels] * 0.8 + 0.2 / 4
    loss = F.cross_entropy(logits, ag.tensor(labels), label_smoothing=0.2)
    assert loss.item() == pytest.approx(F.cross_entropy(logits, ag.tensor(smooth)).item())


def test_a_target_of_probabilities_has_a_gradient_too():
    logits, target = ag.randn(2, 3, dtype="float64"), ag.rand(2, 3, dtype="float64", requires_grad=True)
    F.cross_entropy(logits, target, reduction="sum").backward()
    np.testing.assert_allclose(target.grad.data, -F.log_softmax(logits).data)


def test_a_loss_differentiated_twice_through_a_kept_graph():
    logits = ag.randn(3, 4, requires_grad=True)
    loss = F.cross_entropy(logits, ag.tensor([0, 1, 2]))
    loss.backward(retain_graph=True)
    once = logits.grad.data.copy()
    loss.backward()
    np.testing.assert_array_equal(logits.grad.data, 2 * once)


@pytest.mark.parametrize(
    ("arguments", "error", "message"),
    [
        (([0, 1],), ag.errors.DtypeError, "target is a list; want a Tensor or an array"),
        ((np.array([0, 3]),), ag.errors.ArgumentError, "has the label 3, but the input has 3 classes: want 0 to 2"),
        ((np.array([0, -1]),), ag.errors.ArgumentError, "has the label -1"),
        (
            (np.array([0, 1, 2]),),
            ag.errors.ShapeError,
            r"shape \(2,\) or of float probabilities of shape \(2, 3\), got",
        ),
        ((np.array([[0], [1]]),), ag.errors.ShapeError, r"right number of labels: target\.reshape\(2,\)"),
        ((np.array([0.0, 1.0], "f4"),), ag.errors.ShapeError, r"make them integers: target\.astype\(int\)"),
        ((np.eye(2, 3, dtype=int),), ag.errors.ShapeError, r"make them floats: target\.astype\('float32'\)"),
        ((np.eye(2, 3),), ag.errors.DtypeError, r"target is \(2, 3\) float64, but input is \(2, 3\) float32"),
        ((np.array([0, 1]), np.ones(2, "f4")), ag.errors.ShapeError, "a weight for each of the 3 classes"),
        ((np.array([0, 1]), np.ones(3)), ag.errors.DtypeError, r"weight is \(3,\) float64"),
        ((np.array([0, 1]), None, -100, "average"), ag.errors.ArgumentError, "want 'mean', 'sum' or 'none'"),
        (
            (np.array([0, 1]), None, -100, "sum", 1.5),
            ag.errors.ArgumentError,
            "label_smoothing=1.5; want a probability",
        ),
    ],
)
def test_what_does_not_fit_cross_entropy(arguments, error, message):
    with pytest.raises(error, match=message):
        F.cross_entropy(ag.zeros(2, 3), *arguments)


def test_weights_of_classes_have_no_gradient_and_say_so():
    with pytest.raises(ag.errors.GradientError, match=r"give weight\.detach\(\)"):
        F.cross_entropy(ag.zeros(2, 3), ag.tensor([0, 1]), ag.ones(3, requires_grad=True))


# --- mean squared error ---------------------------------------------------------------------------------


def test_mse_loss_at_a_known_point():
    x = ag.tensor([1.0, 2.0], requires_grad=True)
    F.mse_loss(x, ag.tensor([1.0, 4.0])).backward()
    assert x.grad.tolist() == [0, -2]


@pytest.mark.parametrize(
    ("target", "error", "message"),
    [
        (np.zeros((3, 1), "f4"), ag.errors.ShapeError, r"the input has shape \(3,\), the target \(3, 1\)"),
        (np.zeros(3), ag.errors.DtypeError, "target is .* float64, but input is"),
        (np.zeros(3, int), ag.errors.DtypeError, r"target\.astype\('float32'\)"),
        ([0.0, 0.0, 0.0], ag.errors.DtypeError, "target is a list"),
    ],
)
def test_what_does_not_fit_mse_loss(target, error, message):
    with pytest.raises(error, match=message):
        F.mse_loss(ag.zeros(3), target)
