"""What calls of a model change beside their results: the states of random generators, and buffers."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from typing import TYPE_CHECKING, Any

import numpy as np

import autograd as ag

if TYPE_CHECKING:
    from nn.module import Module

DEFAULT = "default"


def random_states(model: Module) -> dict[str, Any]:
    """The state of every generator that a model draws from, by where it is: the default one, and those of modules.

    >>> import nn
    >>> model = nn.Sequential(nn.Dropout(0.5, rng=np.random.default_rng(0)))
    >>> list(random_states(model))
    ['default', '0.rng']
    """
    return {place: generator.bit_generator.state for place, generator in _generators(model)}


def set_random_states(model: Module, states: Mapping[str, Any]) -> None:
    """Put generators back to where `random_states` found them, so that the same draws follow.

    Raises ArgumentError where the model has other generators.
    """
    generators = dict(_generators(model))
    if generators.keys() != states.keys():
        raise ag.errors.ArgumentError(
            f"the random states saved are of {', '.join(states)}; the model has generators at {', '.join(generators)}. "
            "Build the model as it was built for the run that was saved."
        )
    for place, generator in generators.items():
        try:
            generator.bit_generator.state = states[place]
        except (ValueError, TypeError, KeyError) as error:
            raise ag.errors.ArgumentError(f"the random state of {place} does not fit: {error}.") from error


@contextmanager
def unchanged(model: Module) -> Iterator[None]:
    """A block in which the model has copies of its buffers, after which every generator is where it was.

    >>> import nn
    >>> norm, x = nn.BatchNorm1d(2), ag.randn(4, 2)
    >>> with unchanged(norm):
    ...     _ = norm(x)
    >>> norm.num_batches_tracked.item()
    0
    """
    states = random_states(model)
    try:
        with model.holding({path: np.array(buffer.data) for path, buffer in model.named_buffers()}):
            yield
    finally:
        set_random_states(model, states)


def _generators(model: Module) -> Iterator[tuple[str, np.random.Generator]]:
    yield DEFAULT, ag.default_generator()
    for path, module in model.named_modules():
        for name, value in vars(module).items():
            if isinstance(value, np.random.Generator):
                yield f"{path}.{name}" if path else name, value
