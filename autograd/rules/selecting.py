"""Selecting: elements for which a condition holds, and choices between arrays element by element."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any

import numpy as np

from autograd.composites import composite
from autograd.errors import ArgumentError, DtypeError, ShapeError, describe
from autograd.rules.indexing import setitem
from autograd.spec import Real, draw_shape
from autograd.tensors import Tensor
from autograd.values import value_of, values_in

_ANY = Real()


# --- elements for which a condition holds ---------------------------------------------------------------


def _compress_samples(rng: np.random.Generator) -> tuple[Any, ...]:
    x = _ANY.sample(rng, draw_shape(rng, 3, 1))
    axis = None if rng.random() < 0.2 else int(rng.integers(-x.ndim, x.ndim))
    length = x.size if axis is None else x.shape[axis]
    return rng.random(int(rng.integers(0, length + 1))) < 0.5, x, axis


@composite(numpy=np.compress, samples=_compress_samples, no_gradient=("condition",))
def compress(condition: Any, x: Any, axis: int | None = None) -> Any:
    """The slices of x along an axis for which the condition holds; elements of the flattened x, if that is None.

    With the axis last, (k,), (..., n) -> (..., count); with None, (k,), (...) -> (count,). Where the condition is
    shorter than the axis, the rest is left out. Raises ShapeError for a condition of several axes, IndexError where it
    holds beyond the end, NumPy's AxisError for an axis that is not there.

    >>> import autograd as ag
    >>> ag.compress([True, False, True], ag.tensor([1.0, 2.0, 3.0]))
    Tensor([1., 3.], dtype=float32)
    """
    if np.ndim(condition) != 1:
        raise ShapeError(f"compress: the condition is {describe(condition)}; want one axis, or write x[condition].")
    return np.take(x, np.flatnonzero(condition), axis)


def _extract_samples(rng: np.random.Generator) -> tuple[Any, ...]:
    x = _ANY.sample(rng, draw_shape(rng, 3))
    return rng.random(x.shape) < 0.5, x


@composite(numpy=np.extract, samples=_extract_samples, no_gradient=("condition",))
def extract(condition: Any, x: Any) -> Any:
    """The elements of x for which the condition, of the same size, holds: (...), (...) -> (n,).

    >>> import autograd as ag
    >>> x = ag.tensor([1.0, -2.0, 3.0])
    >>> ag.extract(x > 0, x)
    Tensor([1., 3.], dtype=float32)
    """
    return np.take(x, np.flatnonzero(condition))


# --- one of several, element by element -----------------------------------------------------------------


def _select_samples(rng: np.random.Generator) -> tuple[Any, ...]:
    shape = draw_shape(rng, 3)
    count = int(rng.integers(1, 4))
    shapes = [shape if rng.random() < 0.6 else shape[1:] for _ in range(count + 1)]
    choices = [_ANY.sample(rng, each) for each in shapes]
    return [rng.random(shape) < 0.5 for _ in range(count)], choices[1:], choices[0]


@composite(numpy=np.select, sequences=("choicelist",), samples=_select_samples, no_gradient=("condlist",))
def select(condlist: Sequence[Any], choicelist: Sequence[Any], default: Any = 0) -> Any:
    """Element by element, the first of the choices whose condition holds, and the default where none does.

    All broadcast against each other: conditions of (...), choices of (...) -> (...). Raises ArgumentError for lists of
    unequal lengths or none at all, DtypeError for conditions that are not boolean.

    >>> import autograd as ag
    >>> x = ag.tensor([-2.0, 0.5, 3.0])
    >>> ag.select([x < 0, x > 1], [-x, x ** 2], x)
    Tensor([2. , 0.5, 9. ], dtype=float32)
    """
    if len(condlist) != len(choicelist) or not len(condlist):
        raise ArgumentError(
            f"select: {len(condlist)} conditions but {len(choicelist)} choices; want as many, and one at least."
        )
    out = default
    for condition, choice in reversed(list(zip(condlist, choicelist, strict=True))):
        condition = np.asarray(value_of(condition))
        if condition.dtype != np.bool_:
            raise DtypeError(f"select: a condition is {describe(condition)}; want booleans, such as x > 0.")
        out = np.where(condition, choice, out)
    return out


def _choose_samples(rng: np.random.Generator) -> tuple[Any, ...]:
    shape = draw_shape(rng, 3)
    choices = [_ANY.sample(rng, shape if rng.random() < 0.6 else shape[1:]) for _ in range(rng.integers(1, 4))]
    return rng.integers(0, len(choices), shape), choices


@composite(numpy=np.choose, sequences=("choices",), samples=_choose_samples, no_gradient=("x",))
def choose(x: Any, choices: Sequence[Any], mode: str = "raise") -> Any:
    """Element by element, the one of the choices whose number x, an array of integers, gives.

    All broadcast against each other: (...), choices of (...) -> (...).

    Parameters
    ----------
    mode: what a number that is out of range does: "raise" an error, "wrap" around, or "clip" to the nearest.

    Raises ArgumentError for a number out of range, another mode, and where there are no choices; DtypeError for numbers
    that are no integers.

    >>> import autograd as ag
    >>> ag.choose([0, 1, 0], [ag.tensor([1.0, 2.0, 3.0]), 0.0])
    Tensor([1., 0., 3.], dtype=float32)
    """
    count = len(choices)
    numbers = np.asarray(value_of(x))
    if mode not in ("raise", "wrap", "clip") or not count:
        raise ArgumentError(
            f"choose: mode={mode!r}, {count} choices; want 'raise', 'wrap' or 'clip', and one at least."
        )
    if numbers.dtype.kind not in "biu":
        raise DtypeError(f"choose: x is {describe(numbers)}; want integers, numbers of choices. Write x.astype(int).")
    if mode == "raise" and not np.all((numbers >= 0) & (numbers < count)):
        raise ArgumentError(f"choose: a number in x is out of range; want 0 to {count - 1}, for {count} choices.")
    numbers = np.clip(numbers, 0, count - 1) if mode == "clip" else numbers % count
    out = choices[-1]
    for number, choice in enumerate(choices):
        out = np.where(numbers == number, choice, out)
    return out


def _masked_fill_samples(rng: np.random.Generator) -> tuple[Any, ...]:
    x = _ANY.sample(rng, draw_shape(rng, 3))
    return x, rng.random(x.shape if rng.random() < 0.6 else x.shape[1:]) < 0.5, _ANY.sample(rng, ())


@composite(samples=_masked_fill_samples, no_gradient=("mask",))
def masked_fill(x: Any, mask: Any, value: Any) -> Any:
    """x with one number in place of the elements for which the mask, broadcast against x, holds.

    (...), (...), () -> (...), as PyTorch's ``masked_fill``. The result has the dtype of x. Raises ShapeError where
    ``value`` is not one number, DtypeError where it is a float and x is not.

    >>> import autograd as ag
    >>> x = ag.tensor([1.0, 2.0, 3.0])
    >>> ag.masked_fill(x, x > 1, -1.0)
    Tensor([ 1., -1., -1.], dtype=float32)
    """
    if np.ndim(value):
        raise ShapeError(f"masked_fill: the value is {describe(value)}; want one number, or write np.where.")
    out = np.where(mask, value, x)
    dtype = getattr(x, "dtype", out.dtype)
    if not np.can_cast(out.dtype, dtype, "same_kind"):
        raise DtypeError(f"masked_fill: {describe(value)} does not fit into {describe(x)}; make that a float first.")
    return out.astype(dtype, copy=False)


def _piecewise_samples(rng: np.random.Generator) -> tuple[Any, ...]:
    x = _ANY.sample(rng, draw_shape(rng, 3))
    conditions = [x < -1.0, x > float(rng.uniform(-2.0, 2.0))]
    functions = [np.sin, lambda x: x * x, 0.5]
    return x, conditions, functions[: int(rng.integers(2, 4))]


@composite(numpy=np.piecewise, samples=_piecewise_samples, is_method=False, no_gradient=("condlist", "funclist"))
def piecewise(x: Any, condlist: Any, funclist: Sequence[Callable[[Any], Any] | Any]) -> Any:
    """A function made of pieces: each is called with those elements of x for which its condition holds.

    Parameters
    ----------
    condlist: boolean arrays of the shape of x. Where several hold, the last decides; where none does, the result is 0.
    funclist: for each condition a function of arrays, or a number; one more stands for where no condition holds.

    Raises ArgumentError where their numbers do not fit. The result has the dtype of x.

    >>> import autograd as ag
    >>> x = ag.tensor([-2.0, 0.0, 4.0])
    >>> ag.piecewise(x, [x < 0, x > 0], [lambda x: -x, ag.sqrt, 7.0])
    Tensor([2., 7., 2.], dtype=float32)
    """
    x = x if isinstance(x, Tensor) else np.asarray(x)
    masks = np.asarray(values_in(condlist), bool)
    if masks.ndim == np.ndim(x):  # one condition need not be in a list
        masks = masks[np.newaxis]
    if len(funclist) == len(masks) + 1:
        masks = np.concatenate([masks, ~np.any(masks, axis=0, keepdims=True)])
    if len(funclist) != len(masks):
        raise ArgumentError(
            f"piecewise: {len(funclist)} functions for {len(masks)} conditions; want as many, or one more."
        )
    out = setitem(x, ..., 0)
    for mask, piece in zip(masks, funclist, strict=True):
        if np.any(mask):
            out = setitem(out, mask, piece(x[mask]) if callable(piece) else piece)
    return out
