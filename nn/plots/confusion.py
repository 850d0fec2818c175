"""A confusion matrix as a map."""

from __future__ import annotations

import os
from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

import numpy as np

import autograd as ag
from nn.plots.style import INK, add_scale, as_text, figure_of, save

if TYPE_CHECKING:
    from matplotlib.axes import Axes

WRITTEN = 24  # classes up to which the counts are written into the map


def plot_confusion(
    counts: Any, classes: Sequence[str] | None = None, path: str | os.PathLike[str] | None = None
) -> Axes:
    """Which classes are taken for which: a row for each true class, shaded by its shares, with counts written in.

    Parameters
    ----------
    counts: an array of at least 0, (classes, classes), such as `nn.metrics.confusion_matrix` gives.
    classes: their names; numbers if None.
    path: where to write the picture, in the format that its name ends in; None for nowhere.

    Returns the axes; ``axes.figure`` is the figure. No window is opened.

    Raises ModuleNotFoundError, with the remedy, where matplotlib is not installed, ShapeError for counts of another
    shape.

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
    present = counts.sum(1, keepdims=True)
    shares = np.divide(counts, present, out=np.zeros(counts.shape), where=present > 0)
    size = min(1.4 + 0.36 * len(names), 11)
    figure = figure_of(size + 0.6, size)
    axes = figure.subplots()
    image = axes.imshow(shares, cmap="Blues", vmin=0, vmax=1, interpolation="nearest")
    turned = 90 if max(map(len, names)) > 3 else 0
    axes.set_xticks(range(len(names)), map(as_text, names), rotation=turned)
    axes.set_yticks(range(len(names)), map(as_text, names))
    axes.set_xlabel("predicted")
    axes.set_ylabel("true")
    if len(names) <= WRITTEN:
        for (row, column), count in np.ndenumerate(counts):
            if count:
                ink = "white" if shares[row, column] > 0.5 else INK
                axes.text(column, row, f"{count:g}", ha="center", va="center", color=ink, fontsize="x-small")
    add_scale(figure, axes, image, "share of the true class")
    save(figure, path)
    return axes
