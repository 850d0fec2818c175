"""Models of a page each, and their names for the command."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any

from nn.layers import Dropout, Flatten, Linear, ReLU, Sequential
from nn.module import Module


def mlp(
    in_features: int,
    hidden: Sequence[int],
    out_features: int,
    *,
    activation: Callable[[], Module] = ReLU,
    dropout: float = 0.0,
) -> Sequential:
    """A multilayer perceptron: (batch, ...) -> (batch, out_features), linear layers with activations between them.

    Parameters
    ----------
    in_features: numbers in a sample, over all its axes but the batch.
    hidden: widths of the hidden layers, from the input on; none for a linear model.
    out_features: numbers in a result, such as a score for each class.
    activation: makes the layer that follows each hidden one.
    dropout: share of a hidden layer's outputs that is dropped in training, 0 to 1.

    >>> import autograd as ag
    >>> mlp(64, [128], 10)(ag.zeros(32, 1, 8, 8)).shape
    (32, 10)
    """
    layers: list[Module] = [Flatten()]
    width = in_features
    for next_width in hidden:
        layers += [Linear(width, next_width), activation()]
        if dropout:
            layers.append(Dropout(dropout))
        width = next_width
    return Sequential(*layers, Linear(width, out_features))


MODELS: dict[str, Callable[..., Module]] = {"mlp": mlp}


def summary(model: Module) -> str:
    """A model's layers and how many parameters each has, as a table; the last line is their sum.

    >>> print(summary(mlp(64, [128], 10)))
    0  Flatten(start_dim=1, end_dim=-1)
    1  Linear(in_features=64, out_features=128, bias=True)      8,320
    2  ReLU()
    3  Linear(in_features=128, out_features=10, bias=True)      1,290
       parameters                                               9,610
    """
    layers = [(name, module) for name, module in model.named_modules() if not list(module.children())]
    rows = [(name, repr(module), _count(module)) for name, module in layers]
    rows.append(("", "parameters", _count(model)))
    widest_name, widest = max(len(row[0]) for row in rows), max(len(row[1]) for row in rows)
    lines = [f"{name:{widest_name}}  {text:{widest}}  {f'{count:,}' if count else '':>9}" for name, text, count in rows]
    return "\n".join(line.rstrip() for line in lines)


def _count(module: Any) -> int:
    return sum(parameter.size for parameter in module.parameters())
