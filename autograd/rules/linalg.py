"""Products of vectors, matrices and higher arrays."""

from __future__ import annotations

from typing import Any

import numpy as np

from autograd.broadcasting import sum_to
from autograd.errors import ArgumentError
from autograd.primitives import primitive
from autograd.spec import Real, draw_shape

Shape = tuple[int, ...]

_LETTERS = "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ"

_ENTRIES = Real(-2.0, 2.0)


# --- matmul ---------------------------------------------------------------------------------------------


def _matmul_samples(rng: np.random.Generator) -> tuple[Any, ...]:
    n, k, m = rng.integers(0, 4, 3)
    batch = draw_shape(rng, 2)
    x_shape = (k,) if rng.random() < 0.2 else (*(batch if rng.random() < 0.7 else ()), n, k)
    y_shape = (k,) if rng.random() < 0.2 else (*(batch if rng.random() < 0.7 else ()), k, m)
    return _ENTRIES.sample(rng, x_shape), _ENTRIES.sample(rng, y_shape)


@primitive(numpy=np.matmul, operator="matmul", samples=_matmul_samples)
def matmul(x: Any, y: Any) -> Any:
    """Matrix product, ``x @ y``: (..., n, k), (..., k, m) -> (..., n, m); the leading axes broadcast.

    A vector counts as a row on the left and as a column on the right, and the axis that this adds is dropped.

    >>> import autograd as ag
    >>> ag.tensor([[1.0, 2.0]]) @ ag.tensor([[3.0], [4.0]])
    Tensor([[11.]], dtype=float32)
    """
    return x @ y


def _as_matrices(g: Any, x_shape: Shape, y_shape: Shape) -> Any:
    """The gradient of a product with the axes that vectors had dropped."""
    if len(y_shape) == 1:
        g = np.expand_dims(g, -1)
    return np.expand_dims(g, -2) if len(x_shape) == 1 else g


def _matmul_x(g: Any, x_shape: Shape, y: Any, y_shape: Shape) -> Any:
    if len(x_shape) == len(y_shape) == 2:
        return g @ y.T
    columns = np.reshape(y, (-1, 1)) if len(y_shape) == 1 else y
    whole = _as_matrices(g, x_shape, y_shape) @ np.swapaxes(columns, -1, -2)
    return np.reshape(sum_to(whole, x_shape if len(x_shape) > 1 else (1, *x_shape)), x_shape)


def _matmul_y(g: Any, x: Any, x_shape: Shape, y_shape: Shape) -> Any:
    if len(x_shape) == len(y_shape) == 2:
        return x.T @ g
    rows = np.reshape(x, (1, -1)) if len(x_shape) == 1 else x
    whole = np.swapaxes(rows, -1, -2) @ _as_matrices(g, x_shape, y_shape)
    return np.reshape(sum_to(whole, y_shape if len(y_shape) > 1 else (*y_shape, 1)), y_shape)


matmul.vjp(x=_matmul_x, y=_matmul_y)


# --- tensordot, dot, outer ------------------------------------------------------------------------------


def _tensordot_samples(rng: np.random.Generator) -> tuple[Any, ...]:
    shared, x_free, y_free = draw_shape(rng, 2), draw_shape(rng, 2), draw_shape(rng, 2)
    x_order, y_order = rng.permutation(len(shared) + len(x_free)), rng.permutation(len(shared) + len(y_free))
    x = np.transpose(_ENTRIES.sample(rng, (*shared, *x_free)), x_order)
    y = np.transpose(_ENTRIES.sample(rng, (*shared, *y_free)), y_order)
    axes = tuple([[int(np.argsort(order)[i]) for i in range(len(shared))] for order in (x_order, y_order)])
    return x, y, axes


