"""Errors: each names the operation, shows what it was given, and says what to do."""

from contextlib import contextmanager

import numpy as np
import pytest

import autograd as ag
from autograd.errors import (
    ArgumentError,
    DetachError,
    DtypeError,
    GlassgradError,
    GradientError,
    NoRuleError,
    ShapeError,
)


def leaf(data, dtype="float32"):
    return ag.tensor(data, dtype=dtype, requires_grad=True)


@contextmanager
def says(error, *facts):
    """The block raises ``error``, and its message has all of these facts."""
    with pytest.raises(error) as caught:
        yield
    message = str(caught.value)
    missing = [fact for fact in facts if fact not in message]
    assert not missing, f"{missing} not in: {message}"


def ones(*shape):
    return leaf(np.ones(shape))


# --- shapes ---------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("name", "operation"),
    [
        ("add", lambda x, y: x + y),
        ("multiply", lambda x, y: np.multiply(x, y)),
        ("maximum", lambda x, y: ag.maximum(x, y)),
        ("where", lambda x, y: ag.where(True, x, y)),
        ("clip", lambda x, y: ag.clip(x, y, None)),
        ("less", lambda x, y: x < y),
        ("equal", lambda x, y: x == y),
    ],
)
@pytest.mark.parametrize("other", [ones(2), np.ones(2, np.float32)], ids=["tensor", "array"])
def test_shapes_that_do_not_broadcast(name, operation, other):
    with says(ShapeError, name, "(2, 3) float32", "(2,) float32", "axis -1", "length 3", "and 2", "expand_dims"):
        operation(ones(2, 3), other)


@pytest.mark.parametrize(
    "call", [lambda x: x.sum(dim=1), lambda x: x.mean(dim=1, keepdim=True), lambda x: x.argmax(dim=1)]
)
def test_names_of_arguments_in_pytorch(call):
    with says(TypeError, "dim=", "axis="):
        call(ones(2, 3))


@pytest.mark.parametrize("change", [lambda x, y: x.__iadd__(y), lambda x, y: x.__setitem__(..., y)])
def test_shapes_that_do_not_fit_in_place(change):
    with says(GlassgradError, "(3,)", "(2, 2)"):
        change(ag.zeros(3), np.ones((2, 2)))


def test_matrices_that_do_not_fit():
    with says(ShapeError, "matmul", "x: (2, 3) float32", "y: (2, 3) float32", "last axis of x"):
        ones(2, 3) @ ones(2, 3)


@pytest.mark.parametrize(
    ("call", "facts"),
    [
        (lambda: ones(2, 3).reshape(4), ("reshape", "(2, 3)", "shape: 4", "size 6")),
        (lambda: ones(2, 3).transpose(0, 0), ("transpose", "(2, 3)", "(0, 0)")),
        (lambda: ones(2, 3).sum(axis=2), ("sum", "(2, 3)", "axis: 2", "out of bounds")),
        (lambda: ones(2, 3)[0, 0, 0], ("getitem", "(2, 3)", "(0, 0, 0)", "too many indices")),
        (lambda: ones(2, 3)[5], ("getitem", "(2, 3)", "index: 5", "out of bounds")),
        (lambda: ag.stack([ones(2), ones(3)]), ("stack", "(2,) float32", "(3,) float32", "same shape")),
        (lambda: ag.concatenate([ones(2, 3), ones(2, 2)]), ("concatenate", "(2, 3)", "(2, 2)")),
        (lambda: ag.split(ones(5), 2), ("split", "(5,)", "equal division")),
        (lambda: ag.split(ones(2, 3), 2, axis=3), ("split", "(2, 3)", "axis: 3", "out of bounds: x has 2 axes")),
        (lambda: ag.array_split(ones(4), 2, axis=1), ("array_split", "axis: 1", "x has 1 axes")),
        (lambda: ag.tensordot(ones(2, 3), ones(3), axes=5), ("tensordot", "axes: 5", "x has 2 axes, y has 1 axes")),
        (lambda: ag.tensordot(ones(2), ones(2), axes=([0], [7])), ("tensordot", "([0], [7])", "out of bounds")),
        (lambda: ag.hstack([]), ("hstack", "want one at least")),
        (lambda: ag.vstack([]), ("vstack", "want one at least")),
        (lambda: ag.dstack([]), ("dstack", "want one at least")),
        (lambda: ag.column_stack([]), ("column_stack", "want one at least")),
        (lambda: ag.einsum("ij,jk", ones(2, 3), ones(2, 3)), ("einsum", "ij,jk", "(2, 3)", "'j'")),
        (lambda: ag.pad(ones(2), 1, mode="mean"), ("pad", "'mean'", "constant")),
    ],
)
def test_numpys_refusals_carry_the_call(call, facts):
    with pytest.raises((ValueError, IndexError)) as caught:
        call()
    assert all(fact in str(caught.value) for fact in facts), str(caught.value)


