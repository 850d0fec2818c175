"""Module: what it finds in its attributes, what it refuses, and what it shows."""

import copy
import pickle
from collections import OrderedDict

import numpy as np
import pytest

import autograd as ag
import nn


class Block(nn.Module):
    def __init__(self):
        self.first = nn.Linear(3, 4)
        self.scale = nn.Parameter(np.ones(4))
        self.register_buffer("mean", np.zeros(4))
        self.register_buffer("scratch", np.zeros(2), persistent=False)
        self.hidden = [nn.Linear(9, 9)]

    def forward(self, x):
        return self.first(x) * self.scale


def test_parts_are_found_in_the_order_of_assignment():
    model = nn.Sequential(Block(), nn.ReLU())
    assert [name for name, _ in model.named_parameters()] == ["0.scale", "0.first.weight", "0.first.bias"]
    assert [name for name, _ in model.named_buffers()] == ["0.mean", "0.scratch"]
    assert [name for name, _ in model.named_modules()] == ["", "0", "0.first", "1"]
    assert [name for name, _ in model.named_parameters("net", recurse=False)] == []
    assert [name for name, _ in model[0].named_parameters("net", recurse=False)] == ["net.scale"]


def test_a_module_with_two_places_is_found_once_but_saved_twice():
    shared = nn.Linear(3, 3)
    model = nn.Sequential(shared, nn.ReLU(), shared)
    assert len(list(model.parameters())) == 2
    assert len(list(model.named_parameters(remove_duplicate=False))) == 4
    assert [name for name, _ in model.named_children()] == ["0", "1"]
    assert list(model.state_dict()) == ["0.weight", "0.bias", "2.weight", "2.bias"]


def test_tied_parameters_are_found_once_and_stay_tied_in_a_deep_copy():
    model = nn.Sequential(nn.Linear(3, 3), nn.Linear(3, 3))
    model[1].weight = model[0].weight
    assert [name for name, _ in model.named_parameters()] == ["0.weight", "0.bias", "1.bias"]
    twin = copy.deepcopy(model)
    assert twin[1].weight is twin[0].weight and twin[0].weight is not model[0].weight


def test_nodes_carry_the_path_of_their_module():
    model = nn.Sequential(nn.Linear(3, 4), nn.Sequential(nn.ReLU(), nn.Linear(4, 2)))
    out = model(ag.zeros(5, 3))
    assert out.grad_fn.scope == "Sequential.1.1"
    assert model[1](ag.zeros(5, 4)).grad_fn.scope == "1.1"
    assert ag.current_scope() == ""


def test_an_error_in_forward_leaves_the_scope():
    with pytest.raises(ag.errors.ShapeError):
        nn.Sequential(nn.Linear(3, 4))(ag.zeros(5, 2))
    assert ag.current_scope() == ""


def test_one_module_may_call_itself():
    class Countdown(nn.Module):
        def forward(self, n):
            return self(n - 1) if n else ag.current_scope()

    assert Countdown()(2) == "Countdown.Countdown.Countdown"


def test_a_module_without_forward_says_so():
    with pytest.raises(NotImplementedError, match=r"Module has no forward method: define forward\(self, x\)"):
        nn.Module()(1)


@pytest.mark.parametrize(
    ("name", "message"),
    [
        ("wieght", r"Linear has no attribute 'wieght'\. Did you mean 'weight'\?"),
        ("xyzzy", r"Linear has no attribute 'xyzzy'\.$"),
        ("cuda", r"Linear has no attribute 'cuda'\. Arrays lie in main memory: leave it out\.$"),
        ("half", r"float32 or float64: float\(\), double\(\)\.$"),
        ("_modules", r"setattr and delattr change them; named_children\(\) lists submodules\.$"),
        ("_parameters", r"named_parameters\(recurse=False\) lists parameters\.$"),
        ("_buffers", r"named_buffers\(recurse=False\) lists buffers\.$"),
    ],
)
def test_a_misspelt_attribute_names_the_closest(name, message):
    with pytest.raises(AttributeError, match=message):
        getattr(nn.Linear(2, 2), name)


