"""Elementwise functions."""

import torch

COUNTERPARTS = {
    "alias": lambda x: x.clone(),
    "power": lambda x, y: torch.pow(x, y),
    "rint": lambda x: torch.round(x),
    "softplus": lambda x: torch.nn.functional.softplus(x),
    "fabs": lambda x: torch.abs(x),
    "cbrt": lambda x: torch.sign(x) * torch.abs(x) ** (1 / 3),
    "degrees": lambda x: torch.rad2deg(x),
    "radians": lambda x: torch.deg2rad(x),
    "fmod": lambda x, y: torch.fmod(x, y),
    "heaviside": lambda x, y: torch.where(x == 0, y, (x > 0).to(x.dtype)),
    "nan_to_num": lambda x, nan: torch.nan_to_num(x, nan),
    "float_power": lambda x, y, dtype: torch.float_power(x, y),
    "divmod": lambda x, y: (torch.div(x, y, rounding_mode="floor"), torch.remainder(x, y)),
    "modf": lambda x: (torch.frac(x), torch.trunc(x)),
    "conjugate": lambda x: x.clone(),
    "real": lambda x: x.clone(),
    "real_if_close": lambda x: x.clone(),
    "imag": lambda x: torch.zeros_like(x),
    "angle": lambda x, deg: torch.rad2deg(torch.angle(x)) if deg else torch.angle(x),
    "where": lambda condition, x, y: torch.where(torch.tensor(condition.copy()), x, y),
    "clip": lambda x, low, high: torch.clip(*torch.broadcast_tensors(x, low, high)),
}

LACKING = {}
