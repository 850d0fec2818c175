"""Sorting."""

import numpy as np
import torch


def sort(x, axis, kind):
    """By a stable sort: PyTorch's default may exchange equal elements."""
    return x.reshape(-1).sort(stable=True)[0] if axis is None else x.sort(stable=True, dim=axis)[0]


def partition(x, kth, axis):
    """Where each element comes from, NumPy says: PyTorch has the kth element alone."""
    x, axis = (x.reshape(-1), 0) if axis is None else (x, axis)
    values = x.detach().numpy()
    ranks = np.partition(values, kth, axis).argsort(axis).argsort(axis)
    return torch.take_along_dim(x, torch.tensor(np.take_along_axis(values.argsort(axis), ranks, axis)), axis)


def topk(x, k, axis, largest):
    return torch.topk(x, k, axis, largest)[0]


COUNTERPARTS = {"sort": sort, "partition": partition, "topk": topk}

LACKING = {}
