"""Stochastic gradient descent."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any

import numpy as np

import autograd as ag
from nn.optim.elementwise import Arrays, Change, Elementwise, Numbers, sign_of
from nn.optim.flat import constants, drop_denormals, with_decay
from nn.optim.optimizer import Options, only_one_form


class SGD(Elementwise):
    """Stochastic gradient descent, with momentum if asked for: ``p -= lr * g``.

    With momentum, ``buffer = momentum * buffer + (1 - dampening) * g`` (at first ``g`` itself) and
    ``p -= lr * buffer``; with Nesterov's (Sutskever et al., 2013), ``p -= lr * (g + momentum * buffer)``.

    Parameters
    ----------
    params: Tensors, or dicts of groups with options of their own.
    lr: the rate, at least 0.
    momentum: at least 0; usually 0.9.
    dampening: the share of the gradient that is kept out of the buffer.
    weight_decay: at least 0; this much of the parameters is added to the gradient (see `nn.utils.l2_penalty`).
    nesterov: whether momentum is Nesterov's; it needs momentum, and no dampening.
    maximize: whether to go up the gradient.

    Raises ArgumentError for options out of range, and as `Optimizer` does.

    >>> import nn
    >>> p = nn.Parameter([1.0])
    >>> (3 * p).sum().backward()
    >>> nn.optim.SGD([p], lr=0.1).step(); p
    Parameter([0.7], dtype=float32, requires_grad=True)
    """

    @only_one_form
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

    def arrays(self, options: Options) -> Mapping[str, float]:
        """The momentum, if there is any."""
        return {"momentum_buffer": 0.0} if options["momentum"] else {}

    def rule(self, options: Options, numbers: Numbers, dtype: np.dtype[Any]) -> tuple[float, Change]:
        """One step: see the class."""
        lr, decay, nesterov = float(options["lr"]), float(options["weight_decay"]), options["nesterov"]
        sign = sign_of(options)
        if not options["momentum"]:
            return sign * lr, _shrink_and_subtract(1.0 - lr * decay, dtype)
        step = int(numbers["step"])
        share = 1.0 if step == 1 else 1.0 - options["dampening"]
        rate, momentum, share_of_p = constants(dtype, lr, options["momentum"], share * decay)

        def change(p: np.ndarray, g: np.ndarray, state: Arrays, scratch: Arrays) -> None:
            (buffer,), (a, b) = state, scratch
            g = with_decay(p, g, share_of_p if decay else None, b)
            np.multiply(buffer, momentum, buffer)
            np.add(buffer, g, buffer)
            drop_denormals(buffer, a, step)
            if nesterov:
                np.multiply(buffer, momentum, a)
                np.add(g, a, a)
                np.multiply(a, rate, a)
            else:
                np.multiply(buffer, rate, a)
            np.subtract(p, a, p)

        return sign * share, change


def _shrink_and_subtract(keep: float, dtype: np.dtype[Any]) -> Change:
    """Without momentum ``p - lr * (g + decay * p)`` is ``(1 - lr * decay) * p - lr * g``."""
    (kept,) = constants(dtype, keep)

    def change(p: np.ndarray, g: np.ndarray, state: Arrays, scratch: Arrays) -> None:
        if keep != 1:
            np.multiply(p, kept, p)
        np.subtract(p, g, p)

    return change
