"""Shapes, joining and splitting."""

import numpy as np
import torch

from . import gathered


def concatenate(arrays, axis):
    return torch.cat([a.reshape(-1) for a in arrays]) if axis is None else torch.cat(arrays, axis)


def pad(x, widths, mode):
    if mode != "constant":  # PyTorch's other modes ask for certain numbers of axes
        return gathered(lambda places: np.pad(places, widths, mode))(x)
    return torch.nn.functional.pad(x, [width for pair in reversed(widths) for width in pair])


COUNTERPARTS = {
    "copy": lambda x: x.clone(),
    "astype": lambda x, dtype: x.to(torch.float64),
    "transpose": lambda x, axes: x.permute(tuple(reversed(range(x.ndim))) if axes is None else axes),
    "squeeze": lambda x, axis: x.squeeze() if axis is None else x.squeeze(axis),
    "expand_dims": lambda x, axis: x.unsqueeze(axis),
    "flip": lambda x, axis: x.flip(tuple(range(x.ndim)) if axis is None else axis),
    "roll": lambda x, shift, axis: torch.roll(x, shift, axis),
    "concatenate": concatenate,
    "split": lambda x, indices, axis: torch.tensor_split(x, indices, axis),
    "repeat": lambda x, repeats, axis: x.repeat_interleave(
        torch.tensor(repeats.copy()) if isinstance(repeats, np.ndarray) else repeats, axis
    ),
    "pad": pad,
}

LACKING = {}
