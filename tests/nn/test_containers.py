"""Containers: what they hold under which names, and the paths of what they hold in graphs and errors."""

import copy
import pickle
from collections import OrderedDict

import numpy as np
import pytest

import autograd as ag
import nn


def linears(*widths):
    return [nn.Linear(width, 2) for width in widths]


def names(module):
    return [name for name, _ in module.named_children()]


def widths(modules):
    return [module.in_features for module in modules]


class Net(nn.Module):
    """Calls whatever it holds under ``part``."""

    def __init__(self, part, call):
        self.part = part
        self.call = [call]

    def forward(self, x):
        return self.call[0](self.part, x)


def refusal(net, x=None):
    with pytest.raises(ag.errors.ShapeError) as caught:
        net(ag.zeros(1, 7) if x is None else x)
    return str(caught.value)


# --- lists ----------------------------------------------------------------------------------------------


@pytest.mark.parametrize("make", [nn.ModuleList, lambda modules: nn.Sequential(*modules)])
def test_modules_by_number_are_a_list(make):
    one, two, three, four = linears(1, 2, 3, 4)
    layers = make([one, two])
    assert len(layers) == 2 and list(layers) == [one, two] and one in layers
    assert layers[0] is one and layers[-1] is two
    assert layers.append(three) is layers and layers.extend([four]) is layers
    assert names(layers) == ["0", "1", "2", "3"] and widths(layers) == [1, 2, 3, 4]
    layers.insert(1, nn.Linear(9, 2))
    layers.insert(-1, nn.Linear(8, 2))
    assert widths(layers) == [1, 9, 2, 3, 8, 4] and names(layers) == list("012345")
    assert layers.pop(4).in_features == 8 and layers.pop().in_features == 4
    del layers[1]
    assert widths(layers) == [1, 2, 3] and names(layers) == list("012")
    layers[0] = nn.Linear(7, 2)
    layers += [four]
    assert widths(layers) == [7, 2, 3, 4]
    del layers[1:3]
    assert widths(layers) == [7, 4] and names(layers) == ["0", "1"]
    assert list(layers.state_dict()) == ["0.weight", "0.bias", "1.weight", "1.bias"]
    both = layers + [one]  # noqa: RUF005 - the operator is what is tested
    assert type(both) is type(layers) and widths(both) == [7, 4, 1] and widths(layers) == [7, 4]


def test_slices_share_and_keep_the_names_that_pytorch_gives_them():
    parts = linears(1, 2, 3)
    layers, chain = nn.ModuleList(parts), nn.Sequential(*copy.deepcopy(parts))
    assert type(layers[1:]) is nn.ModuleList and layers[1:][0] is parts[1]
    assert type(chain[1:]) is nn.Sequential and names(chain[1:]) == ["1", "2"]
    assert widths(chain[1:].append(nn.Linear(9, 2))) == [2, 3, 9]
    assert widths(layers[::-1]) == [3, 2, 1] and len(layers[5:]) == 0


def test_a_sequential_keeps_names_of_its_own():
    model = nn.Sequential(OrderedDict(first=nn.ReLU(), last=nn.Tanh()))
    assert model.first is model[0]
    model.insert(1, nn.Sigmoid())
    assert names(model) == ["first", "2", "last"]
    del model[0]
    assert names(model) == ["2", "last"]


def test_a_list_takes_any_iterable_of_modules_and_refuses_the_rest():
    assert len(nn.ModuleList(nn.ReLU() for _ in range(3))) == 3 and len(nn.ModuleList()) == 0
    with pytest.raises(TypeError, match=r"ModuleList: want a list of parts, not a ReLU; a single one is \[part\]"):
        nn.ModuleList(nn.ReLU())
    with pytest.raises(TypeError, match=r"'0' must be a module, but it is the class ReLU: write ReLU\(\)"):
        nn.ModuleList([nn.ReLU])
    layers = nn.ModuleList([nn.ReLU()])
    with pytest.raises(TypeError, match="not a int"):
        layers.insert(0, 3)
    assert len(layers) == 1
    with pytest.raises(IndexError, match="ModuleList of 1 modules has none at 1"):
        layers[1]
    with pytest.raises(NotImplementedError, match="ModuleList has no forward"):
        layers(1)


