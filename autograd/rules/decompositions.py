"""Decompositions of matrices, for stacks of them as NumPy takes them: (..., m, n).

`cholesky`, `eigh` and `eigvalsh` are functions of one triangle of their argument, since NumPy reads no more, and so
are their derivatives: the gradient has zeros in the other triangle, and off the diagonal twice what the symmetric
gradient has. A symmetric matrix that was computed, such as ``b @ b.mT``, gets the same gradient either way, since the
triangles' parts add up where it was. For one that is itself a parameter write ``eigh((a + a.mT) / 2)``: that gives
the symmetric gradient, which keeps the parameter symmetric.

Eigenvectors of equal eigenvalues, and singular vectors of equal singular values, are any basis of their space. Where
a gradient asks for the derivative of such vectors there is none, and that is a GradientError. Equal means up to
rounding. Vectors that have no gradient and whose values have equal ones count as unused: then the rest is right.

Rules after Seeger, Hetzel, Dai, Meissner and Lawrence (2017), "Auto-differentiating linear algebra"; Giles (2008), "An
extended collection of matrix derivative results for forward and reverse mode algorithmic differentiation"; Townsend
(2016), "Differentiating the singular value decomposition"; Roberts and Roberts (2020), "QR and LQ decomposition matrix
backpropagation algorithms for square, wide, and deep matrices and their software implementation".
"""

from __future__ import annotations

from typing import Any, NamedTuple

import numpy as np

from autograd.composites import composite
from autograd.errors import ArgumentError, GradientError
from autograd.primitives import primitive
from autograd.rules.linalg import halves, of_triangle, regular, solve_triangular, swapped
from autograd.spec import draw_shape
from autograd.values import value_of

# --- Cholesky -------------------------------------------------------------------------------------------


def _cholesky_samples(rng: np.random.Generator) -> tuple[Any, ...]:
    n = int(rng.integers(0, 5))
    upper = bool(rng.integers(2))
    a = rng.uniform(-1.0, 1.0, (*draw_shape(rng, 2), n, n))
    unread = rng.uniform(-3.0, 3.0, a.shape) * np.tri(n, k=-1)
    return a @ swapped(a) + np.eye(n) + (unread if upper else swapped(unread)), upper


@primitive(numpy=np.linalg.cholesky, samples=_cholesky_samples)
def cholesky(a: Any, upper: bool = False) -> Any:
    """The lower triangular L with ``L @ L.mT = a``, or the upper U with ``U.mT @ U = a``: (..., n, n) -> (..., n, n).

    Reads the lower triangle of ``a`` alone, or the upper, and has a gradient there alone: for a symmetric parameter
    write ``cholesky((a + a.mT) / 2)``. Raises LinAlgError for a matrix that is not positive definite.

    >>> import autograd as ag
    >>> a = ag.tensor([[4.0, 2.0], [2.0, 5.0]], requires_grad=True)
    >>> ag.cholesky(a)
    Tensor([[2., 0.],
            [1., 2.]], dtype=float32, grad_fn=cholesky)
    >>> ag.cholesky(a).sum().backward(); a.grad
    Tensor([[0.1875, 0.    ],
            [0.25  , 0.25  ]], dtype=float32)
    """
    try:
        return np.linalg.cholesky(a, upper=upper)
    except np.linalg.LinAlgError as error:
        if "definite" not in str(error):
            raise
        raise np.linalg.LinAlgError(
            f"{error}. If it should be, rounding has made its smallest eigenvalue negative: add a little to the "
            "diagonal, a + 1e-6 * np.eye(n), or more."
        ) from error


def _cholesky_rule(g: Any, out: Any, upper: bool) -> Any:
    """Murray (2016), "Differentiation of the Cholesky decomposition", whose result is a triangle, too."""
    factor, g = (swapped(out), swapped(g)) if upper else (out, g)
    half = solve_triangular(factor, _mirrored(swapped(factor) @ g), 1, lower=True)
    return solve_triangular(factor, swapped(half), 1, lower=True) * halves(g, not upper)


def _mirrored(x: Any) -> Any:
    """The symmetric matrix with the lower triangle of ``x``."""
    x = x * halves(x, lower=True)
    return x + swapped(x)


