"""Normalizations and dropout beside PyTorch: values, gradients, running statistics, names and settings."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

import autograd as ag
import nn

try:
    import torch
except ImportError:
    torch = None
else:
    torch.set_num_threads(1)

pytestmark = pytest.mark.skipif(torch is None, reason="PyTorch is not installed: make test-parity")

F = nn.functional
generators = st.integers(0, 2**32 - 1).map(np.random.default_rng)


def assert_equal(ours, theirs):
    theirs = theirs.detach().numpy()
    scale = max(1.0, float(np.abs(theirs).max(initial=0)))
    np.testing.assert_allclose(np.asarray(ag.value_of(ours)), theirs, rtol=1e-10, atol=1e-10 * scale)


def both(array):
    return ag.tensor(array, requires_grad=True), torch.tensor(array, requires_grad=True)


def shape_of(rng, axes, channels, least=1):
    """(batch, channels, ...) with ``axes`` axes after the channels, of odd sizes."""
    return (int(rng.integers(least, 5)), channels, *[int(n) for n in rng.integers(1, 5, axes)])


def draw(rng, shape):
    """Numbers near 0 or far from it, in either order of memory."""
    x = rng.normal(size=shape) * rng.choice([1.0, 3.0]) + rng.choice([0.0, 0.0, 50.0])
    if len(shape) > 2 and rng.random() < 0.5:
        x = np.moveaxis(np.ascontiguousarray(np.moveaxis(x, 1, -1)), -1, 1)
    return x


def compare(ours, theirs, x, rng):
    """The same result, and the same gradients of input and parameters; ``ours`` and ``theirs`` are functions."""
    tensor, torch_tensor = both(x)
    out, torch_out = ours(tensor), theirs(torch_tensor)
    assert_equal(out, torch_out)
    g = rng.normal(size=out.shape)
    out.backward(g)
    torch_out.backward(torch.tensor(g))
    assert_equal(tensor.grad, torch_tensor.grad)


def compare_layers(layer, twin, batches, rng):
    """The same state, names and results over several batches in training, then in use."""
    layer, twin = layer.double(), twin.double()
    assert list(layer.state_dict()) == list(twin.state_dict())
    for p, q in zip(layer.parameters(), twin.parameters(), strict=True):
        assert_equal(p, q)
        p.data[...] = values = rng.uniform(0.5, 2, p.shape)
        q.data.copy_(torch.tensor(values))
    for x in batches:
        compare(layer, twin, x, rng)
    layer.eval(), twin.eval()
    compare(layer, twin, batches[0], rng)
    for p, q in zip(layer.parameters(), twin.parameters(), strict=True):
        assert_equal(p.grad, q.grad)
    for key, value in twin.state_dict().items():
        assert layer.state_dict()[key].dtype == value.numpy().dtype
        assert_equal(layer.state_dict()[key], value)


def is_settled(x, axes):
    """Whether no value is lost to rounding: nothing near 0 variance is divided by."""
    return x.size and x.std(axes).min() > 0.05


@pytest.mark.parametrize("axes", [0, 1, 2, 3])
@given(rng=generators, momentum=st.sampled_from([0.1, 0.5, None]), flags=st.tuples(*[st.booleans()] * 3))
def test_batch_norm(axes, rng, momentum, flags):
    affine, tracked, bias = flags
    channels, eps = int(rng.integers(1, 5)), float(rng.choice([1e-5, 0.1]))
    options = {"eps": eps, "momentum": momentum, "affine": affine, "track_running_stats": tracked, "bias": bias}
    name = f"BatchNorm{max(axes, 1)}d"
    batches = [x for _ in range(3) if is_settled(x := draw(rng, shape_of(rng, axes, channels, 3)), 0)]
    if batches:
        compare_layers(
            getattr(nn, name)(channels, **options), getattr(torch.nn, name)(channels, **options), batches, rng
        )


@pytest.mark.parametrize("axes", [1, 2, 3])
@given(rng=generators, flags=st.tuples(*[st.booleans()] * 4))
def test_instance_norm(axes, rng, flags):
    affine, tracked, bias, is_batch = flags
    channels = int(rng.integers(1, 5))
    options = {"eps": 0.1, "affine": affine, "track_running_stats": tracked, "bias": bias}
    name = f"InstanceNorm{axes}d"
    shapes = [shape_of(rng, axes, channels) for _ in range(2)]
    batches = [draw(rng, shape) for shape in shapes if np.prod(shape[2:]) > 1]
    batches = batches if is_batch else [x[0] for x in batches]
    if batches:
        compare_layers(
            getattr(nn, name)(channels, **options), getattr(torch.nn, name)(channels, **options), batches, rng
        )


@given(rng=generators, affine=st.booleans(), bias=st.booleans())
def test_group_norm(rng, affine, bias):
    groups, each = rng.integers(1, 4, 2).tolist()
    x = draw(rng, shape_of(rng, int(rng.integers(0, 4)), groups * each))
    options = {"eps": 0.1, "affine": affine, "bias": bias}
    if x.size > groups:  # PyTorch refuses a single value
        layer, twin = (package.GroupNorm(groups, groups * each, **options) for package in (nn, torch.nn))
        compare_layers(layer, twin, [x], rng)


@given(rng=generators, affine=st.booleans(), bias=st.booleans())
def test_layer_norm(rng, affine, bias):
    x = draw(rng, tuple(rng.integers(1, 5, rng.integers(1, 5)).tolist()))
    shape = x.shape[int(rng.integers(x.ndim)) :]
    options = {"eps": 0.1, "elementwise_affine": affine, "bias": bias}
    compare_layers(nn.LayerNorm(shape, **options), torch.nn.LayerNorm(shape, **options), [x], rng)


@given(rng=generators, affine=st.booleans(), eps=st.sampled_from([None, 0.1]))
def test_rms_norm(rng, affine, eps):
    x = draw(rng, tuple(rng.integers(1, 5, rng.integers(1, 5)).tolist()))
    shape = x.shape[int(rng.integers(x.ndim)) :]
    if np.abs(x).min() > 1e-3:
        layer, twin = (package.RMSNorm(shape, eps, elementwise_affine=affine) for package in (nn, torch.nn))
        compare_layers(layer, twin, [x], rng)


@given(rng=generators, size=st.integers(1, 7))
def test_local_response_norm(rng, size):
    x = draw(rng, shape_of(rng, int(rng.integers(1, 4)), int(rng.integers(1, 7))))
    options = [float(value) for value in rng.uniform(0.1, 2, 3)]
    compare_layers(nn.LocalResponseNorm(size, *options), torch.nn.LocalResponseNorm(size, *options), [x], rng)


@given(rng=generators, p=st.sampled_from([1, 2.0, 3.0, float("inf")]))
def test_normalize(rng, p):
    x = rng.normal(size=rng.integers(1, 5, rng.integers(1, 4)))
    dim = int(rng.integers(-x.ndim, x.ndim))
    theirs = torch.nn.functional.normalize
    compare(lambda x: F.normalize(x, p, dim, 0.5), lambda x: theirs(x, p, dim, 0.5), x, rng)


@given(rng=generators, training=st.booleans(), name=st.sampled_from(["batch_norm", "instance_norm"]))
def test_functions_move_the_statistics_that_they_are_given(rng, training, name):
    x = draw(rng, (3, 2, 4))
    mean, var = rng.normal(size=2), rng.uniform(0.5, 2, 2)
    torch_mean, torch_var = torch.tensor(mean.copy()), torch.tensor(var.copy())
    weight, bias = rng.normal(size=(2, 2))
    ours, theirs = getattr(F, name), getattr(torch.nn.functional, name)
    compare(
        lambda x: ours(x, mean, var, weight, bias, training, 0.3),
        lambda x: theirs(x, torch_mean, torch_var, torch.tensor(weight), torch.tensor(bias), training, 0.3),
        x,
        rng,
    )
    assert_equal(mean, torch_mean)
    assert_equal(var, torch_var)


@pytest.mark.parametrize("is_last", [True, False])
def test_float32_far_from_zero(is_last):
    """As near to what float64 gives as PyTorch comes."""
    x = np.random.default_rng(0).normal(1000, 1, size=(16, 8, 12, 12)).astype("f4")
    x = np.moveaxis(np.ascontiguousarray(np.moveaxis(x, 1, -1)), -1, 1) if is_last else x
    exact = torch.nn.functional.batch_norm(torch.tensor(x.astype("f8")), None, None, training=True).numpy()
    theirs = torch.nn.functional.batch_norm(torch.tensor(x), None, None, training=True).numpy()
    ours = F.batch_norm(x, None, None, training=True)
    assert np.abs(ours - exact).max() < 2 * np.abs(theirs - exact).max() + 1e-4


REPRS = [
    ("BatchNorm2d", (3,), {}),
    ("BatchNorm1d", (3, 1e-3, None, False, False), {}),
    ("InstanceNorm3d", (3,), {"affine": True}),
    ("LayerNorm", (3,), {}),
    ("LayerNorm", ((3, 2),), {"bias": False}),
    ("GroupNorm", (2, 4), {}),
    ("RMSNorm", ((4,),), {}),
    ("LocalResponseNorm", (3, 1e-3), {}),
]


@pytest.mark.parametrize(("name", "args", "kwargs"), REPRS)
def test_reprs_are_pytorchs(name, args, kwargs):
    assert repr(getattr(nn, name)(*args, **kwargs)) == repr(getattr(torch.nn, name)(*args, **kwargs))


@pytest.mark.filterwarnings("ignore:.*weight_norm.* is deprecated:FutureWarning")
@pytest.mark.parametrize("dim", [0, 1, None])
def test_weight_norm(dim):
    rng = np.random.default_rng(0)
    layer = nn.weight_norm(nn.Linear(3, 5, dtype="float64"), dim=dim)
    twin = torch.nn.utils.weight_norm(torch.nn.Linear(3, 5, dtype=torch.float64), dim=dim)
    layer.load_state_dict({key: value.numpy() for key, value in twin.state_dict().items()})
    assert list(layer.state_dict()) == list(twin.state_dict())
    compare(layer, twin, rng.normal(size=(4, 3)), rng)
    for p, q in zip(layer.parameters(), twin.parameters(), strict=True):
        assert_equal(p.grad, q.grad)


@pytest.mark.parametrize("name", ["dropout", "dropout1d", "dropout2d", "dropout3d", "alpha_dropout"])
@pytest.mark.parametrize("p", [0.0, 0.3, 1.0])
def test_dropout_takes_the_same_values(name, p):
    """Not at the same places, since the draws are others."""
    x = np.ones((50, 40, 2, 1, 1)[: {"dropout2d": 4, "dropout3d": 5}.get(name, 3)])
    ours = getattr(F, name)(x, p, True)
    theirs = getattr(torch.nn.functional, name)(torch.tensor(x), p, True).numpy()
    np.testing.assert_allclose(np.unique(ours), np.unique(theirs), atol=1e-12)
