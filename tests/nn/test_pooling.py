"""Pooling: small examples worked out by hand, edges, and what errors say."""

import numpy as np
import pytest

import autograd as ag
import nn
from nn.kernels import pool_max, pool_windows

F = nn.functional
NINE = np.arange(9.0).reshape(1, 1, 3, 3)


def test_known_values():
    assert F.max_pool2d(NINE, 2, stride=1).tolist() == [[[[4, 5], [7, 8]]]]
    assert F.avg_pool2d(NINE, 2, stride=1).tolist() == [[[[2, 3], [5, 6]]]]
    assert F.lp_pool2d(np.array([[[3.0, 4.0]]]), 2, (1, 2)).tolist() == [[[5]]]
    for image in (NINE, np.asfortranarray(NINE), np.moveaxis(np.ascontiguousarray(np.moveaxis(NINE, 1, -1)), -1, 1)):
        assert F.adaptive_avg_pool2d(image, 1).tolist() == [[[[4]]]]
    assert F.adaptive_avg_pool2d(NINE, (2, None)).tolist() == [[[[1.5, 2.5, 3.5], [4.5, 5.5, 6.5]]]]
    assert F.adaptive_max_pool2d(NINE, 2).tolist() == [[[[4, 5], [7, 8]]]]


def test_places_are_counted_in_the_flattened_image():
    out, indices = F.max_pool2d(ag.tensor(NINE, requires_grad=True), 2, stride=1, return_indices=True)
    assert indices.tolist() == [[[[4, 5], [7, 8]]]] and indices.dtype == np.int64
    (out * ag.tensor([[1.0, 2.0], [3.0, 4.0]], dtype="float64")).sum().backward()
    _, indices = F.adaptive_max_pool1d(np.array([[1.0, 5.0, 2.0]]), 2, return_indices=True)
    assert indices.tolist() == [[1, 1]]


def test_gradients_of_overlapping_windows_add_up():
    x = ag.tensor([[1.0, 5.0, 2.0, 3.0]], requires_grad=True)
    (F.max_pool1d(x, 2, 1) * ag.tensor([1.0, 10.0, 100.0])).sum().backward()
    assert x.grad.tolist() == [[0, 11, 0, 100]]
    x = ag.tensor([[1.0, 5.0, 2.0, 3.0]], requires_grad=True)
    (F.avg_pool1d(x, 2, 1) * ag.tensor([2.0, 20.0, 200.0])).sum().backward()
    assert x.grad.tolist() == [[1, 11, 110, 100]]


def test_a_tie_goes_to_the_first_row_by_row():
    x = ag.tensor([[[1.0, 2.0, 0.0, 0.0], [2.0, 2.0, 0.0, 0.0]]], requires_grad=True)
    F.max_pool2d(x, 2).sum().backward()
    assert x.grad.tolist() == [[[0, 1, 1, 0], [0, 0, 0, 0]]]


def test_an_infinite_gradient_stays_where_it_belongs():
    x = ag.tensor([[1.0, 2.0]], requires_grad=True)
    F.max_pool1d(x, 2).backward(np.array([[np.inf]], "f4"))
    assert x.grad.tolist() == [[0, np.inf]]


def test_padding_is_below_everything_and_counts_as_zero():
    x = np.full((1, 1, 2), -3.0)
    assert F.max_pool1d(x, 2, padding=1).tolist() == [[[-3, -3]]]
    assert F.avg_pool1d(x, 2, padding=1).tolist() == [[[-1.5, -1.5]]]
    assert F.avg_pool1d(x, 2, padding=1, count_include_pad=False).tolist() == [[[-3, -3]]]
    assert F.avg_pool2d(x[None], (1, 2), divisor_override=3).tolist() == [[[[-2]]]]


def test_the_last_window_begins_in_the_image_or_the_padding_before_it():
    assert F.max_pool1d(np.zeros((1, 5)), 2).shape == (1, 2)
    assert F.max_pool1d(np.zeros((1, 5)), 2, ceil_mode=True).shape == (1, 3)
    assert F.max_pool1d(np.zeros((1, 3)), 2, 3, 1, ceil_mode=True).shape == (1, 2)
    assert F.max_pool1d(np.zeros((1, 2)), 2, 3, 1, ceil_mode=True).shape == (1, 1)
    assert F.avg_pool1d(np.ones((1, 5)), 2, ceil_mode=True).tolist() == [[1, 1, 1]]


