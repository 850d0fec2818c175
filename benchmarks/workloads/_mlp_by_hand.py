"""The training step of `_mlp.py` in bare NumPy, derivatives and Adam worked out by hand: the floor.

All arrays are made beforehand. Weights lie as (inputs, outputs): the first layer needs no product with the transpose.
"""

from __future__ import annotations

from itertools import pairwise

import numpy as np
from cases import Case

from workloads import _blas
from workloads._adam_by_hand import Adam, checked


class Layer:
    """A linear layer with the arrays that its inputs, outputs and gradients are written to."""

    def __init__(self, adam: Adam, name: str, x: np.ndarray, is_last: bool) -> None:
        self.x, self.is_last = x, is_last
        self.weight, self.bias = adam.parameters[f"{name}.weight"], adam.parameters[f"{name}.bias"]
        self.to_weight, self.to_bias = adam.gradients[f"{name}.weight"], adam.gradients[f"{name}.bias"]
        self.out = np.empty((len(x), len(self.bias)), np.float32)
        self.g, self.is_positive = np.empty_like(self.out), np.empty(self.out.shape, bool)
        self.ones = np.ones(len(x), np.float32)

    def forward(self) -> None:
        np.dot(self.x, self.weight, self.out)
        np.add(self.out, self.bias, out=self.out)
        if not self.is_last:
            np.maximum(self.out, 0, out=self.out)

    def backward(self, before: Layer | None) -> None:
        if not self.is_last:
            np.greater(self.out, 0, out=self.is_positive)
            np.multiply(self.g, self.is_positive, out=self.g)
        np.dot(self.x.T, self.g, self.to_weight)
        np.dot(self.ones, self.g, self.to_bias)
        if before is not None:
            np.dot(self.g, self.weight.T, before.g)


def by_hand(data: tuple[np.ndarray, np.ndarray], state: dict[str, np.ndarray], rate: float) -> Case:
    """Keep parameters, gradients and moments in one flat array each; nothing is allocated in a step."""
    x, labels = data
    _blas.let_go()  # whatever ran before in this process
    adam = Adam({name: np.ascontiguousarray(value.T) for name, value in state.items()}, rate)
    layers: list[Layer] = []
    for name in [name.removesuffix(".weight") for name in state if name.endswith(".weight")]:
        layers.append(
            Layer(adam, name, layers[-1].out if layers else x, is_last=f"{int(name) + 2}.weight" not in state)
        )
    last, picked = layers[-1], np.arange(len(labels)) * layers[-1].out.shape[1] + labels
    column, totals = np.empty((2, len(labels), 1), np.float32)

    def cross_entropy() -> float:
        z, g = last.out, last.g
        np.maximum.reduce(z, 1, None, column, True)
        np.subtract(z, column, out=z)
        np.exp(z, out=g)
        np.add.reduce(g, 1, None, totals, True)
        np.divide(g, totals, out=g)  # softmax, less one at the label, over the batch
        g.ravel()[picked] -= 1
        np.multiply(g, 1 / len(labels), out=g)
        np.log(totals, out=totals)
        return (float(totals.sum()) - float(z.ravel()[picked].sum())) / len(labels)

    def step() -> float:
        for layer in layers:
            layer.forward()
        loss = cross_entropy()
        for layer, before in pairwise([*reversed(layers), None]):
            assert layer is not None
            layer.backward(before)
        adam.step()
        return loss

    return checked(step, lambda: {name: gradient.T for name, gradient in adam.gradients.items()})
