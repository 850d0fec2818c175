"""Dropout of elements and of channels: what is dropped how often, and what is refused."""

import numpy as np
import pytest

import autograd as ag
import nn

F = nn.functional
CHANNELS = {
    nn.Dropout1d: [(40, 30, 3), (300, 3)],
    nn.Dropout2d: [(40, 30, 2, 2), (40, 30, 2)],
    nn.Dropout3d: [(40, 30, 2, 1, 2), (300, 2, 1, 2)],
}
EACH = [(cls, shape) for cls, shapes in CHANNELS.items() for shape in shapes]
ALL = [nn.Dropout, *CHANNELS, nn.AlphaDropout, nn.FeatureAlphaDropout]


@pytest.mark.parametrize("p", [0.1, 0.25, 0.5, 0.9])
def test_the_share_that_is_dropped(p):
    """Within five standard deviations of as many independent draws; rows and columns as well as all together."""
    kept = F.dropout(np.ones((400, 500)), p, rng=np.random.default_rng(0)) > 0
    for axis in (None, 0, 1):
        shares = kept.mean(axis)
        deviation = np.sqrt(p * (1 - p) / (kept.size / np.size(shares)))
        assert (np.abs(shares - (1 - p)) < 5 * deviation).all()


def test_neighbours_are_dropped_independently():
    """Four draws come from one word: none of them knows of another."""
    kept = F.dropout(np.ones(400_000), 0.5, rng=np.random.default_rng(0)) > 0
    for distance in range(1, 9):
        both = (kept[distance:] & kept[:-distance]).mean()
        assert abs(both - 0.25) < 5 * np.sqrt(0.25 * 0.75 / kept.size)


@pytest.mark.parametrize("shape", [(), (1,), (3,), (0, 4), (2, 3, 5)])
@pytest.mark.parametrize("p", [1e-9, 0.3, 1 - 1e-9, 1.0])
def test_any_shape_and_probability(shape, p):
    out = F.dropout(np.ones(shape, "f4"), p, rng=np.random.default_rng(0))
    assert out.shape == shape and out.dtype == np.float32
    expected = {0.0} if p > 0.99 else {1.0} if p < 0.01 else {0.0, np.float32(1 / 0.7)}
    assert set(np.unique(out).tolist()) <= {float(value) for value in expected}


@pytest.mark.parametrize(("cls", "shape"), EACH)
def test_whole_channels_are_dropped(cls, shape):
    layer = cls(0.25, rng=np.random.default_rng(0))
    x = ag.ones(*shape, dtype="float64", requires_grad=True)
    out = layer(x)
    channels = 1 if shape[0] == 300 else 2
    flat = out.data.reshape(*shape[:channels], -1)
    assert (flat == flat[..., :1]).all()
    assert set(np.unique(flat)) == {0.0, 1 / 0.75}
    draws = flat[..., 0].size
    assert (flat[..., 0] == 0).mean() == pytest.approx(0.25, abs=5 * np.sqrt(0.25 * 0.75 / draws))
    out.sum().backward()
    np.testing.assert_array_equal(x.grad.data, out.data)
    assert layer.eval()(x) is x


@pytest.mark.parametrize("cls", [nn.AlphaDropout, nn.FeatureAlphaDropout])
@pytest.mark.parametrize("p", [0.1, 0.5])
def test_alpha_dropout_keeps_mean_and_variance(cls, p):
    rng = np.random.default_rng(0)
    x = rng.normal(size=(500, 400, 1))
    out = cls(p, rng=rng)(x)
    out = out.data if isinstance(out, ag.Tensor) else out
    assert out.mean() == pytest.approx(0, abs=0.02)
    assert out.var() == pytest.approx(1, abs=0.03)
    values, counts = np.unique(out, return_counts=True)
    assert counts.max() / out.size == pytest.approx(p, abs=0.01)  # what is dropped has one value
    q = 1 - p
    a = (q + 1.7580993408473766**2 * q * p) ** -0.5  # the affine map as in the paper
    assert values[counts.argmax()] == pytest.approx(-a * 1.7580993408473766 * (1 - p))


def test_feature_alpha_dropout_sets_whole_channels():
    x = np.random.default_rng(0).normal(size=(20, 10, 3, 2))
    out = F.feature_alpha_dropout(x, 0.5, training=True, rng=np.random.default_rng(1))
    is_dropped = out == out[:, :, :1, :1]
    assert (is_dropped.all((2, 3)) | (is_dropped.sum((2, 3)) == 1)).all()
    assert 0.3 < is_dropped.all((2, 3)).mean() < 0.7


@pytest.mark.parametrize("cls", ALL)
def test_a_seed_decides_all(cls):
    x = np.random.default_rng(0).normal(size=(4, 3, 5, 2, 2)[: 5 if cls is nn.Dropout3d else 3])
    draws = [np.asarray(ag.value_of(cls(rng=np.random.default_rng(seed))(x))) for seed in (1, 1, 2)]
    np.testing.assert_array_equal(draws[0], draws[1])
    assert not np.array_equal(draws[0], draws[2])


@pytest.mark.parametrize("cls", ALL)
def test_what_is_refused(cls):
    with pytest.raises(ag.errors.ArgumentError, match=rf"{cls.__name__}: p=1\.5; want a probability"):
        cls(1.5)
    with pytest.raises(ag.errors.ArgumentError, match=rf"{cls.__name__}: p='half'; want a probability"):
        cls("half")
    with pytest.raises(ag.errors.ArgumentError, match=rf"{cls.__name__}: inplace=True; nothing is computed in place"):
        cls(0.5, True)
    with pytest.raises(ag.errors.ArgumentError, match="rng=5: want a generator"):
        cls(rng=5)
    assert repr(cls(0.25)) == f"{cls.__name__}(p=0.25)"
    with pytest.raises(ag.errors.DtypeError, match=r"int64.*want floats"):
        cls()(np.ones((2, 3, 4, 5, 6)[: 5 if cls is nn.Dropout3d else 3], "i8"))


@pytest.mark.parametrize("name", ["dropout", "dropout1d", "dropout2d", "dropout3d", "alpha_dropout"])
def test_functions_refuse_what_layers_do(name):
    function = getattr(F, name)
    with pytest.raises(ag.errors.ArgumentError, match=rf"{name}: p=-1; want a probability"):
        function(np.ones((2, 3, 4)), -1)
    with pytest.raises(ag.errors.ArgumentError, match=rf"{name}: inplace=True"):
        function(np.ones((2, 3, 4)), 0.5, True, True)
    with pytest.raises(ag.errors.ArgumentError, match="rng=5: want a generator"):
        function(np.ones((2, 3, 4, 5, 6)[: 5 if name == "dropout3d" else 3]), 0.5, True, rng=5)


@pytest.mark.parametrize(
    ("layer", "shape", "forms"),
    [
        (nn.Dropout1d(), (2, 3, 4, 5), r"\(batch, channels, length\) or \(channels, length\)"),
        (nn.Dropout2d(), (2, 3), r"\(batch, channels, height, width\) or \(batch, channels, length\)"),
        (nn.Dropout3d(), (2, 3, 4), r"\(batch, channels, depth, height, width\) or"),
        (nn.FeatureAlphaDropout(), (3,), r"\(batch, channels, \.\.\.\)"),
    ],
)
@pytest.mark.parametrize("training", [True, False])
def test_another_number_of_axes_is_refused(layer, shape, forms, training):
    with pytest.raises(ag.errors.ShapeError, match=forms):
        layer.train(training)(np.ones(shape))
