"""Calls as source code that can be pasted and run."""

from __future__ import annotations

import inspect
import sys
from typing import Any

import numpy as np

from autograd.tensors import Tensor
from autograd.testing.case import Case
from autograd.testing.subjects import STATE, Call
from autograd.testing.variants import layout_of
from autograd.values import value_of


def as_code(call: Call, order: int = 1) -> str:
    """Lines that check a call, and at order 2 the derivative of its rule.

    >>> import autograd as ag
    >>> print(as_code(Case(ag.ops["multiply"], (np.array([2.0]), 3.0), {})))
    import autograd as ag, numpy as np
    ag.gradcheck(ag.multiply, (np.array([2.0]), 3.0))
    """
    setup: list[str] = []
    if call.module is not None:
        kind = type(call.module)
        setup = [f"from {kind.__module__} import {kind.__qualname__}"]
        name = f"{kind.__qualname__}({'...' if _needs_arguments(kind) else ''})"
    elif isinstance(call, Case) and call.primitive.is_ours:
        name = f"ag.{call.primitive.name}"
    else:
        name, setup = _imported(call.function, call.name)
    text = f"({', '.join(map(code_of, call.args))}{',' if len(call.args) == 1 else ''})"
    named = ", ".join([f"{key!r}: {code_of(value)}" for key, value in call.kwargs.items() if key != STATE])
    options = f"{f', kwargs={{{named}}}' if named else ''}{', order=2' if order == 2 else ''}"
    check = f"ag.gradcheck({name}, {text}{options})"
    layouts = ["from autograd.testing import in_layout"] if "in_layout" in check else []
    return "\n".join(["import autograd as ag, numpy as np", *layouts, *setup, check])


def _needs_arguments(function: Any) -> bool:
    kinds = (inspect.Parameter.VAR_POSITIONAL, inspect.Parameter.VAR_KEYWORD)
    return any(p.default is p.empty and p.kind not in kinds for p in inspect.signature(function).parameters.values())


def _imported(function: Any, name: str) -> tuple[str, list[str]]:
    """What to call a function by, and the line that imports it; a remark where it has no name in a module."""
    module = getattr(function, "__module__", None) or ""
    names = [key for key, value in vars(sys.modules.get(module, sys)).items() if value is function]
    if names:
        return names[0], [f"from {module} import {names[0]}"]
    name = name if name.isidentifier() else "f"
    return name, [f"# {name} is a function of {module or 'your program'} that has no name there"]


def code_of(value: Any) -> str:
    """A value as Python source; an array in the same arrangement in memory.

    >>> code_of([np.zeros((0, 2)), np.array([1.0, 2.0])[::-1]])
    "[np.zeros((0, 2)), in_layout(np.array([2.0, 1.0]), 'negative')]"
    """
    if isinstance(value, Tensor):
        return f"ag.tensor({code_of(value_of(value))})"
    if isinstance(value, np.ndarray):
        layout = layout_of(value)
        return _array(value) if layout == "C" else f"in_layout({_array(value)}, {layout!r})"
    if isinstance(value, float) and not np.isfinite(value):
        return f"np.{value}"
    if isinstance(value, np.dtype):
        return f"np.dtype({value.str!r})"
    if isinstance(value, type) and value.__module__ == "numpy":
        return f"np.{value.__name__}"
    if isinstance(value, np.generic):
        return f"np.{value.dtype}({value.item()!r})"
    if isinstance(value, (list, tuple)):
        items = ", ".join(map(code_of, value))
        return f"[{items}]" if isinstance(value, list) else f"({items}{',' if len(value) == 1 else ''})"
    if isinstance(value, dict):
        return "{" + ", ".join(f"{key!r}: {code_of(item)}" for key, item in value.items()) + "}"
    return repr(value)


def _array(array: np.ndarray) -> str:
    dtype = "" if array.dtype in (np.float64, np.int64, np.bool_) else f", dtype='{array.dtype}'"
    if not array.size:
        return (
            f"np.zeros({array.shape}{dtype})"
            if array.dtype == np.float64
            else f"np.zeros({array.shape}, '{array.dtype}')"
        )
    return f"np.array({array.tolist()!r}{dtype})".replace("nan", "np.nan").replace("inf", "np.inf")
