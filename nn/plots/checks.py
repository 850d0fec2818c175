"""Checks that several pictures make of what they are given."""

from __future__ import annotations

import numpy as np

import autograd as ag


def check_finite(function: str, **arrays: np.ndarray) -> None:
    """Raise ArgumentError where a number of an array is NaN or infinite.

    >>> check_finite("plot", counts=np.array([[1.0, 2.0], [np.nan, 0.0]]))
    Traceback (most recent call last):
    ...
    autograd.errors.ArgumentError: plot: 1 of the 4 numbers in counts is not finite: nan at (1, 0). Leave it out...
    """
    for name, array in arrays.items():
        if array.dtype.kind == "f" and not np.isfinite(array).all():
            places = np.argwhere(~np.isfinite(array))
            at = tuple(places[0].tolist())
            several = len(places) > 1
            raise ag.errors.ArgumentError(
                f"{function}: {len(places)} of the {array.size} numbers in {name} {'are' if several else 'is'} not "
                f"finite: {array[at]} at {at}{', and others' * several}. Leave {'them' if several else 'it'} out, or "
                "see where it comes from: `with ag.debug():` around what computed it."
            )
