"""The loss by the learning rate."""

from __future__ import annotations

import os
from typing import TYPE_CHECKING

import autograd as ag
from nn.plots.style import GRID, LEGEND, TRAIN, VALIDATION, clean, figure_of, one_style, save

if TYPE_CHECKING:
    from matplotlib.axes import Axes

    from nn.train import RangeTest


@one_style()
def plot_range_test(test: RangeTest, path: str | os.PathLike[str] | None = None) -> Axes:
    """The loss of each batch and its running mean by the rate, on a logarithmic scale; the suggestion, if there is one.

    Where the loss rises far above what it was at first, that part is cut off.

    Parameters
    ----------
    test: what `nn.train.lr_find` returned, of one step or more.
    path: where to write the picture, in the format that its name ends in; None for nowhere.

    Returns the axes; ``axes.figure`` is the figure. No window is opened.

    Raises ModuleNotFoundError, with the remedy, where matplotlib is not installed, ArgumentError for no steps.

    >>> import numpy as np
    >>> from nn.train import RangeTest
    >>> rates, losses = np.geomspace(1e-4, 1.0, 50), np.cos(np.linspace(0, 5, 50))
    >>> axes = plot_range_test(RangeTest(rates, losses, losses, "done"))
    >>> axes.get_xscale()
    'log'
    """
    if not len(test.losses):
        raise ag.errors.ArgumentError("plot_range_test: the test has no steps, so there is no curve to draw.")
    figure = figure_of(6, 3.6)
    axes = figure.subplots()
    axes.plot(test.rates, test.losses, color=GRID, linewidth=1.2, label="batches")
    axes.plot(test.rates, test.smoothed, color=TRAIN["color"], label="running mean")
    try:
        rate = test.suggestion
    except ag.errors.ArgumentError:
        pass
    else:
        axes.axvline(rate, color=VALIDATION["color"], linestyle="--", label=f"suggestion: {rate:.2g}")
    axes.set_xscale("log")
    axes.set_xlabel("learning rate")
    axes.set_ylabel("loss")
    low, high = float(test.losses.min()), float(test.losses[: max(3, len(test.losses) // 10)].max())
    span = max(high - low, 1e-12)
    axes.set_ylim(low - 0.08 * span, min(high + 0.6 * span, float(test.losses.max()) + 0.08 * span))
    clean(axes)
    axes.legend(**LEGEND)
    save(figure, path)
    return axes
