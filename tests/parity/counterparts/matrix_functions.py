"""Functions of matrices, and equations in matrices."""

import torch


def solve_sylvester(a, b, q):
    m, n = q.shape
    eye = torch.eye
    whole = torch.kron(a, eye(n, dtype=a.dtype)) + torch.kron(eye(m, dtype=a.dtype), b.mT.contiguous())
    return torch.linalg.solve(whole, q.reshape(-1)).reshape(m, n)


def sqrtm(a):
    """The iteration of Denman and Beavers."""
    y, z = a, torch.eye(len(a), dtype=a.dtype)
    for _ in range(12):
        y, z = (y + torch.linalg.inv(z)) / 2, (z + torch.linalg.inv(y)) / 2
    return y.clone()


def solve_banded(l_and_u, ab, b):
    below, above = l_and_u
    n = len(b)
    whole = torch.zeros(n, n, dtype=ab.dtype)
    for offset in range(max(-above, 1 - n), min(below, n - 1) + 1):
        whole = whole + torch.diag(ab[above + offset, max(0, -offset) : n - max(0, offset)], -offset)
    return torch.linalg.solve(whole, b.unsqueeze(-1)).squeeze(-1) if b.ndim == 1 else torch.linalg.solve(whole, b)


COUNTERPARTS = {
    "solve_sylvester": solve_sylvester,
    "sqrtm": sqrtm,
    "expm": lambda a: torch.linalg.matrix_exp(a),
    "solve_banded": solve_banded,
}

LACKING = {}
