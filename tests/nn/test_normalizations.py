"""Normalizations: values, running statistics, order in memory, what they say when misused; weight normalization."""

import copy
import pickle

import numpy as np
import pytest

import autograd as ag
import nn
from nn.kernels.norm_channels import batch_norm

F = nn.functional


def channels_last(x):
    return np.moveaxis(np.ascontiguousarray(np.moveaxis(x, 1, -1)), -1, 1)


def by_definition(x, axes, eps=1e-5):
    x = x.astype(np.float64)
    return (x - x.mean(axes, keepdims=True)) / np.sqrt(x.var(axes, keepdims=True) + eps)


# --- batch normalization --------------------------------------------------------------------------------


def test_batch_norm_of_four_numbers():
    norm = nn.BatchNorm1d(1, eps=0.0, dtype="float64")
    norm.weight.data[...], norm.bias.data[...] = 2, 10
    out = norm(np.array([[1.0], [1.0], [3.0], [3.0]]))
    assert out.tolist() == [[8], [8], [12], [12]]
    assert norm.running_mean.item() == pytest.approx(0.1 * 2)
    assert norm.running_var.item() == pytest.approx(0.9 + 0.1 * 4 / 3)  # the unbiased variance is 4/3
    assert norm.num_batches_tracked.item() == 1 and norm.num_batches_tracked.dtype == np.int64
    norm.running_mean.data[...], norm.running_var.data[...] = 1, 4
    assert norm.eval()(np.array([[3.0]])).tolist() == [[12]]
    assert norm.num_batches_tracked.item() == 1


def test_momentum_none_is_the_mean_of_all_batches():
    norm = nn.BatchNorm1d(1, momentum=None, dtype="float64")
    batches = np.random.default_rng(0).normal(3, 2, size=(4, 5, 1))
    for batch in batches:
        norm(batch)
    assert norm.running_mean.item() == pytest.approx(batches.mean())
    assert norm.running_var.item() == pytest.approx(batches.var(1, ddof=1).mean())
    norm.reset_running_stats()
    assert (norm.running_mean.item(), norm.running_var.item(), norm.num_batches_tracked.item()) == (0, 1, 0)


# Large enough for several blocks, two threads, and rows that no block holds; small enough to be quick.
SHAPES = [
    (7, 5),
    (4096, 33),
    (3, 5, 7),
    (3, 600, 130),
    (5, 3, 129, 131),
    (2, 3, 5, 4, 3),
    (1, 1, 70_001),
    (3, 1, 70_001),
    (70, 1, 40, 40),
    (40, 32, 40, 40),
]


@pytest.mark.parametrize("shape", SHAPES)
@pytest.mark.parametrize("order", [np.array, channels_last])
@pytest.mark.parametrize("mean", [0.0, 1000.0])
def test_batch_norm_at_every_size_and_order_in_memory(shape, order, mean):
    """Far from 0, where squares less the squared mean would lose all digits, float32 is as exact as its inputs are."""
    rng = np.random.default_rng(0)
    x = order(
        (rng.normal(size=shape) * np.linspace(0.5, 2, shape[1]).reshape(-1, *[1] * (len(shape) - 2)) + mean).astype(
            "f4"
        )
    )
    weight, bias = rng.uniform(0.5, 2, (2, shape[1])).astype("f4")
    g = order(rng.normal(size=shape).astype("f4"))
    axes = (0, *range(2, x.ndim))
    across = (-1, *[1] * (x.ndim - 2))
    tensors = [ag.tensor(a, requires_grad=True) for a in (x, weight, bias)]
    out = F.batch_norm(tensors[0], None, None, *tensors[1:], training=True)
    normal = by_definition(x, axes)
    np.testing.assert_allclose(
        out.data, normal * weight.reshape(across) + bias.reshape(across), rtol=0, atol=2e-3 if mean else 2e-5
    )
    out.backward(g)
    wide = g.astype(np.float64)
    to_weight, to_bias = (wide * normal).sum(axes), wide.sum(axes)
    count = x.size / shape[1]
    inverse = 1 / np.sqrt(x.astype(np.float64).var(axes) + 1e-5)
    to_x = wide - to_bias.reshape(across) / count - normal * to_weight.reshape(across) / count
    to_x *= (inverse * weight).reshape(across)
    tolerance = 2e-3 if mean else 3e-5
    np.testing.assert_allclose(tensors[0].grad.data, to_x, rtol=0, atol=tolerance)
    np.testing.assert_allclose(tensors[1].grad.data, to_weight, rtol=0, atol=tolerance * count**0.5)
    np.testing.assert_allclose(tensors[2].grad.data, to_bias, rtol=0, atol=1e-5 * count**0.5)
    evaluated = F.batch_norm(
        x, x.mean(axes, dtype="f8").astype("f4"), x.var(axes, dtype="f8").astype("f4"), weight, bias
    )
    np.testing.assert_allclose(evaluated, out.data, rtol=0, atol=1e-2 if mean else 2e-5)
    assert evaluated.strides == out.data.strides == x.strides


