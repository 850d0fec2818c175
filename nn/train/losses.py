"""What a loss function may return: one number, and where it is differentiated a graph behind it."""

from __future__ import annotations

from typing import Any

import numpy as np

import autograd as ag


def number_of(operation: str, loss: Any) -> float:
    """The loss of a batch as a number. Raises TypeError for what is none, ShapeError for several.

    >>> number_of("Trainer.fit", ag.tensor(0.5))
    0.5
    """
    if not isinstance(loss, (ag.Tensor, np.ndarray, np.generic)):
        raise TypeError(
            f"{operation}: the loss function returned {'None' if loss is None else f'a {type(loss).__name__}'}; want a "
            "Tensor of one number, computed from the model's output, as nn.functional.cross_entropy(output, target) is."
        )
    if loss.size != 1:
        raise ag.errors.ShapeError(
            f"{operation}: the loss has shape {loss.shape}; want one number, such as its mean over the batch."
        )
    return float(loss.item())


def lacks_graph(loss: Any) -> str:
    """Why no gradient can come of a loss: a sentence; empty where one can.

    >>> lacks_graph(ag.tensor(1.0))
    'The loss needs no gradient: ...'
    """
    if getattr(loss, "requires_grad", False):
        return ""
    return (
        "The loss needs no gradient: the outputs were detached on their way to it (.detach(), .numpy(), .item(), "
        "no_grad), or all parameters are frozen."
    )


def check_graph(operation: str, loss: Any) -> None:
    """Raise ArgumentError where no gradient can come of a loss.

    >>> check_graph("Trainer.fit", ag.tensor(1.0, requires_grad=True))
    """
    if problem := lacks_graph(loss):
        raise ag.errors.ArgumentError(f"{operation}: {problem}")
