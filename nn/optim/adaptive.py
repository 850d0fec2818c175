"""Optimizers that divide by the size of past gradients: Adagrad, Adadelta, RMSprop."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any

import numpy as np

from nn.optim.elementwise import Arrays, Change, Elementwise, Numbers, decay_of, sign_of
from nn.optim.flat import constants, drop_denormals, with_decay
from nn.optim.optimizer import Options, only_one_form


class Adagrad(Elementwise):
    """Divides by the root of the sum of all squared gradients, so that rare features take larger steps.

    ``sum = sum + g ** 2``, then ``p -= lr / (1 + (step - 1) * lr_decay) * g / (sqrt(sum) + eps)``. Duchi, Hazan and
    Singer, 2011.

    Parameters
    ----------
    params: Tensors, or dicts of groups with options of their own.
    lr: the rate, at least 0.
    lr_decay: at least 0; how fast the rate falls with the number of steps.
    weight_decay: at least 0; this much of the parameters is added to the gradient.
    initial_accumulator_value: at least 0; what the sum is before the first step.
    eps: at least 0; it keeps the quotient small where gradients are.
    maximize: whether to go up the gradient.

    Raises ArgumentError for options out of range, and as `Optimizer` does.

    >>> import nn
    >>> p = nn.Parameter([1.0])
    >>> (3 * p).sum().backward()
    >>> nn.optim.Adagrad([p], lr=0.1).step(); p
    Parameter([0.9], dtype=float32, requires_grad=True)
    """

    @only_one_form
    def __init__(
        self,
        params: Iterable[Any],
        lr: float = 1e-2,
        lr_decay: float = 0,
        weight_decay: float = 0,
        initial_accumulator_value: float = 0,
        eps: float = 1e-10,
        *,
        maximize: bool = False,
    ) -> None:
        options = {
            "lr": lr,
            "lr_decay": lr_decay,
            "weight_decay": weight_decay,
            "initial_accumulator_value": initial_accumulator_value,
            "eps": eps,
            "maximize": maximize,
        }
        super().__init__(params, options)

    def check(self, options: Options) -> None:
        """All numbers at least 0."""
        super().check(options)
        for name in ("lr_decay", "initial_accumulator_value", "eps"):
            self.check_range(options, name)

    def arrays(self, options: Options) -> Mapping[str, float]:
        """The sum of squares."""
        return {"sum": float(options["initial_accumulator_value"])}

    def rule(self, options: Options, numbers: Numbers, dtype: np.dtype[Any]) -> tuple[float, Change]:
        """One step: see the class."""
        rate = float(options["lr"]) / (1 + (numbers["step"] - 1) * options["lr_decay"])
        lr, eps = constants(dtype, rate, options["eps"])
        decay = decay_of(options, dtype)

        def change(p: np.ndarray, g: np.ndarray, state: Arrays, scratch: Arrays) -> None:
            (total,), (a, b) = state, scratch
            g = with_decay(p, g, decay, b)
            np.square(g, a)
            np.add(total, a, total)
            np.sqrt(total, a)
            np.add(a, eps, a)
            np.divide(g, a, a)
            np.multiply(a, lr, a)
            np.subtract(p, a, p)

        return sign_of(options), change


class Adadelta(Elementwise):
    """Steps in the units of the parameters, without a rate that must be chosen.

    With ``square_avg = rho * square_avg + (1 - rho) * g ** 2`` and ``delta = g * sqrt(acc_delta + eps) /
    sqrt(square_avg + eps)``: ``p -= lr * delta``, and ``acc_delta`` is the same running mean of ``delta ** 2``.
    Zeiler, 2012.

    Parameters
    ----------
    params: Tensors, or dicts of groups with options of their own.
    lr: a factor of the steps, at least 0; 1 in the paper.
    rho: how much of the running means is kept in a step, from 0 to 1.
    eps: at least 0; the first steps are about as large as its root.
    weight_decay: at least 0; this much of the parameters is added to the gradient.
    maximize: whether to go up the gradient.

    Raises ArgumentError for options out of range, and as `Optimizer` does.

    >>> import nn
    >>> p = nn.Parameter([1.0])
    >>> (3 * p).sum().backward()
    >>> nn.optim.Adadelta([p], eps=0.01, rho=0.75).step(); round(p.item(), 4)
    0.8004
    """

    @only_one_form
    def __init__(
        self,
        params: Iterable[Any],
        lr: float = 1.0,
        rho: float = 0.9,
        eps: float = 1e-6,
        weight_decay: float = 0,
        *,
        maximize: bool = False,
    ) -> None:
        options = {"lr": lr, "rho": rho, "eps": eps, "weight_decay": weight_decay, "maximize": maximize}
        super().__init__(params, options)

    def check(self, options: Options) -> None:
        """Rates and decays of at least 0, rho from 0 to 1."""
        super().check(options)
        self.check_range(options, "rho", most=1.0)
        self.check_range(options, "eps")

    def arrays(self, options: Options) -> Mapping[str, float]:
        """The running means of squared gradients and squared steps."""
        return {"square_avg": 0.0, "acc_delta": 0.0}

    def rule(self, options: Options, numbers: Numbers, dtype: np.dtype[Any]) -> tuple[float, Change]:
        """One step: see the class."""
        step, is_floored = int(numbers["step"]), options["eps"] > 0  # or else a mean of 0 makes 0 / 0
        lr, rho, fresh, eps = constants(
            dtype, float(options["lr"]), options["rho"], 1.0 - options["rho"], options["eps"]
        )
        decay = decay_of(options, dtype)

        def change(p: np.ndarray, g: np.ndarray, state: Arrays, scratch: Arrays) -> None:
            (square_avg, acc_delta), (a, b) = state, scratch
            g = with_decay(p, g, decay, b)
            _follow_square(square_avg, g, rho, fresh, a)
            if is_floored:
                drop_denormals(square_avg, a, step)
            np.add(square_avg, eps, a)
            np.divide(g, np.sqrt(a, a), b)
            np.add(acc_delta, eps, a)
            delta = np.multiply(b, np.sqrt(a, a), b)
            _follow_square(acc_delta, delta, rho, fresh, a)
            if is_floored:
                drop_denormals(acc_delta, a, step)
            np.multiply(delta, lr, a)
            np.subtract(p, a, p)

        return sign_of(options), change


class RMSprop(Elementwise):
    """Divides by the root of a running mean of squared gradients, which forgets, where Adagrad's sum does not.

    ``square_avg = alpha * square_avg + (1 - alpha) * g ** 2``, then ``p -= lr * g / (sqrt(square_avg) + eps)``; with
    momentum ``buffer = momentum * buffer + g / (sqrt(square_avg) + eps)`` and ``p -= lr * buffer``. Tieleman and
    Hinton, 2012. Centered, the square of a running mean of g is taken off ``square_avg`` (Graves, 2013); what rounding
    makes negative is 0 then, where PyTorch gives NaN.

    Parameters
    ----------
    params: Tensors, or dicts of groups with options of their own.
    lr: the rate, at least 0.
    alpha: how much of the running means is kept in a step, from 0 to 1.
    eps: at least 0; it keeps the quotient small where gradients are.
    weight_decay: at least 0; this much of the parameters is added to the gradient.
    momentum: at least 0.
    centered: whether to divide by the gradient's deviation, in place of its size.
    maximize: whether to go up the gradient.

    Raises ArgumentError for options out of range, and as `Optimizer` does.

    >>> import nn
    >>> p = nn.Parameter([1.0])
    >>> (3 * p).sum().backward()
    >>> nn.optim.RMSprop([p], lr=0.1, alpha=0.75).step(); p
    Parameter([0.8], dtype=float32, requires_grad=True)
    """

    @only_one_form
    def __init__(
        self,
        params: Iterable[Any],
        lr: float = 1e-2,
        alpha: float = 0.99,
        eps: float = 1e-8,
        weight_decay: float = 0,
        momentum: float = 0,
        centered: bool = False,
        *,
        maximize: bool = False,
    ) -> None:
        options = {
            "lr": lr,
            "alpha": alpha,
            "eps": eps,
            "weight_decay": weight_decay,
            "momentum": momentum,
            "centered": centered,
            "maximize": maximize,
        }
        super().__init__(params, options)

    def check(self, options: Options) -> None:
        """Rates and decays of at least 0, alpha from 0 to 1."""
        super().check(options)
        self.check_range(options, "alpha", most=1.0)
        self.check_range(options, "eps")
        self.check_range(options, "momentum")

    def arrays(self, options: Options) -> Mapping[str, float]:
        """The running mean of squares; the momentum and the mean of gradients, where they are asked for."""
        names = ["square_avg"]
        names += ["momentum_buffer"] if options["momentum"] else []
        names += ["grad_avg"] if options["centered"] else []
        return dict.fromkeys(names, 0.0)

    def rule(self, options: Options, numbers: Numbers, dtype: np.dtype[Any]) -> tuple[float, Change]:
        """One step: see the class."""
        step, momentum, centered = int(numbers["step"]), options["momentum"], options["centered"]
        is_floored = options["eps"] > 0  # or else a mean of 0 makes 0 / 0
        lr, alpha, fresh, eps, kept = constants(
            dtype, float(options["lr"]), options["alpha"], 1.0 - options["alpha"], options["eps"], momentum
        )
        decay = decay_of(options, dtype)

        def change(p: np.ndarray, g: np.ndarray, state: Arrays, scratch: Arrays) -> None:
            a, b = scratch
            square_avg = size = state[0]
            g = with_decay(p, g, decay, b)
            _follow_square(square_avg, g, alpha, fresh, a)
            if is_floored:
                drop_denormals(square_avg, a, step)
            if centered:
                mean = state[-1]
                np.multiply(mean, alpha, mean)
                np.multiply(g, fresh, a)
                np.add(mean, a, mean)
                drop_denormals(mean, a, step)
                np.square(mean, a)
                np.subtract(square_avg, a, a)
                size = np.maximum(a, 0.0, out=a)
            np.sqrt(size, a)
            np.add(a, eps, a)
            np.divide(g, a, a)
            if momentum:
                buffer = state[1]
                np.multiply(buffer, kept, buffer)
                np.add(buffer, a, buffer)
                drop_denormals(buffer, a, step)
                np.multiply(buffer, lr, a)
            else:
                np.multiply(a, lr, a)
            np.subtract(p, a, p)

        return sign_of(options), change


def _follow_square(mean: np.ndarray, x: np.ndarray, kept: np.ndarray, fresh: np.ndarray, a: np.ndarray) -> None:
    """``mean = kept * mean + fresh * x ** 2``, in place."""
    np.multiply(mean, kept, mean)
    np.square(x, a)
    np.multiply(a, fresh, a)
    np.add(mean, a, mean)