cholesky.vjp(a=_cholesky_rule)


# --- what samples, and what is determined ---------------------------------------------------------------


def _steady(rng: np.random.Generator, batch: tuple[int, ...], m: int, n: int, vectors: Any) -> np.ndarray:
    """Matrices whose vectors turn little where the entries change: signs, which LAPACK chooses, are not near a jump.

    Their values are well apart. Entries near 0 are avoided, since close to these the signs jump to and fro.
    """
    found = np.zeros((*batch, m, n))
    for place in np.ndindex(batch):
        turned = 1.0
        while turned > 0.05:
            entries = rng.uniform(0.4, 0.8, (m, n)) + np.eye(m, n) * (1.0 + 2.0 * rng.permutation(n))
            found[place] = entries * rng.choice([-1.0, 1.0], (m, n))
            near = found[place] + rng.uniform(-0.02, 0.02, (100, m, n)) * np.linspace(0.1, 1.0, 100)[:, None, None]
            pairs = zip(vectors(found[place]), vectors(near), strict=True)
            turned = max(np.max(1 - np.sum(a * b, axis=-2), initial=0.0) for a, b in pairs)
    return found


def _equal(values: Any) -> np.ndarray:
    """Which pairs of a matrix's eigenvalues, or singular values, are equal up to rounding: (..., n) -> (..., n, n)."""
    values = value_of(values)
    scale = np.max(np.abs(values), axis=-1, initial=0)[..., None, None]
    gaps = np.abs(values[..., None, :] - values[..., :, None])
    return np.asarray(gaps <= values.shape[-1] * np.finfo(values.dtype).eps * scale)


def _refuse_ties(name: str, what: str, values: Any, equal: np.ndarray, of_values: Any, *of_vectors: Any) -> None:
    """Raise GradientError where vectors of equal values have a gradient, or such values have unequal ones."""
    ties = equal & ~np.eye(equal.shape[-1], dtype=bool)
    if not ties.any():
        return
    used = sum(np.any(g != 0, axis=-2) for g in of_vectors if g is not None) > 0
    refused = used[..., :, None] | used[..., None, :]
    if of_values is not None:
        g = value_of(of_values)
        rounding = np.finfo(g.dtype).eps ** 0.5 * np.max(np.abs(g), axis=-1, initial=0)[..., None, None]
        refused = refused | (np.abs(g[..., None, :] - g[..., :, None]) > rounding)
    places = np.argwhere(ties & refused)
    if len(places):
        *batch, i, j = places[0].tolist()
        of_which = f" of matrix {batch}" if batch else ""
        value = value_of(values)[(*batch, i)]
        raise GradientError(
            f"{name}: {what} {i} and {j}{of_which} are equal, {value:.6g} up to rounding, so that their vectors may be "
            "any basis of one space and have no derivative. Use only the others, or the values alone (eigvalsh, "
            "svdvals), or part the equal ones by adding different small numbers to the diagonal."
        )


def _determined(name: str, remedy: str, vectors: Any, g: Any, count: int) -> tuple[Any, Any]:
    """The first ``count`` vectors and their gradient; the others only complete a basis, and have no derivative."""
    if vectors.shape[-1] == count:
        return vectors, g
    if g is not None:
        if np.any(g[..., count:] != 0):
            raise GradientError(
                f"{name}: of {vectors.shape[-1]} vectors the matrix determines the first {count}; the others complete "
                f"them to a basis, in some way, and have no derivative. Use {remedy}."
            )
        g = g[..., :count]
    return vectors[..., :count], g


# --- QR -------------------------------------------------------------------------------------------------


def _qr_samples(rng: np.random.Generator) -> tuple[Any, ...]:
    m, n = (int(length) for length in rng.integers(1, 5, 2))
    mode = ("reduced", "r", "complete")[rng.integers(3)]
    if mode == "complete":
        n = max(m, n)
    return _steady(rng, draw_shape(rng, 2), m, n, lambda a: (np.linalg.qr(a)[0],)), mode


