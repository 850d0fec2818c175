"""Activation functions and their derivatives."""

from __future__ import annotations

import os
import re
from collections import Counter
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np

import autograd as ag
from nn import functional as F
from nn import layers as L
from nn.module import Module, in_use
from nn.plots.style import GRID, INK, LINES, add_legend, as_text, clean, one_style, panels, save

if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from matplotlib.figure import Figure

Function = Callable[[np.ndarray], np.ndarray]

WELL_KNOWN = ("Sigmoid", "Tanh", "ReLU", "LeakyReLU", "ELU", "SiLU", "GELU", "Softplus")
POINTS = 801
SMALL = 0.05  # a derivative with which hardly any gradient goes on
STEP = 0.02  # between neighbouring points, from which on it may be a jump
GAP = 1e-7  # of the width, on both sides of a jump
HALVINGS = 40  # of the way between two points, after which only a jump is left


@one_style()
def plot_activations(
    *activations: Any, limits: tuple[float, float] = (-5.0, 5.0), path: str | os.PathLike[str] | None = None
) -> tuple[Axes, ...]:
    """Activation functions, each with its derivative, on one scale; shaded where it saturates, below 0.05.

    The derivative is what `ag.grad` gives. Where a line jumps it is broken, and a full dot stands for the value that is
    taken there: that of ``nn.ReLU`` at 0 is 0. Large values are cut off.

    Parameters
    ----------
    activations: a layer, a class or the name of either ("Tanh", "gelu"), or any elementwise function; those that are
        met most if there are none.
    limits: the first and the last input.
    path: where to write the picture, in the format that its name ends in; None for nowhere.

    Returns the axes, one for each activation; ``axes[0].figure`` is the figure. No window is opened, and layers stay as
    they are.

    Raises ModuleNotFoundError, with the remedy, where matplotlib is not installed, ArgumentError for an unknown name,
    for limits out of order and for what is not elementwise, such as a softmax.

    >>> import nn
    >>> axes = plot_activations("Tanh", nn.LeakyReLU(0.2), nn.functional.gelu)
    >>> [axis.get_title() for axis in axes]
    ['Tanh', 'LeakyReLU', 'gelu']
    """
    low, high = limits
    if not (low < high and np.isfinite([low, high]).all()):
        raise ag.errors.ArgumentError(f"plot_activations: limits={limits!r}; want two numbers, the smaller one first.")
    given = [_resolved(activation) for activation in activations or WELL_KNOWN]
    x = np.linspace(low + GAP * (high - low), high - GAP * (high - low), POINTS)  # a kink at an end is not seen
    pairs = [_function_and_derivative(activation, x) for activation in given]
    columns = len(pairs) if len(pairs) < 5 else min((4, 3), key=lambda columns: -len(pairs) % columns)
    width, height = (2.6, 2.3) if len(pairs) > 3 else (5.4, 3.6) if len(pairs) == 1 else (3.6, 2.8)
    figure, axes = panels(len(pairs), width, height, columns, sharex=True, sharey=True)
    for axis, title, curves in zip(axes, _titles(given), pairs, strict=True):
        _draw(axis, *curves)
        axis.set_title(title, fontsize="medium", color=INK)
    axes[0].set_xlim(low, high)
    axes[0].set_ylim(*_span(pairs, high - low))
    _name_lines(figure, axes[0])
    save(figure, path)
    return tuple(axes)


# --- what was given -------------------------------------------------------------------------------------


def _resolved(activation: Any) -> Any:
    """The layer or the function that is meant."""
    if isinstance(activation, str):
        if activation not in (*L.__all__, *F.__all__):
            raise ag.errors.ArgumentError(
                f"plot_activations: there is no {activation!r} in nn or nn.functional; want a name such as 'Tanh' or "
                "'gelu', a layer, or an elementwise function."
            )
        activation = getattr(L if activation in L.__all__ else F, activation)
    if isinstance(activation, type) and issubclass(activation, Module):
        activation = activation()
    if not callable(activation):
        raise ag.errors.ArgumentError(
            f"plot_activations: got {ag.errors.describe(activation)}; want a layer, a function, or the name of one."
        )
    return activation


def _titles(given: Sequence[Any]) -> list[str]:
    """Names; for layers that share one, with their options."""
    names = [getattr(each, "__name__", type(each).__name__) for each in given]
    often = Counter(names)
    titles = [
        re.sub(r"\w+=", "", repr(each)) if isinstance(each, Module) and often[name] > 1 else name
        for each, name in zip(given, names, strict=True)
    ]
    return [as_text(title) for title in titles]


def _callable(activation: Any) -> Callable[[Any], Any]:
    """The activation in float64, so that kinks are found exactly; a layer's parameters stay what they are."""
    if not isinstance(activation, Module):
        return activation  # type: ignore[no-any-return]
    precise = {path: np.asarray(p.data, np.float64) for path, p in activation.named_parameters()}

    def called(x: Any) -> Any:
        with in_use(activation), activation.holding(precise):
            return activation(x)

    return called


