"""The frames of maps that have a name for each row and column."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

from nn.plots.style import as_text

if TYPE_CHECKING:
    from matplotlib.axes import Axes

LONGEST = 24  # characters of a name that are written
CHARACTER = 0.085  # inches, about
LINE = 0.15  # inches from one name to the next, at least


def shortened(name: str) -> str:
    """A name that there is room for, as matplotlib is to write it.

    >>> shortened("a name that goes on and on and on")
    'a name that goes on and…'
    """
    return as_text(name if len(name) <= LONGEST else name[: LONGEST - 1].rstrip() + "…")


def room_for(names: Sequence[str]) -> float:
    """How long the longest name is, in inches, about."""
    return CHARACTER * max(min(len(name), LONGEST) for name in names)


def are_turned(names: Sequence[str], cell: float) -> bool:
    """Whether names are written upwards below columns, which are ``cell`` inches wide."""
    return room_for(names) > max(cell, LINE) - 0.04


def name_cells(axis: Axes, columns: Sequence[str] | None, rows: Sequence[str] | None, cell: float) -> None:
    """Write the names at a map's cells: every second, third, ... where there is no room for all of them.

    Parameters
    ----------
    columns, rows: the names; None for none.
    cell: the width and height of one, in inches.
    """
    stride = max(1, -(-int(1000 * LINE) // max(1, int(1000 * cell))))
    size = "small" if max(cell, LINE) < 0.22 else "medium"
    for names, put, angle in ((columns, axis.set_xticks, 90), (rows, axis.set_yticks, 0)):
        shown = [] if names is None else [shortened(name) for name in names[::stride]]
        turned = angle if shown and are_turned(names or (), stride * cell) else 0
        put(range(0, stride * len(shown), stride), shown, rotation=turned, fontsize=size)
