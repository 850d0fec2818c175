"""Errors that carry the facts: the operation, what it was given, what it wanted, and what to do."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from functools import wraps
from typing import Any, TypeVar, cast

import numpy as np

__all__ = [
    "ArgumentError",
    "DetachError",
    "DtypeError",
    "GlassgradError",
    "GradientCheckError",
    "GradientError",
    "GradientShapeError",
    "NoRuleError",
    "NonFiniteError",
    "RuleError",
    "ShapeError",
    "SurpriseWarning",
]

AnyFunction = TypeVar("AnyFunction", bound=Callable[..., Any])


class GlassgradError(Exception):
    """Base of every error that this library raises on purpose.

    >>> import autograd as ag
    >>> try:
    ...     ag.ones(2) + ag.ones(3)
    ... except ag.errors.GlassgradError as error:
    ...     type(error).__name__
    'ShapeError'
    """


class ArgumentError(GlassgradError, ValueError):
    """An argument's value does not fit an operation.

    >>> import autograd as ag
    >>> ag.zeros(-1)
    Traceback (most recent call last):
    autograd.errors.ArgumentError: shape -1: want lengths of axes, such as ag.zeros(2, 3).
    """


class ShapeError(ArgumentError):
    """Shapes do not fit an operation.

    >>> import autograd as ag
    >>> ag.ones(2) + ag.ones(3)
    Traceback (most recent call last):
    autograd.errors.ShapeError: add(x: (2,) float32, y: (3,) float32): the shapes do not broadcast: ...
    """


class DtypeError(GlassgradError, TypeError):
    """A dtype that an operation cannot work with.

    >>> import autograd as ag
    >>> ag.tensor(1j)
    Traceback (most recent call last):
    autograd.errors.DtypeError: tensor(1j): complex128: Complex numbers are not supported; ...
    """


class GradientError(GlassgradError, RuntimeError):
    """A gradient cannot be computed, or would be wrong.

    >>> import autograd as ag
    >>> ag.tensor(1.0).backward()
    Traceback (most recent call last):
    autograd.errors.GradientError: backward of a tensor that needs no gradient: ...
    """


class NonFiniteError(GlassgradError, FloatingPointError):
    """Under ``ag.debug()``: a value or a gradient became NaN or infinite.

    >>> import autograd as ag
    >>> with ag.debug():
    ...     ag.log(ag.tensor(0.0))
    Traceback (most recent call last):
    autograd.errors.NonFiniteError: log: the result is not finite, though all operands are. ...
    """


class SurpriseWarning(UserWarning):
    """Something that is allowed, and that often is not what was meant: mostly under ``ag.debug()``.

    >>> import autograd as ag, warnings
    >>> with warnings.catch_warnings(), ag.debug():
    ...     warnings.simplefilter("error")
    ...     ag.tensor(float("nan")) + 1
    Traceback (most recent call last):
    autograd.errors.SurpriseWarning: ...
    """


class DetachError(GlassgradError, TypeError):
    """The operation would cut a tensor out of its graph without a word.

    >>> import autograd as ag, numpy as np
    >>> np.asarray(ag.tensor(1.0, requires_grad=True))
    Traceback (most recent call last):
    autograd.errors.DetachError: turning a Tensor that needs a gradient into an array would cut it ...
    """


class NoRuleError(GlassgradError, TypeError):
    """A NumPy function that has no derivative rule was given a Tensor.

    >>> import autograd as ag, numpy as np
    >>> np.fft.fft(ag.ones(2))
    Traceback (most recent call last):
    autograd.errors.NoRuleError: numpy.fft.fft has no derivative rule, so it cannot be given a Tensor. ...
    """


class RuleError(GlassgradError, TypeError):
    """A primitive or one of its derivative rules is declared wrongly.

    >>> import autograd as ag
    >>> ag.elementwise(lambda x: x**3, name="cube")
    Traceback (most recent call last):
    autograd.errors.RuleError: cube.vjp: no rule for x; give one, or write x=None if it has no derivative.
    """


class GradientShapeError(RuleError, ShapeError):
    """A derivative rule returned a gradient of another shape than its argument has.

    Attributes
    ----------
    primitive, arguments: whose rule it is.
    given, expected: shapes.

    >>> import autograd as ag
    >>> @ag.primitive
    ... def total(x):
    ...     return x.sum()
    >>> total.vjp(x=lambda g: g)
    >>> try:
    ...     total(ag.ones(2, requires_grad=True)).backward()
    ... except ag.errors.GradientShapeError as error:
    ...     error.primitive, error.arguments, error.given, error.expected
    ('total', ('x',), (), (2,))
    """

    def __init__(
        self,
        primitive: str,
        arguments: tuple[str, ...],
        given: tuple[int, ...],
        expected: tuple[int, ...],
        message: str = "",
    ) -> None:
        self.primitive, self.arguments, self.given, self.expected = primitive, arguments, given, expected
        super().__init__(
            message
            or f"{primitive}.vjp({' or '.join(f'{name}=...' for name in arguments)}) returned a gradient of shape "
            f"{given} for an argument of shape {expected}. A rule returns one of its argument's shape; only "
            "elementwise primitives may leave broadcasting to the engine. A constant is written g * c."
        )


class GradientCheckError(GlassgradError, AssertionError):
    """A gradient check found something wrong: ``report`` holds all of it.

    >>> import autograd as ag
    >>> square = ag.elementwise(lambda x: x * x, name="square", x=lambda g, x: g * x)
    >>> try:
    ...     ag.gradcheck(square, 3.0)
    ... except ag.errors.GradientCheckError as error:
    ...     error.report.findings[0].verdict
    'constant factor'
    """

    def __init__(self, report: Any) -> None:
        super().__init__(str(report))
        self.report = report


def without(**remedies: str) -> Callable[[AnyFunction], AnyFunction]:
    """A decorator of a function that lacks some of the keywords that it has elsewhere: an error says what to write.

    Parameters
    ----------
    remedies: for each of them, what to do.

    >>> @without(dim="write axis=1")
    ... def largest(x, axis):
    ...     return x.max(axis)
    >>> largest(np.zeros((2, 3)), dim=1)
    Traceback (most recent call last):
    TypeError: largest: there is no dim=: write axis=1.
    """

    def decorate(function: AnyFunction) -> AnyFunction:
        @wraps(function)
        def checked(*args: Any, **kwargs: Any) -> Any:
            for keyword in kwargs:
                if keyword in remedies:
                    name = type(args[0]).__name__ if function.__name__ == "__init__" else function.__name__
                    raise TypeError(f"{name}: there is no {keyword}=: {remedies[keyword]}.")
            return function(*args, **kwargs)

        return cast(AnyFunction, checked)

    return decorate


def describe(value: Any) -> str:
    """What a value looks like from outside: ``(2, 3) float32`` for arrays, its repr otherwise.

    >>> import numpy as np
    >>> describe(np.zeros((2, 3)))
    '(2, 3) float64'
    >>> describe(3)
    '3'
    """
    shape, dtype = getattr(value, "shape", None), getattr(value, "dtype", None)
    if isinstance(shape, tuple) and dtype is not None:
        return f"{shape} {dtype}"
    if isinstance(value, (list, tuple)) and any(hasattr(item, "shape") for item in value):
        return "[" + ", ".join(describe(item) for item in value) + "]"
    text = repr(value)
    return text if len(text) <= 60 else text[:57] + "..."


def describe_call(name: str, arguments: Mapping[str, Any]) -> str:
    """A call as a user would write it: ``matmul(x: (2, 3) float32, y: (2, 3) float32)``.

    >>> describe_call("sum", {"axis": 0})
    'sum(axis: 0)'
    """
    return f"{name}({', '.join(f'{key}: {describe(value)}' for key, value in arguments.items())})"


def operation_failed(name: str, arguments: Mapping[str, Any], error: Exception) -> Exception:
    """The error to raise where NumPy refused an operation: the same facts, and what to do.

    >>> import numpy as np
    >>> print(operation_failed("add", {"x": np.ones((2, 3)), "y": np.ones(2)}, ValueError("broadcast")))
    add(x: (2, 3) float64, y: (2,) float64): the shapes do not broadcast: axis -1 has length 3 in one \
