"""Losses of each element, with hand-written derivatives, and the twins that define them."""

from __future__ import annotations

from typing import Any

import numpy as np

import autograd as ag
from nn.kernels.checks import place
from nn.kernels.reductions import check_pair, check_reduction, draw_reduction, reduce, reduced, share


def _pair(rng: np.random.Generator, low: float = -3.0, high: float = 3.0) -> list[Any]:
    shape = tuple(rng.integers(1, 4, rng.integers(0, 4)))
    return [rng.uniform(low, high, shape), rng.uniform(0.1, 0.9, shape)]


def _with_opposite(to_x: Any, wanted: tuple[bool, bool]) -> Any:
    """The gradients of x and target for a loss of their difference."""
    return to_x, -to_x if wanted[1] else None


# --- mean squared error ---------------------------------------------------------------------------------


def mse_by_definition(x: Any, target: Any, reduction: str = "mean") -> Any:
    """``(x - target) ** 2``."""
    return reduce("mse_loss", (x - target) ** 2, reduction)


@ag.primitive(view=False, reference=mse_by_definition, samples=lambda rng: (*_pair(rng), draw_reduction(rng)))
def mse_loss(x: Any, target: Any, reduction: str = "mean") -> Any:
    """Mean squared error: `nn.functional.mse_loss`.

    >>> import numpy as np
    >>> float(mse_loss(np.array([1.0, 2.0]), np.array([1.0, 4.0])))
    2.0
    """
    check_reduction("mse_loss", reduction)
    check_pair("mse_loss", target=target, input=x)
    difference = x - target
    return reduced(difference, reduction, difference), difference


@mse_loss.joint_vjp("x", "target")
def _mse_loss(g: Any, reduction: str, saved: Any, wanted: tuple[bool, bool]) -> Any:
    return _with_opposite(saved * (2 * share(g, saved.size, reduction)), wanted)


# --- absolute error -------------------------------------------------------------------------------------


def l1_by_definition(x: Any, target: Any, reduction: str = "mean") -> Any:
    """``abs(x - target)``."""
    return reduce("l1_loss", np.abs(x - target), reduction)


def _l1_samples(rng: np.random.Generator) -> tuple[Any, ...]:
    """Differences of either sign, at some distance from 0."""
    distance, target = _pair(rng, 0.3, 3.0)
    return np.asarray(target + rng.choice([-1, 1], target.shape) * distance), target, draw_reduction(rng)


@ag.primitive(view=False, reference=l1_by_definition, samples=_l1_samples)
def l1_loss(x: Any, target: Any, reduction: str = "mean") -> Any:
    """Mean absolute error: `nn.functional.l1_loss`.

    >>> import numpy as np
    >>> float(l1_loss(np.array([1.0, 2.0]), np.array([1.0, 4.0])))
    1.0
    """
    check_reduction("l1_loss", reduction)
    check_pair("l1_loss", target=target, input=x)
    difference = x - target
    return reduced(np.abs(difference), reduction), difference


@l1_loss.joint_vjp("x", "target")
def _l1_loss(g: Any, reduction: str, saved: Any, wanted: tuple[bool, bool]) -> Any:
    to_x = np.sign(saved)
    to_x *= share(g, saved.size, reduction)
    return _with_opposite(to_x, wanted)


# --- Huber's loss ---------------------------------------------------------------------------------------


def huber_by_definition(x: Any, target: Any, bend: float, slope: float, reduction: str = "mean") -> Any:
    """``d ** 2 / 2`` for a difference d of up to ``bend``, beyond it a line; divided by ``bend``, times ``slope``."""
    distance = np.abs(x - target)
    losses = np.where(distance <= bend, distance**2 / (2 * bend), distance - bend / 2)
    return reduce("huber_loss", slope * losses, reduction)


def _huber_samples(rng: np.random.Generator) -> tuple[Any, ...]:
    """Differences at some distance from the bend."""
    x, target = _pair(rng)
    distance = np.where(rng.random(x.shape) < 0.5, rng.uniform(0.1, 0.8, x.shape), rng.uniform(1.2, 3.0, x.shape))
    bend = float(rng.choice([0.5, 1.0, 2.0]))
    x = np.asarray(target + np.sign(x) * bend * distance)
    return x, target, bend, float(rng.choice([1.0, 0.5])), draw_reduction(rng)


@ag.primitive(view=False, reference=huber_by_definition, samples=_huber_samples)
def huber_loss(x: Any, target: Any, bend: float, slope: float, reduction: str = "mean") -> Any:
    """Squared error up to ``bend``, and from there a line of this slope: `nn.functional.huber_loss`, `smooth_l1_loss`.

    >>> import numpy as np
    >>> huber_loss(np.array([0.5, 2.0]), np.zeros(2), 1.0, 1.0, "none")
    array([0.125, 1.5  ])
    """
    check_reduction("huber_loss", reduction)
    check_pair("huber_loss", target=target, input=x)
    difference = x - target
    within = np.clip(difference, -bend, bend)
    difference -= within / 2
    difference *= slope / bend
    return reduced(difference, reduction, within), within


@huber_loss.joint_vjp("x", "target", bend=None, slope=None)
def _huber_loss(g: Any, bend: float, slope: float, reduction: str, saved: Any, wanted: tuple[bool, bool]) -> Any:
    return _with_opposite(saved * (slope / bend * share(g, saved.size, reduction)), wanted)


# --- binary cross entropy -------------------------------------------------------------------------------


def bce_by_definition(x: Any, target: Any, weight: Any = None, reduction: str = "mean") -> Any:
    """``-weight * (target * log(x) + (1 - target) * log(1 - x))``, with logarithms of at least -100."""
    losses = -(target * _bounded_log(x) + (1 - target) * _bounded_log(1 - x))
    return reduce("binary_cross_entropy", losses if weight is None else weight * losses, reduction)


