"""Derivatives of sin(u) / u, of every order, exact near 0 too."""

from __future__ import annotations

import math
from typing import Any

import numpy as np


def sinc_derivative(x: Any, n: int) -> Any:
    """The ``n``-th derivative of ``sin(pi x) / (pi x)``: (...) -> (...), for n >= 0.

    With ``u = pi x`` it is ``pi**n f_n(u)``, where ``f_n(u)`` is the integral of ``t**n cos(u t + n pi / 2)`` for t
    from 0 to 1. By parts ``u f_n = sin(u + n pi / 2) - n f_(n-1)``, which is divided by u away from 0; near 0,
    where it would cancel, the integral is taken of cosine's power series, term by term. Both lose few digits at
    ``n / e``, where they meet.

    >>> sinc_derivative(np.array([0.0, 1.0]), 2).round(6).tolist()
    [-3.289868, 2.0]
    """
    u = math.pi * np.asarray(x)
    limit = max(1.0, n / math.e)
    near = np.abs(u) < limit
    f = np.where(near, _by_series(np.where(near, u, 0), n, limit), _by_parts(np.where(near, limit, u), n))
    return math.pi**n * f


def _by_parts(u: Any, n: int) -> Any:
    sine, cosine = np.sin(u), np.cos(u)
    turned = (sine, cosine, -sine, -cosine)  # sin(u + m pi / 2)
    f = sine / u
    for m in range(1, n + 1):
        f = (turned[m % 4] - m * f) / u
    return f


def _by_series(u: Any, n: int, limit: float) -> Any:
    """The sum of ``(-1)**((m + n) / 2) u**m / (m! (m + n + 1))`` over the m of n's parity."""
    coefficients = []
    m = n % 2
    while limit**m > 1e-18 * math.factorial(m):
        coefficients.append((-1) ** ((m + n) // 2) / (math.factorial(m) * (m + n + 1)))
        m += 2
    square, out = u * u, np.zeros_like(u)
    for coefficient in reversed(coefficients):
        out = out * square + coefficient
    return out * u if n % 2 else out
