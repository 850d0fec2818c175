"""Curves of several runs, compared."""

from __future__ import annotations

import csv
import io
import json
import math
import os
from collections.abc import Iterable, Mapping, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np

import autograd as ag
from nn.metrics.names import SHARES
from nn.plots.learning import NOT_DRAWN
from nn.plots.style import INK, LINES, add_legend, as_text, clean, count_along, one_style, panels, save

if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from matplotlib.figure import Figure

Rows = list[dict[str, float]]

FILES = ("log.csv", "history.json")  # of a run: the first is there while it goes on, the other one when it is over
SOLID: dict[str, Any] = {"linestyle": "-", "linewidth": 1.8}
DASHED: dict[str, Any] = {"linestyle": "--", "linewidth": 1.1}
MARKERS = (None, "o", "s", "^")  # of the runs after the first six, and so on
FALLING = ("loss", "bits", "perplexity", "mae", "rmse")  # which have no end above where training fails
CUT = 3.0  # times the median of their highest values


@one_style()
def plot_runs(
    runs: Mapping[str, Any] | Sequence[str | os.PathLike[str]],
    metrics: Sequence[str] | None = None,
    path: str | os.PathLike[str] | None = None,
) -> tuple[Axes, ...]:
    """Curves of several runs by epoch, side by side for each metric: a colour a run, training dashed.

    Where a run has become infinite or NaN for good, a cross ends its curve. A loss, or another error, that rises far
    above those of the other runs is cut off.

    Parameters
    ----------
    runs: name -> `nn.train.History`, its rows, the folder of a run as ``glassgrad train`` writes it, or a log that
        `nn.train.CSVLog` or `nn.train.JSONLinesLog` wrote; or folders and logs alone, which then name the runs. 1 to
        24 of them.
    metrics: what to draw, such as ("loss", "accuracy"), each with its ``val_`` part; all if None, but rates and times.
    path: where to write the picture, in the format that its name ends in; None for nowhere.

    Returns the axes, one for each metric; ``axes[0].figure`` is the figure. No window is opened.

    Raises ModuleNotFoundError, with the remedy, where matplotlib is not installed, ArgumentError for runs without
    epochs, for files that are no logs and for metrics that no run has.

    >>> from nn.train import History
    >>> slow = History([{"loss": 0.9, "val_loss": 0.8}, {"loss": 0.7, "val_loss": 0.7}])
    >>> fast = History([{"loss": 0.5, "val_loss": 0.6}])
    >>> (axis,) = plot_runs({"lr=0.01": slow, "lr=0.1": fast})
    >>> [text.get_text() for text in axis.figure.legends[0].get_texts()]
    ['lr=0.01', 'lr=0.1', 'validation', 'training']
    """
    read = {name: _rows(name, source) for name, source in _named(runs).items()}
    names = _metrics(read, metrics)
    looks = [
        {"color": LINES[place % len(LINES)]["color"], "marker": MARKERS[place // len(LINES)]}
        for place in range(len(read))
    ]
    has_held_out = any(f"val_{name}" in row for rows in read.values() for row in rows for name in names)
    figure, axes = panels(len(names), *((4.0, 3.0) if len(names) > 1 else (6.5, 3.6)), columns=3)
    has_ended = False
    for axis, name in zip(axes, names, strict=True):
        bottom, top = _limits(name, list(read.values()))
        for rows, look in zip(read.values(), looks, strict=True):
            has_ended |= _draw(axis, rows, name, {**look, **(DASHED if has_held_out else SOLID)}, top)
            has_ended |= _draw(axis, rows, f"val_{name}", {**look, **SOLID}, top)
        axis.set_ylim(bottom, top)
        count_along(axis, "epoch")
        axis.set_ylabel(as_text(name.replace("_", " ")))
        clean(axis)
    _name_runs(figure, list(read), looks, has_held_out, has_ended)
    save(figure, path)
    return tuple(axes)


# --- what was given -------------------------------------------------------------------------------------


def _named(runs: Any) -> dict[str, Any]:
    if isinstance(runs, (str, os.PathLike)):
        raise ag.errors.ArgumentError(f"plot_runs: got one path, {os.fspath(runs)!r}; want several: ['runs/a', ...].")
    if isinstance(runs, Mapping):
        named = {str(name): source for name, source in runs.items()}
    else:
        sources = list(runs) if isinstance(runs, Iterable) else [runs]
        if not all(isinstance(each, (str, os.PathLike)) for each in sources):
            raise ag.errors.ArgumentError(
                f"plot_runs: got {ag.errors.describe(runs)}; want a name for each history, {{'first': history, ...}}, "
                "or the folders of runs, ['runs/a', ...]."
            )
        paths = [Path(each) for each in sources]
        are_told_apart = len({path.name for path in paths}) == len(paths)
        named = {path.name if are_told_apart else str(path): path for path in paths}
    most = len(LINES) * len(MARKERS)
    if not 0 < len(named) <= most:
        raise ag.errors.ArgumentError(
            f"plot_runs: {len(named)} runs; want 1 to {most}, which can be told apart in one picture."
        )
    return named


def _metrics(read: Mapping[str, Rows], metrics: Sequence[str] | None) -> list[str]:
    """The names of what is drawn, without ``val_``."""
    known = list(dict.fromkeys(name.removeprefix("val_") for rows in read.values() for row in rows for name in row))
    chosen = [name for name in known if name not in NOT_DRAWN] if metrics is None else list(metrics)
    if unknown := [name for name in chosen if name not in known]:
        raise ag.errors.ArgumentError(
            f"plot_runs: no run has {', '.join(unknown)}; want some of {', '.join(known)}, without val_."
        )
    if not chosen:
        raise ag.errors.ArgumentError(f"plot_runs: there are no metrics to draw; the runs have {', '.join(known)}.")
    return chosen


def _rows(name: str, source: Any) -> Rows:
    """The numbers of each epoch."""
    rows = _read(Path(source)) if isinstance(source, (str, os.PathLike)) else source
    if not isinstance(rows, Iterable) or isinstance(rows, Mapping):
        raise ag.errors.ArgumentError(
            f"plot_runs: run {name!r} is {ag.errors.describe(source)}; want a History, or the folder of a run."
        )
    numbers = [_numbers(row) for row in rows]
    if not numbers:
        raise ag.errors.ArgumentError(f"plot_runs: run {name!r} has no epochs, so there is no curve to draw.")
    return numbers


def _numbers(row: Mapping[str, Any]) -> dict[str, float]:
    """What of a row is a number; JSON has null for one that is not finite, and CSV has text."""
    numbers = {}
    for name, value in row.items():
        if value is None or np.ndim(value) == 0:
            try:
                numbers[name] = math.nan if value is None or value == "" else float(value)
            except (TypeError, ValueError):
                continue  # a text, or an array that was written as one
    return numbers


def _read(path: Path) -> list[Mapping[str, Any]]:
    """The rows of a log, or of the first one in a folder."""
    if path.is_dir():
        found = [path / name for name in FILES if (path / name).is_file()]
        if not found:
            raise ag.errors.ArgumentError(
                f"plot_runs: {path} has no {' and no '.join(FILES)}; give the folder of a run, as `glassgrad train` "
                "writes it, or a History."
            )
        path = found[0]
    try:
        text = path.read_text(encoding="utf-8")
        if path.suffix == ".json":
            rows = json.loads(text)["epochs"]
        else:
            text = text[: text.rfind("\n") + 1]  # a line that is being written now may end in half a number
            is_table = path.suffix == ".csv"
            rows = (
                list(csv.DictReader(io.StringIO(text)))
                if is_table
                else [json.loads(row) for row in text.split("\n") if row]
            )
        if not isinstance(rows, list) or not all(isinstance(row, Mapping) for row in rows):
            raise ValueError("its rows are no objects")
    except OSError as error:
        raise ag.errors.ArgumentError(f"plot_runs: {path} cannot be read: {error.strerror}.") from error
    except (ValueError, LookupError, TypeError, RecursionError, csv.Error) as error:
        raise ag.errors.ArgumentError(
            f"plot_runs: {path} is no log of a run ({error}); want log.csv or history.json of `glassgrad train`, or "
            "what nn.train.CSVLog or JSONLinesLog wrote."
        ) from error
    return rows


# --- drawing --------------------------------------------------------------------------------------------


def _limits(name: str, runs: Sequence[Rows]) -> tuple[float | None, float | None]:
    """The lowest and the highest value to be seen of a metric; None for what matplotlib takes."""
    keys = (name, f"val_{name}")
    known = [[row[key] for row in rows for key in keys if math.isfinite(row.get(key, math.nan))] for rows in runs]
    highest = sorted(max(values) for values in known if values)
    if name in FALLING and highest and min(min(values) for values in known if values) >= 0:
        top = CUT * highest[(len(highest) - 1) // 2]
        return 0.0, top if highest[-1] > top > 0 else None
    return None, 1.0 if name.startswith(SHARES) else None


def _draw(axis: Axes, rows: Rows, name: str, look: Mapping[str, Any], top: float | None) -> bool:
    """A curve, if there is one; returns whether it ends because what comes is not finite.

    The cross at its end stands on the upper edge where that end is above it, or there is none.
    """
    if not any(name in row for row in rows):
        return False
    epochs = np.array([row.get("epoch", place) for place, row in enumerate(rows, 1)])
    values = np.array([row.get(name, math.nan) for row in rows])
    is_known = np.isfinite(values)
    values[~is_known] = np.nan
    axis.plot(epochs, values, markevery=max(1, len(rows) // 8), markersize=4, **look)
    padded = np.concatenate([[False], is_known, [False]])
    is_alone = is_known & ~padded[:-2] & ~padded[2:]  # with no line to a neighbour
    dot = {
        "color": look["color"],
        "markersize": 4,
        "markerfacecolor": look["color"] if look["linestyle"] == "-" else "white",
    }
    axis.plot(epochs[is_alone], values[is_alone], "o", **dot)
    if is_known[-1]:
        return False
    last = np.flatnonzero(is_known)[-1:]
    cross = {"color": look["color"], "markersize": 8, "markeredgewidth": 2, "clip_on": False}
    if last.size and (top is None or values[last[0]] <= top):
        axis.plot(epochs[last], values[last], "x", **cross)
    else:
        axis.plot(epochs[last if last.size else [0]], [1.0], "x", transform=axis.get_xaxis_transform(), **cross)
    return True


def _name_runs(
    figure: Figure, names: Sequence[str], looks: Sequence[Mapping[str, Any]], has_held_out: bool, has_ended: bool
) -> None:
    from matplotlib.lines import Line2D

    handles = [
        Line2D([], [], label=as_text(name), markersize=4, **SOLID, **look)
        for name, look in zip(names, looks, strict=True)
    ]
    if has_held_out:
        handles.append(Line2D([], [], label="validation", color=INK, **SOLID))
        handles.append(Line2D([], [], label="training", color=INK, **DASHED))
    if has_ended:
        handles.append(Line2D([], [], label="not finite after", color=INK, linestyle="none", marker="x"))
    add_legend(figure, handles)
