"""The backward pass and `gradients`: what arrives, in whose memory, what is released, higher derivatives."""

import numpy as np
import pytest

import autograd as ag


def leaf(data, dtype="float64"):
    return ag.tensor(data, dtype=dtype, requires_grad=True)


def equal(gradient, expected):
    """A Tensor with exactly these values."""
    assert isinstance(gradient, ag.Tensor)
    np.testing.assert_array_equal(gradient.numpy(), np.asarray(expected, gradient.dtype), strict=True)


# --- accumulation ---------------------------------------------------------------------------------------


def test_a_tensor_that_is_used_twice_gets_both_gradients():
    x = leaf([1.0, 2.0])
    y = x * 3
    (x * y + y).sum().backward()
    equal(x.grad, [9.0, 15.0])


def test_the_same_tensor_as_both_operands():
    x = leaf([1.0, 2.0])
    (x * x).sum().backward()
    equal(x.grad, [2.0, 4.0])


def test_grad_adds_up_over_passes_until_it_is_zeroed():
    x = leaf([1.0, 2.0])
    (x * 2).sum().backward()
    (x * 3).sum().backward()
    equal(x.grad, [5.0, 5.0])
    x.zero_grad()
    assert x.grad is None
    (x * 3).sum().backward()
    equal(x.grad, [3.0, 3.0])


def test_backward_of_a_leaf_is_the_gradient_itself():
    x = leaf(2.0)
    x.backward()
    x.backward(3.0)
    equal(x.grad, 4.0)


def test_a_diamond_is_visited_once_however_many_paths_lead_through_it():
    x = leaf(1.0)
    y = x
    for _ in range(64):
        y = y + y
    y.backward()
    equal(x.grad, 2.0**64)


def test_what_needs_no_gradient_gets_none():
    x, c = leaf([1.0, 2.0]), ag.tensor([3.0, 4.0])
    (x * c).sum().backward()
    assert c.grad is None


def test_a_leaf_that_nobody_holds_is_passed_over():
    x, y = leaf([1.0, 2.0]), leaf([3.0, 4.0])
    product = (x * y).sum()
    del x
    product.backward()
    equal(y.grad, [1.0, 2.0])


def test_zero_size_and_0d_tensors_have_gradients():
    nothing, scale = leaf(np.zeros((0, 3))), leaf(2.0)
    (nothing * scale).sum().backward()
    assert nothing.grad.shape == (0, 3)
    equal(scale.grad, 0.0)


@pytest.mark.parametrize("dtype", ["float16", "float32", "float64", ">f4", np.longdouble])
def test_a_gradient_has_its_leafs_dtype_whatever_it_was_computed_in(dtype):
    x = leaf([1.0, 2.0], dtype)
    (x * np.float64(3.0)).sum().backward()
    assert x.grad.dtype == np.dtype(dtype)
    equal(x.grad, [3.0, 3.0])


@pytest.mark.parametrize("shape", [(), (1,), (3,), (1, 3), (2, 1), (1, 1, 1)])
def test_broadcasting_is_undone(shape):
    x, y = leaf(np.full(shape, 2.0)), leaf(np.arange(6.0).reshape(2, 3))
    (x * y).sum().backward()
    whole = np.broadcast_to(x.numpy(), np.broadcast_shapes(shape, (2, 3)))
    assert x.grad.shape == shape
    assert x.grad.numpy().sum() == y.numpy().sum()
    equal(y.grad, whole.reshape(2, 3))


def test_fortran_order_and_strides_make_no_difference():
    values = np.arange(24.0).reshape(4, 6)
    x = ag.Tensor(np.asfortranarray(values)[::-2, ::3], requires_grad=True)
    (x * x).sum().backward()
    equal(x.grad, 2 * values[::-2, ::3])


@pytest.mark.parametrize("create_graph", [False, True])
def test_a_gradient_has_its_leafs_dtype_whatever_it_was_started_from(create_graph):
    x = leaf([1.0, 2.0], "float32")
    x.backward(ag.tensor(np.ones(2)), create_graph=create_graph)
    assert x.grad.dtype == np.float32


def test_the_gradient_to_start_from_may_be_anything_of_the_shape():
    for gradient in ([1.0, 2.0], np.array([1, 2]), ag.tensor([1.0, 2.0]), leaf([1.0, 2.0], "float32")):
        x = leaf([3.0, 4.0])
        (x * x).backward(gradient)
        equal(x.grad, [6.0, 16.0])


