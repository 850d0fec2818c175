"""Shapes, joining, splitting, diagonals, windows: NumPy's results, views, assignment, errors."""

import numpy as np
import pytest

import autograd as ag
from autograd.errors import ArgumentError, DetachError, DtypeError, GradientError, ShapeError

windows = np.lib.stride_tricks.sliding_window_view


def leaf(data, dtype="float64"):
    return ag.tensor(data, dtype=dtype, requires_grad=True)


def counting(*shape, dtype="float64"):
    return np.arange(1, 1 + np.prod(shape, dtype=int)).reshape(shape).astype(dtype)


def assert_same(got, want):
    """A Tensor, or a tuple or list of Tensors, that hold what NumPy returned: class, shape, dtype and values."""
    if isinstance(want, (tuple, list)):
        assert len(got) == len(want)
        for one, other in zip(got, want, strict=True):
            assert_same(one, other)
        return
    assert isinstance(got, ag.Tensor)
    assert type(got._array) is type(want)
    np.testing.assert_array_equal(got._array, want, strict=True)


def assert_adjoint(function, *arrays):
    """For a linear function, sum(w * f(x)) is sum(gradient * x): exact, on whole numbers."""
    tensors = [leaf(array) for array in arrays]
    out = function(*tensors)
    assert_same(out, function(*arrays))
    weights = np.random.default_rng(0).integers(-9, 9, out.shape).astype(float)
    (out * weights).sum().backward()
    found = sum(float(np.sum(t.grad.numpy() * a)) for t, a in zip(tensors, arrays, strict=True) if t.grad is not None)
    assert found == np.sum(weights * function(*arrays))


# --- the same by each way to call it --------------------------------------------------------------------

ONE_ARRAY = [
    ("ravel", (2, 3), ("F",)),
    ("reshape", (2, 3), ((3, -1),)),
    ("reshape", (2, 3), ((-1, 2), "F")),
    ("rollaxis", (2, 3, 4), (2,)),
    ("rollaxis", (2, 3, 4), (-3, 2)),
    ("matrix_transpose", (2, 3, 4), ()),
    ("flipud", (2, 3), ()),
    ("fliplr", (2, 3), ()),
    ("rot90", (2, 3), ()),
    ("rot90", (2, 3, 4), (-1, (2, 0))),
    ("tril", (2, 3), ()),
    ("tril", (3,), (-1,)),
    ("triu", (2, 3, 3), (1,)),
    ("diag", (2, 3), (1,)),
    ("diag", (3,), (-2,)),
    ("diagonal", (2, 3, 4), (-1, 2, 0)),
    ("diagflat", (2, 2), (1,)),
    ("trace", (2, 3), ()),
    ("trace", (2, 3, 4), (1, 1, 2)),
    ("array_split", (5, 2), (3,)),
    ("hsplit", (3,), ([1],)),
    ("hsplit", (2, 4), (2,)),
    ("vsplit", (4, 2), (2,)),
    ("dsplit", (2, 1, 4), ([1, 3],)),
]


@pytest.mark.parametrize("dtype", ["float64", "float32", "int32", "bool"])
@pytest.mark.parametrize(("name", "shape", "args"), ONE_ARRAY)
def test_by_numpy_by_ag_and_as_a_method(name, shape, args, dtype):
    x = counting(*shape, dtype=dtype)
    want = getattr(np, name)(x, *args)
    t = ag.Tensor(x)
    assert_same(getattr(np, name)(t, *args), want)
    assert_same(getattr(ag, name)(t, *args), want)
    if name != "reshape" or len(args) == 1:
        assert_same(getattr(t, name)(*args), want)


SEVERAL_ARRAYS = [
    ("vstack", [(3,), (2, 3)]),
    ("vstack", [(), ()]),
    ("hstack", [(3,), (), (2,)]),
    ("hstack", [(2, 3), (2, 1)]),
    ("dstack", [(3,), (1, 3)]),
    ("dstack", [(2, 3), (2, 3, 2)]),
    ("column_stack", [(2,), (2, 3)]),
    ("column_stack", [(), ()]),
    ("block", [(3,), (2,)]),
]


