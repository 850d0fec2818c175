"""Where a number that is not finite came from: the operation that made it, found by computing it again."""

from __future__ import annotations

import warnings
from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager
from typing import Any

import numpy as np

import autograd as ag
from nn.module import Module

__all__ = ["origin_of_not_finite"]


def origin_of_not_finite(
    model: Module, args: tuple[Any, ...], kwargs: dict[str, Any], loss: Callable[..., Any] | None, targets: Any
) -> str:
    """One sentence on what is not finite first: the inputs, the weights, or the result of an operation.

    The model is called again as it was, under `ag.debug`, and then the loss, if known; all that this could change is
    put back: buffers and the states of generators. An empty string is the result where all is finite.
    """
    for number, value in enumerate(args):
        if not _is_finite(value):
            return f"Input {number} of the model is not finite: the data has NaN or infinite numbers."
    broken = [path for path, parameter in model.named_parameters() if not _is_finite(parameter)]
    if broken:
        others = f" and {len(broken) - 1} more" if len(broken) > 1 else ""
        return f"The weights are not finite themselves, {broken[0]}{others}: the update before ruined them."
    try:
        with warnings.catch_warnings(), np.errstate(all="ignore"), unchanged(model), ag.no_grad():
            warnings.simplefilter("ignore")
            with ag.debug():
                output = model(*args, **kwargs)
                if loss is not None and targets is not None:
                    loss(output, targets)
    except ag.errors.NonFiniteError as error:
        return "\n".join(line.strip() for line in str(error).splitlines())
    except Exception:  # a loss with other arguments: whatever it raises, the training goes on as without the doctor
        return ""
    return ""


@contextmanager
def unchanged(model: Module) -> Iterator[None]:
    """A block in which the model has copies of its buffers, after which every generator is as it was."""
    found = [ag.default_generator()]
    found += [value for module in model.modules() for value in vars(module).values() if _draws(value)]
    generators = list({id(generator): generator for generator in found}.values())
    states = [generator.bit_generator.state for generator in generators]
    with ExitStack() as stack:
        buffers = {path: np.array(buffer.data) for path, buffer in model.named_buffers()}
        stack.enter_context(model.holding(buffers))
        try:
            yield
        finally:
            for generator, state in zip(generators, states, strict=True):
                generator.bit_generator.state = state


def _draws(value: Any) -> bool:
    return isinstance(value, np.random.Generator)


def _is_finite(value: Any) -> bool:
    array = ag.value_of(value)
    return not isinstance(array, np.ndarray) or array.dtype.kind != "f" or bool(np.isfinite(array).all())
