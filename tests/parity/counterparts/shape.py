"""Shapes, repeating, padding and windows."""

import numpy as np
import torch

from . import gathered


def pad(x, widths, mode):
    if mode != "constant":  # PyTorch's other modes ask for certain numbers of axes
        return gathered(lambda places: np.pad(places, widths, mode))(x)
    return torch.nn.functional.pad(x, [width for pair in reversed(widths) for width in pair])


def resize(x, shape):
    if x.numel():
        return gathered(np.resize)(x, shape)
    return x.sum() + torch.zeros(shape, dtype=x.dtype)


COUNTERPARTS = {
    "copy": lambda x: x.clone(),
    "astype": lambda x, dtype: x.to(torch.float64),
    "reshape": gathered(lambda places, shape, order, copy: np.reshape(places, shape, order)),
    "ravel": lambda x, order: x.ravel() if order == "C" else x.permute(tuple(reversed(range(x.ndim)))).ravel(),
    "flatten": lambda x, order: x.flatten() if order == "C" else x.permute(tuple(reversed(range(x.ndim)))).flatten(),
    "transpose": lambda x, axes: x.permute(tuple(reversed(range(x.ndim))) if axes is None else axes),
    "rollaxis": gathered(np.rollaxis),
    "matrix_transpose": lambda x: x.mT,
    "squeeze": lambda x, axis: x.squeeze() if axis is None else x.squeeze(axis),
    "expand_dims": lambda x, axis: x.unsqueeze(axis),
    "broadcast_arrays": torch.broadcast_tensors,
    "flip": lambda x, axis: x.flip(tuple(range(x.ndim)) if axis is None else axis),
    "roll": lambda x, shift, axis: torch.roll(x, shift, axis),
    "repeat": lambda x, repeats, axis: x.repeat_interleave(
        torch.tensor(repeats.copy()) if isinstance(repeats, np.ndarray) else repeats, axis
    ),
    "resize": resize,
    "pad": pad,
    "sliding_window_view": gathered(np.lib.stride_tricks.sliding_window_view),
}

LACKING = {}
