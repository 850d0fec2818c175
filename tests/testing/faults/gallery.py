"""What a planted fault is, and how one is hung in the gallery."""

from __future__ import annotations

import functools
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import numpy as np

Inputs = Callable[[np.random.Generator], tuple[Any, ...]]


@dataclass(frozen=True)
class Fault:
    """A function with one mistake, and what a checker should say of it.

    Attributes
    ----------
    name: of what makes it.
    verdict: the code of what is wrong.
    says: a regular expression that the report has to match besides; empty if none.
    make: makes the function, once.
    inputs: what its author would try it with: float64 arrays and static arguments, drawn from a generator.
    order: at which it shows.
    torch: given the module ``torch``, the same function with the same mistake, of its tensors.
    why_not: why the mistake cannot be made there, where ``torch`` is None.
    elsewhere: inputs at which the gradient is visibly wrong or fails, where it is neither at ``inputs``.
    """

    name: str
    verdict: str
    says: str
    make: Callable[[], Any]
    inputs: Inputs
    order: int = 1
    torch: Callable[[Any], Any] | None = None
    why_not: str = ""
    elsewhere: Inputs | None = None

    def sample(self, seed: int = 0) -> tuple[Any, ...]:
        """The author's inputs, always the same."""
        return self.inputs(np.random.default_rng(seed))

    @property
    def about(self) -> str:
        """What the author overlooked."""
        return str(self.make.__doc__)


@dataclass(frozen=True)
class Sound:
    """A right function at inputs where a careless checker calls it wrong; the attributes are those of a Fault."""

    name: str
    make: Callable[[], Any]
    inputs: Inputs
    order: int = 1
    torch: Callable[[Any], Any] | None = None
    why_not: str = ""

    def sample(self, seed: int = 0) -> tuple[Any, ...]:
        """The inputs, always the same."""
        return self.inputs(np.random.default_rng(seed))

    @property
    def about(self) -> str:
        """What the trap is."""
        return str(self.make.__doc__)


FAULTS: list[Fault] = []
SOUND: list[Sound] = []


def fault(verdict: str, says: str = "", **facts: Any) -> Callable[[Callable[[], Any]], Callable[[], Any]]:
    """Hang what the decorated function makes in the gallery."""

    def plant(make: Callable[[], Any]) -> Callable[[], Any]:
        once = functools.cache(make)
        FAULTS.append(Fault(make.__name__, verdict, says, once, **facts))
        return once

    return plant


def sound(**facts: Any) -> Callable[[Callable[[], Any]], Callable[[], Any]]:
    """Add what the decorated function makes to what no checker may call wrong."""

    def add(make: Callable[[], Any]) -> Callable[[], Any]:
        once = functools.cache(make)
        SOUND.append(Sound(make.__name__, once, **facts))
        return once

    return add


# --- inputs ---------------------------------------------------------------------------------------------


def normal(*shapes: tuple[int, ...]) -> Inputs:
    """Arrays of standard normal numbers."""
    return lambda rng: tuple([np.asarray(rng.normal(size=shape)) for shape in shapes])


def between(low: float, high: float, *shapes: tuple[int, ...]) -> Inputs:
    """Arrays of numbers between two bounds."""
    return lambda rng: tuple([np.asarray(rng.uniform(low, high, shape)) for shape in shapes])


def both_signs(*shapes: tuple[int, ...]) -> Inputs:
    """Arrays of numbers in turn above and below zero, and away from it."""

    def draw(rng: np.random.Generator) -> tuple[Any, ...]:
        sizes = [rng.uniform(0.3, 2.0, shape) for shape in shapes]
        return tuple([size * (1 - 2 * (np.arange(size.size).reshape(size.shape) % 2)) for size in sizes])

    return draw


def exactly(*values: Any) -> Inputs:
    """These values, in arrays of their own where they are lists."""
    return lambda rng: tuple([np.array(value) if isinstance(value, list) else value for value in values])


# --- the same mistake in PyTorch ------------------------------------------------------------------------


def in_torch(forward: Callable[..., Any], backward: Callable[..., Any]) -> Callable[[Any], Any]:
    """What makes a ``torch.autograd.Function`` as its documentation shows it, once it is given the module ``torch``.

    Parameters
    ----------
    forward: takes the arguments.
    backward: takes the incoming gradient (a tuple, for several results) and the arguments; returns a gradient, or a
        tuple that has one for each of the first arguments.
    """

    def make(torch: Any) -> Any:
        saved = object()

        class Planted(torch.autograd.Function):
            @staticmethod
            def forward(ctx: Any, *args: Any) -> Any:
                out = forward(*args)
                ctx.save_for_backward(*[arg for arg in args if isinstance(arg, torch.Tensor)])
                ctx.given = [saved if isinstance(arg, torch.Tensor) else arg for arg in args]
                return out

            @staticmethod
            def backward(ctx: Any, *g: Any) -> Any:
                tensors = iter(ctx.saved_tensors)
                args = [next(tensors) if arg is saved else arg for arg in ctx.given]
                found = backward(g[0] if len(g) == 1 else g, *args)
                found = found if isinstance(found, tuple) else (found,)
                return (*found, *[None] * (len(args) - len(found)))

        return Planted.apply

    return make