def test_an_error_in_a_property_is_not_taken_for_a_missing_attribute():
    class Broken(nn.Module):
        @property
        def width(self):
            return self.wdith_

    with pytest.raises(AttributeError, match="no attribute 'wdith_'"):
        _ = Broken().width


@pytest.mark.parametrize(
    ("name", "value", "message"),
    [
        ("scale", np.ones(4), r"Block\.scale is a parameter; a ndarray in its place .* nn\.Parameter\(value\)"),
        ("scale", ag.ones(4), r"Block\.scale is a parameter; a Tensor"),
        ("first", abs, r"Block\.first is a module; a builtin_function_or_method .* Assign another module"),
        ("mean", np.ones(4), r"Block\.mean is a buffer; a ndarray .* ag\.tensor\(value\)"),
    ],
)
def test_a_part_is_not_replaced_by_something_else(name, value, message):
    with pytest.raises(TypeError, match=message):
        setattr(Block(), name, value)


def test_a_part_may_be_replaced_by_its_like_or_removed():
    block = Block()
    block.scale = nn.Parameter(np.zeros(4))
    block.mean = ag.ones(4)
    block.first = None
    assert [name for name, _ in block.named_parameters()] == ["scale"]
    assert block.state_dict()["mean"].tolist() == [1, 1, 1, 1]
    block.scale = None
    block.first = nn.Linear(1, 1)
    assert [name for name, _ in block.named_parameters()] == ["first.weight", "first.bias"]


def test_a_module_cannot_be_part_of_itself():
    model = nn.Sequential(nn.Linear(1, 1))
    with pytest.raises(ag.errors.ArgumentError, match="cannot be part of itself"):
        model[0].parent = model


@pytest.mark.parametrize("name", ["a.b", "", "forward", 3])
def test_names_of_parts_are_checked(name):
    with pytest.raises(ag.errors.ArgumentError):
        nn.Module().register_buffer(name, np.zeros(1))
    with pytest.raises(ag.errors.ArgumentError):
        nn.Module().add_module(name, nn.ReLU())


def test_add_module_refuses_what_is_no_module():
    with pytest.raises(TypeError, match=r"the class ReLU: write ReLU\(\)"):
        nn.Sequential(nn.ReLU)
    with pytest.raises(TypeError, match="the function relu: use a module"):
        nn.Sequential(nn.functional.relu)
    with pytest.raises(TypeError, match="not a int"):
        nn.Sequential(3)


def test_train_and_eval_reach_every_module():
    model = nn.Sequential(nn.Sequential(nn.Dropout(0.5)), nn.ReLU())
    assert all(module.training for module in model.modules())
    assert model.eval() is model and not any(module.training for module in model.modules())
    assert model.train() is model and all(module.training for module in model.modules())


def test_zero_grad_forgets_or_zeros():
    model = nn.Linear(2, 1)
    model(ag.ones(1, 2)).sum().backward()
    model.zero_grad(set_to_none=False)
    assert model.weight.grad.tolist() == [[0, 0]]
    model.zero_grad()
    assert model.weight.grad is None and model.bias.grad is None


def test_freezing():
    model = nn.Sequential(nn.Linear(2, 2), nn.Linear(2, 1))
    model[0].requires_grad_(False)
    model(ag.ones(1, 2)).sum().backward()
    assert model[0].weight.grad is None and model[1].weight.grad is not None
    model.requires_grad_()
    assert all(p.requires_grad for p in model.parameters())


def test_float_and_double_convert_parameters_buffers_and_gradients():
    model = Block()
    model.register_buffer("count", np.zeros(1, np.int64))
    model(ag.ones(1, 3, dtype="float32")).sum().backward()
    model.double()
    assert {p.dtype for p in model.parameters()} == {p.grad.dtype for p in model.parameters()} == {np.dtype("f8")}
    assert model.mean.dtype == np.float64 and model.count.dtype == np.int64
    model(ag.ones(1, 3, dtype="float64")).sum().backward()
    assert model.first.weight.grad.dtype == np.float64
    assert model.float() is model and model.first.weight.dtype == np.float32


