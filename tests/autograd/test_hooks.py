"""Hooks and retained gradients: what they see, what they may change, and what they may not."""

import numpy as np
import pytest

import autograd as ag


def leaf(data, dtype="float64"):
    return ag.tensor(data, dtype=dtype, requires_grad=True)


def equal(gradient, expected):
    """A Tensor with exactly these values."""
    assert isinstance(gradient, ag.Tensor)
    np.testing.assert_array_equal(gradient.numpy(), np.asarray(expected, gradient.dtype), strict=True)


# --- hooks ----------------------------------------------------------------------------------------------


@pytest.mark.parametrize("on_leaf", [True, False])
def test_a_hook_sees_the_whole_gradient_and_may_replace_it(on_leaf):
    x = leaf([1.0, 2.0])
    y = x + 0.0
    seen = []
    (x if on_leaf else y).register_hook(seen.append)
    (x if on_leaf else y).register_hook(lambda g: g * 10)
    (y * y + y).sum().backward()
    np.testing.assert_array_equal(seen, [[3.0, 5.0]])
    equal(x.grad, [30.0, 50.0])


def test_a_hook_that_was_removed_is_not_called():
    x, calls = leaf(2.0), []
    remove = x.register_hook(calls.append)
    remove()
    remove()
    (x * x).backward()
    assert calls == []


def test_removing_one_of_two_equal_hooks_leaves_the_other():
    x = leaf(2.0)

    def triple(g):
        return g * 3

    remove = x.register_hook(triple)
    x.register_hook(triple)
    remove()
    remove()
    x.backward()
    equal(x.grad, 3.0)


def test_a_hook_can_be_removed_after_retain_grad():
    x = leaf(2.0)
    y = x * 3
    remove = y.register_hook(lambda g: g * 100)
    y.retain_grad()
    remove()
    y.backward()
    equal(x.grad, 3.0)
    equal(y.grad, 1.0)


def test_hooks_may_be_removed_and_added_during_a_pass():
    x, calls = leaf(2.0), []
    y = x * 3

    def first(g):
        calls.append("first")
        remove_first()
        x.register_hook(lambda g: calls.append("added"))

    remove_first = y.register_hook(first)
    y.register_hook(lambda g: calls.append("second"))
    y.backward(retain_graph=True)
    y.backward()
    assert calls == ["first", "second", "added", "second", "added"]


def test_a_hook_may_run_a_pass_of_its_own():
    x, other = leaf(2.0), leaf(3.0)
    y = x * 5
    y.register_hook(lambda g: (other * other).backward())
    (y * y).backward()
    equal(x.grad, 100.0)
    equal(other.grad, 6.0)


def test_hooks_get_tensors_under_create_graph():
    for operation in (np.exp, np.floor):
        x, seen = leaf([1.5, 2.0]), []
        x.register_hook(seen.append)
        operation(x).sum().backward(create_graph=True)
        assert [type(gradient) for gradient in seen] == [ag.Tensor]


def test_a_hook_that_writes_into_its_gradient_changes_no_other_leafs():
    x, y = leaf([1.0, 2.0]), leaf([3.0, 4.0])

    def double(g):
        g *= 2

    try:
        x.register_hook(double)
        ((x + y) * 3).sum().backward()
    except ValueError:  # a hook that is given a read-only view is right as well
        return
    equal(y.grad, [3.0, 3.0])


@pytest.mark.parametrize("replacement", [np.ones(3), np.ones((2, 2)), 0.5], ids=["longer", "more axes", "number"])
def test_a_hook_that_returns_another_shape_is_an_error(replacement):
    for make in (lambda x: x, lambda x: x * 1.0):
        x = leaf([1.0, 2.0])
        y = make(x)
        y.register_hook(lambda g: replacement)
        with pytest.raises(ag.errors.GlassgradError, match="hook"):
            (y * y).sum().backward()


def test_what_a_hook_returns_takes_the_dtype_of_the_gradient():
    x = leaf([1.0, 2.0], "float32")
    x.register_hook(lambda g: g * np.float64(2))
    (x * x).sum().backward()
    assert x.grad.dtype == np.float32


def test_a_tensor_that_a_hook_returns_becomes_no_alias():
    x, y = leaf([1.0, 2.0]), leaf([3.0, 4.0])
    z = x + y
    z.register_hook(lambda g: ag.tensor(g) * 2)
    z.sum().backward()
    assert x.grad is not y.grad
    equal(x.grad, [2.0, 2.0])


# --- retain_grad ----------------------------------------------------------------------------------------


def test_interior_tensors_keep_a_gradient_only_where_it_is_asked_for():
    x = leaf([1.0, 2.0])
    y = x * 2
    z = y * y
    y.retain_grad()
    z.sum().backward()
    assert z.grad is None
    equal(y.grad, [4.0, 8.0])
    equal(x.grad, [8.0, 16.0])


def test_a_retained_gradient_is_an_array_of_its_own():
    x = leaf([1.0, 2.0])
    y, z = x + 0.0, x + 0.0
    y.retain_grad()
    z.retain_grad()
    (y + z).sum().backward()
    arrays = [t.grad.data for t in (x, y, z)]
    assert not any(np.shares_memory(arrays[i], arrays[j]) for i in range(3) for j in range(i))


def test_retain_grad_on_a_leaf_changes_nothing():
    x = leaf(2.0)
    x.retain_grad()
    (x * x).backward()
    equal(x.grad, 4.0)


def test_a_retained_gradient_follows_an_assignment_into_the_tensor():
    x = leaf([1.0, 2.0])
    y = x * 2
    y.retain_grad()
    y[0] = 5.0
    (y * y).sum().backward()
    equal(y.grad, [10.0, 8.0])


def test_a_retained_gradient_is_what_the_hooks_made_of_it_and_adds_up_over_passes():
    x = leaf(2.0)
    y = x * 3
    y.retain_grad()
    y.register_hook(lambda g: g * 10)
    y.backward(retain_graph=True)
    y.backward()
    equal(y.grad, 20.0)


def test_gradients_leaves_the_grad_of_a_tensor_that_retains_it_alone():
    x = ag.tensor([1.0, 2.0], requires_grad=True)
    y = x * 2
    y.retain_grad()
    (found,) = ag.gradients((y * y).sum(), x, retain_graph=True)
    assert y.grad is None and found.tolist() == [8.0, 16.0]
    (y * y).sum().backward()
    assert y.grad.tolist() == [4.0, 8.0]
