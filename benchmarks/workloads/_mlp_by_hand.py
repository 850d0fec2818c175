"""The training step of `_mlp.py` in bare NumPy, derivatives and Adam worked out by hand: the floor."""

from __future__ import annotations

import numpy as np
from cases import Case, Checksums

BETA1, BETA2, EPSILON = 0.9, 0.999, 1e-8
BLOCK = 32_768  # numbers that Adam updates at a time, so that its arrays stay in the second-level cache


def views(state: dict[str, np.ndarray], flat: np.ndarray) -> dict[str, np.ndarray]:
    """Views of one flat array in the shapes of `state`, under its names."""
    ends = np.cumsum([value.size for value in state.values()])[:-1]
    pieces = zip(state.items(), np.split(flat, ends), strict=True)
    return {name: piece.reshape(value.shape) for (name, value), piece in pieces}


def by_hand(data: tuple[np.ndarray, np.ndarray], state: dict[str, np.ndarray], rate: float, checked_steps: int) -> Case:
    """Keep parameters, gradients and moments in one flat array each: Adam is a dozen calls per block."""
    x, labels = data
    rows = np.arange(len(labels))
    theta = np.concatenate([value.ravel() for value in state.values()])
    grad, *moments, scratch = (np.zeros_like(theta) for _ in range(4))
    starts = range(0, theta.size, BLOCK)
    blocks = [[array[i : i + BLOCK] for array in (theta, grad, *moments, scratch)] for i in starts]
    parameters, gradients = views(state, theta), views(state, grad)
    names = [name.removesuffix(".weight") for name in state if name.endswith(".weight")]
    weights, biases = ([parameters[f"{name}.{kind}"] for name in names] for kind in ("weight", "bias"))
    weight_grads, bias_grads = ([gradients[f"{name}.{kind}"] for name in names] for kind in ("weight", "bias"))
    ones, steps = np.ones(len(labels), np.float32), 0

    def forward_backward() -> float:
        activations = [x]
        for layer, (weight, bias) in enumerate(zip(weights, biases, strict=True)):
            h = activations[-1] @ weight.T
            h += bias
            if layer < len(weights) - 1:
                np.maximum(h, 0, out=h)
            activations.append(h)
        g = activations.pop()
        g -= g.max(1, keepdims=True)
        picked = g[rows, labels]
        np.exp(g, out=g)
        totals = g.sum(1)
        loss = (np.log(totals) - picked).mean()
        g /= totals[:, None]  # softmax minus one-hot, over the batch
        g[rows, labels] -= 1
        g /= len(labels)
        for layer in reversed(range(len(weights))):
            h = activations[layer]
            np.matmul(g.T, h, out=weight_grads[layer])
            np.matmul(ones, g, out=bias_grads[layer])
            if layer > 0:
                g = g @ weights[layer]
                g *= h > 0
        return float(loss)

    def adam() -> None:
        nonlocal steps
        steps += 1
        correction = (1 - BETA2**steps) ** 0.5  # of sqrt(v), moved into the rate and epsilon
        rate_now, epsilon_now = rate * correction / (1 - BETA1**steps), EPSILON * correction
        for p, g, m, v, a in blocks:
            np.multiply(g, 1 - BETA1, out=a)
            np.multiply(m, BETA1, out=m)
            np.add(m, a, out=m)
            np.multiply(g, g, out=a)
            np.multiply(a, 1 - BETA2, out=a)
            np.multiply(v, BETA2, out=v)
            np.add(v, a, out=v)
            np.sqrt(v, out=a)
            np.add(a, epsilon_now, out=a)
            np.divide(m, a, out=a)
            np.multiply(a, rate_now, out=a)
            np.subtract(p, a, out=p)

    def step() -> float:
        loss = forward_backward()
        adam()
        return loss

    def check() -> Checksums:
        losses = [step()]
        first = {f"gradient of {name}": gradient.copy() for name, gradient in gradients.items()}
        losses += [step() for _ in range(checked_steps - 1)]
        return {"losses": losses, **first}

    return Case(step, check)
