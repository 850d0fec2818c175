"""What networks of sequences look at, and how gradients flow through the time."""

from __future__ import annotations

import os
from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, Any

import numpy as np

import autograd as ag
from nn.plots.checks import check_finite
from nn.plots.maps import are_turned, name_cells, room_for
from nn.plots.style import (
    GRID,
    INK,
    LEGEND,
    LINES,
    as_text,
    clean,
    count_along,
    figure_of,
    one_style,
    panels,
    save,
    scale_beside,
)

if TYPE_CHECKING:
    from matplotlib.axes import Axes

    from nn.diagnostics import GradientThroughTime


WIDEST = 8.6  # inches of all maps of attention side by side
LEAST = 0.025  # inches of a cell of a map, where there is a choice


@one_style()
def plot_attention(
    weights: Any, source: Sequence[str], target: Sequence[str], path: str | os.PathLike[str] | None = None
) -> Axes | tuple[Axes, ...]:
    """What a decoder looked at: attention weights as a map, a row for each token written, a column for each one read.

    Of several heads there is a map each, on one scale of colours. It goes from 0 to 1; where no weight is above 0.5, as
    in long sequences, to the largest one. Where tokens would overlap, every second, third, ... is written.

    Parameters
    ----------
    weights: an array or Tensor of at least 0, (target tokens, source tokens), or of several heads, (heads, target
        tokens, source tokens): of one sequence, without padding.
    source, target: the tokens, as they are to be written beside the map; a text is taken by its characters.
    path: where to write the picture, in the format that its name ends in; None for nowhere.

    Returns the axes, of several heads a tuple of them; ``axes.figure`` is the figure. No window is opened.

    Raises ModuleNotFoundError, with the remedy, where matplotlib is not installed, ShapeError for weights of another
    shape, ArgumentError for those that are not finite.

    >>> import numpy as np
    >>> axes = plot_attention(np.eye(3)[::-1], "abc", "cba")
    >>> axes.get_xlabel(), axes.get_ylabel()
    ('source', 'target')
    >>> [axis.get_title() for axis in plot_attention(np.full((2, 3, 3), 1 / 3), "abc", "cba")]
    ['head 0', 'head 1']
    """
    weights = np.asarray(ag.value_of(weights))
    if weights.ndim not in (2, 3) or weights.shape[-2:] != (len(target), len(source)) or not weights.size:
        raise ag.errors.ShapeError(
            f"plot_attention: want weights of shape ({len(target)}, {len(source)}), the numbers of target and source "
            f"tokens, or (heads, {len(target)}, {len(source)}), got {weights.shape}. Take one sequence, and what is no "
            "padding: weights[0, :steps, :length]."
        )
    check_finite("plot_attention", weights=weights)
    heads = weights.reshape(-1, len(target), len(source))
    columns, rows = [_visible(token) for token in source], [_visible(token) for token in target]
    across = min(len(heads), max(1, min(4, int(WIDEST / (LEAST * len(source))))))
    cell = min(0.26, WIDEST / (across * len(source)), WIDEST / len(target))
    below = room_for(columns) if are_turned(columns, cell) else 0.2
    figure, axes = panels(
        len(heads),
        cell * len(source) + 0.15 + (room_for(rows) + 1.1) / across,
        max(cell * len(target), 1.2) + 0.3 + (below + 0.3) / -(-len(heads) // across),
        across,
    )
    top = 1.0 if weights.max() > 0.5 else float(weights.max()) or 1.0
    for place, (axis, head) in enumerate(zip(axes, heads, strict=True)):
        image = axis.imshow(head, cmap="Blues", vmin=0, vmax=top, interpolation="nearest")
        axis.spines[:].set_color(GRID)
        axis.tick_params(length=0, labelcolor=INK)
        is_lowest, is_first = place + across >= len(heads), place % across == 0
        name_cells(axis, columns if is_lowest else None, rows if is_first else None, cell)
        axis.set_xlabel("source" if is_lowest else "")
        axis.set_ylabel("target" if is_first else "")
        axis.set_title(f"head {place}" if weights.ndim == 3 else "", fontsize="medium", color=INK)
    scale_beside(axes[across - 1], image, "weight", width=0.15 / (cell * len(source)))
    save(figure, path)
    return tuple(axes) if weights.ndim == 3 else axes[0]


@one_style()
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

    Returns the axes, one for each of the found; ``axes[0].figure`` is the figure. No window is opened.

    Raises ModuleNotFoundError, with the remedy, where matplotlib is not installed, ArgumentError for nothing to draw.

    >>> import numpy as np
    >>> from nn.diagnostics import GradientThroughTime, StateGradients
    >>> found = GradientThroughTime(0.5, (StateGradients("rnn", np.array([0.01, 0.1, 1.0])),))
    >>> (axes,) = plot_gradient_through_time(found)
    >>> axes.get_yscale(), axes.get_legend().get_texts()[0].get_text()
    ('log', 'rnn: × 0.100 a step back')
    """
    by_title = found if isinstance(found, Mapping) else {"": found}
    if not by_title:
        raise ag.errors.ArgumentError("plot_gradient_through_time: nothing was found, so there is no line to draw.")
    figure = figure_of(max(5.5, 3.2 * len(by_title)), 2.9, w_pad=0.1)
    axes = figure.subplots(1, len(by_title), sharey=True, squeeze=False)[0]
    for axis, (title, each) in zip(axes, by_title.items(), strict=True):
        for place, walk in enumerate(each.walks):
            label = f"{as_text(walk.label)}: × {walk.per_step:.3f} a step back"
            norms = np.where((walk.norms > 0) & np.isfinite(walk.norms), walk.norms, np.nan)
            axis.plot(np.arange(1, len(norms) + 1), norms, label=label, **LINES[place % len(LINES)])
        axis.set_yscale("log")
        count_along(axis, "step")
        axis.set_title(as_text(title), color=INK)
        clean(axis)
        axis.legend(**LEGEND, fontsize="small")
    axes[0].set_ylabel("gradient at the state (norm)")
    save(figure, path)
    return tuple(axes)


def _visible(token: str) -> str:
    """A token with a sign for a space."""
    return token.replace(" ", "\u2423")
