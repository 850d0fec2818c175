"""Activations of nn."""

import torch

F = torch.nn.functional


def elu(x, alpha, scale, rate):
    return scale * torch.where(x > 0, x, alpha * torch.expm1(rate * torch.where(x > 0, 0.0, x)))


COUNTERPARTS = {
    "elu": elu,
    "gelu": lambda x: F.gelu(x),
    "gelu_tanh": lambda x: F.gelu(x, approximate="tanh"),
    "glu": lambda x, axis: F.glu(x, axis),
    "hardshrink": lambda x, lambd: F.hardshrink(x, float(lambd)),
    "hardsigmoid": lambda x: F.relu6(x + 3) / 6,  # its own cannot be differentiated twice
    "hardswish": lambda x: x * F.relu6(x + 3) / 6,
    "hardtanh": lambda x, low, high: F.hardtanh(x, float(low), float(high)),
    "leaky_relu": lambda x, y: torch.where(x > 0, x, x * y),
    "mish": lambda x: x * torch.tanh(F.softplus(x)),
    "scaled_softplus": lambda x, beta, threshold: F.softplus(x, float(beta), float(threshold)),
    "softshrink": lambda x, lambd: F.softshrink(x, float(lambd)),
    "softsign": lambda x: F.softsign(x),
    "swish": lambda x, y: x * torch.sigmoid(y * x),
}

LACKING = {}
