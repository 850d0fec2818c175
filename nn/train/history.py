"""What the epochs of a run came to."""

from __future__ import annotations

import math
import os
from collections.abc import Iterable, Iterator, Mapping
from typing import TYPE_CHECKING, Any, overload

import autograd as ag

if TYPE_CHECKING:
    from matplotlib.axes import Axes

Row = dict[str, Any]


class History:
    """A row for each epoch: a dict with its number, ``"epoch"``, and what it came to, such as ``"val_loss"``.

    ``history[-1]`` is the last row, ``history["val_loss"]`` the list of what all rows have under this name.

    Parameters
    ----------
    rows: dicts that have the same names.

    Raises, when indexed, ArgumentError for a name that the last row has not, IndexError for a row that is not there.

    >>> history = History([{"epoch": 1, "loss": 0.9}, {"epoch": 2, "loss": 0.4}])
    >>> history["loss"], history[-1], len(history)
    ([0.9, 0.4], {'epoch': 2, 'loss': 0.4}, 2)
    """

    def __init__(self, rows: Iterable[Mapping[str, Any]] = ()) -> None:
        self.rows: list[Row] = [dict(row) for row in rows]

    @overload
    def __getitem__(self, key: int) -> Row: ...
    @overload
    def __getitem__(self, key: slice) -> History: ...
    @overload
    def __getitem__(self, key: str) -> list[Any]: ...
    def __getitem__(self, key: int | slice | str) -> Row | History | list[Any]:
        if isinstance(key, slice):
            return History(self.rows[key])
        if not isinstance(key, str):
            return self.rows[key]
        if self.rows and key not in self.rows[-1]:
            raise ag.errors.ArgumentError(f"the history has no {key!r}; it has {', '.join(self.rows[-1])}.")
        return [row.get(key, math.nan) for row in self.rows]

    def __len__(self) -> int:
        return len(self.rows)

    def __iter__(self) -> Iterator[Row]:
        return iter(self.rows)

    def __repr__(self) -> str:
        return f"History of {len(self)} epochs" + (f", the last {self.rows[-1]}" if self.rows else "")

    def _repr_png_(self) -> bytes | None:
        """The curves, which notebooks show."""
        from nn.plots.style import png_of

        return png_of(self.plot) if self.rows else None

    def plot(self, path: str | os.PathLike[str] | None = None) -> tuple[Axes, ...]:
        """Draw the curves; see `nn.plots.plot_history`.

        >>> axes = History([{"epoch": 1, "loss": 0.9, "val_loss": 0.95}]).plot()
        >>> axes[0].get_ylabel()
        'loss'
        """
        from nn.plots import plot_history

        return plot_history(self, path)