@primitive(numpy=np.linalg.qr, samples=_qr_samples)
def qr(a: Any, mode: Any = "reduced") -> NamedTuple:
    """Factors ``a = Q @ R``, orthonormal columns and upper triangular: (..., m, n) -> (..., m, k), (..., k, n).

    ``a`` may be tall, square or wide, but its first k = min(m, n) columns must be linearly independent for a
    derivative.

    Parameters
    ----------
    a: the matrices.
    mode: "reduced"; "r" for R alone; or "complete", with an m by m Q, of which the derivative may use the first k
        columns.

    Raises ArgumentError for NumPy's other modes. In the backward pass, GradientError for dependent columns, and where
    columns of Q beyond the k-th have a gradient.

    >>> import autograd as ag
    >>> a = ag.tensor([[3.0], [4.0]], requires_grad=True)
    >>> ag.qr(a).R.backward(); a.grad
    Tensor([[-0.6],
            [-0.8]], dtype=float32)
    """
    if mode not in ("reduced", "r", "complete"):
        raise ArgumentError(f"qr: mode={mode!r}; want 'reduced', 'complete' or 'r'.")
    return np.linalg.qr(a, mode)


def _qr_rule(g: Any, a: Any, out: Any, mode: str) -> Any:
    """Seeger et al. (2017), and Roberts and Roberts (2020) for wide matrices."""
    (q, r), (g_q, g_r) = (np.linalg.qr(a), (None, g)) if mode == "r" else (out, g)
    m, n = a.shape[-2:]
    k = min(m, n)
    q, g_q = _determined("qr", 'mode="reduced"', q, g_q, k)
    g_q = np.zeros_like(q) if g_q is None else g_q
    g_r = np.zeros_like(r) if g_r is None else g_r
    head, g_head = r[..., :k, :k], g_r[..., :k, :k]
    _refuse_dependent(value_of(head))
    g_q = g_q + q @ (r[..., :k, k:] @ swapped(g_r[..., :k, k:]))
    inner = _mirrored(head @ swapped(g_head) - swapped(g_q) @ q)
    columns = swapped(solve_triangular(head, swapped(g_q + q @ inner)))
    return np.concatenate([columns, q @ g_r[..., :k, k:]], axis=-1)


def _refuse_dependent(r: np.ndarray) -> None:
    """Raise GradientError where a column of ``q @ r`` lies in the space of those before it, up to rounding."""
    k = r.shape[-1]
    off = np.abs(np.diagonal(r, axis1=-2, axis2=-1))
    dependent = np.argwhere(off <= k * np.finfo(r.dtype).eps * np.linalg.norm(r, axis=-2))
    if len(dependent):
        raise GradientError(
            f"qr: column {dependent[0][-1]} of the matrix depends linearly on those before it, so that there is no "
            "derivative. Drop such columns, or add small random numbers to the matrix."
        )


qr.vjp(a=_qr_rule)


# --- symmetric eigenvalues ------------------------------------------------------------------------------


def _eigh_samples(rng: np.random.Generator) -> tuple[Any, ...]:
    n = int(rng.integers(0, 4))
    uplo: Any = "LUlu"[rng.integers(4)]
    return _steady(rng, draw_shape(rng, 2), n, n, lambda a: (np.linalg.eigh(a, uplo)[1],)), uplo


@primitive(numpy=np.linalg.eigh, samples=_eigh_samples)
def eigh(a: Any, UPLO: Any = "L") -> NamedTuple:
    """Eigenvalues, rising, and eigenvectors, in columns, of symmetric matrices: (..., n, n) -> (..., n), (..., n, n).

    The results are called ``eigenvalues`` and ``eigenvectors``. Each vector's sign is LAPACK's choice, and may jump.

    Parameters
    ----------
    a: of which one triangle is read, and has a gradient: for a symmetric parameter write ``eigh((a + a.mT) / 2)``.
    UPLO: "L" for the lower triangle, "U" for the upper.

    Raises GradientError in the backward pass where vectors of equal eigenvalues have a gradient, or such values have
    unequal ones beside gradients of vectors: there is no derivative. Gradients of the eigenvalues alone are right for
    equal ones in every function that treats these alike.

    >>> import autograd as ag
    >>> a = ag.tensor([[2.0, 1.0], [1.0, 2.0]], requires_grad=True)
    >>> w, v = ag.eigh(a)
    >>> w
    Tensor([1., 3.], dtype=float32, grad_fn=eigh)
    >>> w[1].backward(); a.grad.numpy().round(3)
    array([[0.5, 0. ],
           [1. , 0.5]], dtype=float32)
    """
    return np.linalg.eigh(a, UPLO)


