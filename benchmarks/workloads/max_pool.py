"""2x2 max pooling of (64, 32, 32, 32), forward and backward."""

from __future__ import annotations

from typing import Any

import numpy as np
from cases import Case, Checksums

SHAPE = (64, 32, 32, 32)


def arrays() -> tuple[np.ndarray, np.ndarray]:
    """Images and the gradient of what comes of them."""
    rng = np.random.default_rng(0)
    return rng.standard_normal(SHAPE, dtype=np.float32), rng.standard_normal((64, 32, 16, 16), dtype=np.float32)


def case(pool: Any, x: Any, g: Any) -> Case:
    """The work, which reads the same in both libraries."""

    def step() -> Any:
        x.grad = None
        out = pool(x, 2)
        out.backward(g)
        return out

    def check() -> Checksums:
        return {"result": step().detach().numpy(), "gradient": x.grad.numpy()}

    return Case(step, check)


def glassgrad(is_channels_last: bool) -> Case:
    import autograd as ag
    import nn

    x, g = (as_channels_last(a) if is_channels_last else a for a in arrays())
    return case(nn.functional.max_pool2d, ag.tensor(x, requires_grad=True), ag.tensor(g))


def pytorch(is_channels_last: bool) -> Case:
    import torch

    order = torch.channels_last if is_channels_last else torch.contiguous_format
    x, g = (torch.from_numpy(a).contiguous(memory_format=order) for a in arrays())
    return case(torch.nn.functional.max_pool2d, x.requires_grad_(), g)


def as_channels_last(x: np.ndarray) -> np.ndarray:
    """The same values with the channels last in memory, as convolutions give them."""
    return np.moveaxis(np.ascontiguousarray(np.moveaxis(x, 1, -1)), -1, 1)


CASES = {
    "glassgrad": lambda: glassgrad(is_channels_last=False),
    "glassgrad, channels last": lambda: glassgrad(is_channels_last=True),
    "torch": lambda: pytorch(is_channels_last=False),
    "torch, channels last": lambda: pytorch(is_channels_last=True),
}
