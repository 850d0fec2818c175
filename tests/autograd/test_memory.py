"""Memory: graphs of any length without recursion, freed by reference counts alone, and lean while they live."""

import gc
import sys
import threading
import tracemalloc
import weakref
from concurrent.futures import ThreadPoolExecutor

import numpy as np
import pytest

import autograd as ag

MILLION = 1_000_000
MEGABYTE = 2**20


@pytest.fixture
def no_collector():
    """Only reference counts free memory."""
    gc.collect()
    gc.disable()
    yield
    gc.enable()


def leaf(data, dtype="float64"):
    return ag.tensor(data, dtype=dtype, requires_grad=True)


def chain(x, length):
    y = x
    for _ in range(length):
        y = y * 0.9999999
    return y


def in_small_stack(work):
    """Call ``work`` in a thread whose stack would overflow after a few hundred nested calls in C."""
    before = threading.stack_size(256 * 1024)
    try:
        with ThreadPoolExecutor(1) as pool:
            return pool.submit(work).result()
    finally:
        threading.stack_size(before)


def blocks_left(work):
    """How many blocks of memory that Python allocated ``work`` leaves behind."""
    before = sys.getallocatedblocks()
    work()
    return sys.getallocatedblocks() - before


def differentiate_chain(length):
    x = leaf(1.0)
    y = chain(x, length)
    assert sys.getallocatedblocks() > length  # the graph is there
    y.backward()
    assert x.grad.item() == pytest.approx(np.exp(-1e-7 * length), rel=1e-6)


def drop_chain(length):
    assert chain(leaf(1.0), length).requires_grad


# --- long graphs ----------------------------------------------------------------------------------------


@pytest.mark.parametrize("work", [differentiate_chain, drop_chain])
def test_a_chain_of_a_million_operations_comes_and_goes(no_collector, work):
    assert blocks_left(lambda: in_small_stack(lambda: work(MILLION))) < 10_000


@pytest.mark.parametrize("work", [differentiate_chain, drop_chain])
def test_a_long_chain_comes_and_goes_in_the_main_thread(no_collector, work):
    """A stack of the usual size overflows after some ten thousand nested calls in C."""
    assert blocks_left(lambda: work(100_000)) < 10_000


def test_a_long_chain_is_differentiated_with_create_graph_and_freed(no_collector):
    def work():
        x = leaf(1.0)
        (slope,) = ag.gradients(chain(x, 50_000) * x, x, create_graph=True)
        (curvature,) = ag.gradients(slope, x)
        assert curvature.item() == pytest.approx(2 * np.exp(-0.005), rel=1e-6)

    assert blocks_left(lambda: in_small_stack(work)) < 10_000


def test_a_wide_sum_is_freed_without_recursion(no_collector):
    def work():
        x = leaf(1.0)
        y = x * 0.0
        for _ in range(100_000):
            y = y + x * x
        y.backward()
        assert x.grad.item() == 200_000.0

    assert blocks_left(lambda: in_small_stack(work)) < 10_000


# --- freed by reference counts --------------------------------------------------------------------------

GRAPHS = {
    "released by a pass": lambda x: ag.exp(x).sum().backward(),
    "never passed through": lambda x: ag.exp(x).sum(),
    "retained": lambda x: ag.exp(x).sum().backward(retain_graph=True),
    "second derivatives": lambda x: ag.gradients(ag.gradients(ag.exp(x).sum(), x, create_graph=True)[0].sum(), x),
    "several results": lambda x: sum(part.sum() for part in ag.split(ag.exp(x), 3)).backward(),
    "assignment": lambda x: assigned(x).sum().backward(),
    "hooks": lambda x: hooked(ag.exp(x)).sum().backward(retain_graph=True),
    "a failed pass": lambda x: failed(ag.exp(x)),
}


def assigned(x):
    y = ag.exp(x)
    y[0] = y[1] * 2
    return y


def hooked(y):
    y.retain_grad()
    y.register_hook(lambda g: g * 2)
    return y


