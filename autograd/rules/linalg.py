"""Determinants, inverses and linear systems, for stacks of matrices as NumPy takes them: (..., n, n).

Rules after Giles (2008), "An extended collection of matrix derivative results for forward and reverse mode
algorithmic differentiation", section 2, unless said otherwise.
"""

from __future__ import annotations

import functools
import math
from collections.abc import Callable
from typing import Any, NamedTuple

import numpy as np

from autograd.broadcasting import sum_to
from autograd.composites import composite
from autograd.errors import ArgumentError, GradientError, ShapeError, describe_call
from autograd.primitives import primitive
from autograd.spec import draw_shape
from autograd.tensors import Tensor, wrap
from autograd.values import value_of

Shape = tuple[int, ...]


def swapped(x: Any) -> Any:
    """The transposes of a stack of matrices."""
    return np.swapaxes(x, -1, -2)


def of_triangle(g: Any, lower: bool) -> Any:
    """The gradient in the one triangle that is read of a symmetric matrix, from that in all entries.

    >>> of_triangle(np.ones((2, 2)), lower=True)
    array([[1., 0.],
           [2., 1.]])
    """
    return (g + swapped(g)) * halves(g, lower)


def halves(x: Any, lower: bool) -> np.ndarray:
    """A mask of one triangle with 1/2 on the diagonal: a triangle so masked, plus its transpose, is symmetric.

    >>> halves(np.ones((2, 2)), lower=True)
    array([[0.5, 0. ],
           [1. , 0.5]])
    """
    n = x.shape[-1]
    mask = np.tri(n, dtype=x.dtype) - 0.5 * np.eye(n, dtype=x.dtype)
    return mask if lower else mask.T


def regular(rng: np.random.Generator, *shape: int) -> np.ndarray:
    """Matrices of full rank, far from singular, for tests to feed."""
    m, n = shape[-2:]
    diagonal = np.eye(m, n) * rng.uniform(1.5, 3.0, n) * rng.choice([-1.0, 1.0], n)
    matrices: np.ndarray = rng.uniform(-0.5, 0.5, shape) + diagonal
    return matrices[..., rng.permutation(m), :]


def _square_samples(rng: np.random.Generator) -> tuple[Any, ...]:
    n = int(rng.integers(0, 5))
    return (regular(rng, *draw_shape(rng, 2), n, n),)


# --- determinants ---------------------------------------------------------------------------------------


@primitive(numpy=np.linalg.det, samples=_square_samples)
def det(a: Any) -> Any:
    """Determinants: (..., n, n) -> (...).

    The derivative of a singular matrix's is right, too. Raises LinAlgError for matrices that are not square.

    >>> import autograd as ag
    >>> a = ag.tensor([[1.0, 2.0], [0.0, 0.0]], requires_grad=True)
    >>> ag.det(a).backward(); a.grad
    Tensor([[ 0.,  0.],
            [-2.,  1.]], dtype=float32)
    """
    return np.linalg.det(a)


def _det_rule(g: Any, a: Any, out: Any) -> Any:
    g = np.expand_dims(g, (-2, -1))
    if np.all(out != 0):
        return g * np.expand_dims(out, (-2, -1)) * swapped(np.linalg.inv(a))
    return g * _cofactors(a)


def _cofactors(a: Any) -> Any:
    """The derivative of the determinant where there is no inverse: that of u @ diag(s) @ vh is det(u vh) prod(s)."""
    u, s, vh = np.linalg.svd(a)
    sign = np.rint(np.linalg.det(value_of(u @ vh)))
    others = np.prod(np.where(np.eye(a.shape[-1], dtype=bool), 1, np.expand_dims(s, -2)), axis=-1)
    return (u * np.expand_dims(others * np.expand_dims(sign, -1), -2)) @ vh


det.vjp(a=_det_rule)


@primitive(numpy=np.linalg.slogdet, samples=_square_samples)
def slogdet(a: Any) -> NamedTuple:
    """Sign and logarithm of determinants, which may overflow themselves: (..., n, n) -> (...), (...).

    The results are called ``sign``, whose derivative is 0, and ``logabsdet``. A singular matrix has -inf, and no
    derivative: that is a GradientError. Raises LinAlgError for matrices that are not square.

    >>> import autograd as ag
    >>> a = ag.tensor([[2.0, 0.0], [0.0, 5.0]], requires_grad=True)
    >>> ag.slogdet(a).logabsdet.backward(); a.grad
    Tensor([[0.5, 0. ],
            [0. , 0.2]], dtype=float32)
    """
    return np.linalg.slogdet(a)


