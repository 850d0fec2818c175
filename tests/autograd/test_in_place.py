"""Changing values: what is recorded, and what is written in place."""

import operator

import numpy as np
import pytest

import autograd as ag

IN_PLACE = [
    (operator.iadd, operator.add),
    (operator.isub, operator.sub),
    (operator.imul, operator.mul),
    (operator.itruediv, operator.truediv),
    (operator.ipow, operator.pow),
    (operator.ifloordiv, operator.floordiv),
    (operator.imod, operator.mod),
]
OPERATE = pytest.mark.parametrize(("change", "operate"), IN_PLACE, ids=[plain.__name__ for _, plain in IN_PLACE])


def leaf(data, dtype="float64"):
    return ag.tensor(data, dtype=dtype, requires_grad=True)


def equal(tensor, expected):
    """A Tensor with exactly these values."""
    assert isinstance(tensor, ag.Tensor)
    np.testing.assert_array_equal(tensor.numpy(), np.asarray(expected, tensor.dtype), strict=True)


# --- assignment while recording -------------------------------------------------------------------------


def test_assignment_is_differentiable_in_the_tensor_and_in_the_value():
    x, v = leaf([1.0, 2.0, 3.0]), leaf(5.0)
    y = x * 2
    y[1] = v * v
    equal(y, [2.0, 25.0, 6.0])
    (y * y).sum().backward()
    equal(x.grad, [8.0, 0.0, 24.0])
    equal(v.grad, 2 * 25 * 2 * 5)


def test_tensors_that_saw_the_old_value_keep_it():
    x = leaf([1.0, 2.0])
    y = x * 2
    square, first = y * y, y[:1]
    y[0] = 100.0
    equal(square, [4.0, 16.0])
    equal(first, [2.0])
    square.sum().backward()
    equal(x.grad, [8.0, 16.0])


def test_assignments_may_follow_each_other():
    x = leaf([1.0, 2.0, 3.0])
    y = x * 2
    for i in range(2):
        y[i] = x[2] * 10
    equal(y, [30.0, 30.0, 6.0])
    y.sum().backward()
    equal(x.grad, [0.0, 0.0, 22.0])


def test_the_value_broadcasts_into_its_place():
    x, v = leaf(np.zeros((2, 3))), leaf([[1.0, 2.0, 3.0]])
    y = x * 1
    y[:] = v
    y.sum().backward()
    equal(x.grad, np.zeros((2, 3)))
    equal(v.grad, [[2.0, 2.0, 2.0]])


def test_assigning_into_a_constant_gives_it_a_place_in_the_graph():
    x, filled = leaf([1.0, 2.0]), ag.zeros(3, dtype="float64")
    filled[1:] = x
    assert not filled.is_leaf
    (filled * 3).sum().backward()
    equal(x.grad, [3.0, 3.0])


@pytest.mark.parametrize("index", [[0, 2], np.array([True, False, True]), slice(None, None, 2)], ids=repr)
def test_assignment_at_advanced_and_boolean_indices(index):
    x, v = leaf([1.0, 2.0, 3.0]), leaf([5.0, 6.0])
    y = x * 1
    y[index] = v
    (y * [1.0, 10.0, 100.0]).sum().backward()
    equal(x.grad, [0.0, 10.0, 0.0])
    equal(v.grad, [1.0, 100.0])


NOT_VIEWS = {
    "copy": lambda x: x.copy(),
    "astype": lambda x: x.astype("float32"),
    "columns": lambda x: x[:, [0, 1]],
    "tensordot": lambda x: ag.tensordot(np.eye(2), x, 1),
    "tile": lambda x: ag.tile(x, 2),
    "outer": lambda x: ag.outer(x, np.ones(2)),
    "einsum": lambda x: ag.einsum("ij,k->jik", x, np.ones(2)),
    "take_along_axis": lambda x: ag.take_along_axis(x, np.zeros((2, 1), int), 1),
    "roll": lambda x: ag.roll(x, 1),
    "cumsum": lambda x: ag.cumsum(x),
}