@pytest.mark.parametrize("dtype", ["float64", np.float64, np.dtype("f8"), float])
def test_to_takes_dtypes(dtype):
    model = Block()
    assert model.to(dtype) is model and model.first.weight.dtype == np.float64
    assert model.to(dtype="float32").first.weight.dtype == np.float32
    assert model.to(ag.zeros(1, dtype="float64")).first.weight.dtype == np.float64
    assert model.to("cpu").to(device="cpu", dtype="float32").first.weight.dtype == np.float32
    assert model.to("cpu", "float64").mean.dtype == np.float64
    assert model.cpu() is model and model.mean.dtype == np.float64


@pytest.mark.parametrize("target", ["cuda", "cuda:0", "mps", "int64", bool, 3])
def test_to_refuses_devices_and_integers(target):
    with pytest.raises(ag.errors.ArgumentError, match=r"want a dtype of floats, such as 'float64', or 'cpu'"):
        nn.Linear(2, 2).to(target)
    with pytest.raises(ag.errors.ArgumentError, match=r"leave out \.to"):
        nn.Linear(2, 2).to(device=target)


def test_a_part_is_found_by_its_path():
    model = nn.Sequential(Block(), nn.ReLU())
    assert model.get_submodule("") is model and model.get_submodule("0.first") is model[0].first
    assert model.get_parameter("0.first.weight") is model[0].first.weight
    assert model.get_buffer("0.mean") is model[0].mean
    shared = nn.Sequential(model[1], model[1])
    assert shared.get_submodule("1") is model[1]
    for find, path, message in (
        (model.get_submodule, "0.frist", r"Sequential has no submodule '0\.frist'\. Did you mean '0\.first'"),
        (model.get_parameter, "0.first", r"Sequential has no parameter '0\.first'\."),
        (model.get_parameter, "0.mean", "no parameter"),
        (model.get_buffer, "0.scale", "no buffer"),
    ):
        with pytest.raises(AttributeError, match=message):
            find(path)


def test_parts_are_registered_by_name():
    module = nn.Module()
    module.register_module("0", nn.ReLU())
    module.register_parameter("scale", nn.Parameter(ag.ones(2)))
    module.register_parameter("later", None)
    assert [name for name, _ in module.named_parameters()] == ["scale"] and module.later is None
    module.later = nn.Parameter(ag.ones(1))
    assert [name for name, _ in module.named_parameters()] == ["scale", "later"]
    with pytest.raises(TypeError, match=r"'shift' must be a parameter, not a Tensor: write nn\.Parameter\(value\)"):
        module.register_parameter("shift", ag.ones(2))
    with pytest.raises(ag.errors.ArgumentError):
        module.register_parameter("forward", nn.Parameter(ag.ones(2)))


def test_a_buffer_is_a_tensor_also_where_it_comes_late_and_may_be_deleted():
    module = nn.Module()
    module.register_buffer("mean", None)
    with pytest.raises(TypeError, match="mean is a buffer; a ndarray"):
        module.mean = np.zeros(2)
    module.mean = ag.zeros(2)
    assert list(module.state_dict()) == ["mean"]
    del module.mean
    module.mean = np.zeros(2)  # an attribute like any other
    assert list(module.state_dict()) == []


@pytest.mark.parametrize(("args", "kwargs"), [((), {}), ((1, 2), {}), ((1,), {"y": 2})])
def test_wrong_arguments_of_a_call_are_those_of_forward(args, kwargs):
    with pytest.raises(TypeError, match=r"Linear\.forward\(\)"):
        nn.Linear(2, 2)(*args, **kwargs)


# --- freezing and tying -----------------------------------------------------------------------------------


