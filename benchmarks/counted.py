"""The micro-workloads whose calls and allocations `counts.py` counts: each is a function that returns a step.

They are small, so that what they do in Python stands out, and cover the paths that every program takes.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np

import autograd as ag
import nn

Step = Callable[[], Any]


def _normal(*shape: int, requires_grad: bool = True) -> ag.Tensor:
    values = np.random.default_rng(0).standard_normal(shape, dtype=np.float32)
    return ag.tensor(values, requires_grad=requires_grad)


def _labels(count: int, classes: int) -> ag.Tensor:
    return ag.tensor(np.arange(count) % classes)


def _learning(module: nn.Module, *inputs: Any) -> Step:
    """Forward and backward of a module, its gradients forgotten first."""
    parameters = list(module.parameters())

    def step() -> None:
        for parameter in parameters:
            parameter.grad = None
        outs = module(*inputs)
        (outs[0] if isinstance(outs, tuple) else outs).sum().backward()

    return step


# --- single operations ----------------------------------------------------------------------------------


def unary() -> Step:
    """tanh of 4x4, recorded."""
    x = _normal(4, 4)
    return lambda: ag.tanh(x)


def binary() -> Step:
    """A product of two 4x4, recorded."""
    x, y = _normal(4, 4), _normal(4, 4)
    return lambda: x * y


def unary_backward() -> Step:
    """tanh of 4x4, and the backward pass."""
    x = _normal(4, 4)
    g = np.ones((4, 4), np.float32)

    def step() -> None:
        x.grad = None
        ag.tanh(x).backward(g)

    return step


def binary_backward() -> Step:
    """A product of 4x4 and a row, which broadcasts, and the backward pass."""
    x, y = _normal(4, 4), _normal(4)
    g = np.ones((4, 4), np.float32)

    def step() -> None:
        x.grad = y.grad = None
        (x * y).backward(g)

    return step


def scalars() -> Step:
    """A neuron of scalars: six operations, and the backward pass."""
    x, y, w, b = (ag.tensor(value, requires_grad=True) for value in (0.5, -1.0, 2.0, 0.1))

    def step() -> None:
        x.grad = y.grad = w.grad = b.grad = None
        out = ag.tanh(x * w + y * w + b)
        (out * out).backward()

    return step


def matmul() -> Step:
    """A product of matrices, its sum, and the backward pass."""
    x, y = _normal(8, 16), _normal(16, 8)

    def step() -> None:
        x.grad = y.grad = None
        (x @ y).sum().backward()

    return step


# --- models ---------------------------------------------------------------------------------------------


def linear_cross_entropy() -> Step:
    """A linear layer, cross entropy, and the backward pass."""
    layer, x, labels = nn.Linear(16, 4), _normal(8, 16, requires_grad=False), _labels(8, 4)

    def step() -> None:
        layer.zero_grad()
        nn.functional.cross_entropy(layer(x), labels).backward()

    return step


def _mlp() -> nn.Sequential:
    return nn.Sequential(nn.Linear(16, 32), nn.ReLU(), nn.Linear(32, 4))


def mlp_adam() -> Step:
    """A training step of an MLP with Adam."""
    model, x, labels = _mlp(), _normal(8, 16, requires_grad=False), _labels(8, 4)
    optimizer = nn.optim.Adam(model.parameters())
    loss_of = nn.CrossEntropyLoss()

    def step() -> None:
        optimizer.zero_grad()
        loss_of(model(x), labels).backward()
        optimizer.step()

    return step


def mlp_in_use() -> Step:
    """An MLP called under no_grad."""
    model, x = _mlp().eval(), _normal(8, 16, requires_grad=False)

    def step() -> None:
        with ag.no_grad():
            model(x)

    return step


def conv_pool() -> Step:
    """Convolution, BatchNorm, ReLU, max pooling, and the backward pass."""
    model = nn.Sequential(nn.Conv2d(2, 4, 3, padding=1), nn.BatchNorm2d(4), nn.ReLU(), nn.MaxPool2d(2))
    return _learning(model, _normal(2, 2, 8, 8, requires_grad=False))


def lstm() -> Step:
    """An LSTM over 5 steps, and the backward pass."""
    return _learning(nn.LSTM(4, 8), _normal(5, 2, 4, requires_grad=False))


def layer_norm() -> Step:
    """LayerNorm with weight and bias, and the backward pass."""
    return _learning(nn.LayerNorm(16), _normal(8, 16))


def attention() -> Step:
    """Attention of 2 heads, the layer's four products included, and the backward pass."""
    x = _normal(2, 6, 8, requires_grad=False)
    return _learning(nn.MultiheadAttention(8, 2, batch_first=True), x, x, x)


# --- the rest -------------------------------------------------------------------------------------------


def hessian_vector_product() -> Step:
    """A Hessian-vector product of a two-layer function."""
    x, weight, v = _normal(8, 4, requires_grad=False), _normal(4, 3), _normal(4, 3, requires_grad=False)

    def loss(weight: Any) -> Any:
        return (ag.tanh(x @ weight) ** 2).mean()

    return lambda: ag.hvp(loss, (weight,), (v,))


def loader() -> Step:
    """An epoch of four shuffled batches of a DataLoader."""
    data = nn.data.TensorDataset(np.zeros((32, 4), np.float32), np.arange(32))
    batches = nn.data.DataLoader(data, batch_size=8, shuffle=True)

    def step() -> None:
        for _ in batches:
            pass

    return step


WORKLOADS: dict[str, Callable[[], Step]] = {
    function.__name__: function
    for function in (
        unary,
        binary,
        unary_backward,
        binary_backward,
        scalars,
        matmul,
        linear_cross_entropy,
        mlp_adam,
        mlp_in_use,
        conv_pool,
        lstm,
        layer_norm,
        attention,
        hessian_vector_product,
        loader,
    )
}
