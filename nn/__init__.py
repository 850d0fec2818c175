"""Neural networks on `autograd`, under PyTorch's names.

>>> import autograd as ag, nn
>>> model = nn.Sequential(nn.Linear(64, 128), nn.ReLU(), nn.Linear(128, 10))
>>> optimizer = nn.optim.Adam(model.parameters(), lr=1e-3)
>>> x, labels = ag.rand(32, 64), ag.arange(32) % 10
>>> loss = nn.functional.cross_entropy(model(x), labels)
>>> loss.backward()
>>> optimizer.step()
"""

from typing import Any

from nn import functional as functional
from nn import init as init
from nn import layers
from nn import optim as optim
from nn.layers import *
from nn.module import Example, IncompatibleKeys, Module, Parameter
from nn.stateless import functional_call
from nn.weights import load_weights, save

__all__ = [
    "Example",
    "IncompatibleKeys",
    "Module",
    "Parameter",
    "functional",
    "functional_call",
    "init",
    "load_weights",
    "optim",
    "save",
]
__all__ += layers.__all__


def __getattr__(name: str) -> Any:
    """Load when it is first used what needs more than NumPy, or is not needed by all: `nn.data`, `nn.train`."""
    if name in ("data", "models", "plots", "train"):
        import importlib

        return importlib.import_module(f"nn.{name}")
    raise AttributeError(f"nn has no {name!r}; dir(nn) lists what it has.")
