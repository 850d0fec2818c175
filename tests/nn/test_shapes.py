"""Padding, resizing, sliding blocks and their like: exact small examples, arrangements in memory, errors."""

import numpy as np
import pytest

import autograd as ag
import nn

F = nn.functional
rng = np.random.default_rng(0)


def channels_last(x):
    return np.moveaxis(np.ascontiguousarray(np.moveaxis(x, 1, -1)), -1, 1)


def is_channels_last(x):
    return np.moveaxis(x, 1, -1).flags.c_contiguous


# --- padding --------------------------------------------------------------------------------------------

PADDED = {
    "constant": [[0, 0, 1, 2, 3, 0]],
    "reflect": [[3, 2, 1, 2, 3, 2]],
    "replicate": [[1, 1, 1, 2, 3, 3]],
    "circular": [[2, 3, 1, 2, 3, 1]],
}


@pytest.mark.parametrize("mode", PADDED)
def test_margins_of_a_sequence(mode):
    x = np.array([[1.0, 2.0, 3.0]])
    assert F.pad(x, (2, 1), mode).tolist() == PADDED[mode]
    assert F.pad(x.astype(int), (2, 1), mode).dtype == int


GRADIENTS = {"constant": [1, 1, 1], "reflect": [1, 3, 2], "replicate": [3, 1, 2], "circular": [2, 2, 2]}


@pytest.mark.parametrize("mode", GRADIENTS)
def test_a_gradient_counts_how_often_an_element_is_seen(mode):
    x = ag.zeros(1, 3, requires_grad=True)
    F.pad(x, (2, 1), mode).sum().backward()
    assert x.grad.tolist() == [GRADIENTS[mode]]


def test_the_last_axis_comes_first():
    out = F.pad(np.ones((1, 1)), (1, 0, 0, 2), value=5.0)
    assert out.tolist() == [[5, 1], [5, 5], [5, 5]]


def test_negative_padding_crops():
    x = np.arange(12.0).reshape(3, 4)
    np.testing.assert_array_equal(F.pad(x, (-1, -2, 0, -1)), x[:2, 1:2])
    np.testing.assert_array_equal(F.pad(x, (-1, 1)), np.pad(x[:, 1:], ((0, 0), (0, 1))))


def test_padding_by_nothing_is_a_copy():
    x = np.ones((2, 2))
    for mode in PADDED:
        assert not np.shares_memory(F.pad(x, (0, 0), mode), x)
    assert not np.shares_memory(F.pad(x, (-1, 0)), x)


@pytest.mark.parametrize("mode", PADDED)
def test_padding_keeps_the_order_in_memory(mode):
    x = channels_last(rng.normal(size=(2, 3, 4, 5)))
    out = F.pad(x, (1, 2, 0, 1), mode)
    assert is_channels_last(out)
    np.testing.assert_array_equal(out, F.pad(np.ascontiguousarray(x), (1, 2, 0, 1), mode))


def test_integers_and_booleans_are_padded():
    assert F.pad(ag.tensor([1, 2]), (0, 2), value=7).tolist() == [1, 2, 7, 7]
    assert F.pad(np.array([True]), (1, 0)).tolist() == [False, True]
    with pytest.raises(ag.errors.ArgumentError, match=r"value=0.5 does not fit .*make the input a float"):
        F.pad(ag.tensor([1, 2]), (0, 2), value=0.5)
    with pytest.raises(ag.errors.ArgumentError, match="value=nan does not fit"):
        F.pad(np.array([1, 2]), (0, 2), value=np.nan)
    for dtype, value in ((np.uint8, -1), (np.uint8, 256), (np.int8, 128), (bool, 3), (float, "1")):
        with pytest.raises(ag.errors.ArgumentError, match=rf"value={value!r} does not fit into \(2,\)"):
            F.pad(np.zeros(2, dtype), (0, 2), value=value)
    assert F.pad(np.array([3], np.uint8), (1, 0), value=255).tolist() == [255, 3]


BAD_PADS = {
    "an odd number": ((1,), "constant", None, r"pad=\(1,\); want whole numbers, a pair \(before, after\)"),
    "halves": ((0.5, 1), "constant", None, "want whole numbers"),
    "no tuple": (2, "constant", None, "pad=2; want whole numbers"),
    "more axes than there are": ((1,) * 6, "constant", None, r"at least 3 axes .*got \(2, 3\)"),
    "more than there is": ((-2, -2), "constant", None, r"can be cropped, got \(2, 3\). An axis is 3 long"),
    "another mode": ((1, 1), "mirror", None, "mode='mirror'; want one of 'constant', 'reflect'"),
    "a value": ((1, 1), "reflect", 1.0, "takes no value"),
    "too far": ((3, 0), "reflect", None, r"axis 1 is at least 4 long for a margin of 3 .*got \(2, 3\)"),
    "too far round": ((0, 4), "circular", None, "at least 4 long"),
}


