"""Padding, resizing, sliding blocks and rows of tables."""

import numpy as np
import torch

F = torch.nn.functional


def flat(widths):
    """Pairs of widths in PyTorch's order, the last axis first."""
    return [int(width) for pair in reversed(widths) for width in pair]


def transposed(function, x, shape):
    """The transpose of a linear map of arrays of ``shape``, at x; differentiable itself."""
    at = torch.zeros(shape, dtype=x.dtype, requires_grad=True)
    (found,) = torch.autograd.grad(function(at), at, x, create_graph=True)
    return found


def extended(x, widths, mode):
    """One axis at a time: PyTorch pads the last axes of inputs with two more."""
    for axis, pair in enumerate(widths):
        rows = x.movedim(axis, -1)
        padded = F.pad(rows.reshape(1, -1, rows.shape[-1]), pair, mode) if any(pair) else rows
        x = padded.reshape(*rows.shape[:-1], -1).movedim(-1, axis)
    return x


def folded_margins(x, widths, mode):
    shape = [n - sum(pair) for n, pair in zip(x.shape, widths, strict=True)]
    return transposed(lambda at: extended(at, widths, mode), x, shape)


def unfolded(x, kernel, dilation, padding, stride):
    count = [
        (n + 2 * p - d * (k - 1) - 1) // s + 1
        for n, k, d, p, s in zip(x.shape[2:], kernel, dilation, padding, stride, strict=True)
    ]
    if not x.numel():
        return x.sum() + x.new_zeros(len(x), x.shape[1] * kernel[0] * kernel[1], count[0] * count[1])
    return F.unfold(x, kernel, dilation, padding, stride)


def folded(x, size, kernel, *rest):
    if not x.numel():
        return x.sum() + x.new_zeros(len(x), x.shape[1] // (kernel[0] * kernel[1]), *size)
    return F.fold(x, size, kernel, *rest)


def resampled(x, axis, how, is_transposed=False):
    """Row by row of the last axis; what has two axes in PyTorch gets one of length 1."""

    def along(rows):
        options = {} if how.mode == "area" else {"align_corners": how.align_corners}
        if how.mode == "area" or (how.mode == "linear" and not how.antialias):
            return F.interpolate(rows, how.target, mode=how.mode, **options)
        mode = "bilinear" if how.mode == "linear" else "bicubic"
        size = (1, how.target)
        return F.interpolate(rows[:, :, None], size, mode=mode, antialias=how.antialias, **options)[:, :, 0]

    rows = x.movedim(axis, -1)
    shape, length = rows.shape[:-1], how.source if is_transposed else how.target
    if not x.numel():
        return (x.sum() + x.new_zeros(*shape, length)).movedim(-1, axis)
    rows = rows.reshape(1, -1, rows.shape[-1])
    out = transposed(along, rows, (1, rows.shape[1], how.source)) if is_transposed else along(rows)
    return out.reshape(*shape, length).movedim(-1, axis)


def put(x, sources, axis, length):
    shape = (*x.shape[:axis], length, *x.shape[axis + 1 :])
    return x.new_zeros(shape).index_add(axis, torch.tensor(sources.copy()), x)


def embedded(weight, indices, padding_idx=None, scale_grad_by_freq=False):
    """Our surrogate, since PyTorch's own function differentiates twice neither empty inputs nor scaled gradients."""
    indices = torch.tensor(np.array(indices))
    shares = (indices != (-1 if padding_idx is None else padding_idx)).to(weight.dtype)
    if scale_grad_by_freq:
        shares = shares / torch.bincount(indices.reshape(-1), minlength=len(weight)).clamp(min=1)[indices]
    return weight[indices] * shares[..., None]


def rows_added(x, indices, count):
    flat_indices = torch.tensor(np.array(indices).reshape(-1))
    return x.new_zeros(count, x.shape[-1]).index_add(0, flat_indices, x.reshape(-1, x.shape[-1]))


def pairs_rotated(x, cos, sin, interleaved=True):
    """A product of complex numbers."""
    shape = (*x.shape[:-1], x.shape[-1] // 2, 2) if interleaved else (*x.shape[:-1], 2, x.shape[-1] // 2)
    pairs = x.reshape(shape) if interleaved else x.reshape(shape).transpose(-1, -2)
    turns = torch.tensor(np.array(cos) + 1j * np.array(sin))
    turned = torch.complex(pairs[..., 0], pairs[..., 1]) * turns
    out = torch.stack([turned.real, turned.imag], -1)
    return (out if interleaved else out.transpose(-1, -2)).reshape(x.shape)


COUNTERPARTS = {
    "pad_constant": lambda x, widths, value=0: F.pad(x, flat(widths), value=float(value)),
    "extend": extended,
    "fold_margins": folded_margins,
    "unfold": unfolded,
    "fold": folded,
    "resample": resampled,
    "pick": lambda x, sources, axis: x.index_select(axis, torch.tensor(sources.copy())),
    "put": put,
    "embedding": embedded,
    "add_rows": rows_added,
    "rotate_pairs": pairs_rotated,
}

LACKING = {}
