"""Activations beside PyTorch: values and gradients over random configurations, at kinks and far out; reprs."""

from functools import partial

import numpy as np
import pytest
from hypothesis import given
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

F = nn.functional
NUMBER = st.floats(-3.0, 3.0).map(lambda value: round(value, 2))
POSITIVE = st.floats(0.1, 3.0).map(lambda value: round(value, 2))
NONZERO = st.one_of(POSITIVE, POSITIVE.map(lambda value: -value))

# The layers, and what their arguments may be.
LAYERS = {
    "ReLU": {},
    "ReLU6": {},
    "LeakyReLU": {"negative_slope": NUMBER},
    "ELU": {"alpha": NUMBER},
    "CELU": {"alpha": NONZERO},
    "SELU": {},
    "GELU": {"approximate": st.sampled_from(["none", "tanh"])},
    "SiLU": {},
    "Mish": {},
    "Sigmoid": {},
    "LogSigmoid": {},
    "Tanh": {},
    "Softplus": {"beta": NONZERO, "threshold": st.floats(-5.0, 25.0)},
    "Softsign": {},
    "Hardtanh": {"min_val": st.floats(-3.0, 0.0), "max_val": st.floats(0.5, 3.0)},
    "Hardsigmoid": {},
    "Hardswish": {},
    "Hardshrink": {"lambd": NUMBER},
    "Softshrink": {"lambd": POSITIVE},
    "Tanhshrink": {},
    "Threshold": {"threshold": NUMBER, "value": NUMBER},
    "Softmax": {"dim": st.sampled_from([-1, 0, 1])},
    "LogSoftmax": {"dim": st.sampled_from([-1, 0, 1])},
    "Softmin": {"dim": st.sampled_from([-1, 0, 1])},
    "GLU": {"dim": st.sampled_from([-1, 0, 1])},
}
FUNCTIONS = {"LeakyReLU": "leaky_relu", "LogSoftmax": "log_softmax"}
# Those in whose derivatives PyTorch has a constant rounded to float32, composed of others that have none.
COMPOSED = {
    "Hardsigmoid": lambda x: torch.nn.functional.relu6(x + 3) / 6,
    "CELU": lambda x, alpha: torch.where(x > 0, x, alpha * torch.expm1(torch.where(x > 0, 0.0, x) / alpha)),
}
OURS_ALONE = {"Swish", "Maxout", "Heaviside"}


def assert_equal(ours, theirs, tolerance=1e-10):
    theirs = theirs.numpy(force=True)
    assert ours.shape == theirs.shape
    np.testing.assert_allclose(ours, theirs, rtol=tolerance, atol=tolerance)


def compare(ours, theirs, x, g_of=np.ones):
    """Values and gradients of two functions at ``x``."""
    a, b = ag.tensor(x, requires_grad=True), torch.tensor(x, requires_grad=True)
    out, other = ours(a), theirs(b)
    assert_equal(out.data, other)
    g = np.asarray(g_of(out.shape))
    out.backward(g)
    other.backward(torch.tensor(g))
    assert_equal(a.grad.data, b.grad)


def inputs(rng, is_even=False):
    """Of one to three axes, and of a length that is even where it is to be halved; now and then at a kink."""
    shape = [2 * int(n) if is_even else int(n) for n in rng.integers(0 if rng.random() < 0.2 else 1, 6, 3)]
    x = 4 * rng.normal(size=shape)
    return np.where(rng.random(shape) < 0.2, np.round(x), x)


def test_every_layer_is_compared():
    from nn.layers import activations, learned_activations, rectifiers

    names = {*activations.__all__, *learned_activations.__all__, *rectifiers.__all__}
    assert names == LAYERS.keys() | OURS_ALONE | {"PReLU", "Softmax2d"}
    assert not [name for name in OURS_ALONE if hasattr(torch.nn, name)]


@pytest.mark.parametrize("name", LAYERS)
def test_layers_and_functions(name):
    @given(options=st.fixed_dictionaries(LAYERS[name]), rng=generators())
    def agree(options, rng):
        x = inputs(rng, is_even=name == "GLU")
        layer, other = getattr(nn, name)(**options), getattr(torch.nn, name)(**options)
        theirs = partial(COMPOSED[name], **options) if name in COMPOSED else other
        compare(layer, theirs, x, lambda shape: rng.normal(size=shape))
        assert_equal(ag.value_of(layer(x)), other(torch.tensor(x)))
        if name != "Softmin":
            assert repr(layer) == repr(other)
        function = getattr(F, FUNCTIONS.get(name, name.lower()))
        np.testing.assert_array_equal(function(x, **options), ag.value_of(layer(x)))

    agree()


