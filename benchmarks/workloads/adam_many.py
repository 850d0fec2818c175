"""A step of Adam alone, on 100 parameters of 10,000 float32 numbers."""

from __future__ import annotations

from functools import cache
from typing import Any

import numpy as np
from cases import Case, Checksums

from workloads._adam_by_hand import Adam

COUNT, SIZE = 100, 10_000
RATE = 1e-3  # the default of both libraries' optimizers
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


@cache
def jax_step() -> Any:
    """JAX's step on all parameters, which reuses the memory of what it replaces: compiled once in a process."""
    import jax as library

    from workloads import _jax

    def step(parameters: Any, state: Any, gradients: Any) -> Any:
        return _jax.adam(parameters, gradients, state, RATE)

    return library.jit(step, donate_argnums=(0, 1))


def jax() -> Case:
    """Adam written out in JAX, as one compiled function of a list of arrays."""
    import jax as library

    from workloads import _jax

    parameters, gradients = ([library.numpy.array(row) for row in given] for given in arrays())
    state = _jax.fresh(parameters)

    def step() -> None:
        nonlocal parameters, state
        parameters, state = library.block_until_ready(jax_step()(parameters, state, gradients))

    def check() -> Checksums:
        for _ in range(CHECKED_STEPS):
            step()
        return {"parameters": np.concatenate(parameters)}

    return Case(step, check)


def by_hand() -> Case:
    """Bare NumPy, all parameters in one flat array: the floor."""
    values, gradients = arrays()
    adam = Adam({"all": values}, RATE)
    np.copyto(adam.gradients["all"], gradients)

    def check() -> Checksums:
        for _ in range(CHECKED_STEPS):
            adam.step()
        return {"parameters": adam.parameters["all"]}

    return Case(adam.step, check)


CASES = {
    "glassgrad": glassgrad,
    "torch, default": pytorch,
    "torch, foreach=True": lambda: pytorch(foreach=True),
    "torch, fused=True": lambda: pytorch(fused=True),
    "jax": jax,
    "numpy": by_hand,
}
