"""Convolution's three primitives."""

import torch


def convolution(x, weight, bias, stride, padding, dilation, groups):
    x = torch.nn.functional.pad(x, [n for pair in reversed(padding) for n in pair])
    convolve = getattr(torch.nn.functional, f"conv{len(stride)}d")
    return convolve(x, weight, bias, stride, 0, dilation, groups)


def convolution_to_input(y, weight, sizes, stride, padding, dilation, groups):
    x = torch.zeros(len(y), weight.shape[1] * groups, *sizes, dtype=y.dtype, requires_grad=True)
    out = convolution(x, weight, None, stride, padding, dilation, groups)
    return torch.autograd.grad(out, x, y, create_graph=True)[0]


def convolution_to_weight(y, x, kernel, stride, padding, dilation, groups):
    weight = torch.zeros(y.shape[1], x.shape[1] // groups, *kernel, dtype=y.dtype, requires_grad=True)
    out = convolution(x, weight, None, stride, padding, dilation, groups)
    return torch.autograd.grad(out, weight, y, create_graph=True)[0]


COUNTERPARTS = {
    "convolution": convolution,
    "convolution_to_input": convolution_to_input,
    "convolution_to_weight": convolution_to_weight,
}

LACKING = {}
