"""Tensor: what it holds, its operators and indices, how it meets Python's protocols and NumPy's."""

import operator

import numpy as np
import pytest

import autograd as ag

OPERATORS = (
    operator.add,
    operator.sub,
    operator.mul,
    operator.truediv,
    operator.pow,
    operator.floordiv,
    operator.mod,
)
COMPARISONS = (operator.eq, operator.ne, operator.lt, operator.le, operator.gt, operator.ge)

MATRIX = np.array([[1.5, 2.0], [3.0, 0.5]], np.float32)
ROW = np.array([2.0, 3.0], np.float32)
OTHERS = [
    ROW,
    MATRIX,
    np.array(2.0, np.float32),
    2,
    2.5,
    True,
    np.float32(2.5),
    np.float64(2.5),
    np.int64(2),
    [2.0, 3.0],
    np.asfortranarray(MATRIX).astype(">f8"),
    MATRIX.astype(np.float16),
    np.zeros((0, 1, 2), np.float32) + 1,
]


def leaf(data, dtype="float64"):
    return ag.tensor(data, dtype=dtype, requires_grad=True)


def same(result, expected):
    """A recorded Tensor with exactly NumPy's value and dtype."""
    assert isinstance(result, ag.Tensor)
    assert result.requires_grad
    np.testing.assert_array_equal(result.numpy(), expected, strict=True)


# --- operators ------------------------------------------------------------------------------------------


@pytest.mark.parametrize("operate", OPERATORS)
@pytest.mark.parametrize("other", OTHERS, ids=lambda other: f"{type(other).__name__}{np.shape(other)}")
def test_operators_and_their_reflected_forms_are_numpys(operate, other):
    same(operate(leaf(MATRIX, None), other), operate(MATRIX, other))
    same(operate(other, leaf(MATRIX, None)), operate(other, MATRIX))


@pytest.mark.parametrize("operate", OPERATORS)
def test_operators_between_tensors_broadcast(operate):
    same(operate(leaf(MATRIX, None), leaf(ROW, None)), operate(MATRIX, ROW))


@pytest.mark.parametrize("operate", OPERATORS)
@pytest.mark.parametrize("other", [2, 2.5, np.float64(2.5), ROW, [2.0, 3.0], (2.0, 3.0)], ids=repr)
def test_operators_of_a_0d_tensor_are_numpys(operate, other):
    same(operate(leaf(1.5, "float32"), other), operate(np.array(1.5, np.float32), other))
    same(operate(other, leaf(1.5, "float32")), operate(other, np.array(1.5, np.float32)))


@pytest.mark.parametrize("kind", [list, tuple])
def test_an_integer_0d_tensor_does_not_repeat_a_sequence(kind):
    np.testing.assert_array_equal((ag.tensor(3) * kind([1, 2])).numpy(), [3, 6])
    np.testing.assert_array_equal((kind([1, 2]) * ag.tensor(3)).numpy(), [3, 6])


@pytest.mark.parametrize("operate", [operator.neg, operator.pos, abs])
def test_unary_operators(operate):
    same(operate(leaf([-1.0, 2.0])), operate(np.array([-1.0, 2.0])))


def test_matmul_operator_with_arrays_on_either_side():
    same(leaf(MATRIX, None) @ MATRIX, MATRIX @ MATRIX)
    same(MATRIX @ leaf(MATRIX, None), MATRIX @ MATRIX)


def test_pythons_sum_adds_tensors_up():
    same(sum([leaf([1.0]), leaf([2.0])]), np.array([3.0]))


@pytest.mark.parametrize("compare", COMPARISONS)
@pytest.mark.parametrize("other", [1.5, np.float32(2.0), MATRIX, [1.5, 2.0]], ids=lambda other: type(other).__name__)
def test_comparisons_give_plain_boolean_arrays(compare, other):
    for result, expected in [
        (compare(leaf(MATRIX, None), other), compare(MATRIX, other)),
        (compare(other, leaf(MATRIX, None)), compare(other, MATRIX)),
        (compare(leaf(MATRIX, None), ag.tensor(other)), compare(MATRIX, np.asarray(other))),
    ]:
        assert type(result) is np.ndarray
        np.testing.assert_array_equal(result, expected, strict=True)