@pytest.mark.parametrize("dtype", ["float64", "float32", "int32", "bool"])
@pytest.mark.parametrize(("name", "shapes"), SEVERAL_ARRAYS)
def test_joining_by_numpy_and_by_ag(name, shapes, dtype):
    arrays = [counting(*shape, dtype=dtype) for shape in shapes]
    want = getattr(np, name)(arrays)
    tensors = [ag.Tensor(array) for array in arrays]
    assert_same(getattr(np, name)(tensors), want)
    assert_same(getattr(ag, name)(tensors), want)
    assert_same(getattr(np, name)([*tensors[:1], *arrays[1:]]), want)


NUMPYS_OWN_ARGUMENTS = {
    "reshape, F": lambda x: np.reshape(x, (3, 2), order="F"),
    "reshape, copy": lambda x: np.reshape(x, (3, 2), copy=True),
    "reshape, no copy": lambda x: np.reshape(x, 6, copy=False),
    "ravel, keyword": lambda x: np.ravel(a=x, order="C"),
    "rot90, keywords": lambda x: np.rot90(m=x, k=2, axes=(1, 0)),
    "permute_dims": lambda x: np.permute_dims(x, (1, 0)),
    "linalg.matrix_transpose": lambda x: np.linalg.matrix_transpose(x),
    "concatenate, dtype": lambda x: np.concatenate([x, x], axis=1, dtype=np.float32),
    "stack, dtype": lambda x: np.stack([x, x], 1, dtype=np.float32),
    "vstack, dtype": lambda x: np.vstack([x, x], dtype=np.float32),
    "hstack, dtype": lambda x: np.hstack((x, x), dtype=np.float32, casting="same_kind"),
    "concat": lambda x: np.concat((x, x)),
    "rows of one": lambda x: np.vstack(x),
    "append": lambda x: np.append(x, 7.0),
    "append, axis": lambda x: np.append(arr=x, values=x[:1], axis=0),
    "tril, keywords": lambda x: np.tril(m=x, k=-1),
    "diag, keywords": lambda x: np.diag(v=x, k=1),
    "linalg.diagonal": lambda x: np.linalg.diagonal(np.stack([x, x, x, x]), offset=1),
    "linalg.trace": lambda x: np.linalg.trace(np.stack([x, x, x, x]), offset=-1),
    "trace, dtype": lambda x: np.trace(a=x, offset=1, dtype=np.float32, out=None),
    "windows": lambda x: windows(x, (2, 2)),
    "windows, keywords": lambda x: windows(x=x, window_shape=2, axis=1, writeable=False),
    "resize": lambda x: np.resize(a=x, new_shape=(2, 5)),
    "resize to a number": lambda x: np.resize(x, 4),
    "meshgrid, ij": lambda x: np.meshgrid(x[0], x[1], x[0], indexing="ij")[1],
    "meshgrid, xy": lambda x: np.meshgrid(x[0], x[:, 0])[0],
    "meshgrid, sparse": lambda x: np.meshgrid(x[0], x[1], sparse=True)[1],
    "meshgrid, shared": lambda x: np.meshgrid(x[0], x[1], copy=False)[1],
    "broadcast_arrays": lambda x: np.broadcast_arrays(x, x[0], 1.0)[1],
}


@pytest.mark.parametrize("call", NUMPYS_OWN_ARGUMENTS.values(), ids=NUMPYS_OWN_ARGUMENTS.keys())
def test_numpys_own_arguments(call):
    assert_same(call(ag.Tensor(counting(2, 3))), call(counting(2, 3)))
    assert_same(call(leaf(counting(2, 3))), call(counting(2, 3)))


def test_flatten_is_as_the_method_of_arrays():
    x = counting(2, 3)
    for order in ("C", "F"):
        assert_same(ag.Tensor(x).flatten(order), x.flatten(order))
        assert_same(ag.flatten(ag.Tensor(x), order=order), x.flatten(order))


def test_unstack_gives_the_slices():
    x = counting(2, 3)
    assert_same(ag.unstack(ag.Tensor(x), axis=1), tuple(x.T))
    assert_same(ag.Tensor(x[0]).unstack(), tuple(x[0]))
    if hasattr(np, "unstack"):
        assert_same(np.unstack(ag.Tensor(x), axis=-1), np.unstack(x, axis=-1))


def test_splits_along_one_axis_are_lists():
    for split in (np.hsplit, np.vsplit, np.dsplit):
        assert type(split(leaf(counting(2, 2, 2)), 2)) is list


def test_resize_is_no_method_since_that_of_arrays_works_in_place():
    assert not hasattr(ag.Tensor, "resize")


# --- no axes, no elements -------------------------------------------------------------------------------

