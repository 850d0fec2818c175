"""One training step of a multilayer perceptron (ReLU, cross entropy, Adam), once per library."""

from __future__ import annotations

from collections.abc import Callable
from functools import cache
from itertools import pairwise
from typing import Any

import numpy as np
from cases import Case, Checksums

from workloads import _torch_compile
from workloads._adam_by_hand import CHECKED_STEPS

LEARNING_RATE = 1e-3

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


@cache
def network(sizes: tuple[int, ...]) -> Callable[[Any], list[Any]]:
    """`layers` of these sizes, one function for all cases of a process."""
    return lambda nn: layers(nn, sizes)


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


def compiled(sizes: tuple[int, ...], count: int) -> Case:
    """PyTorch with the network and its loss in `torch.compile`, forward and backward."""
    return _torch_compile.training(network(sizes), initial_state(sizes), *batch(sizes, count), LEARNING_RATE)


def cases(sizes: tuple[int, ...], count: int) -> dict[str, Callable[[], Case]]:
    """A contestant per library; PyTorch with its fastest Adam on a CPU, as it comes, and compiled."""
    from workloads import _mlp_by_hand, _mlp_peers

    def beside(training: Callable[..., Case]) -> Callable[[], Case]:
        return lambda: training(batch(sizes, count), initial_state(sizes), LEARNING_RATE)

    return {
        "glassgrad": lambda: glassgrad(sizes, count),
        "torch": lambda: pytorch(sizes, count, fused=True),
        "torch, default Adam": lambda: pytorch(sizes, count),
        "torch, compile": lambda: compiled(sizes, count),
        "jax": beside(_mlp_peers.jax),
        "hips": beside(_mlp_peers.hips),
        "mygrad": beside(_mlp_peers.mygrad),
        "tinygrad": beside(_mlp_peers.tinygrad),
        "numpy": beside(_mlp_by_hand.by_hand),
    }
