"""What `nn.diagnostics.Diagnose` saw: layer by layer, and over the time."""

from __future__ import annotations

import math
import os
from typing import TYPE_CHECKING, Any

from nn.diagnostics.statistics import by_layer, median
from nn.diagnostics.symptoms import RATIO
from nn.plots.style import GRID, INK, LEGEND, LINES, TITLE, as_text, clean, count_along, figure_of, one_style, save

if TYPE_CHECKING:
    from matplotlib.axes import Axes

    from nn.diagnostics import Course

MOST_LINES = len(LINES)
MOST_LABELS = 14  # layers that are named below an axis


@one_style()
def plot_diagnosis(course: Course, path: str | os.PathLike[str] | None = None) -> tuple[Axes, ...]:
    """Spread of activations, dead and saturated share and gradients by layer, and updates by weights over the time.

    The first three are medians over the last five steps that were looked at. Values of 0 have no place on a logarithmic
    scale and are left out.

    Parameters
    ----------
    course: ``Diagnose.course``, of one step or more.
    path: where to write the picture, in the format that its name ends in; None for nowhere.

    Returns the four axes; ``axes[0].figure`` is the figure. No window is opened.

    Raises ModuleNotFoundError, with the remedy, where matplotlib is not installed.

    >>> import autograd as ag, nn
    >>> model = nn.Sequential(nn.Linear(2, 8), nn.ReLU(), nn.Linear(8, 3))
    >>> with nn.diagnostics.Diagnose(model) as d:
    ...     model(ag.randn(8, 2)).sum().backward()
    >>> axes = plot_diagnosis(d.course)
    >>> [axis.get_yscale() for axis in axes]
    ['log', 'linear', 'log', 'log']
    """
    figure = figure_of(10.5, 6.4, w_pad=0.12, h_pad=0.12)
    axes = tuple(figure.subplots(2, 2).flat)
    _draw_spreads(axes[0], course)
    _draw_shares(axes[1], course)
    _draw_gradients(axes[2], course)
    _draw_updates(axes[3], course)
    for axis in axes:
        clean(axis)
    save(figure, path)
    return axes


# --- by layer -------------------------------------------------------------------------------------------


def _draw_spreads(axis: Axes, course: Course) -> None:
    layers = by_layer(course.latest())
    values = [_positive([layer.spread for layer in of]) for of in layers.values()]
    axis.plot(range(len(values)), values, marker="o", markersize=4, **LINES[0])
    _logarithmic(axis, values)
    _name_layers(axis, [_label(of[-1]) for of in layers.values()])
    axis.set_title("activations: spread by layer", **TITLE)


def _draw_shares(axis: Axes, course: Course) -> None:
    layers = {
        key: of
        for key, of in by_layer(course.latest()).items()
        if of[-1].silent is not None or not math.isnan(of[-1].saturated)
    }
    for place, (name, legend) in enumerate((("dead", "dead: 0 for the whole batch"), ("saturated", "saturated"))):
        shares = [median([getattr(layer, name) for layer in of]) for of in layers.values()]
        if any(not math.isnan(share) for share in shares):
            bars = axis.bar(range(len(shares)), shares, 0.6, color=LINES[place]["color"], label=legend)
            texts = ["" if math.isnan(share) else f"{share:.0%}" for share in shares]
            axis.bar_label(bars, texts, padding=2, fontsize="small", color=INK)
            axis.legend(**LEGEND, fontsize="small")
    if not layers:
        axis.text(0.5, 0.5, "no rectifiers, sigmoids or tanhs", ha="center", color=INK, transform=axis.transAxes)
    axis.set_ylim(0, 1.05)
    _name_layers(axis, [_label(of[-1]) for of in layers.values()])
    axis.set_title("units: share that learns nothing", **TITLE)


