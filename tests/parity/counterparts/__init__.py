"""How PyTorch calls what a primitive computes: one module a family, as in `autograd/rules`.

Each has ``COUNTERPARTS``, by the primitive's name; one that is missing there has the same name and arguments in
PyTorch. ``LACKING`` says of others why PyTorch has nothing to compare with.
"""

import importlib
import pkgutil

import numpy as np
import torch


def gathered(move):
    """A function that moves elements about: NumPy says where each comes from, PyTorch takes them from there."""

    def call(x, *args):
        sources = move(np.arange(x.numel()).reshape(x.shape), *args)
        return x.reshape(-1)[torch.tensor(np.array(sources))]

    return call


COUNTERPARTS = {}
LACKING = {}

for module in pkgutil.iter_modules(__path__):
    table = importlib.import_module(f"{__name__}.{module.name}")
    assert not COUNTERPARTS.keys() & table.COUNTERPARTS.keys()
    COUNTERPARTS |= table.COUNTERPARTS
    LACKING |= table.LACKING


def counterpart(primitive):
    """What PyTorch has for a primitive, or None."""
    if primitive.name in LACKING:
        return None
    return COUNTERPARTS.get(primitive.name) or getattr(torch, primitive.name, None)
