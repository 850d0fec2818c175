"""Layers: shapes, values, and what they say when misused."""

from collections import OrderedDict

import numpy as np
import pytest

import autograd as ag
import nn

F = nn.functional


# --- Linear ---------------------------------------------------------------------------------------------


@pytest.mark.parametrize("leading", [(), (5,), (0,), (2, 3), (2, 0, 3)])
def test_linear_maps_the_last_axis(leading):
    layer = nn.Linear(3, 4, dtype="float64")
    x = ag.randn(*leading, 3, dtype="float64", requires_grad=True)
    out = layer(x)
    np.testing.assert_allclose(out.data, x.data @ layer.weight.data.T + layer.bias.data)
    out.sum().backward()
    assert x.grad.shape == x.shape
    np.testing.assert_allclose(layer.bias.grad.data, np.full(4, np.prod(leading)))


def test_linear_without_a_bias():
    layer = nn.Linear(3, 4, bias=False)
    assert layer.bias is None and len(list(layer.parameters())) == 1
    assert "bias=False" in repr(layer)
    layer(ag.ones(2, 3)).sum().backward()
    assert layer.weight.grad.tolist() == [[2, 2, 2]] * 4


def test_linear_takes_arrays_and_gives_float32():
    out = nn.Linear(3, 4)(np.ones((2, 3), np.float32))
    assert isinstance(out, ag.Tensor) and out.dtype == np.float32 and out.requires_grad


def model():
    return nn.Sequential(nn.Linear(64, 128), nn.ReLU(), nn.Linear(128, 10))


@pytest.mark.parametrize(
    ("x", "error", "message"),
    [
        (
            np.zeros((32, 63), "f4"),
            ag.errors.ShapeError,
            r"Sequential\.0 \(linear\): want an input of shape \(\.\.\., 64\) for a weight of shape \(128, 64\), got "
            r"\(32, 63\)\. Make the layer for this input, nn\.Linear\(63, 128\)",
        ),
        (np.zeros((32, 1, 8, 8), "f4"), ag.errors.ShapeError, r"Flatten each sample .* nn\.Flatten\(\)"),
        (np.zeros((64, 32), "f4"), ag.errors.ShapeError, r"looks transposed: give x\.T"),
        (np.float32(1), ag.errors.ShapeError, r"got \(\)"),
        (
            np.zeros((32, 64)),
            ag.errors.DtypeError,
            r"Sequential\.0 \(linear\): input is \(32, 64\) float64, but weight is \(128, 64\) float32; want floats of "
            r"one width\. Convert it: input\.astype\('float32'\) .* model\.double\(\)",
        ),
        (np.zeros((32, 64), "i8"), ag.errors.DtypeError, r"int64.*Convert it: input\.astype\('float32'\)\.$"),
        ([[1.0] * 64], ag.errors.DtypeError, r"input is a list; want a Tensor or an array"),
    ],
)
@pytest.mark.parametrize("recording", [True, False])
def test_a_wrong_input_names_the_layer_and_the_remedy(x, error, message, recording):
    with pytest.raises(error, match=message), ag.set_grad_enabled(recording):
        model()(x)


def test_a_float64_model_refuses_float32():
    with pytest.raises(ag.errors.DtypeError, match=r"or compute in float32 throughout: model\.float\(\)"):
        model().double()(ag.zeros(1, 64, dtype="float32"))


@pytest.mark.parametrize("size", [-1, 2.5, "3", None])
def test_sizes_are_numbers_of_features(size):
    with pytest.raises(ag.errors.ArgumentError, match=f"Linear: in_features={size!r}; want a whole number"):
        nn.Linear(size, 3)
    with pytest.raises(ag.errors.ArgumentError, match="out_features="):
        nn.Linear(3, size)


@pytest.mark.parametrize("size", [True, 2.0])
@pytest.mark.parametrize(
    "make",
    [
        lambda n: nn.Linear(n, 3),
        lambda n: nn.Bilinear(2, 3, n),
        lambda n: nn.Maxout(2, 3, n),
        lambda n: nn.PReLU(n),
        lambda n: nn.Embedding(n, 3),
        lambda n: nn.Conv1d(n, 2, 1),
        lambda n: nn.BatchNorm1d(n),
        lambda n: nn.GroupNorm(n, 4),
        lambda n: nn.LayerNorm((3, n)),
        lambda n: nn.MultiheadAttention(4, n),
        lambda n: nn.ZeroPad1d(n),
        lambda n: nn.Unflatten(n, (2, 3)),
        lambda n: nn.Unflatten(1, (n, 3)),
        lambda n: F.maxout(np.ones(4), n),
        lambda n: F.group_norm(np.ones((2, 4)), n),
        lambda n: F.local_response_norm(np.ones((2, 4, 1)), n),
        lambda n: F.pixel_shuffle(np.ones((4, 2, 2)), n),
        lambda n: F.embedding(np.array([0]), np.ones((3, 2)), n),
    ],
)
def test_a_truth_or_a_fraction_is_no_whole_number(make, size):
    with pytest.raises(ag.errors.ArgumentError, match=rf"={size}|, {size}\)|\({size}, "):
        make(size)


# --- Sequential -----------------------------------------------------------------------------------------


