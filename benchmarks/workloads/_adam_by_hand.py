"""Adam in bare NumPy, for whoever has no optimizer of its own, and the check of such a training step."""

from __future__ import annotations

from collections.abc import Callable, Mapping

import numpy as np
from cases import Case, Checksums

BETA1, BETA2, EPSILON = 0.9, 0.999, 1e-8
BLOCK = 32_768  # numbers updated at a time, so that the arrays stay in the second-level cache
CHECKED_STEPS = 10


class Adam:
    """Adam on parameters that are views of one flat array, as are their gradients: ten calls for each block of it.

    The running means are kept without their factors 1 - beta, which belong to the rate: two passes less over memory.
    """

    def __init__(self, values: Mapping[str, np.ndarray], rate: float) -> None:
        theta = np.concatenate([value.ravel() for value in values.values()])
        gradient, m, v, scratch = (np.zeros_like(theta) for _ in range(4))
        starts = range(0, theta.size, BLOCK)
        self.parameters, self.gradients = views(values, theta), views(values, gradient)
        self._blocks = [[a[i : i + BLOCK] for a in (theta, gradient, m, v, scratch)] for i in starts]
        self._rate, self._steps = rate, 0

    def step(self) -> None:
        """Update the parameters by what is in `gradients`."""
        self._steps += 1
        of_v = ((1 - BETA2**self._steps) / (1 - BETA2)) ** 0.5  # sqrt(v) is this many times too large
        rate, epsilon = self._rate * of_v * (1 - BETA1) / (1 - BETA1**self._steps), EPSILON * of_v
        for p, g, m, v, a in self._blocks:
            np.multiply(m, BETA1, out=m)
            np.add(m, g, out=m)
            np.multiply(g, g, out=a)
            np.multiply(v, BETA2, out=v)
            np.add(v, a, out=v)
            np.sqrt(v, out=a)
            np.add(a, epsilon, out=a)
            np.divide(m, a, out=a)
            np.multiply(a, rate, out=a)
            np.subtract(p, a, out=p)


def views(values: Mapping[str, np.ndarray], flat: np.ndarray) -> dict[str, np.ndarray]:
    """Views of one flat array in the shapes of `values`, under their names."""
    ends = np.cumsum([value.size for value in values.values()])[:-1]
    pieces = zip(values.items(), np.split(flat, ends), strict=True)
    return {name: piece.reshape(value.shape) for (name, value), piece in pieces}


def checked(step: Callable[[], object], first_gradients: Callable[[], Mapping[str, object]]) -> Case:
    """A training step that returns its loss, and what is told of the gradients, which is asked after the first step."""

    def check() -> Checksums:
        losses = [float(np.asarray(step()))]
        gradients = {f"gradient of {name}": np.array(value) for name, value in first_gradients().items()}
        losses += [float(np.asarray(step())) for _ in range(CHECKED_STEPS - 1)]
        return {"losses": losses, **gradients}

    return Case(step, check)
