"""What networks of sequences look at, and how gradients flow through the time."""

from __future__ import annotations

import os
from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, Any

import numpy as np

import autograd as ag
from nn.plots.style import INK, LINES, add_scale, as_text, clean, figure_of, save

if TYPE_CHECKING:
    from matplotlib.axes import Axes

    from nn.diagnostics import GradientThroughTime


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
    figure = figure_of(1.6 + 0.26 * len(source), 0.65 + 0.26 * len(target))
    axes = figure.subplots()
    image = axes.imshow(weights, cmap="Blues", vmin=0, vmax=1, interpolation="nearest")
    axes.set_xticks(range(len(source)), [_visible(token) for token in source])
    axes.set_yticks(range(len(target)), [_visible(token) for token in target])
    axes.set_xlabel("source")
    axes.set_ylabel("target")
    add_scale(figure, axes, image, "weight")
    save(figure, path)
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

    Raises ModuleNotFoundError, with the remedy, where matplotlib is not installed, ArgumentError for nothing to draw.

    >>> import numpy as np
    >>> from nn.diagnostics import GradientThroughTime, StateGradients
    >>> found = GradientThroughTime(0.5, (StateGradients("rnn", np.array([0.01, 0.1, 1.0])),))
    >>> (axes,) = plot_gradient_through_time(found)
    >>> axes.get_yscale(), axes.get_legend().get_texts()[0].get_text()
    ('log', ' rnn: × 0.100 a step back')
    """
    panels = found if isinstance(found, Mapping) else {"": found}
    if not panels:
        raise ag.errors.ArgumentError("plot_gradient_through_time: nothing was found, so there is no line to draw.")
    figure = figure_of(max(5.5, 3.2 * len(panels)), 2.9, w_pad=0.1)
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
        clean(axis)
        axis.legend(frameon=False, labelcolor=INK, fontsize="small")
    axes[0].set_ylabel("gradient at the state (norm)")
    save(figure, path)
    return tuple(axes)


def _visible(token: str) -> str:
    """A token with a sign for a space, and with no meaning for matplotlib's mathematics."""
    return as_text(token.replace(" ", "\u2423"))