@pytest.mark.parametrize("other", ["zeros", None, object()], ids=lambda other: type(other).__name__)
@pytest.mark.parametrize("value", [1.0, [1.0, 2.0], [1, 2]], ids=repr)
def test_nothing_else_equals_a_tensor(value, other):
    assert not np.any(ag.tensor(value) == other)
    assert np.all(ag.tensor(value) != other)


def test_hash_is_identity_so_that_tensors_serve_as_keys():
    x, y = leaf([1.0, 2.0]), leaf([1.0, 2.0])
    assert {x: "x", y: "y"}[x] == "x"
    assert len({x, y, x}) == 2


# --- indices and iteration ------------------------------------------------------------------------------

INDICES = [
    1,
    -1,
    slice(None, None, -1),
    (slice(None), 1),
    ...,
    None,
    (..., 0),
    (0, 2),
    [0, 0, 1],
    ([0, 1, 0], [2, 2, 2]),
    (slice(None), [0, 2]),
    np.array([[True, False, True], [False, False, True]]),
    np.array([False, False]),
    [],
    np.int64(1),
    (),
    True,
]


@pytest.mark.parametrize("index", INDICES, ids=repr)
def test_indexing_reads_and_differentiates_what_numpy_reads(index):
    values = np.arange(6.0).reshape(2, 3)
    x = leaf(values)
    taken = x[index]
    same(taken, values[index])
    taken.backward(np.ones(taken.shape))
    counts = np.zeros((2, 3))
    np.add.at(counts, index, 1.0)
    np.testing.assert_array_equal(x.grad.numpy(), counts)


@pytest.mark.parametrize("index", [ag.tensor([2, 0]), ag.tensor(1), ag.tensor([True, False, True])], ids=repr)
def test_integer_and_boolean_tensors_are_indices(index):
    x = leaf([1.0, 2.0, 3.0])
    same(x[index], np.array([1.0, 2.0, 3.0])[index.numpy()])
    same(ag.stack([x, x])[:, index], np.array([[1.0, 2.0, 3.0]] * 2)[:, index.numpy()])


def test_an_index_that_its_owner_changes_later_does_not_move_the_gradient():
    x, places = leaf([1.0, 2.0, 3.0]), [0, 1]
    taken = x[places].sum()
    places[0] = 2
    taken.backward()
    np.testing.assert_array_equal(x.grad.numpy(), [1.0, 1.0, 0.0])


def test_iteration_and_unpacking_record():
    x = leaf([[1.0, 2.0], [3.0, 4.0]])
    first, second = x
    (first * second).sum().backward()
    np.testing.assert_array_equal(x.grad.numpy(), [[3.0, 4.0], [1.0, 2.0]])
    assert [row.shape for row in x] == [(2,), (2,)]
    assert len(x) == 2


def test_membership_asks_all_elements_as_in_numpy():
    assert 4.0 in ag.tensor([[1.0, 2.0], [3.0, 4.0]])
    assert 5.0 not in ag.tensor([[1.0, 2.0], [3.0, 4.0]])


# --- Python's conversions -------------------------------------------------------------------------------


def test_one_element_converts_to_a_python_number():
    x = leaf([[2.5]])
    assert (float(x), int(x), bool(x), x.item()) == (2.5, 2, True, 2.5)
    assert all(type(value) is float for value in (float(x), x.item()))
    assert not ag.tensor([0.0])


def test_an_integer_tensor_serves_where_python_wants_an_index():
    assert ["a", "b"][ag.tensor(1)] == "b"
    assert list(range(ag.tensor(2))) == [0, 1]
    with pytest.raises(TypeError, match="float32"):
        range(ag.tensor(2.0))