@pytest.mark.parametrize("condition", [[0, 1, 2], [0.0, 0.5, -3.0], [False, True, True], np.array([0, 7, 1], np.uint8)])
def test_whatever_is_not_zero_counts_as_true_in_where(condition):
    x, y = leaf([1.0, 2.0, 3.0]), leaf([4.0, 5.0, 6.0])
    ag.where(condition, x, y).sum().backward()
    equal(x.grad, [0.0, 1.0, 1.0])
    equal(y.grad, [1.0, 0.0, 0.0])


def test_where_keeps_what_is_not_finite_to_the_branch_that_was_taken():
    x, y = leaf([1.0, 2.0]), leaf([3.0, 4.0])
    ag.where([True, False], x, y).backward([np.inf, np.nan])
    equal(x.grad, [np.inf, 0.0])
    equal(y.grad, [0.0, np.nan])


# --- memory of their own --------------------------------------------------------------------------------

CREATE_GRAPH = pytest.mark.parametrize("create_graph", [False, True])


@CREATE_GRAPH
def test_the_two_gradients_of_a_sum_are_two_arrays(create_graph):
    x, y = leaf([1.0, 2.0]), leaf([3.0, 4.0])
    (x + y).backward(np.ones(2), create_graph=create_graph)
    assert x.grad is not y.grad
    assert not np.shares_memory(x.grad.data, y.grad.data)
    with ag.no_grad():
        x.grad += 5.0
    equal(y.grad, [1.0, 1.0])


@CREATE_GRAPH
def test_a_second_pass_adds_to_each_gradient_once(create_graph):
    x, y = leaf([1.0, 2.0]), leaf([3.0, 4.0])
    for _ in range(2):
        (x + y).backward(np.ones(2), create_graph=create_graph)
    (x + y).backward(np.ones(2))
    equal(x.grad, [3.0, 3.0])
    equal(y.grad, [3.0, 3.0])


@CREATE_GRAPH
@pytest.mark.parametrize("operation", [lambda x: x, lambda x: x + 0.0, lambda x: x.reshape(2), lambda x: x.copy()])
def test_grad_is_no_alias_of_the_gradient_that_was_given(operation, create_graph):
    x, start = leaf([1.0, 2.0]), ag.tensor([1.0, 1.0], dtype="float64")
    operation(x).backward(start, create_graph=create_graph)
    x.backward(np.ones(2))
    equal(x.grad, [2.0, 2.0])
    equal(start, [1.0, 1.0])


def test_grad_is_no_alias_of_an_array_that_a_rule_keeps():
    x, y = leaf([1.0, 2.0]), leaf([3.0, 4.0])
    constant = ag.elementwise(lambda x, y: x + y, name="constant", x=lambda g, y: y, y=lambda g, x: x)
    constant(x, y).sum().backward()
    assert not np.shares_memory(x.grad.data, y.data)
    x.backward(np.ones(2))
    equal(y, [3.0, 4.0])
    equal(x.grad, [4.0, 5.0])


@pytest.mark.parametrize(
    "handed_on", [lambda g: g, lambda g: g.reshape(1000), lambda g: g.reshape(10, 100).reshape(-1)]
)
def test_an_array_that_nobody_else_holds_becomes_the_grad_without_a_copy(handed_on):
    made = []

    def slope(g):
        gradient = 2 * g
        made.append(gradient.ctypes.data)
        return handed_on(gradient)

    double = ag.elementwise(lambda x: 2 * x, name="double", x=slope)
    x = leaf(np.ones(1000))
    double(x).sum().backward()
    assert x.grad.data.ctypes.data == made[0]
    (found,) = ag.gradients(double(x).sum(), x)
    assert found.data.ctypes.data == made[1]


def test_two_views_of_one_array_become_two_grads():
    x, y = leaf([1.0, 2.0]), leaf([3.0, 4.0])

    @ag.primitive
    def both(x, y):
        return x + y

    @both.joint_vjp("x", "y")
    def slopes(g):
        shared = 2 * g
        return shared.reshape(2), shared.reshape(2)

    both(x, y).backward(np.ones(2))
    assert not np.shares_memory(x.grad.data, y.grad.data)
    x.backward(np.ones(2))
    equal(y.grad, [2.0, 2.0])


