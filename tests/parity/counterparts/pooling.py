"""Kernels of pooling. PyTorch's own where it has one, else matrices and indices worked out window by window."""

import numpy as np
import torch

F = torch.nn.functional


def max_pool(x, lines):
    kernel, stride, padding, dilation = (
        tuple(getattr(line, name) for line in lines) for name in ("kernel", "stride", "padding", "dilation")
    )
    counts = tuple(line.windows for line in lines)
    sizes = x.shape[x.ndim - len(lines) :]
    flat = x.reshape(-1 if x.numel() else 0, 1, *sizes)  # PyTorch takes no images without channels
    pool = getattr(F, f"max_pool{len(lines)}d")
    # axis by axis: here some axes may have a last window that is not full, and others not
    for axis in range(len(lines)):
        options = [tuple(each[i] if i == axis else 1 for i in range(len(lines))) for each in (kernel, stride, dilation)]
        padded = tuple(padding[axis] if i == axis else 0 for i in range(len(lines)))
        results = [pool(flat, *options[:2], padded, options[2], ceil_mode=ceil_mode) for ceil_mode in (False, True)]
        flat = next(each for each in results if each.shape[2 + axis] == counts[axis])
    return flat.reshape(*x.shape[: x.ndim - len(lines)], *counts)


def places(numbers, lines):
    """Where numbered elements of windows lie in the flattened axes."""
    within = np.unravel_index(numbers, [line.kernel for line in lines])
    windows = np.indices([line.windows for line in lines])
    along = [
        w * line.stride - line.padding + t * line.dilation for w, t, line in zip(windows, within, lines, strict=True)
    ]
    found = np.ravel_multi_index(along, [line.size for line in lines])
    return torch.tensor(found.reshape(*numbers.shape[: numbers.ndim - len(lines)], np.prod(windows.shape[1:])))


def window_scatter(x, numbers, lines):
    leading = x.shape[: x.ndim - len(lines)]
    sizes = [line.size for line in lines]
    indices = places(numbers, lines)
    out = torch.zeros(*leading, int(np.prod(sizes)), dtype=x.dtype)
    return out.scatter_add(-1, indices, x.reshape(indices.shape)).reshape(*leading, *sizes)


def window_gather(x, numbers, lines):
    indices = places(numbers, lines)
    flat = x.reshape(*indices.shape[:-1], int(np.prod([line.size for line in lines])))
    return torch.gather(flat, -1, indices).reshape(numbers.shape)


def membership(line):
    """1 where a window has an element, (count, size)."""
    elements, windows = np.arange(line.size), np.arange(line.windows)[:, None]
    if hasattr(line, "kernel"):
        starts = windows * line.stride - line.padding
        is_there = (elements >= starts) & (elements < starts + line.kernel)
    else:  # those of adaptive pooling
        is_after_start = (elements + 1) * line.windows > windows * line.size
        is_there = is_after_start & (elements * line.windows < (windows + 1) * line.size)
    return torch.tensor(is_there, dtype=torch.float64)


def divisor(divisors):
    out = torch.ones(())
    for each in divisors:
        out = out[..., None] * torch.tensor(each, dtype=torch.float64)
    return out


def along_axes(x, matrices):
    for axis, matrix in enumerate(matrices, x.ndim - len(matrices)):
        x = torch.movedim(torch.movedim(x, axis, -1) @ matrix.T, -1, axis)
    return x


COUNTERPARTS = {
    "window_max": max_pool,
    "max_pool": max_pool,
    "window_scatter": window_scatter,
    "window_gather": window_gather,
    "window_mean": lambda x, lines, divisors: along_axes(x, [membership(line) for line in lines]) / divisor(divisors),
    "share_out": lambda x, lines, divisors: along_axes(x / divisor(divisors), [membership(line).T for line in lines]),
}

LACKING = {}
