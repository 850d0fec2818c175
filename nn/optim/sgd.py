"""Stochastic gradient descent."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

import numpy as np

import autograd as ag
from nn.optim.flat import drop_denormals
from nn.optim.optimizer import Arrays, Optimizer, Options


class SGD(Optimizer):
    """Stochastic gradient descent, with momentum if asked for: ``p -= lr * g``.

    With momentum, ``buffer = momentum * buffer + (1 - dampening) * g`` (at first ``g`` itself) and
    ``p -= lr * buffer``; with Nesterov's (Sutskever et al., 2013), ``p -= lr * (g + momentum * buffer)``.

    Parameters
    ----------
    params: Tensors, or dicts of groups with options of their own.
    lr: the rate, at least 0.
    momentum: at least 0; usually 0.9.
    dampening: the share of the gradient that is kept out of the buffer.
    weight_decay: at least 0; this much of the parameters is added to the gradient.
    nesterov: whether momentum is Nesterov's; it needs momentum, and no dampening.
    maximize: whether to go up the gradient.

    Raises ArgumentError for options out of range, and as `Optimizer` does.

    >>> import nn
    >>> p = nn.Parameter([1.0])
    >>> (3 * p).sum().backward()
    >>> nn.optim.SGD([p], lr=0.1).step(); p
    Parameter([0.7], dtype=float32, requires_grad=True)
    """

    def __init__(
        self,
        params: Iterable[Any],
        lr: float = 1e-3,
        momentum: float = 0,
        dampening: float = 0,
        weight_decay: float = 0,
        nesterov: bool = False,
        *,
        maximize: bool = False,
    ) -> None:
        options = {
            "lr": lr,
            "momentum": momentum,
            "dampening": dampening,
            "weight_decay": weight_decay,
            "nesterov": nesterov,
            "maximize": maximize,
        }
        super().__init__(params, options)

    def check(self, options: Options) -> None:
        """Rates and decays of at least 0; Nesterov's momentum needs momentum and no dampening."""
        super().check(options)
        self.check_range(options, "momentum")
        if options["nesterov"] and (not options["momentum"] or options["dampening"]):
            raise ag.errors.ArgumentError(
                f"SGD(nesterov=True, momentum={options['momentum']}, dampening={options['dampening']}): Nesterov's "
                "momentum needs momentum above 0 and dampening=0."
            )

    def arrays(self, options: Options) -> tuple[str, ...]:
        """The momentum, if there is any."""
        return ("momentum_buffer",) if options["momentum"] else ()

    def update(self, p: np.ndarray, g: np.ndarray, state: Arrays, scratch: Arrays, step: int, options: Options) -> None:
        """One step: see the class."""
        lr, momentum, decay = float(options["lr"]), options["momentum"], options["weight_decay"]
        a, b = scratch
        if options["maximize"]:
            g = np.negative(g, b)
        if decay:
            np.multiply(p, decay, a)
            g = np.add(g, a, b)
        if momentum:
            (buffer,) = state
            share = 1.0 if step == 1 else 1.0 - options["dampening"]
            np.multiply(buffer, momentum, buffer)
            np.add(buffer, g if share == 1.0 else np.multiply(g, share, a), buffer)
            drop_denormals(buffer, a, step)
            if options["nesterov"]:
                np.multiply(buffer, momentum, a)
                g = np.add(g, a, b)
            else:
                g = buffer
        np.multiply(g, lr, a)
        np.subtract(p, a, p)
