"""Adam and AdamW."""

from __future__ import annotations

import math
from collections.abc import Iterable
from typing import Any

import numpy as np

import autograd as ag
from nn.optim.flat import drop_denormals
from nn.optim.optimizer import Arrays, Optimizer, Options


class Adam(Optimizer):
    """Steps of about the same size in every direction, from running means of the gradient and its square.

    ``m = beta1 * m + (1 - beta1) * g`` and ``v = beta2 * v + (1 - beta2) * g ** 2``, each divided by
    ``1 - beta ** step``, since they start at 0; then ``p -= lr * m / (sqrt(v) + eps)``. Kingma and Ba, 2015.

    Parameters
    ----------
    params: Tensors, or dicts of groups with options of their own.
    lr: the rate, at least 0: about how far a parameter goes in a step.
    betas: how much of the running means is kept in a step, from 0 up to 1, exclusive.
    eps: at least 0; it keeps the quotient small where gradients are.
    weight_decay: at least 0; this much of the parameters is added to the gradient (see `AdamW`).
    amsgrad: whether v never falls: its maximum so far takes its place (Reddi et al., 2018).
    maximize: whether to go up the gradient.

    Raises ArgumentError for options out of range, and as `Optimizer` does.

    >>> import nn
    >>> p = nn.Parameter([1.0])
    >>> (3 * p).sum().backward()
    >>> nn.optim.Adam([p], lr=0.1).step(); p
    Parameter([0.9], dtype=float32, requires_grad=True)
    """

    decoupled = False  # whether weight decay shrinks the parameters themselves, past m and v

    def __init__(
        self,
        params: Iterable[Any],
        lr: float = 1e-3,
        betas: tuple[float, float] = (0.9, 0.999),
        eps: float = 1e-8,
        weight_decay: float = 0,
        amsgrad: bool = False,
        *,
        maximize: bool = False,
    ) -> None:
        options = {
            "lr": lr,
            "betas": betas,
            "eps": eps,
            "weight_decay": weight_decay,
            "amsgrad": amsgrad,
            "maximize": maximize,
        }
        super().__init__(params, options)

    def check(self, options: Options) -> None:
        """Rates and decays of at least 0, two betas from 0 to 1."""
        super().check(options)
        self.check_range(options, "eps")
        if not isinstance(options["betas"], (tuple, list)) or len(options["betas"]) != 2:
            raise ag.errors.ArgumentError(
                f"{type(self).__name__}: betas={options['betas']!r}; want two, such as (0.9, 0.999)."
            )
        self.check_range(options, "betas", below=1.0)

    def arrays(self, options: Options) -> tuple[str, ...]:
        """m and v under PyTorch's names, and the maximum of v if asked for."""
        return ("exp_avg", "exp_avg_sq", "max_exp_avg_sq")[: 3 if options["amsgrad"] else 2]

    def update(self, p: np.ndarray, g: np.ndarray, state: Arrays, scratch: Arrays, step: int, options: Options) -> None:
        """One step: see the class."""
        lr, (beta1, beta2), decay = float(options["lr"]), options["betas"], options["weight_decay"]
        m, v = state[:2]
        a, b = scratch
        if options["maximize"]:
            g = np.negative(g, b)
        if decay:
            if self.decoupled:
                np.multiply(p, 1 - lr * decay, p)
            else:
                np.multiply(p, decay, a)
                g = np.add(g, a, b)
        np.subtract(g, m, a)
        np.multiply(a, 1 - beta1, a)
        np.add(m, a, m)
        np.multiply(g, g, a)
        np.multiply(a, 1 - beta2, a)
        np.multiply(v, beta2, v)
        np.add(v, a, v)
        drop_denormals(m, a, step)
        if options["eps"]:  # or else 0 / 0
            drop_denormals(v, a, step)
        if options["amsgrad"]:
            v = np.maximum(state[2], v, out=state[2])
        # the corrections of m and v are moved into the rate and eps, which are numbers
        correction = math.sqrt(1 - beta2**step)
        np.sqrt(v, a)
        np.add(a, options["eps"] * correction, a)
        np.divide(m, a, a)
        np.multiply(a, lr * correction / (1 - beta1**step), a)
        np.subtract(p, a, p)


class AdamW(Adam):
    """Adam with decoupled weight decay: a step first shrinks the parameters by ``lr * weight_decay``.

    So the decay is not divided by sqrt(v), as it is where it is part of the gradient. Loshchilov and Hutter,
    2019. Arguments and errors are those of `Adam`, but ``weight_decay`` is 0.01 if not given.

    >>> import nn
    >>> p = nn.Parameter([1.0])
    >>> (3 * p).sum().backward()
    >>> nn.optim.AdamW([p], lr=0.1, weight_decay=0.5).step(); p
    Parameter([0.85], dtype=float32, requires_grad=True)
    """

    decoupled = True

    def __init__(
        self,
        params: Iterable[Any],
        lr: float = 1e-3,
        betas: tuple[float, float] = (0.9, 0.999),
        eps: float = 1e-8,
        weight_decay: float = 1e-2,
        amsgrad: bool = False,
        *,
        maximize: bool = False,
    ) -> None:
        super().__init__(params, lr, betas, eps, weight_decay, amsgrad, maximize=maximize)
