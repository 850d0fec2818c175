"""How tensors are made: from numbers and arrays, as constants and draws, and as copies of other tensors."""

import copy
import pickle

import numpy as np
import pytest

import autograd as ag
from autograd.errors import ArgumentError, DetachError, DtypeError, ShapeError


def leaf(data, dtype="float64"):
    return ag.tensor(data, dtype=dtype, requires_grad=True)


# --- constructors ---------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("data", "dtype"),
    [
        (1.5, "float32"),
        ([1, 2.5], "float32"),
        (1, "int64"),
        ([1, 2], "int64"),
        (True, "bool"),
        (np.float64(1.5), "float64"),
        (np.array([1.0], np.float16), "float16"),
        (np.array([1.0], ">f8"), ">f8"),
        (np.array([1], np.uint8), "uint8"),
        (ag.tensor([1.0], dtype="float64"), "float64"),
    ],
)
def test_python_floats_take_the_default_dtype_and_arrays_keep_theirs(data, dtype):
    assert ag.tensor(data).dtype == ag.Tensor(data).dtype == np.dtype(dtype)


def test_the_default_dtype_can_be_set():
    ag.set_default_dtype("float64")
    made = [ag.tensor(1.0), ag.zeros(2), ag.ones(2), ag.full(2, 0.5), ag.linspace(0, 1, 3), ag.eye(2), ag.arange(2.0)]
    assert {t.dtype for t in [*made, ag.rand(2), ag.randn(2)]} == {np.dtype("float64")}


def test_tensor_copies_its_data_and_the_class_shares_it():
    array = np.ones(3)
    copied, shared = ag.tensor(array), ag.Tensor(array)
    array[0] = 5.0
    assert (copied[0].item(), shared[0].item()) == (1.0, 5.0)


def test_constant_makers_match_numpys():
    for made, expected in [
        (ag.zeros(2, 3), np.zeros((2, 3))),
        (ag.zeros((2, 3)), np.zeros((2, 3))),
        (ag.zeros(), np.zeros(())),
        (ag.ones(2), np.ones(2)),
        (ag.full((2,), 7.0), np.full(2, 7.0)),
        (ag.arange(1.0, 2.0, 0.25), np.arange(1.0, 2.0, 0.25)),
        (ag.linspace(0.0, 1.0, 5), np.linspace(0, 1, 5)),
        (ag.eye(2, 3), np.eye(2, 3)),
    ]:
        np.testing.assert_array_equal(made.numpy(), expected.astype(np.float32), strict=True)


@pytest.mark.parametrize("make", [ag.zeros_like, ag.ones_like, lambda x: ag.full_like(x, 2)])
def test_like_makers_take_shape_and_dtype(make):
    made = make(leaf([[1.0, 2.0]]))
    assert (made.shape, made.dtype, made.requires_grad) == ((1, 2), np.float64, False)


@pytest.mark.parametrize("draw", [ag.rand, ag.randn])
def test_the_same_seed_draws_the_same_numbers(draw):
    ag.manual_seed(3)
    first = draw(4).tolist()
    ag.manual_seed(3)
    assert draw(4).tolist() == first
    assert draw(4).tolist() != first
    assert draw(4, rng=np.random.default_rng(7)).tolist() == draw(4, rng=np.random.default_rng(7)).tolist()


def test_draws_come_from_the_generator_that_is_given():
    rng = np.random.default_rng(0)
    assert ag.default_generator(rng) is rng
    assert ag.default_generator() is ag.default_generator(None)


