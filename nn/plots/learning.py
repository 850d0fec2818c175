"""Curves of learning."""

from __future__ import annotations

import os
from collections.abc import Sequence
from typing import TYPE_CHECKING

from nn.plots.style import INK, TEST, TRAIN, clean, figure_of, save

if TYPE_CHECKING:
    from matplotlib.axes import Axes

    from nn.train import Epoch, LanguageEpoch


def plot_history(history: Sequence[Epoch], path: str | os.PathLike[str] | None = None) -> tuple[Axes, Axes]:
    """Training curves: loss and accuracy by epoch, on training and on test data, side by side.

    Parameters
    ----------
    history: what ``nn.train.fit`` returned, one epoch or more.
    path: where to write the picture, in the format that its name ends in; None for nowhere.

    Returns the two axes, of loss and of accuracy; ``axes[0].figure`` is the figure. No window is opened.

    Raises ModuleNotFoundError, with the remedy, where matplotlib is not installed, ValueError for no epochs.

    >>> from nn.train import Epoch
    >>> losses, accuracies = plot_history([Epoch(1, 0.9, 0.7, 0.8, 0.75, 0.1), Epoch(2, 0.4, 0.9, 0.5, 0.85, 0.1)])
    >>> accuracies.get_ylabel()
    'accuracy'
    """
    if not history:
        raise ValueError("plot_history: the history has no epochs, so there is no curve to draw")
    figure = figure_of(9, 3.4, w_pad=0.15)
    axes = figure.subplots(1, 2)
    numbers = [epoch.epoch for epoch in history]
    for axis, quantity in zip(axes, ("loss", "accuracy"), strict=True):
        for part, style in (("train", TRAIN), ("test", TEST)):
            marker = "o" if len(history) == 1 else None
            axis.plot(numbers, [getattr(epoch, f"{part}_{quantity}") for epoch in history], marker=marker, **style)
        axis.set_xlabel("epoch")
        axis.set_ylabel(quantity)
        axis.locator_params(axis="x", integer=True, min_n_ticks=1)
        clean(axis)
    axes[0].set_ylim(bottom=0)
    axes[1].set_ylim(top=1)
    axes[0].legend(frameon=False, labelcolor=INK)
    axes[1].set_title(f"test accuracy {history[-1].test_accuracy:.4f}", loc="right", fontsize="medium", color=INK)
    save(figure, path)
    return axes[0], axes[1]


def plot_bits(
    history: Sequence[LanguageEpoch], baseline: float, name: str, path: str | os.PathLike[str] | None = None
) -> Axes:
    """Training curves of a language model: bits per character by epoch, in training and held out, beside a baseline.

    Parameters
    ----------
    history: what ``nn.train.fit_language_model`` returned, one epoch or more.
    baseline: bits per character of what the model is compared with.
    name: of the baseline.
    path: where to write the picture, in the format that its name ends in; None for nowhere.

    Returns the axes; ``axes.figure`` is the figure. No window is opened.

    Raises ModuleNotFoundError, with the remedy, where matplotlib is not installed, ValueError for no epochs.

    >>> from nn.train import LanguageEpoch
    >>> axes = plot_bits([LanguageEpoch(1, 2.9, 2.5, 60.0), LanguageEpoch(2, 2.2, 2.1, 60.0)], 2.33, "Markov, order 5")
    >>> axes.get_ylabel()
    'bits per character'
    """
    if not history:
        raise ValueError("plot_bits: the history has no epochs, so there is no curve to draw")
    figure = figure_of(6, 3.6)
    axes = figure.subplots()
    numbers = [epoch.epoch for epoch in history]
    marker = "o" if len(history) == 1 else None
    axes.plot(numbers, [epoch.train_bits for epoch in history], marker=marker, **TRAIN)
    axes.plot(numbers, [epoch.test_bits for epoch in history], marker=marker, **{**TEST, "label": "held out"})
    axes.axhline(baseline, color=INK, linestyle=":", label=f"{name}: {baseline:.2f}")
    axes.set_xlabel("epoch")
    axes.set_ylabel("bits per character")
    axes.locator_params(axis="x", integer=True, min_n_ticks=1)
    axes.legend(frameon=False, labelcolor=INK)
    clean(axes)
    save(figure, path)
    return axes