@primitive(numpy=np.tensordot, samples=_tensordot_samples)
def tensordot(x: Any, y: Any, axes: Any = 2) -> Any:
    """Sum of products over axes of x and axes of y; what is left of x's axes comes first.

    ``axes`` is a pair of lists of axes, or a number: x's last and y's first that many.

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


def _tensordot_x(g: Any, x_shape: Shape, y: Any, y_shape: Shape, axes: Any) -> Any:
    of_x, of_y = _paired(axes, len(x_shape), len(y_shape))
    return _tensordot_gradient(g, y, of_x, of_y, len(x_shape), g_first=True)


def _tensordot_y(g: Any, x: Any, x_shape: Shape, y_shape: Shape, axes: Any) -> Any:
    of_x, of_y = _paired(axes, len(x_shape), len(y_shape))
    return _tensordot_gradient(g, x, of_y, of_x, len(y_shape), g_first=False)


tensordot.vjp(x=_tensordot_x, y=_tensordot_y)


def _dot_samples(rng: np.random.Generator) -> tuple[Any, ...]:
    k = int(rng.integers(0, 4))
    x_shape = () if rng.random() < 0.1 else (*draw_shape(rng, 2), k)
    y_shape = () if rng.random() < 0.1 else (k,) if rng.random() < 0.3 else (*draw_shape(rng, 1), k, 2)
    return _ENTRIES.sample(rng, x_shape), _ENTRIES.sample(rng, y_shape)


@primitive(numpy=np.dot, samples=_dot_samples)
def dot(x: Any, y: Any) -> Any:
    """Product over the last axis of x and the last but one of y (a vector's only one), as NumPy's ``dot``.

    >>> import autograd as ag
    >>> ag.dot(ag.tensor([1.0, 2.0]), ag.tensor([3.0, 4.0]))
    Tensor(11., dtype=float32)
    """
    return np.dot(x, y)


def _dot_axes(y_shape: Shape) -> tuple[int, int]:
    return -1, (-1 if len(y_shape) == 1 else -2)


def _dot_x(g: Any, x_shape: Shape, y: Any, y_shape: Shape) -> Any:
    if x_shape and y_shape:
        return _tensordot_x(g, x_shape, y, y_shape, _dot_axes(y_shape))
    return sum_to(g * y, x_shape)


def _dot_y(g: Any, x: Any, x_shape: Shape, y_shape: Shape) -> Any:
    if x_shape and y_shape:
        return _tensordot_y(g, x, x_shape, y_shape, _dot_axes(y_shape))
    return sum_to(g * x, y_shape)


dot.vjp(x=_dot_x, y=_dot_y)


@primitive(
    numpy=np.outer,
    samples=lambda rng: (_ENTRIES.sample(rng, draw_shape(rng, 2)), _ENTRIES.sample(rng, draw_shape(rng, 2))),
)
def outer(x: Any, y: Any) -> Any:
    """All products of an element of x and one of y, both flattened: (...), (...) -> (n, m).

    >>> import autograd as ag
    >>> ag.outer(ag.tensor([1.0, 2.0]), ag.tensor([3.0, 4.0]))
    Tensor([[3., 4.],
            [6., 8.]], dtype=float32)
    """
    return np.outer(x, y)


outer.vjp(
    x=lambda g, x_shape, y: np.reshape(g @ np.reshape(y, (-1,)), x_shape),
    y=lambda g, x, y_shape: np.reshape(np.reshape(x, (-1,)) @ g, y_shape),
)


# --- einsum ---------------------------------------------------------------------------------------------


def _einsum_samples(rng: np.random.Generator) -> tuple[Any, ...]:
    equations = (
        "ij,jk->ik", "ij,jk", "i,i->", "ij->", "ii->i", "iij,j->i", "bij,bjk->bik", "...i,...i->...",
        "ij,kj,k->i", "...ij,jk->...ik", "i,j->ij", "ij->ji", "ab,ab,ab->a", "ijk->j",
    )  # fmt: skip
    equation = equations[rng.integers(len(equations))]
    lengths = dict(zip(_LETTERS[:26], rng.integers(1, 4, 26), strict=True))
    batch = draw_shape(rng, 2)
    shapes = [
        (*(batch if "..." in term else ()), *(lengths[letter] for letter in term.replace("...", "")))
        for term in equation.split("->")[0].split(",")
    ]
    return (equation, *(_ENTRIES.sample(rng, shape) for shape in shapes))


@primitive(numpy=np.einsum, samples=_einsum_samples)
def einsum(subscripts: str, *operands: Any, optimize: Any = True) -> Any:
    """Sum of products over named axes: ``einsum("ij,jk->ik", x, y)`` is ``x @ y``.

    Parameters
    ----------
    subscripts: a letter an axis, a term an operand; ``...`` stands for leading axes that broadcast.
    operands: arrays or Tensors.
    optimize: as in NumPy; True, which lets BLAS do the work, unlike NumPy's own default.

    >>> import autograd as ag
    >>> ag.einsum("ij,ij->i", ag.ones(2, 3), ag.ones(2, 3))
    Tensor([3., 3.], dtype=float32)
    """
    if not isinstance(subscripts, str):
        raise ArgumentError('einsum: give the subscripts as text, as in einsum("ij,jk->ik", x, y).')
    return np.einsum(subscripts, *operands, optimize=optimize)


def _einsum_operands(g: Any, subscripts: str, operands: tuple[Any, ...], operands_shape: tuple[Shape, ...]) -> Any:
    terms, result = _named_terms(subscripts, operands_shape)
    return [_einsum_gradient(g, i, terms, result, operands, operands_shape[i]) for i in range(len(operands))]


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


def _einsum_gradient(g: Any, place: int, terms: list[str], result: str, operands: tuple[Any, ...], shape: Shape) -> Any:
    """The gradient of one operand: the einsum that exchanges its term with the result's.

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
    equation = ",".join(letters for letters, _ in factors) + "->" + target
    return sum_to(np.einsum(equation, *(factor for _, factor in factors)), shape)


einsum.vjp(subscripts=None, operands=_einsum_operands)
