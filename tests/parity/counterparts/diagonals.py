"""Diagonals and triangles."""

import torch


def of_matrices(triangle):
    """A vector counts as a matrix of equal rows, as it does for NumPy."""
    return lambda x, k: triangle(x.expand(len(x), -1) if x.ndim == 1 else x, k)


COUNTERPARTS = {
    "tril": of_matrices(torch.tril),
    "triu": of_matrices(torch.triu),
    "trace": lambda x, offset, axis1, axis2: torch.diagonal(x, offset, axis1, axis2).sum(-1),
}

LACKING = {}
