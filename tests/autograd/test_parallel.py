"""Work in pieces: all of it once, in order, with BLAS held to one thread and let go again."""

import os
import threading

import numpy as np
import pytest

import autograd as ag
import nn
from autograd import parallel as threads
from nn.kernels import recurrent


def counts():
    return {library.get_num_threads() for library in threads.blas()}


@pytest.fixture
def two_threads():
    """BLAS with two threads, whatever the tests are run with."""
    before = [library.get_num_threads() for library in threads.blas()]
    threads._limit([2] * len(before))
    if counts() != {2}:
        pytest.skip("NumPy's BLAS cannot be told here how many threads to use")
    yield
    assert counts() == {2}, "what was held was not let go"
    threads._limit(before)


def seen(start, stop):
    return start, stop, threading.current_thread(), counts()


@pytest.mark.parametrize(("count", "bounds"), [(2, [(0, 1), (1, 2)]), (5, [(0, 2), (2, 5)])])
def test_two_pieces_on_two_threads(two_threads, count, bounds):
    found = threads.in_pieces(seen, count)
    assert [piece[:2] for piece in found] == bounds
    assert found[0][2] is threading.main_thread() and found[1][2] is not threading.main_thread()
    assert all(piece[3] == {1} for piece in found)


@pytest.mark.parametrize(("count", "worth"), [(0, True), (1, True), (8, False)])
def test_little_work_is_one_piece(two_threads, count, worth, monkeypatch):
    monkeypatch.setattr(threads, "_last_pieces", -np.inf)
    ((start, stop, thread, count_inside),) = threads.in_pieces(seen, count, is_worth_it=worth)
    assert (start, stop, thread) == (0, count, threading.main_thread()) and count_inside == {2}


@pytest.mark.parametrize("failing", [0, 1])
def test_an_error_in_a_piece_is_raised_after_the_others_are_done(two_threads, failing):
    done = []

    def work(start, stop):
        if start == failing:
            raise ZeroDivisionError
        done.append(start)

    with pytest.raises(ZeroDivisionError):
        threads.in_pieces(work, 2)
    assert done == [1 - failing]


def test_while_one_thread_holds_blas_others_work_in_one_piece(two_threads):
    found = []
    with threads.held_blas() as available:
        assert available == 2
        other = threading.Thread(target=lambda: found.extend(threads.in_pieces(seen, 2)))
        other.start()
        other.join()
        assert counts() == {1}
    assert [piece[:2] for piece in found] == [(0, 2)]


def test_a_thread_that_cannot_hold_blas_works_in_one_piece(two_threads):
    found = []
    other = threading.Thread(target=lambda: found.extend(threads.in_pieces(seen, 2)))
    other.start()
    other.join()
    assert [piece[:2] for piece in found] in ([(0, 2)], [(0, 1), (1, 2)])
    assert len(found) == 1 or all(piece[3] == {1} for piece in found)


def test_products_between_pieces_leave_blas_threads_asleep(two_threads, monkeypatch):
    """Idle threads of BLAS would spin on the cores that the next pieces need."""
    monkeypatch.setattr(threads, "_last_pieces", -np.inf)
    with threads.calm():
        assert counts() == {2}
    threads.in_pieces(seen, 2)
    with threads.calm():
        assert counts() == {1}
    assert threads.in_pieces(seen, 1)[0][3] == {1}
    monkeypatch.setattr(threads, "_last_pieces", threads.perf_counter() - 2 * threads.LATELY)
    with threads.calm():
        assert counts() == {2}


def test_pieces_share_the_error_state_of_the_caller(two_threads):
    with np.errstate(divide="ignore"):
        assert threads.in_pieces(lambda *_: np.geterr()["divide"], 2) == ["ignore", "ignore"]


@pytest.mark.skipif(not hasattr(os, "fork"), reason="this system has no fork")
def test_a_forked_process_has_threads_of_its_own(two_threads):
    threads.in_pieces(seen, 2)
    child = os.fork()
    if not child:
        os._exit(0 if len(threads.in_pieces(seen, 2)) == 2 else 1)
    assert os.waitpid(child, 0)[1] == 0


# --- work beside ----------------------------------------------------------------------------------------


def test_work_that_is_handed_over_is_done_in_order_by_another_thread_before_the_block_ends(two_threads):
    found = []
    with threads.beside() as hand_over:
        assert hand_over.is_beside and counts() == {1}
        for number in range(5):
            hand_over(lambda number: found.append((number, threading.current_thread(), counts())), number)
    numbers, workers, limits = zip(*found, strict=True)
    assert numbers == (0, 1, 2, 3, 4)
    assert len(set(workers)) == 1 and threading.main_thread() not in workers
    assert all(limit == {1} for limit in limits)


def test_little_work_is_done_at_once(two_threads):
    with threads.beside(is_worth_it=False) as hand_over:
        found = []
        hand_over(found.append, threading.current_thread())
        assert found == [threading.main_thread()] and not hand_over.is_beside


@pytest.mark.parametrize("in_block", [True, False])
def test_an_error_beside_or_in_the_block_is_raised_when_all_is_done(two_threads, in_block):
    done = threading.Event()

    def work():
        done.wait(0.05)
        done.set()
        if not in_block:
            raise ZeroDivisionError

    with pytest.raises(ZeroDivisionError), threads.beside() as hand_over:
        hand_over(work)
        if in_block:
            raise ZeroDivisionError
    assert done.is_set()


@pytest.mark.parametrize("lengths", [None, np.arange(32) * 5 % 21])
@pytest.mark.parametrize("kind", ["RNN", "LSTM", "GRU"])
def test_products_beside_the_loop_of_a_recurrent_layer_change_nothing_but_rounding(
    two_threads, kind, lengths, monkeypatch
):
    layer = getattr(nn, kind)(24, 96, bidirectional=True, rng=np.random.default_rng(0))
    x = np.random.default_rng(1).normal(size=(20, 32, 24)).astype("f4")
    found = []
    for worth in (1, np.inf):
        monkeypatch.setattr(recurrent, "WORTH_A_THREAD", worth)
        layer.zero_grad()
        leaf = ag.tensor(x, requires_grad=True)
        (layer(leaf, lengths=lengths)[0] ** 2).sum().backward()
        found.append([leaf.grad.data, *(p.grad.data for p in layer.parameters())])
    for beside, alone in zip(*found, strict=True):
        np.testing.assert_allclose(beside, alone, rtol=1e-4, atol=1e-4)
