"""Products beyond what the property tests draw: NumPy's edges, shapes that do not fit, options, speed of sums."""

import numpy as np
import pytest

import autograd as ag
from autograd.errors import ArgumentError, GradientError, ShapeError

RNG = np.random.default_rng(0)
X, Y = RNG.standard_normal((3, 3)), RNG.standard_normal((3, 3))
V, W = RNG.standard_normal(3), RNG.standard_normal(3)


def leaf(data, dtype="float64"):
    return ag.tensor(data, dtype=dtype, requires_grad=True)


def numpys(name):
    """NumPy's function, or None where this version has none."""
    found = np
    for part in name.split("."):
        found = getattr(found, part, None)
    return found


def gradients(f, *arrays):
    """Of the sum of all elements of ``f(*arrays)``."""
    tensors = [leaf(array) for array in arrays]
    f(*tensors).sum().backward()
    return [tensor.grad.numpy() for tensor in tensors]


def same(got, wanted):
    assert isinstance(got, ag.Tensor)
    assert got.dtype == np.result_type(wanted)
    np.testing.assert_allclose(got.numpy(), wanted, rtol=1e-12, atol=1e-13)


# --- one function by three names ------------------------------------------------------------------------

CALLS = {
    "matmul": (X, Y),
    "dot": (X, V),
    "inner": (X, Y),
    "vdot": (X, Y),
    "outer": (X, V),
    "kron": (X, V),
    "cross": (X, V),
    "tensordot": (X, Y, 1),
    "vecdot": (X, V),
    "matvec": (X, V),
    "vecmat": (V, X),
    "linalg.matmul": (X, Y),
    "linalg.outer": (V, W),
    "linalg.cross": (X, Y),
    "linalg.vecdot": (X, V),
    "linalg.matrix_power": (X, 3),
}


@pytest.mark.parametrize("name", CALLS)
@pytest.mark.parametrize("requires_grad", [True, False])
def test_numpys_function_ours_and_the_method_agree(name, requires_grad):
    if numpys(name) is None:
        pytest.skip("this NumPy is older than the function")
    wanted = numpys(name)(*CALLS[name])
    x, *others = [ag.tensor(a, requires_grad=requires_grad) if np.ndim(a) else a for a in CALLS[name]]
    short = name.rsplit(".", maxsplit=1)[-1]
    for got in (numpys(name)(x, *others), getattr(ag, short)(x, *others), getattr(x, short)(*others)):
        same(got, wanted)
        assert got.requires_grad == requires_grad


@pytest.mark.parametrize("name", ["matmul", "inner", "vdot", "outer", "kron", "cross", "vecdot", "linalg.matrix_power"])
def test_integers_stay_integers(name):
    arguments = [np.arange(3), np.arange(1, 4)] if "matrix" not in name else [np.arange(4).reshape(2, 2), 3]
    if numpys(name) is None:
        pytest.skip("this NumPy is older than the function")
    same(numpys(name)(ag.tensor(arguments[0]), *arguments[1:]), numpys(name)(*arguments))


@pytest.mark.parametrize("name", ["dot", "inner", "vdot", "outer", "kron", "cross"])
def test_lists_are_arrays(name):
    function, x = numpys(name), leaf(V)
    out = function(x, W.tolist())
    same(out, function(V, W))
    out.sum().backward()
    np.testing.assert_allclose(x.grad.numpy(), gradients(lambda x: function(x, W), V)[0])
    same(function(V.tolist(), leaf(W)), function(V, W))


@pytest.mark.parametrize("name", ["dot", "inner", "vdot", "kron"])
def test_numbers_without_axes(name):
    function = numpys(name)
    same(function(leaf(2.0), 3.0), function(2.0, 3.0))
    assert gradients(function, 2.0, 3.0) == [3.0, 2.0]


def test_options_of_keyword_functions():
    x, y = np.moveaxis(np.stack([X, Y]), -1, 0), RNG.standard_normal((3, 1, 3))
    same(np.linalg.vecdot(leaf(x), y, axis=0), np.linalg.vecdot(x, y, axis=0))
    same(np.linalg.tensordot(leaf(x), y, axes=([0], [2])), np.linalg.tensordot(x, y, axes=([0], [2])))
    same(np.linalg.cross(leaf(x), y, axis=0), np.linalg.cross(x, y, axis=0))
    same(np.cross(leaf(x), y, -1, -1, 0), np.cross(x, y, -1, -1, 0))


