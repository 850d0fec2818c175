"""The look that all pictures share, and how they are written. matplotlib is imported when one is drawn."""

from __future__ import annotations

import io
import os
from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING, Any

from autograd import write_whole

if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from matplotlib.figure import Figure

# Two colours of Okabe and Ito's palette, which all readers tell apart; the lines differ in their dashes too.
TRAIN: dict[str, Any] = {"color": "#0072b2", "linestyle": "-", "label": "training"}
VALIDATION: dict[str, Any] = {"color": "#d55e00", "linestyle": "--", "label": "validation"}
# More of them, for lines that are many, each with dashes of its own.
LINES: list[dict[str, Any]] = [
    {"color": color, "linestyle": dashes}
    for color, dashes in zip(
        ("#0072b2", "#d55e00", "#009e73", "#cc79a7", "#e69f00", "#56b4e9"),
        ("-", "--", "-.", ":", (0, (5, 1)), (0, (3, 1, 1, 1, 1, 1))),
        strict=True,
    )
]
INK = "#1f2328"
GRID = "#d8dee4"

NO_MATPLOTLIB = "matplotlib draws the curves, and it is not installed: pip install 'glassgrad[viz]'"


def figure_of(width: float, height: float, **pads: float) -> Figure:
    """An empty figure, in inches; without pyplot there is no global state and no window."""
    try:
        from matplotlib.figure import Figure
    except ModuleNotFoundError as error:
        raise ModuleNotFoundError(NO_MATPLOTLIB, name=error.name) from error
    figure = Figure(figsize=(width, height))
    figure.set_layout_engine("constrained", **pads)
    return figure


def png_of(plot: Callable[[], Any]) -> bytes | None:
    """What a notebook shows for an object that can be drawn: its picture, or None, for text, without matplotlib."""
    try:
        axes = plot()
    except ModuleNotFoundError:
        return None
    content = io.BytesIO()
    (axes[0] if isinstance(axes, tuple) else axes).figure.savefig(content, format="png", dpi=100)
    return content.getvalue()


def add_scale(figure: Figure, axis: Axes, image: Any, label: str) -> None:
    """Put a map into its frame, and the scale of its colours, from 0 to 1, beside it."""
    axis.spines[:].set_color(GRID)
    axis.tick_params(length=0, labelcolor=INK)
    bar = figure.colorbar(image, ax=axis, ticks=[0, 0.5, 1], label=label, aspect=14, pad=0.03)
    bar.outline.set_edgecolor(GRID)
    bar.ax.tick_params(color=GRID, labelcolor=INK)


def as_text(name: str) -> str:
    """A name that matplotlib writes as it is, and does not read as mathematics."""
    return name.replace("$", r"\$")


def clean(axis: Axes) -> None:
    """Take away what is not data: the frame's upper and right side, and lines that are too strong."""
    axis.spines[["top", "right"]].set_visible(False)
    axis.spines[["left", "bottom"]].set_color(GRID)
    axis.tick_params(color=GRID, labelcolor=INK)
    axis.grid(axis="y", color=GRID, linewidth=0.6)
    axis.set_axisbelow(True)


def save(figure: Figure, path: str | os.PathLike[str] | None) -> None:
    """Write a figure to a file, whole, in the format that its name ends in; None for nowhere."""
    if path is None:
        return
    path = Path(path)
    content = io.BytesIO()
    figure.savefig(content, format=path.suffix[1:] or "png", dpi=150)
    write_whole(path, content.getvalue())
