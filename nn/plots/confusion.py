"""A confusion matrix as a map."""

from __future__ import annotations

import os
from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

import numpy as np

import autograd as ag
from nn.plots.checks import check_finite
from nn.plots.maps import are_turned, name_cells, room_for
from nn.plots.style import INK, figure_of, one_style, save, scale_beside

if TYPE_CHECKING:
    from matplotlib.axes import Axes

WRITTEN = 24  # classes up to which the counts are written into the map
WIDEST = 8.6  # inches of the map, at most, where there are more


@one_style()
def plot_confusion(
    counts: Any, classes: Sequence[str] | None = None, path: str | os.PathLike[str] | None = None
) -> Axes:
    """Which classes are taken for which: a row for each true class, shaded by its shares, with counts written in.

    The shade goes with the root of the share, so that a few that are taken for another class are seen. Counts are
    written for up to 24 classes; where names would overlap, every second, third, ... is, and long ones are cut.

    Parameters
    ----------
    counts: an array of at least 0, (classes, classes), such as `nn.metrics.confusion_matrix` gives.
    classes: their names; numbers if None.
    path: where to write the picture, in the format that its name ends in; None for nowhere.

    Returns the axes; ``axes.figure`` is the figure. No window is opened.

    Raises ModuleNotFoundError, with the remedy, where matplotlib is not installed, ShapeError for counts of another
    shape, ArgumentError for those that are not finite.

    >>> import numpy as np
    >>> axes = plot_confusion(np.array([[5, 1], [0, 4]]), ["cat", "dog"])
    >>> [label.get_text() for label in axes.get_xticklabels()]
    ['cat', 'dog']
    """
    counts = np.asarray(ag.value_of(counts))
    names = [str(number) for number in range(len(counts))] if classes is None else list(classes)
    if not names or counts.shape != (len(names), len(names)):
        raise ag.errors.ShapeError(
            f"plot_confusion: want counts of shape (classes, classes), for {len(names)} names, got {counts.shape}. Is "
            "it empty since nothing was counted?"
        )
    check_finite("plot_confusion", counts=counts)
    present = counts.sum(1, keepdims=True)
    shares = np.divide(counts, present, out=np.zeros(counts.shape), where=present > 0)
    texts = {place: _written(count) for place, count in np.ndenumerate(counts) if count and len(names) <= WRITTEN}
    cell = max(0.42, 1.8 / len(names), 0.1 + 0.07 * max(map(len, texts.values()), default=0))
    cell = cell if len(names) <= WRITTEN else min(cell, WIDEST / len(names))
    below = room_for(names) if are_turned(names, cell) else 0.2
    figure = figure_of(cell * len(names) + room_for(names) + 1.6, cell * len(names) + below + 0.55)
    axes = figure.subplots()
    image = axes.imshow(shares, cmap="Blues", norm=_roots(), interpolation="nearest")
    name_cells(axes, names, names, cell)
    axes.set_xlabel("predicted")
    axes.set_ylabel("true")
    for (row, column), text in texts.items():
        ink = "white" if shares[row, column] > 0.36 else INK
        axes.text(column, row, text, ha="center", va="center", color=ink, fontsize="small")
    scale_beside(
        axes,
        image,
        "share of the true class",
        (0, 0.01, 0.1, 0.25, 0.5, 0.75, 1),
        width=max(0.04, 0.15 / (cell * len(names))),
    )
    save(figure, path)
    return axes


def _roots() -> Any:
    from matplotlib.colors import PowerNorm

    return PowerNorm(0.5, vmin=0, vmax=1)


def _written(count: float) -> str:
    return f"{count:.0f}" if count == round(count) else f"{count:.2g}"
