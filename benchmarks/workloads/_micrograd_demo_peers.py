"""The demo of `micrograd_demo.py` in libraries without an `nn` like PyTorch's; weights are (inputs, outputs)."""

from __future__ import annotations

from collections.abc import Callable
from functools import cache
from typing import Any

import numpy as np
from cases import Case

from workloads._adam_by_hand import checked

State = dict[str, np.ndarray]
Data = tuple[np.ndarray, np.ndarray]
LAYERS = ("0", "2", "4")


def turned(state: State) -> State:
    """Weights as (inputs, outputs), and back."""
    return {name: np.ascontiguousarray(array.T) for name, array in state.items()}


def loss_of(parameters: Any, x: Any, side: Any, relu: Callable[[Any], Any], decay: float) -> Any:
    """The network, its hinge loss and the weights' decay, in any library that has these operators."""
    for name in LAYERS:
        x = x if name == "0" else relu(x)
        x = x @ parameters[f"{name}.weight"] + parameters[f"{name}.bias"]
    return relu(1 - side * x[:, 0]).mean() + decay * sum((p * p).sum() for p in parameters.values())


@cache
def jax_step(rate: float, decay: float, is_compiled: bool) -> tuple[Callable[..., Any], Callable[..., Any]]:
    """The step in JAX, and the gradients alone."""
    import jax

    def loss(parameters: Any, x: Any, side: Any) -> Any:
        return loss_of(parameters, x, side, jax.nn.relu, decay)

    def step(parameters: Any, x: Any, side: Any) -> Any:
        value, gradients = jax.value_and_grad(loss)(parameters, x, side)
        return jax.tree.map(lambda p, g: p - rate * g, parameters, gradients), value

    return (jax.jit(step, donate_argnums=0) if is_compiled else step), jax.grad(loss)


def jax(data: Data, state: State, rate: float, decay: float, is_compiled: bool) -> Case:
    """JAX, the whole step in one compiled function, or operation by operation."""
    import jax

    step_of, gradients_of = jax_step(rate, decay, is_compiled)
    inputs = jax.tree.map(jax.numpy.array, data)
    parameters = jax.tree.map(jax.numpy.array, turned(state))

    def step() -> Any:
        nonlocal parameters
        parameters, loss = step_of(parameters, *inputs)
        return loss.block_until_ready()

    return checked(step, lambda: turned(jax.device_get(gradients_of(turned(state), *data))))


def hips(data: Data, state: State, rate: float, decay: float) -> Case:
    """HIPS autograd."""
    import autograd.numpy as anp

    from autograd import value_and_grad

    parameters, gradients = turned(state), {}
    with_gradients = value_and_grad(lambda p: loss_of(p, *data, lambda x: anp.maximum(x, 0), decay))

    def step() -> Any:
        loss, found = with_gradients(parameters)
        gradients.update(found)
        for name, parameter in parameters.items():
            parameter -= rate * found[name]
        return loss

    return checked(step, lambda: turned(gradients))


def mygrad(data: Data, state: State, rate: float, decay: float) -> Case:
    """MyGrad, without its guard of memory."""
    import mygrad as mg
    from mygrad.nnet.activations import relu

    mg.turn_memory_guarding_off()
    parameters = {name: mg.tensor(array) for name, array in turned(state).items()}

    def step() -> Any:
        loss = loss_of(parameters, *data, relu, decay)
        loss.backward()
        for parameter in parameters.values():
            parameter.data -= rate * parameter.grad
        return loss.data

    return checked(step, lambda: turned({name: parameter.grad for name, parameter in parameters.items()}))


class Demo:
    """tinygrad's parameters, which a step recorded by `TinyJit` holds on to: they are begun anew in place."""

    def __init__(self, shapes: tuple[tuple[str, tuple[int, ...]], ...], rate: float, decay: float) -> None:
        from tinygrad import Tensor, TinyJit
        from tinygrad.nn.optim import SGD

        self.parameters = {name: Tensor.zeros(*shape).contiguous().is_param_(True).realize() for name, shape in shapes}
        self.optimizer, self.decay = SGD(list(self.parameters.values()), lr=rate), decay
        self.step = TinyJit(self._step)

    @staticmethod
    @cache
    def of(shapes: tuple[tuple[str, tuple[int, ...]], ...], rate: float, decay: float) -> Demo:
        """The one of a process."""
        return Demo(shapes, rate, decay)

    def begin(self, state: State) -> None:
        """Put fresh values into the parameters."""
        from tinygrad import Tensor

        for name, parameter in self.parameters.items():
            parameter.assign(Tensor(state[name])).realize()

    def loss(self, x: Any, side: Any) -> Any:
        """The loss of a batch."""
        return loss_of(self.parameters, x, side, lambda x: x.relu(), self.decay)

    def _step(self, x: Any, side: Any) -> Any:
        from tinygrad.helpers import Context

        with Context(TRAINING=1):
            self.optimizer.zero_grad()
            loss = self.loss(x, side).backward()
            return loss.realize(*self.optimizer.schedule_step())  # at once, or the loss would be of the new parameters


def tinygrad(data: Data, state: State, rate: float, decay: float) -> Case:
    """tinygrad with its own SGD, the step recorded by TinyJit once in a process."""
    from tinygrad import Tensor

    begin = turned(state)
    demo = Demo.of(tuple((name, array.shape) for name, array in begin.items()), rate, decay)
    demo.begin(begin)
    x, side = (Tensor(array).realize() for array in data)

    def gradients() -> State:
        """Those of the first step, which are gone once it is done."""
        now = {name: parameter.numpy() for name, parameter in demo.parameters.items()}
        demo.begin(begin)
        demo.optimizer.zero_grad()
        demo.loss(x, side).backward()
        found = turned({name: parameter.grad.numpy() for name, parameter in demo.parameters.items()})
        demo.begin(now)
        return found

    return checked(lambda: demo.step(x, side).item(), gradients)
