"""Variants of Adam: Adamax, NAdam, RAdam."""

from __future__ import annotations

import math
from collections.abc import Iterable, Mapping
from typing import Any, ClassVar

import numpy as np

from nn.optim.adam import MEANS, check_betas, following
from nn.optim.elementwise import Arrays, Change, Elementwise, Numbers, decay_of, sign_of
from nn.optim.flat import constants, drop_denormals, with_decay
from nn.optim.optimizer import Options, only_one_form


class Adamax(Elementwise):
    """Adam with the largest gradient, which decays, in place of the root of a mean square.

    ``m = beta1 * m + (1 - beta1) * g`` and ``u = max(beta2 * u, abs(g) + eps)``, then ``p -= lr / (1 - beta1 ** step) *
    m / u``. Kingma and Ba, 2015.

    Parameters
    ----------
    params: Tensors, or dicts of groups with options of their own.
    lr: the rate, at least 0: about how far a parameter goes in a step.
    betas: how much of m and u is kept in a step, from 0 up to 1, exclusive.
    eps: at least 0; it keeps u away from 0.
    weight_decay: at least 0; this much of the parameters is added to the gradient.
    maximize: whether to go up the gradient.

    Raises ArgumentError for options out of range, and as `Optimizer` does.

    >>> import nn
    >>> p = nn.Parameter([1.0])
    >>> (3 * p).sum().backward()
    >>> nn.optim.Adamax([p], lr=0.1).step(); p
    Parameter([0.9], dtype=float32, requires_grad=True)
    """

    @only_one_form
    def __init__(
        self,
        params: Iterable[Any],
        lr: float = 2e-3,
        betas: tuple[float, float] = (0.9, 0.999),
        eps: float = 1e-8,
        weight_decay: float = 0,
        *,
        maximize: bool = False,
    ) -> None:
        options = {"lr": lr, "betas": betas, "eps": eps, "weight_decay": weight_decay, "maximize": maximize}
        super().__init__(params, options)

    def check(self, options: Options) -> None:
        """Rates and decays of at least 0, two betas from 0 to 1."""
        super().check(options)
        check_betas(self, options)

    def arrays(self, options: Options) -> Mapping[str, float]:
        """m and u under PyTorch's names."""
        return {"exp_avg": 0.0, "exp_inf": 0.0}

    def rule(self, options: Options, numbers: Numbers, dtype: np.dtype[Any]) -> tuple[float, Change]:
        """One step: see the class."""
        step, (beta1, beta2) = int(numbers["step"]), options["betas"]
        rate = float(options["lr"]) / (1 - beta1**step)
        kept_m, kept_u, fresh, eps, lr = constants(dtype, beta1, beta2, 1.0 - beta1, options["eps"], rate)
        decay = decay_of(options, dtype)

        def change(p: np.ndarray, g: np.ndarray, state: Arrays, scratch: Arrays) -> None:
            (m, u), (a, b) = state, scratch
            g = with_decay(p, g, decay, b)
            np.multiply(m, kept_m, m)
            np.multiply(g, fresh, a)
            np.add(m, a, m)
            drop_denormals(m, a, step)
            np.abs(g, a)
            np.add(a, eps, a)
            np.multiply(u, kept_u, u)
            np.maximum(u, a, out=u)
            np.divide(m, u, a)
            np.multiply(a, lr, a)
            np.subtract(p, a, p)

        return sign_of(options), change


class NAdam(Elementwise):
    """Adam with Nesterov's momentum: the step looks ahead by the gradient that it has.

    With Adam's m and v, and ``mu(t) = beta1 * (1 - 0.96 ** (t * momentum_decay) / 2)``, whose product over the steps so
    far is ``mu_product``: ``m`` in Adam's step is replaced by ``(1 - mu(step)) / (1 - mu_product) * g + mu(step + 1) /
    (1 - mu_product * mu(step + 1)) * m``. Dozat, 2016.

    Parameters
    ----------
    params: Tensors, or dicts of groups with options of their own.
    lr: the rate, at least 0: about how far a parameter goes in a step.
    betas: how much of the running means is kept in a step, from 0 up to 1, exclusive.
    eps: at least 0; it keeps the quotient small where gradients are.
    weight_decay: at least 0; this much of the parameters is added to the gradient (see ``decoupled_weight_decay``).
    momentum_decay: at least 0; how fast mu rises from beta1 / 2 to beta1.
    decoupled_weight_decay: whether the decay shrinks the parameters themselves, as in `AdamW`.
    maximize: whether to go up the gradient.

    Raises ArgumentError for options out of range, and as `Optimizer` does.

    >>> import nn
    >>> p = nn.Parameter([1.0])
    >>> (3 * p).sum().backward()
    >>> nn.optim.NAdam([p], lr=0.5).step(); round(p.item(), 4)
    0.4718
    """

    numbers: ClassVar[Numbers] = {"step": 0, "mu_product": 1.0}

    @only_one_form
    def __init__(
        self,
        params: Iterable[Any],
        lr: float = 2e-3,
        betas: tuple[float, float] = (0.9, 0.999),
        eps: float = 1e-8,
        weight_decay: float = 0,
        momentum_decay: float = 4e-3,
        decoupled_weight_decay: bool = False,
        *,
        maximize: bool = False,
    ) -> None:
        options = {
            "lr": lr,
            "betas": betas,
            "eps": eps,
            "weight_decay": weight_decay,
            "momentum_decay": momentum_decay,
            "decoupled_weight_decay": decoupled_weight_decay,
            "maximize": maximize,
        }
        super().__init__(params, options)

    def check(self, options: Options) -> None:
        """Rates and decays of at least 0, two betas from 0 to 1."""
        super().check(options)
        check_betas(self, options)
        self.check_range(options, "momentum_decay")

    def arrays(self, options: Options) -> Mapping[str, float]:
        """m and v under PyTorch's names."""
        return MEANS

    def rule(self, options: Options, numbers: Numbers, dtype: np.dtype[Any]) -> tuple[float, Change]:
        """One step: see the class."""
        step, (beta1, beta2), lr = int(numbers["step"]), options["betas"], float(options["lr"])
        factor, follow = following(options, step, dtype, options["decoupled_weight_decay"])
        mu, mu_next = (beta1 * (1.0 - 0.5 * 0.96 ** (t * options["momentum_decay"])) for t in (step, step + 1))
        product = numbers["mu_product"] = numbers["mu_product"] * mu
        correction = math.sqrt(1 - beta2**step)
        eps, share_of_g, share_of_m = constants(
            dtype,
            options["eps"] * correction,
            lr * correction * (1.0 - mu) / (1.0 - product) / (1.0 - beta1),  # g comes with a factor of 1 - beta1
            lr * correction * mu_next / (1.0 - product * mu_next),
        )

        def change(p: np.ndarray, g: np.ndarray, state: Arrays, scratch: Arrays) -> None:
            (m, v), (a, b) = state, scratch
            g = follow(p, g, m, v, scratch)
            np.multiply(g, share_of_g, a)
            np.multiply(m, share_of_m, b)
            np.add(a, b, a)
            np.sqrt(v, b)
            np.add(b, eps, b)
            np.divide(a, b, a)
            np.subtract(p, a, p)

        return factor, change