def test_reprs():
    layers = nn.ModuleList([nn.ReLU(), nn.ReLU(), nn.Linear(2, 3)])
    assert repr(layers) == (
        "ModuleList(\n  (0-1): 2 x ReLU()\n  (2): Linear(in_features=2, out_features=3, bias=True)\n)"
    )
    nested = nn.ModuleList([nn.ModuleList([nn.ReLU()]) for _ in range(2)])
    assert repr(nested) == "ModuleList(\n  (0-1): 2 x ModuleList(\n    (0): ReLU()\n  )\n)"
    assert repr(nn.ModuleDict({"a": nn.ReLU()})) == "ModuleDict(\n  (a): ReLU()\n)"
    assert repr(nn.ModuleList()) == "ModuleList()" and repr(nn.ParameterDict()) == "ParameterDict()"
    assert repr(nn.ParameterList([ag.zeros(2, 3)])) == "ParameterList(\n  (0): Parameter of shape (2, 3), float32\n)"


# --- dicts ----------------------------------------------------------------------------------------------


def test_modules_by_name_are_a_dict():
    one, two = linears(1, 2)
    parts = nn.ModuleDict({"one": one})
    parts["two"] = two
    assert list(parts) == list(parts.keys()) == ["one", "two"] and len(parts) == 2 and "one" in parts
    assert dict(parts.items()) == {"one": one, "two": two} and list(parts.values()) == [one, two]
    assert parts.get("one") is one and parts.get("three") is None and parts.two is two
    parts.update([("three", nn.ReLU())])
    assert list(parts.state_dict()) == ["one.weight", "one.bias", "two.weight", "two.bias"]
    assert parts.pop("one") is one and parts.pop("one", None) is None
    del parts["two"]
    assert list(parts) == ["three"]
    parts.clear()
    assert len(parts) == 0
    with pytest.raises(KeyError, match="ModuleDict has nothing at 'one'; it has nothing"):
        parts["one"]
    with pytest.raises(KeyError):
        del parts["one"]
    assert list(nn.ModuleDict(nn.ModuleDict({"a": one}))) == ["a"]


@pytest.mark.parametrize("name", ["keys", "forward", "a.b", ""])
def test_names_that_attributes_cannot_have_are_refused(name):
    with pytest.raises(ag.errors.ArgumentError):
        nn.ModuleDict({name: nn.ReLU()})
    with pytest.raises(ag.errors.ArgumentError):
        nn.ParameterDict({name: ag.ones(2)})


# --- parameters -----------------------------------------------------------------------------------------


def test_parameters_in_lists_and_dicts_are_learned():
    class Scales(nn.Module):
        def __init__(self):
            self.list = nn.ParameterList([ag.ones(2), np.ones(2, np.float32)])
            self.dict = nn.ParameterDict({"a": nn.Parameter(ag.ones(2))})

        def forward(self, x):
            for scale in self.list:
                x = x * scale
            return x * self.dict["a"]

    model = Scales()
    assert [name for name, _ in model.named_parameters()] == ["list.0", "list.1", "dict.a"]
    model(ag.ones(2)).sum().backward()
    assert all(p.grad is not None and p.grad.tolist() == [1, 1] for p in model.parameters())
    twin = copy.deepcopy(model)
    twin.load_state_dict({name: array + 1 for name, array in model.state_dict().items()})
    assert twin.dict["a"].tolist() == [2, 2] and model.list[0].tolist() == [1, 1]


def test_parameters_by_number_and_name_change_like_lists_and_dicts():
    first, second = nn.Parameter(ag.zeros(1)), nn.Parameter(ag.zeros(2))
    values = nn.ParameterList([first])
    values.append(second).extend([ag.zeros(3)])
    values += [ag.zeros(4)]
    assert [p.size for p in values] == [1, 2, 3, 4] and values[1] is second
    values[0] = ag.zeros(9)
    del values[1:3]
    assert [p.size for p in values] == [9, 4] and list(values.state_dict()) == ["0", "1"]
    values.insert(0, first)
    assert values[0] is first and [p.size for p in values[1:]] == [9, 4]
    named = nn.ParameterDict([("a", ag.zeros(2))])
    named["b"] = np.zeros(3)
    assert named.pop("a").size == 2 and list(named) == ["b"] and named["b"].requires_grad
    for container in (values, named):
        with pytest.raises(TypeError, match="must be a Parameter, a Tensor or an array, not a str"):
            container["0" if container is named else 0] = "one"
    with pytest.raises(TypeError, match="want a list of parts, not a Tensor"):
        nn.ParameterList(ag.zeros(3))


def test_containers_survive_copies_and_pickles():
    model = nn.ModuleDict({"layers": nn.ModuleList(linears(1, 2)), "scales": nn.ParameterList([ag.ones(2)])})
    for other in (copy.deepcopy(model), pickle.loads(pickle.dumps(model))):
        assert repr(other) == repr(model) and list(other.state_dict()) == list(model.state_dict())
        assert other["layers"][0] is not model["layers"][0]


# --- paths ----------------------------------------------------------------------------------------------

