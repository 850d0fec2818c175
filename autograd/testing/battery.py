"""`check`: every contract, on calls that Hypothesis draws."""

from __future__ import annotations

import warnings
from typing import Any

import numpy as np
from hypothesis import HealthCheck, Phase, given, settings

from autograd.errors import RuleError
from autograd.primitives import Primitive
from autograd.tensors import Tensor
from autograd.testing.cases import Case
from autograd.testing.contracts import CONTRACTS
from autograd.testing.strategies import cases, generators


def check(function: Any, contracts: tuple[str, ...] = tuple(CONTRACTS), max_examples: int | None = None) -> None:
    """Check a primitive against finite differences, at first and second order, and for all it must keep to.

    Parameters
    ----------
    function: a primitive's function, or its record from ``ag.ops``.
    contracts: which of ``CONTRACTS`` to check.
    max_examples: how many calls to draw; by default the current Hypothesis profile's number.

    Raises AssertionError with the smallest failing call that was found, as code.

    >>> import autograd as ag, numpy as np
    >>> from autograd.testing import check
    >>> cube = ag.elementwise(lambda x: x ** 3, name="cube", x=lambda g, x: g * 3 * x ** 2)
    >>> check(cube, max_examples=5)
    """
    primitive = function if isinstance(function, Primitive) else getattr(function, "primitive", None)
    if primitive is None:
        raise RuleError(f"check: {function!r} is no primitive; decorate it with @ag.primitive and give it rules.")

    counts = {"drawn": 0, "checked": 0}

    @settings(
        settings.default if max_examples is None else settings(max_examples=max_examples),
        deadline=None,
        phases=[phase for phase in settings().phases if phase is not Phase.explain],  # the slowest by far
        suppress_health_check=list(HealthCheck),
    )
    @given(case=cases(primitive), rng=generators())
    def battery(case: Case, rng: np.random.Generator) -> None:
        counts["drawn"] += 1
        with np.errstate(all="ignore"), warnings.catch_warnings():
            warnings.simplefilter("ignore", RuntimeWarning)  # NumPy's words on the mean of nothing
            if is_refused(case) or not is_finite(case):
                return
            counts["checked"] += 1
            for name in contracts:
                CONTRACTS[name](case, rng)

    battery()
    if 2 * counts["checked"] < counts["drawn"]:
        raise AssertionError(
            f"check: of {counts['drawn']} calls of {primitive.name} that were drawn, NumPy refused all but "
            f"{counts['checked']}; its domain=, arguments= or samples= do not fit it."
        )


def is_refused(case: Case) -> bool:
    """Whether NumPy itself refuses the call, such as the largest of no elements; then Tensors are refused too."""
    try:
        case.plain_values()
    except ValueError:
        tensors = case.with_arrays([Tensor(array, requires_grad=True) for array in case.arrays])
        try:
            tensors.outputs()
        except ValueError:
            return True
        raise AssertionError(f"refused on arrays but not on Tensors: {case!r}") from None
    return False


def is_finite(case: Case) -> bool:
    """Whether the call has a finite result; the variance of one element, with ``ddof=1``, has none."""
    return all(bool(np.isfinite(value).all()) for value in case.plain_values())