@pytest.mark.parametrize("make", NOT_VIEWS.values(), ids=NOT_VIEWS.keys())
def test_results_in_memory_of_their_own_can_be_assigned_into(make):
    x = leaf([[1.0, 2.0, 3.0], [4.0, 5.0, 6.0]])
    y = make(x)
    y[0] = 9.0
    assert (y.numpy()[0] == 9.0).all()
    y.sum().backward()
    assert x.grad.shape == x.shape


@pytest.mark.parametrize(
    "view", [lambda y: y[1:], lambda y: y.reshape(3, 2), lambda y: y.T, lambda y: ag.broadcast_to(y[0], (2, 3))]
)
def test_assignment_into_a_view_would_be_lost_and_is_an_error(view):
    y = leaf(np.ones((2, 3))) * 2
    with pytest.raises(ag.errors.GradientError, match=r"view.*copy\(\)"):
        view(y)[0] = 5.0
    equal(y, np.full((2, 3), 2.0))


def test_assignment_into_an_element_of_an_element_is_refused_while_the_outer_one_is_there():
    y = leaf(np.ones((2, 3))) * 2
    with pytest.raises(ag.errors.GradientError, match=r"into a view.*x\[i, j\] = v, not x\[i\]\[j\]"):
        y[0][1] = 5.0
    equal(y, np.full((2, 3), 2.0))
    with ag.no_grad():
        y[0][1] = 5.0
    equal(y, [[2.0, 5.0, 2.0], [2.0, 2.0, 2.0]])


def test_a_constant_view_may_be_assigned_into_where_nothing_else_sees_its_memory():
    x = leaf([1.0, 2.0, 3.0])
    alone = ag.Tensor(np.zeros(6).reshape(2, 3))
    alone[0] = x
    equal(alone, [[1.0, 2.0, 3.0], [0.0, 0.0, 0.0]])
    alone.sum().backward()
    equal(x.grad, [1.0, 1.0, 1.0])

    array = np.zeros(6)
    constant = ag.zeros(2, 3, dtype="float64")
    for seen in (ag.Tensor(array.reshape(2, 3)), constant[:], constant.T.T, ag.Tensor(np.frombuffer(bytes(24)))):
        with pytest.raises(ag.errors.GradientError, match="into a view"):
            seen[0] = x[0]
    assert not array.any()
    equal(constant, np.zeros((2, 3)))


@ag.primitive
def head(x):
    return x[:1]


head.vjp(x=lambda g, x_shape: ag.add_at(g, slice(0, 1), x_shape))

VIEWS = {
    "einsum": lambda x: ag.einsum("ij->ji", x),
    "einsum, a diagonal": lambda x: ag.einsum("ii->i", x[:, :2]),
    "a user's": head,
    "astype": lambda x: x.astype("float64", copy=False),
    "split": lambda x: ag.split(x, 2)[1],
    "a view of a copy": lambda x: x.T.reshape(6)[:2],
}


@pytest.mark.parametrize("make", VIEWS.values(), ids=VIEWS.keys())
def test_every_view_is_recognised(make):
    y = leaf([[1.0, 2.0, 3.0], [4.0, 5.0, 6.0]]) * 1
    with pytest.raises(ag.errors.GradientError, match="into a view"):
        make(y)[0] = 9.0


COPIES = [lambda x: x.T.reshape(6), lambda x: ag.einsum("ij->i", x), lambda x: ag.ravel(x.T)]


@pytest.mark.parametrize("make", COPIES)
def test_what_was_copied_is_no_view(make):
    y = make(leaf([[1.0, 2.0, 3.0], [4.0, 5.0, 6.0]]) * 1)
    y[0] *= leaf(2.0)
    assert y.requires_grad


def test_a_copy_of_a_view_is_the_remedy_that_the_error_names():
    y = leaf(np.ones((2, 3))) * 2
    part = y[1:].copy()
    part[0] = 5.0
    equal(part, [[5.0, 5.0, 5.0]])


def test_assignment_into_a_leaf_that_needs_a_gradient_is_an_error():
    x = leaf([1.0, 2.0])
    with pytest.raises(ag.errors.GradientError, match=r"leaf.*no_grad"):
        x[0] = 5.0
    equal(x, [1.0, 2.0])