def test_a_channel_of_one_value_repeated_is_its_bias():
    x = np.full((64, 3, 5), 1234.567, "f4")
    norm = nn.BatchNorm1d(3)
    norm.bias.data[...] = [1, 2, 3]
    np.testing.assert_allclose(norm(x).data, np.broadcast_to([[[1], [2], [3]]], x.shape), atol=0.02)
    np.testing.assert_allclose(norm.running_var.data, 0.9)


def test_gradients_of_mean_and_variance():
    x = np.random.default_rng(0).normal(size=(4, 2, 3))

    ag.gradcheck(lambda x: batch_norm(x)[1:], (x,), order=2)


def test_training_does_not_look_at_running_statistics():
    norm = nn.BatchNorm2d(2, dtype="float64")
    x = np.random.default_rng(0).normal(size=(3, 2, 2, 2))
    first = norm(x)
    assert not np.array_equal(norm.running_mean.data, [0, 0])
    np.testing.assert_array_equal(norm(x).data, first.data)
    ag.gradcheck(norm, (x,), order=2)


def test_a_graph_does_not_notice_that_statistics_move():
    norm = nn.BatchNorm1d(2)
    first = norm(ag.randn(4, 2))
    norm(ag.randn(4, 2))
    first.sum().backward()
    evaluated = norm.eval()(ag.randn(4, 2, requires_grad=True))
    norm.train()(ag.randn(4, 2))
    evaluated.sum().backward()


def test_without_statistics_the_batch_serves_in_use_too():
    norm = nn.BatchNorm1d(2, track_running_stats=False).eval()
    assert list(norm.state_dict()) == ["weight", "bias"]
    np.testing.assert_allclose(norm(np.array([[1, 5], [3, 5]], "f4")).data, [[-1, 0], [1, 0]], atol=1e-4)


def test_an_empty_batch_moves_nothing():
    norm = nn.BatchNorm1d(2)
    out = norm(ag.zeros(0, 2))
    assert out.shape == (0, 2)
    assert norm.running_mean.tolist() == [0, 0] and norm.running_var.tolist() == [1, 1]
    out.sum().backward()
    assert norm.weight.grad.tolist() == [0, 0]


def test_statistics_travel_with_copies_and_state():
    norm = nn.BatchNorm1d(2)
    norm(ag.randn(4, 2))
    twin = copy.deepcopy(norm)
    twin(ag.randn(4, 2))
    assert (norm.num_batches_tracked.item(), twin.num_batches_tracked.item()) == (1, 2)
    norm.load_state_dict(twin.state_dict())
    np.testing.assert_array_equal(norm.running_var.data, twin.running_var.data)
    assert norm.num_batches_tracked.item() == 2


def test_a_frozen_batch_norm_differentiates_its_input_and_parameters():
    norm = nn.BatchNorm2d(3, dtype="float64").eval()
    norm.running_mean.data[...], norm.running_var.data[...] = [1, 2, 3], [4, 5, 6]
    ag.gradcheck(norm, (np.random.default_rng(0).normal(size=(2, 3, 2, 2)),), order=2)