EDGES = {
    "ravel": np.ravel,
    "atleast_1d": np.atleast_1d,
    "atleast_2d": np.atleast_2d,
    "atleast_3d": np.atleast_3d,
    "vstack": lambda x: np.vstack([x, x]),
    "hstack": lambda x: np.hstack([x, x]),
    "dstack": lambda x: np.dstack([x, x]),
    "column_stack": lambda x: np.column_stack([x, x]),
    "block": lambda x: np.block([[x], [x]]),
    "append": lambda x: np.append(x, x),
    "diagflat": np.diagflat,
    "meshgrid": lambda x: np.meshgrid(np.ravel(x), np.ravel(x))[0],
    "rot90 of its planes": lambda x: np.rot90(np.atleast_2d(x)),
    "tril of its planes": lambda x: np.tril(np.atleast_2d(x)),
    "trace of its planes": lambda x: np.trace(np.atleast_2d(x)),
    "resize": lambda x: np.resize(x, (2, 3)),
}


@pytest.mark.parametrize("shape", [(), (0,), (1,), (0, 2), (2, 0)], ids=str)
@pytest.mark.parametrize("function", EDGES.values(), ids=EDGES.keys())
def test_no_axes_and_no_elements(function, shape):
    assert_adjoint(function, counting(*shape))


def test_arrays_with_enough_axes_stay_themselves():
    x = leaf(counting(2, 3))
    assert np.atleast_1d(x) is x
    assert np.atleast_2d(x) is x


def test_a_scalar_stays_a_scalar_where_numpy_has_one():
    assert_same(ag.Tensor(np.eye(2)).trace(), np.trace(np.eye(2)))


# --- mixtures -------------------------------------------------------------------------------------------


@pytest.mark.parametrize("join", [np.vstack, np.hstack, np.dstack, np.column_stack, np.concatenate])
def test_tensors_lists_and_arrays_join(join):
    constant, x = np.array([3.0, 4.0]), np.array([1.0, 2.0])
    assert_same(join([constant, leaf(x), [5.0, 6.0]]), join([constant, x, [5.0, 6.0]]))
    assert_adjoint(lambda x: join([constant * 0, x, [0.0, 0.0], x]), x)


def test_numbers_join_in_a_row():
    x = leaf(2.0)
    out = np.hstack([x, 3.0, np.float64(4.0), x * x])
    assert_same(out, np.array([2.0, 3.0, 4.0, 4.0]))
    out.sum().backward()
    assert_same(x.grad, np.float64(5.0))


def test_several_results_are_tensors_all():
    x, array = leaf([1.0, 2.0]), np.array([[3.0], [4.0]])
    for results in (np.atleast_2d(x, array, 5.0), np.broadcast_arrays(x, array), np.meshgrid(x, array)):
        assert isinstance(results, tuple)
        assert [result.requires_grad for result in results] == [True] + [False] * (len(results) - 1)
    assert all(isinstance(result, np.ndarray) for result in ag.broadcast_arrays(array, array))


SEVERAL_RESULTS = {
    "split": lambda x: np.split(x, 3),
    "array_split": lambda x: np.array_split(x, 2),
    "hsplit": lambda x: np.hsplit(x, [1, 1]),
    "vsplit": lambda x: np.vsplit(x, 3),
    "unstack": lambda x: ag.unstack(x, axis=1) if isinstance(x, ag.Tensor) else list(np.moveaxis(x, 1, 0)),
    "meshgrid": lambda x: np.meshgrid(x, x),
    "broadcast_arrays": lambda x: np.broadcast_arrays(x, x[:, :1]),
    "atleast_3d": lambda x: np.atleast_3d(x, x * 2),
}


@pytest.mark.parametrize("function", SEVERAL_RESULTS.values(), ids=SEVERAL_RESULTS.keys())
def test_only_one_of_several_results_is_used(function):
    x = counting(3, 2)
    for place in range(len(function(x))):
        assert_adjoint(lambda x, place=place: function(x)[place], x)


BLOCKS = {
    "one array": lambda x, y: np.block(x),
    "one list": lambda x, y: np.block([x, y]),
    "rows": lambda x, y: np.block([[x, y], [y, x]]),
    "rows of unequal blocks": lambda x, y: np.block([[x, y, x[:, :1]], [np.zeros((1, 5))]]),
    "vectors in rows": lambda x, y: np.block([[x[0], y[0]], [y[1], x[1]]]),
    "numbers": lambda x, y: np.block([[x[0, 0], 0.0], [0, y[1, 1]]]),
    "more axes than lists": lambda x, y: np.block([x[None], y]),
    "three deep": lambda x, y: np.block([[[x, y]], [[y, x]]]),
}