def test_out_gives_a_tensor_a_new_place_in_the_graph():
    x, out = leaf(X), leaf(Y) * 0
    assert np.matmul(x, Y, out=out) is out
    same(out, X @ Y)
    out.sum().backward()
    np.testing.assert_allclose(x.grad.numpy(), np.ones((3, 3)) @ Y.T)


# --- matrices and vectors -------------------------------------------------------------------------------


@pytest.mark.parametrize("x_shape", [(3,), (2, 3), (4, 2, 3)])
@pytest.mark.parametrize("y_shape", [(3,), (3, 2), (4, 3, 2)])
@pytest.mark.parametrize("function", [np.matmul, np.dot])
def test_gradients_have_the_operands_shapes(function, x_shape, y_shape):
    x, y = leaf(RNG.standard_normal(x_shape)), leaf(RNG.standard_normal(y_shape))
    out = function(x, y)
    out.sum().backward()
    assert x.grad.shape == x_shape and y.grad.shape == y_shape
    lengths = np.sum(x.grad.numpy() * x.numpy()), np.sum(y.grad.numpy() * y.numpy())
    np.testing.assert_allclose(lengths, out.numpy().sum())  # both are linear


@pytest.mark.parametrize("function", [ag.vecdot, ag.matvec, ag.inner])
def test_an_axis_of_one_does_not_stretch_in_a_sum(function):
    with pytest.raises(ArgumentError, match=r"lengths that are summed over|not aligned"):
        function(leaf(np.ones((2, 3))), np.ones(1))


def test_empty_sums_are_0():
    assert ag.vdot(leaf(np.zeros((2, 0))), np.zeros(0)).item() == 0
    assert ag.matvec(leaf(np.zeros((2, 0))), np.zeros(0)).numpy().tolist() == [0, 0]
    assert gradients(lambda x: ag.inner(x, np.zeros((3, 0))), np.zeros((2, 0)))[0].shape == (2, 0)


# --- kron and cross -------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    "shapes", [((2, 3), (4,)), ((3,), (2, 2)), ((), (2, 3)), ((2, 0), (3, 2)), ((2, 1, 3), (2, 2))]
)
def test_kron_is_numpys(shapes):
    x, y = (RNG.standard_normal(shape) for shape in shapes)
    same(ag.kron(leaf(x), y), np.kron(x, y))


@pytest.mark.filterwarnings("ignore:Arrays of 2-dimensional vectors:DeprecationWarning")
@pytest.mark.parametrize("lengths", [(2, 2), (2, 3), (3, 2)])
def test_cross_of_vectors_in_the_plane(lengths):
    x, y = (RNG.standard_normal((4, length)) for length in lengths)
    same(ag.cross(leaf(x), leaf(y)), np.cross(x, y))
    in_space = [np.pad(a, [(0, 0), (0, 3 - a.shape[-1])]) for a in (x, y)]
    component = slice(2, 3) if lengths == (2, 2) else slice(0, 3)
    wanted = gradients(lambda x, y: np.cross(x, y)[:, component], *in_space)
    for got, whole, length in zip(gradients(np.cross, x, y), wanted, lengths, strict=True):
        np.testing.assert_allclose(got, whole[:, :length])


def test_cross_wants_vectors():
    with pytest.raises(ArgumentError, match=r"cross\(x: \(4,\).*incompatible dimensions"):
        np.cross(leaf(np.ones(4)), np.ones(4))


# --- many matrices --------------------------------------------------------------------------------------


def test_multi_dot_takes_the_cheapest_order():
    shapes = [(2, 30), (30, 2), (2, 30), (30, 2)]
    arrays = [RNG.standard_normal(shape) for shape in shapes]
    out = np.linalg.multi_dot([leaf(a) for a in arrays])
    same(out, np.linalg.multi_dot(arrays))
    left, right = out.grad_fn.inputs
    assert {left.shape, right.shape} == {(2, 2)}  # the two in the middle, (30, 2) and (2, 30), are not multiplied first


def test_multi_dot_of_some_tensors():
    x, y = leaf(V), leaf(Y)
    out = np.linalg.multi_dot([x, X, y, W.tolist()])
    same(out, V @ X @ Y @ W)
    out.backward()
    np.testing.assert_allclose(x.grad.numpy(), X @ Y @ W)
    np.testing.assert_allclose(y.grad.numpy(), np.outer(V @ X, W))


