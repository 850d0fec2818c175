"""Names and order of arguments of layers and functions are PyTorch's, so that calls by keyword port too."""

import inspect
import re

import pytest

import nn

try:
    import torch
except ImportError:
    torch = None

pytestmark = pytest.mark.skipif(torch is None, reason="PyTorch is not installed: make test-parity")

OURS = {"rng", "dtype", "orthogonal", "forget_bias"}
LEFT_OUT = {"device", "dtype", "size_average", "reduce", "_stacklevel", "min_value", "max_value"}
CONTAINERS = {"ModuleDict", "ModuleList", "ParameterDict", "ParameterList"}  # which are not called
RECURRENT = {"RNN", "LSTM", "GRU"}  # which take lengths too
LAYERS = [name for name in nn.layers.__all__ if torch is not None and hasattr(torch.nn, name)]


def names(function, without):
    return [name for name in inspect.signature(function).parameters if name not in without and name != "self"]


def names_in_pytorch(name, without):
    """Arguments that a layer is made with; PyTorch's recurrent ones say them in the first line of their docs alone."""
    cls = getattr(torch.nn, name)
    if name not in RECURRENT:
        return names(cls.__init__, without)
    signature = cls.__doc__.splitlines()[0]
    return [name for name in re.findall(r"[(,](\w+)", signature) if name not in without]


@pytest.mark.parametrize("name", LAYERS)
def test_a_layer_is_made_with_the_arguments_of_pytorch(name):
    ours, theirs = names(getattr(nn, name).__init__, OURS | LEFT_OUT), names_in_pytorch(name, OURS | LEFT_OUT)
    variadic, tricks = {"modules", "args"}, {"_weight", "_freeze", "enable_nested_tensor", "mask_check"}
    assert [n for n in ours if n not in variadic] == [n for n in theirs if n not in variadic | tricks]


@pytest.mark.parametrize("name", sorted(set(LAYERS) - CONTAINERS))
def test_a_layer_is_called_with_the_arguments_of_pytorch(name):
    ours, theirs = (names(getattr(m, name).forward, ()) for m in (nn, torch.nn))
    assert ours == [*theirs, "lengths"] if name in RECURRENT else ours == theirs


@pytest.mark.parametrize("name", nn.functional.__all__)
def test_a_function_has_the_arguments_of_pytorch(name):
    function = getattr(torch.nn.functional, name, None)
    if function is None:
        pytest.skip("there is none in torch.nn.functional")
    try:
        theirs = names(function, LEFT_OUT | {"out"})
    except ValueError:
        pytest.skip("written in C++, with no signature to read")
    if theirs != ["args", "kwargs"]:
        assert names(getattr(nn.functional, name), OURS) == theirs
