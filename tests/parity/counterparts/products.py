"""Products."""

import torch


def dot(x, y):
    if not (x.ndim and y.ndim):
        return x * y
    return torch.tensordot(x, y, dims=([-1], [-1 if y.ndim == 1 else -2]))


def cross(x, y, axisa, axisb, axisc, axis):
    if axis is not None:
        axisa = axisb = axisc = axis
    vectors = torch.broadcast_tensors(x.movedim(axisa, -1), y.movedim(axisb, -1))
    return torch.linalg.cross(*vectors).movedim(-1, axisc)


COUNTERPARTS = {
    "tensordot": lambda x, y, axes: torch.tensordot(x, y, dims=axes),
    "dot": dot,
    "inner": lambda x, y: torch.inner(x, y),
    "vdot": lambda x, y: torch.vdot(x.reshape(-1), y.reshape(-1)),
    "outer": lambda x, y: torch.outer(x.reshape(-1), y.reshape(-1)),
    "row_products": lambda x, y: x @ y.mT,
    "column_products": lambda x, y: x.mT @ y,
    "vecdot": torch.linalg.vecdot,
    "matvec": lambda x, y: torch.einsum("...ij,...j->...i", x, y),
    "vecmat": lambda x, y: torch.einsum("...i,...ij->...j", x, y),
    "cross": cross,
    "multi_dot": torch.linalg.multi_dot,
    "matrix_power": torch.linalg.matrix_power,
}

LACKING = {}
