"""Hooks: when they are called, with what, and what they may replace. Beside PyTorch: tests/parity/test_hooks.py."""

import copy

import numpy as np
import pytest

import autograd as ag
import nn


class Scale(nn.Module):
    def __init__(self, by=2.0):
        self.by = nn.Parameter(np.array(by))

    def forward(self, x, *, shift=0.0):
        return x * self.by + shift


class Pair(nn.Module):
    def forward(self, x, y, factor):
        return x * factor, y * factor


def leaf(*values):
    return ag.tensor(np.array(values), requires_grad=True)


# --- forward --------------------------------------------------------------------------------------------


def test_hooks_run_in_order_around_forward():
    seen = []
    module = Scale()
    module.register_forward_hook(lambda m, args, out: seen.append("after"))
    module.register_forward_hook(lambda m, args, out: seen.append("after, first"), prepend=True)
    module.register_forward_pre_hook(lambda m, args: seen.append("before"))
    module.register_forward_pre_hook(lambda m, args: seen.append("before, first"), prepend=True)
    module(leaf(1.0))
    assert seen == ["before, first", "before", "after, first", "after"]


def test_forward_hooks_see_and_replace_arguments_and_results():
    module, seen = Scale(), []
    module.register_forward_pre_hook(lambda m, args: (args[0] + 1,))
    module.register_forward_pre_hook(lambda m, args: args[0] + 1)  # one argument needs no tuple
    module.register_forward_hook(lambda m, args, out: seen.append((m, args[0].item(), out.item())))
    module.register_forward_hook(lambda m, args, out: -out)
    assert module(leaf(1.0)).item() == -6
    assert seen == [(module, 3.0, 6.0)]


def test_hooks_with_kwargs():
    module, seen = Scale(), []
    module.register_forward_pre_hook(lambda m, args, kwargs: (args, {"shift": kwargs["shift"] + 1}), with_kwargs=True)
    module.register_forward_hook(lambda m, args, kwargs, out: seen.append(kwargs), with_kwargs=True)
    module.register_forward_hook(lambda m, args, out: None)
    assert module(leaf(1.0), shift=10.0).item() == 13
    assert seen == [{"shift": 11.0}]
    module.register_forward_pre_hook(lambda m, args, kwargs: args, with_kwargs=True)
    with pytest.raises(ag.errors.ArgumentError, match=r"Scale: a forward pre-hook with_kwargs returned .* want \(args"):
        module(leaf(1.0), shift=0.0)


def test_what_hooks_compute_belongs_to_the_module():
    model = nn.Sequential(Scale())
    model[0].register_forward_hook(lambda m, args, out: out * 2)
    assert model(leaf(1.0)).grad_fn.scope == "Sequential.0"


def test_handles_remove_and_a_module_without_hooks_is_as_before():
    module, seen = Scale(), []
    first = module.register_forward_hook(lambda m, args, out: seen.append("first"))
    with module.register_forward_hook(lambda m, args, out: seen.append("second")):
        module(leaf(1.0))
    module(leaf(1.0))
    first.remove()
    first.remove()
    module(leaf(1.0))
    assert seen == ["first", "second", "first"]
    assert vars(module).keys() == {"by"}


def test_a_hook_may_remove_itself():
    module, seen = Scale(), []

    def once(m, args, out):
        seen.append(1)
        handle.remove()

    handle = module.register_forward_hook(once)
    module.register_forward_hook(lambda m, args, out: seen.append(2))
    module(leaf(1.0))
    module(leaf(1.0))
    assert seen == [1, 2, 2]


def test_a_copy_has_hooks_of_its_own():
    module, seen = Scale(), []
    handle = module.register_forward_hook(lambda m, args, out: seen.append(m))
    twin = copy.deepcopy(module)
    handle.remove()
    module(leaf(1.0))
    twin(leaf(1.0))
    assert seen == [twin]


@pytest.mark.parametrize(
    "register",
    [
        "register_forward_pre_hook",
        "register_forward_hook",
        "register_full_backward_pre_hook",
        "register_full_backward_hook",
    ],
)
def test_what_is_no_function_is_refused(register):
    with pytest.raises(TypeError, match="Scale: a hook is a function, not a int"):
        getattr(Scale(), register)(3)


def test_an_error_in_a_hook_leaves_the_scope():
    module = Scale()
    module.register_forward_hook(lambda m, args, out: 1 / 0)
    with pytest.raises(ZeroDivisionError):
        module(leaf(1.0))
    assert ag.current_scope() == ""


# --- backward -------------------------------------------------------------------------------------------


def watched(module):
    """A list of what a backward hook of the module sees, as nested lists."""
    seen = []

    def plain(gradients):
        return tuple(None if g is None else g.tolist() for g in gradients)

    module.register_full_backward_hook(lambda m, grad_in, grad_out: seen.append((plain(grad_in), plain(grad_out))))
    return seen


def test_backward_hooks_see_all_inputs_and_outputs_at_once():
    module = Pair()
    seen = watched(module)
    x, y = leaf(1.0, 2.0), leaf(3.0)
    a, b = module(x, y, 5.0)
    (a.sum() * 2 + b.sum() + a[0]).backward()
    assert seen == [(([15.0, 10.0], [5.0], None), ([3.0, 2.0], [1.0]))]
    assert x.grad.tolist() == [15, 10] and y.grad.tolist() == [5]


