"""`nn` beside PyTorch: the same values, gradients, initial distributions, names and trajectories."""

import numpy as np
import pytest

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
rng = np.random.default_rng(0)


def assert_equal(ours, theirs, tolerance=1e-10):
    theirs = theirs.detach().numpy() if isinstance(theirs, torch.Tensor) else theirs
    np.testing.assert_allclose(np.asarray(ag.value_of(ours)), theirs, rtol=tolerance, atol=tolerance)


def both(array):
    """A leaf of each library with the same values; gradients where there can be any."""
    is_float = array.dtype.kind == "f"
    return ag.tensor(array, requires_grad=is_float), torch.tensor(array, requires_grad=is_float)


# --- layers and losses ----------------------------------------------------------------------------------


@pytest.mark.parametrize("leading", [(), (4,), (2, 3)])
@pytest.mark.parametrize("bias", [True, False])
def test_linear(leading, bias):
    x, tx = both(rng.normal(size=(*leading, 3)))
    w, tw = both(rng.normal(size=(5, 3)))
    b, tb = both(rng.normal(size=5)) if bias else (None, None)
    out, tout = F.linear(x, w, b), torch.nn.functional.linear(tx, tw, tb)
    assert_equal(out, tout)
    g = rng.normal(size=out.shape)
    out.backward(g)
    tout.backward(torch.tensor(g))
    for ours, theirs in ((x, tx), (w, tw), (b, tb)):
        if ours is not None:
            assert_equal(ours.grad, theirs.grad)


SHAPES = [((4,), ()), ((3, 4), (3,)), ((2, 4, 3), (2, 3)), ((2, 4, 3, 2), (2, 3, 2))]


@pytest.mark.parametrize(("shape", "labels_shape"), SHAPES)
@pytest.mark.parametrize("reduction", ["mean", "sum", "none"])
@pytest.mark.parametrize(("weighted", "smoothing"), [(False, 0.0), (False, 0.2), (True, 0.0), (True, 0.2)])
@pytest.mark.parametrize("ignored", [-100, 1])
def test_cross_entropy_of_labels(shape, labels_shape, reduction, weighted, smoothing, ignored):
    x, tx = both(rng.normal(size=shape))
    labels = np.where(np.arange(np.prod(labels_shape)) == 0, 2, rng.integers(0, 4, np.prod(labels_shape, dtype=int)))
    labels = labels.reshape(labels_shape)
    weight = rng.uniform(0.5, 2, 4) if weighted else None
    options = {"ignore_index": ignored, "reduction": reduction, "label_smoothing": smoothing}
    ours = F.cross_entropy(x, ag.tensor(labels), weight, **options)
    tweight = torch.tensor(weight) if weighted else None
    theirs = torch.nn.functional.cross_entropy(tx, torch.tensor(labels), tweight, **options)
    assert_equal(ours, theirs)
    ours.sum().backward()
    theirs.sum().backward()
    assert_equal(x.grad, tx.grad)


@pytest.mark.parametrize("shape", [shape for shape, _ in SHAPES])
@pytest.mark.parametrize("reduction", ["mean", "sum", "none"])
@pytest.mark.parametrize(("weighted", "smoothing"), [(False, 0.0), (False, 0.2), (True, 0.0), (True, 0.2)])
def test_cross_entropy_of_probabilities(shape, reduction, weighted, smoothing):
    (x, tx), (target, ttarget) = both(rng.normal(size=shape)), both(rng.uniform(size=shape))
    weight = rng.uniform(0.5, 2, 4) if weighted else None
    options = {"reduction": reduction, "label_smoothing": smoothing}
    ours = F.cross_entropy(x, target, weight, **options)
    theirs = torch.nn.functional.cross_entropy(tx, ttarget, torch.tensor(weight) if weighted else None, **options)
    assert_equal(ours, theirs)
    ours.sum().backward()
    theirs.sum().backward()
    assert_equal(x.grad, tx.grad)
    assert_equal(target.grad, ttarget.grad)


def test_a_mean_of_ignored_rows():
    x, tx = both(rng.normal(size=(2, 3)))
    labels = np.array([-100, -100])
    ours, theirs = F.cross_entropy(x, ag.tensor(labels)), torch.nn.functional.cross_entropy(tx, torch.tensor(labels))
    ours.backward()
    theirs.backward()
    assert np.isnan(ours.item()) and np.isnan(theirs.item())
    assert_equal(x.grad, tx.grad)


