"""One training step of a multilayer perceptron (ReLU, cross entropy, Adam), once per library."""

from __future__ import annotations

from collections.abc import Callable
from itertools import pairwise
from typing import Any

import numpy as np
from cases import Case, Checksums, Figure

from workloads._memory import growth

LEARNING_RATE = 1e-3
CHECKED_STEPS = 10

State = dict[str, np.ndarray]


def batch(sizes: tuple[int, ...], count: int) -> tuple[np.ndarray, np.ndarray]:
    """Inputs and labels. Each input comes twice, with two labels, so that the loss never goes to zero."""
    rng = np.random.default_rng(1)
    x = rng.standard_normal((count // 2, sizes[0]), dtype=np.float32)
    labels = rng.integers(sizes[-1], size=count // 2)
    return np.concatenate([x, x]), np.concatenate([labels, (labels + 1) % sizes[-1]])


def initial_state(sizes: tuple[int, ...]) -> State:
    """Weights and biases under the names that `Sequential(Linear, ReLU, Linear, ...)` gives them."""
    rng = np.random.default_rng(2)
    state = {}
    for layer, (fan_in, fan_out) in enumerate(pairwise(sizes)):
        bound = fan_in**-0.5
        state[f"{2 * layer}.weight"] = rng.uniform(-bound, bound, (fan_out, fan_in)).astype(np.float32)
        state[f"{2 * layer}.bias"] = rng.uniform(-bound, bound, fan_out).astype(np.float32)
    return state


def layers(nn: Any, sizes: tuple[int, ...]) -> list[Any]:
    """Linear layers with ReLU between them, of the library whose `nn` is given."""
    result = []
    for fan_in, fan_out in pairwise(sizes):
        result += [nn.Linear(fan_in, fan_out), nn.ReLU()]
    return result[:-1]


def training(model: Any, optimizer: Any, cross_entropy: Callable[[Any, Any], Any], x: Any, labels: Any) -> Case:
    """The training loop's body, which reads the same in glassgrad and PyTorch."""

    def step() -> Any:
        optimizer.zero_grad()
        loss = cross_entropy(model(x), labels)
        loss.backward()
        optimizer.step()
        return loss

    def check() -> Checksums:
        losses = [step().item()]
        gradients = {f"gradient of {name}": p.grad.numpy().copy() for name, p in model.named_parameters()}
        losses += [step().item() for _ in range(CHECKED_STEPS - 1)]
        return {"losses": losses, **gradients}

    return Case(step, check)


def glassgrad(sizes: tuple[int, ...], count: int) -> Case:
    """glassgrad as its guide writes it."""
    import autograd as ag
    import nn

    x, labels = batch(sizes, count)
    model = nn.Sequential(*layers(nn, sizes))
    model.load_state_dict({name: ag.tensor(value) for name, value in initial_state(sizes).items()})
    optimizer = nn.optim.Adam(model.parameters(), lr=LEARNING_RATE)
    return training(model, optimizer, nn.functional.cross_entropy, ag.tensor(x), ag.tensor(labels))


def pytorch(sizes: tuple[int, ...], count: int, **adam: bool) -> Case:
    """PyTorch eager, with the given settings of Adam."""
    import torch

    x, labels = batch(sizes, count)
    model = torch.nn.Sequential(*layers(torch.nn, sizes))
    model.load_state_dict({name: torch.from_numpy(value) for name, value in initial_state(sizes).items()})
    optimizer = torch.optim.Adam(model.parameters(), lr=LEARNING_RATE, **adam)
    cross_entropy = torch.nn.functional.cross_entropy
    return training(model, optimizer, cross_entropy, torch.from_numpy(x), torch.from_numpy(labels))


def cases(sizes: tuple[int, ...], count: int) -> dict[str, Callable[[], Case]]:
    """A contestant per library; PyTorch with its fastest Adam on a CPU, and as it comes."""
    from workloads._mlp_by_hand import by_hand

    return {
        "glassgrad": lambda: glassgrad(sizes, count),
        "torch": lambda: pytorch(sizes, count, fused=True),
        "torch, default Adam": lambda: pytorch(sizes, count),
        "numpy": lambda: by_hand(batch(sizes, count), initial_state(sizes), LEARNING_RATE, CHECKED_STEPS),
    }


def measures(sizes: tuple[int, ...], count: int) -> dict[str, Callable[[bool], list[Figure]]]:
    """By how much the process grows in training steps."""
    return {
        "glassgrad": lambda quick: growth("nn", lambda: glassgrad(sizes, count)),
        "torch": lambda quick: growth("torch", lambda: pytorch(sizes, count, fused=True)),
    }