def _slogdet_rule(g: Any, a: Any, out: Any) -> Any:
    if g[1] is None:
        return np.zeros_like(a)
    if np.any(out[0] == 0):
        raise GradientError(
            f"slogdet: a matrix of {a.shape} is singular, so that log|det| is -inf and has no derivative. Add a "
            "little to its diagonal, a + 1e-6 * np.eye(n), or use det, which has one."
        )
    return np.expand_dims(g[1], (-2, -1)) * swapped(np.linalg.inv(a))


slogdet.vjp(a=_slogdet_rule)


# --- inverses -------------------------------------------------------------------------------------------


@primitive(numpy=np.linalg.inv, samples=_square_samples)
def inv(a: Any) -> Any:
    """Inverses: (..., n, n) -> (..., n, n).

    ``solve(a, b)`` is faster and more exact than ``inv(a) @ b``. Raises LinAlgError for singular matrices.

    >>> import autograd as ag
    >>> ag.inv(ag.tensor([[2.0, 0.0], [0.0, 4.0]]))
    Tensor([[0.5 , 0.  ],
            [0.  , 0.25]], dtype=float32)
    """
    return np.linalg.inv(a)


inv.vjp(a=lambda g, out: -(swapped(out) @ g @ swapped(out)))


def _pinv_samples(rng: np.random.Generator) -> tuple[Any, ...]:
    m, n = (int(length) for length in rng.integers(0, 4, 2))
    hermitian = bool(rng.random() < 0.3)
    a = regular(rng, *draw_shape(rng, 2), m, m if hermitian else n)
    return a, *(() if not hermitian and rng.random() < 0.5 else (1e-9, hermitian))


@primitive(numpy=np.linalg.pinv, samples=_pinv_samples)
def pinv(a: Any, rcond: Any = None, hermitian: bool = False, rtol: Any = ...) -> Any:
    """Pseudo-inverses: (..., m, n) -> (..., n, m).

    Where the rank changes it jumps; its derivative is that along matrices of the same rank.

    Parameters
    ----------
    a: of full rank or less.
    rcond: singular values up to ``rcond`` times the largest count as 0; by default 1e-15.
    hermitian: that ``a`` is symmetric; then its lower triangle alone is read, and has a gradient, as in `eigh`.
    rtol: the same as ``rcond``, but None means ``max(m, n)`` times the dtype's epsilon.

    >>> import autograd as ag
    >>> ag.pinv(ag.tensor([[2.0, 0.0], [0.0, 0.0]]))
    Tensor([[0.5, 0. ],
            [0. , 0. ]], dtype=float32)
    """
    return np.linalg.pinv(a, rcond, hermitian, **({} if rtol is ... else {"rtol": rtol}))


def _pinv_rule(g: Any, a: Any, out: Any, hermitian: bool) -> Any:
    if 0 in a.shape:
        return swapped(g)
    if hermitian:
        mirrored = np.where(np.tri(a.shape[-1], dtype=bool), a, swapped(a))
        return of_triangle(_tall_pinv_rule(g, mirrored, out), lower=True)
    if a.shape[-2] < a.shape[-1]:
        return swapped(_tall_pinv_rule(swapped(g), swapped(a), swapped(out)))
    return _tall_pinv_rule(g, a, out)


def _tall_pinv_rule(g: Any, a: Any, out: Any) -> Any:
    """Golub and Pereyra (1973), eq. 4.12, in an order that makes no matrix of m rows and m columns."""
    g_t, out_t = swapped(g), swapped(out)
    off_columns = (g_t - a @ (out @ g_t)) @ (out @ out_t)
    off_rows = out_t @ (out @ (g_t - g_t @ (out @ a)))
    return off_columns + off_rows - out_t @ (g @ out_t)


pinv.vjp(a=_pinv_rule)


# --- linear systems -------------------------------------------------------------------------------------


