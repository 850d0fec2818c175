"""Chains of 25 to 400 layers, whole and checkpointed in sqrt(n) stretches: peak memory, and the price in time."""

from __future__ import annotations

import math
import tracemalloc
from collections.abc import Callable
from time import perf_counter
from typing import Any

import numpy as np
from cases import Figure

LAYERS = (25, 100, 400)
X = np.random.default_rng(0).standard_normal((200, 200)).astype(np.float32)


def layer(x: Any) -> Any:
    """What one layer computes; its rule keeps its result."""
    return np.tanh(1.1 * x)


def chain(x: Any, count: int) -> Any:
    """``count`` layers."""
    for _ in range(count):
        x = layer(x)
    return x


def gradient(count: int, stretches: int) -> np.ndarray:
    """Of the sum of a chain's result; in one stretch nothing is checkpointed."""
    import autograd as ag

    stretch = ag.checkpoint(chain) if stretches > 1 else chain

    def total(x: Any) -> Any:
        for _ in range(stretches):
            x = stretch(x, count // stretches)
        return np.sum(x)

    return ag.grad(total)(X)


def peak(run: Callable[[], object]) -> float:
    """The most memory that arrays took at once, in arrays of the size of X."""
    tracemalloc.start()
    run()
    high = tracemalloc.get_traced_memory()[1]
    tracemalloc.stop()
    return high / X.nbytes


def seconds(run: Callable[[], object]) -> float:
    """The best of five."""
    times = []
    for _ in range(5):
        started = perf_counter()
        run()
        times.append(perf_counter() - started)
    return min(times)


def glassgrad(quick: bool) -> list[Figure]:
    """Peaks, by which power of n they grow, and the time of a checkpointed pass over that of a plain one."""
    figures = []
    peaks: dict[str, list[float]] = {"whole": [], "checkpointed": []}
    for count in LAYERS:
        plain, parted = (lambda n=count: gradient(n, 1)), (lambda n=count: gradient(n, math.isqrt(n)))
        if not np.array_equal(plain(), parted()):
            raise ArithmeticError("the checkpointed gradient is another one")
        for kind, run in (("whole", plain), ("checkpointed", parted)):
            peaks[kind].append(peak(run))
            figures.append(Figure(f"{count} layers, {kind}", peaks[kind][-1], "arrays at once"))
    for kind, values in peaks.items():
        slope = np.polyfit(np.log(LAYERS), np.log(values), 1)[0]
        figures.append(Figure(f"exponent of the growth, {kind}", float(slope), "(1 is linear, 0.5 a square root)"))
    ratio = seconds(lambda: gradient(100, 10)) / seconds(lambda: gradient(100, 1))
    figures.append(Figure("time of 100 layers, checkpointed over whole", ratio, "times"))
    return figures


MEASURES = {"glassgrad": glassgrad}
