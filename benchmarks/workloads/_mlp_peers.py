"""The training step of `_mlp.py` in libraries without an `nn` like PyTorch's."""

from __future__ import annotations

from functools import cache
from typing import Any

import numpy as np
from cases import Case

from workloads import _jax
from workloads._adam_by_hand import Adam, checked

State = dict[str, np.ndarray]
Data = tuple[np.ndarray, np.ndarray]
Shapes = tuple[tuple[str, tuple[int, ...]], ...]


def names_of_layers(state: Any) -> list[str]:
    """ "0", "2", "4", ..."""
    return sorted((name.removesuffix(".weight") for name in state if name.endswith(".weight")), key=int)


def jax_loss(parameters: Any, buffers: Any, x: Any, labels: Any) -> tuple[Any, Any]:
    """The network and its loss."""
    import jax

    for name in names_of_layers(parameters):
        x = x if name == "0" else jax.nn.relu(x)
        x = x @ parameters[f"{name}.weight"] + parameters[f"{name}.bias"]
    return _jax.cross_entropy(x, labels), buffers


def jax(data: Data, state: State, rate: float) -> Case:
    """JAX, the whole step in one compiled function."""
    return _jax.training(jax_loss, rate, state, {}, data)


def hips(data: Data, state: State, rate: float) -> Case:
    """HIPS autograd, which hands back new arrays of gradients; Adam in NumPy."""
    import autograd.numpy as anp

    from autograd import value_and_grad

    x, labels = data
    one_hot = np.eye(state[list(state)[-1]].size, dtype=np.float32)[labels]
    adam, names = by_layers(state, rate)

    def loss_of(parameters: dict[str, np.ndarray]) -> Any:
        h = x
        for name in names:
            h = h if name == "0" else h * (h > 0)
            h = anp.dot(h, parameters[f"{name}.weight"]) + parameters[f"{name}.bias"]
        h = h - anp.max(h, axis=1, keepdims=True)
        return (anp.log(anp.sum(anp.exp(h), axis=1)) - anp.sum(h * one_hot, axis=1)).mean()

    with_gradients = value_and_grad(loss_of)

    def step() -> Any:
        loss, gradients = with_gradients(adam.parameters)
        for name, gradient in gradients.items():
            np.copyto(adam.gradients[name], gradient)
        adam.step()
        return loss

    return checked(step, lambda: {name: gradient.T for name, gradient in adam.gradients.items()})


def mygrad(data: Data, state: State, rate: float) -> Case:
    """MyGrad, with its own loss and without its guard of memory; Adam in NumPy, in place."""
    import mygrad as mg
    from mygrad.nnet.activations import relu
    from mygrad.nnet.losses import softmax_crossentropy

    mg.turn_memory_guarding_off()
    x, labels = data
    adam, names = by_layers(state, rate)
    parameters = {name: mg.tensor(array, copy=False) for name, array in adam.parameters.items()}

    def step() -> Any:
        h = x
        for name in names:
            h = h if name == "0" else relu(h)
            h = mg.matmul(h, parameters[f"{name}.weight"]) + parameters[f"{name}.bias"]
        loss = softmax_crossentropy(h, labels)
        loss.backward()
        for name, parameter in parameters.items():
            np.copyto(adam.gradients[name], parameter.grad)
        adam.step()
        return loss.data

    return checked(step, lambda: {name: gradient.T for name, gradient in adam.gradients.items()})


def by_layers(state: State, rate: float) -> tuple[Adam, list[str]]:
    """Adam on weights as (inputs, outputs), and the names of the layers."""
    return Adam({name: np.ascontiguousarray(array.T) for name, array in state.items()}, rate), names_of_layers(state)


def tinygrad(data: Data, state: State, rate: float) -> Case:
    """tinygrad with its own Adam, the step recorded by TinyJit once in a process."""
    from tinygrad import Tensor

    shapes = tuple((name, array.shape) for name, array in state.items())
    network = Network.of(shapes, rate)
    network.begin(state)
    x, labels = (Tensor(array).realize() for array in data)
    return checked(lambda: network.step(x, labels).item(), lambda: Network(shapes, rate).gradients(state, x, labels))


class Network:
    """tinygrad's parameters and optimizer, which a recorded step holds on to, so that they are begun anew in place."""

    def __init__(self, shapes: Shapes, rate: float) -> None:
        from tinygrad import Tensor, TinyJit
        from tinygrad.nn.optim import Adam as TinyAdam

        self.parameters = {name: Tensor.zeros(*shape).contiguous().is_param_(True).realize() for name, shape in shapes}
        self.optimizer = TinyAdam(list(self.parameters.values()), lr=rate)
        self.step = TinyJit(self._step)

    @staticmethod
    @cache
    def of(shapes: Shapes, rate: float) -> Network:
        """The one of these shapes."""
        return Network(shapes, rate)

    def begin(self, state: State) -> None:
        """Put fresh values into parameters and optimizer."""
        from tinygrad import Tensor

        for name, parameter in self.parameters.items():
            parameter.assign(Tensor(state[name])).realize()
        for mean in (*self.optimizer.m, *self.optimizer.v):
            mean.assign(Tensor.zeros(*mean.shape)).realize()
        for power in (self.optimizer.b1_t, self.optimizer.b2_t):
            power.assign(Tensor.ones(*power.shape)).realize()

    def gradients(self, state: State, x: Any, labels: Any) -> State:
        """Those of the first step, which a recorded one does not hand out."""
        self.begin(state)
        self._loss(x, labels).backward()
        return {name: parameter.grad.numpy() for name, parameter in self.parameters.items()}

    def _loss(self, x: Any, labels: Any) -> Any:
        for name in names_of_layers(self.parameters):
            x = x if name == "0" else x.relu()
            x = x.linear(self.parameters[f"{name}.weight"].T, self.parameters[f"{name}.bias"])
        return x.sparse_categorical_crossentropy(labels)

    def _step(self, x: Any, labels: Any) -> Any:
        from tinygrad.helpers import Context

        with Context(TRAINING=1):
            self.optimizer.zero_grad()
            loss = self._loss(x, labels).backward()
            return loss.realize(*self.optimizer.schedule_step())  # at once, or the loss would be that of new parameters
