"""Pooling beside PyTorch's: values, gradients, places, names and reprs, over random windows."""

import numpy as np
import pytest
from hypothesis import HealthCheck, assume, given, settings
from hypothesis import strategies as st

import autograd as ag
import nn
from autograd.testing import generators

try:
    import torch
except ImportError:
    torch = None
else:
    torch.set_num_threads(1)

pytestmark = pytest.mark.skipif(torch is None, reason="PyTorch is not installed: make test-parity")

often = settings(suppress_health_check=list(HealthCheck), deadline=None)


def channels_last(x):
    return np.moveaxis(np.ascontiguousarray(np.moveaxis(x, 1, -1)), -1, 1)


def compare(name, args, kwargs, x, rng, tolerance=1e-10):
    """The same call of a function of both libraries: results, places, and the gradient of a weighted sum."""
    ours_in = ag.tensor(x, requires_grad=True)
    theirs_in = torch.tensor(np.ascontiguousarray(x), requires_grad=True)
    theirs = getattr(torch.nn.functional, name)(theirs_in, *args, **kwargs)
    ours = getattr(nn.functional, name)(ours_in, *args, **kwargs)
    plain = getattr(nn.functional, name)(x, *args, **kwargs)
    if kwargs.get("return_indices"):
        (ours, indices), (theirs, their_indices), (plain, _) = ours, theirs, plain
        assert indices.dtype == np.int64
        np.testing.assert_array_equal(indices, their_indices.numpy())
    np.testing.assert_allclose(ours.data, theirs.detach().numpy(), rtol=tolerance, atol=tolerance)
    np.testing.assert_array_equal(plain, ours.data)
    g = rng.normal(size=ours.shape)
    ours.backward(g)
    theirs.backward(torch.tensor(g))
    np.testing.assert_allclose(ours_in.grad.data, theirs_in.grad.numpy(), rtol=tolerance, atol=tolerance)