def failed(y):
    total = y.sum()
    total.register_hook(lambda g: np.ones(1) / g.no_such_attribute)
    try:
        total.backward()
    except AttributeError:
        return
    raise AssertionError("the hook was not called")


@pytest.mark.parametrize("use", GRAPHS.values(), ids=GRAPHS.keys())
def test_a_graph_is_freed_by_reference_counts_alone(no_collector, use):
    array = np.full(3, 0.5)
    watched = weakref.ref(array)
    x = ag.Tensor(array, requires_grad=True)
    node = weakref.ref(x)
    del array
    use(x)
    del x
    assert node() is None
    assert watched() is None


def test_a_leaf_is_freed_although_a_graph_leads_to_it(no_collector):
    array = np.ones(3)
    watched = weakref.ref(array)
    x = ag.Tensor(array, requires_grad=True)
    y = x + 1.0
    del array, x
    assert watched() is None
    y.sum().backward()


def test_gradients_on_their_way_are_freed_as_the_pass_goes(no_collector):
    x = leaf(np.zeros(MEGABYTE // 8))
    y = x
    for _ in range(30):
        y = -y
    total = y.sum()
    del y
    tracemalloc.start()
    total.backward()
    _, peak = tracemalloc.get_traced_memory()
    tracemalloc.stop()
    assert peak < 4 * MEGABYTE


# --- lean graphs ----------------------------------------------------------------------------------------


def kept_by(build):
    """The result of ``build`` and the bytes that were allocated for it and are still in use."""
    gc.collect()
    tracemalloc.start()
    result = build()
    kept, _ = tracemalloc.get_traced_memory()
    tracemalloc.stop()
    return result, kept


@pytest.mark.parametrize("other", [lambda x: 1.0, lambda x: x], ids=["a number", "a tensor"])
def test_twenty_additions_keep_no_copy_of_the_array(other):
    x = leaf(np.zeros(2 * MEGABYTE // 8))

    def build():
        y = x
        for _ in range(20):
            y = y + other(x)
        return y

    result, kept = kept_by(build)
    assert result.data.nbytes <= kept < result.data.nbytes + 100_000


def test_a_recorded_scalar_operation_takes_few_bytes():
    x = leaf(1.0)
    chain(x, 100)
    _, kept = kept_by(lambda: chain(x, 10_000))
    assert 50 * 10_000 < kept < 300 * 10_000


def test_no_grad_keeps_nothing():
    x = leaf(np.zeros(MEGABYTE // 8))

    @ag.no_grad()
    def build():
        return ag.exp(x).sum()

    assert kept_by(build)[1] < 10_000


# --- the garbage collector ------------------------------------------------------------------------------


@pytest.fixture
def clean_collector():
    """Nothing is frozen, neither before nor after."""
    leaf(1.0).backward()
    gc.unfreeze()
    assert gc.isenabled()
    yield
    leaf(1.0).backward()
    gc.unfreeze()


def test_a_long_graph_is_out_of_the_collectors_sight_until_a_pass(clean_collector):
    y = chain(leaf(1.0), 140_000)
    assert gc.get_freeze_count() > 65_536
    y.backward()
    assert gc.get_freeze_count() == 0
    assert gc.isenabled()


def test_the_collector_is_restored_by_a_pass_that_fails(clean_collector):
    y = chain(leaf(1.0), 70_000)
    y.register_hook(lambda g: g.no_such_attribute)
    with pytest.raises(AttributeError):
        y.backward()
    assert gc.get_freeze_count() == 0


def test_what_a_program_froze_itself_stays_frozen(clean_collector):
    gc.freeze()
    before = gc.get_freeze_count()
    chain(leaf(1.0), 70_000).backward()
    assert gc.get_freeze_count() > before // 2 > 0


def test_short_graphs_without_a_pass_do_not_hide_garbage_from_the_collector_for_ever(clean_collector):
    class Cycle:
        pass

    cycle = Cycle()
    cycle.itself = cycle
    watched = weakref.ref(cycle)
    chain(leaf(1.0), 70_000)
    del cycle
    x = leaf(1.0)
    for _ in range(200_000):
        x * 2  # recorded and dropped at once
    gc.collect()
    assert watched() is None
