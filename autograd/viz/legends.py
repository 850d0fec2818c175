"""The legend of a picture, as the table that Graphviz sets above it: there it never covers anything."""

from __future__ import annotations

import textwrap
from collections.abc import Iterable, Sequence

from autograd.viz.labels import plain, small, width
from autograd.viz.painting import Legend
from autograd.viz.style import LINE, SIZE, SMALL

LENGTH = 240  # points: the colour bar
PIECES = 40  # cells that it is drawn in
WIDEST = 72  # characters of a line of a note


def legend_html(legend: Legend | None, notes: Sequence[str]) -> str:
    """The legend of an overlay and the notes of a view in Graphviz' markup; empty where there are neither."""
    rows = []
    if legend is not None:
        rows.append(f'<font color="{LINE}" point-size="{SIZE}"><b>{plain(legend.title)}</b></font>')
        if legend.colors:
            rows += [_bar(legend.colors), *_ticks(legend.ticks)]
        if legend.swatches:
            rows += [_swatch(color, meaning) for color, meaning in legend.swatches]
        rows += [small(line, LINE, SIZE - 1) for line in _wrapped(legend.notes)]
    rows += [small(line, LINE) for line in _wrapped(notes)]
    if not rows:
        return ""
    cells = "".join(f'<tr><td align="left">{row}</td></tr>' for row in rows)
    return f'<<table border="0" cellborder="0" cellspacing="3" cellpadding="0">{cells}</table>>'


def _wrapped(notes: Iterable[str]) -> list[str]:
    return [line for note in notes for line in textwrap.wrap(note, WIDEST)]


def _row(cells: Iterable[tuple[float, float, str]], height: float) -> str:
    """Coloured or empty cells beside each other, each from a place to another in points, with what is in it."""
    texts, at = [], 0
    for begin, end, inside in cells:
        if round(begin) > at:
            texts.append(_cell(round(begin) - at, height, ">"))
        texts.append(_cell(round(end) - round(begin), height, inside))
        at = round(end)
    return _table("".join(texts), at, height)


def _table(cells: str, wide: float, high: float, look: str = 'border="0"') -> str:
    """A row of cells as a table that keeps its size, whatever stands above and below it."""
    size = f'fixedsize="true" width="{wide:g}" height="{high:g}" cellborder="0" cellspacing="0" cellpadding="0"'
    return f'<table align="left" {look} {size}><tr>{cells}</tr></table>'


def _cell(wide: float, high: float, inside: str) -> str:
    return f'<td fixedsize="true" width="{wide:g}" height="{high:g}"{inside}</td>'


def _bar(colors: Sequence[str]) -> str:
    """The scale, in small steps from colour to colour."""
    step = LENGTH / PIECES
    return _row(
        [(n * step, (n + 1) * step, f' bgcolor="{_between(colors, n / (PIECES - 1))}">') for n in range(PIECES)], 10
    )


def _between(colors: Sequence[str], place: float) -> str:
    """The colour at a place from 0 to 1 of a scale."""
    at = place * (len(colors) - 1)
    first = max(min(int(at), len(colors) - 2), 0)
    ends = colors[first], colors[min(first + 1, len(colors) - 1)]
    low, high = ([int(color[start : start + 2], 16) for start in (1, 3, 5)] for color in ends)
    return "#" + "".join(f"{round(a + (b - a) * (at - first)):02x}" for a, b in zip(low, high, strict=True))


def _ticks(ticks: Sequence[tuple[float, str]]) -> list[str]:
    """Marks under the bar, and their texts, as far as these do not touch each other."""
    shown: list[tuple[float, float, float, str]] = []  # begin, end, place of the mark, text
    for place, text in sorted(ticks):
        wide, at = width(text, SMALL) + 4, place * LENGTH
        begin = min(max(at - wide / 2, 0), LENGTH - wide)
        if shown and begin < shown[-1][1]:
            if place < 1 or len(shown) == 1:
                continue
            shown.pop()
        shown.append((begin, begin + wide, at, text))
    marks = [(max(at - 1, 0), max(at - 1, 0) + 1, f' bgcolor="{LINE}">') for _, _, at, _ in shown]
    texts = []
    for begin, end, _, text in shown:
        look = ' align="left">' if begin == 0 else ' align="right">' if end == LENGTH else ' bgcolor="transparent">'
        texts.append((begin, end, look + small(text, LINE)))
    return [_row(marks, 3), _row(texts, 12)] if shown else []


def _swatch(color: str, meaning: str) -> str:
    wide = 1.1 * width(meaning, SIZE - 1)
    sample = f'<td width="14" height="11" fixedsize="true" border="1" color="{LINE}" bgcolor="{color}"></td>'
    text = f'<td width="{wide:g}" align="left">{small(meaning, LINE, SIZE - 1)}</td>'
    return _table(f'{sample}<td width="6"></td>{text}', 20 + wide, 14)
