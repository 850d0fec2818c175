"""Sums of products over chosen axes: tensordot and einsum."""

from __future__ import annotations

import math
from contextlib import suppress
from typing import Any

import numpy as np

from autograd.broadcasting import sum_to
from autograd.errors import ArgumentError
from autograd.primitives import primitive
from autograd.registry import ops
from autograd.spec import Real, draw_shape

Shape = tuple[int, ...]

_LETTERS = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz"

_ENTRIES = Real(-2.0, 2.0)


# --- tensordot ------------------------------------------------------------------------------------------


def _tensordot_samples(rng: np.random.Generator) -> tuple[Any, ...]:
    shared, x_free, y_free = draw_shape(rng, 2), draw_shape(rng, 2), draw_shape(rng, 2)
    x_order, y_order = rng.permutation(len(shared) + len(x_free)), rng.permutation(len(shared) + len(y_free))
    x = np.transpose(_ENTRIES.sample(rng, (*shared, *x_free)), x_order)
    y = np.transpose(_ENTRIES.sample(rng, (*shared, *y_free)), y_order)
    axes = tuple([[int(np.argsort(order)[i]) for i in range(len(shared))] for order in (x_order, y_order)])
    return x, y, axes


def _tensordot_multiply_adds(x_shape: Shape, y_shape: Shape, out_shape: Shape) -> int:
    """Of n elements that are left of x, m of y and k that are summed: the three have n k, k m and n m elements."""
    return math.isqrt(math.prod(x_shape) * math.prod(y_shape) * math.prod(out_shape))


@primitive(
    numpy=np.tensordot,
    also=("linalg.tensordot",),
    samples=_tensordot_samples,
    multiply_adds=_tensordot_multiply_adds,
)
def tensordot(x: Any, y: Any, axes: Any = 2) -> Any:
    """Sum of products over axes of x and axes of y; what is left of x's axes comes first.

    (n, k, l), (k, l, m) -> (n, m) for the two axes of ``axes=2``, which is a pair of lists of axes, or a number: x's
    last and y's first that many.

    >>> import autograd as ag
    >>> ag.tensordot(ag.ones(2, 3), ag.ones(3, 4), axes=1).shape
    (2, 4)
    """
    return np.tensordot(x, y, axes)


def _paired(axes: Any, x_ndim: int, y_ndim: int) -> tuple[list[int], list[int]]:
    """The axes of x and of y that are summed over, pair by pair, counted from the first."""
    if np.ndim(axes) == 0:
        return list(range(x_ndim - int(axes), x_ndim)), list(range(int(axes)))
    of_x, of_y = ([int(a) for a in np.atleast_1d(one)] for one in axes)
    return [a % x_ndim for a in of_x], [a % y_ndim for a in of_y]


def _tensordot_gradient(g: Any, other: Any, own: list[int], others: list[int], ndim: int, g_first: bool) -> Any:
    """The gradient of one operand, ``ndim`` axes of which ``own`` were summed against ``others`` of the other."""
    free = [a for a in range(ndim) if a not in own]
    other_free = [a for a in range(len(np.shape(other))) if a not in others]
    count = len(free)
    g_axes = list(range(count, count + len(other_free))) if g_first else list(range(len(other_free)))
    whole = np.tensordot(g, other, axes=(g_axes, other_free))
    order = [*free, *(own[i] for i in np.argsort(others, kind="stable"))]  # where each axis of `whole` belongs
    return np.transpose(whole, [int(a) for a in np.argsort(order, kind="stable")])


def tensordot_x(g: Any, x_shape: Shape, y: Any, y_shape: Shape, axes: Any) -> Any:
    """The rule of a tensordot for its first operand."""
    of_x, of_y = _paired(axes, len(x_shape), len(y_shape))
    return _tensordot_gradient(g, y, of_x, of_y, len(x_shape), g_first=True)


def tensordot_y(g: Any, x: Any, x_shape: Shape, y_shape: Shape, axes: Any) -> Any:
    """The rule of a tensordot for its second operand."""
    of_x, of_y = _paired(axes, len(x_shape), len(y_shape))
    return _tensordot_gradient(g, x, of_y, of_x, len(y_shape), g_first=False)


tensordot.vjp(x=tensordot_x, y=tensordot_y)


# --- einsum ---------------------------------------------------------------------------------------------


def _einsum_samples(rng: np.random.Generator) -> tuple[Any, ...]:
    equations = (
        "ij,jk->ik", "ij,jk", "i,i->", "ij->", "ii->i", "iij,j->i", "bij,bjk->bik", "...i,...i->...",
        "ij,kj,k->i", "...ij,jk->...ik", "i,j->ij", "ij->ji", "ab,ab,ab->a", "ijk->j",
    )  # fmt: skip
    equation = equations[rng.integers(len(equations))]
    lengths = dict(zip(_LETTERS[26:], rng.integers(1, 4, 26), strict=True))
    batch = draw_shape(rng, 2)
    shapes = [
        (*(batch if "..." in term else ()), *(lengths[letter] for letter in term.replace("...", "")))
        for term in equation.split("->")[0].split(",")
    ]
    return (equation, *(_ENTRIES.sample(rng, shape) for shape in shapes))