@pytest.mark.parametrize("case", BAD_PADS)
def test_what_cannot_be_padded(case):
    pad, mode, value, text = BAD_PADS[case]
    with pytest.raises((ag.errors.ArgumentError, ag.errors.ShapeError), match=text):
        F.pad(np.ones((2, 3)), pad, mode, value)


def test_an_axis_without_elements_has_no_edge():
    assert F.pad(np.ones((2, 0)), (1, 1)).tolist() == [[0, 0]] * 2
    with pytest.raises(ag.errors.ShapeError, match="at least 1 long"):
        F.pad(np.ones((2, 0)), (1, 1), "replicate")


def test_a_padding_layer_wants_a_pair_for_each_axis():
    with pytest.raises(ag.errors.ArgumentError, match=r"ZeroPad2d: padding=\(1, 2\); want a whole number, or 4"):
        nn.ZeroPad2d((1, 2))


# --- resizing -------------------------------------------------------------------------------------------


def test_bilinear_interpolation_between_four_pixels():
    x = np.array([[[[1.0, 2.0], [3.0, 4.0]]]])
    out = F.interpolate(x, size=(3, 3), mode="bilinear", align_corners=True)
    np.testing.assert_allclose(out[0, 0], [[1, 1.5, 2], [2, 2.5, 3], [3, 3.5, 4]])
    out = F.interpolate(x, scale_factor=2, mode="bilinear")
    np.testing.assert_allclose(out[0, 0, 0], [1, 1.25, 1.75, 2])


def test_area_is_the_mean_of_what_is_covered():
    x = np.arange(5.0).reshape(1, 1, 5)
    np.testing.assert_allclose(F.interpolate(x, 2, mode="area")[0, 0], [1, 3])


def test_nearest_neither_rounds_nor_mixes():
    x = np.array([[[1, np.inf, np.nan, -3]]])
    np.testing.assert_array_equal(F.interpolate(x, scale_factor=2)[0, 0], np.repeat(x[0, 0], 2))
    assert F.interpolate(np.array([[[1, 2]]]), 4).tolist() == [[[1, 1, 2, 2]]]


@pytest.mark.parametrize("mode", ["nearest", "bilinear", "area"])
@pytest.mark.parametrize("size", [(9, 5), (2, 12), (3, 4)])
def test_resizing_keeps_the_order_in_memory(mode, size):
    x = channels_last(rng.normal(size=(2, 3, 6, 7)))
    out = F.interpolate(x, size, mode=mode)
    assert is_channels_last(out)
    np.testing.assert_allclose(out, F.interpolate(np.ascontiguousarray(x), size, mode=mode), rtol=1e-12)


def test_resizing_and_its_gradient_are_transposes():
    """<A x, y> = <x, A' y>, over several blocks of the banded matrix."""
    for mode in ("linear", "area", "nearest"):
        for source, target in ((150, 70), (70, 150), (64, 128), (128, 64)):
            x, y = ag.tensor(rng.normal(size=(1, 2, source)), requires_grad=True), rng.normal(size=(1, 2, target))
            out = F.interpolate(x, target, mode=mode)
            out.backward(y)
            np.testing.assert_allclose((out.data * y).sum(), (x.data * x.grad.data).sum(), rtol=1e-10)


BAD_SIZES = {
    "both": ({"size": 2, "scale_factor": 2}, "size=2 and scale_factor=2; give one"),
    "neither": ({}, "give one of them"),
    "three sizes": ({"size": (1, 2, 3)}, r"size=\(1, 2, 3\); want a whole number of at least 1 or 2"),
    "a negative factor": ({"scale_factor": -1}, "want a number above 0"),
    "nothing left": ({"scale_factor": 0.1}, r"leaves nothing of an input of shape \(1, 1, 3, 3\)"),
    "a mode for sequences": ({"size": 2, "mode": "linear"}, "1 axes, none empty, .*The mode for it is 'bilinear'"),
    "no mode": ({"size": 2, "mode": "lanczos"}, "mode='lanczos'; want one of 'nearest'"),
    "corners of the nearest": ({"size": 2, "align_corners": True}, "align_corners is for the linear and cubic"),
    "a smooth area": ({"size": 2, "mode": "area", "antialias": True}, "antialias is for"),
    "a factor to recompute": ({"size": 2, "recompute_scale_factor": True}, "size=2 was given"),
}


@pytest.mark.parametrize("case", BAD_SIZES)
def test_what_cannot_be_resized(case):
    options, text = BAD_SIZES[case]
    with pytest.raises((ag.errors.ArgumentError, ag.errors.ShapeError), match=text):
        F.interpolate(np.ones((1, 1, 3, 3)), **options)


