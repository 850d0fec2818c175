"""Convolutions: small ones by hand, every order of memory and size of block, and what is said of what does not fit."""

import numpy as np
import pytest

import autograd as ag
import nn
from nn.kernels import conv, depthwise, interleaving, tall_products, windows

F = nn.functional


# --- by hand --------------------------------------------------------------------------------------------


def by_definition(x, weight, stride, padding, dilation, groups):
    """The sum that defines a convolution, element by element."""
    batch = len(x)
    outputs, inputs, *kernel = weight.shape
    padded = np.pad(x, ((0, 0), (0, 0), *padding))
    spans = [d * (k - 1) + 1 for k, d in zip(kernel, dilation, strict=True)]
    counts = [(n - span) // s + 1 for n, span, s in zip(padded.shape[2:], spans, stride, strict=True)]
    out = np.zeros((batch, outputs, *counts))
    for b, o, *t in np.ndindex(*out.shape):
        first = o // (outputs // groups) * inputs
        for c, *k in np.ndindex(inputs, *kernel):
            place = [ti * s + ki * d for ti, s, ki, d in zip(t, stride, k, dilation, strict=True)]
            out[(b, o, *t)] += weight[(o, c, *k)] * padded[(b, first + c, *place)]
    return out


CONFIGURATIONS = [
    # sizes, kernel, stride, padding, dilation, groups, inputs, outputs
    ((4,), (3,), (1,), ((1, 1),), (1,), 1, 2, 3),
    ((7,), (2,), (3,), ((2, 0),), (2,), 2, 4, 2),
    ((5, 4), (3, 2), (1, 1), ((1, 1), (0, 1)), (1, 1), 1, 9, 2),
    ((5, 6), (3, 2), (2, 1), ((0, 1), (3, 2)), (1, 2), 3, 6, 3),
    ((4, 4), (2, 2), (1, 1), ((0, 1), (0, 1)), (1, 1), 3, 3, 3),
    ((5, 4), (3, 3), (2, 1), ((1, 1), (1, 1)), (1, 1), 2, 2, 6),
    ((3, 4), (1, 1), (1, 1), ((0, 0), (0, 0)), (1, 1), 1, 3, 2),
    ((3, 4), (1, 1), (2, 2), ((1, 1), (0, 0)), (1, 1), 1, 3, 2),
    ((3, 4, 3), (2, 3, 1), (1, 2, 1), ((1, 0), (1, 1), (0, 0)), (1, 1, 1), 1, 2, 2),
    ((2, 2), (1, 1), (1, 1), ((4, 4), (0, 0)), (1, 1), 1, 1, 1),
    ((5, 4), (1, 1), (2, 3), ((0, 0), (0, 0)), (1, 1), 1, 3, 2),  # some elements are never seen
    ((6, 5), (3, 3), (2, 2), ((1, 1), (1, 0)), (1, 1), 1, 2, 3),  # interleaved, one axis of odd length
    ((7,), (5,), (3,), ((2, 1),), (1,), 1, 2, 2),
    ((8, 6), (2, 3), (3, 1), ((0, 0), (1, 1)), (1, 1), 1, 1, 2),  # rows that no window reaches
    ((4, 5), (3, 3), (1, 1), ((1, 0), (2, 1)), (1, 1), 1, 1, 8),  # added up row by row
    ((6, 5), (2, 2), (1, 1), ((0, 1), (0, 0)), (2, 3), 2, 2, 12),
    ((4, 7), (2, 3), (1, 2), ((0, 0), (1, 1)), (1, 2), 2, 2, 4),  # depthwise, a stride along the last axis
]


def layouts(x):
    """The same values in several orders of memory."""
    yield np.ascontiguousarray(x)
    yield np.moveaxis(np.ascontiguousarray(np.moveaxis(x, 1, -1)), -1, 1)
    yield np.repeat(x, 2, axis=-1)[..., ::2]


@pytest.mark.parametrize("cache", [1, 1000, windows.CACHE])
@pytest.mark.parametrize("configuration", CONFIGURATIONS)
def test_all_three_are_what_the_definition_says(configuration, cache, monkeypatch):
    """The gradients of a linear map are told by it: <y, conv(x, w)> = <to_input(y, w), x> = <to_weight(y, x), w>."""
    sizes, kernel, stride, padding, dilation, groups, inputs, outputs = configuration
    for module in (windows, depthwise):
        monkeypatch.setattr(module, "CACHE", cache)
        monkeypatch.setattr(module, "WORTH_A_THREAD", 0)
    rng = np.random.default_rng(0)
    weight = rng.normal(size=(outputs, inputs // groups, *kernel))
    settings = (stride, padding, dilation, groups)
    other_x, other_weight = rng.normal(size=(3, inputs, *sizes)), rng.normal(size=weight.shape)
    of_other_x = by_definition(other_x, weight, *settings)
    for x in layouts(rng.normal(size=(3, inputs, *sizes))):
        out = conv.convolution(x, weight, None, *settings)
        np.testing.assert_allclose(out, by_definition(x, weight, *settings), atol=1e-12)
        of_other_weight = by_definition(x, other_weight, *settings)
        for y in layouts(rng.normal(size=out.shape)):
            to_x = conv.convolution_to_input(y, weight, sizes, *settings)
            assert np.vdot(to_x, other_x) == pytest.approx(np.vdot(y, of_other_x))
            to_weight = conv.convolution_to_weight(y, x, kernel, *settings)
            assert np.vdot(to_weight, other_weight) == pytest.approx(np.vdot(y, of_other_weight))


def test_what_is_interleaved():
    """A stride on an undilated kernel, unless zeros would be most of the work."""
    ones = (1, 1)
    padding = ((1, 1), (1, 1))
    assert interleaving.Interleaved.of(windows.Windows((3, 3), (2, 2), padding, ones), (8, 8), (4, 4))
    assert not interleaving.Interleaved.of(windows.Windows((3, 3), ones, padding, ones), (8, 8), (8, 8))
    assert not interleaving.Interleaved.of(windows.Windows((2, 2), (9, 9), ((0, 0), (0, 0)), ones), (11, 11), (2, 2))


def test_a_kernel_is_not_turned_around():
    signal, kernel = np.array([1.0, 2.0, 4.0]), np.array([-1.0, 1.0])
    ours = F.conv1d(signal[None, None], kernel[None, None])
    assert ours.ravel().tolist() == [1, 2]
    assert np.convolve(signal, kernel, "valid").tolist() == [-1, -2]
    assert ag.convolve(ag.tensor(signal), ag.tensor(kernel), "valid").tolist() == [-1, -2]
    assert "not turned around" in nn.Conv2d.__doc__.replace("\n    ", " ") and "not\n    turned" in F.conv2d.__doc__


def test_results_have_the_channels_last_in_memory_and_stay_so():
    layer = nn.Conv2d(2, 8, 3, padding=1)
    out = ag.relu(layer(ag.zeros(2, 2, 4, 4)))
    assert np.moveaxis(out.data, 1, -1).flags.c_contiguous
    again = nn.Conv2d(8, 8, 3)(out)
    assert np.moveaxis(again.data, 1, -1).flags.c_contiguous


def test_padding_same_keeps_the_size():
    for kernel in (1, 2, 3, 4):
        for dilation in (1, 2):
            layer = nn.Conv2d(1, 1, kernel, padding="same", dilation=dilation)
            assert layer(ag.zeros(1, 1, 9, 8)).shape == (1, 1, 9, 8)


def test_transposed_takes_shapes_the_way_back():
    down, up = nn.Conv2d(3, 4, 4, 2, 1), nn.ConvTranspose2d(4, 3, 4, 2, 1)
    assert up(down(ag.zeros(2, 3, 8, 8))).shape == (2, 3, 8, 8)


def test_an_image_without_a_batch_axis():
    layer = nn.Conv2d(2, 3, 3)
    x = ag.randn(2, 5, 5)
    out = layer(x)
    assert out.shape == (3, 3, 3)
    np.testing.assert_array_equal(out.data, layer(x[None])[0].data)


@pytest.mark.parametrize("shape", [(0, 2, 5, 5), (3, 2, 5, 5)])
def test_empty_batches_have_gradients(shape):
    layer = nn.Conv2d(2, 3, 3)
    x = ag.zeros(*shape, requires_grad=True)
    layer(x).sum().backward()
    assert x.grad.shape == shape and layer.weight.grad.shape == (3, 2, 3, 3)
    assert layer.bias.grad.tolist() == [9 * shape[0]] * 3


def test_threads_change_nothing_but_rounding(monkeypatch):
    rng = np.random.default_rng(0)
    x, weight = rng.normal(size=(8, 4, 6, 6)), rng.normal(size=(5, 4, 3, 3))
    settings = ((1, 1), ((1, 1), (1, 1)), (1, 1), 1)
    found = []
    for worth in (0, 1 << 60):
        monkeypatch.setattr(windows, "WORTH_A_THREAD", worth)
        out = conv.convolution(x, weight, None, *settings)
        found.append((out, conv.convolution_to_weight(out, x, (3, 3), *settings)))
    for a, b in zip(*found, strict=True):
        np.testing.assert_allclose(a, b, rtol=1e-12)


@pytest.mark.parametrize("many", [1, 127, 500, 1301])
@pytest.mark.parametrize("order", ["C", "F"])
def test_rows_in_groups_are_multiplied_as_they_are_at_once(many, order, monkeypatch):
    monkeypatch.setattr(tall_products, "_has_small_products", lambda: True)
    monkeypatch.setattr(tall_products, "LARGEST_SMALL", 130 * 6 * 5)
    rng = np.random.default_rng(0)
    rows, matrix = np.array(rng.normal(size=(many, 6)), order=order), rng.normal(size=(6, 5))
    out = np.full((many, 5), np.nan)
    tall_products.multiply_rows(rows, matrix, out)
    np.testing.assert_allclose(out, tall_products.reference(rows, matrix), atol=1e-12)
    np.testing.assert_allclose(
        tall_products.sum_of_rows(rows, out), tall_products.gradient_reference(rows, out), atol=1e-10
    )


# --- errors ---------------------------------------------------------------------------------------------


class Net(nn.Module):
    def __init__(self, **options):
        self.encoder = nn.Sequential(nn.ReLU(), nn.Conv2d(3, 4, 3, **options))

    def forward(self, x):
        return self.encoder(x)


@pytest.mark.parametrize(
    ("shape", "message"),
    [
        ((2, 1, 8, 8), r"Net\.encoder\.1 \(conv2d\): want an input of shape \(batch, 3, height, width\), got "
                       r"\(2, 1, 8, 8\)\. It has 1 channels: make the layer for 1"),
        ((2, 8, 8, 3), r"Its channels are last: give np\.moveaxis\(x, -1, 1\)\."),
        ((8, 8, 3), r"Its channels are last: give np\.moveaxis\(x, -1, 0\)\."),
        ((8, 8), r"want an input of shape \(batch, 3, height, width\), got \(8, 8\)\. Add axes for batch and "
                 r"channels: x\[None, None\]"),
        ((1, 2, 3, 8, 8), r"got \(1, 2, 3, 8, 8\)\. Join the leading axes into one: x\.reshape\(-1, 3, 8, 8\)\."),
        ((2, 3, 2, 8), r"on which the kernel finds a place: it spans \(3, 3\), got \(2, 3, 2, 8\)\. With its padding "
                       r"it is \(2, 8\) in size: pad more"),
    ],
)  # fmt: skip
def test_a_wrong_input_names_the_layer_and_the_remedy(shape, message):
    with pytest.raises(ag.errors.ShapeError, match=message):
        Net()(ag.zeros(*shape))


def test_a_missing_channel_axis():
    with pytest.raises(ag.errors.ShapeError, match=r"A channel axis is missing: give x\[:, None\] for a batch"):
        nn.Conv2d(1, 4, 3)(ag.zeros(5, 8, 8))


@pytest.mark.parametrize(
    ("options", "message"),
    [
        ({"stride": 0}, "Conv2d: stride=0; want a whole number of at least 1 or 2 of them"),
        ({"stride": (1, 2, 3)}, r"Conv2d: stride=\(1, 2, 3\)"),
        ({"padding": -1}, "Conv2d: padding=-1; want a whole number of at least 0"),
        ({"padding": "full"}, "Conv2d: padding='full'"),
        ({"padding": np.array([1, -1])}, r"Conv2d: padding=array\(\[ 1, -1\]\); want a whole number"),
        ({"stride": np.array(2)}, r"Conv2d: stride=array\(2\); want a whole number"),
        ({"padding": "same", "stride": 2}, r"stride=\(2, 2\) with padding='same'; want a stride of 1"),
        ({"dilation": 1.5}, "dilation=1.5"),
        ({"groups": 2}, "groups=2.*want a number that divides in_channels=3 and out_channels=4"),
        ({"groups": 0}, "groups=0"),
        ({"padding_mode": "mirror"}, "padding_mode='mirror'.*'reflect'"),
    ],
)
def test_settings_out_of_range(options, message):
    with pytest.raises(ag.errors.ArgumentError, match=message):
        Net(**options)


def test_settings_of_the_functions():
    x, weight = ag.zeros(1, 2, 4, 4), ag.zeros(2, 2, 3, 3)
    for function, options, message in [
        (F.conv2d, {"padding": np.array([1, -1])}, r"conv2d: padding=array\(\[ 1, -1\]\)"),
        (F.conv2d, {"padding": "same", "stride": 2}, r"padding='same' keeps the size, and stride=\(2, 2\) does not"),
        (F.conv2d, {"padding": "full"}, "want numbers, 'same' or 'valid'"),
        (F.conv2d, {"groups": 3}, "groups=3 with out_channels=2"),
        (F.conv_transpose2d, {"output_padding": 1}, r"output_padding=\(1, 1\) with stride=\(1, 1\)"),
        (F.conv_transpose2d, {"groups": 3}, "groups=3 with in_channels=2"),
    ]:
        with pytest.raises(ag.errors.ArgumentError, match=message):
            function(x, weight, **options)
    for function, arguments, message in [
        (F.conv2d, (x, weight[0]), "want a weight of 4 axes"),
        (F.conv2d, (x, weight, ag.zeros(3)), r"want a bias of shape \(2,\), got \(3,\)"),
        (F.conv_transpose2d, (x, weight, ag.zeros(3)), r"want a bias of shape \(2,\), got \(3,\)"),
        (F.conv_transpose2d, (ag.zeros(1, 3, 4, 4), weight), r"want an input of shape \(batch, 2, height, width\)"),
    ]:
        with pytest.raises(ag.errors.ShapeError, match=message):
            function(*arguments)
    with pytest.raises(ag.errors.ShapeError, match=r"The padding \(3, 3\) cuts all of it off"):
        F.conv_transpose2d(ag.zeros(1, 2, 2, 2), weight, padding=3)


def test_an_output_size_out_of_reach():
    with pytest.raises(ag.errors.ArgumentError, match=r"output_size=\(12, 9\).*want sizes from \(9, 9\) to \(10, 10\)"):
        nn.ConvTranspose2d(1, 1, 3, stride=2)(ag.zeros(1, 1, 4, 4), output_size=(12, 9))


def test_a_padding_mode_of_a_transposed_convolution():
    with pytest.raises(ag.errors.ArgumentError, match=r"padding_mode='reflect'; want .* and 'zeros'"):
        nn.ConvTranspose2d(1, 1, 3, padding_mode="reflect")
