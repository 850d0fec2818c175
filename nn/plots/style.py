"""The look that all pictures share, and how they are written. matplotlib is imported when one is drawn."""

from __future__ import annotations

import io
import os
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from threading import RLock
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
# Maps of numbers from 0 on, and of numbers on both sides of 0; both are told apart without red and green.
AMOUNTS, SIGNED = "viridis", "RdBu_r"
INK = "#1f2328"
GRID = "#d8dee4"
TITLE: dict[str, Any] = {"loc": "left", "fontsize": "medium", "color": INK}
LEGEND: dict[str, Any] = {"frameon": False, "labelcolor": INK}

# What is the user's even so: fonts, which a name may need, and how files are written.
KEPT = ("font.family", "font.sans-serif", "font.serif", "font.monospace", "savefig.dpi", "svg.", "pdf.", "ps.", "pgf.")
ONE_AT_A_TIME = RLock()  # matplotlib's settings are the process's: of two threads one would leave its own to the other
NO_MATPLOTLIB = "matplotlib draws the curves, and it is not installed: pip install 'glassgrad[viz]'"


@contextmanager
def one_style() -> Iterator[None]:
    """A block, or with ``@one_style()`` a function, in which matplotlib draws in its own style, not in the user's.

    All that draws is in one, since parts of a picture look up the style when they are made. After it the style is what
    it was. Raises ModuleNotFoundError, with the remedy, where matplotlib is not installed.
    """
    try:
        import matplotlib.figure
        import matplotlib.style
    except ModuleNotFoundError as error:
        raise ModuleNotFoundError(NO_MATPLOTLIB, name=error.name) from error
    with ONE_AT_A_TIME:
        kept: dict[str, Any] = {name: value for name, value in matplotlib.rcParams.items() if name.startswith(KEPT)}
        with matplotlib.style.context(["default", kept]):
            yield


def figure_of(width: float, height: float, **pads: float) -> Figure:
    """An empty figure, in inches; without pyplot there is no global state and no window."""
    from nn.plots.canvas import StyledFigure

    figure = StyledFigure(figsize=(width, height))
    figure.set_layout_engine("constrained", **pads)
    return figure


def panels(count: int, width: float, height: float, columns: int, **shared: Any) -> tuple[Figure, list[Axes]]:
    """A figure and its axes, row by row, each of this size in inches; ``shared`` is matplotlib's sharex, sharey."""
    columns = min(count, columns)
    rows = -(-count // columns)
    figure = figure_of(width * columns, height * rows, w_pad=0.1, h_pad=0.08)
    axes = list(figure.subplots(rows, columns, squeeze=False, **shared).flat)
    for empty in axes[count:]:
        empty.remove()
    for lowest in axes[count - columns : count]:
        lowest.tick_params(labelbottom=True)  # where axes are shared, only the last row has labels
    return figure, axes[:count]


def png_of(plot: Callable[[], Any]) -> bytes | None:
    """What a notebook shows for an object that can be drawn: its picture, or None, for text, without matplotlib."""
    try:
        axes = plot()
    except ModuleNotFoundError:
        return None
    content = io.BytesIO()
    (axes[0] if isinstance(axes, tuple) else axes).figure.savefig(content, format="png", dpi=100)
    return content.getvalue()


def scale_beside(axis: Axes, image: Any, label: str, ticks: Sequence[float] | None = None, width: float = 0.04) -> None:
    """Put a map into its frame, and the scale of its colours beside it, as high as the map.

    Parameters
    ----------
    image: what ``axis.imshow`` returned.
    ticks: where the scale has numbers; None for where matplotlib puts them.
    width: of the scale, as a share of the map's.
    """
    axis.spines[:].set_color(GRID)
    axis.tick_params(length=0, labelcolor=INK)
    place = axis.inset_axes((1 + width / 2, 0, width, 1))
    _clean_scale(axis.figure.colorbar(image, cax=place, label=label, ticks=ticks))


def scale_of_plane(axis: Axes, colors: Any, label: str, ticks: Sequence[float], texts: Sequence[str]) -> None:
    """Put the scale of the colours of a plane beside it, as high as it is, with these texts at its ticks."""
    bar = axis.figure.colorbar(colors, ax=axis, label=label, aspect=24, pad=0.02)
    bar.set_ticks(ticks, labels=texts)
    bar.minorticks_off()
    _clean_scale(bar)


def _clean_scale(bar: Any) -> None:
    bar.outline.set_edgecolor(GRID)
    bar.ax.tick_params(color=GRID, labelcolor=INK)


def add_legend(figure: Figure, handles: Sequence[Any], **options: Any) -> None:
    """Name the handles above the axes, row by row, as many side by side as there is room for."""
    widths = [0.62 + 0.075 * len(handle.get_label()) for handle in handles]  # in inches, about

    def fits(columns: int) -> bool:
        return bool(sum(max(widths[column::columns]) for column in range(columns)) <= figure.get_figwidth())

    columns = max(filter(fits, range(1, len(handles) + 1)), default=1)
    by_column = [handle for column in range(columns) for handle in handles[column::columns]]  # as matplotlib fills
    figure.legend(handles=by_column, loc="outside upper center", ncols=columns, **LEGEND | options)


def as_text(name: str) -> str:
    """A name that matplotlib writes as it is: it reads none as mathematics, and leaves none out of a legend.

    >>> as_text("$x$"), as_text("_hidden")
    ('\\\\$x\\\\$', ' _hidden')
    """
    return (" " if name.startswith("_") else "") + name.replace("$", r"\$")


def clean(axis: Axes) -> None:
    """Take away what is not data: the frame's upper and right side, and lines that are too strong."""
    axis.spines[["top", "right"]].set_visible(False)
    axis.spines[["left", "bottom"]].set_color(GRID)
    axis.tick_params(color=GRID, labelcolor=INK)
    axis.grid(axis="y", color=GRID, linewidth=0.6)
    axis.set_axisbelow(True)


def count_along(axis: Axes, label: str) -> None:
    """Name what the axis below counts, such as epochs, and write whole numbers at it."""
    axis.set_xlabel(label)
    axis.locator_params(axis="x", integer=True, min_n_ticks=1)


def save(figure: Figure, path: str | os.PathLike[str] | None) -> None:
    """Write a figure to a file, whole, in the format that its name ends in; None for nowhere."""
    if path is None:
        return
    path = Path(path)
    content = io.BytesIO()
    figure.savefig(content, format=path.suffix[1:] or "png", dpi=150)
    write_whole(path, content.getvalue())
