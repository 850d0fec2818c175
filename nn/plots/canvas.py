"""The figure that pictures are drawn on. It is imported when one is drawn, since matplotlib is."""

from __future__ import annotations

import io
from typing import Any

from matplotlib.figure import Figure

from nn.plots.style import one_style


class StyledFigure(Figure):
    """A figure that is drawn and saved in the one style later too, by its user or in a notebook."""

    def draw(self, renderer: Any) -> None:
        """Draw it; ticks are made only then."""
        with one_style():
            super().draw(renderer)

    def savefig(self, fname: Any, **options: Any) -> None:
        """Write it to a file; see `matplotlib.figure.Figure.savefig`."""
        with one_style():
            super().savefig(fname, **options)

    def _repr_png_(self) -> bytes:
        """The picture, which notebooks show."""
        stream = io.BytesIO()
        self.savefig(stream, format="png")
        return stream.getvalue()
