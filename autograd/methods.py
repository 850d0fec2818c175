"""Where Tensor gets the methods and operators that come with registered functions.

The class is empty in the source: each function that is registered enters itself here, and `methods.pyi`,
generated from the registry, tells editors and type checkers what is there.
"""

from __future__ import annotations


class RegisteredMethods:
    """Methods and operators of Tensor that are registered functions of the same name."""

    __slots__ = ()
