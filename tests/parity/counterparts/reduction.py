"""Reductions."""


def over_axes(function):
    """NumPy's axis: None for all axes, an int, or a tuple, of none too; PyTorch's () stands for all."""

    def reduce(x, axis=None, keepdims=False, **options):
        axes = tuple(range(x.ndim)) if axis is None else axis if isinstance(axis, tuple) else (axis,)
        if not axes:
            return function(x.unsqueeze(0), (0,), False, **options)
        return function(x, axes, keepdims, **options)

    return reduce


def product(x, axes, keepdims):
    for axis in sorted((a % x.ndim for a in axes), reverse=True):
        x = x.prod(axis, keepdim=keepdims)
    return x


COUNTERPARTS = {
    "sum": over_axes(lambda x, axes, keepdims: x.sum(axes, keepdim=keepdims)),
    "mean": over_axes(lambda x, axes, keepdims: x.mean(axes, keepdim=keepdims)),
    "var": over_axes(lambda x, axes, keepdims, ddof=0: x.var(axes, correction=ddof, keepdim=keepdims)),
    "std": over_axes(lambda x, axes, keepdims, ddof=0: x.std(axes, correction=ddof, keepdim=keepdims)),
    "max": over_axes(lambda x, axes, keepdims: x.amax(axes, keepdim=keepdims)),
    "min": over_axes(lambda x, axes, keepdims: x.amin(axes, keepdim=keepdims)),
    "prod": over_axes(product),
    "logsumexp": over_axes(lambda x, axes, keepdims: x.logsumexp(axes, keepdim=keepdims)),
}

LACKING = {}