@pytest.mark.parametrize("function", BLOCKS.values(), ids=BLOCKS.keys())
def test_blocks(function):
    assert_adjoint(function, counting(2, 2), 10 * counting(2, 2))


INSERTIONS = {
    "one place": lambda x, v: np.insert(x, 1, v[0, 0]),
    "one place, several values": lambda x, v: np.insert(x, 1, v[0]),
    "several places": lambda x, v: np.insert(x, [0, 2, 2], v[0]),
    "the end": lambda x, v: np.insert(x, [6, -1], v[0, 0]),
    "a row": lambda x, v: np.insert(x, 1, v[0], axis=0),
    "a column": lambda x, v: np.insert(x, 1, v[:, 0], axis=1),
    "columns": lambda x, v: np.insert(x, [1], v, axis=-1),
    "columns, broadcast": lambda x, v: np.insert(x, [0, 3], v[:, :1], axis=1),
    "a slice": lambda x, v: np.insert(x, slice(0, 3, 2), v[:, :2], axis=1),
    "a mask": lambda x, v: np.insert(x, np.array([True, False, True]), v[:, :1], axis=1),
    "nothing": lambda x, v: np.insert(x, np.zeros(0, int), v[0, 0]),
    "into a list": lambda x, v: np.insert([[0.0, 0.0, 0.0]], 0, v, axis=0),
    "places in a tensor": lambda x, v: np.insert(x, ag.tensor([0, 1]) if isinstance(x, ag.Tensor) else [0, 1], v[0, 0]),
}


@pytest.mark.parametrize("function", INSERTIONS.values(), ids=INSERTIONS.keys())
def test_insertions(function):
    assert_adjoint(function, counting(2, 3), 10 * counting(2, 3))


DELETIONS = {
    "one place": lambda x: np.delete(x, 1),
    "from the end": lambda x: np.delete(x, -1, axis=1),
    "a row": lambda x: np.delete(x, 0, axis=0),
    "several places, one of them twice": lambda x: np.delete(x, [0, 2, 2], axis=-1),
    "a slice": lambda x: np.delete(x, slice(None, None, 2), 1),
    "a mask": lambda x: np.delete(x, np.array([True, False, True]), axis=1),
    "all": lambda x: np.delete(x, [0, 1], axis=0),
    "nothing": lambda x: np.delete(x, []),
}


@pytest.mark.parametrize("function", DELETIONS.values(), ids=DELETIONS.keys())
def test_deletions(function):
    assert_adjoint(function, counting(2, 3))


def test_what_is_inserted_takes_the_dtype_of_the_array():
    x = leaf([1.0, 2.0], "float32")
    assert np.insert(x, 0, 3.5).dtype == np.float32
    assert_same(np.insert(ag.tensor([1, 2]), 0, 3.5), np.array([3, 1, 2]))
    with pytest.raises(DtypeError, match=r"insert.*int64.*float"):
        np.insert(ag.tensor([1, 2]), 0, leaf(3.5))


# --- windows --------------------------------------------------------------------------------------------

WINDOWS = {
    "of a vector": ((7,), 3, None),
    "of one": ((5,), 1, None),
    "the whole": ((4,), 4, 0),
    "of nothing": ((4,), 0, 0),
    "along one axis": ((2, 5), 2, -1),
    "along the first": ((5, 2), 4, 0),
    "of an image": ((4, 5), (2, 3), None),
    "in another order": ((4, 5), (2, 3), (1, 0)),
    "twice along one axis": ((7,), (2, 3), (0, 0)),
    "of images": ((2, 4, 3), (3, 2), (1, 2)),
    "of no images": ((0, 4, 3), (3, 2), (1, 2)),
}


@pytest.mark.parametrize(("shape", "window", "axis"), WINDOWS.values(), ids=WINDOWS.keys())
def test_windows(shape, window, axis):
    assert_adjoint(lambda x: windows(x, window, axis), counting(*shape))