@pytest.mark.parametrize("pool", [F.max_pool2d, F.avg_pool2d, F.adaptive_avg_pool2d, F.adaptive_max_pool2d])
@pytest.mark.parametrize("shape", [(0, 3, 4, 5), (2, 0, 4, 5), (0, 4, 5)])
def test_nothing_to_pool(pool, shape):
    x = ag.zeros(*shape, requires_grad=True)
    for size in (2, 1) if "adaptive" in pool.__name__ else (2,):
        out = pool(x, size)
        assert out.shape == (*shape[:-2], size, size)
        out.sum().backward()
        assert x.grad.shape == shape


@pytest.mark.parametrize("kernel", [(16, 16), (17, 17)])
def test_windows_of_more_elements_than_a_byte_counts(kernel):
    x = ag.tensor(np.random.default_rng(0).permutation(np.arange(400.0)).reshape(1, 1, 20, 20), requires_grad=True)
    out, indices = F.max_pool2d(x, kernel, 1, return_indices=True)
    view = np.lib.stride_tricks.sliding_window_view(x.data[0, 0], kernel)
    np.testing.assert_array_equal(out.data[0, 0], view.max((-2, -1)))
    np.testing.assert_array_equal(x.data.reshape(-1)[indices], out.data)
    F.max_pool2d(x, kernel, 1).sum().backward()
    np.testing.assert_array_equal(x.grad.data.reshape(-1), np.bincount(indices.reshape(-1), minlength=400))


@pytest.mark.parametrize("args", [(2,), (3, 2), (3, 2, 1), (2, 3)])
@pytest.mark.parametrize("order", ["C", "channels last"])
def test_blocks_and_threads_change_nothing(args, order, monkeypatch):
    """Many small blocks, in threads, against each sample alone; ties and nan in some of them."""
    monkeypatch.setattr(pool_windows, "BLOCK", 700)
    monkeypatch.setattr(pool_windows, "WORTH_A_THREAD", 0)
    rng = np.random.default_rng(1)
    x = rng.integers(0, 9, (7, 3, 6, 8)).astype(float)
    x[3, 1, 2, 2:5] = np.nan
    x = np.moveaxis(np.ascontiguousarray(np.moveaxis(x, 1, -1)), -1, 1) if order == "channels last" else x
    for pool in (F.max_pool2d, F.avg_pool2d):
        whole = ag.tensor(x, requires_grad=True)
        out = pool(whole, *args)
        out.backward(np.ones(out.shape))
        for sample, result, gradient in zip(x, out.data, whole.grad.data, strict=True):
            alone = ag.tensor(sample, requires_grad=True)
            one = pool(alone, *args)
            one.backward(np.ones(one.shape))
            np.testing.assert_array_equal(one.data, result)
            np.testing.assert_array_equal(alone.grad.data, gradient)


@pytest.mark.parametrize("args", [(2,), ((2, 1), 1), (2, 3), (3, 2), (2, 2, 1)])
def test_runs_of_channels(args):
    """As many channels as make the places of a window be compared at once."""
    x = np.random.default_rng(0).normal(size=(2, 7, 8, 16))
    for pool in (F.max_pool2d, F.avg_pool2d):
        first, second = pool(np.moveaxis(x, -1, 1), *args), pool(np.ascontiguousarray(np.moveaxis(x, -1, 1)), *args)
        np.testing.assert_allclose(first, second, rtol=1e-14)


def test_the_order_in_memory_is_kept():
    x = np.moveaxis(np.zeros((2, 4, 6, 3), "f4"), -1, 1)
    tensor = ag.tensor(x, requires_grad=True)
    for pool in (F.max_pool2d, F.avg_pool2d):
        out = pool(tensor, 2)
        assert np.moveaxis(out.data, 1, -1).flags.c_contiguous
        tensor.grad = None
        out.sum().backward()
        assert np.moveaxis(tensor.grad.data, 1, -1).flags.c_contiguous or pool is F.avg_pool2d


def test_what_is_kept_for_the_gradient_is_a_byte_a_window():
    x = ag.zeros(2, 3, 8, 8, requires_grad=True)
    out = F.max_pool2d(x * 1.0, 2)
    lines = tuple([pool_windows.line_of(8, 2, 2, 0, 1, ceil_mode=False)] * 2)
    assert pool_max.number(x.data, lines)[1].dtype == np.uint8
    with ag.no_grad():
        x += 1  # would be an error if the gradient needed it
    out.sum().backward()
    assert x.grad.data.sum() == out.size


def test_without_a_gradient_no_places_are_computed(monkeypatch):
    monkeypatch.setattr(pool_max, "number", None)
    x = ag.zeros(1, 1, 4, 4, requires_grad=True)
    with ag.no_grad():
        assert F.max_pool2d(x, 2).shape == (1, 1, 2, 2)
    assert F.max_pool2d(x.detach(), 2).shape == (1, 1, 2, 2)