# --- errors ---------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("call", "error", "message"),
    [
        (lambda: ag.default_generator(5), ArgumentError, r"rng=5: want a generator .*default_rng\(0\)"),
        (lambda: ag.rand(2, rng=5), ArgumentError, "rng=5: want a generator"),
        (lambda: ag.randn(2, rng=np.random), ArgumentError, "want a generator"),
        (lambda: ag.rand(2, dtype=int), DtypeError, "rand: dtype='int64'; draws are real"),
        (lambda: ag.randn(2, dtype=bool), DtypeError, "randn: dtype='bool'; draws are real"),
        (
            lambda: ag.rand_like(ag.tensor([1, 2])),
            DtypeError,
            r"rand_like: .* got \(2,\) int64; ag\.rand takes a shape",
        ),
        (lambda: ag.rand_like(3), DtypeError, "rand_like: want a Tensor or an array of floats, got 3"),
        (lambda: ag.randn_like([1.0]), DtypeError, r"randn_like: .* got \[1\.0\]; ag\.randn"),
        (lambda: ag.zeros(2, dtype="nonsense"), DtypeError, "zeros: dtype='nonsense' is no dtype; want one such as"),
        (lambda: ag.ones(2, dtype=5), DtypeError, "ones: dtype=5"),
        (lambda: ag.zeros_like(np.ones(2), dtype="f5"), DtypeError, "zeros_like: dtype='f5'"),
        (lambda: ag.ones_like(np.ones(2), dtype="f5"), DtypeError, "ones_like: dtype='f5'"),
        (lambda: ag.full_like(np.ones(2), 1, dtype="f5"), DtypeError, "full_like: dtype='f5'"),
        (lambda: ag.full(2, 1, dtype="f5"), DtypeError, "full: dtype='f5'"),
        (lambda: ag.eye(2, dtype="f5"), DtypeError, "eye: dtype='f5'"),
        (lambda: ag.arange(2, dtype="f5"), DtypeError, "arange: dtype='f5'"),
        (lambda: ag.linspace(0, 1, dtype="f5"), DtypeError, "linspace: dtype='f5'"),
        (lambda: ag.rand(2, dtype="f5"), DtypeError, "rand: dtype='f5'"),
        (lambda: ag.tensor(1.0, dtype="f5"), DtypeError, "tensor: dtype='f5'"),
        (lambda: ag.full_like(np.ones(2), 1j), DtypeError, r"full_like\(1j\): .*Complex"),
        (lambda: ag.full(2, np.ones(2, complex), dtype=float), DtypeError, r"full\(\(2,\) complex128\): Complex"),
        (lambda: ag.tensor(np.ones(2, complex), dtype=float), DtypeError, r"tensor\(\(2,\) complex128\): Complex"),
        (lambda: ag.full_like(np.ones(2), None), DtypeError, r"full_like\(None\): .* holds booleans"),
        (lambda: ag.full_like(np.ones(2), "a"), DtypeError, r"full_like\('a'\)"),
        (lambda: ag.full_like(np.arange(2), np.nan), ArgumentError, r"full_like\(nan\): no integer .*to be int64"),
        (lambda: ag.full(2, np.inf, dtype="i4"), ArgumentError, r"full\(inf\): no integer is nan or inf.*int32"),
        (lambda: ag.tensor([np.nan, 1.0], dtype=int), ArgumentError, r"tensor\(\(2,\) float64\): no integer"),
        (lambda: ag.full(-1, 0.5), ArgumentError, r"shape -1: .*ag\.full\(\(2, 3\), 0\.5\)"),
        (lambda: ag.full("a", 0.5), ArgumentError, "shape 'a'"),
        (lambda: ag.full(2, [1.0, 2.0, 3.0]), ShapeError, r"full: .* \(3,\) float32, .* to the shape \(2,\)"),
        (lambda: ag.full_like(np.ones(2), np.ones(3)), ShapeError, r"full_like: .* \(3,\) float64, .* \(2,\)"),
        (lambda: ag.eye(-1), ArgumentError, r"eye\(-1, None\): want numbers of rows"),
        (lambda: ag.eye(1.5), ArgumentError, r"eye\(1\.5, None\)"),
        (lambda: ag.linspace(0, 1, -1), ArgumentError, r"linspace\(0, 1, num=-1\): .* an integer of at least 0"),
        (lambda: ag.linspace(0, None), ArgumentError, r"linspace\(0, None, num=50\): want two numbers"),
        (lambda: ag.linspace(1j, 2), DtypeError, "linspace.*complex128.*Complex"),
        (lambda: ag.linspace(ag.tensor(0.0), 1.0), ArgumentError, r"a limit is a Tensor.* np\.linspace\(start, stop"),
        (lambda: ag.arange(0, 1, 0), ArgumentError, r"arange\(0, 1, 0\): .* the step not 0"),
        (lambda: ag.arange(0, 1, 1, float), ArgumentError, "dtype= goes by its name"),
        (lambda: ag.arange(), ArgumentError, r"arange\(\): want arange\(stop\)"),
        (lambda: ag.arange(np.inf), ArgumentError, r"arange\(inf\): .* of finite numbers"),
        (lambda: ag.arange(1j, dtype=float), DtypeError, "arange.* complex128.*Complex"),
        (lambda: ag.arange("a"), ArgumentError, r"arange\('a'\)"),
        (lambda: ag.arange(leaf(2.0)), DetachError, "would cut it out"),
    ],
)
def test_what_cannot_be_made(call, error, message):
    with pytest.raises(error, match=message):
        call()


