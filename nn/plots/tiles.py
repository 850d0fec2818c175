"""Many small images on one pair of axes."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np

from nn.plots.style import AMOUNTS, GRID, INK, SIGNED

if TYPE_CHECKING:
    from matplotlib.axes import Axes

GAP = 0.08  # between tiles, as a share of their width
NUMBER = 0.3  # above them, for their numbers
TILE = (0.52, 0.95)  # inches of the width of one


class Tiles:
    """Where tiles of one size stand: so many in a row, each with its number above it.

    Parameters
    ----------
    count: how many, at least 1.
    shape: (height, width) of one, in pixels.
    block: how many stand below each other under one number.
    """

    def __init__(self, count: int, shape: tuple[int, ...], block: int = 1) -> None:
        self.count, self.block = count, block
        self.columns = count if count <= 8 else 8 if count <= 32 else 16
        self.tall = (1 - GAP) * shape[0] / shape[1]
        self.rows = -(-count // self.columns)
        self.step = NUMBER + block * (self.tall + GAP)  # from one row of blocks to the next
        width = min(TILE[1], max(TILE[0], 6.8 / self.columns))
        self.inches = width * self.columns, width * self.rows * self.step

    def extent(self, number: int, part: int = 0) -> tuple[float, float, float, float]:
        """Left, right, bottom and top of a tile, with y downwards."""
        row, column = divmod(number, self.columns)
        top = row * self.step + NUMBER + part * (self.tall + GAP)
        return column, column + 1 - GAP, top + self.tall, top

    def draw(self, axis: Axes, tiles: np.ndarray, colors: dict[str, Any]) -> Any:
        """Draw ``tiles``, (count, block, height, width), or with colours as a last axis; returns one of the images."""
        for number, parts in enumerate(tiles):
            for part, tile in enumerate(parts):
                extent = self.extent(number, part)
                image = axis.imshow(tile, extent=extent, interpolation="nearest", **colors)
            left, right, _, top = self.extent(number)
            axis.text((left + right) / 2, top - 0.05, str(number), ha="center", fontsize="small", color=INK)
        axis.set_xlim(-GAP / 2, self.columns - GAP / 2)
        axis.set_ylim(self.rows * self.step, 0)
        axis.spines[:].set_visible(False)
        axis.set_xticks([])
        axis.set_yticks([])
        return image

    def cross_out(self, axis: Axes, number: int) -> None:
        """Mark what stands under a number as dead or broken: an empty frame with a cross."""
        for part in range(self.block):
            left, right, bottom, top = self.extent(number, part)
            axis.fill([left, right, right, left], [bottom, bottom, top, top], facecolor="white", edgecolor=GRID)
            for ends in ((bottom, top), (top, bottom)):
                axis.plot([left, right], ends, color=INK, linewidth=0.8)


def scale_of(values: np.ndarray) -> dict[str, Any]:
    """Colours for numbers: of one sign from 0 on, or of both with 0 in the middle."""
    low, high = float(values.min()), float(values.max())
    if low >= 0:
        return {"cmap": AMOUNTS, "vmin": 0.0, "vmax": high or 1.0}
    most = max(-low, high)
    return {"cmap": SIGNED, "vmin": -most, "vmax": most}
