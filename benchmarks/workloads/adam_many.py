"""A step of Adam alone, on 100 parameters of 10,000 float32 numbers."""

from __future__ import annotations

from typing import Any

import numpy as np
from cases import Case, Checksums

COUNT, SIZE = 100, 10_000
CHECKED_STEPS = 10


def arrays() -> tuple[np.ndarray, np.ndarray]:
    """Parameters and their gradients, which stay the same in all steps."""
    rng = np.random.default_rng(0)
    return rng.standard_normal((COUNT, SIZE), np.float32), rng.standard_normal((COUNT, SIZE), np.float32)


def stepping(optimizer: Any, parameters: list[Any]) -> Case:
    """The step of an optimizer of either library."""

    def check() -> Checksums:
        for _ in range(CHECKED_STEPS):
            optimizer.step()
        return {"parameters": np.concatenate([p.detach().numpy() for p in parameters])}

    return Case(optimizer.step, check)


def glassgrad() -> Case:
    """glassgrad's Adam."""
    import autograd as ag
    import nn

    values, gradients = arrays()
    parameters = [nn.Parameter(value.copy()) for value in values]
    for parameter, gradient in zip(parameters, gradients, strict=True):
        parameter.grad = ag.tensor(gradient)
    return stepping(nn.optim.Adam(parameters), parameters)


def pytorch(**form: bool) -> Case:
    """PyTorch's Adam in one of its forms."""
    import torch

    values, gradients = arrays()
    parameters = [torch.nn.Parameter(torch.from_numpy(value.copy())) for value in values]
    for parameter, gradient in zip(parameters, gradients, strict=True):
        parameter.grad = torch.from_numpy(gradient.copy())
    return stepping(torch.optim.Adam(parameters, **form), parameters)


CASES = {
    "glassgrad": glassgrad,
    "torch, default": pytorch,
    "torch, foreach=True": lambda: pytorch(foreach=True),
    "torch, fused=True": lambda: pytorch(fused=True),
}