class RAdam(Elementwise):
    """Adam that corrects for the first steps, in which v is known from few gradients only, and so needs no warm-up.

    With Adam's m and v, ``limit = 2 / (1 - beta2) - 1`` and ``rho = limit - 2 * step * beta2 ** step / (1 - beta2 **
    step)``: while ``rho`` is at most 5, ``p -= lr * m / (1 - beta1 ** step)``; then Adam's step times
    ``sqrt((rho - 4) * (rho - 2) * limit / ((limit - 4) * (limit - 2) * rho))``. Liu et al., 2020.

    Parameters
    ----------
    params: Tensors, or dicts of groups with options of their own.
    lr: the rate, at least 0.
    betas: how much of the running means is kept in a step, from 0 up to 1, exclusive.
    eps: at least 0; it keeps the quotient small where gradients are. It is added before v is corrected.
    weight_decay: at least 0; this much of the parameters is added to the gradient (see ``decoupled_weight_decay``).
    decoupled_weight_decay: whether the decay shrinks the parameters themselves, as in `AdamW`.
    maximize: whether to go up the gradient.

    Raises ArgumentError for options out of range, and as `Optimizer` does.

    >>> import nn
    >>> p = nn.Parameter([1.0])
    >>> (3 * p).sum().backward()
    >>> nn.optim.RAdam([p], lr=0.1).step(); p
    Parameter([0.7], dtype=float32, requires_grad=True)
    """

    @only_one_form
    def __init__(
        self,
        params: Iterable[Any],
        lr: float = 1e-3,
        betas: tuple[float, float] = (0.9, 0.999),
        eps: float = 1e-8,
        weight_decay: float = 0,
        decoupled_weight_decay: bool = False,
        *,
        maximize: bool = False,
    ) -> None:
        options = {
            "lr": lr,
            "betas": betas,
            "eps": eps,
            "weight_decay": weight_decay,
            "decoupled_weight_decay": decoupled_weight_decay,
            "maximize": maximize,
        }
        super().__init__(params, options)

    def check(self, options: Options) -> None:
        """Rates and decays of at least 0, two betas from 0 to 1."""
        super().check(options)
        check_betas(self, options)

    def arrays(self, options: Options) -> Mapping[str, float]:
        """m and v under PyTorch's names."""
        return MEANS

    def rule(self, options: Options, numbers: Numbers, dtype: np.dtype[Any]) -> tuple[float, Change]:
        """One step: see the class."""
        step, (beta1, beta2) = int(numbers["step"]), options["betas"]
        factor, follow = following(options, step, dtype, options["decoupled_weight_decay"])
        rectification = _rectification(step, beta2)
        rate = float(options["lr"]) / (1 - beta1**step)
        eps, lr = constants(dtype, options["eps"], rate * (rectification or 1.0))

        def change(p: np.ndarray, g: np.ndarray, state: Arrays, scratch: Arrays) -> None:
            (m, v), a = state, scratch[0]
            follow(p, g, m, v, scratch)
            if rectification is None:
                np.multiply(m, lr, a)
            else:
                np.sqrt(v, a)
                np.add(a, eps, a)
                np.divide(m, a, a)
                np.multiply(a, lr, a)
            np.subtract(p, a, p)

        return factor, change


def _rectification(step: int, beta2: float) -> float | None:
    """What RAdam multiplies m / sqrt(v) by, the correction of v included; None while v is not to be trusted."""
    limit = 2.0 / (1.0 - beta2) - 1.0
    rho = limit - 2.0 * step * beta2**step / (1.0 - beta2**step)
    if rho <= 5.0:
        return None
    variance = (rho - 4.0) * (rho - 2.0) * limit / ((limit - 4.0) * (limit - 2.0) * rho)
    return math.sqrt(variance * (1.0 - beta2**step))