def test_a_gradient_is_not_lost_in_an_integer_tensor():
    counts = ag.tensor([1, 2])
    with pytest.raises(ag.errors.GlassgradError, match="int64"):
        counts[0] = leaf(2.7)


# --- methods that change values -----------------------------------------------------------------------------

METHODS = {
    "fill": (lambda t, v: t.fill(v), lambda a, v: a.fill(v)),
    "put": (lambda t, v: t.put([0, -1], v), lambda a, v: a.put([0, -1], v)),
    "put, wrapping": (lambda t, v: t.put([7], v, mode="wrap"), lambda a, v: a.put([7], v, mode="wrap")),
}
METHOD = pytest.mark.parametrize(("change", "expected"), METHODS.values(), ids=METHODS.keys())


@METHOD
def test_methods_change_values_as_ndarrays_do(change, expected):
    array = np.ones((2, 3))
    expected(array, 5.0)
    x, v, constant = leaf(np.ones((2, 3))), leaf(5.0), ag.ones(2, 3)
    y = x * 1
    assert change(y, v) is None
    change(constant, 5.0)
    equal(y, array)
    equal(constant, array)
    y.sum().backward()
    equal(x.grad, array == 1)
    equal(v.grad, (array == 5).sum())
    with pytest.raises(ag.errors.GradientError, match=r"(fill|put)\(.*on a leaf"):
        change(x, v)
    with ag.no_grad():
        change(x, v)
    equal(x, array)


def test_fill_takes_one_number():
    with pytest.raises(ag.errors.ShapeError, match=r"t\.fill\(v\).*\(2,\)"):
        ag.zeros(2).fill(np.ones(2))


# --- in-place operators while recording -----------------------------------------------------------------


@OPERATE
def test_an_in_place_operator_rebinds_a_computed_tensor(change, operate):
    x, same = leaf([1.5, 2.5]), leaf([1.5, 2.5])
    before = y = x * 2
    y = change(y, 2.0)
    equal(y, operate(np.array([3.0, 5.0]), 2.0))
    equal(before, [3.0, 5.0])
    y.sum().backward()
    operate(same * 2, 2.0).sum().backward()
    equal(x.grad, same.grad.numpy())


@OPERATE
def test_an_in_place_operator_on_a_leaf_that_needs_a_gradient_is_an_error(change, operate):
    x = leaf([1.5, 2.5])
    with pytest.raises(ag.errors.GradientError, match=r"leaf.*no_grad"):
        change(x, 2.0)
    equal(x, [1.5, 2.5])


def test_a_recorded_in_place_operator_keeps_shape_and_dtype_as_in_numpy():
    y = leaf([1.0, 2.0], "float32") * 1
    y += leaf([1.0, 1.0])
    assert y.dtype == np.float32
    with pytest.raises(ag.errors.ShapeError, match=r"\(3, 2\).*\(2,\)"):
        y += np.ones((3, 2), np.float32)


def test_adding_a_tensor_in_a_graph_to_a_constant_rebinds_the_constant():
    x, total = leaf([1.0, 2.0]), ag.zeros(2, dtype="float64")
    alias = total
    for _ in range(3):
        total += x * x
    total.sum().backward()
    equal(x.grad, [6.0, 12.0])
    equal(alias, [0.0, 0.0])


# --- in place, where nothing is recorded ----------------------------------------------------------------


@OPERATE
@pytest.mark.parametrize("value", [[1.5, 2.5], [[1.0], [3.0]]], ids=["vector", "matrix"])
def test_under_no_grad_an_in_place_operator_writes_into_the_array(change, operate, value):
    x = leaf(value)
    array, expected = x.data, operate(np.array(value), 2.0)
    with ag.no_grad():
        result = change(x, 2.0)
    assert result is x
    assert x.data is array
    assert x.is_leaf
    assert x.requires_grad
    equal(x, expected)


