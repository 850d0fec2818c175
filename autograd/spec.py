"""What property tests may feed a primitive, as plain data: domains for arrays, choices for the rest."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np


@dataclass(frozen=True)
class Real:
    """Real numbers in ``[low, high]``, kept ``gap`` away from each point of ``avoid``.

    ``distinct`` asks that no two elements of an array lie closer than ``gap``: for functions such as
    ``max``, whose difference quotient is meaningless at a tie.

    >>> Real(0.2, 3.0).sample(np.random.default_rng(0), (2,)).shape
    (2,)
    """

    low: float = -3.0
    high: float = 3.0
    avoid: tuple[float, ...] = ()
    distinct: bool = False
    gap: float = 0.05

    def sample(self, rng: np.random.Generator, shape: tuple[int, ...]) -> np.ndarray:
        """Draw a float64 array of ``shape`` from the domain."""
        size = int(np.prod(shape))
        if self.distinct:
            steps = max(size, int((self.high - self.low) / (2 * self.gap)))
            values = self.low + 2 * self.gap * rng.permutation(steps)[:size] + rng.uniform(0, 0.5 * self.gap, size)
        else:
            values = rng.uniform(self.low, self.high, size)
        for point in self.avoid:
            near = np.abs(values - point) < self.gap
            values[near] = point + np.copysign(self.gap, values[near] - point) + (values[near] - point)
        return values.reshape(shape)

    def to_edges(self, rng: np.random.Generator, array: np.ndarray) -> np.ndarray:
        """The array with some elements moved to the ends of the domain, to 0, or to where other elements are.

        >>> Real(0.0, 1.0).to_edges(np.random.default_rng(0), np.full(4, 0.5)).tolist()
        [0.5, 0.5, 0.5, 0.5]
        """
        special = [self.low, self.high, *([0.0] if self.low < 0 < self.high and 0.0 not in self.avoid else [])]
        chosen = rng.random(array.shape) < 0.3
        values = rng.choice([*special, *array.ravel()[:2]], array.shape)
        return array if self.distinct else np.where(chosen, values, array)


@dataclass(frozen=True)
class Axis:
    """An axis of the array argument ``of``: an int, negative ones too; with ``none``, also None.

    With ``many``, also a tuple of axes.
    """

    of: str = "x"
    none: bool = True
    many: bool = False


@dataclass(frozen=True)
class Choice:
    """One of a few values.

    >>> Choice(False, True).values
    (False, True)
    """

    values: tuple[Any, ...]

    def __init__(self, *values: Any) -> None:
        object.__setattr__(self, "values", values)

    def sample(self, rng: np.random.Generator, shape: tuple[int, ...]) -> np.ndarray:
        """Draw an array of ``shape`` from the values."""
        return np.asarray(self.values)[rng.integers(0, len(self.values), shape)]


FLAG = Choice(False, True)


def draw_shape(rng: np.random.Generator, most: int = 3, least: int = 0) -> tuple[int, ...]:
    """A shape of ``least`` to ``most`` axes of lengths 1 to 3, and now and then 0.

    >>> len(draw_shape(np.random.default_rng(0), most=2)) <= 2
    True
    """
    lengths = rng.integers(1, 4, rng.integers(least, most + 1))
    if rng.random() < 0.1:
        lengths[rng.random(len(lengths)) < 0.5] = 0
    return tuple([int(length) for length in lengths])
