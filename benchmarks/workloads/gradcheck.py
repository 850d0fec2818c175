"""The gradients of a layer (Linear and tanh, 10 -> 8, batch 6, float64) checked against differences: 148 numbers."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np
from cases import Case

BATCH, INPUT, OUTPUT = 6, 10, 8


def arrays() -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """Input, weight and bias: each of their numbers is moved, both ways at least."""
    rng = np.random.default_rng(0)
    return rng.standard_normal((BATCH, INPUT)), rng.uniform(-0.3, 0.3, (OUTPUT, INPUT)), rng.uniform(-0.3, 0.3, OUTPUT)


def case(check: Callable[[], Any]) -> Case:
    """The workload, given a check that raises where something is wrong."""
    return Case(check, lambda: {"sound": float(bool(check()))})


def glassgrad(mode: Any) -> Case:
    """`ag.gradcheck`."""
    import autograd as ag
    import nn

    x, weight, bias = arrays()

    def layer(x: Any, weight: Any, bias: Any) -> Any:
        return np.tanh(nn.functional.linear(x, weight, bias))

    return case(lambda: ag.gradcheck(layer, (x, weight, bias), mode=mode))


def pytorch(fast_mode: bool) -> Case:
    """`torch.autograd.gradcheck`."""
    import torch

    inputs = tuple(torch.from_numpy(array).requires_grad_() for array in arrays())

    def layer(x: Any, weight: Any, bias: Any) -> Any:
        return torch.tanh(torch.nn.functional.linear(x, weight, bias))

    return case(lambda: torch.autograd.gradcheck(layer, inputs, fast_mode=fast_mode))


CASES = {
    "glassgrad": lambda: glassgrad("full"),
    "glassgrad, directional": lambda: glassgrad("directional"),
    "torch": lambda: pytorch(fast_mode=False),
    "torch, fast mode": lambda: pytorch(fast_mode=True),
}