# --- dtypes ---------------------------------------------------------------------------------------------


@pytest.mark.parametrize("data", [[1, 2], 3, True, np.ones(2, np.uint8)])
def test_integers_and_booleans_cannot_need_a_gradient(data):
    dtype = str(np.asarray(data).dtype)
    for ask in (
        lambda: ag.tensor(data, requires_grad=True),
        lambda: ag.Tensor(data, requires_grad=True),
        lambda: ag.tensor(data).requires_grad_(),
        lambda: setattr(ag.tensor(data), "requires_grad", True),
    ):
        with says(DtypeError, dtype, "gradient", "float"):
            ask()


@pytest.mark.parametrize(
    "make",
    [
        lambda: ag.tensor(1j),
        lambda: ag.tensor([1.0, 2j]),
        lambda: ag.tensor(np.ones(2, complex)),
        lambda: ag.tensor([1.0], dtype=complex),
        lambda: ag.zeros(2, dtype="complex64"),
        lambda: leaf([1.0]) * 1j,
        lambda: 1j * leaf(1.0),
        lambda: leaf([1.0]) + np.ones(1, complex),
        lambda: leaf([1.0]).astype(complex),
        lambda: ag.tensor([1.0]) * 1j,
    ],
)
def test_complex_numbers_are_refused(make):
    with says(DtypeError, "complex"):
        make()


class Opaque:
    """An object that arithmetic knows how to make object arrays of."""

    def __radd__(self, other):
        return self


@pytest.mark.parametrize(
    "data", ["abc", None, [None], object(), {"a": 1}, np.datetime64("2020")], ids=lambda x: type(x).__name__
)
def test_only_numbers_are_held(data):
    with says(DtypeError, "Tensor", "numbers"):
        ag.tensor(data)


@pytest.mark.parametrize("other", ["a", None, {}], ids=repr)
@pytest.mark.parametrize("shape", [(), (2,)])
def test_arithmetic_with_something_else_names_both(other, shape):
    with says(DtypeError, "add", f"{shape} float32", repr(other)):
        ones(*shape) + other


@pytest.mark.parametrize("shape", [(), (2,)])
def test_a_tensor_never_holds_objects(shape):
    with says(DtypeError, "add"):
        ones(*shape) + Opaque()


def test_ragged_rows():
    with says(ShapeError, "[[1.0, 2.0], [3.0]]", "unequal length"):
        ag.tensor([[1.0, 2.0], [3.0]])


def test_masked_arrays_are_refused_since_the_mask_would_be_lost():
    masked = np.ma.array([1.0, 2.0], mask=[False, True])
    for use in (lambda: ag.tensor(masked), lambda: ag.Tensor(masked), lambda: masked * leaf([1.0, 2.0])):
        with says(GlassgradError, "Tensor"):
            use()


@pytest.mark.parametrize("dtype", ["int32", "bool", complex, None, np.longdouble, "nonsense"])
def test_the_default_dtype_is_a_float(dtype):
    with says(DtypeError, "set_default_dtype", "float32"):
        ag.set_default_dtype(dtype)


def test_a_seed_is_a_natural_number():
    for seed in (-1, 1.5, "a"):
        with says(ArgumentError, "manual_seed", repr(seed)):
            ag.manual_seed(seed)


