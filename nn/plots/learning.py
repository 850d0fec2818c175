"""Curves of learning."""

from __future__ import annotations

import os
from typing import TYPE_CHECKING

import autograd as ag
from nn.metrics.names import SHARES
from nn.plots.style import (
    INK,
    LEGEND,
    TITLE,
    TRAIN,
    VALIDATION,
    as_text,
    clean,
    count_along,
    figure_of,
    one_style,
    save,
)

if TYPE_CHECKING:
    from matplotlib.axes import Axes

    from nn.train import History

NOT_DRAWN = ("epoch", "lr", "seconds")


@one_style()
def plot_history(history: History, path: str | os.PathLike[str] | None = None) -> tuple[Axes, ...]:
    """Training curves by epoch: the loss and each metric side by side, of training and of validation data.

    Parameters
    ----------
    history: what ``Trainer.fit`` returned, one epoch or more.
    path: where to write the picture, in the format that its name ends in; None for nowhere.

    Returns the axes, the loss's first; ``axes[0].figure`` is the figure. No window is opened. What is no
    number, such as a confusion matrix, is left out.

    Raises ModuleNotFoundError, with the remedy, where matplotlib is not installed, ArgumentError for no epochs and
    for a last one without a loss or metric that is a number.

    >>> from nn.train import History
    >>> rows = [{"loss": 0.9, "accuracy": 0.7, "val_loss": 0.8}, {"loss": 0.4, "accuracy": 0.9, "val_loss": 0.5}]
    >>> losses, accuracies = plot_history(History(rows))
    >>> accuracies.get_ylabel()
    'accuracy'
    """
    _check("plot_history", history)
    row = history[-1]
    names = [name for name, value in row.items() if isinstance(value, float) and name not in NOT_DRAWN]
    names = [name for name in names if name.removeprefix("val_") not in names or not name.startswith("val_")]
    if not names:
        raise ag.errors.ArgumentError(
            f"plot_history: the last epoch has no number to draw, but {', '.join(row)}; want a loss or a metric."
        )
    figure = figure_of(4.5 * len(names), 3.4, w_pad=0.15)
    axes = figure.subplots(1, len(names), squeeze=False)[0]
    for axis, name in zip(axes, names, strict=True):
        _draw(axis, history, name)
        if name == "loss" and min(history[name]) >= 0:
            axis.set_ylim(bottom=0)
        elif name.startswith(SHARES):
            axis.set_ylim(top=1)
        if (held_out := f"val_{name}") in row and name != "loss":
            axis.set_title(f"validation {row[held_out]:.4f}", **TITLE | {"loc": "right"})
    axes[0].legend(**LEGEND)
    save(figure, path)
    return tuple(axes)


@one_style()
def plot_bits(history: History, baseline: float, name: str, path: str | os.PathLike[str] | None = None) -> Axes:
    """Training curves of a language model: bits per character by epoch, in training and validation, beside a baseline.

    Parameters
    ----------
    history: what ``LanguageTrainer.fit`` returned, one epoch or more.
    baseline: bits per character of what the model is compared with.
    name: of the baseline.
    path: where to write the picture, in the format that its name ends in; None for nowhere.

    Returns the axes; ``axes.figure`` is the figure. No window is opened.

    Raises ModuleNotFoundError, with the remedy, where matplotlib is not installed, ArgumentError for no epochs.

    >>> from nn.train import History
    >>> axes = plot_bits(History([{"bits": 2.9, "val_bits": 2.5}, {"bits": 2.2, "val_bits": 2.1}]), 2.33, "Markov")
    >>> axes.get_ylabel()
    'bits per character'
    """
    _check("plot_bits", history)
    figure = figure_of(6, 3.6)
    axes = figure.subplots()
    _draw(axes, history, "bits")
    axes.axhline(baseline, color=INK, linestyle=":", label=f"{as_text(name)}: {baseline:.2f}")
    axes.set_ylabel("bits per character")
    axes.legend(**LEGEND)
    save(figure, path)
    return axes


def _draw(axis: Axes, history: History, name: str) -> None:
    """A quantity by epoch, and the same on validation data where there is any."""
    numbers = range(1, len(history) + 1)
    marker = "o" if len(history) == 1 else None
    axis.plot(numbers, history[name], marker=marker, **TRAIN)
    if f"val_{name}" in history[-1]:
        axis.plot(numbers, history[f"val_{name}"], marker=marker, **VALIDATION)
    count_along(axis, "epoch")
    axis.set_ylabel(as_text(name.replace("_", " ")))
    clean(axis)


def _check(function: str, history: History) -> None:
    if not history:
        raise ag.errors.ArgumentError(f"{function}: the history has no epochs, so there is no curve to draw.")
