"""Statistics."""

import torch

from .reduction import over_axes


def rows(x, axis):
    """The axes that are reduced made one, the last."""
    axes = range(x.ndim) if axis is None else axis if isinstance(axis, tuple) else (axis,)
    axes = sorted(a % x.ndim for a in axes)
    moved = x.movedim(axes, list(range(x.ndim - len(axes), x.ndim)))
    return moved.flatten(x.ndim - len(axes)) if axes else moved.unsqueeze(-1)


def levels(function, whole):
    def quantile(x, q, axis):
        q = q if torch.is_tensor(q) else torch.tensor(q, dtype=x.dtype)
        return function(rows(x, axis), q / whole, dim=-1)

    return quantile


COUNTERPARTS = {
    "ptp": over_axes(lambda x, axes, keepdims: x.amax(axes, keepdim=keepdims) - x.amin(axes, keepdim=keepdims)),
    "median": lambda x, axis: torch.quantile(rows(x, axis), 0.5, dim=-1),
    "quantile": levels(torch.quantile, 1),
    "percentile": levels(torch.quantile, 100),
    "nanmedian": lambda x, axis: torch.nanquantile(rows(x, axis), 0.5, dim=-1),
    "nanquantile": levels(torch.nanquantile, 1),
    "nanpercentile": levels(torch.nanquantile, 100),
    "nansum": over_axes(lambda x, axes, keepdims: torch.nansum(x, axes)),
    "nanmean": over_axes(lambda x, axes, keepdims: torch.nanmean(x, axes)),
}

LACKING = dict.fromkeys(
    ["nanprod", "nanvar", "nanstd", "nanmax", "nanmin"], "PyTorch has no function of that kind that leaves out nan"
) | {"average": "PyTorch's means have no weights"}
