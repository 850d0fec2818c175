"""Scans and differences along an axis."""

import torch


def along(function):
    """NumPy's axis=None stands for the flattened array."""

    def scan(x, axis=None):
        return function(x.reshape(-1), 0) if axis is None else function(x, axis)

    return scan


def trapezoid(y, x, dx, axis):
    return torch.trapezoid(y, dx=dx, dim=axis) if x is None else torch.trapezoid(y, x, dim=axis)


def gradient(f, *spacing):
    steps = [step if step.ndim else step.item() for step in spacing] or [1.0]
    return torch.gradient(f, spacing=steps if len(steps) == f.ndim else steps * f.ndim)


COUNTERPARTS = {
    "cumsum": along(torch.cumsum),
    "cumprod": along(torch.cumprod),
    "cumulative_sum": along(torch.cumsum),
    "cumulative_prod": along(torch.cumprod),
    "logcumsumexp": along(torch.logcumsumexp),
    "cummax": along(lambda x, axis: torch.cummax(x, axis).values),
    "cummin": along(lambda x, axis: torch.cummin(x, axis).values),
    "diff": lambda x, n, axis: torch.diff(x, n, axis),
    "ediff1d": lambda x: torch.diff(x.reshape(-1)),
    "gradient": gradient,
    "trapezoid": trapezoid,
}

LACKING = {
    "nancumsum": "PyTorch has no scan that leaves out nan",
    "nancumprod": "PyTorch has no scan that leaves out nan",
}
