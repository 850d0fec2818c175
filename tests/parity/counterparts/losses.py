"""Kernels of losses."""

import numpy as np
import torch

F = torch.nn.functional


def called(function, *names):
    """PyTorch's function of an input, a target and arguments of these names: labels and weights are arrays."""

    def call(x, target, *values):
        values = [fit(value) for value in values]
        return function(x, fit(target), **dict(zip(names, values, strict=True)))

    return call


def fit(value):
    return torch.tensor(value.copy()) if isinstance(value, (np.ndarray, np.generic)) else value


def huber_loss(x, target, bend, slope, reduction):
    return F.huber_loss(x, target, reduction, float(bend)) * (slope / bend)


def binary_cross_entropy(x, target, weight, reduction):
    """By its formula: PyTorch's own second derivative has a small number added to its divisor."""
    losses = -(target * torch.log(x) + (1 - target) * torch.log(1 - x)) * (1 if weight is None else fit(weight))
    return losses if reduction == "none" else getattr(losses, reduction)()


def cross_entropy(x, target, weight, ignored, reduction, smoothing):
    ignored = {} if torch.is_tensor(target) else {"ignore_index": ignored}  # probabilities: nothing is ignored
    return F.cross_entropy(
        x, fit(target), fit(weight), reduction=reduction, label_smoothing=float(smoothing), **ignored
    )


COUNTERPARTS = {
    "mse_loss": called(F.mse_loss, "reduction"),
    "l1_loss": called(F.l1_loss, "reduction"),
    "huber_loss": huber_loss,
    "binary_cross_entropy": binary_cross_entropy,
    "binary_cross_entropy_with_logits": called(F.binary_cross_entropy_with_logits, "weight", "pos_weight", "reduction"),
    "cross_entropy": cross_entropy,
    "nll_loss": called(F.nll_loss, "weight", "ignore_index", "reduction"),
}

LACKING = {}
