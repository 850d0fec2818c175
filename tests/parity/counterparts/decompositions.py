"""Decompositions: PyTorch's vectors with the signs that LAPACK gives NumPy's, of the triangle that NumPy reads."""

import numpy as np
import torch


def read(a, lower=True):
    """The symmetric matrix that NumPy takes ``a`` to be."""
    return a.tril() + a.tril(-1).mT if lower else a.triu() + a.triu(1).mT


def signs(vectors, like):
    """1 or -1 for each column: what makes it the other's."""
    return torch.sign((vectors.detach() * torch.tensor(like)).sum(-2, keepdim=True))


def cholesky(a, upper):
    return torch.linalg.cholesky(read(a, not upper), upper=upper)


def qr(a, mode):
    q, r = torch.linalg.qr(a)
    sign = signs(q, np.linalg.qr(a.numpy(force=True))[0])
    return r * sign.mT if mode == "r" else (q * sign, r * sign.mT)


def eigh(a, UPLO):
    w, v = torch.linalg.eigh(read(a, UPLO in "Ll"))
    return w, v * signs(v, np.linalg.eigh(a.numpy(force=True), UPLO)[1])


def svd(a, full_matrices, compute_uv, hermitian):
    u, s, vh = torch.linalg.svd(read(a) if hermitian else a, full_matrices=full_matrices)
    if not compute_uv:
        return s
    sign = signs(u, np.linalg.svd(a.numpy(force=True), full_matrices, hermitian=hermitian)[0])
    return u * sign, s, vh * sign.mT


COUNTERPARTS = {
    "cholesky": cholesky,
    "qr": qr,
    "eigh": eigh,
    "eigvalsh": lambda a, UPLO: torch.linalg.eigvalsh(read(a, UPLO in "Ll")),
    "svd": svd,
    "svdvals": torch.linalg.svdvals,
}

LACKING = {}
