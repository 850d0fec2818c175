"""Threads: each builds and differentiates graphs of its own, in modes of its own, and gets what one thread gets alone.

Not promised: one leaf's ``.grad`` filled by two passes at once. `ag.gradients` writes nothing, and is for that.
"""

import asyncio
import sys
import threading

import numpy as np
import pytest

import autograd as ag
import nn
from autograd import nodes

COUNT = 8


@pytest.fixture(autouse=True)
def threads_take_turns_often():
    """By default a thread runs for 5 ms at a time: long enough for a whole job."""
    before = sys.getswitchinterval()
    sys.setswitchinterval(1e-5)
    yield
    sys.setswitchinterval(before)


def together(jobs):
    """What each job returns, all of them run at once, each in a thread of its own."""
    barrier = threading.Barrier(len(jobs))
    results = [None] * len(jobs)

    def run(place, job):
        barrier.wait()
        try:
            results[place] = job()
        except BaseException as error:
            results[place] = error

    threads = [threading.Thread(target=run, args=pair) for pair in enumerate(jobs)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    for result in results:
        if isinstance(result, BaseException):
            raise result
    return results


def chain(seed, x):
    """A graph of several hundred operations, another one for each seed."""
    rng = np.random.default_rng(seed)
    steps = [np.tanh, np.cos, lambda x: x * np.sin(x), lambda x: x - 0.1 * x[::-1], lambda x: np.exp(-x * x)]
    for step in rng.choice(len(steps), 150 + 20 * seed):
        x = 0.9 * x + 0.2 * steps[step](x)
    return np.sum(x)


def leaf(seed):
    return ag.Tensor(np.random.default_rng(seed).standard_normal((3, 3)), requires_grad=True)


def differentiate(seed):
    x = leaf(seed)
    chain(seed, x).backward()
    return x.grad.numpy()


def differentiate_twice(seed):
    x = leaf(seed)
    (slope,) = ag.gradients(chain(seed, x), x, create_graph=True)
    np.sum(slope**2).backward()
    return x.grad.numpy()


def only_compute(seed):
    with ag.no_grad():
        assert not ag.is_grad_enabled()
        out = chain(seed, leaf(seed))
        with ag.enable_grad():
            x = leaf(seed)
            chain(seed, x).backward()
        assert not ag.is_grad_enabled()
    assert not out.requires_grad
    return np.stack([np.full((3, 3), out.item()), x.grad.numpy()])


def write_in_between(seed):
    """Writes of one thread make no other thread's graph stale; its own are noticed."""
    x = leaf(seed)
    out = chain(seed, x * x)
    with ag.no_grad():
        x += 1.0
    with pytest.raises(ag.errors.GradientError, match="changed in place"):
        out.backward()
    return differentiate(seed)


def in_scopes(seed):
    x = leaf(seed)
    scopes = []
    with ag.scope(f"thread{seed}"):
        y = x * 2
        scopes.append(y.grad_fn.scope)
        with ag.scope("inner"):
            scopes.append((y * y).grad_fn.scope)
    assert scopes == [f"thread{seed}", f"thread{seed}.inner"]
    return differentiate(seed)


def transform(seed):
    return ag.jacobian(ag.grad(lambda x: chain(seed, x)))(leaf(seed).numpy().copy()).reshape(-1, 9)


def recorded(seed):
    with ag.record() as recording:
        gradient = differentiate(seed)
    assert len(recording.operations) > 250
    return gradient


def with_hooks(seed):
    x = leaf(seed)
    seen = []
    x.register_hook(lambda g: seen.append(np.array(g)))
    chain(seed, x).backward()
    return seen[0]


JOBS = [differentiate, differentiate_twice, only_compute, write_in_between, in_scopes, transform, recorded, with_hooks]


def test_a_thread_that_is_slow_to_note_its_write_hides_no_other(monkeypatch):
    draw, has_drawn, others_wrote = nodes.next_number, threading.Event(), threading.Event()

    def draw_and_wait():
        number = draw()
        if threading.current_thread() is slow:
            has_drawn.set()
            others_wrote.wait(0.2)
        return number

    monkeypatch.setattr(nodes, "next_number", draw_and_wait)
    slow = threading.Thread(target=ag.mark_written, args=(np.zeros(1),))
    slow.start()
    assert has_drawn.wait(10)
    x = leaf(0)
    y = np.sum(x * x)
    with ag.no_grad():
        x += 1.0
    others_wrote.set()
    slow.join()
    with pytest.raises(ag.errors.GradientError, match="changed in place"):
        y.backward()


@pytest.mark.parametrize("turn", range(3))
def test_eight_different_jobs_at_once_give_what_each_gives_alone(turn):
    jobs = [lambda job=job, seed=seed: job((seed + turn) % COUNT) for seed, job in enumerate(JOBS)]
    alone = [job() for job in jobs]
    for got, wanted in zip(together(jobs), alone, strict=True):
        np.testing.assert_array_equal(got, wanted)


def test_one_job_eight_times():
    for job in (differentiate, only_compute, recorded):
        alone = job(3)
        for got in together([lambda job=job: job(3)] * COUNT):
            np.testing.assert_array_equal(got, alone)


def test_parameters_may_be_shared():
    model = nn.Sequential(nn.Linear(3, 5), nn.Tanh(), nn.Linear(5, 1))
    parameters = list(model.parameters())

    def gradients(seed):
        x = np.random.default_rng(seed).standard_normal((7, 3)).astype(np.float32)
        return [g.numpy() for g in ag.gradients(np.sum(model(x) ** 2), parameters)]

    alone = [gradients(seed) for seed in range(COUNT)]
    at_once = together([lambda seed=seed: gradients(seed) for seed in range(COUNT)])
    for got, wanted in zip(at_once, alone, strict=True):
        for a, b in zip(got, wanted, strict=True):
            np.testing.assert_array_equal(a, b)
    assert all(p.grad is None for p in parameters)


def test_a_mode_that_is_set_stays_in_its_thread():
    ag.set_grad_enabled(False)
    try:
        assert together([ag.is_grad_enabled] * COUNT) == [True] * COUNT
        assert not ag.is_grad_enabled()
    finally:
        ag.set_grad_enabled(True)


def test_tasks_of_asyncio_have_modes_of_their_own():
    async def without():
        with ag.no_grad():
            await asyncio.sleep(0)
            return ag.is_grad_enabled()

    async def within():
        await asyncio.sleep(0)
        return ag.is_grad_enabled()

    async def both():
        return await asyncio.gather(without(), within(), without())

    assert asyncio.run(both()) == [False, True, False]
