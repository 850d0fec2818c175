"""Pictures of learning. matplotlib is imported when one is drawn; every function returns its axes."""

from __future__ import annotations

import io
import os
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np

import autograd as ag
from autograd import write_whole

if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from matplotlib.figure import Figure

    from nn.diagnostics import GradientThroughTime
    from nn.train import Epoch, LanguageEpoch

# Two colours of Okabe and Ito's palette, which all readers tell apart; the lines differ in their dashes too.
TRAIN: dict[str, Any] = {"color": "#0072b2", "linestyle": "-", "label": "training"}
TEST: dict[str, Any] = {"color": "#d55e00", "linestyle": "--", "label": "test"}
# More of them, for lines that are many, each with dashes of its own.
LINES = [
    {"color": color, "linestyle": dashes}
    for color, dashes in zip(
        ("#0072b2", "#d55e00", "#009e73", "#cc79a7", "#e69f00", "#56b4e9"),
        ("-", "--", "-.", ":", (0, (5, 1)), (0, (3, 1, 1, 1, 1, 1))),
        strict=True,
    )
]
INK = "#1f2328"
GRID = "#d8dee4"

NO_MATPLOTLIB = "matplotlib draws the curves, and it is not installed: pip install 'glassgrad[viz]'"


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
    figure = _figure(9, 3.4, w_pad=0.15)
    axes = figure.subplots(1, 2)
    numbers = [epoch.epoch for epoch in history]
    for axis, quantity in zip(axes, ("loss", "accuracy"), strict=True):
        for part, style in (("train", TRAIN), ("test", TEST)):
            marker = "o" if len(history) == 1 else None
            axis.plot(numbers, [getattr(epoch, f"{part}_{quantity}") for epoch in history], marker=marker, **style)
        axis.set_xlabel("epoch")
        axis.set_ylabel(quantity)
        axis.locator_params(axis="x", integer=True, min_n_ticks=1)
        _clean(axis)
    axes[0].set_ylim(bottom=0)
    axes[1].set_ylim(top=1)
    axes[0].legend(frameon=False, labelcolor=INK)
    axes[1].set_title(f"test accuracy {history[-1].test_accuracy:.4f}", loc="right", fontsize="medium", color=INK)
    _save(figure, path)
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
    figure = _figure(6, 3.6)
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
    _clean(axes)
    _save(figure, path)
    return axes


def plot_attention(
    weights: Any, source: Sequence[str], target: Sequence[str], path: str | os.PathLike[str] | None = None
) -> Axes:
    """What a decoder looked at: attention weights as a map, a row for each token written, a column for each one read.

    Parameters
    ----------
    weights: an array or Tensor of at least 0, (target tokens, source tokens): of one sequence, without padding.
    source, target: the tokens, as they are to be written beside the map; a text is taken by its characters.
    path: where to write the picture, in the format that its name ends in; None for nowhere.

    Returns the axes; ``axes.figure`` is the figure. No window is opened.

    Raises ModuleNotFoundError, with the remedy, where matplotlib is not installed, ShapeError for weights of another
    shape.

    >>> import numpy as np
    >>> axes = plot_attention(np.eye(3)[::-1], "abc", "cba")
    >>> axes.get_xlabel(), axes.get_ylabel()
    ('source', 'target')
    """
    weights = np.asarray(ag.value_of(weights))
    if weights.shape != (len(target), len(source)):
        raise ag.errors.ShapeError(
            f"plot_attention: want weights of shape ({len(target)}, {len(source)}), the numbers of target and source "
            f"tokens, got {weights.shape}. Take one sequence, and what is no padding: weights[0, :steps, :length]."
        )
    figure = _figure(1.6 + 0.26 * len(source), 0.65 + 0.26 * len(target))
    axes = figure.subplots()
    image = axes.imshow(weights, cmap="Blues", vmin=0, vmax=1, interpolation="nearest")
    axes.set_xticks(range(len(source)), [_visible(token) for token in source])
    axes.set_yticks(range(len(target)), [_visible(token) for token in target])
    axes.set_xlabel("source")
    axes.set_ylabel("target")
    axes.spines[:].set_color(GRID)
    axes.tick_params(length=0, labelcolor=INK)
    bar = figure.colorbar(image, ax=axes, ticks=[0, 0.5, 1], label="weight", aspect=12, pad=0.03)
    bar.outline.set_edgecolor(GRID)
    bar.ax.tick_params(color=GRID, labelcolor=INK)
    _save(figure, path)
    return axes