def test_a_moving_average_squared_is_differentiated_twice():
    x = leaf([1.0, 2.0, 4.0, 8.0])
    energy = (windows(x, 2).mean(axis=-1) ** 2).sum()
    (slope,) = ag.gradients(energy, x, create_graph=True)
    (curvature,) = ag.gradients((slope * [1.0, 0.0, 0.0, 0.0]).sum(), x)
    assert_same(slope.detach(), np.array([1.5, 4.5, 9.0, 6.0]))
    assert_same(curvature, np.array([0.5, 0.5, 0.0, 0.0]))


# --- views, and assignment into results -----------------------------------------------------------------

VIEWS = {
    "ravel": np.ravel,
    "reshape": lambda y: y.reshape(6),
    "atleast_3d": np.atleast_3d,
    "rollaxis": lambda y: np.rollaxis(y, 1),
    "matrix_transpose": np.matrix_transpose,
    "mT": lambda y: y.mT,
    "flipud": np.flipud,
    "rot90": np.rot90,
    "diagonal": np.diagonal,
    "diag": np.diag,
    "hsplit": lambda y: np.hsplit(y, 3)[0],
    "array_split": lambda y: np.array_split(y, 2)[0],
    "unstack": lambda y: ag.unstack(y)[0],
    "broadcast_arrays": lambda y: np.broadcast_arrays(y, np.ones((2, 2, 3)))[0],
    "meshgrid, shared": lambda y: np.meshgrid(y[0], y[1], copy=False)[0],
    "windows": lambda y: windows(y, 2, 1),
}


@pytest.mark.parametrize("view", VIEWS.values(), ids=VIEWS.keys())
def test_assigning_into_a_view_of_a_graph_tensor_would_be_lost_and_is_an_error(view):
    y = leaf(counting(2, 3)) * 1
    with pytest.raises(GradientError, match=r"view.*copy\(\)"):
        view(y)[...] = 0.0
    assert_same(y.detach(), counting(2, 3))


COPIES = {
    "flatten": lambda y: y.flatten(),
    "reshape": lambda y: np.reshape(y, 6, copy=True),
    "tril": np.tril,
    "diagflat": np.diagflat,
    "vector to diag": lambda y: np.diag(y[0]),
    "vstack": lambda y: np.vstack([y]),
    "hstack": lambda y: np.hstack([y]),
    "block": lambda y: np.block([[y]]),
    "block of one": np.block,
    "append": lambda y: np.append(y, 1.0),
    "insert": lambda y: np.insert(y, 0, 1.0),
    "delete": lambda y: np.delete(y, 0),
    "resize": lambda y: np.resize(y, (2, 2)),
    "meshgrid": lambda y: np.meshgrid(y[0], y[1])[0],
}


@pytest.mark.parametrize("make", COPIES.values(), ids=COPIES.keys())
def test_results_in_memory_of_their_own_can_be_assigned_into(make):
    x = leaf(counting(2, 3))
    out = make(x * 1)
    out[...] = 0.0
    assert not out.numpy().any()
    out.sum().backward()
    assert not x.grad.numpy().any()


def test_where_nothing_is_recorded_a_view_is_written_through_as_in_numpy():
    t = ag.Tensor(counting(2, 3))
    t.ravel()[0] = 10.0
    np.fliplr(t)[1, 0] = 20.0
    t.flatten()[2] = 30.0
    assert_same(t, np.array([[10.0, 2.0, 3.0], [4.0, 5.0, 20.0]]))


# --- errors ---------------------------------------------------------------------------------------------

