"""A training step of an MLP of 50 layers (128 wide, tanh, batch 4096), checkpointed in 7 stretches and whole."""

from __future__ import annotations

import math
import tracemalloc
from collections.abc import Callable
from functools import reduce
from itertools import pairwise
from time import perf_counter
from typing import Any

import numpy as np
from cases import Case, Checksums, Figure

DEPTH, WIDTH, BATCH, STRETCHES = 50, 128, 4096, 7
RATE = 1e-3
LAYERS = (25, 100, 400)  # of chains whose arrays alone are counted
X = np.random.default_rng(0).standard_normal((200, 200)).astype(np.float32)


# --- an MLP ---------------------------------------------------------------------------------------------


def training(nn: Any, optim: Any, to_tensor: Callable[[Any], Any], forward_of: Callable[[Any], Any]) -> Case:
    """A step of gradient descent, which reads the same in glassgrad and PyTorch; `forward_of` a model runs it."""
    rng = np.random.default_rng(0)
    x, target = (to_tensor(rng.uniform(-1, 1, (BATCH, WIDTH)).astype(np.float32)) for _ in range(2))
    model = nn.Sequential(*(part for _ in range(DEPTH) for part in (nn.Linear(WIDTH, WIDTH), nn.Tanh())))
    bound = (3 / WIDTH) ** 0.5  # at which neither values nor gradients vanish
    for p in model.parameters():
        p.data[...] = to_tensor(rng.uniform(-bound, bound, tuple(p.shape)).astype(np.float32))
    forward, optimizer = forward_of(model), optim.SGD(model.parameters(), lr=RATE)

    def step() -> Any:
        optimizer.zero_grad()
        loss = nn.functional.mse_loss(forward(x), target)
        loss.backward()
        optimizer.step()
        return loss

    def check() -> Checksums:
        loss = step().item()
        return {"loss": loss, **{f"gradient of {name}": p.grad.numpy() for name, p in model.named_parameters()}}

    return Case(step, check)


def glassgrad(is_checkpointed: bool) -> Case:
    """`ag.checkpoint` of each stretch."""
    import autograd as ag
    import nn

    def in_stretches(model: Any) -> Callable[[Any], Any]:
        ends = [2 * (DEPTH * i // STRETCHES) for i in range(STRETCHES + 1)]
        stretches = [ag.checkpoint(model[start:end]) for start, end in pairwise(ends)]
        return lambda x: reduce(lambda x, stretch: stretch(x), stretches, x)

    return training(nn, nn.optim, ag.tensor, in_stretches if is_checkpointed else lambda model: model)


def pytorch(is_checkpointed: bool) -> Case:
    """`torch.utils.checkpoint`, of each stretch."""
    import torch
    from torch.utils.checkpoint import checkpoint_sequential

    def in_stretches(model: Any) -> Callable[[Any], Any]:
        return lambda x: checkpoint_sequential(model, STRETCHES, x, use_reentrant=False)

    return training(torch.nn, torch.optim, torch.from_numpy, in_stretches if is_checkpointed else lambda model: model)


CASES = {
    "glassgrad": lambda: glassgrad(is_checkpointed=True),
    "glassgrad, whole": lambda: glassgrad(is_checkpointed=False),
    "torch": lambda: pytorch(is_checkpointed=True),
    "torch, whole": lambda: pytorch(is_checkpointed=False),
}


# --- chains ---------------------------------------------------------------------------------------------


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


def growth_of_chains(quick: bool) -> list[Figure]:
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


MEASURES = {"glassgrad": growth_of_chains}
