"""Images of another size."""

from __future__ import annotations

import math
from typing import Any

import numpy as np

import autograd as ag
from nn.kernels import resizing as _resizing
from nn.kernels.checks import check_arrays, check_floats, place, wrong_shape
from nn.kernels.sizes import per_axis

__all__ = ["interpolate"]

AXES = {  # mode -> how many axes an image may have
    "nearest": (1, 2, 3),
    "nearest-exact": (1, 2, 3),
    "linear": (1,),
    "bilinear": (2,),
    "bicubic": (2,),
    "trilinear": (3,),
    "area": (1, 2, 3),
}


def interpolate(
    input: Any,
    size: Any = None,
    scale_factor: Any = None,
    mode: str = "nearest",
    align_corners: bool | None = None,
    recompute_scale_factor: bool | None = None,
    antialias: bool = False,
) -> Any:
    """Images of another size: (batch, channels, length, ...) -> (batch, channels, new length, ...), with 1 to 3 axes.

    Along each axis, element i of the result lies at ``(i + 0.5) * step - 0.5`` in the input, where ``step`` is
    ``1 / scale_factor``, or ``length / new length`` if the size was given. An axis whose length stays the same is left
    alone, whatever the factor, but for ``"nearest-exact"``, and ``"bicubic"`` without ``antialias``.

    Parameters
    ----------
    size: the new length of every axis, or one for all; give it or ``scale_factor``.
    scale_factor: the new lengths are the old ones times it, rounded down; one number, or one for each axis.
    mode: ``"nearest"`` takes the element at ``floor(i * step)``, ``"nearest-exact"`` that at ``floor((i + 0.5) *
        step)``, both in float32 as in PyTorch; ``"linear"``, ``"bilinear"`` or ``"trilinear"``, by the number of axes,
        weigh the two neighbours on each axis, ``"bicubic"`` four (Keys, 1981, with a = -0.75); ``"area"`` takes the
        mean of the elements that each covers. Integers can be resized by the nearest modes alone.
    align_corners: for the linear and cubic modes; if True, the outermost elements keep their places, and ``step`` is
        ``(length - 1) / (new length - 1)``.
    recompute_scale_factor: if True, ``step`` is found from the lengths though a scale factor was given.
    antialias: for ``"bilinear"`` and ``"bicubic"`` without ``align_corners``; if True, images that become smaller are
        smoothed to the new step.

    Raises ArgumentError where arguments do not go together, ShapeError for another number of axes and for axes without
    elements, DtypeError for integers that would be weighed.

    The weighing modes are products with matrices in blocks: an element that is not finite spreads to those that are
    computed with it, 64 along each axis.

    >>> import autograd as ag, nn
    >>> x = ag.tensor([[[0.0, 4.0]]])
    >>> nn.functional.interpolate(x, scale_factor=2)
    Tensor([[[0., 0., 4., 4.]]], dtype=float32)
    >>> nn.functional.interpolate(x, size=4, mode="linear")
    Tensor([[[0., 1., 3., 4.]]], dtype=float32)
    """
    axes = _check_mode(input, mode, align_corners, antialias)
    lengths, scales = _new_lengths(input, size, scale_factor, axes)
    if recompute_scale_factor and scale_factor is None:
        raise ag.errors.ArgumentError(
            f"{place('interpolate')}: recompute_scale_factor is for a scale_factor, and size={size!r} was given."
        )
    for axis in reversed(range(2, input.ndim)):
        scale = None if recompute_scale_factor else scales[axis - 2]
        input = _along(input, axis, lengths[axis - 2], scale, mode, bool(align_corners), antialias)
    return input


def _along(x: Any, axis: int, target: int, scale: float | None, mode: str, align_corners: bool, antialias: bool) -> Any:
    """x resized along one axis."""
    source = x.shape[axis]
    ignores_scale = antialias or mode not in ("nearest-exact", "bicubic")
    if source == target and (scale in (None, 1.0) or ignores_scale):
        return x
    if mode.startswith("nearest"):
        places = np.arange(target, dtype=np.float32) + (0 if mode == "nearest" else 0.5)
        at = places * np.float32(1 / scale if scale else source / target)
        return _resizing.pick(x, np.minimum(at.astype(np.intp), source - 1), axis)
    kind = {"area": "area", "bicubic": "cubic"}.get(mode, "linear")
    if align_corners:
        step = (source - 1) / (target - 1) if target > 1 else 0.0
    else:
        step = 1 / scale if scale and kind != "area" else source / target
    return _resizing.resample(x, axis, _resizing.Resizing(kind, source, target, step, align_corners, antialias))


def _check_mode(input: Any, mode: str, align_corners: bool | None, antialias: bool) -> int:
    """How many axes the images have, if the mode is one for them."""
    if mode not in AXES:
        raise ag.errors.ArgumentError(
            f"{place('interpolate')}: mode={mode!r}; want one of {', '.join(map(repr, AXES))}."
        )
    if align_corners is not None and (mode.startswith("nearest") or mode == "area"):
        raise ag.errors.ArgumentError(
            f"{place('interpolate')}: align_corners is for the linear and cubic modes; leave it out for mode={mode!r}."
        )
    if antialias and (mode not in ("bilinear", "bicubic") or align_corners):
        raise ag.errors.ArgumentError(
            f"{place('interpolate')}: antialias is for 'bilinear' and 'bicubic' without align_corners; leave it out "
            f"for mode={mode!r}, align_corners={align_corners}."
        )
    check_arrays("interpolate", input=input)
    axes: int = input.ndim - 2
    if axes not in AXES[mode] or not all(input.shape[2:]):
        fits = " or ".join(map(str, AXES[mode]))
        same = [other for other in ("linear", "bilinear", "trilinear") if axes in AXES[other] and "linear" in mode]
        raise wrong_shape(
            "interpolate",
            f"an input of shape (batch, channels, length, ...) with {fits} axes, none empty, for mode={mode!r}",
            input,
            f"The mode for it is {same[0]!r}." if same and all(input.shape[2:]) else "",
        )
    if not mode.startswith("nearest"):
        check_floats("interpolate", input=input)
    return axes


def _new_lengths(input: Any, size: Any, scale_factor: Any, axes: int) -> tuple[tuple[int, ...], Any]:
    """The lengths of the result, and the scale factors, each None where the size was given."""
    if (size is None) == (scale_factor is None):
        raise ag.errors.ArgumentError(
            f"{place('interpolate')}: size={size!r} and scale_factor={scale_factor!r}; give one of them."
        )
    if size is not None:
        return per_axis("interpolate", "size", size, axes, 1), (None,) * axes
    scales = tuple(scale_factor) if isinstance(scale_factor, (tuple, list, np.ndarray)) else (scale_factor,) * axes
    fits = len(scales) == axes and all(isinstance(s, (int, float, np.number)) and 0 < s < math.inf for s in scales)
    if not fits:
        raise ag.errors.ArgumentError(
            f"{place('interpolate')}: scale_factor={scale_factor!r}; want a number above 0, or {axes} of them."
        )
    lengths = tuple([math.floor(n * float(s)) for n, s in zip(input.shape[2:], scales, strict=True)])
    if min(lengths) < 1:
        raise ag.errors.ArgumentError(
            f"{place('interpolate')}: scale_factor={scale_factor!r} leaves nothing of an input of shape {input.shape}; "
            f"the result would be {lengths}."
        )
    return lengths, tuple([float(s) for s in scales])