ERRORS = {
    "order by memory": (lambda x: np.ravel(x, "K"), ArgumentError, r"reshape: order='K'.*'C' or 'F'"),
    "order of flatten": (lambda x: x.flatten("A"), ArgumentError, r"order='A'.*'C' or 'F'"),
    "size": (lambda x: np.reshape(x, (4, -1)), ArgumentError, r"reshape\(x: \(2, 3\) float64, shape: \(4, -1\)"),
    "no copy": (lambda x: np.reshape(x.T, 6, copy=False), ArgumentError, r"reshape.*\(3, 2\).*copy=False"),
    "rollaxis": (lambda x: np.rollaxis(x, 2), ValueError, r"rollaxis\(x: \(2, 3\) float64, axis: 2"),
    "rot90": (lambda x: np.rot90(x[0]), ValueError, r"rot90\(x: \(3,\) float64, k: 1"),
    "fliplr": (lambda x: np.fliplr(x[0]), ValueError, r"flip\(x: \(3,\) float64, axis: 1\)"),
    "broadcast": (lambda x: np.broadcast_arrays(x, x.T), ShapeError, r"broadcast_arrays.*\(2, 3\).*\(3, 2\)"),
    "vstack": (lambda x: np.vstack([x, x.T]), ArgumentError, r"concatenate.*\(2, 3\) float64, \(3, 2\) float64"),
    "hstack": (lambda x: np.hstack([x, x[0]]), ArgumentError, r"concatenate.*\(2, 3\) float64, \(3,\) float64"),
    "block, depth": (lambda x: np.block([[x], x]), ArgumentError, r"block: lists of depths \[0, 1\]"),
    "block, empty": (lambda x: np.block([[x], []]), ArgumentError, r"block: a list is empty"),
    "block, tuple": (lambda x: ag.block([(x, x)]), ArgumentError, r"block.*lists, not in tuples"),
    "meshgrid": (lambda x: np.meshgrid(x, indexing="yx"), ArgumentError, r"meshgrid: indexing='yx'.*'xy' or 'ij'"),
    "equal parts": (lambda x: np.vsplit(x[:1], 2), ArgumentError, r"split\(x: \(1, 3\) float64.*equal"),
    "no parts": (lambda x: np.array_split(x, 0), ArgumentError, r"array_split\(x: \(2, 3\) float64"),
    "vsplit": (lambda x: np.vsplit(x[0], 3), ShapeError, r"vsplit: x has shape \(3,\); want at least 2 axes"),
    "hsplit": (lambda x: np.hsplit(x[0, 0], 1), ShapeError, r"hsplit: x has shape \(\); want at least 1 axes"),
    "dsplit": (lambda x: np.dsplit(x, 3), ShapeError, r"dsplit: x has shape \(2, 3\); want at least 3 axes"),
    "unstack": (lambda x: ag.unstack(x, axis=2), ValueError, r"unstack\(x: \(2, 3\) float64, axis: 2\)"),
    "insert": (lambda x: np.insert(x, 9, 0.0), IndexError, r"insert\(arr: \(2, 3\) float64, obj: 9"),
    "insert, axis": (lambda x: np.insert(x, 0, 0.0, axis=2), ValueError, r"insert\(arr: \(2, 3\) float64.*axis: 2"),
    "delete": (lambda x: np.delete(x, 9), IndexError, r"delete\(arr: \(2, 3\) float64, obj: 9"),
    "tril": (lambda x: np.tril(x[0, 0]), ShapeError, r"tril: x has shape \(\)"),
    "diag": (lambda x: np.diag(x[None]), ShapeError, r"diag: x is \(1, 2, 3\) float64.*diagonal"),
    "diagonal": (lambda x: np.diagonal(x, 0, 1, 1), ValueError, r"diagonal\(x: \(2, 3\) float64"),
    "trace": (lambda x: np.trace(x[0]), ValueError, r"diagonal\(x: \(3,\) float64"),
    "window": (lambda x: windows(x, 4, 0), ArgumentError, r"sliding_window_view\(x: \(2, 3\) float64, window_shape: 4"),
    "writeable": (lambda x: windows(x, 1, 0, writeable=True), ArgumentError, r"sliding_window_view.*writeable="),
    "casting": (lambda x: np.vstack([x, x], casting="no"), ArgumentError, r"numpy\.vstack.*casting="),
}


@pytest.mark.parametrize(("call", "kind", "words"), ERRORS.values(), ids=ERRORS.keys())
def test_errors_name_the_operation_and_what_it_was_given(call, kind, words):
    with pytest.raises(kind, match=words):
        call(leaf(counting(2, 3)))


def test_an_error_names_the_function_that_was_called_too():
    with pytest.raises(ArgumentError) as caught:
        np.vstack([leaf(counting(2, 3)), np.ones(2)])
    assert any("vstack" in note for note in caught.value.__notes__)


def test_lists_of_tensors_in_place_of_an_array_are_not_detached():
    with pytest.raises(DetachError, match=r"ag\.stack"):
        ag.ravel([leaf(1.0), leaf(2.0)])


def test_plain_arrays_and_lists_give_plain_arrays():
    for call in (ag.ravel, ag.atleast_2d, ag.tril, ag.diag, ag.diagflat, ag.trace, ag.flatten):
        assert isinstance(call([[1.0, 2.0], [3.0, 4.0]]), (np.ndarray, np.floating))
    assert isinstance(ag.vstack([[1.0], [2.0]]), np.ndarray)
