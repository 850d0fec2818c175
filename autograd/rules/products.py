"""Products of vectors, matrices and higher arrays."""

from __future__ import annotations

import math
from itertools import pairwise
from typing import Any

import numpy as np

from autograd.broadcasting import sum_to
from autograd.composites import composite
from autograd.errors import ArgumentError, ShapeError, describe
from autograd.primitives import primitive
from autograd.rules.contractions import tensordot_x, tensordot_y
from autograd.spec import Real, draw_shape

Shape = tuple[int, ...]

_ENTRIES = Real(-2.0, 2.0)


# --- matmul ---------------------------------------------------------------------------------------------


def _matmul_samples(rng: np.random.Generator) -> tuple[Any, ...]:
    n, k, m = rng.integers(0, 4, 3)
    batch = draw_shape(rng, 2)
    x_shape = (k,) if rng.random() < 0.2 else (*(batch if rng.random() < 0.7 else ()), n, k)
    y_shape = (k,) if rng.random() < 0.2 else (*(batch if rng.random() < 0.7 else ()), k, m)
    return _ENTRIES.sample(rng, x_shape), _ENTRIES.sample(rng, y_shape)


@primitive(
    numpy=np.matmul,
    also=("linalg.matmul",),
    operator="matmul",
    samples=_matmul_samples,
    multiply_adds=lambda x_shape, out_shape: math.prod(out_shape) * x_shape[-1],
)
def matmul(x: Any, y: Any, /) -> Any:
    """Matrix product, ``x @ y``: (..., n, k), (..., k, m) -> (..., n, m); the leading axes broadcast.

    A vector counts as a row on the left and as a column on the right, and the axis that this adds is dropped.

    >>> import autograd as ag
    >>> ag.tensor([[1.0, 2.0]]) @ ag.tensor([[3.0], [4.0]])
    Tensor([[11.]], dtype=float32)
    """
    return x @ y


# What the derivatives of a product of two matrices are made of. With the product itself they are closed under
# differentiation: a derivative that is recorded takes one operation each, and none to transpose.


def _row_samples(rng: np.random.Generator) -> tuple[Any, ...]:
    n, k, m = rng.integers(0, 4, 3)
    return _ENTRIES.sample(rng, (n, k)), _ENTRIES.sample(rng, (m, k))


def _column_samples(rng: np.random.Generator) -> tuple[Any, ...]:
    n, k, m = rng.integers(0, 4, 3)
    return _ENTRIES.sample(rng, (k, n)), _ENTRIES.sample(rng, (k, m))


@primitive(
    is_public=False, samples=_row_samples, multiply_adds=lambda x_shape, y_shape: math.prod(x_shape) * y_shape[0]
)
def row_products(x: Any, y: Any, /) -> Any:
    """The inner product of each row of x with each of y, ``x @ y.T``: (n, k), (m, k) -> (n, m).

    >>> row_products(np.array([[1.0, 2.0]]), np.array([[3.0, 4.0], [5.0, 6.0]]))
    array([[11., 17.]])
    """
    return x @ y.T


@primitive(
    is_public=False, samples=_column_samples, multiply_adds=lambda x_shape, y_shape: math.prod(x_shape) * y_shape[1]
)
def column_products(x: Any, y: Any, /) -> Any:
    """The inner product of each column of x with each of y, ``x.T @ y``: (k, n), (k, m) -> (n, m).

    >>> column_products(np.array([[1.0], [2.0]]), np.array([[3.0], [4.0]]))
    array([[11.]])
    """
    return x.T @ y


row_products.vjp(x=lambda g, y: g @ y, y=lambda g, x: by_columns(g, x))
column_products.vjp(x=lambda g, y: by_rows(y, g), y=lambda g, x: x @ g)


def by_rows(x: Any, y: Any) -> Any:
    """`row_products`; of arrays at once, since they need no call of a primitive."""
    return x @ y.T if x.__class__ is y.__class__ is np.ndarray else row_products(x, y)


def by_columns(x: Any, y: Any) -> Any:
    """`column_products`, likewise."""
    return x.T @ y if x.__class__ is y.__class__ is np.ndarray else column_products(x, y)


def _as_matrices(g: Any, x_shape: Shape, y_shape: Shape) -> Any:
    """The gradient of a product with the axes that vectors had dropped."""
    if len(y_shape) == 1:
        g = np.expand_dims(g, -1)
    return np.expand_dims(g, -2) if len(x_shape) == 1 else g


