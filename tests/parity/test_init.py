"""`nn.init` beside PyTorch's: the same names, arguments, structure and distributions."""

import inspect
import math

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

import nn

try:
    import torch
except ImportError:
    torch = None
else:
    torch.set_num_threads(1)

pytestmark = pytest.mark.skipif(torch is None, reason="PyTorch is not installed: make test-parity")

WEIGHTS = [(200, 300), (64, 16, 3), (40, 12, 5, 3), (24, 10, 3, 2, 5)]
DRAWN = [
    ("uniform_", {}),
    ("uniform_", {"a": -2.0, "b": 0.5}),
    ("normal_", {}),
    ("normal_", {"mean": 1.0, "std": 0.3}),
    ("trunc_normal_", {}),
    ("trunc_normal_", {"mean": 0.5, "std": 2.0, "a": -1.0, "b": 1.5}),
    ("trunc_normal_", {"a": 1.0, "b": 6.0}),
    ("xavier_uniform_", {}),
    ("xavier_uniform_", {"gain": 1.7}),
    ("xavier_normal_", {"gain": 0.4}),
    ("kaiming_uniform_", {}),
    ("kaiming_uniform_", {"a": 0.3, "mode": "fan_out"}),
    ("kaiming_normal_", {"nonlinearity": "relu"}),
    ("kaiming_normal_", {"a": 2.0, "mode": "fan_out", "nonlinearity": "selu"}),
    ("orthogonal_", {}),
    ("orthogonal_", {"gain": 0.5}),
]


def pair(name, shape, *arguments, **options):
    """What both libraries make of an empty float64 weight."""
    torch.manual_seed(0)
    ours = getattr(nn.init, name)(nn.Parameter(np.empty(shape)), *arguments, **options).data
    theirs = getattr(torch.nn.init, name)(torch.empty(shape, dtype=torch.float64), *arguments, **options).numpy()
    return ours, theirs


def test_names_and_arguments_are_the_same():
    """Every initializer is there, with the same arguments and defaults; ``generator`` is ``rng`` here."""
    names = [name for name in vars(torch.nn.init) if name.endswith("_") and not name.startswith("_")]
    assert len(names) >= 14
    for name in [*names, "calculate_gain"]:
        ours, theirs = (inspect.signature(getattr(init, name)).parameters for init in (nn.init, torch.nn.init))
        named = ["rng" if key == "generator" else key for key in theirs]
        assert list(ours) == named, name
        assert [p.default for p in ours.values()] == [p.default for p in theirs.values()], name


@pytest.mark.parametrize("shape", WEIGHTS)
@pytest.mark.parametrize(("name", "options"), DRAWN)
def test_distributions_are_the_same(name, options, shape):
    ours, theirs = (np.sort(values.ravel()) for values in pair(name, shape, **options))
    distance = abs(np.searchsorted(theirs, ours) / len(theirs) - np.arange(len(ours)) / len(ours)).max()
    assert distance < 1.95 * math.sqrt(2 / len(ours)), "Kolmogorov-Smirnov of two samples, level 0.001"
    assert ours.std() == pytest.approx(theirs.std(), rel=0.03)


@pytest.mark.parametrize("name", ["ones_", "zeros_", "eye_"])
@pytest.mark.parametrize("shape", [(3, 5), (5, 3), (1, 1)])
def test_constants_are_the_same(name, shape):
    np.testing.assert_array_equal(*pair(name, shape))
    np.testing.assert_array_equal(*pair("constant_", shape, 0.3))


@given(st.data())
def test_dirac_is_the_same(data):
    groups = data.draw(st.integers(1, 3), "groups")
    kernel = data.draw(st.lists(st.integers(1, 4), min_size=1, max_size=3), "kernel")
    shape = (groups * data.draw(st.integers(1, 4), "out"), data.draw(st.integers(1, 4), "in"), *kernel)
    np.testing.assert_array_equal(*pair("dirac_", shape, groups))


@given(st.integers(1, 30), st.integers(1, 5), st.floats(0, 1))
def test_sparse_columns_have_as_many_zeros(rows, columns, sparsity):
    ours, theirs = pair("sparse_", (rows, columns), sparsity, 2.0)
    np.testing.assert_array_equal((ours == 0).sum(axis=0), (theirs == 0).sum(axis=0))


@pytest.mark.parametrize("name", ["linear", "conv1d", "conv_transpose3d", "sigmoid", "tanh", "relu", "selu"])
def test_gains_are_the_same(name):
    assert nn.init.calculate_gain(name) == pytest.approx(torch.nn.init.calculate_gain(name))


@pytest.mark.parametrize("slope", [None, 0, 0.2, -1.5])
def test_gains_of_leaky_relu_are_the_same(slope):
    assert nn.init.calculate_gain("leaky_relu", slope) == torch.nn.init.calculate_gain("leaky_relu", slope)
