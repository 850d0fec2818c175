"""Functions of matrices, and equations in matrices, that SciPy computes: it is imported where they are called.

Of one matrix each, but for `expm`, which takes stacks: (..., n, n). The rules are closed: each is written with the
functions of this table, so that derivatives of every order follow.
"""

from __future__ import annotations

from typing import Any

import numpy as np

from autograd.errors import GradientError, ShapeError, describe_call
from autograd.primitives import primitive
from autograd.rules._scipy import scipy
from autograd.rules.linalg import swapped

LinAlgError = np.linalg.LinAlgError


def _real(x: Any) -> Any:
    """An array of floats; integers become float64."""
    x = np.asarray(x)
    return x if x.dtype.kind == "f" else x.astype(np.float64)


# --- Sylvester's equation -------------------------------------------------------------------------------


def _sylvester_samples(rng: np.random.Generator) -> tuple[Any, ...]:
    m, n = (int(length) for length in rng.integers(0, 4, 2))
    a, b = (rng.uniform(-0.5, 0.5, (k, k)) + np.diag(rng.uniform(1.0, 2.0, k)) for k in (m, n))
    sign = rng.choice([-1.0, 1.0])
    return sign * a, sign * b, rng.uniform(-2.0, 2.0, (m, n))


@primitive(samples=_sylvester_samples)
def solve_sylvester(a: Any, b: Any, q: Any) -> Any:
    """The solution x of ``a @ x + x @ b = q``, by Bartels and Stewart: (m, m), (n, n), (m, n) -> (m, n).

    Raises ShapeError where the shapes do not fit, LinAlgError where an eigenvalue of ``a`` is the opposite of one of
    ``b``, up to rounding: then there is no solution, or more than one.

    >>> import autograd as ag
    >>> a, b, q = ag.tensor([[3.0]], requires_grad=True), ag.tensor([[5.0]]), ag.tensor([[16.0]])
    >>> x = ag.solve_sylvester(a, b, q); x
    Tensor([[2.]], dtype=float32, grad_fn=solve_sylvester)
    >>> x.backward(); a.grad
    Tensor([[-0.25]], dtype=float32)
    """
    a, b, q = _real(a), _real(b), _real(q)
    if q.ndim != 2 or a.shape != (q.shape[0],) * 2 or b.shape != (q.shape[1],) * 2:
        call = describe_call("solve_sylvester", {"a": a, "b": b, "q": q})
        raise ShapeError(f"{call}: want shapes (m, m), (n, n) and (m, n); stacks of matrices are not supported.")
    linalg = scipy("linalg")
    if not q.size:
        return np.zeros_like(q)
    r, u = linalg.schur(a, output="real")
    s, v = linalg.schur(b.T, output="real")
    (trsyl,) = linalg.get_lapack_funcs(("trsyl",), (r, s, q))
    y, scale, info = trsyl(r, s, u.T @ q @ v, tranb="T")
    if info:
        raise LinAlgError("an eigenvalue of a is the opposite of one of b, so that there is no one solution")
    return u @ (y / scale) @ v.T


@solve_sylvester.joint_vjp("a", "b", "q")
def _sylvester_rule(g: Any, a: Any, b: Any, out: Any, wanted: tuple[bool, bool, bool]) -> Any:
    of_q = solve_sylvester(swapped(a), swapped(b), g)
    return -(of_q @ swapped(out)) if wanted[0] else None, -(swapped(out) @ of_q) if wanted[1] else None, of_q


# --- square root and exponential ------------------------------------------------------------------------


def _sqrtm_samples(rng: np.random.Generator) -> tuple[Any, ...]:
    n = int(rng.integers(0, 5))
    root = rng.uniform(-0.4, 0.4, (n, n)) + np.diag(rng.uniform(1.0, 2.0, n))
    return (root @ (root.T if rng.random() < 0.5 else root),)


@primitive(samples=_sqrtm_samples)
def sqrtm(a: Any) -> Any:
    """The principal square root of a matrix, s with ``s @ s = a``: (n, n) -> (n, n), real.

    Its eigenvalues have positive real parts. Raises ShapeError for anything but one square matrix, LinAlgError for
    one without a real principal root, such as one with a negative eigenvalue, and GradientError in the backward pass
    for a singular one.

    >>> import autograd as ag, numpy as np
    >>> a = ag.tensor([[5.0, 4.0], [4.0, 5.0]], requires_grad=True)
    >>> root = ag.sqrtm(a); root.numpy().round(4)
    array([[2., 1.],
           [1., 2.]], dtype=float32)
    >>> np.trace(root).backward(); a.grad.numpy().round(4)
    array([[ 0.3333, -0.1667],
           [-0.1667,  0.3333]], dtype=float32)
    """
    a = _real(a)
    if a.ndim != 2 or a.shape[0] != a.shape[1]:
        call = describe_call("sqrtm", {"a": a})
        raise ShapeError(f"{call}: want shape (n, n); stacks of matrices are not supported.")
    compute = scipy("linalg").sqrtm
    if not a.size:
        return np.zeros_like(a)
    with np.errstate(all="ignore"):
        root = compute(a)
        error = np.max(np.abs(root.real @ root.real - a))
    if not error <= np.finfo(a.dtype).eps ** 0.5 * np.max(np.abs(a)):
        raise LinAlgError("no real square root, such as where an eigenvalue is negative")
    return root.real.astype(a.dtype, copy=False)


