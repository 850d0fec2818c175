"""Determinants, inverses and linear systems."""

import torch


def mirrored(a):
    """What NumPy takes a matrix to be of which it reads the lower triangle."""
    return a.tril() + a.tril(-1).mT


def pinv(a, rcond=1e-15, hermitian=False):
    return torch.linalg.pinv(mirrored(a) if hermitian else a, rtol=rcond)


def solve(a, b):
    return torch.linalg.solve(a, b.unsqueeze(-1)).squeeze(-1) if b.ndim == 1 else torch.linalg.solve(a, b)


def solve_triangular(a, b, trans, lower, unit_diagonal):
    if trans not in (0, "N"):
        a, lower = a.mT, not lower
    columns = b.unsqueeze(-1) if b.ndim == 1 else b
    x = torch.linalg.solve_triangular(a, columns, upper=not lower, unitriangular=unit_diagonal)
    return x.squeeze(-1) if b.ndim == 1 else x


def lstsq(a, b):
    x = torch.linalg.pinv(a) @ b
    residuals = ((b - a @ x) ** 2).sum(0).reshape(-1)
    return x, residuals if a.shape[0] > a.shape[1] else residuals[:0], torch.linalg.svdvals(a)


def cond(x, p):
    if p == "fro":  # PyTorch's own writes into the inverse that its derivative needs
        return torch.linalg.matrix_norm(x) * torch.linalg.matrix_norm(torch.linalg.inv(x))
    return torch.linalg.cond(x, p)


COUNTERPARTS = {
    "det": torch.linalg.det,
    "slogdet": torch.linalg.slogdet,
    "inv": torch.linalg.inv,
    "pinv": pinv,
    "solve": solve,
    "solve_triangular": solve_triangular,
    "lstsq": lstsq,
    "tensorinv": torch.linalg.tensorinv,
    "tensorsolve": lambda a, b, axes=None: torch.linalg.tensorsolve(a, b, axes),
    "cond": cond,
}

LACKING = {}
