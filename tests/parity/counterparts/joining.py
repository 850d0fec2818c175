"""Joining and splitting."""

import numpy as np
import torch

from . import gathered


def concatenate(arrays, axis):
    return torch.cat([a.reshape(-1) for a in arrays]) if axis is None else torch.cat(arrays, axis)


def insert(arr, obj, values, axis):
    """NumPy says which element of either comes where."""
    both = torch.cat([arr.reshape(-1), values.reshape(-1)])
    old = np.arange(arr.numel()).reshape(arr.shape)
    new = np.arange(arr.numel(), both.numel()).reshape(values.shape)
    return both[torch.tensor(np.insert(old, obj, new, axis))]


COUNTERPARTS = {
    "concatenate": concatenate,
    "append": lambda arr, values, axis: concatenate([arr, values], axis),
    "insert": insert,
    "delete": gathered(np.delete),
    "block": lambda arrays: torch.cat(torch.atleast_1d(arrays), -1),
    "meshgrid": lambda *arrays: torch.meshgrid(*arrays, indexing="xy"),
    "split": lambda x, indices, axis: torch.tensor_split(x, indices, axis),
    "array_split": lambda x, indices, axis: torch.tensor_split(x, indices, axis),
    "unstack": lambda x, axis: torch.unbind(x, axis),
}

LACKING = {}