@pytest.mark.parametrize("part", [slice(0, 2), slice(1, 3)])
def test_grad_keeps_no_more_memory_than_its_own(part):
    """A few elements of a large array do not keep it alive."""
    first = ag.elementwise(lambda x: x, name="first", x=lambda g: np.ones(1000)[part])
    x = leaf([1.0, 2.0])
    first(x).backward(np.ones(2))
    assert x.grad.data.base is None or x.grad.data.base.size == 2


def test_grad_is_no_alias_of_a_view_that_a_rule_keeps():
    kept = np.ones((1, 2))
    view = kept.reshape(2)
    constant = ag.elementwise(lambda x: x, name="constant", x=lambda g: view)
    other = ag.elementwise(lambda x: x, name="other", x=lambda g: kept.reshape(2))
    for function in (constant, other):
        x = leaf([1.0, 2.0])
        function(x).backward(np.ones(2))
        assert not np.shares_memory(x.grad.data, kept)


def test_grad_can_be_written_to_even_where_a_rule_gave_a_broadcast_view():
    x = leaf([1.0, 2.0])
    x.sum().backward()
    x.grad.data[0] = 7.0
    equal(x.grad, [7.0, 1.0])


@CREATE_GRAPH
def test_gradients_returns_tensors_of_their_own(create_graph):
    x, y, start = leaf([1.0, 2.0]), leaf([3.0, 4.0]), ag.tensor([1.0, 1.0], dtype="float64")
    found = ag.gradients(x + y, [x, y], start, create_graph=create_graph)
    arrays = [start.data, *(gradient.data for gradient in found)]
    assert not any(np.shares_memory(arrays[i], arrays[j]) for i in range(3) for j in range(i))


def test_the_gradient_that_was_given_is_left_unchanged():
    start = np.ones(2)
    x = leaf([1.0, 2.0])
    y = x + 0.0
    (y + y + y).backward(start)
    np.testing.assert_array_equal(start, [1.0, 1.0])
    equal(x.grad, [3.0, 3.0])


# --- releasing and repeating ----------------------------------------------------------------------------


def test_a_retained_graph_may_be_passed_through_again():
    x = leaf([1.0, 2.0])
    y = (x * x).sum()
    y.backward(retain_graph=True)
    y.backward()
    equal(x.grad, [4.0, 8.0])


@pytest.mark.parametrize("again", [lambda y, x: y.backward(), lambda y, x: ag.gradients(y, x)])
@pytest.mark.parametrize("first", [lambda y, x: y.backward(), lambda y, x: ag.gradients(y, x)])
def test_a_released_graph_says_so(first, again):
    x = leaf([1.0, 2.0])
    y = (x * x).sum()
    first(y, x)
    with pytest.raises(ag.errors.GradientError, match=r"second time.*retain_graph=True"):
        again(y, x)


def test_a_part_that_two_graphs_share_is_released_by_the_first():
    x = leaf([1.0, 2.0])
    shared = x * x
    shared.sum().backward()
    with pytest.raises(ag.errors.GradientError, match="multiply"):
        (shared * 2).sum().backward()


def test_a_graph_that_was_not_passed_through_is_not_released():
    x, y = leaf(2.0), leaf(3.0)
    first, second = x * x, y * y
    ag.gradients(first + second, x)
    second.backward()
    equal(y.grad, 6.0)


def test_an_error_in_a_rule_leaves_no_gradient_and_no_mode_behind():
    def broken(g):
        raise RuntimeError("on purpose")

    fragile = ag.elementwise(lambda x: x * 1.0, name="fragile", x=broken)
    for create_graph in (False, True):
        x, y = leaf(2.0), leaf(3.0)
        with pytest.raises(RuntimeError, match="on purpose"):
            (fragile(x * 2) + y).backward(create_graph=create_graph)
        assert x.grad is None
        assert ag.is_grad_enabled()
        (x * y).backward()
        equal(x.grad, 3.0)


# --- create_graph ---------------------------------------------------------------------------------------


def test_gradients_of_gradients_to_the_fourth_order():
    x = leaf(2.0)
    slope = x**4
    for expected in (32.0, 48.0, 48.0, 24.0):
        (slope,) = ag.gradients(slope, x, create_graph=True)
        assert slope.item() == pytest.approx(expected)


def test_backward_through_a_gradient_that_is_part_of_a_loss():
    x, w = leaf(3.0), leaf(2.0)
    (slope,) = ag.gradients(w * x * x, x, create_graph=True)
    (slope * slope).backward()  # (2 w x) ** 2
    equal(w.grad, 8 * 2 * 9)
    equal(x.grad, 8 * 4 * 3)