def _eigh_rule(g: Any, out: Any, UPLO: str) -> Any:
    """Giles (2008), section 3.1; Seeger et al. (2017)."""
    (w, v), (g_w, g_v) = out, g
    if g_v is None:
        return of_triangle((v * np.expand_dims(g_w, -2)) @ swapped(v), UPLO in "Ll")
    equal = _equal(w)
    _refuse_ties("eigh", "eigenvalues", w, equal, g_w, g_v)
    gaps = np.expand_dims(w, -2) - np.expand_dims(w, -1)
    inner = (swapped(v) @ g_v) * (~equal / np.where(equal, 1, gaps))
    if g_w is not None:
        inner = inner + np.eye(w.shape[-1], dtype=w.dtype) * np.expand_dims(g_w, -2)
    return of_triangle(v @ inner @ swapped(v), UPLO in "Ll")


eigh.vjp(a=_eigh_rule)


@primitive(numpy=np.linalg.eigvalsh, samples=_eigh_samples)
def eigvalsh(a: Any, UPLO: Any = "L") -> Any:
    """Eigenvalues of symmetric matrices, rising: (..., n, n) -> (..., n).

    The triangle that is read is as in `eigh`. First derivatives are right for equal eigenvalues, too, in every
    function that treats these alike, such as a sum; second derivatives are a GradientError there.

    >>> import autograd as ag
    >>> a = ag.tensor([[3.0, 0.0], [0.0, 3.0]], requires_grad=True)
    >>> (ag.eigvalsh(a) ** 2).sum().backward(); a.grad
    Tensor([[6., 0.],
            [0., 6.]], dtype=float32)
    """
    return np.linalg.eigvalsh(a, UPLO)


def _eigvalsh_rule(g: Any, a: Any, UPLO: Any) -> Any:
    v = np.linalg.eigh(a, UPLO)[1]
    return of_triangle((v * np.expand_dims(g, -2)) @ swapped(v), UPLO in "Ll")


eigvalsh.vjp(a=_eigvalsh_rule)


# --- singular values ------------------------------------------------------------------------------------