@pytest.mark.parametrize("reduction", ["mean", "sum", "none"])
@pytest.mark.parametrize("shape", [(), (3,), (2, 0), (2, 3, 4)])
def test_mse_loss(shape, reduction):
    (x, tx), (y, ty) = both(rng.normal(size=shape)), both(rng.normal(size=shape))
    ours = F.mse_loss(x, y, reduction=reduction)
    theirs = torch.nn.functional.mse_loss(tx, ty, reduction=reduction)
    assert_equal(ours, theirs)
    ours.sum().backward()
    theirs.sum().backward()
    assert_equal(x.grad, tx.grad)
    assert_equal(y.grad, ty.grad)


@pytest.mark.parametrize("name", ["relu", "tanh", "sigmoid", "softmax", "log_softmax"])
def test_activations(name):
    x, tx = both(rng.normal(size=(3, 4)))
    axis = {"dim": 1} if "softmax" in name else {}
    ours, theirs = getattr(F, name)(x, **axis), getattr(torch.nn.functional, name)(tx, **axis)
    g = rng.normal(size=(3, 4))
    ours.backward(g)
    theirs.backward(torch.tensor(g))
    assert_equal(ours, theirs)
    assert_equal(x.grad, tx.grad)


@pytest.mark.parametrize("arguments", [(), (0,), (0, 1), (-2, -1), (2,)])
def test_flatten(arguments):
    x, tx = both(rng.normal(size=(2, 3, 4, 5)))
    assert_equal(nn.Flatten(*arguments)(x), torch.nn.Flatten(*arguments)(tx))


# --- modules --------------------------------------------------------------------------------------------


def networks(kit):
    return kit.Sequential(
        kit.Flatten(), kit.Linear(6, 5), kit.ReLU(), kit.Dropout(0.5), kit.Linear(5, 4), kit.Tanh(), kit.Linear(4, 3)
    )


def test_a_network_has_the_same_names_and_repr():
    ours, theirs = networks(nn), networks(torch.nn)
    assert [name for name, _ in ours.named_parameters()] == [name for name, _ in theirs.named_parameters()]
    assert [name for name, _ in ours.named_modules()] == [name for name, _ in theirs.named_modules()]
    assert list(ours.state_dict()) == list(theirs.state_dict())
    assert repr(ours) == repr(theirs).replace(", inplace=False", "")


def test_weights_travel_both_ways(tmp_path):
    ours, theirs = networks(nn).double().eval(), networks(torch.nn).double().eval()
    x = rng.normal(size=(4, 2, 3))
    ours.load_state_dict(theirs.state_dict())
    assert_equal(ours(x), theirs(torch.tensor(x)))
    nn.save(ours.apply(lambda m: m.reset_parameters() if hasattr(m, "weight") else None), tmp_path / "w.safetensors")
    safetensors = pytest.importorskip("safetensors.torch", reason="compares with safetensors' files of PyTorch")
    theirs.load_state_dict(safetensors.load_file(tmp_path / "w.safetensors"))
    assert_equal(ours(x), theirs(torch.tensor(x)))
    safetensors.save_file(theirs.state_dict(), tmp_path / "t.safetensors")
    other = networks(nn).double().eval()
    nn.load_weights(other, tmp_path / "t.safetensors")
    assert_equal(other(x), theirs(torch.tensor(x)))


def test_linear_starts_from_the_same_distribution():
    ours, theirs = nn.Linear(100, 400), torch.nn.Linear(100, 400)
    for p, q in zip(ours.parameters(), theirs.parameters(), strict=True):
        values = np.sort(p.data.ravel()), np.sort(q.detach().numpy().ravel())
        assert values[0].dtype == values[1].dtype
        np.testing.assert_allclose(*values, atol=0.02)


@pytest.mark.parametrize("mode", ["fan_in", "fan_out"])
@pytest.mark.parametrize("nonlinearity", ["relu", "leaky_relu", "tanh", "linear"])
def test_initializers_have_the_same_spread(mode, nonlinearity):
    for name in ("kaiming_uniform_", "kaiming_normal_"):
        ours = getattr(nn.init, name)(nn.Parameter(np.empty((200, 300))), 0.3, mode, nonlinearity)
        theirs = getattr(torch.nn.init, name)(torch.empty(200, 300), 0.3, mode, nonlinearity)
        assert ours.data.std() == pytest.approx(theirs.std().item(), rel=0.02)
