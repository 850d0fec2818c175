"""NumPy's protocols: how a call of a NumPy function on a Tensor becomes a call of ours, or an error that teaches."""

from __future__ import annotations

import inspect
from collections.abc import Callable
from typing import Any

import numpy as np

from autograd.errors import ArgumentError, DetachError, no_rule
from autograd.modes import hooks, is_grad_enabled
from autograd.registry import ops
from autograd.values import ArrayFacts, values_in


class Dispatch(ArrayFacts):
    """The part of Tensor that answers for it where NumPy's functions are called on it."""

    __slots__ = ()

    def __array_ufunc__(self, ufunc: np.ufunc, method: str, *inputs: Any, **options: Any) -> Any:
        if method == "__call__":
            function = ops.by_numpy.get(ufunc) or ops.find_late(ufunc)
            if function is not None:
                return function(*inputs) if not options else _with_options(ufunc, function, inputs, options)
        elif (ufunc, method) in ops.by_method:
            return ops.by_method[ufunc, method](*inputs, **options)
        elif method == "outer" and ufunc in ops.by_numpy:
            x, y = inputs
            return ufunc(np.reshape(x, np.shape(x) + (1,) * np.ndim(y)), y, **options)
        if ufunc in ops.plain:
            result = getattr(ufunc, method)(*values_in(inputs), **values_in(options))
            return result if hooks.cut is None else hooks.cut(ufunc.__name__, inputs, result)
        raise no_rule(ufunc, method)

    def __array_function__(self, function: Any, types: Any, args: tuple[Any, ...], kwargs: dict[str, Any]) -> Any:
        ours = ops.by_numpy.get(function)
        if ours is not None:
            if len(args) == 1 and not kwargs:
                return ours(*args)
            translation = _translations.get(function) or _translations.setdefault(function, Translation(function, ours))
            return translation(args, kwargs)
        if function in ops.plain:
            for name, value in [*enumerate(args), *kwargs.items()][1:]:
                if function in ops.plain_in_first and isinstance(value, ArrayFacts) and value.requires_grad:
                    raise DetachError(
                        f"numpy.{function.__name__} would cut its argument {name}, a Tensor that needs a gradient, "
                        "out of its graph; give it t.numpy() if that is meant."
                    )
            result = function(*values_in(args), **values_in(kwargs))
            return result if hooks.cut is None else hooks.cut(function.__name__, args, result)
        raise no_rule(function)


# --- ufuncs ---------------------------------------------------------------------------------------------


def _with_options(ufunc: np.ufunc, function: Callable[..., Any], inputs: tuple[Any, ...], options: Any) -> Any:
    """``ufunc(*inputs, out=, where=, dtype=)``: where a Tensor is written into, its new values are in the graph."""
    name = f"numpy.{ufunc.__name__}" if getattr(np, ufunc.__name__, None) is ufunc else ufunc.__name__
    outs = options.pop("out", (None,))
    if len(outs) > 1:
        raise ArgumentError(f"{name} on a Tensor takes no out= for several results; use those that it returns.")
    (out,) = outs
    where, dtype = options.pop("where", True), options.pop("dtype", None)
    if options:
        raise ArgumentError(f"{name} on a Tensor takes no {', '.join(options)}=; it takes out=, where= and dtype=.")
    if out is None and where is not True:
        raise ArgumentError(
            f"{name} on a Tensor: where= without out= would leave the other elements unset, whatever lay in memory. "
            f"Write ag.where(mask, {ufunc.__name__}(x), other)."
        )
    if isinstance(out, np.ndarray):
        if is_grad_enabled() and any(isinstance(x, ArrayFacts) and x.requires_grad for x in inputs):
            raise DetachError(
                f"{name} cannot write a Tensor's value into an array (`array += tensor`, `out=array`): "
                "the gradient would be lost. Write `array = array + tensor`, or add `tensor.numpy()`."
            )
        return ufunc(*values_in(inputs), out=out, where=values_in(where), dtype=dtype)
    if dtype is not None:
        inputs = tuple([x.astype(dtype) if isinstance(x, ArrayFacts) else np.asarray(x, dtype) for x in inputs])
    result = function(*inputs)
    if out is None:
        return result
    out[...] = result if where is True else np.where(where, result, out)
    return out


# --- functions ------------------------------------------------------------------------------------------

_RENAMED = {"a_min": "min", "a_max": "max"}  # parameters of NumPy's with a second name, which is ours
_MISSING = inspect.Parameter.empty


class Translation:
    """How a call by the parameters of NumPy's function becomes one by ours.

    Ours leave out what has no meaning for Tensors (``out=``, ``order=``) and name arrays by their part in the
    formula. Parameters of one name are the same; the others that must be given follow in NumPy's order. What ours
    lack may be given with NumPy's own default, and is an error otherwise.
    """

    def __init__(self, function: Callable[..., Any], ours: Callable[..., Any]) -> None:
        self.name = f"{function.__module__}.{function.__name__}"
        self.ours = ours
        parameters = inspect.signature(ours).parameters
        self.known = frozenset(parameters)
        try:
            self.signature: inspect.Signature | None = inspect.signature(function)
        except ValueError:  # some versions of NumPy tell nothing of functions that are written in C
            self.signature = None
            return
        theirs = list(self.signature.parameters)
        required = iter([p for p, facts in parameters.items() if facts.default is _MISSING and p not in theirs])
        self.names = {p: p if p in parameters else _RENAMED.get(p) or next(required, "") for p in theirs}
        pairs = zip(self.names.values(), parameters, strict=False)
        self.alike = next((i for i, (a, b) in enumerate(pairs) if a != b), min(len(theirs), len(parameters)))
        if any(p.kind is p.VAR_POSITIONAL for p in parameters.values()):
            self.signature = None

    def __call__(self, args: tuple[Any, ...], kwargs: dict[str, Any]) -> Any:
        """What ours gives for NumPy's arguments; raises ArgumentError for those that it lacks."""
        if self.signature is None or (len(args) <= self.alike and kwargs.keys() <= self.known):
            return self.ours(*args, **kwargs)
        given: dict[str, Any] = {}
        lacking = []
        for name, value in self.signature.bind(*args, **kwargs).arguments.items():
            default = self.signature.parameters[name].default
            if value is default:
                continue
            if self.names[name] in self.known:
                given[self.names[name]] = value
            elif value is not None:
                lacking.append(f"{name}=")
        if lacking:
            raise ArgumentError(
                f"{self.name} on a Tensor takes no {', '.join(lacking)}; it takes {', '.join(sorted(self.known))}."
            )
        return self.ours(**given)


_translations: dict[Callable[..., Any], Translation] = {}
