"""Pictures of learning. matplotlib is imported when one is drawn; every function returns its axes."""

from __future__ import annotations

import io
import os
from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

from autograd import write_whole

if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from matplotlib.figure import Figure

    from nn.train import Epoch

# Two colours of Okabe and Ito's palette, which all readers tell apart; the lines differ in their dashes too.
TRAIN: dict[str, Any] = {"color": "#0072b2", "linestyle": "-", "label": "training"}
TEST: dict[str, Any] = {"color": "#d55e00", "linestyle": "--", "label": "test"}
INK = "#1f2328"
GRID = "#d8dee4"

NO_MATPLOTLIB = "matplotlib draws the curves, and it is not installed: pip install 'glassgrad[viz]'"


def plot_history(history: Sequence[Epoch], path: str | os.PathLike[str] | None = None) -> tuple[Axes, Axes]:
    """Training curves: loss and accuracy by epoch, on training and on test data, side by side.

    Parameters
    ----------
    history: what ``nn.train.fit`` returned, one epoch or more.
    path: where to write the picture, in the format that its name ends in; None for nowhere.

    Returns the two axes, of loss and of accuracy; ``axes[0].figure`` is the figure. No window is opened.

    Raises ModuleNotFoundError, with the remedy, where matplotlib is not installed, ValueError for no epochs.

    >>> from nn.train import Epoch
    >>> losses, accuracies = plot_history([Epoch(1, 0.9, 0.7, 0.8, 0.75, 0.1), Epoch(2, 0.4, 0.9, 0.5, 0.85, 0.1)])
    >>> accuracies.get_ylabel()
    'accuracy'
    """
    if not history:
        raise ValueError("plot_history: the history has no epochs, so there is no curve to draw")
    try:
        from matplotlib.figure import Figure
        from matplotlib.ticker import MaxNLocator
    except ModuleNotFoundError as error:
        raise ModuleNotFoundError(NO_MATPLOTLIB, name=error.name) from error

    figure = Figure(figsize=(9, 3.4))  # without pyplot: no global state, no window
    figure.set_layout_engine("constrained", w_pad=0.15)
    axes = figure.subplots(1, 2)
    numbers = [epoch.epoch for epoch in history]
    for axis, quantity in zip(axes, ("loss", "accuracy"), strict=True):
        for part, style in (("train", TRAIN), ("test", TEST)):
            marker = "o" if len(history) == 1 else None
            axis.plot(numbers, [getattr(epoch, f"{part}_{quantity}") for epoch in history], marker=marker, **style)
        axis.set_xlabel("epoch")
        axis.set_ylabel(quantity)
        axis.xaxis.set_major_locator(MaxNLocator(integer=True))
        _clean(axis)
    axes[0].set_ylim(bottom=0)
    axes[1].set_ylim(top=1)
    axes[0].legend(frameon=False, labelcolor=INK)
    axes[1].set_title(f"test accuracy {history[-1].test_accuracy:.4f}", loc="right", fontsize="medium", color=INK)
    if path is not None:
        _save(figure, Path(path))
    return axes[0], axes[1]


def _clean(axis: Axes) -> None:
    """Take away what is not data: the frame's upper and right side, and lines that are too strong."""
    axis.spines[["top", "right"]].set_visible(False)
    axis.spines[["left", "bottom"]].set_color(GRID)
    axis.tick_params(color=GRID, labelcolor=INK)
    axis.grid(axis="y", color=GRID, linewidth=0.6)
    axis.set_axisbelow(True)


def _save(figure: Figure, path: Path) -> None:
    content = io.BytesIO()
    figure.savefig(content, format=path.suffix[1:] or "png", dpi=150)
    write_whole(path, content.getvalue())