def test_tolist_gives_nested_python_numbers():
    assert leaf([[1.0, 2.0]]).tolist() == [[1.0, 2.0]]
    assert ag.tensor(3).tolist() == 3


def test_facts_about_the_array():
    x = ag.zeros(2, 3, dtype="float16")
    assert (x.shape, x.ndim, x.size, x.dtype, x.itemsize, x.nbytes) == ((2, 3), 2, 6, np.float16, 2, 12)
    assert (x.T.shape, ag.zeros(4, 2, 3).mT.shape) == ((3, 2), (4, 3, 2))


@pytest.mark.parametrize("shape", [(3, 2), (-1,), (1, 6), (2, -1, 1)])
def test_reshape_takes_lengths_or_a_shape(shape):
    x = ag.zeros(2, 3)
    assert x.reshape(*shape).shape == x.reshape(shape).shape == np.zeros((2, 3)).reshape(shape).shape


def test_transpose_takes_axes_or_a_tuple_of_them():
    x = ag.zeros(2, 3, 4)
    assert x.transpose().shape == (4, 3, 2)
    assert x.transpose(1, 0, 2).shape == x.transpose((1, 0, 2)).shape == (3, 2, 4)


# --- what is printed ------------------------------------------------------------------------------------


def test_repr_shows_values_and_dtype():
    assert repr(ag.tensor([1.0, 2.0])) == "Tensor([1., 2.], dtype=float32)"
    assert repr(ag.tensor([[1], [2]])) == "Tensor([[1],\n        [2]], dtype=int64)"


def test_repr_shows_what_a_tensor_is_in_its_graph():
    x = leaf(2.0, "float32")
    assert repr(x) == "Tensor(2., dtype=float32, requires_grad=True)"
    assert repr(x * 3) == "Tensor(6., dtype=float32, grad_fn=multiply)"


def test_repr_of_one_of_several_results_names_the_primitive():
    first, _ = ag.split(leaf([1.0, 2.0]), 2)
    assert "grad_fn=split" in repr(first)


def test_repr_of_many_values_is_short():
    assert len(repr(ag.zeros(2000))) < 200


def test_format_applies_a_spec_to_one_element():
    assert f"{leaf(1.2345):.2f}" == "1.23"
    assert f"{ag.tensor([1.0, 2.0])}" == "Tensor([1., 2.], dtype=float32)"


# --- NumPy's protocols ----------------------------------------------------------------------------------


@pytest.mark.parametrize(
    "function",
    [
        np.exp,
        np.abs,
        np.sum,
        lambda x: np.add(x, 1.0),
        lambda x: np.add(1.0, x),
        lambda x: np.mean(x, axis=0, keepdims=True),
        lambda x: np.concatenate([x, np.ones((1, 2))]),
        lambda x: np.stack([np.ones((2, 2)), x], axis=1),
        lambda x: np.matmul(x, x),
        lambda x: np.einsum("ij,ij->i", x, x),
        lambda x: np.where(np.eye(2, dtype=bool), x, 0.0),
        lambda x: np.reshape(x, (4,)),
        lambda x: np.transpose(x),
        lambda x: np.clip(x, 0.0, 1.0),
        lambda x: np.max(x, axis=1),
    ],
)
def test_numpys_functions_give_recorded_tensors(function):
    values = np.array([[0.5, -1.0], [2.0, 0.25]])
    same(function(leaf(values)), function(values))


@pytest.mark.parametrize(
    "function",
    [
        np.shape, np.ndim, np.size, np.argmax, np.argsort, np.isnan, np.isfinite, np.signbit, np.any,
        np.nonzero, lambda x: np.allclose(x, x), lambda x: np.array_equal(x, x), lambda x: np.less(x, 1.0),
        lambda x: np.isclose(x, 0.5), lambda x: np.logical_and(x, True),
    ],
)  # fmt: skip
def test_numpys_functions_without_a_gradient_give_plain_results(function):
    values = np.array([[0.5, -1.0], [2.0, 0.25]])
    result, expected = function(leaf(values)), function(values)
    assert type(result) is type(expected)
    np.testing.assert_array_equal(result, expected)