def _solve_samples(rng: np.random.Generator) -> tuple[Any, ...]:
    n, k = (int(length) for length in rng.integers(0, 4, 2))
    batch = draw_shape(rng, 2)
    a = regular(rng, *(batch if rng.random() < 0.7 else ()), n, n)
    shape = (n,) if rng.random() < 0.3 else (*(batch if rng.random() < 0.7 else ()), n, k)
    return a, rng.uniform(-2.0, 2.0, shape)


@primitive(numpy=np.linalg.solve, samples=_solve_samples)
def solve(a: Any, b: Any) -> Any:
    """Solutions x of ``a @ x = b``: (..., n, n), (..., n, k) -> (..., n, k); the leading axes broadcast.

    A ``b`` of one axis is a vector: (..., n, n), (n,) -> (..., n), as in NumPy 2. Raises LinAlgError for
    singular matrices, ShapeError where the shapes do not fit.

    >>> import autograd as ag
    >>> a = ag.tensor([[2.0, 0.0], [0.0, 4.0]], requires_grad=True)
    >>> x = ag.solve(a, ag.tensor([2.0, 4.0])); x
    Tensor([1., 1.], dtype=float32, grad_fn=solve)
    >>> x.sum().backward(); a.grad
    Tensor([[-0.5 , -0.5 ],
            [-0.25, -0.25]], dtype=float32)
    """
    try:
        return np.linalg.solve(a, b)
    except np.linalg.LinAlgError:
        raise
    except ValueError as error:
        raise _do_not_fit("solve", a, b) from error


def _do_not_fit(name: str, a: Any, b: Any) -> ShapeError:
    return ShapeError(
        f"{describe_call(name, {'a': a, 'b': b})}: want shapes (..., n, n) and (n,) or (..., n, k), with leading axes "
        "that broadcast. A stack of vectors b is given as columns, b[..., None]."
    )


def _columns(x: Any, is_vector: bool) -> Any:
    return np.expand_dims(x, -1) if is_vector else x


def _fitted(columns: Any, b_shape: Shape) -> Any:
    """The gradient of ``b`` from that of its columns, which broadcast against matrices."""
    return sum_to(np.squeeze(columns, -1) if len(b_shape) == 1 else columns, b_shape)


@solve.joint_vjp("a", "b")
def _solve_rule(g: Any, a: Any, a_shape: Shape, b_shape: Shape, out: Any, wanted: tuple[bool, bool]) -> Any:
    is_vector = len(b_shape) == 1
    of_b = np.linalg.solve(swapped(a), _columns(g, is_vector))
    of_a = -sum_to(of_b @ swapped(_columns(out, is_vector)), a_shape) if wanted[0] else None
    return of_a, _fitted(of_b, b_shape)


def _triangular_samples(rng: np.random.Generator) -> tuple[Any, ...]:
    a, b = _solve_samples(rng)
    n = a.shape[-1]
    a = rng.uniform(-0.5, 0.5, a.shape) + np.eye(n) * rng.uniform(1.0, 2.0, n)
    trans = (0, 1, 2, "N", "T", "C")[rng.integers(6)]
    return a, b, trans, bool(rng.integers(2)), bool(rng.integers(2))


@primitive(samples=_triangular_samples)
def solve_triangular(a: Any, b: Any, trans: Any = 0, lower: bool = False, unit_diagonal: bool = False) -> Any:
    """Solutions x of ``a @ x = b`` with triangular ``a``, whose other triangle is not read.

    Shapes as in `solve`, arguments as in SciPy's function, which does the work where it is installed and
    there are no leading axes; otherwise ``solve`` does, to the same result.

    Parameters
    ----------
    a: (..., n, n), upper triangular unless ``lower``.
    b: (n,) or (..., n, k).
    trans: 0 or "N" for ``a @ x = b``; 1, 2, "T" or "C" for ``a.mT @ x = b``.
    lower: that ``a`` is lower triangular.
    unit_diagonal: that the diagonal of ``a`` is all 1, and not read either.

    Raises LinAlgError for a 0 on the diagonal, ShapeError where the shapes do not fit.

    >>> import autograd as ag
    >>> ag.solve_triangular(ag.tensor([[2.0, 0.0], [1.0, 1.0]]), ag.tensor([2.0, 3.0]), lower=True)
    Tensor([1., 2.], dtype=float32)
    """
    transposed = _is_transposed(trans)
    is_single = np.ndim(a) == 2 and np.ndim(b) in (1, 2)
    by_scipy = _scipys_solver() if is_single and np.size(a) and np.size(b) else None
    try:
        if by_scipy is not None:
            return by_scipy(a, b, int(transposed), lower, unit_diagonal, check_finite=False)
        triangle = np.tril(a) if lower else np.triu(a)
        if unit_diagonal:
            diagonal = np.arange(triangle.shape[-1])
            triangle[..., diagonal, diagonal] = 1
        return np.linalg.solve(swapped(triangle) if transposed else triangle, b)
    except np.linalg.LinAlgError:
        raise
    except ValueError as error:
        raise _do_not_fit("solve_triangular", a, b) from error