def model(part):
    class Net(nn.Module):
        def __init__(self):
            self.part = part

        def forward(self, x):
            return self.part(x)

    return Net()


@pytest.mark.parametrize(
    ("part", "shape", "message"),
    [
        (
            nn.BatchNorm2d(3),
            (2, 5, 4, 4),
            r"Net\.part \(BatchNorm2d\): want an input of shape \(batch, 3, height, width\), got \(2, 5, 4, 4\)\. "
            r"Make the layer for this input, nn\.BatchNorm2d\(5\)",
        ),
        (nn.BatchNorm2d(3), (2, 4, 4, 3), r"channels look last: np\.moveaxis\(x, -1, 1\)"),
        (nn.BatchNorm2d(3), (3, 4, 4), r"got \(3, 4, 4\)\. A batch of one is x\[None\]"),
        (nn.BatchNorm2d(3), (2, 3, 4, 4, 4), r"nn\.BatchNorm3d takes one of 5 axes"),
        (nn.BatchNorm2d(3), (2, 3), r"nn\.BatchNorm1d takes one of 2 axes"),
        (nn.BatchNorm1d(3), (3, 2, 2, 2), r"\(batch, 3\) or \(batch, 3, length\), got .* nn\.BatchNorm2d"),
        (nn.BatchNorm1d(3), (1, 3), r"more than one value of each channel .* got \(1, 3\)\. Give larger batches"),
        (nn.BatchNorm3d(3), (3,), r"\(BatchNorm3d\): want .*, got \(3,\)"),
        (nn.InstanceNorm1d(3), (2, 4, 3), r"\(3, length\) or \(batch, 3, length\), got \(2, 4, 3\)"),
        (nn.InstanceNorm2d(3), (2, 3, 1, 1), r"more than one value of each channel in each sample"),
        (nn.GroupNorm(2, 4), (2, 6), r"of shape \(batch, 4, \.\.\.\), got \(2, 6\)\. .*nn\.GroupNorm\(2, 6\)"),
        (nn.GroupNorm(2, 4), (4,), r"A batch of one is x\[None\]"),
        (nn.LayerNorm(4), (2, 3), r"layer_norm\): .* shape \(\.\.\., 4\).*got \(2, 3\)\. .*normalized_shape=\(3,\)"),
        (nn.LayerNorm((2, 3), elementwise_affine=False), (3,), r"\(\.\.\., 2, 3\), got \(3,\)"),
        (nn.RMSNorm(4), (2, 3), r"rms_norm\): want an input of shape \(\.\.\., 4\)"),
        (nn.LocalResponseNorm(2), (2, 3), r"local_response_norm\): want an input of shape \(batch, channels, \.\.\.\)"),
    ],
)  # fmt: skip
def test_a_wrong_shape_says_what_to_do(part, shape, message):
    with pytest.raises(ag.errors.ShapeError, match=message):
        model(part)(np.zeros(shape, "f4"))


def test_a_refused_batch_does_not_count():
    norm = nn.BatchNorm1d(3)
    with pytest.raises(ag.errors.ShapeError):
        norm(np.zeros((1, 3), "f4"))
    assert norm.num_batches_tracked.item() == 0 and norm.running_var.tolist() == [1, 1, 1]


PLAIN = [
    nn.BatchNorm1d(3, affine=False),
    nn.InstanceNorm1d(3),
    nn.LayerNorm(3, elementwise_affine=False),
    nn.GroupNorm(1, 3, affine=False),
    nn.LocalResponseNorm(2),
]


@pytest.mark.parametrize("part", PLAIN)
def test_integers_are_refused(part):
    with pytest.raises(ag.errors.DtypeError, match=r"Net\.part .*int64.*astype\('float32'\)"):
        model(part)(np.zeros((2, 3, 3), "i8"))


