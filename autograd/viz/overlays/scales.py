"""From numbers to colours: one map of colours, places on it, numbers beside it."""

from __future__ import annotations

import math
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass

from autograd.viz.painting import Legend, Paint, Painting

# From little to much: YlGnBu of nine classes by Cynthia Brewer, https://colorbrewer2.org, which is safe for
# colour-blind readers, since it darkens steadily. What is little fades into the page.
COLORS = ("#ffffd9", "#edf8b1", "#c7e9b4", "#7fcdbb", "#41b6c4", "#1d91c0", "#225ea8", "#253494", "#081d58")
# What has no place on it. Vermillion is Okabe and Ito's; grey is what has no colour of its own.
NOT_FINITE = "#d55e00"
NOTHING = "#b4bac1"

DARK, LIGHT = "#1f2328", "#ffffff"  # ink
_MOST_TICKS = 5


@dataclass(frozen=True, slots=True)
class Scale:
    """A scale of colours from ``low`` to ``high``; of a logarithmic one these are powers of ten, by their exponents.

    >>> scale = logarithmic([0.02, 30.0])
    >>> scale.low, scale.high, scale.place(1.0)
    (-2, 2, 0.5)
    """

    low: float
    high: float
    ticks: tuple[tuple[float, str], ...]
    is_logarithmic: bool = False
    colors: tuple[str, ...] = COLORS

    def place(self, value: float) -> float:
        """Where a value lies, from 0 to 1."""
        at = math.log10(value) if self.is_logarithmic else value
        return min(max((at - self.low) / (self.high - self.low), 0.0), 1.0)

    def color(self, value: float) -> str:
        """The colour of a value."""
        return color_at(self.place(value), self.colors)


def logarithmic(values: Iterable[float]) -> Scale | None:
    """A scale of whole powers of ten that covers the positive ones of ``values``; None where there are none."""
    powers = [math.log10(value) for value in values if 0 < value < math.inf]
    if not powers:
        return None
    low, high = math.floor(min(powers)), math.ceil(max(powers))
    high = max(high, low + 1)
    step = -(-(high - low) // (_MOST_TICKS - 1))
    marks = range(high, low - 1, -step)
    ticks = tuple([((mark - low) / (high - low), _power(mark)) for mark in reversed(marks)])
    return Scale(low, high, ticks, is_logarithmic=True)


def linear(values: Iterable[float], text: Callable[[float], str]) -> Scale | None:
    """A scale from 0 to the largest of ``values``; None where all are 0. ``text`` writes a number beside it."""
    high = max(values, default=0.0)
    if not 0 < high < math.inf:
        return None
    power = 10.0 ** math.floor(math.log10(high))
    step = next(size * power for size in (0.2, 0.5, 1.0, 2.0, 5.0) if high / (size * power) < _MOST_TICKS)
    marks = [count * step for count in range(int(high / step * (1 + 1e-9)) + 1)]
    return Scale(0.0, high, tuple([(min(mark / high, 1.0), text(mark)) for mark in marks]))


def _power(exponent: int) -> str:
    if -2 <= exponent <= 3:
        return f"{10.0**exponent:g}"
    return f"1e{exponent}".replace("-", "−")


def color_at(place: float, colors: Sequence[str] = COLORS) -> str:
    """The colour at a place from 0 to 1 of a map of colours.

    >>> color_at(0.0), color_at(1.0), color_at(0.25, ["#000000", "#000080"])
    ('#ffffd9', '#081d58', '#000020')
    """
    at = place * (len(colors) - 1)
    first = int(at)
    parts = zip(_channels(colors[first]), _channels(colors[min(first + 1, len(colors) - 1)]), strict=True)
    return "#" + "".join(f"{round(a + (b - a) * (at - first)):02x}" for a, b in parts)


def painted(fill: str, *lines: str, border: str = "") -> Paint:
    """Paint of a colour, with the ink that is read best on it.

    >>> painted("#081d58").ink, painted("#ffffd9").ink
    ('#ffffff', '#1f2328')
    """
    back = _luminance(fill)
    is_dark = (_luminance(LIGHT) + 0.05) / (back + 0.05) > (back + 0.05) / (_luminance(DARK) + 0.05)
    return Paint(fill, LIGHT if is_dark else DARK, tuple(filter(None, lines)), border)


def on_scale(
    title: str, scale: Scale | None, paints: dict[str, Paint], nothing: str, notes: tuple[str, ...]
) -> Painting:
    """Paints of sizes, with a legend of the scale and of those colours beside it that occur.

    Parameters
    ----------
    nothing: what it means that an item has the colour of nothing.

    >>> on_scale("size", None, {"n0": painted(NOTHING, "0")}, "it is 0", ()).legend.swatches
    (('#b4bac1', 'it is 0'),)
    """
    fills = [paint.fill for paint in paints.values()]
    swatches = tuple([pair for pair in ((NOTHING, nothing), (NOT_FINITE, "NaN or infinite")) if pair[0] in fills])
    colors, ticks = ((), ()) if scale is None else (scale.colors, scale.ticks)
    return Painting(paints, Legend(title, colors, ticks, swatches, notes))


def _luminance(color: str) -> float:
    """Relative luminance, as the contrast of text is reckoned with: WCAG 2.2, https://www.w3.org/TR/WCAG22/."""
    red, green, blue = (
        part / 12.92 if part <= 0.04045 else ((part + 0.055) / 1.055) ** 2.4
        for part in (channel / 255 for channel in _channels(color))
    )
    return 0.2126 * red + 0.7152 * green + 0.0722 * blue


def _channels(color: str) -> tuple[int, int, int]:
    return int(color[1:3], 16), int(color[3:5], 16), int(color[5:7], 16)