def _is_transposed(trans: Any) -> bool:
    if trans not in (0, 1, 2, "N", "T", "C"):
        raise ArgumentError(f"solve_triangular: trans={trans!r}; want 0 or 'N' for a, 1 or 'T' for its transpose.")
    return trans not in (0, "N")


@functools.cache
def _scipys_solver() -> Callable[..., Any] | None:
    try:
        from scipy.linalg import solve_triangular
    except ImportError:
        return None
    return solve_triangular  # type: ignore[no-any-return]


@solve_triangular.joint_vjp("a", "b")
def _triangular_rule(
    g: Any, a: Any, a_shape: Shape, b_shape: Shape, out: Any, trans: Any, lower: bool, unit_diagonal: bool, wanted: Any
) -> Any:
    is_vector, transposed = len(b_shape) == 1, _is_transposed(trans)
    of_b = solve_triangular(a, _columns(g, is_vector), int(not transposed), lower, unit_diagonal)
    of_a = None
    if wanted[0]:
        x = _columns(out, is_vector)
        whole = x @ swapped(of_b) if transposed else of_b @ swapped(x)
        mask = np.tri(a_shape[-1], k=-int(unit_diagonal), dtype=g.dtype)
        of_a = -sum_to(whole, a_shape) * (mask if lower else mask.T)
    return of_a, _fitted(of_b, b_shape)


# --- composed -------------------------------------------------------------------------------------------


def _lstsq_samples(rng: np.random.Generator) -> tuple[Any, ...]:
    m, n, k = (int(length) for length in rng.integers(0, 5, 3))
    return regular(rng, m, n), rng.uniform(-2.0, 2.0, (m,) if rng.random() < 0.3 else (m, k))


@composite(numpy=np.linalg.lstsq, samples=_lstsq_samples)
def lstsq(a: Any, b: Any, rcond: float | None = None) -> tuple[Any, ...]:
    """Least squares: the shortest x for which ``|b - a @ x|`` is least: (m, n), (m,) -> (n,) or (m, k) -> (n, k).

    Returns x; the sums of squares that remain, one for each column of ``b``, or nothing where the rank is less
    than n or m <= n; the rank, which is a plain number; and the singular values of ``a``. The derivative is that
    along matrices of the same rank.

    Parameters
    ----------
    a, b: the system.
    rcond: singular values up to ``rcond`` times the largest count as 0; by default ``max(m, n)`` times the dtype's
        epsilon.

    >>> import autograd as ag
    >>> b = ag.tensor([1.0, 2.0, 6.0], requires_grad=True)
    >>> x, residuals, rank, s = ag.lstsq(ag.ones(3, 1), b)
    >>> x.numpy().round(4), residuals.numpy().round(4)
    (array([3.], dtype=float32), array([14.], dtype=float32))
    >>> residuals.backward(); b.grad.numpy().round(4)
    array([-4., -2.,  6.], dtype=float32)
    """
    if np.ndim(a) != 2 or np.ndim(b) not in (1, 2) or np.shape(a)[0] != np.shape(b)[0]:
        raise ShapeError(f"{describe_call('lstsq', {'a': a, 'b': b})}: want shapes (m, n) and (m,) or (m, k).")
    m, n = np.shape(a)
    s: Any = np.linalg.svdvals(a)
    epsilon = np.finfo(s.dtype).eps
    least = epsilon * max(m, n) if rcond is None else rcond if rcond >= 0 else epsilon
    sizes = value_of(s)
    rank = np.sum(sizes > least * np.max(sizes, initial=0), dtype=np.int32)
    x = np.linalg.pinv(a, least) @ b
    if isinstance(x, Tensor) and not isinstance(s, Tensor):
        s = wrap(s)
    residuals = np.reshape(np.sum((b - a @ x) ** 2, axis=0), (-1,))
    return x, residuals if rank == n < m else residuals[:0], rank, s


