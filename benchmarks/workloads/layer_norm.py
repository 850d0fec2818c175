"""LayerNorm over (4096, 512), float32: forward and backward, with weight and bias."""

from __future__ import annotations

from collections.abc import Callable
from functools import cache
from typing import Any

import numpy as np
from cases import Case, Checksums

from workloads import _blas
from workloads._compiled import by_torch
from workloads._side_by_side import THREADS, in_pieces

ROWS, LENGTH, EPSILON = 4096, 512, 1e-5
BLOCK = 256  # rows at a time in bare NumPy, 512 kB: the best of 32 to 512; on two threads 512


def arrays() -> tuple[np.ndarray, np.ndarray, np.ndarray, np.ndarray]:
    """Input, weight, bias, and the gradient of the result."""
    rng = np.random.default_rng(0)
    shape = (ROWS, LENGTH)
    x, g = (rng.standard_normal(shape, dtype=np.float32) for _ in range(2))
    weight, bias = (rng.uniform(-1, 1, LENGTH).astype(np.float32) for _ in range(2))
    return x * 2 + 1, weight, bias, g


def case(layer_norm: Callable[[Any, Any, Any], Any], x: Any, weight: Any, bias: Any, g: Any) -> Case:
    """The work, which reads the same in glassgrad and PyTorch."""

    def step() -> Any:
        x.grad = weight.grad = bias.grad = None
        out = layer_norm(x, weight, bias)
        out.backward(g)
        return out

    def check() -> Checksums:
        out = step().detach().numpy()
        return compared(out, *(leaf.grad.numpy() for leaf in (x, weight, bias)))

    return Case(step, check)


def compared(*arrays: Any) -> Checksums:
    """What all must agree on."""
    names = ("result", "gradient", "gradient of the weight", "gradient of the bias")
    return dict(zip(names, map(np.asarray, arrays), strict=True))


def glassgrad() -> Case:
    """`nn.functional.layer_norm`."""
    import autograd as ag
    import nn

    x, weight, bias, g = arrays()
    leaves = [ag.tensor(a, requires_grad=True) for a in (x, weight, bias)]
    return case(lambda *inputs: nn.functional.layer_norm(inputs[0], (LENGTH,), *inputs[1:]), *leaves, ag.tensor(g))


@cache
def torch_layer_norm(is_compiled: bool) -> Callable[[Any, Any, Any], Any]:
    """PyTorch's function, compiled once in a process."""
    import torch

    def layer_norm(x: Any, weight: Any, bias: Any) -> Any:
        return torch.nn.functional.layer_norm(x, (LENGTH,), weight, bias)

    return by_torch(layer_norm) if is_compiled else layer_norm


def pytorch(is_compiled: bool) -> Case:
    """`torch.nn.functional.layer_norm`."""
    import torch

    x, weight, bias, g = map(torch.from_numpy, arrays())
    return case(torch_layer_norm(is_compiled), *(a.requires_grad_() for a in (x, weight, bias)), g)


@cache
def jax_pass() -> Callable[..., Any]:
    """The result and the gradients in JAX, as one compiled function."""
    import jax
    import jax.numpy as jnp

    def layer_norm(x: Any, weight: Any, bias: Any) -> Any:
        centred = x - x.mean(1, keepdims=True)
        deviation = jnp.sqrt((centred * centred).mean(1, keepdims=True) + EPSILON)
        return centred / deviation * weight + bias

    def both(x: Any, weight: Any, bias: Any, g: Any) -> Any:
        out, pull_back = jax.vjp(layer_norm, x, weight, bias)
        return out, *pull_back(g)

    return jax.jit(both)


def jax() -> Case:
    """JAX, forward and backward in one compiled function."""
    import jax

    inputs, both = tuple(map(jax.numpy.array, arrays())), jax_pass()

    def step() -> Any:
        return jax.block_until_ready(both(*inputs))

    return Case(step, lambda: compared(*step()))


def by_hand(threads: int, size: int) -> Case:
    """Bare NumPy into arrays that were there before, in blocks that stay in the cache; BLAS held to one thread."""
    _blas.hold()  # products of a block with a vector are too small for two
    x, weight, bias, g = arrays()
    out, to_x = np.empty_like(x), np.empty_like(x)
    mean, inverse = np.empty((ROWS, 1), np.float32), np.empty((ROWS, 1), np.float32)
    share, ones = np.full((LENGTH, 1), 1 / LENGTH, np.float32), np.ones(size, np.float32)
    weight_share = weight[:, None] * share
    wide_weight, wide_bias = np.tile(weight, (size, 1)), np.tile(bias, (size, 1))

    def forward(first: int, last: int) -> None:
        for start in range(first, last, size):
            block = slice(start, min(start + size, last))
            o, m, inv = out[block], mean[block], inverse[block]
            np.matmul(x[block], share, out=m)
            np.subtract(x[block], m, out=o)
            np.vecdot(o, o, out=inv[:, 0])
            inv *= 1 / LENGTH
            inv += EPSILON
            np.sqrt(inv, out=inv)
            np.reciprocal(inv, out=inv)
            o *= inv
            o *= wide_weight[: len(o)]
            o += wide_bias[: len(o)]

    def backward(first: int, last: int) -> np.ndarray:
        """``inverse * (h - mean(h) - normal * mean(h * normal))`` with h = g * weight, and the sums over rows.

        With normal = (x - mean) * inverse written out, which leaves fewer passes over a block.
        """
        sums, scratch = np.zeros((2, LENGTH), np.float32), np.empty((size, LENGTH), np.float32)
        for start in range(first, last, size):
            block = slice(start, min(start + size, last))
            t, by, o, inv = x[block], g[block], to_x[block], inverse[block]
            product, ahead = scratch[: len(t)], mean[block] * inv
            np.multiply(by, t, out=product)
            sums[0] += inv[:, 0] @ product
            sums[0] -= ahead[:, 0] @ by
            sums[1] += ones[: len(t)] @ by
            level = by @ weight_share
            slope = (product @ weight_share) * inv - level * ahead
            np.multiply(by, wide_weight[: len(t)], out=o)
            o *= inv
            np.multiply(t, slope * inv * inv, out=product)
            o -= product
            o += (slope * ahead - level) * inv
        return sums

    def step() -> np.ndarray:
        in_pieces(forward, ROWS, threads)
        pieces = in_pieces(backward, ROWS, threads)
        return sum(pieces[1:], pieces[0])

    def check() -> Checksums:
        to_weight, to_bias = step()
        return compared(out, to_x, to_weight, to_bias)

    return Case(step, check)


CASES = {
    "glassgrad": glassgrad,
    "torch": lambda: pytorch(is_compiled=False),
    "torch, compile": lambda: pytorch(is_compiled=True),
    "jax": jax,
    "numpy": lambda: by_hand(1, BLOCK),
    "numpy, threads": lambda: by_hand(THREADS, 2 * BLOCK),
}