def test_the_gradient_can_be_had_where_it_was_not_foreseen():
    x = ag.tensor(NINE, requires_grad=True)
    lines = tuple([pool_windows.line_of(3, 2, 1, 0, 1, ceil_mode=False)] * 2)
    pool_max.window_max(x, lines).sum().backward()
    assert x.grad.tolist() == [[[[0, 0, 0], [0, 1, 1], [0, 1, 1]]]]


def test_unpooling_is_the_way_back():
    x = np.arange(16.0).reshape(1, 1, 4, 4)
    out, indices = F.max_pool2d(x, 2, return_indices=True)
    back = F.max_unpool2d(out, indices, 2)
    np.testing.assert_array_equal(back, np.where(np.isin(x, out), x, 0))
    again, _ = F.max_pool2d(F.max_unpool2d(out, indices, 2, output_size=(1, 1, 5, 5)), 2, return_indices=True)
    assert again.shape == (1, 1, 2, 2)


# --- errors ---------------------------------------------------------------------------------------------

ERRORS = [
    (lambda: F.max_pool2d(NINE, 4), ag.errors.ShapeError, "max_pool2d.*(4, 4).*(1, 1, 3, 3).*kernel_size"),
    (lambda: F.max_pool2d(NINE, 2, dilation=3), ag.errors.ShapeError, "room for a window of (4, 4).*dilation smaller"),
    (lambda: F.max_pool2d(NINE[0, 0], 2), ag.errors.ShapeError, "(batch, channels, height, width).*got (3, 3)"),
    (lambda: F.max_pool1d(np.zeros((2, 1, 0)), 1), ag.errors.ShapeError, "at least one element.*(2, 1, 0)"),
    (lambda: F.max_pool2d(NINE.astype(int), 2), ag.errors.DtypeError, "max_pool2d: input is .*int.*floats"),
    (lambda: F.adaptive_avg_pool2d([[1.0]], 2), ag.errors.DtypeError, "adaptive_avg_pool2d.*a list"),
    (lambda: F.adaptive_max_pool2d([[1.0]], 2), ag.errors.DtypeError, "adaptive_max_pool2d.*a list"),
    (lambda: F.max_pool2d([[1.0]], 2), ag.errors.DtypeError, "a list.*ag.tensor"),
    (lambda: nn.MaxPool2d(2, padding=2), ag.errors.ArgumentError, "padding=2.*half of kernel_size=2.*at most 1"),
    (lambda: nn.AvgPool3d(0), ag.errors.ArgumentError, "AvgPool3d: kernel_size=0.*at least 1 or 3 of them"),
    (lambda: nn.MaxPool2d((2, 2, 2)), ag.errors.ArgumentError, "kernel_size=(2, 2, 2).*or 2 of them"),
    (lambda: nn.MaxPool1d(2, stride=0), ag.errors.ArgumentError, "stride=0.*at least 1"),
    (lambda: nn.AvgPool2d(2, divisor_override=0), ag.errors.ArgumentError, "divisor_override=0.*other than 0"),
    (lambda: nn.LPPool1d(0, 2), ag.errors.ArgumentError, "norm_type=0"),
    (lambda: nn.AdaptiveAvgPool2d((3, 0)), ag.errors.ArgumentError, "AdaptiveAvgPool2d: output_size=(3, 0)"),
    (lambda: nn.AdaptiveMaxPool2d((3,)), ag.errors.ArgumentError, "output_size=(3,).*2 of them"),
    (lambda: F.adaptive_avg_pool1d(NINE, 1), ag.errors.ShapeError, "adaptive_avg_pool1d.*length.*(1, 1, 3, 3)"),
    (
        lambda: F.max_unpool1d(np.ones((1, 2)), np.array([[0, 9]]), 2),
        ag.errors.ArgumentError,
        "from 0 to 9.*output_size=",
    ),
    (lambda: F.max_unpool1d(np.ones((1, 2)), np.array([[0.0, 1.0]]), 2), ag.errors.DtypeError, "return_indices=True"),
    (lambda: F.max_unpool1d(np.ones((1, 2)), np.array([0, 1]), 2), ag.errors.ShapeError, "indices of (2,)"),
    (
        lambda: F.max_unpool1d(np.ones((1, 2)), np.array([[0, 1]]), 2, output_size=(9,)),
        ag.errors.ArgumentError,
        "output_size=(9,).*(4,).*stride",
    ),
]


@pytest.mark.parametrize(("call", "kind", "text"), ERRORS)
def test_errors_say_what_is_wanted(call, kind, text):
    with pytest.raises(kind) as caught:
        call()
    said, parts = str(caught.value), text.split(".*")
    places = [said.find(part) for part in parts]
    assert -1 not in places and places == sorted(places), said