@pytest.mark.parametrize("arrays", [[X], [X, V, X], [np.ones((2, 3, 3)), X], [X, Y, np.ones((2, 2))], []])
def test_multi_dot_wants_matrices(arrays):
    with pytest.raises(ShapeError, match=r"multi_dot\(.*two matrices or more"):
        ag.multi_dot([leaf(a) for a in arrays])


def test_matrix_power_of_0_is_the_identity():
    x = leaf(np.full((2, 2, 2), np.inf))
    out = np.linalg.matrix_power(x, 0)
    same(out, np.broadcast_to(np.eye(2), (2, 2, 2)))
    out.sum().backward()
    assert not x.grad.numpy().any()


@pytest.mark.parametrize("n", [-3, -1, 1, 2, 7])
def test_matrix_power(n):
    x = X + 3 * np.eye(3)
    same(ag.matrix_power(leaf(x), n), np.linalg.matrix_power(x, n))


def test_a_large_matrix_power_records_few_operations():
    out, operations = np.linalg.matrix_power(leaf(X / 3), 1000), set()
    pending = [out.grad_fn]
    for node in pending:
        operations.add(node)
        pending += [source for source in node.inputs if source not in operations]
    assert len(operations) < 30


def test_a_power_of_1_is_a_copy():
    x = leaf(X)
    y = np.linalg.matrix_power(x, 1)
    y[0, 0] = 100.0
    np.testing.assert_array_equal(x.numpy(), X)


@pytest.mark.parametrize(
    ("x", "n", "error", "words"),
    [(np.ones((2, 3)), 2, ShapeError, "square"), (V, 2, ShapeError, "square"), (X, 0.5, ArgumentError, "integer")],
)
def test_matrix_power_says_what_it_takes(x, n, error, words):
    with pytest.raises(error, match=rf"matrix_power\(.*{words}"):
        np.linalg.matrix_power(leaf(x), n)


# --- einsum ---------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    "arguments",
    [
        (X, [0, 1], Y, [1, 2], [0, 2]),
        (X, [0, 1], Y, [1, 2]),
        (X, [1, 0]),
        (X, [30, 2], [2, 30]),
        (X, [0, 0], []),
        (np.stack([X, Y]), [..., 0, 1], V, [1], [..., 0]),
    ],
)
def test_einsum_takes_axes_as_numbers(arguments):
    tensors = [leaf(a) if isinstance(a, np.ndarray) else a for a in arguments]
    out = np.einsum(*tensors)
    same(out, np.einsum(*arguments))
    out.sum().backward()
    assert all(t.grad.shape == t.shape for t in tensors if isinstance(t, ag.Tensor))


def test_einsum_of_ours_takes_text():
    with pytest.raises(ArgumentError, match="subscripts as text"):
        ag.einsum(leaf(X), [0, 1])


def test_einsum_has_no_out():
    with pytest.raises(TypeError, match="out="):
        np.einsum("ij->i", leaf(X), out=np.zeros(3))


@pytest.mark.parametrize("equation", ["ij->ji", "ii->i", "ij->ij"])
def test_a_view_by_einsum_is_not_assigned_into(equation):
    y = np.einsum(equation, leaf(X) * 1)
    with pytest.raises(GradientError, match="view"):
        y[0] = 1.0
    y = np.einsum(equation, leaf(X) * 1).copy()
    y[0] = 1.0


def test_einsum_that_sums_is_no_view():
    y = np.einsum("ij->i", leaf(X))
    y[0] = 1.0
    assert y.numpy()[0] == 1


@pytest.mark.parametrize("n", [3, 50])  # without a plan, and with one
@pytest.mark.parametrize("optimize", [False, True, "greedy", ["einsum_path", (0, 1), (0, 1)]])
def test_einsum_with_and_without_a_plan(n, optimize):
    arrays = [RNG.standard_normal((n, n)) for _ in range(3)]
    same(np.einsum("ij,jk,kl->il", *map(leaf, arrays), optimize=optimize), arrays[0] @ arrays[1] @ arrays[2])
    (got,) = gradients(lambda x: np.einsum("ij,jk,kl->il", arrays[0], x, arrays[2], optimize=optimize), arrays[1])
    np.testing.assert_allclose(got, np.outer(arrays[0].sum(0), arrays[2].sum(1)))
