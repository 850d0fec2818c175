"""Functions that SciPy makes of its ufuncs in Python, which turns arguments into arrays, and so refuses Tensors."""

from __future__ import annotations

import math
from typing import Any

import numpy as np

from autograd.composites import composite
from autograd.errors import ArgumentError, describe_call
from autograd.primitives import primitive
from autograd.rules._scipy import scipy
from autograd.rules.elementwise import POSITIVE
from autograd.spec import Choice, Real
from autograd.values import value_of


@primitive(elementwise=True, domain=(Choice(0, 1, 2), POSITIVE))
def polygamma(n: Any, x: Any) -> Any:
    """The ``n``-th derivative of the digamma function, for integers n >= 0: (...), (...) -> (...).

    It is computed by SciPy, and imports it.

    >>> import autograd as ag
    >>> x = ag.tensor(1.0, requires_grad=True)
    >>> out = ag.polygamma(1, x); out.backward(); round(out.item(), 4), round(x.grad.item(), 4)
    (1.6449, -2.4041)
    """
    x = np.asarray(x)
    return scipy("special").polygamma(n, x).astype(x.dtype if x.dtype.kind == "f" else np.float64)[()]


polygamma.vjp(n=None, x=lambda g, n, x: g * polygamma(np.add(n, 1), x))


def _scipys_multigammaln(a: Any, d: int) -> Any:
    return scipy("special").multigammaln(a, d)


@composite(reference=_scipys_multigammaln, domain=Real(1.2, 4.0), arguments={"d": Choice(1, 2, 3)})
def multigammaln(a: Any, d: int) -> Any:
    """Logarithm of the gamma function of ``d`` dimensions: (...) -> (...), for a > (d - 1) / 2 and d = 1, 2, ...

    ``d * (d - 1) / 4 * log(pi) + sum(gammaln(a - i / 2) for i in range(d))``. It imports SciPy. Raises ArgumentError
    for other arguments.

    >>> import autograd as ag
    >>> a = ag.tensor(2.0, requires_grad=True)
    >>> out = ag.multigammaln(a, 2); out.backward(); round(out.item(), 4), round(a.grad.item(), 4)
    (0.4516, 0.4593)
    """
    if d < 1 or int(d) != d or not np.all(np.greater(value_of(a), (d - 1) / 2)):
        raise ArgumentError(
            f"{describe_call('multigammaln', {'a': a, 'd': d})}: want d = 1, 2, ... and a > (d - 1) / 2."
        )
    gammaln = scipy("special").gammaln
    return sum([gammaln(np.subtract(a, i / 2)) for i in range(int(d))]) + d * (d - 1) / 4 * math.log(math.pi)