def _sqrtm_rule(g: Any, out: Any) -> Any:
    """The adjoint of ``ds @ s + s @ ds = da``."""
    try:
        return solve_sylvester(swapped(out), swapped(out), g)
    except LinAlgError as error:
        raise GradientError(
            "sqrtm: the matrix is singular, up to rounding, where its root has no derivative. Add a little to its "
            "diagonal, a + 1e-6 * np.eye(n)."
        ) from error


sqrtm.vjp(a=_sqrtm_rule)


def _expm_samples(rng: np.random.Generator) -> tuple[Any, ...]:
    n = int(rng.integers(0, 4))
    batch = ((), (), (2,), (0, 1))[rng.integers(4)]  # few: SciPy computes one after another
    return (rng.uniform(-1.0, 1.0, (*batch, n, n)),)


@primitive(samples=_expm_samples)
def expm(a: Any) -> Any:
    """The exponential of matrices, ``eye(n) + a + a @ a / 2 + a @ a @ a / 6 + ...``: (..., n, n) -> (..., n, n).

    Raises LinAlgError for matrices that are not square.

    >>> import autograd as ag, math
    >>> turn = ag.tensor([[0.0, -1.0], [1.0, 0.0]]) * (math.pi / 2)
    >>> ag.expm(turn).numpy().round(4) + 0
    array([[ 0., -1.],
           [ 1.,  0.]], dtype=float32)
    """
    if np.ndim(a) < 2:
        raise np.linalg.LinAlgError(f"expm: a has {np.ndim(a)} axes; want the 2 of a matrix, or more.")
    return scipy("linalg").expm(_real(a))


def _expm_rule(g: Any, a: Any) -> Any:
    """Mathias (1996), "A chain rule for matrix functions and applications", theorem 2.1, for the transposes."""
    n, a = a.shape[-1], swapped(a)
    above, below = np.concatenate([a, g], -1), np.concatenate([np.zeros_like(a), a], -1)
    return expm(np.concatenate([above, below], -2))[..., :n, n:]


expm.vjp(a=_expm_rule)


# --- band matrices --------------------------------------------------------------------------------------


def _banded_samples(rng: np.random.Generator) -> tuple[Any, ...]:
    below, above, n, k = (int(length) for length in rng.integers(0, 4, 4))
    ab = rng.uniform(-0.5, 0.5, (below + above + 1, n))
    ab[above] = rng.uniform(3.0, 4.0, n) * rng.choice([-1.0, 1.0], n)
    return (below, above), ab, rng.uniform(-2.0, 2.0, (n,) if rng.random() < 0.3 else (n, k))


@primitive(samples=_banded_samples)
def solve_banded(l_and_u: Any, ab: Any, b: Any) -> Any:
    """Solutions x of ``a @ x = b`` with a band matrix: (l + u + 1, n), (n,) -> (n,) or ..., (n, k) -> (n, k).

    Parameters
    ----------
    l_and_u: how many diagonals the matrix has below and above its main one.
    ab: these diagonals, ``ab[u + i - j, j] = a[i, j]``. Corners that lie outside of ``a`` are not read.
    b: a vector, or columns.

    Raises ShapeError where the shapes do not fit, LinAlgError for a singular matrix.

    >>> import autograd as ag
    >>> ab = ag.tensor([[0.0, 1.0, 1.0], [2.0, 2.0, 2.0]])  # of [[2, 1, 0], [0, 2, 1], [0, 0, 2]]
    >>> b = ag.tensor([3.0, 3.0, 2.0], requires_grad=True)
    >>> x = ag.solve_banded((0, 1), ab, b); x
    Tensor([1., 1., 1.], dtype=float32, grad_fn=solve_banded)
    >>> x[0].backward(); b.grad
    Tensor([ 0.5  , -0.25 ,  0.125], dtype=float32)
    """
    below, above = l_and_u
    ab, b = _real(ab), _real(b)
    if ab.ndim != 2 or b.ndim not in (1, 2) or ab.shape != (below + above + 1, b.shape[0]):
        call = describe_call("solve_banded", {"l_and_u": l_and_u, "ab": ab, "b": b})
        raise ShapeError(f"{call}: want shapes (l + u + 1, n) and (n,) or (n, k); stacks are not supported.")
    solve = scipy("linalg").solve_banded
    return solve((below, above), ab, b, check_finite=False) if b.size else np.zeros_like(b)


def _diagonals(l_and_u: Any, n: int) -> tuple[Any, Any, Any]:
    """For each place of ``ab``: how far below the main diagonal it lies, and the row of ``a``, clipped and valid."""
    below, above = l_and_u
    offset = np.arange(-above, below + 1)[:, None]
    row = np.arange(n) + offset
    inside = (row >= 0) & (row < n)
    return offset, np.where(inside, row, 0), inside


def _transposed(l_and_u: Any, ab: Any) -> Any:
    """The band matrix's transpose, whose diagonals stand in the other order and begin at other places."""
    below, above = l_and_u
    offset, column, inside = _diagonals((above, below), ab.shape[1])
    return np.where(inside, ab[above - offset, column], 0)


@solve_banded.joint_vjp("ab", "b", l_and_u=None)
def _banded_rule(g: Any, l_and_u: Any, ab: Any, out: Any, wanted: tuple[bool, bool]) -> Any:
    below, above = l_and_u
    n = out.shape[0]
    ab = np.reshape(ab, (below + above + 1, n))  # an array, if it was a list
    of_b = solve_banded((above, below), _transposed(l_and_u, ab), g)
    if not wanted[0]:
        return None, of_b
    _, row, inside = _diagonals(l_and_u, n)
    products = of_b[row] * out
    return -np.where(inside, products if products.ndim == 2 else np.sum(products, axis=-1), 0), of_b
