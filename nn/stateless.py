"""Modules as functions of their parameters, for `ag.grad` and the other transforms."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from nn.module import Module


def functional_call(module: Module, parameters: Mapping[str, Any], args: Any, kwargs: Any = None) -> Any:
    """What ``module(*args, **kwargs)`` gives with other parameters and buffers; the module's own stay as they are.

    Parameters
    ----------
    module: any module.
    parameters: path -> Tensor or array, as ``dict(module.named_parameters())`` has them; what is left out keeps its
        own value. A parameter that has several places is replaced in all of them.
    args: a tuple of arguments, or the only one.
    kwargs: dict of arguments by name.

    Raises ArgumentError for a path that the module does not have, and for a value of another shape.

    The module holds the given values during the call: do not call it from two threads at once.

    >>> import autograd as ag, numpy as np, nn
    >>> model = nn.Linear(2, 1)
    >>> x = np.ones((3, 2), np.float32)
    >>> loss = lambda p: nn.functional_call(model, p, x).sum()
    >>> {path: g.shape for path, g in ag.grad(loss)(dict(model.named_parameters())).items()}
    {'weight': (1, 2), 'bias': (1,)}
    """
    with module.holding(parameters):
        return module(*(args if isinstance(args, tuple) else (args,)), **(kwargs or {}))
