"""Reciprocals of trigonometric and hyperbolic functions, and their inverses, as they are defined."""

import torch

COUNTERPARTS = {
    "sec": lambda x: 1 / torch.cos(x),
    "csc": lambda x: 1 / torch.sin(x),
    "cot": lambda x: torch.tan(torch.pi / 2 - x),  # 1 / tan(x) loses digits near its zero
    "sech": lambda x: 1 / torch.cosh(x),
    "csch": lambda x: 1 / torch.sinh(x),
    "coth": lambda x: 1 / torch.tanh(x),
    "arcsec": lambda x: torch.acos(1 / x),
    "arccsc": lambda x: torch.asin(1 / x),
    "arccot": lambda x: torch.atan(1 / x),
    "arcsech": lambda x: torch.acosh(1 / x),
    "arccsch": lambda x: torch.asinh(1 / x),
    "arccoth": lambda x: torch.atanh(1 / x),
}

LACKING = {}
