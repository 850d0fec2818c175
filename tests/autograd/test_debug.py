"""`ag.debug`: the first value that is not finite, arrays that were changed, silent surprises, each with its line."""

import gc
import inspect
import threading
import warnings
import weakref

import numpy as np
import pytest
from hypothesis import HealthCheck, Phase, given, settings

import autograd as ag
import nn
from autograd.modes import hooks
from autograd.testing.battery import is_finite, is_refused
from autograd.testing.strategies import cases

from .garbage import collected, settle
from .test_rules import PRIMITIVES

NonFinite = ag.errors.NonFiniteError
Surprise = ag.errors.SurpriseWarning


def leaf(data, dtype="float64"):
    return ag.tensor(data, dtype=dtype, requires_grad=True)


def here(offset=0):
    """This file's line that calls it, as errors name it."""
    frame = inspect.currentframe().f_back
    return f"test_debug.py:{frame.f_lineno + offset}:"


@pytest.fixture(autouse=True)
def nothing_is_left_behind():
    yield
    assert [hooks.call, hooks.cut, hooks.leaf, hooks.line, hooks.sweep] == [None] * 5


def warned(function):
    """The surprises that ``function`` causes under debug, as warnings."""
    with warnings.catch_warnings(record=True) as caught:
        warnings.simplefilter("always")
        with ag.debug():
            function()
    return caught


# --- values that are not finite ----------------------------------------------------------------------------


def test_the_first_value_that_is_not_finite_is_named():
    with ag.debug(), pytest.raises(NonFinite) as caught:
        x = leaf([4.0, 0.0])
        y = x * 2
        line = here(+1)
        z = np.log(y)
        z.sum()
    message = str(caught.value)
    assert message.startswith("log: the result is not finite")
    assert "x: (2,) float64, 0 to 8, 1 of 2 is 0" in message
    assert "result: (2,) float64, 2.079, 1 is infinite" in message
    assert line in message and "np.log(y)" in message
    assert "Keep the argument above 0" in message
    assert isinstance(caught.value, FloatingPointError)


BAD_VALUES = {
    "divide": lambda x: x / (x - 1),
    "sqrt": lambda x: np.sqrt(-x),
    "exp": lambda x: np.exp(x * 1000),
    "power": lambda x: (x - 1) ** -1,
    "log": lambda x: np.log(x - 1),
    "multiply": lambda x: x * 1e200 * 1e200,
    "arctanh": lambda x: np.arctanh(x),
}


@pytest.mark.parametrize("name", BAD_VALUES)
def test_values(name):
    with ag.debug(), pytest.raises(NonFinite, match=rf"^{name}: the result") as caught:
        BAD_VALUES[name](leaf(1.0))
    assert caught.value.args[0].count("\n") >= 3


def test_in_a_module():
    model = nn.Sequential(nn.Linear(2, 3), nn.Linear(3, 1))
    model[1].weight.data[...] = 3e38
    model[1].bias.data[...] = 3e38
    model[0].bias.data[...] = 1
    with ag.debug(), pytest.raises(NonFinite, match=r"(?s)^linear: .*in Sequential\.1") as caught:
        model(ag.ones(1, 2) * 100)
    assert "model(ag.ones(1, 2) * 100)" in str(caught.value)


def test_in_a_composed_function():
    with ag.debug(), pytest.raises(NonFinite, match=r"^multiply: ") as caught:
        line = here(+1)
        np.kron(leaf([1e200]), leaf([1e200]))
    assert line in str(caught.value)
    assert "It was raised in kron." in caught.value.__notes__


def test_infinities_that_were_given_are_fine():
    with ag.debug():
        x = leaf([1.0, 2.0])
        mask = np.array([-np.inf, 0.0])
        p = ag.softmax(x + mask, 0)
        p[1].backward()
        assert np.isinf(np.where(np.array([True, False]), -np.inf, x).numpy()[0])


