"""Indexing."""

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


def places_along(x, indices, axis):
    """The index into ``x`` that ``indices`` along an axis mean."""
    return tuple(indices if a == axis % x.ndim else places for a, places in enumerate(np.indices(indices.shape)))


def scatter(x, indices, values, axis):
    """Not torch.scatter, which leaves open which of several values stays."""
    return setitem(x, places_along(x, indices, axis), values)


def scatter_add(x, indices, values, axis):
    return torch.scatter_add(x, axis, torch.tensor(indices % x.shape[axis]), values.expand(indices.shape))


def take(x, indices, axis, mode):
    length = x.numel() if axis is None else x.shape[axis]
    indices = indices.clip(0, length - 1) if mode == "clip" else indices % length
    return gathered(np.take)(x, indices, axis)


COUNTERPARTS = {
    "getitem": gathered(lambda places, index: places[index]),
    "add_at": add_at,
    "setitem": setitem,
    "take": take,
    "take_along_axis": along_axis,
    "gather": along_axis,
    "scatter": scatter,
    "scatter_add": scatter_add,
}

LACKING = {}