@given(rng=generators(), options=st.fixed_dictionaries({"init": NUMBER}), is_one=st.booleans(), axes=st.integers(1, 4))
def test_prelu(rng, options, is_one, axes):
    x = rng.normal(size=rng.integers(1, 4, axes))
    count = 1 if is_one or axes == 1 else x.shape[1]
    layer, other = nn.PReLU(count, **options, dtype="float64"), torch.nn.PReLU(count, **options, dtype=torch.float64)
    g = rng.normal(size=x.shape)
    compare(layer, other, x, lambda shape: g)
    assert_equal(layer.weight.grad.data, other.weight.grad)
    assert repr(layer) == repr(other) and list(layer.state_dict()) == list(other.state_dict())


@given(rng=generators(), axes=st.sampled_from([3, 4]))
def test_softmax2d(rng, axes):
    x = rng.normal(size=rng.integers(1, 4, axes))
    compare(nn.Softmax2d(), torch.nn.Softmax2d(), x, lambda shape: rng.normal(size=shape))
    assert repr(nn.Softmax2d()) == repr(torch.nn.Softmax2d())


@given(rng=generators(), beta=NUMBER)
def test_swish_is_its_formula(rng, beta):
    layer, other = nn.Swish(beta, dtype="float64"), torch.tensor(beta, dtype=torch.float64, requires_grad=True)
    x = inputs(rng)
    compare(layer, lambda t: t * torch.sigmoid(other * t), x)
    assert_equal(layer.beta.grad.data, other.grad)


@given(rng=generators(), pieces=st.integers(1, 4), bias=st.booleans())
def test_maxout_is_its_formula(rng, pieces, bias):
    layer = nn.Maxout(3, 2, pieces, bias, dtype="float64", rng=rng)
    weights = [torch.tensor(p.data, requires_grad=True) for p in layer.parameters()]

    def formula(t):
        return torch.nn.functional.linear(t, *weights).unflatten(-1, (2, pieces)).amax(-1)

    compare(layer, formula, rng.normal(size=(4, 3)), lambda shape: rng.normal(size=shape))
    for ours, theirs in zip(layer.parameters(), weights, strict=True):
        assert_equal(ours.grad.data, theirs.grad)


@given(rng=generators())
def test_heaviside(rng):
    x, values = inputs(rng), rng.normal()
    theirs = torch.heaviside(torch.tensor(x), torch.tensor(values, dtype=torch.float64))
    assert_equal(F.heaviside(ag.tensor(x), values).data, theirs)


# --- at kinks and far out ---------------------------------------------------------------------------------

POINTS = [-np.inf, np.inf, np.nan, -1e300, 1e300, -1000.0, 1000.0, 0.0, -0.0]
POINTS += [sign * point for sign in (-1, 1) for point in (0.5, 1.0, 3.0, 6.0, 20.0)]
EDGES = {name: {} for name in LAYERS.keys() - {"GLU", "Softmax", "LogSoftmax", "Softmin", "Threshold"}}
EDGES |= {"Threshold": {"threshold": 1.0, "value": -7.0}}


@pytest.mark.parametrize("name", sorted(EDGES))
def test_edges_are_pytorchs(name):
    """Where PyTorch's derivative is nan, ours may be better; of nan there is none. Some of its constants are rough."""
    x = np.array(POINTS)
    a, b = ag.tensor(x, requires_grad=True), torch.tensor(x, requires_grad=True)
    out, other = getattr(nn, name)(**EDGES[name])(a), getattr(torch.nn, name)(**EDGES[name])(b)
    out.backward(np.ones_like(x))
    other.sum().backward()
    assert_equal(out.data, other.detach())
    is_defined = ~np.isnan(b.grad.numpy()) & ~np.isnan(x)
    np.testing.assert_allclose(a.grad.data[is_defined], b.grad.numpy()[is_defined], rtol=1e-7, atol=1e-10)


def test_plain_functions_take_pytorchs_arguments():
    x = np.linspace(-2, 2, 5)
    t = torch.tensor(x)
    for name, arguments in {
        "leaky_relu": (0.2, False),
        "elu": (0.5, False),
        "celu": (0.5, False),
        "hardtanh": (-1.0, 0.5, False),
        "threshold": (0.5, -1.0, False),
        "softplus": (2.0, 1.0),
        "relu6": (False,),
        "silu": (False,),
    }.items():
        assert_equal(getattr(F, name)(x, *arguments), getattr(torch.nn.functional, name)(t, *arguments))
