"""Chains of 10^3 to 10^6 scalar operations, collector on: cost of each operation, and its memory."""

from __future__ import annotations

import gc
import statistics
import tracemalloc
from time import perf_counter
from typing import Any

import numpy as np
from cases import Figure

EXPONENTS = (3, 4, 5, 6)
PHASES = ("forward", "backward", "release")
MEMORY_CHAIN = 100_000


def chain(length: int, a: Any, b: Any) -> Any:
    """x <- x * a + b, `length` operations in all."""
    x = a
    for _ in range(length // 2):
        x = x * a + b
    return x


def timed(length: int, a: Any, b: Any) -> list[float]:
    """Seconds per operation of each phase: recording, the backward pass, dropping the result."""
    a.grad = b.grad = None
    times = [perf_counter()]
    x = chain(length, a, b)
    times.append(perf_counter())
    x.backward()
    times.append(perf_counter())
    del x
    times.append(perf_counter())
    if b.grad.item() != length // 2:  # b was added that often, and a is 1
        raise ArithmeticError(f"the gradient is {b.grad.item()}, not {length // 2}")
    return [float(seconds) / length for seconds in np.diff(times)]


def glassgrad(quick: bool) -> list[Figure]:
    """Medians over rounds that visit every length, the short chains often enough for a stable figure."""
    import autograd as ag

    a, b = ag.tensor(1.0, requires_grad=True), ag.tensor(1e-6, requires_grad=True)  # gradients stay ordinary
    rounds: dict[int, list[np.ndarray]] = {exponent: [] for exponent in EXPONENTS}
    timed(10 ** EXPONENTS[0], a, b)
    for _ in range(3 if quick else 7):
        for exponent, seconds in rounds.items():
            gc.collect()
            repeats = max(1, 10 ** (5 - exponent))
            seconds.append(np.mean([timed(10**exponent, a, b) for _ in range(repeats)], axis=0))

    cost = {exponent: np.median(seconds, axis=0) for exponent, seconds in rounds.items()}
    figures = [
        Figure(f"10^{exponent} operations, {phase}", float(seconds) * 1e6, "us per operation")
        for exponent in EXPONENTS
        for phase, seconds in zip(PHASES, cost[exponent], strict=True)
    ]
    first, last = EXPONENTS[0], EXPONENTS[-1]
    for phase, index in (("forward", 0), ("backward", 1)):
        in_turn = zip(rounds[last], rounds[first], strict=True)
        growth = statistics.median(long[index] / short[index] for long, short in in_turn)
        slope = np.polyfit(EXPONENTS, np.log10([cost[exponent][index] for exponent in EXPONENTS]), 1)[0]
        figures.append(Figure(f"10^{last} over 10^{first}, {phase}", growth, "times per operation"))
        figures.append(Figure(f"exponent of the total cost, {phase}", 1 + float(slope), "(1 is linear)"))
    figures.append(Figure("memory of a recorded operation", recorded_bytes(a, b), "bytes (tracemalloc)"))
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


MEASURES = {"glassgrad": glassgrad}
