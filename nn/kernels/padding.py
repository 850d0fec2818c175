"""Margins around arrays: of one value, and of the array's own elements. Linear maps, whose rules are each other."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import numpy as np

import autograd as ag
from nn.kernels.checks import wrong_shape

Widths = tuple[tuple[int, int], ...]  # what is added (before, after) along each axis

MODES = ("reflect", "replicate", "circular")


# --- of one value ---------------------------------------------------------------------------------------


def _pad_samples(rng: np.random.Generator) -> tuple[Any, ...]:
    shape = rng.integers(0, 4, rng.integers(1, 5))
    widths = [[int(w) for w in pair] for pair in rng.integers(-1, 3, (len(shape), 2))]
    fitting = [pair if n > 1 else [max(w, 0) for w in pair] for n, pair in zip(shape, widths, strict=True)]
    return rng.normal(size=shape), tuple(map(tuple, fitting)), float(rng.normal())


@ag.primitive(view=False, samples=_pad_samples)
def pad_constant(x: Any, widths: Widths, value: Any = 0) -> Any:
    """x with margins of one value; negative widths crop. The result has x's order in memory.

    >>> import numpy as np
    >>> pad_constant(np.array([1.0, 2.0]), ((1, -1),), 5.0)
    array([5., 1.])
    """
    shape = [n + before + after for n, (before, after) in zip(x.shape, widths, strict=True)]
    out = np.empty_like(x, shape=shape)
    place = [slice(None)] * x.ndim
    for axis, (before, after) in enumerate(widths):
        start, stop = max(before, 0), shape[axis] - max(after, 0)
        for low, high in ((0, start), (stop, shape[axis])):
            if low < high:
                place[axis] = slice(low, high)
                out[tuple(place)] = value
        place[axis] = slice(start, stop)
    kept = [slice(max(-before, 0), n - max(-after, 0)) for n, (before, after) in zip(x.shape, widths, strict=True)]
    out[tuple(place)] = x[tuple(kept)]
    return out


def _pad_back(g: Any, x_shape: tuple[int, ...], widths: Widths) -> Any:
    """What came from x: a view where nothing was cropped."""
    if min(map(min, widths), default=0) >= 0:
        return g[tuple([slice(before, before + n) for n, (before, _) in zip(x_shape, widths, strict=True)])]
    return pad_constant(g, tuple([(-before, -after) for before, after in widths]))


pad_constant.vjp(x=_pad_back, widths=None, value=None)


# --- of the array's own elements ------------------------------------------------------------------------


def _margins(mode: str, n: int, before: int, after: int) -> Iterator[tuple[slice, slice]]:
    """Each margin along an axis, as a place in the padded array, and the place in the array that it repeats."""
    if before:
        source = {"reflect": slice(before, 0, -1), "replicate": slice(0, 1), "circular": slice(n - before, n)}
        yield slice(0, before), source[mode]
    if after:
        end = n - 2 - after if after < n - 1 else None
        source = {"reflect": slice(n - 2, end, -1), "replicate": slice(n - 1, n), "circular": slice(0, after)}
        yield slice(before + n, before + n + after), source[mode]


def check_margins(lengths: tuple[int, ...], widths: Widths, mode: str, given: Any) -> None:
    """Raise ShapeError where an axis has too few elements for what is to be taken from it.

    Parameters
    ----------
    lengths: of the axes without their margins.
    given: the array that the error is about.
    """
    for axis, (length, pair) in enumerate(zip(lengths, widths, strict=True)):
        widest = max(pair)
        least = {"reflect": widest + 1, "circular": widest, "replicate": 1}[mode]
        if widest and length < least:
            raise wrong_shape(
                "pad",
                f"an input whose axis {axis} is at least {least} long for a margin of {widest} with mode={mode!r}",
                given,
                "Pad less, or use another mode.",
            )


def _extend_samples(rng: np.random.Generator) -> tuple[Any, ...]:
    shape = tuple(int(n) for n in rng.integers(1, 5, rng.integers(1, 4)))
    mode = str(rng.choice(MODES))
    most = [n - 1 if mode == "reflect" else n for n in shape]
    return rng.normal(size=shape), tuple((int(rng.integers(0, m + 1)), int(rng.integers(0, m + 1))) for m in most), mode


@ag.primitive(view=False, samples=_extend_samples)
def extend(x: Any, widths: Widths, mode: str) -> Any:
    """x with margins of its own elements: mirrored at the edge, the edge repeated, or those of the other end.

    Widths are at least 0, and at most the axis's length less 1 for "reflect", its length for "circular".

    >>> import numpy as np
    >>> extend(np.array([1.0, 2.0, 3.0]), ((2, 1),), "reflect")
    array([3., 2., 1., 2., 3., 2.])
    """
    check_margins(x.shape, widths, mode, x)
    out = np.empty_like(x, shape=[n + sum(pair) for n, pair in zip(x.shape, widths, strict=True)])
    place = [slice(before, before + n) for n, (before, _) in zip(x.shape, widths, strict=True)]
    out[tuple(place)] = x
    for axis in reversed(range(x.ndim)):
        core = out[tuple(place)]
        for margin, source in _margins(mode, x.shape[axis], *widths[axis]):
            place[axis] = margin
            out[tuple(place)] = core[(*(slice(None),) * axis, source)]
        place[axis] = slice(None)
    return out


def _fold_samples(rng: np.random.Generator) -> tuple[Any, ...]:
    x, widths, mode = _extend_samples(rng)
    return rng.normal(size=[n + sum(pair) for n, pair in zip(x.shape, widths, strict=True)]), widths, mode


@ag.primitive(view=None, samples=_fold_samples)
def fold_margins(x: Any, widths: Widths, mode: str) -> Any:
    """x without its margins, each element of which is added to the one that `extend` repeats there.

    >>> import numpy as np
    >>> fold_margins(np.ones(6), ((2, 1),), "reflect")
    array([1., 3., 2.])
    """
    check_margins(tuple([n - sum(pair) for n, pair in zip(x.shape, widths, strict=True)]), widths, mode, x)
    for axis, (before, after) in enumerate(widths):
        if not before and not after:
            continue
        all_before = (slice(None),) * axis
        n = x.shape[axis] - before - after
        core = np.array(x[(*all_before, slice(before, before + n))])
        for margin, source in _margins(mode, n, before, after):
            part = x[(*all_before, margin)]
            core[(*all_before, source)] += part.sum(axis, keepdims=True) if mode == "replicate" else part
        x = core
    return x


extend.vjp(x=lambda g, widths, mode: fold_margins(g, widths, mode), widths=None, mode=None)
fold_margins.vjp(x=lambda g, widths, mode: extend(g, widths, mode), widths=None, mode=None)