@st.composite
def windows(draw, is_dilated):
    """Axes, and for each of them kernel, stride, padding and dilation; then ceil_mode."""
    axes = draw(st.integers(1, 3))
    kernel = [draw(st.integers(1, 4 if axes < 3 else 3)) for _ in range(axes)]
    stride = [draw(st.integers(1, 4)) for _ in range(axes)] if draw(st.booleans()) else None
    padding = [draw(st.integers(0, k // 2)) for k in kernel]
    dilation = [draw(st.integers(1, 2)) for _ in range(axes)] if is_dilated else [1] * axes
    if axes == 1 or draw(st.integers(0, 3)) == 0:  # a number stands for all axes
        kernel, padding, dilation = kernel[0], min(padding[0], kernel[0] // 2), dilation[0]
        stride = stride and stride[0]
    return axes, kernel, stride, padding, dilation, draw(st.booleans())


def image(rng, axes, kernel, dilation, has_ties=False):
    """A batch or a single image, a little larger than a window."""
    spans = np.broadcast_to((np.array(kernel) - 1) * dilation + 1, axes)
    leading = rng.integers(1, 4, rng.integers(1, 3))
    shape = (*leading, *[int(span + rng.integers(0, 6)) for span in spans])
    x = rng.integers(0, 3, shape).astype(float) if has_ties else rng.normal(size=shape)
    return channels_last(x) if rng.random() < 0.5 and len(leading) == 2 else x


@often
@given(drawn=windows(is_dilated=True), rng=generators(), has_ties=st.booleans(), return_indices=st.booleans())
def test_max_pool(drawn, rng, has_ties, return_indices):
    axes, kernel, stride, padding, dilation, ceil_mode = drawn
    x = image(rng, axes, kernel, dilation, has_ties)
    kwargs = {"ceil_mode": ceil_mode, "return_indices": return_indices}
    compare(f"max_pool{axes}d", (kernel, stride, padding, dilation), kwargs, x, rng)


@often
@given(drawn=windows(is_dilated=False), rng=generators(), counts=st.booleans(), divisor=st.none() | st.integers(1, 9))
def test_avg_pool(drawn, rng, counts, divisor):
    axes, kernel, stride, padding, _, ceil_mode = drawn
    x = image(rng, axes, kernel, 1)
    args = (kernel, stride, padding, ceil_mode, counts)
    compare(f"avg_pool{axes}d", args if axes == 1 else (*args, divisor), {}, x, rng)


@often
@given(drawn=windows(is_dilated=False), rng=generators(), power=st.sampled_from([1, 2, 1.5, 3.0, 4, float("inf")]))
def test_lp_pool(drawn, rng, power):
    axes, kernel, stride, _, _, ceil_mode = drawn
    x = image(rng, axes, kernel, 1)
    x = np.abs(x) + 0.1 if power not in (2, 4) else x
    assume(axes < 3 or isinstance(kernel, list) or power != float("inf"))
    compare(f"lp_pool{axes}d", (power, kernel, stride, ceil_mode), {}, x, rng)


@often
@given(rng=generators(), axes=st.integers(1, 3), has_ties=st.booleans(), return_indices=st.booleans())
def test_adaptive_pools(rng, axes, has_ties, return_indices):
    x = image(rng, axes, 2, 1, has_ties)
    sizes = [int(n) for n in rng.integers(1, 8, axes)]
    given_sizes = {0: sizes if axes > 1 else sizes[0], 1: sizes[0], 2: [None, *sizes[1:]]}[int(rng.integers(3))]
    if axes == 1 and isinstance(given_sizes, list):
        given_sizes = sizes
    compare(f"adaptive_avg_pool{axes}d", (given_sizes,), {}, x, rng)
    compare(f"adaptive_max_pool{axes}d", (given_sizes, return_indices), {}, x, rng) if not return_indices else compare(
        f"adaptive_max_pool{axes}d", (given_sizes,), {"return_indices": True}, x, rng
    )


@often
@given(rng=generators(), axes=st.integers(1, 3), is_told=st.booleans())
def test_max_unpool(rng, axes, is_told):
    kernel, padding = int(rng.integers(2, 4)), int(rng.integers(0, 2))
    stride = kernel + int(rng.integers(0, 2))
    x = image(rng, axes, kernel, 1)
    pool, unpool = f"max_pool{axes}d", f"max_unpool{axes}d"
    out, indices = getattr(nn.functional, pool)(x, kernel, stride, padding, return_indices=True)
    usual = np.prod([(n - 1) * stride - 2 * padding + kernel for n in out.shape[-axes:]])
    assume(is_told or indices.max() < usual)
    size = x.shape[-axes:] if is_told else None
    ours_in, theirs_in = ag.tensor(out, requires_grad=True), torch.tensor(out.copy(), requires_grad=True)
    ours = getattr(nn.functional, unpool)(ours_in, indices, kernel, stride, padding, size)
    theirs = getattr(torch.nn.functional, unpool)(
        theirs_in, torch.tensor(indices.copy()), kernel, stride, padding, size
    )
    np.testing.assert_array_equal(ours.data, theirs.detach().numpy())
    g = rng.normal(size=ours.shape)
    ours.backward(g)
    theirs.backward(torch.tensor(g))
    np.testing.assert_array_equal(ours_in.grad.data, theirs_in.grad.numpy())


@pytest.mark.parametrize("layout", [np.ascontiguousarray, channels_last])
def test_where_nan_and_infinities_are_largest(layout):
    x = np.array([[3, np.nan, 1, np.nan], [0, 2, -np.inf, 7], [-np.inf] * 4, [-np.inf, -np.inf, np.inf, np.inf]])
    x = layout(np.stack([x, x[::-1], x.T])[None])
    for args in ((2,), (2, 2, 1), (3, 1, 1), (2, 1)):
        g = np.arange(1.0, 200.0)
        ours_in, theirs_in = ag.tensor(x, requires_grad=True), torch.tensor(x.copy(), requires_grad=True)
        theirs, their_indices = torch.nn.functional.max_pool2d(theirs_in, *args, return_indices=True)
        _, indices = nn.functional.max_pool2d(x, *args, return_indices=True)
        ours = nn.functional.max_pool2d(ours_in, *args)
        np.testing.assert_array_equal(ours.data, theirs.detach().numpy())
        np.testing.assert_array_equal(indices, their_indices.numpy())
        g = g[: ours.size].reshape(ours.shape)
        ours.backward(g)
        theirs.backward(torch.tensor(g))
        np.testing.assert_array_equal(ours_in.grad.data, theirs_in.grad.numpy())
    theirs, their_indices = torch.nn.functional.adaptive_max_pool2d(torch.tensor(x.copy()), 3, return_indices=True)
    ours, indices = nn.functional.adaptive_max_pool2d(x, 3, return_indices=True)
    np.testing.assert_array_equal(ours, theirs.numpy())
    np.testing.assert_array_equal(indices, their_indices.numpy())


def test_an_empty_window_of_a_norm_has_no_slope():
    x, tx = ag.zeros(1, 1, 2, 4, requires_grad=True), torch.zeros(1, 1, 2, 4, requires_grad=True)
    nn.functional.lp_pool2d(x, 2, 2).sum().backward()
    torch.nn.functional.lp_pool2d(tx, 2, 2).sum().backward()
    np.testing.assert_array_equal(x.grad.data, tx.grad.numpy())


MODULES = [
    ("MaxPool1d", (3,), {}),
    ("MaxPool2d", ((2, 3), 2, 1), {"dilation": (1, 2), "ceil_mode": True}),
    ("MaxPool3d", (2, (1, 2, 3)), {}),
    ("MaxUnpool1d", (2, 3, 1), {}),
    ("MaxUnpool2d", (2,), {}),
    ("MaxUnpool3d", ((1, 2, 3),), {}),
    ("AvgPool1d", (2, 3, 1), {}),
    ("AvgPool2d", ((2, 3),), {}),
    ("AvgPool3d", (2, (1, 2, 3), 1), {}),
    ("LPPool1d", (2, 3), {}),
    ("LPPool2d", (1.5, (2, 3)), {"stride": 2}),
    ("LPPool3d", (2, 2), {"ceil_mode": True}),
    ("AdaptiveAvgPool1d", (3,), {}),
    ("AdaptiveAvgPool2d", ((None, 3),), {}),
    ("AdaptiveAvgPool3d", (2,), {}),
    ("AdaptiveMaxPool1d", (3,), {}),
    ("AdaptiveMaxPool2d", ((4, 3),), {}),
    ("AdaptiveMaxPool3d", ((None, 2, 1),), {}),
]


@pytest.mark.parametrize(("name", "args", "kwargs"), MODULES)
def test_modules_have_the_same_repr_and_attributes(name, args, kwargs):
    ours, theirs = getattr(nn, name)(*args, **kwargs), getattr(torch.nn, name)(*args, **kwargs)
    assert repr(ours) == repr(theirs)
    mine = {key: value for key, value in vars(ours).items() if not key.startswith("_")}
    assert mine == {key: value for key, value in vars(theirs).items() if key in mine}
    assert not ours.state_dict()
