"""200 operations on 4x4 float32 arrays, forward and backward."""

from __future__ import annotations

from typing import Any

import numpy as np
from cases import Case, Checksums

BLOCKS = 40  # of five operations


def inputs() -> tuple[np.ndarray, np.ndarray]:
    """Two 4x4 arrays, in ranges in which the chain's values and gradients neither explode nor vanish."""
    rng = np.random.default_rng(0)
    return rng.uniform(-1, 1, (4, 4)).astype(np.float32), rng.uniform(8, 12, (4, 4)).astype(np.float32)


def chain(a: Any, b: Any) -> Any:
    """x <- x - tanh(x * a + a) / b, over and over: every x is used twice, `a` twice and `b` once a block."""
    x = a
    for _ in range(BLOCKS):
        x = x - (x * a + a).tanh() / b
    return x.sum()


def tensors(a: Any, b: Any) -> Case:
    """The workload on tensors of either library."""

    def step() -> Any:
        a.grad = b.grad = None
        loss = chain(a, b)
        loss.backward()
        return loss

    def check() -> Checksums:
        return {"loss": step().item(), "gradient of a": a.grad.numpy(), "gradient of b": b.grad.numpy()}

    return Case(step, check)


def glassgrad() -> Case:
    """Tensors of glassgrad."""
    import autograd as ag

    a, b = inputs()
    return tensors(ag.tensor(a, requires_grad=True), ag.tensor(b, requires_grad=True))


def pytorch() -> Case:
    """Tensors of PyTorch, eager."""
    import torch

    a, b = inputs()
    return tensors(torch.tensor(a, requires_grad=True), torch.tensor(b, requires_grad=True))


def by_hand() -> Case:
    """Bare NumPy, the derivative worked out by hand: the floor."""
    a, b = inputs()

    def step() -> tuple[np.ndarray, np.ndarray, np.ndarray]:
        x, kept = a, []
        for _ in range(BLOCKS):
            t = np.tanh(x * a + a)
            q = t / b
            kept.append((x, t, q))
            x = x - q
        loss = x.sum()
        g, ga, gb = np.ones_like(a), np.zeros_like(a), np.zeros_like(b)
        for before, t, q in reversed(kept):
            g_q = g / b
            gb += g_q * q
            g_sum = (t * t - 1) * g_q  # of x * a + a
            ga += g_sum * before
            ga += g_sum
            g += g_sum * a
        return loss, ga + g, gb

    def check() -> Checksums:
        loss, ga, gb = step()
        return {"loss": loss, "gradient of a": ga, "gradient of b": gb}

    return Case(step, check)


CASES = {"glassgrad": glassgrad, "torch": pytorch, "numpy": by_hand}