def plot_gradient_through_time(
    found: GradientThroughTime | Mapping[str, GradientThroughTime], path: str | os.PathLike[str] | None = None
) -> tuple[Axes, ...]:
    """The norm of the loss's gradient at the state of each step, on a logarithmic scale, a line for each walk.

    The legend says by which factor the norm changes with each step back through the time. Norms of 0 and infinite
    ones have no place on the scale and are left out.

    Parameters
    ----------
    found: what `nn.diagnostics.gradient_through_time` returned; several of them by title, side by side on one scale.
    path: where to write the picture, in the format that its name ends in; None for nowhere.

    Returns the axes, one for each of the found. No window is opened.

    Raises ModuleNotFoundError, with the remedy, where matplotlib is not installed, ValueError for nothing to draw.

    >>> import numpy as np
    >>> from nn.diagnostics import GradientThroughTime, StateGradients
    >>> found = GradientThroughTime(0.5, (StateGradients("rnn", np.array([0.01, 0.1, 1.0])),))
    >>> (axes,) = plot_gradient_through_time(found)
    >>> axes.get_yscale(), axes.get_legend().get_texts()[0].get_text()
    ('log', ' rnn: × 0.100 a step back')
    """
    panels = found if isinstance(found, Mapping) else {"": found}
    if not panels:
        raise ValueError("plot_gradient_through_time: nothing was found, so there is no line to draw")
    figure = _figure(max(5.5, 3.2 * len(panels)), 2.9, w_pad=0.1)
    axes = figure.subplots(1, len(panels), sharey=True, squeeze=False)[0]
    for axis, (title, of_panel) in zip(axes, panels.items(), strict=True):
        for place, walk in enumerate(of_panel.walks):
            # The space: matplotlib leaves out of its legend what begins with an underscore.
            label = f" {walk.label}: × {walk.per_step:.3f} a step back"
            norms = np.where((walk.norms > 0) & np.isfinite(walk.norms), walk.norms, np.nan)
            axis.plot(np.arange(1, len(norms) + 1), norms, label=label, **LINES[place % len(LINES)])
        axis.set_yscale("log")
        axis.set_xlabel("step")
        axis.locator_params(axis="x", integer=True, min_n_ticks=1)
        axis.set_title(title, color=INK)
        _clean(axis)
        axis.legend(frameon=False, labelcolor=INK, fontsize="small")
    axes[0].set_ylabel("gradient at the state (norm)")
    _save(figure, path)
    return tuple(axes)


def _visible(token: str) -> str:
    """A token with a sign for a space, and with no meaning for matplotlib's mathematics."""
    return token.replace(" ", "\u2423").replace("$", r"\$")


def _figure(width: float, height: float, **pads: float) -> Figure:
    """An empty figure, in inches; without pyplot there is no global state and no window."""
    try:
        from matplotlib.figure import Figure
    except ModuleNotFoundError as error:
        raise ModuleNotFoundError(NO_MATPLOTLIB, name=error.name) from error
    figure = Figure(figsize=(width, height))
    figure.set_layout_engine("constrained", **pads)
    return figure


def _clean(axis: Axes) -> None:
    """Take away what is not data: the frame's upper and right side, and lines that are too strong."""
    axis.spines[["top", "right"]].set_visible(False)
    axis.spines[["left", "bottom"]].set_color(GRID)
    axis.tick_params(color=GRID, labelcolor=INK)
    axis.grid(axis="y", color=GRID, linewidth=0.6)
    axis.set_axisbelow(True)


def _save(figure: Figure, path: str | os.PathLike[str] | None) -> None:
    if path is None:
        return
    path = Path(path)
    content = io.BytesIO()
    figure.savefig(content, format=path.suffix[1:] or "png", dpi=150)
    write_whole(path, content.getvalue())
