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

from nn import decoding as decoding
from nn import functional as functional
from nn import init as init
from nn import layers
from nn import optim as optim
from nn.classic import McCullochPitts, Perceptron
from nn.forcing import TeacherForcing
from nn.generation import bits_per_token, generate, perplexity
from nn.layers import *
from nn.loading import load
from nn.markov import MarkovModel
from nn.module import Example, IncompatibleKeys, Module, Parameter
from nn.reparametrizing import remove_weight_norm, weight_norm
from nn.sampling import sample_tokens
from nn.stateless import functional_call
from nn.summaries import LayerSummary, Summary, summary
from nn.vectors import parameters_to_vector, vector_to_parameters
from nn.weights import load_weights, save

__all__ = [
    "Example",
    "IncompatibleKeys",
    "LayerSummary",
    "MarkovModel",
    "McCullochPitts",
    "Module",
    "Parameter",
    "Perceptron",
    "Summary",
    "TeacherForcing",
    "bits_per_token",
    "decoding",
    "functional",
    "functional_call",
    "generate",
    "init",
    "load",
    "load_weights",
    "optim",
    "parameters_to_vector",
    "perplexity",
    "remove_weight_norm",
    "sample_tokens",
    "save",
    "summary",
    "vector_to_parameters",
    "weight_norm",
]
__all__ += layers.__all__


def __getattr__(name: str) -> Any:
    """Load when it is first used what needs more than NumPy, or is not needed by all: `nn.data`, `nn.train`."""
    if name in ("data", "diagnostics", "metrics", "models", "plots", "train", "utils"):
        import importlib

        return importlib.import_module(f"nn.{name}")
    raise AttributeError(f"nn has no {name!r}; dir(nn) lists what it has.")