def test_inputs_that_need_no_gradient_are_none():
    module = Pair()
    seen = watched(module)
    a, b = module(leaf(1.0), ag.tensor([3.0]), 5.0)
    assert not b.requires_grad
    a.sum().backward()
    assert seen == [(([5.0], None, None), ([1.0], None))]


def test_where_no_input_needs_a_gradient_the_hook_comes_with_the_outputs():
    module = Scale()
    seen = watched(module)
    module(ag.tensor(3.0)).backward()
    assert seen == [((None,), (1.0,))] and module.by.grad.item() == 3


def test_a_module_that_is_called_twice_has_two_calls_of_its_hook():
    module = Scale()
    seen = watched(module)
    x = leaf(1.0)
    module(module(x)).sum().backward()
    assert seen == [(([2.0],), ([1.0],)), (([4.0],), ([2.0],))] and x.grad.tolist() == [4]


def test_nothing_happens_without_a_graph():
    module = Scale()
    seen = watched(module)
    with ag.no_grad():
        assert module(leaf(1.0)).grad_fn is None
    assert nn.ReLU()(ag.tensor(1.0)).grad_fn is None and seen == []


def test_backward_hooks_replace_gradients():
    module, x = Scale(), leaf(1.0)
    module.register_full_backward_pre_hook(lambda m, grad_out: (grad_out[0] * 10,))
    module.register_full_backward_hook(lambda m, grad_in, grad_out: (grad_in[0] + grad_out[0],))
    module.register_full_backward_hook(lambda m, grad_in, grad_out: grad_in[0].numpy() * 2)  # one needs no tuple
    module(x).sum().backward()
    assert x.grad.tolist() == [2 * (2 * 10 + 10)] and module.by.grad.item() == 10


def test_hooks_run_in_the_order_that_was_asked_for():
    module, seen = Scale(), []
    for kind in ("register_full_backward_hook", "register_full_backward_pre_hook"):
        register = getattr(module, kind)
        register(lambda *given, kind=kind: seen.append((kind, "second")))
        register(lambda *given, kind=kind: seen.append((kind, "first")), prepend=True)
    module(leaf(1.0)).sum().backward()
    kinds = ("register_full_backward_pre_hook", "register_full_backward_hook")
    assert seen == [(kind, place) for kind in kinds for place in ("first", "second")]


@pytest.mark.parametrize("replacement", [(np.zeros(3),), (np.zeros(2), np.zeros(2)), np.zeros(3)])
def test_a_replacement_of_another_shape_is_an_error(replacement):
    module = Scale()
    module.register_full_backward_hook(lambda m, grad_in, grad_out: replacement)
    with pytest.raises(
        ag.errors.ShapeError, match=r"a backward hook of Scale .* want one like each of grad_input, \(\(2"
    ):
        module(leaf(1.0, 2.0)).sum().backward()


def test_a_replacement_where_no_gradient_is_needed_is_an_error():
    module = Scale()
    module.register_full_backward_hook(lambda m, grad_in, grad_out: (np.zeros(1),))
    with pytest.raises(ag.errors.ShapeError, match=r"want one like each of grad_input, \(None\)"):
        module(ag.tensor([1.0], dtype="float64")).sum().backward()


def test_gradients_that_hooks_see_cannot_be_written_to():
    module = Scale()

    def write(m, grad_in, grad_out):
        grad_out[0][...] = 0

    module.register_full_backward_hook(write)
    with pytest.raises(ValueError, match="read-only"):
        module(leaf(1.0)).sum().backward()


def test_results_that_hold_no_gradient_to_watch():
    class Both(nn.Module):
        def forward(self, x):
            return {"a": x}

    module = Both()
    watched(module)
    with pytest.raises(TypeError, match=r"Both has a backward hook, so its result .* a Tensor or a tuple, not a dict"):
        module(leaf(1.0))


def test_hooks_under_create_graph_and_second_derivatives():
    class Cube(nn.Module):
        def forward(self, x):
            return x * x * x

    module, x = Cube(), leaf(2.0)
    module.register_full_backward_hook(lambda m, grad_in, grad_out: (grad_in[0] * 3,))
    (slope,) = ag.gradients(module(x).sum(), x, create_graph=True)
    assert slope.tolist() == [36]
    (curvature,) = ag.gradients(slope.sum(), x)
    assert curvature.tolist() == [3 * 6 * 2]


def test_gradients_with_hooks_pass_the_checker():
    model = nn.Sequential(nn.Linear(3, 4), nn.Tanh(), nn.Linear(4, 2)).double()
    for module in model.modules():
        module.register_full_backward_hook(lambda m, grad_in, grad_out: None)
    assert ag.gradcheck(model, (np.random.default_rng(0).normal(size=(2, 3)),), order=2).ok


def test_a_list_and_a_named_tuple_stay_what_they_are():
    from collections import namedtuple

    Found = namedtuple("Found", "a b")

    class Two(nn.Module):
        def forward(self, x, kind):
            return kind([x, 1])

    module = Two()
    watched(module)
    assert type(module(leaf(1.0), list)) is list
    assert module(leaf(1.0), Found._make).b == 1