@composite(numpy=np.linalg.tensorinv, samples=lambda rng: (np.reshape(regular(rng, 6, 6), (2, 3, 6)),))
def tensorinv(a: Any, ind: int = 2) -> Any:
    """Inverse with respect to `tensordot` of ``ind`` axes, whose lengths' product is that of the others.

    (n, m, k, l) -> (k, l, n, m) for the two axes of ``ind=2``. Raises LinAlgError where the products differ and where
    there is no inverse, ArgumentError for an ``ind`` below 1.

    >>> import autograd as ag
    >>> ag.tensorinv(ag.reshape(ag.tensor(range(1, 25)) ** 0.5 % 1, (4, 2, 3))[:, :, :2], ind=1).shape
    (2, 2, 4)
    """
    if ind <= 0:
        raise ArgumentError(f"tensorinv: ind={ind}; want 1 or more, the number of leading axes that are inverted over.")
    shape = np.shape(a)
    return np.reshape(np.linalg.inv(np.reshape(a, (math.prod(shape[:ind]), -1))), shape[ind:] + shape[:ind])


def _tensorsolve_samples(rng: np.random.Generator) -> tuple[Any, ...]:
    whole = np.reshape(regular(rng, 6, 6), (2, 3, 6))
    if rng.random() < 0.5:
        return whole, rng.uniform(-2.0, 2.0, (2, 3))
    return np.moveaxis(whole, -1, 0), rng.uniform(-2.0, 2.0, (2, 3)), (0,)


@composite(numpy=np.linalg.tensorsolve, samples=_tensorsolve_samples)
def tensorsolve(a: Any, b: Any, axes: Any = None) -> Any:
    """Solution x of ``tensordot(a, x, x.ndim) = b``; ``axes`` of ``a`` are moved to its end first.

    (n, m, k), (n, m) -> (k,), where ``k = n * m``. Raises LinAlgError where that does not hold or there is no one
    solution, ShapeError for a ``b`` that does not fit, NumPy's AxisError for an axis that is not there.

    >>> import autograd as ag, numpy as np
    >>> ag.tensorsolve(ag.tensor(2 * np.eye(6).reshape(2, 3, 6)), ag.ones(2, 3))
    Tensor([0.5, 0.5, 0.5, 0.5, 0.5, 0.5], dtype=float64)
    """
    if axes is not None:
        a = np.moveaxis(a, axes, range(-len(axes), 0))
    shape = np.shape(a)[np.ndim(b) :]
    return np.reshape(np.linalg.solve(np.reshape(a, (-1, math.prod(shape))), np.reshape(b, (-1,))), shape)


def _cond_samples(rng: np.random.Generator) -> tuple[Any, ...]:
    p = (None, 2, -2, "fro")[rng.integers(4)]
    m, n = (int(length) for length in rng.integers(1, 4, 2))
    return regular(rng, *draw_shape(rng, 2), m, m if p == "fro" else n), p


@composite(numpy=np.linalg.cond, is_method=False, samples=_cond_samples)
def cond(x: Any, p: Any = None) -> Any:
    """Condition numbers of matrices: (..., m, n) -> (...).

    ``p`` is None or 2 for the largest singular value by the smallest, -2 for its inverse, or another of the orders of
    ``np.linalg.norm``, for ``norm(x) * norm(inv(x))``. A singular matrix has inf, or is a LinAlgError in the last case.

    >>> import autograd as ag
    >>> ag.cond(ag.tensor([[2.0, 0.0], [0.0, 8.0]]))
    Tensor(4., dtype=float32)
    """
    if 0 in np.shape(x)[-2:]:
        raise np.linalg.LinAlgError(f"{describe_call('cond', {'x': x})}: an empty matrix has no condition number.")
    if p not in (None, 2, -2):
        return np.linalg.norm(x, p, axis=(-2, -1)) * np.linalg.norm(np.linalg.inv(x), p, axis=(-2, -1))
    s = np.linalg.svdvals(x)
    over, under = (s[..., -1], s[..., 0]) if p == -2 else (s[..., 0], s[..., -1])
    with np.errstate(divide="ignore", invalid="ignore"):
        return (over + (under == 0)) / under  # inf for a matrix of zeros, too
