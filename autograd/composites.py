"""`@composite`: functions composed of primitives, registered and tested like them, with no rules of their own.

What is a line of NumPy code needs no rule: given Tensors, its parts are recorded. A rule of its own is for
what would otherwise be slow, or wrong where intermediate results overflow or vanish.
"""

from __future__ import annotations

import functools
from collections.abc import Callable, Mapping
from typing import Any

import numpy as np

from autograd.errors import GlassgradError, RuleError
from autograd.primitives import Primitive, publish
from autograd.pullbacks import Rule, declared


def _no_rule() -> None:
    """What a composed function has in place of each rule."""


COMPOSED = Rule(_no_rule, (), (), joint=False)


class Composite(Primitive):
    """A registered function whose parts are recorded in its place: its derivative follows from theirs.

    ``no_gradient`` names the parameters that, though they may be real numbers, have no derivative.
    """

    def __init__(self, forward: Callable[..., Any], name: str, parameters: Mapping[str, Any], **facts: Any) -> None:
        no_gradient = facts.pop("no_gradient", ())
        super().__init__(forward, name, parameters, **facts)
        for argument in no_gradient:
            self._check_argument(argument)
        self.rules = {p: None if p in no_gradient else COMPOSED for p in self.parameters}

    def vjp(self, **rules: Callable[..., Any] | None) -> None:
        """A composed function takes no rules: raises RuleError."""
        raise RuleError(f"{self.name} is composed of primitives, which have the rules; to give it some, make it one.")


def composite(function: Callable[..., Any] | None = None, /, **options: Any) -> Any:
    """Register a function written in NumPy code that runs on arrays and on Tensors alike.

    Parameters
    ----------
    function: calls ``np.*`` functions and operators on its arguments; no assignment, no ``np.asarray`` of them.
    numpy: the NumPy function whose calls on Tensors it shall answer. Tests compare its values with that one's.
    also: names of further functions of NumPy of the same meaning, such as ``"linalg.outer"``.
    sequences, domain, arguments, samples: as for `primitive`.
    no_gradient: names of parameters that have no derivative.
    is_method: whether it is a method of Tensor; by default if its first parameter is ``x``.

    Raises RuleError where the declaration is wrong, when the module is imported.

    >>> import autograd as ag, numpy as np
    >>> from autograd.composites import composite
    >>> from autograd.spec import Real
    >>> @composite(domain=Real())
    ... def square_root_of_square(x):
    ...     return np.sqrt(x * x)
    >>> x = ag.tensor(-2.0, requires_grad=True)
    >>> square_root_of_square(x).backward(); x.grad
    Tensor(-1., dtype=float32)
    """
    if function is None:
        return lambda function: composite(function, **options)
    parameters, variadic, options["by_name"] = declared(function)
    if variadic:
        options |= {"variadic": True, "sequences": (*options.get("sequences", ()), *variadic)}
    is_method = options.pop("is_method", None)
    record = Composite(function, function.__name__, parameters, module=function.__module__, **options)

    @functools.wraps(function)
    def call(*args: Any, **kwargs: Any) -> Any:
        try:
            return function(*args, **kwargs)
        except (GlassgradError, IndexError, np.linalg.LinAlgError) as error:
            error.add_note(f"It was raised in {record.name}.")
            raise

    return publish(record, call, function.__doc__, None, is_method)
