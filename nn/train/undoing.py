"""Steps of training that are taken to see what happens, and then undone."""

from __future__ import annotations

import math
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any

import autograd as ag
from nn.effects import random_states, set_random_states
from nn.module import Module
from nn.train.losses import check_graph, number_of


@contextmanager
def undone(model: Module, optimizer: Any) -> Iterator[None]:
    """A block of training after which all is as it was before, to the bit, however it ended.

    That is: parameters, their gradients, buffers, modes and other attributes of the modules, the optimizer's state and
    its options, and the random states. Inside, the model is in training and has no gradients.

    >>> import nn
    >>> model = nn.Linear(1, 1, bias=False)
    >>> before = model.weight.item()
    >>> with undone(model, nn.optim.SGD(model.parameters(), lr=0.1)):
    ...     model.weight.data += 1
    >>> model.weight.item() == before
    True
    """
    attributes = [(module, dict(vars(module))) for module in model.modules()]
    tensors = [*model.parameters(), *model.buffers(), *(p for g in optimizer.param_groups for p in g["params"])]
    kept = [(tensor, tensor.data.copy(), tensor.grad) for tensor in {id(tensor): tensor for tensor in tensors}.values()]
    draws, state = random_states(model), optimizer.state_dict()
    try:
        for tensor, _, _ in kept:
            tensor.grad = None
        model.train()
        with ag.enable_grad():
            yield
    finally:
        for module, before in attributes:
            now = vars(module)
            now.update(before)
            for name in now.keys() - before.keys():
                del now[name]
        for tensor, values, grad in kept:
            target = tensor.data
            target[...] = values
            ag.mark_written(target)
            tensor.grad = grad
        optimizer.load_state_dict(state)
        set_random_states(model, draws)


def one_step(
    operation: str, optimizer: Any, compute_loss: Callable[[], Any], on_gradients: Callable[[], Any] | None
) -> float:
    """Take a step of the optimizer, and return the loss before it; where that is not finite nothing is changed.

    Parameters
    ----------
    operation: which an error names.
    optimizer: whose step it is; an `nn.optim.LBFGS` computes the loss several times.
    compute_loss: a Tensor ().
    on_gradients: called when the gradients are there; None for nothing to do.

    Raises TypeError for a loss that is no number, ShapeError for several, ArgumentError for one that no gradient can
    come of.

    >>> import nn
    >>> p = nn.Parameter([3.0])
    >>> one_step("lr_find", nn.optim.SGD([p], lr=0.5), lambda: (p * p).sum(), None), p.tolist()
    (9.0, [0.0])
    """
    found: list[float] = []

    def closure() -> float:
        optimizer.zero_grad()
        loss = compute_loss()
        value = number_of(operation, loss)
        check_graph(operation, loss)
        found.append(value)
        if math.isfinite(found[-1]):
            loss.backward()
            if on_gradients is not None:
                on_gradients()
        return found[-1]

    optimizer.step(closure)
    return found[0]
