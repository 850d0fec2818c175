"""Modes: recording on and off and module scopes, as context managers and decorators, each thread for itself."""

import asyncio
import threading
from concurrent.futures import ThreadPoolExecutor

import numpy as np
import pytest

import autograd as ag


def leaf(data, dtype="float64"):
    return ag.tensor(data, dtype=dtype, requires_grad=True)


@pytest.fixture(autouse=True)
def modes_are_left_as_they_were():
    assert ag.is_grad_enabled()
    yield
    assert ag.is_grad_enabled()
    assert leaf(1.0).exp().grad_fn.scope == ""


def in_threads(count, work):
    """Run ``work(i)`` in ``count`` threads that are all alive at once; their results, or the first exception."""
    barrier = threading.Barrier(count)

    def run(i):
        barrier.wait()
        return work(i)

    with ThreadPoolExecutor(count) as pool:
        return list(pool.map(run, range(count)))


def records():
    return (leaf(2.0) * 3).requires_grad


# --- context managers -----------------------------------------------------------------------------------


def test_no_grad_records_nothing():
    x = leaf(2.0)
    with ag.no_grad():
        y = x * 3
        made = ag.tensor(1.0, requires_grad=True)
        assert not ag.is_grad_enabled()
    assert (y.requires_grad, y.is_leaf, y.grad_fn) == (False, True, None)
    assert made.requires_grad


def test_enable_grad_records_inside_no_grad():
    with ag.no_grad():
        with ag.enable_grad():
            assert records()
        assert not records()


@pytest.mark.parametrize("mode", [True, False])
def test_set_grad_enabled_in_a_block(mode):
    with ag.no_grad():
        with ag.set_grad_enabled(mode):
            assert records() is mode
        assert not records()
    with ag.set_grad_enabled(mode):
        assert records() is mode


def test_set_grad_enabled_acts_at_once_when_it_is_called():
    try:
        ag.set_grad_enabled(False)
        assert not records()
    finally:
        ag.set_grad_enabled(True)
    assert records()


@pytest.mark.parametrize("mode", [ag.no_grad, ag.enable_grad, lambda: ag.set_grad_enabled(False)])
def test_a_mode_ends_with_its_block_even_by_an_exception(mode):
    with pytest.raises(KeyError), mode():
        raise KeyError
    assert records()


def test_one_object_may_be_entered_again_and_within_itself():
    off, on = ag.no_grad(), ag.enable_grad()
    for _ in range(2):
        with off:
            with off:
                with on:
                    assert records()
                assert not records()
            assert not records()
        assert records()


# --- decorators -----------------------------------------------------------------------------------------


@ag.no_grad()
def unrecorded(x):
    """Doubles."""
    return x * 2


def test_a_decorated_function_runs_in_the_mode_and_keeps_its_name():
    assert not unrecorded(leaf(2.0)).requires_grad
    assert (unrecorded.__name__, unrecorded.__doc__) == ("unrecorded", "Doubles.")
    assert records()


def test_a_decorated_function_may_call_itself():
    seen = []

    @ag.no_grad()
    def descend(depth):
        seen.append(records())
        if depth:
            with ag.enable_grad():
                descend(depth - 1)
                seen.append(records())

    descend(2)
    assert seen == [False, False, False, True, True]
    assert records()


@pytest.mark.parametrize("mode", [True, False])
def test_set_grad_enabled_as_a_decorator_acts_on_the_calls_alone(mode):
    @ag.set_grad_enabled(mode)
    def recorded():
        return records()

    assert records()
    assert recorded() is mode
    with ag.no_grad():
        assert recorded() is mode
        assert not records()


def test_a_decorated_method_and_an_exception_in_it():
    class Model:
        @ag.no_grad()
        def fail(self):
            raise KeyError(records())

    with pytest.raises(KeyError, match="False"):
        Model().fail()
    assert records()


def test_a_decorated_generator_runs_in_the_mode_and_leaves_its_consumer_alone():
    @ag.no_grad()
    def steps():
        yield records()
        yield records()

    seen = [(inside, records()) for inside in steps()]
    assert seen == [(False, True), (False, True)]


def test_a_decorated_generator_is_closed_and_told_of_exceptions_in_the_mode():
    seen = []

    @ag.no_grad()
    def steps():
        try:
            yield "first"
        except KeyError:
            seen.append(records())
        try:
            yield "second"
        finally:
            seen.append(records())

    generator = steps()
    assert next(generator) == "first"
    assert generator.throw(KeyError) == "second"
    generator.close()
    assert seen == [False, False]


