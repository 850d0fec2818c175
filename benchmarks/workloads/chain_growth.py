"""Chains of 10^3 to 10^6 scalar operations, collector on: cost of each operation, and its memory."""

from __future__ import annotations

import gc
import statistics
import tracemalloc
from collections.abc import Callable, Sequence
from time import perf_counter
from typing import Any

import numpy as np
from cases import Figure, Unavailable

EXPONENTS = (3, 4, 5, 6)
PHASES = ("forward", "backward", "release")
MEMORY_CHAIN = 100_000

Record = Callable[[int], Callable[[], float]]  # a chain of a length, and then its backward pass: the gradient of b


def chain(length: int, a: Any, b: Any) -> Any:
    """x <- x * a + b, `length` operations in all."""
    x = a
    for _ in range(length // 2):
        x = x * a + b
    return x


def timed(length: int, record: Record) -> list[float]:
    """Seconds per operation of each phase: recording, the backward pass, dropping the graph."""
    times = [perf_counter()]
    pull_back = record(length)
    times.append(perf_counter())
    gradient = pull_back()
    times.append(perf_counter())
    del pull_back
    times.append(perf_counter())
    if gradient != length // 2:  # b was added that often, and a is 1
        raise ArithmeticError(f"the gradient is {gradient}, not {length // 2}")
    return [float(seconds) / length for seconds in np.diff(times)]


def growth(record: Record, rounds: int, exponents: Sequence[int]) -> list[Figure]:
    """Medians over rounds that visit every length, the short chains often enough for a stable figure."""
    found: dict[int, list[np.ndarray]] = {exponent: [] for exponent in exponents}
    timed(10 ** exponents[0], record)
    for _ in range(rounds):
        for exponent, seconds in found.items():
            gc.collect()
            repeats = max(1, 10 ** (5 - exponent))
            seconds.append(np.mean([timed(10**exponent, record) for _ in range(repeats)], axis=0))

    cost = {exponent: np.median(seconds, axis=0) for exponent, seconds in found.items()}
    figures = [
        Figure(f"10^{exponent} operations, {phase}", float(seconds) * 1e6, "us per operation")
        for exponent in exponents
        for phase, seconds in zip(PHASES, cost[exponent], strict=True)
    ]
    first, last = exponents[0], exponents[-1]
    for phase, index in (("forward", 0), ("backward", 1)):
        in_turn = zip(found[last], found[first], strict=True)
        times = statistics.median(long[index] / short[index] for long, short in in_turn)
        slope = np.polyfit(exponents, np.log10([cost[exponent][index] for exponent in exponents]), 1)[0]
        figures.append(Figure(f"10^{last} over 10^{first}, {phase}", times, "times per operation"))
        figures.append(Figure(f"exponent of the total cost, {phase}", 1 + float(slope), "(1 is linear)"))
    return figures


def recorded_bytes(a: Any, b: Any) -> float:
    """Bytes that a recorded operation keeps until the backward pass: its value and all Python objects."""
    gc.collect()
    tracemalloc.start()
    before = tracemalloc.get_traced_memory()[0]
    x = chain(MEMORY_CHAIN, a, b)
    grown = tracemalloc.get_traced_memory()[0] - before
    tracemalloc.stop()
    del x
    return grown / MEMORY_CHAIN


def tensors(leaf: Callable[[float], Any]) -> Record:
    """The chain on leaves of a library whose results have `backward`."""

    def record(length: int) -> Callable[[], float]:
        a, b = leaf(1.0), leaf(1e-6)  # gradients stay ordinary
        x = chain(length, a, b)

        def pull_back() -> float:
            x.backward()
            return float(b.grad)

        return pull_back

    return record


def glassgrad(quick: bool) -> list[Figure]:
    """0-d tensors of glassgrad."""
    import autograd as ag

    def leaf(value: float) -> Any:
        return ag.tensor(value, requires_grad=True)

    memory = Figure("memory of a recorded operation", recorded_bytes(leaf(1.0), leaf(1e-6)), "bytes (tracemalloc)")
    return [*growth(tensors(leaf), 1 if quick else 7, EXPONENTS), memory]


def slow(record: Record, quick: bool) -> list[Figure]:
    """A peer that takes ten times as long: once, and not up to the longest chains."""
    if quick:
        raise Unavailable("it takes half a minute, and is left out of quick runs")
    return growth(record, 1, EXPONENTS[:-1])


def pytorch(quick: bool) -> list[Figure]:
    """0-d tensors of PyTorch, eager."""
    import torch

    record = tensors(lambda value: torch.tensor(value, requires_grad=True))
    return growth(record, 1 if quick else 3, EXPONENTS[:-1] if quick else EXPONENTS)


def micrograd(quick: bool) -> list[Figure]:
    """micrograd's values: its backward pass calls itself for each operation of the chain."""
    from micrograd.engine import Value

    try:
        return growth(tensors(Value), 3, EXPONENTS)
    except RecursionError:
        raise Unavailable(f"its backward pass is recursive, and fails on 10^{EXPONENTS[0]} operations") from None


def hips(quick: bool) -> list[Figure]:
    """HIPS autograd, whose forward pass records too."""
    from autograd import make_vjp

    def record(length: int) -> Callable[[], float]:
        pull_back, _ = make_vjp(lambda ab: chain(length, *ab))((1.0, 1e-6))
        return lambda: float(pull_back(1.0)[1])

    return slow(record, quick)


def mygrad(quick: bool) -> list[Figure]:
    """0-d tensors of MyGrad, without its guard of memory."""
    import mygrad as mg

    mg.turn_memory_guarding_off()
    return slow(tensors(mg.tensor), quick)


MEASURES = {"glassgrad": glassgrad, "torch": pytorch, "micrograd": micrograd, "hips": hips, "mygrad": mygrad}
