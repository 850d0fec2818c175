"""Convolution."""

import torch


def correlate(a, v, mode):
    full = torch.nn.functional.conv1d(a.reshape(1, 1, -1), v.reshape(1, 1, -1), padding=len(v) - 1).reshape(-1)
    shorter = min(len(a), len(v))
    if mode == "full":
        return full
    if mode == "valid":
        return full[shorter - 1 : len(full) - shorter + 1]
    start = (shorter - 1) // 2 if len(a) >= len(v) else shorter // 2
    return full[start : start + max(len(a), len(v))]


def convolve(a, v, mode):
    return correlate(a, v.flip(0), mode) if len(a) >= len(v) else correlate(v, a.flip(0), mode)


COUNTERPARTS = {"convolve": convolve, "correlate": correlate}

LACKING = {"polyval": "it is compared with NumPy"}
