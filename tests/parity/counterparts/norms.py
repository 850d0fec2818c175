"""Norms, and covariance."""

import torch


def order(ord):
    return float(ord) if isinstance(ord, int) else ord


def vector_norm(x, axis, keepdims, ord):
    if axis == ():  # PyTorch's () stands for all axes
        return torch.linalg.vector_norm(x.unsqueeze(0), order(ord), 0)
    return torch.linalg.vector_norm(x, order(ord), axis, keepdims)


def cov(x, y=None, rowvar=True, bias=False, ddof=None, fweights=None, aweights=None):
    parts = [torch.atleast_2d(part if rowvar or part.ndim < 2 else part.T) for part in (x, y) if part is not None]
    if ddof is None:
        ddof = 0 if bias else 1
    if fweights is not None:
        fweights = torch.tensor(fweights.copy())
    return torch.cov(torch.cat(parts), correction=ddof, fweights=fweights, aweights=aweights)


def corrcoef(x, y, rowvar):
    parts = [torch.atleast_2d(part if rowvar or part.ndim < 2 else part.T) for part in (x, y) if part is not None]
    return torch.corrcoef(torch.cat(parts))


COUNTERPARTS = {
    "vector_norm": vector_norm,
    "matrix_norm": lambda x, keepdims, ord: torch.linalg.matrix_norm(x, order(ord), keepdim=keepdims),
    "norm": lambda x, ord, axis, keepdims: torch.linalg.norm(x, order(ord), axis, keepdims),
    "cov": cov,
    "corrcoef": corrcoef,
}

LACKING = {}