def test_a_mode_may_decorate_without_parentheses():
    @ag.no_grad
    def recorded():
        return records()

    assert recorded() is False
    assert records()


# --- scopes ---------------------------------------------------------------------------------------------


def test_scopes_nest_and_end():
    x = leaf(2.0)
    with ag.scope("model"):
        outer = x * 2
        with ag.scope("layer"):
            inner = x * 2
        after = x * 2
    assert [t.grad_fn.scope for t in (outer, inner, after, x * 2)] == ["model", "model.layer", "model", ""]


def test_a_scope_outlives_no_grad_and_enable_grad():
    x = leaf(2.0)
    with ag.scope("model"), ag.no_grad():
        with ag.scope("layer"), ag.enable_grad():
            inside = x * 2
        with ag.enable_grad():
            outside = x * 2
    assert [t.grad_fn.scope for t in (inside, outside)] == ["model.layer", "model"]


def test_one_scope_object_may_be_entered_within_itself():
    def work(_):
        block = ag.scope("block")
        with block:
            with block:
                inner = leaf(2.0) * 2
            outer = leaf(2.0) * 2
        return [t.grad_fn.scope for t in (inner, outer, leaf(2.0) * 2)]

    assert in_threads(1, work) == [["block.block", "block", ""]]


def test_a_scope_as_a_decorator_of_a_recursive_function_ends_even_by_an_exception():
    @ag.scope("f")
    def descend(depth):
        if depth:
            return descend(depth - 1)
        raise KeyError((leaf(2.0) * 2).grad_fn.scope)

    with pytest.raises(KeyError, match=r"f\.f\.f"):
        descend(2)


# --- threads --------------------------------------------------------------------------------------------


def test_a_thread_starts_with_recording_on_and_leaves_the_others_alone():
    with ag.no_grad(), ag.scope("main"):
        assert in_threads(2, lambda i: (records(), (leaf(1.0) * 2).grad_fn.scope)) == [(True, ""), (True, "")]
        assert not records()


def test_eight_threads_differentiate_their_own_graphs_while_some_record_nothing():
    def work(i):
        rng = np.random.default_rng(i)
        w = leaf(rng.standard_normal((4, 4)))
        for step in range(60):
            if i % 2:
                with ag.no_grad():
                    assert not ag.tanh(w @ w).requires_grad
            with ag.scope(f"thread{i}"):
                y = w
                for _ in range(5):
                    y = ag.tanh(y @ w) * (i + 1)
            assert y.grad_fn.scope == f"thread{i}"
            w.grad = None
            if step % 3 == 0:
                (w.grad,) = ag.gradients(y.sum(), w, create_graph=True)
            else:
                y.sum().backward()
        return w

    for i, w in enumerate(in_threads(8, work)):
        np.testing.assert_array_equal(w.numpy(), np.random.default_rng(i).standard_normal((4, 4)))
        y = w.detach().requires_grad_()
        z = y
        for _ in range(5):
            z = ag.tanh(z @ y) * (i + 1)
        z.sum().backward()
        np.testing.assert_allclose(w.grad.numpy(), y.grad.numpy(), rtol=1e-12)


def test_one_decorated_function_in_many_threads():
    @ag.no_grad()
    def evaluate(x):
        return (x * 2).requires_grad

    def work(i):
        return [(evaluate(leaf(2.0)), records()) for _ in range(200)]

    assert all(seen == [(False, True)] * 200 for seen in in_threads(8, work))


def test_one_graph_of_two_threads_each_of_which_asks_for_another_leaf():
    leaves = [leaf(float(i)) for i in range(8)]
    y = sum(x * x for x in leaves)
    found = in_threads(8, lambda i: ag.gradients(y, leaves[i], retain_graph=True)[0].item())
    assert found == [2.0 * i for i in range(8)]


def test_tasks_of_an_event_loop_do_not_disturb_each_other():
    async def quiet():
        with ag.no_grad():
            await asyncio.sleep(0)
            assert not records()
            await asyncio.sleep(0)

    async def loud():
        for _ in range(4):
            assert records()
            await asyncio.sleep(0)

    async def both():
        await asyncio.gather(quiet(), loud(), quiet())

    asyncio.run(both())