@pytest.mark.parametrize("plain", ["argmax", "argmin", "all", "any"])
def test_methods_without_a_gradient_give_plain_results(plain):
    values = np.array([[0.5, -1.0], [2.0, 0.25]])
    for options in ({}, {"axis": 0}, {"axis": 1, "keepdims": True}):
        result = getattr(leaf(values), plain)(**options)
        assert not isinstance(result, ag.Tensor)
        np.testing.assert_array_equal(result, getattr(values, plain)(**options))


def test_a_tensor_outside_of_graphs_is_an_array_for_numpy():
    x = ag.tensor([1.0, 2.0])
    assert np.array([x, x]).shape == (2, 2)
    assert np.asarray(x, dtype="float64").dtype == np.float64
    changed = np.array(x)
    changed[0] = 9.0
    assert x[0].item() == 1.0


def test_numpy_is_a_read_only_view_and_data_the_array_itself():
    x = leaf([1.0, 2.0])
    view = x.numpy()
    with pytest.raises(ValueError, match="read-only"):
        view[0] = 5.0
    x.data[0] = 5.0
    assert view[0] == 5.0


def test_the_arrays_of_numpys_subclasses_become_plain_ones(tmp_path):
    stored = np.memmap(tmp_path / "values", "float32", "w+", shape=(2, 2))
    stored[:] = 3.0
    x = ag.Tensor(stored, requires_grad=True)
    (x[0] * x).sum().backward()
    np.testing.assert_array_equal(x.grad.numpy(), [[9.0, 9.0], [3.0, 3.0]])


def test_boolean_tensors_combine_to_plain_arrays_and_rounding_is_numpys():
    a, b = ag.tensor([True, False]), ag.tensor([True, True])
    assert [(a & b).tolist(), (a | b).tolist(), (a ^ b).tolist(), (~a).tolist()] == [
        [True, False],
        [True, True],
        [False, True],
        [False, True],
    ]
    assert round(ag.tensor(2.345, dtype="float64"), 1).item() == 2.3


def test_numbers_of_numpys_in_a_list_keep_their_dtype():
    assert ag.tensor([np.float64(1.0), np.float64(2.0)]).dtype == np.float64
    assert ag.tensor([[1.0], [2.0]]).dtype == np.float32


@pytest.mark.parametrize(
    ("name", "remedy"),
    [("view", r"x\.reshape\(shape\)"), ("unsqueeze", r"np\.expand_dims"), ("numel", r"x\.size"), ("cpu", "x itself")],
)
def test_a_name_of_pytorchs_says_what_to_write(name, remedy):
    with pytest.raises(
        AttributeError, match=rf"Tensor has no attribute '{name}'\. It is PyTorch's; here write {remedy}"
    ):
        getattr(ag.tensor([1.0]), name)


def test_names_that_are_explained_are_not_there_and_are_pytorchs():
    from autograd.elsewhere import INSTEAD, INSTEAD_OF_FUNCTIONS

    assert not [name for name in INSTEAD if hasattr(ag.Tensor, name)]
    assert not [name for name in INSTEAD_OF_FUNCTIONS if hasattr(ag, name)]
    torch = pytest.importorskip("torch", reason="PyTorch is not installed: make test-parity")
    assert not [name for name in INSTEAD if not hasattr(torch.Tensor, name)]
    assert not [name for name in INSTEAD_OF_FUNCTIONS if not hasattr(torch, name)]


def test_a_function_of_pytorchs_says_what_to_write():
    with pytest.raises(AttributeError, match=r"no 'cat'.*PyTorch's; here write np\.concatenate\(arrays, axis\)"):
        ag.cat  # noqa: B018


def test_a_name_of_nobodys_is_plainly_missing():
    with pytest.raises(AttributeError, match=r"^Tensor has no attribute 'nonsense'\.$"):
        ag.tensor([1.0]).nonsense  # noqa: B018