def _bounded_log(x: Any) -> Any:
    is_zero = x == 0
    return np.where(is_zero, -100.0, np.maximum(np.log(np.where(is_zero, 1.0, x)), -100.0))


def _weighted_pair(rng: np.random.Generator, low: float, high: float) -> tuple[Any, ...]:
    x, target = _pair(rng, low, high)
    return x, target, rng.uniform(0.5, 2.0, x.shape[1:]) if rng.random() < 0.5 else None


@ag.primitive(
    view=False, reference=bce_by_definition, samples=lambda rng: (*_weighted_pair(rng, 0.05, 0.95), draw_reduction(rng))
)
def binary_cross_entropy(x: Any, target: Any, weight: Any = None, reduction: str = "mean") -> Any:
    """Cross entropy of probabilities, each of two classes: `nn.functional.binary_cross_entropy`.

    >>> import numpy as np
    >>> float(binary_cross_entropy(np.array([0.5]), np.array([1.0])))
    0.6931471805599453
    """
    check_reduction("binary_cross_entropy", reduction)
    check_pair("binary_cross_entropy", target=target, input=x)
    if x.size and not (x.min() >= 0 and x.max() <= 1):
        raise ag.errors.ArgumentError(
            f"{place('binary_cross_entropy')}: the input has values from {x.min():.4g} to {x.max():.4g}; want "
            "probabilities, 0 to 1. For logits take binary_cross_entropy_with_logits, nn.BCEWithLogitsLoss()."
        )
    with np.errstate(divide="ignore"):
        log_x, log_rest = np.log(x), np.log1p(-x)
    log_x, log_rest = np.maximum(log_x, -100.0), np.maximum(log_rest, -100.0)
    losses = (target - 1) * log_rest - target * log_x
    if weight is not None:
        losses *= weight
    return reduced(losses, reduction), (log_x, log_rest)


@binary_cross_entropy.joint_vjp("x", "target", weight=None)
def _binary_cross_entropy(
    g: Any, x: Any, target: Any, weight: Any, reduction: str, saved: Any, wanted: tuple[bool, bool]
) -> Any:
    """For x kept finite at 0 and 1, as in PyTorch, by a divisor of at least 1e-12."""
    log_x, log_rest = saved
    scale = share(g, x.size, reduction)
    if weight is not None:
        scale = scale * weight
    to_x = scale * (x - target) / np.maximum(x * (1 - x), 1e-12) if wanted[0] else None
    return to_x, scale * (log_rest - log_x) if wanted[1] else None


def bce_with_logits_by_definition(
    x: Any, target: Any, weight: Any = None, pos_weight: Any = None, reduction: str = "mean"
) -> Any:
    """``-weight * (pos_weight * target * log(sigmoid(x)) + (1 - target) * log(sigmoid(-x)))``."""
    positive = target if pos_weight is None else target * pos_weight
    losses = -(positive * ag.logsigmoid(x) + (1 - target) * ag.logsigmoid(-x))
    return reduce("binary_cross_entropy_with_logits", losses if weight is None else weight * losses, reduction)


def _logits_samples(rng: np.random.Generator) -> tuple[Any, ...]:
    x, target, weight = _weighted_pair(rng, -3.0, 3.0)
    pos_weight = rng.uniform(0.5, 2.0, x.shape[-1:]) if rng.random() < 0.5 else None
    return x, target, weight, pos_weight, draw_reduction(rng)


@ag.primitive(view=False, reference=bce_with_logits_by_definition, samples=_logits_samples)
def binary_cross_entropy_with_logits(
    x: Any, target: Any, weight: Any = None, pos_weight: Any = None, reduction: str = "mean"
) -> Any:
    """Cross entropy of sigmoid(x): `nn.functional.binary_cross_entropy_with_logits`.

    >>> import numpy as np
    >>> float(binary_cross_entropy_with_logits(np.array([0.0]), np.array([1.0])))
    0.6931471805599453
    """
    check_reduction("binary_cross_entropy_with_logits", reduction)
    check_pair("binary_cross_entropy_with_logits", target=target, input=x)
    exps = np.exp(-np.abs(x))
    losses = np.log1p(exps)  # of which max(x, 0) more is log(1 + exp(x)), and -min(x, 0) more log(1 + exp(-x))
    if pos_weight is None:
        losses += np.maximum(x, 0)
        losses -= x * target
    else:
        losses -= np.minimum(x, 0)
        losses *= 1 + (pos_weight - 1) * target
        losses += (1 - target) * x
    if weight is not None:
        losses *= weight
    return reduced(losses, reduction), exps


@binary_cross_entropy_with_logits.joint_vjp("x", "target", weight=None, pos_weight=None)
def _binary_cross_entropy_with_logits(
    g: Any, x: Any, target: Any, weight: Any, pos_weight: Any, reduction: str, saved: Any, wanted: tuple[bool, bool]
) -> Any:
    scale = share(g, x.size, reduction)
    if weight is not None:
        scale = scale * weight
    to_x = to_target = None
    if wanted[0]:
        to_x = np.maximum(saved, x >= 0)  # over 1 + saved it is sigmoid(x), exact on either side
        to_x /= 1 + saved
        if pos_weight is None:
            to_x -= target
        else:
            to_x *= 1 + (pos_weight - 1) * target
            to_x -= pos_weight * target
        to_x *= scale
    if wanted[1]:
        to_target = -scale * x
        if pos_weight is not None:
            to_target += scale * (pos_weight - 1) * (np.log1p(saved) - np.minimum(x, 0))
    return to_x, to_target
