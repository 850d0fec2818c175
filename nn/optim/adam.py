"""Adam and AdamW."""

from __future__ import annotations

import math
from collections.abc import Callable, Iterable, Mapping
from typing import Any

import numpy as np

import autograd as ag
from nn.optim.elementwise import Arrays, Change, Elementwise, Numbers, sign_of
from nn.optim.flat import constants, drop_denormals, with_decay
from nn.optim.optimizer import Optimizer, Options, only_one_form

MEANS = {"exp_avg": 0.0, "exp_avg_sq": 0.0}
WITH_MAXIMUM = {**MEANS, "max_exp_avg_sq": 0.0}

Follow = Callable[[np.ndarray, np.ndarray, np.ndarray, np.ndarray, Arrays], np.ndarray]


def following(options: Options, step: int, dtype: np.dtype[Any], decoupled: bool) -> tuple[float, Follow]:
    """How the running means of the gradient and its square follow it; weight decay is done on the way.

    Returns a factor for the gradient, 1 - beta1, and ``follow(p, g, m, v, scratch)``, where ``g`` has that factor. It
    updates ``m`` and ``v``, and returns ``g`` with the decay, which may lie in the second scratch array.
    """
    lr, (beta1, beta2), decay = float(options["lr"]), options["betas"], float(options["weight_decay"])
    is_floored = options["eps"] > 0  # or else a v of 0 makes 0 / 0
    fresh = 1.0 - beta1
    kept_m, kept_v, fresh_v = constants(dtype, beta1, beta2, (1.0 - beta2) / fresh**2)
    shrink = constants(dtype, 1.0 - lr * decay if decoupled else fresh * decay)[0] if decay else None

    def follow(p: np.ndarray, g: np.ndarray, m: np.ndarray, v: np.ndarray, scratch: Arrays) -> np.ndarray:
        a, b = scratch
        if shrink is not None:
            if decoupled:
                np.multiply(p, shrink, p)
            else:
                g = with_decay(p, g, shrink, b)
        np.multiply(m, kept_m, m)
        np.add(m, g, m)
        np.square(g, a)
        np.multiply(a, fresh_v, a)
        np.multiply(v, kept_v, v)
        np.add(v, a, v)
        drop_denormals(m, a, step)
        if is_floored:
            drop_denormals(v, a, step)
        return g

    return sign_of(options) * fresh, follow


def check_betas(optimizer: Optimizer, options: Options) -> None:
    """Raise ArgumentError unless ``betas`` are two numbers from 0 to 1, and eps is at least 0."""
    optimizer.check_range(options, "eps")
    if not isinstance(options["betas"], (tuple, list)) or len(options["betas"]) != 2:
        raise ag.errors.ArgumentError(
            f"{type(optimizer).__name__}: betas={options['betas']!r}; want two, such as (0.9, 0.999)."
        )
    optimizer.check_range(options, "betas", below=1.0)


class Adam(Elementwise):
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

    @only_one_form
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
        check_betas(self, options)

    def arrays(self, options: Options) -> Mapping[str, float]:
        """m and v under PyTorch's names, and the maximum of v if asked for."""
        return WITH_MAXIMUM if options["amsgrad"] else MEANS

    def rule(self, options: Options, numbers: Numbers, dtype: np.dtype[Any]) -> tuple[float, Change]:
        """One step: see the class."""
        step, (beta1, beta2), amsgrad = int(numbers["step"]), options["betas"], options["amsgrad"]
        factor, follow = following(options, step, dtype, self.decoupled)
        # the corrections of m and v are moved into the rate and eps, which are numbers
        correction = math.sqrt(1 - beta2**step)
        eps, rate = constants(dtype, options["eps"] * correction, float(options["lr"]) * correction / (1 - beta1**step))

        def change(p: np.ndarray, g: np.ndarray, state: Arrays, scratch: Arrays) -> None:
            m, v, *largest = state
            a = scratch[0]
            follow(p, g, m, v, scratch)
            if amsgrad:
                v = np.maximum(largest[0], v, out=largest[0])
            np.sqrt(v, a)
            np.add(a, eps, a)
            np.divide(m, a, a)
            np.multiply(a, rate, a)
            np.subtract(p, a, p)

        return factor, change


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

    @only_one_form
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