def test_frozen_parts_cost_nothing_and_stay_as_they_are():
    model = nn.Sequential(nn.Linear(3, 4), nn.Tanh(), nn.Linear(4, 4), nn.Tanh(), nn.Linear(4, 2))
    model[0].requires_grad_(False)
    model[2].weight.requires_grad_(False)
    optimizer = nn.optim.AdamW(model.parameters(), lr=0.1, weight_decay=0.5)
    before = model.state_dict()
    hidden = model[:2](ag.ones(5, 3))
    assert hidden.grad_fn is None  # nothing is recorded before the first parameter that learns
    with ag.record() as recording:
        model[2:](hidden).sum().backward()
    rules = [recording.find(step.operation).scope for step in recording.passes[0].steps]
    assert rules and not any(scope.startswith(("0", "1")) for scope in rules)
    assert model[2].weight.grad is None and model[2].bias.grad is not None
    optimizer.step()
    changed = [name for name, array in model.state_dict().items() if (array != before[name]).any()]
    assert changed == ["2.bias", "4.weight", "4.bias"]
    model.requires_grad_()
    model(ag.ones(5, 3)).sum().backward()
    optimizer.step()
    assert all((array != before[name]).any() for name, array in model.state_dict().items())


class Tied(nn.Module):
    """Encodes and decodes by the same matrix."""

    def __init__(self):
        self.encoder = nn.Linear(3, 3, bias=False)
        self.decoder = nn.Linear(3, 3)
        self.decoder.weight = self.encoder.weight

    def forward(self, x):
        return self.decoder(self.encoder(x))


def test_gradients_of_a_tied_parameter_add_up():
    model = Tied().double()
    assert [name for name, _ in model.named_parameters()] == ["encoder.weight", "decoder.bias"]
    x = ag.tensor(np.random.default_rng(0).normal(size=(2, 3)))
    first, second = (ag.tensor(model.encoder.weight.data, requires_grad=True) for _ in range(2))
    model(x).sum().backward()
    ((x @ first.T) @ second.T + model.decoder.bias.detach()).sum().backward()
    np.testing.assert_allclose(model.encoder.weight.grad.data, first.grad.data + second.grad.data)


def test_a_tie_survives_training_copies_conversion_and_pickles():
    model = Tied()
    for other in (model, copy.deepcopy(model), pickle.loads(pickle.dumps(model))):
        other.double()
        assert other.decoder.weight is other.encoder.weight
        optimizer = nn.optim.SGD(other.parameters(), lr=0.1)
        other(ag.ones(1, 3, dtype="float64")).sum().backward()
        optimizer.step()
        assert other.decoder.weight is other.encoder.weight
    assert sum(p.size for p in model.parameters()) == 12


def test_apply_visits_children_first():
    names = []
    model = nn.Sequential(nn.Sequential(nn.ReLU()), nn.Tanh())
    assert model.apply(lambda module: names.append(type(module).__name__)) is model
    assert names == ["ReLU", "Sequential", "Tanh", "Sequential"]


def test_repr_is_a_tree():
    model = nn.Sequential(OrderedDict(body=nn.Sequential(nn.Linear(2, 3), nn.ReLU()), drop=nn.Dropout(0.1)))
    assert repr(model) == (
        "Sequential(\n"
        "  (body): Sequential(\n"
        "    (0): Linear(in_features=2, out_features=3, bias=True)\n"
        "    (1): ReLU()\n"
        "  )\n"
        "  (drop): Dropout(p=0.1)\n"
        ")"
    )
    assert repr(nn.Sequential()) == "Sequential()"


def test_a_model_survives_pickling_and_copying():
    model = nn.Sequential(nn.Linear(2, 3), nn.Dropout(0.5)).eval()
    for other in (pickle.loads(pickle.dumps(model)), copy.deepcopy(model)):
        assert repr(other) == repr(model) and not other[1].training
        np.testing.assert_array_equal(other[0].weight.data, model[0].weight.data)
        other[0].weight.data[...] = 0
        assert model[0].weight.data.any()
        assert isinstance(other[0].weight, nn.Parameter) and other[0].weight.requires_grad


def test_parameters_are_tensors_that_need_gradients():
    array = np.ones(2, np.float32)
    parameter = nn.Parameter(array)
    assert parameter.data is array and parameter.requires_grad and parameter.is_leaf
    assert not nn.Parameter(array, requires_grad=False).requires_grad
    assert nn.Parameter(ag.ones(2)).shape == (2,)
    with pytest.raises(ag.errors.DtypeError):
        nn.Parameter([1, 2])
    with pytest.raises(AttributeError):
        parameter.colour = 1
