"""The legend of a picture, as the table that Graphviz sets above it: there it never covers anything."""

from __future__ import annotations

import textwrap
from collections.abc import Iterable, Sequence

from autograd.viz.labels import plain, small, width
from autograd.viz.overlays.scales import color_at
from autograd.viz.painting import Legend
from autograd.viz.style import LINE, SIZE, SMALL
from autograd.viz.wording import printable

LENGTH = 240  # points: the colour bar
PIECES = 40  # cells that it is drawn in
WIDEST = 72  # characters of a line of a note


def legend_html(legend: Legend | None, notes: Sequence[str]) -> str:
    """The legend of an overlay and the notes of a view in Graphviz' markup; empty where there are neither."""
    rows: list[tuple[str, float]] = []  # and how wide they are
    if legend is not None:
        words = printable(legend.title)
        title = f'<font color="{LINE}" point-size="{SIZE}"><b>{plain(words)}</b></font>'
        rows.append((title, 1.1 * width(words)))
        if legend.colors:
            rows += [(row, LENGTH) for row in (_bar(legend.colors), *_ticks(legend.ticks))]
        rows += [(_swatch(color, printable(meaning)), LENGTH) for color, meaning in legend.swatches]
        rows += _lines(legend.notes, SIZE - 1)
    rows += _lines(notes, SMALL)
    if not rows:
        return ""
    cells = "".join(f'<tr><td align="left" width="{round(wide)}">{row}</td></tr>' for row, wide in rows)
    return f'<<table border="0" cellborder="0" cellspacing="3" cellpadding="0">{cells}</table>>'


def _lines(notes: Iterable[str], size: float) -> list[tuple[str, float]]:
    """Notes in lines, with room for them in any font."""
    lines = [printable(line) for note in notes for line in textwrap.wrap(note, WIDEST)]
    return [(small(line, LINE, size), width(line, size)) for line in lines]


def _row(cells: Iterable[tuple[float, float, str]], height: float) -> str:
    """Coloured or empty cells beside each other, each from a place to another in points, with what is in it."""
    texts, at = [], 0
    for begin, end, inside in cells:
        if round(begin) > at:
            texts.append(_cell(round(begin) - at, height, ">"))
        texts.append(_cell(round(end) - round(begin), height, inside))
        at = round(end)
    return _table("".join(texts), at, height)


def _table(cells: str, wide: float, high: float) -> str:
    """A row of cells as a table that keeps its size, whatever stands above and below it."""
    size = f'fixedsize="true" width="{wide:g}" height="{high:g}" cellborder="0" cellspacing="0" cellpadding="0"'
    return f'<table align="left" border="0" {size}><tr>{cells}</tr></table>'


def _cell(wide: float, high: float, inside: str) -> str:
    return f'<td fixedsize="true" width="{wide:g}" height="{high:g}"{inside}</td>'


def _bar(colors: Sequence[str]) -> str:
    """The scale, in small steps from colour to colour."""
    step = LENGTH / PIECES
    fills = [color_at(n / (PIECES - 1), colors) for n in range(PIECES)]
    cells = [(n * step, (n + 1) * step, f' bgcolor="{fill}">') for n, fill in enumerate(fills)]
    return _row(cells, 10)


def _ticks(ticks: Sequence[tuple[float, str]]) -> list[str]:
    """Marks under the bar, and their texts, as far as these do not touch each other."""
    shown: list[tuple[float, float, float, str]] = []  # begin, end, place of the mark, text
    for place, text in sorted((place, printable(text)) for place, text in ticks):
        wide, at = width(text, SMALL) + 4, place * LENGTH
        begin = max(at - wide / 2, 0)
        if shown and begin < shown[-1][1]:
            if place < 1 or len(shown) == 1:
                continue
            shown.pop()
        shown.append((begin, begin + wide, at, text))
    marks = [(max(at - 1, 0), max(at - 1, 0) + 1, f' bgcolor="{LINE}">') for _, _, at, _ in shown]
    texts = []
    for begin, end, _, text in shown:
        look = ' align="left">' if begin == 0 else ' bgcolor="transparent">'  # by which it is seen what is centred
        texts.append((begin, end, look + small(text, LINE)))
    return [_row(marks, 3), _row(texts, 12)] if shown else []


def _swatch(color: str, meaning: str) -> str:
    wide = 1.1 * width(meaning, SIZE - 1)
    sample = f'<td width="14" height="11" fixedsize="true" border="1" color="{LINE}" bgcolor="{color}"></td>'
    text = f'<td width="{wide:g}" align="left">{small(meaning, LINE, SIZE - 1)}</td>'
    return _table(f'{sample}<td width="6"></td>{text}', 20 + wide, 14)
