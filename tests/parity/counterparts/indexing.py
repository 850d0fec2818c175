"""Indexing and sorting."""

import math

import numpy as np
import torch

from . import gathered


def add_at(x, index, shape):
    places = np.arange(math.prod(shape)).reshape(shape)[index]
    zeros = torch.zeros(math.prod(shape), dtype=x.dtype)
    return zeros.index_add(0, torch.tensor(np.array(places).reshape(-1)), x.reshape(-1)).reshape(shape)


def setitem(x, index, value):
    """Which value each element ends up with, NumPy decides: of several, the last."""
    writer = np.full(x.shape, -1)
    count = np.empty(x.shape)[index].size
    writer[index] = np.arange(count).reshape(writer[index].shape)
    values = value.expand(writer[index].shape).reshape(-1)
    if not count:
        return x.clone() + 0 * value.sum()
    return torch.where(torch.tensor(writer >= 0), values[torch.tensor(writer.clip(0))], x)


def along_axis(x, indices, axis):
    return torch.take_along_dim(x, torch.tensor(indices % x.shape[axis]), axis)


COUNTERPARTS = {
    "getitem": gathered(lambda places, index: places[index]),
    "add_at": add_at,
    "setitem": setitem,
    "take": gathered(np.take),
    "take_along_axis": along_axis,
}

LACKING = {}