def _matmul_x(g: Any, x_shape: Shape, y: Any, y_shape: Shape) -> Any:
    if len(x_shape) <= 2 and len(y_shape) <= 2:
        if len(y_shape) == 2:
            return by_rows(g, y) if len(x_shape) == 2 else g @ y.T
        return np.outer(g, y) if len(x_shape) == 2 else g * y
    columns = np.reshape(y, (-1, 1)) if len(y_shape) == 1 else y
    whole = _as_matrices(g, x_shape, y_shape) @ np.swapaxes(columns, -1, -2)
    return np.reshape(sum_to(whole, x_shape if len(x_shape) > 1 else (1, *x_shape)), x_shape)


def _matmul_y(g: Any, x: Any, x_shape: Shape, y_shape: Shape) -> Any:
    if len(x_shape) <= 2 and len(y_shape) <= 2:
        if len(x_shape) == 2:
            return by_columns(x, g) if len(y_shape) == 2 else x.T @ g
        return np.outer(x, g) if len(y_shape) == 2 else g * x
    rows = np.reshape(x, (1, -1)) if len(x_shape) == 1 else x
    whole = np.swapaxes(rows, -1, -2) @ _as_matrices(g, x_shape, y_shape)
    return np.reshape(sum_to(whole, y_shape if len(y_shape) > 1 else (*y_shape, 1)), y_shape)


matmul.vjp(x=_matmul_x, y=_matmul_y)


# --- products of vectors and matrices in stacks ---------------------------------------------------------


def _stacks(*cores: str) -> Any:
    """Samples of arrays with axes of the named lengths, behind leading axes that broadcast."""

    def draw(rng: np.random.Generator) -> tuple[Any, ...]:
        lengths = dict(zip("nkm", rng.integers(0, 4, 3).tolist(), strict=True))
        batch = draw_shape(rng, 2)
        shapes = [(*batch[rng.integers(0, len(batch) + 1) :], *(lengths[name] for name in core)) for core in cores]
        return tuple([_ENTRIES.sample(rng, shape) for shape in shapes])

    return draw


@composite(also=("vecdot", "linalg.vecdot"), samples=_stacks("k", "k"))
def vecdot(x: Any, y: Any, axis: int = -1) -> Any:
    """Inner products of the vectors along an axis: (..., n), (..., n) -> (...); the other axes broadcast.

    >>> import autograd as ag
    >>> ag.vecdot(ag.tensor([[1.0, 2.0], [3.0, 4.0]]), ag.tensor([1.0, 10.0]))
    Tensor([21., 43.], dtype=float32)
    """
    rows = np.expand_dims(np.moveaxis(x, axis, -1), -2)
    columns = np.expand_dims(np.moveaxis(y, axis, -1), -1)
    return np.squeeze(rows @ columns, (-2, -1))


@composite(also=("matvec",), samples=_stacks("nk", "k"))
def matvec(x: Any, y: Any) -> Any:
    """Matrices times vectors: (..., n, k), (..., k) -> (..., n); the leading axes broadcast.

    As NumPy 2.2's ``matvec``.

    >>> import autograd as ag
    >>> ag.matvec(ag.ones(2, 3), ag.ones(5, 3)).shape
    (5, 2)
    """
    return np.squeeze(x @ np.expand_dims(y, -1), -1)


@composite(also=("vecmat",), samples=_stacks("k", "km"))
def vecmat(x: Any, y: Any) -> Any:
    """Vectors times matrices: (..., k), (..., k, m) -> (..., m); the leading axes broadcast.

    As NumPy 2.2's ``vecmat``.

    >>> import autograd as ag
    >>> ag.vecmat(ag.ones(5, 3), ag.ones(3, 2)).shape
    (5, 2)
    """
    return np.squeeze(np.expand_dims(x, -2) @ y, -2)


# --- dot, inner, outer ----------------------------------------------------------------------------------


def _dot_samples(rng: np.random.Generator) -> tuple[Any, ...]:
    k = int(rng.integers(0, 4))
    x_shape = () if rng.random() < 0.1 else (*draw_shape(rng, 2), k)
    y_shape = () if rng.random() < 0.1 else (k,) if rng.random() < 0.3 else (*draw_shape(rng, 1), k, 2)
    return _ENTRIES.sample(rng, x_shape), _ENTRIES.sample(rng, y_shape)


