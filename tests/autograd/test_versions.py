"""Versions: which changes of kept values a backward pass notices, and which it rightly does not mind."""

import numpy as np
import pytest

import autograd as ag


def leaf(data, dtype="float64"):
    return ag.tensor(data, dtype=dtype, requires_grad=True)


def equal(tensor, expected):
    """A Tensor with exactly these values."""
    assert isinstance(tensor, ag.Tensor)
    np.testing.assert_array_equal(tensor.numpy(), np.asarray(expected, tensor.dtype), strict=True)


@pytest.fixture(autouse=True)
def registry_is_left_as_it_was():
    """Primitives that a test declares are not seen by the tests that walk the registry."""
    primitives = dict(ag.ops._primitives)
    yield
    ag.ops._primitives = primitives


def of_broadcast_view(x):
    wide = ag.broadcast_to(x, (3, 4))
    return wide * wide


def write_whole(x):
    x += 1.0


def write_element(x):
    x[0] = 9.0


def write_view(x):
    x[1:] *= 2.0


def write_view_of_view(x):
    part = x.reshape(-1)[1:]
    part.reshape(1, -1)[:, 1:] += 1.0


def write_through_detached(x):
    write_whole(x.detach())


WRITES = pytest.mark.parametrize(
    "write", [write_whole, write_element, write_view, write_view_of_view, write_through_detached]
)


@WRITES
@pytest.mark.parametrize(
    ("name", "operation"),
    [
        ("multiply", lambda x: x * x),
        ("multiply", lambda x: x[1:] * 2 * x[1:]),
        ("matmul", lambda x: x.reshape(2, 2).T @ x.reshape(2, 2)),
        ("multiply", of_broadcast_view),
        ("einsum", lambda x: ag.einsum("i,i->i", x, x)),
        ("var", lambda x: ag.var(x)),
    ],
)
def test_a_kept_value_that_was_changed_is_an_error_that_names_the_primitive(write, name, operation):
    x = leaf([1.0, 2.0, 3.0, 4.0])
    y = operation(x).sum()
    with ag.no_grad():
        write(x)
    with pytest.raises(ag.errors.GradientError, match=rf"{name}.*changed in place"):
        y.backward()


@WRITES
def test_the_owner_is_watched_where_a_view_was_kept_and_the_view_where_the_owner_was(write):
    x = leaf([1.0, 2.0, 3.0, 4.0])
    for kept, changed in [(x, x.detach()), (x.detach().requires_grad_(), x)]:
        y = (kept * kept).sum()
        with ag.no_grad():
            write(changed)
        with pytest.raises(ag.errors.GradientError, match="changed in place"):
            y.backward()


def test_a_changed_result_is_noticed_where_the_rule_keeps_the_result():
    x = leaf([1.0, 2.0])
    y = ag.exp(x)
    with ag.no_grad():
        y *= 2.0
    with pytest.raises(ag.errors.GradientError, match="exp"):
        y.sum().backward()


def test_a_changed_constant_or_index_is_noticed():
    x = leaf([1.0, 2.0, 3.0])
    factor, index = ag.tensor([1.0, 2.0, 3.0]), ag.tensor([0, 2])
    product, taken = (x * factor).sum(), x[index].sum()
    factor *= 2.0
    index += 0
    with pytest.raises(ag.errors.GradientError, match="multiply"):
        product.backward()
    with pytest.raises(ag.errors.GradientError, match="getitem"):
        taken.backward()


def test_the_error_names_the_module_where_there_is_one():
    x = leaf([1.0, 2.0])
    with ag.scope("encoder"):
        y = (x * x).sum()
    with ag.no_grad():
        x += 1.0
    with pytest.raises(ag.errors.GradientError, match="encoder"):
        y.backward()


def test_accumulation_into_a_grad_that_a_graph_keeps_is_noticed():
    x, w = leaf([1.0, 2.0]), leaf([1.0, 1.0])
    (x * x).sum().backward()
    y = (w * x.grad).sum()
    (x * x).sum().backward()
    with pytest.raises(ag.errors.GradientError, match="multiply"):
        y.backward()


@pytest.mark.parametrize("pack", [tuple, list, lambda pair: {"x": pair[0]}], ids=["tuple", "list", "dict"])
def test_a_changed_array_is_noticed_in_whatever_the_forward_function_handed_on(pack):
    @ag.primitive
    def square(x):
        return x * x, pack((x, 1.0))

    square.vjp(x=lambda g, saved: 2 * g * (saved["x"] if isinstance(saved, dict) else saved[0]))
    x = leaf([1.0, 2.0])
    y = square(x).sum()
    with ag.no_grad():
        x += 1.0
    with pytest.raises(ag.errors.GradientError, match="square"):
        y.backward()


def test_changed_windows_are_noticed():
    @ag.primitive
    def energy(x):
        windows = np.lib.stride_tricks.sliding_window_view(x, 2)
        return (windows * windows).sum(-1), windows

    energy.vjp(x=lambda g, saved: np.append(2 * g * saved[:, 0], 0.0) + np.append(0.0, 2 * g * saved[:, 1]))
    x = leaf([1.0, 2.0, 3.0])
    y = energy(x).sum()
    with ag.no_grad():
        x += 1.0
    with pytest.raises(ag.errors.GradientError, match="energy"):
        y.backward()


@pytest.mark.parametrize("several", [tuple, list])
def test_one_of_several_results_that_was_changed_is_noticed(several):
    @ag.primitive
    def waves(x):
        return several((np.exp(x), np.sin(x)))

    waves.vjp(x=lambda g, out: g[0] * out[0])
    grown, _ = waves(leaf([0.5]))
    with ag.no_grad():
        grown *= 2.0
    with pytest.raises(ag.errors.GradientError, match="waves"):
        grown.sum().backward()


def test_marking_is_open_to_users_who_write_into_arrays_themselves():
    x = leaf([1.0, 2.0])
    y = (x * x).sum()
    x.data[1:] = 7.0
    ag.mark_written(x.data[1:])
    with pytest.raises(ag.errors.GradientError, match="multiply"):
        y.backward()


def test_a_change_that_no_rule_cares_for_is_no_error():
    x = leaf([1.0, 2.0])
    y = (x + 1.0).sum()
    with ag.no_grad():
        x *= 5.0
    y.backward()
    equal(x.grad, [1.0, 1.0])


def test_a_change_before_the_forward_pass_is_no_error():
    x = leaf([1.0, 2.0])
    for _ in range(2):
        with ag.no_grad():
            x += 1.0
        (x * x).sum().backward()
    equal(x.grad, [4.0 + 6.0, 6.0 + 8.0])


def test_a_change_of_other_memory_is_no_error():
    x, other = leaf([1.0, 2.0]), leaf([1.0, 2.0])
    y = (x * x).sum()
    with ag.no_grad():
        other += 1.0
    y.backward()
    equal(x.grad, [2.0, 4.0])


def test_a_0d_kept_value_is_noticed_or_kept_as_it_was():
    for make in (lambda: leaf(3.0), lambda: ag.full((), 3.0, requires_grad=True)):
        x = make()
        y = x * x
        with ag.no_grad():
            x += 1.0
        try:
            y.backward()
        except ag.errors.GradientError:
            continue
        equal(x.grad, 6.0)