@pytest.mark.parametrize(
    ("make", "message"),
    [
        (lambda: nn.BatchNorm1d(-1), "BatchNorm1d: num_features=-1; want a whole number of at least 0"),
        (lambda: nn.InstanceNorm2d(2.5), r"InstanceNorm2d: num_features=2\.5;"),
        (lambda: nn.LayerNorm(()), r"LayerNorm: normalized_shape=\(\); want the length of the last axis"),
        (lambda: nn.RMSNorm((2, -1)), r"RMSNorm: normalized_shape=\(2, -1\);"),
        (lambda: nn.GroupNorm(2, 3), r"GroupNorm: num_groups=2; want a divisor of num_channels=3"),
        (lambda: F.group_norm(np.zeros((2, 3)), 2), r"3 channels do not divide into num_groups=2"),
        (lambda: F.batch_norm(np.zeros((2, 3)), None, None), r"a running mean and a running variance are needed"),
        (lambda: F.local_response_norm(np.zeros((2, 3, 1)), 0), "size=0; want a whole number of at least 1"),
    ],
)  # fmt: skip
def test_wrong_arguments_are_refused(make, message):
    with pytest.raises(ag.errors.ArgumentError, match=message):
        make()


# --- by sample ------------------------------------------------------------------------------------------


@pytest.mark.parametrize("shape", [(5, 7), (4000, 33), (3, 70_001), (2, 0, 3), (0, 3), (1100, 1024)])
@pytest.mark.parametrize("mean", [0.0, 1000.0])
@pytest.mark.parametrize("is_affine", [True, False])
def test_layer_norm_at_every_size(shape, mean, is_affine):
    rng = np.random.default_rng(0)
    x = (rng.normal(size=shape) + mean).astype("f4")
    weight, bias = rng.uniform(0.5, 2, (2, shape[-1])).astype("f4") if is_affine else (None, None)
    g = rng.normal(size=shape).astype("f4")
    tensors = [ag.tensor(a, requires_grad=True) for a in (x, weight, bias) if a is not None]
    out = F.layer_norm(tensors[0], shape[-1], *tensors[1:])
    normal = by_definition(x, -1)
    tolerance = 1e-3 if mean else 2e-5
    w, b = (1, 0) if weight is None else (weight, bias)
    np.testing.assert_allclose(out.data, normal * w + b, rtol=0, atol=tolerance)
    out.backward(g)
    h = g.astype(np.float64) * w
    inverse = 1 / np.sqrt(x.astype(np.float64).var(-1, keepdims=True) + 1e-5)
    to_x = inverse * (h - h.mean(-1, keepdims=True) - normal * (h * normal).mean(-1, keepdims=True))
    np.testing.assert_allclose(tensors[0].grad.data, to_x, rtol=0, atol=2 * tolerance)
    if is_affine:
        leading = tuple(range(x.ndim - 1))
        scale = np.sqrt(x.size / shape[-1]) if x.size else 1
        np.testing.assert_allclose(tensors[1].grad.data, (g * normal).sum(leading), rtol=0, atol=tolerance * scale)
        np.testing.assert_allclose(tensors[2].grad.data, g.sum(leading, dtype="f8"), rtol=0, atol=1e-5 * scale)


def test_rms_norm_of_a_large_array():
    rng = np.random.default_rng(0)
    x, weight, g = (rng.normal(size=shape) for shape in ((1100, 1024), 1024, (1100, 1024)))
    tx, tw = ag.tensor(x, requires_grad=True), ag.tensor(weight, requires_grad=True)
    out = F.rms_norm(tx, 1024, tw)
    inverse = 1 / np.sqrt((x * x).mean(-1, keepdims=True) + np.finfo("f8").eps)
    np.testing.assert_allclose(out.data, x * inverse * weight)
    out.backward(g)
    h = g * weight
    np.testing.assert_allclose(tx.grad.data, inverse * (h - x * inverse**2 * (h * x).mean(-1, keepdims=True)))
    np.testing.assert_allclose(tw.grad.data, (g * x * inverse).sum(0))


def test_local_response_norm_at_a_point():
    """Of four channels with a window of three: the second's neighbours are the first three."""
    x = np.array([1.0, 2.0, 3.0, 4.0]).reshape(1, 4, 1)
    out = F.local_response_norm(x, 3, alpha=3.0, beta=1.0, k=2.0)
    np.testing.assert_allclose(out.ravel(), np.array([1, 2, 3, 4]) / (2 + np.array([5, 14, 29, 25])))