def _einsum_multiply_adds(subscripts: str, operands_shape: tuple[Shape, ...], optimize: Any = True) -> int:
    """Those of products of two operands at a time, in the order that NumPy plans; a sum of one operand has none."""
    terms, result = _named_terms(subscripts, operands_shape)
    factors = [dict(zip(term, shape, strict=True)) for term, shape in zip(terms, operands_shape, strict=True)]
    stand_ins = [np.broadcast_to(0.0, shape) for shape in operands_shape]
    plan = np.einsum_path(",".join(terms) + "->" + result, *stand_ins, optimize=optimize)[0]
    total = 0
    for places in plan[1:]:
        lengths: dict[str, int] = {}
        for factor in [factors.pop(place) for place in sorted(places, reverse=True)]:
            lengths |= {letter: n for letter, n in factor.items() if n != 1 or letter not in lengths}
        total += (len(places) - 1) * math.prod(lengths.values())
        needed = set(result).union(*factors)
        factors.append({letter: n for letter, n in lengths.items() if letter in needed})
    return total


# Of one operand, where nothing is summed, NumPy returns a view.
@primitive(numpy=np.einsum, view=None, samples=_einsum_samples, multiply_adds=_einsum_multiply_adds)
def einsum(subscripts: str, *operands: Any, optimize: Any = True) -> Any:
    """Sum of products over named axes: ``einsum("ij,jk->ik", x, y)`` is ``x @ y``.

    Parameters
    ----------
    subscripts: a letter an axis, a term an operand; ``...`` stands for leading axes that broadcast.
    operands: arrays or Tensors.
    optimize: as in NumPy; True, unlike NumPy's own default, which lets BLAS do the work where there is much.

    >>> import autograd as ag
    >>> ag.einsum("ij,ij->i", ag.ones(2, 3), ag.ones(2, 3))
    Tensor([3., 3.], dtype=float32)
    """
    if not isinstance(subscripts, str):
        raise ArgumentError(
            'einsum: give the subscripts as text, as in einsum("ij,jk->ik", x, y); np.einsum takes numbers, too.'
        )
    if optimize is True and not _is_large(operands):
        with suppress(ValueError):  # what is wrong, the planner says better
            return np.einsum(subscripts, *operands)
    return np.einsum(subscripts, *operands, optimize=optimize)


def _is_large(operands: Any) -> bool:
    """Whether a plan, which takes 30 microseconds to make, can pay off: with BLAS in place of NumPy's own loop."""
    return math.prod(map(np.size, operands)) > 2**16


def _einsum_operands(
    g: Any, subscripts: str, operands: tuple[Any, ...], operands_shape: tuple[Shape, ...], optimize: Any
) -> Any:
    terms, result = _named_terms(subscripts, operands_shape)
    grads = []
    for i, shape in enumerate(operands_shape):
        equation, factors = _einsum_gradient(g, i, terms, result, operands, shape)
        whole = np.einsum(equation, *factors, optimize=bool(optimize) and _is_large(factors))
        summed = sum_to(whole, tuple([min(pair) for pair in zip(whole.shape, shape, strict=True)]))
        grads.append(summed if summed.shape == shape else np.broadcast_to(summed, shape))
    return grads


def _named_terms(subscripts: str, shapes: tuple[Shape, ...]) -> tuple[list[str], str]:
    """Each operand's letters and the result's, with letters in place of ``...`` and the result written out."""
    left, arrow, result = subscripts.replace(" ", "").partition("->")
    terms = left.split(",")
    free = [letter for letter in _LETTERS if letter not in subscripts]
    most = 0
    for i, (term, shape) in enumerate(zip(terms, shapes, strict=True)):
        if "..." in term:
            count = len(shape) - len(term) + 3
            most = max(most, count)
            terms[i] = term.replace("...", "".join(reversed(free[:count])))
    dots = "".join(reversed(free[:most]))
    if not arrow:
        letters = left.replace(".", "").replace(",", "")
        result = "..." + "".join(sorted(c for c in set(letters) if letters.count(c) == 1))
    return terms, result.replace("...", dots)


def _einsum_gradient(
    g: Any, place: int, terms: list[str], result: str, operands: tuple[Any, ...], shape: Shape
) -> tuple[str, list[Any]]:
    """The gradient of one operand, as arguments of the einsum that exchanges its term with the result's.

    A letter that repeats in the term selects a diagonal, so the gradient is an identity matrix there; one that
    occurs nowhere else was summed over, so the gradient is constant along it.
    """
    term = terms[place]
    others = [(terms[i], operands[i]) for i in range(len(terms)) if i != place]
    known = set(result).union(*(other for other, _ in others))
    free = [letter for letter in _LETTERS if letter not in "".join([*terms, result])]
    target = ""
    factors: list[tuple[str, Any]] = [(result, g), *others]
    for letter, length in zip(term, shape, strict=True):
        if letter in target:
            twin = free.pop()
            factors.append((letter + twin, np.eye(length, dtype=g.dtype)))
            letter = twin
        elif letter not in known:
            factors.append((letter, np.ones(length, g.dtype)))
        target += letter
    return ",".join(letters for letters, _ in factors) + "->" + target, [factor for _, factor in factors]


einsum.vjp(subscripts=None, operands=_einsum_operands)


def _einsum_in_either_form(*arguments: Any, **options: Any) -> Any:
    """``np.einsum`` of Tensors: the subscripts as text, or as numbers, ``(x, [0, 1], y, [1, 2], [0, 2])``."""
    if isinstance(arguments[0], str):
        return einsum(*arguments, **options)
    equation = ",".join(map(_as_letters, arguments[1::2]))
    if len(arguments) % 2:
        equation += "->" + _as_letters(arguments[-1])
    return einsum(equation, *arguments[: len(arguments) // 2 * 2 : 2], **options)


def _as_letters(axes: Any) -> str:
    return "".join(["..." if axis is ... else _LETTERS[axis] for axis in axes])


ops.by_numpy[np.einsum] = _einsum_in_either_form
