"""One training step of an embedding of 10,000 words, 128 wide, on 64 x 50 words: squared error, SGD."""

from __future__ import annotations

from collections.abc import Callable
from functools import cache
from typing import Any

import numpy as np
from cases import Case, Checksums

from workloads import _blas

WORDS, WIDTH, SHAPE = 10_000, 128, (64, 50)
RATE = 100.0  # of a mean over 409,600 numbers
CHECKED_STEPS = 10
OFTEN = 8  # times above which bare NumPy adds up the rows of a word by a product
BLOCK = 512  # rows that bare NumPy updates at a time, 256 kB


def arrays() -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """The table, words as often as in a text (Zipf: the r-th has a share of 1 / r), and results to learn."""
    rng = np.random.default_rng(0)
    share = 1 / np.arange(1, WORDS + 1)
    words = rng.permutation(WORDS)[rng.choice(WORDS, SHAPE, p=share / share.sum())]
    table, target = (rng.standard_normal((*shape, WIDTH), dtype=np.float32) for shape in ((WORDS,), SHAPE))
    return table, words, target


def case(layer: Any, optimizer: Any, loss_of: Callable[[Any, Any], Any], words: Any, target: Any) -> Case:
    """The work, which reads the same in glassgrad and PyTorch."""

    def step() -> Any:
        optimizer.zero_grad()
        loss = loss_of(layer(words), target)
        loss.backward()
        optimizer.step()
        return loss

    def check() -> Checksums:
        losses = [step().item()]
        gradient = layer.weight.grad
        gradient = (gradient.to_dense() if getattr(gradient, "is_sparse", False) else gradient).numpy().copy()
        losses += [step().item() for _ in range(CHECKED_STEPS - 1)]
        return {"losses": losses, "gradient": gradient}

    return Case(step, check)


def glassgrad() -> Case:
    """glassgrad as its guide writes it."""
    import autograd as ag
    import nn

    table, words, target = arrays()
    layer = nn.Embedding.from_pretrained(ag.tensor(table), freeze=False)
    optimizer = nn.optim.SGD(layer.parameters(), lr=RATE)
    return case(layer, optimizer, nn.functional.mse_loss, ag.tensor(words), ag.tensor(target))


def pytorch(is_sparse: bool = False, **form: bool) -> Case:
    """PyTorch eager, with a gradient of the whole table or of the rows that were taken."""
    import torch

    table, words, target = map(torch.from_numpy, arrays())
    layer = torch.nn.Embedding.from_pretrained(table, freeze=False, sparse=is_sparse)
    optimizer = torch.optim.SGD(layer.parameters(), lr=RATE, **form)
    return case(layer, optimizer, torch.nn.functional.mse_loss, words, target)


@cache
def jax_step() -> tuple[Callable[..., Any], Callable[..., Any]]:
    """The step in JAX, one compiled function that writes into the table it is given, and the gradient alone."""
    import jax

    def loss_of(table: Any, words: Any, target: Any) -> Any:
        return ((table[words] - target) ** 2).mean()

    def step(table: Any, words: Any, target: Any) -> Any:
        loss, gradient = jax.value_and_grad(loss_of)(table, words, target)
        return table - RATE * gradient, loss

    return jax.jit(step, donate_argnums=0), jax.jit(jax.grad(loss_of))


def jax() -> Case:
    """JAX, the whole step in one compiled function."""
    import jax.numpy as jnp

    table, words, target = map(jnp.array, arrays())
    train, gradient_of = jax_step()

    def step() -> Any:
        nonlocal table
        table, loss = train(table, words, target)
        return loss.block_until_ready()

    def check() -> Checksums:
        gradient = np.asarray(gradient_of(table, words, target))
        return {"losses": [float(step()) for _ in range(CHECKED_STEPS)], "gradient": gradient}

    return Case(step, check)


def summed_by_word(words: np.ndarray, rows: np.ndarray, scratch: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """The distinct words, and the sum of each one's rows: in rounds that add one row to each, or by a product."""
    order = np.argsort(words, kind="stable")  # of 16-bit numbers by their digits: four times faster
    inverted = words[order]
    starts = np.flatnonzero(np.diff(inverted, prepend=-1))
    counts = np.diff(starts, append=len(words))
    np.take(rows, order, axis=0, out=scratch, mode="clip")  # "clip" writes into `out` without a copy between
    is_rare = counts <= OFTEN
    rare, counts_of_rare = starts[is_rare], counts[is_rare]
    for i in range(1, OFTEN):
        places = rare[counts_of_rare > i]
        scratch[places] += scratch[places + i]
    ones = np.ones(len(words), np.float32)
    for start, count in zip(starts[~is_rare].tolist(), counts[~is_rare].tolist(), strict=True):
        scratch[start] = ones[:count] @ scratch[start : start + count]
    return inverted[starts], scratch[starts]


def by_hand(is_sparse: bool) -> Case:
    """Bare NumPy into arrays that were there before; the whole table's gradient, or that of the rows taken."""
    _blas.hold()  # products with a vector are too small for two
    table, words, target = arrays()
    words, wanted = words.reshape(-1).astype(np.int16), target.reshape(-1, WIDTH)
    places = words.astype(np.intp)
    rows, scratch, gradient = np.empty_like(wanted), np.empty_like(wanted), np.zeros_like(table)
    moved = np.empty((BLOCK, WIDTH), np.float32)

    def step() -> float:
        np.take(table, places, axis=0, out=rows, mode="clip")
        np.subtract(rows, wanted, out=rows)
        flat = rows.reshape(-1)
        loss = float(np.dot(flat, flat)) / flat.size
        np.multiply(rows, 2 / flat.size, out=rows)
        found, sums = summed_by_word(words, rows, scratch)
        if is_sparse:
            sums *= RATE
            table[found] -= sums
            return loss
        gradient.fill(0)
        gradient[found] = sums
        for start in range(0, WORDS, BLOCK):
            block = table[start : start + BLOCK]
            block -= np.multiply(gradient[start : start + BLOCK], RATE, out=moved[: len(block)])
        return loss

    def check() -> Checksums:
        before = table.copy()
        losses = [step()]
        first = (before - table) / RATE if is_sparse else gradient.copy()
        losses += [step() for _ in range(CHECKED_STEPS - 1)]
        return {"losses": losses, "gradient": first}

    return Case(step, check)


CASES: dict[str, Callable[[], Case]] = {
    "glassgrad": glassgrad,
    "torch": pytorch,
    "torch, fused SGD": lambda: pytorch(fused=True),
    "torch, sparse": lambda: pytorch(is_sparse=True),
    "jax": jax,
    "numpy": lambda: by_hand(is_sparse=False),
    "numpy, sparse": lambda: by_hand(is_sparse=True),
}
