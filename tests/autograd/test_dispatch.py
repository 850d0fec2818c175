"""NumPy's functions called on Tensors with NumPy's own arguments: by its names, in its order, with its options."""

import numpy as np
import pytest

import autograd as ag
from autograd.errors import ArgumentError, DetachError, GradientError, NoRuleError


def leaf(data):
    return ag.Tensor(np.array(data, float), requires_grad=True)


MATRIX = np.array([[1.0, 5.0, 2.0], [4.0, 3.0, 7.0]])


@pytest.mark.parametrize(
    "call",
    [
        lambda x: np.std(x, 0, None, None, 1),  # dtype and out in between
        lambda x: np.sum(a=x, axis=0, out=None),
        lambda x: np.mean(x, 0, None, None, True),
        lambda x: np.clip(x, a_min=2.0, a_max=4.0),
        lambda x: np.clip(x, 2.0, 4.0),
        lambda x: np.clip(x, min=2.0),
        lambda x: np.reshape(x, shape=(3, 2), order="C"),
        lambda x: np.transpose(a=x),
        lambda x: np.add(x, 1.0, dtype=np.float64),
        lambda x: np.add(x, 1.0, where=True),
        lambda x: np.multiply.outer(x[0], x[1]),
        lambda x: np.subtract.outer(MATRIX, x),
    ],
)
def test_numpys_own_arguments(call):
    x = leaf(MATRIX)
    got = call(x)
    assert got.requires_grad
    np.testing.assert_array_equal(got.numpy(), call(MATRIX), strict=True)


@pytest.mark.parametrize(
    ("call", "words"),
    [
        (lambda x: np.median(x, overwrite_input=True), ["numpy.median", "overwrite_input="]),
        (lambda x: np.vstack([x, x], casting="no"), ["numpy.vstack", "casting="]),
        (lambda x: np.add(x, 1.0, where=MATRIX > 1), ["numpy.add", "where=", "ag.where"]),
        (lambda x: np.add(x, 1.0, casting="no"), ["numpy.add", "casting="]),
    ],
)
def test_arguments_that_ours_lack(call, words):
    with pytest.raises(ArgumentError) as caught:
        call(leaf(MATRIX))
    assert all(word in str(caught.value) for word in words)


@pytest.mark.parametrize("call", [lambda x: np.add.at(x, 0, 1.0), lambda x: np.add.reduceat(x, [0, 1])])
def test_methods_of_ufuncs_without_a_rule(call):
    with pytest.raises(NoRuleError, match=r"numpy\.add\."):
        call(leaf(MATRIX))


# --- out= -----------------------------------------------------------------------------------------------


def test_out_gives_a_tensor_a_new_place_in_the_graph():
    x = leaf(MATRIX)
    y = x * 1.0
    before = y * y
    assert np.multiply(y, 3.0, out=y) is y
    (before.sum() + (y * y).sum()).backward()
    np.testing.assert_allclose(x.grad.numpy(), 2 * MATRIX + 18 * MATRIX)


def test_out_with_where_keeps_the_other_elements():
    x = leaf(MATRIX)
    y = x * 1.0
    np.multiply(y, 3.0, out=y, where=MATRIX > 2)
    y.sum().backward()
    np.testing.assert_array_equal(y.numpy(), np.where(MATRIX > 2, 3 * MATRIX, MATRIX))
    np.testing.assert_array_equal(x.grad.numpy(), np.where(MATRIX > 2, 3.0, 1.0))


def test_out_of_a_leaf_that_needs_a_gradient_is_an_error():
    x = leaf(MATRIX)
    with pytest.raises(GradientError, match="leaf"):
        np.add(x, 1.0, out=x)
    with ag.no_grad():
        np.add(x, 1.0, out=x)
    np.testing.assert_array_equal(x.numpy(), MATRIX + 1)


def test_out_of_an_array_would_lose_the_gradient():
    array = np.zeros((2, 3))
    with pytest.raises(DetachError, match="out=array"):
        np.add(leaf(MATRIX), 1.0, out=array)
    assert not array.any()
