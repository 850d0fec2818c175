"""What schedules of the learning rate will do."""

from __future__ import annotations

import os
from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, Any

import numpy as np

import autograd as ag
from nn.optim.lr_scheduler import LRScheduler, ReduceLROnPlateau
from nn.plots.style import LINES, add_legend, as_text, clean, count_along, figure_of, one_style, save

if TYPE_CHECKING:
    from matplotlib.axes import Axes


@one_style()
def plot_schedule(
    schedule: LRScheduler | Mapping[str, LRScheduler],
    steps: int,
    metrics: Sequence[float] = (),
    path: str | os.PathLike[str] | None = None,
) -> Axes:
    """The rates of the next steps, a line for each schedule, and for each group whose rates are others.

    Schedules and their optimizers stay as they are.

    Parameters
    ----------
    schedule: of `nn.optim.lr_scheduler`; or several by name.
    steps: how many, at least 1: the present one and those that follow.
    metrics: for a `ReduceLROnPlateau`, the ``steps - 1`` numbers that it will be given.
    path: where to write the picture, in the format that its name ends in; None for nowhere.

    Returns the axes; ``axes.figure`` is the figure. No window is opened.

    Raises ModuleNotFoundError, with the remedy, where matplotlib is not installed, ArgumentError for no schedules, for
    metrics that do not fit and for steps that a schedule does not have.

    >>> import nn
    >>> optimizer = nn.optim.SGD([nn.Parameter([1.0])], lr=1.0)
    >>> axes = plot_schedule(nn.optim.lr_scheduler.StepLR(optimizer, step_size=30), 90)
    >>> axes.get_ylabel()
    'learning rate'
    """
    schedules: dict[str, Any] = dict(schedule) if isinstance(schedule, Mapping) else {"": schedule}
    plateaus = [each for each in schedules.values() if isinstance(each, ReduceLROnPlateau)]
    if not schedules or (len(metrics) and not plateaus):
        raise ag.errors.ArgumentError(
            "plot_schedule: want at least one schedule, and metrics only for a ReduceLROnPlateau; got "
            f"{len(schedules)} schedules, {len(plateaus)} of them ReduceLROnPlateau, and {len(metrics)} metrics."
        )
    lines = [
        (label, each.last_epoch + np.arange(len(rates) + 1), rates)
        for name, each in schedules.items()
        for label, rates in _by_group(name, each.rates(steps, metrics) if each in plateaus else each.rates(steps))
    ]
    figure = figure_of(6, 3.4)
    axes = figure.subplots()
    for place, (label, edges, rates) in enumerate(lines):
        axes.plot(
            edges,
            np.append(rates, rates[-1:]),
            label=as_text(label),
            drawstyle="steps-post",
            **LINES[place % len(LINES)],
        )
    axes.set_ylim(bottom=0)
    count_along(axes, "step")
    axes.set_ylabel("learning rate")
    if any(label for label, _, _ in lines):
        add_legend(figure, axes.lines)  # lines are everywhere
    clean(axes)
    save(figure, path)
    return axes


def _by_group(name: str, rates: np.ndarray) -> list[tuple[str, np.ndarray]]:
    """A label and the rates of each group, (steps); one for all where they are the same."""
    if (rates == rates[:, :1]).all():
        return [(name, rates[:, 0])]
    return [(f"{name}{', ' * bool(name)}group {group}", column) for group, column in enumerate(rates.T)]
