"""How weights and gradients are distributed, and how that changes while a model is trained."""

from __future__ import annotations

import os
from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

import numpy as np

import autograd as ag
from nn.plots.style import INK, TITLE, as_text, clean, count_along, figure_of, one_style, save

if TYPE_CHECKING:
    from matplotlib.axes import Axes

    from nn.train import Histograms

MOST_ROWS = 6
MOST_BINS = 64  # that are told apart in a map
LINE = "#d55e00"


@one_style()
def plot_histograms(
    histograms: Histograms, parameters: str | Sequence[str] | None = None, path: str | os.PathLike[str] | None = None
) -> tuple[Axes, ...]:
    """How the weights and the gradients of each parameter are distributed, by epoch, as maps beside each other.

    A row for each parameter: on the left its weights, on the right the sizes of its gradients on a logarithmic scale.
    All gradients have one scale, so that vanishing ones are seen. The darker, the more of them; the lines are the
    median, and where 5% are below and above. Gradients that are 0 have no place on the scale: their share in the last
    epoch is told, if it is above 1%. Epoch 0 is before the first step.

    Parameters
    ----------
    histograms: the callback, after one epoch or more.
    parameters: paths of those to show, or one path; if None all that it counted, of more than six so many, evenly
        chosen from the first to the last.
    path: where to write the picture, in the format that its name ends in; None for nowhere.

    Returns the axes, two for each parameter, weights first; ``axes[0].figure`` is the figure. No window is opened.

    Raises ModuleNotFoundError, with the remedy, where matplotlib is not installed, ArgumentError for no epochs and for
    parameters that were not counted.

    >>> import nn, numpy as np
    >>> model, histograms = nn.Linear(2, 1), nn.train.Histograms()
    >>> optimizer = nn.optim.SGD(model.parameters(), lr=0.1)
    >>> trainer = nn.train.Trainer(model, nn.functional.mse_loss, optimizer, callbacks=[histograms])
    >>> _ = trainer.fit((np.ones((8, 2), "f4"), np.ones((8, 1), "f4")), epochs=2, progress=False)
    >>> [axis.get_yscale() for axis in plot_histograms(histograms)]
    ['linear', 'log']
    """
    shown = _chosen(histograms, parameters)
    figure = figure_of(9.5, 1.5 * len(shown) + 0.7, w_pad=0.06, h_pad=0.04)
    axes = figure.subplots(len(shown), 2, sharex=True, squeeze=False)
    epochs = np.array(histograms.epochs)
    ends = []
    for (left, right), name in zip(axes, shown, strict=True):
        counts = histograms.counts[name]
        left.set_ylim(*_draw(left, epochs, counts.weight_edges, np.array(counts.weights)))
        gradients = np.array(counts.gradients)[1:]
        right.set_yscale("log")
        spread = _draw(right, epochs[1:], counts.gradient_edges, gradients[:, 1:])
        ends += [spread] if gradients[:, 1:].any() else []
        left.set_title(as_text(name), **TITLE)
        zeros = gradients[-1, 0] / max(1, gradients[-1].sum())
        right.set_title(f"{zeros:.0%} are 0" if zeros > 0.01 else "", **TITLE | {"loc": "right"})
    for right in axes[:, 1]:
        right.set_ylim(min((low for low, _ in ends), default=None), max((high for _, high in ends), default=None))
    axes[0, 1].set_title("gradients, by size", **TITLE)
    axes[0, 0].set_xlim(epochs[0] - 0.5, epochs[-1] + 0.5)
    for axis in axes[-1]:
        count_along(axis, "epoch")
    if len(shown) < len(histograms.counts):
        note = f"{len(shown)} of {len(histograms.counts)} parameters that were counted"
        figure.suptitle(note, x=0.01, ha="left", fontsize="medium", color=INK)
    save(figure, path)
    return tuple(axes.flat)


def _chosen(histograms: Histograms, parameters: str | Sequence[str] | None) -> list[str]:
    if len(histograms.epochs) < 2:
        raise ag.errors.ArgumentError(
            "plot_histograms: no epoch was counted yet; give it to a Trainer, callbacks=[histograms], and call fit."
        )
    known = list(histograms.counts)
    if not known:
        raise ag.errors.ArgumentError(
            "plot_histograms: no parameter was counted, since none has two axes; name some, Histograms('*')."
        )
    parameters = [parameters] if isinstance(parameters, str) else parameters
    if parameters is None:
        last = min(len(known), MOST_ROWS) - 1
        return [known[round(place * (len(known) - 1) / max(1, last))] for place in range(last + 1)]
    missing = [name for name in parameters if name not in known]
    if missing or not len(parameters):
        raise ag.errors.ArgumentError(
            f"plot_histograms: parameters={list(parameters)}; want one or some of those that were counted: "
            f"{', '.join(known)}."
        )
    return list(parameters)


def _draw(axis: Axes, epochs: np.ndarray, edges: np.ndarray, counts: np.ndarray) -> tuple[float, float]:
    """The shares of the bins as a map, (epochs, bins), with lines for the middle and the ends; returns its ends."""
    from matplotlib.colors import PowerNorm

    lines = [[_quantile(row, edges, share) for row in counts] for share in (0.05, 0.5, 0.95)]
    edges, counts, ends = _coarser(edges, counts)
    totals = counts.sum(axis=1, keepdims=True)
    shares = np.divide(counts, totals, out=np.zeros(counts.shape), where=totals > 0)
    sides = np.concatenate([epochs[:1] - 0.5, (epochs[1:] + epochs[:-1]) / 2, epochs[-1:] + 0.5])
    norm: Any = PowerNorm(0.5, vmin=0, vmax=shares.max() or 1.0)
    axis.pcolormesh(sides, edges, shares.T, cmap="Blues", norm=norm, rasterized=True)
    marker = "." if len(epochs) == 1 else None
    for line, dashes in zip(lines, (":", "-", ":"), strict=True):
        axis.plot(epochs, line, color=LINE, linestyle=dashes, linewidth=1.2, marker=marker)
    clean(axis)
    axis.tick_params(which="minor", length=0)
    axis.grid(False)
    return ends


def _coarser(edges: np.ndarray, counts: np.ndarray) -> tuple[np.ndarray, np.ndarray, tuple[float, float]]:
    """The same counts in bins so wide that few are empty by chance; and the ends of the part that is used."""
    total = counts.sum(axis=0)
    if not total.any():
        return edges, counts, (float(edges[0]), float(edges[-1]))
    below = np.cumsum(total) / max(1, total.sum())
    first, last = (int(np.searchsorted(below, share)) for share in (0.002, 0.998))
    fine = max(4, min(MOST_BINS, int(counts.sum(axis=1).max(initial=0)) // 12))
    while last - first >= fine:
        edges, counts = edges[::2], counts.reshape(len(counts), -1, 2).sum(axis=2)
        first, last = first // 2, last // 2
    return edges, counts, (float(edges[first]), float(edges[min(last + 1, len(edges) - 1)]))


def _quantile(counts: np.ndarray, edges: np.ndarray, share: float) -> float:
    """The value below which this share of what was counted lies, in the middle of its bin; nan for no counts."""
    if not counts.any():
        return float("nan")
    place = int(np.searchsorted(np.cumsum(counts), share * counts.sum()))
    low, high = float(edges[place]), float(edges[place + 1])
    return (low * high) ** 0.5 if low > 0 and high / low > 1.2 else (low + high) / 2
