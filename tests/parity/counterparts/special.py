"""Activations and special functions."""

import torch


def over_axes(log_softmax):
    """NumPy's axis: None for all axes, an int, or a tuple, of none too."""

    def call(x, axis=-1):
        axes = tuple(range(x.ndim)) if axis is None else axis if isinstance(axis, tuple) else (axis,)
        return log_softmax(x, x.logsumexp(axes, keepdim=True) if axes else x)

    return call


COUNTERPARTS = {
    "logsigmoid": lambda x: torch.nn.functional.logsigmoid(x),
    "xlog1py": lambda x, y: torch.special.xlog1py(x, y),
    "entr": lambda x: torch.special.entr(x),
    "softmax": over_axes(lambda x, total: torch.exp(x - total)),
    "log_softmax": over_axes(lambda x, total: x - total),
}

LACKING = {
    "sinc": "its derivatives lose their digits near 0, and it has none as functions of their own",
    "interp": "it has no such function",
}
