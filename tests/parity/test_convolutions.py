"""Convolutions beside PyTorch's: values and gradients over random configurations; names, looks, initial values."""

import copy

import numpy as np
import pytest
from hypothesis import assume, given
from hypothesis import strategies as st

import autograd as ag
import nn

try:
    import torch
except ImportError:
    torch = None
else:
    torch.set_num_threads(1)

pytestmark = [
    pytest.mark.skipif(torch is None, reason="PyTorch is not installed: make test-parity"),
    pytest.mark.filterwarnings("ignore:Using padding='same' with even kernel lengths"),
]


@st.composite
def settings_of_layers(draw, is_transposed):
    """The name of a layer and its arguments, with the sizes of an input for it."""
    axes = draw(st.sampled_from([1, 1, 2, 2, 2, 3]))

    def sizes(least, most):
        one = st.integers(least, most)
        return draw(st.one_of(one, st.tuples(*[one] * axes)))

    groups = draw(st.sampled_from([1, 1, 2, 3]))
    options = {
        "in_channels": groups * draw(st.integers(1, 2)),
        "out_channels": groups * draw(st.integers(1, 3)),
        "kernel_size": sizes(1, 3),
        "stride": sizes(1, 3),
        "dilation": sizes(1, 2),
        "groups": groups,
        "bias": draw(st.booleans()),
    }
    if is_transposed:
        options |= {"padding": sizes(0, 2), "output_padding": sizes(0, 1)}
    else:
        options["padding_mode"] = draw(st.sampled_from(["zeros", "zeros", "reflect", "replicate", "circular"]))
        options["padding"] = sizes(0, 2)
        if draw(st.sampled_from([False, False, True])):
            options |= {"padding": draw(st.sampled_from(["same", "valid"])), "stride": 1}
    shape = draw(st.tuples(*[st.integers(1, 6)] * axes))
    return f"Conv{'Transpose' if is_transposed else ''}{axes}d", options, shape


def assert_equal(ours, theirs):
    np.testing.assert_allclose(ag.value_of(ours), theirs.detach().numpy(), rtol=1e-10, atol=1e-10)


def compare(name, options, shape, batch, seed, is_channels_last):
    """One call of both libraries' layers, forward and backward; discarded where PyTorch refuses it."""
    rng = np.random.default_rng(seed)
    leading = () if batch is None else (batch,)
    values = rng.normal(size=(*leading, options["in_channels"], *shape))
    theirs = getattr(torch.nn, name)(**options, dtype=torch.float64)
    tx = torch.tensor(values, requires_grad=True)
    try:
        theirs(torch.zeros(1, *values.shape[-len(shape) - 1 :], dtype=torch.float64))  # an empty batch is not checked
        tout = theirs(tx)
    except (RuntimeError, ValueError):
        assume(False)
    ours = getattr(nn, name)(**options, dtype="float64")
    ours.load_state_dict({key: value.numpy() for key, value in theirs.state_dict().items()})
    if is_channels_last and batch is not None:
        values = np.moveaxis(np.ascontiguousarray(np.moveaxis(values, 1, -1)), -1, 1)
    x = ag.tensor(values, requires_grad=True)
    out = ours(x)
    assert_equal(out, tout)
    g = rng.normal(size=out.shape)
    out.backward(g)
    tout.backward(torch.tensor(g))
    assert_equal(x.grad, tx.grad)
    for p, q in zip(ours.parameters(), theirs.parameters(), strict=True):
        assert_equal(p.grad, q.grad)


each = given(
    batch=st.sampled_from([None, 0, 1, 3]), seed=st.integers(0, 99), is_channels_last=st.booleans(), data=st.data()
)


@each
def test_convolutions(batch, seed, is_channels_last, data):
    name, options, shape = data.draw(settings_of_layers(is_transposed=False))
    compare(name, options, shape, batch, seed, is_channels_last)


@each
def test_transposed_convolutions(batch, seed, is_channels_last, data):
    name, options, shape = data.draw(settings_of_layers(is_transposed=True))
    compare(name, options, shape, batch, seed, is_channels_last)