FIRST = {
    "Sequential": (lambda m: nn.Sequential(m), lambda part, x: part(x), "Net.part.0"),
    "ModuleList": (lambda m: nn.ModuleList([m]), lambda part, x: part[0](x), "Net.part.0"),
    "ModuleDict": (lambda m: nn.ModuleDict({"a": m}), lambda part, x: part["a"](x), "Net.part.a"),
    "list in list": (
        lambda m: nn.ModuleList([nn.ModuleList([nn.ReLU(), m])]),
        lambda part, x: part[0][1](x),
        "Net.part.0.1",
    ),
    "Sequential in dict in list": (
        lambda m: nn.ModuleList([nn.ModuleDict({"a": nn.Sequential(nn.ReLU(), m)})]),
        lambda part, x: part[0]["a"](x),
        "Net.part.0.a.1",
    ),
    "a module of the user's": (
        lambda m: Net(nn.ModuleList([nn.ReLU(), m]), lambda part, x: part[1](x)),
        lambda part, x: part(x),
        "Net.part.part.1",
    ),
}


@pytest.mark.parametrize("name", FIRST)
def test_a_wrong_shape_names_the_path(name):
    make, call, path = FIRST[name]
    layer = nn.Linear(3, 2)
    net = Net(make(layer), call)
    assert refusal(net).startswith(f"{path} (linear): want an input of shape (..., 3)")
    assert net(ag.zeros(1, 3)).grad_fn.scope == path
    assert net.get_submodule(path.removeprefix("Net.")) is layer
    twin = copy.deepcopy(net)
    assert refusal(twin).startswith(f"{path} (linear)")


def run_all(part, x):
    """Each layer by itself; returns the scopes."""
    return [layer(x).grad_fn.scope for layer in part]


CHANGES = {
    "append": lambda layers: layers.append(nn.Linear(3, 2)),
    "extend": lambda layers: layers.extend(linears(3, 3)),
    "add in place": lambda layers: layers.__iadd__(linears(3)),
    "insert": lambda layers: layers.insert(0, nn.Linear(3, 2)),
    "pop": lambda layers: layers.pop(0),
    "delete": lambda layers: layers.__delitem__(1),
    "delete a slice": lambda layers: layers.__delitem__(slice(0, 2)),
    "replace": lambda layers: layers.__setitem__(1, nn.Linear(3, 2)),
    "add_module": lambda layers: layers.add_module("3", nn.Linear(3, 2)),
}


@pytest.mark.parametrize("change", CHANGES)
@pytest.mark.parametrize("depth", [0, 1])
def test_paths_are_right_after_a_change(change, depth):
    layers = nn.ModuleList(linears(3, 3, 3))
    part = nn.ModuleList([layers]) if depth else layers
    net = Net(part, lambda part, x: run_all(part[0] if depth else part, x))
    CHANGES[change](layers)
    prefix = "Net.part.0." if depth else "Net.part."
    assert net(ag.zeros(1, 3)) == [f"{prefix}{i}" for i in range(len(layers))]


def test_paths_are_right_however_a_model_is_put_together():
    late = nn.ModuleList()
    net = Net(late, run_all)  # assigned while it was empty
    late.append(nn.Linear(3, 2))
    assert net(ag.zeros(1, 3)) == ["Net.part.0"]
    net.part = nn.ModuleList(linears(3, 3))
    assert net(ag.zeros(1, 3)) == ["Net.part.0", "Net.part.1"]
    net.part.add_module("2", nn.Linear(3, 2))
    assert net(ag.zeros(1, 3))[2] == "Net.part.2"


def test_using_a_slice_or_a_sum_does_not_rename():
    net = Net(nn.ModuleList(linears(3, 3, 3)), lambda part, x: run_all(part[1:], x) + run_all(part + part[:0], x))
    assert net(ag.zeros(1, 3)) == [f"Net.part.{i}" for i in (1, 2, 0, 1, 2)]
    assert net(ag.zeros(1, 3))[0] == "Net.part.1"


def test_paths_of_nested_models():
    class Block(nn.Module):
        def __init__(self):
            self.conv1 = nn.Linear(3, 3)

        def forward(self, x):
            return self.conv1(x)

    class Model(nn.Module):
        def __init__(self):
            self.encoder = nn.Sequential(nn.ReLU(), nn.ReLU(), Block())

        def forward(self, x):
            return self.encoder(x)

    assert "encoder.2.conv1 (linear)" in refusal(Model())
    heads = nn.ModuleDict({"a": nn.Linear(3, 3)})
    heads["a"] = nn.Linear(3, 2)
    assert Net(heads, lambda part, x: part["a"](x))(ag.zeros(1, 3)).grad_fn.scope == "Net.part.a"