def test_integers_between_limits_are_rounded_down_as_in_numpy():
    made = ag.linspace(-1.5, 1.5, 5, dtype=int)
    np.testing.assert_array_equal(made.numpy(), np.linspace(-1.5, 1.5, 5, dtype=int), strict=True)


def test_a_fill_value_keeps_the_width_of_what_it_fills():
    assert ag.full_like(np.ones(1), 0.1).tolist() == [0.1]
    assert ag.full_like(np.arange(2), 1.5).tolist() == [1, 1]
    assert ag.full_like(ag.zeros(2, 2), [1.0, 2.0]).tolist() == [[1.0, 2.0], [1.0, 2.0]]


# --- copies ---------------------------------------------------------------------------------------------


class Tagged(ag.Tensor):
    """A subclass, as parameters of a network are."""

    __slots__ = ()


def by_pickle(x):
    return pickle.loads(pickle.dumps(x))


COPIES = pytest.mark.parametrize("duplicate", [copy.copy, copy.deepcopy, by_pickle])


@COPIES
@pytest.mark.parametrize("value", [np.float32(2.5), np.arange(6.0).reshape(2, 3), np.zeros((0, 2)), np.arange(3)])
def test_a_copy_of_a_leaf_has_its_value_in_memory_of_its_own(duplicate, value):
    x = ag.tensor(value, requires_grad=value.dtype.kind == "f")
    twin = duplicate(x)
    np.testing.assert_array_equal(twin.numpy(), x.numpy(), strict=True)
    assert twin.requires_grad == x.requires_grad
    assert twin is not x
    assert not np.shares_memory(twin.data, x.data)


@COPIES
def test_a_copy_of_a_computed_tensor_is_its_value(duplicate):
    twin = duplicate(leaf([1.0, 2.0]) * 2)
    np.testing.assert_array_equal(twin.numpy(), [2.0, 4.0])
    assert not twin.requires_grad
    assert twin.is_leaf


@COPIES
def test_a_copy_of_a_leaf_takes_gradients_of_its_own(duplicate):
    x = leaf([1.0, 2.0])
    twin = duplicate(x)
    (twin * 3).sum().backward()
    np.testing.assert_array_equal(twin.grad.numpy(), [3.0, 3.0])
    assert x.grad is None


@COPIES
def test_a_copy_keeps_its_class(duplicate):
    assert type(duplicate(Tagged([1.0], requires_grad=True))) is Tagged


def test_deepcopy_keeps_two_references_to_one_tensor_together():
    x = leaf([1.0])
    first, second = copy.deepcopy([x, x])
    assert first is second


def test_the_method_copy_records():
    x = leaf([1.0, 2.0])
    x.copy().sum().backward()
    np.testing.assert_array_equal(x.grad.numpy(), [1.0, 1.0])
