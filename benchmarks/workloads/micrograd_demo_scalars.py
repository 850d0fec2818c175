"""micrograd's demo in scalars: 10 points on two moons, 2-16-16-1, ReLU, hinge loss, L2, gradient descent."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from cases import Case, Checksums

from workloads.micrograd_demo import DECAY, RATE, initial_state, moons

POINTS = 10  # of the demo's 100, for a step that does not take half a second
CHECKED_STEPS = 3


def layer(inputs: list[Any], weights: list[list[Any]], biases: list[Any]) -> list[Any]:
    """Neurons, each a sum of products."""
    return [
        sum((w * x for w, x in zip(row, inputs, strict=True)), bias) for row, bias in zip(weights, biases, strict=True)
    ]


class Demo:
    """The demo, on the scalars that `leaf` makes."""

    def __init__(self, leaf: Callable[[float], Any]) -> None:
        state = {name: array.tolist() for name, array in initial_state().items()}
        self.weights = [[[leaf(v) for v in row] for row in state[f"{i}.weight"]] for i in (0, 2, 4)]
        self.biases = [[leaf(v) for v in state[f"{i}.bias"]] for i in (0, 2, 4)]
        self.parameters = [p for rows in self.weights for row in rows for p in row]
        self.parameters += [p for row in self.biases for p in row]
        x, side = moons(POINTS)
        self.points = list(zip(x.tolist(), side.tolist(), strict=True))

    def score(self, point: list[Any]) -> Any:
        """The network on one point."""
        for i, (weights, biases) in enumerate(zip(self.weights, self.biases, strict=True)):
            point = layer(point, weights, biases)
            if i < 2:
                point = [x.relu() for x in point]
        return point[0]

    def loss(self) -> Any:
        """Hinge loss and the weights' decay."""
        margins = [(1 + -side * self.score(point)).relu() for point, side in self.points]
        return sum(margins) * (1.0 / len(margins)) + DECAY * sum(p * p for p in self.parameters)


def case(leaf: Callable[[float], Any], optimizer_of: Callable[[list[Any]], Any], read: Callable[[Any], float]) -> Case:
    """The demo's loop."""
    demo = Demo(leaf)
    optimizer = optimizer_of(demo.parameters)

    def step() -> Any:
        optimizer.zero_grad()
        loss = demo.loss()
        loss.backward()
        optimizer.step()
        return loss

    def check() -> Checksums:
        losses = [read(step())]
        gradients = [read(p.grad) for p in demo.parameters]
        losses += [read(step()) for _ in range(CHECKED_STEPS - 1)]
        return {"losses": losses, "gradients": gradients}

    return Case(step, check)


class ByHand:
    """The update as micrograd's demo writes it."""

    def __init__(self, parameters: list[Any]) -> None:
        self.parameters = parameters

    def zero_grad(self) -> None:
        """Gradients that are added to."""
        for p in self.parameters:
            p.grad = 0

    def step(self) -> None:
        """Down the gradient."""
        for p in self.parameters:
            p.data -= RATE * p.grad


def glassgrad() -> Case:
    """0-d tensors of glassgrad."""
    import autograd as ag
    import nn

    def leaf(value: float) -> Any:
        return ag.tensor(value, requires_grad=True)

    return case(leaf, lambda parameters: nn.optim.SGD(parameters, lr=RATE), lambda tensor: tensor.item())


def micrograd() -> Case:
    """micrograd's values: Python floats, so twice as precise as the others."""
    from micrograd.engine import Value

    return case(Value, ByHand, lambda number: float(getattr(number, "data", number)))


def pytorch() -> Case:
    """0-d tensors of PyTorch, eager."""
    import torch

    def leaf(value: float) -> Any:
        return torch.tensor(value, requires_grad=True)

    return case(
        leaf, lambda parameters: torch.optim.SGD(parameters, lr=RATE, foreach=True), lambda tensor: tensor.item()
    )


CASES = {"glassgrad": glassgrad, "micrograd": micrograd, "torch": pytorch}