def _draw_gradients(axis: Axes, course: Course) -> None:
    matrices = {path: of for path, of in _by_parameter(course, latest=True).items() if of[-1].axes > 1}
    layers = {key: of for key, of in by_layer(course.latest()).items() if of[-1].is_weighted}
    values = [_positive([layer.gradient for layer in of]) for of in layers.values()]
    axis.plot(range(len(values)), values, marker="o", markersize=4, label="at the layer's result", **LINES[0])
    places = {path: place for place, (path, _, _) in reversed(list(enumerate(layers)))}
    owned = [
        (places[path.rpartition(".")[0]], of) for path, of in matrices.items() if path.rpartition(".")[0] in places
    ]
    of_weights = [_positive([p.gradient or 0.0 for p in of]) for _, of in owned]
    axis.plot(
        [place for place, _ in owned], of_weights, "s", markersize=4, color=LINES[1]["color"], label="at its weights"
    )
    _logarithmic(axis, values + of_weights)
    _name_layers(axis, [_label(of[-1]) for of in layers.values()])
    axis.legend(**LEGEND, fontsize="small")
    axis.set_title("gradients: norm by layer", **TITLE)


# --- over the time --------------------------------------------------------------------------------------


def _draw_updates(axis: Axes, course: Course) -> None:
    matrices = {path: of for path, of in _by_parameter(course).items() if of[-1].axes > 1}
    steps = [step.step for step in course.steps]
    shown = list(matrices)
    if len(shown) > MOST_LINES:  # evenly, the first and the last among them
        shown = [shown[round(i * (len(shown) - 1) / (MOST_LINES - 1))] for i in range(MOST_LINES)]
    drawn = []
    for place, path in enumerate(shown):
        ratios = [_positive([p.ratio]) for p in matrices[path]]
        drawn += ratios
        marker = "o" if len(steps) == 1 else None
        axis.plot(steps[-len(ratios) :], ratios, marker=marker, label=as_text(path), linewidth=1.2, **LINES[place])
    axis.axhline(RATIO, color=INK, linewidth=0.8, linestyle=":")
    _logarithmic(axis, [*drawn, RATIO])
    count_along(axis, "step")
    axis.legend(**LEGEND, fontsize="small", loc="center left", bbox_to_anchor=(1.0, 0.5))
    axis.set_title("updates: norm by that of the weights; 1e-3 is right", **TITLE)


# --- what they share ------------------------------------------------------------------------------------


def _by_parameter(course: Course, latest: bool = False) -> dict[str, list[Any]]:
    found: dict[str, list[Any]] = {}
    for step in course.latest() if latest else course.steps:
        for parameter in step.parameters:
            found.setdefault(parameter.path, []).append(parameter)
    return found


def _positive(values: list[float]) -> float:
    middle = median(values)
    return middle if middle > 0 else math.nan


def _logarithmic(axis: Axes, values: list[float]) -> None:
    """A logarithmic scale of two powers of ten at least, so that what hardly changes does not look as if it did."""
    axis.set_yscale("log")
    known = [math.log10(value) for value in values if value > 0]
    low, high = (min(known), max(known)) if known else (-1.0, 1.0)
    room = max(0.0, 2.0 - (high - low)) / 2 + 0.15
    axis.set_ylim(10 ** (low - room), 10 ** (high + room))
    axis.tick_params(which="minor", color=GRID)


def _label(layer: Any) -> str:
    """The path, and the kind where a path that ends in a number does not tell it."""
    name = layer.path.rpartition(".")[2]
    return as_text(layer.path if name and not name.isdigit() else f"{layer.path} {layer.kind}".strip())


def _name_layers(axis: Axes, labels: list[str]) -> None:
    stride = -(-len(labels) // MOST_LABELS) or 1
    axis.set_xticks(range(0, len(labels), stride), labels[::stride], rotation=30, ha="right", fontsize="small")
    axis.set_xlim(-0.6, max(0.6, len(labels) - 0.4))
    axis.spines["bottom"].set_color(GRID)
