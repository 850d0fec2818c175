"""The summary as a picture: a row for each workload, a mark for each peer, on a logarithmic axis of ratios."""

from __future__ import annotations

import io

import summary
from cases import OURS, key_of
from results import Result

# Of each mark: its label, its shape and its color, of Okabe and Ito's palette, which color-blind readers tell apart.
MARKS = {
    "torch": ("PyTorch as it comes", "o", "#0072B2"),
    "torch at its best": ("PyTorch at its best", "D", "#56B4E9"),
    "jax": ("JAX, compiled", "s", "#E69F00"),
    "numpy": ("bare NumPy", "|", "#000000"),
    "micrograd": ("micrograd", "P", "#CC79A7"),
    "hips": ("HIPS autograd", "v", "#009E73"),
    "mygrad": ("MyGrad", "^", "#D55E00"),
    "tinygrad": ("tinygrad", "X", "#999999"),
}


def ratios(result: Result) -> dict[str, float]:
    """By mark, our time over the peer's."""
    peers = {key: summary.fastest(result, key) for key in {key_of(name) for name in result.seconds}}
    best = peers.get("torch")
    peers["torch"] = summary.as_it_comes(result)
    if best != peers["torch"]:
        peers["torch at its best"] = best
    values = {mark: summary.ratio_to(result, peer) for mark, peer in peers.items() if mark in MARKS}
    return {mark: value for mark, value in values.items() if value is not None}


def svg(results: list[Result]) -> bytes:
    """The picture, as SVG."""
    import matplotlib as mpl
    from matplotlib.figure import Figure

    raced = [result for result in results if ratios(result)][::-1]  # the first one on top
    with mpl.rc_context({"svg.hashsalt": "glassgrad", "font.family": "DejaVu Sans", "font.size": 9}):
        figure = Figure(figsize=(8.5, 1.5 + 0.27 * len(raced)), layout="constrained")
        axes = figure.add_subplot()
        for mark, (label, shape, color) in MARKS.items():
            points = [(ratios(result)[mark], row) for row, result in enumerate(raced) if mark in ratios(result)]
            if points:
                is_line = shape == "|"  # which has no edge
                style = {"s": 90, "linewidths": 2.0} if is_line else {"s": 48, "linewidths": 0.6, "edgecolors": "white"}
                axes.scatter(*zip(*points, strict=True), marker=shape, color=color, label=label, zorder=3, **style)
        axes.axvline(1, color="black", linewidth=1)
        axes.set(xscale="log", ylim=(-0.6, len(raced) - 0.4), yticks=range(len(raced)))
        axes.set_yticklabels([result.name for result in raced])
        axes.set_xlabel(f"{OURS}'s time over the other's (left of 1: {OURS} is faster)")
        axes.xaxis.set_major_formatter(lambda value, _: f"{value:g}")
        axes.grid(axis="both", color="#dddddd", linewidth=0.6)
        axes.tick_params(axis="y", length=0)
        axes.spines[["top", "right", "left"]].set_visible(False)
        figure.legend(loc="outside upper center", ncols=4, frameon=False)
        stream = io.BytesIO()
        figure.savefig(stream, format="svg", metadata={"Date": None})
    return stream.getvalue()
