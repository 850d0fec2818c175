"""micrograd's demo in tensors: 100 points on two moons, 2-16-16-1, ReLU, hinge loss, L2, gradient descent."""

from __future__ import annotations

from collections.abc import Callable
from itertools import pairwise
from typing import Any

import numpy as np
from cases import Case, Checksums

from workloads._adam_by_hand import CHECKED_STEPS

SIZES = (2, 16, 16, 1)
POINTS = 100
DECAY, RATE = 1e-4, 0.1


def moons(count: int) -> tuple[np.ndarray, np.ndarray]:
    """Points (count, 2) on two half circles that reach into each other, with noise, and their sides, -1 or 1."""
    rng = np.random.default_rng(1)
    angles = np.linspace(0, np.pi, count // 2)
    outer = np.stack([np.cos(angles), np.sin(angles)], 1)
    inner = np.stack([1 - np.cos(angles), 0.5 - np.sin(angles)], 1)
    x = np.concatenate([outer, inner]) + rng.normal(scale=0.1, size=(2 * (count // 2), 2))
    return x.astype(np.float32), np.repeat(np.float32([-1, 1]), count // 2)


def initial_state() -> dict[str, np.ndarray]:
    """Weights uniform between -1 and 1 and biases of zero, as in micrograd, by the names in a `Sequential`."""
    rng, state = np.random.default_rng(2), {}
    for layer, (fan_in, fan_out) in enumerate(pairwise(SIZES)):
        state[f"{2 * layer}.weight"] = rng.uniform(-1, 1, (fan_out, fan_in)).astype(np.float32)
        state[f"{2 * layer}.bias"] = np.zeros(fan_out, np.float32)
    return state


def training(nn: Any, optimizer_of: Callable[[Any], Any], to_tensor: Callable[[Any], Any]) -> Case:
    """The demo's loop, which reads the same in glassgrad and PyTorch."""
    x, side = map(to_tensor, moons(POINTS))
    linears = [nn.Linear(*ends) for ends in pairwise(SIZES)]
    model = nn.Sequential(linears[0], nn.ReLU(), linears[1], nn.ReLU(), linears[2])
    model.load_state_dict({name: to_tensor(value) for name, value in initial_state().items()})
    parameters = list(model.parameters())
    optimizer = optimizer_of(parameters)

    def step() -> Any:
        optimizer.zero_grad()
        margins = (1 - side * model(x)[:, 0]).relu()
        loss = margins.mean() + DECAY * sum((p * p).sum() for p in parameters)
        loss.backward()
        optimizer.step()
        return loss

    def check() -> Checksums:
        losses = [step().item()]
        gradients = {f"gradient of {name}": p.grad.numpy().copy() for name, p in model.named_parameters()}
        losses += [step().item() for _ in range(CHECKED_STEPS - 1)]
        return {"losses": losses, **gradients}

    return Case(step, check)


def glassgrad() -> Case:
    """glassgrad as its guide writes it."""
    import autograd as ag
    import nn

    return training(nn, lambda parameters: nn.optim.SGD(parameters, lr=RATE), ag.tensor)


def pytorch(**form: bool) -> Case:
    """PyTorch eager, with the given settings of SGD."""
    import torch

    return training(torch.nn, lambda parameters: torch.optim.SGD(parameters, lr=RATE, **form), torch.from_numpy)


def beside(name: str, **how: bool) -> Callable[[], Case]:
    """A library of `_micrograd_demo_peers.py`."""
    from workloads import _micrograd_demo_peers

    return lambda: getattr(_micrograd_demo_peers, name)(moons(POINTS), initial_state(), RATE, DECAY, **how)


CASES: dict[str, Callable[[], Case]] = {
    "glassgrad": glassgrad,
    "torch": pytorch,
    "torch, fused SGD": lambda: pytorch(fused=True),
    "jax": beside("jax", is_compiled=True),
    "jax, eager": beside("jax", is_compiled=False),
    "hips": beside("hips"),
    "mygrad": beside("mygrad"),
    "tinygrad": beside("tinygrad"),
}