def test_depthwise_with_a_multiplier():
    options = {"in_channels": 3, "out_channels": 6, "kernel_size": 3, "groups": 3, "padding": 1, "stride": 2}
    for batch, is_channels_last in [(2, True), (2, False), (None, False)]:
        compare("Conv2d", options, (5, 4), batch, 0, is_channels_last)


@pytest.mark.parametrize("output_size", [(7, 9), (8, 10), (2, 3, 7, 10)])
def test_an_output_size(output_size):
    ours, theirs = nn.ConvTranspose2d(2, 3, 3, 2, 1, dtype="float64"), torch.nn.ConvTranspose2d(2, 3, 3, 2, 1).double()
    ours.load_state_dict({key: value.numpy() for key, value in theirs.state_dict().items()})
    x = np.random.default_rng(0).normal(size=(2, 2, 4, 5))
    assert_equal(ours(x, output_size=output_size), theirs(torch.tensor(x), output_size=list(output_size)))


LAYERS = [
    ("Conv1d", (2, 4, 3), {}),
    ("Conv2d", (2, 4, (3, 2)), {"stride": 2, "padding": (1, 0), "groups": 2}),
    ("Conv2d", (1, 4, 3), {"padding_mode": "reflect", "padding": 1, "bias": False, "dilation": 2}),
    ("Conv3d", (1, 2, 3), {}),
    ("ConvTranspose1d", (2, 4, 3), {}),
    ("ConvTranspose2d", (2, 4, 3), {"stride": 2, "padding": 1, "output_padding": 1, "groups": 2}),
    ("ConvTranspose3d", (2, 4, 3), {"dilation": 2, "bias": False}),
]


@pytest.mark.parametrize(("name", "args", "options"), LAYERS)
def test_names_and_looks(name, args, options):
    ours, theirs = getattr(nn, name)(*args, **options), getattr(torch.nn, name)(*args, **options)
    assert repr(ours) == repr(theirs).replace("=reflect", "='reflect'")
    assert {k: v.shape for k, v in ours.state_dict().items()} == {
        k: tuple(v.shape) for k, v in theirs.state_dict().items()
    }
    for key in ("kernel_size", "stride", "padding", "dilation", "groups", "in_channels", "out_channels"):
        assert getattr(ours, key) == getattr(theirs, key)


@pytest.mark.parametrize(("name", "args", "options"), [(n, (20, 40, 5), {}) for n in ("Conv2d", "ConvTranspose2d")])
def test_initial_values_have_the_same_spread(name, args, options):
    ours, theirs = getattr(nn, name)(*args, **options), getattr(torch.nn, name)(*args, **options)
    for p, q in zip(ours.parameters(), theirs.parameters(), strict=True):
        bound = 1 / np.sqrt(np.prod(ours.weight.shape[1:]))
        for values in (p.data, q.detach().numpy()):
            assert np.abs(values).max() <= bound
        assert p.data.std() == pytest.approx(bound / np.sqrt(3), rel=0.3 if p.ndim == 1 else 0.02)


def test_second_derivatives():
    """The gradient's gradient, by each library's own means."""
    rng = np.random.default_rng(0)
    values, kernel, direction = (
        rng.normal(size=(2, 3, 5, 4)),
        rng.normal(size=(4, 3, 3, 2)),
        rng.normal(size=(2, 3, 5, 4)),
    )
    found = []
    for kit, function in ((ag, nn.functional.conv2d), (torch, torch.nn.functional.conv2d)):
        x, w = (kit.tensor(copy.copy(a), requires_grad=True) for a in (values, kernel))
        out = function(x, w, stride=(2, 1), padding=1)
        grad = ag.gradients if kit is ag else torch.autograd.grad
        total = (out**3).sum()
        (gx,) = [grad(total, [x], create_graph=True)[0]]
        found.append(grad((gx * kit.tensor(direction)).sum(), [x, w]))
    for ours, theirs in zip(*found, strict=True):
        assert_equal(ours, theirs)