def _dot_multiply_adds(x_shape: Shape, y_shape: Shape, out_shape: Shape) -> int:
    return math.prod(out_shape) * (x_shape[-1] if x_shape and y_shape else 1)


@primitive(numpy=np.dot, samples=_dot_samples, multiply_adds=_dot_multiply_adds)
def dot(x: Any, y: Any) -> Any:
    """Product over the last axis of x and the last but one of y (a vector's only one): (n, k), (l, k, m) -> (n, l, m).

    >>> import autograd as ag
    >>> ag.dot(ag.tensor([1.0, 2.0]), ag.tensor([3.0, 4.0]))
    Tensor(11., dtype=float32)
    """
    return np.dot(x, y)


def _dot_axes(y_shape: Shape) -> tuple[int, int]:
    return -1, (-1 if len(y_shape) == 1 else -2)


def _dot_x(g: Any, x_shape: Shape, y: Any, y_shape: Shape) -> Any:
    if not x_shape or not y_shape:
        return sum_to(g * y, x_shape)
    if len(x_shape) <= 2 and len(y_shape) <= 2:
        return _matmul_x(g, x_shape, y, y_shape)
    return tensordot_x(g, x_shape, y, y_shape, _dot_axes(y_shape))


def _dot_y(g: Any, x: Any, x_shape: Shape, y_shape: Shape) -> Any:
    if not x_shape or not y_shape:
        return sum_to(g * x, y_shape)
    if len(x_shape) <= 2 and len(y_shape) <= 2:
        return _matmul_y(g, x, x_shape, y_shape)
    return tensordot_y(g, x, x_shape, y_shape, _dot_axes(y_shape))


dot.vjp(x=_dot_x, y=_dot_y)


def _inner_samples(rng: np.random.Generator) -> tuple[Any, ...]:
    shapes = [() if rng.random() < 0.1 else (*draw_shape(rng, 2), 2) for _ in range(2)]
    return _ENTRIES.sample(rng, shapes[0]), _ENTRIES.sample(rng, shapes[1])


@composite(numpy=np.inner, samples=_inner_samples)
def inner(x: Any, y: Any) -> Any:
    """Product over the last axes of both: (..., n), (..., n) -> the leading axes of x, then those of y.

    >>> import autograd as ag
    >>> ag.inner(ag.ones(2, 3), ag.ones(4, 3)).shape
    (2, 4)
    """
    return np.dot(x, np.swapaxes(y, -1, -2) if np.ndim(x) and np.ndim(y) > 1 else y)


def _vdot_samples(rng: np.random.Generator) -> tuple[Any, ...]:
    shape = draw_shape(rng)
    return _ENTRIES.sample(rng, shape), _ENTRIES.sample(rng, shape if rng.random() < 0.5 else shape[::-1])


@primitive(numpy=np.vdot, samples=_vdot_samples, multiply_adds=lambda x_shape: math.prod(x_shape))
def vdot(x: Any, y: Any) -> Any:
    """Sum of the products of the elements of two arrays of one size, in C order: (...), (...) -> ().

    >>> import autograd as ag
    >>> ag.vdot(ag.ones(2, 3), ag.ones(6))
    Tensor(6., dtype=float32)
    """
    return np.vdot(x, y)


vdot.vjp(
    x=lambda g, x_shape, y: g * np.reshape(y, x_shape),
    y=lambda g, x, y_shape: g * np.reshape(x, y_shape),
)