def test_backward_with_create_graph_leaves_grads_that_can_be_differentiated():
    x = leaf([1.0, 2.0])
    (x**3).sum().backward(create_graph=True)
    slope, x.grad = x.grad, None
    slope.sum().backward()
    equal(x.grad, [6.0, 12.0])


def test_create_graph_then_an_ordinary_pass_through_the_same_graph():
    x = leaf([1.0, 2.0])
    y = (x * x).sum()
    y.backward(create_graph=True)
    y.backward()
    equal(x.grad, [4.0, 8.0])


def test_create_graph_records_under_no_grad():
    x = leaf(3.0)
    y = x * x
    with ag.no_grad():
        (slope,) = ag.gradients(y, x, create_graph=True)
        assert not ag.is_grad_enabled()
    slope.backward()
    equal(x.grad, 2.0)


def test_the_incoming_gradient_is_a_variable_too():
    x, start = leaf([1.0, 2.0]), leaf([1.0, 1.0])
    (product,) = ag.gradients(x * x, x, start, create_graph=True)
    product.sum().backward()
    equal(start.grad, [2.0, 4.0])


# --- gradients() ----------------------------------------------------------------------------------------


def test_gradients_leaves_every_grad_alone():
    x, y = leaf(2.0), leaf(3.0)
    found = ag.gradients(x * y, [x, y])
    assert [g.item() for g in found] == [3.0, 2.0]
    assert (x.grad, y.grad) == (None, None)


def test_gradients_with_respect_to_a_computed_tensor():
    x = leaf([1.0, 2.0])
    y = x * x
    equal(ag.gradients((y * y * 3).sum(), y)[0], [6.0, 24.0])


def test_gradients_with_respect_to_inputs_that_depend_on_each_other():
    x = leaf(2.0)
    y = x * x
    z = y * x
    of_z, of_y, of_x = ag.gradients(z, [z, y, x])
    assert (of_z.item(), of_y.item(), of_x.item()) == (1.0, 2.0, 12.0)


def test_gradients_with_respect_to_a_computed_tensor_needs_nothing_below_it():
    x = leaf([1.0, 2.0])
    y = x * x
    y.backward(np.ones(2))  # releases what lies below y
    equal(ag.gradients((y * 3).sum(), y)[0], [3.0, 3.0])


def test_gradients_with_respect_to_a_computed_tensor_releases_nothing_below_it():
    x = leaf([1.0, 2.0])
    y = x * x
    ag.gradients((y * 3).sum(), y)
    y.sum().backward()
    equal(x.grad, [2.0, 4.0])


def test_gradients_of_several_outputs_add_up():
    x = leaf([1.0, 2.0])
    y = x * x
    equal(ag.gradients([y, x, y], x, [np.ones(2), [10.0, 10.0], np.ones(2)])[0], [14.0, 18.0])


def test_gradients_gives_none_for_an_unused_input_that_is_allowed():
    x, y = leaf(2.0), leaf(3.0)
    found = ag.gradients(x * x, [y, x], allow_unused=True)
    assert found[0] is None
    equal(found[1], 4.0)


def test_gradients_takes_only_the_part_of_a_sequence_that_is_asked_for():
    x, y = leaf([1.0]), leaf([2.0])
    inner, calls = x * 2, []
    inner.register_hook(calls.append)
    joined = ag.concatenate([inner, y * 3, np.ones(1), y])
    equal(ag.gradients(joined, y, np.array([1.0, 2.0, 3.0, 4.0]))[0], [10.0])
    assert calls == []


def test_a_leaf_that_was_told_to_need_no_gradient_gets_none_until_it_needs_one_again():
    x = ag.tensor([1.0, 2.0], requires_grad=True)
    y = (x * x).sum()
    x.requires_grad_(False)
    y.backward(retain_graph=True)
    assert x.grad is None
    x.requires_grad_(True)
    y.backward()
    assert x.grad.tolist() == [2.0, 4.0]


def test_a_pass_that_fails_fills_no_grad():
    x = ag.tensor([1.0, 2.0], requires_grad=True)
    y = x * x
    z = y * 3
    z.retain_grad()
    with ag.no_grad():
        x += 1
    with pytest.raises(ag.errors.GradientError):
        z.sum().backward()
    assert x.grad is None and z.grad is None