def test_the_update_that_people_mean():
    weights = [leaf([1.0, 2.0]), leaf(3.0)]
    sum((w * w).sum() for w in weights).backward()
    with ag.no_grad():
        for w in weights:
            w -= 0.25 * w.grad
    equal(weights[0], [0.5, 1.0])
    equal(weights[1], 1.5)
    assert all(w.requires_grad for w in weights)


@pytest.mark.parametrize("recording", [True, False])
def test_tensors_that_need_no_gradient_are_written_in_place(recording):
    x = ag.tensor([1, 2, 3])
    view = x[1:]
    with ag.set_grad_enabled(recording):
        x[2] = 7
        x += 1
    equal(view, [3, 8])


def test_under_no_grad_a_view_writes_through():
    x = leaf([[1.0, 2.0], [3.0, 4.0]])
    with ag.no_grad():
        x[0] += 10.0
        x.T[1] = 0.0
        x.reshape(4)[2:] *= 2.0
    equal(x, [[11.0, 0.0], [6.0, 0.0]])


def test_a_0d_leaf_is_assigned_under_no_grad():
    x = leaf(2.0)
    with ag.no_grad():
        x[()] = 5.0
        x[...] += 1.0
    equal(x, 6.0)
    (x * x).backward()
    equal(x.grad, 12.0)


@pytest.mark.parametrize("make", [lambda: leaf(1.0), lambda: ag.ones((), requires_grad=True), lambda: leaf([1.0])])
def test_an_in_place_operator_never_changes_a_shape(make):
    x = make()
    shape = x.shape
    for other in (np.ones((2, 3)), np.ones((1, *shape))):
        with ag.no_grad(), pytest.raises(ValueError, match="shape"):
            x += other
        assert x.shape == shape


@pytest.mark.parametrize("make", [lambda: ag.tensor(3), lambda: ag.tensor([3])])
def test_an_in_place_operator_never_changes_a_dtype(make):
    x = make()
    with pytest.raises(TypeError):
        x /= 2
    assert x.dtype == np.int64


def test_new_data_of_a_leaf_must_suit_its_gradient():
    x = leaf([1.0, 2.0])
    with pytest.raises(ag.errors.DtypeError, match="int64"):
        x.data = [1, 2]


# --- assignment into plain arrays -----------------------------------------------------------------------


def store(array, index, value):
    array[index] = value


@pytest.mark.parametrize(
    "write",
    [
        lambda array, x: store(array, 0, x[0]),
        lambda array, x: store(array, slice(0, 2), [x[0], 2.0]),
        lambda array, x: store(array, 0, array[0] + x[0]),
        lambda array, x: store(array, slice(0, 2), x),
        lambda array, x: store(array, slice(0, 1), x[:1]),
    ],
)
def test_an_array_takes_no_tensor_that_needs_a_gradient(write):
    """Of an error of ours, NumPy makes the cause of one of its own where it asked for a number."""
    array = np.zeros(3)
    with pytest.raises((ValueError, ag.errors.DetachError)) as caught:
        write(array, leaf([1.0, 2.0]))
    error = caught.value.__cause__ or caught.value
    assert isinstance(error, ag.errors.DetachError)
    assert "cut it out of its graph" in str(error)
    assert not array.any()


def test_an_array_takes_numbers_out_of_tensors():
    x, array = leaf([1.0, 2.0]), np.zeros(4)
    array[0] = x[1].item()
    array[1] = float(x[1]) + 1
    with ag.no_grad():
        array[2] = x[1]
    array[3] = x[1].detach()
    assert array.tolist() == [2.0, 3.0, 2.0, 2.0]


@pytest.mark.parametrize("like", [np.zeros_like, np.ones_like, np.empty_like, lambda x: np.full_like(x, 7)])
def test_an_array_like_a_tensor_is_one_and_takes_tensors(like):
    x = leaf([1.0, 2.0])
    out = like(x)
    assert not out.requires_grad
    for i in range(2):
        out[i] = x[i] * x[i]
    out.sum().backward()
    equal(x.grad, [2.0, 4.0])
    assert np.zeros_like(x, dtype=int, shape=(3,)).dtype == int