def _svd_samples(rng: np.random.Generator) -> tuple[Any, ...]:
    m, n = (int(length) for length in rng.integers(0, 4, 2))
    hermitian, compute_uv = bool(rng.random() < 0.2), bool(rng.random() < 0.8)
    if hermitian:
        n = m
    full_matrices = bool((m == n or not compute_uv) and rng.random() < 0.5)

    def vectors(a: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
        u, _, vh = np.linalg.svd(a, full_matrices=False, hermitian=hermitian)
        return u, swapped(vh)

    return _steady(rng, draw_shape(rng, 2), m, n, vectors), full_matrices, compute_uv, hermitian


@primitive(numpy=np.linalg.svd, samples=_svd_samples)
def svd(a: Any, full_matrices: bool = True, compute_uv: Any = True, hermitian: bool = False) -> NamedTuple:
    """Factors ``a = U @ diag(S) @ Vh``, singular values falling: (..., m, n) -> (..., m, k), (..., k), (..., k, n).

    The results are called ``U``, ``S``, ``Vh``; k = min(m, n). The signs of a pair of vectors are LAPACK's choice.
    A singular value of 0 is at a kink; its gradient is one of the slopes there.

    Parameters
    ----------
    a: the matrices.
    full_matrices: complete U and Vh to squares; a derivative may use their first k vectors.
    compute_uv: False for S alone.
    hermitian: that ``a`` is symmetric; then its lower triangle alone is read, and has a gradient, as in `eigh`.

    Raises GradientError in the backward pass where vectors have a gradient and no derivative: those of equal singular
    values, those of a 0 in matrices that are not square, and those beyond the k-th.

    >>> import autograd as ag
    >>> a = ag.tensor([[3.0, 0.0], [4.0, 0.0]], requires_grad=True)
    >>> u, s, vh = ag.svd(a)
    >>> s[0].backward(); a.grad.numpy().round(3) + 0
    array([[0.6, 0. ],
           [0.8, 0. ]], dtype=float32)
    """
    factors: NamedTuple = np.linalg.svd(a, full_matrices, compute_uv, hermitian)
    return factors


def _svd_rule(g: Any, a: Any, out: Any, compute_uv: bool, hermitian: bool) -> Any:
    if compute_uv:
        whole = _factors_rule(g, out)
    else:
        u, _, vh = np.linalg.svd(a, full_matrices=False, hermitian=hermitian)
        whole = (u * np.expand_dims(g, -2)) @ vh
    return of_triangle(whole, lower=True) if hermitian else whole


def _factors_rule(g: Any, out: Any) -> Any:
    """Seeger et al. (2017), and Townsend (2016) for what lies out of the space of the vectors."""
    (u, s, vh), (g_u, g_s, g_vh) = out, g
    k = s.shape[-1]
    u, g_u = _determined("svd", "full_matrices=False", u, g_u, k)
    v, g_v = _determined("svd", "full_matrices=False", swapped(vh), None if g_vh is None else swapped(g_vh), k)
    if g_u is None and g_v is None:
        return (u * np.expand_dims(g_s, -2)) @ swapped(v)
    equal = _equal(s)
    _refuse_ties("svd", "singular values", s, equal, g_s, g_u, g_v)
    by_row, by_column = np.expand_dims(s, -1), np.expand_dims(s, -2)
    share = ~equal / np.where(equal, 1, (by_column - by_row) * (by_column + by_row))
    inner = np.zeros_like(share) if g_s is None else np.eye(k, dtype=s.dtype) * np.expand_dims(g_s, -2)
    whole: Any = 0
    if g_u is not None:
        turn = swapped(u) @ g_u
        inner = inner + share * (turn - swapped(turn)) * by_column
        if u.shape[-2] > k:
            whole = _out_of_space(g_u - u @ turn, g_u, g_s, s) @ swapped(v)
    if g_v is not None:
        turn = swapped(v) @ g_v
        inner = inner + share * (turn - swapped(turn)) * by_row
        if v.shape[-2] > k:
            whole = whole + u @ swapped(_out_of_space(g_v - v @ turn, g_v, g_s, s))
    return whole + u @ inner @ swapped(v)


def _out_of_space(rest: Any, g: Any, g_s: Any, s: Any) -> Any:
    """What turns the space of the vectors, by their values; refused where the vector of a 0 is in use."""
    values = value_of(s)
    zero = values <= values.shape[-1] * np.finfo(values.dtype).eps * np.max(values, axis=-1, initial=0, keepdims=True)
    used = np.any(g != 0, axis=-2)
    if np.any(zero & (used if g_s is None else used | (g_s != 0))):
        raise GradientError(
            "svd: a singular value is 0, up to rounding, so that its vector on the longer side may be any in a space "
            "of more than one dimension and has no derivative. Use only what comes before it, or svdvals."
        )
    return rest / np.expand_dims(np.where(zero, 1, s), -2)


svd.vjp(a=_svd_rule)


@composite(
    numpy=np.linalg.svdvals,
    is_method=False,
    samples=lambda rng: (regular(rng, *draw_shape(rng, 2), *rng.integers(0, 4, 2)),),
)
def svdvals(x: Any) -> Any:
    """Singular values, falling: (..., m, n) -> (..., min(m, n)).

    First derivatives are right for equal values, too, in every function that treats these alike, such as a sum;
    second derivatives are a GradientError there.

    >>> import autograd as ag
    >>> x = ag.tensor([[3.0, 0.0], [0.0, 3.0]], requires_grad=True)
    >>> ag.svdvals(x).sum().backward(); x.grad
    Tensor([[1., 0.],
            [0., 1.]], dtype=float32)
    """
    return np.linalg.svd(x, compute_uv=False)