def test_integers_are_not_weighed():
    with pytest.raises(ag.errors.DtypeError, match=r"interpolate: input is .*int64.*Convert it: input.astype"):
        F.interpolate(np.ones((1, 1, 3), int), 4, mode="linear")


# --- blocks and axes ------------------------------------------------------------------------------------


def test_a_convolution_is_a_product_with_unfolded_blocks():
    x, weight = rng.normal(size=(2, 3, 5, 6)), rng.normal(size=(4, 3, 2, 3))
    out = (weight.reshape(4, -1) @ F.unfold(x, (2, 3), padding=1)).reshape(2, 4, 6, 6)
    padded = np.pad(x, ((0, 0), (0, 0), (1, 1), (1, 1)))
    windows = np.lib.stride_tricks.sliding_window_view(padded, (2, 3), (2, 3))
    np.testing.assert_allclose(out, np.einsum("nchwij,ocij->nohw", windows, weight))


def test_folding_counts_in_how_many_blocks_an_element_is():
    ones = np.ones((1, 1, 3, 3))
    assert F.fold(F.unfold(ones, 2), 3, 2)[0, 0].tolist() == [[1, 2, 1], [2, 4, 2], [1, 2, 1]]


def test_blocks_that_do_not_fit():
    with pytest.raises(ag.errors.ShapeError, match=r"a block of \(4, 4\) .*got \(1, 1, 3, 5\). Add padding"):
        F.unfold(np.ones((1, 1, 3, 5)), 4)
    with pytest.raises(ag.errors.ShapeError, match=r"\(batch, channels \* 4, 4\), 2 by 2 places.*got \(1, 4, 5\)"):
        F.fold(np.ones((1, 4, 5)), 3, 2)
    with pytest.raises(ag.errors.ArgumentError, match=r"output_size=\(1, 1\)"):
        F.fold(np.ones((1, 4, 5)), 1, 2)
    with pytest.raises(ag.errors.ArgumentError, match="stride=0"):
        F.unfold(np.ones((1, 1, 3, 5)), 2, stride=0)


def test_shuffling_pixels_and_back():
    x = rng.normal(size=(2, 8, 3, 4))
    out = F.pixel_shuffle(x, 2)
    assert out[1, 1, 2, 3] == x[1, 5, 1, 1]
    np.testing.assert_array_equal(F.pixel_unshuffle(out, 2), x)
    for function, factor, shape in (
        (F.pixel_shuffle, 3, r"channels \* 9"),
        (F.pixel_unshuffle, 3, r"width \* 3"),
        (F.channel_shuffle, 3, r"channels \* 3"),
    ):
        with pytest.raises(ag.errors.ShapeError, match=shape):
            function(np.ones((1, 8, 4, 4)), factor)
        with pytest.raises(ag.errors.ArgumentError, match="=0; want a whole number of at least 1"):
            function(x, 0)


def test_unflatten_undoes_flatten():
    x = rng.normal(size=(2, 3, 4, 5))
    np.testing.assert_array_equal(nn.Unflatten(1, (3, 4, 5))(nn.Flatten()(x)), x)
    with pytest.raises(ag.errors.ShapeError, match=r"length is the product of \(3, 5\), got \(2, 12\)"):
        nn.Unflatten(1, (3, 5))(np.ones((2, 12)))
    with pytest.raises(ag.errors.ShapeError, match=r"product of \(0, -1\)"):
        nn.Unflatten(1, (0, -1))(np.ones((2, 0)))
    with pytest.raises(ag.errors.ArgumentError, match="one of them -1 at most"):
        nn.Unflatten(1, (-1, -1))


def test_identity_stands_in_for_any_layer():
    x = ag.ones(2)
    assert nn.Identity(3, 4, bias=False)(x) is x


def test_a_bilinear_map_of_other_shapes_is_refused():
    layer = nn.Bilinear(2, 3, 4)
    with pytest.raises(ag.errors.ShapeError, match=r"want input2 of shape \(..., 3\) .*got \(5, 2\)"):
        layer(ag.ones(5, 2), ag.ones(5, 2))
    with pytest.raises(ag.errors.ShapeError, match=r"want input2 of shape \(5, 3\).*got \(1, 3\)"):
        layer(ag.ones(5, 2), ag.ones(1, 3))
    with pytest.raises(ag.errors.DtypeError, match=r"input2 is .*float64"):
        layer(ag.ones(5, 2), np.ones((5, 3)))
    with pytest.raises(ag.errors.ArgumentError, match="in2_features=0"):
        nn.Bilinear(2, 0, 4)
