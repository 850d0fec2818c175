"""Selecting: elements by conditions, choices between arrays."""

import numpy as np
import torch

from . import gathered


def compress(condition, x, axis):
    return gathered(lambda places: np.compress(condition, places, axis))(x)


COUNTERPARTS = {
    "masked_fill": lambda x, mask, value: torch.masked_fill(x, torch.tensor(mask.copy()), value),
    "compress": compress,
    "extract": lambda condition, x: torch.masked_select(x, torch.tensor(condition.copy())),
}

LACKING = {
    "select": "another thing in PyTorch; its values are NumPy's",
    "choose": "not in PyTorch; its values are NumPy's",
    "piecewise": "not in PyTorch; its values are NumPy's",
}
