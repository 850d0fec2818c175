"""Functions of parameters and gradients under the names that they have in ``torch.nn.utils``."""

from nn.reparametrizing import remove_weight_norm, weight_norm
from nn.utils import rnn as rnn
from nn.vectors import (
    clip_grad_norm_,
    clip_grad_value_,
    l1_penalty,
    l2_penalty,
    parameters_to_vector,
    vector_to_parameters,
)

__all__ = [
    "clip_grad_norm_",
    "clip_grad_value_",
    "l1_penalty",
    "l2_penalty",
    "parameters_to_vector",
    "remove_weight_norm",
    "rnn",
    "vector_to_parameters",
    "weight_norm",
]