def test_nan_that_was_given_is_a_warning():
    caught = warned(lambda: leaf([1.0, np.nan]) * 2)
    assert [w.category for w in caught] == [Surprise]
    assert "multiply was given NaN from outside: x is (2,) float64, 1, 1 is NaN" in str(caught[0].message)
    assert not warned(lambda: np.nanmax(leaf([1.0, np.nan])))
    assert not warned(lambda: ag.nanmedian(leaf([1.0, np.nan])))


def test_numpys_own_warnings_come_where_nothing_is_raised():
    caught = warned(lambda: ag.tensor([4, 2]) // 0)
    assert [w.category for w in caught] == [RuntimeWarning]
    assert caught[0].filename == __file__ and "floor_divide" in str(caught[0].message)
    with np.errstate(divide="ignore"):
        assert not warned(lambda: ag.tensor([4, 2]) // 0)
    with np.errstate(divide="raise"), ag.debug(), pytest.raises(FloatingPointError, match="divide by zero"):
        ag.tensor([4, 2]) // 0


def test_values_are_not_looked_at_if_that_is_switched_off():
    with ag.debug(check_finite=False), np.errstate(all="ignore"):
        assert np.isinf(np.log(leaf(0.0)).item())


# --- gradients that are not finite --------------------------------------------------------------------------


def test_a_gradient_that_is_not_finite():
    with ag.debug(), pytest.raises(NonFinite) as caught:
        x = leaf([0.0, 4.0])
        line, y = here(), np.sqrt(x)
        (y * 2).sum().backward()
    message = str(caught.value)
    assert message.startswith("sqrt: the gradient of its argument x is not finite")
    assert (
        "incoming gradient: (2,) float64, 2" in message and "gradient of x: (2,) float64, 0.5, 1 is infinite" in message
    )
    assert line in message and "infinite at 0" in message


def test_a_masked_square_root():
    with ag.debug(), pytest.raises(NonFinite, match="sqrt: the gradient of its argument x"):
        x = leaf([0.0, 4.0])
        np.where(np.array([False, True]), np.sqrt(x), 0.0).sum().backward()


def test_a_sum_of_gradients_that_overflows():
    with ag.debug(), np.errstate(over="ignore"):  # the pass adds up gradients, no rule
        x = leaf([1.0], "float32")
        y = x * 0.5
        with pytest.raises(NonFinite, match=r"^multiply: the gradient that arrives"):
            ((y * 3e38) + (y * 3e38) * 0.5).sum().backward(retain_graph=True)
        with pytest.raises(NonFinite, match=r"^leaf: the gradient that arrives"):
            x = leaf([0.0], "float32")
            (x * 3e38 + x * 3e38).sum().backward()


def test_a_hook_that_makes_nan():
    with ag.debug(), pytest.raises(NonFinite, match="a hook made it so"):
        x = leaf([1.0, 2.0])
        y = x * 2
        y.register_hook(lambda g: g * np.nan)
        (y * 3).sum().backward()


def test_a_graph_from_before_the_block():
    x = leaf([0.0, 4.0])
    y = np.sqrt(x).sum()
    with ag.debug(), pytest.raises(NonFinite, match="sqrt: the gradient of its argument x") as caught:
        y.backward()
    assert "computed at" in str(caught.value)


def test_several_results():
    with ag.debug():
        x = leaf([1.0, 4.0])
        first, second = ag.split(x * 2, 2)
        (first + second * 2).sum().backward()
        np.testing.assert_array_equal(x.grad.numpy(), [2, 4])
    with ag.debug(), pytest.raises(NonFinite, match=r"^multiply: the gradient of its argument x"):
        x = leaf([1e-300, 4.0])
        first, _ = ag.split(x * 1e200, 2)
        (first * 1e200).sum().backward()


def test_second_derivatives():
    with ag.debug():
        x = leaf([2.0])
        (slope,) = ag.gradients((x**3).sum(), x, create_graph=True)
        (curvature,) = ag.gradients(slope.sum(), x)
        assert curvature.item() == 12
    with ag.debug(), pytest.raises(NonFinite, match=r"^sqrt: the gradient of its argument x"):
        x = leaf([0.0])
        ag.gradients(np.sqrt(x).sum(), x, create_graph=True)


def test_second_derivatives_of_a_fused_kernel():
    with ag.debug():
        x = leaf([[1.0, 2.0, 3.0]])
        loss = nn.functional.cross_entropy(x, np.array([1]))
        (slope,) = ag.gradients(loss, x, create_graph=True)
        (slope**2).sum().backward()
        assert np.isfinite(x.grad.numpy()).all()


# --- arrays that were changed -------------------------------------------------------------------------------


def change_data(x, array):
    x.data[0] = 7


def change_shared(x, array):
    array[0] = 7


def change_in_place(x, array):
    with ag.no_grad():
        x += 1


@pytest.mark.parametrize("change", [change_data, change_shared, change_in_place])
def test_a_kept_array_that_was_changed(change):
    array = np.array([1.0, 2.0])
    x = ag.Tensor(array, requires_grad=True)
    with ag.debug(), pytest.raises(ag.errors.GradientError, match="backward through multiply") as caught:
        line, y = here(), x * x
        change(x, array)
        y.sum().backward()
    told = str(caught.value) + "".join(getattr(caught.value, "__notes__", []))
    assert line in told and "shape (2,)" in told
    if change is change_in_place:
        assert "It was changed at" in told and "x += 1" in told


def test_a_kept_result_that_was_changed():
    with ag.debug(), pytest.raises(ag.errors.GradientError, match=r"backward through exp: .* \(out\) was changed"):
        x = leaf([1.0, 2.0])
        y = np.exp(x)
        y.data[1] = 0
        y.sum().backward()


def test_what_was_not_kept_may_change():
    with ag.debug():
        x = leaf([1.0, 2.0])
        y = (x * 2.0).sum()
        x.data[0] = 7
        y.backward()
        np.testing.assert_array_equal(x.grad.numpy(), 2)


def test_a_graph_that_is_passed_through_twice():
    with ag.debug():
        x = leaf([1.0, 2.0])
        y = (x * x).sum()
        y.backward(retain_graph=True)
        y.backward(retain_graph=True)
        x.data[0] = 5
        with pytest.raises(ag.errors.GradientError, match="was changed"):
            y.backward()


# --- silent surprises ---------------------------------------------------------------------------------------

USES = {
    "numpy()": lambda x: x * x.numpy(),
    "data": lambda x: x * x.data,
    "item()": lambda x: x * x[0].item(),
    "float()": lambda x: x * float(x[0]),
    "tolist()": lambda x: x * x.tolist(),
    "numpy() ": lambda x: ag.Tensor(x.numpy()) * 2,
    " numpy()": lambda x: np.concatenate([x, x.numpy()[:1]]),
}


@pytest.mark.parametrize("name", USES)
def test_a_tensor_that_became_an_array_and_is_used_again(name):
    x = leaf([1.0, 2.0])
    caught = warned(lambda: USES[name](x))
    assert [w.category for w in caught] == [Surprise]
    message = str(caught[0].message)
    assert f"what {name.strip()} made of a Tensor that needs a gradient" in message and "t.detach()" in message
    assert caught[0].filename == __file__
    assert inspect.getsource(USES[name]).strip() in message


def test_each_surprise_is_told_once_a_line():
    x = leaf([1.0, 2.0])

    def work():
        for _ in range(3):
            x * x.numpy()

    assert len(warned(work)) == 1


FINE = {
    "detached": lambda x: x * x.detach(),
    "looked at": lambda x: [x.numpy().sum(), x[0].item(), float(x[0]), f"{x[0]:.2f}", x.tolist(), x.argmax(), x > 1],
    "under no_grad": ag.no_grad()(lambda x: x * x.numpy()),
    "a mask": lambda x: x * (x > 1),
    "places": lambda x: x[x.argmax()],
    "no gradient needed": lambda x: ag.tensor([1.0, 2.0]).numpy() * x,
    "a copy": lambda x: x * x.numpy().copy(),
    "an update": lambda x: np.subtract(x.data, 0.1, x.data),
}


@pytest.mark.parametrize("name", FINE)
def test_no_surprise(name):
    x = leaf([1.0, 2.0])
    assert not warned(lambda: FINE[name](x))


def unused_leaf():
    kept.append(ag.tensor([1.0], requires_grad=True))
    leaf([1.0]).sum().backward()


def leaf_under_no_grad():
    kept.append(ag.tensor([1.0], requires_grad=True))
    with ag.no_grad():
        kept[0] * 2
    leaf([1.0]).sum().backward()


def detached_leaf():
    kept.append(ag.tensor([1.0], requires_grad=True))
    (kept[0].detach() * leaf([1.0])).sum().backward()


def integer_leaf():
    kept.append(ag.tensor([1.0], requires_grad=True))
    (kept[0].astype(int) * leaf([1.0])).sum().backward()


def leaf_of_another_loss():
    kept.append(ag.tensor([1.0], requires_grad=True))
    kept[0] * 2
    leaf([1.0]).sum().backward()


kept = []
WITHOUT = {
    unused_leaf: "Nothing was computed from it",
    leaf_under_no_grad: "under ag.no_grad() alone",
    detached_leaf: "detach() takes it out of the graph",
    integer_leaf: "astype gives int64",
    leaf_of_another_loss: "The loss does not depend on it",
}


@pytest.mark.parametrize("work", WITHOUT)
def test_a_leaf_without_a_gradient(work):
    kept.clear()
    caught = warned(work)
    assert [w.category for w in caught] == [Surprise]
    assert "its .grad is None" in str(caught[0].message) and WITHOUT[work] in str(caught[0].message)
    assert caught[0].lineno == inspect.getsourcelines(work)[1] + 1  # where it was made


def no_backward():
    kept.append(ag.tensor([1.0], requires_grad=True))
    kept[0] * 2


def made_after_backward():
    leaf([1.0]).sum().backward()
    kept.append(ag.tensor([1.0], requires_grad=True))


def gone():
    leaf([1.0])
    leaf([1.0]).sum().backward()


def cleared():
    kept.append(ag.tensor([1.0], requires_grad=True))
    kept[0].sum().backward()
    kept[0].zero_grad()


def asked_for_elsewhere():
    kept.append(ag.tensor([1.0], requires_grad=True))
    ag.gradients(kept[0].sum(), kept[0])
    leaf([1.0]).sum().backward()


@pytest.mark.parametrize("work", [no_backward, made_after_backward, gone, cleared, asked_for_elsewhere])
def test_a_leaf_that_is_none_of_its_business(work):
    kept.clear()
    assert not warned(work)


def test_leaves_are_not_spoken_of_after_an_error():
    kept.clear()
    with warnings.catch_warnings(record=True) as caught:
        warnings.simplefilter("always")
        with pytest.raises(KeyError), ag.debug():
            unused_leaf()
            raise KeyError
    assert not caught


def test_training_as_usual_causes_no_surprise():
    model = nn.Sequential(nn.Linear(4, 8), nn.ReLU(), nn.Dropout(0.1), nn.Linear(8, 3))
    optimizer = nn.optim.Adam(model.parameters(), lr=1e-2)
    rng = np.random.default_rng(0)
    inputs, classes = rng.normal(size=(32, 4)).astype(np.float32), rng.integers(0, 3, 32)

    def work():
        losses, right = [], 0
        for _ in range(3):
            scores = model(ag.Tensor(inputs))
            loss = nn.functional.cross_entropy(scores, classes)
            optimizer.zero_grad()
            loss.backward()
            sizes = [float(np.sqrt((p.grad**2).sum())) for p in model.parameters()]
            optimizer.step()
            losses.append(loss.item())
            right += (scores.numpy().argmax(1) == classes).sum() + (scores.argmax(axis=1) == classes).sum()
            assert f"{loss:.3f} {sizes[0]:.3f}"
        with ag.no_grad():
            probabilities = ag.softmax(model(ag.Tensor(inputs)), 1).numpy()
            assert (ag.tensor(probabilities) * 2).sum() > 0
        optimizer.zero_grad()

    assert not warned(work)


# --- the mode itself ----------------------------------------------------------------------------------------


def test_as_a_decorator():
    @ag.debug
    def bare(x):
        return np.log(x)

    @ag.debug(check_finite=False)
    def unchecked(x):
        with np.errstate(all="ignore"):
            return np.log(x)

    @ag.debug()
    def steps(x):
        yield x * 1
        yield np.log(x)

    for function in (bare, lambda x: list(steps(x))):
        assert np.isfinite(ag.value_of(function(leaf(1.0)))).all() if function is bare else function(leaf(1.0))
        with pytest.raises(NonFinite, match=r"^log"):
            function(leaf(0.0))
    assert np.isinf(unchecked(leaf(0.0)).item())


def test_blocks_nest():
    with ag.debug():
        with ag.debug(), pytest.raises(NonFinite):
            np.log(leaf(0.0))
        with pytest.raises(NonFinite):
            np.log(leaf(0.0))
    with np.errstate(all="ignore"):
        np.log(leaf(0.0))


def test_other_threads_are_left_alone():
    inside, done, results = threading.Event(), threading.Event(), []

    def other():
        inside.wait()
        with np.errstate(all="ignore"):
            x = leaf([0.0, 1.0])
            np.log(x).sum().backward()
            results.append(x.grad.numpy().copy())
        done.set()

    thread = threading.Thread(target=other)
    thread.start()
    with ag.debug():
        inside.set()
        done.wait()
        with pytest.raises(NonFinite):
            np.log(leaf(0.0))
    thread.join()
    np.testing.assert_array_equal(results[0], [np.inf, 1.0])


def test_graphs_are_freed_as_without():
    with ag.debug():  # loads what it needs: a class with slots leaves the one without behind, in a cycle
        np.exp(leaf(1.0)).backward()
    settle()
    gc.disable()
    try:
        with ag.debug():
            x = leaf([1.0, 2.0])
            y = np.exp(x) * x
            nodes = [weakref.ref(y.grad_fn), weakref.ref(y.grad_fn.inputs[0])]
            y.sum().backward()
            del y
            assert [node() for node in nodes] == [None, None]
        before = weakref.ref(x)
        del x
        assert before() is None
        assert collected() == []
    finally:
        gc.enable()


def test_every_primitive_does_the_same_as_without():
    """Values and gradients, also recorded ones, of a few calls of each; and nothing in them is a surprise."""
    for primitive in PRIMITIVES.values():
        _same_as_without(primitive)


def _same_as_without(primitive):
    @settings(
        max_examples=2, database=None, derandomize=True, deadline=None,
        phases=[Phase.generate], suppress_health_check=list(HealthCheck),
    )  # fmt: skip
    @given(case=cases(primitive))
    def compare(case):
        with np.errstate(all="ignore"), warnings.catch_warnings():
            warnings.simplefilter("ignore", RuntimeWarning)
            if is_refused(case) or not is_finite(case):
                return
            starts = [np.ones_like(out) for out in case.values(case.arrays)]
            expected = case.gradients(case.arrays, starts)
            if not all(np.isfinite(g).all() for g in expected):
                return
            with ag.record(), ag.debug():
                found = case.gradients(case.arrays, starts)
                case.gradients(case.arrays, starts, create_graph=True)
            for gradient, other in zip(found, expected, strict=True):
                np.testing.assert_array_equal(gradient, other)

    compare()


def test_explain_within_the_block_is_not_taken_for_a_pass():
    kept.clear()

    def work():
        kept.append(ag.tensor([1.0], requires_grad=True))
        loss = kept[0] * 2
        ag.tensor([1.0], requires_grad=True).sum().backward()
        assert ag.explain(kept[0], loss).verdict == "fine"

    assert [w.category for w in warned(work)] == [Surprise]
