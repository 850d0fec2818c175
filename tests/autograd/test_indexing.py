"""Reading and writing at indices: assignment against an obvious loop, and functions of NumPy that take or write."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra import numpy as hnp

import autograd as ag
from autograd.errors import ArgumentError, DetachError, DtypeError, GradientError, ShapeError
from autograd.testing import LAYOUTS, generators, in_layout


def leaf(data, dtype="float64"):
    return ag.tensor(data, dtype=dtype, requires_grad=True)


def equal(tensor, expected):
    """A Tensor with exactly these values."""
    assert isinstance(tensor, ag.Tensor)
    np.testing.assert_array_equal(tensor.numpy(), np.asarray(expected, tensor.dtype), strict=True)


# --- assignment: any index, any value -------------------------------------------------------------------


def mixed_index(shape, rng):
    """Slices, ints, integer arrays that broadcast against each other or one mask, new axes, an ellipsis."""
    parts, may_mask = [], rng.random() < 0.3
    grid = rng.integers(0, 4, rng.integers(1, 3)).tolist()
    for length in shape[: rng.integers(0, len(shape) + 1)]:
        kind = rng.integers(0, 6)
        if kind == 0 and length:
            parts.append(int(rng.integers(-length, length)))
        elif kind == 1:
            parts.append(slice(None, None, int(rng.choice([-2, -1, 2]))))
        elif kind == 2:
            parts += [None, slice(int(rng.integers(0, length + 1)))]
        elif kind == 3 and may_mask:
            parts.append(rng.random(length) < 0.5)
            may_mask = False
        elif length and not any(isinstance(part, np.ndarray) and part.dtype == bool for part in parts) and not may_mask:
            parts.append(rng.integers(-length, length, [1 if rng.random() < 0.2 else n for n in grid]))
        else:
            parts.append(slice(None))
    return (*parts, ...) if rng.random() < 0.3 else tuple(parts)


@st.composite
def indices(draw, shape):
    kinds = [
        hnp.basic_indices(shape, allow_newaxis=True, max_dims=6),
        hnp.arrays(bool, shape),
        generators().map(lambda rng: mixed_index(shape, rng)),
    ]
    if shape and 0 not in shape:
        kinds.append(hnp.integer_array_indices(shape))
    index = draw(st.one_of(kinds))
    layout = draw(st.sampled_from(LAYOUTS))
    items = index if isinstance(index, tuple) else (index,)
    items = tuple(in_layout(item, layout) if isinstance(item, np.ndarray) and item.ndim else item for item in items)
    return items if isinstance(index, tuple) else items[0]


@st.composite
def assignments(draw, may_be_longer=True):
    """``x, index, value`` of ``x[index] = value``, where NumPy lets the value have more axes, of length 1."""
    rng = draw(generators())
    shape = draw(hnp.array_shapes(min_dims=0, max_dims=3, min_side=0, max_side=3))
    index = draw(indices(shape))
    target = np.empty(shape)[index].shape
    kept = [1 if rng.random() < 0.2 else length for length in target[rng.integers(0, len(target) + 1) :]]
    if may_be_longer and 0 < len(kept) == len(target) and rng.random() < 0.2 and not has_mask(index):
        kept = [1, *kept]
    x, value = (in_layout(rng.normal(size=s), draw(st.sampled_from(LAYOUTS))) for s in (shape, kept))
    return x, index, value.astype(draw(st.sampled_from(["float64", "float32"])))


def has_mask(index):
    return any(getattr(item, "dtype", None) == np.bool_ for item in (index if isinstance(index, tuple) else (index,)))


def sources(shape, index, value_shape):
    """For each element the place of the value it ends up with, or -1: of several, the last in C order."""
    places = np.arange(np.prod(shape, dtype=int)).reshape(shape)[index]
    values = np.arange(np.prod(value_shape, dtype=int)).reshape(value_shape)
    values = values.reshape(value_shape[max(len(value_shape) - places.ndim, 0) :])
    found = np.full(np.prod(shape, dtype=int), -1)
    for place, value in zip(places.flat, np.broadcast_to(values, places.shape).flat, strict=True):
        found[place] = value
    return found.reshape(shape)


def in_order(index):
    """The same index, its arrays in C order: NumPy reads them in the order of memory."""
    if isinstance(index, tuple):
        return tuple(in_order(item) for item in index)
    return np.array(index, order="C") if isinstance(index, np.ndarray) else index


def as_tensors(index):
    """The same index, its arrays Tensors."""
    if isinstance(index, tuple):
        return tuple(as_tensors(item) for item in index)
    return ag.Tensor(index) if isinstance(index, np.ndarray) else index


@given(assignments(), generators(), st.booleans())
def test_assignment_and_its_gradients(case, rng, with_tensors):
    array, index, value = case
    source = sources(array.shape, index, value.shape)
    written = source >= 0
    expected = np.array(array)
    expected[written] = np.ravel(value)[source[written]]
    given_index = as_tensors(index) if with_tensors else index

    x, v = ag.Tensor(np.array(array), requires_grad=True), ag.Tensor(value.copy(), requires_grad=True)
    y = x * 1.0
    before = y * 1.0
    y[given_index] = v
    equal(y, expected)
    equal(before, array)
    g = rng.normal(size=array.shape)
    y.backward(g)
    np.testing.assert_array_equal(x.grad.numpy(), np.where(written, 0, g))
    wanted = np.bincount(source[written], g[written], value.size).reshape(value.shape)
    np.testing.assert_allclose(v.grad.numpy(), wanted, rtol=1e-6, atol=1e-6 if v.dtype == np.float32 else 1e-14)
    assert v.grad.dtype == v.dtype

    with ag.no_grad():
        x[given_index] = v
    equal(x, expected)
    in_c_order = np.array(array)
    in_c_order[in_order(index)] = np.array(value, order="C")
    equal(x, in_c_order)


@given(assignments(may_be_longer=False), generators())
def test_adding_at_an_index_adds_the_last_value(case, rng):
    array, index, value = case
    source = sources(array.shape, index, value.shape)
    written = source >= 0
    x, v = ag.Tensor(np.array(array), requires_grad=True), ag.Tensor(value.copy(), requires_grad=True)
    y = x * 1.0
    y[index] += v
    expected = np.array(array)
    expected[written] += np.ravel(value)[source[written]]
    equal(y, expected)
    g = rng.normal(size=array.shape)
    y.backward(g)
    np.testing.assert_array_equal(x.grad.numpy(), g)
    wanted = np.bincount(source[written], g[written], value.size).reshape(value.shape)
    np.testing.assert_allclose(v.grad.numpy(), wanted, rtol=1e-6, atol=1e-6)


@given(assignments())
def test_reading_at_any_index(case):
    array, index, _ = case
    x = ag.Tensor(np.array(array), requires_grad=True)
    y = x[as_tensors(index)]
    equal(y, array[index])
    y.backward(np.ones(y.shape))
    places = np.arange(array.size).reshape(array.shape)[index]
    np.testing.assert_array_equal(x.grad.numpy(), np.bincount(np.ravel(places), minlength=array.size).reshape(x.shape))


# --- assignment: by example -----------------------------------------------------------------------------


def test_of_repeated_elements_the_last_value_stays_and_nothing_adds_up():
    x, v = leaf([1.0, 2.0]), leaf([10.0, 20.0, 30.0])
    y = x * 1
    y[[0, 0, 1]] += v
    equal(y, [21.0, 32.0])
    y.sum().backward()
    equal(x.grad, [1.0, 1.0])
    equal(v.grad, [0.0, 1.0, 1.0])


def test_elements_under_a_mask_are_zeroed_and_scaled():
    x = leaf([1.0, -2.0, 3.0])
    y = x * 1
    y[y < 0] = 0
    y[y > 2] *= 2
    equal(y, [1.0, 0.0, 6.0])
    y.sum().backward()
    equal(x.grad, [1.0, 0.0, 2.0])


@pytest.mark.parametrize("index", [ag.tensor([0, 2]), (ag.tensor([0, 2]),), [ag.tensor(0), 2], ag.tensor([-3, -1])])
def test_indices_may_be_tensors(index):
    x = leaf([1.0, 2.0, 3.0])
    y = x * 1
    y[index] *= 5
    equal(y, [5.0, 2.0, 15.0])
    equal(x[index], [1.0, 3.0])


def test_a_list_of_tensors_is_a_value():
    x = leaf([1.0, 2.0])
    y = ag.zeros(2, 2, dtype="float64")
    y[0] = [x[1], 5.0]
    y[1] = (x[0], x[0] * x[1])
    equal(y, [[2.0, 5.0], [1.0, 2.0]])
    y.sum().backward()
    equal(x.grad, [3.0, 2.0])


@pytest.mark.parametrize("recorded", [True, False])
@pytest.mark.parametrize(
    ("index", "value", "error", "words"),
    [
        (7, 1.0, IndexError, ["(2, 3)", "index: 7", "out of bounds"]),
        ((0, slice(None), 1), 1.0, IndexError, ["(2, 3)", "too many indices"]),
        (1.5, 1.0, IndexError, ["(2, 3)", "1.5"]),
        (ag.tensor([0.0]), 1.0, IndexError, ["(2, 3)", "(1,) float32"]),
        (slice(None), np.ones(2), ShapeError, ["(2, 3)", "(2,)", "could not be broadcast", "slice"]),
        ([0, 1], np.ones((2, 2)), ShapeError, ["(2, 3)", "(2, 2)", "[0, 1]"]),
        (np.eye(2, 3) > 0, np.ones(3), ArgumentError, ["(2, 3)", "3 input values", "2 output values"]),
        (0, "text", ValueError, ["(2, 3)", "'text'"]),
    ],
    ids=repr,
)
def test_an_assignment_that_does_not_fit(recorded, index, value, error, words):
    y = (leaf(np.ones((2, 3))) if recorded else ag.ones(2, 3, dtype="float64")) * 1
    with pytest.raises(error) as caught:
        y[index] = value
    assert all(word in str(caught.value).replace("could not broadcast", "could not be broadcast") for word in words)
    equal(y, np.ones((2, 3)))


def test_a_float_tensor_is_no_index():
    with pytest.raises(IndexError, match=r"\(3,\) float64.*float32"):
        leaf([1.0, 2.0, 3.0])[ag.tensor(1.0)]


def test_reading_out_of_range_names_shape_and_index():
    with pytest.raises(IndexError, match=r"\(3,\) float64, index: 7.*size 3"):
        leaf([1.0, 2.0, 3.0])[7]


# --- along an axis --------------------------------------------------------------------------------------


@pytest.mark.parametrize("axis", [None, 0, -1])
@pytest.mark.parametrize("mode", ["wrap", "clip"])
def test_take_out_of_range_wraps_or_clips(mode, axis):
    array, indices = np.arange(6.0).reshape(2, 3), np.array([[-9, -1], [1, 8]])
    x = leaf(array)
    y = np.take(x, indices, axis, mode=mode)
    equal(y, np.take(array, indices, axis, mode=mode))
    equal(x.take(indices, axis, mode), y.numpy())
    y.sum().backward()
    places = np.take(np.arange(6).reshape(2, 3), indices, axis, mode=mode)
    equal(x.grad, np.bincount(places.ravel(), minlength=6).reshape(2, 3))
    with pytest.raises(IndexError, match=r"take.*\(2, 3\).*out of bounds"):
        np.take(x, indices, axis)


def test_a_repeated_row_gets_the_gradients_of_all_its_copies():
    """Few rows out of many, and many out of few: these go different ways."""
    for rows, indices in [(1000, [3, 3, 5]), (4, [0, 1, 1, 3, 3, 3])]:
        x = leaf(np.ones((rows, 2)))
        (x[indices] * np.arange(1.0, len(indices) + 1)[:, None]).sum().backward()
        wanted = np.bincount(indices, np.arange(1.0, len(indices) + 1), rows)
        equal(x.grad, np.stack([wanted, wanted], 1))


GRID = np.array([[3.0, 1.0, 2.0], [6.0, 5.0, 4.0]])


@pytest.mark.parametrize("axis", [0, 1, -1, -2, None])
@pytest.mark.parametrize("values", [9.0, [9.0], np.float32(7)], ids=repr)
def test_scatter_is_what_put_along_axis_makes(axis, values):
    indices = (
        np.array([1, -1, 0]) if axis is None else np.array([[1, 0, 1]]) if axis in (0, -2) else np.array([[-1], [0]])
    )
    expected = GRID.copy()
    np.put_along_axis(expected, indices, np.asarray(values), axis)
    x = leaf(GRID)
    equal(ag.scatter(x, indices, values, axis), expected)
    equal(x.scatter(ag.Tensor(indices), values, axis), expected)
    assert isinstance(ag.scatter(GRID, indices, values, axis), np.ndarray)
    y = x * 1
    np.put_along_axis(y, indices, values, axis)
    equal(y, expected)
    equal(ag.gather(y, indices, axis), np.take_along_axis(expected, indices, axis))


def test_scattered_again_the_last_value_stays_and_alone_gets_a_gradient():
    x, v = leaf([1.0, 2.0]), leaf([10.0, 20.0, 30.0])
    y = ag.scatter(x, [0, 0, 0], v)
    equal(y, [30.0, 2.0])
    y.sum().backward()
    equal(x.grad, [0.0, 1.0])
    equal(v.grad, [0.0, 0.0, 1.0])


def test_scatter_add_adds_up():
    x, v = leaf([1.0, 2.0]), leaf([10.0, 20.0, 30.0])
    y = ag.scatter_add(x, [0, 0, -1], v)
    equal(y, [31.0, 32.0])
    (y * [1.0, 5.0]).sum().backward()
    equal(x.grad, [1.0, 5.0])
    equal(v.grad, [1.0, 1.0, 5.0])
    equal(ag.scatter_add(leaf(GRID), [0, 5, 5], 1.0, axis=None), GRID + np.array([[1, 0, 0], [0, 0, 2]]))
    assert ag.scatter_add(ag.zeros(2), [0], 1.0).dtype == np.float32


@pytest.mark.parametrize("function", [ag.scatter, ag.scatter_add])
@pytest.mark.parametrize(
    ("indices", "axis", "error", "words"),
    [
        ([0], 1, ArgumentError, [r"(1,)", "(2, 3)", "as many axes"]),
        ([[7]], 1, IndexError, ["7", "out of bounds"]),
        ([[0]], 2, ArgumentError, ["scatter", "axis 2", "(2, 3)", "2 axes"]),
        ([[0.0]], 1, IndexError, ["integer"]),
    ],
)
def test_scatter_names_what_does_not_fit(function, indices, axis, error, words):
    with pytest.raises(error) as caught:
        function(leaf(GRID), indices, 1.0, axis)
    assert all(word in str(caught.value) for word in words)


# --- NumPy's functions that write -----------------------------------------------------------------------

WRITERS = {
    "put": lambda x, v: np.put(x, [0, -1, 0], v),
    "put, wrapping": lambda x, v: np.put(x, [7, -8], v, mode="wrap"),
    "put, clipping": lambda x, v: np.put(x, [[70], [-8]], v, "clip"),
    "put, by names": lambda x, v: np.put(a=x, ind=[0, 1], v=v),
    "put_along_axis": lambda x, v: np.put_along_axis(x, np.array([[0, 0], [1, 2]]), v, 1),
    "put_along_axis, flattened": lambda x, v: np.put_along_axis(x, np.array([4, 4]), v, None),
    "place": lambda x, v: np.place(x, GRID > 2, v),
    "place, of the same size": lambda x, v: np.place(x, [0, 1, 1, 0, 0, 1], v),
    "putmask": lambda x, v: np.putmask(x, GRID > 2, v),
    "putmask, nothing": lambda x, v: np.putmask(x, GRID > 9, v),
    "copyto": lambda x, v: np.copyto(x, v[0]),
    "copyto, of another shape": lambda x, v: np.copyto(x, v[:, None]),
    "copyto, where": lambda x, v: np.copyto(x, v[:1], where=np.array([True, False, True])),
    "fill_diagonal": lambda x, v: np.fill_diagonal(x, v),
    "fill_diagonal, wrapped": lambda x, v: np.fill_diagonal(x.T, v[:1], wrap=True),
}
WRITE = pytest.mark.parametrize("write", WRITERS.values(), ids=WRITERS.keys())


def written(write, value):
    expected = GRID.copy()
    write(expected, value)
    return expected


@WRITE
def test_a_function_that_writes_does_so_to_a_tensor(write):
    """In a graph, in a constant, under no_grad; its gradient by differences, which are exact where all is linear."""
    array = np.array([-1.0, -2.0])
    x, v = leaf(GRID), leaf(array)
    if write is WRITERS["fill_diagonal, wrapped"]:
        with pytest.raises(GradientError, match="into a view"):
            write(x * 1, v)
    else:
        y, constant = x * 1, ag.tensor(GRID)
        write(y, v)
        write(constant, v)
        equal(y, written(write, array))
        equal(constant, written(write, array))
        g = np.arange(1.0, 7.0).reshape(2, 3)
        (y * g).sum().backward()
        equal(x.grad, np.where(y.numpy() < 0, 0, g))
        base = written(write, np.zeros(2))
        equal(v.grad, [((written(write, unit) - base) * g).sum() for unit in np.eye(2)])
    memory = x.data
    with ag.no_grad():
        write(x, v)
    equal(x, written(write, array))
    assert x.data is memory


@WRITE
def test_a_function_that_writes_refuses_leaves_and_arrays(write):
    x, v, array = leaf(GRID), leaf([-1.0, -2.0]), GRID.copy()
    if write is not WRITERS["fill_diagonal, wrapped"]:
        with pytest.raises(GradientError, match=r"np\.\w+\(x, \.\.\.\) on a leaf.*y = x\.copy\(\); np\.\w+\(y"):
            write(x, v)
    with pytest.raises(DetachError, match=r"cannot write|cut it out"):
        write(array, v)
    equal(x, GRID)
    np.testing.assert_array_equal(array, GRID)
    write(array, ag.tensor([-1.0, -2.0], dtype="float64"))
    np.testing.assert_array_equal(array, written(write, np.array([-1.0, -2.0])))


def test_a_kept_array_that_a_function_wrote_into_is_found():
    x = leaf(GRID)
    y = x * x
    with ag.no_grad():
        np.put(x, 0, 1.0)
    with pytest.raises(GradientError, match=r"multiply.*changed in place"):
        y.sum().backward()


def test_functions_write_into_a_tensor_without_axes():
    x, v = leaf(3.0), leaf([5.0, 6.0])
    y = x * 1
    np.put(y, [0, 0], v)
    np.putmask(y, False, 7.0)
    equal(y, 6.0)
    y.backward()
    equal(v.grad, [0.0, 1.0])
    with ag.no_grad():
        np.copyto(x, 9.0)
    equal(x, 9.0)


def test_functions_that_write_take_lists_of_tensors():
    x = leaf(GRID)
    y = x * 1
    np.put(y, [0, 1], [x[0, 2] * 2, 7.0])
    equal(y, [[4.0, 7.0, 2.0], [6.0, 5.0, 4.0]])
    y.sum().backward()
    equal(x.grad, [[0.0, 0.0, 3.0], [1.0, 1.0, 1.0]])


@pytest.mark.parametrize("recorded", [True, False])
@pytest.mark.parametrize(
    ("call", "error", "words"),
    [
        (lambda x: np.put(x, 9, 1.0), IndexError, ["np.put", "(2, 3)", "out of bounds"]),
        (lambda x: np.place(x, [True], [1.0]), ValueError, ["np.place", "same size"]),
        (lambda x: np.copyto(x, np.ones(2)), ShapeError, ["np.copyto", "broadcast"]),
        (lambda x: np.put_along_axis(x, np.array([0]), 1.0, 0), ValueError, ["np.put_along_axis", "dimensions"]),
    ],
)
def test_functions_that_write_name_what_does_not_fit(recorded, call, error, words):
    x = leaf(GRID) * 1 if recorded else ag.tensor(GRID)
    with pytest.raises(error) as caught:
        call(x)
    assert all(word in str(caught.value) for word in words)
    equal(x, GRID)


def test_an_integer_tensor_keeps_its_dtype():
    counts = ag.tensor([1, 2])
    with pytest.raises(TypeError, match=r"np\.copyto.*same_kind"):
        np.copyto(counts, 0.5)
    with pytest.raises(DtypeError, match="int64"):
        np.put(counts, 0, leaf(0.5))
    equal(counts, [1, 2])
