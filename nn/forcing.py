"""How often a decoder is shown the right tokens while it learns: schedules of teacher forcing."""

from __future__ import annotations

import math

import autograd as ag
from nn.kernels.checks import check_probability

_LEAST = {"constant": 0.0, "linear": 0.0, "exponential": 0.0, "inverse sigmoid": 1.0}
_MOST = {"constant": 1.0, "linear": math.inf, "exponential": 1.0, "inverse sigmoid": math.inf}


class TeacherForcing:
    """The probability with which a decoder is shown the right token, and not its own, at a step of training.

    A decoder that has only seen right tokens does not know what to do after a mistake of its own; so in the course of
    training it is left to itself more and more. Bengio et al., "Scheduled sampling for sequence prediction with
    recurrent neural networks", 2015.

    Parameters
    ----------
    shape: how the probability falls with the number i of the step, 0, 1, ...: ``"constant"``, k; ``"linear"``,
        1 - k i; ``"exponential"``, k ** i; ``"inverse sigmoid"``, k / (k + exp(i / k)), which is 1/2 at i = k log(k).
    k: from 0 to 1; for linear at least 0; for inverse sigmoid at least 1.
    least: where the probability stops to fall, 0 to 1.

    ``forcing(step)`` is the probability. Raises ArgumentError for arguments out of range.

    >>> forcing = TeacherForcing("inverse sigmoid", k=100)
    >>> [round(forcing(step), 2) for step in (0, 200, 460, 800)]
    [0.99, 0.93, 0.5, 0.03]
    >>> [TeacherForcing("linear", k=0.25, least=0.1)(step) for step in range(5)]
    [1.0, 0.75, 0.5, 0.25, 0.1]
    """

    def __init__(self, shape: str = "constant", k: float = 1.0, least: float = 0.0) -> None:
        if shape not in _LEAST:
            raise ag.errors.ArgumentError(
                f"TeacherForcing: shape={shape!r}; want one of {', '.join(map(repr, _LEAST))}."
            )
        if not _LEAST[shape] <= k <= _MOST[shape]:
            most = "" if _MOST[shape] == math.inf else f" and at most {_MOST[shape]:g}"
            raise ag.errors.ArgumentError(
                f"TeacherForcing: k={k!r}; want a number of at least {_LEAST[shape]:g}{most} for {shape!r}."
            )
        check_probability("TeacherForcing", least=least)
        self.shape = shape
        self.k = float(k)
        self.least = float(least)

    def __call__(self, step: int) -> float:
        """The probability at a step, counted from 0."""
        k = self.k
        if self.shape == "constant":
            p = k
        elif self.shape == "linear":
            p = 1 - k * step
        elif self.shape == "exponential":
            p = k**step
        else:
            p = 1 / (1 + math.exp(min(step / k - math.log(k), 700.0)))  # as in the formula, without overflow
        return max(p, self.least)

    def __repr__(self) -> str:
        return f"TeacherForcing({self.shape!r}, {self.k}, {self.least})"
