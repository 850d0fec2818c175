"""Neural networks on `autograd`, under PyTorch's names.

>>> import autograd as ag, nn
>>> model = nn.Sequential(nn.Linear(64, 128), nn.ReLU(), nn.Linear(128, 10))
>>> optimizer = nn.optim.Adam(model.parameters(), lr=1e-3)
>>> x, labels = ag.rand(32, 64), ag.arange(32) % 10
>>> loss = nn.functional.cross_entropy(model(x), labels)
>>> loss.backward()
>>> optimizer.step()
"""

from typing import TYPE_CHECKING, Any

from nn import functional as functional
from nn import init as init
from nn import layers
from nn import optim as optim
from nn.layers import *
from nn.module import Example, IncompatibleKeys, Module, Parameter

if TYPE_CHECKING:
    from nn import decoding as decoding
    from nn.classic import McCullochPitts, Perceptron
    from nn.forcing import TeacherForcing
    from nn.generation import bits_per_token, generate, perplexity
    from nn.loading import load
    from nn.markov import MarkovModel
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


LAZY = {  # name -> the module that it is loaded from when it is first used
    **dict.fromkeys(("McCullochPitts", "Perceptron"), "classic"),
    **dict.fromkeys(("bits_per_token", "generate", "perplexity"), "generation"),
    **dict.fromkeys(("remove_weight_norm", "weight_norm"), "reparametrizing"),
    **dict.fromkeys(("LayerSummary", "Summary", "summary"), "summaries"),
    **dict.fromkeys(("parameters_to_vector", "vector_to_parameters"), "vectors"),
    **dict.fromkeys(("load_weights", "save"), "weights"),
    **{name: name for name in ("data", "decoding", "diagnostics", "metrics", "models", "plots", "train", "utils")},
    "MarkovModel": "markov",
    "TeacherForcing": "forcing",
    "functional_call": "stateless",
    "load": "loading",
    "sample_tokens": "sampling",
}


def __getattr__(name: str) -> Any:
    """Load when it is first used what needs more than NumPy, or is not needed by all: `nn.data`, `nn.train`."""
    if name not in LAZY:
        raise AttributeError(f"nn has no {name!r}; dir(nn) lists what it has.")
    import importlib

    module = importlib.import_module(f"nn.{LAZY[name]}")
    found = globals()[name] = getattr(module, name, module)
    return found


def __dir__() -> list[str]:
    return sorted([*globals(), *LAZY])