# --- backward -------------------------------------------------------------------------------------------


def test_backward_from_a_non_scalar_without_a_gradient():
    with says(GradientError, "(2,)", ".sum()", ".mean()", "gradient="):
        (ones(2) * 2).backward()
    with says(GradientError, "(2,)", "grad_outputs="):
        x = ones(2)
        ag.gradients(x * 2, x)


@pytest.mark.parametrize("gradient", [np.ones((2, 1)), 1.0, [1.0, 2.0, 3.0]])
def test_a_gradient_of_another_shape(gradient):
    with says(ShapeError, "(2,)", "gradient"):
        (ones(2) * 2).backward(gradient)


def test_backward_twice():
    y = (ones(2) * 2).sum()
    y.backward()
    with says(GradientError, "sum", "second time", "retain_graph=True"):
        y.backward()


@pytest.mark.parametrize("make", [lambda: ag.tensor(1.0), lambda: leaf(1.0).detach(), lambda: ag.tensor(2) * 3])
def test_backward_where_nothing_needs_a_gradient(make):
    with says(GradientError, "backward", "requires_grad=True", "no_grad", "detached"):
        make().backward()


@pytest.mark.parametrize(
    "call",
    [
        lambda x: ag.gradients((x * 2).item(), x),
        lambda x: ag.gradients([x * 2, 3.0], x),
        lambda x: ag.gradients(x * 2, 3.0),
        lambda x: ag.gradients(x * 2, [x, np.ones(2)]),
        lambda x: ag.gradients(x * 2, None),
    ],
)
def test_a_number_where_a_tensor_with_a_graph_is_needed(call):
    with says(GlassgradError, "gradients", "Tensor"):
        call(leaf(1.0))


def test_gradients_of_what_has_no_graph_and_for_what_needs_none():
    x, c = leaf(1.0), ag.tensor(1.0)
    with says(GradientError, "gradients", "output 0", "requires_grad=True"):
        ag.gradients(c * 2, x)
    with says(GradientError, "gradients", "input 1", "requires_grad=True"):
        ag.gradients(x * 2, [x, c])


def test_gradients_for_an_unused_input_or_with_too_few_starts():
    x, y = leaf(1.0), leaf(1.0)
    with says(GradientError, "input 1", "allow_unused=True"):
        ag.gradients(x * 2, [x, y])
    with says(GradientError, "2 outputs", "1 grad_outputs"):
        ag.gradients([x * 1, x * 2], x, [1.0])


def test_hooks_and_retained_gradients_where_there_will_be_none():
    with says(GradientError, "register_hook", "never be called"):
        ag.tensor(1.0).register_hook(print)
    with says(GradientError, "retain_grad"):
        ag.tensor(1.0).retain_grad()


def test_a_computed_tensor_cannot_be_told_that_it_needs_no_gradient():
    with says(GradientError, "multiply", "detach()"):
        (leaf(1.0) * 2).requires_grad_(False)


@pytest.mark.parametrize("grad", [np.zeros(2), 0.0, ag.zeros(3), ag.zeros(2, dtype=int)], ids=repr)
def test_a_grad_that_somebody_set_must_fit(grad):
    x = ones(2)
    with says(GlassgradError, "grad"):
        x.grad = grad
        (x * 2).sum().backward()


def test_an_error_inside_a_rule_says_whose_rule_it_was():
    def broken(g, x):
        return g.no_such_attribute

    fragile = ag.elementwise(lambda x: x * 1.0, name="fragile", x=broken)
    with pytest.raises(AttributeError) as caught:
        fragile(leaf(1.0)).backward()
    assert any("fragile" in note for note in getattr(caught.value, "__notes__", []))


# --- nothing is silently detached -----------------------------------------------------------------------


@pytest.mark.parametrize(
    ("name", "call"),
    [
        ("numpy.unwrap", np.unwrap),
        ("numpy.linalg.eigvals", lambda x: np.linalg.eigvals(x)),
        ("numpy.fft.fft", lambda x: np.fft.fft(x)),
        ("numpy.spacing", lambda x: np.spacing(x)),
    ],
)
def test_a_numpy_function_without_a_rule(name, call):
    short = name.rpartition(".")[2]
    with says(NoRuleError, name, "t.numpy()", f"@ag.primitive(numpy={name})", f"def {short}(x)", f"{short}.vjp(x="):
        call(ones(2, 2))