def _function_and_derivative(activation: Any, x: np.ndarray) -> tuple[Curve, Curve]:
    called = _callable(activation)

    def value(x: np.ndarray) -> np.ndarray:
        with ag.no_grad():
            return np.asarray(ag.value_of(called(x)), np.float64)

    def derivative(x: np.ndarray) -> np.ndarray:
        with ag.enable_grad():
            slopes = np.asarray(ag.value_of(ag.grad(lambda t: called(t).sum())(x)))
        return np.where(np.isnan(value(x)), np.nan, slopes)  # as of a logarithm below 0

    with np.errstate(all="ignore"):  # outside of its domain a function is NaN, and not drawn
        whole, part = value(x), value(x[::7])
        if whole.shape != x.shape or not np.allclose(whole[::7], part, equal_nan=True):
            raise ag.errors.ArgumentError(
                f"plot_activations: {_titles([activation])[0]} is not elementwise: {x.shape} became {whole.shape}, "
                "and a number of it depends on the others. Only a function of one number has such a curve."
            )
        return _curve(value, x), _curve(derivative, x)


# --- curves with jumps ----------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class Curve:
    """A line, broken by NaN where it jumps; the values that are taken there, (x, y), and the ends that are not."""

    x: np.ndarray
    y: np.ndarray
    taken: tuple[np.ndarray, np.ndarray]
    ends: tuple[np.ndarray, np.ndarray]


def _curve(function: Function, x: np.ndarray) -> Curve:
    at = _jumps(function, x)
    gap = GAP * (x[-1] - x[0])
    xs = np.sort(np.concatenate([np.setdiff1d(x, at), at - gap, at, at + gap]))
    ys = function(xs)
    taken = function(at) if at.size else at
    sides = np.concatenate([at - gap, at + gap])
    beside = function(sides) if at.size else at
    is_end = np.abs(beside - np.tile(taken, 2)) > STEP
    return Curve(xs, np.where(np.isin(xs, at), np.nan, ys), (at, taken), (sides[is_end], beside[is_end]))


def _jumps(function: Function, x: np.ndarray) -> np.ndarray:
    """Where a function jumps: between two points whose values stay apart, however close they come."""
    steps = np.abs(np.diff(function(x)))
    suspects = np.flatnonzero(steps > STEP)
    if not suspects.size:
        return x[:0]
    a, b = x[suspects], x[suspects + 1]
    for _ in range(HALVINGS):
        middle = (a + b) / 2
        at_a, at_middle, at_b = function(a), function(middle), function(b)
        is_left = np.abs(at_middle - at_a) > np.abs(at_b - at_middle)
        a, b = np.where(is_left, a, middle), np.where(is_left, middle, b)
    is_jump = np.abs(function(b) - function(a)) > steps[suspects] / 2
    return np.unique(np.round((a + b)[is_jump] / 2, 9)) + 0.0  # no -0.0, of which there is one more


# --- drawing --------------------------------------------------------------------------------------------


def _draw(axis: Axes, function: Curve, derivative: Curve) -> None:
    clean(axis)
    axis.axhline(0, color=INK, linewidth=0.6, alpha=0.6)
    axis.axvline(0, color=INK, linewidth=0.6, alpha=0.6)
    for first, last in _saturated(derivative):
        axis.axvspan(first, last, color=GRID, alpha=0.55, linewidth=0)
    for curve, label, line in ((function, "f(x)", LINES[0]), (derivative, "derivative f′(x)", LINES[1])):
        axis.plot(curve.x, curve.y, label=label, linewidth=1.8, **line)
        dots: dict[str, Any] = {"linestyle": "none", "marker": "o", "markersize": 4, "color": line["color"]}
        axis.plot(*curve.ends, markerfacecolor="white", **dots)
        axis.plot(*curve.taken, **dots)


def _name_lines(figure: Figure, axis: Axes) -> None:
    from matplotlib.patches import Patch

    lines, _ = axis.get_legend_handles_labels()
    shaded = Patch(color=GRID, alpha=0.55, linewidth=0, label=f"saturated: |f′(x)| < {SMALL}")
    add_legend(figure, [*lines, shaded])


def _saturated(derivative: Curve) -> Iterator[tuple[float, float]]:
    """Where the derivative is small; but not where it only passes through 0, as at the lowest point of a GELU."""
    is_known = ~np.isnan(derivative.y)
    x, y = derivative.x[is_known], derivative.y[is_known]
    is_small = np.concatenate([[False], np.abs(y) < SMALL, [False]])
    for first, end in np.flatnonzero(np.diff(is_small)).reshape(-1, 2):
        if y[first:end].min() >= 0 or y[first:end].max() <= 0:
            yield x[first], x[end - 1]


def _span(pairs: Sequence[tuple[Curve, Curve]], width: float) -> tuple[float, float]:
    """The lowest and the highest value to be seen: a line of slope 1 need not be followed to its end."""
    most = max(2.0, 0.25 * width)
    values = np.concatenate([curve.y for pair in pairs for curve in pair])
    values = np.clip(values[np.isfinite(values)], -most, most)
    low, high = (values.min(), values.max()) if values.size else (-1.0, 1.0)
    room = 0.06 * max(high - low, 0.5)
    return low - room, high + room