@primitive(
    numpy=np.outer,
    also=("linalg.outer",),
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


@composite(
    numpy=np.kron,
    samples=lambda rng: (_ENTRIES.sample(rng, draw_shape(rng)), _ENTRIES.sample(rng, draw_shape(rng))),
)
def kron(x: Any, y: Any) -> Any:
    """Kronecker product: x with each element replaced by its product with y; (n, m), (k, l) -> (n k, m l).

    Of arrays of any number of axes: the one with fewer gets leading axes of length 1.

    >>> import autograd as ag
    >>> ag.kron(ag.tensor([1.0, 10.0]), ag.tensor([1.0, 2.0]))
    Tensor([ 1.,  2., 10., 20.], dtype=float32)
    """
    ndim = max(np.ndim(x), np.ndim(y))
    x_shape, y_shape = ((1,) * (ndim - np.ndim(z)) + np.shape(z) for z in (x, y))
    apart = np.reshape(x, [n for length in x_shape for n in (length, 1)])
    between = np.reshape(y, [n for length in y_shape for n in (1, length)])
    return np.reshape(apart * between, [n * m for n, m in zip(x_shape, y_shape, strict=True)])


# --- cross ----------------------------------------------------------------------------------------------


def _cross_samples(rng: np.random.Generator) -> tuple[Any, ...]:
    x_rest = draw_shape(rng, 2)
    y_rest = x_rest[rng.integers(0, len(x_rest) + 1) :]
    axisa, axisb, axisc = (int(rng.integers(-len(rest) - 1, len(rest) + 1)) for rest in (x_rest, y_rest, x_rest))
    x = np.moveaxis(_ENTRIES.sample(rng, (*x_rest, 3)), -1, axisa)
    y = np.moveaxis(_ENTRIES.sample(rng, (*y_rest, 3)), -1, axisb)
    return x, y, axisa, axisb, axisc, (axisa if x_rest == y_rest and axisa == axisb else None)


@primitive(numpy=np.cross, also=("linalg.cross",), samples=_cross_samples)
def cross(x: Any, y: Any, axisa: int = -1, axisb: int = -1, axisc: int = -1, axis: int | None = None) -> Any:
    """Vector product of three-dimensional vectors: (..., 3), (..., 3) -> (..., 3); the other axes broadcast.

    Parameters
    ----------
    axisa, axisb: the axis of x and of y along which the vectors lie.
    axisc: the axis of the result along which they are to lie.
    axis: all three at once.

    A vector of length 2 is taken to lie in the plane of the first two axes; of two such vectors the result is the
    third component alone, (...). NumPy warns that it will cease to take them.

    >>> import autograd as ag
    >>> ag.cross(ag.tensor([1.0, 0.0, 0.0]), ag.tensor([0.0, 1.0, 0.0]))
    Tensor([0., 0., 1.], dtype=float32)
    """
    return np.cross(x, y, axisa, axisb, axisc, axis)


def _with_zeros(x: Any, before: int, after: int) -> Any:
    return np.pad(x, [(0, 0)] * (np.ndim(x) - 1) + [(before, after)])


def _cross_rule(g: Any, own: tuple[Shape, int], other: Any, other_axis: int, axisc: int) -> Any:
    """``other x g``, summed to the shape of the operand of which ``own`` is the shape and the axis of its vectors."""
    (shape, axis), other = own, np.moveaxis(other, other_axis, -1)
    length, other_length = shape[axis], np.shape(other)[-1]
    is_plane = length == other_length == 2
    g = _with_zeros(np.expand_dims(g, -1), 2, 0) if is_plane else np.moveaxis(g, axisc, -1)
    product = np.cross(other if other_length == 3 else _with_zeros(other, 0, 1), g)[..., :length]
    rest = [n for a, n in enumerate(shape) if a != axis % len(shape)]
    return np.moveaxis(sum_to(product, (*rest, length)), -1, axis)


def _cross_x(g: Any, x_shape: Shape, y: Any, axisa: int, axisb: int, axisc: int, axis: int | None) -> Any:
    axisa, axisb, axisc = (axisa, axisb, axisc) if axis is None else (axis,) * 3
    return _cross_rule(g, (x_shape, axisa), y, axisb, axisc)


def _cross_y(g: Any, x: Any, y_shape: Shape, axisa: int, axisb: int, axisc: int, axis: int | None) -> Any:
    axisa, axisb, axisc = (axisa, axisb, axisc) if axis is None else (axis,) * 3
    return -_cross_rule(g, (y_shape, axisb), x, axisa, axisc)


cross.vjp(x=_cross_x, y=_cross_y)


# --- products of many matrices --------------------------------------------------------------------------


def _multi_dot_samples(rng: np.random.Generator) -> tuple[Any, ...]:
    lengths = rng.integers(0 if rng.random() < 0.2 else 1, 5, rng.integers(3, 6)).tolist()
    shapes: list[tuple[int, ...]] = list(pairwise(lengths))
    if rng.random() < 0.3:
        shapes[0] = shapes[0][1:]
    if rng.random() < 0.3:
        shapes[-1] = shapes[-1][:1]
    return ([_ENTRIES.sample(rng, shape) for shape in shapes],)


@composite(numpy=np.linalg.multi_dot, sequences=("arrays",), samples=_multi_dot_samples)
def multi_dot(arrays: Any) -> Any:
    """Product of two or more matrices, in the order with the fewest multiplications: (n, m), ..., (p, q) -> (n, q).

    The first may be a vector, which counts as a row, and the last one, which counts as a column. Cormen et al.,
    Introduction to Algorithms, 3rd edition, section 15.2. Raises ShapeError for fewer than two, and where they do not
    fit.

    >>> import autograd as ag
    >>> ag.multi_dot([ag.ones(2, 3), ag.ones(3, 4), ag.ones(4)])
    Tensor([12., 12.], dtype=float32)
    """
    arrays = list(arrays)
    ndims = [np.ndim(array) for array in arrays]
    is_chain = len(arrays) > 1 and {ndims[0], ndims[-1]} <= {1, 2} and set(ndims[1:-1]) <= {2}
    if not is_chain or any(np.shape(a)[-1] != np.shape(b)[0] for a, b in pairwise(arrays)):
        raise ShapeError(
            f"multi_dot({describe(arrays)}): takes two matrices or more, each with as many columns as the next has "
            "rows; the first and the last may be vectors. For stacks of matrices write x @ y @ z."
        )
    rows = [np.shape(array)[0] for array in arrays[1:]]
    first = np.shape(arrays[0])[0] if ndims[0] == 2 else 1
    last = np.shape(arrays[-1])[1] if ndims[-1] == 2 else 1
    return _product(arrays, _splits([first, *rows, last]), 0, len(arrays) - 1)


def _splits(lengths: list[int]) -> dict[tuple[int, int], int]:
    """For the product of matrices i to j, (lengths[i], lengths[i + 1]) and so on, where its left factor ends."""
    count = len(lengths) - 1
    costs, splits = {(i, i): 0 for i in range(count)}, {}
    for first, last in ((i, i + span) for span in range(1, count) for i in range(count - span)):
        costs[first, last], splits[first, last] = min(
            (costs[first, k] + costs[k + 1, last] + lengths[first] * lengths[k + 1] * lengths[last + 1], k)
            for k in range(first, last)
        )
    return splits


def _product(arrays: list[Any], splits: dict[tuple[int, int], int], first: int, last: int) -> Any:
    if first == last:
        return arrays[first]
    split = splits[first, last]
    return _product(arrays, splits, first, split) @ _product(arrays, splits, split + 1, last)


def _matrix_power_samples(rng: np.random.Generator) -> tuple[Any, ...]:
    n = int(rng.integers(1, 4))
    x = Real(-1.0, 1.0).sample(rng, (*draw_shape(rng, 2), n, n))
    return x + 3 * np.eye(n), int(rng.integers(-3, 6))


@composite(numpy=np.linalg.matrix_power, samples=_matrix_power_samples)
def matrix_power(x: Any, n: int) -> Any:
    """Product of n copies of a square matrix, by repeated squaring: (..., k, k) -> (..., k, k).

    Of its inverse for negative n, the identity for n = 0. Raises ShapeError for matrices that are not square, and
    ArgumentError for n that is no integer.

    >>> import autograd as ag
    >>> ag.matrix_power(ag.tensor([[1.0, 1.0], [0.0, 1.0]]), 5)
    Tensor([[1., 5.],
            [0., 1.]], dtype=float32)
    """
    shape = np.shape(x)
    if len(shape) < 2 or shape[-1] != shape[-2]:
        raise ShapeError(f"matrix_power(x: {describe(x)}): takes square matrices, of shape (..., k, k).")
    if not isinstance(n, (int, np.integer)):
        raise ArgumentError(f"matrix_power(n: {describe(n)}): takes an integer; for others use eigenvalues.")
    if n == 0:
        return np.where(True, np.eye(shape[-1], dtype=np.result_type(x)), x)
    return _positive_power(x if n > 0 else np.linalg.inv(x), abs(int(n)))


def _positive_power(x: Any, n: int) -> Any:
    if n == 1:
        return np.copy(x)
    half = _positive_power(x, n // 2)
    return half @ half @ x if n % 2 else half @ half