def test_a_ufunc_of_another_library_goes_by_its_own_name():
    special = pytest.importorskip("scipy.special")
    with pytest.raises(NoRuleError, match="agm") as caught:
        special.agm(leaf(1.5), 2.0)
    assert "numpy.agm" not in str(caught.value)


@pytest.mark.parametrize(
    "make",
    [
        lambda t: np.array([t, t]),
        lambda t: np.asarray(t),
        lambda t: np.sum([t, t]),
        lambda t: np.ones(2) * [t, t],
        lambda t: ag.tensor([t, t]),
        lambda t: np.full(2, t),
        lambda t: ag.add(ones(2), [t, t]),
        lambda t: ag.zeros(2).__iadd__([t, t]),
    ],
)
def test_turning_tensors_of_a_graph_into_an_array(make):
    with says(DetachError, "t.numpy()", "ag.stack([t, u])"):
        make(leaf(1.0) * 2)


@pytest.mark.parametrize("function", [np.add, np.multiply, np.maximum])
def test_writing_a_tensor_of_a_graph_into_an_array(function):
    array = np.zeros(2, np.float32)
    with says(DetachError, f"numpy.{function.__name__}", "array = array + tensor", "tensor.numpy()"):
        function(array, ones(2), out=array)
    with says(DetachError, "array += tensor"):
        array += ones(2)
    assert (array == 0).all()


def test_what_is_outside_of_graphs_may_be_added_to_an_array():
    array = np.zeros(2, np.float32)
    array += ag.tensor([1.0, 2.0])
    np.testing.assert_array_equal(array, [1.0, 2.0])


@pytest.mark.parametrize(
    "call",
    [
        lambda t: ag.pad(np.ones(2), 1, constant_values=t),
        lambda t: np.pad(ones(2), 1, constant_values=t),
        lambda t: ag.full((2,), t),
        lambda t: ag.full_like(np.ones(2), t),
        lambda t: np.full_like(ones(2), t),
        lambda t: np.bincount([0, 1], weights=ones(2) * t),
    ],
)
def test_a_tensor_of_a_graph_is_differentiated_or_refused(call):
    t = leaf(2.0)
    try:
        result = call(t)
    except GlassgradError:
        return
    assert ag.gradients(result.sum(), t)[0].item() > 0.0


# --- Python's protocols ---------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("call", "facts"),
    [
        (lambda: bool(ones(2)), ("(2,)", "ambiguous", ".all()")),
        (lambda: float(ones(2)), ("(2,)", ".tolist()")),
        (lambda: ones(2).item(), ("item", "(2,)", ".tolist()")),
        (lambda: len(leaf(1.0)), ("0-d",)),
        (lambda: list(leaf(1.0)), ("0-d", ".item()")),
        (lambda: f"{ones(2):.2f}", ("(2,)", "one element")),
    ],
)
def test_many_elements_where_one_is_needed_and_the_other_way_round(call, facts):
    with pytest.raises((TypeError, ValueError)) as caught:
        call()
    assert all(fact in str(caught.value) for fact in facts), str(caught.value)


def test_a_misspelt_attribute_is_an_error():
    x = leaf(1.0)
    with pytest.raises(AttributeError, match="requires_gard"):
        x.requires_gard = True
    with pytest.raises(AttributeError, match="relu6"):
        x.relu6()
    with pytest.raises(AttributeError, match="tanhh"):
        ag.tanhh(x)


def test_every_error_of_the_library_has_one_base_and_a_python_one():
    for python, errors in [
        (ValueError, (ArgumentError, ShapeError)),
        (TypeError, (DtypeError, DetachError, NoRuleError)),
        (RuntimeError, (GradientError,)),
    ]:
        assert all(issubclass(error, GlassgradError) and issubclass(error, python) for error in errors)
