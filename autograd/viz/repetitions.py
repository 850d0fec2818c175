"""Repetitions in a sequence: ``a b a b a b`` is ``a b`` three times."""

from __future__ import annotations

import re
from collections.abc import Sequence
from typing import NamedTuple

import numpy as np

NUMBER = re.compile(r"(\d+)")


class Stretch(NamedTuple):
    """A part of a sequence that repeats: each element equals the one ``period`` places later, as far as it goes."""

    start: int
    period: int
    length: int


def stretches(labels: Sequence[int], least: int) -> list[Stretch]:
    """The longest parts that repeat at least ``least`` times, 3 or more, with their shortest periods.

    The longer ones are first, of equally long ones those with shorter periods, then the earlier ones.

    For widths 1, 2, 4, ... all windows of that width are numbered, equal ones alike. Where something repeats three
    times, some window is as wide as the period or up to twice as wide, and occurs again after just one period. Time is
    n log² n.

    >>> stretches([7, 1, 2, 1, 2, 1, 2, 9, 9, 9], 3)
    [Stretch(start=1, period=2, length=6), Stretch(start=7, period=1, length=3)]
    """
    found: dict[Stretch, None] = {}
    windows, width = np.asarray(labels, dtype=np.int64), 1
    while 3 * width < 2 * len(labels):  # the period is more than half of the width
        windows, gaps = _numbered(windows)
        if not gaps.any():
            break
        found |= dict.fromkeys(_with_equal_gaps(gaps, width, least))
        windows, width = windows[:-width] * len(labels) + windows[width:], 2 * width
    return sorted(found, key=lambda stretch: (-stretch.length, stretch.period, stretch.start))


def _numbered(windows: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """Numbers of windows from 0 on, and how far after each the next equal one is; 0 where there is none."""
    order = np.argsort(windows, kind="stable")
    ordered = windows[order]
    equal = ordered[1:] == ordered[:-1]
    numbers, gaps = np.zeros((2, len(windows)), dtype=np.int64)
    numbers[order[1:]] = np.cumsum(~equal)
    gaps[order[:-1][equal]] = np.diff(order)[equal]
    return numbers, gaps


def _with_equal_gaps(gaps: np.ndarray, width: int, least: int) -> list[Stretch]:
    """Where successive windows occur again after the same number of places, about as many as they are wide."""
    gaps = np.where((2 * gaps > width) & (gaps <= width), gaps, 0)
    starts = np.flatnonzero(np.diff(gaps, prepend=0))
    ends = np.append(starts[1:], len(gaps))
    periods = gaps[starts]
    lengths = ends - starts - 1 + width + periods
    fits = (periods > 0) & (lengths >= least * periods)
    rows = zip(starts[fits].tolist(), periods[fits].tolist(), lengths[fits].tolist(), strict=True)
    return [Stretch(*row) for row in rows]


def common_name(names: Sequence[str]) -> str:
    """One name for all repetitions of something.

    >>> common_name(["0", "1", "2"]), common_name(["cell@1", "cell@2", "cell@3"]), common_name(["1.w", "3.w", "5.w"])
    ('0–2', 'cell', '1, 3, 5.w')
    >>> common_name(["stem", "body", "head"])
    'stem … head'
    """
    if len(set(names)) == 1:
        return names[0]
    parts = [NUMBER.split(name) for name in names]
    places = [place for place, words in enumerate(zip(*parts, strict=False)) if len(set(words)) > 1]
    if len({len(words) for words in parts}) > 1 or len(places) != 1 or not places[0] % 2:
        return f"{names[0]} … {names[-1]}"
    place = places[0]
    numbers = sorted(int(words[place]) for words in parts)
    before, after = "".join(parts[0][:place]), "".join(parts[0][place + 1 :])
    step = numbers[1] - numbers[0]
    if step == 0 or any(number != numbers[0] + turn * step for turn, number in enumerate(numbers)):
        return f"{names[0]} … {names[-1]}"
    if before.endswith("@") and not after and (numbers[0], step) == (1, 1):
        return before[:-1]
    if step == 1:
        shown = f"{numbers[0]}–{numbers[-1]}"
    else:
        shown = f"{numbers[0]}, {numbers[1]}{' …' if len(numbers) > 3 else ','} {numbers[-1]}"
    return f"{before}{shown}{after}"