and 2 in the other. Lengths must be equal or 1, counted from the last axis; reshape, transpose or \
expand_dims one of them.
    """
    call = describe_call(name, arguments)
    if isinstance(error, ValueError) and "broadcast" in str(error):
        clash = _broadcast_clash([getattr(value, "shape", ()) for value in arguments.values()])
        if clash:
            return ShapeError(f"{call}: {clash}")
    if "core dimension" in str(error) and arguments.keys() == {"x", "y"}:
        return ShapeError(
            f"{call}: the lengths that are summed over differ. The last axis of x must be as long as the last but one "
            "of y (a vector's only one); transpose or reshape one of them."
        )
    others = [f"{key} is {describe(value)}" for key, value in arguments.items() if _is_no_number(value)]
    if isinstance(error, TypeError) and others:
        return DtypeError(f"{call}: {' and '.join(others)}, which is no number and no array of numbers.")
    message = f"{call}: {error}"
    if str(error) == "tuple index out of range":  # an axis that NumPy has looked up in a shape
        axes = [f"{key} has {len(value.shape)} axes" for key, value in arguments.items() if hasattr(value, "shape")]
        return np.exceptions.AxisError(f"{call}: an axis is out of bounds: {', '.join(axes)}.")
    if isinstance(error, (IndexError, np.linalg.LinAlgError)):
        return type(error)(message)
    return DtypeError(message) if isinstance(error, TypeError) else ArgumentError(message)


def _is_no_number(value: Any) -> bool:
    return value is None or isinstance(value, (str, bytes, dict, set)) or type(value) is object


def _broadcast_clash(shapes: list[tuple[int, ...]]) -> str:
    """Which axis keeps shapes from broadcasting, and the remedy; empty where they do broadcast."""
    for axis in range(1, max(map(len, shapes), default=0) + 1):
        lengths = {shape[-axis] for shape in shapes if len(shape) >= axis} - {1}
        if len(lengths) > 1:
            first, second = list(dict.fromkeys(s[-axis] for s in shapes if len(s) >= axis and s[-axis] != 1))[:2]
            return (
                f"the shapes do not broadcast: axis -{axis} has length {first} in one and {second} in the other. "
                "Lengths must be equal or 1, counted from the last axis; reshape, transpose or expand_dims "
                "one of them."
            )
    return ""


_REAL = {"eig": "eigh", "eigvals": "eigvalsh"}  # functions of matrices, and those of the same meaning that stay real


def no_rule(function: Callable[..., Any], method: str = "__call__") -> NoRuleError:
    """The error for a NumPy function without a rule: its name, and the lines that would add one."""
    short = getattr(function, "__name__", str(function))
    module = getattr(function, "__module__", None) or ("numpy" if getattr(np, short, None) is function else "")
    name = f"{module}.{short}" if module else short
    if method != "__call__":
        return NoRuleError(
            f"{name}.{method} is not supported on Tensors: use functions that have rules, such as ag.add_at for "
            "add.at, or t.numpy() where no gradient is wanted."
        )
    hint = f" Its results may be complex; np.linalg.{_REAL[short]} is for symmetric matrices." if short in _REAL else ""
    return NoRuleError(
        f"{name} has no derivative rule, so it cannot be given a Tensor.{hint} Give it `t.numpy()` where no "
        f"gradient is wanted, or teach it to glassgrad:\n\n"
        f"    @ag.primitive(numpy={name})\n"
        f"    def {short}(x): return {name}(x)\n"
        f"    {short}.vjp(x=lambda g, x: ...)   # the incoming gradient times d{short}/dx\n"
    )