def test_normalize_takes_zeros():
    x = ag.tensor([[0.0, 0.0], [3.0, 4.0]], requires_grad=True)
    out = F.normalize(x)
    np.testing.assert_allclose(out.data, [[0, 0], [0.6, 0.8]], rtol=1e-6)
    out[1].sum().backward()
    assert np.isfinite(x.grad.data).all()


# --- weight normalization -------------------------------------------------------------------------------


def test_weight_norm_changes_no_value_and_learns_length_and_direction():
    layer = nn.Linear(3, 2, dtype="float64")
    x = np.random.default_rng(0).normal(size=(4, 3))
    before, text, weight = layer(x).data, repr(layer), layer.weight.data.copy()
    assert nn.weight_norm(layer) is layer
    np.testing.assert_allclose(layer(x).data, before)
    assert repr(layer) == text and isinstance(layer, nn.Linear)
    assert {name: p.shape for name, p in layer.named_parameters()} == {
        "bias": (2,), "weight_g": (2, 1), "weight_v": (2, 3),
    }  # fmt: skip
    np.testing.assert_allclose(layer.weight_g.data[:, 0], np.linalg.norm(weight, axis=1))
    ag.gradcheck(layer, (x,), order=2)
    layer.weight_v.data[...] *= 7
    np.testing.assert_allclose(layer(x).data, before)
    nn.remove_weight_norm(layer)
    assert type(layer) is nn.Linear and list(layer.state_dict()) == ["bias", "weight"]
    np.testing.assert_allclose(layer.weight.data, weight)


def test_weight_norm_survives_copies_and_pickles():
    layer = nn.weight_norm(nn.Linear(3, 2), dim=None)
    x = ag.ones(1, 3)
    for twin in (copy.deepcopy(layer), pickle.loads(pickle.dumps(layer))):
        np.testing.assert_array_equal(twin(x).data, layer(x).data)
        twin.weight_g.data[...] = 0
        assert (twin.weight.data == 0).all() and not (layer.weight.data == 0).any()
    other = nn.weight_norm(nn.Linear(3, 2), dim=None)
    other.load_state_dict(layer.state_dict())
    np.testing.assert_array_equal(other(x).data, layer(x).data)


def test_two_parameters_can_be_normalized():
    layer = nn.Linear(3, 2)
    nn.weight_norm(nn.weight_norm(layer), "bias")
    assert [name for name, _ in layer.named_parameters()] == ["weight_g", "weight_v", "bias_g", "bias_v"]
    nn.remove_weight_norm(layer)
    assert [name for name, _ in layer.named_parameters()] == ["bias_g", "bias_v", "weight"]
    nn.remove_weight_norm(layer, "bias")
    assert type(layer) is nn.Linear


def test_weight_norm_keeps_a_frozen_parameter_frozen():
    layer = nn.weight_norm(nn.Linear(3, 2).requires_grad_(False))
    assert not any(p.requires_grad for p in layer.parameters())
    assert not nn.remove_weight_norm(layer).weight.requires_grad


def test_weight_norm_says_what_is_wrong():
    layer = nn.weight_norm(nn.Linear(3, 2))
    with pytest.raises(AttributeError, match=r"Linear\.weight is computed from weight_g and weight_v"):
        layer.weight = nn.Parameter(np.zeros((2, 3)))
    with pytest.raises(ag.errors.ArgumentError, match=r"no parameter 'weight' of its own .* bias, weight_g, weight_v"):
        nn.weight_norm(layer)
    with pytest.raises(ag.errors.ArgumentError, match=r"dim=2; weight of shape \(2, 3\) has axes 0 to 1"):
        nn.weight_norm(nn.Linear(3, 2), dim=2)
    with pytest.raises(ag.errors.ArgumentError, match=r"'bias' of Linear is not normalized; of it are weight"):
        nn.remove_weight_norm(layer, "bias")