def test_sequential_is_like_a_list():
    net = nn.Sequential(nn.Linear(2, 3), nn.ReLU(), nn.Linear(3, 1))
    assert len(net) == 3 and list(net) == [net[0], net[1], net[2]] and net[-1] is net[2]
    assert isinstance(net[:2], nn.Sequential) and len(net[:2]) == 2 and net[:2][0] is net[0]
    net[1] = nn.Tanh()
    assert isinstance(net[1], nn.Tanh)
    assert net.append(nn.Sigmoid()) is net and isinstance(net[3], nn.Sigmoid)
    del net[1]
    assert [name for name, _ in net.named_children()] == ["0", "1", "2"]
    del net[1:]
    assert len(net) == 1
    with pytest.raises(IndexError, match="Sequential of 1 modules has none at 3"):
        net[3]
    with pytest.raises(IndexError):
        net[-2] = nn.ReLU()


def test_sequential_takes_names():
    net = nn.Sequential(OrderedDict(first=nn.Linear(2, 3), act=nn.ReLU()))
    assert list(net.state_dict()) == ["first.weight", "first.bias"]
    assert net.act is net[1] and [name for name, _ in net[1:].named_children()] == ["act"]
    assert net(ag.ones(1, 2)).shape == (1, 3)
    del net[0]
    assert [name for name, _ in net.named_children()] == ["act"]
    with pytest.raises(ag.errors.ArgumentError, match="has an attribute 'forward' already"):
        nn.Sequential(OrderedDict(forward=nn.ReLU()))


def test_an_empty_sequential_is_the_identity():
    x = ag.ones(2)
    assert nn.Sequential()(x) is x


# --- the others -----------------------------------------------------------------------------------------


@pytest.mark.parametrize(("layer", "function"), [(nn.ReLU(), F.relu), (nn.Tanh(), F.tanh), (nn.Sigmoid(), F.sigmoid)])
def test_activations_are_their_functions(layer, function):
    x = ag.randn(3, 4)
    np.testing.assert_array_equal(layer(x).data, function(x).data)
    assert repr(layer) == f"{type(layer).__name__}()"


def test_activations_at_known_points():
    assert F.relu(ag.tensor([-1.0, 0.0, 2.0])).tolist() == [0, 0, 2]
    assert F.sigmoid(ag.tensor(1.1, dtype="float64")).item() == pytest.approx(0.7502601055951177, abs=1e-15)
    assert F.softmax(ag.tensor([2.0, 1.0, 0.1], dtype="float64")).tolist() == pytest.approx(
        [0.65900114, 0.24243297, 0.09856589], abs=1e-8
    )


def test_softmax_of_large_numbers_does_not_overflow():
    x = ag.tensor([1e4, 0.0, -1e4])
    assert F.softmax(x).tolist() == [1, 0, 0]
    assert F.log_softmax(x).tolist() == [0, -1e4, -2e4]


@pytest.mark.parametrize(
    ("arguments", "shape"),
    [((), (2, 60)), ((0,), (120,)), ((0, 1), (6, 4, 5)), ((-2, -1), (2, 3, 20)), ((1, 1), (2, 3, 4, 5))],
)
def test_flatten(arguments, shape):
    x = ag.randn(2, 3, 4, 5, requires_grad=True)
    out = nn.Flatten(*arguments)(x)
    assert out.shape == shape
    np.testing.assert_array_equal(out.data.ravel(), x.data.ravel())
    out.sum().backward()
    assert x.grad.shape == x.shape


def test_flatten_says_which_axes_are_missing():
    with pytest.raises(ag.errors.ShapeError, match=r"Flatten \(flatten\): an input of shape \(5,\) has no axes from 1"):
        nn.Flatten()(ag.zeros(5))
    assert nn.Flatten()(ag.zeros(0, 2, 3)).shape == (0, 6)


def test_dropout_keeps_the_mean_and_drops_the_same_gradient():
    layer = nn.Dropout(0.25, rng=np.random.default_rng(0))
    x = ag.ones(400, 500, requires_grad=True)
    out = layer(x)
    assert set(np.unique(out.data)) == {np.float32(0), np.float32(1 / 0.75)}
    assert (out.data == 0).mean() == pytest.approx(0.25, abs=0.01)
    out.sum().backward()
    np.testing.assert_array_equal(x.grad.data, out.data)
    assert layer.eval()(x) is x


def test_dropout_follows_the_seed():
    layer = nn.Dropout(0.5)
    draws = []
    for seed in (3, 3, 4):
        ag.manual_seed(seed)
        draws.append(layer(ag.ones(50)).tolist())
    assert draws[0] == draws[1] != draws[2]


def test_dropout_at_its_ends():
    x = ag.ones(5)
    assert F.dropout(x, 0.0) is x
    assert F.dropout(x, 1.0).tolist() == [0] * 5
    assert F.dropout(ag.ones(5, dtype="float64")).dtype == np.float64
    for p in (-0.1, 1.5, float("nan")):
        with pytest.raises(ag.errors.ArgumentError, match="want a probability"):
            nn.Dropout(p)
        with pytest.raises(ag.errors.ArgumentError, match="want a probability"):
            F.dropout(x, p)
